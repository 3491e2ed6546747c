"""Lines of a real file, which light as they run."""

from __future__ import annotations

import ast
import hashlib
import json
import textwrap
from pathlib import Path

from manim import Group

from litnet import style
from litnet.mobjects.glyphs import POINT, Glyphs, outlines, typeset
from litnet.project import asset, real_path, shown_path
from network.errors import InputError, printable
from network.files import read_bytes

MOST_BYTES = 2**20
LETTER = 10.0  # points: Typst sets code in 0.8 of the size
ADVANCE = 0.602 * LETTER  # of its font, DejaVu Sans Mono
CAPITAL = 0.729 * LETTER * POINT
LEADING = 1.62 * LETTER


class CodeLines(Group):
    """Lines of a function in a Python file, as they stand there.

    Parameters
    ----------
    file
        ``"network/mlp.py"``; or a file of the project.
    function
        ``"propagate"``, or ``"MLP.forward"``.
    first, last
        What the first and the last of the lines contain; by default they are the function's.
    size
        As that of words.

    The file is an input of the clip: when it changes, the clip is stale. Raises InputError for a
    file that cannot be read, or where the lines are gone.
    """

    def __init__(
        self,
        file: str,
        function: str,
        *,
        first: str | None = None,
        last: str | None = None,
        size: float = style.LABEL_SIZE,
    ) -> None:
        path = real_path(file)
        if not path.is_file():
            path = asset(file)
        data = read_bytes(path, MOST_BYTES)
        self.where = f"{printable(file)}, {function}"
        texts = _cut(_lines_of(path, data, function), self.where, first, last)
        unit = POINT * size
        self.lines: list[Glyphs] = []
        for row, text in enumerate(texts):
            if not text.strip():
                continue
            indent = len(text) - len(text.lstrip())
            # A bar before the line says where it begins, and where it stands.
            bar = f"#box(width: 1pt, height: {LETTER}pt, fill: black)"
            markup = f"#set text(size: {LETTER / 0.8}pt)\n{bar}#raw({json.dumps(text.strip())})"
            start, *letters = typeset(markup, size)
            line = Glyphs(outlines(letters), text.strip(), CAPITAL * size)
            corner = start.get_corner((1, -1, 0))
            line.shift((indent * ADVANCE * unit, -row * LEADING * unit, 0.0) - corner)
            line.file, line.file_digest = shown_path(path), hashlib.sha256(data).hexdigest()
            self.lines.append(line)
        super().__init__(*self.lines)
        self.center()

    def line(self, part: str) -> Glyphs:
        """The first line that contains a text; raises InputError if there is none."""
        for line in self.lines:
            if part in line.text:
                return line
        raise InputError(f"{self.where}: found no line with {part!r} among those that are shown.")


def _lines_of(path: Path, data: bytes, function: str) -> list[str]:
    """The lines of a function, without what it is indented by."""
    try:
        node: ast.AST = ast.parse(data, str(path))
        text = data.decode()
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"{printable(path)}: cannot be read as Python ({error}).") from error
    for name in function.split("."):
        kinds = (ast.FunctionDef, ast.ClassDef)
        inside = (part for part in getattr(node, "body", ()) if isinstance(part, kinds))
        found = next((part for part in inside if part.name == name), None)
        if found is None:
            raise InputError(f"{printable(path)}: found no {function}, whose lines are filmed.")
        node = found
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    lines = text.splitlines()[node.lineno - 1 : node.end_lineno]
    return textwrap.dedent("\n".join(lines)).splitlines()


def _cut(lines: list[str], where: str, first: str | None, last: str | None) -> list[str]:
    for pattern, keep_from in ((first, True), (last, False)):
        if pattern is None:
            continue
        place = next((n for n, line in enumerate(lines) if pattern in line), None)
        if place is None:
            raise InputError(f"{where}: found no line with {pattern!r}, which is filmed.")
        lines = lines[place:] if keep_from else lines[: place + 1]
    return textwrap.dedent("\n".join(lines)).splitlines()
