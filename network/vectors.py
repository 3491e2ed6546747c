"""Lists of numbers in text files, for networks whose input is not a picture."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from network.arrays import Array
from network.errors import InputError, printable
from network.files import check_file, read_bytes

SUFFIXES = (".csv", ".txt")

# A list that a film can show has at most as many numbers; each of them may take its 24 digits.
MAX_BYTES = 2**17
LARGEST = 1e6  # the numbers have to fit on a screen


def load_vector(path: str | os.PathLike[str], n: int) -> Array:
    """Read ``n`` numbers from a text file, (n,) float64.

    They stand in one column or one line, apart by commas, semicolons, spaces or new lines; there
    is no heading. Raises InputError if the file is missing, is no such text, or holds another
    count of numbers, or one that is not finite or as large as a million.
    """
    file = Path(path)
    expected = f"expected a text file of {n} numbers"
    check_file(file, expected)
    name = printable(file)
    try:
        text = read_bytes(file, MAX_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: found bytes that are not UTF-8, {expected}") from error
    words = text.replace(",", " ").replace(";", " ").split()
    numbers = []
    for place, word in enumerate(words, start=1):
        try:
            number = float(word)
        except ValueError:
            raise InputError(f"{name}: found {word[:20]!r} in place {place}, {expected}") from None
        if not abs(number) < LARGEST:  # nor NaN
            raise InputError(
                f"{name}: found {word[:20]} in place {place}, expected a number between "
                f"-{LARGEST:,.0f} and {LARGEST:,.0f}"
            )
        numbers.append(number)
    if len(numbers) != n:
        raise InputError(f"{name}: found {len(numbers)} numbers, {expected}")
    return np.array(numbers)
