"""Animations of light."""

from litnet.animations.light import CountingLight, PixelsIntoNeurons, Propagate, ValueTo
from litnet.animations.sums import AddUp

__all__ = ["AddUp", "CountingLight", "PixelsIntoNeurons", "Propagate", "ValueTo"]
