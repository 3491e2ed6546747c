"""The preview: on loopback, built again and shown again when something changes."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from browser import needs_chromium
from browser import soon as watched

from litnet.clips.manifest import Studio
from litnet.lessons.build import build
from litnet.lessons.serve import Server
from network import InputError


def small(parent: Path) -> Path:
    """A small lesson's folder."""
    folder = parent / "small"
    folder.mkdir()
    words = "# First\n\n![The first layer](clip:LayerIntro)\n"
    (folder / "lesson.md").write_text(words, encoding="utf-8")
    return folder


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    return small(tmp_path)


@contextlib.contextmanager
def serving(lesson: Path, published: Studio, tmp_path: Path) -> Iterator[tuple[Server, list[str]]]:
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


@pytest.fixture
def server(lesson: Path, published: Studio, tmp_path: Path) -> Iterator[tuple[Server, list[str]]]:
    """A server that runs, on any port, and what it says."""
    with serving(lesson, published, tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def attacked(published: Studio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all requests that change nothing."""
    folder = tmp_path_factory.mktemp("attacked")
    lesson = small(folder)
    with serving(lesson, published, folder) as (found, _):
        yield found


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


def raw(server: Server, request: bytes) -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, headers and body of the answer to any bytes; status 0 where there is none."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        answer = b""
        with contextlib.suppress(OSError):
            connection.sendall(request)
            while more := connection.recv(2**16):
                answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    headers = dict(line.lower().split(b": ", 1) for line in lines)
    return int(first.split(b" ")[1]) if first else 0, headers, body


HOST = b"Host: 127.0.0.1\r\n"
REQUESTS = {
    "a zero": (b"GET /%00 HTTP/1.1\r\n" + HOST, {404}),
    "a zero in a folder": (b"GET /clips/%00/x.mp4 HTTP/1.1\r\n" + HOST, {404}),
    "a long name": (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n" + HOST, {404}),
    "a longer name": (b"GET /" + b"a" * 90_000 + b" HTTP/1.1\r\n" + HOST, {0, 400}),
    "many folders": (b"GET " + b"/a" * 3000 + b" HTTP/1.1\r\n" + HOST, {404}),
    "bad escapes": (b"GET /%zz%1 HTTP/1.1\r\n" + HOST, {404}),
    "half a pair": (b"GET /%ed%a0%80 HTTP/1.1\r\n" + HOST, {400}),
    "no UTF-8": (b"GET /%ff HTTP/1.1\r\n" + HOST, {400}),
    "raw bytes": (b"GET /\xff\xe9 HTTP/1.1\r\n" + HOST, {400, 404}),
    "upwards": (b"GET /../../../../etc/passwd HTTP/1.1\r\n" + HOST, {403, 404}),
    "upwards in escapes": (b"GET /%2e%2e%2f%2e%2e/lesson.md HTTP/1.1\r\n" + HOST, {403, 404}),
    "backslashes": (b"GET /..\\..\\lesson.md HTTP/1.1\r\n" + HOST, {403, 404}),
    "two slashes": (b"GET //example.org/clips HTTP/1.1\r\n" + HOST, {403, 404}),
    "an address": (b"GET http://example.org/ HTTP/1.1\r\n" + HOST, {403, 404}),
    "another method": (b"FLY / HTTP/1.1\r\n" + HOST, {405}),
    "something sent": (b"POST / HTTP/1.1\r\nContent-Length: 0\r\n" + HOST, {405}),
    "connect": (b"CONNECT example.org:443 HTTP/1.1\r\n" + HOST, {404, 405}),
    "much sent": (b"POST / HTTP/1.1\r\nContent-Length: 999999999\r\n" + HOST, {400}),
    "less than nothing sent": (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n" + HOST, {400}),
    "a large header": (b"GET / HTTP/1.1\r\nX: " + b"a" * 90_000 + b"\r\n" + HOST, {0, 400}),
    "many headers": (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 5000 + HOST, {0, 400}),
    "no host": (b"GET / HTTP/1.1\r\n", {400, 403}),
    "no host in 1.0": (b"GET / HTTP/1.0\r\n", {400, 403}),
    "an empty host": (b"GET / HTTP/1.1\r\nHost: \r\n", {400, 403}),
    "another host": (b"GET / HTTP/1.1\r\nHost: example.org\r\n", {403}),
    "another host in 1.0": (b"GET / HTTP/1.0\r\nHost: example.org\r\n", {403}),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: example.org\r\n" + HOST, {400, 403}),
    "a host behind a name": (b"GET / HTTP/1.1\r\nHost: 127.0.0.1@example.org\r\n", {400, 403}),
    "another version": (b"GET / HTTP/9.9\r\n" + HOST, {400}),
    "no version": (b"GET /\r\n", {400}),
    "a web socket": (
        b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" + HOST,
        {200},
    ),
    "events since anything": (b"GET /.litnet/events?since=%ff HTTP/1.1\r\n" + HOST, {400}),
    "noise": (bytes(range(256)) * 30, {0, 400}),
    "encryption": (b"\x16\x03\x01\x02\x00\x01" * 100, {0, 400}),
}


@pytest.mark.parametrize("kind", REQUESTS)
def test_odd_requests_get_a_plain_answer(attacked: Server, kind: str, capfd, caplog) -> None:
    running = attacked
    request, expected = REQUESTS[kind]
    status, headers, body = raw(running, request + b"Connection: close\r\n\r\n")
    assert status in expected
    if status in (403, 404, 405):
        assert b"content-security-policy" in headers and body.count(b"\n") == 1
    assert capfd.readouterr().err == "" and not [r for r in caplog.records if r.levelno >= 30]
    assert raw(running, b"GET / HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")[0] == 200


@pytest.mark.parametrize(
    "part, status",
    [
        ("bytes=0-9", 206),
        ("bytes=-10", 206),
        ("bytes=5-", 206),
        ("bytes=99999999-", 416),
        ("bytes=-0", 416),
        ("bytes=9-5", 200),
        ("bytes=a-b", 200),
        ("bytes=--5", 200),
        ("bytes=-5-9", 200),
        ("bytes=0-1,5-6", 200),
        ("bytes= 1 - 5", 200),
        ("bytes=" + "9" * 5000 + "-", 200),
        ("bytes=", 200),
        ("letters=0-5", 200),
        ("bytes=\u0661-\u0663", 200),
    ],
)
@pytest.mark.parametrize("path", ["/index.html", "/clips/LayerIntro.mp4"])
def test_a_part_is_asked_for_as_the_standard_says(
    attacked: Server, path: str, part: str, status: int
) -> None:
    running = attacked
    request = f"GET {path} HTTP/1.1\r\nRange: {part}\r\nConnection: close\r\n".encode()
    whole = raw(running, f"GET {path} HTTP/1.1\r\nConnection: close\r\n".encode() + HOST + b"\r\n")
    found = raw(running, request + HOST + b"\r\n")
    assert found[0] == status
    expected = {"bytes=0-9": whole[2][:10], "bytes=-10": whole[2][-10:], "bytes=5-": whole[2][5:]}
    if status != 416:
        assert found[2] == expected.get(part, whole[2])


def test_every_answer_says_what_it_may_do(attacked: Server) -> None:
    running = attacked
    for path in ("/", "/index.html", "/lesson.css", "/clips/LayerIntro.mp4", "/gone", "/clips"):
        request = f"GET {path} HTTP/1.1\r\nConnection: close\r\n".encode()
        _, headers, _ = raw(running, request + HOST + b"\r\n")
        policy = headers[b"content-security-policy"]
        assert b"default-src 'none'" in policy and b"unsafe-eval" not in policy
        assert (b"script-src 'self'" in policy) == path.endswith(("/", ".html"))
        assert headers[b"x-content-type-options"] == b"nosniff"


def test_many_connections_leave_the_server_whole(server) -> None:
    running, _ = server

    def answers() -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return answer(running, "/")[0] == 200
        return False

    with contextlib.ExitStack() as stack:
        for _ in range(600):
            stack.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=5))
    soon(answers)


@needs_chromium
def test_an_svg_by_itself_runs_nothing(page, server, tmp_path: Path) -> None:
    """Not even one that came into the folder on another way."""
    running, _ = server
    (tmp_path / "out" / "x.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg"><script>document.documentElement.dataset.ran=1'
        "</script></svg>",
        encoding="utf-8",
    )
    (tmp_path / "out" / "x.txt").write_text("<script>document.title = 'ran'</script>", "utf-8")
    new = page.context.new_page()  # which may have errors in its console
    for name in ("x.svg", "x.txt"):
        new.goto(f"{running.address}{name}")
        assert new.evaluate("document.documentElement.dataset.ran") is None
        assert new.title() != "ran"


@needs_chromium
def test_a_film_by_itself_plays(page, server) -> None:
    running, _ = server
    page.goto(f"{running.address}clips/LayerIntro.mp4")
    watched(page, "() => document.querySelector('video')?.readyState >= 2")
    assert page.evaluate("document.querySelector('video').videoWidth") == 426


def test_a_port_that_is_taken(server, lesson: Path, published: Studio, tmp_path: Path) -> None:
    running, _ = server
    other = Server(
        lambda: build(lesson, tmp_path / "other", studio=published), [], print, port=running.port
    )
    # In a thread of its own: Playwright has an event loop running in this one.
    with ThreadPoolExecutor(1) as pool, pytest.raises(InputError, match=f"port {running.port}: "):
        pool.submit(other.run).result(20)
