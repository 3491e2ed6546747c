"""What a training run hands out to a story: numbers of its snapshots, each with its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from litnet.record.expressions import source
from litnet.record.learning import Examples, Learned, Moment
from litnet.record.quantities import Floats, Quantities, Quantity
from network.digits import SIDE
from network.history import History, Snapshot

if TYPE_CHECKING:
    from litnet.story.subject import Digit


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """A training run as a story sees it.

    A ``moment`` is a snapshot's place, from 0, the fresh network, to ``last``. ``which`` is a
    digit; or ``"training"``, all that it learned from, or ``"unseen"``, the bundled digits.
    """

    learned: Learned

    @property
    def history(self) -> History:
        """What stands in its file."""
        return self.learned.history

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """The networks that there are, the fresh one first."""
        return self.history.snapshots

    @property
    def last(self) -> int:
        """The last moment."""
        return len(self.snapshots) - 1

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons in each layer, the input first."""
        return self.history.mlp.sizes

    def fact(self, name: str) -> Quantity:
        """A number of the run's: ``epochs``, ``batch_size``, ``learning_rate``, ``seed`` or
        ``training_digits``."""
        return Quantity(float(getattr(self.history, name)), f"history.{name}")

    def step(self, moment: int) -> Quantity:
        """After how many steps that was."""
        return Quantity(float(self.snapshots[moment].step), f"history.snapshots[{moment}]")

    # --- how well it does -------------------------------------------------------------------
    def cost(self, moment: int, which: Digit | str = "training") -> Quantity:
        """Of a digit, or the mean of many."""
        value = self.learned.cost(Moment("snapshot", moment), _examples(which))
        return Quantity(value, f"cost({moment}, {_text(which)})")

    def accuracy(self, moment: int, which: str = "training") -> Quantity:
        """Which part of many it reads rightly."""
        value = float(self.learned.right(Moment("snapshot", moment), _examples(which)).mean())
        return Quantity(value, f"accuracy({moment}, {which})")

    def right(self, moment: int, which: str = "unseen") -> Quantities:
        """(n,) for each of many: 1 where it reads it rightly, else 0."""
        found = self.learned.right(Moment("snapshot", moment), _examples(which))
        return Quantities(found, f"right({moment}, {which})")

    # --- what it makes of one digit ---------------------------------------------------------
    def answer(self, moment: int, digit: Digit) -> Quantity:
        """The brightest output."""
        value = int(self._forward(moment, digit)[-1].argmax())
        return Quantity(float(value), f"reads({moment}, {_text(digit)})")

    def layer(self, moment: int, digit: Digit, number: int) -> Quantities:
        """(n,) the activations of a layer, 0 for the input, which has the picture's shape."""
        values = self._forward(moment, digit)[number]
        shaped = values if number else values.reshape(digit.image.shape)
        text = f"activations({moment}, {_text(digit)})[{number}]"
        return Quantities(shaped, text, number)

    def activation(self, moment: int, digit: Digit, layer: int, neuron: int) -> Quantity:
        """That of one neuron."""
        return self.layer(moment, digit, layer).one(neuron)

    def _forward(self, moment: int, digit: Digit) -> Sequence[Floats]:
        key = moment, digit.name
        if key not in self._passes:
            self._passes[key] = self.snapshots[moment].mlp.forward(digit.image.ravel()).activations
        return self._passes[key]

    @cached_property
    def _passes(self) -> dict[tuple[int, str], Sequence[Floats]]:
        return {}

    # --- what it is -------------------------------------------------------------------------
    def weights_to(self, moment: int, layer: int, neuron: int) -> Quantities:
        """The weights that lead to one neuron; from the input, in the picture's shape."""
        values = self.snapshots[moment].mlp.layers[layer - 1].weights[neuron]
        shaped = values.reshape(SIDE, SIDE) if layer == 1 else values
        return Quantities(shaped, f"weights({moment})[{layer}][{neuron}]")


def _examples(which: Digit | str) -> Examples:
    if isinstance(which, str):
        return Examples("all" if which == "training" else which)
    return Examples("file", file=which.name)


def _text(which: Digit | str) -> str:
    if isinstance(which, str):
        return which
    return source("x", which.name)[2:-1]
