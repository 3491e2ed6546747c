"""Halo: a soft light around a point; it stands for no number."""

import numpy as np
from manim import FadeIn

from litnet import AnswerNumber, Halo, LitScene


class AnIdea(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        at = np.array([0.0, 0.4, 0.0])
        answer = AnswerNumber(reading.prediction, self.digit.label, size=160).move_to(at)
        halo, bright = Halo(at, 1.1), Halo(at, 1.1, strength=0.9)
        with self.beat("idea", "An idea", caption="It has an answer"):
            self.play(FadeIn(answer))
            self.add(halo)
            self.play(halo.animate.become(bright))
            self.hold(1)
