"""What can be chosen of a film, one name from the command line to the record."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from litnet.narration import languages
from litnet.project import Project, current, real_path, shown_path
from litnet.voice import real_voice, shown_voice
from network.errors import InputError, printable

# What the environment calls each choice; older names still work.
VARIABLES = {
    "model": ("LITNET_MODEL",),
    "digit": ("LITNET_DIGIT",),
    "language": ("LITNET_LANGUAGE",),
    "voice": ("LITNET_VOICE",),
    "baseline": ("LITNET_BASELINE", "LITNET_BEFORE"),
    "history": ("LITNET_HISTORY",),
    "training": ("LITNET_TRAINING",),
}


class Variant(Struct, frozen=True):
    """What a clip films, as a record names it; None for what it does not use.

    ``model`` and ``digit`` are files, ``baseline`` the network that the model is compared with;
    ``voice`` is who speaks: ``piper``, or a folder of recordings. ``history`` is a training run's
    file, and ``training`` the folder of the digits that it learned from.
    """

    model: str | None = None
    digit: str | None = None
    language: str | None = None
    voice: str | None = None
    baseline: str | None = None
    history: str | None = None
    training: str | None = None

    @classmethod
    def of(
        cls, model: Path, digit: Path, language: str = "en", baseline: Path | None = None
    ) -> Variant:
        """What these files make, each as a record names it."""
        compared = None if baseline is None else shown_path(baseline)
        return cls(shown_path(model), shown_path(digit), language, baseline=compared)

    @property
    def chosen(self) -> tuple[str, ...]:
        """What it films, each choice that there is."""
        return tuple(value for name in VARIABLES if (value := getattr(self, name)) is not None)

    def as_json(self) -> dict[str, str | None]:
        """As it is said to others: what was renamed stands under both names."""
        return {**{name: getattr(self, name) for name in VARIABLES}, "before": self.baseline}

    def environment(self, root: Path | None = None) -> dict[str, str]:
        """What tells a scene, through the environment, what to film.

        What is not used is as the project has it; nobody speaks where there is no voice.
        """
        found = {"LITNET_VOICE": "", "LITNET_BEFORE": ""}
        for name, (variable, *_) in VARIABLES.items():
            value = getattr(self, name)
            if name not in ("language", "voice") and value is not None:
                value = str(real_path(value, root))
            found[variable] = real_voice(value, root) if name == "voice" and value else value or ""
        return found


def configured(project: Project) -> Variant:
    """What a project's settings say; raises InputError for a language that no film speaks."""
    return Variant(
        model=project.setting("model"),
        digit=project.setting("digit"),
        language=known_language(project.setting("language")),
        baseline=project.setting("baseline"),
        history=project.setting("history"),
        training=project.setting("training"),
    )


def filmed(project: Project | None = None, environment: Mapping[str, str] | None = None) -> Variant:
    """What manim is to film: the settings of the project, overridden by the environment.

    This is the one place that reads ``LITNET_MODEL``, ``LITNET_BASELINE``, ``LITNET_DIGIT``,
    ``LITNET_LANGUAGE``, ``LITNET_VOICE``, ``LITNET_HISTORY`` and ``LITNET_TRAINING``. Paths in them
    are relative to the working folder, or else to the project.

    Raises
    ------
    InputError
        A setting cannot be read, or the language is not one that the films speak.
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
