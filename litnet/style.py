"""Every rule of appearance: colours, sizes, and how a number becomes light.

Lengths are in manim's scene units (the frame is 8 units high and, at 16:9, 14.2 wide) unless a
name says otherwise; colours are sRGB.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RGB = tuple[float, float, float]


def _rgb(hexadecimal: str) -> RGB:
    """``"#RRGGBB"`` as three floats in [0, 1]."""
    red, green, blue = (int(hexadecimal[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def hexadecimal(color: RGB) -> str:
    """Three floats in [0, 1] as ``"#RRGGBB"``, which words take."""
    return "#" + "".join(f"{round(255 * part):02X}" for part in color)


# --- colours -----------------------------------------------------------------------------------
TEXT_COLOR = "#F2F2F2"
QUIET_COLOR = "#A6ABB5"  # labels that are not the point; 8.9:1 on black
ACCENT_COLOR = "#FFD166"  # what the viewer should look at: the answer, the framed patch
CORRECT_COLOR = "#7BD88F"
# A wrong answer, wherever an answer is shown: 6.4:1 on black, and by 1.6:1 darker than the orange
# of a sign, for somebody who sees no green, too. A word or a form always says it as well.
WRONG_COLOR = "#FF4D4D"

# The signs of a contribution. Orange against blue survives the common colour-vision deficiencies
# (Okabe and Ito, "Color Universal Design", 2008), and the two differ in lightness as well: by 3:1,
# for somebody who sees no green, too.
POSITIVE = _rgb("#FFB547")
NEGATIVE = _rgb("#2A5CF5")
POSITIVE_COLOR = "#FFB547"
NEGATIVE_COLOR = "#6C9BFF"  # the same blue, lightened so that words in it are readable
STRUCTURE = _rgb("#5B6B8C")  # a connection that carries nothing yet
GLOW = _rgb("#BFD4FF")
FLASH = _rgb("#FFD166")
WHITE = _rgb("#FFFFFF")
QUIET = _rgb(QUIET_COLOR)
WRONG = _rgb(WRONG_COLOR)

# --- words -------------------------------------------------------------------------------------
FONT = "Litnet Sans, Litnet Sans KR"  # Pango takes from the second what the first has not
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


def text_color_on(grey: float) -> str:
    """Black or white, whichever stands out more from a grey (sRGB, 0 to 1): by 4.5:1 at least.

    The two are equally far from the grey whose relative luminance is sqrt(1.05 * 0.05) - 0.05
    (contrast by WCAG 2.2), which is 0.46 in sRGB.
    """
    return "#000000" if grey > 0.46 else "#FFFFFF"


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
