"""Backwards: the error runs back along all connections, from the answer to the pixels.

The mirror image of how a digit was read: the same network, the same lines, and sums again. Then
light from one side meets error from the other, and every weight knows how it should change.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from math import floor, log10

import numpy as np
from manim import LEFT, RIGHT, Circle, Create, FadeIn, FadeOut, Group, Mobject, VGroup

from litnet import style
from litnet.animations import Backpropagate, Propagate
from litnet.animations.gather import RunningSum
from litnet.mobjects import (
    Formula,
    LiveNumber,
    NetworkDiagram,
    NeuronLayer,
    PixelGrid,
    SignedLayer,
    Words,
    in_line,
    sentence,
)
from litnet.mobjects.parameter_map import printed_scale
from litnet.mobjects.scales import one_digit
from litnet.record.quantities import Quantities, Quantity
from litnet.story.refusals import check_told
from litnet.story.scene import LitScene
from litnet.story.subject import Digit

SMALL = 24
SEATS = 1.85  # width beside the outputs, for their names and errors
DIM = 0.25  # of the digit's own light, while other light stands on it
BACK = 9.0  # seconds of the way back, at most
SWEEP = 5.4  # and of both ways in one breath


class Backwards(LitScene):
    """The error runs back."""

    network_reads = True
    shows_learning = True

    def setup(self) -> None:
        """As ever; what the run does not have is said before anything is drawn."""
        super().setup()
        check_told("Backwards", self.subject.history_file, self.run.history)

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.build()
        self.forward()
        self.error()
        self.back()
        self.meet()
        self.in_one_breath()

    # --- what is computed ------------------------------------------------------------------------
    @cached_property
    def hero(self) -> Digit:
        """The filmed digit; or one whose label is known, for without it there is no error."""
        return self.subject.known_digit

    @cached_property
    def moment(self) -> int:
        """When it is read."""
        return self.run.in_doubt(self.hero)

    @property
    def last(self) -> int:
        """The number of the last layer."""
        return len(self.run.sizes) - 1

    @cached_property
    def errors(self) -> list[Quantities]:
        """(n,) of each layer, which way its sums should go; of the input, its lights."""
        run = self.run
        inputs = run.wishes(self.moment, self.hero, 0)
        layers = range(1, self.last + 1)
        return [inputs, *(run.z_wishes(self.moment, self.hero, layer) for layer in layers)]

    @cached_property
    def scale(self) -> float:
        """One for all layers: between what is usual in the first one and in the last one."""
        ends = [np.abs(self.errors[layer].values) for layer in (1, self.last)]
        usual = [float(np.median(sizes[sizes > 0])) for sizes in ends if sizes.any()]
        return one_digit(float(np.exp(np.mean(np.log(usual))))) if usual else 1.0

    def nudges(self, layer: int) -> Quantities:
        """(n_out, n_in) how a layer's weights should change."""
        return self.run.nudges(self.moment, self.hero, layer)

    # --- what stands where -----------------------------------------------------------------------
    def diagram(self) -> NetworkDiagram:
        """The network, dark behind its input."""
        stage = self.stage
        side = stage.input_side(self.last) * (0.75 if stage.stacked else 1.0)
        glance = self.run.reading(self.moment, self.hero)
        inputs = NeuronLayer.like(PixelGrid(glance.layer(0), side), pitch=side / 28)
        inputs.move_to([stage.left + side / 2, stage.middle, 0])
        right = stage.right - SEATS
        return NetworkDiagram(inputs, glance, right=right, tall=stage.tall).darken()

    def signs(self, network: NetworkDiagram) -> list[SignedLayer]:
        """The error's light on the neurons of each layer."""
        return [
            SignedLayer(neurons, numbers, scale=self.scale)
            for neurons, numbers in zip(network.layers, self.errors, strict=True)
        ]

    def build(self) -> None:
        """The network, the names of its outputs, and their errors."""
        run, stage = self.run, self.stage
        self.network_seen = self.diagram()
        self.drawn = self.drawn_of_all(self.network_seen)
        self.light_of = self.signs(self.network_seen)
        outputs = self.network_seen.outputs
        self.names, self.numbers = VGroup(), VGroup()
        for n, center in enumerate(outputs.centers):
            color = style.CORRECT_COLOR if n == self.hero.label else style.QUIET_COLOR
            self.names.add(Words(str(n), style.LABEL_SIZE, color).move_to(center + 0.42 * RIGHT))
            error = self.errors[-1].one(n)
            number = LiveNumber(error, places=3, size=SMALL, color=style.sign_color(error.value))
            edge = center + SEATS * RIGHT
            self.numbers.add(number.move_to(edge, aligned_edge=RIGHT))
        # Over the network: in an upright frame with room between, for the numbers of its layers.
        top = stage.middle + stage.tall / 2 + (1.15 if stage.stacked else 0.42)
        cost = in_line(
            Words(self.text("cost"), style.LABEL_SIZE, style.QUIET_COLOR),
            LiveNumber(run.cost(self.moment, self.hero), color=style.ACCENT_COLOR),
            buff=0.2,
        )
        self.cost = cost.move_to([stage.right, top, 0], aligned_edge=RIGHT)
        formula = Formula("- (partial C) / (partial z)", size=26)
        legend = printed_scale(self.scale, SMALL)
        key = Group(formula, legend).arrange(RIGHT, buff=0.5)
        self.key = key.move_to([stage.right, top, 0], aligned_edge=RIGHT)

    def above(self, line: VGroup) -> None:
        """Put a line over the network, left of what the colours mean."""
        stage, room = self.stage, float(self.key.get_left()[0]) - self.stage.left - 0.3
        if stage.stacked:
            line.scale(min(1.0, 2 * stage.right / line.width))
            line.move_to([0.0, stage.middle + stage.tall / 2 + 1.75, 0.0])
            return
        line.scale(min(1.0, room / line.width))
        line.move_to([stage.left, self.key.get_y(), 0.0], aligned_edge=LEFT)

    def strongest(self, layer: int) -> Group:
        """The neuron of a layer with the largest error: a ring, and the number above."""
        errors, neurons = self.errors[layer], self.network_seen.layers[layer]
        n = int(np.abs(errors.values).argmax())
        error = errors.one(n)
        ring = Circle(float(neurons.half[n]) + 0.05, color=style.ACCENT_COLOR, stroke_width=3)
        number = LiveNumber(
            error, places=digits(error.value), size=SMALL, color=style.sign_color(error.value)
        )
        higher = 0.35 if self.stage.stacked and layer % 2 else 0.0  # by turns: they are close
        top = float(neurons.get_top()[1]) + 0.35 + higher
        over = np.array([neurons.get_x(), top, 0.0])
        return Group(ring.move_to(neurons.centers[n]), number.move_to(over))

    # --- the story -------------------------------------------------------------------------------
    def forward(self) -> None:
        """1. Light runs forward, to an answer that costs something."""
        network, run = self.network_seen, self.run
        answer = run.answer(self.moment, self.hero).value
        with self.beat(
            "forward",
            words="forward" if answer != self.hero.label else "forward-right",
            name=self.hero.label,
            answer=f"{answer:.0f}",
            cost=f"{run.cost(self.moment, self.hero).value:.2f}",
        ):
            self.play(FadeIn(network, self.names, *self.drawn), run_time=1.0)
            for bundle, layer in zip(network.bundles, network.layers[1:], strict=True):
                self.play(Propagate(bundle, layer, run_time=min(1.2, 4.0 / self.last)))
            self.next_cue()
            self.play(FadeIn(self.cost), run_time=0.7)
            self.hold(1.0)

    def error(self) -> None:
        """2. Each output has an error: which way its sum should go, and how much that helps."""
        dark = self.diagram().bundles
        with self.beat("error"):
            self.play(
                FadeOut(*self.network_seen.bundles, self.cost), *map(FadeIn, dark), run_time=0.9
            )
            self.network_seen.bundles = dark
            self.play(FadeIn(self.light_of[-1], self.numbers, self.key), run_time=1.1)
            self.next_cue()
            self.hold(1.2)

    def back(self) -> None:
        """3. It runs back along every line, and is added up in every neuron, layer by layer."""
        network, run = self.network_seen, self.run
        self.rings: list[Mobject] = []
        each = min(2.4, BACK / self.last)
        with self.beat("back", words="back" if self.last > 1 else "back-one"):
            for layer in range(self.last, 0, -1):
                asks = run.asks(self.moment, self.hero, layer)
                run_back = Backpropagate(
                    network.bundles[layer - 1],
                    asks,
                    self.light_of[layer - 1],
                    run_time=each if layer > 1 else 1.4 * each,
                )
                if layer == 1:
                    if self.last > 1:
                        self.next_cue()
                    self.play(run_back, network.inputs.animate.set_opacity(DIM))
                    continue
                self.play(run_back)
                ring = self.strongest(layer - 1)
                self.rings.append(ring)
                if layer == self.last:
                    self.next_cue()
                self.play(FadeIn(ring), run_time=0.5)
            self.wait(0.5)
            self.next_cue()
            self.hold(1.6)

    def meet(self) -> None:
        """4. Light from one side, error from the other: their product is the weight's nudge."""
        network, run = self.network_seen, self.run
        nudges = [self.nudges(layer) for layer in range(1, self.last + 1)]
        to, start = np.unravel_index(
            int(np.abs(nudges[-1].values).argmax()), nudges[-1].values.shape
        )
        rings = VGroup(
            *(
                Circle(
                    float(cells.half[n]) + 0.05, color=style.ACCENT_COLOR, stroke_width=3
                ).move_to(cells.centers[n])
                for cells, n in ((network.layers[-2], start), (network.outputs, to))
            )
        )
        light = run.activation(self.moment, self.hero, self.last - 1, int(start))
        error = self.errors[-1].one(int(to))
        nudge = Quantity(float(nudges[-1].values[to, start]), f"{nudges[-1].source}[{to}][{start}]")
        places = places_of_product(light.value, error.value)
        light, error, nudge = (
            LiveNumber(one, places=places, size=style.LABEL_SIZE, color=color)
            for one, color in (
                (light, style.TEXT_COLOR),
                (error, style.sign_color(error.value)),
                (nudge, style.sign_color(nudge.value)),
            )
        )
        line = sentence(
            self.text("product", light="{light}", error="{error}", nudge="{nudge}"),
            light=light,
            error=error,
            nudge=nudge,
        )
        self.above(line)
        with self.beat("meet", connections=f"{network.connections:,}"):
            self.play(
                FadeOut(self.light_of[0], *self.rings),
                network.inputs.animate.set_opacity(1.0),
                run_time=0.8,
            )
            self.play(
                *(
                    bundle.animate.carry(numbers)
                    for bundle, numbers in zip(network.bundles, nudges, strict=True)
                ),
                run_time=2.0,
            )
            self.next_cue()
            self.play(Create(rings), FadeIn(line), run_time=1.0)
            self.hold(1.2)
            self.next_cue()
            self.hold(1.4)
        self.products = Group(rings, line)

    def in_one_breath(self) -> None:
        """5. Once forward, once back: all slopes at once."""
        run = self.run
        old, new = self.network_seen, self.diagram()
        light_of = self.signs(new)
        total = run.history.mlp.parameters
        count = LiveNumber(
            Quantity(total, "network.parameters"), places=0, size=1.1 * style.TITLE_SIZE
        )
        says = Words(self.text("slopes"), style.LABEL_SIZE, style.QUIET_COLOR)
        line = in_line(says, count, buff=0.25)
        self.above(line)
        count.pass_by(0)
        each = SWEEP / (2 * self.last)
        sizes = [layer.weights.size + layer.biases.size for layer in run.history.mlp.layers]
        with self.beat(
            "breath",
            weights=f"{old.connections:,}",
            biases=f"{total - old.connections:,}",
            total=f"{total:,}",
        ):
            self.play(
                FadeOut(*old.bundles, *old.layers, *self.light_of[1:], self.products),
                FadeOut(self.numbers),
                *map(FadeIn, (*new.bundles, *new.layers)),
                run_time=0.9,
            )
            for bundle, layer in zip(new.bundles, new.layers[1:], strict=True):
                self.play(Propagate(bundle, layer, run_time=each))
            self.next_cue()
            self.play(FadeIn(light_of[-1], self.numbers, line), run_time=0.5)
            done = 0
            for layer in range(self.last, 0, -1):
                terms = np.full(24, sizes[layer - 1] / 24)
                terms[0] += done
                done += sizes[layer - 1]
                back = Backpropagate(
                    new.bundles[layer - 1],
                    self.nudges(layer),
                    light_of[layer - 1] if layer > 1 else None,
                    run_time=each if layer > 1 else 1.6 * each,
                )
                self.play(back, RunningSum(count, terms, run_time=back.run_time))
            count.set_value(count.quantity)
            self.next_cue()
            self.hold(2.2)


def digits(value: float) -> int:
    """So many digits after the point that two of a small number are seen, and two at least."""
    return max(2, 1 - floor(log10(abs(value)))) if value else 2


def places_of_product(one: float, other: float) -> int:
    """The fewest digits, two at least, with which a product of rounded numbers is the rounded one.

    Three more are tried, else it is two.
    """
    for places in range(2, 6):
        shown = Decimal(f"{one:.{places}f}") * Decimal(f"{other:.{places}f}")
        if f"{shown:.{places}f}" == f"{one * other:.{places}f}":
            return places
    return 2
