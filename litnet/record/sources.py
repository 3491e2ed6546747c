"""Where numbers come from: the sources that there are, and their one evaluator.

A source is an expression in Python's own grammar, of the names and calls in three tables here;
``docs/record.md`` lists them. A film checks each number on screen against its source when it is
made; questions and lessons are answered over its record, by the same evaluator.

>>> evaluate("sum(network.sizes[1:3])", ground)
32.0
"""

from __future__ import annotations

import ast
import json
import math
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from litnet.record.ground import Ground, Read
from litnet.record.judging import RULES, lit, noise
from litnet.record.quantities import Floats
from network.errors import InputError, printable
from network.forward_pass import contributions

LONGEST = 4096  # characters of a source
DEEPEST = 40  # of what stands in brackets in brackets
MOST_DIGITS = 20  # of a number in a source
MANY = 100  # pictures of noise that a network is shown


class SourceError(InputError):
    """A source that cannot be read, or does not say a number; ``reason`` ends a sentence."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{printable(source, 160)!r}: {reason}.")
        self.reason = reason


class _NoValueError(Exception):
    """Why a source has no value, in words that end a sentence."""


# --- the three tables ---------------------------------------------------------------------------
# How many indices a value takes: 0 is a number, 1 a list of numbers, and so on.
_NAMES: dict[str, tuple[int, Callable[[Ground], Any]]] = {}
_OF_READING: dict[str, tuple[int, Callable[[Read], Any]]] = {}
# The kinds of a call's arguments: "list", "file", "rule" or "number".
_CALLS: dict[tuple[str, int], tuple[tuple[str, ...], int, Callable[..., Any]]] = {}


def _name(name: str, depth: int) -> Callable[[Any], Any]:
    def add(function: Any) -> Any:
        _NAMES[name] = (depth, function)
        return function

    return add


def _of_reading(name: str, depth: int) -> Callable[[Any], Any]:
    def add(function: Any) -> Any:
        _OF_READING[name] = (depth, function)
        return function

    return add


def _call(name: str, *kinds: str, depth: int) -> Callable[[Any], Any]:
    def add(function: Any) -> Any:
        _CALLS[name, len(kinds)] = (kinds, depth, function)
        return function

    return add


class _FromOne:
    """A list whose items are counted from 1, as layers of weights are."""

    def __init__(self, length: int, item: Callable[[int], Any]) -> None:
        self.length, self.item = length, item

    def __getitem__(self, number: int) -> Any:
        if not 1 <= number <= self.length:
            raise _NoValueError(f"there is no layer {number}, expected 1 to {self.length}")
        return self.item(number)


def _there(value: Any, otherwise: str) -> Any:
    if value is None:
        raise _NoValueError(otherwise)
    return value


_name("network.sizes", 1)(lambda ground: ground.sizes())
_name("pixels.rows", 0)(
    lambda ground: _there(ground.shape(), "no picture is shown in this clip")[0]
)
_name("pixels.columns", 0)(
    lambda ground: _there(ground.shape(), "no picture is shown in this clip")[1]
)
_name("edges.drawn", 0)(
    lambda ground: _there(ground.edges(), "no connections are shown in this clip")[0]
)
_name("edges.total", 0)(
    lambda ground: _there(ground.edges(), "no connections are shown in this clip")[1]
)
_name("network.parameters", 0)(
    lambda ground: _there(ground.parameters(), "no network was run for this clip")
)
_name("signed", 1)(lambda ground: range(_there(ground.signed(), "no pictures of signed numbers")))
_name("noise", 1)(lambda ground: range(MANY))
_name("digits", 1)(lambda ground: ground.judged().labels)
_name("unjudged", 1)(lambda ground: np.ones(len(ground.judged().labels)))

_of_reading("activations", 2)(lambda read: _run(read).activations)
_of_reading("prediction", 0)(lambda read: _run(read).prediction)
_of_reading("confidence", 0)(lambda read: _run(read).confidence)
_of_reading("label", 0)(lambda read: _there(read.label, "is no number in this clip"))
_of_reading("weights", 3)(
    lambda read: _FromOne(len(read.mlp.layers), lambda n: read.mlp.layers[n - 1].weights)
)
_of_reading("biases", 2)(
    lambda read: _FromOne(len(read.mlp.layers), lambda n: read.mlp.layers[n - 1].biases)
)


@_of_reading("contributions", 3)
def _contributions(read: Read) -> _FromOne:
    layers, activations = read.mlp.layers, _run(read).activations
    return _FromOne(len(layers), lambda n: contributions(layers[n - 1].weights, activations[n - 1]))


@_of_reading("z", 2)
def _sums(read: Read) -> _FromOne:
    layers, activations = read.mlp.layers, _run(read).activations
    return _FromOne(
        len(layers),
        lambda n: layers[n - 1].weights @ np.asarray(activations[n - 1]) + layers[n - 1].biases,
    )


def _run(read: Read) -> Read:
    if not len(read.activations):
        raise _NoValueError("no network was run for this clip")
    return read


_call("sum", "list", depth=0)(lambda ground, values: sum(np.asarray(values).tolist()))
_call("len", "lists", depth=0)(lambda ground, values: len(values))
_call("count", "list", depth=0)(lambda ground, values: np.count_nonzero(values))
_call("positive", "list", depth=1)(lambda ground, values: np.clip(values, 0, None))
_call("negative", "list", depth=1)(lambda ground, values: np.clip(values, None, 0))

_call("pixels", "file", depth=1)(lambda ground, file: ground.image(file).ravel())
_call("noise", "number", depth=1)(lambda ground, seed: noise(seed).ravel())
_call("label", "file", depth=0)(
    lambda ground, file: _there(ground.label(file), "nobody knows what that file shows")
)


@_call("overlay", "file", "file", depth=1)
def _overlay(ground: Ground, first: str, second: str) -> Floats:
    mean: Floats = ((ground.image(first) + ground.image(second)) / 2).ravel()
    return mean


@_call("agree", "file", "file", depth=1)
def _agree(ground: Ground, first: str, second: str) -> Floats:
    both: Floats = (lit(ground.image(first)) & lit(ground.image(second))).astype(float).ravel()
    return both


@_call("either", "file", "file", depth=1)
def _either(ground: Ground, first: str, second: str) -> Floats:
    one: Floats = (lit(ground.image(first)) | lit(ground.image(second))).astype(float).ravel()
    return one


@_call("share", "file", "file", depth=0)
def _share(ground: Ground, first: str, second: str) -> float:
    either = max(1, np.count_nonzero(_either(ground, first, second)))
    return float(100 * _agree(ground, first, second).sum() / either)


_call("ink", "file", depth=0)(lambda ground, file: float(ground.image(file).sum()))
_call("ink", "number", "file", depth=0)(
    lambda ground, label, file: ground.judged().averages("ink", file)[_label(label)][0]
)
_call("average", "number", "file", depth=1)(
    lambda ground, label, file: ground.judged().averages("average", file)[_label(label)]
)
_call("distance", "number", "file", depth=0)(
    lambda ground, label, file: ground.judged().distances("average", ground.image(file), file)[
        _label(label)
    ]
)
_call("answer", "rule", "file", depth=0)(
    lambda ground, rule, file: ground.judged().answer(rule, ground.image(file), file)
)
_call("right", "rule", depth=1)(lambda ground, rule: ground.judged().right(rule))
_call("misread", "rule", depth=1)(lambda ground, rule: 1 - ground.judged().right(rule))
_call("wrong", "rule", depth=0)(
    lambda ground, rule: np.count_nonzero(ground.judged().right(rule) == 0)
)


def _label(label: int) -> int:
    if not 0 <= label <= 9:
        raise _NoValueError(f"there is no digit {label}")
    return label


# --- the evaluator ------------------------------------------------------------------------------
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

    def _found(self, ground: Ground) -> Any:
        try:
            return self.part.value(ground)
        except _NoValueError as error:
            raise SourceError(self.text, str(error)) from error


@cache
def parsed(text: str) -> Expression:
    """Read a source; file names that stand without quotes, as in older records, are understood.

    Raises
    ------
    SourceError
        It is none.
    """
    try:
        return Expression(text, _compiled(text))
    except _NoValueError as error:
        try:
            older = translated(text)
            if older != text:
                return Expression(text, _compiled(older))
        except _NoValueError:
            pass
        raise SourceError(text, str(error)) from error


def evaluate(source: str, ground: Ground) -> float:
    """The number that a source says over a film or a record.

    Raises
    ------
    SourceError
        It cannot be read, or the ground does not say it.
    """
    return parsed(source).value(ground)


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


def _compiled(text: str) -> _Part:
    if len(text) > LONGEST:
        raise _NoValueError(f"has {len(text):,} characters, expected at most {LONGEST:,}")
    if re.search(rf"\d{{{MOST_DIGITS + 1}}}", text):
        raise _NoValueError(f"has a number of more than {MOST_DIGITS} digits")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as of a backslash in a name
            node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise _NoValueError("cannot be read, expected an expression") from error
    return _part(node, 0)


def _part(node: ast.expr, deep: int) -> _Part:
    """Compile a node; what is not in the tables is refused."""
    if deep > DEEPEST:
        raise _NoValueError("is nested too deeply")
    match node:
        case ast.Constant(value=value) if type(value) in (int, float):
            return _Part(0, lambda ground: value)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() as op, right=right):
            one, other = _number(left, deep), _number(right, deep)
            if isinstance(op, ast.Mult):
                return _Part(0, lambda ground: one.value(ground) * other.value(ground))
            sign = 1 if isinstance(op, ast.Add) else -1
            return _Part(0, lambda ground: one.value(ground) + sign * other.value(ground))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            number = _number(operand, deep)
            return _Part(0, lambda ground: -number.value(ground))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _called(name, arguments, deep)
        case ast.Subscript(value=whole, slice=place):
            return _at(_part(whole, deep + 1), place)
        case ast.Attribute(
            value=ast.Subscript(value=ast.Name(id="readings"), slice=place), attr=name
        ) if name in _OF_READING:
            depth, function = _OF_READING[name]
            which = _whole(place)
            return _Part(depth, lambda ground: function(ground.read(which)))
        case ast.Name(id=name) if name in _OF_READING and name != "label":
            depth, of_filmed = _OF_READING[name]
            return _Part(depth, lambda ground: of_filmed(ground.read(None)))
        case ast.Name() | ast.Attribute() if (known := _shown(node)) in _NAMES:
            return _Part(*_NAMES[known])
    raise _NoValueError(f"found {_shown(node)!r}, which no record says")


def _shown(node: ast.expr) -> str:
    try:
        return printable(ast.unparse(node), 60)
    except RecursionError:
        return "..."


def _number(node: ast.expr, deep: int) -> _Part:
    part = _part(node, deep + 1)
    if part.depth:
        raise _NoValueError("is a list, expected a number")
    return part


def _called(name: str, arguments: list[ast.expr], deep: int) -> _Part:
    if (name, len(arguments)) not in _CALLS:
        raise _NoValueError(f"found {printable(name, 60)!r}, which no record says")
    kinds, depth, function = _CALLS[name, len(arguments)]
    given = [_argument(kind, node, deep) for kind, node in zip(kinds, arguments, strict=True)]
    return _Part(depth, lambda ground: function(ground, *(value(ground) for value in given)))


def _argument(kind: str, node: ast.expr, deep: int) -> Callable[[Ground], Any]:
    if kind in ("list", "lists"):
        part = _part(node, deep + 1)
        if part.depth == 0:
            raise _NoValueError("is a number, expected a list of them")
        if part.depth > 1 and kind == "list":
            raise _NoValueError("there is no sum of whole layers")
        return part.value
    match kind, node:
        case "file", ast.Constant(value=str() as file):
            return lambda ground: file
        case "rule", ast.Name(id=rule) if rule in RULES:
            return lambda ground: rule
        case "number", _:
            number = _whole(node)
            return lambda ground: number
    raise _NoValueError(f"found {_shown(node)!r}, expected a {kind}")


def _whole(node: ast.expr) -> int:
    match node:
        case ast.Constant(value=number) if type(number) is int and number >= 0:
            return number
    raise _NoValueError(f"found {_shown(node)!r}, expected a number from 0")


def _at(whole: _Part, place: ast.expr) -> _Part:
    """An item of a list, or with a slice the list of some of them."""
    if whole.depth == 0:
        raise _NoValueError("is a number, expected a list of them")
    if not isinstance(place, ast.Slice):
        number = _whole(place)
        return _Part(whole.depth - 1, lambda ground: _item(whole.value(ground), number))
    if place.step is not None:
        raise _NoValueError("has a slice with steps")
    start = 0 if place.lower is None else _whole(place.lower)
    end = None if place.upper is None else _whole(place.upper)

    def some(ground: Ground) -> Any:
        values = whole.value(ground)
        if isinstance(values, _FromOne):
            raise _NoValueError("is a slice of layers of weights")
        size = len(values)
        if start > size or (end is not None and not start <= end <= size):
            raise _NoValueError(f"there are {size} from 0, so that slice is not there")
        return values[start:end]

    return _Part(whole.depth, some)


def _item(values: Any, number: int) -> Any:
    if not isinstance(values, _FromOne) and not number < len(values):
        raise _NoValueError(f"there is no number {number}, expected 0 to {len(values) - 1}")
    return values[number]
