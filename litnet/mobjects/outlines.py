"""What a line of text looks like: made once by Pango and manim, then kept.

Making the outlines of a text takes 50 ms (Pango writes an SVG, which is parsed and turned into
points); reading them back takes 0.2 ms. They are kept (see ``litnet.cache``) for all stories,
languages and processes; those of other versions are made again.
"""

from __future__ import annotations

import hashlib
import os
import platform
import struct
import sys
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
from litnet.cache import Kept
from litnet.fonts import font_files, lacking, own_files

Floats = NDArray[np.float64]

WIDEST = 100_000  # points; else manim has Pango break a line at the film's width in pixels
MOST_KEPT = 4096  # texts, in memory and on disk
KEPT = Kept("outlines", most=MOST_KEPT, most_bytes=64 * 2**20)


def register_fonts() -> tuple[Path, ...]:
    """Make litnet's fonts and the theme's known to Pango, each once a process; their files."""
    own = own_files(style.current())
    for file in (*font_files(), *own):
        _register(file)
    return (*own, *font_files())


@cache
def _register(file: Path) -> None:
    manimpango.register_font(str(file))


def letters(text: str, size: float, weight: str) -> tuple[Floats, ...]:
    """The outlines of a line's letters, each (k, 3), the foot of its first at the origin."""
    return _letters(text, size, weight, style.FONT)


@lru_cache(MOST_KEPT)
def _letters(text: str, size: float, weight: str, font: str) -> tuple[Floats, ...]:
    key = _key(text, size, weight)
    kept = KEPT.read(key) if key else None
    found = _made(text, size, weight) if kept is None else _unpacked(kept)
    if key and kept is None:
        KEPT.keep(key, _packed(found))
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
def _key(text: str, size: float, weight: str) -> str | None:
    """The name under which a text's outlines are kept; None where they are not to be kept.

    A letter that the films' fonts do not have comes from whatever fonts the machine has today.
    """
    fonts = register_fonts()
    if not text or lacking(text, fonts):
        return None
    digest = hashlib.sha256(_conditions(fonts))
    digest.update(repr((text, float(size), weight, style.FONT)).encode())
    return digest.hexdigest()


@cache
def _conditions(fonts: tuple[Path, ...]) -> bytes:
    """Everything but the text that decides about outlines: fonts, versions, settings, this code."""
    digest = hashlib.sha256()
    for file in (Path(__file__), *fonts):
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


def _unpacked(body: bytes) -> tuple[Floats, ...]:
    (count,) = struct.unpack_from("<I", body)
    ends = np.cumsum(np.frombuffer(body, "<u4", count, 4))
    points = np.frombuffer(body, "<f8", offset=4 + 4 * count).reshape(-1, 3)
    return tuple(np.split(points.astype(np.float64), ends[:-1]))


def _packed(outlines: tuple[Floats, ...]) -> bytes:
    head = struct.pack(f"<{len(outlines) + 1}I", len(outlines), *map(len, outlines))
    return head + np.concatenate(outlines).astype("<f8").tobytes()
