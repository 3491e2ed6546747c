"""Swarm: Many pictures over a line, each at the place of its number, and lit by another."""

import numpy as np
from manim import FadeIn

from litnet import LitScene, Swarm


class WhereTheyStand(LitScene):
    network_reads = needs_digits = True

    def construct(self):
        self.read()
        sums, lights = self.numbers("arriving(2, 5)"), self.numbers("lit(2, 5)")
        images = np.stack([digit.image for digit in self.subject.sorted_digits])
        ends = {"low": sums.values.min() - 1, "high": sums.values.max() + 1}
        swarm = Swarm(images, sums, lights, **ends, length=12, room=4).shift((0, -1.6, 0))
        with self.beat("sums", "Two hundred sums", caption="200 digits, as one neuron sees them"):
            self.play(FadeIn(swarm))
            self.hold(1)
