"""The backward pass: against central differences, by hand, frozen."""

from __future__ import annotations

import copy
import dataclasses
import math
import pickle

import numpy as np
import pytest
from network_samples import random_network

from network import MLP, BackwardPass, Dense, InputError, load_network
from network.digits import DIGITS, bundled_digits
from network.losses import DEFAULT_LOSSES, LOSSES, cost_of, one_hot

H = 1e-6
CASES = [
    (("sigmoid", "sigmoid", "sigmoid"), "squares"),
    (("sigmoid", "sigmoid", "sigmoid"), "binary_cross_entropy"),
    (("relu", "sigmoid", "softmax"), "cross_entropy"),
    (("relu", "tanh", "softmax"), "squares"),
    (("gelu", "tanh", "softmax"), "half_squares"),
    (("identity", "relu", "identity"), "half_squares"),
    (("leaky_relu", "leaky_relu:0.3", "tanh"), "squares"),
    (("tanh", "gelu", "gelu"), "squares"),
    (("tanh", "relu", "relu"), "half_squares"),
    (("gelu", "leaky_relu:0.3", "leaky_relu"), "squares"),
]


def plain_cost(mlp: MLP, x: np.ndarray, y: np.ndarray, loss: str) -> float:
    """The mean cost once more, from the outputs alone."""
    a = np.atleast_2d(mlp.forward(x).activations[-1])
    y = np.atleast_2d(y)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = {
            "squares": (a - y) ** 2,
            "half_squares": (a - y) ** 2 / 2,
            "binary_cross_entropy": -y * np.log(a) - (1 - y) * np.log(1 - a),
            "cross_entropy": -y * np.log(a),
        }[loss]
    return float(each.sum() / len(y))


def nudged(mlp: MLP, number: int, name: str, place: tuple[int, ...], by: float) -> MLP:
    layers = list(mlp.layers)
    values = getattr(layers[number], name).copy()
    values[place] += by
    layers[number] = dataclasses.replace(layers[number], **{name: values})
    return MLP(tuple(layers))


def relative(found: list[float], expected: list[float]) -> float:
    a, b = np.array(found), np.array(expected)
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))


@pytest.mark.parametrize(("activations", "loss"), CASES)
@pytest.mark.parametrize("batch", [0, 8])
def test_parameters_by_central_differences(
    activations: tuple[str, ...], loss: str, batch: int
) -> None:
    network = random_network((6, 5, 4, 3), activations)
    rng = np.random.default_rng(3)
    x = rng.random((batch, 6)) if batch else rng.random(6)
    y = one_hot(rng.integers(0, 3, batch), 3) if batch else np.array([0.2, 0.7, 0.4])
    y = np.asarray(y, dtype=np.float64)
    back = network.backward(x, y, loss=loss)
    assert back.cost == pytest.approx(plain_cost(network, x, y, loss), rel=1e-12)
    assert back.cost == cost_of(network.forward(x), y, loss)
    found, expected = [], []
    for number, layer in enumerate(network.layers):
        for name in ("weights", "biases"):
            slopes = getattr(back, name)[number]
            assert slopes.shape == getattr(layer, name).shape
            for place in np.ndindex(slopes.shape):
                up, down = (
                    plain_cost(nudged(network, number, name, place, by), x, y, loss)
                    for by in (H, -H)
                )
                found.append(slopes[place])
                expected.append((up - down) / (2 * H))
    assert relative(found, expected) < 1e-7


@pytest.mark.parametrize(("activations", "loss"), CASES)
def test_activations_and_pre_activations_by_central_differences(
    activations: tuple[str, ...], loss: str
) -> None:
    """What stands above a layer is a network of its own, whose input is nudged."""
    network = random_network((6, 5, 4, 3), activations, seed=1)
    x, y = np.random.default_rng(5).random(6), np.array([0.0, 1.0, 0.0])
    back = network.backward(x, y, loss=loss)
    forward = back.forward
    for number, a in enumerate(forward.activations[:-1]):
        above = MLP(network.layers[number:])
        expected = [
            (plain_cost(above, a + h, y, loss) - plain_cost(above, a - h, y, loss)) / (2 * H)
            for h in H * np.eye(len(a))
        ]
        assert relative(back.activations[number].tolist(), expected) < 1e-7
    # A bias is added to z, so that a nudge of z is a nudge of it.
    for z, biases in zip(back.pre_activations, back.biases, strict=True):
        assert z.tolist() == biases.tolist()
    # The last layer's outputs, from the definition of the loss.
    a = forward.activations[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = {
            "squares": 2 * (a - y),
            "half_squares": a - y,
            "binary_cross_entropy": (a - y) / (a * (1 - a)),
            "cross_entropy": -y / a,
        }[loss]
    np.testing.assert_allclose(back.activations[-1], slopes, rtol=1e-12)


def test_a_batch_is_the_mean_of_its_examples() -> None:
    network = random_network((6, 5, 4, 3), ("relu", "tanh", "softmax"))
    rng = np.random.default_rng(2)
    x, y = rng.random((7, 6)), one_hot(rng.integers(0, 3, 7), 3)
    whole = network.backward(x, y)
    parts = [network.backward(*pair) for pair in zip(x, y, strict=True)]
    assert whole.cost == pytest.approx(np.mean([part.cost for part in parts]))
    for name in ("weights", "biases"):
        for n, found in enumerate(getattr(whole, name)):
            np.testing.assert_allclose(found, np.mean([getattr(p, name)[n] for p in parts], axis=0))
    for name in ("activations", "pre_activations"):
        for n, found in enumerate(getattr(whole, name)):
            assert found.shape == (7, found.shape[1])
            np.testing.assert_allclose(found, [getattr(p, name)[n] / 7 for p in parts], atol=1e-15)


def test_real_digits_on_real_networks_by_central_differences() -> None:
    """Five digits on each of five networks: all nudges of 40 random parameters of every layer."""
    digits = [digit for digit in bundled_digits() if digit.label in (0, 3, 5, 8)][::16]
    assert len(digits) == 5
    vanilla = load_network(DIGITS.parent / "models" / "vanilla.npz")
    early = load_network(DIGITS.parent / "models" / "early.npz")

    def made(*names: str) -> MLP:
        rng = np.random.default_rng(len(names))
        sizes = (784, *[12] * (len(names) - 1), 10)
        return MLP(
            tuple(
                Dense(rng.normal(0, n_in**-0.5, (n_out, n_in)), rng.normal(0, 0.1, n_out), name)
                for n_in, n_out, name in zip(sizes, sizes[1:], names, strict=False)
            )
        )

    networks = [vanilla, early, made("tanh", "softmax"), made("gelu", "gelu", "sigmoid")]
    networks.append(made("relu", "relu", "relu", "softmax"))
    rng = np.random.default_rng(0)
    worst = 0.0
    for network in networks:
        for digit in digits:
            x, y = digit.image().reshape(-1), one_hot(digit.label, 10).astype(np.float64)
            back = network.backward(x, y)
            found, expected = [], []
            for number, layer in enumerate(network.layers):
                for _ in range(40):
                    place = tuple(rng.integers(0, layer.weights.shape))
                    up, down = (
                        plain_cost(nudged(network, number, "weights", place, by), x, y, "squares")
                        for by in (1e-4, -1e-4)
                    )
                    found.append(back.weights[number][place])
                    expected.append((up - down) / 2e-4)
            worst = max(worst, relative(found, expected))
    assert worst < 1e-6


def test_by_hand() -> None:
    """One neuron: a = 0.5, C = (a - 1)^2, dC/dz = 2 (a - 1) a (1 - a) = -0.25."""
    back = MLP((Dense([[2.0, 0.0]], [-2.0], "sigmoid"),)).backward([1.0, 3.0], [1.0])
    assert back.cost == 0.25
    assert back.activations[1].tolist() == [-1.0]
    assert back.pre_activations[0].tolist() == [-0.25]
    assert back.weights[0].tolist() == [[-0.25, -0.75]]
    assert back.biases[0].tolist() == [-0.25]
    assert back.activations[0].tolist() == [-0.5, 0.0]


def test_a_certain_mistake_costs_without_end() -> None:
    """dC/da of a cross-entropy is infinite there; what training needs stays finite."""
    network = MLP((Dense(np.diag([800.0, -800.0]), np.zeros(2), "sigmoid"),))
    wrong = network.backward([1.0, 1.0], [0.0, 1.0], loss="binary_cross_entropy")
    assert wrong.cost == 1600
    assert wrong.activations[-1].tolist() == [math.inf, -math.inf]
    assert wrong.pre_activations[-1].tolist() == [1.0, -1.0]
    right = network.backward([1.0, 1.0], [1.0, 0.0], loss="binary_cross_entropy")
    assert right.activations[-1].tolist() == [-1.0, 1.0]
    soft = MLP((Dense(np.diag([800.0, -800.0]), np.zeros(2), "softmax"),))
    back = soft.backward([1.0, 1.0], [0.0, 1.0], loss="cross_entropy")
    assert back.activations[-1].tolist() == [0.0, -math.inf]
    assert back.pre_activations[-1].tolist() == [1.0, -1.0]


def test_frozen_and_fingerprinted(network: MLP) -> None:
    x, y = np.random.default_rng(1).random((3, 5)), np.eye(3)
    back = network.backward(x, y)
    assert back.forward.digest == network.forward(x).digest
    assert back.loss == "squares"
    for array in (
        *back.weights,
        *back.biases,
        *back.activations,
        *back.pre_activations,
        back.targets,
    ):
        assert array.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True
    with pytest.raises(dataclasses.FrozenInstanceError):
        back.cost = 0.0  # type: ignore[misc]
    again = network.backward(x, y)
    assert isinstance(again, BackwardPass)
    assert (
        len(
            {b.digest for b in (back, again, copy.deepcopy(back), pickle.loads(pickle.dumps(back)))}
        )
        == 1
    )
    others = [
        network.backward(x, y[::-1]),
        network.backward(x[:1], y[:1]),
        network.backward(x, y, loss="half_squares"),
        random_network(seed=1).backward(x, y),
    ]
    assert len({b.digest for b in (back, *others)}) == 5
    assert repr(back) == f"BackwardPass(5-4-3, squares {back.cost:.4f}, batch of 3)"
    assert repr(network.backward(x[0], y[0])).startswith("BackwardPass(5-4-3, squares ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.0] * 5, [0.0] * 4), r"targets: found shape \(4,\), expected \(3,\)"),
        (([0.0] * 5, [[0.0] * 3]), r"targets: found shape \(1, 3\), expected \(3,\)"),
        (([0.0] * 5, [0.0, math.nan, 1.0]), "targets: found NaN"),
        (([0.0] * 5, [0.0, 1e308, 1.0]), "the gradients overflow float64"),
        (([0.0] * 4, [0.0] * 3), r"input: found shape \(4,\)"),
        (([0.0] * 5, [0.0] * 3, "cubes"), "unknown loss 'cubes'"),
        (
            ([0.0] * 5, [0.0] * 3, "cross_entropy"),
            "found sigmoid in the last layer, expected softm",
        ),
    ],
)
def test_bad_input(network: MLP, arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        network.backward(*arguments)  # type: ignore[arg-type]


def test_softmax_in_a_hidden_layer_is_refused() -> None:
    with pytest.raises(InputError, match="found softmax in a hidden layer"):
        random_network(activations=("softmax", "sigmoid")).backward([0.0] * 5, [0.0] * 3)


def test_the_table_of_losses() -> None:
    assert list(LOSSES) == ["squares", "half_squares", "binary_cross_entropy", "cross_entropy"]
    assert all(loss.name == name for name, loss in LOSSES.items())
    assert set(DEFAULT_LOSSES.values()) <= set(LOSSES)
    assert repr(LOSSES["squares"]) == "Loss(squares: sum (a - y)^2)"
    assert one_hot(2, 4).tolist() == [0, 0, 1, 0]
    network = random_network(activations=("relu", "softmax"))
    back = network.backward([0.5] * 5, [0.0, 1.0, 0.0], loss=None)
    assert back.loss == "cross_entropy"
