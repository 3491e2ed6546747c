"""What moves says nothing false: no cell passes under a number that is not its own.

Every frame of every story is looked at while it is drawn: see motion.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from film import Film
from manim import linear
from motion import Watch

from litnet import Fly, LitScene
from litnet.clips.catalogue import LEARNING_CARD, STORIES, TITLE_CARD, Story
from litnet.mobjects import LiveNumber, NeuronLayer, PixelGrid
from litnet.record.quantities import Quantities, illustrative


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Looks at each frame of every scene that is played."""
    watch = Watch()
    watch.install(LitScene, monkeypatch.setattr)
    return watch


@pytest.mark.parametrize(
    "story", (TITLE_CARD, LEARNING_CARD, *STORIES), ids=lambda story: story.scene
)
def test_no_moving_cell_lies_under_somebody_else_s_number(
    story: Story, story_film: Callable[[Story, str], Film]
) -> None:
    noted = story_film(story, "en").motion
    assert noted["looked"] > 30
    assert not noted["found"], "\n".join(dict.fromkeys(noted["found"]))


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


def test_pixels_become_neurons_once_in_the_film(story_film: Callable[[Story, str], Film]) -> None:
    """Of every clip what the joined film shows: from and until the beats that are named."""
    found = []
    for story in [story for story in STORIES if story.film == "structure"]:
        film = story_film(story, "en")
        beats = [beat["name"] for beat in film.record["beats"]]
        assert {story.film_from, story.film_until} - {None} <= {*beats}
        first = beats.index(story.film_from) if story.film_from else 0
        seen = beats[first : beats.index(story.film_until) if story.film_until else None]
        found += [(story.scene, beat) for beat in film.motion["neurons"] if beat in seen]
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
