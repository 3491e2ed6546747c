"""What changed between two networks, against a count by hand."""

from __future__ import annotations

import numpy as np
import pytest

from network import MLP, Dense, InputError
from network.comparison import compare


def chooser(*rows: list[float]) -> MLP:
    """A network of one layer that answers with the row that fits the input best."""
    return MLP((Dense(np.array(rows), np.zeros(len(rows)), "identity"),))


OLD = chooser([1, 0, 0], [0, 1, 0], [0, 0, 1])
NEW = chooser([1, 0, 0], [0, 0, 2], [0, 1, 0])  # takes the last two for each other


def test_flips_accuracy_and_confidence() -> None:
    images = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0.5]])
    found = compare(OLD, NEW, images, [0, 1, 1, 0])
    assert [(r.old, r.new) for r in found.readings] == [(0, 0), (1, 2), (2, 1), (2, 1)]
    assert [r.change for r in found.readings] == ["", "broken", "mended", "other"]
    assert [r.index for r in found.flipped] == [1, 2, 3]
    assert found.accuracies == (0.5, 0.5)
    assert found.confidences == (pytest.approx(3.5 / 4), pytest.approx((1 + 1 + 2 + 1) / 4))


def test_the_same_network_changes_nothing() -> None:
    found = compare(OLD, OLD, np.eye(3), [0, 1, 2])
    assert found.flipped == () and found.accuracies == (1.0, 1.0)


def test_networks_that_read_other_images_are_refused() -> None:
    with pytest.raises(InputError, match="from 3 inputs to 3 outputs and one from 2 to 3"):
        compare(OLD, chooser([1, 0], [0, 1], [1, 1]), np.eye(3), [0, 1, 2])
