"""The farm: clips become jobs, and what the jobs give becomes clips."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from litnet.clips.farm import checks
from litnet.clips.farm.checks import Wrong
from litnet.clips.farm.crews import Crew, LocalCrew
from litnet.clips.farm.jobs import (
    FILM,
    MOST_WORDS,
    PLAN,
    RECORD,
    SHOWN,
    SOUND,
    FarmLost,
    Job,
    Result,
    WorkerLost,
    segment,
)
from litnet.clips.farm.ranges import merged, shares, split
from litnet.clips.space import no_space
from litnet.clips.stopping import check
from litnet.clips.task import RenderTask
from network.errors import InputError, printable
from network.files import real

LOG = logging.getLogger(__name__)
ATTEMPTS = 3


@dataclass(frozen=True)
class Progress:
    """How far a clip is: frames that are drawn, and how many there will be, where that is known."""

    task: RenderTask
    frames_done: int
    frames_total: int | None


@dataclass(frozen=True)
class Outcome:
    """What became of a task: an unpublished film with its record, or one sentence why not."""

    task: RenderTask
    video: Path | None
    record: dict[str, Any] | None
    error: str | None


@dataclass(frozen=True)
class _Given:
    """A job that somebody has: its files come into ``folder``."""

    job: Job
    folder: Path
    attempt: int = 1


@dataclass(eq=False)
class _Order:
    """A task on its way to a film."""

    task: RenderTask
    folder: Path
    parts: int
    plan: _Given | None = None
    lengths: tuple[int, ...] = ()
    sound: bool = False
    ranges: list[range] = field(default_factory=list)
    drawn: dict[int, tuple[_Given, int]] = field(
        default_factory=dict
    )  # segments, by first animation
    frames: dict[str, int] = field(default_factory=dict)  # drawn, by job
    total: int | None = None
    futures: set[Future[Result]] = field(default_factory=set)
    over: bool = False


class Farm:
    """Renders tasks; made by :func:`open_farm`."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew

    def render(
        self,
        tasks: Sequence[RenderTask],
        folder: Path,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        *,
        caching: bool = True,
        stop: threading.Event | None = None,
    ) -> Iterator[Outcome]:
        """Films of tasks as they are finished, each a file below ``folder``.

        ``on_progress`` is called in this thread. Leaving the iteration early ends the jobs. With
        ``caching``, plays that films before have shown are not drawn again. Raises ``Stopped`` when
        somebody sets ``stop``.
        """
        return _Rendering(self._crew, tasks, real(folder), on_progress, caching, stop).outcomes()


class _Rendering:
    """One call of :meth:`Farm.render`. Jobs end in threads of the crew's; each end waits in
    ``_events`` until the one thread that listens to the outcomes takes it up."""

    def __init__(
        self,
        crew: Crew,
        tasks: Sequence[RenderTask],
        folder: Path,
        on_progress: Callable[[Progress], None],
        caching: bool,
        stop: threading.Event | None,
    ) -> None:
        self._crew = crew
        self._caching, self._stop = caching, stop
        self._folder = folder
        self._on_progress = on_progress
        self._events: queue.SimpleQueue[Callable[[], Outcome | None]] = queue.SimpleQueue()
        self._orders = [
            _Order(task, folder / f"{number:05}-{task.scene}", parts)
            for number, (task, parts) in enumerate(
                zip(tasks, shares(len(tasks), crew.size), strict=True)
            )
        ]

    def outcomes(self) -> Iterator[Outcome]:
        """As :meth:`Farm.render`."""
        try:
            # Plans first: they are short, and their parts are wanted when the whole clips run out.
            for order in sorted(self._orders, key=lambda order: order.parts == 1):
                kind: Literal["whole", "plan"] = "whole" if order.parts == 1 else "plan"
                self._give(order, Job(order.task, kind))
            while not all(order.over for order in self._orders):
                check(self._stop)
                try:
                    outcome = self._events.get(timeout=0.5)()
                except queue.Empty:
                    self._crew.check()
                    continue
                if outcome is not None:
                    yield outcome
        except FarmLost as error:
            for order in self._orders:
                if (outcome := self._fail(order, f"{str(error).rstrip('.')}.")) is not None:
                    yield outcome
        finally:
            if any(not order.over for order in self._orders):
                for order in self._orders:
                    self._end(order)
                self._crew.stop()

    # --- jobs ------------------------------------------------------------------------------------
    def _give(self, order: _Order, job: Job, attempt: int = 1) -> None:
        """Have a job done; raises FarmLost if nobody is left who could."""
        name = f"{job.kind}-{job.start}"
        # A job that was given up may still write what it makes.
        given = _Given(
            replace(job, task=_absolute(job.task), caching=self._caching),
            order.folder / f"{name}-{attempt}",
            attempt,
        )

        def heard(frames: int) -> None:
            self._events.put(lambda: self._progressed(order, name, frames))

        def ended(future: Future[Result]) -> None:
            self._events.put(lambda: self._ended(order, given, future))

        try:
            future = self._crew.submit(given.job, given.folder, heard)
        except InputError as error:
            why = str(error)
            self._events.put(lambda: self._fail(order, why))
            return
        order.futures.add(future)
        future.add_done_callback(ended)

    def _progressed(self, order: _Order, name: str, frames: int) -> None:
        if not order.over:
            order.frames[name] = frames
            self._on_progress(Progress(order.task, sum(order.frames.values()), order.total))

    def _ended(self, order: _Order, given: _Given, future: Future[Result]) -> Outcome | None:
        """A job gave something, or nothing."""
        order.futures.discard(future)
        if order.over or future.cancelled():
            return None
        error = future.exception()
        if error is not None and (full := no_space(self._folder)):
            return self._fail(order, f"{full}.")
        if isinstance(error, WorkerLost):
            LOG.info("%s at %s of %s, attempt %d", error, given.job.kind, order.task, given.attempt)
            if given.attempt >= ATTEMPTS:
                return self._fail(order, f"{error}, {given.attempt} times in a row.")
            self._give(order, given.job, given.attempt + 1)
            return None
        if isinstance(error, Wrong):
            return self._fail(order, f"a worker gave back {error}.")
        if isinstance(error, (CancelledError, FarmLost)):
            return None
        if error is not None:
            return self._fail(order, f"{type(error).__name__}: {error}")
        try:
            return self._gave(order, given, future.result())
        except Wrong as wrong:
            return self._fail(order, f"a worker gave back {wrong}.")
        except OSError as full:
            return self._fail(
                order, f"{order.folder}: cannot be written ({full.strerror or full})."
            )

    def _gave(self, order: _Order, given: _Given, result: Result) -> Outcome | None:
        if result.error is not None:
            return self._fail(order, result.error)
        if given.job.kind == "plan" and result.lengths:
            self._planned(order, given, result)
        elif given.job.kind == "part":
            self._drawn(order, given, result)
        else:
            return self._filmed(order, given)
        return None

    # --- what they give --------------------------------------------------------------------------
    def _planned(self, order: _Order, given: _Given, result: Result) -> None:
        if not sum(result.lengths) or len(result.lengths) != len(result.to_draw):
            raise Wrong("a plan without frames")
        order.plan, order.lengths, order.sound = given, result.lengths, result.sound
        order.total = sum(result.lengths)
        order.frames.clear()  # the parts tell of all of them
        order.ranges = split(result.to_draw, order.parts)
        for part in order.ranges:
            self._give(order, Job(order.task, "part", part.start, part.stop))

    def _drawn(self, order: _Order, given: _Given, result: Result) -> None:
        job = given.job
        wanted = sum(order.lengths[job.start : job.stop])
        segments = [given.folder / segment(number) for number in range(result.segments)]
        found = sum(checks.checked_film(file, job.task) for file in segments)
        if found != wanted:
            raise Wrong(f"a part of {found} frames, expected {wanted}")
        order.drawn[job.start] = given, result.segments
        self._progressed(order, f"part-{job.start}", wanted)
        if len(order.drawn) == len(order.ranges):
            self._join(order)

    def _join(self, order: _Order) -> None:
        assert order.plan is not None
        parts = [order.drawn[part.start] for part in order.ranges]
        task, folder = order.plan.job.task, order.plan.folder
        record = checks.checked_record(folder / PLAN, task)
        if record["video"]["frames"] != order.total:
            raise Wrong(f"a plan of {order.total} frames, and a record of another number")
        if order.sound:
            checks.check_sound(folder / SOUND)
        shown = [checks.checked_shown(given.folder / SHOWN) for given, _ in parts]
        self._give(
            order,
            Job(
                order.task,
                "join",
                segments=tuple(
                    given.folder / segment(number)
                    for given, segments in parts
                    for number in range(segments)
                ),
                sound=folder / SOUND if order.sound else None,
                record=merged(record, shown),
            ),
        )

    def _filmed(self, order: _Order, given: _Given) -> Outcome:
        task = given.job.task
        record = checks.checked_record(given.folder / RECORD, task)
        frames = checks.checked_film(given.folder / FILM, task)
        if frames != record["video"]["frames"]:
            raise Wrong(f"a film of {frames} frames, and the record of another number")
        video = order.folder / f"{task.scene}.mp4"
        (given.folder / FILM).replace(video)
        (given.folder / RECORD).replace(video.with_suffix(".json"))
        for rest in order.folder.iterdir():  # segments: many clips would fill the disk twice
            if rest.is_dir():
                shutil.rmtree(rest, ignore_errors=True)
        order.total = frames
        order.frames = {"whole": frames}
        self._on_progress(Progress(order.task, frames, order.total))
        order.over = True
        return Outcome(order.task, video, record, None)

    def _fail(self, order: _Order, why: str) -> Outcome | None:
        if order.over:
            return None
        self._end(order)
        return Outcome(order.task, None, None, printable(why, MOST_WORDS))

    def _end(self, order: _Order) -> None:
        order.over = True
        for future in list(order.futures):
            future.cancel()


def _absolute(task: RenderTask) -> RenderTask:
    """The task with paths that mean the same in every working directory."""
    return replace(task, file=task.file.absolute())


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def open_farm(
    workers: int | None = None, scheduler: str | None = None, time_limit: float | None = None
) -> Iterator[Farm]:
    """A farm of ``workers`` processes (as many as there are cores), or of a Dask cluster.

    ``scheduler`` is the address of a Dask scheduler; ``time_limit``, in seconds, is how long one
    job may take before it is given to another worker. Without one, a job may go on as long as
    it makes frames. Leaving the farm ends every process that it started, within seconds.

    Raises
    ------
    InputError
        There cannot be so many workers, or no scheduler answers there.
    """
    if workers is not None and workers < 1:
        raise InputError(f"A farm of {workers} workers renders nothing: expected at least 1.")
    if time_limit is not None and not time_limit > 0:
        raise InputError(f"A time limit of {time_limit:g} s is over at once: expected more than 0.")
    crew: Crew
    if scheduler is None:
        crew = LocalCrew(workers or cores(), time_limit)
    elif workers is not None:
        raise InputError("The workers of a scheduler are its own: leave their number out.")
    else:
        from litnet.clips.farm.cluster import DaskCrew

        crew = DaskCrew(scheduler, time_limit)
    try:
        yield Farm(crew)
    finally:
        crew.close()
