"""The page of a lesson around its text: title, contents, and the card of what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from litnet.lessons.exporters.job import page_head
from litnet.lessons.markdown import Text
from litnet.lessons.statistics import Statistics
from litnet.lessons.text import text_of
from litnet.narration import lang_attributes, own_name, said


@dataclass(frozen=True)
class Part:
    """A question that the page asks: the published clip, its id, and its words."""

    clip: str
    id: str
    text: str


@dataclass(frozen=True)
class Around:
    """What a page has beside its text.

    ``others`` are the languages of the lesson and the file of each; ``networks`` whether one draws;
    ``fonts`` whether the films' fonts are there.
    """

    text: Text
    statistics: Statistics
    others: dict[str, str]
    questions: Sequence[Part]
    networks: bool
    fonts: bool


def html(page: Around) -> str:
    """The page of a lesson in one language."""
    language, text = page.text.language, page.text
    scripts = ["lit-clip.js"] * bool(text.clips) + ["lit-network.js"] * page.networks
    scripts += ["lesson.js"] * bool(text.parts or page.questions)
    styles = ["fonts.css"] * page.fonts + ["lesson.css"]
    about = said(
        "Lesson.about",
        language,
        minutes=said("Lesson.minutes", language, count=round(page.statistics.minutes)),
        films=said("Lesson.films", language, count=len(text.clips)),
        questions=said("Lesson.questions", language, count=page.statistics.questions),
    )
    lines = [
        *page_head(text_of(text.title), language, styles, scripts, kind="lesson"),
        "<header>",
        *_languages(page.others, language, text_of(said("Lesson.languages", language))),
        f"<h1>{text_of(text.title)}</h1>",
        f'<p class="about">{text_of(about)}</p>',
        "</header>",
        *_contents(text, text_of(said("Lesson.contents", language))),
        "<main>",
        text.body.rstrip("\n"),
        "</main>",
        "<footer>",
    ]
    if page.questions:
        lines += _result(page.questions, language)
    lines.append(f"<p>{text_of(said('Lesson.made', language))}</p>")
    if page.statistics.grade is not None:
        grade = round(max(page.statistics.grade, 1))
        lines.append(f"<p>{text_of(said('Lesson.level', language, count=grade))}</p>")
    return "\n".join([*lines, "</footer>", "</body>", "</html>", ""])


def _result(questions: Sequence[Part], language: str) -> list[str]:
    """All questions, and what became of each, as the script of the page writes it."""
    states = {
        "open": said("Lesson.open", language),
        "right": said("Lesson.right", language),
        "later": said("Lesson.later", language),
        "wrong": said("Lesson.wrong", language),
        "skipped": said("Lesson.skipped", language),
    }
    said_of = " ".join(f'data-{state}="{text_of(text)}"' for state, text in states.items())
    score = text_of(said("Lesson.score", language, right="{right}", asked="{asked}"))
    back = text_of(said("Lesson.back", language))
    lines = [
        '<section class="result" aria-labelledby="result">',
        f'<h2 id="result">{text_of(said("Lesson.result", language))}</h2>',
        f'<p class="score" role="status" data-questions="{len(questions)}" '
        f'data-text="{score}"></p>',
        f"<ol {said_of}>",
    ]
    for one in questions:
        lines.append(
            f'<li data-clip="{text_of(one.clip)}" data-question="{text_of(one.id)}" '
            f'data-state="open"><p>{text_of(one.text)}</p><p class="state">'
            f"<span>{text_of(states['open'])}</span> "
            f'<button type="button" class="back" hidden>{back}</button></p></li>'
        )
    paper = text_of(said("Lesson.print", language))
    button = f'<button type="button" class="print" hidden>{paper}</button>'
    return [*lines, "</ol>", f"<p>{button}</p>", "</section>"]


def _languages(others: dict[str, str], language: str, label: str) -> list[str]:
    if len(others) < 2:
        return []
    lines = [f'<nav aria-label="{label}"><ul class="languages">']
    for other, file in others.items():
        here = ' aria-current="page"' if other == language else ""
        lines.append(
            f'<li><a href="{file}" {lang_attributes(other)} hreflang="{other}"'
            f"{here}>{text_of(own_name(other))}</a></li>"
        )
    return [*lines, "</ul></nav>"]


def _contents(text: Text, label: str) -> list[str]:
    """The parts of the text; the page marks the one that is read, and those that were."""
    if not text.parts:
        return []
    lines = [f'<nav class="contents" aria-label="{label}"><p aria-hidden="true">{label}</p><ol>']
    lines += [f'<li><a href="#{key}">{text_of(title)}</a></li>' for key, title in text.parts]
    return [*lines, "</ol></nav>"]
