"""What every story owes its viewers: readable, unhurried, in the frame, without flashes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from babel.messages.pofile import read_po
from film import ALL, ROOT, STILLS, Film, frames
from flashes import GRID, worst_share

from litnet import style
from litnet.clips.catalogue import LEARNING_CARD, STORIES, TITLE_CARD, Story
from litnet.narration import (
    INK,
    extract,
    extract_from_element,
    languages,
    reading_time,
    signs_of,
)

NARRATION = ROOT / "assets" / "narration"
LANGUAGES = languages()
CARDS = (TITLE_CARD, LEARNING_CARD)
SHOWN = (*CARDS, *STORIES)
CASES = [(story, language) for story in SHOWN for language in LANGUAGES]
DRAWN = [(story, language) for story, language in CASES if language == "en" or ALL]
LOOKED_AT = [case for case in CASES if case in DRAWN or (case[0].scene, case[1]) in STILLS]


def named(case: tuple[Story, str]) -> str:
    return f"{case[0].scene}-{case[1]}"


@pytest.fixture(scope="module", params=CASES, ids=map(named, CASES))
def told(request: pytest.FixtureRequest, story_film: Callable[[Story, str], Film]) -> Film:
    """Each story in each language, small."""
    story, language = request.param
    told = story_film(story, language)
    assert told.record["variant"]["language"] == language
    return told


@dataclass(frozen=True)
class Seen:
    """What there is to see in a film."""

    moved: Any  # (frames,) whether the picture above the captions is another one than before
    flashes: float  # the worst share of a quarter of the screen that flashes too often
    around: dict[int, list[Any]]  # of each snapshot: beside each of its texts, the colours (n, 3)


@cache
def decoded(video: Path, plays: Path | None, drawn: bool) -> Seen:
    """A film, looked at from beginning to end, once for all tests.

    Of a sketch only what holds still can be seen; what moves is noted beside it. Where nothing is
    drawn, that is all.
    """
    record = json.loads(video.with_suffix(".json").read_text("utf-8"))
    texts: dict[int, list[Any]] = {}
    for text in record["texts"]:
        texts.setdefault(text["frame"], []).append(text)
    captions = [text["box"][1] for text in record["texts"] if is_caption(record, text)]
    lowest = int(min(captions, default=record["video"]["height"])) - 2
    moved: list[bool] = []
    around: dict[int, list[Any]] = {}

    def looked_at() -> Iterator[Any]:
        last = None
        for number, frame in frames(video, set(texts) if plays else None):
            same = last is not None and np.array_equal(frame, last)
            above = slice(0, lowest, 2)
            moved.append(
                last is None
                or (
                    not same
                    and bool(np.abs(frame[above, ::2].astype(int) - last[above, ::2]).max() > 12)
                )
            )
            around[number] = [beside(frame, text["box"]) for text in texts.get(number, [])]
            last = last if same else frame
            yield last

    if plays is None:
        worst = worst_share(looked_at(), 10)
        return Seen(np.array(moved), worst, around)
    if drawn:
        for _ in looked_at():
            pass
    noted = json.loads(plays.read_text("utf-8"))
    moves = np.concatenate([np.full(count, moves) for _, count, moves in noted])
    return Seen(moves, 0.0, around)


def beside(frame: Any, box: list[float]) -> Any:
    """The pixels just around a text, (n, 3)."""
    left, top, right, bottom = (round(edge) for edge in box)
    part = frame[max(0, top - 2) : bottom + 3, max(0, left - 2) : right + 3]
    return np.concatenate((part[0], part[-1], part[:, 0], part[:, -1]))


def seen(told: Film) -> Seen:
    return decoded(told.video, told.plays, told.drawn)


# --- what it is made of -------------------------------------------------------------------------
def test_the_catalogue_says_what_the_story_uses(told: Film) -> None:
    """By what the record lists, so that there are variants of what is seen, and of nothing else."""
    (story,) = [story for story in SHOWN if story.scene == told.record["clip"]]
    roles = {entry["role"] for entry in told.record["inputs"]}
    filmed = {role: told.record["variant"][role] is not None for role in ("model", "digit")}
    assert filmed == {"model": story.model, "digit": story.digit}
    assert {role for role, is_filmed in filmed.items() if is_filmed} <= roles
    assert ("narration" in roles) == story.language
    assert roles >= {"scene", "module", "font", "settings", "version"}


# --- words --------------------------------------------------------------------------------------
def catalogue(file: str) -> dict[str, Any]:
    with (NARRATION / file).open("rb") as stream:
        locale = None if file == "litnet.pot" else file.removesuffix(".po").replace("-", "_")
        found = read_po(stream, locale=locale, abort_invalid=True)
        return {m.id if isinstance(m.id, str) else m.id[0]: m for m in found if m.id}


def texts(message: Any) -> list[str]:
    """All forms of a text."""
    return [message.string] if isinstance(message.string, str) else list(message.string)


def keys_in_scenes() -> set[str]:
    """And, of their texts, those that have a form for light grounds."""
    lessons = ROOT / "litnet" / "lessons"
    scene = ROOT / "litnet" / "story" / "scene.py"
    extractors = dict.fromkeys((scene, *(ROOT / "scenes").rglob("*.py")), extract)
    extractors |= dict.fromkeys(lessons.rglob("*.py"), extract)
    extractors |= dict.fromkeys((lessons / "web" / "src").rglob("*.js"), extract_from_element)
    keys = set()
    for path, extractor in extractors.items():
        with path.open("rb") as stream:
            found = [key for _, _, key, _ in extractor(stream, (), (), {})]
        keys |= {key if isinstance(key, str) else key[0] for key in found}
    return keys | {f"{key}{INK}" for key in keys} & set(catalogue("en.po"))


def test_the_template_holds_the_keys_of_the_scenes() -> None:
    """``make messages`` after a change of words' names."""
    assert set(catalogue("litnet.pot")) == keys_in_scenes()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_in_every_language(language: str) -> None:
    found = catalogue(f"{language}.po")
    assert set(found) == keys_in_scenes()
    assert not [key for key, one in found.items() if not all(texts(one)) or one.fuzzy]


def test_translations_have_the_same_cues_and_placeholders() -> None:
    english = catalogue("en.po")
    for language in LANGUAGES:
        for key, message in catalogue(f"{language}.po").items():
            original = texts(english[key])[-1]
            for text in texts(message):
                assert text.count("\n\n") == original.count("\n\n"), key
                named = set(re.findall(r"\{(\w+)\}", text))
                assert named == set(re.findall(r"\{(\w+)\}", original)), key


def test_hangul_is_korean() -> None:
    """No text was left in English: what is said in Korean has Hangul or only signs in it."""
    for key, message in catalogue("ko.po").items():
        letters = re.sub(r"\{\w+\}", "", texts(message)[-1])
        assert re.search(r"[가-힣]", letters) or not re.search(r"[A-Za-z]{3}", letters), key


# --- captions ------------------------------------------------------------------------------------
def test_cues_can_be_read(told: Film) -> None:
    language = told.record["variant"]["language"]
    rate = 10
    for cue in told.record["cues"]:
        lines = cue["text"].splitlines()
        assert 1 <= len(lines) <= 2 and max(map(len, lines)) <= 42, cue
        shown = cue["end"] - cue["start"]
        assert 1.0 <= shown <= 7.0 + 1e-6, cue
        assert shown + 1 / rate >= reading_time(cue["text"], language), cue
        for edge in (cue["start"], cue["end"]):
            assert edge * rate == pytest.approx(round(edge * rate), abs=1e-6)
    for before, after in pairwise(told.record["cues"]):
        assert before["end"] <= after["start"] + 1e-9


def test_the_story_has_the_length_of_a_clip(told: Film) -> None:
    # The title card has a wager of five seconds, and is there for as long as it takes to read it.
    is_card = told.record["clip"] in [card.scene for card in CARDS]
    shortest, longest = (10, 17) if is_card else (20, 75)
    assert shortest <= told.record["video"]["duration"] <= longest


STILL = 2.5  # seconds for which nothing may happen
OVER_MOTION = 0.7  # of the reading speed, while the picture moves


def is_caption(record: dict[str, Any], text: dict[str, Any]) -> bool:
    time = text["frame"] / float(Fraction(record["video"]["frame_rate"]))
    cues = [cue for cue in record["cues"] if cue["start"] <= time < cue["end"]]
    said = "".join("".join(cue["text"].split()) for cue in cues)
    low = text["box"][3] > 0.8 * record["video"]["height"]
    return low and "".join(text["text"].split()) in said


def test_something_moves_or_speaks_at_least_every_two_and_a_half_seconds(told: Film) -> None:
    """A change in the picture, or a cue that is still to be read."""
    rate, still = 10, 0
    language = told.record["variant"]["language"]
    moved = seen(told).moved
    assert len(moved) == told.record["video"]["frames"]
    reading = np.zeros(len(moved) + 1, bool)
    for cue in told.record["cues"]:
        start = round(cue["start"] * rate)
        reading[start : start + round(reading_time(cue["text"], language) * rate)] = True
    for number, moves in enumerate(moved):
        still = 0 if moves or reading[number] else still + 1
        assert still <= STILL * rate, f"nothing happens until {number / rate} s"


def test_cues_over_motion_get_more_time(told: Film) -> None:
    """Of a second in which the picture moves, 0.7 are for reading."""
    rate, language = 10, told.record["variant"]["language"]
    moved = seen(told).moved
    for cue in told.record["cues"]:
        start, end = (round(cue[edge] * rate) for edge in ("start", "end"))
        read = np.where(moved[start:end], OVER_MOTION, 1.0).sum() / rate
        # While it appears, one beat of the eye is not for reading; frames are coarse.
        assert read + 2 / rate >= reading_time(cue["text"], language), (cue, read)


# --- numbers -------------------------------------------------------------------------------------
# A sum, and what it is the sum of: where all are on screen at once, their roundings add up, too.
SUMS = [
    (r"sum\((?P<of>[^()]+)\)", [r"sum(positive({of}))", r"sum(negative({of}))"]),
    (
        r"(?P<of>(?:readings\[\d+\]\.)?)z(?P<at>\[\d+\]\[\d+\])",
        ["sum({of}contributions{at})", "{of}biases{at}"],
    ),
    (r"(?P<of>(?:readings\[\d+\]\.)?)z(?P<at>\[\d+\]\[\d+\])", ["{of}sums{at}", "{of}biases{at}"]),
    (r"network\.parameters", ["sum(network.weights)", "sum(network.biases)"]),
]


def test_shown_parts_add_up_to_the_shown_sum(told: Film) -> None:
    """As they are rounded on screen, in every frame that shows a sum with all of its parts."""
    shown: dict[int, dict[str, Decimal]] = {}
    group, point = signs_of(told.record["variant"]["language"])
    for number in told.record["numbers"]:
        text = number["text"].replace("\N{MINUS SIGN}", "-").replace(group, "").replace(point, ".")
        shown.setdefault(number["frame"], {})[number["source"]] = Decimal(text)
    for frame, numbers in shown.items():
        for source, value in numbers.items():
            for pattern, parts in SUMS:
                if match := re.fullmatch(pattern, source):
                    named = [part.format(**match.groupdict()) for part in parts]
                    if all(name in numbers for name in named):
                        total = sum(numbers[name] for name in named)
                        assert total == value, (frame, source, value, named)


def test_no_number_is_minus_nothing(told: Film) -> None:
    for number in told.record["numbers"]:
        text = number["text"]
        assert not re.fullmatch("\N{MINUS SIGN}0([.,]0+)?", text), number


# --- the picture ---------------------------------------------------------------------------------
def boxes(told: Film) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for text in told.record["texts"]:
        found.setdefault(text["frame"], []).append(text)
    assert found
    return found


def apart(a: list[float], b: list[float]) -> bool:
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_text_is_large_enough(told: Film) -> None:
    least = told.record["video"]["height"] / 36
    for text in told.record["texts"]:
        # From the top of a capital letter to the foot of a g: 1.35 times its height.
        assert 1.35 * text["height"] >= least, text


def test_everything_stays_within_the_margin(told: Film) -> None:
    video = told.record["video"]
    left, top = 0.05 * video["width"], 0.05 * video["height"]
    right, bottom = video["width"] - left, video["height"] - top
    for text in told.record["texts"]:
        box = text["box"]
        assert left - 1 <= box[0] and box[2] <= right + 1, text
        assert top - 1 <= box[1] and box[3] <= bottom + 1, text
    for snapshot in told.record["snapshots"]:
        for layer in snapshot["layers"]:
            x, y, r = np.array(layer["x"]), np.array(layer["y"]), layer["radius"]
            assert left - 1 <= (x - r).min() and (x + r).max() <= right + 1, layer["layer"]
            assert top - 1 <= (y - r).min() and (y + r).max() <= bottom + 1, layer["layer"]


def test_no_two_texts_overlap(told: Film) -> None:
    for frame, texts in boxes(told).items():
        for a, b in combinations(texts, 2):
            assert apart(a["box"], b["box"]), (frame, a, b)


def test_two_labels_in_a_line_do_not_read_as_one(told: Film) -> None:
    """Between them is at least a space; numbers, counters and parts of a formula may be close."""
    for frame, texts in boxes(told).items():
        words = [text for text in texts if re.search(r"^[^_^]*[^\W\d_]{3}[^_^]*$", text["text"])]
        for a, b in combinations(words, 2):
            one, other, least = a["box"], b["box"], 0.38 * min(a["height"], b["height"])
            in_line = min(one[3], other[3]) - max(one[1], other[1]) > least
            gap = max(one[0], other[0]) - min(one[2], other[2])
            assert not in_line or gap > least, (frame, a, b)


def test_no_text_lies_over_a_neuron(told: Film) -> None:
    """Over pixels it may: they carry their grey values."""
    texts = boxes(told)
    for snapshot in told.record["snapshots"]:
        for layer in (entry for entry in snapshot["layers"] if entry["kind"] == "neurons"):
            x, y, r = np.array(layer["x"]), np.array(layer["y"]), layer["radius"]
            for text in texts.get(snapshot["frame"], []):
                left, top, right, bottom = text["box"]
                touched = (x + r > left) & (x - r < right) & (y + r > top) & (y - r < bottom)
                assert not touched.any(), (snapshot["frame"], text)


def luminance(color: Any) -> Any:
    """Relative luminance of sRGB (..., 3) in [0, 1] (WCAG 2.2)."""
    srgb = np.asarray(color, float)
    light = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return light @ np.array([0.2126, 0.7152, 0.0722])


def contrast(a: Any, b: Any) -> float:
    bright, dark = sorted((float(luminance(a)), float(luminance(b))), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def rgb(color: str) -> list[float]:
    return [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]


@pytest.mark.parametrize(("story", "language"), LOOKED_AT, ids=map(named, LOOKED_AT))
def test_text_stands_out_from_what_is_behind_it(
    story: Story, language: str, story_film: Callable[[Story, str], Film]
) -> None:
    """4.5:1 against the ground just around the letters, as it is in the film.

    In English, and of some stories in another language (``make test-all``: in all languages); in
    all of them no text lies over a neuron or another text.
    """
    told = story_film(story, language)
    texts, around = boxes(told), seen(told).around
    for number, shown in texts.items():
        for text, ring in zip(shown, around[number], strict=True):
            ground = np.median(ring / 255, axis=0)
            assert contrast(rgb(text["color"]), ground) >= 4.5, (number, text)


@pytest.mark.parametrize(("story", "language"), DRAWN, ids=map(named, DRAWN))
def test_no_more_than_three_flashes_a_second(
    story: Story, language: str, story_film: Callable[[Story, str], Film]
) -> None:
    """Where all is drawn: in other languages the same moves (``make test-all`` draws them, too)."""
    assert seen(story_film(story, language)).flashes < 0.25


def test_the_test_for_flashes_sees_flashes() -> None:
    def film_of(period: int, bright: Any, share: float = 1.0) -> list[Any]:
        shown = []
        for number in range(60):
            frame = np.zeros((GRID[0] * 2, GRID[1] * 2, 3), np.uint8)
            if number % period < period / 2:
                frame[:, : int(share * frame.shape[1])] = bright
            shown.append(frame)
        return shown

    assert worst_share(film_of(4, 255), 30) > 0.9  # 7.5 flashes a second
    assert worst_share(film_of(12, 255), 30) == 0  # 2.5
    assert worst_share(film_of(4, (255, 0, 0)), 30) > 0.9
    assert worst_share(film_of(4, 70), 30) == 0  # a change of 6 % of the luminance
    assert worst_share(film_of(4, 255, share=0.1), 30) < 0.25


# --- colours -------------------------------------------------------------------------------------
# Deuteranopia, of linear RGB: Machado, Oliveira and Fernandes, "A Physiologically-based Model for
# Simulation of Color Vision Deficiency", IEEE TVCG 2009, severity 1.0.
DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)


@pytest.mark.parametrize("seen", [np.eye(3), DEUTERANOPIA], ids=["all colours", "no green"])
def test_the_signs_of_weights_differ_in_lightness_too(seen: Any) -> None:
    def light(color: Any) -> float:
        srgb = np.asarray(color)
        linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
        return float(np.clip(seen @ linear, 0, 1) @ [0.2126, 0.7152, 0.0722])

    ratio = (light(style.POSITIVE) + 0.05) / (light(style.NEGATIVE) + 0.05)
    assert ratio >= 3


@pytest.mark.parametrize("seen", [np.eye(3), DEUTERANOPIA], ids=["all colours", "no green"])
@pytest.mark.parametrize("other", ["POSITIVE_COLOR", "ACCENT_COLOR", "CORRECT_COLOR"])
def test_a_wrong_answer_differs_in_lightness_too(seen: Any, other: str) -> None:
    def light(color: str) -> float:
        srgb = np.asarray(rgb(color))
        linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
        return float(np.clip(seen @ linear, 0, 1) @ [0.2126, 0.7152, 0.0722])

    assert (light(getattr(style, other)) + 0.05) / (light(style.WRONG_COLOR) + 0.05) >= 1.5
    assert contrast(rgb(style.WRONG_COLOR), [0, 0, 0]) >= 4.5


def test_every_scene_is_in_the_catalogue() -> None:
    """As a story, or as the title card, which is no clip to be shown by itself."""
    assert not set(CARDS) & set(STORIES)
    assert {story.file.name for story in SHOWN} == {
        path.name for path in (ROOT / "scenes").rglob("*.py")
    }
