"""Chosen frames of a film, without the others: a scene is evaluated, and only those are drawn.

An animation of which no frame is wanted is jumped to its end, which gives what walking through
its frames gives, unless something adds up from frame to frame; then it is walked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from manim import config
from numpy.typing import NDArray

from litnet.light.plays import can_jump
from litnet.light.renderer import LitRenderer
from litnet.stage import Stage
from litnet.story.beats import frames_in

Picture = NDArray[np.uint8]
# Given the scene, the number of an animation's first frame and how many it has: those wanted.
Wants = Callable[[Any, int, int], Iterable[int]]
# Given the scene, the number of a frame and the frame (height, width, 4), RGBA.
Shows = Callable[[Any, int, Picture], None]


class Stills(LitRenderer):
    """Draws the frames that are wanted, each as it is in the film, and no other.

    Parameters
    ----------
    wants
        Asked before each animation; may raise manim's ``EndSceneEarlyException`` when all is seen.
    shows
        Given each frame that was wanted, in order.
    jumps
        Whether to jump where that is exact.
    checks
        Whether each hold is compared with its sources, as in the making of a film.
    """

    def __init__(
        self, wants: Wants, shows: Shows, *, jumps: bool = True, checks: bool = False
    ) -> None:
        # As the scene will have it; the camera, which is made before the scene, takes it over.
        stage = Stage.of(config.pixel_width, config.pixel_height)
        config.frame_width, config.frame_height = stage.width, stage.height
        super().__init__()
        self.wants, self.shows, self.jumps, self.checks = wants, shows, jumps, checks

    def _play(self, scene: Any, *args: Any, **kwargs: Any) -> None:
        self.skip_animations = self._original_skipping_status
        self.update_skipping_status()
        if self.skip_animations:  # by the story itself, in a section
            super()._play(scene, *args, **kwargs)
            return
        scene.compile_animation_data(*args, **kwargs)
        self.file_writer.add_partial_movie_file(None)
        self.animations_hashes.append(f"evaluated_{self.num_plays:05}")
        scene.begin_animations()
        count = frames_in(scene.duration)
        wanted = {number - self.frames for number in self.wants(scene, self.frames, count)}
        if wanted:
            self.save_static_frame_data(scene, scene.static_mobjects)
        if scene.is_current_animation_frozen_frame():
            self._freeze(scene, count, sorted(wanted))
        else:
            self._run(scene, count, wanted)
        self.static_image = None
        self.wanted = self.checks
        self.num_plays += 1

    def _freeze(self, scene: Any, count: int, wanted: list[int]) -> None:
        if wanted:
            self.update_frame(scene, mobjects=scene.moving_mobjects)
            frame = self.get_frame()
            for number in wanted:
                self.shows(scene, self.frames + number, frame)
        self.time += count * (1 / self.camera.frame_rate)

    def _run(self, scene: Any, count: int, wanted: set[int]) -> None:
        walked = range(count)
        for number in sorted(wanted) if self.jumps and can_jump(scene) else walked:
            scene.update_to_time(number / config.frame_rate)
            if number in wanted:
                self.update_frame(scene, mobjects=scene.moving_mobjects)
                self.shows(scene, self.frames + number, self.get_frame())
            if scene.stop_condition is not None and scene.stop_condition():
                break
        self.end(scene, count)
