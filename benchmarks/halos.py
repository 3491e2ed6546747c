"""``python -m benchmarks.halos``: what is left of halos by the encoder's settings.

Twelve glowing cells, 40 frames at 720p30, encoded with the settings of ``manim.cfg`` and with
others, and decoded. Prints Markdown: the size, the seconds of computing, the root mean square
error of the luma where a halo is faint, and how much larger that error's steps are across the
borders of 16-pixel blocks than elsewhere: 1 is no block.
"""

from __future__ import annotations

import io
import time
from typing import Any

import av
import numpy as np
from manim import config
from numpy.typing import NDArray

from benchmarks.quality import luma
from litnet import style
from litnet.light.canvas import Canvas

WIDTH, HEIGHT, COUNT, RATE = 1280, 720, 40, 30
WAYS: dict[str, dict[str, str]] = {
    "as today": {},
    "aq-mode 0": {"aq-mode": "0"},
    "aq-mode 2": {"aq-mode": "2"},
    "aq-mode 3": {"aq-mode": "3"},
    "aq-mode 3, strength 1.4": {"aq-mode": "3", "aq-strength": "1.4"},
    "aq-mode 3, crf 17": {"aq-mode": "3", "crf": "17"},
    "deblock 2:2": {"deblock": "2:2"},
    "no psychovisual choice": {"psy": "0"},
    "small coefficients kept": {
        "x264-params": "no-dct-decimate=1:deadzone-inter=8:deadzone-intra=6"
    },
    "10 bits (High 10)": {"pix_fmt": "yuv420p10le"},
    "10 bits, crf 12": {"pix_fmt": "yuv420p10le", "crf": "12"},
}


def drawn() -> list[NDArray[np.uint8]]:
    """The frames, (height, width, 4) each."""
    rng = np.random.default_rng(2)
    places = [[x, y, 0] for x in (-4, 0, 4) for y in np.linspace(-2.5, 2.5, 4)]
    centers, base, one = np.array(places, float), rng.uniform(0.2, 1, 12), np.ones(12)
    frames = []
    for number in range(COUNT):
        pixels = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
        pixels[:, :, 3] = 255
        canvas = Canvas()
        canvas.look(pixels, np.zeros(3), 14.2)
        light = base * (0.6 + 0.4 * np.sin(number / 12 + np.arange(12)))
        canvas.glow(centers, 0.32 * one, light, color=style.FLASH, opacity=0.5)
        canvas.cells(
            *(centers, 0.32 * one, one, light), rim=0.1 * one, rim_light=0.3 * one, opacity=1.0
        )
        frames.append(pixels)
    return frames


def encoded(frames: list[NDArray[np.uint8]], settings: dict[str, str]) -> tuple[int, float, Any]:
    """Bytes, seconds of computing, and the decoded frames."""
    film, start = io.BytesIO(), time.process_time()
    with av.open(film, "w", format="mp4") as output:
        options = {**dict(config.video_encoder_options), **settings}
        kind = options.pop("pix_fmt", "yuv420p")
        stream = output.add_stream("libx264", rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, kind
        for pixels in frames:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgba")))
        output.mux(stream.encode(None))
    seconds = time.process_time() - start
    film.seek(0)
    with av.open(film) as source:
        return (
            film.getbuffer().nbytes,
            seconds,
            [frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)],
        )


def blocks(frames: list[NDArray[np.uint8]], seen: list[NDArray[np.uint8]]) -> tuple[float, float]:
    """The error in faint light, and its steps at the borders of blocks over those elsewhere."""
    squares, across, within = [], [], []
    border = np.arange(1, WIDTH) % 16 == 0
    for before, after in list(zip(frames, seen, strict=True))[10:35:6]:
        grey = luma(before)
        error = luma(after) - grey
        faint = (grey > 0.5) & (grey < 40)
        steps, both = np.abs(np.diff(error, axis=1)), faint[:, 1:] & faint[:, :-1]
        squares.append(float((error[faint] ** 2).mean()))
        across.append(float(steps[:, border][both[:, border]].mean()))
        within.append(float(steps[:, ~border][both[:, ~border]].mean()))
    return float(np.mean(squares)) ** 0.5, float(np.mean(across) / np.mean(within))


def main() -> None:
    """Measure, and print."""
    frames = drawn()
    print("| settings | kB | core-s | error | steps at blocks |\n|---|---|---|---|---|")
    for name, settings in WAYS.items():
        size, seconds, seen = encoded(frames, settings)
        error, steps = blocks(frames, seen)
        print(f"| {name} | {size / 1000:.0f} | {seconds:.2f} | {error:.2f} | {steps:.2f} |")


if __name__ == "__main__":
    main()
