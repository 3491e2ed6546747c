"""Flashes in a film, by the definition of WCAG 2.2, success criterion 2.3.1.

The definitions are those of "general flash and red flash thresholds" in the Web Content
Accessibility Guidelines 2.2 (W3C Recommendation, 2023): a general flash is a pair of opposing
changes in relative luminance of 10 % or more of the largest (1.0), where the relative luminance
of the darker image is below 0.80; a red flash is a pair of opposing transitions that involve a
saturated red, (R / (R + G + B) >= 0.8, and a change of (R - G - B) * 320 of more than 20, values
below zero counting as zero). R, G and B are linear.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from scipy import ndimage

MOST = 3  # flashes in any second
SHARE = 0.25  # of a window that may flash more often
GRID = (40, 71)  # a frame is looked at in so many cells: each 6 x 6 pixels of 426 x 240

Array = np.ndarray[Any, Any]


def _linear(srgb: Array) -> Array:
    """sRGB in [0, 1] as linear light in [0, 1]."""
    light: Array = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return light


LINEAR = _linear(np.arange(256) / 255)  # of each byte


def coarse(frame: Array) -> Array:
    """A frame's linear light, averaged over the cells of GRID, (rows, columns, 3)."""
    light = LINEAR[frame]
    rows, columns = GRID
    tall, wide = light.shape[0] // rows, light.shape[1] // columns
    bands = (
        light[: rows * tall, : columns * wide].reshape(rows, tall, columns * wide, 3).mean(axis=1)
    )
    mean: Array = bands.reshape(rows, columns, wide, 3).mean(axis=2)
    return mean


class Transitions:
    """Finds, pixel by pixel, opposing changes of at least a threshold, frame after frame.

    A change counts from one extreme to the next: a slow fade is one change, however many frames
    it takes.
    """

    def __init__(self, first: Array, threshold: float) -> None:
        self.threshold = threshold
        self.extreme = first.copy()
        self.direction = np.zeros(first.shape, int)

    def step(self, value: Array, eligible: Array | None = None) -> Array:
        """Where a change in the opposite direction has just reached the threshold, booleans.

        ``eligible(low)`` says where the darker of two values may begin a flash.
        """
        moved = value - self.extreme
        rises = (moved >= self.threshold) & (self.direction <= 0)
        falls = (moved <= -self.threshold) & (self.direction >= 0)
        if eligible is not None:
            dark = np.minimum(value, self.extreme) < 0.80
            rises &= dark
            falls &= dark
        changed: Array = rises | falls
        self.direction = np.where(rises, 1, np.where(falls, -1, self.direction))
        # Along the present direction the extreme moves with the value.
        further = np.where(self.direction >= 0, value > self.extreme, value < self.extreme)
        self.extreme = np.where(changed | further, value, self.extreme)
        return changed


def worst_share(frames: Iterable[Array], frame_rate: int) -> float:
    """The largest share of any quarter of the screen that flashes over three times in a second.

    ``frames`` are (height, width, 3) sRGB bytes. A flash is two changes, so that more than three
    flashes are more than six changes.
    """
    general: Transitions | None = None
    red: Transitions | None = None
    recent: list[tuple[Array, Array]] = []
    worst = 0.0
    window = (GRID[0] // 2, GRID[1] // 2)
    last: Array | None = None
    nothing = np.zeros(GRID, bool), np.zeros(GRID, bool)
    for frame in frames:
        if frame is last:  # nothing changes, and what has changed is longer ago
            recent = [*recent, nothing][-frame_rate:]
            continue
        last, light = frame, coarse(frame)
        luminance = light @ np.array([0.2126, 0.7152, 0.0722])
        total = light.sum(axis=2)
        saturated = light[..., 0] >= 0.8 * np.maximum(total, 1e-9)
        redness = np.maximum(0, (light[..., 0] - light[..., 1] - light[..., 2]) * 320)
        redness = np.where(saturated, redness, 0)
        if general is None or red is None:
            general, red = Transitions(luminance, 0.10), Transitions(redness, 20.0)
            continue
        recent.append((general.step(luminance, luminance), red.step(redness)))
        recent = recent[-frame_rate:]
        for kind in (0, 1):
            flashing = np.sum([pair[kind] for pair in recent], axis=0) > 2 * MOST
            if flashing.any():
                # Means over every window of a quarter of the screen that lies within it.
                share = ndimage.uniform_filter(flashing.astype(float), window, mode="constant")
                worst = max(worst, float(share.max()))
    return worst
