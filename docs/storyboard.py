"""Make docs/storyboard.md: ``python docs/storyboard.py``.

For each story, in the catalogue's order: every beat's last frame, small, and what it says in
English and Korean. The stories are evaluated, and of their films only these frames are drawn.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import Image

from litnet.clips.catalogue import STORIES, Story
from litnet.clips.manifest import Studio
from litnet.clips.settings import PREVIEW
from litnet.clips.still import as_image, evaluate, task_for
from litnet.record.schema import Record

PAGE = Path(__file__).with_suffix(".md")
IMAGES = PAGE.parent / "images" / "storyboard"
QUALITY = PREVIEW
WIDTH = 320  # of a frame, in pixels

HEAD = """# Storyboard

What each beat of each story shows at its end, and what is said in it. Made by `make storyboard`
from the stories themselves.
"""


def told(entry: Story, language: str, *, draws: bool) -> tuple[Record, dict[int, Image.Image]]:
    """What a story's film says of itself, and the small pictures of what stands still in it, by
    their frames' numbers; none unless it ``draws``."""
    pictures: dict[int, Image.Image] = {}
    scenes: list[Any] = []

    def wants(scene: Any, first: int, count: int) -> Iterable[int]:
        scenes[:] = [scene]
        stands = draws and scene.is_current_animation_frozen_frame()
        return (first + count - 1,) if stands else ()

    def shows(scene: Any, number: int, picture: Any) -> None:
        found = as_image(picture).convert("RGB")
        size = WIDTH, WIDTH * found.height // found.width
        pictures[number] = found.resize(size, Image.Resampling.LANCZOS)

    evaluate(task_for(Studio(), entry, QUALITY, language=language), wants, shows)
    return scenes[0].record(Path(f"{entry.scene}.mp4")), pictures


def said(caption: str) -> str:
    """A beat's words in one cell of a table, its cues apart."""
    cues = [" ".join(cue.split()) for cue in caption.split("\n\n")]
    return "<br>".join(cue.replace("|", "\\|") for cue in cues)


def part_about(entry: Story) -> str:
    """The part of the page about one story."""
    english, pictures = told(entry, "en", draws=True)
    korean, _ = told(entry, "ko", draws=False)
    seconds = round(english.beats[-1].end)
    lines = [
        f"\n## {english.title} · {korean.title}\n",
        f"`{english.source.file}`, {seconds} seconds\n",
        "| | beat | English | 한국어 |",
        "|---|---|---|---|",
    ]
    for number, (beat, other) in enumerate(zip(english.beats, korean.beats, strict=True), 1):
        file = IMAGES / f"{entry.scene}-{number}-{beat.name}.jpg"
        data = io.BytesIO()
        last = round(beat.end * QUALITY.frame_rate) - 1
        pictures[last].save(data, "JPEG", quality=72, optimize=True)
        file.write_bytes(data.getvalue())
        lines.append(
            f"| ![{beat.title}](images/storyboard/{file.name}) | {beat.title} | "
            f"{said(beat.caption)} | {said(other.caption)} |"
        )
    print(entry.scene, flush=True)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    IMAGES.mkdir(parents=True, exist_ok=True)
    for old in IMAGES.glob("*.jpg"):
        old.unlink()
    PAGE.write_text(HEAD + "".join(map(part_about, STORIES)), encoding="utf-8")
