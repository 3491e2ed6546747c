"""The film: all clips in the catalogue's order, one after the other, with a chapter for each.

Nothing is encoded again. The packets of the published clips are copied into one stream, which is
possible because all of them were encoded in one way; where they were not, this says so. The film is
published as clips are, beside its captions, its transcript, its poster and its record, and it is
stale when a clip in it is, or is another one, or when the catalogue names others.

Its record has the fields of a clip's. ``inputs`` are those of all clips, and the clips themselves
(role ``clip``); ``beats`` are the chapters; ``parts`` say which clip is where. What was on screen,
frame by frame, stays in the records of the clips.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litnet.clips import variants
from litnet.clips.catalogue import FILM, Story
from litnet.clips.inputs import Now, real_path, shown_path
from litnet.clips.manifest import (
    NEVER,
    Clip,
    Entry,
    Published,
    State,
    Studio,
    add_to_manifest,
    look,
)
from litnet.clips.publish import put_in_place
from litnet.clips.record import SCHEMA, read_record
from litnet.clips.render import Done, Listener, Wish, bring_up_to_date, work_folder
from litnet.clips.variants import Variant
from network.errors import InputError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

TICKS = 256  # of the film's clock, a frame: as many as x264's MP4 have, and enough for any player
# Fields of a record that belong to single frames of a clip, and stay in its own record.
IN_THE_CLIPS = ("snapshots", "numbers", "edges", "texts", "light_scales", "readings")


# --- which films there are, and how they stand ---------------------------------------------------
def film_story(studio: Studio) -> Story:
    """The film in the form of a story, so that its variants are found and named as a story's."""
    return Story(FILM, studio.root / "litnet" / "clips" / "catalogue.py")


def parts_of(studio: Studio, variant: Variant, published: Published) -> list[str]:
    """The names of the clips that make up a film, in order."""
    configured = studio.configured()
    taken = _taken(published)
    return [
        variants.name_of(
            story,
            replace(
                variant,
                model=variant.model if story.model else None,
                digit=variant.digit if story.digit else None,
                language=variant.language if story.language else None,
                voice=variant.voice if story.language else None,
                before=shown_path(configured.before, studio.root) if story.before else None,
            ),
            configured,
            taken,
            studio.root,
        )
        for story in studio.told_in_film
    ]


def _taken(published: Published) -> dict[str, Variant]:
    everything = {**published.entries, **published.remembered}
    return {name: entry.variant for name, entry in everything.items()}


def standing_films(studio: Studio, published: Published, now: Now) -> list[Clip]:
    """How the published films stand."""
    found = []
    configured = variants.configured_variant(film_story(studio), studio.configured(), studio.root)
    for name in sorted({*published.entries, *published.damaged}):
        if name.partition("--")[0] != FILM:
            continue
        entry = published.entries.get(name) or published.remembered.get(name)
        nothing = Variant(None, None, None)
        variant = configured if name == FILM else entry.variant if entry else nothing
        found.append(_standing(studio, name, variant, published, now))
    return found


def _standing(studio: Studio, name: str, variant: Variant, published: Published, now: Now) -> Clip:
    if name in published.damaged:
        wrong = published.damaged[name]
        state: State = "missing" if wrong.endswith(".mp4 is gone") else "stale"
        return Clip(None, name, FILM, variant, published.remembered.get(name), state, (wrong,))
    entry = published.entries.get(name)
    if entry is None:
        return Clip(None, name, FILM, variant, None, "missing", (NEVER,))
    reasons = now.changes(
        (one for one in entry.inputs if one["role"] != "clip"),
        model=_instead(entry.variant.model, variant.model),
        digit=_instead(entry.variant.digit, variant.digit),
        before=shown_path(studio.configured().before, studio.root),
    )
    if entry.variant.language != variant.language:
        reasons.append(f"the language is {variant.language} now, it was {entry.variant.language}")
    joined = {str(one["name"]): one["sha256"] for one in _joined(entry)}
    wanted = parts_of(studio, variant, published)
    if list(joined) != wanted and not reasons:
        reasons.append(f"the film is {', '.join(wanted)} now, it was {', '.join(joined)}")
    for part, digest in joined.items():
        clip = published.entries.get(part)
        if clip is None:
            reasons.append(f"clip {part} is {'damaged' if part in published.damaged else 'gone'}")
        elif clip.files["mp4"]["sha256"] != digest:
            reasons.append(f"clip {part} changed")
    return Clip(None, name, FILM, variant, entry, "stale" if reasons else "fresh", tuple(reasons))


def _joined(entry: Entry) -> list[dict[str, Any]]:
    """The inputs of a film that are clips, in the order in which it shows them."""
    clips = [one for one in entry.inputs if one["role"] == "clip" and "name" in one]
    return sorted(clips, key=lambda one: int(one.get("place", 0)))


def _instead(was: str | None, to_be: str | None) -> tuple[str, str] | None:
    return (was, to_be) if was is not None and to_be is not None else None


# --- bringing films up to date -------------------------------------------------------------------
def bring_films_up_to_date(
    studio: Studio,
    wish: Wish,
    listener: Listener,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
) -> list[Done]:
    """Bring up to date all clips of the films that were asked for, and join what is stale.

    How every clip ended, and then every film. Several models, digits and languages give a film for
    every combination. Raises InputError as :func:`litnet.clips.render.bring_up_to_date`.
    """
    everything = tuple(story.scene for story in studio.told_in_film)
    wanted = variants.product(
        film_story(studio),
        studio.configured(),
        models=wish.models,
        digits=wish.digits,
        languages=wish.languages,
        voice=wish.voice,
        root=studio.root,
    )
    # The named variants, not those that happen to be published as well.
    one_by_one = replace(
        wish,
        names=everything,
        models=tuple(real_path(str(m), studio.root) for m in {v.model: 0 for v in wanted}),
        digits=tuple(real_path(str(d), studio.root) for d in {v.digit: 0 for v in wanted}),
        languages=tuple({str(v.language): 0 for v in wanted}),
    )
    done = bring_up_to_date(studio, one_by_one, listener, workers=workers, scheduler=scheduler)
    failed = {one.clip.name for one in done if one.state == "failed"}
    return done + _join_all(studio, wanted, wish.force, failed, listener)


def rejoin(studio: Studio, listener: Listener, done: Sequence[Done]) -> list[Done]:
    """Join the published films again whose clips have been brought up to date, without failure."""
    failed = {one.clip.name for one in done if one.state == "failed"}
    published = look(studio)
    clips = standing_films(studio, published, Now(studio.root))
    stale = [clip for clip in clips if clip.state != "fresh"]
    wanted = [clip.variant for clip in stale if clip.variant != Variant(None, None, None)]
    there = {*published.entries} - failed
    whole = [variant for variant in wanted if {*parts_of(studio, variant, published)} <= there]
    return _join_all(studio, whole, False, set(), listener)


def _join_all(
    studio: Studio, wanted: Sequence[Variant], force: bool, failed: set[str], listener: Listener
) -> list[Done]:
    done = []
    for variant in wanted:
        published = look(studio)
        name = variants.name_of(film_story(studio), variant, studio.configured(), _taken(published))
        clip = _standing(studio, name, variant, published, Now(studio.root))
        parts = parts_of(studio, variant, published)
        if clip.state == "fresh" and not force and not failed & {*parts}:
            done.append(Done(clip, "fresh"))
            continue
        listener.begin([clip])
        try:
            if missing := [part for part in parts if part in failed]:
                raise InputError(f"not joined, because {', '.join(missing)} failed.")
            entry = join(studio, clip, parts, published)
            add_to_manifest(studio, [entry])
            done.append(Done(clip, "rendered"))
        except InputError as error:
            done.append(Done(clip, "failed", str(error)))
        listener.end(done[-1])
    return done


# --- joining -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Part:
    """A published clip as it is joined: its bytes are those that its record describes."""

    name: str
    data: bytes
    record: dict[str, Any]
    sha256: str

    @property
    def frames(self) -> int:
        """How many it has."""
        found: int = self.record["video"]["frames"]
        return found


def join(studio: Studio, clip: Clip, names: Sequence[str], published: Published) -> Entry:
    """Join published clips into one film and publish it; what the manifest is to say of it.

    Raises InputError if a clip is missing or damaged, or if they are not of one kind.
    """
    parts = [_read_part(studio, name, published) for name in names]
    with work_folder(studio) as folder:
        video = folder / "film.mp4"
        join_packets(parts, video)
        return put_in_place(studio, clip.name, video, film_record(studio, clip, parts))


def _read_part(studio: Studio, name: str, published: Published) -> Part:
    if name in published.damaged:
        raise InputError(f"{name}: {published.damaged[name]}; render it again.")
    file = studio.file(name, "mp4")
    if name not in published.entries:
        raise InputError(f"{file}: found no such clip, expected it to be published.")
    record = read_record(studio.file(name, "json"))
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror or error}).") from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != record.get("published", {}).get("files", {}).get("mp4", {}).get("sha256"):
        raise InputError(f"{file}: not the film that its record describes; render it again.")
    return Part(name, data, record, digest)


def join_packets(parts: Sequence[Part], target: Path) -> None:
    """Copy the packets of films, unchanged, one after the other into one MP4 without sound.

    Frame n of the whole is frame n of the films laid end to end. Raises InputError if they differ
    in size, in rate, or in how they were encoded.
    """
    import av

    rate = Fraction(parts[0].record["video"]["frame_rate"])
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
                    packets = (p for p in source.demux(video=0) if p.dts is not None)
                    for place, (packet, shown) in enumerate(zip(packets, order, strict=True)):
                        packet.stream = stream
                        packet.time_base = clock
                        packet.pts = (start + shown) * TICKS
                        packet.dts = (start + place - delay) * TICKS
                        packet.duration = TICKS
                        film.mux(packet)
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise InputError(f"{target}: cannot be written ({error}).") from error
        raise InputError(f"{parts[0].name}: cannot be joined ({error}).") from error


def _orders(parts: Sequence[Part]) -> list[list[int]]:
    """For each film the numbers of its frames, in the order of its packets; all are of one kind."""
    import av

    kinds: list[dict[str, Any]] = []
    orders = []
    for part in parts:
        rate = Fraction(part.record["video"]["frame_rate"])
        try:
            with av.open(io.BytesIO(part.data), "r") as source:
                kinds.append(_kind(source, rate))
                stream = source.streams.video[0]
                assert stream.time_base is not None, "a file's streams have a clock"
                order = [
                    round((packet.pts or 0) * stream.time_base * rate)
                    for packet in source.demux(stream)
                    if packet.dts is not None
                ]
        except av.FFmpegError as error:
            raise InputError(f"{part.name}: not a film that can be joined ({error}).") from error
        if sorted(order) != list(range(part.frames)):
            raise InputError(
                f"{part.name}: found {len(order)} packets, expected one for each of its "
                f"{part.frames} frames."
            )
        orders.append(order)
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
def film_record(studio: Studio, clip: Clip, parts: Sequence[Part]) -> dict[str, Any]:
    """The record of a film, from those of its clips; every time is on the film's own clock."""
    first = parts[0].record
    rate = Fraction(first["video"]["frame_rate"])
    has_card = studio.title_card is not None and first["clip"] == studio.title_card.scene
    inputs: dict[str, dict[str, Any]] = {}
    shown, chapters, cues = [], [], []
    start = 0
    for place, part in enumerate(parts):
        record = part.record
        path = shown_path(studio.file(part.name, "mp4"), studio.root)
        entry = {"path": path, "sha256": part.sha256, "role": "clip"}
        for one in (*record["inputs"], entry | {"name": part.name, "place": place}):
            inputs.setdefault(json.dumps(one, sort_keys=True), one)
        times = {"start": float(start / rate), "end": float((start + part.frames) / rate)}
        chapters.append({"name": record["clip"], "title": record["title"], **times, "caption": ""})
        shown.append(
            {
                "clip": record["clip"],
                "name": part.name,
                "title": record["title"],
                "first_frame": start,
                "frames": part.frames,
                **times,
                "beats": _later(record["beats"], start, rate),
            }
        )
        cues += _later(record["cues"], start, rate)
        start += part.frames
    if has_card:
        chapters[0]["poster"] = True
    networks = [part.record["network"] for part in parts if part.record["network"]]
    return {
        "schema": SCHEMA,
        "clip": FILM,
        "title": first["title"] if has_card else FILM.title(),
        "source": {"file": shown_path(film_story(studio).file, studio.root), "scene": None},
        "variant": {**vars(clip.variant), "quality": first["variant"]["quality"]},
        "inputs": sorted(inputs.values(), key=lambda one: (one["role"], one["path"])),
        "network": networks[0] if networks else {},
        "forward_pass": {},
        "video": {
            **first["video"],
            "file": f"{clip.name}.mp4",
            "frames": start,
            "duration": float(start / rate),
        },
        "beats": chapters,
        "cues": cues,
        "parts": shown,
        **{name: [] for name in IN_THE_CLIPS},
    }


def _later(entries: Sequence[dict[str, Any]], frames: int, rate: Fraction) -> list[dict[str, Any]]:
    """Beats or cues, so many frames later; counted in frames, so that nothing is rounded twice."""
    return [
        {
            **entry,
            **{
                edge: float((frames + round(Fraction(entry[edge]) * rate)) / rate)
                for edge in ("start", "end")
            },
        }
        for entry in entries
    ]
