"""How lines become light, pixel by pixel: the inner loops, compiled by Numba.

A bundle of 12,960 lines is 8 million samples a frame. As sparse matrices (pixels x lines) they are
16 million entries, 128 MB to read in each frame and to build anew whenever the camera moves; as
compiled loops they need only the lines' ends, so that the camera may move. Each sum is made in the
order of the lines and without "fast" mathematics, so that it is the same bits every time.

Lines are summed in one upright strip of the frame after the other, because a strip's sums stay in
a core's own cache, while each line would walk through those of a whole frame.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from litnet.light.compiled import compiled

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Integers = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Packed = NDArray[np.uint32]

PAD = 2  # pixels around a strip's sums: room for a line that leaves the frame
STRIP = 64  # columns
COUNTED = np.arange(STRIP, dtype=np.float32)

Room = tuple[Singles, Singles, Integers, Integers, Singles]  # the last four (STRIP,)


class Courses(NamedTuple):
    """How n lines run through the frame, in steps of one pixel along their longer axes.

    ``steep`` (n,): whether that is the y axis. ``first``, ``steps`` (n,): the pixel of the first
    step inside the frame, and how many steps there are. ``across``, ``slope`` (n,): where that
    step is on the other axis, ``PAD`` added, and by how much each step changes it. ``length``
    (n,): of a step. The middles of pixels are whole numbers.
    """

    steep: NDArray[np.bool_]
    first: Integers
    steps: Integers
    across: Singles
    slope: Singles
    length: Floats


def courses_of(starts: Floats, ends: Floats, height: int, width: int) -> Courses:
    """The courses of lines from ``starts`` to ``ends`` (n, 2) through a frame.

    Both are in pixels of the frame, x and y down; the first pixel's middle is at (0.5, 0.5).
    """
    n = len(starts)
    courses = Courses(
        np.zeros(n, np.bool_),
        np.zeros(n, np.int32),
        np.zeros(n, np.int32),
        np.zeros(n, np.float32),
        np.zeros(n, np.float32),
        np.zeros(n, np.float64),
    )
    _find(courses, starts, ends, height, width)
    return courses


@compiled
def _find(courses: Courses, starts: Floats, ends: Floats, height: int, width: int) -> None:
    """Fill in the courses of lines, which are zeros."""
    size = (width, height)
    for line in range(len(starts)):
        run = ends[line, 0] - starts[line, 0]
        rise = ends[line, 1] - starts[line, 1]
        major = 1 if abs(rise) > abs(run) else 0
        low, high = starts[line, major] - 0.5, ends[line, major] - 0.5
        at_low, at_high = starts[line, 1 - major] - 0.5, ends[line, 1 - major] - 0.5
        if low > high:
            low, high, at_low, at_high = high, low, at_high, at_low
        slope = (at_high - at_low) / (high - low) if high > low else 0.0
        first = max(math.ceil(low), 0)
        last = min(math.floor(high), size[major] - 1)
        breadth = size[1 - major]
        if slope == 0:
            if at_low <= -1 or at_low >= breadth:
                continue
        else:
            # Where the line enters the frame across its longer axis, and where it leaves.
            one, other = low - (at_low + 1) / slope, low + (breadth - at_low) / slope
            first = max(first, math.ceil(min(one, other)))
            last = min(last, math.floor(max(one, other)))
        if last < first:
            continue
        courses.steep[line] = major == 1
        courses.first[line] = first
        courses.steps[line] = last - first + 1
        # Counted from the first step: single precision is then good to 1/1000 of a pixel.
        courses.across[line] = at_low + slope * (first - low) + PAD
        courses.slope[line] = slope
        courses.length[line] = math.sqrt(1 + slope * slope)


@compiled
def _add_lines(
    courses: Courses,
    weights: Singles,
    sums: Singles,
    left: int,
    top: int,
    right: int,
    room: Room,
) -> None:
    """Add lines one pixel wide to the sums of the strip from ``left`` to ``right``.

    Each step along a line's longer axis lights the two nearest pixels across it in proportion to
    their nearness (Wu, "An efficient antialiasing technique", SIGGRAPH 1991), times the line's
    length per step, so that slanted lines are as bright as level ones. What is outside the frame
    costs nothing.

    Parameters
    ----------
    weights
        (n,) light of each line; its sign says to which of the two planes it is added.
    sums
        (2, rows + 2 PAD, STRIP + 2), from row ``top - PAD`` and column ``left - 1`` of the frame.
    room
        The sums one after the other, the numbers of steps, and what is to work in.
    """
    flat, counted, whole, place, beyond = room
    row = np.int32(sums.shape[2])
    plane = np.int32(sums.shape[1] * sums.shape[2])
    for line in range(weights.size):
        weight = weights[line]
        if weight == 0:
            continue
        first, across, slope = courses.first[line], courses.across[line], courses.slope[line]
        light = np.float32(abs(weight) * courses.length[line])
        start = np.int32(0) if weight > 0 else plane
        if not courses.steep[line]:
            begin = max(left - first, 0)
            count = min(right - first, courses.steps[line]) - begin
            if count <= 0:
                continue
            start = np.int32(start + first + begin - left + 1 - top * row)
            number = np.float32(begin)
            # In two loops, of which the compiler does the first several steps at a time.
            for step in range(count):
                y = across + slope * (number + counted[step])
                nearest = np.int32(y)
                beyond[step] = (y - np.float32(nearest)) * light
                place[step] = np.int32(whole[step] + np.int32(nearest * row)) + start
            for step in range(count):
                here = np.uint32(place[step])
                flat[here] += light - beyond[step]
                flat[here + np.uint32(row)] += beyond[step]
        else:
            begin, end = 0.0, float(courses.steps[line])
            if slope != 0:  # roughly where it is in the strip
                one, other = (left - 2 + PAD - across) / slope, (right + 1 + PAD - across) / slope
                begin, end = max(begin, min(one, other) - 1), min(end, max(one, other) + 2)
            start = np.int32(start + (first + PAD - top) * row - (left - 1 + PAD))
            for step in range(int(begin), int(max(end, begin))):
                x = across + slope * np.float32(step)
                nearest = np.int32(x)
                if left - 1 + PAD <= nearest < right + PAD:
                    part = (x - np.float32(nearest)) * light
                    here = np.uint32(start + np.int32(step) * row + nearest)
                    flat[here] += light - part
                    flat[here + np.uint32(1)] += part


@compiled
def _expose(
    sums: Singles,
    gain: float,
    masks: Bytes,
    column: int,
    width: int,
    total: Singles,
    share: Singles,
) -> None:
    """Expose the whole light, 1 - exp(-x), then share it between the planes: neither clips."""
    factor = np.float32(gain)
    for row in range(masks.shape[1]):
        total[:] = 0
        for plane in range(masks.shape[0]):
            lit = sums[plane, PAD + row]
            for x in range(width):
                total[x] += lit[1 + x]
        for x in range(width):
            # exp(-x) as exp(-x / 256) to the 256th: as exact as a byte needs (to 1e-5), the same
            # on every machine, and so plain that the compiler does 16 at a time.
            part = min(total[x] * factor, np.float32(32)) * np.float32(1 / 256)
            dark = np.float32(1) - part * (
                np.float32(1) - part * (np.float32(1 / 2) - part * np.float32(1 / 6))
            )
            for _ in range(8):
                dark *= dark
            share[x] = np.float32(255) * (np.float32(1) - dark)
            share[x] /= max(total[x], np.float32(1e-20))
        for plane in range(masks.shape[0]):
            lit, mask = sums[plane, PAD + row], masks[plane, row, column : column + width]
            for x in range(width):
                light = lit[1 + x] * share[x]
                mask[x] = np.uint8(np.int32(light + np.float32(0.5)))


def expose_lines(
    courses: Courses, weights: Singles, gain: float, masks: Bytes, left: int, top: int
) -> None:
    """Sum the light of lines, by the sign of their weights, and expose the sums.

    Parameters
    ----------
    weights
        (n,) light of each line.
    gain
        What the sums are multiplied by.
    masks
        (2, h, w), or (1, h, w) where no weight is below zero; overwritten: the exposed light of
        those above zero and of those below, 255 for all of it.
    left, top
        Where in the frame the masks lie; all lines have to be inside.
    """
    sums = np.empty((2, masks.shape[1] + 2 * PAD, STRIP + 2), np.float32)
    place, beyond = np.empty(STRIP, np.int32), np.empty(STRIP, np.float32)
    room = sums.reshape(-1), COUNTED, COUNTED.astype(np.int32), place, beyond
    total, share = np.empty(STRIP, np.float32), np.empty(STRIP, np.float32)
    _expose_all(courses, weights, float(gain), masks, left, top, sums, room, total, share)


@compiled
def _expose_all(
    courses: Courses,
    weights: Singles,
    gain: float,
    masks: Bytes,
    left: int,
    top: int,
    sums: Singles,
    room: Room,
    total: Singles,
    share: Singles,
) -> None:
    """Strip by strip; ``sums`` and what comes after it are to work in."""
    width = masks.shape[2]
    for column in range(0, width, STRIP):
        columns = min(STRIP, width - column)
        sums[: masks.shape[0]] = 0
        begin, end = left + column, left + column + columns
        _add_lines(courses, weights, sums, begin, top, end, room)
        _expose(sums, gain, masks, column, columns, total, share)


@compiled
def _added(pixel: int, shift: int, light: tuple[Any, Any, Any]) -> Any:
    """One channel of a packed pixel, at its place, after light was added to it."""
    place = np.uint32(shift)
    before = np.float32(np.int32((np.uint32(pixel) >> place) & np.uint32(255)))
    after = before + light[0] + light[1] + light[2] + np.float32(0.5)
    return np.uint32(np.int32(min(after, np.float32(255)))) << place


@compiled
def lay_light(pixels: Packed, masks: Bytes, colors: Singles, left: int, top: int) -> None:
    """Add coloured light to a part of a frame; a channel that is full stays full.

    Parameters
    ----------
    pixels
        (height, width) the frame, added to: red in the lowest byte of each, then green and blue,
        alpha in the highest.
    masks
        (3, h, w), how much of each of three colours a pixel gets.
    colors
        (3, 4, w) colour and alpha of each in a column, for one level of the mask.
    left, top
        Where in the frame the masks lie.
    """
    width = masks.shape[2]
    for row in range(masks.shape[1]):
        old = pixels[top + row, left : left + width]
        first, second, third = masks[0, row], masks[1, row], masks[2, row]
        for x in range(width):
            # In 32 bits all the way, so that the compiler does several pixels at a time.
            a = np.float32(np.int32(first[x]))
            b = np.float32(np.int32(second[x]))
            c = np.float32(np.int32(third[x]))
            pixel = old[x]
            red = a * colors[0, 0, x], b * colors[1, 0, x], c * colors[2, 0, x]
            green = a * colors[0, 1, x], b * colors[1, 1, x], c * colors[2, 1, x]
            blue = a * colors[0, 2, x], b * colors[1, 2, x], c * colors[2, 2, x]
            alpha = a * colors[0, 3, x], b * colors[1, 3, x], c * colors[2, 3, x]
            old[x] = (
                _added(pixel, 0, red)
                | _added(pixel, 8, green)
                | _added(pixel, 16, blue)
                | _added(pixel, 24, alpha)
            )
