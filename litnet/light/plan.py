"""What of a scene moves during an animation, and what is drawn once for many frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from manim import Animation, Mobject

from litnet.light.camera import LitCamera, Sprite


class Plan:
    """How one animation is drawn: everything on screen, and what of it moves.

    Parameters
    ----------
    animations
        Those that play.
    mobjects
        The scene's, which may have updaters.
    everything
        All that is drawn, in drawing order.
    """

    def __init__(
        self,
        animations: Iterable[Animation],
        mobjects: Iterable[Mobject],
        everything: Sequence[Mobject],
        camera: LitCamera,
    ) -> None:
        self.everything = list(everything)
        self.camera = camera
        self.moving = self._all_that_moves(list(animations), list(mobjects))

    def _all_that_moves(self, animations: list[Animation], mobjects: list[Mobject]) -> set[Mobject]:
        """The mobjects that may change while these animations play."""
        own: set[Mobject] = set()
        pending: list[Any] = list(animations)
        while pending:
            animation = pending.pop()
            own.update(animation.mobject.get_family())
            pending.extend(getattr(animation, "animations", ()))
        moved = {member for mobject in own for member in mobject.get_family()}
        moved.update(mobject for mobject in self.everything if mobject.updaters)
        known = all(type(a).__module__.startswith(("manim.", "litnet.")) for a in animations)
        if self.camera.frame in moved or not known or not self.camera.opaque:
            # The view moves; or an animation from elsewhere may change what is not its own;
            # or light needs an alpha of its own, which sprites do not keep apart.
            return set(self.everything)
        if any(mobject.get_family_updaters() for mobject in mobjects):
            return set(self.everything)  # an updater may change any mobject
        return moved

    def split(self) -> tuple[list[Mobject], list[Mobject]]:
        """What is drawn in each frame, from the first mobject that moves on, and what is not.

        Manim splits in the order of addition, and so would draw a moving bundle that lies behind
        the neurons in front of them.
        """
        everything = self.everything
        first = next((i for i, m in enumerate(everything) if m in self.moving), len(everything))
        return everything[first:], everything[:first]

    def parts(self, drawn: Iterable[Mobject]) -> list[list[Mobject] | Sprite]:
        """What to draw in each frame over the static image, in order.

        What stands still between two things that move is drawn once, as a sprite.
        """
        parts: list[list[Mobject] | Sprite] = []
        moves: Callable[[Mobject], bool] = self.moving.__contains__
        for moving, run in groupby(drawn, moves):
            if moving:
                parts.append(list(run))
            elif sprite := self.camera.sprite(list(run)):
                parts.append(sprite)
        return parts
