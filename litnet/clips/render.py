"""Bringing clips up to date: what is stale is rendered and published, and nothing else."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from litnet.clips.catalogue import FILMS
from litnet.clips.manifest import Entry, Studio, add_to_manifest
from litnet.clips.publish import clean, publish
from litnet.clips.settings import PUBLISHED, Quality
from litnet.clips.space import no_space
from litnet.clips.stopping import interrupts
from litnet.clips.survey import Standing, survey
from litnet.clips.task import RenderTask
from litnet.project import picture_settings
from litnet.record.schema import Record
from network.errors import InputError, printable

if TYPE_CHECKING:
    from filelock import FileLock

    from litnet.clips.farm import Farm, Progress

    Opens = Callable[[], AbstractContextManager[Farm]]

LISTED_EVERY = 2.0  # seconds: the manifest of many clips is not written for each of them


@dataclass(frozen=True)
class Request:
    """What ``litnet render`` was asked for; see its flags."""

    names: tuple[str, ...] = ()
    models: tuple[Path, ...] = ()
    digits: tuple[Path, ...] = ()
    languages: tuple[str, ...] = ()
    voice: str | None = None  # "piper", or a folder of recordings
    baseline: Path | None = None  # the network to compare with
    histories: tuple[Path, ...] = ()
    read_as: str | None = None  # how digits are to be read, or "auto"
    captions: str | None = None  # where they are: "burned" or "track"
    theme: str | None = None  # the name of a look
    quality: Quality | None = None  # None: as it is published, or else 1080p60
    force: bool = False
    caching: bool = True  # whether plays that films before have shown need not be drawn


@dataclass(frozen=True)
class Finished:
    """What became of one clip that was asked for."""

    clip: Standing
    state: Literal["fresh", "rendered", "failed"]
    error: str | None = None


class Listener(Protocol):
    """Who is told how it goes."""

    def begin(self, clips: Sequence[Standing]) -> None:
        """These clips are going to be rendered."""

    def progress(self, clip: Standing, frames_done: int, frames_total: int | None) -> None:
        """A clip has so many frames."""

    def end(self, done: Finished) -> None:
        """A clip was published, or failed."""

    def say(self, text: str) -> None:
        """Something that a person should know."""


def bring_up_to_date(
    studio: Studio,
    request: Request,
    listener: Listener,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    stop: threading.Event | None = None,
    farm: Opens | None = None,
) -> list[Finished]:
    """Render and publish what is stale or missing; how every clip that was asked for ended.

    Each clip is published as soon as it is rendered. No two processes render one story into one
    folder at a time: what another one is at work on is waited for, and looked at again.

    Parameters
    ----------
    workers, scheduler
        As of :func:`litnet.clips.farm.open_farm`.
    stop
        Whoever sets it, as Ctrl-C does, ends this.
    farm
        Opens the farm, in the place of ``open_farm``.

    Raises
    ------
    InputError
        A request that cannot be understood.
    Stopped
        ``stop`` was set, and not by Ctrl-C.
    """
    stop = stop or threading.Event()
    farm = farm or partial(_open, workers, scheduler, listener)
    done: list[Finished] = []
    with interrupts(stop):
        done = _brought(studio, request, listener, farm, stop)
    return done


def _brought(
    studio: Studio, request: Request, listener: Listener, farm: Opens, stop: threading.Event
) -> list[Finished]:
    clean(studio)
    clear_work(studio)
    clips = _survey(studio, request, listener)
    todo = [clip for clip in clips if _needed(clip, request)]
    done = [Finished(clip, "fresh") for clip in clips if clip not in todo]
    if not todo:
        return done
    picture_settings(studio.root)  # manim would read them in its own way, and wait for a pipe
    stories = sorted({clip.clip for clip in todo})
    with ExitStack() as free, ExitStack() as busy:
        locked = [name for name in stories if not _lock(studio, name, free, timeout=0)]
        mine = [clip for clip in todo if clip.clip not in locked]
        # Between the first look and the lock, another process may have done the work.
        mine = _again(studio, request, mine, listener, done)
        done += _render(studio, request, mine, listener, farm, stop)
        free.close()  # whoever waits for these may go on, while this process waits
        if locked:
            listener.say(f"waiting for another litnet render of {', '.join(locked)}")
            for name in locked:
                _lock(studio, name, busy, timeout=-1)
            rest = [clip for clip in todo if clip.clip in locked]
            rest = _again(studio, request, rest, listener, done)
            done += _render(studio, request, rest, listener, farm, stop)
    places = {clip.name: place for place, clip in enumerate(clips)}
    return sorted(done, key=lambda one: places[one.clip.name])


def _survey(studio: Studio, request: Request, listener: Listener) -> list[Standing]:
    found = survey(
        studio,
        request.names,
        models=request.models,
        digits=request.digits,
        languages=request.languages,
        voice=request.voice,
        baseline=request.baseline,
        histories=request.histories,
        read_as=request.read_as,
        captions=request.captions,
        theme=request.theme,
        say=listener.say,
    )
    films = FILMS.values()
    return [clip for clip in found if clip.clip not in films]  # those are joined, not rendered


def _needed(clip: Standing, request: Request) -> bool:
    if request.force or clip.state != "fresh" or clip.entry is None:
        return True
    return request.quality is not None and request.quality != clip.entry.quality


def _again(
    studio: Studio,
    request: Request,
    clips: list[Standing],
    listener: Listener,
    done: list[Finished],
) -> list[Standing]:
    """Those of some clips that still have to be rendered; the others are added to ``done``."""
    before = {clip.name: clip for clip in clips}
    still = []
    for clip in _survey(studio, request, listener):
        if clip.name not in before:
            continue
        was = before.pop(clip.name)
        just_made = clip.entry is not None and clip.entry != was.entry
        if _needed(clip, replace(request, force=False) if just_made else request):
            still.append(clip)
        else:
            done.append(Finished(clip, "fresh"))
    done.extend(Finished(clip, "fresh") for clip in before.values())  # removed in the meantime
    return still


def _lock(studio: Studio, story: str, stack: ExitStack, *, timeout: float) -> bool:
    from filelock import FileLock, Timeout

    with _writable(studio):
        lock: FileLock = FileLock(studio.locks / f"render-{story}.lock", timeout=timeout)
        try:
            stack.enter_context(lock)
        except Timeout:
            return False
    return True


@contextmanager
def _writable(studio: Studio) -> Iterator[None]:
    """Turn a folder that cannot be written to into one sentence."""
    try:
        studio.locks.mkdir(parents=True, exist_ok=True)
        studio.work.mkdir(parents=True, exist_ok=True)
        studio.clips.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise InputError(
            f"{printable(studio.manifest.parent)}: nothing can be written there "
            f"({error.strerror or error})."
        ) from error


@contextmanager
def _open(workers: int | None, scheduler: str | None, listener: Listener) -> Iterator[Farm]:
    from litnet.clips.farm import exposed, open_farm  # only where there is something to do

    if scheduler is not None and (warning := exposed(scheduler)):
        listener.say(warning)
    with open_farm(workers, scheduler) as farm:
        yield farm


def _render(
    studio: Studio,
    request: Request,
    clips: list[Standing],
    listener: Listener,
    open_farm: Opens,
    stop: threading.Event,
) -> list[Finished]:
    if not clips:
        return []
    listener.begin(clips)
    done: list[Finished] = []

    def end(one: Finished) -> None:
        done.append(one)
        listener.end(one)

    clip_of: dict[RenderTask, list[Standing]] = {}
    for clip in clips:
        try:
            clip_of.setdefault(task_of(studio, clip, request.quality), []).append(clip)
        except InputError as error:
            end(Finished(clip, "failed", str(error)))

    def on_progress(progress: Progress) -> None:
        for clip in clip_of[progress.task]:
            total = progress.frames_total
            if total is None and clip.entry is not None:
                seconds = clip.entry.frames / clip.entry.quality.frame_rate
                total = round(seconds * progress.task.frame_rate)  # as many as it had
            listener.progress(clip, progress.frames_done, total)

    unlisted: list[Entry] = []
    listed = time.monotonic()
    try:
        with work_folder(studio) as folder, open_farm() as farm:
            films = farm.render(
                list(clip_of), folder, on_progress, caching=request.caching, stop=stop
            )
            for outcome in films:
                for clip in clip_of[outcome.task]:
                    if outcome.video is None or outcome.record is None:
                        why = no_space(folder) or outcome.error or "nobody says why"
                        end(Finished(clip, "failed", why))
                        continue
                    assert clip.story is not None, "task_of refuses the others"
                    try:
                        record = msgspec.convert(outcome.record, Record)
                        entry = publish(studio, clip.story, clip.name, outcome.video, record)
                    except (InputError, msgspec.ValidationError) as error:
                        end(Finished(clip, "failed", str(error)))
                        continue
                    unlisted.append(entry)
                    end(Finished(clip, "rendered"))
                if outcome.video is not None:
                    with contextlib.suppress(OSError):
                        outcome.video.unlink()  # many clips would fill the disk twice
                if unlisted and time.monotonic() - listed > LISTED_EVERY:
                    add_to_manifest(studio, unlisted)
                    unlisted, listed = [], time.monotonic()
    finally:
        if unlisted:
            add_to_manifest(studio, unlisted)
    missing = {clip.name for clip in clips} - {one.clip.name for one in done}
    for clip in clips:
        if clip.name in missing:
            end(Finished(clip, "failed", "the farm gave it up"))
    return done


def task_of(studio: Studio, clip: Standing, quality: Quality | None) -> RenderTask:
    """What is to be rendered for a clip; raises InputError if nobody knows what it shows."""
    if clip.story is None:
        raise InputError(
            f"{clip.name} cannot be made again ({'; '.join(clip.reasons)}); "
            f"remove its files from {studio.clips}, or render its variant with --digit, --model "
            "and --language."
        )
    configured = studio.configured()
    variant = msgspec.structs.replace(
        clip.variant,
        model=clip.variant.model or configured.model,
        digit=clip.variant.digit or configured.digit,
        language=clip.variant.language or configured.language,
    )
    size = quality or (clip.entry.quality if clip.entry else PUBLISHED)
    return RenderTask(clip.story.scene, clip.story.file, variant, size)


# --- where films are made ------------------------------------------------------------------------
@contextmanager
def work_folder(studio: Studio) -> Iterator[Path]:
    """A folder for this process alone; it is gone afterwards, and if not, ``clear_work`` helps."""
    from filelock import FileLock

    with _writable(studio):
        # The lock comes before the folder and goes after it: a folder whose lock is free is dead.
        lock = FileLock(studio.work / f"{os.getpid()}-{secrets.token_hex(4)}.lock")
        lock.acquire()
        folder = Path(lock.lock_file).with_suffix("")
    try:
        with _writable(studio):
            folder.mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def clear_work(studio: Studio) -> None:
    """Remove the work folders, and the locks, of processes that are no more."""
    from filelock import FileLock, Timeout

    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for path in list(studio.work.iterdir()):
            folder = path.with_suffix("") if path.suffix == ".lock" else path
            lock = FileLock(folder.with_name(f"{folder.name}.lock"), timeout=0)
            with contextlib.suppress(Timeout, OSError), lock:
                shutil.rmtree(folder, ignore_errors=True)
                with contextlib.suppress(OSError):
                    folder.unlink(missing_ok=True)
                Path(lock.lock_file).unlink(missing_ok=True)


class Silent:
    """Nobody listens."""

    def begin(self, clips: Sequence[Standing]) -> None:
        """Nothing."""

    def progress(self, clip: Standing, frames_done: int, frames_total: int | None) -> None:
        """Nothing."""

    def end(self, done: Finished) -> None:
        """Nothing."""

    def say(self, text: str) -> None:
        """Nothing."""
