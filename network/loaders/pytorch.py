"""``.pt`` and ``.pth``: PyTorch's state dicts, read without PyTorch and without ``pickle``.

Since PyTorch 1.6 such a file is a zip: ``data.pkl`` says which tensors there are, and ``data/0``,
``data/1``, ... hold their numbers. A pickle is a program; the small machine below knows only the
instructions that a dict of tensors takes, has a list of the six names that may occur in one, and
calls nothing at all: a name only says what the values after it mean.
"""

from __future__ import annotations

import pickletools
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from network.errors import InputError, printable
from network.loaders.common import (
    DAMAGE,
    MAX_NAME,
    Anything,
    Options,
    limited_arrays,
    limited_parameters,
    linears_of,
    mlp_of,
    opened_zip,
    unzipped,
)
from network.mlp import MLP

# A list of the tensors of 64 layers and of their optimiser takes a tenth of it; as an instruction
# of one byte may make an object of a hundred, not much more can be allowed.
MAX_PICKLE = 2**20
HOW = "expected a state dict, as torch.save(model.state_dict(), path) writes it"

# What a storage's numbers are; bfloat16 is the upper half of a float32.
STORAGES = {
    "torch FloatStorage": "f4",
    "torch DoubleStorage": "f8",
    "torch HalfStorage": "f2",
    "torch BFloat16Storage": "bfloat16",
    "torch LongStorage": "i8",
    "torch IntStorage": "i4",
    "torch ShortStorage": "i2",
    "torch CharStorage": "i1",
    "torch ByteStorage": "u1",
    "torch BoolStorage": "?",
}
WIDTHS = {
    kind: 2 if word == "bfloat16" else np.dtype(word).itemsize for kind, word in STORAGES.items()
}
DICT, TENSOR = "collections OrderedDict", "torch._utils _rebuild_tensor_v2"
PARAMETER, SIZE = "torch._utils _rebuild_parameter", "torch Size"
ACCEPTED = {DICT, TENSOR, PARAMETER, SIZE, *STORAGES}


def load(file: Path, options: Options) -> MLP:
    """Raises InputError if the file is damaged, not a state dict, or not one litnet can film."""
    try:
        with opened_zip(file) as archive:
            storages = _Storages(archive)
            tensors, activations = _state_dict(_run(storages.program, storages.named))
            # Many tensors can be views of one storage, and few of a large one.
            limited_arrays([tensor.shape for tensor in tensors.values()])
            used = {tensor.storage for tensor in tensors.values()}
            limited_parameters(sum(storage.size for storage in used))
            numbers = {storage: storages.read(storage) for storage in used}
            arrays = {name: t.array(numbers[t.storage]) for name, t in tensors.items()}
    except InputError:
        raise
    except DAMAGE as error:
        with file.open("rb") as stream:
            start = stream.read(16)
        if start.startswith(b"\x80"):
            raise InputError(
                "found a bare pickle (PyTorch before 1.6 wrote those), which is never opened, "
                + HOW
            ) from error
        raise InputError(f"found a file that is damaged or not PyTorch's, {HOW}") from error
    # A state dict keeps the order in which the layers were made, and nn.Linear is (n_out, n_in).
    return mlp_of(
        linears_of(arrays), options, in_order=True, convention=False, activations=activations
    )


@dataclass(frozen=True)
class _Name:
    text: str


@dataclass(frozen=True)
class _Storage:
    """``size`` numbers of a kind (of STORAGES) in a member of the zip."""

    kind: str
    member: str
    size: int


@dataclass(frozen=True)
class _Tensor:
    """A view into a storage: all in elements, as PyTorch counts."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self, numbers: Anything) -> Anything:
        """Its own copy of the storage's numbers. Raises InputError if it reaches beyond them."""
        last = self.offset + sum((n - 1) * s for n, s in zip(self.shape, self.strides, strict=True))
        size = prod(self.shape)
        if size and (last >= numbers.size or size > numbers.size):
            raise InputError(
                f"found a tensor of shape {self.shape} in {numbers.size:,} numbers, {HOW}"
            )
        if not size:
            return np.empty(self.shape if max(self.shape) < 2**31 else (0,), numbers.dtype)
        step = numbers.itemsize
        view = np.lib.stride_tricks.as_strided(
            numbers[self.offset :], self.shape, [s * step for s in self.strides]
        )
        return view.copy()


class _Storages:
    """The members of a zip that ``torch.save`` wrote. Raises InputError for another zip."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        names = archive.namelist()
        pickles = [name for name in names if name.count("/") == 1 and name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise InputError(f"found {len(pickles)} lists of tensors (data.pkl) in the zip, {HOW}")
        self._archive = archive
        self._folder = pickles[0].removesuffix("data.pkl")
        if any(name.startswith(f"{self._folder}code/") for name in names):
            raise InputError(f"found a TorchScript program, which is never run, {HOW}")
        self.program = unzipped(archive, pickles[0], MAX_PICKLE)
        self._order = "<"
        if f"{self._folder}byteorder" in names:
            word = unzipped(archive, f"{self._folder}byteorder", MAX_NAME)
            self._order = {b"little": "<", b"big": ">"}[word]

    def named(self, kind: str, key: str) -> _Storage:
        """A storage by its name in the program; its numbers are not read yet."""
        member = f"{self._folder}data/{key}"
        size = self._archive.getinfo(member).file_size
        return _Storage(kind, member, size // WIDTHS[kind])

    def read(self, storage: _Storage) -> Anything:
        """(size,), in memory that is shared by all who ask."""
        data = unzipped(self._archive, storage.member)
        if STORAGES[storage.kind] == "bfloat16":
            halves = np.frombuffer(data, f"{self._order}u2").astype(np.uint32)
            return (halves << 16).view(np.float32)
        return np.frombuffer(data, self._order + STORAGES[storage.kind])


def _run(program: bytes, storage: Callable[[str, str], _Storage]) -> Any:
    """The value that a pickle describes: dicts, lists, tuples, plain values, tensors.

    ``storage`` finds the one of a kind (of STORAGES) and a key. Raises InputError for any
    name that is not accepted, and any instruction that such values do not take.
    """
    stack: list[Any] = []
    outer: list[list[Any]] = []  # the stacks below each MARK
    memo: dict[int, Any] = {}

    def since_mark() -> list[Any]:
        nonlocal stack
        items, stack = stack, outer.pop()
        return items

    def put(target: Any, items: list[Any]) -> None:
        if not isinstance(target, dict) or len(items) % 2:
            raise ValueError("not a dict")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, str | int | float):
                raise InputError(f"found a key that is no text and no number, {HOW}")
            target[key] = value

    def extend(target: Any, items: list[Any]) -> None:
        if not isinstance(target, list):
            raise ValueError("not a list")
        target += items

    argument: Any
    for instruction, argument, _ in pickletools.genops(program):
        match instruction.name:
            case "PROTO" | "FRAME":
                pass
            case "STOP":
                return stack.pop()
            case "BINPUT" | "LONG_BINPUT":
                memo[argument] = stack[-1]
            case "MEMOIZE":
                memo[len(memo)] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[argument])
            case "NONE":
                stack.append(None)
            case "NEWTRUE" | "NEWFALSE":
                stack.append(instruction.name == "NEWTRUE")
            case (
                "BINUNICODE"
                | "SHORT_BINUNICODE"
                | "BININT"
                | "BININT1"
                | "BININT2"
                | "LONG1"
                | "BINFLOAT"
            ):
                stack.append(argument)
            case "EMPTY_DICT":
                stack.append({})
            case "EMPTY_LIST":
                stack.append([])
            case "EMPTY_TUPLE":
                stack.append(())
            case "MARK":
                outer.append(stack)
                stack = []
            case "TUPLE":
                items = since_mark()
                stack.append(tuple(items))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                count = int(instruction.name[-1])
                if len(stack) < count:
                    raise ValueError("too few values")
                stack[-count:] = [tuple(stack[-count:])]
            case "SETITEM":
                value, key = stack.pop(), stack.pop()
                put(stack[-1], [key, value])
            case "SETITEMS":
                items = since_mark()
                put(stack[-1], items)
            case "APPEND":
                value = stack.pop()
                extend(stack[-1], [value])
            case "APPENDS":
                items = since_mark()
                extend(stack[-1], items)
            case "GLOBAL":
                stack.append(_accepted(str(argument)))
            case "STACK_GLOBAL":
                name, module = stack.pop(), stack.pop()
                stack.append(_accepted(f"{module} {name}"))
            case "BINPERSID":
                stack.append(_storage(stack.pop(), storage))
            case "REDUCE":
                values, name = stack.pop(), stack.pop()
                stack.append(_meaning(name, values))
            case "BUILD":
                stack.pop()  # a state dict's versions of its layers
                if not isinstance(stack[-1], dict):
                    raise ValueError("a state for something else than a dict")
            case _:
                raise InputError(f"found the pickle instruction {instruction.name}, {HOW}")
    raise ValueError("no STOP")


def _accepted(name: str) -> _Name:
    if name not in ACCEPTED:
        shown = printable(name.replace(" ", "."), 80)
        raise InputError(f"found a pickled '{shown}', which is never opened, {HOW}")
    return _Name(name)


def _storage(value: Any, storage: Callable[[str, str], _Storage]) -> _Storage:
    word, kind, key, _, _ = value
    if word != "storage" or not isinstance(key, str) or kind.text not in STORAGES:
        raise ValueError("not a storage")
    return storage(kind.text, key)


def _meaning(name: Any, values: Any) -> Any:
    """What PyTorch would call ``name`` for."""
    if not isinstance(name, _Name) or not isinstance(values, tuple):
        raise ValueError("a call of something that is not a name")
    if name.text == DICT and not values:
        return {}
    if name.text == SIZE:
        return values
    if name.text == PARAMETER and isinstance(values[0], _Tensor):
        return values[0]
    if name.text == TENSOR:
        storage, offset, shape, strides = values[:4]
        counts = (offset, *shape, *strides)
        if not isinstance(storage, _Storage) or len(shape) != len(strides) or len(shape) > 8:
            raise ValueError("not a tensor")
        if not all(type(n) is int and 0 <= n < 2**40 for n in counts):
            raise ValueError("not a tensor's shape")
        return _Tensor(storage, offset, tuple(shape), tuple(strides))
    raise ValueError("unexpected values")


def _state_dict(content: Any) -> tuple[dict[str, _Tensor], list[str] | None]:
    """The dict of tensors in a file's content, which may lie one level down in a checkpoint."""
    if not isinstance(content, dict):
        raise InputError(f"found a {type(content).__name__.lstrip('_').lower()}, {HOW}")
    activations = content.get("activations")
    if isinstance(activations, str):
        activations = activations.split(",")
    if isinstance(activations, list) and all(isinstance(name, str) for name in activations):
        found: list[str] | None = [name.strip() for name in activations]
    else:
        found = None
    if _is_state_dict(content):
        return content, found
    inner = [key for key, value in content.items() if _is_state_dict(value)]
    if len(inner) != 1:
        keys = ", ".join(printable(key, 40) for key in list(content)[:6]) or "nothing"
        raise InputError(f"found a dict of {keys} with {len(inner)} state dicts in it, {HOW}")
    return content[inner[0]], found


def _is_state_dict(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(isinstance(k, str) and isinstance(v, _Tensor) for k, v in value.items())
    )
