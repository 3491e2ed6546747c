"""One digit, read by a network before its training and by a trained one, side by side.

Before is the first snapshot of a training run, the network that has learned nothing; it then
learns, epoch by epoch, beside the trained one. Where a model's file is named instead (``litnet diff
--film`` or LITNET_BEFORE), two networks are compared. All of them are drawn alike: what differs is
what they computed, and light means the same amount on both sides.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from manim import RIGHT, Animation, Circle, Create, FadeIn, FadeOut, VGroup

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
    shortened,
)
from litnet.story.scene import LitScene
from litnet.story.subject import Reading
from network import MLP
from network.errors import printable
from network.history import Snapshot

GAP = 0.8  # between the two halves
SEATS = 1.5  # to the right of the outputs, for their names and numbers
NAME = 0.45  # the widest name that stands beside its output
INPUT = 0.38  # of a half's width
STOPS = 3  # snapshots after whole epochs, at most


@dataclass
class Half:
    """A network on its half of the screen, and what is said about it."""

    diagram: NetworkDiagram
    heading: Words
    names: VGroup
    numbers: VGroup
    ring: Circle
    verdict: VGroup

    @property
    def changing(self) -> list[Any]:
        """All that another network would draw otherwise: everything but the input."""
        return [
            *(*self.diagram.bundles, *self.diagram.layers[1:]),
            *(self.heading, self.names, self.numbers, self.ring, self.verdict),
        ]


class BeforeAfter(LitScene):
    """The same digit, before and after the training."""

    network_reads = True

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.name = self.text("some-digit") if self.label is None else str(self.label)
        alike = built(self.baseline) == built(self.network)
        self.learns = self.subject.baseline_run is not None
        readings, headings = zip(*self.moments(), strict=True)
        trained = self.read()
        after_heading = (
            self.text("trained")
            if self.learns
            else self.text("after", model=named(str(self.subject.model_file.stem)))
        )
        halves = [
            self.half(0, heading, reading)
            for heading, reading in zip(headings, readings, strict=True)
        ]
        after = self.half(1, after_heading, trained)
        expose([half.diagram for half in (*halves, after)])
        picture = self.one_digit(trained)
        self.two_networks(picture, halves[0], after, alike)
        self.light_runs(halves[0], after)
        self.two_answers(halves[0], after)
        if self.learns:
            self.learning(halves, headings)
        self.outcome(readings[-1], trained)

    def moments(self) -> Iterator[tuple[Reading, str]]:
        """What the network that is compared with makes of the digit, from fresh to trained."""
        run = self.subject.baseline_run
        if run is None:
            name = named(str(self.subject.baseline_file.stem))
            yield self.subject.read_baseline(), self.text("before", model=name)
            return
        yield self.subject.read_baseline(0), self.text("untrained")
        for moment in stops(run.snapshots):
            epoch = run.snapshots[moment].epoch
            text = self.text("epoch") if epoch == 1 else self.text("epochs", epochs=epoch)
            yield self.subject.read_baseline(moment), text

    def color_of(self, reading: Reading) -> str:
        """Of an answer: red if it is wrong."""
        return style.ACCENT_COLOR if self.is_right(reading) else style.WRONG_COLOR

    def half(self, place: int, heading_text: str, reading: Reading) -> Half:
        """A network with its reading: left or above (``place`` 0), or right or below (1)."""
        left, right, middle, tall = self.room(place)
        heading = Words(heading_text, style.LABEL_SIZE)
        wide = INPUT * (right - left)
        pixels = PixelGrid(reading.layer(0), wide)
        inputs = NeuronLayer.like(pixels, pitch=wide / self.digit.image.shape[0])
        inputs.move_to([left + wide / 2, middle, 0])
        diagram = NetworkDiagram(inputs, reading, right=right - SEATS, tall=tall).darken()
        outputs, answer = diagram.outputs, reading.answer
        lit = self.color_of(reading)
        names = VGroup()
        numbers = VGroup()
        for number, center in enumerate(outputs.centers):
            if not diagram.digits_fit and number != answer:
                continue
            color = lit if number == answer else style.QUIET_COLOR
            value = LiveNumber(outputs.numbers.one(number), color=color)
            name = Words(self.class_names[number]).move_to(center + 0.45 * RIGHT)
            if name.width < NAME:
                names.add(name)  # a longer one is named by the answer alone
            numbers.add(value.move_to(center + 1.1 * RIGHT))
        ring = Circle(float(outputs.half[answer]) + 0.06, color=lit, stroke_width=4)
        ring.move_to(outputs.centers[answer])
        says = Words(self.text("says"), style.LABEL_SIZE, style.QUIET_COLOR)
        parts = [says]
        if self.label is not None:
            right_or_wrong = self.text("right") if self.is_right(reading) else self.text("wrong")
            parts.append(Words(right_or_wrong, style.LABEL_SIZE, lit))
        room = right - left - sum(part.width for part in parts) - 0.9
        big = answer_name(
            self.class_names[answer],
            reading.prediction,
            size=1.4 * style.TITLE_SIZE,
            color=lit,
            room=room,
        )
        verdict = in_line(says, big, *parts[1:], buff=0.3)
        verdict.move_to([(left + right) / 2, middle - tall / 2 - 0.55, 0])
        heading.scale(min(1.0, (right - left) / heading.width))
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
        near = picture.copy()
        picture.scale(0.92).set_opacity(0)
        with self.beat("digit", name=self.name):
            self.add(picture)
            self.play(picture.animate.become(near), run_time=1.8)
            self.hold(0.3)
        return picture

    def two_networks(self, picture: PixelGrid, before: Half, after: Half, alike: bool) -> None:
        """2. The same picture goes to two networks."""
        halves = before, after
        self.counted = self.drawn_of_all(before.diagram, after.diagram)
        if self.counted:
            self.counted.set_y(after.verdict.get_y())  # until that comes
        with self.beat(
            "networks",
            words=("learner" if alike else "learner-unlike")
            if self.learns
            else ("networks" if alike else "networks-unlike"),
        ):
            self.play(picture.animate.as_light(), run_time=0.5)
            self.remove(picture)
            copies = picture.copy(), picture.copy()
            self.play(
                *(
                    copy.animate.become(half.diagram.inputs.copy().as_light())
                    for copy, half in zip(copies, halves, strict=True)
                ),
                run_time=1.8,
            )
            self.play(
                *(
                    copy.animate.become(half.diagram.inputs)
                    for copy, half in zip(copies, halves, strict=True)
                ),
                run_time=0.5,
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
            self.hold(0.8)

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
            self.hold(0.4)

    def two_answers(self, before: Half, after: Half) -> None:
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
            self.hold(1.6)

    def learning(self, halves: Sequence[Half], headings: Sequence[str]) -> None:
        """5. The one on the left learns: the same digit, after some of its epochs."""
        last = self.subject.baseline_run
        assert last is not None
        epochs = last.snapshots[stops(last.snapshots)[-1]].epoch
        with self.beat("learning", words="learns" if epochs > 1 else "learns-once", epochs=epochs):
            for before, half in itertools.pairwise(halves):
                for bundle, layer in zip(
                    half.diagram.bundles, half.diagram.layers[1:], strict=True
                ):
                    bundle.front = None
                    layer.set_level(1)
                change: list[Animation] = [FadeOut(*before.changing), FadeIn(*half.changing)]
                self.play(*change, run_time=1.3)
                self.wait(0.9)
            self.hold(0.4)

    def outcome(self, before: Reading, after: Reading) -> None:
        """6. What the training did to this digit."""
        early, late = self.is_right(before), self.is_right(after)
        with self.beat(
            "outcome",
            words="unlabelled"
            if self.label is None
            else ("learned" if early else "not-learned")
            if self.learns
            else ("both-right" if early else "mended")
            if late
            else ("broken" if early else "both-wrong"),
            name=self.name,
        ):
            self.hold(1.8)

    def is_right(self, reading: Reading) -> bool:
        """Whether the network read what was written; a digit without a label counts as right."""
        return self.label in (None, reading.answer)


def built(network: MLP) -> list[tuple[tuple[int, ...], str]]:
    """What a network is but for its numbers: the shape and the activation of each layer."""
    return [(layer.weights.shape, layer.activation) for layer in network.layers]


def named(stem: str) -> str:
    """A model's name, as it can be shown."""
    return shortened(printable(stem), 2.6)


def stops(snapshots: Sequence[Snapshot]) -> list[int]:
    """Places of the snapshots that are shown: the first after an epoch, the last, and between."""
    found = [
        place
        for place, (before, now) in enumerate(itertools.pairwise(snapshots), start=1)
        if now.epoch > before.epoch
    ]
    chosen = np.linspace(0, len(found) - 1, min(STOPS, len(found))).round().astype(int)
    return [found[place] for place in sorted(set(chosen.tolist()))]


def expose(networks: Sequence[NetworkDiagram]) -> None:
    """Let lines of all networks have their light by one measure, the largest there is in a layer.

    Layers are those with the same number; a network with more of them has the others by itself.
    """
    for number in range(max(len(network.bundles) for network in networks)):
        bundles = [network.bundles[number] for network in networks if number < len(network.bundles)]
        largest = max(bundle.largest for bundle in bundles)
        for bundle in bundles:
            if 0 < bundle.largest < largest:
                bundle.soften(bundle.largest / largest)
