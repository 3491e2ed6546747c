"""A look: the colours and the font of films, by a name; which there are, and whether one is seen.

litnet has two, ``dark`` and ``paper``. A project may have one of its own in
``[tool.litnet.theme]``; what that leaves out is as in the one on which it is based, or follows
from what it says. Colours are sRGB, ``"#RRGGBB"``; contrast is that of WCAG 2.2.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path

from litnet.project import Project, current, real_path, sha256_of, shown_path
from network.errors import InputError, printable

VARIABLE = "LITNET_THEME"
OWN_NAME = "own"  # of a project's, if it gives none
LITNET_FONT = "litnet"  # in a list of fonts: those that litnet brings
MOST_FONTS = 8
# What stands out from what, at least. Of words that are the point; of other words; of lines, and of
# all that is no letter.
TEXT, WORD, LINE = 7.0, 4.5, 3.0
SIGNS = 3.0  # the lighter sign from the darker one, also for somebody who sees no green
WRONG_APART = 1.5  # and so a wrong answer from a right one, which words tell as well
LIGHTEST_DARK = 0.18  # relative luminance of a ground from which on ink is drawn, and not light

# Deuteranopia, of linear RGB: Machado, Oliveira and Fernandes, "A Physiologically-based Model for
# Simulation of Color Vision Deficiency", IEEE TVCG 2009, severity 1.0.
ALL_COLORS = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
NO_GREEN = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)

RGB = tuple[float, float, float]


@dataclass(frozen=True)
class Theme:
    """The colours of a film, and its fonts.

    ``light`` is the colour of a cell with all light: white on a dark ground, ink on a light one.
    ``positive`` and ``negative`` are those of lines and cells, ``positive_word`` and
    ``negative_word`` the same for words; ``structure`` is of axes, ``mist`` of connections that
    carry nothing yet; ``glow`` is around what shines, ``shine`` a line of that
    colour. ``fonts`` are files as a record names them; none are litnet's own.
    """

    name: str
    background: str
    text: str
    light: str
    quiet: str
    accent: str
    correct: str
    wrong: str
    positive: str
    negative: str
    positive_word: str
    negative_word: str
    structure: str
    mist: str
    glow: str
    shine: str
    fonts: tuple[str, ...] = ()

    @property
    def is_light(self) -> bool:
        """Whether its ground is light, so that ink is drawn on it."""
        return luminance(self.background) > LIGHTEST_DARK

    @property
    def values(self) -> dict[str, str]:
        """All but its name, by what it is called; of a font, also its digest."""
        found = {name: value for name, value in asdict(self).items() if isinstance(value, str)}
        del found["name"]
        files = (f"{font} {sha256_of(real_path(font))}" for font in self.fonts)
        return found | {"font": ", ".join(files)}

    @property
    def digest(self) -> str:
        """SHA-256 of its values; raises InputError for a font that is gone."""
        return hashlib.sha256(json.dumps(self.values, sort_keys=True).encode()).hexdigest()


DARK = Theme(
    name="dark",
    background="#000000",
    text="#F2F2F2",
    light="#FFFFFF",
    quiet="#A6ABB5",  # 9.1:1
    accent="#FFD166",
    correct="#7BD88F",
    wrong="#FF4D4D",
    # Orange against blue survives the common colour-vision deficiencies (Okabe and Ito, "Color
    # Universal Design", 2008), and the two differ in lightness as well.
    positive="#FFB547",
    negative="#2A5CF5",
    positive_word="#FFB547",
    negative_word="#6C9BFF",  # the same blue, lightened so that words in it are readable
    structure="#5B6B8C",
    mist="#5B6B8C",
    glow="#BFD4FF",
    shine="#BFD4FF",
)
PAPER = Theme(
    name="paper",
    background="#FAF9F4",
    text="#1E2430",
    light="#1E2430",
    quiet="#5A6272",
    accent="#A03BD3",
    correct="#1E7F3C",
    wrong="#8E0018",
    positive="#D97700",
    negative="#1438A6",
    positive_word="#AD5800",
    negative_word="#1D4ED8",
    structure="#8790A3",
    mist="#A9B4CE",
    glow="#9FDDD8",
    shine="#00766F",
)
THEMES = {theme.name: theme for theme in (DARK, PAPER)}

# What a table may set, beside its name and what it is based on.
COLORS = (
    *("background", "text", "accent", "positive", "negative", "glow"),
    *("light", "quiet", "structure", "correct", "wrong"),
)
KEYS = ("name", "base", *COLORS, "font")


# --- which there are -----------------------------------------------------------------------------
def named(name: str, project: Project | None = None) -> Theme:
    """The theme of a name, litnet's or the project's own.

    Raises
    ------
    InputError
        There is none of that name, or the project's own cannot be read or not be seen.
    """
    project = current() if project is None else project
    if isinstance(project.theme, Mapping) and name not in THEMES:
        own = _of_table(project.theme, project)
        if own.name == name:
            return own
    if name in THEMES:
        return THEMES[name]
    names = [*THEMES, *([_own_name(project)] if isinstance(project.theme, Mapping) else [])]
    near = get_close_matches(name, names, 1)
    meant = f"did you mean {printable(near[0])}?" if near else f"there are: {', '.join(names)}."
    raise InputError(f"No theme is called {printable(repr(name))}; {meant}")


def configured_name(project: Project) -> str:
    """The name of the theme that a project has; raises InputError as :func:`named`."""
    if isinstance(project.theme, Mapping):
        return _of_table(project.theme, project).name
    return named(project.theme or DARK.name, project).name


def filmed(project: Project | None = None, environment: Mapping[str, str] | None = None) -> Theme:
    """The theme that is filmed: that of ``LITNET_THEME``, or else the project's.

    Raises InputError as :func:`named`.
    """
    project = current() if project is None else project
    given = (os.environ if environment is None else environment).get(VARIABLE)
    return named(given or configured_name(project), project)


def names_of(project: Project) -> tuple[str, ...]:
    """The names of litnet's themes, and of the project's own."""
    own = (_own_name(project),) if isinstance(project.theme, Mapping) else ()
    return tuple(dict.fromkeys((*THEMES, *own)))


# --- a theme of one's own ------------------------------------------------------------------------
def _own_name(project: Project) -> str:
    table = project.theme
    assert isinstance(table, Mapping)
    name = table.get("name")
    if name is None:
        others = set(table) - {"base"}
        base = str(table.get("base", DARK.name))
        return OWN_NAME if others or base not in THEMES else base
    return str(name)


def _of_table(table: Mapping[str, object], project: Project) -> Theme:
    where = f"{printable(project.file or project.root)}: [tool.litnet.theme]"
    for key in table:
        if key not in KEYS:
            near = get_close_matches(key, KEYS, 1)
            meant = f"did you mean {near[0]}?" if near else f"there are: {', '.join(KEYS)}."
            raise InputError(f"{where}: {printable(key)} is no setting of a theme; {meant}")
    texts: dict[str, str] = {}
    for key in KEYS[:-1]:
        value = table.get(key)
        if value is not None and not isinstance(value, str):
            raise InputError(f"{where}: {key} is of another kind, expected a text.")
        if value is not None:
            texts[key] = value
    given = {key: _color(texts[key], f"{where}: {key}") for key in COLORS if key in texts}
    base = _base(texts.get("base"), given.get("background"), where)
    fonts = _fonts(table.get("font"), project, where)
    name = _own_name(project)
    if not (name.isascii() and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", name)):
        raise InputError(
            f"{where}: name is {printable(repr(name))}, but clips are published by it; expected "
            "up to 40 letters of ASCII, digits and - _ ."
        )
    if name in THEMES and (given or fonts or name != base.name):
        raise InputError(
            f"{where}: name is {name}, which is litnet's own theme; expected another name."
        )
    theme = derived(base, given, name, fonts)
    _check(theme, given, where)
    return theme


def _base(given: str | None, background: str | None, where: str) -> Theme:
    if given is None:
        light = background is not None and luminance(background) > LIGHTEST_DARK
        return PAPER if light else DARK
    if given not in THEMES:
        near = get_close_matches(given, THEMES, 1)
        meant = f"did you mean {near[0]}?" if near else f"there are: {', '.join(THEMES)}."
        raise InputError(
            f"{where}: base is {printable(repr(given))}, no theme of litnet's; {meant}"
        )
    return THEMES[given]


def _color(text: str, where: str) -> str:
    """``#RRGGBB`` of that or of ``#RGB``."""
    if re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        return text.upper()
    if re.fullmatch(r"#[0-9A-Fa-f]{3}", text):
        return "#" + "".join(2 * letter for letter in text[1:]).upper()
    raise InputError(f"{where} is {printable(repr(text))}, which is no colour; expected #RRGGBB.")


def _fonts(value: object, project: Project, where: str) -> tuple[str, ...]:
    """The files, as a record names them, in the order in which letters are looked for."""
    if value is None or value == LITNET_FONT:
        return ()
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(one, str) and one for one in listed):
        raise InputError(f"{where}: font is of another kind, expected a file, or a list of files.")
    if len(listed) > MOST_FONTS:
        raise InputError(f"{where}: font has {len(listed)} files, expected at most {MOST_FONTS}.")
    found = []
    for one in listed:
        if one == LITNET_FONT:
            found.append(one)
            continue
        file = project.root / Path(one)
        if file.suffix.lower() not in (".ttf", ".otf"):
            raise InputError(
                f"{where}: font is {printable(repr(one))}, expected the file of a font, a .ttf or "
                ".otf."
            )
        sha256_of(file)  # which says what is wrong with it
        found.append(shown_path(file, project.root))
    return tuple(found)


def derived(base: Theme, given: Mapping[str, str], name: str, fonts: tuple[str, ...] = ()) -> Theme:
    """A theme that has the colours that are given, and others that can be seen beside them.

    What is not given is the base's, moved towards white on a dark ground, and towards black on a
    light one, until it stands out as much as it has to.
    """
    ground = given.get("background", base.background)
    dark = luminance(ground) <= LIGHTEST_DARK
    far = "#FFFFFF" if dark else "#000000"

    def seen(color: str, ratio: float) -> str:
        return until(color, far, lambda one: contrast(one, ground) >= ratio)

    text = given.get("text") or seen(base.text, TEXT)
    found = {
        "background": ground,
        "text": text,
        "light": given.get("light") or (seen(base.light, TEXT) if dark else text),
    }
    for key, ratio in (("quiet", WORD), ("accent", WORD), ("correct", WORD), ("structure", LINE)):
        found[key] = given.get(key) or seen(getattr(base, key), ratio)
    for key in ("positive", "negative"):
        found[key] = given.get(key) or seen(getattr(base, key), LINE)
    # The sign that is further from the ground gives way, so that the two are told apart.
    further, nearer = ("positive", "negative") if dark else ("negative", "positive")
    if further not in given:
        other = found[nearer]
        found[further] = until(found[further], far, lambda one: _told(one, other, SIGNS))
    for key in ("positive", "negative"):
        word = found[key] if key in given else getattr(base, f"{key}_word")
        found[f"{key}_word"] = seen(word, WORD)
    if "structure" in given:
        found["mist"] = mixed(found["structure"], ground, 0.0 if dark else 0.4)
    else:
        found["mist"] = base.mist
    found["glow"] = given.get("glow") or base.glow
    found["shine"] = seen(given["glow"] if "glow" in given else base.shine, WORD)
    found["wrong"] = given.get("wrong") or _wrong(base.wrong, found, ground, far)
    if dark and "correct" not in given:
        found["correct"] = until(found["correct"], far, lambda one: _told(one, found["wrong"]))
    # Each channel of these is added to the ground.
    for key in ("light", "positive", "negative", "mist", "glow"):
        found[key] = _beyond(found[key], ground, dark)
    return Theme(name=name, fonts=fonts, **found)


def _beyond(color: str, ground: str, dark: bool) -> str:
    """A colour, in no channel darker than a dark ground, or lighter than a light one."""
    further = max if dark else min
    return "#" + "".join(further(color[i : i + 2], ground[i : i + 2]) for i in (1, 3, 5))


def _wrong(color: str, found: Mapping[str, str], ground: str, far: str) -> str:
    """The base's colour of a wrong answer, lighter or darker, so that it is told from the others;
    as it can be read, if none is."""
    readable = until(color, far, lambda one: contrast(one, ground) >= WORD)
    others = [found[key] for key in ("accent", "correct", "positive_word")]
    for end in ("#000000", "#FFFFFF"):
        for step in range(40):
            one = mixed(readable, end, step / 40)
            if contrast(one, ground) >= WORD and all(_told(one, other) for other in others):
                return one
    return readable


def _told(one: str, other: str, ratio: float = WRONG_APART) -> bool:
    return all(contrast(one, other, eye) >= ratio for eye in (ALL_COLORS, NO_GREEN))


# --- whether it can be seen ----------------------------------------------------------------------
def _check(theme: Theme, given: Mapping[str, str], where: str) -> None:
    """Raise InputError for a colour that does not stand out as much as it has to."""
    asked = {
        "text": TEXT,
        "light": TEXT,
        **dict.fromkeys(("quiet", "accent", "correct", "wrong"), WORD),
        **dict.fromkeys(("positive", "negative", "structure"), LINE),
    }
    for key, ratio in asked.items():
        color = getattr(theme, key)
        _require(where, key, color, "background", theme.background, ratio)
    for eye, who in ((ALL_COLORS, ""), (NO_GREEN, " for somebody who sees no green")):
        _require(where, "positive", theme.positive, "negative", theme.negative, SIGNS, eye, who)
        for key in ("accent", "correct"):
            color = getattr(theme, key)
            _require(where, "wrong", theme.wrong, key, color, WRONG_APART, eye, who)


def _require(
    where: str,
    one: str,
    color: str,
    other: str,
    ground: str,
    ratio: float,
    eye: tuple[RGB, RGB, RGB] = ALL_COLORS,
    who: str = "",
) -> None:
    found = contrast(color, ground, eye)
    if found < ratio:
        shown = int(found * 10) / 10  # never as much as was asked for
        raise InputError(
            f"{where}: {one} {color} and {other} {ground} differ in lightness by {shown}:1{who}, "
            f"expected {ratio:g}:1 or more."
        )


# --- colours -------------------------------------------------------------------------------------
def rgb(color: str) -> RGB:
    """``"#RRGGBB"`` as three floats in [0, 1]."""
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def luminance(color: str | RGB, eye: tuple[RGB, RGB, RGB] = ALL_COLORS) -> float:
    """Relative luminance, 0 to 1, for an eye that sees linear RGB so."""
    parts = rgb(color) if isinstance(color, str) else color
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    seen = (sum(a * b for a, b in zip(row, linear, strict=True)) for row in eye)
    weights = (0.2126, 0.7152, 0.0722)
    return sum(w * min(max(part, 0.0), 1.0) for w, part in zip(weights, seen, strict=True))


def contrast(one: str, other: str, eye: tuple[RGB, RGB, RGB] = ALL_COLORS) -> float:
    """How much two colours stand out from each other, 1 to 21."""
    dark, light = sorted((luminance(one, eye), luminance(other, eye)))
    return (light + 0.05) / (dark + 0.05)


def mixed(one: str, other: str, part: float) -> str:
    """Of two colours, a ``part`` of the other one."""
    both = zip(rgb(one), rgb(other), strict=True)
    return "#" + "".join(f"{round(255 * (a + (b - a) * part)):02X}" for a, b in both)


def until(color: str, far: str, good: Callable[[str], bool]) -> str:
    """A colour, or as near to it on the way to ``far`` as is ``good``; ``far``, if none is."""
    steps = (mixed(color, far, step / 64) for step in range(65))
    return next((one for one in steps if good(one)), far)
