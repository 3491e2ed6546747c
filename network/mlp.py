"""The network: layers of weights, frozen, and the one forward loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from network.activations import Floats, get_activation
from network.arrays import Array, frozen, real_array
from network.backward_pass import BackwardPass, backward_from, check_hidden
from network.errors import InputError
from network.forward_pass import ForwardPass, LayerActivations
from network.losses import get_loss


@dataclass(frozen=True, eq=False, repr=False)
class Dense:
    """One fully connected layer: ``a_out = f(W a_in + b)``.

    ``weights`` (n_out, n_in) and ``biases`` (n_out,) are copied to read-only float64;
    ``activation`` names f in ACTIVATIONS. Raises InputError for wrong shapes, values that are
    not finite, or an unknown activation.
    """

    weights: Array
    biases: Array
    activation: str

    def __post_init__(self) -> None:
        weights = real_array(self.weights, "weights")
        biases = real_array(self.biases, "biases")
        if weights.ndim != 2 or 0 in weights.shape:
            raise InputError(f"weights: found shape {weights.shape}, expected (n_out, n_in)")
        if biases.shape != weights.shape[:1]:
            raise InputError(
                f"biases: found shape {biases.shape}, expected ({weights.shape[0]},) "
                f"to go with weights of shape {weights.shape}"
            )
        # One name for one function, so that one network has one digest: leaky_relu:0.30 is :0.3.
        object.__setattr__(self, "activation", get_activation(self.activation).name)
        object.__setattr__(self, "weights", frozen(weights))
        object.__setattr__(self, "biases", frozen(biases))

    @property
    def n_in(self) -> int:
        """How many activations the layer reads."""
        return int(self.weights.shape[1])

    @property
    def n_out(self) -> int:
        """How many neurons the layer has."""
        return int(self.weights.shape[0])

    def __repr__(self) -> str:
        return f"Dense({self.n_in}->{self.n_out} {self.activation})"

    def __copy__(self) -> Dense:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Dense:
        return self

    # Through the constructor, because an unpickled array would be writeable.
    def __reduce__(self) -> tuple[Any, ...]:
        return Dense, (self.weights, self.biases, self.activation)


@dataclass(frozen=True, eq=False, repr=False)
class MLP:
    """A multilayer perceptron: Dense layers, each reading what the one before it gives.

    Raises InputError if there are no layers or their sizes do not chain.
    """

    layers: tuple[Dense, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        if not self.layers:
            raise InputError("network: found no layers, expected at least one")
        for layer in self.layers:
            if not isinstance(layer, Dense):
                raise InputError(f"network: found a {type(layer).__name__}, expected Dense layers")
        for number, (before, after) in enumerate(pairwise(self.layers), start=1):
            if before.n_out != after.n_in:
                raise InputError(
                    f"layers {number} and {number + 1} do not fit: layer {number} gives "
                    f"{before.n_out} activations and layer {number + 1} expects {after.n_in}"
                )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons in each layer, the input first: (784, 16, 16, 10)."""
        return (self.layers[0].n_in, *(layer.n_out for layer in self.layers))

    @property
    def parameters(self) -> int:
        """How many weights and biases there are."""
        return sum(layer.weights.size + layer.biases.size for layer in self.layers)

    @cached_property
    def digest(self) -> str:
        """sha256 in hex over sizes, activation names and the little-endian float64 bytes."""
        hasher = sha256(f"litnet MLP {self.sizes}".encode())
        for layer in self.layers:
            hasher.update(f"\n{layer.activation}\n".encode())
            hasher.update(layer.weights.astype("<f8", copy=False).tobytes())
            hasher.update(layer.biases.astype("<f8", copy=False).tobytes())
        return hasher.hexdigest()

    def forward(self, x: npt.ArrayLike) -> ForwardPass:
        """Run the network on one input (n_in,) or a batch (batch, n_in).

        Raises InputError for another shape, values that are not finite, or weights so large that
        a sum overflows.
        """
        array = real_array(x, "input")
        n_in = self.sizes[0]
        if array.ndim not in (1, 2) or array.shape[-1] != n_in or array.shape[0] == 0:
            raise InputError(
                f"input: found shape {array.shape}, expected ({n_in},) or (batch, {n_in})"
            )
        start = frozen(array)
        names = [layer.activation for layer in self.layers]
        weights = [(layer.weights, layer.biases) for layer in self.layers]
        layers = []
        with np.errstate(over="ignore", invalid="ignore"):  # reported below, as a sentence
            for number, (z, a) in enumerate(propagate(start, weights, names), start=1):
                if not (np.isfinite(z).all() and np.isfinite(a).all()):
                    raise InputError(
                        f"layer {number}: the sums overflow float64, expected smaller weights"
                    )
                layers.append(LayerActivations(frozen(z), frozen(a), names[number - 1]))
        return ForwardPass(start, tuple(layers), self.digest)

    def backward(
        self, x: npt.ArrayLike, y: npt.ArrayLike, loss: str | None = "squares"
    ) -> BackwardPass:
        """How the cost of one example changes with every number, or the mean cost of a batch.

        ``x`` (n_in,) and targets ``y`` (n_out,), or (batch, n_in) and (batch, n_out); ``loss``
        names one of ``network.losses.LOSSES``, None the default of the last layer's activation.

        Raises InputError as ``forward`` does; for targets of another shape or that are not finite;
        for a loss that is unknown or does not go with the last layer; for a softmax elsewhere than
        there; or if a sum overflows.
        """
        check_hidden([layer.activation for layer in self.layers])
        get_loss(loss, self.layers[-1].activation)
        return backward_from(self.forward(x), [layer.weights for layer in self.layers], y, loss)

    def __repr__(self) -> str:
        names = [layer.activation for layer in self.layers]
        shown = names[0] if len(set(names)) == 1 else ", ".join(names)
        return f"MLP({'-'.join(map(str, self.sizes))} {shown}, {self.digest[:8]})"

    def __copy__(self) -> MLP:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> MLP:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return MLP, (self.layers,)


def propagate(
    x: Floats, weights: Sequence[tuple[Floats, Floats]], activations: Sequence[str]
) -> Iterator[tuple[Floats, Floats]]:
    """The forward loop, the only one: yields (z, a) of each layer.

    ``x`` is (n_in,) or (batch, n_in); ``weights`` holds (W, b) of shapes (n_out, n_in) and
    (n_out,). Works in the floating type that it is given: MLP.forward and training share it.
    """
    a = x
    for (w, b), name in zip(weights, activations, strict=True):
        z: Floats = a @ w.T + b
        a = get_activation(name).function(z)
        yield z, a
