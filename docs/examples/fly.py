"""Fly: everything comes nearer at an even pace, as if the camera flew; numbers come up."""

import numpy as np
from manim import UP, FadeIn

from litnet import Fly, LitScene, LiveNumber, NeuronLayer, PixelGrid
from litnet.mobjects import liveliest_patch


class Nearer(LitScene):
    network_reads = True

    def construct(self):
        inputs = self.read().layer(0)
        layer = NeuronLayer.like(PixelGrid(inputs, height=5), pitch=5 / 28).shift(0.4 * UP)
        seen = liveliest_patch(self.digit.image, 5)
        focus = layer.centers[seen].mean(axis=0)
        numbers = [
            LiveNumber(inputs.one(k), size=6, color="#7a7a7a").move_to(layer.centers[k])
            for k in seen
        ]
        place = np.array([0.0, 0.4, 0.0])
        with self.beat("nearer", "Nearer", caption="784 neurons, and the numbers of some"):
            self.play(FadeIn(layer))
            self.play(Fly(layer, focus=focus, place=place, zoom=6, numbers=numbers), run_time=3)
            self.hold(1)
