"""Pictures side by side, to see what became of them: the steps of one, or what is read of many."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from network.arrays import Array
from network.digits import DIGITS
from network.errors import InputError, printable
from network.files import written_whole
from network.preparation import box_resize

TILE, GAP, LINE = 240, 16, 28
SMALL, ACROSS = 112, 6  # of a sheet of many: a picture's side, and how many stand in a row
GROUND, PALE, GREEN, RED = (36, 36, 40), (235, 235, 232), (120, 215, 140), (255, 120, 110)
FONT, HANGUL = "LitnetSans-Regular.ttf", "LitnetSansKR-Regular.ttf"


def write_contact_sheet(steps: dict[str, Array], path: str | os.PathLike[str]) -> None:
    """Write pictures (rows, columns) in [0, 1], each with its name below it, as one PNG.

    Pixels of small pictures are shown as squares. The file appears whole or not at all. Raises
    InputError for another suffix than .png or a folder that cannot be written to.
    """
    from PIL import Image, ImageDraw, ImageFont

    file = Path(path)
    if file.suffix.lower() != ".png":
        raise InputError(f"{file}: found the suffix {file.suffix!r}, expected .png")
    sheet = np.full((TILE + 2 * GAP + LINE, GAP + len(steps) * (TILE + GAP)), 0.25)
    for number, picture in enumerate(steps.values()):
        tile = _tile(picture, TILE)
        top = GAP + (TILE - tile.shape[0]) // 2
        left = GAP + number * (TILE + GAP) + (TILE - tile.shape[1]) // 2
        sheet[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    image = Image.fromarray(np.rint(sheet * 255).astype(np.uint8))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(16)
    for number, (name, picture) in enumerate(steps.items()):
        text = f"{name}, {picture.shape[1]} x {picture.shape[0]}"
        middle = GAP + number * (TILE + GAP) + TILE / 2
        draw.text((middle, TILE + 1.5 * GAP), text, fill=255, font=font, anchor="mt")
    with written_whole(file) as temporary:
        image.save(temporary, format="PNG")


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture of many: ``grey`` as it is, and what is read of it, or None; a line of words below.

    ``right`` is whether it was read rightly, where that is known.
    """

    name: str
    grey: Array
    image: Array | None
    right: bool | None = None


def write_sheet_of(seen: Sequence[Seen], path: str | os.PathLike[str]) -> None:
    """Write many pictures, each beside what a network sees of it, as one PNG.

    Raises InputError as :func:`write_contact_sheet`.
    """
    from PIL import Image, ImageDraw

    file = Path(path)
    if file.suffix.lower() != ".png":
        raise InputError(f"{file}: found the suffix {file.suffix!r}, expected .png")
    wide, high = 2 * SMALL + 2 * GAP, SMALL + LINE + GAP
    across = max(1, min(ACROSS, len(seen)))
    rows = -(-len(seen) // across)
    image = Image.new("RGB", (GAP + across * wide, GAP + rows * high), GROUND)
    draw = ImageDraw.Draw(image)
    for number, one in enumerate(seen):
        left, top = GAP + number % across * wide, GAP + number // across * high
        for place, picture in enumerate((one.grey, one.image)):
            if picture is None:
                continue
            tile = Image.fromarray(np.rint(_tile(picture, SMALL) * 255).astype(np.uint8))
            free = [(SMALL - side) // 2 for side in tile.size]
            image.paste(tile, (left + place * (SMALL + 4) + free[0], top + free[1]))
        ink = PALE if one.right is None else GREEN if one.right else RED
        text = printable(unicodedata.normalize("NFC", one.name), 34)
        draw.text((left, top + SMALL + 6), text, fill=ink, font=_font(text, 14))
    with written_whole(file) as temporary:
        image.save(temporary, format="PNG")


def _font(text: str, size: int) -> Any:
    """The films' own font, which has more letters than Pillow's."""
    from PIL import ImageFont

    hangul = any("\uac00" <= letter <= "\ud7a3" for letter in text)
    try:
        return ImageFont.truetype(DIGITS.parent / "fonts" / (HANGUL if hangul else FONT), size)
    except OSError:
        return ImageFont.load_default(size)


def _tile(picture: Array, side: int) -> Array:
    """A picture as large as fits into a square; of a small one, pixels as squares."""
    scale = side / max(picture.shape)
    if scale >= 1:
        return picture.repeat(int(scale), axis=0).repeat(int(scale), axis=1)
    rows, columns = (max(1, int(n * scale)) for n in picture.shape)
    return box_resize(picture, rows, columns)
