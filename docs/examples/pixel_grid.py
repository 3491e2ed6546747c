"""PixelGrid: a picture, one square a pixel; some of them can be a part of their own."""

from manim import LEFT, RIGHT, UP, FadeIn

from litnet import LitScene, PixelGrid
from litnet.mobjects import liveliest_patch


class Pixels(LitScene):
    def construct(self):
        picture = PixelGrid(self.digit.pixels, height=4.8).move_to(3 * LEFT + 0.4 * UP)
        patch = picture.part(liveliest_patch(self.digit.image, 6))
        near = patch.copy().scale(4.8 / patch.height).move_to(3 * RIGHT + 0.4 * UP)
        with self.beat("pixels", "Pixels", caption="A picture, and a patch of it from near"):
            self.play(FadeIn(picture))
            self.play(patch.animate.become(near))
            self.hold(1)
