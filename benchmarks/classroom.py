"""``python -m benchmarks.classroom [FILMS]``: LayerIntro for each pupil's digit, at 720p30.

All films are made by as many workers as there are cores, and no play is kept from before; then the
encoder alone encodes the frames of one of them again. Reports in JSON lines: seconds by the clock
and of the cores, for all films and for the encoder alone, and how much memory the largest process
took.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.farm import tasks
from benchmarks.process import run
from benchmarks.worker import say
from litnet.cache import cache_folder
from litnet.clips.farm import open_farm
from litnet.project import HOME

SIZE = (1280, 720, 30)
FILMS = 30


@contextmanager
def emptied_of_plays(folder: Path) -> Iterator[None]:
    """A cache with the outlines of words that the user has, and no play."""
    usual = cache_folder()
    if usual is not None and (usual / "outlines").is_dir():
        shutil.copytree(usual / "outlines", folder / "cache" / "outlines")
    before = os.environ.get("LITNET_CACHE")
    os.environ["LITNET_CACHE"] = str(folder / "cache")
    try:
        yield
    finally:
        if before is None:
            del os.environ["LITNET_CACHE"]
        else:
            os.environ["LITNET_CACHE"] = before


def main() -> None:
    """Measure, and report."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else FILMS
    wanted = tasks(HOME / "scenes" / "layer_intro.py", SIZE, count)
    assert len(wanted) == count, "so many digits are bundled"
    with tempfile.TemporaryDirectory() as folder, emptied_of_plays(Path(folder)):
        before, began = os.times(), time.monotonic()
        with open_farm() as farm:
            outcomes = list(farm.render(wanted, Path(folder)))
            wall = time.monotonic() - began
        after = os.times()  # the workers' seconds are known when they are gone
        failed = [outcome.error for outcome in outcomes if outcome.error]
        assert not failed, failed
        cpu = after.children_user + after.children_system
        cpu -= before.children_user + before.children_system
        say("class", wall=wall, cpu=cpu, films=count)
        outcome = outcomes[0]
        assert outcome.video is not None and outcome.record is not None
        frames = outcome.record["video"]["frames"]
        numbers = [str(number) for number in SIZE]
        for _ in range(3):
            alone = run(
                "benchmarks.film",
                *("encode", str(outcome.video), *numbers),
                most_bytes=6e9,
                most_seconds=900,
                heard=lambda: None,
            )
            for report in alone.reports["encoder"]:
                say("encoder", wall=report["wall"] * frames, cpu=report["cpu"] * frames)


if __name__ == "__main__":
    main()
