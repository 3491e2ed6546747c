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
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from litnet.clips import variants
from litnet.clips.catalogue import STORIES, TITLE_CARD, Story
from litnet.clips.inputs import Now
from litnet.clips.record import Count, Described, Input, Rate, Side, checked, decoded, read_record
from litnet.clips.settings import ROOT, Quality, Settings, load_settings
from litnet.clips.variants import Variant
from network.errors import InputError, printable
from network.files import read_bytes, written_whole

MANIFEST_SCHEMA = 1
SUFFIXES = ("mp4", "vtt", "md", "jpg")  # the record, json, goes last
State = Literal["fresh", "stale", "missing"]
MOST_MANIFEST = 32 * 2**20  # bytes


@dataclass(frozen=True)
class Studio:
    """Where clips are published, and what they are clips of.

    ``root`` is the project's folder, ``title_card`` what the film of all stories begins with,
    ``clips`` the folder of published clips, ``manifest`` the file that lists them.
    """

    root: Path = ROOT
    stories: tuple[Story, ...] = STORIES
    title_card: Story | None = TITLE_CARD
    clips: Path = ROOT / "renders" / "clips"
    manifest: Path = ROOT / "renders" / "manifest.json"

    @property
    def in_order(self) -> tuple[Story, ...]:
        """What the film shows, one after the other."""
        return (self.title_card, *self.stories) if self.title_card else self.stories

    @property
    def told_in_film(self) -> tuple[Story, ...]:
        """The stories that the film joins, the title card first."""
        return tuple(story for story in self.in_order if story.in_film)

    @property
    def locks(self) -> Path:
        """The folder of lock files."""
        return self.manifest.parent / ".locks"

    @property
    def work(self) -> Path:
        """The folder of films that are being made."""
        return self.manifest.parent / ".work"

    def configured(self) -> Settings:
        """What pyproject.toml says; the environment chooses other variants, as flags do."""
        return load_settings(self.root, environment=False)

    def file(self, name: str, suffix: str) -> Path:
        """A file of a published clip."""
        return self.clips / f"{name}.{suffix}"


@dataclass(frozen=True)
class Entry:
    """A published clip, as the manifest has it."""

    name: str
    clip: str
    variant: Variant
    quality: Quality
    frames: int
    inputs: list[dict[str, Any]]
    files: dict[str, dict[str, Any]]
    stamps: dict[str, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of_record(cls, record: dict[str, Any], where: str) -> Entry:
        """From the record of a published clip; raises InputError if it is not one's."""
        published = record.get("published") or {}
        video = record["video"]
        facts = {
            "name": published.get("name"),
            "clip": record["clip"],
            "variant": {
                **record["variant"],
                **{name: video.get(name) for name in ("width", "height", "frame_rate")},
            },
            "frames": video.get("frames"),
            "inputs": list(range(len(record["inputs"]))),
            "files": published.get("files"),
            "stamps": {},
        }
        return cls.of_listed(checked(facts, _Listed, where), record["inputs"], where)

    @classmethod
    def of_listed(cls, listed: _Listed, inputs: list[dict[str, Any]], where: str) -> Entry:
        """As the manifest lists it; raises InputError where something cannot be.

        ``inputs`` is the list, already checked, in which the clip's are.
        """
        name, variant = listed.name, listed.variant
        if variants.safe(name.replace("--", "")) != name.replace("--", ""):
            raise InputError(
                f"{where}: name {printable(repr(name))} is not one that clips are published under."
            )
        if missing := {*SUFFIXES} - {*listed.files}:
            raise InputError(f"{where}: nothing is said of the {', '.join(sorted(missing))} file.")
        if any(number >= len(inputs) for number in listed.inputs):
            raise InputError(f"{where}: an input is not in the list of inputs.")
        numerator, denominator = map(int, variant.frame_rate.split("/"))
        own = [inputs[number] for number in listed.inputs]
        before = variant.before
        if before is UNSET:  # its input says so, where the variant does not yet
            paths = [str(entry["path"]) for entry in own if entry.get("setting") == "before"]
            before = next((path for path in paths if path != variant.model), None)
        return cls(
            name=name,
            clip=listed.clip,
            variant=Variant(
                variant.model, variant.digit, variant.language, variant.voice, before or None
            ),
            quality=Quality(variant.width, variant.height, max(1, round(numerator / denominator))),
            frames=listed.frames,
            inputs=own,
            files={suffix: msgspec.structs.asdict(file) for suffix, file in listed.files.items()},
            stamps=listed.stamps,
        )

    def as_json(self, numbers: list[int]) -> dict[str, Any]:
        """What ``of_json`` reads; ``numbers`` are the places of the inputs in the list."""
        return {
            "name": self.name,
            "clip": self.clip,
            "variant": {
                "model": self.variant.model,
                "digit": self.variant.digit,
                "language": self.variant.language,
                "voice": self.variant.voice,
                "before": self.variant.before,
                "quality": str(self.quality),
                "width": self.quality.width,
                "height": self.quality.height,
                "frame_rate": f"{self.quality.frame_rate}/1",
            },
            "frames": self.frames,
            "inputs": numbers,
            "files": self.files,
            "stamps": self.stamps,
        }


class _ListedVariant(Struct, frozen=True):
    model: str | None
    digit: str | None
    language: str | None
    width: Side
    height: Side
    frame_rate: Rate
    voice: str | None = None
    before: str | UnsetType | None = UNSET


class _Listed(Struct, frozen=True):
    """A published clip, as it stands in the manifest."""

    name: str
    clip: str
    variant: _ListedVariant
    frames: Count
    inputs: list[Count]
    files: dict[str, Described]
    stamps: dict[str, tuple[int, int]]


class _Manifest(Struct, frozen=True):
    inputs: list[Input]
    clips: list[_Listed]


# --- the manifest --------------------------------------------------------------------------------
def read_manifest(path: Path) -> dict[str, Entry]:
    """Published clips by name; none if there is no manifest.

    Raises InputError for a manifest that is damaged, or one of another schema.
    """
    if not os.path.lexists(path):
        return {}
    name = printable(path)
    found = decoded(read_bytes(path, MOST_MANIFEST), name, "a manifest")
    if not isinstance(found, dict) or found.get("schema") != MANIFEST_SCHEMA:
        raise InputError(f"{name}: not a manifest of schema {MANIFEST_SCHEMA}.")
    manifest = checked(found, _Manifest, name)
    entries = [
        Entry.of_listed(listed, found["inputs"], f"{name}: clip {n}")
        for n, listed in enumerate(manifest.clips, start=1)
    ]
    return {entry.name: entry for entry in entries}


def write_manifest(path: Path, entries: dict[str, Entry]) -> None:
    """Write the manifest, whole or not at all; one line for each clip."""
    inputs: dict[str, int] = {}
    clips = []
    for name in sorted(entries):
        texts = [json.dumps(entry, ensure_ascii=False) for entry in entries[name].inputs]
        numbers = [inputs.setdefault(text, len(inputs)) for text in texts]
        clips.append(json.dumps(entries[name].as_json(numbers), ensure_ascii=False))
    text = (
        f'{{"schema": {MANIFEST_SCHEMA}, "inputs": [\n'
        + ",\n".join(inputs)
        + '\n], "clips": [\n'
        + ",\n".join(clips)
        + "\n]}\n"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


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
    damaged: dict[str, str]  # name: what is wrong with it
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
    damaged: dict[str, str] = {}
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
        try:
            entries[name] = _compared(studio, name, entry, there, thorough=thorough)
        except InputError as error:
            damaged[name] = str(error)
    # What a damaged clip showed is not forgotten, so that it can be made again.
    remembered = {name: replace(known[name], stamps={}) for name in damaged if name in known}
    if said or {**entries, **remembered} != known:
        with contextlib.suppress(OSError, InputError), manifest_lock(studio):
            write_manifest(studio.manifest, {**entries, **remembered})
    return Published(entries, damaged, remembered, said)


def _stamps(studio: Studio) -> dict[str, dict[str, tuple[int, int]]]:
    """Size and time of writing of the files in the folder, by name and suffix."""
    found: dict[str, dict[str, tuple[int, int]]] = {}
    try:
        listing = list(os.scandir(studio.clips))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    for item in listing:
        name, _, suffix = item.name.rpartition(".")
        if name and not name.startswith(".") and suffix in ("json", *SUFFIXES) and item.is_file():
            try:
                stat = item.stat()
            except FileNotFoundError:
                continue  # in the meantime
            found.setdefault(name, {})[suffix] = (stat.st_size, stat.st_mtime_ns)
    return found


def _compared(
    studio: Studio,
    name: str,
    entry: Entry | None,
    there: dict[str, tuple[int, int]],
    *,
    thorough: bool,
) -> Entry:
    """The entry of a clip whose files are those that its record describes.

    Raises InputError, saying which file is missing or another one.
    """
    path = studio.file(name, "json")
    if "json" not in there:
        raise InputError(f"its record {path.name} is gone")
    if thorough or entry is None or entry.stamps.get("json") != there["json"]:
        record = read_record(path)
        if "published" not in record:
            raise InputError(f"{path.name} is not the record of a published clip")
        entry = Entry.of_record(record, str(path))
        if entry.name != name:
            raise InputError(f"{path.name} is the record of {entry.name}")
    now = Now(studio.root)
    for suffix in SUFFIXES:
        file = studio.file(name, suffix)
        if suffix not in there:
            raise InputError(f"{file.name} is gone")
        if not thorough and entry.stamps.get(suffix) == there[suffix]:
            continue
        described = entry.files[suffix]
        if described["size"] != there[suffix][0] or now.digest(file) != described["sha256"]:
            raise InputError(f"{file.name} is not the file that its record describes")
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


# --- what is to be there, and its state ---------------------------------------------------------
@dataclass(frozen=True)
class Clip:
    """A clip that is to be published, and how it stands."""

    story: Story | None  # None: published, but no longer in the catalogue
    name: str
    clip: str
    variant: Variant
    entry: Entry | None
    state: State
    reasons: tuple[str, ...]

    @property
    def is_published(self) -> bool:
        """Whether there is anything of it in the folder."""
        return self.reasons != (NEVER,)

    def as_json(self) -> dict[str, Any]:
        """As ``litnet status --json`` has it."""
        quality = str(self.entry.quality) if self.entry else None
        return {
            "clip": self.clip,
            "name": self.name,
            "variant": {**vars(self.variant), "quality": quality},
            "state": self.state,
            "reasons": list(self.reasons),
        }


NEVER = "never rendered"


def survey(
    studio: Studio,
    names: tuple[str, ...] = (),
    *,
    models: tuple[Path, ...] = (),
    digits: tuple[Path, ...] = (),
    languages: tuple[str, ...] = (),
    voice: str | None = None,
    before: Path | None = None,
    thorough: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> list[Clip]:
    """How every clip stands: of all stories or the named ones, the configured variant and all that
    are published; or, where models, digits, languages, a voice or a model to compare with are
    given, every combination.

    The title card and the films of all stories are there if they are published. ``say`` is told
    what is wrong with the manifest. Raises InputError for an unknown name.
    """
    from litnet.clips.catalogue import find_stories
    from litnet.clips.film import standing_films

    configured = studio.configured()
    stories = find_stories(names, studio.in_order if names else studio.stories)
    published = look(studio, thorough=thorough)
    for text in published.said:
        say(text)
    now = Now(studio.root)
    found: list[Clip] = []
    chosen = bool(models or digits or languages or voice or before)
    everything = {**published.entries, **published.remembered}
    taken = {name: entry.variant for name, entry in everything.items()}
    card = studio.title_card
    if not names and not chosen and card and any(e.clip == card.scene for e in everything.values()):
        stories = [card, *stories]
    for story in stories:
        wanted: dict[str, Variant] = {}
        if chosen:
            given = variants.product(
                story,
                configured,
                models=models,
                digits=digits,
                languages=languages,
                voice=voice,
                before=before,
                root=studio.root,
            )
        else:
            given = [variants.configured_variant(story, configured, studio.root)]
        for variant in given:
            name = variants.name_of(story, variant, configured, taken, studio.root)
            wanted[name] = taken[name] = variant
        if not chosen:
            for name, entry in everything.items():
                if entry.clip == story.scene and name not in wanted:
                    wanted[name] = entry.variant
        for name, variant in wanted.items():
            found.append(_standing(story, name, variant, published, now))
    if not names and not chosen:
        found += standing_films(studio, published, now)
        known = {clip.name for clip in found}
        for name, entry in published.entries.items():
            if name not in known:
                known.add(name)
                gone = (f"{entry.clip} is no longer in the catalogue",)
                found.append(Clip(None, name, entry.clip, entry.variant, entry, "stale", gone))
        for name, wrong in published.damaged.items():
            if name not in known:
                clip = name.partition("--")[0]
                nothing = Variant(None, None, None)
                found.append(Clip(None, name, clip, nothing, None, "stale", (wrong,)))
    return found


def _standing(story: Story, name: str, variant: Variant, published: Published, now: Now) -> Clip:
    if name in published.damaged:
        state: State = "missing" if published.damaged[name].endswith(".mp4 is gone") else "stale"
        wrong = (published.damaged[name],)
        entry = published.remembered.get(name)
        return Clip(story, name, story.scene, variant, entry, state, wrong)
    entry = published.entries.get(name)
    if entry is None:
        return Clip(story, name, story.scene, variant, None, "missing", (NEVER,))
    reasons = now.changes(
        entry.inputs,
        model=_instead(entry.variant.model, variant.model),
        digit=_instead(entry.variant.digit, variant.digit),
        before=variant.before,
    )
    if entry.variant.language != variant.language and variant.language is not None:
        reasons.append(f"the language is {variant.language} now, it was {entry.variant.language}")
    state = "stale" if reasons else "fresh"
    return Clip(story, name, story.scene, variant, entry, state, tuple(reasons))


def _instead(was: str | None, to_be: str | None) -> tuple[str, str] | None:
    return (was, to_be) if was is not None and to_be is not None else None
