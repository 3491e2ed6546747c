"""Knobs that are counted, and one that is turned by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from manim import Animation, AnimationGroup, Group, Mobject, VMobject, linear

from litnet.animations.light import _Count, _Front
from litnet.mobjects.cells import Cells
from litnet.mobjects.connections import Connections
from litnet.mobjects.knob import Knob
from litnet.mobjects.network_diagram import Computed, NetworkDiagram
from litnet.mobjects.words import LiveNumber
from litnet.record.quantities import Quantity, illustrative
from litnet.style import Floats


class Answered(Computed, Protocol):
    """What a network made of a digit, and its answer: a reading."""

    @property
    def answer(self) -> int:
        """The brightest output."""


class CountLines(AnimationGroup):
    """A bundle lights up from left to right, while a number counts its lines."""

    def __init__(self, bundle: Connections, counter: LiveNumber, run_time: float = 2.0) -> None:
        super().__init__(
            _Front(bundle, rate_func=linear, run_time=run_time),
            _Count(counter, rate_func=linear, run_time=run_time),
            rate_func=linear,
        )


class ByHand(Animation):
    """A knob goes to another number, and in each frame the network computes anew what follows.

    Parameters
    ----------
    knob
        The one that is turned.
    diagram
        The network, whose light follows.
    layer
        That of the weight or bias, counted from 1: what lies before it stays.
    quantity
        Where the knob goes: a number of ``end``.
    end
        What the network makes of its input in the end: ``scene.read_changed(...)``, or the reading
        without a change, on the way back.
    computed
        Gives the same for the knob at any number: ``scene.turned(...)``.
    numbers
        Those of the outputs, each with its place among them.
    answers
        What is shown of each answer that there is on the way, by its output.
    ring
        What stands around the answer.
    """

    def __init__(
        self,
        knob: Knob,
        diagram: NetworkDiagram,
        layer: int,
        quantity: Quantity,
        end: Answered,
        computed: Callable[[float], Answered],
        *,
        numbers: Sequence[tuple[LiveNumber, int]] = (),
        answers: Mapping[int, Mobject],
        ring: Mobject,
        **kwargs: Any,
    ) -> None:
        self.knob, self.numbers, self.answers, self.ring = knob, numbers, answers, ring
        self.quantity, self.end, self.computed = quantity, end, computed
        follow = range(layer, len(end.sizes))
        self.layers: list[tuple[int, Cells]] = [(n, diagram.layers[n]) for n in follow]
        self.bundles: list[tuple[int, Connections]] = [(n, diagram.bundles[n - 1]) for n in follow]
        self.centers: Floats = diagram.outputs.centers
        moved = (mobject for _, mobject in (*self.bundles, *self.layers))
        super().__init__(
            Group(knob, *moved, *(n for n, _ in numbers), *answers.values(), ring), **kwargs
        )

    def begin(self) -> None:
        """Keep the number that the knob is turned away from."""
        self.start_value = self.knob.quantity.value
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Show what the network computes with the knob where it is."""
        ended = alpha >= 1
        value = self.quantity.value
        if not ended:
            value = self.start_value + self.rate_func(alpha) * (value - self.start_value)
        found = self.end if ended else self.computed(value)
        self.knob.set_value(self.quantity if ended else illustrative(value))
        for number, cells in self.layers:
            cells.hold(found.layer(number))
        for number, bundle in self.bundles:
            bundle.carry(found.contributions(number))
        outputs = found.layer(len(found.sizes) - 1)
        for shown, output in self.numbers:
            quantity = outputs.one(output)
            shown.set_value(quantity if ended else illustrative(quantity.value))
        show_answer(found.answer, self.answers, self.ring, self.centers)


def show_answer(
    answer: int, answers: Mapping[int, Mobject], ring: Mobject, centers: Floats
) -> None:
    """Show one of the answers, and none of the others; the ring goes to its output."""
    for output, shown in answers.items():
        for part in shown.get_family():
            if isinstance(part, VMobject):
                part.set_fill(opacity=float(output == answer))
    ring.shift(centers[answer] - np.asarray(ring.get_center()))
