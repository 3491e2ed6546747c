"""Which pixels cells (squares to discs) cover, and how much of each.

Coordinates are pixels of the frame: x to the right, y down, the middle of the first pixel at
(0.5, 0.5). Nothing here knows manim. The loops are compiled; cells are their last axis, so that
they are long, and the compiler does several cells at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from litnet.light.compiled import compiled

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Integers = NDArray[np.int32]
Packed = NDArray[np.uint32]

DISC, SQUARE, ROUNDED = range(3)


@dataclass(frozen=True)
class CellCoverage:
    """The pixels that cells cover, each cell in a window of its own.

    ``box``: left, top, right, bottom, in pixels of the frame, around all of them. ``cells`` (n,):
    which cells are on screen. The others are (side, side, n), one window a cell: ``index`` into
    the flat box, where one place past its end stands for every pixel that the cell leaves alone;
    ``outer``, how much of the pixel the cell covers, and ``core``, how much of it its inside.
    """

    box: tuple[int, int, int, int]
    cells: NDArray[np.intp]
    index: Integers
    outer: Singles
    core: Singles

    def painted(
        self, channels: Singles, rim_light: Singles, solid: Singles, opacity: float
    ) -> Packed:
        """The pixels of the box, premultiplied: the lowest byte first, alpha in the highest.

        ``channels``, (1, cells) grey or (3, cells) colours of the insides, ``rim_light`` (cells,)
        and ``solid`` (cells,), how much each hides of what is behind it, are 0 to 1. Where two
        cells share a pixel, the one that comes last has it; where none is solid, they add.
        """
        left, top, right, bottom = self.box
        pixels = np.zeros((right - left) * (bottom - top) + 1, np.uint32)
        _paint(
            pixels,
            self.index,
            self.outer,
            self.core,
            np.ascontiguousarray(channels[:, self.cells]),
            rim_light[self.cells],
            solid[self.cells] * np.float32(255 * min(opacity, 1)),
            np.float32(255 * opacity),
            not solid.any(),
            np.empty(len(self.cells), np.uint32),
        )
        return pixels[:-1].reshape(bottom - top, right - left)


def cover_cells(
    centers: Floats,
    half: Floats,
    roundness: Floats,
    rim: Floats,
    shape: tuple[int, int],
) -> CellCoverage | None:
    """Cover rounded squares; None if none is in the frame.

    Parameters
    ----------
    centers
        (n, 2) pixels.
    half
        (n,) half of the side, or the radius, in pixels.
    roundness
        (n,) 0 for a square, 1 for a disc, anything between for rounded corners.
    rim
        (n,) width of the rim as a part of ``half``. A rim is never thinner than about a pixel,
        and thins out to nothing as a cell becomes too small to have one.
    shape
        (height, width) of the frame.
    """
    height, width = shape
    visible = (
        (centers[:, 0] + half > 0)
        & (centers[:, 0] - half < width)
        & (centers[:, 1] + half > 0)
        & (centers[:, 1] - half < height)
        & (half > 0.05)
    )
    cells = np.flatnonzero(visible)
    if cells.size == 0:
        return None
    x, y = centers[cells].astype(np.float32).T
    radius = half[cells].astype(np.float32)
    corner = roundness[cells].astype(np.float32) * radius
    # A window of the same size around each cell.
    side = int(np.ceil(2 * radius.max())) + 2
    first_column = np.floor(x - radius).astype(np.int32)
    first_row = np.floor(y - radius).astype(np.int32)
    left, top = max(int(first_column.min()), 0), max(int(first_row.min()), 0)
    right = min(int(first_column.max()) + side, width)
    bottom = min(int(first_row.max()) + side, height)
    form = DISC if np.all(corner == radius) else ROUNDED if corner.any() else SQUARE
    wanted = rim[cells].astype(np.float32) * radius
    rim_width = np.maximum(wanted, 0.9) * np.clip((radius - 1.5) / 3, 0, 1) * (wanted > 0)
    box = (left, top, right, bottom)
    windows = (side, side, len(cells))
    index = np.empty(windows, np.int32)
    outer, core = np.empty(windows, np.float32), np.empty(windows, np.float32)
    places = np.ascontiguousarray(x), np.ascontiguousarray(y), first_column, first_row
    _cover(places, radius, corner, rim_width, form, box, index, outer, core)
    return CellCoverage(box, cells, index, outer, core)


@compiled
def _cover(
    places: tuple[Singles, Singles, Integers, Integers],
    radius: Singles,
    corner: Singles,
    rim_width: Singles,
    form: int,
    box: tuple[int, int, int, int],
    index: Integers,
    outer: Singles,
    core: Singles,
) -> None:
    """Write ``index``, ``outer`` and ``core`` of a :class:`CellCoverage`.

    ``places`` are x and y of each cell, and the first column and row of its window.
    """
    x, y, first_column, first_row = places
    side, _, n = index.shape
    left, top, right, bottom = box
    wide, high = np.int32(right - left), np.int32(bottom - top)
    nowhere = np.int32(wide * high)
    half, one, none = np.float32(0.5), np.float32(1), np.float32(0)
    for below in range(side):
        for beside in range(side):
            indices = index[below, beside]
            outers, cores = outer[below, beside], core[below, beside]
            for cell in range(n):
                column = np.int32(first_column[cell] + np.int32(beside))
                row = np.int32(first_row[cell] + np.int32(below))
                dx = abs(np.float32(column) + half - x[cell])
                dy = abs(np.float32(row) + half - y[cell])
                if form == DISC:
                    distance = np.sqrt(dx * dx + dy * dy) - radius[cell]
                elif form == SQUARE:
                    distance = max(dx - radius[cell], dy - radius[cell])
                else:
                    # Signed distance to a rounded box: Quilez, "2D distance functions".
                    inner = radius[cell] - corner[cell]
                    qx, qy = dx - inner, dy - inner
                    beyond_x, beyond_y = max(qx, none), max(qy, none)
                    distance = np.sqrt(beyond_x * beyond_x + beyond_y * beyond_y)
                    distance = distance + min(max(qx, qy), none) - corner[cell]
                # How far inside the edge, in pixels; a pixel's coverage changes from 0 to 1
                # across its width.
                depth = half - distance
                outers[cell] = min(max(depth, none), one)
                cores[cell] = min(max(depth - rim_width[cell], none), one)
                in_x, in_y = np.int32(column - np.int32(left)), np.int32(row - np.int32(top))
                inside = (depth > none) & (in_x >= 0) & (in_x < wide) & (in_y >= 0) & (in_y < high)
                indices[cell] = np.int32(in_y * wide) + in_x if inside else nowhere


@compiled
def _paint(
    pixels: Packed,
    index: Integers,
    outer: Singles,
    core: Singles,
    channels: Singles,
    rim_light: Singles,
    opaque: Singles,
    full: np.float32,
    adds: bool,
    packed: Packed,
) -> None:
    """Paint the cells' pixels; where two share one, they add, or the last one has it.

    ``packed`` (cells,) is room to work in.
    """
    n = index.shape[2]
    half = np.float32(0.5)
    grey = len(channels) == 1
    for below in range(index.shape[0]):
        for beside in range(index.shape[1]):
            indices = index[below, beside]
            outers, cores = outer[below, beside], core[below, beside]
            for cell in range(n):
                alpha = np.uint32(np.int32(outers[cell] * opaque[cell] + half))
                packed[cell] = alpha << np.uint32(24)
            for channel in range(len(channels)):
                lights = channels[channel]
                for cell in range(n):
                    rims = (outers[cell] - cores[cell]) * rim_light[cell]
                    light = (cores[cell] * lights[cell] + rims) * full + half
                    byte = np.uint32(np.int32(light))
                    if grey:  # one channel in all three bytes of colour
                        byte |= byte << np.uint32(8) | byte << np.uint32(16)
                    packed[cell] |= byte << np.uint32(8 * channel)
            if adds:
                for cell in range(n):
                    old, new = pixels[indices[cell]], packed[cell]
                    both = np.uint32(0)
                    for shift in (np.uint32(0), np.uint32(8), np.uint32(16)):
                        byte = np.uint32(255)
                        sum_ = ((old >> shift) & byte) + ((new >> shift) & byte)
                        both |= min(sum_, byte) << shift
                    pixels[indices[cell]] = both
            else:
                for cell in range(n):
                    pixels[indices[cell]] = packed[cell]
