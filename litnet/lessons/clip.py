"""A published clip, as lessons see it: read from its record, and from nothing else.

Text in a record is not trusted: whoever puts it into a page escapes it for that page. What no page
needs is taken out here: control characters, and the marks that turn the direction of all text that
follows (U+202A to U+202E, U+2066 to U+2069).
"""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from litnet.clips import manifest
from litnet.clips.inputs import real_path
from litnet.clips.manifest import Studio
from litnet.clips.record import read_record
from litnet.narration import LANGUAGES
from network.errors import InputError

SCHEMA = 2
FALLBACK = "en"  # the language of the names in a clip that is not narrated

_UNWANTED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
_HASH = re.compile(r"-[0-9a-f]{8}$")
# What ends a script or is no JavaScript, though it is JSON.
_IN_SCRIPTS = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def plain(text: object) -> str:
    """Text without control characters (new lines stay) and without marks that turn its direction.

    >>> plain("a\u202eb")
    'ab'
    """
    return _UNWANTED.sub("", str(text).replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: object) -> str:
    """The same with every run of white space as one blank."""
    return " ".join(plain(text).split())


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
        return LANGUAGES[self.language].name if self.language in LANGUAGES else self.language

    def captions_vtt(self) -> str:
        """The captions as WebVTT."""
        return _vtt(self.cues)

    def chapters_vtt(self) -> str:
        """The chapters as WebVTT."""
        return _vtt(Cue(beat.start, beat.end, beat.title) for beat in self.chapters)


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
    studio
        Where clips are published; the project's own folder, unless told.

    Raises
    ------
    InputError
        Nothing is published under this name or in this language, or the record is damaged.
    """

    def __init__(
        self, name: str, language: str | None = None, *, studio: Studio | None = None
    ) -> None:
        self.studio = studio or Studio()
        found = _find(self.studio, name)
        if language is not None and found[1]["variant"].get("language") != language:
            others = _siblings(self.studio, *found)
            if language not in others:
                there = sorted({_language(found[1]), *others})
                raise InputError(
                    f"{name}: found no clip in {language!r} in {self.studio.clips}, "
                    f"expected one of: {', '.join(there)}; "
                    f"`litnet render {found[1]['clip']} --language {language}` makes one."
                )
            found = others[language]
        self.name, self.record = found

    def __repr__(self) -> str:
        return f"Clip({self.name!r}, language={self.language!r})"

    # --- what it is ----------------------------------------------------------------------------
    @property
    def story(self) -> str:
        """The class of the scene."""
        return str(self.record["clip"])

    @property
    def language(self) -> str:
        """In which its words are."""
        return _language(self.record)

    @property
    def title(self) -> str:
        """For people, in the clip's language; one line."""
        return one_line(self.record["title"]) or self.story

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.record["video"]["width"])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.record["video"]["height"])

    @property
    def frames(self) -> int:
        """How many there are."""
        return int(self.record["video"]["frames"])

    @property
    def duration(self) -> float:
        """In seconds."""
        return float(self.record["video"]["duration"])

    @cached_property
    def frame_rate(self) -> tuple[int, int]:
        """Frames, and in how many seconds they are shown."""
        numerator, denominator = self.record["video"]["frame_rate"].split("/")
        return int(numerator), int(denominator)

    @cached_property
    def beats(self) -> tuple[Beat, ...]:
        """The parts of the clip, in order."""
        return tuple(
            Beat(str(b["name"]), one_line(b["title"]), float(b["start"]), float(b["end"]))
            for b in self.record["beats"]
        )

    def file(self, suffix: str) -> Path:
        """A published file: ``mp4``, ``jpg``, ``vtt``, ``md`` or ``json``."""
        return self.studio.file(self.name, suffix)

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

    def _other(self, name: str, record: dict[str, Any]) -> Clip:
        clip = object.__new__(Clip)
        clip.studio, clip.name, clip.record = self.studio, name, record
        return clip

    @cached_property
    def tracks(self) -> dict[str, Track]:
        """What is said in each language, on this clip's clock, its own language first.

        The other languages' cues are moved beat by beat, linearly within each beat of the same
        name; what they say in beats that this clip lacks is left out.
        """
        return {language: self._track(clip) for language, clip in self.languages.items()}

    def _track(self, other: Clip) -> Track:
        cues = (
            Cue(float(cue["start"]), float(cue["end"]), plain(cue["text"]).strip())
            for cue in other.record["cues"]
        )
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
        for entry in self.record["inputs"]:
            if entry.get("role") == "card" and isinstance(entry.get("path"), str):
                from network.classes import class_names

                card = real_path(entry["path"], self.studio.root)
                return [one_line(name) for name in class_names(card, sizes[-1])]
        return [str(k) for k in range(sizes[-1])]

    @property
    def sizes(self) -> list[int]:
        """Neurons in each layer, the input first; empty where no network was run."""
        return [int(size) for size in self.record["network"].get("sizes", [])]

    @property
    def shape(self) -> tuple[int, int] | None:
        """Rows and columns of the picture that is the input; None for other inputs."""
        for snapshot in self.record["snapshots"]:
            for layer in snapshot["layers"]:
                if layer["layer"] == 0 and layer["kind"] == "pixels":
                    rows, columns = (len(set(layer[axis])) for axis in ("y", "x"))
                    if rows * columns == len(layer["x"]) == (self.sizes or [rows * columns])[0]:
                        return rows, columns
        digit = self.record["variant"].get("digit")
        side = math.isqrt(self.sizes[0]) if self.sizes else 0
        picture = not digit or str(digit).lower().endswith((".png", ".jpg", ".jpeg"))
        return (side, side) if side and side**2 == self.sizes[0] and picture else None

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, str]:
        """What a notebook shows: the film itself, so that the notebook can be given away."""
        return {"text/html": self._repr_html_(), "text/plain": repr(self)}

    def _repr_html_(self) -> str:
        """The film as HTML that needs no other file."""
        from litnet.lessons.exporters.notebook import embedded

        return embedded(self)


# --- finding -------------------------------------------------------------------------------------
def _find(studio: Studio, name: str) -> tuple[str, dict[str, Any]]:
    """The published clip of this name; else the same in another language, if that is there."""
    if not _NAME.fullmatch(name):
        raise InputError(f"{name[:80]!r}: no name that clips are published under.")
    if studio.file(name, "json").is_file():
        return name, _read(studio, name)
    for path in sorted(studio.clips.glob(f"{name}--*.json")):
        if _without_language(path.stem) == _without_language(name):
            return path.stem, _read(studio, path.stem)
    raise InputError(
        f"{name}: found no such clip in {studio.clips}, expected one that is published; "
        "`litnet list` names the stories, and `litnet render` publishes them."
    )


def _siblings(
    studio: Studio, name: str, record: dict[str, Any]
) -> dict[str, tuple[str, dict[str, Any]]]:
    """The other languages of a clip: name and record by language; damaged ones are left out."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for path in sorted(studio.clips.glob(f"{record['clip']}*.json")):
        # Records are large; most names tell that they are of something else.
        if path.stem == name or _without_language(path.stem) != _without_language(name):
            continue
        try:
            other = _read(studio, path.stem)
        except InputError:
            continue
        if _subject(other) != _subject(record):
            continue
        language = _language(other)
        same_voice = other["variant"].get("voice") == record["variant"].get("voice")
        if language != _language(record) and (same_voice or language not in found):
            found[language] = path.stem, other
    return found


def _without_language(name: str) -> set[str]:
    return {part for part in _HASH.sub("", name).split("--") if part not in LANGUAGES} - {"voice"}


def _subject(record: dict[str, Any]) -> tuple[object, ...]:
    variant = record["variant"]
    return record["clip"], variant.get("model"), variant.get("digit")


def _language(record: Mapping[str, Any]) -> str:
    return str(record["variant"].get("language") or FALLBACK)


def _read(studio: Studio, name: str) -> dict[str, Any]:
    path = studio.file(name, "json")
    record = read_record(path)
    _check(record, str(path))
    if record["published"]["name"] != name:
        raise InputError(f"{path}: the record of {record['published']['name']!r}, expected {name}.")
    return record


def stale_clips(studio: Studio, clips: Iterable[Clip]) -> list[manifest.Clip]:
    """Those of the clips that are not fresh, as ``litnet status`` has them."""
    names = {clip.name: clip.story for clip in clips}
    known = {story.scene for story in studio.in_order}
    # Only what is asked about is compared; the film of all stories is no story.
    asked = tuple(set(names.values())) if set(names.values()) <= known else ()
    return [
        found
        for found in manifest.survey(studio, asked)
        if found.name in names and found.state != "fresh"
    ]


# --- checking ------------------------------------------------------------------------------------
def _check(record: dict[str, Any], where: str) -> None:
    """Raise InputError, naming the field, unless a record has what lessons read of it."""
    check = _Fields(where)
    if not isinstance(record.get("published"), dict):
        raise InputError(f"{where}: not the record of a published clip, expected 'published'.")
    check.text(record["published"], "published", "name")
    video = record["video"]
    for name in ("width", "height", "frames"):
        if check.number(video, "video", name) != int(video[name]) or video[name] < 1:
            raise InputError(f"{where}: video.{name} is {video[name]}, expected a whole number.")
    check.number(video, "video", "duration")
    rate = check.text(video, "video", "frame_rate")
    if not re.fullmatch(r"[1-9]\d{0,5}/[1-9]\d{0,5}", rate):
        raise InputError(f"{where}: video.frame_rate is {rate[:40]!r}, expected one like '60/1'.")
    if not isinstance(record["variant"].get("language"), str | None):
        raise InputError(f"{where}: variant.language is no text.")
    for listed in ("beats", "cues"):
        for number, part in enumerate(record[listed]):
            place = f"{listed}[{number}]"
            for name in ("name", "title") if listed == "beats" else ("text",):
                check.text(part, place, name)
            start, end = (check.number(part, place, name) for name in ("start", "end"))
            if not 0 <= start <= end:
                raise InputError(f"{where}: {place} is from {start} to {end}, expected it forward.")
    for number, entry in enumerate(record["inputs"]):
        if not isinstance(entry, dict):
            raise InputError(f"{where}: inputs[{number}] is no object of fields.")
    sizes = record["network"].get("sizes", [])
    if not (isinstance(sizes, list) and all(type(size) is int and size > 0 for size in sizes)):
        raise InputError(f"{where}: network.sizes is not a list of whole numbers.")
    for number, snapshot in enumerate(record["snapshots"]):
        place = f"snapshots[{number}]"
        for name in ("frame", "time"):
            check.number(snapshot, place, name)
        layers = snapshot.get("layers")
        if not isinstance(layers, list):
            raise InputError(f"{where}: {place}.layers is no list.")
        for k, layer in enumerate(layers):
            _check_layer(check, layer, f"{place}.layers[{k}]")


def _check_layer(check: _Fields, layer: Any, place: str) -> None:
    check.number(layer, place, "layer")
    check.number(layer, place, "radius")
    check.text(layer, place, "kind")
    numbers = {name: layer.get(name) for name in ("x", "y", "value", "cell")}
    if numbers["cell"] is None:
        del numbers["cell"]
    if not all(isinstance(found, list) for found in numbers.values()) or (
        len({len(found) for found in numbers.values()}) != 1
    ):
        raise InputError(f"{check.where}: {place}: its x, y and value are no lists of one length.")
    for name, found in numbers.items():
        for number in found:
            if number is None and name == "value":
                continue  # the light has not reached this neuron yet
            if type(number) not in (int, float) or not math.isfinite(number):
                raise InputError(
                    f"{check.where}: {place}.{name} holds {number!r:.40}, expected numbers."
                )


class _Fields:
    def __init__(self, where: str) -> None:
        self.where = where

    def _field(self, of: Any, place: str, name: str) -> Any:
        if not isinstance(of, dict) or name not in of:
            raise InputError(f"{self.where}: field {place}.{name} is missing.")
        return of[name]

    def text(self, of: Any, place: str, name: str) -> str:
        found = self._field(of, place, name)
        if not isinstance(found, str):
            raise InputError(f"{self.where}: {place}.{name} is {found!r:.40}, expected a text.")
        return found

    def number(self, of: Any, place: str, name: str) -> float:
        found = self._field(of, place, name)
        if type(found) not in (int, float) or not math.isfinite(found):
            raise InputError(f"{self.where}: {place}.{name} is {found!r:.40}, expected a number.")
        return float(found)


# --- clocks --------------------------------------------------------------------------------------
class _Clock:
    """From one language's clock to another one's, beat by beat."""

    def __init__(self, source: Mapping[str, Any], target: Mapping[str, Any]) -> None:
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


def _parts(record: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """The beats of a clip; of the film, those of each of its clips."""
    parts = record.get("parts")
    found: dict[str, tuple[float, float]] = {}
    if isinstance(parts, list):
        for part in parts:
            for beat in part["beats"]:
                found[f"{part['clip']}/{beat['name']}"] = float(beat["start"]), float(beat["end"])
    for beat in record["beats"]:
        found.setdefault(str(beat["name"]), (float(beat["start"]), float(beat["end"])))
    return found


# --- WebVTT --------------------------------------------------------------------------------------
def _vtt(cues: Iterable[Cue]) -> str:
    """WebVTT in which no words are taken for marks: ``-->``, tags, and empty lines are none."""
    blocks = ["WEBVTT\n"]
    for cue in cues:
        lines = [" ".join(line.split()) for line in plain(cue.text).splitlines()]
        text = "\n".join(html.escape(line, quote=False) for line in lines if line)
        if text and cue.end > cue.start:
            blocks.append(f"{_time(cue.start)} --> {_time(cue.end)}\n{text}\n")
    return "\n".join(blocks)


def _time(seconds: float) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    return (
        f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"
    )


# --- for <lit-clip> ------------------------------------------------------------------------------
def page_data(clip: Clip) -> dict[str, Any]:
    """What the element ``<lit-clip>`` reads: beats, words in all languages, and what is on screen.

    A beat has the numbers of its ``first`` and its ``last`` frame. ``snapshots`` are those with
    pictures or neurons, and hold only these: positions in pixels of ``width`` x ``height`` with 2
    decimals, values with 6 significant digits.
    """
    forward_pass = clip.record["forward_pass"]
    rows, columns = clip.shape or (None, None)
    rate = Fraction(*clip.frame_rate)
    prediction = forward_pass.get("prediction")
    return {
        "schema": SCHEMA,
        "name": clip.name,
        "clip": clip.story,
        "language": clip.language,
        "title": clip.title,
        "width": clip.width,
        "height": clip.height,
        "frame_rate": list(clip.frame_rate),
        "frames": clip.frames,
        "duration": clip.duration,
        "beats": [_beat(beat, rate) for beat in clip.beats],
        "tracks": {
            language: {
                "title": track.title,
                "label": track.label,
                "cues": [vars(cue) for cue in track.cues],
                "beats": [beat.title for beat in track.chapters],
            }
            for language, track in clip.tracks.items()
        },
        "sizes": clip.sizes,
        "rows": rows,
        "columns": columns,
        "classes": clip.classes,
        "snapshots": [
            {
                "frame": snapshot["frame"],
                "time": snapshot["time"],
                "layers": [_layer(layer) for layer in layers],
            }
            for snapshot in clip.record["snapshots"]
            if (layers := askable(snapshot))
        ],
        "readings": [_reading(reading) for reading in clip.record["readings"]],
        "prediction": prediction if type(prediction) is int else None,
        "confidence": _rounded(forward_pass.get("confidence")),
    }


def first_and_last(start: float, end: float, rate: Fraction) -> tuple[int, int]:
    """The numbers of a beat's first and of its last frame; times are in seconds."""
    return round(start * rate), round(end * rate) - 1


def askable(snapshot: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those of a snapshot's layers of which one can ask a neuron or a pixel, in order."""
    shown = (
        layer
        for layer in snapshot["layers"]
        if layer["kind"] in ("pixels", "neurons") and layer["x"]
    )
    return sorted(shown, key=lambda layer: int(layer["layer"]))


def _beat(beat: Beat, rate: Fraction) -> dict[str, Any]:
    first, last = first_and_last(beat.start, beat.end, rate)
    return vars(beat) | {"first": first, "last": last}


def _layer(layer: Mapping[str, Any]) -> dict[str, Any]:
    cell: Sequence[int] | None = layer.get("cell")
    if cell is not None and list(cell) == list(range(len(layer["x"]))):
        cell = None  # the whole layer, in order
    return {
        "layer": layer["layer"],
        "kind": layer["kind"],
        "radius": round(layer["radius"], 2),
        "illustrative": bool(layer.get("illustrative")),
        "reading": layer.get("reading"),
        "cell": cell,
        "x": [round(x, 2) for x in layer["x"]],
        "y": [round(y, 2) for y in layer["y"]],
        "value": [_rounded(value) for value in layer["value"]],
    }


def _reading(reading: Any) -> dict[str, Any]:
    found = reading if isinstance(reading, dict) else {}
    name = one_line(found.get("digit", ""))
    return {"digit": re.split(r"[/\\]", name)[-1], "label": found.get("label")}


def _rounded(value: Any) -> int | float | None:
    """Six significant digits, and whole numbers as such: JSON is shorter so."""
    if type(value) not in (int, float) or not math.isfinite(value):
        return None
    short = float(f"{value:.6g}")
    return int(short) if short.is_integer() and abs(short) < 1e6 else short


def data_script(clip: Clip) -> str:
    """``page_data`` as a classic script, which pages load from a folder as well as from a server.

    Nothing in it ends a script element, or is more than data.
    """
    return script("litnetClips", clip.name, page_data(clip))


def script(table: str, name: str, data: object) -> str:
    """A script that puts data into a table of the page, under a name."""
    key, text = (
        json.dumps(part, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(
            _IN_SCRIPTS
        )
        for part in (name, data)
    )
    return f"(globalThis.{table}??={{}})[{key}]={text};\n"
