"""Why reading is a riddle: no two 3s are alike, and each is a 3 at first sight.

The digits are the bundled ones, and what is counted is counted on them. The eye is a simple one,
as a word on screen says: its cells are as bright as the pixels, and what is recognised is what
the digit's label says, not what a network computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Circle,
    FadeIn,
    FadeOut,
    LaggedStart,
    VGroup,
)

from litnet import style
from litnet.animations import Gather, Sift
from litnet.animations.glimmer import Glimmer
from litnet.mobjects import Halo, LiveNumber, NeuronLayer, PixelGrid, Words, in_line
from litnet.record.quantities import Quantities, Quantity
from litnet.story.scene import LitScene
from litnet.story.subject import Digit
from litnet.style import Floats

SPARK = 0.2  # cells brighter than this send their light on
OTHER_DIGITS = 4  # that land on ideas of their own


@dataclass(frozen=True)
class Pair:
    """Two digits laid over each other."""

    first: Digit
    second: Digit
    share: Quantity  # of the pixels that are lit at all, the part that is lit in both, in percent


class ManyThrees(LitScene):
    """Many hands, one idea.

    The story is about the digit that is filmed, and says what that is.
    """

    def construct(self) -> None:
        """Tell the story, beat by beat."""
        picture = self.this_is_a_three()
        others = self.other_hands(picture)
        picture = self.lay_over(picture, others)
        picture = self.stranger(picture)
        self.light_falls(picture)
        self.two_of_them()
        self.other_ideas()

    # --- what is chosen, and why -------------------------------------------------------------
    @property
    def hand(self) -> Digit:
        """The digit that the story is about."""
        return self.subject.known_digit

    @cached_property
    def likes(self) -> list[Digit]:
        """The other bundled digits with the subject's label."""
        own = self.hand.path.resolve()
        return [
            digit
            for digit in self.bundled
            if digit.label == self.hand.label and digit.path.resolve() != own
        ]

    @cached_property
    def pair(self) -> Pair:
        """The subject and another of its kind: neither the best match nor the worst.

        Of all the others, sorted by how much they agree with the subject, it is the middle one.
        """
        pairs = sorted(map(self.pair_with, self.likes), key=lambda pair: pair.share.value)
        return pairs[(len(pairs) - 1) // 2]

    @cached_property
    def stranger_pair(self) -> Pair:
        """The subject and the digit of another kind that agrees with it most."""
        others = (digit for digit in self.bundled if digit.label != self.hand.label)
        return max(map(self.pair_with, others), key=lambda pair: pair.share.value)

    def pair_with(self, other: Digit) -> Pair:
        """The subject and another digit."""
        return Pair(self.hand, other, self.number("share", self.hand, other))

    @cached_property
    def strangers(self) -> list[Digit]:
        """The first bundled digit of each of some other kinds, spread over the ten."""
        kinds = [k for k in sorted({int(d.label or 0) for d in self.bundled}) if k != self.label]
        chosen = [kinds[i * len(kinds) // OTHER_DIGITS] for i in range(OTHER_DIGITS)]
        return [next(d for d in self.bundled if d.label == kind) for kind in chosen]

    @property
    def label(self) -> int:
        """What the subject is."""
        return int(self.hand.label or 0)

    def picture(self, digit: Digit, height: float) -> PixelGrid:
        """A digit as a picture, that height."""
        return PixelGrid(digit.pixels, height)

    # --- the beats -------------------------------------------------------------------------------
    def this_is_a_three(self) -> PixelGrid:
        """1. Coarse and sloppy, and a 3."""
        picture = self.picture(self.hand, self.stage.panel)
        picture.move_to([0, self.stage.middle, 0])
        dark = picture.copy().set_level(0)
        rows, columns = self.hand.image.shape
        with self.beat("coarse", name=self.label, rows=rows, columns=columns):
            self.play(FadeIn(dark), run_time=0.7)
            self.play(dark.animate.become(picture), run_time=1.6)
            self.wait(0.4)
            self.next_cue()
            self.play(dark.animate.scale(0.94), run_time=1.2)
            self.hold(1.2)
        return dark

    def other_hands(self, picture: PixelGrid) -> list[PixelGrid]:
        """2. As many others as there is room for, and among them the one to be compared."""
        rows, columns = (3, 3) if self.stage.stacked else (2, 5)
        size = min(2.45, 2 * self.stage.right / columns - 0.15)
        step = size + 0.13
        places = [
            np.array(
                [
                    (column - (columns - 1) / 2) * step,
                    self.stage.middle + ((rows - 1) / 2 - row) * step,
                    0,
                ]
            )
            for row in range(rows)
            for column in range(columns)
        ]
        center = len(places) // 2
        own_place = places.pop(center)
        shown = [self.pair.second, *(d for d in self.likes if d is not self.pair.second)]
        others = [
            self.picture(digit, size).move_to(place)
            for digit, place in zip(shown, places, strict=False)
        ]
        with self.beat("others", name=self.label):
            self.play(picture.animate.scale_to_fit_height(size).move_to(own_place), run_time=1.3)
            # From the middle outwards.
            order = sorted(others, key=lambda o: float(np.hypot(*(o.get_center() - own_place)[:2])))
            self.play(
                LaggedStart(*(FadeIn(other, scale=0.85) for other in order), lag_ratio=0.18),
                run_time=2.6,
            )
            self.next_cue()
            self.hold(2.4)
        return others

    def lay_over(self, picture: PixelGrid, others: list[PixelGrid]) -> PixelGrid:
        """3. Two of them over each other, and what they share."""
        partner, *rest = others
        near = self.picture(self.hand, self.stage.panel).move_to(self.stage.first)
        with self.beat(
            "overlay",
            name=self.label,
            pixels=self.hand.image.size,
            either=int(self.shared(self.pair, "either").count().value),
            both=int(self.shared(self.pair, "agree").count().value),
        ):
            self.play(FadeOut(*rest), run_time=0.6)
            self.play(
                picture.animate.become(near),
                partner.animate.become(
                    self.picture(self.pair.second, self.stage.panel).move_to(self.stage.second)
                ),
                run_time=1.3,
            )
            self.wait(0.5)
            overlay = self.slide(picture, partner, self.pair)
            counter, self.counts, self.percent = self.counting(self.pair)
            self.next_cue()
            self.play(FadeIn(self.counts, shift=0.2 * UP), run_time=0.8)
            self.wait(0.8)
            self.next_cue()
            self.sift(overlay, counter, self.pair)
            self.play(FadeIn(self.percent), run_time=0.6)
            self.hold(1.8)
        return overlay

    def shared(self, pair: Pair, how: str) -> Quantities:
        """What two digits make together, as a picture."""
        return self.numbers(how, pair.first, pair.second, shape=pair.first.image.shape)

    def slide(self, picture: PixelGrid, partner: PixelGrid, pair: Pair) -> PixelGrid:
        """The partner slides over the picture, each then giving half the light."""
        overlay = PixelGrid(self.shared(pair, "overlay"), self.stage.panel)
        overlay.move_to(self.stage.first)
        partner.solid[:] = 0  # nothing is behind it yet
        over = partner.copy().as_light().move_to(self.stage.first).set_level(0.5)
        self.play(partner.animate.become(over), picture.animate.set_level(0.5), run_time=1.8)
        self.remove(picture, partner)
        self.add(overlay)
        return overlay

    def counting(self, pair: Pair) -> tuple[LiveNumber, VGroup, VGroup]:
        """The counter of what agrees, at 0 yet; the lines that it stands in; the share it makes.

        Numbers grow to the right from their left ends, and what they count begins below these.
        """
        big = 1.6 * style.TITLE_SIZE
        either = LiveNumber(self.shared(pair, "either").count(), places=0, size=big)
        both = LiveNumber(
            self.shared(pair, "agree").count(), places=0, size=big, color=style.ACCENT_COLOR
        )
        share = LiveNumber(pair.share, places=0, size=big)
        percent = in_line(share, Words("%", big), buff=0.12)
        lines = [
            (either, self.text("in-either")),
            (both.pass_by(0), self.text("in-both")),
            (percent, self.text("in-percent")),
        ]
        left = self.stage.second - (1.2 if self.stage.stacked else 2.2) * RIGHT
        placed = VGroup()
        for row, (number, words) in enumerate(lines):
            at = left + (2.25 - 1.65 * row) * UP
            said = Words(words, color=style.QUIET_COLOR)
            placed.add(
                VGroup(
                    number.move_to(at, aligned_edge=LEFT),
                    said.move_to(at + 0.62 * DOWN, aligned_edge=LEFT),
                )
            )
        said = Words(self.text("lit-means"), color=style.QUIET_COLOR)
        said.move_to(left + 2.6 * DOWN, aligned_edge=LEFT)
        return both, VGroup(*placed[:2], said), placed[2]

    def compared(self, first: VGroup, second: VGroup) -> VGroup:
        """Two shares, one below the other, each with the digit that it is shared with."""
        other = self.stranger_pair.second.label
        names = self.text("with-like", name=self.label), self.text("with-other", other=other)
        place = second[0].get_left()
        lines = VGroup()
        for row, (share, name) in enumerate(zip((first, second), names, strict=True)):
            number = share[0].move_to(place + 0.85 * row * DOWN, aligned_edge=LEFT)
            said = Words(name, color=style.QUIET_COLOR).next_to(number, RIGHT, buff=0.3)
            lines.add(VGroup(number, said))
        second[0].set_color(style.ACCENT_COLOR)
        of_what = second[1].shift(0.85 * DOWN)
        return VGroup(*lines, of_what)

    def sift(self, overlay: PixelGrid, counter: LiveNumber, pair: Pair) -> None:
        """Count, and leave only what is lit in both."""
        kept = PixelGrid(self.shared(pair, "agree"), self.stage.panel)
        self.play(Sift(overlay, kept, counter, run_time=3.2))

    def stranger(self, overlay: PixelGrid) -> PixelGrid:
        """4. If there is one: a digit of another kind that agrees with the subject even more."""
        picture = self.picture(self.hand, self.stage.panel).move_to(self.stage.first)
        pair = self.stranger_pair
        if round(pair.share.value) <= round(self.pair.share.value):
            self.left_over = VGroup(self.counts, self.percent)
            return overlay
        with self.beat(
            "stranger",
            name=self.label,
            other=pair.second.label,
            share=f"{pair.share.value:.0f}",
            before=f"{self.pair.share.value:.0f}",
        ):
            other = self.picture(pair.second, self.stage.panel).move_to(self.stage.second)
            first = self.percent
            self.play(FadeOut(self.counts, first), overlay.animate.become(picture), run_time=0.9)
            self.play(FadeIn(other, shift=0.3 * LEFT), run_time=0.8)
            self.wait(0.5)
            self.next_cue()
            overlay = self.slide(overlay, other, pair)
            counter, self.counts, self.percent = self.counting(pair)
            self.play(FadeIn(self.counts), run_time=0.6)
            self.sift(overlay, counter, pair)
            self.next_cue()
            # The two to be compared, side by side.
            compared = self.compared(first, self.percent)
            self.play(FadeIn(compared), FadeOut(self.counts[2]), run_time=0.6)
            self.counts.remove(self.counts[2])
            self.percent = compared
            self.hold(2.0)
        self.left_over = VGroup(self.counts, self.percent)
        return overlay

    def light_falls(self, overlay: PixelGrid) -> None:
        """5. The digit falls on a field of cells, and what they fire lands on one idea."""
        self.lay_out_the_eye()
        self.shown = self.picture(self.hand, self.picture_size).move_to(self.picture_at)
        with self.beat("eye", name=self.label):
            self.play(FadeOut(self.left_over), overlay.animate.become(self.shown), run_time=1.3)
            self.shown = overlay
            self.field = self.cells(self.hand)
            dark = self.field.copy().set_level(0)
            self.play(FadeIn(dark, self.eye_rim, self.eye_name), run_time=1.0)
            # A picture of light, which falls on the cells.
            beam = self.picture(self.hand, self.picture_size).move_to(self.picture_at).as_light()
            beam.z_index = 1
            fallen = beam.copy().scale(0.92 * self.field_size / self.picture_size)
            fallen.move_to(self.field_at).set_level(0.35)
            self.play(beam.animate.become(fallen), run_time=1.6)
            self.remove(dark)
            rng = np.random.default_rng(0)
            self.play(beam.animate.set_level(0), Glimmer(self.field, rng), run_time=1.8)
            self.remove(beam)
            self.next_cue()
            self.lit = self.idea(self.hand, self.idea_at, 3.2 * style.TITLE_SIZE)
            self.halo = Halo(self.idea_at, 0.75)
            self.add(self.halo)
            self.land(
                FadeIn(self.lit, rate_func=late), self.lit.get_center(), radius=0.75, run_time=2.0
            )
            self.play(FadeIn(self.idea_name), run_time=0.5)
            self.hold(1.4)

    def two_of_them(self) -> None:
        """6. Another of its kind: other cells, the same idea."""
        partner = self.pair.second
        lit = self.idea(partner, self.idea_at, 3.2 * style.TITLE_SIZE)
        with self.beat("same-idea", name=self.label):
            self.play(
                self.halo.animate.become(Halo(self.idea_at, 0.75)),
                self.lit.animate.set_color(style.QUIET_COLOR),
                *self.look_at(partner),
                run_time=1.2,
            )
            self.wait(0.6)
            self.next_cue()
            self.remove(self.lit)
            self.lit = lit.set_color(style.QUIET_COLOR)
            self.add(self.lit)
            self.land(
                self.lit.animate(rate_func=late).set_color(style.ACCENT_COLOR),
                self.idea_at,
                radius=0.75,
                run_time=2.0,
            )
            self.hold(1.6)

    def other_ideas(self) -> None:
        """7. Other digits land on ideas of their own."""
        size = 1.25 * style.TITLE_SIZE
        names = [Words(str(number), size, style.QUIET_COLOR) for number in range(10)]
        for name, place in zip(names, self.idea_places, strict=True):
            name.move_to(place)
        own = self.idea(self.pair.second, self.idea_places[self.label], size)
        with self.beat("other-ideas"):
            self.play(
                self.lit.animate.become(own.set_color(style.QUIET_COLOR)),
                self.halo.animate.become(Halo(self.idea_places[self.label], 0.45)),
                run_time=0.9,
            )
            self.play(
                LaggedStart(
                    *(FadeIn(name) for name in names if name is not names[self.label]),
                    lag_ratio=0.1,
                ),
                run_time=0.9,
            )
            self.remove(self.lit)
            self.add(names[self.label])
            dim, lit = names[self.label], names[self.label]
            for number, digit in enumerate(self.strangers):
                place = self.idea_places[int(digit.label or 0)]
                if number in (OTHER_DIGITS // 2, OTHER_DIGITS - 1):
                    self.next_cue()
                back = [] if number == 0 else [FadeOut(lit), FadeIn(dim)]
                self.play(
                    *self.look_at(digit),
                    self.halo.animate.set_opacity(0),
                    *back,
                    run_time=0.8,
                )
                self.remove(self.halo)
                self.halo = Halo(place, 0.45)
                self.add(self.halo)
                dim = names[int(digit.label or 0)]
                lit = self.idea(digit, place, size)
                self.land(
                    VGroup(dim).animate(rate_func=late).set_opacity(0),
                    place,
                    FadeIn(lit, rate_func=late),
                    radius=0.35,
                    run_time=1.3,
                )
                self.remove(dim)
                dim.set_opacity(1)
                self.hold(0.5)
            self.hold(2.2)

    # --- the eye ---------------------------------------------------------------------------------
    def lay_out_the_eye(self) -> None:
        """Where the picture, the field of cells and the ideas stand."""
        if self.stage.stacked:
            self.picture_size, self.field_size = 3.1, 3.6
            self.picture_at = np.array([-2.05, 3.0, 0])
            self.field_at = np.array([1.75, 3.0, 0])
            self.idea_at = np.array([0, -1.3, 0])
            columns, rows, step = 5, 2, np.array([1.35, 1.6, 0])
            name_at = self.idea_at + 2.2 * DOWN
        else:
            self.picture_size, self.field_size = 3.3, 4.5
            self.picture_at = np.array([self.stage.left + 1.65, self.stage.middle, 0])
            self.field_at = np.array([-0.35, self.stage.middle, 0])
            self.idea_at = np.array([self.stage.right - 1.75, self.stage.middle, 0])
            columns, rows, step = 2, 5, np.array([1.7, 1.0, 0])
            name_at = self.idea_at + 2.75 * DOWN
        order = [
            divmod(n, columns) if self.stage.stacked else divmod(n, rows)[::-1] for n in range(10)
        ]
        self.idea_places = [
            self.idea_at + step * [column - (columns - 1) / 2, (rows - 1) / 2 - row, 0]
            for row, column in order
        ]
        self.eye_name = Words(self.text("simple-eye"), color=style.QUIET_COLOR)
        self.eye_name.move_to(self.field_at + (self.field_size / 2 + 0.45) * UP)
        self.eye_rim = Circle(self.field_size / 2 + 0.1, color=style.QUIET_COLOR, stroke_width=2)
        self.eye_rim.set_stroke(opacity=0.6).move_to(self.field_at)
        self.idea_name = Words(self.text("idea"), color=style.QUIET_COLOR).move_to(name_at)

    def cells(self, digit: Digit) -> NeuronLayer:
        """The round field of cells, looking at a digit."""
        rows, columns = digit.image.shape
        centers, half = round_field(rows, columns, self.field_size / 2)
        cells = NeuronLayer(digit.pixels, pitch=1, centers=centers)
        corner = np.column_stack((half, half, 0 * half))
        cells.points = np.concatenate((centers - corner, centers + corner)) + np.tile(
            self.field_at, (2 * len(cells), 1)
        )
        return cells

    def look_at(self, digit: Digit) -> list[object]:
        """Picture and cells change to another digit."""
        seen = self.picture(digit, self.picture_size).move_to(self.picture_at)
        return [self.shown.animate.become(seen), self.field.animate.become(self.cells(digit))]

    def idea(self, digit: Digit, place: Floats, size: float) -> LiveNumber:
        """What a digit is, lit up."""
        return LiveNumber(
            self.number("label", digit),
            places=0,
            size=size,
            color=style.ACCENT_COLOR,
        ).move_to(place)

    def land(
        self, arrives: object, place: Floats, *more: object, radius: float, run_time: float
    ) -> None:
        """The light of the cells that fire gathers around one idea, which glows."""
        firing = [
            n for n, v in zip(self.field.indices, self.field.values, strict=True) if v > SPARK
        ]
        self.play(
            Gather(self.field.part(firing), place, radius=radius, run_time=run_time),
            self.halo.animate(run_time=run_time, rate_func=late).become(self.brighter()),
            arrives,
            *more,
            run_time=run_time,
        )

    def brighter(self) -> Halo:
        """The halo as it is when the light has come."""
        halo = self.halo.copy()
        halo.strength = 0.55
        return halo


def round_field(rows: int, columns: int, radius: float) -> tuple[Floats, Floats]:
    """Centres (rows * columns, 3) and radii (n,) of a grid that is bent into a disc.

    Row by row from the top left. The square's upright and level lines become arcs of ellipses
    (x sqrt(1 - y^2 / 2), y sqrt(1 - x^2 / 2)), so that what is seen in the middle keeps its form.
    """
    across = (2 * np.arange(columns) + 1) / columns - 1
    up = 1 - (2 * np.arange(rows) + 1) / rows
    x, y = np.meshgrid(across, up)
    places = np.stack((x * np.sqrt(1 - y**2 / 2), y * np.sqrt(1 - x**2 / 2), 0 * x), axis=2)
    places *= radius
    apart = np.full((rows, columns), np.inf)
    for axis in (0, 1):
        gaps = np.linalg.norm(np.diff(places, axis=axis), axis=2)
        for side in (1, 0):  # to the neighbour before, and to the one after
            there = [(side, 1 - side) if axis == one else (0, 0) for one in (0, 1)]
            apart = np.minimum(apart, np.pad(gaps, there, constant_values=np.inf))
    return places.reshape(-1, 3), style.NEURON_FILL / 2 * apart.ravel()


def late(t: float) -> float:
    """Nothing until half the time is over, then smoothstep."""
    p = min(1.0, max(0.0, 2 * t - 1))
    return p * p * (3 - 2 * p)
