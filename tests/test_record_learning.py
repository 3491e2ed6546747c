"""Sources of learning: each against its own recomputation from the shipped files, with NumPy."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from film import ROOT
from test_record_schema import read, small

from litnet.record.ground import RecordGround
from litnet.record.sources import evaluate, parsed
from network import InputError

HERO = "assets/digits/3_hero.png"
OTHER = "assets/models/learner-seed1.npz"
HISTORY = "assets/models/learner.history.npz"


def ground_of(**paths: str) -> RecordGround:
    record = small()
    record["inputs"] = [
        {"path": path, "sha256": "0" * 64, "role": role} for role, path in paths.items()
    ]
    return RecordGround(read(record), 0, ROOT)


@pytest.fixture(scope="module")
def ground() -> RecordGround:
    return ground_of(history=HISTORY, model=OTHER)


# --- the files once more, without litnet ---


def idx(name: str, header: int) -> np.ndarray:
    import gzip

    data = gzip.decompress((ROOT / "assets" / "digits" / name).read_bytes())
    return np.frombuffer(data, dtype=np.uint8, offset=header)


@dataclasses.dataclass(frozen=True)
class Plain:
    """The arrays of a history's file, and its digits."""

    arrays: dict[str, np.ndarray]
    x: np.ndarray
    labels: np.ndarray

    def state(self, step: int) -> np.ndarray:
        (row,) = np.flatnonzero(self.arrays["state_steps"] == step)
        return self.arrays["states"][row].astype(float)


@pytest.fixture(scope="module")
def plain() -> Plain:
    with np.load(ROOT / HISTORY) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    images = idx("training-images-idx3-ubyte.gz", 16).reshape(4800, 784) / 255
    return Plain(found, images, idx("training-labels-idx1-ubyte.gz", 8))


def layers(vector: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    found, start = [], 0
    for n_in, n_out in ((784, 16), (16, 16), (16, 10)):
        w = vector[start : start + n_in * n_out].reshape(n_out, n_in)
        found.append((w, vector[start + n_in * n_out :][:n_out]))
        start += n_in * n_out + n_out
    return found


def outputs(vector: np.ndarray, x: np.ndarray) -> np.ndarray:
    for w, b in layers(vector):
        x = 1 / (1 + np.exp(-(x @ w.T + b)))
    return x


def cost(vector: np.ndarray, x: np.ndarray, labels: np.ndarray) -> float:
    a = outputs(vector, np.atleast_2d(x))
    return float(((a - np.eye(10)[np.atleast_1d(labels)]) ** 2).sum(axis=1).mean())


def place(layer: int, to: int, start: int | None) -> int:
    """Where a weight, or a bias, stands among all parameters."""
    before = [0, 784 * 16 + 16, 784 * 16 + 16 + 16 * 17][layer - 1]
    n_in, n_out = ((784, 16), (16, 16), (16, 10))[layer - 1]
    return before + (to * n_in + start if start is not None else n_out * n_in + to)


def slope(vector: np.ndarray, where: int, x: np.ndarray, labels: np.ndarray) -> float:
    costs = []
    for sign in (1, -1):
        moved = vector.copy()
        moved[where] += sign * 1e-4
        costs.append(cost(moved, x, labels))
    return (costs[0] - costs[1]) / 2e-4


def test_facts_and_curves(ground: RecordGround, plain: Plain) -> None:
    arrays = plain.arrays
    assert evaluate("history.epochs", ground) == len(arrays["costs"]) - 1 == 40
    assert evaluate("history.learning_rate", ground) == 1.5
    assert evaluate("history.batch_size", ground) == 32
    assert evaluate("history.training_digits", ground) == 4800
    assert evaluate("len(history.snapshots)", ground) == len(arrays["snapshot_steps"])
    assert parsed("history.snapshots").values(ground).tolist() == arrays["snapshot_steps"].tolist()
    assert parsed("history.steps").values(ground).tolist() == arrays["step_numbers"].tolist()
    for name in ("costs", "accuracies", "unseen_costs", "unseen_accuracies"):
        assert parsed(f"history.{name}").values(ground).tolist() == arrays[name].tolist()
        assert evaluate(f"history.{name}[5]", ground) == arrays[name][5]
    assert parsed("batch(1)").values(ground).tolist() == arrays["step_batches"][1].tolist()


def test_costs_answers_and_targets(ground: RecordGround, plain: Plain) -> None:
    from PIL import Image

    hero = np.asarray(Image.open(ROOT / HERO)).reshape(-1) / 255
    batch = plain.arrays["step_batches"][2]
    steps = plain.arrays["snapshot_steps"]
    for snapshot in (0, 8, len(steps) - 1):
        vector = plain.state(steps[snapshot])
        a = outputs(vector, plain.x)
        right = a.argmax(axis=1) == plain.labels
        for text, value in {
            f'cost({snapshot}, "{HERO}")': cost(vector, hero, np.array(3)),
            f"cost({snapshot}, training)": cost(vector, plain.x, plain.labels),
            f"cost({snapshot}, training(4321))": cost(vector, plain.x[4321], plain.labels[4321]),
            f"accuracy({snapshot}, training)": right.mean(),
            f"count(right({snapshot}, training))": right.sum(),
            f"reads({snapshot}, training(77))": a[77].argmax(),
            f'activations({snapshot}, "{HERO}")[3][8]': outputs(vector, hero)[8],
            f"weights({snapshot})[2][3][5]": layers(vector)[1][0][3, 5],
            f"biases({snapshot})[3][9]": layers(vector)[2][1][9],
        }.items():
            assert evaluate(text, ground) == pytest.approx(value, rel=1e-9), text
        unseen = plain.arrays["unseen_costs"]
        if steps[snapshot] % 150 == 0:
            epoch = steps[snapshot] // 150
            assert evaluate(f"cost({snapshot}, unseen)", ground) == pytest.approx(unseen[epoch])
    assert parsed(f'target("{HERO}")').values(ground).tolist() == [0, 0, 0, 1, *[0] * 6]
    assert evaluate("training_pixels(training(9))[300]", ground) == plain.x[9, 300]
    start = plain.state(plain.arrays["step_numbers"][2] - 1)
    assert evaluate("cost(before(2), batch(2))", ground) == pytest.approx(
        cost(start, plain.x[batch], plain.labels[batch])
    )


def test_gradients_by_central_differences(ground: RecordGround, plain: Plain) -> None:
    from PIL import Image

    hero = np.asarray(Image.open(ROOT / HERO)).reshape(-1) / 255
    vector = plain.state(plain.arrays["snapshot_steps"][9])
    few = np.arange(0, 4800)
    for layer, to, start in ((1, 4, 400), (2, 3, 7), (3, 8, 15)):
        for which, x, labels in (
            (f'"{HERO}"', hero, np.array(3)),
            ("training", plain.x[few], plain.labels[few]),
        ):
            for text, where in (
                (f"weight_gradients(9, {which})[{layer}][{to}][{start}]", place(layer, to, start)),
                (f"bias_gradients(9, {which})[{layer}][{to}]", place(layer, to, None)),
            ):
                expected = slope(vector, where, x, labels)
                assert evaluate(text, ground) == pytest.approx(expected, rel=1e-5, abs=1e-10), text
        # A bias is added to z: their slopes are one.
        assert evaluate(f'z_gradients(9, "{HERO}")[{layer}][{to}]', ground) == pytest.approx(
            evaluate(f'bias_gradients(9, "{HERO}")[{layer}][{to}]', ground), rel=1e-12
        )
    a = outputs(vector, hero)
    found = [evaluate(f'activation_gradients(9, "{HERO}")[3][{k}]', ground) for k in range(10)]
    np.testing.assert_allclose(found, 2 * (a - np.eye(10)[3]), rtol=1e-9)


def test_a_step_is_its_gradient(ground: RecordGround) -> None:
    for step in range(3):
        for text in ("weights({})[1][3][406]", "weights({})[3][2][9]", "biases({})[2][5]"):
            before, after = (
                evaluate(text.format(f"{s}({step})"), ground) for s in ("before", "after")
            )
            kind = "weight_gradients" if text.startswith("weights") else "bias_gradients"
            part = text.partition("({})")[2]
            gradient = evaluate(f"{kind}(before({step}), batch({step})){part}", ground)
            assert after == pytest.approx(before - 1.5 * gradient, rel=1e-5, abs=1e-5)


def test_landscape(ground: RecordGround, plain: Plain) -> None:
    end = plain.state(plain.arrays["snapshot_steps"][-1])
    with np.load(ROOT / OTHER) as other:
        parts = [other[f"{kind}_{n}"].ravel() for n in (1, 2, 3) for kind in ("weights", "biases")]
    last = len(plain.arrays["snapshot_steps"]) - 1
    between = end + 0.25 * (np.concatenate(parts) - end)
    assert evaluate(f'along({last}, "{OTHER}", training, 0.25)', ground) == pytest.approx(
        cost(between, plain.x, plain.labels)
    )
    moved = end.copy()
    moved[place(2, 3, 7)] -= 0.5
    assert evaluate(f"nudged({last}, training(5), 2, 3, 7, -0.5)", ground) == pytest.approx(
        cost(moved, plain.x[5], plain.labels[5])
    )
    moved = end.copy()
    moved[place(3, 4, None)] += 2
    assert evaluate(f"nudged({last}, unseen, 3, 4, 2.0)", ground) > 0
    assert evaluate(f"nudged({last}, training(5), 3, 4, 2.0)", ground) == pytest.approx(
        cost(moved, plain.x[5], plain.labels[5])
    )
    # The plane, by the eigenvectors of the path's own products.
    ways = np.array([plain.state(step) for step in plain.arrays["snapshot_steps"]]) - end
    values, vectors = np.linalg.eigh(ways @ ways.T)
    axes = []
    for k in (-1, -2):
        axis = vectors[:, k] @ ways / np.sqrt(values[k])
        axes.append(axis * np.sign(axis[np.abs(axis).argmax()]))
    assert evaluate("path.share", ground) == pytest.approx(values[-2:].sum() / values.sum())
    for k in (0, 8):
        for axis in (0, 1):
            assert evaluate(f"path[{k}][{axis}]", ground) == pytest.approx(
                ways[k] @ axes[axis], rel=1e-6
            )
    there = end + 3.0 * axes[0] - 1.5 * axes[1]
    assert evaluate("on_plane(training, 3.0, -1.5)", ground) == pytest.approx(
        cost(there, plain.x, plain.labels), rel=1e-6
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cost(99, training)", "There is no number 99, expected 0 to 18"),
        ("cost(before(99), training)", "There is no number 99"),
        ("cost(0, training(4800))", "There is no number 4800, expected 0 to 4799"),
        ("cost(0, batch(99))", "There is no number 99"),
        ('cost(0, "pyproject.toml")', "nobody knows what that file shows|no digit that the record"),
        ('cost("assets/models/vanilla.npz", training)', "no network that the record names"),
        ('cost("/etc/passwd", training)', "no network that the record names"),
        ("cost(training, 0)", "found 'training', expected a number from 0"),
        ("cost(0, weights)", "expected a digit's file, training.N., training"),
        ("cost(0)", "found 'cost', which no record says"),
        ("activations(0, training)[1][2]", "expected a digit's file, training.N. or noise"),
        ("cost(0, noise(7))", "found 'noise.7.', expected a digit's file"),
        ("nudged(0, training, 9, 0, 0, 1.0)", r"found no parameter \(0, 0\) in layer 9"),
        ("weights(0)[0][0][0]", "there is no layer 0, expected 1 to 3"),
        ("history.nothing", "found 'history.nothing', which no record says"),
        ("along(0, 1, training, nan)", "found 'nan', expected a number"),
    ],
)
def test_what_is_refused(ground: RecordGround, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        evaluate(text, ground)


def test_without_a_training_run(tmp_path: Any) -> None:
    with pytest.raises(InputError, match="No training run is filmed in this clip"):
        evaluate("history.epochs", ground_of(model=OTHER))
    with pytest.raises(InputError, match=r"found no such|cannot be read"):
        evaluate("history.epochs", ground_of(history="gone.history.npz"))
    with pytest.raises(InputError, match="found other digits"):
        import gzip
        import struct

        images = struct.pack(">IIII", 2051, 1, 28, 28) + bytes(784)
        (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
        labels = struct.pack(">II", 2049, 1) + b"\x03"
        (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))
        evaluate(
            "history.epochs",
            ground_of(history="assets/models/learner-seed1.history.npz", training=str(tmp_path)),
        )
