"""How a gradient moves the parameters: plain gradient descent, and Adam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from network.activations import Float32
from network.errors import InputError


class Optimiser(Protocol):
    """Moves the parameters that it was made with, in place."""

    def step(self, gradient: Float32, learning_rate: float) -> None:
        """Move the parameters against ``gradient`` (n,)."""


class SGD:
    """Plain gradient descent on a batch: a step is the gradient times the learning rate."""

    def __init__(self, parameters: Float32) -> None:
        self.parameters = parameters  # (n,), changed in place

    def step(self, gradient: Float32, learning_rate: float) -> None:
        """Move the parameters against ``gradient`` (n,)."""
        self.parameters -= learning_rate * gradient

    def __repr__(self) -> str:
        return f"SGD({self.parameters.size} parameters)"


class Adam:
    """Adam (Kingma and Ba, 2015, algorithm 1): each parameter's step has a size of its own."""

    def __init__(
        self, parameters: Float32, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8
    ) -> None:
        self.parameters = parameters  # (n,), changed in place
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self.mean = np.zeros_like(parameters)  # of the gradient
        self.square = np.zeros_like(parameters)  # of its square
        self.steps = 0

    def step(self, gradient: Float32, learning_rate: float) -> None:
        """Move the parameters against ``gradient`` (n,)."""
        self.steps += 1
        self.mean += (1 - self.beta1) * (gradient - self.mean)
        self.square += (1 - self.beta2) * (gradient * gradient - self.square)
        # Both averages began at zero; these two factors make up for it.
        unbiased_rate = learning_rate / (1 - self.beta1**self.steps)
        root = np.sqrt(self.square * (1 / (1 - self.beta2**self.steps)))
        self.parameters -= unbiased_rate * self.mean / (root + self.epsilon)

    def __repr__(self) -> str:
        return f"Adam({self.parameters.size} parameters, {self.steps} steps)"


def constant(progress: float) -> float:
    """1, whatever the progress."""
    return 1.0


def cosine_decay(progress: float) -> float:
    """From 1 at progress 0 down to 0 at progress 1, along half a cosine."""
    return 0.5 * (1 + float(np.cos(np.pi * progress)))


@dataclass(frozen=True)
class Descent:
    """An optimiser and how its learning rate goes from progress 0 to 1: times ``schedule``."""

    name: str
    optimiser: Callable[[Float32], Optimiser]
    schedule: Callable[[float], float]
    title: str


OPTIMISERS: dict[str, Descent] = {
    descent.name: descent
    for descent in (
        Descent("sgd", SGD, constant, "SGD, constant rate"),
        Descent("adam", Adam, cosine_decay, "Adam, cosine decay"),
    )
}


def get_optimiser(name: str) -> Descent:
    """The optimiser called ``name``. Raises InputError if the table does not know it."""
    if name not in OPTIMISERS:
        raise InputError(f"unknown optimiser {name!r}, expected one of {', '.join(OPTIMISERS)}")
    return OPTIMISERS[name]
