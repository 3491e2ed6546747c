"""Slightly changed copies of the training images, drawn anew for each epoch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from network.activations import Float32
from network.errors import InputError

Augment = Callable[[Float32, np.random.Generator, float], Float32]


@dataclass(frozen=True)
class RandomAffine:
    """Slightly shifted, turned, scaled and slanted copies of square images.

    The numbers are standard deviations, cut at twice their value: ``shift`` in pixels, ``rotate``
    in degrees, ``scale`` and ``shear`` as fractions. Each call draws ``maps`` fresh affine maps
    and gives each to a random share of the images: as good as one map an image, and many times
    cheaper, because a map becomes four weighted rows of pixels for a whole share at once.

    As training goes on, all deviations shrink evenly, down to the fraction ``end``: a small network
    that has seen many hands ends on digits nearly as they are.
    """

    shift: float = 1.0
    rotate: float = 6.0
    scale: float = 0.08
    shear: float = 0.08
    end: float = 0.3
    maps: int = 256

    def __call__(self, images: Float32, rng: np.random.Generator, progress: float) -> Float32:
        """Change ``images`` (n, side * side) in [0, 1]; same shape, same order.

        ``progress`` is 0 when training begins and 1 when it ends.
        """
        side = round(images.shape[1] ** 0.5)
        if side * side != images.shape[1]:
            raise InputError(f"found images of {images.shape[1]} pixels, expected square ones")
        moved = np.empty_like(images)
        shares = np.array_split(rng.permutation(len(images)), min(self.maps, len(images)))
        for share in shares:
            sources, weights = _bilinear(*self._draw(rng, 1 - (1 - self.end) * progress), side)
            pixels = np.ascontiguousarray(images[share].T)  # (side * side, share)
            total = weights[0] * pixels[sources[0]]
            for k in range(1, 4):
                total += weights[k] * pixels[sources[k]]
            moved[share] = total.T
        return moved

    def _draw(
        self, rng: np.random.Generator, strength: float
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """A matrix (2, 2) and a shift (2,), from a pixel's place to the place it is taken from."""
        dx, dy, turn, sx, sy, slant = strength * np.clip(rng.standard_normal(6), -2, 2)
        angle = np.deg2rad(self.rotate * turn)
        rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        stretch = np.array([[1 + self.scale * sx, self.shear * slant], [0, 1 + self.scale * sy]])
        return rotation @ stretch, self.shift * np.array([dx, dy])


def _bilinear(
    matrix: npt.NDArray[np.float64], shift: npt.NDArray[np.float64], side: int
) -> tuple[npt.NDArray[np.intp], Float32]:
    """For each pixel of the new image: four pixels (4, n) of the old one, and weights (4, n, 1).

    Places beyond the edge count as black (weight 0).
    """
    middle = (side - 1) / 2
    rows, columns = np.divmod(np.arange(side * side), side)
    x, y = matrix @ np.array([columns - middle, rows - middle]) + shift[:, np.newaxis] + middle
    left, top = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
    sources, weights = [], []
    for row, column in ((top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1)):
        inside = (row >= 0) & (row < side) & (column >= 0) & (column < side)
        weight = (1 - np.abs(y - row)) * (1 - np.abs(x - column)) * inside
        sources.append(np.where(inside, row * side + column, 0))
        weights.append(weight.astype(np.float32)[:, np.newaxis])
    return np.array(sources), np.array(weights)
