"""The sheet of a class, and what comes back of it: photos of all kinds, cut into digits."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import typst
from click.testing import CliRunner, Result
from PIL import Image
from scipy import ndimage

pytest.importorskip("cv2", reason="the extra `class` is not installed")

from film import ROOT
from photographed import Photo, error, filled, photographed, printed

from litnet.cli import main
from litnet.lessons.pupils import photos, sheet
from litnet.record.pupils import Pupil, read_list, read_names
from network import InputError, load_network
from network.digits import DIGITS, bundled_digits, load_image

NAMES = ["Zoë", "민준", "Łukasz", "Ὀδυσσεύς", "李雷", "محمد", "#strong[x] \\", "O'Neill-García"]
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, ["class", *map(str, words)])


@cache
def page(number: int = 1) -> np.ndarray:
    return printed([Pupil("x")] * 60, number)


def known() -> list:
    network = load_network(DIGITS.parent / "models" / "vanilla.npz")
    return [d for d in bundled_digits() if network.forward(d.image().ravel()).prediction == d.label]


def photo_of(seed: int, number: int = 1, *, turn: float, **more) -> tuple[Photo, list]:
    rng = np.random.default_rng(seed)
    every = known()
    digits = [every[n] for n in rng.choice(len(every), sheet.BOXES, replace=False)]
    return photographed(
        filled(page(number), number, digits, rng, **more), rng, turn=turn, size=(1200, 1600)
    ), digits


# --- The whole way ---


def test_a_photo_becomes_digits_that_are_read_rightly(run: Run, tmp_path: Path) -> None:
    """Upside down in a JPEG that says in Exif that it lies on its side; two boxes are empty."""
    photo, digits = photo_of(5, turn=2, empty={4, 30})
    exif = Image.Exif()
    exif[0x112] = 6
    lying = Photo(np.rot90(photo.picture).copy(), photo.plane, 70)
    lying.save(tmp_path / "a.jpg", exif=exif)
    (tmp_path / "names.csv").write_text("\n".join(["Name;Digit", *(f"{n};7" for n in NAMES)]))
    done = run("read", "a.jpg", "--names", "names.csv", "-o", "out")
    assert done.exit_code == 0, done.output
    assert "found nothing in 1 of the boxes: 1-04 (Ὀδυσσεύς)" in done.output
    with (tmp_path / "out" / "class.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["file"] for row in rows] == [
        f"1-{n:02}.png" for n in range(1, 31) if n not in (4, 30)
    ]
    said = {row["file"]: row["name"] for row in rows}
    assert [said.get(f"1-{n:02}.png") for n in range(1, 10)] == [
        *NAMES[:3],
        None,
        *NAMES[4:],
        "",
    ]
    assert [row["digit"] for row in rows][:3] == ["7", "7", "7"]
    network = load_network(DIGITS.parent / "models" / "vanilla.npz")
    right = 0
    for row in rows:
        image = load_image(tmp_path / "out" / row["file"])
        meant = digits[int(row["file"][2:4]) - 1].label
        right += network.forward(image.ravel()).prediction == meant
    assert right >= 26, f"{right} of {len(rows)}"
    with Image.open(tmp_path / "out" / "contact-sheet.png") as shown:
        assert shown.width > 1000


@pytest.mark.parametrize(("seed", "turn"), [(11, 1), (12, 3.1), (13, 0)])
def test_boxes_are_cut_where_they_are(tmp_path: Path, seed: int, turn: float) -> None:
    """Within half a millimetre; all 20 photos of `python tests/photographed.py`: 0.3."""
    photo, _ = photo_of(seed, turn=turn)
    (cuts,) = photos.cut_out(photo.save(tmp_path / "a.jpg")).values()
    assert [cut.box.number for cut in cuts] == list(range(1, 31))
    assert max(error(cut, photo.plane) for cut in cuts) < 0.5


def test_two_pages_in_two_photos_one_of_them_with_a_thumb_on_it(run: Run, tmp_path: Path) -> None:
    names = [f"Nr {n}" for n in range(40)]
    (tmp_path / "names.txt").write_text("\n".join(names), encoding="utf-8")
    for number in (1, 2):
        photo, _ = photo_of(20 + number, number, turn=0, empty=set(range(11, 31)))
        if number == 2:
            corner = photo.plane @ [16, 16, 1]
            x, y = (corner[:2] / corner[2]).astype(int)
            photo.picture[max(0, y - 60) : y + 60, max(0, x - 60) : x + 60] = (196, 150, 130)
        photo.save(tmp_path / f"{number}.jpg")
    done = run("read", "2.jpg", "1.jpg", "--names", "names.txt", "-o", "out")
    assert done.exit_code == 0, done.output
    found = {pupil.file: pupil.name for pupil in read_list(tmp_path / "out" / "class.csv")}
    assert found == {
        f"{p}-{n:02}.png": f"Nr {30 * (p - 1) + n - 1}" for p in (1, 2) for n in range(1, 11)
    }


def test_what_was_corrected_stays(run: Run, tmp_path: Path) -> None:
    photo, _ = photo_of(30, turn=0, empty=set(range(4, 31)))
    photo.save(tmp_path / "a.jpg")
    assert run("read", "a.jpg", "-o", "out").exit_code == 0
    table = tmp_path / "out" / "class.csv"
    rows = table.read_text(encoding="utf-8-sig").splitlines()
    assert rows == ["file,name,digit", "1-01.png,,", "1-02.png,,", "1-03.png,,"]
    table.write_text("file;name;digit\n1-02.png;Zoë;3\n")  # as a spreadsheet saves it
    (tmp_path / "names.csv").write_text("name,digit\nA,1\nB,2\n")
    assert run("read", "a.jpg", "-o", "out", "--names", "names.csv").exit_code == 0
    assert set(read_list(table)) == {
        Pupil("Zoë", 3, "1-02.png"),
        Pupil("A", 1, "1-01.png"),
        Pupil("", None, "1-03.png"),
    }


def test_an_empty_page_has_no_digits(run: Run, tmp_path: Path) -> None:
    photo, _ = photo_of(31, turn=0, empty=set(range(1, 31)))
    photo.save(tmp_path / "a.jpg")
    done = run("read", "a.jpg", "-o", "out")
    assert done.exit_code == 1
    assert "found nothing in the boxes" in done.output


def test_what_is_no_sheet_is_refused_in_a_sentence(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    desk = ndimage.gaussian_filter(rng.normal(128, 60, (900, 700)), 2)
    Image.fromarray(np.clip(desk, 0, 255).astype(np.uint8)).save(tmp_path / "desk.jpg")
    done = run("read", "desk.jpg", "-o", "out")
    assert done.exit_code == 1
    assert re.search(r"desk\.jpg: found none of the marks .*, expected a photo", done.output)
    photo, _ = photo_of(40, turn=0, empty=set(range(1, 31)))
    half = photo.picture[: photo.picture.shape[0] // 3, : photo.picture.shape[1] // 2]
    Image.fromarray(half).save(tmp_path / "half.png")
    done = run("read", "half.png", "-o", "out")
    assert done.exit_code == 1
    assert "found one mark of page 1, expected a photo of the whole page" in done.output
    assert not (tmp_path / "out").exists()


# --- The sheet ---


def test_the_sheet_is_a_pdf_of_as_many_pages_as_needed(run: Run, tmp_path: Path) -> None:
    for count, pages in ((0, 1), (30, 1), (31, 2), (75, 3)):
        (tmp_path / "names.csv").write_text("name\n" + "\n".join(f"N{n}" for n in range(count)))
        words = ["--names", "names.csv"] if count else []
        done = run("sheet", "-o", "s.pdf", *words)
        assert done.exit_code == 0, done.output
        data = (tmp_path / "s.pdf").read_bytes()
        assert data.startswith(b"%PDF")
        assert len(re.findall(rb"/Type\s*/Page\b", data)) == pages


@pytest.mark.parametrize("language", ["en", "ko"])
def test_names_are_on_the_sheet_as_they_are(language: str) -> None:
    """Each makes another picture, where no other has been changed; nothing is markup."""
    lacking = sheet.without_font(NAMES)
    names = [name for name in NAMES if name not in lacking]
    names += ["Ångström-García de la Vega y Montemayor", "W" * 60]
    assert {*names} >= {"Zoë", "민준", "Łukasz", "Ὀδυσσεύς", "#strong[x] \\"}
    blank = printed([Pupil("", 5)] * len(names), language=language)
    named = printed([Pupil(name, 5) for name in names], language=language)
    changed = np.abs(named.astype(int) - blank).max(axis=2) > 60
    scale = 200 / 25.4
    for box, _ in zip(sheet.boxes(1), names, strict=False):
        rows = slice(round((box.y - 7) * scale), round((box.y - 0.1) * scale))
        columns = slice(round((box.x - 1) * scale), round((box.x + sheet.BOX + 1) * scale))
        assert changed[rows, columns].any(), box
        changed[rows, columns] = False
    assert not changed.any()


def test_a_name_that_no_font_has_is_said_and_left_to_be_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fonts = [str(ROOT / "assets" / "fonts")]
    alone = typst.Compiler(font_paths=fonts, ignore_system_fonts=True)
    monkeypatch.setattr(sheet, "_compiler", lambda: alone)
    names = ["Zoë", "李雷", "뷁 Kim", "Ὀδυσσεύς", "李 X", "A\u0301 민준"]
    assert sheet.without_font(names) == {
        "李雷": ("李", "雷"),
        "뷁 Kim": ("뷁",),
        "李 X": ("李",),
    }
    assert sheet.without_font(names[3:4]) == sheet.without_font([]) == {}
    (tmp_path / "names.csv").write_text("\n".join(names), encoding="utf-8")
    done = run("sheet", "--names", "names.csv")
    assert done.exit_code == 0, done.output
    assert done.stderr == (
        "litnet: names.csv: no font here has all letters of 3 of the names, whose boxes get a line "
        "to write on instead: 李雷 (李, 雷); 뷁 Kim (뷁); 李 X (李)\n"
    )
    left = [Pupil("" if name in sheet.without_font(names) else name) for name in names]
    np.testing.assert_array_equal(printed([Pupil(name) for name in names]), printed(left))


def test_marks_and_boxes_do_not_touch() -> None:
    places = [(c.min(axis=0) - 2, c.max(axis=0) + 2) for c in sheet.marks(1).values()]
    places += [(b.corners.min(axis=0) - 0.5, b.corners.max(axis=0) + 0.5) for b in sheet.boxes(1)]
    for n, (low, high) in enumerate(places):
        assert (low >= 5).all() and (high <= [205, 292]).all()  # printers leave a margin
        for other_low, other_high in places[:n]:
            assert (high <= other_low).any() or (low >= other_high).any()


# --- Lists ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zoë\nBen\n", [("Zoë", None), ("Ben", None)]),
        ("\ufeffName,Digit\r\nZoë,3\r\n\r\nBen,\r\n", [("Zoë", 3), ("Ben", None)]),
        ("digit\tname\n4\tZoe\u0308\n", [("Zoë", 4)]),
        ('name\n"Vega, Ángel"\n', [("Vega, Ángel", None)]),
        ("Zoë;3\nBen;4\n", [("Zoë", 3), ("Ben", 4)]),
    ],
)
def test_names_as_they_come(tmp_path: Path, text: str, expected: list) -> None:
    file = tmp_path / "names.csv"
    file.write_bytes(text.encode())
    assert [(pupil.name, pupil.digit) for pupil in read_names(file)] == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "found no name"),
        ("name,digit\nA,12\n", r"line 2: found the digit '12', expected one from 0 to 9"),
        ("name\nA\u202eB\n", r"line 2: the name A\\u202eB has signs that nobody sees"),
        (f"name\n{'x' * 200}\n", "line 2: found a name of 200 letters"),
        ("name\n" + "A\n" * 3000, "found 3,001 lines, expected at most 1,800"),
        ('name\n"A\n', "expected a CSV"),
    ],
)
def test_names_that_cannot_be(run: Run, tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "names.csv").write_text(text, encoding="utf-8")
    done = run("sheet", "--names", "names.csv")
    assert done.exit_code == 1
    assert re.search(sentence, done.output), done.output
    assert not (tmp_path / "sheet.pdf").exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name,digit\nA,1\n", "found no column file"),
        ("file,name,digit\na.png,A,1\na.png,B,2\n", "line 3: a.png is there twice"),
        ("file,name\n,A\n", "line 2: found no file"),
    ],
)
def test_lists_that_cannot_be(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "class.csv").write_text(text)
    with pytest.raises(InputError, match=sentence):
        read_list(tmp_path / "class.csv")
