"""Whoever does the jobs; here, processes of this machine."""

from __future__ import annotations

import queue
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from litnet.clips.farm.jobs import FarmLost, Job, Result
from litnet.clips.farm.process import NotReady, Worker


class Crew(Protocol):
    """Takes jobs and gives futures, as the executors of ``concurrent.futures`` do."""

    @property
    def size(self) -> int:
        """How many jobs are done at a time; at least 1."""

    def submit(self, job: Job, folder: Path, on_frames: Callable[[int], None]) -> Future[Result]:
        """Have a job done, its files in ``folder``, which is new.

        Raises InputError for a job whose files cannot be read, FarmLost if there is no hope left.
        """

    def check(self) -> None:
        """Raise :class:`FarmLost` if there is no hope left."""

    def stop(self) -> None:
        """End every job at once; another one may be given afterwards."""

    def close(self) -> None:
        """Leave nothing behind."""


class LocalCrew:
    """Processes of this machine, each kept warm by a thread that waits for it."""

    def __init__(self, workers: int, time_limit: float | None) -> None:
        self.size = workers
        self._time_limit = time_limit
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="farm")
        self._free: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        self._workers = [Worker() for _ in range(workers)]
        self._stopping = 0
        self._able = workers
        self._unable: str | None = None  # why nobody can start
        for worker in self._workers:
            self._free.put(worker)

    def submit(self, job: Job, folder: Path, on_frames: Callable[[int], None]) -> Future[Result]:
        """As :class:`Crew`."""
        return self._threads.submit(self._run, self._stopping, job, folder, on_frames)

    def _run(self, when: int, job: Job, folder: Path, on_frames: Callable[[int], None]) -> Result:
        worker: Worker | None = self._free.get()
        assert worker is not None
        try:
            self.check()
            if when != self._stopping:
                raise CancelledError
            return worker.run(job, folder, on_frames, self._time_limit)
        except NotReady as error:
            self._able -= 1  # it takes no job any more, which others may do
            if self._able:
                worker = None
                raise
            self._unable = str(error)
            raise FarmLost(str(error)) from error
        finally:
            if worker is not None:
                self._free.put(worker)

    def check(self) -> None:
        """As :class:`Crew`; a process that is lost is replaced, unless none can start."""
        if self._unable is not None:
            raise FarmLost(self._unable)

    def stop(self) -> None:
        """As :class:`Crew`."""
        self._stopping += 1
        for worker in self._workers:
            worker.kill()

    def close(self) -> None:
        """As :class:`Crew`."""
        self._stopping += 1
        for worker in self._workers:
            worker.close()
        self._threads.shutdown(wait=True, cancel_futures=True)
