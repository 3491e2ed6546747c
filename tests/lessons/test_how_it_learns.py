"""The lesson about learning: what it says and asks, beside what the training run really did.

What is right is worked out once more from the history's arrays, as in the tests of the stories.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film import ROOT
from learning_oracle import Run

from litnet.clips.catalogue import STORIES
from litnet.lessons.build import MARK

MODELS = ROOT / "assets" / "models"
HERO = '"assets/digits/3_hero.png"'


@cache
def run() -> Run:
    return Run(MODELS / "learner.history.npz")


def value(source: str) -> Any:
    return run().value(source, {})


def layer(source: str, number: int) -> np.ndarray:
    return np.asarray(value(f"{source}[{number}]"), dtype=float)


@pytest.fixture(scope="module")
def asked(learning: Path) -> dict[str, dict[str, Any]]:
    """The questions of the English page, by name."""
    found = {}
    for file in (learning / "clips").glob("*.quiz.js"):
        if "--" in file.name:
            continue
        script = file.read_text(encoding="utf-8")
        for question in json.loads(script.split("]=", 1)[1].rstrip(";\n")):
            found[question["id"]] = question
    return found


def test_it_takes_about_twenty_minutes(learning: Path) -> None:
    facts = json.loads((learning / MARK).read_text(encoding="utf-8"))
    assert [one["language"] for one in facts["statistics"]] == ["en", "ko"]
    for one in facts["statistics"]:
        assert 17 <= one["minutes"] <= 25, one  # two of them with the network itself
        assert one["questions"] >= 12
    assert facts["statistics"][0]["grade"] < 8


def test_it_ends_with_the_network_of_its_films_and_its_run(learning: Path) -> None:
    names = {file.name for file in (learning / "networks").iterdir()}
    runs = {name for name in names if name.endswith(".history.js")}
    assert names - runs == {"learner.weights.js", "digits.unseen.js", "digits.training.js"}
    assert runs == {"learner.history.js"}
    text = (learning / "networks" / "learner.weights.js").read_text(encoding="ascii")
    assert '"history":{"file":"learner.history.js"' in text


def test_it_shows_the_second_film_in_its_order(learning: Path) -> None:
    stories = [story.scene for story in STORIES if story.film == "learning"]
    for name in ("index.html", "ko.html"):
        page = (learning / name).read_text(encoding="utf-8")
        assert "*" not in re.sub("<[^>]*>", "", page)  # no mark of Markdown is left over
        assert re.findall(r'<lit-clip name="(\w+)', page) == stories


def test_its_links_lead_to_the_lines_that_are_meant(learning: Path) -> None:
    for name in ("index.html", "ko.html"):
        page = (learning / name).read_text(encoding="utf-8")
        links = re.findall(r'href="(code/[^"#]+)#([^"]+)"', page)
        assert len(links) == 4
        for file, function in links:
            text = (learning / file).read_text(encoding="utf-8")
            meant = text.partition(f'id="{function}"><span class="line">')[2]
            start = meant.partition("</span>")[0].strip()
            assert start.startswith(f"def {function.rpartition('.')[2]}("), function


# --- each question's answer ----------------------------------------------------------------------
def test_to_another_digit_it_says_the_same(asked: dict[str, Any]) -> None:
    assert asked["another-digit"]["choices"][asked["another-digit"]["answer"] - 1] == "6 again"
    first = layer(f"activations(0, {HERO})", 3)
    other = layer('activations(0, "assets/digits/5_00.png")', 3)
    assert first.argmax() == other.argmax() == 6


def test_so_many_are_right_by_accident(asked: dict[str, Any]) -> None:
    right = value("right(0, unseen)")
    assert len(right) == 200 and asked["right-by-accident"]["answer"] == np.count_nonzero(right)


def test_the_dearest_output(asked: dict[str, Any]) -> None:
    question = asked["dearest-output"]
    target = np.eye(10)[3]
    missed = (layer(f"activations(0, {HERO})", 3) - target) ** 2
    assert (question["layer"], question["neuron"]) == (3, missed.argmax())


def test_against_the_slope_it_goes_down_and_too_far_it_is_thrown_off(asked: dict[str, Any]) -> None:
    assert asked["which-way"]["choices"][asked["which-way"]["answer"] - 1] == "Make it smaller"
    at = "18, training, 3, 1, 10"  # the weight of the film, where it goes down from
    rising = value(f"nudged({at}, 4.1)") > value(f"nudged({at}, 4.0)")
    assert rising and value(f"nudged({at}, 3.9)") < value(f"nudged({at}, 4.0)")
    assert "higher up" in asked["too-far"]["choices"][asked["too-far"]["answer"] - 1]
    usual, long = (value(f"descent({rate}, 32, 60, 5, 0)") for rate in (1.5, 20.0))
    assert long[-1] > usual[-1]


def test_blue_is_down(asked: dict[str, Any]) -> None:
    assert asked["blue-weight"]["answer"] == 2
    nudges = layer("nudges(before(4), batch(4))", 3)
    to, start = np.unravel_index(nudges.argmin(), nudges.shape)
    place = f"[3][{to}][{start}]"
    assert value(f"weights(after(4)){place}") < value(f"weights(before(4)){place}")


def test_a_step_twice_as_long_promises_twice_as_much(asked: dict[str, Any]) -> None:
    # Along the step that was really taken: the slope by central differences, not by gradients.
    little = 0.01
    before, after = (run().vector((side, 4)) for side in ("before", "after"))
    way = after - before
    costs = [cost_at(before + sign * little * way) for sign in (1, -1)]
    promised = -(costs[0] - costs[1]) / (2 * little)
    question = asked["twice-as-long"]
    assert question["answer"] == pytest.approx(2 * promised, abs=question["tolerance"])


def cost_at(vector: np.ndarray) -> float:
    """Of the digits of the step, with these parameters."""
    a, wish = run().examples(("batch", 4))
    for weights, biases in run().split(vector):
        a = 1 / (1 + np.exp(-(a @ weights.T + biases)))
    return float(((a - wish) ** 2).sum(axis=1).mean())


def test_as_many_looks(asked: dict[str, Any]) -> None:
    assert asked["same-looks"]["answer"] * 32 == 4800
    assert (value("history.batch_size"), value("history.training_digits")) == (32, 4800)


def test_the_strongest_weight_is_that_of_the_brightest_light(asked: dict[str, Any]) -> None:
    question, little = asked["strongest-weight"], 1e-4
    gains = [
        value(f"turned(8, {HERO}, 3, 3, {n}, {little})[3][3]")
        - value(f"turned(8, {HERO}, 3, 3, {n}, {-little})[3][3]")
        for n in range(16)
    ]
    assert (question["layer"], question["neuron"]) == (2, int(np.argmax(gains)))


def test_errors_and_where_no_light_comes(asked: dict[str, Any]) -> None:
    assert asked["colour-of-an-error"]["choices"][asked["colour-of-an-error"]["answer"] - 1] == (
        "Blue: down"
    )
    outputs = layer(f"activations(8, {HERO})", 3)
    assert outputs.argmax() == 0
    # Light comes along its weight: more of that weight, more of the sum, and a dearer answer.
    up, down = (value(f"nudged(8, {HERO}, 3, 0, 0, {by})") for by in (0.01, -0.01))
    assert up > down
    assert asked["no-light"]["answer"] == 1
    dark = int(layer(f"activations(8, {HERO})", 0).argmin())
    assert value(f"nudged(8, {HERO}, 1, 0, {dark}, 0.5)") == value(f"cost(8, {HERO})")


def test_half_the_light_is_half_the_slope(asked: dict[str, Any]) -> None:
    question, little = asked["three-factors"], 1e-4
    up, down = (value(f"nudged(0, {HERO}, 3, 3, 5, {by})") for by in (little, -little))
    slope = (up - down) / (2 * little)
    assert question["answer"] == pytest.approx(slope / 2, abs=question["tolerance"])


def test_dark_outputs_are_cheap(asked: dict[str, Any]) -> None:
    assert asked["dark-is-cheap"]["answer"] == 2
    assert layer(f"activations(2, {HERO})", 3).max() < 0.5
    assert value(f"cost(2, {HERO})") < value(f"cost(0, {HERO})") / 2


def test_by_heart_and_by_guessing(asked: dict[str, Any]) -> None:
    assert "never seen" in asked["which-test"]["choices"][asked["which-test"]["answer"] - 1]
    assert value("cost(18, training)") < value("cost(18, unseen)") / 2
    assert "one in ten" in asked["shuffled"]["choices"][asked["shuffled"]["answer"] - 1]
    with np.load(MODELS / "shuffled.history.npz", allow_pickle=False) as arrays:
        assert 0.05 < float(arrays["unseen_accuracies"][-1]) < 0.15


def test_many_rough_steps_beat_an_exact_one() -> None:
    """As the text says: a hundred steps of 32 digits look at fewer than one step of all."""
    exact = value("descent(1.5, 4800, 1, 1, 0)")[-1]
    assert value("descent(1.5, 32, 100, 5, 0)")[-1] < exact and 100 * 32 < 4800
