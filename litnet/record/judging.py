"""The obvious rules and the network, tried on every digit that comes with litnet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from network.activations import get_activation
from network.digits import SIDE
from network.errors import InputError
from network.mlp import MLP, Dense

Floats = npt.NDArray[np.float64]
RULES = ("ink", "average", "network", "unbiased")
NETWORKS = ("network", "unbiased")
LIT = 0.5  # a pixel is lit where it is brighter than this


def lit(image: Floats) -> npt.NDArray[np.bool_]:
    """Which pixels of a picture are lit, same shape."""
    bright: npt.NDArray[np.bool_] = image > LIT
    return bright


def noise(seed: int, shape: tuple[int, ...] = (SIDE, SIDE)) -> Floats:
    """A picture of pure noise: every pixel by chance, all greys from 0 to 1 equally likely."""
    return np.random.default_rng(seed).random(shape)


def switched(first: Floats, second: Floats, count: int) -> Floats:
    """The first picture, with the ``count`` pixels in which it differs most from the second one
    taken from there; of equal differences, the pixels first in the picture come first."""
    picture = first.copy()
    chosen = switching(first, second)[:count]
    picture.ravel()[chosen] = second.ravel()[chosen]
    return picture


def switching(first: Floats, second: Floats) -> npt.NDArray[np.intp]:
    """(k,) the pixels in which two pictures differ, by how much they do, the most first."""
    apart = np.abs(first - second).ravel()
    order = np.argsort(-apart, kind="stable")
    found: npt.NDArray[np.intp] = order[apart[order] > 0]
    return found


class Judged:
    """Digits with their labels, sorted by these, and what a rule makes of each.

    The rules ``ink`` and ``average`` compare a digit with what the others of each label are like on
    average, never with an average of which it is a part itself; ``network`` takes the brightest
    output, and ``unbiased`` that of the same network with every bias at 0. Of two that are equally
    near, it is the lower label.

    Parameters
    ----------
    digits
        The name in the record, the label and the picture (rows, columns) of each.
    network
        Gives the network that is filmed.
    """

    def __init__(
        self, digits: Sequence[tuple[str, int, Floats]], network: Callable[[], MLP]
    ) -> None:
        digits = sorted(digits, key=lambda digit: digit[1])
        self.places = {name: place for place, (name, _, _) in enumerate(digits)}
        self.labels = np.array([label for _, label, _ in digits])
        self._pixels: Floats = np.stack([image.ravel() for _, _, image in digits])
        self._network = network
        self._answers: dict[str, npt.NDArray[np.intp]] = {}

    @cached_property
    def _features(self) -> dict[str, Floats]:
        """(n, k): what a rule looks at in each digit."""
        return {"ink": self._pixels.sum(axis=1, keepdims=True), "average": self._pixels}

    def averages(self, rule: str, file: str | None) -> Floats:
        """(10, k): the average of each label, without that file."""
        keep = np.ones(len(self.labels), bool)
        if file in self.places:
            keep[self.places[file]] = False
        features = self._features[rule]
        found: Floats = np.stack(
            [features[keep & (self.labels == label)].mean(axis=0) for label in range(10)]
        )
        return found

    def distances(self, rule: str, image: Floats, file: str | None) -> Floats:
        """(10,): from a file's picture to each average, root mean square."""
        own = image.ravel()
        if own.size != self._pixels.shape[1]:
            raise InputError(f"{file}: {own.size} pixels, expected {self._pixels.shape[1]}.")
        apart = self.averages(rule, file) - (own.sum() if rule == "ink" else own)
        found: Floats = np.sqrt(np.mean(apart**2, axis=1))
        return found

    def answer(self, rule: str, image: Floats, file: str | None) -> int:
        """What a rule takes a file's picture for."""
        if rule in NETWORKS:
            return int(self._of(rule).forward(image.ravel()).activations[-1].argmax())
        return int(self.distances(rule, image, file).argmin())

    def answers(self, rule: str) -> npt.NDArray[np.intp]:
        """(n,): what a rule takes each digit for."""
        if rule not in self._answers:
            self._answers[rule] = (
                self._of(rule).forward(self._pixels).activations[-1].argmax(axis=1)
                if rule in NETWORKS
                else self.all_distances(rule).argmin(axis=1)
            )
        return self._answers[rule]

    def all_distances(self, rule: str) -> Floats:
        """(n, 10): of every digit to the averages of the others."""
        return np.stack(
            [self.distances(rule, self._pixels[n], name) for name, n in self.places.items()]
        )

    @cached_property
    def most_telling(self) -> int:
        """The place of the digit that the network misreads with the surest answer; of a network
        that misreads none, of the one in which it is least sure."""
        forward = self._network().forward(self._pixels)
        wrong = forward.activations[-1].argmax(axis=1) != self.labels
        if not wrong.any():
            return int(np.argmin(forward.confidence))
        return int(np.argmax(np.where(wrong, forward.confidence, -np.inf)))

    def answers_between(self, first: Floats, second: Floats) -> npt.NDArray[np.intp]:
        """(k + 1,): the network's answer to one picture as it becomes another, pixel by pixel; see
        :func:`switched`."""
        found: npt.NDArray[np.intp] = self.outputs_between(first, second).argmax(axis=1)
        return found

    def outputs_between(self, first: Floats, second: Floats) -> Floats:
        """(k + 1, 10): the network's outputs for these pictures."""
        order = switching(first, second)
        pictures = np.tile(first.ravel(), (len(order) + 1, 1))
        for count, pixel in enumerate(order, start=1):
            pictures[count:, pixel] = second.ravel()[pixel]
        outputs: Floats = self._network().forward(pictures).activations[-1]
        return outputs

    def tips(self, first: Floats, second: Floats) -> int:
        """With how many pixels switched the answer is that to the second picture, for good."""
        answers = self.answers_between(first, second)
        others = np.flatnonzero(answers != answers[-1])
        return int(others[-1]) + 1 if others.size else 0

    def right(self, rule: str) -> Floats:
        """(n,): 1 where a rule's answer is the label, else 0."""
        found: Floats = (self.answers(rule) == self.labels).astype(float)
        return found

    def right_by(self, network: MLP) -> Floats:
        """(n,): 1 where another network's answer is the label, else 0."""
        if network.sizes[0] != self._pixels.shape[1]:
            raise InputError(f"{network!r} reads no pictures of {SIDE} x {SIDE} pixels.")
        answers = network.forward(self._pixels).activations[-1].argmax(axis=1)
        found: Floats = (answers == self.labels).astype(float)
        return found

    def _of(self, rule: str) -> MLP:
        network = self._network()
        if rule == "network":
            return network
        layers = (Dense(one.weights, 0 * one.biases, one.activation) for one in network.layers)
        return MLP(tuple(layers))

    def arriving(self, layer: int, neuron: int) -> Floats:
        """(n,): what arrives at a neuron from each digit: the weighted sum, without its bias."""
        z, bias = self._sums(layer, neuron)
        found: Floats = z[:, neuron] - bias
        return found

    def lit(self, layer: int, neuron: int, bias: float | None = None) -> Floats:
        """(n,): how brightly a neuron shines for each digit, 0 to 1; or would, with another bias.

        On one scale for all of them: 0 to 1, or from the lowest to the highest activation that it
        has for any of them, where that is beyond.
        """
        z, own = self._sums(layer, neuron)
        function = get_activation(self._network().layers[layer - 1].activation).function
        whole = function(z)[:, neuron]
        low, high = min(0.0, float(whole.min())), max(1.0, float(whole.max()))
        if bias is not None:
            z = z.copy()
            z[:, neuron] += bias - own
        found: Floats = np.clip((function(z)[:, neuron] - low) / (high - low), 0, 1)
        return found

    def _sums(self, layer: int, neuron: int) -> tuple[Floats, float]:
        """(n, k) the sums of a layer, with the biases; and the bias of one of its neurons."""
        network = self._network()
        if not (1 <= layer <= len(network.layers) and neuron < network.sizes[layer]):
            raise InputError(f"There is no neuron {neuron} in layer {layer} of this network.")
        z = np.asarray(network.forward(self._pixels).layers[layer - 1].z, dtype=np.float64)
        return z, float(network.layers[layer - 1].biases[neuron])
