"""From a save to the picture, and single frames.

``edit_to_picture`` and ``stills`` each give, for each place in a story, the medians of the seconds
that passed and of those that the CPU spent (on a busy machine the first are the longer ones).
"""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from benchmarks.worker import say
from litnet.clips.manifest import Studio
from litnet.clips.preview import Engine
from litnet.clips.settings import QUALITIES
from litnet.clips.still import story_named, task_for

STORY = "LayerIntro"
PLACES = {"middle": 34.0, "near the end": 65.0}  # seconds of the story
DRAFT, FULL = QUALITIES["l"], QUALITIES["h"]
TIMES = 5
# What a person waits for beside the imports of a scene, in a process of its own.
STILL = """
import sys, time
import litnet.story.scene, litnet.story.stills
from litnet.clips.manifest import Studio
from litnet.clips.still import Wish, still, story_named, task_for, write_png
from pathlib import Path
began = time.perf_counter(), time.process_time()
studio = Studio()
task = task_for(studio, story_named(sys.argv[1], studio))
write_png(still(task, Wish(at=float(sys.argv[2])))[2], Path(sys.argv[3]))
print(time.perf_counter() - began[0], time.process_time() - began[1])
"""


def edit_to_picture(times: int = TIMES) -> dict[str, tuple[float, float]]:
    """Seconds from a save to the frame's bytes, by place and lines; the process is warm."""
    return asyncio.run(_edits(times))


async def _edits(times: int) -> dict[str, tuple[float, float]]:
    studio = Studio()
    task = task_for(studio, story_named(STORY, studio))
    variant = {name: getattr(task.variant, name) for name in task.variant.__struct_fields__}
    engine = Engine(studio.root)
    engine.start()
    found: dict[str, tuple[float, float]] = {}
    try:
        for place, at in PLACES.items():
            for size in (DRAFT, FULL):
                took = []
                for _ in range(times + 1):
                    os.utime(task.file)
                    told = {
                        **{"scene": task.scene, "file": str(task.file), "variant": variant},
                        **{"width": size.width, "height": size.height, "rate": FULL.frame_rate},
                    }
                    frame = round(at * FULL.frame_rate)
                    began = time.perf_counter()
                    async for header, _data in engine.look({"task": told, "frame": frame}):
                        if header["kind"] != "picture":
                            break
                        took.append((time.perf_counter() - began, header["spent"]))
                found[f"{place}, {size.height} lines"] = _medians(took[1:])
    finally:
        engine.close()
    return found


def stills(folder: Path, times: int = TIMES) -> dict[str, tuple[float, float]]:
    """Seconds of ``litnet still`` beyond importing a scene, by place, from the second time on."""
    found: dict[str, tuple[float, float]] = {}
    for place, at in PLACES.items():
        took = []
        for _ in range(times + 1):
            command = [sys.executable, "-c", STILL, STORY, str(at), str(folder / "still.png")]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            passed, spent = map(float, done.stdout.split())
            took.append((passed, spent))
        found[place] = _medians(took[1:])
    return found


def _medians(took: list[tuple[float, float]]) -> tuple[float, float]:
    return median(passed for passed, _ in took), median(spent for _, spent in took)


if __name__ == "__main__":
    import tempfile

    for name, (passed, spent) in edit_to_picture().items():
        say(f"edit to picture, {name}", wall=passed, cpu=spent)
    with tempfile.TemporaryDirectory() as here:
        for name, (passed, spent) in stills(Path(here)).items():
            say(f"still, {name}", wall=passed, cpu=spent)
    say("memory", megabytes=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
