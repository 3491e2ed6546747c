"""Propagation: every number of the neuron, the layers and the other pictures, against the files."""

from __future__ import annotations

import math
import re
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film import DIGITS, ROOT, Film, recorded, sketch
from sources import evaluate, numbers_of, truth_of

from litnet import style
from litnet.mobjects import LiveNumber
from litnet.record.quantities import illustrative

STORY = ROOT / "scenes" / "propagation.py"
TOLERANCE = 16  # steps of 255 at 720 lines, where a small disc is 10 pixels wide


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Film:
    media = tmp_path_factory.mktemp("propagation")
    flags = ("--resolution", "1280,720", "--fps", "2")
    return sketch(media, *flags, story=STORY, scene="Propagation")


def at(told: Film, beat: str) -> dict[str, dict[str, Any]]:
    """The numbers at the end of a beat, by source."""
    frame = told.snapshot(beat)["frame"]
    return {n["source"]: n for n in told.record["numbers"] if n["frame"] == frame}


def chosen(told: Film) -> int:
    """The neuron of the first hidden layer whose z is the nearest to zero."""
    sizes = [abs(evaluate(told, f"z[1][{n}]")) for n in range(told.truth.sizes[1])]
    return sizes.index(min(sizes))


def shown_as(value: float, text: str) -> bool:
    places = len(text.partition(".")[2])
    return text == f"{value:,.{places}f}".replace("-", "\N{MINUS SIGN}")


def read(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


def test_every_number_is_its_source(told: Film) -> None:
    assert len(told.record["numbers"]) > 30
    for number in told.record["numbers"]:
        assert number["source"] != "illustrative"
        assert shown_as(number["value"], number["text"]), number
        expected = evaluate(told, number["source"])
        assert number["value"] == pytest.approx(expected, rel=0, abs=1e-9), number


def test_the_neuron_is_the_one_most_in_the_balance(told: Film) -> None:
    neuron = chosen(told)
    (grid,) = told.snapshot("weights")["signed"]
    assert grid["source"] == f"weights[1][{neuron}]"
    (one,) = [x for x in told.snapshot("squash")["layers"] if x["kind"] == "neurons"]
    assert (one["layer"], one["cell"]) == (1, [neuron])
    assert one["value"] == pytest.approx([told.truth.activations[1][neuron]], abs=1e-9)


def test_the_strongest_are_named(told: Film) -> None:
    neuron = chosen(told)
    carried = numbers_of(told.truth, f"contributions[1][{neuron}]")
    strongest = sorted(range(len(carried)), key=lambda cell: -abs(carried[cell]))[:4]
    shown = at(told, "strongest")
    for cell in strongest:
        assert f"contributions[1][{neuron}][{cell}]" in shown
        assert f"weights[1][{neuron}][{cell}]" in shown
        assert f"activations[0][{cell}]" in shown
    assert len(shown) == 3 * len(strongest)


def test_sums_agree_as_they_are_shown(told: Film) -> None:
    neuron = chosen(told)
    carried = f"contributions[1][{neuron}]"
    added = at(told, "add")
    up, down, left = (
        read(added[f"sum({part})"]["text"])
        for part in (f"positive({carried})", f"negative({carried})", carried)
    )
    assert up > 0 > down and up + down == pytest.approx(left, abs=1e-9)
    biased = at(told, "bias")
    total, bias, z = (
        read(biased[source]["text"])
        for source in (f"sum({carried})", f"biases[1][{neuron}]", f"z[1][{neuron}]")
    )
    assert total + bias == pytest.approx(z, abs=1e-9)


def test_what_is_shown_adds_up_wherever_the_sum_stops(told: Film) -> None:
    """And from beat to beat a number stays what it was, to the last digit."""
    neuron = chosen(told)
    carried = f"contributions[1][{neuron}]"
    frames = {n["frame"] for n in told.record["numbers"] if n["source"].startswith("sum(positive")}
    assert len(frames) >= 2  # a caption may need one hold more
    totals = set()
    for frame in frames:
        found = {n["source"]: n["text"] for n in told.record["numbers"] if n["frame"] == frame}
        (up,) = [read(text) for source, text in found.items() if source.startswith("sum(pos")]
        (down,) = [read(text) for source, text in found.items() if source.startswith("sum(neg")]
        (total,) = [text for source, text in found.items() if source.startswith("sum(cont")]
        assert up + down == pytest.approx(read(total), abs=1e-9)
        totals.add(total)
    assert at(told, "bias")[f"sum({carried})"]["text"] in totals
    z = {n["text"] for n in told.record["numbers"] if n["source"] == f"z[1][{neuron}]"}
    assert len(z) == 1


def test_nothing_has_no_sign(told: Film) -> None:
    assert not [n for n in told.record["numbers"] if re.fullmatch("[\u2212-][0.]+", n["text"])]
    for value, text in (
        (-0.004, "0.00"),
        (-0.006, "\u22120.01"),
        (-0.0, "0.00"),
        (-10.0, "\u221210.00"),
    ):
        assert LiveNumber(illustrative(value)).text == text


def test_the_running_sum_stops_where_it_is_the_largest(told: Film) -> None:
    neuron = chosen(told)
    sums = list(accumulate(numbers_of(told.truth, f"contributions[1][{neuron}]")))
    (stop,) = {
        int(match[1])
        for number in told.record["numbers"]
        if (match := re.fullmatch(r"sum\(contributions.*\[:(\d+)\]\)", number["source"]))
    }
    ends = range(28, 784, 28)
    assert stop == max(ends, key=lambda end: abs(sums[end - 1]))


def test_the_activation_is_what_the_curve_says(told: Film) -> None:
    neuron = chosen(told)
    squashed = at(told, "squash")
    z = squashed[f"z[1][{neuron}]"]["value"]
    activation = squashed[f"activations[1][{neuron}]"]["value"]
    assert activation == pytest.approx(1 / (1 + math.exp(-z)), abs=1e-9)
    still = told.still(told.snapshot("squash")["frame"])
    # The accented line across is as high as the activation says, between the axis at 0 and the
    # quiet line at 1 (each looked for where the curve itself is at the other end).
    accent = np.abs(still.astype(int) - [0xFF, 0xD1, 0x66]).max(axis=2) < 60
    rows = np.flatnonzero(accent[:560, 640:].sum(axis=1) > 60)
    high = 100 + int(still[100:300, 790].max(axis=1).argmax())
    low = 330 + int(still[330:520, 1150].max(axis=1).argmax())
    found = (low - rows.mean()) / (low - high)
    assert found == pytest.approx(activation, abs=0.03)


def test_weights_and_contributions_are_pictured(told: Film) -> None:
    for beat, kind in (("weights", "weights"), ("multiply", "contributions")):
        (grid,) = told.snapshot(beat)["signed"]
        assert grid["source"].startswith(kind)
        numbers = numbers_of(told.truth, grid["source"])
        assert grid["value"] == pytest.approx(numbers, rel=0, abs=1e-9)
        still = told.still(told.snapshot(beat)["frame"])
        for x, y, value in zip(grid["x"], grid["y"], numbers, strict=True):
            color = style.NEGATIVE if value < 0 else style.POSITIVE
            wanted = 255 * (1 - math.exp(-abs(value) / grid["scale"])) * np.array(color)
            seen = still[int(y), int(x)].astype(int)
            # Colour is encoded at half the resolution; green, most of the light, is not.
            assert abs(seen[1] - wanted[1]) <= TOLERANCE, (beat, value, seen, wanted)


def test_every_other_digit_is_read_by_itself(told: Film) -> None:
    readings = told.record["readings"]
    labels = [reading["label"] for reading in readings]
    assert labels == [label for label in range(10) if label != int(told.digit.name[0])]
    for reading in readings:
        truth = truth_of(told.model, ROOT / reading["digit"])
        assert (ROOT / reading["digit"]).parent == DIGITS
        assert reading["prediction"] == truth.prediction
        for found, expected in zip(reading["activations"], truth.activations, strict=True):
            assert found == pytest.approx(expected, rel=0, abs=1e-9)


def test_each_picture_is_shown_with_its_own_light(told: Film) -> None:
    seen = set()
    for snapshot in told.record["snapshots"]:
        for layer in snapshot["layers"]:
            if layer["reading"] is None:
                truth = told.truth
            else:
                reading = told.record["readings"][layer["reading"]]
                truth = truth_of(told.model, ROOT / reading["digit"])
                seen.add((layer["reading"], layer["layer"]))
            still = told.still(snapshot["frame"])
            for x, y, cell, value, light in zip(
                *(layer[name] for name in ("x", "y", "cell", "value", "light")), strict=True
            ):
                if value is None:
                    continue
                expected = truth.activations[layer["layer"]][cell]
                assert value == pytest.approx(expected, rel=0, abs=1e-9)
                if light is not None and layer["layer"] > 0:
                    assert abs(int(still[int(y), int(x), 1]) - 255 * expected) <= TOLERANCE
    count = len(told.record["readings"])
    assert seen == {(n, layer) for n in range(count) for layer in range(len(told.truth.sizes))}
    answers = [
        n["source"]
        for n in told.record["numbers"]
        if re.match(r"readings.*prediction", n["source"])
    ]
    assert answers == [f"readings[{n}].prediction" for n in range(count)]


@pytest.fixture(scope="module")
def elsewhere(
    tmp_path_factory: pytest.TempPathFactory, second_model: Path, misread_digit: Path
) -> Film:
    """Another digit by another model, whose hidden numbers are no sigmoid's."""
    media = tmp_path_factory.mktemp("elsewhere")
    flags = ("--resolution", "320,180", "--fps", "1")
    options = {"model": second_model, "digit": misread_digit}
    return recorded(media, *flags, story=STORY, scene="Propagation", **options)


def test_another_model_tells_its_own_story(elsewhere: Film) -> None:
    neuron = chosen(elsewhere)
    for number in elsewhere.record["numbers"]:
        expected = evaluate(elsewhere, number["source"])
        assert number["value"] == pytest.approx(expected, rel=0, abs=1e-9), number
    z = at(elsewhere, "squash")[f"z[1][{neuron}]"]["value"]
    shown = at(elsewhere, "squash")[f"activations[1][{neuron}]"]
    assert shown["value"] == pytest.approx(z, abs=1e-9), "its function is the identity"
    assert "identity" in elsewhere.beat("squash")["caption"]
    assert shown["text"] in elsewhere.beat("squash")["caption"]


def test_every_reading_has_its_own_scale_of_light(elsewhere: Film) -> None:
    scales = {
        (scale["layer"], scale["reading"]): (scale["low"], scale["high"])
        for scale in elsewhere.record["light_scales"]
    }
    passes = {
        n: truth_of(elsewhere.model, ROOT / reading["digit"])
        for n, reading in enumerate(elsewhere.record["readings"])
    }
    assert len(passes) == 9
    for number, truth in {None: elsewhere.truth, **passes}.items():
        hidden = truth.activations[1]
        assert scales[1, number] == pytest.approx((min(0, *hidden), max(1, *hidden)), abs=1e-9)
