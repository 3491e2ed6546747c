"""What the element ``<lit-clip>`` reads of a clip: a script that is nothing but data."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from litnet.lessons.text import script
from litnet.record.asking import askable, first_and_last
from litnet.record.schema import Layer, Reading
from litnet.record.words import one_line

if TYPE_CHECKING:
    from litnet.lessons.clip import Beat, Clip

SCHEMA = 3


def data_script(clip: Clip) -> str:
    """``page_data`` as a classic script, which pages load from a folder as well as from a server.

    Nothing in it ends a script element, or is more than data.
    """
    return script("litnetClips", clip.name, page_data(clip))


def page_data(clip: Clip) -> dict[str, Any]:
    """Beats, words in all languages, and what is on screen.

    A beat has the numbers of its ``first`` and its ``last`` frame. ``snapshots`` are those with
    pictures or neurons, and hold only these: positions in pixels of ``width`` x ``height`` with 2
    decimals, values with 6 significant digits. One asks in the first whose ``until`` is no earlier
    than the frame; after that of the last, in the last.
    """
    record = clip.record
    rows, columns = clip.shape or (None, None)
    return {
        "schema": SCHEMA,
        "name": clip.name,
        "clip": clip.story,
        "language": clip.language,
        "captions": "burned" if clip.burned else "track",
        "title": clip.title,
        "width": clip.width,
        "height": clip.height,
        "frame_rate": [record.video.rate.numerator, record.video.rate.denominator],
        "frames": clip.frames,
        "duration": clip.duration,
        "beats": [_beat(beat, record.video.rate) for beat in clip.beats],
        "tracks": {
            language: {
                "title": track.title,
                "label": track.label,
                "cues": [vars(cue) for cue in track.cues],
                "beats": [beat.title for beat in track.chapters],
            }
            for language, track in clip.tracks.items()
        },
        "sizes": clip.sizes,
        "rows": rows,
        "columns": columns,
        "classes": clip.classes,
        "snapshots": [
            {
                "frame": one.snapshot.frame,
                "until": one.until,
                "time": one.snapshot.time,
                "layers": [_layer(layer) for layer in one.layers],
            }
            for one in askable(record)
        ],
        "readings": [_reading(reading) for reading in record.readings],
        "prediction": record.forward_pass.prediction,
        "confidence": _rounded(record.forward_pass.confidence),
    }


def _beat(beat: Beat, rate: Fraction) -> dict[str, Any]:
    first, last = first_and_last(beat.start, beat.end, rate)
    return vars(beat) | {"first": first, "last": last}


def _layer(layer: Layer) -> dict[str, Any]:
    whole = layer.cell == tuple(range(len(layer.x)))  # the whole layer, in order
    return {
        "layer": layer.layer,
        "kind": layer.kind,
        "radius": round(layer.radius, 2),
        "illustrative": layer.illustrative,
        "reading": layer.reading,
        "cell": None if whole else layer.cell,
        "x": [round(x, 2) for x in layer.x],
        "y": [round(y, 2) for y in layer.y],
        "value": [_rounded(value) for value in layer.value],
    }


def _reading(reading: Reading) -> dict[str, Any]:
    return {"digit": re.split(r"[/\\]", one_line(reading.digit))[-1], "label": reading.label}


def _rounded(value: float | None) -> int | float | None:
    """Six significant digits, and whole numbers as such: JSON is shorter so."""
    if value is None or not math.isfinite(value):
        return None
    short = float(f"{value:.6g}")
    return int(short) if short.is_integer() and abs(short) < 1e6 else short
