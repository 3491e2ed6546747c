"""Recap: one reading, from pixel to answer, in one shot; against the files of model and digit."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film import DIGITS, ROOT, Film, frames, plain_forward, recorded, sketch
from sources import evaluate

from litnet.clips.catalogue import Story, find_stories
from litnet.record.ground import RecordGround
from litnet.record.schema import decode
from litnet.record.sources import evaluate as source_value
from litnet.style import ACCENT_COLOR, WRONG_COLOR

STORY = ROOT / "scenes" / "recap.py"
TOLERANCE = 20  # steps of 255 at 480 lines


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Film:
    media = tmp_path_factory.mktemp("recap")
    return sketch(media, "--resolution", "854,480", "--fps", "4", story=STORY, scene="Recap")


def scrambled(told: Film, seed: int) -> list[list[float]]:
    """The activations of the network whose numbers are permuted, by plain loops."""
    numbers: list[float] = []
    for weights, biases, _ in told.truth.layers:
        numbers += [w for row in weights for w in row] + list(biases)
    order = np.random.default_rng(seed).permutation(len(numbers))
    mixed = iter([numbers[n] for n in order])
    layers = [
        ([[next(mixed) for _ in row] for row in weights], [next(mixed) for _ in biases], name)
        for weights, biases, name in told.truth.layers
    ]
    return plain_forward(layers, told.truth.activations[0])


def test_the_scrambled_network_is_really_run(told: Film) -> None:
    (reading,) = told.record["readings"]
    assert reading["model"] == "scrambled(0)"
    expected = scrambled(told, 0)
    for found, layer in zip(reading["activations"], expected, strict=True):
        assert found == pytest.approx(layer, rel=0, abs=1e-9)
    assert reading["prediction"] == int(np.argmax(expected[-1])) != told.truth.prediction
    assert f"it says {reading['prediction']}." in told.beat("scrambled")["caption"]
    assert "seed 0" in told.beat("scrambled")["caption"]
    # Red, for it is wrong; and gold again, once every number is back.
    for beat, color in (("scrambled", WRONG_COLOR), ("places", ACCENT_COLOR)):
        frame = told.snapshot(beat)["frame"]
        (big,) = [
            text
            for text in told.record["texts"]
            if text["frame"] == frame and text["color"] in (WRONG_COLOR, ACCENT_COLOR)
        ]
        assert big["color"] == color


def test_the_record_knows_the_scrambled_network(told: Film) -> None:
    record = decode(told.video.with_suffix(".json").read_bytes(), "Recap.json")
    numbers: list[float] = []
    for weights, biases, _ in told.truth.layers:
        numbers += [w for row in weights for w in row] + list(biases)
    order = np.random.default_rng(0).permutation(len(numbers))
    ground = RecordGround(record, 0, ROOT)
    assert source_value("parameters[120]", ground) == pytest.approx(numbers[120], abs=1e-9)
    found = source_value("readings[0].parameters[120]", ground)
    assert found == pytest.approx(numbers[order[120]], abs=1e-9)


def test_the_box_holds_every_number_of_the_network(told: Film) -> None:
    numbers: list[float] = []
    for weights, biases, _ in told.truth.layers:
        numbers += [w for row in weights for w in row] + list(biases)
    order = np.random.default_rng(0).permutation(len(numbers))
    for beat, source, expected in (
        ("box", "parameters", numbers),
        ("scrambled", "readings[0].parameters", [numbers[n] for n in order]),
        ("places", "parameters", numbers),
    ):
        (field,) = told.snapshot(beat)["signed"]
        assert field["source"] == source
        assert field["value"] == pytest.approx(expected, rel=0, abs=1e-12)
    counted = [n for n in told.record["numbers"] if n["source"] == "network.parameters"]
    assert counted and {n["text"] for n in counted} == {f"{len(numbers):,}"}


def test_every_number_is_its_source(told: Film) -> None:
    numbers = told.record["numbers"]
    for number in numbers:
        assert number["source"] != "illustrative"
        source = number["source"]
        if source == "readings[0].prediction":
            expected: float = int(np.argmax(scrambled(told, 0)[-1]))
        elif source == "network.parameters":
            expected = sum(len(w) * len(w[0]) + len(b) for w, b, _ in told.truth.layers)
        else:
            expected = evaluate(told, source)
        assert number["value"] == pytest.approx(expected, rel=0, abs=1e-9), number
        assert number["text"] == f"{expected:,.0f}"
    found = {number["source"] for number in numbers}
    assert {"prediction", *(f"network.sizes[{n}]" for n in range(4))} <= found


def test_what_is_said_is_what_the_network_is(told: Film) -> None:
    parameters = sum(len(w) * len(w[0]) + len(b) for w, b, _ in told.truth.layers)
    assert f"{parameters:,} numbers" in told.beat("box")["caption"]
    said = told.beat("answer")["caption"]
    assert f"answer is {told.truth.prediction}." in said
    assert f"{len(told.truth.activations[0])} numbers" in told.beat("picture")["caption"]


def test_every_cell_is_as_bright_as_the_network_says(told: Film) -> None:
    seen, mixed = set(), scrambled(told, 0)
    for snapshot in told.record["snapshots"]:
        still = told.still(snapshot["frame"])
        for layer in snapshot["layers"]:
            for x, y, cell, value, light in zip(
                *(layer[name] for name in ("x", "y", "cell", "value", "light")), strict=True
            ):
                if value is None or light is None:
                    continue
                truth = mixed if layer["reading"] == 0 else told.truth.activations
                expected = truth[layer["layer"]][cell]
                assert value == pytest.approx(expected, rel=0, abs=1e-9)
                grey = int(still[int(y), int(x), 1])
                assert abs(grey - 255 * expected) <= TOLERANCE, (layer["layer"], cell)
                seen.add((layer["layer"], cell))
    assert len(seen) == sum(told.truth.sizes)


def test_it_is_one_shot(story_film: Callable[[Story, str], Film]) -> None:
    """No frame is another picture than the one before: what is lit stays, moves or grows."""
    (story,) = find_stories(("Recap",))
    told = story_film(story, "en")
    last: Any = None
    jumps = []
    for _, frame in frames(told.video):
        small = frame[:200].reshape(50, 4, 213, 2, 3).mean(axis=(1, 3, 4))
        if last is not None:
            jumps.append(float(np.abs(small - last).mean()))
        last = small
    assert max(jumps) < 14, "the fastest movement makes 12, a cut to an empty frame 41"
    assert told.record["video"]["duration"] <= 75


def test_a_misread_digit_is_called_misread(tmp_path: Path, misread_digit: Path) -> None:
    film_of = recorded(
        tmp_path,
        *("--resolution", "320,180", "--fps", "1"),
        story=STORY,
        scene="Recap",
        digit=misread_digit,
    )
    assert film_of.digit.parent == DIGITS
    (answer,) = [b for b in film_of.record["beats"] if b["name"] == "answer"]
    label = re.match(r"\d", misread_digit.name)
    assert label is not None
    assert f"says {film_of.truth.prediction}, and should say {label[0]}." in answer["caption"]
    shown = [n["value"] for n in film_of.record["numbers"] if n["source"] == "prediction"]
    assert set(shown) == {film_of.truth.prediction}
