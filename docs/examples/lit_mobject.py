"""LitMobject: the base of all of these; one of your own draws and describes itself."""

import numpy as np
from manim import FadeIn

from litnet import LitMobject, LitScene, style
from litnet.light.strokes import strokes


class Bars(LitMobject):
    """Numbers (n,) as bars from a line up; a number of one is one unit high."""

    def __init__(self, numbers):
        super().__init__()
        self.values, self.source = numbers.values.ravel().copy(), numbers.source
        feet = np.linspace((-4, -1.5, 0), (4, -1.5, 0), len(numbers))
        self.points = np.concatenate(
            (feet, feet + np.array([0, 1, 0]))
        )  # manim moves and scales them

    def bars(self):
        feet, ones = np.split(self.points, 2)
        return feet, feet + self.values[:, None] * (ones - feet)

    def draw(self, canvas):
        paths = [np.stack(bar) for bar in zip(*self.bars(), strict=True)]
        look = {"width": 0.16, "color": style.POSITIVE, "glow": style.STROKE_GLOW_LIGHT}
        strokes(canvas, paths, opacity=self.opacity, **look)

    def describe(self, page):
        one = float(np.linalg.norm(self.points[len(self.values)] - self.points[0]))
        page.measure("length", self.source, self.values, one, *self.bars())


class SixteenBars(LitScene):
    network_reads = True

    def construct(self):
        bars = Bars(self.read().layer(2)).stretch(3.5, 1).move_to((0, 0.5, 0))
        with self.beat("bars", "Sixteen bars", caption="The second layer, as bars"):
            self.play(FadeIn(bars))
            self.hold(1)
