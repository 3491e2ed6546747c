"""Where a project is, what it sets, and that litnet works outside its own checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
from click import UsageError
from click.testing import CliRunner
from film import ROOT

from litnet.cli import main
from litnet.clips.catalogue import STORIES
from litnet.clips.manifest import Studio
from litnet.commands.clips import _named
from litnet.narration import translated
from litnet.project import Project, asset, current, real_path, shown_path
from litnet.record.variant import Variant, configured, filmed
from network import InputError


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder inside a project, with a stranger's broken settings on the way."""
    root = tmp_path / "project"
    inside = root / "deep" / "deeper"
    inside.mkdir(parents=True)
    (root / "deep" / "pyproject.toml").write_text("this is [not TOML")
    monkeypatch.chdir(inside)
    for name in ("MODEL", "BASELINE", "BEFORE", "DIGIT", "LANGUAGE", "VOICE"):
        monkeypatch.delenv(f"LITNET_{name}", raising=False)
    return root


@pytest.mark.parametrize(
    ("name", "head"), [("pyproject.toml", "[tool.litnet]\n"), ("litnet.toml", "")]
)
@pytest.mark.parametrize("baseline", ["baseline", "before"])
def test_the_nearest_project_upwards(project: Path, name: str, head: str, baseline: str) -> None:
    (project / name).write_text(f'{head}model = "mine.npz"\n{baseline} = "old/it.npz"\n')
    assert current().root == project and current().renders == project / "renders"
    assert configured(current()) == Variant(
        model="mine.npz",
        digit="litnet:assets/digits/3_hero.png",
        language="en",
        baseline="old/it.npz",
        history="litnet:assets/models/learner.history.npz",
        training="litnet:assets/digits",
        theme="dark",
    )
    assert real_path("mine.npz") == project / "mine.npz"
    assert real_path("litnet:assets/digits/3_hero.png") == asset("assets/digits/3_hero.png")
    assert asset("assets/digits/3_hero.png").is_file()


def test_without_settings_the_working_folder_is_the_project(project: Path) -> None:
    assert current() == Project(Path.cwd())
    assert configured(current()).model == "litnet:assets/models/vanilla.npz"
    assert shown_path(ROOT / "litnet" / "style.py") == "litnet:litnet/style.py"
    assert shown_path(Path("a.png")) == "a.png"
    assert shown_path(project / "b.png") == str(project / "b.png")
    assert shown_path(ROOT / "litnet" / "style.py", ROOT) == "litnet/style.py"


def test_a_path_through_a_link_is_called_as_what_it_leads_to(project: Path) -> None:
    (project / "litnet.toml").touch()
    there = project / "there"
    there.mkdir()
    (there / "3.png").touch()
    (project / "here").symlink_to(there)
    assert shown_path(project / "here" / "3.png") == "there/3.png"


def test_the_environment_overrides_the_project(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "litnet.toml").write_text('model = "mine.npz"\nlanguage = "ko"\n')
    (project / "deep" / "deeper" / "near.npz").touch()
    monkeypatch.setenv("LITNET_MODEL", "near.npz")
    monkeypatch.setenv("LITNET_DIGIT", "far.png")
    monkeypatch.setenv("LITNET_BEFORE", "old.npz")
    found = filmed()
    assert found.model == "deep/deeper/near.npz", "relative to the working folder"
    assert (found.digit, found.language) == ("far.png", "ko"), "or else to the project"
    assert found.baseline == "old.npz"
    monkeypatch.setenv("LITNET_BASELINE", "newer.npz")
    assert filmed().baseline == "newer.npz"
    assert found.as_json()["before"] == found.as_json()["baseline"] == "old.npz"
    assert filmed(environment=found.environment()) == found


@pytest.mark.parametrize("text", ["model = 5", "model = [", "language = true"])
def test_settings_of_another_kind_are_refused(project: Path, text: str) -> None:
    (project / "litnet.toml").write_text(text)
    with pytest.raises(InputError, match=r"litnet\.toml: "):
        current()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What somebody would install."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (made,) = folder.glob("*.whl")
    return made


@dataclass
class Installed:
    """A litnet that was installed, and how it is called."""

    command: list[str]
    environment: dict[str, str]

    def __call__(self, folder: Path, *arguments: str) -> str:
        """What the command prints in a folder."""
        done = subprocess.run(
            [*self.command, *arguments],
            cwd=folder,
            env=self.environment,
            text=True,
            capture_output=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def states(self, folder: Path) -> dict[str, tuple[str, list[str]]]:
        """Each clip's state and reasons."""
        found = json.loads(self(folder, "status", "--json"))["clips"]
        return {clip["clip"]: (clip["state"], clip["reasons"]) for clip in found}


@pytest.fixture
def litnet(wheel: Path, tmp_path: Path) -> Installed:
    """From the wheel, unpacked: nothing of the checkout is used."""
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
        assert tops <= {"litnet", "network", f"{wheel.name.split('-py3')[0]}.dist-info"}
        archive.extractall(tmp_path / "installed")
    return Installed(
        [sys.executable, "-P", "-m", "litnet"],
        {**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
    )


def test_the_wheel_is_light(wheel: Path) -> None:
    assert wheel.stat().st_size < 12e6


def test_an_installed_litnet_works_in_an_empty_folder(litnet: Installed, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    clips = json.loads(litnet(folder, "list", "--json"))["clips"]
    assert "litnet:scenes/recap.py" in [clip["file"] for clip in clips]
    litnet(folder, "new", "films")
    films = folder / "films"
    clip = films / "renders" / "clips" / "MyStory"
    out = litnet(films, "render", "-q", "l")
    assert out.strip() == str(clip.with_suffix(".mp4")), "of its stories, and none of litnet's"
    record = json.loads(clip.with_suffix(".json").read_text("utf-8"))
    assert [beat["title"] for beat in record["beats"]] == ["A digit", "Light"]
    roles = {entry["role"]: entry["path"] for entry in record["inputs"]}
    assert roles["narration"] == "narration/en.po" and roles["scene"] == "scenes/my_story.py"
    assert not [p for p in roles.values() if str(ROOT) in p or str(tmp_path) in p]
    page = litnet(films, "lesson", "build", "lessons/my-lesson")
    assert page.splitlines()[-1] == str(films / "renders/lessons/my-lesson/index.html")
    assert litnet.states(films) == {"MyStory": ("fresh", [])}
    words = films / "narration" / "en.po"
    words.write_text(words.read_text("utf-8").replace("Somebody wrote", "Someone drew"), "utf-8")
    assert litnet.states(films) == {"MyStory": ("stale", ["narration en changed"])}
    (films / "pyproject.toml").write_text("[tool.litnet]\n")
    assert {*litnet.states(films)} == {"MyStory", *(clip["clip"] for clip in clips)}
    assert sorted(path.name for path in folder.iterdir()) == ["films"]


@pytest.mark.skipif(not os.environ.get("LITNET_TEST_PACKAGE"), reason="make test-package does")
def test_a_new_environment_needs_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    """Three commands from there to a film of one's own; how long they took is printed."""
    environment, folder = tmp_path / "environment", tmp_path / "mine"
    folder.mkdir()
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    binaries = environment / ("Scripts" if os.name == "nt" else "bin")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    litnet = Installed([str(binaries / "litnet")], {**clean, "VIRTUAL_ENV": str(environment)})
    times = [perf_counter()]
    subprocess.run([str(binaries / "pip"), "install", "--quiet", str(wheel)], check=True)
    times.append(perf_counter())
    litnet(folder, "new", "films")
    times.append(perf_counter())
    litnet(folder / "films", "render", "-q", "l")
    times.append(perf_counter())
    took = dict(zip(("install", "new", "render"), np.diff(times).round(1).tolist(), strict=True))
    print(f"\nFrom an empty environment to a film, in seconds: {took}")
    assert litnet.states(folder / "films") == {"MyStory": ("fresh", [])}
    litnet(folder, "render", "-q", "l", "LayerIntro")
    assert (folder / "renders" / "clips" / "LayerIntro.mp4").stat().st_size > 100_000
    drawn = shutil.copy(ROOT / "assets" / "digits" / "3_00.png", folder)
    assert json.loads(litnet(folder, "predict", drawn, "--json"))["prediction"] == 3


# --- a project's own stories ---------------------------------------------------------------------
STORY = """
from litnet import LitScene

class {name}(LitScene):
    {more}

    def construct(self):
        {body}
"""


def story(project: Path, file: str, name: str, body: str = "pass", more: str = "x = 0") -> None:
    path = project / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(STORY.format(name=name, body=body, more=more))


def uses(scene: str) -> set[str]:
    (found,) = [story for story in Studio().stories if story.scene == scene]
    return {role for role in ("model", "digit", "baseline", "history") if getattr(found, role)}


def test_what_stands_in_scenes_is_told_before_litnet_s_own(project: Path) -> None:
    (project / "litnet.toml").touch()
    story(project, "scenes/b.py", "Second")
    story(project, "scenes/a.py", "First", "self.read()")
    (project / "scenes" / "broken.py").write_text("class (")
    (project / "scenes" / "helpers.py").write_text("class Helper: pass")
    assert Studio().stories == (*Studio().stories[:2], *STORIES)
    assert [one.scene for one in Studio().stories[:2]] == ["First", "Second"]
    assert Studio().stories[0].file == project / "scenes" / "a.py"


def test_what_a_story_films_is_read_from_it_or_said_by_it(project: Path) -> None:
    (project / "litnet.toml").touch()
    story(project, "scenes/a.py", "Reads", "self.read()")
    story(project, "scenes/b.py", "Draws", "print(self.digit)")
    story(project, "scenes/c.py", "Learns", "self.run, self.digit")
    story(project, "scenes/d.py", "Compares", "self.baseline, self.network")
    story(project, "scenes/e.py", "Says", "pass", 'films = ("model", "language")')
    assert uses("Reads") == {"model", "digit"} and uses("Draws") == {"digit"}
    assert uses("Learns") == {"history", "digit"} and uses("Compares") == {"model", "baseline"}
    assert uses("Says") == {"model"}
    story(project, "scenes/f.py", "Wrong", "pass", 'films = ("weather",)')
    with pytest.raises(InputError, match=r"f\.py: films in Wrong .* model, digit"):
        Studio()


def test_the_settings_name_stories_and_leave_out_litnet_s(project: Path) -> None:
    story(project, "films/a.py", "First")
    story(project, "scenes/not_told.py", "NotTold")
    (project / "litnet.toml").write_text('stories = ["films/a.py:First"]\nlitnet-stories = false')
    assert [one.scene for one in Studio().stories] == ["First"]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ('stories = ["none.py"]', r"none\.py: no such file"),
        ('stories = ["a.py:Nobody"]', r"a\.py: found no story Nobody, expected one of: First"),
        ('stories = ["empty.py"]', r"empty\.py: found no story, expected a class .* LitScene"),
        ('stories = ["broken.py"]', r"broken\.py: is not Python"),
        ('stories = ["a.py", "b.py"]', r"a\.py and .*b\.py: both have a story First"),
        ('stories = ["c.py"]', r"c\.py and .*layer_intro\.py: both have a story LayerIntro"),
        ('stories = "a.py"', r"stories in \[tool\.litnet\] is of another kind, expected a list"),
        ("litnet-stories = 1", r"litnet-stories .* expected true or false"),
        ('langauge = "ko"', r"langauge in \[tool\.litnet\] is no setting; did you mean language\?"),
        ("zzz = 1", r"zzz .* is no setting; there are: model, "),
    ],
)
def test_what_cannot_be_told_is_refused(project: Path, settings: str, says: str) -> None:
    story(project, "a.py", "First")
    story(project, "b.py", "First")
    story(project, "c.py", "LayerIntro")
    (project / "empty.py").write_text("x = 1\n")
    (project / "broken.py").write_text("class (\n")
    (project / "litnet.toml").write_text(settings)
    with pytest.raises(InputError, match=says):
        Studio()


def test_a_file_of_stories_is_named_as_a_clip_is(project: Path) -> None:
    (project / "litnet.toml").touch()
    story(project, "a.py", "First")
    found, names = _named(Studio(), [str(project / "a.py"), "Recap"])
    assert names == ("First", "Recap") and found.stories[-1].file == project / "a.py"
    layer_intro = asset("scenes/layer_intro.py")
    assert _named(Studio(), [str(layer_intro)]) == (Studio(), ("LayerIntro",))
    story(project, "b.py", "Recap")
    with pytest.raises(InputError, match="Recap is also the name of a story in"):
        _named(Studio(), [str(project / "b.py")])
    with pytest.raises(UsageError, match=r"No such clip: 'Recaps'; did you mean Recap\?"):
        _named(Studio(), ["Recaps"])


def test_a_project_s_words_go_before_litnet_s(project: Path) -> None:
    (project / "litnet.toml").touch()
    own = project / "narration"
    own.mkdir()
    (own / "en.po").write_text('msgid "Recap.title"\nmsgstr "Mine"\n\nmsgid "A.x"\nmsgstr "X"\n')
    assert translated("Recap.title", "en") == ("Mine", own / "en.po")
    assert translated("Recap.picture.title", "en")[1] == asset("assets/narration/en.po")
    assert translated("Recap.title", "ko")[1] == asset("assets/narration/ko.po")
    assert translated("A.x", "ko") == ("X", own / "en.po"), "in English, where a text is missing"
    with pytest.raises(InputError, match=r"found no text for 'A\.y'"):
        translated("A.y", "ko")


def test_a_project_begins_in_a_new_folder_only(project: Path) -> None:
    (project / "full").mkdir()
    (project / "full" / "x").touch()
    done = CliRunner().invoke(main, ["new", str(project / "full")])
    assert done.exit_code == 1 and "is there already" in done.output
    assert [path.name for path in (project / "full").iterdir()] == ["x"]
