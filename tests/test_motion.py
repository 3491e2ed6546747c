"""What moves says nothing false: no cell passes under a number that is not its own.

Every story is evaluated frame by frame; nothing is drawn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from manim import Group, config, linear

from litnet import Fly, LitScene, PixelsIntoNeurons
from litnet.clips.catalogue import LEARNING_CARD, STORIES, TITLE_CARD, Story
from litnet.clips.manifest import Studio
from litnet.clips.settings import Quality
from litnet.clips.still import evaluate, task_for
from litnet.mobjects import LiveNumber, NeuronLayer, PixelGrid
from litnet.mobjects.cells import PlacedCells
from litnet.record.quantities import Quantities, illustrative, in_reading

SMALL = Quality(426, 240, 10)
SEEN = 0.15  # opacity from which on a cell is seen to be somebody's
READ = 0.4  # and a number is read; below, it is about to be gone


class Watch:
    """Which cells moved under which numbers, frame by frame."""

    def __init__(self) -> None:
        self.before: dict[int, tuple[Any, Any]] = {}  # by address; the mobject is held as well
        self.found: list[str] = []

    def look(self, scene: Any) -> None:
        """Compare a frame with the one before."""
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


@pytest.mark.parametrize(
    "story", (TITLE_CARD, LEARNING_CARD, *STORIES), ids=lambda story: story.scene
)
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


def test_pixels_become_neurons_once_in_the_film(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every clip what the joined film shows: from and until the beats that are named."""
    shown: list[tuple[str, str]] = []
    play = LitScene.play

    def counted(scene: Any, *animations: Any, **options: Any) -> None:
        if any(isinstance(one, PixelsIntoNeurons) for one in animations):
            shown.append((type(scene).__name__, scene.beats.name))
        play(scene, *animations, **options)

    monkeypatch.setattr(LitScene, "play", counted)
    told = [story for story in STORIES if story.film == "structure"]
    found = []
    for story in told:
        shown.clear()
        task = task_for(Studio(), story, SMALL, language="en")
        beats = [beat.name for beat in evaluate(task, lambda *_: (), lambda *_: None).beats]
        assert {story.film_from, story.film_until} - {None} <= {*beats}
        first = beats.index(story.film_from) if story.film_from else 0
        seen = beats[first : beats.index(story.film_until) if story.film_until else None]
        found += [one for one in shown if one[1] in seen]
    assert found == [("LayerIntro", "flow")]


def test_a_flight_there_and_back_is_as_if_nobody_had_flown(play: Any) -> None:
    cells = NeuronLayer.like(PixelGrid(np.linspace(0, 1, 64).reshape(8, 8), 4.0), pitch=0.5)
    before, halo = cells.points.copy(), cells.halo.copy()
    focus, place = cells.centers[19], np.array([0.5, -0.5, 0.0])
    number = LiveNumber(illustrative(0.5), size=40).scale(1 / 6).move_to(focus)
    seen = []

    def construct(scene: Any) -> None:
        scene.add(cells, number)
        there = {"focus": focus, "place": place, "zoom": 6.0, "haze": 0.5}
        back = {"focus": place, "place": focus, "zoom": 1 / 6, "haze": 2.0}
        for way in (there, back):
            scene.play(Fly(cells, **way, numbers=[number]), run_time=1)
            seen.append((cells.points.copy(), number.get_center(), number.get_fill_opacity()))

    play(construct)
    (near, at, opacity), (away, home, gone) = seen
    assert near[19:20, :2] + near[83:84, :2] == pytest.approx(2 * place[None, :2])
    assert np.ptp(near, axis=0) == pytest.approx(6 * np.ptp(before, axis=0))
    assert at == pytest.approx(place) and opacity == 1
    assert away == pytest.approx(before) and home == pytest.approx(focus) and gone == 0
    assert cells.halo == pytest.approx(halo)
