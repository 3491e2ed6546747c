"""One direction only: network <- litnet <- scenes.

Which room may import which is held by import-linter (``make lint``, pyproject.toml). Here stands
what is loaded when something runs, and what is taken by name.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from film import ROOT

FILES = {
    package: sorted((ROOT / package).rglob("*.py")) for package in ("network", "litnet", "scenes")
}
HEAVY = "manim", "litnet", "scipy", "cairo"


# Staleness is told by the network in a model's file, not by its bytes; the weights of a page are
# tried out, to see which precision they need.
LOADING = (
    *(
        "story/subject.py",
        "story/scene.py",
        "commands/models.py",
        "commands/compare.py",
        "record/current.py",
        "record/inputs.py",
    ),
    *("lessons/weights.py", "lessons/learning.py", "lessons/build.py", "lessons/pupils/page.py"),
    "clips/before.py",
    *("record/ground.py", "record/judging.py", "record/learning.py"),
)


def imported(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it, with the names taken from it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            names |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) in {"__import__", "import_module", "importlib.import_module"}
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            names.add(str(node.args[0].value))
    return names


def loaded_by(statement: str) -> set[str]:
    """Top-level packages in ``sys.modules`` after a statement, in a process of its own."""
    code = f"{statement}\nimport sys\nprint(*sorted({{m.partition('.')[0] for m in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, check=True
    )
    return set(done.stdout.split())


def test_there_is_something_to_look_at() -> None:
    assert all(len(files) >= n for files, n in zip(FILES.values(), (8, 15, 1), strict=True))


@pytest.mark.parametrize(
    "statement",
    [
        "import network",
        "import network.digits, network.training, network.checkpoint, network.model_card",
        "import network, network.digits as d\n"
        "network.load_network('assets/models/vanilla.npz')"
        ".forward(d.load_image('assets/digits/3_hero.png').ravel())",
    ],
)
def test_network_keeps_manim_and_litnet_out(statement: str) -> None:
    loaded = loaded_by(statement)
    assert "numpy" in loaded
    assert not loaded & {*HEAVY}


@pytest.mark.parametrize(
    "module",
    [
        "litnet.record.schema",
        "litnet.record.inputs",
        "litnet.clips.settings",
        "litnet.clips.render",
        "litnet.clips.publish",
        "litnet.cli",
        "litnet.style",
    ],
)
def test_what_lessons_and_the_command_need_comes_without_manim(module: str) -> None:
    loaded = loaded_by(f"import {module}")
    assert "litnet" in loaded
    assert "manim" not in loaded


def test_the_command_answers_without_numpy() -> None:
    assert not loaded_by("import litnet.cli") & {"numpy", "manim", "scipy"}


@pytest.mark.parametrize("path", FILES["scenes"], ids=lambda path: path.stem)
def test_no_scene_imports_another_scene(path: Path) -> None:
    stories = {scene.stem for scene in FILES["scenes"]}
    assert not {name.partition(".")[0] for name in imported(path)} & {"scenes", *stories}


@pytest.mark.parametrize("path", FILES["scenes"], ids=lambda path: path.stem)
def test_no_scene_has_a_package_s_name(path: Path) -> None:
    """manim puts the scenes' folder first on ``sys.path``."""
    names = {"network", "litnet", "tests", "benchmarks", "manim", "numpy", "scipy", "PIL", "av"}
    assert path.stem not in names | set(sys.stdlib_module_names)


@pytest.mark.parametrize(
    "path",
    [path for path in FILES["litnet"] if path.parent.name in ("mobjects", "animations", "light")],
    ids=lambda path: f"{path.parent.name}-{path.stem}",
)
def test_what_is_drawn_is_handed_numbers(path: Path) -> None:
    """No mobject, animation or light loads a network, runs one, or reads a digit."""
    taken = {name for name in imported(path) if name.partition(".")[0] == "network"}
    # Where outlines are kept there are files, too, of numbers that no network knows.
    taken = {name for name in taken if not name.startswith(("network.errors", "network.files"))}
    assert taken <= {"network", "network.ForwardPass", "network.LayerActivations"}


@pytest.mark.parametrize("path", FILES["litnet"], ids=lambda path: path.stem)
def test_only_the_base_scene_and_the_command_load_networks(path: Path) -> None:
    loaders = {"load_network", "load_image", "MLP", "Dense"}
    taken = {name.rpartition(".")[2] for name in imported(path) if name.startswith("network.")}
    if path.relative_to(ROOT / "litnet").as_posix() not in LOADING:
        assert not taken & loaders


DOCS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "docs/architecture.md")]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
FILE = re.compile(r"`((?:network|litnet|scenes|tests|assets|docs|lessons|benchmarks)/[\w/.-]+)`")


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.stem)
def test_the_docs_name_files_that_are_there(path: Path) -> None:
    """Every link, and every path that is named from the repository's root."""
    text = path.read_text(encoding="utf-8")
    found = [path.parent / link for link in LINK.findall(text)]
    found += [ROOT / name for name in FILE.findall(text)]
    assert len(found) > 5
    assert [file for file in found if not file.exists()] == []
