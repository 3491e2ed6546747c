"""What to film: model, digit and language, from pyproject.toml and the environment."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from litnet.narration import LANGUAGES
from network import InputError

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Settings:
    """What a clip shows."""

    model: Path
    digit: Path
    language: str


def load_settings(root: Path = ROOT) -> Settings:
    """Read ``[tool.litnet]`` in ``pyproject.toml``, overridden by ``LITNET_MODEL``,
    ``LITNET_DIGIT`` and ``LITNET_LANGUAGE``.

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
        found = {name: str(table[name]) for name in ("model", "digit", "language")}
    except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"{file}: expected a table [tool.litnet] with model, digit and language, "
            f"but found none ({error})."
        ) from error
    paths = {}
    for name in ("model", "digit"):
        given = os.environ.get(f"LITNET_{name.upper()}")
        here = Path(given).expanduser() if given else root / found[name]
        paths[name] = here if here.is_absolute() or here.exists() else root / here
        if given and not paths[name].exists():
            paths[name] = here  # the name as it was given belongs in the error
    language = os.environ.get("LITNET_LANGUAGE") or found["language"]
    if language not in LANGUAGES:
        raise InputError(
            f"Language {language!r} is not one that the films speak; "
            f"expected one of: {', '.join(LANGUAGES)}."
        )
    return Settings(paths["model"], paths["digit"], language)
