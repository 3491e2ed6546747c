"""Building a lesson: what comes out, and what bad input gets."""

from __future__ import annotations

import html
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from click.testing import CliRunner
from film import ROOT, VANILLA

from litnet.cli import main
from litnet.clips import manifest
from litnet.clips.manifest import Studio
from litnet.lessons.build import MARK, build
from litnet.lessons.markdown import like
from litnet.lessons.statistics import count_words, measure, reading_level
from network import MLP, InputError
from network.mlp import propagate

TEXT = """# A *small* lesson

Some words, and [784](value:LayerIntro#network.sizes[0]) of them are a number.

![The first layer](clip:LayerIntro)

> Remember this.
"""
QUESTION = """
[[question]]
id = "answer"
clip = "LayerIntro"
beat = "answer"
kind = "number"
answer = "prediction"
[question.en]
text = "What does it say?"
right = "Yes."
wrong = "No."
"""
HOSTILE = "<script>alert(1)</script></style><img src=x onerror=alert(1)>\u202e--> \" onload='x'"


class _Page(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    """A small lesson's folder."""
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "lesson.md").write_text(TEXT, encoding="utf-8")
    (folder / "quiz.toml").write_text(QUESTION, encoding="utf-8")
    return folder


def made(lesson: Path, studio: Studio, **settings: object) -> tuple[Path, _Page]:
    folder = build(lesson, lesson.parent / "out", studio=studio, **settings).folder
    return folder, _Page((folder / "index.html").read_text(encoding="utf-8"))


# --- what comes out ------------------------------------------------------------------------------
def test_a_page_names_only_files_that_are_there(lesson: Path, published: Studio) -> None:
    folder, page = made(lesson, published)
    named = [
        attributes.get(name)
        for _, attributes in page.tags
        for name in ("src", "href", "poster", "data-src", "quiz")
        if attributes.get(name)
    ]
    files = [name for name in named if name != "data:,"]
    assert {"clips/LayerIntro.mp4", "lit-clip.js", "clips/LayerIntro.quiz.js"} <= set(files)
    for name in files:
        assert (folder / name).is_file(), name


def test_no_script_and_no_style_stands_in_a_page(lesson: Path, published: Studio) -> None:
    _, page = made(lesson, published)
    assert all(script.get("src") for script in page.of("script"))
    assert not page.of("style")
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    (policy,) = [m["content"] for m in page.of("meta") if "http-equiv" in m]
    assert "default-src 'none'" in policy and "unsafe" not in policy


def test_what_is_copied_is_what_was_published(lesson: Path, published: Studio) -> None:
    folder, _ = made(lesson, published)
    for suffix in ("mp4", "jpg"):
        copy = folder / "clips" / f"LayerIntro.{suffix}"
        assert copy.read_bytes() == published.file("LayerIntro", suffix).read_bytes()


def test_a_lesson_takes_the_place_of_the_one_before(lesson: Path, published: Studio) -> None:
    folder, _ = made(lesson, published)
    (folder / "old.txt").write_text("", encoding="utf-8")
    (lesson / "lesson.md").write_text("# Another\n\nWords.\n", encoding="utf-8")
    (lesson / "quiz.toml").unlink()
    folder, page = made(lesson, published)
    assert "Another" in page.text and not (folder / "old.txt").exists()
    assert not (folder / "clips" / "LayerIntro.mp4").exists()
    assert [path.name for path in folder.parent.iterdir() if path.name.startswith(".")] == []


def test_a_link_to_code_leads_to_its_lines(lesson: Path, published: Studio) -> None:
    words = "# One\n\n[there](code:network/mlp.py#propagate), [as a whole](code:network/mlp.py#MLP)"
    words += " and [one](code:network/mlp.py#MLP.sizes)\n"
    (lesson / "quiz.toml").unlink()
    (lesson / "lesson.md").write_text(words, encoding="utf-8")
    folder, page = made(lesson, published)
    links = [link["href"] for link in page.of("a")]
    assert links == [f"code/network.mlp.html#{name}" for name in ("propagate", "MLP", "MLP.sizes")]
    code = (folder / "code" / "network.mlp.html").read_text(encoding="utf-8")
    source = (ROOT / "network" / "mlp.py").read_text(encoding="utf-8")
    lines = _Page(code.replace('<span class="line">', "\n")).text
    assert source.rstrip("\n") in lines
    # What is marked is the function: all of it, its decorators too, and nothing else.
    kept = re.split(r'(<span class="meant" id="[^"]+">|<span class="line">|</span>)', code)
    assert _marked(kept, "MLP.sizes").strip() == inspect.getsource(MLP.sizes.fget).strip()
    assert _marked(kept, "propagate").strip() == inspect.getsource(propagate).strip()
    assert not re.search(r"<script|\son\w+=|style=", code) and "default-src 'none'" in code


def _marked(parts: list[str], name: str) -> str:
    """The lines within a mark of a page of code."""
    depth, text = 0, ""
    for part in parts[parts.index(f'<span class="meant" id="{name}">') :]:
        depth += part.startswith("<span") - (part == "</span>")
        text += "\n" if part == '<span class="line">' else "" if part.startswith("<") else part
        if depth == 0:
            break
    return html.unescape(text)


def test_pictures_come_along_and_only_from_the_folder(lesson: Path, published: Studio) -> None:
    picture = ROOT / "assets" / "digits" / "3_00.png"
    shutil.copyfile(picture, lesson / "a 3.png")
    words = "# One\n\n![a 3](a%203.png) and again ![a 3](<a 3.png>)\n"
    (lesson / "quiz.toml").unlink()
    (lesson / "lesson.md").write_text(words, encoding="utf-8")
    folder, page = made(lesson, published)
    one, two = page.of("img")
    assert one["src"] == two["src"] and one["alt"] == "a 3"
    assert (folder / one["src"]).read_bytes() == picture.read_bytes()


def test_hostile_text_is_text(lesson: Path, published: Studio) -> None:
    words = f"# {HOSTILE}\n\n{HOSTILE}\n\n## {HOSTILE}\n\n![{HOSTILE}](clip:LayerIntro)\n"
    words += "\n[a](javascript:alert%281%29) <b onclick=x>b</b> &lt;script&gt;\n"
    (lesson / "lesson.md").write_text(words, encoding="utf-8")
    _, page = made(lesson, published)
    assert [s.get("src") for s in page.of("script")] == ["lit-clip.js", "lesson.js"]
    assert not page.of("img") and not page.of("b") and not page.of("style")
    assert not [a for a in page.of("a") if "javascript" in (a.get("href") or "")]
    assert "<script>alert(1)</script>" in page.text and "\u202e" not in page.text


def test_captions_beside_the_picture_go_first(lesson: Path, studio: Studio) -> None:
    """Of a clip that is published both ways a page shows the one without words in the picture."""
    for file in studio.clips.glob("LayerIntro.*"):
        data = file.read_bytes()
        if file.suffix == ".json":
            data = data.replace(b'"name":"LayerIntro"', b'"name":"LayerIntro--track"')
            data = data.replace(b'"captions":null', b'"captions":"track"', 1)
        file.with_name(f"LayerIntro--track{file.suffix}").write_bytes(data)
    folder, page = made(lesson, studio)
    (clip,) = page.of("lit-clip")
    assert clip["name"] == "LayerIntro--track"
    assert (folder / "clips" / "LayerIntro--track.mp4").is_file()
    tracks = {t["srclang"]: t for t in page.of("track") if t["kind"] == "captions"}
    assert list(tracks) == ["en", "ko"]
    shown = unquote(tracks["en"]["src"].removeprefix("data:text/vtt,"))
    assert shown == (folder / "clips" / "LayerIntro--track.en.vtt").read_text("utf-8")
    assert "default" in tracks["en"] and "default" not in tracks["ko"]
    assert tracks["ko"]["src"] == "clips/LayerIntro--track.ko.vtt"
    (item,) = (li for li in page.of("li") if "data-question" in li)
    assert item["data-clip"] == "LayerIntro--track"


# --- numbers -------------------------------------------------------------------------------------
def test_a_number_that_the_clip_does_not_say_is_refused(lesson: Path, published: Studio) -> None:
    (lesson / "lesson.md").write_text(TEXT.replace("[784]", "[783]"), encoding="utf-8")
    with pytest.raises(InputError, match=r"lesson\.md:3: the text says '783', but .* is 784"):
        made(lesson, published)


@pytest.mark.parametrize(
    "said, value, shown",
    [
        ("13,002", 13002, "13,002"),
        ("784", 784.0, "784"),
        ("0.99", 0.9912, "0.99"),
        ("1", 0.5, "0.5"),
        ("\N{MINUS SIGN}0.160", -0.16004, "\N{MINUS SIGN}0.160"),
        ("-2", -2.0, "-2"),
    ],
)
def test_a_number_is_written_as_the_text_does(said: str, value: float, shown: str) -> None:
    assert like(said, value) == shown


# --- statistics ----------------------------------------------------------------------------------
def test_statistics_add_up() -> None:
    one = measure("en", "word " * 380, [60, 90], "said " * 250, [1, 3], 1)
    assert (one.words, one.reading, one.films, one.spoken) == (380, 2.0, 2.5, 100)
    assert one.minutes == pytest.approx(2.0 + 2.5 + (15 + 40) / 60 + 2)


def test_words_are_what_stands_between_blanks() -> None:
    assert count_words("A neuron — holds 0.62. 뉴런은 빛납니다!") == 6


def test_the_reading_level_is_the_automated_readability_index() -> None:
    # Smith and Senter 1967: 4.71 characters/word + 0.5 words/sentence - 21.43; a typewriter
    # counted the characters, points among them.
    text = "A neuron holds a number. The higher the number the brighter it glows."
    characters, words = len(re.sub(r"\s", "", text)), 13
    index = 4.71 * characters / words + 0.5 * words / 2 - 21.43
    assert reading_level(text) == pytest.approx(index, abs=0.06)


def test_the_real_lesson_takes_about_a_quarter_of_an_hour(built: Path) -> None:
    facts = json.loads((built / MARK).read_text(encoding="utf-8"))
    assert [one["language"] for one in facts["statistics"]] == ["en", "ko"]
    for one in facts["statistics"]:
        assert 12 <= one["minutes"] <= 18, one
        assert one["questions"] == 10
    assert facts["statistics"][0]["grade"] < 8


# --- bad input -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text, sentence",
    [
        ("", r"lesson\.md:1: no title"),
        ("Words first\n\n# Title", r"lesson\.md:1: no title"),
        ("# One\n\n# Two", r"lesson\.md:3: a second title"),
        ("# One\n\n![x](clip:Nothing)", r"lesson\.md:3: Nothing: found no such clip"),
        ("# One\n\n![](clip:LayerIntro)", r"lesson\.md:3: no caption"),
        ("# One\n\nline\n![x](clip:LayerIntro) y", r"lesson\.md:4: .* is not alone"),
        ("# One\n\n![x](../secret.png)", r"lesson\.md:3: '\.\./secret\.png' lies outside"),
        ("# One\n\n![x](/etc/passwd)", r"lesson\.md:3: .* lies outside"),
        ("# One\n\n![x](%2e%2e/secret.png)", r"lesson\.md:3: .* lies outside"),
        ("# One\n\n![x](gone.png)", r"lesson\.md:3: 'gone\.png' is not in"),
        ("# One\n\n![x](network:../m.npz)", r"lesson\.md:3: .* lies outside"),
        ("# One\n\n![x](https://example.org/x.png)", r"lesson\.md:3: "),
        ("# One\n\n[x](other.html)", r"lesson\.md:3: a link to 'other\.html'"),
        ("# One\n\n[x](code:network/gone.py#x)", r"lesson\.md:3: .*cannot be read"),
        ("# One\n\n[x](code:network/../litnet.toml#x)", r"lesson\.md:3: .* is no code"),
        ("# One\n\n[x](code:tests/film.py#x)", r"lesson\.md:3: 'tests/film\.py' is no code"),
        ("# One\n\n[x](code:/etc/passwd#x)", r"lesson\.md:3: .* is no code"),
        ("# One\n\n[x](code:network/mlp.py)", r"lesson\.md:3: network/mlp\.py has no ''"),
        ("# One\n\n[x](code:network/mlp.py#gone)", r"lesson\.md:3: .* has no 'gone'"),
        ("# One\n\n[7](value:LayerIntro#network.weights)", r"lesson\.md:3: 'network\.weights'"),
        ("# One\n\n[7](value:Nothing#prediction)", r"lesson\.md:3: Nothing: found no such clip"),
    ],
)
def test_bad_text_is_told_with_its_line(
    lesson: Path, published: Studio, text: str, sentence: str
) -> None:
    (lesson.parent / "secret.png").write_bytes(b"secret")
    (lesson / "quiz.toml").unlink()
    (lesson / "lesson.md").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=sentence):
        made(lesson, published)
    assert not (lesson.parent / "out").exists()


FILES = ("lesson.md", "lesson.ko.md", "quiz.toml", "m.md", "m.npz", "p.png", "p.svg")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "nothing", "large"])
def test_only_small_files_are_read(lesson: Path, published: Studio, name: str, kind: str) -> None:
    if name.startswith(("m.", "p.")):
        shown = "network:m.npz" if name[0] == "m" else name
        (lesson / "lesson.md").write_text(f"# One\n\n![x]({shown})\n", encoding="utf-8")
        (lesson / "quiz.toml").unlink()
        shutil.copyfile(VANILLA, lesson / "m.npz")
    file = lesson / name
    file.unlink(missing_ok=True)
    match kind:
        case "pipe":
            os.mkfifo(file)
        case "device":
            file.symlink_to("/dev/zero")
        case "folder":
            file.mkdir()
        case "nothing":
            file.symlink_to("gone")
        case "large":
            with file.open("wb") as stream:
                stream.truncate(2**33)
    with pytest.raises(InputError, match=re.escape(name)) as told:
        made(lesson, published)
    assert "\n" not in str(told.value) and not (lesson.parent / "out").exists()


def test_signs_that_are_named_by_number_are_left_out(lesson: Path, published: Studio) -> None:
    words = "# A&#x202e;b\n\nc&#x2066;d&#x202e; ![e&#x202e;](clip:LayerIntro)\n\n`&#x202e;`\n"
    (lesson / "lesson.md").write_text(words.replace(" ![", "\n\n!["), encoding="utf-8")
    _, page = made(lesson, published)
    assert "Ab" in page.text and "cd" in page.text and "&#x202e;" in page.text
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", page.text)


def test_hostile_names_do_nothing_in_a_terminal(tmp_path: Path) -> None:
    for name in ("a\x1b[2J\u202eb", "line\nend", "x" * 300, os.fsdecode(b"\xff\x07")):
        for command in (["lesson", "build", name], ["embed", name], ["lesson", "serve", name]):
            done = CliRunner().invoke(main, [*command[:-1], "--", str(tmp_path / name)])
            assert done.exit_code == 1, done.output
            assert done.stderr.count("\n") == 1 and done.stderr.startswith("litnet: ")
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", done.stderr)


@pytest.mark.parametrize("name", ["a\x1b[2J\u202eb", "a\nb", os.fsdecode(b"\xff")])
def test_a_lesson_of_a_hostile_name_is_built(
    lesson: Path, published: Studio, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(
        manifest.Studio, "__init__", lambda studio: vars(studio).update(vars(published))
    )
    folder = lesson.rename(lesson.parent / name)
    out = lesson.parent / f"out{name}"
    for more in ([], ["--json"]):
        done = CliRunner().invoke(main, ["lesson", "build", str(folder), "-o", str(out), *more])
        assert done.exit_code == 0, done.output
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", done.output)
    assert json.loads(done.stdout)["folder"] == str(out)
    assert (out / "index.html").is_file()


def test_the_old_build_stays(lesson: Path, published: Studio) -> None:
    folder, _ = made(lesson, published)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    (lesson / "quiz.toml").write_text(QUESTION.replace('"prediction"', '"predict"'), "utf-8")
    with pytest.raises(InputError, match=r"quiz\.toml:7: "):
        made(lesson, published)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_questions_about_a_clip_that_is_not_shown(lesson: Path, published: Studio) -> None:
    (lesson / "lesson.md").write_text("# One\n\nWords.\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"quiz\.toml:4: "):
        made(lesson, published)


def test_questions_in_too_few_languages(lesson: Path, published: Studio) -> None:
    shutil.copyfile(lesson / "lesson.md", lesson / "lesson.ko.md")
    with pytest.raises(InputError, match=r"quiz\.toml: the questions are not in 'ko'"):
        made(lesson, published)


def test_a_lesson_in_an_unknown_language(lesson: Path, published: Studio) -> None:
    shutil.copyfile(lesson / "lesson.md", lesson / "lesson.xx.md")
    with pytest.raises(InputError, match=r"lesson\.xx\.md: 'xx' is no language"):
        made(lesson, published)


def test_a_stale_clip_warns_or_is_an_error(lesson: Path, published: Studio, tmp_path: Path) -> None:
    studio = Studio(
        stories=published.stories, clips=tmp_path / "clips", manifest=tmp_path / "manifest.json"
    )
    shutil.copytree(published.clips, studio.clips)
    assert build(lesson, tmp_path / "fresh", studio=studio, strict=True).warnings == ()
    path = studio.file("LayerIntro", "json")
    record = json.loads(path.read_text(encoding="utf-8"))
    scene = next(entry for entry in record["inputs"] if entry["role"] == "scene")
    scene["sha256"] = "0" * 64
    path.write_text(json.dumps(record), encoding="utf-8")
    (warning,) = build(lesson, tmp_path / "out", studio=studio).warnings
    assert "LayerIntro: the clip is stale" in warning and "layer_intro.py" in warning
    with pytest.raises(InputError, match="stale"):
        build(lesson, tmp_path / "strict", studio=studio, strict=True)
    assert not (tmp_path / "strict").exists()


@pytest.mark.parametrize("where", ["full", "file", "lesson", "above"])
def test_only_a_built_lesson_is_replaced(lesson: Path, published: Studio, where: str) -> None:
    target = {"lesson": lesson, "above": lesson.parent}.get(where, lesson.parent / "target")
    if where == "full":
        target.mkdir()
        (target / "thesis.txt").write_text("mine", encoding="utf-8")
    elif where == "file":
        target.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="choose another output folder"):
        build(lesson, target, studio=published)
    assert where != "full" or (target / "thesis.txt").read_text(encoding="utf-8") == "mine"


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "litnet", "lesson", "build", str(tmp_path / "gone")]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env={**os.environ})
    assert ended.returncode == 1
    assert re.fullmatch(r"litnet: .*lesson\.md: found no such file.*\n", ended.stderr)
