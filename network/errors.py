"""The one exception for everything that a person can get wrong; foreign names in its sentence."""

from __future__ import annotations

import unicodedata


class InputError(ValueError):
    """Input from outside that cannot be used.

    The message is one sentence: which file or argument, what was found, what was expected.
    It is meant to be printed as it is, without a traceback.
    """


LONGEST_NAME = 200  # letters of a foreign name that a sentence repeats


def printable(name: object, most: int = LONGEST_NAME) -> str:
    """A name from outside as it may stand on a terminal or in a table: one line, nothing hidden.

    Control characters, line ends, lone surrogates and what turns the direction of writing are
    escaped as Python would; the middle of a name of more than ``most`` letters is left out.

    >>> printable("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    text = str(name)
    if len(text) > most:
        text = f"{text[: most // 2]}…{text[-(most // 2) :]}"
    return "".join(
        letter.encode("unicode_escape").decode() if _hides(letter) else letter for letter in text
    )


def _hides(letter: str) -> bool:
    return unicodedata.category(letter) in _HIDING and letter not in _JOINERS


# Controls, formats (bidirectional controls among them), surrogates, what is private or unassigned,
# and separators of lines and paragraphs.
_HIDING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"  # parts of words in Persian and in the scripts of India
