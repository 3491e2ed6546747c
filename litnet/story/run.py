"""What a training run hands out to a story: numbers of its snapshots, each with its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    digit; or ``"training"``, all that it learned from, ``"training(17)"``, one of them,
    ``"unseen"``, the bundled digits, or ``"batch(0)"``, those of a single step.
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

    def rounds(self, moment: int) -> Quantity:
        """How often it had been through all its digits then."""
        return Quantity(self.learned.rounds[moment], f"history.rounds[{moment}]")

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

    def in_doubt(self, digit: Digit) -> int:
        """The moment at which most can be seen of how a digit is learned from.

        Of those after the start at which the digit is misread, if there are any, that at which its
        cost is the steepest.
        """
        which = _examples(digit)

        def doubt(moment: int) -> tuple[bool, float]:
            wrong = self.answer(moment, digit).value != digit.label
            return wrong, self.learned.steepness(Moment("snapshot", moment), which)

        return max(range(1, self.last + 1), key=doubt)

    # --- what it costs, and how that changes ------------------------------------------------
    def nudges(self, moment: Moment | int, which: Digit | str, layer: int) -> Quantities:
        """(n_out, n_in) how a layer's weights should change, by how much each lowers the cost."""
        at, text = _moment(moment)
        values = -self.learned.mean_gradients(at, _examples(which)).weights[layer - 1]
        return Quantities(values, f"nudges({text}, {_text(which)})[{layer}]")

    def wishes(self, moment: Moment | int, digit: Digit, layer: int) -> Quantities:
        """(n,) which way, and how much, the activations of a layer would lower the cost."""
        at, text = _moment(moment)
        values = -self.learned.back(at, _examples(digit)).activations[layer]
        return Quantities(values, f"wishes({text}, {_text(digit)})[{layer}]")

    def z_wishes(self, moment: Moment | int, digit: Digit, layer: int) -> Quantities:
        """(n,) the same of the sums that the activations of a layer are computed from."""
        at, text = _moment(moment)
        values = -self.learned.back(at, _examples(digit)).pre_activations[layer - 1]
        return Quantities(values, f"z_wishes({text}, {_text(digit)})[{layer}]")

    def asks(self, moment: Moment | int, digit: Digit, layer: int) -> Quantities:
        """(n_out, n_in) what each neuron of a layer asks of each activation before it.

        That is by how much the activation would lower the cost through this neuron alone.
        """
        at, text = _moment(moment)
        values = self.learned.asks(at, _examples(digit))[layer - 1]
        return Quantities(values, f"asks({text}, {_text(digit)})[{layer}]")

    def bias_nudges(self, moment: Moment | int, which: Digit | str, layer: int) -> Quantities:
        """(n_out,) the same of a layer's biases."""
        at, text = _moment(moment)
        values = -self.learned.mean_gradients(at, _examples(which)).biases[layer - 1]
        return Quantities(values, f"bias_nudges({text}, {_text(which)})[{layer}]")

    def terms(self, moment: int, digit: Digit) -> Quantities:
        """(n_out,) what each output adds to the cost of a digit."""
        values = self.learned.terms(Moment("snapshot", moment), _examples(digit))
        return Quantities(values, f"terms({moment}, {_text(digit)})")

    def each(self, moment: int, which: str = "training") -> Quantities:
        """(n,) the cost of each of many digits."""
        values = self.learned.each(Moment("snapshot", moment), _examples(which))
        return Quantities(values, f"each({moment}, {which})")

    def descent(
        self, rate: float, batch_size: int, steps: int, *, every: int = 1, seed: int = 0
    ) -> Quantities:
        """(steps / every + 1,) costs of all training digits on another way from the start."""
        values = self.learned.descent(rate, batch_size, steps, every, seed)
        return Quantities(values, f"descent({rate!r}, {batch_size}, {steps}, {every}, {seed})")

    def angles(self, moment: int, batch_size: int, count: int, *, seed: int = 0) -> Quantities:
        """(count,) degrees between the gradients of batches and that of all training digits."""
        values = self.learned.angles(Moment("snapshot", moment), batch_size, count, seed)
        return Quantities(values, f"angles({moment}, {batch_size}, {count}, {seed})")

    # --- what it is -------------------------------------------------------------------------
    def weights(self, moment: int, layer: int) -> Quantities:
        """(n_out, n_in) those of a layer."""
        values = self.snapshots[moment].mlp.layers[layer - 1].weights
        return Quantities(values, f"weights({moment})[{layer}]")

    def biases(self, moment: int, layer: int) -> Quantities:
        """(n_out,) those of a layer."""
        values = self.snapshots[moment].mlp.layers[layer - 1].biases
        return Quantities(values, f"biases({moment})[{layer}]")

    def parameters(self, moment: int) -> list[Quantities]:
        """All of them, as a :class:`litnet.ParameterMap` takes them."""
        found = []
        for layer, size in enumerate(self.sizes[1:], 1):
            if layer == 1:
                found += [self.weights_to(moment, 1, neuron) for neuron in range(size)]
            else:
                weights = self.weights(moment, layer)
                found.append(replace(weights, source=f"flat({weights.source})"))
            biases = self.biases(moment, layer)
            found.append(replace(biases, values=biases.values[:, None]))
        return found

    def all_nudges(self, moment: Moment | int, which: Digit | str) -> list[Quantities]:
        """How each of them should change, in the same order."""
        found = []
        for layer, size in enumerate(self.sizes[1:], 1):
            nudges = self.nudges(moment, which, layer)
            if layer == 1:
                found += [
                    Quantities(nudges.values[n].reshape(SIDE, SIDE), f"{nudges.source}[{n}]")
                    for n in range(size)
                ]
            else:
                found.append(replace(nudges, source=f"flat({nudges.source})"))
            biases = self.bias_nudges(moment, which, layer)
            found.append(replace(biases, values=biases.values[:, None]))
        return found

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

    def flow(self, number: int) -> Quantities:
        """The same, with its source."""
        text = f"carried({self.moment}, {_text(self.digit)})[{number}]"
        return Quantities(self.contributions(number), text)


def _moment(moment: Moment | int) -> tuple[Moment, str]:
    """Which network, and how a source names it."""
    if isinstance(moment, int):
        return Moment("snapshot", moment), str(moment)
    if moment.kind == "snapshot":
        return moment, str(moment.number)
    if moment.kind == "file":
        return moment, source("x", moment.file)[2:-1]
    return moment, f"{moment.kind}({moment.number})"


def _examples(which: Digit | str) -> Examples:
    if isinstance(which, str):
        if which.startswith("batch("):
            return Examples("batch", int(which.removeprefix("batch(").rstrip(")")))
        if which.startswith("training("):
            return Examples("training", int(which.removeprefix("training(").rstrip(")")))
        return Examples("all" if which == "training" else which)
    if which.made is not None:
        return Examples("noise", int(which.made.removeprefix("noise(").rstrip(")")))
    return Examples("file", file=which.name)


def _text(which: Digit | str) -> str:
    if isinstance(which, str):
        return which
    return which.made or source("x", which.name)[2:-1]
