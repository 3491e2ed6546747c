"""Looks: which there are, what is refused, and that a film in one tells the truth."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from film import FONT, ROOT, SMALL, Film, sketch
from test_craft import DEUTERANOPIA, contrast, luminance, rgb

from litnet import fonts, narration, style, theme
from litnet.cli import main
from litnet.clips import variants
from litnet.clips.catalogue import STORIES
from litnet.project import Project
from litnet.record.current import CurrentFiles
from litnet.record.inputs import Theme as ThemeInput
from litnet.record.inputs import changes
from litnet.record.variant import Variant, configured, filmed
from network import InputError

NAVY = {"name": "school", "background": "#0B1E3F"}
LOOKS = [theme.DARK, theme.PAPER]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    style.wear(theme.DARK)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LITNET_THEME", raising=False)
    return tmp_path


def settings(folder: Path, **values: object) -> Project:
    """A project with a theme of its own."""
    lines = (f"{key} = {json.dumps(value)}" for key, value in values.items())
    (folder / "litnet.toml").write_text("\n".join(("[theme]", *lines)), encoding="utf-8")
    return Project.at(folder)


# --- litnet's own ---------------------------------------------------------------------------------
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_everything_stands_out_from_the_ground(look: theme.Theme) -> None:
    ground = rgb(look.background)
    for name in ("text", "light"):
        assert contrast(rgb(getattr(look, name)), ground) >= 7
    words = ("quiet", "accent", "correct", "wrong", "positive_word", "negative_word", "shine")
    for name in words:
        assert contrast(rgb(getattr(look, name)), ground) >= 4.5, name
    for name in ("positive", "negative", "structure"):
        assert contrast(rgb(getattr(look, name)), ground) >= 3, name


@pytest.mark.parametrize("seen", [np.eye(3), DEUTERANOPIA], ids=["all colours", "no green"])
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_signs_and_answers_differ_in_lightness(look: theme.Theme, seen: Any) -> None:
    def light(color: str) -> float:
        srgb = np.asarray(rgb(color))
        linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
        return float(np.clip(seen @ linear, 0, 1) @ [0.2126, 0.7152, 0.0722]) + 0.05

    def apart(one: str, other: str) -> float:
        ratio = light(one) / light(other)
        return max(ratio, 1 / ratio)

    assert apart(look.positive, look.negative) >= 3
    for other in (look.positive_word, look.accent, look.correct):
        assert apart(look.wrong, other) >= 1.5, other


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
@pytest.mark.parametrize("light", np.linspace(0, 1, 21).tolist())
def test_words_on_a_cell_stand_out_from_it(look: theme.Theme, light: float) -> None:
    style.wear(look)
    cell = style.lit(np.array([light]), np.array([style.BRIGHT]))[0]
    assert contrast(rgb(style.text_color_on(light)), cell) >= 4.5


def test_style_is_that_of_the_theme_when_it_is_asked() -> None:
    for look in LOOKS:
        style.wear(look)
        assert look.text == style.TEXT_COLOR and style.FONT == "Litnet Sans, Litnet Sans KR"
        assert style.hexadecimal(style.POSITIVE) == look.positive
    with pytest.raises(AttributeError):
        style.NO_SUCH_COLOR  # noqa: B018


def kept_from_import(node: ast.AST) -> Iterator[ast.Attribute]:
    """The colours of style that are looked up when a module is imported, not when it is used."""
    if isinstance(node, ast.Attribute) and node.attr in style._LOOKS:
        yield node
    inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    for name, value in ast.iter_fields(node):
        if not (inside and name == "body") and not (
            isinstance(node, ast.Lambda) and name == "body"
        ):
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, ast.AST):
                    yield from kept_from_import(one)


def test_no_module_keeps_a_colour_from_when_it_was_imported() -> None:
    """Neither as a constant nor as the default of an argument."""
    wrong = (
        "A = style.GLOW\nclass B:\n    C = 1\n    def d(self, e=style.FONT):\n        style.WRONG\n"
    )
    assert [one.attr for one in kept_from_import(ast.parse(wrong))] == ["GLOW", "FONT"]
    for folder in ("litnet", "scenes"):
        for file in (ROOT / folder).rglob("*.py"):
            kept = list(kept_from_import(ast.parse(file.read_text("utf-8"))))
            assert not kept, f"{file}:{kept[0].lineno}"


# --- which is filmed ------------------------------------------------------------------------------
def test_a_project_names_a_theme_or_has_one(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert configured(Project.at(project)).theme == "dark"
    (project / "litnet.toml").write_text('theme = "paper"')
    assert configured(Project.at(project)).theme == "paper"
    own = settings(project, **NAVY)
    assert configured(own).theme == "school"
    look = theme.named("school", own)
    assert (look.background, look.text, look.is_light) == ("#0B1E3F", theme.DARK.text, False)
    assert theme.named("paper", own) == theme.PAPER, "litnet's are there all the same"
    monkeypatch.setenv("LITNET_THEME", "paper")
    assert filmed(own).theme == "paper"
    assert filmed(own, filmed(own).environment()).theme == "paper"


def test_without_a_name_it_is_the_project_s_own(project: Path) -> None:
    assert configured(settings(project, text="#FFFFFF")).theme == "own"
    assert configured(settings(project, base="paper")).theme == "paper"


@pytest.mark.parametrize("ground", ["#0B1E3F", "#102418", "#F4E9D8", "#C8D8E8", "#DDDDDD", "#333"])
def test_a_ground_alone_is_enough(project: Path, ground: str) -> None:
    """What is not given follows, and can be seen."""
    look = theme.named("own", settings(project, background=ground))
    seen = rgb(look.background)
    assert contrast(rgb(look.text), seen) >= 7
    for name in ("quiet", "accent", "correct", "wrong", "positive_word", "negative_word"):
        assert contrast(rgb(getattr(look, name)), seen) >= 4.5, name
    signs = [float(luminance(rgb(color))) + 0.05 for color in (look.positive, look.negative)]
    assert max(signs) / min(signs) >= 3
    assert look.is_light == (float(luminance(seen)) > 0.18)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"backround": "#000000"},
            r"backround is no setting of a theme; did you mean background\?",
        ),
        ({"text": "#F2F2"}, "text is '#F2F2', which is no colour; expected #RRGGBB."),
        ({"text": "snow"}, "text is 'snow', which is no colour"),
        ({"text": 7}, "text is of another kind, expected a text"),
        ({"text": "#777777"}, r"text #777777 and background #000000 .* by 4\.6:1, expected 7:1"),
        ({"quiet": "#555555"}, r"quiet #555555 and background #000000 .* by 2\.8:1, expected 4\.5"),
        (
            {"positive": "#FFB547", "negative": "#FF8800"},
            r"positive #FFB547 and negative #FF8800 .* by 1\.3:1, expected 3:1",
        ),
        (
            {"positive": "#FFFF00", "negative": "#FF0000"},
            "for somebody who sees no green, expected 3:1",
        ),
        ({"wrong": "#FFD166"}, r"wrong #FFD166 and accent #FFD166 .* by 1\.0:1"),
        ({"base": "papre"}, r"base is 'papre', no theme of litnet's; did you mean paper\?"),
        ({"name": "paper", "text": "#FFFFFF"}, "name is paper, which is litnet's own theme"),
        ({"name": "a b"}, "name is 'a b', but clips are published by it"),
        ({"font": "Times"}, "font is 'Times', expected the file of a font"),
        ({"font": "none.ttf"}, r"none\.ttf"),
        ({"font": 3}, "font is of another kind"),
    ],
)
def test_what_cannot_be_a_look_is_refused(
    project: Path, values: dict[str, object], said: str
) -> None:
    settings(project, **values)
    done = CliRunner().invoke(main, ["status"])
    assert done.exit_code == 1 and done.exception is not None
    with pytest.raises(InputError, match=said) as caught:
        configured(Project.at(project))
    assert "\n" not in str(caught.value)


def test_an_unknown_name_is_refused_with_the_nearest(project: Path) -> None:
    own = settings(project, **NAVY)
    with pytest.raises(InputError, match=r"No theme is called 'papr'; did you mean paper\?"):
        theme.named("papr", own)
    with pytest.raises(InputError, match="did you mean school"):
        theme.named("scool", own)
    (project / "litnet.toml").write_text("theme = 5")
    with pytest.raises(InputError, match=r"theme in .* is of another kind"):
        Project.at(project)


# --- fonts ----------------------------------------------------------------------------------------
def test_a_font_of_one_s_own_goes_first(project: Path) -> None:
    (project / "own.ttf").write_bytes((ROOT / "assets/fonts/LitnetSansKR-Regular.ttf").read_bytes())
    look = theme.named("own", settings(project, font="own.ttf"))
    assert look.fonts == ("own.ttf",)
    assert fonts.families(look) == ("Litnet Sans KR", "Litnet Sans")
    assert fonts.own_files(look) == (project / "own.ttf",)
    before = look.digest
    (project / "own.ttf").write_bytes(FONT.read_bytes())
    assert look.digest != before, "another file of that name is another look"


def test_a_font_that_lacks_letters_is_refused_before_anything_is_drawn(project: Path) -> None:
    (project / "own.ttf").write_bytes(FONT.read_bytes())  # without Hangul
    look = theme.named("own", settings(project, font="own.ttf"))
    fonts.check_letters("Recap", "en", look)
    with pytest.raises(
        InputError, match=r"ko\.po: Common\.\S+ has letters .* lack \(own\.ttf\): .*litnet"
    ):
        fonts.check_letters("Recap", "ko", look)
    both = theme.named("own", settings(project, font=["own.ttf", "litnet"]))
    fonts.check_letters("Recap", "ko", both)
    assert both.values["font"].startswith("own.ttf ") and both.values["font"].endswith(", litnet")


def test_what_is_no_font_is_said(project: Path) -> None:
    (project / "own.ttf").write_bytes(b"no font at all")
    look = theme.named("own", settings(project, font="own.ttf"))
    with pytest.raises(InputError, match=r"own\.ttf: not a font that can be read"):
        fonts.families(look)


# --- names, and what makes a clip stale -----------------------------------------------------------
def test_a_theme_that_was_chosen_is_in_the_name(project: Path) -> None:
    has = configured(Project.at(project))
    for story in STORIES:
        (plain,) = variants.product(story, has, project)
        (paper,) = variants.product(story, has, project, theme="paper")
        assert variants.name_of(story, plain, has, {}) == story.scene
        assert variants.name_of(story, paper, has, {}) == f"{story.scene}--paper"
        assert paper.environment()["LITNET_THEME"] == "paper"
    with pytest.raises(InputError, match="No theme is called 'none'"):
        variants.product(STORIES[0], has, project, theme="none")


def test_another_look_makes_clips_stale(project: Path) -> None:
    own = settings(project, **NAVY)
    entry = ThemeInput.collect(theme.named("school", own))
    was = Variant(theme="school")

    def reasons(wanted: str = "school") -> list[str]:
        now = CurrentFiles(project)
        return [str(one) for one in changes([entry], now, was, Variant(theme=wanted))]

    assert reasons() == []
    assert reasons("paper") == ["the theme is paper now, it was school"]
    settings(project, **NAVY, accent="#FFFFFF")
    assert reasons() == ["theme school: accent is #FFFFFF now, it was #FFD166"]
    settings(project, **NAVY | {"background": "#102418"})
    assert reasons() == ["theme school: background is #102418 now, it was #0B1E3F"]
    (project / "litnet.toml").write_text("")
    assert len(reasons()) == 1 and "No theme is called 'school'" in reasons()[0]


# --- words ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "ko", "de"])
def test_a_text_for_light_grounds_stands_for_one_with_the_same_placeholders(language: str) -> None:
    texts, english = (
        narration.read_catalogue(one, narration.FOLDER) for one in (language, narration.FALLBACK)
    )
    inks = {key for key in texts if key.endswith(narration.INK)}
    assert inks == {key for key in english if key.endswith(narration.INK)} and len(inks) > 40

    def held(key: str) -> set[str]:
        return set(re.findall(r"\{\w+\}", texts[key]))

    for key in inks:
        assert held(key) == held(key.removesuffix(narration.INK)), key


def test_a_text_for_light_grounds_is_taken_on_these_alone() -> None:
    assert narration.found("WhatIsANeuron.bright", "en")[1] == "1: bright"
    assert narration.found("WhatIsANeuron.bright", "en", ink=True)[1] == "1: ink"
    assert narration.found("WhatIsANeuron.bright", "de", ink=True)[1] == "1: Tinte"
    plain = narration.found("Recap.title", "en")
    assert narration.found("Recap.title", "en", ink=True) == plain, "where there is none"


# --- films ----------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def paper_film(once: Any) -> Film:
    """LayerIntro on paper; a sketch, of which what holds still is drawn."""
    made: Film = once("paper", lambda folder: sketch(folder, *SMALL, LITNET_THEME="paper"))
    return made


def test_each_cell_on_paper_has_the_ink_that_the_record_says(paper_film: Film) -> None:
    look = paper_film.record["theme"]
    assert look == {"name": "paper", "dark": "#FAF9F4", "light": "#1E2430"}
    dark, light = (255 * np.array(rgb(look[name])) for name in ("dark", "light"))
    count, wrong = 0, []
    for snapshot in paper_film.record["snapshots"]:
        still = paper_film.still(snapshot["frame"])
        for layer in snapshot["layers"]:
            for x, y, part in zip(layer["x"], layer["y"], layer["light"], strict=True):
                if part is not None:
                    count += 1
                    seen = still[int(y), int(x)].astype(int)
                    if np.abs(seen - (dark + part * (light - dark))).max() > 20:
                        wrong.append((snapshot["time"], layer["layer"], part, seen))
    assert count > 3000 and not wrong, f"{len(wrong)} of {count}, such as {wrong[:5]}"


def test_numbers_of_the_network_are_on_paper_as_on_black(paper_film: Film) -> None:
    outputs = paper_film.layer("answer", len(paper_film.truth.sizes) - 1)
    assert outputs["value"] == pytest.approx(paper_film.truth.activations[-1])
    assert outputs["light"] == pytest.approx(outputs["value"], abs=1e-6)


def test_texts_on_paper_stand_out_from_what_is_behind_them(paper_film: Film) -> None:
    there = {snapshot["frame"] for snapshot in paper_film.record["snapshots"]}
    shown = [text for text in paper_film.record["texts"] if text["frame"] in there]
    assert len(shown) > 50
    for text in shown:
        still = paper_film.still(text["frame"])
        left, top, right, bottom = (round(v) for v in text["box"])
        around = still[max(top - 3, 0) : bottom + 3, max(left - 3, 0) : right + 3]
        edge = np.concatenate((around[0], around[-1], around[:, 0], around[:, -1]))
        assert contrast(rgb(text["color"]), np.median(edge, axis=0) / 255) >= 4.5, text


def test_words_on_paper_speak_of_ink(paper_film: Film) -> None:
    """What is bright on black is dark on paper, and no text says otherwise."""
    said = " ".join(cue["text"] for cue in paper_film.record["cues"])
    assert "brighter" not in said and "black" not in said


@pytest.mark.parametrize("ground", ["#0B1E3F", "#FAF9F4"])
def test_a_cell_a_halo_and_manim_s_own_are_seen_on_any_ground(
    ground: str, project: Path, play: Any
) -> None:
    """As drawn: the ground, half a light and all of it, a line that is given no colour."""
    from manim import Line, config

    from litnet.mobjects import NeuronLayer
    from litnet.story.appearance import dress

    settings(project, background=ground)
    config_ground = config.background_color

    def construct(scene: Any) -> None:
        values = np.array([0.0, 0.5, 1.0])
        layer = NeuronLayer(values, pitch=1.0, centers=np.array([[x, 0, 0] for x in (-2.0, 0, 2)]))
        scene.add(layer, Line((-2.0, 2.0, 0.0), (2.0, 2.0, 0.0), stroke_width=20))
        scene.wait(0.2, frozen_frame=True)

    try:
        frame = play(construct).frames[-1].astype(int)
        scale = 640 / (128 / 9)
        look = theme.named("own")
        dark, light = (255 * np.array(rgb(color)) for color in (look.background, look.light))
        for x, part in ((-2, 0.0), (0, 0.5), (2, 1.0)):
            seen = frame[180, int(320 + x * scale)]
            assert seen == pytest.approx(dark + part * (light - dark), abs=2)
        assert frame[5, 5] == pytest.approx(dark, abs=1)
        line = frame[int(180 - 2 * scale), 320]
        wanted = look.text if look.is_light else "#FFFFFF"
        assert line == pytest.approx(255 * np.array(rgb(wanted)), abs=2)
    finally:
        dress(theme.DARK)
        assert config.background_color == config_ground
