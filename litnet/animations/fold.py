"""A long row of numbers that folds into a picture, or a picture that unrolls."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Animation, linear

from litnet.animations.light import _ease
from litnet.mobjects.tiles import Tiles

OVERLAP = 0.5  # of the run time, in which one line is on its way


class Fold(Animation):
    """Tiles go to the places of others, ``lines`` of them one after the other."""

    def __init__(self, tiles: Tiles, to: Tiles, *, lines: int, **kwargs: Any) -> None:
        self.tiles, self.to = tiles, to
        n = len(tiles.values)
        self.leaves = (1 - OVERLAP) * (np.arange(n) * lines // n) / max(lines - 1, 1)
        super().__init__(tiles, rate_func=linear, **kwargs)

    def begin(self) -> None:
        """Keep the places that they leave."""
        self.start_points = self.tiles.points.copy()
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Move each line at its own time."""
        if alpha >= 1:
            self.tiles.points = self.to.points.copy()
            return
        p = _ease((alpha - self.leaves) / OVERLAP)
        both = np.concatenate((p, p))[:, None]
        self.tiles.points = self.start_points + (self.to.points - self.start_points) * both
