"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from network.errors import InputError


@contextmanager
def written_whole(file: Path) -> Iterator[Path]:
    """A temporary path beside a file; what is written there takes the file's place at the end.

    Raises InputError for a folder that cannot be written to. Whatever goes wrong, the file stays
    as it was.
    """
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        try:
            yield temporary
            os.replace(temporary, file)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(
            f"{file}: cannot be written ({error.strerror}), expected a folder that can be"
        ) from error
