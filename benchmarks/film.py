"""The whole of a story, such as LayerIntro: rendered, and only encoded.

Each is a process of its own that reports in JSON lines:

``python -m benchmarks.film render STORY MEDIA SINCE [FLAG ...]``
    What ``manim render [FLAG ...] FILE STORY`` does with the story's file, by manim's own command
    line, with one addition: the time at which the first frame is handed over. ``SINCE`` is
    ``time.monotonic()`` of whoever started it, so that starting Python and importing count.
``python -m benchmarks.film encode FILM WIDTH HEIGHT RATE``
    The finished film's frames, decoded chunk by chunk; only the encoder's work is on the clock.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.worker import peak_memory, say
from litnet.clips.catalogue import find_stories

CHUNK = 24  # decoded frames in memory at a time; 200 MB at 1080p


def file_of(scene: str) -> Path:
    """Where a story of the catalogue is."""
    (story,) = find_stories((scene,))
    return story.file


def scene_class(scene: str) -> Any:
    """The class of a story of the catalogue."""
    file = file_of(scene)
    sys.path.insert(0, str(file.parent))
    return getattr(import_module(file.stem), scene)


def render(scene: str, media: str, since: float, *flags: str) -> None:
    """Render the film by manim's command line."""
    from manim.__main__ import main
    from manim.scene.scene_file_writer import SceneFileWriter

    hand_over = SceneFileWriter.write_frame
    seen: list[float] = []

    def write_frame(self: SceneFileWriter, pixels: Any, *, repeat: int = 1) -> None:
        hand_over(self, pixels, repeat=repeat)
        if not seen:
            seen.append(time.monotonic() - since)

    SceneFileWriter.write_frame = write_frame  # type: ignore[method-assign]
    arguments = ["render", *flags, "--media_dir", media, "--progress_bar", "none"]
    arguments.append("--disable_caching")  # all of it is to be drawn
    main([*arguments, "-v", "ERROR", str(file_of(scene)), scene], standalone_mode=False)
    seconds = time.monotonic() - since
    video = next(Path(media).glob(f"videos/*/*/{scene}.mp4"))
    frames = json.loads(video.with_suffix(".json").read_text())["video"]["frames"]
    cpu = time.process_time()
    say("litnet", wall=seconds / frames, cpu=cpu / frames, film=str(video), frames=frames)
    say("memory", bytes=peak_memory())
    say("first", seconds=seen[0])


def encode(film: Path, width: int, height: int, rate: int) -> None:
    """Encode the film's frames again, with the settings that it was made with."""
    import av
    from manim import config, tempconfig
    from manim._config.output import OutputFormat, OutputSpec
    from manim._config.video_encoder import resolve_video_encoder

    from litnet.light.renderer import LitSegmentEncoder

    wall = cpu = 0.0
    frames = 0
    with tempconfig({"pixel_width": width, "pixel_height": height, "frame_rate": rate}):
        spec = resolve_video_encoder(
            OutputSpec(OutputFormat.MP4, False, False, False),
            width=width,
            height=height,
            frame_rate=rate,
            options=config.video_encoder_options,
        )
    assert spec is not None
    with tempfile.TemporaryDirectory() as folder, av.open(film) as container:
        encoder = LitSegmentEncoder(target=Path(folder) / "again.mp4", spec=spec)
        decoded = container.decode(video=0)
        while True:
            chunk: list[Any] = [
                np.ascontiguousarray(frame.to_ndarray(format="rgba"), np.uint8)
                for frame in islice(decoded, CHUNK)
            ]
            start, start_cpu = time.perf_counter(), time.process_time()
            for pixels in chunk:
                encoder.write_frame(pixels)
            if not chunk:
                encoder.finish()
            wall += time.perf_counter() - start
            cpu += time.process_time() - start_cpu
            frames += len(chunk)
            if not chunk:
                break
    say("encoder", wall=wall / frames, cpu=cpu / frames)


def main() -> None:
    """Do what the command line says."""
    what, *rest = sys.argv[1:]
    if what == "render":
        render(rest[0], rest[1], float(rest[2]), *rest[3:])
    elif what == "encode":
        encode(Path(rest[0]), *map(int, rest[1:]))
    else:
        raise SystemExit(f"render or encode? Not {what!r}.")


if __name__ == "__main__":
    main()
