"""Make model files with the frameworks themselves, and say what each layer of them computes.

``make test-frameworks`` runs it; by hand: ``python make_files.py FOLDER``, in an environment with
what ``requirements.txt`` lists. Weights are drawn by NumPy, so that every run makes the same
networks; the activations are the frameworks' own. What is written:

``expected.json`` has, for each file, how to load it (``options``), ``inputs`` (batch, n_in), and
``activations``, one list (batch, n_out) for each layer. ``mlp_*.json`` are scikit-learn's fitted
attributes, since its files are pickles.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from itertools import pairwise
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"

import h5py
import keras
import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file
from sklearn.neural_network import MLPClassifier, MLPRegressor

SIZES = (9, 6, 5, 4)
INPUTS = np.random.default_rng(1).random((3, 9)).astype(np.float32)
Case = dict[str, object]


def weights(sizes: tuple[int, ...] = SIZES, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    """(n_out, n_in) and (n_out,) of each layer, float32."""
    rng = np.random.default_rng(seed)
    return [
        (
            rng.standard_normal((n_out, n_in)).astype(np.float32),
            rng.standard_normal(n_out).astype(np.float32),
        )
        for n_in, n_out in pairwise(sizes)
    ]


def case(steps: list[np.ndarray], **options: object) -> Case:
    return {
        "options": options,
        "inputs": INPUTS.tolist(),
        "activations": [np.asarray(a, dtype=np.float64).tolist() for a in steps],
    }


# --- PyTorch ---


class Net(torch.nn.Module):
    """Layers by name, and the activation after each."""

    def __init__(self, functions: list[torch.nn.Module], names: list[str], seed: int) -> None:
        super().__init__()
        self.functions, self.names = functions, names
        for name, (w, b) in zip(names, weights(seed=seed), strict=True):
            layer = torch.nn.Linear(w.shape[1], w.shape[0])
            with torch.no_grad():
                layer.weight.copy_(torch.tensor(w))
                layer.bias.copy_(torch.tensor(b))
            self.add_module(name, layer)

    def steps(self, x: torch.Tensor) -> list[np.ndarray]:
        found = []
        for name, function in zip(self.names, self.functions, strict=True):
            x = function(getattr(self, name)(x))
            found.append(x.detach().numpy())
        return found

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for name, function in zip(self.names, self.functions, strict=True):
            x = function(getattr(self, name)(x))
        return x


def pytorch(folder: Path) -> dict[str, Case]:
    nn = torch.nn
    x = torch.tensor(INPUTS)
    cases = {}

    net = Net([nn.ReLU(), nn.Tanh(), nn.Softmax(dim=1)], ["fc1", "fc2", "out"], 0)
    torch.save(net.state_dict(), folder / "state.pt")
    cases["state.pt"] = case(net.steps(x), activations=["relu", "tanh", "softmax"])

    # The layers' names are in no useful order; PyTorch's own order tells.
    net = Net([nn.GELU(), nn.LeakyReLU(), nn.Sigmoid()], ["second", "last", "end"], 1)
    names = ["gelu", "leaky_relu", "sigmoid"]
    checkpoint = {
        "epoch": 3,
        "model_state_dict": net.state_dict(),
        "optimizer": torch.optim.Adam(net.parameters()).state_dict(),
        "activations": names,
    }
    torch.save(checkpoint, folder / "checkpoint.pth")
    cases["checkpoint.pth"] = case(net.steps(x))

    net = Net([nn.LeakyReLU(0.2), nn.ReLU(), nn.Identity()], list("abc"), 2)
    double = {name: tensor.double() for name, tensor in net.state_dict().items()}
    turned = {name: t.T.contiguous().T if t.ndim == 2 else t for name, t in double.items()}
    torch.save(
        {name: nn.Parameter(tensor) for name, tensor in turned.items()}, folder / "double.pt"
    )
    cases["double.pt"] = case(net.steps(x), activations=["leaky_relu:0.2", "relu", "identity"])

    half = net.half().state_dict()
    torch.save(half, folder / "half.pt")
    narrow = Net(net.functions, net.names, 2)
    narrow.load_state_dict({name: tensor.float() for name, tensor in half.items()})
    cases["half.pt"] = case(narrow.steps(x), activations=["leaky_relu:0.2", "relu", "identity"])
    rough = {name: tensor.bfloat16() for name, tensor in narrow.state_dict().items()}
    torch.save(rough, folder / "bfloat16.pt")
    narrow.load_state_dict({name: tensor.float() for name, tensor in rough.items()})
    cases["bfloat16.pt"] = case(narrow.steps(x), activations=["leaky_relu:0.2", "relu", "identity"])

    net = Net([nn.ReLU(), nn.ReLU(), nn.Softmax(dim=1)], ["fc1", "fc2", "output"], 3)
    said = {"format": "pt", "activations": "relu, relu, softmax"}
    save_file(net.state_dict(), folder / "named.safetensors", metadata=said)
    cases["named.safetensors"] = case(net.steps(x))
    save_file(net.state_dict(), folder / "bare.safetensors")
    cases["bare.safetensors"] = case(net.steps(x), activations=["relu", "relu", "softmax"])

    for name, dynamo in (("exported.onnx", False), ("dynamo.onnx", True)):
        functions = [nn.ReLU(), nn.LeakyReLU(0.3), nn.Softmax(dim=1)]
        net = Net(functions, ["fc1", "fc2", "out"], 4).eval()
        more = {"external_data": False} if dynamo else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(net, (x,), folder / name, dynamo=dynamo, verbose=False, **more)
        without_places(folder / name)
        cases[name] = case(net.steps(x))
    return cases


def without_places(path: Path) -> None:
    """Leave out of an exported graph where on which machine its Python lay."""
    model = onnx.load(path)
    for part in (model, model.graph, *model.graph.node, *model.graph.input, *model.graph.output):
        part.doc_string = ""
        del part.metadata_props[:]
    del model.graph.value_info[:]
    onnx.save(model, path)


# --- Keras ---


def keras_steps(model: keras.Model, after: list[str]) -> list[np.ndarray]:
    """What comes out after each of the named layers."""
    found = []
    x = torch.tensor(INPUTS.reshape(-1, *model.input_shape[1:]))
    for layer in model.layers:
        x = x if isinstance(layer, keras.layers.InputLayer) else layer(x)
        if layer.name in after:
            found.append(x.detach().cpu().numpy())
    return found


def keras_files(folder: Path) -> dict[str, Case]:
    layers, cases = keras.layers, {}
    sequential = keras.Sequential(
        [
            keras.Input((3, 3)),
            layers.Flatten(),
            layers.Dense(6, activation="tanh", name="zuerst"),
            layers.Dropout(0.2),
            layers.Dense(5, name="dann"),
            layers.LeakyReLU(name="steil"),
            layers.Dense(4, activation="softmax", name="am_ende"),
        ]
    )
    for name, (w, b) in zip(("zuerst", "dann", "am_ende"), weights(seed=5), strict=True):
        sequential.get_layer(name).set_weights([w.T, b])
    steps = keras_steps(sequential, ["zuerst", "steil", "am_ende"])
    for name in ("sequential.keras", "sequential.h5"):
        sequential.save(folder / name)
        cases[name] = case(steps)
    sequential.save_weights(folder / "sequential.weights.h5")
    cases["sequential.weights.h5"] = case(steps, activations=["tanh", "leaky_relu:0.3", "softmax"])

    start = keras.Input((9,))
    x = layers.Dense(6, activation="gelu", use_bias=False)(start)
    x = layers.Dense(5, activation=keras.activations.leaky_relu)(x)
    functional = keras.Model(start, layers.Dense(4, activation="sigmoid")(x))
    dense = [layer for layer in functional.layers if isinstance(layer, layers.Dense)]
    for layer, (w, b) in zip(dense, weights(seed=6), strict=True):
        layer.set_weights([w.T, b] if layer.use_bias else [w.T])
    steps = keras_steps(functional, [layer.name for layer in dense])
    for name in ("functional.keras", "functional.h5"):
        functional.save(folder / name)
        cases[name] = case(steps)
    return cases


# --- ONNX ---


def onnx_files(folder: Path) -> dict[str, Case]:
    """Two graphs by hand, run by onnxruntime with every layer as an output."""
    cases = {}
    (w1, b1), (w2, b2), (w3, b3) = weights(seed=7)

    def model(name: str, nodes: list[onnx.NodeProto], tensors: dict[str, np.ndarray]) -> None:
        graph = helper.make_graph(
            nodes,
            "digits",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 3])],
            [helper.make_tensor_value_info("a3", TensorProto.FLOAT, ["n", 4])],
            [numpy_helper.from_array(value, key) for key, value in tensors.items()],
        )
        made = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9, producer_name="hand"
        )
        onnx.checker.check_model(made)
        (folder / name).write_bytes(made.SerializeToString())
        for output in ("a1", "a2"):
            made.graph.output.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, None))
        session = onnxruntime.InferenceSession(
            made.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        found = session.run(["a1", "a2", "a3"], {"x": INPUTS.reshape(-1, 3, 3)})
        cases[name] = case(found)

    node = helper.make_node
    model(
        "gemm.onnx",
        [
            node("Flatten", ["x"], ["flat"]),
            node("Gemm", ["flat", "w1", "b1"], ["z1"], alpha=0.5, beta=2.0),
            node("Gelu", ["z1"], ["a1"]),
            node("Gemm", ["a1", "w2", "b2"], ["z2"], transB=1),
            node("LeakyRelu", ["z2"], ["a2"]),
            node("Gemm", ["a2", "w3"], ["z3"], transB=1),
            node("Softmax", ["z3"], ["a3"], axis=1),
        ],
        {"w1": w1.T.copy(), "b1": b1, "w2": w2, "b2": b2[None], "w3": w3},
    )
    model(
        "matmul.onnx",
        [
            node("Constant", [], ["shape"], value=numpy_helper.from_array(np.array([-1, 9]))),
            node("Reshape", ["x", "shape"], ["flat"]),
            node("MatMul", ["flat", "w1"], ["m1"]),
            node("Add", ["b1", "m1"], ["z1"]),
            node("Tanh", ["z1"], ["a1"]),
            node("Transpose", ["w2"], ["w2t"], perm=[1, 0]),
            node("MatMul", ["a1", "w2t"], ["m2"]),
            node("Relu", ["m2"], ["a2"]),
            node("Identity", ["a2"], ["i2"]),
            node("MatMul", ["i2", "w3"], ["m3"]),
            node("Add", ["m3", "b3"], ["z3"]),
            node("Sigmoid", ["z3"], ["a3"]),
        ],
        {"w1": w1.T.copy(), "b1": b1, "w2": w2, "w3": w3.T.copy(), "b3": b3},
    )
    return cases


# --- scikit-learn ---


def sklearn_models() -> dict[str, MLPClassifier | MLPRegressor]:
    """Fitted for a moment, then given the weights drawn here."""
    models = {
        "mlp_classes.json": MLPClassifier(hidden_layer_sizes=(6, 5), activation="relu", max_iter=1),
        "mlp_two.json": MLPClassifier(hidden_layer_sizes=(6, 5), activation="logistic", max_iter=1),
        "mlp_numbers.json": MLPRegressor(hidden_layer_sizes=(6, 5), activation="tanh", max_iter=1),
    }
    outputs = {"mlp_classes.json": 4, "mlp_two.json": 1, "mlp_numbers.json": 4}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would like more iterations
        for name, model in models.items():
            x = np.repeat(INPUTS, 4, axis=0)
            targets = {1: np.arange(12) % 2, 4: np.arange(12) % 4}[outputs[name]]
            if isinstance(model, MLPRegressor):
                targets = np.repeat(targets[:, None], 4, axis=1).astype(float)
            model.fit(x, targets)
            drawn = weights((*SIZES[:-1], outputs[name]), seed=8)
            model.coefs_ = [w.T for w, _ in drawn]
            model.intercepts_ = [b for _, b in drawn]
    return models


def sklearn_files(folder: Path) -> dict[str, Case]:
    cases = {}
    for name, model in sklearn_models().items():
        layers = [INPUTS] + [np.empty((len(INPUTS), n)) for n in (6, 5, model.n_outputs_)]
        found = model._forward_pass(layers)[1:]
        if model.n_outputs_ == 1:
            found[-1] = model.predict_proba(INPUTS)
        attributes = {
            "hidden_layer_sizes": model.hidden_layer_sizes,
            "activation": model.activation,
            "out_activation_": model.out_activation_,
            "coefs_": [w.tolist() for w in model.coefs_],
            "intercepts_": [b.tolist() for b in model.intercepts_],
        }
        (folder / name).write_text(json.dumps(attributes) + "\n", encoding="utf-8")
        cases[name] = case(found)
    return cases


def make(folder: Path) -> None:
    """Write all files and ``expected.json`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    h5py.get_config().track_order = False
    cases: dict[str, Case] = {}
    for maker in (pytorch, keras_files, onnx_files, sklearn_files):
        cases |= maker(folder)
    text = json.dumps(cases, separators=(",", ":"), sort_keys=True)
    text = text.replace('},"', '},\n"')  # a line for each file
    (folder / "expected.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
