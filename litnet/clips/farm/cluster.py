"""The workers of a Dask cluster as a crew; each has to have this litnet, and nothing else of ours.

Whoever a cluster's workers are, what they say makes nothing happen here but files in a job's own
folder: results are bytes, an error is read without making the object that it pickles, and no job is
waited for without end. (A *scheduler* can do more: its client trusts it.)
"""

from __future__ import annotations

import contextlib
import io
import ipaddress
import logging
import pickle
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from litnet.clips.farm.checks import MOST_FILM, Wrong
from litnet.clips.farm.crews import LocalCrew
from litnet.clips.farm.jobs import MOST_WORDS, FarmLost, Job, Result, WorkerLost
from litnet.clips.farm.parcels import deliver, pack, unpack
from litnet.clips.farm.process import SILENCE
from network.errors import InputError, printable

REACH = 5.0  # seconds in which a scheduler has to answer
GONE = 5.0  # seconds after which a scheduler whose connection is cut is gone
QUIET = 30.0  # seconds without a sign of life, after which a worker has lost its job
DESERTED = 30.0  # seconds without any worker, where there have been some
FETCH = 60.0  # seconds in which a film that is ready has to arrive
LOOK = 1.0  # seconds between two looks at who has which job
LONGEST_ERROR = 100_000  # bytes of a pickled error that is read


def exposed(address: str | None) -> str | None:
    """What to say of a scheduler that is reached over an open network without TLS; else None."""
    if address is None:
        return None
    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
    except ValueError:  # no address: that nobody answers there is said later
        return None
    if parts.scheme in ("tls", "wss", "inproc"):
        return None
    host = parts.hostname or ""
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host.partition("%")[0]).is_loopback:
            return None
    if host == "localhost":
        return None
    return (
        f"{printable(address)} is beyond this machine and without TLS: whoever can reach it can "
        "run code on its workers, and whoever is between can run code here; "
        "docs/farm.md says how to use a tunnel or tls://."
    )


@dataclass(eq=False)
class _Sent:
    """A job that the cluster has."""

    remote: Any
    ours: Future[Result]
    on_frames: Callable[[int], None]
    worker: str | None = None  # who has it, as the scheduler says
    since: float = 0.0  # when that one got it, or last gave a sign of life
    drawn: int = -1
    moved: float = 0.0  # when it last drew a frame


class DaskCrew:
    """The workers of a Dask cluster."""

    def __init__(self, address: str, time_limit: float | None) -> None:
        self.address = address
        self._client = _connected(address)
        self._time_limit = time_limit
        self._joiner = LocalCrew(1, time_limit)
        self._topic = f"litnet-{uuid4().hex}"
        self._sent: dict[str, _Sent] = {}
        self._workers: dict[str, float] = {}  # those that are there: their last sign of life
        self._mute: set[str] = set()  # those that do not answer
        self._still: set[str] = set()  # those of them that cannot even say what they are at
        self._answered = time.monotonic()
        self._peopled: float | None = None  # when a worker was last there
        self._cut: float | None = None
        self._closed = threading.Event()
        self._client.subscribe_topic(self._topic, self._heard)
        threading.Thread(target=self._watch, daemon=True, name="farm-watch").start()

    @property
    def size(self) -> int:
        """Threads of all workers; 1 where none has come yet."""
        threads = self._client.nthreads()
        if threads:
            self._peopled = time.monotonic()
        return max(1, int(sum(threads.values())))

    def submit(self, job: Job, folder: Path, on_frames: Callable[[int], None]) -> Future[Result]:
        """As :class:`Crew`; the parts of a film are joined here, where they arrive."""
        if job.kind == "join":
            return self._joiner.submit(job, folder, on_frames)
        key = f"litnet-{uuid4().hex}"
        parcel = pack(job, self._time_limit)
        parcel = replace(parcel, key=key, topic=self._topic, beat=QUIET / 6)
        able = [worker for worker in self._workers if worker not in self._mute]
        self.check()
        try:
            remote = self._client.submit(
                deliver, parcel, key=key, retries=0, workers=able if self._mute else None
            )
        except (OSError, RuntimeError, TypeError) as error:  # it has been closed
            raise FarmLost(self._gone()) from error
        sent = self._sent[key] = _Sent(remote, Future(), on_frames)

        def over(ours: Future[Result]) -> None:
            self._sent.pop(key, None)
            if ours.cancelled():
                remote.cancel()

        sent.ours.add_done_callback(over)
        remote.add_done_callback(lambda done: self._arrived(sent, job, folder))
        return sent.ours

    def _arrived(self, sent: _Sent, job: Job, folder: Path) -> None:
        """A job is done, or has failed; in a thread of Dask's client."""
        if sent.ours.done():
            return
        try:
            if sent.remote.status == "finished":
                size = self._ask("nbytes", keys=[sent.remote.key], summary=False)
                if max(size.values(), default=0) > MOST_FILM:
                    sent.remote.release()
                    raise Wrong(f"{max(size.values()):,} bytes, expected at most {MOST_FILM:,}")
            found = unpack(sent.remote.result(timeout=FETCH), job, folder)
        except BaseException as error:  # of whatever kind, it belongs to the future
            self._fail(sent, _as_here(error))
        else:
            with contextlib.suppress(Exception):  # given up in the meantime
                sent.ours.set_result(found)

    def _fail(self, sent: _Sent, error: BaseException) -> None:
        with contextlib.suppress(Exception):
            sent.ours.set_exception(error)

    # --- who does what, and whether they still do ------------------------------------------------
    def _ask(self, what: str, **about: Any) -> Any:
        """The scheduler's answer, within ``REACH`` seconds."""
        ask = getattr(self._client.scheduler, what)
        return self._client.sync(ask, callback_timeout=REACH, asynchronous=False, **about)

    def _heard(self, event: Any) -> None:
        """A sign of life: the key of a job, and how many frames are drawn."""
        with contextlib.suppress(Exception):  # it may be anything
            key, drawn = event[1]
            sent = self._sent[key]
            now = time.monotonic()
            sent.since = now
            if sent.worker in self._workers:
                self._workers[sent.worker] = now
                self._mute.discard(sent.worker)
                self._still.discard(sent.worker)
            if type(drawn) is int and sent.drawn < drawn <= 10_000_000:
                sent.drawn, sent.moved = drawn, now
                sent.on_frames(drawn)

    def _watch(self) -> None:
        while not self._closed.wait(LOOK):
            with contextlib.suppress(Exception):  # asked again; check() knows for how long
                self._look(self._ask("processing", workers=None))

    def _look(self, processing: dict[str, Any]) -> None:
        now = self._answered = time.monotonic()
        self._workers = {worker: self._workers.get(worker, now) for worker in processing}
        if processing:
            self._peopled = now
        has = {key: worker for worker, keys in processing.items() for key in keys}
        for key, sent in list(self._sent.items()):
            worker = has.get(key)
            if worker is None or worker != sent.worker or sent.remote.status != "pending":
                sent.worker, sent.since, sent.moved = worker, now, now
                continue
            last = max(sent.since, self._workers[worker])
            limit = SILENCE if self._time_limit is None else self._time_limit
            if now - last > QUIET:
                self._give_up(key, sent, f"gave no sign of life for {QUIET:g} s")
            elif sent.drawn >= 0 and now - sent.moved > limit + QUIET:
                self._give_up(key, sent, f"made no frame for {limit + QUIET:g} s")

    def _give_up(self, key: str, sent: _Sent, why: str) -> None:
        """Wait for a job no more. If it is what the worker hangs at, nobody else is given it."""
        worker = str(sent.worker)
        self._mute.add(worker)
        at_work = False
        if worker not in self._still:
            try:
                at_work = any(self._ask("call_stack", keys=[key]).values())
            except Exception:
                self._still.add(worker)
        why = f"a worker, {printable(worker)}, {why}"
        self._fail(sent, Wrong(f"nothing: {why}") if at_work else WorkerLost(why))
        sent.remote.cancel()

    def check(self) -> None:
        """As :class:`Crew`."""
        now = time.monotonic()
        if self._client.status == "running":
            self._cut = None
        else:
            self._cut = self._cut or now
        if (self._cut is not None and now - self._cut > GONE) or now - self._answered > QUIET:
            raise FarmLost(self._gone())
        if self._workers and self._mute.issuperset(self._workers):
            raise FarmLost(f"no worker of {self.address} answers any more")
        if self._peopled is not None and now - self._peopled > DESERTED:
            raise FarmLost(f"{self.address} has had no worker for {DESERTED:g} s")

    def _gone(self) -> str:
        return f"the scheduler at {self.address} does not answer any more"

    def stop(self) -> None:
        """As :class:`Crew`; the cluster drops what its client no longer asks for."""
        self._joiner.stop()

    def close(self) -> None:
        """As :class:`Crew`."""
        self._closed.set()
        self._joiner.close()
        closing = threading.Thread(target=self._close_client, daemon=True)
        closing.start()
        closing.join(3)

    def _close_client(self) -> None:
        with contextlib.suppress(Exception):
            self._client.close(timeout=2)


def _connected(address: str) -> Any:
    """A client that takes nothing but data from the cluster's workers."""
    try:
        from distributed.security import Security
    except ImportError as error:
        raise InputError(
            "A scheduler needs Dask, which is not installed: pip install 'litnet[farm]'."
        ) from error
    # They say the same as we do, with tracebacks.
    for logger in ("distributed", "tornado.application", "asyncio"):
        logging.getLogger(logger).setLevel(logging.CRITICAL + 1)
    untyped: Any = Security
    security = untyped()
    if address.startswith("tls:") and not security.get_connection_args("client")["ssl_context"]:
        raise InputError(
            f"{address} wants a certificate, but none is named in Dask's settings "
            "(DASK_DISTRIBUTED__COMM__TLS__CA_FILE, ...__CLIENT__CERT and ...__CLIENT__KEY)."
        )
    data = ["msgpack", "error"]  # no pickles
    try:
        return _client_of_data()(
            address,
            timeout=REACH,
            set_as_default=False,
            name="litnet",
            serializers=data,
            deserializers=data,
        )
    except (OSError, ValueError, ImportError) as error:
        raise InputError(
            f"No scheduler answers at {address} within {REACH:g} s; "
            "expected a running one, for example tcp://127.0.0.1:8786."
        ) from error


@cache
def _client_of_data() -> Any:
    from distributed import Client

    untyped: Any = Client

    class DataClient(untyped):  # type: ignore[misc]
        """Dask's client, which unpickles no error and no type that a worker sends."""

        def __del__(self) -> None:
            """Nothing: the farm closes its client, and one that never opened has nothing to say."""

        def _handle_task_erred(
            self, key: Any = None, exception: Any = None, traceback: Any = None
        ) -> None:
            super()._handle_task_erred(key, described(exception), None)

        def _handle_key_in_memory(
            self, key: Any = None, type: Any = None, workers: Any = None
        ) -> None:
            super()._handle_key_in_memory(key, None, workers)

    return DataClient


class _Inert:
    """What stands for any object in a pickle; making one does nothing."""

    said: tuple[Any, ...] = ()

    def __init__(self, *said: Any, **_: Any) -> None:
        self.said = said

    def __setstate__(self, state: Any) -> None:
        pass


class _Describer(pickle.Unpickler):
    """Reads a pickle, and makes none of the objects in it."""

    def find_class(self, module: str, name: str) -> Any:
        return type(name.rpartition(".")[2], (_Inert,), {})


def described(error: Any) -> str:
    """The kind and the words of a pickled error, which is not made: ``"KeyError: 'x'"``."""
    if not isinstance(error, (bytes, bytearray)) or len(error) > LONGEST_ERROR:
        return "an error that cannot be read"
    try:
        found = _Describer(io.BytesIO(error)).load()
        kind, said = type(found), found.said
        if kind.__name__.startswith("unpickle_exception"):  # tblib's way: the class, what it holds
            kind, said = said[0], said[1]["args"] if isinstance(said[1], dict) else said[1]
        words = ", ".join(str(part) for part in said if isinstance(part, (str, int)))
        return printable(f"{kind.__name__}: {words}" if words else kind.__name__, MOST_WORDS)
    except Exception:
        return "an error that cannot be read"


def _as_here(error: BaseException) -> BaseException:
    """What happened on the cluster, as it would be said of a worker of this machine."""
    if isinstance(error, (WorkerLost, Wrong, InputError)):
        return error
    if type(error).__name__ in ("FutureCancelledError", "CancelledError"):
        return WorkerLost("a worker died")
    if isinstance(error, TimeoutError):
        return Wrong(f"a film that did not arrive within {FETCH:g} s")
    if isinstance(error, OSError):
        return error  # our own disk
    if str(error).startswith("KilledWorker"):
        return WorkerLost("a worker died")
    if isinstance(error, TypeError):
        return Wrong(
            f"something else than plain data ({printable(str(error).partition(chr(10))[0])})"
        )
    return Wrong(f"an error: {printable(error, MOST_WORDS)}")
