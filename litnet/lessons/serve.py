"""A lesson on loopback: built and shown again whenever its text or one of its clips changes.

Only the page that is served has the script that reloads it; the built folder does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tornado.iostream
import tornado.web

from litnet.clips.loopback import HERE, Handler, NotThere, listen
from litnet.lessons.build import Built
from litnet.lessons.exporters.job import POLICY
from network.errors import InputError

RANGE = re.compile(r"bytes=(?=\d|-\d)([0-9]{0,15})-([0-9]{0,15})")
SETTLED = 0.3  # seconds without a change before the lesson is built again
RELOAD = "new EventSource('/.litnet/events?since={build}').onmessage = () => location.reload();\n"


# Pages may have their own scripts; whatever else is opened by itself, such as an SVG, has none.
POLICIES = {
    True: POLICY,
    False: "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
    "media-src 'self'; base-uri 'none'; form-action 'none'",
}


class _Handler(Handler):
    """As those of all servers here; pages may have their own scripts."""

    def set_default_headers(self) -> None:
        super().set_default_headers()
        page = self.request.path.endswith((".html", "/"))
        self.set_header("Content-Security-Policy", POLICIES[page])


class _File(_Handler, tornado.web.StaticFileHandler):
    """A file of the built lesson; pages get the script that reloads them."""

    def prepare(self) -> None:
        """A part is asked for as the standard says, or the whole file is sent."""
        super().prepare()
        part = RANGE.fullmatch(self.request.headers.get("Range", ""))
        if not part or (part[1] and part[2] and int(part[1]) > int(part[2])):
            self.request.headers.pop("Range", None)

    async def get(self, path: str, include_body: bool = True) -> None:
        """The file, or a part of it; 404 for what is not there or is no name of a file."""
        try:
            await super().get(path, include_body)
        except (OSError, ValueError) as error:  # built again meanwhile; a NUL; a name too long
            raise tornado.web.HTTPError(404) from error

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "no-cache")

    def should_return_304(self) -> bool:
        """Never: a file that was built again within a second looks the same by its date."""
        return False

    @classmethod
    def get_content(cls, abspath: str, start: int | None = None, end: int | None = None) -> Any:
        if not abspath.endswith(".html"):
            return super().get_content(abspath, start, end)
        return with_reload(Path(abspath).read_bytes())[slice(start, end)]

    def get_content_size(self) -> int:
        path = str(self.absolute_path)
        if not path.endswith(".html"):
            return super().get_content_size()
        return len(with_reload(Path(path).read_bytes()))


def with_reload(page: bytes) -> bytes:
    """A page that reloads itself when the server says so."""
    return page.replace(b"</head>", b'<script defer src="/.litnet/reload.js"></script>\n</head>', 1)


class _Script(_Handler):
    def initialize(self, server: Server) -> None:
        self.server = server

    def get(self) -> None:
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.write(RELOAD.format(build=self.server.build))


class _Events(_Handler):
    """Tells the pages that are open when there is something new (server-sent events)."""

    def initialize(self, server: Server) -> None:
        self.server, self.changed = server, asyncio.Event()

    async def get(self) -> None:
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-store")
        changed = self.changed
        self.server.waiting.add(changed)
        # What was built while the page was on its way is news as well.
        if self.get_query_argument("since", "") != str(self.server.build):
            changed.set()
        try:
            await self.flush()
            while True:
                await changed.wait()
                changed.clear()
                self.write("data: changed\n\n")
                await self.flush()
        except tornado.iostream.StreamClosedError:
            pass
        finally:
            self.server.waiting.discard(changed)

    def on_connection_close(self) -> None:
        self.changed.set()  # so that `get` notices when it writes


class Server:
    """Serves a built lesson, and builds it again when a watched folder changes.

    Parameters
    ----------
    make
        Builds the lesson; an InputError from it is said, and what was built before stays.
    watched
        Folders; a change below one of them counts.
    say
        Told what happened, one line each.
    """

    def __init__(
        self,
        make: Callable[[], Built],
        watched: list[Path],
        say: Callable[[str], None],
        port: int = 8000,
    ) -> None:
        self.make, self.watched, self.say, self.port = make, watched, say, port
        self.waiting: set[asyncio.Event] = set()
        self.build = 1  # how often the lesson was built
        self.ready = threading.Event()
        self._changed: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None

    @property
    def address(self) -> str:
        """Of the lesson, once the server is ready."""
        return f"http://{HERE}:{self.port}/"

    def run(self) -> None:
        """Serve until :meth:`stop` or Ctrl-C. Raises InputError if the first build fails, or
        something else listens at the port."""
        built = self.make()
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(self._serve(built.folder))

    def stop(self) -> None:
        """End it, from any thread."""
        if self._loop is not None and self._end is not None:
            self._loop.call_soon_threadsafe(self._end.set)

    async def _serve(self, folder: Path) -> None:
        self._loop = asyncio.get_running_loop()
        self._changed, self._end = asyncio.Event(), asyncio.Event()
        application = tornado.web.Application(
            [
                (r"/\.litnet/reload\.js", _Script, {"server": self}),
                (r"/\.litnet/events", _Events, {"server": self}),
                (r"/(.*)", _File, {"path": str(folder), "default_filename": "index.html"}),
            ],
            default_handler_class=NotThere,
            log_function=lambda handler: None,
        )
        server, self.port = listen(application, self.port)
        observer = self._observe()
        self.say(f"serving {self.address} (Ctrl-C ends it)")
        self.ready.set()
        builder = asyncio.create_task(self._build_again())
        try:
            await self._end.wait()
        finally:
            builder.cancel()
            observer.stop()
            server.stop()
            await server.close_all_connections()
            observer.join(2)

    def _observe(self) -> Any:
        from watchdog.events import FileSystemEvent, FileSystemEventHandler
        from watchdog.observers import Observer

        loop, changed = self._loop, self._changed
        assert loop is not None and changed is not None, "the server runs"

        def told(loop: asyncio.AbstractEventLoop = loop, changed: asyncio.Event = changed) -> None:
            loop.call_soon_threadsafe(changed.set)

        class Changes(FileSystemEventHandler):
            def on_any_event(self, event: FileSystemEvent) -> None:
                writes = ("created", "modified", "moved", "deleted")
                # Clips are published from hidden files, and editors save through them.
                names = [Path(str(path)).name for path in (event.src_path, event.dest_path) if path]
                if event.event_type in writes and any(not n.startswith(".") for n in names):
                    told()

        observer = Observer()
        for folder in self.watched:
            if folder.is_dir():
                observer.schedule(Changes(), str(folder), recursive=True)
        observer.start()
        return observer

    async def _build_again(self) -> None:
        assert self._changed is not None, "the server runs"
        while True:
            await self._changed.wait()
            while self._changed.is_set():  # until nothing more comes
                self._changed.clear()
                await asyncio.sleep(SETTLED)
            try:
                await asyncio.to_thread(self.make)
            except InputError as error:
                self.say(f"not built again: {error}")
                continue
            self.build += 1
            self.say("built again")
            for waiting in self.waiting:
                waiting.set()
