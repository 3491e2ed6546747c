"""Many pictures at once, each small, and as bright as what is said of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

import cairo
import numpy as np
from manim import LEFT, VGroup, VMobject

from litnet import style
from litnet.light.strokes import strokes
from litnet.mobjects.cells import Cells, grid_centers
from litnet.mobjects.words import LiveNumber
from litnet.record.quantities import Quantities, Quantity
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

    def tally(self, number: Quantity, stage: Stage, *words: VMobject) -> tuple[LiveNumber, VGroup]:
        """A large number beside the gallery (or below, in an upright frame), and words under it.

        It stands at 0 for an animation that counts; it grows to the right from its left end, below
        which the words begin, so that nothing drifts.
        """
        count = LiveNumber(number, places=0, size=2.2 * style.TITLE_SIZE, color=style.ACCENT_COLOR)
        if stage.stacked:
            at = self.get_bottom() + np.array([0, -1.2, 0])
        else:
            at = np.array([stage.right - 1.2, stage.middle + 0.55, 0])
        count.pass_by(0).center_on(at, widest=100)
        left = float(count.get_left()[0])
        for place, line in enumerate(words):
            line.move_to((left, at[1] - 0.95 - 0.5 * place, 0), aligned_edge=LEFT)
        return count, VGroup(*words)

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


class Pictures(Cells):
    """Small pictures, each in a place of its own, as one mobject.

    Parameters
    ----------
    images
        (n, rows, columns) in [0, 1].
    numbers
        (n,) what is said of the pictures, with its source: 1, or 0 where something is wrong.
    centers
        (n, 3) scene units.
    side
        Of a picture, in scene units.

    Only the ink is laid on what is behind it, so that pictures which pass over each other bite no
    holes. ``framed`` is how far those with the number 0 have turned red, with a frame around each
    if they are ``outlined``.
    """

    animated: ClassVar[tuple[str, ...]] = (*Cells.animated, "framed")

    def __init__(self, images: Floats, numbers: Quantities, centers: Floats, side: float) -> None:
        super().__init__(
            centers, side / 2, numbers, kind="digits", roundness=0, halo=0, rim=0, rim_light=0
        )
        self.uniform = False
        self.images: Floats = np.asarray(images)
        self.digest = sha256(np.ascontiguousarray(self.images).tobytes()).hexdigest()
        self.framed, self.outlined = 0.0, True

    def part(self, indices: Sequence[int]) -> Pictures:
        """Refused: a part of these is a :class:`PixelGrid` of one picture."""
        raise NotImplementedError("Pictures have no parts; show the picture as a PixelGrid.")

    def draw(self, canvas: Canvas) -> None:
        """The ink of each, then the frames."""
        if self.opacity <= 0:
            return
        n, (rows, columns) = len(self), self.images.shape[1:]
        corners = canvas.to_pixels(self.points)
        # Premultiplied, in the frame's order of bytes: as much of the colour as there is ink.
        red = self.framed * (self.values < 0.5)
        bright, wrong_color = (canvas.ground.color(c) for c in (style.BRIGHT, style.WRONG))
        color = bright - red[:, None] * (bright - wrong_color)
        parts = np.concatenate((color, np.ones((n, 1))), axis=1)[:, None, None, :]
        bytes_ = (np.clip(self.images, 0, 1)[..., None] * parts * 255 + 0.5).astype(np.uint8)
        context = canvas.context()
        for ink, (left, bottom), (right, top) in zip(bytes_, corners[:n], corners[n:], strict=True):
            if right - left < 1:
                continue
            packed = np.ascontiguousarray(ink)
            surface = cairo.ImageSurface.create_for_data(
                packed.data, cairo.FORMAT_ARGB32, columns, rows
            )
            pattern = cairo.SurfacePattern(surface)
            pattern.set_filter(cairo.FILTER_GOOD)
            across, down = columns / (right - left), rows / (bottom - top)
            pattern.set_matrix(cairo.Matrix(across, 0, 0, down, -left * across, -top * down))
            context.set_source(pattern)
            context.save()
            context.rectangle(left, top, right - left, bottom - top)
            context.clip()
            context.paint_with_alpha(self.opacity)
            context.restore()
        wrong = np.flatnonzero(self.values < 0.5)
        if self.framed > 0 and self.outlined and wrong.size:
            low, high = self.points[:n], self.points[n:]
            squares = [
                np.array([low[k], [high[k, 0], low[k, 1], 0], high[k], [low[k, 0], high[k, 1], 0]])
                for k in wrong
            ]
            strokes(
                canvas,
                [np.concatenate((square, square[:1])) for square in squares],
                width=style.FRAME_WIDTH,
                color=style.WRONG,
                opacity=self.opacity * self.framed,
            )


def tiling(count: int, wide: float, tall: float, aspect: float = 1.0) -> tuple[int, float]:
    """Columns and pitch with which ``count`` pictures are largest in a room.

    ``aspect`` is how high the place of one is, as a multiple of its width.
    """

    def pitch(columns: int) -> float:
        return min(wide / columns, tall / (aspect * math.ceil(count / columns)))

    columns = max(range(1, count + 1), key=pitch)
    return columns, pitch(columns)
