"""What light falls on: black, another dark ground, or a light one, on which ink is drawn.

Light adds, and a byte that is full stays full. On a light ground light would have nothing to add
to; there ink takes away what a light gives elsewhere. So that all loops are the same, a film on a
light ground is drawn as its negative, in which ink is light, and turned over when a frame is
whole. A negative turned over is the picture to the bit, also where things lie over each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litnet.light.compiled import compiled
from litnet.theme import DARK, Theme, rgb

Floats = NDArray[np.float64]
Packed = NDArray[np.uint32]

COLORS = np.uint32(0x00FFFFFF)  # of a packed pixel, without its alpha


@dataclass(frozen=True)
class Ground:
    """A ground, and how colours (..., 3), sRGB from 0 to 1, are drawn on it.

    ``negative`` says that frames are drawn as negatives. ``plain`` is black under white light, on
    which a colour is its light.
    """

    theme: Theme = DARK

    @property
    def negative(self) -> bool:
        """Whether frames are drawn as negatives."""
        return self.theme.is_light

    @property
    def plain(self) -> bool:
        """Whether it is black, and a cell with all light white."""
        return (self.theme.background, self.theme.light) == (DARK.background, DARK.light)

    def color(self, color: Any) -> Floats:
        """What is written into a frame so that a colour is seen."""
        drawn = np.asarray(color, np.float64)
        return 1 - drawn if self.negative else drawn

    def added(self, color: Any) -> Floats:
        """What is added to the ground so that a colour is seen."""
        drawn = self.color(color)
        return drawn if self.plain else np.maximum(drawn - self.dark, 0)

    @property
    def dark(self) -> Floats:
        """(3,) what is in a frame where no light is."""
        return self.color(rgb(self.theme.background))

    @property
    def full(self) -> Floats:
        """(3,) what all the light of a cell without a colour adds."""
        return self.added(rgb(self.theme.light))

    def laid_under(self, pixels: Packed) -> Packed:
        """Light (rows, columns), packed and premultiplied, with as much of the ground under it as
        there is alpha; changed in place."""
        if not self.plain:
            _lay_under(pixels, *(np.round(255 * self.dark).astype(int).tolist()))
        return pixels

    def turned(self, pixels: NDArray[Any], into: NDArray[Any] | None = None) -> Any:
        """A frame (height, width, 4) as it is seen; ``into`` is memory of that size for it."""
        if not self.negative:
            return pixels
        into = np.empty_like(pixels) if into is None else into
        np.bitwise_xor(pixels.view(np.uint32), COLORS, out=into.view(np.uint32))
        return into


@compiled
def _lay_under(pixels: Packed, red: int, green: int, blue: int) -> None:
    byte = np.uint32(255)
    for row in range(pixels.shape[0]):
        for x in range(pixels.shape[1]):
            pixel = pixels[row, x]
            alpha = np.uint32(pixel >> np.uint32(24))
            laid = np.uint32(alpha << np.uint32(24))
            for shift, part in ((0, red), (8, green), (16, blue)):
                place = np.uint32(shift)
                under = np.uint32((alpha * np.uint32(part) + np.uint32(127)) // byte)
                sum_ = np.uint32(((pixel >> place) & byte) + under)
                laid |= np.uint32(min(sum_, byte) << place)
            pixels[row, x] = laid
