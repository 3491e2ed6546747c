"""Who wrote a digit, and what was meant: the list of a class.

A list is a CSV with a line for each picture, ``file,name,digit``, as a model has its card. It lies
beside the pictures or in the folder above; of several ``class.csv`` counts before the others, and
what is beside a picture before what is above. A picture that is on none is called as its file, if
that may be a name.
"""

from __future__ import annotations

import csv
import io
import os
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from network.errors import InputError, printable
from network.files import read_text, real, written_whole

LIST = "class.csv"  # of a folder
CONTACT_SHEET = "contact-sheet.png"  # made beside it, and no digit
NO_NAMES = frozenset(
    "board canvas digit drawing foto handwriting hero image img ink input mine number page paper "
    "photo pic picture scan screenshot sheet sketch test untitled".split()
)
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


def list_bytes(pupils: Iterable[Pupil]) -> bytes:
    """A list as a file has it, with the mark that tells a spreadsheet that it is UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file", "name", "digit"])
    for pupil in pupils:
        writer.writerow([pupil.file, pupil.name, "" if pupil.digit is None else pupil.digit])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def write_list(path: Path, pupils: Iterable[Pupil]) -> None:
    """Write a list, whole or not at all; raises InputError where it cannot be written."""
    with written_whole(path) as temporary:
        temporary.write_bytes(list_bytes(pupils))


def listed(table: Path) -> Iterator[Path]:
    """The pictures on a list, in its order; raises InputError as :func:`read_list`, and for one
    that is not there, or lies elsewhere than beside the list or in a folder beside it."""
    for pupil in read_list(table):
        picture = table.parent / pupil.file
        where = f"{printable(table)}: {printable(pupil.file)}"
        if not os.path.isfile(picture):
            raise InputError(f"{where}: found no such file, expected a picture")
        folder = real(table.parent)
        if folder not in (real(picture).parent, real(picture).parent.parent):
            raise InputError(
                f"{where} lies elsewhere, expected it beside the list or one folder on"
            )
        yield picture


def pupils_beside(folder: Path) -> dict[Path, Pupil]:
    """The pupils of the pictures in a folder, by the lists in it and in the one above it.

    Raises InputError as :func:`read_list`.
    """
    found: dict[Path, Pupil] = {}
    for place in (real(folder).parent, real(folder)):
        try:
            files = sorted(place.glob("*.[cC][sS][vV]"), key=lambda file: (file.name == LIST, file))
        except OSError:  # nobody may look there
            continue
        for table in files:
            if table.name == LIST or is_list(table):
                found |= {real(place / pupil.file): pupil for pupil in read_list(table)}
    return found


def pupil_of(picture: Path, known: dict[Path, Pupil] | None = None) -> Pupil:
    """Who wrote a picture, and what was meant; nobody and nothing, if that is not said.

    ``known`` are the pupils of its folder, if they were read already. Raises InputError as
    :func:`read_list`.
    """
    known = pupils_beside(picture.parent) if known is None else known
    from network.pictures import SUFFIXES  # with NumPy, which takes its time

    found = known.get(real(picture))
    if found is None and picture.suffix.lower() in SUFFIXES:
        return Pupil(_called(picture.stem))
    return found or Pupil()


def _called(stem: str) -> str:
    """What a file's name says of who wrote it, or "": names have no numerals, and are no words for
    pictures."""
    name = unicodedata.normalize("NFC", " ".join(stem.replace("_", " ").split()))
    letters = [letter for letter in name if letter.isalpha()]
    short = len(letters) < 2 and "".join(letters).isascii()
    if short or len(name) > LONGEST_NAME or printable(name) != name:
        return ""
    if any(c.isnumeric() or not (c.isalpha() or c in " -.'’" or _joins(c)) for c in name):
        return ""
    return "" if NO_NAMES & set(name.casefold().replace("-", " ").split()) else name


def _joins(letter: str) -> bool:
    return unicodedata.category(letter) in ("Mn", "Mc") or letter in "\u200c\u200d"


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
