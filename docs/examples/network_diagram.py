"""NetworkDiagram: all layers and all connections, laid out beside a picture."""

from manim import LEFT, UP, FadeIn

from litnet import LitScene, NetworkDiagram, NeuronLayer, PixelGrid


class WholeNetwork(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        picture = PixelGrid(reading.layer(0), height=4.5)
        inputs = NeuronLayer.like(picture, pitch=4.5 / 28).move_to(4.2 * LEFT + 0.5 * UP)
        network = NetworkDiagram(inputs, reading, right=5.6, tall=5)
        with self.beat("network", "The network", caption="784 pixels, 12,960 connections"):
            self.play(FadeIn(network))
            self.hold(1)
