"""WriteAProgram: the rules are tried again here, by loops over the digits' files."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
from film import DIGITS, ROOT, SMALL, Film, recorded, sketch
from PIL import Image

STORY = ROOT / "scenes" / "write_a_program.py"
SEVEN = DIGITS / "7_05.png"
FILE = r"assets/digits/\w+\.png"  # between quotes


@cache
def labels() -> dict[str, int]:
    """What each bundled file shows, sorted by that and otherwise as listed."""
    with (DIGITS / "labels.csv").open(encoding="utf-8", newline="") as stream:
        rows = [(f"assets/digits/{r['file']}", int(r["label"])) for r in csv.DictReader(stream)]
    return dict(sorted(rows, key=lambda row: row[1]))


@cache
def greys(path: str) -> list[float]:
    """The grey values of a bundled file, row by row; all of them are bright on black."""
    with Image.open(ROOT / path) as picture:
        return [byte / 255 for byte in picture.tobytes()]


@cache
def average(label: int, without: str) -> list[float]:
    """The mean picture of a label, but for one file."""
    pictures = [greys(file) for file, is_ in labels().items() if is_ == label and file != without]
    return [sum(column) / len(pictures) for column in zip(*pictures, strict=True)]


def ink(label: int, without: str) -> float:
    """The mean ink of a label, but for one file."""
    return sum(average(label, without))


def distance(label: int, path: str) -> float:
    """Root mean square difference between a file and the average of a label without it."""
    pairs = zip(greys(path), average(label, path), strict=True)
    return math.sqrt(sum((a - b) ** 2 for a, b in pairs) / 784)


def nearest(distances: Sequence[float]) -> int:
    """The lowest label that is as near as any."""
    return list(distances).index(min(distances))


@cache
def answer(rule: str, path: str) -> int:
    """What a rule makes of a file."""
    if rule == "ink":
        own = sum(greys(path))
        return nearest([abs(own - ink(label, path)) for label in range(10)])
    return nearest([distance(label, path) for label in range(10)])


def right(rule: str) -> list[float]:
    """For each bundled digit 1 where a rule is right, else 0."""
    return [float(answer(rule, path) == label) for path, label in labels().items()]


def evaluate(source: str) -> float:
    """The number that a source stands for."""
    if source in ("pixels.rows", "pixels.columns"):
        return 28
    if source == "len(digits)":
        return len(labels())
    if match := re.fullmatch(rf'pixels\("({FILE})"\)\[(\d+)\]', source):
        return greys(match[1])[int(match[2])]
    if match := re.fullmatch(rf'label\("({FILE})"\)', source):
        return labels()[match[1]]
    if match := re.fullmatch(rf'ink\("({FILE})"\)', source):
        return sum(greys(match[1]))
    if match := re.fullmatch(rf'ink\((\d), "({FILE})"\)', source):
        return ink(int(match[1]), match[2])
    if match := re.fullmatch(rf'distance\((\d), "({FILE})"\)', source):
        return distance(int(match[1]), match[2])
    if match := re.fullmatch(r"tick\(([-.\d]+)\)", source):  # a mark of a scale says its place
        return float(match[1])
    match = re.fullmatch(r"wrong\((ink|average)\)", source)
    assert match, f"a source that nobody can check: {source!r}"
    return right(match[1]).count(0.0)


def picture(source: str) -> list[float]:
    """The numbers that the source of cells stands for."""
    if match := re.fullmatch(rf'pixels\("({FILE})"\)', source):
        return greys(match[1])
    if match := re.fullmatch(rf'average\((\d), "({FILE})"\)', source):
        return average(int(match[1]), match[2])
    match = re.fullmatch(r"right\((ink|average)\)", source)
    assert match, f"a source that nobody can check: {source!r}"
    return right(match[1])


@pytest.fixture(scope="module")
def hero(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """The story about the hero."""
    return sketch(tmp_path_factory.mktemp("hero"), *SMALL, story=STORY, scene="WriteAProgram")


@pytest.fixture(scope="module")
def seven(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """The story about another digit, upright and in Korean."""
    return recorded(
        tmp_path_factory.mktemp("seven"),
        *("--resolution", "270,480", "--fps", "2"),
        story=STORY,
        scene="WriteAProgram",
        digit=SEVEN,
        LITNET_LANGUAGE="ko",
    )


@pytest.fixture(params=["hero", "seven"])
def any_film(request: pytest.FixtureRequest) -> Film:
    """Each of the two."""
    found: Film = request.getfixturevalue(request.param)
    return found


def numbers(shown: Film, beat: str) -> dict[str, dict[str, Any]]:
    """The numbers at the end of a beat, by their sources."""
    frame = shown.snapshot(beat)["frame"]
    return {n["source"]: n for n in shown.record["numbers"] if n["frame"] == frame}


def test_every_number_is_worked_out_again(any_film: Film) -> None:
    shown = any_film.record["numbers"]
    kinds = {number["source"].partition("(")[0] for number in shown}
    assert kinds >= {"ink", "distance", "wrong", "label", "len"}
    for number in shown:
        truth = evaluate(number["source"])
        assert number["value"] == pytest.approx(truth, abs=1e-9), number
        places = len(number["text"].partition(".")[2])
        assert number["text"] == f"{truth:,.{places}f}"


def test_every_picture_is_what_its_source_says(any_film: Film) -> None:
    seen = set()
    for snapshot in any_film.record["snapshots"]:
        for layer in snapshot["layers"]:
            seen.add(layer["source"].partition("(")[0])
            truth = picture(layer["source"])
            assert layer["value"] == pytest.approx([truth[n] for n in layer["cell"]], abs=1e-12)
    assert seen == {"pixels", "average", "right"}


def test_a_rule_that_is_wrong_is_said_to_be_wrong_that_often(any_film: Film) -> None:
    for beat, rule in (("ink-on-all", "ink"), ("averages-on-all", "average")):
        wrong = right(rule).count(0.0)
        assert str(wrong) in any_film.beat(beat)["caption"]
        assert numbers(any_film, beat)[f"wrong({rule})"]["value"] == wrong
    assert str(answer("ink", path_of(any_film))) in any_film.beat("ink")["caption"]
    assert str(answer("average", path_of(any_film))) in any_film.beat("averages")["caption"]


def path_of(shown: Film) -> str:
    """The digit that is filmed, as the record names it."""
    return shown.digit.relative_to(ROOT).as_posix()


def test_the_mistake_is_one(any_film: Film) -> None:
    beat = any_film.beat("mistake")
    (path,) = {
        source[source.index("assets") : -2]
        for layer in any_film.snapshot("mistake")["layers"]
        if (source := layer["source"]).startswith("pixels")
    }
    says = answer("average", path)
    assert says != labels()[path]
    assert str(says) in beat["caption"]
    assert str(labels()[path]) in beat["caption"]
    assert numbers(any_film, "mistake").keys() == {
        f'distance({labels()[path]}, "{path}")',
        f'distance({says}, "{path}")',
    }
    # Those that are taken for the digit of this story come first.
    alike = [
        f for f in labels() if answer("average", f) == labels()[path_of(any_film)] != labels()[f]
    ]
    assert path in alike


def test_wrong_digits_are_dark_and_right_ones_bright(hero: Film) -> None:
    """In the film itself, at every picture of the gallery."""
    for beat, rule in (("ink-on-all", "ink"), ("averages-on-all", "average")):
        snapshot = hero.snapshot(beat)
        (gallery,) = [layer for layer in snapshot["layers"] if layer["kind"] == "digits"]
        assert gallery["light"] == [None] * len(labels()), "a picture is of many greys"
        still, half = hero.still(snapshot["frame"]), int(gallery["radius"])
        brightest = [
            float(np.max(still[int(y) - half : int(y) + half, int(x) - half : int(x) + half]))
            for x, y in zip(gallery["x"], gallery["y"], strict=True)
        ]
        for light, is_right in zip(brightest, right(rule), strict=True):
            assert light > 130 if is_right else light < 60


def test_the_story_is_as_long_as_a_clip_may_be(any_film: Film) -> None:
    assert 20 <= any_film.record["video"]["duration"] <= 75
