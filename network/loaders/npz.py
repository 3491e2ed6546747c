"""``.npz``: litnet's own format, "litnet-1" (see ``network.checkpoint``), and what others write.

NumPy tutorials end in ``np.savez("mine.npz", W1=W1, b1=b1, ...)``: named arrays, without a graph.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from network.errors import InputError, printable
from network.loaders.common import (
    DAMAGE,
    MAX_LAYERS,
    MAX_NAME,
    Anything,
    Options,
    beginning,
    damaged,
    dense,
    limited_parameters,
    linears_of,
    mlp_of,
    opened_zip,
    unzipped,
)
from network.mlp import MLP

FORMAT = "litnet-1"
MAX_HEADER = 2**14  # NumPy's own take some hundred bytes
MAX_DIMENSIONS = 8


def load(file: Path, options: Options) -> MLP:
    """Raises InputError if the file is damaged or not a network that litnet can film."""
    try:
        arrays = read_arrays(file)
    except InputError:
        raise
    except DAMAGE as error:
        raise damaged(".npz", f"a network in the format {FORMAT}") from error
    texts = any(array.dtype.kind == "U" for array in arrays.values())
    if arrays and "format" not in arrays and not texts:
        return mlp_of(linears_of(arrays), options, in_order=False, convention=None)
    options.refuse(f"the format {FORMAT}")
    if "format" not in arrays or not any(re.fullmatch(r"weights_\d+", key) for key in arrays):
        raise InputError(
            f"found {_shown(arrays)}, expected format, weights_1, biases_1, activation_1, ..."
        )
    found = _string("format", arrays["format"])
    if found != FORMAT:
        raise InputError(f"found the format {found!r}, expected {FORMAT!r}")
    count = sum(key.startswith("weights_") for key in arrays)
    kinds = ("weights", "biases", "activation")
    arrays.pop("input", None)
    expected = ["format"] + [f"{kind}_{n}" for n in range(1, count + 1) for kind in kinds]
    for key in expected:
        if key not in arrays:
            raise InputError(f"found no {key}, expected {_shown(expected)}")
    for key in arrays:
        if key not in expected:
            raise InputError(f"found the unknown {printable(key, 40)}, expected {_shown(expected)}")
    layers = []
    for n in range(1, count + 1):
        activation = _string(f"activation_{n}", arrays[f"activation_{n}"])
        layers.append(dense(n, arrays[f"weights_{n}"], arrays[f"biases_{n}"], activation))
    return MLP(tuple(layers))


@dataclass(frozen=True)
class _Header:
    """What an array's beginning says of it; ``start`` is the place of its first number."""

    key: str
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    fortran: bool
    start: int


def read_arrays(file: Path) -> dict[str, Anything]:
    """All arrays in a file by name. What each declares is checked first, for all of them together.

    Raises InputError for more than MAX_PARAMETERS numbers, or arrays of anything but numbers and
    texts; any of DAMAGE for damage.
    """
    with opened_zip(file) as archive:
        return _arrays(archive)


def _arrays(archive: zipfile.ZipFile) -> dict[str, Anything]:
    names = archive.namelist()
    if len(names) > 1 + 3 * MAX_LAYERS:
        raise InputError(f"found {len(names)} arrays, expected at most {1 + 3 * MAX_LAYERS}")
    headers: dict[str, _Header] = {}
    for name in names:
        key = name.removesuffix(".npy")
        if name in headers or key == name:
            raise InputError(
                f"found the entry {printable(name, 80)}, expected each array once, as .npy"
            )
        headers[name] = _header(key, beginning(archive, name, MAX_HEADER))
    numbers = [header.shape for header in headers.values() if header.dtype.kind != "U"]
    # The header may declare more than there is, and NumPy would allocate it first.
    for name, header in headers.items():
        there = archive.getinfo(name).file_size - header.start
        size = header.dtype.itemsize * prod(header.shape)
        if size != there:
            raise InputError(
                f"found {there:,} bytes of {printable(header.key, 40)}, "
                f"expected {size:,} for its shape {header.shape}"
            )
    limited_parameters(sum(map(prod, numbers)))
    return {header.key: _array(header, unzipped(archive, name)) for name, header in headers.items()}


def _header(key: str, data: bytes) -> _Header:
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    read = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    shape, fortran, dtype = read(stream)
    name = printable(key, 40)
    if dtype.kind not in "fiuU":
        raise InputError(
            f"found {name} of type {printable(dtype, 40)}, expected numbers or a string "
            "(objects are never unpickled)"
        )
    letters = dtype.itemsize // 4 if dtype.kind == "U" else 0
    if letters > MAX_NAME or letters * prod(shape) > MAX_NAME * MAX_LAYERS:
        raise InputError(
            f"found a text of {letters * prod(shape):,} letters in {name}, expected few"
        )
    if len(shape) > MAX_DIMENSIONS or min(shape, default=0) < 0:
        raise InputError(f"found {name} of shape {printable(shape, 40)}, expected (n_out, n_in)")
    return _Header(key, shape, dtype, fortran, stream.tell())


def _array(header: _Header, data: bytes) -> Anything:
    flat = np.frombuffer(data, header.dtype, offset=header.start)
    return flat.reshape(header.shape, order="F" if header.fortran else "C")


def _string(key: str, array: Anything) -> str:
    if array.dtype.kind != "U" or array.size != 1:
        raise InputError(
            f"found {key} of type {array.dtype} and shape {array.shape}, expected a string"
        )
    return str(array.reshape(())[()])


def _shown(keys: object) -> str:
    names = [printable(key, 40) for key in keys]  # type: ignore[attr-defined]
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "") if names else "nothing"
