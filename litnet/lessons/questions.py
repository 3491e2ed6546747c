"""Questions, and what a page is handed of them for one clip."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn

from litnet.lessons.text import script
from litnet.lessons.xapi import definition
from litnet.record.asking import asked_at, first_and_last
from litnet.record.expressions import SourceError
from litnet.record.ground import RecordGround
from litnet.record.schema import Layer, Record
from litnet.record.sources import evaluate as evaluate_source
from litnet.record.words import plain
from network.errors import InputError, printable


@dataclass(frozen=True)
class Words:
    """What a question says in one language."""

    text: str
    choices: tuple[str, ...]
    right: str
    wrong: str
    hint: str | None


@dataclass(frozen=True)
class Neuron:
    """The neuron (or pixel) to click: a number from 0, "prediction" or "brightest".

    ``reading`` says which of the record's ``readings`` is meant, None that of ``forward_pass``; or,
    in a film of a training run, what is on screen then.
    """

    layer: int
    neuron: int | str
    reading: int | None = None


@dataclass(frozen=True)
class Question:
    """One question. Either ``beat`` or ``at`` (seconds) says when it is asked.

    ``answer`` is the number of the right choice, from 1; a number, or an expression that gives one;
    or a :class:`Neuron`. ``place`` says where in the file a key stands, for messages.
    """

    id: str
    clip: str
    beat: str | None
    at: float | None
    kind: str
    difficulty: int
    answer: int | float | str | Neuron
    tolerance: float
    words: dict[str, Words]
    place: Callable[..., str]

    def fail(self, message: str, key: str | None = None) -> NoReturn:
        """Raise InputError with where a key of it stands."""
        raise InputError(f"{self.place(key)}: question {self.id!r} {message}.")


def evaluate(expression: str, record: Record) -> float:
    """A number said by a record, as the answers of questions name it: ``network.sizes[0]``.

    What changes in a film is taken as it is in the last frame. Raises InputError for what the
    record does not say.
    """
    return _evaluated(expression, record, record.video.frames - 1)


JOINED: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}


def _evaluated(expression: str, record: Record, frame: int) -> float:
    ground = RecordGround(record, frame)
    try:
        return evaluate_source(expression, ground)
    except InputError as error:
        # What it was computed from, such as a training run, is not in the record; but a number
        # that stands on screen in the film is, by its source.
        shown = {_plain(one.source): one.value for one in reversed(record.numbers)}
        shown |= {_plain(one.source): one.value for one in record.numbers if one.frame <= frame}
        found = _joined(_plain(expression), ground, shown)
        if found is not None:
            return found
        if isinstance(error, SourceError):
            raise
        raise SourceError(expression, str(error).rstrip(".")) from error


def _joined(source: str, ground: RecordGround, shown: dict[str, float]) -> float | None:
    """A number on screen, one that the record says, or these, joined; None if it is neither."""
    if source in shown:
        return shown[source]
    try:
        return evaluate_source(source, ground)
    except InputError:
        pass
    try:
        node = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(node, ast.BinOp) or type(node.op) not in JOINED:
        return None
    left = _joined(ast.unparse(node.left), ground, shown)
    right = _joined(ast.unparse(node.right), ground, shown)
    return None if left is None or right is None else JOINED[type(node.op)](left, right)


def _plain(source: str) -> str:
    """A source as ``ast.unparse`` writes it; one of a record of before, in which files have no
    quotes, as it is."""
    try:
        return ast.unparse(ast.parse(source, mode="eval"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source


def quiz_script(name: str, questions: Sequence[dict[str, Any]]) -> str:
    """A classic script that hands a page the questions about the published clip ``name``."""
    return script("litnetQuizzes", name, list(questions))


def compiled(question: Question, record: Record, language: str) -> dict[str, Any]:
    """What a page needs to ask a question; :meth:`litnet.lessons.quiz.Quiz.for_clip` lists it.

    Raises InputError for what the clip's record does not have.
    """
    words = question.words.get(language)
    if words is None:
        question.fail(f"has no [question.{language}]")
    frame = _frame(question, record)
    found: dict[str, Any] = {
        "id": question.id,
        "kind": question.kind,
        "frame": frame,
        "time": round(float((frame + Fraction(1, 2)) / record.video.rate), 6),
        "difficulty": question.difficulty,
        "text": plain(words.text),
        "choices": [plain(choice) for choice in words.choices] or None,
        "answer": None,
        "tolerance": None,
        "layer": None,
        "neuron": None,
        "reading": None,
        "right": plain(words.right),
        "wrong": plain(words.wrong),
        "hint": None if words.hint is None else plain(words.hint),
    }
    answer = question.answer
    if isinstance(answer, Neuron):
        neuron = _neuron(question, answer, record, frame)
        found |= {"layer": answer.layer, "neuron": neuron, "reading": answer.reading}
    elif question.kind == "choice":
        found["answer"] = answer
    else:
        if isinstance(answer, str):
            answer = _number(question, answer, record, frame)
        found |= {"answer": answer, "tolerance": question.tolerance}
    return found | {"definition": definition(found, language)}


def _frame(question: Question, record: Record) -> int:
    """In which frame it is asked: the last one of its beat, or that of its time."""
    if question.beat is not None:
        for beat in record.beats:
            if beat.name == question.beat:
                return first_and_last(beat.start, beat.end, record.video.rate)[1]
        names = printable(", ".join(beat.name for beat in record.beats), 1000)
        question.fail(f"is asked at the beat {question.beat!r}, expected one of: {names}", "beat")
    at = Fraction(question.at or 0).limit_denominator(10**6)
    frame = math.floor(at * record.video.rate)
    if frame >= record.video.frames:
        seconds = f"{record.video.duration:g} s"
        question.fail(
            f"is asked at {question.at:g} s, expected less than the clip's {seconds}", "at"
        )
    return frame


def _number(question: Question, answer: str, record: Record, frame: int) -> int | float:
    """What an expression says when it is asked."""
    try:
        value = _evaluated(answer, record, frame)
    except SourceError as error:
        question.fail(f"has the answer {printable(answer)!r}: {error.reason}", "answer")
    if value.is_integer():
        return int(value)
    if not question.tolerance:
        question.fail(
            f"has the answer {answer!r}, which is {value:g} in this clip, expected a tolerance for "
            "a number that is not whole",
            "answer",
        )
    return value


def _neuron(question: Question, answer: Neuron, record: Record, frame: int) -> int:
    """The number of the neuron that is asked for, which has to be on screen then."""

    def fail(reason: str) -> NoReturn:
        question.fail(f"asks for a neuron: {reason}", "answer")

    reading: Any = record.forward_pass
    if answer.reading is not None:
        if answer.reading >= len(record.readings):
            fail(f"there is no reading {answer.reading}, expected 0 to {len(record.readings) - 1}")
        reading = record.readings[answer.reading]
    last = len(reading.activations or record.network.sizes) - 1
    if last < 0:
        fail("no network was run for this clip")
    asked = asked_at(record, frame)
    shown = [
        layer
        for layer in (asked.layers if asked else ())
        if layer.layer == answer.layer and layer.reading == answer.reading
    ]
    index = answer.neuron
    if index == "prediction":
        if answer.layer != last:
            fail(f"the prediction is in layer {last}, the last one")
        index = "brightest"  # as it is
    if index == "brightest":
        if answer.layer > last:
            fail(f"there is no layer {answer.layer}, expected 0 to {last}")
        if reading.activations:
            values = reading.activations[answer.layer]
        else:
            values = _values_of(shown, record.network.sizes[answer.layer])
        if not values:
            fail(f"layer {answer.layer} is not on screen as a whole, once, when it is asked")
        index = max(range(len(values)), key=values.__getitem__)
    on_screen = {cell for layer in shown for cell in layer.cell}
    if index not in on_screen:
        fail(f"neuron {index} of layer {answer.layer} is not on screen when it is asked")
    return int(index)


def _values_of(shown: Sequence[Layer], size: int) -> list[float]:
    """The numbers of a whole layer that is on screen; none unless it is there once, and lit."""
    if len(shown) != 1 or sorted(shown[0].cell) != list(range(size)):
        return []
    lights = dict(zip(shown[0].cell, shown[0].value, strict=True))
    return [value for cell in range(size) if (value := lights[cell]) is not None]
