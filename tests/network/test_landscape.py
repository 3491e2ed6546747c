"""Costs over weight space, each place recomputed with the network that stands there."""

from __future__ import annotations

import numpy as np
import pytest
from network_samples import random_network

from network import MLP, InputError, load_history
from network.digits import DIGITS
from network.landscape import along_line, costs_at, one_parameter, over_plane, principal_plane
from network.parameters import parameters_of, with_parameters

SIZES, NAMES = (6, 5, 4, 3), ("tanh", "relu", "sigmoid")
RNG = np.random.default_rng(0)
X, Y = RNG.random((9, 6)), np.eye(3)[RNG.integers(0, 3, 9)]


def cost(vector: np.ndarray) -> float:
    """The mean cost of the network with these parameters, from scratch."""
    a, start = X, 0
    functions = {
        "tanh": np.tanh,
        "relu": lambda z: np.maximum(z, 0),
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    }
    for n_in, n_out, name in zip(SIZES, SIZES[1:], NAMES, strict=False):
        w = vector[start : start + n_in * n_out].reshape(n_out, n_in)
        b = vector[start + n_in * n_out : start + n_in * n_out + n_out]
        start += n_in * n_out + n_out
        a = functions[name](a @ w.T + b)
    return float(((a - Y) ** 2).sum() / len(X))


@pytest.fixture
def origin() -> MLP:
    return random_network(SIZES, NAMES)


def test_parameters_there_and_back(origin: MLP) -> None:
    vector = parameters_of(origin)
    assert len(vector) == origin.parameters
    assert vector[:30].tolist() == origin.layers[0].weights.ravel().tolist()
    assert vector[30:35].tolist() == origin.layers[0].biases.tolist()
    assert with_parameters(vector, SIZES, NAMES).digest == origin.digest


def test_a_line(origin: MLP) -> None:
    end = random_network(SIZES, NAMES, seed=1)
    shares = np.array([-0.5, 0, 0.3, 1, 1.2])
    found = along_line(origin, end, shares, X, Y)
    a, b = parameters_of(origin), parameters_of(end)
    np.testing.assert_allclose(found, [cost(a + t * (b - a)) for t in shares], rtol=1e-12)
    assert found[1] == pytest.approx(origin.backward(X, Y).cost)
    assert found[3] == pytest.approx(end.backward(X, Y).cost)
    assert not found.flags.writeable


def test_a_plane_and_any_space(origin: MLP) -> None:
    axes = np.random.default_rng(1).standard_normal((2, origin.parameters))
    across, up = np.array([-1.0, 0.0, 2.0]), np.array([0.5, -0.25])
    found = over_plane(origin, axes, across, up, X, Y)
    assert found.shape == (2, 3)
    for row, t in enumerate(up):
        for column, s in enumerate(across):
            there = parameters_of(origin) + s * axes[0] + t * axes[1]
            assert found[row, column] == pytest.approx(cost(there), rel=1e-12)
    assert costs_at(np.empty((1, 0)), origin, np.empty((0, origin.parameters)), X, Y)[
        0
    ] == pytest.approx(cost(parameters_of(origin)))
    soft = random_network((6, 4, 3), ("relu", "softmax"))
    line = along_line(soft, soft, [0.0, 1.0], X, Y, loss="cross_entropy")
    np.testing.assert_allclose(line, soft.backward(X, Y, loss=None).cost)


@pytest.mark.parametrize(("layer", "place"), [(1, (4, 5)), (2, (0, 1)), (3, (2,))])
def test_one_parameter(origin: MLP, layer: int, place: tuple[int, ...]) -> None:
    direction = one_parameter(origin, layer, place)
    moved = with_parameters(parameters_of(origin) + direction, SIZES, NAMES)
    for number, (a, b) in enumerate(zip(origin.layers, moved.layers, strict=True), start=1):
        for before, after, dimensions in ((a.weights, b.weights, 2), (a.biases, b.biases, 1)):
            change = after - before
            if number == layer and dimensions == len(place):
                assert change[place] == pytest.approx(1)
                assert np.count_nonzero(change) == 1
            else:
                assert not change.any()
    slope = (
        costs_at([[1e-6]], origin, [direction], X, Y)
        - costs_at([[-1e-6]], origin, [direction], X, Y)
    )[0] / 2e-6
    back = origin.backward(X, Y)
    part = back.weights if len(place) == 2 else back.biases
    assert slope == pytest.approx(part[layer - 1][place], abs=1e-8)


def test_the_plane_of_a_path() -> None:
    """A path in a known plane, with a little beside it."""
    rng = np.random.default_rng(2)
    n = random_network(SIZES, NAMES).parameters
    basis = np.linalg.qr(rng.standard_normal((n, 3)))[0].T
    places = np.array([[8.0, 0.0, 0.1], [6, 2, -0.1], [3, 3, 0.1], [1, 1, 0.0], [0, 0, 0]])
    end = rng.standard_normal(n)
    path = [with_parameters(end + place @ basis, SIZES, NAMES) for place in places]
    plane = principal_plane(path)
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-12)
    # The plane is that of the first two of the basis, and distances within it are kept.
    assert np.linalg.norm(basis[:2] @ plane.directions.T) == pytest.approx(2**0.5, abs=1e-3)
    np.testing.assert_allclose(
        np.linalg.norm(plane.coordinates, axis=1), np.linalg.norm(places[:, :2], axis=1), atol=0.02
    )
    assert plane.coordinates[-1].tolist() == [0, 0]
    assert plane.share == pytest.approx((places[:, :2] ** 2).sum() / (places**2).sum(), abs=1e-4)
    for direction in plane.directions:
        assert direction[np.abs(direction).argmax()] > 0
    again = principal_plane(path)
    assert again.directions.tolist() == plane.directions.tolist()


def test_the_learners_path_lies_nearly_in_a_plane() -> None:
    history = load_history(DIGITS.parent / "models" / "learner.history.npz")
    path = [snapshot.mlp for snapshot in history.snapshots]
    plane = principal_plane(path)
    vectors = np.array([parameters_of(mlp) for mlp in path])
    ways = vectors - vectors[-1]
    kept = (ways @ plane.directions.T) @ plane.directions
    assert plane.share == pytest.approx((kept**2).sum() / (ways**2).sum(), rel=1e-9)
    assert 0.9 < plane.share < 1


def test_bad_arguments(origin: MLP) -> None:
    other = random_network((6, 3), ("sigmoid",))
    n = origin.parameters
    line = np.zeros((1, n))
    plain, plain2 = (random_network((6, 3), ("identity",), seed=seed) for seed in (0, 1))
    for call, message in (
        (lambda: along_line(origin, other, [0.5], X, Y), "expected two networks of one kind"),
        (lambda: principal_plane([origin, origin]), "found a path of 2 points"),
        (lambda: principal_plane([origin] * 4), "found a path on one line"),
        (lambda: principal_plane([other, origin, origin]), "expected two networks of one kind"),
        (lambda: one_parameter(origin, 0, (0, 0)), r"found no parameter \(0, 0\) in layer 0"),
        (lambda: one_parameter(origin, 1, (5, 0)), "found no parameter"),
        (lambda: one_parameter(origin, 1, (-1, 0)), "found no parameter"),
        (lambda: costs_at([[0.0]], origin, np.zeros((1, 5)), X, Y), r"directions: .* \(d, "),
        (lambda: costs_at([[0.0, 1.0]], origin, line, X, Y), r"places: .* expected \(k, 1\)"),
        (lambda: costs_at([[0.0]], origin, line, X[0], Y), "input: found shape"),
        (lambda: costs_at([[0.0]], origin, line, X, Y[1:]), "targets: found shape"),
        (lambda: costs_at([[np.nan]], origin, line, X, Y), "places: found NaN"),
        (lambda: costs_at([[0.0]], origin, line, X, Y, "cubes"), "unknown loss 'cubes'"),
        (lambda: along_line(plain, plain2, [1e200], X, Y), "the cost overflows"),
    ):
        with pytest.raises(InputError, match=message):
            call()
