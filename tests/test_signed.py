"""Pictures of signed numbers: their colours in a decoded film against the model's own file."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from film import Film, film
from manim import Transform

from litnet import style
from litnet.mobjects import SignedGrid
from litnet.record.quantities import ILLUSTRATIVE, Quantities

ORANGE, BLUE = (255 * np.array(color) for color in (style.POSITIVE, style.NEGATIVE))
# Steps of 255. The encoder halves the resolution of colour, and a disc is 16 pixels wide between
# squares of the other colour: the worst of 784 was measured 10 off, in blue.
TOLERANCE = 12
ROW = 0  # the neuron whose weights are filmed

STORY = """
from manim import FadeIn, FadeOut
from litnet.mobjects import PixelGrid, SignedGrid
from litnet.scene import LitScene


class Weights(LitScene):
    def construct(self):
        image = self.digit.image
        reading = self.read()
        there = SignedGrid(reading.weights_to(1, 0), 5.3).move_to(self.stage.first)
        here = there.copy().move_to(self.stage.second)
        carried = SignedGrid(
            reading.contributions_to(1, 0), 5.3, scale=there.scale_of_light
        ).move_to(self.stage.second)
        with self.beat("weights", "Weights"):
            self.play(FadeIn(there))
            self.add(here)
            self.play(here.animate.become(carried))
            self.hold(0.5)
        over = PixelGrid(image[:4, :4], 1).move_to(self.stage.first)
        with self.beat("under", "Under a picture"):
            self.play(FadeIn(over))
            self.hold(0.5)
        with self.beat("faint", "Faint"):
            self.play(FadeOut(over, here), there.animate.set_opacity(0.5))
            self.hold(0.5)
"""


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Film:
    folder = tmp_path_factory.mktemp("signed")
    story = folder / "weights.py"
    story.write_text(STORY, "utf-8")
    return film(folder, "--resolution", "1920,1080", "--fps", "2", story=story, scene="Weights")


def expected(film: Film, source: str) -> list[float]:
    """Numbers of a source, worked out from the model's file and the digit's."""
    weights = film.truth.layers[0][0][ROW]
    if source == f"weights[1][{ROW}]":
        return weights
    assert source == f"contributions[1][{ROW}]"
    inputs = film.truth.activations[0]
    return [w * a for w, a in zip(weights, inputs, strict=True)]


def color(value: float, scale: float) -> tuple[float, ...]:
    """The colour that the documentation promises for a number."""
    light = 1 - math.exp(-abs(value) / scale)
    return tuple(light * part / 255 for part in (BLUE if value < 0 else ORANGE))


def test_the_numbers_are_the_models(signed: Film) -> None:
    snapshot = signed.snapshot("weights")
    assert [grid["source"] for grid in snapshot["signed"]] == [
        f"weights[1][{ROW}]",
        f"contributions[1][{ROW}]",
    ]
    for grid in snapshot["signed"]:
        assert grid["value"] == pytest.approx(expected(signed, grid["source"]), rel=0, abs=1e-9)
        assert None not in grid["color"]


def test_the_colours_in_the_film_are_the_numbers(signed: Film) -> None:
    checked = 0
    for beat in ("weights", "under"):
        snapshot = signed.snapshot(beat)
        still = signed.still(snapshot["frame"])
        for grid in snapshot["signed"]:
            numbers = expected(signed, grid["source"])
            for x, y, value, said in zip(grid["x"], grid["y"], numbers, grid["color"], strict=True):
                if said is None:
                    continue
                wanted = color(value, grid["scale"])
                assert said == pytest.approx(wanted, abs=1e-6)
                seen = still[int(y), int(x)].astype(int)
                assert np.abs(seen - 255 * np.array(wanted)).max() <= TOLERANCE, (beat, value)
                checked += 1
    assert checked > 3 * 784


def test_pixel_28_r_plus_c_stands_in_row_r_and_column_c(signed: Film) -> None:
    for grid in signed.snapshot("weights")["signed"]:
        x, y = np.reshape(grid["x"], (28, 28)), np.reshape(grid["y"], (28, 28))
        assert np.ptp(x, axis=0).max() < 0.01 and np.ptp(y, axis=1).max() < 0.01
        assert np.diff(x, axis=1).min() > 0 and np.diff(y, axis=0).min() > 0


def test_they_are_never_taken_for_activations(signed: Film) -> None:
    for beat in ("weights", "faint"):
        assert signed.snapshot(beat)["layers"] == []


def test_what_is_covered_or_faint_makes_no_claim(signed: Film) -> None:
    under = signed.snapshot("under")
    (picture,) = under["layers"]
    weights = under["signed"][0]
    hidden = [place for place, said in enumerate(weights["color"]) if said is None]
    reach = picture["x"][-1] - picture["x"][0]
    assert 0 < len(hidden) < 784
    for place in hidden:
        assert abs(weights["x"][place] - np.mean(picture["x"])) < reach
        assert abs(weights["y"][place] - np.mean(picture["y"])) < reach
    (faint,) = signed.snapshot("faint")["signed"]
    assert set(faint["color"]) == {None}


def signed_grid(values: Any, height: float, scale: float | None = None) -> SignedGrid:
    """A picture of numbers that nothing computed."""
    return SignedGrid(Quantities(values, ILLUSTRATIVE), height, scale=scale)


# --- the form of a sign ---------------------------------------------------------------------------
def luminance(rgb: Any) -> float:
    """Relative luminance of an sRGB colour in steps of 255, as WCAG 2 defines it."""
    part = np.asarray(rgb, float) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("light", [0.5, 0.7, 0.95])
def test_a_sign_can_be_read_without_colour(play: Any, light: float) -> None:
    """A square has corners and a disc has none: 3:1 between them, in grey and at half strength."""
    strength = -math.log(1 - light)
    grid = signed_grid([[strength, -strength]], 1.6, scale=1.0)
    frame = play(lambda scene: (scene.add(grid), scene.wait(0.2, frozen_frame=True))).frames[-1]
    scale = 640 / (128 / 9)
    corners, middles = [], []
    for center, half in zip(grid.centers, grid.half, strict=True):
        at = center + 0.8 * half * np.array([1, 1, 0])
        corners.append(frame[int(180 - at[1] * scale), int(320 + at[0] * scale)])
        middles.append(frame[int(180 - center[1] * scale), int(320 + center[0] * scale)])
    high, low = (luminance(corner) + 0.05 for corner in corners)
    assert high / low >= 3
    for middle, full in zip(middles, (ORANGE, BLUE), strict=True):
        assert middle.astype(float) == pytest.approx(light * np.array(full), abs=1)


def test_a_number_that_changes_its_sign_does_not_jump(play: Any) -> None:
    before = signed_grid([[1.0, -1.0]], 1.6, scale=1.0)
    after = SignedGrid(Quantities([[-1.0, 1.0]], "weights[1][0]"), 1.6, scale=1.0)
    found = play(lambda scene: (scene.add(before), scene.play(Transform(before, after))))
    steps = [
        int(np.abs(b.astype(int) - a).max())
        for a, b in zip(found.frames, found.frames[1:], strict=False)
    ]
    assert max(steps) < 110, "the light goes down to nothing before the form is another"
    assert before.source == "weights[1][0]"
    assert before.values.tolist() == after.values.tolist()


def test_zero_is_dark_and_all_zero_is_allowed() -> None:
    grid = signed_grid(np.zeros((2, 3)), 1.0)
    assert grid.shape == (2, 3) and len(grid) == 6
    assert not grid.colors.any()
    with pytest.raises(ValueError, match="above zero"):
        signed_grid(np.ones((2, 2)), 1.0, scale=0.0)


def test_light_grows_with_size_and_never_clips() -> None:
    values = np.linspace(0, 20, 200)
    light = style.signed_light(values, 1.5)
    assert (np.diff(light) > 0).all() and light[0] == 0 and light[-1] < 1
    assert np.array_equal(light, style.signed_light(-values, 1.5))
