"""Every lit cell of every story is as bright as its number says, on the one scale of its layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film import ALL, Film, recorded

from litnet.clips.catalogue import STORIES, Story
from litnet.mobjects import NeuronLayer
from litnet.record.quantities import Quantities
from network import MLP, Dense, save_network

KINDS = {
    "tanh": ("tanh", "relu", "leaky_relu"),
    "relu": ("relu", "leaky_relu:0.3", "tanh"),
}
# Of the others, one shows the input alone, and one pictures that are lit by a neuron.
NETWORKS = [s for s in STORIES if s.model and s.scene not in ("WhatIsANeuron", "Bias")]


@pytest.fixture(scope="session")
def unbounded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Models by the kind of their first layer: their numbers are below 0 and above 1 as well."""
    folder = tmp_path_factory.mktemp("unbounded")
    models = {}
    for name, kinds in KINDS.items():
        rng = np.random.default_rng(77)
        layers = [
            Dense(rng.normal(0, 2 / n_in**0.5, (n_out, n_in)), rng.normal(0, 0.5, n_out), kind)
            for (n_in, n_out), kind in zip([(784, 16), (16, 16), (16, 10)], kinds, strict=True)
        ]
        models[name] = folder / f"{name}.npz"
        save_network(MLP(tuple(layers)), models[name])
    return models


def check(film: Film) -> int:
    """Compare each cell's light with its value; how many were compared."""
    record = film.record
    lit = 0
    whole: dict[tuple[int, int | None], list[float]] = {}
    if record["forward_pass"]:
        layers = record["forward_pass"]["activations"]
        whole |= {(layer, None): values for layer, values in enumerate(layers)}
    for number, reading in enumerate(record["readings"]):
        layers = reading["activations"]
        whole |= {(layer, number): values for layer, values in enumerate(layers)}
    places = [(scale["layer"], scale["reading"]) for scale in record["light_scales"]]
    assert len(places) == len(set(places))
    scales = {(s["layer"], s["reading"]): (s["low"], s["high"]) for s in record["light_scales"]}
    for place, scale in scales.items():
        assert scale == (min(0, *whole[place]), max(1, *whole[place])), "it is the whole layer's"
    for snapshot in record["snapshots"]:
        for layer in snapshot["layers"]:
            place = (layer["layer"], layer["reading"])
            low, high = scales.get(place, (0.0, 1.0))
            for value, light in zip(layer["value"], layer["light"], strict=True):
                if light is None:
                    continue
                expected = 0.0 if value is None else (value - low) / (high - low)
                assert light == pytest.approx(expected, abs=1e-6), (snapshot["time"], place)
                lit += layer["layer"] > 0
    return lit


# Every story has layers below 0 and above 1; two (``make test-all``: all) in either order.
CASES = [
    (story, kind)
    for story in NETWORKS
    for kind in KINDS
    if ALL or kind == "tanh" or story.scene in ("LayerIntro", "BeforeAfter")
]


@pytest.mark.parametrize(
    ("story", "kind"), CASES, ids=[f"{story.scene}-{kind}" for story, kind in CASES]
)
def test_light_is_the_value_on_the_scale_of_the_layer(
    story: Story, kind: str, unbounded: dict[str, Path], tmp_path: Path
) -> None:
    size = ("-r", "284,160", "--fps", "2")
    found = recorded(tmp_path, *size, story=story.file, scene=story.scene, model=unbounded[kind])
    assert check(found) > 0
    if story.scene not in ("BeforeAfter", "FallsShort"):
        assert found.record["light_scales"]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.scene)
def test_so_it_is_of_the_model_that_ships(story: Story, story_film: Any) -> None:
    check(story_film(story, "en"))


def test_a_part_of_a_layer_is_as_bright_as_in_it() -> None:
    layer = Quantities(np.array([-3.0, 0.04, 5.0]), "activations[1]", 1, None, -3.0, 5.0)
    whole, part = NeuronLayer(layer, pitch=1), NeuronLayer(layer.part([1]), pitch=1)
    assert part.light.tolist() == whole.part([1]).light.tolist() == [pytest.approx(3.04 / 8)]
    assert (part.indices, part.layer) == ((1,), 1)
