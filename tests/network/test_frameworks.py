"""Models that PyTorch, Keras, ONNX and scikit-learn made: every layer computes what it did there.

The files in ``frameworks/files`` are read as they were committed. ``make test-frameworks`` makes
them anew and runs these tests on both.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from network import MLP, InputError, from_sklearn, load_network
from network.checkpoint import LOADERS

COMMITTED = Path(__file__).parent / "frameworks" / "files"
FILES = Path(os.environ.get("LITNET_FRAMEWORK_FILES", COMMITTED))
CASES: dict[str, Any] = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))


def load(name: str) -> MLP:
    if name.endswith(".json"):
        attributes = json.loads((FILES / name).read_text(encoding="utf-8"))
        return from_sklearn(SimpleNamespace(**attributes))
    return load_network(FILES / name, **CASES[name]["options"])


@pytest.mark.parametrize("name", CASES)
def test_every_layer_agrees(name: str) -> None:
    expected = CASES[name]["activations"]
    found = load(name).forward(CASES[name]["inputs"]).activations[1:]
    assert len(found) == len(expected) == 3
    for number, (a, b) in enumerate(zip(found, expected, strict=True), start=1):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5, err_msg=f"{name}, layer {number}")
    assert np.ptp(expected[-1]) > 0.01  # else any network would agree


def test_made_again_they_compute_the_same() -> None:
    """Whatever versions made them, the committed files are the ones that are made today."""
    committed = json.loads((COMMITTED / "expected.json").read_text(encoding="utf-8"))
    assert set(committed) == set(CASES)
    for name, case in CASES.items():
        for a, b in zip(case["activations"], committed[name]["activations"], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5, err_msg=name)


def test_every_suffix_has_a_file() -> None:
    tried = {Path(name).suffix for name in CASES}
    assert set(LOADERS) <= tried | {".npz"}
    assert {"relu", "tanh", "gelu", "sigmoid", "softmax", "identity", "leaky_relu"} <= {
        layer.activation.partition(":")[0] for name in CASES for layer in load(name).layers
    }


def test_what_the_file_holds_need_not_be_said() -> None:
    for name in ("sequential.keras", "functional.h5", "gemm.onnx", "named.safetensors"):
        with pytest.raises(InputError, match=r"activations given with"):
            load_network(FILES / name, activations=["relu"])
    for name in ("state.pt", "bare.safetensors", "sequential.weights.h5"):
        with pytest.raises(InputError, match=r"3 layers and no activations.*relu,relu,softmax"):
            load_network(FILES / name)
        with pytest.raises(InputError, match="found 2 activations for 3 layers"):
            load_network(FILES / name, activations=["relu", "relu"])
    with pytest.raises(InputError, match="--transpose given with"):
        load_network(FILES / "gemm.onnx", transpose=True)
