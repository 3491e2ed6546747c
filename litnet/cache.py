"""What is slow to make and stays the same, kept in the user's cache folder, a file each.

What is kept is never the only copy of anything: a file that is missing or damaged is made again,
and a folder that cannot be written to only costs time.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from network.errors import InputError
from network.files import read_bytes, written_whole

MARK = b"litnet kept\n"
OFTEN = 256  # a process looks around in a folder once for so many things that it keeps
HOUR, DAY = 3600.0, 86_400.0  # seconds
OWN = re.compile(r"[0-9a-f]{64}|\.[0-9a-f]{64}\.\d+\.tmp")


@cache
def cache_folder() -> Path | None:
    """``LITNET_CACHE``, or litnet's folder in the user's cache folder; None for nowhere."""
    chosen = os.environ.get("LITNET_CACHE")
    try:
        if chosen is not None:
            root = Path(chosen).expanduser() if chosen else None
        elif sys.platform == "win32":
            root = Path(os.environ["LOCALAPPDATA"]) / "litnet"
        elif sys.platform == "darwin":
            root = Path.home() / "Library" / "Caches" / "litnet"
        else:
            # A path that is not absolute is to be ignored, says the XDG specification.
            named = Path(os.environ.get("XDG_CACHE_HOME", ""))
            root = (named if named.is_absolute() else Path.home() / ".cache") / "litnet"
    except (RuntimeError, KeyError, ValueError):  # no home
        return None
    return root if root is not None and root.is_absolute() else None


@dataclass
class Kept:
    """Things of one kind, in a folder of that ``name``: at most so many, and of so many bytes.

    What has not been used for the longest time goes first.
    """

    name: str
    most: int
    most_bytes: int
    most_bytes_each: int = 2**20
    leaves: int = 0  # bytes of the disk that stay free
    count: int = 0  # kept by this process since it last looked around
    size: int = 0  # of those, in bytes

    def folder(self) -> Path | None:
        """Where they are kept; None for nowhere."""
        root = cache_folder()
        if root is None:
            return None
        try:
            (root / self.name).mkdir(mode=0o700, parents=True, exist_ok=True)
            return root / self.name if _ours(root / self.name) else None
        except (OSError, ValueError):
            return None

    def read(self, key: str) -> bytes | None:
        """What was kept under a key, a SHA-256 in hex; None if nothing, or other than written."""
        place = self.folder()
        if place is None:
            return None
        file = place / key
        try:
            data = read_bytes(file, self.most_bytes_each)
        except InputError:
            return None
        with suppress(OSError):  # a folder that can only be read
            if time.time() - os.stat(file).st_mtime > HOUR:
                os.utime(file)  # still in use
        start = len(MARK) + 32
        mark, digest, body = data[: len(MARK)], data[len(MARK) : start], data[start:]
        return body if mark == MARK and hashlib.sha256(body).digest() == digest else None

    def keep(self, key: str, body: bytes) -> None:
        """Keep something, if that is possible; anything that is in the way only costs time."""
        place, size = self.folder(), len(MARK) + 32 + len(body)
        if place is None or size > min(self.most_bytes_each, self.most_bytes // 8):
            return
        with suppress(InputError, OSError):
            # At the first one, too: a process may keep a single thing and be gone.
            if not self.count or self.count >= OFTEN or self.size > self.most_bytes // 8:
                self._make_room(place)
                self.count = self.size = 0
            if self.leaves and shutil.disk_usage(place).free < self.leaves + size:
                return
            self.count += 1
            self.size += size
            with written_whole(place / key) as temporary:
                temporary.write_bytes(MARK + hashlib.sha256(body).digest() + body)

    def _make_room(self, place: Path) -> None:
        files = []
        for entry in filter(lambda entry: OWN.fullmatch(entry.name), os.scandir(place)):
            with suppress(OSError):  # another process may have taken it away
                found = entry.stat()
                files.append((found.st_mtime, found.st_size, entry.path))
        size = 0
        for number, (used, taken, path) in enumerate(sorted(files, reverse=True)):
            size += taken
            left_over = path.endswith(".tmp") and time.time() - used > DAY
            if left_over or number >= self.most - OFTEN or size > self.most_bytes * 3 // 4:
                with suppress(OSError):
                    os.unlink(path)


def _ours(place: Path) -> bool:
    """Whether nobody else can write there: what is kept decides what a film says."""
    if os.name == "nt":
        return True  # the folder of one user's data
    found = os.stat(place)
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
