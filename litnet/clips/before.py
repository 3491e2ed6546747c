"""What a network will see of digits, to be looked at before they are filmed."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from pathlib import Path

import numpy as np

from litnet.fonts import title_alone
from litnet.record.pupils import pupil_of
from litnet.record.variant import reading_options
from network import MLP, load_network
from network.contact_sheet import Seen, write_sheet_of
from network.digits import SIDE, read_image, unsure
from network.errors import InputError, printable
from network.pictures import open_picture


def seen_of(
    pictures: Sequence[Path], model: Path, read_as: str | None = None
) -> tuple[list[Seen], list[str]]:
    """Each digit, and what the network in a file sees of it; and what there is to say of that.

    Whatever is wrong with one of them, or with the network, its film says. Raises InputError for
    the list of a class that cannot be read.
    """
    try:
        network: MLP | None = load_network(model)
    except InputError:
        network = None
    sentences: list[str] = []
    return [_seen(picture, network, read_as, sentences) for picture in pictures], sentences


def sheet_of(seen: Sequence[Seen], file: Path) -> None:
    """Write one picture of all; raises InputError if it cannot be written."""
    file.parent.mkdir(parents=True, exist_ok=True)
    write_sheet_of(seen, file)


def _seen(picture: Path, network: MLP | None, read_as: str | None, sentences: list[str]) -> Seen:
    side = SIDE if network is None else isqrt(network.sizes[0])
    pupil = pupil_of(picture)
    name = picture.name if pupil.digit is None else f"{picture.name}: {pupil.digit}"
    if alone := title_alone(pupil.name):
        sentences.append(f"{printable(picture)}: {alone}")
    try:
        found = read_image(picture, side, **reading_options(read_as))
    except InputError:
        try:
            grey = open_picture(picture, "expected a picture of a digit", side).grey
        except InputError:
            grey = np.full((side, side), 0.25)
        return Seen(name, grey, None)
    sentences += found.sentences
    if network is not None and network.sizes[0] == found.image.size:
        if doubt := unsure(network.forward(found.image.ravel()).activations[-1]):
            sentences.append(f"{found.name}: the network is {doubt}")
    return Seen(name, found.grey, found.image)
