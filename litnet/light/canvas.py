"""The canvas: what lit mobjects draw on.

It adds light to one frame in manim's pixel array (RGBA bytes, premultiplied alpha), in the
camera's coordinates, and remembers what does not change from one frame to the next: which pixels
the cells of a layer cover, and what a bundle of lines puts on the screen. Both depend on geometry
alone, so a frame in which only activations change costs a multiplication.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any, TypeVar

import cairo
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from litnet import style
from litnet.light.coverage import CellCoverage, Floats, Singles, cover_cells, cover_lines

REMEMBERED = 16  # geometries; a film shows a few layers and bundles at a time
MATRIX_LIMIT = 64_000_000  # entries of one bundle's matrix, 8 bytes each
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

    __slots__ = ("_asked", "_memory", "offset", "opaque", "pixels", "scale", "shape")

    def __init__(self) -> None:
        self._asked: deque[bytes] = deque(maxlen=REMEMBERED)
        self._memory: OrderedDict[bytes, Any] = OrderedDict()
        self.pixels: NDArray[np.uint8] = np.zeros((0, 0, 4), np.uint8)
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

    def _remember(self, key: bytes, make: Callable[[], T], *, at_once: bool = False) -> T:
        """What was made for this geometry before, or else make it now.

        It is kept when it is asked for a second time: what moves is never asked for twice, and
        keeping it would cost more than making it.
        """
        if key in self._memory:
            self._memory.move_to_end(key)
            value: T = self._memory[key]
            return value
        made = make()
        if at_once or key in self._asked:
            self._memory[key] = made
            while len(self._memory) > REMEMBERED:
                self._memory.popitem(last=False)
        self._asked.append(key)
        return made

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
    ) -> None:
        """Paint cells: a core of grey ``light`` (n,) inside a rim of grey ``rim_light`` (n,).

        ``centers`` (n, 3) and ``half`` (n,) are in scene units. The core is opaque, so that its
        grey is the light that was asked for whatever lies behind it.
        """
        key = _key("cells", centers, half, roundness, rim, self.shape, self.scale, self.offset)
        covered: CellCoverage | None = self._remember(
            key,
            lambda: cover_cells(
                self.to_pixels(centers), half * self.scale, roundness, rim, self.shape
            ),
        )
        if covered is None:
            return
        grey = covered.core * light[covered.cells].astype(np.float32)
        grey += covered.rim * rim_light[covered.cells].astype(np.float32)
        grey *= np.float32(255 * opacity)
        grey += np.float32(0.5)
        if opacity >= 1:
            alpha = covered.alpha
        else:
            alpha = (covered.outer * np.float32(255 * opacity) + np.float32(0.5)).astype(np.uint32)
            alpha <<= np.uint32(24)
        packed = grey.astype(np.uint32)
        packed *= np.uint32(0x010101)
        packed |= alpha
        left, top, right, bottom = covered.box
        drawn = np.zeros((right - left) * (bottom - top) + 1, np.uint32)
        drawn[covered.index] = packed
        surface = cairo.ImageSurface.create_for_data(
            drawn.data, cairo.FORMAT_ARGB32, right - left, bottom - top
        )
        context = self._context()
        context.set_source_surface(surface, left, top)
        context.rectangle(left, top, right - left, bottom - top)
        context.fill()

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
        light = ndimage.gaussian_filter(
            deposit.reshape(height, width).astype(np.float32), coarse_sigma, mode="constant"
        )
        light *= 2 * np.pi * coarse_sigma**2
        pattern = cairo.SurfacePattern(self._tinted(expose(light) * np.float32(opacity), color))
        pattern.set_filter(cairo.FILTER_BILINEAR)
        pattern.set_matrix(
            cairo.Matrix(1 / factor, 0, 0, 1 / factor, pad - low[0] / factor, pad - low[1] / factor)
        )
        context = self._context()
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
    ) -> None:
        """Add the light of every line from ``sources`` (n_in, 3) to ``targets`` (n_out, 3).

        ``strengths`` (n_out, n_in) in [-1, 1]; ``lines`` says which of them (flat) are drawn, None
        is all; ``structure`` is light that each line has anyway;
        ``front``, a scene x coordinate, hides what the light has not reached yet.
        """
        if opacity <= 0:
            return
        view = (self.shape, self.scale, self.offset)
        bundle: Bundle = self._remember(
            _key("lines", sources, targets, lines, view),
            lambda: Bundle(
                self.to_pixels(sources),
                self.to_pixels(targets),
                lines,
                self.shape,
                width=style.LINE_WIDTH * self.scale,
            ),
            at_once=True,
        )
        if structure > 0:
            self._add(self._surface(bundle.structure(structure)), style.STRUCTURE, opacity)
        if front is not None and front <= float(sources[:, 0].min()):
            return
        positive, negative = bundle.expose(strengths)
        for mask, color in ((positive, style.POSITIVE), (negative, style.NEGATIVE)):
            if mask is not None:
                shown = opacity * style.AFTERGLOW if front is None else opacity
                self._add(self._surface(mask), color, shown, front)

    def _add(
        self,
        mask: cairo.ImageSurface,
        color: style.RGB,
        opacity: float,
        front: float | None = None,
    ) -> None:
        """Add ``color`` through a mask as large as the frame, up to the front of the light."""
        if front is None:
            light = np.full((1, 1), opacity, np.float32)
        else:
            x = np.arange(self.shape[1]) + 0.5
            gap = (front * self.scale + self.offset[0] - x) / (style.FRONT_WIDTH * self.scale)
            # From the front backwards, in widths of the front: it fades in, then out to the glow.
            profile = np.interp(gap, (0, 1, 3), (0, 1, style.AFTERGLOW))
            light = (opacity * profile[None, :]).astype(np.float32)
        pattern = cairo.SurfacePattern(self._tinted(light, color))
        pattern.set_extend(cairo.EXTEND_PAD)  # one row of light serves every row of the frame
        context = self._context()
        context.set_operator(cairo.OPERATOR_ADD)
        context.set_source(pattern)
        context.mask_surface(mask, 0, 0)

    def _tinted(self, light: Singles, color: style.RGB) -> cairo.ImageSurface:
        """Light (height, width) in [0, 1] as a surface of one colour.

        On an opaque frame it has no alpha: it adds, and hides nothing. On a transparent one its
        alpha is the light's strength, so that it shows on whatever the film is laid over.
        """
        height, width = light.shape
        data = np.zeros((height, width, 4), np.uint8)
        for channel, part in enumerate((*color, 0.0 if self.opaque else 1.0)):
            data[:, :, channel] = light * np.float32(255 * part) + np.float32(0.5)
        return cairo.ImageSurface.create_for_data(
            data.data, cairo.FORMAT_ARGB32, width, height, 4 * width
        )

    # --- cairo ---------------------------------------------------------------------------------
    def _context(self) -> cairo.Context[cairo.ImageSurface]:
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


class Bundle:
    """What one bundle of lines puts on the screen, for one camera position.

    The light at a pixel is linear in the lines' strengths. Strengths that stay the same are
    summed once. As soon as they change, the lines that carry anything become sparse matrices
    (pixels x lines), and each frame is a product with them; unless they would be larger than
    ``MATRIX_LIMIT`` entries, when each frame is summed line by line, slowly, in little memory.
    """

    def __init__(
        self,
        sources: Floats,
        targets: Floats,
        lines: NDArray[np.intp] | None,
        shape: tuple[int, int],
        width: float,
    ) -> None:
        n_in = len(sources)
        every = np.arange(n_in * len(targets)) if lines is None else lines
        self.starts = sources[every % n_in]
        self.ends = targets[every // n_in]
        self.chosen = lines
        self.shape = shape
        self.width = width
        self.gain = style.exposure_gain(n_in)
        self.structure_gain = style.structure_gain(n_in)
        self._structure: Singles | None = None
        self._structure_level = (-1.0, np.zeros((0, 0), np.uint8))
        self._strengths: Singles | None = None
        self._masks: tuple[NDArray[np.uint8] | None, NDArray[np.uint8] | None] = (None, None)
        self._known = np.zeros(len(self.starts), bool)
        self._rows = np.zeros(0, np.intp)
        self._halves: list[tuple[NDArray[np.intp], sparse.csr_array]] = []

    def structure(self, level: float) -> NDArray[np.uint8]:
        """The mask of all lines at one small light each."""
        if self._structure is None:
            everything = np.arange(len(self.starts))
            total = self._sum(everything, np.ones(len(self.starts), np.float32))
            self._structure = total.reshape(self.shape) * np.float32(self.width)
        if self._structure_level[0] != level:
            exposed = expose(self._structure * np.float32(level * self.structure_gain))
            self._structure_level = (level, (exposed * 255 + np.float32(0.5)).astype(np.uint8))
        return self._structure_level[1]

    def expose(
        self, strengths: Floats
    ) -> tuple[NDArray[np.uint8] | None, NDArray[np.uint8] | None]:
        """Masks of positive and of negative light; None where there is none."""
        flat = strengths.ravel().astype(np.float32)
        if self.chosen is not None:
            flat = flat[self.chosen]
        if self._strengths is not None and np.array_equal(flat, self._strengths):
            return self._masks
        before, self._strengths = self._strengths, flat
        if before is not None and np.any(flat[~self._known]):
            self._build(before, flat)
        if before is None or not self._halves:
            positive = self._sum(np.flatnonzero(flat > 0), flat)
            negative = self._sum(np.flatnonzero(flat < 0), -flat)
            self._masks = self._tone(positive, negative, None)
        else:
            positive, negative = np.zeros((2, self._rows.size), np.float32)
            for lines, matrix in self._halves:
                for total, used in ((positive, flat[lines]), (negative, -flat[lines])):
                    if np.any(used > 0):
                        total += matrix @ np.maximum(used, 0)
            self._masks = self._tone(positive, negative, self._rows)
        return self._masks

    def _sum(self, lines: NDArray[np.intp], weights: Singles) -> Singles:
        """The light of ``lines`` at every pixel (flat), without a matrix."""
        total = np.zeros(self.shape[0] * self.shape[1], np.float32)
        weight = weights[lines]
        for pixel, line, coverage in cover_lines(self.starts, self.ends, self.shape, lines):
            entries = (coverage, (pixel, line))
            total += sparse.coo_array(entries, shape=(total.size, lines.size)) @ weight
        return total

    def _build(self, before: Singles, now: Singles) -> None:
        """The sparse matrices of the lines that carry anything, now or in the frame before.

        Lines of either sign have a matrix of their own: an activation changes the strength of a
        connection, only another weight its sign, so that one product a line is enough. Their
        rows are the pixels that any of the lines touches.
        """
        # Lines known from earlier stay, so that light that comes and goes is built but once.
        lit = self._known | (now != 0) | (before != 0)
        self._halves = []
        reach = np.abs(self.ends - self.starts).max(axis=1) + 2
        if 2 * int(reach[lit].sum()) > MATRIX_LIMIT:
            return
        self._known = lit
        touched = np.zeros(self.shape[0] * self.shape[1], bool)
        entries = []
        for sign in (now + before >= 0, now + before < 0):
            lines = np.flatnonzero(lit & sign)
            room = 2 * int(reach[lines].sum())
            pixel, line = np.empty(room, np.int32), np.empty(room, np.int32)
            coverage = np.empty(room, np.float32)
            end = 0
            for pixels, numbers, parts in cover_lines(self.starts, self.ends, self.shape, lines):
                here = slice(end, end + pixels.size)
                pixel[here], line[here], coverage[here] = pixels, numbers, parts
                end += pixels.size
            touched[pixel[:end]] = True
            entries.append((lines, pixel[:end], line[:end], coverage[:end]))
        self._rows = np.flatnonzero(touched)
        row = np.cumsum(touched, dtype=np.int32)
        row -= 1
        while entries:
            lines, pixel, line, coverage = entries.pop()
            shape = (self._rows.size, lines.size)
            entry = (coverage, (row.take(pixel), line))
            self._halves.append((lines, sparse.csr_array(entry, shape=shape, dtype=np.float32)))

    def _tone(
        self, positive: Singles, negative: Singles, rows: NDArray[np.intp] | None
    ) -> tuple[NDArray[np.uint8] | None, NDArray[np.uint8] | None]:
        """Expose the whole light, then share it between the signs, so that neither clips."""
        total = positive + negative
        if not total.any():
            return None, None
        share = expose(total * np.float32(self.gain * self.width))
        share *= 255
        share /= np.maximum(total, np.float32(1e-20), out=total)
        masks = []
        for part in (positive, negative):
            part = part * share
            part += np.float32(0.5)
            values = part.astype(np.uint8)
            if rows is not None:
                whole = np.zeros(self.shape[0] * self.shape[1], np.uint8)
                whole[rows] = values
                values = whole
            masks.append(values.reshape(self.shape))
        return masks[0], masks[1]
