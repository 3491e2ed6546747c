"""SigmoidOrReLU: slopes by differences, and the two runs against their own files."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film import ROOT, Film, plain_forward
from test_story_bias import digits

from litnet.record.expressions import SourceError
from litnet.record.ground import RecordGround
from litnet.record.schema import decode
from litnet.record.sources import evaluate, parsed

STORY = ROOT / "scenes" / "sigmoid_or_relu.py"
SCENE = "SigmoidOrReLU"
FILES = {name: f"assets/models/deep-{name}.history.npz" for name in ("sigmoid", "relu")}


@pytest.fixture(scope="module")
def told(usual_film: Callable[[str], Film]) -> Film:
    return usual_film(SCENE)


def plain(name: str, z: float) -> float:
    return 1 / (1 + math.exp(-z)) if name == "sigmoid" else max(0.0, z)


def plain_slope(name: str, z: float) -> float:
    """By a central difference."""
    h = 1e-6
    return (plain(name, z + h) - plain(name, z - h)) / (2 * h)


def numbers_at(told: Film, beat: str) -> list[dict[str, Any]]:
    frame = told.snapshot(beat)["frame"]
    return [number for number in told.record["numbers"] if number["frame"] == frame]


def run(name: str) -> dict[str, Any]:
    with np.load(ROOT / FILES[name], allow_pickle=False) as arrays:
        return {key: arrays[key] for key in arrays.files}


def last_answers(name: str) -> list[bool]:
    """For every bundled digit whether the run's last network reads it, by plain loops."""
    facts = run(name)
    sizes, row = facts["sizes"].tolist(), facts["states"][-1].astype(float)
    layers, start = [], 0
    for n_in, n_out, activation in zip(sizes, sizes[1:], facts["activations"], strict=False):
        weights = row[start : start + n_in * n_out].reshape(n_out, n_in).tolist()
        start += n_in * n_out
        layers.append((weights, row[start : start + n_out].tolist(), str(activation)))
        start += n_out
    outputs = [plain_forward(layers, pixels)[-1] for _, pixels in digits()]
    return [o.index(max(o)) == label for o, (label, _) in zip(outputs, digits(), strict=True)]


def test_the_slopes_are_those_of_the_functions(told: Film) -> None:
    checked = 0
    for number in told.record["numbers"]:
        if number["source"].startswith("slope("):
            expected = math.prod(
                plain_slope(name, float(z))
                for name, z in re.findall(r'slope\("(\w+)", ([\d.-]+)\)', number["source"])
            )
            assert number["value"] == pytest.approx(expected, rel=1e-6, abs=1e-9), number
            checked += 1
    assert checked >= 6
    left = [n["text"] for n in numbers_at(told, "layers")]
    assert left == ["0.00098", "1"]


def test_the_curves_are_those_of_the_files(told: Film) -> None:
    curves = {m["source"]: m for m in told.snapshot("runs")["measures"]}
    for name, file in FILES.items():
        curve = curves[f'unseen_accuracies("{file}")']
        accuracies = run(name)["unseen_accuracies"].tolist()
        assert curve["value"] == pytest.approx(accuracies) and len(accuracies) == 31
        for y, zero, value in zip(curve["y"], curve["zero_y"], curve["value"], strict=True):
            assert zero - y == pytest.approx(value * curve["scale"], abs=0.1)


def test_both_runs_are_alike_but_for_the_function(told: Film) -> None:
    one, other = run("sigmoid"), run("relu")
    for key in ("sizes", "learning_rate", "batch_size", "seed", "training_digest", "loss"):
        assert np.array_equal(one[key], other[key]), key
    assert one["activations"].tolist() == ["sigmoid"] * 6
    assert other["activations"].tolist() == ["relu"] * 5 + ["sigmoid"]
    said = " ".join(told.beat("runs")["caption"].split())
    assert "one run each" in said and "784–16–16–16–16–16–10" in said and "rate of 0.3" in said
    for file in FILES.values():
        assert (ROOT / file).stat().st_size < 150_000
        assert file in {entry["path"] for entry in told.record["inputs"]}


def test_what_they_read_in_the_end(told: Film) -> None:
    galleries = {x["source"]: x["value"] for x in told.snapshot("end")["layers"]}
    counts = {n["source"]: n["value"] for n in numbers_at(told, "end")}
    for name, file in FILES.items():
        right = last_answers(name)
        source = f'unseen_right("{file}", 1)'
        assert galleries[source] == pytest.approx([float(r) for r in right])
        assert counts[f"count({source})"] == sum(right)
        assert run(name)["unseen_accuracies"][-1] == pytest.approx(sum(right) / 200)
    assert sum(last_answers("sigmoid")) == 20 and sum(last_answers("relu")) == 180
    # It reads all digits of one kind: that is what it says to everything.
    labels = [label for label, _ in digits()]
    (same,) = {label for label, right in zip(labels, last_answers("sigmoid"), strict=True) if right}
    assert f"it says {same} to everything" in " ".join(told.beat("end")["caption"].split())


def test_what_lights_without_a_network_is_marked(told: Film) -> None:
    snapshot = told.snapshot("layers")
    assert all(layer["illustrative"] for layer in snapshot["layers"])
    texts = {t["text"] for t in told.record["texts"] if t["frame"] == snapshot["frame"]}
    assert "at best" in texts


def test_sources_of_functions_and_runs(told: Film) -> None:
    record = decode(told.video.with_suffix(".json").read_bytes(), "SigmoidOrReLU.json")
    ground = RecordGround(record, 0, ROOT)
    for name in ("sigmoid", "relu"):
        for z in (-2.5, 0.5, 3.0):
            assert evaluate(f'function("{name}", {z})', ground) == pytest.approx(plain(name, z))
    assert len(parsed(f'unseen_accuracies("{FILES["relu"]}")').values(ground)) == 31
    for text in (
        'slope("softmax", 0)',
        'slope("no such", 0)',
        f'unseen_right("{FILES["relu"]}", 2)',
    ):
        with pytest.raises(SourceError):
            (parsed(text).part.depth and parsed(text).values(ground)) or evaluate(text, ground)
    with pytest.raises(ValueError, match="no training run that the record names"):
        parsed('unseen_accuracies("assets/models/learner.history.npz")').values(ground)


def test_the_documented_command_makes_the_same_run(tmp_path: Path) -> None:
    """The card's own command, with fewer epochs: the curve begins as the one that ships."""
    card = (ROOT / "assets" / "models" / "deep-relu.md").read_text("utf-8")
    command = re.search(r"```sh\n(.*?)```", card, re.S)
    assert command
    words = command[1].replace("\\\n", " ").split()
    for flag, value in (("--output", "a.npz"), ("--history", "a.history.npz"), ("--epochs", "2")):
        words[words.index(flag) + 1] = str(tmp_path / value) if "npz" in value else value
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / "a.history.npz", allow_pickle=False) as made:
        assert made["unseen_accuracies"] == pytest.approx(run("relu")["unseen_accuracies"][:3])
        assert made["snapshot_steps"].tolist() == [0, 300] and len(made["step_numbers"]) == 0
