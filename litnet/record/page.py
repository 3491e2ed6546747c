"""What one frame shows, as the mobjects in it describe themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from litnet.record.ground import TICKS
from litnet.record.quantities import Floats
from litnet.record.schema import Edges, Layer, LightScale, Measure, Number, Signed, Text


class Frame(Protocol):
    """Where scene units come to lie in the picture."""

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, in pixels."""

    @property
    def scale(self) -> float:
        """Pixels in a scene unit."""

    def to_pixels(self, points: Floats) -> Floats:
        """(n, 2) of points (n, 3)."""


Covers = Callable[[Any, Floats], npt.NDArray[np.bool_]]


@dataclass
class Page:
    """The rows of the record for one frame.

    Each mobject is asked to ``describe(page)`` itself, in the order of drawing; ``above`` are those
    that are drawn later, and ``covers`` says which points (n, 3) one of them may hide.
    """

    frame: int
    picture: Frame
    covers: Covers
    above: Sequence[Any] = ()
    layers: list[Layer] = field(default_factory=list)
    signed: list[Signed] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    edges: list[Edges] = field(default_factory=list)
    carried: list[tuple[str, Floats]] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    scales: list[LightScale] = field(default_factory=list)

    def places(self, centers: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Where points (n, 3) are in the picture, (n, 2), and which of them are hidden, (n,)."""
        middle = self.picture.to_pixels(centers)
        height, width = self.picture.shape
        hidden: npt.NDArray[np.bool_] = np.any((middle < 0) | (middle >= (width, height)), axis=1)
        for mobject in self.above:
            hidden |= self.covers(mobject, centers)
        return middle, hidden

    def measure(
        self, kind: str, source: str, values: Floats, scale: float, zeros: Floats, ends: Floats
    ) -> None:
        """Note numbers (n,) that are shown as lengths, angles or places.

        ``zeros`` and ``ends`` (n, 3) are where numbers of zero would end, and where these do;
        ``scale`` is how far apart two numbers are that differ by one, in scene units; of an
        ``"angle"``, in radians; of ``"light"``, the size of a number that gets 63 % of it; of a
        ``"field"``, from one line to the next.
        """
        start, end = (np.round(self.picture.to_pixels(points), 3) for points in (zeros, ends))
        self.measures.append(
            Measure(
                kind=kind,
                source=source,
                scale=float(
                    scale * (self.picture.scale if kind in ("length", "place", TICKS) else 1)
                ),
                zero_x=tuple(start[:, 0].tolist()),
                zero_y=tuple(start[:, 1].tolist()),
                x=tuple(end[:, 0].tolist()),
                y=tuple(end[:, 1].tolist()),
                value=tuple(values.tolist()),
            )
        )

    def scale(self, values: Sequence[float], one: float, zeros: Floats, ends: Floats) -> None:
        """Note the marks (n,) of a scale, from which numbers are read: ``tick(0.5)`` is one.

        ``zeros`` and ``ends`` (n, 3) are where it begins to count and where the marks are, ``one``
        is how far apart two are that differ by one.
        """
        self.measure(TICKS, TICKS, np.asarray(values, dtype=np.float64), one, zeros, ends)

    def write(self, text: str, points: Floats, capital_height: float, color: str) -> None:
        """Note words or a number, of these points (n, 3)."""
        low, high = points.min(axis=0), points.max(axis=0)
        corners = self.picture.to_pixels(np.array([low, high]))
        (left, bottom), (right, top) = corners.tolist()
        box = (round(left, 2), round(top, 2), round(right, 2), round(bottom, 2))
        height = round(float(capital_height * self.picture.scale), 2)
        self.texts.append(Text(self.frame, text, box, height, color))
