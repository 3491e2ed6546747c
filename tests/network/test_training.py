"""Training: the optimisers against their equations, the same seed twice, bad arguments."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from network import InputError
from network.augmentation import RandomAffine
from network.losses import cost_of
from network.optimisers import SGD, Adam, constant, cosine_decay
from network.training import DivergedError, Moment, accuracy, train


def test_sgd_is_the_gradient_times_the_rate() -> None:
    theta = np.array([1, -2, 0.5], dtype=np.float32)
    SGD(theta).step(np.array([4, 0, -1], dtype=np.float32), 0.25)
    assert theta.tolist() == [0, -2, 0.75]
    assert theta.dtype == np.float32


def test_adam_follows_its_paper() -> None:
    """Algorithm 1 once more, number by number."""
    rng = np.random.default_rng(5)
    theta = rng.standard_normal(4).astype(np.float32)
    expected, m, v = theta.astype(float).tolist(), [0.0] * 4, [0.0] * 4
    adam = Adam(theta)
    for t in range(1, 30):
        g = rng.standard_normal(4).astype(np.float32)
        adam.step(g, 0.01)
        for i in range(4):
            m[i] = 0.9 * m[i] + 0.1 * float(g[i])
            v[i] = 0.999 * v[i] + 0.001 * float(g[i]) ** 2
            step = (m[i] / (1 - 0.9**t)) / (math.sqrt(v[i] / (1 - 0.999**t)) + 1e-8)
            expected[i] -= 0.01 * step
    np.testing.assert_allclose(theta, expected, atol=1e-5)


def test_cosine_decay() -> None:
    assert cosine_decay(0) == 1 == constant(0) == constant(1)
    assert cosine_decay(0.5) == pytest.approx(0.5)
    assert cosine_decay(1) == pytest.approx(0)


# --- Augmentation ---


def spot(row: int, column: int, side: int = 9) -> np.ndarray:
    image = np.zeros((side, side), dtype=np.float32)
    image[row, column] = 1
    return image


def test_no_deviation_changes_nothing() -> None:
    images = np.random.default_rng(6).random((10, 81), dtype=np.float32)
    rng = np.random.default_rng(7)
    np.testing.assert_array_equal(RandomAffine(0, 0, 0, 0, maps=3)(images, rng, 0.0), images)
    np.testing.assert_array_equal(RandomAffine(end=0, maps=3)(images, rng, 1.0), images)


def test_affine_moves_light_where_it_says() -> None:
    """The middle of light moves by the drawn map, and no light is lost in mid-picture."""
    side = 21
    image = sum(spot(r, c, side) for r in (9, 10, 11) for c in (12, 13, 14)).reshape(1, -1)
    augment = RandomAffine(shift=1.5, rotate=8, scale=0.1, shear=0.1, maps=1)
    y, x = np.mgrid[:side, :side] - 10.0
    for seed in range(30):
        moved = augment(image, np.random.default_rng(seed), 0.0).reshape(side, side)
        rng = np.random.default_rng(seed)
        rng.permutation(1)
        matrix, shift = augment._draw(rng, 1.0)
        expected = np.linalg.solve(matrix, np.array([3.0, 0.0]) - shift)
        total = moved.sum()
        found = np.array([(moved * x).sum(), (moved * y).sum()]) / total
        np.testing.assert_allclose(found, expected, atol=0.25)
        assert total == pytest.approx(9 / np.linalg.det(matrix), rel=0.1)
        assert moved.min() >= 0
        assert moved.max() <= 1 + 1e-6


def test_affine_is_mild_and_only_the_generators() -> None:
    images = np.random.default_rng(8).random((50, 784), dtype=np.float32)
    before = images.copy()
    augment = RandomAffine()
    a = augment(images, np.random.default_rng(1), 0.3)
    b = augment(images, np.random.default_rng(1), 0.3)
    c = augment(images, np.random.default_rng(2), 0.3)
    np.testing.assert_array_equal(images, before)
    np.testing.assert_array_equal(a, b)
    assert a.dtype == np.float32
    assert not np.array_equal(a, c)
    assert not np.array_equal(a, images)
    changes = [
        np.abs(augment(images, np.random.default_rng(1), p) - images).mean() for p in (0, 0.5, 1)
    ]
    assert changes[0] > changes[1] > changes[2] > 0
    with pytest.raises(InputError, match="found images of 80 pixels"):
        augment(images[:, :80], np.random.default_rng(1), 0.3)


# --- Training ---


def toy(n: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Which quarter of a 4 x 4 picture is the brightest?"""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, n)
    images = rng.integers(0, 120, (n, 4, 4)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        row, column = divmod(int(label), 2)
        image[2 * row : 2 * row + 2, 2 * column : 2 * column + 2] += 100
    return images, labels


def run(seed: int = 0, **changes: object) -> list[Moment]:
    images, labels = toy()
    options = {
        "sizes": (16, 8, 4),
        "activations": ("sigmoid", "sigmoid"),
        "epochs": 12,
        "batch_size": 16,
        "learning_rate": 0.05,
        "rng": np.random.default_rng(seed),
        "validation": toy(100, seed=9),
    }
    return list(train(images, labels, **{**options, **changes}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "activations", [("sigmoid", "sigmoid"), ("relu", "softmax"), ("relu", "identity")]
)
def test_learns_a_toy(activations: tuple[str, ...]) -> None:
    fresh, *epochs = run(activations=activations, learning_rate=0.02)
    assert [epoch.epoch for epoch in epochs] == list(range(1, 13))
    assert [epoch.step for epoch in epochs] == list(range(19, 19 * 13, 19))
    assert (fresh.step, fresh.epoch, len(fresh.batch)) == (0, 0, 0)
    assert math.isnan(fresh.loss)
    assert epochs[-1].loss < 0.5 * epochs[0].loss
    assert epochs[-1].validation_loss < 0.5 * epochs[0].validation_loss
    assert epochs[-1].validation_accuracy > 0.95
    assert epochs[-1].mlp.sizes == (16, 8, 4)
    assert [layer.activation for layer in epochs[-1].mlp.layers] == list(activations)
    assert 0 < epochs[0].seconds <= epochs[-1].seconds
    assert repr(epochs[0]).startswith("Moment(step 19, epoch 1: loss ")


def test_snapshots_are_of_their_own_time() -> None:
    epochs = run()
    assert len({epoch.mlp.digest for epoch in epochs}) == len(epochs)
    images, labels = toy(100, seed=9)
    for epoch in epochs:
        assert epoch.validation_accuracy == accuracy(epoch.mlp, images, labels)
        x = (images / 255).astype(np.float32).reshape(100, 16)
        assert epoch.validation_loss == pytest.approx(
            cost_of(epoch.mlp.forward(x), np.eye(4)[labels])
        )
    with pytest.raises(dataclasses.FrozenInstanceError):
        epochs[0].loss = 0.0  # type: ignore[misc]


@pytest.mark.parametrize("augment", [None, RandomAffine(maps=4)])
def test_same_seed_same_weights(augment: RandomAffine | None) -> None:
    first = run(augment=augment)
    np.random.seed(99)  # noqa: NPY002 - the global generator must not matter
    second = run(augment=augment)
    other = run(seed=1, augment=augment)
    assert [e.mlp.digest for e in first] == [e.mlp.digest for e in second]
    assert [e.loss for e in first[1:]] == [e.loss for e in second[1:]]
    assert first[-1].mlp.digest != other[-1].mlp.digest


def test_what_is_computed_stays_the_same_bit_for_bit() -> None:
    """Mini-batches, backpropagation and Adam once more, in the same order of sums.

    The default model can only be made again if none of them changes.
    """
    images, labels = toy()
    rng = np.random.default_rng(7)
    x = images.reshape(300, 16).astype(np.float32) / np.float32(255)
    y = np.eye(4, dtype=np.float32)[labels]
    w1 = rng.uniform(-0.5, 0.5, (8, 16)).astype(np.float32)  # sqrt(6 / 24)
    w2 = rng.uniform(-np.sqrt(0.5), np.sqrt(0.5), (4, 8)).astype(np.float32)
    parameters = [w1, np.zeros(8, np.float32), w2, np.zeros(4, np.float32)]
    mean = [np.zeros_like(p) for p in parameters]
    square = [np.zeros_like(p) for p in parameters]
    steps = 0

    def sigmoid(z: np.ndarray) -> np.ndarray:
        e = np.exp(-np.abs(z))
        return np.where(z >= 0, np.float32(1), e) / (1 + e)

    for epoch in range(2):
        order = rng.permutation(300)
        for start in range(0, 300, 16):
            batch = order[start : start + 16]
            hidden = sigmoid(x[batch] @ parameters[0].T + parameters[1])
            output = sigmoid(hidden @ parameters[2].T + parameters[3])
            delta2 = (output - y[batch]) / np.float32(len(batch))
            delta1 = (delta2 @ parameters[2]) * (hidden * (1 - hidden))
            slopes = [delta1.T @ x[batch], delta1.sum(axis=0)]
            slopes += [delta2.T @ hidden, delta2.sum(axis=0)]
            rate = 0.05 * 0.5 * (1 + math.cos(math.pi * (epoch + start / 16 / 19) / 2))
            steps += 1
            for k, g in enumerate(slopes):
                mean[k] += (1 - 0.9) * (g - mean[k])
                square[k] += (1 - 0.999) * (g * g - square[k])
                root = np.sqrt(square[k] * (1 / (1 - 0.999**steps)))
                parameters[k] -= rate / (1 - 0.9**steps) * mean[k] / (root + 1e-8)
    found = run(seed=7, epochs=2)[-1].mlp
    for layer, w, b in zip(found.layers, parameters[::2], parameters[1::2], strict=True):
        np.testing.assert_array_equal(layer.weights, w)
        np.testing.assert_array_equal(layer.biases, b)


def test_plain_gradient_descent_bit_for_bit() -> None:
    """The same for squares and SGD: rate constant, and a softmax with its whole Jacobian."""
    images, labels = toy()
    x = images.reshape(300, 16).astype(np.float32) / np.float32(255)
    y = np.eye(4, dtype=np.float32)[labels]
    moments = run(
        activations=("relu", "softmax"),
        loss="squares",
        optimiser="sgd",
        epochs=2,
        validation=None,
        steps=range(100),
    )
    assert [moment.step for moment in moments] == list(range(39))
    rng = np.random.default_rng(0)
    w1 = rng.uniform(-0.5, 0.5, (8, 16)).astype(np.float32)
    w2 = rng.uniform(-np.sqrt(0.5), np.sqrt(0.5), (4, 8)).astype(np.float32)
    parameters = [w1, np.zeros(8, np.float32), w2, np.zeros(4, np.float32)]
    after = iter(moments[1:])
    for _ in range(2):
        order = rng.permutation(300)
        for start in range(0, 300, 16):
            batch = order[start : start + 16]
            hidden = np.maximum(x[batch] @ parameters[0].T + parameters[1], np.float32(0))
            z = hidden @ parameters[2].T + parameters[3]
            e = np.exp(z - z.max(axis=1, keepdims=True))
            a = e / e.sum(axis=1, keepdims=True)
            # Example by example, through the Jacobian as a matrix, in float64.
            delta2 = np.array(
                [
                    (np.diag(p) - np.outer(p, p)) @ (2 * (p - t))
                    for p, t in zip(a, y[batch], strict=True)
                ]
            ) / len(batch)
            delta1 = (delta2 @ parameters[2]) * (hidden > 0)
            slopes = [delta1.T @ x[batch], delta1.sum(0), delta2.T @ hidden, delta2.sum(0)]
            found = next(after)
            assert found.batch.tolist() == batch.tolist()
            for k, (before, slope) in enumerate(zip(parameters, slopes, strict=True)):
                layer = found.mlp.layers[k // 2]
                new = layer.biases if k % 2 else layer.weights
                np.testing.assert_allclose(new, before - 0.05 * slope, atol=1e-7)
                parameters[k] = new.astype(np.float32)


def test_chosen_steps_change_nothing() -> None:
    some, none = run(steps=(1, 2, 20, 10_000)), run()
    assert [m.step for m in some] == [0, 1, 2, 19, 20, *range(38, 19 * 13, 19)]
    assert [m.epoch for m in some[:6]] == [0, 0, 0, 1, 1, 2]
    assert some[-1].mlp.digest == none[-1].mlp.digest
    assert [m.mlp.digest for m in some if m.step % 19 == 0] == [m.mlp.digest for m in none]
    assert all(math.isnan(m.loss) for m in some if m.step % 19)


def test_a_rate_that_explodes_is_said_and_what_was_good_is_kept() -> None:
    images, labels = toy()
    moments = train(
        images,
        labels,
        sizes=(16, 8, 4),
        activations=("relu", "identity"),
        epochs=50,
        batch_size=16,
        learning_rate=5.0,
        rng=np.random.default_rng(0),
        optimiser="sgd",
        steps=(1,),
    )
    kept = []
    with pytest.raises(DivergedError, match=r"step \d+ \(epoch \d+\): .* learning rate than 5$"):
        for moment in moments:
            kept.append(moment)
    assert [m.step for m in kept][:2] == [0, 1]
    for moment in kept:
        assert all(np.isfinite(layer.weights).all() for layer in moment.mlp.layers)


def test_validation_does_not_touch_the_weights() -> None:
    with_it, without = run(), run(validation=None)
    assert with_it[-1].mlp.digest == without[-1].mlp.digest
    assert math.isnan(without[-1].validation_accuracy)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sizes": (16,)}, r"sizes: found \(16,\)"),
        ({"sizes": (15, 8, 4)}, r"images: found shape \(300, 4, 4\), expected .* 15 pixels"),
        ({"sizes": (16, 8, 3)}, "labels: found 0 to 3, expected 0 to 2"),
        ({"activations": ("sigmoid",)}, "activations: found 1, expected 2"),
        ({"activations": ("sigmoid", "swish")}, "unknown activation 'swish'"),
        ({"activations": ("softmax", "sigmoid")}, "softmax in a hidden layer"),
        ({"activations": ("sigmoid", "relu")}, "relu in the last layer and no loss, expected one"),
        ({"loss": "cubes"}, "unknown loss 'cubes', expected one of squares"),
        ({"loss": "cross_entropy"}, "found sigmoid in the last layer, expected softmax"),
        ({"optimiser": "newton"}, "unknown optimiser 'newton', expected one of sgd, adam"),
        ({"epochs": 0}, "epochs: found 0"),
        ({"batch_size": 0}, "batch_size: found 0"),
        ({"learning_rate": -1.0}, "learning_rate: found -1.0"),
        ({"learning_rate": math.nan}, "learning_rate: found nan"),
        ({"validation": (np.zeros((3, 4, 4)), np.zeros(2, dtype=int))}, "labels: found int64"),
        ({"validation": (np.full((1, 4, 4), np.nan), [0])}, "images: found NaN"),
    ],
)
def test_bad_arguments_are_refused_at_once(changes: dict[str, object], message: str) -> None:
    images, labels = toy(300)
    options = {
        "sizes": (16, 8, 4),
        "activations": ("sigmoid", "sigmoid"),
        "epochs": 1,
        "batch_size": 16,
        "learning_rate": 0.05,
        "rng": np.random.default_rng(0),
    }
    with pytest.raises(InputError, match=message):
        train(images, labels, **{**options, **changes})  # type: ignore[arg-type]
