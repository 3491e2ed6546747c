"""Where the network falls short: the mistake, what spoke for it and the noise, worked out anew."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film import DIGITS, ROOT, SMALL, VANILLA, Film, film, plain_layers
from PIL import Image

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
        return self.pixels[self.files.index(digit)]

    def evaluate(self, source: str, readings: list[dict[str, Any]]) -> float:
        if source == "count(right(network))":
            return float(np.sum(self.answers == self.labels))
        if source == "len(digits)":
            return len(self.files)
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
def story(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return film(tmp_path_factory.mktemp("short"), *SMALL, story=STORY, scene="FallsShort")


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


def test_mistakes_stay_bright_in_the_gallery(story: Film, oracle: Oracle) -> None:
    (gallery,) = [x for x in story.snapshot("all")["layers"] if x["kind"] == "digits"]
    order = np.argsort(oracle.labels, kind="stable")
    misread = (oracle.answers != oracle.labels)[order]
    assert gallery["source"] == "misread(network)"
    assert gallery["value"] == misread.astype(float).tolist()


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
    shown = story.record["readings"][1]
    pictures = np.stack([oracle.picture(f"noise({seed})") for seed in range(100)])
    sure = oracle.forward(pictures)[-1].max(axis=1)
    assert shown["digit"] == f"noise({int(sure.argmax())})"
    assert shown["activations"][0] == oracle.picture(shown["digit"]).tolist()
    (grid,) = [x for x in story.snapshot("noise")["layers"] if x["kind"] == "pixels"]
    assert grid["reading"] == 1
    assert grid["value"] == pytest.approx(shown["activations"][0], abs=1e-12)
    (spoken,) = [cue["text"] for cue in story.record["cues"] if "all the same" in cue["text"]]
    assert f"{shown['prediction']}, with {sure.max():.2f}" in spoken


def test_cells_are_those_of_their_reading(story: Film, oracle: Oracle) -> None:
    for snapshot in story.record["snapshots"]:
        for layer in (x for x in snapshot["layers"] if x["kind"] != "digits"):
            assert not layer["illustrative"]
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
    told = film(tmp_path / "m", *flags, story=STORY, scene="FallsShort", model=model)
    shown = told.record["readings"][0]
    assert shown["digit"] == knows.files[int(knows.sure.argmin())]
    texts = [cue["text"] for cue in told.record["cues"]]
    assert not any("mistake" in text for text in texts)
    assert any("least sure" in text for text in texts)
    runner_up = int(np.argsort(-knows.forward(knows.picture(shown["digit"]))[-1])[1])
    assert any(f"the next best answer, {runner_up}?" in text for text in texts)


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
    told = film(tmp_path / "m", *flags, story=STORY, scene="FallsShort", model=model)
    for beat in ("for", "against"):
        snapshot = told.snapshot(beat)
        edges = [(min(x["x"]) - x["radius"], max(x["x"]) + x["radius"]) for x in snapshot["layers"]]
        picture, hidden = sorted(edges)[:2]
        texts = [t for t in told.record["texts"] if t["frame"] == snapshot["frame"]]
        labels = [t["box"] for t in texts if t["box"][2] < hidden[0]]
        assert len(labels) >= 3
        for left, _, right, _ in labels:
            assert picture[1] < left and right < hidden[0]
