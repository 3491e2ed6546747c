"""LightRows: a field of neurons lights up from one of its rows on, and is counted."""

from manim import LEFT, RIGHT, UP, FadeIn

from litnet import LightRows, LitScene, LiveNumber, NeuronLayer, PixelGrid


class RowAfterRow(LitScene):
    network_reads = True

    def construct(self):
        picture = PixelGrid(self.read().layer(0), height=5)
        field = NeuronLayer.like(picture, pitch=5 / 28).move_to(2.5 * LEFT + 0.4 * UP)
        row = field.part(range(14 * 28, 15 * 28))
        count = LiveNumber(self.subject.size(0), places=0, size=100).move_to(3.8 * RIGHT + 0.4 * UP)
        with self.beat("rows", "Row after row", caption="One row, then all of them"):
            self.play(FadeIn(row))
            self.remove(row)
            self.play(LightRows(field, count, row=14, columns=28, run_time=3))
            self.hold(1)
