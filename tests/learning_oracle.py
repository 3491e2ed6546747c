"""What sources of a training run say, worked out once more: with NumPy and nothing of litnet's.

A history's arrays, the digits' files, a forward pass and a backward pass of its own.
"""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from film import DIGITS, ROOT
from PIL import Image

Layers = list[tuple[np.ndarray, np.ndarray]]


@cache
def training() -> tuple[np.ndarray, np.ndarray]:
    """The digits that it learned from."""

    def read(name: str, header: int) -> np.ndarray:
        data = gzip.decompress((DIGITS / name).read_bytes())
        return np.frombuffer(data, dtype=np.uint8, offset=header)

    images = read("training-images-idx3-ubyte.gz", 16).reshape(-1, 784) / 255
    return images, read("training-labels-idx1-ubyte.gz", 8).astype(int)


@cache
def unseen() -> tuple[np.ndarray, np.ndarray]:
    """The bundled digits, in the order of their list."""
    with (DIGITS / "labels.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    images = [np.asarray(Image.open(DIGITS / row["file"])).ravel() / 255 for row in rows]
    return np.array(images), np.array([int(row["label"]) for row in rows])


@dataclass(frozen=True)
class One:
    """A list whose items are counted from 1."""

    items: tuple[Any, ...]

    def __getitem__(self, number: int) -> Any:
        return self.items[number - 1]


def backward(layers: Layers, x: np.ndarray, y: np.ndarray) -> tuple[list[Any], list[Any], float]:
    """dC/d(W, b) of each layer, dC/da of each (the input first), and C, the mean over a batch."""
    a = forward(layers, x)
    wanted = 2 * (a[-1] - y) / len(x)
    gradients: list[Any] = []
    wishes = [wanted]
    for number in range(len(layers) - 1, -1, -1):
        delta = wanted * a[number + 1] * (1 - a[number + 1])
        gradients.insert(0, (delta.T @ a[number], delta.sum(axis=0)))
        wanted = delta @ layers[number][0]
        wishes.insert(0, wanted)
    return gradients, wishes, float(((a[-1] - y) ** 2).sum(axis=1).mean())


def card(file: str) -> Any:
    """The facts of a card."""
    text = (ROOT / file).read_text("utf-8")
    return json.loads(text.partition("```json\n")[2].partition("```")[0])


def forward(layers: Layers, x: np.ndarray) -> list[np.ndarray]:
    found = [x]
    for weights, biases in layers:
        found.append(1 / (1 + np.exp(-(found[-1] @ weights.T + biases))))
    return found


@dataclass
class Run:
    """What a history's file holds, and what follows from it."""

    path: Path
    kept: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with np.load(self.path, allow_pickle=False) as arrays:
            self.arrays = {name: arrays[name] for name in arrays.files}
        self.sizes = [int(n) for n in self.arrays["sizes"]]
        self.steps = [int(n) for n in self.arrays["snapshot_steps"]]
        self.rate = float(self.arrays["learning_rate"])
        self.batch_size = int(self.arrays["batch_size"])

    # --- networks --------------------------------------------------------------------------------
    def layers(self, moment: Any) -> Layers:
        if isinstance(moment, tuple) and moment[0] == "run":
            other = Run(ROOT / moment[1])
            return other.layers(moment[2])
        if isinstance(moment, str):
            with np.load(ROOT / moment, allow_pickle=False) as arrays:
                count = len([name for name in arrays.files if name.startswith("weights_")])
                return [
                    (arrays[f"weights_{n}"].astype(float), arrays[f"biases_{n}"].astype(float))
                    for n in range(1, count + 1)
                ]
        return self.split(self.vector(moment))

    def vector(self, moment: Any) -> np.ndarray:
        """All parameters, layer by layer the weights and then the biases."""
        if isinstance(moment, str):
            return np.concatenate([part.ravel() for pair in self.layers(moment) for part in pair])
        if isinstance(moment, tuple):
            kind, place = moment
            step = int(self.arrays["step_numbers"][place]) - (kind == "before")
        else:
            step = self.steps[moment]
        (row,) = np.flatnonzero(self.arrays["state_steps"] == step)
        return self.arrays["states"][row].astype(np.float64)

    def split(self, vector: np.ndarray) -> Layers:
        found, start = [], 0
        for n_in, n_out in zip(self.sizes, self.sizes[1:], strict=False):
            weights = vector[start : start + n_in * n_out].reshape(n_out, n_in)
            start += n_in * n_out
            found.append((weights, vector[start : start + n_out]))
            start += n_out
        return found

    # --- digits ----------------------------------------------------------------------------------
    def examples(self, which: Any) -> tuple[np.ndarray, np.ndarray]:
        """(n, 784) and (n, 10)."""
        if isinstance(which, str):
            label = int(which.rpartition("/")[2][0])
            x, labels = np.asarray(Image.open(ROOT / which)).ravel()[None] / 255, [label]
        elif which == ("unseen",):
            x, labels = unseen()
        else:
            x, labels = training()
            if which[0] == "batch":
                rows = self.arrays["step_batches"][which[1]]
                x, labels = x[rows], labels[rows]
            elif len(which) == 2:
                x, labels = x[which[1] : which[1] + 1], labels[which[1] : which[1] + 1]
        return x, np.eye(10)[np.asarray(labels)]

    def picture(self, which: Any) -> np.ndarray:
        if isinstance(which, tuple) and which[0] == "noise":
            return np.random.default_rng(which[1]).random((28, 28)).ravel()
        return self.examples(which)[0][0]

    # --- numbers ---------------------------------------------------------------------------------
    def cost_at(self, vector: np.ndarray, which: Any) -> float:
        x, y = self.examples(which)
        outputs = forward(self.split(vector), x)[-1]
        return float(((outputs - y) ** 2).sum(axis=1).mean())

    def cost(self, moment: Any, which: Any) -> float:
        if (moment, which) not in self.kept:
            self.kept[moment, which] = self.cost_at(self.vector(moment), which)
        found: float = self.kept[moment, which]
        return found

    def outputs(self, moment: Any, which: Any) -> tuple[np.ndarray, np.ndarray]:
        x, y = self.examples(which)
        return forward(self.layers(moment), x)[-1], y

    def each(self, moment: Any, which: Any) -> np.ndarray:
        outputs, y = self.outputs(moment, which)
        return ((outputs - y) ** 2).sum(axis=1)

    def right(self, moment: Any, which: Any = ("unseen",)) -> np.ndarray:
        outputs, y = self.outputs(moment, which)
        return (outputs.argmax(axis=1) == y.argmax(axis=1)).astype(float)

    def gradient(self, moment: Any, which: Any) -> list[Any]:
        if ("gradient", moment, which) not in self.kept:
            found, _, _ = backward(self.layers(moment), *self.examples(which))
            self.kept["gradient", moment, which] = found
        return self.kept["gradient", moment, which]

    def back(self, moment: Any, which: Any) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
        """Of a single digit: a, dC/da, dC/dz and dC/d(W, b); all lists but the last by layer."""
        layers, (x, y) = self.layers(moment), self.examples(which)
        a = [one[0] for one in forward(layers, x)]
        gradients, wishes, _ = backward(layers, x, y)
        asked = [one[0] for one in wishes]
        dz = [d * b * (1 - b) for d, b in zip(asked[1:], a[1:], strict=True)]
        return a, asked, dz, gradients

    def turned_layers(self, moment: Any, layer: int, to: int, start: int, by: float) -> Layers:
        vector = self.vector(moment).copy()
        vector[self.place(layer, to, start)] += by
        return self.split(vector)

    def place(self, layer: int, to: int, start: int) -> int:
        """Where a weight stands in the vector."""
        before = sum((a + 1) * b for a, b in zip(self.sizes, self.sizes[1:layer], strict=False))
        return before + to * self.sizes[layer - 1] + start

    def turned(self, moment: Any, which: Any, layer: int, to: int, start: int, by: float) -> float:
        vector = self.vector(moment).copy()
        vector[self.place(layer, to, start)] += by
        return self.cost_at(vector, which)

    def rolled(self, column: int, moment: Any, which: Any, *rest: Any) -> list[float]:
        layer, to, start, by, rate, steps = rest
        found = []
        for _ in range(steps + 1):
            h = 1e-4
            low, high = (self.turned(moment, which, layer, to, start, by + d) for d in (-h, h))
            slope = (high - low) / (2 * h)
            found.append((by, self.turned(moment, which, layer, to, start, by), slope)[column])
            by -= rate * slope
        return found

    def descent(self, rate: float, size: int, steps: int, every: int, seed: int) -> list[float]:
        key = "descent", rate, size, steps, every, seed
        if key not in self.kept:
            x, y = self.examples(("training",))
            layers = [(w.copy(), b.copy()) for w, b in self.layers(0)]
            rng, order, costs = np.random.default_rng(seed), np.arange(len(x)), []
            starts = iter(())  # type: ignore[var-annotated]
            for step in range(steps + 1):
                if step % every == 0:
                    outputs = forward(layers, x)[-1]
                    costs.append(float(((outputs - y) ** 2).sum(axis=1).mean()))
                start = next(starts, None)
                if start is None:
                    starts = iter(range(0, len(x), size))
                    start = next(starts)
                    order = rng.permutation(len(x)) if size < len(x) else order
                rows = order[start : start + size]
                gradients, _, _ = backward(layers, x[rows], y[rows])
                for (w, b), (dw, db) in zip(layers, gradients, strict=True):
                    w -= rate * dw
                    b -= rate * db
            self.kept[key] = costs
        found: list[float] = self.kept[key]
        return found

    def angles(self, moment: Any, size: int, count: int, seed: int) -> list[float]:
        x, y = self.examples(("training",))

        def flat(rows: Any) -> np.ndarray:
            gradients, _, _ = backward(self.layers(moment), x[rows], y[rows])
            return np.concatenate([part.ravel() for pair in gradients for part in pair])

        whole, order = flat(slice(None)), np.random.default_rng(seed).permutation(len(x))
        found = []
        for number in range(count):
            one = flat(order[number * size : (number + 1) * size])
            cosine = one @ whole / np.sqrt((one @ one) * (whole @ whole))
            found.append(float(np.degrees(np.arccos(cosine))))
        return found

    def plane(self) -> tuple[np.ndarray, np.ndarray, float]:
        """Two directions, the path's coordinates, and the share of its squares."""
        if "plane" not in self.kept:
            path = np.array([self.vector(moment) for moment in range(len(self.steps))])
            ways = path - path[-1]
            values, vectors = np.linalg.eigh(ways @ ways.T)
            axes = []
            for place in (-1, -2):
                axis = vectors[:, place] @ ways
                axis /= np.linalg.norm(axis)
                axes.append(axis * np.sign(axis[np.abs(axis).argmax()]))
            share = values[-2:].sum() / values.sum()
            self.kept["plane"] = np.array(axes), ways @ np.array(axes).T, float(share)
        found: tuple[np.ndarray, np.ndarray, float] = self.kept["plane"]
        return found

    def on_plane(self, which: Any, across: float, up: float) -> float:
        return self.cost_at(
            self.vector(len(self.steps) - 1) + [across, up] @ self.plane()[0], which
        )

    # --- sources ---------------------------------------------------------------------------------
    def value(self, text: str, frame: dict[str, Any]) -> Any:
        """What a source says; ``frame`` has what is in it: connections, grids and scales."""
        if text in frame:
            return frame[text]
        if "tick(" in text:  # which is another one in another frame
            return self.worked_out(text, frame)
        if ("value", text) not in self.kept:
            self.kept["value", text] = self.worked_out(text, frame)
        return self.kept["value", text]

    def worked_out(self, text: str, frame: dict[str, Any]) -> Any:
        """What it says, by its calls."""
        moments = range(len(self.steps))
        _, coordinates, share = self.plane() if "path" in text else (None, np.zeros((1, 2)), 0.0)

        def moment_costs(which: Any) -> list[float]:
            return [self.cost(moment, which) for moment in moments]

        def layered(take: Any) -> Any:
            return lambda moment, which: One(
                tuple(take(pair) for pair in self.gradient(moment, which))
            )

        def one_pass(moment: Any, which: Any) -> list[np.ndarray]:
            return [a[0] for a in forward(self.layers(moment), self.picture(which)[None])]

        def carried(moment: Any, which: Any) -> One:
            entering = one_pass(moment, which)
            return One(
                tuple(w * a for (w, _), a in zip(self.layers(moment), entering, strict=False))
            )

        def back(moment: Any, which: Any) -> list[Any]:
            """Of each layer -dC/dz and -dC/da (of the input, too), and its weights."""
            layers = self.layers(moment)
            gradients, wishes, _ = backward(layers, *self.examples(which))
            return [[-db for _, db in gradients], [-one[0] for one in wishes], layers]

        def asks(moment: Any, which: Any) -> One:
            sums, _, layers = back(moment, which)
            return One(tuple(z[:, None] * w for z, (w, _) in zip(sums, layers, strict=True)))

        def tick(value: float) -> float:
            marks = frame["ticks"]
            return float(marks[np.abs(marks - value).argmin()])

        names = {
            "len": len,
            "sum": lambda values: float(np.sum(values)),
            "count": np.count_nonzero,
            "median": np.median,
            "above": lambda values, limit: (np.asarray(values) > limit).astype(float),
            "flat": np.ravel,
            "tick": tick,
            "training": Maybe("training"),
            "unseen": ("unseen",),
            "batch": lambda step: ("batch", step),
            "noise": lambda seed: ("noise", seed),
            "before": lambda step: ("before", step),
            "after": lambda step: ("after", step),
            "network": SimpleNamespace(
                sizes=self.sizes,
                parameters=sum(
                    (a + 1) * b for a, b in zip(self.sizes, self.sizes[1:], strict=False)
                ),
            ),
            "history": SimpleNamespace(
                snapshots=self.steps,
                steps=self.arrays["step_numbers"],
                rounds=np.array(self.steps) / -(-len(training()[1]) // self.batch_size),
                epochs=len(self.arrays["costs"]) - 1,
                learning_rate=self.rate,
                costs=self.arrays["costs"],
                batch_size=self.batch_size,
                training_digits=len(training()[1]),
            ),
            "path": SimpleNamespace(across=coordinates[:, 0], up=coordinates[:, 1], share=share),
            "never": (training()[0].max(axis=0) == 0).astype(float),
            "weights": lambda moment: One(tuple(w for w, _ in self.layers(moment))),
            "biases": lambda moment: One(tuple(b for _, b in self.layers(moment))),
            "activations": one_pass,
            "carried": carried,
            "reads": lambda moment, which: one_pass(moment, which)[-1].argmax(),
            "target": lambda which: self.examples(which)[1][0],
            "pixels": self.picture,
            "training_pixels": self.picture,
            "terms": lambda moment, which: (
                (one_pass(moment, which)[-1] - self.examples(which)[1][0]) ** 2
            ),
            "cost": self.cost,
            "costs": moment_costs,
            "each": self.each,
            "right": self.right,
            "weight_gradients": layered(lambda pair: pair[0]),
            "bias_gradients": layered(lambda pair: pair[1]),
            "z": lambda moment, which: One(
                tuple(
                    w @ a + b
                    for (w, b), a in zip(self.layers(moment), one_pass(moment, which), strict=False)
                )
            ),
            "slopes": lambda moment, which: One(
                tuple(a * (1 - a) for a in one_pass(moment, which)[1:])
            ),
            "activation_gradients": lambda moment, which: self.back(moment, which)[1],
            "z_gradients": lambda moment, which: One(tuple(self.back(moment, which)[2])),
            "back_terms": lambda moment, which: One(
                tuple(
                    w.T * dz
                    for (w, _), dz in zip(
                        self.layers(moment), self.back(moment, which)[2], strict=True
                    )
                )
            ),
            "turned": lambda moment, which, *turn: [
                a[0] for a in forward(self.turned_layers(moment, *turn), self.picture(which)[None])
            ],
            "transposed": lambda rows: np.asarray(rows).T,
            "snapshot": lambda file, place: ("run", file, place),
            "confidences": lambda which: [one_pass(moment, which)[-1].max() for moment in moments],
            "taught": lambda file: np.random.default_rng(
                int(Run(ROOT / file).arrays["shuffled_labels"])
            ).permutation(training()[1]),
            "training_costs": lambda file: Run(ROOT / file).arrays["costs"],
            "training_accuracies": lambda file: Run(ROOT / file).arrays["accuracies"],
            "card_digits": lambda file: card(file)["training"]["n"],
            "card_epochs": lambda file: card(file)["training"]["epochs"],
            "card_right": lambda file: card(file)["bundled"]["right"],
            "nudges": layered(lambda pair: -pair[0]),
            "bias_nudges": layered(lambda pair: -pair[1]),
            "wishes": lambda moment, which: back(moment, which)[1],
            "z_wishes": lambda moment, which: One(tuple(back(moment, which)[0])),
            "asks": asks,
            "steepness": lambda moment, which: sum(
                float((part**2).sum()) for pair in self.gradient(moment, which) for part in pair
            ),
            "nudged": self.turned,
            "slice": lambda *given: [self.turned(*given[:5], by) for by in np.linspace(*given[5:])],
            "rolled": lambda *given: self.rolled(0, *given),
            "rolled_costs": lambda *given: self.rolled(1, *given),
            "rolled_slopes": lambda *given: self.rolled(2, *given),
            "descent": self.descent,
            "angles": self.angles,
            "between": lambda start, end, which, count: [
                self.cost_at(self.vector(start) * (1 - t) + self.vector(end) * t, which)
                for t in np.linspace(0, 1, count)
            ],
            "on_plane": self.on_plane,
        }
        return eval(text, {"__builtins__": {}}, names)  # of records that the tests make themselves


class Maybe(tuple[str, ...]):
    """All training digits, ``training``; or one of them, ``training(17)``."""

    __slots__ = ()

    def __new__(cls, name: str) -> Maybe:
        return super().__new__(cls, (name,))

    def __call__(self, place: int) -> tuple[str, int]:
        return "training", place
