"""The mobjects that scenes are built from. They are handed arrays, never a path or a network."""

from litnet.mobjects.answer import AnswerNumber, answer_name, large_answer, short_name
from litnet.mobjects.arrows import Arrows
from litnet.mobjects.balance import Balance
from litnet.mobjects.cells import Cells, NeuronLayer, PixelGrid, liveliest_patch
from litnet.mobjects.code_lines import CodeLines
from litnet.mobjects.connections import Connections
from litnet.mobjects.contours import Contours
from litnet.mobjects.curve import Curve
from litnet.mobjects.fan import Fan
from litnet.mobjects.formula import Formula
from litnet.mobjects.gallery import Gallery
from litnet.mobjects.halo import Halo
from litnet.mobjects.knob import Knob
from litnet.mobjects.network_diagram import NetworkDiagram
from litnet.mobjects.number_line import NumberLine
from litnet.mobjects.parameter_map import ParameterMap
from litnet.mobjects.plot import Plot, PlottedCurve
from litnet.mobjects.signed import SignedGrid
from litnet.mobjects.signed_layer import SignedLayer
from litnet.mobjects.swarm import Swarm
from litnet.mobjects.target import Target
from litnet.mobjects.tiles import Tiles, WeightMatrix
from litnet.mobjects.trail import Trail
from litnet.mobjects.words import LiveNumber, Words, in_line, sentence, shortened

__all__ = [
    "AnswerNumber",
    "Arrows",
    "Balance",
    "Cells",
    "CodeLines",
    "Connections",
    "Contours",
    "Curve",
    "Fan",
    "Formula",
    "Gallery",
    "Halo",
    "Knob",
    "LiveNumber",
    "NetworkDiagram",
    "NeuronLayer",
    "NumberLine",
    "ParameterMap",
    "PixelGrid",
    "Plot",
    "PlottedCurve",
    "SignedGrid",
    "SignedLayer",
    "Swarm",
    "Target",
    "Tiles",
    "Trail",
    "WeightMatrix",
    "Words",
    "answer_name",
    "in_line",
    "large_answer",
    "liveliest_patch",
    "sentence",
    "short_name",
    "shortened",
]
