"""How lines become light, pixel by pixel: the inner loops, compiled by Numba.

A bundle of 12,960 lines is 8 million samples a frame. As sparse matrices (pixels x lines) they are
16 million entries, 128 MB to read in each frame and to build anew whenever the camera moves; as
compiled loops they need only the lines' ends, so that the camera may move. Each sum is made in the
order of the lines and without "fast" mathematics, so that it is the same bits every time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Bytes = NDArray[np.uint8]

PAD = 2  # pixels around the frame in a plane of light: room for a line that leaves the frame

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile when first called, keep the result on disk, and let other threads run meanwhile."""
    try:
        made = numba.njit(function, cache=True, nogil=True, error_model="numpy")
    except RuntimeError:  # there is no folder to keep it in: half a second in each process, then
        made = numba.njit(function, nogil=True, error_model="numpy")
    return cast(Function, made)


@compiled
def add_lines(
    starts: Floats, ends: Floats, weights: Singles, positive: Singles, negative: Singles
) -> None:
    """Add the light of lines one pixel wide to two planes, by the sign of their weights.

    Each step along a line's longer axis lights the two nearest pixels across it in proportion to
    their nearness (Wu, "An efficient antialiasing technique", SIGGRAPH 1991), times the line's
    length per step, so that slanted lines are as bright as level ones. What is outside the frame
    costs nothing.

    Parameters
    ----------
    starts, ends
        (n, 2) in pixels of the frame, x and y down; the first pixel's middle is at (0.5, 0.5).
    weights
        (n,) light of each line.
    positive, negative
        (height + 2 PAD, width + 2 PAD), added to.
    """
    size = (positive.shape[1] - 2 * PAD, positive.shape[0] - 2 * PAD)
    place = np.empty(max(positive.shape), np.int32)
    beyond = np.empty(max(positive.shape), np.float32)
    for line in range(weights.size):
        weight = weights[line]
        if weight == 0:
            continue
        plane = positive if weight > 0 else negative
        run = ends[line, 0] - starts[line, 0]
        rise = ends[line, 1] - starts[line, 1]
        major = 1 if abs(rise) > abs(run) else 0
        # In these coordinates the middles of pixels are whole numbers.
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
        light = np.float32(abs(weight) * math.sqrt(1 + slope * slope))
        # Counted from the first step: single precision is then good to 1/1000 of a pixel.
        across = np.float32(at_low + slope * (first - low) + PAD)
        step = np.float32(slope)
        along = np.int32(1 if major == 0 else positive.shape[1])
        aside = np.int32(positive.shape[1] if major == 0 else 1)
        start = np.int32((first + PAD) * along)
        # In two loops, of which the compiler does the first 16 steps at a time.
        for number in range(last - first + 1):
            y = across + step * np.float32(number)
            nearest = np.int32(y)
            beyond[number] = (y - np.float32(nearest)) * light
            place[number] = start + np.int32(number) * along + nearest * aside
        flat = plane.reshape(-1)
        for number in range(last - first + 1):
            here = np.uint32(place[number])
            flat[here] += light - beyond[number]
            flat[here + np.uint32(aside)] += beyond[number]


@compiled
def expose_planes(planes: Singles, gain: float, masks: Bytes, left: int, top: int) -> None:
    """Expose the whole light, 1 - exp(-x), then share it between the planes: neither clips.

    Parameters
    ----------
    planes
        (2, height + 2 PAD, width + 2 PAD) sums of light.
    gain
        What the sums are multiplied by.
    masks
        (k, h, w) for the first k planes, overwritten: the exposed light, 255 for all of it.
    left, top
        Where in the frame the masks lie.
    """
    factor = np.float32(gain)
    height, width = masks.shape[1:]
    total, share = np.empty(width, np.float32), np.empty(width, np.float32)
    for row in range(height):
        total[:] = 0
        for plane in range(masks.shape[0]):
            for column in range(width):
                total[column] += planes[plane, PAD + top + row, PAD + left + column]
        for column in range(width):
            # exp(-x) as exp(-x / 256) to the 256th: as exact as a byte needs (to 1e-5), the same
            # on every machine, and so plain that the compiler does 16 at a time.
            x = min(total[column] * factor, np.float32(32)) * np.float32(1 / 256)
            dark = np.float32(1) - x * (
                np.float32(1) - x * (np.float32(1 / 2) - x * np.float32(1 / 6))
            )
            for _ in range(8):
                dark *= dark
            share[column] = np.float32(255) * (np.float32(1) - dark)
            share[column] /= max(total[column], np.float32(1e-20))
        for plane in range(masks.shape[0]):
            for column in range(width):
                light = planes[plane, PAD + top + row, PAD + left + column] * share[column]
                masks[plane, row, column] = np.uint8(light + np.float32(0.5))


@compiled
def lay_light(pixels: Bytes, masks: Bytes, colors: Singles, left: int, top: int) -> None:
    """Add coloured light to a part of a frame; a channel that is full stays full.

    Parameters
    ----------
    pixels
        (height, width, 4) the frame, added to.
    masks
        (3, h, w), how much of each of three colours a pixel gets.
    colors
        (3, w, 4) colour and alpha of each in a column, for one level of the mask.
    left, top
        Where in the frame the masks lie.
    """
    for row in range(masks.shape[1]):
        for column in range(masks.shape[2]):
            a, b, c = masks[0, row, column], masks[1, row, column], masks[2, row, column]
            if a | b | c:
                for channel in range(4):
                    light = (
                        np.float32(pixels[top + row, left + column, channel])
                        + np.float32(a) * colors[0, column, channel]
                        + np.float32(b) * colors[1, column, channel]
                        + np.float32(c) * colors[2, column, channel]
                    )
                    pixels[top + row, left + column, channel] = np.uint8(
                        min(light + np.float32(0.5), np.float32(255))
                    )
