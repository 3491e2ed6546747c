"""Published clips: what is in the files, and that they are whole, whatever happens."""

from __future__ import annotations

import io
import json
import os
import re
import resource
import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import webvtt
from filelock import FileLock
from film import Film, frames
from PIL import Image
from studio import TINY, contents, publish, read_record, studio, typed

from litnet.clips import publish as publishing
from litnet.clips.manifest import SUFFIXES, Studio, look, read_manifest
from litnet.clips.publish import captions, clean, poster, remux
from litnet.clips.survey import survey
from network import InputError


@pytest.fixture
def here(tmp_path: Path) -> Studio:
    return studio(tmp_path, TINY)


@pytest.fixture
def clip(here: Studio, tiny_film: Film) -> Studio:
    """A studio in which the clip is published."""
    publish(here, here.stories[0], TINY, tiny_film.video, tiny_film.record)
    return here


def boxes(data: bytes) -> list[bytes]:
    """The names of an MP4's outermost boxes, in order."""
    found, place = [], 0
    while place < len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        found.append(data[place + 4 : place + 8])
        if size == 1:
            size = int.from_bytes(data[place + 8 : place + 16], "big")
        place += size
    return found


def test_the_film_is_copied_not_encoded_again(clip: Studio, tiny_film: Film) -> None:
    def packets(path: Path) -> list[bytes]:
        with av.open(str(path)) as container:
            return [bytes(packet) for packet in container.demux(video=0)]

    file = clip.file(TINY, "mp4")
    assert packets(file) == packets(tiny_film.video)
    for (_, a), (_, b) in zip(frames(file), frames(tiny_film.video), strict=True):
        assert np.array_equal(a, b)


def test_it_is_fit_for_the_web(clip: Studio, tiny_film: Film) -> None:
    data = clip.file(TINY, "mp4").read_bytes()
    order = boxes(data)
    assert order.index(b"moov") < order.index(b"mdat")
    with av.open(io.BytesIO(data)) as container:
        beats = tiny_film.record["beats"]
        chapters = container.chapters()
        found = [
            (c["metadata"]["title"], float(c["start"] * (c["time_base"] or 0))) for c in chapters
        ]
        assert found == [(beat["title"], pytest.approx(beat["start"])) for beat in beats]
        assert container.metadata["title"] == "Tiny"
        network = tiny_film.record["network"]
        assert network["digest"] in container.metadata["comment"]
        assert "litnet 0." in container.metadata["comment"]
        (stream,) = container.streams.video
        codec = stream.codec_context
        # H.273: smpte170m matrix, bt709 primaries and curve, limited range.
        assert (codec.colorspace, codec.color_primaries, codec.color_trc) == (6, 1, 1)
        assert codec.color_range == 1
        assert stream.average_rate == Fraction(tiny_film.record["video"]["frame_rate"])


def test_times_are_whole_frames(tmp_path: Path, tiny_film: Film) -> None:
    """manim leaves frames a little beside their places where it joins parts; so does this."""
    beside = tmp_path / "beside.mp4"
    with av.open(str(tiny_film.video)) as source, av.open(str(beside), "w") as copy:
        stream = copy.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(video=0)):
            if packet.dts is not None and packet.pts is not None:
                packet.pts += number % 3
                packet.dts += number % 3
                packet.stream = stream
                copy.mux(packet)
    target = tmp_path / "whole.mp4"
    remux(beside, target, typed(tiny_film.record))
    rate = Fraction(tiny_film.record["video"]["frame_rate"])
    with av.open(str(target)) as container:
        (stream,) = container.streams.video
        times = [
            packet.pts * packet.time_base * rate
            for packet in container.demux(stream)
            if packet.pts is not None
        ]
    assert sorted(times) == list(range(tiny_film.record["video"]["frames"]))


def test_the_poster_is_from_before_the_last_beat(clip: Studio, tiny_film: Film) -> None:
    stills = [still for _, still in frames(tiny_film.video)]
    end = round(tiny_film.record["beats"][0]["end"] * 5)
    shown = np.asarray(Image.open(clip.file(TINY, "jpg"))).astype(int)
    assert np.abs(shown - stills[end - 1]).mean() < 3
    assert np.abs(shown - stills[-1]).mean() > np.abs(shown - stills[end - 1]).mean() + 0.5


def test_a_beat_can_be_marked_for_the_poster(tiny_film: Film) -> None:
    record = json.loads(json.dumps(tiny_film.record))
    record["beats"][0]["poster"] = True
    end = round(record["beats"][0]["end"] * 5)
    still = dict(frames(tiny_film.video))[end - 1].astype(int)
    shown = np.asarray(Image.open(io.BytesIO(poster(tiny_film.video, typed(record))))).astype(int)
    assert np.abs(shown - still).mean() < 3


def test_captions_are_read_as_they_were_meant(clip: Studio, tiny_film: Film) -> None:
    track = webvtt.read(str(clip.file(TINY, "vtt")))
    (cue,) = tiny_film.record["cues"]
    (caption,) = track.captions
    assert 1 <= cue["end"] < 10
    assert caption.end == f"00:00:0{cue['end']:.3f}"
    text = clip.file(TINY, "vtt").read_text("utf-8")
    assert f"00:00:00.000 --> 00:00:0{cue['end']:.3f}" in text
    assert "One &lt; two,\nand &amp; so on." in text


def test_cues_go_before_captions(tiny_film: Film) -> None:
    cues = [
        {"start": 0.0, "end": 3661.5, "text": "안녕\n\n-->"},
        {"start": 1.0, "end": 2.0, "text": ""},
    ]
    text = captions(typed({**tiny_film.record, "cues": cues}).cues)
    assert text == "WEBVTT\n\n00:00:00.000 --> 01:01:01.500\n안녕\n--&gt;\n"
    silent = captions(())
    assert silent == "WEBVTT\n"


def test_the_record_says_what_lies_beside_it(clip: Studio, tiny_film: Film) -> None:
    record = read_record(clip.file(TINY, "json"))
    assert record["published"]["name"] == TINY
    assert record["video"]["file"] == "Tiny.mp4"
    assert record["inputs"] == tiny_film.record["inputs"]
    for suffix, described in record["published"]["files"].items():
        assert described["size"] == clip.file(TINY, suffix).stat().st_size
    assert set(contents(clip.clips)) == {f"Tiny.{suffix}" for suffix in ("json", *SUFFIXES)}
    assert set(SUFFIXES) == set(record["published"]["files"]) >= {"mp4", "vtt", "jpg"}


def test_publishing_twice_gives_the_same_files(clip: Studio, tiny_film: Film) -> None:
    before = contents(clip.clips)
    publish(clip, clip.stories[0], TINY, tiny_film.video, tiny_film.record)
    assert contents(clip.clips) == before


# --- what cannot be published --------------------------------------------------------------------
def test_a_film_that_is_not_the_record_s(here: Studio, tiny_film: Film) -> None:
    record = json.loads(json.dumps(tiny_film.record))
    frames = record["video"]["frames"]
    record["video"]["frames"] += 1
    says = f"found {frames} frames, but its record says {frames + 1}"
    with pytest.raises(InputError, match=says):
        publish(here, here.stories[0], TINY, tiny_film.video, record)
    assert contents(here.clips) == {}


def test_a_catalogue_that_says_something_else(tmp_path: Path, tiny_film: Film) -> None:
    from dataclasses import replace

    here = studio(tmp_path, TINY)
    wrong = replace(here.stories[0], digit=False)
    with pytest.raises(
        InputError, match=r"the record says digit=True, but stories\.py .* says digit=False"
    ):
        publish(here, wrong, TINY, tiny_film.video, tiny_film.record)


def test_a_file_that_is_no_film(here: Studio, tiny_film: Film, tmp_path: Path) -> None:
    noise = tmp_path / "noise.mp4"
    noise.write_bytes(b"no film at all" * 100)
    with pytest.raises(InputError, match=r"noise\.mp4|could not be published"):
        publish(here, here.stories[0], TINY, noise, tiny_film.record)
    assert not list(here.clips.glob("*")) and not list(here.clips.glob(".*"))


# --- faults --------------------------------------------------------------------------------------
def test_a_full_disk_leaves_the_old_clip_whole(clip: Studio, tiny_film: Film) -> None:
    """A limit on the size of files stands for the full disk; it fails in the middle of the film."""
    before = contents(clip.clips)
    size = clip.file(TINY, "mp4").stat().st_size
    code = f"""
        import json, resource, signal, sys
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from studio import TINY, publish, studio
        from network import InputError
        video, folder = Path(sys.argv[1]), Path(sys.argv[2])
        record = json.loads(video.with_suffix(".json").read_text())
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, ({size // 2}, {size // 2}))
        here = studio(folder, TINY)
        try:
            publish(here, here.stories[0], TINY, video, record)
        except InputError as error:
            raise SystemExit(f"said: {{error}}")
    """
    folder = clip.clips.parents[1]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tiny_film.video), str(folder)],
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1 and "said: " in done.stderr, done.stderr
    assert "could not be published" in done.stderr
    assert contents(clip.clips) == before
    assert not list(clip.clips.glob(".*.part.*"))
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


FILES = 1 + len(SUFFIXES)


@pytest.mark.parametrize("step", range(FILES + 1))
def test_a_disk_that_fails_at_any_step(
    clip: Studio, tiny_film: Film, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """No room when the files are brought to disk, one after the other: nothing was moved yet."""
    calls = []

    def no_room(path: Path) -> None:
        calls.append(path)
        if len(calls) > step and path.is_file():
            raise OSError(28, "No space left on device")
        if len(calls) > step:
            pytest.fail("the folder's turn is after the files'")

    before = contents(clip.clips)
    monkeypatch.setattr(publishing, "_to_disk", no_room)
    if step < FILES:
        with pytest.raises(InputError, match=r"could not be published \(No space left on device\)"):
            publish(clip, clip.stories[0], TINY, tiny_film.video, tiny_film.record)
        assert contents(clip.clips) == before
        assert not list(clip.clips.glob(".*.part.*"))
    else:
        with pytest.raises(pytest.fail.Exception):
            publish(clip, clip.stories[0], TINY, tiny_film.video, tiny_film.record)
        assert survey(clip)[0].state == "fresh", "everything was in its place already"


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_to(clip: Studio, tiny_film: Film) -> None:
    before = contents(clip.clips)
    clip.clips.chmod(0o555)
    try:
        with pytest.raises(InputError, match="could not be published"):
            publish(clip, clip.stories[0], TINY, tiny_film.video, tiny_film.record)
        assert survey(clip)[0].state == "fresh"
    finally:
        clip.clips.chmod(0o755)
    assert contents(clip.clips) == before


def test_a_file_where_the_folder_should_be(here: Studio, tiny_film: Film) -> None:
    here.manifest.parent.mkdir(parents=True)
    here.clips.write_text("in the way")
    with pytest.raises(InputError, match="could not be published"):
        publish(here, here.stories[0], TINY, tiny_film.video, tiny_film.record)
    assert here.clips.read_text() == "in the way"


def test_what_dead_processes_left_is_removed(clip: Studio, tiny_film: Film) -> None:
    left = clip.clips / ".Tiny.part.mp4"
    names = (".Other.part.json", ".Other.mp4.99999.part", ".Tiny.json.99999.tmp", left.name)
    mine = clip.clips / ".Tiny.notes.tmp"
    mine.touch()
    for name in names:
        (clip.clips / name).write_bytes(b"{")
    with FileLock(clip.locks / "publish.lock"):
        clean(clip)
        assert all((clip.clips / name).exists() for name in names), "its process is alive"
    clean(clip)
    assert not any((clip.clips / name).exists() for name in names)
    assert mine.exists()
    left.write_bytes(b"half a film")
    publish(clip, clip.stories[0], TINY, tiny_film.video, tiny_film.record)
    assert not left.exists()
    assert survey(clip)[0].state == "fresh"


def test_locks_are_as_few_as_the_stories(here: Studio, tiny_film: Film) -> None:
    for name in ("Tiny--a", "Tiny--b", TINY):
        publish(here, here.stories[0], name, tiny_film.video, tiny_film.record)
    assert {file.name for file in here.locks.iterdir()} <= {"publish.lock", "manifest.lock"}


def test_a_poster_of_what_is_no_film(tmp_path: Path, tiny_film: Film) -> None:
    video = tmp_path / "a\x1b[2Jb.mp4"
    for data in (b"", b"no film", tiny_film.video.read_bytes()[:3000]):
        video.write_bytes(data)
        with pytest.raises(InputError, match=r"a\\x1b\[2Jb\.mp4: not a film"):
            poster(video, typed(tiny_film.record))


# --- the manifest --------------------------------------------------------------------------------
def damaged_manifests() -> list[tuple[str, Any]]:
    def without(*keys: Any) -> Any:
        def change(facts: Any) -> Any:
            place = facts
            for key in keys[:-1]:
                place = place[key]
            del place[keys[-1]]
            return facts

        return change

    def with_value(value: Any, *keys: Any) -> Any:
        def change(facts: Any) -> Any:
            place = facts
            for key in keys[:-1]:
                place = place[key]
            place[keys[-1]] = value
            return facts

        return change

    return [
        ("not a manifest of schema", without("schema")),
        ("not a manifest of schema", with_value(99, "schema")),
        ("Expected `array`, got `str` - at `$.clips`", with_value("none", "clips")),
        ("missing required field `name`", without("clips", 0, "name")),
        ("is not one that clips are published under", with_value("../x", "clips", 0, "name")),
        ("`inputs` - at `$.clips[0]`", without("clips", 0, "inputs")),
        ("got `int` - at `$.inputs[0].role`", with_value(1, "inputs", 0, "role")),
        ("matching regex", with_value("0" * 63, "inputs", 0, "sha256")),
        ("missing required field `inputs`", without("inputs")),
        ("not in the list of inputs", with_value(99, "clips", 0, "inputs", 0)),
        ("at `$.clips[0].inputs[0]`", with_value(-1, "clips", 0, "inputs", 0)),
        ("got `bool`", with_value(True, "clips", 0, "inputs", 0)),
        ("got `bool` - at `$.clips[0].frames`", with_value(True, "clips", 0, "frames")),
        ("got `float`", with_value(1.5, "clips", 0, "variant", "width")),
        ("pixels cannot be", with_value(10**18, "clips", 0, "variant", "width")),
        ("is not like '60/1'", with_value("60", "clips", 0, "variant", "frame_rate")),
        ("is not like '60/1'", with_value("1" * 400 + "/1", "clips", 0, "variant", "frame_rate")),
        ("nothing is said of the mp4", without("clips", 0, "files", "mp4")),
        (
            ">= 0 - at `$.clips[0].files[...].size`",
            with_value(-1, "clips", 0, "files", "mp4", "size"),
        ),
        ("at `$.clips[0].stamps[...]`", with_value([1], "clips", 0, "stamps", "mp4")),
    ]


@pytest.mark.parametrize(
    ("says", "change"), damaged_manifests(), ids=[f"{n}" for n in range(len(damaged_manifests()))]
)
def test_a_damaged_manifest_is_named_and_made_again(clip: Studio, says: str, change: Any) -> None:
    assert survey(clip)[0].state == "fresh"
    whole = clip.manifest.read_text("utf-8")
    clip.manifest.write_text(json.dumps(change(json.loads(whole))), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(says)) as caught:
        read_manifest(clip.manifest)
    assert "manifest.json" in str(caught.value)
    said: list[str] = []
    assert survey(clip, say=said.append)[0].state == "fresh"
    (text,) = said
    assert "manifest.json" in text and says in text and "made again" in text
    assert clip.manifest.read_text("utf-8") == whole


NO_JSON = {
    "empty": b"",
    "binary": b"\xff\xfe\x00",
    "cut short": b"[1, 2",
    "nothing": b"null",
    "deep": b"[" * 1500,
    "deeper": b'{"a":' * 200_000,
    "half a letter": b'{"schema": 1, "clip": "\\ud800"}',
    "no number": b'{"schema": NaN}',
    "no end of a number": b'{"schema": ' + b"9" * 5000 + b"}",
    "a mark before it": b"\xef\xbb\xbf[]",
    "another schema": b'{"schema": 2}',
}


@pytest.mark.parametrize("data", NO_JSON.values(), ids=NO_JSON)
def test_a_manifest_that_is_no_json(clip: Studio, data: bytes) -> None:
    clip.manifest.write_bytes(data)
    said: list[str] = []
    assert survey(clip, say=said.append)[0].state == "fresh"
    assert len(said) == 1 and "manifest.json" in said[0]
    assert list(read_manifest(clip.manifest)) == [TINY]


def test_a_manifest_without_a_folder_knows_nothing(here: Studio) -> None:
    assert survey(here)[0].reasons == ("never rendered",)
    assert look(here).entries == {}


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def changed(*keys: Any, to: Any) -> Any:
    """What sets a field of a record to something else."""

    def harm(path: Path) -> None:
        record = json.loads(path.read_bytes())
        place = record
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = to
        path.write_text(json.dumps(record), encoding="utf-8")

    return harm


NO_RECORD = {
    **{name: lambda path, data=data: path.write_bytes(data) for name, data in NO_JSON.items()},
    "published is true": changed("published", to=True),
    "published is a list": changed("published", to=[]),
    "a name of a letter's half": changed("clip", to="a\ud800"),
    "a time that is none": changed("beats", 0, "start", to=float("nan")),
    "a time without end": changed("beats", 0, "end", to=float("inf")),
    "beats of numbers": changed("beats", to=[5]),
    "a cue without words": changed("cues", 0, "text", to=None),
    "inputs of lists": changed("inputs", 0, to=[[]]),
    "a role that is a number": changed("inputs", 0, "role", to=3),
    "a path that is none": changed("inputs", 0, "path", to="a\0b"),
    "frames below 0": changed("video", "frames", to=-1),
    "frames that are no whole number": changed("video", "frames", to=1.5),
    "a picture without end": changed("video", "width", to=10**12),
    "no picture": changed("video", "height", to=0),
    "a rate that is none": changed("video", "frame_rate", to="1/0"),
    "a model that is a number": changed("variant", "model", to=7),
    "files of a number": changed("published", "files", to=3),
    "a file of no size": changed("published", "files", "mp4", "size", to="9"),
    "another's name": changed("published", "name", to="../../x"),
}


@pytest.mark.parametrize(
    ("suffix", "harm", "state", "reason"),
    [
        ("json", damage, "stale", "not a record"),
        *(("json", harm, "stale", "") for harm in NO_RECORD.values()),
        ("json", Path.unlink, "stale", "its record Tiny.json is gone"),
        ("mp4", damage, "stale", "Tiny.mp4 is not the file that its record describes"),
        ("mp4", Path.unlink, "missing", "Tiny.mp4 is gone"),
        ("vtt", Path.unlink, "stale", "Tiny.vtt is gone"),
        ("jpg", damage, "stale", "Tiny.jpg is not the file that its record describes"),
    ],
)
def test_damage_is_named_and_mended(
    clip: Studio, tiny_film: Film, suffix: str, harm: Any, state: str, reason: str
) -> None:
    look(clip)
    harm(clip.file(TINY, suffix))
    for _ in range(2):  # also when it is looked at again
        (found,) = survey(clip)
        assert found.state == state and reason in found.reasons[0]
        assert found.is_published
        assert found.entry is not None, "what it showed is not forgotten"
    publish(clip, clip.stories[0], TINY, tiny_film.video, tiny_film.record)
    assert survey(clip)[0].state == "fresh"


def test_a_film_that_is_newer_than_its_record_is_no_clip(clip: Studio) -> None:
    """As after a process that died between moving the film and moving the record."""
    look(clip)
    file = clip.file(TINY, "mp4")
    data = bytearray(file.read_bytes())
    data[-100] ^= 1
    file.write_bytes(data)  # as long as before
    (found,) = survey(clip)
    assert found.reasons == ("Tiny.mp4 is not the file that its record describes",)


def test_silent_decay_is_found_by_a_thorough_look(clip: Studio) -> None:
    look(clip)
    file = clip.file(TINY, "mp4")
    stat = file.stat()
    data = bytearray(file.read_bytes())
    data[-100] ^= 1
    file.write_bytes(data)
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert survey(clip)[0].state == "fresh", "its size and time are as they were"
    (found,) = survey(clip, thorough=True)
    assert found.reasons == ("Tiny.mp4 is not the file that its record describes",)


def test_time_stamps_make_nothing_stale(clip: Studio) -> None:
    look(clip)
    for path in clip.clips.iterdir():
        os.utime(path, (1, 1))
    assert survey(clip)[0].state == "fresh"


def test_a_clip_that_somebody_removed_is_forgotten(clip: Studio) -> None:
    look(clip)
    for path in clip.clips.iterdir():
        path.unlink()
    assert survey(clip)[0].reasons == ("never rendered",)
    assert read_manifest(clip.manifest) == {}
