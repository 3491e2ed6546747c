"""<lit-clip> in a real browser: chapters, questions and the neurons that one can ask."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from browser import NODE_MODULES, needs_chromium, needs_npm_packages, soon
from film import ROOT

from litnet.clips.manifest import Studio
from litnet.lessons.clip import Clip
from litnet.lessons.exporters.job import Job, media
from litnet.lessons.exporters.job import page as page_of
from litnet.lessons.quiz import read_quiz
from litnet.lessons.words import words_file, words_script

pytestmark = [needs_chromium, needs_npm_packages]
WEB = ROOT / "litnet" / "lessons" / "web"
HOSTILE = "<script>globalThis.hacked = 1</script><img src=x onerror='globalThis.hacked = 1'>\u202e"
QUIZ = """
[[question]]
id = "inputs"
clip = "LayerIntro"
beat = "count"
kind = "number"
answer = "network.sizes[0]"
[question.en]
text = "How many pixels? HOSTILE"
right = "Right it is."
wrong = "Count again."
hint = "28 rows of 28."
[question.ko]
text = "픽셀은 몇 개입니까?"
right = "맞습니다."
wrong = "다시 세어 보세요."

[[question]]
id = "bright"
clip = "LayerIntro"
beat = "neuron"
kind = "choice"
difficulty = 2
answer = 2
[question.en]
text = "What does a bright neuron hold?"
choices = ["A low number", "A high number HOSTILE"]
right = "Right it is."
wrong = "The other way round."
[question.ko]
text = "밝은 뉴런이 담은 것은?"
choices = ["작은 수", "큰 수"]
right = "맞습니다."
wrong = "반대입니다."

[[question]]
id = "answer"
clip = "LayerIntro"
beat = "answer"
kind = "neuron"
difficulty = 3
answer = { layer = 3, neuron = "prediction" }
[question.en]
text = "Which neuron is the answer?"
right = "Right it is."
wrong = "Look for the brightest."
[question.ko]
text = "답인 뉴런은?"
right = "맞습니다."
wrong = "가장 밝은 것을 찾으세요."
""".replace("HOSTILE", HOSTILE)

HEARD = """() => {
    globalThis.heard = [];
    for (const type of ["answer", "statement", "score", "neuron"])
        document.addEventListener(`litnet:${type}`, (e) => heard.push([type, e.detail]));
    const video = document.querySelector("video");
    const present = (now, { mediaTime }) => {
        globalThis.presented = mediaTime;
        video.requestVideoFrameCallback(present);
    };
    video.requestVideoFrameCallback(present);
}"""


@pytest.fixture(scope="module")
def folders(published: Studio, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page with the clip LayerIntro, in each language; ``plain`` is one that asks nothing."""
    found = {}
    for name, language in (("en", "en"), ("ko", "ko"), ("plain", "en")):
        folder = tmp_path_factory.mktemp(name)
        (folder / "quiz.toml").write_text(QUIZ, encoding="utf-8")
        clip = Clip("LayerIntro", language, studio=published)
        questions = read_quiz(folder / "quiz.toml").for_clip("LayerIntro", clip.record, language)
        job = Job(clip, "", questions if name != "plain" else [])
        for file, content in media(job).items():
            data = content if isinstance(content, bytes) else content.read_bytes()
            (folder / file).write_bytes(data)
        (folder / "index.html").write_text(page_of(job), encoding="utf-8")
        found[name] = folder
    return found


def opened(page, folder: Path) -> None:
    page.goto((folder / "index.html").as_uri())
    page.evaluate(HEARD)
    soon(
        page, "() => !document.querySelector('lit-clip').shadowRoot.querySelector('.chrome').hidden"
    )
    soon(page, "() => document.querySelector('video').readyState >= 2")


def shown_frame(page, rate: float) -> int:
    """The frame that was last put on screen, by the browser's own word, once nothing is sought.

    It has to be the one that the clock says.
    """
    soon(
        page,
        f"""() => {{
            const video = document.querySelector("video");
            const frame = (time) => Math.floor(time * {rate} + 1e-3);
            return !video.seeking && frame(video.currentTime) === frame(globalThis.presented);
        }}""",
    )
    return int(page.evaluate("globalThis.presented") * rate + 1e-3)


def heard(page, kind: str) -> list[dict]:
    return [detail for name, detail in page.evaluate("heard") if name == kind]


def play_until_asked(page, question: str, start: float) -> None:
    page.evaluate(
        """(start) => {
            const video = document.querySelector("video");
            video.muted = true;
            video.currentTime = start;
            return video.play();
        }""",
        start,
    )
    page.locator(".q").get_by_text(question).wait_for()
    assert page.evaluate("document.querySelector('video').paused")


def beat(record: dict, name: str) -> tuple[int, int]:
    rate = 5
    found = next(beat for beat in record["beats"] if beat["name"] == name)
    return round(found["start"] * rate), round(found["end"] * rate) - 1


# --- time ----------------------------------------------------------------------------------------
def test_every_chapter_is_sought_to_the_frame(page, folders, record) -> None:
    opened(page, folders["en"])
    page.locator(".play").focus()
    for number, one in enumerate(record["beats"], start=1):
        page.keyboard.press(str(number))
        assert shown_frame(page, 5) == round(one["start"] * 5)
        assert page.locator(".now").inner_text().endswith(one["title"])


def test_the_line_of_time_is_sought_and_names_its_parts(page, folders, record) -> None:
    opened(page, folders["plain"])
    bar = page.get_by_role("slider")
    box, duration = bar.bounding_box(), record["video"]["duration"]
    for one in record["beats"][2:5]:
        middle = (one["start"] + one["end"]) / 2
        x, y = box["x"] + box["width"] * middle / duration, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        assert page.locator(".now").inner_text().endswith(one["title"])
        page.mouse.down()
        page.mouse.up()
        assert abs(shown_frame(page, 5) - middle * 5) <= 1
        assert one["title"] in bar.get_attribute("aria-valuetext")
        assert abs(int(bar.get_attribute("aria-valuenow")) - middle) <= 1
    page.mouse.move(0, 0)
    bar.focus()
    page.keyboard.press("Home")
    assert shown_frame(page, 5) == 0
    page.keyboard.press("ArrowRight")
    assert shown_frame(page, 5) == 25
    page.keyboard.press("End")
    assert shown_frame(page, 5) == record["video"]["frames"] - 1


def test_keys_are_those_that_people_know(page, folders, record) -> None:
    opened(page, folders["plain"])
    page.locator(".play").focus()
    for key, frame in (("l", 50), ("j", 0), (".", 1), (",", 0), ("ArrowRight", 25), ("L", 75)):
        page.keyboard.press(key)
        assert shown_frame(page, 5) == frame, key
    page.keyboard.press("k")
    soon(page, "() => !document.querySelector('video').paused")
    page.keyboard.press("k")
    soon(page, "() => document.querySelector('video').paused")
    page.keyboard.press("f")
    soon(page, "() => document.fullscreenElement?.localName === 'lit-clip'")
    assert page.locator(".chrome").is_visible()
    page.keyboard.press("f")
    soon(page, "() => !document.fullscreenElement")


@pytest.mark.parametrize("size", [(812, 375), (1280, 720)])
def test_a_full_screen_has_its_controls_in_one_row(new_page, folders, size) -> None:
    page = new_page(viewport=dict(zip(("width", "height"), size, strict=True)))
    opened(page, folders["plain"])
    page.locator("button.full").click()
    soon(page, "() => document.fullscreenElement?.localName === 'lit-clip'")
    row, film = page.locator(".chrome").bounding_box(), page.locator(".film").bounding_box()
    assert 44 <= row["height"] <= 48
    assert row["y"] >= film["y"] + film["height"]
    assert row["y"] + row["height"] <= size[1]


def test_speed_and_captions_are_remembered(page, folders, record) -> None:
    opened(page, folders["ko"])
    page.locator("select.language").select_option("en")  # the picture has Korean words
    assert page.locator(".line").is_visible()
    page.locator("select.speed").select_option("1.5")
    page.locator(".captions").click()
    assert page.locator(".line").is_hidden()
    opened(page, folders["ko"])
    assert page.evaluate("document.querySelector('video').playbackRate") == 1.5
    page.locator("select.language").select_option("en")
    assert page.locator(".line").is_hidden()
    page.locator(".captions").click()
    assert page.locator(".line").is_visible()


def test_a_page_that_may_remember_nothing_plays_all_the_same(new_page, folders) -> None:
    page = new_page()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }})"
    )
    opened(page, folders["plain"])
    page.locator("select.speed").select_option("2")
    assert page.evaluate("document.querySelector('video').playbackRate") == 2


# --- captions ------------------------------------------------------------------------------------
def test_words_in_the_picture_are_not_said_twice(page, folders, record) -> None:
    opened(page, folders["en"])
    page.evaluate(f"document.querySelector('video').currentTime = {record['cues'][3]['start']} + 1")
    shown_frame(page, 5)
    assert page.locator(".line").is_hidden() and page.locator(".captions").is_hidden()
    modes = page.evaluate("[...document.querySelector('video').textTracks].map((t) => t.mode)")
    assert "showing" not in modes


def test_captions_beside_the_picture_stand_below_it(page, folders, record, tmp_path: Path) -> None:
    for file in folders["plain"].iterdir():
        data = file.read_bytes()
        if file.name.endswith(".data.js"):
            assert b'"captions":"burned"' in data
            data = data.replace(b'"captions":"burned"', b'"captions":"track"')
        (tmp_path / file.name).write_bytes(data)
    opened(page, tmp_path)
    line = page.locator(".line")
    for cue in record["cues"][1:4]:
        page.evaluate(f"document.querySelector('video').currentTime = {cue['start'] + 0.5}")
        shown_frame(page, 5)
        assert line.inner_text().split() == cue["text"].split()
    page.locator("select.language").select_option("ko")
    assert re.search("[가-힣]", line.inner_text())
    assert line.bounding_box()["y"] >= bottom(page.locator("video"))
    page.locator(".play").focus()
    page.keyboard.press("c")
    assert line.is_hidden()


# --- nothing covers anything ---------------------------------------------------------------------
def bottom(locator) -> float:
    box = locator.bounding_box()
    return box["y"] + box["height"]


COVERED = """() => {
    const host = document.querySelector("lit-clip");
    const video = host.querySelector("video");
    const root = host.shadowRoot;
    const wrong = [];
    const at = (x, y) => {
        const found = document.elementFromPoint(x, y);
        return found === host ? root.elementFromPoint(x, y) : found;
    };
    const picture = video.getBoundingClientRect();
    scrollTo({top: scrollY + picture.top - 4, behavior: "instant"});
    const box = video.getBoundingClientRect();
    if (video.controls) wrong.push("the browser's controls");
    const free = root.querySelector(".start").hidden;
    for (let i = 1; i < 16 && free; i += 1)
        for (let j = 1; j < 16; j += 1) {
            const [x, y] = [box.left + box.width * i / 16, box.top + box.height * j / 16];
            if (y < innerHeight && at(x, y) !== video) wrong.push(["picture", i, j]);
        }
    const parts = "button, select, input, label, .line, .q, .bar, .now, .time";
    for (const one of root.querySelectorAll(parts)) {
        if (!one.checkVisibility() || one.matches(".start") || one.closest(".text")) continue;
        one.scrollIntoView({block: "center", behavior: "instant"});
        const own = one.getBoundingClientRect();
        if (!own.width) continue;
        const film = video.getBoundingClientRect();
        const over = own.left < film.right - 1 && own.right > film.left + 1
            && own.top < film.bottom - 1 && own.bottom > film.top + 1;
        if (over) wrong.push(["over the picture", one.className]);
        if (own.left < -0.5 || own.right > innerWidth + 0.5) wrong.push(["out", one.className]);
        const hit = at(own.left + own.width / 2, own.top + own.height / 2);
        if (!one.contains(hit)) wrong.push(["covered", one.className, hit?.className]);
        const touched = one.matches("button, select, label, .bar, [inputmode]");
        if (touched && Math.min(own.height, own.width) < 43.9)
            wrong.push(["small", one.className, own.width, own.height]);
    }
    return wrong;
}"""


@pytest.mark.parametrize(
    ("width", "language"),
    [(320, "en"), (320, "ko"), (390, "en"), (768, "en"), (1280, "en"), (1920, "en")],
)
def test_nothing_is_covered(new_page, folders, record, width: int, language: str) -> None:
    """At rest, paused, at a question, answered and while one asks: measured, and hit by points."""
    page = new_page(viewport={"width": width, "height": 800})
    opened(page, folders[language])
    assert page.evaluate(COVERED) == []
    page.evaluate("document.querySelector('video').currentTime = 3.3")
    shown_frame(page, 5)
    assert page.evaluate(COVERED) == []
    page.evaluate("document.querySelector('lit-clip').review('bright')")
    page.evaluate("document.querySelector('video').pause()")
    page.evaluate(
        "document.querySelector('video').currentTime"
        " = Object.values(litnetQuizzes)[0].find((one) => one.id === 'bright').time"
    )
    page.locator(".quiz").wait_for()
    assert page.evaluate(COVERED) == []
    page.locator(".body input").first.check()
    page.locator(".main").click()
    assert page.evaluate(COVERED) == []
    # The question and the picture that it is about are seen together.
    film, card = page.locator("video").bounding_box(), page.locator(".quiz").bounding_box()
    top = min(film["y"], card["y"])
    assert max(film["y"] + film["height"], card["y"] + card["height"]) - top <= 800


def test_a_paused_picture_is_the_film_s(page, folders, record) -> None:
    """Pixel by pixel, the lowest sixth too, where browsers put their own controls."""
    import io

    import av
    import numpy as np
    from PIL import Image

    opened(page, folders["plain"])
    frame = round(record["beats"][1]["end"] * 5) - 1
    page.evaluate(f"document.querySelector('video').currentTime = {(frame + 0.5) / 5}")
    assert shown_frame(page, 5) == frame
    page.locator("video").hover(position={"x": 40, "y": 40})
    shot = Image.open(io.BytesIO(page.locator("video").screenshot())).convert("L")
    with av.open(str(folders["plain"] / "LayerIntro.mp4")) as film:
        still = next(f for n, f in enumerate(film.decode(video=0)) if n == frame).to_image()
    seen = np.asarray(shot, float)
    wanted = np.asarray(still.convert("L").resize(shot.size), float)
    low = seen.shape[0] * 5 // 6
    assert wanted[low:].max() > 100, "there are words"
    assert np.abs(seen - wanted)[low:].mean() < 4
    assert np.abs(seen - wanted).mean() < 4


def test_answers_can_be_given_back(page, folders, record) -> None:
    opened(page, folders["en"])
    clip = "document.querySelector('lit-clip')"
    given = {"inputs": {"attempts": 2, "score": 0.5}, "bright": {"attempts": 0, "score": None}}
    page.evaluate(f"(given) => {{ {clip}.answers = given }}", given)
    assert page.evaluate(f"{clip}.answers") == given
    assert page.evaluate(f"{clip}.score")["points"] == 0.5
    # What was answered is not asked again; what is reviewed and was not right, is.
    page.evaluate(f"document.querySelector('video').currentTime = {beat(record, 'count')[1] / 5}")
    shown_frame(page, 5)
    assert page.locator(".quiz").is_hidden()
    page.evaluate(f"{clip}.review('bright')")
    page.evaluate("document.querySelector('video').pause()")
    assert abs(shown_frame(page, 5) - beat(record, "neuron")[0]) <= 3
    play_until_asked(page, "What does a bright", beat(record, "neuron")[1] / 5 - 0.5)


def test_one_can_watch_again_before_one_answers(page, folders, record) -> None:
    opened(page, folders["en"])
    play_until_asked(page, "What does a bright", beat(record, "neuron")[1] / 5 - 0.5)
    page.locator(".body input").nth(0).check()
    page.locator(".main").click()
    page.get_by_role("button", name="Watch again").click()
    page.evaluate("document.querySelector('video').pause()")
    assert abs(shown_frame(page, 5) - beat(record, "neuron")[0]) <= 3
    play_until_asked(page, "What does a bright", beat(record, "neuron")[1] / 5 - 0.5)
    page.locator(".body input").nth(1).check()
    page.locator(".main").click()
    assert [a["attempt"] for a in heard(page, "answer")] == [1, 2]
    assert page.locator(".told").inner_text() == "✓ Right it is."  # one praise is enough


def test_a_question_pauses_at_its_frame(page, folders, record) -> None:
    opened(page, folders["en"])
    for name, words in (("count", "How many pixels?"), ("neuron", "What does a bright")):
        _, last = beat(record, name)
        play_until_asked(page, words, last / 5 - 0.7)
        assert abs(shown_frame(page, 5) - last) <= 1
        page.get_by_role("button", name="Skip").click()


def test_the_transcript_follows_and_leads(page, folders, record) -> None:
    opened(page, folders["en"])
    page.get_by_role("button", name="Transcript").click()
    cue = record["cues"][4]
    words = " ".join(cue["text"].split())
    page.locator(".text button").filter(has_text=words).click()
    assert abs(shown_frame(page, 5) - cue["start"] * 5) <= 1
    soon(
        page,
        """() => document.querySelector('lit-clip').shadowRoot
        .querySelectorAll('.text [aria-current]').length === 1""",
    )
    assert words in page.locator(".text [aria-current]").inner_text()


def test_the_transcript_opens_where_the_film_is(page, folders, record) -> None:
    opened(page, folders["en"])
    page.get_by_role("slider").press("End")
    shown_frame(page, 5)
    page.get_by_role("button", name="Transcript").click()
    assert page.locator(".text").evaluate("(box) => box.scrollTop") > 100


def test_with_reduced_motion_one_steps_through_the_ends(new_page, folders, record) -> None:
    page = new_page(reduced_motion="reduce")
    opened(page, folders["en"])
    for one in record["beats"][:3]:
        page.get_by_role("button", name="Next chapter").click()
        assert shown_frame(page, 5) == round(one["end"] * 5) - 1
        assert page.evaluate("document.querySelector('video').paused")
        if page.locator(".quiz").is_visible():
            page.get_by_role("button", name="Skip").click()


# --- the neurons ---------------------------------------------------------------------------------
@pytest.mark.parametrize("width, ratio", [(1280, 1), (390, 3), (333, 1)])
def test_a_neuron_that_is_pointed_at_says_its_own_number(
    new_page, folders, record, width: int, ratio: int
) -> None:
    page = new_page(viewport={"width": width, "height": 900}, device_scale_factor=ratio)
    opened(page, folders["plain"])
    video = record["video"]
    wrong, tried = [], 0
    # Where pixels of the picture and neurons of every layer are on screen.
    for snapshot in (record["snapshots"][6], record["snapshots"][8], record["snapshots"][9]):
        page.evaluate(f"document.querySelector('video').currentTime = {snapshot['time'] + 0.1}")
        shown_frame(page, 5)
        page.get_by_role("button", name="Ask the neuron").click()
        assert shown_frame(page, 5) == snapshot["frame"]
        box = page.locator("video").bounding_box()
        scale = min(box["width"] / video["width"], box["height"] / video["height"])
        left = box["x"] + (box["width"] - scale * video["width"]) / 2
        top = box["y"] + (box["height"] - scale * video["height"]) / 2
        for layer in snapshot["layers"]:
            step = 41 if len(layer["x"]) > 100 else 1
            for k in range(0, len(layer["x"]), step):
                page.mouse.move(left + scale * layer["x"][k], top + scale * layer["y"][k])
                said = heard(page, "neuron")[-1]
                cell = (layer["cell"] or range(len(layer["x"])))[k]
                tried += 1
                value = layer["value"][k]
                if (said["layer"], said["cell"]) != (layer["layer"], cell) or said[
                    "value"
                ] != pytest.approx(value, rel=1e-5, abs=1e-9):
                    wrong.append((layer["layer"], cell, value, said))
                words = page.locator(".say").inner_text()
                number = re.search(r"(?:activation|brightness) ([0-9.e-]+)", words)
                assert float(number[1]) == pytest.approx(value, abs=0.0006), words
                if layer["layer"] == 0:
                    assert f"row {cell // 28 + 1}, column {cell % 28 + 1}" in words
        page.get_by_role("button", name="Ask the neuron").click()
    assert tried > 80 and wrong == []


def test_neurons_are_reached_by_keys(page, folders, record) -> None:
    opened(page, folders["plain"])
    whole = [s for s in record["snapshots"] if {0, 1} <= {layer["layer"] for layer in s["layers"]}]
    page.evaluate(f"document.querySelector('video').currentTime = {whole[0]['time']}")
    shown_frame(page, 5)
    page.locator("lit-clip").get_by_role("button", name="Ask the neuron").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert "row 2, column 2" in page.locator(".say").inner_text()
    page.keyboard.press("PageDown")
    assert "Hidden layer 1 · neuron 1 of 16" in page.locator(".say").inner_text()
    page.keyboard.press("Escape")
    assert page.locator(".over").is_hidden()


# --- questions -----------------------------------------------------------------------------------
def test_a_number_is_asked_for_until_it_is_right(page, folders, record) -> None:
    opened(page, folders["en"])
    play_until_asked(page, "How many pixels?", beat(record, "count")[1] / 5 - 0.5)
    page.locator(".body input").fill("783")
    page.get_by_role("button", name="Answer", exact=True).click()
    assert "Count again." in page.locator(".told").inner_text()
    assert "28 rows of 28." in page.locator(".told").inner_text()
    page.locator(".body input").fill("many")
    page.keyboard.press("Enter")
    assert page.locator(".told").inner_text() == "Write a number."
    for written in ("12,544", "1,234,567.5", "0,125", "−3"):
        page.locator(".body input").fill(written)
        page.keyboard.press("Enter")
    page.locator(".body input").fill("784,0")
    page.keyboard.press("Enter")
    assert "Right it is." in page.locator(".told").inner_text()
    answers = heard(page, "answer")
    assert [a["response"] for a in answers] == [783, 12544, 1234567.5, 0.125, -3, 784]
    assert [a["success"] for a in answers] == [False] * 5 + [True]
    assert [a["attempt"] for a in answers] == [1, 2, 3, 4, 5, 6]
    assert heard(page, "score")[-1] == {
        "right": 1, "answered": 1, "skipped": 0, "total": 3, "points": 0.5, "scaled": 0.5 / 3,
    }  # fmt: skip


def test_a_choice_by_keys_alone(page, folders, record) -> None:
    opened(page, folders["en"])
    page.locator(".play").focus()
    play_until_asked(page, "What does a bright", beat(record, "neuron")[1] / 5 - 0.5)
    assert (
        page.evaluate("document.querySelector('lit-clip').shadowRoot.activeElement.className")
        == "q"
    )
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert heard(page, "answer")[-1]["success"] is True
    page.keyboard.press("Enter")
    page.locator(".quiz").wait_for(state="hidden")


@pytest.mark.parametrize("how", ["mouse", "touch"])
def test_a_neuron_is_the_answer(new_page, folders, record, how: str) -> None:
    page = new_page(viewport={"width": 800, "height": 900}, has_touch=True)
    opened(page, folders["en"])
    last = record["video"]["frames"] - 1
    play_until_asked(page, "Which neuron is", last / 5 - 0.6)
    outputs = next(x for x in record["snapshots"][-1]["layers"] if x["layer"] == 3)
    box = page.locator("video").bounding_box()
    scale = box["width"] / record["video"]["width"]

    def point(k: int) -> None:
        x, y = box["x"] + scale * outputs["x"][k], box["y"] + scale * outputs["y"][k]
        (page.mouse.click if how == "mouse" else page.touchscreen.tap)(x, y)
        page.get_by_role("button", name="Answer", exact=True).click()

    shown_frame(page, 5)
    point(0)
    point(record["forward_pass"]["prediction"])
    assert [a["success"] for a in heard(page, "answer")] == [False, True]


def test_statements_are_xapi(page, folders, record) -> None:
    opened(page, folders["en"])
    play_until_asked(page, "What does a bright", beat(record, "neuron")[1] / 5 - 0.5)
    page.locator(".body input").nth(1).check()
    page.get_by_role("button", name="Answer", exact=True).click()
    (said,) = heard(page, "statement")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", said["id"])
    assert said["verb"]["id"] == "http://adlnet.gov/expapi/verbs/answered"
    definition = said["object"]["definition"]
    assert definition["interactionType"] == "choice"
    assert definition["correctResponsesPattern"] == ["choice-2"]
    assert [choice["id"] for choice in definition["choices"]] == ["choice-1", "choice-2"]
    result = said["result"]
    assert (result["response"], result["success"]) == ("choice-2", True)
    assert result["score"] == {"scaled": 1} and re.fullmatch(r"PT\d+\.\d\dS", result["duration"])


def test_hostile_words_are_words(page, folders, record) -> None:
    opened(page, folders["en"])
    play_until_asked(page, "How many pixels?", beat(record, "count")[1] / 5 - 0.5)
    assert "<script>globalThis.hacked = 1</script><img" in page.locator(".q").inner_text()
    assert "\u202e" not in page.locator(".q").inner_text()
    assert page.evaluate("globalThis.hacked") is None


# --- the page around it --------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize(
    "scheme",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"forced_colors": "active"}],
    ids=["light", "dark", "forced"],
)
def test_no_violation_with_everything_open(
    new_page, folders, record, published, language: str, scheme: dict[str, str]
) -> None:
    page = new_page(viewport={"width": 700, "height": 900}, **scheme)
    opened(page, folders[language])
    path = published.file("LayerIntro" + ("--ko" if language == "ko" else ""), "json")
    own = json.loads(path.read_text(encoding="utf-8"))
    words = "How many pixels?" if language == "en" else "픽셀은 몇 개입니까?"
    play_until_asked(page, words, beat(own, "count")[1] / 5 - 0.5)
    page.locator(".body input").fill("1")
    page.locator(".main").click()
    page.locator(".transcript").click()
    page.evaluate((NODE_MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    # Forced colours are the reader's own: axe sees those that were authored.
    contrast = "forced_colors" not in scheme
    found = page.evaluate(
        """(contrast) => axe.run({preload: false, rules: {"color-contrast": {enabled: contrast}}})
            .then((found) => found.violations.map((v) => [v.id, v.nodes.map((n) => n.html)]))""",
        contrast,
    )
    assert found == []


def test_without_its_data_it_stays_a_plain_video(new_page, folders, tmp_path: Path) -> None:
    page = new_page(expects_errors=True)
    text = (folders["en"] / "index.html").read_text(encoding="utf-8")
    for file in folders["en"].iterdir():
        if not file.name.endswith(".data.js"):
            (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "index.html").write_text(text, encoding="utf-8")
    page.goto((tmp_path / "index.html").as_uri())
    soon(page, "() => document.querySelector('video').readyState >= 2")
    assert page.locator("video[controls]").is_visible() and page.locator(".chrome").is_hidden()


def test_another_language_keeps_what_was_answered(page, folders, record) -> None:
    opened(page, folders["en"])
    play_until_asked(page, "What does a bright", beat(record, "neuron")[1] / 5 - 0.5)
    page.locator(".body input").nth(1).check()
    page.locator(".main").click()
    # A page that changes its language brings the words of the new one.
    (folders["en"] / words_file("ko")).write_text(words_script("ko"), encoding="utf-8")
    page.add_script_tag(url=words_file("ko"))
    page.evaluate("document.querySelector('lit-clip').lang = 'ko'")
    page.get_by_role("button", name="자막", exact=True).wait_for()
    assert page.locator(".quiz").is_hidden() and page.locator(".now").inner_text()[:3] == "4/8"
    assert page.evaluate("document.querySelector('lit-clip').score.right") == 1
    assert page.locator("select.language").input_value() == "ko"
    page.evaluate("document.querySelector('video').currentTime = 19.3")
    shown_frame(page, 5)
    assert re.search("[가-힣]", page.locator(".line").inner_text())


def test_the_element_is_small() -> None:
    assert (WEB / "lit-clip.js").stat().st_size <= 20 * 1024


def test_what_ships_is_what_the_sources_give(tmp_path: Path) -> None:
    subprocess.run(["node", NODE_MODULES.parent / "bundle.mjs", tmp_path], check=True)
    for name in ("lit-clip.js", "lit-network.js", "lesson.js", "lesson.css"):
        assert (tmp_path / name).read_bytes() == (WEB / name).read_bytes(), name


def test_a_film_that_comes_late_is_not_called_broken(new_page, folders) -> None:
    page = new_page(expects_errors=True)
    opened(page, folders["plain"])
    said = page.locator("lit-clip .say")
    page.evaluate("""() => {
        const video = document.querySelector("video");
        globalThis.film = video.currentSrc;
        video.querySelectorAll("source").forEach((source) => source.remove());
        video.src = "gone.mp4";
    }""")
    said.get_by_text("This clip cannot be played.").wait_for()
    page.evaluate("document.querySelector('video').src = film")
    soon(page, "() => document.querySelector('video').readyState >= 2")
    said.wait_for(state="hidden")
