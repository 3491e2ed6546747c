"""What all readers of model files share: from named arrays, or steps in order, to an MLP."""

from __future__ import annotations

import io
import re
import shlex
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from math import prod
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
import numpy.typing as npt

from network.activations import ACTIVATIONS
from network.apart import LostError, read_apart
from network.errors import InputError, printable
from network.mlp import MLP, Dense

Anything = npt.NDArray[Any]

# What a network may be, whatever file it comes from; checked before anything is converted. The
# largest that a film can show (64 x 64 pixels, then six layers of 1,024 neurons) has 9.4 million
# parameters, which are 80 MB as float64. Sixty-four layers can be described, not filmed.
MAX_PARAMETERS = 10_000_000
MAX_LAYERS = 64
# What a file may be: one of the largest networks, with all that an optimiser keeps of it.
MAX_BYTES = 256 * 2**20
MAX_ARRAYS = 4 * MAX_LAYERS
MAX_NAME = 200
MAX_DIRECTORY = 2**20  # bytes of a zip's list of its members

FILMABLE = (
    f"fully connected layers with {', '.join(ACTIVATIONS)} "
    "(and Flatten, Reshape or Dropout, which change nothing)"
)

# Everything that zipfile, NumPy and the libraries are known to raise on damaged or hostile bytes.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    SyntaxError,
    TokenError,
    NotImplementedError,
    RuntimeError,  # an encrypted member; RecursionError
    MemoryError,
)


class NoActivationsError(InputError):
    """A file of ``count`` layers of weights does not say what their activations are.

    ``file`` is for the sentence, which names the command that helps.
    """

    def __init__(self, count: int, file: Path = Path("MODEL")) -> None:
        self.count = count
        name = file.name.partition(".")[0] or "model"
        command = ["litnet", "import", str(file), "-o", str(file.with_name(f"{name}.npz"))]
        names = ",".join(["relu"] * (count - 1) + ["softmax"])
        typed = printable(shlex.join([*command, "--activation", names]), most=10_000)
        super().__init__(
            f"{printable(file)}: found {count} layers and no activations; say them once, for "
            f"example with {typed} (and use that file then)."
        )


@dataclass(frozen=True)
class Options:
    """What a person says about a file that does not say it itself.

    ``transpose`` is True for matrices of shape (n_in, n_out), False for (n_out, n_in), None where
    the shapes or the format are to tell; ``activations`` is one name for every layer, or one for
    each, or None.
    """

    transpose: bool | None = None
    activations: tuple[str, ...] | None = None

    def refuse(self, what: str) -> None:
        """Raises InputError if anything was said, for ``what`` says all of it."""
        if self.activations is not None:
            raise InputError(f"found activations given with {what}, which has its own")
        if self.transpose is not None:
            raise InputError(f"found --transpose given with {what}, whose layout is known")


@dataclass(frozen=True)
class Linear:
    """A matrix in either layout, and the bias (n_out,) that belongs to it, if there is one."""

    name: str
    matrix: Anything
    bias: Anything | None


def optional(module: str, extra: str) -> Any:
    """Import a library that only some formats, or the download, need.

    Raises InputError, with the command that installs it, if it is missing.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise InputError(
            f"found no {module}, which reads this format, expected it after "
            f"pip install 'litnet[{extra}]'"
        ) from error


def installed(module: str, extra: str) -> None:
    """Raises InputError as ``optional`` does, but imports nothing."""
    if find_spec(module) is None:
        optional(module, extra)


def limited(size: int) -> None:
    """Raises InputError for more bytes than any network that litnet can film."""
    if not 0 <= size <= MAX_BYTES:
        raise InputError(f"found {size:,} bytes, expected at most {MAX_BYTES:,}")


def limited_parameters(count: int) -> None:
    """Raises InputError for a larger network than litnet reads."""
    if count > MAX_PARAMETERS:
        raise InputError(
            f"found {count:,} parameters or more, "
            f"expected a small network, of at most {MAX_PARAMETERS:,}"
        )


def limited_arrays(shapes: Sequence[Sequence[int]]) -> None:
    """Raises InputError for arrays that are too many or too large, by their shapes alone."""
    if len(shapes) > MAX_ARRAYS:
        raise InputError(f"found {len(shapes):,} arrays, expected at most {MAX_ARRAYS}")
    limited_parameters(sum(prod(shape) for shape in shapes))


def not_filmable(what: str) -> InputError:
    """The refusal of a layer, with the list of what is not refused."""
    return InputError(f"found {what}, which litnet cannot film, expected {FILMABLE}")


# --- Files that take care ---------------------------------------------------------------------


def load_apart(format_name: str, file: Path, options: Options, what: str, expected: str) -> MLP:
    """What the ``parse`` of a module of this package makes of a file, in a process of its own.

    Raises InputError as ``parse`` does, and for a file that it never comes back from.
    """
    try:
        facts, arrays = read_apart(
            "network.loaders.common:parse_apart",
            format_name,
            str(file.absolute()),
            options.transpose,
            options.activations,
        )
    except LostError as error:
        raise damaged(what, expected) from error
    if "unsaid" in facts:
        raise NoActivationsError(facts["unsaid"])
    pairs = zip(facts["activations"], arrays[::2], arrays[1::2], strict=True)
    return MLP(tuple(Dense(weights, biases, name) for name, weights, biases in pairs))


def parse_apart(
    format_name: str, path: str, transpose: bool | None, activations: list[str] | None
) -> tuple[dict[str, Any], list[Anything]]:
    """``load_apart`` on the other side: activations, and the weights and biases of each layer."""
    parse = import_module(f"network.loaders.{format_name}").parse
    try:
        mlp = parse(Path(path), Options(transpose, tuple(activations) if activations else None))
    except NoActivationsError as error:
        return {"unsaid": error.count}, []
    arrays = [array for layer in mlp.layers for array in (layer.weights, layer.biases)]
    return {"activations": [layer.activation for layer in mlp.layers]}, arrays


def damaged(what: str, expected: str) -> InputError:
    """The refusal of bytes that are not what the file's suffix promises."""
    return InputError(
        f"found a file that is damaged or not {what} (or far too large), expected {expected}"
    )


class _Stream(io.BufferedReader):
    """A file of which nothing large is read while ``unread``."""

    unread = True

    def read(self, size: int | None = -1, /) -> bytes:
        if self.unread and size is not None and size > MAX_DIRECTORY:
            raise InputError(f"found a zip with a list of {size:,} bytes of members, expected few")
        return super().read(size)


@contextmanager
def opened_zip(file: Path) -> Iterator[zipfile.ZipFile]:
    """A zip whose members, as they declare, are few and together no larger than MAX_BYTES.

    Raises InputError for another; zipfile's own exceptions for what is none.
    """
    with _Stream(io.FileIO(file)) as stream, zipfile.ZipFile(stream) as archive:
        stream.unread = False
        limited(sum(member.file_size for member in archive.infolist()))
        yield archive


def unzipped(archive: zipfile.ZipFile, name: str, most: int = MAX_BYTES) -> bytes:
    """A member's bytes, and no more of them than it declares, which may be ``most``.

    Raises InputError for a larger one, or one that is packed in a way that cannot be unpacked in
    pieces; zipfile's exceptions for damage.
    """
    member = archive.getinfo(name)
    if member.file_size > most:
        raise InputError(
            f"found {member.file_size:,} bytes of {printable(name, 80)}, expected at most {most:,}"
        )
    data = beginning(archive, name, member.file_size)
    if len(data) != member.file_size:
        raise zipfile.BadZipFile("a member is cut off")
    return data


def beginning(archive: zipfile.ZipFile, name: str, size: int) -> bytes:
    """The first ``size`` bytes of a member, or all if it has fewer. Raises as ``unzipped``."""
    member = archive.getinfo(name)
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(
            f"found {printable(name, 80)} packed in the way {member.compress_type} of zips, "
            "expected it deflated or stored"
        )
    with archive.open(member) as stream:
        return stream.read(max(size, 1))


# --- From named tensors -----------------------------------------------------------------------

_ATTENTION = "in_proj"  # PyTorch's, the only matrices that are named like a layer's and are none
_ROLE = re.compile(r"(|.*[._/])(weights?|kernel|w|bias|biases|b)([._]?\d*)", re.I | re.S)


def linears_of(tensors: dict[str, Anything]) -> list[Linear]:
    """Pair weights with biases by name (``fc1.weight``, ``fc1.bias``; ``W1``, ``b1``), in order.

    Raises InputError, naming it, for a tensor that belongs to no fully connected layer.
    """
    matrices: dict[str, tuple[str, Anything]] = {}
    biases: dict[str, tuple[str, Anything]] = {}
    for name, tensor in tensors.items():
        if len(name) > MAX_NAME:
            raise InputError(f"found a name of {len(name)} letters, expected at most {MAX_NAME}")
        found = None if _ATTENTION in name else _ROLE.fullmatch(name)
        shown = f"{printable(name, 80)} of shape {tensor.shape}"
        if found is None or tensor.ndim != (1 if found[2][0] in "bB" else 2):
            raise not_filmable(f"{shown}{_guess(name, tensor)}")
        group = biases if found[2][0] in "bB" else matrices
        stem = found[1] + found[3]
        if stem in group:
            both = [printable(one, 80) for one in (group[stem][0], name)]
            raise InputError(f"found {' and '.join(both)}, expected one of the two")
        group[stem] = name, tensor
    for stem, (name, tensor) in biases.items():
        if stem not in matrices:
            raise not_filmable(f"{printable(name, 80)} of shape {tensor.shape} without weights")
    return [
        Linear(name, matrix, biases[stem][1] if stem in biases else None)
        for stem, (name, matrix) in matrices.items()
    ]


def _guess(name: str, tensor: Anything) -> str:
    last = re.split(r"[./]", name)[-1]
    if last.startswith(("running_", "num_batches", "moving_", "gamma", "beta")):
        return ", a normalisation"
    if last.startswith(("weight_ih", "weight_hh", "bias_ih", "bias_hh")):
        return ", a recurrent layer"
    if _ATTENTION in last:
        return ", attention"
    if tensor.ndim in (3, 4, 5):
        return ", a convolution"
    return ", a normalisation" if tensor.ndim == 1 else ""


def mlp_of(
    linears: Sequence[Linear],
    options: Options,
    *,
    in_order: bool,
    convention: bool | None,
    activations: Sequence[str] | None = None,
) -> MLP:
    """Put matrices into the order and the layout in which their shapes chain.

    ``in_order`` says that the order given is to be tried first; ``convention`` is the format's own
    layout (True for (n_in, n_out)), which decides where the shapes do not; ``activations`` are
    those that the file holds. Raises InputError if nothing chains, or more than one way does.
    """
    if not linears:
        raise InputError(f"found no weights, expected {FILMABLE}")
    if len(linears) > MAX_LAYERS:
        raise InputError(f"found {len(linears)} layers, expected at most {MAX_LAYERS}")
    limited_arrays([linear.matrix.shape for linear in linears])
    if options.transpose is not None:
        layouts = [options.transpose]
    else:
        layouts = [False, True] if convention is None else [convention, not convention]
    ways: list[tuple[bool, list[int]]] = []
    for transposed in layouts:
        sizes = [_sizes(linear, transposed) for linear in linears]
        if any(
            linear.bias is not None and linear.bias.shape != (n_out,)
            for linear, (_, n_out) in zip(linears, sizes, strict=True)
        ):
            continue
        if in_order and all(a[1] == b[0] for a, b in pairwise(sizes)):
            ways.append((transposed, list(range(len(linears)))))
        else:
            ways += [(transposed, order) for order in _orders(sizes, [x.name for x in linears])]
        if ways and convention is not None:
            break
    if not ways:
        raise InputError(f"found {_shapes(linears)}, which do not chain, expected layers that do")
    if len({transposed for transposed, _ in ways}) > 1:
        raise InputError(
            f"found {_shapes(linears)}, which chain as (n_out, n_in) and as (n_in, n_out), "
            "expected --no-transpose for the one or --transpose for the other"
        )
    if len(ways) > 1:
        raise InputError(
            f"found {_shapes(linears)}, which chain in more than one order, "
            "expected layers with numbers in their names"
        )
    transposed, order = ways[0]
    names = chosen_activations(options, len(linears), activations)
    layers = []
    for number, (place, name) in enumerate(zip(order, names, strict=True), start=1):
        linear = linears[place]
        weights = linear.matrix.T if transposed else linear.matrix
        layers.append(dense(number, weights, linear.bias, name))
    return MLP(tuple(layers))


def chosen_activations(
    options: Options, count: int, found: Sequence[str] | None = None
) -> tuple[str, ...]:
    """A name for each of ``count`` layers. Raises InputError if nobody said which."""
    if found is not None and options.activations is not None:
        raise InputError("found activations given with a file that holds its own, expected none")
    names = tuple(found or options.activations or ())
    if not names:
        raise NoActivationsError(count)
    if len(names) == 1:
        names *= count
    if len(names) != count:
        raise InputError(f"found {len(names)} activations for {count} layers, expected {count}")
    for name in names:
        if len(name) > MAX_NAME:
            raise InputError(f"found an activation with a name of {len(name):,} letters")
    return names


def _sizes(linear: Linear, transposed: bool) -> tuple[int, int]:
    """(n_in, n_out)."""
    rows, columns = linear.matrix.shape
    return (rows, columns) if transposed else (columns, rows)


def _orders(sizes: Sequence[tuple[int, int]], names: Sequence[str]) -> list[list[int]]:
    """Up to two orders in which all sizes chain and numbers in like names rise."""
    queues: dict[str, list[int]] = {}
    for place in sorted(range(len(names)), key=lambda n: [int(d) for d in _numbers(names[n])]):
        queues.setdefault(re.sub(r"\d+", "#", names[place]), []).append(place)
    found: list[list[int]] = []
    steps = iter(range(20_000))  # the search could take for ever on layers of one size

    def search(order: list[int]) -> None:
        if len(found) > 1 or next(steps, None) is None:
            return
        if len(order) == len(sizes):
            found.append(order)
        for queue in queues.values():
            if queue and (not order or sizes[order[-1]][1] == sizes[queue[0]][0]):
                place = queue.pop(0)
                search([*order, place])
                queue.insert(0, place)

    search([])
    return found


def _numbers(name: str) -> Iterator[str]:
    return (match.group() for match in re.finditer(r"\d+", name))


def _shapes(linears: Sequence[Linear]) -> str:
    shown = [f"{printable(x.name, 80)} {x.matrix.shape}" for x in linears[:6]]
    return ", ".join(shown) + (", ..." if len(linears) > 6 else "")


# --- From steps in order ----------------------------------------------------------------------


class Steps:
    """Layers as a graph lists them: a linear map, then perhaps its activation, and so on."""

    def __init__(self) -> None:
        self._linears: list[tuple[Anything, Anything | None]] = []
        self._names: list[str | None] = []
        self._parameters = 0

    def linear(
        self,
        weights: Anything,
        biases: Anything | None = None,
        alpha: float = 1.0,
        beta: float = 1.0,
    ) -> None:
        """``weights`` (n_out, n_in) times alpha, ``biases`` (n_out,), or None, times beta.

        Raises InputError for too many, before anything is converted: one array may come again and
        again, and takes its own memory in each layer.
        """
        if len(self._linears) == MAX_LAYERS:
            raise InputError(f"found more than {MAX_LAYERS} layers, expected at most as many")
        self._parameters += weights.size
        limited_parameters(self._parameters)
        if alpha != 1:
            weights = weights * alpha
        if beta != 1 and biases is not None:
            biases = biases * beta
        self._linears.append((weights, biases))
        self._names.append(None)

    def add(self, biases: Anything) -> bool:
        """Biases for the linear map before, if it has none yet; whether they fit."""
        if not self._linears or self._names[-1] is not None or self._linears[-1][1] is not None:
            return False
        self._linears[-1] = self._linears[-1][0], biases
        return True

    def activation(self, name: str) -> None:
        """The activation of the linear map before. Raises InputError where none can stand."""
        if name == "identity":
            return
        if not self._names or self._names[-1] is not None:
            before = f"after {self._names[-1]}" if self._names else "before any layer"
            raise not_filmable(f"{name} directly {before}")
        self._names[-1] = name

    @property
    def begun(self) -> bool:
        """Whether there has been a linear map."""
        return bool(self._linears)

    def mlp(self) -> MLP:
        """The network. Raises InputError if there are no layers or they do not chain."""
        if not self._linears:
            raise InputError(f"found no layers with weights, expected {FILMABLE}")
        pairs = zip(self._linears, self._names, strict=True)
        return MLP(
            tuple(
                dense(number, weights, biases, name or "identity")
                for number, ((weights, biases), name) in enumerate(pairs, start=1)
            )
        )


def dense(number: int, weights: Anything, biases: Anything | None, activation: str) -> Dense:
    """A layer, whose number from 1 begins the message of whatever is wrong with it."""
    if biases is None:
        biases = np.zeros(len(weights) if weights.ndim else 0)
    try:
        return Dense(weights, biases, activation)
    except InputError as error:
        raise InputError(f"layer {number}: {error}") from error
