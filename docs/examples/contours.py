"""Contours: the cost over a slice of weight space, with the Trail of a real run, projected."""

from manim import FadeIn

from litnet import Contours, LitScene, Trail


class Downhill(LitScene):
    shows_learning = True

    def construct(self):
        self.run  # noqa: B018
        across, up = self.numbers("path.across"), self.numbers("path.up")
        columns, rows = 41, 25
        middle = [(float(way.values.min()) + float(way.values.max())) / 2 for way in (across, up)]
        reach = 0.6 * max(float(across.values.max() - across.values.min()), 1.0)
        ends = [round(middle[0] - reach, 2), round(middle[0] + reach, 2)]
        high = [round(middle[1] - 0.6 * reach, 2), round(middle[1] + 0.6 * reach, 2)]
        plane = f"plane(unseen, {ends[0]}, {ends[1]}, {columns}, {high[0]}, {high[1]}, {rows})"
        costs = self.numbers(plane, shape=(rows, columns))
        contours = Contours(costs, tuple(ends), tuple(high), step=0.05, width=8.6)
        contours.shift((0, 0.75, 0))
        note = "The path, projected: {share} % of its squared distances are in this plane"
        trail = Trail(contours, across, up, share=self.number("100 * path.share"), note=note)
        trail.path.reach(0)
        with self.beat("path", "Downhill", caption="One run. From line to line the cost is 0.05"):
            self.play(FadeIn(contours, trail))
            self.play(trail.path.animate.reach(len(across) - 1), run_time=2)
            self.hold(1)
