"""How the inner loops of light are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile when first called, keep the result on disk, and let other threads run meanwhile.

    Without "fast" mathematics, and so the same bits on every machine. Compiled functions call
    only others of their own file, since what is kept on disk is known by that file alone.
    """
    try:
        made = numba.njit(function, cache=True, nogil=True, error_model="numpy")
    except RuntimeError:  # there is no folder to keep it in: half a second in each process, then
        made = numba.njit(function, nogil=True, error_model="numpy")
    return cast(Function, made)
