"""What one can ask of a film that is paused: neurons and pixels, and in which snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from litnet.record.schema import Layer, Record, Snapshot


@dataclass(frozen=True)
class Askable:
    """A snapshot in which there is something to ask.

    ``layers`` are its pictures and layers of neurons, in order; ``until`` is the last frame at
    which one asks in this snapshot: from there on it is the next one.
    """

    snapshot: Snapshot
    layers: tuple[Layer, ...]
    until: int


def first_and_last(start: float, end: float, rate: Fraction) -> tuple[int, int]:
    """The numbers of a beat's first and of its last frame; times are in seconds."""
    return round(start * rate), round(end * rate) - 1


def askable(record: Record) -> tuple[Askable, ...]:
    """The snapshots in which one can ask, in the order of the film.

    In each frame it is the nearest one of the same beat; in a beat without any, the nearest of the
    film. Of two that are equally near it is the earlier one.
    """
    found = [(snapshot, layers) for snapshot in record.snapshots if (layers := _layers(snapshot))]
    found.sort(key=lambda one: one[0].frame)
    frames = [snapshot.frame for snapshot, _ in found]
    until = [-1] * len(found)
    for beat in record.beats:
        first, last = first_and_last(beat.start, beat.end, record.video.rate)
        near = [n for n, frame in enumerate(frames) if first <= frame <= last]
        near = near or list(range(len(found)))
        ends = [min(last, (frames[a] + frames[b]) // 2) for a, b in pairwise(near)]
        for n, end in zip(near, [*ends, last], strict=False):
            if end >= first:
                until[n] = end
                first = end + 1
    for n in range(1, len(until)):
        until[n] = max(until[n - 1 : n + 1])
    return tuple(
        Askable(snapshot, layers, end) for (snapshot, layers), end in zip(found, until, strict=True)
    )


def asked_at(record: Record, frame: int) -> Askable | None:
    """The one in which one asks when the film is paused at ``frame``; None if there is none."""
    found = askable(record)
    return next((one for one in found if frame <= one.until), found[-1] if found else None)


def _layers(snapshot: Snapshot) -> tuple[Layer, ...]:
    """Those of a snapshot's layers of which one can ask a neuron or a pixel, in order."""
    shown = (one for one in snapshot.layers if one.kind in ("pixels", "neurons") and one.x)
    return tuple(sorted(shown, key=lambda layer: layer.layer))
