"""The old names of :mod:`litnet.record.inputs`, for what still notes its inputs as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from litnet.narration import FOLDER
from litnet.project import real_path, shown_path
from litnet.record import inputs
from litnet.record.inputs import note_loaded, source_file
from litnet.record.modules import import_closure
from litnet.voice import Spoken, Voice

if TYPE_CHECKING:
    from network.mlp import MLP

__all__ = ["import_closure", "note_loaded", "real_path", "shown_path", "source_file"]

Input = dict[str, Any]


def _plain(found: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(found))


def file_input(path: Path, role: str, **more: Any) -> Input:
    """A file."""
    found: Input = _plain(inputs.File.collect(path, role, **more))
    return found


def model_input(path: Path, network: MLP) -> Input:
    """A model."""
    found: Input = _plain(inputs.Model.collect(path, network))
    return found


def card_input(model: Path, names: Sequence[str]) -> Input:
    """The card beside a model."""
    found: Input = _plain(inputs.Card.collect(model, names))
    return found


def network_facts(network: MLP) -> dict[str, Any]:
    """A network."""
    found: dict[str, Any] = _plain(inputs.network_facts(network))
    return found


def digits_input() -> Input:
    """The bundled digits."""
    found: Input = _plain(inputs.Digits.collect())
    return found


def narration_input(language: str, said: Mapping[str, str]) -> Input:
    """The words that are said."""
    found: Input = _plain(inputs.Narration.collect(FOLDER / f"{language}.po", said))
    return found


def settings_input(folder: Path) -> list[Input]:
    """What manim.cfg sets."""
    found: list[Input] = _plain(inputs.Settings.collect(folder))
    return found


def version_inputs() -> list[Input]:
    """The versions."""
    found: list[Input] = _plain(inputs.version_inputs())
    return found


def source_inputs(scene_file: Path | None) -> list[Input]:
    """The modules."""
    found: list[Input] = _plain(inputs.source_inputs(scene_file))
    return found


def spoken_inputs(voice: Voice, said: Iterable[Spoken]) -> list[Input]:
    """What speaks."""
    found: list[Input] = _plain(inputs.spoken_inputs(voice, said))
    return found
