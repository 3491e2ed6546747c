"""Words that a film says, as files and pages may have them: nothing in them is taken for a mark.

A record comes from anybody. Control characters are taken out, and the marks that turn the direction
of all text that follows (U+202A to U+202E, U+2066 to U+2069); whoever puts words into a page
escapes them for that page as well.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

_UNWANTED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def plain(text: object) -> str:
    """Text without control characters (new lines stay) and without marks that turn its direction.

    >>> plain("a\u202eb")
    'ab'
    """
    return _UNWANTED.sub("", str(text).replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: object) -> str:
    """The same with every run of white space as one blank."""
    return " ".join(plain(text).split())


def webvtt(cues: Iterable[tuple[float, float, str]]) -> str:
    """WebVTT of cues (start and end in seconds, text); what is empty is left out.

    No words are taken for marks: ``-->``, tags, and empty lines are none.
    """
    blocks = ["WEBVTT\n"]
    for start, end, words in cues:
        lines = (one_line(line) for line in plain(words).splitlines())
        text = "\n".join(html.escape(line, quote=False) for line in lines if line)
        if text and end > start:
            blocks.append(f"{_time(start)} --> {_time(end)}\n{text}\n")
    return "\n".join(blocks)


def _time(seconds: float) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    return (
        f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"
    )
