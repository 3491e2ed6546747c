"""The process that has manim ready, and forks one for each job (see ``process`` for its holder).

No job sees what another one left behind, and a job starts at once. Where fork is not safe, this
process does one job itself, and its holder starts another one.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from pathlib import Path

from litnet.clips.farm.jobs import Drawn, Job, Lost, Message, Ready, encoded

POSIX = hasattr(os, "fork")  # else it is Windows, where a process is given no descriptors
FORKS = POSIX and sys.platform == "linux"  # elsewhere, manim's libraries do not survive it
EVERY = 0.2  # seconds between two reports
EndWith = Callable[[int], None]


def say(connection: Connection, message: Message) -> None:
    """Send a message to the holder."""
    connection.send_bytes(encoded(message))


def _do(job: Job, folder: Path, connection: Connection) -> None:
    from litnet.clips.farm.work import run

    if job.root is not None:
        os.chdir(job.root)
    last = 0.0

    def report(drawn: int) -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= EVERY:
            last = now
            say(connection, Drawn(drawn))

    say(connection, run(job, folder, report))


def _is_closed(connection: Connection) -> bool:
    """Whether nobody is at the other end of a connection that can be read from."""
    with socket.socket(fileno=os.dup(connection.fileno())) as end:
        try:
            return not end.recv(1, socket.MSG_PEEK)
        except ConnectionError:
            return True


def _fork(job: Job, folder: Path, connection: Connection, end_with: EndWith) -> None:
    """Do a job in a process of its own, and tell if that one died."""
    mine, theirs = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(mine)
            end_with(parent)
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
        say(connection, Lost(f"a worker was ended by signal {-code}"))
    elif code > 0:
        say(connection, Lost(f"a worker ended with code {code}"))


def _call(words: str) -> Connection:
    """The connection to a holder that waits for a call: at its port, with its key."""
    port, key = words.split()
    called = socket.create_connection(("127.0.0.1", int(port)))
    connection = Connection(called.detach())
    answer_challenge(connection, bytes.fromhex(key))
    deliver_challenge(connection, bytes.fromhex(key))
    return connection


def main(end: str, end_with: EndWith) -> None:
    """Do jobs until nobody wants any; ``end_with`` ends a process when that parent of it ends.

    ``end`` is the descriptor of a connection, or ``-``: where to call stands on standard input.
    """
    connection = _call(sys.stdin.readline()) if end == "-" else Connection(int(end))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import litnet.animations
    import litnet.mobjects
    import litnet.story.scene  # noqa: F401  (ready before the first job)

    if FORKS:  # so that no job needs to load them again
        import babel.messages.pofile  # noqa: F401  (words)
        from PIL import Image

        from litnet.light.canvas import load_loops
        from litnet.mobjects.words import register_fonts

        load_loops()
        register_fonts()
        Image.preinit()
        gc.collect()
        gc.freeze()  # nor to look through what the jobs have in common
    with open(os.devnull, "wb") as nowhere:  # last words are of the start alone
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
    try:
        say(connection, Ready())
        while True:
            job, folder = connection.recv()
            if FORKS:
                _fork(job, folder, connection, end_with)
            else:
                _do(job, folder, connection)
    except (EOFError, OSError):
        return
