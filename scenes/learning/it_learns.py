"""One training run as film: weights, one digit, two hundred digits and the cost, by one clock.

Every picture is that of a network that was. Which parts the run has, and what is said of them, is
found in it.
"""

from __future__ import annotations

from functools import cached_property
from math import ceil, log10, sqrt

import numpy as np
from manim import LEFT, RIGHT, UP, FadeIn, FadeOut, LaggedStart, Mobject, VGroup, there_and_back
from manim.utils.color import ManimColor

from litnet import style
from litnet.animations import Epochs
from litnet.mobjects import (
    AnswerNumber,
    Gallery,
    LiveNumber,
    NeuronLayer,
    PixelGrid,
    Plot,
    SignedGrid,
    Words,
    in_line,
    sentence,
)
from litnet.record.quantities import Quantities, Quantity
from litnet.story.refusals import check_told
from litnet.story.scene import LitScene
from litnet.style import Floats

MOST_SHOWN = 64  # neurons whose weights are shown; of more, each would be too small
TICK = 1.05  # seconds from one moment to the next
SAYS_NO = 0.025  # of the cost of a network that says no to everything: how near it is to that
READS = 0.7  # of the unseen digits: the first ones are read until it is so many
STAYS = 0.8  # of a cost that hardly goes down any more: what is left of it at the end
SHINE = 0.22  # of the light that passes over the pictures at the end
SMALL = 24  # font size of the names of outputs


class ItLearns(LitScene):
    """From dice to an eye for digits."""

    network_reads = True
    needs_digits = True
    shows_learning = True

    def setup(self) -> None:
        """As ever; what the run does not have is said before anything is drawn."""
        super().setup()
        check_told("ItLearns", self.subject.history_file, self.run.history)

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.build()
        self.start()
        self.fall()
        self.plateau()
        self.first_ones()
        self.onward()
        self.by_heart()

    # --- what the run has ------------------------------------------------------------------------
    @cached_property
    def own(self) -> Floats:
        """(n,) the cost of all training digits, at every moment."""
        return self.run.costs("training").values

    @cached_property
    def new(self) -> Floats:
        """(n,) and of the bundled ones, which it never learns from."""
        return self.run.costs("unseen").values

    @cached_property
    def right(self) -> list[Quantities]:
        """For every moment, which of the bundled digits it reads rightly."""
        return [self.run.right(moment) for moment in range(self.run.last + 1)]

    @cached_property
    def says_no(self) -> float:
        """The cost of the best answer that is one and the same for all: of each, how often."""
        parts = np.bincount(self.run.learned.labels, minlength=10) / len(self.run.learned.labels)
        return float(1 - np.sum(parts**2))

    @cached_property
    def flat(self) -> tuple[int, int]:
        """The first and the last moment at which it says no to everything; equal for none."""
        near = np.abs(self.own - self.says_no) < SAYS_NO
        images = np.stack([digit.image.ravel() for digit in self.subject.bundled])
        dark = [
            bool(near[moment]) and float(one.mlp.forward(images).activations[-1].max()) < 0.5
            for moment, one in enumerate(self.run.snapshots)
        ]
        if not any(dark):
            return 0, 0
        first = dark.index(True)
        last = next((k - 1 for k in range(first, len(dark)) if not dark[k]), len(dark) - 1)
        return first, last

    @cached_property
    def reads(self) -> int:
        """The moment at which it reads most of the bundled digits; or the last."""
        _, flat = self.flat
        found = (
            moment
            for moment, right in enumerate(self.right)
            if moment > flat and float(right.values.mean()) >= READS
        )
        return next(found, self.run.last)

    @cached_property
    def parts(self) -> int:
        """The moment from which on the cost of new digits stays; or the last, if it does not."""
        last = self.run.last
        for moment in range(self.reads, last - 1):
            stays = self.new[moment:].min() > STAYS * self.new[moment]
            if stays and self.own[last] < 0.6 * self.own[moment]:
                return moment
        return last

    def epochs(self, moment: int) -> str:
        """How many rounds that was, for words."""
        return f"{self.run.snapshots[moment].epoch}"

    # --- what stands where -----------------------------------------------------------------------
    def build(self) -> None:
        """All that the clock moves, each in its place."""
        run, stage = self.run, self.stage
        if stage.stacked:
            tall = stage.height / 2 - 0.8
            wide = stage.right
            # As much of it as there is room above a caption of three lines.
            k = min(1.0, (tall - stage.caption_y - 1.5) / 10.8)
            boxes = {
                "weights": (-wide / 2, tall - 2.35 * k, wide - 0.1),
                "digit": (wide / 2 + 0.3, tall - 2.35 * k, 2.6),
                "plot": (-0.1, tall - 6.5 * k, 2 * wide - 1.5),
                "gallery": (0.0, tall - 9.6 * k, 2 * wide),
            }
            heights = {"weights": 3.6 * k, "plot": 1.9 * k, "gallery": 2.1 * k, "digit": 4.7 * k}
        else:
            middle = stage.middle
            boxes = {
                "weights": (-4.1, middle, 4.7),
                "plot": (1.0, middle + 1.58, 3.95),
                "gallery": (0.95, middle - 1.32, 4.4),
                "digit": (5.1, middle + 0.05, 2.6),
            }
            heights = {"weights": 4.7, "plot": 1.5, "gallery": 2.05, "digit": 4.7}
        self.heights = heights
        self.weights = self.weight_pictures(*boxes["weights"], heights["weights"])
        self.plot_of_costs(*boxes["plot"], heights["plot"])
        self.gallery_of_digits(*boxes["gallery"], heights["gallery"])
        self.one_digit(*boxes["digit"], heights["digit"])
        self.held: list[tuple[Mobject, list[Quantities] | list[Quantity]]] = [
            *((grid, of) for grid, of in zip(self.weights, self.weights_of, strict=True)),
            (self.gallery, self.right),
            (self.right_number, [right.count() for right in self.right]),
            (self.outputs, self.outputs_of),
            *(
                (value, [outputs.one(n) for outputs in self.outputs_of])
                for n, value in enumerate(self.values)
            ),
            (self.answer, [run.answer(k, self.digit) for k in range(run.last + 1)]),
            (self.step_number, [run.step(k) for k in range(run.last + 1)]),
            (self.own_number, [run.cost(k, "training") for k in range(run.last + 1)]),
            (self.new_number, [run.cost(k, "unseen") for k in range(run.last + 1)]),
        ]
        self.now = 0

    def weight_pictures(self, x: float, y: float, wide: float, tall: float) -> list[SignedGrid]:
        """A picture for each neuron of the first layer, all on one scale."""
        run = self.run
        count = min(run.sizes[1], MOST_SHOWN)
        columns = ceil(sqrt(count))
        rows = ceil(count / columns)
        pitch = min(wide / columns, tall / rows)
        moments = range(run.last + 1)
        self.weights_of = [
            [run.weights_to(moment, 1, neuron) for moment in moments] for neuron in range(count)
        ]
        finals = np.abs(run.history.mlp.layers[0].weights[:count])
        scale = float(np.median(finals[finals > 0]))
        grids = []
        for neuron, of in enumerate(self.weights_of):
            row, column = divmod(neuron, columns)
            in_row = min(columns, count - row * columns)
            place = [x + (column - (in_row - 1) / 2) * pitch, y + ((rows - 1) / 2 - row) * pitch, 0]
            grids.append(SignedGrid(of[0], 0.93 * pitch, scale=scale).move_to(place))
        label = in_line(
            LiveNumber(Quantity(count, "len(signed)"), places=0, color=style.QUIET_COLOR),
            Words(
                self.text("pictures" if count == run.sizes[1] else "pictures-of"),
                style.LABEL_SIZE,
                style.QUIET_COLOR,
            ),
            *(
                [LiveNumber(Quantity(run.sizes[1], "network.sizes[1]"), places=0)]
                if count < run.sizes[1]
                else []
            ),
            buff=0.14,
        )
        label.move_to([x, y + rows * pitch / 2 + 0.34, 0])
        label.scale(min(1.0, wide / label.width))
        self.weights_label = label
        return grids

    def plot_of_costs(self, x: float, y: float, wide: float, tall: float) -> None:
        """The two costs; the axis of steps is logarithmic, so that early ones are seen apart."""
        run = self.run
        steps = [snapshot.step for snapshot in run.snapshots]
        places = [log10(step + 1) for step in steps]
        high = float(ceil(2 * max(self.own.max(), self.new.max())) / 2)
        an_epoch, last = run.history.steps_an_epoch, steps[-1]
        across: dict[float, VGroup] = {}
        for moment, step in enumerate(steps):
            if step in (0, 10) and step < 0.2 * an_epoch:
                said, number = "{count}", run.step(moment)
            elif step == an_epoch < 0.2 * last:
                said, number = self.text("one-epoch", count="{count}"), run.rounds(moment)
            elif step == last:
                said, number = self.text("epochs", count="{count}"), run.fact("epochs")
            else:
                continue
            across[log10(step + 1)] = self.mark(said, number)
        self.plot = Plot(
            places,
            high=high,
            width=wide,
            height=tall,
            across=across,
            up=(0, 1, 2) if high >= 2 else (0, 1),
            size=SMALL,
        )
        self.plot.move_to([x, y, 0])
        self.plot.shift(np.array([x, y, 0.0]) - self.plot.axes.get_center())
        self.new_curve = self.plot.add_curve(run.costs("unseen"), style.CORRECT)
        self.own_curve = self.plot.add_curve(run.costs("training"), style.FLASH)
        self.curves = [self.own_curve, self.new_curve]
        own, new = (ManimColor.from_rgb(color).to_hex() for color in (style.FLASH, style.CORRECT))
        self.own_number = LiveNumber(run.cost(0, "training"), color=own)
        self.new_number = LiveNumber(run.cost(0, "unseen"), color=new)
        title = Words(self.text("cost"), style.LABEL_SIZE)
        left, top = x - wide / 2, y + tall / 2
        title.move_to([left, top + 0.34, 0], aligned_edge=LEFT)
        lines = VGroup()
        for number, said, color, down in (
            (self.own_number, self.text("own"), own, 0.12),
            (self.new_number, self.text("new"), new, 0.5),
        ):
            words = Words(said, SMALL, color)
            number.move_to([x + wide / 2, top - down, 0], aligned_edge=RIGHT)
            words.next_to(number, LEFT, buff=0.2)
            words.shift((number.baseline - words.baseline) * np.array([0, 1, 0]))
            lines.add(words, number)
        steps_word = Words(self.text("steps"), style.LABEL_SIZE, style.QUIET_COLOR)
        self.step_number = LiveNumber(run.step(0), places=0)
        # As wide as it ever gets, and then it grows to the right.
        self.step_number.pass_by(last)
        in_line(steps_word, self.step_number, buff=0.16).move_to(
            [x + wide / 2, top + 0.34, 0], aligned_edge=RIGHT
        )
        self.step_number.pass_by(0)
        self.clock = VGroup(self.step_number, steps_word)
        self.cost_parts = VGroup(title, lines)

    def mark(self, said: str, number: Quantity) -> VGroup:
        """What stands below the axis of steps."""
        shown = LiveNumber(number, places=0, size=SMALL, color=style.QUIET_COLOR)
        return sentence(said, SMALL, count=shown)

    def near_plot(self) -> Plot:
        """The costs from where it reads most digits on: nearer, and over even rounds."""
        run, start = self.run, min(self.reads, self.parts - 1)
        rounds = [one.step / run.history.steps_an_epoch for one in run.snapshots[start:]]
        most = float(max(self.own[start:].max(), self.new[start:].max()))
        last = run.history.epochs
        far = self.mark(self.text("epochs", count="{count}"), run.fact("epochs"))
        plot = Plot(
            rounds,
            high=ceil(10 * most) / 10,
            width=float(np.ptp(self.plot.axes.points[:, 0])),
            height=float(np.ptp(self.plot.axes.points[:, 1])),
            across={rounds[0]: None, last // 2: None, last: far},
            up=(0, 0.2, 0.4) if most > 0.3 else (0, 0.1, 0.2),
            size=SMALL,
        )
        plot.shift(self.plot.axes.get_center())
        self.curves = [
            plot.add_curve(run.costs("unseen"), style.CORRECT, start).reach(self.now - start + 1),
            plot.add_curve(run.costs("training"), style.FLASH, start).reach(self.now - start + 1),
        ]
        return plot

    def gallery_of_digits(self, x: float, y: float, wide: float, tall: float) -> None:
        """The bundled digits, bright where it reads them rightly."""
        digits = self.subject.bundled
        images = np.stack([digit.image for digit in digits])
        columns = 20
        pitch = min(wide / columns, tall / ceil(len(images) / columns))
        self.gallery = Gallery(images, self.right[0], columns=columns, pitch=pitch)
        self.gallery.move_to([x, y, 0])
        new = ManimColor.from_rgb(style.CORRECT).to_hex()
        self.right_number = LiveNumber(self.right[0].count(), places=0, size=SMALL, color=new)
        self.right_number.pass_by(len(images))
        line = sentence(
            self.text("right-of", total="{total}", right="{right}"),
            SMALL,
            total=LiveNumber(self.number("len(right(0, unseen))"), places=0, size=SMALL, color=new),
            right=self.right_number,
        )
        self.right_line = line.next_to(self.gallery, UP, buff=0.16)
        self.right_number.pass_by(self.right[0].count().value)

    def one_digit(self, x: float, y: float, wide: float, tall: float) -> None:
        """The filmed digit, its ten outputs, and the answer."""
        run, last = self.run, len(self.run.sizes) - 1
        self.outputs_of = [run.layer(k, self.digit, last) for k in range(run.last + 1)]
        pitch = min(0.31, tall / 15)
        side = min(0.5 * wide, tall - 10.6 * pitch)
        top = y + tall / 2
        picture = run.layer(0, self.digit, 0)
        self.picture = PixelGrid(picture, side)
        left = x - wide / 2 + side / 2 + 0.1
        self.picture.move_to([left, top - side / 2, 0])
        answer = run.answer(0, self.digit)
        self.answer = AnswerNumber(answer, self.digit.label, size=2.3 * style.TITLE_SIZE)
        self.answer.move_to([x + 0.3 * wide, top - side / 2, 0])
        centers = np.array(
            [
                [x - wide / 2 + side / 2 + 0.1 - 0.42, top - side - 0.28 - pitch * (n + 0.5), 0.0]
                for n in range(10)
            ]
        )
        self.outputs = NeuronLayer(self.outputs_of[0], pitch=pitch, centers=centers)
        self.names = VGroup(
            *(
                Words(
                    str(n),
                    SMALL,
                    style.CORRECT_COLOR if n == self.digit.label else style.QUIET_COLOR,
                ).move_to(center + 0.42 * RIGHT)
                for n, center in enumerate(centers)
            )
        )
        self.values = VGroup(
            *(
                LiveNumber(self.outputs_of[0].one(n), size=SMALL, color=style.QUIET_COLOR).move_to(
                    center + 1.25 * RIGHT
                )
                for n, center in enumerate(centers)
            )
        )

    # --- the clock -------------------------------------------------------------------------------
    def go(self, to: int, tick: float = TICK) -> None:
        """Let the clock run to a moment."""
        if to <= self.now:
            return
        moments = list(range(self.now, to + 1))
        self.play(Epochs(moments, self.held, self.curves, run_time=tick * (len(moments) - 1)))
        self.now = to

    def in_two(self, to: int) -> list[int]:
        """Two moments to go to, one after the other, with something to say in between."""
        half = self.now + max(1, ceil((to - self.now) / 2))
        return [min(half, to), to]

    # --- the story -------------------------------------------------------------------------------
    def start(self) -> None:
        """1. What the clock will move."""
        with self.beat(
            "start",
            pictures=len(self.weights),
            new=len(self.right[0]),
            own=f"{self.run.history.training_digits:,}",
        ):
            self.play(FadeIn(*self.weights, self.weights_label), run_time=1.4)
            self.wait(0.5)
            self.next_cue()
            self.play(FadeIn(self.picture), run_time=0.7)
            self.play(FadeIn(self.outputs, self.names, self.values, self.answer), run_time=0.9)
            self.next_cue()
            self.play(FadeIn(self.gallery, self.right_line), run_time=1.0)
            self.next_cue()
            self.play(FadeIn(self.plot, self.cost_parts, self.clock), run_time=1.0)
            self.hold(0.8)

    def fall(self) -> None:
        """2. The first steps."""
        first, last = self.flat
        dark = last > first
        to = first if dark else min(self.run.last, max(1, self.reads // 2))
        with self.beat(
            "fall",
            words="fall-dark" if dark else "fall",
            own=f"{self.run.history.training_digits:,}",
            batch=self.run.history.batch_size,
            steps=f"{self.run.snapshots[to].step:,}",
        ):
            self.wait(0.8)
            self.go(to, 1.6 * TICK)
            self.next_cue()
            self.hold(1.0)

    def plateau(self) -> None:
        """3. It says no to everything, and stays there for a while."""
        first, last = self.flat
        if last <= first:
            return
        with self.beat(
            "plateau",
            cost=f"{self.says_no:.1f}",
            steps=f"{self.run.snapshots[last].step:,}",
        ):
            self.go(last, 1.3 * TICK)
            self.next_cue()
            self.hold(1.2)

    def first_ones(self) -> None:
        """4. The first digits it gets."""
        to = self.reads
        if to <= self.now:
            return
        with self.beat("first"):
            half, whole = self.in_two(to)
            self.go(half, 1.5 * TICK)
            self.next_cue()
            self.go(whole, 1.5 * TICK)
            self.hold(0.8)

    def onward(self) -> None:
        """5. And on."""
        to = self.parts
        if to <= self.now:
            return
        right = int(self.right[to].values.sum())
        with self.beat(
            "onward",
            words="onward-one" if self.epochs(to) == "1" else "onward",
            epochs=self.epochs(to),
            right=right,
            new=len(self.right[0]),
        ):
            self.go(to, 1.15 * TICK)
            self.next_cue()
            self.hold(1.2)

    def by_heart(self) -> None:
        """6. The two costs part; or the run ends."""
        run, last = self.run, self.run.last
        values = {
            "own": f"{self.own[last]:.2f}",
            "new": f"{self.new[last]:.2f}",
            "right": int(self.right[last].values.sum()),
            "total": len(self.right[0]),
            "epochs": run.history.epochs,
        }
        if self.now < last:
            with self.beat("heart", **values):
                near = self.near_plot()
                self.play(FadeOut(self.plot), FadeIn(near), run_time=1.0)
                self.plot = near
                half, whole = self.in_two(last)
                self.go(half, 1.3 * TICK)
                self.next_cue()
                self.go(whole, 1.3 * TICK)
                self.next_cue()
                self.hold(2.2)
        with self.beat(
            "end", words="end" if self.new[last] > 1.5 * self.own[last] else "end-near", **values
        ):
            wave = (
                grid.animate(rate_func=there_and_back).set(flash=np.full(len(grid), SHINE))
                for grid in self.weights
            )
            self.play(LaggedStart(*wave, lag_ratio=0.12), run_time=2.4)
            self.hold(2.0)
