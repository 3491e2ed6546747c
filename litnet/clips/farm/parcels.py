"""A job on a machine that has litnet, but not our files: what travels there, and what comes back.

There: the job with all that it reads. Back: bytes, which hold the job's result and the files that
it names by their kind alone; where they are written is decided here.
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

from msgspec import DecodeError, Struct
from msgspec.msgpack import Decoder, Encoder

from litnet.clips.farm.checks import MOST_FILM, Wrong
from litnet.clips.farm.jobs import PLAN, RECORD, Job, Lost, Result, WorkerLost, files_of
from litnet.clips.farm.process import Worker
from litnet.clips.inputs import shown_path
from litnet.clips.settings import ROOT, picture_settings
from network.errors import InputError, printable

DECIDE = ("manim", "numpy", "scipy", "numba", "pycairo", "av", "pillow", "manimpango")


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


_encoded = Encoder().encode
_decoder: Decoder[Delivery | Lost] = Decoder(Delivery | Lost)


# --- there ---------------------------------------------------------------------------------------
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
            inputs.append((name, path.name, shown_path(path), path.read_bytes()))
            card = path.with_suffix(".md")  # names the classes
            if name in ("model", "before") and card.is_file():
                inputs.append((name, card.name, shown_path(card), card.read_bytes()))
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}).") from error
    return Parcel(job, tuple(inputs), needed(), time_limit)


_idle: queue.LifoQueue[Worker] = queue.LifoQueue()  # of a Dask worker, between its jobs


def deliver(parcel: Parcel) -> bytes:
    """Do a job on a machine that has litnet, but not our files; what :func:`unpack` reads."""
    return _encoded(_delivered(parcel))


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
            paths[role] = ROOT / files[0][1]
            continue
        paths[role] = base / role / files[0][0]
        paths[role].parent.mkdir()
        for file, shown_as, data in files:
            place = paths[role].with_name(file)
            place.write_bytes(data)
            names[str(place)] = shown_as
    job = replace(parcel.job, task=replace(parcel.job.task, **paths))
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
    if not isinstance(data, bytes):
        raise Wrong(f"{type(data).__name__}, expected bytes")
    if len(data) > MOST_FILM:
        raise Wrong(f"{len(data):,} bytes, expected at most {MOST_FILM:,}")
    try:
        found = _decoder.decode(data)
    except (DecodeError, RecursionError) as error:
        raise Wrong(f"bytes that are no delivery ({printable(error)})") from error
    if isinstance(found, Lost):
        raise WorkerLost(printable(found.why))
    expected = files_of(job, found.result)
    if found.files.keys() != set(expected):
        odd = next(iter(found.files.keys() ^ set(expected)))
        what = "which nobody asked for" if odd in found.files else "which is missing"
        raise Wrong(f"other files than expected: {printable(odd)!r}, {what}")
    folder.mkdir(parents=True)
    for name in expected:  # the names are ours
        (folder / name).write_bytes(found.files[name])
    return found.result
