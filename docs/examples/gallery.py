"""Gallery: many pictures at once; those of which the number is 0 are dimmed."""

import numpy as np
from manim import UP, FadeIn

from litnet import Gallery, LitScene


class TwoHundred(LitScene):
    network_reads = needs_digits = True

    def construct(self):
        self.read()
        images = np.stack([digit.image for digit in self.subject.sorted_digits])
        right = self.numbers("right(network)")
        gallery = Gallery(images, right, columns=25, pitch=0.5).move_to(0.5 * UP)
        with self.beat("all", "All bundled digits", caption="The dark ones are misread"):
            self.play(FadeIn(gallery))
            self.hold(1)
