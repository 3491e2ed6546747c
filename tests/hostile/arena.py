"""Where the attacks happen: a copy of the project, commands that run in it, and their judge.

Nothing here knows litnet's modules: an attack is files that a person might be given, and a command
that reads them. What a command may do is the same for all: end within a minute with 0, 1 or 2, say
no in one sentence without a traceback, take little memory for what it refuses, and write nothing
but in ``renders``.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
import unicodedata
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("network", "litnet", "scenes", "assets", "lessons", "pyproject.toml", "manim.cfg")
HANG = 60.0  # seconds, on a machine that has nothing else to do
MOST = 600.0  # megabytes, for what is refused
CAGE = 8 * 2**30  # bytes of addresses: a bomb that goes off must not take the machine with it
LONGEST = 4000  # letters of all that a refusal says
EVIL = "!EVIL"  # stands behind a line's end in foreign names: no line may begin with it

# Each story's class, and whether it reads; small, so that a film of all takes seconds.
STORY = '''
from litnet import LitScene, PixelGrid, Words
from manim import FadeIn


class {name}(LitScene):
    """Shows the digit."""

    def construct(self):
        {first}
        picture = PixelGrid(self.digit.pixels, self.stage.panel)
        with self.beat("first", "First", caption="It is shown."):
            self.play(FadeIn(picture), run_time=0.4)
            self.hold(0.4)
        with self.beat("second", "Second", caption="It moves."):
            self.play(picture.animate.shift([1, 0, 0]), run_time=0.4)
            self.hold(0.4)
'''
TINY = {
    "title_card": ("TitleCard", "pass"),
    "recap": ("Recap", 'self.read(), self.class_names, self.add(Words("Three"))'),
}


@dataclass(frozen=True)
class Ended:
    """How a command ended: its code (None: it hung), seconds, megabytes of the largest process."""

    arguments: tuple[str, ...]
    code: int | None
    out: bytes
    err: bytes
    seconds: float
    peak: float

    @property
    def said(self) -> str:
        """All that it said."""
        return (self.out + self.err).decode("utf-8", "replace")


@dataclass
class Place:
    """A copy of the project, with small stories and a home of its own."""

    folder: Path
    cpu: float = 0.0  # seconds that the commands took until now, with all that they started
    _warm: subprocess.Popen[str] | None = None
    _count: int = 0

    @classmethod
    def make(cls, folder: Path) -> Place:
        """A new one, in which nothing is rendered."""
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, folder / part)
            else:
                shutil.copy2(ROOT / part, folder / part)
        for file, (name, first) in TINY.items():
            text = STORY.format(name=name, first=first)
            (folder / "scenes" / f"{file}.py").write_text(text, encoding="utf-8")
        for name in ("home", "tmp", "given", ".said"):
            (folder / name).mkdir()
            (folder / name).chmod(0o777)
        return cls(folder)

    def copy(self, folder: Path) -> Place:
        """Another one, just like this."""
        shutil.copytree(self.folder, folder, symlinks=True)
        for name in ("home", "tmp", "given", ".said"):
            (folder / name).chmod(0o777)
        return Place(folder)

    def close(self) -> None:
        """End what waits for commands."""
        if self._warm is not None:
            assert self._warm.stdin is not None and self._warm.stdout is not None
            self._warm.stdin.close()
            self._warm.wait()
            self._warm.stdout.close()
            self._warm = None

    @property
    def given(self) -> Path:
        """Where files from anybody lie."""
        return self.folder / "given"

    @property
    def renders(self) -> Path:
        return self.folder / "renders"

    @property
    def clips(self) -> Path:
        return self.renders / "clips"

    def environment(self, **more: str) -> dict[str, str]:
        """What a command sees; each of its processes can be told by it."""
        kept = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "NUMBA_NUM_THREADS")
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "PYTHONPATH": str(self.folder),
            "PYTHONWARNINGS": "ignore",
            "OPENBLAS_NUM_THREADS": "1",
            "HOSTILE": str(self.folder),
            **more,
        }

    def _outputs(self) -> tuple[Path, Path]:
        self._count += 1
        both = tuple(self.folder / ".said" / f"{self._count}.{name}" for name in ("out", "err"))
        for file in both:
            file.touch()
            file.chmod(0o666)
        return both[0], both[1]

    def run(self, *arguments: object, cwd: Path | None = None, **environment: str) -> Ended:
        """``litnet`` with these arguments, forked from a process that has it imported."""
        if self._warm is None:
            self._warm = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("warm.py"))],
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        warm = self._warm
        assert warm.stdin is not None and warm.stdout is not None
        out, err = self._outputs()
        order = {
            "arguments": [os.fspath(a) if isinstance(a, Path) else str(a) for a in arguments],
            "out": str(out),
            "err": str(err),
            "environment": self.environment(**environment),
            "cwd": str(cwd or self.folder),
            "most": CAGE,
        }
        began = time.monotonic()
        print(json.dumps(order), file=warm.stdin, flush=True)
        child = int(warm.stdout.readline())
        hung = not select.select([warm.stdout], [], [], patience())[0]
        if hung:
            kill_group(child)
        code, cpu, kilobytes = json.loads(warm.stdout.readline())
        self.cpu += cpu
        return self._ended(arguments, None if hung else code, began, kilobytes, out, err)

    def start(self, *arguments: object, **more: Any) -> Running:
        """``python -m litnet`` with these arguments, in the background."""
        return Running(self, arguments, **more)

    def cold(self, *arguments: object, **more: Any) -> Ended:
        """``python -m litnet`` with these arguments, to its end."""
        return self.start(*arguments, **more).wait()

    def _ended(
        self,
        arguments: tuple[object, ...],
        code: int | None,
        began: float,
        kilobytes: float,
        out: Path,
        err: Path,
    ) -> Ended:
        seconds = time.monotonic() - began
        read = [file.read_bytes()[: 2**22] for file in (out, err)]
        for file in (out, err):
            file.unlink()
        words = tuple(str(argument) for argument in arguments)
        return Ended(words, code, *read, seconds, kilobytes / 1000)

    # --- what there is ---
    def files(self) -> dict[str, tuple[int, int]]:
        """Every file that a command has no business to write: its size and its time."""
        found = {}
        for path in self.folder.rglob("*"):
            parts = path.relative_to(self.folder).parts
            if parts[0] in ("renders", "given", ".said") or "__pycache__" in parts:
                continue
            if parts[0] == "home" and ".cache" in parts:  # fontconfig's
                continue
            stat = path.lstat()
            if not path.is_dir() or path.is_symlink():
                found["/".join(parts)] = (stat.st_size, stat.st_mtime_ns)
        return found

    def published(self) -> dict[str, bytes]:
        """The films, by name."""
        return {p.name: p.read_bytes() for p in self.clips.glob("*.mp4") if p.is_file()}

    def processes(self) -> list[int]:
        """The numbers of the processes that work for this place, but the one that waits."""
        mark = f"HOSTILE={self.folder}".encode()
        mine = self._warm.pid if self._warm else None
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal() and int(entry.name) not in (mine, os.getpid()):
                try:
                    marks = (entry / "environ").read_bytes().split(b"\0")
                    state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                except OSError:
                    continue
                if mark in marks and state != "Z":
                    found.append(int(entry.name))
        return found

    def settled(self, seconds: float = 15.0) -> list[int]:
        """The processes that still work here after so long; they are ended."""
        end = time.monotonic() + seconds
        while (found := self.processes()) and time.monotonic() < end:
            time.sleep(0.1)
        for number in found:
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return found


class Running:
    """A command in the background."""

    def __init__(
        self,
        place: Place,
        arguments: tuple[object, ...],
        *,
        before: tuple[str, ...] = (),
        cwd: Path | None = None,
        bare: bool = False,
        module: str = "litnet",
        **environment: str,
    ) -> None:
        self.place, self.arguments = place, arguments
        self.out, self.err = place._outputs()
        own = place.environment(**environment)
        if bare:
            own = {name: own[name] for name in ("PATH", "PYTHONPATH", "HOSTILE")} | environment
        self.began = time.monotonic()
        # A process begins with the record of the one that it was forked from.
        self.inherited = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        words = [str(argument) for argument in arguments]
        with self.out.open("ab") as out, self.err.open("ab") as err:
            self.process = subprocess.Popen(
                [*before, sys.executable, "-m", module, *words],
                cwd=cwd or place.folder,
                env=own,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        """As with ``kill -9``: this process alone."""
        os.kill(self.pid, signal.SIGKILL)

    def wait(self, times: float = 1.0) -> Ended:
        """How it ended, at the latest when it hangs; ``times`` as long for what does more."""
        hung = threading.Event()

        def end() -> None:
            hung.set()
            kill_group(self.pid)

        timer = threading.Timer(patience(times), end)
        timer.start()
        seen = 0
        try:
            while os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
                seen = max(seen, most_memory(self.pid))
                time.sleep(0.02)
            _, status, used = os.wait4(self.pid, 0)
        finally:
            timer.cancel()
        code = self.process.returncode = os.waitstatus_to_exitcode(status)
        self.place.cpu += used.ru_utime + used.ru_stime
        return self.place._ended(
            self.arguments,
            None if hung.is_set() else code,
            self.began,
            used.ru_maxrss if used.ru_maxrss > self.inherited else seen,
            self.out,
            self.err,
        )


def most_memory(number: int) -> int:
    """The most memory that a process took since it began its program, in kB; 0 if it is gone."""
    try:
        status = Path(f"/proc/{number}/status").read_text("utf-8")
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) if found else 0


def kill_group(number: int) -> None:
    try:
        os.killpg(number, signal.SIGKILL)
    except ProcessLookupError:
        pass


def patience(times: float = 1.0) -> float:
    """Seconds after which a command hangs; more where others keep the machine busy."""
    return HANG * times * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


# --- the judge ------------------------------------------------------------------------------------
BROKEN = re.compile(r"Traceback \(most recent call last\)|Exception ignored in|Exception in thread")


def faults_of(ended: Ended, *, refuse: bool | None, killed: bool = False) -> list[str]:
    """What was wrong in how a command ended; ``refuse`` is what it had to do, if that is known."""
    if ended.code is None:
        return [f"hung for {ended.seconds:.0f} s"]
    found = []
    if BROKEN.search(ended.said):
        lines = [line for line in ended.said.splitlines() if line.strip()]
        found.append(f"a traceback ({lines[-1][:160]})")
        if ended.code != 0 and ended.peak > MOST:
            found.append(f"took {ended.peak:.0f} MB to end in it")
    if killed or found:
        return found
    if ended.code not in (0, 1, 2):
        found.append(f"ended with {ended.code}")
    if ended.code != 0:
        if ended.peak > MOST:
            found.append(f"took {ended.peak:.0f} MB to refuse")
        if not ended.said.strip():
            found.append("refused without a word")
        if len(ended.said) > LONGEST:
            found.append(f"refused in {len(ended.said):,} letters")
    if refuse is not None and (ended.code != 0) != refuse:
        found.append("taken, should be refused" if refuse else f"refused ({ended.said[-200:]!r})")
    return found + raw_faults(ended)


def raw_faults(ended: Ended) -> list[str]:
    """Whether anything that it said acts on a terminal."""
    found = []
    for stream in (ended.out, ended.err):
        try:
            text = stream.decode("utf-8")
        except UnicodeDecodeError as error:
            found.append(f"said what is no text ({error.reason})")
            continue
        acts = {c for c in text if c not in "\n\t\u200c\u200d" and unicodedata.category(c) in RAW}
        if acts:
            found.append(f"said raw {sorted(acts)[:4]!r}")
        if any(line.lstrip().startswith(EVIL) for line in text.splitlines()):
            found.append("a foreign name began a line")
    return found


RAW = ("Cc", "Cf", "Zl", "Zp")
EVIL_NAMES = (
    "a\x1b[2J\x1b]0;owned\x07b",
    f"a\n{EVIL} all is well",
    "a\u202egnp.exe\u2066b",
    "a\r\x08\x7f\x9bb",
    "\u2028\u2029x\u0085y",
)


# --- the count ------------------------------------------------------------------------------------
@dataclass
class Field:
    """The attacks of one kind, and what became of them."""

    name: str
    seed: int
    tried: int = 0
    refused: int = 0
    cpu: float = 0.0  # seconds
    slowest: float = 0.0
    peak: float = 0.0
    failures: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    own: tuple[str, ...] = ()  # beginnings of the names of files that the attacks write themselves

    def __post_init__(self) -> None:
        number = zlib.crc32(self.name.encode())
        self.rng = np.random.default_rng([self.seed, number])
        self.random = random.Random(f"{self.seed} {self.name}")

    def judge(
        self,
        what: str,
        ended: Ended,
        *,
        refuse: bool | None = None,
        killed: bool = False,
        also: Iterable[str] = (),
    ) -> Ended:
        """Count one attack, and what was wrong in how the command ended."""
        self.slowest = max(self.slowest, ended.seconds)
        if ended.code != 0:
            self.refused += 1
            self.peak = max(self.peak, ended.peak)
        words = [word if len(word) < 60 else f"...{word[-40:]}" for word in ended.arguments]
        faults = [*faults_of(ended, refuse=refuse, killed=killed), *also]
        self.count(f"{what} [{' '.join(words)!a}]", faults)
        return ended

    def count(self, what: str, faults: Iterable[str]) -> None:
        """Count one attack that failed if there is any fault."""
        self.tried += 1
        for fault in faults:
            self.failures.append(f"{what}: {fault}")

    def may_write(self, name: str) -> bool:
        """Whether a file outside of ``renders`` is an attack's own doing."""
        return name.startswith(self.own)

    def row(self) -> tuple[str, int, int, int, int, float, int]:
        """For the table at the end."""
        slowest, peak = round(self.slowest, 1), round(self.peak)
        cpu = round(self.cpu)
        return self.name, self.tried, self.refused, len(self.failures), peak, slowest, cpu

    def report(self) -> str:
        """What found a fault, and how to try the same again."""
        shown = "\n  ".join(failure[:300] for failure in self.failures[:80])
        return (
            f"{self.name}: {len(self.failures)} faults in {self.tried} attacks "
            f"(SEED={self.seed})\n  {shown}"
        )


# --- damage ---------------------------------------------------------------------------------------
def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """A file with a few bytes changed, cut out, doubled; or an end missing."""
    out = bytearray(data)
    for _ in range(rng.integers(1, 5)):
        place, length = int(rng.integers(0, len(out) + 1)), int(rng.integers(1, 300))
        match rng.integers(0, 5):
            case 0:
                out[place : place + 1] = bytes([rng.integers(0, 256)])
            case 1:
                if place < len(out):
                    out[place] ^= 1 << int(rng.integers(0, 8))
            case 2:
                del out[place : place + length]
            case 3:
                out[place:place] = out[place : place + length]
            case _:
                del out[len(out) - int(len(out) * rng.random() ** 4) :]
    return bytes(out)


WEIRD: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**400,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "\ud800",
    "a\x1b[2J\u202e",
    f"a\n{EVIL} all is well",
    "x" * 100_000,
    "../../../../etc/passwd",
    "/dev/zero",
    "a\0b",
    [],
    {},
    [[[[[[]]]]]],
    {"a": {"b": {"c": []}}},
    [None],
    {"": None},
)


def retyped(value: Any, chooser: random.Random) -> tuple[Any, str]:
    """JSON's value with one thing in it of another kind, or gone, or doubled; and where that is."""
    value = json.loads(json.dumps(value))
    place, way = value, ""
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = chooser.choice(keys)
        way += f"[{key!r}]"
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or chooser.random() < 0.15:
            break
        place = inner
    what = chooser.randrange(len(WEIRD) + 2)
    if what == len(WEIRD):
        del place[key]
        return value, f"{way} gone"
    if what == len(WEIRD) + 1 and isinstance(place, list):
        place.extend([inner] * 3)
        return value, f"{way} four times"
    place[key] = WEIRD[what % len(WEIRD)]
    return value, f"{way} = {str(place[key])[:20]!a}"


def put(file: Path, kind: str) -> None:
    """Put such a thing in a file's place."""
    remove(file)
    match kind:
        case "pipe":
            os.mkfifo(file)
        case "endless":
            file.symlink_to("/dev/zero")
        case "folder":
            file.mkdir()
        case "dead link":
            file.symlink_to("nowhere")
        case _:
            file.symlink_to(file)


def remove(file: Path) -> None:
    """Whatever lies there."""
    if file.is_dir() and not file.is_symlink():
        shutil.rmtree(file)
    else:
        file.unlink(missing_ok=True)


SPECIAL = ("pipe", "endless", "folder", "dead link", "loop")
