"""``litnet doctor``, and what every command does for shells: colour, JSON, completion."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from litnet.cli import main
from litnet.clips import checkup
from litnet.clips.checkup import EXTRAS, Finding, extras_declared


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one's own, with nothing in it."""
    (tmp_path / "litnet.toml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LITNET_CACHE", str(tmp_path / "cache"))
    return tmp_path


def run(*arguments: str, **more: Any) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False, **more)


def found(about: str) -> list[Finding]:
    return [one for one in checkup.checkup() if one.about == about]


def test_all_is_well_in_an_empty_project(project: Path) -> None:
    done = run("doctor")
    assert done.exit_code == 0, done.output
    assert "FAULT" not in done.output
    assert str(project / "litnet.toml") in done.output
    assert f"{project / 'renders'}" in done.output
    assert not (project / "renders").exists(), "it only looks"


def test_no_project_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (one,) = found("project")
    assert one.state == "hint"
    assert "litnet new" in one.help


@pytest.mark.parametrize(
    ("settings", "about", "says"),
    [
        ('model = "gone.npz"', "project", "gone.npz"),
        ('history = "h.npz"', "project", "h.npz"),
        ('modle = "a.npz"', "project", "did you mean model?"),
        ('stories = ["scenes/none.py"]', "stories", "none.py"),
        ("model = 5", "project", "another kind"),
        ('theme = "papr"', "project", "did you mean paper?"),
        ('[theme]\ntext = "#333333"', "project", "expected 7:1"),
    ],
)
def test_a_fault_of_the_project_is_named(
    project: Path, settings: str, about: str, says: str
) -> None:
    (project / "litnet.toml").write_text(settings)
    done = run("doctor", "--json")
    assert done.exit_code == 1
    faults = [f for f in json.loads(done.stdout)["findings"] if f["state"] == "fault"]
    assert about in {one["about"] for one in faults}
    assert any(says in one["found"] for one in faults), faults


def test_a_story_that_is_none_is_named(project: Path) -> None:
    (project / "scenes").mkdir()
    (project / "scenes" / "mine.py").write_text("class Mine(:\n")
    assert run("doctor").exit_code == 1
    faults = [one.found for one in checkup.checkup() if one.state == "fault"]
    assert any("mine.py" in one for one in faults)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_folder_that_cannot_be_written_to(project: Path) -> None:
    project.chmod(0o555)
    try:
        (one,) = found("films")
    finally:
        project.chmod(0o755)
    assert one.state == "fault"


def test_a_place_that_no_folder_can_be_in(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(dir: Path) -> Any:
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr(checkup.tempfile, "TemporaryFile", refuse)
    films, cache = found("films"), found("cache")
    assert films[0].state == "fault" and "Permission denied" in films[0].found
    assert cache[0].state == "hint" and "LITNET_CACHE" in cache[0].help


def test_without_its_encoder_nothing_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    import av

    def none(self: Any, name: str, **more: Any) -> Any:
        raise av.error.EncoderNotFoundError(1, f"no {name}")

    class Container:
        add_stream = none

        def __enter__(self) -> Container:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(av, "open", lambda *arguments: Container())
    (one,) = found("encoder")
    assert one.state == "fault"
    assert "libx264" in one.found


def test_the_extras_are_those_that_litnet_declares() -> None:
    assert set(EXTRAS) == extras_declared()


def test_an_extra_that_is_missing_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    here = importlib.util.find_spec
    monkeypatch.setattr(checkup, "find_spec", lambda name: None if name == "onnx" else here(name))
    (one,) = found("[onnx]")
    assert one.state == "hint"
    assert one.help == "pip install 'litnet[onnx]'"


def test_a_fault_of_the_manifest_is_said(project: Path) -> None:
    (project / "renders").mkdir()
    (project / "renders" / "manifest.json").write_text("{")
    done = run("doctor")
    assert done.exit_code == 1
    assert "manifest.json" in done.output


def test_a_language_with_gaps_says_what_is_in_english(project: Path) -> None:
    (project / "narration").mkdir()
    mine = project / "narration" / "fr.po"
    mine.write_text('msgid "LayerIntro.title"\nmsgstr "Une couche"\n')
    (french,) = (one for one in found("words") if "fran" in one.found)
    assert french.state == "hint"
    assert str(mine) in french.help
    (project / "narration" / "it.po").write_text(
        'msgid "LayerIntro.title"\nmsgstr "Una {colour}"\n'
    )
    faults = [one for one in checkup.checkup() if one.state == "fault"]
    assert any("{colour}" in one.found for one in faults)


# --- what shells want ----------------------------------------------------------------------------
def test_colour_is_left_out_where_it_is_not_wanted(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b[" in run("doctor", color=True).output
    monkeypatch.setenv("NO_COLOR", "")
    assert "\x1b[" in run("doctor", color=True).output, "empty counts as not set"
    monkeypatch.setenv("NO_COLOR", "0")
    assert "\x1b[" not in run("doctor", color=True).output
    assert "\x1b[" not in run("status", color=True).output


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["status", "--json"], 1, "did you mean model?"),
        (["predict", "--json", "none.png"], 1, "none.png"),
        (["model", "--json", "none.npz"], 1, "none.npz"),
        (["render", "--json", "LayerIntr"], 2, "LayerIntro"),
    ],
)
def test_what_is_refused_is_json_where_json_is_asked_for(
    project: Path, arguments: list[str], code: int, says: str
) -> None:
    if arguments[0] == "status":
        (project / "litnet.toml").write_text('modle = "a.npz"')
    done = run(*arguments)
    assert done.exit_code == code
    assert says in json.loads(done.stdout)["error"]
    assert done.stderr == ""


def completed(*words: str) -> list[str]:
    """What bash is offered for the last of some words."""
    told = {"_LITNET_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(["litnet", *words])}
    done = run(env={**told, "COMP_CWORD": str(len(words))}, prog_name="litnet")
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


def test_a_shell_is_offered_clips_and_languages(project: Path) -> None:
    (project / "scenes").mkdir()
    (project / "scenes" / "mine.py").write_text(
        "from litnet.scene import LitScene\n\n\nclass LayerMine(LitScene):\n"
        "    def construct(self): ...\n"
    )
    assert completed("render", "Layer") == ["LayerMine", "LayerIntro"]
    assert completed("still", "Recap", "--language", "k") == ["ko"]
    assert completed("render", "--language", "e") == ["en"]
    (project / "litnet.toml").write_text('modle = "a.npz"')
    assert completed("render", "Layer") == [], "and no traceback"
