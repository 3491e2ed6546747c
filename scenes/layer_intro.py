"""From a handwritten digit to the answer of a network that reads it.

Everything on screen is what the network computed for this picture, unless it is marked as
illustrative.
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
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    SurroundingRectangle,
    Transform,
    VGroup,
)

from litnet import style
from litnet.animations import CountingLight, PixelsIntoNeurons, Propagate, ValueTo
from litnet.mobjects import LiveNumber, NetworkDiagram, NeuronLayer, PixelGrid, Words, in_line
from litnet.scene import LitScene
from network import contributions

ROOM_FOR_DIGITS = 1.2  # to the right of the outputs
PATCH = 5  # pixels on a side of the close-up


class LayerIntro(LitScene):
    """The first layer, and what becomes of it."""

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.reading = self.read(self.digit.image)
        self.name = self.text("some-digit") if self.digit.label is None else str(self.digit.label)
        self.rows, self.columns = self.digit.image.shape

        picture = self.from_afar()
        self.count_pixels(picture)
        patch, numbers = self.look_closely(picture)
        neuron = self.one_pixel_becomes_a_neuron(picture, patch, numbers)
        layer = self.all_pixels_become_neurons(picture, neuron)
        self.first_layer(picture, layer)
        network = self.light_runs_through(layer)
        self.answer(picture, network)

    def from_afar(self) -> PixelGrid:
        """1. The digit, small and blurred by distance, then near."""
        picture = PixelGrid(self.digit.image, self.stage.panel)
        picture.move_to([0, self.stage.middle, 0])
        far = picture.copy().scale(0.11)
        far.halo[:] = 0.5
        with self.beat("digit", name=self.name, rows=self.rows, columns=self.columns):
            near, picture = picture, far
            self.play(FadeIn(picture), run_time=1.2)
            self.wait(0.6)
            self.next_cue()
            self.play(picture.animate.become(near), run_time=2.6)
            self.hold(1.4)
        return picture

    def count_pixels(self, picture: PixelGrid) -> None:
        """2. Rows times columns, counted by light."""
        rows = LiveNumber(self.rows, source="pixels.rows", places=0, size=style.TITLE_SIZE)
        columns = LiveNumber(self.columns, source="pixels.columns", places=0, size=style.TITLE_SIZE)
        count = LiveNumber(
            0,
            source="len(activations[0])",
            places=0,
            size=1.7 * style.TITLE_SIZE,
            color=style.ACCENT_COLOR,
        )
        product = VGroup(rows, Words("×", style.TITLE_SIZE), columns).arrange(RIGHT, buff=0.28)
        product.move_to(self.stage.second + 1.2 * UP)
        count.center_on(self.stage.second, widest=self.digit.image.size)
        unit = Words(self.text("pixels"), style.TITLE_SIZE, style.QUIET_COLOR)
        unit.move_to(self.stage.second + 1.1 * DOWN)
        self.counting = VGroup(product, count, unit)
        with self.beat("count", rows=self.rows, columns=self.columns, pixels=self.digit.image.size):
            self.play(picture.animate.move_to(self.stage.first), run_time=1.0)
            self.play(FadeIn(self.counting, shift=0.2 * UP), run_time=0.7)
            self.next_cue()
            self.play(CountingLight(picture, count, run_time=3.8))
            self.hold(1.4)

    def look_closely(self, picture: PixelGrid) -> tuple[PixelGrid, VGroup]:
        """3. A patch of the picture, each square with its grey value."""
        chosen = liveliest_patch(self.digit.image, PATCH)
        here = picture.part(chosen)
        patch = here.copy()
        frame = outline(here)
        patch.scale(self.stage.panel / patch.height).move_to(self.stage.second)
        towards = DOWN if self.stage.stacked else RIGHT
        rays = VGroup(
            *(
                Line(
                    frame.get_corner(side + towards),
                    patch.get_corner(side - towards),
                    stroke_width=1.5,
                )
                for side in ((LEFT, RIGHT) if self.stage.stacked else (UP, DOWN))
            )
        ).set_color(style.ACCENT_COLOR)
        numbers = VGroup(
            *(
                LiveNumber(
                    value,
                    source=f"activations[0][{number}]",
                    color=style.text_color_on(value),
                ).move_to(center)
                for number, value, center in zip(
                    patch.numbers, patch.values, patch.centers, strict=True
                )
            )
        )
        self.frame, self.rays = frame, rays
        with self.beat("grey-values"):
            self.play(FadeOut(self.counting), Create(frame), run_time=0.8)
            self.play(here.animate.become(patch), Create(rays), run_time=1.6)
            self.play(LaggedStart(*map(FadeIn, numbers), lag_ratio=0.05), run_time=1.8)
            self.hold(2.8)
        return here, numbers

    def one_pixel_becomes_a_neuron(
        self, picture: PixelGrid, patch: PixelGrid, numbers: VGroup
    ) -> NeuronLayer:
        """4. One square lifts off: a thing that holds a number, its activation."""
        number = patch.numbers[int(np.argmin(np.abs(patch.values - 0.7)))]
        square = patch.part([number])
        value = float(square.values[0])
        source = f"activations[0][{number}]"
        neuron = NeuronLayer(
            square.values, layer=0, numbers=[number], pitch=2.2, centers=np.zeros((1, 3))
        ).move_to(self.stage.second + 0.75 * UP)
        shown = LiveNumber(value, source=source, size=1.5 * style.TITLE_SIZE)
        shown.center_on(self.stage.second + 1.65 * DOWN, widest=0.0)
        name = Words(self.text("activation"), style.LABEL_SIZE, style.QUIET_COLOR)
        name.next_to(shown, DOWN, buff=0.25)
        trying = Words(self.text("trying"), style.LABEL_SIZE, style.ACCENT_COLOR)
        trying.move_to(self.stage.second + 2.65 * UP)
        around = outline(picture.part([number]))
        with self.beat("neuron"):
            self.add(square)
            self.play(
                FadeOut(patch, numbers, self.rays),
                Transform(self.frame, around),
                square.animate.become(neuron),
                run_time=1.8,
            )
            self.play(FadeIn(shown, name), run_time=0.6)
            self.wait(0.6)
            self.next_cue()
            self.play(FadeIn(trying), run_time=0.4)
            for other in (0.0, 1.0):
                self.play(ValueTo(square, shown, other, source="illustrative", run_time=1.3))
                self.hold(0.5)
            self.play(FadeOut(trying), ValueTo(square, shown, value, source=source, run_time=1.3))
            self.hold(1.2)
        self.neuron_words = VGroup(shown, name)
        return square

    def all_pixels_become_neurons(self, picture: PixelGrid, neuron: NeuronLayer) -> NeuronLayer:
        """5. All of them flow, row after row: the shot of the film."""
        layer = NeuronLayer.like(picture, pitch=self.stage.panel / self.rows).move_to(
            self.stage.second
        )
        with self.beat("flow", pixels=len(picture), neurons=len(layer)):
            self.play(
                FadeOut(self.neuron_words, self.frame),
                neuron.animate.become(layer.part(neuron.numbers)),
                run_time=1.2,
            )
            self.remove(picture)  # its squares are what flies
            self.next_cue()
            self.play(PixelsIntoNeurons(picture, layer), run_time=6.0)
            self.remove(neuron)
            self.next_cue()
            self.play(FadeIn(picture), run_time=0.8)
            self.hold(2.2)
        return layer

    def first_layer(self, picture: PixelGrid, layer: NeuronLayer) -> None:
        """6. They are the first layer, and all of them are still there."""
        size = LiveNumber(len(layer), source="len(activations[0])", places=0, size=style.TITLE_SIZE)
        name = in_line(size, Words(self.text("neurons"), style.TITLE_SIZE), buff=0.25)
        lines = VGroup(
            Words(self.text("first-layer.name"), style.TITLE_SIZE, style.ACCENT_COLOR), name
        )
        lines.arrange(DOWN, buff=0.35, aligned_edge=LEFT)
        lines.move_to(self.stage.second + (1.5 * DOWN if self.stage.stacked else 0 * DOWN))
        with self.beat("first-layer", neurons=len(layer)):
            self.play(FadeOut(picture, shift=LEFT), run_time=0.8)
            at = [self.stage.left + self.stage.input_height / 2, self.stage.middle, 0]
            self.play(
                layer.animate.scale_to_fit_height(self.stage.input_height).move_to(at),
                run_time=1.6,
            )
            self.play(FadeIn(lines, shift=0.3 * RIGHT), run_time=0.8)
            self.hold(2.0)
        self.layer_words = lines

    def light_runs_through(self, layer: NeuronLayer) -> NetworkDiagram:
        """7. The other layers appear, and light runs along the connections."""
        activations = self.reading.activations
        network = NetworkDiagram(
            layer,
            activations[1:],
            [
                contributions(dense.weights, arriving)
                for dense, arriving in zip(self.network.layers, activations[:-1], strict=True)
            ],
            right=self.stage.right - ROOM_FOR_DIGITS,
            tall=self.stage.tall,
        ).darken()
        above = self.stage.middle + self.stage.tall / 2 + 0.3
        sizes = VGroup(
            *(
                LiveNumber(
                    len(cells),
                    source=f"network.sizes[{number}]",
                    places=0,
                    color=style.QUIET_COLOR,
                ).move_to([cells.get_x(), above, 0])
                for number, cells in enumerate(network.layers)
            )
        )
        count = LiveNumber(network.connections, source="edges.total", places=0)
        counted: list[Words | LiveNumber] = [count, Words(self.text("connections"))]
        if network.drawn < network.connections:
            drawn = LiveNumber(network.drawn, source="edges.drawn", places=0)
            counted = [Words(self.text("strongest")), drawn, Words(self.text("of")), *counted]
        signs = (
            Words(self.text("raises"), color=style.POSITIVE_COLOR),
            Words(self.text("lowers"), color=style.NEGATIVE_COLOR),
        )
        below = self.stage.middle - self.stage.tall / 2 - (0.4 if self.stage.stacked else 0.27)
        if self.stage.stacked:
            legend = VGroup(in_line(*counted), in_line(*signs)).arrange(DOWN, buff=0.2)
            legend.move_to([0, below, 0], aligned_edge=UP)
        else:
            legend = in_line(*counted, *signs).move_to([1.95, below, 0])
        digits = VGroup(
            *(
                Words(str(number)).next_to(center, RIGHT, buff=0.38)
                for number, center in enumerate(network.outputs.centers)
            )
        )
        with self.beat("propagation"):
            self.play(FadeOut(self.layer_words), run_time=0.5)
            self.play(FadeIn(*network.bundles, *network.layers[1:], sizes, digits), run_time=1.6)
            self.play(FadeIn(legend), run_time=0.6)
            for bundle, cells in zip(network.bundles, network.layers[1:], strict=True):
                if bundle in network.bundles[:2]:
                    self.next_cue()
                self.play(Propagate(bundle, cells, run_time=2.4))
            self.hold(2.2)
        self.digits = digits
        self.network_words = VGroup(sizes, legend)
        return network

    def answer(self, picture: PixelGrid, network: NetworkDiagram) -> None:
        """8. The brightest output is the answer, right or wrong."""
        answer = int(self.reading.prediction)
        outputs = network.outputs
        last = len(network.layers) - 1
        columns = VGroup(
            *(
                LiveNumber(
                    value,
                    source=f"activations[{last}][{number}]",
                    color=style.ACCENT_COLOR if number == answer else style.QUIET_COLOR,
                )
                for number, value in enumerate(outputs.values)
            )
        )
        # The outputs move left, to stand beside the picture.
        place = self.stage.second
        moved = outputs.copy().move_to(place + (1.9 if self.stage.stacked else 3.1) * LEFT)
        by = moved.get_center() - outputs.get_center()
        for number, center in zip(columns, moved.centers, strict=True):
            number.move_to(center + 1.35 * RIGHT)
        ring = Circle(float(moved.half[answer]) + 0.09, color=style.ACCENT_COLOR, stroke_width=5)
        ring.move_to(moved.centers[answer])
        big = LiveNumber(
            answer,
            source="prediction",
            places=0,
            size=4 * style.TITLE_SIZE,
            color=style.ACCENT_COLOR,
        )
        big.move_to(place + (1.6 if self.stage.stacked else 0.7) * RIGHT + 0.4 * UP)
        verdict, color = self.verdict(answer)
        said = Words(verdict, style.LABEL_SIZE, color).next_to(big, DOWN, buff=0.5)
        with self.beat(
            "answer",
            words="answer" if self.is_right(answer) else "misreading",
            answer=answer,
            activation=f"{self.reading.confidence:.2f}",
            name=self.name,
        ):
            self.play(
                FadeOut(*network.bundles, *network.layers[:-1], self.network_words),
                run_time=0.9,
            )
            self.play(
                FadeIn(picture),
                outputs.animate.shift(by),
                self.digits.animate.shift(by),
                run_time=1.4,
            )
            self.play(FadeIn(columns), run_time=0.6)
            self.play(Create(ring), FadeIn(big, said, shift=0.2 * RIGHT), run_time=1.0)
            self.hold(3.0)

    def is_right(self, answer: int) -> bool:
        """Whether the network read what was written; a digit without a label counts as right."""
        return self.digit.label is None or self.digit.label == answer

    def verdict(self, answer: int) -> tuple[str, str]:
        """What is to be said about the answer, and its colour."""
        if self.digit.label is None:
            return self.text("its-answer"), style.TEXT_COLOR
        if self.is_right(answer):
            return self.text("right", name=self.name), style.CORRECT_COLOR
        return self.text("wrong", name=self.name), style.WRONG_COLOR


def outline(pixels: PixelGrid) -> SurroundingRectangle:
    """A frame that points at some pixels."""
    return SurroundingRectangle(pixels, color=style.ACCENT_COLOR, buff=0.03, stroke_width=3)


def liveliest_patch(image: np.ndarray, side: int) -> list[int]:
    """Numbers of the pixels in the square patch with the most light and dark side by side.

    The liveliest is the one with the largest variance of its grey values, weighted towards
    patches that hold many greys between black and white.
    """
    rows, columns = image.shape
    numbers = np.arange(rows * columns).reshape(rows, columns)

    def liveliness(corner: tuple[int, int]) -> float:
        row, column = corner
        patch = image[row : row + side, column : column + side]
        return float(patch.var() + np.mean(patch * (1 - patch)))

    corners = [(r, c) for r in range(rows - side + 1) for c in range(columns - side + 1)]
    row, column = max(corners, key=liveliness)
    chosen: list[int] = numbers[row : row + side, column : column + side].ravel().tolist()
    return chosen
