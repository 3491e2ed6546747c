"""Every rule of appearance: colours, sizes, and how a number becomes light.

Lengths are in manim's scene units (the frame is 8 units high and, at 16:9, 14.2 wide) unless a
name says otherwise; colours are sRGB.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litnet import theme as themes
from litnet.fonts import families
from network.errors import InputError

Floats = NDArray[np.float64]
RGB = themes.RGB


def hexadecimal(color: RGB) -> str:
    """Three floats in [0, 1] as ``"#RRGGBB"``, which words take."""
    return "#" + "".join(f"{round(255 * part):02X}" for part in color)


# --- colours -----------------------------------------------------------------------------------
# Those of the theme that is filmed: each is looked up when it is asked for. So a story asks where
# it draws (``style.TEXT_COLOR`` in a method), not where it is imported.
BACKGROUND_COLOR: str
TEXT_COLOR: str
QUIET_COLOR: str  # labels that are not the point
ACCENT_COLOR: str  # what the viewer should look at: the answer, the framed patch
BRIGHT_COLOR: str  # of a cell with all light
CORRECT_COLOR: str
# A wrong answer, wherever an answer is shown. It differs in lightness from a right one, for
# somebody who sees no green, too. A word or a form always says it as well.
WRONG_COLOR: str

# The signs of a contribution, for lines and cells, and for words.
POSITIVE: RGB
NEGATIVE: RGB
POSITIVE_COLOR: str
NEGATIVE_COLOR: str
STRUCTURE: RGB  # an axis, a scale
MIST: RGB  # a connection that carries nothing yet
GLOW: RGB  # around what shines
SHINE: RGB  # a line of that colour
FLASH: RGB  # of the accent
BRIGHT: RGB  # a cell with all light, and marks that are as bright
GROUND: RGB
QUIET: RGB
CORRECT: RGB
WRONG: RGB
FONT: str  # Pango takes from the next one what the first has not

_LOOKS: dict[str, Callable[[themes.Theme], Any]] = {
    "BACKGROUND_COLOR": lambda theme: theme.background,
    "TEXT_COLOR": lambda theme: theme.text,
    "QUIET_COLOR": lambda theme: theme.quiet,
    "ACCENT_COLOR": lambda theme: theme.accent,
    "BRIGHT_COLOR": lambda theme: theme.light,
    "CORRECT_COLOR": lambda theme: theme.correct,
    "WRONG_COLOR": lambda theme: theme.wrong,
    "POSITIVE_COLOR": lambda theme: theme.positive_word,
    "NEGATIVE_COLOR": lambda theme: theme.negative_word,
    "POSITIVE": lambda theme: themes.rgb(theme.positive),
    "NEGATIVE": lambda theme: themes.rgb(theme.negative),
    "STRUCTURE": lambda theme: themes.rgb(theme.structure),
    "MIST": lambda theme: themes.rgb(theme.mist),
    "GLOW": lambda theme: themes.rgb(theme.glow),
    "SHINE": lambda theme: themes.rgb(theme.shine),
    "FLASH": lambda theme: themes.rgb(theme.accent),
    "BRIGHT": lambda theme: themes.rgb(theme.light),
    "GROUND": lambda theme: themes.rgb(theme.background),
    "QUIET": lambda theme: themes.rgb(theme.quiet),
    "CORRECT": lambda theme: themes.rgb(theme.correct),
    "WRONG": lambda theme: themes.rgb(theme.wrong),
    "FONT": lambda theme: ", ".join(families(theme)),
}
_worn: list[tuple[themes.Theme, dict[str, Any]]] = []  # one, or none yet


def wear(theme: themes.Theme | None) -> None:
    """Have all that is drawn from now on look so; None: as the environment and the project say."""
    _worn.clear()
    if theme is not None:
        _worn.append((theme, {}))


def current() -> themes.Theme:
    """The theme of what is drawn: that of the film, or else that of the next one.

    A project that says nothing that can be read has the dark one; a film then says what is wrong.
    """
    if not _worn:
        try:
            wear(themes.filmed())
        except InputError:
            wear(themes.DARK)
    return _worn[0][0]


def __getattr__(name: str) -> Any:
    if name not in _LOOKS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    theme = current()
    known = _worn[0][1]
    if name not in known:
        known[name] = _LOOKS[name](theme)
    return known[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *_LOOKS})


# --- words -------------------------------------------------------------------------------------
CAPTION_SIZE = 32  # manim font sizes; 32 is about 1/25 of the frame's height from top to bottom
LABEL_SIZE = 27
TITLE_SIZE = 42
CAPTION_LEADING = 0.47  # from one baseline to the next
MARGIN = 0.05  # of the frame's width and height, kept free of anything that must be read
COVER_MARGIN = 0.03  # how near a cell's middle may come to something before that covers it

# --- cells: pixels and neurons -----------------------------------------------------------------
PIXEL_FILL = 0.94  # a pixel's square, as a part of the distance between two pixels
PIXEL_RIM = 0.16  # grey of the thin outline, so that a black pixel is seen to be there
PIXEL_RIM_WIDTH = 0.05  # of the half side
NEURON_FILL = 0.80  # a neuron's diameter, as a part of the distance between two neurons
NEURON_RIM = 0.40
NEURON_RIM_WIDTH = 0.13  # of the radius
DIMMED = 0.14  # light of a picture of which something is not true, as a part of its own
SMALLEST_PITCH = 0.14  # below this, a layer stands in several columns
LARGEST_PITCH = 0.54  # distance between the neurons of a small layer
PART_FOR_LAYERS = 0.45  # of a network's width behind its input; the rest is for the connections
DIGIT_PITCH = 0.31  # from this distance on, each neuron has room for a digit beside it
NAME_PITCH = 0.37  # and from this one for any name
NEGATIVE_SIZE = 0.68  # the disc of a number below zero, as a part of the square of one above
SIGN_SHOWS = 0.12  # light from which on a number below zero has all of its form
GLOW_SPREAD = 1.25  # standard deviation of the halo, in radii
GLOW_STRENGTH = 0.55  # light of the halo in the middle of a neuron that is fully lit
FLASH_STRENGTH = 0.9

# --- connections -------------------------------------------------------------------------------
LINE_WIDTH = 0.0074  # scene units; one pixel at 1080p
STRUCTURE_LIGHT = 0.11  # light of one connection that carries nothing, in a bundle of 45 a neuron
MOST_LINES = 16_384  # of one bundle; more than are seen apart, and as many as are drawn at speed
MIST_RISES = 0.6  # from the border of a layer of many columns on, until its lines are wholly seen
AFTERGLOW = 0.75  # what stays on a connection behind the front of the light
FRONT_WIDTH = 0.55  # how far the front fades in

# --- strokes: arrows, dials, marks ---------------------------------------------------------------
STROKE_WIDTH = 0.05  # of what carries a number
STROKE_GLOW = 0.11  # standard deviation of the halo around a stroke
STROKE_GLOW_LIGHT = 0.5
SCALE_WIDTH = 0.02  # of what a number is read from: axes, ticks, the ring of a dial
SCALE_LIGHT = 0.8  # of STRUCTURE's colour
FRAME_WIDTH = 0.035  # of a frame around a picture
HEAD = 0.17  # length of an arrow's head, at most


def sign_color(value: float) -> str:
    """Of words and numbers: the colour of a sign, that of zero as above zero."""
    theme = current()
    return theme.negative_word if value < 0 else theme.positive_word


def lit(light: Floats, tint: Floats) -> Floats:
    """(n, 3) what cells of these colours (n, 3) look like with a light (n,): from the ground on."""
    ground = np.array(themes.rgb(current().background))
    colors: Floats = ground + light[:, None] * (tint - ground)
    return colors


def text_color_on(light: float) -> str:
    """Black or white, whichever stands out more from a cell with a light (0 to 1): by 4.5:1 at
    least.

    The two are equally far from the grey whose relative luminance is sqrt(1.05 * 0.05) - 0.05
    (contrast by WCAG 2.2), which is 0.46 in sRGB.
    """
    ground, full = (themes.rgb(color) for color in (current().background, current().light))
    red, green, blue = (
        dark + light * (most - dark) for dark, most in zip(ground, full, strict=True)
    )
    middle = themes.luminance((0.46, 0.46, 0.46))
    return "#000000" if themes.luminance((red, green, blue)) > middle else "#FFFFFF"


def exposure_gain(fan_in: int) -> float:
    """How strongly a bundle is exposed, from the number of lines that meet in one neuron.

    A line alone is to be seen; the many lines that overlap are to glow and not to saturate, so
    the gain falls with the square root of the crowd, as the spread of a sum of independent
    contributions grows with it.
    """
    return 4.2 / float(np.sqrt(1 + fan_in / 48))


def structure_gain(fan_in: int) -> float:
    """How strongly the bare structure of a bundle is exposed.

    The fewer lines, the better each is seen; the exponent was chosen by eye, so that 16 lines a
    neuron are seen one by one and 784 are a mist.
    """
    return float(12 / max(fan_in, 1) ** 0.65)


def relative_strengths(contributions: Floats) -> Floats:
    """Contributions (n_out, n_in) as strengths in [-1, 1], relative to the largest in the layer.

    A layer that contributes nothing at all stays dark.
    """
    largest = float(np.abs(contributions).max(initial=0.0))
    strengths: Floats = contributions / largest if largest > 0 else np.zeros_like(contributions)
    return strengths


def signed_light(values: Floats, scale: float) -> Floats:
    """How bright signed numbers are, in [0, 1], same shape: 1 - exp(-|value| / scale).

    The curve of an exposure: of weights, many are small and few are very large, and both kinds
    are to be seen.
    """
    light: Floats = -np.expm1(-np.abs(values) / scale)
    return light


@dataclass(frozen=True)
class LightScale:
    """The documented mapping from a layer's numbers to light: affine from [low, high] to [0, 1].

    For numbers between 0 and 1 it is the identity. A model with another activation can compute
    others; then ``low`` and ``high`` are the smallest interval that contains 0, 1 and every
    number of the layer, so that nothing is clipped, and the record says which interval it was.
    """

    low: float = 0.0
    high: float = 1.0

    @classmethod
    def of(cls, values: Floats) -> LightScale:
        """The scale for one layer's activations, any shape."""
        return cls(min(0.0, float(np.min(values))), max(1.0, float(np.max(values))))

    def light(self, values: Floats) -> Floats:
        """Light in [0, 1], same shape as ``values``."""
        if (self.low, self.high) == (0.0, 1.0):
            return values
        return (values - self.low) / (self.high - self.low)
