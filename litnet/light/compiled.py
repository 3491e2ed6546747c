"""How the inner loops of light are compiled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import update_wrapper
from typing import Any, ClassVar, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])


class _Loop:
    """A function that is compiled, with all others of its file, when the first one is called.

    So a film whose plays all come from the cache, and which draws nothing, waits a third of a
    second less: it never imports Numba.
    """

    waiting: ClassVar[defaultdict[str, list[_Loop]]] = defaultdict(list)  # by module

    def __init__(self, function: Callable[..., Any]) -> None:
        update_wrapper(self, function)
        self.function = function
        self.made: Callable[..., Any] | None = None
        self.waiting[function.__module__].append(self)

    def __call__(self, *args: Any) -> Any:
        """Call it, compiled."""
        if self.made is None:
            self._compile()
            assert self.made is not None
        return self.made(*args)

    def _compile(self) -> None:
        import numba

        for loop in self.waiting.pop(self.function.__module__, []):
            options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
            try:
                loop.made = numba.njit(loop.function, cache=True, **options)
            except RuntimeError:  # there is no folder to keep it in: a second in each process, then
                loop.made = numba.njit(loop.function, **options)
            # Compiled functions find each other by their names in the file.
            loop.function.__globals__[loop.function.__name__] = loop.made


def compiled(function: Function) -> Function:
    """Compile when first called, keep the result on disk, and let other threads run meanwhile.

    Without "fast" mathematics, and so the same bits on every machine. Compiled functions call
    only others of their own file, since what is kept on disk is known by that file alone.
    """
    return cast(Function, _Loop(function))
