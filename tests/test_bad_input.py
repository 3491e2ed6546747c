"""Bad input to the real command: one sentence, exit code 1, and nothing half-written."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest
from film import HERO, SMALL, VANILLA, manim
from PIL import Image

Arrays = dict[str, Any]


def model(path: Path, change: Callable[[Arrays], None]) -> Path:
    """The default model's file, with something changed in it."""
    with np.load(VANILLA) as stored:
        arrays = {name: stored[name].copy() for name in stored.files}
    change(arrays)
    np.savez(path, **arrays)
    return path


def truncated(folder: Path) -> Path:
    path = folder / "truncated.npz"
    path.write_bytes(VANILLA.read_bytes()[:20_000])
    return path


def not_chained(arrays: Arrays) -> None:
    arrays["weights_2"] = np.zeros((16, 17))


def with_nan(arrays: Arrays) -> None:
    arrays["weights_1"][8, 392] = np.nan


def with_infinity(arrays: Arrays) -> None:
    arrays["biases_2"][3] = -np.inf


def with_unknown_activation(arrays: Arrays) -> None:
    arrays["activation_2"] = np.array("swish")


def of_ninety(arrays: Arrays) -> None:
    arrays["weights_1"] = arrays["weights_1"][:, :90]


def not_an_image(folder: Path) -> Path:
    path = folder / "words.png"
    path.write_text("this is not a picture\n")
    return path


def wide_image(folder: Path) -> Path:
    path = folder / "wide.png"
    Image.new("L", (30, 28)).save(path)
    return path


@dataclass(frozen=True)
class Case:
    """What is wrong, and what the sentence has to contain: the file, the found, the expected."""

    name: str
    says: tuple[str, ...]
    model: Callable[[Path], Path] | None = None
    digit: Callable[[Path], Path] | None = None
    flags: tuple[str, ...] = ()
    language: str = "en"


def changed(change: Callable[[Arrays], None]) -> Callable[[Path], Path]:
    return lambda folder: model(folder / f"{change.__name__}.npz", change)


CASES = [
    Case(
        "missing model",
        ("nowhere.npz", "no such file", "expected a network"),
        model=lambda folder: folder / "nowhere.npz",
    ),
    Case("truncated model", ("truncated.npz", "expected"), model=truncated),
    Case(
        "shapes that do not chain",
        ("not_chained.npz", "layer 1", "16", "layer 2", "17"),
        model=changed(not_chained),
    ),
    Case("NaN", ("with_nan.npz", "weights", "NaN", "finite"), model=changed(with_nan)),
    Case(
        "infinity",
        ("with_infinity.npz", "biases", "infinity", "finite"),
        model=changed(with_infinity),
    ),
    Case(
        "unknown activation",
        (
            "with_unknown_activation.npz",
            "'swish'",
            "sigmoid, tanh, relu, leaky_relu, gelu, softmax, identity",
        ),
        model=changed(with_unknown_activation),
    ),
    Case(
        "a network that reads no square picture",
        ("of_ninety.npz", "90 numbers", HERO.name, "a .csv or .txt file"),
        model=changed(of_ninety),
    ),
    Case(
        "missing digit",
        ("nowhere.png", "no such file", "28 x 28"),
        digit=lambda folder: folder / "nowhere.png",
    ),
    Case("not an image", ("words.png", "PNG", "28 x 28"), digit=not_an_image),
    Case("a blank page", ("wide.png", "no ink found", "a digit"), digit=wide_image),
    Case("unknown language", ("'tlh'", "expected", "en"), language="tlh"),
    Case(
        "an odd size",
        ("641 x 361", "even", "642 x 362"),
        flags=("--resolution", "641,361"),
    ),
    Case(
        "a size beyond the encoder's",
        ("20000 x 20000", "16384"),
        flags=("--resolution", "20000,20000"),
    ),
    Case("the other renderer", ("--renderer opengl", "cairo"), flags=("--renderer", "opengl")),
]


@dataclass(frozen=True)
class Answer:
    """What the command said, and what it left behind."""

    done: CompletedProcess[str]
    media: Path


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    """What the command says in each case."""

    def answer(case: Case) -> Answer:
        folder = tmp_path_factory.mktemp("case")
        done = manim(
            folder / "media",
            *SMALL,
            *case.flags,
            model=case.model and case.model(folder),
            digit=case.digit and case.digit(folder),
            LITNET_LANGUAGE=case.language,
        )
        return Answer(done, folder / "media")

    return {case.name: answer(case) for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input_ends_in_one_sentence(case: Case, answers: dict[str, Answer]) -> None:
    done = answers[case.name].done
    assert done.returncode == 1, done.stderr
    sentence = done.stderr.strip()
    assert sentence and "\n" not in sentence, sentence
    assert "Traceback" not in done.stdout + done.stderr
    assert sentence.startswith("litnet: ")
    assert not re.search(r"[.!?] [A-Z]", sentence), "more than one sentence"
    for words in case.says:
        assert words in sentence, sentence


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input_leaves_nothing_behind(case: Case, answers: dict[str, Answer]) -> None:
    media = answers[case.name].media
    left = [path for path in media.rglob("*") if path.is_file()]
    # manim writes its word cache (Text as SVG) there; a film or a part of one it must not be.
    films = [path for path in left if path.suffix not in {".svg"}]
    assert not films


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    """As on a full disk or in a read-only folder: here, a file stands where a folder has to be."""
    (tmp_path / "videos").write_text("in the way")
    done = manim(tmp_path, *SMALL, apart=True)
    assert done.returncode == 1
    sentence = done.stderr.strip()
    assert sentence.startswith("litnet: the film could not be written:")
    assert "\n" not in sentence and str(tmp_path / "videos") in sentence


def test_a_film_that_exists_survives_bad_input(tmp_path: Path) -> None:
    """A later run that fails neither removes nor changes what an earlier one made."""
    folder = tmp_path / "videos" / "layer_intro" / "480p2"
    folder.mkdir(parents=True)
    before = {"LayerIntro.mp4": b"an earlier film", "LayerIntro.json": b"{}"}
    for name, content in before.items():
        (folder / name).write_bytes(content)
    done = manim(tmp_path, *SMALL, model=tmp_path / "nowhere.npz", apart=True)
    assert done.returncode == 1
    after = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert after == before
