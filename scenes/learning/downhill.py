"""Downhill: the cost as ground that one can stand on, measured and not imagined.

One weight, then how far to step, then two directions at once, and another valley. Every curve and
every line of the map is the cost of all digits that the network learned from.
"""

from __future__ import annotations

from functools import cached_property
from math import ceil
from typing import NamedTuple

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, Line, VGroup

from litnet import style
from litnet.animations import Epochs
from litnet.mobjects import Contours, LiveNumber, Plot, PlottedCurve, Trail, Words, in_line
from litnet.mobjects.scales import decimals, one_digit, top_of
from litnet.project import asset, shown_path
from litnet.record.learning import Examples, Moment
from litnet.record.quantities import Quantities
from litnet.story.refusals import check_told
from litnet.story.scene import LitScene

REACH = 5.0  # how far a weight is turned to either side
PLACES = 41  # at which its cost is measured
STEPS = 6  # of the weight downhill
FIRST = 0.5  # of the way to the lowest place, that its first step takes
SMALL, LARGE = 1 / 30, 40 / 3  # of the run's rate
ROUNDS = 3  # of each run with a rate
LOOKS = 30  # costs of each of them
COLUMNS = 29  # places of the map, from left to right
SECOND = ("learner-seed1.npz", "learner.npz")


class Weight(NamedTuple):
    """One weight at a moment: its layer, and the neurons that it leads to and comes from."""

    moment: int
    layer: int
    to: int
    start: int


class Downhill(LitScene):
    """The way down."""

    shows_learning = True

    def setup(self) -> None:
        """As ever; what the run does not have is said before anything is drawn."""
        super().setup()
        check_told("Downhill", self.subject.history_file, self.run.history, snapshots=3)

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.one_weight()
        self.step_by_step()
        self.rates()
        self.map()
        self.valleys()

    # --- what is computed ------------------------------------------------------------------------
    @cached_property
    def weight(self) -> Weight:
        """Of the steepest weights at some moments, the one that stands in the deepest valley."""
        found = []
        layer = len(self.run.sizes) - 1
        for moment in range(self.run.last, max(self.run.last // 3, 0), -2):
            at = Moment("snapshot", moment)
            slopes = self.run.learned.mean_gradients(at, Examples("all")).weights[layer - 1]
            to, start = np.unravel_index(int(np.abs(slopes).argmax()), slopes.shape)
            weight = Weight(moment, layer, int(to), int(start))
            costs = self.run.learned.slice(
                at, Examples("all"), layer, weight[2:], (-REACH, REACH), 9
            )
            found.append((min(costs[0], costs[-1]) / costs.min(), weight))
        return max(found)[1]

    @property
    def place(self) -> str:
        """It, as sources name it."""
        return f"{self.weight.moment}, training, {', '.join(map(str, self.weight[1:]))}"

    @cached_property
    def curve(self) -> Quantities:
        """Its costs."""
        return self.numbers(f"slice({self.place}, {-REACH!r}, {REACH!r}, {PLACES})")

    @cached_property
    def roll(self) -> str:
        """How it goes down from where it costs more, as sources name it."""
        offsets = np.linspace(-REACH, REACH, PLACES)
        lowest = float(offsets[self.curve.values.argmin()])
        side = 1.0 if self.curve.values[-1] > self.curve.values[0] else -1.0
        start = side * 0.8 * REACH
        once = self.numbers(f"rolled_slopes({self.place}, {start!r}, 1.0, 1)").values[0]
        rate = one_digit(FIRST * abs(start - lowest) / max(abs(float(once)), 1e-9))
        return f"({self.place}, {start!r}, {rate!r}, {STEPS})"

    @property
    def box(self) -> tuple[float, float, np.ndarray]:
        """Width, height and middle of a plot."""
        stage = self.stage
        if stage.stacked:
            return 5.2, 5.0, np.array([0.1, stage.middle + 0.6, 0.0])
        return 9.2, 3.7, np.array([0.3, stage.middle + 0.35, 0.0])

    def plotted(
        self,
        places: list[float],
        high: float,
        across: dict[float, str | LiveNumber | VGroup | None],
        said: str,
        *,
        zero: bool = True,
    ) -> Plot:
        """A plot in its place, and what it shows above it."""
        wide, tall, middle = self.box
        step = one_digit(high / 4) if high < 4 else ceil(high / 4)
        up = [step * n for n in range(0 if zero else 1, int(high / step + 1e-9) + 1)]
        plot = Plot(places, high=high, width=wide, height=tall, across=across, up=up)
        plot.shift(middle - plot.axes.get_center())
        head = Words(said, style.LABEL_SIZE, style.QUIET_COLOR)
        head.next_to(plot.axes, UP, buff=0.2).align_to(plot.axes, LEFT)
        plot.add(head)
        return plot

    # --- one weight ------------------------------------------------------------------------------
    def one_weight(self) -> None:
        """1. The true curve of the cost, while one weight is turned."""
        offsets = np.linspace(-REACH, REACH, PLACES)
        high = top_of(float(self.curve.values.max()) * 1.02)
        marks: dict[float, str | LiveNumber | VGroup | None] = {
            -4.0: None,
            -2.0: None,
            0.0: None,
            2.0: None,
            4.0: None,
        }
        self.plot = self.plotted(list(offsets), high, marks, self.text("cost-of-all"))
        curve = self.plot.add_curve(self.curve, style.SHINE)
        says = Words(self.text("turned-by"), style.LABEL_SIZE, style.QUIET_COLOR)
        says.next_to(self.plot.marks, DOWN, buff=0.16).match_x(self.plot.axes)
        self.plot.add(says)
        count = self.run.history.training_digits
        with self.beat("one-weight", count=f"{count:,}", places=PLACES):
            self.play(FadeIn(self.plot), run_time=1.0)
            self.play(Epochs(range(PLACES), [], [curve], run_time=3.6))
            self.next_cue()
            self.hold(1.2)

    def step_by_step(self) -> None:
        """2. Against the slope, step by step."""
        by = self.numbers(f"rolled{self.roll}")
        costs = self.numbers(f"rolled_costs{self.roll}")
        slopes = self.numbers(f"rolled_slopes{self.roll}")
        axes = self.plot.axes
        way = PlottedCurve(axes, list(by.values), costs, style.FLASH, across=by)
        labels = []
        for said, numbers, places in (
            (self.text("cost"), costs, 3),
            (self.text("slope"), slopes, 3),
        ):
            number = LiveNumber(numbers.one(0), places=places)
            number.pass_by(-abs(number.value))  # with room for a sign
            words = Words(said, style.LABEL_SIZE, style.QUIET_COLOR)
            labels.append((in_line(words, number, buff=0.2), numbers))
        lines = VGroup(*(line for line, _ in labels)).arrange(DOWN, buff=0.2, aligned_edge=RIGHT)
        lines.move_to(axes.get_center() + 0.32 * axes.height * UP)
        for line, numbers in labels:
            line[1].set_value(numbers.one(0))
        tangent = self.tangent(by.values[0], costs.values[0], slopes.values[0])
        with self.beat("going"):
            self.play(FadeIn(way, lines), run_time=0.8)
            self.play(FadeIn(tangent), run_time=0.7)
            self.wait(0.6)
            self.next_cue()
            for step in range(1, STEPS + 1):
                self.play(FadeOut(tangent), way.animate.reach(step + 1), run_time=0.7)
                for line, numbers in labels:
                    line[1].set_value(numbers.one(step))
                tangent = self.tangent(by.values[step], costs.values[step], slopes.values[step])
                self.play(FadeIn(tangent), run_time=0.4)
            self.next_cue()
            self.hold(1.6)
        self.play(FadeOut(self.plot, way, lines, tangent), run_time=0.7)

    def tangent(self, by: float, cost: float, slope: float) -> Line:
        """The slope at a place of the curve."""
        axes = self.plot.axes
        here, unit = axes.at(by, cost), axes.at(by + 1, cost + slope)
        way = (unit - here) / np.linalg.norm(unit - here)
        line = Line(here - 0.9 * way, here + 0.9 * way, stroke_width=4)
        return line.set_color(style.TEXT_COLOR)

    # --- how far ---------------------------------------------------------------------------------
    def rates(self) -> None:
        """3. The same start, three rates: three real runs."""
        run = self.run
        rate, batch = run.history.learning_rate, run.history.batch_size
        every = max(1, round(ROUNDS * run.history.steps_an_epoch / LOOKS))
        rates = [one_digit(rate * SMALL), rate, one_digit(rate * LARGE)]
        runs = [
            run.descent(one, batch, every * LOOKS, every=every, seed=run.history.seed)
            for one in rates
        ]
        places = [float(n * every) for n in range(LOOKS + 1)]
        high = top_of(max(float(one.values.max()) for one in runs))
        half = places[LOOKS // 2]
        plot = self.plotted(
            places, high, {0.0: None, half: None, places[-1]: None}, self.text("cost-of-all")
        )
        steps = Words(self.text("steps"), style.LABEL_SIZE, style.QUIET_COLOR)
        plot.add(steps.next_to(plot.marks, DOWN, buff=0.12).match_x(plot.axes))
        curves, lines = [], []
        colors = (style.SHINE, style.FLASH, style.WRONG)
        sources = (f"{rates[0]!r}", "history.learning_rate", f"{rates[2]!r}")
        for numbers, color, source in zip(runs, colors, sources, strict=True):
            curves.append(plot.add_curve(numbers, color))
            shade = style.hexadecimal(color)
            words = Words(self.text("rate"), style.LABEL_SIZE, shade)
            value = self.number(source)
            number = LiveNumber(value, places=decimals(value.value), color=shade)
            lines.append(in_line(words, number, buff=0.16))
        legend = VGroup(*lines).arrange(DOWN, buff=0.16, aligned_edge=LEFT)
        legend.move_to(plot.axes.get_corner(UP + RIGHT), aligned_edge=UP + RIGHT)
        ends = [float(one.values[-1]) for one in runs]
        clear = ends[1] < min(ends[0], ends[2])
        with self.beat(
            "rates",
            words="rates" if clear else "rates-other",
            rounds=ROUNDS,
            good=f"{ends[1]:.2f}",
            slow=f"{ends[0]:.2f}",
            wild=f"{ends[2]:.2f}",
        ):
            self.play(FadeIn(plot, legend), run_time=1.0)
            self.play(Epochs(range(LOOKS + 1), [], curves, run_time=5.0))
            self.next_cue()
            self.hold(1.5)
            self.next_cue()
            self.hold(1.0)
        self.play(FadeOut(plot, legend), run_time=0.7)

    # --- two directions --------------------------------------------------------------------------
    def map(self) -> None:
        """4. A real map of the cost, and the run's path on it, projected."""
        across, up = self.numbers("path.across"), self.numbers("path.up")
        wide, tall = (7.0, 6.0) if self.stage.stacked else (11.4, 4.3)
        (left, right), (low, high) = window(across.values, up.values, wide / tall)
        rows = max(3, round(COLUMNS * tall / wide))
        plane = f"plane(training, {left!r}, {right!r}, {COLUMNS}, {low!r}, {high!r}, {rows})"
        costs = self.numbers(plane, shape=(rows, COLUMNS))
        step = one_digit(float(np.ptp(costs.values)) / 14)
        contours = Contours(costs, (left, right), (low, high), step=step, width=wide)
        contours.move_to([0, self.stage.middle + 0.35, 0])
        trail = Trail(
            contours,
            across,
            up,
            share=self.number("100 * path.share"),
            note=self.text("projected", share="{share}"),
        )
        trail.note.scale(min(1.0, 2 * self.stage.right / trail.note.width))
        trail.path.reach(0)
        last = self.run.last
        first = f"{self.run.cost(0).value:.2f}"
        with self.beat(
            "map",
            step=f"{step:g}",
            parameters=f"{self.run.history.mlp.parameters:,}",
            first=first,
            last=f"{self.run.cost(last).value:.2f}",
        ):
            self.play(FadeIn(contours), run_time=1.4)
            self.wait(0.6)
            self.next_cue()
            self.play(FadeIn(trail), run_time=0.8)
            self.next_cue()
            self.play(trail.path.animate.reach(last), run_time=4.5)
            self.hold(1.4)
        self.play(FadeOut(contours, trail), run_time=0.7)

    # --- another valley --------------------------------------------------------------------------
    @cached_property
    def other(self) -> str | None:
        """The end of another run, as the record names its file; None if none is of this kind."""
        for name in SECOND:
            path = asset("assets/models") / name
            mlp, mine = self.subject.load_model(path), self.run.history.mlp
            kinds = [(one.sizes, [layer.activation for layer in one.layers]) for one in (mlp, mine)]
            if kinds[0] == kinds[1] and mlp.digest != mine.digest:
                return shown_path(path)
        return None

    def valleys(self) -> None:
        """5. The straight way to the end of another run: is there a hump?"""
        if self.other is None:
            return
        last = self.run.last
        costs = self.numbers(f'between({last}, "{self.other}", training, {PLACES})')
        ends, top = costs.values[[0, -1]], float(costs.values.max())
        humped = top > 2 * float(ends.max())
        places = list(np.linspace(0, 1, PLACES))
        marks: dict[float, str | LiveNumber | VGroup | None] = {
            0.0: self.text("this-run"),
            1.0: self.text("other-run"),
        }
        plot = self.plotted(places, top_of(top * 1.02), marks, self.text("cost-of-all"), zero=False)
        curve = plot.add_curve(costs, style.FLASH)
        peak = int(costs.values.argmax())
        number = LiveNumber(costs.one(peak), size=style.TITLE_SIZE, color=style.ACCENT_COLOR)
        number.move_to(plot.at(places[peak], 0.55 * top))
        with self.beat(
            "valleys",
            words="valleys" if humped else "valleys-flat",
            one=f"{ends[0]:.2f}",
            two=f"{ends[1]:.2f}",
            top=f"{top:.2f}",
        ):
            self.play(FadeIn(plot), run_time=1.0)
            self.wait(0.5)
            self.next_cue()
            self.play(Epochs(range(PLACES), [], [curve], run_time=4.0))
            self.play(FadeIn(number), run_time=0.5)
            self.next_cue()
            self.hold(1.8)


def window(
    across: np.ndarray, up: np.ndarray, aspect: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The ends of a map, in both directions, around a path; ``aspect`` is width by height."""
    middles = [(float(one.min()) + float(one.max())) / 2 for one in (across, up)]
    reach = max(0.58 * float(np.ptp(across)), 0.58 * aspect * float(np.ptp(up)), 0.5)
    ends = [(m - r, m + r) for m, r in zip(middles, (reach, reach / aspect), strict=True)]
    return tuple(tuple(round(end, 2) for end in pair) for pair in ends)  # type: ignore[return-value]
