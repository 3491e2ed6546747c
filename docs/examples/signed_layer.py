"""SignedLayer: signed numbers over a layer's neurons, such as what the cost asks of them."""

from manim import RIGHT, UP, FadeIn

from litnet import LitScene, NeuronLayer, SignedLayer


class Asked(LitScene):
    shows_learning = True

    def construct(self):
        run, digit = self.run, self.digit
        outputs = NeuronLayer(run.layer(1, digit, 3), pitch=0.5)
        beside = outputs.copy().shift(1.2 * RIGHT)
        for cells in (outputs, beside):
            cells.shift(0.6 * UP)
        wishes = SignedLayer(beside, run.wishes(1, digit, 3))
        with self.beat("asked", "What is asked", caption="Ten outputs, and how each should change"):
            self.play(FadeIn(outputs))
            self.play(FadeIn(wishes))
            self.hold(1)
