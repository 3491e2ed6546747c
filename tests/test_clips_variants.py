"""Which variants there are, and what they are called."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from film import DIGITS, ROOT
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from litnet import project
from litnet.clips.catalogue import STORIES, Story, find_stories
from litnet.clips.variants import find_digits, name_of
from litnet.clips.variants import product as product_of
from litnet.project import current, picture_settings
from litnet.record.variant import Variant, configured, filmed
from network import InputError

BOTH = Story("Both", ROOT / "scenes" / "both.py")
NEITHER = Story("Neither", ROOT / "scenes" / "neither.py", model=False, digit=False)
USUAL = Variant("assets/models/vanilla.npz", "assets/digits/3_hero.png", "en", theme="dark")
CONFIGURED = Variant(
    USUAL.model,
    USUAL.digit,
    "en",
    baseline="assets/models/learner.history.npz",
    history="assets/models/learner.history.npz",
    training="assets/digits",
    theme="dark",
)


def product(story: Story, configured: Variant, **given_: Any) -> list[Variant]:
    return product_of(story, configured, ROOT, **given_)


def test_the_catalogue_names_what_there_is() -> None:
    for story in STORIES:
        assert f"class {story.scene}(LitScene)" in story.file.read_text(encoding="utf-8")
    assert len({story.scene for story in STORIES}) == len(STORIES)
    assert find_stories(()) == list(STORIES)
    with pytest.raises(InputError, match=r"Nobody: no such clip, expected one of: .*LayerIntro"):
        find_stories(("Nobody",))


def test_every_combination_of_what_a_story_uses(tmp_path: Path) -> None:
    models = [tmp_path / "a.npz", tmp_path / "b.npz"]
    for model in models:
        model.touch()
    digits = [DIGITS / "7_02.png", DIGITS / "3_hero.png", DIGITS / "1_00.png"]
    variants = product(BOTH, CONFIGURED, models=models, digits=digits)
    assert len(variants) == 6
    assert {(v.model, v.digit) for v in variants} == {
        (str(model), f"assets/digits/{digit.name}") for model in models for digit in digits
    }
    plain = Variant(language="en", theme="dark")
    assert product(NEITHER, CONFIGURED, models=models, digits=digits) == [plain]
    assert product(BOTH, CONFIGURED) == [USUAL]


def test_what_cannot_be_filmed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.npz: found no such file, expected a network"):
        product(BOTH, CONFIGURED, models=[tmp_path / "none.npz"])
    with pytest.raises(InputError, match="Language 'xx' is not one"):
        product(BOTH, CONFIGURED, languages=["xx"])
    with pytest.raises(InputError, match="found no pictures"):
        find_digits([tmp_path])
    with pytest.raises(InputError, match="found no such file or folder"):
        find_digits([tmp_path / "none"])


def test_a_folder_of_digits(tmp_path: Path) -> None:
    for name in ("b.png", "a.JPG", "notes.txt", "c.jpeg"):
        (tmp_path / name).touch()
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "d.png").touch()
    alone = DIGITS / "7_02.png"
    names = [path.name for path in find_digits([tmp_path, alone, alone])]
    assert names == ["a.JPG", "b.png", "c.jpeg", "7_02.png"]


def test_what_is_left_out_of_a_folder_is_named(tmp_path: Path) -> None:
    """Hidden files are passed over; other pictures are taken if they can be opened."""
    with Image.open(DIGITS / "7_02.png") as seven:
        for name in ("a.png", "d.webp", "e.tiff"):
            seven.save(tmp_path / name)
    (tmp_path / "._a.png").write_bytes(b"AppleDouble")
    (tmp_path / "b.heic").write_bytes(b"\0\0\0\x18ftypheic")
    (tmp_path / "c.webp").write_bytes(b"RIFF")
    left_out: list[str] = []
    names = [path.name for path in find_digits([tmp_path], left_out)]
    assert names == ["a.png", "d.webp", "e.tiff"]
    heic, webp = left_out
    assert "b.heic: found a HEIC file" in heic and "save or export it as JPEG or PNG" in heic
    assert "c.webp: found a file that is not a readable" in webp


@pytest.mark.parametrize(
    ("variant", "name"),
    [
        (USUAL, "Both"),
        (Variant("new/retrained.npz", USUAL.digit, "en"), "Both--retrained"),
        (Variant(USUAL.model, "assets/digits/7_02.png", "en"), "Both--7_02"),
        (Variant(USUAL.model, USUAL.digit, "ko"), "Both--ko"),
        (Variant("m/a.npz", "d/b.png", "ko"), "Both--a--b--ko"),
        (
            Variant("m/a.npz", "d/b.png", "ko", baseline="m/old one.npz"),
            "Both--from-old_one--a--b--ko",
        ),
        (Variant(USUAL.model, "kids/Zoë's  --  3.png", "en"), "Both--Zoe_s__-__3"),
    ],
)
def test_names_say_what_is_different(variant: Variant, name: str) -> None:
    assert name_of(BOTH, variant, CONFIGURED, {}) == name


def test_the_same_name_for_two_is_told_apart_and_kept() -> None:
    one = Variant(USUAL.model, "class-a/anna.png", "en")
    other = Variant(USUAL.model, "class-b/Anna.png", "en")
    taken = {name_of(BOTH, one, CONFIGURED, {}): one}
    second = name_of(BOTH, other, CONFIGURED, taken)
    assert re.fullmatch(r"Both--Anna-[0-9a-f]{8}", second)
    taken[second] = other
    assert name_of(BOTH, one, CONFIGURED, taken) == "Both--anna"
    assert name_of(BOTH, other, CONFIGURED, taken) == second


@given(st.lists(st.text(min_size=1).filter(lambda t: "/" not in t and "\0" not in t), max_size=8))
def test_names_are_safe_and_no_two_alike(stems: list[str]) -> None:
    taken: dict[str, Variant] = {}
    for number, stem in enumerate(stems):
        variant = Variant(USUAL.model, f"folder{number}/{stem}.png", "en")
        name = name_of(BOTH, variant, CONFIGURED, taken)
        assert re.fullmatch(r"Both--[A-Za-z0-9._-]+", name) and len(name.encode()) < 100
        assert name.casefold() not in {other.casefold() for other in taken}
        taken[name] = variant


def test_the_environment_does_not_change_what_is_configured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LITNET_DIGIT", "assets/digits/7_02.png")
    assert filmed().digit == "assets/digits/7_02.png"
    assert configured(current()) == CONFIGURED


def test_what_manim_cfg_sets_that_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project.Path, "home", lambda: tmp_path / "home")
    (tmp_path / "manim.cfg").write_text(
        "[CLI]\nmedia_dir = ./x\nbackground_color = BLACK\n[video_encoder.options]\ncrf = 15\n"
    )
    assert picture_settings(tmp_path) == {"background_color": "BLACK", "crf": "15"}
    theirs = tmp_path / "home" / ".config" / "manim" / "manim.cfg"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("[video_encoder]\ncodec = libx265\n[video_encoder.options]\ncrf = 40\n")
    expected = {"background_color": "BLACK", "codec": "libx265", "crf": "15"}
    assert picture_settings(tmp_path) == expected
    (tmp_path / "manim.cfg").write_text("no section\n")
    with pytest.raises(InputError, match=r"manim\.cfg: expected the form of an INI file"):
        picture_settings(tmp_path)
