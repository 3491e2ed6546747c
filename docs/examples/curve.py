"""Curve: an activation function, drawn from its numbers."""

import numpy as np
from manim import DOWN, UP, Dot, FadeIn

from litnet import Curve, LitScene, LiveNumber
from network import ACTIVATIONS


class Squash(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        x = np.linspace(-8, 8, 161)
        curve = Curve(x, ACTIVATIONS["sigmoid"].function(x), width=9, height=3.4)
        curve.stand_at(0.8 * UP)
        z, light = reading.z(1, 3), reading.activation(1, 3)
        spot = Dot(curve.at(z.value, light.value), color="#ffd166")
        shown = LiveNumber(z).move_to(curve.foot(z.value))
        bright = LiveNumber(light).next_to(spot, UP if light.value < 0.7 else DOWN)
        with self.beat("curve", "Sigmoid", caption="A sum becomes a light between 0 and 1"):
            self.play(FadeIn(curve))
            self.play(FadeIn(spot, shown, bright))
            self.hold(1)
