"""A film is made again when its model changes, and only then, whatever manim has in its cache.

All runs share one media folder and one name for the model, as with a person who trains again.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film import HERO, SMALL, VANILLA, Film, film, frames, plain_layers, plain_pixels

from network import MLP, Dense, save_network

FLAGS = SMALL
MIDDLE = 8  # of the 16 neurons that the first matrix leads to
LIT = 0.5  # a pixel at least so bright changes what a neuron sums


@dataclass
class Run:
    """What one run left behind, copied away before the next one."""

    film: Film
    video: bytes
    record: dict[str, Any]
    segments: dict[str, tuple[int, int]]  # name: size, time of writing in nanoseconds

    @property
    def pictures(self) -> list[Any]:
        """All frames."""
        return [still for _, still in frames(self.film.video)]


class Studio:
    """One media folder and one model file, whose content changes between runs."""

    def __init__(self, folder: Path, model: Path) -> None:
        self.folder = folder
        self.media = folder / "media"
        self.model = folder / "model.npz"
        self.runs = 0
        shutil.copy(model, self.model)

    def run(self) -> Run:
        """Film the model as it is now."""
        done = film(self.media, *FLAGS, model=self.model, LITNET_CACHE_MB="500")
        parts = (done.video.parent / "partial_movie_files").rglob("*.mp4")
        segments = {p.name: (p.stat().st_size, p.stat().st_mtime_ns) for p in parts}
        # Kept apart, with the model that it shows.
        self.runs += 1
        kept = self.folder / f"run{self.runs}"
        kept.mkdir()
        video = Path(shutil.copy(done.video, kept))
        shutil.copy(done.video.with_suffix(".json"), kept)
        mine = Film(video, Path(shutil.copy(self.model, kept)), HERO)
        record = json.loads(video.with_suffix(".json").read_text("utf-8"))
        return Run(mine, video.read_bytes(), record, segments)

    def change_weight(self, layer: int, target: int, source: int, by: float) -> None:
        """Add to one weight in the model's file, with NumPy alone."""
        with np.load(self.model) as stored:
            arrays = {name: stored[name].copy() for name in stored.files}
        arrays[f"weights_{layer}"][target, source] += by
        np.savez(self.model, **arrays)


def lit_pixel_in_the_middle() -> int:
    """The lit pixel nearest to the middle of the digit's 784."""
    pixels = [v for row in plain_pixels(HERO) for v in row]
    return min((n for n, v in enumerate(pixels) if v > LIT), key=lambda n: abs(n - 392))


def model_hash(record: dict[str, Any]) -> str:
    (found,) = [entry["sha256"] for entry in record["inputs"] if entry["role"] == "model"]
    return str(found)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("fresh"), VANILLA)


@pytest.fixture(scope="module")
def first(studio: Studio) -> Run:
    return studio.run()


@pytest.fixture(scope="module")
def again(studio: Studio, first: Run) -> Run:
    return studio.run()


@pytest.fixture(scope="module")
def first_matrix(studio: Studio, again: Run) -> Run:
    """One weight in the middle of the first matrix is another."""
    up = again.film.truth.activations[1][MIDDLE] < 0.5
    studio.change_weight(1, MIDDLE, lit_pixel_in_the_middle(), 30.0 if up else -30.0)
    return studio.run()


@pytest.fixture(scope="module")
def last_matrix(studio: Studio, first_matrix: Run) -> Run:
    """And then one in the last matrix, into an output that is dark."""
    source = int(np.argmax(first_matrix.film.truth.activations[2]))
    target = int(np.argmin(first_matrix.film.truth.activations[3]))
    studio.change_weight(3, target, source, 20.0)
    return studio.run()


@pytest.fixture(scope="module")
def dark_pixel(studio: Studio, last_matrix: Run) -> Run:
    """And then one that meets a black pixel, and so carries nothing."""
    assert plain_pixels(HERO)[0][0] == 0
    studio.change_weight(1, MIDDLE, 0, 5.0)
    return studio.run()


def test_nothing_changed_and_nothing_is_drawn_again(first: Run, again: Run) -> None:
    assert first.segments and again.segments == first.segments
    assert len(first.pictures) == len(again.pictures)
    for before, after in zip(first.pictures, again.pictures, strict=True):
        assert np.array_equal(before, after)


def test_a_cached_run_writes_the_same_record(first: Run, again: Run) -> None:
    assert again.record == first.record


def changed_frames(before: Run, after: Run) -> list[int]:
    """Frames that look different: by more than an encoder would."""
    pairs = zip(before.pictures, after.pictures, strict=True)
    return [n for n, (a, b) in enumerate(pairs) if np.abs(a.astype(int) - b).max() > 20]


def grey(run: Run, beat: str, layer: int, neuron: int) -> float:
    """Decoded grey of a neuron at the end of a beat, 0 to 1."""
    cells = run.film.layer(beat, layer)
    place = cells["cell"].index(neuron)
    rgb = run.film.still(run.film.snapshot(beat)["frame"])[
        int(cells["y"][place]), int(cells["x"][place])
    ]
    return float(rgb.mean()) / 255


def test_one_weight_in_the_middle_of_the_first_matrix(again: Run, first_matrix: Run) -> None:
    before, after = (run.film.truth.activations[1][MIDDLE] for run in (again, first_matrix))
    assert abs(before - after) > 0.2, "a change that one can see"
    assert first_matrix.record["forward_pass"] != again.record["forward_pass"]
    assert model_hash(first_matrix.record) != model_hash(again.record)
    assert changed_frames(again, first_matrix)
    assert grey(again, "propagation", 1, MIDDLE) == pytest.approx(before, abs=0.06)
    assert grey(first_matrix, "propagation", 1, MIDDLE) == pytest.approx(after, abs=0.06)


def test_what_the_model_does_not_touch_is_taken_from_the_cache(
    again: Run, first_matrix: Run
) -> None:
    """The beats before the network appears show the digit alone."""
    start = again.film.beat("propagation")["start"] * 2
    assert min(changed_frames(again, first_matrix)) >= start
    kept = set(again.segments.items()) & set(first_matrix.segments.items())
    assert len(kept) == len(again.segments), "segments of the old film stay as they are"
    new = len(first_matrix.segments) - len(again.segments)
    assert 0 < new < len(again.segments)


def test_one_weight_in_the_last_matrix(first_matrix: Run, last_matrix: Run) -> None:
    target = int(np.argmin(first_matrix.film.truth.activations[3]))
    before, after = (run.film.truth.activations[3][target] for run in (first_matrix, last_matrix))
    assert after - before > 0.5
    assert changed_frames(first_matrix, last_matrix)
    assert grey(first_matrix, "answer", 3, target) == pytest.approx(before, abs=0.06)
    assert grey(last_matrix, "answer", 3, target) == pytest.approx(after, abs=0.06)
    assert last_matrix.record["forward_pass"] != first_matrix.record["forward_pass"]


def test_one_weight_at_a_black_pixel(last_matrix: Run, dark_pixel: Run) -> None:
    """Nothing looks different, and the record says all the same that the model is another one."""
    assert dark_pixel.record["forward_pass"] == last_matrix.record["forward_pass"]
    assert model_hash(dark_pixel.record) != model_hash(last_matrix.record)
    assert dark_pixel.record["network"] != last_matrix.record["network"], "the model's digest"
    assert not changed_frames(last_matrix, dark_pixel)


def test_connections_are_fresh_where_no_activation_changes(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A weight into a neuron that stays dark: only its line, one of 6,272, looks different."""
    rng = np.random.default_rng(5)
    weights = rng.normal(0, 0.2, (8, 784))
    bright = lit_pixel_in_the_middle()
    hidden = Dense(weights, np.array([0, 0, 0, 0, -500.0, 0, 0, 0]), "relu")
    outputs = Dense(rng.normal(0, 0.3, (10, 8)), np.zeros(10), "softmax")
    model = tmp_path_factory.mktemp("models") / "relu.npz"
    save_network(MLP((hidden, outputs)), model)
    here = Studio(tmp_path_factory.mktemp("dark"), model)
    here.change_weight(1, 4, bright, 2.0 - weights[4, bright])
    before = here.run()
    here.change_weight(1, 4, bright, -4.0)
    after = here.run()
    assert before.film.truth.activations == after.film.truth.activations
    assert before.film.truth.activations[1][4] == 0
    assert plain_layers(before.film.model) != plain_layers(after.film.model)
    assert changed_frames(before, after), "a line turned from orange to blue"
