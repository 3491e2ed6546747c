"""The cost over weight space: along a line between two networks, over a plane, along a path.

A network of n parameters is a point (n,), as ``network.parameters.parameters_of`` puts them in a
row; a direction is a vector (n,).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from network.activations import Floats, get_activation
from network.arrays import Array, frozen, real_array
from network.errors import InputError
from network.losses import get_loss
from network.mlp import MLP, propagate
from network.parameters import layers_of, parameters_of


def costs_at(
    places: npt.ArrayLike,
    origin: MLP,
    directions: npt.ArrayLike,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    loss: str | None = "squares",
) -> Array:
    """The mean cost at each of ``places`` (k, d) in the space that ``directions`` (d, n) span.

    A place is origin + place @ directions. ``x`` (batch, n_in) and targets ``y`` (batch, n_out).
    Returns (k,). The first layer, which has nearly all of the parameters, is linear in them: it is
    run once for each direction, and not once for each place.

    Raises InputError for shapes that do not fit, or where the sums overflow.
    """
    names = [layer.activation for layer in origin.layers]
    chosen = get_loss(loss, names[-1])
    start = parameters_of(origin)
    axes = np.asarray(real_array(directions, "directions"), dtype=np.float64)
    where = np.asarray(real_array(places, "places"), dtype=np.float64)
    if axes.ndim != 2 or axes.shape[1] != len(start):
        raise InputError(f"directions: found shape {axes.shape}, expected (d, {len(start)})")
    if where.ndim != 2 or where.shape[1] != len(axes):
        raise InputError(f"places: found shape {where.shape}, expected (k, {len(axes)})")
    inputs = np.asarray(real_array(x, "input"), dtype=np.float64)
    targets = np.asarray(real_array(y, "targets"), dtype=np.float64)
    if inputs.ndim != 2 or inputs.shape[1] != origin.sizes[0] or len(inputs) == 0:
        raise InputError(f"input: found shape {inputs.shape}, expected (batch, {origin.sizes[0]})")
    if targets.shape != (len(inputs), origin.sizes[-1]):
        raise InputError(
            f"targets: found shape {targets.shape}, expected ({len(inputs)}, {origin.sizes[-1]})"
        )
    # z of the first layer at the origin, and how it changes along each direction.
    firsts = [layers_of(vector, origin.sizes)[0] for vector in (start, *axes)]
    z_of = [inputs @ w.T + b for w, b in firsts]
    costs = np.empty(len(where))
    with np.errstate(over="ignore", invalid="ignore"):  # reported below, as a sentence
        for k, place in enumerate(where):
            z: Floats = z_of[0] + sum(t * z_axis for t, z_axis in zip(place, z_of[1:], strict=True))
            a = get_activation(names[0]).function(z)
            rest = layers_of(start + place @ axes, origin.sizes)[1:]
            for layer in propagate(a, rest, names[1:]):
                z, a = layer
            costs[k] = chosen.costs(z, a, targets).sum(axis=-1).mean()
    if not np.isfinite(costs).all():
        raise InputError("the cost overflows float64 somewhere, expected places nearer to it")
    return frozen(costs)


def along_line(
    start: MLP,
    end: MLP,
    shares: npt.ArrayLike,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    loss: str | None = "squares",
) -> Array:
    """The mean cost on the straight line between two networks: ``shares`` (k,) of the way, (k,).

    0 is ``start`` and 1 is ``end``; beyond them the line goes on.
    """
    _same_kind(start, end)
    direction = parameters_of(end) - parameters_of(start)
    ways = np.asarray(real_array(shares, "shares"), dtype=np.float64)
    return costs_at(ways.reshape(-1, 1), start, direction[np.newaxis], x, y, loss)


def over_plane(
    origin: MLP,
    directions: npt.ArrayLike,
    across: npt.ArrayLike,
    up: npt.ArrayLike,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    loss: str | None = "squares",
) -> Array:
    """The mean cost over the plane through ``origin`` that two ``directions`` (2, n) span.

    ``across`` (m,) and ``up`` (k,) are coordinates along the first and the second. Returns (k, m).
    """
    columns, rows = (np.asarray(real_array(c, "places"), dtype=np.float64) for c in (across, up))
    places = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    return frozen(costs_at(places, origin, directions, x, y, loss).reshape(len(rows), len(columns)))


def one_parameter(mlp: MLP, layer: int, place: tuple[int, ...]) -> Array:
    """The direction (n,) in which one parameter alone grows.

    ``layer`` counts from 1, as sources do; ``place`` is (to, from) of a weight, (to,) of a bias.
    Raises InputError if there is no such parameter.
    """
    direction = np.zeros(mlp.parameters)
    try:
        if layer < 1 or min(place) < 0:
            raise IndexError
        weights, biases = layers_of(direction, mlp.sizes)[layer - 1]
        (weights if len(place) == 2 else biases)[place] = 1
    except (IndexError, ValueError) as error:
        raise InputError(
            f"found no parameter {place} in layer {layer}, expected one of {mlp!r}"
        ) from error
    return frozen(direction)


@dataclass(frozen=True, eq=False)
class PathPlane:
    """The plane through a path's end in which most of the path lies.

    ``directions`` (2, n) are orthonormal; ``coordinates`` (points, 2) those of the path's points,
    projected, the end at (0, 0); ``share`` is the part, 0 to 1, of all squared distances to the end
    that is left in the projection: the path itself is not in the plane.
    """

    directions: Array
    coordinates: Array
    share: float


def principal_plane(path: Sequence[MLP]) -> PathPlane:
    """The first two principal directions of a path of networks, seen from its end.

    As Li et al., "Visualizing the Loss Landscape of Neural Nets" (2018), section 7, take them. Each
    points so that its largest component is positive. Raises InputError for fewer than three points,
    or a path that lies on one line.
    """
    if len(path) < 3:
        raise InputError(f"found a path of {len(path)} points, expected at least 3")
    for point in path:
        _same_kind(point, path[-1])
    end = parameters_of(path[-1])
    ways: npt.NDArray[Any] = np.array([parameters_of(point) for point in path]) - end
    _, sizes, axes = np.linalg.svd(ways, full_matrices=False)
    if sizes[1] <= 1e-12 * sizes[0]:
        raise InputError("found a path on one line, expected one that spans a plane")
    largest = np.abs(axes[:2]).argmax(axis=1)
    directions = axes[:2] * np.sign(axes[[0, 1], largest])[:, np.newaxis]
    return PathPlane(
        frozen(directions),
        frozen(ways @ directions.T),
        float((sizes[:2] ** 2).sum() / (sizes**2).sum()),
    )


def _same_kind(a: MLP, b: MLP) -> None:
    kinds = [(m.sizes, tuple(layer.activation for layer in m.layers)) for m in (a, b)]
    if kinds[0] != kinds[1]:
        raise InputError(f"found {a!r} and {b!r}, expected two networks of one kind")
