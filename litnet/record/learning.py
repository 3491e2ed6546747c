"""What sources say of learning: costs and gradients, over a training run and its digits."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from litnet.record.current import own_training
from litnet.record.judging import noise
from network.activations import get_activation
from network.backward_pass import BackwardPass
from network.descent import angles, descend, gradient_of
from network.digits import SIDE, bundled_digits, training_digits
from network.errors import InputError, printable
from network.forward_pass import ForwardPass, contributions
from network.history import History
from network.history_file import load_history
from network.landscape import (
    PathPlane,
    along_line,
    costs_at,
    one_parameter,
    over_plane,
    principal_plane,
)
from network.losses import cost_of, get_loss, one_hot
from network.mlp import MLP, Dense, propagate
from network.parameters import layers_of, parameters_of

Floats = npt.NDArray[np.float64]
MOST_STEPS = 2000  # of a way down that is made anew
MOST_LOOKS = 1_000_000  # digits of batches whose gradients are compared
MOST_PLACES = 20_000  # of a plane at which the cost is asked for at once


class Moment(NamedTuple):
    """Which network: a ``snapshot`` by its place, ``before`` or ``after`` a step, or of a file,
    which holds it, or of another ``run`` the snapshot of that number."""

    kind: str
    number: int = 0
    file: str = ""


class Examples(NamedTuple):
    """Which digits: ``all`` that it learned from, one of these (``training``), the ``batch`` of a
    step, the bundled ones, which it never saw (``unseen``), or of a ``file``; or ``noise``, a
    picture of nothing, by its seed."""

    kind: str
    number: int = 0
    file: str = ""

    @property
    def is_one(self) -> bool:
        """Whether it is a single digit."""
        return self.kind in ("training", "file", "noise")


class _Mean(NamedTuple):
    """What is kept of the gradients of many digits."""

    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]


class Learned:
    """A training run, its digits, and what follows from both.

    Parameters
    ----------
    history
        The run.
    x, labels
        (n, n_in) and (n,): what it learned from, as ``history.examples`` gives them.
    image, label, model, run
        What the files that a source names hold: a picture, what it shows, a network, another run.
    """

    def __init__(
        self,
        history: History,
        x: Floats,
        labels: npt.NDArray[np.intp],
        image: Callable[[str], Floats],
        label: Callable[[str], int | None],
        model: Callable[[str], MLP],
        run: Callable[[str], History],
    ) -> None:
        self.history, self.x, self.labels = history, x, labels
        self._image, self._label, self._model, self._run = image, label, model, run
        self._costs: dict[tuple[Moment, Examples], float] = {}
        self._means: dict[tuple[Moment, Examples], _Mean] = {}
        self._planes: dict[object, Floats] = {}
        self._ways: dict[object, Any] = {}

    def mlp(self, moment: Moment) -> MLP:
        """The network at a moment."""
        if moment.kind == "file":
            return self._model(moment.file)
        if moment.kind == "run":
            snapshots = self._run(moment.file).snapshots
            return snapshots[_place(moment.number, snapshots)].mlp
        if moment.kind == "snapshot":
            return self.history.snapshots[_place(moment.number, self.history.snapshots)].mlp
        step = self.history.steps[_place(moment.number, self.history.steps)]
        return step.before if moment.kind == "before" else step.after

    def examples(self, which: Examples) -> tuple[Floats, Floats]:
        """Inputs (n, n_in) and targets (n, n_out); of a single digit (n_in,) and (n_out,)."""
        if which.kind == "file":
            label = self._label(which.file)
            if label is None:
                raise InputError(f"{which.file}: nobody knows what that file shows.")
            return self.picture(which), self._targets(label)
        if which.kind == "noise":
            raise InputError("Noise shows nothing, so that no answer to it is right or wrong.")
        if which.kind == "unseen":
            return self._unseen
        if which.kind == "batch":
            batch = self.batch(which.number)
            return self.x[batch], self._targets(self.labels[batch])
        if which.kind == "training":
            place = _place(which.number, self.x)
            return self.x[place], self._targets(self.labels[place])
        return self.x, self._targets(self.labels)

    def picture(self, which: Examples) -> Floats:
        """(n_in,) a single digit, or noise."""
        if which.kind == "noise":
            return noise(which.number).ravel()
        if which.kind == "file":
            x: Floats = self._image(which.file).ravel()
            return x
        return self.examples(which)[0]

    def _targets(self, labels: npt.ArrayLike) -> Floats:
        return one_hot(labels, self.history.mlp.sizes[-1]).astype(np.float64)

    @cached_property
    def _unseen(self) -> tuple[Floats, Floats]:
        digits = bundled_digits()
        x: Floats = np.array([digit.image().ravel() for digit in digits])
        return x, self._targets([digit.label for digit in digits])

    def batch(self, number: int) -> npt.NDArray[np.intp]:
        """The indices of the digits that a step learned from."""
        return self.history.steps[_place(number, self.history.steps)].batch

    def cost(self, moment: Moment, which: Examples) -> float:
        """Of a digit, or the mean of many."""
        key = moment, which
        if key not in self._costs:
            x, y = self.examples(which)
            with np.errstate(over="ignore", invalid="ignore"):
                cost = float(self._shares(moment, x, y).sum(axis=-1).mean())
            if not np.isfinite(cost):  # whatever it is, there is a sentence for it
                cost = cost_of(self.mlp(moment).forward(x), y, self.history.loss)
            self._costs[key] = cost
        return self._costs[key]

    def each(self, moment: Moment, which: Examples) -> Floats:
        """(n,) the cost of each of many digits."""
        key = "each", moment, which
        if key not in self._ways:
            x, y = (np.atleast_2d(part) for part in self.examples(which))
            self._ways[key] = self._shares(moment, x, y).sum(axis=-1)
        found: Floats = self._ways[key]
        return found

    def terms(self, moment: Moment, which: Examples) -> Floats:
        """(n_out,) what each output adds to the cost of a single digit."""
        return self._shares(moment, *self.examples(which))

    def _shares(self, moment: Moment, x: Floats, y: Floats) -> Floats:
        mlp = self.mlp(moment)
        names = [layer.activation for layer in mlp.layers]
        pairs = [(layer.weights, layer.biases) for layer in mlp.layers]
        *_, (z, a) = propagate(x, pairs, names)
        shares: Any = get_loss(self.history.loss, names[-1]).costs(z, a, y)
        return np.asarray(shares, dtype=np.float64)

    def costs(self, which: Examples) -> Floats:
        """(n,) that of every snapshot."""
        moments = range(len(self.history.snapshots))
        return np.array([self.cost(Moment("snapshot", number), which) for number in moments])

    def right(self, moment: Moment, which: Examples) -> Floats:
        """(n,): 1 where the answer is the label, else 0."""
        x, y = (np.atleast_2d(part) for part in self.examples(which))
        answers = np.asarray(self.mlp(moment).forward(x).prediction)
        found: Floats = (answers == y.argmax(axis=1)).astype(np.float64)
        return found

    @property
    def rounds(self) -> list[float]:
        """(n,) how often it had been through all its digits at every snapshot."""
        return [one.step / self.history.steps_an_epoch for one in self.history.snapshots]

    def carried(self, moment: Moment, which: Examples) -> list[Floats]:
        """What each connection carried of a single digit: (n_out, n_in) of each layer."""
        read = self.forward(moment, which)
        layers = self.mlp(moment).layers
        return [
            contributions(layer.weights, a)
            for layer, a in zip(layers, read.activations, strict=False)
        ]

    def forward(self, moment: Moment, which: Examples) -> ForwardPass:
        """What the network makes of a single digit, or of noise."""
        if not which.is_one:
            raise InputError("Activations and sums are those of single digits only.")
        return self.mlp(moment).forward(self.picture(which))

    def back(self, moment: Moment, which: Examples) -> BackwardPass:
        """The backward pass of a single digit."""
        if not which.is_one:
            raise InputError("Activations and sums have gradients for single digits only.")
        x, y = self.examples(which)
        return self.mlp(moment).backward(x, y, loss=self.history.loss)

    def taught(self, file: str) -> Floats:
        """(n,) the labels that another run, from the same digits, was told for them.

        Raises InputError if its digits are others.
        """
        return self._told(self._run(file)).astype(np.float64)

    def are_digits_of(self, other: History) -> bool:
        """Whether another run learned from the same digits, whatever it was told of them."""
        try:
            self._told(other)
        except InputError:
            return False
        return True

    def _told(self, other: History) -> npt.NDArray[np.intp]:
        pixels = np.rint(255 * self.x).astype(np.uint8).reshape(-1, SIDE, SIDE)
        return other.examples(pixels, self.labels)[1]

    def confidences(self, which: Examples) -> Floats:
        """(n,) the light of the brightest output at every snapshot, for a single digit."""
        moments = range(len(self.history.snapshots))
        return np.array(
            [float(self.forward(Moment("snapshot", n), which).confidence) for n in moments]
        )

    def slopes(self, moment: Moment, which: Examples) -> list[Floats]:
        """(n,) of each layer: how fast each activation rises with its sum, of a single digit."""
        found: list[Floats] = []
        for layer in self.forward(moment, which).layers:
            derivative = get_activation(layer.activation).derivative
            if derivative is None:
                raise InputError(f"{layer.activation} has no slope of each neuron's own.")
            found.append(np.asarray(derivative(layer.z, layer.a), dtype=np.float64))
        return found

    def back_terms(self, moment: Moment, which: Examples) -> list[Floats]:
        """(n_in, n_out) of each layer: dC/da of each neuron before it, as a sum over this layer.

        Each term is the way over one connection: its weight times dC/dz at its end.
        """
        return [-asked.T for asked in self.asks(moment, which)]

    def turned(
        self, moment: Moment, which: Examples, layer: int, place: tuple[int, ...], by: float
    ) -> ForwardPass:
        """What the network would make of a single digit if one number were larger by ``by``."""
        if not which.is_one:
            raise InputError("Activations are those of single digits only.")
        mlp = self.mlp(moment)
        layers = layers_of(parameters_of(mlp) + by * one_parameter(mlp, layer, place), mlp.sizes)
        turned = tuple(
            Dense(w, b, was.activation) for (w, b), was in zip(layers, mlp.layers, strict=True)
        )
        return MLP(turned).forward(self.picture(which))

    def asks(self, moment: Moment, which: Examples) -> list[Floats]:
        """What each neuron asks of each activation before it: (n_out, n_in) of each layer.

        That is by how much the activation would lower the cost through this neuron alone, all
        others being held still. The sum over the n_out is the reverse of its dC/da.
        """
        slopes, layers = self.back(moment, which).pre_activations, self.mlp(moment).layers
        return [-z[:, None] * layer.weights for z, layer in zip(slopes, layers, strict=True)]

    def mean_gradients(self, moment: Moment, which: Examples) -> _Mean:
        """dC/dW and dC/db of each layer, C being ``cost(moment, which)``; kept once computed."""
        key = moment, which
        if key not in self._means:
            x, y = (np.atleast_2d(part) for part in self.examples(which))
            mlp = self.mlp(moment)
            vector, _ = gradient_of(parameters_of(mlp), mlp, x, y, self.history.loss)
            layers = layers_of(vector, mlp.sizes)
            self._means[key] = _Mean(tuple(w for w, _ in layers), tuple(b for _, b in layers))
        return self._means[key]

    def steepness(self, moment: Moment, which: Examples) -> float:
        """The sum of the squares of all components of that gradient.

        Times the rate, it is what a step along it is predicted to take from the cost.
        """
        return float(
            sum((part**2).sum() for kind in self.mean_gradients(moment, which) for part in kind)
        )

    @cached_property
    def never(self) -> Floats:
        """(n_in,) 1 for each input that is 0 in all digits that it learned from, else 0."""
        unlit: Floats = (self.x.max(axis=0) == 0).astype(np.float64)
        return unlit

    def descent(self, rate: float, batch_size: int, steps: int, every: int, seed: int) -> Floats:
        """(steps / every + 1,) costs of all training digits on another way from the fresh network.

        See :func:`network.descent.descend`. Kept once computed.
        """
        if steps > MOST_STEPS:
            raise InputError(f"Expected at most {MOST_STEPS:,} steps, found {steps:,}.")
        key = rate, batch_size, steps, every, seed
        if key not in self._ways:
            self._ways[key] = descend(
                self.history.snapshots[0].mlp,
                *self.examples(Examples("all")),
                rate=rate,
                batch_size=batch_size,
                steps=steps,
                every=every,
                seed=seed,
                loss=self.history.loss,
            )
        found: Floats = self._ways[key]
        return found

    def angles(self, moment: Moment, batch_size: int, count: int, seed: int) -> Floats:
        """(count,) degrees between the gradients of batches and that of all training digits."""
        if batch_size * count > MOST_LOOKS:
            raise InputError(f"Expected batches of at most {MOST_LOOKS:,} digits together.")
        key = moment, batch_size, count, seed
        if key not in self._ways:
            self._ways[key] = angles(
                self.mlp(moment),
                *self.examples(Examples("all")),
                batch_size=batch_size,
                count=count,
                seed=seed,
                loss=self.history.loss,
            )
        found: Floats = self._ways[key]
        return found

    def nudged(
        self, moment: Moment, which: Examples, layer: int, place: tuple[int, ...], by: float
    ) -> float:
        """The cost if one weight (to, from) or bias (to,) were larger by ``by``."""
        mlp = self.mlp(moment)
        x, y = (np.atleast_2d(part) for part in self.examples(which))
        direction = one_parameter(mlp, layer, place)
        return float(costs_at([[by]], mlp, [direction], x, y, self.history.loss)[0])

    def slice(
        self,
        moment: Moment,
        which: Examples,
        layer: int,
        place: tuple[int, ...],
        ends: tuple[float, float],
        count: int,
    ) -> Floats:
        """(count,) the costs if one weight were larger by so much, from one end to the other."""
        if not 1 <= count <= MOST_PLACES:
            raise InputError(f"Expected 1 to {MOST_PLACES:,} places of a slice.")
        key = "slice", moment, which, layer, place, ends, count
        if key not in self._ways:
            mlp = self.mlp(moment)
            x, y = (np.atleast_2d(part) for part in self.examples(which))
            direction = one_parameter(mlp, layer, place)
            places = np.linspace(*ends, count)[:, np.newaxis]
            self._ways[key] = costs_at(places, mlp, [direction], x, y, self.history.loss)
        found: Floats = self._ways[key]
        return found

    def rolled(
        self,
        moment: Moment,
        which: Examples,
        layer: int,
        place: tuple[int, ...],
        start: float,
        rate: float,
        steps: int,
    ) -> Floats:
        """(steps + 1, 3) by how much one weight is turned, the cost there, and its slope.

        Turned by ``start``, it alone goes against its own slope, step by step; everything else is
        held still.
        """
        if not 1 <= steps <= MOST_STEPS:
            raise InputError(f"Expected 1 to {MOST_STEPS:,} steps.")
        key = "rolled", moment, which, layer, place, start, rate, steps
        if key not in self._ways:
            mlp = self.mlp(moment)
            x, y = (np.atleast_2d(part) for part in self.examples(which))
            direction, origin = one_parameter(mlp, layer, place), parameters_of(mlp)
            by, way = start, []
            for _ in range(steps + 1):
                vector = origin + by * direction
                gradient, cost = gradient_of(vector, mlp, x, y, self.history.loss)
                slope = float(gradient @ direction)
                way.append((by, cost, slope))
                by -= rate * slope
            self._ways[key] = np.array(way)
        found: Floats = self._ways[key]
        return found

    def between(self, start: Moment, end: Moment, which: Examples, count: int) -> Floats:
        """(count,) the costs on the straight line between two networks, both ends with it."""
        if not 2 <= count <= MOST_PLACES:
            raise InputError(f"Expected 2 to {MOST_PLACES:,} places of a line.")
        key = "between", start, end, which, count
        if key not in self._ways:
            x, y = (np.atleast_2d(part) for part in self.examples(which))
            shares = np.linspace(0, 1, count)
            ends = self.mlp(start), self.mlp(end)
            self._ways[key] = along_line(*ends, shares, x, y, self.history.loss)
        found: Floats = self._ways[key]
        return found

    def along(self, start: Moment, end: Moment, which: Examples, share: float) -> float:
        """The cost on the straight line between two networks: at ``share`` of the way."""
        x, y = (np.atleast_2d(part) for part in self.examples(which))
        line = along_line(self.mlp(start), self.mlp(end), [share], x, y, self.history.loss)
        return float(line[0])

    @cached_property
    def plane(self) -> PathPlane:
        """The plane through the run's end in which most of its path lies."""
        return principal_plane([snapshot.mlp for snapshot in self.history.snapshots])

    def over_plane(
        self,
        which: Examples,
        across: tuple[float, float, int],
        up: tuple[float, float, int],
    ) -> Floats:
        """(rows * columns,) the costs at places of that plane, the lowest row first.

        Each direction goes from a coordinate to another, with so many places. Kept once computed.
        """
        if not 0 < across[2] * up[2] <= MOST_PLACES:
            raise InputError(f"Expected 1 to {MOST_PLACES:,} places of a plane.")
        key = which, across, up
        if key not in self._planes:
            x, y = (np.atleast_2d(part) for part in self.examples(which))
            ways = np.linspace(*across), np.linspace(*up)
            axes, loss = self.plane.directions, self.history.loss
            self._planes[key] = over_plane(self.history.mlp, axes, *ways, x, y, loss).ravel()
        return self._planes[key]

    def on_plane(self, which: Examples, across: float, up: float) -> float:
        """The cost at a place of that plane."""
        x, y = (np.atleast_2d(part) for part in self.examples(which))
        axes, loss = self.plane.directions, self.history.loss
        return float(costs_at([[across, up]], self.history.mlp, axes, x, y, loss)[0])


def _place(number: int, items: object) -> int:
    if not 0 <= number < len(items):  # type: ignore[arg-type]
        raise InputError(f"There is no number {number}, expected 0 to {len(items) - 1}.")  # type: ignore[arg-type]
    return number


@lru_cache(maxsize=2)  # films ask often
def _checked(
    path: Path, folder: Path | None, changed: tuple[int, int]
) -> tuple[History, Floats, npt.NDArray[np.intp]]:
    history = load_history(path)
    images, labels = training_digits(folder)
    try:
        return history, *history.examples(images, labels)
    except InputError as error:
        where = "litnet's own" if folder is None else printable(folder)
        raise InputError(
            f"{printable(path)}: {error} (the training digits are {where}; "
            "`training` in [tool.litnet] names a folder of others)"
        ) from error


def learned_from(
    path: Path,
    folder: Path | None,
    image: Callable[[str], Floats],
    label: Callable[[str], int | None],
    model: Callable[[str], MLP],
    run: Callable[[str], History],
) -> Learned:
    """The run in a file, with its digits: litnet's own, or those in a folder.

    Raises InputError if it cannot be read or does not fit its digits.
    """
    folder = own_training(folder) if folder is not None else None
    try:
        found = path.stat()
        changed = found.st_size, found.st_mtime_ns
    except (OSError, ValueError):
        changed = -1, -1  # what is wrong with it is said when it is read
    return Learned(*_checked(path, folder, changed), image, label, model, run)
