"""A network that has learned nothing: dice for weights, and what it answers.

It is not confused, it is blind: what comes out hardly depends on what goes in. How far that is so
depends on the dice; the words are those of what came out.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise

import numpy as np
from manim import DOWN, RIGHT, Circle, Create, FadeIn, FadeOut, Rectangle, VGroup

from litnet import style
from litnet.animations import Propagate
from litnet.animations.gather import RunningSum
from litnet.animations.glimmer import Glimmer
from litnet.mobjects import (
    AnswerNumber,
    Connections,
    LiveNumber,
    NetworkDiagram,
    NeuronLayer,
    PixelGrid,
    Words,
    in_line,
)
from litnet.record.judging import noise
from litnet.record.quantities import Quantity
from litnet.story.scene import LitScene
from litnet.story.subject import Digit

NOISES = 100  # pictures of noise, of which one is shown
SEED = 7  # of that one
SEATS = 3.0  # to the right of the outputs, for their names and numbers and for the answer
FAINT = 0.35  # light of the first bundle, as a part of what it would have
ROWS = 6  # digits whose outputs are shown
FEW = 0.75  # a network answers mostly one thing from this part of the digits on


class Fresh(LitScene):
    """Blind, and sure of nothing."""

    network_reads = True
    needs_digits = True
    shows_learning = True

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.glance = self.run.reading(0, self.digit)
        diagram = self.dice()
        self.one_answer(diagram)
        self.other_digits()
        self.nothing_at_all()
        self.blind()

    # --- what came out -------------------------------------------------------------------------
    @cached_property
    def answers(self) -> np.ndarray:
        """(n,) what it answers to each of the bundled digits."""
        images = np.stack([digit.image.ravel() for digit in self.subject.sorted_digits])
        return np.asarray(self.run.snapshots[0].mlp.forward(images).prediction)

    @cached_property
    def favourite(self) -> int:
        """What it answers most often."""
        return int(np.bincount(self.answers, minlength=10).argmax())

    @cached_property
    def favoured(self) -> int:
        """How often."""
        return int(np.count_nonzero(self.answers == self.favourite))

    @property
    def kind(self) -> str:
        """Whether it gives one answer to all, mostly one, or several."""
        if self.favoured == len(self.answers):
            return "alike"
        return "mostly" if self.favoured >= FEW * len(self.answers) else "mixed"

    @cached_property
    def shown(self) -> list[Digit]:
        """Some digits of different kinds, the filmed one if it is a bundled one."""
        found = {}
        for digit in self.subject.sorted_digits:
            found.setdefault(digit.label, digit)
        if self.digit.name in {digit.name for digit in self.subject.sorted_digits}:
            found[self.digit.label] = self.digit
        kinds = [found[label] for label in sorted(found, key=lambda label: label or 0)]
        start = next((n for n, digit in enumerate(kinds) if digit.name == self.digit.name), 0)
        places = sorted((start + 3 * n) % len(kinds) for n in range(min(ROWS, len(kinds))))
        return [kinds[place] for place in places]

    # --- the story -----------------------------------------------------------------------------
    def dice(self) -> NetworkDiagram:
        """1. Every weight is thrown: light of two colours, and no order in it."""
        stage = self.stage
        side = stage.input_side(len(self.run.sizes) - 1)
        pixels = PixelGrid(self.glance.layer(0), side)
        inputs = NeuronLayer.like(pixels, pitch=side / 28).set_level(0)
        inputs.move_to([stage.left + side / 2, stage.middle, 0])
        right = stage.right - SEATS if not stage.stacked else stage.right - 1.5
        diagram = NetworkDiagram(inputs, self.glance, right=right, tall=stage.tall).darken()
        layers = self.run.snapshots[0].mlp.layers
        thrown = [
            Connections(*pair, self.run.weights(0, number))
            for number, pair in enumerate(pairwise(diagram.layers), 1)
        ]
        thrown[0].soften(FAINT)  # of so many, all to be seen
        total = sum(layer.weights.size for layer in layers)
        count = LiveNumber(Quantity(total, "edges.total"), places=0, size=1.05 * style.TITLE_SIZE)
        says = Words(self.text("weights"), style.LABEL_SIZE, style.QUIET_COLOR)
        line = in_line(count, says, buff=0.3)
        if stage.stacked:
            line.move_to([0, stage.middle + stage.tall / 2 + 0.75, 0])
        else:
            right_edge = diagram.outputs.get_right()[0]
            line = VGroup(count, says.next_to(count, DOWN, buff=0.25))
            line.move_to([(right_edge + stage.right) / 2 + 0.1, stage.middle, 0])
        drawn = self.drawn_of_all(diagram)
        with self.beat("dice", weights=f"{total:,}"):
            self.play(FadeIn(inputs, *diagram.layers[1:]), run_time=1.0)
            for number, bundle in enumerate(thrown):
                start = sum(layer.weights.size for layer in layers[:number])
                terms = np.full(40, layers[number].weights.size / 40)
                terms[0] += start
                self.play(
                    FadeIn(bundle),
                    RunningSum(count, terms),
                    *([FadeIn(says, *drawn)] if number == 0 else []),
                    run_time=(2.4, 1.2, 0.9)[min(number, 2)],
                )
            count.set_value(count.quantity)
            self.next_cue()
            for bundle in thrown:
                # They are thrown again: nothing in them would be missed.
                self.play(bundle.animate.set_opacity(0.45), run_time=0.35)
                self.play(bundle.animate.set_opacity(1.0), run_time=0.35)
            self.hold(1.0)
        self.play(
            FadeOut(*thrown, line),
            *map(FadeIn, diagram.bundles),
            run_time=0.9,
        )
        self.drawn = drawn
        return diagram

    def one_answer(self, diagram: NetworkDiagram) -> None:
        """2. A digit goes in; light runs through the dice, and something comes out."""
        stage, last = self.stage, len(self.run.sizes) - 1
        answer = self.glance.answer
        outputs = diagram.outputs
        names, numbers = VGroup(), VGroup()
        for number, center in enumerate(outputs.centers):
            color = style.ACCENT_COLOR if number == answer else style.QUIET_COLOR  # the brightest
            names.add(Words(str(number), color=color).move_to(center + 0.45 * RIGHT))
            value = LiveNumber(self.glance.layer(last).one(number), color=color)
            numbers.add(value.move_to(center + 1.1 * RIGHT))
        ring = Circle(float(outputs.half[answer]) + 0.07, color=style.ACCENT_COLOR, stroke_width=4)
        ring.move_to(outputs.centers[answer])
        label = self.digit.label
        big = AnswerNumber(self.run.answer(0, self.digit), label, size=3.4 * style.TITLE_SIZE)
        if label is None:
            said = Words(self.text("its-answer"), color=style.QUIET_COLOR)
        elif label == answer:
            said = Words(self.text("right"), color=style.CORRECT_COLOR)
        else:
            said = Words(self.text("wrong"), color=style.WRONG_COLOR)
        if stage.stacked:
            verdict = in_line(said, big, buff=0.4)
            verdict.move_to([0, stage.middle - stage.tall / 2 - 1.0, 0])
        else:
            verdict = VGroup(big, said.next_to(big, DOWN, buff=0.45))
            left = numbers.get_right()[0]
            verdict.move_to([(left + stage.right) / 2 + 0.1, stage.middle, 0])
        name = self.text("some-digit") if label is None else str(label)
        with self.beat("light", name=name):
            lit = diagram.inputs.copy().set_level(1)
            self.remove(diagram.inputs)
            self.play(Glimmer(lit, np.random.default_rng(0)), run_time=1.6)
            diagram.inputs.set_level(1)
            self.remove(lit)
            self.add(diagram.inputs)
            for bundle, layer in zip(diagram.bundles, diagram.layers[1:], strict=True):
                self.play(Propagate(bundle, layer, run_time=1.5))
            self.hold(0.6)
        activation = f"{self.glance.confidence.value:.2f}"
        with self.beat(
            "answer",
            words="answer" if label is None else ("lucky" if label == answer else "answer-wrong"),
            answer=answer,
            activation=activation,
        ):
            self.play(FadeIn(names, numbers), run_time=0.7)
            self.play(Create(ring), FadeIn(verdict, shift=0.2 * RIGHT), run_time=1.0)
            self.hold(2.2)
        self.play(FadeOut(diagram, names, numbers, ring, verdict, *self.drawn), run_time=0.8)

    def other_digits(self) -> None:
        """3. One digit of each kind: row by row the same light."""
        stage = self.stage
        wide = min(2 * stage.right, 12.4)
        rows = len(self.shown) + 1  # and noise
        self.pitch = min(0.72, (stage.panel - 0.1) / rows)
        self.top = stage.middle + self.pitch * (rows - 1) / 2 - 0.2
        self.columns = np.linspace(-0.5 * wide + 1.55, 0.5 * wide - 2.6, 10)
        self.ends = np.array([0.5 * wide - 1.55, 0.5 * wide - 0.5])
        self.first = -0.5 * wide + 0.4
        head = VGroup(
            *(
                Words(str(number), color=style.QUIET_COLOR).move_to([x, self.top + 0.62, 0])
                for number, x in enumerate(self.columns)
            ),
            Words(self.text("answer-is"), color=style.QUIET_COLOR).move_to(
                [self.ends.mean(), self.top + 0.62, 0]
            ),
        )
        self.rows = [self.row(place, digit) for place, digit in enumerate(self.shown)]
        with self.beat(
            "others",
            words="others-alike"
            if self.kind == "alike"
            else ("others-mostly" if self.kind == "mostly" else "others-mixed"),
            answer=self.favourite,
            count=self.favoured,
            total=len(self.answers),
        ):
            self.play(FadeIn(head), run_time=0.6)
            for picture, lights, says in self.rows:
                self.play(FadeIn(picture, lights), FadeIn(says), run_time=0.6)
            self.next_cue()
            self.hold(2.0)
        self.head = head

    def row(self, place: int, digit: Digit) -> tuple[PixelGrid, NeuronLayer, VGroup]:
        """A digit, its ten outputs, and what it is read as."""
        glance = self.run.reading(0, digit)
        last = len(glance.sizes) - 1
        y = self.top - self.pitch * place
        picture = PixelGrid(glance.layer(0), 0.94 * self.pitch).move_to([self.first, y, 0])
        centers = np.array([[x, y, 0.0] for x in self.columns])
        pitch = min(0.86 * self.pitch, self.columns[1] - self.columns[0])
        lights = NeuronLayer(glance.layer(last), pitch=pitch, centers=centers)
        says = VGroup(
            AnswerNumber(self.run.answer(0, digit), digit.label, size=style.LABEL_SIZE),
            LiveNumber(glance.confidence, color=style.QUIET_COLOR),
        )
        for number, x in zip(says, self.ends, strict=True):
            number.move_to([x, y, 0])
        return picture, lights, says

    def nothing_at_all(self) -> None:
        """4. And noise: the same once more."""
        image = noise(SEED)
        made = self.row(
            len(self.rows), Digit(self.subject.digit_file, image, None, f"noise({SEED})")
        )
        images = np.stack([noise(seed).ravel() for seed in range(NOISES)])
        found = np.asarray(self.run.snapshots[0].mlp.forward(images).prediction)
        alike = int(np.count_nonzero(found == self.favourite))
        with self.beat(
            "noise",
            words="noise-alike" if alike == NOISES else "noise",
            answer=self.favourite,
            noises=NOISES,
            count=alike,
        ):
            self.play(FadeIn(made[0]), run_time=0.7)
            self.play(FadeIn(*made[1:]), run_time=0.7)
            self.next_cue()
            self.hold(1.2)
        self.rows.append(made)

    def blind(self) -> None:
        """5. What that is."""
        right = int(sum(self.answers == [digit.label for digit in self.subject.sorted_digits]))
        x = self.columns[self.favourite]
        middle = self.top - self.pitch * (len(self.rows) - 1) / 2
        frame = Rectangle(
            width=min(1.25 * self.pitch, 1.1 * (self.columns[1] - self.columns[0])),
            height=self.pitch * (len(self.rows) + 0.2),
            stroke_color=style.ACCENT_COLOR,
            stroke_width=3,
        ).move_to([x, middle, 0])
        dim = [one for picture, _, _ in self.rows for one in [picture]]
        with self.beat(
            "blind",
            words="blind" if self.kind == "alike" else "half-blind",
            right=right,
            total=len(self.answers),
        ):
            self.play(Create(frame), run_time=1.0)
            self.next_cue()
            self.play(*(one.animate.set_opacity(0.35) for one in dim), run_time=0.8)
            self.play(*(one.animate.set_opacity(1.0) for one in dim), run_time=0.8)
            self.hold(2.0)
