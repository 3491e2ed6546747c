"""The pages of mobjects and animations, from the examples and the docstrings."""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

import reference
from examples import Example, Shown, examples, shown
from stage import DOCS, ROOT, Stage

ENTRY = re.compile(r"(?:^- \[`(?P<name>\w+)`\]\([^)]*\): .*\n)+", re.M)
NAME = re.compile(r"^- \[`(\w+)`\]", re.M)


def page_of(name: str, moves: bool) -> str:
    """Where the page of a mobject or an animation is."""
    return f"{'animations' if moves else 'mobjects'}/{name}.md"


def places() -> dict[str, str]:
    """The page of each example, by the example's file."""
    mobjects, _ = reference.drawn()
    return {
        one.file.relative_to(ROOT).as_posix(): page_of(name, name not in mobjects)
        for name, one in examples().items()
    }


def write(stage: Stage, kept: Path | None) -> None:
    """Write a page for each, and the page of all. Pictures are made, and ``kept`` in a folder; or
    there are none, if that is None."""
    pictures: dict[str, Shown] = {}
    mobjects, animations = reference.drawn()
    for name in (*mobjects, *animations):
        one, moves = examples()[name], name in animations
        if kept is not None:
            if not (kept / f"{one.file.stem}.json").is_file():
                print(f"filming {one.file.relative_to(ROOT)}", file=sys.stderr, flush=True)
            pictures[name] = shown(one, moves, kept)
            for file in (pictures[name].picture, pictures[name].small, pictures[name].clip):
                if file is not None:
                    stage.write(f"extra/examples/{file.name}", file.read_bytes())
        page = page_of(name, moves)
        stage.page(page, _page(one, pictures.get(name), moves), DOCS / page)
    text = (DOCS / "mobjects.md").read_text("utf-8")
    text = ENTRY.sub(lambda found: _grid(NAME.findall(found[0]), pictures, animations), text)
    hidden = "\n".join(
        "\n```{toctree}\n:hidden:\n\n" + "\n".join(page[:-3] for page in pages) + "\n```"
        for pages in (
            [page_of(name, False) for name in mobjects],
            [page_of(name, True) for name in animations],
        )
    )
    stage.page("mobjects.md", text + hidden + "\n", DOCS / "mobjects.md")


def _page(one: Example, made: Shown | None, moves: bool) -> str:
    file = one.file.relative_to(ROOT)
    alt = html.escape(f"{one.name}: {one.about}")
    if made is None:
        figure = ""
    elif made.clip is None:
        width, height = made.size
        figure = (
            f'<img class="example" src="../examples/{made.picture.name}" width="{width}" '
            f'height="{height}" alt="{alt}">'
        )
    else:
        width, height = made.size
        figure = (
            f'<video class="example" controls loop muted playsinline preload="none" '
            f'width="{width}" height="{height}" poster="../examples/{made.picture.name}" '
            f'aria-label="{alt}"><source src="../examples/{made.clip.name}" type="video/mp4">'
            "</video>"
        )
    shows = f"```{{raw}} html\n{figure}\n```\n\n" if figure else ""
    home = reference.home(one.name)
    source = reference.source(one.name).relative_to(ROOT)
    return (
        f"# `{one.name}`\n\n{one.about}\n\n{shows}## Example\n\n"
        f"`manim render {file}` films it.\n\n```python\n{one.code}\n```\n\n"
        f"## Reference\n\n`from {home} import {one.name}`, from [`{source}`](../../{source})\n\n"
        f"{reference.entry(home, one.name)}"
    )


def _grid(names: list[str], pictures: dict[str, Shown], animations: list[str]) -> str:
    """Cards that lead to the pages."""
    cards = []
    for name in names:
        one, made = examples()[name], pictures.get(name)
        page = page_of(name, name in animations).removesuffix(".md") + ".html"
        picture = ""
        if made is not None:
            picture = (
                f'<img src="examples/{made.small.name}" width="480" height="270" '
                'loading="lazy" alt="">'
            )
        cards.append(
            f'<li><a href="{page}">{picture}<strong>{name}</strong>'
            f"<span>{html.escape(one.about).replace('`', '')}</span></a></li>"
        )
    inside = "\n".join(cards)
    return f'```{{raw}} html\n<ul class="cards">\n{inside}\n</ul>\n```\n'
