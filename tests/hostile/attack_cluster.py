"""A Dask cluster that dies, and workers of it that lie: ``render --scheduler``."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from arena import HANG, Field, Place
from attack_processes import again, left, whole

RENDER = ("render", "Recap", "TitleCard", "-q", "l", "--force")

# What a worker does instead of its job; `real` does it, `parcel` is what it was given.
# Wherever the function lives, and whatever it gives, it is found by name and changed by kind.
PRELOAD = '''
import dataclasses, functools, importlib, os, pkgutil, sys, time
import litnet.clips

NAME = os.environ["HOSTILE_NAME"]


def fields_of(value):
    if dataclasses.is_dataclass(value):
        return [f.name for f in dataclasses.fields(value)]
    return list(getattr(value, "__struct_fields__", ()))


def changed(value, **new):
    new = {k: v for k, v in new.items() if k in fields_of(value)}
    if dataclasses.is_dataclass(value):
        return dataclasses.replace(value, **new)
    return type(value)(**{k: new.get(k, getattr(value, k)) for k in fields_of(value)})


def mapped(value, of_name, of_bytes):
    """The same value with every file's name, and every file's content, changed."""
    if isinstance(value, bytes):
        return of_bytes(value)
    if isinstance(value, dict):
        return {
            (of_name(k) if isinstance(v, bytes) and isinstance(k, str) else k):
                mapped(v, of_name, of_bytes)
            for k, v in value.items()
        }
    if isinstance(value, str):
        return of_name(value) if value.endswith((".mp4", ".json", ".wav", ".ts")) else value
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(v, of_name, of_bytes) for v in value)
    if fields_of(value):
        return changed(value, **{
            k: mapped(getattr(value, k), of_name, of_bytes) for k in fields_of(value)
        })
    return value


def text(data):
    return data[:1] == b"{"


def same(x):
    return x


def attack(real, *given):
    match NAME:
        case "none": return None
        case "a number": return 5
        case "a text": return "done"
        case "garbage": return os.urandom(5000)
        case "an empty dict": return {}
        case "a list of everything": return [object, real, given]
        case "dies": os.kill(os.getpid(), 9)
        case "exits": os._exit(0)
        case "raises": raise RuntimeError("no")
        case "raises a million letters": raise RuntimeError("x" * 1_000_000)
        case "raises escapes": raise RuntimeError("a\\x1b[2J\\n!EVIL all is well \\u202e")
        case "raises what is no exception of ours": raise type("Evil", (Exception,), {})("no")
        case "exits by exception": raise SystemExit(0)
        case "interrupts": raise KeyboardInterrupt
        case "never returns":
            while True: time.sleep(1)
        case "a deep list":
            deep = []
            for _ in range(100_000): deep = [deep]
            return deep
    done = real(*given)
    place = os.environ["HOSTILE"]
    match NAME:
        case "names from the root": return mapped(done, lambda n: f"{place}/owned-{os.path.basename(n)}", same)
        case "names upwards": return mapped(done, lambda n: f"../../../owned-{os.path.basename(n)}", same)
        case "names of folders": return mapped(done, lambda n: f"a/b/../../../../owned/{n}", same)
        case "names with NULs": return mapped(done, lambda n: f"a\\0{n}", same)
        case "empty names": return mapped(done, lambda n: "", same)
        case "long names": return mapped(done, lambda n: "x" * 5000 + n, same)
        case "no bytes": return mapped(done, same, lambda d: b"")
        case "garbage for films": return mapped(done, same, lambda d: d if text(d) else os.urandom(len(d)))
        case "half of everything": return mapped(done, same, lambda d: d[: len(d) // 2])
        case "records of nothing": return mapped(done, same, lambda d: b"{}" if text(d) else d)
        case "records of null": return mapped(done, same, lambda d: b"null" if text(d) else d)
        case "nested records": return mapped(done, same, lambda d: b"[" * 100_000 if text(d) else d)
        case "records of another story":
            return mapped(done, same, lambda d: d.replace(b'"Recap"', b'"TitleCard"').replace(b'"TitleCard"', b'"Recap"') if text(d) else d)
        case "records of another model":
            return mapped(done, same, lambda d: d.replace(b"vanilla", b"somebody") if text(d) else d)
        case "records with a surrogate":
            return mapped(done, same, lambda d: d.replace(b'"First"', b'"\\\\ud800"') if text(d) else d)
        case "records of escapes":
            return mapped(done, same, lambda d: d.replace(b'"Recap"', b'"\\\\u001b[2J"') if text(d) else d)
        case "no files":
            if isinstance(done, bytes): return b""
            return changed(done, files={}) if fields_of(done) else {}
        case "no record":
            if isinstance(done, bytes): return done[: len(done) // 3]
            files = getattr(done, "files", None)
            if isinstance(files, dict):
                return changed(done, files={k: v for k, v in files.items() if not k.endswith(".json")})
            return changed(done, record=None)
        case "an error of a million letters": return changed(done, error="x" * 1_000_000, result={"error": "x" * 1_000_000})
        case "an error that is no text": return changed(done, error=5, result={"error": {"a": []}})
        case "an error of escapes": return changed(done, error="a\\x1b[2J\\n!EVIL", result={"error": "a\\x1b[2J\\n!EVIL"})
        case "a result of None": return changed(done, result=None)
        case "a gigabyte": return mapped(done, same, lambda d: d if text(d) else bytes(400_000_000))
    raise AssertionError(NAME)


def replace():
    count = 0
    for module in list(sys.modules.values()):
        if (getattr(module, "__name__", "") or "").startswith("litnet.clips"):
            real = module.__dict__.get("deliver")
            if callable(real) and not hasattr(real, "hostile"):
                wrapped = functools.wraps(real)(functools.partial(attack, real))
                wrapped.hostile = True
                module.deliver = wrapped
                count += 1
    return count


def dask_setup(worker):
    for found in pkgutil.walk_packages(litnet.clips.__path__, "litnet.clips."):
        if found.name.rpartition(".")[2] not in ("__main__",):
            try:
                importlib.import_module(found.name)
            except ImportError:
                pass
    assert replace(), "found nothing that delivers"
'''
# Workers that never let one go on, or that a later job has to survive.
ATTACKS = (
    "none", "a number", "a text", "garbage", "an empty dict", "a list of everything", "dies", "exits",
    "raises", "raises a million letters", "raises escapes", "raises what is no exception of ours",
    "exits by exception", "interrupts", "a deep list", "names from the root", "names upwards",
    "names of folders", "names with NULs", "empty names", "long names", "no bytes", "garbage for films",
    "half of everything", "records of nothing", "records of null", "nested records",
    "records of another story", "records of another model", "records with a surrogate",
    "records of escapes", "no files", "no record", "an error of a million letters",
    "an error that is no text", "an error of escapes", "a result of None", "a gigabyte",
)  # fmt: skip


class Cluster:
    """A scheduler and its workers, each a process."""

    def __init__(self, place: Place) -> None:
        self.place = place
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self.start(
            "scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"
        )

    def start(self, what: str, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        home = self.place.given / f"{what}-{len(self.processes)}-{self.port}"
        home.mkdir()
        own = self.place.environment(HOME=str(home), TMPDIR=str(home), **more)
        own["CLUSTER"] = own.pop("HOSTILE") if not more else own["HOSTILE"]
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", what, *arguments],
                cwd=home,
                env=own,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def work(self, attack: str | None = None) -> subprocess.Popen[bytes]:
        """One more worker; a hostile one if it is told how."""
        words = [self.address, "--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard"]
        words += ["--death-timeout", "30"]
        if attack is None:
            return self.start("worker", *words)
        preload = self.place.given / "preload.py"
        preload.write_text(PRELOAD, encoding="utf-8")
        words += ["--preload", str(preload), "--nanny" if attack in DYING else "--no-nanny"]
        return self.start("worker", *words, HOSTILE_NAME=attack)

    def end(self) -> None:
        for process in self.processes:
            kill(process)


DYING = ("dies", "exits", "exits by exception", "interrupts")


def kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


@pytest.fixture(scope="module")
def cluster(place: Place) -> Iterator[Cluster]:
    made = Cluster(place)
    yield made
    made.end()


def owned(place: Place) -> list[str]:
    """What a worker's names made this machine write."""
    found = [p for p in place.folder.rglob("*owned*") if "preload" not in p.name]
    found += [p for p in place.folder.parent.glob("owned*")]
    for path in found:
        path.unlink() if path.is_file() else None
    return [f"{path} was written" for path in found]


def test_workers_that_lie(attacks: Field, place: Place, cluster: Cluster) -> None:
    """Each fails the clip with a sentence, writes nothing outside, and publishes nothing."""
    chosen = attacks.random.sample(ATTACKS, len(ATTACKS))
    for attack in chosen[: int(os.environ.get("LIARS", "16"))]:
        before = place.published()
        worker = cluster.work(attack)
        ended = place.cold("render", "Recap", "-q", "l", "--force", "--scheduler", cluster.address)
        kill(worker)
        also = [*owned(place), *whole(place, before)]
        changed = [name for name, data in place.published().items() if before.get(name) != data]
        also += [f"{name} was published" for name in changed]
        attacks.judge(f"a worker's delivery: {attack}", ended, refuse=True, also=also)


def test_a_worker_that_never_returns(attacks: Field, place: Place, cluster: Cluster) -> None:
    """Ctrl-C ends the wait, and it says how far it is."""
    before = place.published()
    worker = cluster.work("never returns")
    running = place.start("render", "Recap", "-q", "l", "--force", "--scheduler", cluster.address)
    time.sleep(12)
    if running.process.poll() is None:
        os.kill(running.pid, signal.SIGINT)
    ended = running.wait(20)
    kill(worker)
    attacks.judge("never returns, Ctrl-C", ended, killed=True, also=whole(place, before))


def test_a_good_worker_beside_a_liar(attacks: Field, place: Place, cluster: Cluster) -> None:
    """The other clips finish: both are published, or the one that fails is named."""
    good, bad = cluster.work(), cluster.work(attacks.random.choice(["dies", "exits"]))
    before = place.published()
    ended = place.start(*RENDER, "--scheduler", cluster.address).wait(2 * HANG)
    kill(bad)
    kill(good)
    attacks.judge("beside a liar", ended, also=whole(place, before))


def test_kills_of_a_cluster(attacks: Field, place: Place, cluster: Cluster) -> None:
    """The command, a worker or the scheduler are killed at random moments."""
    for number in range(5):
        before = place.published()
        own = Cluster(place)
        workers = [own.work(), own.work()]
        running = place.start(*RENDER, "--scheduler", own.address)
        moment = float(attacks.rng.random()) * 20
        time.sleep(moment)
        whom = ("the command", "a worker", "the scheduler", "all workers", "Ctrl-C")[number]
        match whom:
            case "the command":
                os.kill(running.pid, signal.SIGKILL)
            case "a worker":
                kill(workers[0])
            case "the scheduler":
                kill(own.scheduler)
            case "all workers":
                for worker in workers:
                    kill(worker)
                own.work()
            case _:
                os.kill(running.pid, signal.SIGINT)
        ended = running.wait(2 * HANG)
        own.end()
        orphans = place.settled(15)
        also = [f"{len(orphans)} processes were left"] if orphans else []
        attacks.judge(
            f"{whom} after {moment:.1f} s", ended, killed=True, also=[*also, *whole(place, before)]
        )
    again(attacks, place, "--workers", 1)
    assert json and Path and left
