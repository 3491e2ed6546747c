"""Against the frameworks in memory, where they are installed (``make test-frameworks``)."""

from __future__ import annotations

import numpy as np
import pytest

from network import MLP, Dense, from_sklearn
from network.training import Adam, gradients, mean_loss, one_hot

SIZES = (9, 6, 5, 4)


def network(activations: tuple[str, ...]) -> MLP:
    rng = np.random.default_rng(0)
    return MLP(
        tuple(
            Dense(rng.standard_normal((n_out, n_in)), rng.standard_normal(n_out), name)
            for n_in, n_out, name in zip(SIZES, SIZES[1:], activations, strict=False)
        )
    )


@pytest.mark.parametrize(
    "activations",
    [
        ("sigmoid", "tanh", "sigmoid"),
        ("relu", "leaky_relu", "softmax"),
        ("gelu", "leaky_relu:0.3", "identity"),
        ("identity", "gelu", "softmax"),
    ],
)
def test_losses_and_gradients_are_pytorchs(activations: tuple[str, ...]) -> None:
    torch = pytest.importorskip("torch")
    functions = {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky_relu": torch.nn.functional.leaky_relu,
        "leaky_relu:0.3": lambda z: torch.nn.functional.leaky_relu(z, 0.3),
        "gelu": torch.nn.functional.gelu,
        "identity": lambda z: z,
    }
    losses = {
        "sigmoid": lambda z, y: torch.nn.functional.binary_cross_entropy_with_logits(
            z, y, reduction="sum"
        ),
        "softmax": lambda z, y: torch.nn.functional.cross_entropy(z, y, reduction="sum"),
        "identity": lambda z, y: 0.5 * torch.nn.functional.mse_loss(z, y, reduction="sum"),
    }
    mlp = network(activations)
    rng = np.random.default_rng(1)
    x, y = rng.random((7, 9)), np.asarray(one_hot(rng.integers(0, 4, 7), 4), dtype=np.float64)
    parameters = [
        (
            torch.tensor(layer.weights.copy(), requires_grad=True),
            torch.tensor(layer.biases.copy(), requires_grad=True),
        )
        for layer in mlp.layers
    ]
    z = a = torch.tensor(x)
    for (w, b), name in zip(parameters, activations, strict=True):
        z = torch.nn.functional.linear(a, w, b)
        a = functions[name](z) if name in functions else z
    loss = losses[activations[-1]](z, torch.tensor(y)) / len(x)
    loss.backward()
    assert mean_loss(mlp, x, y) == pytest.approx(float(loss.detach()), rel=1e-10)
    for (w, b), (dw, db) in zip(parameters, gradients(mlp, x, y), strict=True):
        np.testing.assert_allclose(dw, w.grad.numpy(), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(db, b.grad.numpy(), rtol=1e-9, atol=1e-12)


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
