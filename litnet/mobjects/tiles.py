"""Numbers as tiles of any proportions: a whole matrix of weights, or one row of it that folds."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import cairo
import numpy as np
import numpy.typing as npt

from litnet import style
from litnet.light.lit_mobject import LitMobject
from litnet.record.quantities import Quantities
from litnet.record.schema import Layer, Signed
from litnet.record.schema import LightScale as Scale
from litnet.style import Floats

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas
    from litnet.record.page import Page

GAP = 0.16  # between two rows of a matrix, as a part of the distance between their middles
FILL = 0.9  # of a tile that is large enough to be seen by itself
SEEN = 0.05  # scene units: from this side on it is


class _Numbers(LitMobject):
    """Numbers (n,) with their source, and the colour of each."""

    animated: ClassVar[tuple[str, ...]] = ("opacity", "values", "scale_of_light")
    taken_over: ClassVar[tuple[str, ...]] = ("source",)

    def __init__(self, numbers: Quantities, scale: float | None) -> None:
        super().__init__()
        self.values: Floats = numbers.values.ravel().copy()
        self.source = numbers.source
        sizes = np.abs(self.values[self.values != 0])
        self.scale_of_light = scale or (float(np.median(sizes)) if sizes.size else 1.0)

    def signed_in(self, canvas: Canvas) -> Floats:
        """(n, 3) what their light, in the colours of their signs, adds to a frame, 0 to 1."""
        below = self.values[:, None] < 0
        tint = canvas.ground.added(np.where(below, style.NEGATIVE, style.POSITIVE))
        added: Floats = style.signed_light(self.values, self.scale_of_light)[:, None] * tint
        return added

    def note(self, page: Page, source: str, values: Floats, middle: Floats, half: float) -> None:
        """Write a list of numbers into the record; the tiles are too small to claim a colour."""
        places = page.picture.to_pixels(middle)
        page.signed.append(
            Signed(
                source=source,
                scale=float(self.scale_of_light),
                x=tuple(np.round(places[:, 0], 2).tolist()),
                y=tuple(np.round(places[:, 1], 2).tolist()),
                radius=round(float(half * page.picture.scale), 3),
                value=tuple(values.tolist()),
                color=(None,) * len(values),
            )
        )


class WeightMatrix(_Numbers):
    """A whole matrix of signed numbers, row below row; two of its corners are its points.

    Parameters
    ----------
    numbers
        (rows, columns) with the source of the whole: ``Quantities(weights, "weights[1]")``; or of
        what each row contributes, ``"contributions[1]"``. The record has a list for each row.
    width, height
        In scene units; the middle is at the origin.
    scale
        How large a number is that gets 63 % of the light; by default the median size.

    ``row_light`` (rows,) is how much of its light each row has; ``reach`` is how much of each row
    is there, from the left, 0 to 1.
    """

    animated: ClassVar[tuple[str, ...]] = (*_Numbers.animated, "row_light", "reach")

    def __init__(
        self, numbers: Quantities, *, width: float, height: float, scale: float | None = None
    ) -> None:
        super().__init__(numbers, scale)
        self.shape = numbers.values.shape
        self.row_light: Floats = np.ones(self.shape[0])
        self.reach = 1.0
        corner = np.array([width / 2, height / 2, 0.0])
        self.points = np.stack((-corner, corner))

    @property
    def pitch(self) -> float:
        """From the middle of one row to the next."""
        return float((self.points[1, 1] - self.points[0, 1]) / self.shape[0])

    def light_rows(self, light: Floats | float) -> Self:
        """Give each row a part of its light."""
        self.row_light = np.broadcast_to(np.asarray(light, np.float64), self.shape[:1]).copy()
        return self

    def row_box(self, row: int) -> tuple[Floats, Floats]:
        """The lower left and the upper right corner of a row, (3,) each."""
        (left, _, _), (right, top, _) = self.points
        gap = GAP * self.pitch / 2
        low = np.array([left, top - (row + 1) * self.pitch + gap, 0.0])
        return low, np.array([right, top - row * self.pitch - gap, 0.0])

    def row(self, row: int) -> Tiles:
        """One row as tiles of its own, in its place."""
        low, high = self.row_box(row)
        columns = self.shape[1]
        values = self.values.reshape(self.shape)[row]
        numbers = Quantities(values, f"{self.source}[{row}]")
        tiles = Tiles(numbers, scale=self.scale_of_light)
        x = np.linspace(low[0], high[0], columns + 1)
        return tiles.stand(x[:-1], np.full(columns, low[1]), x[1:], np.full(columns, high[1]))

    def describe(self, page: Page) -> None:
        """A list for each row that can be seen."""
        if self.opacity <= 0 or self.reach < 1:
            return
        values, columns = self.values.reshape(self.shape), self.shape[1]
        for row in np.flatnonzero(self.row_light > 0).tolist():
            low, high = self.row_box(row)
            part = (np.arange(columns) + 0.5) / columns
            middle = low + (high - low) * np.stack((part, 0 * part + 0.5, 0 * part), axis=1)
            half = float(high[0] - low[0]) / columns / 2
            self.note(page, f"{self.source}[{row}]", values[row], middle, half)

    def draw(self, canvas: Canvas) -> None:
        """Each row as one strip of light."""
        if self.opacity <= 0:
            return
        rows, columns = self.shape
        colors = self.signed_in(canvas).reshape(rows, columns, 3)
        for row in np.flatnonzero(self.row_light > 0).tolist():
            light = self.opacity * self.row_light[row]
            _strip(canvas, *self.row_box(row), light * colors[row], self.reach)


class Tiles(_Numbers):
    """Numbers as rectangles, each where it likes; two corners of each are points.

    Light above zero is orange, below zero blue; with ``grey``, it is that of activations, and they
    are the input of the network.
    """

    def __init__(
        self, numbers: Quantities, *, scale: float | None = None, grey: bool = False
    ) -> None:
        super().__init__(numbers, scale)
        self.grey, self.layer, self.reading = grey, numbers.layer, numbers.reading
        self.low, self.high = numbers.low, numbers.high
        n = len(self.values)
        self.points = np.zeros((2 * n, 3))

    def stand(self, left: Floats, low: Floats, right: Floats, high: Floats) -> Self:
        """Take these places, (n,) each, in scene units."""
        zero = np.zeros(len(self.values))
        self.points = np.concatenate(
            (np.stack((left, low, zero), axis=1), np.stack((right, high, zero), axis=1))
        )
        return self

    def in_grid(self, rows: int, columns: int, width: float, height: float) -> Self:
        """Stand in rows and columns around the origin, the first at the top left."""
        row, column = np.divmod(np.arange(rows * columns), columns)
        across, down = width / columns, height / rows
        left = column * across - width / 2
        top = height / 2 - row * down
        # Tiles that can be seen by themselves are kept apart.
        apart = (1 - FILL) / 2 if min(across, down) >= SEEN else 0.0
        x, y = apart * across, apart * down
        return self.stand(left + x, top - down + y, left + across - x, top - y)

    @property
    def middles(self) -> Floats:
        """(n, 3) scene units."""
        n = len(self.values)
        middle: Floats = (self.points[:n] + self.points[n:]) / 2
        return middle

    def added_to(self, canvas: Canvas) -> Floats:
        """(n, 3) what each adds to a frame, 0 to 1."""
        if not self.grey:
            return self.signed_in(canvas)
        light = style.LightScale(self.low, self.high).light(self.values)
        added: Floats = light[:, None] * canvas.ground.full
        return added

    def describe(self, page: Page) -> None:
        """The numbers, and where they stand."""
        if self.opacity <= 0:
            return
        n = len(self.values)
        half = float(np.mean(self.points[n:, 0] - self.points[:n, 0])) / 2
        if not self.grey:
            self.note(page, self.source, self.values, self.middles, half)
            return
        places = page.picture.to_pixels(self.middles)
        page.layers.append(
            Layer(
                layer=self.layer,
                kind="pixels",
                reading=self.reading,
                illustrative=False,
                source=self.source,
                x=tuple(np.round(places[:, 0], 3).tolist()),
                y=tuple(np.round(places[:, 1], 3).tolist()),
                radius=round(float(half * page.picture.scale), 3),
                cell=tuple(range(n)),
                value=tuple(self.values.tolist()),
                light=(None,) * n,
            )
        )
        page.scales.append(
            Scale(layer=self.layer, reading=self.reading, low=self.low, high=self.high)
        )

    def covers(self, points: Floats) -> npt.NDArray[np.bool_]:
        """They are light, and hide nothing."""
        return np.zeros(len(points), bool)

    def draw(self, canvas: Canvas) -> None:
        """One rectangle each. Their light adds, so that no seam shows between two."""
        if self.opacity <= 0:
            return
        n = len(self.values)
        low, high = canvas.to_pixels(self.points[:n]), canvas.to_pixels(self.points[n:])
        colors = self.opacity * self.added_to(canvas)
        context = canvas.context()
        context.set_operator(cairo.OPERATOR_ADD)
        for (left, bottom), (right, top), (red, green, blue) in zip(
            low.tolist(), high.tolist(), colors.tolist(), strict=True
        ):
            if red + green + blue > 0.004:
                context.set_source_rgb(blue, green, red)  # the frame's order of bytes
                context.rectangle(left, top, right - left, bottom - top)
                context.fill()


def _strip(canvas: Canvas, low: Floats, high: Floats, colors: Floats, reach: float) -> None:
    """Add a row of colours (n, 3) between two corners, up to a part of its length."""
    n = len(colors)
    (left, bottom), (right, top) = canvas.to_pixels(np.stack((low, high)))
    bytes_ = (np.clip(colors, 0, 1) * 255 + 0.5).astype(np.uint32)
    # The frame's order of bytes: red is the lowest.
    packed = (bytes_[:, 2] << 16 | bytes_[:, 1] << 8 | bytes_[:, 0])[None].copy()
    if canvas.opaque:
        operator = cairo.OPERATOR_ADD
    else:
        packed |= bytes_.max(axis=1).astype(np.uint32)[None] << 24
        operator = cairo.OPERATOR_OVER
    surface = cairo.ImageSurface.create_for_data(packed.data, cairo.FORMAT_ARGB32, n, 1)
    pattern = cairo.SurfacePattern(surface)
    pattern.set_extend(cairo.EXTEND_PAD)
    # Cells of a pixel and more keep their edges; of smaller ones each pixel has the mean.
    seen = right - left >= n
    pattern.set_filter(cairo.FILTER_NEAREST if seen else cairo.FILTER_GOOD)
    across = n / max(right - left, 1e-6)
    down = 1 / max(bottom - top, 1e-6)
    pattern.set_matrix(cairo.Matrix(across, 0, 0, down, -left * across, -top * down))
    context = canvas.context()
    context.set_operator(operator)
    context.rectangle(left, top, reach * (right - left), bottom - top)
    context.set_source(pattern)
    context.fill()
