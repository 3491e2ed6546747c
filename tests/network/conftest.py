"""Fixtures of the network's tests."""

from __future__ import annotations

import pytest
from network_samples import random_network

from network import MLP


@pytest.fixture
def network() -> MLP:
    """5-4-3, sigmoid."""
    return random_network()
