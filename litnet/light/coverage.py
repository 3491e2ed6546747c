"""Which pixels cells (squares to discs) cover, and how much of each.

Coordinates are pixels of the frame: x to the right, y down, the middle of the first pixel at
(0.5, 0.5). Everything is vectorised over the shapes; nothing here knows colours or manim.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Indices = NDArray[np.int32]


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
