"""PixelsIntoNeurons: every pixel flies out of the picture and becomes its neuron."""

from manim import LEFT, RIGHT, UP, FadeIn

from litnet import LitScene, NeuronLayer, PixelGrid, PixelsIntoNeurons


class TheFlow(LitScene):
    network_reads = True

    def construct(self):
        picture = PixelGrid(self.read().layer(0), height=4.8)
        neurons = NeuronLayer.like(picture, pitch=4.8 / 28).move_to(3.2 * RIGHT + 0.4 * UP)
        picture.move_to(3.2 * LEFT + 0.4 * UP)
        with self.beat("flow", "The flow", caption="784 pixels become 784 neurons"):
            self.play(FadeIn(picture))
            self.play(PixelsIntoNeurons(picture, neurons, run_time=4))
            self.hold(1)
