"""Small training runs, made in seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from network.digits import training_digits
from network.history import History, Recorder
from network.history_file import save_history
from network.parameters import count_parameters
from network.training import train


def small_run(
    sizes: tuple[int, ...] = (784, 32, 10),
    *,
    epochs: int = 2,
    seed: int = 3,
    activation: str = "sigmoid",
    last: str = "sigmoid",
    loss: str = "squares",
    rate: float = 1.5,
    batch_size: int = 32,
    digits: tuple[npt.NDArray[Any], npt.NDArray[Any]] | None = None,
) -> History:
    """A run over litnet's own training digits, or over some others."""
    images, labels = training_digits() if digits is None else digits
    facts: dict[str, Any] = {
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": rate,
        "loss": loss,
        "optimiser": "sgd",
    }
    recorder = Recorder(images, labels, **facts, seed=seed, parameters=count_parameters(sizes))
    for moment in train(
        images,
        labels,
        sizes=sizes,
        activations=(*[activation] * (len(sizes) - 2), last),
        rng=np.random.default_rng(seed),
        steps=recorder.wanted,
        **facts,
    ):
        recorder.add(moment)
    return recorder.history()


def saved(history: History, path: Path) -> Path:
    """The file of a history."""
    save_history(history, path)
    return path
