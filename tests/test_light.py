"""Light against slow references that are plainly written: loops, samples, sums of Gaussians.

A frame is (height, width, 4) bytes; the first pixel has its middle at (0.5, 0.5), y down.
Scene units map to pixels by ``SCALE`` and the middle of the frame.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, Square, Transform

from litnet import style
from litnet.animations import PixelsIntoNeurons, Propagate
from litnet.light.canvas import Canvas
from litnet.mobjects import Connections, NeuronLayer, PixelGrid
from litnet.record.page import Page

WIDTH, HEIGHT = 192, 108
FRAME_WIDTH = 128 / 9  # scene units
SCALE = WIDTH / FRAME_WIDTH


def draw(
    *mobjects: Any,
    canvas: Canvas | None = None,
    behind: Any = (0, 0, 0),
    zoom: float = 1,
    to: Any = (0, 0, 0),
) -> Any:
    """What mobjects put on a frame of one colour, (HEIGHT, WIDTH, 3)."""
    pixels = np.empty((HEIGHT, WIDTH, 4), np.uint8)
    pixels[:] = (*behind, 255)
    canvas = canvas or Canvas()
    canvas.look(pixels, np.array(to, float), FRAME_WIDTH / zoom)
    for mobject in mobjects:
        mobject.draw(canvas)
    assert (pixels[:, :, 3] == 255).all(), "an opaque frame stays opaque"
    return pixels[:, :, :3].astype(int)


def in_pixels(point: Any, zoom: float = 1, to: Any = (0, 0, 0)) -> tuple[float, float]:
    """A scene point as (x, y) on the frame."""
    scale = SCALE * zoom
    return WIDTH / 2 + (point[0] - to[0]) * scale, HEIGHT / 2 - (point[1] - to[1]) * scale


def off(found: Any, expected: Any) -> Any:
    return np.abs(found - expected)


# --- cells --------------------------------------------------------------------------------------
def sampled(
    inside: Callable[[Any, Any], Any], x: float, y: float, reach: float
) -> dict[tuple[int, int], float]:
    """How much of each pixel a shape around (x, y) covers, from 64 x 64 samples a pixel."""
    steps = (np.arange(64) + 0.5) / 64
    covered = {}
    for row in range(math.floor(y - reach) - 1, math.ceil(y + reach) + 2):
        for column in range(math.floor(x - reach) - 1, math.ceil(x + reach) + 2):
            dx, dy = np.meshgrid(column + steps - x, row + steps - y)
            covered[row, column] = float(inside(dx, dy).mean())
    return covered


def rim_in_pixels(part: float, radius: float) -> float:
    """The rule in ``cover_cells``: at least about a pixel, and none on the smallest cells."""
    return max(part * radius, 0.9) * min(max((radius - 1.5) / 3, 0), 1)


@pytest.mark.parametrize("shape", ["disc", "square"])
@pytest.mark.parametrize("radius", [2.3, 5.0, 11.7])
def test_cells_cover_what_their_shape_covers(shape: str, radius: float) -> None:
    """Interiors to 1/255. On edges, coverage is taken from the distance to the edge.

    That is exact for an upright edge (64 samples a side are 1.6/255 off); for one at 45 degrees
    it is 0.043 off at worst, which a core of 0.8 turns into 9/255; a square's corner pixel can be
    0.25 off.
    """
    middles = np.array([[-3.03, 1.02, 0], [0.11, 0.52, 0], [3.3, -1.17, 0]])
    values = np.array([0.8, 0.0, 0.35])
    pitch = 2 * radius / SCALE
    if shape == "disc":
        cells: Any = NeuronLayer(values, layer=0, pitch=pitch / style.NEURON_FILL, centers=middles)
        cells.halo[:] = 0
        rim, rim_light = style.NEURON_RIM_WIDTH, style.NEURON_RIM
        edge = 11
    else:
        cells = PixelGrid(values[None], pitch / style.PIXEL_FILL)
        half = np.full((3, 3), [radius / SCALE, radius / SCALE, 0.0])
        cells.points = np.concatenate((middles - half, middles + half))
        rim, rim_light = style.PIXEL_RIM_WIDTH, style.PIXEL_RIM
        edge = 3
    found = draw(cells)
    assert off(found, found[:, :, :1]).max() == 0, "cells are grey"
    inner = radius - rim_in_pixels(rim, radius)
    expected = np.zeros((HEIGHT, WIDTH))
    soft = np.zeros((HEIGHT, WIDTH), bool)
    corner = np.zeros((HEIGHT, WIDTH), bool)
    for middle, value in zip(middles, values, strict=True):
        x, y = in_pixels(middle)
        if shape == "disc":
            whole = sampled(lambda dx, dy: np.hypot(dx, dy) < radius, x, y, radius)
            core = sampled(lambda dx, dy: np.hypot(dx, dy) < inner, x, y, radius)
        else:
            whole = sampled(lambda dx, dy: np.maximum(abs(dx), abs(dy)) < radius, x, y, radius)
            core = sampled(lambda dx, dy: np.maximum(abs(dx), abs(dy)) < inner, x, y, radius)
        for (row, column), outer in whole.items():
            inside = core[row, column]
            expected[row, column] = 255 * (value * inside + rim_light * (outer - inside))
            soft[row, column] = 0 < outer < 1 or 0 < inside < 1
            distances = abs(column + 0.5 - x), abs(row + 0.5 - y)
            corner[row, column] = any(
                all(abs(d - at) < 1 for d in distances) for at in (radius, inner)
            )
    error = off(found[:, :, 0], expected)
    assert error[~soft].max() <= 1
    if shape == "square":
        assert error[soft & ~corner].max() <= edge
        assert error[corner].max() <= 0.25 * 255 * 0.8
    else:
        assert error[soft].max() <= edge
    assert error[soft].mean() <= 3


@pytest.mark.parametrize("behind", [(0, 0, 0), (255, 255, 255), (255, 90, 0)])
@pytest.mark.parametrize("kind", [NeuronLayer, PixelGrid])
def test_a_core_is_its_activation_whatever_is_behind(kind: Any, behind: Any) -> None:
    values = np.linspace(0, 1, 28)
    if kind is PixelGrid:
        cells: Any = PixelGrid(values.reshape(4, 7), 4.0)
    else:
        cells = NeuronLayer.like(PixelGrid(values.reshape(4, 7), 4.0), pitch=1.0)
    assert (cells.half * SCALE).min() > 3
    found = draw(cells, behind=behind)
    for middle, value in zip(cells.centers, values, strict=True):
        x, y = in_pixels(middle)
        assert off(found[int(y), int(x)], round(255 * value)).max() <= 1


def test_a_core_is_its_activation_over_bright_lines_and_halos() -> None:
    """Where a film needs it: neurons lie on the ends of all their connections."""
    rng = np.random.default_rng(0)
    left = NeuronLayer(rng.random(20), layer=0, pitch=0.36).move_to(4 * LEFT)
    right = NeuronLayer(rng.random(12), layer=1, pitch=0.6).move_to(4 * RIGHT)
    lines = Connections(left, right, rng.normal(size=(12, 20)))
    canvas = Canvas()
    found = draw(lines, left, right, canvas=canvas)
    again = draw(lines, left, right, canvas=canvas)
    for layer in (left, right):
        for middle, value in zip(layer.centers, layer.values, strict=True):
            x, y = in_pixels(middle)
            for picture in (found, again):
                assert off(picture[int(y), int(x)], round(255 * value)).max() <= 1


def test_light_that_has_not_come_up_is_dark() -> None:
    layer = NeuronLayer(np.ones(5), layer=1, pitch=1.0)
    middles = [tuple(int(c) for c in in_pixels(m)) for m in layer.centers]
    for level in (0.0, 0.25, 1.0):
        found = draw(layer.set_level(level))
        assert all(off(found[y, x], round(255 * level)).max() <= 1 for x, y in middles)


def test_numbers_outside_0_and_1_use_the_whole_scale() -> None:
    layer = NeuronLayer(np.array([-3.0, 0.0, 5.0]), layer=1, pitch=1.0)
    found = draw(layer)
    greys = [found[int(y), int(x), 0] for x, y in map(in_pixels, layer.centers)]
    assert greys == pytest.approx([0, 255 * 3 / 8, 255], abs=1)


# --- light alone --------------------------------------------------------------------------------
@pytest.mark.parametrize("behind", [(0, 0, 0), (40, 90, 160), (255, 255, 255)])
@pytest.mark.parametrize("kind", [NeuronLayer, PixelGrid])
def test_what_is_light_alone_adds_and_hides_nothing(kind: Any, behind: Any) -> None:
    """No black interior, no rim: where a cell is dark, what is behind it is as it was."""
    values = np.linspace(0, 1, 28).reshape(4, 7)
    values[1] = 0
    cells: Any = PixelGrid(values, 4.0)
    if kind is NeuronLayer:
        cells = NeuronLayer.like(cells, pitch=1.0)
        cells.halo[:] = 0
    found = draw(cells.as_light(), behind=behind)
    assert (found >= np.array(behind)).all()
    for middle, value in zip(cells.centers, values.ravel(), strict=True):
        x, y = map(int, in_pixels(middle))
        expected = np.minimum(np.array(behind) + round(255 * value), 255)
        assert off(found[y, x], expected).max() <= 1
        if value == 0:
            around = found[y - 5 : y + 6, x - 5 : x + 6]  # and its rim
            assert off(around, np.array(behind)).max() == 0


def test_the_record_gives_no_light_of_what_is_light_alone() -> None:
    canvas = Canvas()
    cells = NeuronLayer(np.array([0.25, 0.5]), pitch=1.0)
    draw(cells, canvas=canvas)
    cells.solid[1] = 0.0
    page = Page(0, canvas, lambda mobject, points: np.zeros(len(points), bool))
    cells.describe(page)
    (layer,) = page.layers
    assert (layer.value, layer.light) == ((0.25, 0.5), (0.25, None))


def test_lights_that_meet_add_up() -> None:
    middles = np.zeros((3, 3))
    cells = NeuronLayer(np.array([0.25, 0.5, 0.0]), pitch=1.0, centers=middles)
    cells.halo[:] = 0
    x, y = map(int, in_pixels(middles[0]))
    assert off(draw(cells.as_light())[y, x], 0.75 * 255).max() <= 1
    # One that is at rest hides them; and theirs falls on it.
    cells.solid[2] = 1.0
    assert off(draw(cells)[y, x], 0.75 * 255).max() <= 1
    cells.solid[:] = 1.0
    assert draw(cells)[y, x].max() == 0, "at rest, the last one has its own grey"


def test_pixels_that_fly_darken_nothing(play: Any) -> None:
    """They leave over a bright square; only those that rest hide it."""
    picture = PixelGrid(np.tile([0.0, 1.0], (8, 4)), 3.0).shift(4 * LEFT)
    neurons = NeuronLayer.like(picture, pitch=3 / 8).shift(4 * RIGHT)
    bright = Square(2.0, fill_opacity=1, stroke_width=0, color="#808080")

    def construct(scene: Any) -> None:
        scene.add(bright)
        scene.play(PixelsIntoNeurons(picture, neurons), run_time=2)

    frames = [frame.astype(int) for frame in play(construct).frames]
    over = [frame[150:210, 285:355] for frame in frames]
    assert min(part.min() for part in over) >= 0x80 - 1
    assert max(part.max() for part in over) > 0xC0


# --- halos --------------------------------------------------------------------------------------
@pytest.mark.parametrize("pitch", [0.25, 0.9, 3.0])
def test_halos_are_a_sum_of_gaussians_through_the_exposure_curve(pitch: float) -> None:
    rng = np.random.default_rng(2)
    centers = np.column_stack(
        (rng.uniform(-6.5, 6.5, 30), rng.uniform(-3.5, 3.5, 30), np.zeros(30))
    )
    centers[0] = [7.3, 0, 0]  # its light comes in from outside the frame
    strength = rng.random(30)
    half = np.full(30, pitch / 2)
    pixels = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    pixels[:, :, 3] = 255
    canvas = Canvas()
    canvas.look(pixels, np.zeros(3), FRAME_WIDTH)
    canvas.glow(centers, half, strength, color=style.GLOW, opacity=0.8)
    sigma = pitch / 2 * SCALE * style.GLOW_SPREAD
    amount = np.zeros((HEIGHT, WIDTH))
    for middle, light in zip(centers, strength, strict=True):
        x, y = in_pixels(middle)
        for row in range(HEIGHT):
            distance = (row + 0.5 - y) ** 2 + (np.arange(WIDTH) + 0.5 - x) ** 2
            amount[row] += light * np.exp(-distance / (2 * sigma**2))
    expected = np.round(255 * 0.8 * (1 - np.exp(-amount))[:, :, None] * style.GLOW)
    error = off(pixels[:, :, :3].astype(int), expected)
    assert expected.max() > 100
    # Depositing on a grid spreads a light of few pixels a little; large halos are smooth.
    assert error.max() <= (12 if sigma < 2.5 else 4), error.max()
    assert error.mean() < 1.2


def test_a_neuron_s_halo_follows_its_activation() -> None:
    around = []
    for value in (0.0, 0.3, 0.6, 1.0):
        layer = NeuronLayer(np.array([value]), layer=0, pitch=2.0)
        x, y = in_pixels(layer.centers[0])
        around.append(draw(layer)[int(y), int(x + 1.4 * layer.half[0] * SCALE)].sum())
    assert around == sorted(around) and around[0] == 0 and len(set(around)) == 4


# --- connections --------------------------------------------------------------------------------
def line_by_line(
    left: NeuronLayer,
    right: NeuronLayer,
    carried: Any,
    structure: float,
    zoom: float = 1,
    to: Any = (0, 0, 0),
) -> Any:
    """All lines, one by one, two pixels at each step; then exposure and the split by sign."""
    bare, plus, minus = (np.zeros((HEIGHT, WIDTH)) for _ in range(3))
    largest = abs(carried).max()
    for target, end in enumerate(right.centers):
        for source, start in enumerate(left.centers):
            amount = carried[target, source] / largest
            sign = plus if amount > 0 else minus
            (x0, y0), (x1, y1) = in_pixels(start, zoom, to), in_pixels(end, zoom, to)
            x0, y0, x1, y1 = x0 - 0.5, y0 - 0.5, x1 - 0.5, y1 - 0.5
            steep = abs(y1 - y0) > abs(x1 - x0)
            if steep:
                x0, y0, x1, y1 = y0, x0, y1, x1
            if x0 > x1:
                x0, y0, x1, y1 = x1, y1, x0, y0
            slope = (y1 - y0) / (x1 - x0)
            for along in range(math.ceil(x0), math.floor(x1) + 1):
                across = y0 + slope * (along - x0)
                low = math.floor(across)
                for place, part in ((low, 1 - (across - low)), (low + 1, across - low)):
                    row, column = (along, place) if steep else (place, along)
                    if 0 <= row < HEIGHT and 0 <= column < WIDTH:
                        bare[row, column] += part * math.hypot(1, slope)
                        sign[row, column] += part * math.hypot(1, slope) * abs(amount)
    n_in = len(left)
    width = style.LINE_WIDTH * SCALE * zoom
    both = plus + minus
    shown = 1 - np.exp(-both * width * style.exposure_gain(n_in))
    share = style.AFTERGLOW * shown / np.where(both > 0, both, 1)
    dim = 1 - np.exp(-bare * width * structure * style.structure_gain(n_in))
    light = (
        dim[:, :, None] * style.STRUCTURE
        + (share * plus)[:, :, None] * style.POSITIVE
        + (share * minus)[:, :, None] * style.NEGATIVE
    )
    return np.minimum(255 * light, 255)


def bundle(
    n_in: int, n_out: int, *, pitch: float, apart: float, seed: int = 0
) -> tuple[NeuronLayer, NeuronLayer, Any]:
    rng = np.random.default_rng(seed)
    left = NeuronLayer(rng.random(n_in), layer=0, pitch=pitch).move_to([-apart / 2, 0.13, 0])
    right = NeuronLayer(rng.random(n_out), layer=1, pitch=pitch).move_to([apart / 2, -0.21, 0])
    return left, right, rng.normal(size=(n_out, n_in))


# Flat and steep lines, few and many, and some that leave the frame.
BUNDLES = [
    pytest.param(5, 4, 0.9, 9.0, id="flat"),
    pytest.param(6, 6, 1.1, 1.7, id="steep"),
    pytest.param(40, 12, 0.17, 8.0, id="many"),
    pytest.param(9, 7, 1.6, 18.0, id="out-of-the-frame"),
]


@pytest.mark.parametrize(("n_in", "n_out", "pitch", "apart"), BUNDLES)
@pytest.mark.parametrize("structure", [0.0, 1.0])
def test_a_bundle_is_the_sum_of_its_lines(
    n_in: int, n_out: int, pitch: float, apart: float, structure: float
) -> None:
    left, right, carried = bundle(n_in, n_out, pitch=pitch, apart=apart)
    lines = Connections(left, right, carried)
    lines.structure = structure
    found = draw(lines)
    expected = line_by_line(left, right, carried, structure)
    assert expected.max() > 30
    assert off(found, expected).max() <= 3


@pytest.mark.parametrize("zoom", [0.4, 1.7, 6.0, 40.0])
def test_a_bundle_under_a_camera_that_moves_is_the_sum_of_its_lines(zoom: float) -> None:
    left, right, carried = bundle(23, 11, pitch=0.27, apart=8.0)
    lines = Connections(left, right, carried)
    canvas = Canvas()
    for step in range(3):
        to = (-1.3 + 0.9 * step, 0.31 - 0.2 * step, 0)
        found = draw(lines, canvas=canvas, zoom=zoom, to=to)
        expected = line_by_line(left, right, carried, lines.structure, zoom, to)
        assert expected.max() > 30
        assert off(found, expected).max() <= 3


def test_lines_without_a_slope_and_without_a_length() -> None:
    left = NeuronLayer(np.ones(2), layer=0, pitch=1.0).move_to([-2, 0, 0])
    right = NeuronLayer(np.ones(2), layer=1, pitch=1.0).move_to([2, 0, 0])
    level = np.eye(2)  # straight across
    assert (
        off(draw(Connections(left, right, level)), line_by_line(left, right, level, 0.11)).max()
        <= 3
    )
    above = NeuronLayer(np.ones(1), layer=1, pitch=1.0).move_to([-2, 2.5, 0])
    upright = np.array([[0.0, 1.0]])
    found = draw(Connections(left, above, upright))
    assert off(found, line_by_line(left, above, upright, 0.11)).max() <= 3
    draw(Connections(left, left, np.ones((2, 2))))  # every other line is a point


@pytest.mark.parametrize(("n_in", "n_out", "pitch", "apart"), BUNDLES)
def test_later_draws_are_the_same_light(n_in: int, n_out: int, pitch: float, apart: float) -> None:
    """Whatever the canvas drew and remembered before."""
    left, right, carried = bundle(n_in, n_out, pitch=pitch, apart=apart)
    other = np.random.default_rng(9).normal(size=carried.shape)
    few = np.where(np.arange(n_in) % 3 == 0, other, 0.0)
    some = np.where(np.arange(n_in) % 3 == 1, other, 0.0)
    pictures = {}
    bundles = {"few": few, "some": some, "carried": carried, "other": other}
    for name, strengths in bundles.items():
        pictures[name] = draw(Connections(left, right, strengths))  # on a canvas of its own
    canvas = Canvas()
    for name in ("few", "few", "some", "carried", "other", "few", "carried"):
        found = draw(Connections(left, right, bundles[name]), canvas=canvas)
        assert np.array_equal(found, pictures[name]), name


def test_a_changed_strength_in_the_middle_is_seen() -> None:
    """With more strengths than a shortened ``repr`` would show."""
    left, right, carried = bundle(60, 20, pitch=0.11, apart=8.0)
    carried /= abs(carried).max()
    carried[10, 30] = 1.0
    changed = carried.copy()
    changed[10, 30] = -1.0
    canvas = Canvas()
    before = draw(Connections(left, right, carried), canvas=canvas)
    after = draw(Connections(left, right, changed), canvas=canvas)
    assert off(before, after).max() > 10
    assert off(after, draw(Connections(left, right, changed))).max() <= 1


def test_sign_is_colour_and_size_is_light() -> None:
    left, right, _ = bundle(1, 3, pitch=1.4, apart=9.0)
    lines = Connections(left, right, np.array([[1.0], [-1.0], [0.2]]))
    lines.structure = 0.0
    found = draw(lines)
    column = found[:, WIDTH // 2 + 20].astype(float)
    x = (WIDTH // 2 + 20.5 - WIDTH / 2) / SCALE
    amounts = []
    for end in right.centers:
        start = left.centers[0]
        y = start[1] + (end[1] - start[1]) * (x - start[0]) / (end[0] - start[0])
        row = int(in_pixels([x, y])[1])
        amounts.append(column[row - 2 : row + 3].sum(axis=0))
    raises, lowers, weak = amounts
    assert raises / raises.sum() == pytest.approx(
        np.divide(style.POSITIVE, sum(style.POSITIVE)), abs=0.05
    )
    assert lowers / lowers.sum() == pytest.approx(
        np.divide(style.NEGATIVE, sum(style.NEGATIVE)), abs=0.05
    )
    assert 0.1 < weak.sum() / raises.sum() < 0.4


def test_light_has_not_come_further_than_its_front() -> None:
    left, right, carried = bundle(12, 9, pitch=0.4, apart=9.0)
    lines = Connections(left, right, carried)
    lines.structure = 0.0
    assert draw(lines.darken()).max() == 0
    lines.front = 0.5
    found = draw(lines)
    edge = int(WIDTH / 2 + 0.5 * SCALE)
    assert found[:, edge + 1 :].max() == 0
    assert found[:, edge - 12 : edge - 4].max() > 30


@pytest.mark.parametrize("wide", ["sources", "targets"])
def test_lines_come_up_out_of_the_dark_beside_a_wide_layer(wide: str) -> None:
    """Not between its cells, nor cut off at its border: over 0.6 units, without a step."""
    rng = np.random.default_rng(2)
    grid = NeuronLayer.like(PixelGrid(rng.random((12, 12)), 4.0), pitch=4 / 12)
    column = NeuronLayer(rng.random(9), layer=1, pitch=0.5)
    left, right = (grid, column) if wide == "sources" else (column, grid)
    left.move_to(4 * LEFT)
    right.move_to(4 * RIGHT)
    lines = Connections(left, right, rng.normal(size=(len(right), len(left))))
    lines.structure = 1.0
    found = draw(lines)
    columns = found.sum(axis=2).mean(axis=0)
    x = (np.arange(WIDTH) + 0.5 - WIDTH / 2) / SCALE
    if wide == "targets":
        x, border = -x, -float(right.centers[:, 0].min())
    else:
        border = float(left.centers[:, 0].max())
    away = x - border
    assert columns[away < 0].max() == 0
    assert 0 < columns[(away > 0.1) & (away < 0.2)].mean() < 0.3 * columns[away > 0.6].max()
    rising = columns[np.argsort(away)][np.sort(away) < 0.6]
    assert np.diff(rising).max() < 0.25 * columns.max()
    # Beside a column they are what they are.
    there = (away > 0.7) & (away < 5)
    assert off(found, line_by_line(left, right, lines.strengths, 1.0))[:, there].max() <= 3


def test_the_front_is_seen_from_the_first_moment_on() -> None:
    """It leaves at the border of a wide layer, where it comes out, and not on its far side."""
    rng = np.random.default_rng(2)
    left = NeuronLayer.like(PixelGrid(rng.random((12, 12)), 5.0), pitch=5 / 12).move_to(4 * LEFT)
    right = NeuronLayer(rng.random(9), layer=1, pitch=0.5).move_to(2 * RIGHT)
    lines = Connections(left, right, rng.normal(size=(9, 144))).darken()
    lines.structure = 0.0
    run = Propagate(lines, right, run_time=1)
    run.begin()
    run.interpolate(0)
    assert draw(lines).max() == 0
    run.interpolate(0.15)
    assert draw(lines).max() > 20


# --- ordinary animations ------------------------------------------------------------------------
def mobject(kind: str) -> Any:
    values = np.linspace(0.2, 1, 12)
    if kind == "pixels":
        return PixelGrid(values.reshape(3, 4), 1.5)
    return NeuronLayer.like(PixelGrid(values.reshape(3, 4), 1.5), pitch=0.5)


def greys(frame: Any, cells: Any, zoom: float = 1, to: Any = (0, 0, 0), grey: bool = True) -> Any:
    """The grey at each cell's middle in a frame, by the test's own projection."""
    scale = 640 / FRAME_WIDTH / zoom
    x = 320 + (cells.centers[:, 0] - to[0]) * scale
    y = 180 - (cells.centers[:, 1] - to[1]) * scale
    rgb = frame[y.astype(int), x.astype(int)].astype(int)
    assert np.ptp(rgb, axis=1).max() <= (1 if grey else 255)
    return rgb.mean(axis=1) / 255


KINDS = pytest.mark.parametrize("kind", ["pixels", "neurons"])


@KINDS
def test_fading_in_and_out(play: Any, kind: str) -> None:
    cells = mobject(kind)

    def construct(scene: Any) -> None:
        scene.play(FadeIn(cells), run_time=1)
        scene.wait(0.5, frozen_frame=True)
        scene.play(FadeOut(cells), run_time=1)
        scene.wait(0.2, frozen_frame=True)

    played = play(construct)
    shown = np.array([greys(frame, cells, grey=False)[-1] for frame in played.frames])
    assert len(shown) == 27
    assert shown[0] == 0 and (np.diff(shown[:10]) >= 0).all()
    assert 0.2 < shown[5] < 0.8
    assert shown[10:15] == pytest.approx(1, abs=0.005)
    assert (np.diff(shown[14:]) <= 0).all() and shown[-1] == 0
    assert played.frames[-1].max() == 0


@KINDS
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda m: m.shift(2 * RIGHT + UP), id="shift"),
        pytest.param(lambda m: m.scale(2.2), id="scale"),
        pytest.param(lambda m: m.move_to([-3, -1, 0]), id="move_to"),
        pytest.param(lambda m: m.scale(1.5).next_to([0, -1, 0], DOWN), id="chain"),
    ],
)
def test_animated_places(play: Any, kind: str, change: Any) -> None:
    cells = mobject(kind)
    before, expected = cells.copy(), change(cells.copy())
    seen = []

    def construct(scene: Any) -> None:
        scene.add(cells)
        scene.play(change(cells.animate), run_time=1)
        seen.append(cells.copy())
        scene.wait(0.1, frozen_frame=True)

    played = play(construct)
    assert seen[0].points == pytest.approx(expected.points, abs=1e-9)
    assert greys(played.frames[0], before) == pytest.approx(before.values, abs=0.006)
    assert greys(played.frames[-1], expected) == pytest.approx(before.values, abs=0.006)
    halfway = before.copy()
    halfway.points = (before.points + expected.points) / 2  # smooth(0.5) is 0.5
    assert greys(played.frames[5], halfway) == pytest.approx(before.values, abs=0.006)


@KINDS
def test_animated_opacity(play: Any, kind: str) -> None:
    cells = mobject(kind)

    def construct(scene: Any) -> None:
        scene.add(cells)
        scene.play(cells.animate.set_opacity(0.25), run_time=1)
        scene.wait(0.1, frozen_frame=True)

    played = play(construct)
    assert greys(played.frames[0], cells) == pytest.approx(cells.values, abs=0.006)
    # A part of what is behind shines through, and in a neuron that includes its own halo.
    limit = 0.006 if kind == "pixels" else 0.25 * style.GLOW_STRENGTH
    low = greys(played.frames[-1], cells, grey=False)
    assert (low >= 0.25 * cells.values - 0.006).all()
    assert (low <= 0.25 * cells.values + limit + 0.1 * (kind == "neurons")).all()


@KINDS
def test_transform_between_two_of_the_same_size(play: Any, kind: str) -> None:
    start = mobject(kind).shift(3 * LEFT)
    end = mobject(kind).scale(1.4).shift(2 * RIGHT)
    end.values = end.values[::-1].copy()

    def construct(scene: Any) -> None:
        scene.add(start)
        scene.play(Transform(start, end), run_time=1)
        scene.wait(0.1, frozen_frame=True)

    first = start.copy()
    played = play(construct)
    assert greys(played.frames[0], first) == pytest.approx(first.values, abs=0.006)
    assert greys(played.frames[-1], end) == pytest.approx(end.values, abs=0.006)
    halfway = first.copy()
    halfway.points = (first.points + end.points) / 2
    between = (first.values + end.values) / 2
    assert greys(played.frames[5], halfway) == pytest.approx(between, abs=0.006)


@pytest.mark.parametrize(("kind", "other"), [("pixels", 9), ("neurons", 13)])
def test_transform_between_different_sizes_is_refused(play: Any, kind: str, other: int) -> None:
    start = mobject(kind)
    end = NeuronLayer(np.ones(other), layer=1, pitch=0.3)

    def construct(scene: Any) -> None:
        scene.add(start)
        scene.play(Transform(start, end), run_time=0.5)

    with pytest.raises(ValueError, match=r"only into others of the same size"):
        play(construct)


@KINDS
def test_become(play: Any, kind: str) -> None:
    """At once, and as an animation."""
    start, end = mobject(kind), mobject(kind).scale(1.3).shift(2 * UP)
    end.values = end.values**3
    drawn = []

    def construct(scene: Any) -> None:
        twin = start.copy().become(end)
        assert np.array_equal(twin.points, end.points)
        assert np.array_equal(twin.values, end.values)
        scene.add(start)
        scene.play(start.animate.become(end), run_time=0.5)
        scene.wait(0.1, frozen_frame=True)
        drawn.append(start.copy())

    played = play(construct)
    assert drawn[0].values == pytest.approx(end.values, abs=1e-12)
    assert greys(played.frames[-1], end) == pytest.approx(end.values, abs=0.006)


def test_a_square_that_becomes_a_neuron_is_one() -> None:
    pixels = mobject("pixels")
    square = pixels.part([7])
    neuron = NeuronLayer(square.numbers, pitch=1, centers=np.zeros((1, 3)))
    square.become(neuron)
    assert np.array_equal(draw(square), draw(neuron))


def test_a_square_that_became_a_neuron_is_recorded_as_one() -> None:
    square = mobject("pixels").part([7])
    square.become(NeuronLayer(square.numbers, pitch=1))
    assert square.kind == "neurons"


def test_connections_fade_move_and_turn_into_others(play: Any) -> None:
    left, right, carried = bundle(6, 5, pitch=0.8, apart=6.0)
    lines = Connections(left, right, carried)
    other = Connections(left, right, -carried)

    def construct(scene: Any) -> None:
        scene.play(FadeIn(lines), run_time=0.5)
        scene.wait(0.1, frozen_frame=True)
        scene.play(Transform(lines, other), run_time=0.5)
        scene.wait(0.1, frozen_frame=True)
        scene.play(lines.animate.shift(2 * UP), run_time=0.5)
        scene.wait(0.1, frozen_frame=True)
        scene.play(FadeOut(lines), run_time=0.5)
        scene.wait(0.1, frozen_frame=True)

    played = play(construct)
    fade, turned, moved, gone = (played.frames[n].astype(int) for n in (5, 11, 17, 23))
    assert gone.max() == 0 and fade.max() > 60
    # Orange and blue have changed places.
    warm, cold = (fade[:, :, 0] > fade[:, :, 2] + 20), (turned[:, :, 2] > turned[:, :, 0] + 20)
    assert warm.sum() > 100 and (warm & cold).sum() > 0.7 * warm.sum()
    assert off(moved[:270], turned[90:]).max() <= 2


def test_connections_of_other_sizes_are_refused() -> None:
    left, right, carried = bundle(6, 5, pitch=0.8, apart=6.0)
    with pytest.raises(ValueError, match=r"6 and 5 neurons .* \(5, 6\), not \(6, 5\)"):
        Connections(left, right, carried.T)


@KINDS
def test_a_moving_and_zooming_camera(play: Any, kind: str) -> None:
    cells = mobject(kind).shift(2 * RIGHT)
    place = np.array([1.5, 0.5, 0.0])

    def construct(scene: Any) -> None:
        scene.add(cells)
        scene.play(scene.camera.frame.animate.scale(0.5).move_to(place), run_time=1)
        scene.wait(0.1, frozen_frame=True)

    played = play(construct)
    assert greys(played.frames[0], cells) == pytest.approx(cells.values, abs=0.006)
    half = greys(played.frames[5], cells, zoom=0.75, to=place / 2)
    assert half == pytest.approx(cells.values, abs=0.006)
    last = greys(played.frames[-1], cells, zoom=0.5, to=place)
    assert last == pytest.approx(cells.values, abs=0.006)


def test_lines_follow_the_camera(play: Any) -> None:
    """Zoomed in to half the width, a line runs through the same scene points."""
    left = NeuronLayer(np.ones(1), layer=0, pitch=0.2).move_to([-3, -1, 0])
    right = NeuronLayer(np.ones(1), layer=1, pitch=0.2).move_to([3, 1, 0])
    lines = Connections(left, right, np.ones((1, 1)))

    def construct(scene: Any) -> None:
        scene.add(lines)
        scene.wait(0.1, frozen_frame=True)
        scene.play(scene.camera.frame.animate.scale(0.5).shift(0.5 * UP), run_time=0.5)
        scene.wait(0.1, frozen_frame=True)

    played = play(construct)
    for frame, scale, up in ((played.frames[0], 45, 0.0), (played.frames[-1], 90, 0.5)):
        for x in (-1.5, 0.0, 1.0):
            column, row = int(320 + x * scale), int(180 - (x / 3 - up) * scale)
            assert frame[row - 1 : row + 2, column].max() > 40
            assert frame[row - 12 : row - 3, column].max() == 0


def test_light_leaves_manim_s_own_mobjects_alone(play: Any) -> None:
    square = Square(1.0, fill_opacity=1, stroke_width=0, color="#3366CC").shift(3 * LEFT)
    cells = mobject("neurons").shift(2 * RIGHT)

    def construct(scene: Any) -> None:
        scene.add(square, cells)
        scene.wait(0.1, frozen_frame=True)

    played = play(construct)
    assert played.frames[0][180, 320 - 135].tolist() == [0x33, 0x66, 0xCC]
    assert greys(played.frames[0], cells) == pytest.approx(cells.values, abs=0.006)


@pytest.mark.parametrize("front", [None, 0.5])
def test_light_that_adds_hides_nothing_in_a_sprite(front: float | None) -> None:
    """Drawn apart and laid over, a bundle may not darken what it is laid over.

    So it has colour without alpha, also where the front of the light is on its way.
    """
    rng = np.random.default_rng(8)
    left = NeuronLayer(rng.random(20), layer=0, pitch=0.3).move_to(3 * LEFT)
    right = NeuronLayer(rng.random(6), layer=1, pitch=0.8).move_to(3 * RIGHT)
    bundle = Connections(left, right, rng.normal(size=(6, 20)))
    bundle.front = front
    pixels = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    canvas = Canvas()
    canvas.look(pixels, np.zeros(3), FRAME_WIDTH)
    bundle.draw(canvas)
    assert pixels[:, :, :3].any()
    assert not pixels[:, :, 3].any()
