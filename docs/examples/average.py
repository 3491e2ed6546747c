"""Average: light passes over many numbers; another one is the mean of those it has passed."""

from manim import UP, FadeIn

from litnet import LitScene, LiveNumber, SignedGrid
from litnet.animations import Average


class TheMean(LitScene):
    shows_learning = True

    def construct(self):
        run = self.run
        each, mean = run.each(11, "unseen"), run.cost(11, "unseen")
        grid = SignedGrid(each, 3.2, columns=20).shift(1.2 * UP)
        number = LiveNumber(mean, size=60).pass_by(0).move_to((0, -1.6, 0))
        with self.beat("mean", "The mean", caption="What 200 digits cost, and on average"):
            self.play(FadeIn(grid, number))
            self.play(Average(grid, number, mean, run_time=3))
            self.hold(1)
