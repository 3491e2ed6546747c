"""A real Chromium for the tests of lessons, and a web server on loopback.

``page`` holds every page to what lessons promise: no request leaves it, and nothing goes wrong in
its scripts.
"""

from __future__ import annotations

import asyncio
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from film import ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NODE_MODULES = ROOT / "tests" / "browser" / "node_modules"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HERE = ("file:", "data:", "blob:", "about:", "http://127.0.0.1:")

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium; `make browser` installs Debian's"
)
needs_npm_packages = pytest.mark.skipif(
    not (NODE_MODULES / "esbuild").is_dir(),
    reason="the npm packages of tests/browser are missing; `make browser` installs them",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Chromium, with no profile of its own; each page gets a new one."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium; `make browser` installs Debian's")
    from playwright.sync_api import sync_playwright

    # Playwright keeps an asyncio loop running in its thread, where other tests want none.
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield started
        finally:
            started.close()


@contextmanager
def pages(browser) -> Iterator[Callable[..., object]]:
    """Opens pages, and at the end holds each to what lessons promise.

    The function takes what Playwright's contexts do: ``viewport``, ``locale``, ``color_scheme``.
    """
    contexts, troubles = [], []

    def console(message) -> None:
        if message.type == "error" and not message.location["url"].endswith("/favicon.ico"):
            troubles.append(f"console: {message.text} ({message.location['url']})")

    def request(request) -> None:
        if not request.url.startswith(HERE):
            troubles.append(f"a request left: {request.url}")

    def opened(*, expects_errors: bool = False, **settings: object) -> object:
        context = browser.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        page.on("request", request)
        if not expects_errors:
            page.on("pageerror", lambda error: troubles.append(f"error in the page: {error}"))
            page.on("console", console)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not troubles, "\n".join(troubles)


@pytest.fixture
def new_page(browser) -> Iterator[Callable[..., object]]:
    """``new_page(viewport=..., color_scheme=...)`` opens a page; see :func:`pages`."""
    with pages(browser) as opened:
        yield opened


@pytest.fixture
def page(new_page) -> object:
    """One page, as wide as a laptop's."""
    return new_page(viewport={"width": 1280, "height": 800})


def soon(page, true: str, seconds: float = 10) -> None:
    """Wait until a JavaScript function of no arguments gives true. Playwright's own waiting
    evaluates text in the page, which a strict content security policy forbids."""
    end = time.monotonic() + seconds
    while not page.evaluate(true):
        assert time.monotonic() < end, f"it did not become true: {true}"
        time.sleep(0.03)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A web server on loopback that answers requests for parts of files; gives its address."""
    import tornado.httpserver
    import tornado.netutil
    import tornado.web

    ready = threading.Event()
    found: dict[str, object] = {}

    async def serve() -> None:
        handler = (
            r"/(.*)",
            tornado.web.StaticFileHandler,
            {"path": str(folder), "default_filename": "index.html"},
        )
        server = tornado.httpserver.HTTPServer(tornado.web.Application([handler]))
        sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
        server.add_sockets(sockets)
        found["port"] = sockets[0].getsockname()[1]
        found["loop"], found["end"] = asyncio.get_running_loop(), asyncio.Event()
        ready.set()
        await found["end"].wait()
        server.stop()
        await server.close_all_connections()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(10), "the server did not start"
    try:
        yield f"http://127.0.0.1:{found['port']}"
    finally:
        found["loop"].call_soon_threadsafe(found["end"].set)
        thread.join(10)


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """``serve(folder)`` serves a folder until the test ends; gives the address."""
    with ExitStack() as stack:
        yield lambda folder: stack.enter_context(serving(folder))
