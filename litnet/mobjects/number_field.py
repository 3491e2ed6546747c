"""All numbers of a network as one field of light."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
import numpy.typing as npt

from litnet import style
from litnet.mobjects.cells import PlacedCells, grid_centers
from litnet.record.quantities import Quantities
from litnet.style import Floats

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas
    from litnet.record.page import Page

FILL = 0.82  # a light, as a part of the distance between two
MOST = 16_384  # numbers that are shown; more could not be seen apart


class NumberField(PlacedCells):
    """Signed numbers in rows and columns that fill a room, as colour and light.

    Parameters
    ----------
    numbers
        (n,) with their source, such as ``reading.parameters``.
    width, height
        The room, in scene units.
    scale
        How large a number is that gets 63 % of the light; by default the median size of those
        that are not zero.

    They stand row by row from the top left; the last row may be shorter. Each is an orange square
    (above zero) or a smaller blue disc (below). ``level`` (n,) is how far a number's light has come
    up, and ``lift`` (n,) how high over its place it still is, in scene units.
    """

    animated: ClassVar[tuple[str, ...]] = ("opacity", "values", "scale_of_light", "level", "lift")
    taken_over: ClassVar[tuple[str, ...]] = ("source",)

    def __init__(
        self, numbers: Quantities, width: float, height: float, *, scale: float | None = None
    ) -> None:
        n = len(numbers)
        self.columns = min(n, max(1, round(math.sqrt(n * width / height))))
        self.rows = math.ceil(n / self.columns)
        pitch = min(width / self.columns, height / self.rows)
        super().__init__(grid_centers(self.rows, self.columns, pitch)[:n], pitch / 2 * FILL)
        self.pitch = pitch
        self.hold(numbers)
        sizes = np.abs(self.values[self.values != 0])
        self.scale_of_light = scale or (float(np.median(sizes)) if sizes.size else 1.0)
        self.level: Floats = np.ones(n)
        self.lift: Floats = np.zeros(n)

    def hold(self, numbers: Quantities) -> Self:
        """Hold other numbers, as many, on the same scale."""
        self.values, self.source = numbers.values.ravel().copy(), numbers.source
        return self

    def set_level(self, level: float) -> Self:
        """Bring the light of every number to a part of what it is."""
        self.level = np.full(len(self), float(level))
        return self

    @property
    def row(self) -> npt.NDArray[np.intp]:
        """(n,) the row of each, from the top."""
        return np.arange(len(self)) // self.columns

    @property
    def light(self) -> Floats:
        """(n,) 0 to 1, before the opacity."""
        return self.level * style.signed_light(self.values, self.scale_of_light)

    @property
    def colors(self) -> Floats:
        """(n, 3) the sRGB colour of each one's middle, 0 to 1, before the opacity."""
        tint = np.where(self.values[:, None] < 0, style.NEGATIVE, style.POSITIVE)
        return style.lit(self.light, tint)

    def describe(self, page: Page) -> None:
        """Its numbers, once all are there."""
        if self.opacity <= 0 or self.level.min() < 1:
            return
        told = self.signed(page, self.source, self.scale_of_light, self.values, self.colors)
        page.signed.append(told)

    def draw(self, canvas: Canvas) -> None:
        """Paint the numbers."""
        if self.opacity <= 0:
            return
        falling = self.lift > 0
        self._paint(canvas, self.centers, np.where(falling, 0.0, self.light))
        if falling.any():
            above = self.centers[falling]
            above[:, 1] += self.lift[falling]
            self._paint(canvas, above, self.light[falling], falling)

    def _paint(
        self,
        canvas: Canvas,
        centers: Floats,
        light: Floats,
        chosen: npt.NDArray[np.bool_] | slice = slice(None),
    ) -> None:
        values, half = self.values[chosen], self.half[chosen]
        below = (values < 0).astype(float)
        canvas.cells(
            centers,
            half * (1 - (1 - style.NEGATIVE_SIZE) * below),
            below,
            light,
            rim=np.zeros(len(values)),
            rim_light=np.zeros(len(values)),
            opacity=self.opacity,
            tint=np.where(values[:, None] < 0, style.NEGATIVE, style.POSITIVE),
        )
