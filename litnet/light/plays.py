"""Plays that need not be drawn, because a film before showed the same, or need not be walked.

A play that was drawn is kept as a segment of film in the user's cache folder (``litnet.cache``),
by its name (``litnet.light.identity``), for all films of all projects.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from manim import (
    Add,
    Animation,
    AnimationGroup,
    DrawBorderThenFill,
    Rotating,
    Transform,
    Wait,
)
from manim.animation.creation import ShowPartial

from litnet.cache import Kept
from network.errors import InputError, printable

SIZE = "LITNET_CACHE_MB"
USUAL = 2000  # megabytes
MOST_PLAYS = 20_000
LARGEST = 64 * 2**20  # bytes of one play
LEFT_FREE = 256 * 2**20  # bytes of the disk that the films themselves may need

# Of manim's: in these a frame depends on its time alone. Others call what a story hands them, or
# work on from where the frame before left things.
EXACT = Add, AnimationGroup, DrawBorderThenFill, Rotating, ShowPartial, Transform, Wait
OWN = "litnet.animations."  # and so it is in all of litnet's


def kept_plays() -> Kept | None:
    """Where plays are kept; None where none are to be.

    Raises
    ------
    InputError
        ``LITNET_CACHE_MB`` is no number of megabytes.
    """
    given = os.environ.get(SIZE, "").strip()
    if given and not (given.isascii() and given.isdigit() and len(given) < 10):
        raise InputError(
            f"{SIZE}: found {printable(repr(given))}, expected how many megabytes of drawn plays "
            f"are kept, such as {USUAL}, or 0 for none."
        )
    return _kept(int(given or USUAL))


@cache
def _kept(megabytes: int) -> Kept | None:
    if not megabytes:
        return None
    return Kept("plays", MOST_PLAYS, megabytes * 10**6, LARGEST, LEFT_FREE)


def can_jump(scene: Any) -> bool:
    """Whether the end of what plays is the same, however many of its frames were looked at."""
    if scene.updaters or scene.stop_condition is not None or scene.always_update_mobjects:
        return False
    if any(mobject.get_family_updaters() for mobject in scene.mobjects):
        return False
    return all(map(_adds_nothing, scene.animations))


def _adds_nothing(animation: Animation) -> bool:
    """Whether a frame of an animation depends on its time alone; of a story's own, nobody knows."""
    module = type(animation).__module__
    if not (
        module.startswith(OWN) or (module.startswith("manim.") and isinstance(animation, EXACT))
    ):
        return False
    mobjects = (animation.mobject, getattr(animation, "target_mobject", None))
    if any(mobject is not None and mobject.get_family_updaters() for mobject in mobjects):
        return False
    return all(map(_adds_nothing, getattr(animation, "animations", ())))
