"""Formats that are text: HTML, Markdown and what is made of them."""

from __future__ import annotations

from litnet.clips.transcript import escaped
from litnet.lessons.exporters.job import (
    ASSETS,
    Export,
    Job,
    media,
    page,
    snippet,
    video,
)
from litnet.lessons.text import text_of
from litnet.narration import lang_attributes
from litnet.record.words import one_line


def html_page(job: Job) -> Export:
    """``<video>`` in ``<lit-clip>``: works with no script, and is richer with it."""
    return Export(snippet(job), media(job))


def iframe(job: Job) -> Export:
    """A frame around a page of its own."""
    clip = job.clip
    file = f"{clip.name}.html"
    text = (
        f'<iframe src="{job.url(file)}" width="{clip.width}" height="{clip.height}" '
        f'title="{text_of(clip.title)}" loading="lazy" allow="fullscreen" allowfullscreen>'
        "</iframe>\n"
    )
    return Export(text, {file: page(Job(clip, quiz=job.quiz), framed=True).encode(), **media(job)})


def markdown(job: Job) -> Export:
    """The poster as a link to the film, for Markdown that knows no film."""
    clip = job.clip
    title = escaped(one_line(clip.title))
    text = f"[![{title}]({job.url(f'{clip.name}.jpg')})]({job.url(f'{clip.name}.mp4')})\n"
    return Export(text, {f"{clip.name}.mp4": clip.video, f"{clip.name}.jpg": clip.poster})


def site(job: Job) -> Export:
    """HTML that stands in a Markdown page of MkDocs or Zensical as it is."""
    return Export(f"\n{snippet(job)}\n", media(job))


def sphinx(job: Job) -> Export:
    """A MyST directive with the HTML in it."""
    return Export(f"````{{raw}} html\n{snippet(job)}````\n", media(job))


def quarto(job: Job) -> Export:
    """A raw block of HTML."""
    return Export(f"````{{=html}}\n{snippet(job)}````\n", media(job))


def reveal(job: Job) -> Export:
    """A slide on which each fragment plays the film to the end of a beat."""
    clip = job.clip
    rate = float(clip.record.video.rate)
    beats = "\n".join(
        f'<span class="fragment" data-litnet-end="{beat.end:.6f}">'
        f"<bdi>{text_of(beat.title)}</bdi></span>"
        for beat in clip.beats
    )
    text = (
        f'<section class="litnet-slide" {lang_attributes(clip.language)} data-rate="{rate:g}">\n'
        f'<link rel="stylesheet" href="{job.url("litnet.css")}">\n'
        f'{video(job)}\n<p class="litnet-beats">\n{beats}\n</p>\n</section>\n'
        f"<!-- once in a deck, after reveal.js: "
        f'<script src="{job.url("litnet-reveal.js")}"></script> -->\n'
    )
    files = media(job, element=False)
    files |= {name: ASSETS / name for name in ("litnet.css", "litnet-reveal.js")}
    return Export(text, files)
