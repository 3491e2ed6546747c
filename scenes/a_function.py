"""A neuron, and then the network, as what it is: a function of its input.

Every output on screen is computed for the picture beside it.
"""

from __future__ import annotations

import numpy as np
from manim import LEFT, RIGHT, UP, Circle, Create, FadeIn, FadeOut, Group, LaggedStart, VGroup

from litnet import style
from litnet.mobjects import (
    Connections,
    Formula,
    LiveNumber,
    NeuronLayer,
    NumberLine,
    PixelGrid,
    Words,
    short_name,
)
from litnet.mobjects.network_diagram import block, input_layer
from litnet.story.scene import LitScene
from litnet.story.subject import Reading
from network.digits import one_of_each

TRIED = 3  # further inputs of the one neuron
FAN_LIGHT = 0.5  # of each line, where those of one neuron stand alone
NESTED = 3  # layers of weights up to which one formula holds all of them
MOST_NAMED = 13  # outputs that have their names beside them, at most


class AFunction(LitScene):
    """784 numbers in, 10 out."""

    network_reads = True

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.reading = self.read()
        self.others = [self.read_another(path) for path in one_of_each(self.digit.label)]
        self.a_neuron()
        picture = self.the_network()
        columns = self.one_in_another(picture)
        self.what_it_means(columns)

    # --- a neuron --------------------------------------------------------------------------------
    def a_neuron(self) -> None:
        """1. One neuron: many numbers in, one out, for several inputs."""
        stage = self.stage
        lights = np.stack([r.activations[1] for r in (self.reading, *self.others)])
        # One that changes much, and that the filmed picture lights up, if there is one.
        lit = lights[0] >= min(0.5, float(lights[0].max()))
        neuron = int((lights.std(axis=0) * lit).argmax())
        order = np.argsort(lights[1:, neuron], kind="stable")
        # Far apart in what they make of it: the brightest, the darkest, one in between.
        places = [order[-1], order[0], order[len(order) // 2]][:TRIED]
        tried = [self.others[int(place)] for place in places]
        side = 4.3 if not stage.stacked else 4.0
        inputs = input_layer(self.reading.layer(0), side, side)
        inputs.move_to(stage.first)
        at = np.array([1.3, inputs.get_y(), 0.0])
        if stage.stacked:
            at = np.array([-1.0, stage.second[1] + 0.2, 0.0])
        pitch = 1.25 / style.NEURON_FILL

        def shown(reading: Reading) -> tuple[NeuronLayer, NeuronLayer, Connections, LiveNumber]:
            numbers = reading.layer(0)
            layer = NeuronLayer(numbers, pitch=side / numbers.values.shape[0], centers=centers)
            one = NeuronLayer(reading.layer(1).part([neuron]), pitch=pitch, centers=at[None])
            row = reading.contributions(1)[neuron][None]
            lines = Connections(layer, one, row)
            lines.structure = FAN_LIGHT
            value = LiveNumber(reading.activation(1, neuron), size=2.2 * style.TITLE_SIZE)
            return layer, one, lines, value.move_to(at + 2.6 * RIGHT)

        centers = inputs.centers
        layer, one, lines, value = shown(self.reading)
        n = self.network.sizes[0]
        formula = Formula(f"{{{{ f : name }}}} : RR^{n} -> RR", size=60)
        formula.move_to(at + np.array([1.4, -1.75, 0.0]))
        one.set_level(0)
        lines.darken()
        with self.beat("neuron", inputs=n):
            self.play(FadeIn(layer), run_time=0.9)
            self.play(FadeIn(lines, one), run_time=0.6)
            lines.front = None
            self.play(FadeIn(lines), one.animate.set_level(1), run_time=1.0)
            self.play(FadeIn(value, formula), run_time=0.6)
            self.hold(0.8)
        with self.beat("another"):
            for reading in tried:
                others = shown(reading)
                self.play(
                    *(
                        part.animate.become(target)
                        for part, target in zip((layer, one, lines), others, strict=False)
                    ),
                    FadeOut(value),
                    FadeIn(others[3]),
                    run_time=0.6,
                )
                value = others[3]
                self.hold(1.0)
        self.gone = Group(layer, one, lines, value, formula)

    # --- the network -----------------------------------------------------------------------------
    def the_network(self) -> PixelGrid:
        """2. One picture of each digit; below it, all that the network makes of it."""
        stage, last = self.stage, len(self.network.sizes) - 1
        readings = sorted(
            (self.reading, *self.others),
            key=lambda r: -1 if r.label is None else r.label,
        )
        n = self.network.sizes[last]
        named = n <= MOST_NAMED
        names = VGroup()
        if named:
            room = 0.9 if stage.stacked else 1.5
            for place in range(n):
                name = short_name(self.class_names, place, room)
                names.add(Words(name, color=style.QUIET_COLOR))
        left = stage.left + (max(name.width for name in names) + 0.25 if named else 0.0)
        step = (stage.right - left) / len(readings)
        side = min(0.86 * step, 1.0)
        top = stage.middle + (2.45 if not stage.stacked else 3.6)
        room = 3.9 if not stage.stacked else 5.0
        pitch = min(0.4 if not stage.stacked else 0.5, room / n)
        first = top - side / 2 - 0.22 - pitch / 2
        pictures, columns, rings = [], [], VGroup()
        for place, reading in enumerate(readings):
            x = left + (place + 0.5) * step
            pictures.append(PixelGrid(reading.layer(0), side).move_to([x, top, 0]))
            outputs = reading.layer(last)
            column = NeuronLayer(outputs, pitch=pitch)
            column.move_to([x, first - (n - 1) * pitch / 2, 0])
            columns.append(column.set_level(0))
            wrong = self.names_are_digits and reading.label not in (None, reading.answer)
            color = style.WRONG_COLOR if wrong else style.ACCENT_COLOR
            ring = Circle(float(column.half[0]) + 0.05, color=color, stroke_width=3)
            rings.add(ring.move_to(column.centers[reading.answer]))
        for place, name in enumerate(names):
            y = first - place * pitch
            name.move_to([left - 0.2 - name.width / 2, y, 0])
        sizes = {"inputs": self.network.sizes[0], "outputs": n}
        with self.beat("network", **sizes):
            self.play(FadeOut(self.gone), run_time=0.6)
            self.play(FadeIn(*pictures, names, *columns), run_time=0.8)
            self.play(
                LaggedStart(
                    *(column.animate.set_level(1) for column in columns),
                    lag_ratio=0.45,
                ),
                run_time=4.2,
            )
            self.next_cue()
            self.play(LaggedStart(*map(Create, rings), lag_ratio=0.15), run_time=1.4)
            self.hold(1.4)
        place = readings.index(self.reading)
        mine = pictures.pop(place)
        self.gone = Group(*pictures, names, *columns, rings)
        return mine

    # --- one in another --------------------------------------------------------------------------
    def one_in_another(self, picture: PixelGrid) -> list[NeuronLayer]:
        """3. The function of the network: that of a layer, in that of the next, and so on."""
        stage, sizes = self.stage, self.network.sizes
        y = stage.middle + (0.75 if not stage.stacked else 2.0)
        tall = 3.5 if not stage.stacked else 4.6
        side = 3.0 if not stage.stacked else 2.4
        near = PixelGrid(self.reading.layer(0), side)
        near.move_to([stage.left + side / 2, y, 0])
        right = stage.right - 2.7 if not stage.stacked else stage.right - 0.3
        start = float(near.get_right()[0])
        step = (right - start) / (len(sizes) - 1)
        columns = []
        for number, size in enumerate(sizes[1:], start=1):
            one = block(size, tall, 0.6 * step)
            x = start + number * step
            centers = one.centers(size, at=(x, y))
            layer = NeuronLayer(self.reading.layer(number), pitch=one.pitch, centers=centers)
            columns.append(layer.set_level(0))
        low = y - tall / 2 - 0.35
        counts = VGroup(
            *(
                LiveNumber(self.subject.size(number), places=0, color=style.QUIET_COLOR).move_to(
                    [x.get_x(), low, 0]
                )
                for number, x in enumerate((near, *columns))
            )
        )
        formula, parts = self.whole_formula()
        formula.scale(min(1.0, 2 * stage.right / formula.width))
        formula.move_to([0, low - 0.8, 0])
        hidden = counts[1:-1]
        given = Words(self.text("given"), style.LABEL_SIZE, style.QUIET_COLOR)
        choice = Words(self.text("choice"), style.LABEL_SIZE, style.ACCENT_COLOR)
        with self.beat("nested", layers=len(sizes) - 1):
            self.play(FadeOut(self.gone), picture.animate.become(near), run_time=1.2)
            self.play(FadeIn(formula, counts, *columns), run_time=0.8)
            for part, layer in zip(parts, columns, strict=True):
                self.play(
                    *(formula[name].animate.set_light(1, style.FLASH) for name in part),
                    layer.animate.set_level(1),
                    run_time=1.1,
                )
            self.hold(0.8)
        if hidden:
            middle = (float(hidden[0].get_x()) + float(hidden[-1].get_x())) / 2
            choice.move_to([middle, y + tall / 2 + 0.4, 0])
            given.move_to([float(near.get_x()), y + tall / 2 + 0.4, 0])
            every = dict.fromkeys(f"{size:,}" for size in sizes[1:-1])
            shown = ", ".join(every if len(every) == 1 else [f"{n:,}" for n in sizes[1:-1]])
            with self.beat(
                "sizes",
                words="choice-two" if len(hidden) == 2 else "sizes",
                inputs=sizes[0],
                outputs=sizes[-1],
                hidden=shown,
            ):
                self.play(FadeIn(given), run_time=0.6)
                self.play(
                    FadeIn(choice),
                    *(count.animate.set_color(style.ACCENT_COLOR) for count in hidden),
                    run_time=0.8,
                )
                self.next_cue()
                self.hold(1.8)
        self.picture = picture
        self.gone = Group(formula, counts, *columns[:-1], *([given, choice] * bool(hidden)))
        return columns

    def whole_formula(self) -> tuple[Formula, list[list[str]]]:
        """The network's formula, and which of its parts are those of each layer."""
        layers = self.network.layers
        n = len(layers)
        if n > NESTED:
            pieces = " compose ".join(f"{{{{ f_{k} : f{k} }}}}" for k in range(n, 0, -1))
            return Formula(f"f = {pieces}", size=60), [[f"f{k}"] for k in range(1, n + 1)]
        signs = []
        for layer in layers:
            name = layer.activation.replace("_", " ").split(":")[0]
            signs.append("sigma" if name == "sigmoid" else f'op("{name}")')
        before = " ".join(
            f"{{{{ {sign} : s{k} }}}} {{{{ paren.l : o{k} }}}} {{{{ W_{k} : w{k} }}}}"
            for k, sign in reversed(list(enumerate(signs, start=1)))
        )
        after = " ".join(
            f"{{{{ + : p{k} }}}} {{{{ b_{k} : b{k} }}}} {{{{ paren.r : c{k} }}}}"
            for k in range(1, n + 1)
        )
        formula = Formula(
            "{{ f : f }} {{ paren.l : fo }} {{ a : a0 }} {{ paren.r : fc }} {{ = : is }} "
            f"{before} {{{{ a : a }}}} {after}",
            size=56,
        )
        for name, part in formula.parts.items():
            if name.rstrip("0123456789") in ("o", "fo"):
                part.text = "("
            elif name.rstrip("0123456789") in ("c", "fc"):
                part.text = ")"
        parts = [[f"s{k}", f"w{k}", f"b{k}"] for k in range(1, n + 1)]
        parts[0] = ["a", *parts[0]]
        return formula, parts

    # --- what comes out --------------------------------------------------------------------------
    def what_it_means(self, columns: list[NeuronLayer]) -> None:
        """4. The numbers that come out, and whether they are anything like probabilities."""
        stage, last = self.stage, len(self.network.sizes) - 1
        outputs, reading = columns[-1], self.reading
        values = reading.activations[last]
        n, answer = len(values), reading.answer
        middle = np.array([0.0, stage.middle + 0.15, 0.0])
        pitch = min(0.46, 4.3 / n)
        listed = n <= MOST_NAMED
        moved = NeuronLayer(reading.layer(last), pitch=pitch)
        if listed:
            moved.move_to(middle + 0.3 * LEFT + 0.15 * UP)
        else:
            one = block(n, 4.3, 3.0)
            centers = one.centers(n, at=(-1.6, float(middle[1])))
            moved = NeuronLayer(reading.layer(last), pitch=one.pitch, centers=centers)
        names, numbers = VGroup(), VGroup()
        shown = range(n) if listed else [answer]
        for place in shown:
            center = moved.centers[place] if listed else np.array([1.2, float(middle[1]), 0.0])
            color = style.ACCENT_COLOR if place == answer else style.QUIET_COLOR
            name = Words(short_name(self.class_names, place, 1.6), color=color)
            name.move_to(center + np.array([-0.45 - name.width / 2, 0, 0]))
            number = LiveNumber(reading.activation(last, place), color=color)
            names.add(name)
            numbers.add(number.move_to(center + 0.5 * RIGHT, aligned_edge=LEFT))
        numbers_right = max(float(number.get_right()[0]) for number in numbers)
        for number in numbers:
            number.shift((numbers_right - float(number.get_right()[0])) * RIGHT)
        softmax = self.network.layers[-1].activation == "softmax"
        # Its parts, which are rounded, are not on screen beside the sum.
        total = reading.layer(last).sum()
        low, high = min(0.0, np.floor(total.value)), max(1.4, np.ceil(total.value))
        line = NumberLine(total, low=low, high=high, length=3.6, ticks=(0, 1))
        together = Words(self.text("together"), color=style.QUIET_COLOR)
        line.move_to([stage.right - 1.9, middle[1] - 0.2, 0])
        if stage.stacked:
            line.move_to([0, float(moved.get_bottom()[1]) - 1.3, 0])
        together.next_to(line, UP, buff=0.3)
        near = PixelGrid(reading.layer(0), 3.2).move_to([stage.left + 1.6, middle[1] + 0.2, 0])
        if stage.stacked:
            near.scale(0.62).move_to([stage.left + 1.0, moved.get_y(), 0])
        with self.beat(
            "meaning",
            words="softmax" if softmax else "meaning",
            activation=f"{reading.confidence.value:.2f}",
            answer=self.class_names[answer],
        ):
            self.play(
                FadeOut(self.gone),
                self.picture.animate.become(near),
                outputs.animate.become(moved),
                run_time=1.2,
            )
            self.play(FadeIn(names, numbers), run_time=0.7)
            self.hold(1.0)
            self.next_cue()
            self.play(FadeOut(numbers), run_time=0.4)
            self.play(FadeIn(line, together), run_time=0.8)
            self.hold(2.0)
