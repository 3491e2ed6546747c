"""A weight or a bias as something that can be turned."""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from manim import Group

from litnet import style
from litnet.light.lit_mobject import LitMobject
from litnet.light.strokes import arc, strokes
from litnet.mobjects.words import LiveNumber
from litnet.record.quantities import Quantity
from litnet.style import Floats

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas
    from litnet.record.page import Page

TURN = 0.75 * pi  # from straight up to either end, in radians
POINTER = 0.82  # where the pointer begins and ends, as parts of the radius
POINTER_FOOT = 0.46
TICKS = 5  # from straight up to either end


class Knob(Group):
    """A dial with a pointer, which is turned by a number: 0 is straight up.

    Parameters
    ----------
    quantity
        The number with its source: ``reading.bias(1, 3)``.
    limit
        How large a number turns it all the way: to the right if it is above zero, to the left
        below. The same for all knobs of a film that are to be compared.
    radius
        Of the dial, in scene units.
    places
        Digits after the point, of the number that is written in its opening.

    The ring glows from 0 to the pointer, in the colour of the sign. ``set_value`` shows another
    number, and ``Turn`` turns it there. Raises ValueError for a number beyond the limit.
    """

    def __init__(
        self, quantity: Quantity, *, limit: float, radius: float = 0.7, places: int = 2
    ) -> None:
        self.dial = _Dial(quantity, limit, radius)
        size = style.LABEL_SIZE * max(0.7, min(1.5, radius / 0.7))
        self.number = LiveNumber(quantity, places=places, size=size)
        super().__init__(self.dial, self.number)
        self.set_value(quantity)

    @property
    def quantity(self) -> Quantity:
        """The number that is shown."""
        return self.number.quantity

    def set_value(self, quantity: Quantity) -> Self:
        """Show another number."""
        self.dial.hold(quantity)
        self.number.set_value(quantity)
        self.number.move_to(self.dial.middle - (0.0, 1.12 * self.dial.radius, 0.0))
        return self


class _Dial(LitMobject):
    """The ring, its ticks and the pointer; two corners of its box are its points."""

    animated: ClassVar[tuple[str, ...]] = ("opacity", "value")
    taken_over: ClassVar[tuple[str, ...]] = ("source",)

    def __init__(self, quantity: Quantity, limit: float, radius: float) -> None:
        super().__init__()
        if not limit > 0:
            raise ValueError(f"The limit of a knob is above zero, not {limit:g}.")
        self.limit = float(limit)
        self.points = np.array([[-radius, -radius, 0.0], [radius, radius, 0.0]])
        self.hold(quantity)

    def hold(self, quantity: Quantity) -> None:
        if abs(quantity.value) > self.limit:
            raise ValueError(f"A knob that goes to {self.limit:g} cannot show {quantity.value:g}.")
        self.value, self.source = float(quantity.value), quantity.source

    @property
    def middle(self) -> Floats:
        place: Floats = self.points.mean(axis=0)
        return place

    @property
    def radius(self) -> float:
        return float(np.ptp(self.points[:, 0])) / 2

    @property
    def angle(self) -> float:
        """Radians clockwise from straight up."""
        return TURN * self.value / self.limit

    def describe(self, page: Page) -> None:
        """The number, the middle of the dial, and where the pointer ends."""
        if self.opacity > 0:
            end = arc(self.middle, POINTER * self.radius, self.angle, self.angle)[:1]
            values = np.array([self.value])
            page.measure("angle", self.source, values, TURN / self.limit, self.middle[None], end)

    def draw(self, canvas: Canvas) -> None:
        """Add the light."""
        center, radius, opacity = self.middle, self.radius, self.opacity
        color = style.NEGATIVE if self.value < 0 else style.POSITIVE
        ticks = [
            np.concatenate([arc(center, part * radius, a, a)[:1] for part in (1.09, 1.17)])
            for a in np.linspace(-TURN, TURN, 2 * TICKS + 1)
        ]
        strokes(
            canvas,
            [arc(center, radius, -TURN, TURN), *ticks],
            width=style.SCALE_WIDTH,
            color=style.STRUCTURE,
            light=style.SCALE_LIGHT,
            opacity=opacity,
        )
        strokes(
            canvas,
            [arc(center, radius, 0, self.angle)],
            width=style.STROKE_WIDTH,
            color=color,
            glow=style.STROKE_GLOW_LIGHT,
            opacity=opacity,
        )
        ends = [
            arc(center, part * radius, self.angle, self.angle)[:1]
            for part in (POINTER_FOOT, POINTER)
        ]
        strokes(
            canvas,
            [np.concatenate(ends)],
            width=1.2 * style.STROKE_WIDTH,
            color=style.BRIGHT,
            glow=0.6 * style.STROKE_GLOW_LIGHT,
            opacity=opacity,
        )
