"""The steps of a preparation side by side, to see what became of a picture."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from network.arrays import Array
from network.errors import InputError
from network.files import written_whole
from network.preparation import box_resize

TILE, GAP, LINE = 240, 16, 28


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
        scale = TILE / max(picture.shape)
        if scale >= 1:
            tile = picture.repeat(int(scale), axis=0).repeat(int(scale), axis=1)
        else:
            rows, columns = (max(1, int(n * scale)) for n in picture.shape)
            tile = box_resize(picture, rows, columns)
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
