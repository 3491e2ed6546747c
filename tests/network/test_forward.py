"""The forward pass, held against plain Python loops."""

from __future__ import annotations

import copy
import dataclasses
import math
import pickle
import subprocess
import sys

import numpy as np
import pytest
from network_samples import random_network

from network import ACTIVATIONS, MLP, Dense, ForwardPass, InputError, contributions
from network.activations import get_activation


def activate(name: str, z: list[float]) -> list[float]:
    """The activation functions once more, from the formulas."""
    if name == "sigmoid":
        return [1 / (1 + math.exp(-v)) for v in z]
    if name == "relu":
        return [v if v > 0 else 0.0 for v in z]
    if name == "identity":
        return list(z)
    total = sum(math.exp(v) for v in z)
    return [math.exp(v) / total for v in z]


def by_hand(network: MLP, x: list[float]) -> tuple[list[list[float]], list[list[float]]]:
    """All z and all a (the input first), with loops and no NumPy arithmetic."""
    zs, activations = [], [list(x)]
    for layer in network.layers:
        w, b = layer.weights.tolist(), layer.biases.tolist()
        z = []
        for i in range(len(b)):
            total = b[i]
            for j in range(len(w[i])):
                total += w[i][j] * activations[-1][j]
            z.append(total)
        zs.append(z)
        activations.append(activate(layer.activation, z))
    return zs, activations


SHAPES = [
    ((5, 4, 3), ("sigmoid", "sigmoid")),
    ((5, 4, 3), ("relu", "softmax")),
    ((2, 6, 5, 3, 2), ("identity", "sigmoid", "relu", "identity")),
    ((1, 1), ("sigmoid",)),
    ((784, 16, 16, 10), ("sigmoid", "sigmoid", "sigmoid")),
]


@pytest.mark.parametrize(("sizes", "activations"), SHAPES)
def test_single_and_batch_agree_with_loops(
    sizes: tuple[int, ...], activations: tuple[str, ...]
) -> None:
    network = random_network(sizes, activations)
    batch = np.random.default_rng(1).random((3, sizes[0]))
    of_batch = network.forward(batch)
    for row, x in enumerate(batch):
        single = network.forward(x)
        zs, values = by_hand(network, x.tolist())
        assert len(single.layers) == len(zs)
        for layer, z in enumerate(zs):
            assert single.pre_activations[layer].shape == (len(z),)
            np.testing.assert_allclose(single.pre_activations[layer], z, atol=1e-11)
            np.testing.assert_allclose(of_batch.pre_activations[layer][row], z, atol=1e-11)
        for layer, a in enumerate(values):
            np.testing.assert_allclose(single.activations[layer], a, atol=1e-11)
            np.testing.assert_allclose(of_batch.activations[layer][row], a, atol=1e-11)
        best = max(range(sizes[-1]), key=lambda i: values[-1][i])
        assert single.prediction == best
        assert type(single.prediction) is int
        assert single.confidence == pytest.approx(values[-1][best], abs=1e-11)
        assert of_batch.prediction[row] == best
        assert of_batch.confidence[row] == pytest.approx(values[-1][best], abs=1e-11)


def test_names_of_the_parts(network: MLP) -> None:
    """Others rely on these names and this order."""
    x = np.arange(5) / 10
    result = network.forward(x)
    assert [a.shape for a in result.activations] == [(5,), (4,), (3,)]
    assert [z.shape for z in result.pre_activations] == [(4,), (3,)]
    assert [layer.activation for layer in result.layers] == ["sigmoid", "sigmoid"]
    np.testing.assert_array_equal(result.input, x)
    np.testing.assert_array_equal(result.activations[0], x)
    np.testing.assert_array_equal(result.layers[1].a, result.activations[2])
    np.testing.assert_array_equal(result.layers[0].z, result.pre_activations[0])
    assert result.model_digest == network.digest
    assert network.sizes == (5, 4, 3)
    assert network.parameters == 5 * 4 + 4 + 4 * 3 + 3
    assert repr(network) == f"MLP(5-4-3 sigmoid, {network.digest[:8]})"
    assert repr(result).startswith("ForwardPass(5-4-3 -> ")
    assert not any(isinstance(value, MLP) for value in vars(result).values())


def test_frozen(network: MLP) -> None:
    result = network.forward(np.ones((2, 5)))
    arrays = [a for layer in network.layers for a in (layer.weights, layer.biases)]
    arrays += [*result.activations, *result.pre_activations, result.prediction, result.confidence]
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 7
    for array in arrays[:-2]:
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True
    for thing, name in (
        (network, "layers"),
        (network.layers[0], "weights"),
        (result, "input"),
        (result.layers[0], "a"),
    ):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(thing, name, None)


def test_nothing_outside_is_kept(network: MLP) -> None:
    w, b, x = np.ones((2, 2)), np.zeros(2), np.ones(2)
    dense = Dense(w, b, "identity")
    result = MLP((dense,)).forward(x)
    w[:], b[:], x[:] = 9, 9, 9
    np.testing.assert_array_equal(dense.weights, 1)
    np.testing.assert_array_equal(result.input, 1)
    np.testing.assert_array_equal(result.activations[1], 2)


@pytest.mark.parametrize(
    "remake", [copy.deepcopy, copy.copy, lambda v: pickle.loads(pickle.dumps(v))]
)
def test_copies_are_as_frozen(network: MLP, remake) -> None:  # type: ignore[no-untyped-def]
    result = remake(network.forward(np.ones(5)))
    again = remake(network)
    assert again.digest == network.digest
    assert result.digest == network.forward(np.ones(5)).digest
    for array in (*result.activations, *result.pre_activations, again.layers[0].weights):
        assert not array.flags.writeable


def test_digest_sees_every_number(network: MLP) -> None:
    digests = {network.digest, random_network(activations=("sigmoid", "relu")).digest}
    for layer in range(2):
        for name in ("weights", "biases"):
            for place in range(getattr(network.layers[layer], name).size):
                layers = list(network.layers)
                changed = getattr(layers[layer], name).copy()
                changed.flat[place] += 1e-12
                layers[layer] = dataclasses.replace(layers[layer], **{name: changed})
                digests.add(MLP(tuple(layers)).digest)
    assert len(digests) == 2 + network.parameters
    assert MLP(network.layers).digest == network.digest


def test_forward_pass_digest_sees_every_number(network: MLP) -> None:
    x = np.full(5, 0.5)
    result = network.forward(x)
    assert result.digest == network.forward(x).digest
    x[2] += 1e-12
    assert result.digest != network.forward(x).digest
    same_numbers = ForwardPass(result.input, result.layers, "another model")
    assert result.digest != same_numbers.digest


def test_contributions_add_up(network: MLP) -> None:
    x = np.random.default_rng(2).random((3, 5))
    result = network.forward(x)
    for number, layer in enumerate(network.layers):
        parts = contributions(layer.weights, result.activations[number])
        assert parts.shape == (3, layer.n_out, layer.n_in)
        z = result.pre_activations[number]
        np.testing.assert_allclose(parts.sum(axis=-1) + layer.biases, z)
        one = contributions(layer.weights, result.activations[number][1])
        assert one.shape == layer.weights.shape
        for i in range(layer.n_out):
            for j in range(layer.n_in):
                expected = layer.weights[i, j] * result.activations[number][1, j]
                assert one[i, j] == parts[1, i, j] == expected
    with pytest.raises(InputError, match=r"\(4, 5\).*\(4,\).*expected"):
        contributions(network.layers[0].weights, np.ones(4))


def test_activations_at_the_edges() -> None:
    z = np.array([-1e4, -800.0, -1.0, 0.0, 1.0, 800.0, 1e4])
    with np.errstate(all="raise", under="ignore"):
        for name, activation in ACTIVATIONS.items():
            a = activation.function(z)
            assert activation.name == name
            assert np.isfinite(a).all()
            low, high = activation.range
            assert (a >= low).all()
            assert (a <= high).all()
    np.testing.assert_array_equal(ACTIVATIONS["sigmoid"].function(z)[[0, 3, 6]], [0, 0.5, 1])
    assert ACTIVATIONS["sigmoid"].function(np.array([-50.0]))[0] == pytest.approx(
        math.exp(-50), rel=1e-12
    )


@pytest.mark.parametrize("name", [n for n, a in ACTIVATIONS.items() if a.derivative])
def test_derivatives_by_differences(name: str) -> None:
    activation = ACTIVATIONS[name]
    z = np.array([-3.0, -0.4, 0.3, 2.0])
    h = 1e-6
    slope = (activation.function(z + h) - activation.function(z - h)) / (2 * h)
    assert activation.derivative is not None
    np.testing.assert_allclose(activation.derivative(z, activation.function(z)), slope, atol=1e-8)


def test_activations_by_their_formulas() -> None:
    """One number at a time, with the math module alone."""
    formulas = {
        "tanh": lambda x: 1 - 2 / (math.exp(2 * x) + 1),
        "leaky_relu": lambda x: max(0, x) + 0.01 * min(0, x),
        "leaky_relu:0.3": lambda x: max(0, x) + 0.3 * min(0, x),
        "gelu": lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2,
    }
    z = np.linspace(-4, 4, 33)
    for name, formula in formulas.items():
        function = get_activation(name).function
        np.testing.assert_allclose(function(z), [formula(x) for x in z], rtol=1e-12, atol=1e-15)
        narrow = function(z.astype(np.float32))
        assert narrow.dtype == np.float32
        np.testing.assert_allclose(narrow, function(z), atol=1e-6)
    # The derivatives' closed forms, where differences would not tell: far out.
    far = np.array([-1e3, -9.0, 9.0, 1e3])
    gelu = ACTIVATIONS["gelu"]
    assert gelu.derivative is not None
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_allclose(
            gelu.derivative(far, gelu.function(far)), [0, 0, 1, 1], atol=1e-15
        )


def test_the_slope_is_in_the_name() -> None:
    one, same = (Dense(W, B, f"leaky_relu:{slope}") for slope in ("0.30", "0.3"))
    assert one.activation == same.activation == "leaky_relu:0.3"
    assert MLP((one,)).digest == MLP((same,)).digest
    assert Dense(W, B, "leaky_relu:0.01").activation == "leaky_relu"
    assert get_activation("leaky_relu:1e-05").name == "leaky_relu:1e-05"
    assert MLP((one,)).forward([-1.0, -1.0]).activations[-1].tolist() == pytest.approx([-0.6] * 3)


W, B = np.ones((3, 2)), np.zeros(3)


@pytest.mark.parametrize(
    ("weights", "biases", "activation", "message"),
    [
        (np.ones(3), B, "sigmoid", r"weights: found shape \(3,\), expected \(n_out, n_in\)"),
        (np.ones((0, 2)), np.ones(0), "sigmoid", r"weights: found shape \(0, 2\)"),
        (W, np.zeros(2), "sigmoid", r"biases: found shape \(2,\), expected \(3,\)"),
        (W, np.zeros((3, 1)), "sigmoid", r"biases: found shape \(3, 1\), expected \(3,\)"),
        (W * np.nan, B, "sigmoid", r"weights: found NaN \(6 of 6"),
        (W, [0, 0, np.inf], "sigmoid", r"biases: found infinity \(1 of 3"),
        (W * 1j, B, "sigmoid", "weights: found values of type complex128"),
        ([["a", "b"]], [1], "sigmoid", "weights: found values of type"),
        ([[1, 2], [3]], [1, 2], "sigmoid", "weights: found nested lists of unequal length"),
        (np.array([[object()]]), [1], "sigmoid", "weights: found values of type object"),
        (
            W,
            B,
            "swish",
            "unknown activation 'swish', expected one of sigmoid, tanh, relu, leaky_relu",
        ),
        (W, B, None, "unknown activation None"),
        (W, B, "leaky_relu:1.5", "unknown activation 'leaky_relu:1.5'"),
        (W, B, "leaky_relu:-1", "unknown activation 'leaky_relu:-1'"),
        (W, B, "relu:0.1", "unknown activation 'relu:0.1'"),
    ],
)
def test_bad_layers(weights, biases, activation, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=message):
        Dense(weights, biases, activation)


def test_layers_that_do_not_chain() -> None:
    first, second = Dense(np.ones((3, 2)), np.ones(3), "relu"), Dense([[1, 1]], [1], "relu")
    with pytest.raises(InputError, match=r"layers 2 and 3.*layer 2 gives 3.*layer 3 expects 2"):
        MLP((Dense(np.ones((2, 2)), np.ones(2), "relu"), first, second))
    with pytest.raises(InputError, match="no layers"):
        MLP(())
    with pytest.raises(InputError, match="found a str"):
        MLP(("a",))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.ones(4), r"input: found shape \(4,\), expected \(5,\) or \(batch, 5\)"),
        (np.ones((5, 1)), r"input: found shape \(5, 1\)"),
        (np.ones((1, 1, 5)), r"input: found shape \(1, 1, 5\)"),
        (np.ones((0, 5)), r"input: found shape \(0, 5\)"),
        (3.0, r"input: found shape \(\)"),
        ([0, 0, 0, 0, np.nan], "input: found NaN"),
        ([0, 0, 0, 0, -np.inf], "input: found infinity"),
    ],
)
def test_bad_inputs(network: MLP, x, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=message):
        network.forward(x)


def test_overflow_is_said() -> None:
    network = MLP((Dense([[1e308, 1e308]], [0], "sigmoid"),))
    with pytest.raises(InputError, match="layer 1: the sums overflow"):
        network.forward([1.0, 1.0])


def test_the_network_knows_nothing_of_films() -> None:
    code = (
        "import sys, network, network.training, network.digits, network.model_card\n"
        "found = {name.split('.')[0] for name in sys.modules}\n"
        "print(sorted(found & {'manim', 'litnet', 'scipy', 'PIL', 'matplotlib'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
