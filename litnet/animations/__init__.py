"""Animations of light."""

from litnet.animations.gather import Gather, Sift
from litnet.animations.light import CountingLight, PixelsIntoNeurons, Propagate, ValueTo

__all__ = ["CountingLight", "Gather", "PixelsIntoNeurons", "Propagate", "Sift", "ValueTo"]
