"""``litnet embed``: what it writes, handed to those who read it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit
from xml.etree import ElementTree

import pytest
from browser import NODE_MODULES, needs_chromium, needs_npm_packages, soon
from film import ROOT
from markdown_it import MarkdownIt

from litnet.clips.manifest import Studio
from litnet.commands.lessons import FORMATS
from litnet.lessons import Clip
from litnet.lessons.exporters import EXPORTERS

QUIZ = """[[question]]
id = "inputs"
clip = "LayerIntro"
beat = "count"
kind = "number"
answer = "network.sizes[0]"
[question.en]
text = "How <many>?"
right = "Yes."
wrong = "No."
"""
NASTY = (
    "</script><script>evil()</script></style>--><img src=x onerror=evil()>"
    "\"'` ]]> ](javascript:evil()) \u202edlrow\u2066"
)


class Page(HTMLParser):
    """The elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes) -> None:
        self.elements.append((tag, dict(attributes)))

    handle_startendtag = handle_starttag

    def addresses(self) -> list[str]:
        names = ("src", "poster", "data-src", "quiz")
        found = [a[n] for t, a in self.elements for n in names if a.get(n)]
        return [str(x) for x in found if not str(x).startswith("data:")]


def resolved(page: Path) -> int:
    """How many addresses of the clip a page has; each is a file."""
    ours = [a for a in Page(page.read_text("utf-8")).addresses() if "LayerIntro" in a]
    for address in ours:
        assert (page.parent / unquote(address)).is_file(), f"{page}: {address}"
    return len(ours)


def change(studio: Studio, text: str) -> None:
    """Put a text into every field of the records that is shown to people."""
    for name in ("LayerIntro", "LayerIntro--ko"):
        path = studio.file(name, "json")
        record = json.loads(path.read_text("utf-8"))
        record["title"] = text
        for beat in record["beats"]:
            beat["title"] = text
        for cue in record["cues"]:
            cue["text"] = text
        path.write_text(json.dumps(record), encoding="utf-8")


def test_the_command_knows_the_table() -> None:
    assert tuple(EXPORTERS) == FORMATS


@pytest.mark.parametrize("format_", [name for name in FORMATS if name != "h5p"])
def test_hostile_text_stays_text(embed, studio: Studio, tmp_path: Path, format_: str) -> None:
    plain = embed("LayerIntro", "-f", format_, "-o", tmp_path / "plain" / "page.html")
    change(studio, NASTY)
    done = embed("LayerIntro", "-f", format_, "-o", tmp_path / "nasty" / "page.html")
    assert plain.exit_code == done.exit_code == 0, done.output
    for folder in ("plain", "nasty"):
        package = tmp_path / folder / "page.html"
        if format_ == "scorm":
            with zipfile.ZipFile(package) as files:
                files.extractall(tmp_path / folder)
            package.unlink()
            ElementTree.parse(tmp_path / folder / "imsmanifest.xml")
    for page in (tmp_path / "nasty").iterdir():
        if page.suffix in (".html", ".js", ".vtt"):
            text = page.read_text("utf-8")
            assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)
            if page.name == "page.html" and format_ == "markdown":
                elements = Page(MarkdownIt("commonmark").render(text)).elements
                assert [tag for tag, _ in elements] == ["p", "a", "img"]
                assert elements[1][1] == {"href": "LayerIntro.mp4"}
                continue
            if page.suffix == ".js" and ".data." in page.name:
                assert "<" not in text
            if page.suffix == ".vtt":
                before = (tmp_path / "plain" / page.name).read_text("utf-8")
                assert text.count("-->") == before.count("-->") and "<" not in text
            if page.suffix == ".html":
                before = (tmp_path / "plain" / page.name).read_text("utf-8")
                tags = [[t for t, _ in Page(x).elements] for x in (text, before)]
                assert tags[0] == tags[1]
                keys = [[list(a) for _, a in Page(x).elements] for x in (text, before)]
                assert keys[0] == keys[1]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("Nothing",), 1, "found no such clip"),
        (("../LayerIntro",), 1, "no name that clips are published under"),
        (("LayerIntro", "-f", "flash"), 2, "flash"),
        (("LayerIntro", "-f", "scorm"), 2, "say with -o"),
        (("LayerIntro", "-f", "markdown", "--quiz", "quiz.toml"), 2, "carries no quiz"),
        (("WhatIsANeuron", "--language", "ko"), 1, "expected one of: en"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(embed, arguments, code: int, said: str) -> None:
    done = embed(*arguments)
    assert done.exit_code == code and said in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    "damage",
    [
        lambda record: record["beats"][0].pop("start"),
        lambda record: record["snapshots"][0]["layers"][0]["x"].pop(),
        lambda record: record["video"].update(frame_rate="fast"),
        lambda record: record["cues"].append({"start": 3, "end": 1, "text": ""}),
        lambda record: record["snapshots"][0]["layers"][0]["y"].__setitem__(0, float("nan")),
        lambda record: record.pop("published"),
    ],
)
def test_a_damaged_record_leaves_nothing_behind(embed, studio, tmp_path, damage) -> None:
    path = studio.file("LayerIntro", "json")
    record = json.loads(path.read_text("utf-8"))
    damage(record)
    path.write_text(json.dumps(record), encoding="utf-8")
    done = embed("LayerIntro", "-o", tmp_path / "out" / "page.html")
    assert done.exit_code == 1 and "LayerIntro.json" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_stale_clip_is_a_warning_or_an_error(embed, studio: Studio, tmp_path: Path) -> None:
    path = studio.file("LayerIntro", "json")
    record = json.loads(path.read_text("utf-8"))
    for entry in record["inputs"]:
        if entry["role"] == "scene":
            entry["sha256"] = "0" * 64
    path.write_text(json.dumps(record), encoding="utf-8")
    done = embed("LayerIntro")
    assert done.exit_code == 0 and "scene layer_intro.py changed" in done.stderr
    done = embed("LayerIntro", "--strict", "-o", tmp_path / "out" / "page.html")
    assert done.exit_code == 1 and "scene layer_intro.py changed" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("format_", ["html", "iframe", "scorm"])
def test_questions_come_along(embed, tmp_path: Path, format_: str) -> None:
    quiz = tmp_path / "quiz.toml"
    quiz.write_text(QUIZ, encoding="utf-8")
    out = tmp_path / "out" / ("x.zip" if format_ == "scorm" else "x.html")
    done = embed("LayerIntro", "-f", format_, "--quiz", quiz, "-o", out)
    assert done.exit_code == 0, done.output
    if format_ == "scorm":
        with zipfile.ZipFile(out) as package:
            package.extractall(out.parent)
        assert ">80</adlcp:masteryscore>" in (out.parent / "imsmanifest.xml").read_text("utf-8")
    name = {"html": "x.html", "iframe": "LayerIntro.html", "scorm": "index.html"}[format_]
    elements = Page((out.parent / name).read_text("utf-8")).elements
    (element,) = [a for tag, a in elements if tag == "lit-clip"]
    questions = (out.parent / str(element["quiz"])).read_text("utf-8")
    (asked,) = json.loads(questions[questions.index("=[") + 1 : questions.rindex(";")])
    assert asked["answer"] == 784 and asked["text"] == "How <many>?"
    assert "<" not in questions


@pytest.mark.parametrize(
    "media, directory_urls", [("media", True), ("media", False), ("my C# 100%", True)]
)
@pytest.mark.parametrize("builder", ["mkdocs", "zensical"])
def test_a_site_finds_the_files(
    embed, tmp_path: Path, builder: str, media: str, directory_urls: bool
) -> None:
    said = str(directory_urls).lower()
    docs = tmp_path / "docs"
    (docs / "part").mkdir(parents=True)
    if builder == "mkdocs":
        settings = f"site_name: A site\nuse_directory_urls: {said}\ntheme: {{name: mkdocs}}\n"
        (tmp_path / "mkdocs.yml").write_text(settings, encoding="utf-8")
    else:
        settings = f'[project]\nsite_name = "A site"\nuse_directory_urls = {said}\n'
        (tmp_path / "zensical.toml").write_text(settings, encoding="utf-8")
    quiz = tmp_path / "quiz.toml"
    quiz.write_text(QUIZ, encoding="utf-8")
    for page in (docs / "index.md", docs / "part" / "lesson.md"):
        where = ("--page", page, "--copy", docs / media)
        done = embed("LayerIntro", "-f", builder, *where, "--quiz", quiz)
        assert done.exit_code == 0, done.output
        page.write_text(f"# A lesson\n\nWords.\n\n{done.stdout}\nMore words.\n", encoding="utf-8")
    command = [sys.executable, "-m", builder, "build"]
    built = subprocess.run(command, cwd=tmp_path, text=True, capture_output=True, check=False)
    assert built.returncode == 0, built.stderr
    lesson = "lesson/index.html" if directory_urls else "lesson.html"
    for page in (tmp_path / "site" / "index.html", tmp_path / "site" / "part" / lesson):
        assert resolved(page) == 8


@pytest.mark.parametrize("format_", [n for n, one in EXPORTERS.items() if not one.package])
def test_files_may_be_on_another_server(embed, tmp_path: Path, format_: str) -> None:
    quiz = tmp_path / "quiz.toml"
    quiz.write_text(QUIZ, encoding="utf-8")
    asked = ("--quiz", quiz) if EXPORTERS[format_].quiz else ()
    done = embed("LayerIntro", "-f", format_, "--base-url", "https://films.example/a&b", *asked)
    assert done.exit_code == 0 and done.stderr == "", done.output
    text = done.stdout
    if format_ == "markdown":
        text = MarkdownIt("commonmark").render(text)
    found = Page(text).addresses()
    assert found or format_ == "jupyter"  # which carries its film with it
    assert all(address.startswith("https://films.example/a&b/") for address in found)


def test_tracks_of_another_server_are_in_the_page(embed) -> None:
    """A browser loads them from elsewhere only where that server says so; here it need not."""
    done = embed("LayerIntro", "-f", "html", "--base-url", "https://films.example/media")
    page = Page(done.stdout)
    tracks = [a for t, a in page.elements if t == "track"]
    assert [(a["kind"], a["srclang"]) for a in tracks] == [
        (kind, language) for kind in ("captions", "chapters") for language in ("en", "ko")
    ]
    assert all(a["src"].startswith("data:text/vtt,WEBVTT%0A") for a in tracks)
    assert "crossorigin" not in done.stdout


FOLDERS = ("my media", "C# lessons", "a?b", "100%", "ü: (1) &'*[y]_")


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("format_", [n for n, one in EXPORTERS.items() if not one.package])
def test_a_folder_may_have_any_name(
    embed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_: str, folder: str
) -> None:
    monkeypatch.chdir(tmp_path)
    quiz = tmp_path / "quiz.toml"
    quiz.write_text(QUIZ, encoding="utf-8")
    asked = ("--quiz", quiz) if EXPORTERS[format_].quiz else ()
    beside = ("--no-directory-urls",) if format_ in ("mkdocs", "zensical") else ()
    done = embed("LayerIntro", "-f", format_, "--copy", folder, *asked, *beside)
    assert done.exit_code == 0, done.output
    text = MarkdownIt("commonmark").render(done.stdout) if format_ == "markdown" else done.stdout
    found = [*Page(text).addresses(), *(a["href"] for _, a in Page(text).elements if "href" in a)]
    assert found or format_ == "jupyter"
    for address in found:
        parts = urlsplit(urljoin((tmp_path / "page.html").as_uri(), address))
        assert not parts.query and not parts.fragment
        assert (tmp_path / folder).is_dir()
        assert Path(unquote(parts.path)).parent == tmp_path / folder
        assert Path(unquote(parts.path)).is_file()


@pytest.mark.parametrize(
    "given, expected",
    [
        ("my media", "my%20media/"),
        ("/C# lessons/", "/C%23%20lessons/"),
        ("/a?b", "/a%3Fb/"),
        ("https://films.example/100%", "https://films.example/100%25/"),
        ("https://films.example:8000/my%20media", "https://films.example:8000/my%20media/"),
        ("//films.example/a (1)/", "//films.example/a%20%281%29/"),
        ('/<b>"\\`|^{}', "/%3Cb%3E%22%5C%60%7C%5E%7B%7D/"),
        ("/ü/한/", "/%C3%BC/%ED%95%9C/"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("format_", ["html", "markdown", "reveal"])
def test_what_addresses_begin_with_is_an_address(
    embed, format_: str, given: str, expected: str
) -> None:
    done = embed("LayerIntro", "-f", format_, "--base-url", given)
    assert done.exit_code == 0, done.output
    text = MarkdownIt("commonmark").render(done.stdout) if format_ == "markdown" else done.stdout
    found = Page(text).addresses()
    assert found or format_ == "jupyter"
    assert all(re.fullmatch(f"{re.escape(expected)}(LayerIntro|lit)[\\w.-]+", a) for a in found)


@needs_chromium
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_page_plays_out_of_any_folder(embed, page, serve, tmp_path: Path, folder: str) -> None:
    web = tmp_path / "w"
    done = embed("LayerIntro", "-o", web / "x.html", "--copy", web / folder)
    assert done.exit_code == 0, done.output
    answers = []
    page.on("response", lambda response: answers.append((response.status, response.url)))
    page.goto(serve(web) + "/x.html")
    soon(page, "() => document.querySelector('video')?.readyState >= 1")
    soon(page, "() => globalThis.litnetClips?.LayerIntro !== undefined")
    assert {status for status, url in answers if "favicon" not in url} <= {200, 206, 304}
    poster = quote(f"{folder}/LayerIntro.jpg")
    assert any(url.endswith(poster) for _, url in answers)


def test_sphinx_finds_the_files(embed, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    (docs / "part").mkdir(parents=True)
    (docs / "conf.py").write_text(
        "extensions = ['myst_parser']\nhtml_static_path = ['_static']\n", encoding="utf-8"
    )
    page = docs / "part" / "lesson.md"
    done = embed("LayerIntro", "-f", "sphinx", "--page", page, "--copy", docs / "_static")
    page.write_text(f"# A lesson\n\n{done.stdout}", encoding="utf-8")
    index = "# A site\n\n```{toctree}\npart/lesson\n```\n"
    (docs / "index.md").write_text(index, encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", ".", "_build"]
    built = subprocess.run(command, cwd=docs, text=True, capture_output=True, check=False)
    assert built.returncode == 0, built.stderr
    assert resolved(docs / "_build" / "part" / "lesson.html") == 7


def test_a_notebook_shows_the_clip(embed, studio: Studio, tmp_path: Path) -> None:
    file = tmp_path / "lesson.ipynb"
    assert embed("LayerIntro", "-f", "jupyter", "-o", file).exit_code == 0
    notebook = json.loads(file.read_text("utf-8"))
    cell = notebook["cells"][0]
    # The test's own folder of clips stands in the place of the project's.
    cell["source"] = (
        "from pathlib import Path\nfrom litnet.clips import manifest\n"
        f"manifest.Studio.__init__.__defaults__ = (*manifest.Studio.__init__.__defaults__[:-2], "
        f"Path({str(studio.clips)!r}), Path({str(studio.manifest)!r}))\n" + cell["source"]
    )
    file.write_text(json.dumps(notebook), encoding="utf-8")
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "html", file.name]
    built = subprocess.run(command, cwd=tmp_path, text=True, capture_output=True, check=False)
    assert built.returncode == 0, built.stderr
    elements = Page(file.with_suffix(".html").read_text("utf-8")).elements
    assert [a["type"] for t, a in elements if t == "source"] == ["video/mp4"]
    assert [a["srclang"] for t, a in elements if t == "track"] == ["en", "ko"]


@needs_chromium
@pytest.mark.parametrize("format_", ["html", "iframe"])
def test_a_page_plays(embed, page, serve, tmp_path: Path, format_: str) -> None:
    assert embed("LayerIntro", "-f", format_, "-o", tmp_path / "w" / "x.html").exit_code == 0
    page.goto(serve(tmp_path / "w") + "/x.html")
    frame = page.frames[-1]
    soon(frame, "() => document.querySelector('video')?.readyState >= 1")
    assert frame.evaluate("document.querySelector('video').videoWidth") == 426
    labels = "[...document.querySelectorAll('track')].map((t) => t.label)"
    assert frame.evaluate(labels) == ["English", "한국어", "English", "한국어"]


@needs_chromium
@needs_npm_packages
def test_a_slide_stops_at_the_end_of_each_beat(embed, studio, page, serve, tmp_path) -> None:
    folder = tmp_path / "deck"
    done = embed("LayerIntro", "-f", "reveal", "--copy", folder, "--base-url", "")
    for name in ("reveal.js", "reveal.css"):
        shutil.copy(NODE_MODULES / "reveal.js" / "dist" / name, folder / name)
    (folder / "start.js").write_text("Reveal.initialize({hash: false});", encoding="utf-8")
    (folder / "index.html").write_text(
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Deck</title>'
        '<link rel="stylesheet" href="reveal.css"></head><body><div class="reveal">'
        f'<div class="slides">{done.stdout}</div></div><script src="reveal.js"></script>'
        '<script src="litnet-reveal.js"></script><script src="start.js"></script></body></html>',
        encoding="utf-8",
    )
    page.goto(serve(folder) + "/index.html")
    page.wait_for_function("Reveal.isReady() && document.querySelector('video').readyState >= 1")
    page.evaluate("document.querySelector('video').playbackRate = 8")
    beats = Clip("LayerIntro", studio=studio).beats
    time = "document.querySelector('video').currentTime"
    for beat in beats[:2]:
        page.evaluate("Reveal.next()")
        page.wait_for_function(
            f"document.querySelector('video').paused && Math.abs({time} - {beat.end - 0.1}) < 0.01"
        )
    page.evaluate("Reveal.prev()")
    page.wait_for_function(f"Math.abs({time} - {beats[0].end - 0.1}) < 0.01")


PLATFORM = """
window.calls = []; const values = {};
window.API = {
  LMSInitialize(x) { calls.push(["initialize"]); return "true"; },
  LMSGetValue(name) { return values[name] ?? ""; },
  LMSSetValue(name, value) { values[name] = value; calls.push([name, value]); return "true"; },
  LMSCommit(x) { calls.push(["commit"]); return "true"; },
  LMSFinish(x) { calls.push(["finish"]); return "true"; },
};
"""


@needs_chromium
def test_a_course_platform_is_told(embed, page, serve, tmp_path: Path) -> None:
    file = tmp_path / "clip.zip"
    assert embed("LayerIntro", "-f", "scorm", "-o", file).exit_code == 0
    with zipfile.ZipFile(file) as package:
        names = set(package.namelist())
        package.extractall(tmp_path / "lms" / "clip")
    tree = ElementTree.parse(tmp_path / "lms" / "clip" / "imsmanifest.xml").getroot()
    cp = "{http://www.imsproject.org/xsd/imscp_rootv1p1p2}"
    assert tree.tag == f"{cp}manifest"
    assert [child.tag for child in tree] == [
        f"{cp}{n}" for n in ("metadata", "organizations", "resources")
    ]
    assert tree.findtext(f"{cp}metadata/{cp}schemaversion") == "1.2"
    resource = tree.find(f"{cp}resources/{cp}resource")
    kind = "{http://www.adlnet.org/xsd/adlcp_rootv1p2}scormtype"
    assert resource.get(kind) == "sco" and resource.get("href") == "index.html"
    listed = {found.get("href") for found in resource}
    assert listed == names - {"imsmanifest.xml"}
    item = tree.find(f".//{cp}item")
    assert item.get("identifierref") == resource.get("identifier")
    lms = tmp_path / "lms"
    (lms / "platform.js").write_text(PLATFORM, encoding="utf-8")
    (lms / "index.html").write_text(
        '<!DOCTYPE html><title>LMS</title><script src="platform.js"></script>'
        '<iframe src="clip/index.html" width="600" height="400"></iframe>',
        encoding="utf-8",
    )
    page.goto(serve(lms) + "/index.html")
    page.wait_for_function("calls.some((c) => c[1] === 'incomplete')")
    frame = page.frames[-1]
    frame.evaluate(
        "document.dispatchEvent(new CustomEvent('litnet:score', "
        "{detail: {points: 3, total: 4, answered: 3}}))"
    )
    assert ["cmi.core.score.raw", "75"] in page.evaluate("calls")
    frame.evaluate("document.querySelector('video').dispatchEvent(new Event('ended'))")
    assert ["cmi.core.lesson_status", "completed"] in page.evaluate("calls")
    page.evaluate("document.querySelector('iframe').remove()")
    page.wait_for_function("calls.at(-1)[0] === 'finish'")
    assert page.evaluate("calls.filter((c) => c[0] === 'finish').length") == 1


TWO = """[[question]]
id = "q-one"
clip = "LayerIntro"
at = 2.0
kind = "choice"
answer = 1
[question.en]
text = "One?"
choices = ["right", "wrong"]
right = "Yes."
wrong = "No."
"""


@needs_chromium
def test_the_best_score_stays(embed, page, serve, tmp_path: Path) -> None:
    """Answered on the page itself, in three visits to one platform."""
    lms = tmp_path / "lms"
    quiz = tmp_path / "quiz.toml"
    second = TWO.replace("q-one", "q-two").replace("2.0", "4.0").replace("One?", "Two?")
    quiz.write_text(TWO + second, encoding="utf-8")
    file = tmp_path / "clip.zip"
    assert embed("LayerIntro", "-f", "scorm", "--quiz", quiz, "-o", file).exit_code == 0
    with zipfile.ZipFile(file) as package:
        package.extractall(lms / "clip")
    (lms / "index.html").write_text(
        f"<!DOCTYPE html><title>LMS</title><script>{PLATFORM}</script>", encoding="utf-8"
    )
    page.goto(serve(lms) + "/index.html")

    def visit(*answers: str) -> tuple[str, str]:
        page.evaluate("""() => {
            calls.length = 0;
            delete values["cmi.core.lesson_location"];
            delete values["cmi.suspend_data"];
            const frame = document.createElement("iframe");
            Object.assign(frame, {src: "clip/index.html", width: 900, height: 1200});
            document.body.append(frame);
        }""")
        clip = page.frame_locator("iframe")
        clip.locator("lit-clip .chrome").wait_for()
        clip.locator("lit-clip").evaluate("(clip) => clip.reset()")  # what was kept is not asked
        for time, question, answer in zip((2, 4), ("One?", "Two?"), answers, strict=True):
            clip.locator("video").evaluate(f"(video) => {{ video.currentTime = {time}.05; }}")
            clip.get_by_text(question, exact=True).first.wait_for()
            clip.get_by_label(answer, exact=True).check()
            clip.get_by_role("button", name="Answer", exact=True).click()
            done = "Continue" if answer == "right" else "Skip"
            clip.get_by_role("button", name=done, exact=True).click()
            clip.locator("form").wait_for(state="hidden")
        page.evaluate("document.querySelector('iframe').remove()")
        page.wait_for_function("calls.at(-1)[0] === 'finish'")
        return tuple(
            page.evaluate(f"values['cmi.core.{n}']") for n in ("score.raw", "lesson_status")
        )

    assert visit("right", "wrong") == ("50", "failed")
    assert visit("right", "right") == ("100", "passed")
    assert visit("wrong", "right") == ("100", "passed")
    assert visit("wrong", "wrong") == ("100", "passed")


def test_it_needs_no_manim() -> None:
    code = (
        "import sys, litnet.commands.lessons, litnet.lessons.exporters\n"
        "from litnet.lessons import Clip\nprint('manim' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, check=True
    )
    assert done.stdout.strip() == "False"
