"""What speaks for a neuron and what against it, added up."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Self

import numpy as np
from manim import DL, LEFT, Rectangle, VGroup

from litnet import style
from litnet.mobjects.words import LiveNumber, Words
from litnet.record.quantities import Quantities

ROW = 0.95  # from the middle of one bar to the next
BAR = 0.42  # height
SIZE = style.TITLE_SIZE
SIGN = 0.36  # room for a plus
MINUS = "\N{MINUS SIGN}"
GAP = 0.3  # between a number and its bar


def places_that_add_up(*sums: tuple[float, Sequence[float]], fewest: int = 2) -> int:
    """So many digits after the point that parts, as they are rounded, add up to their whole.

    Each of ``sums`` is a whole and its parts. They are the fewest digits from ``fewest`` on, three
    more at most, else ``fewest``.
    """
    for places in range(fewest, fewest + 4):
        if all(
            sum(Decimal(f"{part:.{places}f}") for part in parts) == Decimal(f"{whole:.{places}f}")
            for whole, parts in sums
        ):
            return places
    return fewest


class Balance(VGroup):
    """Two bars, of the contributions above zero and of those below, and what is left of both.

    Parameters
    ----------
    contributions
        To one neuron: ``reading.contributions_to(1, 3)``.
    width
        Room for a number and the longer bar, in scene units.
    places
        Digits after the point; by default two, or as many as are needed for the two sums, as they
        are rounded, to add up to what is left, of all contributions and of each count in ``holds``.

    It shows the sums of the first ``count`` contributions; at first of none.
    """

    def __init__(
        self,
        contributions: Quantities,
        *,
        width: float,
        places: int | None = None,
        holds: Sequence[int] = (),
    ) -> None:
        self.contributions = contributions
        if places is None:
            sums = [
                [contributions.sum(count, sign).value for sign in ("", "positive", "negative")]
                for count in (len(contributions), *holds)
            ]
            places = places_that_add_up(*((whole, parts) for whole, *parts in sums))
        self.places = places
        self.count = 0
        self.sums = {sign: contributions.sum(0, sign) for sign in ("positive", "negative", "")}
        largest = max(abs(contributions.sum(sign=sign).value) for sign in ("positive", "negative"))
        self.numbers = {
            sign: LiveNumber(self.sums[sign], places=places, size=size, color=color)
            for sign, size, color in (
                ("positive", SIZE, style.POSITIVE_COLOR),
                ("negative", SIZE, style.NEGATIVE_COLOR),
                ("", 1.5 * SIZE, style.TEXT_COLOR),
            )
        }
        self.numbers["negative"].pass_by(-largest)  # the widest that will be shown
        left = self.numbers["negative"].width + GAP
        self.unit = (width - left) / largest if largest > 0 else 0.0
        self.bars = {
            name: Rectangle(
                width=1, height=BAR, stroke_width=0, fill_opacity=1, fill_color=color
            ).move_to((left, -row * ROW, 0.0), aligned_edge=LEFT)
            for row, (name, color) in enumerate(
                (("positive", style.POSITIVE_COLOR), ("negative", style.NEGATIVE_COLOR))
            )
        }
        self.plus = Words("+", SIZE, style.POSITIVE_COLOR)
        super().__init__(self.plus, *self.bars.values(), *self.numbers.values())
        self.set_count(0)
        for row, name in enumerate(("positive", "negative", "")):
            number = self.numbers[name]
            number.move_to((SIGN, -(row + 0.35 * (name == "")) * ROW, 0.0), aligned_edge=LEFT)
        self.plus.move_to((0.0, 0.0, 0.0), aligned_edge=LEFT)
        self.shift((-width / 2, 1.15 * ROW, 0.0))

    @property
    def total(self) -> LiveNumber:
        """What is left."""
        return self.numbers[""]

    def set_count(self, count: int) -> Self:
        """Show the sums of the first so many contributions."""
        self.count = count
        self.sums = {sign: self.contributions.sum(count, sign) for sign in self.numbers}
        for sign, number in self.numbers.items():
            signed = number.text.startswith(MINUS)
            number.set_value(self.sums[sign])
            # A minus comes and goes on the left of the digits, which do not move.
            if signed != number.text.startswith(MINUS):
                room = number.width_of(MINUS)
                number.shift((room if signed else -room, 0.0, 0.0))
        for name, bar in self.bars.items():
            left, low = bar.get_corner(DL)[:2]
            right = left + max(abs(self.sums[name].value) * self.unit, 1e-3)
            corners = np.array([(left, low), (right, low), (right, low + BAR), (left, low + BAR)])
            points = np.column_stack((corners, np.zeros(4)))
            bar.set_points_as_corners([*points, points[0]])
        return self
