"""Names of classes from a card, which anybody may have written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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
