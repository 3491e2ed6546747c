"""What moves says nothing false: no cell passes under a number that is not its own.

Every story is evaluated frame by frame; nothing is drawn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from manim import Group, config, linear

from litnet import LitScene
from litnet.clips.catalogue import STORIES, TITLE_CARD, Story
from litnet.clips.manifest import Studio
from litnet.clips.settings import Quality
from litnet.clips.still import evaluate, task_for
from litnet.mobjects import LiveNumber, NeuronLayer
from litnet.mobjects.cells import PlacedCells
from litnet.record.quantities import Quantities, in_reading

SMALL = Quality(426, 240, 10)
SEEN = 0.15  # opacity from which on something can be read, or be taken for somebody's


class Watch:
    """Which cells moved under which numbers, frame by frame."""

    def __init__(self) -> None:
        self.before: dict[int, tuple[Any, Any]] = {}  # by address; the mobject is held as well
        self.found: list[str] = []

    def look(self, scene: Any) -> None:
        """Compare a frame with the one before."""
        shown = [m for m in Group(*scene.mobjects).get_family() if m.has_points()]
        numbers = [m for m in shown if isinstance(m, LiveNumber) and m.get_fill_opacity() > SEEN]
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


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Looks at each frame of every scene that is evaluated."""
    watch = Watch()
    go_on = LitScene.update_to_time

    def looked_at(scene: Any, t: float) -> None:
        go_on(scene, t)
        watch.look(scene)

    monkeypatch.setattr(LitScene, "update_to_time", looked_at)
    return watch


@pytest.mark.parametrize("story", (TITLE_CARD, *STORIES), ids=lambda story: story.scene)
def test_no_moving_cell_lies_under_somebody_else_s_number(story: Story, watch: Watch) -> None:
    seen = evaluate(
        task_for(Studio(), story, SMALL, language="en"), lambda *_: (), lambda *_: None, jumps=False
    )
    assert seen.frames > 30
    assert not watch.found, "\n".join(dict.fromkeys(watch.found))


@pytest.mark.parametrize("own", [True, False])
def test_the_test_sees_what_it_looks_for(play: Any, watch: Watch, own: bool) -> None:
    numbers = Quantities(np.array([0.5, 0.25]), "weights[1][0]")
    cell = NeuronLayer(numbers.part([1 if own else 0]), pitch=1, centers=np.zeros((1, 3)))
    shown = LiveNumber(numbers.one(1))

    def construct(scene: Any) -> None:
        scene.add(cell, shown)
        scene.play(cell.animate.shift((2, 0, 0)), run_time=1, rate_func=linear)

    play(construct)
    assert bool(watch.found) != own
