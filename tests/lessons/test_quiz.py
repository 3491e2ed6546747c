"""Questions: what a file may say, and what the record makes of its answers."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from litnet.lessons.questions import evaluate, quiz_script
from litnet.lessons.quiz import read_quiz
from litnet.record.schema import ForwardPass, Number, Record, decode
from network import InputError

GOOD = """[[question]]
id = "one"
clip = "LayerIntro"
beat = "answer"
kind = "choice"
answer = 2
[question.en]
text = "Which?"
choices = ["this", "that"]
right = "Yes."
wrong = "No."
"""


def read(folder: Path, text: str):
    path = folder / "quiz.toml"
    path.write_text(text, encoding="utf-8")
    return read_quiz(path)


@pytest.fixture
def typed(record: dict) -> Record:
    return decode(json.dumps(record).encode(), "the record")


def test_a_question_is_asked_in_the_last_frame_of_its_beat(
    tmp_path: Path, record: dict, typed: Record
) -> None:
    (found,) = read(tmp_path, GOOD).for_clip("LayerIntro", typed, "en")
    (beat,) = [beat for beat in record["beats"] if beat["name"] == "answer"]
    assert found["frame"] == round(beat["end"] * 5) - 1
    assert found["time"] == pytest.approx((found["frame"] + 0.5) / 5)
    assert (found["answer"], found["choices"]) == (2, ["this", "that"])


def test_questions_come_in_the_order_of_the_film(tmp_path: Path, typed: Record) -> None:
    earlier = GOOD.replace('"one"', '"two"').replace('beat = "answer"', "at = 3.3")
    found = read(tmp_path, GOOD + earlier).for_clip("LayerIntro", typed, "en")
    assert [question["id"] for question in found] == ["two", "one"]
    assert found[0]["frame"] == 16


def test_an_answer_is_what_the_record_says(record: dict, typed: Record) -> None:
    layers = record["forward_pass"]["activations"]
    edges = {e["layer"]: e["total"] for e in record["edges"]}
    for expression, value in {
        "network.sizes[0]": 784,
        "sum(network.sizes)": 784 + 16 + 16 + 10,
        "sum(network.sizes[1:3])": 32,
        "network.sizes[0] * network.sizes[1] + 2": 784 * 16 + 2,
        "network.parameters": 785 * 16 + 17 * 16 + 17 * 10,
        "len(activations[0])": 784,
        "activations[3][3]": layers[3][3],
        "prediction": max(range(10), key=layers[3].__getitem__),
        "confidence": max(layers[3]),
        "pixels.rows": 28,
        "edges.total": sum(edges.values()),
    }.items():
        assert evaluate(expression, typed) == pytest.approx(value), expression


@pytest.mark.parametrize(
    "expression",
    ["", "network", "activations[9][0]", "activations[0]", "__import__('os')", "1 +", "9" * 5000],
)
def test_nothing_else_is_evaluated(typed: Record, expression: str) -> None:
    with pytest.raises(InputError):
        evaluate(expression, typed)


def test_a_number_on_screen_is_known_by_its_source(tmp_path: Path, typed: Record) -> None:
    shown = tuple(
        Number(frame, "1.5", value, "history.learning_rate")
        for frame, value in ((3, 1.0), (9, 1.5))
    )
    film = replace(typed, numbers=(*typed.numbers, *shown))
    assert evaluate("history.learning_rate", film) == 1.5
    assert evaluate("2*history.learning_rate - network.sizes[1]", film) == 3 - 16
    with pytest.raises(InputError, match="No training run"):
        evaluate("2 * history.batch_size", film)
    # What it was when it is asked; and before it was there, what it is first.
    text = GOOD.replace('"choice"', '"number"').replace('choices = ["this", "that"]\n', "")
    text = text.replace("answer = 2", 'answer = "history.learning_rate"\ntolerance = 0.1')
    for second, value in ((0.1, 1.0), (0.7, 1.0), (1.9, 1.5)):
        quiz = read(tmp_path, text.replace('beat = "answer"', f"at = {second}"))
        assert quiz.for_clip("LayerIntro", film, "en")[0]["answer"] == value


NEURON = (
    GOOD.replace('"choice"', '"neuron"')
    .replace('choices = ["this", "that"]\n', "")
    .replace("answer = 2", 'answer = { layer = 3, neuron = "brightest" }')
)


def test_without_a_forward_pass_it_is_the_brightest_on_screen(
    tmp_path: Path, record: dict, typed: Record
) -> None:
    """Films of a training run show a network at many moments: what counts is on screen."""
    film = replace(typed, forward_pass=ForwardPass())
    outputs = record["forward_pass"]["activations"][3]
    (found,) = read(tmp_path, NEURON).for_clip("LayerIntro", film, "en")
    assert (found["layer"], found["neuron"]) == (3, outputs.index(max(outputs)))
    early = NEURON.replace('beat = "answer"', "at = 0.2")
    with pytest.raises(InputError, match="layer 3 is not on screen as a whole"):
        read(tmp_path, early).for_clip("LayerIntro", film, "en")


def test_the_neuron_is_the_brightest_one(tmp_path: Path, record: dict, typed: Record) -> None:
    (found,) = read(tmp_path, NEURON).for_clip("LayerIntro", typed, "en")
    outputs = record["forward_pass"]["activations"][3]
    brightest = outputs.index(max(outputs))
    assert (found["layer"], found["neuron"]) == (3, brightest)
    assert found["definition"]["interactionType"] == "other"
    assert found["definition"]["correctResponsesPattern"] == [f"3/{brightest}"]


@pytest.mark.parametrize(
    "answer, right",
    [
        ("answer = 784", "784"),
        ('answer = "network.parameters"', "13002"),
        ("answer = 0.3\ntolerance = 0.1", "0.2[:]0.4"),
    ],
)
def test_a_number_is_described_as_xapi_does(
    tmp_path: Path, typed: Record, answer: str, right: str
) -> None:
    text = GOOD.replace('"choice"', '"number"').replace('choices = ["this", "that"]\n', "")
    (found,) = read(tmp_path, text.replace("answer = 2", answer)).for_clip(
        "LayerIntro", typed, "en"
    )
    assert found["definition"] == {
        "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
        "description": {"en": "Which?"},
        "interactionType": "numeric",
        "correctResponsesPattern": [right],
    }


@pytest.mark.parametrize(
    "old, new, sentence",
    [
        ("answer = 2", "answer = 3", r":6: .*1 to 2"),
        ("answer = 2", "answer = ", r":6: not TOML"),
        ("answer = 2", "", r":1: .*no 'answer'"),
        ('"choice"', '"riddle"', r":5: .*'riddle'"),
        ('"one"', '"One!"', r":2: "),
        ('beat = "answer"', "", r":1: .*'beat' or 'at'"),
        ('beat = "answer"', 'beat = "answer"\nat = 3', r":1: .*'beat' or 'at'"),
        ('beat = "answer"', "at = -1", r":4: "),
        ('["this", "that"]', '["this"]', r":9: .*two or more choices"),
        ('right = "Yes."', "", r":7: .*no 'right'"),
        ('text = "Which?"', 'text = ""', r":8: "),
        ("answer = 2", "answer = 2\ncolour = 1", r":7: .*'colour'"),
        ("answer = 2", "answer = 2\ndifficulty = 4", r":7: .*1, 2 or 3"),
        ("[question.en]", "[question.en]\nonclick = 'x'", r":8: .*'onclick'"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    assert old in GOOD
    with pytest.raises(InputError, match=r"quiz\.toml" + sentence):
        read(tmp_path, GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    "old, new, sentence",
    [
        ("answer = 2", "answer = " + "9" * 5000, r":6: .*a whole number of thousands of digits"),
        ("answer = 2", "answer = " + "9" * 400, r":6: .*more than 64 bits"),
        ("answer = 2", "answer = 0x" + "f" * 5000, r":6: .*more than 64 bits"),
        ('["this", "that"]', '["this",\n\n9' + "9" * 99 + "]", r":9: .*more than 64 bits"),
        ("answer = 2", f"answer = 2\n\nx = {'9' * 5000}", r":8: .*thousands of digits"),
        ('beat = "answer"', "at = 1e999", r":4: .*at = inf"),
        ('beat = "answer"', "at = nan", r":4: .*at = nan"),
        ('beat = "answer"', "at = 2020-01-01", r":4: .*expected a number from 0"),
        ("answer = 2", "answer = 2020-99-01", r":6: not TOML"),
        ("answer = 2", f"answer = {'[' * 50_000}", r":6: nested too deeply"),
        ("answer = 2", f"answer = {'{a=' * 5000}1{'}' * 5000}", r":6: nested too deeply"),
        ("answer = 2", f"answer = 2\n{'a.' * 50_000}b = 1", r":7: nested too deeply"),
        ("answer = 2", f"answer = {'{a=' * 90}1{'}' * 90}", r":6: .*1 to 2"),
        ('text = "Which?"', 'text = """Which\n\n?"""\ncolour = "x"', r":11: .*'colour'"),
        ('"choice"', '"\\u202e\\u0007"', r":5: .*kind '\\u202e\\x07'"),
    ],
)
def test_what_no_reader_expects_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    assert old in GOOD
    with pytest.raises(InputError, match=r"quiz\.toml" + sentence) as told:
        read(tmp_path, GOOD.replace(old, new, 1))
    assert len(str(told.value)) < 400


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "nothing", "large", "bytes"])
def test_only_a_small_file_is_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "quiz.toml"
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "folder":
            path.mkdir()
        case "nothing":
            path.symlink_to("gone")
        case "large":
            path.write_text("#" * 2**20, encoding="utf-8")
        case "bytes":
            path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=r"quiz\.toml: "):
        read_quiz(path)


def test_a_second_question_of_the_same_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"quiz\.toml:13: .*'one'"):
        read(tmp_path, GOOD + GOOD)


@pytest.mark.parametrize(
    "old, new, sentence",
    [
        ('beat = "answer"', 'beat = "gone"', r":4: .*'gone', expected one of: digit"),
        ('beat = "answer"', "at = 99.5", r":4: .*less than the clip's"),
    ],
)
def test_what_the_clip_lacks(
    tmp_path: Path, typed: Record, old: str, new: str, sentence: str
) -> None:
    quiz = read(tmp_path, GOOD.replace(old, new))
    with pytest.raises(InputError, match=sentence):
        quiz.for_clip("LayerIntro", typed, "en")


def test_a_script_of_questions_is_only_data() -> None:
    said = "</script><script>alert(1)</script>\u2028<!--"
    script = quiz_script(said, [{"text": said}])
    assert "<" not in script and "\u2028" not in script
    assert json.loads(script.split("]=", 1)[1].rstrip(";\n")) == [{"text": said}]
