"""Ctrl-C that is never lost.

Python raises KeyboardInterrupt wherever the main thread is; in a callback of the interpreter's own,
as of a weak reference, it is printed and goes nowhere. So whoever works for long also looks at a
flag, between two steps.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Stopped(Exception):
    """Somebody has asked for the end, by the flag."""


@contextmanager
def interrupts(stop: threading.Event) -> Iterator[None]:
    """Let Ctrl-C, and what is to be as Ctrl-C, set ``stop`` and raise KeyboardInterrupt, now or at
    the end of this."""
    elsewhere = threading.current_thread() is not threading.main_thread()
    numbers = () if elsewhere else (signal.SIGINT, signal.SIGTERM)
    asked = threading.Event()

    def interrupt(number: int, frame: object) -> None:
        asked.set()
        stop.set()
        raise KeyboardInterrupt

    # Who listens to a signal in another way, or is deaf to it, goes on so.
    heard = [n for n in numbers if signal.getsignal(n) is signal.default_int_handler]
    for number in heard:
        signal.signal(number, interrupt)
    try:
        yield
    except Stopped:
        if not asked.is_set():
            raise
    finally:
        for number in heard:
            signal.signal(number, signal.default_int_handler)
    if asked.is_set():
        raise KeyboardInterrupt


def check(stop: threading.Event | None) -> None:
    """Raise Stopped if the end is asked for."""
    if stop is not None and stop.is_set():
        raise Stopped
