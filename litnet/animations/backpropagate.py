"""Light that runs backwards, from what the answer cost."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Animation, AnimationGroup, linear

from litnet import style
from litnet.animations.light import _ease
from litnet.mobjects.connections import Connections
from litnet.mobjects.signed_layer import SignedLayer
from litnet.record.quantities import Quantities
from litnet.style import Floats


class _BackwardFront(Animation):
    """The front of the light, from the rightmost target to the sources."""

    def __init__(self, lines: Connections, slopes: Floats | Quantities, **kwargs: Any) -> None:
        self.lines, self.slopes = lines, slopes
        super().__init__(lines, **kwargs)

    def begin(self) -> None:
        """Take the light of the way forward away."""
        self.lines.carry(self.slopes)
        self.lines.backwards = True
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        lines = self.lines
        if alpha >= 1:
            lines.front = None
            return
        start, end = lines.way.end, lines.way.begin - 3 * style.FRONT_WIDTH
        lines.front = start + (end - start) * self.rate_func(alpha)


class _Arrive(Animation):
    """The neurons' signed light comes up when the front arrives."""

    def __init__(self, layer: SignedLayer, arrival: float, **kwargs: Any) -> None:
        self.layer, self.arrival = layer, arrival
        super().__init__(layer, introducer=True, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        progress = (self.rate_func(alpha) - self.arrival) / (1 - self.arrival)
        self.layer.set_level(float(_ease(np.asarray(progress))))


class Backpropagate(AnimationGroup):
    """Light runs back along connections, from right to left; colour is its sign.

    Parameters
    ----------
    connections
        Those of a network's bundle.
    slopes
        (n_out, n_in) what each connection carries back, with their source, such as
        ``run.nudges(0, digit, layer)``: how its weight should change. The light of a line is its
        size relative to the largest in the bundle.
    sources
        What arrives at the neurons where the connections begin; None for the input.
    """

    def __init__(
        self,
        connections: Connections,
        slopes: Floats | Quantities,
        sources: SignedLayer | None = None,
        **kwargs: Any,
    ) -> None:
        run_time = kwargs.pop("run_time", 2.0)
        parts: list[Animation] = [
            _BackwardFront(connections, slopes, rate_func=linear, run_time=run_time)
        ]
        if sources is not None:
            parts.append(_Arrive(sources, arrival=0.62, rate_func=linear, run_time=run_time))
        super().__init__(*parts, rate_func=linear, **kwargs)
