"""Make the loop and the pictures of the README: ``make loop``.

The frames are those of LayerIntro, evaluated anew; what is written in them (the captions) is cut
off, because a loop goes too fast to be read.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from litnet.clips.catalogue import find_stories
from litnet.clips.manifest import Studio
from litnet.clips.settings import Quality
from litnet.clips.still import as_image, evaluate, task_for

IMAGES = Path(__file__).parent / "images"
STILLS = {
    "flow": ("flow", 0.5),  # the beat, and how much of it is over
    "grey-values": ("grey-values", 1.0),
    "layer": ("first-layer", 1.0),
    "propagation": ("propagation", 0.62),
    "answer": ("answer", 1.0),
}
STILL_WIDTH = 1280  # pixels
RATE = 60  # frames a second of the story, as it is evaluated
LOOP_WIDTH, LOOP_RATE = 720, 15  # pixels, frames a second
UNDER = 0.855  # of the height, from where on there are captions
MOST = 1_500_000  # bytes


@dataclass(frozen=True)
class Part:
    """A part of a beat in the loop: from and to, as parts of the beat, and in how many seconds."""

    beat: str
    start: float
    end: float
    seconds: float


LOOP = (
    Part("flow", 0.0, 0.86, 4.2),
    Part("propagation", 0.1, 0.9, 3.2),
    Part("answer", 0.1, 1.0, 1.6),
)
REST = 1.2  # seconds that the last picture stays


def main() -> None:
    """Evaluate the story twice: for its times, and for the frames."""
    (story,) = find_stories(("LayerIntro",))
    task = task_for(Studio(), story, Quality(1280, 720, RATE))
    beats = {beat.name: beat for beat in evaluate(task, lambda *_: (), lambda *_: None).beats}

    def frame(beat: str, part: float) -> int:
        one = beats[beat]
        first, last = round(one.start * RATE), round(one.end * RATE) - 1
        return round(first + part * (last - first))

    stills = {frame(*place): name for name, place in STILLS.items()}
    loop = [
        frame(part.beat, part.start + (part.end - part.start) * n / (count - 1))
        for part in LOOP
        for count in (round(part.seconds * LOOP_RATE),)
        for n in range(count)
    ]
    wanted, found = {*stills, *loop}, {}

    def wants(scene: Any, first: int, count: int) -> Iterable[int]:
        return [number for number in range(first, first + count) if number in wanted]

    def shows(scene: Any, number: int, picture: Any) -> None:
        image = as_image(picture).convert("RGB")
        if number in stills:
            image.save(IMAGES / f"{stills[number]}.jpg", quality=88, optimize=True)
        cut = image.crop((0, 0, image.width, round(UNDER * image.height)))
        size = LOOP_WIDTH, round(LOOP_WIDTH * cut.height / cut.width)
        found[number] = cut.resize(size, Image.Resampling.LANCZOS)

    evaluate(task, wants, shows)
    frames = [found[number] for number in loop]
    times = [round(1000 / LOOP_RATE)] * (len(frames) - 1) + [round(1000 * REST)]
    for quality in range(80, 20, -6):
        data = io.BytesIO()
        options = {"save_all": True, "append_images": frames[1:], "loop": 0, "method": 6}
        frames[0].save(data, "WEBP", quality=quality, duration=times, **options)
        if len(data.getvalue()) < MOST:
            break
    (IMAGES / "loop.webp").write_bytes(data.getvalue())
    print(f"{IMAGES / 'loop.webp'}: {len(data.getvalue()):,} bytes, quality {quality}")


if __name__ == "__main__":
    main()
