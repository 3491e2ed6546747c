"""One clock over real snapshots, and curves of computed points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from litnet.animations import Epochs
from litnet.animations.epochs import clock
from litnet.light.canvas import Canvas
from litnet.mobjects import LiveNumber, Plot, SignedGrid
from litnet.record.page import Page
from litnet.record.quantities import Quantities, Quantity

RNG = np.random.default_rng(0)
WEIGHTS = [Quantities(RNG.normal(size=(4, 4)), f"weights({k})[1][3]") for k in range(6)]
COSTS = Quantities(np.array([2.0, 1.0, 0.9, 0.5, 0.25, 0.2]), "costs(training)")
STEPS = [Quantity(float(k * k), f"history.snapshots[{k}]") for k in range(6)]


def page_of(mobject: Any) -> Page:
    canvas = Canvas()
    canvas.look(np.zeros((180, 320, 4), np.uint8), np.zeros(3), 14.2)
    page = Page(0, canvas, lambda mobject, points: np.zeros(len(points), bool))
    mobject.describe(page)
    return page


def a_plot() -> Plot:
    return Plot(range(6), high=2.0, width=5.0, height=2.0, across={0: "0", 5: "5"}, up=(0, 1, 2))


def test_every_picture_is_that_of_a_network_that_was() -> None:
    """Whatever the time, and whichever moments the clock goes through."""
    grid = SignedGrid(WEIGHTS[0], 2.0, scale=1.0)
    number = LiveNumber(STEPS[0], places=0)
    moments = (0, 2, 3, 5)
    plays = Epochs(moments, [(grid, WEIGHTS), (number, STEPS)], run_time=3)
    plays.begin()
    seen = []
    for alpha in np.linspace(0, 1, 101):
        plays.interpolate(float(alpha))
        (held,) = (
            k for k, one in enumerate(WEIGHTS) if np.array_equal(one.values.ravel(), grid.values)
        )
        assert grid.source == WEIGHTS[held].source and number.value == held * held
        seen.append(held)
    plays.finish()
    assert sorted(set(seen)) == list(moments) and seen == sorted(seen)
    assert grid.scale_of_light == 1.0  # one scale for the whole run


def test_a_curve_is_at_its_points_when_the_clock_is() -> None:
    plot = a_plot()
    curve = plot.add_curve(COSTS, (1.0, 1.0, 1.0))
    plays = Epochs((0, 1, 2), [], [curve], run_time=2)
    plays.begin()
    for alpha, x, y in ((0.0, 0, 2.0), (0.25, 0.5, 1.5), (0.5, 1, 1.0), (1.0, 2, 0.9)):
        plays.interpolate(alpha)
        np.testing.assert_allclose(curve.tip, plot.at(x, y), atol=1e-6)
    (measure,) = page_of(curve).measures
    assert measure.source == "costs(training)[:3]" and measure.value == (2.0, 1.0, 0.9)
    up = np.array(measure.zero_y) - np.array(measure.y)
    np.testing.assert_allclose(up, measure.scale * np.array(measure.value), atol=2e-3)
    assert page_of(curve.reach(6)).measures[0].source == "costs(training)"


def test_a_part_of_a_curve_says_which_part() -> None:
    plot = Plot(range(3), high=1.0, width=3.0, height=1.0, across={}, up=(0,))
    curve = plot.add_curve(COSTS, (1.0, 1.0, 1.0), 3)
    assert page_of(curve.reach(2)).measures[0].source == "costs(training)[3:5]"
    assert page_of(curve.reach(3)).measures[0].value == (0.5, 0.25, 0.2)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="6 places need as many numbers, not 16"):
        a_plot().add_curve(WEIGHTS[0], (1.0, 1.0, 1.0))
    with pytest.raises(ValueError, match=r"\(4, 4\) numbers cannot hold \(2, 2\)"):
        SignedGrid(WEIGHTS[0], 2.0).hold(Quantities(np.zeros((2, 2)), "weights(0)[1][3]"))


def test_the_clock() -> None:
    assert clock(0, 3) == (0, pytest.approx(0)) and clock(1, 3) == (2, 0.0)
    assert clock(0.5, 3)[0] == 1 and clock(0.25, 3) == (0, pytest.approx(0.5, abs=1e-6))
