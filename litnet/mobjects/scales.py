"""Round numbers for scales."""

from __future__ import annotations

from math import ceil, floor, log10


def one_digit(value: float) -> float:
    """A number above zero, rounded to its first digit; 1 for zero."""
    return round(value, -floor(log10(value))) if value > 0 else 1.0


def top_of(value: float) -> float:
    """The next number above with two digits."""
    unit = 10.0 ** (floor(log10(value)) - 1)
    return round(ceil(value / unit - 1e-9) * unit, 10)


def decimals(value: float) -> int:
    """How many digits after the point a number has."""
    return len(f"{value:g}".partition(".")[2])
