"""Formula: Typst's mathematics; parts light by name, and numbers in it are live."""

from manim import DOWN, FadeIn, Group

from litnet import Formula, LitScene, LiveNumber


class Weighed(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        layer, neuron = 3, reading.answer
        words = Formula(
            "{{ a : answer }} = sigma( sum_(i=1)^16 w_i a_i + {{ b : bias }} )", size=60
        )
        live = Formula(
            "{{ a }} = sigma( {{ sum }} + {{ b }} )",
            size=60,
            a=LiveNumber(reading.activation(layer, neuron), places=3),
            sum=LiveNumber(reading.contributions_to(layer, neuron).sum()),
            b=LiveNumber(reading.bias(layer, neuron)),
        )
        Group(words, live).arrange(DOWN, buff=1).shift((0, 0.4, 0))
        with self.beat("bias", "Which is the bias?", caption="The bias, and the answer"):
            self.play(FadeIn(words, live))
            self.play(
                words["bias"].animate.set_light(1),
                words["answer"].animate.set_light(1, (1, 0.82, 0.4)),
            )
            self.hold(1)
