"""The films' fonts for a page, with the letters that it has and no others."""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from string import printable as ASCII

from litnet.fonts import FONTS, characters

# Family, weight and, of those that are loaded only where they are needed, the range of letters.
FACES = {
    "LitnetSans-Regular": ("Litnet Sans", 400, ""),
    "LitnetSans-SemiBold": ("Litnet Sans", 600, ""),
    "LitnetSansKR-Regular": ("Litnet Sans KR", 400, "U+AC00-D7A3"),
}
# Points to an em, a quarter of the films': in a page's largest heading, on a fine screen, outlines
# move by a tenth of a pixel at most, and a letter takes a fifth less.
GRID = 512
MISSING = (
    "the page is set in the reader's own fonts, for fonttools and brotli are not installed "
    "(the extra litnet[lessons] has them)."
)


def page_fonts(text: str) -> dict[str, bytes]:
    """Files by name, in WOFF2: the faces that a page with this text needs.

    Empty where fonttools or brotli is not installed; see ``MISSING``.
    """
    if find_spec("fontTools") is None or find_spec("brotli") is None:
        return {}
    found = {}
    for name in FACES:
        file = FONTS / f"{name}.ttf"
        letters = set(text) & characters(file)
        if not FACES[name][2]:
            letters |= set(ASCII) & characters(file)
        if letters:
            found[f"{name}.woff2"] = _subset(file, "".join(sorted(letters)))
    return found


def _subset(file: Path, letters: str) -> bytes:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.ttLib.scaleUpem import scale_upem

    font = TTFont(file, recalcTimestamp=False)
    subsetter = Subsetter(Options(hinting=False, layout_features=["kern"], name_IDs=[1, 2]))
    subsetter.populate(text=letters)
    subsetter.subset(font)
    scale_upem(font, GRID)
    font.flavor = "woff2"
    stream = BytesIO()
    font.save(stream)
    return stream.getvalue()


def font_faces(files: dict[str, bytes]) -> str:
    """The style sheet that names them, beside a folder ``fonts`` that holds them."""
    rules = []
    for file in files:
        family, weight, letters = FACES[file.removesuffix(".woff2")]
        only = f" unicode-range: {letters};" if letters else ""
        # Hangul has one weight here: what is bold is made so from it, rather than in another font.
        weights = "400 600" if letters else str(weight)
        rules.append(
            f'@font-face {{ font-family: "{family}"; font-weight: {weights}; '
            f'font-display: swap; src: url("fonts/{file}") format("woff2");{only} }}\n'
        )
    return "".join(rules)
