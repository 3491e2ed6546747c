"""AddUp: a picture's numbers are added up, row by row; each number on the way is their sum."""

from manim import LEFT, RIGHT, UP, FadeIn

from litnet import AddUp, Balance, LitScene, SignedGrid


class Summing(LitScene):
    network_reads = True

    def construct(self):
        carried = self.read().contributions_to(1, 3)
        grid = SignedGrid(carried, height=4.4).move_to(3.6 * LEFT + 0.5 * UP)
        balance = Balance(carried, width=5.5).shift(3 * RIGHT + 0.5 * UP)
        with self.beat("sum", "The sum", caption="What 784 pixels contribute to one neuron"):
            self.play(FadeIn(grid, balance))
            self.play(AddUp(grid, balance, len(carried), run_time=4))
            self.hold(1)
