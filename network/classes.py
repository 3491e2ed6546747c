"""What a network's outputs stand for, as the card beside its file says.

Apart from ``network.model_card``, which writes cards: this decides what is on screen.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from network.errors import InputError

_BLOCK = re.compile(r"^```json\n(.*?)^```", re.DOTALL | re.MULTILINE)


def read_card(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The facts in a card. Raises InputError if the file is missing or holds no JSON block."""
    file = Path(path)
    try:
        block = _BLOCK.search(file.read_text(encoding="utf-8"))
        facts = json.loads(block.group(1)) if block else None
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: cannot be read, expected a model card") from error
    if not isinstance(facts, dict):
        raise InputError(f"{file}: found no json block, expected a model card with one")
    return facts


def class_names(model: str | os.PathLike[str], n: int) -> tuple[str, ...]:
    """What the ``n`` outputs of the network in the file ``model`` stand for.

    They stand as ``classes`` in the card beside the model (``mine.md`` for ``mine.npz``). Without
    a card, or without as many classes in it, they are "0", "1", ... The names are for a screen:
    whatever cannot be printed is left out, and each is at most 24 letters long.
    """
    numbers = tuple(str(k) for k in range(n))
    try:
        classes = read_card(Path(model).with_suffix(".md")).get("classes")
    except InputError:
        return numbers
    if not isinstance(classes, list) or len(classes) != n:
        return numbers
    names = []
    for number, value in zip(numbers, classes, strict=True):
        text = str(value) if isinstance(value, str | int | float) else ""
        kept = "".join(c if c.isprintable() else " " for c in text[:1000])
        names.append(" ".join(kept.split())[:24].strip() or number)
    return tuple(names)
