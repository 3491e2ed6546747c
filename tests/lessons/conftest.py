"""What the tests of lessons share."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from browser import browser, new_page, page, serve
from click.testing import CliRunner, Result
from film import ROOT, Film, sketch
from studio import publish

from litnet.cli import main
from litnet.clips.catalogue import STORIES, find_stories
from litnet.clips.manifest import Studio, add_to_manifest
from litnet.commands import clips
from litnet.lessons.build import build

__all__ = ["browser", "built", "learning", "new_page", "page", "published", "serve"]

CLIPS = {  # name: story, language
    "LayerIntro": ("LayerIntro", "en"),
    "LayerIntro--ko": ("LayerIntro", "ko"),
    "WhatIsANeuron": ("WhatIsANeuron", "en"),
}
LESSON = ROOT / "lessons" / "what-is-a-neuron"
LEARNING = ROOT / "lessons" / "how-it-learns"
SHOWN = ("ManyThrees", "WhatIsANeuron", "LayerIntro", "Propagation", "FallsShort")


def _published(folder: Path, films: dict[str, Film]) -> Studio:
    """A folder of clips, each published under its name."""
    names = {name: name.partition("--")[0] for name in films}
    studio = Studio(
        stories=tuple(find_stories(tuple(set(names.values())))),
        clips=folder / "renders" / "clips",
        manifest=folder / "renders" / "manifest.json",
    )
    entries = []
    for name, one in films.items():
        (story,) = find_stories((names[name],))
        entries.append(publish(studio, story, name, one.video, one.record))
    add_to_manifest(studio, entries)
    return studio


@pytest.fixture(scope="session")
def published(once) -> Studio:
    """A folder of published clips: LayerIntro in two languages, WhatIsANeuron (weights) in one.

    Really rendered, at 426 x 240 and 5 frames a second. Tests that change it copy it first.
    """

    def made(folder: Path) -> Studio:
        films = {}
        for name, (scene, language) in CLIPS.items():
            (story,) = find_stories((scene,))
            films[name] = sketch(
                folder / "media" / name,
                *("--resolution", "426,240", "--fps", "5"),
                story=story.file,
                scene=scene,
                LITNET_LANGUAGE=language,
            )
        return _published(folder, films)

    return once("published", made)


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
def built(published: Studio, once, story_film) -> Path:
    """The lesson in lessons/, built of really rendered clips; a folder. Tests only look at it."""

    def made(folder: Path) -> Path:
        films = {}
        for story in find_stories(SHOWN):
            for language, suffix in (("en", ""), ("ko", "--ko")):
                if story.scene + suffix not in CLIPS:
                    films[story.scene + suffix] = story_film(story, language)
        studio = _published(folder, films)
        for file in published.clips.iterdir():
            shutil.copyfile(file, studio.clips / file.name)
        return build(LESSON, folder / "built", studio=studio).folder

    return once("lesson", made)


@pytest.fixture(scope="session")
def learning(once, story_film) -> Path:
    """The lesson about learning, built of films that other tests look at as well: a folder. Tests
    only look at it."""

    def made(folder: Path) -> Path:
        films = {
            story.scene + suffix: story_film(story, language)
            for story in STORIES
            if story.film == "learning"
            for language, suffix in (("en", ""), ("ko", "--ko"))
        }
        studio = _published(folder, films)
        return build(LEARNING, folder / "built", studio=studio).folder

    return once("lesson-learning", made)
