"""Connections: all lines between two layers; light is what a line carries, colour its sign."""

from manim import LEFT, RIGHT, UP, FadeIn

from litnet import Connections, LitScene, NeuronLayer


class Between(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        left = NeuronLayer(reading.layer(2), pitch=0.36).move_to(3 * LEFT + 0.4 * UP)
        right = NeuronLayer(reading.layer(3), pitch=0.56).move_to(3 * RIGHT + 0.4 * UP)
        lines = Connections(left, right, reading.flow(3))
        with self.beat("lines", "160 lines", caption="What 160 connections carry"):
            self.play(FadeIn(lines, left, right))
            self.hold(1)
