"""What an answer costs, and the one table that knows the losses by name.

A loss is a sum over outputs; the cost of a batch is the mean of it over examples. Outputs ``a`` and
targets ``y`` have shape (..., n); so have the costs of each output and their slopes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from network.activations import Float32, Floats, get_activation
from network.errors import InputError
from network.forward_pass import ForwardPass


@dataclass(frozen=True, repr=False)
class Loss:
    """What the outputs cost, and how that changes with them.

    ``costs`` gives each output's share from (z, a, y), ``activations`` its slope dC/da from (a, y).
    ``output`` is the one activation that the last layer must have, None where any will do.
    ``combined`` gives dC/dz from (a, y) where that is simpler (and safer) than dC/da times da/dz.
    """

    name: str
    title: str
    formula: str
    costs: Callable[[Floats, Floats, Floats], Floats]
    activations: Callable[[Floats, Floats], Floats]
    output: str | None = None
    combined: Callable[[Floats, Floats], Floats] | None = None

    def pre_activations(self, z: Floats, a: Floats, y: Floats, activation: str) -> Floats:
        """dC/dz of the last layer, whose ``a`` is ``activation`` of ``z``."""
        if self.combined is not None:
            return self.combined(a, y)
        return get_activation(activation).backward(z, a, self.activations(a, y))

    def __repr__(self) -> str:
        return f"Loss({self.name}: {self.formula})"


def _binary_cross_entropy(z: Floats, a: Floats, y: Floats) -> Floats:
    # For a = sigmoid(z), rearranged so that nothing overflows.
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))


def _binary_cross_entropy_slope(a: Floats, y: Floats) -> Floats:
    # A target of exactly 0 or 1 leaves one term, which is 0 and not NaN where a is right.
    with np.errstate(divide="ignore", invalid="ignore"):
        lit = np.where(y == 0, a.dtype.type(0), -y / a)
        slope: Floats = lit + np.where(y == 1, a.dtype.type(0), (1 - y) / (1 - a))
    return slope


def _cross_entropy(z: Floats, a: Floats, y: Floats) -> Floats:
    # For a = softmax(z), from z, so that no logarithm is infinite.
    shifted = z - z.max(axis=-1, keepdims=True)
    value: Floats = -y * (shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))
    return value


def _cross_entropy_slope(a: Floats, y: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(y == 0, a.dtype.type(0), -y / a)


LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (
        Loss(
            "squares",
            "the squared error",
            "sum (a - y)^2",
            lambda z, a, y: (a - y) ** 2,
            lambda a, y: 2 * (a - y),
        ),
        Loss(
            "half_squares",
            "half the squared error",
            "sum (a - y)^2 / 2",
            lambda z, a, y: (a - y) ** 2 / 2,
            lambda a, y: a - y,
        ),
        Loss(
            "binary_cross_entropy",
            "cross-entropy of each output on its own",
            "-sum (y log a + (1 - y) log(1 - a))",
            _binary_cross_entropy,
            _binary_cross_entropy_slope,
            output="sigmoid",
            combined=lambda a, y: a - y,
        ),
        Loss(
            "cross_entropy",
            "cross-entropy",
            "-sum y log a",
            _cross_entropy,
            _cross_entropy_slope,
            output="softmax",
            # a - y where the targets sum to 1
            combined=lambda a, y: a * y.sum(axis=-1, keepdims=True) - y,
        ),
    )
}

# The loss that belongs to each kind of output: the one whose dC/dz is a - y.
DEFAULT_LOSSES = {
    "sigmoid": "binary_cross_entropy",
    "softmax": "cross_entropy",
    "identity": "half_squares",
}


def get_loss(name: str | None, output: str) -> Loss:
    """The loss called ``name``, for a last layer with the activation ``output``.

    None stands for the default of that kind of output. Raises InputError if the table does not
    know the name, if there is no default, or if the loss cannot tell the cost of such outputs.
    """
    if name is None:
        get_activation(output)
        if output not in DEFAULT_LOSSES:
            raise InputError(
                f"found {output} in the last layer and no loss, expected one of "
                f"{', '.join(DEFAULT_LOSSES)} there, or the loss squares"
            )
        name = DEFAULT_LOSSES[output]
    if name not in LOSSES:
        raise InputError(f"unknown loss {name!r}, expected one of {', '.join(LOSSES)}")
    loss = LOSSES[name]
    if loss.output not in (None, output):
        raise InputError(
            f"found {output} in the last layer, expected {loss.output} for the loss {name}"
        )
    return loss


def cost_of(forward: ForwardPass, y: npt.ArrayLike, loss: str | None = None) -> float:
    """What a forward pass costs: summed over outputs, averaged over a batch.

    ``y`` is (n_out,) for one example, (batch, n_out) for a batch. Cross-entropies are in nats.
    """
    last = forward.layers[-1]
    targets = np.asarray(y, dtype=np.float64)
    costs = get_loss(loss, last.activation).costs(last.z, last.a, targets)
    return float(costs.sum(axis=-1).mean())


def one_hot(labels: npt.ArrayLike, n_out: int) -> Float32:
    """Labels (n,) as targets (n, n_out): 1 at the label, 0 elsewhere; one label as (n_out,)."""
    return np.asarray(np.asarray(labels)[..., np.newaxis] == np.arange(n_out), dtype=np.float32)
