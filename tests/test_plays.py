"""Plays have names: what is seen decides about them, and nothing else; and segments are joined."""

from __future__ import annotations

import importlib.util
import itertools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import av
import msgspec
import numpy as np
import pytest
from manim import (
    DOWN,
    RIGHT,
    Animation,
    Arc,
    Circle,
    Dot,
    FadeIn,
    ImageMobject,
    Mobject,
    MoveAlongPath,
    MovingCamera,
    Square,
    Wait,
)
from scipy import ndimage

from litnet.light import identity
from litnet.light.blur import blurred
from litnet.light.camera import LitCamera
from litnet.light.identity import play_name
from litnet.light.renderer import joined
from litnet.mobjects import PixelGrid, Words
from litnet.record import modules
from litnet.record.modules import import_closure
from litnet.record.quantities import illustrative_cells

NUMBERS = itertools.count()


def name(
    *animations: Animation,
    mobjects: Any = (),
    camera: Any = None,
    encoder: str = "x264",
    scene: Any = None,
) -> str | None:
    return play_name(scene or object(), camera, animations, mobjects, encoder)


def story(folder: Path, text: str) -> ModuleType:
    """A module that somebody wrote, and wrote again."""
    file = folder / f"story{next(NUMBERS)}.py"
    file.write_text("from manim import *\n" + text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("somebodys_story", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def grid(value: float) -> PixelGrid:
    pixels = np.zeros((40, 40))
    pixels[20, 20] = value
    return PixelGrid(illustrative_cells(pixels), height=2.0)


def test_equal_plays_have_one_name() -> None:
    def made() -> str:
        square = Square().shift(RIGHT)
        square.add_updater(lambda it: it.shift(0.1 * RIGHT))
        return name(FadeIn(square, run_time=2), mobjects=[square, Dot()])

    assert made() == made()
    assert len(made() or "") == 64


@pytest.mark.parametrize(
    "other",
    [
        lambda: name(FadeIn(Square(), run_time=2)),
        lambda: name(FadeIn(Square(side_length=2.0000001))),
        lambda: name(FadeIn(Square(color="#FFFFFE"))),
        lambda: name(FadeIn(Square(), shift=RIGHT)),
        lambda: name(FadeIn(Square(), rate_func=lambda t: t)),
        lambda: name(FadeIn(Square()), FadeIn(Square())),
        lambda: name(FadeIn(Square()), mobjects=[Dot()]),
        lambda: name(FadeIn(Square()), encoder="x265"),
        lambda: name(FadeIn(Square()), camera=Dot()),
        lambda: name(Wait()),
        lambda: name(),
    ],
)
def test_other_plays_have_other_names(other: Callable[[], str]) -> None:
    assert other() != name(FadeIn(Square()))


def test_what_a_wait_leaves_in_the_scene_does_not_count() -> None:
    """Else one wait more would give all plays after it other names."""
    square = Square()
    assert name(mobjects=[Wait().mobject, square]) == name(mobjects=[square])
    moving = Mobject().add_updater(lambda it: square.shift(RIGHT))
    assert name(mobjects=[moving, square]) != name(mobjects=[square])


def test_every_number_counts_in_large_arrays() -> None:
    """A shortened repr of a large array would hide one that changed in the middle."""
    images = [np.zeros((200, 200, 4), np.uint8) for _ in range(2)]
    assert name(mobjects=[ImageMobject(images[0])]) == name(mobjects=[ImageMobject(images[1])])
    images[1][100, 100, 0] = 1
    assert name(mobjects=[ImageMobject(images[0])]) != name(mobjects=[ImageMobject(images[1])])
    a, b = Dot(), Dot()
    a.numbers, b.numbers = np.zeros(4), np.zeros((2, 2))
    assert name(mobjects=[a]) != name(mobjects=[b])
    b.numbers = np.zeros(4, np.float32)
    assert name(mobjects=[a]) != name(mobjects=[b])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, 2], [12]),
        (["a", "b"], ["ab"]),
        ([1], [1.0]),
        ([1], [True]),
        (["1"], [1]),
        ([[]], [()]),
        ([[1], 2], [[1, 2]]),
        ({"a": 1, "b": 2}, {"a": 2, "b": 1}),
        ({1, 2}, {1, 3}),
        (0.0, -0.0),
        (None, "None"),
        (b"a", "a"),
    ],
)
def test_values_are_told_apart(one: Any, other: Any) -> None:
    assert name(mobjects=[one]) == name(mobjects=[one])
    assert name(mobjects=[one]) != name(mobjects=[other])


def test_what_refers_to_itself_has_a_name() -> None:
    square = Square()
    square.itself = [square]
    path = MoveAlongPath(Dot(), square)
    assert name(path, mobjects=[square]) == name(path, mobjects=[square])
    one, other = Dot(), Dot()
    assert name(mobjects=[one, one]) != name(mobjects=[one, other])


WOBBLE = """
SIZE = 3
def bent(t):
    return SIZE * t
class Wobble(Animation):
    def interpolate_mobject(self, alpha):
        self.mobject.set_x(bent(alpha))
class Mine(Dot):
    pass
def made():
    return Wobble(Mine())
"""


def test_the_code_of_a_storys_own_animation_counts(tmp_path: Path) -> None:
    """manim's own name is the same, and so the old pictures would stay."""
    first = name(story(tmp_path, WOBBLE).made())
    assert name(story(tmp_path, WOBBLE).made()) == first
    assert name(story(tmp_path, WOBBLE.replace("def made", "# why\n\n\ndef made")).made()) == first
    for old, new in (
        ("set_x(bent(alpha))", "set_y(bent(alpha))"),
        ("SIZE * t", "SIZE + t"),
        ("SIZE = 3", "SIZE = 4"),
        ("    pass", "    def get_x(self): return 0"),
    ):
        assert name(story(tmp_path, WOBBLE.replace(old, new)).made()) != first, new


class Story:
    """It stands for what a scene is."""

    size = 1.0

    def moved(self, dot: Dot) -> None:
        """Change something, by what the story holds."""
        dot.shift(self.size * DOWN)


def test_what_refers_to_the_story_is_always_drawn_again() -> None:
    """It may show anything that the story has read from files since."""
    scene = Story()
    dot = Dot().add_updater(lambda it: scene.moved(it))
    for play in (dot, Dot().add_updater(scene.moved)):
        assert name(mobjects=[play], scene=scene) is None
    assert name(FadeIn(Dot(), rate_func=lambda t: t * scene.size), scene=scene) is None
    assert name(mobjects=[Dot()], scene=scene) == name(mobjects=[Dot()], scene=scene) is not None


UNSTEADY = {
    "dice": "rng = np.random.default_rng(1)\ndef f(t): return t * rng.random()",
    "dice of a module": "def f(t): return t * np.random.rand()",
    "a method of dice": "f = np.random.default_rng(1).normal",
    "Python's dice": "import random\ndef f(t): return random.gauss(t)",
    "the clock": "import time\ndef f(t): return time.time()",
    "a file": "def f(t): return float(open('t.txt').read())",
    "a file, later": "from pathlib import Path\ndef f(t): return Path('t').read_text()",
    "an iterator": "count = itertools.count()\ndef f(t): return next(count)",
    "a generator": "turns = (n for n in range(9))\ndef f(t): return next(turns)",
    "a bound method": "f = iter([1, 2, 3]).__next__",
    "an import on the way": "def f(t):\n  import time\n  return time.monotonic()",
    "the environment": "import os\ndef f(t): return float(os.environ['T'])",
    "by another function": "import random\ndef g(): return random.random()\ndef f(t): return g()",
    "in a partial": "f = functools.partial(lambda a, b: a.random(), np.random.default_rng())",
    "in a set": "d = {np.random.default_rng()}\ndef f(t): return t * len(d)",
}


@pytest.mark.parametrize("text", UNSTEADY.values(), ids=UNSTEADY)
def test_what_may_be_otherwise_next_time_has_no_name(tmp_path: Path, text: str) -> None:
    other = story(tmp_path, f"import functools, itertools\nimport numpy as np\n{text}")
    assert name(FadeIn(Dot(), rate_func=other.f)) is None
    assert name(mobjects=[Dot().add_updater(other.f)]) is None
    assert name(FadeIn(Dot(), rate_func=lambda t: 1 - t)) is not None


def test_a_picture_behind_all_and_a_wait_of_unknown_length_have_no_name() -> None:
    camera, scene = LitCamera(), Story()
    assert name(Wait(), camera=camera, scene=scene) is not None
    scene.stop_condition = lambda: True
    assert name(Wait(), camera=camera, scene=scene) is None
    camera.background_image = "ground.png"
    assert name(Wait(), camera=camera) is None


def test_a_helper_beside_the_story_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether its function is imported, or it is, or a package that holds it."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "kit").mkdir()
    uses = (
        "from helper import bent\ndef f(t): return bent(t)",
        "import helper\ndef f(t): return helper.bent(t)",
        "import kit.helper\ndef f(t): return kit.helper.bent(t)",
        "import helper\nclass A:\n  def f(self, t): return helper.bent(t)\nf = A().f",
    )
    names: dict[str, set[str | None]] = {use: set() for use in uses}
    for body in ("SIZE * t", "SIZE + t", "SIZE * t"):
        for size in (2, 3):
            for file in (tmp_path / "helper.py", tmp_path / "kit" / "helper.py"):
                file.write_text(f"SIZE = {size}\ndef bent(t): return {body}", encoding="utf-8")
            importlib.invalidate_caches()
            for use, found in names.items():
                for module in ("helper", "kit", "kit.helper"):
                    sys.modules.pop(module, None)
                with monkeypatch.context() as once:
                    once.setattr(sys, "dont_write_bytecode", True)
                    found.add(name(FadeIn(Dot(), rate_func=story(tmp_path, use).f)))
    for module in ("helper", "kit", "kit.helper"):
        sys.modules.pop(module, None)
    for use, found in names.items():
        assert None not in found and len(found) == 4, use


def test_values_in_slots_count() -> None:
    """Also of those that a story's animation is given, as records with slots and structs."""

    @dataclass(slots=True)
    class Slotted:
        number: float

    class Struct(msgspec.Struct):
        number: float

    for kind in (Slotted, Struct, lambda number: range(number), lambda number: Path(f"{number}")):
        one, same, other = Dot(), Dot(), Dot()
        one.held, same.held, other.held = kind(1), kind(1), kind(2)
        assert name(mobjects=[one]) == name(mobjects=[same]) is not None
        assert name(mobjects=[one]) != name(mobjects=[other])


def test_what_a_story_puts_into_a_class_of_ours_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = name(mobjects=[grid(0.5)])
    found = set()
    for number in (1, 2, 1):
        text = f"def draw(self, canvas): return {number}"
        monkeypatch.setattr(PixelGrid, "draw", story(tmp_path, text).draw)
        found.add(name(mobjects=[grid(0.5)]))
    assert len(found) == 2 and before not in found and None not in found


def test_a_look_of_the_projects_own_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = name(mobjects=[grid(0.5)])
    monkeypatch.setattr("litnet.style.PIXEL_RIM", 0.5)
    assert name(mobjects=[grid(0.5)]) != before
    camera = LitCamera()
    dark = name(camera=camera)
    camera.background_color = "#000001"
    assert name(camera=camera) != dark


def test_a_package_that_is_installed_counts_by_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "INSTALLED", (*identity.INSTALLED, str(tmp_path)))
    monkeypatch.syspath_prepend(tmp_path)
    found = set()
    for version, body in (("1", "t"), ("1", "t"), ("2", "t"), ("2", "t*t")):
        when = 1e9 + 10 * int(version) + len(body)  # no file is taken for another by its time
        text = f"__version__ = '{version}'\ndef bent(t): return {body}\n"
        (tmp_path / "bends.py").write_text(text, encoding="utf-8")
        os.utime(tmp_path / "bends.py", (when, when))
        identity._known.cache_clear()
        sys.modules.pop("bends", None)
        importlib.invalidate_caches()
        found.add(name(FadeIn(Dot(), rate_func=importlib.import_module("bends").bent)))
    identity._known.cache_clear()
    assert None not in found and len(found) == 3


def test_the_cells_of_light_count() -> None:
    assert name(mobjects=[grid(0.5)]) == name(mobjects=[grid(0.5)])
    assert name(mobjects=[grid(0.5)]) != name(mobjects=[grid(0.50001)])


# --- paths ---------------------------------------------------------------------------------------
def test_a_path_that_is_kept_is_drawn_to_the_pixel() -> None:
    """Against manim's own camera: fills, strokes, open and closed curves, words, other views."""
    words = Words("Øresund & 12.5 %", size=40)
    curves = [Circle(stroke_width=3), Arc(angle=2, stroke_width=5), Square(fill_opacity=0.5)]
    ours, manims = LitCamera(), MovingCamera()
    for shift, width in ((0.0, 14.2), (0.313, 14.2), (0.0, 14.2), (0.0, 9.7), (0.0, 14.2)):
        shown = [mobject.copy().shift([shift, 0, 0]) for mobject in (words, *curves)]
        for opacity in (0.3, 1.0):
            for camera in (ours, manims):
                camera.frame.set(width=width)
                camera.reset()
                camera.capture_mobjects([m.copy().set_opacity(opacity) for m in shown])
            assert np.array_equal(ours.pixel_array, manims.pixel_array), (shift, width, opacity)
    assert np.ptp(ours.pixel_array) > 200


# --- blur ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("sigma", [0.3, 0.7, 1.5, 3.0, 3.0001, 7.3])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (60, 80), (5, 200)])
def test_a_blur_is_scipys_to_the_bit(sigma: float, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    image = (3 * rng.random(shape) * (rng.random(shape) < 0.2)).astype(np.float32)
    assert np.array_equal(
        blurred(image, sigma), ndimage.gaussian_filter(image, sigma, mode="constant")
    )


# --- segments ------------------------------------------------------------------------------------
def film(file: Path, pictures: list[np.ndarray[Any, Any]], **options: str) -> str:
    with av.open(str(file), "w") as output:
        stream = output.add_stream("libx264", rate=30, options={"crf": "10", **options})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(stream.encode(None))
    return str(file)


def decoded(file: Path) -> list[tuple[int | None, bytes]]:
    with av.open(str(file)) as source:
        return [(frame.pts, frame.to_ndarray().tobytes()) for frame in source.decode(video=0)]


def pictures(count: int, size: int, seed: int) -> list[np.ndarray[Any, Any]]:
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 255, (size, size, 3), np.uint8)
    return [np.roll(noise, 2 * number, axis=1) for number in range(count)]


def test_segments_are_joined_picture_by_picture(tmp_path: Path) -> None:
    lengths = (18, 1, 2, 47, 3)
    files = [
        film(tmp_path / f"{n}.mp4", pictures(length, 96, n)) for n, length in enumerate(lengths)
    ]
    assert joined(files, tmp_path / "ours.mp4")
    with av.open(files[0]) as first:
        assert first.streams.video[0].codec_context.has_b_frames, "the hard case"
    expected = [picture for file in files for _, picture in decoded(Path(file))]
    found = decoded(tmp_path / "ours.mp4")
    assert [picture for _, picture in found] == expected
    steps = np.diff([pts or 0 for pts, _ in found])
    assert len(found) == sum(lengths) and len(set(steps)) == 1, "one picture after the other"
    with av.open(str(tmp_path / "ours.mp4")) as whole:
        assert whole.streams.video[0].frames == sum(lengths)


def test_segments_of_two_kinds_are_left_to_manim(tmp_path: Path) -> None:
    files = [
        film(tmp_path / "a.mp4", pictures(5, 96, 0)),
        film(tmp_path / "b.mp4", pictures(5, 64, 1)),
    ]
    assert not joined(files, tmp_path / "ours.mp4")


# --- what a file imports -------------------------------------------------------------------------
def test_imports_are_kept_by_what_stands_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("litnet.cache.cache_folder", lambda: tmp_path / "cache")
    for name_ in ("one", "two"):
        (tmp_path / f"{name_}.py").write_text("", encoding="utf-8")
    file = tmp_path / "story.py"

    def of(text: str) -> list[str]:
        file.write_text(text, encoding="utf-8")
        return [path.name for path in import_closure(file, tmp_path)]

    assert of("import one") == ["one.py"]
    assert of("import two") == ["two.py"], "of the same size, at the same second"
    with monkeypatch.context() as nothing:
        nothing.setattr(modules, "_parsed", None)  # nothing may be parsed any more
        assert of("import one") == ["one.py"]
    kept = list((tmp_path / "cache" / "imports").iterdir())
    assert len(kept) == 3, "two are empty, and so are one"
    for entry in kept:
        entry.write_bytes(entry.read_bytes()[:-1])
    assert of("import two") == ["two.py"], "what is damaged is made again"
