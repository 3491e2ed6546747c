"""The canvas: what lit mobjects draw on.

It adds light to one frame in manim's pixel array (RGBA bytes, premultiplied alpha), in the
camera's coordinates, and remembers what does not change from one frame to the next: which pixels
the cells of a layer cover, and what a bundle of lines puts on the screen.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import cairo
import numpy as np
from numpy.typing import NDArray

from litnet import style
from litnet.light.blur import blurred
from litnet.light.coverage import CellCoverage, Floats, Singles, cover_cells
from litnet.light.ground import Ground
from litnet.light.lines import Bytes, courses_of, expose_lines, lay_light

REMEMBERED = 16  # geometries; a film shows a few layers and bundles at a time
GLOW_PIXELS = 3.0  # a halo is drawn so coarsely that its standard deviation is this many pixels

T = TypeVar("T")


def _key(*parts: Any) -> bytes:
    """A key for geometry: the bytes themselves decide, never an array's shortened ``repr``."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part.tobytes() if isinstance(part, np.ndarray) else repr(part).encode())
        digest.update(b"|")
    return digest.digest()


class Canvas:
    """One frame's pixels and the camera's view of the scene.

    ``__slots__`` keep the canvas (and the large arrays that it remembers) out of manim's hash of
    the camera.
    """

    __slots__ = ("_asked", "_memory", "ground", "offset", "opaque", "pixels", "scale", "shape")

    def __init__(self) -> None:
        self._asked: deque[bytes] = deque(maxlen=REMEMBERED)
        self._memory: OrderedDict[bytes, Any] = OrderedDict()
        self.pixels: NDArray[np.uint8] = np.zeros((0, 0, 4), np.uint8)
        self.ground = Ground()
        self.opaque = True
        self.shape = (0, 0)
        self.scale = 1.0
        self.offset = (0.0, 0.0)

    def look(
        self,
        pixels: NDArray[Any],
        frame_center: Floats,
        frame_width: float,
    ) -> None:
        """Draw into ``pixels`` (height, width, 4) from now on, seen by this camera frame."""
        height, width = pixels.shape[:2]
        self.pixels = pixels
        self.shape = (height, width)
        self.scale = width / frame_width
        self.offset = (
            width / 2 - float(frame_center[0]) * self.scale,
            height / 2 + float(frame_center[1]) * self.scale,
        )

    def to_pixels(self, points: Floats) -> Floats:
        """Scene points (n, 2 or 3) as pixel coordinates (n, 2), y down."""
        return np.column_stack(
            (
                points[:, 0] * self.scale + self.offset[0],
                self.offset[1] - points[:, 1] * self.scale,
            )
        )

    def _remember(self, key: bytes, make: Callable[[], T]) -> T:
        """What was made for this geometry before, or else make it now.

        It is kept when it is asked for a second time: what moves is never asked for twice, and
        keeping it would cost more than making it.
        """
        if key in self._memory:
            self._memory.move_to_end(key)
            value: T = self._memory[key]
            return value
        made = make()
        if key in self._asked:
            self._memory[key] = made
            while len(self._memory) > REMEMBERED:
                self._memory.popitem(last=False)
        self._asked.append(key)
        return made

    def remember(self, what: tuple[object, ...], make: Callable[[], T]) -> T:
        """What was made of ``what`` before, all that it depends on, or else make it now."""
        return self._remember(_key("other", *what), make)

    # --- cells ---------------------------------------------------------------------------------
    def cells(
        self,
        centers: Floats,
        half: Floats,
        roundness: Floats,
        light: Floats,
        *,
        rim: Floats,
        rim_light: Floats,
        opacity: float,
        tint: Floats | None = None,
        solid: Floats | None = None,
    ) -> None:
        """Paint cells: a core of ``light`` (n,) inside a rim of ``rim_light`` (n,).

        On black, their greys are the lights; on another ground they go from its colour to that of
        a cell with all light. ``tint`` (n, 3) makes the cores coloured: with all light they are of
        these red, green and blue.

        ``centers`` (n, 3) and ``half`` (n,) are in scene units. The core is opaque, so that its
        colour is the light that was asked for whatever lies behind it; where ``solid`` (n,) is 0 it
        is light alone, which adds to what is there, also to other cells.
        """
        if solid is None:
            solid = np.ones(len(light))
        # Those at rest first. Of light alone, what is dark is not there.
        for chosen in (solid > 0, (solid <= 0) & ((light > 0) | (rim_light > 0))):
            if chosen.all():
                shown = centers, half, roundness, light, rim, rim_light, solid, tint
                self._paint(*shown, opacity)
            elif chosen.any():
                places = centers[chosen], half[chosen], roundness[chosen], light[chosen]
                rims = rim[chosen], rim_light[chosen], solid[chosen]
                self._paint(*places, *rims, None if tint is None else tint[chosen], opacity)

    def _paint(
        self,
        centers: Floats,
        half: Floats,
        roundness: Floats,
        light: Floats,
        rim: Floats,
        rim_light: Floats,
        solid: Floats,
        tint: Floats | None,
        opacity: float,
    ) -> None:
        key = _key("cells", centers, half, roundness, rim, self.shape, self.scale, self.offset)
        covered: CellCoverage | None = self._remember(
            key,
            lambda: cover_cells(
                self.to_pixels(centers), half * self.scale, roundness, rim, self.shape
            ),
        )
        if covered is None:
            return
        if tint is None and not self.ground.plain:
            tint = np.array([self.ground.full])
        elif tint is not None:
            tint = self.ground.added(tint)
        channels = np.atleast_2d(light if tint is None else light * tint.T).astype(np.float32)
        drawn = covered.painted(
            channels, rim_light.astype(np.float32), solid.astype(np.float32), opacity
        )
        if not self.opaque and solid.min() < 1:
            # As all light on a transparent frame: its alpha is its strength.
            parts = drawn.view(np.uint8).reshape(*drawn.shape, 4)
            parts[..., 3] = parts.max(axis=2)
        if solid.any() or not self.opaque:
            self.ground.laid_under(drawn)
        left, top, right, bottom = covered.box
        surface = cairo.ImageSurface.create_for_data(
            drawn.data, cairo.FORMAT_ARGB32, right - left, bottom - top
        )
        context = self.context()
        context.set_source_surface(surface, left, top)
        context.rectangle(left, top, right - left, bottom - top)
        context.fill()

    # --- pictures ------------------------------------------------------------------------------
    def picture(self, low: Floats, high: Floats, grey: Floats, *, opacity: float) -> None:
        """Lay a whole picture, smoothly scaled, between two corners in scene units.

        ``low`` and ``high`` (3,) are its lower left and upper right corners, ``grey`` (rows,
        columns) in [0, 1] its light. For pictures whose pixels are too small to be seen apart.
        """
        rows, columns = grey.shape
        (left, bottom), (right, top) = self.to_pixels(np.stack((low, high)))
        packed = self.ground.laid_under(self.packed(grey) | np.uint32(0xFF000000))
        surface = cairo.ImageSurface.create_for_data(
            packed.data, cairo.FORMAT_ARGB32, columns, rows
        )
        pattern = cairo.SurfacePattern(surface)
        pattern.set_filter(cairo.FILTER_GOOD)
        across, down = columns / (right - left), rows / (bottom - top)
        pattern.set_matrix(cairo.Matrix(across, 0, 0, down, -left * across, -top * down))
        context = self.context()
        context.rectangle(left, top, right - left, bottom - top)
        context.clip()
        context.set_source(pattern)
        context.paint_with_alpha(opacity)

    def packed(self, light: Floats) -> NDArray[np.uint32]:
        """Light of cells (...) in [0, 1] as it is added to a frame, packed, without alpha."""
        if self.ground.plain:
            grey: NDArray[np.uint32] = (np.clip(light, 0, 1) * 255 + 0.5).astype(np.uint32)
            return grey * np.uint32(0x010101)
        colors = np.clip(light, 0, 1)[..., None] * (255 * self.ground.full)
        red, green, blue = np.moveaxis((colors + 0.5).astype(np.uint32), -1, 0)
        found: NDArray[np.uint32] = red | green << np.uint32(8) | blue << np.uint32(16)
        return found

    # --- glow ----------------------------------------------------------------------------------
    def glow(
        self,
        centers: Floats,
        half: Floats,
        strength: Floats,
        *,
        color: style.RGB,
        opacity: float,
    ) -> None:
        """Add soft halos: a Gaussian around each centre, as bright as ``strength`` (n,).

        Halos overlap, so their sum goes through the exposure curve 1 - exp(-x).
        """
        lit = strength > 1e-3
        if opacity <= 0 or not lit.any():
            return
        middle = self.to_pixels(centers[lit])
        sigma = float(np.mean(half[lit])) * self.scale * style.GLOW_SPREAD
        # A halo is smooth, so a coarse grid carries it: its cost is the same at every size.
        factor = max(1.0, sigma / GLOW_PIXELS)
        reach = 4 * sigma
        low = np.maximum(np.floor(middle.min(axis=0) - reach), 0)
        high = np.minimum(np.ceil(middle.max(axis=0) + reach), (self.shape[1], self.shape[0]))
        if np.any(high <= low):
            return
        # Lights outside the frame still shine into it.
        pad = np.ceil(reach / factor)
        width, height = (np.ceil((high - low) / factor) + 2 * pad + 1).astype(int).tolist()
        position = (middle - low) / factor + pad - 0.5
        near = np.all((position > 0) & (position < (width - 2, height - 2)), axis=1)
        corner = np.floor(position[near]).astype(int)
        part = position[near] - corner
        amount = strength[lit][near]
        index = corner[:, 1] * width + corner[:, 0]
        x, y = part[:, 0], part[:, 1]
        deposit = np.bincount(
            np.concatenate((index, index + 1, index + width, index + width + 1)),
            np.concatenate(
                (
                    amount * (1 - x) * (1 - y),
                    amount * x * (1 - y),
                    amount * (1 - x) * y,
                    amount * x * y,
                )
            ),
            minlength=width * height,
        )
        coarse_sigma = sigma / factor
        light = blurred(deposit.reshape(height, width).astype(np.float32), coarse_sigma)
        light *= 2 * np.pi * coarse_sigma**2
        self.lay(expose(light) * np.float32(opacity), color, low, factor, (low, high), pad)

    def lay(
        self,
        light: Singles,
        color: style.RGB,
        corner: Floats,
        factor: float,
        box: tuple[Floats, Floats] | None = None,
        pad: int = 0,
    ) -> None:
        """Add light (rows, columns) in [0, 1] of one colour, ``factor`` pixels apart.

        ``corner`` (2,) is where in the frame its upper left corner comes to lie, in pixels, or the
        corner of what is ``pad`` rows and columns within it; ``box`` the part of the frame, from
        its lowest to its highest x and y, to which it is added.
        """
        pattern = cairo.SurfacePattern(self._tinted(light, color))
        pattern.set_filter(cairo.FILTER_BILINEAR)
        pattern.set_matrix(
            cairo.Matrix(
                1 / factor, 0, 0, 1 / factor, pad - corner[0] / factor, pad - corner[1] / factor
            )
        )
        low, high = box or (corner, corner + factor * np.array(light.shape[::-1]))
        context = self.context()
        context.rectangle(low[0], low[1], high[0] - low[0], high[1] - low[1])
        # Colour without alpha adds when it is laid over; cairo is fastest at that.
        context.set_operator(cairo.OPERATOR_OVER if self.opaque else cairo.OPERATOR_ADD)
        context.set_source(pattern)
        context.fill()

    # --- bundles of lines ----------------------------------------------------------------------
    def lines(
        self,
        sources: Floats,
        targets: Floats,
        strengths: Floats,
        *,
        lines: NDArray[np.intp] | None,
        structure: float,
        front: float | None,
        opacity: float,
        backwards: bool = False,
        way: Way | None = None,
    ) -> None:
        """Add the light of every line from ``sources`` (n_in, 3) to ``targets`` (n_out, 3).

        ``strengths`` (n_out, n_in) in [-1, 1]; ``lines`` says which of them (flat) are drawn, None
        is all; ``structure`` is light that each line has anyway;
        ``front``, a scene x coordinate, hides what the light has not reached yet, on its way from
        left to right, or ``backwards``. ``way`` is where lines are seen, by default all along.
        """
        if opacity <= 0:
            return
        way = way or Way.between(sources, targets)
        view = (self.shape, self.scale, self.offset)
        bundle: Bundle = self._remember(
            _key("lines", sources, targets, lines, view, way),
            lambda: Bundle(
                self.to_pixels(sources),
                self.to_pixels(targets),
                lines,
                self.shape,
                (way.begin * self.scale + self.offset[0], way.end * self.scale + self.offset[0]),
                width=style.LINE_WIDTH * self.scale,
            ),
        )
        if bundle.masks.size == 0:
            return
        bundle.show_structure(structure)
        left, top, right, _ = bundle.box
        light = np.zeros((3, right - left), np.float32)
        light[0] = opacity
        towards = -1 if backwards else 1
        if front is None or towards * (front - (way.end if backwards else way.begin)) > 0:
            bundle.show_strengths(strengths)
            light[1:] = opacity * style.AFTERGLOW
        x = (np.arange(left, right) + 0.5 - self.offset[0]) / self.scale
        if front is not None:
            gap = towards * (front - x) / style.FRONT_WIDTH
            # From the front backwards, in widths of the front: it fades in, then out to the glow.
            light[1:] = opacity * np.interp(gap, (0, 1, 3), (0, 1, style.AFTERGLOW))
        light *= way.seen(x)
        # On an opaque frame light has no alpha: it adds, and hides nothing. On a transparent one
        # its alpha is its strength, so that it shows on whatever the film is laid over.
        alpha = 0.0 if self.opaque else 1.0
        colors = np.array(
            [(*self._laid(color), alpha) for color in (style.MIST, style.POSITIVE, style.NEGATIVE)],
            np.float32,
        )
        packed = self.pixels.view(np.uint32)[:, :, 0]
        lay_light(packed, bundle.masks, light[:, None] * colors[:, :, None], left, top)

    def _laid(self, color: style.RGB) -> list[float]:
        """A colour of light that is laid over a frame: over a ground of its own, or over none."""
        laid: list[float] = (self.ground.added if self.opaque else self.ground.color)(
            color
        ).tolist()
        return laid

    def _tinted(self, light: Singles, color: style.RGB) -> cairo.ImageSurface:
        """Light (height, width) in [0, 1] as a surface of one colour.

        On an opaque frame it has no alpha: it adds, and hides nothing. On a transparent one its
        alpha is the light's strength, so that it shows on whatever the film is laid over.
        """
        height, width = light.shape
        data = np.zeros((height, width, 4), np.uint8)
        for channel, part in enumerate((*self._laid(color), 0.0 if self.opaque else 1.0)):
            data[:, :, channel] = light * np.float32(255 * part) + np.float32(0.5)
        return cairo.ImageSurface.create_for_data(
            data.data, cairo.FORMAT_ARGB32, width, height, 4 * width
        )

    # --- cairo ---------------------------------------------------------------------------------
    def context(self) -> cairo.Context[cairo.ImageSurface]:
        """A context in pixel coordinates on this frame."""
        height, width = self.shape
        surface = cairo.ImageSurface.create_for_data(
            self.pixels.data, cairo.FORMAT_ARGB32, width, height
        )
        return cairo.Context(surface)

    def _surface(self, mask: NDArray[np.uint8]) -> cairo.ImageSurface:
        """A mask (height, width) as a cairo A8 surface."""
        height, width = mask.shape
        stride = cairo.ImageSurface.format_stride_for_width(cairo.FORMAT_A8, width)
        if stride != width:
            mask = np.pad(mask, ((0, 0), (0, stride - width)))
        return cairo.ImageSurface.create_for_data(mask.data, cairo.FORMAT_A8, width, height, stride)


def expose(amount: Singles) -> Singles:
    """The exposure curve, 1 - exp(-x): faint sums stay linear, large ones approach 1."""
    # Not expm1, whose precision near 0 no byte can show, and which is many times as slow.
    exposed: Singles = np.exp(-amount)
    return np.subtract(1, exposed, out=exposed)


def load_loops() -> None:
    """Have all compiled loops in memory, for whoever will draw soon or forks processes that do."""
    canvas = Canvas()
    canvas.look(np.zeros((16, 16, 4), np.uint8), np.zeros(3), 16.0)
    ends, one = np.array([[-3.0, 0, 0], [3.0, 1, 0]]), np.ones(2)
    canvas.cells(ends, one, one, one, rim=one / 8, rim_light=one, opacity=1.0)
    canvas.cells(ends, one, one, one, rim=one / 8, rim_light=one, opacity=1.0, solid=0 * one)
    canvas.glow(ends, one, one, color=style.FLASH, opacity=1.0)
    canvas.lines(*(ends, ends, np.eye(2) - 0.5), lines=None, structure=0.1, front=None, opacity=1.0)


class Way(NamedTuple):
    """Where lines are seen: scene x from ``begin`` to ``end``, and how far they fade in there.

    Lines lead out of the middle of every cell. Out of a column they are seen to; of a layer that is
    wide, they would be seen between its cells and be cut off where it ends. So they come up out of
    the dark on its border.
    """

    begin: float
    end: float
    rise: float = 0.0
    fall: float = 0.0

    @classmethod
    def between(cls, sources: Floats, targets: Floats) -> Way:
        """From layers (n, 3) on the left to layers on the right; all along, if they overlap."""
        begin, end = float(sources[:, 0].max()), float(targets[:, 0].min())
        if end <= begin:
            both = np.concatenate((sources[:, 0], targets[:, 0]))
            return cls(float(both.min()), float(both.max()))
        most = min(style.MIST_RISES, (end - begin) / 3)
        rise, fall = (min(most, float(np.ptp(layer[:, 0]))) for layer in (sources, targets))
        return cls(begin, end, rise, fall)

    def seen(self, x: Floats) -> Floats:
        """How much of the light is seen at scene x (n,), 0 to 1."""
        shown = np.ones(len(x))
        for gap, length in ((x - self.begin, self.rise), (self.end - x, self.fall)):
            if length > 0:
                p = np.clip(gap / length, 0, 1)
                shown *= p * p * (3 - 2 * p)
        return shown


class Bundle:
    """What one bundle of lines puts on the screen, for one camera position.

    ``box``: left, top, right, bottom, in pixels of the frame, around all that is seen of the lines,
    between the two columns of ``seen``. ``masks``
    (3, height, width) of the box: the exposed light of the bare structure, of positive and of
    negative strengths. What stays the same from frame to frame is summed once.
    """

    def __init__(
        self,
        sources: Floats,
        targets: Floats,
        lines: NDArray[np.intp] | None,
        shape: tuple[int, int],
        seen: tuple[float, float],
        width: float,
    ) -> None:
        n_in = len(sources)
        every = np.arange(n_in * len(targets)) if lines is None else lines
        self.courses = courses_of(sources[every % n_in], targets[every // n_in], *shape)
        self.chosen = lines
        self.gain = style.exposure_gain(n_in) * width
        self.structure_gain = style.structure_gain(n_in) * width
        corners = np.concatenate((sources, targets))
        corners[:, 0] = np.clip(corners[:, 0], *seen)
        limits = (shape[1], shape[0])
        low = np.clip(np.floor(corners.min(axis=0)).astype(int) - 1, 0, limits)
        high = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 1, 0, limits)
        self.box = (*low.tolist(), *high.tolist())
        self.masks = np.zeros((3, *np.maximum(high - low, 0)[::-1]), np.uint8)
        self._level = 0.0
        self._strengths: Singles | None = None

    def show_structure(self, level: float) -> None:
        """Let every line have one small light, in the first mask."""
        if level != self._level:
            even = np.full(len(self.courses.first), level, np.float32)
            self._expose(even, self.structure_gain, self.masks[:1])
            self._level = level

    def show_strengths(self, strengths: Floats) -> None:
        """Let every line have the light of its strength, in the mask of its sign."""
        flat = strengths.ravel().astype(np.float32)
        if self.chosen is not None:
            flat = flat[self.chosen]
        if self._strengths is None or not np.array_equal(flat, self._strengths):
            self._expose(flat, self.gain, self.masks[1:])
            self._strengths = flat

    def _expose(self, weights: Singles, gain: float, masks: Bytes) -> None:
        left, top, _, _ = self.box
        expose_lines(self.courses, weights, gain, masks, left, top)
