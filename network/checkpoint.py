"""Networks in files.

The ``.npz`` format, "litnet-1": a zip of NumPy arrays, none of them pickled, with exactly these
keys, layers counted from 1 (the first layer of weights) without gaps:

======================  ====================================================================
``format``              the string ``litnet-1``
``weights_1``           floats (n_out, n_in): row i holds the weights into neuron i
``biases_1``            floats (n_out,)
``activation_1``        a string, a name in ``network.ACTIVATIONS``
``input``               optional: a string, the formula for which the first layer took in how
                        the input was scaled when the network was trained: ``255 x``
``weights_2``, ...      the same for each further layer; n_in is the n_out of the layer before
======================  ====================================================================

Such a file is written by ``save_network``, or by hand::

    np.savez("mine.npz", format="litnet-1", weights_1=w, biases_1=b, activation_1="sigmoid")

A model file is data: nothing in it is ever executed.
"""

from __future__ import annotations

import io
import os
import warnings
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from network.errors import InputError, printable
from network.files import check_file, opened, written_whole
from network.loaders import keras, npz, onnx, pytorch, safetensors
from network.loaders.common import DAMAGE, WAY_OUT, NoActivationsError, Options
from network.loaders.npz import FORMAT
from network.mlp import MLP


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
    film, one of more than MAX_PARAMETERS or MAX_LAYERS (``network.loaders.common``), or if
    something has to be said about it that was not, or was said without need.
    """
    file = Path(path)
    loader = LOADERS.get(file.suffix.lower())
    if loader is None:
        _has_a_way_out(file)
        raise InputError(
            f"{printable(file)}: found the suffix {printable(repr(file.suffix), 40)}, "
            f"expected one of {', '.join(LOADERS)}"
        )
    check_file(file, "expected a network")
    try:
        with warnings.catch_warnings():
            # What a library says of a strange file; what is wrong with it is said in a sentence.
            warnings.simplefilter("ignore")
            return loader(file, Options(transpose, tuple(activations) if activations else None))
    except NoActivationsError as error:
        raise NoActivationsError(error.count, file) from error
    except InputError as error:
        raise InputError(f"{printable(file)}: {error}") from error


def how_it_reads(path: str | os.PathLike[str]) -> str:
    """What ``save_network`` kept as ``read_as``, or "". Raises InputError for a damaged file."""
    file = Path(path)
    if file.suffix.lower() != ".npz":
        return ""
    try:
        array = npz.read_arrays(file).get("input")
    except DAMAGE as error:
        raise InputError(f"{printable(file)}: damaged") from error
    return "" if array is None or array.dtype.kind != "U" else printable(array.reshape(-1)[0], 80)


def _has_a_way_out(file: Path) -> None:
    """Raises InputError, with what to do, for what other programs keep numbers in."""
    suffix = file.suffix.lower()
    if suffix not in (".json", ".pkl", ".pickle", ".joblib", ".p", ".dat", ".npy", ".mat", ""):
        return
    check_file(file, "expected a network")
    with opened(file) as stream:
        beginning = stream.read(8)
    kind = None
    if beginning.startswith(b"\x80") or suffix in (".pkl", ".pickle", ".joblib"):
        kind = "a pickle, which is a program and never opened"
    elif suffix in (".json", ".mat"):
        kind = f"{suffix[1:].upper()}, of which every program writes its own kind"
    if kind:
        raise InputError(f"{printable(file)}: found {kind}, {WAY_OUT}")


def save_network(mlp: MLP, path: str | os.PathLike[str], *, read_as: str = "") -> None:
    """Write ``mlp`` as ``.npz``: the same network gives the same bytes, whenever and wherever.

    ``read_as`` says what the first layer took in of how its input was prepared, as a formula of a
    pixel x in [0, 1]: "255 x".

    The file appears whole or not at all. Raises InputError for another suffix or a folder that
    cannot be written to.
    """
    file = Path(path)
    if file.suffix.lower() != ".npz":
        raise InputError(
            f"{printable(file)}: found the suffix {printable(repr(file.suffix), 40)}, expected .npz"
        )
    arrays: dict[str, npt.NDArray[np.generic]] = {"format": np.array(FORMAT, dtype="<U8")}
    for number, layer in enumerate(mlp.layers, start=1):
        arrays[f"weights_{number}"] = layer.weights.astype("<f8", copy=False)
        arrays[f"biases_{number}"] = layer.biases.astype("<f8", copy=False)
        name = layer.activation
        arrays[f"activation_{number}"] = np.array(name, dtype=f"<U{len(name)}")
    if read_as:
        arrays["input"] = np.array(read_as)
    with written_whole(file) as temporary, temporary.open("wb") as stream:
        write_zip(stream, arrays)
        stream.flush()
        os.fsync(stream.fileno())


def write_zip(stream: io.BufferedWriter, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
    """Write arrays as an ``.npz``, each under its name: the same ones give the same bytes."""
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


LOADERS: dict[str, Callable[[Path, Options], MLP]] = {
    ".npz": npz.load,
    ".safetensors": safetensors.load,
    ".pt": pytorch.load,
    ".pth": pytorch.load,
    ".keras": keras.load,
    ".h5": keras.load,  # .weights.h5 ends in it, too
    ".onnx": onnx.load,
}
