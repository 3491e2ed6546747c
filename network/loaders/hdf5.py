"""HDF5 files, read in a process of their own.

The library below h5py is written in C, and a wrong byte can be enough to make it loop for ever. The
process that reads a file has little time and memory, and hands back arrays; if it dies or stays
away, the file was damaged. Only what lies in the file itself is read: no link and no data set may
lead to another file.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from network.errors import InputError
from network.loaders.common import DAMAGE, MAX_BYTES, MAX_LAYERS, Anything, optional

MAX_CONFIG = 4 * 2**20
MAX_DEPTH = 8
MAX_ARRAYS = 4 * MAX_LAYERS
MAX_GROUPS = 1000
# What the reading process may use: a whole network takes a second and 200 MB.
CPU_SECONDS, WALL_SECONDS, MEMORY = 10, 60, 3 * 2**30
REFUSED = 3


@dataclass(frozen=True)
class Weights:
    """The arrays of a file by their path, the JSON that describes the model, if there is any, and
    the names that Keras 3 keeps of the layers whose groups it numbers."""

    arrays: dict[str, Anything]
    config: str | None
    labels: dict[str, str]


def read(data: bytes) -> Weights:
    """The content of an HDF5 file that Keras wrote.

    Raises InputError for links and what is too large, ValueError for damage.
    """
    optional("h5py", "keras")
    root = str(Path(__file__).resolve().parents[2])
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [sys.executable, "-P", "-c", "from network.loaders.hdf5 import main; main()"]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=WALL_SECONDS, env=environment
        )
    except subprocess.TimeoutExpired as error:
        raise ValueError("no end of reading") from error
    if done.returncode == REFUSED:
        raise InputError(done.stdout.decode("utf-8"))
    if done.returncode != 0:
        raise ValueError("damaged")
    with np.load(io.BytesIO(done.stdout), allow_pickle=False) as found:
        header = json.loads(found["header"].tobytes())
        arrays = {path: found[f"array_{n}"] for n, path in enumerate(header["paths"])}
    return Weights(arrays, header["config"], header["labels"])


def main() -> None:
    """In the process of its own: HDF5 from stdin, NumPy's .npz to stdout."""
    data = sys.stdin.buffer.read()
    _limit()
    try:
        weights = parse(data)
    except InputError as error:
        sys.stdout.write(str(error))
        sys.exit(REFUSED)
    except DAMAGE:
        sys.exit(1)
    header = {"paths": list(weights.arrays), "config": weights.config, "labels": weights.labels}
    members = {f"array_{n}": array for n, array in enumerate(weights.arrays.values())}
    members["header"] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    np.savez(sys.stdout.buffer, **members)  # type: ignore[arg-type]


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows; the time on the wall is limited all the same
        return
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def parse(data: bytes) -> Weights:
    """The same as ``read``, in this process, which a damaged file may hold up for ever."""
    h5py = optional("h5py", "keras")
    with h5py.File(io.BytesIO(data), "r") as root:
        config = None
        if "model_config" in root.attrs:
            config = root.attrs["model_config"]
            config = config.decode("utf-8") if isinstance(config, bytes) else str(config)
            if len(config) > MAX_CONFIG:
                raise InputError(f"found {len(config):,} bytes of configuration, expected fewer")
        start = root["model_weights"] if "model_weights" in root else root
        labels: dict[str, str] = {}
        arrays: dict[str, Anything] = {}
        size = 0
        groups = iter(range(MAX_GROUPS))
        for path, data_set in _walk(h5py, start, "", labels, groups):
            size += data_set.size * max(8, data_set.dtype.itemsize)
            if len(arrays) == MAX_ARRAYS or size > 2 * MAX_BYTES:
                raise InputError(
                    f"found {len(arrays) + 1} arrays of {size:,} bytes or more, "
                    "expected a small network"
                )
            arrays[path] = _array(path, data_set)
    return Weights(arrays, config, labels)


def _walk(
    h5py: Any, group: Any, before: str, labels: dict[str, str], groups: Iterator[int]
) -> Iterator[tuple[str, Any]]:
    if before.count("/") > MAX_DEPTH or next(groups, None) is None:
        raise InputError(
            f"found groups more than {MAX_DEPTH} deep or more than {MAX_GROUPS}, expected fewer"
        )
    if before.endswith("/vars/") and "name" in group.attrs:
        labels[before.removesuffix("/vars/")] = str(group.attrs["name"])[:200]
    for name in group:
        path = f"{before}{name}"
        if path in ("optimizer", "optimizer_weights") or name == "seed_generator":
            continue
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise InputError(f"found {path[:80]!r} to be a link, expected arrays in the file")
        item = group[name]
        if isinstance(item, h5py.Dataset):
            yield path, item
        else:
            yield from _walk(h5py, item, f"{path}/", labels, groups)


def _array(path: str, data_set: Any) -> Anything:
    if data_set.external or data_set.is_virtual:
        raise InputError(f"found {path[:80]!r} in another file, expected arrays in this one")
    if data_set.dtype.kind not in "fiu":
        raise InputError(f"found {path[:80]!r} of type {data_set.dtype}, expected numbers")
    return np.asarray(data_set[()])
