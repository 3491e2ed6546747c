"""What the tests of lessons share."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from browser import browser, new_page, page, serve
from click.testing import CliRunner, Result
from film import ROOT, film

from litnet.cli import main
from litnet.clips.catalogue import find_stories
from litnet.clips.manifest import Studio, add_to_manifest
from litnet.clips.publish import publish
from litnet.commands import clips
from litnet.lessons.build import build

__all__ = ["browser", "built", "new_page", "page", "published", "serve"]

CLIPS = {  # name: story, language
    "LayerIntro": ("LayerIntro", "en"),
    "LayerIntro--ko": ("LayerIntro", "ko"),
    "WhatIsANeuron": ("WhatIsANeuron", "en"),
}
LESSON = ROOT / "lessons" / "what-is-a-neuron"
SHOWN = ("ManyThrees", "WhatIsANeuron", "LayerIntro", "Propagation", "FallsShort")


def _made(folder: Path, clips: dict[str, tuple[str, str]]) -> Studio:
    """A folder of clips, really rendered at 426 x 240 and 5 frames a second."""
    names = tuple({story for story, _ in clips.values()})
    studio = Studio(
        stories=tuple(find_stories(names)),
        clips=folder / "renders" / "clips",
        manifest=folder / "renders" / "manifest.json",
    )

    def made(name: str):
        story, language = clips[name]
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
        films = dict(zip(clips, pool.map(made, clips), strict=True))
    entries = []
    for name, one in films.items():
        (story,) = find_stories((clips[name][0],))
        entries.append(publish(studio, story, name, one.video, one.record))
    add_to_manifest(studio, entries)
    return studio


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """A folder of published clips: LayerIntro in two languages, WhatIsANeuron (weights) in one.

    Really rendered, at 426 x 240 and 5 frames a second. Tests that change it copy it first.
    """
    folder = tmp_path_factory.mktemp("published")
    return _made(folder, CLIPS)


@pytest.fixture
def studio(published: Studio, tmp_path: Path) -> Studio:
    """A copy of the published clips, to be changed at will."""
    folder = tmp_path / "renders"
    shutil.copytree(published.clips, folder / "clips")
    return replace(published, clips=folder / "clips", manifest=folder / "manifest.json")


@pytest.fixture
def embed(studio: Studio, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clips, "the_studio", lambda: studio)

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(main, ["embed", *map(str, arguments)])

    return run


@pytest.fixture(scope="session")
def record(published: Studio) -> dict:
    """Of the published clip LayerIntro. Tests only look at it."""
    return json.loads(published.file("LayerIntro", "json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def built(published: Studio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lesson in lessons/, built of clips of its own; a folder. Tests only look at it."""
    folder = tmp_path_factory.mktemp("lesson")
    every = {
        story + suffix: (story, language)
        for story in SHOWN
        for suffix, language in (("", "en"), ("--ko", "ko"))
    }
    studio = _made(folder, {name: of for name, of in every.items() if name not in CLIPS})
    for name in CLIPS:
        for file in published.clips.glob(f"{name}.*"):
            shutil.copyfile(file, studio.clips / file.name)
    return build(LESSON, folder / "built", studio=studio).folder
