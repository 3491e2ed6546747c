"""A film of what holds still: while something moves, the picture before stays.

What a film claims is written down, and looked at, where it holds still. Its other frames, most of
the work, have nobody to look at them in most tests. All else is as manim and litnet do it: the
scene, the clock, the record, the encoder, the file. Where a test reads the record only, not even
what holds still is drawn.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from motion import Watch

from litnet.light.plays import can_jump
from litnet.light.renderer import LitRenderer
from litnet.story.beats import frames_in
from litnet.story.scene import LitScene


class Sketcher:
    """Draws the holds of the films of this process, and notes which plays moved.

    Unless it ``draws``, the film is empty from the beginning to the end.
    """

    def __init__(self, notes: Path, draws: bool) -> None:
        self.notes, self.draws = notes, draws
        self.plays: list[tuple[int, int, bool]] = []  # the first frame, how many, whether it moved
        self.moves = False
        self.taken: dict[str, Callable[..., Any]] = {}

    def install(self) -> None:
        """From now on; there is no way back."""
        for owner, name in (
            (LitRenderer, "save_static_frame_data"),
            (LitRenderer, "update_frame"),
            (LitRenderer, "add_frame"),
            (LitScene, "play_internal"),
        ):
            own, self.taken[name] = getattr(self, name), getattr(owner, name)
            # A function, so that it is bound to the renderer or the scene.
            setattr(owner, name, lambda *args, _own=own, **kwargs: _own(*args, **kwargs))

    def save_static_frame_data(self, film: LitRenderer, scene: Any, still: Any) -> Any:
        """Called once a play, when its animations have begun."""
        self.moves = not (film.skip_animations or scene.is_current_animation_frozen_frame())
        self.plays.append((film.frames, frames_in(scene.duration), self.moves))
        self.notes.write_text(json.dumps(self.plays), encoding="utf-8")
        if self.draws and not self.moves:
            return self.taken["save_static_frame_data"](film, scene, still)
        film.static_image, film.plan = None, []
        return None

    def update_frame(self, film: LitRenderer, *args: Any, **kwargs: Any) -> None:
        """Nothing that moves is drawn."""
        if self.draws and not self.moves:
            self.taken["update_frame"](film, *args, **kwargs)

    def add_frame(self, film: LitRenderer, frame: Any, num_frames: int = 1) -> None:
        """The clock goes on; the frames of what moves are written at once, when it is over."""
        if self.moves:
            film.time += num_frames * (1 / film.camera.frame_rate)
        else:
            self.taken["add_frame"](film, frame, num_frames)

    def play_internal(self, scene: Any, *args: Any, **kwargs: Any) -> None:
        """To the end of what moves, on the way that litnet takes where it need not draw."""
        film, count = scene.renderer, frames_in(scene.duration)
        if self.moves and can_jump(scene):
            film.end(scene, count)
        else:
            self.taken["play_internal"](scene, *args, **kwargs)
        if self.moves:
            film.file_writer.write_frame(film.get_frame(), repeat=count)


def note_motion(notes: Path) -> None:
    """Write down what moves in a film (see motion.py), when it is over."""
    watch = Watch()
    watch.install(LitScene)
    render = LitScene.render

    def noted(scene: LitScene, *args: Any, **kwargs: Any) -> bool:
        rerun = render(scene, *args, **kwargs)
        notes.write_text(json.dumps(watch.notes), encoding="utf-8")
        return rerun

    LitScene.render = noted  # type: ignore[method-assign]


def note_frames(notes: Path) -> None:
    """Write down what each frame of a film was before it was encoded, a SHA-256 in each line."""
    add_frame = LitRenderer.add_frame
    lines = notes.open("w", encoding="utf-8", buffering=1)

    def noted(film: LitRenderer, frame: Any, num_frames: int = 1) -> None:
        lines.write(f"{hashlib.sha256(frame.tobytes()).hexdigest()}\n" * num_frames)
        add_frame(film, frame, num_frames)

    LitRenderer.add_frame = noted  # type: ignore[method-assign]
