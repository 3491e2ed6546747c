"""BeforeAfter: an untrained network learns beside a trained one; both are drawn by one measure."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from film import DIGITS, HERO, ROOT, SMALL, VANILLA, Film, plain_forward, plain_pixels, recorded

from litnet.mobjects import Connections, NeuronLayer
from litnet.mobjects.cells import grid_centers
from litnet.record.ground import RecordGround
from litnet.record.schema import decode
from litnet.record.sources import evaluate
from litnet.style import ACCENT_COLOR, WRONG_COLOR

STORY = ROOT / "scenes" / "before_after.py"
LEARNER = ROOT / "assets" / "models" / "learner.history.npz"
EARLY = ROOT / "assets" / "models" / "early.npz"


def snapshots(file: Path) -> list[Any]:
    """The networks in a history's file, as plain layers, read by NumPy alone."""
    with np.load(file) as arrays:
        sizes = arrays["sizes"].tolist()
        shown = arrays["snapshot_steps"].tolist()
        states = [
            row
            for row, step in zip(arrays["states"], arrays["state_steps"].tolist(), strict=True)
            if step in shown
        ]
    found = []
    for state in states:
        layers, start = [], 0
        for n_in, n_out in itertools.pairwise(sizes):
            weights = state[start : start + n_in * n_out].reshape(n_out, n_in)
            biases = state[start + n_in * n_out : start + n_in * n_out + n_out]
            start += n_in * n_out + n_out
            layers.append((weights.tolist(), biases.tolist(), "sigmoid"))
        found.append(layers)
    return found


@pytest.fixture(scope="module")
def told(usual_film: Callable[[str], Film]) -> Film:
    return usual_film("BeforeAfter")


def test_it_compares_with_snapshots_of_a_run(told: Film) -> None:
    assert told.record["variant"]["before"] == "assets/models/learner.history.npz"
    assert told.record["variant"]["history"] is None
    (run,) = [entry for entry in told.record["inputs"] if entry["role"] == "history"]
    assert run["setting"] == "before"
    networks, pixels = snapshots(LEARNER), [v for row in plain_pixels(HERO) for v in row]
    places = []
    for reading in told.record["readings"]:
        name, _, place = reading["model"].rpartition(", ")
        assert name == 'snapshot("assets/models/learner.history.npz"'
        places.append(int(place[:-1]))
        expected = plain_forward(networks[places[-1]], pixels)
        for found, layer in zip(reading["activations"], expected, strict=True):
            assert found == pytest.approx(layer, rel=0, abs=1e-6)
    assert places[0] == 0 and places[-1] == len(networks) - 1 and places == sorted(set(places))


def test_the_record_knows_the_network_of_a_snapshot(told: Film) -> None:
    record = decode(told.video.with_suffix(".json").read_bytes(), "BeforeAfter.json")
    last = len(told.record["readings"]) - 1
    ground = RecordGround(record, 0, ROOT)
    weights = snapshots(LEARNER)[-1][2][0]
    found = evaluate(f"readings[{last}].weights[3][4][5]", ground)
    assert found == pytest.approx(weights[4][5], abs=1e-9)


def test_it_says_when_truthfully(told: Film) -> None:
    said = [text["text"] for text in told.record["texts"]]
    assert {"untrained", "trained"} <= set(said)
    assert f"after {40} epochs" in said
    last = told.snapshot("outcome")["frame"]
    assert "untrained" not in [t["text"] for t in told.record["texts"] if t["frame"] == last]


def test_a_wrong_answer_is_red_and_said_to_be_wrong(told: Film) -> None:
    frame = told.snapshot("answers")["frame"]
    texts = {t["text"]: t["color"] for t in told.record["texts"] if t["frame"] == frame}
    assert told.record["readings"][0]["prediction"] != 3, "it has learned nothing"
    assert texts["wrong"] == WRONG_COLOR and texts["correct"] == ACCENT_COLOR
    assert texts[str(told.record["readings"][0]["prediction"])] in (WRONG_COLOR, "#F2F2F2")


def test_two_models_are_compared_by_name(tmp_path: Path) -> None:
    other = recorded(
        tmp_path,
        *SMALL,
        story=STORY,
        scene="BeforeAfter",
        digit=DIGITS / "5_00.png",
        LITNET_BEFORE=str(EARLY),
    )
    said = {text["text"] for text in other.record["texts"]}
    assert {"before: early", "after: vanilla"} <= said
    assert "learning" not in [beat["name"] for beat in other.record["beats"]]
    assert other.record["variant"]["before"] == "assets/models/early.npz"
    (reading,) = other.record["readings"]
    assert reading["model"] == "assets/models/early.npz"


@pytest.fixture(scope="module")
def module() -> ModuleType:
    spec = spec_from_file_location("before_after_alone", STORY)
    assert spec is not None and spec.loader is not None
    made = module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


def test_lines_have_one_exposure(module: ModuleType) -> None:
    """The light of a line is its contribution by the largest of both networks, in each layer."""
    cells = [
        NeuronLayer(np.zeros(n), pitch=0.3, centers=grid_centers(n, 1, 0.3)) for n in (2, 1, 1)
    ]

    class Network:
        def __init__(self, *carried: Any) -> None:
            self.bundles = [
                Connections(cells[n], cells[n + 1], np.array(one, float))
                for n, one in enumerate(carried)
            ]

    networks = [Network([[1, -2]]), Network([[4, 0]], [[0.5]])]
    module.expose(networks)
    assert networks[0].bundles[0].strengths.tolist() == [[0.25, -0.5]]
    assert networks[1].bundles[0].strengths.tolist() == [[1, 0]]
    assert networks[1].bundles[1].strengths.tolist() == [[1]]


def test_a_run_without_an_epoch_is_refused(tmp_path: Path) -> None:
    from film import manim

    from network.history import History
    from network.history_file import load_history, save_history

    run = load_history(LEARNER)
    facts = {name: getattr(run, name) for name in History.__dataclass_fields__}
    facts |= {"snapshots": run.snapshots[:1], "steps": ()}
    save_history(History(**facts), tmp_path / "fresh.history.npz")
    done = manim(
        tmp_path / "media",
        *SMALL,
        story=STORY,
        scene="BeforeAfter",
        LITNET_BEFORE=str(tmp_path / "fresh.history.npz"),
    )
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "found a run with no snapshot after an epoch" in line
    assert not list(tmp_path.rglob("*.mp4"))


def test_vanilla_is_the_one_beside_it(told: Film) -> None:
    assert told.record["variant"]["model"] == str(VANILLA.relative_to(ROOT))
    assert told.record["forward_pass"]["prediction"] == told.truth.prediction
