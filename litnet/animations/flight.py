"""A flight towards what stands in one plane, and away from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import Animation, Group, Mobject

from litnet.animations.light import _ease
from litnet.mobjects.cells import Cells
from litnet.mobjects.words import LiveNumber
from litnet.style import Floats

BLUR = 0.75  # of the rims' light is lost where the flight is fastest, as in a picture of what moves
READABLE = 0.09, 0.17  # height of a digit, in scene units, from which on it comes up, and is there


class Fly(Animation):
    """Everything comes nearer, or goes away, at an even pace, as if the camera flew.

    Words that are not flown to stay where they are, and as large.

    Parameters
    ----------
    mobjects
        What is flown to.
    focus, place
        The scene point (3,) to which the flight leads, and where it comes to lie.
    zoom
        How much larger everything is in the end; below 1, it goes away.
    numbers
        Some that move along, on their cells, and are seen as soon as they are large enough.
    haze
        What the halos of cells are multiplied by until the end: from near, they are a fog.
    """

    def __init__(
        self,
        *mobjects: Mobject,
        focus: Floats,
        place: Floats,
        zoom: float,
        numbers: Sequence[LiveNumber] = (),
        haze: float = 1.0,
        **kwargs: Any,
    ) -> None:
        self.zoom = float(zoom)
        # Of all points one stays; about it everything grows.
        self.still: Floats = (self.zoom * focus - place) / (self.zoom - 1)
        self.numbers = list(numbers)
        self.haze = haze
        super().__init__(Group(*mobjects, *numbers), **kwargs)

    def begin(self) -> None:
        """Keep where everything was."""
        self.shown: list[Any] = [
            member for member in self.mobject.get_family() if member.has_points()
        ]
        self.before = [member.points.copy() for member in self.shown]
        cells = [member for member in self.shown if isinstance(member, Cells)]
        self.lights = [(one, one.halo.copy(), one.rim_light.copy()) for one in cells]
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Be as near as it is at this time; equal times make it larger by equal factors."""
        grown = self.zoom ** self.rate_func(alpha)
        for member, points in zip(self.shown, self.before, strict=True):
            member.points = self.still + (points - self.still) * grown
        for cells, halo, rim in self.lights:
            cells.halo = halo * self.haze ** self.rate_func(alpha)
            cells.rim_light = rim * (1 - BLUR * np.sin(np.pi * alpha) ** 2)
        low, high = READABLE
        for number in self.numbers:
            seen = _ease(np.asarray((number.capital_height - low) / (high - low)))
            number.set_fill(opacity=float(seen))
