"""What changed from one network to another, on the same digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from network.errors import InputError
from network.mlp import MLP


@dataclass(frozen=True)
class Reading:
    """How two networks read one image: what it is, their answers, and how sure each was of its own.

    ``index`` is the image's place among those that were compared; a confidence is the activation
    of the output that answered.
    """

    index: int
    label: int
    old: int
    new: int
    old_confidence: float
    new_confidence: float

    @property
    def change(self) -> str:
        """``"mended"`` or ``"broken"``, ``"other"`` for two different wrong answers, or ``""``."""
        if self.old == self.new:
            return ""
        if self.new == self.label:
            return "mended"
        return "broken" if self.old == self.label else "other"


@dataclass(frozen=True)
class Comparison:
    """Two networks on the same images. Accuracies and mean confidences are fractions."""

    readings: tuple[Reading, ...]

    @property
    def flipped(self) -> tuple[Reading, ...]:
        """The images on which the answers differ."""
        return tuple(reading for reading in self.readings if reading.change)

    @property
    def accuracies(self) -> tuple[float, float]:
        """Of the old network, and of the new one."""
        old = np.mean([reading.old == reading.label for reading in self.readings])
        new = np.mean([reading.new == reading.label for reading in self.readings])
        return float(old), float(new)

    @property
    def confidences(self) -> tuple[float, float]:
        """The mean confidence of the old network in its answers, and of the new one in its."""
        old = np.mean([reading.old_confidence for reading in self.readings])
        new = np.mean([reading.new_confidence for reading in self.readings])
        return float(old), float(new)


def compare(old: MLP, new: MLP, images: npt.ArrayLike, labels: npt.ArrayLike) -> Comparison:
    """Let two networks read the same ``images`` (n, n_in), which are ``labels`` (n,).

    Raises InputError if the networks do not read inputs of one size, or give different numbers
    of outputs.
    """
    ends = [(network.sizes[0], network.sizes[-1]) for network in (old, new)]
    if ends[0] != ends[1]:
        raise InputError(
            f"networks: found one from {ends[0][0]} inputs to {ends[0][1]} outputs and one from "
            f"{ends[1][0]} to {ends[1][1]}, expected two that read the same images"
        )
    passes = [network.forward(images) for network in (old, new)]
    answers = [np.atleast_1d(done.prediction).tolist() for done in passes]
    sureness = [np.atleast_1d(done.confidence).tolist() for done in passes]
    rows = zip(np.asarray(labels).tolist(), *answers, *sureness, strict=True)
    return Comparison(tuple(Reading(index, *row) for index, row in enumerate(rows)))
