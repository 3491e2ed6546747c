"""Light that moves: over pixels, from pixels into neurons, along connections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from manim import Animation, AnimationGroup, linear, smooth

from litnet import style
from litnet.mobjects.cells import Cells, NeuronLayer, PixelGrid
from litnet.mobjects.connections import Connections
from litnet.mobjects.words import LiveNumber
from litnet.style import Floats


def _ease(progress: Floats) -> Floats:
    """Smoothstep, 3p^2 - 2p^3, of progress clipped to [0, 1]; any shape."""
    p = np.clip(progress, 0, 1)
    eased: Floats = p * p * (3 - 2 * p)
    return eased


class CountingLight(Animation):
    """A band of light that passes over every pixel, row by row, while a number counts them."""

    def __init__(self, pixels: PixelGrid, counter: LiveNumber, **kwargs: Any) -> None:
        self.pixels = pixels
        self.counter = counter
        super().__init__(pixels, rate_func=linear, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Light the pixels about to be counted; count those that the light has passed."""
        n = len(self.pixels)
        counted = self.rate_func(alpha) * n
        behind = (counted - np.arange(n)) / self.pixels.shape[1]  # in rows
        trail = np.where(behind > 0, np.exp(-2.2 * behind), 0.0)
        self.pixels.flash = style.FLASH_STRENGTH * trail * (alpha < 1)
        self.counter.set_value(min(n, int(counted)))


class PixelsIntoNeurons(Animation):
    """Every pixel flies out of the picture and becomes the neuron that holds its number.

    ``neurons`` start as the exact likeness of ``pixels`` (which the scene may keep, or take away)
    and end as they were given. Row follows row from the top.
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
        order = (row + 0.8 * column / columns) / rows
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
        p = _ease((self.rate_func(alpha) - self.leaves) / self.overlap)
        rise = self.arc * np.sin(np.pi * p)
        both = np.concatenate((p, p))[:, None]
        neurons.points = self.start.points + (self.end.points - self.start.points) * both
        neurons.points[:, 1] += np.concatenate((rise, rise))
        shape = _ease(p * 1.25)
        for name in ("roundness", "rim", "rim_light", "halo"):
            start, end = getattr(self.start, name), getattr(self.end, name)
            setattr(neurons, name, start + (end - start) * shape)


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
        start = float(lines.source_centers[:, 0].min())
        # It runs past the targets, until all that is left is the afterglow.
        end = float(lines.target_centers[:, 0].max()) + 3 * style.FRONT_WIDTH
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
            **kwargs,
        )


class ValueTo(Animation):
    """One cell's number runs through other numbers; light and the shown number follow it.

    ``stops`` are the numbers, the cell's own first; between them the number eases. A number that
    the network did not compute is illustrative, and the shown number says so in the record.
    """

    def __init__(
        self,
        cell: Cells,
        shown: LiveNumber,
        stops: Sequence[float],
        *,
        source: str,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        self.cell = cell
        self.shown = shown
        self.stops = tuple(float(stop) for stop in stops)
        self.source = source
        super().__init__(cell, rate_func=rate_func, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Ease from stop to stop."""
        if alpha >= 1:
            value = self.stops[-1]
        else:
            place = self.rate_func(alpha) * (len(self.stops) - 1)
            leg = int(place)
            value = self.stops[leg]
            value += (self.stops[leg + 1] - value) * smooth(place - leg)
        self.cell.values = np.full(len(self.cell), value)
        at_home = value in (self.stops[0], self.stops[-1]) and alpha in (0, 1)
        self.shown.set_value(value, self.source if at_home else "illustrative")
