"""How many numbers a network has, counted in light; and one of them turned by hand.

What follows from the turned knob is computed anew in every frame, and the picture says that it was
by hand.
"""

from __future__ import annotations

import math

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Circle,
    Create,
    FadeIn,
    FadeOut,
    Group,
    LaggedStart,
    Line,
    VGroup,
)

from litnet import style
from litnet.animations.by_hand import ByHand, CountLines, show_answer
from litnet.animations.gather import RunningSum
from litnet.mobjects import (
    Connections,
    Knob,
    LiveNumber,
    NetworkDiagram,
    SignedLayer,
    Words,
    answer_name,
    in_line,
)
from litnet.mobjects.network_diagram import input_layer
from litnet.record.quantities import Quantities
from litnet.story.scene import LitScene
from litnet.style import Floats
from network import MLP
from network.parameters import replaced

FAINT = 0.8  # light of the lines of a large bundle, as a part of what a small one's have
MANY = 4096  # lines from which on a bundle is a large one
TRIED = 600  # knobs that are tried, of which the most telling one is turned
WAYS = (-1.0, -0.75, -0.5, -0.25, 0.25, 0.5, 0.75, 1.0)  # how far, as parts of the limit
WELL = 0.3  # how far an answer is behind another to be well behind it
ON_THE_WAY = 60  # places between two of the knob's, at which its answers are looked for
NUMBERS = 13  # outputs that have their numbers beside them, at most


class Counting(LitScene):
    """Thirteen thousand knobs, and one of them."""

    network_reads = films_vectors = True

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.reading = self.read()
        diagram = self.every_connection()
        self.biases(diagram)
        self.total(diagram)
        self.by_hand(diagram)

    # --- the count -----------------------------------------------------------------------------
    def rows_of_numbers(self) -> list[VGroup]:
        """For each bundle how many lines it has, and why; for the biases how many there are."""
        sizes, size = self.network.sizes, 1.15 * style.LABEL_SIZE
        rows = []
        for n in range(1, len(sizes)):
            product = in_line(
                LiveNumber(self.subject.size(n - 1), places=0, color=style.QUIET_COLOR),
                Words("×", color=style.QUIET_COLOR),
                LiveNumber(self.subject.size(n), places=0, color=style.QUIET_COLOR),
                buff=0.12,
            )
            lines = self.number(f"network.sizes[{n - 1}] * network.sizes[{n}]")
            rows.append(VGroup(product, LiveNumber(lines, places=0, size=size)))
        biases = self.number("sum(network.sizes[1:])")
        name = Words(self.text("biases.name"), color=style.QUIET_COLOR)
        rows.append(VGroup(name, LiveNumber(biases, places=0, size=size)))
        step = min(0.62, 3.4 / len(rows))
        for place, (name, number) in enumerate(rows):
            top = self.column[1] - place * step
            number.shift((self.column[0] - number.get_right()[0], top - number.baseline, 0.0))
            foot = name[0].baseline if isinstance(name, VGroup) else name.baseline
            left = self.column[0] - max(row[1].width for row in rows) - 0.35
            name.shift((left - name.get_right()[0], number.baseline - foot, 0.0))
        return rows

    def every_connection(self) -> NetworkDiagram:
        """1. Bundle by bundle, by the light of the weights themselves."""
        stage, layers = self.stage, self.network.layers
        # Smaller than where the input is what is looked at: the lines need the room.
        side = min(3.7, stage.input_side(len(layers)))
        inputs = input_layer(self.reading.layer(0), side, stage.tall)
        inputs.move_to([stage.left + inputs.width / 2, stage.middle, 0]).set_level(0)
        right = stage.right - (1.4 if stage.stacked else 5.3)
        tall = stage.tall if not stage.stacked else 4.3
        middle = stage.middle if not stage.stacked else stage.first[1] - 0.1
        inputs.set_y(middle)
        diagram = NetworkDiagram(inputs, self.reading, right=right, tall=tall).darken()
        self.column = np.array([stage.right, stage.middle + 2.1, 0.0])
        if stage.stacked:
            self.column = np.array([stage.right - 1.4, stage.second[1] + 1.55, 0.0])
        self.bundles = []
        for one, other, layer in zip(diagram.layers, diagram.layers[1:], layers, strict=False):
            bundle = Connections(one, other, layer.weights).darken()
            if bundle.total >= MANY:
                bundle.strengths = FAINT * bundle.strengths
            self.bundles.append(bundle)
        self.rows = self.rows_of_numbers()
        self.counted = self.drawn_of_all(diagram)
        with self.beat("connections", neurons=sum(self.network.sizes)):
            self.play(FadeIn(inputs, *diagram.layers[1:], *self.counted), run_time=1.2)
            for number, (bundle, row) in enumerate(zip(self.bundles, self.rows, strict=False)):
                if number == 1:
                    self.next_cue()
                name, counter = row
                self.play(FadeIn(bundle, name), FadeIn(counter.pass_by(0)), run_time=0.5)
                long = (3.4, 1.6)[min(number, 1)]
                self.play(CountLines(bundle, counter, run_time=long))
                counter.set_value(counter.quantity)
                counter.shift((self.column[0] - counter.get_right()[0]) * RIGHT)
            if len(self.bundles) == 1:
                self.next_cue()
            self.hold(0.6)
        return diagram

    def biases(self, diagram: NetworkDiagram) -> None:
        """2. One more in each neuron that computes."""
        every = [dense.biases for dense in self.network.layers]
        scale = max(float(np.abs(b).max()) for b in every) or 1.0
        self.lights = [
            SignedLayer(layer, Quantities(b, f"biases[{number}]"), scale=scale).set_level(0)
            for number, (layer, b) in enumerate(zip(diagram.layers[1:], every, strict=True), 1)
        ]
        name, counter = self.rows[-1]
        with self.beat("biases"):
            self.play(FadeIn(name), FadeIn(counter.pass_by(0)), run_time=0.5)
            self.add(*self.lights)
            self.play(
                LaggedStart(*(light.animate.set_level(1) for light in self.lights), lag_ratio=0.6),
                RunningSum(counter, np.ones(int(counter.quantity.value))),
                run_time=2.8,
            )
            self.hold(0.8)

    def total(self, diagram: NetworkDiagram) -> None:
        """3. Everything that it knows."""
        low = self.rows[-1][1].baseline - 0.3
        rule = Line(
            [self.column[0] - 3.3, low, 0],
            [self.column[0], low, 0],
            stroke_width=2,
            color=style.QUIET_COLOR,
        )
        total = LiveNumber(
            self.number("network.parameters"),
            places=0,
            size=2.1 * style.TITLE_SIZE,
            color=style.ACCENT_COLOR,
        )
        total.scale(min(1.0, 3.4 / total.width))
        total.move_to([self.column[0] - total.width / 2, low - 0.7, 0])
        says = Words(self.text("knobs"), style.LABEL_SIZE, style.QUIET_COLOR)
        says.next_to(total, DOWN, buff=0.22).align_to(total, RIGHT)
        with self.beat("total", total=self.network.parameters):
            self.play(Create(rule), run_time=0.4)
            counts = [float(number.quantity.value) for _, number in self.rows]
            self.add(total)
            self.play(RunningSum(total, np.repeat(np.array(counts) / 12, 12)), run_time=1.6)
            self.play(FadeIn(says), run_time=0.5)
            for part in (0.45, 1.0):
                self.play(
                    *(bundle.animate.set_opacity(part) for bundle in self.bundles),
                    *(light.animate.set_opacity(part) for light in self.lights),
                    run_time=0.8,
                )
            self.hold(0.8)
        self.sum = VGroup(*self.rows, rule, total, says)

    # --- one knob ------------------------------------------------------------------------------
    def by_hand(self, diagram: NetworkDiagram) -> None:
        """4. One knob: the answer moves, and comes back."""
        stage, outputs = self.stage, diagram.outputs
        layer, neuron, start, value = telling_knob(self.network, self.reading.activations[0])
        end = self.read_changed(layer, neuron, start, value)
        weight = self.reading.weights_to(layer, neuron).one(start)
        moved = end.weights_to(layer, neuron).one(start)
        computed = self.turned(self.reading, layer, neuron, start)
        limit = knob_limit(self.network, layer)
        at = np.array([stage.right - 1.6, stage.middle - 1.05, 0.0])
        if stage.stacked:
            at = np.array([-1.7, stage.second[1] - 0.15, 0.0])
        knob = Knob(weight, limit=limit, radius=1.15).shift(at)
        hand = Words(self.text("by-hand"), style.LABEL_SIZE, style.ACCENT_COLOR)
        hand.move_to(at + 1.75 * UP)
        wire = Line(
            diagram.layers[layer - 1].centers[start],
            diagram.layers[layer].centers[neuron],
            stroke_width=5,
            color=style.ACCENT_COLOR,
        )
        wire.z_index = -0.5  # over the light, under the neurons

        answers = {
            answer: self.big_answer(answer)
            for answer in self.answers_on_the_way(layer, neuron, start, value)
        }
        ring = Circle(float(outputs.half[0]) + 0.08, color=style.ACCENT_COLOR, stroke_width=4)
        show_answer(self.reading.answer, answers, ring.move_to(outputs.centers[0]), outputs.centers)
        names, numbers = self.beside(diagram)
        lights = {
            "numbers": [(number, place) for place, number in enumerate(numbers)],
            "answers": answers,
            "ring": ring,
        }
        name, other = (self.class_names[one.answer] for one in (self.reading, end))
        tips = self.reading.answer != end.answer
        with self.beat("hand", total=self.network.parameters):
            self.play(FadeOut(*self.bundles, *self.lights, self.sum, diagram.inputs), run_time=0.7)
            diagram.inputs.set_level(1)
            for bundle, cells in zip(diagram.bundles, diagram.layers[1:], strict=True):
                bundle.front = None
                cells.set_level(1)
            self.play(
                FadeIn(*diagram.bundles, diagram.inputs, names, numbers, ring, *answers.values()),
                *(FadeIn(cells) for cells in diagram.layers[1:]),
                run_time=1.0,
            )
            show_answer(self.reading.answer, answers, ring, outputs.centers)
            self.next_cue()
            self.play(Create(wire), FadeIn(knob), run_time=1.0)
            self.hold(0.4)
        with self.beat("turned", words="tips" if tips else "moves", name=name, other=other):
            self.play(FadeIn(hand), run_time=0.4)
            self.play(ByHand(knob, diagram, layer, moved, end, computed, **lights), run_time=4.0)
            self.next_cue()
            self.hold(1.8)
        with self.beat("back", name=name, total=self.network.parameters):
            self.play(
                ByHand(knob, diagram, layer, weight, self.reading, computed, **lights),
                run_time=2.6,
            )
            self.play(FadeOut(hand), run_time=0.4)
            self.next_cue()
            self.play(FadeOut(knob, wire), run_time=0.8)
            total = self.sum[-2]
            says = self.sum[-1]
            both = Group(total, says)
            both.shift(at - both.get_center())
            both.shift(min(0.0, stage.right - float(both.get_right()[0])) * RIGHT)
            self.play(FadeIn(total, says), run_time=0.8)
            self.hold(1.0)

    def answers_on_the_way(self, layer: int, neuron: int, start: int, value: float) -> list[int]:
        """Every answer that there is while the knob is turned, and the one before."""
        was = float(self.network.layers[layer - 1].weights[neuron, start])
        x = self.reading.activations[0]
        found = {self.reading.answer: None}
        for part in np.linspace(0, 1, ON_THE_WAY):
            turned = replaced(self.network, layer, (neuron, start), was + part * (value - was))
            found[int(turned.forward(x).prediction)] = None
        return list(found)

    def big_answer(self, answer: int) -> LiveNumber | Words:
        """An answer as large as there is room for it; wrong is called so by its colour."""
        wrong = self.label not in (None, answer)
        color = style.WRONG_COLOR if wrong else style.ACCENT_COLOR
        room = 2.6
        quantity = self.reading.prediction
        name = self.class_names[answer]
        size = 3.2 * style.TITLE_SIZE
        if answer == self.reading.answer:
            shown = answer_name(name, quantity, size=size, color=color, room=room)
        else:
            shown = Words(name, size, color)
            shown.scale(min(1.0, room / shown.width))
        if self.stage.stacked:
            return shown.move_to([1.9, self.stage.second[1] - 0.15, 0])
        return shown.move_to([self.stage.right - 1.6, self.stage.middle + 1.9, 0])

    def beside(self, diagram: NetworkDiagram) -> tuple[VGroup, VGroup]:
        """The names of the outputs and their numbers, where there is room for all of them."""
        outputs, last = diagram.outputs, len(self.network.sizes) - 1
        names, numbers = VGroup(), VGroup()
        fits = diagram.digits_fit and len(outputs) <= NUMBERS
        if not fits or max(map(len, self.class_names)) > 2:
            return names, numbers
        for place, center in enumerate(outputs.centers):
            name = Words(self.class_names[place], color=style.QUIET_COLOR)
            names.add(name.move_to(center + 0.45 * RIGHT))
            number = LiveNumber(self.reading.activation(last, place), color=style.QUIET_COLOR)
            number.move_to(center + 0.78 * RIGHT, aligned_edge=LEFT)
            numbers.add(number)
        if self.stage.stacked:
            numbers = VGroup()  # there is no room beside them
        return names, numbers


def knob_limit(mlp: MLP, layer: int) -> float:
    """How far the knobs of a layer are turned: a round number that holds all of its weights."""
    largest = float(np.abs(mlp.layers[layer - 1].weights).max()) or 1.0
    unit = 10.0 ** math.floor(math.log10(largest))
    return float(math.ceil(largest / unit) * unit)


def telling_knob(mlp: MLP, x: Floats) -> tuple[int, int, int, float]:
    """(layer, neuron, input, value): the weight, and its other value, that tip the answer the most.

    Of the weights behind the first layer, if there are any, those are tried that carry the most,
    turned some way to either end. The one is taken that needs the shortest way to leave the answer
    well behind another; or, where none does, the one that leaves it the furthest behind.
    """
    forward = mlp.forward(x)
    answer = int(forward.prediction)
    tried = []
    for layer in range(min(2, len(mlp.layers)), len(mlp.layers) + 1):
        weights, limit = mlp.layers[layer - 1].weights, knob_limit(mlp, layer)
        carries = np.abs(forward.activations[layer - 1]) * (np.abs(weights) + limit)
        strongest = np.argsort(-carries, axis=None, kind="stable")[:TRIED]
        for neuron, start in zip(*np.unravel_index(strongest, weights.shape), strict=True):
            carried = float(carries[neuron, start])
            tried += [(carried, layer, int(neuron), int(start), w * limit) for w in WAYS]
    tried.sort(key=lambda one: -one[0])

    def telling(one: tuple[float, int, int, int, float]) -> tuple[bool, float]:
        _, layer, neuron, start, value = one
        outputs = replaced(mlp, layer, (neuron, start), value).forward(x).activations[-1]
        behind = float(np.delete(outputs, answer).max() - outputs[answer])
        way = abs(value - float(mlp.layers[layer - 1].weights[neuron, start]))
        return (True, -way) if behind > WELL else (False, behind)

    _, layer, neuron, start, value = max(tried[: len(WAYS) * TRIED], key=telling)
    return layer, neuron, start, value
