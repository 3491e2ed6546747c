"""Which training run is filmed: its choice, its inputs, and what cannot be told of."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from film import ROOT
from histories import saved, small_run

from litnet.cli import main
from litnet.clips.catalogue import Story
from litnet.clips.farm import parcels
from litnet.clips.farm.jobs import Job
from litnet.clips.manifest import Studio
from litnet.clips.settings import QUALITIES
from litnet.clips.task import RenderTask
from litnet.clips.variants import name_of, product, used_by
from litnet.commands import clips as commands
from litnet.project import current_root
from litnet.record.current import CurrentFiles
from litnet.record.inputs import History, Training, changes
from litnet.record.variant import Variant, filmed
from litnet.story.subject import FilmGround, Subject
from network import InputError
from network.digits import training_digits
from network.history import History as Run
from network.history_file import load_history

OWN = "assets/models/learner.history.npz"
OTHER = "assets/models/learner-seed1.history.npz"
HERO = "assets/digits/3_hero.png"
LEARNS = Story("Learns", ROOT / "scenes" / "learns.py", model=False, history=True)
READS = Story("Reads", ROOT / "scenes" / "reads.py")


@pytest.fixture(scope="module")
def run() -> Run:
    return small_run()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "litnet.toml").touch()
    yield tmp_path


def subject(**chosen: str) -> Subject:
    variant = msgspec.structs.replace(filmed(), **chosen)
    flags = {"network_reads": False, "films_vectors": False, "needs_digits": False}
    return Subject("Learns", variant, **flags, shows_learning=True)


# --- which one ---
def test_what_chooses_the_run(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert filmed().history == f"litnet:{OWN}" and filmed().training == "litnet:assets/digits"
    (project / "litnet.toml").write_text('history = "mine.history.npz"\ntraining = "mnist"\n')
    assert (filmed().history, filmed().training) == ("mine.history.npz", "mnist")
    monkeypatch.setenv("LITNET_HISTORY", "other.history.npz")
    assert filmed().history == "other.history.npz"
    there = filmed().environment()
    assert there["LITNET_HISTORY"] == str(project / "other.history.npz")
    assert there["LITNET_TRAINING"] == str(project / "mnist")


def test_variants_of_stories_of_learning(run: Run, tmp_path: Path) -> None:
    chosen = Studio().configured()
    other = saved(run, tmp_path / "wide one.history.npz")
    (variant,) = product(LEARNS, chosen, ROOT, models=[ROOT / "assets/models/early.npz"])
    assert variant == Variant(None, HERO, "en", history=OWN, training="assets/digits", theme="dark")
    (variant,) = product(LEARNS, chosen, ROOT, histories=[other])
    assert variant.history == str(other)
    assert name_of(LEARNS, variant, chosen, {}) == "Learns--wide_one"
    (plain,) = product(READS, chosen, ROOT, histories=[other])
    assert plain == used_by(READS, chosen) and plain.history is None
    with pytest.raises(InputError, match="found no such file, expected a history"):
        product(LEARNS, chosen, ROOT, histories=[tmp_path / "none.history.npz"])


@pytest.mark.parametrize("arguments", [("Learns",), ("--film", "learning")])
def test_stories_of_learning_take_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    stories = (replace(LEARNS, film="learning"), READS)
    here = Studio(stories=stories, clips=tmp_path / "clips", manifest=tmp_path / "m.json")
    monkeypatch.setattr(commands, "the_studio", lambda: here)
    model = str(ROOT / "assets/models/early.npz")
    done = CliRunner().invoke(main, ["render", *arguments, "--model", model])
    assert done.exit_code == 2 and "expected --history with a training run's file" in done.stderr
    wrong = CliRunner().invoke(main, ["render", "--history", model])
    assert wrong.exit_code == 1 and "early.npz: found" in wrong.stderr
    unknown = CliRunner().invoke(main, ["render", "--film", "nothing"])
    assert unknown.exit_code == 2 and "There are: structure, learning" in unknown.stderr


# --- what it hands out, and what it leaves in the record ---
def test_numbers_have_sources_that_say_the_same(project: Path, run: Run) -> None:
    here = subject(history=str(saved(run, project / "wide.history.npz")))
    told, ground = here.run, FilmGround(here)
    assert told.sizes == (784, 32, 10) and here.network.digest == run.mlp.digest
    digit = here.digit
    for quantity in (
        *(told.cost(5), told.cost(0, digit), told.cost(told.last, "unseen"), told.step(3)),
        *(told.accuracy(2, "unseen"), told.answer(4, digit), told.activation(4, digit, 2, 7)),
        *(told.fact("epochs"), told.fact("seed")),
    ):
        assert quantity.value == pytest.approx(here.number(quantity.source).value, abs=1e-12)
    for numbers in (
        *(told.layer(3, digit, 0), told.layer(3, digit, 1), told.weights_to(2, 1, 30)),
        *(told.weights_to(2, 2, 9), told.right(told.last)),
    ):
        again = here.numbers(numbers.source).values
        np.testing.assert_allclose(numbers.values.ravel(), again, rtol=0, atol=1e-12)
    assert ground.sizes() == (784, 32, 10)
    roles = {role for role, _ in here.inputs}
    assert {"history", "training", "digit"} <= roles and "model" not in roles


def test_another_run_makes_it_stale_with_the_reason(project: Path, run: Run) -> None:
    file = saved(run, project / "mine.history.npz")
    made = [History.collect(file, run), Training.collect(ROOT / "assets" / "digits")]
    assert changes(made, CurrentFiles()) == []
    copy = project / "copy.history.npz"
    with np.load(file) as arrays:
        np.savez_compressed(copy, **arrays)
    was, moved = Variant(history="mine.history.npz"), Variant(history="copy.history.npz")
    assert changes(made, CurrentFiles(), was, moved) == []  # the same run, in other bytes
    saved(small_run(epochs=2, seed=4), copy)
    assert changes(made, CurrentFiles(), was, moved) == [
        "the history is copy.history.npz now, it was mine.history.npz"
    ]
    shutil.copy(copy, file)
    assert changes(made, CurrentFiles()) == [
        "history mine.history.npz changed (seed 4 instead of 3)"
    ]
    file.write_bytes(b"PK")
    (reason,) = changes(made, CurrentFiles())
    assert "history mine.history.npz cannot be read (" in reason and "damaged" in reason
    file.unlink()
    assert changes(made, CurrentFiles()) == ["history mine.history.npz is gone"]
    elsewhere = Variant(training="litnet:assets/digits"), Variant(training="nowhere")
    (_, reason) = changes(made, CurrentFiles(), *elsewhere)
    assert "the training digits cannot be read (" in reason and "found no such folder" in reason


# --- what cannot be told of ---
def broken(run: Run, path: Path, what: str) -> Path:
    """A history's file in which something is wrong."""
    saved(run, path)
    if what == "cut":
        path.write_bytes(path.read_bytes()[:-2000])
        return path
    with np.load(path) as arrays:
        parts = {name: arrays[name] for name in arrays.files}
    if what == "nan":
        parts["states"][2, 77] = np.nan
    elif what == "step":
        parts["states"][-1] += np.float32(0.01)
    elif what == "digits":
        parts["training_digest"] = np.array("0" * 64)
    np.savez(path, **parts)
    return path


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("cut", r"bad\.history\.npz: found a file that is damaged or not \.npz"),
        ("nan", r"bad\.history\.npz: step \d+: .*"),
        ("step", r"bad\.history\.npz: step \d+: found other parameters after it"),
        ("digits", r"bad\.history\.npz: found other digits \(4,800, .*`training` in \[tool\.lit"),
    ],
)
def test_a_history_that_is_none(project: Path, run: Run, what: str, sentence: str) -> None:
    here = subject(history=str(broken(run, project / "bad.history.npz", what)))
    with pytest.raises(InputError, match=sentence):
        _ = here.network


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"activation": "relu", "rate": 0.1}, "found a network with relu, but Learns tells of"),
        ({"last": "softmax", "rate": 0.1}, "found a network with softmax, but Learns tells of"),
        ({"loss": "binary_cross_entropy", "rate": 0.1}, "expected a run with --loss squares"),
    ],
)
def test_a_run_that_is_told_of_in_no_story(
    project: Path, changed: dict[str, Any], sentence: str
) -> None:
    images, labels = training_digits()
    few = images[::8], labels[::8]
    other = small_run((784, 6, 10), epochs=1, digits=few, **changed)
    folder = project / "few"
    idx(folder, *few)
    here = subject(history=str(saved(other, project / "x.history.npz")), training="few")
    with pytest.raises(InputError, match=sentence):
        _ = here.network


def test_training_digits_that_are_nowhere(project: Path) -> None:
    with pytest.raises(InputError, match="nowhere: found no such folder, expected one with train"):
        _ = subject(training="nowhere").network
    (project / "empty").mkdir()
    with pytest.raises(InputError, match=r"empty: found no train-images-idx3-ubyte\.gz"):
        _ = subject(training="empty").network
    with pytest.raises(InputError, match=r"none\.history\.npz: cannot be read"):
        _ = subject(history="none.history.npz").network


def idx(folder: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """MNIST's files with some digits."""
    folder.mkdir()
    for name, magic, array in (("images-idx3", 2051, images), ("labels-idx1", 2049, labels)):
        header = np.array([magic, *array.shape], dtype=">u4").tobytes()
        with gzip.open(folder / f"train-{name}-ubyte.gz", "wb") as stream:
            stream.write(header + array.astype(np.uint8).tobytes())


# --- elsewhere ---
def test_a_run_and_its_digits_travel(project: Path, run: Run) -> None:
    images, labels = training_digits()
    idx(project / "few", images[:50], labels[:50])
    story = project / "learns.py"
    story.write_text("from litnet import LitScene\n")
    file = saved(run, project / "mine.history.npz")
    variant = Variant(None, f"litnet:{HERO}", "en", history="mine.history.npz", training="few")
    task = RenderTask("Learns", story, variant, QUALITIES["l"])
    packed = parcels.pack(Job(task, "whole", root=current_root()), None).files
    assert packed["mine.history.npz"] == file.read_bytes()
    assert {"few/train-images-idx3-ubyte.gz", "few/train-labels-idx1-ubyte.gz"} <= set(packed)
    own = msgspec.structs.replace(variant, training="litnet:assets/digits")
    packed = parcels.pack(Job(replace(task, variant=own), "whole", root=current_root()), None).files
    assert not [name for name in packed if "idx3" in name]  # each litnet has its own
    assert load_history(file).digest == run.digest


def test_code_that_is_shown_and_not_imported_travels(project: Path) -> None:
    story = project / "shows.py"
    story.write_text(
        "from litnet import CodeLines, LitScene\n\n\nclass Shows(LitScene):\n"
        "    def construct(self):\n"
        "        CodeLines('code/mine.py', 'add')\n"
        "        CodeLines('network/mlp.py', 'propagate')\n"
        "        CodeLines('code/gone.py', 'add')\n"
    )
    (project / "code").mkdir()
    (project / "code" / "mine.py").write_text("def add(a, b):\n    return a + b\n")
    task = RenderTask("Shows", story, Variant(None, None, "en"), QUALITIES["l"])
    packed = parcels.pack(Job(task, "whole", root=current_root()), None).files
    assert set(packed) == {"shows.py", "code/mine.py"}
