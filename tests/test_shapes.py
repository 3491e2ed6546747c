"""LayerIntro of networks of many shapes: everything in the frame, nothing on top of another."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from computed import Computed
from film import HERO, ROOT, Film, manim, recorded
from PIL import Image

from litnet.clips.catalogue import STORIES
from litnet.mobjects import NetworkDiagram, NeuronLayer
from litnet.mobjects.network_diagram import blocks, largest_pitch
from litnet.style import LARGEST_PITCH, MOST_LINES
from network import MLP, Dense, InputError, save_network
from network.vectors import load_vector

WIDE = ("-r", "640,360", "--fps", "2")
UPRIGHT = ("-r", "360,640", "--fps", "2")


@dataclass(frozen=True)
class Shape:
    """A network to be filmed."""

    sizes: tuple[int, ...]
    flags: tuple[str, ...] = WIDE
    classes: tuple[str, ...] = ()
    vector: tuple[float, ...] = ()
    activations: tuple[str, str] = ("sigmoid", "sigmoid")
    environment: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        upright = "-upright" if self.flags is UPRIGHT else ""
        return "-".join(map(str, self.sizes)) + upright

    def network(self) -> MLP:
        """Its weights are random, but always the same."""
        random = np.random.default_rng(sum(self.sizes))
        inner, last = self.activations
        return MLP(
            Dense(
                random.normal(size=(n_out, n_in)) * 2 / np.sqrt(n_in),
                random.normal(size=n_out) / 3,
                last if number == len(self.sizes) - 2 else inner,
            )
            for number, (n_in, n_out) in enumerate(pairwise(self.sizes))
        )


LONG = ("cat", "a name as long as may be")
DEEP = (784, 1024, 512, 256, 128, 64, 26)
SHAPES = (
    Shape((64, 2), classes=LONG),
    Shape(
        (4096, 1024, 10), activations=("relu", "identity"), environment={"LITNET_LANGUAGE": "ko"}
    ),
    Shape(DEEP, classes=tuple(chr(65 + n) * 9 for n in range(26))),
    Shape(DEEP, UPRIGHT, environment={"LITNET_LANGUAGE": "ko"}),
    Shape((3, 4, 2), vector=(-1.5, 0.25, 1234.5), activations=("tanh", "softmax")),
    Shape(
        (500, 12),
        UPRIGHT,
        tuple(f"class number {n}" for n in range(12)),
        tuple(np.arange(500) / 50),
    ),
)


def saved(folder: Path, shape: Shape) -> dict[str, Any]:
    """The files of a network, and of what it reads, as options of ``film``."""
    model = folder / "mine.npz"
    save_network(shape.network(), model)
    if shape.classes:
        facts = json.dumps({"classes": shape.classes})
        model.with_suffix(".md").write_text(f"```json\n{facts}\n```\n", encoding="utf-8")
    digit = HERO
    if shape.vector:
        digit = folder / "mine.csv"
        digit.write_text(",".join(map(str, shape.vector)), encoding="utf-8")
    return {"model": model, "digit": digit, **shape.environment}


@pytest.fixture(scope="module", params=SHAPES, ids=str)
def shot(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A shape and its film."""
    shape: Shape = request.param
    folder = tmp_path_factory.mktemp("shape")
    return shape, recorded(folder / "media", *shape.flags, **saved(folder, shape))


def test_everything_is_in_the_frame(shot: tuple[Shape, Film]) -> None:
    _, told = shot
    width, height = told.record["video"]["width"], told.record["video"]["height"]
    for text in told.record["texts"]:
        left, top, right, bottom = text["box"]
        assert 0.04 * width <= left < right <= 0.96 * width, text
        assert 0.04 * height <= top < bottom <= 0.96 * height, text
    for snapshot in told.record["snapshots"]:
        for layer in snapshot["layers"]:
            x, y, radius = np.array(layer["x"]), np.array(layer["y"]), layer["radius"]
            assert x.min() - radius >= 0.04 * width and x.max() + radius <= 0.96 * width
            assert y.min() - radius >= 0.04 * height and y.max() + radius <= 0.96 * height


def test_neurons_do_not_overlap(shot: tuple[Shape, Film]) -> None:
    shape, told = shot
    (network,) = [told.snapshot("propagation")]
    neurons = [layer for layer in network["layers"] if layer["kind"] == "neurons"]
    assert [len(layer["cell"]) for layer in neurons] == list(shape.sizes)
    for snapshot in told.record["snapshots"]:
        for layer in snapshot["layers"]:
            places = np.stack((layer["x"], layer["y"]), axis=1)
            step = max(1, len(places) // 64)
            for number in range(0, len(places), step):
                apart = np.hypot(*(places - places[number]).T)
                apart[number] = np.inf
                assert apart.min() > 1.9 * layer["radius"]
    for a, b in pairwise(neurons):
        # The light between two layers has at least as much room as a neuron.
        gap = min(b["x"]) - b["radius"] - max(a["x"]) - a["radius"]
        assert gap > 2 * max(a["radius"], b["radius"])


def test_texts_keep_clear(shot: tuple[Shape, Film]) -> None:
    _, told = shot
    for snapshot in told.record["snapshots"]:
        texts = [text for text in told.record["texts"] if text["frame"] == snapshot["frame"]]
        for one, other in combinations(texts, 2):
            assert not overlap(one["box"], other["box"]), (one, other)
        for layer in snapshot["layers"]:
            if layer["kind"] == "pixels":
                continue
            x, y, radius = np.array(layer["x"]), np.array(layer["y"]), layer["radius"]
            for text in texts:
                left, top, right, bottom = text["box"]
                beside = np.maximum(np.maximum(left - x, x - right), 0)
                above = np.maximum(np.maximum(top - y, y - bottom), 0)
                assert np.hypot(beside, above).min() >= radius, text


def test_the_answer_has_its_name(shot: tuple[Shape, Film]) -> None:
    shape, told = shot
    last = told.snapshot("answer")
    shown = [text["text"] for text in told.record["texts"] if text["frame"] == last["frame"]]
    activations = told.record["forward_pass"]["activations"]
    outputs = np.array(activations[-1])
    name = shape.classes[outputs.argmax()] if shape.classes else str(outputs.argmax())
    # The largest words; a long name stands in several lines.
    texts = [text for text in told.record["texts"] if text["frame"] == last["frame"]]
    tallest = max(text["height"] for text in texts)
    big = [text["text"] for text in texts if text["height"] > 0.99 * tallest]
    assert "".join(big).replace(" ", "") == name.replace(" ", "")
    assert all(not words.startswith(("right:", "wrong:")) for words in shown) or (
        shape.sizes[-1] == 10
    )
    columns = [
        number
        for number in told.record["numbers"]
        if number["frame"] == last["frame"] and number["source"].startswith("activations")
    ]
    named = [int(number["source"].rpartition("[")[2][:-1]) for number in columns]
    if shape.sizes[-1] <= 13:
        assert named == list(range(shape.sizes[-1]))
    else:
        assert named == np.argsort(-outputs, kind="stable")[:5].tolist()
    for number in columns:
        assert number["value"] == outputs[named[columns.index(number)]]


def test_a_picture_has_the_side_that_the_network_reads(shot: tuple[Shape, Film]) -> None:
    shape, told = shot
    numbers = {n["source"]: n["value"] for n in told.record["numbers"]}
    if shape.vector:
        assert "pixels.rows" not in numbers
        assert told.record["forward_pass"]["activations"][0] == list(shape.vector)
        said = " ".join(text["text"] for text in told.record["texts"])
        assert "pixel" not in said and "picture" not in said
    else:
        side = round(shape.sizes[0] ** 0.5)
        assert numbers["pixels.rows"] == numbers["pixels.columns"] == side


def overlap(one: list[float], other: list[float]) -> bool:
    """Whether two boxes (left, top, right, bottom) have an area in common."""
    return min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(
        one[1], other[1]
    )


@pytest.mark.parametrize(
    ("sizes", "digit", "expected"),
    [
        ((784, *[4] * 6, 3), None, "found 7 layers of weights, expected at most 6"),
        ((784, 1025, 10), None, "found 1,025 neurons in layer 1, expected from 2 to 1,024"),
        ((784, 1), None, "found 1 neurons in layer 1"),
        ((5, 2), None, "expected a .csv or .txt file with 5 numbers"),
        ((5, 2), "1 2 3", "found 3 numbers, expected a text file of 5 numbers"),
        ((5, 2), "1 2 3 4 nan", "found nan in place 5"),
        ((4900, 2), None, "the network reads 4,900 numbers, expected at most 1,024"),
    ],
)
def test_what_cannot_be_filmed_is_refused(
    sizes: tuple[int, ...], digit: str | None, expected: str, tmp_path: Path
) -> None:
    options = saved(tmp_path, Shape(sizes))
    if digit is not None:
        options["digit"] = tmp_path / "mine.txt"
        options["digit"].write_text(digit, encoding="utf-8")
    done = manim(tmp_path / "media", *WIDE, **options)
    assert done.returncode == 1
    assert expected in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.rglob("*.mp4"))


NAMED = ("cat", "a name as long as may be", "dog")


@pytest.mark.parametrize(
    ("scene", "shape"),
    [
        ("BeforeAfter", Shape((784, 16, 3), classes=NAMED)),
        ("BeforeAfter", Shape((64, 1024))),
        ("Propagation", Shape((784, 16, 3), classes=NAMED)),
        ("Roadmap", Shape((784, 64, 32, 32, 16, 16, 10))),
        ("Recap", Shape((64, 300, 10))),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value),
)
def test_other_stories_of_other_shapes(scene: str, shape: Shape, tmp_path: Path) -> None:
    options = saved(tmp_path, shape)
    if scene == "BeforeAfter":
        (tmp_path / "before").mkdir()
        other = Shape(shape.sizes, activations=("relu", "softmax"))
        options["LITNET_BEFORE"] = str(saved(tmp_path / "before", other)["model"])
    (story,) = (story.file for story in STORIES if story.scene == scene)
    told = recorded(
        tmp_path / "media", "-r", "640,360", "--fps", "1", story=story, scene=scene, **options
    )
    width, height = told.record["video"]["width"], told.record["video"]["height"]
    texts = told.record["texts"]
    for text in texts:
        left, top, right, bottom = text["box"]
        assert 0.04 * width <= left < right <= 0.96 * width, text
        assert 0.04 * height <= top < bottom <= 0.96 * height, text
    for frame in {text["frame"] for text in texts}:
        for one, two in combinations([t for t in texts if t["frame"] == frame], 2):
            assert not overlap(one["box"], two["box"]), (one, two)
    for snapshot in told.record["snapshots"]:
        for layer in snapshot["layers"]:
            x, y, radius = np.array(layer["x"]), np.array(layer["y"]), layer["radius"]
            assert x.min() - radius >= 0.03 * width and x.max() + radius <= 0.97 * width
            assert y.min() - radius >= 0.03 * height and y.max() + radius <= 0.97 * height
    # Where not all connections are drawn, the picture says how many are.
    counted = [n for n in told.record["numbers"] if n["source"].startswith("edges.")]
    cut = any(a * b > MOST_LINES for a, b in pairwise(shape.sizes))
    assert {n["source"] for n in counted} >= ({"edges.drawn", "edges.total"} if cut else set())
    for number in counted:
        edges = [e for e in told.record["edges"] if e["frame"] == number["frame"]]
        name = number["source"].removeprefix("edges.")
        assert number["value"] == sum(edge[name] for edge in edges)
        assert number["text"] == f"{number['value']:,.0f}"
    if scene == "BeforeAfter":
        (said,) = [b["caption"] for b in told.record["beats"] if b["name"] == "networks"]
        assert "not built alike" in said  # their activations differ
    if shape.classes:
        # By its name, cut where it is too long.
        answers = {told.record["forward_pass"]["prediction"]}
        answers |= {reading["prediction"] for reading in told.record["readings"]}
        shown = {text["text"] for text in texts}
        for answer in answers:
            assert any(
                shape.classes[answer].startswith(words.rstrip("\N{HORIZONTAL ELLIPSIS}"))
                for words in shown
            ), (answer, shown)


@pytest.mark.parametrize(
    ("scene", "sizes", "expected"),
    [
        ("TheHopes", (64, 16, 10), "shows the bundled digits and needs a network from 28 x 28"),
        ("FallsShort", (784, 16, 3), "but .* goes from 784 inputs to 3 outputs"),
        ("BeforeAfter", (64, 16, 10), "expected two of the same inputs and outputs"),
    ],
)
def test_a_story_says_what_it_needs(
    scene: str, sizes: tuple[int, ...], expected: str, tmp_path: Path
) -> None:
    (story,) = (story.file for story in STORIES if story.scene == scene)
    done = manim(
        tmp_path / "media", *WIDE, story=story, scene=scene, **saved(tmp_path, Shape(sizes))
    )
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert re.search(expected, line) and not list(tmp_path.rglob("*.mp4"))


def test_other_stories_say_that_they_show_pictures(tmp_path: Path) -> None:
    options = saved(tmp_path, Shape((5, 2), vector=(1, 2, 3, 4, 5)))
    story = ROOT / "scenes" / "roadmap.py"
    done = manim(tmp_path / "media", *WIDE, story=story, scene="Roadmap", **options)
    assert done.returncode == 1
    assert "Roadmap shows pictures, but" in done.stderr and "Traceback" not in done.stderr


def test_lists_of_numbers(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    for text in ("1,2.5,-3e2", "1\n2.5\n-300\n", "\ufeff1; 2.5; -300", "1, 2.5,\t-300,\n"):
        file.write_text(text, encoding="utf-8")
        assert load_vector(file, 3).tolist() == [1, 2.5, -300]
    for data in (b"", b"1,2", b"1,2,x", b"1,2,1e6", b"1,2,inf", b"\xff\xfe1", b"1 " * 70_000):
        file.write_bytes(data)
        with pytest.raises(InputError, match=r"list\.csv: found"):
            load_vector(file, 3)
    with pytest.raises(InputError, match="no such file"):
        load_vector(tmp_path / "none.csv", 3)


@pytest.mark.parametrize("seed", range(20))
def test_layers_of_any_sizes_have_room(seed: int) -> None:
    random = np.random.default_rng(seed)
    sizes = (2 ** random.uniform(1, 10, random.integers(1, 7))).astype(int).tolist()
    for tall, wide in ((4.9, 6.7), (6.8, 3.5), (3.2, 2.4)):
        standing = blocks(sizes, tall, wide)
        assert sum(block.width for block in standing) <= 0.9 * wide
        for size, block in zip(sizes, standing, strict=True):
            assert block.rows * block.columns >= size > (block.rows - 1) * block.columns
            assert 0 < block.pitch <= LARGEST_PITCH and block.pitch * block.rows <= tall + 1e-9


@pytest.mark.parametrize("right", [2.4, 4.2])
def test_sizes_above_layers_keep_apart(right: float) -> None:
    sizes = (784, 1024, 1024, 10)
    inputs = NeuronLayer(np.zeros(784), layer=0, pitch=0.004).move_to((-2.0, 0.0, 0.0))
    network = NetworkDiagram(
        inputs,
        Computed(
            [np.zeros(size) for size in sizes[1:]],
            [np.zeros((n_out, n_in)) for n_in, n_out in pairwise(sizes)],
        ),
        right=right,
        tall=6.8,
    )
    numbers = network.sizes(4.0)
    assert [number.text for number in numbers] == ["784", "1,024", "1,024", "10"]
    for one, other in combinations(numbers, 2):
        beside = other.get_left()[0] - one.get_right()[0]
        above = abs(other.get_y() - one.get_y()) - (one.height + other.height) / 2
        assert max(beside, above) > 0.05
    for number, layer in zip(numbers, network.layers, strict=True):
        assert number.get_x() == pytest.approx(layer.get_x())


def test_the_largest_pitch_is_the_largest() -> None:
    """Against trying every distance, in small steps."""

    def fits(pitch: float, sizes: list[int], tall: float, wide: float) -> bool:
        rows = int(tall / pitch)
        return rows > 0 and sum(-(-size // rows) for size in sizes) * pitch <= wide

    for sizes, tall, wide in (([1024, 512, 60], 4.9, 2.0), ([40], 3.0, 1.0), ([7, 900], 5.0, 3.0)):
        tried = [p for p in np.arange(0.001, 1, 0.0005) if fits(p, sizes, tall, wide)]
        assert largest_pitch(sizes, tall, wide, 1.0) == pytest.approx(max(tried), abs=6e-4)


def test_an_own_picture_of_another_size(tmp_path: Path) -> None:
    """A drawing of 90 x 70 pixels, dark on light, for a network that reads 8 x 8."""
    ink = np.full((90, 70), 240, np.uint8)
    ink[20:70, 30:38] = 20
    drawing = tmp_path / "mine.png"
    Image.fromarray(ink).save(drawing)
    options = saved(tmp_path, Shape((64, 10)))
    told = recorded(tmp_path / "media", *WIDE, **(options | {"digit": drawing}))
    read = np.array(told.record["forward_pass"]["activations"][0]).reshape(8, 8)
    # The stroke is upright, bright and in the middle.
    assert read.sum(axis=0).argmax() in (3, 4) and read.max() > 0.8
    assert read[:, [0, 1, 6, 7]].max() < 0.1
