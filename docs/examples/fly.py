"""Fly: everything comes nearer at an even pace, as if the camera flew; numbers come up."""

import numpy as np
from manim import UP, FadeIn

from litnet import Fly, LitScene, LiveNumber, NeuronLayer, PixelGrid
from litnet.mobjects import liveliest_patch


class Nearer(LitScene):
    network_reads = True

    def construct(self):
        inputs = self.read().layer(0)
        seen = liveliest_patch(self.digit.image, 8)
        layer = NeuronLayer.like(PixelGrid(inputs, height=5), pitch=5 / 28).part(seen)
        focus, place = layer.get_center(), np.array([0.0, 0.5, 0.0])
        layer.shift(place - focus)
        numbers = [
            LiveNumber(inputs.one(k), size=4, color="#000000" if light > 0.5 else "#ffffff")
            for k, light in zip(seen, layer.light, strict=True)
        ]
        for number, cell in zip(numbers, layer.centers, strict=True):
            number.move_to(cell)
        with self.beat("nearer", "Nearer", caption="64 of the 784 neurons, and their numbers"):
            self.play(FadeIn(layer))
            there = {"focus": place, "place": place + 0.01 * UP, "zoom": 3.6, "numbers": numbers}
            self.play(Fly(layer, **there), run_time=3)
            self.hold(1)
