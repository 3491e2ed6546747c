"""The whole network once more: one digit, from its pixels to the answer, in one shot.

Nothing is cut away and nothing comes back: what is on screen is only moved, and lit.
"""

from __future__ import annotations

import numpy as np
from manim import DOWN, RIGHT, UP, Circle, Create, FadeIn, VGroup

from litnet import style
from litnet.animations import PixelsIntoNeurons, Propagate
from litnet.mobjects import LiveNumber, NetworkDiagram, NeuronLayer, PixelGrid, Words
from litnet.story.scene import LitScene

EVERY_LINE = 0.35  # light of each connection, when all of them are meant


class Recap(LitScene):
    """From pixel to answer, without a cut."""

    network_reads = True

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.reading = self.read()
        picture = self.picture()
        network = self.into_neurons(picture)
        self.through_the_layers(network)
        self.answer(network)

    def picture(self) -> PixelGrid:
        """1. The picture, a field of numbers; it comes up out of the dark, slowly nearer."""
        picture = PixelGrid(self.reading.layer(0), self.stage.panel)
        picture.move_to((0.0, self.stage.middle, 0.0))
        near = picture.copy()
        picture.scale(0.86).set_opacity(0)
        with self.beat("picture", pixels=len(picture)):
            self.add(picture)
            self.play(picture.animate.become(near), run_time=2.6)
            self.hold(0.6)
        return picture

    def into_neurons(self, picture: PixelGrid) -> NetworkDiagram:
        """2. Every pixel flies to its neuron, and the network shows behind them."""
        inputs = NeuronLayer.like(picture, pitch=self.stage.input_height / picture.shape[0])
        inputs.move_to((self.stage.left + self.stage.input_height / 2, self.stage.middle, 0.0))
        network = NetworkDiagram(
            inputs,
            self.reading,
            right=self.stage.right - (1.2 if self.stage.stacked else 2.2),
            tall=self.stage.tall,
        ).darken()
        self.sizes = network.sizes(self.stage.middle + self.stage.tall / 2 + 0.3)
        self.digits = VGroup(
            *(
                Words(str(number)).next_to(center, RIGHT, buff=0.38)
                for number, center in enumerate(network.outputs.centers)
                if network.digits_fit
            )
        )
        counted = self.drawn_of_all(network)
        if counted and self.stage.stacked:  # below the answer, too
            free = float(network.outputs.get_bottom()[1]) - 1.8
            counted.shift(min(0.0, free - float(counted.get_top()[1])) * UP)
        with self.beat("neurons"):
            self.remove(picture)  # its squares are what flies
            self.play(PixelsIntoNeurons(picture, inputs, arc=0.35), run_time=4.4)
            self.next_cue()
            self.play(
                FadeIn(*network.bundles, *network.layers[1:]),
                FadeIn(self.sizes, self.digits, counted),
                run_time=2.4,
            )
            self.hold(0.5)
        return network

    def through_the_layers(self, network: NetworkDiagram) -> None:
        """3. The light runs from layer to layer, to the outputs."""
        steps = list(zip(network.bundles, network.layers[1:], strict=True))
        with self.beat("light"):
            for number, (bundle, layer) in enumerate(steps):
                if number == 1:
                    self.next_cue()
                self.play(Propagate(bundle, layer, run_time=3.0))
            if len(steps) == 1:
                self.next_cue()
            self.hold(0.6)

    def answer(self, network: NetworkDiagram) -> None:
        """4. The brightest output is the answer; its digit steps out of the row."""
        answer = self.reading.answer
        right = self.label in (None, answer)
        color = style.ACCENT_COLOR if right else style.WRONG_COLOR
        outputs = network.outputs
        ring = Circle(float(outputs.half[answer]) + 0.09, color=color, stroke_width=5)
        ring.move_to(outputs.centers[answer])
        size = (2.5 if self.stage.stacked else 3.5) * style.TITLE_SIZE
        big = LiveNumber(self.reading.prediction, places=0, size=size, color=color)
        big.scale(min(1.0, 1.2 / big.width))
        big.move_to(
            outputs.get_bottom() + 0.95 * DOWN
            if self.stage.stacked
            else np.array([self.stage.right - 0.65, self.stage.middle, 0.0])
        )
        label = (
            self.digits[answer]
            if network.digits_fit
            else Words(str(answer)).next_to(outputs.centers[answer], RIGHT, buff=0.38)
        )
        steps_out = big.copy().scale_to_fit_height(label.height).move_to(label)
        with self.beat(
            "answer",
            words="answer" if right else "misreading",
            answer=answer,
            outputs=len(outputs),
            name=self.digit.label,
            parameters=self.network.parameters,
        ):
            self.play(Create(ring), run_time=0.9)
            self.add(steps_out)
            self.play(steps_out.animate.become(big), run_time=1.5)
            self.hold(1.2)
            self.next_cue()
            # All connections come up, also those that carry nothing now.
            self.play(
                *(bundle.animate.set(structure=EVERY_LINE) for bundle in network.bundles),
                run_time=2.4,
            )
            self.hold(1.4)
