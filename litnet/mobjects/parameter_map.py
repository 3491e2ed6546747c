"""All weights and biases of a network, each as one light."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt

from manim import RIGHT, Group

from litnet.mobjects.signed import SignedGrid
from litnet.record.quantities import Quantities

GAP = 0.16  # between a layer's weights and its biases, in scene units; between layers thrice that
APART = 0.93  # a picture's side, as a part of the distance between two
LARGEST = 0.16  # a cell's side in a matrix, at most


class ParameterMap(Group):
    """Every weight and every bias of a network, layer by layer from left to right.

    The weights from the input are a picture for each neuron, those of every later layer a matrix,
    a row for each neuron; a layer's biases stand to the right of its weights.

    Parameters
    ----------
    numbers
        ``run.parameters(5)``, or ``run.all_nudges(5, "training")``: with their sources, the
        pictures (rows, columns) first, then (n, 1) biases, and by turns matrices and biases.
    height
        In scene units.
    scale
        The size of a number that gets 63 % of the light, for all of them.

    ``grids`` are the parts, in the order of ``numbers``.
    """

    def __init__(self, numbers: Sequence[Quantities], height: float, *, scale: float) -> None:
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
        blocks: list[Group | SignedGrid] = [Group(*pictures)]
        for one in numbers[count:]:
            cell = min(LARGEST, height / one.values.shape[0])
            grid = SignedGrid(one, cell * one.values.shape[0], scale=scale)
            beside = GAP if one.values.shape[1] == 1 else 3 * GAP
            grid.next_to(blocks[-1], RIGHT, buff=beside)
            self.grids.append(grid)
            blocks.append(grid)
        super().__init__(*self.grids)
        self.center()
