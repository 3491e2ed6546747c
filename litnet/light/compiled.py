"""How the inner loops of light are compiled, and loaded again.

Numba compiles a loop once for a machine. What comes out is kept beside the loop's module, as Python
keeps its own: machine code, which needs neither Python nor Numba. LLVM loads it in a few
milliseconds, while importing Numba takes more of a process's time than drawing a frame.
"""

from __future__ import annotations

import ctypes
import hashlib
import re
import struct
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, update_wrapper
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast

import numpy as np

from litnet.cache import Kept
from network.errors import InputError
from network.files import read_bytes, written_whole

Function = TypeVar("Function", bound=Callable[..., Any])

LARGEST = 2**20  # bytes of a loop
# For the user as well, as all that litnet keeps: a package may be one that cannot be written to.
KEPT = Kept("loops", most=512, most_bytes=32 * 2**20)
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}


class _Loop:
    """A function of arrays and numbers, compiled for the kinds that it is called with.

    It is given all memory that it writes to, and returns nothing. Arrays have to be C-contiguous.
    """

    modules: ClassVar[defaultdict[str, list[_Loop]]] = defaultdict(list)
    lock: ClassVar[Any] = threading.RLock()

    def __init__(self, function: Callable[..., Any]) -> None:
        update_wrapper(self, function)
        self.function = function
        self.native: dict[str, Callable[..., Any]] = {}
        self.jitted: Callable[..., Any] | None = None  # where machine code cannot be kept
        self.modules[function.__module__].append(self)
        _digest(function.__code__.co_filename)  # while what stands there is what was loaded

    def __call__(self, *args: Any) -> None:
        """Call it, compiled.

        Raises
        ------
        ValueError
            An array is not C-contiguous.
        """
        if self.jitted is not None:
            self.jitted(*args)
            return
        flat: list[Any] = []
        kinds = "".join([_flattened(value, flat) for value in args])
        native = self.native.get(kinds)
        if native is None:
            with self.lock:
                native = self.native.get(kinds) or self._found(kinds, args)
        if native is None:
            self(*args)  # by Numba
        else:
            native(_RESULT, _RESULT, *flat)

    def _found(self, kinds: str, args: tuple[Any, ...]) -> Callable[..., Any] | None:
        key = self._key(kinds)
        code = self._kept(key)
        if code is None:
            # Of Numba's insides; another version may have others.
            with suppress(ImportError, AttributeError, LookupError, TypeError):
                code = self._made(args)
                self._keep(key, code)
        if code is not None and (native := _loaded(code, kinds)):
            self.native[kinds] = native
            return native
        self._leave_to_numba()
        return None

    # --- compiling -----------------------------------------------------------------------------
    def _made(self, args: tuple[Any, ...]) -> bytes:
        """The name of the function, a zero, and an object file."""
        from numba import typeof
        from numba.core import compiler
        from numba.core.registry import cpu_target

        insides: Any = compiler  # without types
        flags = insides.Flags()
        flags.error_model = OPTIONS["error_model"]
        flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
        flags.nrt = False  # no memory of Python's: what would allocate is refused
        typing, target = cpu_target.typing_context, cpu_target.target_context
        typing.refresh()
        target.refresh()
        kinds = tuple(map(typeof, args))
        with self._jitted():
            made = insides.compile_extra(typing, target, self.function, kinds, None, flags, {})
        name: str = made.fndesc.llvm_func_name
        code: bytes = made.library.serialize_using_object_code()[2][0]
        return name.encode() + b"\0" + code

    @contextmanager
    def _jitted(self) -> Iterator[None]:
        """Loops call others of their own module: within, these are Numba's functions."""
        import numba

        names = self.function.__globals__
        loops = self.modules[self.function.__module__]
        try:
            for loop in loops:
                names[loop.function.__name__] = numba.njit(loop.function, **OPTIONS)
            yield
        finally:
            for loop in loops:
                names[loop.function.__name__] = loop

    def _leave_to_numba(self) -> None:
        """With the whole module; Numba keeps what it compiles where it can."""
        import numba

        for loop in self.modules[self.function.__module__]:
            try:
                loop.jitted = numba.njit(loop.function, cache=True, **OPTIONS)
            except RuntimeError:  # there is no folder to keep it in: a second in each process, then
                loop.jitted = numba.njit(loop.function, **OPTIONS)
            self.function.__globals__[loop.function.__name__] = loop.jitted

    # --- keeping -------------------------------------------------------------------------------
    def _key(self, kinds: str) -> str:
        source = self.function.__code__.co_filename
        return hashlib.sha256(
            repr((*_conditions(), _digest(source), self.function.__name__, kinds)).encode()
        ).hexdigest()

    def _file(self, key: str) -> Path:
        source = Path(self.function.__code__.co_filename)
        return source.parent / "__pycache__" / f"{source.stem}.{key}.loop"

    def _kept(self, key: str) -> bytes | None:
        with suppress(InputError):
            data = read_bytes(self._file(key), LARGEST)
            if hashlib.sha256(data[32:]).digest() == data[:32]:
                return data[32:]
        return KEPT.read(key)

    def _keep(self, key: str, code: bytes) -> None:
        KEPT.keep(key, code)
        file = self._file(key)
        with suppress(InputError, OSError):
            file.parent.mkdir(exist_ok=True)
            with written_whole(file) as temporary:
                temporary.write_bytes(hashlib.sha256(code).digest() + code)


@cache
def _digest(file: str) -> str:
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()


@cache
def _conditions() -> tuple[str, ...]:
    """All but itself that decides what becomes of a loop: this module, Numba, and the machine."""
    from llvmlite import binding

    made_by = (_digest(__file__), version("numba"), version("llvmlite"), sys.version)
    machine = binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()
    return (*made_by, binding.get_process_triple(), *machine)


# --- how compiled functions are called -----------------------------------------------------------
# As Numba does: a place for the result, one for what went wrong, then the arguments. An array is
# its memory's owner and its object in Python, both none here; its size, that of an element, its
# data, its shape and its strides, in bytes. A tuple is all that is in it.
_RESULT = ctypes.addressof(_room := (ctypes.c_int64 * 8)())
_C_KINDS: dict[str, Any] = {
    "i": ctypes.c_int64,
    "f": ctypes.c_float,
    "d": ctypes.c_double,
    "b": ctypes.c_bool,
}


def _flattened(value: Any, flat: list[Any]) -> str:
    """Append an argument as C has it; what kind it is, with one small letter for each part."""
    if isinstance(value, np.ndarray):
        if not value.flags.c_contiguous:
            raise ValueError("a compiled loop was given an array whose numbers are not in order")
        flat += (0, 0, value.size, value.itemsize, value.ctypes.data, *value.shape, *value.strides)
        writes = "W" if value.flags.writeable else "R"
        return f"[{value.dtype.str}{writes}:iiiii{'ii' * value.ndim}]"
    if isinstance(value, tuple):
        parts = [_flattened(part, flat) for part in value]
        return f"{type(value).__name__.upper()}({''.join(parts)})"
    if isinstance(value, (bool, np.bool_)):
        flat.append(bool(value))
        return "b"
    if isinstance(value, (float, np.float32)):
        flat.append(float(value))
        return "f" if isinstance(value, np.float32) else "d"
    flat.append(int(value))
    return "i"


def _loaded(code: bytes, kinds: str) -> Callable[..., Any] | None:
    """The function of an object file; None where it cannot be told that it needs nothing else."""
    from llvmlite import binding

    name, _, data = code.partition(b"\0")
    wanted = _undefined(data)
    if wanted is None or not all(map(_is_there, wanted)):
        return None
    engine = _engine()
    engine.add_object_file(binding.ObjectFileRef.from_data(data))
    engine.finalize_object()
    address = engine.get_function_address(name.decode())
    if not address:
        return None
    kinds = re.sub(r"\[[^:]*:", "", kinds)  # an array's numbers are not its letters
    parts = [_C_KINDS[letter] for letter in kinds if letter in _C_KINDS]
    prototype = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *parts)
    return prototype(address)


@cache
def _engine() -> Any:
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    machine = binding.Target.from_default_triple().create_target_machine()
    return binding.create_mcjit_compiler(binding.parse_assembly(""), machine)


@cache
def _is_there(name: str) -> bool:
    """Whether this process has a function; LLVM ends a process where it misses one."""
    return hasattr(ctypes.CDLL(None), name)


def _undefined(data: bytes) -> list[str] | None:
    """What an object file takes from elsewhere, by name; None if it is no ELF of 64 bits.

    Of the header, the sections and the symbols: System V ABI, "Object Files", ELF-64.
    """
    try:
        if data[:6] != b"\x7fELF\x02\x01":
            return None
        (start,) = struct.unpack_from("<Q", data, 0x28)
        size, count = struct.unpack_from("<HH", data, 0x3A)
        sections = [struct.unpack_from("<IIQQQQII", data, start + size * n) for n in range(count)]
        found = []
        for _, kind, _, _, place, length, link, _ in sections:
            if kind != 2:  # a table of symbols
                continue
            names = sections[link][4]
            for entry in range(place + 24, place + length, 24):
                name, _, _, section = struct.unpack_from("<IBBH", data, entry)
                if section == 0 and name:
                    found.append(data[names + name : data.index(b"\0", names + name)].decode())
        return found
    except (struct.error, IndexError, ValueError, OverflowError):
        return None


def compiled(function: Function) -> Function:
    """Compile when first called, keep the result on disk, and let other threads run meanwhile.

    Without "fast" mathematics, and so the same bits on every machine. Compiled functions call
    only others of their own file, since what is kept on disk is known by that file alone. What
    they need memory for is handed to them.
    """
    return cast(Function, _Loop(function))
