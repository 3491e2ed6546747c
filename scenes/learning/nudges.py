"""One real step: how each weight should change, and what that takes from the cost.

The costs before and after are measured, not drawn: what the slope predicts, and what came of it.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Circle, Create, FadeIn, FadeOut, Group, VGroup

from litnet import style
from litnet.animations import Backpropagate
from litnet.mobjects import (
    Arrows,
    LiveNumber,
    NetworkDiagram,
    NeuronLayer,
    ParameterMap,
    PixelGrid,
    Words,
    in_line,
)
from litnet.mobjects.scales import one_digit
from litnet.record.learning import Moment
from litnet.record.quantities import Quantities, Quantity
from litnet.story.scene import LitScene
from network import InputError

BY = 0.1  # how far a weight is nudged by itself
NEAR = 0.1  # how near a fall is to what was predicted, as a part of it
SMALL = 26
BAR = 3.6  # length of the longer of two falls


class Component(NamedTuple):
    """A weight: its layer, from 1, the neurons that it leads to and comes from; and its nudge."""

    layer: int
    to: int
    start: int
    nudge: float


class Nudges(LitScene):
    """What a step is made of."""

    network_reads = True
    shows_learning = True

    def setup(self) -> None:
        """As ever; without a step, there is nothing to tell."""
        super().setup()
        if not self.run.history.steps:
            raise InputError(
                f"{self.subject.history_file}: found no single steps, which Nudges films; "
                "litnet train --optimizer sgd --history keeps some."
            )

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.step()
        self.border()
        self.two_of_them()
        self.all_at_once()

    # --- the step that is filmed -----------------------------------------------------------------
    @cached_property
    def number_of_step(self) -> int:
        """Its place: of those that did about what was predicted, the one that did most."""
        found = []
        for place in range(len(self.run.history.steps)):
            predicted, fell = self.falls(place)
            near = abs(fell.value - predicted.value) < NEAR * predicted.value
            found.append((near, predicted.value, -place))
        return -max(found)[2]

    def falls(self, place: int) -> tuple[Quantity, Quantity]:
        """The fall of its digits' cost that a step should bring, and the one that it brought."""
        before, after, which = f"before({place})", f"after({place})", f"batch({place})"
        return (
            self.number(f"history.learning_rate * steepness({before}, {which})"),
            self.number(f"cost({before}, {which}) - cost({after}, {which})"),
        )

    @cached_property
    def before(self) -> Moment:
        """The network before it."""
        return Moment("before", self.number_of_step)

    @cached_property
    def batch(self) -> str:
        """The digits that it learned from."""
        return f"batch({self.number_of_step})"

    @cached_property
    def weights(self) -> list[Quantities]:
        """(n_out, n_in) of each layer, how its weights should change."""
        return [
            self.run.nudges(self.before, self.batch, layer)
            for layer in range(1, len(self.run.sizes))
        ]

    @cached_property
    def components(self) -> tuple[Component, Component]:
        """The weight that should change most, and one in the middle of those that should change."""
        sizes = np.concatenate([np.abs(one.values).ravel() for one in self.weights])
        middle = float(np.median(sizes)) or float(np.median(sizes[sizes > 0]))
        found = []
        for wanted in (float(sizes.max()), middle):
            gaps = [np.abs(np.abs(one.values) - wanted) for one in self.weights]
            layer = int(np.argmin([gap.min() for gap in gaps]))
            to, start = np.unravel_index(int(gaps[layer].argmin()), gaps[layer].shape)
            nudge = float(self.weights[layer].values[to, start])
            found.append(Component(layer + 1, int(to), int(start), nudge))
        return found[0], found[1]

    # --- the story -------------------------------------------------------------------------------
    def step(self) -> None:
        """1. Light runs back through the network, and each weight has a nudge."""
        run, stage = self.run, self.stage
        nudges = run.all_nudges(self.before, self.batch)
        first = np.abs(self.weights[0].values)
        scale = one_digit(3 * float(np.median(first[first > 0])))
        wide = 2 * stage.right if stage.stacked else 6.7
        self.map = ParameterMap(nudges, 4.5, scale=scale, piled=True)
        self.map.scale(min(1.0, wide / self.map.width))
        if stage.stacked:
            self.map.move_to([0, stage.middle - 2.3, 0])
            tall, left, right, middle = 4.4, stage.left, stage.right - 0.3, stage.middle + 3.2
        else:
            self.map.move_to([stage.right - self.map.width / 2, stage.middle + 0.1, 0])
            tall, left, middle = 4.6, stage.left, stage.middle + 0.1
            right = stage.right - self.map.width - 0.9
        side = min(2.4, 0.42 * (right - left))
        pixels = PixelGrid(run.layer(0, self.digit, 0), side)
        inputs = NeuronLayer.like(pixels, pitch=side / 28).set_level(0)
        inputs.move_to([left + side / 2, middle, 0])
        reading = run.reading(0, self.digit)
        self.diagram = NetworkDiagram(inputs, reading, right=right, tall=tall).darken()
        # Nothing runs forward here: there are only the neurons, and the lines between them.
        drawn = self.drawn_of_all(self.diagram)
        self.diagram.add(*drawn)
        self.legend = self.map.legend().next_to(self.map, UP, buff=0.2)
        self.legend.align_to(self.map, RIGHT)
        said = in_line(
            Words(self.text("step-number"), style.LABEL_SIZE, style.QUIET_COLOR),
            LiveNumber(self.number(f"history.steps[{self.number_of_step}]"), places=0, size=28),
            buff=0.16,
        )
        self.title = said.next_to(self.map, UP, buff=0.2).align_to(self.map, LEFT)
        bundles = self.diagram.bundles
        with self.beat(
            "step",
            step=f"{run.history.steps[self.number_of_step].number:,}",
            batch=len(run.history.steps[self.number_of_step].batch),
        ):
            self.play(FadeIn(self.diagram), run_time=1.0)
            for layer in range(len(bundles), 0, -1):
                self.play(Backpropagate(bundles[layer - 1], self.weights[layer - 1], run_time=1.1))
            self.next_cue()
            self.play(
                FadeIn(self.map, lag_ratio=0.04), FadeIn(self.title, self.legend), run_time=2.0
            )
            self.hold(2.0)

    def border(self) -> None:
        """2. Weights that no digit ever moves."""
        run = self.run
        never = run.learned.never
        if not never.any():
            return
        count = self.number("network.sizes[1] * count(never)")
        number = LiveNumber(count, places=0, size=1.3 * style.TITLE_SIZE, color=style.ACCENT_COLOR)
        says = Words(self.text("never"), style.LABEL_SIZE, style.QUIET_COLOR)
        pictures = self.map.grids[: run.sizes[1]]
        line = VGroup(number, says.next_to(number, DOWN, buff=0.2))
        place = self.diagram.get_center()
        with self.beat(
            "border",
            pixels=int(never.sum()),
            digits=f"{run.history.training_digits:,}",
            weights=f"{int(count.value):,}",
        ):
            self.play(
                FadeOut(self.diagram),
                *(one.animate.set(flash=style.FLASH_STRENGTH * 0.5 * never) for one in pictures),
                run_time=1.2,
            )
            self.wait(0.5)
            self.next_cue()
            self.play(FadeIn(line.move_to(place)), run_time=0.7)
            self.hold(1.2)
        self.play(
            FadeOut(line),
            *(one.animate.set(flash=np.zeros(len(one))) for one in pictures),
            run_time=0.8,
        )

    def ring(self, one: Component) -> Circle:
        """What points at a weight in the map."""
        sizes = self.run.sizes
        if one.layer == 1:
            grid, cell = self.map.grids[one.to], one.start
        else:
            grid = self.map.grids[sizes[1] + 1 + 2 * (one.layer - 2)]
            cell = one.to * sizes[one.layer - 1] + one.start
        radius = max(1.5 * float(grid.half[cell]), 0.09)
        ring = Circle(radius, color=style.ACCENT_COLOR, stroke_width=4)
        return ring.move_to(grid.centers[cell])

    def two_of_them(self) -> None:
        """3. Two weights, each nudged alike: what it takes from the cost."""
        said_of = self.text("strongest"), self.text("middle")
        rings, blocks, changes = [], [], []
        cost = f"cost(before({self.number_of_step}), {self.batch})"
        for one, said in zip(self.components, said_of, strict=True):
            by = BY if one.nudge > 0 else -BY
            nudged = (
                f"nudged(before({self.number_of_step}), {self.batch}, "
                f"{one.layer}, {one.to}, {one.start}, {by!r})"
            )
            change = self.number(f"{nudged} - {cost}")
            before = LiveNumber(self.number(cost), places=6, size=SMALL)
            after = LiveNumber(self.number(nudged), places=6, size=SMALL)
            arrow = Words("\N{RIGHTWARDS ARROW}", SMALL, style.QUIET_COLOR)
            fall = LiveNumber(change, places=6, size=1.5 * SMALL, color=style.ACCENT_COLOR)
            title = Words(said, style.LABEL_SIZE, style.QUIET_COLOR)
            block = VGroup(title, in_line(before, arrow, after, buff=0.2), fall)
            block.arrange(DOWN, buff=0.24)
            rings.append(self.ring(one))
            blocks.append(block)
            changes.append(change.value)
        place = self.diagram.get_center()
        both = VGroup(*blocks).arrange(DOWN, buff=0.7).move_to(place)
        more = abs(changes[0] / changes[1]) if changes[1] else 0.0
        with self.beat(
            "two",
            words="two" if more >= 2 else "two-alike",
            by=f"{BY:g}",
            count=f"{self.run.history.mlp.parameters:,}",
            more=f"{one_digit(more):,.0f}",
        ):
            self.play(Create(rings[0]), FadeIn(both[0]), run_time=1.2)
            self.wait(0.8)
            self.play(Create(rings[1]), FadeIn(both[1]), run_time=1.2)
            self.next_cue()
            self.hold(2.0)
        self.play(FadeOut(both, *rings), run_time=0.7)

    def all_at_once(self) -> None:
        """4. The step itself: the fall that the slope predicts, and the one that was."""
        predicted, fell = self.falls(self.number_of_step)
        unit = BAR / max(abs(predicted.value), abs(fell.value))
        center = self.diagram.get_center()
        left = np.array([center[0] - BAR / 2, center[1], 0.0])
        rows = []
        for one, said, up in (
            (predicted, self.text("predicted"), 0.9),
            (fell, self.text("fell"), -0.5),
        ):
            foot = left + up * UP
            arrow = Arrows(
                Quantities(np.array([one.value]), one.source),
                foot[None],
                unit=unit,
                direction=RIGHT,
            )
            words = Words(said, style.LABEL_SIZE, style.QUIET_COLOR)
            number = LiveNumber(one, places=4, size=1.2 * SMALL, color=style.ACCENT_COLOR)
            line = in_line(words, number, buff=0.25)
            line.move_to(foot + 0.42 * UP, aligned_edge=LEFT)
            rows.append(Group(arrow.set_level(0), line))
        before, after = (
            LiveNumber(
                self.number(f"cost({side}({self.number_of_step}), {self.batch})"),
                places=4,
                size=style.TITLE_SIZE,
            )
            for side in ("before", "after")
        )
        arrow = Words("\N{RIGHTWARDS ARROW}", style.TITLE_SIZE, style.QUIET_COLOR)
        costs = in_line(before, arrow, after, buff=0.3).move_to(center + 1.9 * DOWN)
        with self.beat(
            "all",
            words="all-less"
            if fell.value < predicted.value * 0.995
            else ("all-more" if fell.value > predicted.value * 1.005 else "all-as"),
            rate=f"{self.run.history.learning_rate:g}",
            predicted=f"{predicted.value:.4f}",
            fell=f"{fell.value:.4f}",
        ):
            shine = (grid.animate.set(flash=np.full(len(grid), 0.25)) for grid in self.map.grids)
            self.play(*shine, run_time=0.7)
            self.play(
                *(grid.animate.set(flash=np.zeros(len(grid))) for grid in self.map.grids),
                run_time=0.9,
            )
            self.next_cue()
            self.play(FadeIn(rows[0]), rows[0][0].animate.set_level(1), run_time=1.3)
            self.wait(0.4)
            self.play(FadeIn(rows[1]), rows[1][0].animate.set_level(1), run_time=1.3)
            self.next_cue()
            self.play(FadeIn(costs), run_time=0.8)
            self.hold(2.2)
