"""What to film and how: model, digit and language; size and rate; what manim.cfg sets."""

from __future__ import annotations

import configparser
import os
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from litnet.narration import LANGUAGES
from network import InputError

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
    away = ("AppData", "Roaming", "Manim") if sys.platform == "win32" else (".config", "manim")
    parser = configparser.ConfigParser()
    try:
        parser.read([Path.home().joinpath(*away, "manim.cfg"), folder / "manim.cfg"], "utf-8")
        found = {}
        for section in parser.sections():
            for name, value in parser[section].items():
                if section.startswith("video_encoder") or (section == "CLI" and name in SEEN):
                    found[name] = value
    except (configparser.Error, UnicodeDecodeError) as error:
        raise InputError(
            f"{folder / 'manim.cfg'}: expected the form of an INI file, "
            f"but {str(error).splitlines()[0]}"
        ) from error
    return dict(sorted(found.items()))


def load_settings(root: Path = ROOT, *, environment: bool = True) -> Settings:
    """Read ``[tool.litnet]`` in ``pyproject.toml``, overridden (unless ``environment`` is False)
    by ``LITNET_MODEL``, ``LITNET_BEFORE``, ``LITNET_DIGIT`` and ``LITNET_LANGUAGE``;
    ``LITNET_VOICE`` names a voice.

    Paths in ``pyproject.toml`` are relative to it; paths in the environment are relative to the
    working directory, or else to the project.

    Raises
    ------
    InputError
        A setting is missing, or the language is not one that the films speak.
    """
    file = root / "pyproject.toml"
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))["tool"]["litnet"]
        found = {name: str(table[name]) for name in ("model", "digit", "language", "before")}
    except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"{file}: expected a table [tool.litnet] with model, before, digit and language, "
            f"but found none ({error})."
        ) from error
    paths = {}
    for name in ("model", "before", "digit"):
        given = os.environ.get(f"LITNET_{name.upper()}") if environment else None
        here = Path(given).expanduser() if given else root / found[name]
        paths[name] = here if here.is_absolute() or here.exists() else root / here
        if given and not paths[name].exists():
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
            f"Language {language!r} is not one that the films speak; "
            f"expected one of: {', '.join(LANGUAGES)}."
        )
    return language
