"""Published clips as lessons see them."""

from __future__ import annotations

from litnet.clips.manifest import Studio
from litnet.lessons import Clip


def test_a_clip_is_found_by_its_story(published: Studio) -> None:
    clip = Clip("LayerIntro", studio=published)
    assert clip.language == "en" and list(clip.languages) == ["en", "ko"]
    assert clip.languages["ko"].name == "LayerIntro--ko"
    assert Clip("LayerIntro", "ko", studio=published).name == "LayerIntro--ko"
    assert Clip("LayerIntro--ko", "en", studio=published).name == "LayerIntro"
