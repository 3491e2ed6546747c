"""``python -m benchmarks.encoder``: which x264 settings to encode litnet's films with.

Frames of LayerIntro at 1080p60, exactly as they were drawn, are encoded with each preset and each
quality: an excerpt from the middle of every beat, and the lit neuron standing still, whose halo
shows banding first. Measured are the encoder's speed, the size, SSIM and PSNR of sampled frames
after decoding, and the grey levels along a line through the halo. Writes ``encoder.md``.
"""

from __future__ import annotations

import json
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, count
from pathlib import Path
from typing import Any

import av
import numpy as np
from manim import config, tempconfig
from manim._config.output import OutputFormat, OutputSpec
from manim._config.video_encoder import VideoEncoderSpec, resolve_video_encoder
from manim.renderer.cairo_renderer import CairoRenderer
from rich.progress import track

from benchmarks.film import scene_class
from benchmarks.machine import describe
from benchmarks.process import run
from benchmarks.quality import Reference, Steps, luma
from litnet.light.renderer import LitSegmentEncoder

WIDTH, HEIGHT, RATE = 1920, 1080, 60
PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "medium")
QUALITIES = (17, 20, 23)
BETWEEN = (
    *(("superfast", crf) for crf in (18, 19, 21, 22)),
    ("veryfast", 15),
    ("veryfast", 16),
)  # near the line that counts
EXCERPT = 90  # frames from the middle of each beat
EVERY = 20  # of which every 20th is held against what was drawn
STILL = 20  # frames of the neuron that stands still
ENOUGH = 0.992  # SSIM that every sampled frame has to keep, so that no frame falls below 0.99


@dataclass(frozen=True)
class Excerpt:
    """Frames of one beat, first to last, and packed without loss once they are drawn."""

    beat: str
    first: int
    last: int
    packed: list[bytes]

    def frames(self, every: int = 1) -> Iterator[np.ndarray[Any, Any]]:
        """The frames (height, width, 4), one after the other."""
        for packed in self.packed[::every]:
            yield np.frombuffer(zlib.decompress(packed), np.uint8).reshape(HEIGHT, WIDTH, 4)


@dataclass(frozen=True)
class Trial:
    """What one setting made of all excerpts."""

    preset: str
    crf: int
    frames_a_second: float
    core_milliseconds: float
    megabytes_a_minute: float
    worst: float
    mean: float
    worst_lit: float
    psnr: float
    halo: Steps


def excerpts() -> tuple[list[Excerpt], tuple[int, int, int]]:
    """Excerpts still to be drawn, and the lit neuron: x, y, radius in pixels.

    The film's own record, of a small rendering, says where its beats are.
    """
    with tempfile.TemporaryDirectory() as media:
        arguments = (media, str(time.monotonic()), "--resolution", "640,360", "--fps", str(RATE))
        film = run(
            "benchmarks.film",
            *("render", "LayerIntro"),
            *arguments,
            most_bytes=8e9,
            most_seconds=600,
            heard=lambda: None,
        )
        if film.stopped:
            raise SystemExit(f"LayerIntro: {film.stopped}")
        video = Path(film.reports["litnet"][0]["film"])
        record = json.loads(video.with_suffix(".json").read_text(encoding="utf-8"))
    found = []
    for beat in record["beats"]:
        start, end = (round(beat[name] * RATE) for name in ("start", "end"))
        first = max(start, (start + end - EXCERPT) // 2)
        found.append(Excerpt(beat["name"], first, min(end, first + EXCERPT), []))
    alone = [
        (snapshot["frame"], layer)
        for snapshot in record["snapshots"]
        for layer in snapshot["layers"]
        if layer["kind"] == "neurons" and len(layer["x"]) == 1
    ]
    # It also tries other numbers; without light there would be no halo to look at.
    frame, layer = max(alone, key=lambda found: found[1]["light"][0] or 0.0)
    scale = HEIGHT / record["video"]["height"]
    found.append(Excerpt("halo", frame + 1 - STILL, frame + 1, []))
    where = layer["x"][0], layer["y"][0], layer["radius"]
    x, y, radius = (round(float(value) * scale) for value in where)
    return found, (x, y, radius)


def draw(wanted: list[Excerpt]) -> None:
    """Render the film without encoding it, and pack the frames of the excerpts."""
    place = count()
    hand_over = CairoRenderer.add_frame

    def add_frame(self: CairoRenderer, frame: Any, num_frames: int = 1) -> None:
        packed = b""
        for number in (next(place) for _ in range(num_frames)):
            for excerpt in wanted:
                if excerpt.first <= number < excerpt.last:
                    packed = packed or zlib.compress(frame, 1)
                    excerpt.packed.append(packed)
        hand_over(self, frame, num_frames)

    CairoRenderer.add_frame = add_frame  # type: ignore[method-assign]
    quiet = {"progress_bar": "none", "verbosity": "ERROR", "disable_caching": True}
    size = {"pixel_width": WIDTH, "pixel_height": HEIGHT, "frame_rate": RATE, "dry_run": True}
    try:
        with tempconfig({**quiet, **size}):
            scene_class("LayerIntro")().render()
    finally:
        CairoRenderer.add_frame = hand_over  # type: ignore[method-assign]


def settings() -> VideoEncoderSpec:
    """The project's encoder settings, of which preset and quality are tried."""
    spec = resolve_video_encoder(
        OutputSpec(OutputFormat.MP4, False, False, False),
        width=WIDTH,
        height=HEIGHT,
        frame_rate=Fraction(RATE),
        options=config.video_encoder_options,
    )
    assert spec is not None
    return spec


def try_setting(
    preset: str,
    crf: int,
    shown: list[Excerpt],
    references: dict[str, list[Reference]],
    neuron: tuple[int, int, int],
) -> Trial:
    """Encode every excerpt with one setting, decode it, and compare."""
    spec = settings()
    options = {**dict(spec.options), "preset": preset, "crf": str(crf)}
    spec = replace(spec, options=tuple(sorted(options.items())))
    seconds, cpu, size, frames = 0.0, 0.0, 0, 0
    similar: list[float] = []
    similar_lit: list[float] = []
    ratios: list[float] = []
    halo = Steps(0, 0, 0)
    with tempfile.TemporaryDirectory() as folder:
        for excerpt in shown:
            target = Path(folder) / f"{excerpt.beat}.mp4"
            encoder = LitSegmentEncoder(target=target, spec=spec)
            for pixels in chain(excerpt.frames(), (None,)):
                start, start_cpu = time.perf_counter(), time.process_time()
                if pixels is None:
                    encoder.finish()
                else:
                    encoder.write_frame(pixels)
                seconds += time.perf_counter() - start
                cpu += time.process_time() - start_cpu
            with av.open(target) as container:
                decoded: list[Any] = [
                    frame.to_ndarray(format="rgb24")
                    for number, frame in enumerate(container.decode(video=0))
                    if number % EVERY == 0
                ]
            for reference, pixels in zip(references[excerpt.beat], decoded, strict=True):
                whole, lit = reference.ssim(pixels)
                similar.append(whole)
                similar_lit.append(lit)
                ratios.append(reference.psnr(pixels))
            if excerpt.beat == "halo":
                halo = Steps.along(radial(luma(decoded[-1]), neuron))
            else:
                frames += len(excerpt.packed)
                size += target.stat().st_size
    drawn = frames + STILL
    return Trial(
        preset,
        crf,
        drawn / seconds,
        1000 * cpu / drawn,
        size / frames * RATE * 60 / 1e6,
        min(similar),
        float(np.mean(similar)),
        min(similar_lit),
        min(ratios),
        halo,
    )


def radial(image: Any, neuron: tuple[int, int, int]) -> Any:
    """Luma along a line from the edge of a neuron to the right, where no words are."""
    x, y, radius = neuron
    return image[y, x + radius + 2 : min(WIDTH, x + 5 * radius)]


def report(trials: list[Trial], source: Steps, chosen: Trial | None) -> str:
    """The whole report in Markdown."""
    lines = [
        "# x264 settings",
        "",
        "Made by `python -m benchmarks.encoder`: excerpts from the middle of every beat of",
        f"LayerIntro at {HEIGHT}p{RATE}, {EXCERPT} frames each, encoded as litnet does.",
        "",
        "- *Frames a second*: the encoder alone, in one run; *core-ms*: milliseconds of computing,",
        "  on all cores together, which other work on the machine disturbs less.",
        "- *MB a minute*: of these moving excerpts. A film, which often stands still, is smaller.",
        f"- *SSIM* (Wang et al. 2004) and *PSNR*: of luma, in every {EVERY}th frame. *Lit*: only",
        "  where the picture is not background, because black on black is easily similar.",
        "- *Halo*: grey levels along a line from a glowing neuron's edge outwards, the longest run",
        "  of one level in pixels, and the largest step; as it was drawn: "
        f"{source.levels}, {source.plateau}, {source.jump}.",
        "",
        "| preset | crf | frames a second | core-ms a frame "
        "| MB a minute | SSIM, worst | SSIM, mean "
        "| SSIM lit, worst | PSNR, worst | halo: levels | longest run | largest step |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for trial in trials:
        mark = "**" if trial is chosen else ""
        lines.append(
            f"| {mark}{trial.preset}{mark} | {mark}{trial.crf}{mark} "
            f"| {trial.frames_a_second:.0f} | {trial.core_milliseconds:.0f} "
            f"| {trial.megabytes_a_minute:.1f} | {trial.worst:.4f} "
            f"| {trial.mean:.4f} | {trial.worst_lit:.4f} | {trial.psnr:.1f} dB "
            f"| {trial.halo.levels} | {trial.halo.plateau} | {trial.halo.jump} |"
        )
    if chosen:
        lines += [
            "",
            f"Recommended: preset **{chosen.preset}**, crf **{chosen.crf}**: of those whose SSIM",
            f"is at least {ENOUGH} in every sampled frame, with no step of the halo larger than",
            "two levels above the drawn one, the one whose core-ms times MB squared are the least:",
            "a film is encoded once and downloaded many times.",
        ]
    else:
        lines += ["", f"None keeps an SSIM of {ENOUGH} in every sampled frame."]
    lines += ["", "| machine | |", "|---|---|"]
    return "\n".join([*lines, *(f"| {what} | {value} |" for what, value in describe()), ""])


def best(trials: list[Trial], source: Steps) -> Trial | None:
    """The trial to recommend; see :func:`report` for the rule."""
    good = [
        trial for trial in trials if trial.worst >= ENOUGH and trial.halo.jump <= source.jump + 2
    ]
    return min(good, key=lambda t: t.core_milliseconds * t.megabytes_a_minute**2, default=None)


def main() -> None:
    """Draw, try every setting, and write what was found."""
    shown, neuron = excerpts()
    draw(shown)
    references = {
        excerpt.beat: [Reference(pixels) for pixels in excerpt.frames(EVERY)] for excerpt in shown
    }
    source = Steps.along(radial(references["halo"][-1].image, neuron))
    if source.levels < 10:
        raise SystemExit(f"No halo where one was looked for: only {source.levels} grey levels.")
    tried = [(preset, crf) for preset in PRESETS for crf in QUALITIES]
    tried = sorted((*tried, *BETWEEN), key=lambda pair: (PRESETS.index(pair[0]), pair[1]))
    trials = [
        try_setting(preset, crf, shown, references, neuron)
        for preset, crf in track(tried, description="x264")
    ]
    text = report(trials, source, best(trials, source))
    (Path(__file__).parent / "encoder.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
