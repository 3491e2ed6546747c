"""Every kind of output that manim gives, small, and the film in other shapes."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from computed import Computed
from film import Film, film, manim, sketch
from manim import config, tempconfig
from PIL import Image
from studio import read_record

from litnet.mobjects import Connections, NetworkDiagram, NeuronLayer
from litnet.mobjects.network_diagram import block
from litnet.style import LARGEST_PITCH, MOST_LINES

TINY = ("--resolution", "320,180", "--fps", "1")
GREEN = np.array([40, 90, 60])


def made(media: Path, *flags: str) -> list[Path]:
    """What a run writes, without manim's working files."""
    done = manim(media, *TINY, *flags)
    assert done.returncode == 0, done.stderr
    files = (path for path in media.rglob("*") if path.is_file())
    return [p for p in files if "partial_movie_files" not in p.parts and "texts" not in p.parts]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return film(tmp_path_factory.mktemp("plain"), *TINY, apart=True)


def pictures(video: Path, form: str = "rgb24") -> list[Any]:
    with av.open(str(video)) as container:
        return [frame.to_ndarray(format=form) for frame in container.decode(video=0)]


def test_a_fork_makes_the_film_that_the_command_makes(tmp_path: Path, plain: Film) -> None:
    """Most tests look at films of a process that had manim ready (see ``film.manim``)."""
    forked = film(tmp_path, *TINY)
    assert forked.video.read_bytes() == plain.video.read_bytes()
    assert forked.record == plain.record


def test_a_still_is_the_last_frame(tmp_path: Path, plain: Film) -> None:
    (still,) = made(tmp_path, "-s")
    last = pictures(plain.video)[-1].astype(int)
    assert np.abs(np.asarray(Image.open(still).convert("RGB")).astype(int) - last).mean() < 3


def test_an_image_sequence_has_every_frame(tmp_path: Path, plain: Film) -> None:
    files = sorted(made(tmp_path, "--format", "png-sequence"))
    frames = pictures(plain.video)
    assert len(files) == len(frames) == plain.record["video"]["frames"]
    for number in (0, len(files) // 2, len(files) - 1):
        found = np.asarray(Image.open(files[number]).convert("RGB")).astype(int)
        assert np.abs(found - frames[number].astype(int)).mean() < 3


def test_a_gif_has_every_frame_and_a_record(tmp_path: Path, plain: Film) -> None:
    gif, record = sorted(made(tmp_path, "--format", "gif"))
    assert read_record(record)["video"]["file"] == gif.name
    assert len(pictures(gif)) == plain.record["video"]["frames"]


def test_a_transparent_film_is_the_same_over_black_and_shines_over_anything(
    tmp_path: Path, plain: Film
) -> None:
    """Straight alpha: colour times alpha, plus what is behind times the rest."""
    files = made(tmp_path, "-t")
    (video,) = [path for path in files if path.suffix == ".mov"]
    clear = pictures(video, "rgba")
    opaque = pictures(plain.video)
    assert len(clear) == len(opaque)
    frame = plain.snapshot("propagation")["frame"]
    alpha = clear[frame][:, :, 3:] / 255
    color = clear[frame][:, :, :3].astype(float)
    over_black = color * alpha
    assert np.abs(over_black - opaque[frame]).mean() < 3
    over_green = over_black + GREEN * (1 - alpha)
    # Light never darkens what it is laid over; opaque neurons may.
    glow = (alpha[:, :, 0] > 0.05) & (alpha[:, :, 0] < 0.6)
    inputs = plain.layer("propagation", 0)
    glow[:, : round(max(inputs["x"]) + inputs["radius"])] = False
    assert glow.sum() > 500
    assert (over_green[glow].sum(axis=1) > GREEN.sum() * 0.9).mean() > 0.9
    assert alpha[0, 0, 0] == 0, "the corner is empty"


def test_a_part_of_the_film_has_a_record_of_that_part(tmp_path: Path, plain: Film) -> None:
    files = made(tmp_path, "-n", "21,24")
    (video,) = [path for path in files if path.suffix == ".mp4"]
    record = json.loads(video.with_suffix(".json").read_text("utf-8"))
    assert 0 < record["video"]["frames"] == len(pictures(video))
    assert record["video"]["frames"] < plain.record["video"]["frames"]
    assert record["beats"][-1]["end"] == record["video"]["duration"]


def test_sections_are_the_beats(tmp_path: Path, plain: Film) -> None:
    files = made(tmp_path, "--save_sections")
    sections = sorted(path.stem for path in files if path.parent.name == "sections")
    names = [beat["name"] for beat in plain.record["beats"]]
    for number, name in enumerate(names):
        assert f"LayerIntro_{number:04}_{name}" in sections


@pytest.mark.parametrize("size", ["180,320", "240,240", "320,240"])
def test_the_film_fits_other_shapes(tmp_path: Path, size: str) -> None:
    """All cells in the frame, all 784 of them, and the layers of the network apart."""
    there = sketch(tmp_path, "--resolution", size, "--fps", "1")
    width, height = map(int, size.split(","))
    assert (there.record["video"]["width"], there.record["video"]["height"]) == (width, height)
    for snapshot in there.record["snapshots"]:
        for layer in snapshot["layers"]:
            x, y, radius = np.array(layer["x"]), np.array(layer["y"]), layer["radius"]
            assert x.min() >= radius and x.max() + radius <= width
            assert y.min() >= radius and y.max() + radius <= height
    layers = [there.layer("propagation", number) for number in range(4)]
    for before, after in pairwise(layers):
        assert max(before["x"]) + before["radius"] < min(after["x"]) - after["radius"]
    # Nothing stretched: cells are as far apart down as across.
    x, y = np.array(layers[0]["x"]).reshape(28, 28), np.array(layers[0]["y"]).reshape(28, 28)
    assert np.diff(x, axis=1).mean() == pytest.approx(np.diff(y, axis=0).mean(), rel=1e-3)


def test_a_scene_made_as_a_notebook_makes_it(tmp_path: Path) -> None:
    """``%%manim`` names a renderer, which is None, and a class that stands in no file."""
    cell = {"__name__": "__main__"}
    exec(
        "from manim import FadeIn\n"
        "from litnet.mobjects import PixelGrid\n"
        "from litnet.scene import LitScene\n"
        "class Cell(LitScene):\n"
        "    def construct(self):\n"
        "        picture = PixelGrid(self.digit.image, 5)\n"
        "        with self.beat('a', 'A', caption='From a notebook.'):\n"
        "            self.play(FadeIn(picture))\n"
        "            self.hold(1)\n",
        cell,
    )
    small = {"pixel_width": 320, "pixel_height": 180, "frame_rate": 2, "progress_bar": "none"}
    with tempconfig({**small, "media_dir": str(tmp_path)}):
        scene: Any = cell["Cell"](renderer=None)
        scene.render()
    (path,) = tmp_path.rglob("Cell.json")
    record = read_record(path)
    assert record["variant"]["model"] is None, "no network was run"
    assert record["video"]["frames"] == 4
    assert {entry["role"] for entry in record["inputs"]} >= {"digit", "module", "font"}
    assert not [entry for entry in record["inputs"] if entry["role"] in ("model", "scene")]


# --- large networks -----------------------------------------------------------------------------
def test_of_too_many_connections_the_strongest_are_drawn_and_counted() -> None:
    rng = np.random.default_rng(2)
    sources = NeuronLayer(rng.random(400), layer=0, pitch=0.01)
    targets = NeuronLayer(rng.random(100), layer=1, pitch=0.05)
    contributions = rng.normal(size=(100, 400))
    bundle = Connections(sources, targets, contributions)
    assert (bundle.drawn, bundle.total) == (MOST_LINES, 40_000)
    assert bundle.lines is not None
    sizes = np.abs(contributions).ravel()
    rest = np.setdiff1d(np.arange(40_000), bundle.lines)
    assert sizes[bundle.lines].min() >= sizes[rest].max()
    few = Connections(sources, NeuronLayer(rng.random(10), layer=1, pitch=0.5), contributions[:10])
    assert few.lines is None and few.drawn == few.total == 4_000


@pytest.mark.parametrize("neurons", [1, 2, 10, 16, 37, 38, 64, 128, 512, 1024])
def test_layers_of_any_size_stand_in_their_room(neurons: int) -> None:
    pitch, rows, columns = block(neurons, tall=5.3, wide=1.0)
    assert rows * columns >= neurons > rows * (columns - 1)
    assert 0 < pitch <= LARGEST_PITCH
    assert rows * pitch <= 5.3 + 1e-9
    assert columns == 1 or columns * pitch <= 1.0 + 1e-9


def test_a_large_network_says_how_much_of_it_is_drawn() -> None:
    rng = np.random.default_rng(3)
    with tempconfig({"dry_run": True}):
        assert config.dry_run
        inputs = NeuronLayer(rng.random(784), layer=0, pitch=0.1)
        network = NetworkDiagram(
            inputs,
            Computed(
                [rng.random(64), rng.random(10)],
                [rng.normal(size=(64, 784)), rng.normal(size=(10, 64))],
            ),
            right=5,
            tall=5,
        )
    assert network.connections == 784 * 64 + 640
    assert network.drawn == MOST_LINES + 640
