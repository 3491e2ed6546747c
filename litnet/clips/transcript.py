"""What a clip says, to be read without it: Markdown from its record.

The title, a heading for each beat with the time at which it begins, and each cue as a paragraph.
Words stand as they were spoken: what Markdown would take for a sign of its own is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from litnet.narration import own_name
from litnet.record.schema import Beat, Cue, Record

SIGNS = re.compile(r"[\\`*_\[\]<>&#|~$!]")
# At the beginning of a line: bullets, underlines of headings, and the point of a numbered list.
BULLET = re.compile(r"^(\d{1,9}(?=[.)])|(?=[-+=]))")


def transcript(record: Record) -> str:
    """The transcript of a clip, or of a film of ``parts`` (then a section for each)."""
    title = record.title
    lines = [f"# {escaped(title)}", f"*{_about(record)}*"]
    if not record.parts:
        lines += _sections(record.beats, record.cues, "##")
    else:
        for part in record.parts:
            said = [cue for cue in record.cues if part.start <= cue.start < part.end]
            if not said and part.title == title:
                continue  # the title card has said all that it says
            lines.append(_heading("##", part.title, part.start))
            lines += _sections(part.beats, said, "###")
    return "\n\n".join(lines) + "\n"


def _about(record: Record) -> str:
    language = record.variant.language
    said = [clock(record.video.duration), record.video.file]
    return escaped(", ".join([own_name(language), *said] if language else said))


def _sections(beats: Sequence[Beat], cues: Sequence[Cue], level: str) -> list[str]:
    lines = []
    for beat in beats:
        if beat.title:
            lines.append(_heading(level, beat.title, beat.start))
        lines += [
            escaped(" ".join(cue.text.split()))
            for cue in cues
            if beat.start <= cue.start < beat.end and cue.text.strip()
        ]
    return lines


def _heading(level: str, title: str, start: float) -> str:
    return f"{level} {escaped(' '.join(title.split()))} ({clock(start)})"


def clock(seconds: float) -> str:
    """Whole seconds as a player shows them: ``1:02``, and ``1:00:02`` from an hour on.

    >>> clock(62.9)
    '1:02'
    """
    minutes, rest = divmod(int(seconds + 1e-6), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def escaped(text: str) -> str:
    """A line of text in which Markdown finds no sign of its own."""
    text = SIGNS.sub(lambda sign: f"\\{sign[0]}", text)
    return BULLET.sub(lambda found: f"{found[0]}\\", text)
