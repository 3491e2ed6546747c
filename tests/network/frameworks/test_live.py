"""Against the frameworks in memory, where they are installed (``make test-frameworks``)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from network import MLP, Dense, from_sklearn, load_network
from network.digits import bundled_digits
from network.losses import one_hot
from network.optimisers import Adam

ROOT = Path(__file__).resolve().parents[3]
SIZES = (9, 6, 5, 4)


def network(activations: tuple[str, ...]) -> MLP:
    rng = np.random.default_rng(0)
    return MLP(
        tuple(
            Dense(rng.standard_normal((n_out, n_in)), rng.standard_normal(n_out), name)
            for n_in, n_out, name in zip(SIZES, SIZES[1:], activations, strict=False)
        )
    )


FUNCTIONS = {
    "sigmoid": lambda t, z: t.sigmoid(z),
    "tanh": lambda t, z: t.tanh(z),
    "relu": lambda t, z: t.relu(z),
    "leaky_relu": lambda t, z: t.nn.functional.leaky_relu(z),
    "leaky_relu:0.3": lambda t, z: t.nn.functional.leaky_relu(z, 0.3),
    "gelu": lambda t, z: t.nn.functional.gelu(z),
    "softmax": lambda t, z: t.softmax(z, dim=-1),
    "identity": lambda t, z: z,
}
LOSSES = {
    "squares": lambda t, a, y: t.nn.functional.mse_loss(a, y, reduction="sum"),
    "half_squares": lambda t, a, y: 0.5 * t.nn.functional.mse_loss(a, y, reduction="sum"),
    "binary_cross_entropy": lambda t, a, y: t.nn.functional.binary_cross_entropy(
        a, y, reduction="sum"
    ),
    "cross_entropy": lambda t, a, y: -(y * t.log(a)).sum(),
}


def compared(mlp: MLP, x: np.ndarray, y: np.ndarray, loss: str) -> float:
    """The largest relative norm of a difference between our gradients and autograd's.

    Of every array of a backward pass: weights, biases, and what each neuron has in each example.
    """
    torch = pytest.importorskip("torch")
    back = mlp.backward(x, y, loss=loss)
    parameters, zs = [], []
    a = torch.tensor(np.array(x), dtype=torch.float64, requires_grad=True)
    activations = [a]
    for layer in mlp.layers:
        w, b = (
            torch.tensor(part.copy(), requires_grad=True) for part in (layer.weights, layer.biases)
        )
        zs.append(torch.nn.functional.linear(activations[-1], w, b))
        activations.append(FUNCTIONS[layer.activation](torch, zs[-1]))
        parameters.append((w, b))
    for part in (*zs, *activations[1:]):
        part.retain_grad()
    cost = LOSSES[loss](torch, activations[-1], torch.tensor(y)) / (len(x) if x.ndim == 2 else 1)
    cost.backward()
    assert back.cost == pytest.approx(float(cost.detach()), rel=1e-10)
    pairs = [
        *zip(back.weights, (w for w, _ in parameters), strict=True),
        *zip(back.biases, (b for _, b in parameters), strict=True),
        *zip(back.activations, activations, strict=True),
        *zip(back.pre_activations, zs, strict=True),
    ]
    worst = 0.0
    for ours, theirs in pairs:
        theirs = theirs.grad.numpy()
        assert ours.shape == theirs.shape
        worst = max(worst, float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)))
    return worst


@pytest.mark.parametrize("batch", [True, False])
@pytest.mark.parametrize(
    ("activations", "loss"),
    [
        (("sigmoid", "tanh", "sigmoid"), "binary_cross_entropy"),
        (("sigmoid", "tanh", "sigmoid"), "squares"),
        (("relu", "leaky_relu", "softmax"), "cross_entropy"),
        (("relu", "leaky_relu", "softmax"), "squares"),
        (("gelu", "leaky_relu:0.3", "identity"), "half_squares"),
        (("identity", "gelu", "softmax"), "half_squares"),
        (("tanh", "relu", "gelu"), "squares"),
    ],
)
def test_losses_and_gradients_are_pytorchs(
    activations: tuple[str, ...], loss: str, batch: bool
) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.random((7, 9)), one_hot(rng.integers(0, 4, 7), 4).astype(np.float64)
    mlp = network(activations)
    assert compared(mlp, x if batch else x[0], y if batch else y[0], loss) < 1e-9


@pytest.mark.parametrize("name", ["vanilla", "early"])
def test_gradients_of_real_digits_are_pytorchs(name: str) -> None:
    mlp = load_network(ROOT / "assets" / "models" / f"{name}.npz")
    for digit in bundled_digits()[::40]:
        x, y = digit.image().reshape(-1), one_hot(digit.label, 10).astype(np.float64)
        assert compared(mlp, x, y, "squares") < 1e-6


def test_adam_is_pytorchs() -> None:
    """Twenty steps from the same weights come out the same, but for the last bits."""
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(2)
    ours = rng.standard_normal(50).astype(np.float32)
    theirs = torch.tensor(ours.copy(), requires_grad=True)
    adam, optimiser = Adam(ours), torch.optim.Adam([theirs])
    for step in range(20):
        slope = rng.standard_normal(50).astype(np.float32)
        theirs.grad = torch.tensor(slope)
        optimiser.param_groups[0]["lr"] = rate = 0.01 / (step + 1)
        optimiser.step()
        adam.step(slope, rate)
    np.testing.assert_allclose(ours, theirs.detach().numpy(), atol=1e-6)


def test_a_fitted_classifier() -> None:
    neural_network = pytest.importorskip("sklearn.neural_network")
    rng = np.random.default_rng(3)
    x = rng.random((60, 9))
    for classes in (2, 4):
        y = rng.integers(0, classes, 60)
        with pytest.warns(UserWarning, match="Maximum iterations"):
            fitted = neural_network.MLPClassifier((6,), max_iter=5, random_state=0).fit(x, y)
        outputs = from_sklearn(fitted).forward(x).activations[-1]
        np.testing.assert_allclose(outputs, fitted.predict_proba(x), atol=1e-5)
