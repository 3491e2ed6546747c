"""The file ``quiz.toml`` beside a lesson: the questions that its clips ask.

``docs/quiz.md`` describes it. Answers may be expressions over a clip's record, so that they stay
right when the model or the digit changes.
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
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NoReturn

from litnet.lessons.questions import Neuron, Question, Words, compiled
from litnet.record.expressions import SourceError
from litnet.record.schema import Record
from litnet.record.sources import parsed
from network.errors import InputError, printable
from network.files import parsed_toml, read_text

MOST_QUIZ = 2**18  # bytes; fifty questions in five languages have fewer
KINDS = ("choice", "number", "neuron")
NEURONS = ("prediction", "brightest")
QUESTION_KEYS = ("id", "clip", "beat", "at", "kind", "difficulty", "answer", "tolerance")
WORD_KEYS = ("text", "choices", "right", "wrong", "hint")
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


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
                question.fail(
                    f"is about the clip {question.clip!r}, expected one of: {', '.join(known)}",
                    "clip",
                )

    def for_clip(self, clip: str, record: Record, language: str) -> list[dict[str, Any]]:
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
        asked = [compiled(q, record, language) for q in self.questions if q.clip == clip]
        return sorted(asked, key=lambda question: question["frame"])


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
                question.fail(f"has no [question.{language}], as others have")
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
        """Where a key or an entry stands, ``path:line``; else where the one that it is in does."""
        known = (
            self.places[way[:end]] for end in range(len(way), 0, -1) if way[:end] in self.places
        )
        return f"{self.name}:{next(known, 1)}"

    def placed(self, number: int, key: str | None = None, language: str | None = None) -> str:
        """The same for a key of question ``number``, or of its words in a language."""
        return self.place("question", number, *(part for part in (language, key) if part))

    @cached_property
    def places(self) -> dict[tuple[str | int, ...], int]:
        """The line of each header and each key: what is a whole file by itself is one of them."""
        found: dict[tuple[str | int, ...], int] = {}
        entries: dict[tuple[str | int, ...], int] = {}
        around: tuple[str | int, ...] = ()
        start = 0
        for end in range(1, len(self.lines) + 1):
            lines = end - start
            if lines > 64 and lines & (lines - 1):
                continue  # a long text: not tried at each line of it
            try:
                table: Any = tomllib.loads("".join(self.lines[start:end]))
            except tomllib.TOMLDecodeError:
                continue
            if table and self.lines[start].lstrip().startswith("["):
                around = ()
                while table:
                    key, table = next(iter(table.items()))
                    around = (*around, key)
                    if isinstance(table, list):
                        entries[around] = entries.get(around, -1) + 1
                        table = table[0]
                    if around in entries:
                        around = (*around, entries[around])
                found.setdefault(around, start + 1)
            for key in table:
                found.setdefault((*around, key), start + 1)
            start = end
        return found


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
                    reason = "" if parsed(value).is_number else "is a list, expected a number"
                except SourceError as error:
                    reason = error.reason
                if reason:
                    self.fail(f"has the answer {printable(value)!r}: {reason}", "answer")
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
