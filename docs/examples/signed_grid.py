"""SignedGrid: a picture of signed numbers; orange squares are above zero, blue discs below."""

from manim import RIGHT, UP, FadeIn, Group

from litnet import LitScene, SignedGrid


class WeightsAsPictures(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        weights = SignedGrid(reading.weights_to(1, 3), height=4.4)
        carried = SignedGrid(reading.contributions_to(1, 3), height=4.4)
        Group(weights, carried).arrange(RIGHT, buff=1.2).move_to(0.5 * UP)
        with self.beat("weights", "784 weights", caption="Weights, and what they contribute"):
            self.play(FadeIn(weights))
            self.play(FadeIn(carried))
            self.hold(1)
