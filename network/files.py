"""Files as they come from anybody: read within bounds, written whole or not at all."""

from __future__ import annotations

import json
import os
import re
import stat
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from network.errors import InputError, printable

MOST_TEXT = 4 * 2**20  # bytes, of a small text file: a card, a quiz, a lesson, a table of settings
MOST_PARTS = 200  # of a dotted key in TOML
TOO_LONG = "a whole number of thousands of digits"


def real(path: str | os.PathLike[str]) -> Path:
    """Where a path leads, links followed; one that leads in a circle stays as it is.

    ``Path.resolve`` raises a RuntimeError there.
    """
    return Path(os.path.realpath(path))


@contextmanager
def opened(file: Path) -> Iterator[BinaryIO]:
    """A regular file, open for reading; never one that blocks or has no end.

    Raises
    ------
    InputError
        There is none, it cannot be read, or it is a folder, a pipe or a device.
    """
    name = printable(file)
    try:
        # Without waiting for whoever may write into a pipe.
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
    except IsADirectoryError as error:
        raise InputError(f"{name}: found a folder, expected a file") from error
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror or error})") from error
    except ValueError as error:  # a NUL, or letters that no file's name can have
        raise InputError(f"{name}: not a file's name ({error})") from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        kind = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise InputError(f"{name}: found {kind}, expected a regular file")
    with open(descriptor, "rb") as stream:
        yield stream


_BINARY = getattr(os, "O_BINARY", 0)


def check_file(file: Path, expected: str) -> None:
    """Raise InputError, which ends with what was ``expected``, unless a file can be opened."""
    try:
        with opened(file):
            pass
    except InputError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise InputError(f"{printable(file)}: found no such file, {expected}") from error
        if error.__cause__ is None:
            what = "something that is not a file (a folder, a pipe or a device)"
            raise InputError(f"{printable(file)}: found {what}, {expected}") from error
        raise InputError(f"{error}, {expected}") from error


def read_bytes(file: Path, most: int = MOST_TEXT) -> bytes:
    """The whole of a regular file of at most ``most`` bytes.

    Raises
    ------
    InputError
        As :func:`opened`; or the file is larger.
    """
    with opened(file) as stream:
        try:
            data = stream.read(most + 1)
        except OSError as error:
            raise InputError(f"{printable(file)}: cannot be read ({error.strerror})") from error
    if len(data) > most:
        raise InputError(f"{printable(file)}: found more than {most:,} bytes, expected fewer")
    return data


def read_text(file: Path, most: int = MOST_TEXT) -> str:
    """The text of a small file in UTF-8, with or without a mark at its beginning.

    Raises
    ------
    InputError
        As :func:`read_bytes`; or it is not UTF-8.
    """
    try:
        return read_bytes(file, most).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{printable(file)}: byte {error.start:,} is not UTF-8, expected text in it"
        ) from error


@contextmanager
def _parsing(name: str, form: str, wrong: type[ValueError]) -> Iterator[None]:
    """What a parser raises for a text from a file (or place) of that name, as a sentence."""
    try:
        yield
    except RecursionError as error:
        raise InputError(f"{name}: nested too deeply to be read") from error
    except ValueError as error:
        why = error if isinstance(error, wrong) else TOO_LONG
        raise InputError(f"{name}: expected {form} ({why})") from error


def parsed_json(text: str, name: str) -> Any:
    """What a text of JSON from a file (or place) of that name says.

    Raises InputError if it is no JSON, is nested too deeply, or holds a number too long to be one.
    """
    with _parsing(name, "JSON", json.JSONDecodeError):
        return json.loads(text)


def parsed_toml(text: str, name: str) -> dict[str, Any]:
    """What a text of TOML says. Raises as :func:`parsed_json`."""
    # tomllib takes time with the square of the parts of a dotted key: minutes for 100 kB.
    if any(part.count(".") > MOST_PARTS for part in re.split(r"[=\[\]{},\n]", text)):
        raise InputError(f"{name}: nested too deeply to be read")
    with _parsing(name, "TOML", tomllib.TOMLDecodeError):
        return tomllib.loads(text)


@contextmanager
def written_whole(file: Path) -> Iterator[Path]:
    """A temporary path beside a file; what is written there takes the file's place at the end.

    Raises InputError for a folder that cannot be written to. Whatever goes wrong, the file stays
    as it was.
    """
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        try:
            yield temporary
            os.replace(temporary, file)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(
            f"{file}: cannot be written ({error.strerror}), expected a folder that can be"
        ) from error
