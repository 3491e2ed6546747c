"""Sift: a band of light passes over a picture, leaves another behind, and adds it up."""

from manim import LEFT, RIGHT, UP, FadeIn

from litnet import LitScene, LiveNumber, PixelGrid, Sift


class InBoth(LitScene):
    needs_digits = True

    def construct(self):
        first, second = [one for one in self.bundled if one.label == 3][:2]
        shape = {"shape": (28, 28)}
        both = self.numbers("agree", first, second, **shape)
        overlay = PixelGrid(self.numbers("overlay", first, second, **shape), height=4.8)
        kept = PixelGrid(both, height=4.8)
        overlay.move_to(2.8 * LEFT + 0.4 * UP)
        count = LiveNumber(both.count(), places=0, size=100)
        count.move_to(3.6 * RIGHT + 0.4 * UP).pass_by(0)
        with self.beat("both", "In both", caption="Which pixels are lit in both threes"):
            self.play(FadeIn(overlay, count))
            self.play(Sift(overlay, kept, count, run_time=3))
            self.hold(1)
