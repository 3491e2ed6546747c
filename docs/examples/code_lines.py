"""CodeLines: lines of a real file, which light as they run."""

from manim import FadeIn

from litnet import CodeLines, LitScene, RunThrough


class TheLoop(LitScene):
    def construct(self):
        code = CodeLines("network/mlp.py", "propagate", first="a = x", last="yield", size=30)
        code.shift((0, 0.4, 0))
        loop = code.lines[1:]
        with self.beat("loop", "The only forward loop", caption="The lines that compute it all"):
            self.play(FadeIn(code))
            self.play(code.line("a = x").animate.set_light(0.25), run_time=0.5)
            self.play(RunThrough(loop), run_time=2)
            self.play(code.line("z:").animate.set_light(1), run_time=0.5)
            self.hold(1)
