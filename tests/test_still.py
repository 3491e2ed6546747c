"""Single frames of stories: the films' own, drawn without the rest of them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import manim
import numpy as np
import pytest
from click.testing import CliRunner
from film import ALL, Film, frames
from PIL import Image

import litnet.animations
from litnet.clips.catalogue import LEARNING_CARD, STORIES, TITLE_CARD, Story, find_stories
from litnet.clips.settings import Quality
from litnet.clips.still import evaluate
from litnet.clips.task import RenderTask
from litnet.record.variant import filmed

TINY = Quality(250, 144, 6)  # not quite 16:9
ADDING = '''
from litnet import LitScene
from manim import *


class Falls(Animation):
    """Moves on from where the last frame left it."""

    def interpolate_mobject(self, alpha):
        self.mobject.shift(0.01 * RIGHT)


class Adds(LitScene):
    def construct(self):
        dot, square, number = Dot(), Square(0.5), ValueTracker(0)
        self.add(dot, square)
        with self.beat("one", "One"):
            dot.add_updater(lambda m, dt: m.shift(dt * dt * 10 * RIGHT))
            self.play(square.animate.shift(UP), run_time=1)
            dot.clear_updaters()
            self.play(UpdateFromFunc(dot, lambda m: m.shift(0.01 * UP)), run_time=1)
            self.play(Falls(square), run_time=1)
            self.hold(0.5)
        with self.beat("two", "Two"):
            line = always_redraw(lambda: Line(dot.get_center(), square.get_center()))
            self.add(line)
            self.play(Succession(dot.animate.shift(UP), Wiggle(square), Create(Circle())))
            self.remove(line)
            counted = []
            self.add_updater(lambda dt: counted.append(dt))
            self.play(LaggedStart(*(Rotate(m, 1) for m in (dot, square)), lag_ratio=0.4))
            square.shift(0.02 * len(counted) * RIGHT)
            self.updaters.clear()
            self.play(Homotopy(lambda x, y, z, t: (x + t * y, y, z), square), run_time=1)
            self.hold(0.5)
        self.play(Unwrite(VGroup(Circle(), Square())), FadeOut(dot), run_time=1)
'''


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A scene is evaluated in this process, which configures manim and chooses by environment."""
    from manim import tempconfig

    environment, path, modules = dict(os.environ), list(sys.path), set(sys.modules)
    with tempconfig({}):
        yield
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if not name.startswith(("litnet", "manim")) and "scenes" in str(
            getattr(sys.modules[name], "__file__", "")
        ):
            del sys.modules[name]


def drawn(task: RenderTask, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every frame of a film before it is encoded, as the making of films draws them."""
    from manim import config

    from litnet.clips.farm.work import configure, story
    from litnet.light.renderer import LitRenderer

    found: list[Any] = []

    def keep(self: LitRenderer, frame: Any, num_frames: int = 1) -> None:
        found.extend([np.array(frame)] * num_frames)
        add_frame(self, frame, num_frames)

    add_frame = LitRenderer.add_frame
    with TemporaryDirectory() as folder, monkeypatch.context() as patch:
        configure(task, Path(folder))
        config.dry_run = True
        patch.setattr(LitRenderer, "add_frame", keep)
        story(task).render()
    return found


def stills(task: RenderTask, numbers: set[int]) -> dict[int, Any]:
    """Some frames, without the others."""
    found: dict[int, Any] = {}

    def shows(scene: Any, number: int, picture: Any) -> None:
        found[number] = picture.copy()

    evaluate(task, lambda scene, first, count: numbers & {*range(first, first + count)}, shows)
    return found


def coarse(picture: Any) -> Any:
    """Means of 6 x 6 pixels; a film's colours are coarser than its pixels (4:2:0)."""
    height, width, _ = picture.shape
    return picture.astype(float).reshape(height // 6, 6, width // 6, 6, 3).mean(axis=(1, 3))


SHOWN = (TITLE_CARD, LEARNING_CARD, *STORIES)


def kinds(story: Story) -> set[str]:
    """Of animations and updaters that a story names: on these it depends what may be jumped."""
    text = story.file.read_text("utf-8")
    named = set(re.findall(r"\b([A-Z]\w+)\(", text))
    known = {name for name in named for place in (manim, litnet.animations) if is_kind(place, name)}
    own = re.findall(r"class (\w+)\(\w*Animation", text)
    return known | {*own} | {*re.findall("add_updater|always_redraw|stop_condition", text)}


def is_kind(module: Any, name: str) -> bool:
    found = getattr(module, name, None)
    return isinstance(found, type) and issubclass(found, manim.Animation)


def fewest() -> list[Story]:
    """Stories that have animations of every kind that there is in any of them."""
    chosen: list[Story] = []
    left = set().union(*map(kinds, SHOWN))
    while left:
        chosen.append(max(SHOWN, key=lambda story: len(kinds(story) & left)))
        left -= kinds(chosen[-1])
    return chosen


SOME = SHOWN if ALL else fewest()


@pytest.mark.parametrize("story", SOME, ids=lambda story: story.scene)
def test_a_still_is_the_film_s_own_frame(
    story: Story, story_film: Callable[[Story, str], Film]
) -> None:
    """Bit for bit before encoding, and in the film that manim wrote (``make test-all``: of all)."""
    film = story_film(story, "en")
    assert film.hashes is not None
    hashes, video = film.hashes.read_text("utf-8").split(), film.record["video"]
    assert len(hashes) == video["frames"]
    rng = np.random.default_rng(len(story.scene))
    some = set(rng.choice(len(hashes), 30, replace=False).tolist())
    shown = set(sorted(some)[::3])
    some |= {round(beat["end"] * 10) - 1 for beat in film.record["beats"]} | {len(hashes) - 1}
    size = Quality(video["width"], video["height"], 10)
    found = stills(RenderTask(story.scene, story.file, filmed(), size), some)
    assert sorted(found) == sorted(some)
    other = [n for n, one in found.items() if sha256(one.tobytes()).hexdigest() != hashes[n]]
    assert not other
    for number, frame in frames(film.video, shown):
        difference = coarse(frame) - coarse(found[number][:, :, :3])
        assert np.abs(difference).mean() < 1.5, number


def test_a_still_of_another_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not quite 16:9; against the frames that the making of films draws."""
    (story,) = find_stories(("LayerIntro",))
    task = RenderTask(story.scene, story.file, filmed(), TINY)
    film = drawn(task, monkeypatch)
    found = stills(task, set(range(0, len(film), 7)))
    assert sorted(found) == list(range(0, len(film), 7))
    assert [n for n, still in found.items() if not np.array_equal(still, film[n])] == []


def test_what_adds_up_is_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "adds.py"
    file.write_text(ADDING, encoding="utf-8")
    task = RenderTask("", file, filmed(), TINY)
    film = drawn(task, monkeypatch)
    for number in {*range(0, len(film), 7), len(film) - 1}:  # each from the start
        assert np.array_equal(stills(task, {number})[number], film[number]), number


# --- the command ---------------------------------------------------------------------------------
def litnet(*arguments: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command, in this process."""
    from litnet.cli import main

    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def adds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A story of somebody's, in a folder of its own."""
    file = tmp_path / "adds.py"
    file.write_text(ADDING, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return file


def test_one_of_each_kind(adds: Path) -> None:
    one = {}
    for flags in (("--beat", "one"), ("--at", "3.4"), ("--frame", "51"), ()):
        code, out, err = litnet("still", "adds.py:Adds", "-q", "l", *flags, "-o", "a.png")
        assert (code, out, err) == (0, "a.png\n", "")
        with Image.open("a.png") as image:
            one[flags[:1]] = np.array(image)
    assert one[("--beat",)].shape == (480, 854, 3)
    # Its hold of half a second, at the end of beat "one", stands still.
    assert np.array_equal(one[("--beat",)], one[("--at",)])
    assert np.array_equal(one[("--beat",)], one[("--frame",)])
    assert not np.array_equal(one[("--beat",)], one[()])


def test_a_sheet_has_a_picture_of_each_beat(adds: Path) -> None:
    code, out, err = litnet("still", "adds.py", "-q", "l", "--beats")
    assert code == 0, err
    with Image.open(out.strip()) as image:
        assert image.size == (8 + 2 * 488, 8 + 1 * (270 + 26 + 8))
        sheet = np.array(image.convert("L")).astype(int)
    litnet("still", "adds.py", "-q", "l", "--beat", "one", "-o", "one.png")
    with Image.open("one.png") as image:
        one = np.array(image.convert("L").resize((480, 270), Image.Resampling.LANCZOS)).astype(int)
    assert np.abs(sheet[8:278, 8:488] - one).mean() < 0.5
    assert np.abs(sheet[8:278, 496:976] - one).mean() > 0.5
    assert (sheet[278:304, 8:488] > 200).any()  # its label


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--beat", "three"), "Adds: no beat 'three' in it, expected one of: one, two."),
        (("--at", "90"), "Adds: --at 90 is after its end; it is "),
        (("--frame", "9000"), "Adds: --frame 9000 is after its end; it is "),
        (("--at", "nan"), "--at nan: expected a time in seconds, of at least 0."),
        (("-o", "a.jpg"), "a.jpg: a still is a PNG, expected a name that ends in .png."),
        (("--digit", "none.png"), "none.png: no such file, expected a digit."),
        (("--language", "xx"), "Language 'xx' is not one that the films speak"),
    ],
)
def test_what_cannot_be_drawn_is_said(adds: Path, flags: tuple[str, ...], said: str) -> None:
    code, out, err = litnet("still", "adds.py", "-q", "l", *flags)
    assert (code, out) == (1, "")
    assert err.startswith(f"litnet: {said}") and err.count("\n") == 1, err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def broken(:\n", "SyntaxError: invalid syntax ("),
        ("from litnet import LitScene\n", "found 0 stories, expected one, or FILE:NAME"),
        (
            "from litnet import LitScene\nclass A(LitScene):\n    def construct(self):\n"
            "        self.wait(0.1)\n        self.nothing\n",
            "AttributeError: 'A' object has no attribute 'nothing' (",
        ),
    ],
)
def test_a_story_that_fails_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.py").write_text(text, encoding="utf-8")
    code, _, err = litnet("still", "broken.py", "-q", "l")
    assert code == 1
    assert said in err and "Traceback" not in err and err.count("\n") == 1


def test_a_story_that_is_not_there() -> None:
    assert litnet("still", "Nowhere")[0] == 1
    assert "no such story, nor a file of scenes" in litnet("still", "Nowhere")[2]
    assert "gone.py: no file of scenes there." in litnet("still", "gone.py:Story")[2]
    assert litnet("still", "LayerIntro", "--at", "1", "--beats")[0] == 2
