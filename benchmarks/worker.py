"""Measures one piece, in a process of its own: ``python -m benchmarks.worker '{...}'``.

Answers with one JSON object a line as it goes, so that whoever started it can show progress, and
still knows what was measured if it has to be stopped. In order: litnet once, to warm up and for
its peak memory; litnet once more, keeping its frames; then, in turn and as often as wanted, stock
Manim, litnet, and the encoder alone on the frames that were kept.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Case:
    """What to measure; ``stock_frames`` 0 leaves stock Manim out."""

    piece: str
    sizes: tuple[int, ...]
    width: int
    height: int
    rate: int
    frames: int
    stock_frames: int
    repetitions: int

    def to_json(self) -> str:
        """As a command-line argument."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Case:
        """Back from a command-line argument."""
        found = json.loads(text)
        return cls(**{**found, "sizes": tuple(found["sizes"])})


def peak_memory() -> int:
    """The most memory that this process has had at a time, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    # Elsewhere getrusage has to do, which counts in bytes on macOS.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def encode(frames: list[Any], spec: Any, target: Path) -> tuple[float, float]:
    """Seconds, on the clock and of all cores, that manim's own encoder takes for ready frames."""
    from litnet.light.renderer import LitSegmentEncoder

    start, start_cpu = time.perf_counter(), time.process_time()
    encoder = LitSegmentEncoder(target=target, spec=spec)
    for frame in frames:
        encoder.write_frame(frame)
    encoder.finish()
    return time.perf_counter() - start, time.process_time() - start_cpu


def say(kind: str, **found: Any) -> None:
    """Report something that was measured; ``wall`` and ``cpu`` are seconds a frame."""
    print(json.dumps({"kind": kind, **found}), flush=True)


def measure(case: Case, media: Path) -> None:
    """Measure a case and report as it goes."""
    from manim import tempconfig

    from benchmarks.pieces import PIECES, Reading, render

    (lit_scene, stock_scene), reading = PIECES[case.piece], Reading(case.sizes)
    quiet = {"progress_bar": "none", "verbosity": "ERROR", "disable_caching": True}
    size = {"pixel_width": case.width, "pixel_height": case.height, "frame_rate": case.rate}
    with tempconfig({**quiet, **size, "media_dir": str(media)}):
        render(lit_scene, reading, case.frames)
        say("memory", bytes=peak_memory())
        kept: list[Any] = []
        spec = render(lit_scene, reading, case.frames, kept).session_spec.video_encoder
        for _ in range(case.repetitions):
            if case.stock_frames:
                stock = render(stock_scene, reading, case.stock_frames)
                say("stock", wall=stock.seconds_a_frame)
                del stock
            lit = render(lit_scene, reading, case.frames)
            say("litnet", wall=lit.seconds / lit.frames, cpu=lit.cpu / lit.frames)
            del lit
            wall, cpu = encode(kept, spec, media / "encoder.mp4")
            say("encoder", wall=wall / len(kept), cpu=cpu / len(kept))


def main() -> None:
    """Read the case from the command line."""
    with tempfile.TemporaryDirectory() as media:
        measure(Case.from_json(sys.argv[1]), Path(media))


if __name__ == "__main__":
    main()
