"""Pixels and neurons: one mobject for a whole picture or a whole layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np

from litnet import style
from litnet.mobjects.lit_mobject import LitMobject
from litnet.style import Floats, LightScale

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas

Kind = Literal["pixels", "neurons", "digits"]


class PlacedCells(LitMobject):
    """Cells in their places: ``centers`` (n, 3) and ``half`` the side, one number or (n,).

    Two opposite corners of each cell are its points, so that manim's own methods move and scale
    cells, and its bounding box is theirs.
    """

    uniform: bool = True  # each cell is of one grey (or colour) all over

    def __init__(self, centers: Floats, half: float | Floats) -> None:
        super().__init__()
        corner = np.zeros((len(centers), 3))
        corner[:, 0] = corner[:, 1] = half
        self.points = np.concatenate((centers - corner, centers + corner))

    def __len__(self) -> int:
        return len(self.points) // 2

    @property
    def centers(self) -> Floats:
        """(n, 3) scene units."""
        n = len(self)
        middle: Floats = (self.points[:n] + self.points[n:]) / 2
        return middle

    @property
    def half(self) -> Floats:
        """(n,) half the side, or the radius, in scene units."""
        n = len(self)
        half: Floats = (self.points[n:, 0] - self.points[:n, 0]) / 2
        return half


class Cells(PlacedCells):
    """Cells that hold numbers and are as bright as they are.

    Parameters
    ----------
    centers
        (n, 3) scene units.
    half
        Half the side, or the radius, in scene units; one number or (n,).
    values
        (n,) the numbers, as the network computed them.
    kind
        What the cells stand for, in the record.
    layer
        Which layer of the network they show, 0 for the input.
    numbers
        (n,) which neurons of the layer, or pixels of the picture, these are; by default all.
    scale
        How the layer's numbers become light; of a whole layer, by default what they need. A part
        of a layer takes the layer's.
    roundness, rim, rim_light, halo
        See :mod:`litnet.style`; pixels are square and do not glow, neurons are round and do.

    ``level`` (n,) is how far the light has come up: 0 is a cell whose number is not known yet.
    ``flash`` (n,) is light that passes over a cell to point at it, whatever its number.
    ``source`` says where the numbers come from, in the words of ``docs/record.md``: by default
    from what the network computed for the digit that is filmed.
    """

    animated: ClassVar[tuple[str, ...]] = (
        *("opacity", "values", "low", "high", "level"),
        *("roundness", "halo", "rim", "rim_light", "flash"),
    )
    taken_over: ClassVar[tuple[str, ...]] = (
        *("kind", "layer", "numbers", "illustrative", "source", "reading"),
    )

    def __init__(
        self,
        centers: Floats,
        half: float | Floats,
        values: Floats,
        *,
        kind: Kind,
        layer: int,
        numbers: Sequence[int] | None = None,
        roundness: float,
        halo: float,
        rim: float,
        rim_light: float,
        source: str | None = None,
        scale: LightScale | None = None,
    ) -> None:
        if numbers is not None and scale is None:
            raise ValueError("Some cells of a layer are lit on the scale of all: pass its scale.")
        values = np.array(values, dtype=np.float64).ravel()
        n = len(values)
        if np.shape(centers) != (n, 3):
            raise ValueError(f"{n} values need centres of shape ({n}, 3), not {np.shape(centers)}.")
        super().__init__(centers, half)
        self.kind: Kind = kind
        self.layer = layer
        self.source = f"activations[{layer}]" if source is None else source
        self.numbers = tuple(range(n) if numbers is None else map(int, numbers))
        self.values: Floats = values
        scale = scale or LightScale.of(values)
        self.low, self.high = scale.low, scale.high
        self.illustrative = False  # numbers that the network did not compute, shown for once
        self.reading: int | None = (
            None  # which of the record's readings; None is the filmed digit's
        )
        self.level: Floats = np.ones(n)
        self.roundness: Floats = np.full(n, float(roundness))
        self.halo: Floats = np.full(n, float(halo))
        self.rim: Floats = np.full(n, float(rim))
        self.rim_light: Floats = np.full(n, float(rim_light))
        self.flash: Floats = np.zeros(n)

    @property
    def scale_of_light(self) -> LightScale:
        """The mapping from this layer's numbers to light."""
        return LightScale(self.low, self.high)

    @property
    def light(self) -> Floats:
        """(n,) the grey of each core, 0 to 1, before the mobject's own opacity."""
        return self.level * self.scale_of_light.light(self.values)

    def part(self, numbers: Sequence[int]) -> Self:
        """A copy of some of the cells, given by their numbers, in their places."""
        chosen = np.array([self.numbers.index(number) for number in numbers])
        part = self.copy()
        part.numbers = tuple(int(number) for number in numbers)
        part.points = np.concatenate(
            (self.points[: len(self)][chosen], self.points[len(self) :][chosen])
        )
        for name in ("values", "level", "roundness", "halo", "rim", "rim_light", "flash"):
            setattr(part, name, getattr(self, name)[chosen].copy())
        return part

    def set_level(self, level: float) -> Self:
        """Bring the light of every cell to a part of its activation; 0 is not known yet."""
        self.level = np.full(len(self), float(level))
        return self

    def draw(self, canvas: Canvas) -> None:
        """Halos first, then the opaque cells on top."""
        if self.opacity <= 0:
            return
        light = self.light
        centers, half = self.centers, self.half
        canvas.glow(centers, half, light * self.halo, color=style.GLOW, opacity=self.opacity)
        canvas.cells(
            centers,
            half,
            self.roundness,
            light,
            rim=self.rim,
            rim_light=self.rim_light,
            opacity=self.opacity,
        )
        canvas.glow(centers, half, self.flash, color=style.FLASH, opacity=self.opacity)


def grid_centers(rows: int, columns: int, pitch: float) -> Floats:
    """(rows * columns, 3) centres of a grid around the origin, row by row from the top left."""
    x = (np.arange(columns) - (columns - 1) / 2) * pitch
    y = ((rows - 1) / 2 - np.arange(rows)) * pitch
    xx, yy = np.meshgrid(x, y)
    return np.stack((xx.ravel(), yy.ravel(), np.zeros(rows * columns)), axis=1)


class PixelGrid(Cells):
    """A picture, one square a pixel.

    ``image`` is (rows, columns) in [0, 1]; ``height`` is the picture's, in scene units;
    ``source`` says which picture it is, where it is not the one that is filmed.
    """

    def __init__(self, image: Floats, height: float, *, source: str | None = None) -> None:
        rows, columns = np.shape(image)
        self.shape = (rows, columns)
        pitch = height / rows
        super().__init__(
            grid_centers(rows, columns, pitch),
            pitch / 2 * style.PIXEL_FILL,
            image,
            kind="pixels",
            layer=0,
            roundness=0,
            halo=0,
            rim=style.PIXEL_RIM_WIDTH,
            rim_light=style.PIXEL_RIM,
            source=source,
        )


class NeuronLayer(Cells):
    """A layer of neurons.

    Parameters
    ----------
    activations
        (n,) of this layer.
    layer
        Its number in the network, 0 for the input.
    centers
        (n, 3); by default one column, from the top, ``pitch`` apart.
    """

    def __init__(
        self,
        activations: Floats,
        *,
        layer: int,
        pitch: float,
        centers: Floats | None = None,
        numbers: Sequence[int] | None = None,
        scale: LightScale | None = None,
    ) -> None:
        if centers is None:
            centers = grid_centers(len(activations), 1, pitch)
        super().__init__(
            centers,
            pitch / 2 * style.NEURON_FILL,
            activations,
            kind="neurons",
            layer=layer,
            numbers=numbers,
            scale=scale,
            roundness=1,
            halo=style.GLOW_STRENGTH,
            rim=style.NEURON_RIM_WIDTH,
            rim_light=style.NEURON_RIM,
        )

    @classmethod
    def like(cls, pixels: PixelGrid, *, pitch: float) -> NeuronLayer:
        """The input layer for a picture: the same numbers, in the picture's own arrangement."""
        rows, columns = pixels.shape
        layer = cls(pixels.values, layer=0, pitch=pitch, centers=grid_centers(rows, columns, pitch))
        layer.source = pixels.source
        return layer
