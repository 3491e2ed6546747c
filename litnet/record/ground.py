"""The ground of sources: what they are evaluated over, and a record as such a ground."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

from msgspec import UNSET

from litnet.project import real_path
from litnet.record.judging import Judged
from litnet.record.learning import Learned, learned_from
from litnet.record.quantities import Floats
from litnet.record.schema import Change, Record
from litnet.record.variant import reading_options
from network.checkpoint import load_network
from network.digits import SIDE, bundled_digits, load_image, read_image
from network.errors import InputError
from network.history import History
from network.history_file import load_history
from network.mlp import MLP
from network.parameters import replaced, scrambled
from network.trained import Training, trained_as

TICKS = "ticks"  # the kind of a measure that is a scale


class Read(Protocol):
    """What a network made of a digit."""

    @property
    def activations(self) -> Sequence[Any]:
        """A list of numbers a layer, the input first; empty where none was run."""

    @property
    def prediction(self) -> int:
        """The brightest output."""

    @property
    def confidence(self) -> float:
        """Its activation."""

    @property
    def label(self) -> int | None:
        """What the digit is, if that is known."""

    @property
    def mlp(self) -> MLP:
        """The network."""


class Ground(Protocol):
    """What sources are evaluated over: a film that is being made, or its record.

    What is not there is None; each method may raise InputError as well.
    """

    def sizes(self) -> Sequence[int]:
        """Neurons in each layer of the network that is filmed; empty without one."""

    def parameters(self) -> int | None:
        """How many it has."""

    def read(self, number: int | None) -> Read:
        """One of the readings, or what the network that is filmed makes of the filmed digit."""

    def shape(self) -> tuple[int, int] | None:
        """Rows and columns of the pictures that are shown."""

    def edges(self) -> tuple[int, int] | None:
        """How many connections are drawn in the frame, and of how many."""

    def signed(self) -> int | None:
        """How many pictures of signed numbers are in the frame."""

    def ticks(self) -> Sequence[float]:
        """The numbers at the marks of the scales in the frame."""

    def image(self, file: str) -> Floats:
        """(rows, columns) greys from 0 to 1 of a file, by its name in the record."""

    def label(self, file: str) -> int | None:
        """What such a file shows, if that is known."""

    def judged(self) -> Judged:
        """The bundled digits, and what rules make of them."""

    def learned(self) -> Learned:
        """The training run that is filmed, and its digits."""

    def run(self, file: str) -> History:
        """A further training run, by the name of its file in the record."""

    def card(self, file: str) -> Training:
        """How a network was trained, by the name of its card in the record."""


@dataclass(frozen=True)
class _Read:
    """A reading of the record; its network is loaded when it is asked for."""

    activations: Sequence[Sequence[float]]
    prediction: int
    confidence: float
    label: int | None
    model: str | None
    folder: Path | None
    seed: int | None = None  # by which its numbers were scrambled
    change: Change | None = None

    @property
    def mlp(self) -> MLP:
        """The network, from its file."""
        if self.folder is None or self.model is None:
            raise InputError("The weights of a network stand in its file alone.")
        if found := re.fullmatch(r'snapshot\("(.+)", (\d{1,6})\)', self.model):
            snapshots = load_history(real_path(found[1], self.folder)).snapshots
            if int(found[2]) >= len(snapshots):
                raise InputError(f"{self.model}: there are {len(snapshots)} snapshots.")
            return snapshots[int(found[2])].mlp
        mlp = changed(load_network(self.folder / self.model), self.change)
        return mlp if self.seed is None else scrambled(mlp, self.seed)


def changed(mlp: MLP, change: Change | None) -> MLP:
    """A network with the one number that was turned by hand, if there is one."""
    if change is None:
        return mlp
    place = (change.neuron,) if change.input is None else (change.neuron, change.input)
    return replaced(mlp, change.layer, place, change.value)


@dataclass(frozen=True)
class RecordGround:
    """What a record says in the frame ``frame``; what changes in a film is that of the nearest one.

    ``folder`` is what the paths in the record are relative to; without it, no file is read. Only
    files that the record names are, and the digits that come with litnet.
    """

    record: Record
    frame: int
    folder: Path | None = None

    def sizes(self) -> Sequence[int]:
        """See :class:`Ground`."""
        return self.record.network.sizes

    def parameters(self) -> int | None:
        """See :class:`Ground`."""
        return self.record.network.parameters or None

    def read(self, number: int | None) -> _Read:
        """See :class:`Ground`."""
        record = self.record
        if number is None:
            one = record.forward_pass
            label = next((i.label for i in record.inputs if i.path == record.variant.digit), None)
            return _Read(
                one.activations,
                one.prediction or 0,
                one.confidence or 0.0,
                label if isinstance(label, int) else None,
                record.variant.model,
                self.folder,
            )
        if number >= len(record.readings):
            last = len(record.readings) - 1
            raise InputError(f"There is no reading {number}, expected 0 to {last}.")
        other = record.readings[number]
        seed = scrambled_by(other.model)
        model = other.model if seed is None else record.variant.model
        return _Read(
            *(other.activations, other.prediction, other.confidence, other.label),
            *(model, self.folder, seed),
            None if other.change is UNSET else other.change,
        )

    def shape(self) -> tuple[int, int] | None:
        """See :class:`Ground`."""
        return picture_shape(self.record)

    def edges(self) -> tuple[int, int] | None:
        """See :class:`Ground`."""
        frames = {edge.frame for edge in self.record.edges}
        if not frames:
            return None
        nearest = min(sorted(frames), key=lambda frame: abs(frame - self.frame))
        shown = [edge for edge in self.record.edges if edge.frame == nearest]
        return sum(edge.drawn for edge in shown), sum(edge.total for edge in shown)

    def signed(self) -> int | None:
        """See :class:`Ground`."""
        found = [snapshot for snapshot in self.record.snapshots if snapshot.signed]
        if not found:
            return None
        return len(min(found, key=lambda snapshot: abs(snapshot.frame - self.frame)).signed)

    def ticks(self) -> Sequence[float]:
        """See :class:`Ground`."""
        scales = {
            snapshot.frame: [one for one in snapshot.measures if one.kind == TICKS]
            for snapshot in self.record.snapshots
        }
        frames = sorted(frame for frame, found in scales.items() if found)
        if not frames:
            return ()
        nearest = min(frames, key=lambda frame: abs(frame - self.frame))
        return [value for one in scales[nearest] for value in one.value]

    def image(self, file: str) -> Floats:
        """See :class:`Ground`."""
        if file in self._bundled:
            return self._bundled[file][1]
        named = [one.path for one in self.record.inputs if one.role == "digit"]
        if self.folder is None or file not in named:
            raise InputError(f"{file}: no digit that the record names.")
        sizes = self.record.network.sizes
        side = math.isqrt(sizes[0]) if sizes and file == self.record.variant.digit else SIDE
        found = next(i.read_as for i in self.record.inputs if (i.role, i.path) == ("digit", file))
        if found is UNSET:  # of a record from before it was noted
            return load_image(self.folder / file, side)
        how = reading_options(str(found))
        return read_image(self.folder / file, side, **how).image

    def label(self, file: str) -> int | None:
        """See :class:`Ground`."""
        if file in self._bundled:
            return self._bundled[file][0]
        named = (i.label for i in self.record.inputs if (i.role, i.path) == ("digit", file))
        label = next(named, None)
        return label if isinstance(label, int) else None

    def judged(self) -> Judged:
        """See :class:`Ground`."""
        return self._judged

    def learned(self) -> Learned:
        """See :class:`Ground`; the inputs ``history`` and ``training`` say of what."""
        return self._learned

    def run(self, file: str) -> History:
        """See :class:`Ground`."""
        named = [one.path for one in self.record.inputs if one.role == "history"]
        if self.folder is None or file not in named:
            raise InputError(f"{file}: no training run that the record names.")
        return load_history(real_path(file, self.folder))

    def card(self, file: str) -> Training:
        """See :class:`Ground`."""
        named = [one.path for one in self.record.inputs if one.role == "card"]
        if self.folder is None or file not in named:
            raise InputError(f"{file}: no card that the record names.")
        return trained_as(real_path(file, self.folder))

    @cached_property
    def _learned(self) -> Learned:
        paths = {one.role: one.path for one in self.record.inputs}
        if self.folder is None or "history" not in paths:
            raise InputError("No training run is filmed in this clip.")
        digits = paths.get("training")
        return learned_from(
            real_path(paths["history"], self.folder),
            None if digits is None else real_path(digits, self.folder),
            self.image,
            self.label,
            self._network,
            self.run,
        )

    def _network(self, file: str) -> MLP:
        named = [one.path for one in self.record.inputs if one.role == "model"]
        if self.folder is None or file not in named:
            raise InputError(f"{file}: no network that the record names.")
        return load_network(self.folder / file)

    @cached_property
    def _bundled(self) -> dict[str, tuple[int, Floats]]:
        if self.folder is None:
            return {}
        return {
            f"assets/digits/{digit.path.name}": (digit.label, digit.image())
            for digit in bundled_digits()
        }

    @cached_property
    def _judged(self) -> Judged:
        digits = [(name, *found) for name, found in self._bundled.items()]
        if not digits:
            raise InputError("The digits that come with litnet stand in their files alone.")
        return Judged(digits, lambda: self.read(None).mlp)


def scrambled_by(model: str) -> int | None:
    """The seed in ``scrambled(SEED)``, the name of the filmed network with its numbers scrambled;
    None for any other name."""
    found = re.fullmatch(r"scrambled\((\d{1,9})\)", model)
    return int(found[1]) if found else None


def picture_shape(record: Record) -> tuple[int, int] | None:
    """Rows and columns of the pictures in a clip; None where it shows none as a whole.

    They are counted where the pixels of one lie in a snapshot; a film that shows the input only as
    neurons in a grid gives the grid's.
    """
    for kind in ("pixels", "neurons"):
        for snapshot in record.snapshots:
            for layer in snapshot.layers:
                cells = layer.cell
                if (layer.kind, layer.layer) != (kind, 0) or cells != tuple(range(len(cells))):
                    continue
                rows, columns = _steps(layer.y, layer.radius), _steps(layer.x, layer.radius)
                if rows * columns == len(cells) and min(rows, columns) > 1:
                    return rows, columns
    return None


def _steps(places: Sequence[float], gap: float) -> int:
    return 1 + sum(after - before > gap for before, after in pairwise(sorted(set(places))))
