"""Build the site: ``python docs/site``.

Pages are gathered in ``build/docs/pages``, built by Sphinx into ``build/docs/html``, and their
links are followed. Films of the gallery are those that are published and fresh; the examples'
pictures are made, and kept for as long as they would come out the same.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))
os.chdir(HERE.parents[1])  # the project whose films are shown, as it is set, and nothing else
for name in [name for name in os.environ if name.startswith("LITNET_")]:
    if not name.startswith("LITNET_CACHE"):
        del os.environ[name]

import accessible  # noqa: E402
import drawn  # noqa: E402
import links  # noqa: E402
import notebook_pages  # noqa: E402
import reference  # noqa: E402
from gallery_pages import Gallery  # noqa: E402
from stage import DOCS, ROOT, Stage  # noqa: E402


def gather(folder: Path, kept: Path | None) -> list[str]:
    """All pages that Sphinx reads; gives which films are missing in them, and why.

    Pictures of examples are ``kept`` in a folder; if that is None the site is a small one, without
    them, for a look at its pages.
    """
    stage = Stage(folder, drawn.places(), most=None if kept else 9)
    for page in sorted(DOCS.glob("*.md")):
        if page.name not in ("index.md", "mobjects.md"):
            stage.page(page.name, page.read_text("utf-8"), page)
    for name in ("CHANGELOG.md", "CONTRIBUTING.md"):
        stage.elsewhere(ROOT / name)
    for name, text in reference.pages().items():
        stage.page(name, text, DOCS / name)
    drawn.write(stage, kept)
    notebook_pages.write(stage, kept)
    gallery = Gallery(stage)
    gallery.write()
    index = (DOCS / "index.md").read_text("utf-8")
    stage.page("index.md", index, DOCS / "index.md")
    for name in ("loop.webp", "flow.jpg"):
        stage.link(f"extra/images/{name}", DOCS / "images" / name)
    stage.finish()
    return gallery.missing


def sphinx(pages: Path, html: Path, doctrees: Path) -> int:
    """Let Sphinx build; warnings are errors, and all of them are said."""
    from sphinx.cmd.build import main

    return main(
        [
            *("-q", "-b", "html", "-W", "--keep-going", "-c", str(HERE)),
            *("-D", f"html_extra_path={pages / 'extra'}"),
            *("-d", str(doctrees), str(pages), str(html)),
        ]
    )


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="docs/site", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "build" / "docs")
    parser.add_argument(
        "--small", action="store_true", help="a small site, for a look at its pages"
    )
    given = parser.parse_args()
    output = given.output.resolve()
    missing = gather(output / "pages", None if given.small else output / "examples")
    html = output / "html"
    if code := sphinx(output / "pages", html, output / "doctrees"):
        return code
    accessible.put_right(html)
    broken = links.broken(html)
    for one in broken:
        print(f"broken: {one}", file=sys.stderr)
    if missing:
        print(f"Without what is not rendered, or stale: {', '.join(missing)}.", file=sys.stderr)
    print(html / "index.html")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
