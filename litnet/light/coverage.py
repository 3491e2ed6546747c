"""Which pixels a shape covers, and how much of each: cells (squares to discs) and lines.

Coordinates are pixels of the frame: x to the right, y down, the middle of the first pixel at
(0.5, 0.5). Everything is vectorised over the shapes; nothing here knows colours or manim.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Indices = NDArray[np.int32]

SAMPLES_PER_CHUNK = 1 << 20  # bounds the memory of a bundle with any number of lines


@dataclass(frozen=True)
class CellCoverage:
    """The pixels that cells cover, each cell in a window of its own.

    ``box``: left, top, right, bottom, in pixels of the frame, around all of them. ``cells`` (n,):
    which cells are on screen. The others are (side, side, n), one window a cell: ``index`` into
    the flat box, where one place past its end stands for every pixel that the cell leaves alone;
    ``core`` and ``rim``, how much of the pixel the inside and the rim cover; ``outer``, both
    together, and ``alpha``, the same as the highest byte of a pixel.
    """

    box: tuple[int, int, int, int]
    cells: NDArray[np.intp]
    index: NDArray[np.intp]
    outer: Singles
    core: Singles
    rim: Singles
    alpha: NDArray[np.uint32]


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
    # A window of the same size around each cell. Cells are the last axis, (side, side, n), which
    # keeps NumPy's inner loops long.
    side = int(np.ceil(2 * radius.max())) + 2
    steps = np.arange(side, dtype=np.int32)[:, None]
    column = np.floor(x - radius).astype(np.int32) + steps
    row = np.floor(y - radius).astype(np.int32) + steps
    dx = np.abs(column.astype(np.float32) + np.float32(0.5) - x)[None, :, :]
    dy = np.abs(row.astype(np.float32) + np.float32(0.5) - y)[:, None, :]
    if np.all(corner == radius):
        distance = np.sqrt(dx * dx + dy * dy)
        distance -= radius
    elif not corner.any():
        distance = np.maximum(dx - radius, dy - radius)
    else:
        # Signed distance to a rounded box: Quilez, "2D distance functions".
        qx = dx - (radius - corner)
        qy = dy - (radius - corner)
        distance = np.square(np.maximum(qx, 0)) + np.square(np.maximum(qy, 0))
        np.sqrt(distance, out=distance)
        inside = np.maximum(qx, qy)
        distance += np.minimum(inside, 0, out=inside)
        distance -= corner
    # How far inside the edge, in pixels; a pixel's coverage changes from 0 to 1 across its width.
    depth = np.subtract(np.float32(0.5), distance, out=distance)
    covered = depth > 0
    left, top = max(int(column.min()), 0), max(int(row.min()), 0)
    right, bottom = min(int(column.max()) + 1, width), min(int(row.max()) + 1, height)
    if column.min() < 0 or row.min() < 0 or column.max() >= width or row.max() >= height:
        covered &= ((column >= 0) & (column < width))[None, :, :]
        covered &= ((row >= 0) & (row < height))[:, None, :]
    index = ((row - top) * (right - left)).astype(np.intp)[:, None, :] + (column - left)
    index[~covered] = (right - left) * (bottom - top)
    wanted = rim[cells].astype(np.float32) * radius
    rim_width = np.maximum(wanted, 0.9) * np.clip((radius - 1.5) / 3, 0, 1) * (wanted > 0)
    core = depth - rim_width.astype(np.float32)
    np.clip(core, 0, 1, out=core)
    outer = np.clip(depth, 0, 1, out=depth)
    alpha = (outer * np.float32(255) + np.float32(0.5)).astype(np.uint32)
    alpha <<= np.uint32(24)
    return CellCoverage((left, top, right, bottom), cells, index, outer, core, outer - core, alpha)


def cover_lines(
    starts: Floats,
    ends: Floats,
    shape: tuple[int, int],
    lines: NDArray[np.intp] | None = None,
) -> Iterator[tuple[Indices, Indices, Singles]]:
    """Cover lines one pixel wide, in chunks of (pixel, line, coverage), each (k,).

    Each step along a line's longer axis lights the two nearest pixels across it in proportion to
    their nearness (Wu, "An efficient antialiasing technique", SIGGRAPH 1991); coverage is
    multiplied by the line's length per step, so that slanted lines are as bright as level ones.

    ``starts`` and ``ends`` are (n, 2); ``lines`` restricts the work to those lines, and the line
    numbers that are returned index into it.
    """
    if lines is not None:
        starts, ends = starts[lines], ends[lines]
    a = starts - 0.5  # to coordinates in which pixel middles are whole numbers
    b = ends - 0.5
    steep = np.abs(b[:, 1] - a[:, 1]) > np.abs(b[:, 0] - a[:, 0])
    number = np.arange(len(a), dtype=np.int32)
    for chosen, major in ((~steep, 0), (steep, 1)):
        if not chosen.any():
            continue
        yield from _cover_along(a[chosen], b[chosen], number[chosen], major, shape)


def _cover_along(
    a: Floats, b: Floats, number: Indices, major: int, shape: tuple[int, int]
) -> Iterator[tuple[Indices, Indices, Singles]]:
    height, width = shape
    length = (width, height)[major]
    breadth = (height, width)[major]
    stride_major, stride_minor = ((1, width), (width, 1))[major]
    swap = a[:, major] > b[:, major]
    a, b = np.where(swap[:, None], b, a), np.where(swap[:, None], a, b)
    run = b[:, major] - a[:, major]
    slope = np.divide(b[:, 1 - major] - a[:, 1 - major], run, out=np.zeros_like(run), where=run > 0)
    level = a[:, 1 - major] - slope * a[:, major]  # across, where along is 0
    gain = np.sqrt(1 + slope**2).astype(np.float32)
    first = np.maximum(np.ceil(a[:, major]), 0).astype(np.int64)
    last = np.minimum(np.floor(b[:, major]), length - 1).astype(np.int64)
    count = np.maximum(last - first + 1, 0)
    offset = np.cumsum(count) - count
    # Single precision is good to a thousandth of a pixel here, and twice as fast.
    slope, level = slope.astype(np.float32), level.astype(np.float32)
    boundaries = np.searchsorted(
        offset, np.arange(0, int(count.sum()) + 1, SAMPLES_PER_CHUNK)
    ).tolist()
    for low, high in zip(boundaries, [*boundaries[1:], len(a)], strict=True):
        part = slice(low, high)
        n = count[part]
        total = int(n.sum())
        if total == 0:
            continue
        line = np.repeat(number[part], n)
        along = np.arange(total, dtype=np.int32)
        along -= np.repeat((offset[part] - offset[low] - first[part]).astype(np.int32), n)
        across = np.repeat(slope[part], n)
        across *= along.astype(np.float32)
        across += np.repeat(level[part], n)
        nearest = np.floor(across)
        across -= nearest  # how far beyond the nearest pixel
        position = nearest.astype(np.int32)
        whole = np.repeat(gain[part], n)
        beyond = across
        beyond *= whole
        whole -= beyond
        index = along * np.int32(stride_major)
        index += position * np.int32(stride_minor)
        inner = position.min() >= 0 and position.max() + 1 < breadth
        for shift, coverage in ((0, whole), (1, beyond)):
            if inner:
                yield index + np.int32(shift * stride_minor), line, coverage
            else:
                inside = (position >= -shift) & (position < breadth - shift)
                pixel = index[inside] + np.int32(shift * stride_minor)
                yield pixel, line[inside], coverage[inside]
