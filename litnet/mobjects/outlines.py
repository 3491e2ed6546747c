"""What a line of text looks like: made once by Pango and manim, then kept.

Making the outlines of a text takes 50 ms (Pango writes an SVG, which is parsed and turned into
points); reading them back takes 0.2 ms. They are kept in the user's cache folder, for all stories,
languages and processes, a file each. What is kept is never the only copy of anything: a file that
is missing, damaged or of other versions is made again, and a folder that cannot be written to
only costs time.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import stat
import struct
import sys
import time
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path

import cairo
import manim
import manimpango
import numpy as np
import svgelements  # type: ignore[import-untyped]
from manim import DL, Text, tempconfig
from numpy.typing import NDArray

from litnet import style
from litnet.project import asset
from network.errors import InputError
from network.files import read_bytes, written_whole

Floats = NDArray[np.float64]

FONTS = asset("assets/fonts")
WIDEST = 100_000  # points; else manim has Pango break a line at the film's width in pixels
MOST_KEPT = 4096  # texts, in memory and on disk
MOST_BYTES = 64 * 2**20  # on disk
MOST_BYTES_A_TEXT = 2**20
OFTEN = 256  # a process looks around in the folder once for so many texts that it keeps
DAY = 86_400.0  # seconds
MARK = b"litnet outlines\n"


@cache
def register_fonts() -> tuple[Path, ...]:
    """Make the project's fonts known to Pango, once a process."""
    files = tuple(sorted((*FONTS.glob("*.ttf"), *FONTS.glob("*.otf"))))
    for file in files:
        manimpango.register_font(str(file))
    return files


@lru_cache(MOST_KEPT)
def letters(text: str, size: float, weight: str) -> tuple[Floats, ...]:
    """The outlines of a line's letters, each (k, 3), the foot of its first at the origin."""
    kept = _file(text, size, weight)
    found = _read(kept) if kept else None
    if found is None:
        found = _made(text, size, weight)
        if kept:
            _keep(kept, found)
    for letter in found:
        letter.flags.writeable = False
    return found


def _made(text: str, size: float, weight: str) -> tuple[Floats, ...]:
    register_fonts()
    with tempconfig({"pixel_width": WIDEST}):
        line = Text(
            text,
            font=style.FONT,
            font_size=size,
            weight=weight,
            disable_ligatures=True,
            stroke_width=0,
            warn_missing_font=False,  # manim knows no lists of families; Pango does
        )
    corner = line[0].get_corner(DL)
    return tuple(np.array(letter.points - corner) for letter in line)


# --- on disk -------------------------------------------------------------------------------------
@cache
def folder() -> Path | None:
    """Where outlines are kept: ``LITNET_CACHE``, or the user's cache folder; None for nowhere."""
    chosen = os.environ.get("LITNET_CACHE")
    try:
        if chosen is not None:
            root = Path(chosen).expanduser() if chosen else None
        elif sys.platform == "win32":
            root = Path(os.environ["LOCALAPPDATA"]) / "litnet"
        elif sys.platform == "darwin":
            root = Path.home() / "Library" / "Caches" / "litnet"
        else:
            # A path that is not absolute is to be ignored, says the XDG specification.
            named = Path(os.environ.get("XDG_CACHE_HOME", ""))
            root = (named if named.is_absolute() else Path.home() / ".cache") / "litnet"
        if root is None or not root.is_absolute():
            return None
        found = root / "outlines"
        found.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _ours(found):
            return None
    except (OSError, RuntimeError, KeyError, ValueError):  # no home, or one that is not ours
        return None
    return found


def _ours(place: Path) -> bool:
    """Whether nobody else can write there: what is kept decides what a film says."""
    if os.name == "nt":
        return True  # the folder of one user's data
    found = os.stat(place)
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _file(text: str, size: float, weight: str) -> Path | None:
    """The file of a text's outlines; None where they are not to be kept.

    A letter that the project's fonts do not have comes from whatever fonts the machine has today.
    """
    place = folder()
    if place is None or not text or not _covered(text):
        return None
    digest = hashlib.sha256(_conditions())
    digest.update(repr((text, float(size), weight, style.FONT)).encode())
    return place / digest.hexdigest()


def _covered(text: str) -> bool:
    """Whether the project's fonts have all characters of a text."""
    missing = set(text)
    for font in register_fonts():
        if missing:
            missing -= characters(font)
    return not missing


@cache
def _conditions() -> bytes:
    """Everything but the text that decides about outlines: fonts, versions, settings, this code."""
    digest = hashlib.sha256()
    for file in (Path(__file__), *register_fonts()):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    versions = (
        manim.__version__,
        manimpango.__version__,
        manimpango.pango_version(),
        cairo.cairo_version_string(),
        svgelements.SVGELEMENTS_VERSION,
        np.__version__,
        sys.platform,
        platform.machine(),
    )
    digest.update(repr(versions).encode())
    # The user's settings of fonts, such as hinting, move letters.
    for name in ("FONTCONFIG_FILE", "FONTCONFIG_PATH", "FONTCONFIG_SYSROOT"):
        digest.update(repr(os.environ.get(name)).encode())
    settings = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    for path in (
        "/etc/fonts/fonts.conf",
        "/etc/fonts/local.conf",
        "/etc/fonts/conf.d",
        os.environ.get("FONTCONFIG_FILE") or "~/.fonts.conf",
        f"{settings}/fontconfig/fonts.conf",
        f"{settings}/fontconfig/conf.d",
    ):
        with suppress(OSError):
            found = os.stat(os.path.expanduser(path))
            digest.update(repr((path, found.st_size, found.st_mtime_ns)).encode())
    return digest.digest()


def _read(file: Path) -> tuple[Floats, ...] | None:
    """Outlines that were kept; None if there are none, or not as they were written."""
    try:
        data = read_bytes(file, MOST_BYTES_A_TEXT)
    except InputError:
        return None
    with suppress(OSError):
        if time.time() - os.stat(file).st_mtime > DAY:
            os.utime(file)  # still in use
    start = len(MARK) + 32
    mark, digest, body = data[: len(MARK)], data[len(MARK) : start], data[start:]
    if mark != MARK or hashlib.sha256(body).digest() != digest:
        return None
    (count,) = struct.unpack_from("<I", body)
    ends = np.cumsum(np.frombuffer(body, "<u4", count, 4))
    points = np.frombuffer(body, "<f8", offset=4 + 4 * count).reshape(-1, 3)
    return tuple(np.split(points.astype(np.float64), ends[:-1]))


def _keep(file: Path, outlines: tuple[Floats, ...]) -> None:
    """Keep outlines, if that is possible; anything that is in the way only costs time."""
    body = struct.pack(f"<{len(outlines) + 1}I", len(outlines), *map(len, outlines))
    body += np.concatenate(outlines).astype("<f8").tobytes()
    if len(body) > MOST_BYTES_A_TEXT - 1024:
        return
    with suppress(InputError, OSError):
        _make_room(file.parent)
        with written_whole(file) as temporary:
            temporary.write_bytes(MARK + hashlib.sha256(body).digest() + body)


_kept = 0  # by this process
_OWN = re.compile(r"[0-9a-f]{64}|\.[0-9a-f]{64}\.\d+\.tmp")


def _make_room(place: Path) -> None:
    """From time to time, take away what has not been used for the longest time."""
    global _kept
    if _kept % OFTEN == 0:
        files = []
        for entry in filter(lambda entry: _OWN.fullmatch(entry.name), os.scandir(place)):
            with suppress(OSError):  # another process may have taken it away
                found = entry.stat()
                files.append((found.st_mtime, found.st_size, entry.path))
        size = 0
        for number, (used, taken, path) in enumerate(sorted(files, reverse=True)):
            size += taken
            left_over = path.endswith(".tmp") and time.time() - used > DAY
            if left_over or number >= MOST_KEPT - OFTEN or size > MOST_BYTES * 3 // 4:
                with suppress(OSError):
                    os.unlink(path)
    _kept += 1


# --- fonts ---------------------------------------------------------------------------------------
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
