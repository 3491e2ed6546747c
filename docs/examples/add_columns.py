"""AddColumns: columns of signed numbers are added up, row by row, into arrows."""

import numpy as np
from manim import UP, FadeIn

from litnet import AddColumns, Arrows, LitScene, Quantities, SignedGrid


class Pulls(LitScene):
    shows_learning = True

    def construct(self):
        run, digit = self.run, self.digit
        asks, sums = run.asks(1, digit, 3), run.wishes(1, digit, 2)
        flat = Quantities(asks.values.ravel(), f"flat({asks.source})")
        grid = SignedGrid(flat, 3.2, columns=16).shift(1.6 * UP)
        feet = grid.centers[-16:] - (0, 1.3, 0)
        arrows = Arrows(sums, feet, unit=0.9 / float(np.abs(sums.values).max()))
        arrows.values = np.zeros(16)  # nothing is added yet
        with self.beat("sums", "Sums", caption="What ten outputs ask of 16 lights, added up"):
            self.play(FadeIn(grid, arrows))
            self.play(AddColumns(grid, arrows, range(16), run_time=3))
            arrows.hold(sums)
            self.hold(1)
