"""The sheet of a class: a page to print, with a box for each pupil and marks in its corners.

The marks are ArUco's (Garrido-Jurado and others, 2014): each says which corner of which page it is,
so that a photo of the page can be turned upright whatever way it was held. All places are in
millimetres from the top left of a page of A4.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from litnet.fonts import lacking
from litnet.narration import locale_of, said
from litnet.project import asset
from litnet.record.pupils import Pupil
from network.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt

WIDTH, HEIGHT = 210.0, 297.0  # of A4
COLUMNS, ROWS = 5, 6
BOXES = COLUMNS * ROWS  # on a page
BOX, LINE = 29.0, 0.4  # the side of a box between the middles of its lines, and their width
PITCH_X, PITCH_Y = 36.6, 38.2
FIRST_X, FIRST_Y = 17.3, 40.0  # the middles of the first box's lines
MARK, EDGE = 14.0, 9.0  # the side of a mark, and its distance from the edges of the paper
MODULES = 7  # of a mark, on a side
MARKS_A_PAGE = 4
MOST_PAGES = 60  # there are 250 marks
FONTS = ("Litnet Sans", "Litnet Sans KR")
# Of names with letters that those lack, so that a name is in one font: what machines have.
OTHER_FONTS = (
    *("Noto Sans", "DejaVu Sans", "Segoe UI", "Arial", "Helvetica Neue", "Arial Unicode MS"),
    *("DejaVu Sans Mono", *FONTS),
)


def opencv() -> Any:
    """The package that makes and finds the marks, with one thread; InputError without it."""
    try:
        import cv2
    except ImportError as error:
        raise InputError("`litnet class` needs OpenCV: pip install 'litnet[class]'") from error
    return cv2


def dictionary() -> Any:
    """The marks."""
    aruco = opencv().aruco
    return aruco.getPredefinedDictionary(aruco.DICT_5X5_250)


@dataclass(frozen=True)
class Box:
    """A pupil's box: ``page`` and ``number`` on it from 1, the middle of its lines' top left."""

    page: int
    number: int
    x: float
    y: float

    @property
    def name(self) -> str:
        """As files are called: page and number."""
        return f"{self.page}-{self.number:02}"

    @property
    def corners(self) -> npt.NDArray[np.float64]:
        """(4, 2): x and y of the corners, clockwise from the top left."""
        return _square(self.x, self.y, BOX)


def boxes(page: int) -> tuple[Box, ...]:
    """The boxes of a page, line by line."""
    return tuple(
        Box(page, 1 + row * COLUMNS + column, FIRST_X + column * PITCH_X, FIRST_Y + row * PITCH_Y)
        for row in range(ROWS)
        for column in range(COLUMNS)
    )


def marks(page: int) -> dict[int, npt.NDArray[np.float64]]:
    """The marks of a page by their numbers: (4, 2) corners, clockwise from the top left."""
    right, low = WIDTH - EDGE - MARK, HEIGHT - EDGE - MARK
    places = ((EDGE, EDGE), (right, EDGE), (right, low), (EDGE, low))
    first = (page - 1) * MARKS_A_PAGE
    return {first + n: _square(x, y, MARK) for n, (x, y) in enumerate(places)}


def _square(x: float, y: float, side: float) -> npt.NDArray[np.float64]:
    return np.array([(x, y), (x + side, y), (x + side, y + side), (x, y + side)])


def sheet(
    pupils: Sequence[Pupil], language: str = "en", say: Callable[[str], None] = lambda text: None
) -> bytes:
    """A PDF with a box for each of the pupils, on as many pages as they need; what is left of a
    page are boxes without names.

    A name with letters that no font has is left out, so that it can be written by hand; ``say`` is
    told of that.

    Raises
    ------
    InputError
        There are too many, or OpenCV is missing.
    """
    import typst

    pages = max(1, -(-len(pupils) // BOXES))
    if pages > MOST_PAGES:
        raise InputError(
            f"found {len(pupils):,} names, expected at most {MOST_PAGES * BOXES:,} on a sheet"
        )
    if left := without_font([pupil.name for pupil in pupils]):
        every = "; ".join(f"{name} ({', '.join(letters)})" for name, letters in left.items())
        say(
            f"no font here has all letters of {len(left)} of the names, whose boxes get a line "
            f"to write on instead: {every}"
        )
        pupils = [replace(p, name="") if p.name in left else p for p in pupils]
    facts = {
        "language": locale_of(language).language,
        "region": locale_of(language).territory,
        "title": said("Class.sheet", language),
        "how": said("Class.sheet.how", language),
        "fonts": FONTS,
        "others": OTHER_FONTS,
        "box": BOX,
        "line": LINE,
        "module": MARK / MODULES,
        "pages": [_page(page, pages, pupils, language) for page in range(1, pages + 1)],
    }
    compiled: Any = typst.compile  # its types are too narrow
    found: bytes = compiled(
        _TEMPLATE.encode(),
        sys_inputs={"sheet": json.dumps(facts)},
        font_paths=[str(asset("assets/fonts"))],
        format="pdf",
    )
    return found


def without_font(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The names that cannot be printed here, each with the letters that no font has: neither those
    of the films, nor Typst's own, nor the machine's."""
    compiler = _compiler()

    def prints(*texts: str) -> bool:
        import typst

        facts = {"sheet": json.dumps({"fonts": OTHER_FONTS, "texts": texts})}
        try:  # a PDF for archives may have no letter without a glyph
            compiler.compile(_TEXTS, format="pdf", sys_inputs=facts, pdf_standards="a-2b")
        except typst.TypstError:
            return False
        return True

    names = dict.fromkeys(names)
    if prints(*names):
        return {}
    left = [name for name in names if not prints(name)]
    letters = {c: prints(c) for name in left for c in name if not c.isspace()}
    return {
        name: tuple(dict.fromkeys(c for c in name if not letters.get(c, True))) or (name,)
        for name in left
    }


def _compiler() -> Any:
    import typst

    return typst.Compiler(font_paths=[str(asset("assets/fonts"))])


def _page(page: int, pages: int, pupils: Sequence[Pupil], language: str) -> dict[str, Any]:
    aruco = opencv().aruco
    shown = []
    for box in boxes(page):
        place = (page - 1) * BOXES + box.number - 1
        pupil = pupils[place] if place < len(pupils) else None
        asked = "" if pupil is None or pupil.digit is None else str(pupil.digit)
        shown.append(
            {"x": box.x, "y": box.y, "number": box.number, "asked": asked}
            | {"name": (name := "" if pupil is None else pupil.name), "usual": not lacking(name)}
        )
    black = []
    for number, corners in marks(page).items():
        image = aruco.generateImageMarker(dictionary(), number, MODULES)
        for row, column in np.argwhere(image < 128).tolist():
            x, y = corners[0] + np.array([column, row]) * MARK / MODULES
            black.append([float(x), float(y)])
    which = said("Class.sheet.page", language, page=page, pages=pages) if pages > 1 else ""
    return {"boxes": shown, "black": black, "which": which}


_TEXTS = b"""
#let facts = json(bytes(sys.inputs.sheet))
#set text(font: facts.fonts)
#for one in facts.texts [#one #linebreak()]
"""

# Names are data, never markup.
_TEMPLATE = r"""
#let sheet = json(bytes(sys.inputs.sheet))
#set document(title: sheet.title)
#set page(width: 210mm, height: 297mm, margin: 0mm)
#set text(font: sheet.fonts, size: 9pt, lang: sheet.language, region: sheet.region)
#let module = sheet.module * 1mm
#for page in sheet.pages [
  #for (x, y) in page.black {
    // A little larger, so that no printer leaves a gap between two.
    place(dx: x * 1mm - 0.01mm, dy: y * 1mm - 0.01mm,
      rect(width: module + 0.02mm, height: module + 0.02mm, fill: black))
  }
  #place(dx: 26mm, dy: 9mm, box(width: 158mm, height: 14mm, {
    text(size: 15pt, weight: "semibold", sheet.title)
    h(1fr)
    text(size: 10pt, fill: luma(90), page.which)
    linebreak()
    text(size: 10pt, fill: luma(60), sheet.how)
  }))
  #for one in page.boxes {
    place(dx: one.x * 1mm, dy: (one.y - 6.3) * 1mm, box(width: sheet.box * 1mm, height: 6mm, {
      set align(bottom)
      set text(bottom-edge: "descender")
      let asked = if one.asked != "" { text(size: 12pt, weight: "semibold", one.asked) }
      if one.name == "" {
        grid(columns: (auto, 1fr, auto), column-gutter: 1.5mm, align: bottom,
          text(size: 8pt, fill: luma(110), str(one.number)),
          pad(bottom: 0.8mm, line(length: 100%, stroke: 0.5pt + luma(140))), asked)
      } else {
        set text(font: if one.usual { sheet.fonts } else { sheet.others })
        set par(leading: 0.3em)
        context {
          let room = sheet.box * 1mm - if one.asked == "" { 0mm } else { 4mm }
          // On one line if it is large enough so, else on as many as there is room for.
          let fits(size) = {
            let wide(word) = measure(text(size: size, word)).width
            let high = measure(block(width: room, text(size: size, one.name))).height
            if size >= 7.5pt { wide(one.name) <= room } else {
              high <= 5.8mm and one.name.split(" ").all(word => wide(word) <= room)
            }
          }
          let size = range(0, 25).map(n => 10.5pt - n * 0.25pt).find(fits)
          grid(columns: (1fr, auto), align: (left + bottom, right + bottom),
            if size != none { text(size: size, one.name) } else {
              // A word that is longer than its line is cut.
              text(size: 3.5pt, one.name.clusters().join("\u{200b}"))
            },
            text(font: sheet.fonts, asked))
        }
      }
    }))
    place(dx: one.x * 1mm, dy: one.y * 1mm, rect(width: sheet.box * 1mm, height: sheet.box * 1mm,
      stroke: sheet.line * 1mm + black, radius: 0mm))
  }
  #pagebreak(weak: true)
]
"""
