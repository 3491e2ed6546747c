"""Why nobody writes such a program by hand: the obvious rules, tried on every bundled digit.

Each rule is really applied, to each of the bundled digits, and no digit is compared with an average
of which it is a part itself. How often a rule is wrong is counted, not said.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    AnimationGroup,
    Arrow,
    Circle,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    RoundedRectangle,
    VGroup,
    there_and_back,
)

from litnet import style
from litnet.animations import Judge, Sift
from litnet.mobjects import (
    Gallery,
    LiveNumber,
    NumberLine,
    PixelGrid,
    Words,
    in_line,
    liveliest_patch,
    sentence,
)
from litnet.mobjects.number_line import Places
from litnet.story.scene import LitScene
from litnet.story.subject import Digit
from litnet.style import Floats

PATCH = 5  # pixels on a side of the close-up
ROW = 20  # digits in a row of the gallery


class WriteAProgram(LitScene):
    """A grid of numbers in, one digit out: what would a program have to say?"""

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.lay_out()
        self.numbers_in()
        self.digit_out()
        self.count_ink()
        gallery = self.ink_on_all()
        self.compare_with_averages(gallery)
        gallery = self.averages_on_all()
        self.a_mistake(gallery)
        self.hard_to_write_down()

    # --- what is chosen, and why -------------------------------------------------------------
    @property
    def digits(self) -> list[Digit]:
        """The bundled digits, sorted by what they are."""
        return self.subject.sorted_digits

    @property
    def hand(self) -> Digit:
        """The digit that the story is about."""
        return self.subject.known_digit

    @cached_property
    def mistake(self) -> tuple[Digit, int]:
        """A digit that the averages misread, and what they take it for.

        Of those that are taken for what the subject is, if there are such, else of all, it is the
        one for which the wrong average wins by the most.
        """
        judged = self.subject.judged
        distances, labels = judged.all_distances("average"), judged.labels
        answers = distances.argmin(axis=1)
        wrong = [n for n in range(len(answers)) if answers[n] != labels[n]]
        alike = [n for n in wrong if answers[n] == self.hand.label]
        chosen = max(
            alike or wrong, key=lambda n: distances[n, labels[n]] - distances[n, answers[n]]
        )
        return self.digits[chosen], int(answers[chosen])

    # --- where things stand -----------------------------------------------------------------------
    def lay_out(self) -> None:
        """The places of what goes in, of the box, and of what comes out."""
        middle = self.stage.middle
        if self.stage.stacked:
            self.size, self.way, self.small = 2.6, DOWN, 1.15
            self.large, self.large_at = 4.4, np.array([0, middle + 0.6, 0])
            self.input_at = np.array([0, 4.0, 0])
            self.box_at, self.out_at = np.array([0, 0.2, 0]), np.array([0, -3.0, 0])
            box, self.opened_at, opened = (4.2, 1.9), np.array([0, -0.95, 0]), (7.1, 5.2)
            self.step = np.array([1.36, 2.4, 0])
        else:
            self.size, self.way, self.small = 3.4, RIGHT, 1.56
            self.large, self.large_at = 4.7, np.array([0, middle + 0.35, 0])
            self.input_at = np.array([self.stage.left + 1.7, middle, 0])
            self.box_at, self.out_at = np.array([0.45, middle, 0]), np.array([4.9, middle, 0])
            box, self.opened_at = (4.0, 2.4), np.array([2.03, middle, 0])
            opened = (8.6, 5.3)
            self.step = np.array([1.66, 2.5, 0])
        self.closed = self.frame(*box).move_to(self.box_at)
        self.opened = self.frame(*opened).move_to(self.opened_at)
        self.places = [
            self.opened_at + self.step * [label % 5 - 2, 0.5 - label // 5, 0] for label in range(10)
        ]

    def frame(self, width: float, height: float) -> RoundedRectangle:
        """The box, that large."""
        return RoundedRectangle(
            corner_radius=0.25,
            width=width,
            height=height,
            stroke_color=style.ACCENT_COLOR,
            stroke_width=4,
        )

    def picture(self, digit: Digit, height: float) -> PixelGrid:
        """A digit as a picture, that height."""
        return PixelGrid(digit.pixels, height)

    # --- the beats -------------------------------------------------------------------------------
    def numbers_in(self) -> None:
        """1. A patch of numbers, which turns out to be a part of a picture."""
        rows, columns = self.hand.image.shape
        own = self.picture(self.hand, self.large).move_to(self.large_at)
        chosen = liveliest_patch(self.hand.image, PATCH)
        small = own.part(chosen)
        patch = small.copy().scale(self.stage.panel / small.height)
        patch.move_to([0, self.stage.middle, 0])
        numbers = VGroup(
            *(
                LiveNumber(
                    number,
                    color=style.BACKGROUND_COLOR if number.value > 0.55 else style.TEXT_COLOR,
                ).move_to(center)
                for number, center in zip(
                    map(patch.numbers.one, patch.indices), patch.centers, strict=True
                )
            )
        )
        self.size_words = sentence(
            self.text("amount", rows="{rows}", columns="{columns}"),
            color=style.TEXT_COLOR,
            rows=LiveNumber(self.number("pixels.rows"), places=0),
            columns=LiveNumber(self.number("pixels.columns"), places=0),
        )
        self.size_words.next_to(own, DOWN, buff=0.25)
        with self.beat("numbers", rows=rows, columns=columns):
            self.play(FadeIn(patch), run_time=0.6)
            self.play(LaggedStart(*map(FadeIn, numbers), lag_ratio=0.04), run_time=1.4)
            self.next_cue()
            # The patch goes to its place while the rest of the picture comes up around it.
            self.play(
                FadeOut(numbers, run_time=0.4),
                patch.animate(run_time=1.6).become(small),
                FadeIn(own, run_time=1.6),
            )
            self.play(FadeIn(self.size_words), run_time=0.6)
            self.remove(patch)
            self.hold(0.8)
        self.input = own

    @property
    def below_input(self) -> Floats:
        """Where words stand under the picture."""
        at: Floats = self.input_at + (self.size / 2 + (0.35 if self.stage.stacked else 0.5)) * DOWN
        return at

    def digit_out(self) -> None:
        """2. What comes out is one digit; in between stands an empty box."""
        label = int(self.hand.label or 0)
        self.answer = self.answer_of(self.hand)
        small = self.picture(self.hand, self.size).move_to(self.input_at)
        size_words = self.size_words.copy().move_to(self.below_input)
        look = {"buff": 0.25, "tip_length": 0.22, "max_tip_length_to_length_ratio": 0.5}
        into = Arrow(
            self.edge(small, 1) + (0.55 * DOWN if self.stage.stacked else 0 * DOWN),
            self.edge(self.closed, -1),
            **look,
        )
        out = Arrow(self.edge(self.closed, 1), self.edge(self.answer, -1), **look)
        self.arrows = VGroup(into, out).set_color(style.QUIET_COLOR)
        self.mark = Words("?", 2.2 * style.TITLE_SIZE, style.ACCENT_COLOR).move_to(self.box_at)
        self.box = self.closed.copy()
        with self.beat("box", name=label):
            self.play(
                self.input.animate.become(small),
                self.size_words.animate.become(size_words),
                Create(self.box),
                run_time=1.3,
            )
            self.play(
                Create(into), Create(out), FadeIn(self.answer, shift=0.3 * self.way), run_time=1.0
            )
            self.next_cue()
            self.play(FadeIn(self.mark, scale=0.6), run_time=1.0)
            self.play(self.mark.animate.scale(1.15), run_time=0.8, rate_func=there_and_back)
            self.hold(0.8)

    def edge(self, mobject: object, side: int) -> Floats:
        """The middle of the side that looks along the way, or of the one that looks back."""
        found: Floats = mobject.get_edge_center(side * self.way)  # type: ignore[attr-defined]
        return found

    def count_ink(self) -> None:
        """3. The first rule: how much ink is there?"""
        answer = int(self.number("answer", "ink", self.hand).value)
        own = self.number("ink", self.hand)
        means = [self.number("ink", label, self.hand) for label in range(10)]
        most = max(own.value, *(mean.value for mean in means))
        high = 20.0 * math.ceil(1.05 * most / 20)
        length = self.opened.width - 1.2
        ruler = NumberLine(own, low=0, high=high, length=length, places=1)
        ruler.shift(self.opened_at + 0.75 * UP - ruler.line.points.mean(axis=0))
        places = Places(ruler, means, [str(label) for label in range(10)])
        ruler.pass_by(0)
        ours = Words(self.text("its-ink"), color=style.QUIET_COLOR)
        ours.move_to([self.opened_at[0], float(self.opened.get_top()[1]) - 0.45, 0])
        theirs = Words(self.text("usual-ink"), color=style.QUIET_COLOR)
        theirs.move_to([self.opened_at[0], float(self.opened.get_bottom()[1]) + 0.4, 0])
        nearest = places.names[answer]
        ring = Circle(0.36, color=style.ACCENT_COLOR, stroke_width=3).move_to(nearest)
        with self.beat("ink", answer=answer):
            # Out with the answer before the box grows over its place.
            self.play(FadeOut(self.mark, self.arrows, self.answer, self.size_words), run_time=0.5)
            self.play(
                self.box.animate.become(self.opened),
                FadeIn(ruler, ours, run_time=1.0),
                run_time=1.0,
            )
            self.play(Sift(self.input, self.input.copy(), ruler, run_time=2.4))
            self.next_cue()
            self.play(
                LaggedStart(*(FadeIn(places.one(n)) for n in range(10)), lag_ratio=0.15),
                FadeIn(theirs),
                run_time=1.8,
            )
            self.next_cue()
            self.play(
                Create(ring),
                places.spots[answer].animate.set(lit=1.0),
                nearest.animate.set_color(style.ACCENT_COLOR),
                run_time=0.9,
            )
            self.hold(1.0)
        self.tried = [ruler, places, ours, theirs, ring]

    def ring(self, place: Floats, height: float) -> RoundedRectangle:
        """What points at the nearest of the ten."""
        return RoundedRectangle(
            corner_radius=0.15,
            width=self.step[0] - 0.08,
            height=height,
            stroke_color=style.ACCENT_COLOR,
            stroke_width=3,
        ).move_to(place)

    def board(self, rule: str) -> tuple[Gallery, LiveNumber, VGroup]:
        """Every bundled digit, and beside them how many a rule gets wrong: none yet."""
        images = np.stack([digit.image for digit in self.digits])
        unjudged = self.numbers("unjudged")
        gallery = Gallery.on_stage(images, unjudged, self.stage, columns=ROW, beside=2.7)
        count, words = gallery.tally(
            self.number(f"wrong({rule})"),
            self.stage,
            Words(self.text("wrong"), color=style.QUIET_COLOR),
            in_line(
                Words(self.text("of")), LiveNumber(self.number("len(digits)"), places=0), buff=0.16
            ),
        )
        return gallery, count, words

    def judge(self, rule: str, gallery: Gallery, count: LiveNumber) -> None:
        """Try a rule on all of them."""
        self.play(Judge(gallery, self.numbers(f"right({rule})"), count, run_time=3.6))

    def ink_on_all(self) -> Gallery:
        """4. The first rule on every digit."""
        gallery, count, words = self.board("ink")
        wrong = int(count.quantity.value)
        with self.beat("ink-on-all", wrong=wrong, total=len(self.digits)):
            leaving = FadeOut(*self.tried, self.input, self.box, run_time=0.7)
            self.play(AnimationGroup(leaving, FadeIn(gallery, run_time=1.0), lag_ratio=0.4))
            self.play(FadeIn(count, words), run_time=0.5)
            self.next_cue()
            self.judge("ink", gallery, count)
            self.next_cue()
            self.hold(1.0)
        self.board_words = VGroup(count, words)
        return gallery

    def compare_with_averages(self, gallery: Gallery) -> None:
        """5. The second rule: which average is the nearest?"""
        answer = int(self.number("answer", "average", self.hand).value)
        means, values = [], []
        for label, place in enumerate(self.places):
            means.append(self.average(label, self.hand, self.small))
            means[-1].move_to(place + 0.28 * UP)
            values.append(
                self.distance(label, self.hand).move_to(place + (self.small / 2 + 0.12) * DOWN)
            )
        ring = self.ring(self.places[answer], self.small + 0.85)
        with self.beat("averages", answer=answer):
            leaving = FadeOut(gallery, self.board_words, run_time=0.7)
            coming = FadeIn(self.input, self.box, run_time=0.8)
            self.play(AnimationGroup(leaving, coming, lag_ratio=0.6))
            self.play(LaggedStart(*map(FadeIn, means), lag_ratio=0.15), run_time=2.0)
            self.next_cue()
            self.play(LaggedStart(*map(FadeIn, values), lag_ratio=0.15), run_time=1.6)
            self.next_cue()
            self.play(
                Create(ring), values[answer].animate.set_color(style.ACCENT_COLOR), run_time=0.9
            )
            self.hold(1.0)
        self.tried = [*values, ring]
        self.means = means

    def average(self, label: int, digit: Digit, height: float) -> PixelGrid:
        """The average of a label, without the digit that is compared with it."""
        return PixelGrid(self.numbers("average", label, digit, shape=digit.image.shape), height)

    def distance(self, label: int, digit: Digit) -> LiveNumber:
        """How far a digit is from an average."""
        number = self.number("distance", label, digit)
        return LiveNumber(number, places=3, color=style.QUIET_COLOR)

    def averages_on_all(self) -> Gallery:
        """6. The second rule on every digit: better, and still often wrong."""
        gallery, count, words = self.board("average")
        note = Words(self.text("kept-out"), color=style.QUIET_COLOR)
        note.next_to(gallery, UP, buff=0.16, aligned_edge=LEFT)
        with self.beat("averages-on-all", wrong=int(count.quantity.value), total=len(self.digits)):
            leaving = FadeOut(*self.tried, *self.means, self.input, self.box, run_time=0.7)
            coming = FadeIn(gallery, count, words, run_time=1.0)
            self.play(AnimationGroup(leaving, coming, lag_ratio=0.6))
            self.judge("average", gallery, count)
            self.next_cue()
            self.play(FadeIn(note), run_time=0.6)
            self.hold(1.0)
        self.board_words = VGroup(count, words, note)
        return gallery

    def a_mistake(self, gallery: Gallery) -> None:
        """7. One of the mistakes, and what it was taken for."""
        digit, taken_for = self.mistake
        place = self.digits.index(digit)
        is_really = int(digit.label or 0)
        if self.stage.stacked:
            size, mean_size = 3.6, 2.7
            at = np.array([0, 3.4, 0])
            beside = [np.array([x, -0.9, 0]) for x in (-1.85, 1.85)]
        else:
            size, mean_size = 4.4, 3.0
            at = np.array([self.stage.left + 2.5, self.stage.middle, 0])
            beside = [np.array([x, self.stage.middle, 0]) for x in (1.05, 4.6)]
        big = self.picture(digit, size).move_to(at)
        start = self.picture(digit, gallery.picture_height).move_to(gallery.centers[place])
        shown = []
        for label, there in zip((is_really, taken_for), beside, strict=True):
            mean = self.average(label, digit, mean_size).move_to(there)
            name = Words(self.text("average-of", digit=label), color=style.QUIET_COLOR)
            name.next_to(mean, UP, buff=0.25)
            value = self.distance(label, digit)
            value.next_to(mean, DOWN, buff=0.25)
            shown.append((mean, name, value))
        nearer = shown[1]
        ring = RoundedRectangle(
            corner_radius=0.15,
            width=mean_size + 0.35,
            height=mean_size + 1.75,
            stroke_color=style.WRONG_COLOR,
            stroke_width=3,
        ).move_to(VGroup(nearer[1], nearer[2]))
        with self.beat("mistake", name=is_really, answer=taken_for):
            self.add(start)
            self.play(
                FadeOut(gallery, self.board_words, run_time=0.9),
                start.animate(run_time=2.0).become(big),
            )
            self.next_cue()
            for mean, name, value in shown:
                self.play(FadeIn(mean, name, value, shift=0.2 * LEFT), run_time=0.9)
            self.play(Create(ring), nearer[2].animate.set_color(style.TEXT_COLOR), run_time=0.9)
            self.hold(1.2)
        self.example = [start, ring, *(part for parts in shown for part in parts)]

    def hard_to_write_down(self) -> None:
        """8. The box is empty again, whatever goes in, and whatever should come out."""
        self.box.become(self.closed)
        cues = iter((False, True, False, True))
        with self.beat("hard", name=self.hand.label):
            leaving = FadeOut(*self.example, run_time=0.8)
            back = (self.input, self.size_words, self.box, self.arrows, self.answer, self.mark)
            self.play(AnimationGroup(leaving, FadeIn(*back, run_time=1.0), lag_ratio=0.4))
            for digit in (*self.others, self.hand):
                if next(cues):
                    self.next_cue()
                answer = self.answer_of(digit)
                self.play(
                    self.input.animate.become(
                        self.picture(digit, self.size).move_to(self.input_at)
                    ),
                    FadeOut(self.answer, shift=0.3 * self.way),
                    FadeIn(answer, shift=0.3 * self.way),
                    run_time=0.9,
                )
                self.answer = answer
                self.wait(0.5)
            self.play(
                self.mark.animate.scale(1.25), self.box.animate.set_stroke(width=6), run_time=1.0
            )
            self.hold(1.0)

    @property
    def others(self) -> list[Digit]:
        """Three digits of other kinds, each the first of its label."""
        labels = [int(self.hand.label or 0) + step for step in (4, 5, 9)]
        return [
            next(digit for digit in self.digits if digit.label == label % 10) for label in labels
        ]

    def answer_of(self, digit: Digit) -> LiveNumber:
        """What should come out for a digit."""
        return LiveNumber(
            self.number("label", digit),
            places=0,
            size=3.4 * style.TITLE_SIZE,
            color=style.ACCENT_COLOR,
        ).move_to(self.out_at)
