"""RunThrough: lines of code, or parts of a formula, light as they run."""

from manim import FadeIn

from litnet import CodeLines, LitScene, RunThrough


class LineByLine(LitScene):
    def construct(self):
        code = CodeLines("network/mlp.py", "propagate", first="a = x", last="yield", size=30)
        code.shift((0, 0.4, 0))
        with self.beat("loop", "Line by line", caption="The loop that computes every activation"):
            self.play(FadeIn(code))
            for _ in range(2):
                self.play(RunThrough(code.lines), run_time=2)
            self.hold(1)
