"""Cells: one mobject for many numbers, each as bright as its own; pixels and neurons are cells."""

import numpy as np
from manim import UP, FadeIn

from litnet import Cells, LitScene


class InACircle(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        around = np.linspace(0, 2 * np.pi, 16, endpoint=False)
        places = 2.4 * np.stack((np.sin(around), np.cos(around), 0 * around), axis=1)
        look = {"roundness": 0.5, "halo": 0.6, "rim": 0.06, "rim_light": 0.5}
        cells = Cells(places + 0.4 * UP, 0.36, reading.layer(2), kind="neurons", **look)
        with self.beat("cells", "Sixteen cells", caption="A layer, in a circle"):
            self.play(FadeIn(cells))
            self.hold(1)
