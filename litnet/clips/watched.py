"""A page on loopback on which previews play, each again when it was rendered anew."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import tornado.iostream
import tornado.web

from litnet.clips.loopback import HERE, KINDS, NotThere, TokenHandler, listen
from litnet.clips.render import Finished, Listener
from litnet.clips.survey import Standing

PAGE = Path(__file__).with_name("watch_page")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Watched:
    """Serves the page, in a thread of its own, while it is entered.

    Parameters
    ----------
    folder
        Where the previews are published.
    listener
        Makes another one who is told how it goes, for each round.
    port
        0 for any that is free.
    """

    def __init__(self, folder: Path, listener: Callable[[], Listener], port: int = 0) -> None:
        self.folder, self.port = folder, port
        self._listener = listener
        self.token = secrets.token_urlsafe(24)
        self.clips: dict[str, dict[str, Any]] = {}  # what there is to say of each, by its name
        self.waiting: set[asyncio.Queue[str | None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def address(self) -> str:
        """Of the page, with its token."""
        return f"http://{HERE}:{self.port}/{self.token}/"

    def __enter__(self) -> Watched:
        """Begin to serve. Raises InputError if something else listens at the port."""
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._begin(), self._loop).result()
        except BaseException:
            self._end_loop()
            raise
        return self

    def __exit__(self, *trouble: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._end_loop()

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _begin(self) -> None:
        given = {"token": self.token, "policy": POLICY}
        here = given | {"page": self}
        application = tornado.web.Application(
            [
                (r"/([^/]*)/", _Page, given),
                (r"/([^/]*)/(page\.css|page\.js)", _Part, given),
                (r"/([^/]*)/events", _Events, here),
                (r"/([^/]*)/clip/([^/]*)\.mp4", _Clip, here | {"path": str(self.folder)}),
            ],
            default_handler_class=NotThere,
            log_function=lambda handler: None,
        )
        self._server, self.port = listen(application, self.port)

    async def _end(self) -> None:
        self._server.stop()
        for queue in self.waiting:
            queue.put_nowait(None)
        await self._server.close_all_connections()

    def tell(self, name: str, **facts: Any) -> None:
        """Say something of a clip, from any thread."""
        self._loop.call_soon_threadsafe(self._tell, name, facts)

    def _tell(self, name: str, facts: dict[str, Any]) -> None:
        clip = self.clips.setdefault(name, {"version": 0})
        # A file that was there already is its first version.
        new = facts["state"] == "rendered" or (facts["state"] == "fresh" and not clip["version"])
        clip.update(facts, version=clip["version"] + new)
        for queue in self.waiting:
            queue.put_nowait(json.dumps(self.clips))

    def listener(self) -> Telling:
        """For a round: tells the page, and the other one."""
        return Telling(self, self._listener())

    def tell_of(self, done: Sequence[Finished]) -> None:
        """How a round ended."""
        for one in done:
            if one.state == "fresh":
                self.tell(one.clip.name, state="fresh")


class Telling:
    """Tells the page what it hears, and another listener."""

    def __init__(self, page: Watched, listener: Listener) -> None:
        self.page, self.listener = page, listener

    def begin(self, clips: Sequence[Standing]) -> None:
        """As :class:`litnet.clips.render.Listener`."""
        for clip in clips:
            self.page.tell(clip.name, state="rendering", done=0, total=None)
        self.listener.begin(clips)

    def progress(self, clip: Standing, frames_done: int, frames_total: int | None) -> None:
        """As :class:`litnet.clips.render.Listener`."""
        self.page.tell(clip.name, state="rendering", done=frames_done, total=frames_total)
        self.listener.progress(clip, frames_done, frames_total)

    def end(self, done: Finished) -> None:
        """As :class:`litnet.clips.render.Listener`."""
        self.page.tell(done.clip.name, state=done.state, error=done.error)
        self.listener.end(done)

    def say(self, text: str) -> None:
        """As :class:`litnet.clips.render.Listener`."""
        self.listener.say(text)


# --- what the page asks for ----------------------------------------------------------------------
class _Page(TokenHandler):
    def get(self, token: str) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.write((PAGE / "page.html").read_bytes())


class _Part(TokenHandler):
    def get(self, token: str, name: str) -> None:
        self.set_header("Content-Type", f"{KINDS[name]}; charset=utf-8")
        self.write((PAGE / name).read_bytes())


class _Events(TokenHandler):
    """Tells a page how the clips are (server-sent events)."""

    def initialize(self, page: Watched, **given: str) -> None:  # type: ignore[override]
        super().initialize(**given)
        self.page = page

    async def get(self, token: str) -> None:
        self.set_header("Content-Type", "text/event-stream")
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self.queue = queue
        self.page.waiting.add(queue)
        queue.put_nowait(json.dumps(self.page.clips))
        try:
            while (said := await queue.get()) is not None:
                self.write(f"data: {said}\n\n")
                await self.flush()
        except tornado.iostream.StreamClosedError:
            pass
        finally:
            self.page.waiting.discard(queue)

    def on_connection_close(self) -> None:
        self.queue.put_nowait(None)


class _Clip(TokenHandler, tornado.web.StaticFileHandler):
    """A preview's film, whole or in parts."""

    def initialize(self, page: Watched, path: str, **given: str) -> None:  # type: ignore[override]
        TokenHandler.initialize(self, **given)
        tornado.web.StaticFileHandler.initialize(self, path)
        self.page = page

    async def get(self, token: str, name: str) -> None:  # type: ignore[override]
        if name not in self.page.clips:
            raise tornado.web.HTTPError(404)
        with contextlib.suppress(tornado.iostream.StreamClosedError):
            await tornado.web.StaticFileHandler.get(self, f"{name}.mp4")

    def compute_etag(self) -> None:
        """None: tornado would keep that of a file that is no more."""
