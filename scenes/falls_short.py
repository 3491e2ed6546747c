"""Where the network falls short: a mistake of which it is sure, and an answer to pure noise.

The mistake is found by computation: of all bundled digits that the network misreads, the one whose
wrong answer has the highest activation. A network that misreads none shows the digit of which it is
least sure, and what spoke for the runner-up is told instead of what was overlooked.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Circle, Create, FadeIn, FadeOut, Line, VGroup

from litnet import style
from litnet.animations import Judge, Propagate
from litnet.mobjects import (
    Connections,
    Gallery,
    LiveNumber,
    NeuronLayer,
    PixelGrid,
    Words,
    in_line,
)
from litnet.mobjects.cells import grid_centers
from litnet.mobjects.network_diagram import block
from litnet.record.judging import noise
from litnet.record.quantities import Quantities
from litnet.story.scene import LitScene
from litnet.story.subject import Digit, Reading
from litnet.style import Floats

ROW = 20  # digits in a row of the gallery
NOISES = 100  # pictures of noise, of which one is shown
ROOM_FOR_LABELS = 1.7  # to the left of the hidden neurons that are asked
STRONGEST = 3  # contributions that are told by their numbers


class FallsShort(LitScene):
    """Sure, and wrong; sure, of nothing at all."""

    needs_digits = True

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.mistake = self.read_another(self.digits[self.chosen].path)
        label = self.mistake.label
        self.answer = self.mistake.answer
        self.misread = self.answer != label
        # What might have been answered instead: what it is, or else the runner-up.
        self.other = int(label or 0) if self.misread else runner_up(self.mistake)

        picture = self.all_digits()
        self.one_mistake(picture)
        self.what_spoke(picture)
        self.noise(picture)

    # --- what is chosen, and why ---------------------------------------------------------------
    @property
    def digits(self) -> list[Digit]:
        """The bundled digits, sorted by what they are."""
        return self.subject.sorted_digits

    @cached_property
    def wrong(self) -> Quantities:
        """(n,): 1 where the network's answer is not the label, else 0."""
        return self.numbers("misread(network)")

    @cached_property
    def chosen(self) -> int:
        """The misread digit with the surest answer; with none misread, the least sure of all."""
        images = np.stack([digit.image.ravel() for digit in self.digits])
        sure = self.network.forward(images).confidence
        if not self.wrong.values.any():
            return int(np.argmin(sure))
        return int(np.argmax(np.where(self.wrong.values > 0, sure, -np.inf)))

    @cached_property
    def noise_seed(self) -> int:
        """Of the seeds from 0 to 99, that of the noise of which the network is surest."""
        shape = self.mistake.digit.image.shape
        images = np.stack([noise(seed, shape).ravel() for seed in range(NOISES)])
        return int(np.argmax(self.network.forward(images).activations[-1].max(axis=1)))

    # --- the story -----------------------------------------------------------------------------
    def all_digits(self) -> PixelGrid:
        """1. All bundled digits; those that it reads right go dark, and mistakes are left."""
        stage = self.stage
        images = np.stack([digit.image for digit in self.digits])
        gallery = Gallery.on_stage(images, self.numbers("unjudged"), stage, columns=ROW, beside=3.0)
        count = LiveNumber(
            self.number("count(right(network))"),
            places=0,
            size=2.2 * style.TITLE_SIZE,
            color=style.ACCENT_COLOR,
        )
        words = VGroup(
            Words(self.text("read-right"), color=style.QUIET_COLOR),
            in_line(Words(self.text("of")), LiveNumber(self.number("len(digits)"), places=0)),
        )
        if stage.stacked:
            at = gallery.get_bottom() + 1.2 * DOWN
        else:
            at = np.array([(gallery.get_right()[0] + stage.right) / 2, stage.middle + 0.55, 0])
        count.pass_by(0).center_on(at, widest=len(images))
        for line, below in zip(words, (0.95, 1.45), strict=True):
            line.move_to(at + below * DOWN)
        picture = PixelGrid(self.mistake.picture, gallery.picture_height)
        picture.move_to(gallery.centers[self.chosen])
        wrong = int(self.wrong.values.sum())
        with self.beat(
            "all",
            words="all" if wrong else "all-right",
            total=len(images),
            right=len(images) - wrong,
            wrong=wrong,
        ):
            self.play(FadeIn(gallery), run_time=1.2)
            self.play(FadeIn(count, words), run_time=0.6)
            self.next_cue()
            self.play(Judge(gallery, self.wrong, count, run_time=4.0))
            self.next_cue()
            self.hold(2.2)
        with self.beat("surest", words="surest" if self.misread else "least-sure"):
            large = PixelGrid(self.mistake.picture, stage.panel)
            self.play(FadeIn(picture), run_time=0.4)
            self.play(
                FadeOut(gallery, count, words),
                picture.animate.become(large.move_to(stage.first)),
                run_time=2.0,
            )
            self.hold(0.8)
        return picture

    def one_mistake(self, picture: PixelGrid) -> None:
        """2. What it answers, and how sure it is."""
        self.shown = self.outputs_of(self.mistake)
        with self.beat(
            "mistake",
            words="mistake" if self.misread else "doubt",
            name=self.mistake.label,
            answer=self.answer,
            activation=f"{self.mistake.confidence.value:.2f}",
        ):
            self.come_up()
            self.next_cue()
            self.play(*self.the_answer(), run_time=1.0)
            self.hold(2.2)

    def what_spoke(self, picture: PixelGrid) -> None:
        """3. and 4. What spoke for its answer, and what against the other one."""
        stage = self.stage
        last = len(self.network.sizes) - 1
        arriving = self.mistake.layer(last - 1)
        carried = self.mistake.contributions(last)[[self.answer, self.other]]
        pitch, rows, columns = block(len(arriving), stage.tall, 2.0)
        hidden = NeuronLayer(
            arriving,
            pitch=pitch,
            centers=grid_centers(rows, columns, pitch)[: len(arriving)],
        )
        hidden.move_to([-1.0 if stage.stacked else -1.1, stage.middle, 0])
        # Labels stand between it and the picture (or the margin, where that is gone).
        least = stage.left + ROOM_FOR_LABELS
        if not stage.stacked:
            least += 1.6 + 0.275 * stage.panel
        hidden.shift(max(0.0, least - hidden.get_left()[0]) * RIGHT)
        right = stage.right - (1.9 if stage.stacked else 2.6)
        ends = [
            NeuronLayer(
                self.mistake.layer(last).part([number]),
                pitch=1.1,
                centers=np.array([[right, stage.middle + up, 0.0]]),
            )
            for number, up in ((self.answer, 1.3), (self.other, -1.3))
        ]
        signs = VGroup()
        for end, color in zip(ends, (style.ACCENT_COLOR, style.TEXT_COLOR), strict=True):
            end.set_level(0)
            (number,) = end.indices
            value = LiveNumber(end.numbers.one(number), color=color)
            name = Words(str(number), 1.6 * style.TITLE_SIZE, color)
            name.next_to(end, RIGHT, buff=0.3)
            signs.add(VGroup(name, value.next_to(end, DOWN, buff=0.25)))
        bundles = []
        for end, row in zip(ends, carried, strict=True):
            lines = Connections(hidden, end, row[None, :])
            # Both by the same measure, so that they can be compared.
            lines.strengths = row[None, :] / max(float(np.abs(carried).max()), 1e-12)
            bundles.append(lines.darken())
        labels = [
            self.told(hidden, row, number, sign)
            for row, number, sign in zip(carried, (self.answer, self.other), (1, -1), strict=True)
        ]
        with self.beat("for", answer=self.answer):
            self.play(
                FadeOut(*self.shown, *([picture] if stage.stacked else [])),
                *([] if stage.stacked else [picture.animate.scale(0.55).set_x(stage.left + 1.5)]),
                run_time=1.0,
            )
            self.play(FadeIn(hidden, ends[0], signs[0][0]), run_time=0.8)
            self.play(Propagate(bundles[0], ends[0], run_time=2.0))
            self.play(FadeIn(signs[0][1]), run_time=0.4)
            self.next_cue()
            self.play(FadeIn(labels[0]), run_time=0.8)
            self.hold(2.6)
        with self.beat(
            "against", words="against" if self.misread else "against-next", other=self.other
        ):
            self.play(
                FadeOut(labels[0]),
                bundles[0].animate.set_opacity(0.15),
                FadeIn(ends[1], signs[1][0]),
                run_time=1.0,
            )
            self.play(Propagate(bundles[1], ends[1], run_time=2.0))
            self.play(FadeIn(signs[1][1]), run_time=0.4)
            self.next_cue()
            self.play(FadeIn(labels[1]), run_time=0.8)
            self.hold(2.6)
        self.shown = [hidden, *ends, signs, *bundles, labels[1]]

    def told(self, hidden: NeuronLayer, row: Floats, output: int, sign: int) -> VGroup:
        """The strongest contributions of one sign to an output, each tied to its neuron."""
        carried = self.mistake.contributions_to(len(self.network.sizes) - 1, output)
        order = np.argsort(-sign * row, kind="stable")[:STRONGEST]
        chosen = sorted((int(n) for n in order if sign * row[n] > 0), key=lambda n: -at(hidden, n))
        heights = spread([at(hidden, n) for n in chosen], 0.4)
        group = VGroup()
        for number, y in zip(chosen, heights, strict=True):
            color = style.POSITIVE_COLOR if sign > 0 else style.NEGATIVE_COLOR
            shown = LiveNumber(carried.one(number), color=color)
            parts = [Words("+", color=color), shown] if sign > 0 else [shown]
            label = in_line(*parts, buff=0.06)
            left = hidden.get_left()[0]
            label.move_to([left - 0.75, y, 0], aligned_edge=RIGHT)
            leader = Line([left - 0.62, y, 0], [left - 0.08, at(hidden, number), 0])
            group.add(label, leader.set_stroke(color, 2))
        return group

    def noise(self, picture: PixelGrid) -> None:
        """5. and 6. A picture of nothing, and an answer all the same."""
        stage = self.stage
        image = noise(self.noise_seed, self.mistake.digit.image.shape)
        reading = self.read_made(f"noise({self.noise_seed})", image)
        grid = PixelGrid(reading.picture, stage.panel).move_to(stage.first)
        with self.beat("noise"):
            self.play(FadeOut(*self.shown), run_time=0.8)
            if stage.stacked:
                self.play(FadeIn(grid), run_time=1.6)
            else:
                self.play(picture.animate.become(grid), run_time=2.2)
                self.remove(picture)
                self.add(grid)
            self.next_cue()
            self.hold(1.2)
        self.shown = self.outputs_of(reading)
        with self.beat(
            "anyway",
            answer=reading.answer,
            activation=f"{reading.confidence.value:.2f}",
            noises=NOISES,
        ):
            self.come_up()
            self.play(*self.the_answer(), run_time=1.0)
            self.wait(0.6)
            self.next_cue()
            self.hold(1.6)
            self.next_cue()
            self.hold(2.6)

    # --- outputs ----------------------------------------------------------------------------------
    def outputs_of(self, reading: Reading) -> list[NeuronLayer | VGroup]:
        """The outputs, what they stand for, their activations, and the answer in large."""
        last = len(reading.sizes) - 1
        answer = reading.answer
        values = reading.layer(last)
        pitch, rows, columns = block(len(values), self.stage.panel, 2.0)
        outputs = NeuronLayer(
            values,
            pitch=pitch,
            centers=grid_centers(rows, columns, pitch)[: len(values)],
        )
        place = self.stage.second
        outputs.move_to(place + (1.9 if self.stage.stacked else 2.2) * LEFT).set_level(0)
        names, numbers = VGroup(), VGroup()
        for number, center in enumerate(outputs.centers):
            color = style.ACCENT_COLOR if number == answer else style.QUIET_COLOR
            names.add(Words(str(number)).next_to(center, RIGHT, buff=0.38))
            numbers.add(LiveNumber(values.one(number), color=color).move_to(center + 1.35 * RIGHT))
        ring = Circle(float(outputs.half[answer]) + 0.09, color=style.ACCENT_COLOR, stroke_width=5)
        ring.move_to(outputs.centers[answer])
        big = LiveNumber(
            reading.prediction,
            places=0,
            size=4 * style.TITLE_SIZE,
            color=style.ACCENT_COLOR,
        )
        big.move_to(place + (1.7 if self.stage.stacked else 1.6) * RIGHT + 0.4 * UP)
        label = reading.label
        if label is None:
            said = Words(self.text("its-answer"), color=style.TEXT_COLOR)
        elif label == answer:
            said = Words(self.text("right", name=label), color=style.CORRECT_COLOR)
        else:
            said = Words(self.text("wrong", name=label), color=style.WRONG_COLOR)
        said.next_to(big, DOWN, buff=0.5)
        said.shift(min(0.0, self.stage.right - float(said.get_right()[0])) * RIGHT)
        return [outputs, VGroup(names, numbers), VGroup(ring), VGroup(big, said)]

    def come_up(self) -> None:
        """The outputs appear, and come up to their activations."""
        outputs, numbers, *_ = self.shown
        assert isinstance(outputs, NeuronLayer)
        self.play(FadeIn(outputs, numbers[0]), run_time=0.7)
        self.play(outputs.animate.set_level(1), FadeIn(numbers[1]), run_time=1.2)

    def the_answer(self) -> tuple[Create, FadeIn]:
        """A ring around the brightest output, and what it stands for."""
        return Create(self.shown[2]), FadeIn(self.shown[3], shift=0.2 * RIGHT)


def runner_up(reading: Reading) -> int:
    """The output with the second highest activation."""
    return int(np.argsort(-reading.forward_pass.activations[-1], kind="stable")[1])


def at(layer: NeuronLayer, number: int) -> float:
    """The scene y of a neuron."""
    return float(layer.centers[number, 1])


def spread(heights: list[float], gap: float) -> list[float]:
    """The same heights, from the top, moved down where two are nearer than ``gap``.

    All are then moved up by half of what the lowest was moved.
    """
    moved: list[float] = []
    for height in heights:
        moved.append(min(height, moved[-1] - gap) if moved else height)
    up = (heights[-1] - moved[-1]) / 2 if heights else 0.0
    return [height + up for height in moved]
