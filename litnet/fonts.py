"""The fonts that litnet brings, and the letters that they have."""

from __future__ import annotations

import struct
from contextlib import suppress
from functools import cache
from pathlib import Path

from litnet.narration import COMMON, texts_of
from litnet.project import asset
from network.errors import InputError, printable

FONTS = asset("assets/fonts")
UNSEEN = (".title",)  # ends of keys of texts that no film shows
MOST_SAID = 8  # letters in a sentence


@cache
def font_files() -> tuple[Path, ...]:
    """Their files."""
    return tuple(sorted((*FONTS.glob("*.ttf"), *FONTS.glob("*.otf"))))


def lacking(text: str) -> tuple[str, ...]:
    """The characters of a text that none of them has, each once."""
    missing = dict.fromkeys(text)
    for font in font_files():
        if missing:
            missing = {one: None for one in missing if one not in characters(font)}
    return tuple(missing)


def check_letters(story: str, language: str) -> None:
    """Raise InputError for a text of a story that the fonts cannot write, before it is filmed.

    Looks at what films show of the catalogues: the story's own texts, and those that stories share.
    """
    for key, (text, file) in texts_of(language, (story, COMMON)).items():
        if key.endswith(UNSEEN):
            continue
        if letters := lacking("".join(text.split())):
            some = ", ".join(letters[:MOST_SAID])
            more = f" and {len(letters) - MOST_SAID} more" if len(letters) > MOST_SAID else ""
            names = ", ".join(font.name for font in font_files())
            raise InputError(
                f"{printable(file)}: {printable(key)} has letters that the fonts of the films lack "
                f"({names}): {printable(some)}{more}; they have Latin, Greek and Hangul."
            )


def title_alone(name: str) -> str:
    """The sentence about a name that films do not show, or "" if they do."""
    letters = ", ".join(lacking(name))
    return letters and (
        f"the film is titled for {name}, but does not show the name: its fonts (Latin, Greek, "
        f"Hangul) lack {letters}"
    )


@cache
def characters(font: Path) -> frozenset[str]:
    """The characters that a TrueType or OpenType font has, by its table ``cmap``.

    None at all are found in a file that is something else.
    """
    data = font.read_bytes()
    found: set[int] = set()
    with suppress(struct.error, IndexError):
        tables = struct.unpack_from(">H", data, 4)[0]
        for table in range(tables):
            tag, _, start, _ = struct.unpack_from(">4sIII", data, 12 + 16 * table)
            if tag == b"cmap":
                (subtables,) = struct.unpack_from(">H", data, start + 2)
                for subtable in range(subtables):
                    (offset,) = struct.unpack_from(">I", data, start + 8 + 8 * subtable)
                    found |= _mapped(data, start + offset)
    return frozenset(map(chr, found))


def _mapped(data: bytes, start: int) -> set[int]:
    """The code points of a subtable of format 4 or 12, the two that fonts of today have."""
    (kind,) = struct.unpack_from(">H", data, start)
    found: set[int] = set()
    if kind == 12:
        (groups,) = struct.unpack_from(">I", data, start + 12)
        for group in range(groups):
            first, last, _ = struct.unpack_from(">III", data, start + 16 + 12 * group)
            found.update(range(first, min(last, 0x10FFFF) + 1))
    elif kind == 4:
        (twice,) = struct.unpack_from(">H", data, start + 6)
        count = twice // 2
        ends = struct.unpack_from(f">{count}H", data, start + 14)
        firsts = struct.unpack_from(f">{count}H", data, start + 16 + twice)
        deltas = struct.unpack_from(f">{count}H", data, start + 16 + 2 * twice)
        places = start + 16 + 3 * twice
        offsets = struct.unpack_from(f">{count}H", data, places)
        for number, (first, last) in enumerate(zip(firsts, ends, strict=True)):
            for code in range(first, last + 1):
                glyph = code
                if offsets[number]:
                    place = places + 2 * number + offsets[number] + 2 * (code - first)
                    (glyph,) = struct.unpack_from(">H", data, place)
                if (glyph + deltas[number]) & 0xFFFF and (glyph or not offsets[number]):
                    found.add(code)
    return found
