"""MNIST's training set from its public mirrors, checked and kept.

The two files are those that LeCun, Cortes and Burges published; their checksums are pinned. They
are fetched once; a download that was cut off goes on where it stopped.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from network.errors import InputError
from network.loaders.common import optional

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
# Of each file as it was published: its sha256 in hex.
FILES = {
    "train-images-idx3-ubyte.gz": (
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
    ),
    "train-labels-idx1-ubyte.gz": (
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
    ),
}
# Both together have a sixth of this.
MAX_BYTES = 64 * 2**20
PIECE = 4096  # what is lost at most when a connection breaks
TIMEOUT = 30  # seconds without a byte


def download_mnist(folder: str | os.PathLike[str] | None = None) -> Path:
    """The folder with MNIST's training set, downloaded if it is not there yet.

    Without ``folder`` it lies in the user's cache. Raises InputError if no mirror can be reached
    or none has the right files.
    """
    pooch = optional("pooch", "download")
    pooch.get_logger().setLevel("WARNING")
    place = Path(pooch.os_cache("litnet")) / "mnist" if folder is None else Path(folder)
    for name, digest in FILES.items():
        failures = []
        for mirror in MIRRORS:
            try:
                pooch.retrieve(
                    f"{mirror}{name}",
                    known_hash=f"sha256:{digest}",
                    fname=name,
                    path=place,
                    downloader=_resuming(place / f"{name}.part"),
                )
                break
            except ValueError:  # pooch's word for another checksum
                failures.append(f"{mirror} has another file")
            except OSError as error:  # requests' exceptions are, too
                failures.append(f"{mirror} {_reason(error)}")
        else:
            raise InputError(
                f"{name}: found no mirror that gives it ({'; '.join(failures)}), expected a "
                "connection, or --data with a folder that has MNIST's files"
            )
    return place


def _reason(error: OSError) -> str:
    response = getattr(error, "response", None)
    if response is not None:
        return f"answers {response.status_code}"
    return "cannot be reached" if "onnection" in type(error).__name__ else str(error)[:80]


def _resuming(part: Path) -> Callable[[str, str, Any], None]:
    """A downloader for pooch which keeps what it has in ``part`` until that is whole."""

    def download(url: str, output: str, _: Any) -> None:
        requests = optional("requests", "download")
        part.parent.mkdir(parents=True, exist_ok=True)
        there = part.stat().st_size if part.exists() else 0
        wanted = {"Range": f"bytes={there}-"} if there else {}
        with requests.get(url, headers=wanted, stream=True, timeout=TIMEOUT) as response:
            if response.status_code == 416:  # nothing is left to send: it was whole, or is wrong
                os.replace(part, output)
                return
            response.raise_for_status()
            going_on = response.status_code == 206
            size = there if going_on else 0
            with part.open("ab" if going_on else "wb") as stream:
                for piece in response.iter_content(PIECE):
                    size += len(piece)
                    if size > MAX_BYTES:
                        part.unlink()
                        raise OSError(f"sends more than {MAX_BYTES:,} bytes")
                    stream.write(piece)
        os.replace(part, output)

    return download
