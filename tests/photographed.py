"""Sheets of a class as they come back: filled in with a pen, and photographed by hand.

Draws bundled digits by their middle lines into the boxes of a sheet, and makes a photo of it:
perspective, a desk around it, a soft shadow, blur, noise, JPEG. Everything comes from a seed. As a
program it measures how many boxes of such photos are cut right:

    python tests/photographed.py [--photos 20] [--seed 0] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import io
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import typst
from PIL import Image
from scipy import ndimage

from litnet.lessons.pupils import photos, sheet
from litnet.project import asset
from network.digits import bundled_digits

PPI = 200
SIZE = (1800, 2400)  # of a photo
INKS = ((30, 32, 45), (35, 45, 120), (20, 20, 20), (70, 70, 75), (110, 30, 40))


def printed(pupils, page: int = 1, language: str = "en") -> np.ndarray:
    """A page of a sheet as it is printed, (h, w, 3) uint8."""
    seen = []
    whole = typst.compile

    def png(*given, **named):
        seen.append(whole(*given, **{**named, "format": "png", "ppi": PPI}))
        return seen[-1]

    typst.compile = png
    try:
        sheet.sheet(pupils, language)
    finally:
        typst.compile = whole
    pages = seen[0] if isinstance(seen[0], list) else [seen[0]]
    return np.asarray(Image.open(io.BytesIO(pages[page - 1])).convert("RGB"))


def strokes(digit: np.ndarray, size: int, width: float) -> np.ndarray:
    """Coverage (size, size) in [0, 1] of a digit (28, 28) drawn with a pen of that width."""
    image = Image.fromarray(np.rint(digit * 255).astype(np.uint8))
    big = np.asarray(image.resize((size, size), Image.Resampling.BICUBIC), float) / 255
    ink = ndimage.gaussian_filter(big, size / 70) > 0.4
    depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(ink), size / 150)
    rows, columns = np.gradient(depth)
    ridge = ink & (depth > 1.0) & (np.hypot(rows, columns) < 0.45)
    ridge = ndimage.binary_closing(ridge, iterations=max(2, size // 90))
    away = ndimage.distance_transform_edt(~ridge)
    return np.clip(width / 2 + 0.5 - away, 0, 1)


def filled(page: np.ndarray, number: int, digits, rng, *, empty=()) -> np.ndarray:
    """A printed page with a digit in each box, in its own ink, size and place."""
    page = page.astype(float)
    scale = PPI / 25.4
    for box, digit in zip(sheet.boxes(number), digits, strict=False):
        if box.number in empty:
            continue
        size = round(rng.uniform(19, 26) * scale)
        cover = strokes(digit.image(), size, rng.uniform(0.5, 1.6) * scale)
        free = sheet.BOX * scale - size
        left, top = (
            round((start * scale) + free / 2 + rng.uniform(-0.4, 0.4) * free)
            for start in (box.x, box.y)
        )
        part = page[top : top + size, left : left + size]
        ink = np.array(INKS[rng.integers(len(INKS))], float)
        part[:] = part * (1 - cover[..., None]) + ink * cover[..., None]
    return np.clip(page, 0, 255)


@dataclass
class Photo:
    """A photo (h, w, 3) uint8 of a page, and (3, 3) from millimetres on paper to its pixels."""

    picture: np.ndarray
    plane: np.ndarray
    quality: int

    def save(self, file: Path, **more) -> Path:
        Image.fromarray(self.picture).save(file, quality=self.quality, **more)
        return file


def photographed(page: np.ndarray, rng, *, turn: float | None = None, size=SIZE) -> Photo:
    """A photo of a page, held in any way; ``turn`` is in quarters."""
    width, height = size
    turn = float(rng.integers(4)) if turn is None else turn
    angle = np.deg2rad(90 * turn + rng.uniform(-9, 9))
    corners = np.array([(0, 0), (210, 0), (210, 297), (0, 297)], float)
    spun = (corners - (105, 148.5)) @ np.array(
        [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    )
    # Some corners are farther away than others.
    spun *= 1 - rng.uniform(0, 0.09, (4, 1))
    room = min(width / np.ptp(spun[:, 0]), height / np.ptp(spun[:, 1])) * rng.uniform(0.86, 0.97)
    spun *= room
    spun += (np.array([width, height]) - spun.min(axis=0) - spun.max(axis=0)) / 2
    plane = cv2.getPerspectiveTransform(corners.astype(np.float32), spun.astype(np.float32))
    plane = plane.astype(float)
    to_mm = np.diag([25.4 / PPI, 25.4 / PPI, 1])
    desk = np.empty((height, width, 3), np.float32)
    desk[:] = np.array((118, 86, 60)) * rng.uniform(0.5, 1.5)
    desk += ndimage.gaussian_filter1d(rng.normal(0, 30, (height, 1)), 6, axis=0)[..., None]
    paper = cv2.warpPerspective(
        (page * rng.uniform(0.88, 0.97, 3)).astype(np.float32),
        plane @ to_mm,
        size,
        flags=cv2.INTER_LINEAR,
    )
    inside = cv2.warpPerspective(np.ones(page.shape[:2], np.float32), plane @ to_mm, size)[
        ..., None
    ]
    picture = desk * (1 - inside) + paper
    y, x = np.mgrid[:height, :width].astype(np.float32) / height
    along = x * np.cos(tilt := rng.uniform(0, 6.28)) + y * np.sin(tilt)
    edge = rng.uniform(np.quantile(along[::50, ::50], 0.2), np.quantile(along[::50, ::50], 0.8))
    soft = rng.uniform(0.015, 0.08)
    light = 1 - rng.uniform(0.2, 0.55) / (1 + np.exp((along - edge) / soft))
    light *= 1 - rng.uniform(0, 0.25) * x
    picture *= light[..., None].astype(np.float32)
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.6, 1.9))
    picture += rng.normal(0, rng.uniform(2, 7), (height, width, 1))
    bytes_ = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return Photo(bytes_, plane, int(rng.integers(35, 85)))


def error(cut: photos.Cut, plane: np.ndarray) -> float:
    """The largest distance of a cut box's corners from where they are on paper, in millimetres."""
    back = np.linalg.inv(plane)
    whole = np.column_stack([cut.corners, np.ones(4)]) @ back.T
    return float(np.abs(whole[:, :2] / whole[:, 2:] - cut.box.corners).max())


def main() -> None:
    from network import load_network
    from network.errors import InputError
    from network.preparation import prepare

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--photos", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    network = load_network(asset("assets/models/vanilla.npz"))
    known = bundled_digits()
    page = printed(())
    boxes = right = read = asked = lost = 0
    worst = []
    for number in range(given.photos):
        rng = np.random.default_rng((given.seed, number))
        chosen = [known[n] for n in rng.choice(len(known), sheet.BOXES, replace=False)]
        photo = photographed(filled(page, 1, chosen, rng), rng)
        with tempfile.TemporaryDirectory() as folder:
            file = photo.save((given.keep or Path(folder)) / f"{number:02}.jpg")
            boxes += sheet.BOXES
            try:
                cuts = photos.cut_out(file)[1]
            except (InputError, KeyError) as why:
                print(json.dumps({"photo": number, "lost": str(why)}))
                lost += 1
                continue
        errors = [error(cut, photo.plane) for cut in cuts]
        right += sum(one < 1 for one in errors)
        worst.append(max(errors))
        for cut, digit in zip(cuts, chosen, strict=True):
            if network.forward(digit.image().ravel()).prediction != digit.label:
                continue
            asked += 1
            try:
                image = prepare(cut.image / 255).image
            except InputError:
                continue
            read += network.forward(image.ravel()).prediction == digit.label
    facts = {"boxes": boxes, "right": right, "photos_lost": lost, "worst_mm": round(max(worst), 2)}
    print(json.dumps(facts | {"of_rightly_read_ones": asked, "still_read_so": read}))


if __name__ == "__main__":
    main()
