"""Who wrote a digit, and what was meant: the list of a class.

A list is a CSV with a line for each picture, ``file,name,digit``; the files are beside it. Of a
folder of pictures without one the files' names are the pupils', if they have no numerals in them.
"""

from __future__ import annotations

import csv
import io
import os
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from network.errors import InputError, printable
from network.files import read_text, real, written_whole

LIST = "class.csv"  # of a folder
CONTACT_SHEET = "contact-sheet.png"  # made beside it, and no digit
LONGEST_NAME = 60  # letters
MOST_PUPILS = 1800
FILE, NAME, DIGIT = ("file",), ("name", "pupil"), ("digit", "label")


@dataclass(frozen=True)
class Pupil:
    """A line of a list; ``name`` may be empty, ``digit`` is what was meant, if anybody said so."""

    name: str = ""
    digit: int | None = None
    file: str = ""


def shown_name(text: str, where: str) -> str:
    """A pupil's name on one line, in any script.

    Raises
    ------
    InputError
        It is too long, or has letters that nobody sees; the sentence begins with ``where``.
    """
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(name) > LONGEST_NAME:
        raise InputError(
            f"{where}: found a name of {len(name)} letters ({printable(name, 40)}), "
            f"expected at most {LONGEST_NAME}"
        )
    if printable(name) != name:
        raise InputError(
            f"{where}: the name {printable(name)} has signs that nobody sees, expected letters"
        )
    return name


def read_list(path: Path) -> tuple[Pupil, ...]:
    """The pupils of a list, in its order.

    Raises
    ------
    InputError
        It is no small CSV in UTF-8 with the columns ``file``, ``name`` and ``digit`` (one of the
        last two may be missing), or a line of it says something impossible.
    """
    rows = _rows(path)
    where = printable(path)
    columns = [cell.strip().casefold() for cell in rows[0][1]] if rows else []
    file = _column(columns, FILE)
    if file is None:
        raise InputError(f"{where}: found no column file, expected file,name,digit")
    found: dict[str, Pupil] = {}
    for number, cells in rows[1:]:
        name = _cell(cells, file)
        line = f"{where}, line {number}"
        if not name:
            raise InputError(f"{line}: found no file, expected the name of a picture")
        if name in found:
            raise InputError(f"{line}: {printable(name)} is there twice, expected it once")
        found[name] = _pupil(cells, columns, line, name)
    return tuple(found.values())


def is_list(path: Path) -> bool:
    """Whether a file is a CSV of pupils, by its first line; no other is read."""
    if path.suffix.lower() != ".csv" or not os.path.isfile(path):
        return False
    try:
        rows = _rows(path)
    except InputError:
        return False
    columns = [cell.strip().casefold() for cell in rows[0][1]] if rows else []
    return _column(columns, FILE) is not None


def read_names(path: Path) -> tuple[Pupil, ...]:
    """The pupils of a list of names, one a line: with a header ``name,digit``, or just names.

    Raises
    ------
    InputError
        It is no small text in UTF-8, has no name, or a line of it says something impossible.
    """
    rows = _rows(path)
    where = printable(path)
    columns = [cell.strip().casefold() for cell in rows[0][1]] if rows else []
    if _column(columns, NAME) is None:
        columns = (
            ["name", "digit"] if rows and max(len(cells) for _, cells in rows) > 1 else ["name"]
        )
    else:
        rows = rows[1:]
    pupils = tuple(_pupil(cells, columns, f"{where}, line {number}") for number, cells in rows)
    if not pupils:
        raise InputError(f"{where}: found no name, expected one a line")
    return pupils


def write_list(path: Path, pupils: Iterable[Pupil]) -> None:
    """Write a list, whole or not at all; raises InputError where it cannot be written."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file", "name", "digit"])
    for pupil in pupils:
        writer.writerow([pupil.file, pupil.name, "" if pupil.digit is None else pupil.digit])
    with written_whole(path) as temporary:
        # With the mark that tells a spreadsheet that this is UTF-8.
        temporary.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode())


def list_of(given: Path) -> Path | None:
    """The list that a path stands for: a CSV, or that of a folder; None if it has none."""
    if os.path.isdir(given):
        given = given / LIST
        return given if os.path.isfile(given) else None
    return given if is_list(given) else None


def pupil_of(given: Path, picture: Path) -> Pupil | None:
    """Who wrote a picture, by a list or a folder; None if it says nothing of it.

    Raises InputError as :func:`read_list`.
    """
    table = list_of(given)
    if table is None:
        stem = unicodedata.normalize("NFC", picture.stem).replace("_", " ").strip()
        is_name = stem and not any(letter.isnumeric() for letter in stem)
        return Pupil(stem[:LONGEST_NAME]) if is_name and printable(stem) == stem else None
    for pupil in read_list(table):
        if real(table.parent / pupil.file) == real(picture):
            return pupil
    return None


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """The lines that say anything, each with its number; cells parted by the sign of the first."""
    text = read_text(path)
    first = text.lstrip().partition("\n")[0]
    sign = max(",;\t", key=first.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
        rows = [(reader.line_num, cells) for cells in reader if any(c.strip() for c in cells)]
    except csv.Error as error:
        raise InputError(f"{printable(path)}: expected a CSV ({error})") from error
    if len(rows) > MOST_PUPILS + 1:
        raise InputError(
            f"{printable(path)}: found {len(rows):,} lines, expected at most {MOST_PUPILS:,} pupils"
        )
    return rows


def _column(columns: list[str], names: tuple[str, ...]) -> int | None:
    return next((columns.index(name) for name in names if name in columns), None)


def _cell(cells: list[str], column: int | None) -> str:
    return cells[column].strip() if column is not None and column < len(cells) else ""


def _pupil(cells: list[str], columns: list[str], where: str, file: str = "") -> Pupil:
    name = shown_name(_cell(cells, _column(columns, NAME)), where)
    digit = _cell(cells, _column(columns, DIGIT))
    if not digit:
        return Pupil(name, None, file)
    if len(digit) > 1 or not digit.isdecimal():
        raise InputError(
            f"{where}: found the digit {printable(digit, 40)!r}, expected one from 0 to 9, or none"
        )
    return Pupil(name, int(digit), file)
