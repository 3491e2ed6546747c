"""The fonts that litnet brings, those of a theme, and the letters that they have."""

from __future__ import annotations

import struct
from contextlib import suppress
from functools import cache
from pathlib import Path

from litnet.narration import COMMON, texts_of
from litnet.project import asset, real_path
from litnet.theme import DARK, LITNET_FONT, Theme
from network.errors import InputError, printable
from network.files import read_bytes

FONTS = asset("assets/fonts")
FAMILIES = ("Litnet Sans", "Litnet Sans KR")
LARGEST = 64 * 2**20  # bytes of a font
UNSEEN = (".title", ".title.as-ink")  # ends of keys of texts that no film shows
MOST_SAID = 8  # letters in a sentence


@cache
def font_files() -> tuple[Path, ...]:
    """The files of litnet's own."""
    return tuple(sorted((*FONTS.glob("*.ttf"), *FONTS.glob("*.otf"))))


def own_files(theme: Theme) -> tuple[Path, ...]:
    """The files of a theme's own fonts; none, if it has litnet's."""
    return tuple(real_path(font) for font in theme.fonts if font != LITNET_FONT)


def families(theme: Theme) -> tuple[str, ...]:
    """The names of its fonts, in the order in which letters are looked for; litnet's come last,
    for the signs that a font of letters lacks.

    Raises InputError for a file that is no font.
    """
    named: dict[str, None] = {}
    for font in theme.fonts:
        names = FAMILIES if font == LITNET_FONT else (family(real_path(font)),)
        named.update(dict.fromkeys(names))
    return (*named, *(name for name in FAMILIES if name not in named))


def written_by(theme: Theme) -> tuple[Path, ...]:
    """The files that the texts of the catalogues have to be written with: of a theme with fonts of
    its own those, and litnet's only if it lists them."""
    own = own_files(theme)
    return (*own, *font_files()) if not own or LITNET_FONT in theme.fonts else own


def lacking(text: str, fonts: tuple[Path, ...] | None = None) -> tuple[str, ...]:
    """The characters of a text that none of some fonts has, each once; by default, of litnet's."""
    missing = dict.fromkeys(text)
    for font in font_files() if fonts is None else fonts:
        if missing:
            missing = {one: None for one in missing if one not in characters(font)}
    return tuple(missing)


def check_letters(story: str, language: str, theme: Theme = DARK) -> None:
    """Raise InputError for a text of a story that the fonts cannot write, before it is filmed.

    Looks at what films show of the catalogues: the story's own texts, and those that stories share.
    """
    fonts, own = written_by(theme), own_files(theme)
    for key, (text, file) in texts_of(language, (story, COMMON)).items():
        if key.endswith(UNSEEN):
            continue
        if letters := lacking("".join(text.split()), fonts):
            some = ", ".join(letters[:MOST_SAID])
            more = f" and {len(letters) - MOST_SAID} more" if len(letters) > MOST_SAID else ""
            names = ", ".join(printable(font.name) for font in fonts)
            what = "they have Latin, Greek and Hangul"
            if own:
                what = f'list another one after it in [tool.litnet.theme], or "{LITNET_FONT}"'
            raise InputError(
                f"{printable(file)}: {printable(key)} has letters that the fonts of the films lack "
                f"({names}): {printable(some)}{more}; {what}."
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
    data = read_bytes(font, LARGEST)
    found: set[int] = set()
    with suppress(struct.error, IndexError):
        start = _table(data, b"cmap")
        (subtables,) = struct.unpack_from(">H", data, start + 2)
        for subtable in range(subtables):
            (offset,) = struct.unpack_from(">I", data, start + 8 + 8 * subtable)
            found |= _mapped(data, start + offset)
    return frozenset(map(chr, found))


@cache
def family(font: Path) -> str:
    """The name of its family by which Pango finds it; raises InputError if it is no font."""
    data = read_bytes(font, LARGEST)
    names: dict[int, str] = {}
    with suppress(struct.error, IndexError, UnicodeDecodeError):
        start = _table(data, b"name")
        _, count, strings = struct.unpack_from(">3H", data, start)
        for number in range(count):
            platform, _, _, name, length, offset = struct.unpack_from(
                ">6H", data, start + 6 + 12 * number
            )
            place = start + strings + offset
            text = data[place : place + length]
            if name in (1, 16):  # of the family; of a larger one, by which fontconfig goes first
                kind = "mac_roman" if platform == 1 else "utf-16-be"
                names.setdefault(name, text.decode(kind))
    found = names.get(16) or names.get(1) or ""
    if not found or not characters(font):
        raise InputError(f"{printable(font)}: not a font that can be read, expected .ttf or .otf.")
    if "," in found or not found.isprintable():
        raise InputError(
            f"{printable(font)}: a font called {printable(found)}, expected one whose name has no "
            "comma."
        )
    return found


def _table(data: bytes, wanted: bytes) -> int:
    """Where a table begins; raises IndexError if there is none."""
    (tables,) = struct.unpack_from(">H", data, 4)
    for table in range(tables):
        tag, _, start, _ = struct.unpack_from(">4sIII", data, 12 + 16 * table)
        if tag == wanted:
            return int(start)
    raise IndexError(wanted)


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
