"""WeightMatrix: All weights of a layer at once; a row as Tiles, which can fold into its picture."""

from manim import FadeIn

from litnet import Fold, LitScene, Quantities, WeightMatrix


class AllOfThem(LitScene):
    network_reads = True

    def construct(self):
        self.read()
        weights = Quantities(self.network.layers[0].weights, "weights[1]")
        matrix = WeightMatrix(weights, width=12, height=2.2).shift((0, 2.2, 0))
        row = matrix.row(5)
        picture = row.copy().in_grid(28, 28, 2.6, 2.6).shift((0, -0.9, 0))
        with self.beat("all", "16 x 784", caption="All weights, and one row as its picture"):
            self.play(FadeIn(matrix))
            self.add(row)
            self.play(Fold(row, picture, lines=28), run_time=2)
            self.hold(1)
