"""How long ``litnet status`` and a ``litnet render`` with nothing to do take, of 200 variants.

Publishes one small film of LayerIntro under 200 names in a temporary folder, as 200 digits would
be, each with its own digit and record, and times the commands in processes of their own:

    python -m benchmarks.status
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from msgspec.structs import replace

from litnet.clips import variants
from litnet.clips.manifest import Studio, look
from litnet.clips.publish import publish
from litnet.project import real_path
from litnet.record.inputs import Digit
from litnet.record.schema import read_record

COUNT = 200
TIMES = 7
ROOT = Path(__file__).resolve().parents[1]

COMMAND = """
import sys
from pathlib import Path
from litnet.cli import main
from litnet.clips.manifest import Studio
from litnet.commands import clips

renders = Path(sys.argv[1])
studio = Studio(clips=renders / "clips", manifest=renders / "manifest.json")
clips.the_studio = lambda: studio
try:
    main(sys.argv[2:])
finally:
    loaded = {"manim", "numpy"} & set(sys.modules)
    print("loaded:", *sorted(loaded), file=sys.stderr)
"""


def film(folder: Path) -> Path:
    """LayerIntro, small and with one frame a second; its record is as large as that of any size."""
    flags = ("-r", "320,180", "--fps", "1", "-v", "ERROR", "--progress_bar", "none")
    story = "scenes/layer_intro.py"
    command = (sys.executable, "-m", "manim", "render", *flags, "--media_dir", str(folder), story)
    subprocess.run(command, cwd=ROOT, check=True)
    found = (p for p in folder.rglob("*.mp4") if "partial_movie_files" not in p.parts)
    return next(found)


def main() -> None:
    """Publish, then measure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        studio = Studio(clips=folder / "clips", manifest=folder / "manifest.json")
        video = film(folder / "media")
        record = read_record(video.with_suffix(".json"))
        (story,) = (story for story in studio.stories if story.scene == record.clip)
        configured = studio.configured()
        hero = real_path(str(configured.digit))
        digits = folder / "digits"
        digits.mkdir()
        began = time.perf_counter()
        publish(studio, story, story.scene, video, record)
        for number in range(COUNT - 1):
            digit = digits / f"pupil{number:03}.png"
            shutil.copy(hero, digit)
            entry = Digit.collect(digit, None)
            others = (one for one in record.inputs if one.role != "digit")
            its = replace(
                record,
                inputs=(*others, entry),
                variant=replace(record.variant, digit=entry.path),
            )
            (variant,) = variants.product(story, configured, studio.root, digits=[digit])
            publish(studio, story, variants.name_of(story, variant, configured, {}), video, its)
        print(f"published {COUNT} clips in {time.perf_counter() - began:.1f} s")
        began = time.perf_counter()
        entries = look(studio).entries
        print(
            f"manifest of {len(entries)} clips from the records: "
            f"{time.perf_counter() - began:.2f} s, {studio.manifest.stat().st_size / 1e6:.1f} MB"
        )
        for arguments in (("status",), ("render",), ("check",)):
            seconds = []
            for _ in range(TIMES):
                began = time.perf_counter()
                command = (sys.executable, "-c", COMMAND, str(folder), *arguments)
                done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
                seconds.append(time.perf_counter() - began)
            print(
                f"litnet {arguments[0]}: median {statistics.median(seconds):.2f} s, "
                f"{min(seconds):.2f} to {max(seconds):.2f} s; "
                f"{done.stdout.splitlines()[-1]}; {done.stderr.splitlines()[-1]}"
            )


if __name__ == "__main__":
    main()
