"""All weights and biases of a network, each as one light."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np
from manim import DOWN, RIGHT, Group, Mobject

from litnet import style
from litnet.light.lit_mobject import LitMobject
from litnet.mobjects.signed import SignedGrid
from litnet.mobjects.words import tick_number
from litnet.record.quantities import Quantities

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas
    from litnet.record.page import Page

GAP = 0.16  # between a layer's weights and its biases, in scene units; between layers thrice that
APART = 0.93  # a picture's side, as a part of the distance between two
CELL = 0.1  # half the distance between the two lights that print the scale
LARGEST = 0.16  # a cell's side in a matrix, at most


class ParameterMap(Group):
    """Every weight and every bias of a network, layer by layer from left to right.

    The weights from the input are a picture for each neuron, those of every later layer a matrix,
    a row for each neuron; a layer's biases stand to the right of its weights. ``piled`` puts the
    matrices one below the other.

    Parameters
    ----------
    numbers
        ``run.parameters(5)``, or ``run.all_nudges(5, "training")``: with their sources, the
        pictures (rows, columns) first, then (n, 1) biases, and by turns matrices and biases.
    height
        In scene units.
    scale
        The size of a number that gets 63 % of the light, for all of them; ``legend`` prints it.

    ``grids`` are the parts, in the order of ``numbers``.
    """

    def __init__(
        self, numbers: Sequence[Quantities], height: float, *, scale: float, piled: bool = False
    ) -> None:
        self.scale_of_light = scale
        count = next(n for n, one in enumerate(numbers) if one.values.shape[1] == 1)
        columns = ceil(sqrt(count))
        rows = ceil(count / columns)
        pitch = height / rows
        pictures = []
        for place, one in enumerate(numbers[:count]):
            row, column = divmod(place, columns)
            picture = SignedGrid(one, APART * pitch, scale=scale)
            pictures.append(picture.move_to((column * pitch, -row * pitch, 0.0)))
        self.grids = list(pictures)
        blocks: list[Mobject] = []
        for one in numbers[count:]:
            cell = min(LARGEST, height / one.values.shape[0])
            grid = SignedGrid(one, cell * one.values.shape[0], scale=scale)
            self.grids.append(grid)
            if one.values.shape[1] == 1 and blocks:
                blocks[-1].add(grid.next_to(blocks[-1], RIGHT, buff=GAP))
            else:
                blocks.append(Group(grid))
        first, *others = blocks  # the biases of the first layer, and layer by layer the rest
        first.next_to(Group(*pictures), RIGHT, buff=GAP)
        if others:
            rest = Group(*others).arrange(DOWN if piled else RIGHT, buff=3 * GAP)
            rest.next_to(first, RIGHT, buff=3 * GAP)
        super().__init__(*self.grids)
        self.center()

    def legend(self) -> Group:
        """The scale in print: a light of that size, of each sign, and the number."""
        return printed_scale(self.scale_of_light)


class LightRuler(LitMobject):
    """Two lights, of a number that gets 63 % of the light, above and below zero."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = float(value)
        self.points = np.array([[-CELL, 0.0, 0.0], [CELL, 0.0, 0.0]])

    def describe(self, page: Page) -> None:
        """The number that they stand for."""
        if self.opacity > 0:
            middle = self.points.mean(axis=0)[None]
            page.scale((self.value,), 0.0, middle, middle)

    def draw(self, canvas: Canvas) -> None:
        """An orange square and a blue disc, as a signed grid has them."""
        light = style.signed_light(np.full(2, self.value), self.value)
        canvas.cells(
            self.points,
            0.8 * CELL * np.array([1.0, style.NEGATIVE_SIZE]),
            np.array([0.0, 1.0]),
            light,
            rim=np.zeros(2),
            rim_light=np.zeros(2),
            opacity=self.opacity,
            tint=np.array([style.POSITIVE, style.NEGATIVE]),
        )


def printed_scale(value: float, size: float = style.LABEL_SIZE) -> Group:
    """What a light of either sign stands for: of a number that gets 63 % of it, and the number."""
    lights = LightRuler(value)
    return Group(lights, tick_number(value, size).next_to(lights, RIGHT, buff=0.15))
