"""A process that has manim and litnet ready, and forks the farm's workers.

A worker of the farm takes longer to start than most of the tests' films take to draw; and tests
start many. Here it begins where ``litnet.clips.farm.start`` would have brought it. Tests of how a
worker starts, or of what an interpreter reads when it does, have the farm's own way.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# What an interpreter, or a library of C, looks at when it starts.
AT_START = {n: os.environ.get(n) for n in ("TZ", "LANG", "LC_ALL", "PYTHONHASHSEED", "HOME")}


class Nursery:
    """Holds that process."""

    def __init__(self) -> None:
        self.socket: socket.socket | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def worker(self, command: list[str], **options: Any) -> Born | subprocess.Popen[bytes]:
        """In the place of ``subprocess.Popen`` in ``litnet.clips.farm.process``."""
        elsewhere = any(os.environ.get(name) != value for name, value in AT_START.items())
        if elsewhere or Path(options["cwd"]) != ROOT:
            return subprocess.Popen(command, **options)
        (connection,) = options["pass_fds"]
        if self.socket is None:
            self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self.process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
            theirs.close()
            atexit.register(self.end)
        said, says = os.pipe()
        order = {"folder": str(options["cwd"]), "environment": dict(os.environ)}
        streams = [connection, options["stderr"].fileno(), says]
        socket.send_fds(self.socket, [json.dumps(order).encode()], streams)
        os.close(says)
        return Born(command, said)

    def end(self) -> None:
        """And of all that it has forked."""
        if self.socket is not None and self.process is not None:
            self.socket.close()
            self.process.wait()


class Born:
    """A worker, as its holder knows a process."""

    def __init__(self, command: list[str], said: int) -> None:
        self.args = command
        self._said = os.fdopen(said)
        self.pid = int(self._said.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its code, if it has ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its code, when it has ended. Raises ``subprocess.TimeoutExpired``."""
        if self.returncode is None:
            import select

            if not select.select([self._said], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self.returncode = int(self._said.readline() or -signal.SIGKILL)
            self._said.close()
        return self.returncode


NURSERY = Nursery()


def guard(order: dict[str, Any], streams: list[int], nursery: int) -> None:
    """Fork a worker, and say how it ended."""
    from litnet.clips.farm.start import end_with

    connection, errors, says = streams
    end_with(nursery)
    parent = os.getpid()
    worker = os.fork()
    if worker:
        os.close(connection)
        os.setpgid(0, 0)
        os.write(says, f"{worker}\n".encode())
        _, status = os.waitpid(worker, 0)
        os.write(says, f"{os.waitstatus_to_exitcode(status)}\n".encode())
        return
    os.setsid()
    end_with(parent)
    os.close(says)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number, stream in enumerate((nowhere, nowhere, errors)):
        os.dup2(stream, number)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    from litnet.cache import cache_folder
    from litnet.clips.farm.worker import main

    cache_folder.cache_clear()  # it is said by the environment, and the loops may lie in one

    main(str(connection), end_with)


def nurse(descriptor: int) -> None:
    """Fork workers until nobody wants any."""
    asking = socket.socket(fileno=descriptor)
    nursery = os.getpid()
    while True:
        words, streams, _, _ = socket.recv_fds(asking, 2**20, 3)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not words:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that NumPy's threads stay behind
            child = os.fork()
        if child == 0:
            code = 1
            try:
                asking.close()
                guard(json.loads(words), streams, nursery)
                code = 0
            finally:
                os._exit(code)
        for stream in streams:
            os.close(stream)


def warm() -> None:
    """Have ready what each fork would need: modules, loops, and what is litnet's own wherever a
    fork works, such as its words and what its stories import."""
    import babel.messages.pofile  # noqa: F401
    import typst  # noqa: F401
    from PIL import Image

    import litnet.animations
    import litnet.mobjects
    import litnet.story.scene  # noqa: F401
    from litnet.light.canvas import load_loops
    from litnet.narration import FOLDER, read_catalogue
    from litnet.record.modules import import_closure

    load_loops()
    Image.preinit()
    for file in FOLDER.glob("*.po"):
        read_catalogue(file.stem, FOLDER)
    for file in (ROOT / "scenes").rglob("*.py"):
        import_closure(file, ROOT)
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    sys.path[0] = str(ROOT)  # as a worker's
    warm()
    from litnet.mobjects.words import register_fonts

    register_fonts()
    nurse(int(sys.argv[1]))
