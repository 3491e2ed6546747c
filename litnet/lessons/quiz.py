"""Questions that a clip asks: the file ``quiz.toml`` beside a lesson, and what a page is handed.

``docs/quiz.md`` describes the file. Answers may be expressions over a clip's record, so that they
stay right when the model or the digit changes.
"""

from __future__ import annotations

import math
import os
import re
import reprlib
import tomllib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from litnet.lessons.clip import askable, first_and_last, script
from network.errors import InputError, printable
from network.files import parsed_toml, read_text

LONGEST_TOKEN = 20  # characters; Python refuses to read numbers of thousands of digits
MOST_QUIZ = 2**18  # bytes; fifty questions in five languages have fewer
KINDS = ("choice", "number", "neuron")
NEURONS = ("prediction", "brightest")
QUESTION_KEYS = ("id", "clip", "beat", "at", "kind", "difficulty", "answer", "tolerance")
WORD_KEYS = ("text", "choices", "right", "wrong", "hint")
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
# Embeddings, overrides and isolates: they can make a line read differently from what it says.
BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")


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


@dataclass(frozen=True)
class Quiz:
    """The questions of one file, as they stand there."""

    path: Path
    questions: tuple[Question, ...]

    def __repr__(self) -> str:
        return f"Quiz({str(self.path)!r}, {len(self.questions)} questions)"

    @property
    def clips(self) -> tuple[str, ...]:
        """The clips that are asked about, in the file's order."""
        return tuple(dict.fromkeys(question.clip for question in self.questions))

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the questions, the same for all of them."""
        return tuple(self.questions[0].words)

    def check_clips(self, known: Sequence[str]) -> None:
        """Raise InputError if a question is about a clip that is not among these."""
        for question in self.questions:
            if question.clip not in known:
                raise InputError(
                    f"{question.place('clip')}: question {question.id!r} is about the clip "
                    f"{question.clip!r}, expected one of: {', '.join(known)}."
                )

    def for_clip(self, clip: str, record: dict[str, Any], language: str) -> list[dict[str, Any]]:
        """What a page needs to ask the questions about a clip, in the order of the film.

        Parameters
        ----------
        clip
            Name of the clip in the questions, ``"LayerIntro"``.
        record
            Of the published clip that is shown.
        language
            In which the questions are put.

        Returns
        -------
        list of dict
            ``id``, ``kind``, ``frame``, ``time`` (the middle of that frame, in seconds),
            ``difficulty``, ``text``, ``choices``, ``answer``, ``tolerance``, ``layer``,
            ``neuron``, ``reading``, ``right``, ``wrong`` and ``hint`` of each; what does not
            belong to its kind is None. ``definition`` is how xAPI describes it: an interaction,
            with its choices and what is right.

        Raises
        ------
        InputError
            A question names a beat, a time, a neuron or a language that is not there, or an
            expression that the record does not answer.
        """
        asked = [_compile(q, record, language) for q in self.questions if q.clip == clip]
        return [
            question | {"definition": _definition(question, language)}
            for question in sorted(asked, key=lambda question: question["frame"])
        ]


def evaluate(expression: str, record: dict[str, Any]) -> float:
    """A number said by a record, as the answers of questions name it: ``network.sizes[0]``.

    What changes in a film is taken as it is in the last frame. Raises InputError for what the
    record does not say.
    """
    try:
        return _Expression(expression).value(record, record["video"]["frames"] - 1)
    except _CannotSayError as error:
        raise InputError(f"{expression[:80]!r}: {error}.") from error


def quiz_script(name: str, questions: Sequence[dict[str, Any]]) -> str:
    """A classic script that hands a page the questions about the published clip ``name``.

    It can stand in a file or between script tags: what could end those is escaped.
    """
    return script("litnetQuizzes", name, list(questions))


# --- the file -----------------------------------------------------------------------------------
def read_quiz(path: str | os.PathLike[str]) -> Quiz:
    """Read and check a file of questions.

    Raises
    ------
    InputError
        The file is missing, is not TOML, or a question in it is not as ``docs/quiz.md`` says; the
        message begins with the file and the line.
    """
    file = _File(Path(path))
    for key in file.table:
        if key != "question":
            raise InputError(f"{file.place(key)}: found {key!r}, expected only [[question]].")
    entries = file.table.get("question")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(f"{file.place('question')}: no questions there, expected [[question]].")
    if not entries:
        raise InputError(f"{file.place('question')}: no questions there, expected at least one.")
    questions: list[Question] = []
    for number, entry in enumerate(entries):
        question = _Reader(entry, partial(file.placed, number)).question()
        if any(question.id == other.id for other in questions):
            raise InputError(
                f"{question.place('id')}: a second question has the id {question.id!r}."
            )
        questions.append(question)
    every = dict.fromkeys(language for question in questions for language in question.words)
    for question in questions:
        for language in every:
            if language not in question.words:
                raise InputError(
                    f"{question.place()}: question {question.id!r} has no [question.{language}], "
                    "as others have."
                )
    return Quiz(file.path, tuple(questions))


class _File:
    """A file of questions, and where things stand in it; the standard parser forgets that."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, printable(path)
        self.lines = read_text(path, MOST_QUIZ).splitlines(keepends=True)
        try:
            self.table = parsed_toml("".join(self.lines), self.name)
        except InputError as error:
            raise InputError(self._trouble(error)) from error
        for way, value in _values(self.table):
            # As TOML has it; what is longer is no number that anything here can compute with.
            if type(value) is int and not -(2**63) <= value < 2**63:
                raise InputError(f"{self.place(*way)}: a whole number of more than 64 bits.")

    def _trouble(self, error: InputError) -> str:
        """Why the file is no TOML, with the line."""
        where = r"(.*?) \(at (?:line (\d+), column \d+|end of document)\)"
        found = re.fullmatch(where, str(error.__cause__), re.S)
        if found:
            return f"{self.name}:{found[2] or max(1, len(self.lines))}: not TOML ({found[1]})."
        line = bisect_left(range(1, len(self.lines)), True, key=self._is_trouble) + 1
        return f"{self.name}:{line}: {str(error).removeprefix(f'{self.name}: ')}."

    def _is_trouble(self, lines: int) -> bool:
        """Whether the first lines hold what no parser reads, whatever follows."""
        try:
            parsed_toml("".join(self.lines[:lines]), "")
        except InputError as error:
            return not isinstance(error.__cause__, tomllib.TOMLDecodeError)
        return False

    def place(self, *way: str | int) -> str:
        """Where a key or an entry begins, ``path:line``; else where the one that it is in does."""
        for end in range(len(way), 0, -1):
            if line := self._line(way[:end]):
                return f"{self.name}:{line}"
        return f"{self.name}:1"

    def placed(self, number: int, key: str | None = None, language: str | None = None) -> str:
        """The same for a key of question ``number``, or of its words in a language."""
        return self.place("question", number, *(part for part in (language, key) if part))

    def _line(self, way: Sequence[str | int]) -> int:
        """The number of the line that brings something into the table; 0 if none does."""
        if not _holds(self.table, way):
            return 0
        before, after = 0, len(self.lines)  # lines that are a whole file without it, and with it
        while True:
            middle = (before + after) // 2
            # Within a value of several lines there is no whole file: on to the one before it.
            while middle > before and (table := self._first(middle)) is None:
                middle -= 1
            if middle == before:
                middle = (before + after) // 2 + 1
                while middle < after and (table := self._first(middle)) is None:
                    middle += 1
                if middle >= after:
                    return before + 1
            assert table is not None
            if _holds(table, way):
                after = middle
            else:
                before = middle

    def _first(self, lines: int) -> dict[str, Any] | None:
        """What the first lines say; None if something in them is not finished."""
        try:
            return parsed_toml("".join(self.lines[:lines]), "")
        except InputError:
            return None


def _holds(table: Any, way: Sequence[str | int]) -> bool:
    """Whether there is something at the end of a way of keys and numbers."""
    for part in way:
        if isinstance(part, int):
            if not isinstance(table, list) or part >= len(table):
                return False
        elif not isinstance(table, dict) or part not in table:
            return False
        table = table[part]
    return True


def _values(table: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value in a table, however deep, and the way to it."""
    pending: list[tuple[tuple[str | int, ...], Any]] = [((), table)]
    while pending:
        way, value = pending.pop()
        if isinstance(value, dict):
            pending += [((*way, key), part) for key, part in value.items()]
        elif isinstance(value, list):
            pending += [((*way, number), part) for number, part in enumerate(value)]
        else:
            yield way, value


class _Reader:
    """Checks one question's table."""

    def __init__(self, table: dict[str, Any], place: Callable[..., str]) -> None:
        self.table, self.place = table, place

    def fail(self, message: str, key: str | None = None, language: str | None = None) -> NoReturn:
        name = self.table.get("id")
        which = f"question {name!r}" if isinstance(name, str) else "a question"
        raise InputError(f"{self.place(key, language)}: {which} {message}.")

    def string(self, key: str) -> str:
        if key not in self.table:
            self.fail(f"has no {key!r}")
        value = self.table[key]
        if not isinstance(value, str) or not value.strip():
            self.fail(f"has {key} = {_shown(value)}, expected a name in quotes", key)
        return value

    def question(self) -> Question:
        identity = self.string("id")
        if not SLUG.fullmatch(identity):
            self.fail("has an id of other characters than a-z, 0-9 and single hyphens", "id")
        languages = []
        for key, value in self.table.items():
            if key in QUESTION_KEYS:
                continue
            if not isinstance(value, dict) or not LANGUAGE.fullmatch(key):
                self.fail(f"has the unknown key {key!r}", key)
            languages.append(key)
        clip, kind = self.string("clip"), self.string("kind")
        if kind not in KINDS:
            self.fail(f"is of the kind {kind!r}, expected one of: {', '.join(KINDS)}", "kind")
        if not languages:
            self.fail("has no words, expected [question.en] or another language")
        words = {language: self.words(language, kind) for language in languages}
        counts = {language: len(found.choices) for language, found in words.items()}
        if len(set(counts.values())) > 1:
            shown = ", ".join(f"{n} in {language}" for language, n in counts.items())
            odd = next(lang for lang, n in counts.items() if n != counts[languages[0]])
            self.fail(f"has different numbers of choices ({shown})", "choices", odd)
        if ("beat" in self.table) == ("at" in self.table):
            self.fail("needs either 'beat' or 'at', to say when it is asked")
        difficulty = self.table.get("difficulty", 1)
        if type(difficulty) is not int or difficulty not in (1, 2, 3):
            self.fail(f"has difficulty = {_shown(difficulty)}, expected 1, 2 or 3", "difficulty")
        return Question(
            id=identity,
            clip=clip,
            beat=self.string("beat") if "beat" in self.table else None,
            at=self.number("at") if "at" in self.table else None,
            kind=kind,
            difficulty=difficulty,
            answer=self.answer(kind, counts[languages[0]]),
            tolerance=self.tolerance(kind),
            words=words,
            place=self.place,
        )

    def number(self, key: str) -> float:
        value = self.table[key]
        if type(value) not in (int, float) or not math.isfinite(value) or value < 0:
            self.fail(f"has {key} = {_shown(value)}, expected a number from 0", key)
        return float(value)

    def tolerance(self, kind: str) -> float:
        if "tolerance" not in self.table:
            return 0.0
        if kind != "number":
            self.fail(f"is of the kind {kind!r}, which has no tolerance", "tolerance")
        return self.number("tolerance")

    def answer(self, kind: str, choices: int) -> int | float | str | Neuron:
        if "answer" not in self.table:
            self.fail("has no 'answer'")
        value = self.table["answer"]
        if kind == "choice":
            if type(value) is not int or not 1 <= value <= choices:
                self.fail(
                    f"has answer = {_shown(value)}, expected a choice's number, 1 to {choices}",
                    "answer",
                )
            return value
        if kind == "number":
            if isinstance(value, str):
                try:
                    _Expression(value).check()
                except _CannotSayError as error:
                    self.fail(f"has the answer {value!r}: {error}", "answer")
                return value
            if type(value) not in (int, float) or not math.isfinite(value):
                self.fail(f"has answer = {_shown(value)}, expected a number", "answer")
            return value  # type: ignore[no-any-return]
        keys = {"layer", "neuron"}
        if not isinstance(value, dict) or not keys <= value.keys() <= keys | {"reading"}:
            self.fail(
                f"has answer = {_shown(value)}, expected {{layer = ..., neuron = ...}}", "answer"
            )
        neuron = value["neuron"]
        for key, number in value.items():
            if type(number) is int and number >= 0:
                continue
            if key != "neuron" or neuron not in NEURONS:
                names = f" or one of: {', '.join(NEURONS)}" if key == "neuron" else ""
                self.fail(
                    f"has {key} = {_shown(number)}, expected a number from 0{names}", "answer"
                )
        return Neuron(value["layer"], neuron, value.get("reading"))

    def words(self, language: str, kind: str) -> Words:
        table = self.table[language]
        for key in table:
            if key not in WORD_KEYS or (key == "choices" and kind != "choice"):
                self.fail(f"has the unknown key {key!r} in {language}", key, language)
        found: dict[str, Any] = {"hint": None, "choices": ()}
        for key in ("text", "right", "wrong", "hint"):
            if key not in table:
                if key != "hint":
                    self.fail(f"has no {key!r} in {language}", None, language)
                continue
            if not isinstance(table[key], str) or not table[key].strip():
                self.fail(f"has no words in {key!r} in {language}", key, language)
            found[key] = table[key].strip()
        if kind == "choice":
            choices = table.get("choices")
            if (
                not isinstance(choices, list)
                or len(choices) < 2
                or not all(isinstance(choice, str) and choice.strip() for choice in choices)
            ):
                self.fail(f"needs two or more choices in {language}", "choices", language)
            found["choices"] = tuple(choice.strip() for choice in choices)
            if len(set(found["choices"])) < len(choices):
                self.fail(f"has the same choice twice in {language}", "choices", language)
        return Words(**found)


def _shown(value: object) -> str:
    text = reprlib.repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


# --- compiled for one clip ----------------------------------------------------------------------
def _compile(question: Question, record: dict[str, Any], language: str) -> dict[str, Any]:
    def fail(message: str, key: str | None = None) -> NoReturn:
        raise InputError(f"{question.place(key)}: question {question.id!r} {message}.")

    words = question.words.get(language)
    if words is None:
        fail(f"has no [question.{language}]")
    video = record["video"]
    rate = Fraction(video["frame_rate"])
    if question.beat is not None:
        beats = {beat["name"]: beat for beat in record["beats"]}
        if question.beat not in beats:
            fail(f"is asked at the beat {question.beat!r}, expected one of: "
                 f"{', '.join(beats)}", "beat")  # fmt: skip
        beat = beats[question.beat]
        _, frame = first_and_last(beat["start"], beat["end"], rate)
    else:
        frame = math.floor(Fraction(question.at or 0).limit_denominator(10**6) * rate)
        if frame >= video["frames"]:
            fail(f"is asked at {question.at:g} s, expected less than the clip's "
                 f"{float(video['duration']):g} s", "at")  # fmt: skip
    compiled: dict[str, Any] = {
        "id": question.id,
        "kind": question.kind,
        "frame": frame,
        "time": round(float((frame + Fraction(1, 2)) / rate), 6),
        "difficulty": question.difficulty,
        "text": _plain(words.text),
        "choices": [_plain(choice) for choice in words.choices] or None,
        "answer": None,
        "tolerance": None,
        "layer": None,
        "neuron": None,
        "reading": None,
        "right": _plain(words.right),
        "wrong": _plain(words.wrong),
        "hint": None if words.hint is None else _plain(words.hint),
    }
    answer = question.answer
    if isinstance(answer, Neuron):
        try:
            neuron = _neuron(answer, record, frame)
        except _CannotSayError as error:
            fail(f"asks for a neuron: {error}", "answer")
        return compiled | {"layer": answer.layer, "neuron": neuron, "reading": answer.reading}
    if question.kind == "choice":
        return compiled | {"answer": answer}
    if isinstance(answer, str):
        try:
            value = _Expression(answer).value(record, frame)
        except _CannotSayError as error:
            fail(f"has the answer {answer!r}: {error}", "answer")
        if not question.tolerance and not float(value).is_integer():
            fail(f"has the answer {answer!r}, which is {value:g} in this clip, expected a "
                 "tolerance for a number that is not whole", "answer")  # fmt: skip
        answer = value
    return compiled | {"answer": answer, "tolerance": question.tolerance}


def _definition(question: dict[str, Any], language: str) -> dict[str, Any]:
    """The activity definition of xAPI 1.0.3 (Data, 4.1.4.1, interaction activities).

    xAPI has no interaction in which one points at something: neurons are of the kind "other".
    """
    found: dict[str, Any] = {
        "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
        "description": {language: question["text"]},
    }
    answer = question["answer"]
    if question["kind"] == "choice":
        choices = enumerate(question["choices"], start=1)
        return found | {
            "interactionType": "choice",
            "choices": [
                {"id": f"choice-{number}", "description": {language: text}}
                for number, text in choices
            ],
            "correctResponsesPattern": [f"choice-{answer}"],
        }
    if question["kind"] == "number":
        near = question["tolerance"]
        right = f"{answer - near:.9g}[:]{answer + near:.9g}" if near else f"{answer:.15g}"
        return found | {"interactionType": "numeric", "correctResponsesPattern": [right]}
    neuron = f"{question['layer']}/{question['neuron']}"
    return found | {"interactionType": "other", "correctResponsesPattern": [neuron]}


def _plain(text: str) -> str:
    return BIDI_CONTROLS.sub("", text)


def _neuron(answer: Neuron, record: dict[str, Any], frame: int) -> int:
    reading = _reading(record, answer.reading)
    index = answer.neuron
    if index == "prediction":
        layers = reading["activations"]
        if answer.layer != len(layers) - 1:
            raise _CannotSayError(f"the prediction is in layer {len(layers) - 1}, the last one")
        index = reading["prediction"]
    elif index == "brightest":
        values = _item(reading["activations"], answer.layer, "layer")
        index = max(range(len(values)), key=values.__getitem__)
    snapshot = snapshot_for(record, frame)
    on_screen = {
        cell
        for layer in (askable(snapshot) if snapshot else [])
        if layer["layer"] == answer.layer and layer["reading"] == answer.reading
        for cell in layer["cell"]
    }
    if index not in on_screen:
        raise _CannotSayError(
            f"neuron {index} of layer {answer.layer} is not on screen when it is asked"
        )
    return int(index)


def snapshot_for(record: dict[str, Any], frame: int) -> dict[str, Any] | None:
    """The snapshot that neurons are asked in when the film is paused at ``frame``.

    It is the nearest one of the same beat that shows neurons or pixels; without such a one, the
    nearest of the film.
    """
    rate = Fraction(record["video"]["frame_rate"])
    usable = [snapshot for snapshot in record["snapshots"] if askable(snapshot)]
    for beat in record["beats"]:
        first, last = first_and_last(beat["start"], beat["end"], rate)
        if first <= frame <= last:
            usable = [s for s in usable if first <= s["frame"] <= last] or usable
            break
    return min(usable, key=lambda snapshot: abs(snapshot["frame"] - frame), default=None)


# --- expressions over a record ------------------------------------------------------------------
class _CannotSayError(Exception):
    """Why an expression has no value, or a neuron is not there, in words that end a sentence."""


def _reading(record: dict[str, Any], number: int | None) -> dict[str, Any]:
    found = record["forward_pass"]
    if number is not None:
        found = _item(record["readings"], number, "reading")
    if not found.get("activations"):
        raise _CannotSayError("no network was run for this clip")
    return dict(found)


def _item(values: Sequence[Any], index: int, what: str) -> Any:
    if not 0 <= index < len(values):
        raise _CannotSayError(f"there is no {what} {index}, expected 0 to {len(values) - 1}")
    return values[index]


class _Expression:
    """A number said by a record: ``network.sizes[0]``, ``sum(network.sizes[1:3])``, ...

    The grammar, in which a factor's whole lists are only for ``sum`` and ``len``::

        expression  factor, then any number of "*", "+" or "-" and a factor ("*" binds more closely)
        factor      number | list "[" n "]" | scalar
                    | ("sum" | "len") "(" list [ "[" a ":" b "]" ] ")"
        list        "network.sizes" | [ "readings[" n "]." ] "activations" [ "[" n "]" ]
        scalar      "network.parameters" | "pixels.rows" | "pixels.columns" | "edges.total"
                    | "edges.drawn" | [ "readings[" n "]." ] ( "prediction" | "confidence" )
                    | "readings[" n "].label"
    """

    TOKEN = re.compile(r"\s*(\d+\.\d+|\d+|[a-z]+(?:\.[a-z]+)*|\]\.|[\[\]():*+-])")
    SCALARS = (
        "network.parameters",
        "pixels.rows",
        "pixels.columns",
        "edges.total",
        "edges.drawn",
        "prediction",
        "confidence",
    )

    def __init__(self, text: str) -> None:
        self.text = text
        self.record: dict[str, Any] | None = None
        self.frame = 0
        self.tokens: list[str] = []

    def check(self) -> None:
        """Raise _CannotSayError for what no record could answer."""
        self._run()

    def value(self, record: dict[str, Any], frame: int) -> float:
        """The number, which the record gives for ``frame`` where it changes in a film."""
        self.record, self.frame = record, frame
        return self._run()

    def _run(self) -> float:
        self.tokens, end = [], 0
        text = self.text.rstrip()
        while end < len(text):
            found = self.TOKEN.match(text, end)
            if not found:
                raise _CannotSayError(f"cannot be read from {text[end:][:20]!r} on")
            if len(found[1]) > LONGEST_TOKEN:
                raise _CannotSayError(f"has a number of {len(found[1])} digits")
            self.tokens.append(found[1])
            end = found.end()
        value = self._sum()
        if self.tokens:
            raise _CannotSayError(f"cannot be read from {self.tokens[0]!r} on")
        if not math.isfinite(value):
            raise _CannotSayError("is no finite number")
        return value

    def _next(self, *expected: str) -> str:
        token = self.tokens.pop(0) if self.tokens else ""
        if expected and token not in expected:
            wanted = " or ".join(repr(mark) for mark in expected)
            raise _CannotSayError(f"found {token or 'its end'!r}, expected {wanted}")
        return token

    def _peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def _index(self) -> int:
        token = self._next()
        if not token.isdecimal():
            raise _CannotSayError(f"found {token or 'its end'!r}, expected a number from 0")
        return int(token)

    def _sum(self) -> float:
        value = self._product()
        while self._peek() in ("+", "-"):
            sign = 1 if self._next() == "+" else -1
            value += sign * self._product()
        return value

    def _product(self) -> float:
        value = self._factor()
        while self._peek() == "*":
            self._next()
            value *= self._factor()
        return value

    def _factor(self) -> float:
        token = self._next()
        if token[:1].isdigit():
            return float(token) if "." in token else int(token)
        if token in ("sum", "len"):
            self._next("(")
            values = self._list(self._next(), slices=True)
            self._next(")")
            if token == "len":
                return len(values)
            if any(not isinstance(value, int | float) for value in values):
                raise _CannotSayError("there is no sum of whole layers")
            return sum(values)  # type: ignore[no-any-return]
        if token in ("network.sizes", "activations", "readings"):
            value = self._list(token)
            if isinstance(value, list):
                raise _CannotSayError("is a list, expected a number")
            return self._number(value)
        if token in self.SCALARS:
            return self._number(self._scalar(token, None))
        raise _CannotSayError(f"found {token or 'its end'!r}, which no record says")

    def _number(self, value: Any) -> float:
        if type(value) not in (int, float):
            raise _CannotSayError("is no number in this clip")
        return value  # type: ignore[no-any-return]

    def _list(self, token: str, slices: bool = False) -> Any:
        reading = None
        if token == "readings":
            self._next("[")
            reading = self._index()
            self._next("].")
            token = self._next()
            if token in ("prediction", "confidence", "label") and not slices:
                return self._scalar(token, reading)
        if token == "network.sizes" and reading is None:
            values: Any = self.record["network"].get("sizes") or [] if self.record else []
            depth = 1
        elif token == "activations":
            values = _reading(self.record, reading)["activations"] if self.record else []
            depth = 2
        else:
            raise _CannotSayError(f"found {token or 'its end'!r}, which is no list of numbers")
        while depth and self._peek() == "[":
            self._next()
            if slices and (self._peek() == ":" or self.tokens[1:2] == [":"]):
                start = 0 if self._peek() == ":" else self._index()
                self._next(":")
                end = None if self._peek() == "]" else self._index()
                self._next("]")
                size = len(values)
                if self.record and (start > size or (end is not None and not start <= end <= size)):
                    raise _CannotSayError(f"there are {size} from 0, so that slice is not there")
                return values[start:end]
            index = self._index()
            self._next("]")
            depth -= 1
            values = self._form(depth) if self.record is None else _item(values, index, "number")
        if slices and not isinstance(values, list):
            raise _CannotSayError("is a number, expected a list of them")
        return values

    def _form(self, depth: int) -> Any:
        """Stands for what a record would say."""
        return [] if depth else 1

    def _scalar(self, name: str, reading: int | None) -> Any:
        if self.record is None:
            return 1
        record = self.record
        if name == "network.parameters":
            return record["network"].get("parameters")
        if name in ("prediction", "confidence", "label"):
            return _reading(record, reading).get(name)
        if name in ("pixels.rows", "pixels.columns"):
            shape = picture_shape(record)
            if shape is None:
                raise _CannotSayError("no picture is shown in this clip")
            return shape[name == "pixels.columns"]
        frames = sorted({edge["frame"] for edge in record["edges"]})
        if not frames:
            raise _CannotSayError("no connections are shown in this clip")
        frame = min(frames, key=lambda number: abs(number - self.frame))
        kind = name.removeprefix("edges.")
        return sum(edge[kind] for edge in record["edges"] if edge["frame"] == frame)


def picture_shape(record: dict[str, Any]) -> tuple[int, int] | None:
    """Rows and columns of the pictures in a clip; None where it shows none as a whole.

    They are counted where the pixels of one lie in a snapshot; a film that shows the input only as
    neurons in a grid gives the grid's.
    """
    for kind in ("pixels", "neurons"):
        for snapshot in record["snapshots"]:
            for layer in snapshot["layers"]:
                cells = layer["cell"]
                if layer["kind"] != kind or layer["layer"] != 0 or cells is None:
                    continue
                if list(cells) != list(range(len(cells))):
                    continue
                gap = layer["radius"]
                rows = 1 + sum(b - a > gap for a, b in _pairs(layer["y"]))
                columns = 1 + sum(b - a > gap for a, b in _pairs(layer["x"]))
                if rows * columns == len(cells) and min(rows, columns) > 1:
                    return rows, columns
    return None


def _pairs(values: Sequence[float]) -> list[tuple[float, float]]:
    return list(pairwise(sorted(set(values))))
