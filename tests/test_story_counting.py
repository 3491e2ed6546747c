"""Counting: the knobs add up, and what one turned by hand does is worked out again here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film import ROOT, Film, recorded
from sources import evaluate, reading_truth

from network import MLP, Dense, save_network

STORY = ROOT / "scenes" / "counting.py"
SCENE = "Counting"


@pytest.fixture(scope="module")
def told(usual_film: Callable[[str], Film]) -> Film:
    return usual_film(SCENE)


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """A network of numbers that are no picture, with other functions and one hidden layer."""
    folder = tmp_path_factory.mktemp("listed")
    rng = np.random.default_rng(1)
    layers = (
        Dense(rng.normal(0, 0.8, (6, 5)), rng.normal(0, 0.3, 6), "relu"),
        Dense(rng.normal(0, 0.8, (3, 6)), rng.normal(0, 0.3, 3), "softmax"),
    )
    save_network(MLP(layers), folder / "mine.npz")
    (folder / "mine.csv").write_text("-1.5,0.25,2,3,1", encoding="utf-8")
    return recorded(
        folder / "media",
        *("-r", "360,640", "--fps", "2"),
        story=STORY,
        scene=SCENE,
        model=folder / "mine.npz",
        digit=folder / "mine.csv",
    )


def at(told: Film, beat: str) -> list[dict[str, Any]]:
    frame = told.snapshot(beat)["frame"]
    return [number for number in told.record["numbers"] if number["frame"] == frame]


def shown(number: dict[str, Any]) -> int:
    return int(number["text"].replace(",", ""))


def test_what_is_counted_adds_up_to_all_there_is(told: Film) -> None:
    *parts, total = [n for n in at(told, "total") if not n["source"].startswith("network.sizes[0]")]
    products = [n for n in at(told, "total") if " * " in n["source"]]
    biases = next(n for n in parts if n["source"] == "sum(network.sizes[1:])")
    counted = [shown(number) for number in (*products, biases)]
    assert counted == [12_544, 256, 160, 42]
    assert total["source"] == "network.parameters" and shown(total) == sum(counted) == 13_002


def test_every_number_is_its_source(told: Film) -> None:
    for number in told.record["numbers"]:
        expected = evaluate(told, number["source"], number["frame"])
        assert number["value"] == pytest.approx(expected, rel=0, abs=1e-9), number


def test_another_network_is_counted_too(listed: Film) -> None:
    counted = [shown(n) for n in at(listed, "total") if "sizes[" in n["source"]][-3:]
    products = [shown(n) for n in at(listed, "total") if " * " in n["source"]]
    assert products == [30, 18] and counted[-1] == 9
    (total,) = [n for n in at(listed, "total") if n["source"] == "network.parameters"]
    assert shown(total) == 57


def test_the_biases_are_those_of_the_model(told: Film) -> None:
    measures = told.snapshot("total")["measures"]
    assert [m["source"] for m in measures] == ["biases[1]", "biases[2]", "biases[3]"]
    for measure, (_, biases, _) in zip(measures, told.truth.layers, strict=True):
        assert measure["value"] == pytest.approx(biases, abs=1e-12)


def test_the_answer_tips_by_one_knob_and_comes_back(told: Film) -> None:
    (reading,) = told.record["readings"]
    change = reading["change"]
    assert change["input"] is not None
    truth = reading_truth(told, reading)
    assert truth.prediction == reading["prediction"] != told.truth.prediction
    for found, expected in zip(reading["activations"], truth.activations, strict=True):
        assert found == pytest.approx(expected, rel=0, abs=1e-9)
    # Only what lies behind the knob has changed.
    for layer, (was, now) in enumerate(zip(told.truth.activations, truth.activations, strict=True)):
        assert (was == now) == (layer < change["layer"])
    for beat, expected in (("hand", told.truth), ("turned", truth), ("back", told.truth)):
        for layer in told.snapshot(beat)["layers"]:
            values = expected.activations[layer["layer"]]
            assert layer["value"] == pytest.approx(values, rel=0, abs=1e-9)
            assert not layer["illustrative"]
        outputs = [n for n in at(told, beat) if "activations[3]" in n["source"]]
        assert [n["value"] for n in outputs] == pytest.approx(expected.activations[-1], abs=1e-9)


def test_the_picture_says_that_it_was_by_hand(told: Film) -> None:
    (reading,) = told.record["readings"]
    for beat, is_said in (("hand", False), ("turned", True), ("back", False)):
        frame = told.snapshot(beat)["frame"]
        texts = {text["text"] for text in told.record["texts"] if text["frame"] == frame}
        assert ("turned by hand" in texts) == is_said
    (knob,) = told.snapshot("turned")["measures"]
    assert knob["value"] == [reading["change"]["value"]]
    assert str(reading["prediction"]) in told.beat("turned")["caption"]


def test_the_lists_own_knob(listed: Film) -> None:
    (reading,) = listed.record["readings"]
    change = reading["change"]
    assert reading["activations"][0] == [-1.5, 0.25, 2, 3, 1]
    assert change["layer"] == 2
    assert 20 <= listed.record["video"]["duration"] <= 75


def test_what_is_not_there_cannot_be_turned(tmp_path: Path) -> None:
    from network import InputError, load_network
    from network.parameters import replaced

    mlp = load_network(ROOT / "assets" / "models" / "vanilla.npz")
    turned = replaced(mlp, 2, (3, 5), 9.0)
    changed = [a.weights != b.weights for a, b in zip(mlp.layers, turned.layers, strict=True)]
    assert [int(c.sum()) for c in changed] == [0, 1, 0] and turned.layers[1].weights[3, 5] == 9
    for layer, place in ((0, (0, 0)), (4, (0, 0)), (2, (16, 0)), (2, (0, 16)), (2, (-1,)), (1, ())):
        with pytest.raises(InputError, match="found no parameter"):
            replaced(mlp, layer, place, 1.0)
