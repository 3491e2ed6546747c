"""What the files of a project are now, each read once; and what is in a network, a list of digits,
a catalogue, so that it can be told from another one.

Neither manim nor NumPy is imported here, unless a model's file changed and has to be read.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litnet import __version__
from litnet.narration import messages_of
from litnet.project import (
    HOME,
    Project,
    asset,
    current_root,
    picture_settings,
    real_path,
    sha256_of,
    shown_path,
)
from litnet.record.pupils import Pupil, pupil_of, pupils_beside
from litnet.record.reasons import Reason, Why
from litnet.record.schema import Input, LayerDigests
from litnet.theme import named
from network.errors import InputError, printable
from network.files import read_bytes, real

if TYPE_CHECKING:
    from network.history import History
    from network.mlp import MLP

LOADERS = ("network/checkpoint.py", "network/history_file.py", "network/loaders/*.py")
DIGITS = "assets/digits/labels.csv"
TRAINING = "assets/digits"
# What decides a film's pixels; another version of one may draw or encode in another way.
PACKAGES = ("manim", "numpy", "scipy", "numba", "pycairo", "manimpango", "pillow", "av")


class CurrentFiles:
    """The files of a project as they are now; each is read once, however many clips it is in."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = current_root() if root is None else root
        self._digests: dict[Path, str | None] = {}
        self._networks: dict[Path, Facts | Reason] = {}
        self._histories: dict[Path, Facts | Reason] = {}
        self._training: dict[Path, str | Reason] = {}
        self._messages: dict[Path, dict[str, str]] = {}
        self._files: dict[tuple[str, str, str], list[Reason]] = {}
        self._themes: dict[str, dict[str, str] | Reason] = {}
        self._pupils: dict[Path, dict[Path, Pupil]] = {}

    def place(self, shown: str) -> Path:
        """Where a path that stands in a record is."""
        return real_path(shown, self.root)

    def digest(self, path: Path) -> str | None:
        """The sha256 of a file; None if there is none that can be read."""
        if path not in self._digests:
            try:
                self._digests[path] = sha256_of(path)
            except InputError:
                self._digests[path] = None
        return self._digests[path]

    def missing(self, path: str, name: str) -> Reason:
        """Why a file has no digest: nobody waits for what a pipe or a device may give."""
        if os.path.exists(self.place(path)):
            return Reason(Why.UNREADABLE, f"{name} is no file that can be read")
        return Reason(Why.GONE, f"{name} is gone")

    def file(self, entry: Input, path: str, name: str) -> list[Reason]:
        """How a file differs from an input."""
        key = (name, path, entry.sha256)  # the same in hundreds of clips
        if key not in self._files:
            digest = self.digest(self.place(path))
            if digest is None:
                self._files[key] = [self.missing(path, name)]
            else:
                changed = Reason(Why.CHANGED, f"{name} changed")
                self._files[key] = [] if digest == entry.sha256 else [changed]
        return self._files[key]

    def network(self, file: Path, name: str) -> Facts | Reason:
        """The network in a model's file, or why there is none."""
        if file not in self._networks:
            from network.checkpoint import load_network

            try:
                self._networks[file] = network_facts(load_network(file))
            except InputError as error:
                text = f"{name} cannot be read ({error})"
                self._networks[file] = Reason(Why.UNREADABLE, text)
        return self._networks[file]

    def history(self, file: Path, name: str) -> Facts | Reason:
        """The training run in a history's file, or why there is none."""
        if file not in self._histories:
            from network.history_file import load_history

            try:
                self._histories[file] = history_facts(load_history(file))
            except InputError as error:
                text = f"{name} cannot be read ({error})"
                self._histories[file] = Reason(Why.UNREADABLE, text)
        return self._histories[file]

    def training(self, folder: Path) -> str | Reason:
        """The sha256 of the training digits in a folder, or why there are none."""
        if folder not in self._training:
            try:
                self._training[folder] = training_sha256(folder)
            except InputError as error:
                text = f"the training digits cannot be read ({error})"
                self._training[folder] = Reason(Why.UNREADABLE, text)
        return self._training[folder]

    def theme(self, name: str) -> dict[str, str] | Reason:
        """All that the theme of a name says, or why there is none."""
        if name not in self._themes:
            try:
                self._themes[name] = named(name, Project.at(self.root)).values
            except InputError as error:
                text = f"the theme {printable(name)} cannot be read ({error})"
                self._themes[name] = Reason(Why.UNREADABLE, text)
        return self._themes[name]

    def messages(self, file: Path) -> dict[str, str]:
        """The messages of a catalogue."""
        if file not in self._messages:
            self._messages[file] = read_messages(file)
        return self._messages[file]

    @cached_property
    def loader(self) -> str:
        """The sha256 of the modules that read models, as a model's input has it."""
        return sha256("".join(self.digest(file) or "" for file in readers(self.root)).encode())

    @cached_property
    def bundled(self) -> str | None:
        """The sha256 of all bundled digits."""
        return digits_digest(self.place(own(DIGITS, self.root)))

    @cached_property
    def labels(self) -> dict[str, int]:
        """What the bundled digits are, by the path that a record has of them."""
        table = own(DIGITS, self.root)
        try:
            text = read_bytes(self.place(table)).decode("utf-8-sig")
            folder = table.rpartition("/")[0]
            rows = csv.DictReader(io.StringIO(text, newline=""))
            return {f"{folder}/{row['file']}": int(row["label"]) for row in rows}
        except (csv.Error, KeyError, TypeError, ValueError):
            return {}  # then no digit has a label, and the clips that show one say so

    def pupil(self, path: str) -> Pupil:
        """Who wrote a digit, and what it is, by the path that a record has of it.

        Raises InputError for a list that cannot be read.
        """
        if path in self.labels:
            return Pupil(digit=self.labels[path])
        picture = self.place(path)
        if picture.parent not in self._pupils:
            self._pupils[picture.parent] = pupils_beside(picture.parent)
        return pupil_of(picture, self._pupils[picture.parent])

    @cached_property
    def versions(self) -> dict[str, str]:
        """Of what draws and encodes."""
        return versions()

    @cached_property
    def settings(self) -> dict[str, str]:
        """What manim.cfg sets that is seen."""
        return picture_settings(self.root)


# --- digests -------------------------------------------------------------------------------------
def sha256(data: bytes) -> str:
    """Hex digest of bytes."""
    return hashlib.sha256(data).hexdigest()


def own(name: str, root: Path) -> str:
    """The path that a record has of what litnet brings."""
    return name if (root / name).exists() else shown_path(asset(name), root)


def readers(root: Path) -> list[Path]:
    """The modules that read models."""
    home = root if (root / LOADERS[0]).is_file() else HOME
    return sorted(path for pattern in LOADERS for path in home.glob(pattern))


def digits_digest(table: Path) -> str | None:
    """The sha256 of a list of digits and of every file that it names; None if one is missing."""
    try:
        data = read_bytes(table)
        hasher = hashlib.sha256(data)
        for row in csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")):
            hasher.update(bytes.fromhex(sha256_of(table.parent / row["file"])))
    except (csv.Error, KeyError, TypeError, ValueError):  # an InputError is a ValueError, too
        return None
    return hasher.hexdigest()


def training_sha256(folder: Path) -> str:
    """The sha256 of the bytes of a folder's training digits; raises InputError without them."""
    from network.digits import training_files

    return sha256("".join(map(sha256_of, training_files(own_training(folder)))).encode())


def own_training(folder: Path) -> Path | None:
    """The folder, or None for that of the training digits which come with litnet."""
    return None if real(folder) == real(asset(TRAINING)) else folder


def said_now(messages: Mapping[str, str], keys: Iterable[str]) -> str:
    return digest_of({key: messages.get(key, "") for key in keys})


def digest_of(said: Mapping[str, str]) -> str:
    hasher = hashlib.sha256()
    for key in sorted(said):
        for text in (key, said[key]):  # lengths, so that no two lists of messages look alike
            data = text.encode()
            hasher.update(f"{len(data)}:".encode() + data)
    return hasher.hexdigest()


def read_messages(file: Path) -> dict[str, str]:
    """The messages of a gettext catalogue, by their keys (``msgid``); none if there is no file.

    Raises InputError for a file that is not a catalogue.
    """
    return messages_of(file) if os.path.isfile(file) else {}


def versions() -> dict[str, str]:
    """Package: version, of litnet and of what draws and encodes."""
    found = {"litnet": __version__}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "none"
    return found


# --- networks ------------------------------------------------------------------------------------
Facts = dict[str, Any]


def network_facts(network: MLP) -> Facts:
    """``sizes``, ``activations``, ``parameters``, ``digest``, and ``layer_digests``: for each layer
    the sha256 of its little-endian float64 ``weights`` and ``biases``."""
    return {
        "sizes": tuple(network.sizes),
        "activations": tuple(layer.activation for layer in network.layers),
        "parameters": network.parameters,
        "digest": network.digest,
        "layer_digests": tuple(
            LayerDigests(
                weights=sha256(layer.weights.astype("<f8", copy=False).tobytes()),
                biases=sha256(layer.biases.astype("<f8", copy=False).tobytes()),
            )
            for layer in network.layers
        ),
    }


def history_facts(history: History) -> Facts:
    """``sizes``, ``activations``, ``parameters``, ``seed``, ``epochs`` and ``digest`` of a run."""
    facts = network_facts(history.mlp)
    facts = {name: facts[name] for name in ("sizes", "activations", "parameters")}
    return {**facts, "seed": history.seed, "epochs": history.epochs, "digest": history.digest}


def history_change(before: Facts, now: Facts) -> str | None:
    """What is different between two training runs, as ``history_facts`` describes them."""
    if before["digest"] == now["digest"]:
        return None
    if before["sizes"] != now["sizes"]:
        sizes = ["-".join(map(str, facts["sizes"])) for facts in (before, now)]
        return f"layers have other sizes ({sizes[0]} to {sizes[1]})"
    for name in ("seed", "epochs"):
        if before[name] != now[name]:
            return f"{name} {now[name]} instead of {before[name]}"
    return "another training run"


def facts_of(entry: Input) -> Facts:
    return {name: getattr(entry, name) for name in Input.__struct_fields__}


def network_changes(before: Facts, now: Facts) -> list[str]:
    """What is different between two networks, as ``network_facts`` describes them.

    >>> network_changes(old, new)
    ['weights of layer 2 changed']
    """
    if before["digest"] == now["digest"]:
        return []
    if before["sizes"] != now["sizes"]:
        sizes = ["-".join(map(str, facts["sizes"])) for facts in (before, now)]
        return [f"layers have other sizes ({sizes[0]} to {sizes[1]})"]
    layers = list(zip(before["layer_digests"], now["layer_digests"], strict=False))
    pairs = {
        "weights": [(a.weights, b.weights) for a, b in layers],
        "biases": [(a.biases, b.biases) for a, b in layers],
        "activation": list(zip(before["activations"], now["activations"], strict=False)),
    }
    reasons = []
    for kind, both in pairs.items():
        if changed := [number for number, (a, b) in enumerate(both, start=1) if a != b]:
            reasons.append(f"{kind} of {_layers(changed)} changed")
    return reasons or ["the network changed"]


def _layers(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"layer {numbers[0]}"
    return f"layers {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def check_history(path: Path) -> None:
    """Raise InputError, as ``network.load_history``, for a file that holds no training run."""
    from network.history_file import load_history

    load_history(path)


def check_model(path: Path) -> None:
    """Raise InputError, as ``network.load_network``, for a file that holds no network."""
    from network.checkpoint import load_network

    load_network(path)
