"""Compiled loops: what they are given, where their machine code is kept, and without it."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np
import pytest
from film import ROOT

from litnet.cache import Kept
from litnet.light import compiled as compiling
from litnet.light.compiled import compiled


class Two(NamedTuple):
    """Arrays that belong together."""

    first: Any
    second: Any


def _mixed(
    out: Any, two: Two, pair: tuple[int, int], single: np.float32, number: float, adds: bool
) -> None:
    for row in range(out.shape[0]):
        for x in range(out.shape[1]):
            found = two.first[row] * pair[0] + two.second[x] * pair[1] + single + number
            out[row, x] = found if adds else -found


def expected(two: Two, adds: bool) -> Any:
    found = two.first[:, None] * 3 + two.second * 5 + np.float32(0.25) + 0.5
    return found if adds else -found


@pytest.fixture
def mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A loop of all kinds of arguments, its machine code in a folder of its own."""
    monkeypatch.setattr(compiling._Loop, "modules", type(compiling._Loop.modules)(list))
    monkeypatch.setattr(compiling, "KEPT", Kept("loops", most=0, most_bytes=0))
    monkeypatch.setattr(compiling._Loop, "_file", lambda self, key: tmp_path / "a" / f"{key}.loop")

    def made() -> Any:
        own = {"__name__": __name__}  # as a module that has nothing else
        return compiled(FunctionType(_mixed.__code__, own, "_mixed"))

    return made


def given() -> tuple[Any, Two]:
    return np.zeros((2, 3)), Two(np.array([1.0, 2.0]), np.array([4, 5, 6], np.int32))


def called(loop: Any, adds: bool = True) -> Any:
    out, two = given()
    loop(out, two, (3, 5), np.float32(0.25), 0.5, adds)
    return out


@pytest.mark.parametrize("adds", [True, False])
def test_a_loop_does_what_python_does(mixed: Any, tmp_path: Path, adds: bool) -> None:
    loop = mixed()
    assert np.array_equal(called(loop, adds), expected(given()[1], adds))
    assert loop.native and loop.jitted is None
    assert len(list((tmp_path / "a").iterdir())) == 1


@pytest.mark.parametrize("damage", [b"", b"\0", b"x" * 40])
def test_what_is_kept_is_used_and_what_is_damaged_made_again(
    mixed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes
) -> None:
    called(mixed())
    (file,) = (tmp_path / "a").iterdir()
    whole = file.read_bytes()
    made: list[Any] = []
    make = compiling._Loop._made
    monkeypatch.setattr(
        compiling._Loop, "_made", lambda self, args: (made.append(args), make(self, args))[1]
    )
    assert np.array_equal(called(mixed()), expected(given()[1], True)) and not made
    file.write_bytes(damage + whole[len(damage) + 1 :])
    assert np.array_equal(called(mixed()), expected(given()[1], True)) and len(made) == 1


def test_where_code_cannot_be_loaded_numba_does_it(
    mixed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where an object file is of another kind, or needs what is not there."""
    assert compiling._undefined(b"MZ" * 100) is None
    assert compiling._undefined(b"\x7fELF\2\1" + b"\xff" * 100) is None
    assert compiling._is_there("memset") and not compiling._is_there("numba_unpickle")
    monkeypatch.setattr(compiling, "_undefined", lambda data: ["numba_unpickle"])
    monkeypatch.setattr("numba.njit", lambda function, **options: function)
    loop = mixed()
    assert np.array_equal(called(loop), expected(given()[1], True))
    assert loop.jitted is not None and not loop.native


def test_arrays_have_to_be_in_order(mixed: Any) -> None:
    _, two = given()
    with pytest.raises(ValueError, match="not in order"):
        mixed()(np.zeros((3, 2)).T, two, (3, 5), np.float32(0.25), 0.5, True)


def test_what_draws_does_not_import_numba() -> None:
    """Once the loops are compiled."""
    code = """
        from litnet.light.canvas import load_loops
        load_loops()
        import subprocess, sys
        again = "from litnet.light.canvas import load_loops; load_loops(); import sys; " \\
            "sys.exit('numba' in sys.modules)"
        sys.exit(subprocess.run([sys.executable, "-c", again]).returncode)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, check=False)
    assert done.returncode == 0
