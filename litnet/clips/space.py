"""Whether a disk is full: what fails for want of space often says something else.

A picture of words that was cut short is no XML, a film without its end is no film, and a process
that cannot keep what it compiled may die. Who finds that something failed asks here first.
"""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from network.errors import printable

NEEDED = 2**20  # bytes: with less, nothing can be rendered
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def no_space(*folders: Path) -> str | None:
    """One sentence that names the first of some folders on whose disk there is no space left.

    None if all of them have some, or cannot be asked. The folder for temporary files is asked, too.
    """
    for folder in (*folders, Path(tempfile.gettempdir())):
        try:
            with tempfile.TemporaryFile(dir=folder) as file:
                os.write(file.fileno(), bytes(NEEDED))
                # A disk may take what it has no place for, and say so only when it is written down.
                os.fsync(file.fileno())
                if file.seek(0, os.SEEK_END) < NEEDED:
                    raise OSError(errno.ENOSPC, "")
        except OSError as error:
            if error.errno in FULL:
                return f"{printable(folder)}: no space left on the disk, expected at least 1 MB"
    return None
