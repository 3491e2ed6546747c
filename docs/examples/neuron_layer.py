"""NeuronLayer: a whole layer as one mobject; a neuron's grey is its activation."""

from manim import LEFT, RIGHT, UP, FadeIn

from litnet import LitScene, NeuronLayer, PixelGrid


class ThreeLayers(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        picture = PixelGrid(reading.layer(0), height=4.8)
        inputs = NeuronLayer.like(picture, pitch=4.8 / 28).move_to(2.8 * LEFT + 0.4 * UP)
        hidden = NeuronLayer(reading.layer(1), pitch=0.3).move_to(1.6 * RIGHT + 0.4 * UP)
        outputs = NeuronLayer(reading.layer(3), pitch=0.48).move_to(4.2 * RIGHT + 0.4 * UP)
        with self.beat("layers", "Three layers", caption="784, 16 and 10 neurons"):
            self.play(FadeIn(inputs, hidden, outputs))
            self.hold(1)
