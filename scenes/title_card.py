"""The title of the film: a digit made of neurons that light up, and what it is all about.

Not a story, and no clip of its own in a lesson: ``litnet render --film`` puts it first.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manim import DOWN, LEFT, UP, FadeIn, VGroup, smooth
from manim.utils.rate_functions import squish_rate_func

from litnet import style
from litnet.animations.glimmer import Glimmer
from litnet.mobjects import NeuronLayer, PixelGrid, Words
from litnet.story.scene import LitScene

NAME_SIZE = 2.1 * style.TITLE_SIZE
BESIDE = 0.35  # the x at which the words begin, in a wide frame
SCATTER = 7  # seed of the order in which the neurons light up


class TitleCard(LitScene):
    """The film's title."""

    def construct(self) -> None:
        """Light up, and say what is to come."""
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
            VGroup(neurons, words).arrange(DOWN, buff=0.9)
        else:
            neurons.move_to([self.stage.first[0], 0, 0])
            words.move_to([BESIDE, 0, 0], aligned_edge=LEFT)
        with self.beat("card", self.text("title")):
            self.play(
                Glimmer(neurons, np.random.default_rng(SCATTER), run_time=2.8),
                FadeIn(name, shift=0.15 * UP, run_time=2.8, rate_func=part(0.15, 0.5)),
                FadeIn(lines, shift=0.15 * UP, run_time=2.8, rate_func=part(0.4, 0.75)),
            )
            self.hold(2.0)


def part(start: float, end: float) -> Callable[[float], float]:
    """Manim's smooth, in a part of the time."""
    return squish_rate_func(smooth, start, end)
