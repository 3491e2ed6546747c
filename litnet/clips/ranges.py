"""One job of a farm: a whole clip, or a range of a clip's animations, in this process.

A clip that several processes render goes through three kinds of job:

``plan``
    The story is walked through and nothing is drawn: this gives the length of each animation, the
    sound, and the clip's record, all but what only a picture can tell.
``part``
    The story is walked through as far as a range of its animations, which is drawn. Each animation
    is a video segment of its own, as manim has it; what was on screen comes along.
``join``
    The segments become the film, with the writer that a render in one process ends with.

A clip that one process renders is one job, ``whole``. Everything that a job makes lies in the
folder that it is given; what the next job needs to know is a small dictionary.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from litnet.clips.task import RenderTask
from network import InputError

if TYPE_CHECKING:
    from litnet.scene import LitScene

Report = Callable[[int, int], None]
DRAWN = (
    "snapshots",
    "numbers",
    "edges",
    "texts",
    "light_scales",
)  # what a record has from the pictures


@dataclass(frozen=True)
class Job:
    """What one process does for a clip; ``start`` and ``stop`` are animations, from 0."""

    task: RenderTask
    kind: Literal["whole", "plan", "part", "join"]
    start: int = 0
    stop: int = 0
    segments: tuple[Path, ...] = ()
    sound: Path | None = None
    record: dict[str, Any] | None = None


def split(lengths: Sequence[int], parts: int) -> list[range]:
    """Ranges of animations with about as many frames each; at most ``parts``, none of them empty.

    ``lengths`` are the frames of each animation. An animation belongs to the part in which its
    middle frame lies.
    """
    total = sum(lengths)
    parts = min(parts, len(lengths))
    ends, done = [0] * parts, 0
    for number, length in enumerate(lengths):
        middle = done + length / 2
        ends[min(parts - 1, int(middle * parts / max(total, 1)))] = number + 1
        done += length
    ranges, start = [], 0
    for end in ends:
        if end > start:
            ranges.append(range(start, end))
            start = end
    return ranges


def run(job: Job, folder: Path, report: Report) -> dict[str, Any]:
    """Do a job; ``report(drawn, walked)`` hears of frames as they go.

    Returns what the job gave: ``video`` and ``record`` (file names in ``folder``) of ``whole`` and
    ``join``; ``lengths``, ``record`` and ``sound`` of ``plan``; ``segments`` (file names) and
    ``shown`` of ``part``; ``error``, one sentence, of a story that failed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _JOBS[job.kind](job, folder, report)
    except BaseException as error:
        return {"error": said(error, job.task.file)}


def said(error: BaseException, file: Path) -> str:
    """The last line of a traceback, and the place: in the story if it passed there."""
    if isinstance(error, SystemExit):
        return str(error.code).removeprefix("litnet: ")
    if isinstance(error, InputError):
        return str(error)
    what = traceback.format_exception_only(error)[-1].strip()
    places = traceback.extract_tb(error.__traceback__)
    own = [place for place in places if Path(place.filename).resolve() == file.resolve()]
    place = (own or list(places))[-1]
    return f"{what} ({place.filename}:{place.lineno})"


def configure(task: RenderTask, folder: Path) -> None:
    """Set manim, which has read its files of settings, and litnet up for a task."""
    from manim import config

    config.update(
        {
            "pixel_width": task.width,
            "pixel_height": task.height,
            "frame_rate": task.frame_rate,
            "media_dir": str(folder),
            "input_file": str(task.file),
            "disable_caching": True,  # each folder is new
            "progress_bar": "none",
            "verbosity": "ERROR",
        }
    )
    os.environ |= task.environment()


def story(task: RenderTask) -> LitScene:
    """The scene, ready to be rendered.

    Raises
    ------
    InputError
        There is no such file, or no such scene in it.
    """
    from litnet.scene import LitScene

    if not task.file.is_file():
        raise InputError(f"{task.file}: no file of scenes there.")
    name = task.file.stem
    spec = importlib.util.spec_from_file_location(name, task.file)
    if spec is None or spec.loader is None:
        raise InputError(f"{task.file}: expected a Python file, with a name that ends in .py.")
    sys.path.insert(0, str(task.file.parent.resolve()))  # as manim does
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    found = getattr(module, task.scene, None)
    if not (isinstance(found, type) and issubclass(found, LitScene)):
        raise InputError(f"{task.file}: no LitScene {task.scene!r} in it.")
    return found()


def _listen(scene: LitScene, report: Report) -> None:
    count = [0, 0]

    def heard(frames: int) -> None:
        count[scene.film.walking] += frames
        report(*count)

    scene.film.on_frames = heard


def _whole(job: Job, folder: Path, report: Report) -> dict[str, Any]:
    configure(job.task, folder)
    scene = story(job.task)
    _listen(scene, report)
    scene.render()
    return _film(scene, folder)


def _plan(job: Job, folder: Path, report: Report) -> dict[str, Any]:
    configure(job.task, folder)
    scene = story(job.task)
    _listen(scene, report)
    writer = scene.film.file_writer
    _restrict(scene, range(0), walk_on=True)
    scene.render()
    record = msgspec.to_builtins(scene.record(writer.movie_file_path))
    plan: dict[str, Any] = {"lengths": scene.film.lengths, "record": "plan.json", "sound": None}
    (folder / "plan.json").write_text(json.dumps(record), encoding="utf-8")
    if writer.includes_sound:
        plan["sound"] = "sound.wav"
        writer.audio_segment.export(folder / "sound.wav", format="wav")
    return plan


def _part(job: Job, folder: Path, report: Report) -> dict[str, Any]:
    configure(job.task, folder)
    scene = story(job.task)
    _listen(scene, report)
    writer = scene.film.file_writer
    _restrict(scene, range(job.start, job.stop), walk_on=False)
    scene.render()
    record = msgspec.to_builtins(scene.record(writer.movie_file_path))
    files = [Path(name) for name in writer.partial_movie_files if name is not None]
    return {
        "segments": [file.relative_to(folder).as_posix() for file in files],
        "shown": {name: record[name] for name in DRAWN},
    }


def _join(job: Job, folder: Path, report: Report) -> dict[str, Any]:
    from litnet.clips.record import write_record

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
    write_record(writer.movie_file_path.with_suffix(".json"), job.record)
    return _film(scene, folder)


def _film(scene: LitScene, folder: Path) -> dict[str, Any]:
    video = scene.film.file_writer.movie_file_path
    if not video.is_file():
        raise SystemExit(f"litnet: {type(scene).__name__} plays nothing, and so gives no film.")
    name = video.relative_to(folder)
    return {"video": name.as_posix(), "record": name.with_suffix(".json").as_posix()}


def _restrict(scene: LitScene, only: range, *, walk_on: bool) -> None:
    """Draw only a range, and leave its segments as they are."""
    film = scene.film
    film.only, film.walk_on = only, walk_on
    film.file_writer.segments_only = True


def merged(record: dict[str, Any], parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """A plan's record with what the parts, in order, have shown."""
    whole = dict(record)
    parts = list(parts)
    for name in DRAWN:
        whole[name] = [entry for part in parts for entry in part[name]]
    scales = {scale["layer"]: scale for scale in whole["light_scales"]}
    whole["light_scales"] = [scales[layer] for layer in sorted(scales)]
    return whole


_JOBS = {"whole": _whole, "plan": _plan, "part": _part, "join": _join}
