"""What moves in a film, noted while it is drawn: see ``sketched.py`` and ``test_motion.py``."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Group, config

from litnet.animations import PixelsIntoNeurons
from litnet.mobjects import LiveNumber
from litnet.mobjects.cells import PlacedCells
from litnet.record.quantities import in_reading

SEEN = 0.15  # opacity from which on a cell is seen to be somebody's
READ = 0.4  # and a number is read; below, it is about to be gone


class Watch:
    """Which cells moved under which numbers, frame by frame; and where pixels became neurons."""

    def __init__(self) -> None:
        self.before: dict[int, tuple[Any, Any]] = {}  # by address; the mobject is held as well
        self.looked = 0  # frames of what moves
        self.found: list[str] = []
        self.neurons: list[str] = []  # the beats in which pixels become neurons

    @property
    def notes(self) -> dict[str, Any]:
        """For others to read."""
        return {"looked": self.looked, "found": self.found, "neurons": self.neurons}

    def install(self, scenes: Any, patch: Any = setattr) -> None:
        """Look at every frame in which something moves, of all scenes of a class."""
        go_on, play = scenes.update_to_time, scenes.play

        def looked_at(scene: Any, t: float) -> None:
            go_on(scene, t)
            self.look(scene)

        def played(scene: Any, *animations: Any, **options: Any) -> None:
            if any(isinstance(one, PixelsIntoNeurons) for one in animations):
                self.neurons.append(scene.beats.name)
            play(scene, *animations, **options)

        patch(scenes, "update_to_time", looked_at)
        patch(scenes, "play", played)

    def look(self, scene: Any) -> None:
        """Compare a frame with the one before."""
        self.looked += 1
        shown = [m for m in Group(*scene.mobjects).get_family() if m.has_points()]
        numbers = [m for m in shown if isinstance(m, LiveNumber) and m.get_fill_opacity() > READ]
        cells = [m for m in shown if isinstance(m, PlacedCells)]
        now = {id(m): (m, m.centers) for m in cells}
        for mobject in cells:
            known, before = self.before.get(id(mobject), (None, None))
            if known is not mobject or before.shape != mobject.centers.shape:
                continue
            moving = np.abs(mobject.centers - before).max(axis=1) > 1e-6
            if moving.any() and mobject.opacity > SEEN:
                for number in numbers:
                    self._under(scene, number, mobject, moving)
        self.before = now

    def _under(self, scene: Any, number: LiveNumber, cells: Any, moving: Any) -> None:
        away = np.abs(cells.centers - number.get_center())[:, :2].max(axis=1)
        for place in np.flatnonzero(moving & (away < cells.half)):
            if number.source != its_source(cells, int(place)):
                self.found.append(
                    f"{scene.beats.name}: {number.text} ({number.source}) over a moving cell "
                    f"of {type(cells).__name__} at {scene.film.frames / config.frame_rate:.1f} s"
                )


def its_source(cells: Any, place: int) -> str:
    """Of the number that a cell holds."""
    if getattr(cells, "illustrative", False):
        return "illustrative"
    index = cells.indices[place] if hasattr(cells, "indices") else place
    return f"{in_reading(cells.source, getattr(cells, 'reading', None))}[{index}]"
