"""LiveNumber: a number that knows where it comes from, and is checked at every hold."""

from manim import DOWN, UP, FadeIn, VGroup

from litnet import LitScene, LiveNumber, Words, in_line


class HowSure(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        answer = in_line(Words("It answers"), LiveNumber(reading.prediction, places=0))
        sure = in_line(Words("and that output's activation is"), LiveNumber(reading.confidence))
        lines = VGroup(answer, sure).arrange(DOWN, buff=0.6).scale(1.6).move_to(0.4 * UP)
        with self.beat("sure", "How sure", caption="Two numbers, each with its source"):
            self.play(FadeIn(lines))
            self.hold(1)
