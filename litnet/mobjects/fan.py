"""Directions that differ from one direction, as lines that spread from a point."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from litnet import style
from litnet.light.lit_mobject import LitMobject
from litnet.light.strokes import arc, strokes
from litnet.record.quantities import Quantities
from litnet.style import Floats

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas
    from litnet.record.page import Page

ACROSS = 90.0  # degrees; what is further away leads back
LINE = 0.5  # of the width of other strokes
LIGHT = 0.55


class Fan(LitMobject):
    """Lines from a point, each as far from straight down as a number of degrees says.

    Directions in a space of many weights have true angles to one of them, and no left and right:
    they stand on either side by turns, and a film says so. What is further away than a right angle
    leads up, and is red.

    Parameters
    ----------
    numbers
        (n,) degrees from 0 to 180, with their source: ``run.angles(3, 32, 40)``.
    radius
        The length of the lines, in scene units.

    ``level`` is how far they have spread, 0 to 1.
    """

    animated: ClassVar[tuple[str, ...]] = ("opacity", "level")
    taken_over: ClassVar[tuple[str, ...]] = ("source",)

    def __init__(self, numbers: Quantities, radius: float) -> None:
        super().__init__()
        self.values: Floats = numbers.values.ravel().copy()
        self.source = numbers.source
        self.level = 1.0
        self.points = np.array([[0.0, 0.0, 0.0], [0.0, -radius, 0.0]])

    def set_level(self, level: float) -> Self:
        """Spread them a part of the way."""
        self.level = float(level)
        return self

    @property
    def tips(self) -> Floats:
        """(n, 3) where they end."""
        center, down = self.points
        sides = np.where(np.arange(len(self.values)) % 2, 1.0, -1.0)
        angles = np.radians(self.level * self.values) * sides
        radius = float(np.linalg.norm(down - center))
        ways = np.stack((np.sin(angles), -np.cos(angles), np.zeros(len(angles))), axis=1)
        tips: Floats = center + radius * ways
        return tips

    def describe(self, page: Page) -> None:
        """The degrees, once the lines have spread."""
        if self.opacity > 0 and self.level == 1:
            centers = np.tile(self.points[0], (len(self.values), 1))
            page.measure("fan", self.source, self.values, np.pi / 180, centers, self.tips)

    def draw(self, canvas: Canvas) -> None:
        """The lines, a mark where each ends, and straight down."""
        center, down = self.points
        strokes(
            canvas,
            [np.stack((center, center + 1.08 * (down - center)))],
            width=style.SCALE_WIDTH,
            color=style.STRUCTURE,
            opacity=self.opacity,
        )
        back = self.level * self.values > ACROSS
        for chosen, color in ((~back, style.SHINE), (back, style.WRONG)):
            tips = self.tips[chosen]
            if not len(tips):
                continue
            strokes(
                canvas,
                [np.stack((center, tip)) for tip in tips],
                width=LINE * style.STROKE_WIDTH,
                color=color,
                light=LIGHT,
                glow=0.3 * style.STROKE_GLOW_LIGHT,
                opacity=self.opacity,
            )
            strokes(
                canvas,
                [arc(tip, 0.035, 0, 2 * np.pi) for tip in tips],
                width=0.035,
                color=color,
                opacity=self.opacity,
                filled=True,
            )
