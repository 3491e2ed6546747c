"""Films that several tests look at, each rendered once a session, and only if it is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from film import DIGITS, LARGE, SMALL, VANILLA, Film, film, plain_forward, plain_layers
from film import plain_pixels as pixels_of
from studio import TINY, studio

from network import MLP, Dense, save_network

if TYPE_CHECKING:
    from litnet.scene import LitScene


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
def hero_film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """The film as everybody gets it."""
    return film(tmp_path_factory.mktemp("hero"), *LARGE)


@pytest.fixture(scope="session")
def misread_film(tmp_path_factory: pytest.TempPathFactory, misread_digit: Path) -> Film:
    """Another digit, which the network gets wrong."""
    return film(tmp_path_factory.mktemp("misread"), *LARGE, digit=misread_digit)


@pytest.fixture(scope="session")
def second_film(tmp_path_factory: pytest.TempPathFactory, second_model: Path) -> Film:
    """The same digit, read by another model."""
    return film(tmp_path_factory.mktemp("second"), *LARGE, model=second_model)


@pytest.fixture(scope="session")
def small_film(
    tmp_path_factory: pytest.TempPathFactory, second_model: Path, misread_digit: Path
) -> Film:
    """The other digit, read by the other model, in 480 lines."""
    media = tmp_path_factory.mktemp("small")
    return film(media, *SMALL, model=second_model, digit=misread_digit)


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
def tiny_film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """A tiny story as manim renders it, not published."""
    folder = tmp_path_factory.mktemp("tiny_film")
    made = studio(folder, TINY)
    size = ("-r", "320,180", "--fps", "5")
    return film(folder / "media", *size, story=made.stories[0].file, scene=TINY)
