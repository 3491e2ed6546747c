"""Small fully connected networks in NumPy: what a film shows, computed here.

This package knows nothing of films: it never imports manim or litnet.

>>> network = load_network("assets/models/vanilla.npz")
>>> network.forward(image.reshape(-1)).prediction
3
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from network.activations import ACTIVATIONS, Activation
from network.backward_pass import BackwardPass
from network.checkpoint import load_network, save_network
from network.errors import InputError
from network.forward_pass import ForwardPass, LayerActivations, contributions
from network.loaders.sklearn import from_sklearn
from network.losses import LOSSES
from network.mlp import MLP, Dense

if TYPE_CHECKING:
    from network.history import History, Snapshot, Step
    from network.history_file import load_history, save_history

__all__ = [
    "ACTIVATIONS",
    "LOSSES",
    "MLP",
    "Activation",
    "BackwardPass",
    "Dense",
    "ForwardPass",
    "History",
    "InputError",
    "LayerActivations",
    "Snapshot",
    "Step",
    "contributions",
    "from_sklearn",
    "load_history",
    "load_network",
    "save_history",
    "save_network",
]


_LATER = {
    "History": "network.history",
    "Snapshot": "network.history",
    "Step": "network.history",
    "load_history": "network.history_file",
    "save_history": "network.history_file",
}


def __getattr__(name: str) -> Any:
    # Training runs are loaded when they are asked for: most films have nothing to do with them.
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
