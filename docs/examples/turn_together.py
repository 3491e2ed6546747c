"""TurnTogether: a knob is turned, and what follows from it goes along."""

from manim import LEFT, RIGHT, UP, FadeIn

from litnet import Knob, LitScene, NumberLine, TurnTogether


class WhatFollows(LitScene):
    network_reads = True

    def construct(self):
        start = self.read()
        before, after = start.bias(3, 8), -start.bias(3, 8).value
        turned = self.read_changed(3, 8, None, after)
        follows = self.turned(start, 3, 8, None)
        limit = 1.5 * abs(after)
        knob = Knob(before, limit=limit, radius=1.2).move_to(3.6 * LEFT + 0.4 * UP)
        line = NumberLine(start.activation(3, 8), low=0, high=1, length=5)
        line.move_to(2.8 * RIGHT + 0.4 * UP)

        def computed(bias):
            return [follows(bias).activation(3, 8).value]

        with self.beat("before", "As it is", caption="A bias, and its neuron's activation"):
            self.play(FadeIn(knob, line))
            self.hold(0.5)
        with self.beat("after", "Turned by hand", caption="Turned by hand"):
            end = [(line, turned.activation(3, 8))]
            self.play(TurnTogether(knob, turned.bias(3, 8), end, computed), run_time=2)
            self.hold(1)
