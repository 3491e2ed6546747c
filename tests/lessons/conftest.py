"""What the tests of lessons share."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from browser import browser, new_page, page, serve
from film import film

from litnet.clips.catalogue import find_stories
from litnet.clips.manifest import Studio, add_to_manifest
from litnet.clips.publish import publish

__all__ = ["browser", "new_page", "page", "published", "serve"]

CLIPS = {  # name: story, language
    "LayerIntro": ("LayerIntro", "en"),
    "LayerIntro--ko": ("LayerIntro", "ko"),
    "WhatIsANeuron": ("WhatIsANeuron", "en"),
}


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """A folder of published clips: LayerIntro in two languages, WhatIsANeuron (weights) in one.

    Really rendered, at 426 x 240 and 5 frames a second. Tests that change it copy it first.
    """
    folder = tmp_path_factory.mktemp("published")
    studio = Studio(
        stories=tuple(find_stories(("LayerIntro", "WhatIsANeuron"))),
        clips=folder / "renders" / "clips",
        manifest=folder / "renders" / "manifest.json",
    )

    def made(name: str):
        story, language = CLIPS[name]
        (found,) = find_stories((story,))
        size = ("--resolution", "426,240", "--fps", "5")
        return film(
            Path(folder, "media", name),
            *size,
            story=found.file,
            scene=story,
            LITNET_LANGUAGE=language,
        )

    with ThreadPoolExecutor(2) as pool:
        films = dict(zip(CLIPS, pool.map(made, CLIPS), strict=True))
    entries = []
    for name, one in films.items():
        (story,) = find_stories((CLIPS[name][0],))
        entries.append(publish(studio, story, name, one.video, one.record))
    add_to_manifest(studio, entries)
    return studio
