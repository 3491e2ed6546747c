"""Fold: a long row of tiles folds into its picture, line after line."""

from manim import UP, FadeIn

from litnet import Fold, LitScene, Quantities, Tiles


class IntoAPicture(LitScene):
    network_reads = True

    def construct(self):
        self.read()
        row = Quantities(self.network.layers[0].weights[5], "weights[1][5]")
        tiles = Tiles(row).in_grid(1, 784, 12.5, 0.6).shift(2.8 * UP)
        picture = Tiles(row).in_grid(28, 28, 4.2, 4.2).shift(0.1 * UP)
        with self.beat("fold", "Folded", caption="784 weights in a row become their picture"):
            self.play(FadeIn(tiles))
            self.play(Fold(tiles, picture, lines=28), run_time=3)
            self.hold(1)
