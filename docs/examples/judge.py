"""Judge: pictures of a gallery go dark where the verdict is 0, and are counted."""

import numpy as np
from manim import LEFT, RIGHT, UP, FadeIn

from litnet import Gallery, Judge, LitScene, LiveNumber


class Misread(LitScene):
    network_reads = needs_digits = True

    def construct(self):
        self.read()
        images = np.stack([digit.image for digit in self.subject.sorted_digits])
        gallery = Gallery(images, self.numbers("unjudged"), columns=20, pitch=0.5)
        gallery.move_to(1.2 * LEFT + 0.5 * UP)
        wrong = LiveNumber(self.number("wrong(network)"), places=0, size=90, color="#ff6b6b")
        wrong.move_to(5.4 * RIGHT + 0.5 * UP).pass_by(0)
        with self.beat("judged", "Judged", caption="How many of 200 the network misreads"):
            self.play(FadeIn(gallery, wrong))
            self.play(Judge(gallery, self.numbers("right(network)"), wrong, run_time=3))
            self.hold(1)
