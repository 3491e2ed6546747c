"""A neuron's bias is turned by hand, and what it lights for follows."""

from __future__ import annotations

from typing import Any, Protocol

from manim import Animation, Group, Mobject

from litnet.mobjects.swarm import Swarm
from litnet.mobjects.words import LiveNumber
from litnet.record.quantities import Quantities, Quantity, illustrative
from litnet.style import Floats


class Demand(Protocol):
    """What a neuron demands of pictures."""

    def lights(self, bias: float) -> Floats:
        """(n,) how bright it is for each with a bias, 0 to 1."""


class Tide(Animation):
    """The mark on the line moves, and each picture is as bright as the neuron would be.

    Parameters
    ----------
    swarm
        The pictures.
    mark
        What stands at the place of minus the bias; it is moved sideways.
    numbers
        Pairs of a number and the sign with which it shows the bias: 1, or -1 for what it demands.
    start, end
        From which bias it goes, and to which.
    lights
        What the pictures hold in the end.
    demand
        Gives the lights on the way.
    ends
        What the numbers show in the end, in their order.
    """

    def __init__(
        self,
        swarm: Swarm,
        mark: Mobject,
        numbers: list[tuple[LiveNumber, int]],
        *,
        start: float,
        end: float,
        lights: Quantities,
        demand: Demand,
        ends: list[Quantity],
        **kwargs: Any,
    ) -> None:
        self.swarm, self.mark, self.numbers = swarm, mark, numbers
        self.start, self.end, self.lights = start, end, lights
        self.demand, self.ends = demand, ends
        super().__init__(Group(swarm, mark, *(number for number, _ in numbers)), **kwargs)

    def begin(self) -> None:
        """Keep where the mark was."""
        self.start_x = float(self.mark.get_x())
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Show what the neuron does with the bias that it has at this time."""
        part = 1.0 if alpha >= 1 else self.rate_func(alpha)
        bias = self.start + part * (self.end - self.start)
        self.mark.set_x(self.start_x - self.swarm.unit * (bias - self.start))
        if alpha >= 1:
            self.swarm.hold(self.lights)
        else:
            self.swarm.values = self.demand.lights(bias)
        for (number, sign), quantity in zip(self.numbers, self.ends, strict=True):
            middle = number.get_center()
            number.set_value(quantity if alpha >= 1 else illustrative(sign * bias))
            number.move_to(middle)
            if sign < 0:  # it stands at the mark
                number.set_x(self.mark.get_x())
