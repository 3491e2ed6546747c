"""A page on loopback on which a story is seen while it is written.

The page asks for frames; each is drawn by a fork of a process that has manim and litnet ready (see
``preview_worker``), so that the project's own files are always as they are now. Whoever has the
page's address, with the token in it, may look; nobody else on this machine, and no page from
elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import msgspec
import tornado.iostream
import tornado.web

from litnet.clips import preview_worker
from litnet.clips.loopback import HERE, KINDS, NotThere, TokenHandler, listen
from litnet.clips.preview_worker import LENGTHS
from litnet.clips.settings import QUALITIES
from litnet.clips.task import RenderTask
from litnet.narration import languages
from litnet.project import HOME, asset, real_path, shown_path
from network.errors import InputError

PAGE = Path(__file__).with_name("preview_page")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SETTLED = 0.05  # seconds without another saved file before the page is told
START = 300.0  # seconds in which the process has to be ready, on a busy machine
DRAFT = QUALITIES["l"]
SHOWN_A_SECOND = 15  # frames, at most, while it plays
WRITES = ("created", "modified", "moved", "deleted", "closed")
SEEN = {".py", ".po", ".toml", ".cfg", ".npz", ".png", ".ttf", ".otf", ".wav"}
Message = tuple[dict[str, Any], bytes]


class Engine:
    """Holds the process that has manim ready, and asks it to look at a story."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._starting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to make the process ready, in the place of the one that there is."""
        self.close()
        ours, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-P", preview_worker.__file__),
                *(str(theirs.fileno()), str(os.getpid())),
            ],
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,  # Ctrl-C is for the one who asks
        )
        theirs.close()
        ours.setblocking(False)
        self._socket = ours
        self._starting = asyncio.create_task(self._ready(ours))

    async def _ready(self, ours: socket.socket) -> None:
        said = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(ours, 1), START)
        if said != b"r":
            raise InputError("the process that draws could not start.")

    def close(self) -> None:
        """End the process, and every look that it is taking."""
        if self._starting is not None:
            self._starting.cancel()
        if self._socket is not None:
            self._socket.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = self._socket = self._starting = None

    async def look(self, job: dict[str, Any]) -> AsyncGenerator[Message, None]:
        """The messages that a look gives; leaving this ends the look.

        Raises InputError if the process that draws is gone.
        """
        if self._process is None or self._process.poll() is not None:
            self.start()
        assert self._starting is not None and self._socket is not None
        try:
            await asyncio.shield(self._starting)
        except (TimeoutError, OSError) as error:
            raise InputError("the process that draws could not start.") from error
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(self._socket, [json.dumps(job).encode()], [theirs.fileno()])
        except OSError as error:
            ours.close()
            raise InputError("the process that draws is gone.") from error
        finally:
            theirs.close()
        reader, writer = await asyncio.open_connection(sock=ours)
        try:
            while True:
                try:
                    head, data = LENGTHS.unpack(await reader.readexactly(LENGTHS.size))
                    header = json.loads(await reader.readexactly(head))
                    yield header, await reader.readexactly(data)
                except (asyncio.IncompleteReadError, ConnectionError):
                    return
        finally:
            writer.close()


class Preview:
    """Serves the page of a story until :meth:`stop` or Ctrl-C.

    Parameters
    ----------
    task
        The story, as it is to be seen when the page asks for nothing else.
    say
        Told what happened, one line each.
    """

    def __init__(
        self, task: RenderTask, root: Path, say: Callable[[str], None], port: int = 0
    ) -> None:
        self.task, self.root, self.say, self.port = task, root, say, port
        self.token = secrets.token_urlsafe(24)
        self.engine = Engine(root)
        self.waiting: set[asyncio.Queue[int]] = set()
        self.saved = 0  # how often something was saved
        self.ready = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._changes: asyncio.Queue[str] = asyncio.Queue()

    @property
    def address(self) -> str:
        """Of the page, with its token; once it is served."""
        return f"http://{HERE}:{self.port}/{self.token}/"

    @property
    def choices(self) -> dict[str, list[str]]:
        """What can be chosen on the page."""
        variant = self.task.variant
        models = [real_path(str(variant.model), self.root)]
        digits = [real_path(str(variant.digit), self.root)]
        for folder in (self.root / "assets", asset("assets")):
            models += sorted((folder / "models").glob("*.npz"))
            digits += sorted((folder / "digits").glob("*.png"))
        nets = [path for path in models if not path.name.endswith(".history.npz")]
        return {
            "language": list(dict.fromkeys((str(variant.language), *languages()))),
            "model": list(dict.fromkeys(shown_path(path, self.root) for path in nets)),
            "digit": list(dict.fromkeys(shown_path(path, self.root) for path in digits)),
        }

    def run(self) -> None:
        """Serve. Raises InputError if something else listens at the port."""
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(self.serve())

    def stop(self) -> None:
        """End it, from any thread."""
        if self._loop is not None and self._end is not None:
            self._loop.call_soon_threadsafe(self._end.set)

    async def serve(self) -> None:
        """Serve, in a loop that runs."""
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self.ready, self._changes = asyncio.Event(), asyncio.Queue()
        given = {"preview": self}
        application = tornado.web.Application(
            [
                (r"/([^/]*)/", _Page, given),
                (r"/([^/]*)/(page\.css|page\.js)", _Part, given),
                (r"/([^/]*)/story", _Story, given),
                (r"/([^/]*)/events", _Events, given),
                (r"/([^/]*)/look", _Look, given),
            ],
            default_handler_class=NotThere,
            log_function=lambda handler: None,
        )
        server, self.port = listen(application, self.port)
        self.engine.start()
        observer = self._observe()
        telling = asyncio.create_task(self._tell())
        self.say(f"preview: {self.address} (Ctrl-C ends it)")
        self.ready.set()
        try:
            await self._end.wait()
        finally:
            telling.cancel()
            observer.stop()
            server.stop()
            self.engine.close()
            for queue in self.waiting:
                queue.put_nowait(-1)
            await server.close_all_connections()
            observer.join(2)

    def _observe(self) -> Any:
        """Hear of every saved file that a story may be made of."""
        from watchdog.events import FileSystemEvent, FileSystemEventHandler
        from watchdog.observers import Observer

        loop, changes = self._loop, self._changes
        assert loop is not None, "the server runs"

        def told(path: str, loop: asyncio.AbstractEventLoop = loop) -> None:
            loop.call_soon_threadsafe(changes.put_nowait, path)

        class Changes(FileSystemEventHandler):
            def on_any_event(self, event: FileSystemEvent) -> None:
                for path in (event.src_path, event.dest_path):
                    name = Path(str(path))
                    if event.event_type in WRITES and name.suffix in SEEN:
                        told(str(name))

        observer = Observer()
        variant = self.task.variant
        used = [real_path(str(x), self.root).parent for x in (variant.model, variant.digit) if x]
        deep = [self.task.file.parent, *(HOME / name for name in ("litnet", "network"))]
        deep += [self.root / "assets", asset("assets"), *used]
        for folder in dict.fromkeys(path.resolve() for path in deep):
            above = any(folder != other and folder.is_relative_to(other) for other in deep)
            if folder.is_dir() and not above:
                observer.schedule(Changes(), str(folder), recursive=folder != self.root)
        if not any(self.root == path.resolve() for path in deep):
            observer.schedule(Changes(), str(self.root), recursive=False)
        observer.start()
        return observer

    async def _tell(self) -> None:
        """Tell the pages of saved files, of many at once only once."""
        while True:
            files = {await self._changes.get()}
            with contextlib.suppress(TimeoutError):
                while True:
                    files.add(await asyncio.wait_for(self._changes.get(), SETTLED))
            if any(map(_is_litnet, files)):
                self.engine.start()  # what it has imported has changed
            self.saved += 1
            for queue in self.waiting:
                queue.put_nowait(self.saved)


def _is_litnet(file: str) -> bool:
    """Whether a file is what the process has imported, or read before it was asked anything."""
    path = Path(file).resolve()
    own = any(path.is_relative_to(HOME / name) for name in ("litnet", "network"))
    return (own and path.suffix == ".py") or path.suffix in (".cfg", ".ttf", ".otf")


# --- what the page asks for ----------------------------------------------------------------------
class _Handler(TokenHandler):
    def initialize(self, preview: Preview) -> None:  # type: ignore[override]
        super().initialize(preview.token, POLICY)
        self.preview = preview


class _Page(_Handler):
    def get(self, token: str) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.write((PAGE / "page.html").read_bytes())


class _Part(_Handler):
    def get(self, token: str, name: str) -> None:
        self.set_header("Content-Type", f"{KINDS[name]}; charset=utf-8")
        self.write((PAGE / name).read_bytes())


class _Story(_Handler):
    """What there is to choose, and what is chosen."""

    def get(self, token: str) -> None:
        task, chosen = self.preview.task, self.preview.task.variant
        self.write(
            {
                "story": task.scene or task.file.stem,
                "file": shown_path(task.file, self.preview.root),
                "rate": task.frame_rate,
                "chosen": {n: getattr(chosen, n) for n in ("language", "model", "digit")},
                "choices": self.preview.choices,
            }
        )


class _Events(_Handler):
    """Tells a page when something was saved (server-sent events)."""

    async def get(self, token: str) -> None:
        self.set_header("Content-Type", "text/event-stream")
        queue: asyncio.Queue[int] = asyncio.Queue()
        self.queue = queue
        self.preview.waiting.add(queue)
        try:
            self.write(f"data: {self.preview.saved}\n\n")
            await self.flush()
            while (saved := await queue.get()) >= 0:
                self.write(f"data: {saved}\n\n")
                await self.flush()
        except tornado.iostream.StreamClosedError:
            pass
        finally:
            self.preview.waiting.discard(queue)

    def on_connection_close(self) -> None:
        self.queue.put_nowait(-1)


class _Look(_Handler):
    """A frame, or all from one on, or what there is to say of all: messages as they come."""

    async def get(self, token: str) -> None:
        preview = self.preview
        self.set_header("Content-Type", "application/octet-stream")
        task = preview.task
        full = self.get_query_argument("size", "draft") == "full"
        size = task.quality if full else DRAFT
        if not full and size.width * task.height != size.height * task.width:
            size = _draft_of(task)
        variant = task.variant
        for name, offered in preview.choices.items():
            given = self.get_query_argument(name, "")
            if given:
                if given not in offered:
                    raise tornado.web.HTTPError(400)
                variant = msgspec.structs.replace(variant, **{name: given})
        told = {
            **{"scene": task.scene, "file": str(task.file), "rate": task.frame_rate},
            **{"width": size.width, "height": size.height},
            "variant": {name: getattr(variant, name) for name in variant.__struct_fields__},
        }
        job: dict[str, Any] = {"task": told}
        try:
            if given := self.get_query_argument("frame", ""):
                job["frame"] = int(given)
            if self.get_query_argument("play", ""):
                job["step"] = max(1, round(task.frame_rate / SHOWN_A_SECOND))
        except ValueError as error:
            raise tornado.web.HTTPError(400) from error
        try:
            async with contextlib.aclosing(preview.engine.look(job)) as messages:
                async for header, data in messages:
                    await self._send(header, data)
        except InputError as error:
            await self._send({"kind": "error", "text": str(error), "line": None, "lines": ""}, b"")
        except tornado.iostream.StreamClosedError:
            pass  # the page has no use for it any more

    async def _send(self, header: dict[str, Any], data: bytes) -> None:
        head = json.dumps(header).encode()
        self.write(LENGTHS.pack(len(head), len(data)) + head + data)
        await self.flush()


def _draft_of(task: RenderTask) -> Any:
    """A draft's size for a film of another shape."""
    from litnet.clips.settings import Quality

    width = round(task.width * DRAFT.height / task.height / 2) * 2
    return Quality(width, DRAFT.height, task.frame_rate)
