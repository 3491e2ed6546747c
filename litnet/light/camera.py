"""Manim's moving camera, with a canvas for the mobjects that are made of light."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from manim import Mobject, MovingCamera

from litnet.light.canvas import Canvas
from litnet.mobjects.lit_mobject import LitMobject

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
    digest.update((PACKAGE / "style.py").read_bytes())
    return digest.hexdigest()


class LitCamera(MovingCamera):
    """Draws lit mobjects on the canvas and leaves every other mobject to manim."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.light = Canvas()
        self.drawing_digest = drawing_digest()
        super().__init__(*args, **kwargs)

    def capture_mobjects(self, mobjects: Iterable[Mobject], **kwargs: Any) -> None:
        """Draw in order: runs of lit mobjects here, runs of all others as manim does."""
        shown = self.get_mobjects_to_display(mobjects, **kwargs)
        for lit, run in groupby(shown, lambda mobject: isinstance(mobject, LitMobject)):
            if lit:
                self.light.look(self.pixel_array, self.frame_center, self.frame_width)
                for mobject in run:
                    mobject.draw(self.light)
            else:
                super().capture_mobjects(list(run), include_submobjects=False)
