"""Animations of light."""

from litnet.animations.backpropagate import Backpropagate
from litnet.animations.epochs import Epochs
from litnet.animations.flight import Fly
from litnet.animations.gather import Gather, Sift
from litnet.animations.judge import Judge
from litnet.animations.light import CountingLight, PixelsIntoNeurons, Propagate, ValueTo
from litnet.animations.rows import LightRows, ReadOut
from litnet.animations.run_through import RunThrough
from litnet.animations.sums import AddColumns, AddUp, Average
from litnet.animations.turn import Turn, TurnTogether

__all__ = [
    "AddColumns",
    "AddUp",
    "Average",
    "Backpropagate",
    "CountingLight",
    "Epochs",
    "Fly",
    "Gather",
    "Judge",
    "LightRows",
    "PixelsIntoNeurons",
    "Propagate",
    "ReadOut",
    "RunThrough",
    "Sift",
    "Turn",
    "TurnTogether",
    "ValueTo",
]
