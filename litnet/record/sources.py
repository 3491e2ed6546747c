"""Where numbers come from: the sources that there are.

A source is an expression in Python's own grammar, of the names and calls in the tables here;
``docs/record.md`` lists them. A film checks each number on screen against its source when it is
made; questions and lessons are answered over its record, by the same evaluator
(``litnet.record.expressions``).

>>> evaluate("sum(network.sizes[1:3])", ground)
32.0
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from litnet.record.expressions import Expression, FromOne, Grammar, NoValueError, there
from litnet.record.ground import Ground, Read
from litnet.record.judging import lit, noise, switched, switching
from litnet.record.quantities import Floats
from network.activations import Activation, get_activation
from network.errors import InputError
from network.forward_pass import contributions
from network.parameters import parameters_of

MANY = 100  # pictures of noise that a network is shown
SOURCES = Grammar()


@cache
def parsed(text: str) -> Expression:
    """Read a source; file names that stand without quotes, as in older records, are understood.

    Raises
    ------
    SourceError
        It is none.
    """
    return SOURCES.parsed(text)


def evaluate(source: str, ground: Ground) -> float:
    """The number that a source says over a film or a record.

    Raises
    ------
    SourceError
        It cannot be read, or the ground does not say it.
    """
    return parsed(source).value(ground)


SOURCES.name("network.sizes", 1)(lambda ground: ground.sizes())
SOURCES.name("pixels.rows", 0)(
    lambda ground: there(ground.shape(), "no picture is shown in this clip")[0]
)
SOURCES.name("pixels.columns", 0)(
    lambda ground: there(ground.shape(), "no picture is shown in this clip")[1]
)
SOURCES.name("edges.drawn", 0)(
    lambda ground: there(ground.edges(), "no connections are shown in this clip")[0]
)
SOURCES.name("edges.total", 0)(
    lambda ground: there(ground.edges(), "no connections are shown in this clip")[1]
)
SOURCES.name("network.parameters", 0)(
    lambda ground: there(ground.parameters(), "no network was run for this clip")
)
SOURCES.name("signed", 1)(
    lambda ground: range(there(ground.signed(), "no pictures of signed numbers"))
)


@SOURCES.call("tick", "real", depth=0)
def _tick(ground: Ground, value: float) -> float:
    if not np.isclose(ground.ticks(), value, rtol=1e-9, atol=1e-9).any():
        raise NoValueError("no scale in that frame has a mark there")
    return value


SOURCES.name("noise", 1)(lambda ground: range(MANY))
SOURCES.name("digits", 1)(lambda ground: ground.judged().labels)
SOURCES.name("unjudged", 1)(lambda ground: np.ones(len(ground.judged().labels)))

SOURCES.of_reading("activations", 2)(lambda read: _run(read).activations)
SOURCES.of_reading("prediction", 0)(lambda read: _run(read).prediction)
SOURCES.of_reading("confidence", 0)(lambda read: _run(read).confidence)
SOURCES.of_reading("label", 0)(lambda read: there(read.label, "is no number in this clip"))
SOURCES.of_reading("weights", 3)(
    lambda read: FromOne(len(read.mlp.layers), lambda n: read.mlp.layers[n - 1].weights)
)
SOURCES.of_reading("biases", 2)(
    lambda read: FromOne(len(read.mlp.layers), lambda n: read.mlp.layers[n - 1].biases)
)


SOURCES.of_reading("parameters", 1)(lambda read: parameters_of(read.mlp))


@SOURCES.of_reading("contributions", 3)
def _contributions(read: Read) -> FromOne:
    layers, activations = read.mlp.layers, _run(read).activations
    return FromOne(len(layers), lambda n: contributions(layers[n - 1].weights, activations[n - 1]))


@SOURCES.of_reading("z", 2)
def _sums(read: Read) -> FromOne:
    layers, activations = read.mlp.layers, _run(read).activations
    return FromOne(
        len(layers),
        lambda n: layers[n - 1].weights @ np.asarray(activations[n - 1]) + layers[n - 1].biases,
    )


@SOURCES.of_reading("sums", 2)
def _arriving(read: Read) -> FromOne:
    layers, activations = read.mlp.layers, _run(read).activations
    return FromOne(
        len(layers), lambda n: layers[n - 1].weights @ np.asarray(activations[n - 1], np.float64)
    )


def _run(read: Read) -> Read:
    if not len(read.activations):
        raise NoValueError("no network was run for this clip")
    return read


SOURCES.call("sum", "list", depth=0)(lambda ground, values: sum(np.asarray(values).tolist()))
SOURCES.call("len", "lists", depth=0)(lambda ground, values: len(values))
SOURCES.call("count", "list", depth=0)(lambda ground, values: np.count_nonzero(values))
SOURCES.call("median", "list", depth=0)(lambda ground, values: float(np.median(values)))
SOURCES.call("above", "list", "real", depth=1)(
    lambda ground, values, limit: (np.asarray(values) > limit).astype(float)
)
SOURCES.call("flat", "rows", depth=1)(lambda ground, rows: np.asarray(rows).ravel())
SOURCES.call("transposed", "rows", depth=2)(lambda ground, rows: np.asarray(rows).T)
SOURCES.call("positive", "list", depth=1)(lambda ground, values: np.clip(values, 0, None))
SOURCES.call("negative", "list", depth=1)(lambda ground, values: np.clip(values, None, 0))

SOURCES.call("pixels", "file", depth=1)(lambda ground, file: ground.image(file).ravel())
SOURCES.call("noise", "number", depth=1)(lambda ground, seed: noise(seed).ravel())
SOURCES.call("label", "file", depth=0)(
    lambda ground, file: there(ground.label(file), "nobody knows what that file shows")
)


@SOURCES.call("overlay", "file", "file", depth=1)
def _overlay(ground: Ground, first: str, second: str) -> Floats:
    mean: Floats = ((ground.image(first) + ground.image(second)) / 2).ravel()
    return mean


@SOURCES.call("switched", "file", "file", "number", depth=1)
def _switched(ground: Ground, first: str, second: str, count: int) -> Floats:
    one, other = ground.image(first), ground.image(second)
    most = len(switching(one, other))
    if count > most:
        raise NoValueError(f"the two differ in {most} pixels, not in {count}")
    return switched(one, other, count).ravel()


SOURCES.call("tips", "file", "file", depth=0)(
    lambda ground, first, second: ground.judged().tips(ground.image(first), ground.image(second))
)


@SOURCES.call("differing", "file", "file", depth=1)
def _differing(ground: Ground, first: str, second: str) -> Floats:
    apart: Floats = (ground.image(first) != ground.image(second)).astype(float).ravel()
    return apart


@SOURCES.call("agree", "file", "file", depth=1)
def _agree(ground: Ground, first: str, second: str) -> Floats:
    both: Floats = (lit(ground.image(first)) & lit(ground.image(second))).astype(float).ravel()
    return both


@SOURCES.call("either", "file", "file", depth=1)
def _either(ground: Ground, first: str, second: str) -> Floats:
    one: Floats = (lit(ground.image(first)) | lit(ground.image(second))).astype(float).ravel()
    return one


@SOURCES.call("share", "file", "file", depth=0)
def _share(ground: Ground, first: str, second: str) -> float:
    either = max(1, np.count_nonzero(_either(ground, first, second)))
    return float(100 * _agree(ground, first, second).sum() / either)


SOURCES.call("ink", "file", depth=0)(lambda ground, file: float(ground.image(file).sum()))
SOURCES.call("ink", "number", "file", depth=0)(
    lambda ground, label, file: ground.judged().averages("ink", file)[_label(label)][0]
)
SOURCES.call("average", "number", "file", depth=1)(
    lambda ground, label, file: ground.judged().averages("average", file)[_label(label)]
)
SOURCES.call("distance", "number", "file", depth=0)(
    lambda ground, label, file: ground.judged().distances("average", ground.image(file), file)[
        _label(label)
    ]
)
SOURCES.call("answer", "rule", "file", depth=0)(
    lambda ground, rule, file: ground.judged().answer(rule, ground.image(file), file)
)
SOURCES.call("right", "rule", depth=1)(lambda ground, rule: ground.judged().right(rule))
SOURCES.call("misread", "rule", depth=1)(lambda ground, rule: 1 - ground.judged().right(rule))
SOURCES.call("arriving", "number", "number", depth=1)(
    lambda ground, layer, neuron: ground.judged().arriving(layer, neuron)
)
SOURCES.call("lit", "number", "number", depth=1)(
    lambda ground, layer, neuron: ground.judged().lit(layer, neuron)
)
SOURCES.call("lit", "number", "number", "real", depth=1)(
    lambda ground, layer, neuron, bias: ground.judged().lit(layer, neuron, bias)
)
SOURCES.call("wrong", "rule", depth=0)(
    lambda ground, rule: np.count_nonzero(ground.judged().right(rule) == 0)
)


# Of activation functions, and of further training runs, by their files.
SOURCES.call("function", "name", "real", depth=0)(
    lambda ground, name, z: float(_activation(name).function(np.array([z]))[0])
)


@SOURCES.call("slope", "name", "real", depth=0)
def _slope(ground: Ground, name: str, z: float) -> float:
    at, found = np.array([z]), _activation(name)
    derivative = there(found.derivative, f"{name} has no slope of its own")
    return float(derivative(at, found.function(at))[0])


SOURCES.call("unseen_accuracies", "file", depth=1)(
    lambda ground, file: ground.run(file).unseen_accuracies
)


SOURCES.call("training_costs", "file", depth=1)(lambda ground, file: ground.run(file).costs)
SOURCES.call("training_accuracies", "file", depth=1)(
    lambda ground, file: ground.run(file).accuracies
)
for _said in ("digits", "epochs", "right"):
    SOURCES.call(f"card_{_said}", "file", depth=0)(
        lambda ground, file, said=_said: getattr(ground.card(file), said)
    )


@SOURCES.call("unseen_right", "file", "number", depth=1)
def _unseen_right(ground: Ground, file: str, place: int) -> Floats:
    snapshots = ground.run(file).snapshots
    if place >= len(snapshots):
        raise NoValueError(f"there is no number {place}, expected 0 to {len(snapshots) - 1}")
    return ground.judged().right_by(snapshots[place].mlp)


def _activation(name: str) -> Activation:
    try:
        return get_activation(name)
    except InputError as error:
        raise NoValueError("knows no such function") from error


# Of learning: a moment is a snapshot's place, ``before(STEP)``, ``after(STEP)`` or a model's file;
# examples are a digit's file, ``training(N)``, ``training``, ``unseen`` or ``batch(STEP)``.
for _fact in ("epochs", "learning_rate", "batch_size", "training_digits", "seed"):
    SOURCES.name(f"history.{_fact}", 0)(
        lambda ground, fact=_fact: getattr(ground.learned().history, fact)
    )
for _fact in ("costs", "accuracies", "unseen_costs", "unseen_accuracies"):
    SOURCES.name(f"history.{_fact}", 1)(
        lambda ground, fact=_fact: getattr(ground.learned().history, fact)
    )
SOURCES.name("history.snapshots", 1)(
    lambda ground: [s.step for s in ground.learned().history.snapshots]
)
SOURCES.name("history.rounds", 1)(lambda ground: ground.learned().rounds)
SOURCES.name("history.steps", 1)(lambda ground: [s.number for s in ground.learned().history.steps])
SOURCES.name("path", 2)(lambda ground: ground.learned().plane.coordinates)
SOURCES.name("path.across", 1)(lambda ground: ground.learned().plane.coordinates[:, 0])
SOURCES.name("path.up", 1)(lambda ground: ground.learned().plane.coordinates[:, 1])
SOURCES.name("path.share", 0)(lambda ground: ground.learned().plane.share)

SOURCES.call("weights", "moment", depth=3)(
    lambda ground, moment: _layers([one.weights for one in ground.learned().mlp(moment).layers])
)
SOURCES.call("biases", "moment", depth=2)(
    lambda ground, moment: _layers([one.biases for one in ground.learned().mlp(moment).layers])
)
SOURCES.call("activations", "moment", "one", depth=2)(
    lambda ground, moment, one: ground.learned().forward(moment, one).activations
)
SOURCES.call("carried", "moment", "one", depth=3)(
    lambda ground, moment, one: _layers(ground.learned().carried(moment, one))
)
SOURCES.call("z", "moment", "one", depth=2)(
    lambda ground, moment, one: _layers([z.z for z in ground.learned().forward(moment, one).layers])
)
SOURCES.call("reads", "moment", "one", depth=0)(
    lambda ground, moment, one: ground.learned().forward(moment, one).prediction
)
SOURCES.call("target", "one", depth=1)(lambda ground, one: ground.learned().examples(one)[1])
SOURCES.call("training_pixels", "one", depth=1)(lambda ground, one: ground.learned().picture(one))
SOURCES.call("cost", "moment", "examples", depth=0)(
    lambda ground, moment, which: ground.learned().cost(moment, which)
)
SOURCES.call("costs", "examples", depth=1)(lambda ground, which: ground.learned().costs(which))
SOURCES.call("right", "moment", "examples", depth=1)(
    lambda ground, moment, which: ground.learned().right(moment, which)
)
SOURCES.call("accuracy", "moment", "examples", depth=0)(
    lambda ground, moment, which: float(ground.learned().right(moment, which).mean())
)
SOURCES.call("weight_gradients", "moment", "examples", depth=3)(
    lambda ground, moment, which: _layers(ground.learned().mean_gradients(moment, which).weights)
)
SOURCES.call("bias_gradients", "moment", "examples", depth=2)(
    lambda ground, moment, which: _layers(ground.learned().mean_gradients(moment, which).biases)
)
SOURCES.call("nudges", "moment", "examples", depth=3)(
    lambda ground, moment, which: _layers(
        [-w for w in ground.learned().mean_gradients(moment, which).weights]
    )
)
SOURCES.call("bias_nudges", "moment", "examples", depth=2)(
    lambda ground, moment, which: _layers(
        [-b for b in ground.learned().mean_gradients(moment, which).biases]
    )
)
SOURCES.call("steepness", "moment", "examples", depth=0)(
    lambda ground, moment, which: ground.learned().steepness(moment, which)
)
SOURCES.name("never", 1)(lambda ground: ground.learned().never)
SOURCES.call("each", "moment", "examples", depth=1)(
    lambda ground, moment, which: ground.learned().each(moment, which)
)
SOURCES.call("terms", "moment", "one", depth=1)(
    lambda ground, moment, one: ground.learned().terms(moment, one)
)
SOURCES.call("descent", "real", "number", "number", "number", "number", depth=1)(
    lambda ground, rate, size, steps, every, seed: ground.learned().descent(
        rate, size, steps, every, seed
    )
)
SOURCES.call("angles", "moment", "number", "number", "number", depth=1)(
    lambda ground, moment, size, count, seed: ground.learned().angles(moment, size, count, seed)
)
SOURCES.call(
    *("slice", "moment", "examples", "number", "number", "number", "real", "real", "number"),
    depth=1,
)(
    lambda ground, moment, which, layer, to, start, low, high, count: ground.learned().slice(
        moment, which, layer, (to, start), (low, high), count
    )
)
_ROLLED = ("moment", "examples", "number", "number", "number", "real", "real", "number")
for _column, _name in enumerate(("rolled", "rolled_costs", "rolled_slopes")):
    SOURCES.call(_name, *_ROLLED, depth=1)(
        lambda ground, moment, which, layer, to, origin, start, rate, steps, column=_column: (
            ground.learned().rolled(moment, which, layer, (to, origin), start, rate, steps)[
                :, column
            ]
        )
    )
SOURCES.call("between", "moment", "moment", "examples", "number", depth=1)(
    lambda ground, start, end, which, count: ground.learned().between(start, end, which, count)
)
SOURCES.call("activation_gradients", "moment", "one", depth=2)(
    lambda ground, moment, one: ground.learned().back(moment, one).activations
)
SOURCES.call("wishes", "moment", "one", depth=2)(
    lambda ground, moment, one: [-a for a in ground.learned().back(moment, one).activations]
)
SOURCES.call("asks", "moment", "one", depth=3)(
    lambda ground, moment, one: _layers(ground.learned().asks(moment, one))
)
SOURCES.call("z_wishes", "moment", "one", depth=2)(
    lambda ground, moment, one: _layers(
        [-z for z in ground.learned().back(moment, one).pre_activations]
    )
)
SOURCES.call("z_gradients", "moment", "one", depth=2)(
    lambda ground, moment, one: _layers(ground.learned().back(moment, one).pre_activations)
)
SOURCES.call("confidences", "one", depth=1)(lambda ground, one: ground.learned().confidences(one))
SOURCES.call("taught", "file", depth=1)(lambda ground, file: ground.learned().taught(file))
SOURCES.call("slopes", "moment", "one", depth=2)(
    lambda ground, moment, one: _layers(ground.learned().slopes(moment, one))
)
SOURCES.call("back_terms", "moment", "one", depth=3)(
    lambda ground, moment, one: _layers(ground.learned().back_terms(moment, one))
)
SOURCES.call("turned", "moment", "one", "number", "number", "number", "real", depth=2)(
    lambda ground, moment, one, layer, to, start, by: (
        ground.learned().turned(moment, one, layer, (to, start), by).activations
    )
)
SOURCES.call("batch", "number", depth=1)(lambda ground, step: ground.learned().batch(step))
SOURCES.call("nudged", "moment", "examples", "number", "number", "number", "real", depth=0)(
    lambda ground, moment, which, layer, to, start, by: ground.learned().nudged(
        moment, which, layer, (to, start), by
    )
)
SOURCES.call("nudged", "moment", "examples", "number", "number", "real", depth=0)(
    lambda ground, moment, which, layer, to, by: ground.learned().nudged(
        moment, which, layer, (to,), by
    )
)
SOURCES.call("along", "moment", "moment", "examples", "real", depth=0)(
    lambda ground, start, end, which, share: ground.learned().along(start, end, which, share)
)
SOURCES.call("on_plane", "examples", "real", "real", depth=0)(
    lambda ground, which, across, up: ground.learned().on_plane(which, across, up)
)
SOURCES.call("plane", "examples", "real", "real", "number", "real", "real", "number", depth=1)(
    lambda ground, which, left, right, columns, low, high, rows: ground.learned().over_plane(
        which, (left, right, columns), (low, high, rows)
    )
)


def _layers(arrays: Sequence[Any]) -> FromOne:
    return FromOne(len(arrays), lambda n: arrays[n - 1])


def _label(label: int) -> int:
    if not 0 <= label <= 9:
        raise NoValueError(f"there is no digit {label}")
    return label
