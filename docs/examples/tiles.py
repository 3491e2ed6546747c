"""Tiles: numbers as rectangles, each where it likes."""

from manim import UP, FadeIn

from litnet import LitScene, Quantities, Tiles


class OneRow(LitScene):
    network_reads = True

    def construct(self):
        self.read()
        row = Quantities(self.network.layers[0].weights[5], "weights[1][5]")
        long = Tiles(row).in_grid(1, 784, 12, 0.5).shift(2.6 * UP)
        square = Tiles(row).in_grid(28, 28, 4, 4).shift(0.1 * UP)
        with self.beat("row", "One row", caption="784 weights in a row, and as their picture"):
            self.play(FadeIn(long, square))
            self.hold(1)
