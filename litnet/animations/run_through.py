"""Light that goes from one line to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import Animation, Group, linear

from litnet.animations.light import _ease
from litnet.mobjects.glyphs import Glyphs

AFTERGLOW = 0.25  # light that is left on a line that has run
RISE = 0.3  # of a line's time


class RunThrough(Animation):
    """Lines of code, or parts of a formula, light one after the other, as they run.

    Each has the same time; what has run keeps a part of its light.
    """

    def __init__(self, lines: Sequence[Glyphs], **kwargs: Any) -> None:
        self.lines = list(lines)
        super().__init__(Group(*lines), rate_func=linear, **kwargs)

    def begin(self) -> None:
        """Keep the light that was there."""
        self.before = [line.lit for line in self.lines]
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Light the line whose time it is."""
        now = self.rate_func(alpha) * len(self.lines)
        for place, (line, before) in enumerate(zip(self.lines, self.before, strict=True)):
            rise, fall = _ease(np.array([(now - place) / RISE, (now - place - 1) / RISE]))
            lit = before + (1 - before) * float(rise)
            line.set_light(lit + (AFTERGLOW - lit) * float(fall))
