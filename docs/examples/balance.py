"""Balance: what speaks for a neuron and what against it, added up, and what is left of both."""

from manim import UP, FadeIn

from litnet import Balance, LitScene


class ForAndAgainst(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        carried = reading.contributions_to(3, reading.answer)
        balance = Balance(carried, width=8).set_count(len(carried)).shift(0.5 * UP)
        with self.beat("sums", "For and against", caption="What arrives at the answer"):
            self.play(FadeIn(balance))
            self.hold(1)
