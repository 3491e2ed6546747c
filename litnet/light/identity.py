"""What a play shows, in one name: a play of a name that is known need not be drawn again.

This takes the place of manim's own name for a play, which takes several times as long to make (it
writes all objects as JSON, and reads the source of every function again), and which does not see
that the code of a story's own animation or mobject is another one. A name holds for other runs,
too: whatever may be other tomorrow (a version, a helper's code) is in it, and a play of which that
cannot be said (it throws dice, looks at the clock, or reads files) has none.
"""

from __future__ import annotations

import functools
import hashlib
import operator
import os
import platform
import struct
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from functools import cache
from importlib import metadata
from pathlib import PurePath
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

import av
import cairo
import manim
import numpy as np
from manim.utils.hashing import KEYS_TO_FILTER_OUT

from litnet import style

# As manim: a camera's pixels are not what it shows next.
UNSEEN = frozenset(KEYS_TO_FILTER_OUT)
UNSEEN_OF_MOBJECTS = frozenset(("original_id",))
# What is in these the camera's digest says, as a whole.
DIGESTED = (
    *("litnet.light.", "litnet.mobjects.", "litnet.animations."),
    *("litnet.style", "litnet.theme", "litnet.fonts"),
)
INSTALLED = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))
VERSIONED = ("manim", "numpy")  # of those that are installed, what a name's first line says
# Of a class, what is no part of what it does.
UNIMPORTANT = frozenset(("__dict__", "__weakref__", "__doc__", "__annotations__", "__module__"))
UNIMPORTANT_KINDS = ("RLock", "lock", "_abc_data", "object")  # they hold nothing that is shown
# Functions whose code nobody can read.
NAMED = (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
    np.ufunc,
)
# A story's own function in whose code one of these stands may show something else each time.
UNSTEADY = frozenset(
    "open input eval exec compile globals vars __import__ import_module getenv environ time now "
    "today monotonic perf_counter process_time read read_text read_bytes load imread".split()
)


def play_name(
    scene: Any,
    camera: Any,
    animations: Iterable[object],
    mobjects: Iterable[object],
    encoder: str,
) -> str | None:
    """The name of a play: other animations, mobjects, code or settings give another one.

    None for a play that may show something else the next time: one that refers to the scene, which
    may hold anything, to what holds a state that nobody can read (a generator of random numbers),
    or to the clock or a file.

    Parameters
    ----------
    encoder
        The name of the encoder's settings.
    """
    if getattr(camera, "background_image", None) or getattr(scene, "stop_condition", None):
        return None
    reader = _Reader(scene)
    reader.read(("litnet play 2", _versions(), encoder))
    reader.read(camera)
    reader.read({name: value for name, value in vars(style).items() if name.isupper()})
    # A camera's slots, unlike what is shown, hold what it remembers only to be faster.
    reader.unseen, reader.slots, reader.steady = UNSEEN_OF_MOBJECTS, _slots, True
    reader.read(list(animations))
    reader.read([mobject for mobject in mobjects if not _is_nothing(mobject)])
    for name in ("foreground_mobjects", "updaters", "always_update_mobjects"):
        reader.read(getattr(scene, name, None))
    return reader.digest().hex() if reader.steady else None


def _is_nothing(mobject: object) -> bool:
    """Whether a mobject is what each of manim's waits leaves in the scene: it shows nothing."""
    if type(mobject) is not manim.Mobject:
        return False
    return not (len(mobject.points) or mobject.submobjects or mobject.updaters)


@cache
def _versions() -> tuple[object, ...]:
    """Of what draws and encodes, beside litnet itself, whose code the camera's digest says."""
    return (
        manim.__version__,
        np.__version__,
        cairo.cairo_version_string(),
        av.__version__,
        av.library_versions,
        sys.version,
        platform.machine(),
    )


class _Reader:
    """Reads values into a digest, each object once: where it comes again, its number is read.

    Every part says what it is and how long, so that no two values give the same bytes. An object
    is what its ``__dict__`` and its slots hold; after one without, which counts by its type alone,
    the reader is no longer ``steady``.
    """

    def __init__(self, scene: object = None, seen: dict[int, Any] | None = None) -> None:
        self.scene = scene
        self.parts: list[bytes] = []
        self.add = self.parts.append
        self.unseen = UNSEEN
        self.slots: Callable[[type], tuple[str, ...]] = lambda kind: ()
        self.steady = True
        # Numbers by address; the objects as well, since an address may be used again.
        self.seen: dict[int, tuple[int, object]] = dict(seen or {})

    def digest(self) -> bytes:
        """SHA-256 of all that was read."""
        return hashlib.sha256(b"".join(self.parts)).digest()

    def read(self, value: Any) -> None:
        """Go on with a value."""
        kind = type(value)
        if simple := _SIMPLE.get(kind):
            self.add(simple(value))
            return
        if kind is np.ndarray or isinstance(value, np.ndarray | np.generic):
            self._array(np.asarray(value))
            return
        if before := self.seen.get(id(value)):
            self.add(b"again %d\n" % before[0])
            return
        self.seen[id(value)] = len(self.seen), value
        if kind in (list, tuple):
            self._items(kind.__name__, value)
        elif kind in (dict, MappingProxyType):
            self._pairs("dict", value)
        elif kind in (set, frozenset):
            self._items("set", sorted(map(self._apart, value)))
        elif kind is FunctionType:
            self._function(value)
        elif kind is MethodType:
            self._items("method", (value.__func__, value.__self__))
        elif isinstance(value, functools.partial):
            self._items("partial", (value.func, value.args, value.keywords))
        elif isinstance(value, type):
            self._class(value)
        elif isinstance(value, NAMED):
            self._items("name", (getattr(value, "__module__", None), value.__name__))
            owner = getattr(value, "__self__", None)
            if not isinstance(owner, ModuleType):  # a method of what may change
                self.read(owner)
        elif isinstance(value, ModuleType):
            self._module(value, ())
        elif isinstance(value, Enum):
            self._items("enum", (kind.__qualname__, value.name))
        elif isinstance(value, PurePath):
            self._items("path", (str(value),))
        elif value is self.scene or isinstance(value, Iterator):
            self.steady = False
        else:
            self._object(value)

    def _object(self, value: Any) -> None:
        kind: Any = type(value)
        self.read(kind)
        held = True
        if isinstance(value, dict):
            self._pairs("items", dict(value))
        elif isinstance(value, list | tuple):
            self._items("items", value)
        elif isinstance(value, str | bytes | int | float | complex):
            self.add(_text(repr(value)))
        else:
            held = kind.__name__ in UNIMPORTANT_KINDS
        if slots := self.slots(kind):
            self._pairs("slots", {n: getattr(value, n) for n in slots if hasattr(value, n)})
        state = getattr(value, "__dict__", None)
        if isinstance(state, dict):
            self._pairs("state", state)
        elif not (slots or held):
            self.steady = False  # its state is nowhere to be seen

    def _items(self, name: str, items: Iterable[Any]) -> None:
        items = list(items)
        self.add(b"%s %d\n" % (name.encode(), len(items)))
        for item in items:
            self.read(item)

    def _pairs(self, name: str, pairs: dict[Any, Any]) -> None:
        add, simple_of, unseen = self.add, _SIMPLE.get, self.unseen
        add(name.encode() + b"\n")
        for key, value in pairs.items():
            if type(key) is not str:
                self.read(key)
            elif key in unseen:
                continue
            else:
                add(_name(key))
            # As read() begins; most of what an object holds is as simple.
            if simple := simple_of(type(value)):
                add(simple(value))
            else:
                self.read(value)
        self.add(b"end\n")

    def _array(self, array: np.ndarray[Any, Any]) -> None:
        if array.dtype.hasobject:
            self._items("objects", array.ravel().tolist())
            return
        kind = array.dtype.str if array.dtype.names is None else repr(array.dtype)
        self.add(b"array %s %s\n" % (kind.encode(), repr(array.shape).encode()))
        self.add(array.tobytes())

    def _apart(self, value: Any) -> bytes:
        reader = _Reader(self.scene, seen=self.seen)
        reader.unseen, reader.slots = self.unseen, self.slots
        reader.read(value)
        self.steady &= reader.steady
        return reader.digest()

    def _function(self, function: FunctionType) -> None:
        """By what it does, what it holds, and the values of the names that it uses."""
        digest, names = _code(function.__code__)
        self.add(digest)
        # A story's own module is what is read of it, by whatever name it was loaded.
        stamp = _known(function.__module__)
        self.read(function.__module__ if stamp else None)
        self.read(function.__defaults__)
        self.read(function.__kwdefaults__)
        for cell in function.__closure__ or ():
            try:
                self.read(cell.cell_contents)
            except ValueError:  # nothing is in it yet
                self.add(b"empty\n")
        if function.__dict__:
            self._pairs("state", function.__dict__)
        if stamp:
            self.add(stamp)
            return
        if not UNSTEADY.isdisjoint(names) or any("random" in name for name in names):
            self.steady = False
        self._named("globals", function.__globals__, names)

    def _named(self, title: str, space: dict[str, Any], names: Sequence[str]) -> None:
        """Of a module's values those that code with these names in it may use."""
        self.add(title.encode() + b"\n")
        for name in names:
            if name in space:
                self.add(_name(name))
                value = space[name]
                if isinstance(value, ModuleType):
                    self._module(value, names)
                else:
                    self.read(value)
        self.add(b"end\n")

    def _module(self, module: ModuleType, names: Sequence[str]) -> None:
        self._items("module", (module.__name__,))
        if stamp := _known(module.__name__):
            self.add(stamp)
        elif not names:
            self.steady = False  # nobody says what is used of it
        elif id(module) not in self.seen:
            self.seen[id(module)] = len(self.seen), module
            self._named("values", vars(module), names)

    def _class(self, kind: type) -> None:
        """By its name; a story's own also by what it does."""
        module = kind.__module__ if _known(kind.__module__) else None
        self._items("class", (module, kind.__qualname__))
        for own in kind.__mro__:
            if stamp := _known(own.__module__):
                self.add(stamp)
                for name, function in _foreign(own):  # which a story has put there
                    self.add(_name(name))
                    self.read(function)
            else:
                members = vars(own).items()
                self._pairs("members", {k: v for k, v in members if k not in UNIMPORTANT})


def _foreign(known: type) -> list[tuple[str, FunctionType]]:
    """The functions in a class that is known which are from elsewhere, with their names."""
    members = tuple(vars(known).values())
    before, found = _LOOKED_AT.get(known, ((), []))
    if len(before) != len(members) or not all(map(operator.is_, before, members)):
        found = [
            (name, member)
            for name, member in vars(known).items()
            if type(member) is FunctionType and not _known(member.__module__)
        ]
        _LOOKED_AT[known] = members, found
    return found


# What was in a class when it was last looked through, and what was found.
_LOOKED_AT: dict[type, tuple[tuple[object, ...], list[tuple[str, FunctionType]]]] = {}


@cache
def _known(module: str | None) -> bytes:
    """What says which code is in a module, so that nobody need read it; nothing of a story's own.

    Of what is installed that is a version, beside the date of the module's file.
    """
    if module is None:
        return b""
    if module.startswith(DIGESTED) or module in sys.builtin_module_names:
        return b"known\n"
    loaded = sys.modules.get(module)
    file = getattr(loaded, "__file__", None) or ""
    package = module.partition(".")[0]
    if package in ("litnet", "network") or not file.startswith(INSTALLED):
        return b""
    if package in VERSIONED or package in sys.stdlib_module_names:
        return b"known\n"
    try:
        version = metadata.version(package)
    except (metadata.PackageNotFoundError, ValueError):
        version = str(getattr(sys.modules.get(package), "__version__", None))
    found = os.stat(file)
    return _text(f"{module} {version} {found.st_size} {found.st_mtime_ns}")


@cache
def _slots(kind: type) -> tuple[str, ...]:
    """The names of what an object holds outside of its ``__dict__``."""
    return tuple(
        name
        for own in kind.__mro__
        for name, member in vars(own).items()
        if isinstance(member, MemberDescriptorType)
    )


@cache
def _code(code: CodeType) -> tuple[bytes, tuple[str, ...]]:
    """The digest of a function's code, wherever it stands; and the names that may be global."""
    reader = _Reader()
    names = dict.fromkeys(code.co_names)
    reader.read((code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_flags))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            digest, inner = _code(constant)
            reader.add(digest)
            names.update(dict.fromkeys(inner))
        else:
            reader.read(constant)
    return reader.digest(), tuple(names)


@cache
def _name(value: str) -> bytes:
    return _text(value)


def _text(value: str) -> bytes:
    data = value.encode("utf-8", "surrogatepass")
    return b"str %d\n%s" % (len(data), data)


_SIMPLE: dict[type, Callable[[Any], bytes]] = {
    str: _text,
    bytes: lambda value: b"bytes %d\n%s" % (len(value), value),
    int: lambda value: b"int %x\n" % value,
    float: lambda value: b"float" + struct.pack("<d", value),
    complex: lambda value: b"complex" + struct.pack("<dd", value.real, value.imag),
    bool: lambda value: b"True\n" if value else b"False\n",
    type(None): lambda value: b"None\n",
    type(...): lambda value: b"...\n",
}
