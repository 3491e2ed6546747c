"""Many pictures at once, each small, and as bright as what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from litnet import style
from litnet.mobjects.cells import Cells, grid_centers
from litnet.record.quantities import Quantities
from litnet.stage import Stage
from litnet.style import Floats

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas


class Gallery(Cells):
    """Small pictures in rows and columns; each is one cell, which holds one number.

    Parameters
    ----------
    images
        (n, rows, columns) in [0, 1].
    columns
        How many stand in a row.
    pitch
        Distance between two of them, in scene units.
    numbers
        (n,) what is said of the pictures, with its source; at first, nothing is said against any.

    A picture is as bright as its own pixels where the number is 1, and
    is dimmed to a part of ``style.DIMMED`` where it is 0. A cell is a whole picture, so the grey
    at its middle says nothing of the number, and the record leaves it out.
    """

    def __init__(self, images: Floats, numbers: Quantities, *, columns: int, pitch: float) -> None:
        n = len(images)
        rows = -(-n // columns)
        super().__init__(
            grid_centers(rows, columns, pitch)[:n],
            pitch / 2,
            numbers,
            kind="digits",
            roundness=0,
            halo=0,
            rim=0,
            rim_light=0,
        )
        self.uniform = False
        self.columns, self.pitch = columns, pitch
        # A dark pixel around each keeps them apart.
        self.images: Floats = np.pad(images, ((0, rows * columns - n), (1, 1), (1, 1)))
        # manim hashes long arrays by a shortened repr, so that the whole is told by its digest.
        self.digest = sha256(np.ascontiguousarray(self.images).tobytes()).hexdigest()

    @classmethod
    def on_stage(
        cls, images: Floats, numbers: Quantities, stage: Stage, *, columns: int, beside: float
    ) -> Gallery:
        """As large as the stage allows, with a width of ``beside`` left free for what is counted.

        In an upright frame that stands below.
        """
        rows = -(-len(images) // columns)
        wide = 2 * stage.right - (0.0 if stage.stacked else beside)
        pitch = min(wide / columns, stage.panel / rows)
        gallery = cls(images, numbers, columns=columns, pitch=pitch)
        if stage.stacked:
            return gallery.move_to((0.0, stage.middle + 1.2, 0.0))
        return gallery.move_to((stage.left + gallery.width / 2, stage.middle, 0.0))

    @property
    def picture_height(self) -> float:
        """That of each picture, without the dark pixel around it, as long as none is scaled."""
        side: int = self.images.shape[1]
        return self.pitch * (side - 2) / side

    def part(self, indices: Sequence[int]) -> Gallery:
        """Refused: a part of a gallery is a :class:`PixelGrid` of one of its pictures."""
        raise NotImplementedError("A gallery has no parts; show the picture as a PixelGrid.")

    def draw(self, canvas: Canvas) -> None:
        """All pictures, laid out as one."""
        if self.opacity <= 0:
            return
        count, height, width = self.images.shape
        light = np.zeros(count)
        light[: len(self)] = style.DIMMED + (1 - style.DIMMED) * self.light
        shown = self.images * light[:, None, None]
        tiles = shown.reshape(-1, self.columns, height, width).transpose(0, 2, 1, 3)
        canvas.picture(
            self.points.min(axis=0),
            self.points.max(axis=0),
            tiles.reshape(-1, self.columns * width),
            opacity=self.opacity,
        )
