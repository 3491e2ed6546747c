"""The default model and its card: what one says, the other does."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pytest

from network import load_network
from network.classes import read_card
from network.digits import DIGITS, bundled_digits, hero_digit, leave_out, load_idx
from network.training import accuracy

MODEL = DIGITS.parent / "models" / "vanilla.npz"
MNIST = DIGITS.parent.parent.parent / "shared" / "data" / "mnist"


def test_shape_and_digest() -> None:
    network, card = load_network(MODEL), read_card(MODEL.with_suffix(".md"))
    assert network.sizes == (784, 16, 16, 10) == tuple(card["sizes"])
    assert [layer.activation for layer in network.layers] == ["sigmoid"] * 3
    assert network.parameters == 13_002 == card["parameters"]
    assert network.digest == card["digest"]
    assert card["validation"]["accuracy"] >= 0.96
    # The digest, once more from its definition.
    hasher = hashlib.sha256(b"litnet MLP (784, 16, 16, 10)")
    for layer in network.layers:
        hasher.update(b"\nsigmoid\n")
        hasher.update(layer.weights.astype("<f8").tobytes() + layer.biases.astype("<f8").tobytes())
    assert network.digest == hasher.hexdigest()


def test_reads_the_hero_and_misreads_what_the_card_says() -> None:
    network, card = load_network(MODEL), read_card(MODEL.with_suffix(".md"))
    result = network.forward(hero_digit().image().reshape(-1))
    assert result.prediction == 3
    misread = {}
    for digit in bundled_digits():
        answer = network.forward(digit.image().reshape(-1)).prediction
        if answer != digit.label:
            misread[digit.path.name] = answer
    told = {wrong["file"]: wrong["prediction"] for wrong in card["bundled"]["misread"]}
    assert misread == told
    assert card["bundled"]["right"] == 200 - len(misread) >= 180


def test_the_card_is_for_people_too() -> None:
    text = MODEL.with_suffix(".md").read_text()
    card = read_card(MODEL.with_suffix(".md"))
    for part in (
        "784-16-16-10",
        "sigmoid in every layer",
        "13,002",
        card["digest"],
        f"{card['validation']['accuracy']:.2%}",
        card["training"]["command"],
        "seed 0",
    ):
        assert part in text


@pytest.mark.skipif(not MNIST.is_dir(), reason="MNIST's IDX files are not beside this repository")
def test_validation_accuracy_is_what_the_card_says() -> None:
    """The split is drawn once more, as the card describes it."""
    card = read_card(MODEL.with_suffix(".md"))
    images, labels, removed = leave_out(
        *load_idx(MNIST), np.array([digit.image() for digit in bundled_digits()])
    )
    assert removed == card["training"]["removed"]
    order = np.random.default_rng(card["training"]["seed"]).permutation(len(images))
    held = order[: card["validation"]["n"]]
    assert len(images) - len(held) == card["training"]["n"]
    found = accuracy(load_network(MODEL), images[held], labels[held])
    assert found == pytest.approx(card["validation"]["accuracy"], abs=1e-12)


def test_no_machine_is_named() -> None:
    """The card goes with the model to other machines: no absolute path, no address in it."""
    text = MODEL.with_suffix(".md").read_text()
    assert re.search(r"(^|[\s'\"`(])(/\w|[A-Z]:\\)|://", text) is None
