"""Somebody's own story, in the words of the docs, far from the repository; and what is refused."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from film import HERO, READY, ROOT, VANILLA, Film, without_litnet

QUIET = (
    "-r",
    "426,240",
    "--fps",
    "2",
    "--progress_bar",
    "none",
    "-v",
    "ERROR",
    "--media_dir",
    "media",
)


def render(
    folder: Path, story: str, *flags: str, apart: bool = False
) -> tuple[subprocess.CompletedProcess[str], Any]:
    """Save a story in a folder and render it there; what came of it, and the record.

    With ``apart`` really by the command, which reads the folder's ``manim.cfg`` as it starts.
    """
    (folder / "story.py").write_text(story, encoding="utf-8")
    command = [sys.executable, "-m", "manim", "render", *QUIET, *flags, "story.py"]
    if apart:
        done = subprocess.run(
            command,
            cwd=folder,
            env=without_litnet(),
            text=True,
            capture_output=True,
            timeout=300,
            check=False,
        )
    else:
        done = subprocess.CompletedProcess(
            command, *READY.run(command[3:], without_litnet(), folder)
        )
    records = list(folder.glob("media/videos/**/*.json"))
    return done, records[0] if records else None


def in_beat(lines: str, setup: str = "") -> str:
    """A story of one beat."""
    return f"""
from manim import *
from litnet import *
from network.digits import hero_digit

class Story(LitScene):
    network_reads = True

    def construct(self):
        reading = self.read()
{setup}
        with self.beat("only", "Only"):
            {lines}
            self.hold(0.5)
"""


def test_the_story_in_the_docs_is_filmed_far_from_the_repository(tmp_path: Path) -> None:
    (story,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs/stories.md").read_text("utf-8"), re.S
    )
    assert len([line for line in story.splitlines() if line.strip()]) <= 25
    done, record = render(tmp_path, story, apart=True)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    film = Film(record.with_suffix(".mp4"), VANILLA, HERO)
    numbers = {n["source"]: n["value"] for n in film.record["numbers"]}
    first = film.truth.activations[1]
    place = first.index(max(first))
    assert numbers[f"activations[1][{place}]"] == pytest.approx(first[place], abs=1e-9)
    assert numbers["prediction"] == film.truth.prediction
    assert [x["layer"] for x in film.snapshot("flow")["layers"]] == [0, 1, 2, 3]


LYING = {
    "a number": (
        'self.add(LiveNumber(Quantity(0.25, "activations[1][3]")))',
        r"Story, beat 'only': 0\.25 on screen holds 0\.25, but its source .*\[1\]\[3\] is 0\.",
    ),
    "on the way": (
        "self.add(LiveNumber(reading.prediction, places=0).pass_by(7))",
        r"Story, beat 'only': 7 on screen holds 7\.0, but its source prediction is 3",
    ),
    "no source": (
        "self.add(LiveNumber(Quantity(1, \"__import__('os')\")))",
        r"Story, beat 'only': 1\.00 on screen has a source that says nothing: .*which no record",
    ),
    "a cell": (
        'self.add(NeuronLayer(Quantities([0.5] * 16, "activations[1]", 1), pitch=0.3))',
        r"Story, beat 'only': cell 0 on screen holds 0\.5, but in its source activations\[1\] it",
    ),
    "a scale": (
        "self.add(NeuronLayer(Quantities(reading.activations[1], 'activations[1]', 1, None, 0, 9), "
        "pitch=0.3))",
        r"cells of layer 1 are lit on a scale of their own, of numbers from 0\.?0? to 9",
    ),
    "a weight": (
        'self.add(SignedGrid(Quantities([[1.0] * 28] * 28, "weights[1][0]"), 4))',
        r"cell 0 on screen holds 1\.0, but in its source weights\[1\]\[0\] it is ",
    ),
}


@pytest.mark.parametrize("name", LYING)
def test_what_is_not_so_is_not_filmed(name: str, tmp_path: Path) -> None:
    lines, sentence = LYING[name]
    done, record = render(tmp_path, in_beat(lines))
    assert done.returncode == 1 and record is None
    assert re.search(f"litnet: .*{sentence}", " ".join(done.stderr.split())), done.stderr
    assert "Traceback" not in done.stderr and not list(tmp_path.rglob("Story.mp4"))


def test_what_the_record_cannot_describe_is_said_once(tmp_path: Path) -> None:
    setup = """
        class Mine(LitMobject):
            def __init__(self):
                super().__init__()
                self.points = np.zeros((1, 3))
            def draw(self, canvas): pass
        self.add(DecimalNumber(0.5, mob_class=Text), Text("words"), Words("known"))
        self.add(Mine(), Square())
        self.add(NeuronLayer([0.2, 0.9], layer=1, pitch=1).shift(LEFT))
        self.add(NeuronLayer(reading.activations[3], layer=3, pitch=0.3).shift(RIGHT))
        self.add(LiveNumber(illustrative(0.5)))
"""
    done, record = render(tmp_path, in_beat("self.hold(0.5)", setup))
    assert done.returncode == 0, done.stderr
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("litnet: Story shows what its record cannot describe: ")
    assert set(line.partition(": ")[2].partition(": ")[2].rstrip(".").split(", ")) == {
        *("DecimalNumber", "Text", "Mine", "numbers without a source"),
    }
    bare, claimed = json.loads(record.read_text("utf-8"))["snapshots"][-1]["layers"]
    assert (bare["illustrative"], bare["source"]) == (True, "illustrative")
    assert (claimed["illustrative"], claimed["source"]) == (False, "activations[3]")


def test_manims_own_scene_says_what_to_do(tmp_path: Path) -> None:
    story = in_beat("pass").replace("class Story(LitScene)", "class Story(Scene)")
    body = story.index("        reading")
    story = (
        story[:body] + "        self.add(NeuronLayer([0.2, 0.9], pitch=1))\n        self.wait(1)\n"
    )
    done, record = render(tmp_path, story)
    assert done.returncode == 1 and record is None
    said = " ".join(done.stderr.split())
    assert (
        "litnet: manim's own Scene cannot draw a NeuronLayer; let the story be a LitScene" in said
    )


@pytest.mark.parametrize("where", ["manim.cfg", "-c", "the story"])
def test_a_light_ground_is_refused(where: str, tmp_path: Path) -> None:
    setup = "        self.camera.background_color = WHITE" if where == "the story" else ""
    if where != "the story":
        name = "manim.cfg" if where == "manim.cfg" else "white.cfg"
        (tmp_path / name).write_text("[CLI]\nbackground_color = WHITE\n", encoding="utf-8")
    flags = ("-c", "white.cfg") if where == "-c" else ()
    apart = where == "manim.cfg"
    done, _ = render(tmp_path, in_beat("self.add(Words('white'))", setup), *flags, apart=apart)
    assert done.returncode == 1
    said = " ".join(done.stderr.split())
    assert (
        "litnet: A film on #FFFFFF cannot be made: litnet draws with light, expected a dark" in said
    )


def test_another_dark_ground_is_taken(tmp_path: Path) -> None:
    (tmp_path / "manim.cfg").write_text("[CLI]\nbackground_color = #101830\n", encoding="utf-8")
    done, record = render(tmp_path, in_beat("self.add(Words('white'))"), apart=True)
    assert done.returncode == 0 and record is not None


def test_the_public_face_is_one_table_and_loads_nothing() -> None:
    code = (
        "import sys, litnet; print([m for m in ('manim', 'numpy') if m in sys.modules]);"
        "print(all(getattr(litnet, name) for name in litnet.PUBLIC), 'AddUp' in dir(litnet))"
    )
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)
    assert done.stdout.splitlines() == ["[]", "True True"]
    import litnet

    for name, module in litnet.PUBLIC.items():
        found = getattr(litnet, name)
        assert getattr(found, "__module__", "litnet.style") == module, name
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        litnet.Nothing  # noqa: B018
