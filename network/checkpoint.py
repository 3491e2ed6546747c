"""Networks in files.

The ``.npz`` format, "litnet-1": a zip of NumPy arrays, none of them pickled, with exactly these
keys, layers counted from 1 (the first layer of weights) without gaps:

======================  ====================================================================
``format``              the string ``litnet-1``
``weights_1``           floats (n_out, n_in): row i holds the weights into neuron i
``biases_1``            floats (n_out,)
``activation_1``        a string, a name in ``network.ACTIVATIONS``
``weights_2``, ...      the same for each further layer; n_in is the n_out of the layer before
======================  ====================================================================

Such a file is written by ``save_network``, or by hand::

    np.savez("mine.npz", format="litnet-1", weights_1=w, biases_1=b, activation_1="sigmoid")

A model file is data: nothing in it is ever executed.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from network.errors import InputError
from network.files import written_whole
from network.loaders import keras, onnx, pytorch, safetensors
from network.loaders.common import (
    DAMAGE,
    MAX_BYTES,
    MAX_LAYERS,
    NoActivationsError,
    Options,
    dense,
)
from network.mlp import MLP

FORMAT = "litnet-1"


def load_network(
    path: str | os.PathLike[str],
    *,
    transpose: bool | None = None,
    activations: Sequence[str] | None = None,
) -> MLP:
    """Read a network, by the file's suffix (see LOADERS).

    ``transpose`` says that matrices are stored as (n_in, n_out), or with False that they are not;
    None lets the shapes and the format tell. ``activations`` names the activation of every layer
    (one name) or of each, for the formats that hold none.

    Raises InputError, naming the file, if it is missing, broken, not a network that litnet can
    film, or if something has to be said about it that was not, or was said without need.
    """
    file = Path(path)
    loader = LOADERS.get(file.suffix.lower())
    if loader is None:
        raise InputError(
            f"{file}: found the suffix {file.suffix!r}, expected one of {', '.join(LOADERS)}"
        )
    if not file.exists():
        raise InputError(f"{file}: found no such file, expected a network")
    if not file.is_file():
        raise InputError(f"{file}: found something that is not a file, expected a network")
    try:
        return loader(file, Options(transpose, tuple(activations) if activations else None))
    except NoActivationsError as error:
        raise NoActivationsError(error.count, file) from error
    except InputError as error:
        if str(error).startswith(f"{file}: "):
            raise
        raise InputError(f"{file}: {error}") from error


def save_network(mlp: MLP, path: str | os.PathLike[str]) -> None:
    """Write ``mlp`` as ``.npz``: the same network gives the same bytes, whenever and wherever.

    The file appears whole or not at all. Raises InputError for another suffix or a folder that
    cannot be written to.
    """
    file = Path(path)
    if file.suffix.lower() != ".npz":
        raise InputError(f"{file}: found the suffix {file.suffix!r}, expected .npz")
    arrays: dict[str, npt.NDArray[np.generic]] = {"format": np.array(FORMAT, dtype="<U8")}
    for number, layer in enumerate(mlp.layers, start=1):
        arrays[f"weights_{number}"] = layer.weights.astype("<f8", copy=False)
        arrays[f"biases_{number}"] = layer.biases.astype("<f8", copy=False)
        name = layer.activation
        arrays[f"activation_{number}"] = np.array(name, dtype=f"<U{len(name)}")
    with written_whole(file) as temporary, temporary.open("wb") as stream:
        _write_zip(stream, arrays)
        stream.flush()
        os.fsync(stream.fileno())


def _write_zip(stream: io.BufferedWriter, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
    # np.savez would put the time of day into the bytes. Stored, not deflated: the bytes do not
    # depend on the version of zlib.
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.create_system = 3
            member.external_attr = 0o644 << 16
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.asanyarray(array), (1, 0), allow_pickle=False)
            archive.writestr(member, buffer.getvalue())


def _load_npz(file: Path, options: Options) -> MLP:
    options.refuse(f"the format {FORMAT}")
    try:
        with zipfile.ZipFile(file) as archive:
            arrays = _read_members(file, archive)
    except InputError:
        raise
    except DAMAGE as error:
        raise InputError(
            f"{file}: found a file that is damaged or not .npz ({error}), "
            f"expected a network in the format {FORMAT}"
        ) from error
    if "format" not in arrays or not any(re.fullmatch(r"weights_\d+", key) for key in arrays):
        raise InputError(
            f"{file}: found {_shown(arrays)}, expected format, weights_1, biases_1, activation_1, "
            "..."
        )
    found = _string(file, "format", arrays["format"])
    if found != FORMAT:
        raise InputError(f"{file}: found the format {found!r}, expected {FORMAT!r}")
    count = sum(key.startswith("weights_") for key in arrays)
    kinds = ("weights", "biases", "activation")
    expected = ["format"] + [f"{kind}_{n}" for n in range(1, count + 1) for kind in kinds]
    for key in expected:
        if key not in arrays:
            raise InputError(f"{file}: found no {key}, expected {_shown(expected)}")
    for key in arrays:
        if key not in expected:
            raise InputError(f"{file}: found the unknown {key}, expected {_shown(expected)}")
    layers = []
    for n in range(1, count + 1):
        activation = _string(file, f"activation_{n}", arrays[f"activation_{n}"])
        layers.append(dense(n, arrays[f"weights_{n}"], arrays[f"biases_{n}"], activation))
    return MLP(tuple(layers))


def _read_members(file: Path, archive: zipfile.ZipFile) -> dict[str, npt.NDArray[np.generic]]:
    members = archive.infolist()
    if len(members) > 1 + 3 * MAX_LAYERS:
        raise InputError(
            f"{file}: found {len(members)} arrays, expected at most {1 + 3 * MAX_LAYERS}"
        )
    # Sizes are checked before anything is unpacked, because a few kilobytes of zip can declare
    # gigabytes; zipfile itself never gives out more than a member declares.
    declared = sum(member.file_size for member in members)
    if declared > MAX_BYTES:
        raise InputError(
            f"{file}: found arrays of {declared:,} bytes, expected at most {MAX_BYTES:,}"
        )
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for member in members:
        key = member.filename.removesuffix(".npy")
        if key in arrays or key == member.filename:
            raise InputError(
                f"{file}: found the entry {member.filename!r}, expected each array once, as .npy"
            )
        arrays[key] = _read_array(file, key, archive.read(member))
    return arrays


def _read_array(file: Path, key: str, data: bytes) -> npt.NDArray[np.generic]:
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    else:
        shape, _, dtype = np.lib.format.read_array_header_2_0(stream)
    if dtype.kind not in "fiuU":
        raise InputError(
            f"{file}: found {key} of type {dtype}, expected numbers or a string "
            "(objects are never unpickled)"
        )
    # The header may declare more than there is, and NumPy would allocate it first.
    size = dtype.itemsize
    for length in shape:
        size *= length
    if size != len(data) - stream.tell() or min(shape, default=0) < 0:
        raise InputError(
            f"{file}: found {len(data) - stream.tell():,} bytes of {key}, "
            f"expected {size:,} for its shape {shape}"
        )
    stream.seek(0)
    array: npt.NDArray[np.generic] = np.lib.format.read_array(stream, allow_pickle=False)
    return array


def _string(file: Path, key: str, array: npt.NDArray[np.generic]) -> str:
    if array.dtype.kind != "U" or array.size != 1:
        raise InputError(
            f"{file}: found {key} of type {array.dtype} and shape {array.shape}, expected a string"
        )
    return str(array.reshape(())[()])


def _shown(keys: object) -> str:
    names = [str(key)[:40] for key in keys]  # type: ignore[attr-defined]
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "") if names else "nothing"


LOADERS: dict[str, Callable[[Path, Options], MLP]] = {
    ".npz": _load_npz,
    ".safetensors": safetensors.load,
    ".pt": pytorch.load,
    ".pth": pytorch.load,
    ".keras": keras.load,
    ".h5": keras.load,  # .weights.h5 ends in it, too
    ".onnx": onnx.load,
}
