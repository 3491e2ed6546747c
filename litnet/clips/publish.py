"""From a rendered film and its record to a clip that is fit for the web.

The film is copied into another container, not encoded again: ``moov`` first, so that it plays while
it loads, with chapters from the beats, a title, and where it comes from. Beside it come captions
(WebVTT), a transcript (Markdown), a poster (JPEG) and the record. All are written under temporary
names in the same folder, brought to disk, and only then moved into place, the record last: it holds
the digests of the others, so that a clip whose publishing was cut short is known to be none.

The poster is the last frame of a beat before the answer, unless the record marks a beat with
``"poster": true``: see :func:`poster_beat`.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from litnet import __version__
from litnet.clips.catalogue import LEARNING_CARD, STORIES, TITLE_CARD, Story
from litnet.clips.manifest import SUFFIXES, Entry, Studio
from litnet.clips.sound import with_sound
from litnet.clips.transcript import transcript
from litnet.project import sha256_of
from litnet.record.schema import Beat, Cue, File, Published, Record, encode
from litnet.record.words import webvtt
from network.errors import InputError, printable

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet

POSTER_QUALITY = 88  # of JPEG, of 100
SOUND = "sound.mp4"  # the film with its sound, before it is made fit for the web
LOCK = "publish.lock"  # for all clips: publishing takes a moment
LEFT = re.compile(r"\..+\.part\.\w+|\..+\.\d+\.(part|tmp)", re.S)
MILLISECONDS = Fraction(1, 1000)


def publish(studio: Studio, story: Story, name: str, video: Path, record: Record) -> Entry:
    """Publish a rendered film under a name; what the manifest is to say of it.

    ``video`` is read only. Whatever happens, what was published before under this name stays whole
    until the new files take its place. Raises InputError if the film used what the catalogue
    says that it does not, is not the one that the record describes, or cannot be written.
    """
    check_uses(story, record)
    return put_in_place(studio, name, video, record)


def put_in_place(studio: Studio, name: str, video: Path, record: Record) -> Entry:
    """Publish a film under a name, as :func:`publish`, whatever it is a film of."""
    try:
        with (
            _publishing(studio, name),
            with_sound(video, record, _part(studio, name, SOUND)) as whole,
        ):
            return _publish(studio, name, whole, record)
    except OSError as error:
        raise InputError(
            f"{printable(studio.file(name, 'mp4'))}: could not be published "
            f"({error.strerror or error})."
        ) from error


def check_uses(story: Story, record: Record) -> None:
    """Raise InputError if the catalogue says something else about a story than its record."""
    for role in ("model", "digit", "baseline", "history"):
        used, declared = bool(getattr(record.variant, role)), getattr(story, role)
        if used != declared:
            raise InputError(
                f"{story.scene}: the record says {role}={used}, but {_where_said(story)} says "
                f"{role}={declared}."
            )
    if any(entry.role == "narration" for entry in record.inputs) and not story.language:
        raise InputError(
            f"{story.scene}: the clip is narrated, but {_where_said(story)} says language=False."
        )


def _where_said(story: Story) -> str:
    if story in (*STORIES, TITLE_CARD, LEARNING_CARD):
        return "the catalogue (litnet/clips/catalogue.py)"
    return (
        f'{printable(story.file.name)} (its class can say films = ("model", "digit", "language"))'
    )


def _publish(studio: Studio, name: str, video: Path, record: Record) -> Entry:
    parts = {suffix: _part(studio, name, suffix) for suffix in (*SUFFIXES, "json")}
    try:
        remux(video, parts["mp4"], record)
        parts["jpg"].write_bytes(poster(video, record))
        parts["vtt"].write_text(captions(record.cues), encoding="utf-8")
        named = replace(record, video=replace(record.video, file=f"{name}.mp4"))
        parts["md"].write_text(transcript(named), encoding="utf-8")
        files = {
            suffix: File(size=parts[suffix].stat().st_size, sha256=sha256_of(parts[suffix]))
            for suffix in SUFFIXES
        }
        said = replace(named, published=Published(name, files))
        entry = Entry.of_record(said, name)
        parts["json"].write_bytes(encode(said))
        for part in parts.values():
            _to_disk(part)
        for suffix, part in parts.items():  # the record is the last of them
            part.replace(studio.file(name, suffix))
        _to_disk(studio.clips)
        return entry
    finally:
        for part in parts.values():
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def _part(studio: Studio, name: str, suffix: str) -> Path:
    return studio.clips / f".{name}.part.{suffix}"


@contextmanager
def _publishing(studio: Studio, name: str) -> Iterator[None]:
    """One process at a time publishes, and finds nothing half-written under its name."""
    from filelock import FileLock

    studio.clips.mkdir(parents=True, exist_ok=True)
    studio.locks.mkdir(parents=True, exist_ok=True)
    with FileLock(studio.locks / LOCK):
        for suffix in (*SUFFIXES, "json", SOUND):
            _part(studio, name, suffix).unlink(missing_ok=True)
        yield


def clean(studio: Studio) -> None:
    """Remove what processes that died while they published left behind."""
    from filelock import FileLock, Timeout

    if not studio.manifest.parent.is_dir():
        return
    manifest = studio.manifest
    for lock, left in (
        ("manifest.lock", manifest.parent.glob(f".{manifest.name}.*")),
        (LOCK, studio.clips.glob(".*")),
    ):
        with contextlib.suppress(Timeout, OSError):
            studio.locks.mkdir(exist_ok=True)
            with FileLock(studio.locks / lock, timeout=0):  # as whoever writes there holds it
                for part in left:
                    if LEFT.fullmatch(part.name):
                        part.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    """Wait until a file, or a folder's list of files, is on the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- the parts -----------------------------------------------------------------------------------
def remux(video: Path, target: Path, record: Record) -> None:
    """Copy a film's packets, unchanged, into an MP4 that begins with what a player needs first.

    Raises InputError if the film has another number of frames than the record says.
    """
    import av

    chapters = [
        {
            "id": number,
            "start": round(beat.start * 1000),
            "end": round(beat.end * 1000),
            "time_base": MILLISECONDS,
            "metadata": {"title": beat.title},
        }
        for number, beat in enumerate(record.beats)
    ]
    packets = 0
    with (
        _film(video),
        av.open(str(video)) as source,
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as copy,
    ):
        copy.metadata.update(provenance(record))
        streams = {
            stream.index: copy.add_stream_from_template(stream)
            for stream in source.streams
            if stream.type in ("video", "audio")
        }
        copy.set_chapters(chapters)  # type: ignore[arg-type]
        for packet in source.demux():
            if packet.dts is None or packet.stream.index not in streams:
                continue  # what ends a stream is not a part of it
            if packet.stream.type == "video":
                packets += 1
                _on_the_frame(packet, record.video.rate)
            packet.stream = streams[packet.stream.index]
            copy.mux(packet)
    if packets != record.video.frames:
        raise InputError(
            f"{printable(video)}: found {packets} frames, but its record says "
            f"{record.video.frames}."
        )


def _on_the_frame(packet: Packet[Any], rate: Fraction) -> None:
    """Set a packet's times to whole frames: manim's joining of parts leaves them a little beside.

    Where a frame is no whole number of the clock's ticks, nothing is changed.
    """
    ticks = 1 / (rate * packet.time_base) if packet.time_base else Fraction(0)
    if ticks.denominator == 1 and ticks > 0 and packet.pts is not None and packet.dts is not None:
        whole = int(ticks)
        packet.pts = round(packet.pts / whole) * whole
        packet.dts = round(packet.dts / whole) * whole
        packet.duration = whole


def provenance(record: Record) -> dict[str, str]:
    """What an MP4 says of itself: title, language, and what it was made from."""
    made = [f"litnet {__version__}"]
    if record.network.digest:
        # Names only: where a file lies on this machine is nobody's business.
        made.append(f"model {Path(record.variant.model or '').name} {record.network.digest}")
    if record.variant.digit:
        made.append(f"digit {Path(record.variant.digit).name}")
    return {
        "title": record.title or _spaced(record.clip),
        "comment": "; ".join(made),
        "artist": f"litnet {__version__}",
    }


def _spaced(clip: str) -> str:
    """``LayerIntro`` as ``Layer Intro``."""
    return "".join(
        f" {letter}" if letter.isupper() and n and not clip[n - 1].isupper() else letter
        for n, letter in enumerate(clip)
    )


def poster(video: Path, record: Record) -> bytes:
    """One frame of a film as a JPEG: the last of :func:`poster_beat`, or of the film.

    Raises InputError for what is no film.
    """
    import av

    beat, rate, frames = poster_beat(record), record.video.rate, record.video.frames
    wanted = min(round(beat.end * rate), frames) - 1 if beat else frames - 1
    with _film(video), av.open(str(video)) as source:
        frame = _frame(source, Fraction(max(wanted, 0)) / rate, half=1 / (2 * rate))
        stream = io.BytesIO()
        frame.to_image().save(stream, "JPEG", quality=POSTER_QUALITY, optimize=True)
    return stream.getvalue()


def poster_beat(record: Record) -> Beat | None:
    """The beat at whose end a film's poster is taken; None for a film without beats.

    The marked one; or else the last that gives nothing away: it comes before the last beat, with
    which a story concludes, and before any output neuron is lit, which would be the answer. The
    first one where each comes too late.
    """
    beats, last = record.beats, len(record.network.sizes) - 1
    marked = next((beat for beat in beats if beat.poster), None)
    if marked or not beats:
        return marked
    answered = min(
        (
            snapshot.time
            for snapshot in record.snapshots
            for layer in snapshot.layers
            if 0 < last == layer.layer and any(value is not None for value in layer.value)
        ),
        default=math.inf,
    )
    before = [beat for beat in beats[:-1] if beat.end <= answered]
    return before[-1] if before else beats[0]


@contextmanager
def _film(video: Path) -> Iterator[None]:
    """Say in a sentence what FFmpeg raises for a file that is no film, and for none at all."""
    import av

    try:
        yield
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise InputError(
            f"{printable(video)}: not a film that can be published ({error})."
        ) from error


def _frame(source: InputContainer, time: Fraction, half: Fraction) -> Any:
    """The frame of a film that is shown at a time, found from the key frame before it."""
    stream = source.streams.video[0]
    assert stream.time_base is not None, "a file's streams have a clock"
    first = stream.start_time or 0
    source.seek(first + int(time / stream.time_base), stream=stream)
    found = None
    for frame in source.decode(stream):
        found = frame
        if frame.pts is not None and (frame.pts - first) * stream.time_base > time - half:
            break
    if found is None:
        raise InputError(f"{printable(source.name)}: found no frames, expected a film.")
    return found


def captions(cues: Sequence[Cue]) -> str:
    """WebVTT from a record's cues."""
    return webvtt((cue.start, cue.end, cue.text) for cue in cues)
