"""Numbers that know where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
ILLUSTRATIVE = "illustrative"


@dataclass(frozen=True)
class Quantity:
    """A number and where it comes from.

    Readings and digits hand them out (``reading.activation(1, 10)``); :func:`illustrative` makes
    one that nothing computed.
    """

    value: float
    source: str


@dataclass(frozen=True, eq=False)
class Quantities:
    """The numbers of a layer, of a picture or of some of their cells, and where they come from.

    Parameters
    ----------
    values
        Floats of any shape, which is the picture's; read-only.
    source
        That of the whole list, row by row.
    layer
        Which layer of the network they are of, 0 for its input and for pictures.
    reading
        Which of the record's readings they are of; None is the filmed digit's.
    low, high
        The smallest interval with 0, 1 and every number of the whole layer: its scale of light.
    indices
        Which of the whole list these are; None for all.
    """

    values: Floats
    source: str
    layer: int = 0
    reading: int | None = None
    low: float = 0.0
    high: float = 1.0
    indices: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        values = np.array(self.values, dtype=np.float64)
        values.flags.writeable = False
        object.__setattr__(self, "values", values)

    def __len__(self) -> int:
        return self.values.size

    @property
    def is_illustrative(self) -> bool:
        """Whether nothing computed them."""
        return self.source == ILLUSTRATIVE

    def part(self, indices: Sequence[int]) -> Quantities:
        """Some of them, given by their places in the whole list."""
        known = {index: place for place, index in enumerate(self.indices or range(len(self)))}
        values = self.values.ravel()[[known[int(index)] for index in indices]]
        return replace(self, values=values, indices=tuple(map(int, indices)))

    def one(self, index: int) -> Quantity:
        """One of them, given by its place in the whole list."""
        place = index if self.indices is None else self.indices.index(index)
        value = float(self.values.ravel()[place])
        if self.is_illustrative:
            return Quantity(value, ILLUSTRATIVE)
        return Quantity(value, f"{in_reading(self.source, self.reading)}[{index}]")

    def count(self) -> Quantity:
        """How many are not zero."""
        return Quantity(float(np.count_nonzero(self.values)), f"count({self.source})")

    def sum(self, count: int | None = None, sign: str = "") -> Quantity:
        """The sum of the first ``count``, by default of all.

        ``sign`` may be ``"positive"`` or ``"negative"``, for those above or below zero alone.
        """
        every = len(self)
        part = self.source if count in (None, every) else f"{self.source}[:{count}]"
        sums = self._running[sign]
        source = f"sum({sign}({part}))" if sign else f"sum({part})"
        return Quantity(float(sums[every if count is None else count]), source)

    @cached_property
    def _running(self) -> dict[str, Floats]:
        """(n + 1,) the sums of the first 0, 1, ..., n numbers, by their sign."""
        values = self.values.ravel()
        signs = {"": values, "positive": values.clip(min=0), "negative": values.clip(max=0)}
        return {sign: np.concatenate(([0.0], np.cumsum(part))) for sign, part in signs.items()}


def in_reading(source: str, reading: int | None) -> str:
    """The source of a layer of a reading as it is without that context, for a number."""
    if reading is None or not source.startswith("activations["):
        return source
    return f"readings[{reading}].{source}"


def illustrative(value: float) -> Quantity:
    """A number that nothing computed; a film says so on screen as well."""
    return Quantity(float(value), ILLUSTRATIVE)


def illustrative_cells(
    values: npt.ArrayLike, *, layer: int = 0, of: Quantities | None = None
) -> Quantities:
    """Numbers that nothing computed, for cells.

    They are as bright as neurons of the whole layer ``of`` with these numbers would be.
    """
    numbers = Quantities(np.asarray(values, dtype=np.float64), ILLUSTRATIVE, layer)
    if of is None:
        return numbers
    numbers = replace(numbers, layer=of.layer, reading=of.reading, low=of.low, high=of.high)
    return replace(numbers, indices=of.indices) if len(of) == len(numbers) else numbers
