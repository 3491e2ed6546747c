"""How long an epoch takes: litnet, PyTorch on the CPU, and scikit-learn, side by side.

    python -m benchmarks.training [--data FOLDER] [--write]

needs an environment with torch and scikit-learn (``make test-frameworks`` makes one) and this
folder on ``PYTHONPATH``. The same network (784-16-16-10), batches of 128, Adam, the same images,
one thread each: the matrices are so small that more threads only wait for each other. The three
take turns within one run, so that whatever else the machine does hits all alike; what counts is
the median. ``--write`` puts the figures into training.md.
"""

# ruff: noqa: E402 - how many threads there are is settled before NumPy is loaded

from __future__ import annotations

import argparse
import os

for library in ("OPENBLAS", "OMP", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

import warnings
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks.machine import describe
from network.digits import load_idx
from network.training import train

SIZES, BATCH, RATE, ROUNDS = (784, 16, 16, 10), 128, 0.003, 5
PACKAGES = ("numpy", "torch", "scikit-learn")
REPORT = Path(__file__).with_suffix(".md")


def litnet_epochs(images: np.ndarray, labels: np.ndarray) -> Iterator[None]:
    """Each ``next`` trains one epoch."""
    for moment in train(
        images,
        labels,
        sizes=SIZES,
        activations=["sigmoid"] * 3,
        epochs=ROUNDS + 1,
        batch_size=BATCH,
        learning_rate=RATE,
        rng=np.random.default_rng(0),
    ):
        if moment.epoch > 0:
            yield


def torch_epochs(images: np.ndarray, labels: np.ndarray) -> Iterator[None]:
    """The usual loop, without a DataLoader, which would be many times slower."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(0)
    x = torch.tensor(images.reshape(len(images), -1), dtype=torch.float32) / 255
    y = nn.functional.one_hot(torch.tensor(labels, dtype=torch.long), SIZES[-1]).float()
    parts: list[nn.Module] = []
    for n_in, n_out in pairwise(SIZES):
        parts += [nn.Linear(n_in, n_out), nn.Sigmoid()]
    model = nn.Sequential(*parts[:-1])  # the last sigmoid is in the loss
    loss_of = nn.BCEWithLogitsLoss()
    optimiser = torch.optim.Adam(model.parameters(), lr=RATE)
    while True:
        total = 0.0
        for batch in torch.randperm(len(x)).split(BATCH):
            optimiser.zero_grad()
            loss = loss_of(model(x[batch]), y[batch])
            loss.backward()
            optimiser.step()
            total += loss.item()
        yield


def sklearn_epochs(images: np.ndarray, labels: np.ndarray) -> Iterator[None]:
    """``partial_fit`` is one epoch."""
    from sklearn.neural_network import MLPClassifier

    x = images.reshape(len(images), -1).astype(np.float32) / 255
    model = MLPClassifier(
        SIZES[1:-1],
        activation="logistic",
        batch_size=BATCH,
        learning_rate_init=RATE,
        alpha=0.0,
        random_state=0,
    )
    while True:
        model.partial_fit(x, labels, classes=np.arange(SIZES[-1]))
        yield


CONTENDERS: dict[str, Callable[[np.ndarray, np.ndarray], Iterator[None]]] = {
    "litnet": litnet_epochs,
    "PyTorch": torch_epochs,
    "scikit-learn": sklearn_epochs,
}


def measure(images: np.ndarray, labels: np.ndarray) -> dict[str, list[float]]:
    """Seconds of each epoch but the first, in which caches fill and libraries load."""
    running = {name: epochs(images, labels) for name, epochs in CONTENDERS.items()}
    seconds: dict[str, list[float]] = {name: [] for name in running}
    for turn in range(ROUNDS + 1):
        for name, epochs in running.items():
            began = perf_counter()
            next(epochs)
            if turn > 0:
                seconds[name].append(perf_counter() - began)
    return seconds


def report(seconds: dict[str, list[float]], count: int) -> str:
    lines = [
        "# An epoch of training",
        "",
        f"784-16-16-10, sigmoid, batches of {BATCH}, Adam, {count:,} images, one thread each,",
        f"without augmentation or validation. Medians of {ROUNDS} epochs that took turns",
        "in one run (`python -m benchmarks.training --write`).",
        "",
        "| | seconds an epoch | least to most | beside litnet |",
        "|---|---:|---:|---:|",
    ]
    first = median(seconds["litnet"])
    for name, values in seconds.items():
        lines.append(
            f"| {name} | {median(values):.2f} | {min(values):.2f} to {max(values):.2f} "
            f"| {median(values) / first:.2f} |"
        )
    lines += ["", "| machine | |", "|---|---|"]
    lines += [f"| {what} | {value} |" for what, value in describe(PACKAGES)]
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, help="folder with MNIST's IDX files; else noise")
    parser.add_argument("--write", action="store_true", help=f"write {REPORT.name}")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.data:
        images, labels = load_idx(options.data)
    else:
        rng = np.random.default_rng(0)
        images = rng.integers(0, 256, (60_000, 28, 28), dtype=np.uint8)
        labels = rng.integers(0, 10, 60_000, dtype=np.uint8)
    text = report(measure(images, labels), len(images))
    print(text)
    if options.write:
        REPORT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
