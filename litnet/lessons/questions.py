"""Questions, and what a page is handed of them for one clip."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn

from litnet.lessons.text import script
from litnet.lessons.xapi import definition
from litnet.record.asking import asked_at, first_and_last
from litnet.record.expressions import SourceError
from litnet.record.ground import RecordGround
from litnet.record.schema import Record
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

    ``reading`` says which of the record's ``readings`` is meant, None that of ``forward_pass``.
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


def _evaluated(expression: str, record: Record, frame: int) -> float:
    try:
        return evaluate_source(expression, RecordGround(record, frame))
    except SourceError:
        raise
    except InputError as error:
        raise SourceError(expression, str(error).rstrip(".")) from error


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
    last = len(reading.activations) - 1
    if last < 0:
        fail("no network was run for this clip")
    index = answer.neuron
    if index == "prediction":
        if answer.layer != last:
            fail(f"the prediction is in layer {last}, the last one")
        index = reading.prediction
    elif index == "brightest":
        if answer.layer > last:
            fail(f"there is no layer {answer.layer}, expected 0 to {last}")
        values = reading.activations[answer.layer]
        index = max(range(len(values)), key=values.__getitem__, default=-1)
    asked = asked_at(record, frame)
    on_screen = {
        cell
        for layer in (asked.layers if asked else ())
        if layer.layer == answer.layer and layer.reading == answer.reading
        for cell in layer.cell
    }
    if index not in on_screen:
        fail(f"neuron {index} of layer {answer.layer} is not on screen when it is asked")
    return int(index)
