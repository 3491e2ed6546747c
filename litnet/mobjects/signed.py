"""Signed numbers, such as weights, as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from manim import RIGHT, UP, Dot, Square, VGroup

from litnet import style
from litnet.mobjects.cells import PlacedCells, grid_centers
from litnet.mobjects.words import Words
from litnet.record.quantities import Quantities
from litnet.style import Floats

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas
    from litnet.record.page import Page

SAMPLE = 0.24  # side of a square in the legend


def legend_of_signs(brighter: str, darker: str) -> VGroup:
    """What the two colours mean: a square and a disc as in :class:`SignedGrid`, each with words."""
    square = Square(SAMPLE, stroke_width=0, fill_opacity=1, fill_color=style.POSITIVE_COLOR)
    disc = Dot(radius=style.NEGATIVE_SIZE * SAMPLE / 2, color=style.NEGATIVE_COLOR)
    up = Words(brighter, color=style.POSITIVE_COLOR)
    down = Words(darker, color=style.NEGATIVE_COLOR)
    legend = VGroup(square, up, disc, down).arrange(RIGHT, buff=0.18)
    VGroup(disc, down).shift(0.4 * RIGHT)
    down.shift((up.baseline - down.baseline) * UP)
    return legend


class SignedGrid(PlacedCells):
    """A picture of signed numbers: weights, or what they contribute.

    A number above zero is an orange square, one below zero a smaller blue disc, so that the sign
    does not hang on the colour alone; both are the brighter, the further from zero they are
    (:func:`style.signed_light`). These numbers are no activations, and the record keeps them
    apart.

    Parameters
    ----------
    numbers
        (rows, columns), with their source: ``reading.weights_to(1, 3)`` are those that lead to
        neuron 3 of layer 1, ``reading.contributions_to(1, 3)`` the same times the activations.
        Or (n,), of which so many ``columns`` stand in a row.
    height
        The picture's, in scene units.
    scale
        How large a number is that gets 63 % of the light; by default the median size of those
        that are not zero. Pictures are comparable when they have the same scale.

    ``flash`` (n,) is light that passes over a cell to point at it, whatever its number.
    """

    animated: ClassVar[tuple[str, ...]] = ("opacity", "values", "scale_of_light", "flash")
    taken_over: ClassVar[tuple[str, ...]] = ("source",)

    def __init__(
        self,
        numbers: Quantities,
        height: float,
        *,
        scale: float | None = None,
        columns: int | None = None,
    ) -> None:
        self.shape = numbers.values.shape
        n = len(numbers)
        self.columns = self.shape[1] if columns is None else columns
        rows = -(-n // self.columns)
        pitch = height / rows
        centers = grid_centers(rows, self.columns, pitch)[:n]
        super().__init__(centers, pitch / 2 * style.PIXEL_FILL)
        self.values: Floats = numbers.values.ravel().copy()
        sizes = np.abs(self.values[self.values != 0])
        if scale is None:
            scale = float(np.median(sizes)) if sizes.size else 1.0
        if not scale > 0:
            raise ValueError(f"The scale of signed numbers is above zero, not {scale}.")
        self.scale_of_light = scale
        self.source = numbers.source
        self.flash: Floats = np.zeros(len(self.values))

    def hold(self, numbers: Quantities) -> Self:
        """Hold other numbers, as many, on the same scale."""
        if numbers.values.shape != self.shape:
            raise ValueError(
                f"A picture of {self.shape} numbers cannot hold {numbers.values.shape}."
            )
        self.values, self.source = numbers.values.ravel().copy(), numbers.source
        return self

    @property
    def light(self) -> Floats:
        """(n,) the light of each cell, 0 to 1, before the mobject's own opacity."""
        return style.signed_light(self.values, self.scale_of_light)

    @property
    def colors(self) -> Floats:
        """(n, 3) the sRGB colour of each cell's middle, 0 to 1, before the opacity."""
        return style.lit(self.light, self._tint())

    def _tint(self) -> Floats:
        tint: Floats = np.where(self.values[:, None] < 0, style.NEGATIVE, style.POSITIVE)
        return tint

    def describe(self, page: Page) -> None:
        """Its numbers, and the colour of each cell that can be seen."""
        if self.opacity <= 0:
            return
        told = self.signed(page, self.source, self.scale_of_light, self.values, self.colors)
        page.signed.append(told)

    def draw(self, canvas: Canvas) -> None:
        """Paint the cells."""
        if self.opacity <= 0:
            return
        light = self.light
        # The form changes while there is hardly light, so that it does not jump at zero.
        below = np.where(self.values < 0, np.clip(light / style.SIGN_SHOWS, 0, 1), 0.0)
        n = len(self)
        canvas.cells(
            self.centers,
            self.half * (1 - (1 - style.NEGATIVE_SIZE) * below),
            below,
            light,
            rim=np.full(n, style.PIXEL_RIM_WIDTH),
            rim_light=np.full(n, style.PIXEL_RIM),
            opacity=self.opacity,
            tint=self._tint(),
        )
        canvas.glow(self.centers, self.half, self.flash, color=style.FLASH, opacity=self.opacity)
