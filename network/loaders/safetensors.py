"""``.safetensors``: named tensors, without a graph.

Names and shapes tell the layers (see ``network.loaders.common``); the activations are given, or
stand in the file's metadata::

    save_file(tensors, path, metadata={"activations": "relu,softmax"})
"""

from __future__ import annotations

from pathlib import Path

from network.errors import InputError, printable
from network.loaders.common import (
    DAMAGE,
    Options,
    limited,
    limited_arrays,
    linears_of,
    mlp_of,
    optional,
)
from network.mlp import MLP

MAX_HEADER = 2**20  # bytes of names and shapes, which the library would read whole


def load(file: Path, options: Options) -> MLP:
    """Raises InputError if the file is damaged or not a network that litnet can film."""
    library = optional("safetensors", "safetensors")
    limited(file.stat().st_size)
    try:
        with file.open("rb") as stream:
            header = int.from_bytes(stream.read(8), "little")
        if header > MAX_HEADER:
            raise InputError(
                f"found a header of {header:,} bytes, expected .safetensors with at most "
                f"{MAX_HEADER:,} (damaged or not .safetensors)"
            )
        with library.safe_open(file, framework="numpy") as opened:
            metadata = opened.metadata() or {}
            names = list(opened.keys())
            limited_arrays([opened.get_slice(name).get_shape() for name in names])
            tensors = {name: opened.get_tensor(name) for name in names}
    except InputError:
        raise
    except (*DAMAGE, library.SafetensorError) as error:
        raise InputError(
            f"found a file that is damaged or not .safetensors ({_short(error)}), "
            "expected tensors of floats"
        ) from error
    said = metadata.get("activations")
    return mlp_of(
        linears_of(tensors),
        options,
        in_order=False,  # the format sorts by name
        convention=_convention(tensors, metadata),
        activations=None if said is None else [name.strip() for name in said.split(",")],
    )


def _convention(tensors: object, metadata: dict[str, str]) -> bool | None:
    """PyTorch's matrices are (n_out, n_in); "kernel" is Flax's and Keras's word, (n_in, n_out)."""
    names = [str(name).lower() for name in tensors]  # type: ignore[attr-defined]
    if any("kernel" in name for name in names):
        return True
    return False if metadata.get("format") == "pt" else None


def _short(error: BaseException) -> str:
    return printable(" ".join(str(error)[:1000].split()), 120)
