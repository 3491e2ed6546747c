"""The grammar of sources, and its one evaluator.

A source is an expression in Python's own grammar, of the names and calls in the three tables of a
``Grammar``; ``litnet.record.sources`` fills them.
"""

from __future__ import annotations

import ast
import json
import math
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from litnet.record.ground import Ground, Read
from litnet.record.judging import RULES
from litnet.record.learning import Examples, Moment
from litnet.record.quantities import Floats
from network.errors import InputError, printable

LONGEST = 4096  # characters of a source
DEEPEST = 40  # of what stands in brackets in brackets
MOST_DIGITS = 20  # of a number in a source


class SourceError(InputError):
    """A source that cannot be read, or does not say a number; ``reason`` ends a sentence."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{printable(source, 160)!r}: {reason}.")
        self.reason = reason


class NoValueError(Exception):
    """Why a source has no value, in words that end a sentence."""


class FromOne:
    """A list whose items are counted from 1, as layers of weights are."""

    def __init__(self, length: int, item: Callable[[int], Any]) -> None:
        self.length, self.item = length, item

    def __getitem__(self, number: int) -> Any:
        if not 1 <= number <= self.length:
            raise NoValueError(f"there is no layer {number}, expected 1 to {self.length}")
        return self.item(number)


def there(value: Any, otherwise: str) -> Any:
    """A value; without one, NoValueError with what is ``otherwise`` to be said."""
    if value is None:
        raise NoValueError(otherwise)
    return value


@dataclass(frozen=True)
class _Part:
    """A part of an expression: how many indices its value takes, and how it is found."""

    depth: int
    value: Callable[[Ground], Any]


@dataclass(frozen=True)
class Expression:
    """A source that has been read; it can be evaluated over any ground."""

    text: str
    part: _Part

    @property
    def is_number(self) -> bool:
        """Whether it says a number, and not a list of them."""
        return self.part.depth == 0

    def value(self, ground: Ground) -> float:
        """The number that it says.

        Raises
        ------
        SourceError
            The ground does not say it, or it is a list, or not finite.
        """
        if not self.is_number:
            raise SourceError(self.text, "is a list, expected a number")
        found = self._found(ground)
        try:
            number = float(found)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise SourceError(self.text, "is no finite number")
        return number

    def values(self, ground: Ground) -> Floats:
        """(n,) the list that it says.

        Raises
        ------
        SourceError
            The ground does not say it, or it is a number.
        """
        if self.part.depth != 1:
            raise SourceError(self.text, "expected a list of numbers")
        return np.asarray(self._found(ground), dtype=np.float64)

    def rows(self, ground: Ground) -> Floats:
        """(m, n) the list of lists that it says.

        Raises
        ------
        SourceError
            The ground does not say it, or it is none.
        """
        if self.part.depth != 2:
            raise SourceError(self.text, "expected a list of lists of numbers")
        try:
            return np.asarray(self._found(ground), dtype=np.float64)
        except ValueError as error:
            raise SourceError(self.text, "is no table of numbers") from error

    def _found(self, ground: Ground) -> Any:
        try:
            return self.part.value(ground)
        except NoValueError as error:
            raise SourceError(self.text, str(error)) from error


def source(call: str, *arguments: object) -> str:
    """The text of a call: ``source("ink", 3, "a.png")`` is ``'ink(3, "a.png")'``."""
    shown = (
        json.dumps(one, ensure_ascii=False) if isinstance(one, str) and one not in RULES else one
        for one in arguments
    )
    return f"{call}({', '.join(map(str, shown))})"


_OLDER = re.compile(
    r"(?P<count>count\()?(?P<call>pixels|overlay|agree|either|share|ink|distance|average|label|"
    r"answer)\((?P<files>.*)\)(?(count)\))(?P<index>\[\d+\])?",
    re.S,
)


def translated(text: str) -> str:
    """A source of an older record, with quotes around the names of its files."""
    found = _OLDER.fullmatch(text.strip())
    if not found or '"' in found["files"]:
        return text
    call, files = found["call"], found["files"]
    given: list[object] = [files]
    first, comma, rest = files.partition(", ")
    if comma and (call in ("distance", "average", "answer") or (call == "ink" and first.isdigit())):
        given = [int(first) if first.isdecimal() else first, rest]
    elif call in ("overlay", "agree", "either", "share"):
        # A name may have a comma in it; the first ends with a suffix.
        cut = re.fullmatch(r"(.*?\.\w+), (.*)", files, re.S)
        given = list(cut.groups()) if cut else [first, rest]
    inner = source(call, *given)
    return (f"count({inner})" if found["count"] else inner) + (found["index"] or "")


# --- the grammar --------------------------------------------------------------------------------
class Grammar:
    """The names and calls that sources are made of: three tables, filled with these decorators.

    ``depth`` is how many indices a value takes: 0 is a number, 1 a list of numbers, and so on.
    """

    def __init__(self) -> None:
        self._names: dict[str, tuple[int, Callable[[Ground], Any]]] = {}
        self._of_reading: dict[str, tuple[int, Callable[[Read], Any]]] = {}
        self._calls: dict[tuple[str, int], tuple[tuple[str, ...], int, Callable[..., Any]]] = {}

    def name(self, name: str, depth: int) -> Callable[[Any], Any]:
        """Add a name: a function of the ground."""

        def add(function: Any) -> Any:
            self._names[name] = (depth, function)
            return function

        return add

    def of_reading(self, name: str, depth: int) -> Callable[[Any], Any]:
        """Add what each reading has, and by its name alone that of the filmed digit."""

        def add(function: Any) -> Any:
            self._of_reading[name] = (depth, function)
            return function

        return add

    def call(self, name: str, *kinds: str, depth: int) -> Callable[[Any], Any]:
        """Add a call: a function of the ground and of arguments of these kinds (``_argument``)."""

        def add(function: Any) -> Any:
            self._calls[name, len(kinds)] = (kinds, depth, function)
            return function

        return add

    def parsed(self, text: str) -> Expression:
        """Read a source; file names without quotes, as in older records, are understood.

        Raises
        ------
        SourceError
            It is none.
        """
        try:
            return Expression(text, self._compiled(text))
        except NoValueError as error:
            try:
                older = translated(text)
                if older != text:
                    return Expression(text, self._compiled(older))
            except NoValueError:
                pass
            raise SourceError(text, str(error)) from error

    def _compiled(self, text: str) -> _Part:
        if len(text) > LONGEST:
            raise NoValueError(f"has {len(text):,} characters, expected at most {LONGEST:,}")
        if re.search(rf"\d{{{MOST_DIGITS + 1}}}", text):
            raise NoValueError(f"has a number of more than {MOST_DIGITS} digits")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # such as of a backslash in a name
                node = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            raise NoValueError("cannot be read, expected an expression") from error
        return self._part(node, 0)

    def _part(self, node: ast.expr, deep: int) -> _Part:
        """Compile a node; what is not in the tables is refused."""
        if deep > DEEPEST:
            raise NoValueError("is nested too deeply")
        match node:
            case ast.Constant(value=value) if type(value) in (int, float):
                return _Part(0, lambda ground: value)
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() as op, right=right):
                one, other = self._number(left, deep), self._number(right, deep)
                if isinstance(op, ast.Mult):
                    return _Part(0, lambda ground: one.value(ground) * other.value(ground))
                sign = 1 if isinstance(op, ast.Add) else -1
                return _Part(0, lambda ground: one.value(ground) + sign * other.value(ground))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                number = self._number(operand, deep)
                return _Part(0, lambda ground: -number.value(ground))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._called(name, arguments, deep)
            case ast.Subscript(value=whole, slice=place):
                return _at(self._part(whole, deep + 1), place)
            case ast.Attribute(
                value=ast.Subscript(value=ast.Name(id="readings"), slice=place), attr=name
            ) if name in self._of_reading:
                depth, function = self._of_reading[name]
                which = _whole(place)
                return _Part(depth, lambda ground: function(ground.read(which)))
            case ast.Name(id=name) if name in self._of_reading and name != "label":
                depth, of_filmed = self._of_reading[name]
                return _Part(depth, lambda ground: of_filmed(ground.read(None)))
            case ast.Name() | ast.Attribute() if (known := _shown(node)) in self._names:
                return _Part(*self._names[known])
        raise NoValueError(f"found {_shown(node)!r}, which no record says")

    def _number(self, node: ast.expr, deep: int) -> _Part:
        part = self._part(node, deep + 1)
        if part.depth:
            raise NoValueError("is a list, expected a number")
        return part

    def _called(self, name: str, arguments: list[ast.expr], deep: int) -> _Part:
        if (name, len(arguments)) not in self._calls:
            raise NoValueError(f"found {printable(name, 60)!r}, which no record says")
        kinds, depth, function = self._calls[name, len(arguments)]
        given = [
            self._argument(kind, node, deep) for kind, node in zip(kinds, arguments, strict=True)
        ]
        return _Part(depth, lambda ground: function(ground, *(value(ground) for value in given)))

    def _argument(self, kind: str, node: ast.expr, deep: int) -> Callable[[Ground], Any]:
        if kind in ("list", "lists", "rows"):
            part = self._part(node, deep + 1)
            if kind == "rows" and part.depth != 2:
                raise NoValueError("expected a list of lists of numbers")
            if part.depth == 0:
                raise NoValueError("is a number, expected a list of them")
            if part.depth > 1 and kind == "list":
                raise NoValueError("there is no sum of whole layers")
            return part.value
        match kind, node:
            case "file", ast.Constant(value=str() as file):
                return lambda ground: file
            case "name", ast.Constant(value=str() as name):
                return lambda ground: name
            case "rule", ast.Name(id=rule) if rule in RULES:
                return lambda ground: rule
            case "number", _:
                number = _whole(node)
                return lambda ground: number
            case "moment", ast.Constant(value=str() as file):
                return lambda ground: Moment("file", file=file)
            case "moment", ast.Call(func=ast.Name(id="before" | "after" as side), args=[step]):
                moment = Moment(side, _whole(step))
                return lambda ground: moment
            case "moment", ast.Call(
                func=ast.Name(id="snapshot"),
                args=[ast.Constant(value=str() as file), place],
                keywords=[],
            ):
                other = Moment("run", _whole(place), file)
                return lambda ground: other
            case "moment", _:
                snapshot = Moment("snapshot", _whole(node))
                return lambda ground: snapshot
            case "examples" | "one", ast.Constant(value=str() as file):
                return lambda ground: Examples("file", file=file)
            case "one", ast.Call(func=ast.Name(id="noise"), args=[seed], keywords=[]):
                nothing = Examples("noise", _whole(seed))
                return lambda ground: nothing
            case "examples" | "one", ast.Call(
                func=ast.Name(id="training"), args=[digit], keywords=[]
            ):
                one = Examples("training", _whole(digit))
                return lambda ground: one
            case "examples", ast.Call(func=ast.Name(id="batch"), args=[step], keywords=[]):
                batch = Examples("batch", _whole(step))
                return lambda ground: batch
            case "examples", ast.Name(id="training" | "unseen" as name):
                every = Examples("all" if name == "training" else name)
                return lambda ground: every
            case "real", ast.Constant(value=float() | int() as value) if type(value) is not bool:
                return lambda ground: float(value)
            case "real", ast.UnaryOp(
                op=ast.USub(), operand=ast.Constant(value=float() | int() as size)
            ):
                return lambda ground: -float(size)
        raise NoValueError(f"found {_shown(node)!r}, expected {_EXPECTED.get(kind, f'a {kind}')}")


_EXPECTED = {
    "one": "a digit's file, training(N) or noise(SEED)",
    "examples": "a digit's file, training(N), training, unseen or batch(STEP)",
    "real": "a number",
}


def _shown(node: ast.expr) -> str:
    try:
        return printable(ast.unparse(node), 60)
    except RecursionError:
        return "..."


def _whole(node: ast.expr) -> int:
    match node:
        case ast.Constant(value=number) if type(number) is int and number >= 0:
            return number
    raise NoValueError(f"found {_shown(node)!r}, expected a number from 0")


def _at(whole: _Part, place: ast.expr) -> _Part:
    """An item of a list, or with a slice the list of some of them."""
    if whole.depth == 0:
        raise NoValueError("is a number, expected a list of them")
    if not isinstance(place, ast.Slice):
        number = _whole(place)
        return _Part(whole.depth - 1, lambda ground: _item(whole.value(ground), number))
    if place.step is not None:
        raise NoValueError("has a slice with steps")
    start = 0 if place.lower is None else _whole(place.lower)
    end = None if place.upper is None else _whole(place.upper)

    def some(ground: Ground) -> Any:
        values = whole.value(ground)
        if isinstance(values, FromOne):
            raise NoValueError("is a slice of layers of weights")
        size = len(values)
        if start > size or (end is not None and not start <= end <= size):
            raise NoValueError(f"there are {size} from 0, so that slice is not there")
        return values[start:end]

    return _Part(whole.depth, some)


def _item(values: Any, number: int) -> Any:
    if not isinstance(values, FromOne) and not number < len(values):
        raise NoValueError(f"there is no number {number}, expected 0 to {len(values) - 1}")
    return values[number]
