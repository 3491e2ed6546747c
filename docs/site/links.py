"""Whether every link inside a built site leads somewhere."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {
    ("script", "src"),
    ("img", "src"),
    ("source", "src"),
    ("video", "poster"),
    ("link", "href"),
}
# What builders write has its attributes in double quotes, and no < or > but those of tags.
TAG = re.compile(r"<([a-z][\w-]*)(\s[^<>]*)>")
ATTRIBUTE = re.compile(r'\s(id|href|src|srcset|poster|data-src|quiz|words)="([^"]+)"')


@dataclass(frozen=True)
class Page:
    """The places in a page that can be led to, and its addresses, each with tag and attribute."""

    ids: frozenset[str]
    addresses: tuple[tuple[str, str, str], ...]


def read(file: Path) -> Page:
    """A page of a site."""
    found = [
        (tag[1], name, html.unescape(value))
        for tag in TAG.finditer(file.read_text("utf-8"))
        for name, value in ATTRIBUTE.findall(tag[2])
    ]
    return Page(
        frozenset(value for _, name, value in found if name == "id"),
        tuple(one for one in found if one[1] != "id"),
    )


def broken(folder: Path) -> list[str]:
    """One line for each address in the pages of a folder that leads nowhere in it, or that loads
    something from elsewhere."""
    pages = {file: read(file) for file in sorted(folder.rglob("*.html"))}
    found = []
    for file, page in pages.items():
        for tag, name, address in page.addresses:
            where = f"{file.relative_to(folder)}: {address[:200]}"
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
            elif parts.fragment and to in pages and unquote(parts.fragment) not in pages[to].ids:
                found.append(f"{where} (no such place)")
    return found
