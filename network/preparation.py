"""From a photo or a drawing to what a network reads: the way MNIST's digits were prepared.

MNIST's digits (LeCun, Cortes, Burges) were fitted into 20 x 20 pixels, keeping their proportions,
with grey levels from averaging, and centred by mass in 28 x 28. Before that, ink has to be told
from paper. The steps, each kept in a ``Preparation``:

1. ``grey``: the picture as it is.
2. ``ink``: how much ink there is in each pixel, 0 to 1. On a page of one level, as drawn on a
   screen, it is the distance from that level; on a photo, the light that is missing against an
   estimate of the paper around it, without the noise.
3. ``digit``: the piece of ink that is read, alone, cropped, and thickened if the pen was thin.
4. ``fitted``: averaged down to at most 20 x 20.
5. ``image``: made bright and centred.

For white ink on a black page, 8-bit, as a drawing program has it, all of this comes down to: divide
by the brightest level (2), find the pieces, crop, ``thickened`` (3), ``box_resize`` (4), divide by
the brightest value and shift by whole pixels (5). Another program that does the same gets the same
picture, to a grey level of 255.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from network.arrays import Array, frozen
from network.errors import InputError
from network.paper import Mask, canvas, least, mean, most, pieces, stretched, widened, without_lines

# MNIST's own proportion.
BOX, FIELD = 20, 28

# From how much ink on a pixel belongs to a piece.
INKED = 0.3
# The paper's light is estimated on a picture of this many pixels at most, a side ...
COARSE = 96
# ... as the brightest within this share of it: wider than a stroke, narrower than a shadow.
REACH, NARROW_REACH = 0.2, 0.1
# A stroke is narrower than twice the first share of the picture, seen on so many pixels a side.
STROKE_REACH, STROKES_SIDE = 0.04, 300
# Up to this skewness ink and paper are about as many.
EVEN = 0.8
# Ink that differs less than this from its paper (of 1), or than so many deviations of the noise,
# is none.
FAINT, ABOVE_NOISE = 0.08, 4.0
# The largest piece has at least this share of the picture, and few others are like it.
SMALLEST, MOST_PIECES = 1e-4, 60
# Pieces of less than this share of the largest one's pixels are specks.
SPECK = 0.02
# Pieces that are closer than this share of the larger one belong together: the bar of a 5.
NEAR = 0.15
# A printed box has sides of at most the first share of its own, each found in the second share of
# its length within the third of its edge.
BOX_LINE, BOX_SEEN, BOX_EDGE = 0.06, 0.75, 0.12
# A second digit has at least this share of the first one's ink.
SECOND = 0.25
# Strokes thinner than the first share of the digit's longer side are thickened to the second:
# averaged down they would all but vanish. MNIST's are an eighth.
THIN, THICK = 0.07, 0.085


@dataclass(frozen=True, eq=False)
class Preparation:
    """All steps from a picture to a network's input; float64 in [0, 1], read-only.

    ``grey`` and ``ink`` (rows, columns), ``digit`` (cropped), ``fitted`` (at most 20 x 20 of 28),
    ``image`` (side, side). ``digits`` is how many digits there seem to be; the largest was taken.
    ``dark`` is whether the ink is darker than the paper.
    """

    grey: Array
    ink: Array
    digit: Array
    fitted: Array
    image: Array
    digits: int
    dark: bool

    def __post_init__(self) -> None:
        for name in ("grey", "ink", "digit", "fitted", "image"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def steps(self) -> dict[str, Array]:
        """The pictures by name, in the order in which they were made."""
        return {name: getattr(self, name) for name in ("grey", "ink", "digit", "fitted", "image")}


def prepare(grey: Array, side: int = FIELD, dark: bool | None = None) -> Preparation:
    """Prepare a picture (rows, columns) in [0, 1] for a network that reads side x side pixels.

    ``dark`` says that the ink is darker than the paper, or lighter; None lets the strokes tell.
    Raises InputError, "no ink found", for a blank page.
    """
    found, dark = ink_on(without_lines(canvas(grey)), dark)
    ink = without_frame(found)
    box, mask, digits = largest_digit(ink)
    digit = thickened((ink * widened(mask, 2))[box])
    fitted = fit(digit, max(1, round(side * BOX / FIELD)))
    return Preparation(grey, ink, digit, fitted, centred(fitted, side), digits, dark)


# --- Ink and paper ----------------------------------------------------------------------------


def ink_on(grey: Array, dark: bool | None = None) -> tuple[Array, bool]:
    """How much ink there is in each pixel of ``grey`` (rows, columns): the same shape, 0 to 1; and
    whether it is darker than its paper, which ``dark`` may say.

    Raises InputError if there is none.
    """
    paper = _one_level(grey)
    if paper is not None:
        ink = np.abs(grey - paper)
        # Light on dark or dark on light, but not both: what is rarer on the other side is dirt.
        bright = ink * (grey > paper)
        light_ink = 2 * bright.sum() > ink.sum() if dark is None else not dark
        ink = bright if light_ink else ink - bright
        most = float(ink.max())
        if most < FAINT:
            raise _no_ink()
        return ink / most, not light_ink
    narrow = _by_strokes(grey)
    if dark is None:
        dark = dark_ink(grey)
    # Where the strokes are known to be narrow, paper is told from beside them, and the edge of a
    # shadow is not half ink.
    share = REACH if narrow is None else NARROW_REACH
    if dark:
        light = _paper(grey, share)
        missing = 1 - grey / np.maximum(light, 1 / 255)
    else:
        missing = grey - (1 - _paper(1 - grey, share))
    middle = float(np.median(missing))
    noise = _noise(missing)
    rest = np.maximum(missing - middle, 0)
    threshold = _two_kinds(rest)
    inked = rest > threshold
    full = float(np.median(rest[inked])) if inked.any() else 0.0
    if full < max(FAINT, ABOVE_NOISE * noise):
        raise _no_ink()
    floor = min(3 * noise, full / 3)
    return np.clip((rest - floor) / (full - floor), 0, 1), dark


def _no_ink() -> InputError:
    return InputError("no ink found, expected a digit, dark on light or light on dark")


def _one_level(grey: Array) -> float | None:
    """The level of at least half of all pixels, to 1/255: paper on a screen, not on a photo."""
    levels = np.rint(grey * 255).astype(np.intp)
    counts = np.bincount(levels.reshape(-1), minlength=256)
    level = int(counts.argmax())
    return level / 255 if 2 * counts[level] >= grey.size else None


def dark_ink(grey: Array) -> bool:
    """Whether the ink is darker than the paper: the fewer pixels are the farther ones.

    Seen against a plane (or, below, a curved surface) through the light, so that a lamp at one side
    decides nothing. Where ink and paper are about as many, as in a close crop, the edge of the
    picture is taken for paper.
    """
    told = _by_strokes(grey)
    if told is not None:
        return told
    small = _coarse(grey)
    rest = small - _surface(small, degree=1)
    spread = float((rest**2).mean()) ** 1.5
    skewness = float((rest**3).mean()) / spread if spread > 1e-12 else 0.0
    if abs(skewness) > EVEN:
        return skewness < 0
    ring = np.concatenate([rest[0], rest[-1], rest[1:-1, 0], rest[1:-1, -1]])
    return float(np.median(ring)) > float(rest.mean())


def _by_strokes(grey: Array) -> bool | None:
    """Whether narrow things on the page are darker than what is around them; None if few are.

    A slope of the light, however steep its edge, is no narrow thing: it goes up on one side.
    """
    factor = min(1.0, STROKES_SIDE / max(grey.shape))
    small = box_resize(grey, *(max(1, round(n * factor)) for n in grey.shape))
    if min(small.shape) < 120:  # too few for narrow things to be told
        return None
    reach = max(2, round(STROKE_REACH * max(small.shape)))
    # Of the few that differ most from the mean around them: thin strokes do, and the paper in a
    # loop does not; at the edge of a thick one both do.
    rest = small - mean(small, reach)
    dark, light = (float(np.quantile(kind, 0.998)) for kind in (-rest, rest))
    if max(dark, light) < FAINT / 2 or max(dark, light) < 1.5 * min(dark, light):
        return None
    return dark > light


def _surface(values: Array, degree: int = 2) -> Array:
    """The plane or quadratic surface nearest to ``values`` (rows, columns), by least squares."""
    y, x = np.indices(values.shape).reshape(2, -1) / max(values.shape)
    terms = [np.ones_like(x), x, y] + ([x * y, x**2, y**2] if degree == 2 else [])
    base = np.stack(terms, axis=1)
    nearest = base @ np.linalg.lstsq(base, values.reshape(-1), rcond=None)[0]
    surface: Array = nearest.reshape(values.shape)
    return surface


def _coarse(grey: Array) -> Array:
    longest = max(grey.shape)
    if longest <= COARSE:
        return grey
    rows, columns = (max(1, round(n * COARSE / longest)) for n in grey.shape)
    return box_resize(grey, rows, columns)


def _paper(grey: Array, share: float) -> Array:
    """The light of the paper below dark ink, (rows, columns): the brightest around each place.

    A grey closing (the brightest, then the darkest of those) keeps the shape of shadows, but not
    strokes, which are narrower than its reach. Light that rises evenly is taken out first, because
    at the edge of the picture there is nothing beyond to close with.
    """
    small = _coarse(grey)
    even = np.maximum(_surface(small), 0.05)
    reach = max(1, round(share * max(small.shape) / 2))
    closed = least(most(small / even, reach), reach)
    smooth = mean(closed, max(1, reach // 3)) * even
    return stretched(smooth, *grey.shape)


def _noise(values: Array) -> float:
    """The standard deviation of the noise, by the differences of neighbours, most of which show
    paper only (1.4826 times the median distance is the deviation of a normal distribution)."""
    differences = np.concatenate([np.diff(values, axis=n).reshape(-1) for n in (0, 1)])
    if not differences.size:
        return 0.0
    return float(1.4826 * np.median(np.abs(differences))) / 2**0.5


def _two_kinds(values: Array) -> float:
    """The threshold that parts values in [0, 1] best (Otsu, 1979), to a 256th."""
    counts = np.bincount(
        np.minimum(values * 256, 255).astype(np.intp).reshape(-1), minlength=256
    ).astype(np.float64)
    levels = (np.arange(256) + 0.5) / 256
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * levels)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return float((int(np.nan_to_num(apart).argmax()) + 1) / 256)


# --- Pieces of ink ----------------------------------------------------------------------------


def largest_digit(ink: Array) -> tuple[tuple[slice, slice], Mask, int]:
    """The largest digit in ``ink`` (rows, columns).

    Returns its rows and columns, its pixels (rows, columns), and how many digits there seem to be.
    Raises InputError if there is nothing but specks.
    """
    labels, count = pieces(ink >= INKED)
    areas = np.bincount(labels.reshape(-1), minlength=count + 1)[1:]
    if not count or areas.max() < max(4, SMALLEST * ink.size):
        raise _no_ink()
    if np.count_nonzero(areas >= SPECK * areas.max()) > MOST_PIECES:
        raise InputError(
            f"found more than {MOST_PIECES} pieces of ink, expected one digit on a clean page"
        )
    boxes: dict[int, Box] = {}
    for label in (1 + np.flatnonzero(areas >= SPECK * areas.max())).tolist():
        rows, columns = np.nonzero(labels == label)
        boxes[label] = (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1)
    groups: list[list[int]] = []
    for label in boxes:
        # What is near the new piece becomes one with it, until nothing more is.
        group, near = [label], [[label]]
        while near:
            near = [g for g in groups if _near(_hull(boxes, g), _hull(boxes, group))]
            group += [piece for g in near for piece in g]
            groups = [g for g in groups if g not in near]
        groups.append(group)
    sizes = [int(sum(areas[label - 1] for label in group)) for group in groups]
    best = int(np.argmax(sizes))
    digits = sum(size >= SECOND * sizes[best] for size in sizes)
    top, bottom, left, right = _hull(boxes, groups[best])
    mask = np.isin(labels, groups[best])
    return (slice(top, bottom), slice(left, right)), mask, digits


def without_frame(ink: Array) -> Array:
    """``ink`` (rows, columns) within the box that is printed or drawn around it, if there is one.

    A box is a piece that is as wide as its sides are long, of thin sides, with more in it.
    """
    labels, count = pieces(ink >= INKED)
    areas = np.bincount(labels.reshape(-1), minlength=count + 1)
    for label in (1 + np.argsort(-areas[1:], kind="stable")[:3]).tolist():
        rows, columns = np.nonzero(labels == label)
        top, left = int(rows.min()), int(columns.min())
        height, width = int(rows.max()) + 1 - top, int(columns.max()) + 1 - left
        if min(height, width) < 0.2 * max(ink.shape):
            continue
        piece = labels[top : top + height, left : left + width] == label
        inside = _within(piece)
        if inside is None:
            continue
        kept = np.zeros_like(ink)
        part = (slice(top, top + height), slice(left, left + width))
        kept[part] = ink[part] * inside
        _, found = pieces(kept >= INKED)
        if np.count_nonzero(kept >= INKED) >= max(4, SMALLEST * ink.size) and found <= MOST_PIECES:
            return kept
    return ink


def _within(piece: Mask) -> Mask | None:
    """What lies within a box (rows, columns) whose sides fill it; None if it is no box."""
    height, width = piece.shape
    y, x = np.indices(piece.shape)
    inside = np.ones(piece.shape, bool)
    for turned, flipped in ((False, False), (False, True), (True, False), (True, True)):
        side = piece.T if turned else piece
        side = side[::-1] if flipped else side
        deep = len(side)
        first = side.argmax(axis=0)  # of each column, the first row with ink
        near = side.any(axis=0) & (first <= BOX_EDGE * deep)
        if near.mean() < BOX_SEEN:
            return None
        places = np.flatnonzero(near)
        slope, start = np.polyfit(places, first[places], 1)
        off = np.abs(first[places] - (start + slope * places))
        close = off <= max(2.0, np.quantile(off, 0.8))
        slope, start = np.polyfit(places[close], first[places[close]], 1)
        runs = [_run(side[:, k], int(first[k])) for k in places[:: max(1, len(places) // 60)]]
        line = float(np.median(runs))
        if line > BOX_LINE * min(height, width):
            return None
        across, along = (x, y) if turned else (y, x)
        if flipped:
            across = deep - 1 - across
        inside &= across > start + slope * along + 1.5 * line + 2
    return inside


def _run(line: Mask, start: int) -> int:
    """How many pixels from ``start`` on are inked."""
    rest = ~line[start:]
    return int(rest.argmax()) if rest.any() else len(rest)


Box = tuple[int, int, int, int]


def _hull(boxes: dict[int, Box], group: list[int]) -> Box:
    found = np.array([boxes[label] for label in group])
    low, high = found.min(axis=0), found.max(axis=0)
    return int(low[0]), int(high[1]), int(low[2]), int(high[3])


def _near(a: Box, b: Box) -> bool:
    """Whether the gap between two boxes is small beside the larger one."""
    down = max(a[0], b[0]) - min(a[1], b[1])
    across = max(a[2], b[2]) - min(a[3], b[3])
    longest = max(a[1] - a[0], a[3] - a[2], b[1] - b[0], b[3] - b[2])
    return max(down, across) < NEAR * longest


def thickened(digit: Array) -> Array:
    """The same digit, drawn with a thicker pen if its strokes are thin.

    A stroke's width is twice its pixels over those at its edge. The picture grows by what is added.
    """
    inked = digit >= INKED
    inside = np.pad(inked, 1)
    core = inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:]
    edge = int(np.count_nonzero(inked & ~core))
    width = 2 * int(np.count_nonzero(inked)) / max(1, edge)
    longest = max(digit.shape)
    if width >= THIN * longest:
        return digit
    reach = int((THICK * longest - width) / 2 + 0.5)
    return most(np.pad(digit, reach), reach) if reach else digit


# --- Into the field ---------------------------------------------------------------------------


def fit(digit: Array, box: int) -> Array:
    """``digit`` scaled so that its longer side is ``box`` pixels, by ``box_resize``."""
    longest = max(digit.shape)
    rows, columns = (max(1, int(n * box / longest + 0.5)) for n in digit.shape)
    return np.clip(box_resize(digit, rows, columns), 0, 1)  # sums may be a last bit below 0


def box_resize(image: Array, rows: int, columns: int) -> Array:
    """Resize (h, w) to (rows, columns) by averaging areas.

    New pixel (i, j) is the mean of the old picture, taken as squares of one colour each, over the
    rectangle from (i h / rows, j w / columns) to ((i + 1) h / rows, (j + 1) w / columns).
    """
    return _averaged(_averaged(image, rows).T, columns).T


def _averaged(image: Array, rows: int) -> Array:
    """Along the first axis: the light up to each new edge, less that up to the edge before."""
    old = len(image)
    edges = np.arange(rows + 1) * (old / rows)
    whole = np.minimum(edges.astype(np.intp), old - 1)  # rows that lie before the edge entirely
    light = np.vstack([np.zeros_like(image[:1]), np.cumsum(image, axis=0)])
    up_to = light[whole] + (edges - whole)[:, np.newaxis] * image[whole]
    averages: Array = np.diff(up_to, axis=0) * (rows / old)
    return averages


def centred(fitted: Array, side: int) -> Array:
    """``fitted`` in a black field (side, side), its brightest pixel 1, its mass in the middle.

    It is shifted by whole pixels, and never beyond the edge. The middle is pixel side / 2 (counted
    from 0), where it is in MNIST.
    """
    most = float(fitted.max())
    if most <= 0:
        raise _no_ink()
    field = np.zeros((side, side))
    start = []
    for axis in (0, 1):
        length = fitted.shape[axis]
        mass = fitted.sum(axis=1 - axis)
        middle = float(mass @ np.arange(length) / mass.sum())
        # The small number lets a tie fall the same way whatever the last bits are.
        shift = int(np.floor(side / 2 - middle + 0.5 + 1e-9))
        start.append(min(max(shift, 0), side - length))
    top, left = start
    field[top : top + fitted.shape[0], left : left + fitted.shape[1]] = fitted / most
    return field
