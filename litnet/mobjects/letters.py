"""The outlines of a line's letters, as Pango sets them.

manim's ``Text`` has an SVG file made of them, and reads it as it reads any SVG file, by mobjects:
that takes 20 ms a line, in a small film more than the light. But for letters, cairo writes only
outlines and where they stand. To read just these takes 1 ms, and the points are the same.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from xml.etree import ElementTree

import manimpango
import numpy as np
from manim.mobject.text.text_mobject import TEXT2SVG_ADJUSTMENT_FACTOR, TEXT_MOB_SCALE_FACTOR

from litnet.style import Floats

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
WIDEST = 100_000  # points; Pango breaks what is wider into lines
COMMAND = re.compile(r"([MLCZ])([^MLCZ]*)")


def outlines(text: str, font: str, size: float, weight: str) -> tuple[Floats, ...]:
    """The outlines of a line's visible letters in scene units, each (k, 3), a cubic in 4 points."""
    setting = manimpango.TextSetting(0, len(text), font, "NORMAL", weight, line_num=0)
    points = size / TEXT2SVG_ADJUSTMENT_FACTOR
    with NamedTemporaryFile(suffix=".svg") as file:
        manimpango.text2svg([setting], points, 0, True, file.name, 0, 0, WIDEST, 1000, text)
        return read_outlines(Path(file.name).read_bytes())


def read_outlines(svg: bytes) -> tuple[Floats, ...]:
    """The outlines in an SVG file by cairo, as :func:`outlines` gives them."""
    tree = ElementTree.fromstring(svg)
    shapes = {
        f"#{element.get('id')}": path.get("d", "")
        for element in tree.iter()
        if element.get("id", "").startswith("glyph")
        for path in element.iter(f"{SVG}path")
    }
    found = []
    for use in tree.iter(f"{SVG}use"):
        # What has no outline, such as a space, is not among the shapes in some versions of cairo.
        flat = _curves(shapes.get(use.get(HREF, ""), ""))
        if len(flat):
            points = np.zeros((len(flat), 3))
            points[:, :2] = flat + np.array([use.get("x", 0), use.get("y", 0)], float)
            found.append(points * TEXT_MOB_SCALE_FACTOR * [1, -1, 1])
    return tuple(found)


@cache
def _curves(path: str) -> Floats:
    """The cubic curves of a path, (k, 2): lines as curves, and closed."""
    points: list[Floats] = []
    pen = start = np.zeros(2)

    def line_to(end: Floats) -> None:
        points.extend((pen, (2 * pen + end) / 3, (pen + 2 * end) / 3, end))

    for command, numbers in COMMAND.findall(path):
        to = np.array(numbers.split(), float).reshape(-1, 2)
        if command == "M":
            start = to[0]
        elif command == "L":
            line_to(to[0])
        elif command == "C":
            points.extend((pen, *to))
        elif np.abs(pen - start).max() > 1e-4:
            line_to(start)
        pen = start if command == "Z" else to[-1]
    return np.array(points).reshape(-1, 2)
