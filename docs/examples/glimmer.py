"""Glimmer: cells light up one by one, as windows do in the evening."""

import numpy as np
from manim import UP

from litnet import Glimmer, LitScene, NeuronLayer, PixelGrid


class Evening(LitScene):
    network_reads = True

    def construct(self):
        picture = PixelGrid(self.read().layer(0), height=5)
        layer = NeuronLayer.like(picture, pitch=5 / 28).move_to(0.4 * UP)
        with self.beat("glimmer", "One by one", caption="784 neurons light up"):
            self.play(Glimmer(layer, np.random.default_rng(0)), run_time=3)
            self.hold(1)
