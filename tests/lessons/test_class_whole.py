"""A class from its sheet to its page: every step by its command, in a project of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from browser import soon
from click.testing import CliRunner, Result
from studio import SMALL

pytest.importorskip("cv2", reason="the extra `class` is not installed")

from photographed import filled, photographed, printed

from litnet.cli import main
from litnet.clips import settings
from litnet.record.pupils import read_list, read_names
from network import load_network
from network.digits import DIGITS, bundled_digits

NAMES = "name,digit\nZoë,7\n민준,3\nBen O'Hara,5\n"
WRITTEN = ("7_00.png", "3_00.png", "6_00.png")  # the last one not what was asked for
STORY = '''
from litnet import LitScene, NeuronLayer, PixelGrid
from manim import RIGHT, FadeIn


class Told(LitScene):
    """Shows the digit, and what the network makes of it."""

    network_reads = True

    def construct(self):
        reading = self.read()
        picture = PixelGrid(reading.layer(0), 3).shift(2 * RIGHT)
        outputs = NeuronLayer(reading.layer(3), pitch=0.4).shift(-3 * RIGHT)
        with self.beat("first", "First"):
            self.play(FadeIn(picture, outputs), run_time=1)
            self.hold(1)
'''
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``litnet`` in a new project; ``-q l`` is 320 x 180, 5 frames a second."""
    monkeypatch.setitem(settings.QUALITIES, "l", SMALL)
    (tmp_path / "litnet.toml").touch()
    (tmp_path / "told.py").write_text(STORY, encoding="utf-8")
    (tmp_path / "names.csv").write_text(NAMES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def invoke(*words: object) -> Result:
        done = CliRunner().invoke(main, list(map(str, words)))
        assert done.exit_code == 0, done.output
        return done

    return invoke


def test_from_the_sheet_to_a_film_that_plays(run: Run, tmp_path: Path, page) -> None:
    run("class", "sheet", "--names", "names.csv")
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")
    rng = np.random.default_rng(4)
    every = {digit.path.name: digit for digit in bundled_digits()}
    paper = printed(read_names(tmp_path / "names.csv"))
    photo = photographed(
        filled(paper, 1, [every[name] for name in WRITTEN], rng), rng, turn=1, size=(1200, 1600)
    )
    photo.save(tmp_path / "photo.jpg")

    run("class", "read", "photo.jpg", "--names", "names.csv")
    pupils = read_list(tmp_path / "renders" / "class" / "class.csv")
    assert [(one.file, one.name, one.digit) for one in pupils] == [
        ("1-01.png", "Zoë", 7),
        ("1-02.png", "민준", 3),
        ("1-03.png", "Ben O'Hara", 5),
    ]

    done = run("render", "told.py:Told", "-q", "l", "--workers", 1, "--digit", "renders/class")
    assert "digits.png shows the 3 digits as they will be read" in done.stderr
    network = load_network(DIGITS.parent / "models" / "vanilla.npz")
    for pupil, source in zip(pupils, WRITTEN, strict=True):
        name = f"Told--{Path(pupil.file).stem}"
        film = json.loads((tmp_path / f"renders/clips/{name}.json").read_text("utf-8"))
        own = network.forward(every[source].image().ravel())
        assert film["forward_pass"]["prediction"] == own.prediction == every[source].label
        assert film["title"] == f"{pupil.name}: Told"
        (digit,) = (one for one in film["inputs"] if one["role"] == "digit")
        assert digit["label"] == pupil.digit
        assert digit["read_as"] == {"ink": "dark", "prepared": True}

    built = json.loads(run("class", "page", "--json").stdout)
    assert (built["digits"], built["known"], built["right"], built["films"]) == (3, 3, 2, 3)
    page.goto((tmp_path / "renders" / "class-page" / "index.html").as_uri())
    assert page.locator(".digits.surest li .name").all_inner_texts() == ["Ben O'Hara"]
    page.click("#d2 a.film")
    soon(page, "() => document.querySelector('video')?.readyState >= 1")
    page.evaluate("document.querySelector('video').play()")
    soon(page, "() => document.querySelector('video').currentTime > 0.2")
    assert "민준" in page.title()

    # A corrected label makes that film stale alone, and the page follows it.
    table = tmp_path / "renders" / "class" / "class.csv"
    table.write_text(table.read_text("utf-8").replace("Ben O'Hara,5", "Ben O'Hara,6"), "utf-8")
    standing = json.loads(run("status", "--json").stdout)["clips"]
    told = {one["name"]: one["reasons"] for one in standing if one["name"].startswith("Told--")}
    assert told == {
        "Told--1-01": [],
        "Told--1-02": [],
        "Told--1-03": ["the label of digit 1-03.png changed"],
    }
    assert json.loads(run("class", "page", "--json").stdout)["right"] == 3
