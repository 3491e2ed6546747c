"""What a page is: where its canvas is, and the lines that it is printed with; windows over it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from network.arrays import Array

Mask = npt.NDArray[np.bool_]

# The lines of school paper: at least so many, of such a contrast, each narrower than this share ...
LINES, FAINT_LINE, LINE_REACH = 4, 0.03, 0.015
# ... and at most so steep. Slopes are tried on every n-th column.
STEEP, SLOPES, THINNED = 0.11, 23, 16
STRIPS, NARROW = 6, 6  # where lines are looked for first, and half their width in pixels
# A picture of a screen: so many neighbours are alike. Its canvas has one level, is so large a share
# of the picture, reaches so far through its own rectangle, and leaves so much of the picture out.
ALIKE, LARGE_CANVAS, FULL_CANVAS, AROUND_CANVAS = 0.7, 0.2, 0.95, 0.02


def canvas(grey: Array) -> Array:
    """The part of a picture of a screen that is drawn on; a photo as it is.

    A drawing program has its window around it: bars, buttons, frames.
    """
    rows, columns = grey.shape
    if min(rows, columns) < 60:
        return grey
    levels = np.rint(grey * 255).astype(np.intp)
    alike = np.concatenate([(np.diff(levels, axis=n) == 0).reshape(-1) for n in (0, 1)])
    if alike.mean() < ALIKE:
        return grey
    level = int(np.bincount(levels.reshape(-1), minlength=256).argmax())
    plain = levels == level
    if plain.mean() < LARGE_CANVAS:
        return grey
    labels, _ = pieces(plain)
    labels[~plain] = 0
    largest = 1 + int(np.bincount(labels.reshape(-1))[1:].argmax())
    rows_of, columns_of = np.nonzero(labels == largest)
    part = (
        slice(int(rows_of.min()), int(rows_of.max()) + 1),
        slice(int(columns_of.min()), int(columns_of.max()) + 1),
    )
    whole = labels[part] == largest
    if not LARGE_CANVAS < whole.size / plain.size < 1 - AROUND_CANVAS:
        return grey
    if min(_extent(whole), _extent(whole.T)) < FULL_CANVAS:
        return grey  # the inside of a large 0
    return grey[part]


def _extent(mask: Mask) -> float:
    """How far a mask (rows, columns) goes from left to right, on average, of all there is."""
    rows = mask[mask.any(axis=1)]
    ends = rows.shape[1] - rows.argmax(axis=1) - rows[:, ::-1].argmax(axis=1)
    return float(ends.sum() / mask.size)


def without_lines(grey: Array) -> Array:
    """The page without the lines or squares that paper is printed with, straight or slanted.

    A line is there in most of its row (or column), so in the middle one of the row's levels, and
    ends within a few rows; those rows are filled in from the rows beside them, so that a stroke
    across goes on. Fewer than LINES are none.
    """
    for turn in (False, True):
        picture = grey.T if turn else grey
        if len(picture) < 200:
            continue
        bad = _lines(picture)
        if bad is not None:
            picture = _filled(picture, bad)
        else:
            slope = _slope(picture)
            if slope is None:
                continue
            level = _sheared(picture, slope)
            bad = _lines(level)
            if bad is None:
                continue
            filled = _sheared(_filled(level, bad), -slope)
            # Only what was filled: the rest keeps its own pixels, also at the edges.
            changed = _sheared(np.broadcast_to(bad[:, np.newaxis], level.shape), -slope)
            picture = np.where(changed, filled, picture)
        grey = picture.T if turn else picture
    return grey


def _steps(picture: Array) -> Array:
    """(rows,): how much the middle level of each row differs from those around it."""
    middle = np.median(picture, axis=1)[:, np.newaxis]
    reach = max(3, round(LINE_REACH * len(picture)))
    above = np.abs(middle - least(most(mean(middle, 1), reach), reach))[:, 0]
    below = np.abs(middle - most(least(mean(middle, 1), reach), reach))[:, 0]
    steps: Array = np.maximum(above, below)
    return steps


def _lines(picture: Array) -> Mask | None:
    """(rows,): which rows of a picture belong to printed lines; None if there are too few."""
    rows = len(picture)
    step = _steps(picture)
    usual = float(np.median(step))
    spread = 1.4826 * float(np.median(np.abs(step - usual)))
    found = step > max(FAINT_LINE, usual + 6 * spread)
    edges = np.flatnonzero(np.diff(np.pad(found, 1).astype(np.int8)))
    lines = [(a, b) for a, b in edges.reshape(-1, 2).tolist() if b - a <= LINE_REACH * rows]
    # The two edges of a thick line, as of a box, are one.
    apart = 1 + sum(b[0] - a[1] > LINE_REACH * rows for a, b in pairwise(lines))
    if len(lines) < LINES or apart < LINES or sum(b - a for a, b in lines) > rows / 3:
        return None
    bad = np.zeros(rows, bool)
    for a, b in lines:
        bad[max(0, a - 2) : b + 2] = True
    return bad


def _filled(picture: Array, bad: Mask) -> Array:
    """The picture with some rows made from the nearest others, in equal steps."""
    rows = len(picture)
    good = np.flatnonzero(~bad)
    place = np.searchsorted(good, np.arange(rows))
    above = good[np.maximum(place - 1, 0)]
    under = good[np.minimum(place, len(good) - 1)]
    gap = np.maximum(under - above, 1)
    share = np.clip((np.arange(rows) - above) / gap, 0, 1)[:, np.newaxis]
    filled = picture[above] * (1 - share) + picture[under] * share
    return np.where(bad[:, np.newaxis], filled, picture)


def _slope(picture: Array) -> float | None:
    """Rows by which printed lines rise or fall in a column; None if no slope shows lines."""
    columns = picture.shape[1]
    strips = np.linspace(0.1, 0.9, STRIPS) * columns
    lined = [_lines(picture[:, int(k) - NARROW : int(k) + NARROW]) is not None for k in strips]
    if sum(lined) < STRIPS / 2:  # strokes of a digit are fewer than lines, and not everywhere
        return None
    thin = picture[:, ::THINNED]

    def seen(slope: float) -> float:
        step = _steps(_sheared(thin, slope * THINNED))
        return float(np.clip(step - FAINT_LINE, 0, None).sum())

    tried = {float(slope): seen(float(slope)) for slope in np.linspace(-STEEP, STEEP, SLOPES)}
    best = max(tried, key=lambda slope: tried[slope])
    step = 2 * STEEP / (SLOPES - 1)
    for _ in range(4):  # halving, as a line of 3 pixels asks for in a row of 1,000
        step /= 2
        tried |= {near: seen(near) for near in (best - step, best + step)}
        best = max(tried, key=lambda slope: tried[slope])
    return best if tried[best] > 0 else None


def _sheared(picture: npt.NDArray[np.generic], slope: float) -> Array:
    """Each column moved up by its place times ``slope``, counted from the middle, in whole rows;
    what is missing at the ends is as the last row."""
    rows, columns = picture.shape
    move = np.rint(slope * (np.arange(columns) - columns // 2)).astype(np.intp)
    place = np.clip(np.arange(rows)[:, np.newaxis] + move, 0, rows - 1)
    found: Array = np.take_along_axis(picture, place, axis=0)  # type: ignore[arg-type]
    return found


def pieces(mask: Mask) -> tuple[npt.NDArray[np.intp], int]:
    """Number the connected pieces of ``mask`` from 1; pixels touch at corners, too.

    Returns the numbers (rows, columns), 0 where there is nothing, and how many there are. Each row
    is cut into runs; runs that touch in neighbouring rows get one number (union-find).
    """
    parents: list[int] = []

    def root(n: int) -> int:
        while parents[n] != n:
            parents[n] = parents[parents[n]]
            n = parents[n]
        return n

    runs: list[tuple[int, int, int]] = []  # row, start, end
    before: list[int] = []
    padded = np.pad(mask, ((0, 0), (1, 1))).astype(np.int8)
    for row, edges in enumerate(np.diff(padded, axis=1)):
        starts, ends = np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist()
        here = []
        k = 0
        for start, end in zip(starts, ends, strict=True):
            number = len(runs)
            runs.append((row, start, end))
            parents.append(number)
            here.append(number)
            while k < len(before) and runs[before[k]][2] < start:
                k += 1
            for other in before[k:]:
                if runs[other][1] > end:
                    break
                parents[root(number)] = root(other)
        before = here
    numbers: dict[int, int] = {}
    labels = np.zeros(mask.shape, dtype=np.intp)
    for number, (row, start, end) in enumerate(runs):
        labels[row, start:end] = numbers.setdefault(root(number), len(numbers) + 1)
    return labels, len(numbers)


# --- Windows ----------------------------------------------------------------------------------


def widened(mask: Mask, reach: int) -> Mask:
    """``mask`` and everything within ``reach`` pixels of it, along rows and columns."""
    return most(mask.astype(np.float64), reach) > 0


def most(image: Array, reach: int) -> Array:
    """The brightest value within ``reach`` pixels, along rows and columns."""
    for axis in (0, 1):
        ends = np.pad(image, [(reach, reach) if n == axis else (0, 0) for n in (0, 1)], "edge")
        image = np.lib.stride_tricks.sliding_window_view(ends, 2 * reach + 1, axis).max(axis=-1)
    return image


def least(image: Array, reach: int) -> Array:
    return -most(-image, reach)


def mean(image: Array, reach: int) -> Array:
    for axis in (0, 1):
        ends = np.pad(image, [(reach, reach) if n == axis else (0, 0) for n in (0, 1)], "edge")
        image = np.lib.stride_tricks.sliding_window_view(ends, 2 * reach + 1, axis).mean(axis=-1)
    return image


def stretched(image: Array, rows: int, columns: int) -> Array:
    """Bilinear interpolation to (rows, columns), middles of pixels on middles of pixels."""
    for axis, new in ((0, rows), (1, columns)):
        old = image.shape[axis]
        places = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
        low = np.minimum(places.astype(np.intp), max(0, old - 2))
        high = np.minimum(low + 1, old - 1)
        share = (places - low).reshape((-1, 1) if axis == 0 else (1, -1))
        image = image.take(low, axis) * (1 - share) + image.take(high, axis) * share
    return image
