"""Teaching a network: mini-batch gradient descent.

Chance enters only through the numpy.random.Generator that is handed in: the same generator state
and the same arguments give the same weights, bit for bit, on the same machine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import numpy.typing as npt

from network.activations import Float32
from network.arrays import real_array
from network.augmentation import Augment
from network.backward_pass import backpropagate, check_hidden
from network.errors import InputError
from network.losses import cost_of, get_loss, one_hot
from network.mlp import MLP, Dense, propagate
from network.optimisers import get_optimiser
from network.parameters import Layers, count_parameters, layers_of

Indices = npt.NDArray[np.intp]


class DivergedError(InputError):
    """Training left the finite numbers: the learning rate is too high."""


@dataclass(frozen=True, repr=False)
class Moment:
    """A network at one moment of its training.

    ``step`` counts batches and ``epoch`` whole looks at all training images, both from 0, where the
    network is fresh; ``mlp`` is a snapshot. ``batch`` holds the indices of the images that the last
    step learned from (none at step 0). ``loss`` is the mean over the epoch's batches as they came,
    NaN but at the end of an epoch; the validation fields (a fraction is read rightly) are NaN with
    no validation, and between epochs. ``seconds`` is the time since training began.
    """

    step: int
    epoch: int
    mlp: MLP
    batch: Indices
    loss: float
    validation_loss: float
    validation_accuracy: float
    seconds: float

    @property
    def ends_epoch(self) -> bool:
        """Whether every training image was looked at equally often, as it is at step 0."""
        return self.step == 0 or not np.isnan(self.loss)

    @property
    def is_validated(self) -> bool:
        """Whether it was measured by digits that it does not learn from."""
        return not np.isnan(self.validation_loss)

    def __repr__(self) -> str:
        return (
            f"Moment(step {self.step}, epoch {self.epoch}: loss {self.loss:.4f}, "
            f"validation {self.validation_accuracy:.2%}, {self.seconds:.1f} s)"
        )


def accuracy(mlp: MLP, images: npt.NDArray[np.generic], labels: npt.ArrayLike) -> float:
    """The fraction of ``images`` (n, ...) that ``mlp`` reads as ``labels`` (n,)."""
    x = as_inputs(images, mlp.sizes[0])
    return float(np.mean(mlp.forward(x).prediction == np.asarray(labels)))


def as_inputs(images: npt.NDArray[np.generic], n_in: int) -> Float32:
    """Images (n, ...) as float32 (n, n_in) in [0, 1]; uint8 is divided by 255."""
    array = real_array(images, "images")
    if array.ndim < 2 or len(array) == 0 or array[0].size != n_in:
        raise InputError(f"images: found shape {array.shape}, expected (n, ...) with {n_in} pixels")
    flat = array.reshape(len(array), n_in).astype(np.float32)
    return flat / np.float32(255) if array.dtype == np.uint8 else flat


def initial_weights(sizes: Sequence[int], rng: np.random.Generator) -> tuple[Float32, Layers]:
    """All parameters in one vector (n,), and (W, b) of each layer as views into it.

    Weights are uniform in +-sqrt(6 / (n_in + n_out)) (Glorot and Bengio, 2010), biases zero.
    """
    vector = np.zeros(count_parameters(sizes), dtype=np.float32)
    layers = layers_of(vector, sizes)
    for w, _ in layers:
        limit = np.sqrt(6 / sum(w.shape))
        w[:] = rng.uniform(-limit, limit, w.shape)
    return vector, layers


def train(
    images: npt.NDArray[np.generic],
    labels: npt.ArrayLike,
    *,
    sizes: Sequence[int],
    activations: Sequence[str],
    epochs: int,
    batch_size: int,
    learning_rate: float,
    rng: np.random.Generator,
    loss: str | None = None,
    optimiser: str = "adam",
    validation: tuple[npt.NDArray[np.generic], npt.ArrayLike] | None = None,
    augment: Augment | None = None,
    steps: Collection[int] = (),
) -> Iterator[Moment]:
    """Train a new network, yielding it at step 0, after each epoch and after each of ``steps``.

    ``images`` (n, ...) uint8 or floats in [0, 1], ``labels`` (n,) ints below ``sizes[-1]``;
    ``sizes`` counts neurons, the input first; ``activations`` has one name for each layer after
    it. ``loss`` and ``optimiser`` are names in LOSSES (None: the default of the last activation)
    and OPTIMISERS. ``learning_rate`` is the highest; the optimiser's schedule may lower it.
    ``augment`` changes the training images before each epoch; it gets them as (n, n_in),
    the generator, and the progress from 0 to 1. Works in float32.

    Raises InputError at once, before the first epoch, for arguments that do not fit together;
    DivergedError as soon as a number is no longer finite.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise InputError(f"sizes: found {tuple(sizes)}, expected at least two positive numbers")
    if len(activations) != len(sizes) - 1:
        raise InputError(
            f"activations: found {len(activations)}, expected {len(sizes) - 1}, one for each layer "
            "after the input"
        )
    check_hidden(activations)
    chosen = get_loss(loss, activations[-1])
    descent = get_optimiser(optimiser)
    for name, value in (("epochs", epochs), ("batch_size", batch_size)):
        if value < 1:
            raise InputError(f"{name}: found {value}, expected at least 1")
    if not 0 < learning_rate < float("inf"):
        raise InputError(f"learning_rate: found {learning_rate}, expected a positive number")
    x, y = _examples(images, labels, sizes)
    held = None if validation is None else _examples(*validation, sizes)

    def moments() -> Iterator[Moment]:
        began = perf_counter()
        vector, layers = initial_weights(sizes, rng)
        weights = [w for w, _ in layers]
        gradient = np.empty_like(vector)
        slopes = layers_of(gradient, sizes)
        descending = descent.optimiser(vector)
        starts = range(0, len(x), batch_size)

        def moment(step: int, batch: Indices, loss: float, checked: bool) -> Moment:
            if not np.isfinite(vector).all():
                raise _diverged(step, len(starts), learning_rate)
            mlp = MLP(tuple(Dense(w, b, a) for (w, b), a in zip(layers, activations, strict=True)))
            cost = right = float("nan")
            if held is not None and checked:
                forward = mlp.forward(held[0])
                cost = cost_of(forward, held[1], chosen.name)
                right = float(np.mean(forward.prediction == held[1].argmax(axis=1)))
            epoch = step // len(starts)
            return Moment(step, epoch, mlp, batch, loss, cost, right, perf_counter() - began)

        yield moment(0, np.empty(0, dtype=np.intp), float("nan"), checked=True)
        step = 0
        for epoch in range(epochs):
            seen = x if augment is None else augment(x, rng, epoch / epochs)
            order = rng.permutation(len(x))
            total = 0.0
            for number, start in enumerate(starts):
                batch = order[start : start + batch_size]
                targets = y[batch]
                with np.errstate(over="ignore", invalid="ignore"):  # said below, as a sentence
                    z, a = [], [seen[batch]]
                    for z_layer, a_layer in propagate(a[0], layers, activations):
                        z.append(z_layer)
                        a.append(a_layer)
                    slope = chosen.pre_activations(z[-1], a[-1], targets, activations[-1])
                    slope /= slope.dtype.type(len(batch))  # a mean, not a sum
                    back = backpropagate(slope, z, a, weights, activations)
                    for (w, b), new in zip(reversed(slopes), back, strict=True):
                        w[:], b[:] = new.weights, new.biases
                    progress = (epoch + number / len(starts)) / epochs
                    descending.step(gradient, learning_rate * descent.schedule(progress))
                    total += float(chosen.costs(z[-1], a[-1], targets).sum())
                step += 1
                if not np.isfinite(total):
                    raise _diverged(step, len(starts), learning_rate)
                if start == starts[-1]:
                    yield moment(step, batch, total / len(x), checked=True)
                elif step in steps:
                    yield moment(step, batch, float("nan"), checked=False)

    return moments()


def _diverged(step: int, an_epoch: int, learning_rate: float) -> DivergedError:
    return DivergedError(
        f"step {step} (epoch {1 + (step - 1) // an_epoch}): the numbers are no longer finite, "
        f"expected a lower learning rate than {learning_rate:g}"
    )


def _examples(
    images: npt.NDArray[np.generic], labels: npt.ArrayLike, sizes: Sequence[int]
) -> tuple[Float32, Float32]:
    x = as_inputs(images, sizes[0])
    classes = np.asarray(labels)
    if classes.shape != (len(x),) or classes.dtype.kind not in "iu":
        raise InputError(
            f"labels: found {classes.dtype} of shape {classes.shape}, expected {len(x)} integers"
        )
    if classes.min() < 0 or classes.max() >= sizes[-1]:
        raise InputError(
            f"labels: found {classes.min()} to {classes.max()}, expected 0 to {sizes[-1] - 1}"
        )
    return x, one_hot(classes, sizes[-1])
