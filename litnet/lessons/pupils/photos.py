"""What comes back of a sheet: its marks found in a photo, the page turned upright, the boxes cut.

Each box is looked for twice: where the marks say that it is, and then by its own printed lines,
because paper is never quite flat.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from litnet.lessons.pupils import sheet
from litnet.lessons.pupils.sheet import BOX, BOXES, Box
from network.errors import InputError, printable
from network.pictures import open_picture

Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

LONGEST = 3200  # pixels on a side of a photo
FINE = 8.0  # pixels a millimetre, where the lines of a box are looked for
CUT = 10.0  # pixels a millimetre of what is cut out
AROUND = 5.0  # millimetres around a box in which its lines are looked for ...
REACH = (3.5, 1.8)  # ... and how far from where they should be, at first and then
INSIDE = 1.1  # millimetres from the middle of a line to what is cut out
DARK = 0.12  # a line is darker than its paper by this share
SEEN = 0.5  # of all sides of boxes, at least this share is to be found


@dataclass(frozen=True, eq=False)
class Cut:
    """A box as it was in a photo: ``image`` (n, n) grey, ``corners`` (4, 2) of its lines' middles,
    x and y in pixels of the photo as it was read, clockwise from what is the top left on paper."""

    box: Box
    image: Bytes
    corners: Floats


def cut_out(photo: Path) -> dict[int, tuple[Cut, ...]]:
    """The boxes of all pages of sheets in a photo, by the pages' numbers.

    Raises
    ------
    InputError
        It is no picture, or shows no page with at least two of its marks.
    """
    expected = "expected a photo of a sheet of `litnet class sheet`"
    name = printable(photo)
    picture = open_picture(photo, expected, side=LONGEST)
    for sentence in picture.said:
        warnings.warn(f"{name}: {sentence}", UserWarning, stacklevel=2)
    grey = np.rint(picture.grey * 255).astype(np.uint8)
    found = _marks(grey)
    if not found:
        raise InputError(f"{name}: found none of the marks in a sheet's corners, {expected}, whole")
    pages = {}
    for page in sorted({1 + number // sheet.MARKS_A_PAGE for number in found}):
        places = sheet.marks(page)
        seen = [number for number in places if number in found]
        if len(seen) < 2:
            if len(found) > 1:
                continue  # one false mark beside a page
            raise InputError(
                f"{name}: found one mark of page {page}, expected a photo of the whole page, with "
                "the marks in its four corners"
            )
        paper = np.concatenate([places[number] for number in seen])
        pixels = np.concatenate([found[number] for number in seen])
        pages[page] = _boxes(grey, page, _plane(paper, pixels), f"{name}, page {page}")
    return pages


def _marks(grey: Bytes) -> dict[int, Floats]:
    """The marks in a photo, by their numbers: (4, 2) corners each; the larger of two alike."""
    cv2 = sheet.opencv()
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    parameters.adaptiveThreshWinSizeMax = 63
    parameters.adaptiveThreshWinSizeStep = 12
    parameters.minMarkerPerimeterRate = 0.02
    detector = cv2.aruco.ArucoDetector(sheet.dictionary(), parameters)
    found: dict[int, Floats] = {}
    for scale in (1.0, 0.5):  # what is blurred is found when it is smaller
        picture = (
            grey
            if scale == 1
            else cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        )
        corners, numbers, _ = detector.detectMarkers(picture)
        for square, number in zip(corners, [] if numbers is None else numbers.ravel(), strict=True):
            places = (square.reshape(4, 2).astype(np.float64) + 0.5) / scale - 0.5
            if number < sheet.MOST_PAGES * sheet.MARKS_A_PAGE:
                found.setdefault(int(number), places)
    return found


def _plane(paper: Floats, pixels: Floats) -> Floats:
    """(3, 3): from millimetres on paper to pixels, by the points of both (n, 2) that fit best."""
    cv2 = sheet.opencv()
    matrix, _ = cv2.findHomography(paper, pixels, cv2.RANSAC, 6.0)
    if matrix is None:
        raise InputError("found marks in a line, expected a page")
    return np.asarray(matrix, dtype=np.float64)


def _on(matrix: Floats, points: Floats) -> Floats:
    """Points (n, 2) through a projective matrix."""
    whole = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    found: Floats = whole[:, :2] / whole[:, 2:]
    return found


def _boxes(grey: Bytes, page: int, plane: Floats, where: str) -> tuple[Cut, ...]:
    boxes = sheet.boxes(page)
    for reach in REACH:
        placed = [_placed(grey, box, plane, reach) for box in boxes]
        paper = np.concatenate([box.corners for box in boxes])
        pixels = np.concatenate([corners for corners, _ in placed])
        seen = np.repeat([share >= 0.75 for _, share in placed], 4)
        if seen.sum() >= 4 * 4:
            plane = _plane(paper[seen], pixels[seen])
    share = sum(share for _, share in placed) / BOXES
    if share < SEEN:
        raise InputError(
            f"{where}: found {share:.0%} of the lines of its boxes, expected a flat and sharp page"
        )
    return tuple(
        Cut(box, _cut(grey, corners), corners)
        for box, (corners, _) in zip(boxes, placed, strict=True)
    )


def _placed(grey: Bytes, box: Box, plane: Floats, reach: float) -> tuple[Floats, float]:
    """The corners (4, 2) of a box in a photo, and the share of its sides' halves that were seen."""
    cv2 = sheet.opencv()
    side = round((BOX + 2 * AROUND) * FINE)
    # From pixels of the square that is looked at to millimetres on paper.
    origin = (box.x - AROUND, box.y - AROUND)
    to_paper = np.array([[1 / FINE, 0, origin[0]], [0, 1 / FINE, origin[1]], [0, 0, 1]])
    to_photo = plane @ to_paper
    square = _warped(cv2, grey, to_photo, side)
    if square is None:
        return _on(plane, box.corners), 0.0
    upright = square.astype(np.float64)
    edges, seen = [], 0
    for axis in (0, 1):  # lines across, then lines down
        picture = upright if axis == 0 else upright.T
        for middle in (AROUND * FINE, (AROUND + BOX) * FINE):
            points = []
            for start in (AROUND + 2, AROUND + BOX / 2 + 0.5):
                part = slice(round(start * FINE), round((start + BOX / 2 - 2.5) * FINE))
                along = (part.start + part.stop) / 2
                found = _line(picture[:, part], middle, reach * FINE)
                seen += found is not None
                points.append((along, middle if found is None else found))
            if axis == 1:
                points = [(across, along) for along, across in points]
            edges.append(np.cross([*points[0], 1.0], [*points[1], 1.0]))
    top, bottom, left, right = edges
    corners = []
    for one, other in ((top, left), (top, right), (bottom, right), (bottom, left)):
        x, y, w = np.cross(one, other)
        corners.append((x / w, y / w))
    return _on(to_photo, np.array(corners)), seen / 8


def _line(picture: Floats, middle: float, reach: float) -> float | None:
    """The row of the line across a strip (rows, columns) near a row, or None if there is none.

    What is written across it is in less than half of the columns.
    """
    low, high = round(middle - reach), round(middle + reach) + 1
    levels = np.median(picture, axis=1)
    paper = np.quantile(levels[low:high], 0.75)
    depth = np.clip(1 - levels / max(float(paper), 1.0), 0, None)
    darkest = low + int(depth[low:high].argmax())
    most = depth[darkest]
    if most < DARK:
        return None
    near = np.arange(max(0, darkest - 4), min(len(depth), darkest + 5))
    weight = np.clip(depth[near] - most / 3, 0, None)
    return float(near @ weight / weight.sum())


def _cut(grey: Bytes, corners: Floats) -> Bytes:
    """What is within the lines of a box, upright, (n, n)."""
    cv2 = sheet.opencv()
    side = round((BOX - 2 * INSIDE) * CUT)
    ends = (np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * BOX - INSIDE) * CUT
    matrix = cv2.getPerspectiveTransform(ends.astype(np.float32), corners.astype(np.float32))
    found = _warped(cv2, grey, np.asarray(matrix, dtype=np.float64), side)
    return np.full((side, side), 255, np.uint8) if found is None else found


def _warped(cv2: Any, grey: Bytes, to_photo: Floats, side: int) -> Bytes | None:
    """A square of a photo, (side, side); None if it is not a part of it."""
    ends = _on(to_photo, np.array([(0, 0), (side, 0), (side, side), (0, side)], float))
    rows, columns = grey.shape
    if not (np.isfinite(ends).all() and (ends > -0.05 * columns).all()):
        return None
    if (ends[:, 0] > 1.05 * columns).any() or (ends[:, 1] > 1.05 * rows).any():
        return None
    low = np.maximum(np.floor(ends.min(axis=0)).astype(int) - 2, 0)
    high = np.ceil(ends.max(axis=0)).astype(int) + 3
    part = grey[low[1] : high[1], low[0] : high[0]]  # OpenCV copies no more than it needs
    if part.size == 0:
        return None
    moved = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]]) @ to_photo
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    found: Bytes = cv2.warpPerspective(
        part, moved, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return found
