"""Single frames of a story's film, drawn without its others: one of them, or one of each beat.

The frames are the film's own; see :mod:`litnet.story.stills`. Manim is imported only to draw.
"""

from __future__ import annotations

import io
import math
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from litnet.clips.catalogue import Story, meant
from litnet.clips.manifest import Studio
from litnet.clips.settings import QUALITIES, Quality
from litnet.clips.task import RenderTask
from litnet.project import Project, asset, shown_path
from litnet.record.inputs import no_record
from litnet.record.variant import filmed, known_captions, known_language, read_also
from litnet.theme import named
from litnet.voice import shown_voice
from network.errors import InputError, printable
from network.files import written_whole

if TYPE_CHECKING:
    from PIL import Image

TILE = 480  # pixels, the width of a beat's picture on a sheet
LABEL = 26  # pixels, the height of its label
GAP = 8  # pixels between pictures
COLUMNS = 4
GROUND, INK = (24, 24, 27), (235, 235, 235)


# --- what is asked for ---------------------------------------------------------------------------
def story_named(name: str, studio: Studio) -> Story:
    """A story of the catalogue, or any other: ``FILE``, or ``FILE:SCENE``.

    Raises InputError where there is none.
    """
    for story in studio.in_order:
        if story.scene == name:
            return story
    file, _, scene = name.partition(".py:")
    path = Path(f"{file}.py" if scene else name)
    if path.suffix == ".py":
        if not path.is_file():
            raise InputError(f"{printable(path)}: no file of scenes there.")
        return Story(scene, path.absolute())
    known = [story.scene for story in studio.in_order]
    raise InputError(
        f"{printable(name)}: no such story, nor a file of scenes (FILE.py, or FILE.py:NAME)"
        f"{meant(name, known)}"
    )


def task_for(
    studio: Studio,
    story: Story,
    quality: Quality = QUALITIES["h"],
    *,
    model: Path | None = None,
    digit: Path | None = None,
    baseline: Path | None = None,
    history: Path | None = None,
    language: str | None = None,
    voice: str | None = None,
    read_as: str | None = None,
    captions: str | None = None,
    theme: str | None = None,
) -> RenderTask:
    """What is to be looked at; what is not chosen is as the project and the environment have it."""
    chosen = filmed(Project.at(studio.root))
    files = {"model": model, "digit": digit, "baseline": baseline, "history": history}
    given: dict[str, str] = {}
    for role, path in files.items():
        if path is not None:
            if not path.exists():
                raise InputError(f"{printable(path)}: no such file, expected a {role}.")
            given[role] = shown_path(path, studio.root)
    if language:
        given["language"] = known_language(language)
    if voice:
        given["voice"] = str(shown_voice(voice, studio.root))
    if read_as:
        given["read_as"] = str(read_also(chosen.read_as, read_as))
    if captions:
        chosen = msgspec.structs.replace(chosen, captions=known_captions(captions))
    if theme:
        given["theme"] = named(theme, Project.at(studio.root)).name
    variant = msgspec.structs.replace(chosen, **given)
    return RenderTask(story.scene, story.file, variant, quality)


@dataclass(frozen=True)
class Wish:
    """Which frame: the last of a beat, the one at a time in seconds, the one of a number from 0;
    or, with none of these, the last of the story's last beat."""

    beat: str | None = None
    at: float | None = None
    frame: int | None = None

    def number(self, rate: int) -> int | None:
        """Of the frame, at ``rate`` frames a second; None if the beat decides.

        Raises
        ------
        InputError
            The time is none.
        """
        if self.at is None:
            return self.frame
        if not (math.isfinite(self.at) and self.at >= 0):
            raise InputError(f"--at {self.at}: expected a time in seconds, of at least 0.")
        return math.floor(self.at * rate + 1e-6)


# --- what is drawn -------------------------------------------------------------------------------
@dataclass(frozen=True)
class Beat:
    """A beat that was told, and the number of its last frame."""

    name: str
    title: str
    start: float
    end: float
    last: int


class Seen:
    """What a story showed of itself while it was evaluated."""

    def __init__(self) -> None:
        self.scene = ""
        self.frames = 0
        self.beats: list[Beat] = []


def evaluate(task: RenderTask, wants: Any, shows: Any, **settings: bool) -> Seen:
    """Evaluate a story; see :class:`litnet.story.stills.Stills` for what it is given.

    Raises
    ------
    SystemExit
        With one sentence, as in the making of a film. What else the story raises passes through.
    """
    from manim import config, tempconfig

    from litnet.clips.farm.work import configure, story
    from litnet.story.stills import Stills

    seen, environment = Seen(), dict(os.environ)
    with no_record(), tempfile.TemporaryDirectory(prefix="litnet-") as folder, tempconfig({}):
        try:
            configure(task, Path(folder))
            config.dry_run = True
            film = Stills(wants, shows, **settings)
            scene = story(task, renderer=film)
            scene.render()
        finally:  # one story's choices are not the next one's
            os.environ.clear()
            os.environ.update(environment)
    seen.scene, seen.frames = type(scene).__name__, film.frames
    rate = task.frame_rate
    seen.beats = [
        Beat(beat.name, beat.title, beat.start, beat.end, max(0, round(beat.end * rate) - 1))
        for beat in scene.beats.told
    ]
    return seen


def still(task: RenderTask, wish: Wish) -> tuple[str, int, Image.Image]:
    """One frame: the story's name, the frame's number, and its picture.

    Raises
    ------
    InputError
        There is no such beat, or the film ends before.
    """
    from manim.utils.exceptions import EndSceneEarlyException

    wanted = wish.number(task.frame_rate)
    found: list[tuple[int, Any]] = []

    def wants(scene: Any, first: int, count: int) -> Iterable[int]:
        if wanted is not None:
            return (wanted,) if first <= wanted < first + count else ()
        if wish.beat is not None and scene.beats.name != wish.beat:
            if found:
                raise EndSceneEarlyException  # the beat is over
            return ()
        return (first + count - 1,) if scene.is_current_animation_frozen_frame() else ()

    def shows(scene: Any, number: int, picture: Any) -> None:
        found[:] = [(number, picture)]
        if wanted is not None:
            raise EndSceneEarlyException

    seen = evaluate(task, wants, shows)
    if not found:
        raise InputError(_nothing(task, wish, seen))
    number, picture = found[0]
    return seen.scene, number, as_image(picture)


def _nothing(task: RenderTask, wish: Wish, seen: Seen) -> str:
    """Why there is no such frame."""
    names = ", ".join(dict.fromkeys(printable(beat.name) for beat in seen.beats))
    if wish.beat is not None:
        return (
            f"{seen.scene}: no beat {printable(repr(wish.beat))} in it, "
            f"expected one of: {names or 'none'}."
        )
    seconds = seen.frames / task.frame_rate
    asked = f"--at {wish.at:g}" if wish.at is not None else f"--frame {wish.frame}"
    if wish.at is None and wish.frame is None:
        return f"{seen.scene}: it has no beat, expected --at SECONDS or --frame NUMBER."
    return (
        f"{seen.scene}: {asked} is after its end; it is {seconds:.2f} s long, "
        f"{seen.frames} frames at {task.frame_rate} a second."
    )


def sheet(task: RenderTask) -> tuple[str, Image.Image]:
    """The story's name, and one picture of all its beats: the last frame of each, its name, time.

    Raises InputError if it has no beat.
    """
    from PIL import Image, ImageDraw, ImageFont

    tiles: dict[int, Image.Image] = {}
    width = min(TILE, task.width)
    height = round(task.height * width / task.width)

    def wants(scene: Any, first: int, count: int) -> Iterable[int]:
        told = scene.beats.name and scene.is_current_animation_frozen_frame()
        return (first + count - 1,) if told else ()

    def shows(scene: Any, number: int, picture: Any) -> None:
        picture = as_image(picture).convert("RGB")
        tiles[number] = picture.resize((width, height), Image.Resampling.LANCZOS)

    seen = evaluate(task, wants, shows)
    told = [beat for beat in seen.beats if beat.last in tiles]
    if not told:
        raise InputError(f"{seen.scene}: it has no beat, and so there is no sheet of them.")
    columns = min(COLUMNS, len(told))
    rows = -(-len(told) // columns)
    step = width + GAP, height + LABEL + GAP
    page = Image.new("RGB", (GAP + columns * step[0], GAP + rows * step[1]), GROUND)
    pen = ImageDraw.Draw(page)
    font = ImageFont.truetype(str(asset("assets/fonts/LitnetSans-Regular.ttf")), LABEL * 2 // 3)
    for place, beat in enumerate(told):
        x, y = GAP + place % columns * step[0], GAP + place // columns * step[1]
        page.paste(tiles[beat.last], (x, y))
        at = beat.last / task.frame_rate
        label = f"{printable(beat.name)}   {int(at) // 60}:{at % 60:05.2f}   frame {beat.last}"
        pen.text((x, y + height + LABEL // 2), label, INK, font, anchor="lm")
    return seen.scene, page


def as_image(picture: Any) -> Image.Image:
    """A frame (height, width, 4) as an image, with alpha only where a film has it."""
    from PIL import Image

    whole = bool((picture[:, :, 3] == 255).all())
    return Image.fromarray(picture[:, :, :3] if whole else picture)


def write_png(image: Image.Image, file: Path) -> None:
    """Write a picture under its name when it is whole.

    Raises
    ------
    InputError
        The name is no PNG's, or it cannot be written.
    """
    if file.suffix.lower() != ".png":
        raise InputError(f"{printable(file)}: a still is a PNG, expected a name that ends in .png.")
    data = io.BytesIO()
    image.save(data, "PNG", compress_level=1)  # a third larger, and five times as fast
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(file) as temporary:
            temporary.write_bytes(data.getvalue())
    except OSError as error:
        why = error.strerror or error
        raise InputError(f"{printable(file)}: cannot be written ({why}).") from error
