"""What the outputs should have been."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from litnet import style
from litnet.light.strokes import arc, strokes
from litnet.mobjects.cells import Cells
from litnet.record.quantities import Quantities
from litnet.style import Floats

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas

RING = 1.3  # radius of the ring around a light, as a part of the light's
DARK = 0.3  # light of the ring around a dark one


class Target(Cells):
    """The wished-for output: a light for each, one bright, all others dark.

    Parameters
    ----------
    numbers
        (n,) 1 for what is right and 0 for the others, with their source:
        ``self.numbers('target("assets/digits/3_00.png")')``.
    centers
        (n, 3) where they stand: beside the outputs.
    pitch
        Distance between two of them, in scene units.

    Each stands in a golden ring, so that a wish is not taken for what a network computed.
    """

    def __init__(self, numbers: Quantities, centers: Floats, *, pitch: float) -> None:
        super().__init__(
            centers,
            pitch / 2 * style.NEURON_FILL / RING,
            numbers,
            kind="targets",
            roundness=1,
            halo=style.GLOW_STRENGTH,
            rim=0,
            rim_light=0,
        )

    def draw(self, canvas: Canvas) -> None:
        """The lights, then their rings."""
        super().draw(canvas)
        light = self.light
        for bright in (False, True):
            chosen = np.flatnonzero((light >= 0.5) == bright)
            strokes(
                canvas,
                [arc(self.centers[n], RING * self.half[n], 0, 2 * np.pi) for n in chosen],
                width=style.SCALE_WIDTH,
                color=style.FLASH,
                light=1.0 if bright else DARK,
                glow=style.STROKE_GLOW_LIGHT if bright else 0.0,
                opacity=self.opacity,
            )
