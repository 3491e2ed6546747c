"""The page of a class: every digit with the network's answer, what was mixed up, the films.

A folder that works from ``file://``, with a page in each language that has words for it and no
script but that of the films.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isqrt
from pathlib import Path

import numpy as np

from litnet.clips.manifest import Entry, Studio, look
from litnet.lessons.build import WEB, check_target, in_place
from litnet.lessons.clip import Clip, stale_clips
from litnet.lessons.exporters.job import Job, media, page_head, snippet
from litnet.lessons.fonts import font_faces, page_fonts
from litnet.lessons.text import text_of
from litnet.narration import (
    FALLBACK,
    lang_attributes,
    languages,
    localised,
    own_name,
    said,
    signs_of,
    translated,
)
from litnet.project import shown_path
from litnet.record.pupils import Pupil, pupil_of
from litnet.record.variant import reading_options
from network import MLP, load_network
from network.arrays import Array
from network.classes import class_names
from network.digits import read_image
from network.errors import InputError, printable
from network.pictures import open_picture
from network.preparation import box_resize

MARK = "class.json"  # what a built page says of itself; only such a folder is replaced
SHOWN = 200  # pixels on the longer side of a digit as it was written
MOST_SURE = 6  # mistakes
FIRST = "LayerIntro"  # the film that is shown where there are several of a digit


@dataclass(frozen=True, eq=False)
class Answer:
    """A pupil's digit: as it was written, as the network sees it, and what that makes of it.

    ``image``, ``answer`` and ``activation`` are None for a picture that cannot be read.
    """

    number: int
    picture: Path
    pupil: Pupil
    written: Array
    image: Array | None = None
    answer: int | None = None
    activation: float | None = None

    @property
    def name(self) -> str:
        """Who wrote it, or what the file is called."""
        return self.pupil.name or printable(self.picture.stem, 40)

    @property
    def right(self) -> bool | None:
        """Whether it was read rightly; None if nobody knows."""
        meant = self.pupil.digit
        return None if meant is None or self.answer is None else meant == self.answer


@dataclass(frozen=True)
class Page:
    """What was built: the folder, how many digits, known ones, right ones and films are in it."""

    folder: Path
    digits: int
    known: int
    right: int
    films: int


def build(
    pictures: Sequence[Path],
    model: Path,
    target: Path,
    *,
    read_as: str | None = None,
    studio: Studio | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Page:
    """Build the page of some digits; what was built before stays unless all of it succeeds.

    ``read_as`` is how they are to be read, as a variant has it. ``say`` is told of what cannot be
    read, or is in an unusual way, and of films that are stale.

    Raises
    ------
    InputError
        The model is none that reads pictures and tells the ten digits apart, a list of the class
        cannot be read, or nothing can be written.
    """
    studio = studio or Studio()
    for picture in pictures:
        check_target(target, picture.parent, MARK)
    network = load_network(model)
    names = class_names(model, network.sizes[-1])
    if names != tuple("0123456789") or isqrt(network.sizes[0]) ** 2 != network.sizes[0]:
        raise InputError(f"{printable(model)}: expected a network that reads pictures of digits")
    answers = [_answer(n, p, network, read_as, say) for n, p in enumerate(pictures, start=1)]
    spoken = _spoken()
    films = {language: _films(studio, answers, network, read_as, language) for language in spoken}
    shown = {
        entry.name: Clip(entry.name, studio=studio) for f in films.values() for entry in f.values()
    }
    stale: dict[str, list[str]] = {}
    for old in stale_clips(studio, shown.values()) if shown else ():
        stale.setdefault(", ".join(old.reasons), []).append(old.name)
    for why, which in stale.items():
        more = f" and {len(which) - 1} more: the films are" if which[1:] else ": the film is"
        say(f"{which[0]}{more} stale ({why})")
    with in_place(target) as work:
        (work / "digits").mkdir()
        for one in answers:
            _write_picture(one.written, work / "digits" / f"{one.number}.png")
            if one.image is not None:
                _write_picture(one.image, work / "digits" / f"{one.number}-seen.png")
        if shown:
            (work / "films").mkdir()
        for clip in shown.values():
            job = Job(clip)
            for name, content in media(job).items():
                if isinstance(content, bytes):
                    (work / "films" / name).write_bytes(content)
                else:
                    shutil.copyfile(content, work / "films" / name)
            (work / "films" / f"{clip.name}.html").write_text(_film_page(job), encoding="utf-8")
        pages = {one: _html(answers, films[one], model, one, spoken) for one in spoken}
        for language, html in pages.items():
            (work / _file(language)).write_text(html, encoding="utf-8")
        fonts = page_fonts("".join([*pages.values(), *(clip.said for clip in shown.values())]))
        if fonts:
            (work / "fonts").mkdir()
        for name, data in fonts.items():
            (work / "fonts" / name).write_bytes(data)
        style = (WEB / "lesson.css").read_text(encoding="utf-8")
        (work / "lesson.css").write_text(font_faces(fonts) + style, encoding="utf-8")
        shutil.copyfile(WEB / "class.css", work / "class.css")
        known = [one for one in answers if one.right is not None]
        right = sum(bool(one.right) for one in known)
        facts = {"digits": len(answers), "known": len(known), "right": right, "films": len(shown)}
        (work / MARK).write_text(json.dumps(facts) + "\n", encoding="utf-8")
    return Page(target, len(answers), len(known), right, len(shown))


def _answer(
    number: int, picture: Path, network: MLP, read_as: str | None, say: Callable[[str], None]
) -> Answer:
    pupil = pupil_of(picture)
    side = isqrt(network.sizes[0])
    try:
        found = read_image(picture, side, **reading_options(read_as))
    except InputError as error:
        say(str(error))
        try:
            grey = open_picture(picture, "expected a picture of a digit", side).grey
        except InputError:
            grey = np.full((side, side), 0.5)
        return Answer(number, picture, pupil, _smaller(grey))
    for sentence in found.sentences:
        say(sentence)
    done = network.forward(found.image.ravel())
    answer, activation = int(done.prediction), float(done.confidence)
    return Answer(number, picture, pupil, _smaller(found.grey), found.image, answer, activation)


def _smaller(grey: Array) -> Array:
    scale = SHOWN / max(grey.shape)
    if scale >= 1:
        return grey
    return box_resize(grey, *(max(1, round(n * scale)) for n in grey.shape))


def _write_picture(grey: Array, file: Path) -> None:
    from PIL import Image

    Image.fromarray(np.rint(grey * 255).astype(np.uint8)).save(file, format="PNG", optimize=True)


def _films(
    studio: Studio,
    answers: Sequence[Answer],
    network: MLP,
    read_as: str | None,
    language: str,
) -> dict[int, Entry]:
    """The published film of each digit by the numbers of the answers: of this network, read in this
    way, in this language if there is one, LayerIntro before other stories."""
    places = {shown_path(one.picture, studio.root): one.number for one in answers}
    found: dict[int, Entry] = {}

    def rank(entry: Entry) -> tuple[bool, bool, str]:
        return entry.variant.language != language, entry.clip != FIRST, entry.name

    for entry in sorted(look(studio).entries.values(), key=rank):
        number = places.get(entry.variant.digit or "")
        models = [one.digest for one in entry.inputs if one.role == "model"]
        same = entry.variant.read_as == read_as and network.digest in models
        if number is not None and same:
            found.setdefault(number, entry)
    return found


# --- the page ------------------------------------------------------------------------------------
def _spoken() -> tuple[str, ...]:
    """The languages that have words for the page."""
    return tuple(one for one in languages() if translated("Class.page", one)[1].stem == one)


def _file(language: str) -> str:
    return "index.html" if language == FALLBACK else f"{language}.html"


def _html(
    answers: Sequence[Answer],
    films: dict[int, Entry],
    model: Path,
    language: str,
    spoken: Sequence[str],
) -> str:
    known = [one for one in answers if one.right is not None]
    wrong = [one for one in known if not one.right]
    unknown = sum(one.pupil.digit is None for one in answers)
    title = text_of(said("Class.page", language))
    name = printable(model.name)
    about = [said("Class.page.about", language, count=len(answers), model=name)]
    if known:
        right = len(known) - len(wrong)
        about.append(said("Class.page.score", language, right=right, known=len(known)))
    classes = ("about", "score")
    lines = [
        *_head(title, language),
        "<header>",
        f'<nav aria-label="{text_of(said("Class.page.languages", language))}">'
        '<ul class="languages">',
    ]
    for other in spoken:
        here = ' aria-current="page"' if other == language else ""
        lines.append(
            f'<li><a href="{_file(other)}" {lang_attributes(other)} hreflang="{other}"{here}>'
            f"{text_of(own_name(other))}</a></li>"
        )
    lines += ["</ul></nav>", f"<h1>{title}</h1>"]
    for kind, text in zip(classes, about, strict=False):
        lines.append(f'<p class="{kind}">{text_of(text)}</p>')
    lines += ["</header>", "<main>"]
    if known:
        lines += _mixed(known, wrong, language)
    if wrong:
        sure = sorted(wrong, key=lambda one: -(one.activation or 0.0))[:MOST_SURE]
        lines.append(f"<h2>{text_of(said('Class.page.surest', language))}</h2>")
        how = text_of(said("Class.page.surest.how", language))
        lines.append(f'<p class="about">{how}</p>')
        lines.append(f'<ul class="digits surest">{_cards(sure, films, language, "s")}</ul>')
    lines.append(f"<h2>{text_of(said('Class.page.all', language))}</h2>")
    how = text_of(said("Class.page.all.how", language))
    lines.append(f'<p class="about">{how}</p>')
    if unknown:
        text = text_of(said("Class.page.unknown", language, count=unknown))
        lines.append(f'<p class="about">{text}</p>')
    lines.append(f'<ul class="digits">{_cards(answers, films, language, "d")}</ul>')
    lines += ["</main>", "<footer>", f"<p>{text_of(said('Class.page.made', language))}</p>"]
    return "\n".join([*lines, "</footer>", "</body>", "</html>", ""])


def _head(title: str, language: str, place: str = "") -> list[str]:
    """The beginning of a page; ``place`` leads from it to the folder's own files."""
    styles = [f"{place}lesson.css", f"{place}class.css"]
    return page_head(title, language, styles, listed=False)  # names of pupils are nobody's business


def _film_page(job: Job) -> str:
    """A pupil's film, with the way back to all digits."""
    language = job.clip.language
    title, back = text_of(job.clip.title), language if language in _spoken() else FALLBACK
    lines = [
        *_head(title, language, "../"),
        f'<header class="film-head"><p {lang_attributes(back)}><a href="../{_file(back)}">'
        f'<span aria-hidden="true">←</span> {text_of(said("Class.page", back))}</a></p>',
        f"<h1>{title}</h1></header>",
        f"<main><figure>\n{snippet(job)}</figure></main>",
    ]
    return "\n".join([*lines, "</body>", "</html>", ""])


def _cards(answers: Sequence[Answer], films: dict[int, Entry], language: str, prefix: str) -> str:
    lines = []
    for one in answers:
        kind = {None: "open", True: "right", False: "wrong"}[one.right]
        name = text_of(one.name)
        alt = text_of(said("Class.page.written", language, name=one.name))
        lines.append(f'<li id="{prefix}{one.number}" class="{kind}"><div class="pair">')
        lines.append(f'<img src="digits/{one.number}.png" alt="{alt}" loading="lazy">')
        if one.image is None or one.answer is None or one.activation is None:
            lines.append(f'</div><p class="name"><bdi>{name}</bdi></p>')
            lines.append(f"<p>{text_of(said('Class.page.unread', language))}</p></li>")
            continue
        seen = text_of(said("Class.page.seen", language))
        lines.append(
            f'<img class="seen" src="digits/{one.number}-seen.png" alt="{seen}" loading="lazy">'
        )
        lines.append(f'</div><p class="name"><bdi>{name}</bdi></p>')
        before, _, after = said("Class.page.answer", language, answer="\0").partition("\0")
        shown = f"{text_of(before)} <b>{one.answer}</b>{text_of(after)}"
        activation = localised(f"{one.activation:.2f}", signs_of(language))
        lines.append(f'<p class="answer">{shown} <span>{activation}</span></p>')
        if one.right is not None:
            sign = "✓" if one.right else "✗"
            verdict = said(
                "Class.page.right" if one.right else "Class.page.wrong",
                language,
                digit=one.pupil.digit,
            )
            text = text_of(verdict)
            lines.append(f'<p class="verdict"><span aria-hidden="true">{sign}</span> {text}</p>')
        if (film := films.get(one.number)) is not None:
            label = text_of(said("Class.page.film", language))
            lines.append(
                f'<p><a class="film" href="films/{text_of(film.name)}.html">'
                f'<span aria-hidden="true">▶</span> {label}</a></p>'
            )
        lines.append("</li>")
    return "\n".join(lines)


def _mixed(known: Sequence[Answer], wrong: Sequence[Answer], language: str) -> list[str]:
    """How often each digit was read as each, and who wrote those that were mixed up."""
    title = text_of(said("Class.page.mixed", language))
    if not wrong:
        none = text_of(said("Class.page.mixed.none", language))
        return [f"<h2>{title}</h2>", f"<p>{none}</p>"]
    counts = Counter((one.pupil.digit, one.answer) for one in known)
    how = text_of(said("Class.page.mixed.how", language))
    lines = [f"<h2>{title}</h2>", '<div class="confusion">']
    lines.append(f'<table class="mixed"><caption>{how}</caption>')
    heads = "".join(f'<th scope="col">{k}</th>' for k in range(10))
    lines.append(f"<thead><tr><td></td>{heads}</tr></thead><tbody>")
    for meant in range(10):
        cells = []
        for answer in range(10):
            count = counts[meant, answer]
            kind = "none" if not count else "right" if meant == answer else "wrong"
            cells.append(f'<td class="{kind}">{count or "·"}</td>')
        lines.append(f'<tr><th scope="row">{meant}</th>{"".join(cells)}</tr>')
    lines += ["</tbody></table>", '<ul class="pairs">']
    pairs = Counter((one.pupil.digit, one.answer) for one in wrong)
    for (meant_as, answered), _ in sorted(pairs.items(), key=lambda item: (-item[1], item[0])):
        who = ", ".join(
            f'<a href="#d{one.number}"><bdi>{text_of(one.name)}</bdi></a>'
            for one in wrong
            if (one.pupil.digit, one.answer) == (meant_as, answered)
        )
        pair = said("Class.page.pair", language, digit=meant_as, answer=answered)
        lines.append(f"<li>{text_of(pair)}: {who}</li>")
    return [*lines, "</ul></div>"]
