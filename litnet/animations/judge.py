"""One picture after the other is judged."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Animation, AnimationGroup, linear

from litnet.animations.gather import RunningSum
from litnet.animations.light import _ease
from litnet.mobjects.gallery import Gallery
from litnet.mobjects.words import LiveNumber
from litnet.record.quantities import Quantities

WAVE = 10  # pictures that are on their way from bright to dark at a time


class _Verdicts(Animation):
    """The light of the pictures."""

    def __init__(self, gallery: Gallery, verdicts: Quantities, **kwargs: Any) -> None:
        self.gallery = gallery
        self.verdicts = verdicts
        super().__init__(gallery, **kwargs)

    def begin(self) -> None:
        """Keep what was said before."""
        self.before = self.gallery.values.copy()
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Judge those that the moment has come for."""
        gallery, n = self.gallery, len(self.gallery)
        if alpha >= 1:
            gallery.hold(self.verdicts)
            return
        p = _ease((self.rate_func(alpha) * (n + WAVE) - np.arange(n)) / WAVE)
        gallery.values = self.before + (self.verdicts.values - self.before) * p


class Judge(AnimationGroup):
    """The pictures of a gallery go dark where the verdict is 0, one after the other.

    ``verdicts`` (n,) have their source; ``counter`` shows how many have gone dark.
    """

    def __init__(
        self,
        gallery: Gallery,
        verdicts: Quantities,
        counter: LiveNumber,
        run_time: float = 3.0,
    ) -> None:
        super().__init__(
            _Verdicts(gallery, verdicts, rate_func=linear, run_time=run_time),
            RunningSum(counter, verdicts.values == 0, late=WAVE, run_time=run_time),
            rate_func=linear,
        )
