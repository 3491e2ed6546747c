"""How a network was trained, as the card beside its file says.

Apart from ``network.model_card``, which writes cards: this may be on screen.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from network.classes import read_card
from network.errors import InputError, printable
from network.files import read_text
from network.losses import LOSSES


@dataclass(frozen=True)
class Training:
    """How a network was trained, as its card says: ``loss`` is a name in ``LOSSES``, ``adam`` and
    ``moved`` are whether the optimiser was Adam and whether the images were changed."""

    digits: int
    epochs: int
    adam: bool
    loss: str
    moved: bool
    right: int  # of the bundled digits


def trained_as(path: str | os.PathLike[str]) -> Training:
    """What a card says of the training.

    Raises InputError if it cannot be read, or does not say so.
    """
    facts = read_card(path)
    try:
        training, text = facts["training"], read_text(Path(path))
        titles = sorted(LOSSES, key=lambda name: len(LOSSES[name].title))
        # Older cards name the loss in their text alone; of titles that begin alike, the longest.
        said = [name for name in titles if f"loss: {LOSSES[name].title}" in " ".join(text.split())]
        return Training(
            digits=int(training["n"]),
            epochs=int(training["epochs"]),
            adam=str(training["optimiser"]).lower().startswith("adam"),
            loss=str(training.get("loss_name") or said[-1]),
            moved=bool(training["augment"]),
            right=int(facts["bundled"]["right"]),
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError(
            f"{printable(path)}: does not say how the network was trained, expected a card that "
            "litnet train wrote"
        ) from error
