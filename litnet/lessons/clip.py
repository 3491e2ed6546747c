"""A published clip, as lessons see it: read from its record, and from nothing else.

Text in a record is not trusted: whoever puts it into a page escapes it for that page.
"""

from __future__ import annotations

import base64
import math
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from msgspec import UNSET

from litnet.clips.manifest import Studio
from litnet.clips.survey import Standing, survey
from litnet.lessons.page_data import data_script
from litnet.lessons.questions import quiz_script
from litnet.lessons.quiz import read_quiz
from litnet.lessons.text import text_of
from litnet.lessons.words import words_script
from litnet.narration import lang_attributes, languages, own_name
from litnet.project import real_path
from litnet.record.ground import picture_shape
from litnet.record.schema import Record, read_record
from litnet.record.variant import BURNED, TRACK
from litnet.record.words import one_line, plain, webvtt
from network.errors import InputError, printable

ELEMENT = Path(__file__).resolve().parent / "web" / "lit-clip.js"
FALLBACK = "en"  # the language of the names in a clip that is not narrated

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
_HASH = re.compile(r"-[0-9a-f]{8}$")


@dataclass(frozen=True)
class Cue:
    """Words that are said from ``start`` to ``end``, in seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Beat:
    """A part of a clip, from ``start`` to ``end``, in seconds: a chapter of it."""

    name: str
    title: str
    start: float
    end: float


@dataclass(frozen=True)
class Track:
    """What a clip says in one language, on the clock of the clip that is shown."""

    language: str
    title: str
    cues: tuple[Cue, ...]
    chapters: tuple[Beat, ...]

    @property
    def label(self) -> str:
        """The language's own name."""
        return own_name(self.language)

    def captions_vtt(self) -> str:
        """The captions as WebVTT."""
        return webvtt((cue.start, cue.end, cue.text) for cue in self.cues)

    def chapters_vtt(self) -> str:
        """The chapters as WebVTT."""
        return webvtt((beat.start, beat.end, beat.title) for beat in self.chapters)


class Clip:
    """A published clip, found by its story's or its own name: ``Clip("LayerIntro")``.

    Parameters
    ----------
    name
        Of the story (``LayerIntro``), or under which a variant is published
        (``LayerIntro--7_02``).
    language
        Which of the languages in which the same thing is published; the named clip's own, if it
        is None.
    quiz
        A file of questions, of which a notebook asks those about this clip; none, if it is None.
    studio
        Where clips are published; the project's own folder, unless told.

    Raises
    ------
    InputError
        Nothing is published under this name or in this language, or the record is damaged; or the
        questions are not as they have to be, or none of them is about this clip.

    At the end of a notebook's cell it shows the film as a page does, with chapters, a transcript,
    neurons that can be asked, and the questions; a plain video where no script may run.
    """

    def __init__(
        self,
        name: str,
        language: str | None = None,
        *,
        quiz: str | os.PathLike[str] | None = None,
        studio: Studio | None = None,
    ) -> None:
        self.studio = studio or Studio()
        found = _find(self.studio, name)
        if language is not None and found[1].variant.language != language:
            others = _siblings(self.studio, *found)
            if language not in others:
                there = sorted({_language(found[1]), *others})
                raise InputError(
                    f"{printable(name)}: found no clip in {language!r} in {self.studio.clips}, "
                    f"expected one of: {', '.join(there)}; "
                    f"`litnet render {found[1].clip} --language {language}` makes one."
                )
            found = others[language]
        self.name, self.record = found
        self.questions = [] if quiz is None else self._asked(quiz)

    def _asked(self, quiz: str | os.PathLike[str]) -> list[dict[str, Any]]:
        """The questions about this clip in its language; InputError if there are none."""
        read = read_quiz(quiz)
        about = next((name for name in (self.name, self.story) if name in read.clips), None)
        if about is None:
            raise InputError(
                f"{printable(os.fspath(quiz))}: found no question about {printable(self.name)}, "
                f"but about: {', '.join(map(printable, read.clips))}."
            )
        return read.for_clip(about, self.record, self.language)

    def __repr__(self) -> str:
        return f"Clip({self.name!r}, language={self.language!r})"

    # --- what it is ----------------------------------------------------------------------------
    @property
    def story(self) -> str:
        """The class of the scene."""
        return self.record.clip

    @property
    def language(self) -> str:
        """In which its words are."""
        return _language(self.record)

    @property
    def burned(self) -> bool:
        """Whether the words of its captions are in the picture."""
        return self.record.variant.captions is None

    @property
    def title(self) -> str:
        """For people, in the clip's language; one line."""
        return one_line(self.record.title) or self.story

    @property
    def width(self) -> int:
        """In pixels."""
        return self.record.video.width

    @property
    def height(self) -> int:
        """In pixels."""
        return self.record.video.height

    @property
    def frames(self) -> int:
        """How many there are."""
        return self.record.video.frames

    @property
    def duration(self) -> float:
        """In seconds."""
        return self.record.video.duration

    @cached_property
    def beats(self) -> tuple[Beat, ...]:
        """The parts of the clip, in order."""
        return tuple(
            Beat(beat.name, one_line(beat.title), beat.start, beat.end)
            for beat in self.record.beats
        )

    def file(self, suffix: str) -> Path:
        """A published file: ``mp4``, ``jpg``, ``vtt``, ``md`` or ``json``."""
        return self.studio.file(self.name, suffix)

    @property
    def said(self) -> str:
        """All that its player may say of it, in every language: titles, captions, chapters."""
        parts = [self.title]
        for track in self.tracks.values():
            parts += [track.label, track.title, *(cue.text for cue in track.cues)]
            parts += [beat.title for beat in track.chapters]
        return "\n".join(parts)

    @property
    def video(self) -> Path:
        """The film. Raises InputError if it is gone."""
        return self._there("mp4")

    @property
    def poster(self) -> Path:
        """The still picture. Raises InputError if it is gone."""
        return self._there("jpg")

    def _there(self, suffix: str) -> Path:
        file = self.file(suffix)
        if not file.is_file():
            raise InputError(
                f"{file}: found no such file, expected it beside its record; "
                f"`litnet render {self.story}` makes it again."
            )
        return file

    # --- in all languages ----------------------------------------------------------------------
    @cached_property
    def languages(self) -> dict[str, Clip]:
        """The same story, model and digit in each language that is published, its own first."""
        found = {self.language: self}
        others = _siblings(self.studio, self.name, self.record)
        for language in sorted(others):
            if language != self.language:
                found[language] = self._other(*others[language])
        return found

    @cached_property
    def for_page(self) -> Clip:
        """The same with its captions beside the picture, where that is published; else itself.

        A page shows captions in a place of their own, in any language, and large enough on a
        phone.
        """
        if self.burned:
            for name, record in _alike(self.studio, self.name, self.record):
                variant = record.variant
                if variant.captions and (variant.language, variant.voice) == (
                    self.record.variant.language,
                    self.record.variant.voice,
                ):
                    return self._other(name, record)
        return self

    def _other(self, name: str, record: Record) -> Clip:
        clip = object.__new__(Clip)
        clip.studio, clip.name, clip.record = self.studio, name, record
        clip.questions = []
        return clip

    @cached_property
    def tracks(self) -> dict[str, Track]:
        """What is said in each language, on this clip's clock, its own language first.

        The other languages' cues are moved beat by beat, linearly within each beat of the same
        name; what they say in beats that this clip lacks is left out.
        """
        return {language: self._track(clip) for language, clip in self.languages.items()}

    def _track(self, other: Clip) -> Track:
        cues = (Cue(cue.start, cue.end, plain(cue.text).strip()) for cue in other.record.cues)
        clock = _Clock(other.record, self.record)
        said = [moved for cue in cues if cue.text and (moved := clock.moved(cue))]
        titles = {beat.name: beat.title for beat in other.beats}
        chapters = tuple(
            Beat(beat.name, titles.get(beat.name) or beat.title, beat.start, beat.end)
            for beat in self.beats
        )
        return Track(other.language, other.title, tuple(said), chapters)

    # --- for pages -----------------------------------------------------------------------------
    @cached_property
    def classes(self) -> list[str]:
        """What the network's outputs stand for, as the model's card says; else "0", "1", ..."""
        sizes = self.sizes
        if not sizes:
            return []
        for one in self.record.inputs:
            if one.role == "card":
                from network.classes import class_names

                card = real_path(one.path, self.studio.root)
                return [one_line(name) for name in class_names(card, sizes[-1])]
        return [str(k) for k in range(sizes[-1])]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons in each layer, the input first; empty where no network was run."""
        return self.record.network.sizes

    @property
    def shape(self) -> tuple[int, int] | None:
        """Rows and columns of the picture that is the input; None for other inputs."""
        shape = picture_shape(self.record)
        if shape and self.sizes in ((), (math.prod(shape), *self.sizes[1:])):
            return shape
        digit = self.record.variant.digit
        side = math.isqrt(self.sizes[0]) if self.sizes else 0
        picture = not digit or digit.lower().endswith((".png", ".jpg", ".jpeg"))
        return (side, side) if side and side**2 == self.sizes[0] and picture else None

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, str]:
        """What a notebook shows: the film itself, so that the notebook can be given away."""
        return {"text/html": self._repr_html_(), "text/plain": repr(self)}

    def _repr_html_(self) -> str:
        """The element ``<lit-clip>`` as HTML that needs no other file: film, poster, words, data
        and scripts are in it."""
        scripts = (
            words_script(self.language),
            data_script(self),
            quiz_script(self.name, self.questions) if self.questions else "",
            ELEMENT.read_text("utf-8"),
        )
        lines = [
            # Keys that are meant for the film are not the notebook's.
            f"<div {lang_attributes(self.language)} data-lm-suppress-shortcuts=true>",
            f'<lit-clip name="{text_of(self.name)}" style="display:block">',
            self._video(),
            "</lit-clip>",
            *(f"<script>{code}</script>" for code in scripts if code),
            "</div>",
        ]
        return "\n".join(lines)

    def _video(self) -> str:
        """The film with its captions, as an element that works with no script."""
        tracks = "\n".join(
            f'<track kind="captions" srclang="{text_of(language)}" label="{text_of(track.label)}" '
            f'src="{as_text("text/vtt", track.captions_vtt())}"'
            f"{' default' if language == self.language and not self.burned else ''}>"
            for language, track in self.tracks.items()
        )
        return (
            f'<video controls preload="metadata" playsinline width="{self.width}" '
            f'height="{self.height}" style="max-width:100%;height:auto" '
            f'aria-label="{text_of(self.title)}" '
            f'poster="{as_data("image/jpeg", self.poster.read_bytes())}">\n'
            f'<source src="{as_data("video/mp4", self.video.read_bytes())}" type="video/mp4">\n'
            f"{tracks}\n</video>"
        )


def as_text(kind: str, text: str) -> str:
    """A text as an address that needs no file, shorter than in base64; fit for an attribute.

    >>> as_text("text/vtt", "A & B\n100 % 수")
    'data:text/vtt,A %26 B%0A100 %25 수'
    """
    return f"data:{kind}," + re.sub(r"""[\0-\x1f\x7f%#"'<>&]""", lambda one: quote(one[0]), text)


def as_data(kind: str, content: bytes) -> str:
    """Content as an address that needs no file."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


# --- finding -------------------------------------------------------------------------------------
def _find(studio: Studio, name: str) -> tuple[str, Record]:
    """The published clip of this name; else the same in another language, if that is there."""
    if not _NAME.fullmatch(name):
        raise InputError(f"{name[:80]!r}: no name that clips are published under.")
    if studio.file(name, "json").is_file():
        return name, _read(studio, name)
    for path in sorted(studio.clips.glob(f"{name}--*.json")):
        if _what_is_shown(path.stem) == _what_is_shown(name):
            return path.stem, _read(studio, path.stem)
    raise InputError(
        f"{printable(name)}: found no such clip in {studio.clips}, expected one that is published; "
        "`litnet list` names the stories, and `litnet render` publishes them."
    )


def _siblings(studio: Studio, name: str, record: Record) -> dict[str, tuple[str, Record]]:
    """The other languages of a clip, name and record by language: of several those that are spoken
    and captioned as it is."""
    found: dict[str, tuple[str, Record]] = {}
    chosen = record.variant
    near: dict[str, tuple[bool, bool]] = {}
    for path, other in _alike(studio, name, record):
        language, variant = _language(other), other.variant
        same = variant.captions == chosen.captions, variant.voice == chosen.voice
        if language != _language(record) and (language not in near or same > near[language]):
            found[language], near[language] = (path, other), same
    return found


def _alike(studio: Studio, name: str, record: Record) -> Iterator[tuple[str, Record]]:
    """Names and records of the same story, model and digit, told in another way; damaged ones are
    left out."""
    for path in sorted(studio.clips.glob(f"{record.clip}*.json")):
        # Records are large; most names tell that they are of something else.
        if path.stem == name or _what_is_shown(path.stem) != _what_is_shown(name):
            continue
        try:
            other = _read(studio, path.stem)
        except InputError:
            continue
        if _subject(other) == _subject(record):
            yield path.stem, other


def _what_is_shown(name: str) -> set[str]:
    """The parts of a name, without those of how it is told."""
    parts = {part for part in _HASH.sub("", name).split("--") if part not in languages()}
    return parts - {"voice", BURNED, TRACK}


def _subject(record: Record) -> tuple[str | None, ...]:
    return record.clip, record.variant.model, record.variant.digit


def _language(record: Record) -> str:
    return record.variant.language or FALLBACK


def _read(studio: Studio, name: str) -> Record:
    path = studio.file(name, "json")
    record = read_record(path)
    if record.published is UNSET:
        raise InputError(f"{path}: not the record of a published clip, expected 'published'.")
    if record.published.name != name:
        raise InputError(f"{path}: the record of {record.published.name!r}, expected {name}.")
    if not record.video.frames:
        raise InputError(f"{path}: the record of a film of no frame, expected some.")
    return record


def stale_clips(studio: Studio, clips: Iterable[Clip]) -> list[Standing]:
    """Those of the clips that are not fresh, as ``litnet status`` has them."""
    names = {clip.name: clip.story for clip in clips}
    known = {story.scene for story in studio.in_order}
    # Only what is asked about is compared; the film of all stories is no story.
    asked = tuple(set(names.values())) if set(names.values()) <= known else ()
    return [
        found for found in survey(studio, asked) if found.name in names and found.state != "fresh"
    ]


# --- clocks --------------------------------------------------------------------------------------
class _Clock:
    """From one language's clock to another one's, beat by beat."""

    def __init__(self, source: Record, target: Record) -> None:
        self._same = source is target
        places = _parts(target)
        self._pairs = [
            (start, end, *places[name]) for name, (start, end) in _parts(source).items()
            if name in places
        ]  # fmt: skip

    def moved(self, cue: Cue) -> Cue | None:
        """A cue on the other clock; None if it is said in a part that the other one lacks."""
        if self._same:
            return cue
        for start, end, new_start, new_end in self._pairs:
            if start <= cue.start < end:
                scale = (new_end - new_start) / (end - start)
                begin, stop = (
                    round(new_start + scale * (min(time, end) - start), 6)
                    for time in (cue.start, cue.end)
                )
                return Cue(begin, stop, cue.text) if stop > begin else None
        return None


def _parts(record: Record) -> dict[str, tuple[float, float]]:
    """The beats of a clip; of the film, those of each of its clips."""
    found = {
        f"{part.clip}/{beat.name}": (beat.start, beat.end)
        for part in record.parts or ()
        for beat in part.beats
    }
    for beat in record.beats:
        found.setdefault(beat.name, (beat.start, beat.end))
    return found
