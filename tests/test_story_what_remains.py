"""WhatRemains: noise, shuffled labels and two cards, worked out once more from the files."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from film import ROOT, Film
from learning_oracle import Run, card, forward, training, unseen
from test_story_learning import LEARNER

from litnet.clips.catalogue import Story, find_stories
from litnet.record.ground import RecordGround
from litnet.record.learning import Learned
from litnet.record.sources import evaluate, parsed
from litnet.story.refusals import check_run, check_told
from network import InputError
from network.history_file import load_history
from network.trained import Training, trained_as

MODELS = ROOT / "assets" / "models"
SHUFFLED = MODELS / "shuffled.history.npz"


@pytest.fixture(scope="module")
def told(story_film: Callable[[Story, str], Film]) -> Film:
    return story_film(find_stories(("WhatRemains",))[0], "en")


def texts(told: Film, beat: str) -> list[tuple[str, float, float]]:
    """What is on screen at the end of a beat, and the middle of each text; from left to right."""
    rate = told.record["video"]["frames"] / told.record["video"]["duration"]
    frame = round(told.beat(beat)["end"] * rate) - 1
    shown = [one for one in told.record["texts"] if one["frame"] == frame]
    return [
        (one["text"], (one["box"][0] + one["box"][2]) / 2, (one["box"][1] + one["box"][3]) / 2)
        for one in sorted(shown, key=lambda one: float(one["box"][0]))
    ]


def test_what_is_said_of_noise(told: Film) -> None:
    run = Run(LEARNER)
    last = run.layers(len(run.steps) - 1)
    pictures = np.stack(
        [np.random.default_rng(seed).random((28, 28)).ravel() for seed in range(100)]
    )
    outputs = forward(last, pictures)[-1]
    caption = " ".join(told.beat("noise")["caption"].split())
    assert f"it says {outputs[7].argmax()}, with light {outputs[7].max():.2f}" in caption
    assert (
        f"Of 100 pictures of noise, {np.count_nonzero(outputs.max(axis=1) >= 0.5)} get" in caption
    )
    (curve,) = [one for one in told.snapshot("noise")["measures"] if one["kind"] == "place"]
    every = [forward(run.layers(n), pictures[7:8])[-1].max() for n in range(len(run.steps))]
    assert curve["value"] == pytest.approx(every, abs=1e-9)


def test_the_labels_are_those_that_the_run_was_told(told: Film) -> None:
    images, labels = training()
    shuffled = np.random.default_rng(0).permutation(labels)
    assert int(Run(SHUFFLED).arrays["shuffled_labels"]) == 0
    shown = [one for one in told.snapshot("labels")["layers"] if one["kind"] == "pixels"]
    places = [int(re.findall(r"training\((\d+)\)", one["source"])[0]) for one in shown]
    assert len(places) == 6 and len({labels[place] for place in places}) == 6
    assert all(labels[place] != shuffled[place] for place in places)
    for one, place in zip(shown, places, strict=True):
        assert one["value"] == pytest.approx(images[place], abs=1e-12)
    said = [text for text, _, _ in texts(told, "labels") if text.isdigit()]
    assert said == [str(shuffled[place]) for place in places]


def test_what_it_learned_from_them(told: Film) -> None:
    arrays, layers = Run(SHUFFLED).arrays, Run(SHUFFLED).layers(1)
    images, labels = training()
    lies = np.eye(10)[np.random.default_rng(0).permutation(labels)]
    outputs = forward(layers, images)[-1]
    assert arrays["costs"][-1] == pytest.approx(
        ((outputs - lies) ** 2).sum(axis=1).mean(), abs=1e-4
    )
    right = (outputs.argmax(axis=1) == lies.argmax(axis=1)).mean()
    new = (forward(layers, unseen()[0])[-1].argmax(axis=1) == unseen()[1]).mean()
    caption = " ".join(told.beat("lies")["caption"].split())
    assert f"stays at {arrays['costs'][1]:.2f}" in caption
    assert f"{100 * right:.0f}% of its own, {100 * new:.0f}% of unseen digits" in caption
    most = re.search(r"brighter than (0\.\d\d)", " ".join(told.beat("both")["caption"].split()))
    assert most and float(most[1]) < 0.5


def test_the_table_is_that_of_the_cards(told: Film) -> None:
    one, other = card("assets/models/learner.md"), card("assets/models/vanilla.md")
    shown = texts(told, "otherwise")
    rows = {
        text: [other for other, _, level in shown if abs(level - y) < 6 and other != text]
        for text, _, y in shown
    }
    for label, values in (
        ("digits to learn from", [f"{facts['training']['n']:,}" for facts in (one, other)]),
        ("times through all of them", [f"{facts['training']['epochs']}" for facts in (one, other)]),
        ("right, of 200 unseen", [f"{facts['bundled']['right']}" for facts in (one, other)]),
        ("steps", ["down the slope", "Adam"]),
        ("cost", ["squares", "cross-entropy"]),
        ("moved a little each time", ["no", "yes"]),
    ):
        assert rows[label] == values
    cards = [entry for entry in told.record["inputs"] if entry["role"] == "card"]
    assert [entry["path"] for entry in cards] == ["assets/models/vanilla.md"]


def test_what_cards_say(tmp_path: Path) -> None:
    assert trained_as(MODELS / "vanilla.md") == Training(
        54_800, 400, True, "binary_cross_entropy", True, 194
    )
    learner = trained_as(MODELS / "learner.md")
    assert (learner.adam, learner.loss, learner.moved) == (False, "squares", False)
    for text in ("# nothing\n", '```json\n{"training": {"n": 3}}\n```\n'):
        (tmp_path / "card.md").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=r"card\.md"):
            trained_as(tmp_path / "card.md")


def test_the_commands_on_screen_make_a_run_that_can_be_told(told: Film, tmp_path: Path) -> None:
    lines = sorted(texts(told, "onward"), key=lambda line: line[2])
    shown = " ".join(text for text, _, _ in lines)
    found = re.search(r"litnet train (.*?--history mine\.history\.npz)", shown)
    assert found and "litnet render --film learning --history mine.history.npz" in shown
    words = re.sub(r"--epochs \d+", "--epochs 1", found[1]).split()
    done = subprocess.run(
        [sys.executable, "-m", "litnet", "train", *words],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    file = tmp_path / "mine.history.npz"
    history = load_history(file)
    check_run("WhatRemains", file, history)
    check_told("Nudges", file, history, steps=True)


def test_the_documented_command_makes_the_same_run(tmp_path: Path) -> None:
    """The card's own command, with fewer epochs: the curve begins as the one that ships."""
    command = re.search(r"```sh\n(.*?)```", SHUFFLED.with_name("shuffled.md").read_text(), re.S)
    assert command
    words = command[1].replace("\\\n", " ").split()
    for flag, value in (("--output", "a.npz"), ("--history", "a.history.npz"), ("--epochs", "1")):
        words[words.index(flag) + 1] = str(tmp_path / value) if "npz" in value else value
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    made, ships = Run(tmp_path / "a.history.npz").arrays, Run(SHUFFLED).arrays
    assert made["costs"] == pytest.approx(ships["costs"][:2], abs=1e-6)
    assert made["training_digest"] == ships["training_digest"]


def test_sources_of_other_runs_and_cards(told: Film) -> None:
    from litnet.record.schema import decode

    record = decode(told.video.with_suffix(".json").read_bytes(), "WhatRemains.json")
    ground, name = RecordGround(record, 0, ROOT), "assets/models/shuffled.history.npz"
    assert evaluate('card_digits("assets/models/vanilla.md")', ground) == 54_800
    assert evaluate(f'accuracy(snapshot("{name}", 1), unseen)', ground) == pytest.approx(0.09)
    assert len(parsed(f'training_accuracies("{name}")').values(ground)) == 41
    for text in (f'cost(snapshot("{name}", 2), unseen)', 'card_right("assets/models/early.md")'):
        with pytest.raises(ValueError, match=r"no number 2|no card that the record names"):
            evaluate(text, ground)


def test_labels_are_not_shown_where_the_digits_are_others() -> None:
    images, labels = training()
    run, lies = load_history(LEARNER), load_history(SHUFFLED)

    def nothing(name: str) -> None:
        raise AssertionError(name)

    def learned(count: int) -> Learned:
        return Learned(run, images[:count], labels[:count], nothing, nothing, nothing, nothing)  # type: ignore[arg-type]

    assert learned(4800).are_digits_of(lies) and not learned(100).are_digits_of(lies)
