"""``python -m benchmarks.run``: litnet beside stock Manim and beside the encoder alone.

Writes ``results.md`` and ``results.svg`` into this folder; with ``--quick``, ``quick.md`` and
``quick.svg`` into ``renders/``, because a quick run is for looking, not for quoting.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from benchmarks.process import ROOT, Found, run
from benchmarks.report import chart, report
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


@dataclass(frozen=True)
class Row:
    """One measurement and what became of it."""

    case: Case
    quality: str
    found: Found


def plan(quick: bool) -> list[tuple[str, Case]]:
    """What is measured: (quality, case)."""
    repetitions = 3 if quick else 5

    def case(piece: str, quality: str, sizes: tuple[int, ...] = VANILLA) -> tuple[str, Case]:
        width, height, rate = QUALITIES[quality]
        stock = {"flow": 5, "propagation": 6, "change": 3}[piece]
        frames = {"480p15": 90, "1080p60": 45 if quick else 120, "2160p60": 60}[quality]
        if sizes != VANILLA:
            stock, frames = 0, 30
        return quality, Case(piece, sizes, width, height, rate, frames, stock, repetitions)

    pieces = ("flow", "propagation", "change")
    if quick:
        return [case(piece, "1080p60") for piece in pieces]
    return [
        *(case(piece, quality) for quality in QUALITIES for piece in pieces),
        *(case(piece, "1080p60", s) for s in SIZES for piece in ("propagation", "change")),
    ]


def steps(case: Case) -> int:
    """How many reports a case makes."""
    return 1 + case.repetitions * (3 if case.stock_frames else 2)


def measure(case: Case, heard: Callable[[str], Any]) -> Found:
    """Measure one case in a process of its own."""
    kept = case.frames * case.width * case.height * 4 * 1.2
    return run(
        "benchmarks.worker",
        case.to_json(),
        most_bytes=MOST_BYTES + kept,
        most_seconds=MOST_SECONDS,
        heard=heard,
    )


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the essential rows only")
    quick = parser.parse_args().quick
    cases = plan(quick)
    rows = []
    console = Console()
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
    ) as progress:
        task = progress.add_task("", total=sum(steps(case) for _, case in cases))
        for quality, case in cases:
            name = f"{case.piece}, {'-'.join(map(str, case.sizes))}, {quality}"
            progress.update(task, description=name)
            done = 0

            def heard(_: str) -> None:
                nonlocal done
                done += 1
                progress.advance(task)

            rows.append(Row(case, quality, measure(case, heard)))
            progress.advance(task, steps(case) - done)
    text = report(rows, quick=quick)
    folder: Path = ROOT / "renders" if quick else Path(__file__).parent
    name = "quick" if quick else "results"
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    (folder / f"{name}.svg").write_text(chart(rows), encoding="utf-8")
    console.print(Markdown(text), width=max(console.width, 110))


if __name__ == "__main__":
    main()
