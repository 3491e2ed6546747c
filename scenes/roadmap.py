"""What lies ahead: the structure first, then the learning; and two questions in two words.

The network in the picture is the one that is filmed: all its neurons, all its connections (or as
many as the picture says), and in the end the activations that it computes for the digit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    AnimationGroup,
    ArcBetweenPoints,
    Circle,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    VGroup,
    there_and_back,
)

from litnet import style
from litnet.animations import Propagate
from litnet.mobjects import (
    Connections,
    LiveNumber,
    NetworkDiagram,
    NeuronLayer,
    PixelGrid,
    SignedGrid,
    Words,
    in_line,
    sentence,
)
from litnet.mobjects.gallery import tiling
from litnet.story.scene import LitScene
from litnet.style import Floats

MOST_PICTURES = 16  # of weights


class Roadmap(LitScene):
    """Two parts ahead; of many kinds of network the plainest one; two words, two questions."""

    network_reads = True

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.reading = self.read()
        self.two_parts()
        self.many_kinds()
        self.the_plainest()
        self.two_words()
        self.first_question()

    # --- the beats -------------------------------------------------------------------------------
    def two_parts(self) -> None:
        """1. Two parts, each a picture: the network and its light, and the numbers behind it."""
        stage, middle = self.stage, self.stage.middle
        if stage.stacked:
            boxes = [(0.0, middle + 2.35, 6.4, 3.3), (0.0, middle - 2.35, 6.4, 3.3)]
        else:
            boxes = [(x, middle + 0.4, 5.4, 3.7) for x in (-3.35, 3.35)]
        names = []
        for number, (key, (x, y, _, tall)) in enumerate(
            zip((self.text("structure"), self.text("learning")), boxes, strict=True), start=1
        ):
            name = in_line(
                Words(f"{number}", style.TITLE_SIZE, style.ACCENT_COLOR),
                Words(key, style.TITLE_SIZE),
                buff=0.25,
            )
            names.append(name.move_to([x, y - tall / 2 - 0.5, 0]))
        network, grids = self.small_network(*boxes[0]), self.weights(*boxes[1])
        unlit = [grid.copy() for grid in grids]
        for grid in unlit:
            grid.values = np.zeros(len(grid))
        with self.beat("ahead"):
            self.play(
                FadeIn(*network.bundles, *network.layers),
                LaggedStart(*map(FadeIn, unlit), lag_ratio=0.08),
                run_time=1.6,
            )
            self.next_cue()
            self.play(FadeIn(names[0], shift=0.2 * UP), run_time=0.6)
            time = 3.0 / len(network.bundles)
            for bundle, layer in zip(network.bundles, network.layers[1:], strict=True):
                self.play(Propagate(bundle, layer, run_time=time))
            self.next_cue()
            self.play(
                FadeIn(names[1], shift=0.2 * UP),
                LaggedStart(
                    *(
                        start.animate(run_time=1.4).become(grid)
                        for start, grid in zip(unlit, grids, strict=True)
                    ),
                    lag_ratio=0.08,
                ),
            )
            self.hold(0.8)
        self.left_over = [*network.bundles, *network.layers, *unlit, *names]

    def small_network(self, x: float, y: float, wide: float, tall: float) -> NetworkDiagram:
        """The network in a room around a point, its input lit."""
        side = min(0.42 * wide, tall)
        inputs = NeuronLayer.like(
            PixelGrid(self.reading.layer(0), side), pitch=side / self.digit.image.shape[0]
        )
        inputs.move_to([x - wide / 2 + side / 2, y, 0])
        right = x + wide / 2 - 0.25
        return NetworkDiagram(inputs, self.reading, right=right, tall=tall).darken()

    def weights(self, x: float, y: float, wide: float, tall: float) -> list[SignedGrid]:
        """The weights of some neurons of the first layer, as pictures in such a room."""
        count = min(self.network.sizes[1], MOST_PICTURES)
        columns, pitch = tiling(count, wide, tall)
        rows = -(-count // columns)
        weights = self.network.layers[0].weights
        sizes = np.abs(weights[weights != 0])
        scale = float(np.median(sizes)) if sizes.size else 1.0
        grids = []
        for number in range(count):
            row, column = divmod(number, columns)
            in_row = min(columns, count - row * columns)
            grid = SignedGrid(self.reading.weights_to(1, number), 0.9 * pitch, scale=scale)
            at = [
                x + (column - (in_row - 1) / 2) * pitch,
                y + ((rows - 1) / 2 - row) * pitch,
                0.0,
            ]
            grids.append(grid.move_to(at))
        return grids

    def many_kinds(self) -> None:
        """2. Some kinds of network, by how they are linked; one of them stays."""
        keys = [
            self.text("convolutional"),
            self.text("recurrent"),
            self.text("transformer"),
            self.text("graph"),
        ]
        drawn = [convolutional(), recurrent(), attention(), graph()]
        middle = self.stage.middle
        if self.stage.stacked:
            places = [np.array([x, middle + y, 0]) for y in (3.4, 0.7) for x in (-2.0, 2.0)]
            own, below = np.array([0, middle - 2.3, 0]), 1.0
        else:
            places = [np.array([x, middle + 1.7, 0]) for x in (-4.8, -1.6, 1.6, 4.8)]
            own, below = np.array([0, middle - 1.05, 0]), 1.0
        kinds = VGroup()
        for sketch, key, place in zip(drawn, keys, places, strict=True):
            name = Words(key, style.LABEL_SIZE, style.QUIET_COLOR)
            baseline = place[1] - below
            name.move_to([place[0], 0, 0]).shift((baseline - name.baseline) * UP)
            kinds.add(VGroup(sketch.move_to(place), name))
        plain = layered().scale(1.25).move_to(own)
        self.title = Words(self.text("plain"), style.TITLE_SIZE)
        self.title.move_to([0, own[1] - 1.3, 0])
        with self.beat("kinds"):
            leaving = FadeOut(*self.left_over, run_time=0.7)
            coming = LaggedStart(*map(FadeIn, kinds), lag_ratio=0.25, run_time=2.2)
            self.play(AnimationGroup(leaving, coming, lag_ratio=0.3))
            self.next_cue()
            self.play(Create(plain), FadeIn(self.title, scale=0.9), run_time=1.4)
            self.play(
                FadeOut(kinds),
                plain.animate.scale(1.7).set_y(middle + 0.6).set_color(style.ACCENT_COLOR),
                self.title.animate.set_color(style.ACCENT_COLOR),
                run_time=1.0,
            )
            self.hold(0.8)
        self.sketch = plain

    def the_plainest(self) -> None:
        """3. The network that is filmed: layers, each linked to the next."""
        self.diagram = self.draw()
        top = self.stage.middle + self.tall / 2 + self.lift
        sizes = list(self.network.sizes)
        neurons = LiveNumber(self.number("sum(network.sizes)"), places=0)
        drawn, total = (LiveNumber(count, places=0) for count in self.diagram.counts())
        self.neuron_count = sentence(self.text("neurons", count="{count}"), count=neurons)
        links = sentence(self.text("connections", count="{count}"), count=total)
        cut = [sentence(self.text("drawn", count="{count}"), count=drawn)]
        lines = VGroup(links, *([] if self.diagram.whole else cut))
        if self.stage.stacked:
            self.link_count = lines.arrange(DOWN, buff=0.2)
            counts = VGroup(self.neuron_count, self.link_count).arrange(DOWN, buff=0.3)
        else:
            self.link_count = lines
            # All on one baseline.
            left, first = self.neuron_count, self.neuron_count[0].baseline
            for line in lines:
                line.next_to(left, RIGHT, buff=1.0 if left is self.neuron_count else 0.4)
                line.shift((first - line[0].baseline) * UP)
                left = line
            counts = VGroup(self.neuron_count, self.link_count)
        # Many layers have many connections.
        counts.scale(min(1.0, 2 * self.stage.right / counts.width))
        gap = 0.75 if self.stage.stacked else 0.55
        counts.move_to(
            [0, self.stage.middle - self.tall / 2 + self.lift - gap + 0.15, 0], aligned_edge=UP
        )
        inputs, *others = self.diagram.layers
        with self.beat("plainest", layers=len(sizes)):
            self.play(
                FadeOut(self.sketch, run_time=0.6),
                self.title.animate(run_time=1.0).move_to([0, top + 0.6, 0]),
                FadeIn(inputs, run_time=1.2),
            )
            for number, (bundle, layer) in enumerate(
                zip(self.diagram.bundles, others, strict=True)
            ):
                if number == 1:
                    self.next_cue()
                self.play(FadeIn(bundle, layer), run_time=0.9)
            if len(others) == 1:
                self.next_cue()
            self.play(FadeIn(counts), run_time=0.7)
            self.hold(1.6)

    def draw(self) -> NetworkDiagram:
        """The network, its structure only: nothing flows."""
        self.tall = 5.2 if self.stage.stacked else 4.1
        self.lift = 0.3 if self.stage.stacked else 0.05
        height = min(self.tall, self.stage.input_height)
        inputs = NeuronLayer.like(
            PixelGrid(self.reading.layer(0), height), pitch=height / self.digit.image.shape[0]
        )
        inputs.move_to([self.stage.left + height / 2, self.stage.middle + self.lift, 0])
        return NetworkDiagram(
            inputs,
            self.reading,
            right=self.stage.right - 0.4,
            tall=self.tall,
        ).darken()

    def two_words(self) -> None:
        """4. Two words, taken apart, and with them the picture: two questions."""
        size = 1.5 * style.TITLE_SIZE
        whole = Words(self.text("whole"), size).move_to(self.title)
        neural = Words(self.text("neural"), size, style.ACCENT_COLOR)
        net = Words(self.text("net"), size, style.TEXT_COLOR)
        neural.move_to(whole, aligned_edge=LEFT)
        net.move_to(whole, aligned_edge=RIGHT)
        for part in (neural, net):
            part.shift((whole.baseline - part.baseline) * UP)
        middle = self.stage.middle
        if self.stage.stacked:
            factor, above, below = 0.4, 1.65, 1.45
            places = [np.array([0, 3.2, 0]), np.array([0, -1.55, 0])]
        else:
            factor, above, below = 0.47, 2.0, 1.75
            places = [np.array([x, middle + 0.2, 0]) for x in (-3.3, 3.3)]
        cells, lines = self.taken_apart(factor, places)
        counts = []
        for count, place in zip((self.neuron_count, self.link_count), places, strict=True):
            there = count.copy()
            room = 2 * (self.stage.right - abs(place[0]))
            if there.width > room:
                there.arrange(DOWN, buff=0.2)
            there.scale(min(1.0, room / there.width))
            counts.append(there.move_to(place + below * DOWN, aligned_edge=UP))
        self.full = [layer.copy().set_level(1) for layer in self.diagram.layers]
        self.top, self.foot = whole.get_center(), self.neuron_count.get_center() * UP
        with self.beat("words"):
            self.play(FadeOut(self.title), run_time=0.5)
            self.play(FadeIn(neural, net, shift=0.15 * UP), run_time=0.8)
            self.wait(0.8)
            self.next_cue()
            self.play(FadeOut(*self.diagram.bundles), run_time=0.7)
            self.play(
                *(
                    layer.animate.become(cell)
                    for layer, cell in zip(self.diagram.layers, cells, strict=True)
                ),
                neural.animate.move_to(places[0] + above * UP),
                net.animate.move_to(places[1] + above * UP).set_opacity(0.6),
                self.neuron_count.animate.become(counts[0]),
                self.link_count.animate.become(counts[1]),
                run_time=1.8,
            )
            self.play(*(layer.animate.set_level(1) for layer in self.diagram.layers), run_time=1.4)
            self.next_cue()
            self.play(
                FadeIn(*lines),
                net.animate.set_opacity(1).set_color(style.ACCENT_COLOR),
                neural.animate.set_color(style.TEXT_COLOR),
                run_time=1.4,
            )
            self.hold(1.2)
        self.neural, self.net, self.lines = neural, net, lines

    def taken_apart(
        self, factor: float, places: list[Floats]
    ) -> tuple[list[NeuronLayer], list[Connections]]:
        """The neurons alone at one place, the connections alone at another, both smaller."""
        center = self.diagram.get_center()
        cells = [
            layer.copy().scale(factor, about_point=center).shift(places[0] - center)
            for layer in self.diagram.layers
        ]
        lines = [
            bundle.copy().scale(factor, about_point=center).shift(places[1] - center).darken()
            for bundle in self.diagram.bundles
        ]
        return cells, lines

    def first_question(self) -> None:
        """5. The first of the two comes first: all the neurons, as the network lights them."""
        layers = self.diagram.layers
        with self.beat("first"):
            self.play(FadeOut(*self.lines, self.net, self.link_count), run_time=0.7)
            self.play(
                self.neural.animate.move_to(self.top).set_color(style.ACCENT_COLOR),
                self.neuron_count.animate.move_to(self.foot),
                *(
                    layer.animate.become(full)
                    for layer, full in zip(layers, self.full, strict=True)
                ),
                run_time=1.8,
            )
            self.next_cue()
            # One layer after the other comes up again.
            self.play(
                LaggedStart(
                    *(
                        layer.animate(run_time=1.4, rate_func=there_and_back).set_level(0.25)
                        for layer in layers
                    ),
                    lag_ratio=0.3,
                )
            )
            self.hold(0.8)


# --- sketches of other networks: drawings of how they are linked, no network that runs ------------
def dots(places: Sequence[tuple[float, float]]) -> VGroup:
    """Small circles."""
    return VGroup(
        *(
            Circle(0.09, color=style.QUIET_COLOR, stroke_width=2.5).move_to([x, y, 0])
            for x, y in places
        )
    )


def linked(ends: VGroup, pairs: Iterable[tuple[int, int]]) -> VGroup:
    """Circles and the lines between pairs of them."""
    lines = (
        Line(
            ends[a].get_center(),
            ends[b].get_center(),
            buff=0.1,
            stroke_width=1.8,
            color=style.QUIET_COLOR,
        )
        for a, b in pairs
    )
    return VGroup(*lines, ends)


def convolutional() -> VGroup:
    """Each is linked to three neighbours: a window that slides along."""
    low = [(0.36 * n, -0.4) for n in range(7)]
    high = [(0.36 * (n + 1), 0.4) for n in range(5)]
    pairs = [(n + step, 7 + n) for n in range(5) for step in range(3)]
    return linked(dots([*low, *high]), pairs)


def recurrent() -> VGroup:
    """What was worked out for one is handed to the next."""
    chain = [(0.62 * n, 0.0) for n in range(4)]
    below = [(0.62 * n, -0.55) for n in range(4)]
    above = [(0.62 * n, 0.55) for n in range(4)]
    pairs = [(n, n + 1) for n in range(3)]
    pairs += [(n, 4 + n) for n in range(4)] + [(n, 8 + n) for n in range(4)]
    return linked(dots([*chain, *below, *above]), pairs)


def attention() -> VGroup:
    """Each looks at all the others, more at one and less at another."""
    ends = dots([(0.5 * n, -0.45) for n in range(5)])
    arcs = (
        ArcBetweenPoints(
            ends[b].get_top(), ends[a].get_top(), angle=2.2, stroke_width=1.8
        ).set_color(style.QUIET_COLOR)
        for a, b in combinations(range(5), 2)
    )
    return VGroup(*arcs, ends)


def graph() -> VGroup:
    """They are linked as what they stand for is."""
    places = [(0.0, 0.3), (0.6, 0.55), (1.1, 0.05), (0.45, -0.3), (1.0, -0.55), (1.75, 0.4)]
    return linked(
        dots(places), [(0, 1), (0, 3), (1, 2), (1, 3), (2, 3), (2, 4), (2, 5), (1, 5), (3, 4)]
    )


def layered() -> VGroup:
    """Layers, each linked to the next."""
    columns = [
        [(0.8 * c, 0.36 * (r - (n - 1) / 2)) for r in range(n)] for c, n in enumerate((4, 3, 2))
    ]
    starts = (0, 4, 7, 9)
    pairs = [
        (a, b)
        for c in range(2)
        for a in range(starts[c], starts[c + 1])
        for b in range(starts[c + 1], starts[c + 2])
    ]
    return linked(dots([place for column in columns for place in column]), pairs)
