"""A job on a machine that has litnet, but not our files: what travels there, and what comes back.

There: the job with all that it reads. Back: plain data, which is the job's result and its files by
names that are set; where they are written is decided here.
"""

from __future__ import annotations

import hashlib
import json
import queue
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, ValidationError, convert, to_builtins

from litnet.clips.farm.checks import MOST_FILM, Wrong
from litnet.clips.farm.jobs import PLAN, RECORD, Job, Lost, Result, WorkerLost, files_of
from litnet.clips.farm.process import Worker
from litnet.project import HOME, asset, current, picture_settings, real_path, shown_path
from litnet.record.current import PACKAGES
from litnet.record.modules import PROJECT, import_closure
from network.errors import InputError, printable

FILMED = ("model", "baseline", "digit")  # files that a variant names


@dataclass(frozen=True)
class Parcel:
    """A job with all that it reads: ``inputs`` are (field of the task, name, shown path, bytes).

    The first of a field is the one that the task names, the others belong beside it. ``key`` names
    the job; ``topic`` is where Dask's workers say, every ``beat`` seconds, how far it is.
    """

    job: Job
    inputs: tuple[tuple[str, str, str, bytes], ...]
    needs: dict[str, str]
    time_limit: float | None
    key: str = ""
    topic: str | None = None
    beat: float = 5.0


class Delivery(Struct, frozen=True, tag="delivery", forbid_unknown_fields=True):
    """What a job gave, with its files (name as in ``jobs``: bytes)."""

    result: Result
    files: dict[str, bytes]


# --- there ---------------------------------------------------------------------------------------
@cache
def needed() -> dict[str, str]:
    """What has to be the same on each machine for the same pixels: versions, and digests.

    ``"manim.cfg"`` is what the project's and a person's own set that is seen in a film;
    ``"litnet"`` is the SHA-256 of the packages, the assets but the models, and pyproject.toml.
    """
    digest = hashlib.sha256()
    own = current().file
    files = {own.name: own} if own is not None else {}
    for folder in (HOME / "network", HOME / "litnet", asset("assets")):
        for path in folder.rglob("*"):
            files[f"{folder.name}/{path.relative_to(folder).as_posix()}"] = path
    for name, path in sorted(files.items()):
        if "__pycache__" in path.parts or name.startswith(("assets/models/", "litnet/_data/")):
            continue
        if path.is_file():
            digest.update(f"{name} {path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    found = {package: version(package) for package in PACKAGES}
    found["manim.cfg"] = json.dumps(picture_settings())
    return {**found, "litnet": digest.hexdigest()[:16]}


def pack(job: Job, time_limit: float | None) -> Parcel:
    """Everything that a machine without our disk needs for a job.

    Raises
    ------
    InputError
        A file cannot be read.
    """
    inputs = []
    task = job.task
    paths = {name: getattr(task.variant, name) for name in FILMED}
    wanted = {"file": task.file} | {n: real_path(p) for n, p in paths.items() if p is not None}
    for name, path in wanted.items():
        beside = [path]
        if name in ("model", "baseline") and path.with_suffix(".md").is_file():
            beside.append(path.with_suffix(".md"))  # names the classes
        if name == "file":
            beside += _own_modules(path)
        for one in beside:
            place = one.relative_to(path.parent).as_posix()
            try:
                inputs.append((name, place, shown_path(one), one.read_bytes()))
            except OSError as error:
                raise InputError(f"{printable(one)}: cannot be read ({error.strerror}).") from error
    return Parcel(job, tuple(inputs), needed(), time_limit)


def _own_modules(story: Path) -> list[Path]:
    """The modules beside a story that it imports, which are none of litnet's."""
    folders = [HOME / name for name in PROJECT]
    return [
        path
        for path in import_closure(story)
        if path.is_relative_to(story.parent) and not any(map(path.is_relative_to, folders))
    ]


_idle: queue.LifoQueue[Worker] = queue.LifoQueue()  # of a Dask worker, between its jobs


def deliver(parcel: Parcel) -> dict[str, Any]:
    """Do a job on a machine that has litnet, but not our files; what :func:`unpack` reads."""
    plain: dict[str, Any] = to_builtins(_delivered(parcel), builtin_types=(bytes,))
    return plain


def _delivered(parcel: Parcel) -> Delivery | Lost:
    here = needed()
    for what, wanted in parcel.needs.items():
        if here.get(what) != wanted:
            return _failed(
                f"a worker has {what} {here.get(what)}, expected {wanted} as on the "
                "machine that asks: install the same there."
            )
    try:
        worker = _idle.get_nowait()
    except queue.Empty:
        worker = Worker()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="litnet-", ignore_cleanup_errors=True) as name,
            _signs_of_life(parcel) as on_frames,
        ):
            return _done(parcel, Path(name).resolve(), worker, on_frames)
    except WorkerLost as error:
        return Lost(str(error))
    except OSError as error:
        return _failed(f"a worker cannot keep a job's files ({error.strerror or error}).")
    finally:
        _idle.put(worker)


def _failed(why: str) -> Delivery:
    return Delivery(Result(error=why), {})


def _done(parcel: Parcel, base: Path, worker: Worker, on_frames: Callable[[int], None]) -> Delivery:
    paths: dict[str, Any] = {}
    names: dict[str, str] = {}
    for role in dict.fromkeys(role for role, *_ in parcel.inputs):
        files = [entry[1:] for entry in parcel.inputs if entry[0] == role]
        if all(_is_ours(shown_as, data) for _, shown_as, data in files):
            paths[role] = real_path(files[0][1])
            continue
        paths[role] = base / role / files[0][0]
        for file, shown_as, data in files:
            place = paths[role].parent / file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
            names[str(place)] = shown_as
    task = parcel.job.task
    chosen = {name: shown_path(paths[name]) for name in FILMED if name in paths}
    variant = msgspec.structs.replace(task.variant, **chosen)
    job = replace(parcel.job, task=replace(task, file=paths["file"], variant=variant))
    result = worker.run(job, base / "job", on_frames, parcel.time_limit)
    if result.error is not None:
        why = result.error
        for path, shown_as in names.items():
            why = why.replace(path, shown_as)
        return _failed(why)
    made = {name: (base / "job" / name).read_bytes() for name in files_of(job, result)}
    for name in {PLAN, RECORD} & made.keys():
        made[name] = _renamed(made[name], names)
    return Delivery(result, made)


def _is_ours(shown_as: str, data: bytes) -> bool:
    """Whether a file of the project is here, too; a bundled digit is known by its place."""
    own = real_path(shown_as)
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


@contextmanager
def _signs_of_life(parcel: Parcel) -> Iterator[Callable[[int], None]]:
    """Say every few seconds that a job is still at work here, and how many frames are drawn."""
    if parcel.topic is None:
        yield lambda frames: None
        return
    from distributed import get_worker

    untyped: Any = get_worker
    dask = untyped()
    drawn, over = 0, threading.Event()

    def heard(frames: int) -> None:
        nonlocal drawn
        drawn = frames

    def speak() -> None:
        while True:
            dask.log_event(parcel.topic, [parcel.key, drawn])
            if over.wait(parcel.beat):
                return

    speaking = threading.Thread(target=speak, daemon=True)
    speaking.start()
    try:
        yield heard
    finally:
        over.set()


# --- and back ------------------------------------------------------------------------------------
def unpack(data: object, job: Job, folder: Path) -> Result:
    """What a delivery says of a job, and its files written into ``folder``, which is made.

    Raises
    ------
    WorkerLost
        The process of the job died there.
    Wrong
        It is no delivery, or one of other files than the job's.
    """
    try:
        found: Delivery | Lost = convert(data, Delivery | Lost)
    except (ValidationError, RecursionError) as error:
        raise Wrong(f"no delivery ({printable(error)})") from error
    if isinstance(found, Lost):
        raise WorkerLost(printable(found.why))
    expected = files_of(job, found.result)
    if found.files.keys() != set(expected):
        odd = next(iter(found.files.keys() ^ set(expected)))
        what = "which nobody asked for" if odd in found.files else "which is missing"
        raise Wrong(f"other files than expected: {printable(odd)!r}, {what}")
    size = sum(map(len, found.files.values()))
    if size > MOST_FILM:
        raise Wrong(f"{size:,} bytes, expected at most {MOST_FILM:,}")
    folder.mkdir(parents=True)
    for name in expected:  # the names are ours
        (folder / name).write_bytes(found.files[name])
    return found.result
