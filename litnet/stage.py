"""Where things stand: the frame and its places, for any shape of picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from litnet.style import MARGIN, Floats

WIDE = 1.4  # from this ratio of width to height on, two panels stand side by side


@dataclass(frozen=True)
class Stage:
    """The frame, ``width`` by ``height`` scene units, and the places that stories use.

    ``first`` and ``second`` are the middles of two square panels of height ``panel``: side by side
    in a wide frame, one above the other in a square or an upright one. The network stands between
    ``left`` and ``right``, its layers at most ``tall``, its input ``input_height``; everything
    above the caption is centred on ``middle``. Captions end on the baseline ``caption_y``.
    """

    width: float
    height: float
    stacked: bool
    panel: float
    first: Floats
    second: Floats
    input_height: float
    tall: float
    middle: float
    caption_y: float

    @classmethod
    def of(cls, pixel_width: int, pixel_height: int) -> Stage:
        """The stage for a picture of this many pixels."""
        aspect = pixel_width / pixel_height
        if aspect >= WIDE:
            height = max(8.0, 14.2 / aspect)  # the panels need 14.2 units
            return cls(
                width=height * aspect,
                height=height,
                stacked=False,
                panel=5.3,
                first=np.array([-3.7, 0.45, 0.0]),
                second=np.array([3.7, 0.45, 0.0]),
                input_height=4.9,
                tall=4.9,
                middle=0.45,
                caption_y=-height / 2 + 0.5,
            )
        height = max(12.2, 8.0 / aspect)  # the panels and a caption of three lines
        width = height * aspect
        return cls(
            width=width,
            height=height,
            stacked=True,
            panel=4.5,
            first=np.array([0.0, 3.35, 0.0]),
            second=np.array([0.0, -1.75, 0.0]),
            input_height=min(0.43 * width, 5.3),
            tall=6.8,
            middle=1.0,
            caption_y=-height / 2 + max(0.7, MARGIN * height),
        )

    def input_side(self, layers: int) -> float:
        """The side of the input of a network with so many layers of weights: less, if many."""
        return min(self.input_height, 1.91 * 2 * self.right / (layers + 1))

    @property
    def below(self) -> float:
        """The y of a line below a network that is ``tall``: of its top, if the stage is stacked."""
        return self.middle - self.tall / 2 - (0.4 if self.stacked else 0.27)

    @property
    def left(self) -> float:
        """The x from which on things may stand."""
        return -self.width * (0.5 - MARGIN)

    @property
    def right(self) -> float:
        """The x up to which things may stand."""
        return -self.left
