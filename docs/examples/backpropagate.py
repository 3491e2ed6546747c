"""Backpropagate: light runs from right to left, from what the outputs should have been."""

from manim import LEFT, RIGHT, FadeIn

from litnet import (
    Arrows,
    Backpropagate,
    LitScene,
    NetworkDiagram,
    NeuronLayer,
    PixelGrid,
    SignedLayer,
    Target,
)


class Back(LitScene):
    shows_learning = True

    def construct(self):
        digit, run, start = self.digit, self.run, 0
        fresh = run.reading(start, digit)  # before it has learned anything
        wished = self.numbers(f'target("{digit.name}")')
        picture = PixelGrid(digit.pixels, height=4.5)
        inputs = NeuronLayer.like(picture, pitch=4.5 / 28).move_to(4.2 * LEFT + (0, 0.4, 0))
        network = NetworkDiagram(inputs, fresh, right=3.6, tall=5)
        wishes = [run.wishes(start, digit, layer) for layer in range(4)]
        signs = [SignedLayer(*pair) for pair in zip(network.layers, wishes, strict=True)]
        beside = network.outputs.centers + 0.9 * RIGHT
        target = Target(wished, beside, pitch=0.5)
        arrows = Arrows(wishes[3], beside + 1.1 * RIGHT, unit=0.6, direction=RIGHT)
        ruler = arrows.ruler(1).move_to((5.9, -2.7, 0))
        with self.beat("wish", "What it should have been", caption="The answer, and the wish"):
            self.play(FadeIn(network, target, arrows.set_level(0), ruler))
            self.play(arrows.animate.set_level(1), FadeIn(signs[3]))
            self.hold(1)
        with self.beat("back", "Back through the layers", caption="which runs back"):
            for number in (3, 2, 1):
                slopes = run.nudges(start, digit, number)
                arriving = signs[number - 1] if number > 1 else None
                self.play(Backpropagate(network.bundles[number - 1], slopes, arriving))
            self.hold(1)
