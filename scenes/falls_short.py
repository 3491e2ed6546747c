"""Where the network falls short: a mistake of which it is sure, a single pixel at which its answer
tips, and an answer to pure noise.

The mistake is found by computation: of all bundled digits that the network misreads, the one whose
wrong answer has the highest activation. A network that misreads none shows the digit of which it is
least sure, and what spoke for the runner-up is told instead of what was overlooked.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import product

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    AnimationGroup,
    Circle,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    VGroup,
)

from litnet import style
from litnet.animations import Epochs, Judge, Propagate
from litnet.mobjects import (
    Connections,
    Gallery,
    LiveNumber,
    NeuronLayer,
    PixelGrid,
    Words,
    in_line,
    sentence,
)
from litnet.mobjects.cells import grid_centers
from litnet.mobjects.gallery import tiling
from litnet.mobjects.network_diagram import block
from litnet.record.expressions import source
from litnet.record.judging import noise, switched, switching
from litnet.record.quantities import Quantities, Quantity
from litnet.story.scene import LitScene
from litnet.story.subject import Digit, Reading
from litnet.style import Floats

ROW = 20  # digits in a row of the gallery
NOISES = 100  # pictures of noise, of which one is shown
ROOM_FOR_LABELS = 1.7  # to the left of the hidden neurons that are asked
STRONGEST = 3  # contributions that are told by their numbers
PLACE = 1.3  # how high the place of a lifted picture is, with its answer, by its width
LIFTED = 12  # misread digits that are lifted out, at most
NEAREST_PAIRS = 60  # that are looked through for one whose answer tips once


class FallsShort(LitScene):
    """Sure, and wrong; one pixel from another answer; sure, of nothing at all."""

    needs_digits = True

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.mistake = self.read_another(self.subject.telling_digit.path)
        label = self.mistake.label
        self.answer = self.mistake.answer
        self.misread = self.answer != label
        # What might have been answered instead: what it is, or else the runner-up.
        self.other = int(label or 0) if self.misread else runner_up(self.mistake)

        picture = self.all_digits()
        self.one_mistake(picture)
        self.what_spoke(picture)
        grid = self.pixel_by_pixel(picture)
        self.noise(grid)

    # --- what is chosen, and why ---------------------------------------------------------------
    @property
    def digits(self) -> list[Digit]:
        """The bundled digits, sorted by what they are."""
        return self.subject.sorted_digits

    @property
    def chosen(self) -> int:
        """The misread digit with the surest answer; with none misread, the least sure of all."""
        return self.subject.judged.most_telling

    @cached_property
    def noise_seed(self) -> int:
        """Of the seeds from 0 to 99, that of the noise of which the network is surest."""
        shape = self.mistake.digit.image.shape
        images = np.stack([noise(seed, shape).ravel() for seed in range(NOISES)])
        return int(np.argmax(self.network.forward(images).activations[-1].max(axis=1)))

    @cached_property
    def pair(self) -> tuple[Digit, Digit]:
        """A 3 and a 9 that are read rightly, of which the one becomes the other.

        Of the pairs that are most alike, the first whose answer changes just once on the way; if
        there is none (or no 3 or no 9 is read rightly), those that are most alike.
        """
        right = self.subject.judged.right("network")
        read = [digit for digit, good in zip(self.digits, right, strict=True) if good]
        pairs: list[tuple[Digit, Digit]] = []
        for digits in (read, self.digits):
            threes, nines = ([one for one in digits if one.label == n] for n in (3, 9))
            pairs = pairs or list(product(threes, nines))
        pairs.sort(key=lambda pair: float(np.sum((pair[0].image - pair[1].image) ** 2)))
        for first, second in pairs[:NEAREST_PAIRS]:
            answers = self.subject.judged.answers_between(first.image, second.image)
            if np.count_nonzero(np.diff(answers)) == 1:
                return first, second
        return pairs[0]

    # --- the story -----------------------------------------------------------------------------
    def all_digits(self) -> PixelGrid:
        """1. All bundled digits; those that it misreads go dark, and are lifted out."""
        stage = self.stage
        images = np.stack([digit.image for digit in self.digits])
        gallery = Gallery.on_stage(images, self.numbers("unjudged"), stage, columns=ROW, beside=2.7)
        count, words = gallery.tally(
            self.number("wrong(network)"),
            stage,
            Words(self.text("wrong-count"), color=style.QUIET_COLOR),
            in_line(Words(self.text("of")), LiveNumber(self.number("len(digits)"), places=0)),
        )
        wrong = int(count.quantity.value)
        with self.beat(
            "all", words="all" if wrong else "all-right", total=len(images), wrong=wrong
        ):
            self.play(FadeIn(gallery), run_time=1.2)
            self.play(FadeIn(count, words), run_time=0.6)
            self.next_cue()
            self.play(Judge(gallery, self.numbers("right(network)"), count, run_time=4.0))
            self.next_cue()
            self.hold(1.0)
        places, signs = self.lifted_out()
        lifted = {}
        for number in places or {self.chosen: None}:
            lifted[number] = self.small(number, gallery.picture_height)
            lifted[number].move_to(gallery.centers[number])
        picture = lifted.pop(self.chosen)
        leaving = FadeOut(gallery, count, words, run_time=1.4)
        if places:
            shown = len(places)
            risen = {**lifted, self.chosen: picture}
            with self.beat(
                "lifted", words="lifted" if shown == wrong else "lifted-some", shown=shown
            ):
                self.add(*risen.values())
                self.play(
                    leaving,
                    LaggedStart(
                        *(
                            risen[number].animate(run_time=1.6).become(place)
                            for number, place in places.items()
                        ),
                        lag_ratio=0.08,
                    ),
                )
                self.play(LaggedStart(*map(FadeIn, signs), lag_ratio=0.12), run_time=1.2)
                self.hold(1.0)
            leaving = FadeOut(*lifted.values(), *signs, run_time=0.9)
        large = self.small(self.chosen, stage.panel).move_to([0, stage.middle, 0])
        self.hush()  # the film of all stories joins this one from here on
        with self.beat("surest", words="surest" if self.misread else "least-sure"):
            self.add(picture)
            self.play(leaving, picture.animate(run_time=1.8).become(large))
            self.next_cue()
            self.hold(1.0)
        return picture

    def small(self, number: int, height: float) -> PixelGrid:
        """One of the digits as a picture, that high."""
        digit = self.digits[number]
        pixels = self.mistake.picture if number == self.chosen else digit.pixels
        return PixelGrid(pixels, height)

    def lifted_out(self) -> tuple[dict[int, PixelGrid], list[VGroup]]:
        """The misread ones, large, and the answer to each: the surest ones, if there are many."""
        judged, stage = self.subject.judged, self.stage
        wrong = np.flatnonzero(judged.right("network") == 0)
        forward = self.network.forward(np.stack([d.image.ravel() for d in self.digits]))
        surest = wrong[np.argsort(-forward.confidence[wrong], kind="stable")][:LIFTED]
        chosen = sorted(surest.tolist())
        tall = 8.4 if stage.stacked else stage.panel + 0.3
        columns, pitch = tiling(max(1, len(chosen)), 2 * stage.right, tall, aspect=PLACE)
        rows = -(-len(chosen) // columns)
        side = 0.88 * pitch
        lifted, signs = {}, []
        for place, number in enumerate(chosen):
            row, column = divmod(place, columns)
            in_row = min(columns, len(chosen) - row * columns)
            x = (column - (in_row - 1) / 2) * pitch
            y = stage.middle + ((rows - 1) / 2 - row) * pitch * PLACE + 0.15 * pitch
            digit = self.digits[number]
            lifted[number] = self.small(number, side).move_to([x, y, 0])
            answer = self.number("answer", "network", digit)
            sign = sentence(
                self.text("lifted-sign", answer="{answer}", name="{name}"),
                answer=LiveNumber(
                    answer, places=0, size=1.2 * style.TITLE_SIZE, color=style.WRONG_COLOR
                ),
                name=LiveNumber(self.number("label", digit), places=0),
            )
            signs.append(sign.move_to([x, y - side / 2 - 0.36, 0]))
        return lifted, signs

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
            self.come_up(picture.animate.move_to(self.stage.first))
            self.next_cue()
            self.play(*self.the_answer(), run_time=1.0)
            self.hold(1.6)

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
        colors = self.color_of(self.mistake), style.TEXT_COLOR
        for end, color in zip(ends, colors, strict=True):
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
            away = [FadeOut(*self.shown, *([picture] if stage.stacked else []), run_time=0.7)]
            if not stage.stacked:
                aside = picture.animate(run_time=1.0).scale(0.55).set_x(stage.left + 1.5)
                away.append(aside)
            coming = FadeIn(hidden, ends[0], signs[0][0], run_time=0.8)
            self.play(AnimationGroup(*away), AnimationGroup(coming, lag_ratio=0.5))
            self.play(Propagate(bundles[0], ends[0], run_time=2.0))
            self.play(FadeIn(signs[0][1]), run_time=0.4)
            self.next_cue()
            self.play(FadeIn(labels[0]), run_time=0.8)
            self.hold(1.6)
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
            self.hold(1.6)
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

    def pixel_by_pixel(self, picture: PixelGrid) -> PixelGrid:
        """5. A 3 becomes a 9, pixel by pixel, and every picture on the way is read."""
        stage, (first, second) = self.stage, self.pair
        order = switching(first.image, second.image)
        outputs = self.subject.judged.outputs_between(first.image, second.image)
        answers, every = outputs.argmax(axis=1), len(order)
        tip = int(self.number("tips", first, second).value)
        before = max(tip - 1, 0)
        counts = sorted({0, before, tip, every})
        readings = {count: self.read_switched(first, second, count) for count in counts}
        moments = [Quantities(switched(first.image, second.image, n), "") for n in range(every + 1)]
        lights = [Quantities(row, "", len(self.network.sizes) - 1) for row in outputs]
        says = [Quantity(float(answer), "") for answer in answers]
        switches = [Quantity(float(n), "") for n in range(every + 1)]
        for count, reading in readings.items():
            moments[count] = reading.picture
            lights[count] = reading.layer(len(reading.sizes) - 1)
            says[count] = reading.prediction
            switches[count] = self.switches(first, second, count, tip, every)

        grid = PixelGrid(moments[0], stage.panel).move_to(stage.first)
        layer, signs, (ring,), (big, _said) = self.outputs_of(readings[0], plain=True)
        assert isinstance(layer, NeuronLayer) and isinstance(big, LiveNumber)
        names, numbers = signs
        shown = [[light.one(place) for light in lights] for place in range(len(layer))]
        counter = LiveNumber(switches[0], places=0, size=style.TITLE_SIZE, color=style.TEXT_COLOR)
        changed = Words(self.text("pixels-changed"), color=style.QUIET_COLOR)
        changed.move_to([big.get_x(), big.get_y() - 1.95, 0])
        changed.shift(min(0.0, stage.right - float(changed.get_right()[0])) * RIGHT)
        counter.pass_by(every).next_to(changed, UP, buff=0.2, aligned_edge=LEFT)
        counted = VGroup(counter.pass_by(0), changed)
        held = [
            (grid, moments),
            (layer, lights),
            (big, says),
            (counter, switches),
            *zip(numbers, shown, strict=True),
        ]
        at_end = int(answers[-1])
        tipped = answers[0] != at_end
        with self.beat(
            "tipping",
            words="tipping" if tipped else "never-tips",
            tip=tip,
            before=int(answers[before]),
            after=at_end,
            every=every,
        ):
            coming = [FadeOut(*self.shown, run_time=0.8)]
            if stage.stacked:
                self.play(*coming, FadeIn(grid, layer, run_time=1.0))
            else:
                self.play(*coming, picture.animate(run_time=1.2).become(grid), FadeIn(layer))
                self.remove(picture)
                self.add(grid)
            self.play(
                layer.animate.set_level(1), FadeIn(names, numbers, ring, big, counted), run_time=0.8
            )
            if tipped:
                self.play(Epochs(range(before + 1), held, run_time=3.2))
                self.next_cue()
                pixel = grid.part([int(order[tip - 1])])
                spot = Circle(0.34, color=style.ACCENT_COLOR, stroke_width=4).move_to(pixel)
                self.play(Create(spot), run_time=0.6)
                self.play(Epochs(range(before, tip + 1), held, run_time=0.4))
                self.play(ring.animate.move_to(layer.centers[at_end]), FadeOut(spot), run_time=0.8)
                self.next_cue()
            self.play(Epochs(range(tip, every + 1), held, run_time=3.2))
            self.hold(1.2)
        self.shown = [layer, signs, ring, big, counted]
        return grid

    def read_switched(self, first: Digit, second: Digit, count: int) -> Reading:
        """What the network makes of the first with so many pixels of the second."""
        made = source("switched", first.name, second.name, count)
        return self.read_made(made, switched(first.image, second.image, count))

    def switches(self, first: Digit, second: Digit, count: int, tip: int, every: int) -> Quantity:
        """How many pixels are switched, by what is special about that number."""
        text = source("tips", first.name, second.name)
        if count == every:
            return self.number(f"count({source('differing', first.name, second.name)})")
        if count == 0 and tip != 0:
            return self.number(f"{text} - {tip}" if tip else text)
        return self.number(text if count == tip else f"{text} - 1")

    def noise(self, picture: PixelGrid) -> None:
        """6. and 7. A picture of nothing, and an answer all the same."""
        stage = self.stage
        image = noise(self.noise_seed, self.mistake.digit.image.shape)
        reading = self.read_made(f"noise({self.noise_seed})", image)
        grid = PixelGrid(reading.picture, stage.panel).move_to(stage.first)
        outputs, (names, numbers), *others = self.shown
        assert isinstance(outputs, NeuronLayer)
        with self.beat("noise"):
            # The outputs stay, and wait in the dark.
            self.play(
                FadeOut(numbers, *others, run_time=0.9),
                outputs.animate(run_time=0.9).set_level(0),
                picture.animate(run_time=2.2).become(grid),
            )
            self.remove(picture)
            self.add(grid)
            self.next_cue()
            self.hold(0.8)
        self.shown = self.outputs_of(reading)
        self.remove(outputs, names)
        with self.beat(
            "anyway",
            answer=reading.answer,
            activation=f"{reading.confidence.value:.2f}",
            noises=NOISES,
        ):
            self.come_up()
            self.play(*self.the_answer(), run_time=1.0)
            self.next_cue()
            self.hold(0.6)
            self.next_cue()
            self.hold(1.6)

    # --- outputs ----------------------------------------------------------------------------------
    def color_of(self, reading: Reading) -> str:
        """Of an answer: red if it is wrong."""
        right = reading.label in (None, reading.answer)
        return style.ACCENT_COLOR if right else style.WRONG_COLOR

    def outputs_of(self, reading: Reading, *, plain: bool = False) -> list[NeuronLayer | VGroup]:
        """The outputs, what they stand for, their activations, and the answer in large.

        If ``plain``, nothing is said of the answer, and no number is lit more than another.
        """
        last = len(reading.sizes) - 1
        answer, color = reading.answer, self.color_of(reading)
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
            lit = number == answer and not plain
            names.add(Words(str(number)).next_to(center, RIGHT, buff=0.38))
            shown = LiveNumber(values.one(number), color=color if lit else style.QUIET_COLOR)
            numbers.add(shown.move_to(center + 1.35 * RIGHT))
        ring = Circle(float(outputs.half[answer]) + 0.09, color=color, stroke_width=5)
        ring.move_to(outputs.centers[answer])
        big = LiveNumber(reading.prediction, places=0, size=4 * style.TITLE_SIZE, color=color)
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

    def come_up(self, *meanwhile: Animation) -> None:
        """The outputs appear, and come up to their activations."""
        outputs, numbers, *_ = self.shown
        assert isinstance(outputs, NeuronLayer)
        self.play(FadeIn(outputs, numbers[0]), *meanwhile, run_time=0.9)
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


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """The same heights, from the top, moved down where two are nearer than ``gap``.

    All are then moved up by half of what the lowest was moved.
    """
    moved: list[float] = []
    for height in heights:
        moved.append(min(height, moved[-1] - gap) if moved else height)
    up = (heights[-1] - moved[-1]) / 2 if heights else 0.0
    return [height + up for height in moved]
