"""HDF5 files: the arrays in one, and the JSON that describes the model.

Only what lies in the file itself is read: no link and no data set may lead to another file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from network.errors import InputError, printable
from network.loaders.common import (
    MAX_NAME,
    Anything,
    limited_arrays,
    optional,
)

MAX_CONFIG = 4 * 2**20
MAX_DEPTH = 8
MAX_GROUPS = 1000


@dataclass(frozen=True)
class Weights:
    """The arrays of a file by their path, the JSON that describes the model, if there is any, and
    the names that Keras 3 keeps of the layers whose groups it numbers."""

    arrays: dict[str, Anything]
    config: str | None
    labels: dict[str, str]


def read(stream: BinaryIO) -> Weights:
    """The content of an HDF5 file that Keras wrote; a damaged one may hold up the library for ever.

    Raises InputError for links and what is too large, any of DAMAGE for damage.
    """
    h5py = optional("h5py", "keras")
    with h5py.File(stream, "r") as root:
        config = _text(root, "model_config", MAX_CONFIG)
        start = root["model_weights"] if "model_weights" in root else root
        labels: dict[str, str] = {}
        groups = iter(range(MAX_GROUPS))
        found: dict[str, Any] = {}
        for path, data_set in _walk(h5py, start, "", labels, groups):
            found[path] = data_set
            # Several names may lead to one data set, and none of its numbers need be in the file.
            limited_arrays([one.shape or () for one in found.values()])
        arrays = {path: _array(path, data_set) for path, data_set in found.items()}
    return Weights(arrays, config, labels)


def _text(group: Any, name: str, most: int) -> str | None:
    """An attribute that is a text, or None. Raises InputError for one of more than ``most``."""
    if name not in group.attrs:
        return None
    attribute = group.attrs.get_id(name)
    if attribute.shape not in ((), None) or attribute.get_storage_size() > most:
        raise InputError(f"found the attribute {name} of shape {attribute.shape}, expected a text")
    value = group.attrs[name]
    text = value.decode("utf-8") if isinstance(value, bytes) else str(value)
    if len(text) > most:
        raise InputError(f"found {len(text):,} letters of {name}, expected at most {most:,}")
    return text


def _walk(
    h5py: Any, group: Any, before: str, labels: dict[str, str], groups: Iterator[int]
) -> Iterator[tuple[str, Any]]:
    if before.count("/") > MAX_DEPTH or next(groups, None) is None or len(group) > MAX_GROUPS:
        raise InputError(
            f"found groups more than {MAX_DEPTH} deep or more than {MAX_GROUPS}, expected fewer"
        )
    if before.endswith("/vars/") and "name" in group.attrs:
        labels[before.removesuffix("/vars/")] = _text(group, "name", 64 * MAX_NAME) or ""
    for name in group:
        path = f"{before}{name}"
        if path in ("optimizer", "optimizer_weights") or name == "seed_generator":
            continue
        if len(name) > MAX_NAME:
            raise InputError(f"found a name of {len(name)} letters, expected at most {MAX_NAME}")
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise InputError(
                f"found {printable(path, 80)} to be a link, expected arrays in the file"
            )
        item = group[name]
        if isinstance(item, h5py.Dataset):
            yield path, item
        else:
            yield from _walk(h5py, item, f"{path}/", labels, groups)


def _array(path: str, data_set: Any) -> Anything:
    shown = printable(path, 80)
    if data_set.external or data_set.is_virtual:
        raise InputError(f"found {shown} in another file, expected arrays in this one")
    if data_set.dtype.kind not in "fiu":
        raise InputError(f"found {shown} of type {printable(data_set.dtype, 40)}, expected numbers")
    return np.asarray(data_set[()])
