"""``litnet embed --format h5p``: the package, and what a player of H5P makes of it.

The official libraries cannot be here; those that the tests write do what the contracts of the
content types say (constructor of parameters and id, ``attach``, blanks between asterisks), and keep
what they are given.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest
from browser import NODE_MODULES, needs_chromium, needs_npm_packages
from test_embed import NASTY, change

from litnet.clips.manifest import Studio
from litnet.lessons import Clip
from litnet.lessons.exporters import h5p_template
from litnet.lessons.exporters.h5p import right_answers

VIDEO = """
var H5P = H5P || {};
H5P.InteractiveVideo = function (params, id) {
  H5P.EventDispatcher.call(this);
  this.attach = function ($container) {
    window.given = params;
    const {video, assets} = params.interactiveVideo;
    const film = document.createElement("video");
    film.src = H5P.getPath(video.files[0].path, id);
    film.poster = H5P.getPath(video.startScreenOptions.poster.path, id);
    for (const one of video.textTracks.videoTrack) {
      const track = document.createElement("track");
      Object.assign(track, {kind: one.kind, label: one.label, srclang: one.srcLang});
      track.src = H5P.getPath(one.track.path, id);
      film.append(track);
      track.track.mode = "hidden";
    }
    const title = document.createElement("h1");
    title.innerHTML = video.startScreenOptions.title;
    $container.append(title, film);
    for (const {action} of assets.interactions) {
      const place = H5P.jQuery("<section>").appendTo($container);
      H5P.newRunnable(action, id, place, true, {parent: this});
    }
  };
};
"""
CHOICE = """
var H5P = H5P || {};
H5P.MultiChoice = function (params) {
  H5P.EventDispatcher.call(this);
  this.attach = ($container) => $container.html(params.question + params.answers.map(
    ({text, correct}) => `<div class="answer" data-correct="${correct}">${text}</div>`).join("")
    + params.overallFeedback.map(({feedback}) => `<em>${feedback}</em>`).join(""));
};
"""
BLANKS = """
var H5P = H5P || {};
H5P.Blanks = function (params) {
  H5P.EventDispatcher.call(this);
  const line = (text) => text.split("*").map(
    (part, k) => (k % 2 ? `<input data-right="${part.split(":")[0]}">` : part)).join("");
  this.attach = ($container) => $container.html(params.text + params.questions.map(line).join("")
    + params.overallFeedback.map(({feedback}) => `<em>${feedback}</em>`).join(""));
};
"""


def described(name: str, version: str, *needs: str, **more: object) -> dict[str, object]:
    def reference(name: str, version: str) -> dict[str, object]:
        major, minor = map(int, version.split("."))
        return {"machineName": name, "majorVersion": major, "minorVersion": minor}

    return {
        "title": name.removeprefix("H5P."),
        **reference(name, version),
        "patchVersion": 3,
        "runnable": 1,
        "preloadedDependencies": [reference(*need.split(" ")) for need in needs],
        **more,
    }


def libraries() -> dict[str, bytes]:
    """The files of a template, by name."""
    takes = [{"name": "action", "type": "library", "options": ["H5P.MultiChoice 1.16"]}]
    found = {}
    for name, version, script, needs, semantics in (
        ("H5P.InteractiveVideo", "1.27", VIDEO, ("H5P.Video 1.6",), takes),
        ("H5P.Video", "1.6", "var H5P = H5P || {}; H5P.Video = function () {};", (), []),
        ("H5P.MultiChoice", "1.16", CHOICE, (), []),
        ("H5P.MultiChoice", "1.17", "throw new Error('not this one')", (), []),
        ("H5P.Blanks", "1.14", BLANKS, (), []),
        ("H5P.Unused", "1.0", "throw new Error('not this one')", (), []),
    ):
        folder = f"{name}-{version}"
        about = described(name, version, *needs, preloadedJs=[{"path": "main.js"}])
        found[f"{folder}/library.json"] = json.dumps(about).encode()
        found[f"{folder}/semantics.json"] = json.dumps(semantics).encode()
        found[f"{folder}/main.js"] = script.encode()
    return found


def package(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in files.items():
            written.writestr(name, content)
    return path


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """As a course platform exports one: with content of its own."""
    about = {"title": "Mine", "mainLibrary": "H5P.InteractiveVideo", "preloadedDependencies": []}
    mine = {"h5p.json": json.dumps(about).encode(), "content/content.json": b"{broken"}
    return package(tmp_path / "mine.h5p", libraries() | mine)


@pytest.fixture
def quiz(tmp_path: Path) -> Path:
    """A question of each kind. Hostile words in the two that H5P can ask."""
    text = json.dumps(NASTY + " *mark* [[[x]]] @score")
    path = tmp_path / "quiz.toml"
    path.write_text(
        f"""
[[question]]
id = "inputs"
clip = "LayerIntro"
beat = "count"
kind = "number"
difficulty = 1
answer = "network.sizes[0]"
[question.en]
text = {text}
right = {text}
wrong = "No."
hint = "28 rows."

[[question]]
id = "which"
clip = "LayerIntro"
at = 2.5
kind = "choice"
difficulty = 1
answer = 2
[question.en]
text = {text}
choices = ["A \\"pixel\\"", {text}, "<b>None</b>"]
right = "Yes."
wrong = {text}

[[question]]
id = "click-it"
clip = "LayerIntro"
beat = "answer"
kind = "neuron"
difficulty = 2
answer = {{layer = 3, neuron = "prediction"}}
[question.en]
text = "Which?"
right = "Yes."
wrong = "No."
""",
        encoding="utf-8",
    )
    return path


def test_numbers_that_are_right() -> None:
    assert right_answers(784, 0) == ["784"]
    assert right_answers(784.0, 1) == ["784", "783", "785"]
    assert right_answers(0.5, 0) == ["0.5", "0,5"]
    near = right_answers(0.9312, 0.005)
    assert near[:2] == ["0.9312", "0,9312"] and {"0.93", "0.927", "0.936"} <= set(near)
    assert "0.926" not in near and "0.937" not in near
    for answer, tolerance in ((0.9312, 0.005), (12, 500), (1e-5, 1e-6), (-3.25, 0.5)):
        texts = right_answers(answer, tolerance)
        values = {float(text.replace(",", ".")) for text in texts}
        assert len(values) <= 40 and len(set(texts)) == len(texts) and len(values) > 1
        assert all(abs(value - answer) <= tolerance * (1 + 1e-9) for value in values)


@needs_chromium
@needs_npm_packages
def test_a_player_shows_it(
    embed, studio: Studio, page, serve, template: Path, quiz: Path, tmp_path: Path
) -> None:
    change(studio, NASTY)
    file = tmp_path / "clip.h5p"
    arguments = ("LayerIntro", "-f", "h5p", "--quiz", quiz, "--h5p-template", template, "-o", file)
    done = embed(*arguments)
    assert done.exit_code == 0, done.output
    assert "click-it" in done.stderr and "inputs" not in done.stderr
    with zipfile.ZipFile(file) as written:
        assert written.namelist() == sorted(written.namelist())
        written.extractall(tmp_path / "site" / "clip")
    folders = {path.name for path in (tmp_path / "site" / "clip").iterdir() if path.is_dir()}
    named = ("Blanks-1.14", "InteractiveVideo-1.27", "MultiChoice-1.16", "Video-1.6")
    assert folders == {"content", *(f"H5P.{name}" for name in named)}
    about = json.loads((tmp_path / "site" / "clip" / "h5p.json").read_text("utf-8"))
    assert about["mainLibrary"] == "H5P.InteractiveVideo" and len(about["title"]) <= 255
    assert len(about["preloadedDependencies"]) == 4 and "<" not in about["title"]

    shutil.copytree(NODE_MODULES / "h5p-standalone" / "dist", tmp_path / "site" / "player")
    (tmp_path / "site" / "index.html").write_text(
        '<!DOCTYPE html><meta charset="utf-8"><title>Player</title><div id="here"></div>'
        '<script src="player/main.bundle.js"></script><script>'
        'new H5PStandalone.H5P(document.getElementById("here"), {h5pJsonPath: "/clip", '
        'frameJs: "/player/frame.bundle.js", frameCss: "/player/styles/h5p.css"});</script>',
        encoding="utf-8",
    )
    page.goto(serve(tmp_path / "site") + "/index.html")
    page.wait_for_selector("iframe.h5p-iframe")
    frame = page.frames[-1]
    frame.wait_for_selector("section:nth-of-type(2)", state="attached")
    frame.wait_for_function("document.querySelector('video').readyState >= 1")
    clip = Clip("LayerIntro", studio=studio)
    video = frame.evaluate(
        "(({duration, videoWidth, videoHeight}) => [duration, videoWidth, videoHeight])"
        "(document.querySelector('video'))"
    )
    assert video[0] == pytest.approx(clip.duration, abs=0.05) and video[1:] == [426, 240]
    frame.wait_for_function(
        "[...document.querySelectorAll('track')].every(({readyState}) => readyState === 2)"
    )
    cues = "[...document.querySelectorAll('track')].map((t) => [t.label, t.track.cues.length])"
    assert frame.evaluate(cues) == [
        [track.label, len(track.cues)] for track in clip.tracks.values()
    ]

    given = frame.evaluate("window.given.interactiveVideo.assets")
    asked = [(one["action"]["library"], one["pause"]) for one in given["interactions"]]
    assert asked == [("H5P.MultiChoice 1.16", True), ("H5P.Blanks 1.14", True)]
    (count,) = (beat for beat in clip.beats if beat.name == "count")
    times = [one["duration"] for one in given["interactions"]]
    assert times[0]["from"] == pytest.approx(2.5, abs=0.2)  # within that frame, of 5 a second
    assert times[1]["from"] == pytest.approx(count.end - 0.1, abs=1e-3)
    assert all(time["from"] < time["to"] <= clip.duration for time in times)
    assert [mark["time"] for mark in given["bookmarks"]] == pytest.approx(
        [beat.start for beat in clip.beats], abs=1e-3
    )

    right = "[...document.querySelectorAll('.answer')].map((a) => a.dataset.correct)"
    assert frame.evaluate(right) == ["false", "true", "false"]
    blanks = "[...document.querySelectorAll('input')].map((i) => i.dataset.right)"
    assert frame.evaluate(blanks) == ["784"]
    words = " ".join("".join(c for c in NASTY if c not in "\u202e\u2066").split())
    hostile = f"{words} *mark* [[[x]]] @score"
    shown = frame.evaluate(
        "[...document.querySelectorAll('section p, section em, .answer')]"
        ".map((element) => element.innerText.trim())"
    )
    assert shown[:6] == [hostile, 'A "pixel"', hostile, "<b>None</b>", hostile, "Yes."]
    assert shown[6] == hostile and shown[-2:] == ["No. 28 rows.", hostile]
    assert frame.evaluate("document.querySelector('h1').innerText").startswith("</script><script>")
    made = "document.querySelectorAll('section img, section script, h1 *').length"
    assert frame.evaluate(made) == 0

    # The same from a folder of libraries, and byte for byte the same every time.
    first = hashlib.sha256(file.read_bytes()).hexdigest()
    with zipfile.ZipFile(template) as mine:
        mine.extractall(tmp_path / "folder")
    for source in (template, tmp_path / "folder"):
        again = embed(*arguments[:6], source, "-o", file)
        assert again.exit_code == 0, again.output
        assert hashlib.sha256(file.read_bytes()).hexdigest() == first


def test_without_questions_fewer_libraries_are_needed(embed, tmp_path: Path) -> None:
    files = {n: c for n, c in libraries().items() if "Video" in n}
    source = package(tmp_path / "mine.h5p", files)
    done = embed("LayerIntro", "-f", "h5p", "--h5p-template", source, "-o", tmp_path / "x.h5p")
    assert done.exit_code == 0, done.output


def test_questions_of_one_moment_and_of_the_last_frame(
    embed, studio: Studio, template: Path, tmp_path: Path
) -> None:
    clip = Clip("LayerIntro", studio=studio)
    quiz = tmp_path / "quiz.toml"
    quiz.write_text(
        "".join(
            f"""[[question]]
id = "{name}"
clip = "LayerIntro"
at = {at}
kind = "number"
difficulty = 1
answer = 784
tolerance = 1
[question.en]
text = "How many?"
right = "Yes."
wrong = "No."
"""
            for name, at in (("a", 2.5), ("b", 2.5), ("c", clip.duration - 1e-3))
        ),
        encoding="utf-8",
    )
    file = tmp_path / "x.h5p"
    done = embed(
        *("LayerIntro", "-f", "h5p", "--quiz", quiz, "--h5p-template", template, "-o", file)
    )
    assert done.exit_code == 0 and "tolerance" in done.stderr, done.output
    with zipfile.ZipFile(file) as written:
        content = json.loads(written.read("content/content.json"))
    first, second, last = content["interactiveVideo"]["assets"]["interactions"]
    assert first["duration"] == second["duration"] and first["x"] != second["x"]
    assert [q["displayType"] for q in (first, second, last)] == ["button", "button", "poster"]
    assert last["duration"]["from"] <= clip.duration - 0.1 + 1e-6
    assert last["action"]["params"]["questions"] == ["<p>*784/783/785*</p>"]
    ids = {q["action"]["subContentId"] for q in (first, second, last)}
    assert len(ids) == 3


def _with(name: str, content: bytes) -> dict[str, bytes]:
    return libraries() | {name: content}


def _without(part: str) -> dict[str, bytes]:
    return {name: content for name, content in libraries().items() if part not in name}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (_without("Interactive"), "has no library H5P.InteractiveVideo"),
        (_without("MultiChoice"), "has no library H5P.MultiChoice"),
        (_without("Blanks"), "has no library H5P.Blanks"),
        (_without("H5P.Video"), "has no library H5P.Video 1.6"),
        (_without("MultiChoice-1.16"), "H5P.InteractiveVideo 1.27 does not take"),
        ({"readme.txt": b"hello"}, "holds no H5P libraries"),
        (_with("../evil.js", b""), "only paths inside"),
        (_with("H5P.Video-1.6/../../evil.js", b""), "only paths inside"),
        (_with("/evil.js", b""), "only paths inside"),
        (_with("C:\\evil.js", b""), "only paths inside"),
        (_with(".", b""), "only paths inside"),
        (_with("H5P.Video-1.6//x.js", b""), "only paths inside"),
        (_with("H5P.Video-1.6/library.json", b"{"), "is damaged"),
        (_with("H5P.Video-1.6/library.json", b"[]"), "is damaged"),
        (_with("H5P.Video-1.6/library.json", b"[" * 100_000), "is damaged"),
        (_with("H5P.Video-1.6/library.json", b'{"machineName": "../x"}'), "is damaged"),
        (_with("h5p.json", b'{"preloadedDependencies": [3]}'), "is damaged"),
    ],
)
def test_what_a_template_cannot_be(embed, quiz: Path, tmp_path: Path, files, said: str) -> None:
    refused(embed, quiz, tmp_path, package(tmp_path / "mine.h5p", files), said)


def refused(embed, quiz: Path, tmp_path: Path, source: Path, said: str) -> None:
    out = tmp_path / "out" / "x.h5p"
    done = embed("LayerIntro", "-f", "h5p", "--quiz", quiz, "--h5p-template", source, "-o", out)
    assert done.exit_code == 1 and said in done.stderr, done.output
    assert done.stderr.count("\n") == 1 and not out.parent.exists()


def test_hostile_templates_are_refused(
    embed, quiz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "mine.h5p"
    refused(embed, quiz, tmp_path, source, "found no such file")
    refused(embed, quiz, tmp_path, tmp_path / ("x" * 300), "found no such file")
    os.mkfifo(tmp_path / "pipe.h5p")
    refused(embed, quiz, tmp_path, tmp_path / "pipe.h5p", "found a pipe or a device")
    source.write_bytes(b"PK\x03\x04 but no zip file")
    refused(embed, quiz, tmp_path, source, "is not a zip file")

    package(source, libraries())
    link = zipfile.ZipInfo("H5P.Video-1.6/link.js")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(source, "a") as written:
        written.writestr(link, "/etc/passwd")
    refused(embed, quiz, tmp_path, source, "holds the link")

    # A bomb: declared as it is, and declared smaller than it is.
    bomb = bytes(h5p_template.MOST_BYTES + 1)
    package(source, _with("H5P.Video-1.6/main.js", bomb))
    assert source.stat().st_size < 2**20
    refused(embed, quiz, tmp_path, source, "more than 200 MB")
    data = source.read_bytes()
    data = data.replace(len(bomb).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    source.write_bytes(data)
    with zipfile.ZipFile(io.BytesIO(data)) as lying:
        assert lying.getinfo("H5P.Video-1.6/main.js").file_size == 100
    refused(embed, quiz, tmp_path, source, "is damaged")

    monkeypatch.setattr(h5p_template, "MOST_FILES", 10)
    refused(embed, quiz, tmp_path, package(source, libraries()), "expected at most 10")


def test_a_link_in_a_folder_is_refused(embed, quiz: Path, tmp_path: Path) -> None:
    folder = tmp_path / "libraries"
    with zipfile.ZipFile(package(tmp_path / "mine.h5p", libraries())) as mine:
        mine.extractall(folder)
    (folder / "H5P.Video-1.6" / "secret.js").symlink_to("/etc/passwd")
    refused(embed, quiz, tmp_path, folder, "holds the link")


def test_what_is_needed_is_said(embed, tmp_path: Path) -> None:
    done = embed("LayerIntro", "-f", "h5p", "-o", tmp_path / "x.h5p")
    assert done.exit_code == 1 and "--h5p-template" in done.stderr
    assert done.stderr.count("\n") == 1 and "exported" in done.stderr and "://" not in done.stderr
    done = embed("LayerIntro", "-f", "h5p", "--h5p-template", tmp_path)
    assert done.exit_code == 2 and "say with -o" in done.stderr
    done = embed("LayerIntro", "--h5p-template", tmp_path)
    assert done.exit_code == 2 and "takes no --h5p-template" in done.stderr
