"""Roadmap: the network in its pictures is the one that is filmed, whole."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from film import DIGITS, ROOT, SMALL, Film, recorded, sketch

from network import MLP, Dense, save_network

STORY = ROOT / "scenes" / "roadmap.py"
WIDE = (784, 40, 10)  # more connections than are drawn


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """The story with the bundled network."""
    return sketch(tmp_path_factory.mktemp("usual"), *SMALL, story=STORY, scene="Roadmap")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """The story with a larger network of another shape, upright and in Korean."""
    folder = tmp_path_factory.mktemp("other")
    random = np.random.default_rng(5)
    layers = tuple(
        Dense(random.normal(0, 0.1, (n_out, n_in)), random.normal(0, 0.1, n_out), "sigmoid")
        for n_in, n_out in pairwise(WIDE)
    )
    model = folder / "wide.npz"
    save_network(MLP(layers), model)
    return recorded(
        folder / "media",
        *("--resolution", "270,480", "--fps", "2"),
        story=STORY,
        scene="Roadmap",
        model=model,
        digit=DIGITS / "7_00.png",
        LITNET_LANGUAGE="ko",
    )


@pytest.fixture(params=["usual", "other"])
def any_film(request: pytest.FixtureRequest) -> Film:
    """Each of the two."""
    found: Film = request.getfixturevalue(request.param)
    return found


def expected(shown: Film, source: str) -> float:
    """The number that a source stands for, from the model's file."""
    sizes = [784, *(len(biases) for _, biases, _ in shown.truth.layers)]
    total = sum(a * b for a, b in pairwise(sizes))
    drawn = sum(min(a * b, 16_384) for a, b in pairwise(sizes))
    numbers = {"sum(network.sizes)": sum(sizes), "edges.total": total, "edges.drawn": drawn}
    return numbers[source]


def test_neurons_and_connections_are_counted(any_film: Film) -> None:
    seen = {number["source"] for number in any_film.record["numbers"]}
    cut = expected(any_film, "edges.drawn") < expected(any_film, "edges.total")
    assert seen == {"sum(network.sizes)", "edges.total"} | ({"edges.drawn"} if cut else set())
    for number in any_film.record["numbers"]:
        truth = expected(any_film, number["source"])
        assert number["value"] == truth
        assert number["text"] == f"{truth:,}"


def test_every_neuron_is_there_and_holds_its_own_number(any_film: Film) -> None:
    truth = any_film.truth.activations
    for beat in ("words", "first"):
        layers = any_film.snapshot(beat)["layers"]
        assert [layer["layer"] for layer in layers] == list(range(len(truth)))
        for layer, values in zip(layers, truth, strict=True):
            assert layer["value"] == pytest.approx(values, abs=1e-9)
            assert layer["cell"] == list(range(len(values)))


def test_nothing_has_flowed_before_the_neurons_are_asked_about(any_film: Film) -> None:
    inputs, *others = any_film.snapshot("plainest")["layers"]
    assert inputs["value"] == pytest.approx(any_film.truth.activations[0], abs=1e-12)
    assert others
    for layer in others:
        assert set(layer["value"]) == {None}


def test_connections_are_all_there_or_said_to_be_fewer(any_film: Film) -> None:
    frame = any_film.snapshot("plainest")["frame"]
    edges = [edge for edge in any_film.record["edges"] if edge["frame"] == frame]
    assert sum(edge["total"] for edge in edges) == expected(any_film, "edges.total")
    assert sum(edge["drawn"] for edge in edges) == expected(any_film, "edges.drawn")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_two_words_make_up_the_whole(language: str) -> None:
    from litnet.narration import read_catalogue

    words = read_catalogue(language)
    whole = words["Roadmap.whole"].replace(" ", "")
    assert words["Roadmap.neural"] + words["Roadmap.net"] == whole


def test_neurons_are_as_bright_as_their_numbers(usual: Film) -> None:
    """In the film itself."""
    snapshot = usual.snapshot("first")
    still = usual.still(snapshot["frame"])
    outputs = snapshot["layers"][-1]
    for x, y, value in zip(outputs["x"], outputs["y"], outputs["value"], strict=True):
        assert still[int(y), int(x)].mean() / 255 == pytest.approx(value, abs=0.08)


def test_the_story_is_as_long_as_a_clip_may_be(any_film: Film) -> None:
    assert 20 <= any_film.record["video"]["duration"] <= 75
    assert Path(any_film.record["variant"]["model"]).name == any_film.model.name
