"""The words of the films: one gettext catalogue a language, in ``assets/narration``.

A project has catalogues of its own, ``narration/en.po``; what they say goes before litnet's. What
a language has no text for is said in English.

Scenes hold keys, not words. A key is the story's class and a name, such as ``LayerIntro.flow``;
:func:`extract` finds them all in the scenes, so that ``make messages`` can keep the catalogues
complete. What a beat says is a text of one or more cues, an empty line between them; each is on
screen, and spoken, by itself.
"""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from litnet.project import asset, current_root
from network.errors import InputError, printable
from network.files import read_bytes

FOLDER = asset("assets/narration")
OWN_FOLDER = "narration"  # of a project
FALLBACK = "en"
COMMON = "Common"  # words that several stories use
CLASS = "Class"  # words of the sheet and the page of a class
BASE = "LitScene"  # the class that stories come from

SHORTEST = 1.0  # seconds that a cue is on screen
OVER_MOTION = 0.7  # of the reading speed, while there is something else to look at: motion


@dataclass(frozen=True)
class Language:
    """A language that the films speak, and how fast it is read, in characters a second."""

    code: str
    name: str
    reading_speed: float


# The speeds are those that subtitlers keep for films: 17 characters a second for English and 12
# for Korean, whose characters are syllables (Netflix, "Timed Text Style Guides").
LANGUAGES: dict[str, Language] = {
    language.code: language
    for language in (Language("en", "English", 17.0), Language("ko", "한국어", 12.0))
}


def messages_of(file: Path, language: str | None = None) -> dict[str, str]:
    """The messages of a gettext catalogue, by their keys (``msgid``), without the doubtful ones.

    Raises
    ------
    InputError
        The file is missing, or is no catalogue.
    """
    from babel.messages.pofile import read_po

    data = read_bytes(file)
    try:
        catalogue = read_po(io.BytesIO(data), locale=language, abort_invalid=True)
        return {
            str(message.id): str(message.string)
            for message in catalogue
            if message.id and not message.fuzzy
        }
    except Exception as error:  # of many kinds: what stands in a header is parsed as well
        raise InputError(
            f"{printable(file)}: expected a gettext catalogue ({printable(error)})"
        ) from error


@cache
def read_catalogue(language: str, folder: Path = FOLDER) -> Mapping[str, str]:
    """Every text of a language, by its key.

    Raises
    ------
    InputError
        The catalogue is missing, or is not one.
    """
    try:
        messages = messages_of(folder / f"{language}.po", language)
    except InputError as error:
        name = LANGUAGES[language].name if language in LANGUAGES else language
        raise InputError(f"{error}; there the words of the films in {name} belong") from error
    return {key: text for key, text in messages.items() if text}


def catalogues(language: str) -> tuple[Path, ...]:
    """The files that a text is looked for in, in order; of the project's own, those there are."""
    places = (current_root() / OWN_FOLDER, FOLDER)
    languages = dict.fromkeys((language, FALLBACK))
    files = [place / f"{code}.po" for code in languages for place in places]
    return tuple(file for file in files if file.parent == FOLDER or file.is_file())


def translated(key: str, language: str) -> tuple[str, Path]:
    """The text of a key, its placeholders as they are written, and the catalogue that has it.

    Raises
    ------
    InputError
        No catalogue has a text for it.
    """
    files = catalogues(language)
    for file in files:
        text = read_catalogue(file.stem, file.parent).get(key)
        if text is not None:
            return text, file
    raise InputError(f"{printable(files[0])}: found no text for {key!r}, expected one")


def filled(key: str, text: str, values: Mapping[str, object]) -> str:
    """A text with its placeholders, such as ``{answer}``, filled in.

    Whole numbers have their thousands apart, as those on screen.

    Raises
    ------
    InputError
        The text has a placeholder for which the story gives no value.
    """
    shown = {k: f"{v:,}" if isinstance(v, int) else v for k, v in values.items()}
    try:
        return text.format_map(shown)
    except (
        *(KeyError, ValueError, IndexError, AttributeError, TypeError),
        *(OverflowError, MemoryError),  # of a width
    ) as error:
        raise InputError(
            f"{key}: found the text {printable(repr(text))}, expected placeholders from "
            f"{', '.join(values) or 'none'} ({error})"
        ) from error


def cues(text: str) -> list[str]:
    """The cues of a narration: what empty lines set apart."""
    return [cue.strip() for cue in re.split(r"\n\s*\n", text) if cue.strip()]


def reading_time(cue: str, language: str) -> float:
    """Seconds that a viewer needs for a cue."""
    characters = len(" ".join(cue.split()))
    return max(SHORTEST, characters / LANGUAGES[language].reading_speed)


# --- finding the keys in the scenes --------------------------------------------------------------
def extract(
    fileobj: BinaryIO, keywords: Any, comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[tuple[int, None, str, list[str]]]:
    """Babel's extractor: the keys in a file of scenes, each with its line.

    Story is titled ``Story.title``; ``self.beat("flow")`` says ``Story.flow`` and is titled
    ``Story.flow.title``; ``self.text("unit")`` is ``Story.unit``; ``self.common("right")`` is
    ``Common.right``. Where the name is chosen between, each constant in the argument counts. In
    the modules of lessons ``said("sheet", language)`` is ``Class.sheet``.
    """
    tree = ast.parse(fileobj.read())
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name) and call.func.id == "said":
            for name in _constants(call.args[:1]):
                yield call.lineno, None, f"{CLASS}.{name}", []
    for story in (node for node in tree.body if _is_story(node)):
        assert isinstance(story, ast.ClassDef)
        if story.name != BASE:  # it says what stories share, and is none itself
            yield story.lineno, None, f"{story.name}.title", []
        for call in (node for node in ast.walk(story) if isinstance(node, ast.Call)):
            method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if method not in (("common",) if story.name == BASE else ("beat", "text", "common")):
                continue
            if method == "beat" and len(call.args) > 1:
                continue  # its title and its caption are given, not looked up
            words = [keyword.value for keyword in call.keywords if keyword.arg == "words"]
            scope = COMMON if method == "common" else story.name
            for name in _constants(words or call.args[:1]):
                yield call.lineno, None, f"{scope}.{name}", []
                if method == "beat":
                    yield call.lineno, None, f"{scope}.{name}.title", []


def _is_story(node: ast.stmt) -> bool:
    """Whether a statement is the class of a scene: one that has something to construct."""
    return isinstance(node, ast.ClassDef) and (
        node.name == BASE
        or any(isinstance(part, ast.FunctionDef) and part.name == "construct" for part in node.body)
    )


def _constants(nodes: list[ast.expr]) -> Iterator[str]:
    """The strings that an argument may be: a constant, or the two ends of a choice."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.IfExp):
            yield from _constants([node.body, node.orelse])
