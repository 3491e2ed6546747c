"""Propagate: light runs along connections, and the neurons at their end settle at it."""

from manim import LEFT, UP, FadeIn

from litnet import LitScene, NetworkDiagram, NeuronLayer, PixelGrid, Propagate


class Forward(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        picture = PixelGrid(reading.layer(0), height=4.5)
        inputs = NeuronLayer.like(picture, pitch=4.5 / 28).move_to(4.2 * LEFT + 0.5 * UP)
        network = NetworkDiagram(inputs, reading, right=5.6, tall=5).darken()
        with self.beat("light", "Light runs", caption="Layer after layer, to the answer"):
            self.play(FadeIn(network))
            for lines, layer in zip(network.bundles, network.layers[1:], strict=True):
                self.play(Propagate(lines, layer, run_time=1.5))
            self.hold(1)
