"""What comes back from a worker is data, and is believed in nothing that can be looked at.

A film has to be an MP4 of the size, the rate and the number of frames that were asked for; a record
has to be the record of that film, with every field of its kind. Whether its pictures are the
network's, only another rendering could tell.
"""

from __future__ import annotations

import re
import wave
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import DecodeError, Meta, Struct
from msgspec.json import Decoder

from litnet.clips.farm.ranges import DRAWN
from litnet.clips.inputs import shown_path
from litnet.clips.task import RenderTask
from litnet.voice import shown_voice
from network.errors import InputError, printable
from network.files import opened, parsed_json, read_bytes

MOST_RECORD = 2**25  # bytes
MOST_FILM = 2**27  # bytes of all that one job gives back
NEAR = 1e-6  # seconds

Time = Annotated[float, Meta(ge=0, le=1e6)]
Count = Annotated[int, Meta(ge=0, le=2**31)]
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class _Source(Struct):
    file: str
    scene: str


class _Variant(Struct):
    model: str | None
    digit: str | None
    language: str
    quality: str
    voice: str | None = None
    before: str | None = None


class _Input(Struct):
    path: str
    sha256: Digest
    role: str


class _Video(Struct):
    width: Count
    height: Count
    frame_rate: str
    frames: Annotated[int, Meta(ge=1, le=10_000_000)]
    duration: Time


class _Beat(Struct):
    name: str
    title: str
    start: Time
    end: Time
    caption: str | None = None
    poster: bool = False


class _Cue(Struct):
    start: Time
    end: Time
    text: str


class _Snapshot(Struct):
    frame: Count
    time: Time
    layers: list[dict[str, Any]]
    signed: list[dict[str, Any]] = []


class _Record(Struct):
    schema: Literal[1]
    clip: str
    title: str
    source: _Source
    variant: _Variant
    inputs: list[_Input]
    network: dict[str, Any]
    forward_pass: dict[str, Any]
    video: _Video
    beats: list[_Beat]
    cues: list[_Cue]
    snapshots: list[_Snapshot]
    numbers: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    texts: list[dict[str, Any]]
    light_scales: list[dict[str, Any]]
    readings: list[dict[str, Any]]


class _Scale(Struct):
    layer: Count
    reading: Count | None = None


class _Shown(Struct):
    snapshots: list[_Snapshot]
    numbers: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    texts: list[dict[str, Any]]
    light_scales: list[_Scale]


_record: Decoder[_Record] = Decoder(_Record)
_shown: Decoder[_Shown] = Decoder(_Shown)


class Wrong(Exception):
    """What came back is not what was asked for; one sentence."""


def checked_record(file: Path, task: RenderTask, *, drawn: bool = True) -> dict[str, Any]:
    """The record of a task's film, from a file; a plan's, where nothing is ``drawn`` yet.

    Raises
    ------
    Wrong
        It is none, or one of another story, model, digit, language or size.
    """
    found: _Record
    record: dict[str, Any]
    found, record = _decoded(file, _record)
    expected = {
        "clip": (found.clip, task.scene),
        "source.scene": (found.source.scene, task.scene),
        "variant.language": (found.variant.language, task.language),
        "variant.voice": (found.variant.voice, shown_voice(task.voice)),
        "variant.quality": (found.variant.quality, task.quality),
        "video.width": (found.video.width, task.width),
        "video.height": (found.video.height, task.height),
        "video.frame_rate": (found.video.frame_rate, f"{task.frame_rate}/1"),
    }
    if re.search(rf"^class {re.escape(task.scene)}\b", _text(task.file), re.MULTILINE):
        expected["source.file"] = (found.source.file, shown_path(task.file))  # or it is imported
    for role in ("model", "digit", "before"):
        shown, asked = getattr(found.variant, role), getattr(task, role)
        if shown is not None and asked is not None:  # a story need not use what it is offered
            expected[f"variant.{role}"] = (shown, shown_path(asked))
    for name, (said, asked) in expected.items():
        if said != asked:
            raise Wrong(f"a record whose {name} is {printable(said)}, expected {asked}")
    duration = found.video.frames / task.frame_rate
    if abs(found.video.duration - duration) > NEAR:
        raise Wrong(f"a record whose film of {found.video.frames} frames lasts another time")
    for name in ("beats", "cues"):
        for number, part in enumerate(record[name]):
            if not part["start"] <= part["end"] <= duration + NEAR:
                raise Wrong(f"a record whose {name}[{number}] does not lie within the film")
    return record


def _text(story: Path) -> str:
    try:
        return story.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""  # in the meantime


def checked_shown(file: Path) -> dict[str, Any]:
    """What a part of a film has shown, from a file.

    Raises
    ------
    Wrong
        It is nothing of the kind.
    """
    shown = _decoded(file, _shown)[1]
    return {name: shown[name] for name in DRAWN}


def _decoded(file: Path, decoder: Decoder[Any]) -> tuple[Any, Any]:
    """A file of JSON, checked and as it is."""
    try:
        data = read_bytes(file, MOST_RECORD)
        return decoder.decode(data), parsed_json(data.decode(), "it")
    except RecursionError:
        raise Wrong("a record that is nested too deeply") from None
    except (DecodeError, UnicodeDecodeError) as error:
        raise Wrong(f"no record ({printable(error)})") from error
    except InputError as error:
        raise Wrong(f"no record ({error})") from error


def checked_film(file: Path, task: RenderTask) -> int:
    """The number of frames of a film, or of a segment of one, that a task has given.

    Raises
    ------
    Wrong
        It is no MP4, or one of another size or rate, or one that cannot be played.
    """
    import av

    try:
        with opened(file) as stream:
            if stream.read(8)[4:] != b"ftyp":  # no list of other files, as some formats are
                raise Wrong("garbage in place of a film")
            stream.seek(0)
            with av.open(stream, "r", format="mp4") as film:
                if len(film.streams.video) != 1 or len(film.streams) > 2:
                    raise Wrong(f"a film of {len(film.streams)} streams")
                video = film.streams.video[0]
                size = (video.width, video.height)
                if size != (task.width, task.height):
                    raise Wrong(f"a film of {size[0]} x {size[1]} pixels")
                video.codec_context.options = {"err_detect": "explode"}
                video.codec_context.skip_frame = "NONKEY"
                frames = looked_at = 0
                last = 0
                for packet in film.demux(video):
                    if packet.dts is not None:
                        frames += 1
                        last = max(last, packet.pts or 0)
                    looked_at += len(packet.decode())
                if not looked_at:
                    raise Wrong("a film without a picture")
                seconds = float(last * (video.time_base or 0))
                if abs(seconds * task.frame_rate - (frames - 1)) > 1:
                    raise Wrong(f"a film of another rate than {task.frame_rate} frames a second")
                return frames
    except (av.FFmpegError, ValueError, OverflowError) as error:  # InputError is a ValueError
        raise Wrong(f"no film that can be played ({printable(error)})") from error


def check_sound(file: Path) -> None:
    """Raise Wrong for a file that is no WAV."""
    try:
        with opened(file) as stream, wave.open(stream) as sound:
            rate, channels = sound.getframerate(), sound.getnchannels()
    except (wave.Error, EOFError, ValueError) as error:
        raise Wrong(f"no sound ({printable(error)})") from error
    if not (8000 <= rate <= 192_000 and channels in (1, 2)):
        raise Wrong(f"a sound of {rate} samples a second on {channels} channels")
