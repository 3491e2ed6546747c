"""Make the films' fonts from Inter: ``python assets/fonts/make_fonts.py FOLDER``.

FOLDER holds ``Inter-Regular.woff2`` and the other weights, as in ``web/`` of the package that
README.md names. It takes two packages that litnet itself does without: fonttools and brotli.

What changes: the digits become tabular (all of one width, Inter's feature ``tnum``), so that a
number on screen does not tremble while it runs; characters that no film needs go; and the family
is renamed, so that an Inter that a machine happens to have is never taken for this one.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

FAMILY = "Litnet Sans"
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


def rename(font: TTFont, weight: str) -> None:
    version = font["name"].getDebugName(5).split(";")[0].removeprefix("Version ")
    postscript = f"{FAMILY.replace(' ', '')}-{weight}"
    regular = weight == "Regular"
    names = {
        0: font["name"].getDebugName(0) + ". Derived from Inter for litnet.",
        1: FAMILY if regular else f"{FAMILY} {weight}",
        2: "Regular",
        3: f"{version};{postscript}",
        4: f"{FAMILY} {weight}",
        5: f"Version {version}",
        6: postscript,
        13: font["name"].getDebugName(13),
        14: font["name"].getDebugName(14),
    }
    if not regular:
        names |= {16: FAMILY, 17: weight}
    font["name"].names = []
    for identifier, text in names.items():
        font["name"].setName(text, identifier, 3, 1, 0x409)


def make(source: Path, target: Path, weight: str) -> None:
    font = TTFont(source, recalcTimestamp=False)
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
    subsetter.populate(unicodes=CHARACTERS)
    subsetter.subset(font)
    rename(font, weight)
    font.flavor = None
    font.save(target)

    characters = font.getBestCmap()
    widths = {font["hmtx"][characters[ord(digit)]][0] for digit in "0123456789"}
    if len(widths) != 1:
        raise SystemExit(f"{target.name}: digits of different widths: {sorted(widths)}")
    print(f"{target.name}: {len(characters)} characters, {target.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    for name in WEIGHTS:
        make(
            Path(sys.argv[1]) / f"Inter-{name}.woff2",
            Path(__file__).with_name(f"{FAMILY.replace(' ', '')}-{name}.ttf"),
            name,
        )
