"""Turn: a number eases to another, and its knob, its line or its digits go along."""

from manim import LEFT, RIGHT, UP, FadeIn

from litnet import Knob, LitScene, LiveNumber, Turn


class Turned(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        one, other = reading.bias(2, 3), reading.bias(2, 4)
        limit = 1.2 * max(abs(one.value), abs(other.value))
        knob = Knob(one, limit=limit, radius=1.3).move_to(2.5 * LEFT + 0.4 * UP)
        shown = LiveNumber(one, size=70).move_to(2.5 * RIGHT + 0.4 * UP)
        with self.beat("one", "A bias", caption="The bias of one neuron"):
            self.play(FadeIn(knob, shown))
            self.hold(0.5)
        with self.beat("other", "Another", caption="and of another"):
            self.play(Turn(knob, other), Turn(shown, other), run_time=2)
            self.hold(1)
