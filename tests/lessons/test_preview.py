"""The page on which a story is seen while it is written."""

from __future__ import annotations

import http.client
import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from browser import needs_chromium, soon
from film import ROOT, without_litnet
from PIL import Image
from studio import wait_until

from litnet.clips import preview as previewing
from litnet.clips.preview import LENGTHS, Preview
from litnet.clips.settings import Quality
from litnet.clips.task import RenderTask
from litnet.record.variant import filmed

STORY = """
from manim import *
from litnet import *
import helper


class Mine(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        dot = Dot(radius=0.5, color=helper.COLOR)
        with self.beat("one", "One", caption="Something\\nmoves."):
            self.play(dot.animate.shift(2 * RIGHT), run_time=1)
            self.hold(0.5)
        with self.beat("two", "Two"):
            self.add(LiveNumber(reading.confidence).shift(2 * UP))
            self.hold(0.5)
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """A preview of a story with a module of its own."""
    folder = tmp_path_factory.mktemp("mine")
    (folder / "mine.py").write_text(STORY, encoding="utf-8")
    (folder / "helper.py").write_text("COLOR = '#ff0000'\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        task = RenderTask("", folder / "mine.py", filmed(), Quality(640, 360, 10))
    preview = Preview(task, folder, lambda text: None)
    thread = threading.Thread(target=preview.run, daemon=True)
    thread.start()
    wait_until(lambda: preview.port and preview.ready.is_set())
    yield preview
    preview.stop()
    thread.join(20)
    assert not thread.is_alive()


@pytest.fixture
def written(served: Preview) -> Iterator[Preview]:
    """The preview; its story is as it was afterwards."""
    yield served
    (served.root / "helper.py").write_text("COLOR = '#ff0000'\n", encoding="utf-8")
    served.task.file.write_text(STORY, encoding="utf-8")


def get(preview: Preview, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", preview.port, timeout=120)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        connection.close()


def look(preview: Preview, query: str) -> list[tuple[dict[str, Any], bytes]]:
    """The messages of a look."""
    status, body, _ = get(preview, f"/{preview.token}/look?{query}")
    assert status == 200
    found = []
    while body:
        head, data = LENGTHS.unpack(body[: LENGTHS.size])
        body = body[LENGTHS.size :]
        found.append((json.loads(body[:head]), body[head : head + data]))
        body = body[head + data :]
    return found


def color(preview: Preview, frame: int) -> Any:
    """The colour in the middle of the dot, once it has arrived."""
    (header, data), *_ = look(preview, f"frame={frame}&size=full")
    assert header["kind"] == "picture", header
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (640, 360)
        return np.array(image)[180, 320 + 90].tolist()


def test_a_look_shows_what_is_in_the_files_now(written: Preview) -> None:
    red, green, blue = color(written, 12)
    assert red > 240 and green < 15 and blue < 15
    # The story's own module is imported as it is, too.
    when = (written.root / "helper.py").stat().st_mtime
    (written.root / "helper.py").write_text("COLOR = '#00ff00'\n", encoding="utf-8")
    os.utime(written.root / "helper.py", (when, when))  # no other size, and no other date
    assert color(written, 12)[1] > 240
    text = STORY.replace("helper.COLOR", "'#0000ff'")
    written.task.file.write_text(text, encoding="utf-8")
    assert color(written, 12)[2] > 240


def test_all_of_a_story_is_told(served: Preview) -> None:
    ((end, _),) = look(served, "")
    assert end["kind"] == "end" and end["scene"] == "Mine"
    names, titles, starts, ends = zip(*end["beats"], strict=True)
    assert (names, titles) == (("one", "two"), ("One", "Two"))
    assert starts[0] == 0 and ends[0] == starts[1] and ends[1] == end["frames"] / 10
    assert [cue[2] for cue in end["cues"]] == ["Something\nmoves."]


def test_the_numbers_of_a_frame_have_their_places(served: Preview) -> None:
    ((end, _),) = look(served, "")
    (header, _), *_ = look(served, f"frame={end['frames'] - 1}&size=full")
    (fact,) = header["facts"]
    left, top, right, bottom, text = fact
    assert text.startswith("0.99") and text.endswith("confidence")
    assert left == pytest.approx(320, abs=2) and bottom == pytest.approx(180 - 2 * 45, abs=2)
    assert left < right and top < bottom
    assert header["frame"] == end["frames"] - 1


def test_it_plays_on_from_a_frame(served: Preview) -> None:
    *pictures, (end, _) = look(served, "frame=3&play=1")
    assert end["kind"] == "end"
    assert [header["frame"] for header, _ in pictures] == [*range(3, end["frames"])]
    with Image.open(io.BytesIO(pictures[0][1])) as image:
        assert image.size == (854, 480)


def test_a_story_that_fails_is_said_with_its_line(written: Preview) -> None:
    written.task.file.write_text(STORY.replace("2 * RIGHT", "2 * RIHGT"), encoding="utf-8")
    ((error, _),) = look(written, "frame=12")
    line = 1 + STORY.split("\n").index(next(x for x in STORY.split("\n") if "2 * RIGHT" in x))
    assert (error["kind"], error["line"]) == ("error", line)
    assert "name 'RIHGT' is not defined" in error["text"]
    assert error["lines"].startswith(f'  File "{written.task.file}", line {line}, in construct')
    written.task.file.write_text("class Mine(:\n", encoding="utf-8")
    ((error, _),) = look(written, "frame=12")
    assert error["line"] == 1 and error["text"].startswith("SyntaxError")
    written.task.file.write_text(STORY.replace("'", '"'), encoding="utf-8")
    assert look(written, "frame=12")[0][0]["kind"] == "picture"


def test_a_number_that_is_not_its_source_s_is_said(written: Preview) -> None:
    wrong = STORY.replace("reading.confidence", 'Quantity(0.5, "confidence")')
    written.task.file.write_text(wrong, encoding="utf-8")
    ((error, _),) = look(written, "")
    assert "holds 0.5, but its source confidence is 0.99" in error["text"]


def test_a_story_that_never_ends_is_stopped(written: Preview) -> None:
    endless = STORY.replace("reading = self.read()", "while True: pass")
    written.task.file.write_text(endless, encoding="utf-8")
    ((error, _),) = look(written, "frame=12")
    line = 1 + endless.split("\n").index("        while True: pass")
    assert error["line"] == line
    assert error["text"].startswith("Stopped: nothing came for 10 s; it may never end (")


def test_a_story_that_needs_a_voice_says_what_is_missing(written: Preview) -> None:
    task, silent = written.task, written.task.variant
    written.task = RenderTask(
        "", task.file, msgspec.structs.replace(silent, voice="no-such-folder"), task.quality
    )
    try:
        ((error, _),) = look(written, "frame=12")
    finally:
        written.task = task
    assert error["kind"] == "error" and "found no such folder" in error["text"]


def test_what_is_no_choice_is_refused(served: Preview) -> None:
    path = f"/{served.token}/look?frame=1"
    assert get(served, f"{path}&model=/etc/passwd")[0] == 400
    assert get(served, f"/{served.token}/look?frame=x")[0] == 400


def test_only_who_knows_the_token_is_answered(served: Preview) -> None:
    for path in ("/", "/page.js", "/look", "//look", "/wrong/", "/wrong/look?frame=1"):
        assert get(served, path)[0] == 404, path
    page = f"/{served.token}/"
    status, body, headers = get(served, page)
    assert status == 200 and served.token.encode() not in body
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
    # A page from elsewhere, also one whose name points here.
    assert get(served, page, Host="evil.example")[0] == 403
    for name in ("story", "look?frame=1", "events"):
        assert get(served, page + name, Origin="http://evil.example")[0] == 403
        assert get(served, page + name, **{"Sec-Fetch-Site": "cross-site"})[0] == 403


def children(process: int) -> list[int]:
    """The processes that a process started."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == process and fields[0] != "Z":
                found.append(int(entry.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_nothing_outlives_the_command(tmp_path: Path) -> None:
    (tmp_path / "endless.py").write_text(
        "from litnet import LitScene\nclass E(LitScene):\n    def construct(self):\n"
        "        while True: pass\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "litnet", "preview", "endless.py"],
        cwd=tmp_path,
        env=without_litnet() | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        address = process.stderr.readline().split()[1]
        port, token = address.split(":")[2].split("/")[:2]
        connection = http.client.HTTPConnection("127.0.0.1", int(port))
        connection.request("GET", f"/{token}/look?frame=1")
        wait_until(lambda: [c for w in children(process.pid) for c in children(w)], 240)
        started = children(process.pid)
        started += [c for w in started for c in children(w)]
        connection.close()
    finally:
        process.kill()
        process.communicate()
    wait_until(lambda: not [n for n in started if Path(f"/proc/{n}/task").exists()], 20)


# --- the page ------------------------------------------------------------------------------------
@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page(
    written: Preview,
    new_page: Callable[..., Any],
    scheme: str,
    tmp_path: Path,
) -> None:
    page = new_page(viewport={"width": 1100, "height": 900}, color_scheme=scheme)
    page.goto(written.address)
    shown = "document.body.dataset.shown === 'full'"
    soon(page, f"() => {shown} && document.body.dataset.frames > 0", 90)
    frame = "Number(document.getElementById('picture').dataset.frame)"
    assert page.evaluate(f"() => {frame}") == 0
    page.keyboard.press("ArrowRight")
    soon(page, f"() => {frame} === 1", 60)
    page.keyboard.press("Shift+ArrowRight")
    soon(page, f"() => {frame} > 10", 60)
    assert page.locator("#beats button").all_inner_texts() == ["one", "two"]
    assert page.locator("#beats button[aria-current]").inner_text() == "one"
    page.keyboard.press("Shift+ArrowRight")
    soon(page, f"() => {frame} === document.body.dataset.frames - 1 && {shown}", 60)
    box = page.locator("#picture").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 330 / 640, box["y"] + box["height"] * 86 / 360)
    assert "confidence" in page.locator("#number").inner_text()
    assert page.locator("#cues i").count() == 1
    page.screenshot(path=str(tmp_path / f"{scheme}.png"))

    # A save: the picture follows. A mistake: it stays, and the page says why.
    before = page.evaluate("() => document.getElementById('picture').src")
    (written.root / "helper.py").write_text("COLOR = '#00ff00'\n", encoding="utf-8")
    soon(page, f"() => document.getElementById('picture').src !== '{before}' && {shown}", 60)
    kept = page.evaluate("() => document.getElementById('picture').src")
    written.task.file.write_text(STORY.replace("2 * RIGHT", "2 * RIHGT"), encoding="utf-8")
    soon(page, "() => !document.getElementById('failed').hidden", 60)
    assert "RIHGT" in page.locator("#why").inner_text()
    assert page.evaluate("() => document.getElementById('picture').naturalWidth") > 0
    assert (
        page.evaluate("() => document.getElementById('picture').src.startsWith('blob:')") and kept
    )
    written.task.file.write_text(STORY, encoding="utf-8")
    soon(page, f"() => document.getElementById('failed').hidden && {shown}", 60)
    page.keyboard.press("Space")
    soon(page, "() => document.getElementById('state').textContent === 'playing'", 60)
    soon(page, "() => document.getElementById('play').textContent === 'Play'", 90)

    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    page.screenshot(path=str(tmp_path / f"{scheme}-phone.png"))


def test_many_files_saved_at_once_are_one_change(served: Preview) -> None:
    before = served.saved
    for number in range(20):
        (served.root / f"other{number}.py").write_text("A = 1\n", encoding="utf-8")
    wait_until(lambda: served.saved > before)
    time.sleep(4 * previewing.SETTLED)
    assert served.saved <= before + 3
