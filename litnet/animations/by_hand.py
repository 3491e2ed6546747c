"""Knobs that are counted, and one that is turned by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from manim import Animation, AnimationGroup, Group, Mobject, VMobject, linear

from litnet.animations.light import _Count, _Front
from litnet.mobjects.cells import Cells
from litnet.mobjects.connections import Connections
from litnet.mobjects.knob import Knob
from litnet.mobjects.network_diagram import NetworkDiagram
from litnet.mobjects.words import LiveNumber
from litnet.record.quantities import illustrative
from litnet.style import Floats, LightScale
from network import MLP, contributions
from network.parameters import replaced

if TYPE_CHECKING:
    from litnet.story.subject import Reading


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
    end
        What the network makes of its input in the end: ``scene.read_changed(...)``, or the reading
        without a change, on the way back.
    turned
        (layer, neuron, input) of the weight, as ``scene.read_changed`` takes them.
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
        end: Reading,
        turned: tuple[int, int, int],
        *,
        numbers: Sequence[tuple[LiveNumber, int]] = (),
        answers: Mapping[int, Mobject],
        ring: Mobject,
        **kwargs: Any,
    ) -> None:
        self.knob, self.numbers, self.answers, self.ring = knob, numbers, answers, ring
        layer, neuron, start = self.turned = turned
        self.mlp: MLP = end.mlp
        self.x: Floats = end.activations[0]
        self.end_value = end.weights_to(layer, neuron).one(start)
        last = len(end.sizes) - 1
        self.layers: list[tuple[int, Cells]] = [
            (number, diagram.layers[number]) for number in range(layer, last + 1)
        ]
        self.bundles: list[tuple[int, Connections]] = [
            (number, diagram.bundles[number - 1]) for number in range(layer, last + 1)
        ]
        self.held = [end.layer(number) for number, _ in self.layers]
        self.shown_at_end = [end.activation(last, place) for _, place in numbers]
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
        value = self.end_value.value
        if not ended:
            value = self.start_value + self.rate_func(alpha) * (value - self.start_value)
        layer, *place = self.turned
        mlp = replaced(self.mlp, layer, tuple(place), value)
        activations = mlp.forward(self.x).activations
        self.knob.set_value(self.end_value if ended else illustrative(value))
        for (number, cells), numbers in zip(self.layers, self.held, strict=True):
            cells.hold(numbers)
            cells.values = activations[number].copy()
            scale = LightScale.of(cells.values)
            cells.low, cells.high = scale.low, scale.high
        for number, bundle in self.bundles:
            weights = mlp.layers[number - 1].weights
            bundle.carry(contributions(weights, activations[number - 1]))
        for (shown, output), quantity in zip(self.numbers, self.shown_at_end, strict=True):
            found = float(activations[-1][output])
            shown.set_value(quantity if ended else illustrative(found))
        show_answer(int(activations[-1].argmax()), self.answers, self.ring, self.centers)


def show_answer(
    answer: int, answers: Mapping[int, Mobject], ring: Mobject, centers: Floats
) -> None:
    """Show one of the answers, and none of the others; the ring goes to its output."""
    for output, shown in answers.items():
        for part in shown.get_family():
            if isinstance(part, VMobject):
                part.set_fill(opacity=float(output == answer))
    ring.shift(centers[answer] - np.asarray(ring.get_center()))
