"""The examples of docs/mobjects.md, rendered: each number that is drawn, worked out again here."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from film import ROOT, Film, Truth, film, manim

from litnet import style
from litnet.mobjects import Arrows, Knob, NumberLine, Target
from litnet.record.quantities import Quantities, illustrative, illustrative_cells

EXAMPLES = ROOT / "docs" / "examples"
SIZE = ("--resolution", "854,480", "--fps", "4")
Told = Callable[[str, str], Film]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A film of an example, each rendered once."""
    films: dict[str, Film] = {}

    def find(name: str, scene: str) -> Film:
        if name not in films:
            folder = tmp_path_factory.mktemp(name)
            films[name] = film(folder, *SIZE, story=EXAMPLES / f"{name}.py", scene=scene)
        return films[name]

    return find


def of_network(truth: Truth, source: str) -> float:
    """A number of the filmed network, by loops over its file."""
    name, layer, *places = re.split(r"[][]+", source.rstrip("]"))
    weights, biases, _ = truth.layers[int(layer) - 1]
    neuron = int(places[0])
    inputs = truth.activations[int(layer) - 1]
    if name == "biases":
        return biases[neuron]
    assert name == "z"
    return math.fsum(w * a for w, a in zip(weights[neuron], inputs, strict=True)) + biases[neuron]


def measures(film: Film, beat: str, kind: str) -> list[dict[str, Any]]:
    found = [one for one in film.snapshot(beat)["measures"] if one["kind"] == kind]
    assert found
    return found


def test_a_number_on_a_line_stands_at_its_place(told: Told) -> None:
    shown = told("number_line", "OnALine")
    for beat in ("eight", "answer"):
        (place,) = measures(shown, beat, "place")
        value = of_network(shown.truth, place["source"])
        assert place["value"] == pytest.approx([value], abs=1e-9)
        assert place["scale"] == pytest.approx(9 / 24 * 480 / 8, rel=1e-6)
        assert place["x"][0] - place["zero_x"][0] == pytest.approx(value * place["scale"], abs=2e-3)
        still = shown.still(shown.snapshot(beat)["frame"]).astype(int)
        row = still[round(place["y"][0])]
        assert row[round(place["x"][0])].min() > 240  # the light
        middle = row[round((place["x"][0] + place["zero_x"][0]) / 2)]
        assert (middle[0] > middle[2]) == (value > 0)  # orange above zero, blue below
        assert f"{value:.2f}".replace("-", "\N{MINUS SIGN}") in {
            text["text"] for text in shown.record["texts"]
        }


def test_a_knob_is_turned_by_its_number(told: Told) -> None:
    shown = told("knobs", "Knobs")
    limit = max(abs(bias) for bias in shown.truth.layers[1][1][:10])
    seen = set()
    for beat in ("five", "others"):
        still = shown.still(shown.snapshot(beat)["frame"]).astype(int)
        for dial in measures(shown, beat, "angle"):
            seen.add(dial["source"])
            value = of_network(shown.truth, dial["source"])
            assert dial["value"] == pytest.approx([value], abs=1e-9)
            across, up = dial["x"][0] - dial["zero_x"][0], dial["zero_y"][0] - dial["y"][0]
            assert math.atan2(across, up) == pytest.approx(0.75 * math.pi * value / limit, abs=2e-3)
            # Just inside its end there is the pointer.
            x, y = dial["x"][0] - 0.05 * across, dial["y"][0] + 0.05 * up
            assert still[round(y), round(x)].min() > 200
    assert seen == {f"biases[2][{neuron}]" for neuron in range(10)}


def test_arrows_are_as_long_as_their_numbers(told: Told) -> None:
    shown = told("arrows", "Pushes")
    (arrows,) = measures(shown, "pushes", "length")
    truth, answer = shown.truth, shown.truth.prediction
    weights = truth.layers[2][0][answer]
    values = [w * a for w, a in zip(weights, truth.activations[2], strict=True)]
    assert arrows["source"] == f"contributions[3][{answer}]"
    assert arrows["value"] == pytest.approx(values, abs=1e-9)
    assert arrows["scale"] == pytest.approx(0.3 * 480 / 8, rel=1e-6)
    rows = np.array(arrows["zero_y"]) - np.array(arrows["y"])
    assert rows == pytest.approx(np.array(values) * arrows["scale"], abs=2e-3)
    still = shown.still(shown.snapshot("pushes")["frame"]).astype(int)
    for value, x, low, high in zip(values, arrows["x"], arrows["zero_y"], arrows["y"], strict=True):
        if abs(low - high) > 20:
            seen = still[round((low + high) / 2), round(x)]
            wanted = style.NEGATIVE if value < 0 else style.POSITIVE
            assert seen == pytest.approx(255 * np.array(wanted), abs=60)
        far = round(high + math.copysign(25, high - low))  # nothing beyond their tips
        assert still[far, round(x)].max() < 60
    # The printed scale: the line beside the 5 is as long as an arrow of 5.
    (five,) = [text for text in shown.record["texts"] if text["text"] == "5"]
    strip = still[:, round(five["box"][0]) - 14 : round(five["box"][0]) - 4].max(axis=(1, 2)) > 60
    assert np.ptp(np.flatnonzero(strip)) == pytest.approx(5 * arrows["scale"], abs=3)


LYING = """
from litnet import *
from litnet.record.quantities import Quantities, Quantity
import numpy as np

class Lies(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        bias = reading.bias(2, 0)
        liar = Quantity(bias.value + 0.01, bias.source)
        with self.beat("only", "Only"):
            self.add({shown})
            self.hold(0.5)
"""


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("Knob(liar, limit=9).dial", r"Lies, beat 'only': .* its source biases\[2\]\[0\] is 1\."),
        ("NumberLine(liar, low=-9, high=9, length=4).line", r"its source biases\[2\]\[0\] is 1\."),
        (
            "Arrows(Quantities(reading.layer(3).values + 0.01, 'activations[3]'), "
            "np.zeros((10, 3)), unit=1)",
            r"cell 0 on screen holds 0\.01.*, but in its source activations\[3\] it is ",
        ),
    ],
    ids=["knob", "line", "arrows"],
)
def test_what_is_drawn_of_a_wrong_number_ends_the_film(
    tmp_path: Any, shown: str, said: str
) -> None:
    story = tmp_path / "lies.py"
    story.write_text(LYING.replace("{shown}", shown), "utf-8")
    done = manim(tmp_path / "media", "-r", "320,180", "--fps", "2", story=story, scene="Lies")
    assert done.returncode == 1
    assert re.search(said, done.stderr), done.stderr
    assert "Traceback" not in done.stderr


def test_numbers_that_cannot_be_shown_are_refused() -> None:
    with pytest.raises(ValueError, match="A knob that goes to 1 cannot show 2"):
        Knob(illustrative(2), limit=1)
    with pytest.raises(ValueError, match="A line from 0 to 1 cannot show -1"):
        NumberLine(illustrative(-1), low=0, high=1, length=3)
    with pytest.raises(ValueError, match="2 arrows need feet"):
        Arrows(Quantities([1, 2], "illustrative"), np.zeros((3, 3)), unit=1)


def test_what_moves_takes_its_scale_along() -> None:
    arrows = Arrows(illustrative_cells([1.0, -2.0]), np.zeros((2, 3)), unit=0.5)
    arrows.scale(2, about_point=np.zeros(3)).shift((1, 0, 0))
    assert arrows.tips.tolist() == [[1, 1, 0], [1, -2, 0]]
    knob = Knob(illustrative(0.5), limit=1).scale(2).shift((3, 0, 0))
    assert knob.dial.radius == pytest.approx(1.4)
    assert knob.dial.middle[0] == pytest.approx(3)


def test_a_target_is_lit_as_it_wishes() -> None:
    wish = np.eye(10)[3]
    target = Target(illustrative_cells(wish), np.zeros((10, 3)), pitch=0.5)
    assert target.light.tolist() == wish.tolist() and target.kind == "targets"
