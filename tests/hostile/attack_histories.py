"""Training runs in files that lie or grow, ``train --history``, and the cache of outlines."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from arena import EVIL_NAMES, ROOT, SPECIAL, Field, Place, damaged, put, remove

LEARNER = ROOT / "assets" / "models" / "learner.history.npz"


def changed(**changes: Any) -> bytes:
    """The shipped run with some arrays changed; None takes one away. Zeros take little room."""
    with np.load(LEARNER) as arrays:
        parts = {key: arrays[key] for key in arrays.files}
    for key, value in changes.items():
        if value is None:
            del parts[key]
        else:
            parts[key] = value(parts[key]) if callable(value) else np.asarray(value)
    stream = io.BytesIO()
    np.savez_compressed(stream, **parts)
    return stream.getvalue()


def at(place: Any, value: float) -> Any:
    def change(array: Any) -> Any:
        array = array.copy()
        array[place] = value
        return array

    return change


def moments(count: int, sizes: list[int]) -> dict[str, Any]:
    """So many states of a tiny network."""
    numbers = sum(a * b + b for a, b in pairwise(sizes))
    names = ["sigmoid"] * (len(sizes) - 1)
    states = np.zeros((count, numbers), "f4")
    return {"sizes": sizes, "activations": names, "states": states, "state_steps": np.arange(count)}


def cases() -> Iterator[tuple[str, bytes]]:
    yield "5 million moments", changed(**moments(5_000_000, [1, 1]))
    yield "1,001 moments", changed(**moments(1001, [1, 1]))
    yield "100 layers", changed(**moments(3, [2] * 101))
    yield "250 million zeros", changed(states=np.zeros((250_000, 1000), "i1"))
    yield "60 MB of names", changed(activations=np.zeros(1_500_000, "U10"))
    yield "a name of 15 MB", changed(activations=np.array(["x" * 4_000_000]))
    yield "9 million costs", changed(costs=np.zeros(9_000_000))
    yield "steps beyond", changed(step_numbers=at(0, 2**62))
    yield "a digit of 2^31", changed(step_batches=at((0, 0), 2**31 - 1))
    yield "steps from below", changed(state_steps=at(0, -(2**31)))
    yield "no parts", changed(states=lambda a: a[:0], state_steps=lambda a: a[:0])
    for key in ("costs", "accuracies", "learning_rate", "states"):
        for value in (np.nan, np.inf, -1e308, 1.7e308):
            if key != "states" or not np.isfinite(value):
                if (key, value) == ("learning_rate", 1.7e308):
                    continue  # a rate like any other
                yield f"{key} of {value}", changed(**{key: at(..., value)})
    for key in ("seed", "batch_size", "training_digits", "shuffled_labels"):
        for number in (-(2**62), 2**62 + 1):
            yield f"{key} of {number}", changed(**{key: np.array(number)})
    for key in ("format", "loss", "optimiser", "training_digest", "activations"):
        shape = 2 if key == "activations" else ()
        for word in (*EVIL_NAMES, "", "x" * 100_000):
            yield f"{key} of {word[:20]!a}", changed(**{key: np.full(shape, word)})
        yield f"no {key}", changed(**{key: None})
        yield f"{key} of objects", changed(**{key: np.array({"a": 1}, dtype=object)})
    for name in EVIL_NAMES:
        yield f"an array called {name!a}", changed(**{name: np.zeros(3)})
    yield "nothing", b""
    yield "no zip", b"PK" + bytes(10_000)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("states.npy", bytes(300_000_000))
    yield "300 MB of zeros", stream.getvalue()


def test_histories(attacks: Field, place: Place) -> None:
    """``litnet model RUN``: a damaged one is refused, whatever was changed in it."""
    file = place.given / "run.history.npz"
    for what, data in cases():
        file.write_bytes(data)
        attacks.judge(what, place.run("model", file), refuse=True)
    for number in range(30):
        file.write_bytes(damaged(LEARNER.read_bytes(), attacks.rng))
        more = attacks.random.choice([("--json",), ("--csv", place.given / "a.csv"), ()])
        attacks.judge(f"damage {number}", place.run("model", file, *more))
    for kind in SPECIAL:
        put(file, kind)
        attacks.judge(f"a {kind}", place.run("model", file), refuse=True)
        attacks.judge(f"a {kind}", place.run("status", LITNET_HISTORY=str(file)))
    remove(file)
    for name in (*EVIL_NAMES, "\udcff"):
        file = place.given / f"{name}.history.npz"
        file.write_bytes(LEARNER.read_bytes())
        attacks.judge("a name", place.run("model", file), refuse=False)
        remove(file)
        attacks.judge("a name", place.run("model", file), refuse=True)


def test_training_runs(attacks: Field, place: Place) -> None:
    """``litnet train --history``: where it may be written, and options of every kind."""
    command = ("train", "--epochs", "1", "--layers", "784-3-10", "-o", place.given / "m.npz")
    names = (*EVIL_NAMES, "x" * 300, "", "..", "a.npz", ".history.npz", "no/a.history.npz")
    for name in names:
        file = place.given / (name if "." in name[-12:] else f"{name}.history.npz")
        attacks.judge("a name", place.run(*command, "--history", file))
    for kind in SPECIAL:
        file = place.given / "put.history.npz"
        put(file, kind)
        ended = place.run(*command, "--history", file)
        attacks.judge(f"a {kind}", ended, refuse=True if kind == "folder" else None)
        remove(file)
    run = (*command, "--history", place.given / "a.history.npz")
    for more in (
        ("--optimizer", "sgd", "--learning-rate", "1e308"),
        ("--optimizer", "sgd", "--learning-rate", "1e-320"),
        ("--learning-rate", "inf"),
        ("--batch-size", "1000000"),
        ("--layers", "784-9999999-10"),
        ("--layers", "784-" + "-".join(["2"] * 80) + "-10"),
        ("--layers", "3-3-3"),
        ("--activation", EVIL_NAMES[1]),
        ("--loss", EVIL_NAMES[0]),
        ("--loss", "cross_entropy", "--activation", "relu"),
        ("--validation", "4800"),
        ("--seed", str(2**62)),
    ):
        attacks.judge(f"train {more}"[:60], place.run(*run, *more))


def test_outlines(attacks: Field, place: Place) -> None:
    """A cache that is damaged, or somebody else's, costs time; the film stays the same."""
    force = ("render", "Recap", "-q", "l", "--force", "--workers", "1")
    kept = place.given / "cache"
    first = place.run(*force, LITNET_CACHE=str(kept))
    attacks.judge("a right one", first, refuse=False)
    film = place.published()["Recap.mp4"]
    entries = sorted((kept / "outlines").iterdir())
    attacks.count("entries", [] if entries else ["no outlines were kept"])

    def rendered(what: str, cache: object) -> None:
        ended = place.run(*force, LITNET_CACHE=str(cache))
        same = place.published()["Recap.mp4"] == film
        attacks.judge(what, ended, refuse=False, also=[] if same else ["another film"])

    whole = [entry.read_bytes() for entry in entries]
    for what in attacks.random.sample(["cut", "flipped", "nothing", "another's", *SPECIAL], 5):
        for entry, data in zip(entries, whole, strict=True):
            if what in SPECIAL:
                put(entry, what)
                continue
            remove(entry)
            middle = len(data) // 2
            flipped = data[:middle] + bytes([data[middle] ^ 4]) + data[middle + 1 :]
            damage = {"cut": data[:middle], "flipped": flipped, "nothing": b""}
            entry.write_bytes(damage.get(what, attacks.random.choice(whole)))
        if what == "another's":  # what it says is right in itself
            (kept / "outlines").chmod(0o777)
            entries[0].write_bytes(whole[-1] if len(whole) > 1 else whole[0])
        rendered(f"entries: {what}", kept)
        (kept / "outlines").chmod(0o700)
    for kind in attacks.random.sample(SPECIAL, 2):
        put(place.given / "odd", kind)
        rendered(f"a {kind} for a cache", place.given / "odd")
        remove(place.given / "odd")
    for name in attacks.random.sample(["x" * 5000, "~nobody/x", "relative", "/proc", "/"], 2):
        rendered(f"a cache called {name[:20]}", name)
    remove(Path("/outlines"))
    assert os.path.isdir(kept)
