"""Cells that light up one by one, as windows do in the evening."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Animation, linear

from litnet import style
from litnet.mobjects.cells import Cells
from litnet.style import Floats

RISE = 0.22  # of the run time, in which one cell comes up to its number
CENTER_FIRST = 0.55  # how much of the order is the distance from the middle; the rest is chance


class Glimmer(Animation):
    """Cells come up to their numbers in a scattered order, the middle ones first.

    Each glints as it comes, as strongly as it will shine; ``rng`` scatters them. The cells are
    brought on screen, and end as they were given.
    """

    def __init__(self, cells: Cells, rng: np.random.Generator, **kwargs: Any) -> None:
        self.cells = cells
        distance = np.linalg.norm(cells.centers - cells.get_center(), axis=1)
        near: Floats = distance / (distance.max() or 1.0)
        order = CENTER_FIRST * near + (1 - CENTER_FIRST) * rng.random(len(cells))
        self.arrival: Floats = (1 - RISE) * order
        super().__init__(cells, rate_func=linear, introducer=True, **kwargs)

    def begin(self) -> None:
        """Remember what the cells are to become."""
        self.end_level = self.cells.level.copy()
        self.end_flash = self.cells.flash.copy()
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Bring each cell up at its own time."""
        cells = self.cells
        if alpha >= 1:
            cells.level, cells.flash = self.end_level.copy(), self.end_flash.copy()
            return
        p = np.clip((alpha - self.arrival) / RISE, 0, 1)
        eased = p * p * (3 - 2 * p)
        cells.level = self.end_level * eased
        # A glint that rises with the light and is gone when the cell is as bright as it will be.
        shine = cells.scale_of_light.light(cells.values)
        cells.flash = self.end_flash + style.FLASH_STRENGTH * shine * 4 * eased * (1 - eased)
