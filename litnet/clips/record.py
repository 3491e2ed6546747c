"""The record of a clip: what was shown, and why, in one JSON file beside the MP4.

Lessons, captions, staleness and the truth tests read this file and nothing else. Times are on the
video's own clock, counted in whole frames. ``docs/record.md`` describes every field.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from network import InputError

SCHEMA = 1
FIELDS = {
    "schema": int,
    "clip": str,
    "title": str,
    "source": dict,
    "variant": dict,
    "inputs": list,
    "network": dict,
    "forward_pass": dict,
    "video": dict,
    "beats": list,
    "cues": list,
    "snapshots": list,
    "numbers": list,
    "edges": list,
    "texts": list,
    "light_scales": list,
    "readings": list,
}


def sha256(data: bytes) -> str:
    """Hex digest of bytes."""
    return hashlib.sha256(data).hexdigest()


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write a record under its final name only when it is whole."""
    # At once: json.dump would encode piece by piece in Python, many times as slowly.
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


def read_record(path: Path) -> dict[str, Any]:
    """Read and check a record.

    Raises
    ------
    InputError
        The file is missing, is not a record, or is one of another schema.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: no record there ({error.strerror}).") from error
    except ValueError as error:
        raise InputError(f"{path}: not a record, expected JSON ({error}).") from error
    if not isinstance(record, dict):
        raise InputError(f"{path}: not a record, expected an object of fields.")
    for name, kind in FIELDS.items():
        if not isinstance(record.get(name), kind):
            raise InputError(
                f"{path}: field {name!r} is {type(record.get(name)).__name__}, "
                f"expected {kind.__name__}."
            )
    if record["schema"] != SCHEMA:
        raise InputError(
            f"{path}: a record of schema {record['schema']}, expected {SCHEMA}; render it again."
        )
    return record
