"""The old names of :mod:`litnet.record.schema`, for what still reads records as plain data."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from litnet.record import schema
from litnet.record.schema import SCHEMA

__all__ = ["SCHEMA", "read_record", "write_record"]


def read_record(path: Path) -> dict[str, Any]:
    """A record that was checked, as plain data."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(schema.read_record(path)))
    return found


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write a record under its final name only when it is whole."""
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
