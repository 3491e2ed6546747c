"""Fan: how far directions are from one direction, straight down; red ones lead back up."""

from manim import RIGHT, UP, FadeIn

from litnet import Fan, LitScene


class Directions(LitScene):
    shows_learning = True

    def construct(self):
        run = self.run
        fans = [
            Fan(run.angles(moment, 32, 40), radius=2.2).set_level(0).shift(1.6 * UP + x * RIGHT)
            for moment, x in ((0, -3.4), (run.last, 3.4))
        ]
        with self.beat("fans", "Batches", caption="40 batches, early and late"):
            self.play(FadeIn(*fans))
            self.play(*(fan.animate.set_level(1) for fan in fans))
            self.hold(1)
