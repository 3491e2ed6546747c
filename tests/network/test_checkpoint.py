"""Networks in files: round trips, the same bytes, and everything that can be wrong with a file."""

from __future__ import annotations

import io
import os
import pickle
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from network_samples import random_network

from network import MLP, InputError, load_network, save_network
from network.checkpoint import LOADERS


def good() -> dict[str, object]:
    """The arrays of a right file, for np.savez."""
    return {
        "format": "litnet-1",
        "weights_1": np.ones((4, 5)),
        "biases_1": np.zeros(4),
        "activation_1": "sigmoid",
        "weights_2": np.ones((3, 4), dtype=np.float32),
        "biases_2": np.zeros(3, dtype=np.int64),
        "activation_2": "softmax",
    }


def savez(path: Path, **changes: object) -> Path:
    """A file by NumPy's own writer; a change to None leaves the key out."""
    arrays = {**good(), **changes}
    np.savez(path, **{k: v for k, v in arrays.items() if v is not None})  # type: ignore[arg-type]
    return path


def test_round_trip(tmp_path: Path, network: MLP) -> None:
    for mlp in (network, random_network((7, 3, 2, 9), ("relu", "identity", "softmax"))):
        save_network(mlp, tmp_path / "m.npz")
        again = load_network(str(tmp_path / "m.npz"))
        assert again.digest == mlp.digest
        assert again.sizes == mlp.sizes
        for before, after in zip(mlp.layers, again.layers, strict=True):
            np.testing.assert_array_equal(before.weights, after.weights)
            np.testing.assert_array_equal(before.biases, after.biases)
            assert before.activation == after.activation
    assert os.listdir(tmp_path) == ["m.npz"]


def test_same_bytes_at_another_time(
    tmp_path: Path, network: MLP, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_network(network, tmp_path / "a.npz")
    later = time.time() + 1e7
    monkeypatch.setattr(time, "time", lambda: later)
    save_network(network, tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_numpy_reads_ours_and_we_read_numpys(tmp_path: Path, network: MLP) -> None:
    save_network(network, tmp_path / "ours.npz")
    with np.load(tmp_path / "ours.npz", allow_pickle=False) as arrays:
        assert list(arrays)[:4] == ["format", "weights_1", "biases_1", "activation_1"]
        assert str(arrays["format"]) == "litnet-1"
        np.testing.assert_array_equal(arrays["weights_2"], network.layers[1].weights)
    assert load_network(savez(tmp_path / "theirs.npz")).sizes == (5, 4, 3)
    packed = tmp_path / "packed.npz"
    fortran = {**good(), "weights_1": np.asfortranarray(np.arange(20.0).reshape(4, 5))}
    np.savez_compressed(packed, **fortran)  # type: ignore[arg-type]
    weights = load_network(packed).layers[0].weights
    np.testing.assert_array_equal(weights, np.arange(20).reshape(4, 5))


def test_a_failed_save_leaves_nothing(
    tmp_path: Path, network: MLP, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.npz"
    path.write_bytes(b"the old one")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(InputError, match=r"m\.npz: cannot be written \(No space left"):
        save_network(network, path)
    assert os.listdir(tmp_path) == ["m.npz"]
    assert path.read_bytes() == b"the old one"


def test_bad_places_to_save(tmp_path: Path, network: MLP) -> None:
    with pytest.raises(InputError, match=r"found the suffix '\.txt', expected \.npz"):
        save_network(network, tmp_path / "m.txt")
    with pytest.raises(InputError, match="cannot be written"):
        save_network(network, tmp_path / "no such folder" / "m.npz")


class Bomb:
    """Unpickled, it would leave a file behind."""

    def __reduce__(self) -> tuple[object, ...]:
        return (open, ("executed", "w"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights_2": None}, "found no weights_2|unknown biases_2"),
        ({"biases_1": None}, "found no biases_1, expected format, weights_1"),
        ({"activation_2": None}, "found no activation_2"),
        ({"format": None}, "found weights_1, .*expected format"),
        ({"format": "litnet-9"}, "found the format 'litnet-9', expected 'litnet-1'"),
        ({"format": np.float64(1)}, "found format of type float64.*expected a string"),
        ({"colour": np.ones(3)}, "found the unknown colour"),
        ({"weights_x": np.ones(3)}, "found no weights_3"),
        ({"weights_1": np.full((4, 5), np.nan)}, "layer 1: weights: found NaN"),
        ({"biases_2": np.array([0, 0, np.inf])}, "layer 2: biases: found infinity"),
        ({"weights_1": np.ones((4, 5, 1))}, r"layer 1: weights: found shape \(4, 5, 1\)"),
        ({"biases_1": np.ones(5)}, r"layer 1: biases: found shape \(5,\), expected \(4,\)"),
        ({"weights_2": np.ones((3, 7))}, "layer 1 gives 4 activations and layer 2 expects 7"),
        ({"activation_1": "swish"}, "layer 1: unknown activation 'swish'"),
        ({"activation_1": np.array(["relu", "relu"])}, "found activation_1 of type"),
        ({"weights_1": np.array([["a", "b"]])}, "layer 1: weights: found values of type"),
        ({"weights_1": np.ones((4, 5)) * 1j}, "found weights_1 of type complex128"),
        ({"weights_1": np.array([Bomb()], dtype=object)}, "weights_1 of type object.*unpickled"),
    ],
)
def test_wrong_contents(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, object],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    path = savez(tmp_path / "wrong.npz", **changes)
    with pytest.raises(InputError, match=message) as caught:
        load_network(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "executed").exists()


def test_wrong_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found no such file"):
        load_network(tmp_path / "missing.npz")
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(InputError, match="not a file"):
        load_network(tmp_path / "folder.npz")
    for name, data in (("empty", b""), ("text", b"weights"), ("pickle", pickle.dumps(good()))):
        path = tmp_path / f"{name}.npz"
        path.write_bytes(data)
        with pytest.raises(InputError, match=rf"{name}\.npz: found a file that is damaged"):
            load_network(path)
    one = tmp_path / "one.npy"
    np.save(one, np.ones(3))
    with pytest.raises(InputError, match=r"found the suffix '\.npy', expected one of \.npz"):
        load_network(one)
    nothing = tmp_path / "nothing.npz"
    np.savez(nothing)
    with pytest.raises(InputError, match="found nothing, expected format"):
        load_network(nothing)
    suffixes = [".npz", ".safetensors", ".pt", ".pth", ".keras", ".h5", ".onnx"]
    assert list(LOADERS) == suffixes


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_truncated(tmp_path: Path, network: MLP, part: float) -> None:
    path = tmp_path / "m.npz"
    save_network(network, path)
    data = path.read_bytes()
    path.write_bytes(data[: int(part * len(data))])
    with pytest.raises(InputError, match="damaged"):
        load_network(path)


def test_damaged_anywhere_is_one_sentence(tmp_path: Path) -> None:
    """Any byte may be wrong: the file loads, or the answer is an InputError."""
    rng = np.random.default_rng(0)
    path = tmp_path / "m.npz"
    for packed in (False, True):
        (np.savez_compressed if packed else np.savez)(path, **good())  # type: ignore[arg-type]
        data = bytearray(path.read_bytes())
        for _ in range(250):
            damaged = data.copy()
            for place in rng.integers(0, len(data), rng.integers(1, 4)):
                damaged[place] = rng.integers(0, 256)
            path.write_bytes(damaged)
            try:
                load_network(path)
            except InputError as error:
                assert str(error).startswith(f"{path}: ")


def with_member(path: Path, data: bytes) -> Path:
    """A right file, but for the bytes of weights_1."""
    savez(path, weights_1=None)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights_1.npy", data)
    return path


def test_declared_sizes_are_not_believed(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (10**6, 10**6)}
    )
    small = with_member(tmp_path / "small.npz", header.getvalue() + bytes(64))
    with pytest.raises(InputError, match="found 64 bytes of weights_1, expected 8,000,000,000,000"):
        load_network(small)
    big = with_member(tmp_path / "big.npz", bytes(257 * 2**20))
    assert big.stat().st_size < 2**20
    with pytest.raises(InputError, match="expected at most 268,435,456"):
        load_network(big)
    many = tmp_path / "many.npz"
    np.savez(many, **{f"weights_{n}": np.ones(1) for n in range(300)})
    with pytest.raises(InputError, match="found 300 arrays"):
        load_network(many)
