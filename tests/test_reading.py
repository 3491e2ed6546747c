"""How a digit's picture is read, as it is said: by flags, settings, the environment; in films."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from film import READY, without_litnet
from PIL import Image

from litnet.cli import main
from litnet.clips import still
from litnet.clips.catalogue import Story
from litnet.clips.variants import name_of, product
from litnet.project import HOME as ROOT
from litnet.project import current
from litnet.record.current import CurrentFiles
from litnet.record.ground import RecordGround
from litnet.record.inputs import Digit, changes
from litnet.record.schema import ReadAs, decode
from litnet.record.variant import Variant, configured, filmed, known_read_as, read_also
from network import InputError
from network.digits import read_image, unsure

DIGITS = ROOT / "assets" / "digits"
STORY = '''
from litnet import LitScene, PixelGrid


class Told(LitScene):
    """Shows the digit."""

    def construct(self):
        with self.beat("only", "Only"):
            self.add(PixelGrid(self.digit.pixels, 3))
            self.hold(1)
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a digit of 28 x 28 in a corner, dark on light grey; its own levels too."""
    (tmp_path / "litnet.toml").touch()
    with Image.open(DIGITS / "7_02.png") as picture:
        seven = np.asarray(picture)[4:24, 4:24].astype(float)
    page = np.full((28, 28), 200.0)
    page[:20, :20] -= seven / 255 * 160
    Image.fromarray(np.rint(page).astype(np.uint8)).save(tmp_path / "corner.png")
    (tmp_path / "story.py").write_text(STORY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def levels(file: Path) -> np.ndarray:
    with Image.open(file) as picture:
        return np.asarray(picture) / 255


def told(folder: Path, read_as: str) -> tuple[dict[str, Any], str]:
    flags = ("-r", "426,240", "--fps", "2", "--progress_bar", "none", "-v", "ERROR")
    command = ["render", *flags, "--media_dir", "media", "story.py"]
    environment = {**without_litnet(), "LITNET_DIGIT": "corner.png", "LITNET_READ_AS": read_as}
    code, _, said = READY.run(command, environment, folder)
    assert code == 0, said
    (file,) = folder.glob("media/videos/**/*.json")
    record = json.loads(file.read_text(encoding="utf-8"))
    file.unlink()
    return record, said


def test_a_film_shows_the_picture_as_it_was_read_and_says_how(folder: Path) -> None:
    own = levels(folder / "corner.png")
    for words, ink, pixels in (
        ("light-ink, as-is", "light", own),
        ("as-is", "dark", 1 - own),
        ("auto", "dark", None),
    ):
        record, said = told(folder, words)
        assert record["variant"]["read_as"] == known_read_as(words)
        (entry,) = (one for one in record["inputs"] if one["role"] == "digit")
        (layer,) = record["snapshots"][-1]["layers"]
        shown = np.reshape(layer["value"], (28, 28))
        if pixels is None:
            (sentence,) = entry["read_as"].pop("said")
            assert sentence.startswith("found 28 x 28 pixels that look unlike MNIST's")
            assert f"corner.png: {sentence}" in said
            assert shown[:4].max() == shown[:, -4:].max() == 0, "within a margin, on black"
            assert shown.max() == 1
        else:
            np.testing.assert_array_equal(shown, pixels)
        assert entry["read_as"] == {"ink": ink, "prepared": pixels is None}
        typed = decode(json.dumps(record).encode(), "record")
        again = RecordGround(typed, 0, folder).image("corner.png")
        np.testing.assert_array_equal(again, shown)


def test_a_picture_is_kept_as_it_was(folder: Path) -> None:
    own = levels(folder / "corner.png")
    for how in ({}, {"prepared": False}, {"prepared": False, "dark": False}):
        np.testing.assert_allclose(read_image(folder / "corner.png", **how).grey, own, atol=1e-15)


def test_another_way_of_reading_makes_a_film_stale(folder: Path) -> None:
    """Unless the picture was read in that way, whether anybody had asked for it or not."""
    made = Digit.collect(folder / "corner.png", None, read_as=ReadAs("dark", True))

    def stale(was: str | None, wanted: str | None, entry: Any = made) -> list[str]:
        chosen = (Variant(digit="corner.png", read_as=one) for one in (was, wanted))
        return list(changes([entry], CurrentFiles(folder), *chosen))

    assert stale(None, None) == stale("as-is", "as-is") == []
    assert stale(None, "dark-ink") == stale(None, "dark-ink prepare") == []
    assert stale(None, "light-ink") == [
        "digit corner.png is to be read as light-ink now, it was read as dark-ink prepare"
    ]
    assert stale(None, "dark-ink as-is") == [
        "digit corner.png is to be read as dark-ink as-is now, it was read as dark-ink prepare"
    ]
    assert stale("dark-ink", None) == [
        "digit corner.png is to be read as auto now, it was read as dark-ink prepare"
    ]
    assert stale(None, "light-ink", Digit.collect(DIGITS / "7_02.png", 7)) == []


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("auto", None),
        ("dark-ink", "dark-ink"),
        ("as-is light-ink", "light-ink as-is"),
        ("light-ink,prepare", "light-ink prepare"),
    ],
)
def test_settings_and_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch, text: str, known: str | None
) -> None:
    (folder / "litnet.toml").write_text(f'read_as = "{text}"\n')
    chosen = filmed()
    assert chosen.read_as == known
    (folder / "litnet.toml").write_text('read_as = "dark-ink as-is"\n')
    assert filmed().read_as == "dark-ink as-is"
    assert filmed(environment=chosen.environment()) == chosen, "whatever the project has"
    monkeypatch.setenv("LITNET_READ_AS", text)
    assert filmed().read_as == known


@pytest.mark.parametrize("text", ["", "dark", "dark-ink light-ink", "as-is prepare", "auto as-is"])
def test_what_is_no_way_of_reading_is_refused(folder: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"is no way of reading a picture; expected dark-ink or"):
        known_read_as(text)
    (folder / "litnet.toml").write_text(f'read_as = "{text}"\n')
    done = CliRunner().invoke(main, ["status"])
    assert done.exit_code == 1
    assert "is no way of reading a picture" in done.stderr
    assert "Traceback" not in done.output


def test_a_flag_goes_before_what_was_said_of_the_same() -> None:
    assert read_also("dark-ink as-is", "light-ink") == "light-ink as-is"
    assert read_also(None, "as-is") == read_also("prepare", "as-is") == "as-is"
    assert read_also("dark-ink", None) == "dark-ink"
    assert read_also(None, None) is None


def test_flags_are_the_same_everywhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``render``, ``still`` and ``preview``, ``predict``: over settings and the environment."""
    (folder / "litnet.toml").write_text('read_as = "dark-ink"\n')
    asked: list[Any] = []
    monkeypatch.setattr(
        "litnet.clips.render.bring_up_to_date", lambda *given, **named: asked.append(given[1]) or []
    )
    monkeypatch.setattr(
        still, "still", lambda task, wish: asked.append(task) or ("a", 1, np.zeros((2, 2, 4)))
    )
    monkeypatch.setattr(still, "write_png", lambda image, file: None)
    for flags, expected in (
        ((), "dark-ink"),
        (("--light-ink",), "light-ink"),
        (("--as-is",), "dark-ink as-is"),
        (("--light-ink", "--prepare"), "light-ink prepare"),
    ):
        done = CliRunner().invoke(main, ["render", "--digit", "corner.png", *flags])
        assert done.exit_code == 0, done.output
        assert (asked[-1].read_as or filmed().read_as) == expected
        done = CliRunner().invoke(main, ["still", "story.py:Told", *flags])
        assert done.exit_code == 0, done.output
        assert asked[-1].variant.read_as == expected
    for flags, prepared, sentence in (
        ((), True, "prepared them as a photo is"),
        (("--prepare",), True, None),
        (("--as-is",), False, None),
        (("--light-ink",), False, "took them as they are: no ink found"),
    ):
        done = CliRunner().invoke(main, ["predict", "corner.png", "--json", *flags])
        found = json.loads(done.stdout)["read_as"]
        ink = "light" if "--light-ink" in flags else "dark"
        assert (found["ink"], found["prepared"]) == (ink, prepared)
        assert len(found["said"]) == bool(sentence)
        assert sentence is None or sentence in found["said"][0]
        assert sentence is None or f"litnet: corner.png: {found['said'][0]}" in done.stderr
    refused = CliRunner().invoke(main, ["predict", "corner.png", "--light-ink", "--prepare"])
    assert refused.exit_code == 1
    assert "corner.png: no ink found" in refused.stderr
    assert asked[0].read_as is None, "what the project sets is the configured clip"


def test_an_answer_that_is_none_is_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of outputs from 0 to 1: softmax, sigmoids; of others, nobody knows what is bright."""
    assert unsure(np.array([0.1, 0.48, 0.47])) == (
        "not sure of it: 1 with an activation of 0.48, then 2 with 0.47"
    )
    for outputs in ([0.1, 0.5, 0.4], [-1.0, 0.3, 0.2], [0.2, 3.0, 2.9], [0.4]):
        assert unsure(np.array(outputs)) == ""
    done = CliRunner().invoke(main, ["predict", str(DIGITS / "7_02.png"), "--json"])
    found = json.loads(done.stdout)
    first, second = sorted(range(10), key=lambda k: -found["outputs"][k])[:2]
    assert found["confidence"] < 0.5, "this test wants a digit that the network is not sure of"
    assert found["doubt"] in done.stderr
    assert f"{first} with an activation of {found['outputs'][first]:.2f}" in found["doubt"]
    assert f"then {second} with {found['outputs'][second]:.2f}" in found["doubt"]
    monkeypatch.setattr("litnet.clips.render.bring_up_to_date", lambda *given, **named: [])
    done = CliRunner().invoke(main, ["render", "--digit", str(DIGITS / "7_02.png")])
    assert "7_02.png: the network is not sure of it: " in done.stderr


def test_what_is_said_of_a_digit_is_said_before_it_is_filmed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("litnet.clips.render.bring_up_to_date", lambda *given, **named: [])
    done = CliRunner().invoke(main, ["render", "--digit", "corner.png"])
    assert "corner.png: found 28 x 28 pixels that look unlike MNIST's" in done.stderr
    done = CliRunner().invoke(main, ["render", "--digit", "corner.png", "--as-is"])
    assert "unlike" not in done.stderr


def test_the_configured_way_has_the_plain_name(folder: Path) -> None:
    story = Story("Told", folder / "story.py")
    usual = configured(current())
    (light,) = product(story, usual, folder, read_as="light-ink as-is")
    assert name_of(story, light, usual, {}) == "Told--light-ink-as-is"
    assert name_of(story, light, light, {}) == "Told"
    (auto,) = product(story, light, folder, read_as="auto")
    assert name_of(story, auto, light, {}) == "Told--auto"
    (same,) = product(story, light, folder)
    assert same == light
    (none,) = product(Story("Told", folder / "story.py", digit=False), light, folder)
    assert none.read_as is None
