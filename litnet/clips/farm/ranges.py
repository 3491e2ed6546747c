"""Clips are split into ranges of their animations, and what the ranges showed is joined again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

# What a record has from the pictures.
DRAWN = ("snapshots", "numbers", "edges", "texts", "light_scales")


def shares(clips: int, workers: int) -> list[int]:
    """Into how many ranges each clip is split: whole clips first, the rest for every worker."""
    left = clips % workers
    return [1] * (clips - left) + [-(-workers // left)] * left if left else [1] * clips


def split(lengths: Sequence[int], parts: int) -> list[range]:
    """Ranges of animations with about as many frames each; at most ``parts``, none of them empty.

    ``lengths`` are the frames of each animation. An animation belongs to the part in which its
    middle frame lies.
    """
    total = sum(lengths)
    parts = min(parts, len(lengths))
    ends, done = [0] * parts, 0
    for number, length in enumerate(lengths):
        middle = done + length / 2
        ends[min(parts - 1, int(middle * parts / max(total, 1)))] = number + 1
        done += length
    ranges, start = [], 0
    for end in ends:
        if end > start:
            ranges.append(range(start, end))
            start = end
    return ranges


def merged(record: dict[str, Any], parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """A plan's record with what the parts, in order, have shown."""
    whole = dict(record)
    parts = list(parts)
    for name in DRAWN:
        whole[name] = [entry for part in parts for entry in part[name]]
    # Several parts may show one layer; a scale is of a layer and a reading, as the scene has it.
    scales = {_of_what(scale): scale for scale in whole["light_scales"]}
    whole["light_scales"] = [scales[key] for key in sorted(scales)]
    return whole


def _of_what(scale: dict[str, Any]) -> tuple[int, int]:
    reading = scale.get("reading")
    return scale["layer"], -1 if reading is None else reading
