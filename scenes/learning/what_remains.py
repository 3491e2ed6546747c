"""What remains: what such a network does not know, what it learns from lies, and where to go on.

The second run is a real one, and ships: the same dice, the same digits, their labels shuffled. How
the network of the first film was trained is read from its card.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from math import log10

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, Group, VGroup
from manim.utils.color import ManimColor

from litnet import style
from litnet.animations import Epochs
from litnet.mobjects import (
    AnswerNumber,
    Arrows,
    LiveNumber,
    NeuronLayer,
    PixelGrid,
    Plot,
    Words,
)
from litnet.mobjects.scales import top_of
from litnet.project import asset, shown_path
from litnet.record.judging import noise
from litnet.record.quantities import Quantities, Quantity
from litnet.story.refusals import check_told
from litnet.story.scene import LitScene
from litnet.story.subject import Digit
from network.history import History

SEED = 7  # of the picture of noise
NOISES = 100  # that are counted
SURE = 0.5  # light of an answer that is one
LIES = asset("assets/models/shuffled.history.npz")
FIRST_FILM = asset("assets/models/vanilla.md")
TOLD = 6  # digits whose shuffled labels are shown
PITCH = 0.4  # from one output to the next
BAR = 1.5  # length of a light of one
SMALL = 25
TICK = 0.26  # seconds from one snapshot to the next


class WhatRemains(LitScene):
    """What it knows, and what it does not."""

    network_reads = True
    needs_digits = True
    shows_learning = True

    def setup(self) -> None:
        """As ever; what the run does not have is said before anything is drawn."""
        super().setup()
        check_told("WhatRemains", self.subject.history_file, self.run.history)

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.noise()
        if self.same_digits:
            self.labels()
        self.two_costs()
        self.read_by_both()
        self.otherwise()
        self.onward()

    # --- what is computed ------------------------------------------------------------------------
    @cached_property
    def nothing(self) -> Digit:
        """A picture of noise."""
        return Digit(self.subject.digit_file, noise(SEED), None, f"noise({SEED})")

    @cached_property
    def lies(self) -> History:
        """The run whose labels were shuffled."""
        return self.subject.run_of(LIES)

    @cached_property
    def lies_file(self) -> str:
        """Its file, as sources name it."""
        return f'"{shown_path(LIES)}"'

    @cached_property
    def same_digits(self) -> bool:
        """Whether the filmed run learned from the digits whose labels were shuffled."""
        return self.run.learned.are_digits_of(self.lies)

    @cached_property
    def swapped(self) -> list[int]:
        """Places of some training digits that got another label, each of another kind."""
        labels = self.run.learned.labels
        told = self.numbers(f"taught({self.lies_file})").values
        found: dict[int, int] = {}
        for place in np.flatnonzero(labels != told):
            found.setdefault(int(labels[place]), int(place))
        return [found[label] for label in sorted(found)][:TOLD]

    @cached_property
    def shown(self) -> list[Digit]:
        """Digits that both networks read: the filmed one, and two of other kinds."""
        hero = self.subject.known_digit
        others = [one for one in self.subject.bundled if one.label != hero.label]
        kinds = {one.label: one for one in reversed(others)}
        return [hero, *(kinds[label] for label in sorted(kinds, key=lambda n: n or 0)[:2])]

    # --- noise -----------------------------------------------------------------------------------
    def noise(self) -> None:
        """1. Noise, read by every snapshot of the run."""
        run, stage, last = self.run, self.stage, len(self.run.sizes) - 1
        moments = range(run.last + 1)
        if stage.stacked:
            picture_at, x, top, side = (-2.1, stage.middle + 3.6), 0.2, stage.middle + 5.0, 2.6
            plot_at, wide, tall = (0.1, stage.middle - 2.3), 5.6, 2.6
        else:
            picture_at, x, top, side = (-5.0, stage.middle + 0.2), -2.9, stage.middle + 2.0, 2.6
            plot_at, wide, tall = (3.15, stage.middle + 0.1), 4.8, 3.2
        picture = PixelGrid(run.layer(0, self.nothing, 0), side).move_to([*picture_at, 0])
        rows = np.array([[x, top - PITCH * n, 0.0] for n in range(10)])
        outputs_of = [run.layer(moment, self.nothing, last) for moment in moments]
        outputs = NeuronLayer(outputs_of[0], pitch=0.95 * PITCH, centers=rows)
        names, values = VGroup(), VGroup()
        for n, row in enumerate(rows):
            names.add(Words(str(n), SMALL, style.QUIET_COLOR).move_to(row + 0.42 * RIGHT))
            value = LiveNumber(outputs_of[0].one(n), size=SMALL, color=style.QUIET_COLOR)
            values.add(value.move_to(row + 1.2 * RIGHT))
        answers = [run.answer(moment, self.nothing) for moment in moments]
        answer = AnswerNumber(answers[0], None, size=2.2 * style.TITLE_SIZE)
        answer.move_to([rows[0][0] + 2.4, rows[:, 1].mean(), 0])
        steps = [snapshot.step for snapshot in run.snapshots]
        places = [log10(step + 1) for step in steps]
        across: dict[float, LiveNumber] = {
            places[k]: LiveNumber(run.step(k), places=0, size=SMALL, color=style.QUIET_COLOR)
            for k in (0, run.last // 2, run.last)
        }
        plot = Plot(
            places, high=1.0, width=wide, height=tall, across=across, up=(0.5, 1), size=SMALL
        )
        plot.shift(np.array([*plot_at, 0.0]) - plot.axes.get_center())
        curve = plot.add_curve(self.numbers(f"confidences({self.nothing.made})"), style.FLASH)
        head = Words(self.text("how-bright"), SMALL, style.QUIET_COLOR)
        head.next_to(plot.axes, UP, buff=0.25).align_to(plot.axes, LEFT)
        below = Words(self.text("steps"), SMALL, style.QUIET_COLOR)
        below.next_to(plot.marks, DOWN, buff=0.14).match_x(plot.axes)
        held = [
            (outputs, outputs_of),
            (answer, answers),
            *((value, [one.one(n) for one in outputs_of]) for n, value in enumerate(values)),
        ]
        light = float(outputs_of[-1].values.max())
        images = np.stack([noise(seed).ravel() for seed in range(NOISES)])
        bright = run.history.mlp.forward(images).activations[-1].max(axis=1)
        with self.beat(
            "noise",
            words="noise" if light >= SURE else "noise-dark",
            answer=int(answers[-1].value),
            light=f"{light:.2f}",
            noises=NOISES,
            sure=int(np.count_nonzero(bright >= SURE)),
        ):
            self.play(FadeIn(picture), run_time=0.7)
            self.play(FadeIn(outputs, names, values, answer, plot, head, below), run_time=0.8)
            self.play(Epochs(list(moments), held, [curve], run_time=TICK * run.last))
            self.next_cue()
            self.hold(0.8)
            self.next_cue()
            self.hold(1.0)
        self.play(FadeOut(picture, outputs, names, values, answer, plot, head, below), run_time=0.6)

    # --- lies ------------------------------------------------------------------------------------
    def labels(self) -> None:
        """2. The same digits, and labels that say nothing of them."""
        stage = self.stage
        told = self.numbers(f"taught({self.lies_file})")
        count = len(self.swapped)
        per_row = 3 if stage.stacked else count
        pitch = 2 * stage.right / per_row
        side = min(1.6, 0.78 * pitch)
        cards = []
        for place, index in enumerate(self.swapped):
            row, column = divmod(place, per_row)
            x = (column - (per_row - 1) / 2) * pitch
            y = stage.middle + 0.7 - row * 3.4 + (1.7 if stage.stacked else 0.0)
            pixels = self.numbers(f"training_pixels(training({index}))", shape=(28, 28))
            picture = PixelGrid(pixels, side).move_to([x, y, 0])
            label = LiveNumber(
                told.one(index), places=0, size=1.3 * style.TITLE_SIZE, color=style.WRONG_COLOR
            )
            cards.append(Group(picture, label.move_to([x, y - side / 2 - 0.6, 0])))
        with self.beat("labels", count=f"{self.lies.training_digits:,}"):
            self.play(FadeIn(*(card[0] for card in cards), lag_ratio=0.1), run_time=1.2)
            self.play(FadeIn(*(card[1] for card in cards), lag_ratio=0.15), run_time=1.4)
            self.next_cue()
            self.hold(1.0)
        self.play(FadeOut(*cards), run_time=0.6)

    def two_costs(self) -> None:
        """3. What the two runs cost, each on its own digits with the labels that it was told."""
        stage, lies = self.stage, self.lies
        epochs = min(self.run.history.epochs, lies.epochs)
        costs = self.numbers(f"training_costs({self.lies_file})")
        own = self.numbers("history.costs")
        high = top_of(max(float(costs.values.max()), float(own.values.max())))
        wide, tall = (5.4, 4.6) if stage.stacked else (8.2, 3.7)
        plot = Plot(
            range(epochs + 1),
            high=high,
            width=wide,
            height=tall,
            across={0: "0", epochs: self.text("epochs", epochs=epochs)},
            up=(0.9, 2) if high > 2 else (0.9,),
        )
        plot.shift([-1.2 if not stage.stacked else 0.1, stage.middle + 0.15, 0])
        head = Words(self.text("cost-own"), style.LABEL_SIZE, style.QUIET_COLOR)
        head.next_to(plot.axes, UP, buff=0.2).align_to(plot.axes, LEFT)
        curves, ends = [], VGroup()
        for numbers, color, said in (
            (own, style.FLASH, self.text("true-labels")),
            (costs, style.SHINE, self.text("shuffled-labels")),
        ):
            part = replace(numbers, values=numbers.values[: epochs + 1])
            if epochs + 1 < len(numbers):
                part = replace(part, source=f"{numbers.source}[:{epochs + 1}]")
            curves.append(plot.add_curve(part, color))
            shade = ManimColor.from_rgb(color).to_hex()
            number = LiveNumber(part.one(epochs), color=shade, size=1.2 * style.LABEL_SIZE)
            words = Words(said, style.LABEL_SIZE, shade)
            label = VGroup(words, number.next_to(words, DOWN, buff=0.16))
            end = plot.at(epochs, float(part.values[-1]))
            label.next_to(end, RIGHT, buff=0.3).shift(0.35 * UP)
            if stage.stacked:
                label.next_to(end, UP, buff=0.3).align_to(plot.axes, RIGHT)
            ends.add(label)
        right = float(lies.accuracies[-1])
        unseen = lies.unseen_accuracies
        with self.beat(
            "lies",
            cost=f"{float(costs.values[1]):.2f}",
            right=f"{100 * right:.0f}",
            unseen=f"{100 * float(unseen[-1]):.0f}",
        ):
            self.play(FadeIn(plot, head), run_time=0.8)
            self.play(Epochs(range(epochs + 1), [], curves, run_time=4.2))
            self.play(FadeIn(ends), run_time=0.5)
            self.next_cue()
            self.hold(1.0)
            self.next_cue()
            self.hold(1.2)
        self.play(FadeOut(plot, head, ends), run_time=0.6)

    # --- both read -------------------------------------------------------------------------------
    def outputs_of(self, moment: str, digit: Digit, layer: int) -> Quantities:
        """The outputs of a network for a digit."""
        name = digit.pixels.source.removeprefix("pixels(")[:-1]
        found = self.numbers(f"activations({moment}, {name})[{layer}]")
        return replace(found, layer=layer)

    def read_by_both(self) -> None:
        """4. Digits that neither learned from, as both of them read them."""
        stage = self.stage
        networks = (
            (f"{self.run.last}", len(self.run.sizes) - 1, self.text("true-labels")),
            (
                f"snapshot({self.lies_file}, {len(self.lies.snapshots) - 1})",
                len(self.lies.mlp.sizes) - 1,
                self.text("shuffled-labels"),
            ),
        )
        if stage.stacked:
            at = [np.array([-3.1, stage.middle + 1.6, 0]), np.array([0.5, stage.middle + 1.6, 0])]
            picture_at, side = np.array([0.0, stage.middle + 4.1, 0]), 2.2
        else:
            at = [np.array([-2.0, stage.middle + 1.75, 0]), np.array([2.9, stage.middle + 1.75, 0])]
            picture_at, side = np.array([-4.9, stage.middle, 0]), 2.5
        hero = self.shown[0]
        picture = PixelGrid(hero.pixels, side).move_to(picture_at)
        parts, held = Group(), []
        for (moment, layer, said), corner in zip(networks, at, strict=True):
            rows = np.array([corner + PITCH * n * DOWN for n in range(10)])
            outputs = [self.outputs_of(moment, digit, layer) for digit in self.shown]
            lights = NeuronLayer(outputs[0], pitch=0.95 * PITCH, centers=rows + 0.5 * RIGHT)
            bars = Arrows(outputs[0], rows + 0.95 * RIGHT, unit=BAR, direction=RIGHT)
            values = VGroup(
                *(
                    LiveNumber(outputs[0].one(n), size=SMALL).move_to(row + 3.0 * RIGHT)
                    for n, row in enumerate(rows)
                )
            )
            names = VGroup(
                *(
                    Words(str(n), SMALL, style.QUIET_COLOR).move_to(row)
                    for n, row in enumerate(rows)
                )
            )
            head = Words(said, SMALL, style.QUIET_COLOR)
            head.move_to(rows[0] + 1.4 * RIGHT + 0.55 * UP)
            parts.add(lights, bars, values, names, head)
            held.append((lights, bars, values, outputs))
        most = max(float(one.values.max()) for one in held[1][3])
        with self.beat(
            "both",
            words="both" if most < SURE else "both-other",
            most=f"{most:.2f}",
        ):
            self.play(FadeIn(picture, parts), run_time=0.9)
            self.wait(1.0)
            for place, digit in enumerate(self.shown[1:], 1):
                self.play(FadeOut(picture), run_time=0.25)
                picture = PixelGrid(digit.pixels, side).move_to(picture_at)
                for lights, bars, values, outputs in held:
                    lights.hold(outputs[place])
                    bars.hold(outputs[place])
                    for n, value in enumerate(values):
                        value.set_value(outputs[place].one(n))
                self.play(FadeIn(picture), run_time=0.35)
                self.wait(0.8)
                if place == 1:
                    self.next_cue()
            self.hold(1.2)
        self.play(FadeOut(picture, parts), run_time=0.6)

    # --- the network of the first film -----------------------------------------------------------
    def otherwise(self) -> None:
        """5. What the network of the first film did otherwise, from its card."""
        stage, run, history = self.stage, self.run, self.run.history
        card = self.subject.trained_as(FIRST_FILM)
        name = f'"{shown_path(FIRST_FILM)}"'
        last = run.last

        def number(source: str | Quantity) -> LiveNumber:
            quantity = source if isinstance(source, Quantity) else self.number(source)
            return LiveNumber(quantity, places=0, size=1.1 * style.LABEL_SIZE)

        def said(text: str) -> Words:
            return Words(text, 1.0 * style.LABEL_SIZE)

        rows = [
            (
                self.text("row-digits"),
                number(run.fact("training_digits")),
                number(f"card_digits({name})"),
            ),
            (self.text("row-epochs"), number(run.fact("epochs")), number(f"card_epochs({name})")),
            (
                self.text("row-step"),
                said(self.text("steps-adam" if history.optimiser == "adam" else "steps-plain")),
                said(self.text("steps-adam" if card.adam else "steps-plain")),
            ),
            (
                self.text("row-loss"),
                said(self.text("loss-squares" if history.loss == "squares" else "loss-cross")),
                said(self.text("loss-squares" if card.loss == "squares" else "loss-cross")),
            ),
            (
                self.text("row-moved"),
                said(self.text("moved-no")),
                said(self.text("moved-yes" if card.moved else "moved-no")),
            ),
            (
                self.text("row-right"),
                number(run.right_count(last)),
                number(f"card_right({name})"),
            ),
        ]
        wide = stage.right
        top = stage.middle + 1.75
        heads = VGroup(
            Words(self.text("this-one"), SMALL, style.ACCENT_COLOR).move_to(
                [0.25 * wide, top + 0.75, 0]
            ),
            Words(self.text("first-film"), SMALL, style.ACCENT_COLOR).move_to(
                [0.72 * wide, top + 0.75, 0]
            ),
        )
        lines = []
        for n, (label, one, other) in enumerate(rows):
            y = top - 0.68 * n
            words = Words(label, style.LABEL_SIZE, style.QUIET_COLOR)
            words.move_to([-0.78 * wide, y, 0], aligned_edge=LEFT)
            for part, at in ((one, 0.25), (other, 0.72)):
                part.move_to([at * wide, y, 0])
                part.shift((words.baseline - part.baseline) * UP)
            lines.append(VGroup(words, one, other))
        with self.beat("otherwise", words="otherwise"):
            self.play(FadeIn(heads), run_time=0.5)
            for line in lines:
                self.play(FadeIn(line, shift=0.15 * RIGHT), run_time=0.55)
                self.wait(0.35)
            self.next_cue()
            self.hold(1.4)
        self.play(FadeOut(heads, *lines), run_time=0.6)

    def onward(self) -> None:
        """6. Where to go from here."""
        stage, history = self.stage, self.run.history
        commands = (
            (
                f"litnet train --optimizer {history.optimiser} --loss {history.loss}",
                f"--learning-rate {history.learning_rate:g} --epochs {history.epochs} "
                f"--seed {history.seed + 1}",
                "--history mine.history.npz",
            ),
            ("litnet render --film learning", "--history mine.history.npz"),
        )
        lines = VGroup()
        for said, parts in zip(
            (self.text("train-own"), self.text("film-own")), commands, strict=True
        ):
            words = Words(said, style.LABEL_SIZE, style.QUIET_COLOR)
            typed = VGroup(
                *(Words(part, 1.15 * style.LABEL_SIZE, style.ACCENT_COLOR) for part in parts)
            )
            typed.arrange(DOWN, buff=0.16, aligned_edge=LEFT)
            lines.add(VGroup(words, typed).arrange(DOWN, buff=0.28, aligned_edge=LEFT))
        lines.arrange(DOWN, buff=0.7, aligned_edge=LEFT).move_to([0, stage.middle + 0.2, 0])
        lines.scale(min(1.0, 2 * stage.right / lines.width))
        with self.beat("onward", parameters=f"{self.run.history.mlp.parameters:,}"):
            self.play(FadeIn(lines[0]), run_time=0.8)
            self.next_cue()
            self.play(FadeIn(lines[1]), run_time=0.8)
            self.hold(2.0)
