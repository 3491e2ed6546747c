"""All parameters of a network in one row: of each layer its weights row by row, then its biases."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from network.arrays import Array
from network.errors import InputError
from network.mlp import MLP, Dense

# (W, b) of each layer, or their gradients; of whatever floats the vector has, which they share
Layers = list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]


def count_parameters(sizes: Sequence[int]) -> int:
    """How many weights and biases layers of these sizes have, the input first."""
    return sum(n_out * n_in + n_out for n_in, n_out in pairwise(sizes))


def layers_of(vector: npt.NDArray[Any], sizes: Sequence[int]) -> Layers:
    """(W, b) of each layer as views into one vector (n,) of all parameters."""
    layers: Layers = []
    start = 0
    for n_in, n_out in pairwise(sizes):
        middle, end = start + n_out * n_in, start + n_out * n_in + n_out
        layers.append((vector[start:middle].reshape(n_out, n_in), vector[middle:end]))
        start = end
    return layers


def parameters_of(mlp: MLP) -> Array:
    """All weights and biases of a network, (n,)."""
    parts = [part.ravel() for layer in mlp.layers for part in (layer.weights, layer.biases)]
    return np.concatenate(parts)


def scrambled(mlp: MLP, seed: int) -> MLP:
    """The same numbers in other places: all parameters, permuted by a generator of that seed."""
    order = np.random.default_rng(seed).permutation(mlp.parameters)
    names = [layer.activation for layer in mlp.layers]
    return with_parameters(parameters_of(mlp)[order], mlp.sizes, names)


def replaced(mlp: MLP, layer: int, place: tuple[int, ...], value: float) -> MLP:
    """The network with another number in one place.

    ``layer`` counts from 1, as sources do; ``place`` is (to, from) of a weight, (to,) of a bias.
    Raises InputError if there is no such parameter.
    """
    if not (
        1 <= layer <= len(mlp.layers)
        and len(place) in (1, 2)
        and all(0 <= n < size for n, size in zip(place, mlp.sizes[layer::-1], strict=False))
    ):
        raise InputError(f"found no parameter {place} in layer {layer}, expected one of {mlp!r}")
    dense = mlp.layers[layer - 1]
    weights, biases = dense.weights.copy(), dense.biases.copy()
    (weights if len(place) == 2 else biases)[place] = value
    changed = Dense(weights, biases, dense.activation)
    return MLP((*mlp.layers[: layer - 1], changed, *mlp.layers[layer:]))


def with_parameters(vector: npt.NDArray[Any], sizes: Sequence[int], names: Sequence[str]) -> MLP:
    """The network of these sizes and activations that has these parameters (n,): the way back."""
    layers = zip(layers_of(vector, sizes), names, strict=True)
    return MLP(tuple(Dense(w, b, name) for (w, b), name in layers))
