"""The path of a training run over a plane of weight space."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from manim import DOWN, Group

from litnet import style
from litnet.light.lit_mobject import LitMobject
from litnet.light.strokes import arc, strokes
from litnet.mobjects.contours import Contours
from litnet.mobjects.words import LiveNumber, sentence
from litnet.record.quantities import Quantities, Quantity
from litnet.style import Floats

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas
    from litnet.record.page import Page

DOT = 0.045  # radius of a snapshot's light
HEAD = 0.085  # and of the last one that is shown


class Trail(Group):
    """The snapshots of a run, projected into a plane, and what says that they are.

    Parameters
    ----------
    contours
        The plane.
    across, up
        (n,) where the snapshots are: ``self.numbers("path.across")``, ``self.numbers("path.up")``.
    share
        ``self.number("100 * path.share")``: how much of their squared distances to the end is left
        in the plane, in percent.
    note
        Words with the place ``{share}``, which stand below: the path itself is not in the plane.

    ``self.play(trail.path.animate.reach(5))`` goes on to the sixth snapshot.
    """

    def __init__(
        self,
        contours: Contours,
        across: Quantities,
        up: Quantities,
        *,
        share: Quantity,
        note: str,
    ) -> None:
        if "{share}" not in note:
            raise ValueError("The note below a path has to say {share}: it is projected.")
        self.path = _Path(contours, across, up)
        self.note = sentence(note, share=LiveNumber(share, places=0))
        self.note.next_to(contours, DOWN, buff=0.2)
        super().__init__(self.path, self.note)


class _Path(LitMobject):
    """The way itself; its points are the snapshots and, last, the middle of the plane.

    ``reached`` is the place of the last snapshot that is shown, from 0; between two of them the
    light goes straight on.
    """

    animated: ClassVar[tuple[str, ...]] = ("opacity", "reached")

    def __init__(self, contours: Contours, across: Quantities, up: Quantities) -> None:
        super().__init__()
        self.places = np.stack((across.values.ravel(), up.values.ravel()))
        self.sources = across.source, up.source
        ends = [contours.at(*place) for place in self.places.T]
        self.points = np.array([*ends, contours.at(0, 0), contours.at(1, 0)])
        self.reached = float(len(ends) - 1)

    def reach(self, place: float) -> Self:
        """Show the way as far as a snapshot."""
        self.reached = float(place)
        return self

    def describe(self, page: Page) -> None:
        """The coordinates of the snapshots that are shown."""
        if self.opacity <= 0:
            return
        count = int(self.reached + 1e-9) + 1
        ends, zero = self.points[:count], self.points[-2]
        unit = float(np.linalg.norm(self.points[-1] - zero))
        for axis, source in enumerate(self.sources):
            zeros = ends.copy()
            zeros[:, axis] = zero[axis]
            page.measure("place", source, self.places[axis][:count], unit, zeros, ends)

    def draw(self, canvas: Canvas) -> None:
        """Add the light."""
        last = int(self.reached)
        part = self.reached - last
        way: Floats = self.points[: last + 1]
        if part > 0:
            step = self.points[last + 1] - self.points[last]
            way = np.concatenate((way, [self.points[last] + part * step]))
        strokes(
            canvas,
            [way],
            width=0.7 * style.STROKE_WIDTH,
            color=style.FLASH,
            glow=style.STROKE_GLOW_LIGHT,
            opacity=self.opacity,
        )
        for place, radius in [(end, DOT) for end in self.points[: last + 1]] + [(way[-1], HEAD)]:
            strokes(
                canvas,
                [arc(place, radius, 0, 2 * np.pi)],
                width=2 * radius,
                color=style.BRIGHT if radius == HEAD else style.FLASH,
                glow=style.STROKE_GLOW_LIGHT if radius == HEAD else 0.0,
                opacity=self.opacity,
                filled=True,
            )
