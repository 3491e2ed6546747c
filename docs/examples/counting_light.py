"""CountingLight: light passes over every pixel, and a number counts those it has reached."""

from manim import LEFT, RIGHT, UP, FadeIn

from litnet import CountingLight, LitScene, LiveNumber, PixelGrid


class Count(LitScene):
    def construct(self):
        picture = PixelGrid(self.digit.pixels, height=4.8).move_to(3 * LEFT + 0.4 * UP)
        count = LiveNumber(self.number("pixels.rows * pixels.columns"), places=0, size=110)
        count.move_to(3.4 * RIGHT + 0.4 * UP).pass_by(0)
        with self.beat("count", "How many", caption="Every pixel is counted"):
            self.play(FadeIn(picture, count))
            self.play(CountingLight(picture, count, run_time=3))
            self.hold(1)
