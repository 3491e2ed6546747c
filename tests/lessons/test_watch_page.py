"""The page on which previews play while stories are written."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from browser import needs_chromium
from studio import wait_until

from litnet.clips.render import Silent
from litnet.clips.watched import Watched
from network import InputError


def film(file: Path, grey: int, frames: int = 20) -> None:
    """A film of one grey."""
    with av.open(str(file), "w", format="mp4") as output:
        stream = output.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        picture = np.full((36, 64, 3), grey, np.uint8)
        for _ in range(frames):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(stream.encode(None))


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Watched]:
    film(tmp_path / "Mine.mp4", 90)
    (tmp_path / "secret.mp4").write_bytes(b"mine")
    with Watched(tmp_path, Silent) as watched:
        yield watched


def get(page: Watched, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", path, headers=named)
    answer = connection.getresponse()
    said = answer.status, answer.read(), dict(answer.getheaders())
    connection.close()
    return said


def first_event(page: Watched) -> dict[str, Any]:
    """How the clips are."""
    connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=10)
    connection.request("GET", f"/{page.token}/events")
    answer = connection.getresponse()
    line = answer.readline().decode()
    connection.close()
    found: dict[str, Any] = json.loads(line.removeprefix("data: "))
    return found


def test_films_are_served_whole_and_in_parts(page: Watched, tmp_path: Path) -> None:
    page.tell("Mine", state="fresh")
    assert first_event(page) == {"Mine": {"state": "fresh", "version": 1}}
    data = (tmp_path / "Mine.mp4").read_bytes()
    status, body, headers = get(page, f"/{page.token}/clip/Mine.mp4?1")
    assert (status, body) == (200, data)
    assert headers["Content-Type"] == "video/mp4" and headers["Cache-Control"] == "no-store"
    status, body, headers = get(page, f"/{page.token}/clip/Mine.mp4?1", Range="bytes=10-19")
    assert (status, body) == (206, data[10:20])
    film(tmp_path / "Mine.mp4", 200)  # rendered anew
    page.tell("Mine", state="rendered", error=None)
    assert first_event(page)["Mine"]["version"] == 2
    assert get(page, f"/{page.token}/clip/Mine.mp4?2")[1] == (tmp_path / "Mine.mp4").read_bytes()


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {}, 404),
        ("/wrong/", {}, 404),
        ("/wrong/clip/Mine.mp4", {}, 404),
        ("/{}/clip/secret.mp4", {}, 404),
        ("/{}/clip/..%2FMine.mp4", {}, 404),
        ("/{}/clip/Mine.mp4", {"Host": "evil.example"}, 403),
        ("/{}/clip/Mine.mp4", {"Origin": "http://evil.example"}, 403),
        ("/{}/", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("/{}/", {}, 200),
        ("/{}/page.js", {}, 200),
    ],
)
def test_who_is_answered(page: Watched, path: str, headers: dict[str, str], status: int) -> None:
    page.tell("Mine", state="fresh")
    first_event(page)
    found, body, said = get(page, path.format(page.token), **headers)
    assert found == status
    assert b"Mine" not in body and "default-src 'none'" in said["Content-Security-Policy"]


def test_a_port_in_use_is_said(page: Watched, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="something listens there already"):
        Watched(tmp_path, Silent, page.port).__enter__()


@needs_chromium
def test_a_film_plays_and_goes_on_where_it_was(page: Watched, tmp_path: Path, browser: Any) -> None:
    page.tell("Mine", state="fresh")
    tab = browser.new_page()
    tab.goto(page.address)
    video = "document.querySelector('video')"
    wait_until(lambda: tab.evaluate(f"{video} && {video}.readyState > 1 && !{video}.paused"))
    page.tell("Mine", state="rendering", done=3, total=9)
    wait_until(lambda: "3 of 9 frames" in tab.inner_text("section"))
    tab.evaluate(f"{video}.pause(); {video}.currentTime = 1.2")
    film(tmp_path / "Mine.mp4", 200)
    page.tell("Mine", state="rendered", error=None)
    wait_until(lambda: tab.evaluate(f"{video}.src.endsWith('?2') && {video}.readyState > 1"))
    assert tab.evaluate(f"{video}.currentTime") == pytest.approx(1.2, abs=0.01)
    assert tab.evaluate(f"{video}.paused"), "who paused it may look on"
    page.tell("Mine", state="failed", error="ValueError: <b> (mine.py:3)")
    wait_until(lambda: "ValueError: <b> (mine.py:3)" in tab.inner_text("section.failed"))
    assert tab.evaluate(f"{video}.src.endsWith('?2')"), "the last good film stays"
    tab.set_viewport_size({"width": 390, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.screenshot(path=str(tmp_path / "page.png"))
    tab.close()
