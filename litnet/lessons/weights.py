"""A network for a page: what ``<lit-network>`` reads, as one classic script.

A page that was opened from a file may not fetch anything, but it may load scripts. So the numbers
stand in base64 in one:

    (globalThis.litnetNetworks??={})["vanilla"]={"schema":1,"sizes":[784,16,16,10],...};

======================  ====================================================================
``sizes``               neurons in each layer, the input first
``activations``         the name of each layer's activation, as in ``network.ACTIVATIONS``
``classes``             what the outputs are called
``dtype``               ``float32`` or ``float64``
``weights``             base64 of little-endian floats: for each layer the weights (n_out, n_in),
                        row by row, then the biases (n_out,)
``crc32``               of those bytes, so that a damaged file is noticed
``examples``            ``[{"label": "3", "pixels": base64 of side x side bytes}]``
``packed``              whether ``weights`` are deflated (zlib), all first bytes before all second
                        ones and so on; ``examples`` are then labels alone, and ``pixels`` base64
                        of the deflated pixels of all of them. Files are packed, ``export`` is not
``learning``            what ``litnet.lessons.learning.write_learning`` gave: the files beside this
                        one to learn with; the page shows how only if it is there
======================  ====================================================================
"""

from __future__ import annotations

import base64
import os
import re
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litnet.lessons.text import script as script_of
from network.errors import InputError
from network.files import written_whole

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from network import MLP

SCHEMA = 1
# float32 is kept only if no activation moves by more than half of what is promised (1e-6).
TOLERANCE = 5e-7
TRIED = 1000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

# A picture (rows, columns) in [0, 1] and what it shows.
Example = tuple[str, "npt.NDArray[np.floating[Any]]"]


def export(
    network: MLP,
    name: str,
    classes: Sequence[str] | None = None,
    examples: Sequence[Example] = (),
    learning: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What the page gets to know of a network, as plain data.

    ``classes`` names the outputs ("0", "1", ... without it); ``examples`` are pictures of as many
    pixels as the network reads, each with what it shows, kept as the nearest 8-bit grey values.
    Raises InputError for a name that is no plain word, or for classes or pictures that do not fit.
    """
    import numpy as np

    from network.digits import as_bytes

    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name[:80]!r}: found a name that cannot be used, expected up to 64 letters, digits, "
            "dots, dashes and underscores"
        )
    outputs = network.sizes[-1]
    names = [str(k) for k in range(outputs)] if classes is None else [str(c) for c in classes]
    if len(names) != outputs:
        raise InputError(
            f"classes: found {len(names)} names, expected {outputs}, one for each output"
        )
    pictures = []
    for label, image in examples:
        if image.size != network.sizes[0]:
            raise InputError(
                f"example {label!r}: found {image.size} pixels, expected {network.sizes[0]}"
            )
        pixels = as_bytes(image).tobytes()
        pictures.append({"label": str(label), "pixels": base64.b64encode(pixels).decode()})
    dtype = precision(network)
    data = b"".join(
        np.ascontiguousarray(part, dtype="<f4" if dtype == "float32" else "<f8").tobytes()
        for layer in network.layers
        for part in (layer.weights, layer.biases)
    )
    return {
        "schema": SCHEMA,
        "name": name,
        "sizes": list(network.sizes),
        "activations": [layer.activation for layer in network.layers],
        "classes": names,
        "digest": network.digest,
        "dtype": dtype,
        "crc32": zlib.crc32(data),
        "examples": pictures,
        **({"learning": dict(learning)} if learning else {}),
        "weights": base64.b64encode(data).decode(),
    }


def packed(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same, a fifth shorter: what :func:`export` gave, deflated.

    The first bytes of floats, sign and exponent, are much alike, and the last are noise: together
    each kind deflates better.
    """
    size = 4 if data["dtype"] == "float32" else 8
    numbers = base64.b64decode(data["weights"])
    planes = b"".join(numbers[start::size] for start in range(size))
    pixels = b"".join(base64.b64decode(one["pixels"]) for one in data["examples"])
    return {
        **data,
        "packed": True,
        "examples": [one["label"] for one in data["examples"]],
        "pixels": _deflated(pixels),
        "weights": _deflated(planes),
    }


def _deflated(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 9)).decode()


def precision(network: MLP) -> str:
    """``float32`` if the network computes the same with such weights, else ``float64``.

    The same: on 1,000 inputs, of noise and of strokes of all densities, no activation of any layer
    differs by more than ``TOLERANCE``. Weights that were trained in float32 differ by nothing.
    """
    import numpy as np

    from network import MLP, Dense

    single = [
        (layer.weights.astype("<f4"), layer.biases.astype("<f4"), layer.activation)
        for layer in network.layers
    ]
    if not all(np.isfinite(w).all() and np.isfinite(b).all() for w, b, _ in single):
        return "float64"
    rounded = MLP(tuple(Dense(w, b, activation) for w, b, activation in single))
    if rounded.digest == network.digest:
        return "float32"
    rng = np.random.default_rng(0)
    inputs = rng.uniform(size=(TRIED, network.sizes[0]))
    inputs *= inputs < rng.uniform(size=(TRIED, 1))
    pairs = zip(
        network.forward(inputs).activations, rounded.forward(inputs).activations, strict=True
    )
    moved = max(float(np.abs(exact - near).max()) for exact, near in pairs)
    return "float32" if moved <= TOLERANCE else "float64"


def script(data: dict[str, Any]) -> str:
    """The data as a classic script that puts it under its name; nothing in it can end a tag."""
    return script_of("litnetNetworks", data["name"], data)


def write_weights(
    network: MLP,
    path: str | os.PathLike[str],
    name: str,
    *,
    classes: Sequence[str] | None = None,
    examples: Sequence[Example] = (),
    learning: Mapping[str, Any] | None = None,
) -> Path:
    """Write a network as ``<name>.weights.js``: whole, or not at all. Returns the path.

    Arguments as for :func:`export`; ``network.classes.class_names`` reads the classes of a
    model from its card. Raises InputError for another suffix than ``.js``, what does not fit, or
    a folder that cannot be written to.
    """
    file = Path(path)
    if file.suffix != ".js":
        raise InputError(f"{file}: found the suffix {file.suffix!r}, expected .js")
    text = script(packed(export(network, name, classes, examples, learning)))
    with written_whole(file) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return file
