"""Signed numbers of a layer's neurons, such as what the cost asks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from litnet import style
from litnet.mobjects.cells import NeuronLayer, PlacedCells
from litnet.record.quantities import Quantities
from litnet.style import Floats

if TYPE_CHECKING:
    from litnet.light.canvas import Canvas
    from litnet.record.page import Page

SIZE = 0.62  # radius of the light inside a neuron that has one
NOTHING = 1e-12


class SignedLayer(PlacedCells):
    """Light in the colour of its sign, of one number for each neuron of a layer.

    Parameters
    ----------
    neurons
        Those over which it stands.
    numbers
        (n,) with their source, such as what the cost asks of the activations.
    scale
        How large a number is that gets 63 % of the light; by default the largest of these. A film
        that compares layers gives all of them one scale, and prints it.

    ``level`` is how far the light has come up, 0 to 1. At 0, nothing is known yet.
    """

    animated: ClassVar[tuple[str, ...]] = ("opacity", "values", "level")
    taken_over: ClassVar[tuple[str, ...]] = ("source",)

    def __init__(
        self, neurons: NeuronLayer, numbers: Quantities, *, scale: float | None = None
    ) -> None:
        if len(neurons) != len(numbers):
            raise ValueError(f"{len(neurons)} neurons cannot show {len(numbers)} numbers.")
        super().__init__(neurons.centers, neurons.half)
        self.values: Floats = numbers.values.ravel().copy()
        self.source = numbers.source
        largest = float(np.abs(self.values).max(initial=0.0))
        self.scale_of_light = scale or largest or 1.0
        self.level = 1.0

    def set_level(self, level: float) -> Self:
        """Bring the light to a part of what the numbers say."""
        self.level = float(level)
        return self

    @property
    def light(self) -> Floats:
        """(n,) 0 to 1."""
        return self.level * style.signed_light(self.values, self.scale_of_light)

    def describe(self, page: Page) -> None:
        """The numbers, once the light has come up."""
        if self.opacity > 0 and self.level == 1:
            scale = self.scale_of_light
            page.measure("light", self.source, self.values, scale, self.centers, self.centers)

    def draw(self, canvas: Canvas) -> None:
        """Light above zero in one colour, below in the other, and the halo around it.

        Over ink a halo would make another colour of it, so that there it comes first.
        """
        light = self.light
        if light.max(initial=0.0) < NOTHING:
            return
        negative = canvas.ground.negative
        for parts in (("halo",), ("core",)) if negative else (("core", "halo"),):
            for sign, color in ((1, style.POSITIVE), (-1, style.NEGATIVE)):
                chosen = np.sign(self.values) == sign
                for part in parts if chosen.any() else ():
                    centers, half = self.centers[chosen], self.half[chosen]
                    if part == "halo":
                        lit = light[chosen]
                        canvas.glow(centers, half, lit, color=color, opacity=self.opacity)
                        continue
                    none = np.zeros(len(centers))
                    canvas.cells(
                        centers,
                        SIZE * half,
                        none + 1,
                        light[chosen],
                        rim=none,
                        rim_light=none,
                        opacity=self.opacity,
                        tint=np.tile(color, (len(centers), 1)),
                    )
