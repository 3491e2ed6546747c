"""The commands train, predict and model, on real files."""

from __future__ import annotations

import gzip
import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from litnet.cli import main
from litnet.commands.models import DEFAULT_MODEL, ROOT
from network import MLP, Dense, load_network, save_network
from network.classes import read_card
from network.digits import bundled_digits

HERO = ROOT / "assets" / "digits" / "3_hero.png"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """``litnet train`` sets these; after each test they are as they were."""
    for library in ("OPENBLAS", "OMP", "MKL"):
        monkeypatch.setenv(f"{library}_NUM_THREADS", "1")


def litnet(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """IDX files: 60 bundled digits, and 300 noisy ones, which are in nobody's bundle."""
    rng = np.random.default_rng(0)
    digits = bundled_digits()
    bundled = [np.rint(d.image() * 255).astype(np.uint8) for d in digits[::3][:60]]
    labels = [d.label for d in digits[::3][:60]]
    for n in rng.integers(0, len(digits), 300):
        noise = rng.integers(0, 20, (28, 28))
        bundled.append(np.clip(digits[n].image() * 235 + noise, 0, 255).astype(np.uint8))
        labels.append(digits[n].label)
    folder = tmp_path / "mnist"
    folder.mkdir()
    header = struct.pack(">IIII", 2051, 360, 28, 28)
    files = {
        "train-images-idx3-ubyte.gz": header + np.array(bundled).tobytes(),
        "train-labels-idx1-ubyte.gz": struct.pack(">II", 2049, 360) + bytes(labels),
    }
    for name, content in files.items():
        (folder / name).write_bytes(gzip.compress(content, 1))
    return folder


def short(data: Path, output: Path, *more: object) -> Result:
    options = ["--layers", "784-12-10", "--epochs", 25, "--batch-size", 20, "--validation", 50]
    return litnet("train", "--data", data, "--output", output, *options, *more)


def test_train_writes_a_model_and_its_card(data: Path, tmp_path: Path) -> None:
    result = short(data, tmp_path / "m.npz", "--learning-rate", 0.02)
    assert result.exit_code == 0, result.output
    assert "360 digits: 60 bundled ones left out, 50 for validation, 250 for training" in (
        result.stdout
    )
    network, card = load_network(tmp_path / "m.npz"), read_card(tmp_path / "m.md")
    assert network.sizes == (784, 12, 10)
    assert card["digest"] == network.digest
    assert card["training"]["removed"] == 60
    assert card["validation"]["accuracy"] > 0.4  # learns; chance is a tenth
    assert f"{card['validation']['accuracy']:.2%} of 50" in result.stdout
    assert str(tmp_path) not in (tmp_path / "m.md").read_text()

    # The card's own command makes the same bytes again.
    words = card["training"]["command"].replace("\\\n", " ").split()
    assert words[:2] == ["litnet", "train"]
    words[words.index("FOLDER")] = str(data)
    words[words.index("m.npz")] = str(tmp_path / "again.npz")
    assert litnet(*words[1:]).exit_code == 0
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "m.npz").read_bytes()


def test_a_card_for_another_shape(data: Path, tmp_path: Path) -> None:
    assert short(data, tmp_path / "m.npz", "--layers", "784-11", "--epochs", 1).exit_code == 0
    assert read_card(tmp_path / "m.md")["bundled"] is None
    assert "another shape" in (tmp_path / "m.md").read_text()


def test_the_number_of_threads_changes_nothing(data: Path, tmp_path: Path) -> None:
    for threads in "12":
        command = [sys.executable, "-m", "litnet", "train", "--data", str(data), "--epochs", "2"]
        command += ["--validation", "50", "--output", str(tmp_path / f"{threads}.npz")]
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": threads}
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=environment)
    assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "2.npz").read_bytes()


def test_seed_and_activation(data: Path, tmp_path: Path) -> None:
    for name, more in {
        "a": ("--seed", 1, "--epochs", 1),
        "b": ("--seed", 2, "--epochs", 1),
        "c": ("--activation", "relu,softmax", "--no-augment", "--epochs", 1),
    }.items():
        assert short(data, tmp_path / f"{name}.npz", *more).exit_code == 0
    a, b, c = (load_network(tmp_path / f"{name}.npz") for name in "abc")
    assert a.digest != b.digest
    assert [layer.activation for layer in c.layers] == ["relu", "softmax"]
    assert read_card(tmp_path / "c.md")["training"]["augment"] is None


def test_defaults_are_the_default_models() -> None:
    """``litnet train --data FOLDER`` is the command in the card of vanilla.npz."""
    card = read_card(DEFAULT_MODEL.with_suffix(".md"))
    defaults = {o.name: o.default for o in main.commands["train"].params}
    for name in ("epochs", "batch_size", "learning_rate", "seed"):
        assert card["training"][name] == defaults[name]
    assert card["validation"]["n"] == defaults["validation"]
    assert "-".join(map(str, card["sizes"])) == defaults["layers"]
    assert set(card["activations"]) == {defaults["activation"]}
    from network.augmentation import RandomAffine

    assert defaults["augment"] is True
    assert card["training"]["augment"] == repr(RandomAffine())


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--validation", 300], "expected more than the 300 for validation"),
        (["--layers", "700-10"], "expected (n, ...) with 700 pixels"),
        (["--layers", "784-5"], "labels: found 0 to 9, expected 0 to 4"),
        (["--activation", "swish"], "unknown activation 'swish'"),
        (["--activation", "relu"], "found relu in the last layer"),
        (["--activation", "relu,relu,sigmoid"], "activations: found 3, expected 2"),
        (["--output", "m.txt"], "found the suffix '.txt', expected .npz"),
        (["--output", "nowhere/m.npz"], "found no folder nowhere"),
        (["--data", "nowhere"], "nowhere: found no such folder"),
    ],
)
def test_bad_training_input(
    data: Path, tmp_path: Path, more: list[object], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = short(data, tmp_path / "m.npz", *more)
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mnist"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["train"],
        ["train", "--data", "x", "--download"],
        ["train", "--data", "x", "--layers", "784"],
        ["train", "--data", "x", "--layers", "784-a-10"],
        ["train", "--data", "x", "--layers", "784-0-10"],
        ["train", "--data", "x", "--epochs", "0"],
        ["train", "--data", "x", "--learning-rate", "0"],
        ["predict"],
        ["nothing"],
    ],
)
def test_wrong_usage(arguments: list[str]) -> None:
    assert litnet(*arguments).exit_code == 2


def test_predict() -> None:
    result = litnet("predict", HERO)
    assert result.exit_code == 0
    assert result.stdout.startswith("3, with an activation of 0.")
    assert [line.split()[0] for line in result.stdout.splitlines()[1:]] == list("0123456789")
    answer = json.loads(litnet("predict", HERO, "--json").stdout)
    image = next(d for d in bundled_digits() if d.path == HERO).image()
    expected = load_network(DEFAULT_MODEL).forward(image.reshape(-1))
    assert answer["prediction"] == 3
    assert answer["outputs"] == expected.activations[-1].tolist()
    assert answer["confidence"] == expected.confidence == answer["outputs"][3]
    assert answer["model_digest"] == expected.model_digest


def test_predict_with_another_model(tmp_path: Path) -> None:
    biases = np.arange(10.0)
    save_network(MLP((Dense(np.zeros((10, 784)), biases, "identity"),)), tmp_path / "m.npz")
    result = litnet("predict", HERO, "--model", tmp_path / "m.npz", "--json")
    assert json.loads(result.stdout)["outputs"] == biases.tolist()
    assert litnet("predict", HERO, "--model", tmp_path / "m.npz").stdout.startswith("9, with")


def test_model() -> None:
    facts = json.loads(litnet("model", "--json").stdout)
    assert facts["sizes"] == [784, 16, 16, 10]
    assert facts["digest"] == load_network(DEFAULT_MODEL).digest
    assert facts["bundled"]["n"] == 200
    text = litnet("model").stdout
    assert "784-16-16-10" in text
    assert "13,002" in text
    assert facts["digest"] in text
    assert f"{facts['bundled']['right']} of 200 read rightly" in text


FRAMEWORKS = ROOT / "tests" / "network" / "frameworks" / "files"


def test_import_and_model_of_other_formats(tmp_path: Path) -> None:
    given = ["--activation", "relu, tanh, softmax"]
    for name, more in {"state.pt": given, "sequential.keras": [], "gemm.onnx": []}.items():
        output = tmp_path / f"{name}.npz"
        result = litnet("import", FRAMEWORKS / name, "-o", output, *more)
        assert result.exit_code == 0, result.stderr
        network = load_network(output)
        assert "9-6-5-4" in result.stdout
        assert network.digest[:12] in result.stdout
        facts = json.loads(litnet("model", FRAMEWORKS / name, "--json", *more).stdout)
        assert facts["digest"] == network.digest
        assert facts["activations"] == [layer.activation for layer in network.layers]
    output = tmp_path / "no.npz"
    for arguments, message in (
        ([FRAMEWORKS / "state.pt", "-o", output], "3 layers and no activations"),
        ([FRAMEWORKS / "gemm.onnx", "-o", tmp_path / "no.pt"], "found the suffix '.pt'"),
        ([FRAMEWORKS / "gemm.onnx", "-o", output, *given], "found activations given with an ONNX"),
        ([FRAMEWORKS / "state.pt", "-o", output, "--activation", "swish"], "unknown activation"),
    ):
        result = litnet("import", *arguments)
        assert result.exit_code == 1
        assert message in result.stderr
        assert result.stderr.count("\n") == 1
    assert not output.exists()


def test_model_of_another_size(tmp_path: Path) -> None:
    save_network(MLP((Dense(np.ones((2, 3)), np.zeros(2), "relu"),)), tmp_path / "m.npz")
    assert json.loads(litnet("model", tmp_path / "m.npz", "--json").stdout)["bundled"] is None
    result = litnet("predict", HERO, "--model", tmp_path / "m.npz")
    assert result.exit_code == 1
    assert "found shape (784,), expected (3,)" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predict", "gone.png"], "litnet: gone.png: found no such file"),
        (["predict", HERO, "--model", "gone.npz"], "litnet: gone.npz: found no such file"),
        (["model", "gone.npz"], "litnet: gone.npz: found no such file"),
        (["model", "gone.pkl"], "litnet: gone.pkl: found the suffix '.pkl'"),
    ],
)
def test_bad_input_is_one_sentence(arguments: list[object], message: str) -> None:
    result = litnet(*arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith(message)
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_manim_stays_out_of_help_and_training() -> None:
    code = (
        "import sys\n"
        "from litnet.cli import main\n"
        "for arguments in (['--help'], ['train', '--data', 'nowhere'], ['model']):\n"
        "    try:\n"
        "        main(arguments)\n"
        "    except SystemExit:\n"
        "        pass\n"
        "    if arguments == ['--help']:\n"
        "        assert not {'numpy', 'rich', 'network'} & set(sys.modules)\n"
        "assert not any(name.split('.')[0] == 'manim' for name in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT)


def test_python_m_litnet() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "litnet", "--help"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    for command in ("train", "predict", "model", "import"):
        assert command in done.stdout
    assert done.stdout.startswith("Usage: litnet")
