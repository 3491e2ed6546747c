"""Adding up, before the viewer's eyes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import Animation, AnimationGroup, linear

from litnet import style
from litnet.animations.light import _ease
from litnet.mobjects.arrows import Arrows
from litnet.mobjects.balance import Balance
from litnet.mobjects.signed import SignedGrid
from litnet.mobjects.words import LiveNumber
from litnet.record.quantities import Quantity

TRAIL = 1.6  # how fast the light behind the sum goes out, a row


class _Light(Animation):
    """Light on the cells that have just been added."""

    def __init__(self, grid: SignedGrid, start: int, end: int, **kwargs: Any) -> None:
        self.grid, self.start, self.end = grid, start, end
        super().__init__(grid, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        reached = self.start + self.rate_func(alpha) * (self.end - self.start)
        behind = (reached - np.arange(len(self.grid))) / self.grid.columns  # in rows
        trail = np.where(behind > 0, np.exp(-TRAIL * np.maximum(behind, 0)), 0.0)
        fades = min(1.0, 10 * alpha, 10 * (1 - alpha))
        self.grid.flash = style.FLASH_STRENGTH * fades * trail


class _Sum(Animation):
    """The sums of all cells so far."""

    def __init__(self, balance: Balance, start: int, end: int, **kwargs: Any) -> None:
        self.balance, self.start, self.end = balance, start, end
        super().__init__(balance, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        reached = self.start + self.rate_func(alpha) * (self.end - self.start)
        self.balance.set_count(self.end if alpha >= 1 else int(reached))


class AddUp(AnimationGroup):
    """The cells of a picture are added up, row by row, to the first ``count`` of them.

    Every number on the way is the sum of the cells that the light has passed.
    """

    def __init__(
        self, grid: SignedGrid, balance: Balance, count: int, *, run_time: float = 3.0
    ) -> None:
        way = (balance.count, count)
        super().__init__(
            _Light(grid, *way, rate_func=linear, run_time=run_time),
            _Sum(balance, *way, rate_func=linear, run_time=run_time),
            rate_func=linear,
        )


class _Mean(Animation):
    """The mean of all numbers so far."""

    def __init__(self, number: LiveNumber, grid: SignedGrid, mean: Quantity, **kwargs: Any) -> None:
        self.number, self.mean = number, mean
        self.means = np.cumsum(grid.values) / np.arange(1, len(grid) + 1)
        super().__init__(number, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        if alpha >= 1:
            self.number.set_value(self.mean)
            return
        count = int(self.rate_func(alpha) * len(self.means))
        self.number.pass_by(float(self.means[max(count - 1, 0)]))


class Average(AnimationGroup):
    """Light passes over the cells of a picture; a number is the mean of those that it has passed.

    ``mean`` is that of all of them, with its source.
    """

    def __init__(
        self, grid: SignedGrid, number: LiveNumber, mean: Quantity, *, run_time: float = 3.0
    ) -> None:
        super().__init__(
            _Light(grid, 0, len(grid), rate_func=linear, run_time=run_time),
            _Mean(number, grid, mean, rate_func=linear, run_time=run_time),
            rate_func=linear,
        )


class _Down(Animation):
    """Light passes down columns."""

    def __init__(self, grid: SignedGrid, chosen: Sequence[int], **kwargs: Any) -> None:
        self.grid, self.chosen = grid, list(chosen)
        super().__init__(grid, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        rows = len(self.grid) // self.grid.columns
        behind = self.rate_func(alpha) * rows - np.arange(rows)
        trail = np.where(behind > 0, np.exp(-TRAIL * np.maximum(behind - 1, 0)), 0.0)
        flash = np.zeros((rows, self.grid.columns))
        flash[:, self.chosen] = min(1.0, 10 * (1 - alpha)) * trail[:, None]
        self.grid.flash = 0.6 * style.FLASH_STRENGTH * flash.ravel()


class _Pile(Animation):
    """Arrows of the sums so far."""

    def __init__(
        self, arrows: Arrows, grid: SignedGrid, chosen: Sequence[int], **kwargs: Any
    ) -> None:
        self.arrows, self.chosen = arrows, list(chosen)
        columns = grid.values.reshape(-1, grid.columns)[:, self.chosen]
        self.sums = np.concatenate((np.zeros((1, len(self.chosen))), np.cumsum(columns, axis=0)))
        super().__init__(arrows, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        rows = len(self.sums) - 1
        whole = min(int(self.rate_func(alpha) * rows + 1e-9), rows - 1)
        part = float(_ease(np.asarray(self.rate_func(alpha) * rows - whole)))
        values = self.arrows.values.copy()
        start, end = self.sums[whole], self.sums[whole + 1]
        values[self.chosen] = end if alpha >= 1 else start + part * (end - start)
        self.arrows.values = values


class AddColumns(AnimationGroup):
    """Columns of a picture of signed numbers are added up, row by row from the top.

    ``arrows``, one a column, are as long as the sums so far; ``chosen`` are the columns.
    """

    def __init__(
        self, grid: SignedGrid, arrows: Arrows, chosen: Sequence[int], *, run_time: float = 2.0
    ) -> None:
        super().__init__(
            _Down(grid, chosen, rate_func=linear, run_time=run_time),
            _Pile(arrows, grid, chosen, rate_func=linear, run_time=run_time),
            rate_func=linear,
        )
