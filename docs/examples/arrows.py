"""Arrows: signed numbers as lengths, on one scale that `ruler` prints; colour is the sign."""

import numpy as np
from manim import DOWN, RIGHT, FadeIn

from litnet import Arrows, LitScene, NeuronLayer


class Pushes(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        carried = reading.contributions_to(3, reading.answer)
        feet = np.linspace((-5.5, -0.4, 0), (4.5, -0.4, 0), len(carried))
        layer = NeuronLayer(reading.layer(2), pitch=0.5, centers=feet + 2.0 * DOWN)
        arrows = Arrows(carried, feet, unit=0.3).set_level(0)
        ruler = arrows.ruler(5).move_to(5.8 * RIGHT)
        with self.beat("pushes", "Pushes", caption="What each of 16 neurons adds to the answer"):
            self.play(FadeIn(layer, arrows, ruler))
            self.play(arrows.animate.set_level(1))
            self.hold(1)
