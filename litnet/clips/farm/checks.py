"""What comes back from a worker is data, and is believed in nothing that can be looked at.

A film has to be an MP4 of the size, the rate and the number of frames that were asked for; a record
has to be the record of that film, with every field of its kind. Whether its pictures are the
network's, only another rendering could tell.
"""

from __future__ import annotations

import re
import wave
from pathlib import Path
from typing import Any

from msgspec import UNSET, DecodeError, Struct
from msgspec.json import Decoder

from litnet.clips.farm.ranges import DRAWN
from litnet.clips.task import RenderTask
from litnet.project import shown_path
from litnet.record.schema import (
    MOST_BYTES,
    Beat,
    Cue,
    Edges,
    LightScale,
    Number,
    Snapshot,
    Text,
    decode,
)
from network.errors import InputError, printable
from network.files import opened, parsed_json, read_bytes

MOST_FILM = 2**27  # bytes of all that one job gives back
NEAR = 1e-6  # seconds


class _Shown(Struct):
    """What a part of a film gives of its record; the names are those of ``ranges.DRAWN``."""

    snapshots: tuple[Snapshot, ...]
    numbers: tuple[Number, ...]
    edges: tuple[Edges, ...]
    texts: tuple[Text, ...]
    light_scales: tuple[LightScale, ...]


_shown: Decoder[_Shown] = Decoder(_Shown)


class Wrong(Exception):
    """What came back is not what was asked for; one sentence."""


def checked_record(file: Path, task: RenderTask) -> dict[str, Any]:
    """The record of a task's film, from a file; also a plan's, where nothing is drawn yet.

    Raises
    ------
    Wrong
        It is none, or one of another story, model, digit, language or size.
    """
    try:
        data = read_bytes(file, MOST_BYTES)
        found = decode(data, file.name)
    except InputError as error:
        raise Wrong(f"no record ({str(error).rstrip('.')})") from error
    expected = {
        "clip": (found.clip, task.scene),
        "source.scene": (found.source.scene, task.scene),
        "variant.language": (found.variant.language, task.variant.language),
        "variant.voice": (found.variant.voice, task.variant.voice),
        "variant.captions": (found.variant.captions, task.variant.captions),
        "variant.quality": (found.variant.quality, str(task.quality)),
        "video.width": (found.video.width, task.width),
        "video.height": (found.video.height, task.height),
        "video.frame_rate": (found.video.frame_rate, f"{task.frame_rate}/1"),
    }
    if re.search(rf"^class {re.escape(task.scene)}\b", _text(task.file), re.MULTILINE):
        expected["source.file"] = (found.source.file, shown_path(task.file))  # or it is imported
    for role in ("model", "digit", "baseline", "history", "training", "theme"):
        shown, asked = getattr(found.variant, role), getattr(task.variant, role)
        if shown not in (None, UNSET) and asked is not None:  # a story need not use it
            expected[f"variant.{role}"] = (shown, asked)
    if found.variant.digit is not None:
        expected["variant.read_as"] = (found.variant.read_as, task.variant.read_as)
    for name, (said, asked) in expected.items():
        if said != asked:
            raise Wrong(f"a record whose {name} is {printable(said)}, expected {asked}")
    duration = found.video.frames / task.frame_rate
    if abs(found.video.duration - duration) > NEAR:
        raise Wrong(f"a record whose film of {found.video.frames} frames lasts another time")
    lists: dict[str, tuple[Beat | Cue, ...]] = {"beats": found.beats, "cues": found.cues}
    for name, parts in lists.items():
        for number, part in enumerate(parts):
            if not part.start <= part.end <= duration + NEAR:
                raise Wrong(f"a record whose {name}[{number}] does not lie within the film")
    record: dict[str, Any] = parsed_json(data.decode(), file.name)
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
    try:
        data = read_bytes(file, MOST_BYTES)
        _shown.decode(data)
        shown = parsed_json(data.decode(), file.name)
    except (InputError, DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Wrong(f"no list of what was shown ({printable(error)})") from error
    return {name: shown[name] for name in DRAWN}


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
