"""Rendering with the real command, and reading back what it wrote, with nothing of litnet's."""

from __future__ import annotations

import atexit
import contextlib
import json
import math
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

ROOT = Path(__file__).resolve().parents[1]
STORY = ROOT / "scenes" / "layer_intro.py"
VANILLA = ROOT / "assets" / "models" / "vanilla.npz"
DIGITS = ROOT / "assets" / "digits"
HERO = DIGITS / "3_hero.png"
FONT = ROOT / "assets" / "fonts" / "LitnetSans-Regular.ttf"

# Few frames a second make a cheap film; how large its frames are is another matter.
SMALL = ("-ql", "--fps", "2")
LARGE = ("--resolution", "1920,1080", "--fps", "2")

# Whether what one film shows is drawn for the others of its story, too (``make test-all``).
ALL = os.environ.get("LITNET_TEST_ALL") == "1"

# Stories that are sketched in another language: its words, before pictures, a network, and curves.
STILLS = {
    ("ManyThrees", "ko"),
    ("FallsShort", "de"),
    ("Propagation", "de"),
    ("ItLearns", "ko"),
}

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Layers = list[tuple[list[list[float]], list[float], str]]


class Ready:
    """The process that has manim ready (see ready.py), started when it is first needed."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen[str] | None = None

    def run(
        self,
        arguments: list[str],
        environment: dict[str, str],
        folder: Path = ROOT,
        *,
        sketch: Path | None = None,
        draws: bool = True,
        frames: Path | None = None,
    ) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of ``manim``, run in a folder; one at a time.

        ``sketch`` and ``frames`` name files for the notes of ``sketched.py``; ``draws`` is
        whether anything is drawn in a sketch.
        """
        with self.lock, TemporaryDirectory() as said:
            out, err = Path(said, "out"), Path(said, "err")
            out.touch()
            err.touch()
            order = {
                "arguments": arguments,
                "environment": environment,
                "folder": str(folder),
                "sketch": str(sketch or ""),
                "draws": draws,
                "frames": str(frames or ""),
            }
            code = self._ordered(order | {"out": str(out), "err": str(err)})
            return code, out.read_text("utf-8"), err.read_text("utf-8")

    def _ordered(self, order: dict[str, Any]) -> int:
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("ready.py"))],
                cwd=ROOT,
                env=without_litnet(),
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
            atexit.register(self.end)
        assert self.process.stdin is not None and self.process.stdout is not None
        too_long = threading.Timer(300, os.killpg, (self.process.pid, signal.SIGKILL))
        too_long.start()
        try:
            print(json.dumps(order), file=self.process.stdin, flush=True)
            return int(self.process.stdout.readline())
        except BaseException:
            self.end()
            raise
        finally:
            too_long.cancel()

    def end(self) -> None:
        """End it, and whatever it is doing."""
        process, self.process = self.process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


READY = Ready()


def without_litnet() -> dict[str, str]:
    """The environment, without what litnet takes from it, except where it keeps things."""
    kept = ("LITNET_CACHE", "LITNET_CACHE_MB")
    return {n: v for n, v in os.environ.items() if n in kept or not n.startswith("LITNET_")}


def manim(
    media: Path,
    *flags: str,
    model: Path | None = None,
    digit: Path | None = None,
    story: Path = STORY,
    scene: str = "LayerIntro",
    apart: bool = False,
    sketch: Path | None = None,
    draws: bool = True,
    frames: Path | None = None,
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """Run ``manim render`` as a person would, from the repository's root.

    With ``apart``, or with variables that an interpreter reads when it starts, really by the
    command; else in a fork of a process that has manim imported already, which is faster.
    """
    variables = without_litnet() | environment
    for name, path in (("LITNET_MODEL", model), ("LITNET_DIGIT", digit)):
        if path is not None:
            variables[name] = str(path)
    quiet = ("--progress_bar", "none", "-v", "ERROR", "--media_dir", str(media))
    arguments = ["render", *flags, *quiet, str(story), scene]
    if not apart and all(name.startswith("LITNET_") for name in environment):
        done = READY.run(arguments, variables, sketch=sketch, draws=draws, frames=frames)
        return subprocess.CompletedProcess(arguments, *done)
    assert sketch is None and frames is None
    command = [sys.executable, "-m", "manim", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=variables, text=True, capture_output=True, timeout=300, check=False
    )


def film(media: Path, *flags: str, **options: Any) -> Film:
    """Render a film that has to succeed."""
    done = manim(media, *flags, **options)
    assert done.returncode == 0, done.stderr
    videos = [p for p in media.rglob("*.mp4") if "partial_movie_files" not in p.parts]
    assert len(videos) == 1, videos
    return Film(
        videos[0],
        options.get("model") or VANILLA,
        options.get("digit") or HERO,
        options.get("sketch"),
        options.get("frames"),
        options.get("draws", True),
    )


def sketch(media: Path, *flags: str, **options: Any) -> Film:
    """A film of which only what holds still is drawn; with ``--all`` it is all drawn.

    For what a drawn film has shown already, or what no test looks at while it moves: other
    languages, models, digits, training runs and shapes of network of a story.
    """
    if ALL:
        return film(media, *flags, **options)
    return film(media, *flags, **options, sketch=Path(f"{media}.plays.json"))


def recorded(media: Path, *flags: str, **options: Any) -> Film:
    """As ``sketch``, for tests that read the record only: nothing is drawn, there are no stills."""
    return sketch(media, *flags, **options, draws=ALL)


@dataclass
class Film:
    """A rendered film, its record, and what it was made from."""

    video: Path
    model: Path
    digit: Path
    plays: Path | None = None  # of a sketch, which plays moved
    hashes: Path | None = None  # where each frame's is, from before it was encoded
    drawn: bool = True  # or there is nothing to be seen in it
    _stills: dict[int, Bytes] = field(default_factory=dict)

    @cached_property
    def record(self) -> dict[str, Any]:
        """The record beside the film, as it is at first sight (later renderings are not seen)."""
        record: dict[str, Any] = json.loads(self.video.with_suffix(".json").read_text("utf-8"))
        return record

    @cached_property
    def motion(self) -> dict[str, Any]:
        """What moved in a drawn film of a story; see motion.py."""
        assert self.hashes is not None, "nobody looked at what moves"
        noted: dict[str, Any] = json.loads(self.hashes.with_suffix(".motion").read_text("utf-8"))
        return noted

    @cached_property
    def truth(self) -> Truth:
        """What the network computes for the digit, worked out here."""
        return Truth(self.model, self.digit)

    def still(self, frame: int) -> Bytes:
        """One frame, (height, width, 3) RGB; those of all snapshots are decoded at once."""
        assert self.drawn, "nothing was drawn: a test that looks at pictures needs a sketch"
        if not self._stills:
            wanted = {snapshot["frame"] for snapshot in self.record["snapshots"]}
            self._stills = dict(frames(self.video, wanted))
        return self._stills[frame]

    def beat(self, name: str) -> dict[str, Any]:
        """A beat, by its name."""
        (beat,) = [beat for beat in self.record["beats"] if beat["name"] == name]
        found: dict[str, Any] = beat
        return found

    def snapshot(self, beat: str) -> dict[str, Any]:
        """The snapshot at the end of a beat."""
        num, den = map(int, self.record["video"]["frame_rate"].split("/"))
        last = round(self.beat(beat)["end"] * num / den) - 1
        (snapshot,) = [s for s in self.record["snapshots"] if s["frame"] == last]
        found: dict[str, Any] = snapshot
        return found

    def illustrative(self, frame: int) -> list[dict[str, Any]]:
        """The cells in a snapshot whose numbers are not the network's."""
        (snapshot,) = [s for s in self.record["snapshots"] if s["frame"] == frame]
        return [layer for layer in snapshot["layers"] if layer["illustrative"]]

    def layer(self, beat: str, number: int, kind: str = "neurons") -> dict[str, Any]:
        """The widest group of cells of one layer in a beat's snapshot."""
        layers = self.snapshot(beat)["layers"]
        chosen = [x for x in layers if x["layer"] == number and x["kind"] == kind]
        found: dict[str, Any] = max(chosen, key=lambda layer: len(layer["cell"]))
        return found


def frames(video: Path, wanted: Collection[int] | None = None) -> Iterator[tuple[int, Bytes]]:
    """Frames of a film, numbered from 0, as (height, width, 3) RGB."""
    with av.open(str(video)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if wanted is None or number in wanted:
                yield number, frame.to_ndarray(format="rgb24")


# --- the oracle: a forward pass in plain Python ------------------------------------------------
def plain_layers(model: Path) -> Layers:
    """The weights, biases and activation names in a model's file, as lists."""
    with np.load(model, allow_pickle=False) as arrays:
        count = sum(name.startswith("weights_") for name in arrays.files)
        return [
            (
                arrays[f"weights_{n}"].tolist(),
                arrays[f"biases_{n}"].tolist(),
                str(arrays[f"activation_{n}"]),
            )
            for n in range(1, count + 1)
        ]


def plain_pixels(digit: Path) -> list[list[float]]:
    """The grey values in a PNG of a bright digit on black, row by row."""
    with Image.open(digit) as picture:
        assert picture.mode == "L", "the oracle reads 8-bit grey pictures only"
        width, height = picture.size
        data = picture.tobytes()
    rows = [[data[y * width + x] / 255 for x in range(width)] for y in range(height)]
    border = [*rows[0], *rows[-1], *(row[0] for row in rows), *(row[-1] for row in rows)]
    assert max(border) < 0.5, "the oracle does not invert dark digits on light paper"
    return rows


def plain_activation(name: str, z: list[float]) -> list[float]:
    """What each activation is, written out."""
    if name == "sigmoid":
        return [1 / (1 + math.exp(-x)) if x > 0 else math.exp(x) / (1 + math.exp(x)) for x in z]
    if name == "relu":
        return [x if x > 0 else 0.0 for x in z]
    if name == "identity":
        return list(z)
    assert name == "softmax", name
    powers = [math.exp(x - max(z)) for x in z]
    return [power / sum(powers) for power in powers]


def plain_forward(layers: Layers, x: list[float]) -> list[list[float]]:
    """Activations of every layer, the input first, by loops."""
    activations = [x]
    for weights, biases, name in layers:
        z = []
        for row, bias in zip(weights, biases, strict=True):
            total = bias
            for weight, activation in zip(row, activations[-1], strict=True):
                total += weight * activation
            z.append(total)
        activations.append(plain_activation(name, z))
    return activations


class Truth:
    """Everything that a film of this digit and this model may claim."""

    def __init__(self, model: Path, digit: Path) -> None:
        self.layers = plain_layers(model)
        self.pixels = plain_pixels(digit)
        self.activations = plain_forward(self.layers, [v for row in self.pixels for v in row])
        outputs = self.activations[-1]
        self.confidence = max(outputs)
        self.prediction = outputs.index(self.confidence)

    @property
    def sizes(self) -> list[int]:
        """Neurons in each layer."""
        return [len(layer) for layer in self.activations]

    def evaluate(self, source: str) -> float:
        """The number that a source in a record stands for."""
        if match := re.fullmatch(r"activations\[(\d+)\]\[(\d+)\]", source):
            return self.activations[int(match[1])][int(match[2])]
        if match := re.fullmatch(r"len\(activations\[(\d+)\]\)", source):
            return len(self.activations[int(match[1])])
        if match := re.fullmatch(r"network\.sizes\[(\d+)\]", source):
            return self.sizes[int(match[1])]
        numbers = {
            "pixels.rows": len(self.pixels),
            "pixels.columns": len(self.pixels[0]),
            "edges.total": sum(len(w) * len(w[0]) for w, _, _ in self.layers),
            "prediction": self.prediction,
            "confidence": self.confidence,
        }
        assert source in numbers, f"a source that nobody can check: {source!r}"
        return numbers[source]


# --- reading numbers in a picture ---------------------------------------------------------------
def _glyph(character: str) -> Bytes:
    """A digit of the films' font, cropped, as brightness."""
    canvas = Image.new("L", (300, 300))
    ImageDraw.Draw(canvas).text((80, 20), character, 255, font=ImageFont.truetype(FONT, 200))
    return np.asarray(canvas.crop(canvas.getbbox()))


GLYPHS = {character: _glyph(character) for character in "0123456789"}


def read_number(ink: np.ndarray[Any, Any]) -> str:
    """The digits in a picture of one number, by comparing shapes; points become ``.``.

    ``ink`` (height, width) is how much of each pixel is ink, 0 to 1. Whatever touches the
    picture's edge is not taken for a part of the number.
    """
    labels, _ = ndimage.label(ink > 0.4, structure=np.ones((3, 3)))
    found = []
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        y, x = box
        edge = y.start == 0 or x.start == 0 or y.stop == ink.shape[0] or x.stop == ink.shape[1]
        if not edge:
            found.append((box, number))
    tallest = max((box[0].stop - box[0].start for box, _ in found), default=0)
    text = ""
    for box, number in sorted(found, key=lambda item: item[0][1].start):
        height = box[0].stop - box[0].start
        if height < 0.75 * tallest:
            text += "." if box[0].start > np.mean([b[0].start for b, _ in found]) else "?"
            continue
        seen = np.where(labels[box] == number, ink[box], 0)
        text += max(GLYPHS, key=lambda character: _likeness(seen, character))
    return text


def _likeness(seen: np.ndarray[Any, Any], character: str) -> float:
    """How alike a cropped digit and one of the font are: correlation, less for other widths."""
    height, width = seen.shape
    template = GLYPHS[character]
    drawn = Image.fromarray(template).resize((width, height), Image.Resampling.BOX)
    correlation = float(np.corrcoef(seen.ravel(), np.asarray(drawn).ravel())[0, 1])
    shape = math.log((width / height) / (template.shape[1] / template.shape[0]))
    return correlation - abs(shape)


def colored(still: Bytes, color: str, tolerance: int = 40) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Where a picture has (nearly) a colour, given as ``#RRGGBB``."""
    wanted = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    near: np.ndarray[Any, np.dtype[np.bool_]] = (
        np.abs(still.astype(int) - wanted).max(axis=2) <= tolerance
    )
    return near
