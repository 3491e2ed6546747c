"""The base of the mobjects that are made of light."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from manim import Camera, Mobject
from manim.typing import PathFuncType
from manim.utils.paths import straight_path

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas
    from litnet.record.page import Page


class LitMobject(Mobject):
    """One mobject that holds arrays and draws itself on litnet's canvas.

    Points take part in manim's ordinary animations; so do the attributes named in ``animated``,
    which interpolate number by number, and those in ``taken_over``, which change at the end.
    A new one draws itself, describes itself to the record, and holds arrays that manim would hash
    by a shortened repr with a digest of them beside.
    """

    animated: ClassVar[tuple[str, ...]] = ("opacity",)
    taken_over: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        self.opacity = 1.0
        super().__init__()

    def draw(self, canvas: Canvas) -> None:
        """Add this mobject's light to the frame."""
        raise NotImplementedError

    def describe(self, page: Page) -> None:
        """Write into the record what this mobject says in a frame.

        What stands for no number writes nothing. One that does not say what it shows is named when
        the film is whole.
        """
        raise NotImplementedError

    def set_opacity(self, opacity: float, family: bool = True) -> Self:
        """Set how much of this mobject is seen, from 0 to 1."""
        self.opacity = float(opacity)
        return self

    def fade(self, darkness: float = 0.5, family: bool = True) -> Self:
        """Take away a part of the opacity; ``FadeIn`` and ``FadeOut`` rely on it."""
        return self.set_opacity(self.opacity * (1 - darkness))

    def interpolate(
        self,
        mobject1: Mobject,
        mobject2: Mobject,
        alpha: float,
        path_func: PathFuncType = straight_path(),  # noqa: B008, manim's own default
    ) -> Self:
        """As manim's; points that do not move stay the same to the bit.

        Rounding (in a blend of two equal numbers, in a ``FadeIn``'s scaling by 1) may change
        their last bits, and with them what the canvas remembers.
        """
        if np.allclose(mobject1.points, mobject2.points, rtol=0, atol=1e-9):
            self.points = mobject2.points.copy()
            return self.interpolate_color(mobject1, mobject2, alpha)
        return super().interpolate(mobject1, mobject2, alpha, path_func)

    def interpolate_color(self, mobject1: Mobject, mobject2: Mobject, alpha: float) -> Self:
        """Interpolate everything that is not a point."""
        for name in self.animated:
            start, end = getattr(mobject1, name), getattr(mobject2, name)
            value = end if alpha == 1 else start if alpha == 0 else start + (end - start) * alpha
            setattr(self, name, value.copy() if isinstance(value, np.ndarray) else value)
        if alpha in (0, 1):
            for name in self.taken_over:
                setattr(self, name, getattr(mobject2 if alpha == 1 else mobject1, name))
        return self

    def align_points_with_larger(self, larger_mobject: Mobject) -> Self:
        """Refuse: one light cannot become two."""
        raise ValueError(
            f"{type(self).__name__} with {self.get_num_points()} points cannot be transformed "
            f"into {type(larger_mobject).__name__} with {larger_mobject.get_num_points()}: "
            "lit mobjects transform only into others of the same size."
        )


_type_or_raise = Camera.type_or_raise


def _type_or_refuse(self: Camera, mobject: Mobject) -> Any:
    """As manim's; its own camera would pass over a lit mobject and leave the film black."""
    if isinstance(mobject, LitMobject):
        raise SystemExit(
            f"litnet: manim's own Scene cannot draw a {type(mobject).__name__}; "
            "let the story be a LitScene: class Story(LitScene), from litnet import LitScene."
        )
    return _type_or_raise(self, mobject)


Camera.type_or_raise = _type_or_refuse  # type: ignore[method-assign]
