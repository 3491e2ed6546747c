"""A job on a machine that has litnet, but not our files: what travels there, and what comes back.

There: the job with all that it reads. Back: plain data, which is the job's result and its files by
names that are set; where they are written is decided here.
"""

from __future__ import annotations

import ast
import atexit
import hashlib
import json
import os
import queue
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
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
from litnet.fonts import own_files
from litnet.narration import OWN_FOLDER
from litnet.project import (
    HOME,
    OWN,
    Project,
    asset,
    current_root,
    picture_settings,
    real_path,
    shown_path,
)
from litnet.record.current import PACKAGES, TRAINING, own_training
from litnet.record.modules import PROJECT, import_closure
from litnet.record.pupils import LIST, Pupil, list_bytes, pupil_of
from litnet.theme import named
from network.digits import training_files
from network.errors import InputError, printable
from network.files import real

FILMED = ("model", "baseline", "digit", "history")  # files that a variant names
BELONGINGS = ("manim.cfg",)  # what else of a project decides what its films look like


@dataclass(frozen=True)
class Parcel:
    """A job with all that it reads: ``files`` are bytes by their names as a record shows them.

    ``story`` is the one of the job's. ``own`` says that the project is litnet's own folder, so
    that what litnet brings is named as a part of it. ``look`` is the project's own theme, as its
    file has it. ``key`` names the job; ``topic`` is where
    Dask's workers say, every ``beat`` seconds, how far it is.
    """

    job: Job
    files: dict[str, bytes]
    story: str
    own: bool
    needs: dict[str, str]
    time_limit: float | None
    look: dict[str, Any] | None = None
    key: str = ""
    topic: str | None = None
    beat: float = 5.0


class Delivery(Struct, frozen=True, tag="delivery", forbid_unknown_fields=True):
    """What a job gave, with its files (name as in ``jobs``: bytes)."""

    result: Result
    files: dict[str, bytes]


# --- there ---------------------------------------------------------------------------------------
@cache
def needed(folder: Path) -> dict[str, str]:
    """What has to be the same on each machine for the same pixels: versions, and digests.

    ``"manim.cfg"`` is what the one in a folder and a person's own set that is seen in a film;
    ``"litnet"`` is the SHA-256 of the packages and of the assets but the models.
    """
    digest = hashlib.sha256()
    files = {}
    for package in (HOME / "network", HOME / "litnet", asset("assets")):
        for path in package.rglob("*"):
            files[f"{package.name}/{path.relative_to(package).as_posix()}"] = path
    for name, path in sorted(files.items()):
        if "__pycache__" in path.parts or name.startswith(("assets/models/", "litnet/_data/")):
            continue
        if path.is_file():
            digest.update(f"{name} {path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    found = {package: version(package) for package in PACKAGES}
    found["manim.cfg"] = json.dumps(picture_settings(folder))
    return {**found, "litnet": digest.hexdigest()[:16]}


def pack(job: Job, time_limit: float | None) -> Parcel:
    """Everything that a machine without our disk needs for a job.

    Raises
    ------
    InputError
        A file cannot be read.
    """
    root = current_root()
    story = real(job.task.file)
    wanted = [story, *(modules := _own_modules(story)), *_named_code([story, *modules])]
    for name in FILMED:
        shown = getattr(job.task.variant, name)
        if shown is not None:
            wanted.append(real_path(shown))
            if name in ("model", "baseline") and real_path(shown).with_suffix(".md").is_file():
                wanted.append(real_path(shown).with_suffix(".md"))  # names the classes
    if (shown := job.task.variant.training) is not None:
        if folder := own_training(real_path(shown)):
            wanted += training_files(folder)
    listed = _who_wrote(job)
    wanted += [root / name for name in BELONGINGS if (root / name).is_file()]
    wanted += (root / OWN_FOLDER).glob("*.po")
    look = Project.at(root).theme
    own_look = dict(look) if isinstance(look, Mapping) else None
    if own_look is not None:
        wanted += own_files(named(str(job.task.variant.theme)))
    files = {}
    for path in wanted:
        try:
            files[shown_path(path)] = path.read_bytes()
        except OSError as error:
            raise InputError(f"{printable(path)}: cannot be read ({error.strerror}).") from error
    whose = shown_path(story), root == HOME
    return Parcel(job, files | listed, *whose, needed(root), time_limit, own_look)


def _who_wrote(job: Job) -> dict[str, bytes]:
    """A list of a class beside the digit, with its own line alone: the others' names stay here."""
    shown = job.task.variant.digit
    if shown is None or real_path(shown).parent == asset(TRAINING):  # one of litnet's own
        return {}
    picture = real_path(shown)
    pupil = replace(pupil_of(picture), file=picture.name)
    if pupil == Pupil(file=picture.name):
        return {}
    return {shown_path(picture.parent / LIST): list_bytes([pupil])}


def _own_modules(story: Path) -> list[Path]:
    """The modules that a story imports and that are none of litnet's."""
    return [module for module in import_closure(story) if not _is_litnet_s(module)]


def _is_litnet_s(file: Path) -> bool:
    return any(file.is_relative_to(HOME / name) for name in PROJECT)


def _named_code(files: Sequence[Path]) -> list[Path]:
    """The files of code that others name and do not import, such as those whose lines are shown."""
    found: dict[Path, None] = {}
    for file in files:
        with suppress(OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            for node in ast.walk(ast.parse(file.read_bytes())):
                match node:
                    case ast.Constant(value=str(name)) if name.endswith(".py"):
                        path = real_path(name)
                        if path.is_file() and not _is_litnet_s(path):
                            found[path] = None
    return [path for path in found if path not in files]


@dataclass(frozen=True)
class _Desk:
    """Where a Dask worker does jobs of projects with the same settings of manim: a folder with
    these, and the processes that have read them, between their jobs."""

    folder: Path
    idle: queue.LifoQueue[Worker]


@cache
def _desk(settings: bytes | None) -> _Desk:
    """The desk for a ``manim.cfg``; None: for litnet's own folder."""
    if settings is None:
        return _Desk(HOME, queue.LifoQueue())
    folder = Path(tempfile.mkdtemp(prefix="litnet-desk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "litnet.toml").touch()
    (folder / "manim.cfg").write_bytes(settings)
    return _Desk(folder, queue.LifoQueue())


def deliver(parcel: Parcel) -> dict[str, Any]:
    """Do a job on a machine that has litnet, but not our files; what :func:`unpack` reads."""
    plain: dict[str, Any] = to_builtins(_delivered(parcel), builtin_types=(bytes,))
    return plain


def _delivered(parcel: Parcel) -> Delivery | Lost:
    desk = _desk(None if parcel.own else parcel.files.get("manim.cfg", b""))
    here = needed(desk.folder)
    for what, wanted in parcel.needs.items():
        if here.get(what) != wanted:
            return _failed(
                f"a worker has {what} {here.get(what)}, expected {wanted} as on the "
                "machine that asks: install the same there."
            )
    try:
        worker = desk.idle.get_nowait()
    except queue.Empty:
        worker = Worker(desk.folder)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="litnet-", ignore_cleanup_errors=True) as name,
            _signs_of_life(parcel) as on_frames,
        ):
            return _done(parcel, real(name), worker, on_frames)
    except WorkerLost as error:
        return Lost(str(error))
    except OSError as error:
        return _failed(f"a worker cannot keep a job's files ({error.strerror or error}).")
    finally:
        desk.idle.put(worker)


def _failed(why: str) -> Delivery:
    return Delivery(Result(error=why), {})


def _done(parcel: Parcel, base: Path, worker: Worker, on_frames: Callable[[int], None]) -> Delivery:
    project, elsewhere = base / "project", base / "elsewhere"
    root = HOME if parcel.own else project
    places = {}
    for shown, data in parcel.files.items():
        own = real_path(shown, root)
        # A bundled digit is known by its place; what else lies on this machine is somebody else's.
        ours = not os.path.isabs(shown) and own.is_file()
        if ours and own.read_bytes() == data:
            places[shown] = own
            continue
        away = Path(shown)
        if away.is_absolute():
            place = elsewhere / away.relative_to(away.anchor)
        else:
            place = project / shown.removeprefix(OWN)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        places[shown] = place
    if not parcel.own:
        project.mkdir(exist_ok=True)
        (project / "litnet.toml").write_text(_settings(parcel.look), encoding="utf-8")
    task = parcel.job.task
    filmed = {name: getattr(task.variant, name) for name in FILMED}
    chosen = {n: shown_path(places[shown], root) for n, shown in filmed.items() if shown}
    if (folder := task.variant.training) is not None:
        packed = [
            place.parent
            for shown, place in places.items()
            if Path(shown).parent == Path(folder) and Path(shown).name.startswith("train-images")
        ]
        chosen["training"] = shown_path(packed[0] if packed else asset(TRAINING), root)
    variant = msgspec.structs.replace(task.variant, **chosen)
    task = replace(task, file=places[parcel.story], variant=variant)
    job = replace(parcel.job, root=root, task=task)
    result = worker.run(job, base / "job", on_frames, parcel.time_limit)

    def as_there(text: str) -> str:
        return text.replace(f"{project}{os.sep}", "").replace(str(elsewhere), "")

    if result.error is not None:
        return _failed(as_there(result.error))
    made = {name: (base / "job" / name).read_bytes() for name in files_of(job, result)}
    for name in made:
        if name.endswith(".json"):
            made[name] = as_there(made[name].decode()).encode()
    for name in {PLAN, RECORD} & made.keys():
        made[name] = _in_order(made[name])
    return Delivery(result, made)


def _settings(look: dict[str, Any] | None) -> str:
    """A project's file that has a theme of its own, and nothing else."""
    if look is None:
        return ""
    lines = (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in look.items())
    return "\n".join(("[theme]", *lines, ""))


def _in_order(data: bytes) -> bytes:
    """A record whose inputs are in the order of their names, some of which are new."""
    record = json.loads(data)
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
