"""What one hopes the hidden layers do, and what this network's weights really look like.

The hope is told with parts that are cut out of a real digit; the neurons in it are marked as
illustrative. The weights are those of the network that is filmed, all that lead to its first
hidden layer: of every neuron, or of as many as are large enough to be read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    VGroup,
    there_and_back,
)
from scipy import ndimage

from litnet import style
from litnet.mobjects import (
    LiveNumber,
    NetworkDiagram,
    NeuronLayer,
    PixelGrid,
    SignedGrid,
    Words,
    in_line,
)
from litnet.record.quantities import Quantity, illustrative_cells
from litnet.stage import Stage
from litnet.story.scene import LitScene
from litnet.story.subject import Digit
from litnet.style import Floats

MOST_SHOWN = 64  # neurons of a layer whose weights are shown; of more, each would be too small
SLOWLY_WAVED = 36  # pictures up to which one comes up after the other; more come up closer together


@dataclass(frozen=True)
class Parts:
    """A 9 taken apart: numbers of the pixels of its loop, of its line, and of their edges."""

    digit: Digit
    loop: list[int]
    line: list[int]
    loop_edges: list[list[int]]
    line_edges: list[list[int]]


class TheHopes(LitScene):
    """Edges, loops, a digit: it would be so orderly."""

    network_reads = True
    needs_digits = True

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.reading = self.read()
        self.rows, self.columns = self.digit.image.shape
        self.parts = take_apart([digit for digit in self.bundled if digit.label == 9])

        self.between()
        self.loop_and_line()
        self.edges()
        self.hope()
        grid = self.weights_of_one()
        self.weights_of_all(grid)
        self.and_yet()

    # --- the hope -------------------------------------------------------------------------------
    def between(self) -> None:
        """1. The hidden layers, between what goes in and what comes out."""
        stage = self.stage
        layer = NeuronLayer.like(
            PixelGrid(self.reading.layer(0), stage.input_height),
            pitch=stage.input_height / self.rows,
        ).move_to([stage.left + stage.input_height / 2, stage.middle, 0])
        network = NetworkDiagram(
            layer,
            self.reading,
            right=stage.right - 0.5,
            tall=stage.tall,
        )
        counted = self.drawn_of_all(network)
        with self.beat("between"):
            self.play(FadeIn(*network.bundles, *network.layers, *counted), run_time=1.4)
            self.wait(0.6)
            self.next_cue()
            self.play(
                *(bundle.animate.set_opacity(0.25) for bundle in network.bundles),
                network.inputs.animate.set_opacity(0.25),
                network.outputs.animate.set_opacity(0.25),
                run_time=1.2,
            )
            self.hold(1.6)
        self.network_shown = [*network.bundles, *network.layers, *counted]

    def loop_and_line(self) -> None:
        """2. A 9 is a loop and a line, both cut out of a real one."""
        stage, parts = self.stage, self.parts
        height = 4.2 if not stage.stacked else 3.6
        picture = PixelGrid(parts.digit.pixels, height)
        picture.move_to([0, stage.middle, 0])
        self.lay_out()
        small = picture.copy().scale(self.small / height)
        digit = PixelGrid(parts.digit.pixels, self.small).move_to(self.places[2][0])
        middles = self.places[1]
        self.loop = picture.part(parts.loop)
        self.line = picture.part(parts.line)
        targets = [
            small.part(numbers).move_to(middle)
            for numbers, middle in zip((parts.loop, parts.line), middles, strict=True)
        ]
        away = DOWN if stage.stacked else LEFT
        names = VGroup(
            Words(self.text("loop")).next_to(targets[0], away, buff=0.25),
            Words(self.text("line")).next_to(targets[1], away, buff=0.25),
        )
        with self.beat("parts"):
            self.play(FadeOut(*self.network_shown), run_time=0.7)
            self.play(FadeIn(picture), run_time=0.9)
            self.wait(0.4)
            self.next_cue()
            self.add(self.loop, self.line)
            self.play(
                picture.animate.become(digit),
                self.loop.animate.become(targets[0]),
                self.line.animate.become(targets[1]),
                run_time=2.2,
            )
            self.play(FadeIn(names), run_time=0.6)
            self.hold(1.4)
        self.picture, self.part_names = picture, names

    def lay_out(self) -> None:
        """Where edges, parts and the digit stand, and beside each the neuron that stands for it.

        They are three columns, or three rows from below; the neurons are on the inside, so that
        no line between them crosses a picture.
        """
        stage = self.stage
        if stage.stacked:
            self.small = 2.3
            across = np.linspace(-2.9, 2.9, 6)
            places = [[(x, -2.7) for x in across], [(-2.4, 0.75), (2.4, 0.75)], [(0.0, 3.7)]]
            beside = [[(x, -1.7) for x in across], [(-0.8, 0.75), (0.8, 0.75)], [(0.0, 2.15)]]
        else:
            self.small = 3.2
            up = stage.middle - 0.35
            down = np.linspace(2.1, -2.1, 6) + up
            places = [[(-4.6, y) for y in down], [(0, up + 1.7), (0, up - 1.7)], [(4.6, up)]]
            beside = [[(-3.7, y) for y in down], [(0, up + 0.5), (0, up - 0.5)], [(2.5, up)]]
        self.places, self.beside = (
            [np.array([(x, y, 0.0) for x, y in group]) for group in groups]
            for groups in (places, beside)
        )

    def edges(self) -> None:
        """3. And those are made of short edges."""
        parts = self.parts
        loop, line = self.loop, self.line
        self.edge_cells = [loop.part(numbers) for numbers in parts.loop_edges]
        self.edge_cells += [line.part(numbers) for numbers in parts.line_edges]
        targets = [
            cells.copy().scale(0.75).move_to(place)
            for cells, place in zip(self.edge_cells, self.places[0], strict=True)
        ]
        with self.beat("edges"):
            self.play(FadeOut(self.part_names), run_time=0.4)
            self.add(*self.edge_cells)
            self.play(
                LaggedStart(
                    *(
                        cells.animate(run_time=1.8).become(target)
                        for cells, target in zip(self.edge_cells, targets, strict=True)
                    ),
                    lag_ratio=0.2,
                )
            )
            self.hold(1.2)

    def hope(self) -> None:
        """4. The hope: a neuron for each edge, one for each part, one for the digit."""
        groups = [self.edge_cells, [self.loop, self.line], [self.picture]]
        neurons = []
        for layer, (cells, centers) in enumerate(zip(groups, self.beside, strict=True), start=1):
            # Nothing in the network answers like that: each as bright as one of its layer can be.
            there = layer < len(self.reading.sizes)
            of = self.reading.layer(layer) if there else None
            full = np.full(len(cells), of.high if of else 1.0)
            lit = illustrative_cells(full, layer=layer, of=of)
            neurons.append(NeuronLayer(lit, pitch=0.42, centers=centers).set_level(0))
        lines = [
            VGroup(
                *(
                    Line(
                        neurons[number].centers[one],
                        neurons[number + 1].centers[other],
                        buff=0.24,
                        color=style.QUIET_COLOR,
                        stroke_width=2.5,
                    )
                    for one, other in pairs
                )
            )
            for number, pairs in enumerate(
                (
                    [(edge, 0) for edge in range(len(self.parts.loop_edges))]
                    + [
                        (len(self.parts.loop_edges) + edge, 1)
                        for edge in range(len(self.parts.line_edges))
                    ],
                    [(0, 0), (1, 0)],
                )
            )
        ]
        tag = Words(self.text("a-hope"), style.LABEL_SIZE, style.ACCENT_COLOR)
        heads = [Words(self.text("head-edges"), color=style.QUIET_COLOR)]
        heads.append(Words(self.text("head-parts"), color=style.QUIET_COLOR))
        heads.append(Words(self.text("head-digit"), color=style.QUIET_COLOR))
        if self.stage.stacked:
            tag.move_to([0, 5.25, 0])
            heads[0].move_to([0, -3.75, 0])
            heads[1].move_to([self.stage.left, 1.9, 0], aligned_edge=LEFT)
            heads[2].move_to([self.stage.right, 3.7, 0], aligned_edge=RIGHT)
        else:
            tag.move_to([0, 3.4, 0])
            for head, places in zip(heads, self.places, strict=True):
                head.move_to([places[0][0], 2.88, 0])
        with self.beat("hope"):
            self.play(FadeIn(*neurons, tag), run_time=0.7)
            for number, lit in enumerate(neurons):
                if number:
                    self.next_cue()
                    self.play(Create(lines[number - 1]), run_time=1.0)
                self.play(FadeIn(heads[number]), lit.animate.set_level(1), run_time=0.9)
                self.wait(0.6)
            self.next_cue()
            self.hold(2.4)
        self.hope_shown = [*neurons, *lines, tag, *heads]

    # --- the weights ----------------------------------------------------------------------------
    @cached_property
    def scale_of_light(self) -> float:
        """The one scale of all pictures: the median size of the layer's weights."""
        weights = self.network.layers[0].weights
        sizes = np.abs(weights[weights != 0])
        return float(np.median(sizes)) if sizes.size else 1.0

    def grid(self, number: int, height: float) -> SignedGrid:
        """The weights of one neuron."""
        return SignedGrid(self.reading.weights_to(1, number), height, scale=self.scale_of_light)

    def weights_of_one(self) -> SignedGrid:
        """5. The weights of one neuron, as a picture: the one that the digit lights up most."""
        stage = self.stage
        self.chosen = int(np.argmax(self.reading.activations[1]))
        grid = self.grid(self.chosen, stage.panel).move_to(stage.first)
        dark = grid.copy()
        dark.values = np.zeros(len(grid))
        words = VGroup(
            in_line(
                LiveNumber(self.subject.size(0), places=0, size=1.2 * style.TITLE_SIZE),
                Words(self.text("weights.name"), 1.2 * style.TITLE_SIZE),
                buff=0.25,
            ),
            Words(self.text("raises"), color=style.POSITIVE_COLOR),
            Words(self.text("lowers"), color=style.NEGATIVE_COLOR),
        ).arrange(DOWN, buff=0.45, aligned_edge=LEFT)
        words.move_to(stage.second + (1.2 * UP if stage.stacked else 0 * UP))
        hoped = [self.picture, self.loop, self.line, *self.edge_cells, *self.hope_shown]
        with self.beat("weights", weights=len(grid)):
            self.play(FadeOut(*hoped), run_time=0.9)
            self.play(FadeIn(dark), run_time=0.5)
            self.play(dark.animate.become(grid), run_time=2.0)
            self.next_cue()
            self.play(FadeIn(words), run_time=0.7)
            self.hold(2.4)
        self.weight_words = words
        return dark

    def weights_of_all(self, grid: SignedGrid) -> None:
        """6. Those of all neurons of the layer, or of many: no edges, no loops."""
        stage = self.stage
        neurons = self.network.sizes[1]
        numbers = spread_over(neurons, MOST_SHOWN, self.chosen)
        count = len(numbers)
        centers, pitch = tiles(stage, count)
        grids = [
            self.grid(number, 0.9 * pitch).move_to(center)
            for number, center in zip(numbers, centers, strict=True)
        ]
        own = numbers.index(self.chosen)
        others = [other for other in grids if other is not grids[own]]
        top = float(centers[0, 1]) + pitch / 2 + 0.35
        size = style.TITLE_SIZE
        counted: list[Words | LiveNumber] = [
            LiveNumber(self.subject.size(1), places=0, size=size),
            Words(self.text("neurons"), size),
        ]
        if count < neurons:
            some = LiveNumber(Quantity(count, "len(signed)"), places=0, size=size)
            counted = [some, Words(self.text("of"), size, style.QUIET_COLOR), *counted]
        head = in_line(*counted, buff=0.25).move_to([0, top, 0])
        with self.beat(
            "all",
            words="all" if count == neurons else "some",
            neurons=neurons,
            shown=count,
        ):
            self.play(
                FadeOut(self.weight_words),
                grid.animate.become(grids[own]),
                run_time=1.4,
            )
            self.play(LaggedStart(*map(FadeIn, others), lag_ratio=0.25, run_time=2.4), FadeIn(head))
            self.wait(0.6)
            self.next_cue()
            self.wave([*grids[:own], grid, *grids[own + 1 :]])
            self.next_cue()
            self.hold(2.6)
        self.head = head

    def wave(self, grids: Sequence[SignedGrid]) -> None:
        """Point at one picture after the other: each grows a little and shrinks again."""
        self.play(
            LaggedStart(
                *(
                    grid.animate(run_time=1.0, rate_func=there_and_back).scale(1.08)
                    for grid in grids
                ),
                lag_ratio=0.4 * min(1.0, (SLOWLY_WAVED - 1) / (len(grids) - 1)),
                run_time=4.4,
            )
        )

    def and_yet(self) -> None:
        """7. And yet it reads most digits (if it does): counted over all that come with litnet."""
        right = self.number("count(right(network))")
        total = self.number("len(digits)")
        size = style.TITLE_SIZE
        count = in_line(
            LiveNumber(right, places=0, size=size, color=style.ACCENT_COLOR),
            Words(self.text("of"), size, style.QUIET_COLOR),
            LiveNumber(total, places=0, size=size),
            Words(self.text("read-right"), size),
            buff=0.25,
        ).move_to(self.head)
        able = 2 * right.value > total.value
        with self.beat(
            "and-yet",
            words="and-yet" if able else "not-yet",
            right=int(right.value),
            count=int(total.value),
        ):
            self.play(FadeOut(self.head), run_time=0.5)
            self.play(FadeIn(count), run_time=0.8)
            self.wait(1.0)
            self.next_cue()
            self.hold(3.0)


def take_apart(nines: Sequence[Digit]) -> Parts:
    """Cut a 9 into its loop and its line, and both into short edges.

    The hole of a 9 is the largest dark region that the stroke encloses; the loop is what is lit
    around it, the line is the largest connected rest. Of all 9s, the one is taken in which hole
    and line are largest (by the product of their pixels).
    """
    found = [(cut, digit) for digit in nines if (cut := loop_and_line(digit.image)) is not None]
    (hole, loop, line), digit = max(found, key=lambda cut: cut[0][0].sum() * cut[0][2].sum())
    columns = digit.image.shape[1]
    middle = np.argwhere(hole).mean(axis=0)
    places = np.argwhere(loop) - middle
    quarter = np.floor(np.arctan2(places[:, 0], places[:, 1]) / (np.pi / 2)).astype(int) % 4
    loop_numbers = np.flatnonzero(loop)
    line_numbers = np.flatnonzero(line)
    upper = line_numbers // columns < np.median(line_numbers // columns)
    return Parts(
        digit,
        loop_numbers.tolist(),
        line_numbers.tolist(),
        # From the upper left on, clockwise.
        [loop_numbers[quarter == number].tolist() for number in (2, 3, 0, 1)],
        [line_numbers[upper].tolist(), line_numbers[~upper].tolist()],
    )


def loop_and_line(image: Floats) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Hole, loop and line of a picture (rows, columns), booleans of its shape; None without them.

    Dark is below 0.35; the stroke reaches at most 3.3 pixels from the hole, which was chosen by
    eye on the bundled 9s.
    """
    regions, count = ndimage.label(image < 0.35)
    border = {*regions[0], *regions[-1], *regions[:, 0], *regions[:, -1]}
    inner = [region for region in range(1, count + 1) if region not in border]
    if not inner:
        return None
    hole = regions == max(inner, key=lambda region: int(np.sum(regions == region)))
    lit = image >= 0.35
    near = lit & (ndimage.distance_transform_edt(~hole) <= 3.3)
    rest, pieces = ndimage.label(lit & ~near, np.ones((3, 3)))
    if not pieces:
        return None
    line = rest == 1 + int(np.argmax(np.bincount(rest.ravel())[1:]))
    return hole, lit & ~line, line


def spread_over(neurons: int, most: int, chosen: int) -> list[int]:
    """Numbers of at most ``most`` neurons of a layer, in order, and among them ``chosen``.

    They are evenly spread from the first of all ``neurons`` to the last; where ``chosen`` is none
    of them, it takes the place of the nearest.
    """
    numbers = np.linspace(0, neurons - 1, min(neurons, most)).round().astype(int)
    numbers[np.argmin(np.abs(numbers - chosen))] = chosen
    spread: list[int] = numbers.tolist()
    return spread


def tiles(stage: Stage, count: int) -> tuple[Floats, float]:
    """Where ``count`` square pictures stand, (count, 3) row by row, and how far from each other."""
    columns, pitch = tiling(count, 2 * stage.right, 7.4 if stage.stacked else stage.panel - 0.65)
    rows = math.ceil(count / columns)
    centers = np.zeros((count, 3))
    for place in range(count):
        row, column = divmod(place, columns)
        in_row = columns if row < rows - 1 else count - columns * (rows - 1)
        centers[place, 0] = (column - (in_row - 1) / 2) * pitch
        centers[place, 1] = stage.middle - 0.3 + ((rows - 1) / 2 - row) * pitch
    return centers, pitch


def tiling(count: int, wide: float, tall: float) -> tuple[int, float]:
    """Columns and pitch with which ``count`` square pictures are largest in a room."""

    def pitch(columns: int) -> float:
        return min(wide / columns, tall / math.ceil(count / columns))

    columns = max(range(1, count + 1), key=pitch)
    return columns, pitch(columns)
