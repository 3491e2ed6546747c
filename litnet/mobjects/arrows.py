"""Signed numbers as arrows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
import numpy.typing as npt
from manim import DOWN, RIGHT, UP, Group

from litnet import style
from litnet.light.lit_mobject import LitMobject
from litnet.light.strokes import arc, strokes
from litnet.mobjects.words import tick_number
from litnet.record.quantities import Quantities
from litnet.style import Floats

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas
    from litnet.record.page import Page

CAP = 0.07  # half the length of a ruler's ends
FOOT = 0.028  # radius of the point at an arrow's foot: also a number of zero is there


class Arrows(LitMobject):
    """Arrows as long as numbers are large; colour and direction are their sign.

    Parameters
    ----------
    numbers
        (n,) with their source.
    feet
        (n, 3) where they begin, in scene units.
    unit
        The length of an arrow of a number of one, in scene units: the same for all arrows of a
        film that are to be compared. ``ruler`` prints it.
    direction
        (3,) that of a number above zero; one below goes the other way.

    ``level`` is how far they have grown, 0 to 1.
    """

    animated: ClassVar[tuple[str, ...]] = ("opacity", "values", "level")
    taken_over: ClassVar[tuple[str, ...]] = ("source",)

    def __init__(
        self,
        numbers: Quantities,
        feet: Floats,
        *,
        unit: float,
        direction: npt.ArrayLike = UP,
    ) -> None:
        super().__init__()
        if np.shape(feet) != (len(numbers), 3):
            raise ValueError(
                f"{len(numbers)} arrows need feet of shape ({len(numbers)}, 3), "
                f"not {np.shape(feet)}."
            )
        way = np.asarray(direction, dtype=np.float64)
        # Where arrows of one would end: so manim's own methods move, scale and turn them.
        self.points = np.concatenate((feet, feet + unit * way / np.linalg.norm(way)))
        self.level = 1.0
        self.hold(numbers)

    def hold(self, numbers: Quantities) -> Self:
        """Show other numbers, as many."""
        self.values: Floats = numbers.values.ravel().copy()
        self.source = numbers.source
        return self

    def set_level(self, level: float) -> Self:
        """Let them be a part of their length; 0 is a number that is not known yet."""
        self.level = float(level)
        return self

    @property
    def feet(self) -> Floats:
        """(n, 3) scene units."""
        feet: Floats = self.points[: len(self.values)]
        return feet

    @property
    def units(self) -> Floats:
        """(n, 3) from a foot to the tip of an arrow of one."""
        units: Floats = self.points[len(self.values) :] - self.feet
        return units

    @property
    def tips(self) -> Floats:
        """(n, 3) scene units."""
        tips: Floats = self.feet + self.level * self.values[:, None] * self.units
        return tips

    def ruler(self, value: float) -> Group:
        """The scale in print: a line as long as an arrow of ``value``, and that number."""
        unit = self.units[0]
        upright = abs(unit[1]) > abs(unit[0])
        line = Ruler(value, float(np.linalg.norm(unit)), upright=bool(upright))
        return Group(line, tick_number(value).next_to(line, RIGHT if upright else DOWN, buff=0.12))

    def describe(self, page: Page) -> None:
        """The numbers, and where the arrows begin and end, once they have grown."""
        if self.opacity > 0 and self.level == 1:
            one = float(np.linalg.norm(self.units[0]))
            page.measure("length", self.source, self.values, one, self.feet, self.tips)

    def draw(self, canvas: Canvas) -> None:
        """Add the light."""
        strokes(
            canvas,
            [arc(foot, FOOT, 0, 2 * np.pi) for foot in self.feet],
            width=FOOT,
            color=style.STRUCTURE,
            opacity=self.opacity,
            filled=True,
        )
        for sign, color in ((1, style.POSITIVE), (-1, style.NEGATIVE)):
            chosen = np.flatnonzero(np.sign(self.values) == sign)
            shafts, heads = [], []
            for foot, tip in zip(self.feet[chosen], self.tips[chosen], strict=True):
                length = float(np.linalg.norm(tip - foot))
                if length * canvas.scale < 0.5:
                    continue
                way = (tip - foot) / length
                head = min(style.HEAD, 0.6 * length)
                across = 0.5 * head * np.array([-way[1], way[0], 0.0])
                neck = tip - head * way
                shafts.append(np.stack((foot, tip - 0.7 * head * way)))
                heads.append(np.stack((tip, neck + across, tip - 0.75 * head * way, neck - across)))
            for paths, filled in ((shafts, False), (heads, True)):
                strokes(
                    canvas,
                    paths,
                    width=style.STROKE_WIDTH,
                    color=color,
                    glow=style.STROKE_GLOW_LIGHT,
                    opacity=self.opacity,
                    filled=filled,
                )


class Ruler(LitMobject):
    """A line as long as a number of ``value`` is drawn, ``unit`` being the length of one."""

    def __init__(self, value: float, unit: float, *, upright: bool = False) -> None:
        super().__init__()
        self.value = float(value)
        reach = abs(value) * unit / 2 * (UP if upright else RIGHT)
        self.points = np.stack((-reach, reach))

    def describe(self, page: Page) -> None:
        """The number that it stands for, and how long it is."""
        if self.opacity > 0:
            one = float(np.linalg.norm(self.points[1] - self.points[0])) / abs(self.value)
            page.scale((self.value,), one, self.points[:1], self.points[1:])

    def draw(self, canvas: Canvas) -> None:
        """The line, and a cap at either end."""
        way = self.points[1] - self.points[0]
        cap = CAP * np.array([-way[1], way[0], 0.0]) / float(np.linalg.norm(way))
        strokes(
            canvas,
            [self.points, *(np.stack((end - cap, end + cap)) for end in self.points)],
            width=style.SCALE_WIDTH,
            color=style.QUIET,
            opacity=self.opacity,
        )
