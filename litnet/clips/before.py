"""What a network will see of many digits, to be looked at before they are filmed."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from pathlib import Path

import numpy as np

from litnet.record.pupils import pupil_of
from network import load_network
from network.contact_sheet import Seen, write_sheet_of
from network.digits import SIDE, read_image
from network.errors import InputError
from network.pictures import open_picture
from network.preparation import Preparation


def sheet_of(pictures: Sequence[Path], model: Path, file: Path) -> None:
    """Write a picture of all digits, each beside what the network in a file sees of it.

    Whatever is wrong with one of them, or with the network, its film says.

    Raises
    ------
    InputError
        The list of a class cannot be read, or the picture cannot be written.
    """
    try:
        side = isqrt(load_network(model).sizes[0])
    except InputError:
        side = SIDE
    file.parent.mkdir(parents=True, exist_ok=True)
    write_sheet_of([_seen(picture, side) for picture in pictures], file)


def _seen(picture: Path, side: int) -> Seen:
    meant = pupil_of(picture).digit
    name = picture.name if meant is None else f"{picture.name}: {meant}"
    try:
        found = read_image(picture, side)
    except InputError:
        try:
            grey = open_picture(picture, "expected a picture of a digit", side).grey
        except InputError:
            grey = np.full((side, side), 0.25)
        return Seen(name, grey, None)
    if isinstance(found, Preparation):
        return Seen(name, found.grey, found.image)
    return Seen(name, found, found)
