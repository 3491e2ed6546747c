"""What ``<lit-network>`` learns with: a training run and digits, as classic scripts.

Each is a file of its own beside the network's, loaded only when somebody asks for it, under the
name of the file without its suffix:

    (globalThis.litnetLearning??={})["learner.history"]={"schema":1,"sizes":[784,16,16,10],...};

A run has ``sizes``, ``activations``; of each snapshot its ``steps`` and ``epochs``, and in
``weights`` base64 of little-endian float32, ordered as in ``litnet.lessons.weights``, with their
``crc32``; ``batches`` is how many there are in an epoch, and ``costs`` and ``unseen`` have a number
for the start and each epoch: the mean cost of its own digits, and which part of the bundled ones it
reads rightly. Digits have ``labels``, and in ``pixels`` base64 of their bytes, packed by zlib.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from litnet.lessons.text import script
from network import MLP, History, load_history
from network.digits import as_bytes, bundled_digits, training_digits
from network.files import written_whole
from network.history_file import SUFFIX
from network.parameters import parameters_of

SCHEMA = 1
TRAINING = 200  # digits of each class to learn from, in the page


def run_of(model: Path, network: MLP) -> History | None:
    """The training run whose end a model is, if its file lies beside the model's."""
    file = model.with_name(model.name.removesuffix(model.suffix) + SUFFIX)
    if not file.is_file():
        return None
    run = load_history(file)
    return run if run.mlp.digest == network.digest else None


def history_data(run: History) -> dict[str, Any]:
    """What the page gets to know of a run."""
    weights = np.array([parameters_of(snapshot.mlp) for snapshot in run.snapshots])
    data = weights.astype("<f4").tobytes()
    return {
        "schema": SCHEMA,
        "sizes": list(run.mlp.sizes),
        "activations": [layer.activation for layer in run.mlp.layers],
        "steps": [snapshot.step for snapshot in run.snapshots],
        "epochs": [snapshot.epoch for snapshot in run.snapshots],
        "batches": run.steps_an_epoch,
        "costs": [float(f"{cost:.6g}") for cost in run.costs],
        "unseen": [float(f"{part:.6g}") for part in run.unseen_accuracies],
        "crc32": zlib.crc32(data),
        "weights": base64.b64encode(data).decode(),
    }


def digits_data(images: npt.NDArray[np.generic], labels: npt.ArrayLike) -> dict[str, Any]:
    """Pictures (n, rows, columns), uint8 or in [0, 1], and what they show (n,)."""
    packed = zlib.compress(as_bytes(images).tobytes(), 9)
    return {
        "schema": SCHEMA,
        "labels": [int(label) for label in np.asarray(labels)],
        "pixels": base64.b64encode(packed).decode(),
    }


def bundled_data() -> dict[str, Any]:
    """The digits that come with litnet, which no network of it learned from."""
    digits = bundled_digits()
    return digits_data(np.array([digit.image() for digit in digits]), [d.label for d in digits])


def training_data() -> dict[str, Any]:
    """2,000 of the digits that litnet's networks learn from: of each class every so manieth."""
    images, labels = training_digits()
    chosen = []
    for label in range(10):
        (places,) = np.nonzero(labels == label)
        chosen.append(places[np.arange(TRAINING) * len(places) // TRAINING])
    order = np.sort(np.concatenate(chosen))
    return digits_data(images[order], labels[order])


def write_learning(
    folder: Path, name: str, network: MLP, run: History | None = None
) -> dict[str, Any] | None:
    """Write what a page can learn with into a folder; gives what the file of weights says of it.

    For a network of pictures and classes such as the bundled digits', None for any other. Without
    a ``run`` of gradient descent on squares there are digits alone, and nothing is trained.
    Raises InputError if the folder cannot be written to.
    """
    if network.sizes[0] != 784 or network.sizes[-1] != 10:
        return None
    parts: dict[str, tuple[str, Callable[[], dict[str, Any]], dict[str, Any]]] = {
        "unseen": ("digits.unseen", bundled_data, {})
    }
    about: dict[str, Any] = {}
    if run is not None and run.mlp.digest == network.digest:
        kept = run
        if len(run.unseen_costs):
            more = {"count": len(run.snapshots)}
            parts["history"] = (f"{name}.history", lambda: history_data(kept), more)
        if run.loss == "squares" and run.optimiser == "sgd":
            more = {"count": 10 * TRAINING}
            parts["training"] = ("digits.training", training_data, more)
            about = {"rate": run.learning_rate, "batch": run.batch_size}
    for part, (stem, data, more) in parts.items():
        file = folder / f"{stem}.js"
        if stem == f"{name}.history" or not file.is_file():
            with written_whole(file) as temporary:
                temporary.write_text(script("litnetLearning", stem, data()), encoding="utf-8")
        about[part] = {"file": file.name, "bytes": file.stat().st_size, **more}
    return about
