"""Small networks and files that the tests make for themselves."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np

from network import MLP, Dense


def random_network(
    sizes: tuple[int, ...] = (5, 4, 3),
    activations: tuple[str, ...] = ("sigmoid", "sigmoid"),
    seed: int = 0,
) -> MLP:
    """A network with normal weights."""
    rng = np.random.default_rng(seed)
    return MLP(
        tuple(
            Dense(rng.standard_normal((n_out, n_in)), rng.standard_normal(n_out), name)
            for n_in, n_out, name in zip(sizes[:-1], sizes[1:], activations, strict=True)
        )
    )


def write_idx(folder: Path, images: np.ndarray, labels: np.ndarray, *, zipped: bool = True) -> None:
    """MNIST's files, written with struct alone."""
    folder.mkdir(parents=True, exist_ok=True)
    n, rows, columns = images.shape
    files = {
        "train-images-idx3-ubyte": struct.pack(">IIII", 2051, n, rows, columns)
        + images.astype(np.uint8).tobytes(),
        "train-labels-idx1-ubyte": struct.pack(">II", 2049, len(labels))
        + labels.astype(np.uint8).tobytes(),
    }
    for name, data in files.items():
        if zipped:
            (folder / f"{name}.gz").write_bytes(gzip.compress(data, 1))
        else:
            (folder / name).write_bytes(data)
