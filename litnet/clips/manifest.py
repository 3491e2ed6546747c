"""What is published, where, and whether it is fresh.

``renders/manifest.json`` holds of every published clip what is needed to check it: records are
large, and reading hundreds of them takes seconds. The records are the truth: the manifest is
checked when it is read, compared with the records by their size and time of writing, and made again
from them where it does not fit. Fields: ``schema``, 1; ``inputs``, each as in a record, but once,
whatever the number of clips that are made from it; and ``clips``, for each published clip:

===========================  =======================================================================
``name``, ``clip``           of its files; of its scene
``variant``                  as in the record, and ``width``, ``height`` and ``frame_rate``
``frames``                   as in the record
``inputs``                   numbers, from 0, in the list of inputs
``files``                    ``size`` and ``sha256`` by suffix, as in the record
``stamps``                   size and time of writing (in nanoseconds) by suffix, when the files
                             were last compared with the record
===========================  =======================================================================
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from litnet.clips import variants
from litnet.clips.catalogue import LEARNING_CARD, TITLE_CARD, Story
from litnet.clips.project_stories import stories_of
from litnet.clips.settings import Quality
from litnet.project import Project, current, current_root
from litnet.record.current import CurrentFiles
from litnet.record.reasons import Reason, Why
from litnet.record.schema import Count, File, Input, Record, Video, read_record
from litnet.record.schema import Variant as RecordedVariant
from litnet.record.variant import Variant, configured
from litnet.theme import DARK
from network.errors import InputError, printable
from network.files import read_bytes, written_whole

MANIFEST_SCHEMA = 1
MOST_MANIFEST = 32 * 2**20  # bytes
SUFFIXES = ("mp4", "vtt", "md", "jpg")  # the record, json, goes last
SIDES = (2, 16_384)  # pixels; the latter is the limit of H.264
MOST_RATE = 1000  # frames a second
Stamps = dict[str, tuple[int, int]]


def _renders() -> Path:
    return current_root() / "renders"


@dataclass(frozen=True)
class Studio:
    """Where clips are published, and what they are clips of.

    ``root`` is the project's folder, ``stories`` its own and litnet's, ``title_card`` what the film
    of all stories begins with, ``clips`` the folder of published clips, ``manifest`` the file that
    lists them.
    """

    root: Path = field(default_factory=current_root)
    stories: tuple[Story, ...] = field(default_factory=lambda: stories_of(current()))
    title_card: Story | None = TITLE_CARD
    learning_card: Story | None = LEARNING_CARD
    clips: Path = field(default_factory=lambda: _renders() / "clips")
    manifest: Path = field(default_factory=lambda: _renders() / "manifest.json")

    @property
    def in_order(self) -> tuple[Story, ...]:
        """What the film shows, one after the other."""
        return (*self.cards, *self.stories)

    @property
    def cards(self) -> tuple[Story, ...]:
        """What the films begin with."""
        return tuple(card for card in (self.title_card, self.learning_card) if card)

    def told_in(self, film: str) -> tuple[Story, ...]:
        """The stories that a film joins, its title card before them."""
        return tuple(story for story in self.in_order if story.film == film)

    @property
    def locks(self) -> Path:
        """The folder of lock files."""
        return self.manifest.parent / ".locks"

    @property
    def work(self) -> Path:
        """The folder of films that are being made."""
        return self.manifest.parent / ".work"

    def configured(self) -> Variant:
        """What the project sets; the environment chooses other variants, as flags do."""
        return configured(Project.at(self.root))

    def file(self, name: str, suffix: str) -> Path:
        """A file of a published clip."""
        return self.clips / f"{name}.{suffix}"


# --- entries -------------------------------------------------------------------------------------
class Entry(Struct, frozen=True):
    """A published clip, as the manifest has it."""

    name: str
    clip: str
    variant: Variant
    quality: Quality
    frames: int
    inputs: tuple[Input, ...]
    files: dict[str, File]
    stamps: Stamps = {}

    def __post_init__(self) -> None:
        """Raise ValueError, which decoding turns into a sentence, where something cannot be."""
        plain = self.name.replace("--", "")
        if variants.safe(plain) != plain:
            raise ValueError(f"name {self.name!r} is not one that clips are published under")
        if missing := {*SUFFIXES} - {*self.files}:
            raise ValueError(f"nothing is said of the {', '.join(sorted(missing))} file")
        for entry in self.inputs:
            if "\0" in entry.path or not entry.sha256:
                raise ValueError("an input is no file")
            if entry.layer_digests is not UNSET:
                counts = [len(entry.activations or ()), len(entry.layer_digests)]
                if counts != [len(entry.sizes or ()) - 1] * 2:
                    raise ValueError("the model's sizes, activations and layer_digests do not fit")

    @classmethod
    def of_record(cls, record: Record, where: str) -> Entry:
        """From the record of a published clip; raises InputError if it is not one's."""
        if record.published is UNSET:
            raise InputError(f"{printable(where)} is not the record of a published clip")
        chosen = record.variant
        try:
            return cls(
                name=record.published.name,
                clip=record.clip,
                variant=_variant(chosen, None if chosen.baseline is UNSET else chosen.baseline),
                quality=_quality(record.video),
                frames=record.video.frames,
                inputs=record.inputs,
                files=record.published.files,
            )
        except ValueError as error:
            raise InputError(f"{printable(where)}: {printable(error)}.") from error


def _variant(chosen: RecordedVariant | _ListedVariant, baseline: str | None) -> Variant:
    names = ("model", "digit", "language", "voice", "history", "training", "read_as", "captions")
    theme = chosen.theme or DARK.name  # that of films from before there were any
    found = {name: getattr(chosen, name) for name in names}
    return Variant(**found, baseline=baseline, theme=theme)


def _quality(video: Video | _ListedVariant) -> Quality:
    rate = round(Fraction(video.frame_rate))
    low, high = SIDES
    if not (low <= min(video.width, video.height) <= max(video.width, video.height) <= high):
        raise ValueError(f"a film of {video.width} x {video.height} pixels cannot be")
    if not 1 <= rate <= MOST_RATE:
        raise ValueError(f"a film of {rate} frames a second cannot be")
    return Quality(video.width, video.height, rate)


# --- the manifest --------------------------------------------------------------------------------
class _ListedVariant(Struct, frozen=True, kw_only=True):
    model: str | None
    digit: str | None
    language: str | None
    voice: str | None = None
    baseline: str | UnsetType | None = msgspec.field(name="before", default=UNSET)
    history: str | None = None
    training: str | None = None
    read_as: str | None = None
    captions: str | None = None
    theme: str | None = None
    quality: str = ""
    width: int
    height: int
    frame_rate: str

    def __post_init__(self) -> None:
        numerator, slash, denominator = self.frame_rate.partition("/")
        numbers = (numerator, denominator)
        if not slash or not all(n.isdecimal() and n.isascii() and len(n) < 10 for n in numbers):
            raise ValueError("the frame_rate is not like '60/1'")
        if not int(denominator):
            raise ValueError("the frame_rate is divided by 0")


class _Listed(Struct, frozen=True):
    """A published clip, its inputs by their numbers."""

    name: str
    clip: str
    variant: _ListedVariant
    frames: Count
    inputs: tuple[Count, ...]
    files: dict[str, File]
    stamps: Stamps

    def entry(self, inputs: tuple[Input, ...]) -> Entry:
        """With the inputs themselves; raises ValueError where something cannot be."""
        if any(number >= len(inputs) for number in self.inputs):
            raise ValueError("an input is not in the list of inputs")
        own = tuple(inputs[number] for number in self.inputs)
        chosen = self.variant
        baseline = chosen.baseline
        if baseline is UNSET:  # its input says so, where the variant does not yet
            paths = (entry.path for entry in own if entry.setting == "before")
            baseline = next((path for path in paths if path != chosen.model), None)
        return Entry(
            name=self.name,
            clip=self.clip,
            variant=_variant(chosen, baseline),
            quality=_quality(chosen),
            frames=self.frames,
            inputs=own,
            files=self.files,
            stamps=self.stamps,
        )

    @classmethod
    def of(cls, entry: Entry, numbers: tuple[int, ...]) -> _Listed:
        """An entry, whose inputs have these numbers."""
        chosen, quality = entry.variant, entry.quality
        return cls(
            name=entry.name,
            clip=entry.clip,
            variant=_ListedVariant(
                model=chosen.model,
                digit=chosen.digit,
                language=chosen.language,
                voice=chosen.voice,
                baseline=chosen.baseline,
                history=chosen.history,
                training=chosen.training,
                read_as=chosen.read_as,
                captions=chosen.captions,
                theme=chosen.theme,
                quality=str(quality),
                width=quality.width,
                height=quality.height,
                frame_rate=f"{quality.frame_rate}/1",
            ),
            frames=entry.frames,
            inputs=numbers,
            files=entry.files,
            stamps=entry.stamps,
        )


class _Schema(Struct, frozen=True):
    schema: int = 0


class _Manifest(Struct, frozen=True):
    inputs: tuple[Input, ...]
    clips: tuple[_Listed, ...]


def read_manifest(path: Path) -> dict[str, Entry]:
    """Published clips by name; none if there is no manifest.

    Raises InputError for a manifest that is damaged, or one of another schema.
    """
    if not os.path.lexists(path):
        return {}
    name = printable(path)
    data = read_bytes(path, MOST_MANIFEST)
    try:
        if msgspec.json.decode(data, type=_Schema).schema != MANIFEST_SCHEMA:
            raise InputError(f"{name}: not a manifest of schema {MANIFEST_SCHEMA}.")
        manifest = msgspec.json.decode(data, type=_Manifest)
        return {listed.name: listed.entry(manifest.inputs) for listed in manifest.clips}
    except InputError:
        raise
    except RecursionError as error:
        raise InputError(f"{name}: not a manifest, nested too deeply to be read.") from error
    except ValueError as error:
        raise InputError(f"{name}: not a manifest, {printable(error)}.") from error


def write_manifest(path: Path, entries: dict[str, Entry]) -> None:
    """Write the manifest, whole or not at all; one line for each clip."""
    inputs: dict[bytes, int] = {}
    encode = msgspec.json.Encoder().encode
    clips = []
    for name in sorted(entries):
        texts = map(encode, entries[name].inputs)
        numbers = tuple(inputs.setdefault(text, len(inputs)) for text in texts)
        clips.append(encode(_Listed.of(entries[name], numbers)))
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as temporary:
        temporary.write_bytes(
            b'{"schema": %d, "inputs": [\n%b\n], "clips": [\n%b\n]}\n'
            % (MANIFEST_SCHEMA, b",\n".join(inputs), b",\n".join(clips))
        )


@contextmanager
def manifest_lock(studio: Studio) -> Iterator[None]:
    """One process at a time changes the manifest."""
    from filelock import FileLock

    studio.locks.mkdir(parents=True, exist_ok=True)
    with FileLock(studio.locks / "manifest.lock"):
        yield


@dataclass(frozen=True)
class Published:
    """What is in the folder of published clips: sound ones, and names whose files are damaged."""

    entries: dict[str, Entry]
    damaged: dict[str, Reason]  # name: what is wrong with it
    remembered: dict[str, Entry]  # of the damaged ones, what the manifest knew
    said: list[str]  # about the manifest, for the person


def look(studio: Studio, *, thorough: bool = False) -> Published:
    """Compare the manifest with the files, and bring it up to date.

    Files whose size and time of writing are known are taken to be as they were, unless
    ``thorough``; all others are read. A folder that cannot be written to is only read.
    """
    said: list[str] = []
    try:
        known = read_manifest(studio.manifest)
    except InputError as error:
        said.append(f"{error} It is made again from the records.")
        known = {}
    stamps = _stamps(studio)
    entries: dict[str, Entry] = {}
    damaged: dict[str, Reason] = {}
    for name in sorted({*known, *stamps}):
        there = stamps.get(name, {})
        if not there:
            continue  # somebody removed it, or it was only in a manifest from elsewhere
        entry = known.get(name)
        if (
            not thorough
            and entry is not None
            and entry.stamps == there
            and len(there) == 1 + len(SUFFIXES)
        ):
            entries[name] = entry
            continue
        found = _compared(studio, name, entry, there, thorough=thorough)
        if isinstance(found, Reason):
            damaged[name] = found
        else:
            entries[name] = found
    # What a damaged clip showed is not forgotten, so that it can be made again.
    remembered = {name: replace(known[name], stamps={}) for name in damaged if name in known}
    if said or {**entries, **remembered} != known:
        with contextlib.suppress(OSError, InputError), manifest_lock(studio):
            write_manifest(studio.manifest, {**entries, **remembered})
    return Published(entries, damaged, remembered, said)


def _stamps(studio: Studio) -> dict[str, Stamps]:
    """Size and time of writing of the files in the folder, by name and suffix."""
    found: dict[str, Stamps] = {}
    try:
        listing = list(os.scandir(studio.clips))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise InputError(
            f"{printable(studio.clips)}: cannot be read ({error.strerror or error})."
        ) from error
    for item in listing:
        name, _, suffix = item.name.rpartition(".")
        if name and not name.startswith(".") and suffix in ("json", *SUFFIXES):
            try:
                there = item.stat()
            except OSError:
                continue  # gone in the meantime, or a link that leads nowhere
            if stat.S_ISREG(there.st_mode):
                found.setdefault(name, {})[suffix] = (there.st_size, there.st_mtime_ns)
    return found


def _compared(
    studio: Studio, name: str, entry: Entry | None, there: Stamps, *, thorough: bool
) -> Entry | Reason:
    """The entry of a clip whose files are those that its record describes, or what is wrong."""
    path = studio.file(name, "json")
    if "json" not in there:
        return Reason(Why.DAMAGED, f"its record {path.name} is gone")
    if thorough or entry is None or entry.stamps.get("json") != there["json"]:
        try:
            entry = Entry.of_record(read_record(path), str(path))
        except InputError as error:
            return Reason(Why.DAMAGED, str(error))
        if entry.name != name:
            return Reason(Why.DAMAGED, f"{path.name} is the record of {entry.name}")
    now = CurrentFiles(studio.root)
    for suffix in SUFFIXES:
        file = studio.file(name, suffix)
        if suffix not in there:
            gone = Why.FILM_GONE if suffix == "mp4" else Why.DAMAGED
            return Reason(gone, f"{file.name} is gone")
        if not thorough and entry.stamps.get(suffix) == there[suffix]:
            continue
        described = entry.files[suffix]
        if described.size != there[suffix][0] or now.digest(file) != described.sha256:
            what = f"{file.name} is not the file that its record describes"
            return Reason(Why.DAMAGED, what)
    return replace(entry, stamps=there)


def add_to_manifest(studio: Studio, entries: Iterable[Entry]) -> None:
    """Note clips that have just been published; a damaged manifest begins anew.

    What it then lacks is added by ``look``, from the records. Raises InputError where nothing can
    be written.
    """
    try:
        with manifest_lock(studio):
            try:
                known = read_manifest(studio.manifest)
            except InputError:
                known = {}
            stamps = _stamps(studio)
            for entry in entries:
                known[entry.name] = replace(entry, stamps=stamps.get(entry.name, {}))
            write_manifest(studio.manifest, known)
    except OSError as error:
        raise InputError(
            f"{studio.manifest}: cannot be written ({error.strerror or error})."
        ) from error
