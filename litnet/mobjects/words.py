"""Words and numbers on screen, set in the font that ships with the project.

Manim's ``Text`` is one mobject a letter; copying and hashing them costs more than drawing a film's
light. Here a line is one mobject, whose outline is all of its letters.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Self

import numpy as np
from manim import RIGHT, VGroup, VMobject

from litnet import style
from litnet.fonts import FONTS, lacking, own_files
from litnet.mobjects import outlines
from litnet.mobjects.outlines import register_fonts as register_fonts
from litnet.narration import localised, signs_of
from litnet.record.quantities import Quantity
from litnet.record.schema import Number
from litnet.stage import Stage
from litnet.style import Floats

if TYPE_CHECKING:
    from litnet.record.page import Page

CAPITAL = 0.0101  # scene units, height of a capital letter of font size 1
# By weight.
FONT_FILES = {"NORMAL": "LitnetSans-Regular.ttf", "SEMIBOLD": "LitnetSans-SemiBold.ttf"}
HANGUL_FILE = "LitnetSansKR-Regular.ttf"


def fonts_for(text: str, weight: str) -> tuple[Path, ...]:
    """The font files that the letters of a text come from, or may come from."""
    named = FONT_FILES.get(weight)
    if not named or own_files(style.current()):
        return register_fonts()
    hangul = any("\uac00" <= character <= "\ud7a3" for character in text)
    return (FONTS / named, FONTS / HANGUL_FILE) if hangul else (FONTS / named,)


class Words(VMobject):
    """One line of text; ``size`` is manim's ``font_size``, ``color`` by default that of texts. Its
    middle is at the origin."""

    def __init__(
        self,
        text: str,
        size: float = style.LABEL_SIZE,
        color: str | None = None,
        weight: str = "NORMAL",
    ) -> None:
        color = style.TEXT_COLOR if color is None else color
        super().__init__(stroke_width=0, fill_color=color, fill_opacity=1)
        self.text = text
        self.size = size
        self.weight = weight
        letters = outlines.letters(text, size, weight)
        self.points = np.concatenate(letters)
        feet = float(np.median([letter[:, 1].min() for letter in letters]))
        self.descent = feet - float(self.points[:, 1].min())
        self.center()
        self.made_wide = self.width

    @property
    def fonts(self) -> tuple[Path, ...]:
        """The font files that its letters come from."""
        return fonts_for(self.text, self.weight)

    def describe(self, page: Page) -> None:
        """The words, and where they stand."""
        if self.get_fill_opacity() > 0:
            page.write(self.text, self.points, self.capital_height, self.get_fill_color().to_hex())

    @property
    def capital_height(self) -> float:
        """Height of a capital letter in scene units, as the line is now."""
        return CAPITAL * self.size * self.width / self.made_wide

    @property
    def baseline(self) -> float:
        """The y on which most letters stand, while the line has the size it was made in."""
        return float(self.get_bottom()[1]) + self.descent


_signs = [(",", ".")]  # in the numbers that are made from now on


def write_numbers_in(language: str) -> None:
    """Have the numbers that are made from now on written as in a language: 13.002,5 in German."""
    _signs[0] = signs_of(language)


@cache
def _glyph(character: str, size: float, weight: str, font: str) -> tuple[Floats, float]:
    """A character's outline (k, 3), drawn with the pen at the origin, and its advance."""
    zero, next_zero = outlines.letters("00", size, weight)
    digit = float(next_zero[:, 0].min() - zero[:, 0].min())
    if character.isspace():
        return np.zeros((0, 3)), digit / 2
    letters = outlines.letters(f"0{character}0", size, weight)
    advance = float(letters[-1][:, 0].min()) - digit
    return letters[1] - [digit, 0, 0], advance


class LiveNumber(VMobject):
    """A number on screen that knows its value and where it comes from.

    Parameters
    ----------
    quantity
        The number with its source, as a reading hands it out: ``reading.activation(3, 3)``; or
        ``illustrative(0.5)``.
    places
        Digits after the point.

    Digits are equally wide, so a number that changes does not jitter. ``set_value`` keeps the
    left end of the line, and the size. ``value`` is what is shown; at every hold it has to be what
    its source says.
    """

    def __init__(
        self,
        quantity: Quantity,
        *,
        places: int = 2,
        size: float = style.LABEL_SIZE,
        color: str | None = None,
        weight: str = "NORMAL",
    ) -> None:
        color = style.TEXT_COLOR if color is None else color
        super().__init__(stroke_width=0, fill_color=color, fill_opacity=1)
        self.quantity = _quantity(quantity)
        self.value = float(quantity.value)
        self.places = places
        self.size = size
        self.weight = weight
        self.signs = _signs[0]
        self.shape = self._outline()
        self.scaled, self.pen, self.indent = 1.0, np.zeros(3), np.zeros(3)
        self.points = self.shape * self.scaled + self.pen

    @property
    def source(self) -> str:
        """Where the number comes from."""
        return self.quantity.source

    @property
    def fonts(self) -> tuple[Path, ...]:
        """The font files that its digits come from."""
        return fonts_for(self.text, self.weight)

    def describe(self, page: Page) -> None:
        """The number, where it comes from, and where it stands."""
        if self.get_fill_opacity() > 0:
            page.write(self.text, self.points, self.capital_height, self.get_fill_color().to_hex())
            page.numbers.append(Number(page.frame, self.text, self.value, self.source))

    @property
    def text(self) -> str:
        """The number as it is shown, thousands apart, with a true minus sign; nothing has none."""
        shown = f"{self.value:z,.{self.places}f}"
        return localised(shown, self.signs).replace("-", "\N{MINUS SIGN}")

    @property
    def capital_height(self) -> float:
        """Height of a capital letter (or digit) in scene units, as the number is now."""
        scale = np.ptp(self.points[:, 0]) / np.ptp(self.shape[:, 0])
        return float(CAPITAL * self.size * scale)

    @property
    def baseline(self) -> float:
        """The y on which the digits stand."""
        scale = np.ptp(self.points[:, 0]) / np.ptp(self.shape[:, 0])
        return float(self.points[0, 1] - scale * self.shape[0, 1])

    def _outline(self) -> Floats:
        """The letters of the number, the pen starting at the origin."""
        pen = 0.0
        parts = []
        for character in self.text:
            glyph, advance = _glyph(character, self.size, self.weight, style.FONT)
            parts.append(glyph + np.array([pen, 0, 0]))
            pen += advance
        self.advance = pen
        return np.concatenate(parts)

    def width_of(self, character: str) -> float:
        """Room of a character, in scene units, as the number is now."""
        scale = np.ptp(self.points[:, 0]) / np.ptp(self.shape[:, 0])
        return float(_glyph(character, self.size, self.weight, style.FONT)[1] * scale)

    def set_value(self, quantity: Quantity) -> Self:
        """Show another number."""
        self.quantity = _quantity(quantity)
        return self.pass_by(quantity.value)

    def pass_by(self, value: float) -> Self:
        """Show a number on the way to the one that is meant, for an animation that counts."""
        if not np.array_equal(self.points, self.shape * self.scaled + (self.pen + self.indent)):
            # An animation, which knows only points, has moved it. (Working this out each time
            # would let rounding add up, and a clip from manim's cache would not be the same.)
            self.scaled = float(np.ptp(self.points[:, 0]) / np.ptp(self.shape[:, 0]))
            self.pen = self.points[0] - self.shape[0] * self.scaled - self.indent
        self.value = float(value)
        self.shape = self._outline()
        self.indent = np.zeros(3)
        self.points = self.shape * self.scaled + (self.pen + self.indent)
        return self

    def count_to(self, value: float) -> Self:
        """As :meth:`pass_by`, of a number that counts up to the one that is meant: the units stand
        where they will stand in the end."""
        self.pass_by(self.quantity.value)
        whole = self.advance
        self.pass_by(value)
        self.indent = np.array([(whole - self.advance) * self.scaled, 0.0, 0.0])
        self.points = self.shape * self.scaled + (self.pen + self.indent)
        return self

    def center_on(self, point: Floats, widest: float) -> Self:
        """Stand so that the widest number that will be shown is centred on a point."""
        value = self.value
        self.pass_by(widest).move_to(point)
        return self.pass_by(value)


def _quantity(quantity: Quantity) -> Quantity:
    if not isinstance(quantity, Quantity):
        raise TypeError(
            f"A LiveNumber shows a number with its source, such as reading.confidence or "
            f"illustrative(0.5), not {quantity!r}."
        )
    return quantity


def tick_number(value: float, size: float = style.LABEL_SIZE) -> LiveNumber:
    """The number at a mark of a scale, with as many digits as it has."""
    places = len(f"{value:g}".partition(".")[2])
    return LiveNumber(
        Quantity(float(value), f"tick({float(value)!r})"),
        places=places,
        size=size,
        color=style.QUIET_COLOR,
    )


def in_line(*parts: Words | LiveNumber, buff: float = 0.2) -> VGroup:
    """Words and numbers one after the other, all on the baseline of the first."""
    line = VGroup(*parts).arrange(RIGHT, buff=buff)
    for part in parts[1:]:
        part.shift((0.0, parts[0].baseline - part.baseline, 0.0))
    return line


def sentence(
    text: str,
    size: float = style.LABEL_SIZE,
    color: str | None = None,
    **numbers: LiveNumber,
) -> VGroup:
    """A line of words, with numbers in the places of its placeholders, such as ``{drawn}``."""
    color = style.QUIET_COLOR if color is None else color
    parts: list[Words | LiveNumber] = []
    gaps = []
    tight, wide = 0.15 * CAPITAL * size, 0.6 * CAPITAL * size
    ended = " "
    for words, name, *_ in Formatter().parse(text):
        if words.strip():
            parts.append(Words(words.strip(), size, color))
            gaps.append(wide if " " in (ended, words[0]) else tight)
            ended = words[-1]
        if name:
            parts.append(numbers[name])
            gaps.append(wide if ended == " " else tight)
            ended = ""
    for before, part, gap in zip(parts, parts[1:], gaps[1:], strict=False):
        part.next_to(before, RIGHT, buff=gap)
        part.shift((0.0, before.baseline - part.baseline, 0.0))
    return VGroup(*parts).center()


def caption(text: str, stage: Stage) -> VGroup:
    """A caption at the foot of the frame, each line centred; one that is too wide is set anew."""
    room = 2 * stage.right
    lines = VGroup(*(Words(line, style.CAPTION_SIZE) for line in text.splitlines()))
    if lines.width > room:
        broken = _broken(text, room)
        while room > 1 and len(tighter := _broken(text, 0.95 * room)) == len(broken):
            room *= 0.95  # so that the lines come out about equally long
            broken = tighter
        lines = VGroup(*broken)
    for number, line in enumerate(reversed(lines)):
        # Lines stand on baselines, whatever letters they have; further lines grow upwards.
        baseline = stage.caption_y + number * style.CAPTION_LEADING
        line.shift([0, baseline - line.baseline, 0])
    return lines


def plate(name: str, stage: Stage) -> Words | None:
    """A name in the upper left corner of the frame; None if the project's fonts lack a letter."""
    if lacking(name, register_fonts()):
        return None
    words = Words(name, style.LABEL_SIZE, style.QUIET_COLOR)
    words.scale(min(1.0, stage.right / words.width))
    top = stage.height * (0.5 - style.MARGIN) - words.height / 2
    return words.move_to((stage.left + words.width / 2, top, 0.0))


def _broken(text: str, room: float) -> list[Words]:
    """Lines at most ``room`` wide, each as full as possible; a longer word stands alone."""
    lines: list[Words] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and Words(longer, style.CAPTION_SIZE).width > room:
            lines.append(Words(line, style.CAPTION_SIZE))
            longer = word
        line = longer
    return [*lines, Words(line, style.CAPTION_SIZE)]


def shortened(
    text: str, room: float, *, size: float = style.LABEL_SIZE, ending: bool = False
) -> str:
    """A text that is at most ``room`` units wide in a ``size``: its beginning and an ellipsis.

    With ``ending`` it is the first letter, an ellipsis and its end.
    """
    kept = text
    for count in range(len(text) - 1, 0, -1):
        if Words(kept, size).width <= room:
            break
        if ending:
            kept = f"{text[0]}\N{HORIZONTAL ELLIPSIS}{text[-count:].lstrip()}"
        else:
            kept = f"{text[:count].rstrip()}\N{HORIZONTAL ELLIPSIS}"
    return kept
