"""ManyThrees: what it counts and shows is what the digits' files hold, counted here by loops."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from film import DIGITS, ROOT, Film, recorded
from PIL import Image

STORY = ROOT / "scenes" / "many_threes.py"
SEVEN = DIGITS / "7_05.png"


@cache
def greys(path: str) -> list[float]:
    """The grey values of a bundled file, row by row; all of them are bright on black."""
    with Image.open(ROOT / path) as picture:
        assert picture.mode == "L"
        return [byte / 255 for byte in picture.tobytes()]


def lit(path: str) -> list[bool]:
    """Which pixels of a file are brighter than one half, row by row."""
    return [grey > 0.5 for grey in greys(path)]


def labels() -> dict[str, int]:
    """What each bundled file shows."""
    with (DIGITS / "labels.csv").open(encoding="utf-8", newline="") as stream:
        return {f"assets/digits/{row['file']}": int(row["label"]) for row in csv.DictReader(stream)}


def both(one: str, other: str) -> int:
    """How many pixels are lit in both files."""
    return sum(a and b for a, b in zip(lit(one), lit(other), strict=True))


def either(one: str, other: str) -> int:
    """How many pixels are lit in one of the files or in both."""
    return sum(a or b for a, b in zip(lit(one), lit(other), strict=True))


def evaluate(source: str) -> float:
    """The number that a source stands for, from the digits' files alone."""
    files = re.findall(r"assets/digits/\w+\.png", source)
    what = source[: source.index('"assets')].rstrip("(")
    if what == "label":
        return labels()[files[0]]
    numbers = {"count(agree": both, "count(either": either}
    if what in numbers:
        return numbers[what](*files)
    assert what == "share", f"a source that nobody can check: {source!r}"
    return 100 * both(*files) / either(*files)


def picture(source: str) -> list[float]:
    """The grey values that the source of a picture stands for."""
    what, *files = source.replace("(", " ").replace(")", "").replace(",", "").split()
    files = [json.loads(file) for file in files]
    if what == "pixels":
        return greys(*files)
    pairs = list(zip(*map(greys, files), strict=True))
    if what == "overlay":
        return [(a + b) / 2 for a, b in pairs]
    assert what == "agree", source
    return [float(a > 0.5 and b > 0.5) for a, b in pairs]


@pytest.fixture(scope="module")
def threes(usual_film: Callable[[str], Film]) -> Film:
    """The story about the hero."""
    return usual_film("ManyThrees")


@pytest.fixture(scope="module")
def sevens(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """The story about another digit, upright and in Korean."""
    return recorded(
        tmp_path_factory.mktemp("sevens"),
        *("--resolution", "270,480", "--fps", "2"),
        story=STORY,
        scene="ManyThrees",
        digit=SEVEN,
        LITNET_LANGUAGE="ko",
    )


@pytest.fixture(params=["threes", "sevens"])
def any_film(request: pytest.FixtureRequest) -> Film:
    """Each of the two."""
    found: Film = request.getfixturevalue(request.param)
    return found


def sources(shown: Film, beat: str) -> dict[str, dict[str, Any]]:
    """The numbers at the end of a beat, by their sources."""
    frame = shown.snapshot(beat)["frame"]
    return {n["source"]: n for n in shown.record["numbers"] if n["frame"] == frame}


def test_every_number_is_counted_from_the_files(any_film: Film) -> None:
    numbers = any_film.record["numbers"]
    assert len(numbers) > 8
    for number in numbers:
        truth = evaluate(number["source"])
        assert number["value"] == pytest.approx(truth, abs=1e-9), number
        assert number["text"] == f"{truth:.0f}"


def test_every_picture_is_what_its_source_says(any_film: Film) -> None:
    seen = set()
    for snapshot in any_film.record["snapshots"]:
        for layer in snapshot["layers"]:
            seen.add(layer["source"].partition("(")[0])
            assert layer["value"] == pytest.approx(picture(layer["source"]), abs=1e-12)
    assert seen == {"pixels", "agree"}


def test_the_pair_is_an_ordinary_one(any_film: Film) -> None:
    """In the middle of all the others of its kind, and the stranger is the best of the rest."""
    known = labels()
    own = any_film.digit.relative_to(ROOT).as_posix()

    def share(other: str) -> float:
        return both(own, other) / either(own, other)

    likes = sorted((f for f in known if known[f] == known[own] and f != own), key=share)
    (shown,) = [s for s in sources(any_film, "overlay") if s.startswith("share")]
    partner = json.loads(shown.split(", ")[1].rstrip(")"))
    assert partner == likes[(len(likes) - 1) // 2]
    best = max((f for f in known if known[f] != known[own]), key=share)
    names = [beat["name"] for beat in any_film.record["beats"]]
    tells = round(100 * share(best)) > round(100 * share(partner))
    assert ("stranger" in names) == tells
    if tells:
        assert f'share("{own}", "{best}")' in sources(any_film, "stranger")


def test_two_of_a_kind_land_on_one_idea_and_others_on_their_own(threes: Film) -> None:
    ideas = {}
    for beat in ("eye", "same-idea", "other-ideas"):
        ((source, number),) = sources(threes, beat).items()
        ideas[beat] = (source, number["value"])
        field = threes.layer(beat, 0)["source"]
        assert field.removeprefix("pixels") == source.removeprefix("label"), "another's idea"
    assert ideas["eye"][0] != ideas["same-idea"][0]
    assert ideas["eye"][1] == ideas["same-idea"][1] == 3
    assert ideas["other-ideas"][1] != 3


def test_the_story_is_as_long_as_a_clip_may_be(any_film: Film) -> None:
    assert 20 <= any_film.record["video"]["duration"] <= 75


def test_what_it_was_made_from(threes: Film) -> None:
    inputs = {Path(entry["path"]): entry["role"] for entry in threes.record["inputs"]}
    assert inputs[Path("assets/digits/labels.csv")] == "digits"
    assert inputs[Path("assets/digits/3_hero.png")] == "digit"
    assert threes.record["network"] == {}, "this story runs no network"
