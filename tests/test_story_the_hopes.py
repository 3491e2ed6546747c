"""The hopes: parts are cut out of a real digit, hopes are marked, weights are the model's own."""

from __future__ import annotations

import csv
import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from film import DIGITS, ROOT, SMALL, Film, colored, plain_pixels, recorded, sketch
from PIL import Image
from scipy import ndimage
from sources import evaluate

from litnet.stage import Stage
from litnet.style import CAPTION_LEADING, WRONG_COLOR
from network import MLP, Dense, save_network

STORY = ROOT / "scenes" / "the_hopes.py"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return sketch(tmp_path_factory.mktemp("hopes"), *SMALL, story=STORY, scene="TheHopes")


def bright(story: Film, beat: str) -> list[dict[str, Any]]:
    """The cells that are shown as they are: not the faint ones around a part."""
    layers = story.snapshot(beat)["layers"]
    return [layer for layer in layers if any(light is not None for light in layer["light"])]


def test_parts_are_cut_out_of_a_real_9(story: Film) -> None:
    layers = bright(story, "parts")
    (source,) = {layer["source"] for layer in layers}
    match = re.fullmatch(r'pixels\("(.+)"\)', source)
    assert match is not None
    with (DIGITS / "labels.csv").open(encoding="utf-8") as stream:
        labels = {row["file"]: row["label"] for row in csv.DictReader(stream)}
    file = ROOT / match[1]
    assert labels[file.name] == "9"
    pixels = np.array(plain_pixels(file))
    whole, upper, lower = sorted(layers, key=lambda layer: -len(layer["cell"]))
    for layer in layers:
        assert not layer["illustrative"]
        assert layer["value"] == pytest.approx(pixels.ravel()[layer["cell"]].tolist())
    # All of its ink, down to what is hardly to be seen.
    assert set(np.flatnonzero(pixels.ravel() > 0.05)) <= set(whole["cell"])
    assert not set(upper["cell"]) & set(lower["cell"])
    # Nothing can go from within the loop to the edge of the picture; through the line it can.
    for part, closed in ((upper, True), (lower, False)):
        free = np.ones(pixels.size, bool)
        free[part["cell"]] = False
        _, regions = ndimage.label(free.reshape(pixels.shape))
        assert (regions > 1) == closed
    rows = [np.mean(np.array(part["cell"]) // pixels.shape[1]) for part in (upper, lower)]
    assert rows[0] < rows[1]


def test_edges_make_up_the_parts(story: Film) -> None:
    cells = [layer["cell"] for layer in bright(story, "parts")]
    loop, line = sorted(cells, key=len)[::-1][1:]
    pieces = [layer["cell"] for layer in bright(story, "edges")]
    edges = [piece for piece in pieces if piece not in cells]
    assert len(edges) == 6
    assert sorted(cell for edge in edges for cell in edge) == sorted(loop + line)


def test_what_is_hoped_is_marked(story: Film) -> None:
    snapshot = story.snapshot("hope")
    neurons = [layer for layer in snapshot["layers"] if layer["kind"] == "neurons"]
    assert [len(layer["cell"]) for layer in neurons] == [6, 2, 1]
    assert all(layer["illustrative"] for layer in neurons)
    words = {text["text"] for text in story.record["texts"] if text["frame"] == snapshot["frame"]}
    assert {"a hope: the network", "did not compute this"} <= words
    # And nothing else is illustrative.
    for other in story.record["snapshots"]:
        if other is not snapshot:
            assert not any(layer["illustrative"] for layer in other["layers"])


def test_weights_are_those_of_the_model(story: Film) -> None:
    weights = np.array(story.truth.layers[0][0])
    for beat, many in (("weights", 1), ("all", len(weights))):
        signed = story.snapshot(beat)["signed"]
        found = {}
        for picture in signed:
            match = re.fullmatch(r"weights\[1\]\[(\d+)\]", picture["source"])
            assert match is not None
            found[int(match[1])] = picture
        assert len(found) == len(signed) == many
        for number, picture in found.items():
            assert picture["value"] == pytest.approx(weights[number].tolist(), abs=1e-12)
            assert picture["scale"] == pytest.approx(np.median(np.abs(weights[weights != 0])))
    first = int(re.findall(r"\d+", story.snapshot("weights")["signed"][0]["source"])[1])
    assert first == int(np.argmax(story.truth.activations[1]))


def test_every_picture_of_weights_stands_by_itself(story: Film) -> None:
    boxes = [
        (min(p["x"]) - p["radius"], min(p["y"]) - p["radius"], max(p["x"]), max(p["y"]))
        for p in story.snapshot("all")["signed"]
    ]
    for number, a in enumerate(boxes):
        for b in boxes[:number]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def answers_to_all(story: Film) -> tuple[list[str], Any, Any]:
    """Files, labels and answers, of all bundled digits, sorted by their labels."""
    with (DIGITS / "labels.csv").open(encoding="utf-8") as stream:
        listed = [(DIGITS / row["file"], int(row["label"])) for row in csv.DictReader(stream)]
    a = np.array([np.asarray(Image.open(file)).ravel() / 255 for file, _ in listed])
    for weights, biases, activation in story.truth.layers:
        assert activation == "sigmoid"
        a = 1 / (1 + np.exp(-(a @ np.array(weights).T + biases)))
    labels = np.array([label for _, label in listed])
    order = np.argsort(labels, kind="stable")
    return [listed[n][0].name for n in order], labels[order], a.argmax(axis=1)[order]


def test_every_digit_goes_to_the_row_of_its_answer(story: Film) -> None:
    _, labels, answers = answers_to_all(story)
    layers = story.snapshot("and-yet")["layers"]
    (digits,) = [layer for layer in layers if layer["kind"] == "digits"]
    outputs = max((x for x in layers if x["kind"] == "neurons"), key=lambda x: x["layer"])
    assert digits["value"] == (answers == labels).astype(float).tolist()
    for y, answer in zip(digits["y"], answers, strict=True):
        assert y == pytest.approx(outputs["y"][answer], abs=0.5)
    assert len(set(zip(digits["x"], digits["y"], strict=True))) == len(answers)
    # What is lit is what the last of them sent through.
    (reading,) = story.record["readings"]
    for layer in layers:
        if layer["kind"] == "neurons":
            assert layer["value"] == pytest.approx(reading["activations"][layer["layer"]])
    # The wrong ones have red frames.
    still = story.still(story.snapshot("and-yet")["frame"])
    red = colored(still, WRONG_COLOR, 70)
    for x, y, right in zip(digits["x"], digits["y"], digits["value"], strict=True):
        left, half = round(x - digits["radius"]), round(digits["radius"])
        edge = red[round(y) - half // 2 : round(y) + half // 2, left - 2 : left + 3]
        if not right:
            assert edge.any(), (x, y)


def test_digits_read_right_are_counted(story: Film) -> None:
    files, labels, answers = answers_to_all(story)
    listed, right = files, int(np.sum(answers == labels))
    frame = story.snapshot("and-yet")["frame"]
    numbers = {n["source"]: n for n in story.record["numbers"] if n["frame"] == frame}
    assert numbers["count(right(network))"]["value"] == right
    assert numbers["count(right(network))"]["text"] == str(right)
    assert numbers["len(digits)"]["value"] == len(listed)
    said = f"here are all {len(listed)} digits.\nIt reads {right} of them correctly."
    assert said in story.record["cues"][-2]["text"]


# --- layers of any size ---------------------------------------------------------------------------
READABLE = 36  # pixels of a picture's side at 480 lines: more than one for each of 28 weights


def test_16_neurons_are_all_of_them(story: Film) -> None:
    frame = story.snapshot("all")["frame"]
    shown = [(n["source"], n["text"]) for n in story.record["numbers"] if n["frame"] == frame]
    assert shown == [("network.sizes[1]", "16")]
    assert story.beat("all")["title"] == "The weights of all 16"
    assert story.beat("all")["caption"].startswith("All 16 neurons of that layer.")


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """Of a layer of 1,024 neurons, in an upright frame, in Korean; the chosen one is number 700."""
    folder = tmp_path_factory.mktemp("wide")
    random = np.random.default_rng(0)
    biases = np.where(np.arange(1024) == 700, 99.0, 0.0)
    network = MLP(
        (
            Dense(random.normal(size=(1024, 784)) / 28, biases, "sigmoid"),
            Dense(random.normal(size=(10, 1024)) / 32, np.zeros(10), "sigmoid"),
        )
    )
    save_network(network, folder / "wide.npz")
    return recorded(
        folder / "media",
        *("-r", "480,854", "--fps", "1"),
        story=STORY,
        scene="TheHopes",
        model=folder / "wide.npz",
        LITNET_LANGUAGE="ko",
    )


def test_of_1024_neurons_some_are_shown_and_counted(wide: Film) -> None:
    snapshot = wide.snapshot("all")
    sources = [picture["source"] for picture in snapshot["signed"]]
    numbers = [int(re.findall(r"\d+", source)[1]) for source in sources]
    assert len(set(numbers)) == len(numbers) == 64 and 700 in numbers
    counted = [n for n in wide.record["numbers"] if n["frame"] == snapshot["frame"]]
    assert sorted(n["text"] for n in counted) == ["1,024", "64"]
    for number in counted:
        assert number["value"] == evaluate(wide, number["source"], snapshot["frame"])
    frame = wide.snapshot("between")["frame"]
    counted = [n for n in wide.record["numbers"] if n["frame"] == frame]
    assert {n["source"]: n["text"] for n in counted} == {
        "edges.drawn": "26,624",
        "edges.total": "813,056",
    }
    beat = wide.beat("all")
    assert beat["title"] == "뉴런 1,024개 중 64개의 가중치"
    assert "1,024개 가운데" in beat["caption"] and "64개입니다" in beat["caption"]
    assert "전부" not in beat["caption"]
    for picture, number in zip(snapshot["signed"], numbers, strict=True):
        assert picture["value"] == pytest.approx(wide.truth.layers[0][0][number], abs=1e-12)


def test_pictures_of_a_wide_layer_are_seen(wide: Film) -> None:
    width, height = wide.record["video"]["width"], wide.record["video"]["height"]
    snapshot = wide.snapshot("all")
    boxes = np.array(
        [
            (min(p["x"]), min(p["y"]), max(p["x"]), max(p["y"]))
            + p["radius"] * np.array([-1, -1, 1, 1])
            for p in snapshot["signed"]
        ]
    )
    assert (boxes[:, 2:] - boxes[:, :2]).min() >= READABLE
    assert boxes.min() >= 0.04 * width and boxes[:, 2].max() <= 0.96 * width
    texts = [t["box"] for t in wide.record["texts"] if t["frame"] == snapshot["frame"]]
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    for left, top, right, bottom in texts:
        assert left >= 0.04 * width and right <= 0.96 * width
        assert top >= 0.04 * height and bottom <= 0.96 * height
        assert bottom < low[1] or top > high[1]


@pytest.fixture(scope="module")
def module() -> ModuleType:
    """The scene's own file, for what it works out without a film."""
    spec = spec_from_file_location("the_hopes_alone", STORY)
    assert spec is not None and spec.loader is not None
    made = module_from_spec(spec)
    sys.modules[spec.name] = made  # where its dataclasses look
    spec.loader.exec_module(made)
    return made


@pytest.mark.parametrize("neurons", [2, 3, 16, 36, 64, 65, 100, 1024])
@pytest.mark.parametrize("size", [(854, 480), (1120, 480), (480, 854), (480, 480)], ids=str)
def test_layers_of_any_size(module: ModuleType, neurons: int, size: tuple[int, int]) -> None:
    for chosen in (0, neurons // 2, neurons - 1):
        numbers = module.spread_over(neurons, module.MOST_SHOWN, chosen)
        assert len(numbers) == min(neurons, module.MOST_SHOWN)
        assert chosen in numbers and numbers == sorted(set(numbers))
        assert 0 <= numbers[0] and numbers[-1] < neurons
        assert max(np.diff(numbers)) < 2 * max(1, neurons / len(numbers))
    stage = Stage.of(*size)
    centers, pitch = module.tiles(stage, len(numbers))
    apart = np.abs(centers[:, None, :2] - centers[None, :, :2]).max(axis=2)
    assert apart[~np.eye(len(centers), dtype=bool)].min() >= 0.999 * pitch
    # From below the heading to above a caption of two lines.
    caption = stage.caption_y + 2 * CAPTION_LEADING
    assert np.abs(centers[:, 0]).max() + pitch / 2 <= stage.right + 1e-9
    assert centers[:, 1].min() - 0.45 * pitch > caption
    assert centers[:, 1].max() + pitch / 2 + 0.6 <= 0.45 * stage.height
    assert 0.9 * pitch * size[0] / stage.width >= READABLE
