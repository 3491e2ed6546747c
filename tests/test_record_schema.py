"""The typed record: what is read, what is refused and how, and that nothing is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from film import Film
from hypothesis import given
from hypothesis import strategies as st

from litnet.record.schema import MOST_BYTES, decode, encode, read_record, write_record
from network import InputError


def small() -> dict[str, Any]:
    """A record as an older litnet wrote it, with one of everything."""
    layer = {"layer": 0, "kind": "pixels", "x": [1.0], "y": [2.0], "radius": 3.0}
    return {
        "schema": 1,
        "clip": "Tiny",
        "title": "작은",
        "source": {"file": "a.py", "scene": "Tiny"},
        "variant": {"model": "a.npz", "digit": None, "language": "en", "quality": "480p15"},
        "inputs": [
            {"path": "b.npz", "sha256": "0" * 64, "role": "model", "setting": "before"},
        ],
        "network": {},
        "forward_pass": {},
        "video": {
            "file": "Tiny.mp4",
            "width": 4,
            "height": 2,
            "frame_rate": "15/1",
            "frames": 30,
            "duration": 2.0,
        },
        "beats": [{"name": "a", "title": "A", "start": 0.0, "end": 2.0, "caption": ""}],
        "cues": [],
        "snapshots": [
            {
                "frame": 9,
                "time": 0.6,
                "layers": [{**layer, "cell": [0], "value": [0.5], "light": [None]}],
            }
        ],
        "numbers": [{"frame": 9, "text": "1", "value": 1, "source": "pixels.rows"}],
        "edges": [],
        "texts": [],
        "light_scales": [],
        "readings": [],
    }


def read(record: Any) -> Any:
    return decode(json.dumps(record).encode(), "Tiny.json")


def test_a_record_of_today_is_read_and_written_byte_for_byte(
    hero_film: Film, tmp_path: Path
) -> None:
    data = hero_film.video.with_suffix(".json").read_bytes()
    record = decode(data, "LayerIntro.json")
    assert encode(record) == data
    write_record(tmp_path / "here" / "again.json", record)
    assert (tmp_path / "here" / "again.json").read_bytes() == data
    assert read_record(tmp_path / "here" / "again.json") == record
    assert [file.name for file in (tmp_path / "here").iterdir()] == ["again.json"]


def test_an_older_record_is_read_and_what_is_not_known_is_passed_over() -> None:
    record = read({**small(), "of_a_later_litnet": [[{}]]})
    assert record.variant.baseline == "b.npz" and record.variant.voice is None
    assert record.snapshots[0].layers[0].reading is None
    assert record.snapshots[0].signed == ()
    assert record.numbers[0].value == 1.0
    with pytest.raises(AttributeError):
        record.clip = "Other"


WRONG = {
    "clip": (["clip"], 7, "in its field clip: expected str, got int"),
    "beat": (
        ["beats", 0, "start"],
        "x",
        r"in its field beats\[0\]\.start: expected float, got str",
    ),
    "below zero": (["video", "frames"], -1, r"in its field video\.frames: expected int >= 0"),
    "rate": (["video", "frame_rate"], "60/0", r"in its field video\.frame_rate: expected"),
    "digest": (["inputs", 0, "sha256"], "abc", r"in its field inputs\[0\]\.sha256: expected"),
    "published": (["published"], True, "in its field published: expected object, got bool"),
    "lengths": (["snapshots", 0, "layers", 0, "x"], [], r"layers\[0\]: expected 0 of y, got 1"),
    "schema": (["schema"], 2, "a record of schema 2, expected 1; render it again"),
    "outputs": (["forward_pass"], {"prediction": 3}, "in its field forward_pass: expected a pred"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_with_its_place(name: str) -> None:
    path, value, sentence = WRONG[name]
    record: Any = small()
    place = record
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(InputError, match=f"^Tiny.json: .*{sentence}") as caught:
        read(record)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("missing", ["clip", "video", "snapshots", "readings"])
def test_a_field_that_is_missing_is_named(missing: str) -> None:
    record = small()
    del record[missing]
    with pytest.raises(InputError, match=f"missing required field {missing}"):
        read(record)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[" * 100_000,
        b'{"schema":1,"x":' + b"[" * 100_000,
        b"7",
        b"\xff\xfe",
        json.dumps(small()).replace("Tiny", "\\ud800").encode(),
        json.dumps(small()).replace("Tiny", "\\ud800 and a longer text").encode(),
        json.dumps(small()).replace("9", "9" * 5000).encode(),
        json.dumps(small()).replace("0.6", "NaN").encode(),
        json.dumps(small()).replace("0.6", "1e999").encode(),
        json.dumps(small()).encode() + b"}",
        b"[" + b"1," * 10_000_000 + b"1]",
        b" " * (MOST_BYTES + 1),
    ],
)
def test_no_bytes_do_more_than_be_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(InputError, match=r"^Ti\\x1bny\.json: .*\.\Z") as caught:
        decode(data, "Ti\x1bny.json")
    assert len(str(caught.value)) < 400


@given(st.data())
def test_nor_does_a_damaged_record(data: st.DataObject) -> None:
    whole = bytearray(json.dumps(small()).encode())
    place = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        del whole[place:]
    else:
        whole[place] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(whole), "Tiny.json")
    except InputError as error:
        assert "\n" not in str(error)


def test_a_number_that_is_none_is_not_written(tmp_path: Path) -> None:
    record = read(small())
    bad = record.__class__(
        **{name: getattr(record, name) for name in record.__struct_fields__ if name != "video"},
        video=record.video.__class__("f", 1, 1, "1/1", 1, float("nan")),
    )
    with pytest.raises(ValueError, match="Out of range"):
        write_record(tmp_path / "r.json", bad)
    assert not list(tmp_path.iterdir())


def test_the_record_can_be_read_without_manim() -> None:
    code = "import sys, litnet.record.schema; print('manim' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)
    assert done.stdout.strip() == "False"
