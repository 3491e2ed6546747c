"""Two short stories and a title card, published below a folder; small, to be made soon."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from film import ROOT

from litnet.clips.catalogue import Story
from litnet.clips.manifest import Studio
from litnet.clips.settings import Quality

STORIES = r'''
import numpy as np
from manim import RIGHT, FadeIn

from litnet.mobjects import NeuronLayer, PixelGrid
from litnet.scene import LitScene


class Reads(LitScene):
    """Uses the model and the digit, and says two cues in its first beat."""

    def construct(self):
        read = self.read(self.digit.image)
        picture = PixelGrid(self.digit.image, self.stage.panel).shift(3 * RIGHT)
        layer = NeuronLayer(read.activations[1], layer=1, pitch=0.3)
        said = "One < two\n--> and & so on.\n\n2. Then *more*."
        with self.beat("first", "First & *foremost*", caption=said):
            self.play(FadeIn(picture, layer), run_time=0.8)
            self.next_cue()
            self.play(layer.animate.shift([1, 0, 0]), run_time=0.8)
            self.hold(0.4)
        with self.beat("second", "# Second"):
            self.play(layer.animate.shift([-1, 0, 0]), run_time=0.4)
            self.hold(0.4)


class Shines(LitScene):
    """Uses neither, and says one cue."""

    def construct(self):
        layer = NeuronLayer(np.array([0.2, 0.9]), layer=1, pitch=1.0)
        with self.beat("only", "Only", caption="It shines."):
            self.play(FadeIn(layer), run_time=0.6)
            self.hold(0.4)


class Card(LitScene):
    """The title of it all; it says nothing."""

    def construct(self):
        layer = NeuronLayer(np.array([1.0, 0.5, 0.7]), layer=1, pitch=1.0)
        with self.beat("card", "Tiny"):
            self.play(FadeIn(layer), run_time=0.4)
            self.hold(0.6)

    def _title(self):
        return "A tiny film"
'''

SMALL = Quality(320, 180, 5)
FLAGS = ("-r", "320,180", "--fps", "5")
NEITHER: dict[str, Any] = {"model": False, "digit": False}


def tiny_studio(folder: Path) -> Studio:
    """The stories, and where they are published; nothing is rendered yet."""
    file = folder / "stories.py"
    if not file.exists():
        file.write_text(STORIES, encoding="utf-8")
    return Studio(
        root=ROOT,
        stories=(Story("Reads", file), Story("Shines", file, **NEITHER)),
        clips=folder / "renders" / "clips",
        manifest=folder / "renders" / "manifest.json",
    )
