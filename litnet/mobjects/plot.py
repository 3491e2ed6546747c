"""Curves of numbers, each point of which is one that was computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from manim import DOWN, LEFT, Group, VGroup

from litnet import style
from litnet.light.lit_mobject import LitMobject
from litnet.light.strokes import arc, strokes
from litnet.mobjects.words import LiveNumber, Words, tick_number
from litnet.record.quantities import Quantities
from litnet.style import RGB, Floats

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas
    from litnet.record.page import Page

POINT = 0.045  # radius of a point, in scene units
TIP = 0.075  # and of the last one


class Plot(Group):
    """Axes from 0 to ``high``, and curves over them that draw themselves point by point.

    Parameters
    ----------
    places
        (n,) where the points of all curves stand from left to right, on any scale.
    high
        The number at the top of the upright axis.
    width, height
        Of the axes, in scene units; their middle is at the origin.
    across
        What is written below the axis, by its place: words, a live number or a ``sentence`` with
        one; None is the number of the place itself.
    up
        The numbers that are written beside the upright axis; a quiet line runs through each.
    """

    def __init__(
        self,
        places: Sequence[float],
        *,
        high: float,
        width: float,
        height: float,
        across: Mapping[float, str | LiveNumber | VGroup | None],
        up: Sequence[float],
        size: float = style.LABEL_SIZE,
    ) -> None:
        self.places = tuple(map(float, places))
        self.high = float(high)
        self.axes = _Axes(self.places, self.high, width, height, tuple(across), tuple(up))
        below = [(x, _label(x, one, size)) for x, one in across.items()]
        self.marks = VGroup(
            *(label.next_to(self.axes.at(x, 0), DOWN, buff=0.16) for x, label in below),
            *(
                tick_number(y, size).next_to(self.axes.at(self.places[0], y), LEFT, buff=0.16)
                for y in up
            ),
        )
        self.curves: list[PlottedCurve] = []
        super().__init__(self.axes, self.marks)

    def add_curve(self, numbers: Quantities, color: RGB, first: int = 0) -> PlottedCurve:
        """A curve of numbers, one for each place; at first, one point of it is shown.

        The numbers (n,) are those from the ``first`` on, if there are more than places.
        """
        curve = PlottedCurve(self.axes, self.places, numbers, color, first)
        self.curves.append(curve)
        self.add(curve)
        return curve

    def at(self, x: float, y: float) -> Floats:
        """(3,) where a number stands, in scene units."""
        return self.axes.at(x, y)


def _label(
    x: float, label: str | LiveNumber | VGroup | None, size: float
) -> Words | LiveNumber | VGroup:
    if label is None:
        return tick_number(x, size)
    return Words(label, size, style.QUIET_COLOR) if isinstance(label, str) else label


class _Axes(LitMobject):
    """The two axes, and the quiet lines; the corners of the axes are its points."""

    def __init__(
        self,
        places: Sequence[float],
        high: float,
        width: float,
        height: float,
        across: tuple[float, ...],
        up: tuple[float, ...],
    ) -> None:
        super().__init__()
        self.first, self.last, self.high = places[0], places[-1], high
        self.across, self.up = across, up
        corner = np.array([width / 2, height / 2, 0.0])
        self.points = np.stack((-corner, corner))

    def at(self, x: float, y: float) -> Floats:
        low, high = self.points
        part = np.array([(x - self.first) / (self.last - self.first), y / self.high, 0.0])
        place: Floats = low + (high - low) * part
        return place

    def describe(self, page: Page) -> None:
        """The marks of both scales; of that from left to right those that are its places."""
        if self.opacity <= 0:
            return
        for values, upright in ((self.up, True), (self.across, False)):
            ends = [self.at(*((self.first, v) if upright else (v, 0))) for v in values]
            zero = self.at(self.first, 0) if upright else self.at(0, 0)
            unit = self.at(self.first, 1) if upright else self.at(1, 0)
            if ends:
                one = float(np.linalg.norm(unit - zero))
                page.scale(values, one, np.tile(zero, (len(ends), 1)), np.array(ends))

    def draw(self, canvas: Canvas) -> None:
        """The lines."""
        quiet = [np.stack((self.at(self.first, y), self.at(self.last, y))) for y in self.up if y]
        tick = np.array([0.0, 0.07, 0.0])
        axes = [
            np.stack((self.at(self.first, self.high), self.at(self.first, 0))),
            np.stack((self.at(self.first, 0), self.at(self.last, 0))),
            *(np.stack((self.at(x, 0), self.at(x, 0) - tick)) for x in self.across),
        ]
        for paths, light in ((quiet, 0.35 * style.SCALE_LIGHT), (axes, style.SCALE_LIGHT)):
            strokes(
                canvas,
                paths,
                width=style.SCALE_WIDTH,
                color=style.STRUCTURE,
                light=light,
                opacity=self.opacity,
            )


class PlottedCurve(LitMobject):
    """A curve of which ``shown`` points are there; between two of them the line is straight.

    ``first`` is which of the numbers stands at the first place. The last point that is there glows.
    ``shown`` may be a part: then the line is on its way to the next point. ``across`` are places
    that are numbers with a source themselves.
    """

    animated: ClassVar[tuple[str, ...]] = ("opacity", "shown")

    def __init__(
        self,
        axes: _Axes,
        places: Sequence[float],
        numbers: Quantities,
        color: RGB,
        first: int = 0,
        across: Quantities | None = None,
    ) -> None:
        super().__init__()
        self.across = None if across is None else across.values.ravel()
        self.across_source = "" if across is None else across.source
        self.values: Floats = numbers.values.ravel()[first:].copy()
        self.first = first
        if len(self.values) != len(places):
            raise ValueError(f"{len(places)} places need as many numbers, not {len(self.values)}.")
        self.source, self.tint = numbers.source, color
        self.shown = 1.0
        tops = [axes.at(x, y) for x, y in zip(places, self.values, strict=True)]
        feet = [axes.at(x, 0) for x in places]
        unit = [axes.at(places[0], 0), axes.at(places[0], 1), axes.at(0, 0), axes.at(1, 0)]
        self.points = np.array([*tops, *feet, *unit])

    def reach(self, points: float) -> Self:
        """Show so many points."""
        self.shown = float(points)
        return self

    @property
    def tops(self) -> Floats:
        """(n, 3) all points, shown or not."""
        tops: Floats = self.points[: len(self.values)]
        return tops

    @property
    def tip(self) -> Floats:
        """(3,) the end of what is shown."""
        whole = int(self.shown)
        last: Floats = self.tops[max(whole - 1, 0)].copy()
        if whole >= len(self.values) or whole < 1:
            return last
        tip: Floats = last + (self.tops[whole] - last) * (self.shown - whole)
        return tip

    def describe(self, page: Page) -> None:
        """Every number that is shown, and where it stands."""
        n, whole = len(self.values), int(self.shown)
        if self.opacity > 0 and whole > 0:
            foot, unit, zero, beside = self.points[-4:]
            one = float(np.linalg.norm(unit - foot))
            start = self.first or ""
            all_of_them = whole == n and not self.first
            source = f"{self.source}[{start}:{self.first + whole}]"
            source = self.source if all_of_them else source
            zeros, ends = self.points[n : n + whole], self.points[:whole]
            page.measure("place", source, self.values[:whole], one, zeros, ends)
            if self.across is not None:
                one = float(np.linalg.norm(beside - zero))
                zeros = ends.copy()
                zeros[:, 0] = zero[0]
                text = self.across_source if whole == n else f"{self.across_source}[:{whole}]"
                page.measure("place", text, self.across[:whole], one, zeros, ends)

    def draw(self, canvas: Canvas) -> None:
        """The line, its points, and the light at its end."""
        whole = int(self.shown)
        if self.opacity <= 0 or whole < 1:
            return
        there, tip = self.tops[:whole], self.tip
        strokes(
            canvas,
            [np.concatenate((there, tip[None]))],
            width=style.STROKE_WIDTH * 0.7,
            color=self.tint,
            glow=0.5 * style.STROKE_GLOW_LIGHT,
            opacity=self.opacity,
        )
        canvas.glow(
            tip[None], np.array([1.1 * TIP]), np.full(1, 0.8), color=self.tint, opacity=self.opacity
        )
        discs = [arc(point, POINT, 0, 2 * np.pi) for point in there]
        for paths, color in ((discs, self.tint), ([arc(tip, TIP, 0, 2 * np.pi)], style.BRIGHT)):
            strokes(
                canvas,
                paths,
                width=POINT,
                color=color,
                opacity=self.opacity,
                filled=True,
            )
