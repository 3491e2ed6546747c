"""The code that a lesson speaks of: files of litnet as pages, with the lines that are meant."""

from __future__ import annotations

import ast
import html
from pathlib import PurePosixPath

from litnet.lessons.exporters.job import POLICY
from litnet.lessons.text import text_of
from litnet.project import asset
from network.errors import InputError
from network.files import read_text

MOST_CODE = 2**20  # bytes


class CodePages:
    """The files that a lesson links to, each a page of its own.

    ``link("network/mlp.py#propagate")`` is where a reader finds that function; ``pages`` what is to
    be written, by address. Lines are found by name: they stay right when others move them.
    """

    def __init__(self) -> None:
        self.meant: dict[str, set[str]] = {}  # by file, the functions that are linked to

    def link(self, address: str) -> str:
        """The address of a function, from a lesson's page.

        Raises InputError unless it is a function, or a class, of a Python file of ``network/`` or
        ``litnet/``.
        """
        file, _, name = address.partition("#")
        _lines(file, name)
        self.meant.setdefault(file, set()).add(name)
        return f"{_page(file)}#{name}"

    def pages(self) -> dict[str, str]:
        """HTML by address."""
        return {_page(file): _html(file, names) for file, names in self.meant.items()}


def _page(file: str) -> str:
    return f"code/{file.removesuffix('.py').replace('/', '.')}.html"


def _text(file: str) -> str:
    path = PurePosixPath(file)
    inside = path.suffix == ".py" and path.parts[0] in ("network", "litnet")
    if not inside or ".." in path.parts or path.as_posix() != file:
        raise InputError(f"{file[:80]!r} is no code, expected a file such as network/mlp.py")
    return read_text(asset(file), MOST_CODE)


def _lines(file: str, name: str) -> tuple[int, int]:
    """The first and the last line of a function, a class or a method, ``MLP.forward``, from 1."""
    node: ast.AST = ast.parse(_text(file))
    for part in name.split("."):
        kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        inner = [n for n in ast.iter_child_nodes(node) if isinstance(n, kinds) and n.name == part]
        if not inner:
            raise InputError(f"{file} has no {name[:80]!r}, expected a function or a class of it")
        node = found = inner[0]
    first = min([found.lineno, *(one.lineno for one in found.decorator_list)])
    return first, found.end_lineno or first


def _html(file: str, names: set[str]) -> str:
    """A file with its lines numbered, and the meant ones named and marked."""
    spans = {name: _lines(file, name) for name in sorted(names)}
    lines = []
    for number, line in enumerate(_text(file).splitlines(), 1):
        starts = [name for name, (first, _) in spans.items() if first == number]
        ends = [name for name, (_, last) in spans.items() if last == number]
        opened = "".join(f'<span class="meant" id="{html.escape(name)}">' for name in starts)
        text = f'<span class="line">{html.escape(line)}</span>'
        lines.append(f"{opened}{text}{'</span>' * len(ends)}")
    title = text_of(file)
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{title}</title>\n<link rel="icon" href="data:,">\n'
        '<link rel="stylesheet" href="../lesson.css">\n</head>\n'
    )
    # No line break between lines: each is a block, and one would stand as an empty line.
    return (
        f'{head}<body class="code">\n<main>\n<h1>{title}</h1>\n'
        f'<pre tabindex="0" aria-label="{title}"><code>{"".join(lines)}</code></pre>\n'
        "</main>\n</body>\n</html>\n"
    )
