"""A Dask cluster of this machine's processes, for the tests of the farm."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest


def is_gone(pid: int) -> bool:
    """Whether a process has ended (one that nobody has waited for yet has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def wait_for(what: Callable[[], Any], seconds: float) -> Any:
    """What a function says as soon as it says anything true."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.05)
    return found


class Cluster:
    """A Dask scheduler and its workers, each a process, in a folder and a home of their own."""

    def __init__(self, folder: Path, environment: Mapping[str, str] = os.environ) -> None:
        self.folder, self.environment = folder, dict(environment)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self.start(
            "scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"
        )

    def start(self, what: str, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        """One more process of Dask's; ``more`` of its environment."""
        place = self.folder / f"{what}-{len(self.processes)}"
        place.mkdir(parents=True)
        environment = {**self.environment, "HOME": str(place), "TMPDIR": str(place), **more}
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", what, *arguments],
            cwd=place,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def work(self, *more: str, **environment: str) -> subprocess.Popen[bytes]:
        """One more worker, of one thread."""
        options = ("--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard", *more)
        return self.start("worker", self.address, *options, "--death-timeout", "30", **environment)

    def end(self) -> None:
        for process in self.processes:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and all of its group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    started = Cluster(tmp_path / "cluster")
    try:
        yield started
    finally:
        started.end()
