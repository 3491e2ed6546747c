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
    Mobject,
    SurroundingRectangle,
    Transform,
    VGroup,
)

from litnet import style
from litnet.animations import CountingLight, PixelsIntoNeurons, Propagate, ValueTo
from litnet.mobjects import (
    Cells,
    LiveNumber,
    NetworkDiagram,
    NeuronLayer,
    PixelGrid,
    Words,
    in_line,
    large_answer,
    liveliest_patch,
    short_name,
)
from litnet.mobjects.answer import Seats
from litnet.mobjects.network_diagram import block, block_of, largest_pitch
from litnet.mobjects.signed import legend_of_signs
from litnet.record.quantities import illustrative
from litnet.story.scene import LitScene

ROOM_FOR_DIGITS = 1.2  # to the right of the outputs
TO_NAME = 0.38  # from the middle of an output to its name
OUTPUTS = 5.3  # the largest height of the outputs in the answer
NAMED = 5  # outputs, where there is no room to name them all
LISTED = 10  # numbers of an input that is a list
PATCH = 5  # pixels on a side of the close-up


class LayerIntro(LitScene):
    """The first layer, and what becomes of it.

    For every network that can be filmed. Where there is no room to name all outputs, the brightest
    are named, after the light has reached them; a long name is cut where it labels an output, and
    whole as the answer.
    """

    network_reads = films_vectors = True

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.reading = self.read()
        self.name = self.text("some-digit") if self.digit.label is None else str(self.digit.label)
        picture = None
        if self.digit.image.ndim == 1:
            layer, height, words = self.numbers_become_neurons()
        else:
            picture = self.from_afar()
            counting = self.count_pixels(picture)
            patch, numbers, frame, rays = self.look_closely(picture, counting)
            neuron, said = self.one_pixel_becomes_a_neuron(picture, patch, numbers, frame, rays)
            layer = self.all_pixels_become_neurons(picture, neuron, said)
            height, words = self.stage.input_side(len(self.network.layers)), picture
        named = self.first_layer(layer, height, gone=words)
        network, names, counted = self.light_runs_through(layer, named)
        self.answer(picture, network, names, counted)

    def from_afar(self) -> PixelGrid:
        """1. The digit, small and blurred by distance, then near."""
        picture = PixelGrid(self.reading.layer(0), self.stage.panel)
        picture.move_to([0, self.stage.middle, 0])
        far = picture.copy().scale(0.11)
        far.halo[:] = 0.5
        # Who reads no digits may be shown anything.
        known = self.digit.label is not None or self.names_are_digits
        with self.beat(
            "digit",
            words="digit" if known else "picture",
            name=self.name,
            rows=picture.shape[0],
            columns=picture.shape[1],
        ):
            near, picture = picture, far
            self.play(FadeIn(picture), run_time=1.2)
            self.wait(0.6)
            self.next_cue()
            self.play(picture.animate.become(near), run_time=2.6)
            self.hold(0.8)
        return picture

    def count_pixels(self, picture: PixelGrid) -> VGroup:
        """2. Rows times columns, counted by light."""
        rows = LiveNumber(self.number("pixels.rows"), places=0, size=style.TITLE_SIZE)
        columns = LiveNumber(self.number("pixels.columns"), places=0, size=style.TITLE_SIZE)
        count = LiveNumber(
            self.number("len(activations[0])"),
            places=0,
            size=1.7 * style.TITLE_SIZE,
            color=style.ACCENT_COLOR,
        )
        product = VGroup(rows, Words("×", style.TITLE_SIZE), columns).arrange(RIGHT, buff=0.28)
        unit = Words(self.text("pixels"), style.TITLE_SIZE, style.QUIET_COLOR)
        counting = VGroup(product, count.pass_by(0), unit)
        for line, up in zip(counting, (1.2, 0.0, -1.1), strict=True):
            # The count grows to the right, and so stays where it began.
            line.move_to(self.stage.second + 1.3 * LEFT + up * UP, aligned_edge=LEFT)
        height, width = picture.shape
        with self.beat("count", rows=height, columns=width, pixels=len(picture)):
            self.play(picture.animate.move_to(self.stage.first), run_time=1.0)
            self.play(FadeIn(counting, shift=0.2 * UP), run_time=0.7)
            self.next_cue()
            self.play(CountingLight(picture, count, run_time=3.4))
            self.hold(0.8)
        return counting

    def look_closely(
        self, picture: PixelGrid, counting: VGroup
    ) -> tuple[PixelGrid, VGroup, Mobject, VGroup]:
        """3. A patch of the picture, each square with its grey value."""
        chosen = liveliest_patch(self.digit.image, PATCH)
        here = picture.part(chosen)
        patch = here.copy()
        frame = outline(here)
        patch.scale(self.stage.panel / patch.height).move_to(self.stage.second)
        towards = DOWN if self.stage.stacked else RIGHT

        def from_the_frame(pixels: PixelGrid) -> VGroup:
            return VGroup(
                *(
                    Line(
                        frame.get_corner(side + towards),
                        pixels.get_corner(side - towards),
                        stroke_width=1.5,
                    )
                    for side in ((LEFT, RIGHT) if self.stage.stacked else (UP, DOWN))
                )
            ).set_color(style.ACCENT_COLOR)

        rays = from_the_frame(here)
        numbers = VGroup(
            *(
                LiveNumber(number, color=style.text_color_on(number.value)).move_to(center)
                for number, center in zip(
                    map(patch.numbers.one, patch.indices), patch.centers, strict=True
                )
            )
        )
        with self.beat("grey-values"):
            self.play(FadeOut(counting), Create(frame), run_time=0.8)
            # They end at the patch's corners, wherever it is.
            self.play(
                here.animate.become(patch), Transform(rays, from_the_frame(patch)), run_time=1.6
            )
            self.play(LaggedStart(*map(FadeIn, numbers), lag_ratio=0.05), run_time=1.8)
            self.hold(1.4)
        return here, numbers, frame, rays

    def one_pixel_becomes_a_neuron(
        self, picture: PixelGrid, patch: PixelGrid, numbers: VGroup, frame: Mobject, rays: VGroup
    ) -> tuple[Cells, Mobject]:
        """4. One square lifts off with its number: a thing that holds a number, its activation."""
        place = int(np.argmin(np.abs(patch.values - 0.7)))
        index = patch.indices[place]
        square, shown = patch.part([index]), numbers[place]
        others = patch.part([other for other in patch.indices if other != index])
        number = square.numbers.one(index)
        neuron = NeuronLayer(square.numbers, pitch=2.2, centers=np.zeros((1, 3)))
        neuron.move_to(self.stage.second + 0.75 * UP)
        below = LiveNumber(number, size=1.5 * style.TITLE_SIZE)
        below.move_to(self.stage.second + 1.65 * DOWN)
        near = square.copy().scale(neuron.width / square.width).move_to(neuron)
        within = shown.copy().scale(neuron.width / square.width).move_to(neuron)
        name = Words(self.text("activation"), style.LABEL_SIZE, style.QUIET_COLOR)
        name.next_to(below, DOWN, buff=0.25)
        trying = Words(self.text("trying"), style.LABEL_SIZE, style.ACCENT_COLOR)
        trying.move_to(self.stage.second + 2.65 * UP)
        there = outline(picture.part([index]))
        with self.beat("neuron"):
            self.remove(patch)
            self.add(others, square, numbers)
            self.play(
                FadeOut(others, rays, *(number for number in numbers if number is not shown)),
                Transform(frame, there),
                run_time=0.9,
            )
            self.play(square.animate.become(near), shown.animate.become(within), run_time=1.5)
            self.play(square.animate.become(neuron), shown.animate.become(below), run_time=1.3)
            self.play(FadeIn(name), run_time=0.5)
            self.next_cue()
            self.play(FadeIn(trying), run_time=0.4)
            for other in (0.0, 1.0):
                self.play(ValueTo(square, shown, illustrative(other), run_time=1.1))
                self.hold(0.4)
            self.play(FadeOut(trying), ValueTo(square, shown, number, run_time=1.1))
            self.wait(0.8)
            self.hush()  # the film of all stories joins this one from here on
            self.hold(0.4)
        return square, VGroup(shown, name, frame)

    def all_pixels_become_neurons(
        self, picture: PixelGrid, neuron: Cells, said: Mobject
    ) -> NeuronLayer:
        """5. All of them flow, row after row: the shot of the film."""
        layer = NeuronLayer.like(picture, pitch=self.stage.panel / picture.shape[0]).move_to(
            self.stage.second
        )
        with self.beat("flow", pixels=len(picture), neurons=len(layer)):
            self.play(
                FadeOut(said),
                neuron.animate.become(layer.part(neuron.indices)),
                run_time=1.2,
            )
            self.next_cue()  # which may wait, with the picture still there
            self.remove(picture)  # its squares are what flies
            self.play(PixelsIntoNeurons(picture, layer), run_time=6.0)
            self.remove(neuron)
            self.next_cue()
            self.play(FadeIn(picture), run_time=0.8)
            self.hold(1.4)
        return layer

    def numbers_become_neurons(self) -> tuple[NeuronLayer, float, VGroup]:
        """1 to 5 of a network that reads a list of numbers: each becomes a neuron."""
        values = self.reading.layer(0)
        listed = min(len(values), LISTED)
        side = self.stage.input_side(len(self.network.layers))
        standing = block(len(values), self.stage.tall, side)
        layer = NeuronLayer(
            values, pitch=standing.pitch, centers=standing.centers(len(values))
        ).set_level(0)
        full_height = layer.height
        if layer.height > self.stage.panel:
            layer.scale_to_fit_height(self.stage.panel)
        elif listed == len(values):
            layer.scale(min(1.7, self.stage.panel / layer.height))
        layer.move_to([1.6, self.stage.middle, 0])
        # Beside the neurons where all are listed, otherwise evenly.
        spacing = float(layer.half[0]) * 2 / style.NEURON_FILL if listed == len(values) else 0.44
        size = style.TITLE_SIZE if spacing > 0.6 else style.LABEL_SIZE
        numbers = VGroup(*(LiveNumber(values.one(number), size=size) for number in range(listed)))
        for place, number in enumerate(numbers):
            y = self.stage.middle + ((listed - 1) / 2 - place) * spacing
            number.move_to([-1.2 - number.width / 2, y, 0])
        words = Words(
            self.text("vector.first", listed=listed, inputs=len(values))
            if listed < len(values)
            else self.text("vector.all"),
            style.LABEL_SIZE,
            style.QUIET_COLOR,
        )
        words.next_to(numbers, UP, buff=0.35)
        # It stays in the frame, and clear of the neurons.
        clear = min(float(layer.get_left()[0]) - 0.2 - float(words.get_right()[0]), 0.0)
        words.shift([clear, 0, 0])
        words.shift([max(self.stage.left - float(words.get_left()[0]), 0.0), 0, 0])
        with self.beat("vector", inputs=len(values)):
            self.play(FadeIn(words), run_time=0.6)
            self.play(LaggedStart(*map(FadeIn, numbers), lag_ratio=0.2), run_time=1.8)
            self.next_cue()
            self.play(FadeIn(layer), run_time=1.0)
            self.hold(1.2)
        with self.beat("vector-neurons"):
            self.play(layer.animate.set_level(1), run_time=2.4)
            self.next_cue()
            self.hold(2.4)
        return layer, full_height, VGroup(words, numbers)

    def first_layer(self, layer: NeuronLayer, height: float, gone: Mobject) -> VGroup:
        """6. They are the first layer, and all of them are still there."""
        size = LiveNumber(self.number("len(activations[0])"), places=0, size=style.TITLE_SIZE)
        name = in_line(size, Words(self.text("neurons"), style.TITLE_SIZE), buff=0.25)
        lines = VGroup(
            Words(self.text("first-layer.name"), style.TITLE_SIZE, style.ACCENT_COLOR), name
        )
        lines.arrange(DOWN, buff=0.35, aligned_edge=LEFT)
        lines.move_to(self.stage.second + (1.5 * DOWN if self.stage.stacked else 0 * DOWN))
        with self.beat("first-layer", neurons=len(layer)):
            self.play(FadeOut(gone, shift=LEFT), run_time=0.8)
            width = layer.width * height / layer.height
            at = [self.stage.left + width / 2, self.stage.middle, 0]
            self.play(layer.animate.scale_to_fit_height(height).move_to(at), run_time=1.6)
            self.play(FadeIn(lines, shift=0.3 * RIGHT), run_time=0.8)
            self.hold(1.2)
        return lines

    @property
    def all_named(self) -> bool:
        """Whether each output has its name beside it: whether there is room for all of them."""
        tall = self.network.sizes[-1] * style.NAME_PITCH
        return tall <= min(self.stage.tall, OUTPUTS)

    def light_runs_through(
        self, layer: NeuronLayer, before: VGroup
    ) -> tuple[NetworkDiagram, VGroup, VGroup]:
        """7. The other layers appear, and light runs along the connections."""
        room = style.LARGEST_PITCH / 2
        names = VGroup()
        if self.all_named:
            names = VGroup(*map(self.label_of, range(self.network.sizes[-1])))
            room = max(ROOM_FOR_DIGITS, TO_NAME + max(name.width for name in names) + 0.05)
        network = NetworkDiagram(
            layer,
            self.reading,
            right=self.stage.right - room,
            tall=self.stage.tall,
        ).darken()
        for name, center in zip(names, network.outputs.centers, strict=False):
            name.next_to(center, RIGHT, buff=TO_NAME)
        above = self.stage.middle + self.stage.tall / 2 + 0.3
        sizes = network.sizes(above)
        drawn, total = (LiveNumber(count, places=0) for count in network.counts())
        counted: list[Words | LiveNumber] = [total, Words(self.text("connections"))]
        if not network.whole:
            counted = [Words(self.text("strongest")), drawn, Words(self.text("of")), *counted]
        lines = [in_line(*counted)]
        if lines[0].width > 2 * self.stage.right:
            lines = [in_line(*counted[:-2]), in_line(*counted[-2:])]
        count = VGroup(*lines).arrange(DOWN, buff=0.2)
        legend = legend_of_signs(self.common("brighter"), self.common("darker"))
        # Below the connections, or across a narrow frame.
        between = float(layer.get_right()[0] + network.outputs.get_left()[0]) / 2
        for line in (count, legend):
            if self.stage.stacked:
                line.move_to([0, self.stage.below, 0], aligned_edge=UP)
            else:
                line.move_to([between, self.stage.below - 0.08, 0])
                line.shift([min(self.stage.right - float(line.get_right()[0]), 0.0), 0, 0])
        with self.beat("propagation"):
            self.play(FadeOut(before), run_time=0.5)
            self.play(FadeIn(*network.bundles, *network.layers[1:], sizes, names), run_time=1.6)
            self.play(FadeIn(count), run_time=0.6)
            self.next_cue()
            between_the_ends = sizes[1:-1]
            self.play(between_the_ends.animate.set_color(style.ACCENT_COLOR), run_time=0.8)
            self.hold(0.8)
            self.next_cue()
            self.play(
                between_the_ends.animate.set_color(style.QUIET_COLOR),
                FadeOut(count),
                FadeIn(legend),
                run_time=0.8,
            )
            run_time = min(2.4, 9.0 / len(network.bundles))
            for bundle, cells in zip(network.bundles, network.layers[1:], strict=True):
                if bundle in network.bundles[1:2]:
                    self.next_cue()
                self.play(Propagate(bundle, cells, run_time=run_time))
            if len(network.bundles) == 1:
                self.next_cue()
            self.hold(1.0)
        return network, names, VGroup(sizes, legend)

    def label_of(self, number: int) -> Words:
        """What an output stands for, cut where it is too long for a label."""
        return Words(short_name(self.class_names, number, 1.3 if self.stage.stacked else 1.8))

    def answer(
        self,
        picture: PixelGrid | None,
        network: NetworkDiagram,
        digits: VGroup,
        counted: VGroup,
    ) -> None:
        """8. The brightest output is the answer, right or wrong."""
        answer = self.reading.answer
        shown, seats = self.seats(picture or network.inputs, network.outputs, digits)
        moved, named, names = seats.outputs, seats.named, seats.names
        columns = VGroup()
        for number, name in zip(named.indices, names, strict=True):
            columns.add(
                LiveNumber(
                    named.numbers.one(number),
                    color=style.ACCENT_COLOR if number == answer else style.QUIET_COLOR,
                )
            )
            name.next_to(
                named.centers[len(columns) - 1],
                RIGHT,
                buff=TO_NAME + (0.0 if seats.simple else 0.08),
            )
        edge = max(float(name.get_right()[0]) for name in names) + 0.3
        if seats.simple:
            edge = float(moved.get_center()[0]) + 1.35 - columns[0].width / 2
        edge += max(number.width for number in columns)
        for number, center in zip(columns, named.centers, strict=True):
            number.move_to([edge - number.width / 2, center[1], 0])
        ring = around(network.outputs, answer)

        # The answer itself, in what is left of the frame.
        at = self.stage.second + (1.6 if self.stage.stacked else 0.7) * RIGHT + 0.4 * UP
        if not seats.simple:
            left = float(shown.get_right()[0]) if self.stage.stacked else edge
            middle = self.stage.first if self.stage.stacked else self.stage.second
            at = np.array([(left + 0.4 + self.stage.right) / 2, middle[1] + 0.4, 0])
        room = 2 * (self.stage.right - float(at[0]))
        name = self.class_names[answer]
        big = large_answer(name, self.reading.prediction, room).move_to(at)
        verdict, color = self.verdict(answer)
        said = Words(verdict, style.LABEL_SIZE, color).next_to(big, DOWN, buff=0.5)
        with self.beat(
            "answer",
            words="answer" if self.is_right(answer) else "misreading",
            answer=self.class_names[answer],
            activation=f"{self.reading.confidence.value:.2f}",
            name=self.name,
        ):
            self.play(Create(ring), run_time=0.9)
            self.wait(1.2, frozen_frame=True)
            # One after the other: both at once would be too much to look at, and to encode.
            self.play(FadeOut(*network.bundles, *network.hidden, counted), run_time=1.2)
            self.play(
                network.inputs.animate.become(shown),
                network.outputs.animate.become(moved),
                ring.animate.become(around(moved, answer)),
                *(name.animate.move_to(there) for name, there in zip(digits, names, strict=False)),
                run_time=1.8,
            )
            if not self.all_named:
                chosen = moved.part(named.indices)
                self.add(chosen)
                self.play(
                    chosen.animate.become(named),
                    ring.animate.become(around(named, answer)),
                    run_time=1.2,
                )
                self.play(FadeIn(names, seats.heading), run_time=0.6)
            self.play(FadeIn(columns), run_time=0.6)
            self.next_cue()
            self.play(FadeIn(big, said, shift=0.2 * RIGHT), run_time=1.0)
            self.hold(2.0)

    def seats(
        self, shown: PixelGrid | NeuronLayer, outputs: NeuronLayer, digits: VGroup
    ) -> tuple[Cells, Seats]:
        """Where the input and the outputs stand in the answer."""
        stage = self.stage
        simple = (
            isinstance(shown, PixelGrid)
            and self.all_named
            and all(len(name) <= 2 for name in self.class_names)
        )
        shown = shown.copy()
        y = float(stage.second[1])
        x = float(stage.second[0]) - (1.9 if stage.stacked else 3.1)
        if not simple:
            # The picture makes room, so that names have some.
            side = 2.9 if stage.stacked else 3.3
            shown.scale(min(side / shown.height, side / shown.width, 1.6))
            above = stage.first if stage.stacked else stage.second
            shown.move_to([stage.left + side / 2, above[1], 0])
            left = stage.left if stage.stacked else stage.left + side + 0.5
            x = left + style.LARGEST_PITCH / 2
        if self.all_named:
            moved = outputs.copy()
            if not simple and stage.stacked:
                x += 0.9  # nothing else is beside them
                y += 0.35  # a long name may need one more line of the caption
            moved.scale(min(1.0, OUTPUTS / moved.height)).move_to([x, y, 0])
            return shown, Seats(simple, moved, moved, digits.copy(), VGroup())
        tall, wide = 4.6, 1.7 if stage.stacked else 2.4
        n = len(outputs)
        standing = block_of(n, tall, largest_pitch([n], tall, wide, 0.9 * style.LARGEST_PITCH))
        moved = NeuronLayer(
            outputs.numbers,
            pitch=standing.pitch,
            centers=standing.centers(n, at=(left + standing.width / 2, y)),
        )
        brightest = np.argsort(-outputs.values, kind="stable")[:NAMED].tolist()
        column = block(NAMED, NAMED * 0.6, 1.0)
        named = NeuronLayer(
            outputs.numbers.part(brightest),
            pitch=column.pitch,
            centers=column.centers(NAMED, at=(left + standing.width + 0.55, y)),
        )
        names = VGroup(*map(self.label_of, brightest))
        heading = Words(self.text("brightest", shown=NAMED, classes=n), color=style.QUIET_COLOR)
        heading.next_to(named, UP, buff=0.4).align_to(named, LEFT)
        return shown, Seats(simple, moved, named, names, heading)

    def is_right(self, answer: int) -> bool:
        """Whether the network read what was written; a digit without a label counts as right."""
        return self.label is None or self.label == answer

    def verdict(self, answer: int) -> tuple[str, str]:
        """What is to be said about the answer, and its colour."""
        if self.label is None:
            return self.text("its-answer"), style.TEXT_COLOR
        if self.is_right(answer):
            return self.text("right", name=self.name), style.CORRECT_COLOR
        return self.text("wrong", name=self.name), style.WRONG_COLOR


def around(outputs: NeuronLayer, number: int) -> Circle:
    """A ring around one of the outputs."""
    place = outputs.indices.index(number)
    ring = Circle(float(outputs.half[place]) + 0.09, color=style.ACCENT_COLOR, stroke_width=5)
    return ring.move_to(outputs.centers[place])


def outline(pixels: PixelGrid) -> SurroundingRectangle:
    """A frame that points at some pixels."""
    return SurroundingRectangle(pixels, color=style.ACCENT_COLOR, buff=0.03, stroke_width=3)
