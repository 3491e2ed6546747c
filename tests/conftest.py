"""Films that several tests look at, each rendered once a session, and only if it is needed."""

from __future__ import annotations

import os
import pickle
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

# Before NumPy is loaded: the tests' processes have all cores already, and threads of each that spin
# while they wait for work take more than they give.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest
from filelock import FileLock
from film import (
    DIGITS,
    LARGE,
    SMALL,
    STILLS,
    VANILLA,
    Film,
    film,
    plain_forward,
    plain_layers,
    recorded,
    sketch,
)
from film import plain_pixels as pixels_of
from hypothesis import settings
from nursery import NURSERY
from studio import TINY, studio

from litnet.clips.catalogue import Story, find_stories
from network import MLP, Dense, save_network

if TYPE_CHECKING:
    from litnet.scene import LitScene


Once = Callable[[str, Callable[[Path], Any]], Any]
# Files that look at many films; which one it is stands in the name of each of their tests.
MANY_FILMS = (
    "test_craft.py",
    "test_light_scales.py",
    "test_motion.py",
    "test_shapes.py",
    "test_still.py",
    "test_story_learning.py",
    "test_truth.py",
)
# Both look at the built lesson, which takes long to make.
SAME_FILMS = dict.fromkeys(("test_lesson_build.py", "test_lesson_page.py"), "the lesson")


def pytest_configure(config: pytest.Config) -> None:
    """Depend neither on how busy the machine is nor on where pytest was started."""
    settings.register_profile("unhurried", settings(), deadline=None)
    settings.load_profile("unhurried")
    # A job in the background ignores Ctrl-C, and with it all that the tests start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Of several processes, give one all tests that look at the same films: mostly, of a file."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFilm(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, test = nodeid.partition("::")
            if Path(file).name not in MANY_FILMS:
                return SAME_FILMS.get(Path(file).name, file)
            case = test.partition("[")[2]
            named = re.search("[a-z]+_film", case)
            return f"{file}[{named[0] if named else case}"

    return ByFilm(config, log)


@pytest.fixture(scope="session", autouse=True)
def _plain_films() -> Iterator[None]:
    """A farm has one worker, and every film is drawn, unless a test wants it otherwise: the tests'
    films are too small to be split, and what was drawn by other code before proves nothing.

    Its workers are forks of a process that has manim ready (see ``nursery.py``).
    """
    forking = SimpleNamespace(**vars(subprocess) | {"Popen": NURSERY.worker})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("litnet.clips.farm.process.subprocess", forking)
        patch.setattr("litnet.clips.farm.rendering.cores", lambda: 1)
        patch.setenv("LITNET_CACHE_MB", "0")
        yield


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """``once(name, make)`` is what ``make(folder)`` gives, which one of the processes has to do."""

    def made(name: str, make: Callable[[Path], Any]) -> Any:
        base = tmp_path_factory.getbasetemp()
        if "PYTEST_XDIST_WORKER" in os.environ:
            base = base.parent
        folder = base / name
        result = folder / "result.pickle"
        with FileLock(base / f"{name}.lock"):
            if not result.exists():
                folder.mkdir(exist_ok=True)
                result.write_bytes(pickle.dumps(make(folder)))
        return pickle.loads(result.read_bytes())

    return made


@pytest.fixture(scope="session")
def story_film(once: Once) -> Callable[[Story, str], Film]:
    """``story_film(story, language)``: a story, small, with the frames that flashes need.

    In English it is drawn, and its ``hashes`` and its ``motion`` are there; in other languages
    those in ``STILLS`` are sketches, and of the others there is the record (``make test-all``: all
    are drawn).
    """

    def made(story: Story, language: str) -> Film:
        def rendered(folder: Path) -> Film:
            size = ("--resolution", "426,240", "--fps", "10")
            options = {"story": story.file, "scene": story.scene, "LITNET_LANGUAGE": language}
            if language == "en":
                return film(folder / "media", *size, **options, frames=folder / "frames")
            kind = sketch if (story.scene, language) in STILLS else recorded
            return kind(folder / "media", *size, **options)

        return once(f"{story.scene}-{language}", rendered)

    return made


@pytest.fixture(scope="session")
def usual_film(story_film: Callable[[Story, str], Film]) -> Callable[[str], Film]:
    """``usual_film(scene)``: the English film of a story, which many tests look at."""
    return lambda scene: story_film(find_stories((scene,))[0], "en")


@pytest.fixture(scope="session")
def second_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of another shape, whose hidden numbers are negative and larger than 1 as well."""
    rng = np.random.default_rng(1)
    hidden = Dense(rng.normal(0, 0.25, (12, 784)), rng.normal(0, 0.3, 12), "identity")
    outputs = Dense(rng.normal(0, 0.8, (10, 12)), rng.normal(0, 0.3, 10), "softmax")
    path = tmp_path_factory.mktemp("models") / "second.npz"
    save_network(MLP((hidden, outputs)), path)
    return path


@pytest.fixture(scope="session")
def misread_digit() -> Path:
    """A bundled digit that the default model takes for another one; its name begins with it."""
    layers = plain_layers(VANILLA)
    for path in sorted(DIGITS.glob("[0-9]_*.png")):
        outputs = plain_forward(layers, [v for row in pixels_of(path) for v in row])[-1]
        if outputs.index(max(outputs)) != int(path.name[0]):
            return path
    pytest.fail("the default model reads every bundled digit: misreading needs another film")


@pytest.fixture(scope="session")
def hero_film(once: Once) -> Film:
    """The film as everybody gets it."""
    return once("hero_film", lambda folder: film(folder, *LARGE, apart=True))


@pytest.fixture(scope="session")
def misread_film(once: Once, misread_digit: Path) -> Film:
    """Another digit, which the network gets wrong."""
    return once("misread_film", lambda folder: sketch(folder, *LARGE, digit=misread_digit))


@pytest.fixture(scope="session")
def second_film(once: Once, second_model: Path) -> Film:
    """The same digit, read by another model."""
    return once("second_film", lambda folder: sketch(folder, *LARGE, model=second_model))


@pytest.fixture(scope="session")
def small_film(once: Once, second_model: Path, misread_digit: Path) -> Film:
    """The other digit, read by the other model, in 480 lines."""
    files = {"model": second_model, "digit": misread_digit}
    return once("small_film", lambda folder: sketch(folder, *SMALL, **files))


@pytest.fixture(scope="session", params=["hero_film", "misread_film", "second_film", "small_film"])
def any_film(request: pytest.FixtureRequest) -> Film:
    """Each of the films in turn: two digits by two models."""
    found: Film = request.getfixturevalue(request.param)
    return found


@dataclass
class Played:
    """A story that was played in this process: the scene, and every frame that it gave."""

    scene: LitScene
    frames: list[Any]

    @property
    def camera(self) -> Any:
        """litnet's camera."""
        return self.scene.renderer.camera


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Played]:
    """Play ``construct(scene)`` at 640 x 360 and 10 frames a second; no film is written."""
    from manim import tempconfig

    from litnet.scene import LitRenderer, LitScene

    def played(construct: Callable[[LitScene], object], **settings: Any) -> Played:
        frames: list[Any] = []

        def keep(self: LitRenderer, frame: Any, num_frames: int = 1) -> None:
            frames.extend([np.array(frame)[:, :, :3]] * num_frames)
            write(self, frame, num_frames)

        write = LitRenderer.add_frame

        class Story(LitScene):
            def construct(self) -> None:
                construct(self)

        monkeypatch.setattr(LitRenderer, "add_frame", keep)
        size = {"pixel_width": 640, "pixel_height": 360, "frame_rate": 10}
        quiet = {"progress_bar": "none", "verbosity": "ERROR", "disable_caching": True}
        with tempconfig({**size, **quiet, "dry_run": True, "media_dir": str(tmp_path)} | settings):
            scene = Story()
            scene.render()
        return Played(scene, frames)

    return played


@pytest.fixture(scope="session")
def tiny_film(once: Once) -> Film:
    """A tiny story as manim renders it, not published."""

    def made(folder: Path) -> Film:
        size = ("-r", "320,180", "--fps", "5")
        story = studio(folder, TINY).stories[0]
        return film(folder / "media", *size, story=story.file, scene=TINY)

    return once("tiny_film", made)
