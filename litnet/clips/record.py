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
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from network.errors import InputError, printable
from network.files import read_bytes

T = TypeVar("T")

SCHEMA = 1
MOST_RECORD = 64 * 2**20  # bytes
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Meta(ge=0)]
Side = Annotated[int, Meta(ge=2, le=16_384)]  # pixels; the latter is the limit of H.264
Rate = Annotated[str, Meta(pattern="^[1-9][0-9]{0,5}/[1-9][0-9]{0,5}$")]


class Described(Struct, frozen=True):
    """A published file."""

    size: Count
    sha256: Digest


class _LayerDigests(Struct, frozen=True):
    weights: str
    biases: str


class Input(Struct, frozen=True):
    """What a clip was made from; which fields it has besides these three depends on its role."""

    path: str
    sha256: Digest
    role: str
    digest: str = ""
    sizes: list[int] | None = None
    activations: list[str] | None = None
    layer_digests: list[_LayerDigests] | None = None
    classes: list[str] | None = None
    keys: list[str] | None = None
    values: dict[str, str] | None = None
    name: str = ""
    place: int = 0

    def __post_init__(self) -> None:
        if self.layer_digests is not None:
            counts = [len(self.activations or ()), len(self.layer_digests)]
            if counts != [len(self.sizes or ()) - 1] * 2 or not self.digest:
                raise ValueError("the model's sizes, activations and layer_digests do not fit")
        if "\0" in self.path:
            raise ValueError("the path is none")


class _Variant(Struct, frozen=True):
    model: str | None
    digit: str | None
    language: str | None
    voice: str | None = None
    before: str | None = None


class _Video(Struct, frozen=True):
    file: str
    width: Side
    height: Side
    frame_rate: Rate
    frames: Count
    duration: float


class _Source(Struct, frozen=True):
    file: str | None
    scene: str | None


class _Beat(Struct, frozen=True):
    name: str
    title: str
    start: float
    end: float
    caption: str


class _Audio(Struct, frozen=True):
    key: str
    sha256: str


class _Cue(Struct, frozen=True):
    start: float
    end: float
    text: str
    audio: _Audio | None = None


class _Published(Struct, frozen=True):
    name: str
    files: dict[str, Described]


class _Shape(Struct, frozen=True):
    """The fields of a record, as far as publishing, joining and checking rely on them."""

    schema: int
    clip: str
    title: str
    source: _Source
    variant: _Variant
    inputs: list[Input]
    network: dict[str, Any]
    forward_pass: dict[str, Any]
    video: _Video
    beats: list[_Beat]
    cues: list[_Cue]
    snapshots: list[Any]
    numbers: list[Any]
    edges: list[Any]
    texts: list[Any]
    light_scales: list[Any]
    readings: list[Any]
    published: _Published | None = None


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


def decoded(data: bytes, name: str, what: str) -> Any:
    """What the bytes of a file of JSON say; raises InputError if they are none, or too deep.

    No lone half of a letter gets through, no number that is none and no integer beyond 64 bits, so
    that what is read can also be written.
    """
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{name}: not {what}, expected JSON ({error}).") from error
    except RecursionError as error:
        raise InputError(f"{name}: not {what}, nested too deeply to be read.") from error


def checked(facts: Any, kind: type[T], name: str) -> T:
    """What was decoded, in its own type; raises InputError, naming the place that does not fit."""
    try:
        return msgspec.convert(facts, kind)
    except msgspec.ValidationError as error:
        raise InputError(f"{name}: {printable(error)}.") from error


def read_record(path: Path) -> dict[str, Any]:
    """Read and check a record.

    Raises
    ------
    InputError
        The file is missing, is not a record, or is one of another schema.
    """
    name = printable(path)
    record: dict[str, Any] = decoded(read_bytes(path, MOST_RECORD), name, "a record")
    checked(record, _Shape, name)
    if record["schema"] != SCHEMA:
        raise InputError(
            f"{name}: a record of schema {record['schema']}, expected {SCHEMA}; render it again."
        )
    return record
