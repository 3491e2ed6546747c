"""What lies ahead: the structure first, then the learning; and two questions in two words.

The network in the picture is the one that is filmed: all its neurons, all its connections (or as
many as the picture says), and in the end the activations that it computes for the digit.
"""

from __future__ import annotations

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    AnimationGroup,
    Circle,
    Create,
    FadeIn,
    FadeOut,
    GrowFromCenter,
    LaggedStart,
    Line,
    VGroup,
)

from litnet import style
from litnet.mobjects import (
    Connections,
    Halo,
    LiveNumber,
    NetworkDiagram,
    NeuronLayer,
    PixelGrid,
    Words,
)
from litnet.story.scene import LitScene
from litnet.style import Floats


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
        """1. A road with two stops."""
        middle = self.stage.middle
        if self.stage.stacked:
            stops = [np.array([-1.9, middle + 2.2, 0]), np.array([-1.9, middle - 1.6, 0])]
            ends = [stops[0] + 2.2 * UP, stops[1] + 2.0 * DOWN]
        else:
            stops = [np.array([x, middle + 0.4, 0]) for x in (-3.2, 3.2)]
            ends = [stops[0] + 3.2 * LEFT, stops[1] + 3.2 * RIGHT]
        road = Line(*ends, stroke_width=4, color=style.QUIET_COLOR)
        marks, names = [], []
        for number, (key, stop) in enumerate(
            zip((self.text("structure"), self.text("learning")), stops, strict=True), start=1
        ):
            mark = Circle(0.36, color=style.QUIET_COLOR, stroke_width=4, fill_opacity=1)
            mark.set_fill("#000000").move_to(stop)
            numeral = Words(str(number), style.LABEL_SIZE).move_to(stop)
            name = Words(key, style.TITLE_SIZE)
            if self.stage.stacked:
                name.next_to(mark, RIGHT, buff=0.5)
            else:
                name.next_to(mark, DOWN, buff=0.45)
            marks.append(VGroup(mark, numeral))
            names.append(name)
        lights = [Halo(stop, 0.42) for stop in stops]
        with self.beat("ahead"):
            self.play(Create(road), run_time=1.8)
            self.play(
                LaggedStart(*(GrowFromCenter(mark) for mark in marks), lag_ratio=0.4), run_time=1.2
            )
            for light, mark, name in zip(lights, marks, names, strict=True):
                self.next_cue()
                self.add(light)
                self.play(
                    FadeIn(name, shift=0.2 * UP),
                    light.animate.become(bright(light)),
                    mark[0].animate.set_stroke(style.ACCENT_COLOR),
                    run_time=1.2,
                )
                self.wait(0.6)
            self.hold(1.2)
        self.left_over = [road, *marks, *names, *lights]

    def many_kinds(self) -> None:
        """2. The names of some kinds of network; one of them stays."""
        kinds = [
            self.text("convolutional"),
            self.text("recurrent"),
            self.text("transformer"),
            self.text("graph"),
            self.text("diffusion"),
            self.text("adversarial"),
        ]
        columns = 1 if self.stage.stacked else 3
        rows = len(kinds) // columns
        step = np.array([4.4, 1.3 if self.stage.stacked else 1.5, 0])
        center = np.array([0, self.stage.middle, 0])
        names = []
        for number, kind in enumerate(kinds):
            row, column = divmod(number, columns)
            # One row is left free in the middle, for the plain one.
            up = rows / 2 - row - (row >= rows / 2)
            place = center + step * [column - (columns - 1) / 2, up, 0]
            names.append(Words(kind, style.LABEL_SIZE, style.QUIET_COLOR).move_to(place))
        self.title = Words(self.text("plain"), style.TITLE_SIZE).move_to(center)
        with self.beat("kinds"):
            leaving = FadeOut(*self.left_over, run_time=0.7)
            coming = LaggedStart(*map(FadeIn, names), lag_ratio=0.2, run_time=2.2)
            self.play(AnimationGroup(leaving, coming, lag_ratio=0.6))
            self.next_cue()
            self.play(FadeIn(self.title, scale=0.9), run_time=0.8)
            self.play(
                FadeOut(*names), self.title.animate.set_color(style.ACCENT_COLOR), run_time=1.2
            )
            self.hold(1.2)

    def the_plainest(self) -> None:
        """3. The network that is filmed: layers, each linked to the next."""
        self.diagram = self.draw()
        top = self.stage.middle + self.tall / 2 + self.lift
        sizes = list(self.network.sizes)
        neurons = LiveNumber(self.number("sum(network.sizes)"), places=0)
        drawn, total = (LiveNumber(count, places=0) for count in self.diagram.counts())
        self.neuron_count = VGroup(
            neurons, Words(self.text("neurons"), color=style.QUIET_COLOR)
        ).arrange(RIGHT, buff=0.16)
        rows = [[total, Words(self.text("connections"), color=style.QUIET_COLOR)]]
        if not self.diagram.whole:
            rows.append([Words(self.text("drawn"), color=style.QUIET_COLOR), drawn])
        self.link_count = VGroup(*(VGroup(*row).arrange(RIGHT, buff=0.16) for row in rows))
        self.link_count.arrange(DOWN if self.stage.stacked else RIGHT, buff=0.2)
        counts = VGroup(self.neuron_count, self.link_count)
        counts.arrange(DOWN if self.stage.stacked else RIGHT, buff=0.3 if self.stage.stacked else 1)
        # Many layers have many connections.
        counts.scale(min(1.0, 2 * self.stage.right / counts.width))
        gap = 0.75 if self.stage.stacked else 0.55
        counts.move_to(
            [0, self.stage.middle - self.tall / 2 + self.lift - gap + 0.15, 0], aligned_edge=UP
        )
        inputs, *others = self.diagram.layers
        with self.beat("plainest", layers=len(sizes)):
            self.play(self.title.animate.move_to([0, top + 0.6, 0]), run_time=1.0)
            self.play(FadeIn(inputs), run_time=0.8)
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
        questions = [
            Words(self.text("what-are-they"), style.CAPTION_SIZE).move_to(places[0] + below * DOWN),
            Words(self.text("how-linked"), style.CAPTION_SIZE).move_to(places[1] + below * DOWN),
        ]
        counts = []
        for count, question in zip((self.neuron_count, self.link_count), questions, strict=True):
            there = count.copy()
            room = 2 * (self.stage.right - question.get_x())
            if there.width > room:
                there.arrange(DOWN, buff=0.2)
            there.scale(min(1.0, room / there.width))
            counts.append(there.move_to(question.get_center() + 0.45 * DOWN, aligned_edge=UP))
        self.full = [layer.copy().set_level(1) for layer in self.diagram.layers]
        self.top, self.foot = whole.get_center(), self.neuron_count.get_center() * UP
        with self.beat("words"):
            self.play(FadeOut(self.title), run_time=0.5)
            self.play(FadeIn(neural, net, shift=0.15 * UP), run_time=0.8)
            self.wait(0.8)
            self.next_cue()
            self.play(
                FadeOut(*self.diagram.bundles, run_time=0.9),
                *(
                    layer.animate.become(cell)
                    for layer, cell in zip(self.diagram.layers, cells, strict=True)
                ),
                neural.animate.move_to(places[0] + above * UP),
                net.animate.move_to(places[1] + above * UP).set_opacity(0.6),
                self.neuron_count.animate.become(counts[0]),
                self.link_count.animate.become(counts[1]),
                run_time=2.0,
            )
            self.play(
                FadeIn(questions[0], shift=0.2 * UP),
                *(layer.animate.set_level(1) for layer in self.diagram.layers),
                run_time=1.4,
            )
            self.wait(0.4)
            self.next_cue()
            self.play(
                FadeIn(*lines),
                net.animate.set_opacity(1).set_color(style.ACCENT_COLOR),
                neural.animate.set_color(style.TEXT_COLOR),
                run_time=1.4,
            )
            self.play(FadeIn(questions[1], shift=0.2 * UP), run_time=0.8)
            self.hold(1.6)
        self.neural, self.net, self.lines, self.questions = neural, net, lines, questions

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
            self.play(
                FadeOut(*self.lines, self.net, self.link_count, *self.questions), run_time=0.9
            )
            self.next_cue()
            self.play(
                self.neural.animate.move_to(self.top).set_color(style.ACCENT_COLOR),
                self.neuron_count.animate.move_to(self.foot),
                *(
                    layer.animate.become(full)
                    for layer, full in zip(layers, self.full, strict=True)
                ),
                run_time=2.2,
            )
            self.hold(2.2)


def bright(halo: Halo) -> Halo:
    """The same light, switched on."""
    lit = halo.copy()
    lit.strength = 0.5
    return lit
