"""What a clip was made from, by content, and what of that is different now.

A record lists its clip's inputs, each with ``path``, ``sha256`` and ``role``; some carry more, so
that a change can be told from one that nobody sees. For each role there is a class here: it
collects what a record says, and compares that with what there is now.

Neither manim nor NumPy is imported here, unless a model's file changed and has to be compared.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import UNSET, UnsetType

from litnet.narration import catalogues
from litnet.project import asset, current_root, picture_settings, sha256_of, shown_path
from litnet.record.current import (
    DIGITS,
    CurrentFiles,
    digest_of,
    digits_digest,
    facts_of,
    history_change,
    history_facts,
    network_changes,
    network_facts,
    read_messages,
    readers,
    said_now,
    sha256,
    training_sha256,
    versions,
)
from litnet.record.modules import PROJECT, import_closure, is_bookkeeping
from litnet.record.reasons import Reason, Why
from litnet.record.schema import Input, ReadAs
from litnet.record.variant import AUTO, Variant
from network.errors import InputError, printable
from network.files import read_bytes, real

if TYPE_CHECKING:
    from litnet.theme import Theme as Look
    from litnet.voice import Spoken, Voice
    from network.history import History as TrainingRun
    from network.mlp import MLP

SOUND = "litnet/clips/sound.py"  # how loud what is spoken gets


def changes(
    inputs: Iterable[Input],
    now: CurrentFiles,
    was: Variant | None = None,
    wanted: Variant | None = None,
) -> list[Reason]:
    """Why a clip made from these inputs is stale, one phrase a reason; empty if it is fresh.

    ``was`` is what it filmed, and ``wanted`` what it is to film now.
    """
    instead = Instead(was or Variant(), wanted or Variant())
    reasons: dict[Reason, None] = {}
    for entry in inputs:
        role = ROLES.get(entry.role, File)
        reasons.update(dict.fromkeys(role.changes(entry, now, instead)))
    return list(reasons)


class Instead:
    """What is to be filmed in the place of what was."""

    def __init__(self, was: Variant, wanted: Variant) -> None:
        self.was, self.wanted = was, wanted

    def of(self, choice: str, path: str) -> str:
        """The path that stands in another one's place now, or the same."""
        was, wanted = getattr(self.was, choice), getattr(self.wanted, choice)
        return wanted if wanted is not None and was == path else path


# --- the roles -----------------------------------------------------------------------------------
class Role(Protocol):
    """What an input is to a clip. Each role also has ``collect``, which makes its input."""

    @staticmethod
    def changes(entry: Input, now: CurrentFiles, instead: Instead) -> Iterable[Reason]:
        """Why a clip with this input is stale."""


class File:
    """Any file of which every byte counts: a font, a recording, a clip in a film."""

    @staticmethod
    def collect(path: Path, role: str, **more: Any) -> Input:
        """A file, as it is now."""
        return Input(path=shown_path(path), sha256=sha256_of(path), role=role, **more)

    @staticmethod
    def changes(entry: Input, now: CurrentFiles, instead: Instead) -> Iterable[Reason]:
        """Another content."""
        name = f"{printable(entry.role)} {_name(entry.path)}"
        return now.file(entry, entry.path, name)


class Module:
    """A module that draws, as this process loaded it."""

    @staticmethod
    def collect(file: Path) -> Input:
        """A module's file, as it was when this process first looked at it."""
        return Input(path=shown_path(file), sha256=_as_loaded(file), role="module")

    @staticmethod
    def changes(entry: Input, now: CurrentFiles, instead: Instead) -> Iterable[Reason]:
        """Another content."""
        return now.file(entry, entry.path, printable(entry.path))


class Model:
    """A network, whatever the bytes of its file, and the sha256 of what reads it."""

    @staticmethod
    def collect(path: Path, network: MLP, **more: Any) -> Input:
        """A model's file, and the network that was read from it, layer by layer."""
        loader = "".join(map(_as_loaded, readers(current_root())))
        return File.collect(
            path, "model", **network_facts(network), loader=sha256(loader.encode()), **more
        )

    @staticmethod
    def changes(entry: Input, now: CurrentFiles, instead: Instead) -> Iterator[Reason]:
        """The same network may stand in other bytes, or in another file."""
        path = instead.of("model", entry.path)
        if path == entry.path and entry.setting in ("baseline", "before"):
            path = instead.wanted.baseline or path
        name = f"model {_name(path)}"
        digest = now.digest(now.place(path))
        if digest is None:
            yield now.missing(path, name)
        elif digest != entry.sha256 or entry.loader not in (UNSET, now.loader):
            if entry.layer_digests is UNSET:
                yield Reason(Why.CHANGED, f"{name} changed")
                return
            found = now.network(now.place(path), name)
            if isinstance(found, Reason):
                yield found
                return
            changed = network_changes(facts_of(entry), found)
            if changed and path != entry.path:
                yield _another("model", path, entry)
            else:
                yield from (Reason(Why.CHANGED, text) for text in changed)


class History:
    """A training run, whatever the bytes of its file, and the sha256 of what reads it."""

    @staticmethod
    def collect(path: Path, history: TrainingRun, **more: Any) -> Input:
        """A history's file, and the run that was read from it."""
        loader = "".join(map(_as_loaded, readers(current_root())))
        return File.collect(
            path, "history", **history_facts(history), loader=sha256(loader.encode()), **more
        )

    @staticmethod
    def changes(entry: Input, now: CurrentFiles, instead: Instead) -> Iterator[Reason]:
        """The same run may stand in other bytes, or in another file."""
        path = instead.of("history", entry.path)
        if path == entry.path and entry.setting in ("baseline", "before"):
            path = instead.wanted.baseline or path
        name = f"history {_name(path)}"
        digest = now.digest(now.place(path))
        if digest is None:
            yield now.missing(path, name)
        elif digest != entry.sha256 or entry.loader != now.loader:
            found = now.history(now.place(path), name)
            if isinstance(found, Reason):
                yield found
            elif what := history_change(facts_of(entry), found):
                if path != entry.path:
                    yield _another("history", path, entry)
                else:
                    yield Reason(Why.CHANGED, f"{name} changed ({what})")


class Training:
    """The digits that a training run learned from; the path is their folder."""

    @staticmethod
    def collect(folder: Path) -> Input:
        """The training digits in a folder, as they are now."""
        return Input(path=shown_path(folder), sha256=training_sha256(folder), role="training")

    @staticmethod
    def changes(entry: Input, now: CurrentFiles, instead: Instead) -> Iterator[Reason]:
        """Other files, wherever they lie."""
        found = now.training(now.place(instead.of("training", entry.path)))
        if isinstance(found, Reason):
            yield found
        elif found != entry.sha256:
            yield Reason(Why.CHANGED, "the training digits changed")


class Card:
    """The card beside a model, whether there is one or not, and the classes that it names."""

    @staticmethod
    def collect(model: Path, names: Sequence[str]) -> Input:
        """The card of a model, and the names that were read from it."""
        card = _card_of(model)
        data = read_bytes(card) if os.path.isfile(card) else b""
        return Input(path=shown_path(card), sha256=sha256(data), role="card", classes=tuple(names))

    @staticmethod
    def changes(entry: Input, now: CurrentFiles, instead: Instead) -> Iterator[Reason]:
        """By the names in it: whatever else a card says is not seen in a film."""
        path, model = entry.path, instead.was.model
        if model is not None and now.place(path) == _card_of(now.place(model)):
            path = str(_card_of(Path(instead.of("model", model))))
        file = now.place(path)
        if entry.classes is UNSET:
            yield from now.file(entry, path, f"card {_name(path)}")
        elif (now.digest(file) or sha256(b"")) != entry.sha256:
            from network.classes import class_names

            try:
                names = class_names(file, len(entry.classes))
            except InputError as error:
                yield Reason(Why.UNREADABLE, f"the card cannot be read ({error})")
                return
            if names != entry.classes:
                text = f"the names of the classes in {_name(path)} changed"
                yield Reason(Why.CHANGED, text)


class Digit:
    """A digit's file, what it is, and who wrote it, as far as that is known: see
    :mod:`litnet.record.pupils`."""

    @staticmethod
    def collect(
        path: Path, label: int | None, name: str = "", read_as: ReadAs | UnsetType = UNSET
    ) -> Input:
        """A digit, as it is now; and of a picture, how it was read."""
        return File.collect(path, "digit", label=label, name=name or UNSET, read_as=read_as)

    @staticmethod
    def changes(entry: Input, now: CurrentFiles, instead: Instead) -> Iterator[Reason]:
        """Another picture, another label, another name, which is not repeated, or another way of
        reading the picture."""
        path = instead.of("digit", entry.path)
        name = f"digit {_name(path)}"
        reasons = now.file(entry, path, name)
        if path != entry.path and any(reason.why is Why.CHANGED for reason in reasons):
            yield _another("digit", path, entry)
        elif reasons:
            yield from reasons
        else:
            yield from Digit._otherwise(entry, name, now, path, instead)

    @staticmethod
    def _otherwise(
        entry: Input, name: str, now: CurrentFiles, path: str, instead: Instead
    ) -> Iterator[Reason]:
        """What is another one of the same picture."""
        wanted = instead.wanted.read_as
        if entry.path == instead.was.digit and wanted != instead.was.read_as:
            was = "" if entry.read_as is UNSET else str(entry.read_as)
            if was and not (wanted and {*wanted.split()} <= {*was.split()}):
                text = f"{name} is to be read as {wanted or AUTO} now, it was read as {was}"
                yield Reason(Why.ANOTHER, text)
        if entry.label is not UNSET:
            try:
                pupil = now.pupil(path)
            except InputError as error:
                yield Reason(Why.UNREADABLE, f"who wrote {name} cannot be read ({error})")
                return
            if entry.label != pupil.digit:
                yield Reason(Why.CHANGED, f"the label of {name} changed")
            was = entry.name or ""
            # What a file is called, without a list, is no news.
            if was != pupil.name and (was or pupil.file):
                yield Reason(Why.CHANGED, f"the name of {name} changed")


class Digits:
    """All the bundled digits: their list, and every file that it names."""

    @staticmethod
    def collect() -> Input:
        """The bundled digits, as they are now."""
        table = asset(DIGITS)
        digest = digits_digest(table) or ""
        return Input(path=shown_path(table), sha256=digest, role="digits")

    @staticmethod
    def changes(entry: Input, now: CurrentFiles, instead: Instead) -> Iterator[Reason]:
        """Another list, or another picture."""
        if now.bundled is None:
            yield Reason(Why.GONE, "the bundled digits are gone")
        elif now.bundled != entry.sha256:
            yield Reason(Why.CHANGED, "the bundled digits changed")


class Narration:
    """The messages of one language that a clip says: their ``keys``, and in ``said`` the sha256 of
    keys and texts, which tells a change of these from one of other messages in the file."""

    @staticmethod
    def collect(file: Path, said: Mapping[str, str]) -> Input:
        """The messages of a catalogue that were said."""
        keys, digest = tuple(sorted(said)), digest_of(said)
        # A file that was changed since the clip took its words from it is not what it was made of.
        as_it_was = os.path.isfile(file) and digest == said_now(read_messages(file), keys)
        return Input(
            path=shown_path(file),
            sha256=sha256_of(file) if as_it_was else digest,
            role="narration",
            keys=keys,
            said=digest,
        )

    @staticmethod
    def changes(entry: Input, now: CurrentFiles, instead: Instead) -> Iterator[Reason]:
        """Another text of a message that is said, or one in a catalogue that goes before."""
        own = now.place(entry.path)
        language = instead.was.language or own.stem
        said = () if entry.keys is UNSET else entry.keys
        for file in takewhile(lambda other: other != own, catalogues(language)):
            if any(now.messages(file).get(key) for key in said):
                name = printable(shown_path(file, now.root))
                yield Reason(Why.CHANGED, f"narration {printable(own.stem)} is in {name} now")
        for reason in now.file(entry, entry.path, f"narration {printable(Path(entry.path).stem)}"):
            if reason.why is Why.CHANGED and entry.said is not UNSET:
                keys = () if entry.keys is UNSET else entry.keys
                if said_now(now.messages(now.place(entry.path)), keys) == entry.said:
                    continue
            yield reason


class Settings:
    """``manim.cfg``, and what it and the user's own set that is seen."""

    @staticmethod
    def collect(folder: Path) -> list[Input]:
        """The settings in a folder, if there are any."""
        file = folder / "manim.cfg"
        if not os.path.isfile(file):
            return []
        return [File.collect(file, "settings", values=picture_settings(folder))]

    @staticmethod
    def changes(entry: Input, now: CurrentFiles, instead: Instead) -> Iterator[Reason]:
        """Another value of one of them."""
        if entry.values is UNSET:
            yield from now.file(entry, entry.path, "settings in manim.cfg")
            return
        for name in sorted({*entry.values, *now.settings}):
            was, to_be = (values.get(name, "not set") for values in (entry.values, now.settings))
            if was != to_be:
                change = f"{printable(name)} changed ({printable(was)} to {printable(to_be)})"
                yield Reason(Why.CHANGED, f"setting {change}")


class Theme:
    """The look of a film, by its name; ``values`` are all that it says."""

    @staticmethod
    def collect(theme: Look) -> Input:
        """A theme, as the film has it."""
        return Input(path=theme.name, sha256=theme.digest, role="theme", values=theme.values)

    @staticmethod
    def changes(entry: Input, now: CurrentFiles, instead: Instead) -> Iterator[Reason]:
        """Another theme, or another colour or font of the same."""
        name = instead.of("theme", entry.path)
        if name != entry.path:
            text = f"the theme is {printable(name)} now, it was {printable(entry.path)}"
            yield Reason(Why.ANOTHER, text)
            return
        found = now.theme(name)
        if isinstance(found, Reason):
            yield found
            return
        was = {} if entry.values is UNSET else entry.values
        other = [key for key in found if was.get(key) != found[key]]
        if other:  # of which others may follow, the first is the most that is seen
            first, more = other[0], len(other) - 1
            old, new = (printable(values.get(first) or "litnet's") for values in (was, found))
            text = f"theme {printable(name)}: {first.replace('_', ' ')} is {new} now, it was {old}"
            yield Reason(Why.CHANGED, text + (f", and {more} more" if more else ""))


class Version:
    """A package and its version; the path is both, and so is what is hashed."""

    @staticmethod
    def collect(package: str, number: str) -> Input:
        """A version of a package."""
        text = f"{package} {number}"
        return Input(path=text, sha256=sha256(text.encode()), role="version")

    @staticmethod
    def changes(entry: Input, now: CurrentFiles, instead: Instead) -> Iterator[Reason]:
        """Another version; what is no longer counted as an input changes nothing."""
        from litnet.voice import PIPER_PACKAGE, VOICE_PACKAGE

        package, _, number = entry.path.partition(" ")
        found = now.versions.get(package)
        if package in (PIPER_PACKAGE, VOICE_PACKAGE, "typst"):  # of clips that use them
            with contextlib.suppress(PackageNotFoundError):  # a machine that speaks nothing
                found = version(package)
        if found not in (None, number):
            text = f"{printable(package)} {found} instead of {printable(number)}"
            yield Reason(Why.CHANGED, text)


class Joined:
    """A clip that is a part of a film, which knows by itself whether it is still that one."""

    @staticmethod
    def collect(
        path: Path, digest: str, name: str, place: int, beat: str | None, until: str | None
    ) -> Input:
        """A published clip, at its place in the film; joined from one beat on, or to another."""
        return Input(
            path=shown_path(path),
            sha256=digest,
            role="clip",
            name=name,
            place=place,
            beat=beat or UNSET,
            until=until or UNSET,
        )

    @staticmethod
    def changes(entry: Input, now: CurrentFiles, instead: Instead) -> Iterable[Reason]:
        """Nothing: see :mod:`litnet.clips.survey`."""
        return ()


ROLES: dict[str, type[Role]] = {
    "model": Model,
    "history": History,
    "training": Training,
    "card": Card,
    "digit": Digit,
    "digits": Digits,
    "module": Module,
    "narration": Narration,
    "settings": Settings,
    "theme": Theme,
    "version": Version,
    "clip": Joined,
}


def _another(role: str, path: str, entry: Input) -> Reason:
    text = f"the {role} is {_name(path)} now, it was {_name(entry.path)}"
    return Reason(Why.ANOTHER, text)


def _name(path: str) -> str:
    return printable(Path(path).name)


def _card_of(model: Path) -> Path:
    return model.parent / f"{model.stem}.md"


# --- what this process draws with ----------------------------------------------------------------
@cache
def _as_loaded(path: Path) -> str:
    """The digest of a module's file when this process first looked at it.

    A process that lives long, as a worker does, draws with the modules that it loaded: what is
    written into their files later has no part in its films.
    """
    return sha256_of(path)


def note_loaded(file: Path) -> None:
    """Look at the modules that a module imports, and at itself, as soon as it is loaded."""
    for module in (file, *import_closure(file)):
        _as_loaded(module)


_unrecorded = False


@contextlib.contextmanager
def no_record() -> Iterator[None]:
    """Where scenes are only looked at: nobody asks which modules they came from."""
    global _unrecorded
    before, _unrecorded = _unrecorded, True
    try:
        yield
    finally:
        _unrecorded = before


def source_inputs(scene_file: Path | None) -> list[Input]:
    """A scene's file, and the modules that it imports, as they were loaded.

    To be called when the scene's class has just been defined. A scene in a notebook has no file,
    and what it imports cannot be read: then it is all that is loaded. Raises InputError for a file
    that is not Python.
    """
    if _unrecorded:
        return []
    if scene_file is None:
        return [Module.collect(file) for file in _loaded_modules()]
    modules = [Module.collect(file) for file in import_closure(scene_file)]
    return [File.collect(scene_file, "scene"), *modules]


def _loaded_modules() -> list[Path]:
    names = [n for n in sys.modules if n.partition(".")[0] in PROJECT and not is_bookkeeping(n)]
    files = (getattr(sys.modules[name], "__file__", None) for name in names)
    return sorted({real(file) for file in files if file})


def source_file(cls: type) -> Path | None:
    """The file in which a scene is written; None for one that was typed into a notebook."""
    construct = getattr(cls, "construct", None)
    code = getattr(construct, "__code__", None)
    name = getattr(code, "co_filename", None) or getattr(
        sys.modules.get(cls.__module__), "__file__", None
    )
    path = Path(str(name))
    return real(path) if name and path.is_file() else None


def version_inputs() -> list[Input]:
    """The versions of all that decides a film's pixels."""
    return [Version.collect(package, number) for package, number in versions().items()]


def spoken_inputs(voice: Voice, said: Iterable[Spoken]) -> list[Input]:
    """What speaks, what was recorded, and how loud it is made."""
    return [
        *(File.collect(wav, "voice") for wav in voice.recordings(said)),
        *(Version.collect(package, number) for package, number in voice.versions.items()),
        Module.collect(asset(SOUND)),
    ]
