"""Target: what the outputs should have been, in golden rings: a wish, nothing computed."""

from manim import LEFT, RIGHT, UP, FadeIn

from litnet import LitScene, NeuronLayer, Target


class TheWish(LitScene):
    shows_learning = True

    def construct(self):
        run, digit = self.run, self.digit
        outputs = NeuronLayer(run.layer(0, digit, 3), pitch=0.5).move_to(LEFT + 0.6 * UP)
        wished = self.numbers(f'target("{digit.name}")')
        target = Target(wished, outputs.centers + 2 * RIGHT, pitch=0.5)
        with self.beat("wish", "Answer and wish", caption="What it answers, and what it should"):
            self.play(FadeIn(outputs))
            self.play(FadeIn(target))
            self.hold(1)
