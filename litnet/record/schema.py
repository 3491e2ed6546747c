"""The record of a clip: what was shown, and why, in one JSON file beside the MP4.

Lessons, captions, staleness and the truth tests read this file and nothing else. It is defined
here, once, and decoding is validating. ``docs/record.md`` says what each field means.
"""

from __future__ import annotations

import json
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field

from network.errors import InputError, printable
from network.files import read_bytes

SCHEMA = 1
# A film of 64 pictures of weights has 20 MB and a million values. A hostile file of these sizes
# takes less than 500 MB while it is read.
MOST_BYTES = 64 * 2**20
MOST_VALUES = 6_000_000

Count = Annotated[int, Meta(ge=0)]
Floats = tuple[float, ...]
Digest = Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?\Z")]


class Source(Struct, frozen=True):
    """Where the story stands."""

    file: str | None
    scene: str | None


class Variant(Struct, frozen=True, kw_only=True):
    """What this rendering shows; null where the clip uses none."""

    model: str | None
    digit: str | None
    language: str | None
    voice: str | None = None
    baseline: str | UnsetType | None = field(name="before", default=UNSET)
    history: str | None = None
    training: str | None = None
    read_as: str | None = None
    captions: str | None = None
    theme: str | None = None
    quality: str


class LayerDigests(Struct, frozen=True):
    """The sha256 of a layer's parameters."""

    weights: Digest
    biases: Digest


class Network(Struct, frozen=True, omit_defaults=True):
    """The network that was run; empty where none was."""

    sizes: tuple[Count, ...] = ()
    activations: tuple[str, ...] = ()
    parameters: Count = 0
    digest: Digest = ""
    layer_digests: tuple[LayerDigests, ...] = ()


class ReadAs(Struct, frozen=True, omit_defaults=True):
    """How the picture of a digit was read: its ink darker or lighter than its paper, prepared or as
    it is; and what was said of that."""

    ink: Literal["dark", "light"]
    prepared: bool
    said: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.ink}-ink {'prepare' if self.prepared else 'as-is'}"


class Input(Struct, frozen=True, kw_only=True):
    """Something that the clip was made from; which fields follow depends on the role."""

    path: str
    sha256: Digest
    role: str
    label: int | UnsetType | None = UNSET
    read_as: ReadAs | UnsetType = UNSET
    sizes: tuple[Count, ...] | UnsetType = UNSET
    activations: tuple[str, ...] | UnsetType = UNSET
    parameters: Count | UnsetType = UNSET
    digest: Digest | UnsetType = UNSET
    layer_digests: tuple[LayerDigests, ...] | UnsetType = UNSET
    loader: Digest | UnsetType = UNSET
    seed: Count | UnsetType = UNSET
    epochs: Count | UnsetType = UNSET
    setting: str | UnsetType = UNSET
    classes: tuple[str, ...] | UnsetType = UNSET
    values: dict[str, str] | UnsetType = UNSET
    keys: tuple[str, ...] | UnsetType = UNSET
    said: Digest | UnsetType = UNSET
    name: str | UnsetType = UNSET
    place: Count | UnsetType = UNSET
    beat: str | UnsetType = UNSET
    until: str | UnsetType = UNSET


class ForwardPass(Struct, frozen=True, omit_defaults=True):
    """What the network made of the digit; empty where none was run."""

    activations: tuple[Floats, ...] = ()
    prediction: Count | None = None
    confidence: float | None = None

    def __post_init__(self) -> None:
        _check_prediction(self.activations, self.prediction)


class Change(Struct, frozen=True):
    """One number of a network that was turned by hand to another ``value``.

    It is the weight from neuron ``input`` of the layer before, or where that is null the bias, of
    ``neuron`` of ``layer``, which counts from 1.
    """

    layer: Count
    neuron: Count
    input: Count | None
    value: float


class Reading(Struct, frozen=True):
    """What a network made of one more digit; with a ``change``, that network with a knob turned."""

    model: str
    digit: str
    label: int | None
    activations: tuple[Floats, ...]
    prediction: Count
    confidence: float
    change: Change | UnsetType = UNSET

    def __post_init__(self) -> None:
        _check_prediction(self.activations, self.prediction)


Color = Annotated[str, Meta(pattern=r"^#[0-9A-F]{6}\Z")]


class Theme(Struct, frozen=True):
    """The look of a film: how the light of a cell, 0 to 1, is seen in it.

    From ``dark``, the colour of a cell without light, which is that of the ground, to ``light``,
    in a straight line in sRGB.
    """

    name: str
    dark: Color = "#000000"
    light: Color = "#FFFFFF"


class Video(Struct, frozen=True):
    """The film's file; size in pixels, duration in seconds."""

    file: str
    width: Annotated[int, Meta(ge=1)]
    height: Annotated[int, Meta(ge=1)]
    frame_rate: Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,8}/[1-9][0-9]{0,8}\Z")]
    frames: Count
    duration: Annotated[float, Meta(ge=0)]

    @property
    def rate(self) -> Fraction:
        """Frames a second."""
        return Fraction(self.frame_rate)


class Beat(Struct, frozen=True, kw_only=True):
    """One idea of the story; of a film, one clip."""

    name: str
    title: str
    start: Annotated[float, Meta(ge=0)]
    end: Annotated[float, Meta(ge=0)]
    caption: str
    poster: bool | UnsetType = UNSET

    def __post_init__(self) -> None:
        _check_forward(self.start, self.end)


class Audio(Struct, frozen=True):
    """What a cue was spoken as."""

    key: str
    sha256: Digest
    seconds: Annotated[float, Meta(ge=0)]


class Cue(Struct, frozen=True, kw_only=True):
    """One caption."""

    start: Annotated[float, Meta(ge=0)]
    text: str
    audio: Audio | UnsetType = UNSET
    end: Annotated[float, Meta(ge=0)]

    def __post_init__(self) -> None:
        _check_forward(self.start, self.end)


class Layer(Struct, frozen=True, kw_only=True):
    """A picture or a layer of neurons on screen, or a part of one."""

    layer: Count
    kind: str
    reading: Count | None = None
    illustrative: bool = False
    source: str = ""
    x: Floats
    y: Floats
    radius: float
    cell: tuple[Count, ...]
    value: tuple[float | None, ...]
    light: tuple[float | None, ...]

    def __post_init__(self) -> None:
        _check_lengths(x=self.x, y=self.y, cell=self.cell, value=self.value, light=self.light)


class Signed(Struct, frozen=True, kw_only=True):
    """A picture of signed numbers on screen."""

    source: str
    scale: float
    x: Floats
    y: Floats
    radius: float
    value: Floats
    color: tuple[tuple[float, float, float] | None, ...]

    def __post_init__(self) -> None:
        _check_lengths(x=self.x, y=self.y, value=self.value, color=self.color)


class Measure(Struct, frozen=True, kw_only=True):
    """Numbers on screen as lengths, angles or places on a scale."""

    kind: str
    source: str
    scale: float
    zero_x: Floats
    zero_y: Floats
    x: Floats
    y: Floats
    value: Floats

    def __post_init__(self) -> None:
        _check_lengths(x=self.x, y=self.y, zero_x=self.zero_x, zero_y=self.zero_y, value=self.value)


class Snapshot(Struct, frozen=True):
    """The last frame of a hold."""

    frame: Count
    time: float
    layers: tuple[Layer, ...]
    signed: tuple[Signed, ...] = ()
    measures: tuple[Measure, ...] = ()


class Number(Struct, frozen=True):
    """A number on screen."""

    frame: Count
    text: str
    value: float
    source: str


class Edges(Struct, frozen=True):
    """A bundle of connections on screen, and what they carry; without a source, nothing yet."""

    frame: Count
    layer: Count
    drawn: Count
    total: Count
    source: str = ""
    largest: float = 0.0


class Text(Struct, frozen=True):
    """Words or a number on screen; the box is the left, top, right and bottom of its ink."""

    frame: Count
    text: str
    box: tuple[float, float, float, float]
    height: float
    color: str


class LightScale(Struct, frozen=True, kw_only=True):
    """The interval that is mapped to light from 0 to 1, where it is another one than that."""

    layer: Count
    reading: Count | None = None
    low: float
    high: float


class Part(Struct, frozen=True):
    """One of the clips that a film consists of."""

    clip: str
    name: str
    title: str
    first_frame: Count
    frames: Count
    start: float
    end: float
    beats: tuple[Beat, ...]
    left_out: Count = 0


class File(Struct, frozen=True):
    """A published file."""

    size: Count
    sha256: Digest


class Published(Struct, frozen=True):
    """The name under which a clip is published, and its files by their suffixes."""

    name: str
    files: dict[str, File]


class Record(Struct, frozen=True, kw_only=True):
    """All that a clip says of itself."""

    schema: int
    clip: str
    title: str
    source: Source
    variant: Variant
    inputs: tuple[Input, ...]
    network: Network
    forward_pass: ForwardPass
    theme: Theme = Theme("dark")
    video: Video
    beats: tuple[Beat, ...]
    cues: tuple[Cue, ...]
    parts: tuple[Part, ...] | UnsetType = UNSET
    snapshots: tuple[Snapshot, ...]
    numbers: tuple[Number, ...]
    edges: tuple[Edges, ...]
    texts: tuple[Text, ...]
    light_scales: tuple[LightScale, ...]
    readings: tuple[Reading, ...]
    published: Published | UnsetType = UNSET


Kind = TypeVar("Kind")


class _Schema(Struct):
    schema: int


def _check_forward(start: float, end: float) -> None:
    if end < start:
        raise ValueError(f"Expected an `end` from {start} on, got {end}")


def _check_lengths(**arrays: tuple[Any, ...]) -> None:
    first = len(arrays["x"])
    for name, array in arrays.items():
        if len(array) != first:
            raise ValueError(f"Expected {first} of `{name}`, got {len(array)}")


def _check_prediction(activations: tuple[Floats, ...], prediction: int | None) -> None:
    if prediction is not None and not (activations and prediction < len(activations[-1])):
        raise ValueError(f"Expected a `prediction` among the outputs, got {prediction}")


def decode(data: bytes, name: str) -> Record:
    """The record in the bytes of a file (or from a place) of that name.

    Fields that are not known, of a later litnet, are passed over.

    Raises
    ------
    InputError
        It is no record, or one of another schema; the sentence says where in it.
    """
    name = printable(name)
    if len(data) > MOST_BYTES or data.count(b",") > MOST_VALUES:
        raise InputError(f"{name}: too large for a record, expected at most {MOST_BYTES:,} bytes.")
    try:
        found = msgspec.json.decode(data, type=_Schema).schema
        if found != SCHEMA:
            raise InputError(
                f"{name}: a record of schema {found}, expected {SCHEMA}; render it again."
            )
        return _with_baseline(msgspec.json.decode(data, type=Record))
    except InputError:
        raise
    except RecursionError as error:
        raise InputError(f"{name}: not a record, it is nested too deeply.") from error
    except UnicodeError as error:
        raise InputError(f"{name}: not a record, expected JSON in UTF-8.") from error
    except msgspec.ValidationError as error:
        raise InputError(f"{name}: not a record, {_said(str(error))}.") from error
    except msgspec.DecodeError as error:
        raise InputError(f"{name}: not a record, expected JSON ({error}).") from error


def _said(message: str) -> str:
    """What msgspec says of a value, with the place in the record first."""
    what, _, path = message.partition(" - at `$")
    what = printable(what.replace("`", ""))
    what = what[:1].lower() + what[1:]
    return f"in its field {path.rstrip('`').lstrip('.')}: {what}" if path else what


def _with_baseline(record: Record) -> Record:
    """Of a record from before variants named the model that is compared with: its input does."""
    if record.variant.baseline is not UNSET:
        return record
    paths = [one.path for one in record.inputs if one.setting == "before"]
    baseline = next((path for path in paths if path != record.variant.model), None)
    variant = msgspec.structs.replace(record.variant, baseline=baseline)
    return msgspec.structs.replace(record, variant=variant)


def convert(plain: Any, kind: type[Kind]) -> Kind:
    """A part of a record from dicts and lists, checked."""
    return msgspec.convert(plain, kind)


def encode(record: Record) -> bytes:
    """The bytes of a record's file.

    Raises
    ------
    ValueError
        A number in it is not finite.
    """
    plain = msgspec.to_builtins(record)
    text = json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f"{text}\n".encode()


def read_record(path: Path) -> Record:
    """Read and check a record.

    Raises
    ------
    InputError
        As :func:`decode`; or there is no such file, or it is larger than a record can be.
    """
    return decode(read_bytes(path, MOST_BYTES), str(path))


def write_record(path: Path, record: Record) -> None:
    """Write a record under its final name only when it is whole.

    Raises
    ------
    OSError
        It cannot be written; what was there before stays.
    """
    data = encode(record)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}.", suffix=".tmp", delete=False
    ) as file:
        temporary = Path(file.name)
        try:
            file.write(data)
            file.flush()
            temporary.chmod(0o644)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
