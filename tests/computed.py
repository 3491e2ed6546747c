"""Numbers for mobjects, without a network that computed them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from litnet.record.quantities import Quantities


@dataclass
class Computed:
    """What a network diagram asks of a reading; ``contributions`` are those to each layer."""

    values: list[Any]
    carried: list[Any]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons in each layer, the input first."""
        return (self.carried[0].shape[1], *map(len, self.values))

    def layer(self, number: int) -> Quantities:
        """The numbers of a layer after the input."""
        return Quantities(np.asarray(self.values[number - 1]), f"activations[{number}]", number)

    def contributions(self, number: int) -> Any:
        """(n_out, n_in) to a layer."""
        return self.carried[number - 1]
