"""The record of one backward pass, and the one backward loop.

The equations are those of Nielsen, "Neural Networks and Deep Learning", chapter 2. For one
example, with a_0 the input and z_l, a_l what ``network.mlp.propagate`` yields, from the last
layer L back to the first:

    dC/dz_L     = dC/da_L * f'(z_L)              (see ``network.losses``)
    dC/dW_l     = dC/dz_l a_{l-1}^T
    dC/db_l     = dC/dz_l
    dC/da_{l-1} = W_l^T dC/dz_l
    dC/dz_{l-1} = dC/da_{l-1} * f'(z_{l-1})
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from network.activations import Floats, get_activation
from network.arrays import Array, frozen, real_array
from network.errors import InputError
from network.forward_pass import ForwardPass
from network.losses import cost_of, get_loss


class LayerGradients(NamedTuple):
    """How the cost changes with what one layer has: dC/dW, dC/db and dC/dz.

    ``inputs`` is dC/da of the layer before; None for the first layer, unless asked for.
    """

    weights: Floats
    biases: Floats
    pre_activations: Floats
    inputs: Floats | None


def backpropagate(
    slope: Floats,
    z: Sequence[Floats],
    a: Sequence[Floats],
    weights: Sequence[Floats],
    activations: Sequence[str],
    *,
    to_input: bool = False,
) -> Iterator[LayerGradients]:
    """The backward loop, the only one: yields the gradients of each layer, the last layer first.

    ``slope`` is dC/dz of the last layer (batch, n_out), each row one example's share of the mean
    cost; ``z`` (batch, n) has each layer's, ``a`` the input's activations and each layer's;
    ``weights`` (n_out, n_in) and ``activations`` one entry a layer. Works in the floating type
    that it is given: training and ``MLP.backward`` share it.
    """
    for layer in reversed(range(len(weights))):
        inputs = slope @ weights[layer] if layer > 0 or to_input else None
        yield LayerGradients(slope.T @ a[layer], slope.sum(axis=0), slope, inputs)
        if layer > 0 and inputs is not None:
            before = get_activation(activations[layer - 1])
            slope = before.backward(z[layer - 1], a[layer], inputs)


def check_hidden(activations: Sequence[str]) -> None:
    """Raises InputError for an activation that can stand in the last layer only, elsewhere."""
    for name in activations[:-1]:
        if get_activation(name).derivative is None:
            raise InputError(f"found {name} in a hidden layer, expected it in the last one only")


@dataclass(frozen=True, eq=False, repr=False)
class BackwardPass:
    """How the cost of one example, or the mean cost of a batch, changes with every number.

    ``weights`` and ``biases`` hold dC/dW (n_out, n_in) and dC/db (n_out,) of each layer;
    ``activations`` dC/da, the input first, and ``pre_activations`` dC/dz, each (n,) or (batch, n):
    a row is one example's share of the mean. dC/da of a cross-entropy is infinite where an output
    is 0 and should not be, or 1 and should not be. ``forward`` is the pass that it went back,
    ``targets`` what the outputs should have been, ``loss`` a name in ``network.losses.LOSSES``.
    All arrays are float64 and read-only.
    """

    cost: float
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    activations: tuple[Array, ...]
    pre_activations: tuple[Array, ...]
    forward: ForwardPass
    targets: Array
    loss: str

    def __post_init__(self) -> None:
        for name in ("weights", "biases", "activations", "pre_activations"):
            object.__setattr__(self, name, tuple(frozen(array) for array in getattr(self, name)))
        object.__setattr__(self, "targets", frozen(self.targets))

    @cached_property
    def digest(self) -> str:
        """sha256 in hex over the forward pass's digest and every number in here."""
        hasher = sha256(f"litnet BackwardPass {self.forward.digest} {self.loss}".encode())
        hasher.update(np.float64(self.cost).astype("<f8").tobytes())
        hasher.update(self.targets.astype("<f8", copy=False).tobytes())
        for name in ("weights", "biases", "activations", "pre_activations"):
            for array in getattr(self, name):
                hasher.update(f"\n{name} {array.shape}\n".encode())
                hasher.update(array.astype("<f8", copy=False).tobytes())
        return hasher.hexdigest()

    def __repr__(self) -> str:
        sizes = "-".join(str(array.shape[-1]) for array in self.activations)
        batch = f", batch of {len(self.targets)}" if self.targets.ndim == 2 else ""
        return f"BackwardPass({sizes}, {self.loss} {self.cost:.4f}{batch})"

    def __copy__(self) -> BackwardPass:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> BackwardPass:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        parts = (self.cost, self.weights, self.biases, self.activations, self.pre_activations)
        return BackwardPass, (*parts, self.forward, self.targets, self.loss)


def backward_from(
    forward: ForwardPass, weights: Sequence[Array], y: npt.ArrayLike, loss: str | None
) -> BackwardPass:
    """Back through the ``weights`` (n_out, n_in) of each layer from a forward pass of theirs.

    ``y`` holds targets, of the outputs' shape. Raises InputError if it does not fit, or if a sum
    overflows.
    """
    names = [layer.activation for layer in forward.layers]
    chosen = get_loss(loss, names[-1])
    targets = frozen(real_array(y, "targets"))
    if targets.shape != forward.activations[-1].shape:
        raise InputError(
            f"targets: found shape {targets.shape}, expected {forward.activations[-1].shape} "
            f"to go with inputs of shape {forward.input.shape}"
        )
    a = [np.atleast_2d(array) for array in forward.activations]
    z = [np.atleast_2d(array) for array in forward.pre_activations]
    batch = np.atleast_2d(targets)
    with np.errstate(over="ignore", invalid="ignore"):  # reported below, as a sentence
        slope = chosen.pre_activations(z[-1], a[-1], batch, names[-1]) / len(batch)
        layers = list(backpropagate(slope, z, a, weights, names, to_input=True))[::-1]
        outputs = chosen.activations(a[-1], batch) / len(batch)
        cost = cost_of(forward, targets, chosen.name)
    inputs = [layer.inputs for layer in layers if layer.inputs is not None]  # of every layer
    computed = [np.array(cost), *inputs, *(layer.weights for layer in layers)]
    if not all(np.isfinite(array).all() for array in computed):
        raise InputError("the gradients overflow float64, expected smaller weights and targets")

    def shaped(array: Floats) -> Array:
        return frozen(array.reshape(targets.shape[:-1] + array.shape[-1:]))

    return BackwardPass(
        cost=cost,
        weights=tuple(frozen(layer.weights) for layer in layers),
        biases=tuple(frozen(layer.biases) for layer in layers),
        activations=tuple(shaped(array) for array in (*inputs, outputs)),
        pre_activations=tuple(shaped(layer.pre_activations) for layer in layers),
        forward=forward,
        targets=targets,
        loss=chosen.name,
    )
