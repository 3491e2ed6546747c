"""Bias: where 200 digits stand, which of them light, and what is read without any bias."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from film import DIGITS, ROOT, SMALL, VANILLA, Film, manim, plain_forward, plain_layers, recorded
from PIL import Image
from test_story_one_line import network

STORY = ROOT / "scenes" / "bias.py"
SCENE = "Bias"


@pytest.fixture(scope="module")
def told(usual_film: Callable[[str], Film]) -> Film:
    return usual_film(SCENE)


def pixels_of(digit: Path) -> list[float]:
    """Grey values row by row; of all bundled digits, also of those whose ink touches the border."""
    with Image.open(digit) as picture:
        assert picture.mode == "L" and picture.size == (28, 28)
        return [value / 255 for value in picture.tobytes()]


@cache
def digits() -> list[tuple[int, list[float]]]:
    """Label and pixels of every bundled digit, sorted by label."""
    with (DIGITS / "labels.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.reader(stream) if row and row[0].endswith(".png")]
    found = [(int(row[1]), pixels_of(DIGITS / row[0])) for row in rows]
    return sorted(found, key=lambda one: one[0])


@cache
def passes(unbiased: bool) -> list[list[list[float]]]:
    """The activations of every digit by plain loops, with the biases or without."""
    layers = [
        (weights, [0.0] * len(biases) if unbiased else biases, name)
        for weights, biases, name in plain_layers(VANILLA)
    ]
    return [plain_forward(layers, pixels) for _, pixels in digits()]


def right(unbiased: bool) -> list[float]:
    labels = [label for label, _ in digits()]
    answers = [one[-1].index(max(one[-1])) for one in passes(unbiased)]
    return [float(answer == label) for answer, label in zip(answers, labels, strict=True)]


def numbers_at(told: Film, beat: str) -> dict[str, dict[str, Any]]:
    frame = told.snapshot(beat)["frame"]
    return {n["source"]: n for n in told.record["numbers"] if n["frame"] == frame}


def place(told: Film) -> tuple[int, int]:
    (measure,) = told.snapshot("demands")["measures"]
    layer, neuron = measure["source"].removeprefix("arriving(").rstrip(")").split(", ")
    return int(layer), int(neuron)


def test_each_digit_stands_where_its_weighted_sum_is(told: Film) -> None:
    layer, neuron = place(told)
    weights = plain_layers(VANILLA)[layer - 1][0][neuron]
    sums = [
        sum(w * a for w, a in zip(weights, one[layer - 1], strict=True)) for one in passes(False)
    ]
    (measure,) = told.snapshot("demands")["measures"]
    assert measure["value"] == pytest.approx(sums, rel=0, abs=1e-9) and len(sums) == 200
    for x, zero, value in zip(measure["x"], measure["zero_x"], sums, strict=True):
        assert x - zero == pytest.approx(value * measure["scale"], abs=0.1)
    assert len(set(round(x, 1) for x in measure["zero_x"])) == 1


def test_only_beyond_the_mark_it_lights_up(told: Film) -> None:
    layer, neuron = place(told)
    bias = plain_layers(VANILLA)[layer - 1][1][neuron]
    assert bias < -3
    for beat in ("demands", "turned"):
        (cells,) = told.snapshot(beat)["layers"]
        expected = [one[layer][neuron] for one in passes(False)]
        assert cells["value"] == pytest.approx(expected, rel=0, abs=1e-9)
        (measure,) = told.snapshot(beat)["measures"]
        for value, total in zip(cells["value"], measure["value"], strict=True):
            assert (value > 0.5) == (total > -bias)
        shown = numbers_at(told, beat)
        assert shown[f"biases[{layer}][{neuron}]"]["value"] == pytest.approx(bias)
        assert shown[f"-biases[{layer}][{neuron}]"]["value"] == pytest.approx(-bias)


def test_with_no_bias_more_of_them_light_it_and_the_picture_says_by_hand(told: Film) -> None:
    layer, neuron = place(told)
    (snapshot,) = [
        one
        for one in told.record["snapshots"]
        if any(x["source"] == f"lit({layer}, {neuron}, 0.0)" for x in one["layers"])
    ]
    (cells,), (measure,) = snapshot["layers"], snapshot["measures"]
    expected = [1 / (1 + math.exp(-total)) for total in measure["value"]]
    assert cells["value"] == pytest.approx(expected, rel=0, abs=1e-9)
    texts = {t["text"] for t in told.record["texts"] if t["frame"] == snapshot["frame"]}
    assert "turned by hand" in texts
    lit = [one[layer][neuron] > 0.5 for one in passes(False)]
    assert sum(value > 0.5 for value in cells["value"]) > sum(lit)


def test_what_is_designed_is_marked_so_and_adds_up(told: Film) -> None:
    for beat in ("designed", "stroke", "nothing", "white", "with-bias"):
        snapshot = told.snapshot(beat)
        assert {grid["source"] for grid in snapshot["signed"]} == {"illustrative"}
        texts = {t["text"] for t in told.record["texts"] if t["frame"] == snapshot["frame"]}
        assert "designed, not learned" in texts
    snapshot = told.snapshot("with-bias")
    grid, *products = snapshot["signed"]
    pictures = [x for x in snapshot["layers"] if x["kind"] == "pixels"]
    numbers = [
        n["value"]
        for n in told.record["numbers"]
        if n["frame"] == snapshot["frame"] and n["source"] == "illustrative"
    ]
    assert sum(grid["value"]) == 0 and len(products) == len(pictures) == 3
    sums = []
    for product, picture in zip(products, pictures, strict=True):
        expected = [w * a for w, a in zip(grid["value"], picture["value"], strict=True)]
        assert product["value"] == pytest.approx(expected, abs=1e-12)
        sums.append(sum(expected))
    assert [n for n in numbers if n in sums or any(abs(n - s) < 1e-9 for s in sums)]
    demand = round(sums[0] / 2)
    neurons = [x["value"][0] for x in snapshot["layers"] if x["kind"] == "neurons"]
    assert [value > 0.5 for value in neurons] == [total > demand for total in sums]
    assert [value > 0.5 for value in neurons] == [True, False, False]


def test_with_all_biases_off_it_reads_fewer(told: Film) -> None:
    for beat, unbiased, rule in (("all", False, "network"), ("off", True, "unbiased")):
        (gallery,) = told.snapshot(beat)["layers"]
        assert gallery["value"] == right(unbiased)
        count = numbers_at(told, beat)[f"count(right({rule}))"]
        assert count["value"] == sum(right(unbiased))
    assert (sum(right(False)), sum(right(True))) == (194, 153)
    assert "153" in told.beat("off")["caption"] and "194" in told.beat("off")["caption"]


def test_a_network_of_other_functions(tmp_path: Path) -> None:
    told = recorded(
        tmp_path / "media",
        *("-r", "360,640", "--fps", "1"),
        story=STORY,
        scene=SCENE,
        model=network(tmp_path, (784, 24, 12, 10), ("relu", "tanh", "softmax")),
        LITNET_LANGUAGE="ko",
    )
    width, height = told.record["video"]["width"], told.record["video"]["height"]
    for text in told.record["texts"]:
        left, top, right_edge, bottom = text["box"]
        assert 0.04 * width <= left < right_edge <= 0.96 * width, text
        assert 0.04 * height <= top < bottom <= 0.96 * height, text


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [((784, 10), "expected at least one hidden layer"), ((64, 8, 10), "needs a network from 28")],
)
def test_what_it_cannot_tell_of(sizes: tuple[int, ...], sentence: str, tmp_path: Path) -> None:
    names = (*["sigmoid"] * (len(sizes) - 2), "softmax")
    model = network(tmp_path, sizes, names)
    done = manim(tmp_path / "media", *SMALL, story=STORY, scene=SCENE, model=model)
    assert done.returncode == 1 and sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.rglob("*.mp4"))
