"""Outlines of texts: kept, found again, and never wrong, whatever happened to the folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import DOWN, FadeIn
from PIL import ImageFont

from litnet import cache
from litnet.fonts import characters
from litnet.mobjects import LiveNumber, Words, outlines
from litnet.record.quantities import illustrative

TEXTS = ("Hidden layer", "0.97", "안녕 3", "0−0", "naïve café…")


def forget() -> None:
    """As in a new process."""
    for function in (cache.cache_folder, outlines._conditions, outlines._letters):
        function.cache_clear()


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a user who has nothing there yet."""
    monkeypatch.setenv("LITNET_CACHE", str(tmp_path / "cache"))
    forget()
    yield tmp_path / "cache" / "outlines"
    forget()


def same(found: Any, expected: Any) -> bool:
    return len(found) == len(expected) and all(map(np.array_equal, found, expected))


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_kept_is_what_was_made(
    kept: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = outlines.letters(text, 27.0, "SEMIBOLD")
    assert len(made) == len(text), "an outline each, of a space too"
    assert len(files(kept)) == 1
    forget()
    monkeypatch.setattr(outlines, "_made", None)  # nothing may be made any more
    assert same(outlines.letters(text, 27.0, "SEMIBOLD"), made)
    with pytest.raises(ValueError, match="read-only"):
        outlines.letters(text, 27.0, "SEMIBOLD")[0][0] = 0


def test_size_weight_and_fonts_are_told_apart(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        outlines.letters("Ab", size, weight)[0].tobytes()
        for size in (27.0, 32.0)
        for weight in ("NORMAL", "SEMIBOLD")
    ]
    assert len(set(found)) == 4 == len(files(kept))
    monkeypatch.setattr(outlines.style, "FONT", "Litnet Sans KR")
    forget()
    outlines.letters("Ab", 27.0, "NORMAL")
    assert len(files(kept)) == 5


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: data[:90] + bytes([data[90] ^ 1]) + data[91:],
        lambda data: bytes(len(data)),
        lambda data: data[: len(cache.MARK) + 32],
    ],
    ids=["empty", "cut", "longer", "a-bit", "zeros", "no-body"],
)
def test_damaged_outlines_are_made_again(kept: Path, damage: Any) -> None:
    made = outlines.letters("Light", 27.0, "NORMAL")
    (file,) = files(kept)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    forget()
    assert same(outlines.letters("Light", 27.0, "NORMAL"), made)
    assert file.read_bytes() == whole, "and kept again"


@pytest.mark.parametrize("thing", ["a pipe", "a folder"])
def test_what_is_no_file_is_passed_over(kept: Path, thing: str) -> None:
    made = outlines.letters("Light", 27.0, "NORMAL")
    (file,) = files(kept)
    file.unlink()
    if thing == "a pipe":
        os.mkfifo(file)
    else:
        file.mkdir()
    forget()
    assert same(outlines.letters("Light", 27.0, "NORMAL"), made)


@pytest.mark.parametrize("text", ["漢字", "3 \N{GRINNING FACE}", "\N{SNOWMAN}"])
def test_letters_of_other_fonts_are_not_kept(kept: Path, text: str) -> None:
    """The machine has them today; tomorrow it may have others."""
    outlines.letters("kept", 27.0, "NORMAL")
    outlines.letters(text, 27.0, "NORMAL")
    assert len(files(kept)) == 1


def test_the_characters_of_the_fonts_are_those_that_freetype_finds() -> None:
    ranges = range(32, 0x180), range(0x2000, 0x2300, 3), range(0xAC00, 0xB000, 7)
    looked_at = [*(chr(code) for codes in ranges for code in codes), "漢", "\ufb01"]
    for font in outlines.register_fonts():
        face = ImageFont.truetype(str(font), 40, layout_engine=ImageFont.Layout.BASIC)
        missing = bytes(face.getmask("\U0010fffd")), face.getbbox("\U0010fffd")
        for character in looked_at:
            drawn = bytes(face.getmask(character)), face.getbbox(character)
            assert (drawn == missing) == (character not in characters(font)), character


@pytest.mark.parametrize("place", ["no home", "a file", "nowhere", "relative"])
def test_a_folder_that_cannot_be_used_only_costs_time(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    made = outlines.letters("Light", 27.0, "NORMAL")
    taken = tmp_path / "taken"
    taken.write_text("")
    if place == "no home":
        for name in ("LITNET_CACHE", "XDG_CACHE_HOME"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HOME", str(taken))
    else:
        chosen = {"a file": str(taken), "nowhere": "", "relative": "cache"}[place]
        monkeypatch.setenv("LITNET_CACHE", chosen)
    monkeypatch.chdir(tmp_path)
    forget()
    assert outlines.KEPT.folder() is None
    assert same(outlines.letters("Light", 27.0, "NORMAL"), made)
    assert not (tmp_path / "outlines").exists()


@pytest.mark.parametrize("whose", ["another's", "everybody's", "a group's"])
def test_what_others_may_write_is_not_believed(kept: Path, whose: str) -> None:
    """Whoever can write there could make a film say anything."""
    made = outlines.letters("Light", 27.0, "NORMAL")
    (file,) = files(kept)
    other = outlines.letters("Night", 27.0, "NORMAL")
    (forged,) = set(files(kept)) - {file}
    file.write_bytes(forged.read_bytes())
    if whose == "another's":
        if os.geteuid():
            pytest.skip("only root gives folders away")
        os.chown(kept, 12345, 12345)
    else:
        kept.chmod(0o777 if whose == "everybody's" else 0o770)
    forget()
    assert outlines.KEPT.folder() is None
    assert same(outlines.letters("Light", 27.0, "NORMAL"), made)
    assert not same(made, other)


def test_a_read_only_folder_is_read(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = outlines.letters("Light", 27.0, "NORMAL")
    (file,) = files(kept)
    os.utime(file, (0, 0))

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "utime", refused)
    monkeypatch.setattr(outlines, "_made", None)
    forget()
    assert same(outlines.letters("Light", 27.0, "NORMAL"), made)


def test_a_full_disk_only_costs_time(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert len(outlines.letters("Light", 27.0, "NORMAL")) == 5
    assert files(kept) == []


def test_the_folder_does_not_grow_without_end(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "OFTEN", 2)
    monkeypatch.setattr(outlines.KEPT, "most", 8)
    kept.mkdir(parents=True)
    left, mine = kept / f".{'a' * 64}.1.tmp", kept / "letter-to-my-aunt.txt"
    for file in (left, mine):
        file.write_bytes(b"")
        os.utime(file, (0, 0))
    for number in range(14):
        outlines.letters(str(number), 27.0, "NORMAL")
        for age, file in enumerate(sorted(files(kept), key=lambda file: file.stat().st_mtime_ns)):
            os.utime(file, (1e9 + age, 1e9 + age))
    assert not left.exists()
    assert mine.exists()
    mine.unlink()
    assert 4 <= len(files(kept)) <= 8
    monkeypatch.setattr(outlines, "_made", None)
    forget()
    assert len(outlines.letters("13", 27.0, "NORMAL")) == 2, "the latest is still there"


def test_a_film_with_kept_outlines_is_the_same_film(
    kept: Path, play: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def construct(scene: Any) -> None:
        words = Words("Layer 2: sechzehn", weight="SEMIBOLD")
        number = LiveNumber(illustrative(0.25)).next_to(words, DOWN)
        scene.play(FadeIn(words), FadeIn(number), run_time=0.3)
        scene.play(words.animate.scale(1.3), run_time=0.3)

    made = list(play(construct).frames)
    assert np.max(made) > 200
    assert files(kept)
    forget()
    monkeypatch.setattr(outlines, "_made", None)
    assert same(play(construct).frames, made)
