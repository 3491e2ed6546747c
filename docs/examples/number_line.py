"""NumberLine: a number as a place on a line; `Turn` goes to another one."""

from manim import FadeIn

from litnet import LitScene, NumberLine, Turn


class OnALine(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        line = NumberLine(reading.z(3, 8), low=-12, high=12, length=9)
        with self.beat("eight", "The sum of output 8", caption="What output 8 adds up to"):
            self.play(FadeIn(line))
            self.hold(1)
        with self.beat("answer", "The sum of the answer", caption="and what the answer does"):
            self.play(Turn(line, reading.z(3, reading.answer)))
            self.hold(1)
