"""A process of its own for each job, held by whoever gives the jobs.

:class:`Worker` starts ``start.py``, which imports manim once and forks a process for each job.
Worker and jobs form a process group, so that ending it leaves nothing; and both end by themselves
when the one that they work for is gone, however that ended.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing import AuthenticationError, Pipe
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from pathlib import Path
from typing import IO, Any

from msgspec import DecodeError

from litnet.clips.farm import start
from litnet.clips.farm.jobs import (
    MOST_MESSAGE,
    Drawn,
    Job,
    Lost,
    Ready,
    Result,
    WorkerLost,
    decoded,
)
from litnet.clips.farm.worker import FORKS, POSIX
from litnet.project import current_root
from network.errors import printable

READY = 60.0  # seconds in which a worker has to have imported what it needs; more on a busy machine
MOST_BUSY = 10  # times as long, at most
SILENCE = 300.0  # seconds without a new frame, after which a job hangs


class NotReady(WorkerLost):
    """A worker could not even start; another one will hardly fare better."""


class Worker:
    """One process that does one job after the other. Not for several threads at once, but
    :meth:`kill` may come from any."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root  # where it is started, and reads manim's settings
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._words: IO[bytes] | None = None  # what the process said on its way
        self._lock = threading.Lock()
        self._ready = False
        self._closed = False

    def run(
        self,
        job: Job,
        folder: Path,
        on_frames: Callable[[int], None] = lambda frames: None,
        time_limit: float | None = None,
    ) -> Result:
        """Do a job, its files in ``folder``; ``on_frames`` hears how many frames are drawn.

        Raises
        ------
        NotReady
            No process could be started.
        WorkerLost
            The process died, took longer than ``time_limit`` seconds, or stopped making frames.
        """
        try:
            connection = self._start()
            if not self._ready:
                self._wait_until_ready(connection)
            connection.send((job, folder))
            began = heard = time.monotonic()
            while True:
                now = time.monotonic()
                wait = heard + SILENCE - now
                if time_limit is not None:
                    wait = min(wait, began + time_limit - now)
                if wait <= 0:
                    over = time_limit is not None and now - began >= time_limit
                    why = f"took over {time_limit:g} s" if over else f"hung for {SILENCE:g} s"
                    raise WorkerLost(f"a worker {why}")
                if not connection.poll(wait):
                    continue
                message = decoded.decode(connection.recv_bytes(MOST_MESSAGE))
                heard = time.monotonic()
                match message:
                    case Drawn(frames):
                        on_frames(frames)
                    case Lost(why):
                        raise WorkerLost(printable(why))
                    case Result():
                        if not FORKS:
                            self.kill()
                        return message
        except (EOFError, OSError) as error:
            self.kill()
            raise WorkerLost("a worker died") from error
        except DecodeError as error:
            self.kill()
            raise WorkerLost("a worker said what nobody understands") from error
        except BaseException:
            self.kill()
            raise

    def _start(self) -> Connection:
        with self._lock:
            if self._closed:
                raise WorkerLost("the farm was closed")
            if self._connection is not None and self._process and self._process.poll() is None:
                return self._connection
            self._ready = False
            self._words = tempfile.TemporaryFile()
            self._connection = self._start_beside() if POSIX else self._start_and_meet()
            return self._connection

    def _start_beside(self) -> Connection:
        """Start the process with an end of a pipe."""
        ours, theirs = Pipe()
        self._run_start(str(theirs.fileno()), pass_fds=[theirs.fileno()])
        theirs.close()
        return ours

    def _start_and_meet(self) -> Connection:
        """Start the process and wait for its call, where no descriptor can be given to it.

        It calls on this machine alone, and each of the two proves to know a key that the process
        reads from its standard input.
        """
        key = secrets.token_bytes(32)
        with socket.create_server(("127.0.0.1", 0), backlog=1) as server:
            process = self._run_start("-", stdin=subprocess.PIPE)
            assert process.stdin is not None
            with contextlib.suppress(OSError), process.stdin as its:
                its.write(f"{server.getsockname()[1]} {key.hex()}\n".encode())
            server.settimeout(0.2)
            late = time.monotonic() + READY * _busy()
            while process.poll() is None and time.monotonic() < late:
                try:
                    called, _ = server.accept()
                except TimeoutError:
                    continue
                connection = Connection(called.detach())
                try:
                    deliver_challenge(connection, key)
                    answer_challenge(connection, key)
                except (AuthenticationError, EOFError, OSError):
                    connection.close()  # somebody else's call
                else:
                    return connection
        process.kill()
        process.wait()
        raise NotReady(f"a worker could not start{self._last_words()}")

    def _run_start(self, end: str, **more: Any) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            [sys.executable, "-P", start.__file__, end, str(os.getpid())],
            cwd=self._root or current_root(),
            stdout=subprocess.DEVNULL,
            stderr=self._words,
            start_new_session=True,  # Ctrl-C is for the one who gives the jobs
            **{"stdin": subprocess.DEVNULL, **more},
        )
        return self._process

    def _wait_until_ready(self, connection: Connection) -> None:
        late, patience = False, READY * _busy()
        try:
            late = not connection.poll(patience)
            if not late:
                message = decoded.decode(connection.recv_bytes(MOST_MESSAGE))
                self._ready = isinstance(message, Ready)
        except (EOFError, OSError, DecodeError):
            pass
        if not self._ready:
            if self._connection is not connection:
                raise WorkerLost("a worker was ended")  # by whoever gave it the job
            if not late and (number := self._signal()):
                raise WorkerLost(f"a worker was ended by signal {number}")
            what = f"was not ready within {patience:.0f} s" if late else "could not start"
            raise NotReady(f"a worker {what}{self._last_words()}")

    def _signal(self) -> int:
        """The number of the signal that ended the process, whose connection is closed; or 0."""
        with self._lock:
            process = self._process
        if process is None:
            return 0
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        return max(0, -(process.returncode or 0))

    def _last_words(self) -> str:
        """The last line that the process wrote, after a colon."""
        if self._words is None or self._words.closed:
            return ""
        size = self._words.seek(0, os.SEEK_END)
        self._words.seek(max(0, size - 4000))
        lines = self._words.read().decode("utf-8", "replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return f": {printable(said[-1])}" if said else " and said nothing"

    def kill(self) -> None:
        """End the worker and its job at once; the next job starts another one."""
        with self._lock:
            process, self._process = self._process, None
            self._connection = None  # whoever listens to it finds its end
            if self._words is not None:
                self._words.close()
        if process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if POSIX:
                    os.killpg(process.pid, signal.SIGKILL)
                else:
                    process.kill()
            process.wait()

    def close(self) -> None:
        """End the worker for good."""
        self._closed = True
        self.kill()


def _busy() -> float:
    """How many times as long as on an idle machine a process may take now."""
    if not hasattr(os, "getloadavg"):
        return 1.0
    return min(max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)), MOST_BUSY)
