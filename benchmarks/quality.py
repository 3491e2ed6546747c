"""How much of a picture an encoder leaves: SSIM, PSNR, and the steps of a halo.

All of it is measured on the luma of decoded RGB frames, so that the encoder's conversion of
colours, there and back, counts as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Singles = NDArray[np.float32]

DARK = 8.0  # mean luma below which a window is background


def luma(pixels: NDArray[np.uint8]) -> Singles:
    """ITU-R BT.601 luma (height, width), 0 to 255, of RGB or RGBA bytes."""
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    grey: Singles = pixels[:, :, :3].astype(np.float32) @ weights
    return grey


def _smooth(image: Singles) -> Singles:
    """The windowed mean: a Gaussian of 11 x 11 pixels with a standard deviation of 1.5."""
    smoothed: Singles = gaussian_filter(image, 1.5, truncate=5 / 1.5, mode="reflect")
    return smoothed


class Reference:
    """A frame as it was drawn, to hold what became of it against."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self.image = luma(pixels)
        self.mean = _smooth(self.image)
        self.variance = _smooth(self.image**2) - self.mean**2
        self.lit = self.mean > DARK

    def ssim(self, pixels: NDArray[np.uint8]) -> tuple[float, float]:
        """Mean structural similarity of the whole frame, and of what is not background.

        Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to
        structural similarity", IEEE Trans. Image Processing 13 (2004), equation 13, with their
        K1 = 0.01, K2 = 0.03 and L = 255.
        """
        c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
        other = luma(pixels)
        mean = _smooth(other)
        variance = _smooth(other**2) - mean**2
        together = _smooth(self.image * other) - self.mean * mean
        similarity = ((2 * self.mean * mean + c1) * (2 * together + c2)) / (
            (self.mean**2 + mean**2 + c1) * (self.variance + variance + c2)
        )
        lit = similarity[self.lit] if self.lit.any() else similarity
        return float(similarity.mean()), float(lit.mean())

    def psnr(self, pixels: NDArray[np.uint8]) -> float:
        """Peak signal-to-noise ratio in dB."""
        error = float(np.mean((self.image - luma(pixels)) ** 2))
        return float("inf") if error == 0 else 10 * float(np.log10(255**2 / error))


@dataclass(frozen=True)
class Steps:
    """The grey levels along a line through a halo, from its middle outwards.

    ``levels``: how many different ones; ``plateau``: the longest run of one level, in pixels,
    among those that are not yet background; ``jump``: the largest step between two neighbours.
    """

    levels: int
    plateau: int
    jump: int

    @classmethod
    def along(cls, line: Singles) -> Steps:
        """From the luma (n,) along the line."""
        grey = np.rint(line).astype(int)
        grey = grey[: int(np.flatnonzero(grey >= 3).max(initial=0)) + 1]
        edges = np.flatnonzero(np.diff(grey, prepend=-1, append=-1))
        return cls(
            levels=len(np.unique(grey)),
            plateau=int(np.diff(edges).max(initial=0)),
            jump=int(np.abs(np.diff(grey)).max(initial=0)),
        )
