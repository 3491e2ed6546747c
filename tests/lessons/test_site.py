"""The site: built without pictures, its links, its examples, and a few pages in Chromium."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from browser import NODE_MODULES, needs_chromium, needs_npm_packages
from film import ROOT, without_litnet

import litnet
import network
from litnet.cli import main
from litnet.clips.catalogue import STORIES, Story
from litnet.clips.manifest import Studio
from litnet.clips.settings import Quality
from litnet.clips.still import evaluate, task_for

DOCS = ROOT / "docs"
EXAMPLES = sorted((DOCS / "examples").glob("*.py"))
# These are filmed by tests of their own, which compares their holds as well.
FILMED = re.findall(r'told\("(\w+)"', (ROOT / "tests" / "test_mobjects.py").read_text("utf-8"))
OTHERS = [file for file in EXAMPLES if file.stem not in FILMED]


@pytest.fixture(scope="module")
def making() -> Iterator[Any]:
    """The modules of docs/site, by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DOCS / "site"))
        yield importlib.import_module
        for name in [n for n, m in sys.modules.items() if _is_of_the_site(m)]:
            del sys.modules[name]


def _is_of_the_site(module: Any) -> bool:
    return str(getattr(module, "__file__", "")).startswith(str(DOCS / "site"))


@pytest.fixture(scope="module")
def site(once: Any) -> Path:
    """The built site, without pictures of the examples. Tests only look at it."""

    def built(folder: Path) -> Path:
        command = [sys.executable, str(DOCS / "site"), "--small", "-o", str(folder)]
        done = subprocess.run(
            command, env=without_litnet(), text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "WARNING" not in done.stderr and "ERROR" not in done.stderr, done.stderr
        return folder / "html"

    return once("site", built)


# --- what is there -------------------------------------------------------------------------------
def test_the_site_has_a_page_for_everything(site: Path, making: Any) -> None:
    mobjects, animations = making("reference").drawn()
    pages = [f"mobjects/{name}.html" for name in mobjects]
    pages += [f"animations/{name}.html" for name in animations]
    pages += [f"gallery/{story.scene}.html" for story in STORIES]
    pages += [f"gallery/{name}.html" for name in ("draw", "lesson-what-is-a-neuron", "film")]
    pages += [f"{page.stem}.html" for page in DOCS.glob("*.md")]
    pages += ["reference/network.html", "search.html", "notebooks/your_digit.html"]
    assert [page for page in pages if not (site / page).is_file()] == []


def test_no_link_leads_nowhere(site: Path, making: Any, tmp_path: Path) -> None:
    links = making("links")
    assert links.broken(site) == []
    (tmp_path / "a.html").write_text(
        '<a href="b.html">gone</a><a href="#here">no place</a><a href="a.html#there" id="there">'
        'fine</a><img src="https://elsewhere.example/x.png"><a href="https://fine.example">fine</a>',
        encoding="utf-8",
    )
    assert len(links.broken(tmp_path)) == 3


def test_a_story_without_its_film_shows_pictures_and_how_to_make_it(site: Path) -> None:
    page = (site / "gallery" / "LayerIntro.html").read_text("utf-8")
    assert "<video" in page or "litnet render LayerIntro" in re.sub(r"<[^>]+>", "", page)
    shown = re.findall(r"\.\./storyboard/(LayerIntro-[\w-]+\.jpg)", page)
    listed = [file.name for file in (DOCS / "images" / "storyboard").glob("LayerIntro-*.jpg")]
    assert sorted(set(shown)) == sorted(listed)


def test_the_first_story_is_the_one_that_a_new_project_has(site: Path) -> None:
    page = (site / "first-story.html").read_text("utf-8")
    text = re.sub(r"<[^>]+>", "", page)
    story = (ROOT / "assets" / "template" / "scenes" / "my_story.py").read_text("utf-8")
    for line in story.splitlines():
        assert line.strip() in text.replace("&quot;", '"').replace("&#39;", "'"), line


def test_the_search_finds_a_guide_but_no_source(site: Path) -> None:
    index = (site / "searchindex.js").read_text("utf-8")
    known = json.loads(index[index.index("(") + 1 : index.rindex(")")])
    farm = known["docnames"].index("farm")
    found = [known[table].get("dask", []) for table in ("terms", "titleterms")]
    assert farm in [n for one in found for n in (one if isinstance(one, list) else [one])]
    sources = [name for name in known["docnames"] if name.startswith("source/")]
    listed = json.dumps([known["terms"], known["titleterms"]])
    assert sources and "many_threes" not in listed


# --- mobjects, animations, names -----------------------------------------------------------------
def test_each_public_mobject_and_animation_has_an_example(making: Any) -> None:
    mobjects, animations = making("reference").drawn()
    assert {"Knob", "LitMobject", "Words"} < {*mobjects} and {"Turn", "Fly"} < {*animations}
    examples = making("examples").examples()
    assert sorted(examples) == sorted([*mobjects, *animations])
    assert len(examples) == len(EXAMPLES)
    page = (DOCS / "mobjects.md").read_text("utf-8")
    for name, one in examples.items():
        assert f"- [`{name}`](examples/{one.file.name}): {one.about}\n" in page
        used = {"PlottedCurve": "add_curve"}.get(name, name)  # which a plot makes
        assert re.search(rf"\b{used}\b[(.]|\({used}\)", one.code), f"{one.file} has no {name}"


def documented(owner: Any, name: str) -> Iterator[str]:
    """A public class or function, and a class's own public methods and properties, that say
    nothing of themselves."""
    found = getattr(owner, name)
    if inspect.isfunction(found) and not found.__doc__:
        yield name
    if inspect.isclass(found):
        if not vars(found).get("__doc__"):
            yield name
        for attribute, value in vars(found).items():
            inner = getattr(value, "__func__", getattr(value, "fget", value))
            said = getattr(value, "__doc__", None) or getattr(inner, "__doc__", None)
            said_of = isinstance(value, property) or callable(inner) or hasattr(value, "attrname")
            if not attribute.startswith("_") and said_of and not said:
                yield f"{name}.{attribute}"


def test_each_public_name_says_what_it_is() -> None:
    silent = []
    for module in ("litnet", "network", "litnet.lessons", "litnet.mobjects", "litnet.animations"):
        owner = importlib.import_module(module)
        for name in owner.__all__:
            silent += [f"{module}.{one}" for one in documented(owner, name)]
    assert silent == []
    assert {"MLP", "load_network"} < {*network.__all__} and "LitScene" in litnet.__all__


def test_the_examples_that_are_filmed_are_examples() -> None:
    assert FILMED and {*FILMED} < {file.stem for file in EXAMPLES}


@pytest.mark.parametrize("file", OTHERS, ids=lambda file: file.stem)
def test_an_example_can_be_told(file: Path, making: Any) -> None:
    """Each hold is compared with its sources; nothing is drawn."""
    one = next(one for one in making("examples").examples().values() if one.file == file)
    task = task_for(Studio(root=ROOT), Story(one.scene, file), Quality(854, 480, 5))
    seen = evaluate(task, lambda *_: (), lambda *_: None, checks=True)
    assert seen.beats and seen.frames > 5


# --- what the pages tell to type -----------------------------------------------------------------
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
BLOCK = re.compile(r"^```(?:sh|bash)\n(.*?)^```", re.M | re.S)
SPAN = re.compile(r"`(litnet [^`\n]+)`")


def told(page: Path) -> list[str]:
    """The commands of litnet that a page tells to type."""
    text = page.read_text("utf-8")
    blocks = "\n".join(BLOCK.findall(text)).replace("\\\n", " ")
    lines = [line.strip() for line in blocks.splitlines()]
    lines = [line.removeprefix(".venv/bin/") for line in lines]
    return [line for line in lines if line.startswith("litnet ")] + SPAN.findall(text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_on_a_page_are_commands(page: Path) -> None:
    for line in told(page):
        words = shlex.split(re.split(r" [|&>] | && ", line)[0], comments=True)[1:]
        command: click.Command = main
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            found = command.get_command(click.Context(command), words[0])
            assert found is not None, f"{page.name}: {line}"
            command, words = found, words[1:]
        options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
        options |= {"-h", "--help"}
        for word in words:
            if word.startswith("-") and word != "-":
                assert word.partition("=")[0] in options, f"{page.name}: {line}: {word}"


# --- the plugin ----------------------------------------------------------------------------------
def test_manim_lists_litnet_and_loads_nothing_of_it(tmp_path: Path) -> None:
    """As installed, with the entry points of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    installed = tmp_path / "litnet-0.1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: litnet\nVersion: 0.1.0\n")
    lines = [
        f"[{group}]\n{name} = {to}\n"
        for group, entries in project["entry-points"].items()
        for name, to in entries.items()
    ]
    (installed / "entry_points.txt").write_text("".join(lines))
    code = (
        "import sys\n"
        "from manim.__main__ import main\n"
        "try:\n    main(['plugins', '-l'])\nexcept SystemExit:\n    pass\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in ('litnet', 'network')))\n"
        "from manim import Camera\nprint(Camera.type_or_raise.__module__)\n"
    )
    environment = without_litnet() | {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        text=True,
        capture_output=True,
        check=True,
    )
    assert re.search(r"^\W*litnet$", done.stdout, re.M), done.stdout
    *_, loaded, camera = done.stdout.splitlines()
    assert loaded == "['litnet']" and camera.startswith("manim.")


# --- the pictures of the README ------------------------------------------------------------------
def test_the_readme_opens_with_a_loop_that_is_small_and_moves() -> None:
    from PIL import Image

    first = re.search(r"!\[[^]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert first is not None and first[1] == "docs/images/loop.webp"
    file = ROOT / first[1]
    assert file.stat().st_size < 1_500_000
    with Image.open(file) as loop:
        assert loop.is_animated and loop.n_frames > 60 and loop.info["loop"] == 0


# --- in a browser --------------------------------------------------------------------------------
SHOWN = (
    "index.html",
    "first-story.html",
    "mobjects.html",
    "mobjects/Knob.html",
    "gallery/index.html",
    "gallery/LayerIntro.html",
    "gallery/draw.html",
    "reference/network.html",
    "cheat-sheet.html",
    "search.html",
)


@needs_chromium
@needs_npm_packages
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_anybody_can_read_the_pages(site: Path, new_page: Any, serve: Any, scheme: str) -> None:
    """axe finds nothing, and no page is wider than a phone."""
    axe = (NODE_MODULES / "axe-core" / "axe.min.js").read_text("utf-8")
    narrow = scheme == "dark"
    page = new_page(viewport={"width": 390 if narrow else 1280, "height": 800}, color_scheme=scheme)
    wrong, address = [], serve(site)
    for name in SHOWN:
        page.goto(f"{address}/{name}")
        page.evaluate(axe)
        found = page.evaluate("async () => (await axe.run()).violations")
        wrong += [(name, one["id"], one["nodes"][0]["html"][:200]) for one in found]
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name} is {wide} pixels too wide"
    assert wrong == []
