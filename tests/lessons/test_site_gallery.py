"""The gallery of the site, with films that are published."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from browser import needs_chromium, soon
from film import ROOT

from litnet.clips.manifest import Studio


@pytest.fixture
def gallery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``gallery(studio)`` writes the gallery of a studio's films; gives its folder, and which films
    were missing."""
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "site"))
    making = {name: importlib.import_module(name) for name in ("stage", "gallery_pages")}

    def written(studio: Studio) -> tuple[Path, list[str]]:
        stage = making["stage"].Stage(tmp_path / "pages", {})
        made = making["gallery_pages"].Gallery(stage, studio)
        made.write()
        return tmp_path / "pages", made.missing

    return written


@needs_chromium
def test_a_published_film_plays(gallery: Any, studio: Studio, page: Any) -> None:
    folder, missing = gallery(studio)
    assert not any(one.startswith("LayerIntro") for one in missing)
    assert "Propagation" in missing
    text = (folder / "gallery" / "LayerIntro.md").read_text("utf-8")
    assert "](/source/scenes/layer_intro.py.md)" in text
    assert 'href="../clips/LayerIntro.json"' in text and "```html\n<div" in text
    record = json.loads((folder / "extra" / "clips" / "LayerIntro.json").read_text("utf-8"))
    raw = re.search(r"````\{raw\} html\n(.*?)````", text, re.S)
    assert raw is not None
    shown = folder / "extra" / "gallery" / "page.html"
    shown.parent.mkdir()
    shown.write_text(f'<!DOCTYPE html><html lang="en"><title>A</title>{raw[1]}', encoding="utf-8")
    page.goto(shown.as_uri())
    soon(
        page, "() => !document.querySelector('lit-clip').shadowRoot.querySelector('.chrome').hidden"
    )
    assert page.evaluate("litnetClips.LayerIntro.beats.length") == len(record["beats"])
    page.evaluate("document.querySelector('video').play()")
    soon(page, "() => document.querySelector('video').currentTime > 0.2")


def test_a_stale_film_is_not_shown_as_if_it_were_fresh(gallery: Any, studio: Studio) -> None:
    file = studio.file("LayerIntro", "json")
    record = json.loads(file.read_text("utf-8"))
    (scene,) = [one for one in record["inputs"] if one["role"] == "scene"]
    scene["sha256"] = "0" * 64
    file.write_text(json.dumps(record), encoding="utf-8")
    folder, missing = gallery(studio)
    assert any(re.match(r"LayerIntro \(.*layer_intro\.py changed\)", one) for one in missing)
    text = (folder / "gallery" / "LayerIntro.md").read_text("utf-8")
    assert "<video" not in text and "```sh\nlitnet render LayerIntro\n```" in text
    assert text.count("../storyboard/LayerIntro-") == 8
