"""Letters: the outlines that Pango sets, against those that manim's ``Text`` finds in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from manim import DL, Text, tempconfig

from litnet import style
from litnet.mobjects.letters import outlines, read_outlines
from litnet.mobjects.words import Words, register_fonts


def curves(points: Any) -> Any:
    """Cubics (k, 4, 3), without those that go nowhere: ``Text`` closes what is closed."""
    cubics = np.asarray(points).reshape(-1, 4, 3)
    return cubics[np.abs(cubics - cubics[:, :1]).max(axis=(1, 2)) > 1e-9]


@pytest.mark.parametrize("weight", ["NORMAL", "SEMIBOLD"])
@pytest.mark.parametrize(
    "text", ["Agility, 100% & <more>?", "12,960.5 × −3 = 'σ' + \"%\"", "빛나는 뉴런 0.97!"]
)
def test_letters_are_those_of_manims_text(text: str, weight: str, tmp_path: Any) -> None:
    register_fonts()
    with tempconfig({"media_dir": str(tmp_path)}):
        line = Text(
            text,
            font=style.FONT,
            font_size=31.5,
            weight=weight,
            disable_ligatures=True,
            stroke_width=0,
            warn_missing_font=False,
        )
    theirs = [letter.points for letter, sign in zip(line, text, strict=True) if sign != " "]
    ours = outlines(text, style.FONT, 31.5, weight)
    assert len(ours) == len(theirs) == len(text.replace(" ", ""))
    start, its_start = ours[0].min(axis=0), line[0].get_corner(DL)
    for mine, its in zip(ours, theirs, strict=True):
        assert curves(mine - start) == pytest.approx(curves(its - its_start), abs=1e-9)


def test_a_line_stays_one_line_in_a_narrow_film() -> None:
    """manim has Pango break it where the film ends, though a point of text is no pixel."""
    text = "a line of words that is as long as may be, and longer"
    with tempconfig({"pixel_width": 90, "pixel_height": 160}):
        assert Words(text).height < 2 * Words("A").height


USES = """
  <use xlink:href="#{name}1" x="2" y="10"/>
  <use xlink:href="#{name}3" x="4" y="10"/>
  <use xlink:href="#{name}1" x="20.5" y="10"/>
"""
TRIANGLE = "M 0 0 L 3 0 C 3 1 2 2 0 3 Z M 0 0 "
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg"'
    ' xmlns:xlink="http://www.w3.org/1999/xlink"><defs><g>'
)


@pytest.mark.parametrize(
    "svg",
    [
        f'{HEAD}<symbol overflow="visible" id="glyph0-1">'
        f'<path style="stroke:none;" d="{TRIANGLE}"/></symbol>'
        '<symbol id="glyph0-3"><path d=""/></symbol></g></defs><g id="surface1">'
        f"<g>{USES.format(name='glyph0-')}</g></g></svg>",
        f'{HEAD}<g id="glyph-0-1"><path d="{TRIANGLE}"/></g></g></defs>'
        f'<g fill="rgb(0%, 0%, 0%)">{USES.format(name="glyph-0-")}</g></svg>',
    ],
    ids=["cairo 1.16", "cairo 1.18"],
)
def test_the_files_of_all_versions_of_cairo_are_read(svg: str) -> None:
    one, two = read_outlines(svg.encode())
    assert two - one == pytest.approx(np.full((12, 3), [18.5 * 0.05, 0, 0]))
    corners = [
        *([0, 0], [1, 0], [2, 0], [3, 0]),
        *([3, 0], [3, -1], [2, -2], [0, -3]),
        *([0, -3], [0, -2], [0, -1], [0, 0]),
    ]
    assert one[:, :2] / 0.05 - [2, -10] == pytest.approx(np.array(corners))
