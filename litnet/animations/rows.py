"""Neurons in rows: read out one after the other, unfolded into a whole field."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Animation, AnimationGroup, Group, VMobject, linear

from litnet.animations.light import _ease
from litnet.mobjects.cells import Cells, NeuronLayer
from litnet.mobjects.words import LiveNumber


class ReadOut(Animation):
    """A pointer glides along a row of cells, and the number over it is that of the cell it is at.

    Parameters
    ----------
    cells
        Cells that stand side by side.
    pointer
        What glides; it keeps its height.
    shown
        The number, which keeps its height too, and stays between ``left`` and ``right`` (scene x).
    start, end
        Places of cells in the row, counted from 0.
    """

    def __init__(
        self,
        cells: Cells,
        pointer: VMobject,
        shown: LiveNumber,
        *,
        start: int,
        end: int,
        left: float,
        right: float,
        **kwargs: Any,
    ) -> None:
        self.cells = cells
        self.pointer = pointer
        self.shown = shown
        self.start_place, self.end_place = start, end
        self.left, self.right = left, right
        super().__init__(Group(pointer, shown), **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Go to the place at this time, between two cells perhaps, and read the nearer one."""
        place = self.start_place + self.rate_func(alpha) * (self.end_place - self.start_place)
        centers = self.cells.centers[:, 0]
        x = float(np.interp(place, np.arange(len(centers)), centers))
        nearest = round(place)
        self.shown.set_value(self.cells.numbers.one(self.cells.indices[nearest]))
        half = self.shown.width / 2
        self.shown.set_x(float(np.clip(x, self.left + half, self.right - half)))
        self.pointer.set_x(x)


class _Unfold(Animation):
    """Rows come out from behind one of them, and light up where they come to stand."""

    def __init__(self, field: NeuronLayer, row: int, columns: int, **kwargs: Any) -> None:
        self.field = field
        self.row = row
        self.columns = columns
        super().__init__(field, **kwargs)

    def begin(self) -> None:
        """Work out where the rows go, and when each leaves: the nearest first."""
        rows = np.arange(len(self.field)) // self.columns
        away = np.abs(rows - self.row)
        self.leaves = 0.55 * (away - 1) / max(1, int(away.max()) - 1)
        self.still = away == 0
        self.end = self.field.copy()
        self.start = self.field.copy()
        middle = self.field.centers[self.row * self.columns, 1]
        height = self.field.half
        self.start.points[:, 1] = np.concatenate((middle - height, middle + height))
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Move each row at its own time."""
        p = _ease((self.rate_func(alpha) - self.leaves) / 0.45)
        both = np.concatenate((p, p))[:, None]
        points = self.start.points + (self.end.points - self.start.points) * both
        self.field.points = self.end.points.copy() if alpha >= 1 else points
        level = _ease((p - 0.5) / 0.5)
        level[self.still] = 1.0
        self.field.level = self.end.level.copy() if alpha >= 1 else level


class _CountLit(Animation):
    """A number that counts the neurons whose number is known."""

    def __init__(self, counter: LiveNumber, field: NeuronLayer, **kwargs: Any) -> None:
        self.counter = counter
        self.field = field
        super().__init__(counter, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Count; a neuron counts when its light is up by half."""
        known = len(self.field) if alpha >= 1 else int(np.count_nonzero(self.field.level >= 0.5))
        self.counter.pass_by(known)


class UnfoldRows(AnimationGroup):
    """A field of neurons unfolds from one of its rows, while a number counts them.

    ``field`` stands as it is to stand in the end, row by row, ``columns`` neurons each; ``row`` is
    the one that all others come from. A number turns visible where its neuron comes to stand.
    """

    def __init__(
        self,
        field: NeuronLayer,
        counter: LiveNumber,
        *,
        row: int,
        columns: int,
        run_time: float = 4.0,
    ) -> None:
        super().__init__(
            _Unfold(field, row, columns, rate_func=linear, run_time=run_time),
            _CountLit(counter, field, rate_func=linear, run_time=run_time),
            rate_func=linear,
        )
