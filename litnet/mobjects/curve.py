"""The curve of a function, drawn from its numbers."""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, Line, VGroup, VMobject

from litnet import style
from litnet.mobjects.words import Words
from litnet.style import Floats

APART = 0.35  # scene units between the middles of two marks, at least


class Curve(VGroup):
    """A curve over an axis at height 0, with a quiet line at height 1 and one at x = 0.

    Parameters
    ----------
    x, y
        (k,) the points of the curve, from left to right; 0 is among the x.
    width, height
        Of all points, in scene units; its middle is at the origin.
    """

    def __init__(self, x: Floats, y: Floats, *, width: float, height: float) -> None:
        self.left, self.right = float(x[0]), float(x[-1])
        self.low, self.high = min(0.0, float(y.min())), max(1.0, float(y.max()))
        self.room = (width, height)
        self.middle = np.zeros(3)
        self.line = VMobject(stroke_color=style.TEXT_COLOR, stroke_width=5)
        self.line.set_points_as_corners([self.at(*point) for point in zip(x, y, strict=True)])
        self.axis = Line(self.at(self.left, 0), self.at(self.right, 0))
        one = Line(self.at(self.left, 1), self.at(self.right, 1))
        upright = Line(self.at(0, self.low), self.at(0, self.high))
        VGroup(self.axis, one, upright).set_stroke(style.QUIET_COLOR, width=2)
        self.guides = VGroup(one, upright).set_stroke(opacity=0.45)
        self.marks = VGroup(
            *(
                Words(str(height), style.LABEL_SIZE, style.QUIET_COLOR).next_to(
                    self.at(self.left, height), LEFT, buff=0.15
                )
                for height in ((0, 1) if height / (self.high - self.low) > APART else (0,))
            )
        )
        super().__init__(self.guides, self.axis, self.marks, self.line)

    def at(self, x: float, y: float) -> Floats:
        """Where a point of the curve stands, in scene units."""
        width, height = self.room
        across = (x - self.left) / (self.right - self.left) - 0.5
        up = (y - self.low) / (self.high - self.low) - 0.5
        place: Floats = self.middle + np.array([across * width, up * height, 0.0])
        return place

    def stand_at(self, place: Floats) -> Curve:
        """Move the middle of the curve's room to a place."""
        self.shift(place - self.middle)
        self.middle = np.array(place, dtype=np.float64)
        return self

    def foot(self, x: float) -> Floats:
        """The place below the curve where a number on the axis is written."""
        below: Floats = self.at(x, self.low) + 0.35 * DOWN
        return below
