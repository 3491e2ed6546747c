"""What a training run hands out to a story: numbers of its snapshots, each with its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from litnet.record.expressions import source
from litnet.record.learning import Examples, Learned, Moment
from litnet.record.quantities import Floats, Quantities, Quantity
from network import contributions
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

    def costs(self, which: Digit | str = "training") -> Quantities:
        """(n,) that of every moment."""
        return Quantities(self.learned.costs(_examples(which)), f"costs({_text(which)})")

    def accuracy(self, moment: int, which: str = "training") -> Quantity:
        """Which part of many it reads rightly."""
        value = float(self.learned.right(Moment("snapshot", moment), _examples(which)).mean())
        return Quantity(value, f"accuracy({moment}, {which})")

    def right(self, moment: int, which: str = "unseen") -> Quantities:
        """(n,) for each of many: 1 where it reads it rightly, else 0."""
        found = self.learned.right(Moment("snapshot", moment), _examples(which))
        return Quantities(found, f"right({moment}, {which})")

    def right_count(self, moment: int, which: str = "unseen") -> Quantity:
        """How many of many it reads rightly."""
        return self.right(moment, which).count()

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

    def reading(self, moment: int, digit: Digit) -> Glance:
        """What the network of a moment makes of a digit, as a network diagram takes it."""
        return Glance(self, moment, digit)

    # --- what it is -------------------------------------------------------------------------
    def weights_to(self, moment: int, layer: int, neuron: int) -> Quantities:
        """The weights that lead to one neuron; from the input, in the picture's shape."""
        values = self.snapshots[moment].mlp.layers[layer - 1].weights[neuron]
        shaped = values.reshape(SIDE, SIDE) if layer == 1 else values
        return Quantities(shaped, f"weights({moment})[{layer}][{neuron}]")


@dataclass(frozen=True, eq=False)
class Glance:
    """What the network of one moment makes of one digit."""

    run: TrainingRun
    moment: int
    digit: Digit

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons in each layer, the input first."""
        return self.run.sizes

    @property
    def answer(self) -> int:
        """The brightest output."""
        return int(self.run.answer(self.moment, self.digit).value)

    @property
    def confidence(self) -> Quantity:
        """The activation of the brightest output."""
        return self.layer(len(self.sizes) - 1).one(self.answer)

    def layer(self, number: int) -> Quantities:
        """(n,) the activations of a layer, 0 for the input, which has the picture's shape."""
        return self.run.layer(self.moment, self.digit, number)

    def contributions(self, number: int) -> Floats:
        """(n_out, n_in) weight times activation, of what leads to a layer."""
        weights = self.run.snapshots[self.moment].mlp.layers[number - 1].weights
        return contributions(weights, self.layer(number - 1).values.ravel())


def _examples(which: Digit | str) -> Examples:
    if isinstance(which, str):
        return Examples("all" if which == "training" else which)
    if which.made is not None:
        return Examples("noise", int(which.made.removeprefix("noise(").rstrip(")")))
    return Examples("file", file=which.name)


def _text(which: Digit | str) -> str:
    if isinstance(which, str):
        return which
    return which.made or source("x", which.name)[2:-1]
