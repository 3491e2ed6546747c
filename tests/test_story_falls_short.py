"""Where the network falls short: the mistake, what spoke for it and the noise, worked out anew."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film import DIGITS, ROOT, VANILLA, Film, plain_layers, recorded
from PIL import Image

from litnet.style import WRONG_COLOR

STORY = ROOT / "scenes" / "falls_short.py"


class Oracle:
    """What the model makes of all bundled digits and of noise, by NumPy from the files alone."""

    def __init__(self, model: Path) -> None:
        self.layers = [(np.array(w), np.array(b)) for w, b, _ in plain_layers(model)]
        assert {name for _, _, name in plain_layers(model)} == {"sigmoid"}
        with (DIGITS / "labels.csv").open(encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        self.files = [f"assets/digits/{row['file']}" for row in rows]
        self.labels = np.array([int(row["label"]) for row in rows])
        self.pixels = np.array([np.asarray(Image.open(ROOT / f)).ravel() / 255 for f in self.files])
        self.answers = self.forward(self.pixels)[-1].argmax(axis=1)
        self.sure = self.forward(self.pixels)[-1].max(axis=1)

    def forward(self, a: Any) -> list[Any]:
        activations = [a]
        for weights, biases in self.layers:
            a = 1 / (1 + np.exp(-(a @ weights.T + biases)))
            activations.append(a)
        return activations

    def picture(self, digit: str) -> Any:
        if match := re.fullmatch(r"noise\((\d+)\)", digit):
            return np.random.default_rng(int(match[1])).random((28, 28)).ravel()
        if match := re.fullmatch(r'switched\("(.+)", "(.+)", (\d+)\)', digit):
            return self.on_the_way(match[1], match[2])[int(match[3])]
        return self.pixels[self.files.index(digit)]

    def on_the_way(self, first: str, second: str) -> list[Any]:
        """All pictures from one to another, the pixels that differ most first."""
        a, b = self.picture(first), self.picture(second)
        order = sorted(range(784), key=lambda n: (-abs(a[n] - b[n]), n))
        pictures = [a.copy()]
        for pixel in order:
            if a[pixel] != b[pixel]:
                pictures.append(pictures[-1].copy())
                pictures[-1][pixel] = b[pixel]
        return pictures

    def tips(self, first: str, second: str) -> int:
        answers = self.forward(np.array(self.on_the_way(first, second)))[-1].argmax(axis=1).tolist()
        count = len(answers) - 1
        while count and answers[count - 1] == answers[-1]:
            count -= 1
        return count

    def evaluate(self, source: str, readings: list[dict[str, Any]]) -> float:
        if source == "count(right(network))":
            return float(np.sum(self.answers == self.labels))
        if source == "wrong(network)":
            return float(np.sum(self.answers != self.labels))
        if source == "len(digits)":
            return len(self.files)
        if match := re.fullmatch(r"(.+) - (\d+)", source):
            return self.evaluate(match[1], readings) - int(match[2])
        if match := re.fullmatch(r'answer\(network, "(.+)"\)', source):
            return float(self.answers[self.files.index(match[1])])
        if match := re.fullmatch(r'label\("(.+)"\)', source):
            return float(self.labels[self.files.index(match[1])])
        if match := re.fullmatch(r'tips\("(.+)", "(.+)"\)', source):
            return self.tips(match[1], match[2])
        if match := re.fullmatch(r'count\(differing\("(.+)", "(.+)"\)\)', source):
            return float(np.sum(self.picture(match[1]) != self.picture(match[2])))
        match = re.fullmatch(r"readings\[(\d+)\]\.(\w+)((?:\[\d+\])*)", source)
        assert match is not None, source
        activations = self.forward(self.picture(readings[int(match[1])]["digit"]))
        places = [int(place) for place in re.findall(r"\d+", match[3])]
        if match[2] == "prediction":
            return float(activations[-1].argmax())
        if match[2] == "contributions":
            layer, output, number = places
            return float(self.layers[layer - 1][0][output, number] * activations[layer - 1][number])
        assert match[2] == "activations", source
        return float(activations[places[0]][places[1]])


@pytest.fixture(scope="module")
def story(usual_film: Callable[[str], Film]) -> Film:
    return usual_film("FallsShort")


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle(VANILLA)


def numbers_in(told: Film, beat: str) -> list[dict[str, Any]]:
    frame = told.snapshot(beat)["frame"]
    return [number for number in told.record["numbers"] if number["frame"] == frame]


def test_the_mistake_is_the_surest_of_all(story: Film, oracle: Oracle) -> None:
    wrong = [n for n in range(len(oracle.files)) if oracle.answers[n] != oracle.labels[n]]
    assert wrong, "the shipped network makes mistakes; the story of one that makes none is below"
    surest = max(wrong, key=lambda n: oracle.sure[n])
    shown = story.record["readings"][0]
    assert shown["digit"] == oracle.files[surest]
    assert shown["label"] == oracle.labels[surest]
    assert shown["prediction"] == oracle.answers[surest]
    assert shown["confidence"] == pytest.approx(oracle.sure[surest], abs=1e-9)


def test_mistakes_go_dark_in_the_gallery_and_are_lifted_out(story: Film, oracle: Oracle) -> None:
    (gallery,) = [x for x in story.snapshot("all")["layers"] if x["kind"] == "digits"]
    order = np.argsort(oracle.labels, kind="stable")
    misread = (oracle.answers != oracle.labels)[order]
    assert gallery["source"] == "right(network)"
    assert gallery["value"] == (~misread).astype(float).tolist()
    wrong = [n for n in order if oracle.answers[n] != oracle.labels[n]]
    lifted = story.snapshot("lifted")["layers"]
    assert len(lifted) == len(wrong) <= 12
    found = sorted(tuple(layer["value"]) for layer in lifted)
    assert np.allclose(found, sorted(tuple(oracle.pixels[n]) for n in wrong), atol=1e-9)
    # Below each is the answer to it, in red, and what it is.
    frame = story.snapshot("lifted")["frame"]
    texts = [t for t in story.record["texts"] if t["frame"] == frame]
    red = sorted(t["text"] for t in texts if t["color"] == WRONG_COLOR)
    assert red == sorted(str(oracle.answers[n]) for n in wrong)


def test_a_3_becomes_a_9_and_the_answer_tips(story: Film, oracle: Oracle) -> None:
    between = [r for r in story.record["readings"] if r["digit"].startswith("switched(")]
    match = re.fullmatch(r'switched\("(.+)", "(.+)", 0\)', between[0]["digit"])
    assert match is not None
    first, second = match[1], match[2]
    assert [oracle.labels[oracle.files.index(file)] for file in (first, second)] == [3, 9]
    tip = oracle.tips(first, second)
    counts = [int(r["digit"].rpartition(", ")[2][:-1]) for r in between]
    every = len(oracle.on_the_way(first, second)) - 1
    assert counts == sorted({0, tip - 1, tip, every})
    for reading in between:
        activations = oracle.forward(oracle.picture(reading["digit"]))
        assert reading["activations"][-1] == pytest.approx(activations[-1].tolist(), abs=1e-9)
    assert [r["prediction"] for r in between] == [3, 3, 9, 9]
    caption = story.beat("tipping")["caption"]
    assert f"number {tip},\nthe answer tips from 3 to 9." in caption


def test_every_number_can_be_worked_out_again(story: Film, oracle: Oracle) -> None:
    numbers = story.record["numbers"]
    assert not [n for n in numbers if n["source"] == "illustrative"]
    for number in numbers:
        value = oracle.evaluate(number["source"], story.record["readings"])
        assert number["value"] == pytest.approx(value, abs=1e-9), number
        places = len(number["text"].partition(".")[2])
        assert number["text"].replace("\N{MINUS SIGN}", "-") == f"{value:,.{places}f}"


def test_the_strongest_contributions_are_told(story: Film, oracle: Oracle) -> None:
    shown = story.record["readings"][0]
    hidden = oracle.forward(oracle.picture(shown["digit"]))[-2]
    for beat, output, sign in (
        ("for", shown["prediction"], 1),
        ("against", shown["label"], -1),
    ):
        carried = oracle.layers[-1][0][output] * hidden
        strongest = sorted(range(len(carried)), key=lambda n: -sign * carried[n])[:3]
        told = {
            tuple(map(int, re.findall(r"\d+", n["source"])))[1:]
            for n in numbers_in(story, beat)
            if "contributions" in n["source"]
        }
        assert told == {(len(oracle.layers), output, n) for n in strongest}
        assert all(sign * carried[n] > 0 for n in strongest)


def test_noise_is_noise_and_the_surest_of_a_hundred(story: Film, oracle: Oracle) -> None:
    (shown,) = [r for r in story.record["readings"] if r["digit"].startswith("noise(")]
    pictures = np.stack([oracle.picture(f"noise({seed})") for seed in range(100)])
    sure = oracle.forward(pictures)[-1].max(axis=1)
    assert shown["digit"] == f"noise({int(sure.argmax())})"
    assert shown["activations"][0] == oracle.picture(shown["digit"]).tolist()
    (grid,) = [x for x in story.snapshot("noise")["layers"] if x["kind"] == "pixels"]
    assert grid["reading"] == story.record["readings"].index(shown)
    assert grid["value"] == pytest.approx(shown["activations"][0], abs=1e-12)
    (spoken,) = [cue["text"] for cue in story.record["cues"] if "still gives" in cue["text"]]
    assert f"{shown['prediction']}, with {sure.max():.2f}" in spoken


def test_cells_are_those_of_their_reading(story: Film, oracle: Oracle) -> None:
    for snapshot in story.record["snapshots"]:
        for layer in (x for x in snapshot["layers"] if x["kind"] != "digits"):
            assert not layer["illustrative"]
            if layer["reading"] is None:
                match = re.fullmatch(r'pixels\("(.+)"\)', layer["source"])
                assert match is not None
                assert layer["value"] == pytest.approx(oracle.picture(match[1])[layer["cell"]])
                continue
            reading = story.record["readings"][layer["reading"]]
            values = oracle.forward(oracle.picture(reading["digit"]))[layer["layer"]]
            expected = values[layer["cell"]].tolist()
            seen = [e if v is None else v for v, e in zip(layer["value"], expected, strict=True)]
            assert seen == pytest.approx(expected, abs=1e-9)


def test_a_network_without_mistakes_is_told_truthfully(tmp_path: Path, oracle: Oracle) -> None:
    """A model that looks every bundled digit up: one hidden neuron for each."""
    pixels, labels = oracle.pixels, oracle.labels
    # The pseudo-inverse has a row for each picture: 1 for the picture itself, 0 for all others.
    own = np.linspace(9, 12, len(labels))  # how clearly each is known; the first the least
    model = tmp_path / "knows_all.npz"
    np.savez(
        model,
        format="litnet-1",
        weights_1=np.linalg.pinv(pixels).T * own[:, None],
        biases_1=np.full(len(labels), -6.0),
        activation_1="sigmoid",
        weights_2=np.where(labels[None, :] == np.arange(10)[:, None], 8.0, -1.0),
        biases_2=np.full(10, -4.0),
        activation_2="sigmoid",
    )
    knows = Oracle(model)
    assert (knows.answers == labels).all()
    flags = ("--resolution", "270,480", "--fps", "1")
    told = recorded(tmp_path / "m", *flags, story=STORY, scene="FallsShort", model=model)
    shown = told.record["readings"][0]
    assert shown["digit"] == knows.files[int(knows.sure.argmin())]
    texts = [cue["text"] for cue in told.record["cues"]]
    assert not any("mistake" in text for text in texts)
    assert any("least confident" in text for text in texts)
    runner_up = int(np.argsort(-knows.forward(knows.picture(shown["digit"]))[-1])[1])
    assert any(f"why not {runner_up}, the next best?" in text for text in texts)


def test_labels_of_a_wide_layer_keep_clear(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    model = tmp_path / "wide.npz"
    np.savez(
        model,
        format="litnet-1",
        weights_1=random.normal(size=(1024, 784)) / 28,
        biases_1=np.zeros(1024),
        activation_1="sigmoid",
        weights_2=random.normal(size=(10, 1024)),
        biases_2=np.zeros(10),
        activation_2="sigmoid",
    )
    flags = ("--resolution", "854,480", "--fps", "1")
    told = recorded(tmp_path / "m", *flags, story=STORY, scene="FallsShort", model=model)
    for beat in ("for", "against"):
        snapshot = told.snapshot(beat)
        edges = [(min(x["x"]) - x["radius"], max(x["x"]) + x["radius"]) for x in snapshot["layers"]]
        picture, hidden = sorted(edges)[:2]
        texts = [t for t in told.record["texts"] if t["frame"] == snapshot["frame"]]
        labels = [t["box"] for t in texts if t["box"][2] < hidden[0]]
        assert len(labels) >= 3
        for left, _, right, _ in labels:
            assert picture[1] < left and right < hidden[0]
