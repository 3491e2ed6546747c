"""Where the user's project is and what it sets; where litnet's own assets and stories are.

A project is the folder of the nearest ``pyproject.toml`` with a table ``[tool.litnet]``, or of the
nearest ``litnet.toml``, from the working folder upwards; without one it is the working folder, and
everything has litnet's own defaults. Paths in a project's settings are relative to it, and what is
made goes to its ``renders``.

What litnet brings lies in the package's ``_data`` where it was installed, and beside the packages
in a checkout, which is a project like any other.
"""

from __future__ import annotations

import configparser
import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from network.errors import InputError, printable
from network.files import opened, parsed_toml, read_text, real

_PACKAGE = Path(__file__).resolve().parent
HOME = _PACKAGE.parent  # the folder of the packages
_DATA = _PACKAGE / "_data" if (_PACKAGE / "_data").is_dir() else HOME
OWN = "litnet:"  # before the path of what litnet brings, where it is not a part of the project

# What a project may set, by the name in its file; older names still work.
NAMES = {
    "model": ("model",),
    "baseline": ("baseline", "before"),
    "digit": ("digit",),
    "read_as": ("read_as",),
    "language": ("language",),
    "history": ("history",),
    "training": ("training",),
    "captions": ("captions",),
}
DEFAULTS = {
    "model": "assets/models/vanilla.npz",
    "baseline": "assets/models/learner.history.npz",  # or a model
    "digit": "assets/digits/3_hero.png",
    "read_as": "auto",  # how its picture is read: see litnet.record.variant
    "language": "en",
    "history": "assets/models/learner.history.npz",
    "training": "assets/digits",  # the folder of the digits that the history is of
    "captions": "burned",  # where they are: see litnet.record.variant
}
NO_PATHS = ("language", "read_as", "captions")
LISTS = "stories"  # files of stories, each FILE.py or FILE.py:NAME
BRINGS = "litnet-stories"  # whether litnet's own stories are told beside the project's
LOOK = "theme"  # the name of one, or a table
# What else manim.cfg may set that is seen in a film.
SEEN = ("background_color", "background_opacity")


def asset(name: str) -> Path:
    """Something that litnet brings: ``assets/...``, ``scenes/...`` or ``lessons/...``; or the file
    of one of its modules, ``litnet/...`` or ``network/...``."""
    return (HOME if name.startswith(("litnet/", "network/")) else _DATA) / name


@dataclass(frozen=True)
class Project:
    """A user's project: its folder, the file that says so if there is one, and what that sets.

    ``stories`` names the files of its own stories, relative to the folder; None for all that are in
    ``scenes``. ``litnet_stories`` is whether litnet's are told beside them. ``theme`` is the name
    of a look, or a table that says one (see :mod:`litnet.theme`); None for litnet's usual one.
    """

    root: Path
    file: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    stories: tuple[str, ...] | None = None
    litnet_stories: bool = True
    theme: str | Mapping[str, object] | None = None

    @property
    def renders(self) -> Path:
        """The folder of all that is made."""
        return self.root / "renders"

    def setting(self, name: str) -> str:
        """A setting: a path as a record shows it, or a word, of ``NO_PATHS``."""
        given = next((self.settings[n] for n in NAMES[name] if n in self.settings), None)
        if given is None:
            own = DEFAULTS[name]
            return own if name in NO_PATHS else shown_path(asset(own), self.root)
        return given if name in NO_PATHS else shown_path(self.root / given, self.root)

    @classmethod
    def at(cls, root: Path) -> Project:
        """The project in a folder, as its file is now.

        Raises
        ------
        InputError
            The file cannot be read, a setting is of another kind, or is none that there is.
        """
        for name in ("litnet.toml", "pyproject.toml"):
            file = root / name
            if (table := _table(file)) is not None:
                texts = [known for names in NAMES.values() for known in names]
                _all_known(file, table, [*texts, LISTS, BRINGS, LOOK])
                return cls(
                    root,
                    file,
                    {n: _text(file, n, table[n]) for n in texts if n in table},
                    _stories(file, table.get(LISTS)),
                    _yes_or_no(file, BRINGS, table.get(BRINGS, True)),
                    _look(file, table.get(LOOK)),
                )
        return cls(root)


def _table(file: Path) -> Mapping[str, object] | None:
    """What a file sets; None if there is none, or if it is no project's of litnet."""
    if not os.path.lexists(file):
        return None
    text = read_text(file)
    if file.name == "litnet.toml":
        return parsed_toml(text, printable(file))
    if "litnet" not in text:  # somebody else's, which may be of any form
        return None
    found: object = parsed_toml(text, printable(file))
    for name in ("tool", "litnet"):
        found = found.get(name) if isinstance(found, dict) else None
    if found is not None and not isinstance(found, dict):
        raise InputError(f"{printable(file)}: expected a table [tool.litnet].")
    return found


def _text(file: Path, name: str, value: object) -> str:
    if not isinstance(value, str):
        raise InputError(
            f"{printable(file)}: {name} in [tool.litnet] is of another kind, expected a text."
        )
    return value


def _all_known(file: Path, table: Mapping[str, object], known: list[str]) -> None:
    """Raise InputError for a setting that there is not, with the nearest one that there is."""
    for name in table:
        if name not in known:
            near = get_close_matches(name, known, 1)
            meant = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}."
            raise InputError(
                f"{printable(file)}: {printable(name)} in [tool.litnet] is no setting; {meant}"
            )


def _stories(file: Path, value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise InputError(
            f"{printable(file)}: {LISTS} in [tool.litnet] is of another kind, expected a list of "
            'files, such as ["scenes/my_story.py"].'
        )
    return tuple(value)


def _look(file: Path, value: object) -> str | Mapping[str, object] | None:
    if value is None or isinstance(value, (str, dict)):
        return value
    raise InputError(
        f"{printable(file)}: {LOOK} in [tool.litnet] is of another kind, expected the name of a "
        "theme, or a table [tool.litnet.theme]."
    )


def _yes_or_no(file: Path, name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InputError(
            f"{printable(file)}: {name} in [tool.litnet] is of another kind, "
            "expected true or false."
        )
    return value


def current() -> Project:
    """The project that the working folder is in; raises InputError as :meth:`Project.at`."""
    return Project.at(current_root())


def current_root() -> Path:
    """The folder of the project that the working folder is in."""
    return _root_of(real(os.curdir))


@cache
def _root_of(folder: Path) -> Path:
    for place in (folder, *folder.parents):
        if any(_table(place / name) is not None for name in ("litnet.toml", "pyproject.toml")):
            return place
    return folder


# --- paths ---------------------------------------------------------------------------------------
def shown_path(path: Path, root: Path | None = None) -> str:
    """A path as it stands in a record, whatever links lead to it.

    Relative to the project; or, if litnet brings it, ``litnet:`` and where; or else absolute.
    Raises InputError for a name that no record can hold.
    """
    try:
        resolved = real(path)
    except ValueError as error:  # a NUL
        raise InputError(f"{printable(path)}: not a file's name ({error})") from error
    try:
        str(resolved).encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"{printable(path)}: its name is not UTF-8, expected one that a record can hold"
        ) from error
    root = current_root() if root is None else root
    if resolved.is_relative_to(root):
        return resolved.relative_to(root).as_posix()
    for folder, names in ((_DATA, ("assets", "scenes", "lessons")), (HOME, ("litnet", "network"))):
        if any(resolved.is_relative_to(folder / name) for name in names):
            return OWN + resolved.relative_to(folder).as_posix()
    return str(resolved)


def real_path(shown: str, root: Path | None = None) -> Path:
    """Where a path that stands in a record is."""
    if shown.startswith(OWN):
        return asset(shown.removeprefix(OWN))
    return (current_root() if root is None else root) / shown


def sha256_of(file: Path) -> str:
    """Hex digest of a regular file, however large; raises InputError if it cannot be read."""
    hasher = hashlib.sha256()
    with opened(file) as stream:
        try:
            while data := stream.read(2**20):
                hasher.update(data)
        except OSError as error:
            raise InputError(f"{printable(file)}: cannot be read ({error.strerror})") from error
    return hasher.hexdigest()


# --- manim's settings ----------------------------------------------------------------------------
def picture_settings(folder: Path | None = None) -> dict[str, str]:
    """What the user's and a project's ``manim.cfg`` set that is seen in a film: ``{"crf": "15"}``.

    Manim's own defaults are not in it, because they go with its version; nor are size and rate,
    which each rendering is told. Raises InputError for a file that is not of manim's form.
    """
    parser = configparser.ConfigParser()
    found = {}
    own = (current_root() if folder is None else folder) / "manim.cfg"
    file = own
    try:
        for file in (*_own_settings(), own):
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
