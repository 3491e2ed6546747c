"""PlottedCurve: a curve in a plot, which draws itself from point to point."""

import numpy as np
from manim import UP, FadeIn

from litnet import LitScene, Plot, style


class PointByPoint(LitScene):
    shows_learning = True

    def construct(self):
        run, digit = self.run, self.digit
        places = np.arange(run.last + 1)
        costs = run.costs(digit)
        plot = Plot(
            places,
            high=float(costs.values.max()),
            width=9.5,
            height=4.0,
            across={int(place): None for place in places[::6]},
            up=(0, 1),
        ).shift(0.6 * UP)
        curve = plot.add_curve(costs, style.POSITIVE)
        with self.beat("half", "Half of it", caption="What one digit costs, early in the run"):
            self.play(FadeIn(plot))
            self.play(curve.animate.reach(run.last // 2), run_time=2)
            self.hold(0.5)
        with self.beat("whole", "All of it", caption="and to its end"):
            self.play(curve.animate.reach(run.last + 1), run_time=2)
            self.hold(1)
