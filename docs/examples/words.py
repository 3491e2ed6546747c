"""Words: a line of text as one mobject; `in_line` and `sentence` set numbers among words."""

from manim import DOWN, UP, FadeIn, VGroup

from litnet import LitScene, LiveNumber, Words, sentence, style


class SomeWords(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        title = Words("A layer of neurons", style.TITLE_SIZE, weight="SEMIBOLD")
        count = LiveNumber(self.subject.size(1), places=0)
        bias = LiveNumber(reading.bias(1, 3))
        text = "It has {count} neurons; the bias of one is {bias}."
        line = sentence(text, count=count, bias=bias)
        VGroup(title, line).arrange(DOWN, buff=0.5).scale(1.4).move_to(0.4 * UP)
        with self.beat("words", "Words", caption="Words and numbers in one line"):
            self.play(FadeIn(title, line))
            self.hold(1)
