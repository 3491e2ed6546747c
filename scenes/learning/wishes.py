"""Wishes: what ten outputs ask for, and how the asking goes back to the pixels.

One digit, early in the run. Each output says how it should change; bias, weights and the light
before can do it; the wishes of all are added up, and asked of the layer before in turn.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from math import ceil, floor, log10, sqrt

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Circle,
    Create,
    FadeIn,
    FadeOut,
    Group,
    LaggedStart,
    Mobject,
    Rectangle,
    VGroup,
)

from litnet import style
from litnet.animations import AddColumns
from litnet.animations.gather import RunningSum
from litnet.mobjects import (
    AnswerNumber,
    Arrows,
    Formula,
    LiveNumber,
    NeuronLayer,
    PixelGrid,
    SignedGrid,
    Words,
    in_line,
    sentence,
)
from litnet.mobjects.gallery import tiling
from litnet.mobjects.parameter_map import printed_scale
from litnet.mobjects.scales import one_digit
from litnet.record.quantities import Quantities
from litnet.story.refusals import check_hidden, check_told
from litnet.story.scene import LitScene
from litnet.story.subject import Digit

MOST = 64  # neurons of a layer that are seen one by one
SMALL = 25
FINE = 18  # of the numbers beside many rows
LINE = 0.24  # the least distance from one such number to the next
ROW = 0.37  # a cell of the large grid, at most


class Wishes(LitScene):
    """What an answer asks for."""

    network_reads = True
    shows_learning = True

    def setup(self) -> None:
        """As ever; what the run does not have is said before anything is drawn."""
        super().setup()
        check_told("Wishes", self.subject.history_file, self.run.history)
        check_hidden("Wishes", self.subject.history_file, self.run.sizes, MOST)

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.arrows()
        self.three_ways()
        self.all_of_them()
        self.further_back()
        self.ghosts()

    # --- what is computed ------------------------------------------------------------------------
    @cached_property
    def hero(self) -> Digit:
        """The filmed digit; or one whose label is known, for without it there is no wish."""
        return self.subject.known_digit

    @cached_property
    def moment(self) -> int:
        """When it is asked."""
        return self.run.in_doubt(self.hero)

    @cached_property
    def right(self) -> int:
        """The output that should be bright."""
        label = self.hero.label
        assert label is not None
        return label

    @property
    def last(self) -> int:
        """The number of the last layer."""
        return len(self.run.sizes) - 1

    # --- ten arrows ------------------------------------------------------------------------------
    def arrows(self) -> None:
        """1. What came out, and how each output should change."""
        run, stage = self.run, self.stage
        wishes = run.wishes(self.moment, self.hero, self.last)
        outputs = run.layer(self.moment, self.hero, self.last)
        if stage.stacked:
            side, pitch, room = 2.2, 2 * stage.right / 10, 3.4
            left, top = stage.left + 0.5 * pitch, stage.middle + 1.9
            place = np.array([-1.6, stage.middle + 3.9, 0.0])
        else:
            side, pitch, room = 2.5, 0.95, 2.7
            left, top = stage.right - 9.5 * pitch, stage.middle + 2.35
            place = np.array([stage.left + side / 2, stage.middle + 0.75, 0.0])
        high, low = max(wishes.values.max(), 0.0), min(wishes.values.min(), 0.0)
        unit = room / (high - low)
        foot = top - unit * high
        x = left + pitch * np.arange(10)
        feet = np.stack((x, np.full(10, foot), np.zeros(10)), axis=1)
        shown = Arrows(wishes, feet, unit=unit).set_level(0)
        floor_of = foot + unit * low - 0.45
        centers = feet + (floor_of - foot) * UP
        lights = NeuronLayer(outputs, pitch=0.62, centers=centers)
        names, values = VGroup(), VGroup()
        for n, center in enumerate(centers):
            color = style.CORRECT_COLOR if n == self.right else style.QUIET_COLOR
            value = LiveNumber(outputs.one(n), size=SMALL if pitch > 0.9 else FINE)
            values.add(value.move_to(center + 0.5 * DOWN))
            names.add(Words(str(n), style.LABEL_SIZE, color).move_to(center + 0.97 * DOWN))
        picture = PixelGrid(self.hero.pixels, side).move_to(place)
        says = Words(self.text("answer"), style.LABEL_SIZE, style.QUIET_COLOR)
        answer = AnswerNumber(run.answer(self.moment, self.hero), self.right, size=60)
        said = in_line(says, answer, buff=0.25)
        step = in_line(
            Words(self.text("step"), style.LABEL_SIZE, style.QUIET_COLOR),
            LiveNumber(run.step(self.moment), places=0),
            buff=0.16,
        )
        if stage.stacked:
            said.next_to(picture, RIGHT, buff=0.5)
            step.next_to(said, UP, buff=0.5, aligned_edge=LEFT)
        else:
            said.next_to(picture, DOWN, buff=0.35)
            step.next_to(picture, UP, buff=0.25)
        formula = Formula("- (partial C) / (partial a)", size=28)
        ruler = shown.ruler(one_digit(0.4 * high))
        key = Group(ruler, formula.next_to(ruler, UP, buff=0.25))
        # Only the right one goes up: above the others there is room.
        key.move_to([x[0 if self.right else -1], top - key.height / 2, 0])
        wrong = run.answer(self.moment, self.hero).value != self.right
        with self.beat(
            "arrows",
            words="arrows" if wrong else "arrows-unsure",
            step=f"{run.snapshots[self.moment].step:,}",
            name=self.right,
            answer=f"{run.answer(self.moment, self.hero).value:.0f}",
        ):
            self.play(FadeIn(picture, step), run_time=0.8)
            self.play(FadeIn(lights, names, values, said), run_time=1.0)
            self.next_cue()
            self.play(FadeIn(shown, key), run_time=0.5)
            self.play(shown.animate.set_level(1), run_time=1.6)
            self.hold(1.4)
        others = [n for n in range(10) if n != self.right]
        self.one = lights.part([self.right])
        self.add(self.one)
        self.play(
            FadeOut(
                *(names[n] for n in others),
                *(values[n] for n in others),
                *(lights, shown, key, said, step, picture),
                *(names[self.right], values[self.right]),
            ),
            run_time=0.7,
        )

    # --- three ways to brighten one --------------------------------------------------------------
    def three_ways(self) -> None:
        """2. What can brighten one output: its bias, its weights, and the light before."""
        run, stage, right, moment = self.run, self.stage, self.right, self.moment
        bias = run.bias_nudges(moment, self.hero, self.last).one(right)
        nudges = row(run.nudges(moment, self.hero, self.last), right)
        asked = row(run.asks(moment, self.hero, self.last), right)
        weights = row(run.weights(moment, self.last), right)
        lights = run.layer(moment, self.hero, self.last - 1)
        count = len(nudges)
        tall = 4.05 if not stage.stacked else 5.2
        top = stage.middle + (1.65 if not stage.stacked else 1.4)
        pitch = min(tall / count, 0.4)
        wide = 4.35 if not stage.stacked else stage.right - 0.15
        zone = wide - 2.5
        spans = [np.ptp([*one.values, 0.0]) for one in (nudges, asked)]
        unit = zone / max(*spans, abs(bias.value))
        # The output, and what its bias does.
        center = (
            np.array([stage.right - 1.2, stage.middle + 1.35, 0.0])
            if not stage.stacked
            else np.array([-1.8, stage.middle + 3.6, 0.0])
        )
        near = self.one.copy().scale(0.42 / float(self.one.half[0])).move_to(center)
        name = Words(str(right), 1.2 * style.TITLE_SIZE, style.CORRECT_COLOR)
        value = LiveNumber(run.layer(moment, self.hero, self.last).one(right), size=SMALL)
        name.next_to(near, UP, buff=0.18)
        value.next_to(near, DOWN, buff=0.18)
        says = Words(self.text("bias"), style.LABEL_SIZE)
        foot = np.array([center[0] - unit * abs(bias.value) / 2, center[1] - 2.2, 0.0])
        if stage.stacked:
            foot = np.array([0.9, center[1] - 0.1, 0.0])
        own = Arrows(
            Quantities(np.array([bias.value]), bias.source), foot[None], unit=unit, direction=RIGHT
        ).set_level(0)
        number = LiveNumber(bias, size=1.3 * style.LABEL_SIZE, color=style.sign_color(bias.value))
        says.move_to([foot[0] + unit * abs(bias.value) / 2, foot[1] + 0.45, 0])
        number.move_to([says.get_x(), foot[1] - 0.42, 0])
        # Its weights, and the light before: each a factor, and what comes of it.
        columns = []
        pull = "{pull}"
        for factors, results, left, said, rule_of in (
            (
                *(lights, nudges, stage.left + wide + 0.35),
                *(self.text("weights"), self.text("weights-rule", pull=pull)),
            ),
            (
                *(weights, asked, stage.left),
                *(self.text("light"), self.text("light-rule", pull=pull)),
            ),
        ):
            y = top - pitch * (np.arange(count) + 0.5)
            x = np.full(count, left + 0.18)
            places = np.stack((x, y, np.zeros(count)), axis=1)
            cells: Mobject
            if factors is lights:
                cells = NeuronLayer(factors, pitch=pitch, centers=places)
            else:
                cells = SignedGrid(
                    replace(factors, values=factors.values[:, None]), pitch * count
                ).move_to(places.mean(axis=0))
            zero = left + 1.4 + unit * max(0.0, -float(results.values.min()))
            feet = places + (zero - x[0]) * RIGHT
            bars = Arrows(results, feet, unit=unit, direction=RIGHT).set_level(0)
            given, got = VGroup(), VGroup()
            for n in spaced(results.values, pitch):
                one = LiveNumber(factors.one(n), size=FINE, color=style.QUIET_COLOR)
                given.add(one.move_to([left + 1.08, y[n], 0], aligned_edge=RIGHT))
                color = style.sign_color(results.values[n])
                two = LiveNumber(results.one(n), size=FINE, color=color)
                got.add(two.move_to([left + wide - 0.1, y[n], 0], aligned_edge=RIGHT))
            head = Words(said, style.LABEL_SIZE)
            asks = run.z_wishes(moment, self.hero, self.last).one(right)
            rule = sentence(rule_of, SMALL, pull=LiveNumber(asks, size=SMALL))
            rule.scale(min(1.0, wide / rule.width))
            head.move_to([left, top + 0.95, 0], aligned_edge=LEFT)
            rule.move_to([left, top + 0.42, 0], aligned_edge=LEFT)
            columns.append((Group(head, rule, cells, given), bars, got))
        with self.beat("three", name=right, pull=f"{bias.value:.2f}"):
            self.play(self.one.animate.become(near), FadeIn(name, value), run_time=1.2)
            self.next_cue()
            self.play(FadeIn(own, says, number), own.animate.set_level(1), run_time=1.0)
            for shown, bars, got in columns:
                self.next_cue()
                self.play(FadeIn(shown), run_time=0.7)
                self.play(FadeIn(bars, got), bars.animate.set_level(1), run_time=1.4)
            self.hold(1.4)
        everything = [part for three in columns for part in three]
        self.play(FadeOut(*everything, own, says, number, value, name, self.one), run_time=0.7)

    # --- the wishes of all -----------------------------------------------------------------------
    def all_of_them(self) -> None:
        """3. Every output asks; what they ask is added up, column by column."""
        run = self.run
        table = Table(self, self.last)
        best = int(np.abs(table.sums.values).argmax())
        number = LiveNumber(table.sums.one(best), size=1.2 * style.TITLE_SIZE)
        number.set_fill(style.sign_color(table.sums.values[best]))
        says = Words(self.text("sum"), SMALL, style.QUIET_COLOR)
        total = VGroup(says, number.next_to(says, DOWN, buff=0.2)).move_to(table.beside)
        number.pass_by(0)
        lights = run.sizes[self.last - 1]
        frame = table.frame(best)
        with self.beat("all", lights=lights):
            self.play(FadeIn(table.names, table.pulls, table.legend), run_time=0.8)
            self.play(
                LaggedStart(*(FadeIn(one, shift=0.3 * RIGHT) for one in table.rows), lag_ratio=0.2),
                run_time=2.2,
            )
            self.remove(*table.rows)
            self.add(table.grid)
            self.next_cue()
            self.play(FadeIn(table.lights, table.arrows, total), Create(frame), run_time=0.8)
            self.play(
                AddColumns(table.grid, table.arrows, [best], run_time=2.4),
                RunningSum(number, table.asks.values[:, best], run_time=2.4),
            )
            self.wait(0.3)
            self.next_cue()
            rest = [n for n in range(lights) if n != best]
            self.play(AddColumns(table.grid, table.arrows, rest, run_time=2.2))
            table.whole()
            self.hold(1.6)
        self.shown: tuple[Table, list[Mobject]] = table, [total, frame]

    def further_back(self) -> None:
        """4. Those lights cannot be turned by hand: they ask the layer before, and so on."""
        if self.last < 3:
            return
        with self.beat("back", lights=self.run.sizes[self.last - 1]):
            for layer in range(self.last - 1, 1, -1):
                table, (before, more) = Table(self, layer), self.shown
                if layer == self.last - 1:
                    self.play(FadeOut(*before.parts[:-2], *more), run_time=0.8)
                    self.next_cue()
                    before.parts[:-2], more = [], []
                self.play(
                    FadeOut(*before.parts, *more, shift=0.6 * UP),
                    FadeIn(table.pulls, table.grid, table.legend),
                    run_time=0.9,
                )
                self.play(FadeIn(table.lights, table.arrows), run_time=0.5)
                count = self.run.sizes[layer - 1]
                self.play(AddColumns(table.grid, table.arrows, range(count), run_time=1.8))
                table.whole()
                self.shown = table, []
            self.hold(1.2)

    # --- the first layer -------------------------------------------------------------------------
    def ghosts(self) -> None:
        """5. What is asked of the first weights: the digit itself, times one number."""
        run, stage, count = self.run, self.stage, self.run.sizes[1]
        pulls = run.z_wishes(self.moment, self.hero, 1)
        nudges = run.nudges(self.moment, self.hero, 1)
        scale = between(nudges.values)
        if stage.stacked:
            wide, tall, middle = 2 * stage.right, 6.4, np.array([0.0, stage.middle - 0.9, 0.0])
            side, place = 2.2, np.array([-1.4, stage.middle + 3.9, 0.0])
        else:
            wide, tall, middle = 8.2, 5.35, np.array([stage.right - 4.1, stage.middle + 0.05, 0.0])
            side, place = 3.0, np.array([stage.left + 1.6, stage.middle + 0.35, 0.0])
        columns, across = tiling(count, wide, tall, aspect=1.0 + 0.3 / sqrt(wide * tall / count))
        high, rows = across - 0.1, ceil(count / columns)
        down = high + 0.42
        picture = PixelGrid(self.hero.pixels, side).move_to(place)
        times = Words("\N{MULTIPLICATION SIGN}", 1.3 * style.TITLE_SIZE, style.QUIET_COLOR)
        times.next_to(picture, RIGHT, buff=0.3)
        places = max(2, 2 - floor(log10(float(np.abs(pulls.values).max()) or 1.0)))
        pictures, numbers = [], VGroup()
        for n in range(count):
            r, c = divmod(n, columns)
            in_row = min(columns, count - r * columns)
            offset = (c - (in_row - 1) / 2) * across, ((rows - 1) / 2 - r) * down, 0.0
            at = middle + np.array(offset)
            grid = SignedGrid(
                Quantities(nudges.values[n].reshape(28, 28), f"{nudges.source}[{n}]"),
                high,
                scale=scale,
            ).move_to(at + 0.13 * UP)
            pictures.append(grid)
            color = style.sign_color(pulls.values[n])
            number = LiveNumber(pulls.one(n), places=places, size=FINE, color=color)
            numbers.add(number.move_to(at + (0.13 - high / 2 - 0.15) * UP))
        legend = printed_scale(scale, 24).next_to(picture, DOWN, buff=0.3)
        if stage.stacked:
            legend.next_to(times, RIGHT, buff=0.5)
        before, more = self.shown
        plain = run.history.optimiser == "sgd"
        with self.beat(
            "ghosts",
            words="ghosts" if plain else "ghosts-other",
            name=self.right,
            count=count,
            steps=f"{run.snapshots[-1].step:,}",
        ):
            self.play(FadeOut(*before.parts, *more), FadeIn(picture), run_time=0.9)
            self.play(FadeIn(times), run_time=0.6)
            self.next_cue()
            # Each comes out of the digit; its number, when none can fly over it any more.
            self.play(
                LaggedStart(
                    *(FadeIn(one, target_position=picture, scale=side / high) for one in pictures),
                    lag_ratio=0.12,
                ),
                run_time=3.4,
            )
            self.play(FadeIn(numbers, lag_ratio=0.05), FadeIn(legend), run_time=1.2)
            self.next_cue()
            self.hold(1.6)
            if plain:
                self.next_cue()
                self.hold(2.0)


class Table:
    """What a layer's neurons ask of those before: a row for each, and the sums of the columns."""

    def __init__(self, story: Wishes, layer: int) -> None:
        run, stage, moment, hero = story.run, story.stage, story.moment, story.hero
        self.asks = run.asks(moment, hero, layer)
        self.sums = run.wishes(moment, hero, layer - 1)
        pulls = run.z_wishes(moment, hero, layer)
        rows, columns = self.asks.values.shape
        tall, wide = (3.7, 6.6) if not stage.stacked else (5.0, 2 * stage.right - 0.9)
        pitch = min(ROW if not stage.stacked else 0.45, tall / rows, wide / columns)
        scale = between(self.asks.values)
        top = stage.middle + (2.7 if not stage.stacked else 3.6)
        middle = np.array([-0.6 if not stage.stacked else 0.35, top - rows * pitch / 2, 0.0])
        flat = Quantities(self.asks.values.ravel(), f"flat({self.asks.source})")
        self.grid = SignedGrid(flat, rows * pitch, scale=scale, columns=columns).move_to(middle)
        x = middle[0] + (np.arange(columns) - (columns - 1) / 2) * pitch
        y = middle[1] + ((rows - 1) / 2 - np.arange(rows)) * pitch
        edge = x[0] - pitch / 2
        self.rows = [
            SignedGrid(row(self.asks, n), pitch, scale=scale, columns=columns).move_to(
                [middle[0], y[n], 0]
            )
            for n in range(rows)
        ]
        column = replace(pulls, values=pulls.values[:, None])
        self.pulls = SignedGrid(column, rows * pitch, scale=scale)
        self.pulls.move_to([edge - 0.2 - pitch / 2, middle[1], 0])
        self.names = VGroup()
        if layer == story.last:
            for n in range(rows):
                color = style.CORRECT_COLOR if n == story.right else style.QUIET_COLOR
                name = Words(str(n), SMALL, color)
                self.names.add(name.move_to([edge - 0.2 - pitch - 0.28, y[n], 0]))
        # Below: the sums as arrows, over the lights that they are asked of.
        high = max(float(self.sums.values.max()), 0.0)
        low = min(float(self.sums.values.min()), 0.0)
        room = 1.0 if not stage.stacked else 1.6
        unit = room / ((high - low) or 1.0)
        foot = middle[1] - rows * pitch / 2 - 0.12 - unit * high
        feet = np.stack((x, np.full(columns, foot), np.zeros(columns)), axis=1)
        self.arrows = Arrows(self.sums, feet, unit=unit)
        self.arrows.values = np.zeros(columns)
        under = feet + (unit * low - 0.1 - pitch / 2) * UP
        lights = run.layer(moment, hero, layer - 1)
        self.lights = NeuronLayer(lights, pitch=pitch, centers=under)
        self.legend = printed_scale(scale, 24)
        right = x[-1] + pitch / 2
        if stage.stacked:
            self.beside = np.array([0.0, under[0][1] - 1.1, 0.0])
            self.legend.move_to([0.0, top + 0.4, 0])
        else:
            self.beside = np.array([(right + stage.right) / 2 + 0.1, foot + 0.3, 0.0])
            self.legend.move_to([self.beside[0], middle[1] + rows * pitch / 2 - 0.3, 0])

        # All that is there in the end; last, what is asked, and of which lights.
        self.parts: list[Mobject] = [self.names, self.pulls, self.grid, self.legend]
        self.parts += [self.arrows, self.lights]

    def frame(self, column: int) -> VGroup:
        """What points at a column, and at the light that it is about."""
        half, light = float(self.grid.half[0]) + 0.04, self.lights.centers[column]
        rows = len(self.grid) // self.grid.columns
        top, foot = (self.grid.centers[row * self.grid.columns + column] for row in (0, rows - 1))
        around = Rectangle(
            width=2 * half, height=float(top[1] - foot[1]) + 2 * half, color=style.ACCENT_COLOR
        )
        ring = Circle(float(self.lights.half[column]) + 0.05, color=style.ACCENT_COLOR)
        around.move_to((top + foot) / 2)
        return VGroup(around, ring.move_to(light)).set_stroke(width=3)

    def whole(self) -> None:
        """The sums are what they are, to the last digit."""
        self.arrows.hold(self.sums)


def row(numbers: Quantities, n: int) -> Quantities:
    """(n_in,) one row of (n_out, n_in)."""
    return Quantities(numbers.values[n], f"{numbers.source}[{n}]")


def between(values: np.ndarray) -> float:
    """A scale of light for numbers of which many are small and few large: both are to be seen."""
    sizes = np.abs(values[values != 0])
    return one_digit(float(np.sqrt(np.median(sizes) * sizes.max()))) if sizes.size else 1.0


def spaced(values: np.ndarray, pitch: float) -> list[int]:
    """Of rows that are so far apart, those of the largest numbers that leave room to read them."""
    apart, chosen = ceil(LINE / pitch), list[int]()
    for n in np.argsort(-np.abs(values), kind="stable"):
        if all(abs(n - other) >= apart for other in chosen):
            chosen.append(int(n))
    return sorted(chosen)
