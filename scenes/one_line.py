"""A whole layer in one line: all weights as one table, one product, one sum, one function.

Each part of the formula lights with the part of the picture that it is; and so do the lines of
NumPy that compute it, once for each layer.
"""

from __future__ import annotations

import numpy as np
from manim import LEFT, RIGHT, FadeIn, FadeOut, Rectangle, VGroup

from litnet import style
from litnet.animations import RunThrough
from litnet.animations.fold import Fold
from litnet.mobjects import (
    CodeLines,
    Formula,
    LiveNumber,
    NeuronLayer,
    PixelGrid,
    Tiles,
    WeightMatrix,
    Words,
    answer_name,
)
from litnet.mobjects.cells import grid_centers
from litnet.mobjects.network_diagram import block
from litnet.record.quantities import Quantities, Quantity
from litnet.story.scene import LitScene
from litnet.style import Floats
from network import InputError

MOST_ROWS = 64  # neurons of the first layer; of more, a row would be too thin
ROW = 0.34  # from one row of the table to the next, at most, in scene units
DIM = 0.1  # light of what is not looked at
ALL = ("out", "function", "weights", "inputs", "bias")  # parts of the formula
COLUMN = 0.8  # width of a column of numbers
PLACES = 6  # digits after the point, at most, with which a sum agrees as it is shown


class OneLine(LitScene):
    """a' = sigma(W a + b), and what it is."""

    network_reads = films_vectors = True

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        rows = self.network.sizes[1]
        if rows > MOST_ROWS:
            raise InputError(
                f"OneLine shows a row for each neuron of the first layer, but {rows:,} are in that "
                f"of this network; expected at most {MOST_ROWS}. LayerIntro can show it."
            )
        self.reading = self.read()
        z = self.reading.forward_pass.layers[0].z
        light = self.reading.activations[1]
        # One that is neither dark nor bright stands for all.
        self.neuron = int(np.abs(light - 0.8 * max(1.0, float(light.max()))).argmin())
        self.scale = float(np.median(np.abs(z))) or 1.0
        matrix = self.table()
        if self.digit.image.ndim == 2:
            self.a_row_is_a_picture(matrix)
        column = self.times(matrix)
        self.plus(column)
        self.in_code()

    # --- the table -----------------------------------------------------------------------------
    def table(self) -> WeightMatrix:
        """1. All weights of the layer at once."""
        stage, weights = self.stage, self.network.layers[0].weights
        rows, columns = weights.shape
        height = min(3.5, ROW * rows)
        self.center = np.array([0.0, stage.middle + (0.75 if not stage.stacked else 2.2), 0.0])
        numbers = Quantities(weights, "weights[1]")
        # Half as bright as a single picture would be: so many are side by side.
        scale = 2 * float(np.median(np.abs(weights[weights != 0]))) if weights.any() else 1.0
        matrix = WeightMatrix(numbers, width=2 * stage.right, height=height, scale=scale)
        matrix.shift(self.center)
        name = self.network.layers[0].activation
        said = "σ" if name == "sigmoid" else name.replace("_", " ").split(":")[0]
        sign = "sigma" if name == "sigmoid" else f'op("{said}")'
        # Each sign is a part, so that none stands in the box of all the others.
        self.formula = Formula(
            f"{{{{ a' : out }}}} {{{{ = : is }}}} {{{{ {sign} : function }}}} "
            "{{ paren.l : open }} {{ W : weights }} {{ a : inputs }} {{ + : plus }} {{ b : bias }} "
            "{{ paren.r : close }}",
            size=66,
        )
        for part, text in (("function", said), ("open", "("), ("close", ")")):
            self.formula[part].text = text
        low = float(matrix.get_bottom()[1])
        self.formula.move_to([0, min(low - 1.15, stage.middle - 2.45), 0])
        if stage.stacked:
            self.formula.move_to([0, stage.second[1] - 1.3, 0])
        with self.beat("table", rows=rows, columns=columns):
            matrix.reach = 0.0
            whole = matrix.copy()
            whole.reach = 1.0
            self.play(matrix.animate.become(whole), run_time=3.6)
            self.next_cue()
            self.play(FadeIn(self.formula), run_time=0.6)
            self.light("weights")
            self.hold(1.2)
        return matrix

    def light(self, *names: str) -> None:
        """Let these parts of the formula shine, and the others rest."""
        self.play(
            *(
                part.animate.set_light(float(name in names), style.FLASH)
                for name, part in self.formula.parts.items()
            ),
            run_time=0.5,
        )

    def a_row_is_a_picture(self, matrix: WeightMatrix) -> None:
        """2. A row folds into the picture that it is, and back."""
        rows, columns = self.digit.image.shape
        row = matrix.row(self.neuron)
        home = row.copy()
        side = 3.6 if not self.stage.stacked else 4.2
        picture = row.copy().in_grid(rows, columns, side * columns / rows, side)
        picture.shift(self.center + np.array([0.0, -0.35, 0.0]))
        if self.stage.stacked:
            picture.shift((0.0, -1.0, 0.0))
        alone = np.full(matrix.shape[0], DIM)
        alone[self.neuron] = 0.0
        with self.beat("row", rows=rows, columns=columns):
            self.add(row)
            self.play(matrix.animate.light_rows(alone), FadeOut(self.formula), run_time=0.9)
            self.play(
                matrix.animate.light_rows(0.25 * alone),
                Fold(row, picture, lines=rows),
                run_time=2.8,
            )
            self.next_cue()
            self.hold(1.2)
            self.play(matrix.animate.light_rows(alone), Fold(row, home, lines=rows), run_time=2.0)
            self.play(matrix.animate.light_rows(1.0), FadeIn(self.formula), run_time=0.7)
            self.remove(row)
            self.hold(0.3)

    # --- the product ---------------------------------------------------------------------------
    def times(self, matrix: WeightMatrix) -> Tiles:
        """3. The input, unrolled, over each row; and each row leaves one number."""
        pixels = self.reading.layer(0)
        n = len(pixels)
        strip = Tiles(pixels, grey=True)
        high = float(matrix.get_top()[1])
        left, right = float(matrix.get_left()[0]), float(matrix.get_right()[0])
        strip.in_grid(1, n, right - left, 0.26).shift([0, high + 0.34, 0])
        lines = 1
        start = strip.copy()
        if pixels.values.ndim == 2:
            lines, columns = pixels.values.shape
            side = 3.4
            start.in_grid(lines, columns, side * columns / lines, side).shift(
                self.center + np.array([0.0, -0.1, 0.0])
            )
        carried = WeightMatrix(
            Quantities(self.reading.contributions(1), "contributions[1]"),
            width=1,
            height=1,
            scale=matrix.scale_of_light,
        )
        carried.points = matrix.points.copy()
        thin = carried.copy()
        x = self.places[0]
        thin.points[:, 0] = x - COLUMN / 2, x + COLUMN / 2
        column = self.column("sums[1]", self.reading.mlp.layers[0].weights @ pixels.values.ravel())
        column.shift([x, 0, 0])
        says, shown = self.numbers_of_one()
        with self.beat("times", words="times" if lines > 1 else "times-list"):
            self.play(matrix.animate.light_rows(DIM), FadeIn(start), run_time=0.9)
            self.play(Fold(start, strip, lines=lines), run_time=2.2)
            self.light("weights", "inputs")
            self.next_cue()
            self.play(matrix.animate.light_rows(1.0), run_time=0.6)
            self.play(matrix.animate.become(carried), run_time=1.8)
            self.hold(0.5)
            self.next_cue()
            self.play(matrix.animate.become(thin), FadeOut(start), run_time=2.0)
            self.play(FadeOut(matrix), FadeIn(column), run_time=0.6)
            self.frame = Rectangle(
                width=self.places[-1] - self.places[0] + COLUMN + 0.3,
                height=self.pitch + 0.04,
                stroke_color=style.ACCENT_COLOR,
                stroke_width=2.5,
            ).move_to([0, self.row_y(self.neuron), 0])
            self.play(FadeIn(shown[0]), run_time=0.5)
            self.hold(0.8)
        self.shown, self.says = shown, says
        return column

    @property
    def places(self) -> Floats:
        """x of the four columns."""
        apart = 2.75 if not self.stage.stacked else 1.75
        places: Floats = apart * np.array([-1.5, -0.5, 0.5, 1.5])
        return places

    @property
    def pitch(self) -> float:
        """From one row to the next."""
        return min(3.5, ROW * self.network.sizes[1]) / self.network.sizes[1]

    def row_y(self, row: int) -> float:
        """The height of the middle of a row."""
        return float(self.center[1]) + ((self.network.sizes[1] - 1) / 2 - row) * self.pitch

    def column(self, source: str, values: Floats) -> Tiles:
        """A column of numbers, row by row, at x = 0."""
        rows = len(values)
        tiles = Tiles(Quantities(values, source), scale=self.scale)
        return tiles.in_grid(rows, 1, COLUMN, rows * self.pitch).shift([0, self.center[1], 0])

    def numbers_of_one(self) -> tuple[VGroup, VGroup]:
        """The signs between the columns; and below them the numbers of one row, which agree."""
        reading, neuron = self.reading, self.neuron
        total = reading.contributions_to(1, neuron).sum()
        bias, z = reading.bias(1, neuron), reading.z(1, neuron)
        places = agreeing(total, bias, z)
        quantities = (total, bias, z, reading.activation(1, neuron))
        low = float(self.center[1]) - self.network.sizes[1] * self.pitch / 2 - 0.38
        shown = VGroup(
            *(
                LiveNumber(quantity, places=places if n < 3 else 2).move_to([x, low, 0])
                for n, (quantity, x) in enumerate(zip(quantities, self.places, strict=True))
            )
        )
        between = (self.places[:-1] + self.places[1:]) / 2
        signs = VGroup(
            *(
                Words(sign, 1.2 * style.TITLE_SIZE, style.QUIET_COLOR).move_to(
                    [x, self.center[1], 0]
                )
                for sign, x in zip("+=", between[:2], strict=True)
            )
        )
        return signs, shown

    # --- the sum and the function ----------------------------------------------------------------
    def plus(self, column: Tiles) -> None:
        """4. Plus b, and the function on the whole column at once."""
        reading, dense = self.reading, self.network.layers[0]
        z = reading.forward_pass.layers[0].z
        biases = self.column("biases[1]", dense.biases).shift([self.places[1], 0, 0])
        together = self.column("z[1]", z).shift([self.places[2], 0, 0])
        neurons = NeuronLayer(
            reading.layer(1),
            pitch=self.pitch,
            centers=grid_centers(len(z), 1, self.pitch)
            + np.array([self.places[3], self.center[1], 0.0]),
        )
        curve = self.little_curve(dense.activation)
        with self.beat("plus"):
            self.play(FadeIn(biases, self.says[0], shift=0.3 * LEFT), run_time=0.8)
            self.light("bias")
            self.play(FadeIn(self.shown[1]), run_time=0.4)
            # Light adds: two of half the light, over what they come from.
            one, other = column.copy().set_opacity(0.5), biases.copy().set_opacity(0.5)
            self.play(
                *(
                    part.animate.shift((self.places[2] - x) * RIGHT).set_opacity(0.4)
                    for part, x in ((one, self.places[0]), (other, self.places[1]))
                ),
                FadeIn(self.says[1]),
                run_time=1.1,
            )
            self.play(FadeOut(one, other), FadeIn(together, self.shown[2]), run_time=0.5)
            self.hold(0.9)
        name = dense.activation.replace("_", " ")
        with self.beat("function", words="sigmoid" if name == "sigmoid" else "function", name=name):
            self.play(FadeIn(curve), run_time=0.5)
            self.light("function")
            neurons.set_level(0)
            self.add(neurons)
            flying = together.copy().set_opacity(0.5)
            self.play(
                flying.animate.shift((self.places[3] - self.places[2]) * RIGHT).set_opacity(0),
                neurons.animate(run_time=1.8).set_level(1),
                run_time=1.4,
            )
            self.remove(flying)
            self.play(FadeIn(self.shown[3], self.frame), run_time=0.5)
            self.next_cue()
            self.light("out")
            self.hold(0.8)
            self.light(*ALL)
            self.hold(0.8)
        self.parts = (column, biases, together, neurons, curve, self.says, self.shown, self.frame)

    def little_curve(self, name: str) -> VGroup:
        """The function's name, between the last two columns."""
        x = (self.places[2] + self.places[3]) / 2
        words = Words("σ" if name == "sigmoid" else name.replace("_", " "), style.TITLE_SIZE)
        words.scale(min(1.0, 1.1 / words.width)).set_color(style.QUIET_COLOR)
        return VGroup(words.move_to([x, self.center[1], 0]))

    # --- code ------------------------------------------------------------------------------------
    def in_code(self) -> None:
        """5. The same in NumPy: two lines, once for each layer."""
        stage, sizes = self.stage, self.network.sizes
        code = CodeLines("network/mlp.py", "propagate", first="z: Floats", last="a = get_", size=30)
        code.scale(min(1.0, 2 * stage.right / code.width))
        code.move_to([0, stage.middle - 2.35, 0])
        if stage.stacked:
            code.move_to([0, stage.second[1] - 1.2, 0])
        picture, columns, matrices = self.layers_and_tables()
        name = self.class_names[self.reading.answer]
        wrong = self.label not in (None, self.reading.answer)
        color = style.WRONG_COLOR if wrong else style.ACCENT_COLOR
        answer = answer_name(
            name, self.reading.prediction, size=2.6 * style.TITLE_SIZE, color=color, room=1.5
        )
        answer.move_to([stage.right - 0.75, columns[-1].get_y(), 0])
        if stage.stacked:
            answer.move_to([0, columns[-1].get_bottom()[1] - 1.0, 0])
        with self.beat("code", layers=len(sizes) - 1, answer=name):
            self.play(FadeOut(*self.parts), self.formula.animate.move_to(self.top), run_time=0.9)
            self.play(FadeIn(code, picture), run_time=0.8)
            self.next_cue()
            for matrix, column in zip(matrices, columns, strict=True):
                column.set_level(0)
                lit = matrix.copy().set_opacity(1.0)
                self.play(FadeIn(matrix.set_opacity(0.35), column), run_time=0.4)
                self.play(
                    RunThrough(code.lines),
                    matrix.animate.become(lit),
                    column.animate(rate_func=late).set_level(1),
                    run_time=1.5,
                )
            self.next_cue()
            self.play(FadeIn(answer), run_time=0.6)
            self.light(*ALL)
            self.hold(1.2)

    @property
    def top(self) -> Floats:
        """Where the formula stands over the code."""
        return np.array([0.0, self.stage.middle + (2.75 if not self.stage.stacked else 4.6), 0.0])

    def layers_and_tables(
        self,
    ) -> tuple[PixelGrid | NeuronLayer, list[NeuronLayer], list[WeightMatrix]]:
        """The input; and for each layer its table of weights and its neurons, left to right."""
        stage, sizes = self.stage, self.network.sizes
        y = stage.middle + (0.35 if not stage.stacked else 1.6)
        tall, side = (3.3, 2.9) if not stage.stacked else (3.4, 1.9)
        values = self.reading.layer(0)
        if values.values.ndim == 2:
            inputs: PixelGrid | NeuronLayer = PixelGrid(values, side)
        else:
            standing = block(len(values), tall, side)
            inputs = NeuronLayer(
                values, pitch=standing.pitch, centers=standing.centers(len(values))
            )
        inputs.move_to([stage.left + inputs.width / 2, y, 0])
        standing_layers = [block(size, tall, 1.6) for size in sizes[1:]]
        left = float(inputs.get_right()[0]) + 0.3
        right = stage.right - (1.8 if not stage.stacked else 0.0)
        taken = sum(one.width for one in standing_layers)
        gap = 0.22
        wide = (right - left - taken - 2 * gap * len(standing_layers)) / len(standing_layers)
        columns, matrices = [], []
        x = left
        for number, one in enumerate(standing_layers, start=1):
            weights = self.network.layers[number - 1].weights
            matrix = WeightMatrix(
                Quantities(weights, f"weights[{number}]"),
                width=wide,
                height=one.rows * one.pitch,
            )
            matrices.append(matrix.move_to([x + wide / 2, y, 0]))
            x += wide + gap
            centers = one.centers(sizes[number], at=(x + one.width / 2, y))
            columns.append(
                NeuronLayer(self.reading.layer(number), pitch=one.pitch, centers=centers)
            )
            x += one.width + gap
        return inputs, columns, matrices


def late(t: float) -> float:
    """Ease in the second half of the time."""
    p = min(max(2 * t - 1, 0.0), 1.0)
    return p * p * (3 - 2 * p)


def agreeing(first: Quantity, second: Quantity, together: Quantity) -> int:
    """The fewest digits after the point, at least two, with which a sum agrees as it is shown."""
    for places in range(2, PLACES + 1):
        one, other, both = (round(q.value, places) for q in (first, second, together))
        if round(one + other, places) == both:
            return places
    return 2
