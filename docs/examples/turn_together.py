"""TurnTogether: a knob is turned, and what follows from it goes along."""

from manim import LEFT, RIGHT, UP, FadeIn

from litnet import Knob, LitScene, NumberLine, TurnTogether


class WhatFollows(LitScene):
    network_reads = True

    def construct(self):
        start = self.read()
        place = 3, start.answer  # the last layer, and the output that answers
        after = start.bias(*place).value - start.z(*place).value  # so that its sum is 0
        turned = self.read_changed(*place, None, after)
        follows = self.turned(start, *place, None)
        knob = Knob(start.bias(*place), limit=1.2 * abs(after), radius=1.2)
        knob.move_to(3.6 * LEFT + 0.4 * UP)
        line = NumberLine(start.activation(*place), low=0, high=1, length=5)
        line.move_to(2.8 * RIGHT + 0.4 * UP)

        def computed(bias):
            return [follows(bias).activation(*place).value]

        with self.beat("before", "As it is", caption="The answer's bias, and its activation"):
            self.play(FadeIn(knob, line))
            self.hold(0.5)
        with self.beat("after", "Turned by hand", caption="Turned by hand, until its sum is 0"):
            end = [(line, turned.activation(*place))]
            self.play(TurnTogether(knob, turned.bias(*place), end, computed), run_time=2)
            self.hold(1)
