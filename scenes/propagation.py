"""How one neuron gets its number, and then all of them.

Everything on screen is what the network computed for the picture that is read.
"""

from __future__ import annotations

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Circle,
    Create,
    Dot,
    FadeIn,
    FadeOut,
    Group,
    LaggedStart,
    Line,
    MoveAlongPath,
    Square,
    VGroup,
    VMobject,
)

from litnet import style
from litnet.animations import AddUp, Propagate
from litnet.mobjects import (
    Balance,
    Connections,
    Curve,
    Formula,
    LiveNumber,
    NetworkDiagram,
    NeuronLayer,
    SignedGrid,
    Words,
    answer_name,
)
from litnet.mobjects.balance import places_that_add_up
from litnet.mobjects.signed import legend_of_signs
from litnet.story.scene import LitScene
from litnet.story.subject import Reading
from network.activations import get_activation
from network.digits import one_of_each

NAMED = 4  # contributions that are shown with their numbers
FAN_LIGHT = 0.5  # of each line, where those of one neuron stand alone
# Of the functions that are filmed, in Typst's language.
FORMULAS = {
    "sigmoid": "sigma(z) = 1 / (1 + e^(-z))",
    "tanh": "tanh(z)",
    "relu": "max(0, z)",
    "identity": "a = z",
}
FADE = 0.35  # seconds from one picture to the next; light that changes so slowly does not flash


class Propagation(LitScene):
    """One hidden neuron up close, then its layer, then all layers, then many pictures.

    The neuron is the one of the first hidden layer that is most in the balance: what speaks for
    it and what speaks against it nearly cancel (its z is the nearest to zero), so that what is
    added up decides, and its activation is neither dark nor bright.
    """

    network_reads = True

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.reading = self.read()
        self.dense = self.network.layers[0]
        self.neuron = int(np.abs(self.reading.forward_pass.layers[0].z).argmin())
        self.z = self.reading.z(1, self.neuron)
        self.carried = self.reading.contributions_to(1, self.neuron)
        self.stop = self.largest_so_far()
        self.places = self.digits_to_agree()
        self.room = 1.2 if self.stage.stacked else 2.2  # right of the outputs

        inputs, one, lines = self.one_neuron()
        grid = self.its_weights(inputs, one, lines)
        self.times_brightness(inputs, grid)
        self.strongest(grid)
        self.add_up(grid)
        self.bias()
        one = self.squash(grid)
        network = self.whole_layer(one)
        self.onward(network)
        self.other_pictures(network)

    def diagram(self, reading: Reading) -> NetworkDiagram:
        """The network as it stands in the frame, lit by one reading."""
        rows, columns = reading.digit.image.shape
        pitch = self.stage.input_height / rows
        x, y = np.meshgrid(np.arange(columns) * pitch, -np.arange(rows) * pitch)
        centers = np.stack((x.ravel(), y.ravel(), np.zeros(rows * columns)), axis=1)
        inputs = NeuronLayer(reading.layer(0), pitch=pitch, centers=centers)
        inputs.move_to((self.stage.left + self.stage.input_height / 2, self.stage.middle, 0.0))
        right = self.stage.right - self.room
        return NetworkDiagram(inputs, reading, right=right, tall=self.stage.tall)

    def largest_so_far(self) -> int:
        """How many contributions, in whole rows, make the sum that is the furthest from zero."""
        sums = np.cumsum(self.carried.values)
        columns = self.reading.digit.image.shape[1]
        ends = np.arange(columns, len(sums), columns)
        return int(ends[np.abs(sums[ends - 1]).argmax()]) if len(ends) else len(sums)

    def digits_to_agree(self) -> int:
        """The fewest digits after the point, at least two, with which all that is added agrees.

        What is shown as a sum is then the sum of what is shown, to the last digit.
        """
        parts = [
            [self.carried.sum(count, sign) for sign in ("", "positive", "negative")]
            for count in (self.stop, None)
        ]
        parts.append([self.z, self.carried.sum(), self.reading.bias(1, self.neuron)])
        sums = [[number.value for number in numbers] for numbers in parts]
        return places_that_add_up(*((whole, added) for whole, *added in sums))

    def one_neuron(self) -> tuple[NeuronLayer, NeuronLayer, Connections]:
        """1. The network, dark behind its input; one neuron of the next layer comes near."""
        network = self.diagram(self.reading).darken()
        inputs = network.inputs
        one = network.layers[1].part([self.neuron])
        ring = Circle(float(one.half[0]) + 0.09, color=style.ACCENT_COLOR, stroke_width=4)
        ring.move_to(one)
        row = self.carried.values.reshape(1, -1)
        lines = Connections(inputs, one, row).darken()
        near = one.copy().scale(0.5 / float(one.half[0])).move_to(self.stage.second)
        there = inputs.copy().scale_to_fit_height(self.stage.panel).move_to(self.stage.first)
        bright = Connections(there, near, row).darken()
        bright.structure = FAN_LIGHT
        counted = self.drawn_of_all(network)
        with self.beat("one-neuron", inputs=len(inputs)):
            self.play(FadeIn(network, *counted), run_time=0.9)
            self.add(lines, one)
            self.play(Create(ring), run_time=0.7)
            self.next_cue()
            # First what stays behind goes, then what stays moves: both at once is too much to see.
            self.play(FadeOut(*network.bundles, *network.layers[1:], *counted, ring), run_time=0.6)
            self.play(
                inputs.animate.become(there),
                one.animate.become(near),
                lines.animate.become(bright),
                run_time=1.4,
            )
            self.hold(0.8)
        return inputs, one, lines

    def its_weights(self, inputs: NeuronLayer, one: NeuronLayer, lines: Connections) -> SignedGrid:
        """2. A weight for each connection, unfolding out of the neuron, each at its pixel."""
        grid = SignedGrid(self.reading.weights_to(1, self.neuron), self.stage.panel)
        grid.move_to(self.stage.second)
        folded = grid.copy().scale(0.04).move_to(one)
        self.legend = legend_of_signs(self.common("brighter"), self.common("darker"))
        self.legend.move_to(self.stage.second + (self.stage.panel / 2 + 0.33) * UP)
        with self.beat("weights", connections=len(inputs)):
            self.add(folded)
            self.play(
                folded.animate.become(grid),
                one.animate.set_opacity(0),
                lines.animate.set_opacity(0),
                run_time=2.2,
            )
            self.remove(one, lines)
            self.next_cue()
            self.play(FadeIn(self.legend), run_time=0.7)
            self.hold(1.0)
        return folded

    def times_brightness(self, inputs: NeuronLayer, grid: SignedGrid) -> None:
        """3. The digit is laid over the weights; what is dark takes its weights away."""
        top = self.stage.first + 0.36 * self.stage.panel * UP
        self.head = Words(self.text("product"), style.LABEL_SIZE, style.QUIET_COLOR).move_to(top)
        carried = SignedGrid(self.carried, self.stage.panel, scale=grid.scale_of_light).move_to(
            grid
        )
        with self.beat("multiply"):
            self.play(inputs.animate.as_light(), run_time=0.5)
            self.add(inputs)  # above the weights
            self.play(inputs.animate.move_to(self.stage.second), run_time=1.8)
            self.next_cue()
            self.play(
                FadeOut(inputs), grid.animate.become(carried), FadeIn(self.head), run_time=2.0
            )
            self.hold(0.6)

    def strongest(self, grid: SignedGrid) -> None:
        """4. The largest contributions, with their numbers, each pointing to its pixel."""
        named = np.argsort(-np.abs(self.carried.values.ravel()), kind="stable")[:NAMED]
        # From above, as their pixels stand, so that the pointers do not cross.
        named = sorted(int(cell) for cell in named)
        weights = self.reading.weights_to(1, self.neuron)
        rows, frames, pointers = VGroup(), VGroup(), VGroup()
        top = self.head.get_center()
        step = 0.72 * self.stage.panel / NAMED
        for place, cell in enumerate(named, start=1):
            carried = self.carried.one(cell)
            color = style.NEGATIVE_COLOR if carried.value < 0 else style.POSITIVE_COLOR
            size = 1.25 * style.LABEL_SIZE
            row = VGroup(
                LiveNumber(weights.one(cell), size=size),
                Words("×", size, style.QUIET_COLOR),
                LiveNumber(self.reading.activation(0, cell), size=size),
                Words("=", size, style.QUIET_COLOR),
                LiveNumber(carried, size=size, color=color),
            ).arrange(RIGHT, buff=0.2)
            rows.add(row.move_to(top + place * step * DOWN))
            row.shift((rows[0].get_right()[0] - row.get_right()[0]) * RIGHT)
            here = grid.centers[cell]
            half = float(grid.half[cell]) + 0.035
            frames.add(Square(2 * half, color=style.TEXT_COLOR, stroke_width=3).move_to(here))
            start = row.get_right() + 0.18 * RIGHT
            way = [start, here + half * LEFT]
            if self.stage.stacked:
                # Around the rows below, each in a lane of its own.
                lane = self.stage.right - 0.22 * place
                low = self.stage.second[1] + self.stage.panel / 2 - 0.1
                corners = [np.array([lane, start[1], 0.0]), np.array([lane, low, 0.0])]
                way = [start, *corners, here + half * RIGHT]
            pointer = VMobject(stroke_width=2, stroke_color=style.QUIET_COLOR)
            pointers.add(pointer.set_points_as_corners(way))
        with self.beat("strongest", count=len(named)):
            self.play(
                LaggedStart(
                    *(
                        FadeIn(Group(row, frame, pointer))
                        for row, frame, pointer in zip(rows, frames, pointers, strict=True)
                    ),
                    lag_ratio=0.5,
                ),
                run_time=2.4,
            )
            self.hold(1.0)
        self.naming = VGroup(self.head, rows, frames, pointers)

    def add_up(self, grid: SignedGrid) -> None:
        """5. All contributions, added row by row, with a stop where the sum is the largest."""
        stop, every = self.stop, len(self.carried)
        balance = Balance(self.carried, places=self.places, width=0.92 * self.stage.panel).shift(
            self.stage.first
        )
        what = Words(self.text("left"), style.LABEL_SIZE, style.QUIET_COLOR)
        with self.beat("add"):
            self.play(FadeOut(self.naming), FadeIn(balance), run_time=0.8)
            part = stop / every
            self.play(AddUp(grid, balance, stop, run_time=0.8 + 3 * part))
            self.hold(0.4)
            self.play(AddUp(grid, balance, every, run_time=0.8 + 3 * (1 - part)))
            what.next_to(balance.total, DOWN, buff=0.25, aligned_edge=LEFT)
            self.next_cue()
            self.play(FadeIn(what), run_time=0.5)
            self.hold(1.0)
        self.balance, self.what = balance, what

    def bias(self) -> None:
        """6. The bias is added; all three numbers have as many digits as it takes to agree."""
        total, bias = self.carried.sum(), self.reading.bias(1, self.neuron)
        size = 1.1 * style.TITLE_SIZE
        rows = VGroup()
        names = (self.text("sum"), self.text("its-bias"), self.text("together"))
        left = self.stage.first + 0.42 * self.stage.panel * LEFT
        right = self.stage.first + 0.42 * self.stage.panel * RIGHT
        for row, (name, number) in enumerate(zip(names, (total, bias, self.z), strict=True)):
            height = (1.75 - 0.85 * row - 0.25 * (row == 2)) * UP
            rows.add(
                VGroup(
                    Words(name, style.LABEL_SIZE, style.QUIET_COLOR).move_to(
                        left + height, aligned_edge=LEFT
                    ),
                    LiveNumber(number, places=self.places, size=size).move_to(
                        right + height, aligned_edge=RIGHT
                    ),
                )
            )
        room = 0.84 * self.stage.panel - 0.3
        narrow = min((room - name.width) / number.width for name, number in rows)
        for _, number in rows:  # one of many digits stays clear of its name
            number.scale(min(1.0, narrow), about_point=number.get_right())
        rule = Line(left, right, stroke_width=2, color=style.QUIET_COLOR).shift(0.5 * UP)
        with self.beat("bias"):
            total_there = rows[0][1]
            self.play(
                FadeOut(*self.balance.bars.values(), self.balance.plus, self.what),
                FadeOut(self.balance.numbers["positive"], self.balance.numbers["negative"]),
                run_time=0.5,
            )
            self.play(
                self.balance.total.animate.become(total_there),
                FadeIn(rows[0][0]),
                run_time=1.0,
            )
            self.remove(self.balance, self.balance.total)
            self.add(rows[0])
            self.play(FadeIn(rows[1], shift=0.2 * UP), run_time=0.7)
            self.play(Create(rule), FadeIn(rows[2]), run_time=0.7)
            self.hold(1.4)
        self.arithmetic = VGroup(rows, rule)

    def squash(self, grid: SignedGrid) -> NeuronLayer:
        """7. The layer's own function, as a curve: up from the sum, across to the activation."""
        name = self.dense.activation
        activation, z = self.reading.activation(1, self.neuron).value, self.z.value
        reach = max(6.0, 1.2 * abs(z))
        x = np.linspace(-reach, reach, 241)
        # The neuron's number for every sum that it might have; those of the others stay.
        sums = np.tile(self.reading.forward_pass.layers[0].z, (len(x), 1))
        sums[:, self.neuron] = x
        y = get_activation(name).function(sums)[:, self.neuron]
        curve = Curve(x, y, width=0.92 * self.stage.panel, height=0.62 * self.stage.panel)
        curve.stand_at(self.stage.second + 0.1 * UP)
        called = VGroup(
            Words(
                self.text("sigmoid") if name == "sigmoid" else name.replace("_", " "),
                style.LABEL_SIZE,
                style.QUIET_COLOR,
            )
        )
        if name in FORMULAS:
            formula = Formula(FORMULAS[name])
            formula.rest.set_light(0.9)
            called = Group(*called, formula)
            called.arrange(RIGHT, buff=0.45)
        called.move_to(self.stage.second + (self.stage.panel / 2 - 0.1) * UP)
        # The whole numbers between the ends, on the axis; where they go; and where they end.
        spread = range(-int(reach), int(reach) + 1)
        line, raised, squeezed = (
            VGroup(*(Dot(curve.at(*place), radius=0.06, color=style.TEXT_COLOR) for place in some))
            for some in zip(
                *(
                    ((k, 0), (k, float(np.interp(k, x, y))), (x[0], float(np.interp(k, x, y))))
                    for k in spread
                ),
                strict=True,
            )
        )
        start, on_curve = curve.at(z, 0), curve.at(z, activation)
        edge = curve.at(curve.left, activation)
        dot = Dot(start, radius=0.1, color=style.ACCENT_COLOR)
        up = Line(start, on_curve, color=style.ACCENT_COLOR, stroke_width=4)
        across = Line(on_curve, edge, color=style.ACCENT_COLOR, stroke_width=4)
        rows, rule = self.arithmetic
        total = rows[2][1]
        below = total.copy().scale(0.62).set_color(style.ACCENT_COLOR).move_to(curve.foot(z))
        one = NeuronLayer(
            self.reading.layer(1).part([self.neuron]), pitch=2 / style.NEURON_FILL
        ).set_level(0)
        height = 0.0 if self.stage.stacked else edge[1] - self.stage.first[1]
        one.move_to(self.stage.first + height * UP + 1.1 * RIGHT)
        shown = LiveNumber(
            self.reading.activation(1, self.neuron), size=1.6 * style.TITLE_SIZE
        ).next_to(one, LEFT, buff=0.5)
        if (over := self.stage.left - shown.get_left()[0]) > 0:
            shown.scale_to_fit_width(shown.width - over).next_to(one, LEFT, buff=0.5)
        with self.beat(
            "squash",
            words="squash" if name == "sigmoid" else "function",
            name=name.replace("_", " "),
            activation=shown.text,
        ):
            self.play(
                FadeOut(grid, self.legend, *rows[:2], rows[2][0], rule),
                FadeIn(curve.axis, curve.guides),
                run_time=0.8,
            )
            self.play(Create(curve.line), FadeIn(curve.marks, called), run_time=1.6)
            self.play(LaggedStart(*map(FadeIn, line), lag_ratio=0.1), run_time=1.0)
            self.next_cue()
            self.play(line.animate.become(raised), run_time=1.4)
            self.play(line.animate.become(squeezed), run_time=1.8)
            self.wait(0.4)
            self.next_cue()
            self.play(FadeOut(line), total.animate.become(below), FadeIn(dot), run_time=1.0)
            self.play(MoveAlongPath(dot, up.copy()), Create(up), FadeIn(one), run_time=0.9)
            self.play(
                MoveAlongPath(dot, across.copy()),
                Create(across),
                one.animate.set_level(1),
                FadeIn(shown),
                run_time=1.2,
            )
            self.hold(1.1)
        self.squashing = Group(curve, called, dot, up, across, total, shown)
        return one

    def whole_layer(self, one: NeuronLayer) -> NetworkDiagram:
        """8. The neuron goes back to its place, and every other one does the same."""
        network = self.diagram(self.reading).darken()
        self.digits = VGroup(
            *(
                Words(name).next_to(center, RIGHT, buff=0.38)
                for name, center in zip(self.class_names, network.outputs.centers, strict=True)
                if network.digits_fit and len(name) <= 2  # a longer one is the answer's alone
            )
        )
        home = network.layers[1].part([self.neuron]).set_level(1)
        first = network.layers[1]
        with self.beat("layer", neurons=len(first)):
            one.z_index = 1  # above its layer, and lit already
            self.play(
                FadeOut(*self.squashing),
                one.animate.become(home),
                FadeIn(network, self.digits, *self.drawn_of_all(network)),
                run_time=1.2,
            )
            self.play(Propagate(network.bundles[0], first, run_time=2.6))
            self.remove(one)
            self.hold(0.8)
        return network

    def onward(self, network: NetworkDiagram) -> None:
        """9. Layer after layer, up to the answer."""
        answer = self.reading.answer
        self.ring = Circle(
            float(network.outputs.half[answer]) + 0.09, color=style.ACCENT_COLOR, stroke_width=5
        ).move_to(network.outputs.centers[answer])
        self.answer = self.big_answer(network, self.reading, self.label)
        with self.beat(
            "onward",
            words="onward" if len(network.layers) > 2 else "outputs",
            outputs=len(network.outputs),
        ):
            for bundle, layer in zip(network.bundles[1:], network.layers[2:], strict=True):
                self.play(Propagate(bundle, layer, run_time=2.0))
            self.next_cue()
            self.play(Create(self.ring), FadeIn(self.answer), run_time=0.8)
            self.hold(1.7)

    def big_answer(self, network: NetworkDiagram, reading: Reading, label: int | None) -> VGroup:
        """The answer, beside the outputs (above them in an upright frame); wrong is called so."""
        wrong = label not in (None, reading.answer)
        color = style.WRONG_COLOR if wrong else style.ACCENT_COLOR
        size = (2.5 if self.stage.stacked else 3.5) * style.TITLE_SIZE
        room = 1.9 if self.stage.stacked else 1.3
        name = self.class_names[reading.answer]
        big = answer_name(name, reading.prediction, size=size, color=color, room=room)
        said = VGroup(big)
        if self.stage.stacked:
            big.move_to(network.outputs.get_top() + 0.85 * UP)
            where = LEFT
        else:
            big.move_to((self.stage.right - 0.65, self.stage.middle, 0.0))
            where = DOWN
        big.shift(min(0.0, self.stage.right - big.get_right()[0]) * RIGHT)
        if wrong:
            note = Words(self.text("misread"), style.LABEL_SIZE, color).next_to(big, where)
            said.add(note.shift(min(0.0, self.stage.right - note.get_right()[0]) * RIGHT))
        return said

    def other_pictures(self, network: NetworkDiagram) -> None:
        """10. One picture of every other digit, each with a forward pass of its own."""
        pictures = one_of_each(self.digit.label)
        readings = [self.read_another(path) for path in pictures]
        with self.beat("pictures"):
            for place, reading in enumerate(readings):
                if place == len(readings) // 2:
                    self.next_cue()
                self.show(network, reading)
                self.hold(0.8)

    def show(self, network: NetworkDiagram, reading: Reading) -> None:
        """Let the whole network change to what it makes of another picture."""
        other = self.diagram(reading)
        label = reading.label if self.names_are_digits else None
        shown = self.big_answer(other, reading, label)
        self.play(
            *(
                part.animate.become(target)
                for part, target in zip(
                    (*network.bundles, *network.layers),
                    (*other.bundles, *other.layers),
                    strict=True,
                )
            ),
            self.ring.animate.move_to(other.outputs.centers[reading.answer]),
            FadeOut(self.answer),
            FadeIn(shown),
            run_time=FADE,
        )
        self.answer = shown
