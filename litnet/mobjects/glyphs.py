"""Letters and signs that can light, set by Typst, which brings fonts of mathematics and of code."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from manim import MathTypst, Typst, VMobject

from litnet import style
from litnet.light.lit_mobject import LitMobject
from litnet.light.strokes import strokes
from litnet.record.inputs import Version
from litnet.record.schema import Input
from litnet.style import Floats
from network.errors import InputError, printable

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas
    from litnet.record.page import Page

POINT = 0.05 / 48  # scene units in a point of Typst's, of font size 1
STEM = 0.03  # scene units, about how wide a stroke of a letter is
CURVE = np.linspace(0, 1, 7)[1:, None]  # places on a curve at which it is drawn
RULE = 0.022  # of a line in a formula


class Glyphs(LitMobject):
    """Some letters as one light.

    ``text`` is what they say, in the record; ``capital`` the height of a capital letter among
    them. ``lit`` is how far they have come up, 0 to 1: from a quiet colour to their brightest.
    ``made_of`` are the inputs of a clip that shows them.
    """

    animated: ClassVar[tuple[str, ...]] = ("opacity", "lit", "bright_color")

    def __init__(self, outlines: Floats, text: str, capital: float) -> None:
        super().__init__()
        self.points = outlines
        self.text, self.capital = text, capital
        self.lit = 0.0
        self.dark_color, self.bright_color = np.array(style.QUIET), np.array(style.BRIGHT)
        self.made_wide = self.width
        self.file = self.file_digest = ""  # of lines of code

    @property
    def made_of(self) -> tuple[Input, ...]:
        """What sets them, and the file whose lines they are."""
        if not self.file:
            return (_typst(),)
        return _typst(), Input(path=self.file, sha256=self.file_digest, role="code")

    def set_light(self, lit: float, bright: style.RGB | None = None) -> Self:
        """Let them shine, 0 to 1; ``bright`` is the colour of their whole light."""
        self.lit = float(lit)
        if bright is not None:
            self.bright_color = np.array(bright)
        return self

    @property
    def color_now(self) -> Floats:
        """(3,) sRGB, 0 to 1."""
        color: Floats = self.dark_color + (self.bright_color - self.dark_color) * self.lit
        return color

    def describe(self, page: Page) -> None:
        """What they say, and where."""
        if self.opacity > 0 and self.text:
            red, green, blue = (round(255 * part) for part in self.color_now.tolist())
            height = self.capital * self.width / self.made_wide
            page.write(self.text, self.points, height, f"#{red:02X}{green:02X}{blue:02X}")

    def draw(self, canvas: Canvas) -> None:
        """Draw them."""
        red, green, blue = self.color_now.tolist()
        strokes(
            canvas,
            _polygons(self.points),
            width=STEM,
            color=(red, green, blue),
            glow=0.3 * self.lit,
            opacity=self.opacity,
            filled=True,
        )


@cache
def _typst() -> Input:
    """The version that is loaded; looking it up takes 2 ms, and each play asks each mobject."""
    return Version.collect("typst", version("typst"))


def _polygons(points: Floats) -> list[Floats]:
    """Manim's cubic curves (4 k, 3) as closed paths."""
    curves = points.reshape(-1, 4, 3)
    breaks = np.flatnonzero(np.any(np.abs(curves[1:, 0] - curves[:-1, 3]) > 1e-6, axis=1)) + 1
    t = CURVE
    found = []
    for part in np.split(curves, breaks):
        a, b, c, d = (part[:, None, n] for n in range(4))
        along = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
        found.append(along.reshape(-1, 3))
    return found


def typeset(markup: str, size: float, *, mathematics: bool = False) -> Any:
    """Typst's mobject of a text.

    Raises InputError for what Typst does not understand; the sentence has its words.
    """
    from typst import TypstError  # loaded where it is needed, as manim does

    kind = MathTypst if mathematics else Typst
    try:
        return kind(markup, font_size=size)
    except TypstError as error:
        what = printable(str(error).splitlines()[0])
        raise InputError(f"{printable(markup, 120)!r}: Typst says {what}.") from error


def outlines(parts: Sequence[VMobject]) -> Floats:
    """(4 k, 3) the outlines of what Typst has set, as one; a line becomes a thin rectangle."""
    found = []
    for part in parts:
        points = np.asarray(part.points)
        if part.get_fill_opacity() == 0 and len(points):
            low, high = points.min(axis=0), points.max(axis=0)
            up = np.array([0.0, RULE / 2, 0.0])
            corners = np.array([low - up, [high[0], low[1], 0] - up, high + up, low + up])
            following = np.roll(corners, -1, axis=0)
            steps = [corners + (following - corners) * t for t in (0, 1 / 3, 2 / 3, 1)]
            points = np.stack(steps, axis=1).reshape(-1, 3)
        found.append(points)
    joined: Floats = np.concatenate(found) if found else np.zeros((0, 3))
    return joined
