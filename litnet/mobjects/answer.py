"""The answer of a network: what an output stands for, in words or as its number, as large as there
is room; and who stands where."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import NamedTuple, Self

from manim import DOWN, Mobject, VGroup

from litnet import style
from litnet.mobjects.cells import NeuronLayer
from litnet.mobjects.words import LiveNumber, Words, shortened
from litnet.record.quantities import Quantity


class AnswerNumber(LiveNumber):
    """An answer that changes: red while it is wrong.

    ``label`` is what is right, None where nobody knows or nothing is.
    """

    def __init__(self, quantity: Quantity, label: int | None, *, size: float) -> None:
        self.label = label
        super().__init__(quantity, places=0, size=size)
        self.set_value(quantity)

    def set_value(self, quantity: Quantity) -> Self:
        """Show another answer."""
        wrong = self.label is not None and quantity.value != self.label
        self.set_fill(style.WRONG_COLOR if wrong else style.ACCENT_COLOR)
        return super().set_value(quantity)


def answer_name(
    name: str, number: Quantity, *, size: float, color: str, room: float
) -> LiveNumber | Words:
    """The number of an output, or the name that it has instead.

    A name is as large as ``size`` if it is at most ``room`` wide; else smaller, down to a size that
    can be read, and then cut.
    """
    if name == f"{number.value:.0f}":
        shown = LiveNumber(number, places=0, size=size, color=color)
        return shown.scale(min(1.0, room / shown.width))
    words = Words(name, size, color)
    smallest = style.LABEL_SIZE / size
    if words.width * smallest > room:
        words = Words(shortened(name, room / smallest, size=size), size, color)
    return words.scale(min(1.0, room / words.width))


def large_answer(name: str, number: Quantity, room: float) -> LiveNumber | VGroup:
    """The same, as large as fits into a width; a long name stands in several lines."""
    if name == f"{number.value:.0f}" and number.value < 1000:
        shown = LiveNumber(number, places=0, size=4 * style.TITLE_SIZE, color=style.ACCENT_COLOR)
        return shown.scale(min(1.0, room / shown.width))
    best = VGroup()
    size = 0.0
    for count in range(1, 5):
        lines = textwrap.wrap(name, -(-len(name) // count)) if count > 1 else [name]
        widest = max(Words(line, style.TITLE_SIZE).width for line in lines)
        fits = min(4.0 / len(lines), room / widest) * style.TITLE_SIZE
        if fits > 1.15 * size:
            size = fits
            words = (Words(line, size, style.ACCENT_COLOR) for line in lines)
            best = VGroup(*words).arrange(DOWN, buff=0.15)
        if size >= 1.2 * style.TITLE_SIZE:
            break
    return best


def short_name(names: Sequence[str], number: int, room: float) -> str:
    """One of the names as a label, cut with an ellipsis where it is too long.

    Its end is cut off, unless that is what tells it from another name.
    """
    name = names[number]
    short = shortened(name, room)
    alike = [other for other in names if other.startswith(short[:-1])]
    return short if short == name or len(alike) == 1 else shortened(name, room, ending=True)


class Seats(NamedTuple):
    """Who stands where in the answer.

    ``named`` are the outputs that have names and numbers beside them: all, or the brightest,
    in copies of their own with a ``heading`` that says so. ``simple`` is with names as short as
    those of digits.
    """

    simple: bool
    outputs: NeuronLayer
    named: NeuronLayer
    names: VGroup
    heading: Mobject
