"""What one process does for a clip, and what it gives back: a few numbers, and files of set names.

A clip that several processes render goes through three kinds of job:

``plan``
    The story is walked through, and no more of it is drawn than a little that is not kept from
    films before. If that was all, this gives the film. Else it gives the length of each animation,
    which of them are to be drawn, the sound, and the clip's record, all but what was on screen.
``part``
    The story is walked through as far as a range of its animations, which is drawn where it is not
    kept. Each animation is a video segment of its own, as manim has it; what was on screen comes
    along.
``join``
    The segments become the film, with the writer that a render in one process ends with.

A clip that one process renders is one job, ``whole``. What a process says is JSON, and decoding it
checks it: a worker names no file, it only says how many there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.json import Decoder, Encoder

from litnet.clips.task import RenderTask

FILM, RECORD = "film.mp4", "film.json"  # of whole and join
PLAN, SOUND = "plan.json", "sound.wav"
SHOWN = "shown.json"  # of a part, beside its segments
MOST_MESSAGE = 2**22  # bytes
MOST_WORDS = 1000  # letters of a sentence about what went wrong

Frames = Annotated[int, Meta(ge=0, le=10_000_000)]


class WorkerLost(Exception):
    """A worker died, or hung and was ended; the job may well succeed elsewhere."""


class FarmLost(Exception):
    """Nobody is left who could do the jobs."""


@dataclass(frozen=True)
class Job:
    """What one process does for a clip; ``start`` and ``stop`` are animations, from 0."""

    task: RenderTask
    kind: Literal["whole", "plan", "part", "join"]
    start: int = 0
    stop: int = 0
    segments: tuple[Path, ...] = ()
    sound: Path | None = None
    record: dict[str, Any] | None = None
    caching: bool = True  # whether plays that films before have shown need not be drawn
    root: Path | None = None  # the project's folder, if it is not where the worker was started


class Ready(Struct, frozen=True, tag="ready"):
    """A worker has imported all that it needs."""


class Drawn(Struct, frozen=True, tag="drawn"):
    """So many frames are drawn."""

    frames: Frames


class Lost(Struct, frozen=True, tag="lost"):
    """The process of a job died; why."""

    why: str


class Result(Struct, frozen=True, tag="result", forbid_unknown_fields=True):
    """What a job gave, beside its files: the frames of each animation, those of them that are to be
    drawn, and whether there is sound (of a plan that made no film), the number of segments (of a
    part); or one sentence, why it failed."""

    lengths: tuple[Frames, ...] = ()
    to_draw: tuple[Frames, ...] = ()
    sound: bool = False
    segments: Annotated[int, Meta(ge=0, le=100_000)] = 0
    error: str | None = None


Message = Ready | Drawn | Lost | Result
encoded = Encoder().encode
decoded: Decoder[Message] = Decoder(Message)


def segment(number: int) -> str:
    """The name of one of a part's segments."""
    return f"segment-{number:06}.mp4"


def files_of(job: Job, result: Result) -> tuple[str, ...]:
    """The files that a job has made in its folder."""
    if result.error is not None:
        return ()
    if job.kind == "plan" and result.lengths:
        return (PLAN, SOUND) if result.sound else (PLAN,)
    if job.kind == "part":
        return (SHOWN, *map(segment, range(result.segments)))
    return FILM, RECORD
