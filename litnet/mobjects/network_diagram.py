"""A whole network: its layers from left to right and the connections between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Self

from manim import Group

from litnet import style
from litnet.mobjects.cells import NeuronLayer, grid_centers
from litnet.mobjects.connections import Connections
from litnet.style import Floats


class NetworkDiagram(Group):
    """The layers after the first, and the connections, laid out beside a given input layer.

    Parameters
    ----------
    inputs
        The input layer, already in its place.
    activations
        Those of the other layers, each (n,).
    contributions
        For each of those layers, (n_out, n_in) weight times activation.
    right
        Scene x of the last layer.
    tall
        Height of a layer whose neurons need the room.

    The layout comes from the sizes alone; layers stand at equal distances.
    """

    def __init__(
        self,
        inputs: NeuronLayer,
        activations: Sequence[Floats],
        contributions: Sequence[Floats],
        *,
        right: float,
        tall: float,
    ) -> None:
        left = float(inputs.get_right()[0])
        middle = float(inputs.get_center()[1])
        step = (right - left) / len(activations)
        self.inputs = inputs
        self.layers = [inputs]
        for number, values in enumerate(activations, start=1):
            pitch, rows, columns = block(len(values), tall, 0.45 * step)
            centers = grid_centers(rows, columns, pitch)[: len(values)]
            layer = NeuronLayer(values, layer=number, pitch=pitch, centers=centers)
            self.layers.append(layer.move_to((left + step * number, middle, 0)))
        self.bundles = [
            Connections(sources, targets, contribution)
            for sources, targets, contribution in zip(
                self.layers[:-1], self.layers[1:], contributions, strict=True
            )
        ]
        super().__init__(*self.bundles, *self.layers)

    def darken(self) -> Self:
        """Leave only the input lit: nothing has flowed yet."""
        for bundle, layer in zip(self.bundles, self.layers[1:], strict=True):
            bundle.darken()
            layer.set_level(0)
        return self

    @property
    def hidden(self) -> list[NeuronLayer]:
        """The layers between the input and the output."""
        return self.layers[1:-1]

    @property
    def outputs(self) -> NeuronLayer:
        """The last layer."""
        return self.layers[-1]

    @property
    def connections(self) -> int:
        """How many connections there are."""
        return sum(bundle.total for bundle in self.bundles)

    @property
    def drawn(self) -> int:
        """How many of them are drawn."""
        return sum(bundle.drawn for bundle in self.bundles)


def block(neurons: int, tall: float, wide: float) -> tuple[float, int, int]:
    """How a layer stands: pitch, rows and columns, in a room of ``tall`` by ``wide`` units.

    One column, as long as its neurons are large enough to be seen; then as many columns as are
    needed, with the neurons made smaller where even those do not fit.
    """
    pitch = min(tall / neurons, style.LARGEST_PITCH)
    if pitch >= style.SMALLEST_PITCH:
        return pitch, neurons, 1
    pitch = min(style.SMALLEST_PITCH, math.sqrt(tall * wide / neurons))
    columns = math.ceil(neurons / max(1, int(tall / pitch)))
    return min(pitch, wide / columns), math.ceil(neurons / columns), columns
