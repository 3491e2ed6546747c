"""The preview: on loopback, built again and shown again when something changes."""

from __future__ import annotations

import http.client
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from browser import needs_chromium

from litnet.clips.manifest import Studio
from litnet.lessons.build import build
from litnet.lessons.serve import Server
from network import InputError


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    words = "# First\n\n![The first layer](clip:LayerIntro)\n"
    (folder / "lesson.md").write_text(words, encoding="utf-8")
    return folder


@pytest.fixture
def server(lesson: Path, published: Studio, tmp_path: Path) -> Iterator[tuple[Server, list[str]]]:
    """A server that runs, on any port, and what it says."""
    clips = tmp_path / "clips"
    shutil.copytree(published.clips, clips)
    studio = Studio(stories=published.stories, clips=clips, manifest=tmp_path / "manifest.json")
    said: list[str] = []
    server = Server(
        lambda: build(lesson, tmp_path / "out", studio=studio), [lesson, clips], said.append, port=0
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert server.ready.wait(20)
        yield server, said
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


def soon(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 15
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def answer(server: Server, path: str, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        found = connection.getresponse()
        return found.status, found.read()
    finally:
        connection.close()


@needs_chromium
def test_the_page_shows_what_was_changed(new_page, server, lesson: Path) -> None:
    running, said = server
    page = new_page(expects_errors=True)  # the old page may still ask for what is gone
    page.goto(running.address)
    assert page.locator("h1").inner_text() == "First"
    (lesson / "lesson.md").write_text("# Second\n\nWords.\n", encoding="utf-8")
    page.wait_for_selector("h1:has-text('Second')")
    assert said[-1] == "built again"


def test_a_mistake_is_said_and_the_old_page_stays(server, lesson: Path, tmp_path: Path) -> None:
    running, said = server
    (lesson / "lesson.md").write_text("no title\n", encoding="utf-8")
    soon(lambda: any("lesson.md:1: no title" in line for line in said))
    assert b"First" in answer(running, "/")[1]
    (lesson / "lesson.md").write_text("# Third\n", encoding="utf-8")
    soon(lambda: said[-1] == "built again")
    assert b"Third" in answer(running, "/")[1]
    assert b"reload" not in (tmp_path / "out" / "index.html").read_bytes()


def test_parts_of_films_are_served(server) -> None:
    running, _ = server
    whole = answer(running, "/clips/LayerIntro.mp4")
    part = answer(running, "/clips/LayerIntro.mp4", Range="bytes=100-199")
    assert (whole[0], part[0]) == (200, 206)
    assert part[1] == whole[1][100:200]


def test_only_this_machine_is_answered(server) -> None:
    running, _ = server
    assert answer(running, "/", Host="attacker.example")[0] == 403
    assert answer(running, "/../secret", Host="127.0.0.1")[0] in (403, 404)


def test_a_port_that_is_taken(server, lesson: Path, published: Studio, tmp_path: Path) -> None:
    running, _ = server
    other = Server(
        lambda: build(lesson, tmp_path / "other", studio=published), [], print, port=running.port
    )
    # In a thread of its own: Playwright has an event loop running in this one.
    with ThreadPoolExecutor(1) as pool, pytest.raises(InputError, match=f"port {running.port}: "):
        pool.submit(other.run).result(20)
