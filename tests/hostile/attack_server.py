"""Requests to ``lesson serve`` that no browser makes."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from arena import Ended, Field, Place, Running

TEXT = "# A\n\n![A film](clip:Recap)\n\n![a](p.svg)\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'


class Served:
    """A lesson that is served, and what it answers to bytes."""

    def __init__(self, place: Place) -> None:
        folder = place.given / "lesson"
        folder.mkdir()
        (folder / "lesson.md").write_text(TEXT)
        (folder / "p.svg").write_text(SVG)
        self.built = place.given / "served"
        self.running: Running = place.start(
            "lesson", "serve", folder, "--port", 0, "-o", self.built, PYTHONUNBUFFERED="1"
        )
        end = time.monotonic() + 60
        while not (found := re.search(r"http://127.0.0.1:(\d+)/", self.said())):
            assert time.monotonic() < end and self.running.process.poll() is None, self.said()
            time.sleep(0.1)
        self.port = int(found[1])

    def said(self) -> str:
        return self.running.err.read_text("utf-8", "replace")

    def ask(self, data: bytes, wait: float = 5.0) -> bytes:
        """What comes back until the connection ends, or nothing more comes for so long."""
        with closing(socket.create_connection(("127.0.0.1", self.port), timeout=wait)) as asked:
            answer = b""
            try:
                asked.sendall(data)
                while piece := asked.recv(65536):
                    answer += piece
                    if len(answer) > 20_000_000:
                        break
            except (TimeoutError, ConnectionError):
                pass
        return answer

    def get(self, path: bytes, *headers: bytes, method: bytes = b"GET") -> bytes:
        lines = [method + b" " + path + b" HTTP/1.1", b"Host: localhost", *headers]
        return self.ask(b"\r\n".join([*lines, b"Connection: close", b"", b""]))


@pytest.fixture(scope="module")
def served(place: Place) -> Iterator[Served]:
    found = Served(place)
    yield found
    if found.running.process.poll() is None:
        found.running.kill()
        found.running.process.wait()


def status_of(answer: bytes) -> int | None:
    found = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)
    return int(found[1]) if found else None


def requests(port: int) -> Iterator[tuple[str, bytes]]:
    host = b"Host: localhost:%d\r\n" % port

    def get(path: bytes, more: bytes = b"") -> bytes:
        return b"GET " + path + b" HTTP/1.1\r\n" + host + more + b"Connection: close\r\n\r\n"

    up = (
        b"/../lesson.md",
        b"/../../pyproject.toml",
        b"/%2e%2e/%2e%2e/pyproject.toml",
        b"/..%2f..%2fpyproject.toml",
        b"/..%5c..%5cpyproject.toml",
        b"//etc/passwd",
        b"/%2fetc%2fpasswd",
        b"/./../../../../../../etc/passwd",
        b"/clips/../../lesson.md",
        b"/%252e%252e/lesson.md",
        b"/..%00/lesson.md",
        b"/\xc0\xae\xc0\xae/lesson.md",
        b"file:///etc/passwd",
        b"http://example.org/",
        b"/..;/lesson.md",
        b"/.git/config",
    )
    for path in up:
        yield "a way out", get(path)
    odd = (
        b"/%00",
        b"/a%00b.html",
        b"/index.html%00",
        b"/%",
        b"/%zz",
        b"/%ff%fe",
        b"/\xff\xfe",
        b"/" + b"a" * 300,
        b"/" + b"a" * 60_000,
        b"/" + b"%61" * 20_000,
        b"/%0d%0aX: y",
        b"/index.html/",
        b"/index.html/x",
        b"/CON",
        b"/?" + b"a=b&" * 10_000,
        b"*",
        b"",
        b"/.litnet/events?since=%00",
        b"/.litnet/events?since=%ff",
        b"/.litnet/reload.js/x",
        b"/.litnet/",
        b"/.litnet/events?since=" + b"9" * 5000,
        b"/%f0%9f%92%a9",
        b"/" * 5000,
        b"/pictures",
        b"/pictures/",
        b"/clips/..",
    )
    for path in odd:
        yield f"the path {path[:20]!r}", get(path)
    for header in (
        b"Range: bytes=0-0,1-1,2-2\r\n",
        b"Range: bytes=-99999999999999999999\r\n",
        b"Range: bytes=9-1\r\n",
        b"Range: bytes=a-b\r\n",
        b"Range: bytes=99999999999-\r\n",
        b"Range: \xff\r\n",
        b"If-Modified-Since: \xff\xfe\r\n",
        b"If-None-Match: " + b'"x",' * 9000 + b"\r\n",
        b"Accept-Encoding: gzip;q=nan\r\n",
        b"Cookie: " + b"a=" * 9000 + b"\r\n",
        b"X: " + b"y" * 100_000 + b"\r\n",
        b"".join(b"X%d: y\r\n" % n for n in range(5000)),
        b"Content-Length: -1\r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"Content-Length: 1\r\nContent-Length: 2\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        b"Expect: 100-continue\r\n",
        b"Upgrade: websocket\r\nConnection: Upgrade\r\n",
        b": nothing\r\n",
        b" folded\r\n",
        b"A\0B: c\r\n",
        b"X-Forwarded-For: \xff\r\n",
        b"Host: example.org\r\n",
    ):
        yield f"the header {header[:24]!r}", get(b"/index.html", header)
    for method in (
        b"POST",
        b"PUT",
        b"DELETE",
        b"TRACE",
        b"CONNECT",
        b"OPTIONS",
        b"HEAD",
        b"X" * 9000,
        b"\xff\xfe",
        b"get",
        b"",
    ):
        yield (
            f"the method {method[:10]!r}",
            method + b" / HTTP/1.1\r\n" + host + b"Content-Length: 0\r\n\r\n",
        )
    for raw in (
        b"\0" * 1000,
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + bytes(500),
        b"\r\n" * 5000,
        b"GET\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\nHost: localhost\n\n",
        b"A" * 200_000,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        b"POST / HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"GET / HTTP/1.1\r\nHost",
        b"POST /.litnet/events HTTP/1.1\r\n"
        + host
        + b"Content-Type: multipart/form-data; boundary=\r\nContent-Length: 3\r\n\r\nabc",
    ):
        yield f"the bytes {raw[:24]!r}", raw


def test_requests(attacks: Field, place: Place, served: Served) -> None:
    """None gives a traceback, a 5xx, or a file from outside; the server goes on."""
    asked = list(requests(served.port))
    attacks.random.shuffle(asked)
    heard = 0
    for what, data in asked:
        events = b"/.litnet/events" in data
        try:
            answer = served.ask(data, 0.5 if events else 3.0)
        except OSError as error:
            attacks.count(what, [f"no connection ({error})"])
            continue
        code = status_of(answer)
        faults = []
        if code is not None and code >= 500:
            faults.append(f"answered with {code}")
        if b"root:" in answer or b"[tool.litnet]" in answer or answer.endswith(TEXT.encode()):
            faults.append("gave a file from outside")
        said = served.said()
        if "Traceback" in said[heard:]:
            faults.append("a traceback")
        if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", said[heard:]):
            faults.append("said raw letters")
        heard = len(said)
        attacks.count(what, faults)
    attacks.count("afterwards", [] if status_of(served.get(b"/")) == 200 else ["no page"])


def test_hosts(attacks: Field, place: Place, served: Served) -> None:
    """Only this machine's own names are answered."""
    hosts = (
        b"example.org",
        b"localhost.example.org",
        b"127.0.0.1.example.org",
        b"2130706433",
        b"0.0.0.0",
        b"[::1]",
        b"localhost@example.org",
        b"",
        b"\xff",
        b"evil\x1b[2J",
        b"127.1",
        b"LOCALHOST.",
    )
    for path in (
        b"/",
        b"/index.html",
        b"/.litnet/reload.js",
        b"/.litnet/events",
        b"/pictures/1.svg",
    ):
        for host in hosts:
            for version in (b"1.1", b"1.0"):
                answer = served.ask(
                    b"GET %s HTTP/%s\r\nHost: %s\r\nConnection: close\r\n\r\n"
                    % (path, version, host),
                    1,
                )
                code = status_of(answer)
                wrong = code is not None and not 400 <= code < 500
                attacks.count(f"the host {host!r} for {path!r}", [f"answered with {code}"] * wrong)
        answer = served.ask(b"GET %s HTTP/1.0\r\n\r\n" % path, 1)
        code = status_of(answer)
        wrong = code is not None and not 400 <= code < 500
        attacks.count(f"HTTP/1.0 without a host for {path!r}", [f"answered with {code}"] * wrong)


def test_policies(attacks: Field, place: Place, served: Served) -> None:
    """Every file that was built goes out with a policy that lets no foreign script run."""
    for file in sorted(path for path in served.built.rglob("*") if path.is_file()):
        name = file.relative_to(served.built).as_posix()
        head = served.get(f"/{name}".encode()).partition(b"\r\n\r\n")[0].lower()
        faults = []
        if status_of(head.upper()) != 200:
            faults.append(f"answered with {head[:30]!r}")
        policy = re.search(rb"content-security-policy: ([^\r]*)", head)
        if policy is None:
            faults.append("no policy")
        elif b"unsafe-inline" in (re.search(rb"script-src[^;]*", policy[1]) or [b""])[0]:
            faults.append("a policy that lets any script run")
        elif not re.search(rb"script-src|default-src|sandbox", policy[1]):
            faults.append("a policy that says nothing of scripts")
        if b"x-content-type-options: nosniff" not in head:
            faults.append("its kind may be guessed")
        attacks.count(name, faults)


def test_crowds(attacks: Field, place: Place, served: Served) -> None:
    """Many that connect and say little; the server still answers, and ends when it is told to."""
    crowd: list[socket.socket] = []
    try:
        for number in range(150):
            one = socket.create_connection(("127.0.0.1", served.port), timeout=5)
            said = (
                b"GET /.litnet/events?since=1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                b"GET / HT",
                b"",
            )
            one.sendall(said[number % 3])
            crowd.append(one)
        code = status_of(served.get(b"/"))
        attacks.count("150 who say little", [] if code == 200 else [f"answered with {code}"])
        lesson: Path = place.given / "lesson" / "lesson.md"
        for what, text in {
            "nothing": b"",
            "no text": b"\xff\xfe",
            "a right one": TEXT.encode(),
        }.items():
            lesson.write_bytes(text)
            time.sleep(1.5)
            code = status_of(served.get(b"/"))
            attacks.count(
                f"the text becomes {what}", [] if code == 200 else [f"answered with {code}"]
            )
    finally:
        for one in crowd:
            one.close()
    import os
    import signal

    os.kill(served.running.pid, signal.SIGINT)
    ended: Ended = served.running.wait(0.5)
    attacks.judge("Ctrl-C", ended)
