"""Numbers that fill a room, and numbers that change their places."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Animation, AnimationGroup, linear

from litnet.animations.light import _ease
from litnet.mobjects.number_field import NumberField
from litnet.mobjects.words import LiveNumber
from litnet.record.quantities import Quantities
from litnet.style import Floats

FALL = 0.1  # of the run time, in which a number falls to its place
SEEN = 7  # of so many numbers, one is seen falling; the others are there when it arrives
UNEVEN = 0.04  # of the run time, by which numbers come earlier or later than their row


class _Fall(Animation):
    """The field fills from below."""

    def __init__(self, field: NumberField, rng: np.random.Generator, **kwargs: Any) -> None:
        self.field = field
        n = len(field)
        up = (field.rows - 1 - field.row) / max(1, field.rows - 1)
        # How much of its light comes at once with its row, and how much by chance around it.
        self.arrival: Floats = (1 - FALL) * (up + UNEVEN * rng.uniform(-1, 1, n)).clip(0, 1)
        super().__init__(field, rate_func=linear, introducer=True, **kwargs)

        self.seen = np.arange(n) % SEEN == 0
        self.high = float(field.centers[:, 1].max()) + 2 * field.pitch - field.centers[:, 1]

    def interpolate_mobject(self, alpha: float) -> None:
        """Let each fall, or come up, at its own time."""
        field = self.field
        p = np.clip((alpha - self.arrival) / FALL, 0, 1) if alpha < 1 else np.ones(len(field))
        field.lift = np.where(self.seen & (p > 0), self.high * (1 - p * p), 0.0)
        field.level = np.where(self.seen, (p > 0).astype(float), _ease((p - 0.7) / 0.3))


class _CountArrived(Animation):
    """A number that counts those that have come."""

    def __init__(self, counter: LiveNumber, arrival: Floats, **kwargs: Any) -> None:
        self.counter = counter
        self.arrived = np.sort(arrival) + FALL
        super().__init__(counter, rate_func=linear, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Count; the last is there at the end."""
        whole = self.counter.quantity.value
        part = np.searchsorted(self.arrived, alpha, side="right") / len(self.arrived)
        self.counter.count_to(whole if alpha >= 1 else float(int(part * whole)))


class PourIn(AnimationGroup):
    """Numbers fill a field from below, and are counted; ``rng`` makes the surface uneven.

    Where the field shows some of the numbers only, all are counted in the same time.
    """

    def __init__(
        self,
        field: NumberField,
        counter: LiveNumber,
        rng: np.random.Generator,
        run_time: float = 4.0,
    ) -> None:
        fall = _Fall(field, rng, run_time=run_time)
        super().__init__(
            fall, _CountArrived(counter, fall.arrival, run_time=run_time), rate_func=linear
        )


class Rearrange(Animation):
    """Numbers of a field give way to others, the same in another order, column after column."""

    def __init__(self, field: NumberField, numbers: Quantities, **kwargs: Any) -> None:
        self.field, self.numbers = field, numbers
        super().__init__(field, rate_func=linear, **kwargs)

    def begin(self) -> None:
        """Keep what they were."""
        self.before = self.field.values.copy()
        self.after: Floats = self.numbers.values.ravel()
        column = np.arange(len(self.field)) % self.field.columns
        self.leaves = column / max(1, self.field.columns)
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Change those that the moment has come for: out goes the one light, in comes the other."""
        field = self.field
        if alpha >= 1:
            field.hold(self.numbers)
            field.level = np.ones(len(field))
            return
        p = np.clip((alpha * 1.2 - self.leaves) / 0.2, 0, 1)
        field.values = np.where(p < 0.5, self.before, self.after)
        field.level = _ease(np.abs(2 * p - 1))
