"""A film: its clips in the catalogue's order, one after the other, with a chapter for each.

Nothing is encoded again. The packets of the published clips are copied into one stream, which is
possible because all of them were encoded in one way; where they were not, this says so. Of a clip
that the catalogue joins from a beat on, those before it are left out: every animation begins with a
picture that needs no other (a keyframe), so that nothing is rendered twice. The film is
published as clips are, beside its captions, its transcript, its poster and its record, and it is
stale when a clip in it is, or is another one, or when the catalogue names others.

Its record has the fields of a clip's. ``inputs`` are those of all clips, and the clips themselves
(role ``clip``); ``beats`` are the chapters; ``parts`` say which clip is where. What was on screen,
frame by frame, stays in the records of the clips.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from litnet.clips import variants
from litnet.clips.catalogue import Story
from litnet.clips.manifest import Entry, Published, Studio, add_to_manifest, look
from litnet.clips.publish import put_in_place
from litnet.clips.render import Finished, Listener, Request, bring_up_to_date, work_folder
from litnet.clips.survey import (
    NOTHING,
    Standing,
    film_of,
    film_story,
    names_taken,
    parts_of,
    standing,
    standing_films,
)
from litnet.project import asset, real_path, shown_path
from litnet.record.current import CurrentFiles
from litnet.record.inputs import Joined
from litnet.record.schema import (
    SCHEMA,
    Beat,
    Cue,
    ForwardPass,
    Input,
    Network,
    Part,
    Record,
    Source,
    read_record,
)
from litnet.record.schema import Variant as RecordedVariant
from litnet.record.variant import Variant
from network.errors import InputError, printable
from network.files import read_bytes

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

TICKS = 256  # of the film's clock, a frame: as many as x264's MP4 have, and enough for any player
MOST_FILM = 2**31  # bytes of a clip that is joined


# --- bringing films up to date -------------------------------------------------------------------
def bring_films_up_to_date(
    studio: Studio,
    request: Request,
    listener: Listener,
    *,
    film: str = "structure",
    workers: int | None = None,
    scheduler: str | None = None,
) -> list[Finished]:
    """Bring up to date all clips of the films that were asked for, and join what is stale.

    How every clip ended, and then every film. Several models, digits and languages give a film for
    every combination; ``film`` is one of ``FILMS``. Raises InputError as
    :func:`litnet.clips.render.bring_up_to_date`.
    """
    wanted = variants.product(
        film_story(film),
        studio.configured(),
        studio.root,
        models=request.models,
        digits=request.digits,
        languages=request.languages,
        voice=request.voice,
        histories=request.histories,
        read_as=request.read_as,
        captions=request.captions,
        theme=request.theme,
    )
    # The named variants, not those that happen to be published as well.
    one_by_one = replace(
        request,
        names=tuple(story.scene for story in studio.told_in(film)),
        models=_files(studio, [one.model for one in wanted]),
        digits=_files(studio, [one.digit for one in wanted]),
        histories=_files(studio, [one.history for one in wanted]),
        languages=tuple({str(v.language): 0 for v in wanted}),
    )
    done = bring_up_to_date(studio, one_by_one, listener, workers=workers, scheduler=scheduler)
    failed = {one.clip.name for one in done if one.state == "failed"}
    films = [(film, variant) for variant in wanted]
    return done + _join_all(studio, films, request.force, failed, listener)


def _files(studio: Studio, shown: Sequence[str | None]) -> tuple[Path, ...]:
    return tuple(real_path(one, studio.root) for one in dict.fromkeys(shown) if one is not None)


def rejoin(studio: Studio, listener: Listener, done: Sequence[Finished]) -> list[Finished]:
    """Join the published films again whose clips have been brought up to date, without failure."""
    failed = {one.clip.name for one in done if one.state == "failed"}
    published = look(studio)
    films = standing_films(studio, published, CurrentFiles(studio.root))
    stale = [film for film in films if film.state != "fresh"]
    wanted = [(film_of(film.name), film.variant) for film in stale if film.variant != NOTHING]
    there, taken = {*published.entries} - failed, names_taken(published)
    whole = [
        (film, variant)
        for film, variant in wanted
        if film is not None and {*parts_of(studio, film, variant, taken)} <= there
    ]
    return _join_all(studio, whole, False, set(), listener)


def _join_all(
    studio: Studio,
    wanted: Sequence[tuple[str, Variant]],
    force: bool,
    failed: set[str],
    listener: Listener,
) -> list[Finished]:
    done = []
    for which, variant in wanted:
        published = look(studio)
        taken = names_taken(published)
        name = variants.name_of(film_story(which), variant, studio.configured(), taken)
        film = standing(studio, None, name, variant, published, CurrentFiles(studio.root))
        parts = parts_of(studio, which, variant, taken)
        if film.state == "fresh" and not force and not failed & {*parts}:
            done.append(Finished(film, "fresh"))
            continue
        listener.begin([film])
        try:
            if missing := [part for part in parts if part in failed]:
                raise InputError(f"not joined, because {', '.join(missing)} failed.")
            entry = join(studio, film, parts, published)
            add_to_manifest(studio, [entry])
            done.append(Finished(film, "rendered"))
        except InputError as error:
            done.append(Finished(film, "failed", str(error)))
        listener.end(done[-1])
    return done


# --- joining -------------------------------------------------------------------------------------
T = TypeVar("T", Beat, Cue)


@dataclass(frozen=True)
class Joinable:
    """A published clip as it is joined: its bytes are those that its record describes.

    ``beat`` is the one from which on it is joined, and ``until`` the one before which that ends,
    if it has beats of these names.
    """

    name: str
    data: bytes
    record: Record
    sha256: str
    beat: str | None = None
    until: str | None = None

    @cached_property
    def left_out(self) -> int:
        """How many frames of the clip come before what is joined."""
        return self._start_of(self.beat, 0)

    @cached_property
    def end(self) -> int:
        """The frame before which what is joined ends."""
        return self._start_of(self.until, self.record.video.frames)

    def _start_of(self, name: str | None, otherwise: int) -> int:
        for beat in self.record.beats if name else ():
            if beat.name == name:
                return round(Fraction(beat.start) * self.record.video.rate)
        return otherwise

    @property
    def frames(self) -> int:
        """How many are joined."""
        return self.end - self.left_out

    def since(self, entries: Iterable[T]) -> list[T]:
        """Those of its beats, or cues, that are joined."""
        rate = self.record.video.rate
        return [
            one for one in entries if self.left_out <= round(Fraction(one.start) * rate) < self.end
        ]


def join(studio: Studio, film: Standing, names: Sequence[str], published: Published) -> Entry:
    """Join published clips into one film and publish it; what the manifest is to say of it.

    Raises InputError if a clip is missing or damaged, or if they are not of one kind.
    """
    film_name = film_of(film.name)
    assert film_name is not None, "it is a film's name"
    parts = [
        _read_part(studio, name, published, story)
        for name, story in zip(names, studio.told_in(film_name), strict=True)
    ]
    with work_folder(studio) as folder:
        video = folder / "film.mp4"
        join_packets(parts, video)
        return put_in_place(studio, film.name, video, film_record(studio, film, parts))


def _read_part(studio: Studio, name: str, published: Published, story: Story) -> Joinable:
    if name in published.damaged:
        raise InputError(f"{name}: {published.damaged[name]}; render it again.")
    file = studio.file(name, "mp4")
    if name not in published.entries:
        raise InputError(f"{printable(file)}: found no such clip, expected it to be published.")
    record = read_record(studio.file(name, "json"))
    data = read_bytes(file, MOST_FILM)
    digest = hashlib.sha256(data).hexdigest()
    if not record.published or digest != record.published.files["mp4"].sha256:
        raise InputError(
            f"{printable(file)}: not the film that its record describes; render it again."
        )
    return Joinable(name, data, record, digest, story.film_from, story.film_until)


def join_packets(parts: Sequence[Joinable], target: Path) -> None:
    """Copy the packets of films, unchanged, one after the other into one MP4 without sound.

    Frame n of the whole is frame n of the films laid end to end. Raises InputError if they differ
    in size, in rate, or in how they were encoded.
    """
    import av

    rate = parts[0].record.video.rate
    orders = _orders(parts)
    # Packets come in decoding order. The clock of decoding runs evenly, and starts so much before
    # the first frame that no frame is shown before it is decoded.
    starts = [sum(part.frames for part in parts[:n]) for n in range(len(parts))]
    delay = max(
        start + place - (start + shown)
        for start, order in zip(starts, orders, strict=True)
        for place, shown in enumerate(order)
    )
    clock = 1 / (rate * TICKS)
    try:
        with (
            av.open(io.BytesIO(parts[0].data), "r") as first,
            av.open(str(target), "w", format="mp4") as film,
        ):
            stream = film.add_stream_from_template(first.streams.video[0])
            stream.time_base = clock
            for part, start, order in zip(parts, starts, orders, strict=True):
                with av.open(io.BytesIO(part.data), "r") as source:
                    every = [p for p in source.demux(video=0) if p.dts is not None]
                    packets = every[part.left_out : part.end]
                    for place, (packet, shown) in enumerate(zip(packets, order, strict=True)):
                        packet.stream = stream
                        packet.time_base = clock
                        packet.pts = (start + shown) * TICKS
                        packet.dts = (start + place - delay) * TICKS
                        packet.duration = TICKS
                        film.mux(packet)
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise InputError(f"{printable(target)}: cannot be written ({error}).") from error
        raise InputError(f"{parts[0].name}: cannot be joined ({error}).") from error


def _orders(parts: Sequence[Joinable]) -> list[list[int]]:
    """For each film the numbers of the frames that are joined, counted from the first of them, in
    the order of their packets; all are of one kind.
    """
    import av

    kinds: list[dict[str, Any]] = []
    orders = []
    for part in parts:
        rate = part.record.video.rate
        try:
            with av.open(io.BytesIO(part.data), "r") as source:
                kinds.append(_kind(source, rate))
                stream = source.streams.video[0]
                assert stream.time_base is not None, "a file's streams have a clock"
                packets = [packet for packet in source.demux(stream) if packet.dts is not None]
                order = [round((p.pts or 0) * stream.time_base * rate) for p in packets]
                keys = [packet.is_keyframe for packet in packets]
        except av.FFmpegError as error:
            raise InputError(f"{part.name}: not a film that can be joined ({error}).") from error
        whole = part.record.video.frames
        if sorted(order) != list(range(whole)):
            raise InputError(
                f"{part.name}: found {len(order)} packets, expected one for each of its "
                f"{whole} frames."
            )
        first, end = part.left_out, part.end
        for frame, beat in ((first, part.beat), (end, part.until)):
            if frame < whole and (not keys[frame] or min(order[frame:]) != frame):
                raise InputError(
                    f"{part.name}: frame {frame}, with which its beat {beat} begins, is no "
                    "keyframe, so the clip cannot be joined from or to there; render it again."
                )
        orders.append([shown - first for shown in order[first:end]])
    for part, kind in zip(parts, kinds, strict=True):
        for what, value in kind.items():
            usual = kinds[0][what]
            if value != usual:
                shown = "" if isinstance(value, bytes) else f" ({value}, not {usual})"
                raise InputError(
                    f"{part.name} differs from {parts[0].name} in its {what}{shown}, so they "
                    "cannot be joined; render all in one quality: litnet render --film -q h"
                )
    return orders


def _kind(source: InputContainer, rate: Fraction) -> dict[str, Any]:
    """What films must have in common to be one stream."""
    stream: VideoStream = source.streams.video[0]
    context = stream.codec_context
    return {
        "codec": context.name,
        "size": f"{context.width} x {context.height}",
        "rate": f"{rate} frames a second",
        "pixel format": context.pix_fmt,
        "colours": "/".join(
            str(int(value))
            for value in (
                context.colorspace,
                context.color_primaries,
                context.color_trc,
                context.color_range,
            )
        ),
        "encoder's settings": bytes(context.extradata or b""),
    }


# --- the record ----------------------------------------------------------------------------------
def film_record(studio: Studio, film: Standing, parts: Sequence[Joinable]) -> Record:
    """The record of a film, from those of its clips; every time is on the film's own clock.

    What belongs to single frames of a clip stays in its own record.
    """
    first = parts[0].record
    rate = first.video.rate
    card = next((card for card in studio.cards if card.scene == first.clip), None)
    inputs: dict[bytes, Input] = {}
    shown: list[Part] = []
    chapters: list[Beat] = []
    cues: list[Cue] = []
    start = 0
    for place, part in enumerate(parts):
        record = part.record
        file = studio.file(part.name, "mp4")
        joined = Joined.collect(file, part.sha256, part.name, place, part.beat, part.until)
        for one in (*record.inputs, joined):
            inputs.setdefault(msgspec.json.encode(one, order="sorted"), one)
        begin, end = float(start / rate), float((start + part.frames) / rate)
        title = record.title
        chapters.append(Beat(name=record.clip, title=title, start=begin, end=end, caption=""))
        later = start - part.left_out
        beats = tuple(_later(part.since(record.beats), later, rate))
        frames = part.frames, begin, end, beats, part.left_out
        shown.append(Part(record.clip, part.name, title, start, *frames))
        cues += _later(part.since(record.cues), later, rate)
        start += part.frames
    if card:
        chapters[0] = msgspec.structs.replace(chapters[0], poster=True)
    chosen = film.variant
    return Record(
        schema=SCHEMA,
        clip=film.clip,
        title=first.title if card else parts[-1].record.title,
        source=Source(shown_path(asset("litnet/clips/catalogue.py"), studio.root), None),
        variant=RecordedVariant(
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
            quality=first.variant.quality,
        ),
        inputs=tuple(sorted(inputs.values(), key=lambda one: (one.role, one.path))),
        network=next((p.record.network for p in parts if p.record.network.digest), Network()),
        forward_pass=ForwardPass(),
        theme=first.theme,
        video=msgspec.structs.replace(
            first.video, file=f"{film.name}.mp4", frames=start, duration=float(start / rate)
        ),
        beats=tuple(chapters),
        cues=tuple(cues),
        parts=tuple(shown),
        snapshots=(),
        numbers=(),
        edges=(),
        texts=(),
        light_scales=(),
        readings=(),
    )


def _later(entries: Iterable[T], frames: int, rate: Fraction) -> Iterator[T]:
    """Beats or cues, so many frames later; counted in frames, so that nothing is rounded twice."""
    for entry in entries:
        start, end = (
            float((frames + round(Fraction(time) * rate)) / rate)
            for time in (entry.start, entry.end)
        )
        yield msgspec.structs.replace(entry, start=start, end=end)
