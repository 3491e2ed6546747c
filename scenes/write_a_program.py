"""Why nobody writes such a program by hand: the obvious rules, tried on every bundled digit.

Each rule is really applied, to each of the bundled digits, and no digit is compared with an average
of which it is a part itself. How often a rule is wrong is counted, not said.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    AnimationGroup,
    Arrow,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    RoundedRectangle,
    VGroup,
)

from litnet import style
from litnet.animations import Judge, Sift
from litnet.mobjects import Gallery, LiveNumber, PixelGrid, Words, liveliest_patch
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
            self.input_at = np.array([0, 4.0, 0])
            self.box_at, self.out_at = np.array([0, 0.2, 0]), np.array([0, -3.0, 0])
            box, self.opened_at, opened = (4.2, 1.9), np.array([0, -0.95, 0]), (7.1, 5.2)
            self.step = np.array([1.36, 2.4, 0])
        else:
            self.size, self.way, self.small = 3.4, RIGHT, 1.56
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
        own = self.picture(self.hand, self.size).move_to(self.input_at)
        chosen = liveliest_patch(self.hand.image, PATCH)
        small = own.part(chosen)
        patch = small.copy().scale(self.stage.panel / small.height)
        patch.move_to([0, self.stage.middle, 0])
        numbers = VGroup(
            *(
                LiveNumber(
                    number, color="#000000" if number.value > 0.55 else style.TEXT_COLOR
                ).move_to(center)
                for number, center in zip(
                    map(patch.numbers.one, patch.indices), patch.centers, strict=True
                )
            )
        )
        size = [
            LiveNumber(self.number("pixels.rows"), places=0),
            Words("×"),
            LiveNumber(self.number("pixels.columns"), places=0),
            Words(self.text("amount")),
        ]
        self.size_words = VGroup(*size).arrange(RIGHT, buff=0.16)
        self.beside(self.size_words)
        with self.beat("numbers", rows=rows, columns=columns):
            self.play(FadeIn(patch), run_time=0.7)
            self.play(LaggedStart(*map(FadeIn, numbers), lag_ratio=0.04), run_time=1.4)
            self.wait(0.8)
            self.next_cue()
            self.play(FadeOut(numbers), run_time=0.4)
            self.play(patch.animate.become(small), run_time=1.4)
            self.play(FadeIn(own), FadeIn(self.size_words), run_time=0.9)
            self.remove(patch)
            self.hold(1.2)
        self.input = own

    def beside(self, words: VGroup | LiveNumber) -> None:
        """Put words under the picture."""
        below = 0.35 if self.stage.stacked else 0.5
        words.move_to(self.input_at + (self.size / 2 + below) * DOWN)

    def digit_out(self) -> None:
        """2. What comes out is one digit; in between stands an empty box."""
        label = int(self.hand.label or 0)
        self.answer = LiveNumber(
            self.number("label", self.hand),
            places=0,
            size=3.4 * style.TITLE_SIZE,
            color=style.ACCENT_COLOR,
        ).move_to(self.out_at)
        look = {"buff": 0.25, "tip_length": 0.22, "max_tip_length_to_length_ratio": 0.5}
        into = Arrow(
            self.edge(self.input, 1) + (0.55 * DOWN if self.stage.stacked else 0 * DOWN),
            self.edge(self.closed, -1),
            **look,
        )
        out = Arrow(self.edge(self.closed, 1), self.edge(self.answer, -1), **look)
        self.arrows = VGroup(into, out).set_color(style.QUIET_COLOR)
        self.mark = Words("?", 2.2 * style.TITLE_SIZE, style.ACCENT_COLOR).move_to(self.box_at)
        self.box = self.closed.copy()
        with self.beat("box", name=label):
            self.play(Create(into), run_time=0.6)
            self.play(Create(self.box), run_time=1.0)
            self.play(Create(out), FadeIn(self.answer, shift=0.3 * self.way), run_time=1.0)
            self.next_cue()
            self.play(FadeIn(self.mark, scale=0.6), run_time=1.0)
            self.hold(1.4)

    def edge(self, mobject: object, side: int) -> Floats:
        """The middle of the side that looks along the way, or of the one that looks back."""
        found: Floats = mobject.get_edge_center(side * self.way)  # type: ignore[attr-defined]
        return found

    def count_ink(self) -> None:
        """3. The first rule: how much ink is there?"""
        answer = int(self.number("answer", "ink", self.hand).value)
        count = LiveNumber(
            self.number("ink", self.hand),
            places=1,
            size=style.TITLE_SIZE,
            color=style.ACCENT_COLOR,
        )
        self.beside(count)
        count.pass_by(0)
        names, values = [], []
        for label, place in enumerate(self.places):
            names.append(Words(str(label), 1.5 * style.TITLE_SIZE).move_to(place + 0.35 * UP))
            values.append(
                LiveNumber(
                    self.number("ink", label, self.hand),
                    places=1,
                    color=style.QUIET_COLOR,
                ).move_to(place + 0.5 * DOWN)
            )
        ring = self.ring(self.places[answer], 1.9)
        with self.beat("ink", answer=answer):
            self.play(
                FadeOut(self.mark, self.arrows, self.answer, self.size_words),
                self.box.animate.become(self.opened),
                run_time=1.2,
            )
            self.play(FadeIn(count), run_time=0.3)
            self.play(Sift(self.input, self.input.copy(), count, run_time=2.4))
            self.next_cue()
            self.play(
                LaggedStart(
                    *(FadeIn(n, v) for n, v in zip(names, values, strict=True)), lag_ratio=0.15
                ),
                run_time=1.8,
            )
            self.wait(0.6)
            self.next_cue()
            self.play(
                Create(ring), values[answer].animate.set_color(style.ACCENT_COLOR), run_time=0.9
            )
            self.hold(1.4)
        self.tried = VGroup(count, *names, *values, ring)

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
        count = LiveNumber(
            self.number(f"wrong({rule})"),
            places=0,
            size=2.2 * style.TITLE_SIZE,
            color=style.ACCENT_COLOR,
        )
        total = LiveNumber(self.number("len(digits)"), places=0)
        of = VGroup(Words(self.text("of")), total).arrange(RIGHT, buff=0.16)
        said = Words(self.text("wrong"), color=style.QUIET_COLOR)
        if self.stage.stacked:
            at = gallery.get_bottom() + 1.2 * DOWN
        else:
            at = np.array([self.stage.right - 1.2, self.stage.middle + 0.55, 0])
        count.pass_by(0).center_on(at, widest=100)
        # The number keeps its left end, and so its words stand below that.
        left = count.get_left() * RIGHT
        for words, below in ((said, 0.95), (of, 1.45)):
            words.move_to(left + (at + below * DOWN) * UP, aligned_edge=LEFT)
        return gallery, count, VGroup(said, of)

    def judge(self, rule: str, gallery: Gallery, count: LiveNumber) -> None:
        """Try a rule on all of them."""
        self.play(Judge(gallery, self.numbers(f"right({rule})"), count, run_time=3.6))

    def ink_on_all(self) -> Gallery:
        """4. The first rule on every digit."""
        gallery, count, words = self.board("ink")
        wrong = int(count.quantity.value)
        with self.beat("ink-on-all", wrong=wrong, total=len(self.digits)):
            leaving = FadeOut(self.tried, self.input, self.box, run_time=0.7)
            self.play(AnimationGroup(leaving, FadeIn(gallery, run_time=1.0), lag_ratio=0.6))
            self.play(FadeIn(count, words), run_time=0.5)
            self.next_cue()
            self.judge("ink", gallery, count)
            self.next_cue()
            self.hold(2.0)
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
            self.hold(1.4)
        self.tried = VGroup(*values, ring)
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
            leaving = FadeOut(self.tried, *self.means, self.input, self.box, run_time=0.7)
            coming = FadeIn(gallery, count, words, run_time=1.0)
            self.play(AnimationGroup(leaving, coming, lag_ratio=0.6))
            self.judge("average", gallery, count)
            self.next_cue()
            self.play(FadeIn(note), run_time=0.6)
            self.hold(2.0)
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
            self.wait(0.4)
            self.next_cue()
            for mean, name, value in shown:
                self.play(FadeIn(mean, name, value, shift=0.2 * LEFT), run_time=0.9)
            self.play(Create(ring), nearer[2].animate.set_color(style.TEXT_COLOR), run_time=0.9)
            self.hold(1.8)
        self.example = [start, ring, *(part for parts in shown for part in parts)]

    def hard_to_write_down(self) -> None:
        """8. The box is empty again."""
        self.box.become(self.closed)
        with self.beat("hard", name=self.hand.label):
            leaving = FadeOut(*self.example, run_time=0.8)
            back = (self.input, self.size_words, self.box, self.arrows, self.answer, self.mark)
            self.play(AnimationGroup(leaving, FadeIn(*back, run_time=1.2), lag_ratio=0.6))
            self.next_cue()
            self.play(self.mark.animate.scale(1.25), run_time=1.2)
            self.next_cue()
            self.play(self.box.animate.set_stroke(width=6), run_time=1.2)
            self.hold(1.8)
