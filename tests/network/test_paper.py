"""Digits in printed boxes, in the window of a drawing program, on slanted lines: read as before."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from network import load_network
from network.digits import DIGITS, bundled_digits
from network.paper import canvas, without_lines
from network.preparation import prepare

NETWORK = load_network(DIGITS.parent / "models" / "vanilla.npz")
Picture = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def drawn(digit: np.ndarray, size: int) -> np.ndarray:
    image = Image.fromarray(np.rint(digit * 255).astype(np.uint8))
    return np.asarray(image.resize((size, size), Image.Resampling.BICUBIC), float) / 255


def placed(digit: np.ndarray, size: int, whole: int = 800) -> np.ndarray:
    page = np.zeros((whole, whole))
    start = (whole - size) // 2
    page[start : start + size, start : start + size] = drawn(digit, size)
    return page


def on_paper(ink: np.ndarray, rng: np.random.Generator, paper: float | np.ndarray = 0.93):
    grey = paper * (1 - 0.8 * ink) + rng.normal(0, 0.012, ink.shape)
    return np.rint(np.clip(grey, 0, 1) * 255) / 255


def boxed(turn: float, size: int) -> Picture:
    def make(digit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        image = Image.new("L", (800, 800))
        ImageDraw.Draw(image).rectangle((110, 100, 690, 700), outline=255, width=5)
        lines = np.asarray(image.rotate(turn, Image.Resampling.BICUBIC)) / 255
        ink = placed(digit, size)
        ink[:, :112] = ink[:, 688:] = 0
        return on_paper(np.maximum(lines, ink), rng)

    return make


def window(paper: int, ink: int) -> Picture:
    def make(digit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        image = Image.new("L", (900, 640), 200)
        pen = ImageDraw.Draw(image)
        pen.rectangle((0, 0, 899, 36), fill=60)
        pen.rectangle((0, 0, 899, 639), outline=30, width=3)
        for k in range(8):
            pen.rectangle((10 + 60 * k, 46, 52 + 60 * k, 86), fill=150, outline=20)
        pen.rectangle((80, 100, 880, 620), fill=paper, outline=90)
        grey = np.asarray(image, float).copy()
        part, strokes = grey[130:590, 250:710], drawn(digit, 460)
        part[:] = part * (1 - strokes) + ink * strokes
        return np.rint(grey) / 255

    return make


def slanted(degrees: float, squares: bool) -> Picture:
    def make(digit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        paper = np.full((1200, 1200), 0.96)
        for k in range(30, 1200, 70):
            paper[k : k + 3] = 0.6
            if squares:
                paper[:, k : k + 3] = 0.6
        paper = ndimage.rotate(paper, degrees, reshape=False, order=1, mode="nearest")
        return on_paper(placed(digit, 560), rng, paper[200:1000, 200:1000])

    return make


KINDS: dict[str, Picture] = {
    "boxed": boxed(0, 500),
    "tilted box": boxed(3.5, 480),
    "touching the box": boxed(0, 800),
    "window": window(255, 0),
    "dark window": window(0, 255),
    "slanted lines": slanted(3, False),
    "steep squares": slanted(-5, True),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_read_as_the_original(kind: str) -> None:
    rng = np.random.default_rng(0)
    tried = same = 0
    for digit in bundled_digits()[7::24]:
        if NETWORK.forward(digit.image().ravel()).prediction != digit.label:
            continue
        tried += 1
        found = prepare(KINDS[kind](digit.image(), rng)).image
        same += NETWORK.forward(found.ravel()).prediction == digit.label
    assert tried >= 7
    assert same >= tried - 1, f"{same} of {tried}"


def test_a_digit_alone_is_left_as_it_is() -> None:
    """Also one that is a ring, or fills the picture: no box, no canvas, no lines."""
    rng = np.random.default_rng(1)
    for digit in bundled_digits()[3::40]:
        clean = 1 - np.rint(placed(digit.image(), 800) * 255) / 255
        assert canvas(clean) is clean
        photo = on_paper(placed(digit.image(), 780), rng)
        assert canvas(photo) is photo
        assert without_lines(photo) is photo
