"""The words of films and pages: one gettext catalogue a language, in ``assets/narration``.

A project has catalogues of its own, ``narration/en.po``; what they say goes before litnet's. What
a language has no text for is said in English. A language is there when there is a catalogue of it:
``narration/pt-BR.po``, named by its code in BCP 47; its name, script, direction, plural forms and
the signs in its numbers are those of Unicode's CLDR, by Babel.

Scenes hold keys, not words. A key is the story's class and a name, such as ``LayerIntro.flow``;
:func:`extract` finds them all in the scenes, so that ``make messages`` can keep the catalogues
complete. What a beat says is a text of one or more cues, an empty line between them; each is on
screen, and spoken, by itself. A text with plural forms is chosen by the value of ``count``.
"""

from __future__ import annotations

import ast
import gettext
import io
import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from html import escape
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any, BinaryIO

from litnet.project import asset, current_root
from network.errors import InputError, printable
from network.files import read_bytes

if TYPE_CHECKING:
    from babel import Locale

FOLDER = asset("assets/narration")
OWN_FOLDER = "narration"  # of a project
FALLBACK = "en"
COMMON = "Common"  # words that several stories use
# Words of what is no story: the sheet and the page of a class, a lesson's page, the elements
# <lit-clip> and <lit-network>, and H5P's buttons.
PAGES = ("Class", "Lesson", "Player", "Drawing", "H5P")
INK = ".as-ink"  # after the key of a text that films on a light ground have instead
BASE = "LitScene"  # the class that stories come from

SHORTEST = 1.0  # seconds that a cue is on screen
OVER_MOTION = 0.7  # of the reading speed, while there is something else to look at: motion

# How fast films' captions are read, in characters a second, by script. The speeds are those that
# subtitlers keep for films (Netflix, "Timed Text Style Guides"): 17 in alphabets, less where a
# character is a syllable or a word. A catalogue's header X-Reading-Speed says another one.
READING_SPEED = 17.0
READING_SPEEDS = {"Kore": 12.0, "Hans": 9.0, "Hant": 9.0, "Jpan": 4.0}
SPEED = "X-Reading-Speed"
PLURALS = "Plural-Forms"

_CODE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
_SPEED = re.compile(rf'"{SPEED}:\s*([^"\\]*)')
_FORM = re.compile(r"\[\d+\]$")
# Numbers that begin with a vowel when they are read: an 8, an 80, an 11, an 18.
_AN = re.compile(r"\b([Aa]) (?=8|1[18]\b)")
# A number as films write it in English: thousands apart, a point, perhaps a true minus sign.
_NUMBER = re.compile("[-\N{MINUS SIGN}]?\\d{1,3}(,\\d{3})*(\\.\\d+)?")


# --- languages -----------------------------------------------------------------------------------
@cache
def locale_of(language: str) -> Locale:
    """What Babel knows of a language, by its code in BCP 47: ``de``, ``pt-BR``, ``zh-Hans``.

    Raises
    ------
    InputError
        There is no such language.
    """
    from babel import Locale, UnknownLocaleError

    try:
        if not _CODE.fullmatch(language):
            raise ValueError
        return Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError) as error:
        raise InputError(
            f"{printable(repr(language))} is no language, expected a code such as de or pt-BR"
        ) from error


def languages() -> tuple[str, ...]:
    """The languages that there are catalogues of, litnet's and the project's, English first.

    Raises
    ------
    InputError
        A catalogue is named by the code of no language.
    """
    found = {FALLBACK: None}
    for folder in dict.fromkeys((FOLDER, current_root() / OWN_FOLDER)):
        for file in sorted(folder.glob("*.po")):
            try:
                locale_of(file.stem)
            except InputError as error:
                raise InputError(f"{printable(file)}: {error}") from error
            found[file.stem] = None
    return tuple(found)


def own_name(language: str) -> str:
    """What a language calls itself; the code of one that nobody knows."""
    try:
        return locale_of(language).get_display_name() or language
    except InputError:
        return language


def direction(language: str) -> str:
    """``ltr`` or ``rtl``; that of a language that nobody knows is ``ltr``."""
    try:
        return str(locale_of(language).text_direction)
    except InputError:
        return "ltr"


def lang_attributes(language: str) -> str:
    """The attributes of an element whose words are in a language."""
    turned = ' dir="rtl"' if direction(language) == "rtl" else ""
    return f'lang="{escape(language)}"{turned}'


def script_of(language: str) -> str:
    """In which script a language is written: ``Latn``, ``Kore``, ``Arab`` ..."""
    from babel.core import get_global

    locale = locale_of(language)
    if locale.script:
        return locale.script
    likely = get_global("likely_subtags")
    whole = likely.get(str(locale)) or likely.get(locale.language) or ""
    return next((part for part in str(whole).split("_") if len(part) == 4), "Latn")


@cache
def signs_of(language: str) -> tuple[str, str]:
    """What stands between thousands in a language, and before decimals."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    locale = locale_of(language)
    group = get_group_symbol(locale)
    # The narrow no-break space is in few fonts.
    return "\N{NO-BREAK SPACE}" if group.isspace() else group, get_decimal_symbol(locale)


def localised(number: str, signs: tuple[str, str]) -> str:
    """A number as it is written in English, ``"13,002.5"``, with other signs in it.

    >>> localised("13,002.5", (".", ","))
    '13.002,5'
    """
    group, point = signs
    return number.translate({ord(","): group, ord("."): point})


def reading_speed(language: str) -> float:
    """How fast a language is read on screen, in characters a second."""
    return _reading_speed(language, catalogues_of(language))


@cache
def _reading_speed(language: str, files: tuple[Path, ...]) -> float:
    for file in files:
        if given := read_catalogue(file.stem, file.parent).get(SPEED):
            return float(given)
    return READING_SPEEDS.get(script_of(language), READING_SPEED)


# --- catalogues ----------------------------------------------------------------------------------
def messages_of(file: Path, language: str | None = None) -> dict[str, str]:
    """The messages of a gettext catalogue, by their keys (``msgid``), without the doubtful ones.

    Of a message with plural forms each has a key, ``Class.page.about[0]``, and the last one the
    message's own as well; which is for what number stands under ``Plural-Forms``. So does a reading
    speed, ``X-Reading-Speed``.

    Raises
    ------
    InputError
        The file is missing, or is no catalogue.
    """
    from babel.messages.pofile import read_po

    data = read_bytes(file)
    found: dict[str, str] = {}
    locale = None if language is None else language.replace("-", "_")
    try:
        catalogue = read_po(io.BytesIO(data), locale=locale, abort_invalid=True)
        for message in catalogue:
            if not message.id or message.fuzzy:
                continue
            if isinstance(message.id, str):
                found[message.id] = str(message.string)
            elif isinstance(message.string, (tuple, list)) and all(message.string):
                found[PLURALS] = catalogue.plural_expr
                found |= {f"{message.id[0]}[{n}]": str(s) for n, s in enumerate(message.string)}
                found[str(message.id[0])] = str(message.string[-1])
    except Exception as error:  # of many kinds: what stands in a header is parsed as well
        raise InputError(
            f"{printable(file)}: expected a gettext catalogue ({printable(error)})"
        ) from error
    if given := _SPEED.search(data.decode(errors="replace")):
        found[SPEED] = given[1].strip()
    return found


@cache
def read_catalogue(language: str, folder: Path = FOLDER) -> Mapping[str, str]:
    """Every text of a language, by its key.

    Raises
    ------
    InputError
        The catalogue is missing, or is not one; a text in it has a placeholder that the English
        one lacks, or its reading speed is none.
    """
    file = folder / f"{language}.po"
    try:
        found = messages_of(file, language)
    except InputError as error:
        raise InputError(
            f"{error}; there the words of the films in {own_name(language)} belong"
        ) from error
    texts = {key: text for key, text in found.items() if text}
    _check_speed(file, texts.get(SPEED))
    # English, which says what may stand in a text: litnet's own before the project's.
    places = dict.fromkeys((FOLDER, folder))
    english = [place for place in places if place / f"{FALLBACK}.po" != file]
    for key, text in texts.items():
        if key in (SPEED, PLURALS):
            continue
        own = _placeholders(text, file, key)
        for place in english:
            if place != FOLDER and not (place / f"{FALLBACK}.po").is_file():
                continue
            usual = read_catalogue(FALLBACK, place)
            if (meant := _FORM.sub("", key)) in usual:
                wrong = own - _placeholders(usual[meant], place / f"{FALLBACK}.po", key)
                if wrong:
                    expected = sorted(_placeholders(usual[meant], file, key))
                    names = ", ".join(f"{{{name}}}" for name in expected) or "none"
                    raise InputError(
                        f"{printable(file)}: {printable(key)} has the placeholder "
                        f"{{{printable(min(wrong))}}}, expected {names}"
                    )
                break
    return texts


def _check_speed(file: Path, given: str | None) -> None:
    try:
        speed = float(given or READING_SPEED)
    except ValueError:
        speed = math.nan
    if not 1 <= speed <= 100:
        raise InputError(
            f"{printable(file)}: {SPEED} is {printable(given)}, expected 1 to 100 characters a "
            "second"
        )


def _placeholders(text: str, file: Path, key: str) -> set[str]:
    """What stands between braces in a text."""
    try:
        return {
            name + (f"!{how}" if how else "") + (f":{form}" if form else "")
            for _, name, form, how in Formatter().parse(text)
            if name is not None
        }
    except ValueError as error:
        raise InputError(
            f"{printable(file)}: {printable(key)} has braces that are no placeholder's, expected "
            f"some such as {{answer}} ({error})"
        ) from error


def catalogues_of(language: str) -> tuple[Path, ...]:
    """The catalogues of a language, in the order in which a text is looked for in them."""
    if not _CODE.fullmatch(language):
        return ()
    places = dict.fromkeys((current_root() / OWN_FOLDER, FOLDER))
    files = [place / f"{language}.po" for place in places]
    return tuple(file for file in files if file.is_file())


def catalogues(language: str) -> tuple[Path, ...]:
    """The files that a text is looked for in, in order: those of the language, then English."""
    english = FOLDER / f"{FALLBACK}.po"
    found = dict.fromkeys((*catalogues_of(language), *catalogues_of(FALLBACK), english))
    return tuple(found)


def found(
    key: str, language: str, count: object = None, *, ink: bool = False
) -> tuple[str, str, Path]:
    """The text of a key, as :func:`translated`, after the key that its catalogue has it under.

    With ``ink``, of a film on a light ground, a text of the key and ``.as-ink`` goes before another
    one in the same catalogue: what is bright elsewhere is dark there.
    """
    files = catalogues(language)
    for file in files:
        texts = read_catalogue(file.stem, file.parent)
        for name in (f"{key}{INK}", key) if ink else (key,):
            if f"{name}[0]" in texts and isinstance(count, int):
                form = f"{name}[{plural_form(texts[PLURALS], count)}]"
                if form in texts:
                    return form, texts[form], file
            if name in texts:
                return name, texts[name], file
    raise InputError(f"{printable(files[0])}: found no text for {printable(key)!r}, expected one")


def translated(key: str, language: str, count: object = None) -> tuple[str, Path]:
    """The text of a key, its placeholders as they are written, and the catalogue that has it.

    ``count`` chooses between plural forms.

    Raises
    ------
    InputError
        No catalogue has a text for it.
    """
    return found(key, language, count)[1:]


def texts_of(language: str, scopes: Collection[str]) -> dict[str, tuple[str, Path]]:
    """The texts of some stories (or of ``Common``, ``Player`` ...) by their keys, in a language or
    else in English, each with its catalogue."""
    keys = _keys({language, FALLBACK})
    wanted = sorted(key for key in keys if key.partition(".")[0] in scopes)
    return {key: translated(key, language) for key in wanted}


def plural_form(expression: str, count: int) -> int:
    """Which of the plural forms a number takes, by the expression in a catalogue's header."""
    return int(_chooser(expression)(count))


@cache
def _chooser(expression: str) -> Callable[[int], int]:
    chooser: Callable[[int], int] = gettext.c2py(expression)
    return chooser


def said(key: str, language: str, **values: object) -> str:
    """A text of a page, its placeholders filled in as by :func:`filled`."""
    text, file = translated(key, language, values.get("count"))
    return filled(key, text, values, file.stem)


def filled(key: str, text: str, values: Mapping[str, object], language: str = FALLBACK) -> str:
    """A text with its placeholders, such as ``{answer}``, filled in.

    Numbers have the signs of the text's language; whole ones have their thousands apart, as those
    on screen. A number may be given as it is written in English: ``"0.62"``.

    Raises
    ------
    InputError
        The text has a placeholder for which the story gives no value.
    """
    shown = {name: _shown(value, language) for name, value in values.items()}
    try:
        said = text.format_map(shown)
    except (
        *(KeyError, ValueError, IndexError, AttributeError, TypeError),
        *(OverflowError, MemoryError),  # of a width
    ) as error:
        raise InputError(
            f"{key}: found the text {printable(repr(text))}, expected placeholders from "
            f"{', '.join(values) or 'none'} ({error})"
        ) from error
    return _AN.sub(r"\1n ", said) if language == "en" else said


def _shown(value: object, language: str) -> object:
    text = f"{value:,}" if isinstance(value, int) else value
    if isinstance(text, str) and _NUMBER.fullmatch(text):
        return localised(text, signs_of(language))
    return text


def missing(language: str, scopes: Collection[str] | None = None) -> list[str]:
    """The keys that a language has no text of, and says in English.

    Of English itself, those of which another language has one. ``scopes`` are the stories (and
    ``Common``, ``Class`` ...) that are asked about; all, unless told.

    Raises
    ------
    InputError
        A catalogue cannot be read.
    """
    wanted = languages() if language == FALLBACK else (FALLBACK,)
    have, there = (_keys(codes) for codes in ((language,), wanted))
    return sorted(key for key in there - have if scopes is None or key.partition(".")[0] in scopes)


def _keys(codes: Collection[str]) -> set[str]:
    files = [file for code in codes for file in catalogues_of(code)]
    texts = {key for file in files for key in read_catalogue(file.stem, file.parent)}
    return {key for key in texts if key not in (SPEED, PLURALS) and not _FORM.search(key)}


def cues(text: str) -> list[str]:
    """The cues of a narration: what empty lines set apart."""
    return [cue.strip() for cue in re.split(r"\n\s*\n", text) if cue.strip()]


def reading_time(cue: str, language: str) -> float:
    """Seconds that a viewer needs for a cue."""
    characters = len(" ".join(cue.split()))
    return max(SHORTEST, characters / reading_speed(language))


# --- finding the keys in the scenes --------------------------------------------------------------
# A line, a function that says what the messages are, messages, comments.
Message = tuple[int, str | None, str | tuple[str, str], list[str]]


def extract(
    fileobj: BinaryIO, keywords: Any, comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[Message]:
    """Babel's extractor: the keys in a file of scenes, a page or an element, with their lines.

    Story is titled ``Story.title``; ``self.beat("flow")`` says ``Story.flow`` and is titled
    ``Story.flow.title``; ``self.text("unit")`` is ``Story.unit``; ``self.common("right")`` is
    ``Common.right``. Where the name is chosen between, each constant in the argument counts. In
    the modules of lessons ``said("Class.sheet", language)`` is that key, with plural forms where a
    ``count`` is said.
    """
    tree = ast.parse(fileobj.read().decode())
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name) and call.func.id == "said":
            counted = any(keyword.arg == "count" for keyword in call.keywords)
            for key in _constants(call.args[:1]):
                yield call.lineno, *_message(key, counted), []
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


def _message(key: str, counted: bool) -> tuple[str | None, str | tuple[str, str]]:
    return ("ngettext", (key, key)) if counted else (None, key)


def extract_from_element(
    fileobj: BinaryIO, keywords: Any, comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[Message]:
    """Babel's extractor: the keys in a module of an element, if its table of words is in there.

    ``const WORDS = { // Player`` has a line each, ``name: "text",``; those with plural forms are
    ``name: { one: "text", other: "text" },``.
    """
    before, _, table = fileobj.read().decode().partition("const WORDS = {")
    scope = table.partition("\n")[0].strip(" /")
    for number, line in enumerate(table.splitlines(), before.count("\n") + 1):
        if line.startswith("}"):
            return
        if name := re.match(r"  (\w+): (.)", line):
            yield number, *_message(f"{scope}.{name[1]}", name[2] == "{"), []


def extract_of_ink(
    fileobj: BinaryIO, keywords: Any, comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[Message]:
    """Babel's extractor: a catalogue's keys of texts for light grounds, which no story names."""
    from babel.messages.pofile import read_po

    for message in read_po(fileobj):
        key, counted = str(message.id), not isinstance(message.id, str)
        if counted:
            key = str(message.id[0])
        if key.endswith(INK):
            yield message.lineno or 0, *_message(key, counted), []


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
