"""A sketch says what the film does, and shows it where it holds still, or shows nothing at all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from film import film, frames, recorded, sketch
from studio import TINY, studio

SIZE = ("-r", "320,180", "--fps", "5")


@pytest.fixture
def story(tmp_path: Path) -> Path:
    """A story of a few frames."""
    return studio(tmp_path, TINY).stories[0].file


def test_a_sketch_has_the_film_s_record_and_its_holds(tmp_path: Path, story: Path) -> None:
    whole = film(tmp_path / "a", *SIZE, story=story, scene=TINY)
    drawn = sketch(tmp_path / "b", *SIZE, story=story, scene=TINY)
    assert drawn.record == whole.record
    shown, expected = dict(frames(drawn.video)), dict(frames(whole.video))
    assert shown.keys() == expected.keys()
    held = [snapshot["frame"] for snapshot in whole.record["snapshots"]]
    assert len(held) >= 2
    for number in held:
        assert np.abs(shown[number].astype(int) - expected[number]).max() <= 8
    if drawn.plays is not None:
        plays = json.loads(drawn.plays.read_text("utf-8"))
        assert sum(count for _, count, _ in plays) == len(expected)
        moved = [first for first, _, moves in plays if moves]
        assert any(not np.array_equal(shown[n], expected[n]) for n in moved)


def test_where_only_the_record_is_read_nothing_is_drawn(tmp_path: Path, story: Path) -> None:
    drawn = sketch(tmp_path / "a", *SIZE, story=story, scene=TINY)
    noted = recorded(tmp_path / "b", *SIZE, story=story, scene=TINY)
    assert noted.record == drawn.record
    assert len(list(frames(noted.video))) == drawn.record["video"]["frames"]
    if noted.plays is not None and drawn.plays is not None:
        assert noted.plays.read_text("utf-8") == drawn.plays.read_text("utf-8")
        assert not any(np.ptp(shown) > 8 for _, shown in frames(noted.video))
        with pytest.raises(AssertionError, match="nothing was drawn"):
            noted.still(drawn.record["snapshots"][0]["frame"])
