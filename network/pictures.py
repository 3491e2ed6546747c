"""Pictures in files as light: grey levels, upright, no larger than is of use.

Nothing that a file declares is believed: its size and its sides are checked before a pixel is
decoded, and all but the smallest pictures are decoded in a process of their own.
"""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from network.apart import Arrays, LostError, read_apart
from network.arrays import Array
from network.errors import InputError, printable
from network.files import check_file, opened

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
NAMES = "PNG, JPEG, WebP, BMP, TIFF or GIF"

# A telephone's photo has 50 million pixels and 12,000 on a side, in at most so many bytes.
MAX_PIXELS = 64_000_000
MAX_SIDE = 16_384
MAX_BYTES = 64 * 2**20
# Pictures of digits as they are: decoded here, at once.
SMALL_BYTES, SMALL_PIXELS = 2**14, 2**18
# More than this a side tells nothing more about a digit.
WORK_SIDE = 1200

# What people have instead, by the first bytes or the name, and what to do with it.
_BY_BEGINNING = {
    b"%PDF": "PDF",
    b"8BPS": "Photoshop",
    b"\xff\x0a": "JPEG XL",
    b"\x00\x00\x00\x0cJXL": "JPEG XL",
    b"\x00\x00\x00\x0cjP": "JPEG 2000",
}
_BRANDS = {b"avif": "AVIF", b"avis": "AVIF", b"crx ": "RAW"}  # else HEIC
_RAW = (  # Pillow would open the thumbnail in some
    ".dng",
    ".cr2",
    ".cr3",
    ".nef",
    ".arw",
    ".orf",
    ".raf",
    ".rw2",
    ".pef",
    ".srw",
)
_BY_SUFFIX = {
    ".heic": "HEIC",
    ".heif": "HEIC",
    ".avif": "AVIF",
    ".svg": "SVG",
    ".svgz": "SVG",
}
OTHER_SUFFIXES = (*_BY_SUFFIX, *_RAW)  # of pictures that are not opened


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture's light: ``grey`` (rows, columns) in [0, 1], 0 black.

    ``size`` is (width, height) as the file has it; ``grey`` is smaller where a side had more than
    WORK_SIDE. ``more`` says that further pictures follow in the file, as in an animation; ``said``
    is the sentence about that, without the file's name.
    """

    grey: Array
    size: tuple[int, int]
    more: bool

    @property
    def said(self) -> tuple[str, ...]:
        """What a person should know of it."""
        return ("found several pictures in one file, took the first",) if self.more else ()


def open_picture(
    path: str | os.PathLike[str], expected: str, whole: int = 0, side: int = WORK_SIDE
) -> Picture:
    """Read the first picture in a file of one of FORMATS.

    Colours become grey by ITU-R 601 luma; 16-bit grey keeps its precision. Transparent pixels
    are laid on black if the opaque ones are bright on the whole, otherwise on white. A picture
    is made smaller, in squares, until no side has more than ``side``, unless its sides are
    ``whole`` pixels each.

    Raises InputError, which says what was ``expected``, if the file is missing, not a picture, or
    larger than MAX_BYTES, MAX_SIDE or MAX_PIXELS.
    """
    file = Path(path)
    check_file(file, expected)
    name = printable(file)
    with opened(file) as stream:
        size = os.fstat(stream.fileno()).st_size
        kind = _other_format(file, stream.read(64))
    if kind:
        raise _not_opened(name, kind)
    if size > MAX_BYTES:
        raise InputError(
            f"{name}: found {size:,} bytes, expected a picture of at most {MAX_BYTES:,}"
        )
    try:
        if size <= SMALL_BYTES:
            facts, arrays = decoded(str(file), whole, SMALL_PIXELS, side)
        if size > SMALL_BYTES or not arrays:
            where = str(file.absolute())
            facts, arrays = read_apart("network.pictures:decoded", where, whole, MAX_PIXELS, side)
    except InputError as error:
        raise InputError(f"{name}: {error}") from error
    except Exception as error:  # Pillow's decoders raise almost anything on damaged bytes
        kind = _BY_SUFFIX.get(file.suffix.lower(), "")
        if kind:
            raise _not_opened(name, kind) from error
        why = " (or takes too much memory to decode)" if isinstance(error, LostError) else ""
        raise InputError(
            f"{name}: found a file that is not a readable PNG or JPEG (nor WebP, BMP, TIFF, GIF)"
            f"{why}, {expected}"
        ) from error
    return Picture(arrays[0], tuple(facts["size"]), facts["more"])


def _not_opened(name: str, kind: str) -> InputError:
    return InputError(
        f"{name}: found a {kind} file, which litnet does not open, expected {NAMES}: save or "
        "export it as JPEG or PNG first"
    )


def _other_format(file: Path, beginning: bytes) -> str:
    """The name of a format that litnet does not open, though Pillow may make out a part, or ""."""
    if file.suffix.lower() in _RAW:
        return "RAW"
    for start, kind in _BY_BEGINNING.items():
        if beginning.startswith(start):
            return kind
    if beginning[4:8] == b"ftyp":
        return _BRANDS.get(beginning[8:12], "HEIC")
    return "SVG" if beginning.lstrip().startswith(b"<svg") else ""


def decoded(
    path: str, whole: int, most: int, side: int = WORK_SIDE
) -> tuple[dict[str, Any], Arrays]:
    """What a ``Picture`` is made of; no array if there are more than ``most`` pixels.

    Raises InputError for too large a picture, and whatever Pillow raises for damage.
    """
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sizes are checked below, before the pixels are decoded
        try:
            opening = Image.open(path, formats=FORMATS)
        except Image.DecompressionBombError as error:  # Pillow's own limit, by the header, too
            raise _too_large("far more") from error
        with opening as picture:
            width, height = picture.size
            if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
                raise _too_large(f"{width:,} x {height:,}")
            facts = {"size": [width, height], "more": False}
            if width * height > most:
                return facts, []
            turn = _TURNS.get(picture.getexif().get(0x0112, 1))
            kept = picture if picture.size == (whole, whole) else _smaller(picture, side)
            if turn is not None:
                kept = kept.transpose(turn)
            grey = _grey(kept)
            # A telephone's JPEG may hold a thumbnail or a map of brightness beside the photo.
            facts["more"] = picture.format != "MPO" and _goes_on(picture)
    return facts, [grey]


def _too_large(what: str) -> InputError:
    return InputError(
        f"found a picture of {what} pixels, expected at most {MAX_SIDE:,} on a side and "
        f"{MAX_PIXELS:,} in all"
    )


# What turns a picture upright, by Exif's number for how the camera was held (Pillow's methods).
_TURNS: dict[Any, Any] = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}


def _goes_on(picture: Any) -> bool:
    try:
        picture.seek(1)
    except (EOFError, OSError, ValueError, SyntaxError):
        return False
    return True


def _smaller(picture: Any, side: int) -> Any:
    """A picture without needless pixels: averaged in squares until none of its is over ``side``."""
    factor = -(-max(picture.size) // side)
    if factor == 1:
        return picture
    if picture.mode in ("1", "P", "PA"):  # their numbers are not light
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    if picture.mode.startswith("I;"):
        picture = picture.convert("I")
    return picture.reduce(factor)


def _grey(picture: Any) -> Array:
    """A Pillow image of any mode as (height, width) floats in [0, 1]."""
    if picture.has_transparency_data:
        channels = np.asarray(picture.convert("RGBA"), dtype=np.float64) / 255
        luma = channels[..., :3] @ np.array([0.299, 0.587, 0.114])
        alpha = channels[..., 3]
        bright_ink = alpha.sum() > 0 and (luma * alpha).sum() / alpha.sum() > 0.5
        paper = 0.0 if bright_ink else 1.0
        laid: Array = np.clip(luma * alpha + paper * (1 - alpha), 0.0, 1.0)
        return laid
    if picture.mode.startswith("I"):  # 16-bit grey
        return np.clip(np.asarray(picture, dtype=np.float64) / 65535, 0.0, 1.0)
    if picture.mode == "F":
        return _between(np.asarray(picture, dtype=np.float64))
    return np.asarray(picture.convert("L"), dtype=np.float64) / 255


def _between(levels: npt.NDArray[np.float64]) -> Array:
    """Levels of no known scale, as in a TIFF of floats, from the darkest to the brightest."""
    if not np.isfinite(levels).all():
        raise ValueError("not finite")
    low, high = float(levels.min()), float(levels.max())
    return (levels - low) / (high - low) if high > low else np.zeros_like(levels)
