"""Training runs in files: a ``network.history.History`` written, read and checked.

The file, ``NAME.history.npz``, is a zip of NumPy arrays, none of them pickled, in the format
"litnet-history-1":

====================  ======================================================================
``format``            the string ``litnet-history-1``
``sizes``             integers: neurons in each layer, the input first
``activations``       strings: a name in ``network.ACTIVATIONS`` for each layer after it
``states``            float32 (m, n): all parameters at m moments, layer after layer, of each
                      layer its weights row by row, then its biases
``state_steps``       integers (m,): how many steps had been made by then; rising from 0
``snapshot_steps``    integers: which of them are snapshots (the others only end a step)
``step_numbers``      integers (k,): steps whose state before and after is among the states
``step_batches``      integers (k, batch size): the indices of the digits that each such step
                      learned from; -1 at the end of a row where a batch was smaller
``costs``             floats (epochs + 1,): the mean cost of all training digits when fresh and
                      after each epoch
``accuracies``        the same: which part of them is read rightly
``unseen_costs``      the same of digits that it never learned from (or of length 0)
``unseen_accuracies``
``learning_rate``     a float
``seed``              an integer, of ``numpy.random.default_rng``
``batch_size``        an integer
``training_digits``   an integer: how many there are
``training_digest``   a string: ``digits_digest`` of them
``shuffled_labels``   an integer: the seed by which their labels were shuffled; -1 for true ones
``loss``              a string, a name in ``network.LOSSES``
``optimiser``         a string, a name in ``network.optimisers.OPTIMISERS``
====================  ======================================================================

Such a file is data: nothing in it is ever executed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from network.checkpoint import write_zip
from network.errors import InputError, printable
from network.files import opened, written_whole
from network.history import MAX_MOMENTS, History, Snapshot, Step
from network.loaders.common import DAMAGE, MAX_LAYERS
from network.loaders.npz import read_arrays
from network.mlp import MLP
from network.parameters import count_parameters, parameters_of, with_parameters

FORMAT = "litnet-history-1"
SUFFIX = ".history.npz"
KEYS = [
    *("format", "sizes", "activations", "states", "state_steps", "snapshot_steps"),
    *("step_numbers", "step_batches", "costs", "accuracies", "unseen_costs", "unseen_accuracies"),
    *("learning_rate", "seed", "batch_size", "training_digits", "training_digest"),
    *("shuffled_labels", "loss", "optimiser"),
]


def save_history(history: History, path: str | os.PathLike[str]) -> None:
    """Write a history: the same one gives the same bytes, whenever and wherever.

    The file appears whole or not at all. Raises InputError for a name that does not end in
    ``.history.npz``, or a folder that cannot be written to.
    """
    file = checked_name(path)
    states = {snapshot.step: snapshot.mlp for snapshot in history.snapshots}
    for step in history.steps:
        states |= {step.number - 1: step.before, step.number: step.after}
    moments = sorted(states)
    batches = np.full((len(history.steps), history.batch_size), -1, dtype="<i4")
    for row, step in zip(batches, history.steps, strict=True):
        row[: len(step.batch)] = step.batch
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "format": _text(FORMAT),
        "sizes": np.array(history.mlp.sizes, dtype="<i4"),
        "activations": np.array([layer.activation for layer in history.mlp.layers], dtype="<U64"),
        "states": np.array([parameters_of(states[n]) for n in moments]).astype("<f4"),
        "state_steps": np.array(moments, dtype="<i8"),
        "snapshot_steps": np.array([s.step for s in history.snapshots], dtype="<i8"),
        "step_numbers": np.array([step.number for step in history.steps], dtype="<i8"),
        "step_batches": batches,
        "costs": history.costs.astype("<f8"),
        "accuracies": history.accuracies.astype("<f8"),
        "unseen_costs": history.unseen_costs.astype("<f8"),
        "unseen_accuracies": history.unseen_accuracies.astype("<f8"),
        "learning_rate": np.array(history.learning_rate, dtype="<f8"),
        "seed": np.array(history.seed, dtype="<i8"),
        "batch_size": np.array(history.batch_size, dtype="<i8"),
        "training_digits": np.array(history.training_digits, dtype="<i8"),
        "training_digest": _text(history.training_digest),
        "shuffled_labels": np.array(
            -1 if history.shuffled_labels is None else history.shuffled_labels, dtype="<i8"
        ),
        "loss": _text(history.loss),
        "optimiser": _text(history.optimiser),
    }
    assert list(arrays) == KEYS
    with written_whole(file) as temporary, temporary.open("wb") as stream:
        write_zip(stream, arrays)
        stream.flush()
        os.fsync(stream.fileno())


def checked_name(path: str | os.PathLike[str]) -> Path:
    """A path at which a history can be. Raises InputError for another."""
    file = Path(path)
    if not file.name.endswith(SUFFIX) or file.name == SUFFIX:
        raise InputError(
            f"{printable(file)}: found another name than of a history, expected NAME{SUFFIX}"
        )
    return file


def _text(value: str) -> npt.NDArray[np.generic]:
    return np.array(value, dtype=f"<U{len(value)}")


def load_history(path: str | os.PathLike[str]) -> History:
    """Read a history.

    Raises InputError, naming the file, if it is missing, damaged, larger than ``network.history``'s
    MAX_NUMBERS, or not what a training run can leave.
    """
    file = Path(path)
    try:
        return _history(_arrays(file))
    except InputError as error:
        if str(error).startswith(f"{printable(file)}: "):
            raise
        raise InputError(f"{printable(file)}: {error}") from error


def _arrays(file: Path) -> dict[str, npt.NDArray[np.generic]]:
    with opened(file):
        try:
            return read_arrays(file)
        except InputError:
            raise
        except DAMAGE as error:
            raise InputError(
                "found a file that is damaged or not .npz, "
                f"expected a history in the format {FORMAT}"
            ) from error


def _history(arrays: dict[str, npt.NDArray[np.generic]]) -> History:
    if "format" in arrays:
        found = _string(arrays, "format")
        if found != FORMAT:
            raise InputError(f"found the format {printable(found, 40)!r}, expected {FORMAT!r}")
    if set(arrays) != set(KEYS):
        odd = min(set(arrays) ^ set(KEYS))
        what = "the unknown" if odd in arrays else "no"
        raise InputError(f"found {what} {printable(odd, 40)}, expected {', '.join(KEYS)}")
    sizes = [int(n) for n in _integers(arrays, "sizes", 1)]
    names = [str(name) for name in _array(arrays, "activations", "U", 1)]
    if not 2 <= len(sizes) <= MAX_LAYERS + 1 or min(sizes) < 1 or len(names) != len(sizes) - 1:
        raise InputError(
            f"found {len(sizes)} sizes and {len(names)} activations, expected a positive size for "
            "each layer, and an activation for each but the input"
        )
    states = _array(arrays, "states", "f", 2)
    moments = _integers(arrays, "state_steps", 1)
    parameters = count_parameters(sizes)
    if states.shape != (len(moments), parameters):
        raise InputError(
            f"found states of shape {states.shape}, expected ({len(moments)}, {parameters}): "
            "a row for each of the state_steps, a number for each parameter"
        )
    if len(moments) > MAX_MOMENTS:
        raise InputError(f"found {len(moments):,} states, expected at most {MAX_MOMENTS:,}")
    if np.any(np.diff(moments) <= 0):
        raise InputError("found state_steps out of order, expected them to rise")
    mlps: dict[int, MLP] = {}
    for moment, row in zip(moments.tolist(), states, strict=True):
        try:
            mlps[moment] = with_parameters(row, sizes, names)
        except InputError as error:
            raise InputError(f"step {moment}: {error}") from error

    def state(step: int) -> MLP:
        if step not in mlps:
            raise InputError(f"found no state after step {step}, expected one")
        return mlps[step]

    numbers = _integers(arrays, "step_numbers", 1)
    batches = _integers(arrays, "step_batches", 2)
    size, digits = (_integer(arrays, key) for key in ("batch_size", "training_digits"))
    if size < 1 or digits < 1:
        raise InputError(f"found batches of {size} among {digits} digits, expected at least 1")
    if batches.shape[0] != len(numbers) or (len(numbers) and batches.shape[1] != size):
        raise InputError(
            f"found step_batches of shape {batches.shape}, expected ({len(numbers)}, {size})"
        )
    steps = []
    for number, row in zip(numbers.tolist(), batches, strict=True):
        used = int(np.count_nonzero(row != -1))
        if np.any(row[used:] != -1):
            raise InputError(f"step {number}: found -1 inside its batch, expected it at the end")
        steps.append(Step(number, state(number - 1), state(number), row[:used].astype(np.intp)))
    an_epoch = -(-digits // size)
    shuffled_by = _integer(arrays, "shuffled_labels")
    rate = _array(arrays, "learning_rate", "f", 0)
    return History(
        snapshots=tuple(
            Snapshot(step, step // an_epoch, state(step))
            for step in _integers(arrays, "snapshot_steps", 1).tolist()
        ),
        steps=tuple(steps),
        learning_rate=float(rate),
        batch_size=size,
        loss=_string(arrays, "loss"),
        optimiser=_string(arrays, "optimiser"),
        seed=_integer(arrays, "seed"),
        training_digits=digits,
        training_digest=_string(arrays, "training_digest"),
        shuffled_labels=None if shuffled_by == -1 else shuffled_by,
        costs=_array(arrays, "costs", "f", 1),
        accuracies=_array(arrays, "accuracies", "f", 1),
        unseen_costs=_array(arrays, "unseen_costs", "f", 1),
        unseen_accuracies=_array(arrays, "unseen_accuracies", "f", 1),
    )


def _array(
    arrays: dict[str, npt.NDArray[np.generic]], key: str, kinds: str, dimensions: int
) -> npt.NDArray[Any]:
    array = arrays[key]
    if array.dtype.kind not in kinds or array.ndim != dimensions:
        raise InputError(
            f"found {key} of type {printable(array.dtype, 40)} and shape "
            f"{printable(array.shape, 40)}, expected {_KINDS[kinds]} in {dimensions} dimensions"
        )
    return array


_KINDS = {"f": "floats", "iu": "integers", "U": "text"}


def _integers(
    arrays: dict[str, npt.NDArray[np.generic]], key: str, dimensions: int
) -> npt.NDArray[np.int64]:
    array = _array(arrays, key, "iu", dimensions)
    if array.size and int(array.max()) > 2**62:
        raise InputError(f"found {int(array.max())} in {key}, expected smaller numbers")
    return array.astype(np.int64)


def _integer(arrays: dict[str, npt.NDArray[np.generic]], key: str) -> int:
    return int(_integers(arrays, key, 0))


def _string(arrays: dict[str, npt.NDArray[np.generic]], key: str) -> str:
    return str(_array(arrays, key, "U", 0)[()])
