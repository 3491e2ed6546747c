"""Activation functions, and the one table that knows them by name.

Every function takes pre-activations ``z`` of shape (..., n) and returns activations of the same
shape and floating type. All are elementwise except softmax, which works along the last axis.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt

from network.errors import InputError

# float64 for films and checks, float32 inside training.
Floats = npt.NDArray[np.floating[Any]]


def sigmoid(z: Floats) -> Floats:
    """1 / (1 + e^-z), without overflow: the exponent is never positive."""
    e = np.exp(-np.abs(z))
    value: Floats = np.where(z >= 0, 1, e) / (1 + e)
    return value.astype(z.dtype, copy=False)


def relu(z: Floats) -> Floats:
    """max(0, z)."""
    return np.maximum(z, z.dtype.type(0))


def softmax(z: Floats) -> Floats:
    """e^z / sum(e^z) along the last axis; the maximum is taken off first, against overflow."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    value: Floats = e / e.sum(axis=-1, keepdims=True)
    return value


def identity(z: Floats) -> Floats:
    """z itself."""
    return z


@dataclass(frozen=True, repr=False)
class Activation:
    """An activation function and what the rest of the project needs to know about it.

    ``derivative`` gives da/dz from (z, a), elementwise; None where the Jacobian is not diagonal,
    so that the function can only be trained in the last layer. ``range`` is the open or closed
    interval that activations lie in; ``formula`` is for people.
    """

    name: str
    function: Callable[[Floats], Floats]
    derivative: Callable[[Floats, Floats], Floats] | None
    range: tuple[float, float]
    formula: str

    def __repr__(self) -> str:
        return f"Activation({self.name}: {self.formula})"


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("sigmoid", sigmoid, lambda z, a: a * (1 - a), (0.0, 1.0), "1 / (1 + e^-z)"),
        Activation("relu", relu, lambda z, a: (z > 0).astype(z.dtype), (0.0, inf), "max(0, z)"),
        Activation("softmax", softmax, None, (0.0, 1.0), "e^z_i / sum_j e^z_j"),
        Activation("identity", identity, lambda z, a: np.ones_like(z), (-inf, inf), "z"),
    )
}


def get_activation(name: str) -> Activation:
    """The activation called ``name``. Raises InputError if the table does not know it."""
    if not isinstance(name, str) or name not in ACTIVATIONS:
        raise InputError(f"unknown activation {name!r}, expected one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]
