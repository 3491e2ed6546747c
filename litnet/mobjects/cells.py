"""Pixels and neurons: one mobject for a whole picture or a whole layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt

from litnet import style
from litnet.light.lit_mobject import LitMobject
from litnet.record.quantities import Quantities
from litnet.record.schema import Layer, Signed
from litnet.record.schema import LightScale as Scale
from litnet.style import Floats, LightScale

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas
    from litnet.record.page import Page

Kind = Literal["pixels", "neurons", "digits", "targets"]


class PlacedCells(LitMobject):
    """Cells in their places: ``centers`` (n, 3) and ``half`` the side, one number or (n,).

    Two opposite corners of each cell are its points, so that manim's own methods move and scale
    cells, and its bounding box is theirs. ``solid`` (n,) is how much of what lies behind it a cell
    hides: all of it, but in motion over something else none, see :meth:`as_light`.
    """

    uniform: bool = True  # each cell is of one grey (or colour) all over

    def __init__(self, centers: Floats, half: float | Floats) -> None:
        super().__init__()
        corner = np.zeros((len(centers), 3))
        corner[:, 0] = corner[:, 1] = half
        self.points = np.concatenate((centers - corner, centers + corner))
        self.solid: Floats = np.ones(len(centers))

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

    def places(self, page: Page) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Where the cells are in the picture, (n, 2) pixels, and which make no claim, (n,)."""
        middle, hidden = page.places(self.centers)
        # A picture in each has many greys; and what shines through from behind is not its light.
        # And what is light alone adds to what is there.
        return middle, hidden | (not self.uniform) | (self.opacity < 1) | (self.solid < 1)

    def signed(
        self, page: Page, source: str, scale: float, values: Floats, colors: Floats
    ) -> Signed:
        """What a record says of cells of signed numbers (n,), and of the colours (n, 3) of those
        that make a claim; ``scale`` is the number that is as bright as can be."""
        middle, hidden = self.places(page)
        return Signed(
            source=source,
            scale=scale,
            x=tuple(round(float(x), 3) for x in middle[:, 0]),
            y=tuple(round(float(y), 3) for y in middle[:, 1]),
            radius=round(float(np.mean(self.half) * page.picture.scale), 3),
            value=tuple(values.tolist()),
            color=tuple(
                None if is_hidden else (round(red, 6), round(green, 6), round(blue, 6))
                for (red, green, blue), is_hidden in zip(colors.tolist(), hidden, strict=True)
            ),
        )

    def covers(self, points: Floats) -> npt.NDArray[np.bool_]:
        """Which of the points (n, 3) the cells hide, (n,), if they are drawn later."""
        middle, reach = self.centers[:, :2], self.half[:, None] * 1.02
        low, high = (middle - reach).min(axis=0) - 1e-9, (middle + reach).max(axis=0) + 1e-9
        # Each cell is asked only about points near the whole: of many pictures, none is.
        hidden: npt.NDArray[np.bool_] = np.all(
            (points[:, :2] >= low) & (points[:, :2] <= high), axis=1
        )
        if hidden.any():
            distance = np.abs(points[hidden, None, :2] - middle)
            hidden[hidden] = np.any(np.all(distance <= reach, axis=2), axis=1)
        return hidden


class Cells(PlacedCells):
    """Cells that hold numbers and are as bright as they are.

    Parameters
    ----------
    centers
        (n, 3) scene units.
    half
        Half the side, or the radius, in scene units; one number or (n,).
    numbers
        What the cells hold, with its source, such as ``reading.layer(1)``. Bare numbers claim to
        be the activations of ``layer``; where they are not, the record calls them illustrative.
    kind
        What the cells stand for, in the record.
    layer
        Of bare numbers: the layer of the network they show, 0 for the input.
    roundness, rim, rim_light, halo
        See :mod:`litnet.style`; pixels are square and do not glow, neurons are round and do.

    ``level`` (n,) is how far the light has come up: 0 is a cell whose number is not known yet.
    ``flash`` (n,) is light that passes over a cell to point at it, whatever its number.
    ``indices`` says which neurons of the layer, or pixels of the picture, the cells are.
    All cells of a layer are lit on one scale, also where only some of them are shown.
    """

    animated: ClassVar[tuple[str, ...]] = (
        *("opacity", "values", "low", "high", "level"),
        *("roundness", "halo", "rim", "rim_light", "flash", "solid"),
    )
    taken_over: ClassVar[tuple[str, ...]] = (
        *("kind", "layer", "indices", "illustrative", "source", "reading"),
    )

    def __init__(
        self,
        centers: Floats,
        half: float | Floats,
        numbers: Quantities | npt.ArrayLike,
        *,
        kind: Kind,
        layer: int = 0,
        roundness: float,
        halo: float,
        rim: float,
        rim_light: float,
    ) -> None:
        numbers = with_source(numbers, layer)
        n = len(numbers)
        if np.shape(centers) != (n, 3):
            raise ValueError(f"{n} values need centres of shape ({n}, 3), not {np.shape(centers)}.")
        super().__init__(centers, half)
        self.kind: Kind = kind
        self.layer, self.reading = numbers.layer, numbers.reading
        self.source = numbers.source
        self.illustrative = numbers.is_illustrative
        self.indices = tuple(range(n)) if numbers.indices is None else numbers.indices
        self.values: Floats = numbers.values.ravel().copy()
        self.low, self.high = numbers.low, numbers.high
        self.level: Floats = np.ones(n)
        self.roundness: Floats = np.full(n, float(roundness))
        self.halo: Floats = np.full(n, float(halo))
        self.rim: Floats = np.full(n, float(rim))
        self.rim_light: Floats = np.full(n, float(rim_light))
        self.flash: Floats = np.zeros(n)

    @property
    def numbers(self) -> Quantities:
        """What the cells hold."""
        return Quantities(
            *(self.values, self.source, self.layer, self.reading, self.low, self.high),
            self.indices,
        )

    def hold(self, numbers: Quantities) -> Self:
        """Hold other numbers, as many."""
        self.values, self.source = numbers.values.ravel().copy(), numbers.source
        self.layer, self.reading = numbers.layer, numbers.reading
        self.low, self.high = numbers.low, numbers.high
        self.illustrative = numbers.is_illustrative
        return self

    @property
    def scale_of_light(self) -> LightScale:
        """The mapping from this layer's numbers to light."""
        return LightScale(self.low, self.high)

    @property
    def light(self) -> Floats:
        """(n,) the grey of each core, 0 to 1, before the mobject's own opacity."""
        return self.level * self.scale_of_light.light(self.values)

    def part(self, indices: Sequence[int]) -> Self:
        """A copy of some of the cells, given by their indices, in their places."""
        chosen = np.array([self.indices.index(index) for index in indices])
        part = self.copy()
        part.indices = tuple(int(index) for index in indices)
        part.points = np.concatenate(
            (self.points[: len(self)][chosen], self.points[len(self) :][chosen])
        )
        for name in ("values", "level", "roundness", "halo", "rim", "rim_light", "flash", "solid"):
            setattr(part, name, getattr(self, name)[chosen].copy())
        return part

    def set_level(self, level: float) -> Self:
        """Bring the light of every cell to a part of its activation; 0 is not known yet."""
        self.level = np.full(len(self), float(level))
        return self

    def as_light(self) -> Self:
        """Be light alone, as what moves over something else is: nothing is dark, and no rims."""
        self.solid, self.rim_light = np.zeros(len(self)), np.zeros(len(self))
        return self

    def describe(self, page: Page) -> None:
        """Its numbers, and the light of each cell that can be seen."""
        if self.opacity <= 0:
            return
        middle, hidden = self.places(page)
        page.layers.append(
            Layer(
                layer=self.layer,
                kind=self.kind,
                reading=self.reading,
                illustrative=self.illustrative,
                source=self.source,
                x=tuple(round(float(x), 3) for x in middle[:, 0]),
                y=tuple(round(float(y), 3) for y in middle[:, 1]),
                radius=round(float(np.mean(self.half) * page.picture.scale), 3),
                cell=self.indices,
                value=tuple(
                    float(value) if is_known else None
                    for value, is_known in zip(self.values, self.level > 0, strict=True)
                ),
                light=tuple(
                    None if is_hidden else round(float(light), 6)
                    for light, is_hidden in zip(self.light, hidden, strict=True)
                ),
            )
        )
        page.scales.append(
            Scale(layer=self.layer, reading=self.reading, low=self.low, high=self.high)
        )

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
            solid=self.solid,
        )
        canvas.glow(centers, half, self.flash, color=style.FLASH, opacity=self.opacity)


def grid_centers(rows: int, columns: int, pitch: float) -> Floats:
    """(rows * columns, 3) centres of a grid around the origin, row by row from the top left."""
    x = (np.arange(columns) - (columns - 1) / 2) * pitch
    y = ((rows - 1) / 2 - np.arange(rows)) * pitch
    xx, yy = np.meshgrid(x, y)
    return np.stack((xx.ravel(), yy.ravel(), np.zeros(rows * columns)), axis=1)


def with_source(numbers: Quantities | npt.ArrayLike, layer: int = 0) -> Quantities:
    """Numbers with their source; bare ones get none, and a scale of their own."""
    if isinstance(numbers, Quantities):
        return numbers
    values = np.asarray(numbers, dtype=np.float64)
    scale = LightScale.of(values)
    return Quantities(values, "", layer, None, scale.low, scale.high)


def liveliest_patch(image: Floats, side: int) -> list[int]:
    """Indices of the pixels in the square patch with the most light and dark side by side.

    The liveliest is the one with the largest variance of its grey values, weighted towards
    patches that hold many greys between black and white.
    """
    rows, columns = image.shape
    indices = np.arange(rows * columns).reshape(rows, columns)

    def liveliness(corner: tuple[int, int]) -> float:
        row, column = corner
        patch = image[row : row + side, column : column + side]
        return float(patch.var() + np.mean(patch * (1 - patch)))

    corners = [(r, c) for r in range(rows - side + 1) for c in range(columns - side + 1)]
    row, column = max(corners, key=liveliness)
    chosen: list[int] = indices[row : row + side, column : column + side].ravel().tolist()
    return chosen


class PixelGrid(Cells):
    """A picture, one square a pixel.

    ``picture`` is (rows, columns) in [0, 1], with its source, such as ``self.digit.pixels``;
    ``height`` is the picture's, in scene units.
    """

    def __init__(self, picture: Quantities | npt.ArrayLike, height: float) -> None:
        picture = with_source(picture)
        rows, columns = self.shape = picture.values.shape
        pitch = height / rows
        super().__init__(
            grid_centers(rows, columns, pitch),
            pitch / 2 * style.PIXEL_FILL,
            picture,
            kind="pixels",
            roundness=0,
            halo=0,
            rim=style.PIXEL_RIM_WIDTH,
            rim_light=style.PIXEL_RIM,
        )


class NeuronLayer(Cells):
    """A layer of neurons, or some of them.

    Parameters
    ----------
    activations
        (n,) with their source: ``reading.layer(1)``, or ``reading.layer(1).part([3])``.
    pitch
        The distance between two of them, in scene units.
    centers
        (n, 3); by default one column, from the top, ``pitch`` apart.
    layer
        Of bare numbers: the layer of the network that they claim to be, 0 for the input.
    """

    def __init__(
        self,
        activations: Quantities | npt.ArrayLike,
        *,
        pitch: float,
        centers: Floats | None = None,
        layer: int = 0,
    ) -> None:
        numbers = with_source(activations, layer)
        if centers is None:
            centers = grid_centers(len(numbers), 1, pitch)
        super().__init__(
            centers,
            pitch / 2 * style.NEURON_FILL,
            numbers,
            kind="neurons",
            roundness=1,
            halo=style.GLOW_STRENGTH,
            rim=style.NEURON_RIM_WIDTH,
            rim_light=style.NEURON_RIM,
        )

    @classmethod
    def like(cls, pixels: PixelGrid, *, pitch: float) -> NeuronLayer:
        """The input layer for a picture: the same numbers, in the picture's own arrangement."""
        rows, columns = pixels.shape
        return cls(pixels.numbers, pitch=pitch, centers=grid_centers(rows, columns, pitch))
