"""Words and data, escaped for the places of a page that they stand in."""

from __future__ import annotations

import html
import json

from litnet.record.words import one_line

# What ends a script or is no JavaScript, though it is JSON.
_IN_SCRIPTS = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def text_of(words: object) -> str:
    """Words on one line, escaped for HTML: for text and for attributes in double quotes."""
    return html.escape(one_line(words), quote=True)


def script(table: str, name: str, data: object) -> str:
    """A classic script that puts data into a table of the page, under a name.

    It can stand in a file or between script tags: what could end those is escaped.
    """
    key, text = (
        json.dumps(part, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(
            _IN_SCRIPTS
        )
        for part in (name, data)
    )
    return f"(globalThis.{table}??={{}})[{key}]={text};\n"
