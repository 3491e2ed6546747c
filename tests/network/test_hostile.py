"""Small files that declare much: refused in one sentence, before there is anything to convert."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np
import onnx
import pytest
from click.testing import CliRunner, Result
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from safetensors.numpy import save_file

from litnet.cli import main
from network import InputError, load_network, save_network
from network.classes import class_names, read_card
from network.digits import load_idx
from network.loaders.common import MAX_LAYERS, MAX_PARAMETERS
from network.vectors import load_vector

ROOT = Path(__file__).resolve().parents[2]
MOST = 600  # MB that the refusal of a file may take
MB = 2**20


# --- Models ---


def npy(descr: object, shape: tuple[int, ...], data: bytes = b"") -> bytes:
    stream = io.BytesIO()
    header = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.getvalue() + data


FORMAT = npy("<U8", (), np.array("litnet-1").tobytes())


def npz(path: Path, *, way: int = zipfile.ZIP_DEFLATED, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w", way, compresslevel=1) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)


def zeros_in_int8(path: Path) -> None:
    npz(path, format=FORMAT, weights_1=npy("|i1", (16_000, 16_000), bytes(256_000_000)))


def a_long_text(path: Path) -> None:
    name = npy("<U30000000", (), np.full(30_000_000, 97, "<u4").tobytes())
    npz(path, format=FORMAT, activation_1=name)


def a_long_header(path: Path) -> None:
    npz(path, format=b"\x93NUMPY\x02\x00" + struct.pack("<I", 200 * MB) + b"{" * 200 * MB)


def many_members(path: Path) -> None:
    """A zip's list of two million members, made by hand, since zipfile takes a minute for it."""
    one = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, *[0] * 14) + b""
    there = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 46 * 2_000_000, 0, 0)
    path.write_bytes(one * 2_000_000 + there)


def a_zip_that_lies(path: Path) -> None:
    """Its only member declares 200 bytes; 700 MB come out."""
    body = deflated_zeros(700 * MB)
    name = {".npz": b"format.npy", ".pt": b"m/data.pkl", ".keras": b"config.json"}[path.suffix]
    sizes = (0, len(body), 200, len(name), 0)
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 33, *sizes) + name
    entry = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 33, *sizes, *[0] * 5)
    entry += name
    place = len(local) + len(body)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(entry), place, 0)
    path.write_bytes(local + body + entry + end)


def packed_otherwise(path: Path) -> None:
    npz(path, way=zipfile.ZIP_LZMA, format=bytes(MB))


def one_data_set_in_all_layers(path: Path) -> None:
    with h5py.File(path, "w") as root:
        matrix = root.create_dataset("dense/vars/0", (3000, 3000), "f4")  # nothing is written
        for number in range(1, MAX_LAYERS):
            root[f"dense_{number}/vars/0"] = matrix


def texts_in_hdf5(path: Path) -> None:
    with h5py.File(path, "w") as root:
        root.create_dataset("dense/vars/0", (2000, 1000), h5py.string_dtype(), chunks=(100, 1000))


def a_chunk_of_gigabytes(path: Path) -> None:
    with h5py.File(path, "w") as root:
        sizes = {"chunks": (20_000, 10_000), "maxshape": (None, None)}
        made = root.create_dataset("dense/vars/0", (4, 5), "f8", **sizes, compression="gzip")
        made.id.write_direct_chunk((0, 0), zeros(20_000 * 10_000 * 8))


def a_zip_in_keras(path: Path) -> None:
    inner = io.BytesIO()
    npz_like = zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with npz_like:
        npz_like.writestr("model.weights.h5", bytes(50 * MB))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("config.json", "[" * 4_000_000)
        archive.writestr("model.weights.h5", inner.getvalue())


def view(name: str, kind: bytes, key: str, shape: tuple[int, int]) -> bytes:
    """In a pickle: a tensor that looks at a storage, its strides 0."""

    def number(n: int) -> bytes:
        return pickle.dumps(n, 2)[2:-1]

    def text(word: str) -> bytes:
        return b"X" + struct.pack("<I", len(word)) + word.encode()

    storage = b"(" + text("storage") + b"ctorch\n" + kind + b"\n" + text(key) + text("cpu")
    sizes = number(0) + b"(" + b"".join(map(number, shape)) + b"t(K\0K\0t"
    tail = b"\x89ccollections\nOrderedDict\n)RtRs"
    return (
        text(name) + b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\x0ctQ" + sizes + tail
    )


def torch_zip(path: Path, program: bytes, storage: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("m/data.pkl", b"\x80\x02}" + program + b".")
        archive.writestr("m/data/0", storage)


def views_of_one_storage(path: Path) -> None:
    views = [view(f"l{n}.weight", b"ByteStorage", "0", (1000, 1000)) for n in range(60)]
    torch_zip(path, b"".join(views), bytes(10**6))


def a_small_view_of_much(path: Path) -> None:
    torch_zip(path, view("a.weight", b"BFloat16Storage", "0", (2, 2)), bytes(250 * MB))


def a_program_of_dicts(path: Path) -> None:
    torch_zip(path, b"}" * 1_000_000, b"")


def names_without_end(path: Path) -> None:
    one = {"dtype": "F32", "shape": [0, 0], "data_offsets": [0, 0]}
    header = json.dumps({f"w{n}": one for n in range(100_000)}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header)


def tensors_over_each_other(path: Path) -> None:
    one = {"dtype": "U8", "shape": [3000, 3000], "data_offsets": [0, 9_000_000]}
    header = json.dumps({f"w{n}": one for n in range(60)}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(9_000_000))


def small_numbers(path: Path) -> None:
    save_file({"w": np.zeros((16_000, 16_000), np.int8)}, path)


def graph(path: Path, nodes: list[onnx.NodeProto], last: str, *arrays: onnx.TensorProto) -> None:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3000])
    y = helper.make_tensor_value_info(last, TensorProto.FLOAT, None)
    made = helper.make_model(helper.make_graph(nodes, "g", [x], [y], arrays))
    path.write_bytes(made.SerializeToString())


def one_matrix_in_all_layers(path: Path) -> None:
    names = ["x", *(f"z{n}" for n in range(64))]
    nodes = [helper.make_node("Gemm", [a, "w"], [b], alpha=2.0) for a, b in pairwise(names)]
    graph(path, nodes, "z63", numpy_helper.from_array(np.zeros((3000, 3000), np.int8), "w"))


def field(number: int, content: bytes) -> bytes:
    """A field of a protocol buffer that has a length."""
    length, n = b"", len(content)
    while n > 127:
        length, n = length + bytes([n & 127 | 128]), n >> 7
    return bytes([number << 3 | 2]) + length + bytes([n]) + content


def nodes_without_end(path: Path) -> None:
    path.write_bytes(field(7, field(1, b"") * 20_000_000))


def numbers_of_one_byte(path: Path) -> None:
    path.write_bytes(field(7, field(5, field(7, b"\1" * 150_000_000))))


def graphs_in_graphs(path: Path) -> None:
    inner = b""
    for _ in range(300):
        inner = field(5, field(6, field(1, inner)))
    path.write_bytes(field(7, field(1, inner)))


# --- Pictures ---


def png(path: Path, width: int, height: int, colour: int = 0, extra: bytes = b"") -> None:
    body = zeros(height * (1 + width * {0: 1, 2: 3, 6: 4}[colour]))
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    parts = part(b"IHDR", header) + extra + part(b"IDAT", body) + part(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + parts)


def zeros(count: int) -> bytes:
    """So many zeros as zlib packs them, made without packing them all."""
    adler32 = count % 65521 << 16 | 1
    return b"\x78\x01" + deflated_zeros(count) + struct.pack(">I", adler32)


def deflated_zeros(count: int) -> bytes:
    """The same stream without zlib's head and sum: one block, again and again, and the rest."""
    packer = zlib.compressobj(1, wbits=-15)
    block = packer.compress(bytes(MB)) + packer.flush(zlib.Z_FULL_FLUSH)
    last = packer.compress(bytes(count % MB)) + packer.flush()
    return block * (count // MB) + last


def part(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def overlapping_tags(count: int, size: int) -> bytes:
    """Exif, or a TIFF: so many tags, each of which has the same ``size`` bytes."""
    tags = b"".join(struct.pack("<HHII", n, 7, size, 8) for n in range(count))
    start = b"II*\0" + struct.pack("<IH", 8, count) + tags
    return start + bytes(max(0, size + 8 - len(start)))


def a_line(path: Path) -> None:
    png(path, 1, 20_000_000)


def a_wide_page(path: Path) -> None:
    png(path, 8000, 8000, colour=2)


def a_wide_clear_page(path: Path) -> None:
    png(path, 8000, 8000, colour=6)


def tags_in_png(path: Path) -> None:
    png(path, 99, 99, extra=part(b"eXIf", overlapping_tags(20_000, 250_000)))


def tags_in_jpeg(path: Path) -> None:
    stream = io.BytesIO()
    Image.new("L", (99, 99)).save(stream, "JPEG")
    tags = overlapping_tags(20_000, 250_000)
    exif = b"".join(
        b"\xff\xe1" + struct.pack(">H", len(piece) + 8) + b"Exif\0\0" + piece
        for piece in (tags[n : n + 60_000] for n in range(0, len(tags), 60_000))
    )
    path.write_bytes(stream.getvalue()[:2] + exif + stream.getvalue()[2:])


def tags_in_tiff(path: Path) -> None:
    path.write_bytes(overlapping_tags(65_000, 600_000))


def a_packed_text(path: Path) -> None:
    text = zeros(600 * MB)
    png(path, 99, 99, extra=part(b"zTXt", b"a\0\0" + text) + part(b"iCCP", b"a\0\0" + text))


def a_large_webp(path: Path) -> None:
    Image.new("RGB", (8000, 8000)).save(path, lossless=True, method=0)


def a_large_gif(path: Path) -> None:
    Image.new("P", (8000, 8000)).save(path)


MADE: dict[str, tuple[Callable[[Path], None], str]] = {
    "zeros.npz": (zeros_in_int8, "256,000,000 parameters"),
    "text.npz": (a_long_text, "30,000,000 letters in activation_1"),
    "header.npz": (a_long_header, "damaged"),
    "many.npz": (many_members, "92,000,000 bytes of members"),
    "lies.npz": (a_zip_that_lies, "damaged"),
    "lies.pt": (a_zip_that_lies, "damaged"),
    "lies.keras": (a_zip_that_lies, "damaged"),
    "lzma.npz": (packed_otherwise, "expected it deflated or stored"),
    "shared.weights.h5": (one_data_set_in_all_layers, "18,000,000 parameters or more"),
    "texts.h5": (texts_in_hdf5, "type object, expected numbers"),
    "chunk.h5": (a_chunk_of_gigabytes, "far too large"),
    "nested.keras": (a_zip_in_keras, "damaged"),
    "views.pt": (views_of_one_storage, "60,000,000 parameters"),
    "much.pt": (a_small_view_of_much, "131,072,000 parameters"),
    "dicts.pt": (a_program_of_dicts, "0 state dicts"),
    "names.safetensors": (names_without_end, "a header of"),
    "over.safetensors": (tensors_over_each_other, "damaged"),
    "small.safetensors": (small_numbers, "256,000,000 parameters"),
    "matrix.onnx": (one_matrix_in_all_layers, "18,000,000 parameters or more"),
    "nodes.onnx": (nodes_without_end, "far too large"),
    "bytes.onnx": (numbers_of_one_byte, "far too large"),
    "deep.onnx": (graphs_in_graphs, "damaged"),
    "line.png": (a_line, "1 x 20,000,000 pixels, expected at most 16,384 on a side"),
    "page.png": (a_wide_page, "no ink found"),
    "clear.png": (a_wide_clear_page, ""),
    "tags.png": (tags_in_png, "too much memory"),
    "tags.jpg": (tags_in_jpeg, "too much memory"),
    "tags.tif": (tags_in_tiff, "too much memory"),
    "text.png": (a_packed_text, "not a readable PNG"),
    "large.webp": (a_large_webp, ""),
    "large.gif": (a_large_gif, "no ink found"),
}

READ = """
import json, resource, sys
from network import load_network, InputError
from network.digits import load_image
for path in sys.argv[1:]:
    try:
        if path.endswith((".png", ".jpg", ".tif", ".webp", ".gif")):
            load_image(path)
        else:
            load_network(path)
        said = "(read)"
    except InputError as error:
        said = str(error)
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    most = max(resource.getrusage(who).ru_maxrss for who in whose)
    print(json.dumps([said, most / (2**10 if sys.platform == "linux" else 2**20)]), flush=True)
"""


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, str, float]]:
    """Of each file: what was said, and the most memory (MB) taken up to then, in one process."""
    folder = tmp_path_factory.mktemp("hostile")
    files = [folder / name for name in MADE]
    for file, (make, _) in zip(files, MADE.values(), strict=True):
        make(file)
    # By a shell, because a process begins with the record of the one that it was forked from.
    done = subprocess.run(
        ["sh", "-c", '"$@"; exit $?', "sh", sys.executable, "-c", READ, *map(str, files)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=600,
        check=True,
    )
    assert not done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {file.name: (file, *line) for file, line in zip(files, lines, strict=True)}


@pytest.mark.skipif(sys.platform == "win32", reason="no way to limit a process there")
@pytest.mark.parametrize("name", MADE)
def test_a_small_file_cannot_fill_the_memory(
    name: str, refusals: dict[str, tuple[Path, str, float]]
) -> None:
    file, said, most = refusals[name]
    assert said.startswith(f"{file}: found ") or said.startswith(f"{file}: no ink found")
    assert MADE[name][1] in said
    assert "\n" not in said and len(said) < 600
    assert most < MOST


def test_the_largest_network_can_be_read(tmp_path: Path) -> None:
    """As float64, and one number more cannot."""
    matrix = np.zeros((4000, MAX_PARAMETERS // 4000 - 1), dtype=np.int8)
    arrays = {"format": "litnet-1", "biases_1": matrix[:, 0], "activation_1": "relu"}
    np.savez_compressed(tmp_path / "m.npz", weights_1=matrix, **arrays)
    assert load_network(tmp_path / "m.npz").parameters == MAX_PARAMETERS
    wide = np.zeros((4000, MAX_PARAMETERS // 4000), dtype=np.int8)
    np.savez_compressed(tmp_path / "m.npz", weights_1=wide, **arrays)
    with pytest.raises(InputError, match="10,004,000 parameters or more, expected a small network"):
        load_network(tmp_path / "m.npz")


def test_idx_files_declare_what_they_have(tmp_path: Path) -> None:
    for name, magic, size in (("images-idx3", 2051, 0), ("labels-idx1", 2049, 5)):
        shape = (5, 28, 28) if magic == 2051 else (5,)
        header = struct.pack(f">{1 + len(shape)}I", magic, *shape)
        with gzip.open(tmp_path / f"train-{name}-ubyte.gz", "wb") as stream:
            stream.write(header + bytes(size or 100 * MB))
    with pytest.raises(InputError, match="found more bytes of data, expected 3,920"):
        load_idx(tmp_path)


# --- Cards, lists, and what is no file ---


CARD = "# m\n\n```json\n{}\n```\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"classes": ' + "[" * 100_000, "nested too deeply"),
        ('{"classes": [' + "9" * 5000 + "]}", "expected JSON"),
        ("{", "expected JSON"),
        ('{"a": "' + "x" * 5_000_000 + '"}', "found more than 4,194,304 bytes"),
    ],
)
def test_a_card_that_cannot_be_read(tmp_path: Path, content: str, message: str) -> None:
    card = tmp_path / "m.md"
    card.write_text(CARD.format(content) if len(content) > 3 else CARD.format("{"), "utf-8")
    for read in (lambda: read_card(card), lambda: class_names(tmp_path / "m.npz", 3)):
        with pytest.raises(InputError, match=message) as caught:
            read()
        assert str(caught.value).startswith(f"{card}: ")


def test_a_card_of_beginnings_is_read_at_once(tmp_path: Path) -> None:
    (tmp_path / "m.md").write_text("```json\n\n" * 400_000, encoding="utf-8")
    with pytest.raises(InputError, match=r"m\.md: its json block: expected JSON"):
        class_names(tmp_path / "m.npz", 2)
    (tmp_path / "m.md").write_text(" ```json\n" * 400_000 + "```json\n", encoding="utf-8")
    assert class_names(tmp_path / "m.npz", 2) == ("0", "1")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name there")
def test_what_blocks_or_has_no_end_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "zero.md").symlink_to("/dev/zero")
    for name in ("pipe", "zero"):
        with pytest.raises(InputError, match=rf"{name}\.md: found a pipe or a device"):
            class_names(tmp_path / f"{name}.npz", 10)
    for name in ("p.npz", "p.onnx", "p.keras", "p.pt", "p.safetensors", "p.png", "p.csv"):
        os.mkfifo(tmp_path / name)
    for name in ("p.npz", "p.onnx", "p.keras", "p.pt", "p.safetensors"):
        assert "not a file" in said_by("model", tmp_path / name)
    assert "not a file" in said_by("predict", tmp_path / "p.png")
    with pytest.raises(InputError, match="not a file"):
        load_vector(tmp_path / "p.csv", 3)


# --- Names, through the commands ---


def litnet(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def said_by(*arguments: object) -> str:
    """The one sentence, of one line that a terminal can show, with which a command says no."""
    done = litnet(*arguments)
    assert done.exit_code == 1, done.output
    (line,) = done.stderr.splitlines()
    assert line.isprintable()
    return line


@pytest.mark.parametrize(
    "arguments",
    [
        ("predict", "NAME.png"),
        ("predict", "--model", "NAME.npz", ROOT / "assets" / "digits" / "3_hero.png"),
        ("model", "NAME.npz"),
        ("model", "NAME.keras"),
        ("import", "NAME.pt", "-o", "m.npz"),
        ("render", "LayerIntro", "--model", "NAME.npz"),
        ("render", "LayerIntro", "--digit", "NAME.png"),
    ],
)
def test_a_name_longer_than_any_file_has(arguments: tuple[object, ...]) -> None:
    sentence = said_by(*(str(word).replace("NAME", "n" * 300) for word in arguments))
    assert "nnn…nnn" in sentence and len(sentence) < 500


ESCAPES = "a\x1b[2J\n\u202eb"
SHOWN = r"a\x1b[2J\n\u202eb"


def escaping_tensor(path: Path) -> None:
    save_file({ESCAPES: np.zeros((2, 2), np.float32)}, path)


def escaping_tensor_in_npz(path: Path) -> None:
    npz(path, **{ESCAPES: FORMAT})


def escaping_operation(path: Path) -> None:
    graph(path, [helper.make_node(ESCAPES, ["x"], ["y"])], "y")


def escaping_domain(path: Path) -> None:
    graph(path, [helper.make_node("Gemm", ["x"], ["y"], domain=ESCAPES)], "y")


def escaping_layer(path: Path) -> None:
    layer = {"class_name": ESCAPES, "config": {"name": "a"}}
    with h5py.File(path, "w") as root:
        config = {"class_name": "Sequential", "config": {"layers": [layer]}}
        root.attrs["model_config"] = json.dumps(config)


def escaping_group(path: Path) -> None:
    with h5py.File(path, "w") as root:
        root[f"{ESCAPES}/0"] = np.zeros((2, 2, 2))


def escaping_global(path: Path) -> None:
    name = b"X" + struct.pack("<I", len(ESCAPES.encode())) + ESCAPES.encode()
    torch_zip(path, name + name + b"\x93", b"")


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("t.safetensors", escaping_tensor),
        ("t.npz", escaping_tensor_in_npz),
        ("o.onnx", escaping_operation),
        ("d.onnx", escaping_domain),
        ("l.h5", escaping_layer),
        ("g.weights.h5", escaping_group),
        ("g.pt", escaping_global),
    ],
)
def test_a_name_in_a_file_does_nothing_to_the_terminal(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    make(tmp_path / name)
    assert SHOWN in said_by("model", tmp_path / name)


def test_a_files_own_name_does_nothing_to_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / f"{ESCAPES}.npz"
    assert SHOWN in said_by("model", file)
    save_network(load_network(ROOT / "assets" / "models" / "vanilla.npz"), file)
    described = litnet("model", file)
    assert described.exit_code == 0 and SHOWN in described.stdout.splitlines()[0]
    assert SHOWN in said_by("predict", file.with_suffix(".png"))
