"""Recap: one reading, from pixel to answer, in one shot; against the files of model and digit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film import DIGITS, ROOT, Film, film, frames
from sources import evaluate

STORY = ROOT / "scenes" / "recap.py"
TOLERANCE = 20  # steps of 255 at 480 lines


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Film:
    media = tmp_path_factory.mktemp("recap")
    return film(media, "--resolution", "854,480", "--fps", "4", story=STORY, scene="Recap")


def test_every_number_is_its_source(told: Film) -> None:
    numbers = told.record["numbers"]
    for number in numbers:
        assert number["source"] != "illustrative"
        expected = evaluate(told, number["source"])
        assert number["value"] == pytest.approx(expected, rel=0, abs=1e-9), number
        assert number["text"] == f"{expected:,.0f}"
    found = {number["source"] for number in numbers}
    assert {"prediction", *(f"network.sizes[{n}]" for n in range(4))} <= found


def test_what_is_said_is_what_the_network_is(told: Film) -> None:
    said = told.beat("answer")["caption"]
    parameters = sum(len(w) * len(w[0]) + len(b) for w, b, _ in told.truth.layers)
    assert f"{parameters:,} numbers" in said
    assert f"answer is {told.truth.prediction}." in said
    assert f"{len(told.truth.activations[0])} numbers" in told.beat("picture")["caption"]


def test_every_cell_is_as_bright_as_the_network_says(told: Film) -> None:
    seen = set()
    for snapshot in told.record["snapshots"]:
        still = told.still(snapshot["frame"])
        for layer in snapshot["layers"]:
            for x, y, cell, value, light in zip(
                *(layer[name] for name in ("x", "y", "cell", "value", "light")), strict=True
            ):
                if value is None or light is None:
                    continue
                expected = told.truth.activations[layer["layer"]][cell]
                assert value == pytest.approx(expected, rel=0, abs=1e-9)
                grey = int(still[int(y), int(x), 1])
                assert abs(grey - 255 * expected) <= TOLERANCE, (layer["layer"], cell)
                seen.add((layer["layer"], cell))
    assert len(seen) == sum(told.truth.sizes)


def test_it_is_one_shot(told: Film) -> None:
    """No frame is another picture than the one before: what is lit stays, moves or grows."""
    last: Any = None
    jumps = []
    for _, frame in frames(told.video):
        small = frame[:400].reshape(50, 8, 427, 2, 3).mean(axis=(1, 3, 4))
        if last is not None:
            jumps.append(float(np.abs(small - last).mean()))
        last = small
    assert max(jumps) < 12, "the fastest movement makes 10, a cut to an empty frame 41"
    assert told.record["video"]["duration"] <= 40


def test_a_misread_digit_is_called_misread(tmp_path: Path, misread_digit: Path) -> None:
    film_of = film(
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
