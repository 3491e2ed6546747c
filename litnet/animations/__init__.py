"""Animations of light."""

from litnet.animations.gather import Gather, Sift
from litnet.animations.judge import Judge
from litnet.animations.light import CountingLight, PixelsIntoNeurons, Propagate, ValueTo

__all__ = ["CountingLight", "Gather", "Judge", "PixelsIntoNeurons", "Propagate", "Sift", "ValueTo"]
