"""Captions and transcripts: what is said, when, as players and readers of Markdown see it."""

from __future__ import annotations

import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import webvtt
from film import Film, film, frames
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from studio import publish, typed
from tiny import FLAGS, tiny_studio

from litnet.clips.publish import captions
from litnet.clips.transcript import clock, escaped, transcript


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Film, Film]:
    """One story, rendered without manim's cache and then from it."""
    folder = tmp_path_factory.mktemp("told")
    story = tiny_studio(folder).stories[0]
    found = []
    for name in ("drawn", "cached"):
        made = film(
            folder / "media",
            *FLAGS,
            story=story.file,
            scene=story.scene,
            apart=name == "cached",
        )
        kept = folder / name
        kept.mkdir()
        for suffix in (".mp4", ".json"):
            shutil.copy(made.video.with_suffix(suffix), kept)
        found.append(Film(kept / made.video.name, made.model, made.digit))
    return found[0], found[1]


def read_back(text: str) -> list[Any]:
    return list(webvtt.from_string(text))


def seconds(stamp: str) -> float:
    """``00:01:02.500`` as 62.5; webvtt-py knows whole seconds only."""
    hours, minutes, rest = stamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def plain(caption: Any) -> str:
    """The words of a cue, as a player shows them (WebVTT, "WebVTT cue text parsing rules")."""
    text = str(caption.raw_text)
    assert not re.search("<|-->", text)
    for name, sign in (("lt", "<"), ("gt", ">"), ("amp", "&")):
        text = text.replace(f"&{name};", sign)
    return text


# --- captions ------------------------------------------------------------------------------------
def test_captions_are_the_cues_of_the_record(twice: tuple[Film, Film]) -> None:
    record = twice[0].record
    track = read_back(captions(typed(record).cues))
    assert [plain(cue) for cue in track] == [cue["text"] for cue in record["cues"]]
    assert [plain(cue) for cue in track] == [
        "One < two\n--> and & so on.",
        "2. Then *more*.",
    ]
    for shown, cue in zip(track, record["cues"], strict=True):
        assert seconds(shown.start) == pytest.approx(cue["start"], abs=0.0005)
        assert seconds(shown.end) == pytest.approx(cue["end"], abs=0.0005)


def test_captions_are_the_same_from_the_cache(twice: tuple[Film, Film]) -> None:
    drawn, cached = twice
    assert captions(typed(drawn.record).cues) == captions(typed(cached.record).cues)
    for (_, a), (_, b) in zip(frames(drawn.video), frames(cached.video), strict=True):
        assert np.array_equal(a, b)


def test_captions_are_in_step_with_the_picture(twice: tuple[Film, Film]) -> None:
    """In the frame in which a cue begins, the caption begins to change, and not before."""
    for one in twice:
        cues = read_back(captions(typed(one.record).cues))
        shown = dict(frames(one.video))
        foot = {n: still[int(0.86 * len(still)) :].astype(int) for n, still in shown.items()}
        first, second = (round(seconds(cue.start) * 5) for cue in cues)
        assert first == 0
        assert foot[0].max() < 60, "it fades in"
        assert foot[3].max() > 200
        for number in range(4, second + 1):  # the first frame of a fade is what was there
            assert np.abs(foot[number] - foot[3]).max() < 70, number
        assert np.abs(foot[second + 1] - foot[3]).max() > 100, "the old one goes at once"
        assert foot[second + 3].max() > 200, "and the new one is there"


@pytest.mark.parametrize("text", ["a\n\nb", "-->", "<v Joe>no voice</v>", "&amp;", "NOTE this"])
def test_no_text_can_break_the_captions(twice: tuple[Film, Film], text: str) -> None:
    cues = [
        {"start": 0.0, "end": 1.5, "text": text},
        {"start": 3601.25, "end": 3602.0, "text": "b"},
    ]
    track = read_back(captions(typed({**twice[0].record, "cues": cues}).cues))
    assert [plain(cue) for cue in track] == [text.replace("\n\n", "\n"), "b"]
    assert track[1].start == "01:00:01.250"


# --- transcripts ---------------------------------------------------------------------------------
def blocks(markdown: str) -> list[tuple[str, str]]:
    """Kind and text of each block, as CommonMark has it; any markup inside fails the test."""
    found = []
    for before, token in pairwise(MarkdownIt("commonmark").parse(markdown)):
        if token.type == "inline":
            kinds = {child.type for child in token.children or []}
            assert kinds <= {"text", "text_special", "em_open", "em_close"}, kinds
            found.append((before.tag, "".join(child.content for child in token.children or [])))
    return found


def test_the_transcript_says_what_the_clip_says(twice: tuple[Film, Film], tmp_path: Path) -> None:
    studio = tiny_studio(tmp_path)
    publish(studio, studio.stories[0], "Reads", twice[0].video, twice[0].record)
    text = studio.file("Reads", "md").read_text("utf-8")
    cue = twice[0].record["cues"][-1]
    end = twice[0].record["video"]["duration"]
    assert cue["end"] < end
    assert blocks(text) == [
        ("h1", "Reads"),
        ("p", f"English, {clock(end)}, Reads.mp4"),
        ("h2", "First & *foremost* (0:00)"),
        ("p", "One < two --> and & so on."),
        ("p", "2. Then *more*."),
        ("h2", f"# Second ({clock(twice[0].record['beats'][1]['start'])})"),
    ]
    assert text == transcript(
        typed(
            {
                **twice[0].record,
                "video": {**twice[0].record["video"], "duration": end, "file": "Reads.mp4"},
            }
        )
    )


def test_times_are_a_player_s() -> None:
    shown = [clock(s) for s in (0, 0.99, 59.999, 60, 61.5, 3599.9, 3600, 3661)]
    assert shown == ["0:00", "0:00", "0:59", "1:00", "1:01", "59:59", "1:00:00", "1:01:01"]


@given(
    st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1).map(
        lambda text: " ".join(text.split())
    )
)
@example("1) one")
@example("- dash")
@example("=====")
@example("[a](http://b)")
@example("![a](b)")
@example("a\\")
def test_markdown_reads_what_was_said(text: str) -> None:
    assert blocks(escaped(text)) == ([("p", text)] if text else [])
