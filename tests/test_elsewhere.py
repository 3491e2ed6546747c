"""Where a system lacks what Linux has: a film goes without it, and what cannot says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# An interpreter reads this when it starts, and so does every worker that it starts.
HIDES = """
import os, sys

for name in ("fork", "forkpty", "killpg", "sched_getaffinity", "getloadavg"):
    delattr(os, name)

class Hidden:
    def find_spec(name, path=None, target=None):
        if name in ("fcntl", "resource"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden)
"""
STORY = """
from manim import FadeIn

from litnet import LitScene, NeuronLayer


class Short(LitScene):
    def construct(self):
        with self.beat("light", "Light"):
            self.play(FadeIn(NeuronLayer(self.read().layer(1), pitch=0.3)), run_time=0.4)
            self.hold(0.2)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one short story."""
    (tmp_path / "hides").mkdir()
    (tmp_path / "hides" / "sitecustomize.py").write_text(HIDES)
    (tmp_path / "films" / "scenes").mkdir(parents=True)
    (tmp_path / "films" / "litnet.toml").write_text('stories = ["scenes/short.py:Short"]\n')
    (tmp_path / "films" / "scenes" / "short.py").write_text(STORY)
    return tmp_path / "films"


def elsewhere(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A module of Python run where fork, fcntl and resource are missing."""
    path = os.pathsep.join((str(project.parent / "hides"), str(ROOT)))
    return subprocess.run(
        [sys.executable, "-P", "-m", *command],
        cwd=project,
        env={**os.environ, "PYTHONPATH": path},
        text=True,
        capture_output=True,
        timeout=300,
        check=False,
    )


def test_a_film_needs_no_fork(project: Path) -> None:
    missing = elsewhere(project, "this")  # any module; and what is hidden is missing indeed
    assert missing.returncode == 0
    render = ("-q", "l", "--progress_bar", "none", "scenes/short.py", "Short")
    done = elsewhere(project, "manim", "render", "--media_dir", "media", *render)
    assert done.returncode == 0, done.stderr
    assert len([*project.glob("media/videos/short/*/Short.mp4")]) == 1
    done = elsewhere(project, "litnet", "render", "-q", "l", "--workers", "1", "Short")
    assert done.returncode == 0, done.stderr
    clip = project / "renders" / "clips" / "Short"
    assert done.stdout.strip() == str(clip.with_suffix(".mp4"))
    record = json.loads(clip.with_suffix(".json").read_text("utf-8"))
    assert [beat["name"] for beat in record["beats"]] == ["light"]


def test_a_story_that_fails_is_said_there_too(project: Path) -> None:
    story = project / "scenes" / "short.py"
    story.write_text(STORY.replace("layer(1)", "layer(9)"))
    done = elsewhere(project, "litnet", "render", "-q", "l", "--workers", "1", "Short")
    assert done.returncode == 1
    assert "Short" in done.stderr and "Traceback" not in done.stderr


def test_what_forks_says_that_it_cannot(project: Path) -> None:
    done = elsewhere(project, "litnet", "preview", "Short")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "litnet still" in done.stderr
    done = elsewhere(project, "litnet", "doctor")
    assert "no fork: each worker imports manim anew" in done.stdout
