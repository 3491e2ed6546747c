"""Plays that films before have shown: taken from there, and never wrong, whatever happened."""

from __future__ import annotations

import json
import os
import shutil
import signal
import warnings
from collections import namedtuple
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from film import DIGITS, VANILLA, manim
from studio import run, start, wait_until
from test_farm import HEAD, frame_hashes, kept, made

from litnet import cache
from litnet.cache import Kept
from litnet.clips.farm import open_farm
from litnet.clips.farm.jobs import FILM, RECORD, Job
from litnet.clips.farm.work import run as job
from litnet.clips.settings import Quality
from litnet.clips.task import RenderTask
from litnet.light import plays
from litnet.light.canvas import load_loops
from litnet.record.variant import Variant
from litnet.story import scene
from network import InputError

STORY = (
    HEAD.replace("import numpy", "import helper\nimport numpy")
    + """
from litnet import *

class Edited(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
        title = Words("A digit", color="#ff8000")
        picture = PixelGrid(reading.layer(0), 3.0)
        square = Square(color=helper.COLOR, fill_opacity=0.5)
        grows = ValueTracker(1)
        square.add_updater(lambda it: it.set(width=grows.get_value()))
        with self.beat("words", "Words", caption="It has a name."):
            self.play(FadeIn(title), run_time=0.5)
            self.hold(0.3)
        with self.beat("digit", "The digit"):
            self.play(FadeOut(title), FadeIn(picture), run_time=0.5)
            self.hold(0.3)
        with self.beat("square", "A square"):
            self.play(FadeOut(picture), run_time=0.4)
            self.add(square)
            self.play(grows.animate.set_value(2), run_time=0.5)
            square.clear_updaters()
            self.play(Rotate(square, 1), run_time=0.5, rate_func=helper.bent)
            self.play(MoveAlongPath(square, Line(ORIGIN, UP)), run_time=0.5)
            self.play(FadeOut(square), run_time=0.3)
            self.hold(0.3)
"""
)
HELPER = "COLOR = '#00ff00'\ndef bent(t): return t * t\n"
SIZE = Quality(128, 72, 5)
PLAYS = 11


class Author:
    """Writes a story, and films it."""

    def __init__(self, folder: Path) -> None:
        assert scene.LitScene
        load_loops()  # once, before the forks
        self.folder, self.films = folder, 0
        self.story, self.helper = folder / "edited.py", folder / "helper.py"
        self.story.write_text(STORY, encoding="utf-8")
        self.helper.write_text(HELPER, encoding="utf-8")

    def task(self, digit: str = "3_hero.png") -> RenderTask:
        return RenderTask("Edited", self.story, Variant.of(VANILLA, DIGITS / digit), SIZE)

    def film(self, digit: str = "3_hero.png") -> tuple[list[str], Any]:
        """The frames, and the record, of a film that a fork of this process makes."""
        self.films += 1
        folder = self.folder / f"film{self.films}"
        child = os.fork()
        if child == 0:
            warnings.simplefilter("ignore")
            cache.cache_folder.cache_clear()
            done = job(Job(self.task(digit), "whole"), folder, lambda frames: None)
            (folder / "error").write_text(done.error or "", "utf-8")
            os._exit(0)
        os.waitpid(child, 0)
        assert (folder / "error").read_text("utf-8") == ""
        return frame_hashes(folder / FILM), json.loads((folder / RECORD).read_bytes())

    def from_nothing(self, digit: str = "3_hero.png") -> tuple[list[str], Any]:
        """As :meth:`film`, with every play drawn."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LITNET_CACHE_MB", "0")
            return self.film(digit)

    def replace(self, old: str, new: str) -> None:
        """Edit the story or the helper."""
        for file in (self.story, self.helper):
            text = file.read_text("utf-8")
            file.write_text(text.replace(old, new), encoding="utf-8")

    @property
    def kept(self) -> dict[str, Path]:
        """The plays that are kept, by their names."""
        folder = self.folder / "cache" / "plays"
        return {file.name: file for file in folder.iterdir()} if folder.is_dir() else {}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Author, Any]:
    """Who has filmed the story once, and the film."""
    folder = tmp_path_factory.mktemp("first")
    with pytest.MonkeyPatch.context() as patch:
        kept(folder, patch)
        author = Author(folder)
        film = author.film()
    assert len(author.kept) == PLAYS
    return author, film


@pytest.fixture
def author(first: tuple[Author, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Author:
    """Who has filmed the story once, elsewhere."""
    shutil.copytree(first[0].folder / "cache", tmp_path / "cache")
    kept(tmp_path, monkeypatch)
    return Author(tmp_path)


@pytest.fixture
def expected(first: tuple[Author, Any]) -> list[str]:
    """The frames of the story as it is at first."""
    frames: list[str] = first[1][0]
    return frames


HOLD = """self.hold(0.3)
        with self.beat("digit\""""
END = """run_time=0.3)
            self.hold(0.3)
"""
BEAT = """        with self.beat("new", "New"):
            self.play(FadeIn(Dot()), run_time=0.3)
            self.hold(0.2)
"""
# What is written instead of what, and how many plays that changes.
EDITS = {
    "nothing": ("", "", 0),
    "a comment": ("    def construct", "    # why\n    def construct", 0),
    "a colour": ("#ff8000", "#ff00ff", 4),
    "a word": ("A digit", "A number", 4),
    "a time": ("FadeIn(picture), run_time=0.5", "FadeIn(picture), run_time=0.8", 1),
    "a hold": (HOLD, HOLD.replace("0.3", "0.6"), 2),  # and what is left of its cue's time
    "a colour of a helper": ("#00ff00", "#0000ff", 4),
    "a function of a helper": ("t * t", "t * t * t", 1),
    "an updater": ("width=grows.get_value()", "width=2 * grows.get_value()", 4),
    "a beat": (END, END + BEAT, 2),
}


@pytest.mark.parametrize(("old", "new", "changed"), EDITS.values(), ids=EDITS)
def test_after_an_edit_only_what_changed_is_drawn(
    author: Author, expected: list[str], old: str, new: str, changed: int
) -> None:
    author.replace(old, new)
    names = set(author.kept)
    edited = author.film()
    assert edited == author.from_nothing()
    assert (edited[0] == expected) == (changed == 0)
    assert len(set(author.kept) - names) == changed


def test_for_another_digit_only_what_shows_it_is_drawn(author: Author) -> None:
    names = set(author.kept)
    assert author.film(digit="7_00.png") == author.from_nothing(digit="7_00.png")
    assert len(set(author.kept) - names) == 3


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2],
        lambda data: data[:200] + bytes([data[200] ^ 1]) + data[201:],
        lambda data: bytes(len(data)),
    ],
    ids=["empty", "cut", "half", "a-bit", "zeros"],
)
def test_damaged_plays_are_drawn_again(
    author: Author, expected: list[str], damage: Callable[[bytes], bytes]
) -> None:
    whole = {name: file.read_bytes() for name, file in author.kept.items()}
    for name, file in author.kept.items():
        file.write_bytes(damage(whole[name]))
    assert author.film()[0] == expected
    assert {name: file.read_bytes() for name, file in author.kept.items()} == whole


def test_two_films_at_once(author: Author, expected: list[str]) -> None:
    shutil.rmtree(author.folder / "cache")
    with ThreadPoolExecutor(2) as both:
        found = list(both.map(author.film, ("3_hero.png", "3_hero.png")))
    assert [frames for frames, _ in found] == [expected, expected]
    assert len(author.kept) == PLAYS, "no temporary file is left"


def test_a_render_that_is_killed_leaves_nothing_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path, monkeypatch)
    folder = tmp_path / "cache" / "plays"
    process = start(tmp_path, "Slow", "render", "-q", "l")
    wait_until(lambda: folder.is_dir() and len(list(folder.iterdir())) > 2)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=10)
    store = Kept("plays", 100, 10**9, 2**26)
    cache.cache_folder.cache_clear()
    names = [file.name for file in folder.iterdir() if not file.name.startswith(".")]
    assert names and all(store.read(name) for name in names)
    cache.cache_folder.cache_clear()


@pytest.mark.parametrize("place", ["a-file", "nowhere", "read-only"])
def test_without_a_place_every_play_is_drawn(
    author: Author, expected: list[str], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = author.folder / place
    if place == "a-file":
        where.write_text("mine")
    elif place == "read-only":
        where.mkdir()
        (where / "plays").mkdir(mode=0o777)
        (where / "plays").chmod(0o777)  # others may write there
    monkeypatch.setenv("LITNET_CACHE", "" if place == "nowhere" else str(where))
    assert author.film()[0] == expected
    assert place != "read-only" or not list((where / "plays").iterdir())


def test_a_plan_draws_what_little_is_missing(
    author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First it leaves most of the film to others; then it has all; then it draws a word."""
    monkeypatch.setattr("test_kept_plays.SIZE", Quality(1280, 720, 20))
    shutil.rmtree(author.folder / "cache")
    expected = author.from_nothing()
    with open_farm(2) as farm:

        def film() -> tuple[list[str], Any]:
            author.films += 1
            (done,) = farm.render([author.task()], author.folder / f"farm{author.films}")
            video, record = made(done)
            return frame_hashes(video), record

        assert film() == expected
        assert len(author.kept) == PLAYS
        assert film() == expected
        author.replace("A digit", "A number")
        edited = film()
    assert edited == author.from_nothing() != expected
    assert len(author.kept) == PLAYS + 4


def test_manims_command_keeps_and_takes_plays(author: Author, expected: list[str]) -> None:
    """Another media folder, and the same frames; and what its own folder has may be damaged."""
    flags = ("-r", "128,72", "--fps", "5")

    def film(*more: str) -> list[str]:
        media = author.folder / "media"
        done = manim(media, *flags, *more, story=author.story, scene="Edited")
        assert done.returncode == 0, done.stderr
        return frame_hashes(next(media.rglob("Edited.mp4")))

    assert film() == expected
    assert len(author.kept) == PLAYS, "nothing was drawn"
    for segment in (author.folder / "media").rglob("partial_movie_files/*/*.mp4"):
        segment.write_bytes(segment.read_bytes()[:300])
    assert film() == expected
    assert film("--disable_caching") == expected


@pytest.mark.parametrize("given", ["many", "-1", "1.5", "٣", "9" * 400])
def test_a_size_that_is_none_is_refused(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITNET_CACHE_MB", given)
    with pytest.raises(InputError, match=r"LITNET_CACHE_MB: found .*, expected how many mega"):
        plays.kept_plays()


def test_a_size_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LITNET_CACHE_MB", "2 GB")
        for code, _, err in (
            run(tmp_path, "Plain", "render", "-q", "l"),
            manim_said(manim(tmp_path, "-ql", story=tmp_path / "stories.py", scene="Plain")),
        ):
            assert code == 1 and "LITNET_CACHE_MB: found '2 GB'" in err and "Traceback" not in err


def manim_said(done: Any) -> tuple[int, str, str]:
    return done.returncode, done.stdout, done.stderr


def test_disable_caching_draws_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(tmp_path, monkeypatch)
    folder = tmp_path / "cache" / "plays"
    assert run(tmp_path, "Plain", "render", "-q", "l", "--disable_caching")[0] == 0
    assert not folder.exists()
    assert run(tmp_path, "Plain", "render", "-q", "l", "--force")[0] == 0
    assert len(list(folder.iterdir())) == 2


# --- the place -----------------------------------------------------------------------------------
@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    monkeypatch.setattr("litnet.cache.cache_folder", lambda: tmp_path)
    return Kept("plays", most=1000, most_bytes=80_000, most_bytes_each=20_000, leaves=10_000)


def test_what_is_kept_has_a_bound_in_bytes(store: Kept, tmp_path: Path) -> None:
    """Also where many processes each keep a little; what was used last stays."""
    folder = tmp_path / "plays"
    for number in range(300):
        if number % 7 == 0:
            store.count = store.size = 0  # another process
        store.keep(f"{number:064x}", bytes(3000))
        for age, file in enumerate(sorted(folder.iterdir())):
            os.utime(file, (1e9 + age, 1e9 + age))
        size = sum(file.stat().st_size for file in folder.iterdir())
        assert size <= 90_000, number
    assert store.read(f"{299:064x}") == bytes(3000) and size >= 50_000
    store.keep("a" * 64, bytes(10_001))
    assert store.read("a" * 64) is None, "an eighth of all is the most for one"


def test_the_disk_is_not_filled(
    store: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    free = 12_000
    monkeypatch.setattr("shutil.disk_usage", lambda place: usage(0, 0, free))
    store.keep("a" * 64, bytes(1000))
    store.keep("b" * 64, bytes(3000))
    assert [store.read(letter * 64) is not None for letter in "ab"] == [True, False]
