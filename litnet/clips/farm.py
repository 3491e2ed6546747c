"""Renders many clips on all cores, or on all the machines of a Dask cluster.

The seam is the one of ``concurrent.futures``: a crew takes jobs (``litnet.clips.ranges``) and gives
futures. One crew is of processes of this machine, the other one is of a Dask cluster, whose
workers need not share a disk with this machine: what a job reads travels with it, and what it
makes travels back.

How clips are divided: as long as there are at least as many clips as workers, each is one job. The
clips that are left over, and those of a farm with more workers than clips, are each split into so
many ranges of animations that every worker has one.

This module does not import manim.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import queue
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from litnet.clips.ranges import Job, merged, split
from litnet.clips.settings import ROOT, picture_settings
from litnet.clips.task import RenderTask
from litnet.clips.worker import Worker, WorkerLost
from network import InputError

LOG = logging.getLogger(__name__)
ATTEMPTS = 3
REACH = 5.0  # seconds in which a scheduler has to answer
GONE = 5.0  # seconds after which a scheduler that does not answer any more is gone
DECIDE = ("manim", "numpy", "scipy", "numba", "pycairo", "av", "pillow", "manimpango")


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


class FarmLost(Exception):
    """Nobody is left who could do the jobs."""


class Crew(Protocol):
    """Whoever does the jobs."""

    @property
    def size(self) -> int:
        """How many jobs are done at a time; at least 1."""

    def submit(
        self, job: Job, folder: Path, on_frames: Callable[[int], None]
    ) -> Future[dict[str, Any]]:
        """Have a job done, its files in ``folder``; as :func:`litnet.clips.ranges.run`."""

    def check(self) -> None:
        """Raise :class:`FarmLost` if there is no hope left."""

    def stop(self) -> None:
        """End every job at once; another one may be given afterwards."""

    def close(self) -> None:
        """Leave nothing behind."""


class LocalCrew:
    """Processes of this machine, each kept warm by a thread that waits for it."""

    def __init__(self, workers: int, time_limit: float | None) -> None:
        self.size = workers
        self._time_limit = time_limit
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="farm")
        self._free: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        self._workers = [Worker() for _ in range(workers)]
        self._stopping = 0
        for worker in self._workers:
            self._free.put(worker)

    def submit(
        self, job: Job, folder: Path, on_frames: Callable[[int], None]
    ) -> Future[dict[str, Any]]:
        """As :class:`Crew`."""
        return self._threads.submit(self._run, self._stopping, job, folder, on_frames)

    def _run(
        self, when: int, job: Job, folder: Path, on_frames: Callable[[int], None]
    ) -> dict[str, Any]:
        worker = self._free.get()
        try:
            if when != self._stopping:
                raise CancelledError
            shutil.rmtree(folder, ignore_errors=True)  # what an attempt before left there
            return worker.run(job, folder, on_frames, self._time_limit)
        finally:
            self._free.put(worker)

    def check(self) -> None:
        """A lost process is replaced, so there is always hope."""

    def stop(self) -> None:
        """As :class:`Crew`."""
        self._stopping += 1
        for worker in self._workers:
            worker.kill()

    def close(self) -> None:
        """As :class:`Crew`."""
        self._stopping += 1
        for worker in self._workers:
            worker.close()
        self._threads.shutdown(wait=True, cancel_futures=True)


# --- machines that share nothing but a scheduler -------------------------------------------------
@dataclass(frozen=True)
class Parcel:
    """A job with all that it reads: ``inputs`` are (field of the task, name, shown path, bytes).

    The first of a field is the one that the task names, the others belong beside it.
    """

    job: Job
    inputs: tuple[tuple[str, str, str, bytes], ...]
    needs: dict[str, str]
    time_limit: float | None


@dataclass
class Delivery:
    """What a job gave, with its files (name in the job's folder: bytes)."""

    result: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)


@cache
def needed() -> dict[str, str]:
    """What has to be the same on each machine for the same pixels: versions, and digests.

    ``"manim.cfg"`` is what the project's and a person's own set that is seen in a film;
    ``"litnet"`` is the SHA-256 of the packages, the assets but the models, and pyproject.toml.
    """
    digest = hashlib.sha256()
    files = [ROOT / "pyproject.toml"]
    for folder in ("network", "litnet", "assets"):
        files.extend(path for path in (ROOT / folder).rglob("*") if path.is_file())
    for path in sorted(files):
        if "__pycache__" in path.parts or path.is_relative_to(ROOT / "assets" / "models"):
            continue
        if path.exists():
            digest.update(f"{path.relative_to(ROOT).as_posix()} {path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    found = {package: version(package) for package in DECIDE}
    found["manim.cfg"] = json.dumps(picture_settings())
    return {**found, "litnet": digest.hexdigest()[:16]}


def shown(path: Path) -> str:
    """A path as a record has it."""
    resolved = path.resolve()
    return resolved.relative_to(ROOT).as_posix() if resolved.is_relative_to(ROOT) else str(path)


def pack(job: Job, time_limit: float | None) -> Parcel:
    """Everything that a machine without our disk needs for a job.

    Raises
    ------
    InputError
        A file cannot be read.
    """
    inputs = []
    for name in ("file", "model", "before", "digit"):
        path: Path | None = getattr(job.task, name)
        if path is None:
            continue
        try:
            inputs.append((name, path.name, shown(path), path.read_bytes()))
            card = path.with_suffix(".md")  # names the classes
            if name in ("model", "before") and card.is_file():
                inputs.append((name, card.name, shown(card), card.read_bytes()))
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}).") from error
    return Parcel(job, tuple(inputs), needed(), time_limit)


_idle: queue.LifoQueue[Worker] = queue.LifoQueue()  # of a Dask worker, between its jobs


def deliver(parcel: Parcel) -> Delivery:
    """Do a job on a machine that has litnet, but not our files.

    Raises
    ------
    WorkerLost
        As :meth:`Worker.run`.
    """
    here = needed()
    for what, wanted in parcel.needs.items():
        if here.get(what) != wanted:
            return Delivery(
                {
                    "error": f"a worker has {what} {here.get(what)}, expected {wanted} as on the "
                    "machine that asks: install the same there."
                }
            )
    try:
        worker = _idle.get_nowait()
    except queue.Empty:
        worker = Worker()
    with tempfile.TemporaryDirectory(prefix="litnet-", ignore_cleanup_errors=True) as name:
        base = Path(name).resolve()
        paths: dict[str, Any] = {}
        names: dict[str, str] = {}
        roles = dict.fromkeys(role for role, *_ in parcel.inputs)
        for role in roles:
            files = [entry[1:] for entry in parcel.inputs if entry[0] == role]
            if all(_is_ours(shown_as, data) for _, shown_as, data in files):
                paths[role] = ROOT / files[0][1]
                continue
            paths[role] = base / role / files[0][0]
            paths[role].parent.mkdir()
            for file, shown_as, data in files:
                place = paths[role].with_name(file)
                place.write_bytes(data)
                names[str(place)] = shown_as
        job = replace(parcel.job, task=replace(parcel.job.task, **paths))
        result = worker.run(job, base / "job", time_limit=parcel.time_limit)
        _idle.put(worker)
        if "error" in result:
            for path, shown_as in names.items():
                result["error"] = result["error"].replace(path, shown_as)
            return Delivery(result)
        delivery = Delivery(result)
        listed = [result.get(key) for key in ("video", "record", "sound")]
        for made in (*listed, *result.get("segments", ())):
            if made:
                data = (base / "job" / made).read_bytes()
                delivery.files[made] = _renamed(data, names) if made.endswith(".json") else data
        return delivery


def _is_ours(shown_as: str, data: bytes) -> bool:
    """Whether a file of the project is here, too; a bundled digit is known by its place."""
    own = ROOT / shown_as
    return not Path(shown_as).is_absolute() and own.is_file() and own.read_bytes() == data


def _renamed(data: bytes, names: dict[str, str]) -> bytes:
    """A record in which the files of another machine are called as they are here."""
    record = json.loads(data)
    for entry in (*record["inputs"], record["source"], record["variant"], *record["readings"]):
        for key, value in entry.items():
            if isinstance(value, str):
                entry[key] = names.get(value, value)
    record["inputs"].sort(key=lambda entry: (entry["role"], entry["path"]))
    return json.dumps(record).encode()


class DaskCrew:
    """The workers of a Dask cluster; each has to have this litnet, and nothing else of ours."""

    def __init__(self, address: str, time_limit: float | None) -> None:
        try:
            from distributed import Client
            from distributed.security import Security
        except ImportError as error:
            raise InputError(
                "A scheduler needs Dask, which is not installed: pip install 'litnet[farm]'."
            ) from error
        # It says the same as we do, with tracebacks.
        for logger in ("client", "core", "comm"):
            logging.getLogger(f"distributed.{logger}").setLevel(logging.CRITICAL)
        untyped: Any = Security
        security = untyped()
        if address.startswith("tls:") and not security.get_connection_args("client")["ssl_context"]:
            raise InputError(
                f"{address} wants a certificate, but none is named in Dask's settings "
                "(DASK_DISTRIBUTED__COMM__TLS__CA_FILE, ...__CLIENT__CERT and ...__CLIENT__KEY)."
            )
        try:
            untyped = Client
            self._client = untyped(address, timeout=REACH, set_as_default=False, name="litnet")
        except (OSError, ValueError, ImportError) as error:
            raise InputError(
                f"No scheduler answers at {address} within {REACH:g} s; "
                "expected a running one, for example tcp://127.0.0.1:8786."
            ) from error
        self.address = address
        self._time_limit = time_limit
        self._since: float | None = None
        self._joiner = LocalCrew(1, time_limit)

    @property
    def size(self) -> int:
        """Threads of all workers; 1 where none has come yet."""
        return max(1, int(sum(self._client.nthreads().values())))

    def submit(
        self, job: Job, folder: Path, on_frames: Callable[[int], None]
    ) -> Future[dict[str, Any]]:
        """As :class:`Crew`; the parts of a film are joined here, where they arrive."""
        if job.kind == "join":
            return self._joiner.submit(job, folder, on_frames)
        parcel = pack(job, self._time_limit)
        theirs = self._client.submit(deliver, parcel, pure=False, retries=0)
        ours: Future[dict[str, Any]] = Future()

        def arrived(remote: Any) -> None:
            try:
                delivery = remote.result(timeout=60)
                for name, data in delivery.files.items():
                    path = folder / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(data)
                found = delivery.result
            except BaseException as error:  # of whatever kind, it belongs to the future
                with contextlib.suppress(Exception):
                    ours.set_exception(_local_error(error))
            else:
                with contextlib.suppress(Exception):
                    ours.set_result(found)

        theirs.add_done_callback(arrived)
        ours.add_done_callback(lambda done: theirs.cancel() if done.cancelled() else None)
        return ours

    def check(self) -> None:
        """As :class:`Crew`."""
        if self._client.status == "running":
            self._since = None
            return
        self._since = self._since or time.monotonic()
        if time.monotonic() - self._since > GONE:
            raise FarmLost(f"the scheduler at {self.address} does not answer any more")

    def stop(self) -> None:
        """As :class:`Crew`; the cluster drops what its client no longer asks for."""
        self._joiner.stop()

    def close(self) -> None:
        """As :class:`Crew`."""
        self._joiner.close()
        closing = threading.Thread(target=self._close_client, daemon=True)
        closing.start()
        closing.join(3)

    def _close_client(self) -> None:
        with contextlib.suppress(Exception):
            self._client.close(timeout=2)


def _local_error(error: BaseException) -> BaseException:
    """What happened on the cluster, as it would be said of a worker of this machine."""
    if isinstance(error, (WorkerLost, InputError, OSError)):
        return error
    if type(error).__name__ in ("KilledWorker", "FutureCancelledError", "CancelledError"):
        return WorkerLost("a worker died")
    return RuntimeError(f"{type(error).__name__}: {error}")


# --- clips into jobs, and jobs into clips ---------------------------------------------------------
@dataclass(eq=False)
class _Clip:
    """A task on its way."""

    number: int
    task: RenderTask
    parts: int
    frames: dict[str, int] = field(default_factory=dict)  # drawn, by job
    total: int | None = None
    plan: dict[str, Any] | None = None
    ranges: list[range] = field(default_factory=list)
    made: dict[int, dict[str, Any]] = field(default_factory=dict)
    futures: set[Future[dict[str, Any]]] = field(default_factory=set)
    over: bool = False


def _absolute(task: RenderTask) -> RenderTask:
    """The task with paths that mean the same in every working directory."""
    return replace(
        task,
        file=task.file.absolute(),
        model=task.model.absolute(),
        digit=task.digit.absolute(),
        before=task.before.absolute() if task.before else None,
    )


def shares(clips: int, workers: int) -> list[int]:
    """Into how many ranges each clip is split: whole clips first, the rest for every worker."""
    left = clips % workers
    return [1] * (clips - left) + [-(-workers // left)] * left if left else [1] * clips


class Farm:
    """Renders tasks; made by :func:`open_farm`."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew

    def render(
        self,
        tasks: Sequence[RenderTask],
        folder: Path,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> Iterator[Outcome]:
        """Films of tasks as they are finished, each a file below ``folder``.

        ``on_progress`` is called in this thread. Leaving the iteration early ends the jobs.
        """
        folder = folder.resolve()
        events: queue.SimpleQueue[Callable[[], Outcome | None]] = queue.SimpleQueue()
        clips = [
            _Clip(number, task, parts)
            for number, (task, parts) in enumerate(
                zip(tasks, shares(len(tasks), self._crew.size), strict=True)
            )
        ]

        def give(clip: _Clip, job: Job, attempt: int = 1) -> None:
            name = f"{job.kind}-{job.start}"
            job = replace(job, task=_absolute(job.task))
            place = folder / f"{clip.number:05}-{clip.task.scene}" / name

            def heard(drawn: int) -> None:
                events.put(lambda: progress(clip, name, drawn))

            try:
                future = self._crew.submit(job, place, heard)
            except InputError as error:
                message = str(error)
                events.put(lambda: fail(clip, message))
                return
            clip.futures.add(future)
            future.add_done_callback(
                lambda done: events.put(lambda: finished(clip, job, place, attempt, done))
            )

        def progress(clip: _Clip, name: str, drawn: int) -> None:
            if not clip.over:
                clip.frames[name] = drawn
                on_progress(Progress(clip.task, sum(clip.frames.values()), clip.total))

        def fail(clip: _Clip, why: str) -> Outcome | None:
            if clip.over:
                return None
            clip.over = True
            for future in list(clip.futures):
                future.cancel()
            return Outcome(clip.task, None, None, why)

        def finished(
            clip: _Clip, job: Job, place: Path, attempt: int, done: Future[dict[str, Any]]
        ) -> Outcome | None:
            clip.futures.discard(done)
            if clip.over or done.cancelled():
                return None
            try:
                result = done.result()
            except WorkerLost as error:
                LOG.info("%s at %s of %s, attempt %d", error, job.kind, clip.task, attempt)
                if attempt >= ATTEMPTS:
                    return fail(clip, f"{error}, {attempt} times in a row.")
                give(clip, job, attempt + 1)
                return None
            except (CancelledError, FarmLost):
                return None
            except Exception as error:
                return fail(clip, f"{type(error).__name__}: {error}")
            if "error" in result:
                return fail(clip, result["error"])
            return after[job.kind](clip, job, place, result)

        def planned(clip: _Clip, job: Job, place: Path, result: dict[str, Any]) -> None:
            clip.total = sum(result["lengths"])
            clip.plan = result | {"place": place}
            clip.ranges = split(result["lengths"], clip.parts)
            for part in clip.ranges:
                give(clip, Job(clip.task, "part", part.start, part.stop))

        def drawn(clip: _Clip, job: Job, place: Path, result: dict[str, Any]) -> None:
            assert clip.plan is not None
            clip.made[job.start] = result | {"place": place}
            progress(clip, f"part-{job.start}", sum(clip.plan["lengths"][job.start : job.stop]))
            if len(clip.made) < len(clip.ranges):
                return
            parts = [clip.made[part.start] for part in clip.ranges]
            record = json.loads((clip.plan["place"] / clip.plan["record"]).read_text("utf-8"))
            sound = clip.plan["sound"]
            give(
                clip,
                Job(
                    clip.task,
                    "join",
                    segments=tuple(part["place"] / s for part in parts for s in part["segments"]),
                    sound=clip.plan["place"] / sound if sound else None,
                    record=merged(record, [part["shown"] for part in parts]),
                ),
            )

        def whole(clip: _Clip, job: Job, place: Path, result: dict[str, Any]) -> Outcome:
            record = json.loads((place / result["record"]).read_text("utf-8"))
            own = place.parent
            video = own / Path(result["video"]).name
            (place / result["video"]).replace(video)
            (place / result["record"]).replace(video.with_suffix(".json"))
            for rest in own.iterdir():  # segments: many clips would fill the disk twice
                if rest.is_dir():
                    shutil.rmtree(rest, ignore_errors=True)
            clip.total = record["video"]["frames"]
            clip.frames = {"whole": record["video"]["frames"]}
            on_progress(Progress(clip.task, record["video"]["frames"], clip.total))
            clip.over = True
            return Outcome(clip.task, video, record, None)

        after: dict[str, Callable[[_Clip, Job, Path, dict[str, Any]], Outcome | None]] = {
            "plan": planned,
            "part": drawn,
            "join": whole,
            "whole": whole,
        }
        # Plans first: they are short, and what they give is wanted when the whole clips run out.
        for clip in sorted(clips, key=lambda clip: clip.parts == 1):
            give(clip, Job(clip.task, "whole" if clip.parts == 1 else "plan"))
        try:
            while not all(clip.over for clip in clips):
                try:
                    outcome = events.get(timeout=0.5)()
                except queue.Empty:
                    self._crew.check()
                    continue
                if outcome is not None:
                    yield outcome
        except FarmLost as error:
            for clip in clips:
                if (outcome := fail(clip, f"{error}.")) is not None:
                    yield outcome
        finally:
            if any(not clip.over for clip in clips):
                for clip in clips:
                    clip.over = True
                    for future in list(clip.futures):
                        future.cancel()
                self._crew.stop()


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
        crew = DaskCrew(scheduler, time_limit)
    try:
        yield Farm(crew)
    finally:
        crew.close()
