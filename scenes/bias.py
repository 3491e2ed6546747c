"""What a bias is for: how much a neuron demands before it lights up.

One real neuron and all bundled digits; a detector that was designed to be understood, and is
marked so; and what is left of the network when all biases are 0.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from manim import (
    DOWN,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    Group,
    LaggedStart,
    Line,
    Square,
    VGroup,
)

from litnet import style
from litnet.animations import Turn
from litnet.animations.tide import Tide
from litnet.mobjects import (
    Gallery,
    LiveNumber,
    NeuronLayer,
    PixelGrid,
    SignedGrid,
    Swarm,
    Words,
    sentence,
)
from litnet.record.quantities import Quantities, illustrative, illustrative_cells
from litnet.story.scene import LitScene
from litnet.style import Floats
from network import InputError
from network.activations import get_activation

SOME = (0.1, 0.65)  # of the digits: a neuron that lights for so many of them is a telling one
BRIGHT = 0.5  # light from which on it counts as lit
COLUMNS = 20  # of all the digits
EDGE = (4, 2)  # rows of the designed stroke, and of what must be dark above and below it
WIDE = 13  # its columns
WHITE = "white"


class Bias(LitScene):
    """A threshold, a detector, and a network without either."""

    network_reads = True
    needs_digits = True

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        if len(self.network.layers) < 2:
            raise InputError(
                "Bias tells of a neuron between the input and the outputs, but this network has "
                "none; expected at least one hidden layer. LayerIntro can show it."
            )
        self.reading = self.read()
        self.layer, self.neuron = self.telling_neuron()
        self.threshold()
        self.designed()
        self.without()

    # --- one real neuron -------------------------------------------------------------------------
    @cached_property
    def images(self) -> Floats:
        """(n, 28, 28) all bundled digits, sorted by what they are."""
        return np.stack([digit.image for digit in self.subject.sorted_digits])

    def telling_neuron(self) -> tuple[int, int]:
        """The hidden neuron that demands the most and still lights for some digits, not for all."""
        found = []
        judged = self.subject.judged
        for layer in range(1, len(self.network.layers)):
            for neuron, bias in enumerate(self.network.layers[layer - 1].biases.tolist()):
                share = float(np.mean(judged.lit(layer, neuron) > BRIGHT))
                telling = SOME[0] <= share <= SOME[1]
                found.append((not telling, bias if telling else abs(share - 0.3), layer, neuron))
        _, _, layer, neuron = min(found)
        return layer, neuron

    def threshold(self) -> None:
        """1. Every digit at the place of its sum; those beyond what the bias demands light it."""
        stage, layer, neuron = self.stage, self.layer, self.neuron
        place = f"({layer}, {neuron})"
        sums, lights = self.numbers(f"arriving{place}"), self.numbers(f"lit{place}")
        bias = self.reading.bias(layer, neuron)
        margin = 0.05 * float(np.ptp(sums.values)) or 1.0
        low = min(float(sums.values.min()), 0.0, -bias.value) - margin
        high = max(float(sums.values.max()), 0.0, -bias.value) + margin
        length = 2 * stage.right - 0.3
        swarm = Swarm(
            self.images, sums, lights, low=low, high=high, length=length, room=3.6, largest=0.46
        )
        y = stage.middle - 1.9 if not stage.stacked else stage.middle - 1.2
        swarm.shift([0, y + 0.08, 0])
        line = Line(
            [-length / 2, y, 0], [length / 2, y, 0], color=style.QUIET_COLOR, stroke_width=2
        )
        zero = swarm.zero
        tick = Line([zero, y, 0], [zero, y - 0.14, 0], color=style.QUIET_COLOR, stroke_width=2)
        naught = Words("0", color=style.QUIET_COLOR).next_to(tick, DOWN, buff=0.12)
        axis = VGroup(line, tick, naught)
        whole = self.number("len(digits)")
        pitch = min(length / COLUMNS, 3.7 * COLUMNS / len(self.images))
        pitch = min(pitch, 0.5)
        before = swarm.gathered(COLUMNS, pitch, np.array([0.0, stage.middle + 0.25, 0.0]))
        before.set_level(0)
        spread = swarm.copy().set_level(0)
        layer_name = self.text("neuron", layer=layer, neuron=neuron + 1)
        name = Words(layer_name, color=style.QUIET_COLOR).move_to([0, stage.middle + 2.75, 0])
        if stage.stacked:
            name.shift(1.6 * UP)
        mark = Line([0, y - 0.3, 0], [0, y + 3.75, 0], color=style.ACCENT_COLOR, stroke_width=4)
        mark.move_to([zero - bias.value * swarm.unit, mark.get_y(), 0])
        demanded = LiveNumber(self.number(f"-biases[{layer}][{neuron}]"), color=style.ACCENT_COLOR)
        demanded.next_to(mark, DOWN, buff=0.12)
        demanded.shift(min(0.0, stage.right - float(demanded.get_right()[0])) * RIGHT)
        if abs(float(demanded.get_x()) - zero) < 0.6:
            naught.set_opacity(0)  # they would touch
        says = sentence(
            self.text("its-bias", bias="{bias}"), bias=LiveNumber(bias, color=style.ACCENT_COLOR)
        )
        says.next_to(name, DOWN, buff=0.2) if stage.stacked else says.next_to(name, RIGHT, buff=0.5)
        if not stage.stacked:
            says.shift((name.baseline - says[0].baseline) * UP)
        Group(name, says).set_x(0)
        with self.beat("digits", total=int(whole.value)):
            self.play(FadeIn(before, name), run_time=1.0)
            self.next_cue()
            self.play(FadeIn(axis), before.animate.become(spread), run_time=3.2)
            self.hold(0.8)
        swarm, lit = before, swarm
        with self.beat("demands", threshold=f"{-bias.value:.2f}".replace("-", "\N{MINUS SIGN}")):
            self.play(Create(mark), FadeIn(demanded, says), run_time=1.0)
            self.play(swarm.animate.become(lit), run_time=1.6)
            self.next_cue()
            self.hold(2.0)
        hand = Words(self.text("by-hand"), style.LABEL_SIZE, style.ACCENT_COLOR)
        hand.move_to([0, stage.middle + 2.25, 0])
        if stage.stacked:
            hand.next_to(says, DOWN, buff=0.25)
        function = self.network.layers[layer - 1].activation
        active = get_activation(function).function(sums.values + bias.value)
        demand = Demand(
            sums.values, function, min(0.0, float(active.min())), max(1.0, float(active.max()))
        )
        shown = next(part for part in says if isinstance(part, LiveNumber))
        numbers = [(demanded, -1), (shown, 1)]
        turned = {"demand": demand}
        with self.beat("turned"):
            self.play(FadeIn(hand), FadeOut(naught), run_time=0.4)
            self.play(
                Tide(
                    *(swarm, mark, numbers),
                    start=bias.value,
                    end=0.0,
                    lights=self.numbers(f"lit({layer}, {neuron}, 0.0)"),
                    ends=[illustrative(0), illustrative(0)],
                    run_time=2.4,
                    **turned,
                ),
                run_time=2.4,
            )
            self.hold(0.8)
            self.next_cue()
            self.play(
                Tide(
                    *(swarm, mark, numbers),
                    start=0.0,
                    end=bias.value,
                    lights=lights,
                    ends=[self.number(f"-biases[{layer}][{neuron}]"), bias],
                    run_time=2.4,
                    **turned,
                ),
                run_time=2.4,
            )
            self.play(FadeOut(hand), run_time=0.4)
            self.hold(0.6)
        self.gone = Group(swarm, mark, demanded, says, name, line, tick)

    # --- one that was designed -------------------------------------------------------------------
    def designed(self) -> None:
        """2. Weights set by hand, so that one sees why a pattern detects."""
        stage = self.stage
        top = self.best_row()
        weights = detector(top)
        inputs = self.three_inputs(weights)
        sums = [float((weights * image).sum()) for _, image in inputs]
        demand = round(sums[0] / 2)
        side, small = (3.3, 2.0) if not stage.stacked else (2.5, 2.0)
        grid = SignedGrid(illustrative_cells(weights), side, scale=0.5)
        mark = Words(self.text("mark"), style.LABEL_SIZE, style.ACCENT_COLOR)
        if stage.stacked:
            xs, y = (-2.5, 0.0, 2.5), stage.middle + 0.55
            grid.move_to([0, stage.middle + 3.4, 0])
            mark.next_to(grid, UP, buff=0.25)
        else:
            xs, y = (-0.4, 2.35, 5.1), stage.middle + 1.85
            grid.move_to([-4.4, stage.middle + 0.25, 0])
            mark.next_to(grid, UP, buff=0.3)
            mark.shift(max(0.0, stage.left - float(mark.get_left()[0])) * RIGHT)
        start = grid.copy()
        start.move_to([0, grid.get_y(), 0])
        moved = grid
        columns = []
        for (quantities, image), total, x in zip(inputs, sums, xs, strict=True):
            picture = PixelGrid(quantities, small).move_to([x, y, 0])
            carried = SignedGrid(illustrative_cells(weights * image), small, scale=0.5)
            carried.move_to([x, y - small - 0.2, 0])
            number = LiveNumber(illustrative(total), places=1, size=1.3 * style.LABEL_SIZE)
            level = 1 / (1 + np.exp(-(total - demand)))
            neuron = NeuronLayer(illustrative_cells([level]), pitch=0.8)
            below = y - 1.5 * small - 0.2
            number.move_to([x - 0.45, below - 0.48, 0])
            neuron.move_to([x + 0.55, below - 0.48, 0])
            columns.append((picture, carried, number, neuron))
        says = sentence(
            self.text("demand", demand="{demand}"),
            demand=LiveNumber(illustrative(demand), places=0, color=style.ACCENT_COLOR),
        )
        says.next_to(grid, DOWN, buff=0.35)
        says.shift(max(0.0, stage.left - float(says.get_left()[0])) * RIGHT)
        if stage.stacked:
            says.move_to([0, y - 2.5 * small - 0.35, 0])
        with self.beat("designed"):
            there = mark.get_center()
            mark.set_x(0)
            self.play(FadeOut(self.gone), run_time=0.5)
            self.play(FadeIn(start, mark), run_time=0.7)
            self.next_cue()
            self.hold(0.6)
            self.play(start.animate.become(moved), mark.animate.move_to(there), run_time=0.9)
            self.hold(0.3)
        grid = start
        with self.beat("stroke"):
            self.tried(grid, columns[0], small)
        with self.beat("nothing"):
            self.tried(grid, columns[1], small)
        with self.beat("white"):
            self.tried(grid, columns[2], small)
        with self.beat("with-bias", demand=demand):
            self.play(FadeIn(says), *(FadeIn(n.set_level(0)) for *_, n in columns), run_time=0.6)
            self.play(*(n.animate.set_level(1) for *_, n in columns), run_time=1.2)
            self.hold(1.4)
        self.gone = Group(grid, mark, says, *(part for column in columns for part in column))

    def tried(
        self,
        grid: SignedGrid,
        column: tuple[PixelGrid, SignedGrid, LiveNumber, NeuronLayer],
        small: float,
    ) -> None:
        """The detector is laid over a picture; what is left of it adds up."""
        picture, carried, number, _ = column
        self.play(FadeIn(picture), run_time=0.6)
        over = grid.copy()
        self.play(
            over.animate.scale_to_fit_height(small).move_to(picture).set_opacity(0.8),
            run_time=1.0,
        )
        self.play(FadeOut(over), FadeIn(carried, shift=0.3 * DOWN), run_time=0.6)
        self.play(FadeIn(number), run_time=0.4)
        self.hold(0.7)

    def best_row(self) -> int:
        """Where the designed stroke lies: where it finds one in a bundled 7, and none in a 1."""
        return max(range(2, 12), key=lambda row: self._best(row)[0])

    def _best(self, row: int) -> tuple[float, int, int]:
        """How far a 7 is ahead of a 1, by that row; and which they are."""
        responses = (self.images * detector(row)).sum(axis=(1, 2))
        labels = np.array([digit.label for digit in self.subject.sorted_digits])
        seven = max(np.flatnonzero(labels == 7), key=lambda n: float(responses[n]))
        one = min(np.flatnonzero(labels == 1), key=lambda n: abs(float(responses[n])))
        return float(responses[seven] - abs(responses[one])), int(seven), int(one)

    def three_inputs(self, weights: Floats) -> list[tuple[Quantities, Floats]]:
        """A digit with such a stroke, one without, and a picture that is white all over."""
        _, seven, one = self._best(self.best_row())
        digits = [self.subject.sorted_digits[number] for number in (seven, one)]
        white = np.ones_like(weights)
        return [
            *((digit.pixels, digit.image) for digit in digits),
            (illustrative_cells(white), white),
        ]

    # --- all of them ------------------------------------------------------------------------------
    def without(self) -> None:
        """3. All biases at 0: what the network still reads."""
        stage = self.stage
        right, left_right = self.numbers("right(network)"), self.numbers("right(unbiased)")
        gallery = Gallery.on_stage(self.images, right, stage, columns=COLUMNS, beside=3.9)
        on, off = self.number("count(right(network))"), self.number("count(right(unbiased))")
        counter = LiveNumber(on, places=0, size=2.6 * style.TITLE_SIZE)
        of_all = sentence(
            self.text("of-all", total="{total}"),
            total=LiveNumber(self.number("len(digits)"), places=0, color=style.QUIET_COLOR),
        )
        state = Words(self.text("all-off"), style.LABEL_SIZE, style.ACCENT_COLOR)
        place = np.array([(gallery.get_right()[0] + stage.right) / 2 + 0.1, stage.middle + 0.3, 0])
        if stage.stacked:
            place = np.array([0.0, float(gallery.get_bottom()[1]) - 1.1, 0.0])
        counter.move_to(place)
        of_all.next_to(counter, DOWN, buff=0.3)
        state.next_to(counter, UP, buff=0.4)
        if stage.stacked:
            state.next_to(of_all, DOWN, buff=0.35)
        missed = np.flatnonzero(right.values == 0)
        lost = np.flatnonzero((right.values == 1) & (left_right.values == 0))
        frames = {
            name: VGroup(*(self.red(gallery, int(cell)) for cell in cells))
            for name, cells in (("before", missed), ("lost", lost))
        }
        with self.beat("all", right=int(on.value), total=len(right)):
            self.play(FadeOut(self.gone), run_time=0.5)
            self.play(FadeIn(gallery, counter, of_all, frames["before"]), run_time=0.8)
            self.hold(1.0)
        with self.beat("off", right=int(off.value), before=int(on.value)):
            self.play(FadeIn(state, shift=0.15 * UP), run_time=0.6)
            self.play(
                gallery.animate.hold(left_right),
                LaggedStart(*map(FadeIn, frames["lost"]), lag_ratio=0.1),
                Turn(counter, off),
                run_time=3.0,
            )
            self.next_cue()
            self.hold(2.2)

    def red(self, gallery: Gallery, cell: int) -> Square:
        """A frame around a picture that was misread."""
        half = float(gallery.half[cell])
        frame = Square(1.8 * half, color=style.WRONG_COLOR, stroke_width=2.5)
        return frame.move_to(gallery.centers[cell])


class Demand(NamedTuple):
    """What a neuron gets from each picture, ``sums`` (n,) without its bias, and what follows.

    ``low`` and ``high`` are the activations that are dark and bright.
    """

    sums: Floats
    activation: str
    low: float
    high: float

    def lights(self, bias: float) -> Floats:
        """(n,) how bright it is with a bias, 0 to 1."""
        found = get_activation(self.activation).function(self.sums + bias)
        lights: Floats = np.clip((found - self.low) / (self.high - self.low), 0, 1)
        return lights


def detector(row: int) -> Floats:
    """(28, 28) the weights of a detector of one stroke: 1 on it, -1 above it and below.

    As many of the one as of the other, so that what is bright all over adds up to nothing.
    """
    stroke, dark = EDGE
    weights = np.zeros((28, 28))
    columns = slice((28 - WIDE) // 2, (28 + WIDE) // 2)
    weights[row : row + stroke, columns] = 1
    weights[row - dark : row, columns] = -1
    weights[row + stroke : row + stroke + dark, columns] = -1
    return weights
