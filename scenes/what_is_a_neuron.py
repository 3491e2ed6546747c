"""What a neuron is: a thing that holds a number, and is as bright as its number.

First the numbers are tried out, and marked so; then they are the pixels of the digit that is
filmed: one of them, a row of the picture, all of it.
"""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, Line, Rectangle, Triangle, VGroup

from litnet import style
from litnet.animations import Fly, LightRows, ReadOut, ValueTo
from litnet.mobjects import LiveNumber, NeuronLayer, PixelGrid, Words, in_line
from litnet.mobjects.cells import grid_centers
from litnet.record.quantities import illustrative, illustrative_cells
from litnet.story.scene import LitScene

SCALE = 5.2  # scene units from 0 to 1
NEAR = 2.7  # from one neuron to the next, where the flight has come to
HAZE = 0.4  # of the halos there
SHADE = 2.6  # height of what a caption is read on


class WhatIsANeuron(LitScene):
    """One neuron, a row, a field."""

    network_reads = True

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.pixels = self.read().layer(0)
        self.name = self.text("some-digit") if self.digit.label is None else str(self.digit.label)
        self.rows, self.columns = self.digit.image.shape
        self.row = liveliest_row(self.digit.image)
        self.pixel = telling_pixel(self.digit.image, self.row)

        neuron = self.holds_a_number()
        self.dark_and_bright(neuron)
        self.its_activation(neuron)
        row = self.one_row(neuron)
        self.whole_field(row)

    def holds_a_number(self) -> NeuronLayer:
        """1. A ring in the dark, and a number in it: tried out, nothing real yet."""
        middle = np.array([0.0, self.stage.middle, 0.0])
        neuron = NeuronLayer(
            illustrative_cells([0], of=self.pixels.part([self.pixel])),
            pitch=2.7,
            centers=np.zeros((1, 3)),
        ).move_to(middle + 1.0 * UP)
        shown = LiveNumber(illustrative(0), size=1.6 * style.TITLE_SIZE)
        shown.center_on(middle + 0.95 * DOWN, widest=0.0)
        trying = Words(self.text("trying"), style.LABEL_SIZE, style.ACCENT_COLOR)
        trying.move_to(middle + 2.85 * UP)
        line = Line(SCALE / 2 * LEFT, SCALE / 2 * RIGHT, color=style.QUIET_COLOR, stroke_width=3)
        line.move_to(middle + 1.72 * DOWN)
        ends = VGroup(
            *(
                Line(0.1 * DOWN, 0.1 * UP, color=style.QUIET_COLOR, stroke_width=3).move_to(end)
                for end in (line.get_start(), line.get_end())
            )
        )
        names = VGroup(
            *(
                Words(name, color=style.QUIET_COLOR).next_to(end, DOWN, buff=0.18)
                for name, end in zip((self.text("dark"), self.text("bright")), ends, strict=True)
            )
        )
        pointer = Triangle(color=style.ACCENT_COLOR, fill_opacity=1, stroke_width=0)
        pointer.rotate(np.pi).scale(0.15).next_to(line.get_start(), UP, buff=0.03)
        self.scale = VGroup(line, ends, names, pointer)
        self.pointer, self.shown, self.trying = pointer, shown, trying
        with self.beat("number"):
            self.play(FadeIn(neuron), run_time=1.2)
            self.next_cue()
            self.play(FadeIn(shown, trying, self.scale), run_time=0.8)
            self.turn(neuron, 0.6, 1.6)
            self.turn(neuron, 0.35, 1.2)
            self.hold(0.8)
        return neuron

    def turn(self, neuron: NeuronLayer, value: float, run_time: float) -> None:
        """Turn the number to another one, as if with a dimmer."""
        at = self.scale[0].get_start() + SCALE * value * RIGHT
        self.play(
            ValueTo(neuron, self.shown, illustrative(value), run_time=run_time),
            self.pointer.animate(run_time=run_time).set_x(float(at[0])),
        )

    def dark_and_bright(self, neuron: NeuronLayer) -> None:
        """2. 0 is dark, 1 is bright, and the light follows everything in between."""
        with self.beat("light"):
            self.turn(neuron, 0.0, 1.4)
            self.wait(0.5)
            self.next_cue()
            self.turn(neuron, 1.0, 1.8)
            self.wait(0.7)
            self.next_cue()
            for value in (0.25, 0.8, 0.5):
                self.turn(neuron, value, 1.1)
            self.hold(0.8)

    def its_activation(self, neuron: NeuronLayer) -> None:
        """3. The number's name; and a real one: that of one pixel of the digit."""
        name = Words(self.text("activation.name"), style.TITLE_SIZE, style.ACCENT_COLOR)
        name.move_to([0, self.scale[0].get_y() - 0.15, 0])
        pixel = PixelGrid(self.pixels, self.rows).part([self.pixel])
        pixel.scale(neuron.width / pixel.width)
        pixel.move_to(neuron.get_center() + (2.8 if self.stage.stacked else 4.2) * LEFT)
        with self.beat("activation", name=self.name):
            self.play(FadeOut(self.scale), FadeIn(name, shift=0.15 * UP), run_time=0.8)
            for value in (0.9, 0.2):
                self.play(ValueTo(neuron, self.shown, illustrative(value), run_time=1.4))
            self.next_cue()
            self.play(FadeIn(pixel, shift=0.3 * RIGHT), run_time=1.0)
            self.wait(0.6)
            self.play(pixel.animate.as_light(), run_time=0.3)
            self.play(
                pixel.animate.move_to(neuron).set_level(0),
                FadeOut(self.trying),
                ValueTo(neuron, self.shown, self.pixels.one(self.pixel)),
                run_time=1.6,
            )
            self.remove(pixel)
            self.hold(1.2)
        self.activation = name

    def one_row(self, neuron: NeuronLayer) -> NeuronLayer:
        """4. It takes its place in a row of the picture, and each neuron there is read out."""
        stage = self.stage
        pitch = 2 * stage.right / self.columns
        indices = range(self.row * self.columns, (self.row + 1) * self.columns)
        row = NeuronLayer(
            self.pixels.part(indices),
            pitch=pitch,
            centers=grid_centers(1, self.columns, pitch),
        ).move_to([0, stage.middle, 0])
        place = self.pixel - indices[0]
        brightest = int(np.argmax(row.values))
        pointer = self.pointer
        pointer.set_x(float(row.centers[place, 0])).set_y(float(row.get_top()[1]) + 0.35)
        count = in_line(
            LiveNumber(self.number("pixels.columns"), places=0, color=style.QUIET_COLOR),
            Words(self.text("in-row"), color=style.QUIET_COLOR),
        )
        count.next_to(row, DOWN, buff=0.6)
        with self.beat("row", columns=self.columns):
            beside = row.part([index for index in indices if index != self.pixel])
            self.play(
                FadeOut(self.activation, self.shown),
                neuron.animate.become(row.part([self.pixel])),
                run_time=1.5,
            )
            self.shown.scale(0.75).move_to([row.centers[place, 0], pointer.get_y() + 0.65, 0])
            start = beside.copy()
            start.points[:, 0] += float(row.centers[place, 0]) - np.tile(beside.centers[:, 0], 2)
            start.set_level(0)
            start.z_index = -1  # they come out from behind the one that is there
            self.add(start)
            self.play(start.animate.become(beside), FadeIn(pointer, self.shown), run_time=1.5)
            self.remove(start, neuron)
            self.add(row)
            self.next_cue()
            self.play(FadeIn(count), run_time=0.5)
            ways = ((place, 0, 2.2), (0, self.columns - 1, 3.4), (self.columns - 1, brightest, 2.2))
            for start_place, end, run_time in ways:
                if end == brightest:
                    self.next_cue()
                self.play(
                    ReadOut(
                        *(row, pointer, self.shown),
                        start=start_place,
                        end=end,
                        left=stage.left,
                        right=stage.right,
                        run_time=run_time,
                    )
                )
            self.hold(1.6)
        self.row_words = VGroup(pointer, self.shown, count)
        return row

    def whole_field(self, row: NeuronLayer) -> None:
        """5. The flight, without a cut: from the row to the whole, to one neuron, and back."""
        stage = self.stage
        pitch = stage.panel / self.rows
        field = NeuronLayer(
            self.pixels,
            pitch=pitch,
            centers=grid_centers(self.rows, self.columns, pitch),
        )
        counter = LiveNumber(
            self.number("len(activations[0])"),
            places=0,
            size=1.7 * style.TITLE_SIZE,
            color=style.ACCENT_COLOR,
        )
        unit = Words(self.text("neurons"), style.TITLE_SIZE, style.QUIET_COLOR)
        if stage.stacked:
            field.move_to([0, stage.middle + 1.2, 0])
            beside = np.array([0.0, float(field.get_bottom()[1]) - 1.0, 0.0])
        else:
            field.move_to([-2.0, stage.middle, 0])
            beside = np.array([(field.get_right()[0] + stage.right) / 2, stage.middle + 0.3, 0.0])
        counter.center_on(beside, widest=len(field)).pass_by(self.columns)
        unit.move_to(beside + 0.95 * DOWN)
        here = field.part(row.indices).get_center()
        with self.beat("field", rows=self.rows, neurons=len(field), name=self.name):
            # The others are there already, in the dark: as far apart as those of the row.
            grown = float(row.half[0] / field.half[0])
            field.points = row.get_center() + (field.points - here) * grown
            field.z_index = -2  # behind the words, which it comes near
            lit = LightRows(field, counter, row=self.row, columns=self.columns, run_time=5.0)
            away = Fly(field, focus=row.get_center(), place=here, zoom=1 / grown, run_time=5.0)
            self.remove(row)
            self.play(FadeOut(self.row_words), run_time=0.4)
            self.play(away, lit)  # in this order: rims come up, however fast they fly
            self.play(FadeIn(unit), run_time=0.4)
            self.hold(0.6)
            self.next_cue()
            self.there_and_back(field, VGroup(counter, unit))
            self.hold(2.2)

    def there_and_back(self, field: NeuronLayer, said: VGroup) -> None:
        """Fly to the neuron that was the first one, and its number, and away from it again."""
        stage = self.stage
        middle = field.part([self.pixel]).get_center()
        place = np.array([0.0, stage.middle + 0.4, 0.0])
        zoom = NEAR / (2 * float(field.half[0]) / style.NEURON_FILL)
        near = place + (field.centers - middle) * zoom
        seen = np.all(np.abs(near[:, :2]) < (stage.width / 2, stage.height / 2), axis=1)
        numbers = [
            LiveNumber(
                field.numbers.one(index),
                size=1.4 * style.TITLE_SIZE,
                color=style.text_color_on(float(field.light[index])),
            )
            .scale(1 / zoom)
            .move_to(field.centers[index])
            for index in np.flatnonzero(seen).tolist()
        ]
        # Words can be read over whatever comes close.
        shade = Rectangle(width=stage.width, height=SHADE, stroke_width=0)
        shade.set_fill(style.BACKGROUND_COLOR, opacity=[0.0, 1.0, 1.0]).set_sheen_direction(DOWN)
        shade.move_to([0, -stage.height / 2 + SHADE / 2, 0])
        to = {"focus": middle, "place": place, "zoom": zoom, "haze": HAZE}
        fro = {"focus": place, "place": middle, "zoom": 1 / zoom, "haze": 1 / HAZE}
        for number in numbers:
            number.z_index = -1
        self.play(FadeOut(said), FadeIn(shade), run_time=0.6)
        self.play(Fly(field, **to, numbers=numbers), run_time=4.2)
        self.wait(1.6)
        self.next_cue()
        self.play(Fly(field, **fro, numbers=numbers), run_time=4.2)
        self.play(FadeIn(said), FadeOut(shade), run_time=0.6)
        self.remove(*numbers)


def liveliest_row(image: np.ndarray) -> int:
    """The row in the middle third of a picture (rows, columns) whose greys vary the most."""
    rows = len(image)
    middle = range(rows // 3, max(rows // 3 + 1, rows - rows // 3))
    return max(middle, key=lambda row: float(image[row].var()))


def telling_pixel(image: np.ndarray, row: int) -> int:
    """Number of the pixel in a row that is nearest to 0.6: clearly lit, clearly not all the way."""
    column = int(np.argmin(np.abs(image[row] - 0.6)))
    return row * image.shape[1] + column
