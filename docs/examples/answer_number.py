"""AnswerNumber: the network's answer, red while it is wrong."""

from manim import LEFT, RIGHT, UP, FadeIn

from litnet import AnswerNumber, Epochs, LitScene, PixelGrid


class WrongThenRight(LitScene):
    shows_learning = True

    def construct(self):
        digit, run = self.digit, self.run
        answers = [run.answer(moment, digit) for moment in range(run.last + 1)]
        picture = PixelGrid(digit.pixels, height=4.5).move_to(3 * LEFT + 0.4 * UP)
        answer = AnswerNumber(answers[0], digit.label, size=200).move_to(3 * RIGHT + 0.4 * UP)
        with self.beat("learns", "Its answer", caption="What it answers while it learns"):
            self.play(FadeIn(picture, answer))
            self.play(Epochs(range(run.last + 1), [(answer, answers)], run_time=4))
            self.hold(1)
