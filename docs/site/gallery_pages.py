"""The gallery: every story, the films, the lessons and the drawing network."""

from __future__ import annotations

import ast
import html
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from stage import DOCS, ROOT, Stage

from litnet.clips.catalogue import FILMS, STORIES, Story
from litnet.clips.manifest import Studio
from litnet.clips.survey import Standing, survey
from litnet.lessons import Clip
from litnet.lessons.build import build
from litnet.lessons.exporters import EXPORTERS
from litnet.lessons.exporters.job import Job
from network.errors import InputError

TITLE = re.compile(r"^## (?P<title>.+?) · .*\n\n`(?P<file>[^`]+)`, (?P<seconds>\d+) seconds", re.M)
BEAT = re.compile(
    r"^\| !\[[^]]*\]\(images/storyboard/(?P<file>[\w.-]+)\) \| (?P<title>.+?) \| (?P<said>.+?) \| ",
    re.M,
)
PARTS = (
    ("structure", "What a network is", "The first film, story by story."),
    ("learning", "How it learns", "The second film: a real training run."),
    (None, "On their own", "In no film, and as good by themselves."),
)
FACES = {"structure": "LayerIntro-7-propagation.jpg", "learning": "Backwards-4-meet.jpg"}
LESSONS = ("what-is-a-neuron", "how-it-learns")


@dataclass(frozen=True)
class Beat:
    """A beat of a story's storyboard: its picture's file, its title, and what is said."""

    file: str
    title: str
    said: str


@dataclass(frozen=True)
class Board:
    """What the storyboard knows of a story."""

    title: str
    seconds: int
    beats: tuple[Beat, ...]


def storyboard() -> dict[str, Board]:
    """By the file of the story, as ``make storyboard`` wrote it."""
    text = (DOCS / "storyboard.md").read_text("utf-8")
    found = {}
    for part in re.split(r"^(?=## )", text, flags=re.M):
        if head := TITLE.search(part):
            beats = tuple(Beat(*one.group("file", "title", "said")) for one in BEAT.finditer(part))
            found[head["file"]] = Board(head["title"], int(head["seconds"]), beats)
    return found


class Gallery:
    """Writes the pages of the gallery, and remembers which films were not there."""

    def __init__(self, stage: Stage, studio: Studio | None = None) -> None:
        self.stage, self.studio = stage, studio or Studio(root=ROOT)
        self.boards = storyboard()
        self.standing: dict[str, Standing] = {one.name: one for one in survey(self.studio)}
        self.missing: list[str] = []

    def write(self) -> None:
        """All pages."""
        parts = ["# Gallery\n\nEvery film that litnet tells, with its source, its record and the "
                 "code that puts it into a page of your own.\n"]  # fmt: skip
        names = []
        for film, title, about in PARTS:
            cards = []
            if film is not None:
                cards.append(self._film(film, title))
                names.append(FILMS[film])
            for story in STORIES:
                if story.film == film:
                    cards.append(self._story(story))
                    names.append(story.scene)
            parts.append(f"\n## {title}\n\n{about}\n\n{_cards(cards)}")
        cards = [self._lesson(name) for name in LESSONS]
        cards.append(self._draw())
        names += [*(f"lesson-{name}" for name in LESSONS), "draw"]
        parts.append(
            "\n## Lessons, and the drawing network\n\nWhole pages for a class, and a network that "
            f"reads what one draws.\n\n{_cards(cards)}"
        )
        listed = "\n".join(names)
        parts.append(f"\n```{{toctree}}\n:hidden:\n\n{listed}\n```\n")
        self._page("index", "".join(parts))

    def _page(self, name: str, text: str) -> None:
        self.stage.page(f"gallery/{name}.md", text, DOCS / "gallery" / f"{name}.md")

    # --- films -----------------------------------------------------------------------------------
    def _published(self, name: str) -> Clip | None:
        """A clip that is published and fresh."""
        standing = self.standing.get(name)
        if standing is not None and standing.state == "fresh":
            return Clip(name, studio=self.studio)
        why = ", ".join(standing.reasons) if standing and standing.is_published else ""
        self.missing.append(f"{name} ({why})" if why else name)
        return None

    def _element(self, clip: Clip) -> str:
        """The playable film, and its files beside the pages."""
        made = EXPORTERS["html"].write(Job(clip, "../clips/"))
        for name, content in made.files.items():
            self._copy(f"clips/{name}", content)
        self._copy(f"clips/{clip.name}.json", clip.file("json"))
        assert isinstance(made.text, str)
        return f"````{{raw}} html\n{made.text}````\n"

    def _copy(self, name: str, content: Path | bytes) -> None:
        """A file beside the pages; films are linked, not copied, where that can be."""
        if isinstance(content, bytes):
            self.stage.write(f"extra/{name}", content)
        else:
            self.stage.link(f"extra/{name}", content)

    def _story(self, story: Story) -> str:
        source = story.file.relative_to(ROOT)
        board = self.boards.get(source.as_posix())
        title = board.title if board else story.scene
        clip = self._published(story.scene)
        about = (ast.get_docstring(ast.parse(story.file.read_text("utf-8"))) or "").split("\n\n")[0]
        command = f"litnet render {story.scene}"
        lines = [f"# {title}\n", f"{about}\n"]
        lines.append(self._element(clip) if clip else _not_here(command))
        lines.append(self._more(story.scene, clip, command, source))
        if board:
            lines.append(f"## Beat by beat\n\n{self._beats(board)}")
        self._page(story.scene, "\n".join(lines))
        return self._card(story.scene, title, self._poster(clip, board), _time(clip, board))

    def _film(self, film: str, title: str) -> str:
        name = FILMS[film]
        clip = self._published(name)
        command = f"litnet render --film {film}"
        told = [story for story in STORIES if story.film == film]
        boards = [self.boards.get(one.file.relative_to(ROOT).as_posix()) for one in told]
        lines = [f"# {title}: the whole film\n", "All of its stories, joined, with chapters.\n"]
        lines.append(self._element(clip) if clip else _not_here(command))
        lines.append(self._more(name, clip, command, None))
        shown = [
            self._card(story.scene, board.title, self._poster(None, board), _time(None, board))
            for story, board in zip(told, boards, strict=True)
            if board
        ]
        lines.append(f"## Its stories\n\n{_cards(shown)}")
        self._page(name, "\n".join(lines))
        face = next((board for board in boards if board), None)
        if any(beat.file == FACES[film] for board in boards if board for beat in board.beats):
            face = Board(title, 0, (Beat(FACES[film], "", ""),))
        picture = self._poster(clip, face)
        return self._card(name, f"{title}: the whole film", picture, _time(clip, None))

    def _more(self, name: str, clip: Clip | None, command: str, source: Path | None) -> str:
        """Source, record and embed code."""
        rows = []
        if source is not None:
            rows.append(f"- **Source**: [`{source}`](../../{source})")
        if clip is not None:
            record = f"{clip.name}.json"
            rows.append(
                f'- **Record**: <a href="../clips/{record}" download>{record}</a>: every number '
                "on screen and where it comes from ([what stands in it](../record.md))"
            )
        else:
            rows.append(
                f"- **Record**: `renders/clips/{name}.json`, written with the film "
                "([what stands in it](../record.md))"
            )
        rows.append(f"- **Make it**: `{command}`")
        rows.append(
            f"- **Embed it**: `litnet embed {name} --copy media` copies its files and prints "
            "what is pasted; [other formats](../embedding.md) are for slides, notebooks and course "
            "platforms"
        )
        text = EXPORTERS["html"].write(Job(clip, "media/")).text if clip else ""
        code = f"\n\n```html\n{text}```" if text else ""
        return "\n".join(rows) + code + "\n"

    # --- pictures --------------------------------------------------------------------------------
    def _beats(self, board: Board) -> str:
        figures = []
        for beat in board.beats:
            self._copy(f"storyboard/{beat.file}", DOCS / "images" / "storyboard" / beat.file)
            said = beat.said.replace("\\|", "|").replace("<br>", " ")
            figures.append(
                f'<li><img src="../storyboard/{beat.file}" width="320" height="180" '
                f'loading="lazy" alt=""><strong>{html.escape(beat.title)}</strong>'
                f"<span>{html.escape(said)}</span></li>"
            )
        inside = "\n".join(figures)
        return f'```{{raw}} html\n<ol class="cards beats">\n{inside}\n</ol>\n```\n'

    def _poster(self, clip: Clip | None, board: Board | None) -> str:
        if clip is not None:
            self._copy(f"clips/{clip.name}.jpg", clip.poster)
            return f"../clips/{clip.name}.jpg"
        if board is not None and board.beats:
            file = board.beats[-1].file
            self._copy(f"storyboard/{file}", DOCS / "images" / "storyboard" / file)
            return f"../storyboard/{file}"
        return ""

    def _card(self, page: str, title: str, picture: str, time: str) -> str:
        shown = picture and f'<img src="{picture}" width="320" height="180" loading="lazy" alt="">'
        return (
            f'<li><a href="{page}.html">{shown}<strong>{html.escape(title)}</strong>'
            f"<span>{time}</span></a></li>"
        )

    # --- lessons and drawing ---------------------------------------------------------------------
    def _lesson(self, name: str) -> str:
        folder = ROOT / "lessons" / name
        text = (folder / "lesson.md").read_text("utf-8")
        title = text.partition("\n")[0].removeprefix("# ")
        about = text.split("\n\n")[1].replace("\n", " ")
        clips = list(dict.fromkeys(re.findall(r"\]\(clip:(\w+)\)", text)))
        built = self._build(folder)
        lines = [f"# Lesson: {title}\n", f"{about}\n"]
        if built:
            lines.append(
                f'```{{raw}} html\n<p><a class="open" href="../lessons/{name}/index.html">'
                f"Open the lesson</a></p>\n```\n"
            )
        else:
            self.missing.append(f"the lesson {name}")
            lines.append(
                _not_here(f"litnet render {' '.join(clips)}\nlitnet lesson build lessons/{name}")
            )
        boards = {s.scene: self.boards.get(s.file.relative_to(ROOT).as_posix()) for s in STORIES}
        cards = [
            self._card(one, board.title, self._poster(None, board), _time(None, board))
            for one in clips
            if (board := boards.get(one))
        ]
        lines.append(
            f"- **Source**: [`lessons/{name}/lesson.md`](../../lessons/{name}/lesson.md), with its "
            f"[questions](../../lessons/{name}/quiz.toml)\n- **Write your own**: "
            f"[lessons](../lessons.md)\n\n## The films in it\n\n{_cards(cards)}"
        )
        self._page(f"lesson-{name}", "\n".join(lines))
        return self._card(
            f"lesson-{name}",
            f"Lesson: {title}",
            self._poster(None, boards.get(clips[-1])),
            f"{len(clips)} films and questions",
        )

    def _build(self, folder: Path) -> bool:
        """Build a lesson from published clips, in as many languages as they are in."""
        with tempfile.TemporaryDirectory() as work:
            output = Path(work, "built")
            for pattern in ((), ("lesson.*.md",)):
                copy = Path(work, f"source{len(pattern)}", folder.name)
                shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(*pattern))
                try:
                    build(copy, output, studio=self.studio, strict=True)
                except InputError:
                    continue
                for file in output.rglob("*"):
                    if file.is_file():
                        to = f"extra/lessons/{folder.name}/{file.relative_to(output).as_posix()}"
                        self.stage.link(to, file)
                return True
        return False

    def _draw(self) -> str:
        """The network of the second film, which reads what one draws, and learns in the page."""
        from litnet.lessons.learning import run_of, write_learning
        from litnet.lessons.weights import write_weights
        from network import load_network
        from network.digits import bundled_digits

        model = ROOT / "assets" / "models" / "learner.npz"
        network = load_network(model)
        first = {digit.label: digit for digit in reversed(bundled_digits())}
        examples = [(str(label), first[label].image()) for label in sorted(first)]
        with tempfile.TemporaryDirectory() as work:
            about = write_learning(Path(work), "learner", network, run_of(model, network))
            file = Path(work, "learner.weights.js")
            write_weights(network, file, "learner", examples=examples, learning=about)
            for made in Path(work).iterdir():
                self.stage.write(f"extra/networks/{made.name}", made.read_bytes())
        element = ROOT / "litnet" / "lessons" / "web" / "lit-network.js"
        self._copy(f"networks/{element.name}", element)
        lines = [
            '<script src="{0}lit-network.js" defer></script>',
            '<lit-network src="{0}learner.weights.js" name="learner"></lit-network>',
        ]
        here, code = ("\n".join(lines).format(base) for base in ("../networks/", ""))
        self._page(
            "draw",
            "# Draw for the network\n\nDraw a digit, with a mouse, a finger, a pen or the "
            "keyboard. The network of the second film reads it, here in the page; and here it "
            f"learns, too.\n\n````{{raw}} html\n{here}\n````\n\n"
            "- **Embed it**: [the element, its weights, and what it learns with]"
            f"(../interactive.md)\n\n```html\n{code}\n```\n",
        )
        self._copy("images/lit-network.jpg", DOCS / "images" / "lit-network.jpg")
        return self._card("draw", "Draw for the network", "../images/lit-network.jpg", "Try it")


def _cards(cards: list[str]) -> str:
    inside = "\n".join(cards)
    return f'```{{raw}} html\n<ul class="cards">\n{inside}\n</ul>\n```\n'


def _not_here(command: str) -> str:
    return f"The film is not in this copy of the site. This makes it:\n\n```sh\n{command}\n```\n"


def _time(clip: Clip | None, board: Board | None) -> str:
    seconds = round(clip.duration) if clip else board.seconds if board else 0
    return f"{seconds // 60}:{seconds % 60:02}" if seconds else ""
