"""Why the networks of today hardly use the sigmoid: two curves, their slopes, two real trainings.

Both networks are of the same shape and learned from the same digits, in the same order, at the same
rate; only the function of their hidden layers differs. It is one run each, and the film says so.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from manim import (
    DOWN,
    RIGHT,
    UP,
    Animation,
    Create,
    Dot,
    FadeIn,
    FadeOut,
    Group,
    Line,
    VGroup,
)

from litnet import style
from litnet.animations import Epochs
from litnet.mobjects import (
    Curve,
    Gallery,
    LiveNumber,
    NeuronLayer,
    Plot,
    Words,
    in_line,
    sentence,
)
from litnet.project import asset, shown_path
from litnet.record.quantities import illustrative, illustrative_cells
from litnet.story.scene import LitScene
from network.activations import get_activation
from network.history import History

NAMES = ("sigmoid", "relu")
RUNS = {name: asset(f"assets/models/deep-{name}.history.npz") for name in NAMES}
REACH = 6.0  # sums that the curves show, both ways
FAR = 5.0  # one that is far out
COLUMNS = 20


def tint_of(name: str) -> style.RGB:
    """The colour of a function; no sign's."""
    return style.SHINE if name == "sigmoid" else style.FLASH


def color_of(name: str) -> str:
    """The same, for words."""
    return style.hexadecimal(tint_of(name))


class SigmoidOrReLU(LitScene):
    """Two functions, and what becomes of a deep network with each."""

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        for path in RUNS.values():
            self.subject.run_of(path)
        self.curves()
        self.slopes()
        self.one_after_another()
        self.two_runs()
        self.what_they_read()

    @cached_property
    def names(self) -> dict[str, str]:
        """What the two functions are called."""
        return {"sigmoid": self.text("sigmoid"), "relu": self.text("relu")}

    @cached_property
    def runs(self) -> dict[str, History]:
        """The two training runs."""
        return {name: self.subject.run_of(path) for name, path in RUNS.items()}

    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """Where what belongs to the one and to the other stands."""
        return self.stage.first, self.stage.second

    # --- the functions ---------------------------------------------------------------------------
    def curves(self) -> None:
        """1. Both curves, and a sum that goes along both of them."""
        stage = self.stage
        wide = 4.6 if not stage.stacked else 6.0
        tall = 3.0 if not stage.stacked else 2.6
        self.slopes_shown: list[Slope] = []
        self.drawn = VGroup()
        titles = VGroup()
        x = np.linspace(-REACH, REACH, 241)
        for name, place in zip(NAMES, self.places(), strict=True):
            y = get_activation(name).function(x)
            curve = Curve(x, y, width=wide, height=tall).stand_at(place + 0.1 * DOWN)
            curve.line.set_stroke(color_of(name), width=6)
            if name == "relu":
                curve.guides[0].set_stroke(opacity=0)  # a line at 1 says nothing here
                curve.marks[1:].set_opacity(0)
            title = Words(self.names[name], 1.2 * style.LABEL_SIZE, color_of(name))
            title.move_to(place + (tall / 2 + 0.55) * UP)
            self.drawn.add(curve)
            titles.add(title)
            self.slopes_shown.append(Slope(curve, name))
        with self.beat("curves"):
            for curve, title in zip(self.drawn, titles, strict=True):
                self.play(FadeIn(curve.axis, curve.guides, curve.marks, title), run_time=0.5)
                self.play(Create(curve.line), run_time=1.6)
                if title is titles[0]:
                    self.next_cue()
            self.hold(1.0)
        self.titles = titles

    def slopes(self) -> None:
        """2. How steep they are: near zero, and far out."""
        low = [curve.at(0, curve.low)[1] - 0.55 for curve in self.drawn]
        shown = VGroup()
        for name, curve, y in zip(NAMES, self.drawn, low, strict=True):
            number = LiveNumber(
                self.number("slope", name, 0.0 if name == "sigmoid" else 1.0),
                size=1.2 * style.LABEL_SIZE,
                color=color_of(name),
            )
            line = in_line(Words(self.text("slope"), color=style.QUIET_COLOR), number, buff=0.25)
            shown.add(line.move_to([curve.at(0, 0)[0], y, 0]))
        tangents = [slope.at(z) for slope, z in zip(self.slopes_shown, (0.0, 1.0), strict=True)]
        with self.beat("slopes"):
            self.play(FadeIn(*tangents, shown), run_time=0.7)
            self.hold(1.0)
            self.next_cue()
            ends = [self.number("slope", name, FAR) for name in NAMES]
            self.play(
                *(
                    _Along(slope, tangent, line[1], start, FAR, end)
                    for slope, tangent, line, start, end in zip(
                        self.slopes_shown, tangents, shown, (0.0, 1.0), ends, strict=True
                    )
                ),
                run_time=3.0,
            )
            self.hold(1.2)
        self.gone = Group(*self.drawn, *tangents, shown, self.titles)

    # --- layers ----------------------------------------------------------------------------------
    def one_after_another(self) -> None:
        """3. Slopes multiply from layer to layer; at best this is left."""
        stage = self.stage
        hidden = len(self.runs["relu"].mlp.layers) - 1
        step = min(1.45, (2 * stage.right - (0.6 if stage.stacked else 3.2)) / hidden)
        heights = (1.35, -0.75) if not stage.stacked else (2.2, -1.2)
        rows = []
        for name, y in zip(NAMES, heights, strict=True):
            z = 0.0 if name == "sigmoid" else 1.0
            slope = self.number("slope", name, z)
            values = [slope.value ** (hidden - n) for n in range(hidden)]
            right = 1.2 if not stage.stacked else step * (hidden - 1) / 2
            x = right - step * np.arange(hidden)[::-1]
            centers = np.stack((x, np.full(hidden, stage.middle + y), 0 * x), axis=1)
            neurons = NeuronLayer(
                illustrative_cells(values), pitch=0.78 / style.NEURON_FILL, centers=centers
            )
            text = " * ".join([slope.source] * hidden)
            left = LiveNumber(
                self.number(text),
                places=5 if name == "sigmoid" else 0,
                color=color_of(name),
                size=1.5 * style.TITLE_SIZE,
            )
            left.move_to([stage.right - 1.9, stage.middle + y, 0])
            if stage.stacked:
                left.move_to([0, stage.middle + y - 1.15, 0])
            title = Words(self.names[name], style.LABEL_SIZE, color_of(name))
            title.move_to([float(x.mean()), stage.middle + y + 0.85, 0])
            arrow = VGroup(
                *(
                    Line(
                        [b - 0.6, stage.middle + y, 0],
                        [a + 0.6, stage.middle + y, 0],
                        color=style.QUIET_COLOR,
                        stroke_width=2,
                    )
                    for a, b in pairwise(x)
                    if b - a > 1.3
                )
            )
            rows.append((neurons.set_level(0), left, title, arrow))
        best = Words(self.text("at-best"), style.LABEL_SIZE, style.ACCENT_COLOR)
        best.move_to([0 if stage.stacked else stage.right - 1.9, stage.middle + 2.5, 0])
        if stage.stacked:
            best.move_to([0, stage.middle + 3.9, 0])
        with self.beat("layers", hidden=hidden):
            self.play(FadeOut(self.gone), run_time=0.5)
            self.play(
                *(FadeIn(neurons, title, arrow) for neurons, _, title, arrow in rows),
                FadeIn(best),
                run_time=0.7,
            )
            for n in range(hidden - 1, -1, -1):
                steps = []
                for neurons, *_ in rows:
                    lit = neurons.copy()
                    lit.level = (np.arange(hidden) >= n).astype(float)
                    steps.append(neurons.animate.become(lit))
                self.play(*steps, run_time=0.55)
            self.next_cue()
            self.play(*(FadeIn(left) for _, left, *_ in rows), run_time=0.6)
            self.hold(1.4)
        self.gone = Group(best, *(part for row in rows for part in row))

    # --- two real runs ---------------------------------------------------------------------------
    def two_runs(self) -> None:
        """4. Two trainings, by one clock: how many of the digits are read rightly."""
        stage, history = self.stage, self.runs["relu"]
        epochs = history.epochs
        wide = 8.4 if not stage.stacked else 5.9
        plot = Plot(
            range(epochs + 1),
            high=1.0,
            width=wide,
            height=3.7,
            across={0: "0", epochs: self.text("epochs", epochs=epochs)},
            up=(0.5, 1),
        )
        plot.shift([-1.3 if not stage.stacked else 0.1, stage.middle + 0.15, 0])
        says = Words(self.text("read"), color=style.QUIET_COLOR)
        says.next_to(plot.at(0, 1), UP, buff=0.3).align_to(plot.axes, RIGHT)
        says.set_x(float(plot.axes.get_x()))
        curves, names = [], VGroup()
        for name in NAMES:
            every = self.numbers("unseen_accuracies", shown_path(RUNS[name]))
            curve = plot.add_curve(every, tint_of(name))
            curves.append(curve)
            end = curve.tops[-1]
            label = Words(self.names[name], color=color_of(name))
            names.add(label.move_to(end + np.array([0.3 + label.width / 2, 0.28, 0])))
            if stage.stacked:
                below = -0.5 if name == "relu" else 0.42
                label.move_to(end + np.array([-label.width / 2, below, 0]))
        sizes = "–".join(f"{size}" for size in history.mlp.sizes)
        with self.beat("runs", sizes=sizes, rate=f"{history.learning_rate:g}"):
            self.play(FadeOut(self.gone), run_time=0.5)
            self.play(FadeIn(plot, says), run_time=0.8)
            self.next_cue()
            self.play(Epochs(range(epochs + 1), [], curves, run_time=4.6))
            self.play(FadeIn(names), run_time=0.4)
            self.hold(1.2)
        self.gone = Group(plot, says, names)

    def what_they_read(self) -> None:
        """5. What the two networks read in the end: 200 digits that they never saw."""
        stage = self.stage
        images = np.stack([digit.image for digit in self.subject.sorted_digits])
        rows = -(-len(images) // COLUMNS)
        wide = 2 * stage.right / (1 if stage.stacked else 2) - (0.0 if stage.stacked else 0.35)
        pitch = min(wide / COLUMNS, 3.4 / rows)
        galleries, counts = [], VGroup()
        x = stage.right - pitch * COLUMNS / 2
        centers = [(-x, stage.middle + 0.35), (x, stage.middle + 0.35)]
        if stage.stacked:
            centers = [(0.0, stage.middle + 3.1), (0.0, stage.middle - 1.6)]
        moments = len(self.runs["relu"].snapshots) - 1
        for name, center in zip(NAMES, centers, strict=True):
            right = self.numbers("unseen_right", shown_path(RUNS[name]), moments)
            gallery = Gallery(images, right, columns=COLUMNS, pitch=pitch)
            galleries.append(gallery.move_to([*center, 0]))
            count = LiveNumber(right.count(), places=0, size=1.6 * style.TITLE_SIZE)
            line = sentence(
                self.text("of-all", right="{right}", total="{total}", name="{name}").replace(
                    "{name}", self.names[name]
                ),
                right=count.set_color(color_of(name)),
                total=LiveNumber(self.number("len(digits)"), places=0, color=style.QUIET_COLOR),
            )
            line.next_to(gallery, DOWN, buff=0.3)
            counts.add(line)
        stuck = self.runs["sigmoid"].mlp.forward(images.reshape(len(images), -1))
        same = int(np.bincount(stuck.prediction).argmax())
        with self.beat("end", same=same):
            self.play(FadeOut(self.gone), run_time=0.5)
            for gallery, line in zip(galleries, counts, strict=True):
                lit = gallery.copy()
                self.play(FadeIn(gallery), FadeIn(line), run_time=0.8)
                self.play(gallery.animate.become(lit), run_time=0.4)
            self.next_cue()
            self.hold(2.0)


class Slope:
    """The tangent of a curve, at any place of it."""

    def __init__(self, curve: Curve, name: str) -> None:
        self.curve, self.name = curve, name

    def at(self, z: float) -> VGroup:
        """A short line along the curve, and a dot on it."""
        line = Line(color=style.TEXT_COLOR, stroke_width=5)
        tangent = VGroup(line, Dot(radius=0.1, color=style.BRIGHT_COLOR))
        return self.move(tangent, z)

    def move(self, tangent: VGroup, z: float) -> VGroup:
        """Put it at another place."""
        at, slope = self.value(z), self.slope(z)
        middle = self.curve.at(z, at)
        along = self.curve.at(z + 1, at + slope) - middle
        along *= 0.75 / float(np.linalg.norm(along))
        tangent[0].put_start_and_end_on(middle - along, middle + along)
        tangent[1].move_to(middle)
        return tangent

    def value(self, z: float) -> float:
        """What the function makes of z."""
        return float(get_activation(self.name).function(np.array([z]))[0])

    def slope(self, z: float) -> float:
        """How steep it is there."""
        found = get_activation(self.name)
        assert found.derivative is not None
        at = np.array([z])
        return float(found.derivative(at, found.function(at))[0])


class _Along(Animation):
    """A tangent goes along its curve, and the number of its slope follows."""

    def __init__(
        self,
        slope: Slope,
        tangent: VGroup,
        number: LiveNumber,
        start: float,
        end: float,
        quantity: Any,
        **kwargs: Any,
    ) -> None:
        self.slope, self.tangent, self.number = slope, tangent, number
        self.start, self.end, self.quantity = start, end, quantity
        super().__init__(Group(tangent, number), **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Stand where it is now."""
        z = self.start + (self.end - self.start) * (1.0 if alpha >= 1 else self.rate_func(alpha))
        self.slope.move(self.tangent, z)
        if alpha >= 1:
            self.number.set_value(self.quantity)
        else:
            self.number.set_value(illustrative(self.slope.slope(z)))
