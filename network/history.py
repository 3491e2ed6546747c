"""What one training run was: the network at chosen moments, and how it did.

``network.history_file`` keeps it in a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from network.arrays import Array, frozen
from network.errors import InputError, printable
from network.loaders.common import MAX_PARAMETERS
from network.losses import cost_of, get_loss, one_hot
from network.mlp import MLP
from network.optimisers import get_optimiser
from network.parameters import parameters_of

if TYPE_CHECKING:
    from network.training import Moment

# All parameters at all moments, as many as of a network: 24 of 784-256-128-10 are 6 million.
MAX_NUMBERS = MAX_PARAMETERS
MAX_EPOCHS = 100_000
MAX_MOMENTS = 1000  # of which some thirty are recorded
MAX_COST = 1e100
# Of a step: how far its end may be from before - rate * gradient, as float32 rounds it.
ROUNDING = 1e-5

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The network after ``step`` steps, which were ``epoch`` whole epochs (or a part more)."""

    step: int
    epoch: int
    mlp: MLP


@dataclass(frozen=True, eq=False)
class Step:
    """One step of plain gradient descent, the ``number``-th: two networks, one step apart.

    ``batch`` holds the indices of the training digits that it learned from, read-only:
    after = before - learning rate * gradient of their mean cost, to float32's rounding.
    """

    number: int
    before: MLP
    after: MLP
    batch: Indices

    def __post_init__(self) -> None:
        batch = np.frombuffer(np.array(self.batch, dtype=np.intp).tobytes(), dtype=np.intp)
        object.__setattr__(self, "batch", batch)


@dataclass(frozen=True, eq=False, repr=False)
class History:
    """One training run: how it was done, its snapshots, a few of its steps, and its curves.

    ``snapshots`` begin at step 0; ``steps`` are empty for anything but plain gradient descent.
    ``costs`` and ``accuracies`` (epochs + 1,) are of all training digits, when fresh and after each
    epoch; ``unseen_costs`` and ``unseen_accuracies`` of digits that it never learned from, or of
    length 0. ``training_digest`` is ``digits_digest`` of the ``training_digits`` digits, whose
    labels were shuffled by the seed ``shuffled_labels``, if it is not None.

    Raises InputError for parts that do not fit together.
    """

    snapshots: tuple[Snapshot, ...]
    steps: tuple[Step, ...]
    learning_rate: float
    batch_size: int
    loss: str
    optimiser: str
    seed: int
    training_digits: int
    training_digest: str
    shuffled_labels: int | None
    costs: Array
    accuracies: Array
    unseen_costs: Array
    unseen_accuracies: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "snapshots", tuple(self.snapshots))
        object.__setattr__(self, "steps", tuple(self.steps))
        for name in ("costs", "accuracies", "unseen_costs", "unseen_accuracies"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        self._check_settings()
        self._check_curves()
        self._check_moments()

    def _check_settings(self) -> None:
        if not self.snapshots:
            raise InputError("found no snapshots, expected at least the fresh network's")
        get_optimiser(self.optimiser)
        get_loss(self.loss, self.mlp.layers[-1].activation)
        if not 0 < self.learning_rate < float("inf"):
            raise InputError(
                f"found the learning rate {self.learning_rate}, expected a positive number"
            )
        for name, value in (
            ("batch size", self.batch_size),
            ("number of training digits", self.training_digits),
        ):
            if not 1 <= value <= 2**31:
                raise InputError(f"found the {name} {value}, expected at least 1")
        for name, seed in (("seed", self.seed), ("seed of labels", self.shuffled_labels)):
            if seed is not None and seed < 0:
                raise InputError(f"found the {name} {seed}, expected at least 0")
        if len(self.training_digest) != 64 or set(self.training_digest) - set("0123456789abcdef"):
            raise InputError(
                f"found the digest {printable(self.training_digest, 80)!r} of its digits, "
                "expected a sha256 in hex"
            )

    def _check_curves(self) -> None:
        length = len(self.costs)
        if not 1 <= length <= MAX_EPOCHS + 1:
            raise InputError(f"found {length} costs, expected 1 and one for each epoch")
        for name in ("costs", "accuracies", "unseen_costs", "unseen_accuracies"):
            curve = getattr(self, name)
            if curve.shape != (length,) and not (name.startswith("unseen") and curve.size == 0):
                raise InputError(f"found {name} of shape {curve.shape}, expected ({length},)")
            most = 1.0 if name.endswith("accuracies") else MAX_COST
            if not np.all((curve >= 0) & (curve <= most)):
                raise InputError(f"found {name} that are none, expected them from 0 to {most}")
        if len(self.unseen_costs) != len(self.unseen_accuracies):
            raise InputError("found one of two unseen curves, expected both or none")

    def _check_moments(self) -> None:
        steps = [snapshot.step for snapshot in self.snapshots]
        if steps[0] != 0 or any(a >= b for a, b in pairwise(steps)):
            raise InputError("found snapshots out of order, expected them to rise from step 0")
        last = self.epochs * self.steps_an_epoch
        for number in (*steps, *(step.number for step in self.steps)):
            if number > last:
                raise InputError(
                    f"found step {number}, expected none after {last}, "
                    f"the last of {self.epochs} epochs"
                )
        for snapshot in self.snapshots:
            if snapshot.epoch != snapshot.step // self.steps_an_epoch:
                raise InputError(
                    f"found step {snapshot.step} in epoch {snapshot.epoch}, "
                    f"expected epoch {snapshot.step // self.steps_an_epoch}"
                )
        kind = _kind(self.mlp)
        pairs = [mlp for step in self.steps for mlp in (step.before, step.after)]
        if any(_kind(mlp) != kind for mlp in (*pairs, *(s.mlp for s in self.snapshots))):
            raise InputError("found networks of several shapes, expected one")
        if self.steps and self.optimiser != "sgd":
            raise InputError(f"found steps of {self.optimiser}, expected them of sgd only")
        numbers = [0, *(step.number for step in self.steps)]
        if any(a >= b for a, b in pairwise(numbers)):
            raise InputError("found steps out of order, expected their numbers to rise from 1")
        for step in self.steps:
            batch = step.batch
            whole = 1 <= len(batch) <= self.batch_size and len(np.unique(batch)) == len(batch)
            if not whole or batch.min() < 0 or batch.max() >= self.training_digits:
                raise InputError(
                    f"step {step.number}: found a batch that is none, expected up to "
                    f"{self.batch_size} different indices below {self.training_digits}"
                )

    @property
    def mlp(self) -> MLP:
        """The network as the run left it: the last snapshot's."""
        return self.snapshots[-1].mlp

    @property
    def epochs(self) -> int:
        """How many whole epochs there were."""
        return len(self.costs) - 1

    @property
    def steps_an_epoch(self) -> int:
        """How many batches there are in one."""
        return -(-self.training_digits // self.batch_size)

    @cached_property
    def digest(self) -> str:
        """sha256 in hex over everything in here."""
        facts = (
            *(self.learning_rate, self.batch_size, self.loss, self.optimiser, self.seed),
            *(self.training_digits, self.training_digest, self.shuffled_labels),
        )
        hasher = sha256(f"litnet History {facts}".encode())
        for snapshot in self.snapshots:
            hasher.update(f"\nsnapshot {snapshot.step} {snapshot.mlp.digest}".encode())
        for step in self.steps:
            batch = step.batch.tolist()
            pair = f"{step.before.digest} {step.after.digest}"
            hasher.update(f"\nstep {step.number} {pair} {batch}".encode())
        for curve in (self.costs, self.accuracies, self.unseen_costs, self.unseen_accuracies):
            hasher.update(f"\n{curve.shape}\n".encode() + curve.astype("<f8").tobytes())
        return hasher.hexdigest()

    def examples(
        self, images: npt.NDArray[np.generic], labels: npt.ArrayLike
    ) -> tuple[Array, npt.NDArray[np.intp]]:
        """The digits that it learned from: inputs (n, n_in), and the labels (n,) that it was given.

        ``images`` (n, rows, columns) and ``labels`` are those of ``training_digits``; the labels
        come back shuffled if they were. Raises InputError if they are others, or if a step is none:
        if its end is not where the gradient of its batch leads.
        """
        given = np.asarray(labels).astype(np.intp)
        if self.shuffled_labels is not None:
            given = shuffled(given, self.shuffled_labels)
        found = digits_digest(images, given)
        if found != self.training_digest:
            raise InputError(
                f"found other digits ({len(given):,}, {found[:12]}) than it learned from, "
                f"expected {self.training_digits:,} with the digest {self.training_digest[:12]}"
            )
        x = _inputs(images)
        y = one_hot(given, self.mlp.sizes[-1])
        for step in self.steps:
            back = step.before.backward(x[step.batch], y[step.batch], loss=self.loss)
            gradients = [
                part for pair in zip(back.weights, back.biases, strict=True) for part in pair
            ]
            before, after = parameters_of(step.before), parameters_of(step.after)
            expected = before - self.learning_rate * np.concatenate([g.ravel() for g in gradients])
            if not np.allclose(after, expected, rtol=ROUNDING, atol=ROUNDING):
                raise InputError(
                    f"step {step.number}: found other parameters after it than its gradient leads "
                    "to, expected before - rate * gradient"
                )
        return x, given

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self.mlp.sizes))
        return f"History({sizes}, {self.epochs} epochs, {len(self.snapshots)} snapshots)"


def _kind(mlp: MLP) -> tuple[object, ...]:
    return (*mlp.sizes, *(layer.activation for layer in mlp.layers))


# --- Digits -----------------------------------------------------------------------------------


def digits_digest(images: npt.NDArray[np.generic], labels: npt.ArrayLike) -> str:
    """sha256 in hex over images (n, ...) uint8 and labels (n,) below 256."""
    pixels, given = np.ascontiguousarray(images, dtype=np.uint8), np.asarray(labels)
    hasher = sha256(f"litnet digits {pixels.shape}\n".encode())
    hasher.update(pixels.tobytes())
    hasher.update(given.astype(np.uint8).tobytes())
    return hasher.hexdigest()


def _inputs(images: npt.NDArray[np.generic]) -> Array:
    """Images (n, ...) as (n, n_in) float64 in [0, 1], as ``load_image`` has them: v / 255."""
    flat = images.reshape(len(images), -1).astype(np.float64)
    return flat / 255 if images.dtype == np.uint8 else flat


def shuffled(labels: npt.ArrayLike, seed: int) -> npt.NDArray[np.intp]:
    """The labels (n,) in another order, so that they say nothing about their digits."""
    return np.random.default_rng(seed).permutation(np.asarray(labels).astype(np.intp))


# --- Recording --------------------------------------------------------------------------------


def chosen_steps(epochs: int, steps_an_epoch: int) -> tuple[list[int], list[int]]:
    """Which moments of a run are kept: the steps after which snapshots are taken, and single steps.

    Snapshots stand ever farther apart: at step 0, after some steps of the first epoch, and after
    about a dozen epochs. A single step follows a snapshot, or ends in one; there are two at the
    start, four on the way, and the last.
    """
    last = epochs * steps_an_epoch
    early = [step for step in (0, 1, 2, 5, 10, 20, 50, 100) if step < min(steps_an_epoch, last)]
    whole = sorted({round(epochs ** (k / 11)) for k in range(12)} | {2, 3, 4, 5})
    snapshots = early + [epoch * steps_an_epoch for epoch in whole if epoch <= epochs]
    starts = [0, 1, 10, 100, steps_an_epoch, 5 * steps_an_epoch, last - 1]
    steps = sorted({start + 1 for start in starts if start in snapshots and start < last} | {last})
    return sorted(set(snapshots)), steps


class Recorder:
    """Makes a History out of the moments of one run.

    ``images`` and ``labels`` are all that it learns from, ``unseen`` inputs (n, n_in) and labels
    (n,) that it does not; ``wanted`` are the steps that ``train`` is asked to yield. ``brief``
    keeps the curves, and the first and the last network.
    """

    def __init__(
        self,
        images: npt.NDArray[np.generic],
        labels: npt.ArrayLike,
        *,
        epochs: int,
        batch_size: int,
        learning_rate: float,
        loss: str,
        optimiser: str,
        seed: int,
        parameters: int,
        shuffled_labels: int | None = None,
        unseen: tuple[npt.NDArray[np.generic], npt.ArrayLike] | None = None,
        keep_steps: bool = True,
        brief: bool = False,
    ) -> None:
        self._images, self._labels, self._unseen = images, np.asarray(labels), unseen
        self._facts = {
            "learning_rate": float(learning_rate),
            "batch_size": batch_size,
            "loss": loss,
            "optimiser": optimiser,
            "seed": seed,
            "training_digits": len(images),
            "training_digest": digits_digest(images, labels),
            "shuffled_labels": shuffled_labels,
        }
        self._snapshots, self._steps = chosen_steps(epochs, -(-len(images) // batch_size))
        if brief:
            self._snapshots = [self._snapshots[0], self._snapshots[-1]]
        if optimiser != "sgd" or not keep_steps or brief:
            self._steps = []
        self.wanted = sorted({*self._snapshots, *(n + d for n in self._steps for d in (-1, 0))})
        if len(self.wanted) * parameters > MAX_NUMBERS:
            raise InputError(
                f"a history of {len(self.wanted)} moments of {parameters:,} parameters is larger "
                f"than {MAX_NUMBERS:,} numbers, expected a smaller network"
            )
        self._moments: dict[int, Moment] = {}
        self._curves: list[list[float]] = []
        self._last = 0

    def add(self, moment: Moment) -> None:
        """Keep a moment if it was chosen; measure it if it is fresh or ends an epoch."""
        if moment.step in self.wanted:
            self._moments[moment.step] = moment
        if moment.ends_epoch:
            self._last = moment.step
            sets = [(self._images, self._labels)] + ([self._unseen] if self._unseen else [])
            self._curves.append([value for some in sets for value in self._measured(moment, *some)])
            self._moments[moment.step] = moment
            # The last whole epoch is a snapshot, wherever the run ends.
            for step in [s for s in self._moments if s not in self.wanted and s < moment.step]:
                del self._moments[step]

    def _measured(
        self, moment: Moment, images: npt.NDArray[np.generic], labels: npt.ArrayLike
    ) -> tuple[float, float]:
        """Mean cost, and which part is read rightly."""
        sizes = moment.mlp.sizes
        forward = moment.mlp.forward(_inputs(images))
        cost = cost_of(forward, one_hot(labels, sizes[-1]), str(self._facts["loss"]))
        return cost, float(np.mean(forward.prediction == np.asarray(labels)))

    def history(self) -> History:
        """The run up to the last whole epoch that was added."""
        kept = {step: moment for step, moment in self._moments.items() if step <= self._last}
        snapshots = [kept[s] for s in sorted(kept) if s in self._snapshots or s == self._last]
        curves = np.array(self._curves).T
        empty = np.empty(0)
        return History(
            snapshots=tuple(Snapshot(m.step, m.epoch, m.mlp) for m in snapshots),
            steps=tuple(
                Step(n, kept[n - 1].mlp, kept[n].mlp, kept[n].batch)
                for n in self._steps
                if n in kept and n - 1 in kept
            ),
            costs=curves[0],
            accuracies=curves[1],
            unseen_costs=curves[2] if self._unseen else empty,
            unseen_accuracies=curves[3] if self._unseen else empty,
            **self._facts,  # type: ignore[arg-type]
        )
