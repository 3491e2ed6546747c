"""What a network's outputs stand for, as the card beside its file says.

Apart from ``network.model_card``, which writes cards: this decides what is on screen.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from network.errors import InputError, printable
from network.files import parsed_json, read_text

_BLOCK = re.compile(r"^```json\r?\n", re.MULTILINE)


def read_card(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The facts in a card.

    Raises
    ------
    InputError
        The file is missing, is no small regular file, or holds no JSON block of an object.
    """
    facts = _facts(Path(path))
    if not isinstance(facts, dict):
        raise InputError(f"{printable(path)}: found no json block, expected a model card with one")
    return facts


def _facts(file: Path) -> Any:
    """What the first json block of a card says; None without one."""
    text = read_text(file)
    start = _BLOCK.search(text)
    end = text.find("\n```", start.end() - 1) if start else -1
    if start is None or end < 0:
        return None
    return parsed_json(text[start.end() : end], f"{printable(file)}: its json block")


def class_names(model: str | os.PathLike[str], n: int) -> tuple[str, ...]:
    """What the ``n`` outputs of the network in the file ``model`` stand for.

    They stand as ``classes`` in the card beside the model (``mine.md`` for ``mine.npz``). Without
    a card, or without as many classes in it, they are "0", "1", ... The names are for a screen:
    whatever cannot be printed is left out, and each is at most 24 letters long.

    Raises
    ------
    InputError
        There is a card, but it is no small regular file of text, or its JSON block is damaged.
    """
    numbers = tuple(str(k) for k in range(n))
    card = Path(model).with_suffix(".md")
    facts = _facts(card) if os.path.lexists(card) else None
    classes = facts.get("classes") if isinstance(facts, dict) else None
    if not isinstance(classes, list) or len(classes) != n:
        return numbers
    names = []
    for number, value in zip(numbers, classes, strict=True):
        text = str(value) if isinstance(value, str | int | float) else ""
        kept = "".join(c if c.isprintable() else " " for c in text[:1000])
        names.append(" ".join(kept.split())[:24].strip() or number)
    return tuple(names)
