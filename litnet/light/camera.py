"""Manim's moving camera, with a canvas for the mobjects that are made of light."""

from __future__ import annotations

import hashlib
import sys
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Self

import cairo
import numpy as np
from manim import ManimColor, Mobject, MovingCamera, VMobject, config
from numpy.typing import NDArray

from litnet.light.canvas import Canvas
from litnet.light.ground import Ground
from litnet.light.lit_mobject import LitMobject
from litnet.theme import Theme

MOST_PATHS = 256
PACKAGE = Path(__file__).resolve().parents[1]


@cache
def drawing_digest() -> str:
    """SHA-256 of the code and the style that decide how light is drawn.

    Manim's cache cannot see them; without this, a changed colour would leave old clips in place.
    """
    digest = hashlib.sha256()
    for folder in ("light", "mobjects", "animations"):
        for path in sorted((PACKAGE / folder).glob("*.py")):
            digest.update(path.read_bytes())
    for name in ("style.py", "theme.py", "fonts.py"):
        digest.update((PACKAGE / name).read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Sprite:
    """What some mobjects that stand still put on the screen, ready to be laid over a frame.

    ``x``, ``y``: where its top left corner goes. Premultiplied colours compose in any grouping,
    and light that only adds has colour without alpha, so that a frame with sprites is the frame
    that drawing one mobject after the other gives.
    """

    pixels: NDArray[Any]
    x: int
    y: int


class LitCamera(MovingCamera):
    """Draws lit mobjects on the canvas and leaves every other mobject to manim."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.light = Canvas()
        self.drawing_digest, self.theme_digest = drawing_digest(), ""
        self._frames, self._turned = FramePool(), FramePool()
        self._paths = Paths()
        self.pixel_array: NDArray[Any]
        super().__init__(*args, **kwargs)
        self.frame_rate = float(self.frame_rate)  # whole or not: one name for what it shows
        # Manim makes its table of drawing methods when it first draws, and hashes it; a run that
        # finds its first animations in the cache would hash a camera without it.
        self.type_or_raise(Mobject())

    def wear(self, theme: Theme) -> None:
        """Draw on the ground of a theme from now on; raises InputError as its digest."""
        self.light.ground = Ground(theme)
        self.theme_digest = theme.digest
        # It may have been made before manim's settings said so.
        self.background_color = ManimColor(config.background_color)

    def init_background(self) -> None:
        """As manim's; of a film drawn as a negative, that of its ground, and none without alpha."""
        super().init_background()
        assert self.background is not None
        self.background = self.light.ground.turned(self.background)
        if self.background_opacity < 1 and self.background_image is None:
            alpha = self.background[:, :, 3:] / 255  # by which cairo has multiplied colours
            self.background[:, :, :3] = np.round(alpha * self.background[:, :, :3])

    def turned(self, frame: NDArray[Any]) -> NDArray[Any]:
        """A frame as it is seen, in memory that nobody else is using."""
        if not self.light.ground.negative:
            return frame
        turned: NDArray[Any] = self.light.ground.turned(frame, self._turned.take(frame.shape))
        return turned

    def get_image(self, pixel_array: Any = None) -> Any:
        """As manim's: of the frame, if it is handed none."""
        if pixel_array is None:
            pixel_array = self.light.ground.turned(self.pixel_array)
        return super().get_image(pixel_array)

    def get_fill_rgbas(self, vmobject: VMobject) -> Any:
        """As manim's; of a film drawn as a negative, that of the colours."""
        return self._colors(super().get_fill_rgbas(vmobject))

    def get_stroke_rgbas(self, vmobject: VMobject, background: bool = False) -> Any:
        """As manim's; of a film drawn as a negative, that of the colours."""
        return self._colors(super().get_stroke_rgbas(vmobject, background))

    def _colors(self, rgbas: Any) -> Any:
        if not self.light.ground.negative:
            return rgbas
        rgbas = np.array(rgbas, np.float64)
        rgbas[:, :3] = 1 - rgbas[:, :3]
        return rgbas

    def display_image_mobject(self, image_mobject: Any, pixel_array: Any) -> None:
        """As manim's; of a film drawn as a negative, that of the image."""
        with self._positive(pixel_array):
            super().display_image_mobject(image_mobject, pixel_array)

    def display_multiple_point_cloud_mobjects(self, pmobjects: Any, pixel_array: Any) -> None:
        """As manim's; of a film drawn as a negative, that of the points."""
        with self._positive(pixel_array):
            super().display_multiple_point_cloud_mobjects(pmobjects, pixel_array)

    def display_multiple_background_colored_vmobjects(
        self, cvmobjects: Any, pixel_array: Any
    ) -> Self:
        """As manim's; of a film drawn as a negative, that of the colours of images."""
        with self._positive(pixel_array):
            super().display_multiple_background_colored_vmobjects(cvmobjects, pixel_array)
        return self

    @contextmanager
    def _positive(self, frame: NDArray[Any]) -> Iterator[None]:
        """Meanwhile the frame is as it is seen: manim writes whole pictures into it."""
        ground = self.light.ground
        if ground.negative:
            ground.turned(frame, frame)
        yield
        if ground.negative:
            ground.turned(frame, frame)

    @property
    def opaque(self) -> bool:
        """Whether the film has a background of its own."""
        return self.background_opacity >= 1

    def set_pixel_array(self, pixel_array: Any, convert_from_floats: bool = False) -> None:
        """Start a frame from these pixels, in memory that nobody else is using.

        The frame before may still wait for the encoder, and so need not be copied for it.
        """
        if convert_from_floats or pixel_array.shape[2:] != (4,):
            super().set_pixel_array(pixel_array, convert_from_floats)
            return
        self.pixel_array = self._frames.take(pixel_array.shape)
        np.copyto(self.pixel_array, pixel_array)

    def capture_mobjects(self, mobjects: Iterable[Mobject], **kwargs: Any) -> None:
        """Draw in order: runs of lit mobjects here, runs of all others as manim does."""
        shown = self.get_mobjects_to_display(mobjects, **kwargs)
        # Manim would draw a mobject without points as the one before it, again.
        shown = [mobject for mobject in shown if mobject.has_points()]
        for lit, run in groupby(shown, lambda mobject: isinstance(mobject, LitMobject)):
            if lit:
                self.light.opaque = self.opaque
                self.light.look(self.pixel_array, self.frame_center, self.frame_width)
                for mobject in run:
                    mobject.draw(self.light)
            else:
                super().capture_mobjects(list(run), include_submobjects=False)

    def set_cairo_context_path(self, ctx: cairo.Context[Any], vmobject: VMobject) -> Self:
        """As manim's; of points that were drawn before, such as a text's, with one call."""
        view = ctx.get_matrix()
        digest = hashlib.blake2b(vmobject.points.tobytes(), digest_size=16).digest()
        seen = view.xx, view.yx, view.xy, view.yy, view.x0, view.y0
        key = digest, vmobject.tolerance_for_point_equality, seen
        path = self._paths.get(key)
        if path is None:
            ctx.new_path()
            self._trace(ctx, vmobject)
            self._paths.keep(key, ctx.copy_path())
        else:
            ctx.new_path()
            ctx.append_path(path)
        return self

    def _trace(self, ctx: cairo.Context[Any], vmobject: VMobject) -> None:
        points = self.transform_points_pre_display(vmobject, vmobject.points)
        ends = vmobject.get_subpath_split_indices_from_points(points, n_dims=2).tolist()
        # Python's own numbers: one of NumPy's at a time takes several times as long.
        places = points[:, :2].tolist()
        curve_to, size = ctx.curve_to, vmobject.n_points_per_cubic_curve
        for start, end in ends:
            if end - start < size:
                continue
            ctx.new_sub_path()
            ctx.move_to(*places[start])
            for first in range(start, end - size + 1, size):
                _, one, other, anchor = places[first : first + size]
                curve_to(*one, *other, *anchor)
            if vmobject.consider_points_equals_2d(places[start], places[end - 1]):
                ctx.close_path()

    def sprite(self, mobjects: list[Mobject]) -> Sprite | None:
        """Draw mobjects once, for many frames; None if they show nothing."""
        frame, self.pixel_array = self.pixel_array, np.zeros_like(self.pixel_array)
        try:
            self.capture_mobjects(mobjects, include_submobjects=False)
            drawn: NDArray[Any] = self.pixel_array
        finally:
            self.pixel_array = frame
        touched = drawn.view(np.uint32)[:, :, 0] != 0
        rows, columns = np.flatnonzero(touched.any(axis=1)), np.flatnonzero(touched.any(axis=0))
        if rows.size == 0:
            return None
        x, y = int(columns[0]), int(rows[0])
        part = np.ascontiguousarray(drawn[y : rows[-1] + 1, x : columns[-1] + 1])
        return Sprite(part, x, y)

    def lay_over(self, sprite: Sprite) -> None:
        """Composite a sprite over the frame."""
        height, width = sprite.pixels.shape[:2]
        surface = cairo.ImageSurface.create_for_data(
            sprite.pixels.data, cairo.FORMAT_ARGB32, width, height
        )
        frame = cairo.ImageSurface.create_for_data(
            self.pixel_array.data, cairo.FORMAT_ARGB32, self.pixel_width, self.pixel_height
        )
        context = cairo.Context(frame)
        context.set_source_surface(surface, sprite.x, sprite.y)
        context.rectangle(sprite.x, sprite.y, width, height)
        context.fill()


class Paths:
    """Cairo's paths, by what they were made of: fading words are as many calls in each frame as
    they have curves, some thousands. Those of the last while are kept."""

    __slots__ = ("_kept",)  # as FramePool

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable) -> Any:
        """A path, or None."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key]

    def keep(self, key: Hashable, path: Any) -> None:
        """Keep a path for some time."""
        self._kept[key] = path
        while len(self._kept) > MOST_PATHS:
            self._kept.popitem(last=False)


class FramePool:
    """Memory for frames, reused as soon as the encoder has let go of it.

    Fresh memory for each frame would cost more, page by page, than drawing a small mobject.
    """

    __slots__ = ("_frames",)  # and so manim's hash of the camera passes over it

    def __init__(self) -> None:
        self._frames: list[NDArray[np.uint8]] = []

    def take(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """A frame (height, width, 4) that nobody holds; its content is left over."""
        if self._frames and self._frames[0].shape != shape:
            self._frames.clear()
        for number in range(len(self._frames)):
            # The list's own reference and getrefcount's argument: nobody else has it.
            if sys.getrefcount(self._frames[number]) == 2:
                return self._frames[number]
        self._frames.append(np.empty(shape, np.uint8))
        return self._frames[-1]
