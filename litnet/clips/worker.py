"""A process of its own for each job, and one that has manim ready to fork them from.

:class:`Worker` is what a farm holds. It starts ``python -m litnet.clips.worker``, which imports
manim once and then forks a process for each job: no job sees what another one left behind, and a
job starts at once. (Where fork is not safe, each job gets a fresh interpreter.) Worker and jobs
form a process group, so that ending it leaves nothing; and both end by themselves when the one
that they work for is gone, however that ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from litnet.clips.ranges import Job
from litnet.clips.settings import ROOT

FORKS = sys.platform == "linux"  # elsewhere, libraries that manim brings do not survive it
SILENCE = 300.0  # seconds without a new frame, after which a job hangs
EVERY = 0.2  # seconds between two reports


class WorkerLost(Exception):
    """A worker died, or hung and was ended; the job may well succeed elsewhere."""


class Worker:
    """One process that does one job after the other. Not for several threads at once, but
    :meth:`kill` may come from any."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._lock = threading.Lock()
        self._closed = False

    def run(
        self,
        job: Job,
        folder: Path,
        on_frames: Callable[[int], None] = lambda frames: None,
        time_limit: float | None = None,
    ) -> dict[str, Any]:
        """Do a job, as :func:`litnet.clips.ranges.run`; ``on_frames`` hears how many are drawn.

        Raises
        ------
        WorkerLost
            The process died, took longer than ``time_limit`` seconds, or stopped making frames.
        """
        began = heard = time.monotonic()
        try:
            connection = self._start()
            connection.send((job, folder))
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
                what, value = connection.recv()
                heard = time.monotonic()
                if what == "frames":
                    on_frames(value)
                elif what == "lost":
                    raise WorkerLost(value)
                else:
                    found: dict[str, Any] = value
                    if not FORKS:
                        self.kill()
                    return found
        except (EOFError, OSError) as error:
            self.kill()
            raise WorkerLost("a worker died") from error
        except BaseException:
            self.kill()
            raise

    def _start(self) -> Connection:
        with self._lock:
            if self._closed:
                raise WorkerLost("the farm was closed")
            if self._connection is not None and self._process and self._process.poll() is None:
                return self._connection
            ours, theirs = Pipe()
            command = [sys.executable, "-m", "litnet.clips.worker", str(theirs.fileno())]
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for the one who gives the jobs
            )
            theirs.close()
            self._connection = ours
            return ours

    def kill(self) -> None:
        """End the worker and its job at once; the next job starts another one."""
        with self._lock:
            process, self._process = self._process, None
            self._connection = None  # whoever listens to it finds its end
        if process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def close(self) -> None:
        """End the worker for good."""
        self._closed = True
        self.kill()


# --- the other side ------------------------------------------------------------------------------
def _do(job: Job, folder: Path, connection: Connection) -> None:
    from litnet.clips.ranges import run

    last = 0.0

    def report(drawn: int, walked: int) -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= EVERY:
            last = now
            connection.send(("frames", drawn))

    result = run(job, folder, report)
    connection.send(("result", result))


def _end_with_parent(parent: int) -> None:
    """End this process when the one that forked it is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _is_closed(connection: Connection) -> bool:
    """Whether nobody is at the other end of a connection that can be read from."""
    with socket.socket(fileno=os.dup(connection.fileno())) as end:
        try:
            return not end.recv(1, socket.MSG_PEEK)
        except ConnectionError:
            return True


def _fork(job: Job, folder: Path, connection: Connection) -> None:
    """Do a job in a process of its own, and tell if that one died."""
    mine, theirs = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(mine)
            _end_with_parent(parent)
            _do(job, folder, connection)
            code = 0
        finally:
            os._exit(code)
    os.close(theirs)
    ready, _, _ = select.select([mine, connection.fileno()], [], [])
    # The next job may arrive while the process of the last one, which gave its result, is ending;
    # otherwise what can be read is the end.
    if mine not in ready and _is_closed(connection):
        os.kill(child, signal.SIGKILL)
    os.close(mine)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        connection.send(("lost", f"a worker was ended by signal {-code}"))
    elif code > 0:
        connection.send(("lost", f"a worker ended with code {code}"))


def main(descriptor: int) -> None:
    """Do jobs until nobody wants any."""
    connection = Connection(descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import litnet.scene  # noqa: F401  (ready before the first job)

    while True:
        try:
            job, folder = connection.recv()
            if FORKS:
                _fork(job, folder, connection)
            else:
                _end_with_parent(os.getppid())
                _do(job, folder, connection)
        except (EOFError, OSError):
            return


if __name__ == "__main__":
    main(int(sys.argv[1]))
