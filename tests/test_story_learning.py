"""The stories of learning: every number in them worked out once more, from the shipped files.

With NumPy and nothing of litnet's: the history's arrays, the digits' files, a forward pass.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film import ALL, ROOT, SMALL, Film, manim, recorded
from histories import saved, small_run
from learning_oracle import One, Run, forward, training
from studio import publish

from litnet.clips.catalogue import STORIES, Story, find_stories
from litnet.clips.manifest import Studio, add_to_manifest
from litnet.clips.survey import survey
from network import InputError

LEARNER = ROOT / "assets" / "models" / "learner.history.npz"
SECOND = ROOT / "assets" / "models" / "learner-seed1.history.npz"
CLOSE = 1e-9
PACKAGES = ("litnet/", "network/")
SCENES = [story.scene for story in STORIES if story.film == "learning"]
Made = Callable[[str], Film]


def checked(made: Film, run: Run) -> tuple[int, float]:
    """How many numbers a film shows, and the worst difference of one to what it is."""
    record, worst, count = made.record, 0.0, 0
    total = sum(a * b for a, b in zip(run.sizes, run.sizes[1:], strict=False))
    grids = {s["frame"]: len(s["signed"]) for s in record["snapshots"]}
    marks = {
        s["frame"]: [v for one in s["measures"] if one["kind"] == "ticks" for v in one["value"]]
        for s in record["snapshots"]
    }
    edges: dict[int, list[int]] = {}
    for edge in record["edges"]:
        drawn = edges.setdefault(edge["frame"], [0, 0])
        drawn[0] += edge["drawn"]
        drawn[1] += edge["total"]
    for shown_of in edges.values():
        assert shown_of[1] % total == 0 and shown_of[0] <= shown_of[1]

    def compare(source: str, values: Any, frame: int, cells: Any = None) -> None:
        nonlocal worst, count
        drawn, every = edges.get(frame, [0, 0])
        shown: dict[str, Any] = {"edges.drawn": drawn, "edges.total": every}
        shown["len(signed)"] = grids.get(frame, 0)
        shown["ticks"] = np.array(marks.get(frame, []))
        expected = np.asarray(run.value(source, shown), dtype=float).ravel()
        expected = expected if cells is None else expected[list(cells)]
        held = np.asarray(values, dtype=float).ravel()
        assert held.shape == expected.shape, source
        off = float(np.abs(held - expected).max(initial=0))
        # Slopes and what follows from them are worked out by central differences.
        close = 1e-4 if source.startswith("rolled") else 1e-6 if "descent" in source else CLOSE
        assert off < close, source
        worst = max(worst, off)
        count += held.size

    for number in record["numbers"]:
        compare(number["source"], number["value"], number["frame"])
        places = len(number["text"].partition(".")[2])
        text = number["text"].replace(",", "").replace("\N{MINUS SIGN}", "-")
        assert text == f"{number['value']:z.{places}f}", number
    for edge in record["edges"]:
        if edge["source"]:
            carried = run.value(edge["source"], {})
            assert np.abs(carried).max() <= edge["largest"] + CLOSE
            assert carried.size == edge["total"]
            count += carried.size
    for snapshot in record["snapshots"]:
        frame = snapshot["frame"]
        for layer in snapshot["layers"]:
            assert not layer["illustrative"] and layer["source"]
            known = [n for n, value in enumerate(layer["value"]) if value is not None]
            values = [layer["value"][n] for n in known]
            compare(layer["source"], values, frame, [layer["cell"][n] for n in known])
            for value, light in zip(layer["value"], layer["light"], strict=True):
                assert light is None or value is None or light == pytest.approx(value, abs=1e-6)
        for grid in snapshot["signed"]:
            compare(grid["source"], grid["value"], frame)
        for measure in snapshot["measures"]:
            x, y, zero_x, zero_y, value = (
                np.array(measure[name]) for name in ("x", "y", "zero_x", "zero_y", "value")
            )
            if measure["kind"] == "field":
                count += 20
                for place in np.random.default_rng(0).integers(len(value), size=20):
                    off = abs(value[place] - run.value(point(measure, place), {}))
                    assert off < 1e-8, place
                    worst = max(worst, off)
                continue
            if measure["kind"] == "fan":  # away from straight down, to either side
                away = np.degrees(np.arctan2(np.abs(x - zero_x), y - zero_y))
                assert np.abs(away - value).max() < 0.1
            elif measure["kind"] == "angle":  # clockwise from straight up
                turned = np.arctan2(x - zero_x, zero_y - y)
                assert np.abs(turned - measure["scale"] * value).max() < 0.01
            elif measure["kind"] != "light":  # where a number stands is where it is
                lengths = np.hypot(x - zero_x, y - zero_y)
                assert np.abs(lengths - measure["scale"] * np.abs(value)).max() < 0.01
            if measure["kind"] != "ticks":
                compare(measure["source"], value, frame)
    return count, worst


def point(field: dict[str, Any], place: int) -> str:
    """The source of one place of a map."""
    found = re.fullmatch(r"plane\(training, (.*)\)", field["source"])
    assert found
    left, right, columns, low, high, rows = map(float, found[1].split(", "))
    row, column = divmod(int(place), int(columns))
    across = np.linspace(left, right, int(columns))[column]
    up = np.linspace(low, high, int(rows))[row]
    return f"on_plane(training, {across!r}, {up!r})".replace("np.float64", "")


@pytest.fixture(scope="module")
def made(story_film: Callable[[Story, str], Film]) -> Made:
    return lambda scene: story_film(find_stories((scene,))[0], "en")


@pytest.mark.parametrize("scene", SCENES)
def test_every_number_is_what_anybody_can_compute(made: Made, scene: str) -> None:
    count, _ = checked(made(scene), Run(LEARNER))
    assert count > 600
    variant = made(scene).record["variant"]
    assert variant["history"] == "assets/models/learner.history.npz"
    assert variant["model"] is None and variant["training"] == "assets/digits"


def test_what_is_said_is_so(made: Made) -> None:
    """The words that depend on what came out, and where the clock stands when they are said."""
    run = Run(LEARNER)
    own = np.array([run.cost(moment, ("training",)) for moment in range(len(run.steps))])
    new = np.array([run.cost(moment, ("unseen",)) for moment in range(len(run.steps))])
    told = made("ItLearns")
    names = [beat["name"] for beat in told.record["beats"]]
    assert names == ["start", "fall", "plateau", "first", "onward", "heart", "end"]

    def moment_of(beat: str) -> int:
        (source,) = {
            layer["source"] for layer in told.snapshot(beat)["layers"] if layer["kind"] == "digits"
        }
        return int(re.fullmatch(r"right\((\d+), unseen\)", source)[1])  # type: ignore[index]

    at = {name: moment_of(name) for name in names}
    assert list(at.values()) == sorted(at.values()) and at["end"] == len(run.steps) - 1
    for moment in range(at["fall"], at["plateau"] + 1):  # it says no to everything
        outputs, _ = run.outputs(moment, ("unseen",))
        assert outputs.max() < 0.5 and abs(own[moment] - 0.9) < 0.03
    assert run.right(at["first"]).mean() >= 0.7 > run.right(at["first"] - 1).mean()
    assert own[-1] < 0.6 * own[at["onward"]] and new[at["onward"] :].min() > 0.8 * new[at["onward"]]
    captions = {beat["name"]: beat["caption"] for beat in told.record["beats"]}
    right = int(run.right(len(run.steps) - 1).sum())
    assert f"{right} of 200" in captions["end"] and f"{own[-1]:.2f} on its own" in captions["end"]
    fresh = made("Fresh").record
    answers = run.outputs(0, ("unseen",))[0].argmax(axis=1)
    said = {beat["name"]: beat["caption"] for beat in fresh["beats"]}
    assert len(set(answers)) == 1 and f"all 200 digits it says {answers[0]}" in said["others"]
    assert "12,960" in said["dice"] and "for all of 100" in said["noise"]


def test_the_curve_is_drawn_where_its_numbers_are(made: Made) -> None:
    told = made("ItLearns")
    snapshot = told.snapshot("end")
    picture = told.still(snapshot["frame"]).astype(float)
    curves = [one for one in snapshot["measures"] if one["kind"] == "place"]
    assert len(curves) == 2
    for curve in curves:
        for x, y in zip(curve["x"][1:], curve["y"][1:], strict=True):
            around = picture[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2]
            assert around.max() > 90, (x, y)


# --- other runs ----------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def wide(once: Callable[..., Path]) -> Path:
    """A run of another seed, and of another shape."""
    return once(
        "wide",
        lambda folder: saved(small_run((784, 32, 10), epochs=3), folder / "wide.history.npz"),
    )


@pytest.mark.parametrize("scene", SCENES)
def test_a_run_of_another_seed_and_shape(tmp_path: Path, wide: Path, scene: str) -> None:
    """No number stands in a story itself: of this run, each is another one."""
    (story,) = find_stories((scene,))
    film = recorded(tmp_path, *SMALL, story=story.file, scene=scene, LITNET_HISTORY=str(wide))
    checked(film, Run(wide))
    assert film.record["network"]["sizes"] == [784, 32, 10]


# Two are enough to see that it can be filmed; that no number is its own, the wide one shows of all.
SEEDS = SCENES if ALL else ["Nudges", "Backwards"]


@pytest.mark.parametrize("scene", SEEDS)
def test_another_seed_s_run(tmp_path: Path, scene: str) -> None:
    """The same, of the other run that ships (``make test-all``: in all stories)."""
    (story,) = find_stories((scene,))
    film = recorded(tmp_path, *SMALL, story=story.file, scene=scene, LITNET_HISTORY=str(SECOND))
    checked(film, Run(SECOND))
    assert film.record["variant"]["history"] == "assets/models/learner-seed1.history.npz"


def test_what_cannot_be_told_of_is_said_before_anything_is_drawn(tmp_path: Path) -> None:
    (story,) = find_stories(("ItLearns",))
    options: dict[str, Any] = {"story": story.file, "scene": "ItLearns"}
    cut = tmp_path / "cut.history.npz"
    cut.write_bytes(LEARNER.read_bytes()[:100_000])
    done = manim(tmp_path / "media", *SMALL, **options, LITNET_HISTORY=str(cut))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "cut.history.npz: found a file that is damaged" in done.stderr
    done = manim(tmp_path / "media", *SMALL, **options, LITNET_TRAINING=str(tmp_path / "no"))
    assert done.returncode == 1 and "no: found no such folder" in done.stderr
    assert not list((tmp_path / "media").rglob("*.mp4"))


@pytest.mark.parametrize(
    ("scene", "kept", "sentence"),
    [
        ("Nudges", {"steps": ()}, "found no single steps, but Nudges shows one"),
        ("Downhill", {"snapshots": 2}, "found two snapshots, but Downhill shows how"),
        ("Crowds", {"snapshots": 1}, "found a single snapshot, but Crowds shows how"),
        ("TheCost", {"snapshots": 1}, "found a single snapshot, but TheCost shows how"),
        ("ItLearns", {"snapshots": 1}, "found a single snapshot, but ItLearns shows how"),
        ("Wishes", {"snapshots": 1}, "found a single snapshot, but Wishes shows how"),
        ("Backwards", {"snapshots": 1}, "found a single snapshot, but Backwards shows how"),
    ],
)
def test_a_run_that_keeps_too_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scene: str, kept: dict[str, Any], sentence: str
) -> None:
    run = small_run((784, 8, 10), epochs=1)
    if count := kept.pop("snapshots", 0):
        kept["snapshots"] = run.snapshots[:count]
    file = saved(replace(run, **kept), tmp_path / "little.history.npz")
    monkeypatch.setenv("LITNET_HISTORY", str(file))
    (story,) = find_stories((scene,))
    with pytest.raises(InputError, match=sentence):
        story_class(story)().setup()


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        ((784, 10), "found a network without a hidden layer, but Wishes shows what one layer asks"),
        ((784, 65, 10), "found a hidden layer of 65 neurons, but Wishes shows each by itself"),
    ],
)
def test_hidden_layers_that_cannot_be_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sizes: tuple[int, ...], sentence: str
) -> None:
    file = saved(small_run(sizes, epochs=1), tmp_path / "other.history.npz")
    monkeypatch.setenv("LITNET_HISTORY", str(file))
    (wishes,) = find_stories(("Wishes",))
    with pytest.raises(InputError, match=sentence):
        story_class(wishes)().setup()


# --- what goes backwards -------------------------------------------------------------------------
SLOPES = re.compile(r"(?:flat\()?((?:wishes|z_wishes|asks|nudges|bias_nudges)\(.*)")


@pytest.mark.parametrize("scene", ["Wishes", "Backwards"])
def test_what_is_asked_is_measured(made: Made, scene: str) -> None:
    """By moving each number a little either way, and a forward pass; nothing goes backwards."""
    record, run = made(scene).record, Run(LEARNER)
    shown = [(one["source"], [one["value"]]) for one in record["numbers"]]
    for snapshot in record["snapshots"]:
        for kind in ("signed", "measures"):
            shown += [(one["source"], one["value"]) for one in snapshot[kind]]
    shown += [
        (edge["source"], run.value(edge["source"], {}))
        for edge in record["edges"]
        if edge["source"]
    ]
    checked_kinds = set()
    for source, values in shown:
        if not SLOPES.match(source):
            continue
        expected = np.asarray(eval(source, {"__builtins__": {}}, measured(run))).ravel()
        assert np.abs(np.ravel(values) - expected).max() < 1e-8, source
        checked_kinds.add(source.partition("(")[0].replace("flat", "asks"))
    assert checked_kinds == {"wishes", "z_wishes", "asks", "nudges"} | (
        {"bias_nudges"} if scene == "Wishes" else set()
    )


@cache
def measure(path: Path, moment: int, which: str) -> dict[str, list[np.ndarray]]:
    """The reverse of the slopes of the cost of a digit, by central differences."""
    run, h = Run(path), 1e-5
    layers, (x, y) = run.layers(moment), run.examples(which)
    lights = [one[0] for one in forward(layers, x)]

    def slopes(layer: int, sums: np.ndarray, by: np.ndarray) -> np.ndarray:
        """(m,) if the sums of a layer move by (m, n)."""
        ends = []
        for sign in (1, -1):
            a = 1 / (1 + np.exp(-(sums + sign * h * by)))
            outputs = forward(layers[layer + 1 :], a)[-1]
            ends.append(((outputs - y) ** 2).sum(axis=1))
        found: np.ndarray = -(ends[0] - ends[1]) / (2 * h)
        return found

    found: dict[str, list[np.ndarray]] = {
        name: [] for name in ("wishes", "z_wishes", "asks", "nudges", "bias_nudges")
    }
    for number, (weights, biases) in enumerate(layers):
        sums = weights @ lights[number] + biases
        each = np.eye(len(sums))
        found["wishes"].append(slopes(number, sums, weights.T))
        found["z_wishes"].append(slopes(number, sums, each))
        found["bias_nudges"].append(found["z_wishes"][-1])
        for name, factors in (
            ("asks", weights),
            ("nudges", np.tile(lights[number], (len(sums), 1))),
        ):
            moves = (each[:, None, :] * factors[:, :, None]).reshape(-1, len(sums))
            found[name].append(slopes(number, sums, moves).reshape(weights.shape))
    apart = []
    for sign in (1, -1):
        moved = lights[-1] + sign * h * np.eye(len(lights[-1]))
        apart.append(((moved - y) ** 2).sum(axis=1))
    found["wishes"].append(-(apart[0] - apart[1]) / (2 * h))
    return found


def measured(run: Run) -> dict[str, Any]:
    """What the calls of a source mean, measured."""

    def call(name: str) -> Callable[[int, str], Any]:
        def value(moment: int, which: str) -> Any:
            found = measure(run.path, moment, which)[name]
            return found if name == "wishes" else One(tuple(found))

        return value

    names = ("wishes", "z_wishes", "asks", "nudges", "bias_nudges")
    return {"flat": np.ravel} | {name: call(name) for name in names}


def test_which_moment_is_asked_and_what_is_said_of_it(made: Made) -> None:
    """Of the moments at which the digit is misread, that of the steepest cost."""
    run, hero = Run(LEARNER), "assets/digits/3_hero.png"

    def steepness(moment: int) -> float:
        pairs = run.gradient(moment, hero)
        return float(sum((part**2).sum() for pair in pairs for part in pair))

    answers = [int(run.outputs(n, hero)[0].argmax()) for n in range(len(run.steps))]
    misread = [n for n in range(1, len(run.steps)) if answers[n] != 3]
    moment = max(misread, key=steepness)
    for scene in ("Wishes", "Backwards"):
        record = made(scene).record
        asked = {
            found[1]
            for one in record["numbers"]
            if (found := re.match(r"z_wishes\((\d+), ", one["source"]))
        }
        assert asked == {str(moment)}
        first = record["beats"][0]["caption"]
        assert f"answer {answers[moment]}" in first or f"answers {answers[moment]}" in first
    numbers = made("Wishes").record["numbers"]
    steps = {one["value"] for one in numbers if one["source"] == f"history.snapshots[{moment}]"}
    assert steps == {run.steps[moment]}


def test_what_is_learned_is_dice_and_digits(made: Made) -> None:
    """Each ghost is the digit times its number; and all that the first weights ever gain is so."""
    run, record = Run(LEARNER), made("Wishes").record
    pixels = run.picture("assets/digits/3_hero.png")
    held = {one["source"]: one["value"] for one in record["numbers"]}
    ghosts = [
        one
        for one in record["snapshots"][-1]["signed"]
        if re.fullmatch(r"nudges\(.*\)\[1\]\[\d+\]", one["source"])
    ]
    assert len(ghosts) == run.sizes[1]
    for ghost in ghosts:
        number = held[ghost["source"].replace("nudges", "z_wishes")]
        assert np.abs(np.array(ghost["value"]) - number * pixels).max() < CLOSE
    digits = training()[0]
    gained = run.layers(len(run.steps) - 1)[0][0] - run.layers(0)[0][0]
    spread, directions = np.linalg.eigh(digits.T @ digits)
    outside = directions[:, spread < 1e-12 * spread.max()]  # of these no digit has anything
    assert outside.shape[1] > 100
    assert np.abs(gained @ outside).max() < 1e-6 * np.abs(gained).max()


def story_class(story: Story) -> Any:
    """The class of a story, from its file."""
    spec = importlib.util.spec_from_file_location(f"told_{story.file.stem}", story.file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return getattr(module, story.scene)


# --- after another run ---------------------------------------------------------------------------
def elsewhere(record: dict[str, Any], history: str) -> dict[str, Any]:
    """A record as it is in another project, whose training run is a file of its own."""

    def shown(path: Any) -> Any:
        if not isinstance(path, str) or not path.startswith(("assets/", "scenes/", *PACKAGES)):
            return path
        return history if path == f"assets/models/{LEARNER.name}" else f"litnet:{path}"

    return record | {
        "source": record["source"] | {"file": shown(record["source"]["file"])},
        "variant": {name: shown(value) for name, value in record["variant"].items()},
        "inputs": [one | {"path": shown(one["path"])} for one in record["inputs"]],
    }


def test_exactly_these_stories_are_stale_then(
    story_film: Callable[[Story, str], Film], tmp_path: Path
) -> None:
    """All clips are published in a project with a run of its own; then there is another run."""
    (tmp_path / "litnet.toml").write_text('history = "mine.history.npz"\n')
    shutil.copy(LEARNER, tmp_path / "mine.history.npz")
    shutil.copy(ROOT / "manim.cfg", tmp_path)
    here = Studio(root=tmp_path, clips=tmp_path / "clips", manifest=tmp_path / "manifest.json")
    entries = []
    for story in STORIES:
        told = story_film(story, "en")
        record = elsewhere(told.record, "mine.history.npz")
        entries.append(publish(here, story, story.scene, told.video, record))
    add_to_manifest(here, entries)
    assert {one.state for one in survey(here) if one.entry} == {"fresh"}
    shutil.copy(SECOND, tmp_path / "mine.history.npz")
    found = {one.name: [str(why) for why in one.reasons] for one in survey(here) if one.entry}
    learning = {story.scene for story in STORIES if story.history}
    assert len(found) == len(STORIES) and {name for name, why in found.items() if why} == learning
    changed = "history mine.history.npz changed (seed 1 instead of 0)"
    assert {tuple(found[name]) for name in learning} == {(changed,)}
