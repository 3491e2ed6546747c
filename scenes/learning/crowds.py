"""Crowds: what all digits ask for on average, and how few of them give the direction.

Two runs from one start, one that looks at all digits before each step and one at a few; and how far
the few are from all, early and late. Both runs and all angles are computed when the film is made.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from manim import DOWN, RIGHT, UP, FadeIn, FadeOut, Group, LaggedStart, VGroup

from litnet import style
from litnet.animations import Epochs
from litnet.animations.gather import RunningSum
from litnet.mobjects import (
    Fan,
    LiveNumber,
    PixelGrid,
    Plot,
    PlottedCurve,
    SignedGrid,
    Words,
    in_line,
)
from litnet.mobjects.parameter_map import printed_scale
from litnet.mobjects.scales import one_digit
from litnet.record.learning import Examples, Moment
from litnet.record.quantities import Quantities
from litnet.story.refusals import check_told
from litnet.story.scene import LitScene
from network import InputError
from network.errors import printable

KINDS = 10
STEPS, EVERY = 100, 5  # of the two runs, and between two looks at their costs
BATCHES = 40  # whose directions are compared with that of all
ALIKE = 0.1  # two costs that differ by a smaller part of themselves are about the same


class Crowds(LitScene):
    """All of them, or a few."""

    shows_learning = True

    def setup(self) -> None:
        """As ever; what the run does not have is said before anything is drawn."""
        super().setup()
        check_told("Crowds", self.subject.history_file, self.run.history, snapshots=3)
        size, every = self.run.history.batch_size, self.run.history.training_digits
        if 2 * size > every:
            raise InputError(
                f"{printable(self.subject.history_file)}: found batches of {size} of {every} "
                "digits, but Crowds compares a few with all of them; expected at most half as many."
            )

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.each_asks()
        self.race()
        self.looks()
        self.directions()

    # --- what is computed ------------------------------------------------------------------------
    @cached_property
    def middle(self) -> int:
        """The moment after the first round; or one on the way."""
        for moment, one in enumerate(self.run.snapshots[:-1]):
            if one.epoch >= 1:
                return moment
        return self.run.last // 2

    @cached_property
    def neuron(self) -> int:
        """The one of the first layer of whose weights most is asked."""
        which = Moment("snapshot", self.middle)
        asked = self.run.learned.mean_gradients(which, Examples("all")).weights[0]
        return int(np.linalg.norm(asked, axis=1).argmax())

    @cached_property
    def shown(self) -> list[int]:
        """One digit of each kind that it learned from."""
        labels = self.run.learned.labels
        return [int(np.flatnonzero(labels == label)[0]) for label in np.unique(labels)[:KINDS]]

    def asked(self, which: str) -> Quantities:
        """(28, 28) what is asked of the weights that lead to the neuron."""
        nudges = self.run.nudges(self.middle, which, 1)
        picture = nudges.values[self.neuron].reshape(28, 28)
        return Quantities(picture, f"{nudges.source}[{self.neuron}]")

    # --- the average -----------------------------------------------------------------------------
    def each_asks(self) -> None:
        """1. Every digit asks for something else; down leads what all ask for on average."""
        stage, run = self.stage, self.run
        singles = [self.asked(f"training({place})") for place in self.shown]
        average = self.asked("training")
        scale = one_digit(1.5 * median_size(np.concatenate([one.values for one in singles])))
        finer = one_digit(2 * median_size(average.values))
        columns = 5
        pitch, side = (1.42, 1.0) if stage.stacked else (1.3, 1.06)
        place = (
            np.array([0.0, stage.middle + 2.6, 0.0])
            if stage.stacked
            else np.array([stage.left + 2.5 * pitch, stage.middle + 0.2, 0.0])
        )
        pairs = []
        for number, (index, asks) in enumerate(zip(self.shown, singles, strict=True)):
            row, column = divmod(number, columns)
            x = place[0] + (column - (columns - 1) / 2) * pitch
            y = place[1] + (0.5 - row) * (2.2 * side + 0.25)
            pixels = self.numbers(f"training_pixels(training({index}))", shape=(28, 28))
            digit = PixelGrid(pixels, 0.8 * side).move_to([x, y + 0.55 * side, 0])
            grid = SignedGrid(asks, side, scale=scale).move_to([x, y - 0.5 * side, 0])
            pairs.append((digit, grid))
        large = 3.6
        end = (
            np.array([0.0, stage.middle - 2.7, 0.0])
            if stage.stacked
            else np.array([stage.right - large / 2 - 0.5, stage.middle + 0.2, 0.0])
        )
        mean = SignedGrid(average, large, scale=finer).move_to(end)
        legends = []
        for value, under in ((scale, Group(*(grid for _, grid in pairs))), (finer, mean)):
            legends.append(printed_scale(value, 24).next_to(under, DOWN, buff=0.16))
        title = Words(self.text("average"), style.LABEL_SIZE, style.QUIET_COLOR)
        title.next_to(mean, UP, buff=0.18)
        with self.beat("each", count=f"{run.history.training_digits:,}"):
            self.play(
                LaggedStart(*(FadeIn(digit) for digit, _ in pairs), lag_ratio=0.1), run_time=1.6
            )
            self.play(
                LaggedStart(*(FadeIn(grid) for _, grid in pairs), lag_ratio=0.1),
                FadeIn(legends[0]),
                run_time=1.8,
            )
            self.wait(0.5)
            self.next_cue()
            self.play(
                *(grid.copy().animate.move_to(end).set_opacity(0) for _, grid in pairs),
                FadeIn(mean, title, legends[1]),
                run_time=1.8,
            )
            self.hold(2.0)
        shown = [*(part for pair in pairs for part in pair), mean, title, *legends]
        self.play(FadeOut(*shown), run_time=0.7)

    # --- two runs --------------------------------------------------------------------------------
    @cached_property
    def runs(self) -> tuple[Quantities, Quantities]:
        """The costs of the run that looks at all digits, and of the one that looks at few."""
        history, rate = self.run.history, self.run.history.learning_rate
        return (
            self.run.descent(rate, history.training_digits, STEPS, every=EVERY),
            self.run.descent(rate, history.batch_size, STEPS, every=EVERY, seed=history.seed),
        )

    @property
    def box(self) -> tuple[float, float, np.ndarray]:
        """Width, height and middle of a plot."""
        if self.stage.stacked:
            return 5.2, 5.0, np.array([0.1, self.stage.middle + 0.6, 0.0])
        return 7.9, 3.7, np.array([-1.6, self.stage.middle + 0.35, 0.0])

    def plotted(self, last: float, said: str) -> Plot:
        """A plot of costs from 0 to a last place."""
        wide, tall, middle = self.box
        high = float(np.ceil(2 * max(one.values.max() for one in self.runs)) / 2)
        plot = Plot(
            [0.0, last],
            high=high,
            width=wide,
            height=tall,
            across={0.0: None, last / 2: None, last: None},
            up=[float(n) for n in range(int(high) + 1)],
        )
        plot.shift(middle - plot.axes.get_center())
        head = Words(self.text("cost-of-all"), style.LABEL_SIZE, style.QUIET_COLOR)
        head.next_to(plot.axes, UP, buff=0.2).align_to(plot.axes, np.array([-1.0, 0, 0]))
        below = Words(said, style.LABEL_SIZE, style.QUIET_COLOR)
        plot.add(head, below.next_to(plot.marks, DOWN, buff=0.12).match_x(plot.axes))
        return plot

    def curves(self, plot: Plot, sizes: tuple[int, int], unit: bool) -> list[PlottedCurve]:
        """The two curves: over steps, or over the digits that were looked at."""
        places = [float(step) for step in range(0, STEPS + 1, EVERY)]
        return [
            PlottedCurve(plot.axes, [p * (size if unit else 1) for p in places], one, color)
            for one, size, color in zip(self.runs, sizes, (style.SHINE, style.FLASH), strict=True)
        ]

    def race(self) -> None:
        """2. As many steps of either kind: where they come to, and what they looked at."""
        history = self.run.history
        sizes = history.training_digits, history.batch_size
        plot = self.plotted(float(STEPS), self.text("steps"))
        curves = self.curves(plot, sizes, unit=False)
        blocks, counters = [], []
        for said, fact, color in (
            (self.text("all"), "training_digits", style.SHINE),
            (self.text("few"), "batch_size", style.FLASH),
        ):
            shade = style.hexadecimal(color)
            size = self.run.fact(fact)
            words = Words(said, style.LABEL_SIZE, shade)
            per = in_line(
                LiveNumber(size, places=0, color=shade),
                Words(self.text("a-step"), 24, shade),
                buff=0.14,
            )
            looked = self.number(f"{STEPS} * history.{fact}")
            number = LiveNumber(looked, places=0, size=1.1 * style.TITLE_SIZE, color=shade)
            below = Words(self.text("looked"), 24, style.QUIET_COLOR)
            block = VGroup(words, per, number, below).arrange(DOWN, buff=0.16)
            number.center_on(number.get_center(), looked.value)
            blocks.append(block)
            counters.append((number, looked))
        beside = VGroup(*blocks)
        if self.stage.stacked:
            beside.arrange(RIGHT, buff=1.0).move_to([0, self.stage.middle - 4.2, 0])
        else:
            beside.arrange(DOWN, buff=0.7)
            room = plot.axes.get_right()[0], self.stage.right
            beside.move_to([(room[0] + room[1]) / 2 + 0.15, self.stage.middle + 0.4, 0])
        for number, _ in counters:
            number.pass_by(0)
        ends = [float(one.values[-1]) for one in self.runs]
        alike = abs(ends[0] - ends[1]) < ALIKE * max(ends)
        with self.beat(
            "race",
            words="race" if alike else "race-apart",
            all=f"{ends[0]:.2f}",
            few=f"{ends[1]:.2f}",
            steps=STEPS,
        ):
            self.play(FadeIn(plot, *curves), FadeIn(beside), run_time=1.2)
            self.next_cue()
            count = len(self.runs[0])
            self.play(
                Epochs(range(count), [], curves, run_time=5.0),
                *(
                    RunningSum(number, np.full(count - 1, looked.value / (count - 1)), run_time=5.0)
                    for number, looked in counters
                ),
            )
            self.next_cue()
            self.hold(1.6)
        self.play(FadeOut(plot, *curves), run_time=0.6)
        self.beside, self.sizes = beside, sizes

    def looks(self) -> None:
        """3. The same two curves over the digits that were looked at."""
        most = float(STEPS * max(self.sizes))
        plot = self.plotted(most, self.text("looked"))
        curves = self.curves(plot, self.sizes, unit=True)
        more = self.sizes[0] / self.sizes[1]
        with self.beat("looks", more=f"{more:,.0f}"):
            self.play(FadeIn(plot, *curves), run_time=0.8)
            count = len(self.runs[0])
            self.play(Epochs(range(count), [], [curves[1]], run_time=0.6))
            self.play(Epochs(range(count), [], [curves[0]], run_time=3.6))
            self.next_cue()
            self.hold(1.6)
        self.play(FadeOut(plot, *curves, self.beside), run_time=0.7)

    # --- directions ------------------------------------------------------------------------------
    def directions(self) -> None:
        """4. How far a batch's direction is from that of all digits: early, later, late."""
        stage, run = self.stage, self.run
        size = run.history.batch_size
        batches = min(BATCHES, run.history.training_digits // size)
        moments = [0, self.middle, run.last]
        radius = 1.05 if stage.stacked else 1.75
        fans, lines = [], []
        for column, moment in enumerate(moments):
            angles = run.angles(moment, size, batches, seed=run.history.seed)
            x = (column - 1) * (2.45 if stage.stacked else 4.3)
            fan = Fan(angles, radius).set_level(0)
            fan.shift([x, stage.middle + 1.0, 0])
            step = in_line(
                Words(self.text("step"), style.LABEL_SIZE, style.QUIET_COLOR),
                LiveNumber(run.step(moment), places=0),
                buff=0.14,
            )
            step.move_to([x, stage.middle + (2.3 if stage.stacked else 2.75), 0])
            middle = LiveNumber(
                self.number(f"median({angles.source})"),
                places=0,
                size=1.2 * style.TITLE_SIZE,
                color=style.ACCENT_COLOR,
            )
            degrees = Words("\N{DEGREE SIGN}", 1.2 * style.TITLE_SIZE, style.ACCENT_COLOR)
            degrees.next_to(middle, RIGHT, buff=0.05).align_to(middle, UP)
            line = VGroup(middle, degrees).move_to([x, stage.middle - 1.45, 0])
            fans.append(fan)
            lines.append((step, line))
        note = Words(self.text("sides"), 24, style.QUIET_COLOR)
        note.scale(min(1.0, 2 * stage.right / note.width))
        note.move_to([0, stage.middle - 2.2, 0])
        medians = [float(np.median(fan.values)) for fan in fans]
        up = int(np.count_nonzero(fans[-1].values > 90))
        with self.beat(
            "directions",
            words="directions" if up else "directions-none",
            batch=size,
            early=f"{medians[0]:.0f}",
            late=f"{medians[-1]:.0f}",
            up=up,
            batches=batches,
        ):
            self.play(FadeIn(*fans, *(step for step, _ in lines), note), run_time=1.0)
            self.next_cue()
            for fan, (_, line) in zip(fans, lines, strict=True):
                self.play(fan.animate.set_level(1), run_time=1.2)
                self.play(FadeIn(line), run_time=0.4)
            self.hold(1.0)
            self.next_cue()
            self.hold(2.0)


def median_size(values: np.ndarray) -> float:
    """The median size of those numbers that are not zero."""
    sizes = np.abs(values[values != 0])
    return float(np.median(sizes)) if sizes.size else 1.0
