"""ReadOut: a pointer glides along cells, and shows the number of the one it is at."""

import numpy as np
from manim import PI, UP, FadeIn, Triangle

from litnet import LitScene, LiveNumber, NeuronLayer, ReadOut


class AlongARow(LitScene):
    network_reads = True

    def construct(self):
        numbers = self.read().layer(2)
        places = np.linspace((-5.4, 0, 0), (5.4, 0, 0), 16)
        row = NeuronLayer(numbers, pitch=0.66, centers=places)
        pointer = Triangle(color="#ffd166", fill_opacity=1, stroke_width=0).rotate(PI).scale(0.15)
        pointer.move_to(row.centers[0] + 0.7 * UP)
        shown = LiveNumber(numbers.one(0), size=44).move_to(row.centers[0] + 1.4 * UP)
        way = {"start": 0, "end": 15, "left": -6.5, "right": 6.5}
        with self.beat("read", "Read out", caption="Sixteen activations, one after the other"):
            self.play(FadeIn(row, pointer, shown))
            self.play(ReadOut(row, pointer, shown, **way), run_time=4)
            self.hold(1)
