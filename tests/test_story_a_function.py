"""AFunction: every number that comes out is computed again from what went in."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from film import ROOT, SMALL, Film, manim, recorded
from sources import evaluate, reading_truth
from test_story_one_line import network

STORY = ROOT / "scenes" / "a_function.py"
SCENE = "AFunction"


@pytest.fixture(scope="module")
def told(usual_film: Callable[[str], Film]) -> Film:
    return usual_film(SCENE)


def outputs_of(told: Film, reading: int | None) -> list[float]:
    truth = told.truth if reading is None else reading_truth(told, told.record["readings"][reading])
    return truth.activations[-1]


def neurons(told: Film, beat: str) -> list[dict[str, Any]]:
    return [x for x in told.snapshot(beat)["layers"] if x["kind"] == "neurons"]


def test_every_number_is_its_source(told: Film) -> None:
    for number in told.record["numbers"]:
        if number["source"].startswith("tick("):  # of a scale: it says itself what it is
            assert number["source"] == f"tick({number['value']})"
            continue
        expected = evaluate(told, number["source"], number["frame"])
        assert number["value"] == pytest.approx(expected, rel=0, abs=1e-9), number


def test_one_neuron_answers_to_several_inputs(told: Film) -> None:
    start, end = told.beat("neuron")["start"], told.beat("another")["end"]
    seen = {}
    for snapshot in told.record["snapshots"]:
        if start <= snapshot["time"] <= end:
            (one,) = [x for x in snapshot["layers"] if x["layer"] == 1]
            (neuron,) = one["cell"]
            reading = one["reading"]
            record = None if reading is None else told.record["readings"][reading]
            truth = told.truth if record is None else reading_truth(told, record)
            assert one["value"] == pytest.approx([truth.activations[1][neuron]], abs=1e-9)
            seen[reading] = (neuron, one["value"][0])
    assert None in seen and len(seen) == 4 and len({neuron for neuron, _ in seen.values()}) == 1
    values = [value for _, value in seen.values()]
    assert max(values) - min(values) > 0.8


def test_ten_pictures_and_what_the_network_makes_of_each(told: Film) -> None:
    columns = neurons(told, "network")
    assert len(columns) == 10 and {column["layer"] for column in columns} == {3}
    for column in columns:
        assert column["value"] == pytest.approx(outputs_of(told, column["reading"]), abs=1e-9)
        assert column["cell"] == list(range(10))
    pictures = [x for x in told.snapshot("network")["layers"] if x["kind"] == "pixels"]
    for picture, column in zip(pictures, columns, strict=True):
        assert picture["reading"] == column["reading"]
        assert sum(picture["x"]) / 784 == pytest.approx(column["x"][0], abs=0.6)
    # From left to right the digits 0 to 9, and at one height what is the same output.
    labels = [
        int(told.digit.name[0])
        if column["reading"] is None
        else told.record["readings"][column["reading"]]["label"]
        for column in sorted(columns, key=lambda column: column["x"][0])
    ]
    assert labels == list(range(10))
    for place in range(10):
        assert len({round(column["y"][place], 1) for column in columns}) == 1


def test_the_formula_has_all_layers(told: Film) -> None:
    frame = told.snapshot("nested")["frame"]
    texts = [text["text"] for text in told.record["texts"] if text["frame"] == frame]
    for layer in (1, 2, 3):
        assert {f"W_{layer}", f"b_{layer}"} <= set(texts)
    assert texts.count("(") == texts.count(")")


def test_the_outputs_need_not_add_up_to_one(told: Film) -> None:
    total = sum(told.truth.activations[-1])
    frame = told.snapshot("meaning")["frame"]
    shown = [n for n in told.record["numbers"] if n["frame"] == frame]
    (number,) = [n for n in shown if n["source"] == "sum(activations[3])"]
    assert number["value"] == pytest.approx(total, abs=1e-9) and f"{total:.2f}" == number["text"]
    # No parts, which are rounded, stand beside it.
    assert [n for n in shown if re.match(r"activations\[3\]", n["source"])] == []
    assert "need not add up to 1" in " ".join(told.beat("meaning")["caption"].split())


def test_another_network(tmp_path: Path) -> None:
    told = recorded(
        tmp_path / "media",
        *("-r", "360,640", "--fps", "1"),
        story=STORY,
        scene=SCENE,
        model=network(tmp_path, (64, 12, 10, 8, 14), ("relu", "tanh", "sigmoid", "softmax")),
        LITNET_LANGUAGE="ko",
    )
    assert sum(told.record["forward_pass"]["activations"][-1]) == pytest.approx(1)
    width, height = told.record["video"]["width"], told.record["video"]["height"]
    for text in told.record["texts"]:
        left, top, right, bottom = text["box"]
        assert 0.04 * width <= left < right <= 0.96 * width, text
        assert 0.04 * height <= top < bottom <= 0.96 * height, text


def test_a_list_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("-1.5,0.25,2,3,1", encoding="utf-8")
    model = network(tmp_path, (5, 6, 3), ("relu", "softmax"))
    options = {"model": model, "digit": tmp_path / "mine.csv"}
    done = manim(tmp_path / "media", *SMALL, story=STORY, scene=SCENE, **options)
    assert done.returncode == 1 and "AFunction shows pictures, but" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
