"""ValueTo: a cell's number goes to another, and its light and the number beside it follow."""

from manim import DOWN, UP, FadeIn

from litnet import LitScene, LiveNumber, NeuronLayer, ValueTo, Words, illustrative


class Dimmer(LitScene):
    network_reads = True

    def construct(self):
        number = self.read().layer(1).part([3])
        neuron = NeuronLayer(number, pitch=2.4).move_to(0.9 * UP)
        shown = LiveNumber(number.one(3), size=60).next_to(neuron, DOWN, buff=0.5)
        by_hand = Words("by hand", color="#9a9a9a").next_to(shown, DOWN, buff=0.3)
        with self.beat("hand", "By hand", caption="A neuron, turned by hand"):
            self.play(FadeIn(neuron, shown, by_hand))
            for value in (0.1, 0.9):
                self.play(ValueTo(neuron, shown, illustrative(value)))
            self.hold(0.5)
        with self.beat("own", "Its own", caption="and as bright as the network has it"):
            self.remove(by_hand)
            self.play(ValueTo(neuron, shown, number.one(3)))
            self.hold(1)
