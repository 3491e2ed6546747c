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

_BEGINNING = re.compile(r"^```json\n", re.MULTILINE)
_END = re.compile(r"^```", re.MULTILINE)


def read_card(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The facts in a card: a small file of text (see ``network.files``) with a block of JSON.

    Raises InputError if the file is missing, is larger or nested more deeply than any card, or
    holds no such block.
    """
    file = Path(path)
    facts = _facts(file)
    if facts is None:
        raise InputError(f"{printable(file)}: found no json block, expected a model card with one")
    return facts


def _facts(file: Path) -> dict[str, Any] | None:
    """The first block of JSON in a card, if there is one that holds facts."""
    text = read_text(file)
    begun = _BEGINNING.search(text)
    ended = _END.search(text, begun.end()) if begun else None
    if not begun or not ended:
        return None
    facts = parsed_json(text[begun.end() : ended.start()], printable(file))
    return facts if isinstance(facts, dict) else None


def class_names(model: str | os.PathLike[str], n: int) -> tuple[str, ...]:
    """What the ``n`` outputs of the network in the file ``model`` stand for.

    They stand as ``classes`` in the card beside the model (``mine.md`` for ``mine.npz``). Without
    a card, or without as many classes in it, they are "0", "1", ... The names are for a screen:
    whatever cannot be printed is left out, and each is at most 24 letters long.

    Raises InputError for a card that is there and cannot be read: its names would be missed.
    """
    numbers = tuple(str(k) for k in range(n))
    card = Path(model).with_suffix(".md")
    try:
        classes = (_facts(card) or {}).get("classes")
    except InputError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return numbers
        raise
    if not isinstance(classes, list) or len(classes) != n:
        return numbers
    names = []
    for number, value in zip(numbers, classes, strict=True):
        text = str(value) if isinstance(value, str | int | float) else ""
        kept = "".join(c if c.isprintable() else " " for c in text[:1000])
        names.append(" ".join(kept.split())[:24].strip() or number)
    return tuple(names)
