"""Light that moves: over pixels, from pixels into neurons, along connections."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Animation, AnimationGroup, linear

from litnet import style
from litnet.animations.turn import Turn
from litnet.mobjects.cells import Cells, NeuronLayer, PixelGrid
from litnet.mobjects.connections import Connections
from litnet.mobjects.words import LiveNumber
from litnet.record.quantities import ILLUSTRATIVE, Quantity
from litnet.style import Floats

LIFT = 12  # how fast a cell that leaves its place turns to light alone: in 1 / 24 of its way
FAINT = 0.3  # of its rim's light, so that one that is dark is seen to fly


def _ease(progress: Floats) -> Floats:
    """Smoothstep, 3p^2 - 2p^3, of progress clipped to [0, 1]; any shape."""
    p = np.clip(progress, 0, 1)
    eased: Floats = p * p * (3 - 2 * p)
    return eased


class _Sweep(Animation):
    """A band of light that passes over every pixel, row by row."""

    def __init__(self, pixels: PixelGrid, **kwargs: Any) -> None:
        self.pixels = pixels
        super().__init__(pixels, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        n = len(self.pixels)
        behind = (self.rate_func(alpha) * n - np.arange(n)) / self.pixels.shape[1]  # in rows
        trail = np.where(behind > 0, np.exp(-2.2 * behind), 0.0)
        self.pixels.flash = style.FLASH_STRENGTH * trail * (alpha < 1)


class _Count(Animation):
    """A number that counts up to its own."""

    def __init__(self, counter: LiveNumber, **kwargs: Any) -> None:
        self.counter = counter
        super().__init__(counter, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        whole = self.counter.quantity.value
        self.counter.pass_by(min(whole, int(self.rate_func(alpha) * whole)))


class CountingLight(AnimationGroup):
    """Light passes over every pixel, row by row, while a number counts those it has reached."""

    def __init__(self, pixels: PixelGrid, counter: LiveNumber, run_time: float = 4.0) -> None:
        super().__init__(
            _Sweep(pixels, rate_func=linear, run_time=run_time),
            _Count(counter, rate_func=linear, run_time=run_time),
            rate_func=linear,
        )


class PixelsIntoNeurons(Animation):
    """Every pixel flies out of the picture and becomes the neuron that holds its number.

    ``neurons`` start as the exact likeness of ``pixels`` (which the scene may keep, or take away)
    and end as they were given. Row follows row: from the top, or, on the way down, from below.
    """

    def __init__(
        self,
        pixels: PixelGrid,
        neurons: NeuronLayer,
        *,
        overlap: float = 0.55,
        arc: float = 0.5,
        **kwargs: Any,
    ) -> None:
        self.pixels = pixels
        self.neurons = neurons
        self.overlap = overlap
        self.arc = arc
        super().__init__(neurons, rate_func=linear, introducer=True, **kwargs)

    def begin(self) -> None:
        """Work out when each cell leaves."""
        rows, columns = self.pixels.shape
        row, column = np.divmod(np.arange(rows * columns), columns)
        way = self.neurons.get_center() - self.pixels.get_center()
        downwards = -way[1] > abs(way[0])
        order = ((rows - 1 - row if downwards else row) + 0.8 * column / columns) / rows
        # They swing out across their way: up when they fly sideways, to the right otherwise.
        self.swing = self.arc * np.array([1.0, 0, 0] if downwards else [0, 1.0, 0])
        self.leaves = order * (1 - self.overlap)
        self.end = self.neurons.copy()
        self.start = self.neurons.copy()
        self.start.points = self.pixels.points.copy()
        for name in ("roundness", "rim", "rim_light", "halo"):
            setattr(self.start, name, getattr(self.pixels, name).copy())
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Move, round off and begin to glow, each cell at its own time."""
        neurons = self.neurons
        if alpha >= 1:
            neurons.interpolate(self.start, self.end, 1)
            return
        # On its way each is light alone, and no darkness passes over the others.
        p = _ease((self.rate_func(alpha) - self.leaves) / self.overlap)
        both = np.concatenate((p, p))[:, None]
        neurons.points = self.start.points + (self.end.points - self.start.points) * both
        neurons.points += np.sin(np.pi * both) * self.swing
        neurons.solid = np.clip(LIFT * np.abs(2 * p - 1) - (LIFT - 1), 0, 1)
        shape = _ease(p * 1.25)
        for name in ("roundness", "rim", "rim_light", "halo"):
            start, end = getattr(self.start, name), getattr(self.end, name)
            setattr(neurons, name, start + (end - start) * shape)
        neurons.rim_light *= FAINT + (1 - FAINT) * neurons.solid


class _Front(Animation):
    """The front of the light, from the leftmost source to the targets."""

    def __init__(self, lines: Connections, **kwargs: Any) -> None:
        self.lines = lines
        super().__init__(lines, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        lines = self.lines
        if alpha >= 1:
            lines.front = None
            return
        # It runs past the targets, until all that is left is the afterglow.
        start, end = lines.way.begin, lines.way.end + 3 * style.FRONT_WIDTH
        lines.front = start + (end - start) * self.rate_func(alpha)


class _LightUp(Animation):
    """Neurons come up to their activations when the front arrives."""

    def __init__(self, layer: NeuronLayer, arrival: float, **kwargs: Any) -> None:
        self.layer = layer
        self.arrival = arrival
        super().__init__(layer, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        progress = (self.rate_func(alpha) - self.arrival) / (1 - self.arrival)
        level = _ease(np.asarray(progress))
        self.layer.set_level(float(level))


class Propagate(AnimationGroup):
    """Light runs along the connections, and the neurons at their end settle at what it brings."""

    def __init__(self, connections: Connections, targets: NeuronLayer, **kwargs: Any) -> None:
        run_time = kwargs.pop("run_time", 2.0)
        super().__init__(
            _Front(connections, rate_func=linear, run_time=run_time),
            _LightUp(targets, arrival=0.62, rate_func=linear, run_time=run_time),
            rate_func=linear,
            **kwargs,
        )


class _CellTo(Animation):
    """A cell's number eases to another."""

    def __init__(self, cell: Cells, quantity: Quantity, **kwargs: Any) -> None:
        self.cell = cell
        self.end_value = float(quantity.value)
        self.illustrative = quantity.source == ILLUSTRATIVE
        super().__init__(cell, **kwargs)

    def begin(self) -> None:
        self.start_values = self.cell.values.copy()
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        step = self.rate_func(alpha) * (self.end_value - self.start_values)
        end = np.full(len(self.cell), self.end_value)
        self.cell.values = end if alpha >= 1 else self.start_values + step
        self.cell.illustrative = self.illustrative or alpha < 1


class ValueTo(AnimationGroup):
    """A cell's number goes to another, and its light and the number shown beside it follow.

    Of a number that the network did not compute, ``illustrative(0.5)``, the record says so of the
    cell as well.
    """

    def __init__(
        self,
        cell: Cells,
        shown: LiveNumber,
        quantity: Quantity,
        run_time: float = 1.0,
    ) -> None:
        super().__init__(
            _CellTo(cell, quantity, run_time=run_time),
            Turn(shown, quantity, run_time=run_time),
            rate_func=linear,
        )
