"""A sketch says, and shows where it holds still, what the film does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from film import film, frames, sketch
from studio import TINY, studio


def test_a_sketch_has_the_film_s_record_and_its_holds(tmp_path: Path) -> None:
    story = studio(tmp_path, TINY).stories[0]
    size = ("-r", "320,180", "--fps", "5")
    whole = film(tmp_path / "a", *size, story=story.file, scene=TINY)
    drawn = sketch(tmp_path / "b", *size, story=story.file, scene=TINY)
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
