"""Films in notebooks: the whole element, a plain video, and a notebook that is run."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from browser import needs_chromium, soon
from film import ROOT
from test_embed import QUIZ, Page

from litnet.clips.manifest import Studio
from litnet.lessons import Clip
from network import InputError

NOTEBOOK = ROOT / "docs" / "notebooks" / "your_digit.ipynb"


@pytest.fixture
def quiz(tmp_path: Path) -> Path:
    file = tmp_path / "quiz.toml"
    file.write_text(QUIZ, encoding="utf-8")
    return file


@needs_chromium
def test_a_cell_shows_the_whole_element(published: Studio, quiz: Path, page: Any) -> None:
    """Chapters, words, what can be asked and the questions, from one text, with no other file."""
    clip = Clip("LayerIntro", quiz=quiz, studio=published)
    shown = clip._repr_mimebundle_()["text/html"]
    assert Page(shown).addresses() == [] and "data:video/mp4" in shown
    file = quiz.with_name("cell.html")
    file.write_text(
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>A</title>{shown}{shown}',
        encoding="utf-8",
    )
    page.goto(file.as_uri())
    root = "document.querySelectorAll('lit-clip')[1].shadowRoot"
    soon(page, f"() => !{root}.querySelector('.chrome').hidden")
    soon(page, "() => document.querySelector('video').readyState >= 1")
    assert page.evaluate("litnetClips.LayerIntro.beats.length") == len(clip.beats)
    assert page.evaluate("litnetQuizzes.LayerIntro.length") == 1
    assert page.evaluate(f"{root}.querySelector('.ask').hidden") is False
    assert page.evaluate(f"{root}.querySelector('.transcript').hidden") is False


@needs_chromium
def test_where_no_script_may_run_it_is_a_video(published: Studio, tmp_path: Path, new_page) -> None:
    shown = Clip("LayerIntro", "ko", studio=published)._repr_html_()
    file = tmp_path / "cell.html"
    file.write_text(f"<!DOCTYPE html><title>A</title>{shown}", encoding="utf-8")
    page = new_page(java_script_enabled=False)
    page.goto(file.as_uri())
    video = page.locator("video")
    assert video.is_visible() and video.get_attribute("controls") is not None
    assert page.locator("track").evaluate_all("all => all.map((t) => t.srclang)") == ["ko", "en"]


def test_nothing_in_a_clip_ends_its_scripts(published: Studio, quiz: Path) -> None:
    """What somebody wrote stands in a notebook as words."""
    text = quiz.read_text("utf-8").replace("How <many>?", "</script><b>bold</b> <!-- <script>")
    quiz.write_text(text, encoding="utf-8")
    shown = Clip("LayerIntro", quiz=quiz, studio=published)._repr_html_()
    page = Page(shown)
    assert [tag for tag, _ in page.elements if tag == "b"] == []
    assert shown.count("</script>") == shown.count("<script>") == 3


@pytest.mark.parametrize(
    "text, why",
    [
        (QUIZ.replace("LayerIntro", "Bias"), r"no question about LayerIntro, but about: Bias\.$"),
        (QUIZ.replace("[question.en]", "[question.fr]"), r"no \[question\.en\]"),
        ("", r"question"),
    ],
)
def test_questions_of_something_else_are_refused(
    published: Studio, quiz: Path, text: str, why: str
) -> None:
    quiz.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=why):
        Clip("LayerIntro", quiz=quiz, studio=published)


def test_the_notebook_films_a_digit_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every cell of it, as somebody runs it, in a folder of its own."""
    import nbformat
    from nbclient import NotebookClient

    for name in [name for name in os.environ if name.startswith("LITNET_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    folder = tmp_path / "mine"
    folder.mkdir()
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not [c for c in notebook.cells if c.get("outputs")], "it is kept without what came out"
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}})
    client.km = client.create_kernel_manager()
    client.km.kernel_spec.argv[0] = sys.executable
    client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    said = "".join(output.get("text", "") for output in outputs)
    assert re.search(r"It answers \d; the activation of that output is [01]\.\d\d\.", said)
    shown = [output.get("data", {}).get("text/html", "") for output in outputs]
    films = [html for html in shown if "<video" in html]
    assert len(films) == 2 and all("data:video/mp4" in html for html in films)
    assert "<lit-clip" not in films[0] and 'name="YourDigit--digit"' in films[1]
    record = json.loads((folder / "renders/clips/YourDigit--digit.json").read_text("utf-8"))
    answer = record["forward_pass"]["prediction"]
    assert f"It answers {answer};" in said
    assert [one["value"] for one in record["numbers"] if one["source"] == "prediction"] == [answer]
    assert record["variant"]["digit"] == "digit.png"
