"""Examples of docs/mobjects.md, rendered: each number that is drawn, worked out again here."""

from __future__ import annotations

import csv
import hashlib
import itertools
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film import DIGITS, HERO, ROOT, Film, Truth, film, manim, plain_pixels
from PIL import Image

from litnet import style
from litnet.animations import Backpropagate
from litnet.light.camera import LitCamera
from litnet.mobjects import (
    Arrows,
    CodeLines,
    Connections,
    Formula,
    Knob,
    LiveNumber,
    NeuronLayer,
    NumberLine,
    SignedLayer,
    Target,
)
from litnet.record.current import CurrentFiles
from litnet.record.inputs import changes
from litnet.record.quantities import Quantities, illustrative, illustrative_cells
from network import InputError

EXAMPLES = ROOT / "docs" / "examples"
SIZE = ("--resolution", "854,480", "--fps", "4")
Told = Callable[[str, str], Film]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A film of an example, each rendered once."""
    films: dict[str, Film] = {}

    def find(name: str, scene: str) -> Film:
        if name not in films:
            folder = tmp_path_factory.mktemp(name)
            films[name] = film(folder, *SIZE, story=EXAMPLES / f"{name}.py", scene=scene)
        return films[name]

    return find


def of_network(truth: Truth, source: str) -> float:
    """A number of the filmed network, by loops over its file."""
    name, layer, *places = re.split(r"[][]+", source.rstrip("]"))
    weights, biases, _ = truth.layers[int(layer) - 1]
    neuron = int(places[0])
    inputs = truth.activations[int(layer) - 1]
    if name == "biases":
        return biases[neuron]
    assert name == "z"
    return math.fsum(w * a for w, a in zip(weights[neuron], inputs, strict=True)) + biases[neuron]


def measures(film: Film, beat: str, kind: str) -> list[dict[str, Any]]:
    found = [one for one in film.snapshot(beat)["measures"] if one["kind"] == kind]
    assert found
    return found


def test_a_number_on_a_line_stands_at_its_place(told: Told) -> None:
    shown = told("number_line", "OnALine")
    for beat in ("eight", "answer"):
        (place,) = measures(shown, beat, "place")
        value = of_network(shown.truth, place["source"])
        assert place["value"] == pytest.approx([value], abs=1e-9)
        assert place["scale"] == pytest.approx(9 / 24 * 480 / 8, rel=1e-6)
        assert place["x"][0] - place["zero_x"][0] == pytest.approx(value * place["scale"], abs=2e-3)
        still = shown.still(shown.snapshot(beat)["frame"]).astype(int)
        row = still[round(place["y"][0])]
        assert row[round(place["x"][0])].min() > 240  # the light
        middle = row[round((place["x"][0] + place["zero_x"][0]) / 2)]
        assert (middle[0] > middle[2]) == (value > 0)  # orange above zero, blue below
        assert f"{value:.2f}".replace("-", "\N{MINUS SIGN}") in {
            text["text"] for text in shown.record["texts"]
        }


def test_a_knob_is_turned_by_its_number(told: Told) -> None:
    shown = told("knobs", "Knobs")
    limit = max(abs(bias) for bias in shown.truth.layers[1][1][:10])
    seen = set()
    for beat in ("five", "others"):
        still = shown.still(shown.snapshot(beat)["frame"]).astype(int)
        for dial in measures(shown, beat, "angle"):
            seen.add(dial["source"])
            value = of_network(shown.truth, dial["source"])
            assert dial["value"] == pytest.approx([value], abs=1e-9)
            across, up = dial["x"][0] - dial["zero_x"][0], dial["zero_y"][0] - dial["y"][0]
            assert math.atan2(across, up) == pytest.approx(0.75 * math.pi * value / limit, abs=2e-3)
            # Just inside its end there is the pointer.
            x, y = dial["x"][0] - 0.05 * across, dial["y"][0] + 0.05 * up
            assert still[round(y), round(x)].min() > 200
    assert seen == {f"biases[2][{neuron}]" for neuron in range(10)}


def test_arrows_are_as_long_as_their_numbers(told: Told) -> None:
    shown = told("arrows", "Pushes")
    (arrows,) = measures(shown, "pushes", "length")
    truth, answer = shown.truth, shown.truth.prediction
    weights = truth.layers[2][0][answer]
    values = [w * a for w, a in zip(weights, truth.activations[2], strict=True)]
    assert arrows["source"] == f"contributions[3][{answer}]"
    assert arrows["value"] == pytest.approx(values, abs=1e-9)
    assert arrows["scale"] == pytest.approx(0.3 * 480 / 8, rel=1e-6)
    rows = np.array(arrows["zero_y"]) - np.array(arrows["y"])
    assert rows == pytest.approx(np.array(values) * arrows["scale"], abs=2e-3)
    still = shown.still(shown.snapshot("pushes")["frame"]).astype(int)
    for value, x, low, high in zip(values, arrows["x"], arrows["zero_y"], arrows["y"], strict=True):
        if abs(low - high) > 20:
            seen = still[round((low + high) / 2), round(x)]
            wanted = style.NEGATIVE if value < 0 else style.POSITIVE
            assert seen == pytest.approx(255 * np.array(wanted), abs=60)
        far = round(high + math.copysign(25, high - low))  # nothing beyond their tips
        assert still[far, round(x)].max() < 60
    # The printed scale: the line beside the 5 is as long as an arrow of 5.
    frame = shown.snapshot("pushes")["frame"]
    (five,) = [
        text for text in shown.record["texts"] if text["text"] == "5" and text["frame"] == frame
    ]
    strip = still[:, round(five["box"][0]) - 14 : round(five["box"][0]) - 4].max(axis=(1, 2)) > 60
    assert np.ptp(np.flatnonzero(strip)) == pytest.approx(5 * arrows["scale"], abs=3)


LYING = """
from litnet import *
from litnet.record.quantities import Quantities, Quantity
import numpy as np

class Lies(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        bias = reading.bias(2, 0)
        liar = Quantity(bias.value + 0.01, bias.source)
        with self.beat("only", "Only"):
            self.add({shown})
            self.hold(0.5)
"""


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("Knob(liar, limit=9).dial", r"Lies, beat 'only': .* its source biases\[2\]\[0\] is 1\."),
        ("NumberLine(liar, low=-9, high=9, length=4).line", r"its source biases\[2\]\[0\] is 1\."),
        (
            "Arrows(Quantities(reading.layer(3).values + 0.01, 'activations[3]'), "
            "np.zeros((10, 3)), unit=1)",
            r"cell 0 on screen holds 0\.01.*, but in its source activations\[3\] it is ",
        ),
    ],
    ids=["knob", "line", "arrows"],
)
def test_what_is_drawn_of_a_wrong_number_ends_the_film(
    tmp_path: Any, shown: str, said: str
) -> None:
    story = tmp_path / "lies.py"
    story.write_text(LYING.replace("{shown}", shown), "utf-8")
    done = manim(tmp_path / "media", "-r", "320,180", "--fps", "2", story=story, scene="Lies")
    assert done.returncode == 1
    assert re.search(said, done.stderr), done.stderr
    assert "Traceback" not in done.stderr


def test_numbers_that_cannot_be_shown_are_refused() -> None:
    with pytest.raises(ValueError, match="A knob that goes to 1 cannot show 2"):
        Knob(illustrative(2), limit=1)
    with pytest.raises(ValueError, match="A line from 0 to 1 cannot show -1"):
        NumberLine(illustrative(-1), low=0, high=1, length=3)
    with pytest.raises(ValueError, match="2 arrows need feet"):
        Arrows(Quantities([1, 2], "illustrative"), np.zeros((3, 3)), unit=1)


def test_what_moves_takes_its_scale_along() -> None:
    arrows = Arrows(illustrative_cells([1.0, -2.0]), np.zeros((2, 3)), unit=0.5)
    arrows.scale(2, about_point=np.zeros(3)).shift((1, 0, 0))
    assert arrows.tips.tolist() == [[1, 1, 0], [1, -2, 0]]
    knob = Knob(illustrative(0.5), limit=1).scale(2).shift((3, 0, 0))
    assert knob.dial.radius == pytest.approx(1.4)
    assert knob.dial.middle[0] == pytest.approx(3)


def test_a_target_is_lit_as_it_wishes() -> None:
    wish = np.eye(10)[3]
    target = Target(illustrative_cells(wish), np.zeros((10, 3)), pitch=0.5)
    assert target.light.tolist() == wish.tolist() and target.kind == "targets"


def test_the_numbers_in_a_formula_are_live(told: Told) -> None:
    shown = told("formula", "Weighed")
    truth, answer = shown.truth, shown.truth.prediction
    weights, biases, _ = truth.layers[2]
    carried = math.fsum(w * a for w, a in zip(weights[answer], truth.activations[2], strict=True))
    numbers = {one["text"]: one["value"] for one in shown.record["numbers"]}
    for value, places in ((truth.confidence, 3), (carried, 2), (biases[answer], 2)):
        text = f"{value:.{places}f}".replace("-", "\N{MINUS SIGN}")
        assert numbers[text] == pytest.approx(value, abs=1e-9)
    # The parts that were lit are there by themselves, brighter than the rest.
    colors = {one["text"]: one["color"] for one in shown.record["texts"]}
    assert colors["b"] == "#FFFFFF" and colors["a"] == "#FFD166"
    assert colors["= sigma( sum_(i=1)^16 w_i a_i + )"] == style.QUIET_COLOR
    assert any(one["path"].startswith("typst ") for one in shown.record["inputs"])


def test_the_lines_of_code_are_the_file_s_and_the_file_is_an_input(told: Told) -> None:
    shown = told("code_lines", "TheLoop")
    data = (ROOT / "network/mlp.py").read_bytes()
    last = max(one["frame"] for one in shown.record["texts"])
    texts = [one for one in shown.record["texts"] if one["frame"] == last]
    lines = [one["text"] for one in texts if "compute it all" not in one["text"]]
    assert "\n".join(lines) in re.sub(r"\n\s+", "\n", data.decode()) and len(lines) == 5
    (code,) = [one for one in shown.record["inputs"] if one["role"] == "code"]
    assert code == {
        "path": "network/mlp.py",
        "sha256": hashlib.sha256(data).hexdigest(),
        "role": "code",
    }
    lit = [one["text"] for one in texts if one["color"] == "#FFFFFF"]
    assert "z: Floats = a @ w.T + b" in lit and "a = x" not in lit
    # Each line is further to the right by what it is indented by.
    left = {one["text"]: one["box"][0] for one in texts}
    assert left["yield z, a"] > left["a = x"] + 20


def test_a_changed_file_makes_the_clip_stale_and_gone_lines_are_said(tmp_path: Path) -> None:
    here = Path.cwd()
    file = tmp_path / "own.py"
    file.write_text("def add(a, b):\n    # first\n    return a + b\n", "utf-8")
    lines = CodeLines(str(file), "add", first="first", last="return")
    assert [line.text for line in lines.lines] == ["# first", "return a + b"]
    found = lines.lines[0].made_of
    assert changes(found, CurrentFiles(here)) == []
    file.write_text("def add(a, b):\n    return b + a\n", "utf-8")
    (reason,) = changes(found, CurrentFiles(here))
    assert reason == "code own.py changed"
    for arguments, said in (
        (("add", "first"), r"own.py, add: found no line with 'first'"),
        (("subtract",), r"own.py: found no subtract, whose lines are filmed"),
    ):
        with pytest.raises(InputError, match=said):
            CodeLines(str(file), *arguments[:1], first=arguments[1] if len(arguments) > 1 else None)
    with pytest.raises(InputError, match="found no line with 'minus'"):
        CodeLines(str(file), "add").line("minus")
    file.write_text("def add(a, b:\n", "utf-8")
    with pytest.raises(InputError, match=r"own.py: cannot be read as Python"):
        CodeLines(str(file), "add")


def test_what_typst_does_not_understand_is_said() -> None:
    with pytest.raises(InputError, match="Typst says unknown variable: nonsense"):
        Formula("a = nonsense")
    with pytest.raises(ValueError, match="has no place"):
        Formula("a = b", c=LiveNumber(illustrative(1)))


def states() -> list[list[tuple[Any, Any]]]:
    """(weights, biases) of each layer of every snapshot of the run that ships."""
    with np.load(ROOT / "assets/models/learner.history.npz", allow_pickle=False) as file:
        sizes, steps = file["sizes"].tolist(), file["state_steps"].tolist()
        rows = [file["states"][steps.index(step)] for step in file["snapshot_steps"].tolist()]
    return [taken_apart(row.astype(float), sizes) for row in rows]


def taken_apart(row: Any, sizes: list[int]) -> list[tuple[Any, Any]]:
    layers, place = [], 0
    for n_in, n_out in itertools.pairwise(sizes):
        weights = row[place : place + n_in * n_out].reshape(n_out, n_in)
        place += n_in * n_out
        layers.append((weights, row[place : place + n_out]))
        place += n_out
    assert place == len(row)
    return layers


def together(layers: list[tuple[Any, Any]]) -> Any:
    return np.concatenate([part.ravel() for layer in layers for part in layer])


def outputs(layers: list[tuple[Any, Any]], x: Any) -> list[Any]:
    """The activations of each layer, the input first."""
    found = [x]
    for weights, biases in layers:
        found.append(1 / (1 + np.exp(-(found[-1] @ weights.T + biases))))
    return found


def test_wishes_are_what_lowers_the_cost(told: Told) -> None:
    shown = told("backpropagate", "Back")
    layers = states()[0]
    x = np.array([v for row in plain_pixels(HERO) for v in row])
    wished = np.eye(10)[3]
    told_of = {one["source"]: one for one in measures(shown, "back", "light")}
    for number in (1, 2, 3):
        one = told_of[f'wishes(0, "assets/digits/3_hero.png")[{number}]']
        start = outputs(layers, x)[number]

        def cost(a: Any, rest: Any = layers[number:]) -> float:
            return float(((outputs(rest, a)[-1] - wished) ** 2).sum())

        for neuron, value in enumerate(one["value"]):  # by central differences
            step = 1e-5 * np.eye(len(start))[neuron]
            slope = (cost(start + step) - cost(start - step)) / 2e-5
            assert value == pytest.approx(-slope, rel=1e-6, abs=1e-9)
    (arrows,) = measures(shown, "back", "length")
    assert arrows["value"] == told_of['wishes(0, "assets/digits/3_hero.png")[3]']["value"]
    # The targets: one bright, nine dark; and so are their greys.
    (target,) = [x for x in shown.snapshot("back")["layers"] if x["kind"] == "targets"]
    assert target["value"] == wished.tolist()
    still = shown.still(shown.snapshot("back")["frame"]).astype(int)
    for x_, y, light in zip(target["x"], target["y"], target["light"], strict=True):
        assert still[int(y), int(x_)] == pytest.approx(255 * light, abs=12)
    # Colour is sign, in the neurons.
    last = told_of['wishes(0, "assets/digits/3_hero.png")[3]']
    for x_, y, value in zip(last["x"], last["y"], last["value"], strict=True):
        red, _, blue = still[int(y), int(x_)]
        assert (red > blue) == (value > 0)


def test_light_runs_back_from_right_to_left() -> None:
    left = NeuronLayer(np.ones(3), pitch=0.5).shift((-3, 0, 0))
    right = NeuronLayer(np.ones(2), pitch=0.5, layer=1).shift((3, 0, 0))
    lines = Connections(left, right, np.ones((2, 3)))
    slopes = np.array([[1.0, -2, 0.5], [0, 4, -1]])
    signs = SignedLayer(left, Quantities([1, -1, 0.5], "illustrative")).set_level(0)
    run = Backpropagate(lines, slopes, signs, run_time=1)
    camera = LitCamera(pixel_width=640, pixel_height=360, frame_width=14.2, frame_height=8)
    lit = []
    run.begin()
    for alpha in (0.02, 0.4, 0.7, 1):
        run.interpolate(alpha)
        camera.reset()
        lines.structure = 0.0
        camera.capture_mobjects([lines])
        lit.append(np.flatnonzero(camera.pixel_array[:, :, :3].max(axis=(0, 2)) > 8))
    assert lines.strengths.tolist() == (slopes / 4).tolist()
    assert len(lit[0]) < 20 and lit[0].min(initial=640) > 430  # nothing but what is at the right
    assert lit[0].min(initial=640) > lit[1].min() > lit[2].min() and lit[1].max() > 430
    assert np.ptp(lit[3]) > 250 and signs.level == 1


def test_the_plane_and_the_path_are_those_of_the_run(told: Told) -> None:
    shown = told("contours", "Downhill")
    run = states()
    ways = np.array([together(layers) for layers in run]) - together(run[-1])
    # The principal directions, by another way than the library's.
    sizes, vectors = np.linalg.eigh(ways @ ways.T)
    axes = [ways.T @ vectors[:, -n] / math.sqrt(sizes[-n]) for n in (1, 2)]
    axes = [axis * np.sign(axis[np.abs(axis).argmax()]) for axis in axes]
    places = {one["source"]: one for one in measures(shown, "path", "place")}
    for axis, source, end, zero in zip(
        axes, ("path.across", "path.up"), ("x", "y"), ("zero_x", "zero_y"), strict=True
    ):
        one = places[source]
        assert one["value"] == pytest.approx((ways @ axis).tolist(), abs=1e-4)
        moved = (np.array(one[end]) - np.array(one[zero])) * (1 if end == "x" else -1)
        assert moved == pytest.approx(np.array(one["value"]) * one["scale"], abs=2e-3)
    (share,) = [n for n in shown.record["numbers"] if n["source"] == "100 * path.share"]
    assert share["value"] == pytest.approx(100 * sizes[-2:].sum() / sizes.sum(), abs=1e-6)
    # The cost at random places of the grid, over the bundled digits.
    (field,) = measures(shown, "path", "field")
    call = re.fullmatch(
        r"plane\(unseen, (\S+), (\S+), (\d+), (\S+), (\S+), (\d+)\)", field["source"]
    )
    assert call is not None
    across, up = (
        np.linspace(float(a), float(b), int(n))
        for a, b, n in (call.groups()[:3], call.groups()[3:])
    )
    with (ROOT / "assets/digits/labels.csv").open() as table:
        listed = [(row["file"], int(row["label"])) for row in csv.DictReader(table)]
    x = np.array([np.ravel(Image.open(DIGITS / file)) / 255 for file, _ in listed])
    y = np.eye(10)[[label for _, label in listed]]
    for place in np.random.default_rng(0).choice(len(field["value"]), 12, replace=False).tolist():
        row, column = divmod(place, len(across))
        point = together(run[-1]) + across[column] * axes[0] + up[row] * axes[1]
        found = outputs(taken_apart(point, [784, 16, 16, 10]), x)[-1]
        assert field["value"][place] == pytest.approx(
            ((found - y) ** 2).sum(axis=1).mean(), abs=1e-6
        )
