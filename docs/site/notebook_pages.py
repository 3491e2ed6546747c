"""A notebook as a page: its words, its code, and what came out when it ran."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from stage import DOCS, ROOT, Stage

ALL_CODE = ("litnet/**/*.py", "network/**/*.py", "litnet/lessons/web/*.js")


def write(stage: Stage, kept: Path | None) -> None:
    """Write a page for each notebook. It is run, and what came out is ``kept`` in a folder; if
    that is None, it is not run."""
    for file in sorted((DOCS / "notebooks").glob("*.ipynb")):
        notebook = json.loads(file.read_text("utf-8"))
        if kept is not None:
            notebook = _run(file, kept)
        page = f"notebooks/{file.stem}.md"
        stage.link(f"extra/notebooks/{file.name}", file)
        top, *cells = notebook["cells"]
        title, _, words = _text(top["source"]).partition("\n")
        get = (
            f'```{{raw}} html\n<p><a href="{file.name}" download>The notebook itself</a>, to run '
            "on your own machine</p>\n```\n"
        )
        parts = [title, get, words.strip(), *(_cell(cell) for cell in cells)]
        stage.page(page, "\n\n".join(parts) + "\n", DOCS / page)


def run(file: Path, folder: Path) -> dict[str, Any]:
    """A notebook with what comes out of it, run in a folder.

    Raises nbclient's CellExecutionError where a cell fails.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(file, as_version=4)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()
    found: dict[str, Any] = json.loads(nbformat.writes(notebook))
    return found


def _run(file: Path, kept: Path) -> dict[str, Any]:
    hasher = hashlib.sha256(file.read_bytes())
    for pattern in ALL_CODE:
        for code in sorted(ROOT.glob(pattern)):
            hasher.update(code.read_bytes())
    done = kept / f"{file.stem}-{hasher.hexdigest()[:16]}.ipynb"
    if not done.is_file():
        with tempfile.TemporaryDirectory(prefix="litnet-") as folder:
            notebook = run(file, Path(folder))
        kept.mkdir(parents=True, exist_ok=True)
        for old in kept.glob(f"{file.stem}-*.ipynb"):
            old.unlink()
        done.write_text(json.dumps(notebook), encoding="utf-8")
    found: dict[str, Any] = json.loads(done.read_text("utf-8"))
    return found


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _cell(cell: dict[str, Any]) -> str:
    source = _text(cell["source"])
    if cell["cell_type"] == "markdown":
        return source
    parts = [f"```ipython\n{source}\n```"]
    for output in cell["outputs"]:
        data = output.get("data", {})
        film, picture = _text(data.get("text/html", "")), data.get("image/png")
        if output.get("name") == "stdout":
            parts.append(f"```text\n{_text(output['text']).rstrip()}\n```")
        elif "<video" in film:
            parts.append(f"`````{{raw}} html\n{film}\n`````")
        elif picture:
            shown = (
                f'<img width="140" alt="The digit" src="data:image/png;base64,{_text(picture)}">'
            )
            parts.append(f"`````{{raw}} html\n{shown}\n`````")
    return "\n\n".join(parts)
