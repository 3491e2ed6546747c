"""A studio of tiny stories in a temporary folder, for the tests of clips."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from film import ROOT, without_litnet

from litnet.clips import publish as publishing
from litnet.clips.catalogue import Story
from litnet.clips.manifest import Entry, Studio
from litnet.clips.settings import Quality
from litnet.record import schema
from litnet.record.schema import Record, decode

STORIES = '''
from litnet import style
from litnet.mobjects import NeuronLayer, PixelGrid, Words
from litnet.scene import LitScene
from manim import FadeIn, RIGHT
import numpy as np


class Tiny(LitScene):
    """Uses the model and the digit."""

    def construct(self):
        read = self.read(self.digit.image)
        picture = PixelGrid(self.digit.image, self.stage.panel).shift(3 * RIGHT)
        layer = NeuronLayer(read.activations[1], layer=1, pitch=0.3)
        with self.beat("first", "First & foremost", caption="One < two,\\nand & so on."):
            self.play(FadeIn(picture, layer), run_time=0.4)
            self.hold(0.4)
        with self.beat("second", "Second"):
            self.play(layer.animate.shift([1, 0, 0]), run_time=0.3)
            self.hold(0.3)


class Compares(LitScene):
    """Shows what two models make of the digit."""

    network_reads = True

    def construct(self):
        read = self.read(self.digit.image)
        other = self.before.forward(self.digit.image.ravel())
        with self.beat("both", "Both"):
            for number, one in enumerate((read, other)):
                layer = NeuronLayer(one.activations[-1], layer=len(one.activations) - 1, pitch=0.3)
                self.add(layer.shift([4 * number - 2, 0, 0]))
            self.hold(0.4)


class Plain(LitScene):
    """Uses neither."""

    def construct(self):
        layer = NeuronLayer(np.array([0.2, 0.9]), layer=1, pitch=1.0)
        with self.beat("only", "Only"):
            self.play(FadeIn(layer), run_time=0.2)
            self.hold(0.2)


class Broken(LitScene):
    """Raises."""

    def construct(self):
        self.add(Words("before"))
        self.wait(0.2)
        raise RuntimeError("the story broke here")


class Slow(LitScene):
    """Takes a minute."""

    def construct(self):
        layer = NeuronLayer(np.linspace(0, 1, 400), layer=1, pitch=0.2)
        for number in range(60):
            with self.beat(f"beat{number}", "Again"):
                self.play(layer.animate.shift([0.01 * (-1) ** number, 0, 0]), run_time=4)
                self.hold(0.1)
'''


def read_record(path: Path) -> dict[str, Any]:
    """A record that litnet can read, as plain data."""
    schema.read_record(path)
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def typed(record: dict[str, Any]) -> Record:
    """A record as a film's file has it, decoded."""
    return decode(json.dumps(record).encode(), "a record of a test")


def publish(here: Studio, story: Story, name: str, video: Path, record: dict[str, Any]) -> Entry:
    """Publish a film with what was read from its record's file."""
    return publishing.publish(here, story, name, video, typed(record))


TINY, PLAIN, BROKEN, SLOW, COMPARES = "Tiny", "Plain", "Broken", "Slow", "Compares"
SMALL = Quality(320, 180, 5)


def studio(folder: Path, *scenes: str) -> Studio:
    """The stories of these names, published below a folder."""
    file = folder / "stories.py"
    if not file.exists():
        file.write_text(STORIES, encoding="utf-8")
    neither = {"model": False, "digit": False}
    uses = {TINY: {}, SLOW: neither, BROKEN: {}, COMPARES: {"baseline": True}}
    stories = tuple(Story(name, file, **uses.get(name, neither)) for name in scenes)
    return Studio(
        root=ROOT,
        stories=stories,
        clips=folder / "renders" / "clips",
        manifest=folder / "renders" / "manifest.json",
    )


# The command ``litnet``, in a process of its own, for a studio in a folder.
DRIVER = f"""
import sys
from pathlib import Path

sys.path.insert(0, {str(Path(__file__).parent)!r})

if __name__ == "__main__":
    import studio
    from litnet.cli import main
    from litnet.clips import settings
    from litnet.clips.farm import rendering
    from litnet.commands import clips

    settings.QUALITIES["l"] = studio.SMALL
    rendering.cores = lambda: 1  # as many tests run beside this one as there are cores
    folder, scenes, *arguments = sys.argv[1:]
    clips.the_studio = lambda: studio.studio(Path(folder), *scenes.split(","))
    main(arguments, prog_name="litnet")
"""


def start(folder: Path, scenes: str, *arguments: object) -> subprocess.Popen[str]:
    """Start ``litnet`` for a studio in a folder."""
    driver = folder / "driver.py"
    driver.write_text(DRIVER, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, str(driver), str(folder), scenes, *map(str, arguments)],
        cwd=ROOT,
        env=without_litnet(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def run(folder: Path, scenes: str, *arguments: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of ``litnet`` for a studio in a folder."""
    process = start(folder, scenes, *arguments)
    try:
        out, err = process.communicate(timeout=120)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return process.returncode, out, err


def processes_in(folder: Path) -> list[int]:
    """Processes whose command line names a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes()
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if str(folder).encode() in line and state != "Z":
                found.append(int(entry.name))
    return found


def wait_until(condition: Any, seconds: float = 60) -> None:
    """Wait for something to be so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder, those that begin with a point left out."""
    return {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.startswith(".")}
