"""The commands train, predict and model, on real files."""

from __future__ import annotations

import csv
import gzip
import json
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner, Result

import network.digits
import network.training
from litnet.cli import main
from litnet.commands import train as litnet_train
from litnet.project import HOME as ROOT
from litnet.project import asset
from network import MLP, Dense, load_history, load_network, save_network
from network.classes import read_card
from network.digits import bundled_digits
from network.training import DivergedError, Moment

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
    trained, card = load_network(tmp_path / "m.npz"), read_card(tmp_path / "m.md")
    assert trained.sizes == (784, 12, 10)
    assert card["digest"] == trained.digest
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


def idx(folder: Path, images: np.ndarray, labels: np.ndarray) -> Path:
    folder.mkdir()
    header = struct.pack(">IIII", 2051, *images.shape)
    files = {
        "train-images-idx3-ubyte.gz": header + images.astype(np.uint8).tobytes(),
        "train-labels-idx1-ubyte.gz": struct.pack(">II", 2049, len(labels))
        + labels.astype(np.uint8).tobytes(),
    }
    for name, content in files.items():
        (folder / name).write_bytes(gzip.compress(content, 1))
    return folder


@pytest.mark.parametrize("more", [[], ["--validation", 20], ["--validation", 0]])
def test_digits_of_another_shape_and_number_of_classes(tmp_path: Path, more: list[object]) -> None:
    rng = np.random.default_rng(0)
    small = idx(tmp_path / "small", rng.integers(0, 256, (90, 8, 8)), np.arange(90) % 3)
    options = ["--data", small, "--output", tmp_path / "m.npz", "--layers", "64-5-3"]
    result = litnet("train", *options, "--epochs", 2, *more)
    if not more:  # fewer than the 5,000 that are kept out without a word
        assert result.exit_code == 1
        assert "expected more than the 5000 for validation" in result.stderr
        return
    assert result.exit_code == 0, result.stderr
    card = read_card(tmp_path / "m.md")
    assert card["bundled"] is None
    assert card["validation"]["n"] == more[1]
    assert (card["validation"]["accuracy"] is None) == (more[1] == 0)
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
    card = read_card(asset("assets/models/vanilla.npz").with_suffix(".md"))
    defaults = {o.name: o.default for o in main.commands["train"].params}
    for name in ("epochs", "batch_size", "seed"):
        assert card["training"][name] == defaults[name]
    assert card["training"]["learning_rate"] == litnet_train.LEARNING_RATES[defaults["optimizer"]]
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
        (["--layers", "700-10"], "--layers: found 700 inputs, expected 784, one for each pixel"),
        (["--layers", "784-5"], "--layers: found 5 outputs, expected 10, one for each class"),
        (["--layers", "784-16"], "--layers: found 16 outputs, expected 10, one for each class"),
        (["--layers", "784-9999999-10"], "parameters in 2 layers, expected at most 10,000,000"),
        (["--loss", "cubes"], "unknown loss 'cubes', expected one of squares"),
        (["--loss", "cross-entropy"], "found sigmoid in the last layer, expected softmax"),
        (["--learning-rate", "inf"], "learning_rate: found inf, expected a positive number"),
        (["--learning-rate", "nan"], "learning_rate: found nan, expected a positive number"),
        (["--activation", "swish"], "unknown activation 'swish'"),
        (["--activation", "relu"], "found relu in the last layer"),
        (["--activation", "relu,relu,sigmoid"], "activations: found 3, expected 2"),
        (["--output", "m.txt"], "found the suffix '.txt', expected .npz"),
        (["--output", "nowhere/m.npz"], "found no folder nowhere"),
        (["--output", "m.history.npz"], "found the name of a history, expected that of a network"),
        (["--output", "x" * 250 + ".npz"], "cannot be written (File name too long)"),
        (["--output", "/proc/m.npz"], "/proc/m.npz: cannot be written"),
        (["--data", "nowhere"], "nowhere: found no such folder"),
    ],
)
def test_bad_training_input(  # before anything is learned, and nothing is left
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
        ["train", "--data", "x", "--download"],
        ["train", "--quick", "--epochs", "3"],
        ["train", "--history", "a.history.npz", "--augment"],
        ["train", "--history", "a.history.npz", "--validation", "10"],
        ["train", "--optimizer", "newton"],
        ["train", "--data", "x", "--layers", "784-" + "9" * 5000 + "-10"],
        ["train", "--data", "x", "--seed", str(2**63)],
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


# --- Without --data, and histories ---


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped digits, but few of them, so that tests are quick."""
    images, labels = network.digits.training_digits()

    def training_digits() -> tuple[np.ndarray, np.ndarray]:
        return images[::16], labels[::16]

    monkeypatch.setattr(network.digits, "training_digits", training_digits)


RUN = ["--layers", "784-12-10", "--epochs", 6, "--batch-size", 10, "--learning-rate", 1]
PLAIN = ["--optimizer", "sgd", "--loss", "squares"]


def test_without_data_it_learns_from_the_shipped_digits(tmp_path: Path) -> None:
    output = tmp_path / "m.npz"
    result = litnet("train", "-o", output, "--epochs", 2, "--no-augment")
    assert result.exit_code == 0, result.output
    assert "4,800 digits that come with litnet" in result.stdout
    assert "the 200 bundled ones tell how well it reads" in result.stdout
    assert "2 epochs take about" in result.stderr
    card = read_card(output.with_suffix(".md"))
    assert card["training"]["n"] == 4800
    assert card["validation"]["n"] == 200
    assert card["validation"]["accuracy"] == card["bundled"]["accuracy"]
    text = output.with_suffix(".md").read_text()
    assert "The digits that come with litnet" in text
    assert "FOLDER" not in text


def test_split_of_the_shipped_digits(tmp_path: Path) -> None:
    output = tmp_path / "m.npz"
    result = litnet("train", "-o", output, "--epochs", 1, "--no-augment", "--validation", 800)
    assert "800 for validation, 4,000 for training" in result.stdout
    assert read_card(output.with_suffix(".md"))["validation"]["n"] == 800


@pytest.mark.usefixtures("few")
def test_a_history(tmp_path: Path) -> None:
    output, run = tmp_path / "m.npz", tmp_path / "m.history.npz"
    result = litnet("train", "-o", output, "--history", run, *RUN, *PLAIN)
    assert result.exit_code == 0, result.output
    assert f"{output}, {run}: " in result.stdout
    history = load_history(run)
    assert history.mlp.digest == load_network(output).digest
    assert (history.epochs, history.batch_size, history.learning_rate) == (6, 10, 1.0)
    assert (history.loss, history.optimiser, history.seed) == ("squares", "sgd", 0)
    assert history.steps
    history.examples(*network.digits.training_digits())
    card = read_card(output.with_suffix(".md"))
    assert card["validation"]["accuracy"] == history.unseen_accuracies[-1]

    # The card's own command makes the same two files again.
    words = card["training"]["command"].replace("\\\n", " ").split()
    for name in ("m.npz", "m.history.npz"):
        words[words.index(name)] = str(tmp_path / f"again-{name}")
    assert litnet(*words[1:]).exit_code == 0
    for name in ("m.npz", "m.history.npz"):
        assert (tmp_path / f"again-{name}").read_bytes() == (tmp_path / name).read_bytes()


@pytest.mark.usefixtures("few")
def test_a_history_of_other_networks(tmp_path: Path) -> None:
    for name, more in {
        "deep": [
            "--layers",
            "784-8-8-8-8-8-10",
            "--activation",
            "relu,relu,relu,relu,relu,sigmoid",
        ],
        "relu": ["--activation", "relu", "--learning-rate", 0.05],
        "soft": [
            "--activation",
            "relu,softmax",
            "--loss",
            "cross-entropy",
            "--learning-rate",
            0.05,
        ],
    }.items():
        run = tmp_path / f"{name}.history.npz"
        result = litnet("train", "-o", tmp_path / "m.npz", "--history", run, *RUN, *PLAIN, *more)
        assert result.exit_code == 0, result.output
        load_history(run).examples(*network.digits.training_digits())
    adam = tmp_path / "adam.history.npz"
    more = ["--learning-rate", 0.01]
    assert litnet("train", "-o", tmp_path / "m.npz", "--history", adam, *RUN, *more).exit_code == 0
    assert load_history(adam).steps == ()
    assert load_history(adam).loss == "binary_cross_entropy"


@pytest.mark.usefixtures("few")
def test_shuffled_labels(tmp_path: Path) -> None:
    run = tmp_path / "m.history.npz"
    options = ["-o", tmp_path / "m.npz", "--history", run, *RUN, *PLAIN]
    result = litnet("train", *options, "--shuffle-labels", 5)
    assert "their labels are shuffled" in result.stdout
    history = load_history(run)
    images, labels = network.digits.training_digits()
    given = history.examples(images, labels)[1]
    assert history.shuffled_labels == 5
    assert given.tolist() != labels.tolist()
    assert np.bincount(given).tolist() == np.bincount(labels).tolist()
    assert "shuffled" in (tmp_path / "m.md").read_text()
    assert "labels shuffled by the seed 5" in litnet("model", run).stdout


def test_model_describes_a_history(tmp_path: Path) -> None:
    learner = ROOT / "assets" / "models" / "learner.history.npz"
    history = load_history(learner)
    facts = json.loads(litnet("model", learner, "--json").stdout)
    assert facts["digest"] == history.digest
    assert facts["shipped_digits"] is True
    assert facts["costs"] == history.costs.tolist()
    assert [s["step"] for s in facts["snapshots"]] == [s.step for s in history.snapshots]
    drawn, table = tmp_path / "c.svg", tmp_path / "c.csv"
    result = litnet("model", learner, "--plot", drawn, "--csv", table)
    assert "sgd, squares, learning rate 1.5, batches of 32, seed 0" in result.stdout
    assert "4,800, those of litnet" in result.stdout
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [float(row["cost"]) for row in rows] == history.costs.tolist()
    assert [float(row["unseen_accuracy"]) for row in rows] == history.unseen_accuracies.tolist()
    assert [int(row["epoch"]) for row in rows] == list(range(41))

    # Each curve is drawn where its numbers are: read back by the labels of the axis.
    root = ElementTree.parse(drawn).getroot()
    lines = root.findall(".//{*}polyline")
    assert len(lines) == 4
    texts = [(t.text, float(t.get("y"))) for t in root.findall(".//{*}text") if t.get("x")]
    zero = next(y for text, y in texts if text == "0") - 4
    half = next(y for text, y in texts if text == "0.5") - 4
    points = [tuple(map(float, p.split(","))) for p in lines[0].get("points").split()]
    for (_, y), cost in zip(points, history.costs, strict=True):
        assert 0.5 * (zero - y) / (zero - half) == pytest.approx(cost, abs=0.002)
    assert [x for x, _ in points] == pytest.approx(
        np.linspace(points[0][0], points[-1][0], 41), abs=0.1
    )


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--plot", "c.png"], "found the suffix '.png', expected .svg"),
        (["--csv", "c.txt"], "found the suffix '.txt', expected .csv"),
        (["--plot", "nowhere/c.svg"], "nowhere/c.svg: cannot be written"),
        (["--activation", "relu"], "found --activation given with a history"),
    ],
)
def test_bad_options_for_a_history(
    more: list[object], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = litnet("model", ROOT / "assets" / "models" / "learner.history.npz", *more)
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_curves_of_a_network_are_refused(tmp_path: Path) -> None:
    result = litnet("model", asset("assets/models/vanilla.npz"), "--plot", tmp_path / "c.svg")
    assert result.exit_code == 1
    assert "found a network, expected NAME.history.npz" in result.stderr


@pytest.mark.usefixtures("few")
def test_a_rate_that_explodes(tmp_path: Path) -> None:
    output, run = tmp_path / "m.npz", tmp_path / "m.history.npz"
    options = ["-o", output, "--history", run, "--layers", "784-12-10", "--optimizer", "sgd"]
    options += ["--activation", "relu,identity", "--loss", "squares", "--batch-size", 10]
    result = litnet("train", *options, "--epochs", 10, "--learning-rate", 1000)
    assert result.exit_code == 1
    error = result.stderr.splitlines()[-1]
    assert "numbers are no longer finite, expected a lower learning rate than 1000" in error
    assert error.endswith("no epoch was whole, so that nothing was written")
    assert list(tmp_path.iterdir()) == []


class Stopping:
    """``train``, but for a person or a number that stops it in the sixth epoch."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.train = network.training.train

    def __call__(self, *arguments: object, **options: object) -> Iterator[Moment]:
        for moment in self.train(*arguments, **options):  # type: ignore[arg-type]
            yield moment
            if moment.epoch == 5:
                raise self.error


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyboardInterrupt(), "stopped after epoch 5 of 6"),
        (DivergedError("step 151 (epoch 6): no longer finite"), "step 151 (epoch 6): no longer fi"),
    ],
)
def test_what_was_good_is_kept(
    error: BaseException, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network.training, "train", Stopping(error))
    output, run = tmp_path / "m.npz", tmp_path / "m.history.npz"
    result = litnet("train", "-o", output, "--history", run, *RUN, *PLAIN)
    assert result.exit_code == 1
    history = load_history(run)
    assert history.epochs == 5
    # The best by what it never saw, the later of equals.
    best = 1 + int(5 - 1 - np.argmax(history.unseen_accuracies[:0:-1]))
    said = result.stderr.splitlines()[-1]
    assert words in said
    assert f"the best so far, after epoch {best}, is in {output}, {run}" in said
    card = read_card(output.with_suffix(".md"))
    assert card["training"]["epoch"] == best
    assert card["validation"]["accuracy"] == max(history.unseen_accuracies[1:])
    assert "It was stopped" in output.with_suffix(".md").read_text()


def test_ctrl_c_of_a_real_run(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "litnet", "train", "-o", str(tmp_path / "m.npz")]
    command += ["--epochs", "1000000", "--no-augment", "--batch-size", "400"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()  # it has learned for one epoch by now
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 1
    assert "1,000,000 epochs take about" in line
    assert "Traceback" not in rest
    assert "is in" in rest.splitlines()[-1]
    assert load_network(tmp_path / "m.npz").sizes == (784, 16, 16, 10)


@pytest.mark.usefixtures("few")
def test_quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(litnet_train, "QUICK", 900)
    result = litnet("train", "-o", tmp_path / "m.npz", "--quick")
    assert result.exit_code == 0
    assert read_card(tmp_path / "m.md")["training"]["epochs"] == 3


def test_missing_training_digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for digit in bundled_digits():
        (tmp_path / digit.path.name).symlink_to(digit.path)
    (tmp_path / "labels.csv").symlink_to(HERO.with_name("labels.csv"))
    monkeypatch.setattr(network.digits, "DIGITS", tmp_path)
    result = litnet("train", "-o", tmp_path / "m.npz")
    assert result.exit_code == 1
    assert "found no training-images-idx3-ubyte.gz" in result.stderr
    assert not (tmp_path / "m.npz").exists()


def test_outputs_are_looked_at_first(data: Path, tmp_path: Path) -> None:
    (tmp_path / "m.npz").mkdir()
    (tmp_path / "n.md").mkdir()
    for output, more, message in (
        ("m.npz", [], "m.npz: found a folder, expected a file or none"),
        ("n.npz", [], "n.md: found a folder, expected a file or none"),
        ("a.npz", ["--history", tmp_path / "a.npz"], "expected NAME.history.npz"),
        ("a.npz", ["--history", tmp_path / "no" / "a.history.npz"], "found no folder"),
    ):
        result = litnet("train", "--data", data, "-o", tmp_path / output, "--epochs", 1, *more)
        assert result.exit_code == 1
        assert message in result.stderr
        assert "epoch" not in result.stdout


def test_predict() -> None:
    result = litnet("predict", HERO)
    assert result.exit_code == 0
    assert result.stdout.startswith("3, with an activation of 0.")
    assert [line.split()[0] for line in result.stdout.splitlines()[1:]] == list("0123456789")
    answer = json.loads(litnet("predict", HERO, "--json").stdout)
    image = next(d for d in bundled_digits() if d.path == HERO).image()
    expected = load_network(asset("assets/models/vanilla.npz")).forward(image.reshape(-1))
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
    assert facts["digest"] == load_network(asset("assets/models/vanilla.npz")).digest
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
        read = load_network(output)
        assert "9-6-5-4" in result.stdout
        assert read.digest[:12] in result.stdout
        facts = json.loads(litnet("model", FRAMEWORKS / name, "--json", *more).stdout)
        assert facts["digest"] == read.digest
        assert facts["activations"] == [layer.activation for layer in read.layers]
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
