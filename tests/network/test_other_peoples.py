"""What other people's programs write: scales of the input, NumPy's arrays, shapes in a graph."""

from __future__ import annotations

import json
import pickle
from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np
import onnx
import pytest
from click.testing import CliRunner, Result
from onnx import TensorProto, helper, numpy_helper

from litnet.cli import main
from network import MLP, Dense, InputError, load_network, save_network
from network.checkpoint import how_it_reads
from network.loaders import keras
from network.loaders import onnx as reader
from network.loaders.common import Options

VANILLA = Path(__file__).resolve().parents[2] / "assets" / "models" / "vanilla.npz"
RNG = np.random.default_rng(5)
NODE = helper.make_node


def litnet(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def network() -> MLP:
    return load_network(VANILLA)


def trained_on(network: MLP, scale: float, shift: float) -> MLP:
    """The same network as if it had been trained on scale * x + shift."""
    first = network.layers[0]
    weights = first.weights / scale
    biases = first.biases - shift * weights.sum(axis=1)
    return MLP((Dense(weights, biases, first.activation), *network.layers[1:]))


@pytest.mark.parametrize(
    ("options", "scale", "shift", "formula"),
    [
        (("--input-scale", "255"), 255, 0, "255 x"),
        (("--normalize", "0.1307,0.3081"), 1 / 0.3081, -0.1307 / 0.3081, "(x - 0.1307) / 0.3081"),
        (
            ("--input-scale", "255", "--normalize", "33,78"),
            255 / 78,
            -33 / 78,
            "(255 x - 33) / 78",
        ),
    ],
)
def test_a_network_trained_on_another_scale(
    network: MLP,
    tmp_path: Path,
    options: tuple[str, ...],
    scale: float,
    shift: float,
    formula: str,
) -> None:
    save_network(trained_on(network, scale, shift), tmp_path / "theirs.npz")
    made = litnet("import", tmp_path / "theirs.npz", "-o", tmp_path / "m.npz", *options)
    assert made.exit_code == 0 and formula in made.stdout and not made.stderr
    x = RNG.random((20, 784))
    ours = load_network(tmp_path / "m.npz").forward(x).activations
    for a, b in zip(ours, network.forward(x).activations, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-10)
    assert how_it_reads(tmp_path / "m.npz") == formula
    said = json.loads(litnet("model", "--json", tmp_path / "m.npz").stdout)
    assert said["input"] == formula and said["bundled"]["right"] == 194
    assert formula in litnet("model", tmp_path / "m.npz").stdout


def test_an_accuracy_near_chance_is_said(network: MLP, tmp_path: Path) -> None:
    save_network(trained_on(network, 255, 0), tmp_path / "theirs.npz")
    said = litnet("model", tmp_path / "theirs.npz")
    assert "about as chance would; with --input-scale 255 it reads 194" in said.stderr
    assert not litnet("model", VANILLA).stderr
    assert litnet("model", VANILLA, "--normalize", "1").exit_code == 2


def test_arrays_of_a_tutorial(network: MLP, tmp_path: Path) -> None:
    for column in (True, False):
        arrays = {}
        for number, layer in enumerate(network.layers, start=1):
            arrays[f"W{number}"] = layer.weights
            arrays[f"b{number}"] = layer.biases.reshape((-1, 1) if column else (-1,))
        np.savez(tmp_path / "mine.npz", **arrays)
        read = load_network(tmp_path / "mine.npz", activations=["sigmoid"])
        assert read.digest == network.digest
    with pytest.raises(InputError, match=r"3 layers and no activations.*litnet import"):
        load_network(tmp_path / "mine.npz")


@pytest.mark.parametrize("name", ["m.pkl", "weights_and_biases", "m.json", "m.pth"])
def test_what_is_not_opened_has_a_way_out(tmp_path: Path, name: str) -> None:
    content = [np.ones((2, 2)), np.ones(2)]
    if name.endswith("json"):
        (tmp_path / name).write_text("{}")
    else:
        (tmp_path / name).write_bytes(pickle.dumps(content))
    with pytest.raises(InputError, match=r"np\.savez\(.*litnet import") as caught:
        load_network(tmp_path / name)
    assert "1.6" not in str(caught.value)


# --- ONNX ---


def ints(name: str, *values: int) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(values, dtype=np.int64), name)


ZERO = numpy_helper.from_array(np.array(0, dtype=np.int64), "zero")
VIEW = [
    NODE("Shape", ["x"], ["s"]),
    NODE("Gather", ["s", "zero"], ["n"], axis=0),
    NODE("Unsqueeze", ["n", "first"], ["n1"]),
    NODE("Concat", ["n1", "rest"], ["shape"], axis=0),
    NODE("Reshape", ["x", "shape"], ["flat"]),
]
MEAN = numpy_helper.from_array(np.array(0.1307, "f4"), "mean")
STD = numpy_helper.from_array(np.array([0.3081], "f4"), "std")
PIXELS = numpy_helper.from_array(RNG.random((1, 3, 3)).astype("f4"), "pixels")


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    ("nodes", "scale", "shift"),
    [
        (VIEW, 1, 0),
        ([NODE("Squeeze", ["x", "one"], ["q"]), NODE("Flatten", ["q"], ["flat"])], 1, 0),
        (
            [
                NODE("Sub", ["x", "mean"], ["d"]),
                NODE("Div", ["d", "std"], ["q"]),
                NODE("Dropout", ["q"], ["r", "mask"]),
                NODE("Identity", ["r"], ["i"]),
                NODE("Flatten", ["i"], ["flat"]),
            ],
            1 / 0.3081,
            -0.1307 / 0.3081,
        ),
        (
            [NODE("Mul", ["pixels", "x"], ["p"]), NODE("Flatten", ["p"], ["flat"])],
            numpy_helper.to_array(PIXELS).reshape(-1),
            0,
        ),
        ([NODE("Flatten", ["x"], ["f"]), NODE("Sub", ["mean", "f"], ["flat"])], -1, 0.1307),
    ],
)
def test_graphs_as_exporters_write_them(
    tmp_path: Path,
    nodes: list[onnx.NodeProto],
    scale: float | np.ndarray,
    shift: float,
    backwards: bool,
) -> None:
    w, b = RNG.standard_normal((4, 9)).astype("f4"), RNG.standard_normal(4).astype("f4")
    arrays = [numpy_helper.from_array(w, "w"), numpy_helper.from_array(b, "b")]
    arrays += [ZERO, ints("first", 0), ints("rest", -1), ints("one", 1), MEAN, STD, PIXELS]
    whole = [
        *nodes,
        NODE("Gemm", ["flat", "w", "b"], ["z"], transB=1),
        NODE("Squeeze", ["zero"], ["unused"]),
        NODE("Sigmoid", ["z"], ["y"]),
    ]
    graph = helper.make_graph(
        whole[::-1] if backwards else whole,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, 3, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        arrays,
    )
    path = tmp_path / "m.onnx"
    path.write_bytes(helper.make_model(graph).SerializeToString())
    x = RNG.random((5, 9))
    z = (x * scale + shift) @ w.T.astype(float) + b
    found = reader.parse(path, Options()).forward(x).activations[-1]
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-z)), rtol=1e-5)


def test_a_shape_that_the_next_weights_do_not_fit(tmp_path: Path) -> None:
    graph = helper.make_graph(
        [
            helper.make_node("Reshape", ["x", "s"], ["v"]),
            helper.make_node("MatMul", ["v", "w"], ["y"]),
        ],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 9])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [ints("s", 10**9, 10**9), numpy_helper.from_array(np.ones((9, 4), "f4"), "w")],
    )
    path = tmp_path / "m.onnx"
    path.write_bytes(helper.make_model(graph).SerializeToString())
    with pytest.raises(InputError, match=r"MatMul of 1,000,000,000 numbers with 9 weights each"):
        reader.parse(path, Options())


# --- Keras ---


@pytest.mark.parametrize(
    ("layer", "scale", "shift"),
    [
        (("Rescaling", {"scale": 1 / 255, "offset": -0.5}), 1 / 255, -0.5),
        (("Normalization", {"axis": [-1], "mean": None, "variance": None}), None, None),
        (("Normalization", {"axis": None, "mean": [0.5], "variance": [4.0]}), 0.5, -0.25),
    ],
)
def test_layers_of_keras_that_scale(
    tmp_path: Path,
    layer: tuple[str, dict[str, object]],
    scale: float | None,
    shift: float | None,
) -> None:
    kind, settings = layer
    mean, variance = RNG.random(3), RNG.random(3) + 0.5
    if scale is None:
        scale, shift = np.tile(1 / np.sqrt(variance), 3), np.tile(-mean / np.sqrt(variance), 3)
    matrix = RNG.standard_normal((9, 4))
    layers = [
        ("InputLayer", {"name": "in", "batch_shape": [None, 3, 3]}),
        (kind, {"name": "prepare", **settings}),
        ("Flatten", {"name": "flat"}),
        ("Dense", {"name": "out", "use_bias": False, "activation": "sigmoid"}),
    ]
    config = {"layers": [{"class_name": kind, "config": config} for kind, config in layers]}
    path = tmp_path / "m.h5"
    with h5py.File(path, "w") as root:
        root.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": config})
        weights = root.create_group("model_weights")
        weights["out/out/kernel:0"] = matrix
        for name, value in (("count", np.array(7)), ("mean", mean), ("variance", variance)):
            weights[f"prepare/{name}:0"] = value
    x = RNG.random((5, 9))
    z = (x * scale + shift) @ matrix
    found = keras.parse(path, Options()).forward(x).activations[-1]
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-z)), rtol=1e-6)
    assert all(a == b for a, b in pairwise([found.shape, (5, 4)]))
