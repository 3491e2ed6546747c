"""Names of classes from a card, which anybody may have written."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from network import InputError
from network.classes import class_names


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        (["cat", "dog", 7], ("cat", "dog", "7")),
        (["cat", "dog"], ("0", "1", "2")),
        ("cat", ("0", "1", "2")),
        (["a" * 99, "\x1b[31m red\n\u202e", None], ("a" * 24, "[31m red", "2")),
        ([{"a": 1}, "", "Ø 中"], ("0", "1", "Ø 中")),
    ],
)
def test_class_names(tmp_path: Path, classes: object, expected: tuple[str, ...]) -> None:
    card = "# m\n\n```json\n" + json.dumps({"classes": classes}) + "\n```\n"
    (tmp_path / "m.md").write_text(card, encoding="utf-8")
    assert class_names(tmp_path / "m.safetensors", 3) == expected


def test_without_a_card(tmp_path: Path) -> None:
    assert class_names(tmp_path / "m.npz", 4) == ("0", "1", "2", "3")
    (tmp_path / "m.md").write_text("no facts", encoding="utf-8")
    assert class_names(tmp_path / "m.npz", 2) == ("0", "1")


def test_line_ends_of_windows(tmp_path: Path) -> None:
    card = '# m\r\n\r\n```json\r\n{"classes": ["a", "b"]}\r\n```\r\n'
    (tmp_path / "m.md").write_bytes(card.encode())
    assert class_names(tmp_path / "m.npz", 2) == ("a", "b")


@pytest.mark.parametrize(
    "facts",
    [
        '{"classes": ' + "[" * 100_000,
        '{"classes": [1' + "0" * 5000 + ', "b"]}',
        '{"classes": ["a", "b"',
        "```json\n" * 200_000,
        " " * 2**23,
    ],
)
def test_a_damaged_card_is_named(tmp_path: Path, facts: str) -> None:
    (tmp_path / "m.md").write_text(f"# m\n\n```json\n{facts}\n```\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"m\.md: ") as told:
        class_names(tmp_path / "m.npz", 2)
    assert len(str(told.value)) < 400


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "nothing"])
def test_what_is_no_file_is_not_waited_for(tmp_path: Path, kind: str) -> None:
    card = tmp_path / "m.md"
    if kind == "pipe":
        os.mkfifo(card)
    elif kind == "folder":
        card.mkdir()
    else:
        card.symlink_to("/dev/zero" if kind == "device" else "gone")
    with pytest.raises(InputError, match=r"m\.md: "):
        class_names(tmp_path / "m.npz", 2)
