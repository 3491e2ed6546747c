"""What every exporter is given, and what it gives."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from litnet.lessons.clip import ELEMENT as ELEMENT
from litnet.lessons.clip import Clip, as_text
from litnet.lessons.page_data import data_script
from litnet.lessons.questions import quiz_script
from litnet.lessons.text import text_of
from litnet.lessons.words import words_attribute, words_file, words_script
from litnet.narration import lang_attributes
from litnet.record.words import plain

ASSETS = Path(__file__).resolve().parent / "assets"

SITE = r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#\\\s]*"  # scheme and host of an address

Content = Path | bytes
Questions = list[dict[str, Any]]


@dataclass(frozen=True)
class Job:
    """One clip for one format.

    ``base`` is what addresses of files begin with, percent-encoded, ``"media/"`` say; ``quiz``
    holds the questions, compiled for this clip; ``other_base`` stands in the place of ``base`` in
    attributes that a site's builder leaves alone while it corrects ``src`` and ``href``;
    ``template`` is where the author's H5P libraries are; ``page_language`` is that of the page,
    if it is not the clip's.
    """

    clip: Clip
    base: str = ""
    quiz: Questions = field(default_factory=list)
    other_base: str | None = None
    template: Path | None = None
    page_language: str | None = None

    @property
    def language(self) -> str:
        """That of the page, in which the element speaks."""
        return self.page_language or self.clip.language

    @property
    def elsewhere(self) -> bool:
        """Whether the files may be on another origin than the page."""
        return re.match(SITE, self.base) is not None

    def url(self, file: str) -> str:
        """The address of a file, fit for an attribute."""
        return html.escape(self.base + quote(file), quote=True)

    def other_url(self, file: str) -> str:
        """The same for an attribute that is neither ``src`` nor ``href``."""
        base = self.base if self.other_base is None else self.other_base
        return html.escape(base + quote(file), quote=True)


@dataclass(frozen=True)
class Export:
    """What is pasted, and the files that it needs, by name.

    ``said`` is what the author should know, a sentence each.
    """

    text: str | bytes
    files: Mapping[str, Content] = field(default_factory=dict)
    said: tuple[str, ...] = ()


def as_address(base: str) -> str:
    """What addresses begin with, percent-encoded where an address cannot have it as it is.

    A scheme and a host stay; so does what is percent-encoded already. ``?`` and ``#`` are those of
    a folder's name: what follows is the name of a file.

    >>> as_address("https://films.example/my media/100%/a%20b?/")
    'https://films.example/my%20media/100%25/a%20b%3F/'
    """
    site = re.match(SITE, base)
    start = site[0] if site else ""
    whole = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", plain(base[len(start) :]))
    return start + quote(whole, safe="/:@!$&'*+,;=~%")


def media(job: Job, *, element: bool = True) -> dict[str, Content]:
    """The files of a clip: film, poster, tracks; and what makes the film richer."""
    clip = job.clip
    files: dict[str, Content] = {f"{clip.name}.mp4": clip.video, f"{clip.name}.jpg": clip.poster}
    for language, track in clip.tracks.items():
        files[f"{clip.name}.{language}.vtt"] = track.captions_vtt().encode()
        files[f"{clip.name}.{language}.chapters.vtt"] = track.chapters_vtt().encode()
    if element:
        files[f"{clip.name}.data.js"] = data_script(clip).encode()
        files["litnet.css"] = ASSETS / "litnet.css"
        if job.quiz:
            files[f"{clip.name}.quiz.js"] = quiz_script(clip.name, job.quiz).encode()
        if words := words_script(job.language):
            files[words_file(job.language)] = words.encode()
        files["lit-clip.js"] = ELEMENT
    return files


def video(job: Job, *, controls: bool = True, preload: str = "metadata") -> str:
    """The film as an element that works with no script; no empty line is in it.

    Captions are shown where the picture has none; where it has its own words, only if somebody
    asks for others. Those that are shown are in the page itself, so that they are there from a
    disk, too; so are all tracks of a film on another origin, which browsers would load only where
    that allows it (``crossorigin`` would ask it to, and lose the film where it does not).
    """
    clip, name = job.clip, job.clip.name
    lines = [
        f'<video{" controls" if controls else ""} preload="{preload}" playsinline '
        f'width="{clip.width}" height="{clip.height}" poster="{job.other_url(f"{name}.jpg")}" '
        f'aria-label="{text_of(clip.title)}">',
        f'<source src="{job.url(f"{name}.mp4")}" type="video/mp4">',
    ]
    for kind, ending in (("captions", "vtt"), ("chapters", "chapters.vtt")):
        for language, track in clip.tracks.items():
            shown = kind == "captions" and language == clip.language and not clip.burned
            source = job.url(f"{name}.{language}.{ending}")
            if shown or job.elsewhere:
                text = track.captions_vtt() if kind == "captions" else track.chapters_vtt()
                source = as_text("text/vtt", text)
            lines.append(
                f'<track kind="{kind}" srclang="{text_of(language)}" '
                f'label="{text_of(track.label)}" src="{source}"{" default" if shown else ""}>'
            )
    link = f'<a href="{job.url(f"{name}.mp4")}"><bdi>{text_of(clip.title)}</bdi></a>'
    return "\n".join([*lines, f"<p>{link}</p>", "</video>"])


def element(job: Job) -> str:
    """The film in ``<lit-clip>``, which loads its data, its questions and the film's own
    when it comes near: a page with many films is soon ready."""
    name = job.clip.name
    asked = f' quiz="{job.other_url(f"{name}.quiz.js")}"' if job.quiz else ""
    more = asked + words_attribute(job.language, job.other_url(""))
    data = job.url(f"{name}.data.js")
    film = video(job, preload="none")
    return f'<lit-clip name="{text_of(name)}" data-src="{data}"{more}>\n{film}\n</lit-clip>'


def snippet(job: Job) -> str:
    """The same with the style and the script of that element.

    A ``div`` without an empty line: Markdown leaves it as it is.
    """
    lines = [
        f'<div class="litnet-clip" {lang_attributes(job.language)}>',
        f'<link rel="stylesheet" href="{job.url("litnet.css")}">',
        element(job),
        f'<script src="{job.url("lit-clip.js")}" defer></script>',
        "</div>",
    ]
    return "\n".join(lines) + "\n"


POLICY = (
    "default-src 'none'; script-src 'self'; worker-src blob:; style-src 'self'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'"
)


def page_head(
    title: str,
    language: str,
    styles: Sequence[str],
    scripts: Sequence[str] = (),
    *,
    listed: bool = True,
    kind: str = "",
) -> list[str]:
    """The lines of a page up to its body; ``title`` is escaped, styles and scripts are addresses.

    ``listed`` is whether a search engine may list it, ``kind`` the class of its body.
    """
    return [
        "<!doctype html>",
        f"<html {lang_attributes(language)}>",
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        *(() if listed else ('<meta name="robots" content="noindex">',)),
        f"<title>{title}</title>",
        '<link rel="icon" href="data:,">',
        *(f'<link rel="stylesheet" href="{style}">' for style in styles),
        *(f'<script defer src="{name}"></script>' for name in scripts),
        "</head>",
        f'<body class="{kind}">' if kind else "<body>",
    ]


def page(job: Job, *, scripts: tuple[str, ...] = (), framed: bool = False) -> str:
    """A whole page with the film in it, and nothing else; its title is not seen where it is
    framed by another page."""
    more = "".join(f'<script src="{job.url(name)}" defer></script>\n' for name in scripts)
    title = text_of(job.clip.title)
    return (
        "<!DOCTYPE html>\n"
        f"<html {lang_attributes(job.language)}>\n<head>\n"
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n"
        f'<link rel="stylesheet" href="{job.url("litnet.css")}">\n{more}'
        f'</head>\n<body class="litnet-page{" litnet-framed" if framed else ""}">\n<main>\n'
        f"<h1>{title}</h1>\n{snippet(job)}</main>\n</body>\n</html>\n"
    )


def as_json(data: object) -> str:
    """JSON for a file."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
