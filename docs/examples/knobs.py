"""Knob: a weight or a bias as a dial; a live number turns it."""

from manim import RIGHT, FadeIn, Group

from litnet import Knob, LitScene, Turn


class Knobs(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        biases = [reading.bias(2, neuron) for neuron in range(10)]
        limit = max(abs(bias.value) for bias in biases)
        knobs = Group(*(Knob(bias, limit=limit, radius=0.95) for bias in biases[:5])).arrange(
            RIGHT, buff=0.5
        )
        with self.beat("five", "Five biases", caption="Five biases of the second layer"):
            self.play(FadeIn(knobs))
            self.hold(1)
        with self.beat("others", "Five others", caption="and five others"):
            self.play(*(Turn(knob, bias) for knob, bias in zip(knobs, biases[5:], strict=True)))
            self.hold(1)
