"""``python -m benchmarks.farm``: what workers bring, what a scheduler costs, and how far both go.

Prints Markdown; the figures in ``docs/farm.md`` are from here. Nothing but ``--simulate`` takes
less than some minutes. ``--simulate OVERHEAD SECONDS SPREAD`` works from figures that are given:
the scheduler's seconds a task, a clip's seconds, and their standard deviation.
"""

from __future__ import annotations

import argparse
import hashlib
import heapq
import logging
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import fmean, median, pstdev
from typing import Any

import av
import numpy as np

from benchmarks.machine import describe
from litnet.clips.farm import Farm, Parcel, pack
from litnet.clips.farm.crews import LocalCrew
from litnet.clips.farm.jobs import Job
from litnet.clips.settings import Quality
from litnet.clips.task import RenderTask
from litnet.project import HOME as ROOT
from litnet.record.variant import Variant

CLIPS = 8
# A clip of one's own in a file that sets the encoder's threads; the project's is always the same.
OTHER_THREADS = """
import sys
from manim import config
sys.path.insert(0, {scenes!r})
config.video_encoder_options = dict(config.video_encoder_options) | {{"threads": "{threads}"}}
from layer_intro import LayerIntro
"""


def tasks(file: Path, size: tuple[int, int, int], count: int) -> list[RenderTask]:
    """LayerIntro for as many digits."""
    every = (ROOT / "assets" / "digits").glob("?_??.png")
    digits = sorted(every, key=lambda file: (file.stem[2:], file.stem))[:count]
    model = ROOT / "assets" / "models" / "vanilla.npz"
    return [
        RenderTask("LayerIntro", file, Variant.of(model, digit), Quality(*size)) for digit in digits
    ]


def frames(video: Path) -> str:
    """A digest of the decoded frames."""
    digest = hashlib.sha256()
    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
            digest.update(frame.to_ndarray().tobytes())
    return digest.hexdigest()


def timed(wanted: list[RenderTask], workers: int) -> tuple[float, float, dict[Path, str]]:
    """Wall seconds, seconds of processors, and the frames of each clip, by its digit."""
    with tempfile.TemporaryDirectory() as folder:
        crew = LocalCrew(workers, None)
        try:
            before, began = os.times(), time.monotonic()
            outcomes = list(Farm(crew).render(wanted, Path(folder), caching=False))
            wall = time.monotonic() - began
        finally:
            crew.close()  # only then are the workers' seconds known
        after = os.times()
        spent = after.children_user + after.children_system
        spent -= before.children_user + before.children_system
        failed = [outcome.error for outcome in outcomes if outcome.error]
        assert not failed, failed
        return (
            wall,
            spent,
            {Path(str(o.task.variant.digit)): frames(o.video) for o in outcomes if o.video},
        )


def measure_workers(rounds: int, size: tuple[int, int, int], quick: bool) -> None:
    """Eight clips by one worker and by several; the same clip in ranges."""
    scenes = ROOT / "scenes"
    usual = tasks(scenes / "layer_intro.py", size, CLIPS)
    with tempfile.TemporaryDirectory() as folder:
        one = Path(folder) / "one_thread.py"
        one.write_text(OTHER_THREADS.format(scenes=str(scenes), threads=1))
        single = tasks(one, size, CLIPS)
        ways = {
            "1 worker, 1 encoder thread": (single, 1),
            "2 workers, 1 encoder thread each": (single, 2),
            "8 workers, 1 encoder thread each": (single, 8),
            "2 workers": (usual, 2),
            "1 worker": (usual, 1),
        }
        if quick:
            ways = dict(list(ways.items())[:3])
        walls: dict[str, list[float]] = {way: [] for way in ways}
        spent: dict[str, list[float]] = {way: [] for way in ways}
        seen: dict[str, dict[Path, str]] = {}
        for _ in range(rounds):
            for way, (wanted, workers) in ways.items():
                wall, cpu, seen[way] = timed(wanted, workers)
                walls[way].append(wall)
                spent[way].append(cpu)
                print(f"<!-- {way}: {wall:.1f} s, {cpu:.1f} s of processors -->", flush=True)
    base = median(walls["1 worker, 1 encoder thread"])
    width, height, rate = size
    print(f"\nEight clips (LayerIntro of eight digits, {width} x {height}, {rate} fps):\n")
    print("| | seconds | processor seconds | times as fast | same frames as 1 worker |")
    print("|---|---|---|---|---|")
    for way in ways:
        like = "1 worker, 1 encoder thread" if ways[way][0] is single else "1 worker"
        same = "yes" if seen[way] == seen[like] else "NO"
        wall = median(walls[way])
        cpu = median(spent[way])
        print(f"| {way} | {wall:.1f} | {cpu:.1f} | {base / wall:.2f} | {same} |")
    if not quick:
        same = seen["1 worker"] == seen["1 worker, 1 encoder thread"]
        print(f"\n1 and 3 encoder threads give {'the same' if same else 'other'} frames.")


def measure_ranges(size: tuple[int, int, int]) -> None:
    """One clip, whole and in ranges."""
    wanted = tasks(ROOT / "scenes" / "layer_intro.py", size, 1)
    print(f"\nOne clip, {size[0]} x {size[1]}, {size[2]} fps:\n")
    print("| workers | seconds | processor seconds | times as fast | same frames |")
    print("|---|---|---|---|---|")
    first: tuple[float, dict[Path, str]] | None = None
    for workers in (1, 2, 4):
        wall, cpu, seen = timed(wanted, workers)
        first = first or (wall, seen)
        same = "yes" if seen == first[1] else "NO"
        print(
            f"| {workers} | {wall:.1f} | {cpu:.1f} | {first[0] / wall:.2f} | {same} |", flush=True
        )


def nothing(parcel: Parcel) -> bytes:
    """A task that takes no time, with everything that travels."""
    return b"".join(parcel.files.values())[:100_000]


def measure_scheduler(count: int) -> float:
    """Seconds of the scheduler and of everything around a task that takes no time itself."""
    from distributed import Client, LocalCluster

    task = tasks(ROOT / "scenes" / "layer_intro.py", (1920, 1080, 60), 1)[0]
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        Client(cluster) as client,
    ):
        parcels = [pack(Job(task, "whole", start=n), None) for n in range(count)]
        client.gather([client.submit(nothing, parcel, pure=False) for parcel in parcels[:20]])
        began = time.monotonic()
        waiting = [client.submit(nothing, parcel, pure=False) for parcel in parcels]
        for future in waiting:
            future.result()
        each = (time.monotonic() - began) / count
    size = sum(map(len, parcels[0].files.values()))
    print(
        f"\nDask, {count} tasks that take no time, each with {size / 1000:.0f} kB of inputs and "
        f"100 kB of results, 2 workers: {1000 * each:.2f} ms a task, all included."
    )
    return each


def simulate(overhead: float, seconds: float, spread: float, seed: int = 1) -> None:
    """10,000 clips on workers that a scheduler serves one after another.

    A clip's time is log-normal with the measured mean and standard deviation, and each worker has
    a speed of its own (normal, 10 %). A worker needs ``START`` seconds before its first clip.
    Whoever is free asks; the scheduler answers one at a time, ``overhead`` seconds each.
    Efficiency: what one worker after another would have needed, over workers times duration.
    """
    clips, start = 10_000, 2.0
    variance = float(np.log(1 + (spread / seconds) ** 2))
    print(
        f"\n{clips:,} clips of {seconds:.1f} s (standard deviation {spread:.1f} s), a scheduler "
        f"with {1000 * overhead:.1f} ms a task, seed {seed}:\n"
    )
    print("| workers | duration | efficiency | waiting for the scheduler | idle at the end |")
    print("|---|---|---|---|---|")
    for workers in (1, 10, 100, 1000, 10_000):
        rng = np.random.default_rng(seed)
        times = rng.lognormal(np.log(seconds) - variance / 2, variance**0.5, clips)
        speeds = np.clip(rng.normal(1, 0.1, workers), 0.5, 1.5)
        free = [(start, number) for number in range(workers)]
        heapq.heapify(free)
        scheduler, waited, work = 0.0, 0.0, 0.0
        ends = np.full(workers, start)
        for clip in times:
            asked, number = heapq.heappop(free)
            scheduler = max(scheduler, asked) + overhead
            waited += scheduler - asked
            took = clip / speeds[number]
            work += took
            ends[number] = scheduler + took
            heapq.heappush(free, (ends[number], number))
        duration = float(ends.max())
        idle = float((duration - ends).sum())
        whole = workers * duration
        print(
            f"| {workers:,} | {duration / 3600:.2f} h | {100 * work / whole:.1f} % "
            f"| {100 * waited / whole:.2f} % | {100 * idle / whole:.1f} % |"
        )
    print(f"\nOne scheduler keeps at most {seconds / overhead:,.0f} workers busy with such clips.")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="small films, the first three rows")
    parser.add_argument(
        "--simulate", type=float, nargs=3, metavar=("OVERHEAD", "SECONDS", "SPREAD")
    )
    parser.add_argument("--only", choices=("workers", "ranges", "scheduler", "task"))
    chosen: Any = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="<!-- %(message)s -->")  # lost workers
    if chosen.simulate:
        simulate(*chosen.simulate)
        return
    for what, value in describe():
        print(f"- {what}: {value}")
    if chosen.only in (None, "workers"):
        size = (320, 180, 5) if chosen.quick else (854, 480, 15)
        measure_workers(chosen.rounds, size, chosen.quick)
    if chosen.only in (None, "ranges"):
        measure_ranges((1920, 1080, 60))
    if chosen.only in (None, "scheduler"):
        measure_scheduler(1000)
    if chosen.only in (None, "task"):
        took = []
        for task in tasks(ROOT / "scenes" / "layer_intro.py", (1920, 1080, 60), 4):
            wall, _, _ = timed([task], 1)
            took.append(wall)
        print(f"\nA clip at 1080p60: {fmean(took):.1f} s, standard deviation {pstdev(took):.1f} s")


if __name__ == "__main__":
    sys.exit(main())
