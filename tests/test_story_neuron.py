"""What a neuron is: the numbers that are tried out are marked, the others are the digit's own."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from film import DIGITS, ROOT, SMALL, Film, recorded, sketch

STORY = ROOT / "scenes" / "what_is_a_neuron.py"
SCENE = "WhatIsANeuron"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return sketch(tmp_path_factory.mktemp("neuron"), *SMALL, story=STORY, scene=SCENE)


@pytest.fixture(scope="module")
def upright(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """Another digit, in Korean, in an upright frame."""
    flags = ("--resolution", "270,480", "--fps", "2")
    return recorded(
        tmp_path_factory.mktemp("upright"),
        *flags,
        story=STORY,
        scene=SCENE,
        digit=DIGITS / "7_01.png",
        LITNET_LANGUAGE="ko",
    )


def test_what_is_tried_out_is_marked_and_ends_before_the_row(story: Film) -> None:
    for beat, illustrative in (
        *(("number", True), ("light", True)),
        *(("activation", False), ("row", False), ("field", False)),
    ):
        snapshot = story.snapshot(beat)
        assert {layer["illustrative"] for layer in snapshot["layers"]} == {illustrative}
        texts = {
            text["text"] for text in story.record["texts"] if text["frame"] == snapshot["frame"]
        }
        assert ("trying out numbers" in texts) == illustrative
        sources = [n["source"] for n in story.record["numbers"] if n["frame"] == snapshot["frame"]]
        assert ("illustrative" in sources) == illustrative


def test_numbers_are_those_of_the_picture(story: Film, upright: Film) -> None:
    for told in (story, upright):
        live = [n for n in told.record["numbers"] if n["source"] != "illustrative"]
        assert len(live) >= 4
        for number in live:
            value = told.truth.evaluate(number["source"])
            assert number["value"] == pytest.approx(value, abs=1e-12)
            places = len(number["text"].partition(".")[2])
            assert number["text"] == f"{value:,.{places}f}"


def test_one_neuron_then_a_row_then_all(story: Film, upright: Film) -> None:
    for told in (story, upright):
        pixels = [value for row in told.truth.pixels for value in row]
        columns = len(told.truth.pixels[0])
        sizes = []
        for beat in ("activation", "row", "field"):
            layer = told.layer(beat, 0)
            sizes.append(len(layer["cell"]))
            assert layer["value"] == pytest.approx([pixels[cell] for cell in layer["cell"]])
        assert sizes == [1, columns, len(pixels)]
        row = told.layer("row", 0)["cell"]
        assert row == list(range(row[0], row[0] + columns))
        assert row[0] % columns == 0
        assert told.layer("activation", 0)["cell"][0] in row
        # The row lies through the middle of the picture, and has something to show.
        assert len(told.truth.pixels) // 3 <= row[0] // columns < 2 * len(told.truth.pixels) / 3
        assert max(pixels[cell] for cell in row) > 0.5


def test_the_light_is_in_the_film(story: Film) -> None:
    for beat in ("light", "activation", "row", "field"):
        snapshot = story.snapshot(beat)
        still = story.still(snapshot["frame"])
        for layer in snapshot["layers"]:
            for x, y, light in zip(layer["x"], layer["y"], layer["light"], strict=True):
                assert light is not None
                seen = still[round(y - 0.5), round(x - 0.5)].mean() / 255
                # Small cells at 480p lose a little to the encoder.
                assert seen == pytest.approx(light, abs=0.08)


@pytest.mark.parametrize("told", ["story", "upright"])
def test_words_keep_apart_and_inside(told: str, request: pytest.FixtureRequest) -> None:
    shown: Film = request.getfixturevalue(told)
    texts = shown.record["texts"]
    width, height = shown.record["video"]["width"], shown.record["video"]["height"]
    for text in texts:
        left, top, right, bottom = text["box"]
        assert left >= 0.049 * width, text
        assert right <= 0.951 * width, text
        assert top >= 0.049 * height, text
        # A caption stands with its baseline on the margin; its commas reach below.
        assert bottom <= 0.96 * height, text
    for one, other in combinations(texts, 2):
        if one["frame"] == other["frame"]:
            a, b = one["box"], other["box"]
            apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
            assert apart, (one, other)


def test_length(story: Film, upright: Film) -> None:
    for told in (story, upright):
        assert 20 <= told.record["video"]["duration"] <= 75
        for cue in told.record["cues"]:
            assert 1 <= cue["end"] - cue["start"] <= 7, cue
        assert Path(told.video).stat().st_size > 0
