"""The pages of the site, gathered in one folder for Sphinx.

A page that stands in ``docs`` is read on its own, too: its links lead to files of the repository.
On the site such a link leads to the page that shows that file.
"""

from __future__ import annotations

import ast
import os
import posixpath
import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

LINK = re.compile(r"\]\((?![a-z]+:|#|/)(?P<to>[^)\s#]+)(?P<part>#[^)\s]*)?\)")
INCLUDE = re.compile(r"(?P<before>\{literalinclude\} )(?P<to>\S+)")
LEXERS = {
    ".py": "python",
    ".toml": "toml",
    ".po": "po",
    ".yml": "yaml",
    ".js": "javascript",
    ".md": "markdown",
    ".json": "json",
    ".cfg": "ini",
}
PAGES_ELSEWHERE = ("CHANGELOG.md", "CONTRIBUTING.md", "assets/", "benchmarks/", "renders/")


class Stage:
    """The folder that Sphinx reads.

    ``examples`` names the page of each example by its file, ``docs/examples/knobs.py`` say. Of
    files that are shown as they are there are only the ``most`` first lines, if that is told.
    """

    def __init__(self, folder: Path, examples: dict[str, str], most: int | None = None) -> None:
        self.folder, self.examples, self.most = folder, examples, most
        self.written: set[Path] = set()

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file, unless it is there and the same: Sphinx reads again what is newer."""
        file = self.folder / name
        data = content.encode() if isinstance(content, str) else content
        self.written.add(file)
        if not file.is_file() or file.read_bytes() != data:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.unlink(missing_ok=True)  # it may be another file's second name
            file.write_bytes(data)

    def link(self, name: str, path: Path) -> None:
        """Have a file here as well: a second name of it, or a copy where that cannot be."""
        file = self.folder / name
        self.written.add(file)
        if file.is_file() and (file.samefile(path) or file.read_bytes() == path.read_bytes()):
            return
        file.unlink(missing_ok=True)
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, file)
        except OSError:
            shutil.copyfile(path, file)

    def page(self, name: str, text: str, place: Path) -> None:
        """Write a page whose links are those of a file at ``place`` in the repository."""
        self.written.add(self.folder / name)  # pages may lead to each other

        def link(found: re.Match[str]) -> str:
            to = self._address(place.parent, found["to"])
            return found[0] if to is None else f"]({to}{found['part'] or ''})"

        def include(found: re.Match[str]) -> str:
            file = (place.parent / found["to"]).resolve()
            return f"{found['before']}/{self.file(file)}"

        self.write(name, INCLUDE.sub(include, LINK.sub(link, text)))

    def file(self, path: Path) -> str:
        """Copy a file of the repository, and give its name here."""
        name = f"files/{path.relative_to(ROOT).as_posix()}"
        self.write(name, path.read_bytes())
        return name

    def finish(self) -> None:
        """Take away what was here before and is no more."""
        for folder, _, names in os.walk(self.folder):
            for name in names:
                if (file := Path(folder) / name) not in self.written:
                    file.unlink()

    # --- where links lead ------------------------------------------------------------------------
    def _address(self, base: Path, to: str) -> str | None:
        path = Path(posixpath.normpath((base / to).as_posix()))
        if not path.exists() or not path.is_relative_to(ROOT):
            return None
        shown = path.relative_to(ROOT).as_posix()
        if shown == "README.md":
            return "/index.md"
        if shown in self.examples:
            return f"/{self.examples[shown]}"
        if path.is_dir():
            return self._listing(path, shown)
        if path.parent == DOCS and path.suffix == ".md":
            return f"/{path.name}"
        if path.suffix == ".ipynb":
            return f"/notebooks/{path.stem}.md"
        if shown.startswith("docs/images/"):
            name = shown.removeprefix("docs/")
            self.write(name, path.read_bytes())
            return f"/{name}"
        if path.suffix == ".md" and shown.startswith(PAGES_ELSEWHERE):
            return self.elsewhere(path)
        if path.suffix in LEXERS:
            return self.source(path)
        return f"/{self.file(path)}"

    def elsewhere(self, path: Path) -> str:
        """A page that stands elsewhere in the repository."""
        name = f"project/{path.relative_to(ROOT).as_posix()}"
        if self.folder / name not in self.written:
            self.page(name, "---\norphan: true\n---\n\n" + path.read_text("utf-8"), path)
        return f"/{name}"

    def source(self, path: Path) -> str:
        """A page with the text of a file."""
        shown = path.relative_to(ROOT).as_posix()
        text = "\n".join(path.read_text("utf-8").splitlines()[: self.most])
        fence = "`" * (2 + max((len(one) for one in re.findall("`+", text)), default=1))
        fence = max(fence, "```")
        self.write(
            f"source/{shown}.md",
            f"---\norphan: true\nnosearch: true\n---\n\n# `{shown}`\n\n"
            f"{fence}{{code-block}} {LEXERS[path.suffix]}\n{text}\n{fence}\n",
        )
        return f"/source/{shown}.md"

    def _listing(self, path: Path, shown: str) -> str:
        """A page that says what is in a folder."""
        rows = []
        for file in sorted(path.iterdir()):
            name = file.name + "/" * file.is_dir()
            about = ""
            if file.suffix == ".py":
                about = (ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "").split("\n")[0]
            if not name.startswith(("_", ".")) or name == "__init__.py":
                rows.append(f"| `{name}` | {about} |")
        self.write(
            f"source/{shown}/index.md",
            f"---\norphan: true\nnosearch: true\n---\n\n# `{shown}/`\n\n| | |\n|---|---|\n"
            + "\n".join(rows)
            + "\n",
        )
        return f"/source/{shown}/index.md"
