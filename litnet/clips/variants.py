"""One clip in many variants: the product of models, digits and languages, and their names.

What pyproject.toml names is the configured variant, published under the clip's own name. Every
other one adds what is different about it: ``LayerIntro--retrained--7_02--ko--voice``, or
``BeforeAfter--from-old--new``, where another network than the usual one is compared with.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from litnet.clips.catalogue import Story
from litnet.clips.inputs import shown_path
from litnet.clips.settings import ROOT, Settings, known_language
from litnet.voice import shown_voice
from network.errors import InputError, printable

PICTURES = (".png", ".jpg", ".jpeg")
LONGEST = 40  # characters of a part of a name


@dataclass(frozen=True)
class Variant:
    """What a clip films, as a record names it; None for what the clip does not use."""

    model: str | None
    digit: str | None
    language: str | None
    voice: str | None = None  # who speaks: "piper", or a folder of recordings
    before: str | None = None  # the network that the model is compared with


def find_digits(given: Sequence[Path]) -> list[Path]:
    """Pictures, and those in folders (not in folders of these), sorted within each folder.

    Raises InputError for a path that does not exist, or a folder without a picture.
    """
    found: dict[Path, None] = {}
    for path in given:
        name = printable(path)
        if os.path.isdir(path):
            try:
                pictures = sorted(p for p in path.iterdir() if p.suffix.lower() in PICTURES)
            except OSError as error:
                raise InputError(f"{name}: cannot be read ({error.strerror})") from error
            if not pictures:
                raise InputError(f"{name}: found no pictures, expected {', '.join(PICTURES)} files")
            found.update(dict.fromkeys(pictures))
        elif os.path.isfile(path):  # which no name, however long, makes raise
            found[path] = None
        else:
            raise InputError(f"{name}: found no such file or folder, expected a digit or digits")
    return list(found)


def product(
    story: Story,
    configured: Settings,
    *,
    models: Sequence[Path] = (),
    digits: Sequence[Path] = (),
    languages: Sequence[str] = (),
    voice: str | None = None,
    before: Path | None = None,
    root: Path = ROOT,
) -> list[Variant]:
    """Every combination of what is given, for one story; of what it does not use, nothing.

    What is not given is what is configured. Raises InputError for a language that the films do not
    speak, or a model that does not exist.
    """
    for path in (*models, before) if before else models:
        if not os.path.isfile(path):
            raise InputError(f"{printable(path)}: found no such file, expected a network")
    for language in languages:
        known_language(language)
    some_models = [shown_path(path, root) for path in models or (configured.model,)]
    some_digits = [shown_path(path, root) for path in digits or (configured.digit,)]
    some_languages = list(languages) or [configured.language]
    variants = dict.fromkeys(
        Variant(
            model if story.model else None,
            digit if story.digit else None,
            language if story.language else None,
            shown_voice(voice) if story.language else None,
            shown_path(before or configured.before, root) if story.before else None,
        )
        for model in some_models
        for digit in some_digits
        for language in some_languages
    )
    return list(variants)


def configured_variant(story: Story, configured: Settings, root: Path = ROOT) -> Variant:
    """The variant that is published under the story's own name."""
    return product(story, configured, root=root)[0]


def name_of(
    story: Story,
    variant: Variant,
    configured: Settings,
    taken: Mapping[str, Variant],
    root: Path = ROOT,
) -> str:
    """The name under which a variant is published.

    ``taken`` holds the names in use: the same variant keeps its name, and where another one has
    it (or one that differs only in case, which some file systems take for the same), eight digits
    of the sha256 of what the variant films are added.
    """
    plain = configured_variant(story, configured, root)
    if variant == plain:
        return story.scene
    for name, holder in taken.items():
        if holder == variant and name.startswith(f"{story.scene}--"):
            return name
    parts = [story.scene]
    if variant.before is not None and variant.before != plain.before:
        parts.append(f"from-{safe(Path(variant.before).stem)}")
    for part, usual in ((variant.model, plain.model), (variant.digit, plain.digit)):
        if part is not None and part != usual:
            parts.append(safe(Path(part).stem))
    if variant.language is not None and variant.language != plain.language:
        parts.append(variant.language)
    if variant.voice is not None:
        parts.append("voice")
    name = "--".join(parts)
    if name.casefold() in {other.casefold() for other in taken}:
        facts = [variant.model, variant.digit, variant.language]
        facts += [fact for fact in (variant.voice, variant.before) if fact]
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
