"""What a wrong answer costs: ten differences, squared and added; and the mean over all digits.

The same sum for a fresh network and for a trained one, every number of both from the run.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from manim import DOWN, RIGHT, UP, FadeIn, FadeOut, Group, Mobject, VGroup

from litnet import style
from litnet.animations import Average, Epochs
from litnet.animations.gather import RunningSum
from litnet.mobjects import (
    Arrows,
    LiveNumber,
    NeuronLayer,
    ParameterMap,
    PixelGrid,
    SignedGrid,
    Target,
    Words,
    in_line,
)
from litnet.record.quantities import Quantity
from litnet.story.refusals import check_told
from litnet.story.scene import LitScene
from litnet.story.subject import Digit

PITCH = 0.42  # from one output to the next
BAR = 1.5  # length of a squared difference of one
SMALL = 25
SHOWN, WORST = 18, 4  # digits of the gallery, and of them those that cost most
FIELD = 1.5  # the cost that gets 63 % of the light
WEIGHT = 0.35  # and the weight
MOMENTS = 8  # of the run, at the end


class TheCost(LitScene):
    """One number for how wrong a network is."""

    network_reads = True
    needs_digits = True
    shows_learning = True

    def setup(self) -> None:
        """As ever; what the run does not have is said before anything is drawn."""
        super().setup()
        check_told("TheCost", self.subject.history_file, self.run.history)

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.build()
        self.wish()
        self.squares()
        self.trained()
        self.gallery()
        self.average()
        self.one_number()

    # --- what is computed ------------------------------------------------------------------------
    @cached_property
    def hero(self) -> Digit:
        """The filmed digit; or one whose label is known, for without it there is no wish."""
        return self.subject.known_digit

    @cached_property
    def chosen(self) -> list[int]:
        """Places of some bundled digits, from the cheapest to the dearest ones."""
        order = np.argsort(self.run.each(self.run.last, "unseen").values, kind="stable")
        spread = np.linspace(0, len(order) - WORST - 1, SHOWN - WORST).astype(int)
        return [int(place) for place in (*order[spread], *order[-WORST:])]

    @cached_property
    def falling(self) -> list[int]:
        """Moments at which the cost of all its digits is lower than at those before."""
        costs = self.run.costs("training").values
        lower = [k for k in range(1, len(costs)) if costs[k] < costs[:k].min()]
        places = np.unique(np.linspace(0, len(lower) - 1, MOMENTS - 1).round().astype(int))
        return [0, *(lower[place] for place in places if lower)]

    # --- what stands where -----------------------------------------------------------------------
    def build(self) -> None:
        """The digit, what the fresh network makes of it, and the wish."""
        stage = self.stage
        if stage.stacked:
            self.top, self.left = stage.middle + 3.4, -2.9
            self.picture = PixelGrid(self.hero.pixels, 1.7)
            self.picture.move_to([0.0, self.top + 1.75, 0.0])
        else:
            self.top, self.left = stage.middle + 2.2, -2.2
            self.picture = PixelGrid(self.hero.pixels, 2.6)
            self.picture.move_to([-4.5, self.top - 1.6, 0.0])
        self.rows = np.array([[self.left, self.top - PITCH * n, 0.0] for n in range(10)])

    def outputs(self, moment: int, rows: np.ndarray) -> tuple[NeuronLayer, VGroup]:
        """The ten outputs of a moment, and their numbers."""
        last = len(self.run.sizes) - 1
        numbers = self.run.layer(moment, self.hero, last)
        lights = NeuronLayer(numbers, pitch=0.95 * PITCH, centers=rows + 0.5 * RIGHT)
        values = VGroup(
            *(
                LiveNumber(numbers.one(n), size=SMALL).move_to(row + 1.3 * RIGHT)
                for n, row in enumerate(rows)
            )
        )
        return lights, values

    def terms(
        self, moment: int, rows: np.ndarray, x: float, places: int = 2
    ) -> tuple[Arrows, VGroup, VGroup]:
        """The squared differences as lengths and as numbers, and their sum."""
        terms = self.run.terms(moment, self.hero)
        feet = rows + x * RIGHT
        bars = Arrows(terms, feet, unit=BAR, direction=RIGHT).set_level(0)
        numbers = VGroup(
            *(
                LiveNumber(terms.one(n), places=places, size=SMALL).move_to(
                    foot + (BAR + 0.6) * RIGHT
                )
                for n, foot in enumerate(feet)
            )
        )
        total = LiveNumber(
            terms.sum(), places=places, size=1.25 * style.TITLE_SIZE, color=style.ACCENT_COLOR
        )
        says = Words(self.text("cost"), style.LABEL_SIZE, style.ACCENT_COLOR)
        line = in_line(says, total, buff=0.25)
        line.move_to([numbers.get_right()[0], rows[-1][1] - 0.72, 0], aligned_edge=RIGHT)
        total.pass_by(0)
        return bars, numbers, line

    def head(self, said: str, x: float, rows: np.ndarray) -> Words:
        """What a column is."""
        words = Words(said, SMALL, style.QUIET_COLOR).move_to([x, 0, 0])
        return words.shift((rows[0][1] + 0.41 - words.baseline) * UP)

    # --- the story -------------------------------------------------------------------------------
    def wish(self) -> None:
        """1. What came out, and what should have."""
        rows = self.rows
        self.lights, self.values = self.outputs(0, rows)
        self.names = VGroup(
            *(Words(str(n), SMALL, style.QUIET_COLOR).move_to(row) for n, row in enumerate(rows))
        )
        wished = self.numbers("target", self.hero)
        self.target = Target(wished, rows + 2.35 * RIGHT, pitch=0.95 * PITCH)
        self.heads = VGroup(
            self.head(self.text("outputs"), self.left + 0.85, rows),
            self.head(self.text("wish-head"), self.left + 2.35, rows),
        )
        with self.beat("wish", name=self.hero.label):
            self.play(FadeIn(self.picture), run_time=0.8)
            self.play(FadeIn(self.names, self.lights, self.values, self.heads[0]), run_time=1.0)
            self.wait(0.4)
            self.next_cue()
            self.play(FadeIn(self.target, self.heads[1]), run_time=1.0)
            self.hold(1.4)

    def squares(self) -> None:
        """2. Ten differences, squared and added."""
        self.bars, self.numbers_of, self.sum = self.terms(0, self.rows, 3.15)
        head = self.head(self.text("squares-head"), self.left + 3.15 + 0.5 * (BAR + 0.8), self.rows)
        self.heads.add(head)
        total = self.sum[1]
        terms = self.run.terms(0, self.hero).values
        with self.beat("squares", cost=f"{terms.sum():.2f}"):
            self.play(FadeIn(self.bars, head), run_time=0.5)
            self.play(
                self.bars.animate.set_level(1), FadeIn(self.numbers_of, lag_ratio=0.1), run_time=2.0
            )
            self.wait(0.6)
            self.next_cue()
            self.play(FadeIn(self.sum), run_time=0.4)
            self.play(RunningSum(total, terms), run_time=1.8)
            total.set_value(total.quantity)
            self.hold(1.6)

    def trained(self) -> None:
        """3. The same sum of a good network."""
        run, stage = self.run, self.stage
        first = Group(self.names, self.lights, self.values, self.target, self.heads, self.bars)
        first.add(self.numbers_of, self.sum)
        away = 0.0 if stage.stacked else stage.left + 0.3 - self.left
        rows = self.rows + (5.6 * DOWN if stage.stacked else (7.0 + away) * RIGHT)
        x = 2.25
        lights, values = self.outputs(run.last, rows)
        bars, numbers, line = self.terms(run.last, rows, x, places=4)
        names = self.names.copy().shift(rows[0] - self.rows[0])
        heads = VGroup(self.head(self.text("after"), rows[0][0] + 0.9, rows))
        terms = run.terms(run.last, self.hero).values
        total = line[1]
        fresh = float(run.terms(0, self.hero).values.sum())
        better = terms.sum() < fresh
        with self.beat(
            "trained",
            words="trained" if better else "trained-no",
            cost=f"{terms.sum():.4f}",
            name=self.hero.label,
        ):
            self.play(FadeOut(self.picture), first.animate.shift(away * RIGHT), run_time=1.0)
            self.play(FadeIn(names, lights, values, heads), run_time=1.0)
            self.play(FadeIn(bars, numbers), bars.animate.set_level(1), run_time=1.0)
            self.next_cue()
            self.play(FadeIn(line), run_time=0.4)
            self.play(RunningSum(total, terms), run_time=1.0)
            total.set_value(total.quantity)
            self.hold(1.6)
        self.play(
            FadeOut(first, names, lights, values, heads, bars, numbers, line),
            run_time=0.7,
        )

    def gallery(self) -> None:
        """4. Each digit has a cost of its own."""
        run, stage = self.run, self.stage
        columns = 4 if stage.stacked else SHOWN // 2
        pitch = 2 * stage.right / columns
        side = 0.86 * min(pitch, 1.45)
        apart = side + 0.75
        costs, right = run.each(run.last, "unseen"), run.right(run.last).values
        digits = self.subject.bundled
        shown = []
        rows = -(-SHOWN // columns)
        for place, index in enumerate(self.chosen):
            row, column = divmod(place, columns)
            x = (column - (columns - 1) / 2) * pitch
            y = stage.middle + ((rows - 1) / 2 - row) * apart + 0.25
            picture = PixelGrid(digits[index].pixels, side).move_to([x, y, 0])
            color = style.TEXT_COLOR if right[index] else style.WRONG_COLOR
            number = LiveNumber(costs.one(index), size=SMALL, color=color)
            shown.append(Group(picture, number.move_to([x, y - side / 2 - 0.27, 0])))
        wrong = [index for index in self.chosen if not right[index]]
        most = float(costs.values[self.chosen[-1]])
        with self.beat(
            "gallery", words="gallery" if wrong else "gallery-right", most=f"{most:.2f}"
        ):
            for start in range(0, SHOWN, columns):
                self.play(FadeIn(*shown[start : start + columns], lag_ratio=0.1), run_time=1.3)
            self.next_cue()
            self.hold(2.0)
        self.play(FadeOut(*shown), run_time=0.7)

    def average(self) -> None:
        """5. All digits that it learned from, each as a light; and their average."""
        run, stage = self.run, self.stage
        count = run.history.training_digits
        places = (
            [np.array([0, stage.middle + 2.95, 0]), np.array([0, stage.middle - 2.35, 0])]
            if stage.stacked
            else [np.array([-3.35, stage.middle + 0.2, 0]), np.array([3.35, stage.middle + 0.2, 0])]
        )
        said_of = self.text("fresh"), self.text("after")
        fields, lines = [], []
        for moment, place, said in zip((0, run.last), places, said_of, strict=True):
            numbers = run.each(moment)
            columns = int(np.ceil(np.sqrt(count * 1.5)))
            columns = next((c for c in range(columns, 2 * columns) if count % c == 0), columns)
            rows = -(-count // columns)
            height = min(4.0, 5.9 * rows / columns)
            field = SignedGrid(numbers, height, scale=FIELD, columns=columns).move_to(place)
            mean = LiveNumber(
                run.cost(moment), size=1.15 * style.TITLE_SIZE, color=style.ACCENT_COLOR
            )
            mean.pass_by(0)
            says = Words(said, style.LABEL_SIZE, style.QUIET_COLOR)
            line = in_line(says, mean, buff=0.3).next_to(field, UP, buff=0.18)
            fields.append(field)
            lines.append(line)
        better = run.cost(run.last).value < run.cost(0).value
        with self.beat(
            "average",
            count=f"{count:,}",
            cost=f"{run.cost(0).value:.2f}",
        ):
            self.play(FadeIn(fields[0], lines[0]), run_time=1.0)
            self.play(Average(fields[0], lines[0][1], run.cost(0), run_time=3.6))
            self.next_cue()
            self.hold(1.2)
        with self.beat(
            "all-trained",
            words="all-trained" if better else "all-trained-no",
            cost=f"{run.cost(run.last).value:.2f}",
        ):
            self.play(FadeIn(fields[1], lines[1]), run_time=0.9)
            self.play(Average(fields[1], lines[1][1], run.cost(run.last), run_time=2.4))
            self.hold(1.4)
        self.play(FadeOut(*fields, *lines), run_time=0.7)

    def one_number(self) -> None:
        """6. All weights and biases go in, and one number comes out."""
        run, stage = self.run, self.stage
        of = [run.parameters(moment) for moment in range(run.last + 1)]
        everything = ParameterMap(of[0], 4.0, scale=WEIGHT)
        room = 2 * stage.right - (0.0 if stage.stacked else 3.0)
        everything.scale(min(1.0, room / everything.width))
        count = LiveNumber(Quantity(run.history.mlp.parameters, "network.parameters"), places=0)
        says = Words(self.text("numbers"), style.LABEL_SIZE, style.QUIET_COLOR)
        cost = LiveNumber(run.cost(0), size=2 * style.TITLE_SIZE, color=style.ACCENT_COLOR)
        label = Words(self.text("cost"), style.LABEL_SIZE, style.QUIET_COLOR)
        if stage.stacked:
            everything.move_to([0, stage.middle + 1.6, 0])
            cost.move_to([0, stage.middle - 2.6, 0])
            label.next_to(cost, UP, buff=0.3)
        else:
            everything.move_to([stage.left + room / 2, stage.middle, 0])
            cost.move_to([stage.right - 1.3, stage.middle, 0])
            label.next_to(cost, UP, buff=0.3)
        line = in_line(count, says, buff=0.15).next_to(everything, UP, buff=0.25)
        held: list[tuple[Mobject, object]] = [
            *((grid, [one[n] for one in of]) for n, grid in enumerate(everything.grids)),
            (cost, [run.cost(moment) for moment in range(run.last + 1)]),
        ]
        with self.beat("one-number", count=f"{run.history.mlp.parameters:,}"):
            self.play(FadeIn(everything, lag_ratio=0.03), FadeIn(line), run_time=1.8)
            self.wait(0.4)
            self.next_cue()
            self.play(FadeIn(cost, label, shift=0.3 * RIGHT), run_time=0.9)
            self.next_cue()
            moments = self.falling
            self.play(Epochs(moments, held, run_time=0.7 * (len(moments) - 1)))
            self.hold(1.5)
