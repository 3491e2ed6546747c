"""Who wrote a digit, and what was meant: from a list or a file's name to films and their state."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from film import READY, without_litnet
from PIL import Image

from litnet.cli import main
from litnet.clips.farm.parcels import pack
from litnet.clips.variants import find_digits
from litnet.project import HOME as ROOT
from litnet.record.current import CurrentFiles
from litnet.record.inputs import Digit, changes
from litnet.record.pupils import Pupil, pupil_of
from network import InputError

DIGITS = ROOT / "assets" / "digits"
STORY = '''
from litnet import LitScene, PixelGrid
from manim import FadeIn


class Told(LitScene):
    """Shows the digit."""

    def construct(self):
        picture = PixelGrid(self.digit.pixels, 3)
        for name in ("first", "second", "third"):
            with self.beat(name, name):
                self.play(FadeIn(picture), run_time=1)
                self.hold(1)
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with three digits in ``class``."""
    (tmp_path / "litnet.toml").touch()
    (tmp_path / "class").mkdir()
    for number, source in enumerate(("3_00", "7_02", "5_03"), start=1):
        shutil.copy(DIGITS / f"{source}.png", tmp_path / "class" / f"1-0{number}.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def listed(file: Path, *lines: str) -> Path:
    file.write_text("\n".join(["file,name,digit", *lines, ""]), encoding="utf-8")
    return file


# --- Whose it is ---


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("Zoë", "Zoë"),
        ("민준", "민준"),
        ("李", "李"),
        ("ann_marie O'Hara-Lee", "ann marie O'Hara-Lee"),
        ("IMG_2034", ""),
        ("3_hero", ""),
        ("٣", ""),
        ("digit", ""),
        ("My Photo", ""),
        ("a", ""),
        ("x@y", ""),
        ("A\u202eB", ""),
    ],
)
def test_what_a_file_is_called(tmp_path: Path, stem: str, name: str) -> None:
    assert pupil_of(tmp_path / f"{stem}.png") == Pupil(name)
    assert pupil_of(tmp_path / f"{stem}.csv") == Pupil()


def test_a_list_says_who_wrote_what(folder: Path) -> None:
    """class.csv counts before other lists, the picture's folder before the one above."""
    one, two, three = sorted((folder / "class").glob("*.png"))
    listed(folder / "above.csv", "class/1-01.png,Above,1", "class/1-02.png,Up,2")
    assert pupil_of(one) == Pupil("Above", 1, "class/1-01.png")
    listed(folder / "class" / "b.csv", "1-01.png,B,3")
    listed(folder / "class" / "class.csv", "1-01.png,محمد,4")
    assert pupil_of(one) == Pupil("محمد", 4, "1-01.png")
    assert pupil_of(two) == Pupil("Up", 2, "class/1-02.png")
    assert pupil_of(three) == Pupil()
    (folder / "class" / "numbers.csv").write_text("0.5\n0.25\n")
    (folder / "class" / "junk.csv").write_bytes(b"\xff\xfe\x00")
    assert pupil_of(two).name == "Up"
    (folder / "class" / "class.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is not UTF-8"):
        pupil_of(one)


def test_a_bundled_digit_is_what_it_was() -> None:
    assert pupil_of(DIGITS / "7_02.png").digit == 7
    assert pupil_of(DIGITS / "7_02.png").name == ""


# --- What is rendered ---


def test_a_folder_with_a_list_stands_for_it(folder: Path) -> None:
    place = folder / "class"
    listed(place / "class.csv", "1-03.png,C,5", "1-01.png,A,3")
    for given in (place, place / "class.csv"):
        left_out: list[str] = []
        shutil.copy(place / "1-01.png", place / "contact-sheet.png")
        assert [p.name for p in find_digits([given], left_out)] == ["1-03.png", "1-01.png"]
        assert [one.partition(": ")[2] for one in left_out] == (
            ["not in class.csv; left out"] if given == place else []
        )


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("gone.png,A,3", "gone.png: found no such file, expected a picture"),
        ("../../../x.png,A,3", "found no such file"),
        ("../far/away/1.png,A,3", "lies elsewhere, expected it beside the list"),
    ],
)
def test_a_list_of_what_is_not_there(folder: Path, line: str, sentence: str) -> None:
    (folder / "far" / "away").mkdir(parents=True)
    shutil.copy(DIGITS / "3_00.png", folder / "far" / "away" / "1.png")
    listed(folder / "class" / "class.csv", line)
    with pytest.raises(InputError, match=sentence):
        find_digits([folder / "class" / "class.csv"])


# --- What becomes stale ---


def test_a_corrected_line_makes_exactly_that_pupils_film_stale(folder: Path) -> None:
    table = folder / "class" / "class.csv"
    lines = ["1-01.png,Zoë,3", "1-02.png,Ben,7", "1-03.png,,"]
    listed(table, *lines)
    pictures = sorted((folder / "class").glob("*.png"))

    def collected() -> list:
        pupils = map(pupil_of, pictures)
        return [
            Digit.collect(p, pupil.digit, pupil.name)
            for p, pupil in zip(pictures, pupils, strict=True)
        ]

    made = collected()

    def stale() -> list[list[str]]:
        now = CurrentFiles(folder)
        return [list(changes([entry], now)) for entry in made]

    assert stale() == [[], [], []]
    listed(table, lines[1].replace("Ben", "Ben"), lines[0], lines[2], "9-09.png,Another,1")
    assert stale() == [[], [], []], "another order, another line"
    listed(table, lines[0], "1-02.png,Ben,1", lines[2])
    assert stale() == [[], ["the label of digit 1-02.png changed"], []]
    listed(table, "1-01.png,Zoé,3", *lines[1:2], "1-03.png,,8")
    assert stale() == [
        ["the name of digit 1-01.png changed"],
        [],
        ["the label of digit 1-03.png changed"],
    ]
    table.unlink()
    assert [len(reasons) for reasons in stale()] == [2, 2, 0]
    table.write_bytes(b"\xff")
    assert all("cannot be read" in reason for (reason,) in stale())


def test_a_name_that_a_file_has_is_no_news(folder: Path) -> None:
    """A film from before names were known, and one from since."""
    shutil.copy(DIGITS / "3_00.png", folder / "class" / "Zoë.png")
    for name in ("", "Zoë"):
        entry = Digit.collect(folder / "class" / "Zoë.png", None, name)
        assert changes([entry], CurrentFiles(folder)) == []


# --- What a film says ---


def told(folder: Path, digit: str, **more: str) -> tuple[dict, str]:
    (folder / "story.py").write_text(STORY, encoding="utf-8")
    flags = ("-r", "426,240", "--fps", "2", "--progress_bar", "none", "-v", "ERROR")
    command = ["render", *flags, "--media_dir", "media", "story.py"]
    environment = {**without_litnet(), "LITNET_DIGIT": digit, **more}
    code, _, said = READY.run(command, environment, folder)
    assert code == 0, said
    (file,) = folder.glob("media/videos/**/*.json")
    record = json.loads(file.read_text(encoding="utf-8"))
    file.unlink()
    return record, said


def test_a_film_is_titled_for_its_pupil_and_knows_what_was_meant(folder: Path) -> None:
    listed(folder / "class" / "class.csv", "1-01.png,Zoë 민준,8", "1-02.png,李雷,7")
    record, said = told(folder, "class/1-01.png")
    assert record["title"] == "Zoë 민준: Told"
    (entry,) = (entry for entry in record["inputs"] if entry["role"] == "digit")
    assert (entry["label"], entry["name"]) == (8, "Zoë 민준")
    frames = [text["frame"] for text in record["texts"] if text["text"] == "Zoë 민준"]
    assert frames, "the name is on screen ..."
    end = record["beats"][0]["end"] * 2
    assert max(frames) < end, "... in the first beat"
    assert "litnet:" not in said
    record, said = told(folder, "class/1-02.png")
    assert record["title"] == "李雷: Told"
    assert not [text for text in record["texts"] if "李" in text["text"]]
    assert "李雷, but does not show the name: its fonts (Latin, Greek, Hangul) lack 李, 雷" in said
    record, _ = told(folder, "class/1-03.png")
    assert record["title"] == "Told"


def test_a_cluster_learns_one_name_only(folder: Path) -> None:
    from litnet.clips.farm.jobs import Job
    from litnet.clips.settings import Quality
    from litnet.clips.task import RenderTask
    from litnet.record.variant import Variant

    (folder / "story.py").write_text(STORY, encoding="utf-8")
    listed(folder / "class" / "class.csv", "1-01.png,Zoë,8", "1-02.png,Ben,7")
    variant = Variant(digit="class/1-02.png", language="en")
    task = RenderTask("Told", folder / "story.py", variant, Quality(426, 240, 2))
    parcel = pack(Job(task, "whole", root=folder), None)
    assert parcel.files["class/class.csv"].decode("utf-8-sig") == (
        "file,name,digit\n1-02.png,Ben,7\n"
    )


def test_predict_says_right_or_wrong(folder: Path) -> None:
    listed(folder / "class" / "class.csv", "1-01.png,Zoë,3", "1-02.png,Ben,1")
    for file, words in (("1-01", "right"), ("1-02", "wrong: a 1 was meant"), ("1-03", "")):
        done = CliRunner().invoke(main, ["predict", f"class/{file}.png"])
        assert done.exit_code == 0, done.output
        assert words in done.stdout.splitlines()[0]
        as_json = CliRunner().invoke(main, ["predict", f"class/{file}.png", "--json"])
        assert json.loads(as_json.stdout).get("meant") == {"1-01": 3, "1-02": 1}.get(file)


# --- Before it is rendered ---


@pytest.mark.parametrize("flags", [(), ("--yes",)])
def test_many_digits_are_shown_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...]
) -> None:
    """Where nobody can answer nobody is asked; one digit alone is not shown."""
    asked: list = []
    monkeypatch.setattr(
        "litnet.clips.render.bring_up_to_date", lambda *given, **named: asked.append(given) or []
    )
    (folder / "class" / "1-02.png").write_bytes(b"no picture")
    shown = folder / "renders" / "digits.png"
    one = CliRunner().invoke(main, ["render", "--digit", "class/1-01.png", *flags])
    assert one.exit_code == 0, one.output
    assert not shown.exists()
    done = CliRunner().invoke(main, ["render", "--digit", "class", *flags])
    assert done.exit_code == 0, done.output
    assert "digits.png shows the 3 digits as they will be read" in done.output
    assert "Film them?" not in done.output
    with Image.open(shown) as sheet:
        picture = np.asarray(sheet.convert("L")).astype(int)
    digit = np.asarray(Image.open(folder / "class" / "1-01.png").convert("L")).repeat(4, 0)
    seen = picture[16 : 16 + 112, 16 + 116 : 16 + 228]
    assert np.abs(seen - digit.repeat(4, 1)).max() <= 1, "what the network sees, square by square"
    assert len(asked) == 2


def test_a_name_that_films_cannot_show_is_said_before_they_are_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("litnet.clips.render.bring_up_to_date", lambda *given, **named: [])
    listed(folder / "class" / "class.csv", "1-01.png,Zoë 민준,3", "1-02.png,李雷,7")
    done = CliRunner().invoke(main, ["render", "--digit", "class"])
    (sentence,) = (line for line in done.stderr.splitlines() if "titled for" in line)
    assert sentence.startswith("litnet: class/1-02.png: the film is titled for 李雷, but does not")
