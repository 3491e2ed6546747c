"""What a library written in C makes of somebody's file, in a process of its own.

One wrong byte can be enough to make such a library loop for ever or crash, and a few kilobytes can
declare gigabytes. The process that reads a file has little memory and time, and hands back plain
facts and arrays; if it dies or stays away, the file was damaged or far too large.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from network.errors import InputError

Arrays = Sequence[npt.NDArray[Any]]

# The largest network, and the largest picture, take about 350 MB and a few seconds to be read.
MEMORY = 448 * 2**20
CPU_SECONDS, WALL_SECONDS = 20, 60


class LostError(ValueError):
    """The process that read a file ended without an answer."""


def read_apart(function: str, *arguments: Any) -> tuple[dict[str, Any], Arrays]:
    """What ``function`` ("package.module:name") returns for ``arguments``, which JSON can hold.

    It returns facts, which JSON can hold, and arrays of numbers.

    Raises
    ------
    InputError
        The function raised it, with the same sentence.
    LostError
        It ended in another way, or took more than MEMORY, CPU_SECONDS or WALL_SECONDS.
    """
    root = str(Path(__file__).resolve().parents[1])
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [sys.executable, "-P", "-c", "from network.apart import main; main()"]
    request = json.dumps([function, arguments]).encode()
    try:
        done = subprocess.run(
            command, input=request, capture_output=True, timeout=WALL_SECONDS, env=environment
        )
    except subprocess.TimeoutExpired as error:
        raise LostError("no end of reading") from error
    if done.returncode != 0:
        raise LostError("no answer")
    with np.load(io.BytesIO(done.stdout), allow_pickle=False) as found:
        facts = json.loads(found["facts"].tobytes())
        arrays = [found[f"array_{n}"] for n in range(len(found.files) - 1)]
    if "refused" in facts:
        raise InputError(facts["refused"])
    return facts, arrays


def main() -> None:
    """In the process of its own: a request from stdin, NumPy's .npz to stdout."""
    function, arguments = json.loads(sys.stdin.buffer.read())
    _limit()
    module, _, name = function.partition(":")
    facts: dict[str, Any]
    arrays: Arrays
    try:
        facts, arrays = getattr(import_module(module), name)(*arguments)
    except InputError as error:
        facts, arrays = {"refused": str(error)}, []
    members = {f"array_{n}": array for n, array in enumerate(arrays)}
    members["facts"] = np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8)
    np.savez(sys.stdout.buffer, **members)  # type: ignore[arg-type]


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows; the time on the wall is limited all the same
        return
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # All memory that can be written to; the code of libraries, mapped from files, isn't.
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
