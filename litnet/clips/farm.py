"""Rendering tasks in processes of their own, one after another."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from litnet.clips.record import read_record
from litnet.clips.settings import ROOT
from litnet.clips.task import RenderTask
from network.errors import InputError


@dataclass(frozen=True)
class Progress:
    """How far a task is, in frames; the total is None until it is known."""

    task: RenderTask
    frames_done: int
    frames_total: int | None


@dataclass(frozen=True)
class Outcome:
    """What became of a task: a film with its record, or what went wrong."""

    task: RenderTask
    video: Path | None
    record: dict[str, Any] | None
    error: str | None


class Farm:
    """Renders tasks one after another, each in a process of its own."""

    def render(
        self,
        tasks: Sequence[RenderTask],
        folder: Path,
        on_progress: Callable[[Progress], None],
    ) -> Iterator[Outcome]:
        """Render tasks, yielding each as it comes; films are written below ``folder``."""
        for task in tasks:
            on_progress(Progress(task, 0, None))
            yield self._one(task, Path(tempfile.mkdtemp(dir=folder)))

    def _one(self, task: RenderTask, media: Path) -> Outcome:
        facts = {name: str(value) for name, value in asdict(task).items()}
        process = subprocess.Popen(
            [sys.executable, "-m", "litnet.clips.farm", json.dumps(facts), str(media)],
            cwd=ROOT,
            env=os.environ
            | {
                "LITNET_MODEL": str(task.model),
                "LITNET_DIGIT": str(task.digit),
                "LITNET_LANGUAGE": task.language,
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            _, said = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        if process.returncode:
            last = said.strip().splitlines()[-1:] or [f"exit code {process.returncode}"]
            return Outcome(task, None, None, last[0])
        video = next(p for p in media.rglob("*.mp4") if "partial_movie_files" not in p.parts)
        try:
            return Outcome(task, video, read_record(video.with_suffix(".json")), None)
        except InputError as error:
            return Outcome(task, None, None, str(error))


@contextmanager
def open_farm(
    workers: int | None = None, scheduler: str | None = None, time_limit: float | None = None
) -> Iterator[Farm]:
    """A farm, for as long as it is needed."""
    yield Farm()


def _render(facts: dict[str, str], media: str) -> None:
    from manim import tempconfig
    from manim.utils.module_ops import get_module

    settings = {
        "pixel_width": int(facts["width"]),
        "pixel_height": int(facts["height"]),
        "frame_rate": int(facts["frame_rate"]),
        "media_dir": media,
        "progress_bar": "none",
        "verbosity": "ERROR",
    }
    try:
        with tempconfig(settings):
            getattr(get_module(Path(facts["file"])), facts["scene"])().render()
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        raise SystemExit(
            f"{type(error).__name__}: {error} ({frame.filename}:{frame.lineno})"
        ) from error


if __name__ == "__main__":
    _render(json.loads(sys.argv[1]), sys.argv[2])
