"""Models of every format that lie, grow, nest, or are damaged: ``litnet model FILE``."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from arena import EVIL_NAMES, ROOT, SPECIAL, Field, Place, damaged, put, remove

FILES = ROOT / "tests" / "network" / "frameworks" / "files"
SUFFIXES = (".npz", ".npy", ".h5", ".keras", ".weights.h5", ".onnx", ".safetensors", ".pt", ".pth")
Case = tuple[str, str, Callable[[Path], None]]  # what, the file's name, what writes it


def attacked(attacks: Field, place: Place, cases: Iterator[Case]) -> None:
    """What begins with a question mark may be taken or refused; all else must be refused."""
    for what, name, write in cases:
        file = place.given / name
        write(file)
        refuse = None if what.startswith("?") else True
        attacks.judge(what, place.run("model", file), refuse=refuse)
        remove(file)


# --- npz -----------------------------------------------------------------------------------------
def npy(array: Any, **changes: Any) -> bytes:
    """A member; ``header`` or ``version`` may be another than the array's."""
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asanyarray(array), (1, 0), allow_pickle=True)
    data = stream.getvalue()
    if not changes:
        return data
    length = struct.unpack("<H", data[8:10])[0]
    header, body = changes.get("header", data[10 : 10 + length]), data[10 + length :]
    header = header.encode() if isinstance(header, str) else header
    version = changes.get("version", (2, 0))
    size = struct.pack("<H" if version[0] == 1 else "<I", changes.get("length", len(header)))
    return b"\x93NUMPY" + bytes(version) + size + header + changes.get("body", body)


def network_members(sizes: tuple[int, ...] = (784, 4, 10), **members: Any) -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    found = {"format": npy(np.array("litnet-1"))}
    for n, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
        found[f"weights_{n}"] = npy(rng.normal(0, 0.1, (n_out, n_in)))
        found[f"biases_{n}"] = npy(np.zeros(n_out))
        found[f"activation_{n}"] = npy(np.array("sigmoid"))
    return found | members


def npz(file: Path, members: dict[str, bytes], level: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(file, "w", level) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)


def zeros_npz(file: Path, rows: int, columns: int, dtype: str = "i1") -> None:
    """A layer of zeros, whose zip is small; written piece by piece."""
    header = f"{{'descr': '|{dtype}', 'fortran_order': False, 'shape': ({rows}, {columns}), }}"
    start = npy(np.zeros(1), header=header, version=(1, 0), body=b"")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in network_members().items():
            if name not in ("weights_1", "biases_1"):
                archive.writestr(f"{name}.npy", data)
        archive.writestr("biases_1.npy", npy(np.zeros(rows, "i1")))
        with archive.open("weights_1.npy", "w", force_zip64=True) as stream:
            stream.write(start)
            for _ in range(0, rows * columns, 2**20):
                stream.write(bytes(min(2**20, rows * columns - _)))


def declared(file: Path, name: str) -> None:
    """A zip that declares a member of nearly 4 GB, in its list and beside the member."""
    npz(file, network_members())
    data = bytearray(file.read_bytes())
    for place in (at for at in range(len(data)) if data[at : at + len(name)] == name.encode()):
        if data[place - 46 : place - 42] == b"PK\x01\x02":
            data[place - 22 : place - 18] = b"\xf0\xff\xff\xff"
        elif data[place - 30 : place - 26] == b"PK\x03\x04":
            data[place - 8 : place - 4] = b"\xf0\xff\xff\xff"
    file.write_bytes(bytes(data))


def npz_cases() -> Iterator[Case]:
    def shaped(text: str) -> bytes:
        return npy(np.zeros(4), header=f"{{'descr': '<f8', 'fortran_order': False, {text}}}\n")

    lies = {
        "shape of 10^18": shaped("'shape': (1000000000, 1000000000), "),
        "negative shape": shaped("'shape': (-4, -1), "),
        "shape of True": shaped("'shape': (True, 4), "),
        "shape of 5,000 digits": shaped(f"'shape': ({'9' * 5000},), "),
        "no shape": shaped(""),
        "100 dimensions": shaped(f"'shape': ({'1, ' * 100}), "),
        "nested header": npy(np.zeros(4), header="(" * 3000),
        "nested list in header": npy(np.zeros(4), header="[" * 60_000),
        "long header": npy(np.zeros(4), header="{" + " " * 3_000_000 + "}"),
        "code in header": npy(np.zeros(4), header="__import__('os').abort()"),
        "length of 4 GB": npy(np.zeros(4), length=2**32 - 1),
        "version 9": npy(np.zeros(4), version=(9, 9)),
        "version 3": npy(np.zeros(4), version=(3, 0), header="{'descr': '<f8', 'é': 1}"),
        "objects": npy(np.array([[{}]], dtype=object)),
        "many objects": npy(np.array([[{"a": 1}] * 500] * 500, dtype=object)),
        "complex": npy(np.zeros((4, 784), complex)),
        "dates": npy(np.zeros((4, 784), "M8[s]")),
        "records": npy(np.zeros(4, "i4,f8")),
        "voids": npy(np.zeros(4, "V16")),
        "text": npy(np.array([["x" * 1000] * 20] * 20)),
        "raw bytes": npy(np.array(b"x" * 100)),
        "sub-arrays": npy(
            np.zeros(4), header="{'descr': '(2,3)<f8', 'fortran_order': False, 'shape': (4,), }"
        ),
        "nothing": b"",
        "one byte": b"\x93",
        "NaN": npy(np.full((4, 784), np.nan)),
        "infinity": npy(np.full((4, 784), -np.inf)),
        "sums beyond floats": npy(np.full((4, 784), 1e308)),
        "no columns": npy(np.zeros((4, 0))),
        "no rows": npy(np.zeros((0, 784))),
        "flat": npy(np.zeros(4 * 784)),
        "one number": npy(np.float64(1)),
    }
    for what, member in lies.items():
        members = network_members(weights_1=member)
        yield f"weights: {what}", "m.npz", lambda file, m=members: npz(file, m)
    words = {
        "60 MB": "x" * 15_000_000,
        "escapes": EVIL_NAMES[0],
        "a new line": EVIL_NAMES[1],
        "bidirectional": EVIL_NAMES[2],
        "surrogate": "\ud800",
        "NULs": "sig\0moid",
        "nothing": "",
    }
    for key in ("activation_1", "format"):
        for what, word in words.items():
            members = network_members(**{key: npy(np.array(word))})
            yield f"{key}: {what}", "m.npz", lambda file, m=members: npz(file, m)
        many = network_members(**{key: npy(np.array([["relu"] * 300] * 300))})
        yield f"{key}: an array", "m.npz", lambda file, m=many: npz(file, m)
    for name in (*EVIL_NAMES, "../../x", "/etc/passwd", "x" * 60_000, "weights_99999999999"):
        members = network_members(**{name: npy(np.zeros(3))})
        yield f"a member called {name[:20]!a}", "m.npz", lambda file, m=members: npz(file, m)
    crowd = {f"weights_{n}": npy(np.zeros((1, 1), "i1")) for n in range(20_000)}
    yield "20,000 members", "m.npz", lambda file: npz(file, network_members() | crowd)
    for rows, columns in ((320_000, 784), (16_000, 16_000), (1, 250_000_000)):
        yield (
            f"int8 zeros of {rows} x {columns}",
            "m.npz",
            lambda file, r=rows, c=columns: zeros_npz(file, r, c),
        )
    yield "a member that declares 4 GB", "m.npz", lambda file: declared(file, "weights_1.npy")
    deep = network_members((784, *[4] * 500, 10))
    yield "500 layers", "m.npz", lambda file: npz(file, deep)
    wide = network_members((784, *[4] * 39, 10))
    wide |= {f"weights_{n}": npy(np.zeros((1500, 1500), "i1")) for n in range(2, 40)}
    yield "40 layers of 1,500", "m.npz", lambda file: npz(file, wide)


def test_npz(attacks: Field, place: Place) -> None:
    """Members that lie about what they hold."""
    attacked(attacks, place, npz_cases())


# --- safetensors ---------------------------------------------------------------------------------
def safetensors(file: Path, header: Any, body: bytes = b"", length: int | None = None) -> None:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + body)


def tensor(dtype: str, shape: list[int], start: int, end: int) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def safetensors_cases() -> Iterator[Case]:
    plain = {"fc1.weight": tensor("F32", [2, 2], 0, 16)}
    headers: dict[str, tuple[Any, bytes, int | None]] = {
        "a header of 2^63": (plain, bytes(16), 2**63),
        "a header of 2^64 - 1": (plain, bytes(16), 2**64 - 1),
        "a header of 100 MB": (plain, bytes(16), 100_000_000),
        "a header of nothing": (b"", b"", 0),
        "nested lists": (b"[" * 100_000, b"", None),
        "nested dicts": (b'{"a":' * 50_000, b"", None),
        "a number of 5,000 digits": (b'{"a":' + b"9" * 5000 + b"}", b"", None),
        "a lone surrogate": (b'{"\\ud800": 1}', b"", None),
        "offsets backwards": ({"a.weight": tensor("F32", [2, 2], 16, 0)}, bytes(16), None),
        "offsets beyond": ({"a.weight": tensor("F32", [2, 2], 0, 2**60)}, bytes(16), None),
        "a huge shape of nothing": ({"a.weight": tensor("F32", [2**40, 0], 0, 0)}, b"", None),
        "a shape beyond 2^64": ({"a.weight": tensor("F32", [2**40, 2**40], 0, 16)}, b"", None),
        "a negative shape": ({"a.weight": tensor("F32", [-2, -2], 0, 16)}, bytes(16), None),
        "a kind that is none": ({"a.weight": tensor("F\x1b[2J", [2, 2], 0, 16)}, bytes(16), None),
        "eight bits": ({"a.weight": tensor("F8_E4M3", [4, 4], 0, 16)}, bytes(16), None),
        "numbers for texts": ({"a.weight": 5, "__metadata__": {"x": 5}}, bytes(16), None),
        "metadata of 20 MB": (
            {"__metadata__": {"activations": "x" * 20_000_000}, **plain},
            bytes(16),
            None,
        ),
        "activations with escapes": (
            {"__metadata__": {"activations": EVIL_NAMES[1]}, **plain},
            bytes(16),
            None,
        ),
        "NaN": (
            {"a.weight": tensor("F32", [2, 2], 0, 16)},
            struct.pack("<4f", *[float("nan")] * 4),
            None,
        ),
        "200,000 names": (
            {f"n{n}.weight": tensor("U8", [1, 1], n, n + 1) for n in range(200_000)},
            bytes(200_000),
            None,
        ),
        "one piece of data for 64 layers": (
            {f"n{n}.weight": tensor("F32", [2, 2], 0, 16) for n in range(64)},
            bytes(16),
            None,
        ),
    }
    for name in (*EVIL_NAMES, "x" * 100_000, ""):
        tensors = {f"{name}.weight": tensor("F32", [2, 2, 1], 0, 16)}
        headers[f"a tensor called {name[:20]!a}"] = tensors, bytes(16), None
    for what, (header, body, length) in headers.items():
        yield (
            what,
            "m.safetensors",
            lambda file, h=header, b=body, n=length: safetensors(file, h, b, n),
        )
    for dtype in ("U8", "BOOL", "F16", "BF16"):
        width = 2 if dtype.endswith("16") else 1
        names = {"fc1.weight": tensor(dtype, [250_000, 1000], 0, 250_000_000 * width)}

        def sparse(file: Path, header: Any = names, size: int = 250_000_000 * width) -> None:
            safetensors(file, header)
            os.truncate(file, file.stat().st_size + size)  # takes no room on the disk

        yield f"{dtype} zeros, 250 million", "m.safetensors", sparse


def test_safetensors(attacks: Field, place: Place) -> None:
    """Headers that lie about what follows."""
    attacked(attacks, place, safetensors_cases())


# --- PyTorch -------------------------------------------------------------------------------------
class Global:
    """A name, and what it is called with, as a pickle has it."""

    def __init__(self, module: str, name: str, *values: Any) -> None:
        self.module, self.name, self.values = module, name, values


class Persistent:
    def __init__(self, *value: Any) -> None:
        self.value = value


class _Name:
    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


def pickled(value: Any) -> bytes:
    """Protocol 2, by hand: names that this Python doesn't have can stand in it, too."""

    def text(word: str) -> bytes:
        data = word.encode("utf-8", "surrogatepass")
        return b"X" + struct.pack("<I", len(data)) + data

    def one(value: Any) -> bytes:
        match value:
            case _Name():
                return f"c{value.module}\n{value.name}\n".encode()
            case Global():
                name = _Name(value.module, value.name)
                return one(name) + one(value.values) + b"R"
            case Persistent():
                return one(value.value) + b"Q"
            case bool():
                return b"\x88" if value else b"\x89"
            case int() if 0 <= value < 2**31:
                return b"J" + struct.pack("<i", value)
            case int():
                size = value.bit_length() // 8 + 1
                data = value.to_bytes(size, "little", signed=True)
                if size < 256:
                    return b"\x8a" + bytes([size]) + data
                return b"\x8b" + struct.pack("<i", size) + data
            case str():
                return text(value)
            case tuple():
                return b"(" + b"".join(map(one, value)) + b"t"
            case list():
                return b"](" + b"".join(map(one, value)) + b"e"
            case dict():
                return b"}(" + b"".join(one(k) + one(v) for k, v in value.items()) + b"u"
            case None:
                return b"N"
        raise TypeError(value)

    return b"\x80\x02" + one(value) + b"."


def torch_tensor(
    shape: tuple[Any, ...],
    strides: tuple[Any, ...],
    *,
    kind: str = "FloatStorage",
    key: str = "0",
    offset: Any = 0,
    count: int = 16,
) -> Global:
    storage = Persistent("storage", _Name("torch", kind), key, "cpu", count)
    hooks = Global("collections", "OrderedDict")
    return Global(
        "torch._utils", "_rebuild_tensor_v2", storage, offset, shape, strides, False, hooks
    )


def pt(file: Path, content: Any, **storages: bytes) -> None:
    program = content if isinstance(content, bytes) else pickled(content)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("state/data.pkl", program)
        for key, data in ({"0": bytes(64)} | storages).items():
            archive.writestr(f"state/data/{key.removeprefix('s')}", data)


def bomb_pt(file: Path, content: Any, size: int) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("state/data.pkl", pickled(content))
        with archive.open("state/data/0", "w", force_zip64=True) as stream:
            for _ in range(0, size, 2**20):
                stream.write(bytes(min(2**20, size - _)))


def torch_cases() -> Iterator[Case]:
    good = torch_tensor((4, 4), (4, 1))
    contents: dict[str, Any] = {
        "one number for a million": {"a.weight": torch_tensor((1000, 1000), (0, 0))},
        "a shape of 2^39": {"a.weight": torch_tensor((2**39, 2**39), (0, 0))},
        "a negative stride": {"a.weight": torch_tensor((4, 4), (-4, -1))},
        "a huge stride": {"a.weight": torch_tensor((4, 4), (2**39, 2**39))},
        "an offset beyond": {"a.weight": torch_tensor((4, 4), (4, 1), offset=2**39)},
        "a shape of True": {"a.weight": torch_tensor((True, 4), (4, 1))},
        "a shape of text": {"a.weight": torch_tensor(("4", 4), (4, 1))},
        "a storage that is not there": {"a.weight": torch_tensor((4, 4), (4, 1), key="7")},
        "a storage outside": {"a.weight": torch_tensor((4, 4), (4, 1), key="../data.pkl")},
        "a storage with escapes": {"a.weight": torch_tensor((4, 4), (4, 1), key=EVIL_NAMES[1])},
        "a kind that is none": {"a.weight": torch_tensor((4, 4), (4, 1), kind="EvilStorage")},
        "32 dimensions": {"a.weight": torch_tensor((1,) * 32, (1,) * 32)},
        "a number of 80,000 bits": {"a.weight": good, "epoch": 2**80_000},
        "a command": Global("os", "system", "touch owned"),
        "a command with escapes": Global("os", EVIL_NAMES[0], "touch owned"),
        "eval": Global("builtins", "eval", "open('owned', 'w')"),
        "a call of a call": Global("torch._utils", "_rebuild_parameter", good),
        "65 layers of one storage": {f"n{n}.weight": good for n in range(65)},
        "200,000 names of one storage": {f"n{n}.weight": good for n in range(50_000)},
        "a list": [good] * 10,
        "nothing": None,
        "keys that are numbers": {n: good for n in range(5)},
        "activations with escapes": {"a.weight": good, "activations": EVIL_NAMES[1]},
        "3 MB of activations": {"a.weight": good, "activations": ["x" * 3_000_000]},
    }
    for name in (*EVIL_NAMES, "x" * 100_000, "\ud800"):
        contents[f"a tensor called {name[:20]!a}"] = {name: torch_tensor((4, 2, 2), (4, 2, 1))}
        contents[f"two dicts, one called {name[:20]!a}"] = {name: {"a": 1}, "b": 2}
    for what, content in contents.items():
        yield what, "m.pt", lambda file, c=content: pt(file, c)
    programs = {
        "lists in lists": b"\x80\x02" + b"](" * 200_000 + b".",
        "tuples in tuples": b"\x80\x02)" + b"\x85" * 500_000 + b".",
        "what doubles itself": b"\x80\x02)" + b"q\x01h\x01\x86" * 60 + b".",
        "a dict of what doubles itself": b"\x80\x02})" + b"q\x01h\x01\x86" * 40 + b"Ns.",
        "a list in itself": b"\x80\x02]q\x01h\x01a.",
        "no end": b"\x80\x02}",
        "no values": b"\x80\x02u.",
        "memory of 2^32": b"\x80\x02}r\xff\xff\xff\xff.",
        "a text of 2 GB": b"\x80\x02X\xff\xff\xff\x7fabc.",
        "a text of 2^64": b"\x80\x04\x8d" + b"\xff" * 8 + b".",
        "a frame of 2^64": b"\x80\x04\x95" + b"\xff" * 8 + b"}.",
        "a protocol of 255": b"\x80\xff}.",
        "an old number": b"L" + b"9" * 100_000 + b"L\n.",
        "many marks": b"\x80\x02" + b"(" * 1_000_000 + b".",
    }
    for what, program in programs.items():
        yield what, "m.pth", lambda file, p=program: pt(file, p)
    wide = {"a.weight": torch_tensor((250_000, 1000), (1000, 1), kind="CharStorage")}
    yield "int8 zeros of 250 MB", "m.pt", lambda file: bomb_pt(file, wide, 250_000_000)
    half = {
        f"n{n}.weight": torch_tensor((1000, 1000), (1000, 1), kind="HalfStorage") for n in range(60)
    }
    yield "60 views of one storage", "m.pt", lambda file: bomb_pt(file, half, 2_000_000)
    yield (
        "a bare pickle",
        "m.pt",
        lambda file: file.write_bytes(pickle.dumps({"a": [1.0]})) and None,
    )


def test_pytorch(attacks: Field, place: Place) -> None:
    """Pickles that command, zips that grow, tensors that look beyond their storage."""
    attacked(attacks, place, torch_cases())


# --- HDF5, Keras ---------------------------------------------------------------------------------
def dense_config(units: int = 10, name: str = "dense", **more: Any) -> dict[str, Any]:
    settings = {"name": name, "units": units, "activation": "relu", **more}
    return {"class_name": "Dense", "config": settings}


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    start = {"class_name": "InputLayer", "config": {"batch_shape": [None, 784], "name": "in"}}
    return {"class_name": "Sequential", "config": {"name": "s", "layers": [start, *layers]}}


def h5_cases() -> Iterator[Case]:
    import h5py

    def saved(fill: Callable[[Any], None]) -> Callable[[Path], None]:
        def write(file: Path) -> None:
            with h5py.File(file, "w") as root:
                fill(root)

        return write

    def shared(root: Any, count: int, rows: int, **more: Any) -> None:
        """Many layers of one data set that was never written."""
        first = root.create_dataset("dense/w:0", (rows, rows), "f4", chunks=(64, 64), **more)
        for n in range(1, count):
            root[f"dense_{n}/w:0"] = first
        root.attrs["model_config"] = json.dumps(
            sequential(*[dense_config(rows, f"dense_{n}" if n else "dense") for n in range(count)])
        )

    for count, rows in ((64, 400), (64, 990), (8, 2800), (64, 3000), (2, 10**6), (1, 10**9)):
        fill: Callable[[Any], None] = lambda root, c=count, r=rows: shared(root, c, r)  # noqa: E731
        what = f"{count} layers of one data set of {rows}"
        yield what if rows > 1000 else f"? {what}", "m.h5", saved(fill)

    def zeros(root: Any, dtype: str) -> None:
        root.create_dataset(
            "layers/dense/vars/0", (250_000, 1000), dtype, chunks=(1000, 1000), compression=9
        )

    for dtype in ("i1", "u1", "f2", "?"):
        yield (
            f"{dtype} zeros of 250 million",
            "m.weights.h5",
            saved(lambda root, d=dtype: zeros(root, d)),
        )

    def links(root: Any, kind: str) -> None:
        match kind:
            case "another file":
                root["dense/kernel:0"] = h5py.ExternalLink("/etc/passwd", "/x")
            case "soft, in a circle":
                root["a"] = h5py.SoftLink("/a")
            case "hard, in a circle":
                root.create_group("a")["b"] = root["/"]
            case "external storage":
                root.create_dataset(
                    "dense/kernel:0", (4, 4), "f4", external=[("/etc/passwd", 0, 64)]
                )
            case "virtual":
                layout = h5py.VirtualLayout((4, 4), "f4")
                layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4, 4))
                root.create_virtual_dataset("dense/kernel:0", layout)
            case "100,000 groups":
                for n in range(3000):
                    root.create_group(f"g{n}")
            case "300 deep":
                root.create_group("/".join("g" * 300))

    for kind in (
        "another file",
        "soft, in a circle",
        "hard, in a circle",
        "external storage",
        "virtual",
        "100,000 groups",
        "300 deep",
    ):
        yield f"links: {kind}", "m.weights.h5", saved(lambda root, k=kind: links(root, k))

    def arrays(root: Any, value: Any, **more: Any) -> None:
        root.create_dataset("layers/dense/vars/0", data=value, **more)
        root.create_dataset("layers/dense/vars/1", data=np.zeros(10, "f4"))

    kinds: dict[str, Any] = {
        "texts": np.array([[b"x" * 100] * 10] * 784),
        "texts of any length": np.array([["a"] * 10] * 784, dtype=h5py.string_dtype()),
        "complex": np.zeros((784, 10), complex),
        "records": np.zeros((784, 10), "i4,f4"),
        "a scalar": 1.0,
        "nothing": np.zeros((0, 0), "f4"),
        "NaN": np.full((784, 10), np.nan, "f4"),
        "references": np.full((784, 10), h5py.Reference(), dtype=h5py.ref_dtype),
    }
    for what, value in kinds.items():
        yield (
            f"a data set of {what}",
            "m.weights.h5",
            saved(lambda root, v=value: arrays(root, v)),
        )
    for name in EVIL_NAMES:
        clean = name.replace("/", "")
        yield (
            f"a data set called {clean[:20]!a}",
            "m.weights.h5",
            saved(
                lambda root, n=clean: root.create_dataset(f"dense/{n}", data=np.zeros((2, 2, 2)))
            ),
        )
    for what, config in configurations().items():

        def described(root: Any, text: str = config) -> None:
            if len(text) < 60_000:
                root.attrs["model_config"] = text
            group = root.create_group("model_weights/dense/dense")
            group.create_dataset("kernel:0", data=np.zeros((784, 10), "f4"))
            group.create_dataset("bias:0", data=np.zeros(10, "f4"))

        yield f"configuration: {what}", "m.h5", saved(described)


def configurations() -> dict[str, str]:
    """What ``config.json`` of a model may say."""
    found = {
        "nested lists": "[" * 50_000,
        "nested dicts": '{"class_name":' * 4000,
        "nothing": "",
        "a number": "1",
        "a number of 5,000 digits": json.dumps(sequential()).replace("784", "9" * 5000),
        "a surrogate": json.dumps(sequential(dense_config(name="\ud800x"))),
        "units of text": json.dumps(sequential(dense_config("x" * 50_000))),  # type: ignore[arg-type]
        "200 layers": json.dumps(sequential(*[dense_config(10, f"d{n}") for n in range(200)])),
        "layers of null": json.dumps({"class_name": "Sequential", "config": {"layers": None}}),
        "a model in a model": json.dumps(sequential(sequential(sequential(dense_config())))),
        "functional, to itself": json.dumps(
            {
                "class_name": "Functional",
                "config": {
                    "name": "m",
                    "layers": [
                        dense_config() | {"name": "dense", "inbound_nodes": [[["dense", 0, 0, {}]]]}
                    ],
                    "input_layers": [["dense", 0, 0]],
                    "output_layers": [["dense", 0, 0]],
                },
            }
        ),
    }
    for name in EVIL_NAMES:
        found[f"a layer of class {name[:20]!a}"] = json.dumps(
            sequential({"class_name": name, "config": {"name": name}})
        )
        found[f"an activation called {name[:20]!a}"] = json.dumps(
            sequential(dense_config(activation=name))
        )
    return found


def keras_cases() -> Iterator[Case]:
    with zipfile.ZipFile(FILES / "functional.keras") as archive:
        weights = archive.read("model.weights.h5")
        good = archive.read("config.json")

    def written(config: bytes, weights: bytes = weights, **more: bytes) -> Callable[[Path], None]:
        def write(file: Path) -> None:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("config.json", config)
                archive.writestr("model.weights.h5", weights)
                for name, data in more.items():
                    archive.writestr(name, data)

        return write

    for what, text in configurations().items():
        data = text.encode("utf-8", "surrogatepass")
        yield f"configuration: {what}", "m.keras", written(data)
    yield "a configuration of 300 MB", "m.keras", written(b" " * 300_000_000)
    yield "no weights", "m.keras", written(good, b"")
    yield "weights of zeros", "m.keras", written(good, bytes(200_000_000))
    yield "a configuration in UTF-16", "m.keras", written(good.decode().encode("utf-16"))


def test_hdf5_and_keras(attacks: Field, place: Place) -> None:
    """Data sets that share, link, lie; configurations that nest."""

    def both() -> Iterator[Case]:
        yield from h5_cases()
        yield from keras_cases()

    attacked(attacks, place, both())


# --- ONNX ----------------------------------------------------------------------------------------
def onnx_cases() -> Iterator[Case]:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    def model(nodes: list[Any], constants: list[Any], columns: Any = 784) -> Any:
        graph = helper.make_graph(
            nodes,
            "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, columns])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 10])],
            constants,
        )
        return helper.make_model(graph)

    def saved(nodes: list[Any], *constants: Any) -> Callable[[Path], None]:
        data = model(nodes, list(constants)).SerializeToString()
        return lambda file: file.write_bytes(data) and None

    def array(name: str, value: Any) -> Any:
        return numpy_helper.from_array(np.ascontiguousarray(value), name)

    def lying(name: str, kind: int, dims: list[int], raw: bytes = b"", **more: Any) -> Any:
        found = TensorProto(name=name, data_type=kind, dims=dims, **more)
        if raw:
            found.raw_data = raw
        return found

    def chain(count: int, op: str = "MatMul") -> list[Any]:
        names = ["x", *(f"h{n}" for n in range(1, count)), "y"]
        return [
            helper.make_node(op, [names[n], "w"], [names[n + 1]], name=f"n{n}")
            for n in range(count)
        ]

    square = array("w", np.zeros((784, 784), "f4"))
    one = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    for count, rows, dtype in (
        (65, 784, "f4"),
        (64, 3000, "i1"),
        (60, 3000, "f2"),
        (64, 1500, "f4"),
    ):
        zeros = array("w", np.zeros((rows, rows), dtype))
        mark = "? " if rows < 1000 and count <= 64 else ""
        yield (
            f"{mark}one {dtype} matrix of {rows}, {count} times",
            "m.onnx",
            saved(chain(count), zeros),
        )
    kinds = {
        "a shape of 10^18": lying("w", 1, [10**9, 10**9], bytes(64)),
        "a negative shape": lying("w", 1, [-1, -1], bytes(64)),
        "a shape of nothing": lying("w", 1, [0, 10**12]),
        "no data": lying("w", 1, [784, 10]),
        "a kind that is none": lying("w", 999, [784, 10], bytes(64)),
        "texts": lying("w", 8, [784, 10], string_data=[b"x"] * 7840),
        "complex": lying("w", 14, [784, 10], bytes(784 * 80)),
        "? four bits": lying("w", 22, [784, 10], bytes(3920)),
        "data elsewhere": lying(
            "w",
            1,
            [784, 10],
            data_location=1,
            external_data=[{"key": "location", "value": "../../../../../../etc/passwd"}],
        ),
        "int8, 120 million": lying("w", 3, [120_000, 1000], bytes(120_000_000)),
        "bool, 240 million": lying("w", 9, [240_000, 1000], bytes(240_000_000)),
        "NaN": array("w", np.full((784, 10), np.nan, "f4")),
        "a scalar": array("w", np.float32(1)),
    }
    for what, constant in kinds.items():
        yield f"{'? ' * (what[0] == '?')}weights: {what}", "m.onnx", saved(one, constant)
    for name in (*EVIL_NAMES, "x" * 100_000):
        yield (
            f"an operation called {name[:20]!a}",
            "m.onnx",
            saved([helper.make_node(name, ["x", "w"], ["y"])], square),
        )
        yield (
            f"a domain called {name[:20]!a}",
            "m.onnx",
            saved([helper.make_node("Relu", ["x"], ["y"], domain=name)], square),
        )
        yield (
            f"a name of {name[:20]!a}",
            "m.onnx",
            saved([helper.make_node("MatMul", [name, "w"], ["y"])], square),
        )
    deep = helper.make_node("Relu", ["x"], ["y"])
    for _ in range(25):
        inner = helper.make_graph([deep], "g", [], [])
        deep = helper.make_node("If", ["x"], ["y"], then_branch=inner)
    yield "branches in branches", "m.onnx", saved([deep], square)
    yield "a circle", "m.onnx", saved([helper.make_node("Relu", ["y"], ["y"])], square)
    yield (
        "100,000 operations",
        "m.onnx",
        saved(
            [helper.make_node("Identity", [f"a{n}"], [f"a{n + 1}"]) for n in range(100_000)], square
        ),
    )
    views = [helper.make_node("Transpose", ["w"], ["w0"], perm=[1, 0])]
    views += [
        helper.make_node("Transpose", [f"w{n}"], [f"w{n + 1}"], perm=[1, 0]) for n in range(500)
    ]
    views.append(helper.make_node("MatMul", ["x", "w500"], ["z"]))
    big = array("w", np.zeros((3000, 3000), "i1"))
    yield "500 turned copies of a matrix", "m.onnx", saved(views, big)
    same = [helper.make_node("Transpose", ["w"], [f"w{n}"], perm=[1, 0]) for n in range(300)]
    yield "? 300 copies of one matrix", "m.onnx", saved([*same, *one], big)
    shape = array("s", np.array([10**9, 10**9]))
    for what, nodes, constants in (
        (
            "perm of another length",
            [helper.make_node("Transpose", ["w"], ["v"], perm=[5, 9, 1])],
            [],
        ),
        ("a new shape of 10^18", [helper.make_node("Reshape", ["x", "s"], ["v"])], [shape]),
    ):
        # Whose result nobody asks for, which changes nothing, and whose result is multiplied.
        yield f"? {what}, unused", "m.onnx", saved([*nodes, *one], square, *constants)
        into = ["x", "v"] if nodes[0].op_type == "Transpose" else ["v", "w"]
        used = [*nodes, helper.make_node("MatMul", into, ["y"])]
        yield what, "m.onnx", saved(used, square, *constants)
    assert onnx.__version__


def test_onnx(attacks: Field, place: Place) -> None:
    """Graphs that repeat, branch, lie about their tensors."""
    attacked(attacks, place, onnx_cases())


# --- all of them ---------------------------------------------------------------------------------
def test_models_damaged(attacks: Field, place: Place) -> None:
    """Right files of every format with a few bytes changed: a network or one sentence."""
    seeds = {path.name: path.read_bytes() for path in sorted(FILES.iterdir()) if path.is_file()}
    seeds["vanilla.npz"] = (ROOT / "assets" / "models" / "vanilla.npz").read_bytes()
    for number in range(120):
        name = attacks.random.choice(sorted(seeds))
        file = place.given / f"{number}-{name}"
        file.write_bytes(damaged(seeds[name], attacks.rng))
        attacks.judge(f"damage {number} of {name}", place.run("model", file, "--json"))
        file.unlink()


def test_models_that_are_no_files(attacks: Field, place: Place) -> None:
    """Pipes, devices, folders, links; names of any kind; with every command that reads a model."""
    for number, suffix in enumerate(SUFFIXES):
        file = place.given / f"m{suffix}"
        for kind in SPECIAL:
            put(file, kind)
            attacks.judge(f"a {kind}", place.run("model", file), refuse=True)
            remove(file)
        file.write_bytes(b"")
        attacks.judge("an empty file", place.run("model", file), refuse=True)
        remove(file)
        for name in (EVIL_NAMES[number % len(EVIL_NAMES)], "x" * 300, "\udcff\udcfe"):
            file = place.given / f"{name}{suffix}"
            attacks.judge("a name", place.run("model", file), refuse=True)
            if len(name) < 100:
                file.write_bytes(attacks.rng.bytes(50))
                attacks.judge("a name that is there", place.run("model", file), refuse=True)
                remove(file)
    hero = place.folder / "assets" / "digits" / "3_hero.png"
    file = place.given / "m.npz"
    commands: tuple[tuple[object, ...], ...] = (
        ("predict", hero, "--model", file),
        ("import", file, "-o", place.given / "out.npz"),
        ("diff", file, file),
        ("render", "Recap", "-q", "l", "--model", file),
    )
    for kind in SPECIAL:
        put(file, kind)
        for command in commands:
            attacks.judge(f"a {kind}", place.run(*command), refuse=True)
    remove(file)
    for name in ("x" * 300, f"{EVIL_NAMES[1]}.npz", EVIL_NAMES[0], ""):
        for command in commands:
            words = [name if word is file else word for word in command]
            attacks.judge("a name", place.run(*words), refuse=True)
