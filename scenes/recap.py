"""The whole network once more: one digit, from its pixels to the answer; and what it hangs on.

All numbers of the network are poured into the box that stood empty when a program was to be
written. Then they are scrambled, by a permutation that anybody can make again, and the network
that they make really reads the digit.
"""

from __future__ import annotations

import numpy as np
from manim import DOWN, RIGHT, UP, Circle, Create, FadeIn, FadeOut, RoundedRectangle, VGroup

from litnet import style
from litnet.animations import Propagate
from litnet.animations.pour import PourIn, Rearrange
from litnet.mobjects import LiveNumber, NetworkDiagram, NeuronLayer, PixelGrid, Words, sentence
from litnet.mobjects.number_field import MOST, NumberField
from litnet.record.quantities import Quantities
from litnet.story.scene import LitScene
from litnet.story.subject import Reading

EVERY_LINE = 0.35  # light of each connection, when all of them are meant
SEED = 0  # of the order in which the numbers are scrambled, and of how they fall


class Recap(LitScene):
    """From pixel to answer; and thirteen thousand numbers, in their places or not."""

    network_reads = True

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.reading = self.read()
        self.scrambled = self.read_scrambled(SEED)
        picture = self.picture()
        network = self.into_neurons(picture)
        self.through_the_layers(network)
        self.answer(network)
        self.box_filled(network)
        self.scramble(network)

    def picture(self) -> PixelGrid:
        """1. The picture, a field of numbers; it comes up out of the dark, slowly nearer."""
        picture = PixelGrid(self.reading.layer(0), self.stage.panel)
        picture.move_to((0.0, self.stage.middle, 0.0))
        near = picture.copy()
        picture.scale(0.86).set_opacity(0)
        with self.beat("picture", pixels=len(picture)):
            self.add(picture)
            self.play(picture.animate.become(near), run_time=2.6)
            self.hold(0.3)
        return picture

    def into_neurons(self, picture: PixelGrid) -> NetworkDiagram:
        """2. The picture takes its place as the first layer, and the network shows behind it."""
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
        self.counted = self.drawn_of_all(network)
        if self.counted and self.stage.stacked:  # below the answer, too
            free = float(network.outputs.get_bottom()[1]) - 1.8
            self.counted.shift(min(0.0, free - float(self.counted.get_top()[1])) * UP)
        with self.beat("neurons"):
            # All at once: its squares go round as they go.
            self.play(picture.animate.become(inputs), run_time=2.6)
            self.remove(picture)
            self.add(inputs)
            self.next_cue()
            self.play(
                FadeIn(*network.bundles, *network.layers[1:]),
                FadeIn(self.sizes, self.digits, self.counted),
                run_time=2.0,
            )
            self.hold(0.3)
        return network

    def through_the_layers(self, network: NetworkDiagram) -> None:
        """3. The light runs from layer to layer, to the outputs."""
        steps = list(zip(network.bundles, network.layers[1:], strict=True))
        with self.beat("light"):
            for number, (bundle, layer) in enumerate(steps):
                if number == 1:
                    self.next_cue()
                self.play(Propagate(bundle, layer, run_time=2.6))
            if len(steps) == 1:
                self.next_cue()
            self.hold(0.3)

    # --- the answer ------------------------------------------------------------------------------
    def color_of(self, reading: Reading) -> str:
        """Of an answer: red if it is wrong."""
        right = self.label in (None, reading.answer)
        return style.ACCENT_COLOR if right else style.WRONG_COLOR

    def signs(self, network: NetworkDiagram, reading: Reading) -> tuple[Circle, LiveNumber]:
        """A ring around the brightest output, and its number, large."""
        answer, outputs, color = reading.answer, network.outputs, self.color_of(reading)
        ring = Circle(float(outputs.half[answer]) + 0.09, color=color, stroke_width=5)
        ring.move_to(outputs.centers[answer])
        size = (2.5 if self.stage.stacked else 3.5) * style.TITLE_SIZE
        big = LiveNumber(reading.prediction, places=0, size=size, color=color)
        big.scale(min(1.0, 1.2 / big.width))
        big.move_to(
            outputs.get_bottom() + 0.95 * DOWN
            if self.stage.stacked
            else np.array([self.stage.right - 0.65, self.stage.middle, 0.0])
        )
        return ring, big

    def answer(self, network: NetworkDiagram) -> None:
        """4. The brightest output is the answer."""
        right = self.color_of(self.reading) == style.ACCENT_COLOR
        self.ring, self.big = self.signs(network, self.reading)
        with self.beat(
            "answer",
            words="answer" if right else "misreading",
            answer=self.reading.answer,
            outputs=len(network.outputs),
            name=self.digit.label,
        ):
            self.play(Create(self.ring), run_time=0.9)
            self.play(FadeIn(self.big, scale=0.8), run_time=0.8)
            self.hold(0.6)

    # --- the box ---------------------------------------------------------------------------------
    def box_filled(self, network: NetworkDiagram) -> None:
        """5. Everything between picture and answer is put into a box: numbers, and no more."""
        stage, (first, last) = self.stage, (network.inputs, network.outputs)
        left = float(first.get_right()[0]) + 0.35
        right = float(last.get_left()[0]) - 0.35
        box = RoundedRectangle(
            corner_radius=0.25,
            width=right - left,
            height=stage.tall + (0.0 if stage.stacked else 0.1),
            stroke_color=style.ACCENT_COLOR,
            stroke_width=4,
        ).move_to([(left + right) / 2, stage.middle, 0])
        every = self.network.parameters
        shown = min(every, MOST)
        self.field = NumberField(
            self.part(self.reading), box.width - 0.3, box.height - 0.3, scale=self.dim_scale
        )
        self.field.move_to(box)
        count = LiveNumber(
            self.number("network.parameters"), places=0, size=style.TITLE_SIZE, weight="SEMIBOLD"
        )
        counted = sentence(self.text("numbers", count="{count}"), count=count)
        counted.move_to([box.get_x(), float(box.get_top()[1]) + 0.32, 0])
        counted.shift(min(0.0, stage.right - float(counted.get_right()[0])) * RIGHT)
        count.count_to(0)
        inside = [*network.bundles, *network.hidden]
        self.hush()  # the film of all stories joins this one from here on
        with self.beat(
            "box", words="box" if shown == every else "box-part", parameters=every, shown=shown
        ):
            # All connections come up, also those that carry nothing now.
            self.play(
                *(bundle.animate.set(structure=EVERY_LINE) for bundle in network.bundles),
                Create(box),
                FadeOut(self.sizes, self.counted),
                run_time=1.8,
            )
            self.next_cue()
            self.add(box)
            self.play(FadeOut(*inside), FadeIn(counted), run_time=1.0)
            self.play(PourIn(self.field, count, np.random.default_rng(SEED), run_time=4.5))
            self.hold(0.8)
        self.box, self.count = box, counted

    @property
    def dim_scale(self) -> float:
        """The scale of the numbers' light: so many of them glow less, each, than a few would."""
        sizes = np.abs(self.reading.parameters.values)
        return 1.7 * float(np.median(sizes[sizes > 0])) if np.any(sizes) else 1.0

    def part(self, reading: Reading) -> Quantities:
        """All numbers of its network, or as many of the first as can be seen apart."""
        numbers = reading.parameters
        if len(numbers) <= MOST:
            return numbers
        return Quantities(numbers.values[:MOST], f"{numbers.source}[:{MOST}]")

    def scramble(self, network: NetworkDiagram) -> None:
        """6. and 7. The same numbers in other places, and the answer is gone; then back again."""
        outputs = network.outputs
        values = self.scrambled.layer(len(self.scrambled.sizes) - 1)
        other = NeuronLayer(values, pitch=network.blocks[-1].pitch, centers=outputs.centers)
        ring, big = self.signs(network, self.scrambled)
        lit = outputs.copy()
        same = self.scrambled.answer == self.reading.answer
        with self.beat(
            "scrambled",
            words="by-luck" if same else "scrambled",
            answer=self.scrambled.answer,
            seed=SEED,
        ):
            self.play(Rearrange(self.field, self.part(self.scrambled), run_time=2.6))
            self.next_cue()
            self.play(
                FadeOut(self.ring, self.big),
                outputs.animate.become(other),
                run_time=1.4,
            )
            self.play(Create(ring), FadeIn(big, scale=0.8), run_time=0.9)
            self.hold(1.4)
        with self.beat("places"):
            self.play(Rearrange(self.field, self.part(self.reading), run_time=2.4))
            self.play(FadeOut(ring, big), outputs.animate.become(lit), run_time=1.0)
            self.next_cue()
            self.play(FadeIn(self.ring, self.big), run_time=0.8)
            self.hold(2.2)
