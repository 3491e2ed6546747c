"""Chain: its slopes against central differences of a plain forward pass; its way, and its code."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film import ROOT, SMALL, Film, manim
from histories import saved, small_run
from learning_oracle import Run, forward

from litnet.clips.catalogue import Story, find_stories

LEARNER = ROOT / "assets" / "models" / "learner.history.npz"
HERO = "assets/digits/3_hero.png"
LABEL = 3
H = 1e-5


@pytest.fixture(scope="module")
def told(story_film: Callable[[Story, str], Film]) -> Film:
    return story_film(find_stories(("Chain",))[0], "en")


@pytest.fixture(scope="module")
def run() -> Run:
    return Run(LEARNER)


def way(told: Film) -> list[int]:
    """The neurons before the weight that is turned."""
    layers = told.snapshot("together")["layers"]
    return [layer["cell"][0] for layer in sorted(layers, key=lambda one: one["layer"])]


def read(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-").replace(",", ""))


def shown(told: Film, beat: str) -> dict[str, str]:
    rate = told.record["video"]["frames"] / told.record["video"]["duration"]
    frame = round(told.beat(beat)["end"] * rate) - 1
    return {one["source"]: one["text"] for one in told.record["numbers"] if one["frame"] == frame}


# --- the way -------------------------------------------------------------------------------------
def test_no_way_from_a_pixel_to_the_answer_is_stronger(told: Film, run: Run) -> None:
    layers, a = run.layers(0), [one[0] for one in forward(run.layers(0), run.examples(HERO)[0])]
    (w1, _), (w2, _), (w3, _) = layers
    s1, s2, s3 = (one * (1 - one) for one in a[1:])
    strengths = np.zeros((784, 16, 16))
    for first, second in product(range(16), range(16)):
        rest = w3[LABEL, second] * s3[LABEL] * w2[second, first] * s2[second] * s1[first]
        strengths[:, first, second] = np.abs(a[0] * w1[first] * rest)
    assert way(told) == list(np.unravel_index(strengths.argmax(), strengths.shape))
    assert f"{strengths.size:,}" in told.beat("path")["caption"]


# --- slopes --------------------------------------------------------------------------------------
def central(run: Run, change: Callable[[Any, float], None]) -> float:
    """How fast the cost of the digit changes when ``change`` turns something by so much."""
    x, y = run.examples(HERO)
    costs = []
    for by in (-H, H):
        layers = [(w.copy(), b.copy()) for w, b in run.layers(0)]
        change(layers, by)
        costs.append(((forward(layers, x)[-1] - y) ** 2).sum())
    return float(costs[1] - costs[0]) / (2 * H)


def weight(layer: int, to: int, start: int) -> Callable[[Any, float], None]:
    def turn(layers: Any, by: float) -> None:
        layers[layer - 1][0][to, start] += by

    return turn


def bias(layer: int, to: int) -> Callable[[Any, float], None]:
    def turn(layers: Any, by: float) -> None:
        layers[layer - 1][1][to] += by

    return turn


def test_every_slope_on_screen_is_that_of_turning(told: Film, run: Run) -> None:
    """The tables and lists of the equations, and of the loop: dC/dz is dC/db, which can be turned;
    of weights from pixels every hundredth is tried."""
    worst, count, seen = 0.0, 0, set()
    lists = [one for beat in ("equations", "loop") for one in told.snapshot(beat)["signed"]]
    for one in lists:
        found = re.fullmatch(r"(\w+)\(0, \".*\"\)\[(\d)\](?:\[(\d+)\])?", one["source"])
        if not found:
            continue
        call, layer = found[1], int(found[2])
        seen.add((call, layer))
        values = np.array(one["value"])
        if call == "weight_gradients":
            to = int(found[3])
            places = range(to, len(values), 100 if len(values) == 784 else 1)
            pairs = [(values[n], central(run, weight(layer, to, n))) for n in places]
        elif call in ("z_gradients", "bias_gradients"):
            pairs = [(value, central(run, bias(layer, n))) for n, value in enumerate(values)]
        else:
            continue
        worst = max(worst, *(abs(a - b) for a, b in pairs))
        count += len(pairs)
    assert seen >= {(f"{kind}_gradients", layer) for kind in ("weight", "z") for layer in (1, 2, 3)}
    assert count > 600 and worst < 1e-8


def test_the_three_factors(told: Film, run: Run) -> None:
    start = way(told)[-1]
    a, asked, _, _ = run.back(0, HERO)
    texts = shown(told, "factors")
    cost = [((a[-1][LABEL] + by - 1) ** 2) for by in (-H, H)]
    z = np.log(a[-1][LABEL] / (1 - a[-1][LABEL]))
    light = [1 / (1 + np.exp(-(z + by))) for by in (-H, H)]
    expected = {
        f'activations(0, "{HERO}")[2][{start}]': a[2][start],
        f'slopes(0, "{HERO}")[3][{LABEL}]': (light[1] - light[0]) / (2 * H),
        f'activation_gradients(0, "{HERO}")[3][{LABEL}]': (cost[1] - cost[0]) / (2 * H),
        f'weight_gradients(0, "{HERO}")[3][{LABEL}][{start}]': central(
            run, weight(3, LABEL, start)
        ),
    }
    assert asked[-1][LABEL] == pytest.approx(expected[list(expected)[2]], abs=1e-8)
    numbers = [texts[source] for source in expected]
    for text, value in zip(numbers, expected.values(), strict=True):
        assert read(text) == pytest.approx(value, abs=0.51 * 10 ** -len(text.partition(".")[2]))
    # As they are shown they multiply to what is shown, and so it is measured.
    places = len(numbers[-1].partition(".")[2])
    assert places >= 3
    assert round(np.prod([read(one) for one in numbers[:3]]), places) == read(numbers[3])
    measured = shown(told, "measured")
    (quotient,) = [text for source, text in measured.items() if "- 50.0 *" in source]
    assert quotient == numbers[3]
    more, less = (read(measured[f'nudged(0, "{HERO}", 3, 3, {start}, {h})']) for h in (0.01, -0.01))
    assert (more - less) / 0.02 == pytest.approx(read(quotient), abs=1e-4)


def test_ten_ways_and_their_sum(told: Film, run: Run) -> None:
    start = way(told)[-1]
    texts, layers = shown(told, "several"), run.layers(0)
    a = run.back(0, HERO)[0]
    terms = []
    for n in range(10):
        dz = central(run, bias(3, n))
        terms.append(layers[2][0][n, start] * dz)
        for source, value in (
            (f"weights(0)[3][{n}][{start}]", layers[2][0][n, start]),
            (f'z_gradients(0, "{HERO}")[3][{n}]', dz),
            (f'back_terms(0, "{HERO}")[3][{start}][{n}]', terms[-1]),
        ):
            assert read(texts[source]) == pytest.approx(value, abs=0.00051), source
    total = read(texts[f'sum(back_terms(0, "{HERO}")[3][{start}])'])
    assert total == pytest.approx(sum(terms), abs=0.00051)
    # And that is what the cost does when the neuron's own light is turned.
    costs = []
    for by in (-H, H):
        light = a[2].copy()
        light[start] += by
        outputs = forward(layers[2:], light[None])[-1]
        costs.append(((outputs - run.examples(HERO)[1]) ** 2).sum())
    assert total == pytest.approx((costs[1] - costs[0]) / (2 * H), abs=0.00051)
    assert min(terms) < 0 < max(terms)
    assert "Some raise the cost, some lower it" in told.beat("several")["caption"]
    (arrows, whole) = sorted(
        (one for one in told.snapshot("several")["measures"] if one["kind"] == "length"),
        key=lambda one: -len(one["value"]),
    )
    assert arrows["value"] == pytest.approx(terms, abs=1e-9)
    assert whole["value"] == pytest.approx([sum(terms)], abs=1e-9)
    assert whole["scale"] == pytest.approx(arrows["scale"])


def test_what_moves_together_is_what_the_network_computes(run: Run) -> None:
    """The numbers on the way, which stand in no hold."""
    from test_story_learning import story_class

    scene = story_class(find_stories(("Chain",))[0])()
    follows, start = scene.one_way, scene.path[-2]
    for value in np.linspace(scene.weight.value, scene.turned_to, 7):
        layers = run.turned_layers(0, 3, LABEL, start, value - scene.weight.value)
        a = [one[0] for one in forward(layers, run.examples(HERO)[0])]
        z = layers[2][0][LABEL] @ a[2] + layers[2][1][LABEL]
        cost = ((a[3] - run.examples(HERO)[1]) ** 2).sum()
        assert follows(float(value)) == pytest.approx((z, a[3][LABEL], cost), abs=1e-9)


# --- code ----------------------------------------------------------------------------------------
def test_the_code_is_that_of_the_backward_loop(told: Film) -> None:
    frame = told.snapshot("loop")["frame"]
    shown = [text for text in told.record["texts"] if text["frame"] == frame]
    texts = [text["text"] for text in sorted(shown, key=lambda text: text["box"][1])]
    source = (ROOT / "network" / "backward_pass.py").read_text()
    body = source[source.index("    for layer in reversed") : source.index("def check_hidden")]
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    assert [text for text in texts if text in lines] == lines and len(lines) == 6
    (code,) = [one for one in told.record["inputs"] if one["role"] == "code"]
    assert code["path"] == "network/backward_pass.py"


# --- what cannot be told of ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        ({"sizes": (784, 10)}, "found a network without a hidden layer, but Chain shows"),
        ({"sizes": (784, 8, 10), "activation": "relu"}, "found a network with relu, but Chain"),
        ({"sizes": (784, 8, 10), "loss": "binary_cross_entropy", "rate": 0.1}, "found the loss"),
    ],
)
def test_other_networks_are_refused_in_a_sentence(
    tmp_path: Path, made: dict[str, Any], sentence: str
) -> None:
    file = saved(small_run(epochs=1, **made), tmp_path / "mine.history.npz")
    (story,) = find_stories(("Chain",))
    done = manim(tmp_path, *SMALL, story=story.file, scene="Chain", LITNET_HISTORY=str(file))
    assert done.returncode == 1 and sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1 and not list(tmp_path.rglob("*.mp4"))
