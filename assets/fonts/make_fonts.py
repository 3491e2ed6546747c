"""Make the films' fonts: ``python assets/fonts/make_fonts.py INTER PRETENDARD``.

INTER holds ``Inter-Regular.woff2`` and the other weights, PRETENDARD holds
``Pretendard-Regular.woff2``: the folders, of the packages that README.md names, that it names. It
takes two packages that litnet itself does without: fonttools and brotli.

Latin and all else comes from Inter, Hangul from Pretendard, which was drawn to stand beside it.
What changes: the digits become tabular (all of one width, Inter's feature ``tnum``), so that a
number on screen does not tremble while it runs; characters that no film needs go; and the family
is renamed, so that an Inter that a machine happens to have is never taken for this one.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

FAMILY = "Litnet Sans"
HANGUL_FAMILY = "Litnet Sans KR"
WEIGHTS = ("Regular", "SemiBold")
TABULAR = "0123456789+\N{MINUS SIGN}"
CHARACTERS = (
    *range(0x0020, 0x007F),  # Basic Latin
    *range(0x00A0, 0x0180),  # Latin-1 Supplement, Latin Extended-A
    *range(0x0391, 0x03CA),  # Greek
    *range(0x2010, 0x2028),  # dashes, quotation marks, bullet, ellipsis
    *(0x2032, 0x2033),  # primes
    *(0x2070, *range(0x2074, 0x208F)),  # superscripts and subscripts
    *range(0x2190, 0x2196),  # arrows
    *range(0x2200, 0x2266),  # mathematical operators
    *(0x25A0, 0x25A1, 0x25B2, 0x25B6, 0x25BC, 0x25C0, 0x25CB, 0x25CF, 0x2713, 0x2717),  # shapes
)
# The 2,350 syllables of KS X 1001, which modern texts get along with.
SYLLABLES = [c for c in range(0xAC00, 0xD7A4) if len(chr(c).encode("euc_kr")) == 2]
# Whatever a feature would put in the place of a character that was written is left out.
FEATURES = ["ccmp", "kern", "locl", "mark", "mkmk"]


def substitutions(font: TTFont, feature: str) -> dict[str, str]:
    """Glyph for glyph, what a feature of single substitutions puts in place of what."""
    table = font["GSUB"].table
    indices = {
        index
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag == feature
        for index in record.Feature.LookupListIndex
    }
    found: dict[str, str] = {}
    for index in sorted(indices):
        for subtable in table.LookupList.Lookup[index].SubTable:
            found |= getattr(subtable, "ExtSubTable", subtable).mapping
    return found


def make_digits_tabular(font: TTFont) -> None:
    tabular = substitutions(font, "tnum")
    for table in font["cmap"].tables:
        for character in map(ord, TABULAR):
            if character in table.cmap:
                glyph = table.cmap[character]
                table.cmap[character] = tabular.get(glyph, glyph)


def rename(font: TTFont, family: str, weight: str, origin: str) -> None:
    version = font["name"].getDebugName(5).split(";")[0].removeprefix("Version ")
    postscript = f"{family.replace(' ', '')}-{weight}"
    regular = weight == "Regular"
    names = {
        0: font["name"].getDebugName(0) + f". Derived from {origin} for litnet.",
        1: family if regular else f"{family} {weight}",
        2: "Regular",
        3: f"{version};{postscript}",
        4: f"{family} {weight}",
        5: f"Version {version}",
        6: postscript,
        13: font["name"].getDebugName(13),
        14: font["name"].getDebugName(14),
    }
    if not regular:
        names |= {16: family, 17: weight}
    font["name"].names = []
    for identifier, text in names.items():
        font["name"].setName(text, identifier, 3, 1, 0x409)


def make(folder: Path, origin: str, weight: str, family: str, characters: Iterable[int]) -> None:
    font = TTFont(folder / f"{origin}-{weight}.woff2", recalcTimestamp=False)
    latin = family == FAMILY
    if latin:
        make_digits_tabular(font)
    options = Options(
        layout_features=FEATURES,
        name_IDs=["*"],
        hinting=False,
        notdef_outline=True,
        drop_tables=["DSIG", "STAT", "meta"],
        recalc_timestamp=False,
    )
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    rename(font, family, weight, origin)
    font.flavor = None
    suffix = "ttf" if "glyf" in font else "otf"
    target = Path(__file__).with_name(f"{family.replace(' ', '')}-{weight}.{suffix}")
    font.save(target)

    there = font.getBestCmap()
    if latin and len({font["hmtx"][there[ord(digit)]][0] for digit in "0123456789"}) != 1:
        raise SystemExit(f"{target.name}: digits of different widths")
    print(f"{target.name}: {len(there)} characters, {target.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    inter, pretendard = map(Path, sys.argv[1:])
    for name in WEIGHTS:
        make(inter, "Inter", name, FAMILY, CHARACTERS)
    make(pretendard, "Pretendard", "Regular", HANGUL_FAMILY, SYLLABLES)
