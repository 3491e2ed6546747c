"""The hopes: parts are cut out of a real digit, hopes are marked, weights are the model's own."""

from __future__ import annotations

import csv
import re

import numpy as np
import pytest
from film import DIGITS, ROOT, SMALL, Film, film, plain_pixels
from PIL import Image
from scipy import ndimage

STORY = ROOT / "scenes" / "the_hopes.py"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return film(tmp_path_factory.mktemp("hopes"), *SMALL, story=STORY, scene="TheHopes")


def test_parts_are_cut_out_of_a_real_9(story: Film) -> None:
    layers = story.snapshot("parts")["layers"]
    (source,) = {layer["source"] for layer in layers}
    match = re.fullmatch(r"pixels\((.+)\)", source)
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
    assert len(whole["cell"]) == pixels.size
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
    cells = [layer["cell"] for layer in story.snapshot("parts")["layers"]]
    loop, line = sorted(cells, key=len)[::-1][1:]
    pieces = [layer["cell"] for layer in story.snapshot("edges")["layers"]]
    edges = [piece for piece in pieces if piece not in cells]
    assert len(edges) == 6
    assert sorted(cell for edge in edges for cell in edge) == sorted(loop + line)


def test_what_is_hoped_is_marked(story: Film) -> None:
    snapshot = story.snapshot("hope")
    neurons = [layer for layer in snapshot["layers"] if layer["kind"] == "neurons"]
    assert [len(layer["cell"]) for layer in neurons] == [6, 2, 1]
    assert all(layer["illustrative"] for layer in neurons)
    words = {text["text"] for text in story.record["texts"] if text["frame"] == snapshot["frame"]}
    assert "a hope: the network did not compute this" in words
    # And nothing else is illustrative.
    for other in story.record["snapshots"]:
        if other is not snapshot:
            assert not any(layer["illustrative"] for layer in other["layers"])


def test_weights_are_those_of_the_model(story: Film) -> None:
    weights = np.array(story.truth.layers[0][0])
    for beat, many in (("weights", 1), ("all", len(weights)), ("and-yet", len(weights))):
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


def test_digits_read_right_are_counted(story: Film) -> None:
    with (DIGITS / "labels.csv").open(encoding="utf-8") as stream:
        listed = [(DIGITS / row["file"], int(row["label"])) for row in csv.DictReader(stream)]
    a = np.array([np.asarray(Image.open(file)).ravel() / 255 for file, _ in listed])
    for weights, biases, activation in story.truth.layers:
        assert activation == "sigmoid"
        a = 1 / (1 + np.exp(-(a @ np.array(weights).T + biases)))
    right = int(np.sum(a.argmax(axis=1) == [label for _, label in listed]))
    frame = story.snapshot("and-yet")["frame"]
    numbers = {n["source"]: n for n in story.record["numbers"] if n["frame"] == frame}
    assert numbers["count(right(network))"]["value"] == right
    assert numbers["count(right(network))"]["text"] == str(right)
    assert numbers["len(digits)"]["value"] == len(listed)
    assert f"of {len(listed)} digits\nit reads {right} right" in story.record["cues"][-2]["text"]
