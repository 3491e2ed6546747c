"""The title of the second film: the weights of one neuron, from dice to what it learned.

Each picture is that of a snapshot of the run. Not a story, and no clip of its own in a lesson:
``litnet render --film learning`` puts it first.
"""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, UP, FadeIn, Group, VGroup

from litnet import style
from litnet.animations import Epochs
from litnet.mobjects import SignedGrid, Words
from litnet.story.scene import LitScene

NAME_SIZE = 1.55 * style.TITLE_SIZE
BESIDE = 0.35  # the x at which the words begin, in a wide frame
TICK = 0.3  # seconds from one snapshot to the next


class LearningCard(LitScene):
    """The film's title, beside a neuron that learns."""

    shows_learning = True

    def construct(self) -> None:
        """Throw, learn, and say what is to come."""
        run, stage = self.run, self.stage
        moments = range(run.last + 1)
        # The neuron whose weights went farthest.
        first, last = (run.weights(moment, 1).values for moment in (0, run.last))
        neuron = int(np.linalg.norm(last - first, axis=1).argmax())
        of = [run.weights_to(moment, 1, neuron) for moment in moments]
        scale = float(np.median(np.abs(of[-1].values[of[-1].values != 0])))
        grid = SignedGrid(of[0], stage.panel, scale=scale)
        name = Words(self.text("name"), NAME_SIZE, weight="SEMIBOLD")
        lines = VGroup(
            *(
                Words(line, style.TITLE_SIZE * 0.8, style.QUIET_COLOR)
                for line in self.text("subtitle").splitlines()
            )
        ).arrange(DOWN, buff=0.22, aligned_edge=LEFT)
        words = VGroup(name, lines).arrange(DOWN, buff=0.55, aligned_edge=LEFT)
        if stage.stacked:
            Group(grid, words).arrange(DOWN, buff=0.9).shift(0.6 * UP)
        else:
            grid.move_to([stage.first[0], stage.middle, 0])
            words.move_to([BESIDE, stage.middle, 0], aligned_edge=LEFT)
        with self.beat("dice"):
            self.play(FadeIn(grid), run_time=1.2)
            self.hold(0.6)
        with self.beat("card", self.text("title")):
            self.play(Epochs(list(moments), [(grid, of)], run_time=TICK * run.last))
            self.play(FadeIn(name, shift=0.15 * UP), FadeIn(lines, shift=0.15 * UP), run_time=1.2)
            self.hold(2.2)
