"""A lesson's folder becomes a static one: pages, clips, questions and the interactive mode.

What comes out works from ``file://`` and from any web server, and no request leaves it: no script
and no style stands in a page, and a content security policy allows none.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from litnet.clips.manifest import Studio
from litnet.lessons.clip import FALLBACK, Clip, stale_clips
from litnet.lessons.code import CodePages
from litnet.lessons.exporters.job import ELEMENT, Job, element, media
from litnet.lessons.fonts import MISSING, font_faces, page_fonts
from litnet.lessons.markdown import Parts, Text, inside, read_lesson
from litnet.lessons.page import Around, Part
from litnet.lessons.page import html as page_html
from litnet.lessons.questions import evaluate
from litnet.lessons.quiz import Quiz, read_quiz
from litnet.lessons.statistics import Statistics, measure
from litnet.lessons.text import text_of
from litnet.lessons.words import ELEMENTS, words_attribute, words_file, words_script
from litnet.narration import languages, locale_of, texts_of
from litnet.project import real_path
from network.errors import InputError, printable
from network.files import real
from network.history_file import SUFFIX

WEB = Path(__file__).parent / "web"
SHARED = (ELEMENT.name, "litnet.css")  # a lesson has one of each, or a style of its own
PAGE_WORDS = ("Lesson", *ELEMENTS)  # whose words a page may say
MARK = "lesson.json"  # what a built lesson says of itself; only such a folder is replaced


@dataclass(frozen=True)
class Built:
    """A lesson that was built: its folder, statistics by language, and what there is to say."""

    folder: Path
    statistics: tuple[Statistics, ...]
    warnings: tuple[str, ...]


def build(
    folder: Path,
    output: Path | None = None,
    *,
    studio: Studio | None = None,
    strict: bool = False,
    on_step: Callable[[str], None] = lambda text: None,
) -> Built:
    """Build the lesson in a folder; what was built before stays unless all of it succeeds.

    Parameters
    ----------
    folder
        Holds ``lesson.md``, in other languages ``lesson.ko.md``, and perhaps ``quiz.toml``.
    output
        The folder to write; ``renders/lessons/NAME`` unless told.
    strict
        Whether a stale clip is an error, not only a warning.
    on_step
        Told what is being done.

    Raises
    ------
    InputError
        Something in the lesson is not as it has to be; the message names file and line where
        there is one.
    """
    studio = studio or Studio()
    lesson = Lesson(folder, studio)
    target = (output or studio.manifest.parent / "lessons" / real(folder).name).absolute()
    check_target(target, folder)
    pages = []
    for language, path in lesson.files.items():
        on_step(f"reading {printable(path.name)}")
        pages.append(_Page(lesson, language, path))
    lesson.check(pages)
    warnings = stale(studio, [clip for page in pages for clip in page.clips.values()])
    if strict and warnings:
        raise InputError("; ".join(warnings))
    warnings += dict.fromkeys(warning for page in pages for warning in page.text.warnings)
    with in_place(target) as work:
        fonts = page_fonts("".join(page.letters for page in pages))
        if fonts:
            (work / "fonts").mkdir()
            for name, data in fonts.items():
                (work / "fonts" / name).write_bytes(data)
            (work / "fonts.css").write_text(font_faces(fonts), encoding="utf-8")
        else:
            warnings.append(MISSING)
        for page in pages:
            on_step(f"writing {page.file}")
            page.write(work)
            (work / page.file).write_text(page.html(pages, bool(fonts)), encoding="utf-8")
        for name in ("lesson.css", "lesson.js", "lit-clip.js", "lit-network.js"):
            shutil.copyfile(WEB / name, work / name)
        statistics = tuple(page.statistics for page in pages)
        facts = {
            "lesson": real(folder).name,
            "clips": sorted({clip.name for page in pages for clip in page.clips.values()}),
            "statistics": [one.as_json() for one in statistics],
        }
        text = json.dumps(facts, indent=2)
        (work / MARK).write_text(f"{text}\n", encoding="utf-8")
    return Built(target, statistics, tuple(warnings))


def stale(studio: Studio, clips: Iterable[Clip]) -> list[str]:
    """One sentence for each of the published clips that is stale, saying why."""
    return [
        f"{clip.name}: the clip is stale ({', '.join(clip.reasons)}); "
        f"`litnet render {clip.clip}` brings it up to date."
        for clip in stale_clips(studio, clips)
    ]


class Lesson:
    """A lesson's folder: its files, its questions, the clips that it shows."""

    def __init__(self, folder: Path, studio: Studio) -> None:
        self.folder, self.studio = folder, studio
        self.code = CodePages()  # one for all languages
        self.files = self._files()
        quiz = folder / "quiz.toml"
        self.quiz: Quiz | None = read_quiz(quiz) if os.path.lexists(quiz) else None

    def _files(self) -> dict[str, Path]:
        """By language; ``lesson.md`` is in English, as names without a language are."""
        usual = self.folder / "lesson.md"
        found = {FALLBACK: usual} if os.path.lexists(usual) else {}
        for path in sorted(self.folder.glob("lesson.*.md") if os.path.isdir(self.folder) else ()):
            language = path.name.split(".")[1]
            try:
                locale_of(language)
            except InputError as error:
                raise InputError(f"{printable(path)}: {error}.") from error
            if language in found:
                raise InputError(
                    f"{printable(path)}: {language!r} is the language of {usual.name} already."
                )
            found[language] = path
        if not found:
            raise InputError(
                f"{printable(usual)}: found no such file, expected the text of a lesson."
            )
        return found

    def check(self, pages: Sequence[_Page]) -> None:
        """Raise InputError for questions about clips that the lesson lacks, or in too few
        languages."""
        if self.quiz is None:
            return
        for page in pages:
            self.quiz.check_clips(list(page.text.clips))
            if page.language not in self.quiz.languages:
                raise InputError(
                    f"{printable(self.quiz.path)}: the questions are not in {page.language!r}, "
                    f"the language of {page.text.path.name}."
                )


class _Page:
    """A lesson in one language."""

    def __init__(self, lesson: Lesson, language: str, path: Path) -> None:
        self.lesson, self.language = lesson, language
        self.clips: dict[str, Clip] = {}
        self.models: dict[str, Path] = {}  # by the name of the file of weights
        self.questions: dict[str, list[dict[str, Any]]] = {}  # by clip, as pages have them
        parts = Parts(self._clip, self._network, self._value, lesson.code.link)
        self.text: Text = read_lesson(path, language, parts)

    @property
    def file(self) -> str:
        first = next(iter(self.lesson.files))
        return "index.html" if self.language == first else f"{self.language}.html"

    # --- parts of the text -----------------------------------------------------------------------
    def _found(self, name: str) -> Clip:
        if name not in self.clips:
            # In a language that no film speaks, the films are as they are.
            spoken = self.language if self.language in languages() else None
            self.clips[name] = Clip(name, spoken, studio=self.lesson.studio).for_page
        return self.clips[name]

    def _clip(self, name: str, caption: str) -> str:
        return f"<figure>\n{_caption(caption)}{element(self._job(name))}\n</figure>\n"

    def _job(self, name: str) -> Job:
        clip, quiz = self._found(name), self.lesson.quiz
        if name not in self.questions:
            asked = quiz is not None and name in quiz.clips and self.language in quiz.languages
            self.questions[name] = (
                quiz.for_clip(name, clip.record, self.language) if quiz and asked else []
            )
        return Job(clip, "clips/", self.questions[name], page_language=self.language)

    def _value(self, name: str, expression: str) -> float:
        return evaluate(expression, self._found(name).record)

    def _network(self, given: str, caption: str) -> str:
        if given:
            model = inside(self.lesson.folder, given, "the network")
        else:
            model = self._model()
        name = model.stem
        if self.models.get(name, model) != model:
            raise InputError(f"two networks are called {name!r}; rename one of the files.")
        self.models[name] = model
        shown = text_of(name)
        return (
            f'<figure>\n{_caption(caption)}<lit-network name="{shown}" '
            f'src="networks/{shown}.weights.js"'
            f"{words_attribute(self.language, 'clips/')}></lit-network>\n</figure>\n"
        )

    def _model(self) -> Path:
        """What the last film before it shows, or what the run that it shows came to; the configured
        model where none does."""
        studio = self.lesson.studio
        for clip in reversed(self.clips.values()):
            shown = clip.record.variant
            if shown.model is not None:
                return real_path(shown.model, studio.root)
            if shown.history is not None:
                run = real_path(shown.history, studio.root)
                model = run.with_name(run.name.removesuffix(SUFFIX) + ".npz")
                if model.is_file():
                    return model
        return real_path(str(studio.configured().model), studio.root)

    # --- what comes of it ------------------------------------------------------------------------
    @cached_property
    def statistics(self) -> Statistics:
        shown = [clip for name, clip in self.clips.items() if name in self.text.clips]
        return measure(
            self.language,
            self.text.prose,
            [clip.duration for clip in shown],
            " ".join(cue.text for clip in shown for cue in clip.record.cues),
            [q["difficulty"] for asked in self.questions.values() for q in asked],
            self.text.networks,
        )

    def write(self, work: Path) -> None:
        """Write all that the page needs, but for what all pages share."""
        for name in ("clips", "networks", "pictures"):
            (work / name).mkdir(exist_ok=True)
        for name in self.text.clips:
            for file, content in media(self._job(name)).items():
                if file in SHARED:
                    continue
                if isinstance(content, bytes):
                    (work / "clips" / file).write_bytes(content)
                else:
                    shutil.copyfile(content, work / "clips" / file)
        if words := words_script(self.language):
            (work / "clips" / words_file(self.language)).write_text(words, encoding="utf-8")
        for name, model in self.models.items():
            _write_network(model, work / "networks" / f"{name}.weights.js")
        for address, picture in self.text.pictures.items():
            if isinstance(picture, bytes):
                (work / address).write_bytes(picture)
            else:
                shutil.copyfile(picture, work / address)
        for address, page in self.lesson.code.pages().items():
            (work / address).parent.mkdir(exist_ok=True)
            (work / address).write_text(page, encoding="utf-8")

    def html(self, pages: Sequence[_Page], fonts: bool) -> str:
        """The page."""
        return page_html(
            Around(
                self.text,
                self.statistics,
                {page.language: page.file for page in pages},
                [
                    Part(self._found(name).name, str(one["id"]), str(one["text"]))
                    for name in self.text.clips
                    for one in self.questions.get(name, ())
                ],
                bool(self.models),
                fonts,
            )
        )

    @property
    def letters(self) -> str:
        """A text with all the letters that its page may have."""
        said = [clip.said for name, clip in self.clips.items() if name in self.text.clips]
        shown = [self.text.title, self.text.prose, self.text.body, *said]
        asked = json.dumps(self.questions, ensure_ascii=False)
        words = "".join(text for text, _ in texts_of(self.language, PAGE_WORDS).values())
        return "".join([*shown, asked, words])


def _write_network(model: Path, file: Path) -> None:
    """A network for the interactive mode, with a bundled digit of each kind to begin with."""
    from litnet.lessons.learning import run_of, write_learning
    from litnet.lessons.weights import write_weights
    from network import load_network
    from network.classes import class_names
    from network.digits import bundled_digits

    network = load_network(model)
    first = {digit.label: digit for digit in reversed(bundled_digits())}
    examples = [(str(label), first[label].image()) for label in sorted(first)]
    name = file.name.removesuffix(".weights.js")
    run = run_of(model, network)
    write_weights(
        network,
        file,
        name,
        learning=write_learning(file.parent, name, network, run) if run else None,
        classes=class_names(model, network.sizes[-1]),
        examples=examples if network.sizes[0] == examples[0][1].size else (),
    )


def _caption(caption: str) -> str:
    return f"<figcaption>{text_of(caption)}</figcaption>\n"


def check_target(target: Path, folder: Path, mark: str = MARK) -> None:
    """Raise InputError unless a folder may be replaced: it is new, empty or was built before, as a
    file of the name ``mark`` in it says."""
    if real(folder).is_relative_to(real(target)):
        raise InputError(
            f"{printable(target)}: holds what it is built from; choose another output folder."
        )
    if not os.path.exists(target):  # no OSError for a name that is too long
        return
    if not target.is_dir() or (any(target.iterdir()) and not (target / mark).is_file()):
        raise InputError(
            f"{printable(target)}: found something that was not built here; choose another "
            "output folder, or remove it."
        )


@contextmanager
def in_place(target: Path) -> Any:
    """A folder to write to, which takes the place of ``target`` if nothing goes wrong."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part"))
    except OSError as error:
        raise InputError(f"{printable(target)}: cannot be written ({error.strerror}).") from error
    old = work.with_suffix(".old")
    try:
        work.chmod(0o755)
        yield work
        if target.exists():
            target.rename(old)
        try:
            work.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    except OSError as error:
        raise InputError(
            f"{printable(target)}: cannot be written ({error.strerror or error})."
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
