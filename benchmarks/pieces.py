"""The pieces that are measured, each drawn by litnet and by stock Manim.

Both painters get the same positions, sizes and brightnesses. Stock Manim draws one ``Square`` a
pixel, one ``Circle`` a neuron and one ``Line`` a connection, and no halos. A piece lasts a given
number of frames; however many they are, they are spread over the whole of its motion.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import manim
import numpy as np
from manim import (
    WHITE,
    Animation,
    Circle,
    LaggedStart,
    Line,
    ManimColor,
    MovingCameraScene,
    Scene,
    Square,
    Transform,
    VGroup,
    config,
    linear,
)
from numpy.typing import NDArray

from litnet import style
from litnet.animations import PixelsIntoNeurons, Propagate
from litnet.mobjects import NetworkDiagram, NeuronLayer, PixelGrid
from litnet.mobjects.cells import Cells, grid_centers
from litnet.story.scene import LitScene
from litnet.story.subject import Digit
from litnet.story.subject import Reading as NetworkReading
from network import MLP, Dense, load_network
from network.digits import load_image

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "assets" / "models" / "vanilla.npz"
DIGIT = ROOT / "assets" / "digits" / "3_hero.png"
HEIGHT = 5.3  # of the input layer, as in the film
LEFT_PLACE = np.array([-3.7, 0.45, 0.0])
RIGHT_PLACE = np.array([3.7, 0.45, 0.0])
OUTPUTS_X = 5.2
DIFFERENT = 6  # sets of random strengths, shown in turn; each differs from the last everywhere

Floats = NDArray[np.float64]
Plays = list[Callable[[], Animation]]


@dataclass
class Reading:
    """A network, a picture, and what the network makes of it."""

    sizes: tuple[int, ...]

    @cached_property
    def image(self) -> Floats:
        """The picture, (rows, columns); random where no 28 x 28 digit fits."""
        if self.sizes[0] == 784:
            return np.asarray(load_image(DIGIT), np.float64)
        rows = next(r for r in range(int(self.sizes[0] ** 0.5), 0, -1) if not self.sizes[0] % r)
        return np.random.default_rng(0).random((rows, self.sizes[0] // rows))

    @cached_property
    def network(self) -> MLP:
        """The default model where it has these sizes, else one with random weights."""
        model = load_network(MODEL)
        if model.sizes == self.sizes:
            return model
        rng = np.random.default_rng(1)
        return MLP(
            tuple(
                Dense(rng.normal(0, n_in**-0.5, (n_out, n_in)), np.zeros(n_out), "sigmoid")
                for n_in, n_out in zip(self.sizes[:-1], self.sizes[1:], strict=True)
            )
        )

    @cached_property
    def activations(self) -> tuple[Floats, ...]:
        """Of every layer, the input first."""
        return tuple(self.network.forward(self.image.ravel()).activations)

    @property
    def connections(self) -> int:
        """How many the network has."""
        return sum(a * b for a, b in zip(self.sizes[:-1], self.sizes[1:], strict=True))

    def picture(self) -> PixelGrid:
        """The picture, where the film has it."""
        return PixelGrid(self.image, HEIGHT).move_to(LEFT_PLACE)

    def inputs(self) -> NeuronLayer:
        """The input layer in the picture's arrangement, at the origin."""
        rows, columns = self.image.shape
        pitch = HEIGHT / rows
        centers = grid_centers(rows, columns, pitch)
        return NeuronLayer(self.image.ravel(), layer=0, pitch=pitch, centers=centers)

    def diagram(self) -> NetworkDiagram:
        """The whole network, as in the film."""
        inputs = self.inputs().move_to(LEFT_PLACE)
        digit = Digit(Path("picture"), self.image, None)
        read = self.network.forward(self.image.ravel())
        reading = NetworkReading(None, Path("network"), digit, self.network, read)
        return NetworkDiagram(inputs, reading, right=OUTPUTS_X, tall=HEIGHT)


@dataclass
class Variety:
    """Random signed strengths for all bundles and random activations for all layers.

    Made before the clock starts; each set of numbers differs from the last everywhere. They
    jump from set to set in every frame, or drift there in ``steps`` of them, as in training.
    """

    sizes: Sequence[int]
    steps: int = 1
    sets: list[list[Floats]] = field(init=False)
    shown: int = 0

    def __post_init__(self) -> None:
        rng = np.random.default_rng(2)
        shapes = list(zip(self.sizes[1:], self.sizes[:-1], strict=True))
        self.sets = [
            [*(rng.uniform(-1, 1, shape) for shape in shapes), *(rng.random(n) for n in self.sizes)]
            for _ in range(DIFFERENT)
        ]

    def advance(self) -> tuple[list[Floats], list[Floats]]:
        """The next frame's strengths (n_out, n_in) by bundle and activations (n,) by layer."""
        self.shown += 1
        place, part = divmod(self.shown, self.steps)
        now, then = (self.sets[n % DIFFERENT] for n in (place, place + 1))
        mixed = [a + (b - a) * (part / self.steps) for a, b in zip(now, then, strict=True)]
        return mixed[: len(self.sizes) - 1], mixed[len(self.sizes) - 1 :]


class EverythingChanges(Animation):
    """Every connection gets another strength and every neuron another activation, each frame."""

    def __init__(self, network: NetworkDiagram, variety: Variety, **kwargs: Any) -> None:
        self.network = network
        self.variety = variety
        super().__init__(network, rate_func=linear, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Show the next set, whatever the time is."""
        every_strength, every_value = self.variety.advance()
        for bundle, strengths in zip(self.network.bundles, every_strength, strict=True):
            bundle.strengths = strengths
        for layer, values in zip(self.network.layers, every_value, strict=True):
            layer.values = values


# --- stock Manim ---------------------------------------------------------------------------------
@dataclass
class StockNetwork:
    """The same network of stock mobjects; ``strengths`` and ``values`` are litnet's."""

    bundles: list[VGroup]
    layers: list[VGroup]
    strengths: list[Floats]
    values: list[Floats]

    @classmethod
    def like(cls, network: NetworkDiagram) -> StockNetwork:
        """One ``Line`` a connection, one ``Circle`` a neuron."""
        bundles = []
        width = style.LINE_WIDTH * 100  # manim's stroke widths are hundredths of a scene unit
        for bundle in network.bundles:
            sources, targets = bundle.source_centers, bundle.target_centers
            lines = VGroup()
            for (to, start), strength in np.ndenumerate(bundle.strengths):
                color, opacity = stock_light(float(strength))
                line = Line(sources[start], targets[to])
                lines.add(line.set_stroke(color, width=width, opacity=opacity))
            bundles.append(lines)
        layers = [stock_cells(layer) for layer in network.layers]
        strengths = [bundle.strengths for bundle in network.bundles]
        return cls(bundles, layers, strengths, [layer.light for layer in network.layers])


def stock_light(strength: float) -> tuple[ManimColor, float]:
    """Colour and opacity of a stock line."""
    color = style.POSITIVE_COLOR if strength > 0 else style.NEGATIVE_COLOR
    return ManimColor(color), abs(strength)


def stock_grey(light: float) -> ManimColor:
    """The fill of a stock cell; opaque, as litnet's cells are."""
    return ManimColor((light, light, light))


def stock_cells(cells: Cells) -> VGroup:
    """One ``Square`` or ``Circle`` a cell, filled to its activation."""
    shapes = VGroup()
    for center, half, light, rim, grey in zip(
        cells.centers, cells.half, cells.light, cells.rim, cells.rim_light, strict=True
    ):
        shape = Square(2 * half) if cells.kind == "pixels" else Circle(half)
        shape.set_stroke(WHITE, width=100 * rim * half, opacity=grey)
        shapes.add(shape.set_fill(stock_grey(light), opacity=1).move_to(center))
    return shapes


class StockAnimation(Animation):
    """An animation that has no use for a copy of the 12,960 lines, and spares manim making it."""

    def create_starting_mobject(self) -> Any:
        return self.mobject


class StockPropagate(StockAnimation):
    """Lines are lit when the front has come to their middle; then the neurons come up."""

    def __init__(self, network: StockNetwork, number: int, **kwargs: Any) -> None:
        self.lines, self.layer = network.bundles[number], network.layers[number + 1]
        self.strengths = network.strengths[number].ravel()
        self.values = network.values[number + 1]
        self.middle = np.array([line.get_center()[0] for line in self.lines])
        self.lit = self.strengths == 0  # what carries nothing stays as it is
        super().__init__(VGroup(self.lines, self.layer), rate_func=linear, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Light what the front has reached since the last frame."""
        front = self.middle.min() + 2 * alpha * np.ptp(self.middle)
        for place in np.flatnonzero(~self.lit & (self.middle <= front)).tolist():
            color, opacity = stock_light(float(self.strengths[place]))
            self.lines[place].set_stroke(color, opacity=opacity)
        self.lit |= self.middle <= front
        level = min(1.0, max(0.0, 2 * alpha - 1))
        for circle, value in zip(self.layer, self.values.tolist(), strict=True):
            circle.set_fill(stock_grey(level * value))


class StockEverythingChanges(StockAnimation):
    """As :class:`EverythingChanges`, line by line and circle by circle."""

    def __init__(self, network: StockNetwork, variety: Variety, **kwargs: Any) -> None:
        self.network = network
        self.variety = variety
        super().__init__(VGroup(*network.bundles, *network.layers), rate_func=linear, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Show the next set."""
        every_strength, every_value = self.variety.advance()
        for lines, strengths in zip(self.network.bundles, every_strength, strict=True):
            for line, strength in zip(lines, strengths.ravel().tolist(), strict=True):
                color, opacity = stock_light(strength)
                line.set_stroke(color, opacity=opacity)
        for layer, values in zip(self.network.layers, every_value, strict=True):
            for circle, value in zip(layer, values.tolist(), strict=True):
                circle.set_fill(stock_grey(value))


# --- clocks --------------------------------------------------------------------------------------
class Clocked:
    """A scene with one piece in it, and clocks. (Mixed into litnet's and into manim's scene.)

    ``seconds`` and ``cpu`` (of all threads): from the first call of ``play`` until the last packet
    is encoded.
    ``written``: for each play, the times at which its frames were handed to the encoder.
    ``keep``: if it is a list, a copy of each frame is put there.
    """

    seconds = 0.0
    cpu = 0.0

    def prepare(self) -> Plays:
        """Put everything on stage; the animations are made only when they are played."""
        raise NotImplementedError

    def construct(self: Any) -> None:
        """Play the piece against the clock."""
        plays = self.prepare()
        writer = self.renderer.file_writer
        self.written: list[list[float]] = []
        hand_over = writer.write_frame

        def write_frame(pixels: Any, *, repeat: int = 1) -> None:
            self.written[-1].append(time.perf_counter())
            if self.keep is not None:
                self.keep.append(pixels.copy())
            hand_over(pixels, repeat=repeat)

        writer.write_frame = write_frame
        start, start_cpu = time.perf_counter(), time.process_time()
        for animation in plays:
            self.written.append([])
            self.play(animation())
        writer.join_all_encode_jobs()
        self.seconds = time.perf_counter() - start
        self.cpu = time.process_time() - start_cpu

    @property
    def frames(self) -> int:
        """How many frames were written."""
        return sum(map(len, self.written))

    @property
    def seconds_a_frame(self) -> float:
        """From frame to frame, the mean over the plays; what each play does once is left out."""
        return float(np.mean([np.diff(times).mean() for times in self.written]))


class Stage:
    """What a piece is made with."""

    def __init__(self, reading: Reading, frames: int, keep: list[Any] | None = None) -> None:
        self.reading = reading
        self.frames_wanted = frames
        self.keep = keep
        super().__init__()

    def run_time(self, share: float = 1.0) -> float:
        """Seconds that a share of the frames lasts."""
        return max(2, round(self.frames_wanted * share)) / float(config.frame_rate)

    @abstractmethod
    def prepare(self) -> Plays:
        """See :class:`Clocked`."""


class LitFlow(Stage, Clocked, LitScene):
    """All pixels fly into neurons (beat 5 of the film)."""

    def prepare(self) -> Plays:
        picture, layer = self.reading.picture(), self.reading.inputs().move_to(RIGHT_PLACE)
        return [lambda: PixelsIntoNeurons(picture, layer, run_time=self.run_time())]


class StockFlow(Stage, Clocked, Scene):
    """The same: squares become circles, one after the other, and move."""

    def prepare(self) -> Plays:
        squares = stock_cells(self.reading.picture())
        circles = stock_cells(self.reading.inputs().move_to(RIGHT_PLACE))
        self.add(squares)
        pairs = list(zip(squares, circles, strict=True))
        return [
            lambda: LaggedStart(
                *(Transform(*pair) for pair in pairs),
                lag_ratio=0.82 / len(pairs),  # as much overlap as in the film
                run_time=self.run_time(),
            )
        ]


class LitPropagation(Stage, Clocked, LitScene):
    """Light runs through layer after layer (beat 7 of the film)."""

    def prepare(self) -> Plays:
        network = self.reading.diagram().darken()
        self.add(network)
        time = self.run_time(1 / len(network.bundles))
        return [
            partial(Propagate, bundle, layer, run_time=time)
            for bundle, layer in zip(network.bundles, network.layers[1:], strict=True)
        ]


class StockPropagation(Stage, Clocked, Scene):
    """The same: one line a connection, which is lit when the front has come to its middle."""

    def prepare(self) -> Plays:
        network = StockNetwork.like(self.reading.diagram())
        self.add(*network.bundles, *network.layers)
        for bundle, layer in zip(network.bundles, network.layers[1:], strict=True):
            bundle.set_stroke(ManimColor(style.STRUCTURE), opacity=0.04)
            layer.set_fill(stock_grey(0.0))
        time = self.run_time(1 / len(network.bundles))
        return [
            partial(StockPropagate, network, number, run_time=time)
            for number in range(len(network.bundles))
        ]


class LitJump(Stage, Clocked, LitScene):
    """All connections and all activations change in every frame, each to any other value."""

    steps = 1

    def prepare(self) -> Plays:
        network = self.reading.diagram()
        self.add(network)
        variety = Variety(self.reading.sizes, self.steps)
        return [lambda: EverythingChanges(network, variety, run_time=self.run_time())]


class LitDrift(LitJump):
    """They change in every frame, but little, as while a network learns."""

    steps = 30


class StockJump(Stage, Clocked, Scene):
    """The same with a ``Line`` a connection and a ``Circle`` a neuron."""

    steps = 1

    def prepare(self) -> Plays:
        network = StockNetwork.like(self.reading.diagram())
        self.add(*network.bundles, *network.layers)
        variety = Variety(self.reading.sizes, self.steps)
        return [lambda: StockEverythingChanges(network, variety, run_time=self.run_time())]


class StockDrift(StockJump):
    """As :class:`LitDrift`."""

    steps = 30


def closer(frame: Any, seconds: float) -> Any:
    """The animation of a camera that moves in on the first connections, to twice their size."""
    return frame.animate(run_time=seconds).scale(0.5).move_to(LEFT_PLACE / 3)


class LitZoom(Stage, Clocked, LitScene):
    """The camera moves in on the whole network, so that every line moves in every frame."""

    def prepare(self) -> Plays:
        self.add(self.reading.diagram())
        return [lambda: closer(self.film.camera.frame, self.run_time())]


class StockZoom(Stage, Clocked, MovingCameraScene):
    """The same over stock mobjects."""

    def prepare(self) -> Plays:
        network = StockNetwork.like(self.reading.diagram())
        self.add(*network.bundles, *network.layers)
        return [lambda: closer(self.camera.frame, self.run_time())]


# By name: litnet's scene and stock Manim's.
PIECES: dict[str, tuple[type[Any], type[Any]]] = {
    "flow": (LitFlow, StockFlow),
    "propagation": (LitPropagation, StockPropagation),
    "jump": (LitJump, StockJump),
    "drift": (LitDrift, StockDrift),
    "zoom": (LitZoom, StockZoom),
}


def render(scene_type: type[Any], reading: Reading, frames: int, keep: Any = None) -> Any:
    """Render a piece with manim's ordinary means; the scene, with its clocks stopped."""
    scene = scene_type(reading, frames, keep)
    assert isinstance(scene, manim.Scene)
    scene.render()
    return scene
