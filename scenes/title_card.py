"""A wager, and the title of the film: a digit made of neurons that light up.

The wager is the digit that the network misreads most surely (or, if it misreads none, reads least
surely): the viewer is asked first, and FallsShort tells what the network said. Not a story, and no
clip of its own in a lesson: ``litnet render --film`` puts it first.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manim import DOWN, LEFT, UP, FadeIn, FadeOut, Group, Line, Uncreate, VGroup, linear, smooth
from manim.utils.rate_functions import squish_rate_func

from litnet import style
from litnet.animations.glimmer import Glimmer
from litnet.mobjects import NeuronLayer, PixelGrid, Words
from litnet.story.scene import LitScene

NAME_SIZE = 2.1 * style.TITLE_SIZE
BESIDE = 0.35  # the x at which the words begin, in a wide frame
SCATTER = 7  # seed of the order in which the neurons light up
TO_GUESS = 5.0  # seconds


class TitleCard(LitScene):
    """The film's title, after a question."""

    needs_digits = True

    def construct(self) -> None:
        """Ask, light up, and say what is to come."""
        self.network  # noqa: B018, what it cannot read is said before anything is drawn
        self.wager()
        self.card()

    def wager(self) -> None:
        """1. A wretched digit, and five seconds to say what it is."""
        stage = self.stage
        picture = PixelGrid(self.subject.telling_digit.pixels, stage.panel)
        picture.move_to([0, stage.middle + 0.1, 0])
        far = picture.copy()
        picture.scale(0.9).set_opacity(0)
        half, y = stage.panel / 2, picture.get_y() - stage.panel / 2 - 0.3
        time = Line([half, y, 0], [-half, y, 0], stroke_width=5, color=style.ACCENT_COLOR)
        with self.beat("wager"):
            self.add(picture)
            self.play(picture.animate.become(far), FadeIn(time), run_time=1.2)
            # The line is the time that is left.
            self.play(Uncreate(time, rate_func=backwards), run_time=TO_GUESS)
            self.next_cue()
            self.play(picture.animate.scale(0.96), run_time=3.0, rate_func=linear)
            self.hold(0.1)
        self.asked = picture

    def card(self) -> None:
        """2. The title."""
        picture = PixelGrid(self.digit.pixels, self.stage.panel)
        neurons = NeuronLayer.like(picture, pitch=self.stage.panel / self.digit.image.shape[0])
        name = Words(self.text("name"), NAME_SIZE, weight="SEMIBOLD")
        lines = VGroup(
            *(
                Words(line, style.TITLE_SIZE * 0.8, style.QUIET_COLOR)
                for line in self.text("subtitle").splitlines()
            )
        ).arrange(DOWN, buff=0.22, aligned_edge=LEFT)
        words = VGroup(name, lines).arrange(DOWN, buff=0.55, aligned_edge=LEFT)
        if self.stage.stacked:
            Group(neurons, words).arrange(DOWN, buff=0.9)
        else:
            neurons.move_to([self.stage.first[0], 0, 0])
            words.move_to([BESIDE, 0, 0], aligned_edge=LEFT)
        with self.beat("card", self.text("title")):
            self.play(FadeOut(self.asked, scale=0.9), run_time=0.6)
            self.play(
                Glimmer(neurons, np.random.default_rng(SCATTER), run_time=2.8),
                FadeIn(name, shift=0.15 * UP, run_time=2.8, rate_func=part(0.1, 0.45)),
                FadeIn(lines, shift=0.15 * UP, run_time=2.8, rate_func=part(0.35, 0.7)),
            )
            self.hold(2.0)


def backwards(alpha: float) -> float:
    """What manim's ``Uncreate`` runs by, evenly."""
    return 1 - alpha


def part(start: float, end: float) -> Callable[[float], float]:
    """Manim's smooth, in a part of the time."""
    return squish_rate_func(smooth, start, end)
