"""What can be chosen of a film, one name from the command line to the record."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from litnet.narration import languages
from litnet.project import Project, current, real_path, shown_path
from litnet.theme import DARK, VARIABLE, configured_name, named
from litnet.voice import real_voice, shown_voice
from network.errors import InputError, printable

# What the environment calls each choice; older names still work.
VARIABLES = {
    "model": ("LITNET_MODEL",),
    "digit": ("LITNET_DIGIT",),
    "read_as": ("LITNET_READ_AS",),
    "language": ("LITNET_LANGUAGE",),
    "voice": ("LITNET_VOICE",),
    "baseline": ("LITNET_BASELINE", "LITNET_BEFORE"),
    "history": ("LITNET_HISTORY",),
    "training": ("LITNET_TRAINING",),
    "captions": ("LITNET_CAPTIONS",),
    "theme": (VARIABLE,),
}
# How the picture of a digit is to be read, by the words that say so: whether its ink is darker than
# its paper, and whether a picture of just the network's size is prepared, as larger ones are.
INK = {"dark-ink": True, "light-ink": False}
PREPARED = {"prepare": True, "as-is": False}
AUTO = "auto"  # what says neither
# Where a film's captions are: in the picture, or beside it as a track, for players with a place of
# their own for them.
BURNED, TRACK = "burned", "track"


class Variant(Struct, frozen=True):
    """What a clip films, as a record names it; None for what it does not use.

    ``model`` and ``digit`` are files, ``baseline`` the network that the model is compared with;
    ``voice`` is who speaks: ``piper``, or a folder of recordings. ``history`` is a training run's
    file, and ``training`` the folder of the digits that it learned from. ``read_as`` is how the
    digit's picture is to be read, as :func:`known_read_as` has it; None where that is found out.
    ``captions`` is ``"track"`` where no words of captions are in the picture; None where they are.
    ``theme`` is the name of its look.
    """

    model: str | None = None
    digit: str | None = None
    language: str | None = None
    voice: str | None = None
    baseline: str | None = None
    history: str | None = None
    training: str | None = None
    read_as: str | None = None
    captions: str | None = None
    theme: str | None = None

    @classmethod
    def of(
        cls, model: Path, digit: Path, language: str = "en", baseline: Path | None = None
    ) -> Variant:
        """What these files make, each as a record names it."""
        compared = None if baseline is None else shown_path(baseline)
        paths = shown_path(model), shown_path(digit)
        return cls(*paths, language, baseline=compared, theme=DARK.name)

    @property
    def chosen(self) -> tuple[str, ...]:
        """What it films, each choice that there is."""
        return tuple(value for name in VARIABLES if (value := getattr(self, name)) is not None)

    def as_json(self) -> dict[str, str | None]:
        """As it is said to others: what was renamed stands under both names."""
        return {**{name: getattr(self, name) for name in VARIABLES}, "before": self.baseline}

    def environment(self, root: Path | None = None) -> dict[str, str]:
        """What tells a scene, through the environment, what to film.

        What is not used is as the project has it; nobody speaks where there is no voice, and where
        nothing says how the digit is read, the picture does, whatever the project has.
        """
        found = {"LITNET_VOICE": "", "LITNET_BEFORE": ""}
        for name, (variable, *_) in VARIABLES.items():
            value = getattr(self, name)
            if name == "read_as":
                value = value or AUTO
            elif name == "captions":
                value = value or BURNED
            elif name not in ("language", "voice", "theme") and value is not None:
                value = str(real_path(value, root))
            found[variable] = real_voice(value, root) if name == "voice" and value else value or ""
        return found


def configured(project: Project) -> Variant:
    """What a project's settings say; raises InputError for a language that no film speaks, a way of
    reading or a place of captions that there is not, or as :func:`litnet.theme.named`."""
    return Variant(
        model=project.setting("model"),
        digit=project.setting("digit"),
        language=known_language(project.setting("language")),
        baseline=project.setting("baseline"),
        history=project.setting("history"),
        training=project.setting("training"),
        read_as=known_read_as(project.setting("read_as")),
        captions=known_captions(project.setting("captions")),
        theme=configured_name(project),
    )


def filmed(project: Project | None = None, environment: Mapping[str, str] | None = None) -> Variant:
    """What manim is to film: the settings of the project, overridden by the environment.

    This is the one place that reads ``LITNET_MODEL``, ``LITNET_BASELINE``, ``LITNET_DIGIT``,
    ``LITNET_READ_AS``, ``LITNET_LANGUAGE``, ``LITNET_VOICE``, ``LITNET_HISTORY``,
    ``LITNET_TRAINING``, ``LITNET_CAPTIONS`` and ``LITNET_THEME``. Paths in them are relative to the
    working folder, or else to the project.

    Raises
    ------
    InputError
        A setting cannot be read, the language is not one that the films speak, or there is no such
        way of reading, or no such theme.
    """
    project = current() if project is None else project
    environment = os.environ if environment is None else environment
    found = {name: getattr(configured(project), name) for name in VARIABLES}
    for name, variables in VARIABLES.items():
        given = next((environment[v] for v in variables if environment.get(v)), None)
        if given is None:
            continue
        if name == "language":
            found[name] = known_language(given)
        elif name == "read_as":
            found[name] = known_read_as(given)
        elif name == "captions":
            found[name] = known_captions(given)
        elif name == "theme":
            found[name] = named(given, project).name
        elif name == "voice":
            found[name] = shown_voice(given, project.root)
        else:
            here = Path(os.path.expanduser(given))
            there = project.root / here
            found[name] = shown_path(here if os.path.exists(here) else there, project.root)
    return Variant(**found)


def known_language(language: str) -> str:
    """The language itself; raises InputError if there is no catalogue of it."""
    if language not in (there := languages()):
        raise InputError(
            f"Language {printable(repr(language))} is not one that the films speak; "
            f"expected one of: {', '.join(there)}."
        )
    return language


def known_captions(text: str) -> str | None:
    """Where captions are: ``"track"``, or None for "burned", in the picture. Raises InputError for
    any other word."""
    if text not in (BURNED, TRACK):
        raise InputError(
            f"captions {printable(repr(text))} is no place for them; expected {BURNED} (in the "
            f"picture) or {TRACK} (beside it)."
        )
    return TRACK if text == TRACK else None


def known_read_as(text: str) -> str | None:
    """How a picture is to be read: words of ``INK`` and ``PREPARED``, at most one of each, in that
    order; None for "auto". Raises InputError for any others.

    >>> known_read_as("as-is, light-ink")
    'light-ink as-is'
    """
    words = text.replace(",", " ").split()
    if words == [AUTO]:
        return None
    kinds = (INK, PREPARED)
    known = [word for kind in kinds for word in kind]
    if not words or {*words} - {*known} or any(len({*words} & {*kind}) > 1 for kind in kinds):
        raise InputError(
            f"read_as {printable(repr(text))} is no way of reading a picture; expected dark-ink or "
            f"light-ink, prepare or as-is, one of each pair or both, or {AUTO}."
        )
    return " ".join(word for word in known if word in words)


def read_also(before: str | None, given: str | None) -> str | None:
    """How a picture is to be read where ``before`` was said and ``given`` later, which goes first;
    each as :func:`known_read_as` has it, or None."""
    old, new = ((text or "").split() for text in (before, given))
    kept = [
        word
        for kind in (INK, PREPARED)
        for word in (new if {*new} & {*kind} else old)
        if word in kind
    ]
    return " ".join(kept) or None


def reading_options(read_as: str | None) -> dict[str, bool | None]:
    """The arguments ``dark`` and ``prepared`` of :func:`network.digits.read_image`."""
    words = (read_as or "").split()
    return {
        "dark": next((INK[word] for word in words if word in INK), None),
        "prepared": next((PREPARED[word] for word in words if word in PREPARED), None),
    }
