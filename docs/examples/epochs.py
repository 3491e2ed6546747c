"""Epochs: pictures, numbers and curves go through a training run, by one clock."""

from manim import LEFT, RIGHT, UP, FadeIn

from litnet import Epochs, LitScene, LiveNumber, SignedGrid


class OneNeuronLearns(LitScene):
    shows_learning = True

    def construct(self):
        run = self.run
        moments = range(run.last + 1)
        weights = [run.weights_to(moment, 1, 3) for moment in moments]
        steps = [run.step(moment) for moment in moments]
        grid = SignedGrid(weights[0], height=4.8, scale=0.1).move_to(2.5 * LEFT + 0.4 * UP)
        step = LiveNumber(steps[0], places=0, size=80).move_to(3.4 * RIGHT + 0.4 * UP)
        with self.beat("learns", "One neuron learns", caption="784 weights, after so many steps"):
            self.play(FadeIn(grid, step))
            self.play(Epochs(moments, [(grid, weights), (step, steps)], run_time=4))
            self.hold(1)
