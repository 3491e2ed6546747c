"""A whole network: its layers from left to right and the connections between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol, Self

from manim import ORIGIN, UP, Group, VGroup

from litnet import style
from litnet.mobjects.cells import NeuronLayer, grid_centers
from litnet.mobjects.connections import Connections
from litnet.mobjects.words import LiveNumber, sentence
from litnet.record.quantities import Quantities, Quantity
from litnet.stage import Stage
from litnet.style import Floats


class Computed(Protocol):
    """What a network made of a digit: a reading."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons in each layer, the input first."""

    def layer(self, number: int) -> Quantities:
        """The activations of a layer."""

    def contributions(self, number: int) -> Floats:
        """(n_out, n_in) weight times activation, of what leads to a layer.

        litnet's own readings have ``flow`` as well: the same with its source.
        """


class Block(NamedTuple):
    """How a layer stands: the distance between two neurons, rows and columns."""

    pitch: float
    rows: int
    columns: int

    @property
    def width(self) -> float:
        """Scene units, of the columns with the room around each."""
        return self.pitch * self.columns

    def centers(self, neurons: int, at: tuple[float, float] = (0.0, 0.0)) -> Floats:
        """(neurons, 3) around a point, row by row from the top left."""
        around = grid_centers(self.rows, self.columns, self.pitch)[:neurons]
        around[:, :2] += at
        return around


class NetworkDiagram(Group):
    """The layers after the first, and the connections, laid out beside a given input layer.

    Parameters
    ----------
    inputs
        The input layer, already in its place.
    reading
        What the network computed.
    right
        Scene x of the last column of the last layer.
    tall
        Height of a layer whose neurons need the room.

    The layout comes from the sizes alone; between any two layers is the same distance.
    """

    def __init__(
        self,
        inputs: NeuronLayer,
        reading: Computed,
        *,
        right: float,
        tall: float,
    ) -> None:
        left = float(inputs.get_right()[0])
        middle = float(inputs.get_center()[1])
        self.inputs = inputs
        self.layers = [inputs]
        numbers = range(1, len(reading.sizes))
        self.blocks = blocks(reading.sizes[1:], tall, right - left)
        # Between the edges of two neighbours; the last layer ends half a neuron after ``right``.
        room = right - left + self.blocks[-1].pitch / 2
        gap = (room - sum(block.width for block in self.blocks)) / len(self.blocks)
        x = left
        for number, block in zip(numbers, self.blocks, strict=True):
            values = reading.layer(number)
            centers = block.centers(len(values), at=(x + gap + block.width / 2, middle))
            self.layers.append(NeuronLayer(values, pitch=block.pitch, centers=centers))
            x += gap + block.width
        flow = getattr(reading, "flow", reading.contributions)
        self.bundles = [
            Connections(self.layers[number - 1], self.layers[number], flow(number))
            for number in numbers
        ]
        super().__init__(*self.bundles, *self.layers)

    def sizes(self, y: float) -> VGroup:
        """The number of neurons of each layer, above it; by turns higher, where it is too close."""
        sizes = VGroup(
            *(
                LiveNumber(
                    Quantity(len(cells), f"network.sizes[{number}]"),
                    places=0,
                    color=style.QUIET_COLOR,
                ).move_to((cells.get_x(), y, 0.0))
                for number, cells in enumerate(self.layers)
            )
        )
        if any(b.get_left()[0] - a.get_right()[0] < 0.12 for a, b in pairwise(sizes)):
            for number, size in enumerate(sizes):
                size.shift((0.24 if number % 2 else -0.1) * UP)
        return sizes

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
    def digits_fit(self) -> bool:
        """Whether each output has room for its number beside it."""
        last = self.blocks[-1]
        return last.columns == 1 and last.pitch >= style.DIGIT_PITCH

    @property
    def connections(self) -> int:
        """How many connections there are."""
        return sum(bundle.total for bundle in self.bundles)

    @property
    def drawn(self) -> int:
        """How many of them are drawn."""
        return sum(bundle.drawn for bundle in self.bundles)

    def counts(self, *others: NetworkDiagram) -> tuple[Quantity, Quantity]:
        """How many connections are drawn, and of how many, in these networks together."""
        networks = (self, *others)
        return (
            Quantity(sum(network.drawn for network in networks), "edges.drawn"),
            Quantity(sum(network.connections for network in networks), "edges.total"),
        )

    @property
    def whole(self) -> bool:
        """Whether all of them are drawn; where they are not, the picture has to say so."""
        return self.drawn == self.connections


def drawn_line(text: str, stage: Stage, *networks: NetworkDiagram) -> VGroup:
    """A line below networks that says how many of their connections are drawn, and of how many.

    ``text`` has the places ``{drawn}`` and ``{total}``.
    """
    drawn, total = networks[0].counts(*networks[1:])
    line = sentence(text, drawn=LiveNumber(drawn, places=0), total=LiveNumber(total, places=0))
    line.scale(min(1.0, 2 * stage.right / line.width))
    edge = UP if stage.stacked else ORIGIN
    return line.move_to((0.0, stage.below, 0.0), aligned_edge=edge)


def blocks(sizes: Sequence[int], tall: float, wide: float) -> list[Block]:
    """How layers of these sizes stand beside each other in a room of ``tall`` by ``wide`` units.

    A layer is one column, as long as its neurons are large enough to be seen. Those that need
    several columns share what the columns leave of ``style.PART_FOR_LAYERS`` of the width, and
    have neurons of one size, so that a larger layer is seen to be larger.
    """
    columns = [Block(min(tall / size, style.LARGEST_PITCH), size, 1) for size in sizes]
    crowds = [size for size in sizes if tall / size < style.SMALLEST_PITCH]
    if not crowds:
        return columns
    taken = sum(block.width for block in columns if block.pitch >= style.SMALLEST_PITCH)
    # However many columns there are, the crowds get some of the room.
    room = max(style.PART_FOR_LAYERS * wide - taken, 0.2 * wide)
    pitch = largest_pitch(crowds, tall, room, style.SMALLEST_PITCH)
    return [
        block_of(size, tall, pitch) if tall / size < style.SMALLEST_PITCH else column
        for size, column in zip(sizes, columns, strict=True)
    ]


def block_of(neurons: int, tall: float, pitch: float) -> Block:
    """As few columns as are needed for neurons ``pitch`` apart, at most ``tall`` units high."""
    columns = math.ceil(neurons / _rows(tall, pitch))
    return Block(pitch, math.ceil(neurons / columns), columns)


def largest_pitch(sizes: Sequence[int], tall: float, wide: float, most: float) -> float:
    """The largest distance between neurons, up to ``most``, with which layers of these sizes fit.

    Each is at most ``tall`` units high, and all together are at most ``wide``.
    """

    def fits(pitch: float) -> bool:
        rows = _rows(tall, pitch)
        return pitch * rows <= tall + 1e-9 and (
            sum(math.ceil(size / rows) for size in sizes) * pitch <= wide
        )

    # The largest pitches are those at which one more row fits, or the columns fill the width.
    best = 0.0
    for rows in range(1, max(sizes) + 1):
        columns = sum(math.ceil(size / rows) for size in sizes)
        pitch = min(most, tall / rows, wide / columns)
        if pitch > best and fits(pitch):
            best = pitch
    return best


def _rows(tall: float, pitch: float) -> int:
    """How many neurons ``pitch`` apart fit into a height; at least one."""
    return max(1, int(tall / pitch + 1e-9))


def block(neurons: int, tall: float, wide: float) -> Block:
    """How one layer stands in a room of its own, of ``tall`` by ``wide`` units.

    One column, as long as its neurons are large enough to be seen; then as many columns as are
    needed, with the neurons made smaller where even those do not fit.
    """
    pitch = min(tall / neurons, style.LARGEST_PITCH)
    if pitch >= style.SMALLEST_PITCH:
        return Block(pitch, neurons, 1)
    return block_of(neurons, tall, largest_pitch([neurons], tall, wide, style.SMALLEST_PITCH))


def input_layer(numbers: Quantities, side: float, tall: float) -> NeuronLayer:
    """The input of a network: a square of neurons of that side, or a list of them as a block."""
    if numbers.values.ndim == 2:
        rows, columns = numbers.values.shape
        pitch = side / rows
        return NeuronLayer(numbers, pitch=pitch, centers=grid_centers(rows, columns, pitch))
    standing = block(len(numbers), tall, side)
    return NeuronLayer(numbers, pitch=standing.pitch, centers=standing.centers(len(numbers)))
