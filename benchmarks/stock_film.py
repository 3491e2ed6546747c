"""``python -m benchmarks.stock_film STORY WIDTH HEIGHT``: what a story costs stock Manim to draw.

The film is played with every lit mobject replaced, in the camera, by a twin of stock mobjects
(one ``Square`` a pixel or a cell, one ``Circle`` a neuron, one ``Line`` a connection, no halos), at
``SAMPLED`` frames a second. In stock Manim's favour, a gallery is a single ``ImageMobject``, and
the few strokes that litnet draws itself (curves, arrows, formulas, axes) are left out. Only the
drawing of what moves is on the clock: bringing the twins up to date, copying them, and the static
image of each animation are left out, too. Reports, for each animation, its seconds of film and the
seconds that a frame took.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
from manim import (
    Circle,
    ImageMobject,
    Line,
    ManimColor,
    Mobject,
    MovingCamera,
    MovingCameraScene,
    Square,
    VGroup,
    tempconfig,
)

from benchmarks.film import scene_class
from benchmarks.pieces import stock_cells, stock_grey, stock_light
from benchmarks.worker import say
from litnet import style
from litnet.light.camera import LitCamera
from litnet.light.lit_mobject import LitMobject
from litnet.light.renderer import LitRenderer
from litnet.mobjects.cells import Cells
from litnet.mobjects.connections import Connections
from litnet.mobjects.gallery import Gallery
from litnet.mobjects.signed import SignedGrid
from litnet.mobjects.signed_layer import SignedLayer

SAMPLED = 2  # frames a second


class Twins:
    """The stock mobjects that stand for lit ones."""

    def __init__(self) -> None:
        self.made: dict[int, tuple[Mobject, Any, Any]] = {}

    def of(self, mobject: Any) -> list[Mobject]:
        """What stock Manim would draw for a lit mobject, as it is now."""
        if isinstance(mobject, Gallery):
            return [self._picture(mobject)]
        if isinstance(mobject, Cells):
            return list(self._cells(mobject))
        if isinstance(mobject, Connections):
            return list(self._lines(mobject))
        if isinstance(mobject, SignedGrid | SignedLayer):
            return list(self._signed(mobject))
        return []

    def _picture(self, gallery: Gallery) -> ImageMobject:
        light = np.zeros(len(gallery.images))
        light[: len(gallery)] = gallery.light * gallery.opacity
        _, height, width = gallery.images.shape
        tiles = (gallery.images * light[:, None, None]).reshape(-1, gallery.columns, height, width)
        picture = tiles.transpose(0, 2, 1, 3).reshape(-1, gallery.columns * width)
        twin = ImageMobject(np.uint8(255 * np.clip(picture, 0, 1)))
        return twin.stretch_to_fit_height(gallery.height).move_to(gallery)

    def _signed(self, cells: SignedGrid | SignedLayer) -> VGroup:
        state = cells.points.tobytes()
        _, twin, before = self.made.get(id(cells), (cells, None, None))
        if twin is None or before != state:
            shape = Square if isinstance(cells, SignedGrid) else Circle
            width = 2.0 if isinstance(cells, SignedGrid) else 1.0  # a side, or a radius
            twin = VGroup(
                shape(width * half).set_stroke(width=0).move_to(center)
                for center, half in zip(cells.centers, cells.half, strict=True)
            )
        for cell, light, value in zip(
            twin, cells.light.tolist(), cells.values.tolist(), strict=True
        ):
            cell.set_fill(stock_light(value)[0], opacity=light * cells.opacity)
        self.made[id(cells)] = (cells, twin, state)
        return twin

    def _cells(self, cells: Cells) -> VGroup:
        # Squares become circles on their way, and stay what they are here.
        state = (len(cells), cells.points.tobytes(), cells.half.tobytes())
        _, twin, before = self.made.get(id(cells), (cells, None, None))
        if twin is None or before != state:
            twin = stock_cells(cells)
        for shape, light in zip(twin, cells.light.tolist(), strict=True):
            shape.set_fill(stock_grey(light), opacity=cells.opacity)
        self.made[id(cells)] = (cells, twin, state)
        return twin

    def _lines(self, bundle: Connections) -> VGroup:
        _, twin, before = self.made.get(id(bundle), (bundle, None, None))
        places = bundle.points.tobytes()
        if twin is None or before[0] != places:
            sources, targets = bundle.source_centers, bundle.target_centers
            twin = VGroup(
                Line(sources[start], targets[to]).set_stroke(width=style.LINE_WIDTH * 100)
                for to, start in np.ndindex(bundle.strengths.shape)
            )
            before = (places, None)
        shown = bundle.strengths * bundle.opacity
        if bundle.front is not None:
            middle = (bundle.source_centers[None, :, 0] + bundle.target_centers[:, None, 0]) / 2
            shown = np.where(middle <= bundle.front, shown, 0.0)
        if before[1] is None or not np.array_equal(before[1], shown):
            for line, strength in zip(twin, shown.ravel().tolist(), strict=True):
                color, opacity = stock_light(strength)
                if strength == 0:
                    color, opacity = ManimColor(style.STRUCTURE), 0.04 * bundle.opacity
                line.set_stroke(color, opacity=opacity)
        self.made[id(bundle)] = (bundle, twin, (places, shown))
        return twin


def main() -> None:
    """Play the film, and report animation by animation."""
    scene, width, height = sys.argv[1], *map(int, sys.argv[2:])
    twins = Twins()
    # Seconds, on the clock and of all cores, of the frames of an animation and of a frame's parts.
    drawn: list[Any] = []
    frame: list[tuple[float, float]] = []

    def capture_mobjects(self: LitCamera, mobjects: Any, **settings: Any) -> None:
        shown = self.get_mobjects_to_display(mobjects, **settings)
        stock: list[Mobject] = []
        for mobject in shown:
            if isinstance(mobject, LitMobject):
                stock += twins.of(mobject)
            elif mobject.has_points():
                stock.append(mobject)
        start, start_cpu = time.perf_counter(), time.process_time()
        MovingCamera.capture_mobjects(self, stock, include_submobjects=False)
        frame.append((time.perf_counter() - start, time.process_time() - start_cpu))

    update_frame = LitRenderer.update_frame

    def timed(self: LitRenderer, scene: Any, mobjects: Any = None, *rest: Any, **more: Any) -> None:
        frame.clear()
        update_frame(self, scene, mobjects, *rest, **more)
        if self.static_image is not None and mobjects is not None:
            drawn.append(np.sum(frame, axis=0))

    LitCamera.capture_mobjects = capture_mobjects  # type: ignore[method-assign]
    LitRenderer.update_frame = timed  # type: ignore[method-assign]

    class Sampled(scene_class(scene)):  # type: ignore[misc]
        # What moves, by stock Manim's rules: all that was added after the first that does.
        get_moving_and_static_mobjects = MovingCameraScene.get_moving_and_static_mobjects

        def drawing_plan(self) -> list[Any]:
            return [list(self.moving_mobjects)]

        def play(self, *animations: Any, **settings: Any) -> None:
            drawn.clear()
            super().play(*animations, **settings)
            # Not rounded to the few frames that were drawn.
            seconds = MovingCameraScene.get_run_time(self, self.animations)
            still = self.is_current_animation_frozen_frame()
            draw, cpu = (0.0, 0.0) if still else np.mean(drawn, axis=0).tolist()
            say("stock", seconds=seconds, draw=draw, cpu=cpu)

    Sampled.__name__ = scene  # by which it finds its words
    quiet = {"progress_bar": "none", "verbosity": "ERROR", "disable_caching": True}
    size = {"pixel_width": width, "pixel_height": height, "frame_rate": SAMPLED, "dry_run": True}
    with tempconfig({**quiet, **size}):
        Sampled().render()


if __name__ == "__main__":
    main()
