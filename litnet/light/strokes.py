"""Strokes of light: lines, arcs and arrow heads that glow.

A stroke itself is opaque and so has exactly its colour; the halo around it is light, which adds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import cairo
import numpy as np

from litnet import style
from litnet.light.blur import blurred
from litnet.light.canvas import GLOW_PIXELS, expose
from litnet.style import Floats

if TYPE_CHECKING:
    from litnet.light.blur import blurred
from litnet.light.canvas import Canvas

CURVES = 64  # corners of a whole circle
INK_GLOW = 0.6  # of a halo on a light ground, as a part of what it is on a dark one
GREY = 0.2  # from its strongest to its weakest channel, a colour that is hardly one


def strokes(
    canvas: Canvas,
    paths: Sequence[Floats],
    *,
    width: float,
    color: style.RGB,
    light: float = 1.0,
    glow: float = 0.0,
    opacity: float = 1.0,
    filled: bool = False,
) -> None:
    """Draw paths, each (k, 3) in scene units, into a frame.

    Parameters
    ----------
    width
        Of the stroke, in scene units; of what is ``filled``, about how wide that is.
    light
        0 to 1, of the stroke itself: how much of its colour there is.
    glow
        0 to 1, of the halo around it, which reaches ``style.STROKE_GLOW`` units.
    """
    paths = [path for path in paths if len(path) > 1]
    if opacity <= 0 or not paths:
        return
    lines = [canvas.to_pixels(path) for path in paths]
    if glow > 0:
        halo = color
        if canvas.ground.negative:  # a halo without a colour would be a shadow, and much is one
            halo = style.GLOW if max(color) - min(color) < GREY else color
            glow *= INK_GLOW
        _halo(canvas, lines, width * canvas.scale, halo, glow * opacity, filled)
    if light > 0:
        context = canvas.context()
        red, green, blue = canvas.ground.color(color).tolist()
        context.set_source_rgba(blue, green, red, light * opacity)  # the frame's order of bytes
        _draw(context, lines, width * canvas.scale, filled)


def arc(center: Floats, radius: float, start: float, end: float) -> Floats:
    """(k, 3) of an arc between two angles, in radians clockwise from straight up."""
    count = max(2, math.ceil(CURVES * abs(end - start) / (2 * math.pi)) + 1)
    angles = np.linspace(start, end, count)
    around: Floats = np.stack((np.sin(angles), np.cos(angles), 0 * angles), axis=1)
    path: Floats = center + radius * around
    return path


def _draw(
    context: cairo.Context[cairo.ImageSurface], lines: Sequence[Floats], width: float, filled: bool
) -> None:
    context.set_line_cap(cairo.LINE_CAP_ROUND)
    context.set_line_join(cairo.LINE_JOIN_ROUND)
    context.set_line_width(width)
    for line in lines:
        context.move_to(*line[0])
        for point in line[1:]:
            context.line_to(*point)
        if filled or np.array_equal(line[0], line[-1]):
            context.close_path()
    if filled:
        context.fill()
    else:
        context.stroke()


def _halo(
    canvas: Canvas,
    lines: Sequence[Floats],
    width: float,
    color: style.RGB,
    strength: float,
    filled: bool,
) -> None:
    sigma = style.STROKE_GLOW * canvas.scale
    # As with the halos of cells, a coarse grid carries what is smooth.
    factor = max(1.0, sigma / GLOW_PIXELS)
    reach = math.ceil(4 * sigma + width)
    corners = np.concatenate(lines)
    limits = np.array([canvas.shape[1], canvas.shape[0]])
    # What is outside the frame still shines into it.
    low = np.maximum(np.floor(corners.min(axis=0)) - reach, -reach)
    high = np.minimum(np.ceil(corners.max(axis=0)) + reach, limits + reach)
    if np.any(high <= 0) or np.any(low >= limits) or np.any(high <= low):
        return
    columns, rows = (np.ceil((high - low) / factor) + 1).astype(int).tolist()
    stride = cairo.ImageSurface.format_stride_for_width(cairo.FORMAT_A8, columns)
    mask = np.zeros((rows, stride), np.uint8)
    surface = cairo.ImageSurface.create_for_data(mask.data, cairo.FORMAT_A8, columns, rows, stride)
    context = cairo.Context(surface)
    context.set_source_rgba(0, 0, 0, 1)
    _draw(context, [(line - low) / factor for line in lines], width / factor, filled)
    surface.flush()
    light = blurred(mask[:, :columns].astype(np.float32) / np.float32(255), sigma / factor)
    # In the middle of a long stroke it is as bright as it was asked for.
    light *= max(1.0, math.sqrt(2 * math.pi) * sigma / width) * strength
    canvas.lay(expose(light), color, low, factor)
