"""From photos of a sheet to a folder of digits and its list; nothing leaves the machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from litnet.lessons.pupils.photos import Cut, cut_out
from litnet.lessons.pupils.sheet import BOXES
from litnet.record.pupils import CONTACT_SHEET, LIST, Pupil, read_list, write_list
from network.contact_sheet import Seen, write_sheet_of
from network.errors import InputError, printable
from network.files import written_whole
from network.preparation import prepare


@dataclass(frozen=True)
class Found:
    """What came of photos: the list, the contact sheet, and the pupils that they show now."""

    table: Path
    contact_sheet: Path
    pupils: tuple[Pupil, ...]


def read_photos(
    photos: Sequence[Path],
    folder: Path,
    names: Sequence[Pupil] = (),
    say: Callable[[str], None] = lambda text: None,
) -> Found:
    """Cut the digits out of photos of a sheet, into PNGs in a folder, and list them.

    A line that is in the folder's list already keeps what was corrected in it. ``names`` are those
    that the sheet was made with; ``say`` is told what was not found.

    Raises
    ------
    InputError
        A photo shows no page of a sheet, there is nothing on any, or nothing can be written.
    """
    cuts: dict[str, Cut] = {}
    pages: dict[int, Path] = {}
    for photo in photos:
        for page, found in cut_out(photo).items():
            if page in pages:
                say(
                    f"page {page} is in {printable(pages[page].name)} and in "
                    f"{printable(photo.name)}; took the second"
                )
            pages[page] = photo
            cuts |= {cut.box.name: cut for cut in found}
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{printable(folder)}: cannot be made ({error.strerror}), expected a folder"
        ) from error
    known = _known(folder)
    seen: list[Seen] = []
    empty: list[str] = []
    for name, cut in cuts.items():
        file = f"{name}.png"
        place = (cut.box.page - 1) * BOXES + cut.box.number - 1
        pupil = names[place] if place < len(names) else Pupil()
        try:
            image = prepare(cut.image / 255, dark=True).image
        except InputError:
            if known.pop(file, None) is not None:  # of a photo before
                (folder / file).unlink(missing_ok=True)
            if place < len(names):
                empty.append(f"{name} ({pupil.name})" if pupil.name else name)
            continue
        _write_png(cut, folder / file)
        before = known.get(file, Pupil())
        known[file] = Pupil(
            before.name or pupil.name, pupil.digit if before.digit is None else before.digit, file
        )
        meant = known[file].digit
        label = name if meant is None else f"{name}: {meant}"
        seen.append(Seen(label, cut.image / 255, image))
    if not seen:
        raise InputError(f"{printable(photos[0])}: found nothing in the boxes, expected digits")
    if empty and names:
        say(f"found nothing in {len(empty)} of the boxes: {', '.join(empty)}")
    found_now = tuple(known[f"{name}.png"] for name in cuts if f"{name}.png" in known)
    write_list(folder / LIST, known.values())
    write_sheet_of(seen, folder / CONTACT_SHEET)
    return Found(folder / LIST, folder / CONTACT_SHEET, found_now)


def _known(folder: Path) -> dict[str, Pupil]:
    table = folder / LIST
    if not os.path.lexists(table):
        return {}
    return {pupil.file: pupil for pupil in read_list(table)}


def _write_png(cut: Cut, file: Path) -> None:
    from PIL import Image

    with written_whole(file) as temporary:
        Image.fromarray(np.asarray(cut.image)).save(temporary, format="PNG")
