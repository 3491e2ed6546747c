"""A soft light around a point, for what glows and is neither a pixel nor a neuron."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from litnet import style
from litnet.light.lit_mobject import LitMobject
from litnet.style import Floats

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas
    from litnet.record.page import Page


class Halo(LitMobject):
    """Light around ``center`` (3,), of ``radius`` scene units, as bright as ``strength``.

    It stands for no number; what it surrounds says what it means.
    """

    animated: ClassVar[tuple[str, ...]] = ("opacity", "strength")

    def __init__(self, center: Floats, radius: float, strength: float = 0.0) -> None:
        super().__init__()
        self.z_index = -1  # behind what it surrounds
        self.strength = float(strength)
        corner = np.array([radius, radius, 0.0])
        self.points = np.stack((center - corner, center + corner))

    def describe(self, page: Page) -> None:
        """It stands for no number."""

    def draw(self, canvas: Canvas) -> None:
        """Add the light."""
        center = self.points.mean(axis=0)[None]
        radius = (self.points[1:, 0] - self.points[:1, 0]) / 2
        strength = np.array([self.strength])
        canvas.glow(center, radius, strength, color=style.FLASH, opacity=self.opacity)
