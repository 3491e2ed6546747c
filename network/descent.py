"""Gradient descent from a network that there is already, for a comparison of ways down.

What ``network.training`` makes is kept in files. These runs are short, and made anew wherever they
are asked for: in float64, so that every machine comes to the same numbers, to its rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from network.activations import Floats
from network.arrays import real_array
from network.backward_pass import backpropagate, check_hidden
from network.errors import InputError
from network.losses import get_loss
from network.mlp import MLP, propagate
from network.parameters import layers_of, parameters_of


def gradient_of(
    vector: Floats,
    start: MLP,
    x: npt.NDArray[Any],
    y: npt.NDArray[Any],
    loss: str | None = "squares",
) -> tuple[Floats, float]:
    """The gradient (n,) of the mean cost at the parameters ``vector`` (n,), and that cost.

    ``start`` says of which network they are; ``x`` (batch, n_in) and targets ``y`` (batch, n_out).
    """
    names = [layer.activation for layer in start.layers]
    chosen = get_loss(loss, names[-1])
    layers = layers_of(vector, start.sizes)
    z, a = [], [x]
    for z_layer, a_layer in propagate(x, layers, names):
        z.append(z_layer)
        a.append(a_layer)
    slope = chosen.pre_activations(z[-1], a[-1], y, names[-1]) / len(x)
    gradient = np.empty_like(vector)
    back = backpropagate(slope, z, a, [w for w, _ in layers], names)
    for (w, b), new in zip(reversed(layers_of(gradient, start.sizes)), back, strict=True):
        w[:], b[:] = new.weights, new.biases
    return gradient, float(chosen.costs(z[-1], a[-1], y).sum(axis=-1).mean())


def batches(count: int, size: int, seed: int) -> Iterator[npt.NDArray[np.intp]]:
    """Indices (size,) of ``count`` examples, without end: all in one order, then in another.

    The orders are ``numpy.random.default_rng(seed).permutation(count)``, one after the other. All
    at once are in their own order, and nothing is left to chance.
    """
    rng = np.random.default_rng(seed)
    while True:
        order = np.arange(count) if size >= count else rng.permutation(count)
        for start in range(0, count, size):
            yield order[start : start + size]


def descend(
    start: MLP,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    rate: float,
    batch_size: int,
    steps: int,
    seed: int = 0,
    every: int = 1,
    loss: str | None = "squares",
) -> Floats:
    """(steps / every + 1,) the mean cost of all examples, first and after ``every`` steps each.

    Plain gradient descent at a constant rate from ``start``; each step looks at ``batch_size`` of
    the examples ``x`` (n, n_in) with targets ``y`` (n, n_out), drawn by :func:`batches`.

    Raises InputError for arguments that do not fit together, or where the numbers overflow.
    """
    inputs = np.asarray(real_array(x, "input"), dtype=np.float64)
    targets = np.asarray(real_array(y, "targets"), dtype=np.float64)
    check_hidden([layer.activation for layer in start.layers])
    if inputs.ndim != 2 or not len(inputs) or inputs.shape[1] != start.sizes[0]:
        raise InputError(f"input: found shape {inputs.shape}, expected (n, {start.sizes[0]})")
    if targets.shape != (len(inputs), start.sizes[-1]):
        raise InputError(
            f"targets: found shape {targets.shape}, expected ({len(inputs)}, {start.sizes[-1]})"
        )
    if min(batch_size, steps, every) < 1 or steps % every:
        raise InputError(
            f"found batches of {batch_size}, {steps} steps and a look every {every}, expected 1 or "
            "more, and steps that end with a look"
        )
    vector = parameters_of(start).copy()
    drawn = batches(len(inputs), batch_size, seed)
    costs = []
    with np.errstate(over="ignore", invalid="ignore"):  # reported below, as a sentence
        for step in range(steps + 1):
            looks = step % every == 0
            if looks and (batch_size < len(inputs) or step == steps):
                costs.append(_cost(vector, start, inputs, targets, loss))
            if step < steps:
                batch = next(drawn)
                whole = batch_size >= len(inputs)
                part = (inputs, targets) if whole else (inputs[batch], targets[batch])
                gradient, cost = gradient_of(vector, start, *part, loss)
                if looks and whole:
                    costs.append(cost)
                vector -= rate * gradient
    found: Floats = np.array(costs)
    if not np.isfinite(found).all():
        raise InputError(f"the numbers overflow float64, expected a lower rate than {rate:g}")
    return found


def _cost(vector: Floats, start: MLP, x: Floats, y: Floats, loss: str | None) -> float:
    names = [layer.activation for layer in start.layers]
    chosen = get_loss(loss, names[-1])
    *_, (z, a) = propagate(x, layers_of(vector, start.sizes), names)
    return float(chosen.costs(z, a, y).sum(axis=-1).mean())


def angles(
    mlp: MLP,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    batch_size: int,
    count: int,
    seed: int = 0,
    loss: str | None = "squares",
) -> Floats:
    """(count,) degrees between the gradients of so many batches and that of all examples.

    0 is the same direction, 90 across, and more than 90 leads up. The batches are the first ones of
    :func:`batches`.

    Raises InputError where a gradient is zero, and so has no direction.
    """
    inputs = np.asarray(real_array(x, "input"), dtype=np.float64)
    targets = np.asarray(real_array(y, "targets"), dtype=np.float64)
    vector = parameters_of(mlp)
    whole, _ = gradient_of(vector, mlp, inputs, targets, loss)
    drawn = batches(len(inputs), batch_size, seed)
    parts = [
        gradient_of(vector, mlp, inputs[batch], targets[batch], loss)[0]
        for batch, _ in zip(drawn, range(count), strict=False)
    ]
    lengths = [float(np.linalg.norm(one)) for one in (whole, *parts)]
    if min(lengths) == 0:
        raise InputError("a gradient is zero and has no direction")
    cosines = [
        float(part @ whole) / (length * lengths[0])
        for part, length in zip(parts, lengths[1:], strict=True)
    ]
    found: Floats = np.degrees(np.arccos(np.clip(cosines, -1, 1)))
    return found
