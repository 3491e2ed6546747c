"""LitScene: whole frames, beats, captions, held frames; and the numbers on screen."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film import Film, film
from manim import LEFT, RIGHT, UP, FadeIn, Square, VGroup, tempconfig

from litnet import style
from litnet.light.camera import LitCamera
from litnet.mobjects import Connections, LiveNumber, NeuronLayer, PixelGrid, Words
from litnet.mobjects.words import caption, sentence
from litnet.narration import filled
from litnet.record.quantities import Quantity, illustrative
from litnet.scene import refuse_opengl
from litnet.stage import Stage

MINUS = "\N{MINUS SIGN}"


# --- numbers on screen --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (0.0, 2, "0.00"),
        (0.996, 2, "1.00"),
        (0.994, 2, "0.99"),
        (-1.5, 2, f"{MINUS}1.50"),
        (12960, 0, "12,960"),
        (-1234567.891, 1, f"{MINUS}1,234,567.9"),
        (784, 0, "784"),
    ],
)
def test_what_a_number_says(value: float, places: int, text: str) -> None:
    number = LiveNumber(Quantity(value, "activations[0][0]"), places=places)
    assert (number.text, number.value) == (text, value)
    assert number.has_points()


def test_a_new_number_keeps_the_left_end_and_the_size() -> None:
    number = LiveNumber(illustrative(0.25)).scale(1.7).shift([1.3, -0.4, 0])
    left, bottom, height = number.get_left()[0], number.get_bottom()[1], number.height
    for value in (0.88, 0.02, 0.25):
        number.set_value(illustrative(value))
        assert number.get_left()[0] == pytest.approx(left, abs=0.03)  # digits' own edges
        assert number.get_bottom()[1] == pytest.approx(bottom, abs=0.03)
        assert number.height == pytest.approx(height, rel=0.05)
    assert number.get_left()[0] == pytest.approx(left, abs=1e-9)
    assert number.height == pytest.approx(height, abs=1e-9)


def test_size_survives_a_change_of_length() -> None:
    number = LiveNumber(illustrative(9), places=0).scale(2).shift(3 * LEFT)
    one_digit = number.copy()
    number.set_value(illustrative(99999))
    assert number.height == pytest.approx(one_digit.height, rel=0.35)  # with a comma
    number.set_value(illustrative(9))
    assert number.points == pytest.approx(one_digit.points, abs=1e-9)


def test_many_changes_leave_no_trace() -> None:
    """To the bit: what a number looks like may not depend on how many frames were drawn.

    Otherwise manim's cache takes a film that was cached in parts for another one.
    """
    straight = LiveNumber(illustrative(0), places=0, size=style.TITLE_SIZE)
    straight.center_on(np.array([3.7, 0.45, 0.0]), widest=784).shift([0, 0.2, 0])
    detour = straight.copy()
    for value in range(0, 784, 7):
        detour.pass_by(value)
    assert np.array_equal(detour.pass_by(784).points, straight.pass_by(784).points)


def test_digits_are_equally_wide() -> None:
    """A number that runs does not jitter: its end stays where the digits put it."""
    ends = []
    for digit in "0123456789":
        number = LiveNumber(illustrative(float(f"1{digit * 4}8")), places=0)
        ends.append(number.get_right()[0])
    assert np.ptp(ends) < 1e-6


def test_a_number_says_where_it_comes_from() -> None:
    third = Quantity(0.5, "activations[0][3]")
    number = LiveNumber(third)
    number.set_value(illustrative(0.6))
    assert (number.source, number.value) == ("illustrative", 0.6)
    number.set_value(third).pass_by(0.2)
    assert (number.source, number.value) == ("activations[0][3]", 0.2), "on the way to it"
    assert number.set_value(number.quantity).value == 0.5
    with pytest.raises(TypeError, match=r"shows a number with its source, such as .*not 0\.5"):
        LiveNumber(0.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="with its source"):
        number.set_value(0.5)  # type: ignore[arg-type]


def test_a_number_is_centred_for_the_widest_that_will_be_shown() -> None:
    number = LiveNumber(illustrative(0), places=0)
    number.center_on(np.array([2.0, 1.0, 0.0]), widest=784)
    number.pass_by(784)
    assert number.get_center() == pytest.approx([2, 1, 0], abs=1e-6)


# --- words --------------------------------------------------------------------------------------
def test_captions_stand_on_the_same_lines_whatever_their_letters() -> None:
    stage = Stage.of(1920, 1080)
    low, high = caption("gypsy\nquay", stage), caption("ACE\nnoon", stage)
    for one, other in zip(low, high, strict=True):
        assert one.baseline == pytest.approx(other.baseline, abs=0.01)
    assert caption("one line", stage)[0].baseline == pytest.approx(stage.caption_y, abs=0.01)
    assert high[0].baseline - high[1].baseline == pytest.approx(style.CAPTION_LEADING, abs=0.01)


SHAPES = [(1920, 1080), (854, 480), (1080, 1920), (1080, 1080), (1080, 1350), (2560, 1080)]


@pytest.mark.parametrize(("width", "height"), SHAPES)
def test_the_longest_caption_fits_every_frame(width: int, height: int) -> None:
    stage = Stage.of(width, height)
    assert stage.width / stage.height == pytest.approx(width / height)
    line = "M" * 10 + " " + "activations and wmwmwmwmwm more words"[:31]
    assert len(line) == 42
    lines = caption(f"{line}\n{line}", stage)
    assert lines.width <= (1 - 2 * style.MARGIN) * stage.width + 1e-9
    assert lines.get_bottom()[1] >= -(0.5 - style.MARGIN) * stage.height - 0.25  # descenders
    assert " ".join(words.text for words in lines) == f"{line} {line}"
    # A caption of two lines leaves the panels alone.
    floor = min(stage.second[1], stage.first[1]) - stage.panel / 2
    assert caption("two\nlines", stage).get_top()[1] < floor


@pytest.mark.parametrize(("width", "height"), SHAPES)
def test_panels_and_network_stand_inside_every_frame_and_apart(width: int, height: int) -> None:
    stage = Stage.of(width, height)
    for place in (stage.first, stage.second):
        assert abs(place[0]) + stage.panel / 2 <= stage.width / 2 * (1 - style.MARGIN)
        assert abs(place[1]) + stage.panel / 2 <= stage.height / 2 * (1 - style.MARGIN)
    assert np.abs(stage.first - stage.second).max() >= stage.panel
    assert stage.middle + stage.tall / 2 <= stage.height / 2 * (1 - style.MARGIN)
    assert stage.input_height < stage.right - stage.left


def test_words_are_one_mobject() -> None:
    words = Words("a neuron, ready")
    assert not words.submobjects and words.get_num_points() > 100
    assert words.get_center() == pytest.approx(np.zeros(3), abs=1e-9)


def test_a_line_stays_one_line_in_a_narrow_film(tmp_path: Path) -> None:
    """manim has Pango break lines where the film ends, though a point of text is no pixel."""
    text = "a line of words that is as long as may be, and longer"
    with tempconfig({"pixel_width": 90, "pixel_height": 160, "media_dir": str(tmp_path)}):
        assert Words(text).height < 2 * Words("A").height


# --- time ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("run_time", "rate", "frames"),
    [(1.0, 10, 10), (0.94, 10, 9), (0.96, 10, 10), (0.01, 10, 1), (0.7, 15, 10), (2.4, 7, 17)],
)
def test_run_times_are_whole_frames(
    play: Any, run_time: float, rate: int, frames: int, caplog: pytest.LogCaptureFixture
) -> None:
    clock = []

    def construct(scene: Any) -> None:
        scene.play(FadeIn(Square()), run_time=run_time)
        clock.append((scene.time, scene.film.frames, scene.duration))
        scene.wait(run_time)
        clock.append((scene.time, scene.film.frames, scene.duration))
        scene.wait(run_time, frozen_frame=True)
        clock.append((scene.time, scene.film.frames, scene.duration))

    played = play(construct, frame_rate=rate)
    assert [count for _, count, _ in clock] == [frames, 2 * frames, 3 * frames]
    # Cached plays add their durations to the clock, and so these are whole frames too.
    assert [duration for _, _, duration in clock] == pytest.approx([frames / rate] * 3, abs=1e-9)
    assert [time for time, _, _ in clock] == pytest.approx(
        [n * frames / rate for n in (1, 2, 3)], abs=1e-9
    )
    assert len(played.frames) == 3 * frames


def test_a_beat_has_to_end_with_a_hold(play: Any) -> None:
    def construct(scene: Any) -> None:
        with scene.beat("first", "First", caption="A square."):
            scene.play(FadeIn(Square()))

    with pytest.raises(ValueError, match=r"Beat 'first' has to end with self\.hold\(seconds\)"):
        play(construct)


def test_a_hold_before_the_last_animation_is_not_enough(play: Any) -> None:
    def construct(scene: Any) -> None:
        with scene.beat("first", "First", caption="A square."):
            scene.hold(0.5)
            scene.play(FadeIn(Square()))

    with pytest.raises(ValueError, match="has to end with"):
        play(construct)


def test_a_failing_beat_shows_its_own_error(play: Any) -> None:
    def construct(scene: Any) -> None:
        with scene.beat("first", "First"):
            raise RuntimeError("the story's own")

    with pytest.raises(RuntimeError, match="the story's own"):
        play(construct)


def lines_of(frame: Any) -> Any:
    """The part of a frame in which captions stand."""
    return frame[300:].astype(int)


def test_captions_come_with_their_beat_and_go_with_it(play: Any) -> None:
    marks = []

    def construct(scene: Any) -> None:
        square = Square().shift(UP)
        with scene.beat("first", "First", caption="A caption."):
            scene.play(FadeIn(square), run_time=1)
            marks.append(scene.film.frames)
            scene.hold(1)
        with scene.beat("second", "Second", caption="Other words"):
            scene.play(square.animate.shift(RIGHT), run_time=1)
            scene.hold(1)
        with scene.beat("third", "Third"):
            scene.play(square.animate.shift(LEFT), run_time=1)
            scene.hold(1)

    played = play(construct)
    light = [lines_of(frame).sum() for frame in played.frames]
    assert marks == [10] and len(light) == 60
    assert light[0] == 0, "it fades in"
    assert light[9] > 0 and len(set(light[9:20])) == 1, "and is whole when the beat is held"
    first, second = lines_of(played.frames[15]), lines_of(played.frames[35])
    assert not np.array_equal(first, second)
    assert 0 < light[21] < light[15], "the old one leaves before the new one is there"
    assert light[45:] == [0] * 15
    beats = played.scene.beats.told
    assert [(b.start, b.end) for b in beats] == [(0, 2), (2, 4), (4, 6)]
    assert [b.caption for b in beats] == ["A caption.", "Other words", ""]


def test_a_caption_does_not_change_the_story_s_run_times(play: Any) -> None:
    """Keywords of ``play`` are the story's, and so a short animation stays short."""

    def construct(scene: Any) -> None:
        square = Square()
        with scene.beat("first", "First", caption="A caption."):
            scene.play(FadeIn(square), run_time=2, rate_func=lambda t: t)
            scene.hold(0.5)

    played = play(construct)
    assert len(played.frames) == 25
    shown = [int(frame[180 - 45, 320].max()) for frame in played.frames]
    assert shown[10] == pytest.approx(shown[24] / 2, abs=6), "linear over the two seconds"


def test_a_beat_of_one_hold_still_shows_its_caption(play: Any) -> None:
    def construct(scene: Any) -> None:
        with scene.beat("only", "Only", caption="A caption."):
            scene.hold(1)

    played = play(construct)
    assert lines_of(played.frames[-1]).sum() > 0
    (beat,) = played.scene.beats.told
    assert beat.end == len(played.frames) / 10


# --- held frames --------------------------------------------------------------------------------
def network() -> list[Any]:
    rng = np.random.default_rng(4)
    left = NeuronLayer(rng.random(30), layer=0, pitch=0.2).move_to(3 * LEFT)
    right = NeuronLayer(rng.random(8), layer=1, pitch=0.5).move_to(3 * RIGHT)
    return [left, right, Connections(left, right, rng.normal(size=(8, 30)))]


def drawn_once(scene: Any) -> Any:
    """The scene as the camera draws it, once, on a new frame."""
    camera = LitCamera()
    camera.frame = scene.camera.frame
    camera.reset()
    camera.capture_mobjects(scene.mobjects)
    return np.array(camera.pixel_array)[:, :, :3].astype(int)


def test_a_held_frame_has_its_light_once(play: Any) -> None:
    """manim draws a frozen frame over the static image; drawn twice, light would add up."""
    pictures = {}

    def construct(scene: Any) -> None:
        layer, *others = network()
        scene.add(layer, *others)
        with scene.beat("first", "First", caption="Light, held."):
            scene.play(layer.animate.shift(0.5 * UP), run_time=0.5)
            scene.wait(0.3, frozen_frame=False)
            scene.hold(1.0)
        pictures["once"] = drawn_once(scene)

    played = play(construct)
    assert len(played.frames) == 6 + 3 + 10, "a caption takes 0.6 seconds to come"
    once = pictures["once"]
    assert once.max() > 200
    for frame in played.frames[6:]:
        assert np.abs(frame - once).max() <= 1


def test_what_stands_still_is_as_bright_while_something_else_moves(play: Any) -> None:
    """Lit mobjects below and above a moving square, with and without a z-index."""
    pictures = {}

    def construct(scene: Any) -> None:
        below, above, bundle = network()
        square = Square(0.5).move_to([0, 2.5, 0])
        scene.add(below, square, bundle, above)
        pictures["before"] = drawn_once(scene)
        scene.play(square.animate.shift(0.4 * LEFT), run_time=0.5)
        scene.wait(0.1, frozen_frame=True)
        pictures["after"] = drawn_once(scene)

    played = play(construct)
    assert np.abs(played.frames[0] - pictures["before"]).max() <= 1
    assert np.abs(played.frames[-1] - pictures["after"]).max() <= 1
    lower = slice(120, 360)  # the square never comes here
    for frame in played.frames:
        assert np.abs(frame[lower] - pictures["before"][lower]).max() <= 1


@pytest.mark.parametrize("mover", [0, 1, 2])
def test_the_last_frame_of_a_movement_is_the_picture(play: Any, mover: int) -> None:
    """Whichever of the mobjects moves, neurons stay in front of the lines.

    Two of 255, because each of a bundle's two signs is rounded with its opacity.
    """
    pictures = {}

    def construct(scene: Any) -> None:
        parts = network()
        scene.add(*parts, VGroup(LiveNumber(illustrative(0.5)), Words("w").shift(UP)))
        scene.play(parts[mover].animate.set_opacity(0.999999), run_time=0.3)
        scene.wait(0.1, frozen_frame=True)
        pictures["once"] = drawn_once(scene)

    played = play(construct)
    for frame in played.frames:
        assert np.abs(frame - pictures["once"]).max() <= 2


def test_a_frame_that_was_handed_over_does_not_change(play: Any) -> None:
    """Frames share memory with the encoder's queue; the next one may not be drawn into it."""
    held: list[Any] = []

    def construct(scene: Any) -> None:
        pixels = PixelGrid(np.ones((2, 2)), 1.0)
        scene.add(pixels)
        scene.wait(0.1, frozen_frame=True)
        held.append(scene.renderer.get_frame())
        held.append(held[0].copy())
        scene.play(pixels.animate.shift(3 * RIGHT), run_time=0.5)

    play(construct)
    assert np.array_equal(held[0], held[1])


# --- the cache, and other ways to render --------------------------------------------------------
STORY = """
from litnet.mobjects import LiveNumber, NeuronLayer
from litnet.scene import LitScene
from manim import FadeIn
import numpy as np


class Tiny(LitScene):
    def construct(self):
        layer = NeuronLayer(np.array([0.2, 0.9]), layer=1, pitch=1.0)
        with self.beat("first", "First", caption="One.\\nTwo."):
            self.play(FadeIn(layer), run_time=0.53)
            self.hold(1.0)
        with self.beat("second", "Second", caption="Three."):
            self.play(layer.animate.shift([1, 0, 0]), run_time=0.91)
            self.wait(0.37)
            self.hold(0.86)
"""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Film]:
    folder = tmp_path_factory.mktemp("tiny")
    story = folder / "tiny_story.py"
    story.write_text(STORY, encoding="utf-8")
    return story, film(folder / "media", "-ql", "--fps", "7", story=story, scene="Tiny")


def test_a_cached_film_has_the_same_clock(tiny: tuple[Path, Film]) -> None:
    """manim's clock goes on by the nominal durations of plays that it takes from its cache."""
    story, first = tiny
    before = first.record
    again = film(story.parent / "media", "-ql", "--fps", "7", story=story, scene="Tiny", apart=True)
    assert again.record == before
    # 0.53, 1.0, 0.91, 0.37 and 0.86 seconds at 7 a second.
    assert before["video"]["frames"] == 4 + 7 + 6 + 3 + 6
    assert [b["end"] for b in before["beats"]] == pytest.approx([11 / 7, 26 / 7])


def test_a_story_without_a_network_has_a_record_too(tiny: tuple[Path, Film]) -> None:
    record = tiny[1].record
    assert record["forward_pass"] == {} and record["network"] == {}
    assert record["variant"]["model"] is None and record["variant"]["digit"] is None
    assert "model" not in {entry["role"] for entry in record["inputs"]}


def test_the_record_is_strict_json(tiny: tuple[Path, Film]) -> None:
    text = tiny[1].video.with_suffix(".json").read_text("utf-8")
    assert text.endswith("\n")

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    assert json.loads(text, parse_constant=refuse)["schema"] == 1


def test_some_animations_only(tiny: tuple[Path, Film]) -> None:
    """With ``-n`` the film has fewer frames, and its record counts those it has."""
    story, _ = tiny
    part = film(
        story.parent / "part", "-ql", "--fps", "7", "-n", "2,4", story=story, scene="Tiny"
    ).record
    assert part["video"]["frames"] == 6 + 3 + 6
    assert [b["name"] for b in part["beats"]] == ["second"]
    assert part["beats"][0]["start"] == 0
    assert part["beats"][0]["end"] == pytest.approx(15 / 7)


def test_the_other_renderer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from manim import RendererType, config

    monkeypatch.setitem(config._d, "renderer", RendererType.OPENGL)
    with pytest.raises(SystemExit, match=r"litnet: --renderer opengl cannot"):
        refuse_opengl()


def test_a_sentence_has_numbers_in_its_places() -> None:
    text = "연결 {total}개 중 가장 강한 {drawn}개"
    numbers = {
        name: LiveNumber(illustrative(n), places=0) for name, n in (("total", 9), ("drawn", 4))
    }
    parts = list(sentence(text, **numbers))
    assert [part.text for part in parts] == ["연결", "9", "개 중 가장 강한", "4", "개"]
    assert parts[1] is numbers["total"] and parts[3] is numbers["drawn"]
    gaps = [b.get_left()[0] - a.get_right()[0] for a, b in pairwise(parts)]
    # Apart only where the text has a space.
    assert min(gaps[0], gaps[2]) > 2 * max(gaps[1], gaps[3]) > 0
    for number in numbers.values():
        assert number.baseline == pytest.approx(parts[0].baseline)


def test_thousands_are_apart_in_what_is_said() -> None:
    assert (
        filled("key", "{n} of {m}, {x}", {"n": 64, "m": 1024, "x": "1024"}) == "64 of 1,024, 1024"
    )


def test_cells_hide_what_lies_under_them() -> None:
    random = np.random.default_rng(0)
    for spread in (1.0, 40.0):  # beside each other, too
        cells = NeuronLayer(
            np.zeros(40), layer=1, pitch=0.5, centers=random.normal(size=(40, 3)) * [1, 1, 0]
        )
        points = random.normal(size=(200, 3)) * [spread, spread, 0]
        expected = [
            any(max(abs(p - c)) <= 1.02 * h for c, h in zip(cells.centers, cells.half, strict=True))
            for p in points
        ]
        assert cells.covers(points).tolist() == expected
        assert any(expected)
    assert not cells.covers(points + np.array([90, 0, 0])).any()
