"""Runs a measurement in a process of its own, within limits of memory and time."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Found:
    """What a process reported, by kind, and why it was stopped, if it was."""

    reports: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    stopped: str = ""

    def median(self, kind: str, name: str = "wall") -> float | None:
        """The median of a figure over the repetitions; None if there is none."""
        figures = self.figures(kind, name)
        return median(figures) if figures else None

    def figures(self, kind: str, name: str = "wall") -> list[float]:
        """A figure in every repetition."""
        return [float(report[name]) for report in self.reports[kind]]

    def take(self, other: Found) -> None:
        """Add what another process reported."""
        for kind, reports in other.reports.items():
            self.reports[kind].extend(reports)
        self.stopped = self.stopped or other.stopped


def resident(pid: int) -> int:
    """Memory that a process has now, in bytes; 0 where that cannot be told."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * 4096


def run(
    module: str,
    *arguments: str,
    most_bytes: float,
    most_seconds: float,
    heard: Callable[[], object],
) -> Found:
    """Run ``python -m module``, which reports in JSON lines, and stop it at its limits."""
    found = Found()
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,  # manim reads manim.cfg there
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    errors: list[str] = []

    def watch() -> None:
        end = time.monotonic() + most_seconds
        while process.poll() is None:
            if resident(process.pid) > most_bytes:
                found.stopped = f"stopped at {most_bytes / 1e9:.0f} GB"
            elif time.monotonic() > end:
                found.stopped = f"stopped after {most_seconds:.0f} s"
            if found.stopped:
                process.kill()
                return
            time.sleep(0.05)

    assert process.stdout is not None and process.stderr is not None
    stderr = process.stderr
    threads = [
        threading.Thread(target=watch),
        threading.Thread(target=lambda: errors.append(stderr.read())),
    ]
    for thread in threads:
        thread.start()
    for line in process.stdout:
        if line.startswith("{"):
            report = json.loads(line)
            found.reports[report.pop("kind")].append(report)
            heard()
    process.wait()
    for thread in threads:
        thread.join()
    if process.returncode and not found.stopped:
        last = "".join(errors).strip().splitlines()[-1:]
        found.stopped = f"failed: {' '.join(last)}"
    return found
