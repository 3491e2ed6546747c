"""The commands about clips, with real renderings of tiny stories, and what may go wrong."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner, Result
from film import DIGITS, VANILLA, Film, frames
from studio import (
    BROKEN,
    PLAIN,
    SLOW,
    SMALL,
    TINY,
    contents,
    processes_in,
    publish,
    run,
    start,
    studio,
    wait_until,
)

from litnet.cli import main
from litnet.clips import render as rendering
from litnet.clips import settings
from litnet.clips.manifest import SUFFIXES, Studio, read_manifest
from litnet.clips.render import Finished, Request, Silent, bring_up_to_date
from litnet.clips.stopping import Stopped
from litnet.clips.survey import survey
from litnet.clips.watch import previews, watch_files
from litnet.commands import clips as commands
from litnet.project import real_path
from litnet.record.inputs import File
from network import MLP, Dense, InputError, load_network, save_network


@pytest.fixture
def litnet(monkeypatch: pytest.MonkeyPatch) -> Any:
    """``litnet`` in this process, for a studio; ``-q l`` is 320 x 180, 5 frames a second."""
    monkeypatch.setitem(settings.QUALITIES, "l", SMALL)
    for name in ("MODEL", "DIGIT", "LANGUAGE"):
        monkeypatch.delenv(f"LITNET_{name}", raising=False)

    def invoke(here: Studio, *arguments: object) -> Result:
        monkeypatch.setattr(commands, "the_studio", lambda: here)
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    return invoke


class Ear(Silent):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.ended: list[Finished] = []

    def say(self, text: str) -> None:
        """Remembered."""
        self.said.append(text)

    def end(self, done: Finished) -> None:
        """Remembered."""
        self.ended.append(done)


def standing(result: Result) -> dict[str, tuple[str, list[str]]]:
    """State and reasons by name, from ``status --json``."""
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)["clips"]
    return {clip["name"]: (clip["state"], clip["reasons"]) for clip in found}


# --- rendering what is stale, and only that ------------------------------------------------------
def test_from_nothing_to_fresh_and_stale_again(tmp_path: Path, litnet: Any) -> None:
    here = studio(tmp_path, TINY, PLAIN)
    model = tmp_path / "mine.npz"
    shutil.copy(VANILLA, model)
    assert standing(litnet(here, "status", "--json")) == {
        TINY: ("missing", ["never rendered"]),
        PLAIN: ("missing", ["never rendered"]),
    }
    assert litnet(here, "check").exit_code == 0, "nothing is published, so nothing is stale"

    made = litnet(here, "render", "-q", "l", "--model", model)
    assert made.exit_code == 0, made.output
    assert f"{here.file('Tiny--mine', 'mp4')}\n" in made.stdout
    assert "Tiny--mine: published" in made.stderr
    assert sorted(p.stem for p in here.clips.glob("*.mp4")) == [PLAIN, "Tiny--mine"]
    assert standing(litnet(here, "status", "--json")) == {
        TINY: ("missing", ["never rendered"]),
        "Tiny--mine": ("fresh", []),
        PLAIN: ("fresh", []),
    }
    before = contents(here.clips)
    nothing = litnet(here, "render", "-q", "l", "--model", model)
    assert nothing.exit_code == 0 and "Nothing to do: 2 of 2 fresh." in nothing.stdout
    assert contents(here.clips) == before

    # Trained again: one clip of the two.
    layers = list(load_network(model).layers)
    layers[1] = Dense(-layers[1].weights, layers[1].biases, layers[1].activation)
    save_network(MLP(tuple(layers)), model)
    assert standing(litnet(here, "status", "--json"))["Tiny--mine"] == (
        "stale",
        ["weights of layer 2 changed"],
    )
    table = litnet(here, "status").stdout
    assert "weights of layer 2 changed" in table and "1 of 3 fresh" in table
    checked = litnet(here, "check")
    assert checked.exit_code == 1
    assert "Tiny--mine: weights of layer 2 changed\n" in checked.stdout
    again = litnet(here, "render", "--model", model, "--json")  # at the quality that it has
    states = {one["name"]: one["state"] for one in json.loads(again.stdout)["clips"]}
    assert states == {"Tiny--mine": "rendered", PLAIN: "fresh"}
    after = contents(here.clips)
    changed = {name for name in before if before[name] != after[name]}
    assert changed >= {"Tiny--mine.mp4", "Tiny--mine.json"}
    assert not any(name.startswith(PLAIN) for name in changed)
    record = json.loads(after["Tiny--mine.json"])
    assert record["network"]["digest"] == load_network(model).digest
    assert record["video"]["width"] == 320
    assert litnet(here, "check").exit_code == 0

    # A digit from elsewhere that is gone: named, and the clip stays as it is.
    entry = read_manifest(here.manifest)["Tiny--mine"]
    assert entry.variant.model == str(model.resolve())
    model.unlink()
    gone = litnet(here, "render", TINY)
    assert gone.exit_code == 1
    assert litnet(here, "status").stdout.count("model mine.npz is gone") == 1
    assert "mine.npz" in gone.stderr
    assert contents(here.clips)["Tiny--mine.mp4"] == after["Tiny--mine.mp4"]
    assert processes_in(tmp_path) == []
    assert list(here.work.iterdir()) == []


def test_wrong_usage(tmp_path: Path, litnet: Any) -> None:
    here = studio(tmp_path, TINY)
    unknown = litnet(here, "render", "Nobody")
    assert (
        unknown.exit_code == 2
        and "expected one of: TitleCard, LearningCard, Tiny" in unknown.output
    )
    assert litnet(here, "render", "-q", "x").exit_code == 2
    assert litnet(here, "render", "--workers", "0").exit_code == 2
    for arguments in (("--digit", tmp_path / "none"), ("--language", "xx")):
        result = litnet(here, "render", *arguments)
        assert result.exit_code == 1 and result.stderr.startswith("litnet: ")
    assert not here.manifest.exists()


def test_list(tmp_path: Path, litnet: Any) -> None:
    here = studio(tmp_path, TINY, PLAIN)
    found = json.loads(litnet(here, "list", "--json").stdout)["clips"]
    assert [(clip["clip"], clip["uses"]) for clip in found] == [
        (TINY, ["model", "digit", "language"]),
        (PLAIN, ["language"]),
    ]
    assert "stories.py  (model, digit, language)" in litnet(here, "list").stdout


def digit_input(shown: str) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(File.collect(real_path(shown), "digit"))
    return found


def faked(here: Studio, tiny_film: Film, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A farm that renders nothing: every task's film is the same one. What it was asked for."""
    asked: list[Any] = []

    class Farm:
        def render(self, tasks: Any, folder: Path, on_progress: Any, **how: Any) -> Any:
            from litnet.clips.farm import Outcome, Progress

            for task in tasks:
                asked.append(task)
                on_progress(Progress(task, 1, 9))
                record = json.loads(json.dumps(tiny_film.record))
                digit, model = digit_input(task.variant.digit), task.variant.model
                record["inputs"] = [e for e in record["inputs"] if e["role"] != "digit"] + [digit]
                for entry in record["inputs"]:
                    if entry["role"] == "model":
                        entry["path"] = model
                record["variant"] |= {"digit": digit["path"], "model": model}
                video = folder / f"{len(asked)}.mp4"
                shutil.copy(tiny_film.video, video)
                yield Outcome(task, video, record, None)

    @contextlib.contextmanager
    def open_farm(workers: Any, scheduler: Any) -> Any:
        yield Farm()

    monkeypatch.setattr("litnet.clips.farm.open_farm", open_farm)
    return asked


def test_a_clip_for_each_digit_of_a_folder(
    tmp_path: Path, litnet: Any, tiny_film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = studio(tmp_path, TINY)
    asked = faked(here, tiny_film, monkeypatch)
    pupils = tmp_path / "pupils"
    pupils.mkdir()
    for name in ("zoe", "ann", "bo"):
        shutil.copy(DIGITS / "3_00.png", pupils / f"{name}.png")
    assert litnet(here, "render", "--digit", pupils, "-q", "l").exit_code == 0
    assert [Path(task.variant.digit).name for task in asked] == ["ann.png", "bo.png", "zoe.png"]
    assert {str(task.quality) for task in asked} == {"180p5"}
    assert sorted(read_manifest(here.manifest)) == ["Tiny--ann", "Tiny--bo", "Tiny--zoe"]
    shutil.copy(DIGITS / "3_01.png", pupils / "bo.png")
    states = standing(litnet(here, "status", "--json"))
    assert states["Tiny--bo"] == ("stale", ["digit bo.png changed"])
    assert states["Tiny--ann"][0] == states["Tiny--zoe"][0] == "fresh"
    asked.clear()
    # Without a flag: everything that was ever published, and the configured one.
    assert litnet(here, "render").exit_code == 0
    assert [(Path(task.variant.digit).name, str(task.quality)) for task in asked] == [
        ("3_hero.png", "1080p60"),
        ("bo.png", "180p5"),
    ]
    asked.clear()
    assert litnet(here, "render", "--force", TINY, "--digit", pupils / "ann.png").exit_code == 0
    assert litnet(here, "render", "-q", "m", "--digit", pupils / "zoe.png").exit_code == 0
    assert [(Path(task.variant.digit).name, str(task.quality)) for task in asked] == [
        ("ann.png", "180p5"),
        ("zoe.png", "720p30"),
    ]
    asked.clear()
    monkeypatch.setenv("LITNET_DIGIT", str(pupils / "ann.png"))
    assert litnet(here, "render", "--force").exit_code == 0
    assert [Path(task.variant.digit).name for task in asked] == ["ann.png"], (
        "the environment is a choice"
    )


def test_a_damaged_record_is_made_again(
    tmp_path: Path, litnet: Any, tiny_film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = studio(tmp_path, TINY)
    asked = faked(here, tiny_film, monkeypatch)
    assert litnet(here, "render", "--digit", DIGITS / "7_02.png", "-q", "l").exit_code == 0
    here.file("Tiny--7_02", "json").write_text("{")
    (reason,) = standing(litnet(here, "status", "--json"))["Tiny--7_02"][1]
    assert "Tiny--7_02.json: not a record" in reason
    asked.clear()
    assert litnet(here, "render").exit_code == 0
    assert {Path(task.variant.digit).name for task in asked} == {"3_hero.png", "7_02.png"}
    assert litnet(here, "check").exit_code == 0
    # Where the manifest is lost as well, nobody knows what the clip showed.
    here.file("Tiny--7_02", "json").write_text("{")
    here.manifest.write_text("{")
    lost = litnet(here, "render")
    assert lost.exit_code == 1
    assert "manifest.json" in lost.stderr and "Tiny--7_02 cannot be made again" in lost.stderr
    assert litnet(here, "render", "--digit", DIGITS / "7_02.png", "-q", "l").exit_code == 0
    assert litnet(here, "check").exit_code == 0


# --- faults --------------------------------------------------------------------------------------
@pytest.fixture
def published(tmp_path: Path, tiny_film: Film) -> Studio:
    """A studio in which Tiny is published, and Slow as if it were, long ago."""
    here = studio(tmp_path, TINY, SLOW)
    record = json.loads(json.dumps(tiny_film.record))
    publish(here, here.stories[0], TINY, tiny_film.video, record)
    record["clip"] = SLOW
    record["variant"] |= {"model": None, "digit": None}
    record["inputs"] = [e for e in record["inputs"] if e["role"] == "version"]
    record["inputs"].append({"path": "gone.py", "sha256": "0" * 64, "role": "module"})
    publish(here, here.stories[1], SLOW, tiny_film.video, record)
    assert [clip.state for clip in survey(here)][1] == "stale"
    return here


def test_a_scene_that_raises_and_the_others(tmp_path: Path) -> None:
    code, out, err = run(tmp_path, f"{BROKEN},{PLAIN}", "render", "-q", "l")
    assert code == 1
    assert "Broken: failed" in err and "RuntimeError: the story broke here" in err
    assert "stories.py" in err.splitlines()[-1]
    assert "Plain.mp4" in out and "Broken" not in out
    here = studio(tmp_path, BROKEN, PLAIN)
    assert [clip.state for clip in survey(here)] == ["missing", "fresh"]
    assert set(contents(here.clips)) == {f"Plain.{s}" for s in ("json", *SUFFIXES)}


def test_ctrl_c_stops_at_once_and_leaves_what_was_there(published: Studio) -> None:
    folder = published.manifest.parents[1]
    before = contents(published.clips)
    process = start(folder, SLOW, "render", "-q", "l")
    assert process.stderr is not None
    wait_until(lambda: list(published.work.rglob("*.mp4")))
    stopped = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert time.monotonic() - stopped < 5
    assert process.returncode == 1
    wait_until(lambda: not processes_in(folder), 2)
    assert contents(published.clips) == before
    assert not list(published.clips.glob(".*")) and not list(published.work.iterdir())


def test_kill_9_and_then_again(published: Studio, tmp_path: Path) -> None:
    """What was published stays whole; the next render does the work, and tidies up."""
    folder = published.manifest.parents[1]
    before = contents(published.clips)
    process = start(folder, SLOW, "render", "-q", "l")
    wait_until(lambda: list(published.work.rglob("*.mp4")))
    for number in processes_in(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    process.communicate(timeout=10)
    wait_until(lambda: not processes_in(folder), 5)
    assert contents(published.clips) == before
    left = list(published.work.iterdir())
    assert left, "it had no time to tidy up"
    for path in left:
        os.utime(path, (1, 1))
    code, out, err = run(folder, f"{SLOW},{PLAIN}", "render", "-q", "l", PLAIN)
    assert code == 0, err
    assert "Plain.mp4" in out
    assert list(published.work.iterdir()) == []
    assert {name: data for name, data in contents(published.clips).items() if name in before} == (
        before
    )


def test_two_at_once_on_one_clip(tmp_path: Path) -> None:
    """One does the work, the other one waits and finds it done."""
    processes = [start(tmp_path, PLAIN, "render", "-q", "l") for _ in range(2)]
    said = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    assert sorted("Plain.mp4" in out for out, _ in said) == [False, True], said
    assert sum("waiting for another litnet render of Plain" in err for _, err in said) == 1
    assert [clip.state for clip in survey(studio(tmp_path, PLAIN), thorough=True)] == ["fresh"]


def test_a_full_disk_is_said_and_the_others_are_published(
    published: Studio, litnet: Any, tiny_film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    faked(published, tiny_film, monkeypatch)
    before = contents(published.clips)
    here = replace(published, stories=published.stories[:1])

    def full(*arguments: Any) -> Any:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("litnet.clips.publish.poster", full)
        failed = litnet(here, "render", "--force", TINY)
    assert failed.exit_code == 1 and "No space left on device" in failed.stderr
    assert contents(published.clips) == before
    assert litnet(here, "render", "--force", TINY).exit_code == 0
    assert survey(here, (TINY,))[0].state == "fresh"


def test_a_folder_in_which_nothing_can_be_written(
    tmp_path: Path, tiny_film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root writes into every folder, but not into what is a file."""
    here = studio(tmp_path, TINY)
    faked(here, tiny_film, monkeypatch)
    here.manifest.parent.write_text("in the way")
    with pytest.raises(InputError, match=r"renders: nothing can be written there"):
        bring_up_to_date(here, Request(), Silent())
    assert here.manifest.parent.read_text() == "in the way"


def test_a_farm_that_gives_up_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Farm:
        def render(self, tasks: Any, folder: Path, on_progress: Any, **how: Any) -> Any:
            return iter(())

    @contextlib.contextmanager
    def open_farm(workers: Any, scheduler: Any) -> Any:
        yield Farm()

    monkeypatch.setattr("litnet.clips.farm.open_farm", open_farm)
    (done,) = bring_up_to_date(studio(tmp_path, TINY), Request(), Silent())
    assert (done.state, done.error) == ("failed", "the farm gave it up")


# --- the same frames -----------------------------------------------------------------------------
def test_two_renders_have_the_same_frames(
    tmp_path: Path, litnet: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In other processes, another time zone and another locale."""
    here = studio(tmp_path, TINY)
    found = []
    for zone, locale in (("UTC", "C.UTF-8"), ("Pacific/Auckland", "tr_TR.UTF-8")):
        monkeypatch.setenv("TZ", zone)
        monkeypatch.setenv("LC_ALL", locale)
        assert litnet(here, "render", "--force", "-q", "l").exit_code == 0
        stills = [still for _, still in frames(here.file(TINY, "mp4"))]
        found.append((np.array(stills), contents(here.clips)))
    assert np.array_equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1], "and all files are the same, byte for byte"


# --- watching ------------------------------------------------------------------------------------
def test_watching_renders_what_a_saved_file_made_stale(
    tmp_path: Path, tiny_film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debounced, at preview quality, beside the published clips, and one at a time."""

    here = studio(tmp_path, TINY)
    publish(here, here.stories[0], TINY, tiny_film.video, tiny_film.record)
    before = contents(here.clips)
    asked = faked(here, tiny_film, monkeypatch)
    story = here.stories[0].file
    there = previews(here)
    rounds: list[list[Finished]] = []
    stop = threading.Event()
    busy: list[str] = []
    together: list[int] = []
    really = rendering.publish

    def slowly(*arguments: Any) -> Any:
        busy.append("here")
        together.append(len(busy))
        time.sleep(0.3)
        entry = really(*arguments)
        busy.pop()
        return entry

    monkeypatch.setattr(rendering, "publish", slowly)

    class AsNow(Ear):
        def begin(self, clips: Any) -> None:
            # The film that stands for each has the story as it is now among its inputs.
            for entry in tiny_film.record["inputs"]:
                if entry["role"] == "scene":
                    entry.update(msgspec.to_builtins(File.collect(story, "scene")))

    request = Request(quality=SMALL)
    recorded = json.loads(json.dumps(tiny_film.record["inputs"]))
    thread = threading.Thread(
        target=watch_files,
        args=(there, request, AsNow),
        kwargs={"stop": stop, "on_done": rounds.append},
    )
    thread.start()
    try:
        wait_until(lambda: rounds, 20)
        assert [(one.clip.name, one.state) for one in rounds[0]] == [(TINY, "rendered")]
        assert there.file(TINY, "mp4").exists()
        assert there.clips == tmp_path / "renders" / "previews"
        time.sleep(1.2)
        assert len(asked) == 1, "its own files make it render nothing"
        for text in ("# a\n", "# b\n", "# c\n"):  # in quick succession: one render
            story.write_text(story.read_text("utf-8") + text, encoding="utf-8")
            time.sleep(0.05)
        wait_until(lambda: len(rounds) > 1, 20)
        time.sleep(1.0)
        assert len(asked) == 2
        story.write_text(story.read_text("utf-8"), encoding="utf-8")  # saved, unchanged
        time.sleep(1.2)
        assert len(asked) == 2
    finally:
        stop.set()
        thread.join(20)
        tiny_film.record["inputs"] = recorded
    assert not thread.is_alive()
    assert set(together) == {1}
    assert contents(here.clips) == before, "published clips stay as they are"


def test_watch_ends_with_ctrl_c(tmp_path: Path) -> None:
    process = start(tmp_path, PLAIN, "watch")
    here = studio(tmp_path, PLAIN)
    wait_until(lambda: (here.manifest.parent / "previews" / "Plain.json").exists())
    process.send_signal(signal.SIGINT)
    stopped = time.monotonic()
    _, err = process.communicate(timeout=20)
    assert time.monotonic() - stopped < 5
    assert process.returncode == 0 and err.endswith("Stopped.\n"), err
    wait_until(lambda: not processes_in(tmp_path), 2)


def test_a_ctrl_c_that_is_lost_ends_the_watch_all_the_same(tmp_path: Path) -> None:
    """An exception in a callback of the interpreter's own, as a weak reference's, goes nowhere."""
    stop = threading.Event()
    lost: list[bool] = []

    def lose(done: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            lost.append(True)

    request = Request(names=(PLAIN,), quality=SMALL)
    with pytest.raises(KeyboardInterrupt):
        watch_files(studio(tmp_path, PLAIN), request, Silent, stop=stop, on_done=lose)
    assert lost == [True] and stop.is_set()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_ctrl_c_that_is_lost_ends_the_render_all_the_same(tmp_path: Path) -> None:
    class Loses(Silent):
        def progress(self, *of: Any) -> None:
            with contextlib.suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)

    stopped = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        bring_up_to_date(studio(tmp_path, SLOW), Request(quality=SMALL), Loses(), workers=1)
    assert time.monotonic() - stopped < 60, "it takes longer"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert not processes_in(tmp_path)


def test_whoever_sets_the_flag_ends_the_render(tmp_path: Path) -> None:
    stop = threading.Event()

    class Ends(Silent):
        def progress(self, *of: Any) -> None:
            stop.set()

    with pytest.raises(Stopped):
        bring_up_to_date(
            studio(tmp_path, SLOW), Request(quality=SMALL), Ends(), workers=1, stop=stop
        )


# --- how it goes ---------------------------------------------------------------------------------
def test_bars_for_each_clip_and_for_all(tmp_path: Path) -> None:
    """On a terminal: frames of the clip that is rendered, and clips of all of them."""
    import io

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80, _environ={})
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    tiny, plain = survey(studio(tmp_path, TINY, PLAIN))

    def shown() -> dict[str, tuple[float, float | None]]:
        return {task.description: (task.completed, task.total) for task in bars.bars.tasks}

    with Progress(*columns, console=console, auto_refresh=False) as progress:
        bars = commands.Bars(progress)
        bars.begin([tiny, plain])
        assert shown() == {"all clips": (0, 2)}
        bars.progress(tiny, 0, None)
        bars.progress(tiny, 7, 12)
        bars.progress(plain, 30, 20)  # it takes more frames than it had
        assert shown() == {"all clips": (0, 2), TINY: (7, 12), PLAIN: (30, 30)}
        bars.end(Finished(tiny, "rendered"))
        bars.end(Finished(plain, "failed", "because"))
        assert shown() == {"all clips": (2, 2)}
        bars.begin([plain])
        assert shown() == {"all clips": (2, 3)}
        bars.say("waiting")
    assert "Plain: failed" in screen.getvalue() and "litnet: waiting" in screen.getvalue()


def test_lines_where_there_is_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = commands.Lines()
    (tiny,) = survey(studio(tmp_path, TINY))
    lines.begin([tiny])
    for frame in range(9):
        lines.progress(tiny, frame, 9)
    lines.end(Finished(tiny, "rendered"))
    assert capsys.readouterr().err.splitlines() == [
        "Tiny: never rendered",
        "Tiny: rendering",
        "Tiny: published (1 of 1)",
    ]
