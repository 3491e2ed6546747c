"""One digit, read by a network early in its training and by the trained one, side by side.

Both halves are the same drawing of two networks; what differs is what they computed.
"""

from __future__ import annotations

from dataclasses import dataclass

from manim import RIGHT, Circle, Create, FadeIn, FadeOut, VGroup

from litnet import style
from litnet.animations import Propagate
from litnet.mobjects import (
    LiveNumber,
    NetworkDiagram,
    NeuronLayer,
    PixelGrid,
    Words,
    answer_name,
    in_line,
)
from litnet.story.scene import LitScene
from litnet.story.subject import Reading
from network import MLP

GAP = 0.8  # between the two halves
SEATS = 1.5  # to the right of the outputs, for their names and numbers
NAME = 0.45  # the widest name that stands beside its output
INPUT = 0.38  # of a half's width


@dataclass
class Half:
    """A network on its half of the screen, and what is said about it."""

    diagram: NetworkDiagram
    heading: Words
    names: VGroup
    numbers: VGroup
    ring: Circle
    verdict: VGroup


class BeforeAfter(LitScene):
    """The same digit, before and after the training."""

    network_reads = True

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.name = self.text("some-digit") if self.label is None else str(self.label)
        alike = built(self.baseline) == built(self.network)
        early = self.read_another(self.subject.digit_file, self.subject.baseline_file)
        trained = self.read()
        heading = Words(self.text("before"), style.LABEL_SIZE, style.QUIET_COLOR)
        before = self.half(0, heading, early)
        after = self.half(1, Words(self.text("after"), style.LABEL_SIZE), trained)
        picture = self.one_digit(trained)
        self.two_networks(picture, before, after, alike)
        self.light_runs(before, after)
        self.two_answers(before, after, self.is_right(early), self.is_right(trained))

    def half(self, place: int, heading: Words, reading: Reading) -> Half:
        """A network with its reading: left or above (``place`` 0), or right or below (1)."""
        left, right, middle, tall = self.room(place)
        wide = INPUT * (right - left)
        pixels = PixelGrid(reading.layer(0), wide)
        inputs = NeuronLayer.like(pixels, pitch=wide / self.digit.image.shape[0])
        inputs.move_to([left + wide / 2, middle, 0])
        diagram = NetworkDiagram(inputs, reading, right=right - SEATS, tall=tall).darken()
        outputs, answer = diagram.outputs, reading.answer
        names = VGroup()
        numbers = VGroup()
        for number, center in enumerate(outputs.centers):
            if not diagram.digits_fit and number != answer:
                continue
            color = style.ACCENT_COLOR if number == answer else style.QUIET_COLOR
            value = LiveNumber(outputs.numbers.one(number), color=color)
            name = Words(self.class_names[number]).move_to(center + 0.45 * RIGHT)
            if name.width < NAME:
                names.add(name)  # a longer one is named by the answer alone
            numbers.add(value.move_to(center + 1.1 * RIGHT))
        ring = Circle(float(outputs.half[answer]) + 0.06, color=style.ACCENT_COLOR, stroke_width=4)
        ring.move_to(outputs.centers[answer])
        says = Words(self.text("says"), style.LABEL_SIZE, style.QUIET_COLOR)
        big = answer_name(
            self.class_names[answer],
            reading.prediction,
            size=1.4 * style.TITLE_SIZE,
            color=style.ACCENT_COLOR,
            room=right - left - says.width - 0.6,
        )
        verdict = in_line(says, big, buff=0.3)
        verdict.move_to([(left + right) / 2, middle - tall / 2 - 0.55, 0])
        heading.move_to([(left + right) / 2, middle + tall / 2 + 0.45, 0])
        return Half(diagram, heading, names, numbers, ring, verdict)

    def room(self, place: int) -> tuple[float, float, float, float]:
        """Left and right of a half, its middle, and how tall its network is."""
        stage = self.stage
        if stage.stacked:
            return stage.left, stage.right, stage.middle + (2.55, -2.25)[place], 3.2
        left = (stage.left, GAP / 2)[place]
        return left, left + stage.right - GAP / 2, stage.middle + 0.15, 4.1

    def one_digit(self, reading: Reading) -> PixelGrid:
        """1. The digit that both will read."""
        picture = PixelGrid(reading.layer(0), self.stage.panel)
        picture.move_to([0, self.stage.middle, 0])
        with self.beat("digit", name=self.name):
            self.play(FadeIn(picture), run_time=1.2)
            self.hold(1.6)
        return picture

    def two_networks(self, picture: PixelGrid, before: Half, after: Half, alike: bool) -> None:
        """2. The same picture goes to two networks; one has seen every digit once, no more."""
        copies = picture.copy(), picture.copy()
        halves = before, after
        self.counted = self.drawn_of_all(before.diagram, after.diagram)
        if self.counted:
            self.counted.set_y(after.verdict.get_y())  # until that comes
        with self.beat("networks", words="networks" if alike else "networks-unlike"):
            self.remove(picture)
            self.play(
                *(
                    copy.animate.become(half.diagram.inputs)
                    for copy, half in zip(copies, halves, strict=True)
                ),
                run_time=2.0,
            )
            self.remove(*copies)
            self.add(*(half.diagram.inputs for half in halves))
            self.next_cue()
            self.play(
                *(
                    FadeIn(*half.diagram.bundles, *half.diagram.layers[1:], half.names)
                    for half in halves
                ),
                *(FadeIn(half.heading) for half in halves),
                *map(FadeIn, self.counted),
                run_time=1.6,
            )
            self.hold(1.6)

    def light_runs(self, before: Half, after: Half) -> None:
        """3. Light runs through both at once, layer by layer."""
        steps = max(len(half.diagram.bundles) for half in (before, after))
        with self.beat("light"):
            for step in range(steps):
                if step == 1:
                    self.next_cue()
                self.play(
                    *(
                        Propagate(diagram.bundles[step], diagram.layers[step + 1], run_time=2.2)
                        for diagram in (before.diagram, after.diagram)
                        if step < len(diagram.bundles)
                    )
                )
            if steps == 1:
                self.next_cue()
            self.hold(1.0)

    def two_answers(
        self, before: Half, after: Half, early_is_right: bool, trained_is_right: bool
    ) -> None:
        """4. The numbers behind the light, and two answers."""
        halves = before, after
        with self.beat("answers"):
            self.play(
                *(FadeIn(half.numbers) for half in halves),
                *map(FadeOut, self.counted),
                run_time=0.8,
            )
            self.play(
                *(Create(half.ring) for half in halves),
                *(FadeIn(half.verdict) for half in halves),
                run_time=1.0,
            )
            self.hold(2.6)
        with self.beat(
            "outcome",
            words="unlabelled"
            if self.label is None
            else ("both-right" if early_is_right else "mended")
            if trained_is_right
            else ("broken" if early_is_right else "both-wrong"),
            name=self.name,
        ):
            self.play(
                *(FadeOut(*half.diagram.bundles) for half in halves),
                run_time=1.2,
            )
            self.hold(3.0)

    def is_right(self, reading: Reading) -> bool:
        """Whether the network read what was written; a digit without a label counts as right."""
        return self.label in (None, reading.answer)


def built(network: MLP) -> list[tuple[tuple[int, ...], str]]:
    """What a network is but for its numbers: the shape and the activation of each layer."""
    return [(layer.weights.shape, layer.activation) for layer in network.layers]
