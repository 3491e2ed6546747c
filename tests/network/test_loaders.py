"""Model files of other libraries: what is told apart, what is refused, and that nothing runs.

What the frameworks themselves write is in test_frameworks.py; here files are made by hand.
"""

from __future__ import annotations

import io
import json
import pickle
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

from network import InputError, from_sklearn, load_network

FILES = Path(__file__).parent / "frameworks" / "files"
RNG = np.random.default_rng(0)


def tensors(**shapes: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Arrays by name; a double underscore is a dot."""
    return {
        name.replace("__", "."): RNG.standard_normal(shape).astype(np.float32)
        for name, shape in shapes.items()
    }


def safe(path: Path, arrays: dict[str, np.ndarray], metadata: dict[str, str] | None = None) -> Path:
    save_file(arrays, path, metadata=metadata)
    return path


# --- Layouts and orders ---


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("biased", [False, True])
def test_shapes_tell_the_layout(tmp_path: Path, transposed: bool, biased: bool) -> None:
    arrays = tensors(l1__weight=(4, 5), l2__weight=(3, 4), l1__bias=(4,), l2__bias=(3,))
    if not biased:
        arrays = {name: a for name, a in arrays.items() if "bias" not in name}
    stored = {name: np.ascontiguousarray(a.T) if transposed else a for name, a in arrays.items()}
    path = safe(tmp_path / "m.safetensors", stored)
    for said in (None, transposed):
        network = load_network(path, activations=["tanh"], transpose=said)
        assert network.sizes == (5, 4, 3)
        np.testing.assert_array_equal(network.layers[0].weights, arrays["l1.weight"])
        np.testing.assert_array_equal(network.layers[1].biases, arrays.get("l2.bias", np.zeros(3)))
    with pytest.raises(InputError, match=r"l1\.weight \(\d, \d\), .* do not chain"):
        load_network(path, activations=["tanh"], transpose=not transposed)


def test_square_matrices_are_asked_about(tmp_path: Path) -> None:
    arrays = tensors(a1__w=(4, 4), a2__w=(4, 4), a1__b=(4,))
    path = safe(tmp_path / "m.safetensors", arrays)
    with pytest.raises(InputError, match=r"expected --no-transpose for the one or --transpose"):
        load_network(path, activations=["relu"])
    one, other = (load_network(path, activations=["relu"], transpose=t) for t in (False, True))
    np.testing.assert_array_equal(one.layers[0].weights, arrays["a1.w"])
    np.testing.assert_array_equal(other.layers[0].weights, arrays["a1.w"].T)
    # Where a name or the metadata tells the convention, nobody is asked.
    kernels = {name.replace("w", "kernel"): a for name, a in arrays.items()}
    flax = load_network(safe(tmp_path / "k.safetensors", kernels), activations=["relu"])
    np.testing.assert_array_equal(flax.layers[0].weights, arrays["a1.w"].T)
    torch = safe(tmp_path / "t.safetensors", arrays, {"format": "pt"})
    assert load_network(torch, activations=["relu"]).digest == one.digest


def test_the_order_is_found_by_shapes_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    # By name: body10, body2, head, input.
    arrays = tensors(
        input__weight=(6, 9), body2__weight=(5, 6), body10__weight=(6, 5), head__weight=(3, 6)
    )
    network = load_network(safe(path, arrays), activations=["relu"])
    assert network.sizes == (9, 6, 5, 6, 3)
    np.testing.assert_array_equal(network.layers[2].weights, arrays["body10.weight"])
    # Names without numbers that would do in two orders.
    twins = tensors(left__weight=(4, 4), right__weight=(4, 4), left__bias=(4,))
    with pytest.raises(InputError, match=r"more than one order, expected layers with numbers"):
        load_network(safe(path, twins), activations=["relu"], transpose=False)
    many = {f"x{chr(97 + n)}.weight": np.ones((4, 4), np.float32) for n in range(20)}
    many["end.weight"] = np.ones((3, 7), np.float32)
    with pytest.raises(InputError, match="do not chain"):
        load_network(safe(path, many), activations=["relu"])


def test_names_that_pair_weights_with_biases(tmp_path: Path) -> None:
    styles = (
        ("W1", "b1", "W2", "b2"),
        ("weights_1", "biases_1", "weights_2", "biases_2"),
        ("net.0.weight", "net.0.bias", "net.2.weight", "net.2.bias"),
        (
            "params/Dense_0/kernel",
            "params/Dense_0/bias",
            "params/Dense_1/kernel",
            "params/Dense_1/bias",
        ),
    )
    shapes = ((4, 5), (4,), (3, 4), (3,))
    digests = set()
    for names in styles:
        arrays = dict(zip(names, (np.full(s, 0.5, np.float32) for s in shapes), strict=True))
        if "kernel" in names[0]:
            arrays = {n: np.ascontiguousarray(a.T) for n, a in arrays.items()}
        path = safe(tmp_path / "m.safetensors", arrays)
        digests.add(load_network(path, activations=["sigmoid"]).digest)
    assert len(digests) == 1


# --- What cannot be filmed ---


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            tensors(conv1__weight=(6, 1, 5, 5)),
            r"conv1\.weight of shape \(6, 1, 5, 5\), a convolution",
        ),
        (tensors(bn__weight=(4,), bn__bias=(4,)), r"bn\.weight of shape \(4,\), a normalisation"),
        (tensors(bn__running_mean=(4,)), r"bn\.running_mean .*, a normalisation"),
        (tensors(rnn__weight_ih_l0=(8, 4)), r"rnn\.weight_ih_l0 .*, a recurrent layer"),
        (tensors(attn__in_proj_weight=(8, 4)), r"attn\.in_proj_weight .*, attention"),
        (tensors(a__bias=(4,)), r"a\.bias of shape \(4,\) without weights"),
        (tensors(positions=(4, 4)), r"positions of shape \(4, 4\)"),
    ],
)
def test_other_layers_are_named(
    tmp_path: Path, arrays: dict[str, np.ndarray], message: str
) -> None:
    path = safe(tmp_path / "m.safetensors", {**tensors(fc__weight=(3, 4)), **arrays})
    with pytest.raises(InputError, match=message) as caught:
        load_network(path, activations=["relu"])
    assert "expected fully connected layers with sigmoid, tanh, relu" in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")


def test_values_that_are_no_networks(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    bad = {"a.weight": np.full((3, 4), np.nan, np.float32)}
    with pytest.raises(InputError, match="layer 1: weights: found NaN"):
        load_network(safe(path, bad), activations=["relu"], transpose=False)
    with pytest.raises(InputError, match="found no weights"):
        load_network(safe(path, {}), activations=["relu"])
    with pytest.raises(InputError, match="found 70 layers, expected at most 64"):
        many = {f"w{n}": np.ones((2, 2), np.float32) for n in range(70)}
        load_network(safe(path, many), activations=["relu"])
    with pytest.raises(InputError, match="unknown activation 'swish'"):
        load_network(safe(path, tensors(w=(3, 4), b=(3,))), activations=["swish"])
    path.write_bytes(b"\xff" * 100)
    with pytest.raises(InputError, match=r"damaged or not \.safetensors"):
        load_network(path)


@pytest.mark.parametrize(
    ("module", "name", "extra"),
    [
        ("safetensors", "bare.safetensors", "safetensors"),
        ("h5py", "sequential.keras", "keras"),
        ("onnx", "gemm.onnx", "onnx"),
    ],
)
def test_a_missing_library_is_named(
    monkeypatch: pytest.MonkeyPatch, module: str, name: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=rf"no {module}, .* pip install 'litnet\[{extra}\]'"):
        load_network(FILES / name)


# --- PyTorch's zips ---


class Bomb:
    """Unpickled, it would leave a file behind."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, ("executed", "w"))


def torch_zip(path: Path, program: bytes, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("m/data.pkl", program)
        for name, data in members.items():
            archive.writestr(f"m/{name.replace('__', '/')}", data)
    return path


def test_nothing_is_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for protocol in range(2, 6):
        for content in (Bomb(), {"a.weight": Bomb()}, OrderedDict(a=[Bomb()])):
            program = pickle.dumps(content, protocol)
            with pytest.raises(InputError, match=r"pickled '.*open', .*torch\.save\(model\.state_"):
                load_network(torch_zip(tmp_path / "m.pt", program))
    (tmp_path / "m.pt").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(InputError, match=r"bare pickle .*never opened"):
        load_network(tmp_path / "m.pt")
    assert [p.name for p in tmp_path.iterdir()] == ["m.pt"]


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (pickle.dumps({"a": 1}, 2), "found a dict of a with 0 state dicts"),
        (pickle.dumps([1], 2), "found a list, expected a state dict"),
        (pickle.dumps({(1, 2): 3}, 2), "found a key that is no text"),
        (pickle.dumps({"a": 1}, 0), "pickle instruction"),
        (pickle.dumps({"a": b"bytes"}, 4), "pickle instruction SHORT_BINBYTES"),
        (pickle.dumps({"a": 2j}, 2), "pickled '.*complex'"),
        (b"\x80\x02N0.", "pickle instruction POP"),
        (b"\x80\x02r\xff\xff\xff\xff.", "damaged"),
        (b"\x80\x02", "damaged"),
        (b"\x80\x02X\xff\xff\xff\x7fabc.", "damaged"),
        (
            b"\x80\x02ctorch.nn.modules.container\nSequential\n.",
            r"'torch\.nn\.modules\.container\.",
        ),
        (b"\x80\x02ccollections\nOrderedDict\n(K\x01tR.", "damaged"),
        (b"\x80\x02)ccollections\nOrderedDict\nR.", "damaged"),
    ],
)
def test_pickles_that_are_no_state_dicts(tmp_path: Path, program: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_network(torch_zip(tmp_path / "m.pth", program))


def rebuilt(shape: tuple[int, ...], strides: tuple[int, ...], offset: int = 0) -> bytes:
    """The program of {"a.weight": a view of storage 0}."""

    def number(n: int) -> bytes:
        return pickle.dumps(n, 2)[2:-1]

    def counts(values: tuple[int, ...]) -> bytes:
        return b"(" + b"".join(map(number, values)) + b"t"

    key = b"X\x08\x00\x00\x00a.weight"
    stored = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000"
    stored += b"X\x03\x00\x00\x00cpuK\x0ctQ"
    view = number(offset) + counts(shape) + counts(strides)
    tail = b"\x89ccollections\nOrderedDict\n)R"
    return (
        b"\x80\x02}"
        + key
        + b"ctorch._utils\n_rebuild_tensor_v2\n("
        + stored
        + view
        + tail
        + b"tRs."
    )


def test_views_stay_within_their_storage(tmp_path: Path) -> None:
    numbers = np.arange(12, dtype="<f4")
    path = tmp_path / "m.pt"

    def load(*view: Any, **members: bytes) -> np.ndarray:
        torch_zip(path, rebuilt(*view), **{"data__0": numbers.tobytes(), **members})
        return load_network(path, activations=["identity"]).layers[0].weights

    np.testing.assert_array_equal(load((3, 4), (4, 1)), numbers.reshape(3, 4))
    np.testing.assert_array_equal(load((4, 3), (1, 4)), numbers.reshape(3, 4).T)
    np.testing.assert_array_equal(load((2, 2), (2, 1), 5), [[5, 6], [7, 8]])
    big = numbers.astype(">f4").tobytes()
    np.testing.assert_array_equal(
        load((3, 4), (4, 1), byteorder=b"big", data__0=big), numbers.reshape(3, 4)
    )
    for view in (
        ((3, 4), (4, 1), 1),
        ((3, 4), (5, 1)),
        ((2**30, 2**30), (0, 0)),
        ((13, 1), (0, 0)),
    ):
        with pytest.raises(InputError, match=r"m\.pt: found"):
            load(*view)
    for view in (((3, -4), (4, 1)), ((3, 4), (4,)), ((3, 4), (4, 1), -1), ((2**40, 0), (1, 1))):
        with pytest.raises(InputError, match=r"m\.pt: found"):
            load(*view)


def test_huge_zips_are_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "m.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("m/data.pkl", b"\x80\x02}.")
        archive.writestr("m/data/0", bytes(257 * 2**20))
    with pytest.raises(InputError, match="expected at most 268,435,456"):
        load_network(path)
    with pytest.raises(InputError, match=r"5,242,880 bytes of m/data\.pkl, expected"):
        load_network(torch_zip(path, bytes(5 * 2**20)))
    torch_zip(path, b"\x80\x02}.", code__x=b"import os")
    with pytest.raises(InputError, match="TorchScript program, which is never run"):
        load_network(path)


# --- Keras ---


def keras_file(path: Path, layers: list[dict[str, Any]], kind: str = "Sequential") -> Path:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as root:
        for number, shape in enumerate(((4, 5), (5, 3))):
            group = root.create_group(f"layers/dense{f'_{number}' if number else ''}/vars")
            group["0"] = np.ones(shape, np.float32)
            group["1"] = np.zeros(shape[1], np.float32)
    with zipfile.ZipFile(path, "w") as archive:
        config = {"class_name": kind, "config": {"layers": layers}}
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", buffer.getvalue())
    return path


def layer(kind: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": kind.lower(), **config}}


def dense(**config: Any) -> dict[str, Any]:
    return layer("Dense", **{"use_bias": True, "activation": "relu", **config})


def test_keras_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    layers = [layer("InputLayer", batch_shape=[None, 4]), dense(), dense(activation="linear")]
    network = load_network(keras_file(path, [*layers, layer("Activation", activation="softmax")]))
    assert network.sizes == (4, 5, 3)
    assert [x.activation for x in network.layers] == ["relu", "softmax"]
    wrapped = {"class_name": "function", "config": "tanh", "module": "keras.activations"}
    network = load_network(keras_file(path, [dense(activation=wrapped), dense()]))
    assert network.layers[0].activation == "tanh"
    steep = layer("ReLU", negative_slope=0.1, max_value=None, threshold=0.0)
    network = load_network(keras_file(path, [dense(activation=None), steep, dense()]))
    assert network.layers[0].activation == "leaky_relu:0.1"


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([layer("Conv2D", filters=3), dense()], "the layer Conv2D 'conv2d'"),
        ([dense(), layer("BatchNormalization"), dense()], "the layer BatchNormalization"),
        ([dense(activation="swish"), dense()], "the activation 'swish'"),
        ([dense(), layer("Softmax", axis=0), dense()], "Softmax along axis 0"),
        ([dense(activation=None), layer("ReLU", max_value=6.0)], "ReLU with a limit"),
        ([dense(), layer("Activation", activation="tanh")], "tanh directly after relu"),
        ([layer("Softmax"), dense()], "softmax directly before any layer"),
        ([layer("InputLayer", batch_shape=[None, 2, 4]), dense()], "inputs that are not flat"),
        ([dense(use_bias=False), dense()], "expected a matrix"),
        ([dense(), dense(), dense()], "found no weights of the layer"),
        ([], "no layers with weights"),
    ],
)
def test_keras_layers_that_are_refused(
    tmp_path: Path, layers: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        load_network(keras_file(tmp_path / "m.keras", layers))


def test_keras_models_that_branch(tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    with pytest.raises(InputError, match=r"class 'Mine', whose way .* is written in Python"):
        load_network(keras_file(path, [dense()], kind="Mine"))
    tensor = {"keras_history": ["elsewhere", 0, 0]}
    nodes = [{"args": [{"config": tensor}], "kwargs": {}}]
    with pytest.raises(InputError, match="with 1 inputs in a branch"):
        load_network(keras_file(path, [dense(), {**dense(), "inbound_nodes": nodes}], "Functional"))
    with pytest.raises(InputError, match="a model with several inputs"):
        load_network(keras_file(path, [layer("InputLayer"), layer("InputLayer")], "Functional"))


def test_hdf5_leads_nowhere_else(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "secret.h5", "w") as other:
        other["0"] = np.ones((4, 5))
    path = tmp_path / "m.weights.h5"
    with h5py.File(path, "w") as root:
        root["layers/dense/vars/0"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "0")
    with pytest.raises(InputError, match="to be a link, expected arrays in the file"):
        load_network(path, activations=["relu"])
    with h5py.File(path, "w") as root:
        root.create_dataset(
            "dense/vars/0", (4, 5), "f8", external=[(str(tmp_path / "secret.h5"), 0, 160)]
        )
    with pytest.raises(InputError, match="in another file"):
        load_network(path, activations=["relu"])
    with h5py.File(path, "w") as root:  # declared, and never written
        root.create_dataset("dense/vars/0", (10**6, 10**6), "f8", chunks=(100, 100))
    assert path.stat().st_size < 2**20
    with pytest.raises(InputError, match="expected a small network"):
        load_network(path, activations=["relu"])
    with h5py.File(path, "w") as root:
        root["conv2d/vars/0"] = np.ones((3, 3, 1, 8))
    with pytest.raises(InputError, match=r"'conv2d' with arrays of shapes \(3, 3, 1, 8\)"):
        load_network(path, activations=["relu"])


# --- ONNX ---


def onnx_file(path: Path, nodes: list[Any], inputs: int = 1, dims: int = 2, **arrays: Any) -> Path:
    weights = {"w": np.ones((4, 3), np.float32), "b": np.ones(3, np.float32), **arrays}
    shape = ["n", 4, 1, 1][:dims]
    graph = helper.make_graph(
        nodes,
        "g",
        [
            helper.make_tensor_value_info(f"x{n or ''}", TensorProto.FLOAT, shape)
            for n in range(inputs)
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, key) for key, value in weights.items()],
    )
    path.write_bytes(helper.make_model(graph).SerializeToString())
    return path


NODE = helper.make_node


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([NODE("Conv", ["x", "w"], ["y"])], "the operation Conv"),
        ([NODE("Gemm", ["x", "w"], ["z"]), NODE("Erf", ["z"], ["y"])], "the operation Erf"),
        ([NODE("Relu", ["x"], ["y"])], "relu directly before any layer"),
        ([NODE("Gemm", ["w", "x"], ["y"])], "whose first factor is not the data"),
        ([NODE("Gemm", ["x", "w"], ["y"], transA=1)], "whose first factor is not the data"),
        ([NODE("Gemm", ["x", "w", "v"], ["y"])], r"a bias of shape \(5,\) for 3 neurons"),
        (
            [NODE("Gemm", ["x", "w"], ["z"]), NODE("Gelu", ["z"], ["y"], approximate="tanh")],
            "Gelu by the approximation",
        ),
        ([NODE("Gemm", ["x", "w"], ["z"]), NODE("Softmax", ["z"], ["y"], axis=0)], "along axis 0"),
        ([NODE("Gemm", ["x", "w"], ["z"]), NODE("Add", ["z", "x"], ["y"])], "2 inputs in a branch"),
        ([NODE("Gemm", ["x", "w"], ["z"])], "an output that is not the end"),
        ([NODE("Add", ["x", "b"], ["y"])], "Add that is not a layer's bias"),
        ([NODE("Gemm", ["x", "w"], ["y"], domain="mine")], r"the operation mine\.Gemm"),
        ([NODE("Identity", ["x"], ["y"])], "no layers with weights"),
    ],
)
def test_onnx_graphs_that_are_refused(tmp_path: Path, nodes: list[Any], message: str) -> None:
    path = onnx_file(tmp_path / "m.onnx", nodes, v=np.ones(5, np.float32))
    with pytest.raises(InputError, match=message):
        load_network(path)


def test_onnx_inputs_and_weights_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    gemm = [NODE("Gemm", ["x", "w"], ["y"])]
    assert load_network(onnx_file(path, gemm)).sizes == (4, 3)
    with pytest.raises(InputError, match="a graph of 2 inputs"):
        load_network(onnx_file(path, gemm, inputs=2))
    with pytest.raises(InputError, match="inputs that are not flat"):
        load_network(onnx_file(path, [NODE("MatMul", ["x", "w"], ["y"])], dims=3))
    model = onnx.load(onnx_file(path, gemm))
    (tmp_path / "secret").write_bytes(bytes(48))
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="secret")
    path.write_bytes(model.SerializeToString())
    with pytest.raises(InputError, match="'w' in another file, expected all weights in this one"):
        load_network(path)


# --- scikit-learn ---


def test_from_sklearn_refuses() -> None:
    with pytest.raises(InputError, match="found a list, expected a fitted MLPClassifier"):
        from_sklearn([1])
    unfitted = SimpleNamespace(hidden_layer_sizes=(3,), activation="relu")
    with pytest.raises(InputError, match="before fit"):
        from_sklearn(unfitted)
    odd = SimpleNamespace(
        hidden_layer_sizes=(3,), activation="swish", coefs_=[], intercepts_=[], out_activation_="x"
    )
    with pytest.raises(InputError, match="activation 'swish'"):
        from_sklearn(odd)
