"""Make docs/storyboard.md from the published clips: ``python docs/storyboard.py``.

For each story, in the catalogue's order: every beat's last frame, small, and what it says in
English and Korean. It reads the clips' records and films, and so shows what they show.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import av

from litnet.clips.catalogue import STORIES
from litnet.project import current_root
from litnet.record.schema import read_record

CLIPS = current_root() / "renders" / "clips"
PAGE = Path(__file__).with_suffix(".md")
IMAGES = PAGE.parent / "images" / "storyboard"
WIDTH = 320  # of a frame, in pixels

HEAD = """# Storyboard

What each beat of each story shows at its end, and what is said in it. Made by `make storyboard`
from the clips themselves.
"""


def frames(video: Path, wanted: set[int]) -> dict[int, Any]:
    """The frames of these numbers, as small pictures."""
    found = {}
    with av.open(str(video)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted:
                picture = frame.to_image()
                found[number] = picture.resize((WIDTH, WIDTH * picture.height // picture.width))
    return found


def said(caption: str) -> str:
    """A beat's words in one cell of a table, its cues apart."""
    cues = [" ".join(cue.split()) for cue in caption.split("\n\n")]
    return "<br>".join(cue.replace("|", "\\|") for cue in cues)


def story(name: str) -> str:
    """The part of the page about one story; raises InputError where a record is missing."""
    english, korean = (read_record(CLIPS / f"{name}{end}.json") for end in ("", "--ko"))
    rate = english.video.frames / english.video.duration
    ends = [round(beat.end * rate) - 1 for beat in english.beats]
    pictures = frames(CLIPS / f"{name}.mp4", set(ends))
    seconds = round(english.video.duration)
    lines = [
        f"\n## {english.title} · {korean.title}\n",
        f"`{english.source.file}`, {seconds} seconds\n",
        "| | beat | English | 한국어 |",
        "|---|---|---|---|",
    ]
    for number, (beat, other) in enumerate(zip(english.beats, korean.beats, strict=True), 1):
        file = IMAGES / f"{name}-{number}-{beat.name}.jpg"
        data = io.BytesIO()
        pictures[ends[number - 1]].save(data, "JPEG", quality=72, optimize=True)
        file.write_bytes(data.getvalue())
        lines.append(
            f"| ![{beat.title}](images/storyboard/{file.name}) | {beat.title} | "
            f"{said(beat.caption)} | {said(other.caption)} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    IMAGES.mkdir(parents=True, exist_ok=True)
    for old in IMAGES.glob("*.jpg"):
        old.unlink()
    PAGE.write_text(HEAD + "".join(story(entry.scene) for entry in STORIES), encoding="utf-8")
