"""A digit, the light that it sends through a network, and the answer."""

from manim import LEFT, RIGHT, UP, FadeIn

from litnet import LitScene, LiveNumber, NetworkDiagram, NeuronLayer
from litnet import PixelGrid, PixelsIntoNeurons, Propagate


class MyStory(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        up = self.stage.middle * UP  # captions stand below
        picture = PixelGrid(reading.layer(0), height=5).move_to(up)
        with self.beat("digit"):  # its words: MyStory.digit in narration/en.po
            self.play(FadeIn(picture))
            self.hold(2)
        inputs = NeuronLayer.like(picture, pitch=5 / self.digit.image.shape[0])
        inputs.move_to(up + 4 * LEFT)
        network = NetworkDiagram(inputs, reading, right=4, tall=5).darken()
        answer = LiveNumber(reading.prediction, places=0, size=80).move_to(up + 5.5 * RIGHT)
        with self.beat("light", answer=reading.answer):
            self.remove(picture)
            self.play(PixelsIntoNeurons(picture, inputs, run_time=3))
            self.play(FadeIn(network))
            for lines, layer in zip(network.bundles, network.layers[1:]):
                self.play(Propagate(lines, layer))
            self.play(FadeIn(answer))
            self.hold(2)
