"""The text of a lesson: Markdown in which clips, the interactive mode and checked numbers stand.

Plain CommonMark with tables. What is a lesson's own is written as links and pictures are, so that
the text reads well in any editor:

=========================================  =====================================================
``![Its caption](clip:LayerIntro)``        a published clip, alone in its paragraph
``![Its caption](network:)``               the interactive mode, alone in its paragraph; it runs the
                                           model of the lesson's clips, or the one that is named
                                           (``network:mine.npz``)
``[784](value:LayerIntro#network.sizes[0])``  a number that must be what the clip's record says
``[this loop](code:network/mlp.py#propagate)``  a link to that function of litnet's, in its file
``![Alternative text](drawing.png)``       a picture from the lesson's folder
``> ...``                                  something to remember
=========================================  =====================================================

HTML in the text is shown as text.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from litnet.lessons.svg import MOST_SVG, safe_svg
from litnet.record.words import one_line, plain
from network.errors import InputError, printable
from network.files import opened, read_bytes, read_text, real

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".svg")
MOST_LESSON = 2**18  # bytes of a text: 40,000 words
MOST_PICTURE = 32 * 2**20  # bytes
ENDS = ".!?…"
MINUS = "\N{MINUS SIGN}"
ADDRESSES = ("https://", "http://", "mailto:")


@dataclass(frozen=True)
class Place:
    """A line of a file, as messages name it."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{printable(self.path)}:{self.line}"


@dataclass
class Text:
    """A lesson in one language, as it was read.

    ``body`` is HTML; ``clips`` the names of clips and where each is shown first; ``pictures`` the
    files to copy (or what they hold, where it is made anew), by their addresses in the page;
    ``prose`` what is read: neither headings nor captions are missing, nothing else is there;
    ``parts`` are its headings of the second level, each with its address in the page.
    """

    path: Path
    language: str
    title: str = ""
    body: str = ""
    clips: dict[str, Place] = field(default_factory=dict)
    networks: int = 0
    pictures: dict[str, Path | bytes] = field(default_factory=dict)
    prose: str = ""
    parts: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Parts:
    """What a page has in the place of what the text only names; each gives HTML or, for a value,
    the number. An InputError from one of them is told with the place in the text."""

    clip: Callable[[str, str], str]  # name, caption
    network: Callable[[str, str], str]  # model ("" for that of the clips), caption
    value: Callable[[str, str], float]  # clip, expression
    code: Callable[[str], str]  # file and function; gives an address


def read_lesson(path: Path, language: str, parts: Parts) -> Text:
    """Read one language's file of a lesson.

    Raises
    ------
    InputError
        Naming file and line: no title, an unknown address, a file outside the lesson's folder, a
        number that is not what a clip says, or whatever one of the ``parts`` finds.
    """
    source = plain(read_text(path, MOST_LESSON))
    return _Reader(Text(path, language), parts).read(source)


class _Reader:
    def __init__(self, text: Text, parts: Parts) -> None:
        self.text, self.parts = text, parts
        self.markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        self.prose: list[str] = []
        self.pictures: dict[Path, str] = {}  # the address of each

    def read(self, source: str) -> Text:
        tokens = self.markdown.parse(source)
        self._take_title(tokens)
        out: list[Token] = []
        heading = 0
        for number, token in enumerate(tokens):
            if token.type == "heading_open":
                heading += 1
                token.attrSet("id", f"part-{heading}")
                if token.tag == "h2":
                    title = one_line(_words(tokens[number + 1]))
                    self.text.parts.append((f"part-{heading}", title))
            elif token.type == "blockquote_open":
                token.tag = "div"
                token.attrSet("class", "remember")
                token.attrSet("role", "note")
            elif token.type == "blockquote_close":
                token.tag = "div"
            elif token.type in ("fence", "code_block"):
                self.prose.append(token.content)
            elif token.type == "table_open":
                token.attrSet("class", "table")
            elif token.type == "inline":
                block = self._alone(token)
                if block is not None:
                    # The paragraph around it goes: what stands there is no text.
                    out.pop()
                    out.append(block)
                    tokens[number + 1].hidden = True
                    tokens[number + 1].tag = ""
                    continue
                self._inline(token)
            if not (token.type == "paragraph_close" and token.hidden and token.tag == ""):
                out.append(token)
        # Once more: what a text names by number (&#x202e;) is there only now.
        self.text.body = plain(self.markdown.renderer.render(out, self.markdown.options, {}))
        self.text.prose = "\n".join(self.prose)
        return self.text

    def _take_title(self, tokens: list[Token]) -> None:
        if len(tokens) < 3 or tokens[0].type != "heading_open" or tokens[0].tag != "h1":
            raise InputError(
                f"{Place(self.text.path, 1)}: no title there, expected '# Title' first."
            )
        self.text.title = one_line(_words(tokens[1]))
        self.prose.append(f"{self.text.title}.")
        del tokens[:3]
        for token in tokens:
            if token.type == "heading_open" and token.tag == "h1":
                raise InputError(f"{self._place(token)}: a second title, expected '##' there.")

    def _place(self, token: Token, line: int = 0) -> Place:
        return Place(self.text.path, (token.map[0] if token.map else 0) + 1 + line)

    def _alone(self, token: Token) -> Token | None:
        """The block that a paragraph of nothing but a clip or a network stands for."""
        children = [c for c in token.children or () if c.type != "text" or c.content.strip()]
        if len(children) != 1 or children[0].type != "image" or token.level != 1:
            return None
        scheme, _, name = str(children[0].attrs.get("src", "")).partition(":")
        if scheme not in ("clip", "network"):
            return None
        place, caption = self._place(token), one_line(children[0].content)
        name = unquote(name)
        if not caption:
            raise InputError(f"{place}: no caption, expected ![Its caption]({scheme}:{name}).")
        try:
            if scheme == "clip":
                content = self.parts.clip(name, caption)
                self.text.clips.setdefault(name, place)
            else:
                content = self.parts.network(name, caption)
                self.text.networks += 1
        except InputError as error:
            raise InputError(f"{place}: {error}") from error
        self.prose.append(f"{caption}.")
        return Token("html_block", "", 0, content=content, block=True)

    def _inline(self, token: Token) -> None:
        children: list[Token] = []
        line = 0
        pending = iter(token.children or ())
        for child in pending:
            place = self._place(token, line)
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            elif child.type == "link_open":
                address = str(child.attrs.get("href", ""))
                if address.startswith("value:"):
                    children.append(self._value(unquote(address), pending, place))
                    continue
                self._link(child, address, place)
            elif child.type == "image":
                child.attrSet("src", self._picture(str(child.attrs.get("src", "")), place))
                child.attrSet("loading", "lazy")
            children.append(child)
        token.children = children
        said = _words(token)
        last = next((sign for sign in reversed(said) if sign.isalnum() or sign in ENDS), "")
        self.prose.append(said if last and last in ENDS else f"{said}.")

    def _link(self, link: Token, address: str, place: Place) -> None:
        if address.startswith("#"):
            return
        if address.startswith("code:"):
            try:
                link.attrSet("href", self.parts.code(unquote(address.removeprefix("code:"))))
            except InputError as error:
                raise InputError(f"{place}: {error}.") from error
            return
        if not address.lower().startswith(ADDRESSES):
            raise InputError(
                f"{place}: a link to {address[:80]!r}, expected https:, mailto:, code: or #part-1 "
                "(a lesson is one page)."
            )
        link.attrSet("rel", "noopener noreferrer")

    def _picture(self, address: str, place: Place) -> str:
        name = unquote(address)
        if re.match(r"(?i)clip:|network:", name):
            raise InputError(f"{place}: {name[:80]!r} is not alone in its paragraph.")
        file = inside(self.text.path.parent, name, place)
        if file.suffix.lower() not in PICTURES:
            raise InputError(
                f"{place}: {name[:80]!r} is no picture, expected one of: {', '.join(PICTURES)}."
            )
        if file not in self.pictures:
            address = f"pictures/{len(self.pictures) + 1}{file.suffix.lower()}"
            self.text.pictures[address] = self._checked(file, place)
            self.pictures[file] = address
        return self.pictures[file]

    def _checked(self, file: Path, place: Place) -> Path | bytes:
        """What is copied of a picture: an SVG without what does not draw, other files as such."""
        try:
            if file.suffix.lower() != ".svg":
                with opened(file) as stream:
                    size = os.fstat(stream.fileno()).st_size
                if size > MOST_PICTURE:
                    raise InputError(
                        f"{printable(file.name)}: {size:,} bytes, expected a picture of at most "
                        f"{MOST_PICTURE:,}"
                    )
                return file
            data, dropped = safe_svg(read_bytes(file, MOST_SVG), printable(file.name))
        except InputError as error:
            raise InputError(f"{place}: {error}.") from error
        if dropped:
            self.text.warnings.append(
                f"{place}: {printable(file.name)} loses what does not draw, or leads out of it: "
                f"{', '.join(dropped)}."
            )
        return data

    def _value(self, address: str, pending: Iterator[Token], place: Place) -> Token:
        said = ""
        for child in pending:
            if child.type == "link_close":
                break
            said += child.content
        clip, _, expression = address.removeprefix("value:").partition("#")
        try:
            value = self.parts.value(clip, expression)
        except InputError as error:
            raise InputError(f"{place}: {error}") from error
        shown = like(said, value)
        if shown != said.strip():
            raise InputError(
                f"{place}: the text says {one_line(said)[:40]!r}, but {expression} is {shown} in "
                f"the clip {clip}."
            )
        return Token("text", "", 0, content=said)


def inside(folder: Path, name: str, place: object) -> Path:
    """A file of the lesson's folder; raises InputError if it lies elsewhere or is not there."""
    root = real(folder)
    try:
        file = real(root / name)
        found = file.is_relative_to(root) and file.is_file()
    except (OSError, ValueError):  # a name too long, or with a zero in it
        found = False
    if not found:
        outside = not name or Path(name).is_absolute() or ".." in Path(name).parts
        what = "lies outside the lesson's folder" if outside else "is not in the lesson's folder"
        raise InputError(f"{place}: {name[:80]!r} {what} {printable(folder)}.")
    return file


def like(said: str, value: float) -> str:
    """A number written as the text writes it: with as many decimals, the same separators and minus.

    >>> like("13,002", 13002.0), like("0.99", 0.9912)
    ('13,002', '0.99')
    """
    decimals = re.search(r"\.(\d+)\D*$", said)
    if not math.isfinite(value):
        return str(value)
    places = len(decimals[1]) if decimals else 0
    if not places and not float(value).is_integer():
        return f"{value:g}"
    text = f"{value:,.{places}f}" if "," in said else f"{value:.{places}f}"
    return text.replace("-", MINUS) if MINUS in said else text


def _words(token: Token) -> str:
    """What a reader reads of an inline token."""
    said = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            said.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            said.append(" ")
    return "".join(said)
