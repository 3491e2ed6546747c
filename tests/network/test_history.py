"""Histories: what a run leaves, read back; each step recomputed; hostile and damaged files."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from network import History, InputError, load_history, load_network, save_history
from network.digits import DIGITS, bundled_digits, leave_out, load_idx, training_digits
from network.history import Recorder, chosen_steps, digits_digest, shuffled
from network.history_file import KEYS
from network.training import accuracy, train

LEARNER = DIGITS.parent / "models" / "learner.history.npz"


def toy(n: int = 100) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, n)
    images = rng.integers(0, 100, (n, 3, 2)).astype(np.uint8)
    images[np.arange(n), labels] += 120
    return images, labels.astype(np.uint8)


def run(optimiser: str = "sgd", stop: int | None = None, **changes: Any) -> History:
    """Six epochs of a 6-5-3 network, in batches of 8: 13 steps each, the last of 4 examples."""
    images, labels = toy()
    facts: dict[str, Any] = {
        "epochs": 6,
        "batch_size": 8,
        "learning_rate": 0.5,
        "loss": "squares",
        "optimiser": optimiser,
        **changes,
    }
    recorder = Recorder(images, labels, **facts, seed=4, parameters=53, unseen=toy(40))
    moments = train(
        images,
        labels,
        sizes=(6, 5, 3),
        activations=("sigmoid", "sigmoid"),
        rng=np.random.default_rng(4),
        steps=recorder.wanted,
        **facts,
    )
    for moment in moments:
        recorder.add(moment)
        if stop is not None and moment.step >= stop:
            break
    return recorder.history()


@pytest.fixture(scope="module")
def history() -> History:
    return run()


@pytest.fixture(scope="module")
def file(history: History, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("history") / "toy.history.npz"
    save_history(history, path)
    return path


def test_what_a_run_leaves(history: History) -> None:
    assert [s.step for s in history.snapshots] == [0, 1, 2, 5, 10, *range(13, 79, 13)]
    assert [s.epoch for s in history.snapshots] == [0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6]
    assert [step.number for step in history.steps] == [1, 2, 11, 14, 66, 78]
    assert len(history.steps[-1].batch) == 4
    assert (history.epochs, history.steps_an_epoch) == (6, 13)
    assert history.mlp is history.snapshots[-1].mlp
    assert repr(history) == "History(6-5-3, 6 epochs, 11 snapshots)"
    images, labels = toy()
    for epoch in range(7):
        mlp = next(s.mlp for s in history.snapshots if s.step == 13 * epoch)
        a = mlp.forward(images.reshape(100, 6) / 255).activations[-1]
        cost = ((a - np.eye(3)[labels]) ** 2).sum(axis=1).mean()
        assert history.costs[epoch] == pytest.approx(cost, rel=1e-6)
        assert history.accuracies[epoch] == accuracy(mlp, images, labels)
        assert history.unseen_accuracies[epoch] == accuracy(mlp, *toy(40))


def test_each_step_is_its_gradients(history: History) -> None:
    """after = before - rate * gradient, the gradient by central differences."""
    images, labels = toy()
    x, y = images.reshape(100, 6) / 255, np.eye(3)[labels]
    for step in history.steps:
        batch = step.batch
        for number in range(2):
            before, after = step.before.layers[number], step.after.layers[number]
            for name in ("weights", "biases"):
                values = getattr(before, name)
                moved = getattr(after, name) - values
                for place in np.ndindex(values.shape):
                    costs = []
                    for sign in (1e-5, -1e-5):
                        nudged = values.copy()
                        nudged[place] += sign
                        layers = list(step.before.layers)
                        layers[number] = dataclasses.replace(before, **{name: nudged})
                        a = dataclasses.replace(step.before, layers=tuple(layers))
                        out = a.forward(x[batch]).activations[-1]
                        costs.append(((out - y[batch]) ** 2).sum(axis=1).mean())
                    slope = (costs[0] - costs[1]) / 2e-5
                    assert moved[place] == pytest.approx(-0.5 * slope, abs=1e-6)


def test_it_comes_back_as_it_was(history: History, file: Path, tmp_path: Path) -> None:
    again = load_history(file)
    assert again.digest == history.digest
    for field in dataclasses.fields(History):
        if field.name not in ("snapshots", "steps"):
            a, b = getattr(again, field.name), getattr(history, field.name)
            assert np.array_equal(a, b), field.name
    for a, b in zip(again.snapshots, history.snapshots, strict=True):
        assert (a.step, a.epoch, a.mlp.digest) == (b.step, b.epoch, b.mlp.digest)
    for a, b in zip(again.steps, history.steps, strict=True):
        assert a.number == b.number
        assert a.batch.tolist() == b.batch.tolist()
        assert (a.before.digest, a.after.digest) == (b.before.digest, b.after.digest)
    save_history(again, tmp_path / "b.history.npz")
    assert (tmp_path / "b.history.npz").read_bytes() == file.read_bytes()
    assert run().digest == history.digest


def test_frozen(history: History) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        history.seed = 1  # type: ignore[misc]
    for array in (history.costs, history.steps[0].batch):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True
    changed = dataclasses.replace(history, seed=5)
    assert changed.digest != history.digest


def test_its_digits(history: History) -> None:
    images, labels = toy()
    x, given = history.examples(images, labels)
    assert x.shape == (100, 6)
    assert given.tolist() == labels.tolist()
    with pytest.raises(InputError, match=r"found other digits \(99, "):
        history.examples(images[1:], labels[1:])
    with pytest.raises(InputError, match="found other digits"):
        history.examples(images, labels[::-1])
    first = history.steps[0]
    false = dataclasses.replace(first, batch=(first.batch + 1) % 100)
    with pytest.raises(InputError, match="step 1: found other parameters after it than its grad"):
        dataclasses.replace(history, steps=(false,)).examples(images, labels)
    with pytest.raises(InputError, match="step 2: found other parameters"):
        none = dataclasses.replace(history.steps[1], after=history.steps[-1].after)
        dataclasses.replace(history, steps=(first, none)).examples(images, labels)


def test_shuffled_labels() -> None:
    images, labels = toy()
    other = shuffled(labels, 3)
    assert sorted(other) == sorted(labels)
    assert other.tolist() != labels.tolist()
    found = dataclasses.replace(
        run(), shuffled_labels=3, training_digest=digits_digest(images, other), steps=()
    )
    assert found.examples(images, labels)[1].tolist() == other.tolist()


def test_a_run_that_was_stopped_keeps_its_last_epoch() -> None:
    stopped = run(epochs=40, stop=13 * 17)
    assert stopped.epochs == 17
    assert stopped.snapshots[-1].step == 13 * 17
    assert len(stopped.costs) == 18
    assert [step.number for step in stopped.steps] == [1, 2, 11, 14, 66]


def test_adam_leaves_no_steps() -> None:
    assert run(optimiser="adam", learning_rate=0.01).steps == ()


@pytest.mark.parametrize(
    ("epochs", "steps_an_epoch"), [(1, 1), (1, 150), (2, 3), (40, 150), (400, 428)]
)
def test_chosen_moments(epochs: int, steps_an_epoch: int) -> None:
    snapshots, steps = chosen_steps(epochs, steps_an_epoch)
    last = epochs * steps_an_epoch
    assert snapshots[0] == 0
    assert snapshots[-1] == last
    assert snapshots == sorted(set(snapshots))
    assert len(snapshots) <= 26
    assert all(1 <= step <= last for step in steps)
    assert steps[0] == 1
    assert steps[-1] == last
    assert all(step - 1 in snapshots or step in snapshots for step in steps)


def test_a_history_too_large_is_refused_before_the_run() -> None:
    images, labels = toy()
    with pytest.raises(
        InputError, match=r"moments of 5,000,000 parameters is larger than 10,000,0"
    ):
        Recorder(
            images,
            labels,
            epochs=6,
            batch_size=8,
            learning_rate=1.0,
            loss="squares",
            optimiser="sgd",
            seed=0,
            parameters=5_000_000,
        )


# --- Bad files ---


def rewritten(file: Path, target: Path, **changes: Any) -> Path:
    """A copy with some arrays changed; None takes one away."""
    with np.load(file) as arrays:
        parts = {key: arrays[key] for key in arrays.files}
    for key, value in changes.items():
        if value is None:
            del parts[key]
        else:
            parts[key] = value(parts[key]) if callable(value) else np.asarray(value)
    np.savez(target, **parts)
    return target


def broken(place: tuple[int, ...], value: float) -> Any:
    def change(array: np.ndarray) -> np.ndarray:
        array = array.copy()
        array[place] = value
        return array

    return change


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "litnet-1"}, "found the format 'litnet-1', expected 'litnet-history-1'"),
        ({"costs": None}, "found no costs, expected format, sizes"),
        ({"extra": [1.0]}, "found the unknown extra"),
        ({"sizes": [6, 5]}, "found 2 sizes and 2 activations"),
        ({"sizes": [6, -5, 3]}, "found 3 sizes and 2 activations, expected a positive size"),
        ({"sizes": [6, 4, 3]}, r"states of shape \(\d+, 53\), expected \(\d+, 43\)"),
        ({"sizes": [2**30, 2**30, 3]}, "found states of shape"),
        ({"activations": ["sigmoid", "swish"]}, "step 0: unknown activation 'swish'"),
        ({"states": broken((3, 7), np.nan)}, "step 5: weights: found NaN"),
        ({"states": lambda a: a[:-1]}, "a row for each of the state_steps"),
        ({"states": lambda a: a.astype(int)}, "found states of type int64"),
        ({"states": lambda a: a.astype(complex)}, "complex128"),
        ({"state_steps": broken((1,), 0)}, "found state_steps out of order"),
        ({"state_steps": lambda a: a.astype(float)}, "found state_steps of type float64"),
        ({"snapshot_steps": broken((1,), 3)}, "found no state after step 3"),
        ({"snapshot_steps": lambda a: a[::-1]}, "found snapshots out of order"),
        ({"snapshot_steps": lambda a: a[1:]}, "found snapshots out of order, .* from step 0"),
        ({"snapshot_steps": lambda a: a[:0]}, "found no snapshots"),
        ({"step_numbers": broken((0,), 5)}, "found no state after step 4"),
        ({"step_numbers": broken((0,), 0)}, "found no state after step -1"),
        ({"step_numbers": lambda a: a[[0, 0, 2, 3, 4, 5]]}, "found steps out of order"),
        ({"step_batches": broken((0, 0), 100)}, "step 1: found a batch that is none"),
        ({"step_batches": broken((0, 0), -2)}, "step 1: found a batch that is none"),
        ({"step_batches": broken((0, 0), -1)}, "step 1: found -1 inside its batch"),
        ({"step_batches": lambda a: a[:, :3]}, r"found step_batches of shape \(6, 3\)"),
        ({"step_batches": lambda a: 0 * a}, "step 1: found a batch that is none"),
        ({"step_batches": lambda a: 0 * a - 1}, "step 1: found a batch that is none"),
        ({"costs": broken((2,), np.nan)}, "found costs that are none, expected them from 0 to 1e"),
        ({"costs": broken((2,), 1e300)}, "found costs that are none"),
        ({"activations": np.full((40_000, 3), "sigmoid")}, "840,000 letters in activations"),
        ({"costs": broken((2,), -1)}, "found costs that are none"),
        ({"costs": lambda a: a[:-1]}, r"found accuracies of shape \(7,\), expected \(6,\)"),
        ({"accuracies": broken((2,), 1.5)}, "found accuracies that are none, .* from 0 to 1"),
        ({"unseen_costs": np.empty(0)}, "found one of two unseen curves"),
        ({"learning_rate": np.inf}, "found the learning rate inf"),
        ({"learning_rate": [1.0, 2.0]}, "found learning_rate of type float64 and shape"),
        ({"batch_size": 0}, "found batches of 0 among 100 digits"),
        ({"training_digits": 2**40}, "found the number of training digits 1099511627776"),
        ({"training_digits": 20}, "found step 26, expected none after 18"),
        ({"seed": -1}, "found the seed -1"),
        ({"seed": np.uint64(2**64 - 1)}, "found 18446744073709551615 in seed"),
        ({"shuffled_labels": -2}, "found the seed of labels -2"),
        ({"training_digest": "0" * 63}, "expected a sha256 in hex"),
        ({"training_digest": "\x1b" * 64}, r"\\x1b.*expected a sha256 in hex"),
        ({"loss": "cubes"}, "unknown loss 'cubes'"),
        ({"loss": "cross_entropy"}, "found sigmoid in the last layer, expected softmax"),
        ({"optimiser": "newton"}, "unknown optimiser 'newton'"),
        ({"optimiser": "adam"}, "found steps of adam, expected them of sgd only"),
        ({"seed": np.array({"a": 1}, dtype=object)}, "objects are never unpickled"),
    ],
)
def test_bad_files(file: Path, tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    bad = rewritten(file, tmp_path / "bad.history.npz", **changes)
    with pytest.raises(InputError, match=message) as caught:
        load_history(bad)
    assert str(caught.value).startswith(f"{bad}: ")
    assert "\n" not in str(caught.value)


def test_too_many_moments_are_refused_before_there_are_networks(tmp_path: Path, file: Path) -> None:
    """Five million networks of two parameters would take gigabytes."""
    count = 5_000_000 // 2
    bad = rewritten(
        file,
        tmp_path / "bad.history.npz",
        sizes=[1, 1],
        activations=["sigmoid"],
        states=np.zeros((count, 2), "f4"),
        state_steps=np.arange(count),
    )
    with pytest.raises(InputError, match=r"found 2,500,000 states, expected at most 1,000"):
        load_history(bad)


def test_every_cut_and_flipped_byte_is_a_sentence(file: Path, tmp_path: Path) -> None:
    data = file.read_bytes()
    bad = tmp_path / "bad.history.npz"
    rng = np.random.default_rng(0)
    for end in rng.integers(0, len(data), 60):
        bad.write_bytes(data[:end])
        with pytest.raises(InputError):
            load_history(bad)
    whole = load_history(file).digest
    for place in rng.integers(0, len(data), 300):
        flipped = bytearray(data)
        flipped[place] ^= 1 << int(rng.integers(8))
        bad.write_bytes(flipped)
        try:
            # Only what a zip does not guard (a time of day, a comment) may go unnoticed.
            assert load_history(bad).digest == whole
        except InputError as error:
            assert "\n" not in str(error)


def test_a_few_bytes_that_declare_gigabytes(file: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bomb.history.npz"
    with zipfile.ZipFile(file) as good, zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as archive:
        for key in KEYS:
            data = good.read(f"{key}.npy")
            if key == "states":
                stream = io.BytesIO()
                header = {"descr": "<f4", "fortran_order": False, "shape": (18, 20_000_000)}
                np.lib.format.write_array_header_1_0(stream, header)
                data = stream.getvalue() + bytes(4 * 18 * 1_000_000)
            archive.writestr(f"{key}.npy", data)
    with pytest.raises(InputError):
        load_history(bad)


@pytest.mark.parametrize("name", ["gone.history.npz", "."])
def test_no_file(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be read|found a folder"):
        load_history(tmp_path / name)


def test_a_network_is_no_history_and_the_reverse() -> None:
    with pytest.raises(
        InputError, match="found the format 'litnet-1', expected 'litnet-history-1'"
    ):
        load_history(DIGITS.parent / "models" / "vanilla.npz")
    with pytest.raises(InputError, match=r"learner\.history\.npz: "):
        load_network(LEARNER)


@pytest.mark.parametrize("name", ["run.npz", "run.history", ".history.npz"])
def test_names(history: History, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"expected NAME\.history\.npz"):
        save_history(history, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


# --- What ships ---


def test_the_training_digits() -> None:
    images, labels = training_digits()
    assert (images.shape, images.dtype) == ((4800, 28, 28), np.uint8)
    assert (labels.shape, labels.dtype) == ((4800,), np.uint8)
    assert np.bincount(labels).tolist() == [480] * 10
    bundled = np.array([digit.image() for digit in bundled_digits()])
    assert leave_out(images, labels, bundled)[2] == 0
    assert len({image.tobytes() for image in images}) == 4800


def test_training_digits_of_a_folder_leave_out_the_bundled(tmp_path: Path) -> None:
    from network_samples import write_idx

    images, _ = training_digits()
    hero = np.rint(bundled_digits()[70].image() * 255).astype(np.uint8)
    write_idx(tmp_path, np.array([images[7], hero, images[3]]), np.array([0, 3, 0]))
    found, given = training_digits(tmp_path)
    assert found.tolist() == images[[7, 3]].tolist()
    assert given.tolist() == [0, 0]
    assert len(load_idx(tmp_path)[0]) == 3


@pytest.mark.parametrize("name", ["learner", "learner-seed1"])
def test_the_learner(name: str) -> None:
    """The run that films show: its digits are those that ship, and its steps are steps."""
    history = load_history(LEARNER.with_name(f"{name}.history.npz"))
    assert history.mlp.digest == load_network(LEARNER.with_name(f"{name}.npz")).digest
    assert history.mlp.sizes == (784, 16, 16, 10)
    assert {layer.activation for layer in history.mlp.layers} == {"sigmoid"}
    assert (history.loss, history.optimiser) == ("squares", "sgd")
    assert (history.learning_rate, history.batch_size, history.epochs) == (1.5, 32, 40)
    assert len(history.steps) >= 3
    images, labels = training_digits()
    x, given = history.examples(images, labels)
    assert given.tolist() == labels.tolist()
    bundled = bundled_digits()
    seen = x, np.eye(10)[labels]
    unseen = (
        np.array([digit.image().ravel() for digit in bundled]),
        np.eye(10)[[digit.label for digit in bundled]],
    )
    for snapshot in history.snapshots:
        if snapshot.step % history.steps_an_epoch:
            continue
        for (inputs, y), costs, accuracies in (
            (seen, history.costs, history.accuracies),
            (unseen, history.unseen_costs, history.unseen_accuracies),
        ):
            a = np.asarray(inputs, dtype=np.float64)
            for layer in snapshot.mlp.layers:
                a = 1 / (1 + np.exp(-(a @ layer.weights.T + layer.biases)))
            cost = ((a - y) ** 2).sum(axis=1).mean()
            assert costs[snapshot.epoch] == pytest.approx(cost, rel=1e-9)
            right = (a.argmax(axis=1) == y.argmax(axis=1)).mean()
            assert accuracies[snapshot.epoch] == pytest.approx(right, abs=1e-12)
    # It learns, and in the end by heart: its own digits' cost falls on, the others' does not.
    assert history.accuracies[0] < 0.2
    assert history.unseen_accuracies[-1] > 0.85
    assert history.costs[-1] < 0.5 * history.costs[10] < 0.5 * history.costs[5]
    assert history.unseen_costs[-1] > 3 * history.costs[-1]
