"""Animations of light."""

from litnet.animations.light import CountingLight, PixelsIntoNeurons, Propagate, ValueThrough

__all__ = ["CountingLight", "PixelsIntoNeurons", "Propagate", "ValueThrough"]
