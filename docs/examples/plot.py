"""Plot: axes, and curves of numbers that were computed, such as the costs of a training run."""

import numpy as np
from manim import UP, FadeIn

from litnet import LitScene, Plot, style


class TwoCosts(LitScene):
    shows_learning = True

    def construct(self):
        run = self.run
        places = np.arange(run.last + 1)
        size = {"width": 9.5, "height": 4.0}
        axis = {0: "untrained", run.last: "trained"}
        plot = Plot(places, high=2.4, up=(0, 1, 2), across=axis, **size).shift(0.6 * UP)
        own = plot.add_curve(run.costs("training"), style.POSITIVE)
        new = plot.add_curve(run.costs("unseen"), style.NEGATIVE)
        with self.beat("costs", "Costs", caption="Orange: its own digits. Blue: new ones"):
            self.play(FadeIn(plot))
            self.play(*(curve.animate.reach(run.last + 1) for curve in (own, new)), run_time=3)
            self.hold(1)
