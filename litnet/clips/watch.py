"""Previews that follow the files: whatever a saved file makes stale is rendered again.

One thread renders; the one that hears of files only says that there was something. So there are
never two renders of one clip at a time, and what is saved while a preview is rendered is looked at
afterwards: by content, so that a file that was saved unchanged costs nothing. The processes that
render stay from one preview to the next, until what they have imported is saved.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from litnet.clips.manifest import Studio, look
from litnet.clips.render import Finished, Listener, Request, bring_up_to_date
from litnet.clips.stopping import Stopped, interrupts
from litnet.fonts import own_files
from litnet.project import HOME, Project, asset, real_path
from litnet.theme import named
from network.errors import InputError
from network.files import real

if TYPE_CHECKING:
    from litnet.clips.farm import Farm

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
        self.ours = False  # whether it was something that processes have imported

    def on_any_event(self, event: FileSystemEvent) -> None:
        path = Path(str(event.src_path))
        if event.is_directory or event.event_type not in CHANGES:
            return
        if path.is_relative_to(self.ignored) or "__pycache__" in path.parts:
            return
        self.last = time.monotonic()
        self.ours |= is_imported(path)
        self.rung.set()


def is_imported(path: Path) -> bool:
    """Whether a file is what a process that renders has imported, or read before its first job."""
    if path.suffix in (".toml", ".cfg", ".ttf", ".otf"):
        return True
    own = any(real(path).is_relative_to(HOME / name) for name in ("litnet", "network"))
    return own and path.suffix == ".py"


class _Farm:
    """Opened when it is first needed, and then kept open."""

    def __init__(self, workers: int | None) -> None:
        self.workers = workers
        self._stack = ExitStack()
        self._farm: Farm | None = None

    @contextmanager
    def __call__(self) -> Iterator[Farm]:
        from litnet.clips.farm import open_farm

        if self._farm is None:
            self._farm = self._stack.enter_context(open_farm(self.workers, None))
        yield self._farm

    def close(self) -> None:
        """End its processes; the next time it is opened anew."""
        self._farm = None
        self._stack.close()


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
    with interrupts(stop):
        _watch(studio, request, listener, workers, stop, on_done)


def _watch(
    studio: Studio,
    request: Request,
    listener: Callable[[], Listener],
    workers: int | None,
    stop: threading.Event,
    on_done: Callable[[list[Finished]], None],
) -> None:
    bell = _Bell(studio.manifest.parent.parent)
    farm = _Farm(workers)
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
            if bell.ours:
                bell.ours = False
                farm.close()
            ear = listener()
            try:
                done = bring_up_to_date(studio, request, ear, stop=stop, farm=farm)
            except InputError as error:
                ear.say(str(error))
                continue
            except Stopped:
                break
            for one in done:
                if one.state == "failed":
                    ear.say(f"{one.clip.name}: {one.error}")
                    farm.close()  # which may be why
            on_done(done)
            _schedule(observer, bell, studio, seen)
    finally:
        observer.stop()
        farm.close()
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
    for font in own_files(named(str(configured.theme), Project.at(studio.root))):
        folders.setdefault(real(font).parent, False)
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
