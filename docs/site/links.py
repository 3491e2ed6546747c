"""Whether every link inside a built site leads somewhere."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {
    ("script", "src"),
    ("img", "src"),
    ("source", "src"),
    ("video", "poster"),
    ("video", "src"),
}
NAMES = ("href", "src", "poster", "data-src", "quiz", "words", "data")


class _Page(HTMLParser):
    """The addresses of a page, and the places in it that can be led to."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.addresses: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif name in NAMES and value:
                self.addresses.append((tag, name, value))


def read(file: Path) -> _Page:
    """A page of a site."""
    page = _Page()
    page.feed(file.read_text("utf-8"))
    return page


def broken(html: Path) -> list[str]:
    """One line for each address in the pages of a folder that leads nowhere in it, or that loads
    something from elsewhere."""
    pages = {file: read(file) for file in sorted(html.rglob("*.html"))}
    found = []
    for file, page in pages.items():
        for tag, name, address in page.addresses:
            where = f"{file.relative_to(html)}: {address}"
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                if (tag, name) in LOADED and parts.scheme != "data":
                    found.append(f"{where} (loaded from elsewhere)")
                continue
            to = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            if to.is_dir():
                to /= "index.html"
            if not to.is_file():
                found.append(where)
            elif parts.fragment and to in pages:
                if unquote(parts.fragment) not in pages[to].ids:
                    found.append(f"{where} (no such place)")
    return found
