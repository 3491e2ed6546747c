"""Many digits, read one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt
from manim import Animation, AnimationGroup, linear

from litnet.animations.light import _ease
from litnet.mobjects.cells import NeuronLayer
from litnet.mobjects.gallery import Pictures
from litnet.mobjects.words import LiveNumber
from litnet.record.quantities import Quantities
from litnet.style import Floats

FLIGHT = 0.3  # of the run time, that a picture is under way
IN, OUT = 0.4, 0.62  # parts of its way: until it is read, and until it leaves the network
SMALLEST = 0.2  # of a picture inside the network, as a part of its size in the pile


class _Passes:
    """The activations (n, k) of each layer; out of manim's hash, which gets the digest instead."""

    __slots__ = ("digest", "of")

    def __init__(self, of: Sequence[Floats]) -> None:
        self.of = tuple(np.asarray(layer) for layer in of)
        hasher = sha256()
        for layer in self.of:
            hasher.update(np.ascontiguousarray(layer, dtype="<f8").tobytes())
        self.digest = hasher.hexdigest()


class _Fly(Animation):
    """Pictures fly into the network, and out of one of its outputs."""

    def __init__(
        self,
        tiles: Pictures,
        order: npt.NDArray[np.intp],
        gate: Floats,
        doors: Floats,
        places: Floats,
        side: float,
        **kwargs: Any,
    ) -> None:
        self.tiles, self.gate, self.doors, self.places = tiles, gate, doors, places
        self.side = side
        self.leaves = np.empty(len(tiles))
        self.leaves[order] = (1 - FLIGHT) * np.arange(len(order)) / max(1, len(order) - 1)
        super().__init__(tiles, rate_func=linear, **kwargs)

    def begin(self) -> None:
        """Keep where they come from."""
        self.start_centers, self.start_half = self.tiles.centers, self.tiles.half
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Move each at its own time."""
        p = np.clip((alpha - self.leaves) / FLIGHT, 0, 1) if alpha < 1 else np.ones(len(self.tiles))
        come, through, go = (
            _ease((p - start) / (end - start))[:, None]
            for start, end in ((0, IN), (IN, OUT), (OUT, 1))
        )
        centers = self.start_centers + (self.gate - self.start_centers) * come
        centers += (self.doors - self.gate) * through
        centers += (self.places - self.doors) * go
        first, last = self.start_half, np.full(len(p), self.side / 2)
        half = first + (SMALLEST * first - first) * come[:, 0]
        half += (last - SMALLEST * first) * go[:, 0]
        corner = np.zeros_like(centers)
        corner[:, :2] = half[:, None]
        self.tiles.points = np.concatenate((centers - corner, centers + corner))


class _Read(Animation):
    """A layer holds what the network makes of the picture that is read."""

    def __init__(
        self,
        layer: NeuronLayer,
        passes: _Passes,
        number: int,
        order: npt.NDArray[np.intp],
        end: Quantities,
        **kwargs: Any,
    ) -> None:
        self.layer, self.passes, self.digest = layer, passes, passes.digest
        self.number, self.order, self.end = number, order, end
        super().__init__(layer, rate_func=linear, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Hold the activations of the last that was read."""
        n = len(self.order)
        if alpha >= 1:
            self.layer.hold(self.end).set_level(1)
            return
        read = (alpha - IN * FLIGHT) / (1 - FLIGHT) * max(1, n - 1)
        if read < 0:
            return
        self.layer.values = self.passes.of[self.number][self.order[min(n - 1, int(read))]].copy()
        self.layer.set_level(1)


class _CountRight(Animation):
    """A number that counts those that were read rightly and have come to their places."""

    def __init__(
        self, counter: LiveNumber, right: Floats, order: npt.NDArray[np.intp], **kwargs: Any
    ) -> None:
        self.counter = counter
        self.sums = np.concatenate(([0.0], np.cumsum(right[order])))
        super().__init__(counter, rate_func=linear, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Count."""
        n = len(self.sums) - 1
        there = int(np.clip((alpha - FLIGHT) / (1 - FLIGHT) * (n - 1) + 1, 0, n))
        if alpha < FLIGHT:
            there = 0
        self.counter.count_to(self.counter.quantity.value if alpha >= 1 else self.sums[there])


class ReadAll(AnimationGroup):
    """Every picture goes through a network, and to where those of its answer stand.

    Parameters
    ----------
    tiles
        The pictures, in a pile; their numbers are 1 where the answer is right.
    layers
        Those of the network, the input first; at the end they hold ``ends``.
    activations
        (n, k) of each layer, for every picture.
    order
        (n,) which picture goes first, and so on.
    places, side
        (n, 3) where they go, and how large they are there.
    counter
        Counts those that are right.
    """

    def __init__(
        self,
        tiles: Pictures,
        layers: Sequence[NeuronLayer],
        activations: Sequence[Floats],
        ends: Sequence[Quantities],
        *,
        order: npt.NDArray[np.intp],
        places: Floats,
        side: float,
        counter: LiveNumber,
        run_time: float = 3.0,
    ) -> None:
        passes = _Passes(activations)
        doors = layers[-1].centers[activations[-1].argmax(axis=1)]
        gate = layers[0].get_center()
        super().__init__(
            *(
                _Read(layer, passes, number, order, end, run_time=run_time)
                for number, (layer, end) in enumerate(zip(layers, ends, strict=True))
            ),
            _Fly(tiles, order, gate, doors, places, side, run_time=run_time),
            _CountRight(counter, tiles.values, order, run_time=run_time),
            rate_func=linear,
        )
