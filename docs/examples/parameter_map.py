"""ParameterMap: every weight and bias as one light; pictures, matrices and biases on one scale."""

from manim import UP, FadeIn

from litnet import Epochs, LitScene, ParameterMap


class Everything(LitScene):
    shows_learning = True

    def construct(self):
        run = self.run
        numbers = [run.parameters(moment) for moment in range(run.last + 1)]
        whole = ParameterMap(numbers[0], height=4.2, scale=0.35).shift(0.4 * UP)
        legend = whole.legend().next_to(whole, UP)
        held = [(grid, [one[n] for one in numbers]) for n, grid in enumerate(whole.grids)]
        with self.beat("learns", "All of them", caption="All that a network learns"):
            self.play(FadeIn(whole, legend))
            self.play(Epochs([0, 9, run.last], held, run_time=3))
            self.hold(1)
