"""A number that goes to another, and what shows it goes along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manim import Animation

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
