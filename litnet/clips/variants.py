"""One clip in many variants: the product of models, digits and languages, and their names.

What pyproject.toml names is the configured variant, published under the clip's own name. Every
other one adds what is different about it: ``LayerIntro--retrained--7_02--ko--paper--voice``, or
``BeforeAfter--from-old--new``, where another network than the usual one is compared with.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from litnet.clips.catalogue import Story
from litnet.project import Project, shown_path
from litnet.record.pupils import CONTACT_SHEET, LIST, is_list, listed
from litnet.record.variant import (
    AUTO,
    BURNED,
    Variant,
    known_captions,
    known_language,
    known_read_as,
)
from litnet.theme import named
from litnet.voice import shown_voice
from network.errors import InputError, printable
from network.files import real
from network.pictures import OTHER_SUFFIXES as OTHER_PICTURES
from network.pictures import SUFFIXES, open_picture

PICTURES = SUFFIXES
CERTAIN = (".png", ".jpg", ".jpeg")  # a damaged one of these is a clip that fails
LONGEST = 40  # characters of a part of a name


def find_digits(given: Sequence[Path], left_out: list[str] | None = None) -> list[Path]:
    """Pictures, those in folders (not in folders of these), sorted within each folder, and those on
    lists of a class, in their order; a folder with such a list stands for that.

    Hidden files in a folder are passed over; what is meant as a picture and cannot be opened, or is
    not on the folder's list, is left out, with a sentence in ``left_out``.

    Raises InputError for a path that does not exist, a folder without a picture, or a list as
    :func:`litnet.record.pupils.listed`.
    """
    found: dict[Path, None] = {}
    for path in given:
        name = printable(path)
        if os.path.isdir(path):
            try:
                files = sorted(p for p in path.iterdir() if not p.name.startswith("."))
            except OSError as error:
                raise InputError(f"{name}: cannot be read ({error.strerror})") from error
            pictures = []
            table = path / LIST
            if os.path.lexists(table):
                pictures = list(listed(table))
                known = set(map(real, pictures))
                files = [file for file in files if real(file) not in known]
            for file in files:
                suffix = file.suffix.lower()
                if suffix not in (*PICTURES, *OTHER_PICTURES):
                    continue
                if os.path.lexists(table):
                    if left_out is not None and file.name != CONTACT_SHEET:
                        left_out.append(f"{printable(file)}: not in {LIST}; left out")
                    continue
                try:
                    if suffix in CERTAIN:
                        pictures.append(file)
                        continue
                    open_picture(file, "expected a picture of a digit")
                except InputError as error:
                    if left_out is not None:
                        left_out.append(f"{error}; left out")
                else:
                    pictures.append(file)
            if not pictures:
                raise InputError(f"{name}: found no pictures, expected {', '.join(PICTURES)} files")
            found.update(dict.fromkeys(pictures))
        elif is_list(path):
            found.update(dict.fromkeys(listed(path)))
        elif os.path.isfile(path):  # which no name, however long, makes raise
            found[path] = None
        else:
            raise InputError(f"{name}: found no such file or folder, expected a digit or digits")
    return list(found)


def product(
    story: Story,
    configured: Variant,
    root: Path,
    *,
    models: Sequence[Path] = (),
    digits: Sequence[Path] = (),
    languages: Sequence[str] = (),
    voice: str | None = None,
    baseline: Path | None = None,
    histories: Sequence[Path] = (),
    read_as: str | None = None,
    captions: str | None = None,
    theme: str | None = None,
) -> list[Variant]:
    """Every combination of what is given, for one story; of what it does not use, nothing.

    What is not given is what is configured. Raises InputError for a language that the films do not
    speak, a model or history that does not exist, a way of reading digits or a place of captions
    that there is not, or as :func:`litnet.theme.named`.
    """
    for path in (*models, baseline) if baseline else models:
        if not os.path.isfile(path):
            raise InputError(f"{printable(path)}: found no such file, expected a network")
    for path in histories:
        if not os.path.isfile(path):
            raise InputError(f"{printable(path)}: found no such file, expected a history")
    wanted = replace(
        configured,
        voice=shown_voice(voice, root),
        baseline=shown_path(baseline, root) if baseline else configured.baseline,
        read_as=known_read_as(read_as) if read_as else configured.read_as,
        captions=known_captions(captions) if captions else configured.captions,
        theme=named(theme, Project.at(root)).name if theme else configured.theme,
    )
    some_models: list[str | None] = [shown_path(path, root) for path in models]
    some_digits: list[str | None] = [shown_path(path, root) for path in digits]
    some_languages: list[str | None] = [known_language(language) for language in languages]
    some_histories: list[str | None] = [shown_path(path, root) for path in histories]
    variants = (
        used_by(
            story, replace(wanted, model=model, digit=digit, language=language, history=history)
        )
        for model in some_models or [configured.model]
        for digit in some_digits or [configured.digit]
        for language in some_languages or [configured.language]
        for history in some_histories or [configured.history]
    )
    return list(dict.fromkeys(variants))


def used_by(story: Story, variant: Variant) -> Variant:
    """What a story films of a variant: nothing in the place of what it does not use."""
    return Variant(
        model=variant.model if story.model else None,
        digit=variant.digit if story.digit else None,
        language=variant.language if story.language else None,
        voice=variant.voice if story.language else None,
        baseline=variant.baseline if story.baseline else None,
        history=variant.history if story.history else None,
        training=variant.training if story.history else None,
        read_as=variant.read_as if story.digit else None,
        captions=variant.captions if story.language else None,
        theme=variant.theme,
    )


def name_of(
    story: Story, variant: Variant, configured: Variant, taken: Mapping[str, Variant]
) -> str:
    """The name under which a variant is published.

    ``taken`` holds the names in use: the same variant keeps its name, and where another one has
    it (or one that differs only in case, which some file systems take for the same), eight digits
    of the sha256 of what the variant films are added.
    """
    plain = used_by(story, configured)
    if variant == plain:
        return story.scene
    for name, holder in taken.items():
        if holder == variant and name.startswith(f"{story.scene}--"):
            return name
    parts = [story.scene]
    if variant.baseline is not None and variant.baseline != plain.baseline:
        parts.append(f"from-{safe(Path(variant.baseline).stem)}")
    for role in ("history", "model", "digit"):
        part = getattr(variant, role)
        if part is not None and part != getattr(plain, role):
            parts.append(safe(Path(part).stem.removesuffix(".history")))
    if story.digit and variant.read_as != plain.read_as:
        parts.append(safe((variant.read_as or AUTO).replace(" ", "-")))
    if variant.language is not None and variant.language != plain.language:
        parts.append(variant.language)
    if variant.captions != plain.captions:
        parts.append(variant.captions or BURNED)
    if variant.theme is not None and variant.theme != plain.theme:
        parts.append(safe(variant.theme))
    if variant.voice is not None:
        parts.append("voice")
    name = "--".join(parts)
    if name.casefold() in {other.casefold() for other in taken}:
        facts = [variant.model, variant.digit, variant.language]
        facts += [
            fact
            for fact in (
                *(variant.voice, variant.baseline, variant.history, variant.training),
                *(variant.read_as, variant.captions),
                None if variant.theme == plain.theme else variant.theme,
            )
            if fact
        ]
        what = "\n".join(map(str, facts))
        name += f"-{hashlib.sha256(what.encode(errors='replace')).hexdigest()[:8]}"
    return name


def safe(stem: str) -> str:
    """A part of a name that every file system and every address takes: ASCII letters, digits,
    ``.``, ``_`` and single ``-``; accents are dropped, anything else becomes ``_``.

    >>> safe("Zoë's 3")
    'Zoe_s_3'
    """
    plain = unicodedata.normalize("NFKD", stem)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", plain)
    plain = re.sub(r"-{2,}", "-", plain).strip(".-")[:LONGEST]
    return plain or "_"
