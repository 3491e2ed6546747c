"""The page of a class, against an independent reading of its digits, and in a browser."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from browser import soon
from click.testing import CliRunner
from film import ROOT, VANILLA, film, plain_forward, plain_layers
from PIL import Image
from studio import SMALL, TINY, publish, studio

from litnet.cli import main
from litnet.clips.manifest import Studio, add_to_manifest
from litnet.commands import classes
from litnet.lessons.pupils import page as class_page
from litnet.record.reasons import Reason, Why

DIGITS = ROOT / "assets" / "digits"
NAMES = ["Zoë <b>", "민준", "محمد", "Ben", "", "李雷", "Ångström-García de la Vega y Montemayor"]


def made(folder: Path, count: int = 30) -> Path:
    """A folder of digits with its list: of the last but two nobody said what they are."""
    place = folder / "class"
    place.mkdir(parents=True)
    lines = ["file,name,digit"]
    for number, source in enumerate(sorted(DIGITS.glob("[0-9]_*.png"))[: 6 * count : 6]):
        shutil.copy(source, place / f"1-{number + 1:02}.png")
        # Some meant something else than can be read.
        meant = (
            str((int(source.name[0]) + 5 * (number % 6 == 3)) % 10) if number < count - 2 else ""
        )
        lines.append(f'1-{number + 1:02}.png,"{NAMES[number % len(NAMES)]}",{meant}')
    (place / "class.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return place


@pytest.fixture(scope="session")
def page_of(once) -> tuple[Path, Studio, Path]:
    """A built page with a film of the second digit, its studio, and the folder of digits."""

    def build(folder: Path) -> tuple[Path, Studio, Path]:
        place = made(folder)
        here = studio(folder, TINY)
        digit = place / "1-02.png"
        size = ("-r", f"{SMALL.width},{SMALL.height}", "--fps", "5")
        one = film(folder / "media", *size, story=here.stories[0].file, scene=TINY, digit=digit)
        add_to_manifest(here, [publish(here, here.stories[0], "Tiny--1-02", one.video, one.record)])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(classes, "the_studio", lambda: here)
            done = CliRunner().invoke(
                main, ["class", "page", str(place), "-o", str(folder / "page"), "--json"]
            )
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["films"] == 1
        return folder / "page", here, place

    return once("class_page", build)


class Words(HTMLParser):
    """The words of each card, by its id."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.cards: dict[str, list[str]] = {}
        self.inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        if tag == "li":
            self.inside = dict(attributes).get("id", "")
            self.cards.setdefault(self.inside, [])

    def handle_endtag(self, tag: str) -> None:
        if tag == "li":
            self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside and data.strip():
            self.cards[self.inside].append(data.strip())


def answers(place: Path) -> list[tuple[int, float]]:
    """What the network makes of each, worked out here."""
    found = []
    for picture in sorted(place.glob("*.png")):
        pixels = (np.asarray(Image.open(picture).convert("L")) / 255).ravel().tolist()
        outputs = plain_forward(plain_layers(VANILLA), pixels)[-1]
        best = int(np.argmax(outputs))
        found.append((best, float(outputs[best])))
    return found


@pytest.mark.parametrize(
    ("file", "read", "right", "wrong"),
    [("index.html", "read as", "right", "was meant"), ("ko.html", "읽음", "정답", "오답")],
)
def test_each_digit_has_its_answer(page_of, file: str, read: str, right: str, wrong: str) -> None:
    folder, _, place = page_of
    html = (folder / file).read_text(encoding="utf-8")
    cards = Words(html).cards
    true = answers(place)
    meant = [line.rsplit(",", 1)[1] for line in (place / "class.csv").read_text().splitlines()[1:]]
    counts = Counter()
    for number, ((answer, light), digit) in enumerate(zip(true, meant, strict=True), start=1):
        said = cards[f"d{number}"]
        assert said[0] == (NAMES[(number - 1) % len(NAMES)] or f"1-{number:02}")
        assert str(answer) in said
        assert any(read in word for word in said)
        assert f"{light:.2f}" in said
        verdicts = [word for word in said if word == right or wrong in word]
        assert len(verdicts) == bool(digit)
        if digit:
            assert (verdicts[0] == right) == (answer == int(digit))
            counts[int(digit), answer] += 1
        assert len([word for word in said if word in ("Film", "영상")]) == (number == 2)
    mistakes = {pair: n for pair, n in counts.items() if pair[0] != pair[1]}
    assert mistakes, "this test wants a network that errs"
    table = re.search(r"<tbody>(.*?)</tbody>", html, re.S)[1]
    rows = [
        [0 if cell == "·" else int(cell) for cell in re.findall(r"<td[^>]*>([^<]+)</td>", row)]
        for row in table.splitlines()
        if "<td" in row
    ]
    assert rows == [[counts[row, column] for column in range(10)] for row in range(10)]
    surest = [key for key in cards if key.startswith("s")]
    lights = [true[int(key[1:]) - 1][1] for key in surest]
    assert lights == sorted(lights, reverse=True)
    assert len(surest) == min(6, sum(mistakes.values()))
    assert "<b> " not in html.replace("&lt;b&gt;", "")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_works_from_a_folder(page_of, new_page, width: int, scheme: str) -> None:
    folder, _, _ = page_of
    page = new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto((folder / "index.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
    soon(page, "() => [...document.images].every(i => i.complete)")
    assert page.evaluate("[...document.images].filter(i => !i.naturalWidth).length") == 0
    assert page.evaluate("getComputedStyle(document.querySelector('.seen')).imageRendering") == (
        "pixelated"
    )
    page.click("text=한국어")
    assert page.evaluate("document.documentElement.lang") == "ko"
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_film_on_a_click(page_of, page) -> None:
    folder, _, _ = page_of
    page.goto((folder / "index.html").as_uri())
    page.click("a.film")
    soon(page, "() => document.querySelector('video')?.readyState >= 1")
    page.evaluate("document.querySelector('video').play()")
    soon(page, "() => document.querySelector('video').currentTime > 0.2")
    assert "민준" in page.title()
    assert page.inner_text("h1") == page.title()
    page.click("header a")
    soon(page, "() => location.pathname.endsWith('index.html')")
    assert page.inner_text("h1") == "Our digits"


def test_it_is_set_in_the_films_fonts(page_of, new_page) -> None:
    folder, _, _ = page_of
    page = new_page()
    page.goto((folder / "ko.html").as_uri())
    page.evaluate("document.fonts.ready.then(() => true)")
    fonts = "[...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family)"
    found = {one.strip('"') for one in page.evaluate(fonts)}
    assert found == {"Litnet Sans", "Litnet Sans KR"}


def test_no_request_leaves_and_no_script_is_in_it(page_of) -> None:
    folder, _, _ = page_of
    for file in ("index.html", "ko.html"):
        html = (folder / file).read_text(encoding="utf-8")
        assert "<script" not in html
        assert not re.search(r"(src|href)=\"(https?:)?//", html)
        assert "default-src 'none'" in html


def test_what_cannot_be_read_is_said_and_shown(tmp_path: Path, monkeypatch) -> None:
    place = made(tmp_path, 4)
    (place / "1-01.png").write_bytes(b"no picture")
    Image.new("L", (300, 300), 255).save(place / "1-02.png")
    (tmp_path / "litnet.toml").touch()
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["class", "page", "class", "-o", "out"])
    assert done.exit_code == 0, done.output
    assert "1-01.png: found a file that is not a readable PNG" in done.stderr
    assert "1-02.png: no ink found" in done.stderr
    cards = Words((tmp_path / "out" / "index.html").read_text(encoding="utf-8")).cards
    assert [cards[f"d{n}"][-1] for n in (1, 2)] == ["could not be read"] * 2
    again = CliRunner().invoke(main, ["class", "page", "class", "-o", "out"])
    assert again.exit_code == 0
    for target in ("class", "."):
        refused = CliRunner().invoke(main, ["class", "page", "class", "-o", target])
        assert refused.exit_code == 1
    assert (place / "class.csv").is_file()


def test_another_networks_film_is_not_shown(page_of, tmp_path: Path, monkeypatch) -> None:
    _, here, place = page_of
    monkeypatch.setattr(classes, "the_studio", lambda: here)
    early = ROOT / "assets" / "models" / "early.npz"
    done = CliRunner().invoke(
        main,
        ["class", "page", str(place), "-o", str(tmp_path / "p"), "--model", str(early), "--json"],
    )
    assert json.loads(done.stdout)["films"] == 0
    light = ["class", "page", str(place), "-o", str(tmp_path / "q"), "--light-ink", "--json"]
    done = CliRunner().invoke(main, light)
    assert json.loads(done.stdout)["films"] == 0, "nor one of the digit read in another way"


def test_that_films_are_stale_is_said_once(page_of, tmp_path: Path, monkeypatch) -> None:
    _, here, place = page_of
    monkeypatch.setattr(classes, "the_studio", lambda: here)
    why = (Reason(Why.CHANGED, "the story changed"),)
    monkeypatch.setattr(
        class_page,
        "stale_clips",
        lambda studio, clips: [SimpleNamespace(name=n, reasons=why) for n in ("a", "b", "c")],
    )
    done = CliRunner().invoke(main, ["class", "page", str(place), "-o", str(tmp_path / "p")])
    assert done.stderr == "litnet: a and 2 more: the films are stale (the story changed)\n"
