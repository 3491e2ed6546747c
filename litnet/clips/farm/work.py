"""A job done in this process: manim is set up, the story is loaded, and its film made.

All that a job makes lies, under the names of ``litnet.clips.farm.jobs``, in the folder that it is
given. Nothing here imports manim before a job wants it.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from litnet.clips.farm.jobs import (
    FILM,
    MOST_WORDS,
    PLAN,
    RECORD,
    SHOWN,
    SOUND,
    Job,
    Result,
    segment,
)
from litnet.clips.farm.ranges import DRAWN
from litnet.clips.space import no_space
from litnet.clips.task import RenderTask
from litnet.record.schema import Record, convert, encode, write_record
from network.errors import InputError, printable
from network.files import real

if TYPE_CHECKING:
    from litnet.story.scene import LitScene

Report = Callable[[int], None]
# 240 frames at 480p, 48 at 1080p: drawing them takes as long as another process needs to begin.
DRAWN_BY_PLAN = 100e6  # pixels


def run(job: Job, folder: Path, report: Report) -> Result:
    """Do a job; ``report`` hears how many frames are drawn. What goes wrong is in the result."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _JOBS[job.kind](job, folder, report)
    except BaseException as error:
        full = no_space(folder)
        return Result(error=f"{full}." if full else said(error, job.task.file))


def said(error: BaseException, file: Path) -> str:
    """The last line of a traceback, and the place: in the story if it passed there."""
    if isinstance(error, SystemExit):
        return printable(str(error.code).removeprefix("litnet: "), MOST_WORDS)
    if isinstance(error, InputError):
        return printable(error, MOST_WORDS)
    what = printable(traceback.format_exception_only(error)[-1].strip(), MOST_WORDS)
    if isinstance(error, SyntaxError) and error.filename:
        return f"{what} ({printable(error.filename)}:{error.lineno})"
    places = traceback.extract_tb(error.__traceback__)
    own = [place for place in places if real(place.filename) == real(file)]
    place = (own or list(places))[-1]
    return f"{what} ({place.filename}:{place.lineno})"


def configure(task: RenderTask, folder: Path, *, caching: bool = False) -> None:
    """Set manim, which has read its files of settings, and litnet up for a task."""
    from manim import config

    from litnet import style

    config.update(
        {
            "pixel_width": task.width,
            "pixel_height": task.height,
            "frame_rate": task.frame_rate,
            "media_dir": str(folder),
            "input_file": str(task.file),
            "disable_caching": not caching,
            "progress_bar": "none",
            "verbosity": "ERROR",
        }
    )
    os.environ |= task.variant.environment()
    style.wear(None)


def story(task: RenderTask, **settings: Any) -> LitScene:
    """The scene, made with manim's ``settings`` of scenes and ready to be rendered.

    A task with an empty name of a scene stands for the only one in its file.

    Raises
    ------
    InputError
        There is no such file, or no such scene in it.
    """
    from litnet.story.scene import LitScene

    if not task.file.is_file():
        raise InputError(f"{task.file}: no file of scenes there.")
    name = task.file.stem
    spec = importlib.util.spec_from_file_location(name, task.file)
    if spec is None or spec.loader is None:
        raise InputError(f"{task.file}: expected a Python file, with a name that ends in .py.")
    sys.path.insert(0, str(real(task.file.parent)))  # as manim does
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    scenes = {
        name: one
        for name, one in vars(module).items()
        if isinstance(one, type) and issubclass(one, LitScene) and one is not LitScene
    }
    own = [name for name, one in scenes.items() if one.__module__ == module.__name__]
    wanted = task.scene or (own[0] if len(own) == 1 else "")
    if wanted not in scenes:
        raise InputError(
            f"{task.file}: no LitScene {task.scene!r} in it."
            if task.scene
            else f"{task.file}: found {len(own)} stories, expected one, or FILE:NAME with one of: "
            f"{', '.join(own) or 'none'}."
        )
    return scenes[wanted](**settings)


def _ready(job: Job, folder: Path, report: Report) -> LitScene:
    configure(job.task, folder, caching=job.caching)
    scene = story(job.task)
    drawn = 0

    def heard(frames: int) -> None:
        nonlocal drawn
        drawn += 0 if scene.film.walking else frames
        report(drawn)

    scene.film.on_frames = heard
    return scene


def _whole(job: Job, folder: Path, report: Report) -> Result:
    scene = _ready(job, folder, report)
    scene.render()
    return _film(scene, folder)


def _plan(job: Job, folder: Path, report: Report) -> Result:
    scene = _ready(job, folder, report)
    film, writer = scene.film, scene.film.file_writer
    film.most_pixels = DRAWN_BY_PLAN if writer.kept else 0
    scene.render()
    if film.whole and film.frames:
        return _film(scene, folder)
    record = scene.record(writer.movie_file_path)
    (folder / PLAN).write_bytes(encode(record))
    if writer.includes_sound:
        writer.audio_segment.export(folder / SOUND, format="wav")
    to_draw = (film.left.get(number, 0) for number in range(len(film.lengths)))
    return Result(tuple(film.lengths), tuple(to_draw), sound=writer.includes_sound)


def _part(job: Job, folder: Path, report: Report) -> Result:
    scene = _ready(job, folder, report)
    writer = scene.film.file_writer
    scene.film.only = range(job.start, job.stop)
    writer.segments_only = True
    scene.render()
    record = scene.record(writer.movie_file_path)
    files = [Path(name) for name in writer.partial_movie_files if name is not None]
    for number, file in enumerate(files):
        file.replace(folder / segment(number))
    shown = {name: getattr(record, name) for name in DRAWN}
    (folder / SHOWN).write_bytes(msgspec.json.encode(shown))
    return Result(segments=len(files))


def _join(job: Job, folder: Path, report: Report) -> Result:
    assert job.record is not None
    configure(job.task, folder)
    scene = story(job.task)
    writer = scene.film.file_writer
    writer.partial_movie_files = [str(segment) for segment in job.segments]
    if job.sound is not None:
        from pydub import AudioSegment

        writer.includes_sound = True
        writer.audio_segment = AudioSegment.from_wav(job.sound)
    writer.combine_to_movie()
    write_record(writer.movie_file_path.with_suffix(".json"), convert(job.record, Record))
    return _film(scene, folder)


def _film(scene: LitScene, folder: Path) -> Result:
    video = scene.film.file_writer.movie_file_path
    if not video.is_file():
        raise SystemExit(f"litnet: {type(scene).__name__} plays nothing, and so gives no film.")
    video.with_suffix(".json").replace(folder / RECORD)
    video.replace(folder / FILM)
    return Result()


_JOBS = {"whole": _whole, "plan": _plan, "part": _part, "join": _join}
