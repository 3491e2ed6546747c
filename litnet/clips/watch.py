"""Previews that follow the files: whatever a saved file makes stale is rendered again.

One thread renders; the one that hears of files only says that there was something. So there are
never two renders of one clip at a time, and what is saved while a preview is rendered is looked at
afterwards: by content, so that a file that was saved unchanged costs nothing.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from litnet.clips.manifest import Studio, look
from litnet.clips.render import Finished, Listener, Request, bring_up_to_date
from litnet.project import asset, real_path
from network.errors import InputError
from network.files import real

QUIET = 0.4  # seconds without another event, before anything is rendered
CHANGES = {"created", "modified", "moved", "deleted"}  # reading is none
WATCHED = ("litnet", "network", "scenes", "assets")


def previews(studio: Studio) -> Studio:
    """The same stories, published elsewhere, so that published clips stay as they are."""
    folder = studio.manifest.parent / "previews"
    return replace(studio, clips=folder, manifest=folder / ".manifest.json")


class _Bell(FileSystemEventHandler):
    """Says that some file was changed, and when."""

    def __init__(self, ignored: Path) -> None:
        self.ignored = ignored
        self.rung = threading.Event()
        self.last = 0.0

    def on_any_event(self, event: FileSystemEvent) -> None:
        path = Path(str(event.src_path))
        if event.is_directory or event.event_type not in CHANGES:
            return
        if path.is_relative_to(self.ignored) or "__pycache__" in path.parts:
            return
        self.last = time.monotonic()
        self.rung.set()


def watch_files(
    studio: Studio,
    request: Request,
    listener: Callable[[], Listener],
    *,
    workers: int | None = None,
    stop: threading.Event | None = None,
    on_done: Callable[[list[Finished]], None] = lambda done: None,
) -> None:
    """Keep previews fresh until ``stop`` is set (or the process is interrupted).

    A clip that fails is said to, and is tried again when another file is saved.
    """
    stop = stop or threading.Event()
    with _interrupts(stop):
        _watch(studio, request, listener, workers, stop, on_done)


@contextmanager
def _interrupts(stop: threading.Event) -> Iterator[None]:
    """Let Ctrl-C stop also where its exception is lost, as in a callback of the interpreter's."""
    elsewhere = threading.current_thread() is not threading.main_thread()
    if elsewhere or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        yield
        return
    asked = threading.Event()

    def interrupt(number: int, frame: object) -> None:
        asked.set()
        stop.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if asked.is_set():
        raise KeyboardInterrupt


def _watch(
    studio: Studio,
    request: Request,
    listener: Callable[[], Listener],
    workers: int | None,
    stop: threading.Event,
    on_done: Callable[[list[Finished]], None],
) -> None:
    bell = _Bell(studio.manifest.parent.parent)
    observer = Observer()
    seen: set[Path] = set()
    observer.start()
    try:
        _schedule(observer, bell, studio, seen)
        bell.rung.set()  # what is stale already
        while not stop.is_set():
            if not bell.rung.wait(timeout=0.2):
                continue
            while time.monotonic() - bell.last < QUIET:
                time.sleep(0.05)  # an editor saves in several steps
            bell.rung.clear()
            ear = listener()
            try:
                done = bring_up_to_date(studio, request, ear, workers=workers)
            except InputError as error:
                ear.say(str(error))
                continue
            for one in done:
                if one.state == "failed":
                    ear.say(f"{one.clip.name}: {one.error}")
            on_done(done)
            _schedule(observer, bell, studio, seen)
    finally:
        observer.stop()
        observer.join()


def _schedule(observer: object, bell: _Bell, studio: Studio, seen: set[Path]) -> None:
    """Watch the project's folders, and those of inputs from elsewhere."""
    folders = {studio.root / name: True for name in WATCHED}
    folders |= {asset(name): True for name in ("assets", "scenes")}
    folders[studio.root] = False  # pyproject.toml and manim.cfg
    for story in studio.stories:
        folders.setdefault(story.file.parent, False)
    configured = studio.configured()
    for shown in (configured.model, configured.digit, configured.baseline, configured.history):
        folders.setdefault(real(real_path(str(shown), studio.root)).parent, False)
    for entry in look(studio).entries.values():
        for one in entry.inputs:
            if one.role in ("model", "digit", "history", "scene", "module"):
                folders.setdefault(real_path(one.path, studio.root).parent, False)
    for folder, recursive in folders.items():
        inside = any(folder.is_relative_to(studio.root / name) for name in WATCHED)
        covered = inside and folder.parent != studio.root
        if folder not in seen and folder.is_dir() and not covered:
            seen.add(folder)
            observer.schedule(bell, str(folder), recursive=recursive)  # type: ignore[attr-defined]
