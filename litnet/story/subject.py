"""What a story films: the network, the digit, and what the one makes of the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from msgspec import UNSET, UnsetType

from litnet.project import real_path, shown_path
from litnet.record import schema
from litnet.record.expressions import source
from litnet.record.ground import changed
from litnet.record.inputs import Card, Digits, File, History, Model, Training
from litnet.record.inputs import Digit as DigitInput
from litnet.record.judging import Judged
from litnet.record.learning import Learned, learned_from
from litnet.record.pupils import Pupil, pupil_of
from litnet.record.quantities import Floats, Quantities, Quantity
from litnet.record.sources import parsed
from litnet.record.variant import Variant, reading_options
from litnet.story.refusals import MOST_NEURONS, check_run, check_shape
from litnet.story.run import TrainingRun
from litnet.style import LightScale
from network import MLP, ForwardPass, InputError, contributions, load_network
from network.classes import class_names
from network.digits import SIDE, bundled_digits, hero_digit, read_image
from network.files import real
from network.history import History as TrainingRecord
from network.history_file import SUFFIX, load_history
from network.parameters import parameters_of, scrambled
from network.trained import Training as HowTrained
from network.trained import trained_as
from network.vectors import SUFFIXES, load_vector

SIDES = (8, 64)  # from and to, of an input that is a square picture that can be filmed


@dataclass(frozen=True, eq=False)
class Digit:
    """The digit that is filmed: its image (rows, columns) in [0, 1], and what it is, if known.

    For a network that reads no pictures it is a list of numbers (n,), of any size.
    ``made`` says of a picture that no file holds how it was made, such as ``"noise(7)"``; ``pupil``
    is who wrote it, if that is known.
    """

    path: Path
    image: Floats
    label: int | None
    made: str | None = None
    pupil: str = ""

    @cached_property
    def name(self) -> str:
        """The file as the record names it: relative to the project, or else as it was given."""
        return self.made or shown_path(self.path)

    @property
    def pixels(self) -> Quantities:
        """Its greys, as a picture."""
        return Quantities(self.image, self.made or source("pixels", self.name))


@dataclass(frozen=True, eq=False)
class Reading:
    """What a network makes of a digit; hands out its numbers, each with its source.

    ``number`` is its place among the record's ``readings``; None is what the filmed network makes
    of the filmed digit.
    """

    number: int | None
    model: Path
    digit: Digit
    mlp: MLP
    forward_pass: ForwardPass
    made: str | None = None  # says of a network that no file holds how it was made
    change: schema.Change | None = None

    def _source(self, name: str) -> str:
        return name if self.number is None else f"readings[{self.number}].{name}"

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons in each layer, the input first."""
        return self.mlp.sizes

    @property
    def activations(self) -> tuple[Floats, ...]:
        """(n,) of each layer, the input first."""
        return self.forward_pass.activations

    @property
    def answer(self) -> int:
        """The brightest output."""
        return int(self.forward_pass.prediction)

    @property
    def label(self) -> int | None:
        """What the digit is, if that is known."""
        return self.digit.label

    @property
    def prediction(self) -> Quantity:
        """The brightest output."""
        return Quantity(self.answer, self._source("prediction"))

    @property
    def confidence(self) -> Quantity:
        """The activation of the brightest output."""
        return Quantity(float(self.forward_pass.confidence), self._source("confidence"))

    def layer(self, number: int) -> Quantities:
        """The activations of a layer, 0 for the input, which has the picture's shape."""
        values = self.activations[number]
        scale = LightScale.of(values)
        shaped = values if number else values.reshape(self.digit.image.shape)
        place = (number, self.number)
        return Quantities(shaped, f"activations[{number}]", *place, scale.low, scale.high)

    @property
    def picture(self) -> Quantities:
        """The digit's greys as those of its file, whatever the network is."""
        return replace(self.digit.pixels, reading=self.number)

    def activation(self, layer: int, neuron: int) -> Quantity:
        """That of one neuron."""
        return self.layer(layer).one(neuron)

    def flow(self, layer: int) -> Quantities:
        """(n_out, n_in) what each connection that leads to a layer carries."""
        text = f"contributions[{layer}]"
        text = text if self.number is None else f"readings[{self.number}].{text}"
        return Quantities(self.contributions(layer), text)

    def contributions(self, layer: int) -> Floats:
        """(n_out, n_in) weight times activation, of all connections that lead to a layer."""
        return contributions(self.mlp.layers[layer - 1].weights, self.activations[layer - 1])

    def contributions_to(self, layer: int, neuron: int) -> Quantities:
        """Those to one neuron; from the input, in the picture's shape."""
        name = self._source(f"contributions[{layer}][{neuron}]")
        return Quantities(self._shaped(layer, self.contributions(layer)[neuron]), name)

    def weights_to(self, layer: int, neuron: int) -> Quantities:
        """The weights that lead to one neuron; from the input, in the picture's shape."""
        weights = self.mlp.layers[layer - 1].weights[neuron]
        return Quantities(self._shaped(layer, weights), self._source(f"weights[{layer}][{neuron}]"))

    def _shaped(self, layer: int, numbers: Floats) -> Floats:
        return numbers.reshape(self.digit.image.shape) if layer == 1 else numbers

    @property
    def parameters(self) -> Quantities:
        """(n,) all weights and biases: of each layer its weights, row by row, then its biases."""
        return Quantities(parameters_of(self.mlp), self._source("parameters"))

    def bias(self, layer: int, neuron: int) -> Quantity:
        """The bias of a neuron."""
        value = float(self.mlp.layers[layer - 1].biases[neuron])
        return Quantity(value, self._source(f"biases[{layer}][{neuron}]"))

    def z(self, layer: int, neuron: int) -> Quantity:
        """What a neuron's activation is computed from: all that arrives, and its bias."""
        value = float(self.forward_pass.layers[layer - 1].z[neuron])
        return Quantity(value, self._source(f"z[{layer}][{neuron}]"))

    def forward_pass_record(self) -> schema.ForwardPass:
        """As it stands in the record, of what the filmed network makes of the filmed digit."""
        one = self.record()
        return schema.ForwardPass(one.activations, one.prediction, one.confidence)

    def record(self) -> schema.Reading:
        """As it stands among the record's readings."""
        return schema.Reading(
            self.made or shown_path(self.model),
            self.digit.name,
            self.digit.label,
            tuple(tuple(a.tolist()) for a in self.activations),
            self.answer,
            float(self.forward_pass.confidence),
            UNSET if self.change is None else self.change,
        )


@dataclass(frozen=True, eq=False)
class Turned:
    """What a network makes of a digit with one of its numbers at any value; see ``read_changed``.

    What it gives stands in no record: it is for animations, whose end is a reading.
    """

    reading: Reading
    layer: int
    neuron: int
    start: int | None

    def __call__(self, value: float) -> Reading:
        """The reading with that value."""
        one, change = self.reading, schema.Change(self.layer, self.neuron, self.start, value)
        mlp = changed(one.mlp, change)
        return replace(one, mlp=mlp, forward_pass=mlp.forward(one.activations[0]), change=change)


class Subject:
    """What is filmed, loaded when it is first needed; what was loaded is an input of the clip.

    Parameters
    ----------
    story
        Its name, for sentences.
    variant
        What to film.
    network_reads, films_vectors, needs_digits, shows_learning
        See :class:`litnet.story.scene.LitScene`.
    """

    def __init__(
        self,
        story: str,
        variant: Variant,
        *,
        network_reads: bool,
        films_vectors: bool,
        needs_digits: bool,
        shows_learning: bool = False,
    ) -> None:
        self.story, self.variant = story, variant
        self.network_reads, self.films_vectors = network_reads, films_vectors
        self.needs_digits, self.shows_learning = needs_digits, shows_learning
        self.inputs: dict[tuple[str, str], schema.Input] = {}
        self.filmed: Reading | None = None  # what the network makes of the digit, once it read it
        self.loaded: dict[str, Digit] = {}  # digits from files, by their names in the record
        self.readings: list[Reading] = []
        self.runs: dict[str, TrainingRecord] = {}  # further ones, by their names in the record
        self.cards: dict[str, HowTrained] = {}  # by their names in the record
        self.ran: MLP | None = None
        self.compares = False

    def _add_input(self, entry: schema.Input) -> None:
        self.inputs[entry.role, entry.path] = entry

    @property
    def model_file(self) -> Path:
        """The file of the network that is filmed."""
        return real_path(str(self.variant.model))

    @property
    def digit_file(self) -> Path:
        """The file of the digit that is filmed."""
        return real_path(str(self.variant.digit))

    @property
    def baseline_file(self) -> Path:
        """The file of the network that it is compared with."""
        return real_path(str(self.variant.baseline))

    # --- training ------------------------------------------------------------------------------
    @property
    def history_file(self) -> Path:
        """The file of the training run that is filmed."""
        return real_path(str(self.variant.history))

    @cached_property
    def run(self) -> TrainingRun:
        """The training run that is filmed; see :attr:`litnet.story.scene.LitScene.run`."""
        ground, folder = FilmGround(self), real_path(str(self.variant.training))
        learned = learned_from(
            self.history_file,
            folder,
            ground.image,
            ground.label,
            lambda file: self.load_model(real_path(file)),
            lambda file: self.run_of(real_path(file)),
        )
        check_run(self.story, self.history_file, learned.history)
        self._add_input(History.collect(self.history_file, learned.history))
        self._add_input(Training.collect(folder))
        return TrainingRun(learned)

    def run_of(self, path: Path) -> TrainingRecord:
        """A further training run, from a file that becomes an input."""
        name = shown_path(path)
        if name not in self.runs:
            self.runs[name] = load_history(path)
            self._add_input(History.collect(path, self.runs[name]))
        return self.runs[name]

    def trained_as(self, card: Path) -> HowTrained:
        """How a network was trained, from its card, which becomes an input."""
        name = shown_path(card)
        if name not in self.cards:
            self.cards[name] = trained_as(card)
            self._add_input(File.collect(card, "card"))
        return self.cards[name]

    # --- networks ------------------------------------------------------------------------------
    @cached_property
    def network(self) -> MLP:
        """The network that is filmed; see :attr:`litnet.story.scene.LitScene.network`."""
        if self.shows_learning:
            self.ran = self.run.history.mlp
            return self.ran
        network = self.load_model(self.model_file)
        if self.needs_digits and (network.sizes[0], network.sizes[-1]) != (784, 10):
            raise InputError(
                f"{self.story} shows the bundled digits and needs a network from 28 x 28 "
                f"pixels to 10 outputs, but {self.model_file} goes from {network.sizes[0]:,} "
                f"inputs to {network.sizes[-1]:,} outputs; LayerIntro can show it."
            )
        self.ran = network
        return network

    @cached_property
    def baseline_run(self) -> TrainingRecord | None:
        """The training run whose networks the filmed one is compared with, if the baseline's file
        is one; InputError for a run without an epoch."""
        file = self.baseline_file
        if not file.name.endswith(SUFFIX):
            return None
        history = load_history(file)
        check_shape(file, history.mlp.sizes)
        if not any(snapshot.epoch >= 1 for snapshot in history.snapshots):
            raise InputError(
                f"{file}: found a run with no snapshot after an epoch, but {self.story} shows how "
                "the network learns; expected at least one."
            )
        self._add_input(History.collect(file, history, setting="before"))
        return history

    @cached_property
    def baseline(self) -> MLP:
        """The network that it is compared with; see :class:`litnet.story.scene.LitScene`."""
        run = self.baseline_run
        network = run.snapshots[0].mlp if run else self.load_model(self.baseline_file)
        ends = [(one.sizes[0], one.sizes[-1]) for one in (network, self.network)]
        if ends[0] != ends[1]:
            raise InputError(
                f"{self.story} compares {self.model_file}, from {ends[1][0]:,} inputs "
                f"to {ends[1][1]:,} outputs, with {self.baseline_file}, from {ends[0][0]:,} to "
                f"{ends[0][1]:,}; expected two of the same inputs and outputs (LITNET_BEFORE, or "
                "litnet diff OLD NEW --film)."
            )
        self.compares = True
        return network

    def load_model(self, path: Path) -> MLP:
        """A network from a file that becomes an input; InputError if it cannot be filmed."""
        network = load_network(path)
        check_shape(path, network.sizes)
        # Another one may be named as the baseline tomorrow.
        named = {"setting": "before"} if shown_path(path) == self.variant.baseline else {}
        self._add_input(Model.collect(path, network, **named))
        return network

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """What the outputs of the filmed network stand for, as its card says; else numbers."""
        names = class_names(self.model_file, self.network.sizes[-1])
        self._add_input(Card.collect(self.model_file, names))
        return names

    @property
    def names_are_digits(self) -> bool:
        """Whether the filmed network tells the ten digits apart."""
        return self.class_names == tuple("0123456789")

    def size(self, layer: int) -> Quantity:
        """How many neurons a layer of the filmed network has."""
        return Quantity(self.network.sizes[layer], f"network.sizes[{layer}]")

    # --- digits --------------------------------------------------------------------------------
    @cached_property
    def digit(self) -> Digit:
        """The digit that is filmed; see :attr:`litnet.story.scene.LitScene.digit`."""
        return self.load_digit(self.digit_file)

    @cached_property
    def bundled(self) -> tuple[Digit, ...]:
        """The digits that come with litnet, those of a story that shows more than one."""
        listed = bundled_digits()
        self._add_input(Digits.collect())
        return tuple(Digit(digit.path, digit.image(), digit.label) for digit in listed)

    @cached_property
    def known_digit(self) -> Digit:
        """The digit that is filmed, if it is one of the bundled ones; or their hero."""
        if real(self.digit.path) in _bundled_labels():
            return self.digit
        hero = hero_digit().path
        return next(digit for digit in self.bundled if digit.path == hero)

    @property
    def label(self) -> int | None:
        """What the filmed digit is, where that is known and is a class of the filmed network."""
        return self.digit.label if self.names_are_digits else None

    def load_digit(self, path: Path) -> Digit:
        """A digit from a file that becomes an input."""
        labels = _bundled_labels()
        own = real(path) in labels
        pupil = Pupil(digit=labels[real(path)]) if own else pupil_of(path)
        image, read_as = self._load_input(path)
        digit = Digit(path, image, pupil.digit, pupil=pupil.name)
        self.loaded[digit.name] = digit
        self._add_input(DigitInput.collect(path, digit.label, digit.pupil, read_as))
        return digit

    @property
    def pupil(self) -> str:
        """Who wrote the digit that is filmed, once it was loaded, if that is known; else ""."""
        shown = "digit" in self.__dict__ and self.digit.image.ndim == 2
        return self.digit.pupil if shown else ""

    def _load_input(self, path: Path) -> tuple[Floats, schema.ReadAs | UnsetType]:
        """What the network reads: a picture (side, side), and how it was read, or numbers (n,)."""
        if not self.network_reads:
            return self._scanned(path)
        n = self.network.sizes[0]
        side = side_of(n)
        numbers = path.suffix.lower() in SUFFIXES
        if side is not None and not numbers:
            return self._scanned(path, side)
        model = self.history_file if self.shows_learning else self.model_file
        if not self.films_vectors:
            found = f"{path} holds numbers" if side is not None else f"{model} reads {n} numbers"
            raise InputError(f"{self.story} shows pictures, but {found}; LayerIntro can show them.")
        if n > MOST_NEURONS:
            raise InputError(
                f"{model}: the network reads {n:,} numbers, expected at most {MOST_NEURONS:,}, "
                f"or a picture of {SIDES[0]} x {SIDES[0]} to {SIDES[1]} x {SIDES[1]} pixels."
            )
        if not numbers:
            raise InputError(
                f"{path}: found a file that is not a list of numbers, but {model} reads {n} "
                f"numbers, which are no square picture; expected a {' or '.join(SUFFIXES)} file "
                f"with {n} numbers."
            )
        return load_vector(path, n), UNSET

    def _scanned(self, path: Path, side: int = SIDE) -> tuple[Floats, schema.ReadAs]:
        """A picture (side, side), and how it was read: the filmed one as the variant says."""
        filmed = shown_path(path) == self.variant.digit
        found = read_image(path, side, **reading_options(self.variant.read_as if filmed else None))
        found.warn()
        prepared = found.preparation is not None
        return found.image, schema.ReadAs("dark" if found.dark else "light", prepared, found.said)

    # --- readings ------------------------------------------------------------------------------
    def read(self) -> Reading:
        """Let the filmed network read the filmed digit; InputError if its size is another."""
        digit, model = self.digit, self.model_file
        self.filmed = Reading(
            None, model, digit, self.network, _forward(self.network, model, digit)
        )
        return self.filmed

    def read_another(self, digit: Digit, model: Path | None = None) -> Reading:
        """Let a network read one more digit, which stands in the record's ``readings``."""
        network = self.network if model is None else self.load_model(model)
        model = model or self.model_file
        forward_pass = _forward(network, model, digit)
        self.readings.append(Reading(len(self.readings), model, digit, network, forward_pass))
        return self.readings[-1]

    def read_baseline(self, moment: int | None = None) -> Reading:
        """Let the network that the filmed one is compared with read the filmed digit.

        ``moment`` is the place of a snapshot, where the baseline is a training run.
        """
        file = self.baseline_file
        if moment is None or self.baseline_run is None:
            return self.read_another(self.digit, file)
        network = self.baseline_run.snapshots[moment].mlp
        made = source("snapshot", shown_path(file), moment)
        forward_pass = _forward(network, file, self.digit)
        self.readings.append(
            Reading(len(self.readings), file, self.digit, network, forward_pass, made)
        )
        return self.readings[-1]

    def read_scrambled(self, seed: int) -> Reading:
        """Let the filmed network read the filmed digit with all of its numbers permuted."""
        network, model = scrambled(self.network, seed), Path(f"scrambled({seed})")
        forward_pass = _forward(network, model, self.digit)
        self.readings.append(
            Reading(len(self.readings), model, self.digit, network, forward_pass, str(model))
        )
        return self.readings[-1]

    def read_changed(self, change: schema.Change) -> Reading:
        """Let the filmed network, with one number turned by hand, read the filmed digit."""
        network, model = changed(self.network, change), self.model_file
        forward_pass = _forward(network, model, self.digit)
        number = len(self.readings)
        self.readings.append(
            Reading(number, model, self.digit, network, forward_pass, change=change)
        )
        return self.readings[-1]

    def number(self, call: str, *arguments: object) -> Quantity:
        """A number by its source: ``number("prediction")``, ``number("ink", 3, digit)``."""
        text = _text(call, arguments)
        return Quantity(parsed(text).value(FilmGround(self)), text)

    def numbers(self, call: str, *arguments: object, shape: Sequence[int] = (-1,)) -> Quantities:
        """Numbers for cells by their source: ``numbers("agree", digit, other, shape=(28, 28))``."""
        text = _text(call, arguments)
        return Quantities(parsed(text).values(FilmGround(self)).reshape(shape), text)

    @cached_property
    def judged(self) -> Judged:
        """The bundled digits, sorted by their labels, and what rules make of them."""
        digits = [(digit.name, int(digit.label or 0), digit.image) for digit in self.bundled]
        return Judged(digits, lambda: self.network)

    @property
    def telling_digit(self) -> Digit:
        """The bundled digit that the network misreads most surely; see
        :attr:`litnet.record.judging.Judged.most_telling`."""
        return self.sorted_digits[self.judged.most_telling]

    @cached_property
    def sorted_digits(self) -> list[Digit]:
        """The bundled digits, sorted by what they are."""
        return sorted(self.bundled, key=lambda digit: int(digit.label or 0))


@dataclass(frozen=True)
class FilmGround:
    """A film that is being made, as the ground of sources.

    ``drawn`` and ``total`` count the connections in the frame, ``grids`` the pictures of signed
    numbers; None outside a frame. ``marks`` are the numbers on its scales.
    """

    subject: Subject
    drawn: int | None = None
    total: int | None = None
    grids: int | None = None
    marks: tuple[float, ...] = ()

    def sizes(self) -> Sequence[int]:
        """See :class:`litnet.record.ground.Ground`."""
        return self.subject.network.sizes

    def parameters(self) -> int | None:
        """See :class:`litnet.record.ground.Ground`."""
        return self.subject.network.parameters

    def read(self, number: int | None) -> _Read:
        """See :class:`litnet.record.ground.Ground`."""
        if number is None:
            return _Read(self.subject.filmed)
        if number >= len(self.subject.readings):
            raise InputError(f"There is no reading {number} in this film.")
        return _Read(self.subject.readings[number])

    def shape(self) -> tuple[int, int] | None:
        """See :class:`litnet.record.ground.Ground`."""
        image = self.subject.digit.image
        return (image.shape[0], image.shape[1]) if image.ndim == 2 else None

    def edges(self) -> tuple[int, int] | None:
        """See :class:`litnet.record.ground.Ground`."""
        return None if self.drawn is None or self.total is None else (self.drawn, self.total)

    def signed(self) -> int | None:
        """See :class:`litnet.record.ground.Ground`."""
        return self.grids

    def ticks(self) -> Sequence[float]:
        """See :class:`litnet.record.ground.Ground`."""
        return self.marks

    def image(self, file: str) -> Floats:
        """See :class:`litnet.record.ground.Ground`."""
        return self._digit(file).image

    def label(self, file: str) -> int | None:
        """See :class:`litnet.record.ground.Ground`."""
        return self._digit(file).label

    def judged(self) -> Judged:
        """See :class:`litnet.record.ground.Ground`."""
        return self.subject.judged

    def learned(self) -> Learned:
        """See :class:`litnet.record.ground.Ground`."""
        if not self.subject.shows_learning:
            raise InputError("No training run is filmed here.")
        return self.subject.run.learned

    def run(self, file: str) -> TrainingRecord:
        """See :class:`litnet.record.ground.Ground`."""
        if file not in self.subject.runs:
            raise InputError(f"{file}: no training run of this film.")
        return self.subject.runs[file]

    def card(self, file: str) -> HowTrained:
        """See :class:`litnet.record.ground.Ground`."""
        if file not in self.subject.cards:
            raise InputError(f"{file}: no card of this film.")
        return self.subject.cards[file]

    def _digit(self, file: str) -> Digit:
        if file in self.subject.loaded:
            return self.subject.loaded[file]
        for digit in self.subject.bundled:
            if digit.name == file:
                return digit
        raise InputError(f"{file}: no digit of this film.")


@dataclass(frozen=True)
class _Read:
    """A reading as sources ask it; without one there are no activations."""

    reading: Reading | None

    @property
    def activations(self) -> Sequence[Floats]:
        return () if self.reading is None else self.reading.activations

    @property
    def prediction(self) -> int:
        assert self.reading is not None
        return self.reading.answer

    @property
    def confidence(self) -> float:
        assert self.reading is not None
        return float(self.reading.forward_pass.confidence)

    @property
    def label(self) -> int | None:
        return None if self.reading is None else self.reading.label

    @property
    def mlp(self) -> MLP:
        if self.reading is None:
            raise InputError("No network was run for this film.")
        return self.reading.mlp


def _text(call: str, arguments: Sequence[object]) -> str:
    if not arguments:
        return call
    return source(call, *(one.name if isinstance(one, Digit) else one for one in arguments))


def _forward(network: MLP, model: Path, digit: Digit) -> ForwardPass:
    image = digit.image
    if network.sizes[0] != image.size:
        raise InputError(
            f"{model}: the network reads {network.sizes[0]} numbers, but {digit.path} has "
            f"{' x '.join(map(str, image.shape))} = {image.size} pixels."
        )
    return network.forward(np.asarray(image).ravel())


def _bundled_labels() -> dict[Path, int]:
    """What the bundled digits are, by their files."""
    return {real(bundled.path): bundled.label for bundled in bundled_digits()}


def side_of(inputs: int) -> int | None:
    """The side of the square picture with as many pixels, if there is one that can be filmed."""
    side = math.isqrt(inputs)
    return side if side * side == inputs and SIDES[0] <= side <= SIDES[1] else None
