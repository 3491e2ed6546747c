"""A SCORM package in Chromium, launched again and again by a platform that does what SCORM 1.2
says: types, vocabularies, error codes, and nothing kept that was not committed."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from browser import needs_chromium, soon

pytestmark = needs_chromium

API = Path(__file__).with_name("scorm12.js").read_text(encoding="utf-8")
QUESTION = """[[question]]
id = "q-{id}"
clip = "LayerIntro"
at = {at}
kind = "choice"
answer = 1
[question.en]
text = "{id}?"
choices = ["right", "wrong"]
right = "Yes."
wrong = "No."
"""
QUESTIONS = {"one": 2.0, "two": 4.0}


@pytest.fixture
def platform(embed, page, serve, tmp_path: Path):
    """The platform's page, with a course that asks two questions."""
    quiz = tmp_path / "quiz.toml"
    parts = [QUESTION.format(id=name, at=at) for name, at in QUESTIONS.items()]
    quiz.write_text("".join(parts), encoding="utf-8")
    file, lms = tmp_path / "clip.zip", tmp_path / "lms"
    assert embed("LayerIntro", "-f", "scorm", "--quiz", quiz, "-o", file).exit_code == 0
    with zipfile.ZipFile(file) as package:
        package.extractall(lms / "clip")
    (lms / "index.html").write_text(
        f"<!DOCTYPE html><title>LMS</title><body><script>{API}</script>", encoding="utf-8"
    )
    page.goto(serve(lms) + "/index.html")
    yield page
    assert page.evaluate("errors") == []


def launched(page):
    """The course's frame, once the film is there."""
    page.evaluate("launch()")
    course = page.frame_locator("iframe")
    course.locator("lit-clip .chrome").wait_for()
    frame = page.frames[-1]
    soon(frame, "() => document.querySelector('video').readyState >= 2")
    return course, frame


def reach(frame, at: float) -> None:
    frame.evaluate(
        "(at) => new Promise((done) => { const video = document.querySelector('video');"
        "video.addEventListener('seeked', done, {once: true}); video.currentTime = at; })",
        at,
    )


def answer(course, frame, name: str, choice: str) -> None:
    reach(frame, QUESTIONS[name] + 0.05)
    course.get_by_text(f"{name}?", exact=True).first.wait_for()
    course.get_by_label(choice, exact=True).check()
    course.get_by_role("button", name="Answer", exact=True).click()
    done = "Continue" if choice == "right" else "Skip"
    course.get_by_role("button", name=done, exact=True).click()
    course.locator("form").wait_for(state="hidden")


def value(page, name: str) -> str:
    return page.evaluate(f"value('cmi.{name}')")


def test_a_power_cut_loses_nothing_and_it_goes_on_where_it_was(platform) -> None:
    course, frame = launched(platform)
    answer(course, frame, "one", "right")
    frame.evaluate("document.querySelector('video').pause()")
    reach(frame, 3.0)
    soon(platform, "() => value('cmi.core.lesson_location') === '3'")
    platform.evaluate("crash()")
    assert value(platform, "core.lesson_status") == "incomplete"
    assert value(platform, "core.score.raw") == "50"
    course, frame = launched(platform)
    soon(frame, "() => Math.abs(document.querySelector('video').currentTime - 3) < 0.2")
    soon(frame, "() => document.querySelector('lit-clip').answers['q-one']?.score === 1")
    assert frame.evaluate("document.querySelector('lit-clip').score.answered") == 1
    reach(frame, 1.0)
    reach(frame, QUESTIONS["one"] + 0.05)
    platform.wait_for_timeout(300)
    assert course.locator("form").is_hidden()  # it is not asked again
    answer(course, frame, "two", "right")
    platform.evaluate("leave()")
    soon(platform, "() => value('cmi.core.entry') === 'resume'")
    assert value(platform, "core.lesson_status") == "passed"
    assert value(platform, "core.score.raw") == "100"


def test_the_best_score_stays_when_all_is_begun_anew(platform) -> None:
    course, frame = launched(platform)
    for name in QUESTIONS:
        answer(course, frame, name, "right")
    platform.evaluate("leave()")
    soon(platform, "() => value('cmi.core.entry') === 'resume'")
    course, frame = launched(platform)
    soon(frame, "() => document.querySelector('lit-clip').score.right === 2")
    frame.evaluate("document.querySelector('lit-clip').reset()")
    for name in QUESTIONS:
        answer(course, frame, name, "wrong")
    platform.evaluate("leave()")
    soon(platform, "() => JSON.parse(value('cmi.suspend_data')).answers['q-two'][1] === 0")
    assert value(platform, "core.lesson_status") == "passed"
    assert value(platform, "core.score.raw") == "100"


def test_more_answers_than_the_platform_has_room_for(platform) -> None:
    _, frame = launched(platform)
    frame.evaluate("""() => {
        const one = { attempts: 1, score: 1 };
        const given = Array.from({ length: 400 }, (_, k) => [`a-question-${k}`, one]);
        document.querySelector("lit-clip").answers = Object.fromEntries(given);
        document.querySelector("video").dispatchEvent(new Event("pause"));
    }""")
    kept = value(platform, "suspend_data")
    assert 3900 < len(kept) <= 4096
    assert json.loads(kept)["answers"]["a-question-399"] == [1, 1]


@pytest.mark.parametrize("mode", ["browse", "review"])
def test_who_only_looks_on_changes_nothing(platform, mode: str) -> None:
    platform.evaluate("mode => { globalThis.mode = mode; }", mode)
    course, frame = launched(platform)
    answer(course, frame, "one", "right")
    platform.evaluate("leave()")
    soon(platform, "() => value('cmi.suspend_data') !== ''")
    names = {name for name, _ in platform.evaluate("sets")}
    assert not {n for n in names if "score" in n or n.endswith("status")}


def test_what_an_older_version_kept_is_no_harm(platform) -> None:
    for kept in ("[]", '{"place":"x","answers":{"q-one":"y"}}', "old"):
        platform.evaluate(
            """(kept) => {
                launch();
                API.LMSInitialize("");
                API.LMSSetValue("cmi.suspend_data", kept);
                API.LMSSetValue("cmi.core.exit", "suspend");
                API.LMSFinish("");
                leave();
                errors.length = 0;
            }""",
            kept,
        )
        _, frame = launched(platform)
        assert frame.evaluate("document.querySelector('lit-clip').answers") == {}
        platform.evaluate("leave()")
        soon(platform, "() => value('cmi.suspend_data').startsWith('{\"place\":0,')")
