"""A number as a place on a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from manim import Group, VGroup

from litnet import style
from litnet.light.lit_mobject import LitMobject
from litnet.light.strokes import arc, strokes
from litnet.mobjects.words import LiveNumber, tick_number
from litnet.record.quantities import Quantity
from litnet.style import Floats

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas
    from litnet.record.page import Page

TICK = 0.09  # half the length of a tick, in scene units
DOT = 0.09  # radius of the light that marks the number
ABOVE = 0.42  # from the line to the middle of the number over it
BELOW = 0.36


class NumberLine(Group):
    """A line from ``low`` to ``high``, and a light on it at the place of a number.

    Parameters
    ----------
    quantity
        The number with its source.
    length
        Of the line, in scene units; its middle is at the origin.
    ticks
        The numbers that are written below the line; by default its two ends and 0, if that lies
        between them.
    places
        Digits after the point, of the number that is written over the light.

    From 0 (or the end that is nearer to it) to the light, the line glows in the colour of the sign.
    ``set_value`` shows another number, and ``Turn`` goes there. Raises ValueError for a number
    that is not on the line.
    """

    def __init__(
        self,
        quantity: Quantity,
        *,
        low: float,
        high: float,
        length: float,
        ticks: tuple[float, ...] | None = None,
        places: int = 2,
        size: float = style.LABEL_SIZE,
    ) -> None:
        if ticks is None:
            ticks = tuple(sorted({low, high, min(max(0.0, low), high)}))
        self.line = _Line(quantity, low, high, length, ticks)
        self.marks = VGroup(
            *(
                tick_number(tick, size).move_to(self.line.at(tick) - (0.0, BELOW, 0.0))
                for tick in ticks
            )
        )
        self.number = LiveNumber(quantity, places=places, size=1.25 * size)
        super().__init__(self.line, self.marks, self.number)
        self.set_value(quantity)

    @property
    def quantity(self) -> Quantity:
        """The number that is shown."""
        return self.number.quantity

    def set_value(self, quantity: Quantity) -> Self:
        """Show another number."""
        self.line.hold(quantity)
        self.number.set_value(quantity)
        place = self.line.at(quantity.value)
        place[1] += ABOVE * float(np.ptp(self.line.points[:, 0])) / self.line.made_long
        self.number.move_to(place)
        return self


class _Line(LitMobject):
    """The line, its ticks and the light; its two ends are its points."""

    animated: ClassVar[tuple[str, ...]] = ("opacity", "value")
    taken_over: ClassVar[tuple[str, ...]] = ("source",)

    def __init__(
        self, quantity: Quantity, low: float, high: float, length: float, ticks: tuple[float, ...]
    ) -> None:
        super().__init__()
        self.low, self.high, self.ticks = float(low), float(high), ticks
        self.made_long = length
        self.points = np.array([[-length / 2, 0, 0], [length / 2, 0, 0]])
        self.hold(quantity)

    def hold(self, quantity: Quantity) -> None:
        if not self.low <= quantity.value <= self.high:
            raise ValueError(
                f"A line from {self.low:g} to {self.high:g} cannot show {quantity.value:g}."
            )
        self.value, self.source = float(quantity.value), quantity.source

    def at(self, value: float) -> Floats:
        """(3,) the place of a number."""
        start, end = self.points
        place: Floats = start + (end - start) * (value - self.low) / (self.high - self.low)
        return place

    def describe(self, page: Page) -> None:
        """The number, and where it stands."""
        if self.opacity > 0:
            one = float(np.linalg.norm(self.at(1) - self.at(0)))
            values = np.array([self.value])
            page.measure(
                "place", self.source, values, one, self.at(0)[None], self.at(self.value)[None]
            )
            ends = np.array([self.at(tick) for tick in self.ticks])
            page.scale(self.ticks, one, np.tile(self.at(0), (len(ends), 1)), ends)

    def draw(self, canvas: Canvas) -> None:
        """Add the light."""
        up = np.array([0.0, TICK, 0.0])
        scale = [self.points, *(np.stack((self.at(t) - up, self.at(t) + up)) for t in self.ticks)]
        strokes(
            canvas,
            scale,
            width=style.SCALE_WIDTH,
            color=style.STRUCTURE,
            light=style.SCALE_LIGHT,
            opacity=self.opacity,
        )
        place = self.at(self.value)
        strokes(
            canvas,
            [np.stack((self.at(min(max(0.0, self.low), self.high)), place))],
            width=style.STROKE_WIDTH,
            color=style.NEGATIVE if self.value < 0 else style.POSITIVE,
            glow=style.STROKE_GLOW_LIGHT,
            opacity=self.opacity,
        )
        radius = np.array([DOT])
        canvas.glow(place[None], 1.6 * radius, np.ones(1), color=style.GLOW, opacity=self.opacity)
        strokes(
            canvas,
            [arc(place, DOT, 0, 2 * np.pi)],
            width=DOT,
            color=style.WHITE,
            opacity=self.opacity,
            filled=True,
        )
