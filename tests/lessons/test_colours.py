"""Colours that a story names are the colours that a browser shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import needs_chromium
from film import film
from studio import publish

from litnet.clips.catalogue import Story
from litnet.clips.manifest import Studio

COLOURS = ("#FF0000", "#00C800", "#0000FF", "#FFC266", "#3D7DFF", "#808080", "#FFFFFF", "#101010")
STORY = f"""
from litnet.scene import LitScene
from manim import Square, VGroup


class Patches(LitScene):
    def construct(self):
        patches = VGroup(*(
            Square(1.6, stroke_width=0, fill_color=color, fill_opacity=1) for color in {COLOURS}
        )).arrange_in_grid(2, 4, buff=0)
        self.add(patches)
        self.wait(1)
"""


@needs_chromium
def test_colours_are_within_three_levels(page, serve, tmp_path: Path) -> None:
    file = tmp_path / "patches.py"
    file.write_text(STORY, encoding="utf-8")
    story = Story("Patches", file, model=False, digit=False, language=False)
    studio = Studio(
        stories=(story,), title_card=None, clips=tmp_path / "clips", manifest=tmp_path / "m.json"
    )
    made = film(tmp_path, "--resolution", "640,360", "--fps", "10", story=file, scene="Patches")
    publish(studio, story, "Patches", made.video, made.record)
    (tmp_path / "clips" / "index.html").write_text(
        "<!doctype html><title>Colours</title><video src='Patches.mp4' muted></video>", "utf-8"
    )
    page.goto(serve(tmp_path / "clips") + "/")
    unit = 360 / 8  # pixels for one of manim's units: the frame is 8 of them high
    points = [
        [320 + (column - 1.5) * 1.6 * unit, 180 + (row - 0.5) * 1.6 * unit]
        for row in range(2)
        for column in range(4)
    ]
    seen = page.evaluate(
        """async (points) => {
            const video = document.querySelector("video");
            await new Promise((done, failed) => {
                video.onseeked = done;
                video.onerror = failed;
                video.currentTime = 0.55;
            });
            const canvas = document.createElement("canvas");
            canvas.width = video.videoWidth;
            canvas.height = video.videoHeight;
            const context = canvas.getContext("2d");
            context.drawImage(video, 0, 0);
            return points.map(([x, y]) => [...context.getImageData(x, y, 1, 1).data.slice(0, 3)]);
        }""",
        points,
    )
    wanted = [[int(color[k : k + 2], 16) for k in (1, 3, 5)] for color in COLOURS]
    assert seen == [pytest.approx(color, abs=3) for color in wanted]
