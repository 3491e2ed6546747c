"""Where a project is, what it sets, and that litnet works outside its own checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from film import ROOT

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


def litnet(installed: Path, folder: Path, *arguments: str) -> str:
    """What the installed command prints in a folder."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "litnet", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed)},
        text=True,
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_installed_litnet_works_in_an_empty_folder(tmp_path: Path) -> None:
    """From the wheel, unpacked: nothing of the checkout is used."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    installed, folder = tmp_path / "installed", tmp_path / "mine"
    folder.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
        assert tops <= {"litnet", "network", f"{wheel.name.split('-py3')[0]}.dist-info"}
        archive.extractall(installed)
    clips = json.loads(litnet(installed, folder, "list", "--json"))["clips"]
    assert "litnet:scenes/recap.py" in [clip["file"] for clip in clips]
    out = litnet(installed, folder, "render", "TitleCard", "-q", "l")
    assert out.strip() == str(folder / "renders" / "clips" / "TitleCard.mp4")
    found = json.loads(litnet(installed, folder, "status", "--json"))["clips"]
    states = {clip["clip"]: clip["state"] for clip in found}
    assert states["TitleCard"] == "fresh" and states["LayerIntro"] == "missing"
    record = json.loads((folder / "renders" / "clips" / "TitleCard.json").read_text("utf-8"))
    roles = {entry["role"]: entry["path"] for entry in record["inputs"]}
    assert roles["narration"] == "litnet:assets/narration/en.po"
    assert not [p for p in roles.values() if str(ROOT) in p or str(tmp_path) in p]
    assert sorted(path.name for path in folder.iterdir()) == ["renders"]
