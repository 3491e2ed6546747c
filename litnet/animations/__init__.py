"""Animations of light."""

from litnet.animations.light import CountingLight, PixelsIntoNeurons, Propagate, ValueTo

__all__ = ["CountingLight", "PixelsIntoNeurons", "Propagate", "ValueTo"]
