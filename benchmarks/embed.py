"""How long ``litnet embed`` takes from start to end: the median of five, in seconds.

``python -m benchmarks.embed [CLIP]``; the clip has to be published.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time


def seconds(clip: str, times: int = 5) -> list[float]:
    """Wall time of each run; raises CalledProcessError if one of them fails."""
    command = [sys.executable, "-m", "litnet", "embed", clip]
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        found.append(time.perf_counter() - begun)
    return found


if __name__ == "__main__":
    runs = seconds(sys.argv[1] if len(sys.argv) > 1 else "LayerIntro")
    print(f"median of {len(runs)}: {statistics.median(runs):.3f} s")
