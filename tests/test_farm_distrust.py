"""What comes back from a worker is looked at: a bad one fails one clip, in a sentence."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from cluster import Cluster, cluster, is_gone, wait_for
from film import HERO, ROOT, VANILLA

from litnet.clips.catalogue import Story
from litnet.clips.farm import exposed, open_farm
from litnet.clips.manifest import Studio
from litnet.clips.render import Request, Silent, bring_up_to_date
from litnet.clips.settings import Quality
from litnet.clips.task import RenderTask
from litnet.record.variant import Variant
from network import InputError

__all__ = ["cluster"]  # a fixture

SMALL = Quality(128, 72, 10)
STORY = """
from litnet.scene import LitScene
from manim import Dot, FadeIn

class Plain(LitScene):
    def construct(self):
        with self.beat("one", "One", caption="It comes."):
            self.play(FadeIn(Dot()), run_time=0.4)
            self.hold(0.4)

class Another(Plain):
    pass

class Longer(LitScene):
    def construct(self):
        with self.beat("one", "One", caption="It comes."):
            self.play(FadeIn(Dot()), run_time=9)
            self.hold(0.2)
"""

# A Dask worker that does to a job what the name of its scene says.
PRELOAD = """
import json, os, time
from dataclasses import replace
import litnet.clips.farm as farm
from litnet.clips.farm.parcels import deliver as honest

HERE = {here!r}
done = {{}}

class Bomb:
    def __reduce__(self):
        return exec, (f"import os; open({here!r} + '/bomb-' + str(os.getpid()), 'w')",)

class BombError(Exception):
    __reduce__ = Bomb.__reduce__

def good(parcel, scene="Plain"):
    if scene not in done:
        task = replace(parcel.job.task, scene=scene)
        done[scene] = honest(replace(parcel, job=replace(parcel.job, task=task)))
    files = dict(done[scene]["files"])
    files["film.json"] = files["film.json"].replace(
        scene.encode(), parcel.job.task.scene.encode())
    return files

def other(record, **changes):
    return json.dumps(json.loads(record) | changes).encode()

def deliver(parcel):
    how = parcel.job.task.scene
    if how in ("Plain", "Another"):
        return honest(parcel)
    if how == "Nothing":
        return None
    if how == "AnObject":
        return Bomb()
    if how == "BadError":
        raise BombError("x")
    if how == "Loud":
        raise RuntimeError("a\\x1b[2J" + "b" * 1_000_000)
    if how == "Dies":
        os._exit(3)
    if how == "Never":
        time.sleep(1000)
    if how == "Huge":
        return bytes(2**27 + 1)
    if how == "Letters":
        return b"x" * 1000
    files = good(parcel)
    record = json.loads(files["film.json"])
    video = record["video"]
    if how == "Absolute":
        files[HERE + "/absolute.mp4"] = b"x"
    elif how == "Upwards":
        files["../../../upwards.mp4"] = files.pop("film.mp4")
    elif how == "NoRecord":
        del files["film.json"]
    elif how == "EmptyRecord":
        files["film.json"] = b"{{}}"
    elif how == "DeepRecord":
        files["film.json"] = b"[" * 100_000
    elif how == "OthersRecord":
        files["film.json"] = files["film.json"].replace(b"OthersRecord", b"Plain")
    elif how == "OthersFile":
        files["film.json"] = other(files["film.json"], source=record["source"] | {{"file": "x.py"}})
    elif how == "OthersModel":
        model = record["variant"] | {{"model": "assets/models/early.npz"}}
        files["film.json"] = other(files["film.json"], variant=model)
    elif how == "Surrogate":
        files["film.json"] = other(files["film.json"], title=chr(0xD800))
    elif how == "Infinite":
        files["film.json"] = files["film.json"].replace(b'"duration": ', b'"duration": 1e999')
    elif how == "LateCue":
        files["film.json"] = other(
            files["film.json"], cues=[{{"start": 0, "end": 1e300, "text": "x"}}])
    elif how == "TooManyFrames":
        more = video | {{"frames": video["frames"] + 1}}
        more["duration"] = more["frames"] / 10
        files["film.json"] = other(files["film.json"], video=more)
    elif how == "OthersFilm":
        files["film.mp4"] = good(parcel, "Longer")["film.mp4"]
    elif how == "Garbage":
        files["film.mp4"] = b"garbage" * 1000
    elif how == "Playlist":
        files["film.mp4"] = b"#EXTM3U\\nfile:///etc/passwd\\n"
    elif how == "BadPictures":
        film = files["film.mp4"]
        start = film.index(b"mdat") + 4
        files["film.mp4"] = film[:start] + bytes(200) + film[start + 200 :]
    else:
        raise AssertionError(how)
    return done["Plain"] | {{"files": files}}

farm.deliver = deliver
"""
WRONG = {
    "Nothing": "no delivery",
    "AnObject": "something else than plain data",
    "BadError": "an error",
    "Loud": r"a\x1b[2Jbbb",
    "Huge": "134,217,729 bytes, expected at most 134,217,728",
    "Letters": "no delivery",
    "Absolute": "absolute.mp4', which nobody asked for",
    "Upwards": "mp4",
    "NoRecord": "'film.json', which is missing",
    "EmptyRecord": "no record",
    "DeepRecord": "no record",
    "OthersRecord": "a record whose clip is Plain, expected OthersRecord",
    "OthersFile": "a record whose source.file is x.py",
    "OthersModel": "a record whose variant.model is assets/models/early.npz",
    "Surrogate": "no record",
    "Infinite": "no record",
    "LateCue": "cues[0] does not lie within the film",
    "TooManyFrames": "frames, and the record of another number",
    "OthersFilm": "frames, and the record of another number",
    "Garbage": "garbage in place of a film",
    "Playlist": "garbage in place of a film",
    "BadPictures": "no film that can be played",
}


def studio(folder: Path, *scenes: str) -> Studio:
    """A studio of these scenes, each like Plain."""
    file = folder / "stories.py"
    more = "".join(
        f"\nclass {name}(Plain):\n    pass\n" for name in scenes if f"class {name}(" not in STORY
    )
    file.write_text(STORY + more, encoding="utf-8")
    return Studio(
        root=ROOT,
        stories=tuple(Story(name, file, model=False, digit=False) for name in scenes),
        clips=folder / "renders" / "clips",
        manifest=folder / "renders" / "manifest.json",
    )


def files_in(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_a_dask_worker_that_misbehaves_fails_one_clip_in_a_sentence(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written outside the folder of the work, and nothing published; others finish."""
    monkeypatch.setattr("litnet.clips.farm.cluster.QUIET", 8.0)
    (tmp_path / "out").mkdir()
    preload = tmp_path / "preload.py"
    preload.write_text(PRELOAD.format(here=str(tmp_path)), encoding="utf-8")
    for _ in range(2):
        cluster.work("--preload", str(preload))
    here = studio(tmp_path / "out", *WRONG, "Never", "Plain", "Another")
    wait_for(lambda: workers_of(cluster) == 2, 60)
    done = bring_up_to_date(here, Request(quality=SMALL), Silent(), scheduler=cluster.address)
    said = {one.clip.clip: one.error for one in done}
    assert said.pop("Plain") is None and said.pop("Another") is None
    never = said.pop("Never")
    assert never is not None and "gave no sign of life for 8 s" in never
    for name, words in WRONG.items():
        error = said[name]
        assert error is not None, name
        assert error.startswith("a worker gave back "), (name, error)
        assert words in error, (name, error)
        assert len(error) < 1100 and error.isprintable(), name
    published = {path.name.split(".")[0] for path in here.clips.iterdir()}
    assert published - {""} == {"Plain", "Another"}
    assert not list(here.work.iterdir())
    strays = [path for path in files_in(tmp_path) if path.name in ("absolute.mp4", "upwards.mp4")]
    assert strays == []
    bombs = {int(path.name.rpartition("-")[2]) for path in tmp_path.glob("bomb-*")}
    assert os.getpid() not in bombs, "an object that a worker has pickled was made here"


def workers_of(cluster: Cluster) -> int:
    from distributed import Client

    with Client(cluster.address, set_as_default=False) as client:
        return len(client.scheduler_info()["workers"])


def test_workers_that_all_die_are_not_waited_for_without_end(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("litnet.clips.farm.cluster.DESERTED", 2.0)
    (tmp_path / "out").mkdir()
    preload = tmp_path / "preload.py"
    preload.write_text(PRELOAD.format(here=str(tmp_path)), encoding="utf-8")
    cluster.work("--no-nanny", "--preload", str(preload))
    here = studio(tmp_path / "out", "Dies")
    wait_for(lambda: workers_of(cluster) == 1, 60)
    (done,) = bring_up_to_date(here, Request(quality=SMALL), Silent(), scheduler=cluster.address)
    assert done.error == f"{cluster.address} has had no worker for 2 s."


# --- workers of this machine ---------------------------------------------------------------------
MISBEHAVES = """
import os
import signal
from pathlib import Path

class Bad(Plain):
    def render(self, preview=False):
        super().render(preview)
        video = self.film.file_writer.movie_file_path
        record = video.with_suffix(".json")
        {what}
"""
LOCAL = {
    "record.unlink()": "No such file or directory",
    "record.write_text('{}')": "no record",
    "record.write_bytes(b'[' * 100_000)": "no record",
    "record.write_text(record.read_text().replace('\"Bad\"', '\"Plain\"'))": "clip is Plain",
    "video.write_bytes(b'garbage' * 100)": "garbage in place of a film",
    "video.unlink(); os.mkfifo(video)": "plays nothing",
    "record.unlink(); record.symlink_to('/dev/zero')": "no record",
    "raise RuntimeError('x' * 1_000_000)": "RuntimeError: xxx",
}


def test_a_local_worker_that_misbehaves_fails_one_clip(tmp_path: Path) -> None:
    tasks = []
    for number, what in enumerate((*LOCAL, "pass")):
        file = tmp_path / f"story{number}.py"
        file.write_text(STORY + textwrap.dedent(MISBEHAVES).format(what=what), encoding="utf-8")
        tasks.append(RenderTask("Bad", file, Variant.of(VANILLA, HERO), Quality(128, 72, 10)))
    with open_farm(2) as farm:
        found = {one.task: one for one in farm.render(tasks, tmp_path / "out")}
    for this, words in zip(tasks, LOCAL.values(), strict=False):
        error = found[this].error
        assert error is not None and words in error, (error, words)
        assert len(error) < 1100
    assert found[tasks[-1]].error is None


CLIENT = """
import resource, sys
from pathlib import Path
from litnet.clips.farm import exposed, open_farm, process
from litnet.clips.settings import Quality
from litnet.clips.task import RenderTask
from litnet.record.variant import Variant

file, model, digit = map(Path, sys.argv[1:4])
task = RenderTask("Plain", file, Variant.of(model, digit), Quality(128, 72, 10))
memory = int(sys.argv[5])
if memory:  # too little to import manim; otherwise, too little time
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
else:
    process.READY = 5.0
with open_farm(2) as farm:
    for outcome in farm.render([task, task], Path(sys.argv[4])):
        print(outcome.error, flush=True)
"""


def start_client(folder: Path, memory: int, **environment: str) -> subprocess.Popen[str]:
    """A program with a farm of two workers, and at most so much memory each (0: as there is)."""
    (folder / "stories.py").write_text(STORY, encoding="utf-8")
    (folder / "client.py").write_text(CLIENT, encoding="utf-8")
    given = (folder / "stories.py", VANILLA, HERO, folder / "out", memory)
    # Told how many threads to use, OpenBLAS asks again and again for memory that it does not get.
    here = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    return subprocess.Popen(
        [sys.executable, str(folder / "client.py"), *map(str, given)],
        env=here | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_workers_that_cannot_start_are_reported_with_their_last_words(tmp_path: Path) -> None:
    with start_client(tmp_path, 200_000_000) as client:
        out, err = client.communicate(timeout=60)
    assert client.returncode == 0, err
    said = out.splitlines()
    assert len(said) == 2
    for line in said:
        assert line.startswith("a worker could not start: "), said
        assert "rror" in line.partition(": ")[2], "what Python said of it"


STUCK = """
import sys
if sys.argv[0].endswith("start.py"):  # a worker
    class Stuck:
        def find_spec(self, name, path=None, target=None):
            if name == "litnet":
                open({pids!r}, "a").write(f"{{__import__('os').getpid()}}\\n")
                if {dies}:
                    if open({pids!r}).read().count("\\n") > 1:
                        return None
                    __import__("os").abort()
                sys.stderr.write("no room for this\\n")
                while True:  # with the interpreter's lock held most of the time
                    pass
    sys.meta_path.insert(0, Stuck())
"""


def stuck(folder: Path, *, dies: bool = False) -> dict[str, str]:
    """What makes a worker's imports spin for ever; or only the first of the workers die there."""
    (folder / "site").mkdir()
    code = STUCK.format(pids=str(folder / "pids"), dies=dies).replace("\\\\", "\\")
    (folder / "site" / "sitecustomize.py").write_text(code, encoding="utf-8")
    return {"PYTHONPATH": str(folder / "site")}


def test_workers_that_are_not_ready_in_time_are_ended(tmp_path: Path) -> None:
    with start_client(tmp_path, 0, **stuck(tmp_path)) as client:
        out, err = client.communicate(timeout=120)
    assert client.returncode == 0, err
    for line in out.splitlines():  # it waits longer where others keep the machine busy
        assert re.fullmatch(r"a worker was not ready within \d+ s: no room for this\.", line), line
    pids = [int(line) for line in (tmp_path / "pids").read_text().split()]
    wait_for(lambda: all(map(is_gone, pids)), 5)


def test_a_worker_that_is_killed_while_it_starts_is_replaced(tmp_path: Path) -> None:
    with start_client(tmp_path, 2**42, **stuck(tmp_path, dies=True)) as client:
        out, err = client.communicate(timeout=120)
    assert client.returncode == 0, err
    assert out.splitlines() == ["None", "None"]
    assert (tmp_path / "pids").read_text().count("\n") == 3


def test_workers_that_are_not_ready_end_with_their_parent(tmp_path: Path) -> None:
    with start_client(tmp_path, 0, **stuck(tmp_path)) as client:
        pids = tmp_path / "pids"
        wait_for(lambda: pids.exists() and pids.read_text().count("\n") == 2, 30)
        client.send_signal(signal.SIGKILL)
        client.wait(5)
    wait_for(lambda: all(is_gone(int(pid)) for pid in pids.read_text().split()), 5)


# --- over an open network ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        ("tcp://127.0.0.1:8786", False),
        ("127.0.0.9:8786", False),
        ("tcp://[::1]:8786", False),
        ("tcp://localhost:8786", False),
        ("tls://192.0.2.7:8786", False),
        ("tcp://192.0.2.7:8786", True),
        ("192.0.2.7:8786", True),
        ("tcp://[2001:db8::7]:8786", True),
        ("tcp://localhost.example.org:8786", True),
        ("ws://scheduler.example.org:8786", True),
    ],
)
def test_a_scheduler_on_an_open_network_is_one_to_warn_of(address: str, is_open: bool) -> None:
    warning = exposed(address)
    assert (warning is not None) == is_open
    if warning is not None:
        assert address in warning and "TLS" in warning and "docs/farm.md" in warning


def test_an_open_scheduler_is_said_once(tmp_path: Path) -> None:
    """Also where two clips are wanted, and nobody answers there."""
    heard: list[str] = []

    class Listener(Silent):
        def say(self, text: str) -> None:
            heard.append(text)

    here = studio(tmp_path, "Plain", "Another")
    with pytest.raises(InputError, match=r"No scheduler answers|expected"):
        address = "tcp://0.0.0.0:1"  # what is not a loopback address, but is this machine
        bring_up_to_date(here, Request(quality=SMALL), Listener(), scheduler=address)
    assert heard == [exposed("tcp://0.0.0.0:1")]
