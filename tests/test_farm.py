"""Clips rendered by several processes, on one machine and on a Dask cluster, and what can go wrong.

Frames are compared decoded, and the films as files too: the same segments, joined by the same
writer, are the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
import wave
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
import pytest
from cluster import Cluster, cluster, is_gone, wait_for
from film import FONT, HERO, ROOT, STORY, VANILLA, manim
from hypothesis import given
from hypothesis import strategies as st
from studio import COMPARES, run, studio

from litnet.clips.farm import Outcome, Progress, deliver, open_farm, pack
from litnet.clips.farm.jobs import FILM, RECORD, Job
from litnet.clips.farm.parcels import unpack
from litnet.clips.farm.ranges import DRAWN, merged, shares, split
from litnet.clips.settings import Quality
from litnet.clips.task import RenderTask
from litnet.record.variant import Variant
from network import MLP, Dense, InputError, save_network

__all__ = ["cluster"]  # a fixture

HEAD = """
import os, signal, sys, tempfile, time
from pathlib import Path
import numpy as np
from manim import *
from litnet.scene import LitScene
from litnet.mobjects import LiveNumber, NeuronLayer
from litnet.record.quantities import illustrative

HERE = Path(__file__).parent
"""
# Whatever adds up from frame to frame: updaters with and without a time step, a generator of
# random numbers, the clock, a wait that moves, a number that grows, and sound.
MOVING = """
class Story(LitScene):
    def construct(self):
        rng = np.random.default_rng(5)
        dot = Dot(color=RED)
        square = Square(color=BLUE).add_updater(lambda m, dt: m.rotate(dt * 1.7))
        square.add_updater(lambda m: m.move_to(dot.get_center() / 2))
        shown = LiveNumber(illustrative(0)).move_to(2 * UP)
        self.add_updater(lambda dt: dot.shift(0.1 * rng.normal(size=3) * [1, 1, 0]))
        cells = NeuronLayer(rng.uniform(0.2, 1, 6), layer=0, pitch=0.7)
        with self.beat("one", "One", caption="It moves."):
            self.play(FadeIn(dot), Create(square), run_time=0.7)
            self.add(shown)
            shown.add_updater(lambda m: m.set_value(illustrative(self.time)))
            self.wait(0.5)
            self.hold(0.4)
        self.add_sound(HERE / "tone.wav")
        with self.beat("two", "Two", caption="It still moves."):
            self.play(dot.animate.shift(RIGHT), run_time=0.45)
            self.play(FadeIn(cells.shift(2 * DOWN)), run_time=0.3)
            self.play(shown.animate.scale(1.5), rate_func=there_and_back, run_time=0.5)
            self.hold(0.3)
        square.clear_updaters()
        with self.beat("three", "Three"):
            self.play(Rotate(square, 1.0), FadeOut(shown), run_time=0.6)
            self.hold(0.2)
"""
PLAIN = """
class {name}(LitScene):
    def construct(self):
        {first}
        dot = Dot(color=RED)
        self.play(FadeIn(dot), run_time=0.4)
        self.play(dot.animate.shift(RIGHT), run_time=0.4)
"""


def story(folder: Path, *bodies: str, name: str = "stories.py") -> Path:
    """A file of scenes."""
    file = folder / name
    file.write_text(HEAD + "".join(textwrap.dedent(body) for body in bodies), encoding="utf-8")
    return file


def plain(name: str = "Plain", first: str = "pass") -> str:
    """A short scene that begins with a statement."""
    return PLAIN.format(name=name, first=first)


def task(file: Path, scene: str = "Plain", **changes: Any) -> RenderTask:
    """A task of few and small frames."""
    size = {"width": 128, "height": 72, "frame_rate": 10} | changes
    return RenderTask(scene, file, Variant.of(VANILLA, HERO), Quality(**size))


COUNTED = """
class Counted(LitScene):
    def construct(self):
        words = NeuronLayer([0.3, 0.9], layer=0, pitch=0.7)
        cells = self.digit.image.ravel()[200:600:7]
        draw = NeuronLayer.draw
        def noted(layer, canvas):
            tempfile.mkdtemp(prefix=f"drawn-{len(layer)}-", dir=HERE)
            draw(layer, canvas)
        NeuronLayer.draw = noted
        self.play(FadeIn(words), run_time=0.5)
        self.play(FadeOut(words), run_time=0.5)
        layer = NeuronLayer(cells, layer=0, pitch=0.1)
        self.play(FadeIn(layer), run_time=0.5)
        self.play(layer.animate.shift(RIGHT), run_time=0.5)
"""


def frame_hashes(video: Path) -> list[str]:
    """SHA-256 of each decoded frame."""
    with av.open(str(video)) as container:
        return [
            hashlib.sha256(frame.to_ndarray().tobytes()).hexdigest()
            for frame in container.decode(video=0)
        ]


def made(outcome: Outcome) -> tuple[Path, dict[str, Any]]:
    """The film and record of a task that has to succeed."""
    assert outcome.error is None, outcome.error
    assert outcome.video is not None and outcome.record is not None
    assert json.loads(outcome.video.with_suffix(".json").read_text("utf-8")) == outcome.record
    return outcome.video, outcome.record


def rendered(tasks: list[RenderTask], folder: Path, **farm: Any) -> list[Outcome]:
    """Outcomes of a farm of its own, in the order of the tasks."""
    with open_farm(**farm) as opened:
        found = {o.task: o for o in opened.render(tasks, folder, lambda progress: None)}
    return [found[task] for task in tasks]


def kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on plays are kept for other films, in a folder that is empty."""
    monkeypatch.setenv("LITNET_CACHE", str(folder / "cache"))
    monkeypatch.setenv("LITNET_CACHE_MB", "100")


# --- ranges --------------------------------------------------------------------------------------
@given(st.lists(st.integers(1, 400), min_size=1, max_size=60), st.integers(1, 70))
def test_ranges_cover_every_animation_once_and_are_about_equally_long(
    lengths: list[int], parts: int
) -> None:
    ranges = split(lengths, parts)
    assert [n for part in ranges for n in part] == list(range(len(lengths)))
    assert 1 <= len(ranges) <= parts
    assert all(len(part) for part in ranges)
    longest = max(sum(lengths[n] for n in part) for part in ranges)
    assert longest <= sum(lengths) / min(parts, len(lengths)) + max(lengths)


def test_clips_are_whole_until_there_are_fewer_of_them_than_workers() -> None:
    assert shares(8, 2) == [1] * 8
    assert shares(3, 2) == [1, 1, 2]
    assert shares(1, 4) == [4]
    assert shares(3, 8) == [3, 3, 3]
    assert shares(0, 2) == []


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, Any]]:
    """The story that moves: its file, and film and record of a render in one process."""
    folder = tmp_path_factory.mktemp("moving")
    file = story(folder, MOVING)
    with wave.open(str(folder / "tone.wav"), "wb") as tone:
        tone.setparams((1, 2, 8000, 0, "NONE", ""))
        tone.writeframes(bytes(range(256)) * 10)
    (outcome,) = rendered([task(file, "Story")], folder / "out", workers=1)
    return file, *made(outcome)


@pytest.mark.parametrize("parts", [2, 12])
def test_a_film_joined_from_ranges_is_the_film_of_one_process(
    tmp_path: Path,
    moving: tuple[Path, Path, dict[str, Any]],
    parts: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Frame by frame and field by field; with 12, every animation has a process of its own."""
    file, video, record = moving
    heard: list[Progress] = []
    monkeypatch.setattr("litnet.clips.farm.rendering.shares", lambda clips, workers: [parts])
    with open_farm(2) as farm:
        (outcome,) = farm.render([task(file, "Story")], tmp_path, heard.append)
    joined, its_record = made(outcome)
    assert {path.suffix for path in joined.parent.iterdir()} == {".mp4", ".json"}
    assert frame_hashes(joined) == frame_hashes(video)
    assert joined.read_bytes() == video.read_bytes(), "also the sound, and every time stamp"
    assert its_record == record
    assert len(record["snapshots"]) >= 2 and len(record["numbers"]) >= 2
    assert heard[-1].frames_done == heard[-1].frames_total == record["video"]["frames"]
    done = [progress.frames_done for progress in heard]
    assert done == sorted(done)


def test_layer_intro_in_ranges_is_layer_intro(tmp_path: Path) -> None:
    this = task(STORY, "LayerIntro", width=320, height=180, frame_rate=1)
    (whole,) = rendered([this], tmp_path / "whole", workers=1)
    (parts,) = rendered([this], tmp_path / "parts", workers=2)
    video, record = made(whole)
    assert made(parts)[1] == record
    assert made(parts)[0].read_bytes() == video.read_bytes()


SCALES = """
class Scales(LitScene):
    def construct(self):
        own = self.read(self.digit.image)
        other = self.read_another(Path(DIGIT))
        for reading, made in ((None, own), (other.number, other.forward_pass)):
            layer = NeuronLayer(made.activations[1], layer=1, pitch=0.5)
            layer.reading = reading
            with self.beat(f"beat{reading}", "A layer"):
                self.play(FadeIn(layer), run_time=0.4)
                self.hold(0.4)
            self.remove(layer)
"""


def test_each_reading_of_a_layer_keeps_its_scale_of_light(tmp_path: Path) -> None:
    """Of a network that isn't all sigmoid each has one, and the ranges of a clip lose none."""
    rng = np.random.default_rng(3)
    layers = (
        Dense(rng.normal(0, 0.2, (6, 784)), rng.normal(size=6), "tanh"),
        Dense(rng.normal(size=(10, 6)), rng.normal(size=10), "softmax"),
    )
    model = tmp_path / "tanh.npz"
    save_network(MLP(layers), model)
    digit = f"DIGIT = {str(HERO.with_name('7_00.png'))!r}\n"
    file = story(tmp_path, digit, SCALES)
    this = replace(task(file, "Scales"), variant=Variant.of(model, HERO))
    (whole,) = rendered([this], tmp_path / "whole", workers=1)
    (parts,) = rendered([this], tmp_path / "parts", workers=2)
    record = made(whole)[1]
    scales = record["light_scales"]
    assert [(scale["layer"], scale["reading"]) for scale in scales] == [(1, None), (1, 0)]
    assert made(parts)[1] == record


def test_a_range_that_shows_a_layer_again_gives_its_scale_once() -> None:
    def scale(layer: int, reading: int | None) -> dict[str, Any]:
        return {"layer": layer, "reading": reading, "low": -1.0, "high": 1.0}

    empty: dict[str, Any] = dict.fromkeys(DRAWN, ())
    parts = [[scale(2, 1), scale(1, None)], [scale(1, 0), scale(1, None)], [scale(2, None)]]
    whole = merged(empty, [empty | {"light_scales": scales} for scales in parts])
    expected = [(1, None), (1, 0), (2, None), (2, 1)]
    assert whole["light_scales"] == [scale(*key) for key in expected]


def test_a_file_is_named_alike_by_the_farm_and_by_the_record(tmp_path: Path) -> None:
    """Where a symbolic link leads to it, too: a cluster's clip is as fresh as one from here."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    reads = "self.read(self.digit.image)"
    story(tmp_path / "real", plain(first=reads))
    (tmp_path / "real" / "mine.npz").write_bytes(VANILLA.read_bytes())
    (tmp_path / "real" / "drawn.png").write_bytes(HERO.read_bytes())
    link = tmp_path / "link"
    chosen = Variant.of(link / "mine.npz", link / "drawn.png")
    this = replace(task(link / "stories.py"), variant=chosen)
    (near,) = rendered([this], tmp_path / "near", workers=1)
    parcel = pack(Job(this, "whole"), None)
    shutil.rmtree(tmp_path / "real")
    assert unpack(deliver(parcel), parcel.job, tmp_path / "far").error is None
    record = made(near)[1]
    assert json.loads((tmp_path / "far" / RECORD).read_text("utf-8")) == record
    assert record["variant"]["model"] == str(tmp_path / "real" / "mine.npz")
    assert record["source"]["file"] == str(tmp_path / "real" / "stories.py")


def test_the_frames_are_those_of_manims_own_command(
    tmp_path: Path, moving: tuple[Path, Path, dict[str, Any]]
) -> None:
    """Also in another time zone, another language, and with other hashes of strings."""
    elsewhere = {"TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "77"}
    size = ("-r", "128,72", "--fps", "10")
    done = manim(tmp_path, *size, story=moving[0], scene="Story", **elsewhere)
    assert done.returncode == 0, done.stderr
    (video,) = tmp_path.rglob("Story.mp4")
    assert frame_hashes(video) == frame_hashes(moving[1])


def test_zone_locale_and_hashes_change_no_frame(
    tmp_path: Path,
    moving: tuple[Path, Path, dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file, video, _ = moving
    for number, (zone, locale) in enumerate([("UTC", "C"), ("Asia/Seoul", "ko_KR.UTF-8")]):
        for name, value in (("TZ", zone), ("LC_ALL", locale), ("LANG", locale)):
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PYTHONHASHSEED", str(number * 1234))
        (outcome,) = rendered([task(file, "Story")], tmp_path / zone, workers=number + 1)
        assert frame_hashes(made(outcome)[0]) == frame_hashes(video)


# --- faults --------------------------------------------------------------------------------------
def test_a_story_that_raises_fails_alone_and_says_where(tmp_path: Path) -> None:
    helper = "\ndef helper():\n    raise KeyError('no such thing')\n"
    file = story(tmp_path, helper, plain(), plain("Bad", "helper()"))
    lines = file.read_text().splitlines()
    place = next(n for n, line in enumerate(lines, 1) if "raise KeyError" in line)
    good, wrong, missing = rendered(
        [task(file), task(file, "Bad"), task(file, "Nothing")], tmp_path / "out", workers=2
    )
    made(good)
    assert wrong.video is None and wrong.record is None and wrong.error is not None
    assert wrong.error == f"KeyError: 'no such thing' ({file}:{place})"
    assert missing.error == f"{file}: no LitScene 'Nothing' in it."


@pytest.mark.parametrize("who", ["os.getpid()", "os.getppid()"])
def test_a_worker_that_is_killed_is_replaced(tmp_path: Path, who: str) -> None:
    kill = f"""
        if not (HERE / "once").exists():
            (HERE / "once").touch()
            os.kill({who}, signal.SIGKILL)
            time.sleep(60)"""
    file = story(tmp_path, plain("Dies", kill.strip()), plain())
    outcomes = rendered([task(file, "Dies"), task(file)], tmp_path / "out", workers=2)
    assert (tmp_path / "once").exists()
    films = [made(outcome)[0] for outcome in outcomes]
    assert frame_hashes(films[0]) == frame_hashes(films[1])


def test_no_worker_is_lost_between_two_jobs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A job is given while the process of the last one is still ending."""
    caplog.set_level("INFO", "litnet.clips.farm")
    tasks = [task(tmp_path / f"missing{number}.py") for number in range(60)]
    outcomes = rendered(tasks, tmp_path / "out", workers=1)
    assert [o.error for o in outcomes] == [f"{t.file}: no file of scenes there." for t in tasks]
    assert caplog.messages == []


def test_relative_paths_start_where_the_farm_was_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story(tmp_path, plain())
    monkeypatch.chdir(tmp_path)
    (outcome,) = rendered([task(Path("stories.py"))], Path("out"), workers=1)
    made(outcome)


def test_a_worker_that_dies_each_time_is_given_up(tmp_path: Path) -> None:
    file = story(tmp_path, plain("Dies", "os.kill(os.getpid(), signal.SIGSEGV)"), plain())
    dies, lives = rendered([task(file, "Dies"), task(file)], tmp_path / "out", workers=2)
    assert dies.error == f"a worker was ended by signal {int(signal.SIGSEGV)}, 3 times in a row."
    made(lives)


def test_a_worker_that_hangs_is_ended_and_its_job_done_elsewhere(tmp_path: Path) -> None:
    hang = """
        with open(HERE / "pids", "a") as pids:
            print(os.getpid(), os.getppid(), file=pids, flush=True)
        if len((HERE / "pids").read_text().splitlines()) == 1:
            os.kill(os.getppid(), signal.SIGSTOP)  # even the one that should look after it
            os.kill(os.getpid(), signal.SIGSTOP)"""
    file = story(tmp_path, plain("Hangs", hang.strip()))
    began = time.monotonic()
    (outcome,) = rendered([task(file, "Hangs")], tmp_path / "out", workers=1, time_limit=6)
    made(outcome)
    assert time.monotonic() - began >= 6
    attempts = [
        [int(pid) for pid in x.split()] for x in (tmp_path / "pids").read_text().split("\n")
    ]
    assert len(attempts[:-1]) == 2
    wait_for(lambda: all(is_gone(pid) for pids in attempts for pid in pids), 5)


CLIENT = """
import sys
from pathlib import Path
from litnet.clips.farm import open_farm
from litnet.clips.settings import Quality
from litnet.clips.task import RenderTask
from litnet.record.variant import Variant
if __name__ == "__main__":
    file, out = map(Path, sys.argv[1:3])
    chosen = Variant.of(Path("{model}"), Path("{digit}"))
    task = RenderTask("Long", file, chosen, Quality(128, 72, 10))
    with open_farm(2, sys.argv[3] if len(sys.argv) > 3 else None) as farm:
        list(farm.render([task, task], out, print))
"""
LONG = """
class Long(LitScene):
    def construct(self):
        with open(HERE / "pids", "a") as pids:
            print(os.getpid(), os.getppid(), file=pids, flush=True)
        for _ in range(1000):
            self.play(FadeIn(Dot()), run_time=1)
            time.sleep(0.05)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whoever_ends_the_render_ends_its_workers(tmp_path: Path, how: signal.Signals) -> None:
    """Ctrl-C goes to the whole group in the foreground; within 5 seconds nobody is left."""
    file = story(tmp_path, LONG)
    client = tmp_path / "client.py"
    client.write_text(CLIENT.format(model=VANILLA, digit=HERO))
    command = [sys.executable, str(client), str(file), str(tmp_path / "out")]
    errors = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=errors, stderr=errors, start_new_session=True) as render:
        pids = tmp_path / "pids"
        try:
            wait_for(lambda: pids.exists() and pids.read_text().count("\n") == 2, 60)
            working = {int(pid) for pid in pids.read_text().split()}
            assert not any(is_gone(pid) for pid in working)
            began = time.monotonic()
            (os.killpg if how == signal.SIGINT else os.kill)(render.pid, how)
            render.wait(5)
            wait_for(lambda: all(map(is_gone, working)), 5 - (time.monotonic() - began))
        finally:
            render.kill()  # otherwise a test that fails would wait for its end


def test_a_farm_that_nobody_listens_to_any_more_stops(tmp_path: Path) -> None:
    file = story(tmp_path, LONG, plain())
    with open_farm(2) as farm:
        for outcome in farm.render([task(file, "Long"), task(file)], tmp_path / "out"):
            made(outcome)
            wait_for(lambda: (tmp_path / "pids").exists() and (tmp_path / "pids").read_text(), 60)
            break
    working = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    wait_for(lambda: all(map(is_gone, working)), 5)


def test_a_farm_says_what_it_cannot_be(tmp_path: Path) -> None:
    for wrong in ({"workers": 0}, {"time_limit": 0.0}, {"workers": 2, "scheduler": "tcp://x:1"}):
        with pytest.raises(InputError, match=r"\.$"), open_farm(**wrong):
            pass


# --- Dask ----------------------------------------------------------------------------------------
def test_inputs_travel_and_results_come_back(
    tmp_path: Path, moving: tuple[Path, Path, dict[str, Any]]
) -> None:
    """What a worker does with a parcel when nothing of it is left where it came from."""
    file = story(tmp_path, MOVING.replace('HERE / "tone.wav"', f'"{moving[0].parent}/tone.wav"'))
    digit, model, before = tmp_path / "drawing.png", tmp_path / "mine.npz", tmp_path / "old.npz"
    digit.write_bytes(HERO.read_bytes())
    model.write_bytes(VANILLA.read_bytes())
    before.write_bytes((VANILLA.parent / "early.npz").read_bytes())
    card = model.with_suffix(".md")  # the classes' names decide pixels, too
    card.write_text('```json\n{"classes": ["a","b","c","d","e","f","g","h","i","j"]}\n```\n')
    reads = """        self.read(self.digit.image)
        assert self.class_names[0] == "a"
        assert self.before.digest != self.network.digest
"""
    file.write_text(file.read_text().replace("        rng =", reads + "        rng =", 1))
    chosen = Variant.of(model, digit, baseline=before)
    this = RenderTask("Story", file, chosen, Quality(128, 72, 10))
    (near,) = rendered([this], tmp_path / "near", workers=1)
    video, record = made(near)
    parcel = pack(Job(this, "whole"), None)
    for path in (file, digit, model, before, card):
        path.unlink()
    far = tmp_path / "far"
    assert unpack(deliver(parcel), parcel.job, far).error is None
    assert (far / FILM).read_bytes() == video.read_bytes()
    assert json.loads((far / RECORD).read_text("utf-8")) == record
    assert record["variant"]["digit"] == str(digit)
    assert record["variant"]["before"] == str(before)
    named = {(entry["role"], entry["path"]) for entry in record["inputs"]}
    assert named >= {("model", str(before)), ("model", str(model)), ("card", str(card))}


def test_a_project_of_ones_own_travels_with_its_stories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its modules, its models, its look and font, and its settings of manim; a clip of it is the
    same from anywhere."""
    mine = tmp_path / "mine"
    (mine / "stories" / "shapes").mkdir(parents=True)
    look = '[theme]\nbackground = "#0B1E3F"\nfont = ["own.ttf", "litnet"]\n'
    (mine / "litnet.toml").write_text(f'model = "model.npz"\n{look}')
    (mine / "own.ttf").write_bytes(FONT.read_bytes())
    (mine / "manim.cfg").write_text("[video_encoder]\ncrf = 35\n")
    (mine / "model.npz").write_bytes(VANILLA.read_bytes())
    (mine / "stories" / "helper.py").write_text("from shapes.round import SIZE\n")
    (mine / "stories" / "shapes" / "round.py").write_text("SIZE = 3\n")
    reads = "import helper; assert helper.SIZE == 3; self.read(self.digit.image)"
    file = story(mine / "stories", "import helper\n", plain(first=reads))
    monkeypatch.chdir(mine)
    variant = msgspec.structs.replace(Variant.of(mine / "model.npz", HERO), theme="own")
    this = replace(task(file), variant=variant)
    (near,) = rendered([this], tmp_path / "near", workers=1)
    parcel = pack(Job(this, "whole"), None)
    monkeypatch.chdir(tmp_path)
    shutil.rmtree(mine)
    assert unpack(deliver(parcel), parcel.job, tmp_path / "far").error is None
    video, record = made(near)
    assert (tmp_path / "far" / FILM).read_bytes() == video.read_bytes()
    assert json.loads((tmp_path / "far" / RECORD).read_text("utf-8")) == record
    assert record["source"]["file"] == "stories/stories.py"
    assert record["variant"]["model"] == "model.npz"
    assert record["theme"] == {"name": "own", "dark": "#0B1E3F", "light": "#FFFFFF"}
    assert ("theme", "own") in {(entry["role"], entry["path"]) for entry in record["inputs"]}
    paths = {entry["path"]: entry["role"] for entry in record["inputs"]}
    assert paths["stories/helper.py"] == paths["stories/shapes/round.py"] == "module"
    assert paths["manim.cfg"] == "settings"


def test_a_worker_with_other_code_says_so(tmp_path: Path) -> None:
    parcel = pack(Job(task(story(tmp_path, plain())), "whole"), None)
    data = deliver(replace(parcel, needs=parcel.needs | {"manim": "0.1"}))
    error = unpack(data, parcel.job, tmp_path / "far").error
    assert error is not None and error.startswith("a worker has manim ")
    assert "expected 0.1" in error
    assert not list((tmp_path / "far").iterdir())


def test_dask_workers_that_share_nothing_render_the_same(
    tmp_path: Path, cluster: Cluster, moving: tuple[Path, Path, dict[str, Any]]
) -> None:
    """Whole clips and ranges of one, by two workers; the story sees that it is a copy."""
    file, video, record = moving
    cluster.work()
    cluster.work()
    away = f"assert not Path(__file__).is_relative_to({str(tmp_path)!r} + '/mine')"
    (tmp_path / "mine").mkdir()
    own = story(tmp_path / "mine", plain(first=away), plain("Bad", "raise KeyError('x')"))
    with open_farm(scheduler=cluster.address) as farm:
        wait_for(lambda: farm._crew.size == 2, 30)
        outcomes = farm.render([task(own), task(own, "Bad")], tmp_path / "out")
        good, bad = sorted(outcomes, key=lambda outcome: outcome.error is not None)
        assert made(good)[1]["source"]["file"] == str(own)
        assert bad.error is not None and bad.error.startswith(f"KeyError: 'x' ({own}:")
        # The sound file lies where the story says; this cluster happens to see it.
        text = file.read_text().replace('HERE / "tone.wav"', f'"{file.parent}/tone.wav"')
        file = story(tmp_path / "mine", text.removeprefix(HEAD), name="moving.py")
        (joined,) = farm.render([task(file, "Story")], tmp_path / "parts")
    there, its_record = made(joined)
    assert there.read_bytes() == video.read_bytes()
    for name in ("video", "beats", "snapshots", "numbers"):
        assert its_record[name] == record[name]
    # And a film of two models.
    old, new = tmp_path / "mine" / "old.npz", tmp_path / "mine" / "new.npz"
    old.write_bytes((VANILLA.parent / "early.npz").read_bytes())
    new.write_bytes(VANILLA.read_bytes())
    (tmp_path / "films").mkdir()
    films = studio(tmp_path / "films", COMPARES)
    code, out, err = run(
        tmp_path / "films", COMPARES, "diff", old, new, "--film", "--digit", HERO, "-q", "l",
        "--scheduler", cluster.address,
    )  # fmt: skip
    assert code == 0, err
    name = f"{COMPARES}--from-old--new"
    assert out.endswith(f"{films.file(name, 'mp4')}\n")
    compared = json.loads(films.file(name, "json").read_text("utf-8"))
    assert (compared["variant"]["before"], compared["variant"]["model"]) == (str(old), str(new))
    models = {e["path"]: e["sha256"] for e in compared["inputs"] if e["role"] == "model"}
    assert models == {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in (old, new)
    }


def test_a_scheduler_that_does_not_answer_is_named_soon() -> None:
    began = time.monotonic()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
        with pytest.raises(InputError, match=address), open_farm(scheduler=address):
            pass
        unsigned = pytest.raises(InputError, match="wants a certificate")
        with unsigned, open_farm(scheduler=address.replace("tcp:", "tls:")):
            pass
    assert time.monotonic() - began < 10


def test_a_dask_worker_and_then_the_scheduler_killed_in_mid_render(
    tmp_path: Path, cluster: Cluster
) -> None:
    """The worker's job is done by another one; without a scheduler the task fails, soon."""
    file = story(tmp_path, LONG.replace("HERE", f"Path({str(tmp_path)!r})"), plain())
    first = cluster.work()
    pids = tmp_path / "pids"
    heard: list[Outcome] = []
    with open_farm(scheduler=cluster.address) as farm:
        wait_for(lambda: farm._crew.size == 1, 30)
        outcomes = farm.render([task(file, "Long")], tmp_path / "out")
        import threading

        asking = threading.Thread(target=lambda: heard.extend(outcomes))
        asking.start()
        wait_for(lambda: pids.exists() and pids.read_text(), 60)
        os.killpg(first.pid, signal.SIGKILL)
        cluster.work()
        wait_for(lambda: pids.read_text().count("\n") == 2, 60)
        cluster.scheduler.kill()
        asking.join(20)
        assert not asking.is_alive()
    (outcome,) = heard
    assert outcome.video is None
    assert outcome.error is not None and cluster.address in outcome.error
    for line in pids.read_text().splitlines()[:1]:
        wait_for(lambda line=line: all(is_gone(int(pid)) for pid in line.split()), 5)
    again = Cluster(tmp_path / "again")
    try:
        again.work()
        (outcome,) = rendered([task(file)], tmp_path / "out", scheduler=again.address)
        made(outcome)
    finally:
        again.end()


def test_the_farm_does_not_import_manim() -> None:
    code = "import sys, litnet.clips.farm; sys.exit('manim' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def drawn_in(folder: Path) -> dict[int, int]:
    """How often layers were drawn, by how many cells they have."""
    return Counter(int(made.name.split("-")[1]) for made in folder.glob("drawn-*"))


def test_what_the_digit_does_not_change_is_drawn_for_one_film_of_a_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = story(tmp_path, COUNTED)
    digits = sorted((ROOT / "assets" / "digits").glob("?_00.png"))[:3]
    size = Quality(128, 72, 10)
    tasks = [RenderTask("Counted", file, Variant.of(VANILLA, digit), size) for digit in digits]
    alone = []
    for number, one in enumerate(tasks):
        (outcome,) = rendered([one], tmp_path / str(number), workers=1)
        alone.append(frame_hashes(made(outcome)[0]))
    assert len({tuple(film) for film in alone}) == 3
    cells, words = max(drawn_in(tmp_path)), min(drawn_in(tmp_path))
    counts = drawn_in(tmp_path)
    kept(tmp_path, monkeypatch)
    outcomes = rendered(tasks, tmp_path / "class", workers=1)
    assert [frame_hashes(made(outcome)[0]) for outcome in outcomes] == alone
    drawn = drawn_in(tmp_path) - counts
    assert drawn[words] * 3 == counts[words], "the words of one film, once"
    assert drawn[cells] == counts[cells], "the digits of all"


def test_a_story_that_adds_up_is_the_same_for_each_of_a_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its plays look alike, and yet nothing is left out of what they add up."""
    file = story(tmp_path, MOVING)
    with wave.open(str(tmp_path / "tone.wav"), "wb") as tone:
        tone.setparams((1, 2, 8000, 0, "NONE", ""))
        tone.writeframes(b"\x00\x10" * 800)
    digits = sorted((ROOT / "assets" / "digits").glob("?_00.png"))[:2]
    tasks = [
        RenderTask("Story", file, Variant.of(VANILLA, digit), Quality(128, 72, 10))
        for digit in digits
    ]
    (alone,) = rendered(tasks[:1], tmp_path / "alone", workers=1)
    kept(tmp_path, monkeypatch)
    both = rendered(tasks, tmp_path / "both", workers=1)
    expected = frame_hashes(made(alone)[0])
    assert [frame_hashes(made(outcome)[0]) for outcome in both] == [expected, expected]
