"""Neurons in rows: read out one after the other, lit up until they are a whole field."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Animation, AnimationGroup, Group, VMobject, linear

from litnet.animations.light import _ease
from litnet.mobjects.cells import Cells, NeuronLayer
from litnet.mobjects.words import LiveNumber

RISE = 0.4  # of the run time, in which one row comes up
HURRIES = 0.12  # light that a cell seems to have at least, for the time that a reading takes


class ReadOut(Animation):
    """A pointer glides along a row of cells, and the number over it is that of the cell it is at.

    It takes its time where they are bright, and hurries where they are dark.

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
        way = 1 if self.end_place > self.start_place else -1
        places = np.arange(self.start_place, self.end_place + way, way)
        lights = HURRIES + self.cells.light[places]
        times = np.concatenate(([0.0], np.cumsum((lights[1:] + lights[:-1]) / 2)))
        place = float(np.interp(self.rate_func(alpha) * times[-1], times, places))
        centers = self.cells.centers[:, 0]
        x = float(np.interp(place, np.arange(len(centers)), centers))
        nearest = round(place)
        self.shown.set_value(self.cells.numbers.one(self.cells.indices[nearest]))
        half = self.shown.width / 2
        self.shown.set_x(float(np.clip(x, self.left + half, self.right - half)))
        self.pointer.set_x(x)


class _Dawn(Animation):
    """Rows come up out of the dark, those next to one of them first."""

    def __init__(self, field: NeuronLayer, row: int, columns: int, **kwargs: Any) -> None:
        self.field, self.row, self.columns = field, row, columns
        super().__init__(field, **kwargs)

    def begin(self) -> None:
        """Work out when each row comes: the nearest first."""
        away = np.abs(np.arange(len(self.field)) // self.columns - self.row)
        self.comes = (1 - RISE) * (away - 1) / max(1, int(away.max()) - 1)
        self.there = away == 0
        self.end = self.field.level.copy(), self.field.rim_light.copy()
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Light each row at its own time."""
        p = _ease((self.rate_func(alpha) - self.comes) / RISE)
        p[self.there] = 1.0
        level, rim = self.end
        self.field.level, self.field.rim_light = level * p, rim * p


class _CountLit(Animation):
    """A number that counts the neurons whose number is known; it comes up meanwhile."""

    def __init__(self, counter: LiveNumber, field: NeuronLayer, **kwargs: Any) -> None:
        self.counter = counter
        self.field = field
        super().__init__(counter, introducer=True, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Count; a neuron counts when its light is up by half."""
        known = len(self.field) if alpha >= 1 else int(np.count_nonzero(self.field.level >= 0.5))
        self.counter.pass_by(known)
        self.counter.set_fill(opacity=float(_ease(np.asarray(3 * alpha - 1.5))))


class LightRows(AnimationGroup):
    """A field of neurons lights up, from one of its rows on, while a number counts them.

    ``field`` stands row by row, ``columns`` neurons each; ``row`` is the one that is lit already.
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
            _Dawn(field, row, columns, rate_func=linear, run_time=run_time),
            _CountLit(counter, field, rate_func=linear, run_time=run_time),
            rate_func=linear,
        )
