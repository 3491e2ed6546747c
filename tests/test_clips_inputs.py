"""What clips were made from, and what is said when it changes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from film import DIGITS, HERO, ROOT, STORY, VANILLA, Film, plain_layers
from studio import PLAIN, TINY, publish, studio, typed

from litnet.clips.survey import survey
from litnet.narration import FOLDER
from litnet.record import current, inputs
from litnet.record.current import CurrentFiles, read_messages
from litnet.record.inputs import Card, Model, Narration
from litnet.record.modules import import_closure
from litnet.record.schema import Input
from litnet.record.variant import Variant
from network import MLP, Dense, InputError, load_network, save_network


def changes(now: CurrentFiles | Path, made: list[Input], *variants: Variant) -> list[Any]:
    """Why a clip of these inputs is stale, with a folder as it is now."""
    return inputs.changes(made, CurrentFiles(now) if isinstance(now, Path) else now, *variants)


def names(files: list[Path], root: Path = ROOT) -> set[str]:
    return {file.relative_to(root).as_posix() for file in files}


# --- modules -------------------------------------------------------------------------------------
def test_a_clip_is_made_of_the_modules_that_its_story_imports() -> None:
    found = names(import_closure(STORY))
    assert found >= {
        "litnet/story/scene.py",
        "litnet/style.py",
        "litnet/light/canvas.py",
        "litnet/animations/light.py",
        "network/mlp.py",
        "network/digits.py",
        "network/classes.py",
    }
    assert not [name for name in found if name.startswith(("litnet/clips", "litnet/c", "scenes"))]
    assert not found & {"litnet/__main__.py", "network/training.py", "network/model_card.py"}
    assert not [name for name in found if name.startswith(("network/loaders", "network/check"))]


# Packages that give each name when it is asked for, instead of all of them at once.
LAZY = """
import importlib, importlib.util, re, sys, types
from pathlib import Path

for package in ("litnet", "litnet.mobjects", "litnet.animations", "network"):
    folder = Path(sys.argv[1]).joinpath(*package.split("."))
    text = (folder / "__init__.py").read_text("utf-8")
    face = {
        name.strip(): module
        for module, names in re.findall(r"^from (\\S+) import (.+)$", text, re.M)
        for name in names.split(",")
    }
    module = types.ModuleType(package)
    module.__path__ = [str(folder)]
    module.__version__ = "0"

    def lazily(name, face=face):
        if name not in face:
            raise AttributeError(name)
        return getattr(importlib.import_module(face[name]), name)

    module.__getattr__ = lazily
    sys.modules[package] = module
spec = importlib.util.spec_from_file_location("layer_intro", sys.argv[2])
module = importlib.util.module_from_spec(spec)
sys.modules["layer_intro"] = module
spec.loader.exec_module(module)
for name, module in sys.modules.items():
    if name.split(".")[0] in ("litnet", "network") and getattr(module, "__file__", None):
        print(module.__file__)
"""


def test_reading_imports_finds_what_running_them_loads() -> None:
    """Against Python itself: what is loaded in a new process that imports the story."""
    done = subprocess.run(
        [sys.executable, "-c", LAZY, str(ROOT), str(STORY)],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=True,
    )
    loaded = {Path(line).relative_to(ROOT).as_posix() for line in done.stdout.splitlines()}
    draws_nothing = ("litnet/clips/", "litnet/record/", "litnet/project.py", "network/loaders/")
    draws_nothing += ("network/checkpoint.py", "network/files.py", "network/errors.py")
    draws_nothing += ("network/history_file.py", "litnet/cache.py")
    # They hold a sentence, and nothing else.
    draws_nothing += ("litnet/light/__init__.py", "litnet/story/__init__.py")
    loaded = {name for name in loaded if not name.startswith(draws_nothing)}
    assert len(loaded) > 15
    found = names(import_closure(STORY))
    assert loaded <= found
    # The others are imported late, inside a function.
    late = {name for name in found - loaded if not name.startswith(draws_nothing)}
    assert len(late) < 5, late


def test_a_new_name_in_a_package_is_no_change_for_who_takes_another(tmp_path: Path) -> None:
    """Through a package's imports, its table of lazy names, and a project's own modules."""
    files = {
        "litnet/__init__.py": "LAZY = {'Old': 'litnet.old', 'Lines': 'litnet.mob'}\n"
        "BY_MODULE = {'litnet.other': ('Other', 'Another')}\n"
        "def __getattr__(name):\n    from importlib import import_module\n"
        "    return getattr(import_module(LAZY[name]), name)\n",
        "litnet/old.py": "Old = 1",
        "litnet/other.py": "Other = 1",
        "litnet/mob/__init__.py": "from litnet.mob.dots import Dots\n"
        "from litnet.mob.lines import Line as Lines\n__all__ = ['Dots', 'Lines']\n",
        "litnet/mob/dots.py": "Dots = 1",
        "litnet/mob/lines.py": "from litnet.mob.base import base\nLine = 1",
        "litnet/mob/base.py": "base = 1",
        "scenes/mine.py": "import numpy\nfrom helpers import helped\n",
        "scenes/helpers.py": "from extra.deep import thing",
        "extra/deep.py": "thing = 1",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    def of(text: str) -> set[str]:
        story = tmp_path / "story.py"
        story.write_text(text, encoding="utf-8")
        return names(import_closure(story, tmp_path), tmp_path)

    lines = {"litnet/mob/lines.py", "litnet/mob/base.py"}
    assert of("from litnet import Old") == {"litnet/old.py"}
    assert of("from litnet import Another") == {"litnet/other.py"}
    assert of("from litnet import Lines as L") == lines
    assert of("from litnet.mob import Lines") == lines
    assert of("from litnet.mob import lines") == lines
    assert of("from litnet.mob.dots import Dots") == {"litnet/mob/dots.py"}
    everything = {*lines, "litnet/mob/dots.py", "litnet/mob/__init__.py"}
    assert of("import litnet.mob") == of("from litnet.mob import *") == everything
    assert of("from litnet import nothing_known") >= {"litnet/__init__.py"}
    mine = tmp_path / "scenes" / "mine.py"
    assert names(import_closure(mine, tmp_path), tmp_path) == {
        "scenes/helpers.py",
        "extra/deep.py",
    }


def test_the_rules_of_the_closure(tmp_path: Path) -> None:
    files = {
        "litnet/__init__.py": "",
        "litnet/cli.py": "import litnet.only_cli",
        "litnet/only_cli.py": "",
        "litnet/clips/__init__.py": "import litnet.only_cli",
        "litnet/a.py": "def f():\n    from litnet import late\n",
        "litnet/late.py": "import litnet.cli, litnet.clips\nfrom litnet.sub.deep import name\n",
        "litnet/sub/__init__.py": "import network\n",
        "litnet/sub/deep.py": "import litnet.a",  # in a circle
        "litnet/typed.py": "",
        "litnet/untyped.py": "",
        "litnet/unused.py": "",
        "network/__init__.py": "try:\n    import network.tried\nexcept ImportError:\n    pass\n",
        "network/tried.py": "",
        "story.py": "from typing import TYPE_CHECKING\nimport numpy, litnet.a\n"
        "if TYPE_CHECKING:\n    import litnet.typed\nelse:\n    import litnet.untyped\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert names(import_closure(tmp_path / "story.py", tmp_path), tmp_path) == {
        "litnet/a.py",
        "litnet/late.py",
        "litnet/sub/__init__.py",
        "litnet/sub/deep.py",
        "litnet/untyped.py",
        "network/__init__.py",
        "network/tried.py",
    }
    (tmp_path / "story.py").write_text("import litnet.a\nthis is no Python", encoding="utf-8")
    with pytest.raises(InputError, match=r"story\.py: cannot be read as Python"):
        import_closure(tmp_path / "story.py", tmp_path)


# --- what was recorded ---------------------------------------------------------------------------
def test_the_record_does_not_depend_on_what_is_loaded(tiny_film: Film) -> None:
    modules = {entry["path"] for entry in tiny_film.record["inputs"] if entry["role"] == "module"}
    story = next(e["path"] for e in tiny_film.record["inputs"] if e["role"] == "scene")
    assert modules == names(import_closure(Path(story)))
    # The command that rendered it had loaded these too; none of them draws.
    assert not [m for m in modules if m.startswith("litnet/clips")]


def test_a_model_is_recorded_layer_by_layer(tiny_film: Film) -> None:
    (entry,) = [e for e in tiny_film.record["inputs"] if e["role"] == "model"]
    assert entry["sha256"] == hashlib.sha256(VANILLA.read_bytes()).hexdigest()
    for digests, (weights, biases, _) in zip(
        entry["layer_digests"], plain_layers(VANILLA), strict=True
    ):
        for name, numbers in (("weights", weights), ("biases", biases)):
            data = np.array(numbers, "<f8").tobytes()
            assert digests[name] == hashlib.sha256(data).hexdigest()
    assert tiny_film.record["network"]["layer_digests"] == entry["layer_digests"]


# --- what changed --------------------------------------------------------------------------------
@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of all that clips are made from."""
    for folder in ("litnet", "network", "scenes", "assets"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pyc*"))
    for file in ("manim.cfg", "pyproject.toml"):
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


@pytest.fixture
def made(tiny_film: Film, root: Path) -> list[Input]:
    """The inputs of a clip, its model in the copy."""
    found = list(typed(tiny_film.record).inputs)
    assert changes(root, found) == []
    return found


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text("utf-8") + text, encoding="utf-8")


def test_only_what_a_clip_used_makes_it_stale(root: Path, made: list[Input]) -> None:
    append(root / "scenes" / "layer_intro.py", "# another story\n")
    append(root / "litnet" / "cli.py", "# a command\n")
    append(root / "litnet" / "clips" / "publish.py", "# bookkeeping\n")
    append(root / "network" / "training.py", "# training\n")
    append(root / "assets" / "models" / "vanilla.md", "\n")
    append(root / "pyproject.toml", "\n# something\n")
    (root / "assets" / "fonts" / "LitnetSans-SemiBold.ttf").write_bytes(b"unused")
    (root / "assets" / "digits" / "1_00.png").unlink()
    assert changes(root, made) == []
    append(root / "litnet" / "style.py", "# a colour\n")
    (root / "assets" / "fonts" / "LitnetSans-Regular.ttf").write_bytes(b"another")
    assert sorted(changes(root, made)) == [
        "font LitnetSans-Regular.ttf changed",
        "litnet/style.py changed",
    ]
    (root / "litnet" / "stage.py").unlink()
    assert "litnet/stage.py is gone" in changes(root, made)


def retrained(path: Path, *, layer: int = 0, kind: str = "", activation: str = "") -> None:
    """The model in a file, with a number of one of its layers changed."""
    layers = []
    for number, dense in enumerate(load_network(path).layers, start=1):
        weights, biases, name = dense.weights.copy(), dense.biases.copy(), dense.activation
        if number == layer:
            if kind == "weights":
                weights[0, 0] = np.nextafter(weights[0, 0], 9)
            if kind == "biases":
                biases[-1] += 1e-9
            name = activation or name
        layers.append(Dense(weights, biases, name))
    save_network(MLP(tuple(layers)), path)


def test_the_model_s_reasons(root: Path, made: list[Input]) -> None:
    model = root / "assets" / "models" / "vanilla.npz"
    with np.load(model) as stored:
        arrays = {name: stored[name] for name in reversed(stored.files)}
    before = model.read_bytes()
    np.savez_compressed(model, **arrays)
    assert model.read_bytes() != before
    assert changes(root, made) == [], "an equal network in other bytes"
    retrained(model, layer=2, kind="weights")
    assert changes(root, made) == ["weights of layer 2 changed"]
    retrained(model, layer=3, kind="biases")
    retrained(model, layer=3, kind="weights")
    retrained(model, layer=1, kind="weights")
    assert changes(root, made) == [
        "weights of layers 1, 2 and 3 changed",
        "biases of layer 3 changed",
    ]
    retrained(model, layer=1, activation="relu")
    assert "activation of layer 1 changed" in changes(root, made)
    rng = np.random.default_rng(0)
    save_network(MLP((Dense(rng.normal(size=(10, 784)), np.zeros(10), "sigmoid"),)), model)
    assert changes(root, made) == ["layers have other sizes (784-16-16-10 to 784-10)"]
    model.write_bytes(b"no model")
    (reason,) = changes(root, made)
    assert reason.startswith("model vanilla.npz cannot be read")
    model.unlink()
    assert changes(root, made) == ["model vanilla.npz is gone"]


def test_the_digit_s_reasons(root: Path, made: list[Input]) -> None:
    table = root / "assets" / "digits" / "labels.csv"
    text = table.read_text("utf-8")
    table.write_text(text.replace("1_00.png,1,", "1_00.png,7,"), encoding="utf-8")
    assert changes(root, made) == []
    table.write_text(text.replace("3_hero.png,3,", "3_hero.png,8,"), encoding="utf-8")
    assert changes(root, made) == ["the label of digit 3_hero.png changed"]
    table.write_text(text, encoding="utf-8")
    shutil.copy(DIGITS / "3_00.png", root / "assets" / "digits" / "3_hero.png")
    assert changes(root, made) == ["digit 3_hero.png changed"]


def test_another_choice_is_another_clip(root: Path, made: list[Input]) -> None:
    hero, other = "assets/digits/3_hero.png", "assets/digits/7_02.png"
    now = CurrentFiles(root)
    assert changes(now, made, Variant(digit=hero), Variant(digit=other)) == [
        "the digit is 7_02.png now, it was 3_hero.png"
    ]
    shutil.copy(HERO, root / "assets" / "digits" / "copy.png")
    vanilla = "assets/models/vanilla.npz"
    shutil.copy(VANILLA, root / "assets" / "models" / "copy.npz")
    assert changes(now, made, Variant(vanilla), Variant("assets/models/copy.npz")) == []
    retrained(root / "assets" / "models" / "copy.npz", layer=1, kind="biases")
    assert changes(root, made, Variant(vanilla), Variant("assets/models/copy.npz")) == [
        "the model is copy.npz now, it was vanilla.npz"
    ]


def test_the_settings_reasons(root: Path, made: list[Input]) -> None:
    file = root / "manim.cfg"
    text = file.read_text("utf-8")
    file.write_text("# a comment\n" + text.replace("max_files_cached = 400", ""), "utf-8")
    assert changes(root, made) == [], "nothing that is seen in a film"
    file.write_text(text.replace("crf = 15", "crf = 20").replace("preset = veryfast\n", ""))
    assert changes(root, made) == [
        "setting crf changed (15 to 20)",
        "setting preset changed (veryfast to not set)",
    ]


def test_the_versions_reasons(
    made: list[Input], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {**current.versions(), "manim": "9.9.9"}
    was = current.versions()["manim"]
    monkeypatch.setattr(current, "versions", lambda: found)
    assert changes(root, made) == [f"manim 9.9.9 instead of {was}"]


PO = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "digit.caption"
msgstr "Ein Bild von {name}"

msgid "count.caption"
msgstr "Zählen wir"

msgid "unused"
msgstr "Niemand sagt das"
"""


def test_the_narration_s_reasons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed sentence makes those clips stale that say it, and no others."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "assets" / "narration" / "de.po"
    file.parent.mkdir(parents=True)
    file.write_text(PO, encoding="utf-8")
    said = {"count.caption": "Zählen wir", "digit.caption": "Ein Bild von {name}"}
    assert read_messages(file) == {**said, "unused": "Niemand sagt das"}
    both, one = (
        [Narration.collect(file, said)],
        [Narration.collect(file, {"count.caption": "Zählen wir"})],
    )
    assert both[0].keys == ("count.caption", "digit.caption")
    assert both[0].path == "assets/narration/de.po"
    assert both[0].sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert changes(tmp_path, [*both, *one]) == []
    file.write_text(PO.replace("Niemand", "Jeder") + '\nmsgid "new"\nmsgstr "neu"\n', "utf-8")
    assert changes(tmp_path, [*both, *one]) == []
    file.write_text(PO.replace("Ein Bild", "Das Bild"), encoding="utf-8")
    assert changes(tmp_path, both) == ["narration de changed"]
    assert changes(tmp_path, one) == []
    file.write_text(PO.replace("digit.caption", "digit.text"), encoding="utf-8")
    assert changes(tmp_path, both) == ["narration de changed"]
    # Said before the file changed, and recorded afterwards: not fresh.
    late = [Narration.collect(file, said)]
    assert changes(tmp_path, late) == ["narration de changed"]
    file.unlink()
    assert changes(tmp_path, one) == ["narration de is gone"]
    file.write_text("msgid garbage\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"de\.po: expected a gettext catalogue"):
        changes(tmp_path, one)


def test_the_narration_s_digest_is_of_texts_and_keys() -> None:
    pairs = [{"a": "b"}, {"ab": ""}, {"a": "c"}, {"b": "b"}, {"a": "b", "c": ""}]
    assert len({Narration.collect(FOLDER / "en.po", said).said for said in pairs}) == len(pairs)
    both = {"a": "1", "b": "2"}, {"b": "2", "a": "1"}
    first, second = (Narration.collect(FOLDER / "en.po", said) for said in both)
    assert first == second


def test_files_are_read_once(
    made: list[Input], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    really = os.open

    def counted(path: Any, *args: Any, **kwargs: Any) -> int:
        opened.append(Path(path))
        return really(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", counted)
    now = CurrentFiles(root)
    for _ in range(50):
        assert changes(now, made) == []
    assert len(opened) == len(set(opened)) > 20


# --- seen from outside ---------------------------------------------------------------------------
def test_a_clip_without_a_model_stays_fresh_when_the_model_changes(
    tmp_path: Path, tiny_film: Film
) -> None:
    here = studio(tmp_path, TINY, PLAIN)
    publish(here, here.stories[0], TINY, tiny_film.video, tiny_film.record)
    plain = json.loads(json.dumps(tiny_film.record))
    plain["clip"] = PLAIN
    plain["variant"] |= {"model": None, "digit": None}
    plain["inputs"] = [e for e in plain["inputs"] if e["role"] not in ("model", "digit")]
    plain["network"], plain["forward_pass"] = {}, {}
    publish(here, here.stories[1], PLAIN, tiny_film.video, plain)
    assert [clip.state for clip in survey(here)] == ["fresh", "fresh"]
    shutil.copytree(ROOT / "assets", tmp_path / "root" / "assets")
    for folder in ("litnet", "network"):
        shutil.copytree(ROOT / folder, tmp_path / "root" / folder)
    for file in ("manim.cfg", "pyproject.toml"):
        shutil.copy(ROOT / file, tmp_path / "root" / file)
    retrained(tmp_path / "root/assets/models/vanilla.npz", layer=2, kind="weights")
    there = replace(here, root=tmp_path / "root")
    assert [(clip.name, clip.reasons) for clip in survey(there)] == [
        (TINY, ("weights of layer 2 changed",)),
        (PLAIN, ()),
    ]
    text = (tmp_path / "root/pyproject.toml").read_text("utf-8")
    (tmp_path / "root/pyproject.toml").write_text(
        text.replace('digit = "assets/digits/3_hero.png"', 'digit = "assets/digits/7_02.png"')
    )
    tiny, plain_clip = survey(there)
    assert tiny.reasons[0] == "the digit is 7_02.png now, it was 3_hero.png"
    assert plain_clip.state == "fresh"


def test_what_reads_a_model_is_not_what_draws_it(
    root: Path, made: list[Input], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new comment in a loader makes no clip stale; another network out of the same file does."""
    vanilla = load_network(VANILLA)
    entry = Model.collect(VANILLA, vanilla)
    assert changes(root, [entry]) == []
    for file in ("network/loaders/keras.py", "network/checkpoint.py", "network/model_card.py"):
        (root / file).write_text((root / file).read_text("utf-8") + "# Said more clearly.\n")
    assert changes(root, [*made, entry]) == []
    layers = list(vanilla.layers)
    layers[1] = Dense(2 * layers[1].weights, layers[1].biases, "sigmoid")
    monkeypatch.setattr("network.checkpoint.load_network", lambda path: MLP(layers))
    assert changes(root, [entry]) == ["weights of layer 2 changed"]
    shutil.copytree(ROOT / "network", root / "network", dirs_exist_ok=True)
    assert changes(root, [entry]) == [], "the readers are those that read it"


def test_class_names_that_come_later(tmp_path: Path) -> None:
    """A clip that shows what the outputs are called is stale when a card calls them otherwise."""

    def card(*classes: str, more: str = "") -> None:
        facts = json.dumps({"classes": classes})
        text = f"{more}\n```json\n{facts}\n```\n"
        (tmp_path / "assets" / "mine.md").write_text(text, encoding="utf-8")

    (tmp_path / "assets").mkdir()
    model = tmp_path / "assets" / "mine.npz"
    expected = ["the names of the classes in mine.md changed"]
    entry = Card.collect(model, ("0", "1"))
    assert changes(tmp_path, [entry]) == []
    card("0", "1")
    assert changes(tmp_path, [entry]) == [], "the same names"
    card("cat", "dog")
    assert changes(tmp_path, [entry]) == expected
    entry = Card.collect(model, ("cat", "dog"))
    card("cat", "dog", more="Trained on a Tuesday.")
    assert changes(tmp_path, [entry]) == [], "nobody sees the rest of a card"
    card("cat", "cow")
    assert changes(tmp_path, [entry]) == expected
    (tmp_path / "assets" / "mine.md").unlink()
    assert changes(tmp_path, [entry]) == expected
    # The card of the model that is filmed now.
    card("cat", "dog")
    (tmp_path / "assets" / "mine.md").rename(tmp_path / "assets" / "other.md")
    there = Variant(str(model)), Variant(str(model.with_name("other.npz")))
    assert changes(tmp_path, [entry], *there) == []


def test_another_model_to_compare_with(root: Path, made: list[Input]) -> None:
    """BeforeAfter shows two: the one that it compares with may be another one tomorrow."""
    models = root / "assets" / "models"
    shutil.copy(VANILLA, models / "early.npz")
    retrained(models / "early.npz", layer=1, kind="weights")
    shutil.copy(models / "early.npz", models / "copy.npz")
    shutil.copy(VANILLA, models / "third.npz")
    early = Model.collect(models / "early.npz", load_network(models / "early.npz"))
    early = msgspec.structs.replace(early, path="assets/models/early.npz", setting="before")
    both = [*made, early]
    now = CurrentFiles(root)
    was = Variant("assets/models/vanilla.npz", baseline="assets/models/early.npz")
    assert (
        changes(now, both, was, msgspec.structs.replace(was, baseline="assets/models/early.npz"))
        == []
    )
    assert (
        changes(now, both, was, msgspec.structs.replace(was, baseline="assets/models/copy.npz"))
        == []
    )
    assert changes(
        now, both, was, msgspec.structs.replace(was, baseline="assets/models/third.npz")
    ) == ["the model is third.npz now, it was early.npz"]
    retrained(models / "early.npz", layer=3, kind="biases")
    assert changes(
        root, both, was, msgspec.structs.replace(was, baseline="assets/models/early.npz")
    ) == ["biases of layer 3 changed"]
