"""The examples: a small story for each mobject and each animation, and its picture or its clip."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from stage import DOCS, ROOT

FOLDER = DOCS / "examples"
STILL = (1280, 720, 15)  # width and height in pixels, frames a second
MOVING = (854, 480, 15)
SMALL = 480  # pixels, the width of a card's picture


@dataclass(frozen=True)
class Example:
    """One story: what it shows, in words, and its file."""

    name: str  # the class that it is an example of
    about: str
    file: Path

    @property
    def code(self) -> str:
        """The story without its docstring."""
        return self.file.read_text("utf-8").partition('"""\n\n')[2].strip()

    @property
    def scene(self) -> str:
        """The class of the story: the last one of the file."""
        body = ast.parse(self.file.read_text("utf-8")).body
        return [node.name for node in body if isinstance(node, ast.ClassDef)][-1]


@cache
def examples() -> dict[str, Example]:
    """All of them, by the name of what each shows."""
    found = {}
    for file in sorted(FOLDER.glob("*.py")):
        told = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
        name, _, about = told.replace("\n", " ").partition(": ")
        found[name] = Example(name, about[:1].upper() + about[1:], file)
    return found


# --- pictures ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Shown:
    """The files that show an example: a picture (of a clip its last frame), small and whole, and
    perhaps the clip; ``size`` is that of the whole one in pixels."""

    picture: Path
    small: Path
    clip: Path | None
    size: tuple[int, int]


def shown(example: Example, moves: bool, kept: Path) -> Shown:
    """Make what shows an example, unless it is kept and would come out the same.

    Raises SystemExit, or whatever the story raises, where the story cannot be told.
    """
    stem = example.file.stem
    key = _key(example, moves)
    note = kept / f"{stem}.json"
    whole, small, clip = (kept / f"{stem}{end}" for end in (".webp", "-small.webp", ".mp4"))
    width, height, _ = MOVING if moves else STILL
    there = Shown(whole, small, clip if moves else None, (width, height))
    if note.is_file() and json.loads(note.read_text("utf-8")) == key:
        return there
    kept.mkdir(parents=True, exist_ok=True)
    frames = _frames(example, moves)
    last = frames[max(frames)]
    last.save(whole, "WEBP", quality=88, method=6)
    last.resize((SMALL, SMALL * height // width)).save(small, "WEBP", quality=82, method=6)
    if moves:
        _encode(frames, clip)
    note.write_text(json.dumps(key), encoding="utf-8")
    return there


def _key(example: Example, moves: bool) -> list[str]:
    """What decides how an example looks: the story and all code that it draws with, what litnet
    brings, and versions."""
    from litnet.record.modules import import_closure

    hasher = hashlib.sha256()
    for file in (example.file, *sorted(import_closure(example.file))):
        hasher.update(file.read_bytes())
    return [hasher.hexdigest(), _brought(), str(MOVING if moves else STILL), version("manim")]


@cache
def _brought() -> str:
    hasher = hashlib.sha256()
    for folder in ("digits", "fonts", "models"):
        for file in sorted((ROOT / "assets" / folder).rglob("*")):
            if file.is_file():
                hasher.update(file.read_bytes())
    return hasher.hexdigest()


def _frames(example: Example, moves: bool) -> dict[int, Any]:
    """The pictures of a story by their frames' numbers: all of them, or the last one that stands.

    Of a play that stands still only the first.
    """
    from litnet.clips.catalogue import Story
    from litnet.clips.manifest import Studio
    from litnet.clips.settings import Quality
    from litnet.clips.still import as_image, evaluate, task_for

    found: dict[int, Any] = {}

    def wants(scene: Any, first: int, count: int) -> Iterable[int]:
        stands = scene.is_current_animation_frozen_frame()
        if not moves:
            return (first,) if stands else ()
        return (first, first + count - 1) if stands else range(first, first + count)

    def shows(scene: Any, number: int, picture: Any) -> None:
        if not moves:
            found.clear()
        found[number] = as_image(picture).convert("RGB")

    quality = Quality(*(MOVING if moves else STILL))
    task = task_for(Studio(root=ROOT), Story(example.scene, example.file), quality)
    evaluate(task, wants, shows, checks=True)
    return found


def _encode(frames: dict[int, Any], file: Path) -> None:
    """Write an MP4 that plays while it loads; where a number lacks, the frame before stays."""
    import av

    width, height, rate = MOVING
    with av.open(str(file), "w", options={"movflags": "faststart"}) as container:
        stream: Any = container.add_stream("libx264", Fraction(rate))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": "23", "preset": "slow", "tune": "animation"}
        picture = None
        for number in range(max(frames) + 1):
            picture = frames.get(number, picture)
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode(None))
