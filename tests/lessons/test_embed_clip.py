"""Published clips as lessons see them."""

from __future__ import annotations

from litnet.clips.manifest import Studio
from litnet.lessons import Clip
from litnet.lessons.page_data import page_data


def test_a_clip_is_found_by_its_story(published: Studio) -> None:
    clip = Clip("LayerIntro", studio=published)
    assert clip.language == "en" and list(clip.languages) == ["en", "ko"]
    assert clip.languages["ko"].name == "LayerIntro--ko"
    assert Clip("LayerIntro", "ko", studio=published).name == "LayerIntro--ko"
    assert Clip("LayerIntro--ko", "en", studio=published).name == "LayerIntro"


def test_another_language_is_moved_beat_by_beat(published: Studio) -> None:
    clip = Clip("LayerIntro", studio=published)
    other = clip.languages["ko"]
    moved, said = clip.tracks["ko"].cues, other.record.cues
    assert [cue.text for cue in moved] == [cue.text for cue in said]
    for cue, was in zip(moved, said, strict=True):
        (theirs,) = [b for b in other.beats if b.start <= was.start < b.end]
        (ours,) = [b for b in clip.beats if b.name == theirs.name]
        share = (was.start - theirs.start) / (theirs.end - theirs.start)
        assert abs(cue.start - (ours.start + share * (ours.end - ours.start))) < 1e-5
        assert cue.start < cue.end <= ours.end + 1e-5
    own = clip.tracks["en"].cues
    assert [cue.start for cue in own] == [cue.start for cue in clip.record.cues]


def test_the_data_are_the_record_s(published: Studio) -> None:
    clip = Clip("LayerIntro", studio=published)
    data = page_data(clip)
    assert (data["rows"], data["columns"], data["sizes"]) == (28, 28, (784, 16, 16, 10))
    for beat, was in zip(data["beats"], clip.record.beats, strict=True):
        assert (beat["first"], beat["last"]) == (round(was.start * 5), round(was.end * 5) - 1)
    for found, snapshot in zip(data["snapshots"], clip.record.snapshots, strict=True):
        layers = sorted(snapshot.layers, key=lambda layer: layer.layer)
        for layer, was in zip(found["layers"], layers, strict=True):
            cells = layer["cell"] or tuple(range(len(was.x)))
            assert cells == was.cell
            for name, error in (("x", 0.005), ("y", 0.005), ("value", 5e-6)):
                pairs = zip(layer[name], getattr(was, name), strict=True)
                assert all(a is b is None or abs(a - b) <= error * 1.001 for a, b in pairs)


def test_one_asks_in_the_nearest_snapshot_of_the_same_beat(published: Studio) -> None:
    """Worked out for every frame in another way than the data say it."""
    clip = Clip("LayerIntro", studio=published)
    data = page_data(clip)
    shots = data["snapshots"]
    assert len(shots) > 5
    for frame in range(clip.frames):
        (beat,) = [b for b in data["beats"] if b["first"] <= frame <= b["last"]]
        near = [s for s in shots if beat["first"] <= s["frame"] <= beat["last"]] or shots
        expected = min(near, key=lambda shot: (abs(shot["frame"] - frame), shot["frame"]))
        assert next(s for s in shots if frame <= s["until"]) is expected
