"""Keras: ``.keras``, ``.h5`` of whole models, ``.weights.h5`` and ``.h5`` of weights alone.

A whole model names its layers in JSON, their activations with them. Matrices are (n_in, n_out).
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from network.activations import ACTIVATIONS
from network.errors import InputError, printable
from network.loaders import hdf5
from network.loaders.common import (
    DAMAGE,
    Anything,
    Linear,
    Options,
    Steps,
    damaged,
    installed,
    limited,
    load_apart,
    mlp_of,
    not_filmable,
    opened_zip,
    unzipped,
)
from network.loaders.hdf5 import Weights
from network.mlp import MLP

# Layers that let everything through once training is over.
PASSING = {
    "ActivityRegularization",
    "AlphaDropout",
    "Dropout",
    "GaussianDropout",
    "GaussianNoise",
    "InputLayer",
}
# Keras's word for each of ours. Its function leaky_relu has a slope of 0.2, its layer LeakyReLU
# one of 0.3, unless they say otherwise; its gelu is the exact one, unless it says otherwise.
WORDS = {name: name for name in ACTIVATIONS} | {
    "linear": "identity",
    "leaky_relu": "leaky_relu:0.2",
}


EXPECTED = "a model that model.save or model.save_weights wrote"


def load(file: Path, options: Options) -> MLP:
    """Raises InputError if the file is damaged or not a network that litnet can film."""
    installed("h5py", "keras")
    return load_apart("keras", file, options, "Keras's", EXPECTED)


def parse(file: Path, options: Options) -> MLP:
    """The same as ``load``, in this process, which a damaged file may hold up for ever."""
    try:
        if file.suffix.lower() == ".keras":
            text, content = _unzipped(file)
        else:
            limited(file.stat().st_size)
            with file.open("rb") as stream:
                content = hdf5.read(stream)
            text = content.config or ""
        if text:
            options.refuse("a whole Keras model")
            return _whole(json.loads(text), content)
        return _alone(content, options)
    except InputError:
        raise
    except DAMAGE as error:
        raise damaged("Keras's", EXPECTED) from error


def _unzipped(file: Path) -> tuple[str, Weights]:
    with opened_zip(file) as archive:
        config = unzipped(archive, "config.json", hdf5.MAX_CONFIG)
        weights = unzipped(archive, "model.weights.h5")
        return config.decode("utf-8"), hdf5.read(io.BytesIO(weights))


def _role(path: str) -> str:
    """Either "matrix" or "vector" (in this order in the alphabet, too), or the path's last part."""
    last = path.rpartition("/")[2].partition(":")[0]
    return {"0": "matrix", "kernel": "matrix", "1": "vector", "bias": "vector"}.get(last, last)


# --- A whole model ----------------------------------------------------------------------------


def _whole(config: Any, content: Weights) -> MLP:
    kind = printable(config["class_name"], 80)
    if kind not in ("Sequential", "Functional", "Model"):
        raise InputError(
            f"found a model of the class {kind!r}, whose way from input to output is written in "
            "Python, expected a Sequential or Functional one, or save_weights and --activation"
        )
    steps = Steps()
    dense_layers = 0
    dimensions: int | None = None  # of the input, before it is made flat
    before = None
    inner = config["config"]
    layers = inner["layers"] if isinstance(inner, dict) else inner  # Keras before 2.2.3
    for layer in layers:
        kind, settings = printable(layer["class_name"], 80), layer["config"]
        name = str(layer.get("name") or settings.get("name"))
        if layer.get("inbound_nodes"):
            sources = list(_sources(layer["inbound_nodes"]))
            if sources != [before]:
                raise not_filmable(
                    f"{kind} '{printable(name, 80)}' with {len(sources)} inputs in a branch"
                )
        elif before is not None and config["class_name"] != "Sequential":
            raise not_filmable("a model with several inputs")
        before = name
        shape = settings.get("batch_shape") or settings.get("batch_input_shape")
        if shape and dimensions is None:
            dimensions = len(shape) - 1
        if kind == "Dense":
            if dimensions not in (None, 1):
                raise not_filmable(f"Dense '{printable(name, 80)}' on inputs that are not flat")
            dimensions = 1
            matrix, bias = _dense(content, name, dense_layers, bool(settings["use_bias"]))
            dense_layers += 1
            steps.linear(matrix.T, bias)
            steps.activation(_activation(settings.get("activation") or "linear"))
        elif kind == "Flatten":
            dimensions = 1
        elif kind == "Reshape":
            dimensions = len(settings["target_shape"])
            if steps.begun and dimensions != 1:
                raise not_filmable(f"Reshape '{printable(name, 80)}' between layers")
        elif kind == "Activation":
            steps.activation(_activation(settings["activation"]))
        elif kind in ("ReLU", "LeakyReLU", "Softmax"):
            steps.activation(_activation_layer(kind, settings))
        elif kind not in PASSING:
            raise not_filmable(f"the layer {kind} '{printable(name, 80)}'")
    return steps.mlp()


def _sources(nodes: Any) -> Iterator[str]:
    """The layers that a layer reads, in the JSON of Keras 3 and in that of Keras 2."""
    if isinstance(nodes, dict):
        if "keras_history" in nodes:
            yield str(nodes["keras_history"][0])
        else:
            for value in nodes.values():
                yield from _sources(value)
    elif isinstance(nodes, list):
        if len(nodes) >= 3 and isinstance(nodes[0], str) and nodes[1:3] == [0, 0]:
            yield nodes[0]
        else:
            for value in nodes:
                yield from _sources(value)


def _dense(
    content: Weights, name: str, number: int, use_bias: bool
) -> tuple[Anything, Anything | None]:
    """The matrix (n_in, n_out) and the bias of a Dense layer, the ``number``-th one from 0."""
    # Keras 3 names the groups by the class, counted, and keeps the layer's name beside it.
    group = "dense" if number == 0 else f"dense_{number}"
    labelled = [path for path, label in content.labels.items() if label == name]
    places = [*labelled, f"layers/{group}", f"_layer_checkpoint_dependencies/{group}", name]
    for place in places:
        found = _below(place, content)
        if found:
            break
    else:
        raise InputError(f"found no weights of the layer '{printable(name, 80)}', expected some")
    if len(found) != 1 + use_bias or found[0].ndim != 2:
        raise InputError(
            f"found arrays of shapes {', '.join(str(a.shape) for a in found[:4])} for the layer "
            f"'{printable(name, 80)}', expected a matrix" + (" and its bias" if use_bias else "")
        )
    return found[0], found[1] if use_bias else None


def _below(group: str, content: Weights) -> list[Anything]:
    """The arrays below a group: the matrix, then the bias."""
    paths = [path for path in content.arrays if path.startswith(f"{group}/")]
    return [content.arrays[p] for p in sorted(paths, key=lambda path: (_role(path), path))]


def _activation(value: Any) -> str:
    """Our name for what stands as "activation" in a configuration."""
    if isinstance(value, dict):  # a function, or a layer in the place of one
        kind, inner = value.get("class_name"), value.get("config")
        if kind in ("ReLU", "LeakyReLU", "Softmax") and isinstance(inner, dict):
            return _activation_layer(kind, inner)
        value = inner if isinstance(inner, str) else kind
    word = str(value)
    if word not in WORDS:
        raise not_filmable(f"the activation '{printable(word, 80)}'")
    return WORDS[word]


def _activation_layer(kind: str, settings: dict[str, Any]) -> str:
    if kind == "Softmax":
        if settings.get("axis", -1) not in (-1, 1):
            raise not_filmable(f"Softmax along axis {printable(settings['axis'], 20)}")
        return "softmax"
    slope = settings.get("negative_slope", settings.get("alpha"))
    if slope is None:
        slope = 0.0 if kind == "ReLU" else 0.3
    if isinstance(slope, dict):  # a NumPy number in Keras 2
        slope = slope.get("config", slope).get("value", slope)
    if settings.get("max_value") is not None or settings.get("threshold"):
        raise not_filmable("ReLU with a limit or a threshold")
    return "relu" if float(slope) == 0 else f"leaky_relu:{float(slope):g}"


# --- Weights alone ----------------------------------------------------------------------------


def _alone(content: Weights, options: Options) -> MLP:
    stems: dict[str, dict[str, str]] = {}
    for path in content.arrays:
        stem = re.sub(r"/vars$", "", path.rpartition("/")[0])
        stems.setdefault(stem, {})[_role(path)] = path
    linears = []
    for stem, roles in stems.items():
        # A group's number stands in its name; the first has none, as if it were 0.
        name = stem if re.search(r"\d", stem) else f"{stem}_0"
        shapes = ", ".join(str(content.arrays[path].shape) for path in list(roles.values())[:4])
        what = f"'{printable(stem, 80)}' with arrays of shapes {shapes}"
        if not {"matrix"} <= set(roles) <= {"matrix", "vector"}:
            raise not_filmable(what)
        matrix = content.arrays[roles["matrix"]]
        bias = content.arrays[roles["vector"]] if "vector" in roles else None
        if matrix.ndim != 2 or (bias is not None and bias.ndim != 1):
            raise not_filmable(what)
        linears.append(Linear(name, matrix, bias))
    return mlp_of(linears, options, in_order=False, convention=True)
