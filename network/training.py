"""Teaching a network: mini-batch gradient descent with backpropagation.

The four equations are those of Nielsen, "Neural Networks and Deep Learning", chapter 2; the
optimiser is Adam (Kingma and Ba, 2015). For one example, with a_0 the input and z_l, a_l what
``network.mlp.propagate`` yields:

    delta_L  = a_L - y                                  (cross-entropy, see LOSSES)
    delta_l  = (W_{l+1}^T delta_{l+1}) * f'(z_l)
    dC/dW_l  = delta_l a_{l-1}^T
    dC/db_l  = delta_l

Chance enters only through the numpy.random.Generator that is handed in: the same generator state
and the same arguments give the same weights, bit for bit, on the same machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from time import perf_counter

import numpy as np
import numpy.typing as npt

from network.activations import Floats, get_activation
from network.arrays import real_array
from network.errors import InputError
from network.mlp import MLP, Dense, propagate

Float32 = npt.NDArray[np.float32]
Layers = list[tuple[Floats, Floats]]  # (W, b) or their gradients, one pair a layer
Augment = Callable[[Float32, np.random.Generator, float], Float32]


# --- The loss ---------------------------------------------------------------------------------


def _cross_entropy_per_output(z: Floats, y: Floats) -> Floats:
    """-y log a - (1 - y) log(1 - a) for a = sigmoid(z), rearranged so that nothing overflows."""
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))


def _cross_entropy(z: Floats, y: Floats) -> Floats:
    """-y log a for a = softmax(z)."""
    shifted = z - z.max(axis=-1, keepdims=True)
    value: Floats = -y * (shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))
    return value


def _half_square(z: Floats, y: Floats) -> Floats:
    """(z - y)^2 / 2."""
    return (z - y) ** 2 / 2


# The loss that belongs to each kind of output: the one whose dC/dz is a - y.
LOSSES: dict[str, Callable[[Floats, Floats], Floats]] = {
    "sigmoid": _cross_entropy_per_output,
    "softmax": _cross_entropy,
    "identity": _half_square,
}


def one_hot(labels: npt.ArrayLike, n_out: int) -> Float32:
    """Labels (n,) as targets (n, n_out): 1 at the label, 0 elsewhere."""
    return np.asarray(np.asarray(labels)[:, np.newaxis] == np.arange(n_out), dtype=np.float32)


def mean_loss(mlp: MLP, x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """The loss of ``mlp`` for inputs (batch, n_in) and targets (batch, n_out).

    Summed over outputs, averaged over the batch, in nats (float64).
    """
    z = mlp.forward(x).pre_activations[-1]
    loss = LOSSES[_trainable([layer.activation for layer in mlp.layers])]
    return float(loss(z, np.asarray(y, dtype=np.float64)).sum(axis=-1).mean())


# --- Its gradient -----------------------------------------------------------------------------


def gradients(mlp: MLP, x: npt.ArrayLike, y: npt.ArrayLike) -> Layers:
    """dC/dW (n_out, n_in) and dC/db (n_out,) of each layer, C being ``mean_loss(mlp, x, y)``."""
    names = [layer.activation for layer in mlp.layers]
    _trainable(names)
    weights: Layers = [(layer.weights, layer.biases) for layer in mlp.layers]
    x64, y64 = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    return backpropagate(x64, y64, weights, names)[1]


def backpropagate(
    x: Floats, y: Floats, weights: Layers, activations: Sequence[str]
) -> tuple[Floats, Layers]:
    """One batch forward and back.

    ``x`` (batch, n_in), ``y`` (batch, n_out). Returns the last layer's z (batch, n_out), from
    which the loss follows, and the gradients of the mean loss, shaped like ``weights``.
    """
    z: list[Floats] = []
    a: list[Floats] = [x]
    for z_layer, a_layer in propagate(x, weights, activations):
        z.append(z_layer)
        a.append(a_layer)

    slopes: Layers = []
    delta = (a[-1] - y) / x.dtype.type(len(x))  # divided by the batch: a mean, not a sum
    for layer in reversed(range(len(weights))):
        slopes.append((delta.T @ a[layer], delta.sum(axis=0)))
        if layer > 0:
            derivative = get_activation(activations[layer - 1]).derivative
            assert derivative is not None  # _trainable has seen to it
            delta = (delta @ weights[layer][0]) * derivative(z[layer - 1], a[layer])
    return z[-1], slopes[::-1]


def _trainable(activations: Sequence[str]) -> str:
    """The last activation's name. Raises InputError if backpropagation cannot train these."""
    for name in activations[:-1]:
        if get_activation(name).derivative is None:
            raise InputError(f"found {name} in a hidden layer, expected it in the last one only")
    last = activations[-1]
    get_activation(last)
    if last not in LOSSES:
        raise InputError(
            f"found {last} in the last layer, expected one of {', '.join(LOSSES)} for training"
        )
    return last


# --- The optimiser ----------------------------------------------------------------------------


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


def cosine_decay(progress: float) -> float:
    """From 1 at progress 0 down to 0 at progress 1, along half a cosine."""
    return 0.5 * (1 + float(np.cos(np.pi * progress)))


# --- Augmentation -----------------------------------------------------------------------------


@dataclass(frozen=True)
class RandomAffine:
    """Slightly shifted, turned, scaled and slanted copies of square images.

    The numbers are standard deviations, cut at twice their value: ``shift`` in pixels, ``rotate``
    in degrees, ``scale`` and ``shear`` as fractions. Each call draws ``maps`` fresh affine maps
    and gives each to a random share of the images: as good as one map an image, and many times
    cheaper, because a map becomes four weighted rows of pixels for a whole share at once.

    As training goes on, all deviations shrink evenly, down to the fraction ``end``: a small network
    that has seen many hands ends on digits nearly as they are.
    """

    shift: float = 1.0
    rotate: float = 6.0
    scale: float = 0.08
    shear: float = 0.08
    end: float = 0.3
    maps: int = 256

    def __call__(self, images: Float32, rng: np.random.Generator, progress: float) -> Float32:
        """Change ``images`` (n, side * side) in [0, 1]; same shape, same order.

        ``progress`` is 0 when training begins and 1 when it ends.
        """
        side = round(images.shape[1] ** 0.5)
        if side * side != images.shape[1]:
            raise InputError(f"found images of {images.shape[1]} pixels, expected square ones")
        moved = np.empty_like(images)
        shares = np.array_split(rng.permutation(len(images)), min(self.maps, len(images)))
        for share in shares:
            sources, weights = _bilinear(*self._draw(rng, 1 - (1 - self.end) * progress), side)
            pixels = np.ascontiguousarray(images[share].T)  # (side * side, share)
            total = weights[0] * pixels[sources[0]]
            for k in range(1, 4):
                total += weights[k] * pixels[sources[k]]
            moved[share] = total.T
        return moved

    def _draw(
        self, rng: np.random.Generator, strength: float
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """A matrix (2, 2) and a shift (2,), from a pixel's place to the place it is taken from."""
        dx, dy, turn, sx, sy, slant = strength * np.clip(rng.standard_normal(6), -2, 2)
        angle = np.deg2rad(self.rotate * turn)
        rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        stretch = np.array([[1 + self.scale * sx, self.shear * slant], [0, 1 + self.scale * sy]])
        return rotation @ stretch, self.shift * np.array([dx, dy])


def _bilinear(
    matrix: npt.NDArray[np.float64], shift: npt.NDArray[np.float64], side: int
) -> tuple[npt.NDArray[np.intp], Float32]:
    """For each pixel of the new image: four pixels (4, n) of the old one, and weights (4, n, 1).

    Places beyond the edge count as black (weight 0).
    """
    middle = (side - 1) / 2
    rows, columns = np.divmod(np.arange(side * side), side)
    x, y = matrix @ np.array([columns - middle, rows - middle]) + shift[:, np.newaxis] + middle
    left, top = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
    sources, weights = [], []
    for row, column in ((top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1)):
        inside = (row >= 0) & (row < side) & (column >= 0) & (column < side)
        weight = (1 - np.abs(y - row)) * (1 - np.abs(x - column)) * inside
        sources.append(np.where(inside, row * side + column, 0))
        weights.append(weight.astype(np.float32)[:, np.newaxis])
    return np.array(sources), np.array(weights)


# --- Training ---------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Epoch:
    """A network after one more look at every training image.

    ``index`` counts from 1; ``mlp`` is a snapshot; losses are in nats an image; ``loss`` is the
    mean over the epoch's batches, as they came; ``validation_accuracy`` is a fraction; ``seconds``
    is the time since training began. The last two validation fields are NaN with no validation.
    """

    index: int
    mlp: MLP
    loss: float
    validation_loss: float
    validation_accuracy: float
    seconds: float

    def __repr__(self) -> str:
        return (
            f"Epoch({self.index}: loss {self.loss:.4f}, "
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
    pairs = list(pairwise(sizes))
    vector = np.zeros(sum(n_out * n_in + n_out for n_in, n_out in pairs), dtype=np.float32)
    layers = _views(vector, sizes)
    for w, _ in layers:
        limit = np.sqrt(6 / sum(w.shape))
        w[:] = rng.uniform(-limit, limit, w.shape)
    return vector, layers


def _views(vector: Float32, sizes: Sequence[int]) -> Layers:
    layers: Layers = []
    start = 0
    for n_in, n_out in pairwise(sizes):
        middle, end = start + n_out * n_in, start + n_out * n_in + n_out
        layers.append((vector[start:middle].reshape(n_out, n_in), vector[middle:end]))
        start = end
    return layers


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
    validation: tuple[npt.NDArray[np.generic], npt.ArrayLike] | None = None,
    augment: Augment | None = None,
) -> Iterator[Epoch]:
    """Train a new network, yielding a snapshot after each epoch.

    ``images`` (n, ...) uint8 or floats in [0, 1], ``labels`` (n,) ints below ``sizes[-1]``;
    ``sizes`` counts neurons, the input first; ``activations`` has one name for each layer after
    it. ``learning_rate`` is the peak, reached at once and then lowered along a cosine to zero.
    ``augment`` changes the training images before each epoch; it gets them as (n, n_in),
    the generator, and the progress from 0 to 1. Works in float32.

    Raises InputError at once, before the first epoch, for arguments that do not fit together.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise InputError(f"sizes: found {tuple(sizes)}, expected at least two positive numbers")
    if len(activations) != len(sizes) - 1:
        raise InputError(
            f"activations: found {len(activations)}, expected {len(sizes) - 1}, one for each layer "
            "after the input"
        )
    _trainable(activations)
    for name, value in (("epochs", epochs), ("batch_size", batch_size)):
        if value < 1:
            raise InputError(f"{name}: found {value}, expected at least 1")
    if not 0 < learning_rate < float("inf"):
        raise InputError(f"learning_rate: found {learning_rate}, expected a positive number")
    x, y = _examples(images, labels, sizes)
    held = None if validation is None else _examples(*validation, sizes)
    return _epochs(x, y, sizes, activations, epochs, batch_size, learning_rate, rng, held, augment)


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


def _epochs(
    x: Float32,
    y: Float32,
    sizes: Sequence[int],
    activations: Sequence[str],
    epochs: int,
    batch_size: int,
    learning_rate: float,
    rng: np.random.Generator,
    validation: tuple[Float32, Float32] | None,
    augment: Augment | None,
) -> Iterator[Epoch]:
    began = perf_counter()
    vector, weights = initial_weights(sizes, rng)
    gradient = np.empty_like(vector)
    slopes = _views(gradient, sizes)
    optimiser = Adam(vector)
    loss_of = LOSSES[activations[-1]]
    starts = range(0, len(x), batch_size)
    for epoch in range(epochs):
        seen = x if augment is None else augment(x, rng, epoch / epochs)
        order = rng.permutation(len(x))
        total = 0.0
        for step, start in enumerate(starts):
            batch = order[start : start + batch_size]
            z, new = backpropagate(seen[batch], y[batch], weights, activations)
            for (w, b), (new_w, new_b) in zip(slopes, new, strict=True):
                w[:], b[:] = new_w, new_b
            progress = (epoch + step / len(starts)) / epochs
            optimiser.step(gradient, learning_rate * cosine_decay(progress))
            total += float(loss_of(z, y[batch]).sum())
        mlp = MLP(
            tuple(Dense(w, b, name) for (w, b), name in zip(weights, activations, strict=True))  # type: ignore[arg-type]
        )
        validation_loss = validation_accuracy = float("nan")
        if validation is not None:
            held_x, held_y = validation
            validation_loss = mean_loss(mlp, held_x, held_y)
            validation_accuracy = accuracy(mlp, held_x, held_y.argmax(axis=1))
        yield Epoch(
            index=epoch + 1,
            mlp=mlp,
            loss=total / len(x),
            validation_loss=validation_loss,
            validation_accuracy=validation_accuracy,
            seconds=perf_counter() - began,
        )
