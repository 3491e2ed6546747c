"""The H5P libraries of an author: in an exported ``.h5p``, or in a folder.

A template comes from outside: what is in it is checked before anything of it is used.
"""

from __future__ import annotations

import json
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from litnet.lessons.exporters.job import Content
from litnet.record.words import one_line
from network.errors import InputError, printable
from network.files import opened

MOST_FILES = 20_000
MOST_BYTES = 200 * 2**20  # of all libraries together, unpacked; the official ones have about 30 MB
MOST_DEEP = 50
MOST_JSON = 2 * 2**20
_MACHINE_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_.$-]{0,99}")
_OPTION = re.compile(r"([A-Za-z0-9_.$-]{1,100}) ([0-9]{1,5})\.([0-9]{1,5})")
_Version = tuple[int, int]


@dataclass(frozen=True)
class Library:
    """One library: its name, its version and what its ``library.json`` says it needs."""

    name: str
    version: _Version
    title: str
    place: str  # the folder that it is in
    needs: dict[str, list[tuple[str, _Version]]] = field(compare=False, hash=False)

    @property
    def folder(self) -> str:
        """In a package: ``H5P.MultiChoice-1.16``."""
        return f"{self.name}-{self.version[0]}.{self.version[1]}"

    @property
    def name_and_version(self) -> str:
        """In content: ``H5P.MultiChoice 1.16``."""
        return f"{self.name} {self.version[0]}.{self.version[1]}"

    @property
    def reference(self) -> dict[str, Any]:
        """In the package's list of libraries."""
        return {
            "machineName": self.name,
            "majorVersion": self.version[0],
            "minorVersion": self.version[1],
        }


class Template:
    """The libraries that are in a file or folder.

    Raises
    ------
    InputError
        It is not there, is neither a package nor a folder of libraries, or holds what no honest
        one does: paths that lead out of it, links, more than ``MOST_FILES`` or ``MOST_BYTES``,
        damaged descriptions.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._archive: zipfile.ZipFile | None = None
        self._read = 0
        if os.path.isdir(path):
            self._sizes = self._in_folder()
        else:
            self._sizes = self._in_package()
        if sum(self._sizes.values()) > MOST_BYTES:
            self._fail(f"holds libraries of more than {MOST_BYTES >> 20} MB", "far less")
        self._folders: dict[str, list[str]] = {}
        for name in self._sizes:
            first, _, rest = name.partition("/")
            if rest:
                self._folders.setdefault(first, []).append(rest)
        self.libraries: dict[tuple[str, _Version], Library] = {}
        for folder in sorted(self._folders):
            if "library.json" in self._folders[folder]:
                library = self._library(folder)
                self.libraries[library.name, library.version] = library
        if not self.libraries:
            self._fail("holds no H5P libraries", "an exported .h5p, or a folder with H5P libraries")
        self._preferred = self._of_package()

    def _fail(self, found: str, expected: str) -> NoReturn:
        raise InputError(f"{printable(self.path)}: {found}, expected {expected}.")

    # --- what is in it --------------------------------------------------------------------------
    def _in_package(self) -> dict[str, int]:
        """Name and declared size of each file outside of ``content``."""
        if not os.path.lexists(self.path):
            self._fail("found no such file", "an exported .h5p or a folder of H5P libraries")
        try:
            with opened(self.path):  # no pipe, which would be waited for
                self._archive = zipfile.ZipFile(self.path)
            entries = self._archive.infolist()
        except InputError:
            raise
        except OSError as error:
            raise InputError(
                f"{printable(self.path)}: cannot be read ({error.strerror})."
            ) from error
        except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeError):
            self._fail("is not a zip file", "an exported .h5p or a folder of H5P libraries")
        if len(entries) > MOST_FILES:
            self._fail(f"holds {len(entries)} files", f"at most {MOST_FILES}")
        found: dict[str, int] = {}
        for entry in entries:
            name = entry.orig_filename
            shown = repr(name[:80])
            if _leads_out(name):
                self._fail(f"holds a file with the path {shown}", "only paths inside the package")
            if stat.S_ISLNK(entry.external_attr >> 16):
                self._fail(f"holds the link {shown}", "only files")
            if entry.is_dir() or not _wanted(name):
                continue
            if entry.flag_bits & 1:
                self._fail(f"holds the encrypted file {shown}", "files that can be read")
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                self._fail(f"holds {shown} in a compression that H5P does not read", "deflate")
            if name in found:
                self._fail(f"holds the file {shown} twice", "it once")
            found[name] = entry.file_size
        return found

    def _in_folder(self) -> dict[str, int]:
        """Name and size of each file outside of ``content``."""
        found: dict[str, int] = {}
        try:
            for name, entry in self._walk(self.path, ""):
                if entry.is_symlink():
                    self._fail(f"holds the link {name[:80]!r}", "only files")
                found[name] = entry.stat(follow_symlinks=False).st_size
                if len(found) > MOST_FILES:
                    self._fail(f"holds more than {MOST_FILES} files", "fewer")
        except OSError as error:
            raise InputError(
                f"{printable(self.path)}: cannot be read ({error.strerror})."
            ) from error
        return found

    def _walk(self, folder: Path, before: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """The files and links of the folders that are libraries, and ``h5p.json``."""
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                name = before + entry.name
                if name.count("/") > MOST_DEEP:
                    self._fail(f"holds folders more than {MOST_DEEP} deep", "fewer")
                if not _wanted(name):
                    continue
                if entry.is_symlink() or entry.is_file():
                    if before or name == "h5p.json":
                        yield name, entry
                elif entry.is_dir():
                    inside = Path(entry.path)
                    if before or (inside / "library.json").exists():
                        yield from self._walk(inside, f"{name}/")

    def _bytes(self, name: str) -> bytes:
        """A file of the template; never more than it said that it holds."""
        declared = self._sizes[name]
        try:
            if self._archive is None:
                return (self.path / name).read_bytes()
            with self._archive.open(name) as stream:
                data = stream.read(declared + 1)
        except OSError as error:
            raise InputError(
                f"{printable(self.path / name)}: cannot be read ({error.strerror})."
            ) from error
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
            self._fail(f"{name[:80]!r} in it is damaged", "a whole package")
        self._read += len(data)
        if len(data) != declared or self._read > 2 * MOST_BYTES:
            self._fail(f"{name[:80]!r} in it has not the size that it declares", "a whole package")
        return data

    def _json(self, name: str) -> Any:
        if self._sizes[name] > MOST_JSON:
            self._fail(f"{name[:80]!r} in it has more than {MOST_JSON >> 20} MB", "far less")
        try:
            return json.loads(self._bytes(name).decode("utf-8-sig"))
        except (ValueError, RecursionError):
            self._fail(f"{name[:80]!r} in it is damaged", "JSON")

    def _library(self, folder: str) -> Library:
        file = f"{folder}/library.json"
        table = self._json(file)
        try:
            name, version = _reference(table)
            needs = {
                kind: [_reference(entry) for entry in table.get(f"{kind}Dependencies") or []]
                for kind in ("preloaded", "dynamic", "editor")
            }
        except (ValueError, TypeError, KeyError, AttributeError):
            self._fail(
                f"{file[:80]!r} in it is damaged",
                "machineName, majorVersion, minorVersion and lists of dependencies",
            )
        return Library(name, version, one_line(table.get("title") or name)[:100], folder, needs)

    def _of_package(self) -> dict[str, _Version]:
        """The versions that the author's own content uses."""
        if "h5p.json" not in self._sizes:
            return {}
        table = self._json("h5p.json")
        try:
            return dict(_reference(entry) for entry in table.get("preloadedDependencies") or [])
        except (ValueError, TypeError, KeyError, AttributeError):
            self._fail("'h5p.json' in it is damaged", "a list of preloadedDependencies")

    # --- what is taken from it ------------------------------------------------------------------
    def library(self, name: str) -> Library:
        """The library of this name, in the version that the author uses, else the newest."""
        versions = sorted(version for found, version in self.libraries if found == name)
        if not versions:
            self._fail(f"has no library {name}", "an Interactive Video exported with it")
        version = self._preferred.get(name)
        return self.libraries[name, version if version in versions else versions[-1]]

    def offered(self, name: str, host: Library) -> Library:
        """The same, but only a version that ``host`` (by its semantics) takes inside of it."""
        library = self.library(name)
        file = f"{host.place}/semantics.json"
        if file not in self._sizes:
            return library
        taken = {version for found, version in _options(self._json(file)) if found == name}
        if not taken or library.version in taken:
            return library
        there = sorted(version for version in taken if (name, version) in self.libraries)
        if not there:
            wanted = ", ".join(f"{name} {a}.{b}" for a, b in sorted(taken))
            self._fail(
                f"has {library.name_and_version}, which its {host.name_and_version} does not take",
                wanted,
            )
        return self.libraries[name, there[-1]]

    def needed(self, roots: Sequence[Library]) -> tuple[list[Library], list[Library]]:
        """These libraries and all that they load; and those for editing, so far as they are here.

        Each library stands after those that it needs.
        """
        preloaded: dict[Library, bool] = {}
        self._collect(roots, ("preloaded",), preloaded)
        every = dict(preloaded)
        for library in tuple(preloaded):
            self._collect([library], ("preloaded", "dynamic", "editor"), every)
        return list(preloaded), [library for library in every if library not in preloaded]

    def _collect(
        self, roots: Sequence[Library], kinds: Sequence[str], found: dict[Library, bool]
    ) -> None:
        """Add libraries in the order of need, without recursion: a chain may be long."""
        stack: list[tuple[Library, bool]] = [(library, False) for library in reversed(roots)]
        entered: set[Library] = set()
        while stack:
            library, left = stack.pop()
            if left:
                found.setdefault(library, True)
                continue
            if library in entered:
                continue
            entered.add(library)
            stack.append((library, True))
            for kind in kinds:
                for name, version in library.needs[kind]:
                    other = self.libraries.get((name, version))
                    if other is not None:
                        stack.append((other, False))
                    elif len(kinds) == 1:
                        self._fail(
                            f"has no library {name} {version[0]}.{version[1]}",
                            f"it, because {library.name_and_version} needs it",
                        )

    def files(self, library: Library) -> dict[str, Content]:
        """The files of a library, by their names in its folder."""
        names = sorted(self._folders[library.place])
        if self._archive is None:
            return {name: self.path / library.place / name for name in names}
        return {name: self._bytes(f"{library.place}/{name}") for name in names}


def _leads_out(name: str) -> bool:
    return (
        not name
        or name.startswith("/")
        or any(sign in name for sign in "\\\0")
        or re.match("[A-Za-z]:", name) is not None
        or any(part in ("", ".", "..") for part in name.removesuffix("/").split("/"))
    )


def _wanted(name: str) -> bool:
    """Not the author's own content, and not what H5P itself passes over."""
    parts = name.split("/")
    return parts[0] != "content" and not any(part.startswith((".", "_")) for part in parts)


def _reference(entry: dict[str, Any]) -> tuple[str, _Version]:
    name = entry["machineName"]
    if not isinstance(name, str) or not _MACHINE_NAME.fullmatch(name):
        raise ValueError(name)
    numbers = []
    for key in ("majorVersion", "minorVersion"):
        number = entry[key]
        if isinstance(number, str) and number.isascii() and number.isdecimal():
            number = int(number[:9])
        if type(number) is not int or number < 0:
            raise ValueError(number)
        numbers.append(number)
    return name, (numbers[0], numbers[1])


def _options(semantics: Any) -> Iterator[tuple[str, _Version]]:
    """Every "Name 1.2" in a description of fields."""
    stack = [semantics]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack += value.values()
        elif isinstance(value, list):
            stack += value
        elif isinstance(value, str) and (found := _OPTION.fullmatch(value)):
            yield found[1], (int(found[2]), int(found[3]))
