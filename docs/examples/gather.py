"""Gather: the light of cells leaves them as sparks, and gathers around one point."""

import numpy as np
from manim import LEFT, RIGHT, UP, FadeIn

from litnet import AnswerNumber, Gather, LitScene, NeuronLayer, PixelGrid


class OneIdea(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        inputs = reading.layer(0)
        layer = NeuronLayer.like(PixelGrid(inputs, height=4.5), pitch=4.5 / 28)
        layer.move_to(3.4 * LEFT + 0.4 * UP)
        at = 3.8 * RIGHT + 0.4 * UP
        answer = AnswerNumber(reading.prediction, self.digit.label, size=150).move_to(at)
        bright = np.flatnonzero(inputs.values.ravel() > 0.3).tolist()
        with self.beat("gather", "One idea", caption="Many lights, one answer"):
            self.play(FadeIn(layer))
            self.play(Gather(layer.part(bright), at, radius=0.9), run_time=2.5)
            self.play(FadeIn(answer))
            self.hold(1)
