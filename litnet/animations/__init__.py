"""Animations of light."""

from litnet.animations.gather import Gather, Sift
from litnet.animations.judge import Judge
from litnet.animations.light import CountingLight, PixelsIntoNeurons, Propagate, ValueTo
from litnet.animations.rows import ReadOut, UnfoldRows

__all__ = [
    "CountingLight",
    "Gather",
    "Judge",
    "PixelsIntoNeurons",
    "Propagate",
    "ReadOut",
    "Sift",
    "UnfoldRows",
    "ValueTo",
]
