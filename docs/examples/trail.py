"""Trail: the way of a training run over a slice of weight space; what is lost is said below."""

from manim import UP, FadeIn

from litnet import Contours, LitScene, Trail


class TheWay(LitScene):
    shows_learning = True

    def construct(self):
        self.run  # noqa: B018
        across, up = self.numbers("path.across"), self.numbers("path.up")
        left, right = float(across.values.min()) - 4, float(across.values.max()) + 4
        low, high = float(up.values.min()) - 5, float(up.values.max()) + 5
        plane = f"plane(unseen, {left!r}, {right!r}, 31, {low!r}, {high!r}, 21)"
        costs = self.numbers(plane, shape=(21, 31))
        contours = Contours(costs, (left, right), (low, high), step=0.1, width=7).shift(0.8 * UP)
        note = "A projection: {share} % of the squared distances are in this plane"
        trail = Trail(contours, across, up, share=self.number("100 * path.share"), note=note)
        trail.path.reach(0)
        with self.beat("way", "The way down", caption="From snapshot to snapshot"):
            self.play(FadeIn(contours, trail))
            self.play(trail.path.animate.reach(len(across) - 1), run_time=2)
            self.hold(1)
