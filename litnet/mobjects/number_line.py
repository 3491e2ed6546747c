"""A number as a place on a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from manim import Group, Line, VGroup

from litnet import style
from litnet.light.lit_mobject import LitMobject
from litnet.light.strokes import arc, strokes
from litnet.mobjects.words import LiveNumber, Words, tick_number
from litnet.record.quantities import Quantity
from litnet.style import Floats

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas
    from litnet.record.page import Page

TICK = 0.09  # half the length of a tick, in scene units
DOT = 0.09  # radius of the light that marks the number
ABOVE = 0.42  # from the line to the middle of the number over it
BELOW = 0.36
FIRST_LEVEL = 0.62  # from the line to the middle of the nearest names that hang below it


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
        """The number that is meant."""
        return self.number.quantity

    def set_value(self, quantity: Quantity) -> Self:
        """Show another number."""
        self.number.set_value(quantity)
        return self._show(quantity)

    def pass_by(self, value: float) -> Self:
        """Show a number on the way to the one that is meant, for an animation that counts."""
        self.number.pass_by(value)
        return self._show(Quantity(value, self.quantity.source))

    def at(self, value: float) -> Floats:
        """(3,) the place of a number."""
        return self.line.at(value)

    def _show(self, quantity: Quantity) -> Self:
        self.line.hold(quantity)
        place = self.line.at(quantity.value)
        place[1] += ABOVE * float(np.ptp(self.line.points[:, 0])) / self.line.made_long
        self.number.move_to(place)
        return self


class Places(Group):
    """Several numbers as places on a line, each hung below it by its name.

    Parameters
    ----------
    ruler
        The line.
    quantities
        The numbers with their sources.
    names
        A short one for each; where numbers lie close, they stand lower by turns, and a thin line
        leads to each.
    size
        Of the names.
    """

    def __init__(
        self,
        ruler: NumberLine,
        quantities: Sequence[Quantity],
        names: Sequence[str],
        *,
        size: float = style.TITLE_SIZE,
    ) -> None:
        self.spots = [_Spot(ruler, quantity) for quantity in quantities]
        self.names = [Words(name, size) for name in names]
        room = 1.25 * max(name.width for name in self.names)
        step = 1.5 * max(name.height for name in self.names)
        free: list[float] = []  # of each level, the x from which on it is free
        self.leaders = [Line() for _ in names]
        order = sorted(range(len(names)), key=lambda n: quantities[n].value)
        for number in order:
            x, y, _ = ruler.at(quantities[number].value)
            level = next((k for k, end in enumerate(free) if end <= x - room / 2), len(free))
            free[level : level + 1] = [x + room / 2]
            low = y - FIRST_LEVEL - step * level
            self.names[number].move_to((x, low, 0.0))
            top = float(self.names[number].get_top()[1])
            self.leaders[number] = Line((x, y - DOT, 0), (x, top + 0.1, 0), stroke_width=1.5)
            self.leaders[number].set_color(style.QUIET_COLOR).set_opacity(0.5)
        super().__init__(*self.leaders, *self.spots, *self.names)

    def one(self, number: int) -> Group:
        """The spot of one of them, with its name and what leads to it."""
        return Group(self.leaders[number], self.spots[number], self.names[number])


class _Spot(LitMobject):
    """A number's light on a line."""

    animated: ClassVar[tuple[str, ...]] = ("opacity", "lit")

    def __init__(self, ruler: NumberLine, quantity: Quantity) -> None:
        super().__init__()
        self.quantity = quantity
        self.value, self.source = float(quantity.value), quantity.source
        self.lit = 0.0  # how far it is pointed at
        zero, place = ruler.at(0.0), ruler.at(self.value)
        self.one = float(np.linalg.norm(ruler.at(1.0) - zero))
        self.points = np.stack((place, zero))

    def describe(self, page: Page) -> None:
        """The number, and where it stands."""
        if self.opacity > 0:
            place, zero = self.points[:1], self.points[1:]
            page.measure("place", self.source, np.array([self.value]), self.one, zero, place)

    def draw(self, canvas: Canvas) -> None:
        """A small disc, white, or in the colour of what is pointed at."""
        color = np.array(style.BRIGHT) * (1 - self.lit) + np.array(style.FLASH) * self.lit
        strokes(
            canvas,
            [arc(self.points[0], 0.6 * DOT, 0, 2 * np.pi)],
            width=0.6 * DOT,
            color=(float(color[0]), float(color[1]), float(color[2])),
            glow=style.STROKE_GLOW_LIGHT * self.lit,
            opacity=self.opacity,
            filled=True,
        )


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
            color=style.BRIGHT,
            opacity=self.opacity,
            filled=True,
        )
