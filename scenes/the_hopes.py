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
from litnet.animations.read_all import FLIGHT, ReadAll
from litnet.mobjects import (
    LiveNumber,
    NetworkDiagram,
    NeuronLayer,
    PixelGrid,
    SignedGrid,
    Words,
    sentence,
)
from litnet.mobjects.cells import grid_centers
from litnet.mobjects.gallery import Pictures, tiling
from litnet.mobjects.signed import legend_of_signs
from litnet.record.quantities import Quantity, illustrative_cells
from litnet.stage import Stage
from litnet.story.scene import LitScene
from litnet.story.subject import Digit
from litnet.style import Floats

MOST_SHOWN = 64  # neurons of a layer whose weights are shown; of more, each would be too small
FAINT = 0.05  # a pixel of which no more is to be seen
PILE = 0.95  # side of a picture in the pile, as a part of the distance between two
ORDER = 5  # seed of the order in which the digits are read
GHOST = 0.2  # opacity of the whole digit, around the part of it that is meant
SLOWLY_WAVED = 36  # pictures up to which one comes up after the other; more come up closer together


@dataclass(frozen=True)
class Parts:
    """A 9 taken apart: numbers of the pixels of its loop, of its line, and of their edges."""

    digit: Digit
    loop: list[int]
    line: list[int]
    loop_edges: list[list[int]]
    line_edges: list[list[int]]

    @property
    def ink(self) -> list[int]:
        """All that is neither dark nor of the hole."""
        return sorted({*self.loop, *self.line, *np.flatnonzero(self.digit.image > FAINT).tolist()})


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
            self.play(FadeIn(*network.bundles, *network.layers, *counted), run_time=1.0)
            self.wait(1.0)
            self.next_cue()
            self.play(
                *(bundle.animate.set_opacity(0.25) for bundle in network.bundles),
                network.inputs.animate.set_opacity(0.25),
                network.outputs.animate.set_opacity(0.25),
                run_time=0.8,
            )
            self.hold(2.0)
        self.network_shown = [*network.bundles, *network.layers, *counted]

    def loop_and_line(self) -> None:
        """2. A 9 is a loop and a line, both cut out of a real one."""
        stage, parts = self.stage, self.parts
        height = 7.4 if not stage.stacked else 6.2  # of all 28 rows; the ink is less
        picture = PixelGrid(parts.digit.pixels, height).part(parts.ink)
        picture.move_to([0, stage.middle, 0])
        self.lay_out()
        self.loop, self.line = picture.part(parts.loop), picture.part(parts.line)
        self.whole = picture
        names = VGroup(Words(self.text("loop")), Words(self.text("line")))
        ghosts = [self.tile(1, number) for number in range(2)]
        for name, ghost in zip(names, ghosts, strict=True):
            name.next_to(ghost, DOWN if stage.stacked else RIGHT, buff=0.25)
        self.hush()  # the film of all stories joins this one from here on
        with self.beat("parts"):
            self.play(FadeOut(*self.network_shown), FadeIn(picture), run_time=1.0)
            self.next_cue()
            self.add(self.loop, self.line)
            self.play(
                picture.animate.become(self.tile(2, 0)),
                self.loop.animate.become(ghosts[0].part(parts.loop)),
                self.line.animate.become(ghosts[1].part(parts.line)),
                run_time=2.2,
            )
            # Below what it surrounds.
            self.add(*(ghost.set_opacity(0) for ghost in ghosts), self.loop, self.line)
            self.play(
                FadeIn(names),
                *(ghost.animate.set_opacity(GHOST) for ghost in ghosts),
                run_time=0.6,
            )
            self.hold(0.6)
        self.picture, self.part_names, self.ghosts = picture, names, ghosts

    def tile(self, column: int, number: int) -> PixelGrid:
        """The ink of the digit in one of the places."""
        grid = self.whole.copy().scale(self.tall[column] / self.whole.height)
        return grid.move_to(self.places[column][number])

    def lay_out(self) -> None:
        """Where edges, parts and the digit stand, and beside each the neuron that stands for it.

        They are three columns, or three rows from below; the neurons are on the inside, so that
        no line between them crosses a picture. ``tall`` is how high the digit is in each.
        """
        stage = self.stage
        if stage.stacked:
            self.tall = [1.0, 1.9, 2.3]
            across = np.linspace(-2.9, 2.9, 6)
            places = [[(x, -2.75) for x in across], [(-2.2, 0.75), (2.2, 0.75)], [(0.0, 3.7)]]
            beside = [[(x, -1.75) for x in across], [(-0.8, 0.75), (0.8, 0.75)], [(0.0, 2.2)]]
        else:
            self.tall = [1.45, 1.6, 3.2]
            up = stage.middle - 0.35
            # Where each edge is in the digit: two columns, from the top to the bottom.
            rows = [up + 1.75, up + 1.75, up, up, up - 1.6, up - 1.6]
            left, right = -5.6, -4.3
            across = [left, right, right, left, left, right]
            places = [
                [(x, y) for x, y in zip(across, rows, strict=True)],
                [(0, up + 1.7), (0, up - 1.6)],
                [(4.6, up + 0.3)],
            ]
            beside = [
                [(-3.2, y + (0.3 if x == left else -0.3)) for x, y in places[0]],
                [(0, up + 0.45), (0, up - 0.35)],
                [(2.5, up + 0.05)],
            ]
        self.places, self.beside = (
            [np.array([(x, y, 0.0) for x, y in group]) for group in groups]
            for groups in (places, beside)
        )

    def edges(self) -> None:
        """3. And those are made of short edges, each shown where it is in the digit."""
        parts = self.parts
        every = [*parts.loop_edges, *parts.line_edges]
        self.edge_cells = [self.loop.part(numbers) for numbers in parts.loop_edges]
        self.edge_cells += [self.line.part(numbers) for numbers in parts.line_edges]
        tiles = [self.tile(0, number) for number in range(len(every))]
        targets = [tile.part(numbers) for tile, numbers in zip(tiles, every, strict=True)]
        ghosts = [tile.set_opacity(GHOST) for tile in tiles]
        with self.beat("edges"):
            self.play(FadeOut(self.part_names), FadeIn(*ghosts), run_time=0.5)
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
            self.hold(0.6)
        self.ghosts += ghosts

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
        tag = VGroup(
            *(
                Words(line, style.LABEL_SIZE, style.ACCENT_COLOR)
                for line in self.text("a-hope").splitlines()
            )
        ).arrange(DOWN, buff=0.14)
        heads = [Words(self.text("head-edges"), color=style.QUIET_COLOR)]
        heads.append(Words(self.text("head-parts"), color=style.QUIET_COLOR))
        heads.append(Words(self.text("head-digit"), color=style.QUIET_COLOR))
        if self.stage.stacked:
            tag.move_to([0, 5.2, 0])
            heads[0].move_to([0, -3.75, 0])
            heads[1].move_to([self.stage.left, 2.05, 0], aligned_edge=LEFT)
            heads[2].move_to([self.stage.right, 3.7, 0], aligned_edge=RIGHT)
        else:
            for head, places in zip(heads, self.places, strict=True):
                head.move_to([np.mean(places[:, 0]), 3.3, 0])
            tag.move_to([self.places[2][0][0], self.places[2][0][1] - self.tall[2] / 2 - 0.6, 0])
        with self.beat("hope"):
            self.play(FadeIn(*neurons, tag), run_time=0.7)
            for number, lit in enumerate(neurons):
                if number:
                    self.next_cue()
                    self.play(Create(lines[number - 1]), run_time=1.0)
                self.play(FadeIn(heads[number]), lit.animate.set_level(1), run_time=0.9)
            self.next_cue()
            # Once more, in one go: what such a machine would look like at work.
            self.play(*(lit.animate.set_level(0.15) for lit in neurons), run_time=0.5)
            self.play(
                LaggedStart(
                    *(lit.animate(run_time=0.9).set_level(1) for lit in neurons), lag_ratio=0.6
                )
            )
            self.hold(0.8)
        self.hope_shown = [*neurons, *lines, tag, *heads, *self.ghosts]

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
            sentence(
                self.text("weights.name", count="{count}"),
                1.2 * style.TITLE_SIZE,
                style.TEXT_COLOR,
                count=LiveNumber(self.subject.size(0), places=0, size=1.2 * style.TITLE_SIZE),
            ),
            legend_of_signs(self.common("brighter"), self.common("darker")),
        ).arrange(DOWN, buff=0.45, aligned_edge=LEFT)
        words.move_to(stage.second + (1.2 * UP if stage.stacked else 0 * UP))
        words.shift(min(0.0, stage.right - float(words.get_right()[0])) * RIGHT)
        hoped = [self.picture, self.loop, self.line, *self.edge_cells, *self.hope_shown]
        with self.beat("weights", weights=len(grid)):
            self.play(FadeOut(*hoped, run_time=0.8), FadeIn(dark, run_time=0.8))
            self.play(dark.animate.become(grid), FadeIn(words[0]), run_time=1.8)
            self.next_cue()
            self.play(FadeIn(*words[1:]), run_time=0.7)
            self.hold(1.2)
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
        every = LiveNumber(self.subject.size(1), places=0, size=size)
        if count < neurons:
            some = LiveNumber(Quantity(count, "len(signed)"), places=0, size=size)
            text = self.text("some-neurons", shown="{shown}", count="{count}")
            head = sentence(text, size, style.TEXT_COLOR, shown=some, count=every)
        else:
            text = self.text("neurons", count="{count}")
            head = sentence(text, size, style.TEXT_COLOR, count=every)
        head.move_to([0, top, 0])
        self.grids = [*grids[:own], grid, *grids[own + 1 :]]
        with self.beat(
            "all",
            words=("both" if count == 2 else "all") if count == neurons else "some",
            neurons=neurons,
            shown=count,
        ):
            self.play(
                FadeOut(self.weight_words),
                grid.animate.become(grids[own]),
                run_time=1.4,
            )
            self.play(LaggedStart(*map(FadeIn, others), lag_ratio=0.25, run_time=2.4), FadeIn(head))
            self.next_cue()
            self.wave(self.grids)
            self.next_cue()
            self.hold(1.0)
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
        """7. And yet it reads most digits (if it does): all that come with litnet, before our eyes.

        Each goes through the network, and to the others that got the same answer.
        """
        stage, digits = self.stage, self.subject.sorted_digits
        images = np.stack([digit.image for digit in digits])
        forward = self.network.forward(images.reshape(len(images), -1))
        order = np.random.default_rng(ORDER).permutation(len(digits))
        last = self.read_another(digits[order[-1]].path)
        right = self.number("count(right(network))")
        total = self.number("len(digits)")

        middle = stage.middle - (1.4 if stage.stacked else 0.25)
        tall = stage.tall - (1.0 if stage.stacked else 0.2)
        columns, pitch = (20, 0.33) if stage.stacked else (10, 0.235)
        pile = grid_centers(-(-len(digits) // columns), columns, pitch)[: len(digits)]
        pile = pile - pile.mean(axis=0)
        if stage.stacked:
            pile += [0, stage.middle + 3.25, 0]
            inputs_left, wide = stage.left, 1.3
        else:
            pile += [stage.left + columns * pitch / 2, middle, 0]
            inputs_left, wide = stage.left + columns * pitch + 0.4, 2.0
        tiles = Pictures(
            images, self.numbers("right(network)"), pile[order.argsort()], PILE * pitch
        )
        inputs = NeuronLayer.like(PixelGrid(last.layer(0), wide), pitch=wide / self.rows)
        inputs.move_to([inputs_left + wide / 2, middle, 0])
        ends = -0.9 if stage.stacked else -0.25
        network = NetworkDiagram(inputs, last, right=ends, tall=tall).darken()
        outputs = network.outputs
        names = VGroup(
            *(Words(str(n)).move_to(at + 0.42 * RIGHT) for n, at in enumerate(outputs.centers))
        )
        answers = forward.activations[-1].argmax(axis=1)
        side = min(0.92 * network.blocks[-1].pitch, 0.44)
        places, step = self.rows_of_answers(answers, outputs, ends + 0.95, order)
        tiles.outlined = step > 0.55 * side  # else frames would hide each other

        size = style.TITLE_SIZE
        number = LiveNumber(right, places=0, size=size, color=style.ACCENT_COLOR)
        count = sentence(
            self.text("read-right", right="{right}", count="{count}"),
            size,
            style.TEXT_COLOR,
            right=number,
            count=LiveNumber(total, places=0, size=size),
        )
        count.move_to([0, middle + tall / 2 + (0.55 if stage.stacked else 0.4), 0])
        number.count_to(0)
        able = 2 * right.value > total.value
        network.inputs.set_level(0)
        with self.beat(
            "and-yet",
            words="and-yet" if able else "not-yet",
            right=int(right.value),
            count=int(total.value),
        ):
            self.play(
                FadeOut(self.head, *self.grids, run_time=0.8),
                FadeIn(tiles, *network.bundles, *network.layers, names, run_time=1.2),
                FadeIn(count, run_time=1.2),
            )
            self.play(
                ReadAll(
                    tiles,
                    network.layers,
                    forward.activations,
                    [last.layer(layer) for layer in range(len(last.sizes))],
                    order=order,
                    places=places,
                    side=side,
                    counter=number,
                    run_time=3.0 / (1 - FLIGHT),
                )
            )
            # The pile is gone, and what is left goes to the middle.
            aside = 0.0 if stage.stacked else -(inputs_left + stage.right) / 2
            lit = [bundle.copy().shift(aside * RIGHT) for bundle in network.bundles]
            for bundle in lit:
                bundle.front = None  # what the last of them sent through
            self.play(
                tiles.animate.set(framed=1.0).shift(aside * RIGHT),
                *(one.animate.shift(aside * RIGHT) for one in (*network.layers, names)),
                FadeOut(*network.bundles),
                FadeIn(*lit),
                run_time=1.0,
            )
            self.next_cue()
            self.hold(1.6)

    def rows_of_answers(
        self, answers: np.ndarray, outputs: NeuronLayer, left: float, order: np.ndarray
    ) -> tuple[Floats, float]:
        """(n, 3) where each digit goes: into the row of its answer, in the order of arrival; and
        how far apart two of them stand."""
        most = int(np.bincount(answers).max())
        step = min(0.29, (self.stage.right - 0.2 - left) / max(1, most - 1))
        places = np.zeros((len(answers), 3))
        filled = np.zeros(len(outputs), int)
        for digit in order:
            answer = answers[digit]
            places[digit] = [left + step * filled[answer], outputs.centers[answer, 1], 0]
            filled[answer] += 1
        return places, step


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
    columns, pitch = tiling(count, 2 * stage.right, 7.4 if stage.stacked else stage.panel - 0.15)
    rows = math.ceil(count / columns)
    centers = np.zeros((count, 3))
    for place in range(count):
        row, column = divmod(place, columns)
        in_row = columns if row < rows - 1 else count - columns * (rows - 1)
        centers[place, 0] = (column - (in_row - 1) / 2) * pitch
        centers[place, 1] = stage.middle - 0.3 + ((rows - 1) / 2 - row) * pitch
    return centers, pitch
