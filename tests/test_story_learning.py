"""The stories of learning: every number in them worked out once more, from the shipped files.

With NumPy and nothing of litnet's: the history's arrays, the digits' files, a forward pass.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film import DIGITS, ROOT, SMALL, Film, film, manim
from histories import saved, small_run
from PIL import Image
from studio import publish

from litnet.clips.catalogue import STORIES, Story, find_stories
from litnet.clips.manifest import Studio, add_to_manifest
from litnet.clips.survey import survey

LEARNER = ROOT / "assets" / "models" / "learner.history.npz"
SECOND = ROOT / "assets" / "models" / "learner-seed1.history.npz"
CLOSE = 1e-9
Made = Callable[[str], Film]


@cache
def training() -> tuple[np.ndarray, np.ndarray]:
    """The digits that it learned from."""

    def read(name: str, header: int) -> np.ndarray:
        data = gzip.decompress((DIGITS / name).read_bytes())
        return np.frombuffer(data, dtype=np.uint8, offset=header)

    images = read("training-images-idx3-ubyte.gz", 16).reshape(-1, 784) / 255
    return images, read("training-labels-idx1-ubyte.gz", 8).astype(int)


@cache
def unseen() -> tuple[np.ndarray, np.ndarray]:
    """The bundled digits, in the order of their list."""
    with (DIGITS / "labels.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    images = [np.asarray(Image.open(DIGITS / row["file"])).ravel() / 255 for row in rows]
    return np.array(images), np.array([int(row["label"]) for row in rows])


@dataclass
class Run:
    """What a history's file holds, and what follows from it."""

    path: Path

    def __post_init__(self) -> None:
        with np.load(self.path, allow_pickle=False) as arrays:
            self.arrays = {name: arrays[name] for name in arrays.files}
        self.sizes = [int(n) for n in self.arrays["sizes"]]
        self.steps = [int(n) for n in self.arrays["snapshot_steps"]]

    def layers(self, moment: int) -> list[tuple[np.ndarray, np.ndarray]]:
        (row,) = np.flatnonzero(self.arrays["state_steps"] == self.steps[moment])
        state = self.arrays["states"][row].astype(np.float64)
        found, start = [], 0
        for n_in, n_out in zip(self.sizes, self.sizes[1:], strict=False):
            weights = state[start : start + n_in * n_out].reshape(n_out, n_in)
            start += n_in * n_out
            found.append((weights, state[start : start + n_out]))
            start += n_out
        return found

    def forward(self, moment: int, x: np.ndarray) -> list[np.ndarray]:
        found = [x]
        for weights, biases in self.layers(moment):
            found.append(1 / (1 + np.exp(-(found[-1] @ weights.T + biases))))
        return found

    def many(self, moment: int, which: str) -> tuple[np.ndarray, np.ndarray]:
        x, labels = training() if which == "training" else unseen()
        return self.forward(moment, x)[-1], labels

    def cost(self, moment: int, which: str) -> float:
        outputs, labels = self.many(moment, which)
        return float(((outputs - np.eye(10)[labels]) ** 2).sum(axis=1).mean())

    def right(self, moment: int, which: str) -> np.ndarray:
        outputs, labels = self.many(moment, which)
        return (outputs.argmax(axis=1) == labels).astype(float)

    def picture(self, text: str) -> np.ndarray:
        if match := re.fullmatch(r"noise\((\d+)\)", text):
            return np.random.default_rng(int(match[1])).random((28, 28)).ravel()
        return np.asarray(Image.open(ROOT / json.loads(text))).ravel() / 255

    def value(self, source: str, frame: dict[str, Any]) -> Any:
        """What a source says; ``frame`` has the connections and the grids that are in it."""
        if match := re.fullmatch(r"tick\((.*)\)", source):
            return frame["ticks"][np.abs(frame["ticks"] - float(match[1])).argmin()]
        if match := re.fullmatch(r"carried\((\d+), (.*)\)\[(\d+)\]", source):
            layer = int(match[3])
            entering = self.forward(int(match[1]), self.picture(match[2]))[layer - 1]
            return self.layers(int(match[1]))[layer - 1][0] * entering
        if match := re.fullmatch(r"weights\((\d+)\)\[(\d+)\]", source):
            return self.layers(int(match[1]))[int(match[2]) - 1][0]
        if match := re.fullmatch(r"history\.rounds\[(\d+)\]", source):
            an_epoch = -(-len(training()[1]) // int(self.arrays["batch_size"]))
            return self.steps[int(match[1])] / an_epoch
        if source == "history.epochs":
            return len(self.arrays["costs"]) - 1
        if match := re.fullmatch(r"(costs\(\w+\))\[(\d*):(\d+)\]", source):
            return self.value(match[1], frame)[int(match[2] or 0) : int(match[3])]
        if match := re.fullmatch(r"(len|count)\((right\(.*\))\)", source):
            found = self.value(match[2], frame)
            return len(found) if match[1] == "len" else np.count_nonzero(found)
        if match := re.fullmatch(r"(.*\)\[\d+\])\[(\d+)\]", source):
            if not source.startswith("weights"):
                return self.value(match[1], frame)[int(match[2])]
        if match := re.fullmatch(r"activations\((\d+), (.*)\)\[(\d+)\]", source):
            return self.forward(int(match[1]), self.picture(match[2]))[int(match[3])]
        if match := re.fullmatch(r"reads\((\d+), (.*)\)", source):
            return self.forward(int(match[1]), self.picture(match[2]))[-1].argmax()
        if match := re.fullmatch(r"weights\((\d+)\)\[(\d+)\]\[(\d+)\]", source):
            return self.layers(int(match[1]))[int(match[2]) - 1][0][int(match[3])]
        if match := re.fullmatch(r"costs\((\w+)\)", source):
            return [self.cost(moment, match[1]) for moment in range(len(self.steps))]
        if match := re.fullmatch(r"(cost|right)\((\d+), (\w+)\)", source):
            return getattr(self, match[1])(int(match[2]), match[3])
        if match := re.fullmatch(r"history\.snapshots\[(\d+)\]", source):
            return self.steps[int(match[1])]
        if match := re.fullmatch(r"network\.sizes\[(\d+)\]", source):
            return self.sizes[int(match[1])]
        assert source in frame, f"a source that nobody can check: {source!r}"
        return frame[source]


def checked(made: Film, run: Run) -> tuple[int, float]:
    """How many numbers a film shows, and the worst difference of one to what it is."""
    record, worst, count = made.record, 0.0, 0
    total = sum(a * b for a, b in zip(run.sizes, run.sizes[1:], strict=False))
    grids = {s["frame"]: len(s["signed"]) for s in record["snapshots"]}
    marks = {
        s["frame"]: [v for one in s["measures"] if one["kind"] == "ticks" for v in one["value"]]
        for s in record["snapshots"]
    }
    edges: dict[int, list[int]] = {}
    for edge in record["edges"]:
        drawn = edges.setdefault(edge["frame"], [0, 0])
        drawn[0] += edge["drawn"]
        drawn[1] += edge["total"]
    for frame in edges.values():
        assert frame[1] % total == 0 and frame[0] <= frame[1]

    def compare(source: str, values: Any, frame: int, cells: Any = None) -> None:
        nonlocal worst, count
        shown = {"len(signed)": grids.get(frame, 0), "edges.total": edges.get(frame, [0, 0])[1]}
        shown["ticks"] = np.array(marks.get(frame, []))  # type: ignore[assignment]
        shown["edges.drawn"] = edges.get(frame, [0, 0])[0]
        expected = np.atleast_1d(np.asarray(run.value(source, shown), dtype=float))
        expected = expected if cells is None else expected[list(cells)]
        held = np.atleast_1d(np.asarray(values, dtype=float))
        assert held.shape == expected.shape, source
        worst = max(worst, float(np.abs(held - expected).max(initial=0)))
        count += held.size

    for number in record["numbers"]:
        compare(number["source"], number["value"], number["frame"])
        places = len(number["text"].partition(".")[2])
        assert number["text"].replace(",", "") == f"{number['value']:.{places}f}", number
    for edge in record["edges"]:
        if edge["source"]:
            carried = run.value(edge["source"], {})
            assert np.abs(carried).max() <= edge["largest"] + CLOSE
            assert carried.size == edge["total"]
            count += carried.size
    for snapshot in record["snapshots"]:
        frame = snapshot["frame"]
        for layer in snapshot["layers"]:
            assert not layer["illustrative"] and layer["source"]
            known = [n for n, value in enumerate(layer["value"]) if value is not None]
            values = [layer["value"][n] for n in known]
            compare(layer["source"], values, frame, [layer["cell"][n] for n in known])
            for value, light in zip(layer["value"], layer["light"], strict=True):
                assert light is None or value is None or light == pytest.approx(value, abs=1e-6)
        for grid in snapshot["signed"]:
            compare(grid["source"], grid["value"], frame)
        for curve in snapshot["measures"]:
            ends = [np.array(curve[name]) for name in ("zero_x", "zero_y", "x", "y")]
            lengths = np.hypot(ends[2] - ends[0], ends[3] - ends[1])
            if curve["kind"] == "ticks":  # where a number stands is where it is
                expected = curve["scale"] * np.abs(curve["value"])
                assert np.abs(lengths - expected).max() < 0.01
                continue
            compare(curve["source"], curve["value"], frame)
            up = np.array(curve["zero_y"]) - np.array(curve["y"])
            assert np.abs(up - curve["scale"] * np.array(curve["value"])).max() < 0.01
            assert np.all(np.diff(curve["x"]) > 0)
    assert worst < CLOSE
    return count, worst


@pytest.fixture(scope="module")
def made(story_film: Callable[[Story, str], Film]) -> Made:
    return lambda scene: story_film(find_stories((scene,))[0], "en")


@pytest.mark.parametrize("scene", ["Fresh", "ItLearns"])
def test_every_number_is_what_anybody_can_compute(made: Made, scene: str) -> None:
    count, _ = checked(made(scene), Run(LEARNER))
    assert count > (3000 if scene == "Fresh" else 80_000)
    variant = made(scene).record["variant"]
    assert variant["history"] == "assets/models/learner.history.npz"
    assert variant["model"] is None and variant["training"] == "assets/digits"


def test_what_is_said_is_so(made: Made) -> None:
    """The words that depend on what came out, and where the clock stands when they are said."""
    run = Run(LEARNER)
    own = np.array([run.cost(moment, "training") for moment in range(len(run.steps))])
    new = np.array([run.cost(moment, "unseen") for moment in range(len(run.steps))])
    told = made("ItLearns")
    names = [beat["name"] for beat in told.record["beats"]]
    assert names == ["start", "fall", "plateau", "first", "onward", "heart", "end"]

    def moment_of(beat: str) -> int:
        (source,) = {
            layer["source"] for layer in told.snapshot(beat)["layers"] if layer["kind"] == "digits"
        }
        return int(re.fullmatch(r"right\((\d+), unseen\)", source)[1])  # type: ignore[index]

    at = {name: moment_of(name) for name in names}
    assert list(at.values()) == sorted(at.values()) and at["end"] == len(run.steps) - 1
    for moment in range(at["fall"], at["plateau"] + 1):  # it says no to everything
        outputs, _ = run.many(moment, "unseen")
        assert outputs.max() < 0.5 and abs(own[moment] - 0.9) < 0.03
    assert (
        run.right(at["first"], "unseen").mean() >= 0.7 > run.right(at["first"] - 1, "unseen").mean()
    )
    assert own[-1] < 0.6 * own[at["onward"]] and new[at["onward"] :].min() > 0.8 * new[at["onward"]]
    captions = {beat["name"]: beat["caption"] for beat in told.record["beats"]}
    right = int(run.right(len(run.steps) - 1, "unseen").sum())
    assert f"{right} of 200" in captions["end"] and f"{own[-1]:.2f} on its own" in captions["end"]
    fresh = made("Fresh").record
    answers = run.many(0, "unseen")[0].argmax(axis=1)
    said = {beat["name"]: beat["caption"] for beat in fresh["beats"]}
    assert len(set(answers)) == 1 and f"all 200 digits it says {answers[0]}" in said["others"]
    assert "12,960" in said["dice"] and "for all of 100" in said["noise"]


def test_the_curve_is_drawn_where_its_numbers_are(made: Made) -> None:
    told = made("ItLearns")
    snapshot = told.snapshot("end")
    picture = told.still(snapshot["frame"]).astype(float)
    curves = [one for one in snapshot["measures"] if one["kind"] == "place"]
    assert len(curves) == 2
    for curve in curves:
        for x, y in zip(curve["x"][1:], curve["y"][1:], strict=True):
            around = picture[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2]
            assert around.max() > 90, (x, y)


# --- other runs ----------------------------------------------------------------------------------
@pytest.mark.parametrize("scene", ["Fresh", "ItLearns"])
def test_another_seed_s_run(tmp_path: Path, scene: str) -> None:
    (story,) = find_stories((scene,))
    told = film(tmp_path, *SMALL, story=story.file, scene=scene, LITNET_HISTORY=str(SECOND))
    checked(told, Run(SECOND))
    assert told.record["variant"]["history"] == "assets/models/learner-seed1.history.npz"


@pytest.mark.parametrize("scene", ["Fresh", "ItLearns"])
def test_a_run_of_another_shape(tmp_path: Path, scene: str) -> None:
    file = saved(small_run((784, 32, 10), epochs=3), tmp_path / "wide.history.npz")
    (story,) = find_stories((scene,))
    media = tmp_path / "media"
    told = film(media, *SMALL, story=story.file, scene=scene, LITNET_HISTORY=str(file))
    checked(told, Run(file))
    assert told.record["network"]["sizes"] == [784, 32, 10]


def test_what_cannot_be_told_of_is_said_before_anything_is_drawn(tmp_path: Path) -> None:
    (story,) = find_stories(("ItLearns",))
    options: dict[str, Any] = {"story": story.file, "scene": "ItLearns"}
    cut = tmp_path / "cut.history.npz"
    cut.write_bytes(LEARNER.read_bytes()[:100_000])
    done = manim(tmp_path / "media", *SMALL, **options, LITNET_HISTORY=str(cut))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "cut.history.npz: found a file that is damaged" in done.stderr
    done = manim(tmp_path / "media", *SMALL, **options, LITNET_TRAINING=str(tmp_path / "no"))
    assert done.returncode == 1 and "no: found no such folder" in done.stderr
    assert not list((tmp_path / "media").rglob("*.mp4"))


# --- after another run ---------------------------------------------------------------------------
def test_exactly_these_stories_are_stale_then(
    story_film: Callable[[Story, str], Film], tmp_path: Path
) -> None:
    """All clips are published, in a folder that has what litnet's own has, and are fresh."""
    root = tmp_path / "project"
    (root / "assets").mkdir(parents=True)
    for path in (*ROOT.iterdir(), *(ROOT / "assets").iterdir()):
        if path.name not in ("assets", "models", "renders"):
            (root / path.relative_to(ROOT)).symlink_to(path)
    shutil.copytree(ROOT / "assets" / "models", root / "assets" / "models")
    here = Studio(root=root, clips=tmp_path / "clips", manifest=tmp_path / "manifest.json")
    entries = []
    for story in STORIES:
        told = story_film(story, "en")
        entries.append(publish(here, story, story.scene, told.video, told.record))
    add_to_manifest(here, entries)
    states = {one.name: one.state for one in survey(here)}
    assert states.pop("TitleCard", "missing") == "missing"
    assert set(states.values()) == {"fresh"} and len(states) == len(STORIES)
    shutil.copy(SECOND, root / "assets" / "models" / LEARNER.name)
    reasons = {one.name: [str(why) for why in one.reasons] for one in survey(here) if one.entry}
    changed = f"history assets/models/{LEARNER.name} changed (seed 1 instead of 0)"
    learning = {story.scene for story in STORIES if story.history}
    assert {name for name, why in reasons.items() if why} == learning
    assert {tuple(reasons[name]) for name in learning} == {(changed,)}
