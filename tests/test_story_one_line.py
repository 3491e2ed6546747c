"""OneLine: every number of W, W a, b, z and a', against plain loops; and what it cannot show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film import ROOT, SMALL, Film, manim, recorded
from sources import evaluate, numbers_of

from network import MLP, Dense, save_network

STORY = ROOT / "scenes" / "one_line.py"
SCENE = "OneLine"


@pytest.fixture(scope="module")
def told(usual_film: Callable[[str], Film]) -> Film:
    return usual_film(SCENE)


def network(folder: Path, sizes: tuple[int, ...], names: tuple[str, ...]) -> Path:
    rng = np.random.default_rng(2)
    layers = (
        Dense(rng.normal(0, 0.6, (b, a)), rng.normal(0, 0.4, b), name)
        for a, b, name in zip(sizes, sizes[1:], names, strict=False)
    )
    save_network(MLP(tuple(layers)), folder / "mine.npz")
    return folder / "mine.npz"


def numbers_at(told: Film, beat: str) -> list[dict[str, Any]]:
    frame = told.snapshot(beat)["frame"]
    return [number for number in told.record["numbers"] if number["frame"] == frame]


def read(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


def lists(told: Film, beat: str) -> dict[str, list[float]]:
    return {one["source"]: one["value"] for one in told.snapshot(beat)["signed"]}


def test_all_of_w_is_on_screen(told: Film) -> None:
    shown = lists(told, "table")
    assert list(shown) == [f"weights[1][{row}]" for row in range(16)]
    for row, weights in enumerate(told.truth.layers[0][0]):
        assert shown[f"weights[1][{row}]"] == pytest.approx(weights, abs=1e-12)
    assert sum(map(len, shown.values())) == 16 * 784


def test_each_row_leaves_what_plain_loops_add_up(told: Film) -> None:
    sums = [sum(numbers_of(told.truth, f"contributions[1][{row}]")) for row in range(16)]
    biases = told.truth.layers[0][1]
    z = [total + bias for total, bias in zip(sums, biases, strict=True)]
    assert lists(told, "times")["sums[1]"] == pytest.approx(sums, abs=1e-9)
    after = lists(told, "plus")
    assert after["biases[1]"] == pytest.approx(biases, abs=1e-12)
    assert after["z[1]"] == pytest.approx(z, abs=1e-9)
    (layer,) = [x for x in told.snapshot("function")["layers"] if x["kind"] == "neurons"]
    assert layer["value"] == pytest.approx(told.truth.activations[1], abs=1e-9)


def test_rows_stand_level(told: Film) -> None:
    """What belongs to one neuron stands at one height, in the columns and in the lights."""
    shown = told.snapshot("function")
    (layer,) = [x for x in shown["layers"] if x["kind"] == "neurons"]
    for column in shown["signed"]:
        assert column["y"] == pytest.approx(layer["y"], abs=0.6)


def test_the_numbers_of_one_row_add_up_as_they_are_shown(told: Film) -> None:
    for number in told.record["numbers"]:
        expected = evaluate(told, number["source"], number["frame"])
        assert number["value"] == pytest.approx(expected, rel=0, abs=1e-9), number
    total, bias, z, light = (read(n["text"]) for n in numbers_at(told, "function"))
    assert total + bias == pytest.approx(z, abs=1e-9)
    assert light == pytest.approx(1 / (1 + np.exp(-z)), abs=0.011)


def test_the_code_is_that_of_the_file(told: Film) -> None:
    frame = told.snapshot("code")["frame"]
    texts = {text["text"] for text in told.record["texts"] if text["frame"] == frame}
    lines = {line.strip() for line in (ROOT / "network" / "mlp.py").read_text().splitlines()}
    assert len({text for text in texts & lines if "=" in text and len(text) > 1}) == 2
    assert any(entry["role"] == "code" for entry in told.record["inputs"])
    shown = lists(told, "code")
    assert len(shown) == 16 + 16 + 10
    for source, values in shown.items():
        assert values == pytest.approx(numbers_of(told.truth, source), abs=1e-12)


def test_a_list_of_numbers_and_another_function(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("-1.5,0.25,2,3,1", encoding="utf-8")
    told = recorded(
        tmp_path / "media",
        *("-r", "360,640", "--fps", "2"),
        story=STORY,
        scene=SCENE,
        model=network(tmp_path, (5, 6, 3), ("relu", "softmax")),
        digit=tmp_path / "mine.csv",
    )
    assert [beat["name"] for beat in told.record["beats"]] == [
        *("table", "times", "plus", "function", "code")
    ]
    assert "relu" in told.beat("function")["caption"]
    width, height = told.record["video"]["width"], told.record["video"]["height"]
    for text in told.record["texts"]:
        left, top, right, bottom = text["box"]
        assert 0.04 * width <= left < right <= 0.96 * width, text
        assert 0.04 * height <= top < bottom <= 0.96 * height, text


def test_a_layer_of_too_many_rows_is_refused(tmp_path: Path) -> None:
    done = manim(
        tmp_path / "media",
        *SMALL,
        story=STORY,
        scene=SCENE,
        model=network(tmp_path, (784, 65, 10), ("sigmoid", "sigmoid")),
    )
    assert done.returncode == 1 and "expected at most 64" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.rglob("*.mp4"))
