"""What Sphinx and its theme write that a screen reader stumbles over, put right."""

from __future__ import annotations

import re
from pathlib import Path

REPLACED = (
    ('<p class="caption" role="heading">', '<p class="caption" role="heading" aria-level="2">'),
    ('<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="All pages">'),
    ('<aside class="toc-drawer', '<aside aria-label="On this page" class="toc-drawer'),
)

# The lines of a long signature are no list of terms.
SIGNATURE = re.compile(r'<dt class="sig .*?</dt>', re.S)
LINES = re.compile(r"<(/?)(?:dl|dd)>")
NO_HEAD = re.compile(r'<th class="head[^"]*">(?:<p></p>)?</th>')  # of a column without a name


def put_right(html: Path) -> None:
    """Of all pages in a folder; what was put right stays so."""
    for file in html.rglob("*.html"):
        text = before = file.read_text("utf-8")
        if "sidebar-drawer" not in text:
            continue
        for wrong, right in REPLACED:
            text = text.replace(wrong, right)
        text = SIGNATURE.sub(lambda found: LINES.sub(r"<\1div>", found[0]), text)
        text = NO_HEAD.sub("<td></td>", text)
        if "<h1" not in text:  # of the page that searches
            results = '<div id="search-results">'
            text = text.replace(results, f"<h1>Search</h1>\n{results}")
        text = re.sub(r'(<aside aria-label="On this page" ){2,}', r"\1", text)
        if text != before:
            file.write_text(text, encoding="utf-8")
