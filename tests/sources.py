"""What the sources in a record stand for, worked out from the files of a model and of digits."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from film import ROOT, Film, Truth, plain_forward


@cache
def truth_of(model: Path, digit: Path) -> Truth:
    """What a model makes of a digit."""
    return Truth(model, digit)


def numbers_of(truth: Truth, source: str) -> list[float]:
    """The list that a source without a last index stands for."""
    part = re.fullmatch(r"(.*)\[:(\d+)\]", source)
    if part:
        return numbers_of(truth, part[1])[: int(part[2])]
    if match := re.fullmatch(r"activations\[(\d+)\]", source):
        return truth.activations[int(match[1])]
    match = re.fullmatch(r"(weights|contributions)\[(\d+)\]\[(\d+)\]", source)
    assert match, f"a source that nobody can check: {source!r}"
    layer, neuron = int(match[2]), int(match[3])
    weights = truth.layers[layer - 1][0][neuron]
    if match[1] == "weights":
        return weights
    arriving = truth.activations[layer - 1]
    return [w * a for w, a in zip(weights, arriving, strict=True)]


def evaluate(film: Film, source: str, frame: int | None = None) -> float:
    """The number that a source stands for, whichever digit it is about.

    ``frame`` is that in which the number is seen, where it counts what is on screen.
    """
    if source == "len(signed)":
        (shown,) = [s for s in film.record["snapshots"] if s["frame"] == frame]
        return len(shown["signed"])
    if match := re.fullmatch(r"readings\[(\d+)\]\.(.*)", source):
        reading = film.record["readings"][int(match[1])]
        return number_of(reading_truth(film, reading), match[2])
    return number_of(truth_of(film.model, film.digit), source)


def reading_truth(film: Film, reading: dict[str, Any]) -> Truth:
    """What the model of a film makes of a digit, with a knob turned by hand if the record says."""
    digit, change = ROOT / reading["digit"], reading.get("change")
    if change is None:
        return truth_of(film.model, digit)
    truth = Truth(film.model, digit)
    weights, biases, _ = truth.layers[change["layer"] - 1]
    if change["input"] is None:
        biases[change["neuron"]] = change["value"]
    else:
        weights[change["neuron"]][change["input"]] = change["value"]
    truth.activations = plain_forward(truth.layers, truth.activations[0])
    truth.confidence = max(truth.activations[-1])
    truth.prediction = truth.activations[-1].index(truth.confidence)
    return truth


def number_of(truth: Truth, source: str) -> float:
    """The number that a source stands for, of one forward pass."""
    if source == "network.parameters":
        return sum(len(w) * len(w[0]) + len(b) for w, b, _ in truth.layers)
    if source == "sum(network.sizes[1:])":
        return sum(truth.sizes[1:])
    if match := re.fullmatch(r"network\.sizes\[(\d+)\] \* network\.sizes\[(\d+)\]", source):
        return truth.sizes[int(match[1])] * truth.sizes[int(match[2])]
    if match := re.fullmatch(r"sum\((?:(positive|negative)\()?([^()]*)\)?\)", source):
        numbers = numbers_of(truth, match[2])
        if match[1] == "positive":
            numbers = [number for number in numbers if number > 0]
        elif match[1] == "negative":
            numbers = [number for number in numbers if number < 0]
        return sum(numbers)
    if match := re.fullmatch(r"(biases|z)\[(\d+)\]\[(\d+)\]", source):
        bias: float = truth.layers[int(match[2]) - 1][1][int(match[3])]
        if match[1] == "biases":
            return bias
        return bias + sum(numbers_of(truth, f"contributions[{match[2]}][{match[3]}]"))
    if match := re.fullmatch(r"((?:weights|contributions)\[\d+\]\[\d+\])\[(\d+)\]", source):
        return numbers_of(truth, match[1])[int(match[2])]
    return truth.evaluate(source)
