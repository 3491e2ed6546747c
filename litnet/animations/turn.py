"""A number that goes to another, and what shows it goes along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from manim import Animation, Group

from litnet.record.quantities import Quantity, illustrative

if TYPE_CHECKING:
    from litnet.mobjects.knob import Knob
    from litnet.mobjects.number_line import NumberLine
    from litnet.mobjects.words import LiveNumber


class Turn(Animation):
    """A number eases to another: a knob turns, or the light on a line moves.

    On the way, what is shown is illustrative.
    """

    def __init__(
        self, shown: Knob | NumberLine | LiveNumber, quantity: Quantity, **kwargs: Any
    ) -> None:
        self.shown, self.quantity = shown, quantity
        super().__init__(shown, **kwargs)

    def begin(self) -> None:
        """Keep the number that it goes away from."""
        self.start_value = self.shown.quantity.value
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Show the number at this time."""
        if alpha >= 1:
            self.shown.set_value(self.quantity)
        else:
            step = self.rate_func(alpha) * (self.quantity.value - self.start_value)
            self.shown.set_value(illustrative(self.start_value + step))


class TurnTogether(Animation):
    """A knob eases to another number, and what follows from it goes along.

    Parameters
    ----------
    knob, quantity
        What is turned, and where it goes.
    lines
        What follows, each with the number where it ends.
    computed
        Gives the numbers of all lines for the knob at any number.

    On the way, what is shown is illustrative.
    """

    def __init__(
        self,
        knob: Knob,
        quantity: Quantity,
        lines: Sequence[tuple[NumberLine, Quantity]],
        computed: Callable[[float], Sequence[float]],
        **kwargs: Any,
    ) -> None:
        self.knob, self.quantity = knob, quantity
        self.lines, self.computed = list(lines), computed
        super().__init__(Group(knob, *(line for line, _ in lines)), **kwargs)

    def begin(self) -> None:
        """Keep the number that the knob is turned away from."""
        self.start_value = self.knob.quantity.value
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Show what follows with the knob where it is."""
        if alpha >= 1:
            self.knob.set_value(self.quantity)
            for line, end in self.lines:
                line.set_value(end)
            return
        step = self.rate_func(alpha) * (self.quantity.value - self.start_value)
        value = self.start_value + step
        self.knob.set_value(illustrative(value))
        for (line, _), follows in zip(self.lines, self.computed(value), strict=True):
            line.set_value(illustrative(follows))
