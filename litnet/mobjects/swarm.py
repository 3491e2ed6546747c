"""Many small pictures over a line, each at the place of its number."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar, Self

import cairo
import numpy as np

from litnet import style
from litnet.mobjects.cells import Cells
from litnet.record.quantities import Quantities
from litnet.style import Floats

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas
    from litnet.record.page import Page

FILL = 1.35  # of a picture's side, as a part of its room: the border of a digit is dark
FAINTEST = 0.3  # light of a picture of whose number nothing comes, as a part of its own


class Swarm(Cells):
    """Small pictures that stand over a line where their numbers are, stacked where they would meet.

    Parameters
    ----------
    images
        (n, rows, columns) in [0, 1].
    numbers
        (n,) the places of the pictures, with their source.
    lights
        (n,) how bright they are, 0 to 1, with their source.
    low, high
        The numbers at the two ends of the line.
    length, room
        Of the line, and the height of the highest stack, in scene units. The middle of the line is
        at the origin, at first.
    largest
        Side of a picture, at most.

    A picture is as bright as its own pixels where its light is 1, and a part of that where it is 0.
    """

    animated: ClassVar[tuple[str, ...]] = (*Cells.animated, "spread")

    def __init__(
        self,
        images: Floats,
        numbers: Quantities,
        lights: Quantities,
        *,
        low: float,
        high: float,
        length: float,
        room: float,
        largest: float = 0.42,
    ) -> None:
        self.stands: Floats = numbers.values.ravel().copy()
        self.stands_source = numbers.source
        x = ((self.stands - low) / (high - low) - 0.5) * length
        pitch, levels = stacked(x, room, largest)
        centers = np.stack((x, (levels + 0.5) * pitch, 0 * x), axis=1)
        super().__init__(
            centers,
            FILL * pitch / 2,
            lights,
            kind="digits",
            roundness=0,
            halo=0,
            rim=0,
            rim_light=0,
        )
        self.uniform = False
        self.spread = 1.0  # how far the numbers have taken their pictures apart
        self.unit, self.zero = length / (high - low), (0 - low) / (high - low) - 0.5
        self.zero *= length
        self.images: Floats = images.copy()
        self.digest = sha256(np.ascontiguousarray(self.images).tobytes()).hexdigest()

    def gathered(self, columns: int, pitch: float, middle: Floats) -> Self:
        """A copy in rows and columns around a point, where the pictures are before they go."""
        n = len(self)
        rows = -(-n // columns)
        row, column = np.divmod(np.arange(n), columns)
        copy = self.copy()
        centers = np.stack(
            ((column - (columns - 1) / 2) * pitch, ((rows - 1) / 2 - row) * pitch, 0.0 * row),
            axis=1,
        )
        centers += middle
        corner = np.zeros_like(centers)
        corner[:, :2] = FILL * pitch / 2
        copy.points = np.concatenate((centers - corner, centers + corner))
        copy.spread = 0.0
        return copy

    def describe(self, page: Page) -> None:
        """How bright the pictures are; and their places, once they stand there."""
        super().describe(page)
        if self.opacity > 0 and self.spread == 1:
            centers = self.centers
            zeros = centers - np.stack((self.stands * self.unit, *(0 * centers.T[1:])), axis=1)
            page.measure("place", self.stands_source, self.stands, self.unit, zeros, centers)

    def draw(self, canvas: Canvas) -> None:
        """Each picture where it stands."""
        if self.opacity <= 0:
            return
        light = FAINTEST + (1 - FAINTEST) * self.light
        packed = canvas.packed(self.images * light[:, None, None] * self.opacity)
        _, rows, columns = packed.shape
        n = len(self)
        low, high = canvas.to_pixels(self.points[:n]), canvas.to_pixels(self.points[n:])
        context = canvas.context()
        # Light adds: a black ground hides nothing.
        context.set_operator(cairo.OPERATOR_ADD)
        for picture, (left, bottom), (right, top) in zip(
            packed, low.tolist(), high.tolist(), strict=True
        ):
            surface = cairo.ImageSurface.create_for_data(
                np.ascontiguousarray(picture).data, cairo.FORMAT_RGB24, columns, rows
            )
            pattern = cairo.SurfacePattern(surface)
            pattern.set_filter(cairo.FILTER_BILINEAR)
            across, down = columns / (right - left), rows / (bottom - top)
            pattern.set_matrix(cairo.Matrix(across, 0, 0, down, -left * across, -top * down))
            context.rectangle(left, top, right - left, bottom - top)
            context.set_source(pattern)
            context.fill()
        canvas.glow(
            self.centers,
            self.half,
            0.2 * self.light * self.spread,
            color=style.GLOW,
            opacity=self.opacity,
        )


def stacked(x: Floats, room: float, largest: float) -> tuple[float, Floats]:
    """The side of squares that stand at ``x`` (n,) and fit into a height, and the level of each.

    None lies over another; each is as low as it can be, from left to right.
    """
    pitch = largest
    while True:
        levels = np.zeros(len(x))
        ends: list[float] = []
        for number in np.argsort(x, kind="stable").tolist():
            level = next((n for n, end in enumerate(ends) if end <= x[number] + 1e-9), len(ends))
            ends[level : level + 1] = [float(x[number]) + pitch]
            levels[number] = level
        if len(ends) * pitch <= room or pitch < 0.02:
            return pitch, levels
        pitch *= 0.95
