"""litnet: films of small neural networks, drawn from live activations.

>>> from litnet import LitScene, NeuronLayer, PixelGrid
"""

# ruff: noqa: F401
from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# What a story is made of, and the module that each name comes from; imported when it is used, so
# that the command line does not load manim.
PUBLIC = {
    "LitScene": "litnet.story.scene",
    "Digit": "litnet.story.subject",
    "Reading": "litnet.story.subject",
    "TrainingRun": "litnet.story.run",
    "Quantity": "litnet.record.quantities",
    "Quantities": "litnet.record.quantities",
    "illustrative": "litnet.record.quantities",
    "illustrative_cells": "litnet.record.quantities",
    "style": "litnet.style",
    "AnswerNumber": "litnet.mobjects.answer",
    "Arrows": "litnet.mobjects.arrows",
    "Balance": "litnet.mobjects.balance",
    "Cells": "litnet.mobjects.cells",
    "NeuronLayer": "litnet.mobjects.cells",
    "PixelGrid": "litnet.mobjects.cells",
    "CodeLines": "litnet.mobjects.code_lines",
    "Connections": "litnet.mobjects.connections",
    "Contours": "litnet.mobjects.contours",
    "Curve": "litnet.mobjects.curve",
    "Fan": "litnet.mobjects.fan",
    "Formula": "litnet.mobjects.formula",
    "Gallery": "litnet.mobjects.gallery",
    "Halo": "litnet.mobjects.halo",
    "Knob": "litnet.mobjects.knob",
    "LitMobject": "litnet.light.lit_mobject",
    "NetworkDiagram": "litnet.mobjects.network_diagram",
    "NumberLine": "litnet.mobjects.number_line",
    "ParameterMap": "litnet.mobjects.parameter_map",
    "Plot": "litnet.mobjects.plot",
    "PlottedCurve": "litnet.mobjects.plot",
    "SignedGrid": "litnet.mobjects.signed",
    "SignedLayer": "litnet.mobjects.signed_layer",
    "Swarm": "litnet.mobjects.swarm",
    "Target": "litnet.mobjects.target",
    "Tiles": "litnet.mobjects.tiles",
    "Trail": "litnet.mobjects.trail",
    "WeightMatrix": "litnet.mobjects.tiles",
    "LiveNumber": "litnet.mobjects.words",
    "Words": "litnet.mobjects.words",
    "in_line": "litnet.mobjects.words",
    "sentence": "litnet.mobjects.words",
    "shortened": "litnet.mobjects.words",
    "Backpropagate": "litnet.animations.backpropagate",
    "Epochs": "litnet.animations.epochs",
    "Fold": "litnet.animations.fold",
    "Fly": "litnet.animations.flight",
    "Gather": "litnet.animations.gather",
    "Sift": "litnet.animations.gather",
    "Glimmer": "litnet.animations.glimmer",
    "Judge": "litnet.animations.judge",
    "CountingLight": "litnet.animations.light",
    "PixelsIntoNeurons": "litnet.animations.light",
    "Propagate": "litnet.animations.light",
    "ValueTo": "litnet.animations.light",
    "ReadOut": "litnet.animations.rows",
    "LightRows": "litnet.animations.rows",
    "RunThrough": "litnet.animations.run_through",
    "AddColumns": "litnet.animations.sums",
    "AddUp": "litnet.animations.sums",
    "Turn": "litnet.animations.turn",
    "TurnTogether": "litnet.animations.turn",
}

__all__ = ["PUBLIC", "__version__", *PUBLIC]

if TYPE_CHECKING:  # what a type checker reads instead of the table
    from litnet import style
    from litnet.animations import (
        AddColumns,
        AddUp,
        Backpropagate,
        CountingLight,
        Epochs,
        Fly,
        Gather,
        Judge,
        LightRows,
        PixelsIntoNeurons,
        Propagate,
        ReadOut,
        RunThrough,
        Sift,
        Turn,
        TurnTogether,
        ValueTo,
    )
    from litnet.animations.fold import Fold
    from litnet.animations.glimmer import Glimmer
    from litnet.light.lit_mobject import LitMobject
    from litnet.mobjects import (
        AnswerNumber,
        Arrows,
        Balance,
        Cells,
        CodeLines,
        Connections,
        Contours,
        Curve,
        Fan,
        Formula,
        Gallery,
        Halo,
        Knob,
        LiveNumber,
        NetworkDiagram,
        NeuronLayer,
        NumberLine,
        ParameterMap,
        PixelGrid,
        Plot,
        PlottedCurve,
        SignedGrid,
        SignedLayer,
        Swarm,
        Target,
        Tiles,
        Trail,
        WeightMatrix,
        Words,
        in_line,
        sentence,
        shortened,
    )
    from litnet.record.quantities import Quantities, Quantity, illustrative, illustrative_cells
    from litnet.story.run import TrainingRun
    from litnet.story.scene import LitScene
    from litnet.story.subject import Digit, Reading


def __getattr__(name: str) -> Any:
    if name not in PUBLIC:
        raise AttributeError(f"module 'litnet' has no attribute {name!r}")
    module = import_module(PUBLIC[name])
    found = module if PUBLIC[name] == f"litnet.{name}" else getattr(module, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
