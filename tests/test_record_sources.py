"""The one evaluator of sources: against the tests' own, over a record; and what it refuses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from film import ROOT, Film
from hypothesis import given
from hypothesis import strategies as st
from sources import evaluate as expected
from test_record_schema import read, small

from litnet.record.expressions import SourceError, source, translated
from litnet.record.ground import RecordGround
from litnet.record.quantities import Quantities, illustrative, illustrative_cells
from litnet.record.schema import Record, decode
from litnet.record.sources import evaluate, parsed

NINE, SEVEN = "assets/digits/9_00.png", "assets/digits/7_00.png"


@pytest.fixture(scope="module")
def film(story_film: Any) -> Film:
    from litnet.clips.catalogue import STORIES

    (story,) = [story for story in STORIES if story.scene == "Propagation"]
    found: Film = story_film(story, "en")
    return found


@pytest.fixture(scope="module")
def record(film: Film) -> Record:
    return decode(film.video.with_suffix(".json").read_bytes(), "Propagation.json")


def test_every_number_of_a_film_follows_from_its_record(film: Film, record: Record) -> None:
    checked = 0
    for number in record.numbers:
        if number.source != "illustrative":
            found = evaluate(number.source, RecordGround(record, number.frame, ROOT))
            assert found == pytest.approx(expected(film, number.source, number.frame), abs=1e-9)
            assert found == pytest.approx(number.value, abs=1e-9)
            checked += 1
    assert checked > 20


def test_expressions_are_worked_out_as_python_would(film: Film, record: Record) -> None:
    outputs = film.truth.activations[-1]
    for text, value in {
        "network.sizes[0] * network.sizes[1] + 2": 784 * 16 + 2,
        "2 + 3 * (4 - 1)": 11,
        "-1.5": -1.5,
        "sum(network.sizes[1:3]) - len(network.sizes)": 32 - 4,
        "sum(activations[3][8:])": outputs[8] + outputs[9],
        "network.parameters": 13002,
        "len(readings[0].activations)": 4,
        "len(noise)": 100,
        "len(digits)": 200,
        "pixels.columns": 28,
    }.items():
        assert evaluate(text, RecordGround(record, 0, ROOT)) == pytest.approx(value), text


def test_pictures_follow_from_their_files_and_from_no_others(record: Record) -> None:
    from film import plain_pixels

    ground = RecordGround(record, 0, ROOT)
    nine, seven = (np.array(plain_pixels(ROOT / name)).ravel() for name in (NINE, SEVEN))
    both = (nine > 0.5) & (seven > 0.5)
    assert evaluate(source("count", 0).replace("0", source("agree", NINE, SEVEN)), ground) == sum(
        both
    )
    assert np.array_equal(parsed(source("overlay", NINE, SEVEN)).values(ground), (nine + seven) / 2)
    assert evaluate(f'pixels("{NINE}")[301]', ground) == nine[301]
    assert evaluate(f'label("{SEVEN}")', ground) == 7
    for file in ("pyproject.toml", "/dev/zero", "assets/models/vanilla.npz"):
        with pytest.raises(Exception, match="no digit that the record names"):
            evaluate(source("ink", file), ground)
    with pytest.raises(Exception, match=r"in their files alone|no digit that"):
        evaluate(f'ink("{NINE}")', RecordGround(record, 0))


def test_file_names_of_older_records_are_understood() -> None:
    for older, now in {
        "pixels(a/3_00.png)": 'pixels("a/3_00.png")',
        "pixels(a/3_00.png)[301]": 'pixels("a/3_00.png")[301]',
        "count(agree(a, b.png, a c.png))": 'count(agree("a, b.png", "a c.png"))',
        "ink(3, my (old) 3.png)": 'ink(3, "my (old) 3.png")',
        "ink(my 3.png)": 'ink("my 3.png")',
        "answer(average, 내 3.png)": 'answer(average, "내 3.png")',
        "prediction": "prediction",
    }.items():
        assert translated(older) == now
        assert parsed(older).text == older  # it can be read
    name = 'it\'s "3", \\n; 3.png'
    assert parsed(source("ink", name))


NOTHING = [
    *("", "network", "1 +", "__import__('os')", "(lambda: 1)()", "1j", "True", "f'{1}'", "2 ** 99"),
    *("sum(network.sizes[::2])", "network.sizes[-1]", "sum(weights[1])", "label", "readings[0]"),
    *("sum(1)", "activations[0][0][0]", "prediction\nprediction", "\x00", "len(x=1)", "[1][0]"),
    *("9" * 5000, "9" * 30, "~" * 4000 + "1", "-" * 4000 + "1", "(" * 4000, "1" + "+1" * 2000),
    *("activations" + "[0]" * 1300, "a" + ".b" * 2000, "sum(" * 100 + ")" * 100),
]


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_else_is_evaluated(text: str) -> None:
    with pytest.raises(SourceError) as caught:
        evaluate(text, RecordGround(read(small()), 0))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 700


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("activations[9][0]", "no number 9, expected 0 to 3"),
        ("activations[0]", "is a list, expected a number"),
        ("sum(network.sizes[2:9])", "there are 4 from 0"),
        ("weights[0][0][0]", "no layer 0, expected 1 to 3"),
        ("confidence * 1e308 * 1e308", "is no finite number"),
        ("readings[99].prediction", "no reading 99"),
    ],
)
def test_what_is_not_there_is_said(record: Record, text: str, sentence: str) -> None:
    with pytest.raises(Exception, match=sentence):
        evaluate(text, RecordGround(record, 0, ROOT))


@given(st.text(max_size=60) | st.text("activations[]().,:0123*+-network.sizes\"' ", max_size=60))
def test_a_hostile_source_gives_a_number_or_a_sentence(text: str) -> None:
    try:
        assert math.isfinite(evaluate(text, RecordGround(read(small()), 0)))
    except ValueError as error:  # an InputError
        assert "\n" not in str(error)


def test_quantities_say_where_their_parts_come_from() -> None:
    weights = Quantities(np.array([[1.0, -2.0], [3.0, -4.0]]), "weights[1][3]")
    assert (weights.one(2).value, weights.one(2).source) == (3.0, "weights[1][3][2]")
    assert (weights.sum().value, weights.sum().source) == (-2.0, "sum(weights[1][3])")
    part = weights.sum(3, "negative")
    assert (part.value, part.source) == (-2.0, "sum(negative(weights[1][3][:3]))")
    outputs = Quantities(np.array([0.5, -2.0]), "activations[3]", 3, 1, -2.0, 1.0)
    assert outputs.one(1).source == "readings[1].activations[3][1]"
    some = outputs.part([1])
    assert (some.indices, some.low, some.values.tolist()) == ((1,), -2.0, [-2.0])
    tried = illustrative_cells([0.5], of=some)
    assert tried.is_illustrative and (tried.indices, tried.layer, tried.low) == ((1,), 3, -2.0)
    assert illustrative(1).source == "illustrative"
    with pytest.raises(ValueError, match="read-only"):
        weights.values[0, 0] = 9
