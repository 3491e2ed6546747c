"""scikit-learn: a fitted MLPClassifier or MLPRegressor, in memory.

Its own files are pickles, which are programs: litnet never opens one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from network.errors import InputError
from network.loaders.common import dense
from network.mlp import MLP

NAMES = {
    "logistic": "sigmoid",
    "tanh": "tanh",
    "relu": "relu",
    "identity": "identity",
    "softmax": "softmax",
}


def from_sklearn(estimator: Any) -> MLP:
    """The network of a fitted ``MLPClassifier`` or ``MLPRegressor``.

    Outputs are in the order of ``estimator.classes_``. A classifier of two classes has one output
    in scikit-learn, p = sigmoid(z); here it has two, softmax(0, z) = (1 - p, p), as in its
    ``predict_proba``. Raises InputError for anything else, or before ``fit``.
    """
    kind = type(estimator).__name__
    if not all(hasattr(estimator, name) for name in ("hidden_layer_sizes", "activation")):
        raise InputError(f"found a {kind}, expected a fitted MLPClassifier or MLPRegressor")
    if not all(hasattr(estimator, name) for name in ("coefs_", "intercepts_", "out_activation_")):
        raise InputError(f"found a {kind} before fit, expected a fitted one")
    hidden, last = str(estimator.activation), str(estimator.out_activation_)
    for name in (hidden, last):
        if name not in NAMES:
            raise InputError(f"found the activation {name!r}, expected one of {', '.join(NAMES)}")
    matrices = [np.asarray(matrix).T for matrix in estimator.coefs_]
    biases = [np.asarray(bias) for bias in estimator.intercepts_]
    if last == "logistic" and len(biases[-1]) == 1:
        matrices[-1] = np.vstack([np.zeros_like(matrices[-1]), matrices[-1]])
        biases[-1] = np.array([0.0, biases[-1][0]])
        last = "softmax"
    names = [NAMES[hidden]] * (len(matrices) - 1) + [NAMES[last]]
    return MLP(
        tuple(
            dense(number, *parts)
            for number, parts in enumerate(zip(matrices, biases, names, strict=True), start=1)
        )
    )
