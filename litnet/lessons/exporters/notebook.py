"""Notebooks: the film inside the document."""

from __future__ import annotations

import base64

from litnet.lessons.clip import Clip
from litnet.lessons.exporters.job import Export, Job, as_json, text_of


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def embedded(clip: Clip) -> str:
    """The film as HTML that needs no other file: film, poster and captions are in it."""
    tracks = "\n".join(
        f'<track kind="captions" srclang="{text_of(language)}" label="{text_of(track.label)}" '
        f'src="{_data("text/vtt", track.captions_vtt().encode())}"'
        f"{' default' if language == clip.language else ''}>"
        for language, track in clip.tracks.items()
    )
    return (
        f'<video controls preload="metadata" playsinline width="{clip.width}" '
        f'height="{clip.height}" style="max-width:100%;height:auto" '
        f'aria-label="{text_of(clip.title)}" '
        f'poster="{_data("image/jpeg", clip.poster.read_bytes())}">\n'
        f'<source src="{_data("video/mp4", clip.video.read_bytes())}" type="video/mp4">\n'
        f"{tracks}\n</video>"
    )


def jupyter(job: Job) -> Export:
    """The two lines of a cell."""
    return Export(source(job))


def source(job: Job) -> str:
    """What stands in the cell."""
    return f'from litnet.lessons import Clip\n\nClip("{job.clip.name}")\n'


def notebook(text: str) -> str:
    """A notebook with one cell."""
    cell: dict[str, object] = {
        "cell_type": "code",
        "execution_count": None,
        "id": "litnet-clip",
        "metadata": {},
        "outputs": [],
        "source": text.rstrip("\n"),
    }
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return as_json(
        {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    )
