"""The chain rule: what one weight does to the cost, link by link, and then all weights at once.

The network is the fresh one, which still has everything to learn. Every factor is a number of it,
and their product is held against what turning the weight really does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import ceil, floor, prod

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    Circle,
    Create,
    FadeIn,
    FadeOut,
    Group,
    Line,
    Mobject,
    VGroup,
)

from litnet import style
from litnet.animations import RunThrough, TurnTogether
from litnet.animations.run_through import AFTERGLOW
from litnet.mobjects import (
    Arrows,
    CodeLines,
    Formula,
    Knob,
    LiveNumber,
    NetworkDiagram,
    NeuronLayer,
    NumberLine,
    PixelGrid,
    Tiles,
    WeightMatrix,
    Words,
)
from litnet.mobjects.scales import top_of
from litnet.record.quantities import Quantities, Quantity
from litnet.story.refusals import check_hidden
from litnet.story.scene import LitScene
from litnet.story.subject import Digit
from litnet.style import Floats
from network.activations import get_activation

BY = 2.0  # how far the weight is turned, so that it is seen
LITTLE = 0.01  # and how far, either way, to measure the slope
PLACES = 4  # digits after the point of the slope, at most
SMALL = 25
PITCH = 0.4  # from one output to the next
LONG = 1.35  # length of the longest term
DIM = 0.3  # light of what is not spoken of
BLOCK = 1.15  # height of a block of numbers beside an equation
THIN, WIDE = 0.24, 2.1  # width of a list of numbers, and of a table
EQUATIONS = (
    "{{ delta_L : d }} {{ = : is }} {{ (partial C) / (partial a_L) : asked }} "
    "{{ dot.o : by }} {{ sigma'(z_L) : slope }}",
    "{{ delta_(l-1) : before }} {{ = : is }} {{ W_l^T : w }} {{ delta_l : d }} "
    "{{ dot.o : by }} {{ sigma'(z_(l-1)) : slope }}",
    "{{ (partial C) / (partial W_l) : dw }} {{ = : is }} {{ delta_l : d }} {{ a_(l-1)^T : a }}",
    "{{ (partial C) / (partial b_l) : db }} {{ = : is }} {{ delta_l : d }}",
)
SIGNS = {"is": "=", "by": "dot.o"}


@dataclass(frozen=True)
class OneWay:
    """The sum, the activation and the cost when the last weight of the way is turned."""

    weight: float
    entering: float  # what the weight is multiplied with
    z: float
    wished: float
    others: float  # what the other outputs cost
    activation: str

    def __call__(self, weight: float) -> tuple[float, float, float]:
        """For any weight."""
        z = self.z + (weight - self.weight) * self.entering
        a = float(get_activation(self.activation).function(np.array([z]))[0])
        return z, a, self.others + (a - self.wished) ** 2


class Chain(LitScene):
    """Link by link."""

    network_reads = True
    shows_learning = True

    def setup(self) -> None:
        """As ever; what the run does not have is said before anything is drawn."""
        super().setup()
        check_hidden("Chain", self.subject.history_file, self.run.sizes)

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        self.one_path()
        self.together()
        self.factors()
        self.measured()
        self.several()
        self.equations()
        self.loop()

    # --- what is computed ------------------------------------------------------------------------
    @cached_property
    def hero(self) -> Digit:
        """The filmed digit; or one whose label is known, for without it there is no cost."""
        return self.subject.known_digit

    @cached_property
    def last(self) -> int:
        """The number of the last layer."""
        return len(self.run.sizes) - 1

    @cached_property
    def path(self) -> list[int]:
        """A neuron of each layer, from a pixel to the right answer: the strongest way.

        Its strength is the part of the answer's change with that pixel that goes this way, times
        the pixel: the product of all weights and slopes on it.
        """
        assert self.hero.label is not None
        reach = np.abs(self.run.layer(0, self.hero, 0).values.ravel())
        came = []
        for layer in range(1, self.last + 1):
            slopes = self.all_of("slopes", layer).values
            weights = np.abs(self.run.weights(0, layer).values)
            ways = weights * reach * np.abs(slopes)[:, None]
            came.append(ways.argmax(axis=1))
            reach = ways.max(axis=1)
        path = [int(self.hero.label)]
        for from_where in reversed(came):
            path.insert(0, int(from_where[path[0]]))
        return path

    @property
    def to(self) -> int:
        """The output at its end."""
        return self.path[-1]

    @property
    def start(self) -> int:
        """The neuron before it."""
        return self.path[-2]

    @cached_property
    def digit_text(self) -> str:
        """The digit, as sources name it."""
        return self.hero.pixels.source.removeprefix("pixels(")[:-1]

    def all_of(self, call: str, layer: int) -> Quantities:
        """(n,) what a source says of a layer, for the digit."""
        return self.numbers(f"{call}(0, {self.digit_text})[{layer}]")

    @cached_property
    def weight(self) -> Quantity:
        """The last weight of the way."""
        return self.run.weights_to(0, self.last, self.to).one(self.start)

    @cached_property
    def three(self) -> tuple[Quantity, Quantity, Quantity]:
        """How far z moves with the weight, the activation with z, and the cost with that."""
        return (
            self.run.activation(0, self.hero, self.last - 1, self.start),
            self.all_of("slopes", self.last).one(self.to),
            self.all_of("activation_gradients", self.last).one(self.to),
        )

    @cached_property
    def slope(self) -> Quantity:
        """How the cost changes with the weight."""
        return self.number(
            f"weight_gradients(0, {self.digit_text})[{self.last}][{self.to}][{self.start}]"
        )

    def cost_turned(self, by: float) -> Quantity:
        """The cost with the weight turned by so much."""
        where = f"{self.last}, {self.to}, {self.start}, {by!r}"
        return self.number(f"nudged(0, {self.digit_text}, {where})")

    @cached_property
    def by_turning(self) -> Quantity:
        """The same slope, measured: from the costs a little to either side."""
        more, less = self.cost_turned(LITTLE), self.cost_turned(-LITTLE)
        part = repr(1 / (2 * LITTLE))
        return self.number(f"{part} * {more.source} - {part} * {less.source}")

    @cached_property
    def shown_places(self) -> int:
        """Digits after the point with which product and measurement agree as they are shown."""
        for places in range(PLACES, 2, -1):
            shown = round(prod(round(one.value, places) for one in self.three), places)
            if shown == round(self.slope.value, places) == round(self.by_turning.value, places):
                return places
        return 2

    @cached_property
    def one_way(self) -> OneWay:
        """What follows from the weight."""
        cost = self.run.cost(0, self.hero).value
        a = self.run.activation(0, self.hero, self.last, self.to).value
        return OneWay(
            weight=self.weight.value,
            entering=self.three[0].value,
            z=self.all_of("z", self.last).one(self.to).value,
            wished=1.0,
            others=cost - (a - 1.0) ** 2,
            activation=self.run.history.mlp.layers[-1].activation,
        )

    # --- one way ---------------------------------------------------------------------------------
    def one_path(self) -> None:
        """1. Of all ways from a pixel to the answer, the strongest."""
        run, stage = self.run, self.stage
        side = stage.input_side(self.last)
        pixels = PixelGrid(run.layer(0, self.hero, 0), side)
        inputs = NeuronLayer.like(pixels, pitch=side / 28)
        inputs.move_to([stage.left + side / 2, stage.middle, 0])
        right = stage.right - (0.9 if stage.stacked else 1.2)
        diagram = NetworkDiagram(inputs, run.reading(0, self.hero), right=right, tall=stage.tall)
        drawn = self.drawn_of_all(diagram)
        name = Words(str(self.to), style.TITLE_SIZE, style.ACCENT_COLOR)
        name.move_to(diagram.outputs.centers[self.to] + 0.55 * RIGHT)
        lines, rings = VGroup(), VGroup()
        spots = [
            (layer.centers[number], float(layer.half[number]))
            for layer, number in zip(diagram.layers, self.path, strict=True)
        ]
        for center, half in spots:
            ring = Circle(max(half + 0.06, 0.1), color=style.ACCENT_COLOR, stroke_width=4)
            rings.add(ring.move_to(center))
        for (start, _), (end, _), ring, other in zip(
            spots, spots[1:], rings, rings[1:], strict=False
        ):
            way = (end - start) / np.linalg.norm(end - start)
            line = Line(start + ring.width / 2 * way, end - other.width / 2 * way, stroke_width=5)
            lines.add(line.set_color(style.ACCENT_COLOR))
        with self.beat("path", name=self.hero.label, ways=f"{prod(run.sizes[:-1]):,}"):
            self.play(FadeIn(diagram, drawn), run_time=1.2)
            self.wait(0.8)
            self.next_cue()
            self.play(
                *(bundle.animate.set_opacity(DIM) for bundle in diagram.bundles),
                Create(rings[0]),
                run_time=0.7,
            )
            for line, ring in zip(lines, rings[1:], strict=True):
                self.play(Create(line), run_time=0.55)
                self.play(Create(ring), run_time=0.3)
            self.play(FadeIn(name), run_time=0.4)
            self.hold(1.0)
        self.play(FadeOut(diagram, drawn, lines, rings, name), run_time=0.6)

    # --- three lines -----------------------------------------------------------------------------
    def together(self) -> None:
        """2. The weight is turned, and sum, light and cost move together."""
        run, stage = self.run, self.stage
        chain = self.little_chain()
        ends = self.one_way(self.turned_to)
        stand = self.one_way(self.weight.value)
        places = self.line_places()
        limits = (
            around(stand[0], ends[0]),
            (0.0, 1.0),
            (0.0, max(1.0, top_of(max(stand[2], ends[2])))),
        )
        start = (
            self.all_of("z", self.last).one(self.to),
            run.activation(0, self.hero, self.last, self.to),
            run.cost(0, self.hero),
        )
        self.knob = Knob(
            self.weight,
            limit=max(2.0, float(ceil(max(abs(self.weight.value), abs(self.turned_to))))),
            radius=0.85,
        ).move_to(self.knob_place)
        self.lines, names = [], Group()
        long = 4.2 if stage.stacked else 5.0
        for quantity, (low, high), place, said, letter in zip(
            start,
            limits,
            places,
            (self.text("sum"), self.text("light"), self.text("cost")),
            ("z", "a", "C"),
            strict=True,
        ):
            line = NumberLine(quantity, low=low, high=high, length=long, size=SMALL)
            self.lines.append(line.shift(place))
            names.add(self.named(letter, said).move_to(place + (long / 2 + 0.75) * LEFT))
        names.add(self.named("w", self.text("weight")).move_to(self.knob_place + 1.55 * DOWN))
        z = start[0].source
        entering = run.activation(0, self.hero, self.last - 1, self.start).source
        by, where = self.by, f"{self.last}, {self.to}, {self.start}"
        after = (
            self.number(f"{z} + {by!r} * {entering}"),
            self.number(f"turned(0, {self.digit_text}, {where}, {by!r})[{self.last}][{self.to}]"),
            self.cost_turned(by),
        )
        turned = self.number(f"{self.weight.source} + {by!r}")
        others = self.run.history.mlp.parameters - 1
        self.names, self.chain = names, chain
        with self.beat("together", others=f"{others:,}"):
            self.play(FadeIn(chain, self.knob, *names, *self.lines), run_time=1.0)
            self.wait(0.8)
            self.next_cue()
            follow = list(zip(self.lines, after, strict=True))
            self.play(TurnTogether(self.knob, turned, follow, self.one_way, run_time=2.6))
            self.hold(0.8)
            follow = list(zip(self.lines, start, strict=True))
            self.play(TurnTogether(self.knob, self.weight, follow, self.one_way, run_time=1.6))
            self.hold(0.5)

    @property
    def by(self) -> float:
        """How far it is turned: the way on which the cost falls."""
        return -BY if self.slope.value > 0 else BY

    @property
    def turned_to(self) -> float:
        """And to where."""
        return self.weight.value + self.by

    @property
    def knob_place(self) -> Floats:
        """Its middle."""
        stage = self.stage
        x, y = (stage.left + 1.2, stage.middle + 3.2) if stage.stacked else (stage.left + 1.7, 0.1)
        return np.array([x, y, 0.0])

    def line_places(self) -> list[Floats]:
        """The middles of the three lines."""
        stage = self.stage
        x, top, apart = (0.0, 1.4, 1.75) if stage.stacked else (0.9, 2.35, 1.4)
        return [np.array([x, stage.middle + top - apart * n, 0.0]) for n in range(3)]

    def named(self, letter: str, said: str) -> Group:
        """A letter of the formulas, and what it is."""
        sign = Formula(f"{{{{ {letter} : sign }}}}", size=44)
        words = Words(said, SMALL, style.QUIET_COLOR)
        return Group(sign, words.next_to(sign, DOWN, buff=0.12))

    def little_chain(self) -> Group:
        """The neurons of the way before the weight, one a layer, which are held still."""
        stage = self.stage
        count = len(self.path) - 1
        wide = 3.3
        left, y = stage.left, stage.middle + 2.3
        if stage.stacked:
            left, y, wide = stage.left + 2.9, stage.middle + 3.5, 4.2
        pitch = wide / count
        side = min(0.62, 0.6 * pitch)
        lights, numbers = Group(), VGroup()
        for place, neuron in enumerate(self.path[:-1]):
            middle = np.array([[left + (place + 0.5) * pitch, y, 0.0]])
            values = self.run.layer(0, self.hero, place).part([neuron])
            lights.add(NeuronLayer(values, pitch=side / style.NEURON_FILL, centers=middle))
            value = LiveNumber(self.run.activation(0, self.hero, place, neuron), size=SMALL)
            numbers.add(value.move_to(middle[0] + (side / 2 + 0.3) * DOWN))
        joined = VGroup(
            *(
                Line(one.get_right(), other.get_left(), stroke_width=3, buff=0.08)
                for one, other in pairwise(lights)
            )
        ).set_color(style.QUIET_COLOR)
        says = Words(self.text("still"), SMALL, style.QUIET_COLOR)
        says.scale(min(1.0, wide / says.width))
        says.move_to([left + wide / 2, y + side / 2 + 0.32, 0])
        return Group(lights, numbers, joined, says)

    def factors(self) -> None:
        """3. Three factors, and their product."""
        stage, places = self.stage, self.shown_places
        texts = (
            "(partial z) / (partial w)",
            "(partial a) / (partial z)",
            "(partial C) / (partial a)",
        )
        self.shares = []
        for text, one, middle in zip(texts, self.three, self.line_places(), strict=True):
            number = LiveNumber(one, places=places, size=SMALL, color=style.ACCENT_COLOR)
            formula = Formula(f"{{{{ {text} : part }}}}", size=34)
            share = Group(formula, number.next_to(formula, RIGHT, buff=0.22))
            share.move_to(middle, aligned_edge=LEFT)
            share.shift((stage.right - float(share.get_right()[0])) * RIGHT)
            self.shares.append(share)
        numbers = {
            name: LiveNumber(one, places=places)
            for name, one in zip(("one", "two", "three"), self.three, strict=True)
        }
        numbers["whole"] = LiveNumber(self.slope, places=places, color=style.ACCENT_COLOR)
        self.product = Formula(
            "{{ (partial C) / (partial w) : slope }} {{ = : is }} {{ one }} {{ dot.c : by }} "
            "{{ two }} {{ dot.c : times }} {{ three }} {{ = : gives }} {{ whole }}",
            size=40,
            **numbers,
        )
        if stage.stacked:
            self.product.scale(min(1.0, 2 * stage.right / self.product.width))
            self.product.move_to([0, stage.middle - 3.7, 0])
        else:
            self.product.move_to([0, stage.middle - 2.25, 0])
            self.product.shift((stage.right - float(self.product.get_right()[0])) * RIGHT)
        with self.beat("factors"):
            for share in self.shares:
                self.play(FadeIn(share), run_time=0.6)
                self.wait(0.5)
            self.next_cue()
            self.play(FadeIn(self.product), run_time=0.8)
            self.hold(1.4)

    def measured(self) -> None:
        """4. The same slope, measured by turning the weight a little either way."""
        stage, places = self.stage, self.shown_places
        digits = 6
        numbers = {
            "more": LiveNumber(self.cost_turned(LITTLE), places=digits),
            "less": LiveNumber(self.cost_turned(-LITTLE), places=digits),
            "found": LiveNumber(self.by_turning, places=places, color=style.ACCENT_COLOR),
        }
        quotient = Formula(
            f"{{{{ (C(w + {LITTLE:g}) - C(w - {LITTLE:g})) / {2 * LITTLE:g} : quotient }}}} "
            f"{{{{ = : is }}}} ({{{{ more }}}} {{{{ - : minus }}}} {{{{ less }}}}) / "
            f"{2 * LITTLE:g} {{{{ = : gives }}}} {{{{ found }}}}",
            size=44,
            **numbers,
        )
        room = 2 * stage.right
        quotient.scale(min(1.0, room / quotient.width))
        grow = min(1.2, room / self.product.width)
        gone = Group(self.chain, self.knob, *self.lines, *self.names, *self.shares)
        with self.beat("measured", by=f"{LITTLE:g}"):
            self.play(FadeOut(gone), run_time=0.6)
            up = np.array([0.0, stage.middle + 1.3, 0.0])
            self.play(self.product.animate.scale(grow).move_to(up), run_time=0.8)
            quotient.move_to([0, stage.middle - 0.7, 0])
            self.play(FadeIn(quotient), run_time=0.8)
            self.next_cue()
            self.hold(1.4)
        self.play(FadeOut(quotient, self.product), run_time=0.6)

    # --- several ways ----------------------------------------------------------------------------
    def several(self) -> None:
        """5. A neuron before the last layer: as many ways as there are outputs, and their sum."""
        run, stage, last = self.run, self.stage, self.last
        terms = self.numbers(f"back_terms(0, {self.digit_text})[{last}][{self.start}]")
        top = stage.middle + 2.05
        unit = LONG / float(np.abs(terms.values).max())
        x = columns(stage.left, stage.stacked)
        rows = np.array([[0.0, top - PITCH * n, 0.0] for n in range(len(terms))])
        neuron = NeuronLayer(
            run.layer(0, self.hero, last - 1).part([self.start]),
            pitch=0.9 / style.NEURON_FILL,
            centers=np.array([[x["neuron"], rows[:, 1].mean(), 0.0]]),
        )
        outputs = NeuronLayer(
            run.layer(0, self.hero, last), pitch=0.95 * PITCH, centers=rows + x["light"] * RIGHT
        )
        feet = rows + x["foot"] * RIGHT
        arrows = Arrows(terms, feet, unit=unit, direction=RIGHT).set_level(0)
        weights, slopes, products, names, ways = (VGroup() for _ in range(5))
        dz = self.all_of("z_gradients", last)
        for n, row in enumerate(rows):
            names.add(Words(str(n), SMALL, style.QUIET_COLOR).move_to(row + x["name"] * RIGHT))
            for group, one, column in (
                (weights, run.weights_to(0, last, n).one(self.start), "weight"),
                (slopes, dz.one(n), "slope"),
                (products, terms.one(n), "term"),
            ):
                number = LiveNumber(one, places=3, size=SMALL)
                group.add(number.move_to(row + x[column] * RIGHT, aligned_edge=RIGHT))
            start, end = neuron.centers[0], outputs.centers[n]
            way = (end - start) / np.linalg.norm(end - start)
            line = Line(start + 0.5 * way, end - 0.22 * way, stroke_width=2.5)
            ways.add(line.set_color(style.QUIET_COLOR).set_opacity(0.6))
        heads = Group(
            *(
                Formula(f"{{{{ {text} : head }}}}", size=32).move_to([at, top + 0.72, 0])
                for text, at in (
                    ("w", x["weight"] - 0.35),
                    ("(partial C) / (partial z)", x["slope"] - 0.35),
                    ("w dot.c (partial C) / (partial z)", x["foot"] + 0.1),
                )
            )
        )
        total = LiveNumber(terms.sum(), places=3, size=1.2 * SMALL, color=style.ACCENT_COLOR)
        level = float(rows[-1][1]) - 0.62
        total.move_to([x["term"], level, 0], aligned_edge=RIGHT)
        sums = Formula("{{ (partial C) / (partial a) : part }}", size=32)
        whole = Arrows(
            Quantities(np.array([terms.sum().value]), terms.sum().source),
            np.array([[x["foot"], level, 0.0]]),
            unit=unit,
            direction=RIGHT,
        ).set_level(0)
        sums.move_to([x["slope"] - 0.35, level, 0])
        both = bool((terms.values > 0).any() and (terms.values < 0).any())
        everything = Group(neuron, outputs, arrows, names, ways, weights, slopes, products)
        with self.beat("several", words="several" if both else "several-one-sign"):
            self.play(FadeIn(neuron), run_time=0.5)
            self.play(FadeIn(ways, lag_ratio=0.06), FadeIn(outputs, names), run_time=1.2)
            self.play(FadeIn(weights, slopes, heads[0], heads[1]), run_time=0.8)
            self.next_cue()
            self.play(FadeIn(heads[2], products, arrows), arrows.animate.set_level(1), run_time=1.4)
            self.play(FadeIn(sums, total, whole), whole.animate.set_level(1), run_time=0.9)
            self.hold(1.6)
        self.play(FadeOut(everything, heads, total, sums, whole), run_time=0.6)

    # --- all at once -----------------------------------------------------------------------------
    def blocks(self) -> list[dict[str, Mobject]]:
        """For each equation its parts as numbers in light."""
        run, last = self.run, self.last
        digit, before = self.digit_text, len(self.run.weights(0, self.last).values[0])
        dz, ask = self.all_of("z_gradients", last), self.all_of("activation_gradients", last)
        scale = float(np.abs(dz.values).max()) / 2 or 1.0
        slopes, earlier = self.all_of("slopes", last), self.all_of("slopes", last - 1)
        weights = run.weights(0, last)
        turned = self.numbers(f"flat(transposed({weights.source}))", shape=(before, len(dz)))
        gradients = self.numbers(
            f"flat(weight_gradients(0, {digit})[{last}])", shape=(len(dz), before)
        )
        spread = float(np.median(np.abs(weights.values))) or 1.0
        entering = run.layer(0, self.hero, last - 1)

        def upright(numbers: Quantities, light: float) -> Tiles:
            return Tiles(numbers, scale=light).in_grid(len(numbers), 1, THIN, BLOCK)

        def table(numbers: Quantities, source: str, wide: float, light: float) -> WeightMatrix:
            named = Quantities(numbers.values, source)
            return WeightMatrix(named, width=wide, height=BLOCK, scale=light)

        def d() -> Tiles:
            return upright(dz, scale)

        across = Tiles(entering, grey=True).in_grid(1, before, WIDE, THIN)
        return [
            {"d": d(), "asked": upright(ask, scale), "slope": upright(slopes, 0.15)},
            {
                "before": upright(self.all_of("z_gradients", last - 1), scale),
                "w": table(turned, f"transposed({weights.source})", 0.6 * WIDE, spread),
                "d": d(),
                "slope": upright(earlier, 0.15),
            },
            {
                "dw": table(gradients, f"weight_gradients(0, {digit})[{last}]", WIDE, scale),
                "d": d(),
                "a": across,
            },
            {"db": upright(self.numbers(f"bias_gradients(0, {digit})[{last}]"), scale), "d": d()},
        ]

    def equations(self) -> None:
        """6. Four equations; each part lights with the numbers that it stands for."""
        stage = self.stage
        rows = []
        apart = 1.45 if not stage.stacked else 1.7
        top = stage.middle + 1.5 * apart + (0.1 if not stage.stacked else 0.0)
        for n, (text, blocks) in enumerate(zip(EQUATIONS, self.blocks(), strict=True)):
            formula = Formula(text, size=42 if not stage.stacked else 34)
            y = top - n * apart
            formula.move_to([stage.left, y, 0], aligned_edge=LEFT)
            shown: list[tuple[str, Mobject]] = []
            x = 0.0 if not stage.stacked else 0.9
            for name in formula.parts:
                if name in SIGNS:
                    part: Mobject = Formula(f"{{{{ {SIGNS[name]} : sign }}}}", size=30)
                else:
                    part = blocks[name]
                part.move_to([x + part.width / 2, y, 0])
                x += part.width + 0.22
                shown.append((name, part))
            rows.append((formula, shown))
        with self.beat("equations"):
            for n, (formula, shown) in enumerate(rows):
                if n == 2:
                    self.next_cue()
                blocks_of = [part for name, part in shown if name not in SIGNS]
                for part in blocks_of:
                    part.set_opacity(DIM)
                self.play(FadeIn(formula, *(part for _, part in shown)), run_time=0.5)
                for name, part in shown:
                    if name in SIGNS:
                        continue
                    self.play(
                        formula[name].animate.set_light(1.0, style.FLASH),
                        part.animate.set_opacity(1.0),
                        run_time=0.4,
                    )
            self.hold(1.6)
        self.play(
            FadeOut(*(one for formula, shown in rows for one in (formula, *dict(shown).values()))),
            run_time=0.6,
        )

    # --- code ------------------------------------------------------------------------------------
    def loop(self) -> None:
        """7. The lines that do it, once for each layer, the last layer first."""
        stage = self.stage
        code = CodeLines(
            "network/backward_pass.py",
            "backpropagate",
            first="for layer in",
            last="slope = before",
            size=25,
        )
        code.scale(min(1.0, 2 * stage.right / code.width))
        code.move_to([0, stage.middle - (1.65 if not stage.stacked else 2.9), 0])
        tables, columns_of, heads = self.tables()
        note = Words(self.text("own-light"), SMALL, style.QUIET_COLOR)
        note.move_to([0, float(tables[0].get_bottom()[1]) - 0.3, 0])
        with self.beat("loop", layers=self.last):
            self.play(FadeIn(code, heads, note, columns_of[-1]), run_time=0.9)
            for layer in range(self.last, 0, -1):
                # The first layer has none before it, and its last two lines do not run.
                lines = code.lines if layer > 1 else code.lines[:4]
                rest = code.lines[len(lines) :]
                parts = [tables[layer - 1]] + ([columns_of[layer - 2]] if layer > 1 else [])
                self.play(
                    RunThrough(lines),
                    *(line.animate.set_light(AFTERGLOW) for line in rest),
                    FadeIn(*parts, rate_func=late),
                    run_time=2.0,
                )
                if layer == max(1, self.last - 1):
                    self.next_cue()
            self.hold(1.6)

    def tables(self) -> tuple[list[WeightMatrix], list[Tiles], Group]:
        """Of each layer the gradients of its weights, and left of the next one dC/dz."""
        stage, sizes = self.stage, self.run.sizes
        y = stage.middle + (1.25 if not stage.stacked else 1.9)
        tall, thin, gap = 2.0, 0.24, 0.3
        wide = (2 * stage.right - self.last * (thin + 2 * gap) + gap) / self.last
        tables, uprights, heads = [], [], Group()
        x = stage.left
        for layer in range(1, self.last + 1):
            source = f"weight_gradients(0, {self.digit_text})[{layer}]"
            gradients = self.numbers(f"flat({source})", shape=(sizes[layer], sizes[layer - 1]))
            table = WeightMatrix(Quantities(gradients.values, source), width=wide, height=tall)
            tables.append(table.move_to([x + wide / 2, y, 0]))
            head = Formula(f"{{{{ (partial C) / (partial W_{layer}) : head }}}}", size=30)
            heads.add(head.move_to([x + wide / 2, y + tall / 2 + 0.42, 0]))
            x += wide + gap
            dz = self.all_of("z_gradients", layer)
            column = Tiles(dz).in_grid(len(dz), 1, thin, tall)
            uprights.append(column.move_to([x + thin / 2, y, 0]))
            head = Formula(f"{{{{ delta_{layer} : head }}}}", size=30)
            heads.add(head.move_to([x + thin / 2, y + tall / 2 + 0.42, 0]))
            x += thin + gap
        return tables, uprights, heads


def around(one: float, other: float) -> tuple[float, float]:
    """The ends of a line on which two sums lie, and 0."""
    low, high = min(0.0, one, other), max(0.0, one, other)
    return float(floor(low - 0.2)), float(ceil(high + 0.2))


def columns(left: float, stacked: bool) -> dict[str, float]:
    """x of what stands in the rows of the ten ways."""
    if stacked:
        steps = (0.5, 2.0, 2.4, 3.6, 4.65, 5.75, 7.2)
    else:
        steps = (0.7, 3.0, 3.45, 5.3, 7.2, 9.6, 12.6)
    names = ("neuron", "light", "name", "weight", "slope", "foot", "term")
    return {name: left + step for name, step in zip(names, steps, strict=True)}


def late(t: float) -> float:
    """Ease in the second half of the time."""
    p = min(max(2 * t - 1, 0.0), 1.0)
    return p * p * (3 - 2 * p)
