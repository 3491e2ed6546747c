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
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film import ROOT, SMALL, Film, film, manim
from histories import saved, small_run
from learning_oracle import Run
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
        assert text == f"{number['value']:.{places}f}", number
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
            else:  # where a number stands is where it is
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
@pytest.mark.parametrize("scene", SCENES)
def test_another_seed_s_run(tmp_path: Path, scene: str) -> None:
    (story,) = find_stories((scene,))
    told = film(tmp_path, *SMALL, story=story.file, scene=scene, LITNET_HISTORY=str(SECOND))
    checked(told, Run(SECOND))
    assert told.record["variant"]["history"] == "assets/models/learner-seed1.history.npz"


@pytest.mark.parametrize("scene", SCENES)
def test_a_run_of_another_shape(tmp_path: Path, scene: str) -> None:
    file = saved(small_run((784, 32, 10), epochs=3), tmp_path / "wide.history.npz")
    (story,) = find_stories((scene,))
    media = tmp_path / "media"
    told = film(media, *SMALL, story=story.file, scene=scene, LITNET_HISTORY=str(file))
    checked(told, Run(file))
    assert told.record["network"]["sizes"] == [784, 32, 10]


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
