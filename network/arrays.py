"""Arrays that cannot be changed, and the checks at the door."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from network.errors import InputError

Array = npt.NDArray[np.float64]


def frozen(array: npt.ArrayLike) -> Array:
    """Copy ``array`` to a C-contiguous float64 array that can never be written to.

    The copy lives in a ``bytes`` object, so that, unlike an array which merely has its
    ``writeable`` flag cleared, nobody can set the flag again.
    """
    copy = np.ascontiguousarray(array, dtype=np.float64)
    if copy.size == 0:  # np.frombuffer refuses empty buffers
        copy = copy.copy()
        copy.flags.writeable = False
        return copy
    return np.frombuffer(copy.tobytes(), dtype=np.float64).reshape(np.shape(array))


def real_array(value: npt.ArrayLike, name: str) -> npt.NDArray[np.generic]:
    """``value`` as an array of real numbers, none of them NaN or infinite.

    Raises InputError, beginning with ``name``, otherwise.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise InputError(
            f"{name}: found nested lists of unequal length, expected an array of numbers"
        ) from error
    if array.dtype.kind not in "fiub":
        raise InputError(f"{name}: found values of type {array.dtype}, expected real numbers")
    if array.dtype.kind == "f":
        broken = int(array.size - np.count_nonzero(np.isfinite(array)))
        if broken:
            what = "NaN" if np.isnan(array).any() else "infinity"
            raise InputError(
                f"{name}: found {what} ({broken} of {array.size} values are not finite), "
                "expected finite numbers"
            )
    return array
