"""Kills at random moments, full and read-only disks: what is published stays whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from arena import Ended, Field, Place, Running, kill_group

RENDER = ("render", "Recap", "TitleCard", "-q", "l", "--force")


def whole(place: Place, before: dict[str, bytes]) -> list[str]:
    """What is wrong with the published clips after an attack: each film that there was is there,
    and is what its record says."""
    found = [f"{name} was lost" for name in before if name not in place.published()]
    ended = place.run("status", "--json")
    if ended.code != 0:
        return [*found, f"status ended with {ended.code}: {ended.said[-200:]!r}"]
    for clip in json.loads(ended.out)["clips"]:
        if clip["clip"] in ("Recap", "TitleCard") and clip["state"] != "fresh":
            found.append(f"{clip['clip']} is {clip['state']}: {clip['reasons']}")
    ended = place.run("check")
    if ended.code != 0:
        found.append(f"check says {ended.said[-200:]!r}")
    return found


def left(place: Place) -> list[str]:
    """What a later command should have cleared away."""
    hidden = [p for p in place.clips.iterdir() if p.name.startswith(".")]
    hidden += [p for p in place.renders.glob(".*") if p.name not in (".work", ".locks")]
    hidden += list((place.renders / ".work").glob("*"))
    return [f"{p.relative_to(place.renders)} stays" for p in hidden]


def tree(number: int) -> list[int]:
    """A process and all that it started, itself last."""
    found = []
    for children in Path(f"/proc/{number}/task").glob("*/children"):
        try:
            for child in children.read_text().split():
                found += tree(int(child))
        except OSError:
            pass
    return [*found, number]


@pytest.fixture(scope="module")
def lasts(place: Place) -> float:
    """How many seconds a render takes that nobody disturbs."""
    ended = place.cold(*RENDER, "--workers", 2)
    assert ended.code == 0, ended.said
    return ended.seconds


def killed(attacks: Field, place: Place, seconds: float, *more: object) -> None:
    """One kill of one of the processes at a random moment, and what is left after it."""
    before = place.published()
    running = place.start(*RENDER, *more)
    moment = seconds * float(attacks.rng.random())
    time.sleep(moment)
    processes = tree(running.pid)
    whom = attacks.random.choice(["the command", "one of them", "all", "terminated", "Ctrl-C"])
    try:
        match whom:
            case "the command":
                running.kill()
            case "one of them":
                os.kill(attacks.random.choice(processes), signal.SIGKILL)
            case "all":
                for number in processes:
                    os.kill(number, signal.SIGKILL)
            case "terminated":
                os.kill(running.pid, signal.SIGTERM)
            case _:
                os.kill(running.pid, signal.SIGINT)
    except ProcessLookupError:
        pass  # it was done
    ended = running.wait()
    orphans = place.settled(15)
    also = [f"{len(orphans)} processes were left"] if orphans else []
    what = f"{whom} killed after {moment:.1f} s {' '.join(map(str, more))}"
    attacks.judge(what, ended, killed=True, also=[*also, *whole(place, before)])


def again(attacks: Field, place: Place, *more: object) -> None:
    """After all kills, one render makes all well, and nothing is left."""
    before = place.published()
    time.sleep(1.1)  # a work folder of this very second may belong to somebody
    ended = place.cold(*RENDER, *more)
    attacks.judge("afterwards", ended, refuse=False, also=[*whole(place, before), *left(place)])


@pytest.mark.parametrize("workers", [1, 2])
def test_kills(attacks: Field, place: Place, lasts: float, workers: int) -> None:
    """``kill -9``, SIGTERM and Ctrl-C at random moments of a render."""
    for _ in range(5):
        killed(attacks, place, lasts, "--workers", workers)
    again(attacks, place, "--workers", workers)


def test_two_at_once(attacks: Field, place: Place, lasts: float) -> None:
    """Two renders of the same clips, one of which is killed; ``status`` all the while."""
    for _ in range(2):
        before = place.published()
        one, two = place.start(*RENDER), place.start(*RENDER)
        time.sleep(lasts * float(attacks.rng.random()))
        attacks.judge("status meanwhile", place.run("status"), refuse=False)
        one.kill()
        attacks.judge("one of two", one.wait(), killed=True)
        ended = two.wait(3)
        attacks.judge("the other of two", ended, refuse=False, also=whole(place, before))
    orphans = place.settled(15)
    attacks.count("orphans", [f"{len(orphans)} processes were left"] if orphans else [])


# --- disks ----------------------------------------------------------------------------------------
@contextmanager
def small_disk(place: Place, folder: Path, kilobytes: int) -> Iterator[None]:
    """A disk of so many kilobytes in a folder's place, with what the folder holds if that fits."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=777", "none", str(folder)],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.skip(f"no disk can be mounted here ({done.stderr.strip()[:120]})")
    try:
        yield
    finally:
        for _ in range(20):
            if subprocess.run(["umount", str(folder)], capture_output=True).returncode == 0:
                break
            place.settled(1)
        else:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path, spare: int) -> Path:
    """Fill a disk but for so many bytes."""
    stat = os.statvfs(folder)
    file = folder / "filler"
    with file.open("wb") as stream:
        stream.write(bytes(max(0, stat.f_bavail * stat.f_frsize - spare)))
    return file


def full_disk_says(ended: Ended) -> list[str]:
    """A full disk must be called by its name."""
    if ended.code == 0 or "space" in ended.said:
        return []
    return [f"does not say that no space is left: {ended.said[-300:]!r}"]


def test_full_disks(attacks: Field, place: Place) -> None:
    """``renders`` on a disk with little room: one sentence, and the clips of before stay."""
    import shutil

    kept = place.folder / "kept"
    shutil.copytree(place.renders, kept)
    attacks.own = ("kept",)
    with small_disk(place, place.renders, 4000):
        shutil.copytree(kept, place.renders, dirs_exist_ok=True)
        before = place.published()
        spares = [1, 4096, 20_000, 60_000, 150_000, int(attacks.rng.integers(1, 400_000))]
        for spare in (0, *attacks.random.sample(spares, 3)):
            filler = fill(place.renders, spare)
            ended = place.cold(*RENDER, "--workers", 1)
            filler.unlink(missing_ok=True)
            also = [*full_disk_says(ended), *whole(place, before)]
            attacks.judge(f"{spare} bytes are free", ended, also=also)
            if spare == 0:
                fill(place.renders, 0)
                attacks.judge("status on a full disk", place.run("status"))
                attacks.judge("check on a full disk", place.run("check"))
                (place.renders / "filler").unlink()
        again(attacks, place, "--workers", 1)
    shutil.rmtree(kept)


def test_full_temporary_disks(attacks: Field, place: Place) -> None:
    """TMPDIR and HOME on full disks."""
    for name in ("tmp", "home"):
        folder = place.folder / name
        attacks.own = ("tmp", "home")
        with small_disk(place, folder, 64):
            filler = fill(folder, 0)
            before = place.published()
            ended = place.cold(*RENDER, "--workers", 2)
            also = [*full_disk_says(ended), *whole(place, before)]
            attacks.judge(f"{name} is full", ended, also=also)
            hero = place.folder / "assets" / "digits" / "3_hero.png"
            h5 = place.given / "m.h5"
            h5.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(5000))
            attacks.judge(f"{name} is full: predict", place.run("predict", hero))
            attacks.judge(f"{name} is full: model", place.run("model", h5))
            h5.unlink()
            filler.unlink()


READERS: tuple[tuple[str, ...], ...] = (("status",), ("check",), ("list",))


def test_read_only_disks(attacks: Field, place: Place) -> None:
    """``renders`` that nobody may write to: reading works, writing ends in one sentence."""
    import shutil

    kept = place.folder / "kept"
    shutil.copytree(place.renders, kept)
    attacks.own = ("kept", "home", "tmp")
    with small_disk(place, place.renders, 8000):
        shutil.copytree(kept, place.renders, dirs_exist_ok=True)
        before = place.published()
        mount = ["mount", "-o", "remount,ro", str(place.renders)]
        subprocess.run(mount, check=True, capture_output=True)
        for words in READERS:
            attacks.judge("a read-only disk", place.run(*words), refuse=False)
        ended = place.cold(*RENDER, "--workers", 1)
        attacks.judge("a read-only disk", ended, refuse=True, also=whole(place, before))
        ended = place.run("lesson", "build", place.folder / "lessons" / "what-is-a-neuron")
        attacks.judge("a read-only disk", ended, refuse=True)
    shutil.rmtree(kept)


def test_users_without_rights(attacks: Field, place: Place) -> None:
    """A user who may read, but not write."""
    before = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    able = subprocess.run([*before, "ls", str(place.folder)], capture_output=True, text=True)
    if able.returncode:
        attacks.skipped.append(f"setpriv: {able.stderr.strip()}")
        return
    for path in (place.renders, *place.renders.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    films = place.published()
    run: Callable[..., Ended] = lambda *words: place.start(*words, before=before).wait()  # noqa: E731
    for words in READERS:
        attacks.judge("another's folder", run(*words), refuse=False)
    lesson = place.folder / "lessons" / "what-is-a-neuron"
    for words in (
        RENDER,
        ("lesson", "build", lesson),
        ("embed", "Recap", "-o", place.folder / "scenes" / "x.html"),
        ("import", place.folder / "assets/models/early.npz", "-o", place.folder / "x.npz"),
        ("predict", place.folder / "assets/digits/3_hero.png", "--show", place.folder / "x.png"),
    ):
        attacks.judge("another's folder", run(*words), refuse=True, also=whole(place, films))
    # A clip that may not even be read.
    (place.clips / "Recap.json").chmod(0)
    for words in (("status",), ("check",), RENDER):
        attacks.judge("a record that may not be read", run(*words))
    (place.clips / "Recap.json").chmod(0o644)


def test_workers_that_cannot_start(attacks: Field, place: Place) -> None:
    """With too little memory or too few processes: said within a minute, and no orphan stays."""
    films = place.published()
    for limits in (("--as=300000000",), ("--as=600000000",), ("--cpu=1",), ("--nofile=12",),
                   ("--fsize=30000",)):  # fmt: skip
        running: Running = place.start(*RENDER, "--workers", 1, before=("prlimit", *limits))
        ended = running.wait()
        kill_group(running.pid)
        orphans = place.settled(10)
        also = [f"{len(orphans)} processes were left"] if orphans else []
        # With so little, the command itself may not begin; then it is Python that speaks.
        killed = limits[0] in ("--as=300000000", "--cpu=1", "--nofile=12")
        if killed and "litnet: " not in ended.said:
            attacks.count(f"limits {limits}", [*also, *whole(place, films)])
        else:
            attacks.judge(f"limits {limits}", ended, also=[*also, *whole(place, films)])
    running = place.start(*RENDER, "--workers", 2)
    time.sleep(0.5 + float(attacks.rng.random()))
    running.kill()
    ended = running.wait()
    orphans = place.settled(20)
    also = [f"{len(orphans)} processes were left"] if orphans else []
    attacks.judge("killed while its workers begin", ended, killed=True, also=also)
