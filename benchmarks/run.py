"""``python -m benchmarks.run``: litnet beside stock Manim and beside the encoder alone.

Writes ``results.md`` and ``results.svg`` into this folder; with ``--quick``, ``quick.md`` and
``quick.svg`` into ``renders/``, because a quick run is for looking, not for quoting.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from benchmarks.process import ROOT, Found, run
from benchmarks.report import Row, brief, chart, report
from benchmarks.worker import Case

VANILLA = (784, 16, 16, 10)
SIZES = ((784, 128, 64, 10), (784, 512, 512, 10), (3072, 1024, 10))
QUALITIES = {
    "480p15": (854, 480, 15),
    "1080p60": (1920, 1080, 60),
    "2160p60": (3840, 2160, 60),
}
MOST_BYTES = 6e9  # for litnet; frames that are kept for the encoder come on top
MOST_SECONDS = 900.0
NEEDED_WIDTH = 130  # columns of a terminal that shows the table
OTHERS = ("classroom", "preview")  # modules with figures of their own, each where it is there
# Whole films, the qualities they are measured at, how often, and their animations, for the bar.
FILMS = {
    "LayerIntro": (QUALITIES, 5, 43),
    "Backwards": (("1080p60",), 3, 50),
    "ItLearns": (("1080p60",), 3, 45),
}


def plan(quick: bool) -> list[Case]:
    """The pieces that are measured."""
    repetitions = 3 if quick else 5

    def case(piece: str, quality: str, sizes: tuple[int, ...] = VANILLA) -> Case:
        width, height, rate = QUALITIES[quality]
        stock = {"flow": 5, "propagation": 6}.get(piece, 3)
        frames = {"480p15": 90, "1080p60": 45 if quick else 120, "2160p60": 60}[quality]
        if sizes != VANILLA:
            stock, frames = 0, 30
        return Case(piece, sizes, width, height, rate, frames, stock, repetitions)

    pieces = ("flow", "propagation", "drift", "jump", "zoom")
    if quick:
        return [case(piece, "1080p60") for piece in pieces[:3]]
    return [
        *(case(piece, quality) for quality in QUALITIES for piece in pieces),
        *(case(piece, "1080p60", s) for s in SIZES for piece in ("propagation", "drift")),
    ]


def steps(case: Case) -> int:
    """How many reports a case makes."""
    return 1 + case.repetitions * (3 if case.stock_frames else 2)


def measure(case: Case, heard: Callable[[], Any]) -> Row:
    """Measure one piece in a process of its own."""
    kept = case.frames * case.width * case.height * 4 * 1.2
    found = run(
        "benchmarks.worker",
        case.to_json(),
        most_bytes=MOST_BYTES + kept,
        most_seconds=MOST_SECONDS,
        heard=heard,
    )
    return Row(case.piece, case.sizes, f"{case.height}p{case.rate}", case.rate, found)


def measure_film(scene: str, quality: str, repetitions: int, heard: Callable[[], Any]) -> Row:
    """Render the whole film, encode its frames again, and draw it with stock mobjects, in turn."""
    width, height, rate = QUALITIES[quality]
    size = tuple(map(str, (width, height)))
    found = Found()
    limits = {"most_bytes": 2 * MOST_BYTES, "most_seconds": MOST_SECONDS}
    for _ in range(repetitions):
        with tempfile.TemporaryDirectory() as media:
            flags = ("--resolution", f"{width},{height}", "--fps", str(rate))
            since = str(time.monotonic())
            arguments = ("render", scene, media, since, *flags)
            film = run("benchmarks.film", *arguments, heard=heard, **limits)
            found.take(film)
            if film.stopped:
                break
            video = film.reports["litnet"][0]["film"]
            encoded = run(
                "benchmarks.film", "encode", video, *size, str(rate), heard=heard, **limits
            )
            found.take(encoded)
        plays = run("benchmarks.stock_film", scene, *size, heard=heard, **limits).reports["stock"]
        encoding = encoded.median("encoder")
        if plays and encoding:
            # Drawing and encoding overlap, at best: the slower of the two decides.
            spent = sum(play["seconds"] * max(encoding, play["draw"]) for play in plays)
            total = sum(play["seconds"] for play in plays)
            found.reports["stock"].append({"wall": spent / total})
    return Row(scene, VANILLA, quality, rate, found)


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the essential rows only")
    parser.add_argument(
        "--quality", choices=[*QUALITIES], help="the rows of one quality only; goes into renders/"
    )
    parser.add_argument("--no-film", action="store_true", help="leave out whole films")
    wanted = parser.parse_args()
    cases = plan(wanted.quick)
    films = [(scene, quality) for scene, (those, _, _) in FILMS.items() for quality in those]
    if wanted.quick or wanted.no_film:
        films = []
    if wanted.quality:
        cases = [c for c in cases if f"{c.height}p{c.rate}" == wanted.quality]
        films = [film for film in films if film[1] == wanted.quality]
    rows: list[Row] = []
    console = Console()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn())
    with Progress(*columns, MofNCompleteColumn(), TimeElapsedColumn(), console=console) as progress:
        film_steps = sum(FILMS[scene][1] * (4 + FILMS[scene][2]) for scene, _ in films)
        total = sum(map(steps, cases)) + film_steps
        task = progress.add_task("", total=total)

        def heard() -> None:
            progress.advance(task)

        after = 0
        for case in cases:
            name = f"{case.piece}, {'-'.join(map(str, case.sizes))}, {case.height}p{case.rate}"
            progress.update(task, description=name)
            rows.append(measure(case, heard))
            after += steps(case)
            progress.update(task, completed=after)  # also where a process was stopped
        for scene, quality in films:
            progress.update(task, description=f"{scene}, {quality}")
            repetitions, plays = FILMS[scene][1:]
            rows.append(measure_film(scene, quality, repetitions, heard))
            after += repetitions * (4 + plays)
            progress.update(task, completed=after)
        whole = not (wanted.quick or wanted.quality or wanted.no_film)
        others = {}
        for name in OTHERS if whole else ():
            if (Path(__file__).parent / f"{name}.py").is_file():
                progress.update(task, description=name)
                limits = {"most_bytes": MOST_BYTES, "most_seconds": 2 * MOST_SECONDS}
                others[name] = run(f"benchmarks.{name}", heard=lambda: None, **limits)
    text = report(rows, others, command="bench-quick" if wanted.quick else "bench")
    folder = Path(__file__).parent if whole else ROOT / "renders"
    name = "quick" if wanted.quick else "results"
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    (folder / f"{name}.svg").write_text(chart(rows), encoding="utf-8")
    if console.width >= NEEDED_WIDTH:
        console.print(Markdown(text))
    else:
        console.print(brief(rows), markup=False, highlight=False)


if __name__ == "__main__":
    main()
