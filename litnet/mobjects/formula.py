"""A formula whose parts can light, with live numbers in it."""

from __future__ import annotations

import re

import numpy as np
from manim import Group

from litnet import style
from litnet.mobjects.glyphs import POINT, Glyphs, outlines, typeset
from litnet.mobjects.words import LiveNumber

DIGIT = 6.6  # points, height of a digit in a formula
CAPITAL = 6.8 * POINT  # height of a capital letter of size 1
MARK = re.compile(r"\{\{(.*?)(?::\s*(\w+)\s*)?\}\}", re.S)


class Formula(Group):
    """A formula in Typst's language of mathematics, set without LaTeX.

    Parameters
    ----------
    text
        ``"{{ z : sum }} = w times a + b"``: what stands in double braces is a part with a name,
        which can light by itself; parts do not stand in parts. ``{{ w }}``, where ``w`` is one of
        the ``numbers``, is the place of that number.
    size
        As that of words.
    numbers
        They are made as large as the formula's digits; one that will change gets the room that it
        has now.

    Raises InputError for what Typst does not understand.

    >>> formula = Formula("{{ a : light }} = sigma(z)")
    >>> self.play(formula["light"].animate.set_light(1))
    """

    def __init__(self, text: str, *, size: float = style.TITLE_SIZE, **numbers: LiveNumber) -> None:
        for number in numbers.values():
            number.scale(DIGIT * POINT * size / number.capital_height)

        def prepared(found: re.Match[str]) -> str:
            name = found[1].strip()
            if found[2] or name not in numbers:
                return found[0]
            wide = numbers[name].width / (POINT * size)
            return f"{{{{ #box(width: {wide:.3f}pt, height: {DIGIT}pt, fill: black) : {name} }}}}"

        markup = MARK.sub(prepared, text)
        names = [found[2] for found in MARK.finditer(markup) if found[2]]
        for name in set(numbers) - set(names):
            raise ValueError(f"The formula {text!r} has no place {{{{ {name} }}}} for a number.")
        whole = typeset(markup, size, mathematics=True)
        self.parts: dict[str, Glyphs] = {}
        self.numbers = dict(numbers)
        taken: set[int] = set()
        for name in names:
            pieces = list(whole.select(name))
            taken.update(map(id, pieces))
            if name in numbers:
                (box,) = pieces
                number = numbers[name].move_to(box)
                number.shift((0.0, float(box.get_bottom()[1]) - number.baseline, 0.0))
            else:
                body = next(found[1] for found in MARK.finditer(text) if found[2] == name)
                self.parts[name] = Glyphs(outlines(pieces), body.strip(), CAPITAL * size)
        rest = [piece for piece in whole if id(piece) not in taken]
        said = " ".join(MARK.sub(" ", text).split())
        self.rest = Glyphs(outlines(rest), said, CAPITAL * size)
        shown = [part for part in (self.rest, *self.parts.values()) if len(part.points)]
        super().__init__(*shown, *numbers.values())
        self.shift(-np.asarray(self.get_center()))

    def __getitem__(self, name: str) -> Glyphs:
        """A part, by its name."""
        return self.parts[name]
