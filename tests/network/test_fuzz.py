"""Whatever bytes come: a network, a picture, or one sentence; nothing runs, memory stays small."""

from __future__ import annotations

import json
import pickle
import tracemalloc
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from network import MLP, InputError, apart, load_network
from network.checkpoint import LOADERS
from network.digits import load_image
from network.loaders import keras, onnx

FILES = Path(__file__).parent / "frameworks" / "files"
SEEDS = {
    name: (FILES / name).read_bytes()
    for name in ("state.pt", "bare.safetensors", "functional.keras", "gemm.onnx")
}
ACTIVATIONS = {"state.pt": ["relu"], "bare.safetensors": ["relu"]}
QUICK = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
LIMIT = 64 * 2**20

# Where, and what to: a few bytes changed, a piece cut out, a piece doubled.
DAMAGE = st.lists(
    st.tuples(
        st.sampled_from(["set", "cut", "double"]),
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 255),
    ),
    min_size=1,
    max_size=4,
)


def damaged(data: bytes, changes: list[tuple[str, float, int]]) -> bytes:
    out = bytearray(data)
    for kind, where, value in changes:
        place = int(where * len(out))
        if kind == "set" and out:
            out[place] = value
        elif kind == "cut":
            del out[place : place + value]
        else:
            out[place:place] = out[place : place + value]
    return bytes(out)


def loads_or_says(path: Path, **options: Any) -> None:
    tracemalloc.start()
    try:
        assert isinstance(load_network(path, **options), MLP)
    except InputError as error:
        assert str(error).startswith(f"{path}: ")
        assert len(str(error)) < 1500
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < LIMIT


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize("name", [name for name in SEEDS if not name.endswith(".keras")])
@QUICK
@given(changes=DAMAGE)
def test_damaged_models(name: str, changes: list[tuple[str, float, int]], tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(damaged(SEEDS[name], changes))
    loads_or_says(path, activations=ACTIVATIONS.get(name))


def any_bytes(suffix: str, data: bytes, folder: Path) -> None:
    path = folder / f"m{suffix}"
    path.write_bytes(data)
    loads_or_says(path, activations=["relu"])


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".pt"])
@settings(QUICK, max_examples=40)
@given(data=st.binary(max_size=200))
def test_any_bytes(suffix: str, data: bytes, tmp_path: Path) -> None:
    any_bytes(suffix, data, tmp_path)


@pytest.mark.parametrize("suffix", [".keras", ".onnx"])
@settings(QUICK, max_examples=12)  # a process each
@given(data=st.binary(max_size=200))
def test_any_bytes_read_apart(suffix: str, data: bytes, tmp_path: Path) -> None:
    any_bytes(suffix, data, tmp_path)


# --- PyTorch's pickles, past the zip's checksums ---

PROGRAM = zipfile.ZipFile(BytesIO(SEEDS["state.pt"])).read("state/data.pkl")
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8), inner, max_size=4)
        | st.tuples(inner, inner)
    ),
    max_leaves=12,
)


def zipped(path: Path, program: bytes) -> Path:
    with zipfile.ZipFile(BytesIO(SEEDS["state.pt"])) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, program if name.endswith("data.pkl") else old.read(name))
    return path


@QUICK
@given(changes=DAMAGE)
def test_damaged_programs(changes: list[tuple[str, float, int]], tmp_path: Path) -> None:
    loads_or_says(zipped(tmp_path / "m.pt", damaged(PROGRAM, changes)), activations=["relu"])


@QUICK
@given(content=PLAIN, protocol=st.integers(2, 5))
def test_any_plain_pickle(content: object, protocol: int, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        load_network(zipped(tmp_path / "m.pt", pickle.dumps(content, protocol)))


def test_what_grows_when_it_is_looked_at(tmp_path: Path) -> None:
    """Lists of the same list, 40 deep: 2^40 items for whoever visits them all."""
    nested: list[Any] = []
    for _ in range(40):
        nested = [nested, nested]
    loads_or_says(zipped(tmp_path / "m.pt", pickle.dumps({"a": nested}, 2)))
    twice: tuple[Any, ...] = ()
    for _ in range(40):
        twice = (twice, twice)
    # As a key, hashing it would take as long.
    program = pickle.dumps(twice, 2)[:-1]
    program = b"\x80\x02}" + program[2:] + b"Ns."
    loads_or_says(zipped(tmp_path / "m.pt", program))


# --- Keras's configurations ---

CONFIG = json.loads(zipfile.ZipFile(BytesIO(SEEDS["functional.keras"])).read("config.json"))
WEIGHTS = zipfile.ZipFile(BytesIO(SEEDS["functional.keras"])).read("model.weights.h5")


@pytest.fixture
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Right HDF5, and ONNX, is read in this process, which is quicker."""
    monkeypatch.setitem(LOADERS, ".onnx", onnx.parse)
    monkeypatch.setitem(LOADERS, ".keras", keras.parse)


@pytest.mark.usefixtures("_here")
@QUICK
@given(data=st.data())
def test_changed_configurations(data: st.DataObject, tmp_path: Path) -> None:
    """Any one value in the JSON, down any path, is another."""
    config = json.loads(json.dumps(CONFIG))
    place: Any = config
    while True:
        key = data.draw(
            st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place)))
        )
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.integers(0, 5)) == 0:
            break
        place = inner
    place[key] = data.draw(PLAIN)
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", WEIGHTS)
    loads_or_says(path)


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize("text", ["[" * 100_000, '{"class_name":' * 5_000, "nul", "1", "[]", "{}"])
def test_configurations_that_are_none(text: str, tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", text)
        archive.writestr("model.weights.h5", WEIGHTS)
    with pytest.raises(InputError):
        load_network(path)


# --- HDF5, in a process of its own ---


@settings(QUICK, max_examples=10)
@given(changes=DAMAGE)
def test_damaged_hdf5(changes: list[tuple[str, float, int]], tmp_path: Path) -> None:
    path = tmp_path / "m.h5"
    path.write_bytes(damaged((FILES / "functional.h5").read_bytes(), changes))
    loads_or_says(path)


def test_reading_that_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One wrong byte, and the library goes round for ever in an attribute."""
    monkeypatch.setattr(apart, "WALL_SECONDS", 4)
    data = bytearray((FILES / "sequential.weights.h5").read_bytes())
    data[2224] = 255
    path = tmp_path / "m.weights.h5"
    path.write_bytes(data)
    with pytest.raises(InputError, match="damaged or not Keras's"):
        load_network(path, activations=["relu"])


# --- Pictures ---


def pictures() -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, (40, 30)).astype(np.uint8)
    made = {}
    for mode, form in (("L", "PNG"), ("RGBA", "PNG"), ("P", "PNG"), ("RGB", "JPEG")):
        stream = BytesIO()
        Image.fromarray(grey).convert(mode).save(stream, form)
        made[f"{mode}.{form.lower()}"] = stream.getvalue()
    return made


PICTURES = pictures()


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.filterwarnings("ignore:.*found . digits")
@settings(QUICK, max_examples=60)
@given(changes=DAMAGE)
def test_damaged_pictures(name: str, changes: list[tuple[str, float, int]], tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(damaged(PICTURES[name], changes))
    try:
        image = load_image(path)
    except InputError as error:
        assert str(error).startswith(f"{path}: ")
        return
    assert image.shape == (28, 28)
    assert image.min() >= 0
    assert image.max() <= 1


@settings(QUICK, max_examples=150)
@given(
    shape=st.tuples(st.integers(1, 50), st.integers(1, 50)),
    seed=st.integers(0, 2**32 - 1),
    levels=st.integers(1, 255),
    side=st.integers(1, 64),
)
@pytest.mark.filterwarnings("ignore:.*found .* digits", "ignore:.*look unlike MNIST")
def test_any_pixels(
    shape: tuple[int, int], seed: int, levels: int, side: int, tmp_path: Path
) -> None:
    pixels = np.random.default_rng(seed).integers(0, levels + 1, shape).astype(np.uint8)
    path = tmp_path / "p.png"
    Image.fromarray(pixels * (255 // levels)).save(path)
    try:
        image = load_image(path, side=side)
    except InputError as error:
        assert "no ink found" in str(error) or "pieces of ink" in str(error)
        return
    assert image.shape == (side, side)
    assert 0 <= image.min() <= image.max() <= 1
