"""The cost over a plane of weight space, as lines of equal cost."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from litnet import style
from litnet.light.lit_mobject import LitMobject
from litnet.record.quantities import Quantities
from litnet.style import Floats

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas
    from litnet.light.coverage import Singles
    from litnet.record.page import Page

LINE = 0.011  # scene units, half the width of a line
HALO = 0.07  # and how far its halo reaches
DIM, VALLEY = 0.3, 0.22  # light of the highest line; light of the ground at the lowest place


class Contours(LitMobject):
    """Lines of equal cost over a plane; they are the brighter, the lower the cost.

    Parameters
    ----------
    costs
        (rows, columns) at places that are equally far apart, the lowest row first, with their
        source: ``self.numbers("plane(unseen, -8, 8, 41, -4, 4, 21)", shape=(21, 41))``.
    across, up
        The lowest and the highest coordinate of each direction.
    step
        The cost from one line to the next; a film prints it.
    width
        In scene units; both directions have one scale.

    Between the places at which the cost is known, lines are drawn through what a smooth (cubic)
    surface would have.
    """

    def __init__(
        self,
        costs: Quantities,
        across: tuple[float, float],
        up: tuple[float, float],
        *,
        step: float,
        width: float,
    ) -> None:
        super().__init__()
        if costs.values.ndim != 2 or not step > 0:
            raise ValueError("Contours need costs of shape (rows, columns), and a step above 0.")
        self.costs, self.source, self.step = costs.values, costs.source, float(step)
        self.across, self.up = across, up
        height = width * (up[1] - up[0]) / (across[1] - across[0])
        self.points = np.array([[-width / 2, -height / 2, 0], [width / 2, height / 2, 0]])
        # manim hashes long arrays by a shortened repr, so that the whole is told by its digest.
        self.digest = sha256(np.ascontiguousarray(self.costs).tobytes()).hexdigest()

    def at(self, across: float, up: float) -> Floats:
        """(3,) where a place of the plane is, in scene units."""
        low, high = self.points
        parts = [
            (value - ends[0]) / (ends[1] - ends[0])
            for value, ends in ((across, self.across), (up, self.up))
        ]
        place: Floats = low + (high - low) * np.array([*parts, 0.0])
        return place

    def describe(self, page: Page) -> None:
        """The costs, and where they are."""
        if self.opacity > 0:
            rows, columns = self.costs.shape
            ways = np.linspace(*self.across, columns), np.linspace(*self.up, rows)
            places = np.array([self.at(x, y) for y in ways[1] for x in ways[0]])
            page.measure("field", self.source, self.costs.ravel(), self.step, places, places)

    def draw(self, canvas: Canvas) -> None:
        """Add the light of the lines."""
        if self.opacity <= 0:
            return
        (left, bottom), (right, top) = canvas.to_pixels(self.points)
        size = (max(round(bottom - top), 2), max(round(right - left), 2))
        scale = canvas.scale
        light = canvas.remember(
            (self.digest, self.step, size, scale), lambda: self._light(size, scale)
        )
        canvas.lay(light * np.float32(self.opacity), style.SHINE, np.array([left, top]), 1.0)

    def _light(self, size: tuple[int, int], scale: float) -> Singles:
        """(height, width) of the picture, 0 to 1, the highest row first."""
        from scipy import ndimage  # which takes a quarter of a second

        rows, columns = self.costs.shape
        places = np.meshgrid(
            np.linspace(rows - 1, 0, size[0]), np.linspace(0, columns - 1, size[1]), indexing="ij"
        )
        cost = ndimage.map_coordinates(self.costs, places, order=3, mode="nearest")
        low, high = float(self.costs.min()), float(self.costs.max())
        depth = 1 - np.clip((cost - low) / max(high - low, 1e-12), 0, 1)
        level = cost / self.step
        slope = np.hypot(*np.gradient(level)) + 1e-6  # levels a pixel
        away = np.abs(level - np.round(level)) / slope / scale  # scene units
        line = np.exp(-((away / LINE) ** 2)) + 0.3 * np.exp(-away / HALO)
        line *= np.clip(0.2 / (slope * scale * LINE), 0, 1)  # where they would run together
        light: Singles = np.clip(line * (DIM + (1 - DIM) * depth**2) + VALLEY * depth**3, 0, 1)
        return light.astype(np.float32)
