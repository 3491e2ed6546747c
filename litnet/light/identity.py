"""What a play shows, in one name: a play of a name that is known need not be drawn again.

This takes the place of manim's own name for a play, which takes several times as long to make (it
writes all objects as JSON, and reads the source of every function again), and which does not see
that the code of a story's own animation or mobject is another one.
"""

from __future__ import annotations

import functools
import hashlib
import os
import struct
import sys
import sysconfig
from collections.abc import Callable, Iterable
from enum import Enum
from functools import cache
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import manim
import numpy as np
from manim.utils.hashing import KEYS_TO_FILTER_OUT

# As manim: a camera's pixels are not what it shows next; an image's are.
UNSEEN = frozenset(KEYS_TO_FILTER_OUT)
SEEN_OF_MOBJECTS = UNSEEN - {"pixel_array"}
# What is in these the camera's digest says, as a whole.
DIGESTED = ("litnet.light.", "litnet.mobjects.", "litnet.animations.", "litnet.style")
INSTALLED = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))
# Of a class, what is no part of what it does.
UNIMPORTANT = frozenset(("__dict__", "__weakref__", "__doc__", "__annotations__", "__module__"))


def play_name(
    scene: object,
    camera: object,
    animations: Iterable[object],
    mobjects: Iterable[object],
    encoder: str,
) -> str:
    """The name of a play: other animations, mobjects, code or settings give another one.

    Parameters
    ----------
    scene
        A play that refers to it can show anything that it holds, files that were read among them;
        it gets a name that no other play has, and is drawn again.
    encoder
        The name of the encoder's settings.
    """
    reader = _Reader(scene)
    versions = manim.__version__, np.__version__, sys.version
    reader.read(("litnet play 1", versions, encoder))
    reader.read(camera)
    reader.unseen = SEEN_OF_MOBJECTS
    reader.read(list(animations))
    reader.read(list(mobjects))
    reader.read(getattr(scene, "updaters", None))
    if id(scene) in reader.seen:
        reader.add(os.urandom(32))
    return reader.digest().hex()


class _Reader:
    """Reads values into a digest, each object once: where it comes again, its number is read.

    Every part says what it is and how long, so that no two values give the same bytes. An object
    is what its ``__dict__`` holds; one without counts by its type alone, as with manim.
    """

    def __init__(self, scene: object = None, seen: dict[int, Any] | None = None) -> None:
        self.scene = scene
        self.parts: list[bytes] = []
        self.add = self.parts.append
        self.unseen = UNSEEN
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
        elif kind is dict:
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
        elif isinstance(value, ModuleType | BuiltinFunctionType | np.ufunc):
            self._items("name", (getattr(value, "__module__", None), value.__name__))
        elif isinstance(value, Enum):
            self._items("enum", (kind.__qualname__, value.name))
        elif value is self.scene:
            self.add(b"scene\n")
        else:
            self._object(value)

    def _object(self, value: Any) -> None:
        self.read(type(value))
        if isinstance(value, dict):
            self._pairs("items", dict(value))
        elif isinstance(value, list | tuple):
            self._items("items", value)
        elif isinstance(value, str | bytes | int | float | complex):
            self.add(_text(repr(value)))
        state = getattr(value, "__dict__", None)
        if isinstance(state, dict):
            self._pairs("state", state)

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
        reader.unseen = self.unseen
        reader.read(value)
        return reader.digest()

    def _function(self, function: FunctionType) -> None:
        """By what it does, what it holds, and the values of the names that it uses."""
        digest, names = _code(function.__code__)
        self.add(digest)
        self.read(function.__module__)
        self.read(function.__defaults__)
        self.read(function.__kwdefaults__)
        for cell in function.__closure__ or ():
            try:
                self.read(cell.cell_contents)
            except ValueError:  # nothing is in it yet
                self.add(b"empty\n")
        if function.__dict__:
            self._pairs("state", function.__dict__)
        if not _known(function.__module__):
            known = function.__globals__
            self._pairs("globals", {name: known[name] for name in names if name in known})

    def _class(self, kind: type) -> None:
        """By its name; a story's own also by what it does."""
        self._items("class", (kind.__module__, kind.__qualname__))
        for own in kind.__mro__:
            if not _known(own.__module__):
                members = vars(own).items()
                self._pairs("members", {k: v for k, v in members if k not in UNIMPORTANT})


@cache
def _known(module: str | None) -> bool:
    """Whether a version or a digest says what is in a module, so that nobody need read it."""
    if module is None or module.startswith(DIGESTED):
        return module is not None
    loaded = sys.modules.get(module)
    if loaded is None:
        return False
    if module in sys.builtin_module_names:
        return True
    return (getattr(loaded, "__file__", None) or "").startswith(INSTALLED)


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
