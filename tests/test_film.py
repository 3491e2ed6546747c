"""The film: nothing encoded again, nothing lost, on one clock, and known to be stale."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
import webvtt
from click.testing import CliRunner
from film import DIGITS, frames
from studio import publish, read_record
from tiny import NEITHER, SMALL, tiny_studio

from litnet.cli import main
from litnet.clips.catalogue import STORIES, Story
from litnet.clips.film import Joinable, bring_films_up_to_date, join_packets, rejoin
from litnet.clips.manifest import Studio, look
from litnet.clips.render import Finished, Request, Silent, bring_up_to_date
from litnet.clips.settings import Quality
from litnet.clips.survey import survey
from litnet.commands import clips as commands
from litnet.record.schema import Beat, Video
from network import InputError

PARTS = ("Card", "Reads", "Shines")
REQUEST = Request(quality=SMALL)


def studio_in(folder: Path) -> Studio:
    studio = tiny_studio(folder)
    return replace(studio, title_card=Story("Card", studio.stories[0].file, **NEITHER))


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """A studio whose clips and film are published; no test changes it."""
    studio = studio_in(tmp_path_factory.mktemp("joined"))
    done = bring_films_up_to_date(studio, REQUEST, Silent())
    assert [one.error for one in done] == [None] * 4
    assert [one.clip.name for one in done] == [*PARTS, "film"]
    assert {one.state for one in done} == {"rendered"}
    return studio


@pytest.fixture
def here(joined: Studio, tmp_path: Path) -> Studio:
    """A copy of it, to do with as one likes; the inputs of its clips are the same files."""
    folder = tmp_path / "clips"
    folder.mkdir()
    for path in joined.clips.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return replace(joined, clips=folder, manifest=tmp_path / "manifest.json")


def states(studio: Studio) -> dict[str, str]:
    return {clip.name: clip.state for clip in survey(studio)}


def film_of(studio: Studio) -> Any:
    (clip,) = [clip for clip in survey(studio) if clip.name == "film"]
    return clip


# --- joining -------------------------------------------------------------------------------------
def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def test_the_film_is_its_clips_end_to_end(joined: Studio) -> None:
    film = joined.file("film", "mp4")
    clips = [joined.file(name, "mp4") for name in PARTS]
    assert packets(film) == [packet for clip in clips for packet in packets(clip)]
    shown = [still for _, still in frames(film)]
    expected = [still for clip in clips for _, still in frames(clip)]
    assert len(shown) == len(expected) > 20
    for a, b in zip(shown, expected, strict=True):
        assert np.array_equal(a, b)


def test_every_frame_has_its_time(joined: Studio) -> None:
    with av.open(str(joined.file("film", "mp4"))) as film:
        times = [frame.time for frame in film.decode(video=0)]
        stream = film.streams.video[0]
        assert stream.average_rate == 5
        assert film.duration == pytest.approx(len(times) / 5 * av.time_base, abs=2)
    assert times == pytest.approx([n / 5 for n in range(len(times))])


def test_it_is_fit_for_the_web(joined: Studio) -> None:
    file = joined.file("film", "mp4")
    data = file.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(file)) as film, av.open(str(joined.file("Reads", "mp4"))) as clip:
        for name in ("colorspace", "color_primaries", "color_trc", "color_range"):
            ours = getattr(film.streams.video[0].codec_context, name)
            assert ours == getattr(clip.streams.video[0].codec_context, name)
        assert film.streams.video[0].codec_context.color_primaries == 1  # BT.709
        assert film.metadata["title"] == "A tiny film"
        assert "vanilla.npz" in film.metadata["comment"]


def test_a_chapter_for_each_story(joined: Studio) -> None:
    with av.open(str(joined.file("film", "mp4"))) as film:
        found = [
            (
                c["metadata"]["title"],
                *(float(c[e] * (c["time_base"] or 0)) for e in ("start", "end")),
            )
            for c in film.chapters()
        ]
    ends = np.cumsum([read_record(joined.file(n, "json"))["video"]["duration"] for n in PARTS])
    starts = [0.0, *ends[:-1]]
    titles = ["A tiny film", "Reads", "Shines"]
    for chapter, title, start, end in zip(found, titles, starts, ends, strict=True):
        assert chapter == (title, pytest.approx(start, abs=1e-3), pytest.approx(end, abs=1e-3))


def test_captions_are_on_the_film_s_clock(joined: Studio) -> None:
    def read(name: str) -> list[Any]:
        return list(webvtt.read(str(joined.file(name, "vtt"))))

    def ms(stamp: str) -> int:
        hours, minutes, seconds = stamp.split(":")
        return int(hours) * 3_600_000 + int(minutes) * 60_000 + round(float(seconds) * 1000)

    expected, before = [], 0
    for name in PARTS:
        for cue in read(name):
            expected.append((ms(cue.start) + before, ms(cue.end) + before, cue.raw_text))
        before += round(read_record(joined.file(name, "json"))["video"]["duration"] * 1000)
    assert [(ms(c.start), ms(c.end), c.raw_text) for c in read("film")] == expected
    assert len(expected) == 3


def test_its_record_says_which_clip_is_where(joined: Studio) -> None:
    record = read_record(joined.file("film", "json"))
    assert record["clip"] == "film" and record["title"] == "A tiny film"
    assert [part["name"] for part in record["parts"]] == [*PARTS]
    assert record["video"]["frames"] == sum(part["frames"] for part in record["parts"])
    for part in record["parts"]:
        clip = read_record(joined.file(part["name"], "json"))
        assert part["frames"] == clip["video"]["frames"]
        assert part["start"] == pytest.approx(part["first_frame"] / 5)
        for beat, original in zip(part["beats"], clip["beats"], strict=True):
            assert beat["start"] == pytest.approx(original["start"] + part["start"])
        for entry in clip["inputs"]:
            assert entry in record["inputs"]
    assert record["network"]["sizes"] == [784, 16, 16, 10]
    assert record["variant"]["model"] == "assets/models/vanilla.npz"


def test_the_poster_is_the_title(joined: Studio) -> None:
    assert joined.file("film", "jpg").read_bytes() == joined.file("Card", "jpg").read_bytes()


def test_the_transcript_has_a_section_for_each_story(joined: Studio) -> None:
    lines = joined.file("film", "md").read_text("utf-8").splitlines()
    _, reads, shines = read_record(joined.file("film", "json"))["parts"]
    second = int(reads["beats"][1]["start"] + 1e-6)
    only = int(shines["start"] + 1e-6)
    assert (reads["start"], second) == (1.0, 4)
    assert [line for line in lines if line.startswith("#")] == [
        "# A tiny film",
        "## Reads (0:01)",
        r"### First \& \*foremost\* (0:01)",
        rf"### \# Second (0:0{second})",
        f"## Shines (0:0{only})",
        f"### Only (0:0{only})",
    ]
    assert "It shines." in lines


def test_joining_twice_gives_the_same_file(here: Studio) -> None:
    before = here.file("film", "mp4").read_bytes()
    done = bring_films_up_to_date(here, REQUEST, Silent())
    assert {one.state for one in done} == {"fresh"}
    for path in here.clips.glob("film.*"):
        path.unlink()
    done = bring_films_up_to_date(here, REQUEST, Silent())
    assert [one.state for one in done] == ["fresh"] * 3 + ["rendered"]
    assert here.file("film", "mp4").read_bytes() == before


def test_the_film_of_learning_has_all_that_the_first_one_has(
    joined: Studio, tmp_path: Path
) -> None:
    """Chapters, captions, transcript and poster, under a name of its own."""
    file = joined.stories[0].file
    mine: dict[str, Any] = {"film": "learning", "digit": False, "model": False}
    here = replace(
        joined,
        title_card=Story("Reads", file),  # of the other film
        learning_card=Story("Card", file, **mine),
        stories=(Story("Shines", file, **mine),),
        clips=tmp_path / "clips",
        manifest=tmp_path / "manifest.json",
    )
    done = bring_films_up_to_date(here, REQUEST, Silent(), film="learning")
    assert [(one.clip.name, one.error) for one in done] == [
        *(("Card", None), ("Shines", None), ("film-learning", None))
    ]
    record = read_record(here.file("film-learning", "json"))
    assert record["title"] == "A tiny film"
    assert [part["name"] for part in record["parts"]] == ["Card", "Shines"]
    with av.open(str(here.file("film-learning", "mp4"))) as film:
        titles = [chapter["metadata"]["title"] for chapter in film.chapters()]
    assert titles == ["A tiny film", "Shines"]
    (cue,) = webvtt.read(str(here.file("film-learning", "vtt")))
    assert cue.raw_text == "It shines." and cue.start == "00:00:01.000"
    sections = here.file("film-learning", "md").read_text("utf-8")
    assert "# A tiny film" in sections and "## Shines (0:01)" in sections
    poster = here.file("film-learning", "jpg").read_bytes()
    assert poster == here.file("Card", "jpg").read_bytes()
    (found,) = [clip for clip in survey(here) if clip.name == "film-learning"]
    assert found.state == "fresh"


def test_the_second_film_tells_all_of_it_in_this_order() -> None:
    told = [story.scene for story in Studio().told_in("learning")]
    order = "LearningCard Fresh TheCost Downhill Nudges Crowds Wishes Backwards Chain ItLearns"
    assert told == [scene for scene in (*order.split(), "WhatRemains") if scene in told]
    assert told[0] == "LearningCard" and told[-3:] == ["Chain", "ItLearns", "WhatRemains"]


# --- a clip that is joined from a beat on ---------------------------------------------------------
def from_second(studio: Studio, beat: str = "second") -> Studio:
    reads, *others = studio.stories
    return replace(studio, stories=(replace(reads, film_from=beat), *others))


def test_a_clip_is_joined_from_the_beat_that_the_catalogue_names(here: Studio) -> None:
    here = from_second(here)
    assert film_of(here).reasons == (
        "the film is Card, Reads from second on, Shines now, it was Card, Reads, Shines",
    )
    done = bring_films_up_to_date(here, REQUEST, Silent())
    assert [one.state for one in done] == ["fresh"] * 3 + ["rendered"], "no clip is rendered again"
    clip = read_record(here.file("Reads", "json"))
    beat = clip["beats"][1]
    cut = round(beat["start"] * 5)
    assert beat["name"] == "second" and 0 < cut < clip["video"]["frames"]
    # Frame by frame, and packet by packet.
    expected: list[Any] = []
    copied: list[bytes] = []
    for name in PARTS:
        first = cut if name == "Reads" else 0
        file = here.file(name, "mp4")
        expected += [still for number, still in frames(file) if number >= first]
        copied += packets(file)[first:]
    film = here.file("film", "mp4")
    shown = [still for _, still in frames(film)]
    assert packets(film) == copied
    for a, b in zip(shown, expected, strict=True):
        assert np.array_equal(a, b)
    with av.open(str(film)) as container:
        times = [frame.time for frame in container.decode(video=0)]
        chapters = [float(c["start"] * (c["time_base"] or 0)) for c in container.chapters()]
    assert times == pytest.approx([n / 5 for n in range(len(expected))])
    record = read_record(here.file("film", "json"))
    card, reads, shines = record["parts"]
    assert record["video"]["frames"] == len(expected)
    assert [part["left_out"] for part in record["parts"]] == [0, cut, 0]
    assert reads["frames"] == clip["video"]["frames"] - cut
    assert [one["name"] for one in reads["beats"]] == ["second"]
    assert reads["start"] == reads["beats"][0]["start"] == card["end"] == 1.0
    assert chapters == pytest.approx([0.0, 1.0, shines["start"]], abs=1e-3)
    assert [cue["text"] for cue in record["cues"]] == ["It shines."]
    (cue,) = webvtt.read(str(here.file("film", "vtt")))
    assert cue.raw_text == "It shines."
    lines = here.file("film", "md").read_text("utf-8")
    assert "## Reads (0:01)" in lines and "First" not in lines
    assert set(states(here).values()) == {"fresh"}
    again = replace(here, stories=(replace(here.stories[0], film_from=None), here.stories[1]))
    assert film_of(again).state == "stale"


def test_a_clip_is_joined_until_the_beat_that_the_catalogue_names(here: Studio) -> None:
    reads, *others = here.stories
    here = replace(here, stories=(replace(reads, film_until="second"), *others))
    assert film_of(here).reasons == (
        "the film is Card, Reads until second, Shines now, it was Card, Reads, Shines",
    )
    bring_films_up_to_date(here, REQUEST, Silent())
    clip = read_record(here.file("Reads", "json"))
    cut = round(clip["beats"][1]["start"] * 5)
    assert 0 < cut < clip["video"]["frames"]
    expected: list[Any] = []
    copied: list[bytes] = []
    for name in PARTS:
        end = cut if name == "Reads" else None
        file = here.file(name, "mp4")
        expected += [still for _, still in frames(file)][:end]
        copied += packets(file)[:end]
    film = here.file("film", "mp4")
    assert packets(film) == copied
    for (_, a), b in zip(frames(film), expected, strict=True):
        assert np.array_equal(a, b)
    record = read_record(here.file("film", "json"))
    card, read, shines = record["parts"]
    assert read["frames"] == cut and shines["start"] == card["end"] + cut / 5
    assert [one["name"] for one in read["beats"]] == ["first"]
    assert [part["left_out"] for part in record["parts"]] == [0, 0, 0]
    assert record["video"]["frames"] == len(expected)
    assert set(states(here).values()) == {"fresh"}


def test_a_clip_without_that_beat_is_joined_whole(here: Studio) -> None:
    before = read_record(here.file("film", "json"))["video"]["frames"]
    here = from_second(here, "third")
    bring_films_up_to_date(here, REQUEST, Silent())
    record = read_record(here.file("film", "json"))
    assert record["video"]["frames"] == before
    assert [part["left_out"] for part in record["parts"]] == [0, 0, 0]


def test_a_clip_is_not_cut_where_no_picture_stands_alone(tmp_path: Path) -> None:
    part = encoded("One", 20, tmp_path / "one.mp4", g="100", sc_threshold="0")
    part.record.beats = [
        Beat(name=name, title="", start=start, end=6.0, caption="")
        for name, start in (("early", 0.0), ("late", 1.0))
    ]
    with pytest.raises(InputError, match=r"One: frame 5, with which its beat late begins, is no"):
        join_packets([replace(part, beat="late")], tmp_path / "cut.mp4")
    join_packets([replace(part, beat="early")], tmp_path / "whole.mp4")


# --- what cannot be joined -----------------------------------------------------------------------
def test_clips_of_different_sizes_are_refused(here: Studio) -> None:
    small = replace(REQUEST, names=("Shines",), quality=Quality(160, 90, 5))
    assert [one.state for one in bring_up_to_date(here, small, Silent())] == ["rendered"]
    before = here.file("film", "mp4").read_bytes()
    *_, film = bring_films_up_to_date(here, Request(), Silent())
    assert film.state == "failed"
    assert film.error is not None and film.error.startswith(
        "Shines differs from Card in its size (160 x 90, not 320 x 180), so they cannot be joined"
    )
    assert here.file("film", "mp4").read_bytes() == before, "the old film stays"
    assert "clip Shines changed" in film_of(here).reasons
    # and one quality for all mends it
    assert {one.state for one in bring_films_up_to_date(here, REQUEST, Silent())} == {
        "fresh",
        "rendered",
    }
    assert film_of(here).state == "fresh"


def encoded(name: str, frames: int, target: Path, rate: int = 5, **options: str) -> Joinable:
    """A film made here, in a way that the test chooses."""
    with av.open(str(target), "w") as container:
        stream: Any = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for number in range(frames):
            picture = np.full((64, 64, 3), 10 * number, np.uint8)
            picture[number : number + 8] = 255 - 10 * number
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        container.mux(stream.encode())
    video = Video(target.name, 320, 180, f"{rate}/1", frames, frames / rate)
    record = SimpleNamespace(video=video)  # what is joined asks nothing else of it
    return Joinable(name, target.read_bytes(), record, "")


@pytest.mark.parametrize(
    ("options", "rate", "says"),
    [({"bf": "0"}, 5, "encoder's settings"), ({}, 7, r"rate \(7 frames a second, not 5")],
)
def test_clips_that_were_encoded_otherwise_are_refused(
    tmp_path: Path, options: dict[str, str], rate: int, says: str
) -> None:
    parts = [
        encoded("One", 9, tmp_path / "one.mp4"),
        encoded("Two", 5, tmp_path / "two.mp4", rate, **options),
    ]
    with pytest.raises(InputError, match=f"Two differs from One in its {says}"):
        join_packets(parts, tmp_path / "both.mp4")


def test_frames_keep_their_order_however_they_were_predicted(tmp_path: Path) -> None:
    """A film of one frame has no reordered packets, and the long ones around it have."""
    parts = [
        encoded(f"clip{n}", count, tmp_path / f"{n}.mp4") for n, count in enumerate((17, 1, 24, 2))
    ]
    target = tmp_path / "all.mp4"
    join_packets(parts, target)
    with av.open(str(target)) as film:
        decoded = list(film.decode(video=0))
    assert [frame.time for frame in decoded] == pytest.approx([n / 5 for n in range(44)])
    expected = [s for n in range(4) for _, s in frames(tmp_path / f"{n}.mp4")]
    for frame, still in zip(decoded, expected, strict=True):
        assert np.array_equal(frame.to_ndarray(format="rgb24"), still)
    with av.open(str(target)) as film:
        times = [packet.dts for packet in film.demux(video=0) if packet.dts is not None]
    assert times == sorted(set(times))


# --- freshness -----------------------------------------------------------------------------------
def test_the_film_is_listed_when_it_is_there(here: Studio) -> None:
    assert states(here) == dict.fromkeys(("Card", "Reads", "Shines", "film"), "fresh")
    for path in here.clips.glob("film.*"):
        path.unlink()
    assert list(states(here)) == [*PARTS]


def test_another_clip_makes_it_stale_and_rendering_joins_it_again(
    here: Studio, tmp_path: Path
) -> None:
    """Shines is replaced by another film of the same kind."""
    other = {**read_record(here.file("Shines", "json")), "title": "It still shines"}
    del other["published"]
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(here.file("Shines", "mp4").read_bytes())
    publish(here, here.stories[1], "Shines", copy, other)
    clip = film_of(here)
    assert (clip.state, clip.reasons) == ("stale", ("clip Shines changed",))
    assert states(here)["Shines"] == "fresh"
    (done,) = rejoin(here, Silent(), [])
    assert done.state == "rendered"
    assert set(states(here).values()) == {"fresh"}
    record = read_record(here.file("film", "json"))
    assert record["parts"][-1]["title"] == "It still shines"
    assert rejoin(here, Silent(), []) == []


def test_an_input_of_a_clip_makes_it_stale(here: Studio) -> None:
    story = here.stories[0].file
    text = story.read_text("utf-8")
    try:
        story.write_text(text + "# another line\n", "utf-8")
        assert set(states(here).values()) == {"stale"}
        assert any("stories.py changed" in reason for reason in film_of(here).reasons)
    finally:
        story.write_text(text, "utf-8")


def test_a_catalogue_of_other_stories_makes_it_stale(here: Studio) -> None:
    fewer = replace(here, stories=here.stories[:1])
    assert film_of(fewer).reasons == ("the film is Card, Reads now, it was Card, Reads, Shines",)


def test_a_damaged_film_is_named_and_mended(here: Studio) -> None:
    file = here.file("film", "mp4")
    whole = file.read_bytes()
    look(here)
    file.write_bytes(whole[:-100])
    clip = film_of(here)
    assert (clip.state, clip.reasons) == (
        "stale",
        ("film.mp4 is not the file that its record describes",),
    )
    rejoin(here, Silent(), [])
    assert file.read_bytes() == whole
    file.unlink()
    assert film_of(here).state == "missing"
    assert film_of(here).is_published


def test_a_damaged_clip_is_not_joined(here: Studio) -> None:
    file = here.file("Shines", "mp4")
    file.write_bytes(file.read_bytes()[:-100])
    assert "clip Shines is damaged" in film_of(here).reasons
    failed = [Finished(clip, "failed") for clip in survey(here) if clip.name == "Shines"]
    assert rejoin(here, Silent(), failed) == []


def test_another_digit_is_another_film(here: Studio) -> None:
    wish = replace(REQUEST, digits=(DIGITS / "7_02.png",))
    done = bring_films_up_to_date(here, wish, Silent())
    assert [one.clip.name for one in done] == ["Card", "Reads--7_02", "Shines", "film--7_02"]
    assert [one.state for one in done] == ["fresh", "rendered", "fresh", "rendered"]
    record = read_record(here.file("film--7_02", "json"))
    assert record["variant"]["digit"] == "assets/digits/7_02.png"
    assert [part["name"] for part in record["parts"]] == ["Card", "Reads--7_02", "Shines"]
    assert set(states(here).values()) == {"fresh"}
    assert set(states(here)) == {"Card", "Reads", "Reads--7_02", "Shines", "film", "film--7_02"}


# --- the command ---------------------------------------------------------------------------------
def test_the_command(here: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "the_studio", lambda: here)
    runner = CliRunner()
    for path in here.clips.glob("film.*"):
        path.unlink()
    done = runner.invoke(main, ["render", "--film"])
    assert (done.exit_code, done.stdout) == (0, f"{here.file('film', 'mp4')}\n")
    done = runner.invoke(main, ["render", "--film", "--json"])
    assert [one["state"] for one in json.loads(done.stdout)["clips"]] == ["fresh"] * 4
    done = runner.invoke(main, ["status", "--json"])
    (film,) = [one for one in json.loads(done.stdout)["clips"] if one["clip"] == "film"]
    assert film["state"] == "fresh" and film["variant"]["quality"] == "180p5"
    assert runner.invoke(main, ["check"]).exit_code == 0
    here.file("film", "vtt").unlink()
    done = runner.invoke(main, ["check"])
    assert done.exit_code == 1 and "film: film.vtt is gone" in done.stdout
    assert runner.invoke(main, ["render"]).exit_code == 0
    assert runner.invoke(main, ["check"]).exit_code == 0


def test_the_film_takes_no_names(here: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "the_studio", lambda: here)
    done = CliRunner().invoke(main, ["render", "--film", "Reads"])
    assert done.exit_code == 2 and "leave out their names" in done.stderr


def test_the_title_card_is_no_story() -> None:
    assert [card.scene for card in Studio().cards] == ["TitleCard", "LearningCard"]
    assert Studio().in_order == (*Studio().cards, *STORIES)
    told = [story.scene for story in Studio().told_in("structure")]
    assert told[0] == "TitleCard" and "BeforeAfter" not in told
    assert told[1:] == [story.scene for story in STORIES if story.film == "structure"]
