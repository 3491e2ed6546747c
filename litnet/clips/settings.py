"""What to film and how: model, digit and language; size and rate; what manim.cfg sets."""

from __future__ import annotations

import configparser
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from litnet.narration import LANGUAGES
from network.errors import InputError, printable
from network.files import parsed_toml, read_text

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Settings:
    """What a clip shows; ``before`` is the network that ``model`` is compared with."""

    model: Path
    digit: Path
    language: str
    before: Path = ROOT / "assets" / "models" / "early.npz"
    voice: str | None = None  # "piper", or a folder of recordings; None: nobody speaks


@dataclass(frozen=True)
class Quality:
    """Size of a film, in pixels, and its frames a second."""

    width: int
    height: int
    frame_rate: int

    def __str__(self) -> str:
        return f"{self.height}p{self.frame_rate}"


# Named as manim names them.
QUALITIES = {
    "l": Quality(854, 480, 15),
    "m": Quality(1280, 720, 30),
    "h": Quality(1920, 1080, 60),
    "p": Quality(2560, 1440, 60),
    "k": Quality(3840, 2160, 60),
}
PUBLISHED = QUALITIES["h"]
PREVIEW = QUALITIES["l"]

# What else manim.cfg may set that is seen in a film.
SEEN = ("background_color", "background_opacity")


def picture_settings(folder: Path = ROOT) -> dict[str, str]:
    """What the user's and a folder's ``manim.cfg`` set that is seen in a film: ``{"crf": "15"}``.

    Manim's own defaults are not in it, because they go with its version; nor are size and rate,
    which each rendering is told. Raises InputError for a file that is not of manim's form.
    """
    parser = configparser.ConfigParser()
    found = {}
    file = folder / "manim.cfg"
    try:
        for file in (*_own_settings(), folder / "manim.cfg"):
            if os.path.lexists(file):
                parser.read_string(read_text(file), str(file))
        for section in parser.sections():
            for name, value in parser[section].items():
                if section.startswith("video_encoder") or (section == "CLI" and name in SEEN):
                    found[name] = value
    except configparser.Error as error:
        raise InputError(
            f"{printable(file)}: expected the form of an INI file, "
            f"but {printable(str(error).splitlines()[0])}"
        ) from error
    return dict(sorted(found.items()))


def _own_settings() -> list[Path]:
    """The user's ``manim.cfg``; somebody without a home, as in a container, has none."""
    away = ("AppData", "Roaming", "Manim") if sys.platform == "win32" else (".config", "manim")
    try:
        return [Path.home().joinpath(*away, "manim.cfg")]
    except RuntimeError:
        return []


def load_settings(root: Path = ROOT, *, environment: bool = True) -> Settings:
    """Read ``[tool.litnet]`` in ``pyproject.toml``, overridden (unless ``environment`` is False)
    by ``LITNET_MODEL``, ``LITNET_BEFORE``, ``LITNET_DIGIT`` and ``LITNET_LANGUAGE``;
    ``LITNET_VOICE`` names a voice.

    Paths in ``pyproject.toml`` are relative to it; paths in the environment are relative to the
    working directory, or else to the project.

    Raises
    ------
    InputError
        A setting is missing or no text, or the language is not one that the films speak.
    """
    file = root / "pyproject.toml"
    table = parsed_toml(read_text(file), printable(file))
    for name in ("tool", "litnet"):
        table = table.get(name, {}) if isinstance(table, dict) else {}
    found = {}
    for name in ("model", "digit", "language", "before"):
        value = table.get(name) if isinstance(table, dict) else None
        if not isinstance(value, str):
            what = "none" if value is None else f"{name} of another kind"
            raise InputError(
                f"{printable(file)}: expected a table [tool.litnet] with the texts model, before, "
                f"digit and language, but found {what}."
            )
        found[name] = value
    paths = {}
    for name in ("model", "before", "digit"):
        given = os.environ.get(f"LITNET_{name.upper()}") if environment else None
        here = Path(os.path.expanduser(given)) if given else root / found[name]
        paths[name] = here if here.is_absolute() or os.path.exists(here) else root / here
        if given and not os.path.exists(paths[name]):
            paths[name] = here  # the name as it was given belongs in the error
    language = (os.environ.get("LITNET_LANGUAGE") if environment else None) or found["language"]
    voice = os.environ.get("LITNET_VOICE") if environment else None
    return Settings(
        paths["model"], paths["digit"], known_language(language), paths["before"], voice or None
    )


def known_language(language: str) -> str:
    """The language itself; raises InputError if it is not one that the films speak."""
    if language not in LANGUAGES:
        raise InputError(
            f"Language {printable(repr(language))} is not one that the films speak; "
            f"expected one of: {', '.join(LANGUAGES)}."
        )
    return language
