"""A training run as a film: everything that is shown goes by one clock."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import numpy as np
from manim import Animation, AnimationGroup, linear

from litnet.animations.light import _ease
from litnet.mobjects.cells import Cells
from litnet.mobjects.plot import PlottedCurve
from litnet.mobjects.signed import SignedGrid
from litnet.mobjects.words import LiveNumber
from litnet.record.quantities import Quantities, Quantity


class _Numbers:
    """What a mobject holds at each moment; out of manim's hash, which gets the digest instead."""

    __slots__ = ("digest", "of")

    def __init__(self, of: Sequence[Quantities] | Sequence[Quantity]) -> None:
        self.of: tuple[Quantities | Quantity, ...] = tuple(of)
        hasher = sha256()
        for numbers in self.of:
            values = numbers.values if isinstance(numbers, Quantities) else numbers.value
            hasher.update(np.asarray(values, dtype="<f8").tobytes())
            hasher.update(numbers.source.encode())
        self.digest = hasher.hexdigest()


class _Follow(Animation):
    """A mobject holds what it is at each moment, and nothing in between: the picture cuts."""

    def __init__(
        self,
        mobject: Cells | SignedGrid | LiveNumber,
        numbers: _Numbers,
        moments: Sequence[int],
        **kwargs: Any,
    ) -> None:
        self.numbers, self.digest, self.moments = numbers, numbers.digest, tuple(moments)
        self.at = -1
        super().__init__(mobject, rate_func=linear, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Hold the numbers of the moment that was last."""
        place, _ = clock(alpha, len(self.moments))
        numbers = self.numbers.of[self.moments[place]]
        mobject: Any = self.mobject
        if place == self.at and alpha < 1:
            return
        self.at = place
        if isinstance(numbers, Quantity):
            mobject.set_value(numbers)
        else:
            mobject.hold(numbers)


class _Draw(Animation):
    """A curve goes on, and has come to each of its points when the clock is there."""

    def __init__(self, curve: PlottedCurve, moments: Sequence[int], **kwargs: Any) -> None:
        self.moments = tuple(moments)
        super().__init__(curve, rate_func=linear, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Show the points so far, and a part of the line to the next one."""
        place, part = clock(alpha, len(self.moments))
        curve: Any = self.mobject
        curve.reach(self.moments[place] + 1 - curve.first + part)


class Epochs(AnimationGroup):
    """Pictures, lights, numbers and curves go through moments of a training run, all at once.

    Parameters
    ----------
    moments
        Places of snapshots, one after the other; the first is on screen already.
    held
        Each a mobject with ``hold`` (cells, a signed grid) or a live number, and what it holds at
        every moment of the run, from 0.
    curves
        Those that go on to the points of these moments.

    Every picture is that of a network that was: from one to the next it cuts. Only the curves
    move in between, straight to their next point.
    """

    def __init__(
        self,
        moments: Sequence[int],
        held: Sequence[
            tuple[Cells | SignedGrid | LiveNumber, Sequence[Quantities] | Sequence[Quantity]]
        ],
        curves: Sequence[PlottedCurve] = (),
        run_time: float = 4.0,
    ) -> None:
        super().__init__(
            *(_Follow(one, _Numbers(of), moments, run_time=run_time) for one, of in held),
            *(_Draw(curve, moments, run_time=run_time) for curve in curves),
            rate_func=linear,
        )


def clock(alpha: float, moments: int) -> tuple[int, float]:
    """Which of so many moments it is, and how much of the way to the next one is gone, eased."""
    if alpha >= 1 or moments < 2:
        return moments - 1, 0.0
    place = alpha * (moments - 1) + 1e-9
    whole = int(place)
    return whole, float(_ease(np.asarray(place - whole)))
