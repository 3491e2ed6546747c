"""The connections between two layers, as one mobject."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from litnet import style
from litnet.light.canvas import Way
from litnet.light.lit_mobject import LitMobject
from litnet.mobjects.cells import Cells
from litnet.record.quantities import Quantities
from litnet.record.schema import Edges
from litnet.style import Floats

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas
    from litnet.record.page import Page


class Connections(LitMobject):
    """The lines from one layer of cells to the next.

    Parameters
    ----------
    sources, targets
        The layers, of n_in and n_out cells.
    contributions
        (n_out, n_in) weight times activation, with their source; the light of a line is its size
        relative to the largest in the layer, its colour is its sign.

    Up to ``style.MOST_LINES`` connections all are drawn; of more, those of the largest
    contributions, and ``drawn`` of ``total`` says how many.

    ``structure`` is the faint light that each line has before anything flows; ``front`` is the
    scene x coordinate up to which the light has come, from the right if it is ``backwards``; None,
    at first, is everywhere.
    """

    animated: ClassVar[tuple[str, ...]] = ("opacity", "strengths", "structure")
    taken_over: ClassVar[tuple[str, ...]] = ("lines", "backwards", "source", "largest")

    def __init__(self, sources: Cells, targets: Cells, contributions: Floats | Quantities) -> None:
        super().__init__()
        self.z_index = -1  # behind the neurons, whenever it is added
        self.layer = targets.layer
        self.points = np.concatenate((sources.centers, targets.centers))
        self.backwards = False
        self.strengths: Floats = np.zeros((len(targets), len(sources)))
        self.lines: NDArray[np.intp] | None = None
        self.carry(contributions)
        self.structure = style.STRUCTURE_LIGHT
        self.front: float | None = None

    def carry(self, contributions: Floats | Quantities) -> Self:
        """Carry other numbers (n_out, n_in)."""
        expected = self.strengths.shape
        self.source = ""
        if isinstance(contributions, Quantities):
            self.source, contributions = contributions.source, contributions.values
        if contributions.shape != expected:
            raise ValueError(
                f"Layers of {expected[1]} and {expected[0]} neurons need contributions of "
                f"shape {expected}, not {contributions.shape}."
            )
        self.strengths = style.relative_strengths(contributions)
        # The size of a number that gets all the light.
        self.largest = float(np.abs(contributions).max(initial=0.0))
        self.lines = None
        if self.strengths.size > style.MOST_LINES:
            strongest = np.argsort(-np.abs(self.strengths), axis=None, kind="stable")
            self.lines = np.sort(strongest[: style.MOST_LINES])
        return self

    @property
    def total(self) -> int:
        """How many connections there are."""
        return int(self.strengths.size)

    @property
    def drawn(self) -> int:
        """How many of them are drawn: all, or the strongest where there are too many to see."""
        return self.total if self.lines is None else len(self.lines)

    @property
    def source_centers(self) -> Floats:
        """(n_in, 3) scene units."""
        centers: Floats = self.points[: self.strengths.shape[1]]
        return centers

    @property
    def target_centers(self) -> Floats:
        """(n_out, 3) scene units."""
        centers: Floats = self.points[self.strengths.shape[1] :]
        return centers

    def soften(self, part: float) -> Self:
        """Take a part of the light only, where so many lines would outshine the others."""
        self.strengths = part * self.strengths
        self.largest /= part
        return self

    def darken(self) -> Self:
        """Take the light back to the sources; only the structure is left."""
        self.front = self.way.begin
        return self

    @property
    def way(self) -> Way:
        """Where the light is seen, between the layers."""
        return Way.between(self.source_centers, self.target_centers)

    def describe(self, page: Page) -> None:
        """How many there are, how many of them are drawn, and what they carry once it is there."""
        if self.opacity <= 0:
            return
        edges = Edges(page.frame, self.layer, self.drawn, self.total)
        if self.source and self.front is None:
            edges = replace(edges, source=self.source, largest=self.largest)
            page.carried.append((self.source, self.largest * self.strengths))
        page.edges.append(edges)

    def draw(self, canvas: Canvas) -> None:
        """Add the light of all lines."""
        canvas.lines(
            self.source_centers,
            self.target_centers,
            self.strengths,
            lines=self.lines,
            structure=self.structure,
            front=self.front,
            backwards=self.backwards,
            way=self.way,
            opacity=self.opacity,
        )
