"""The record of one forward pass: everything the network computed, once, unchangeable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from network.arrays import Array, frozen, real_array
from network.errors import InputError


@dataclass(frozen=True, eq=False, repr=False)
class LayerActivations:
    """What one layer computed: ``z = W a_before + b`` and ``a = f(z)``.

    ``z`` and ``a`` have shape (n,) or (batch, n), float64, read-only; ``activation`` names f.
    """

    z: Array
    a: Array
    activation: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "z", frozen(self.z))
        object.__setattr__(self, "a", frozen(self.a))
        if self.z.shape != self.a.shape:
            raise InputError(
                f"layer: z has shape {self.z.shape} and a {self.a.shape}, expected the same shape"
            )

    def __repr__(self) -> str:
        return f"LayerActivations({'x'.join(map(str, self.a.shape))} {self.activation})"

    # Immutable: a copy may be the object itself. Pickle goes through the constructor, because
    # an unpickled array would be writeable.
    def __copy__(self) -> LayerActivations:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> LayerActivations:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return LayerActivations, (self.z, self.a, self.activation)


@dataclass(frozen=True, eq=False, repr=False)
class ForwardPass:
    """One image's, or one batch's, way through a network. Holds numbers, never the model.

    ``input`` has shape (n_in,) or (batch, n_in); ``layers`` is one LayerActivations a Dense;
    ``model_digest`` is the digest of the MLP that computed it.
    """

    input: Array
    layers: tuple[LayerActivations, ...]
    model_digest: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "input", frozen(self.input))
        object.__setattr__(self, "layers", tuple(self.layers))
        if not self.layers:
            raise InputError("forward pass: found no layers, expected at least one")

    @property
    def activations(self) -> tuple[Array, ...]:
        """Activations, the input first: shapes (n_0,), (n_1,), ... or (batch, n_0), ..."""
        return (self.input, *(layer.a for layer in self.layers))

    @property
    def pre_activations(self) -> tuple[Array, ...]:
        """The z of each Dense, the first hidden layer first."""
        return tuple(layer.z for layer in self.layers)

    @property
    def prediction(self) -> int | npt.NDArray[np.intp]:
        """The brightest output: an int, or for a batch a read-only int array (batch,)."""
        answer: npt.NDArray[np.intp] = np.asarray(self.layers[-1].a.argmax(axis=-1))
        if self.input.ndim == 1:
            return int(answer)
        answer.flags.writeable = False
        return answer

    @property
    def confidence(self) -> float | Array:
        """The prediction's own activation: a float, or for a batch a read-only array (batch,)."""
        brightest = self.layers[-1].a.max(axis=-1)
        return float(brightest) if self.input.ndim == 1 else frozen(brightest)

    @cached_property
    def digest(self) -> str:
        """sha256 in hex over the model's digest and every number in here.

        manim hashes long arrays by a shortened repr; whatever draws from a ForwardPass keeps
        this string as an attribute, so that no change is hidden from manim's cache.
        """
        hasher = sha256(f"litnet ForwardPass {self.model_digest}".encode())
        parts = [("input", self.input)]
        for layer in self.layers:
            parts += [(f"{layer.activation} z", layer.z), (f"{layer.activation} a", layer.a)]
        for name, array in parts:
            hasher.update(f"\n{name} {array.shape}\n".encode())
            hasher.update(array.astype("<f8", copy=False).tobytes())
        return hasher.hexdigest()

    def __repr__(self) -> str:
        sizes = "-".join(str(a.shape[-1]) for a in self.activations)
        if self.input.ndim == 2:
            return f"ForwardPass({sizes}, batch of {len(self.input)})"
        return f"ForwardPass({sizes} -> {self.prediction}, {self.confidence:.2f})"

    def __copy__(self) -> ForwardPass:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> ForwardPass:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return ForwardPass, (self.input, self.layers, self.model_digest)


def contributions(
    weights: npt.ArrayLike, activations: npt.ArrayLike | Sequence[float]
) -> npt.NDArray[np.float64]:
    """What each connection carries: weight times the activation it starts from.

    ``weights`` (n_out, n_in) and ``activations`` (n_in,) give (n_out, n_in); a batch of
    activations (batch, n_in) gives (batch, n_out, n_in). Summed over the last axis, plus the
    biases, this is the next layer's z. Raises InputError if the shapes do not fit.
    """
    w = np.asarray(real_array(weights, "weights"), dtype=np.float64)
    a = np.asarray(real_array(activations, "activations"), dtype=np.float64)
    if w.ndim != 2 or a.ndim not in (1, 2) or a.shape[-1] != w.shape[1]:
        raise InputError(
            f"contributions: found weights of shape {w.shape} and activations of shape {a.shape}, "
            "expected (n_out, n_in) and (n_in,) or (batch, n_in)"
        )
    product: Array = w * a[..., np.newaxis, :]
    return product
