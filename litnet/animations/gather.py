"""Light that is sifted, and light that gathers in one place."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Animation, AnimationGroup, linear

from litnet import style
from litnet.animations.light import _ease
from litnet.mobjects.cells import NeuronLayer, PixelGrid
from litnet.mobjects.number_line import NumberLine
from litnet.mobjects.words import LiveNumber
from litnet.style import Floats


class _Sweep(Animation):
    """The band, and the picture behind it."""

    def __init__(self, pixels: PixelGrid, kept: PixelGrid, **kwargs: Any) -> None:
        self.pixels = pixels
        self.kept = kept
        super().__init__(pixels, **kwargs)

    def begin(self) -> None:
        """Keep what was there before."""
        self.before = self.pixels.values.copy()
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Change what lies behind the band."""
        pixels, kept = self.pixels, self.kept
        behind = self.rate_func(alpha) * len(pixels) - np.arange(len(pixels))
        # It is short, so that what it leaves is seen at once.
        trail = np.where(behind > 0, np.exp(-2 * behind / pixels.shape[1]), 0.0)
        pixels.flash = 0.5 * style.FLASH_STRENGTH * trail * (alpha < 1)
        if alpha >= 1:
            pixels.hold(kept.numbers)
        else:
            pixels.values = np.where(behind > 0, kept.values, self.before)


class RunningSum(Animation):
    """A number adds up others (n,) to its own, one after the other in equal times.

    Of what it adds it hears ``late`` of them later.
    """

    def __init__(
        self, counter: LiveNumber | NumberLine, terms: Floats, late: int = 0, **kwargs: Any
    ) -> None:
        self.counter = counter
        self.terms = np.array(terms, dtype=np.float64)
        self.late = late
        super().__init__(counter, rate_func=linear, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Show the sum of those that have been reached."""
        if alpha >= 1:
            self.counter.set_value(self.counter.quantity)
            return
        reached = int(self.rate_func(alpha) * (len(self.terms) + self.late)) - self.late
        self.counter.pass_by(float(self.terms[: max(0, reached)].sum()))


class Sift(AnimationGroup):
    """A band of light passes over a picture, row by row, and leaves another picture behind.

    ``kept`` is the other picture, of the same shape; ``counter`` adds up its pixels as the band
    passes them.
    """

    def __init__(
        self,
        pixels: PixelGrid,
        kept: PixelGrid,
        counter: LiveNumber | NumberLine,
        run_time: float = 3.0,
    ) -> None:
        super().__init__(
            _Sweep(pixels, kept, rate_func=linear, run_time=run_time),
            RunningSum(counter, kept.values, run_time=run_time),
            rate_func=linear,
        )


class Gather(Animation):
    """Cells leave their places as sparks, one after the other, and end around one point.

    They go out where they are ``radius`` away from it, so that they leave free what stands there.

    ``sparks`` are taken away at the end; a scene that wants the cells to stay where they are
    hands over a copy of them.
    """

    def __init__(
        self,
        sparks: NeuronLayer,
        point: np.ndarray,
        *,
        radius: float = 0.0,
        overlap: float = 0.6,
        arc: float = 0.7,
        **kwargs: Any,
    ) -> None:
        self.sparks = sparks
        self.point = np.array(point, dtype=np.float64)
        self.radius = radius
        self.overlap = overlap
        self.arc = arc
        super().__init__(sparks, rate_func=linear, introducer=True, remover=True, **kwargs)

    def begin(self) -> None:
        """Work out when each spark leaves: the nearest first."""
        centers = self.sparks.centers
        way = self.point - centers
        distance = np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
        way *= np.maximum(distance - self.radius, 0) / distance
        self.ends = centers + way
        order = np.argsort(np.argsort(np.hypot(way[:, 0], way[:, 1]))) / max(1, len(centers))
        self.leaves = order * (1 - self.overlap)
        self.start_centers, self.start_half = centers, self.sparks.half
        self.start_halo = self.sparks.halo.copy()
        self.sparks.as_light()
        # They swing out to the side on which they stand, and so spread instead of queueing.
        across = np.stack((-way[:, 1], way[:, 0], 0 * way[:, 0]), axis=1)
        across /= np.maximum(np.linalg.norm(across, axis=1), 1e-9)[:, None]
        side = np.sum(across * (centers - centers.mean(axis=0)), axis=1)
        self.swing = (
            self.arc * across * (side / max(1e-9, float(np.abs(side).max(initial=0))))[:, None]
        )
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Move and shrink each spark at its own time."""
        sparks = self.sparks
        p = _ease((self.rate_func(alpha) - self.leaves) / self.overlap)[:, None]
        centers = self.start_centers + (self.ends - self.start_centers) * p
        centers += np.sin(np.pi * p) * self.swing
        # A spark that has not left yet, or has arrived, is not to be seen: the cell itself is,
        # or what it has become.
        moving = ((p > 0) & (p < 1)).astype(float)
        corner = np.zeros_like(centers)
        corner[:, :2] = self.start_half[:, None] * moving * (1 - 0.55 * p)
        sparks.points = np.concatenate((centers - corner, centers + corner))
        sparks.halo = self.start_halo * moving[:, 0]
