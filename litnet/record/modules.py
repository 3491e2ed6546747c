"""The modules that a story is drawn by, found by reading files, not by looking at what is loaded.

All imports are followed, wherever they stand in a file, except under ``if TYPE_CHECKING:`` and
except those in ``BOOKKEEPING``, with all that only they import: they name, check and publish films,
or read files, and draw nothing. A name that is taken from a package is followed to the module that
it comes from, through the package's own imports and through its table of lazy names; so another
name in the same package makes nothing stale.

What a file imports is kept in the user's cache folder, by its content: parsing the files of a story
takes half a second, as long as all else that is done where nothing changed.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec

from litnet.cache import Kept
from litnet.project import HOME, current_root
from network.errors import InputError, printable
from network.files import read_bytes

BOOKKEEPING = (
    "litnet.cache",
    "litnet.cli",
    "litnet.clips",
    "litnet.commands",
    "litnet.lessons",
    "litnet.project",
    "litnet.record.current",
    "litnet.record.inputs",
    "litnet.record.modules",
    "litnet.record.reasons",
    "litnet.record.schema",
    "litnet.record.variant",
    "litnet.__main__",
    "network.checkpoint",
    "network.errors",
    "network.files",
    "network.history_file",
    "network.loaders",
)
PROJECT = ("litnet", "network")
KEPT = Kept("imports", most=8192, most_bytes=32 * 2**20)
Taken = tuple[str, str | None]  # a module, and the name that is taken from it (None: all of it)
Places = tuple[Path, ...]  # folders in which modules are looked for, in order


def is_bookkeeping(name: str) -> bool:
    """Whether a module draws nothing."""
    return any(name == kept or name.startswith(f"{kept}.") for kept in BOOKKEEPING)


def import_closure(file: Path, root: Path | None = None) -> list[Path]:
    """The modules that a file imports, directly or not, sorted; without the file itself.

    Those of ``litnet`` and ``network``, and those that lie beside the file or in the project's
    folder ``root``. Raises InputError for a file that is not Python.
    """
    places = tuple(dict.fromkeys((file.parent, root or current_root(), HOME)))
    seen: dict[Path, None] = {}
    pending = list(_used(file, places))
    while pending:
        module = pending.pop()
        if module not in seen:
            seen[module] = None
            pending.extend(_used_by_module(module, places))
    return sorted(path for path in seen if path != file)


@cache
def _used_by_module(file: Path, places: Places) -> tuple[Path, ...]:
    return tuple(_used(file, places))


def _used(file: Path, places: Places) -> Iterator[Path]:
    """The files of the modules from which a file takes what it names in its imports."""
    for module, name in _imports(file).taken:
        yield from _sources(module, name, places, frozenset())


def _sources(
    module: str, name: str | None, places: Places, asked: frozenset[Taken]
) -> Iterator[Path]:
    """The files that taking a name from a module needs."""
    if is_bookkeeping(module) or (module, name) in asked:
        return
    file = _file_of(module, places)
    if file is None:
        return
    asked |= {(module, name)}
    for length in range(1, module.count(".") + 1):
        package = _file_of(".".join(module.split(".")[:length]), places)
        if package is not None and _of_package(package).acts:
            yield package
    if file.name != "__init__.py" or name is None or _of_package(file).acts:
        yield file
    if file.name == "__init__.py" and name is not None:
        inside = f"{module}.{name}"
        if inside_file := _file_of(inside, places):
            if not is_bookkeeping(inside) and inside_file != file:
                yield from _sources(inside, None, places, asked)
        elif origin := _of_package(file).face.get(name):
            yield from _sources(*origin, places, asked)
        else:
            yield file


@cache
def _file_of(module: str, places: Places) -> Path | None:
    for place in places:
        if place == HOME and module.partition(".")[0] not in PROJECT:
            continue  # there lie all packages, where litnet is installed
        path = place.joinpath(*module.split("."))
        for file in (path / "__init__.py", path.with_name(f"{path.name}.py")):
            if file.is_file():
                return file
    return None


# --- what one file says --------------------------------------------------------------------------
class Imports(msgspec.Struct, frozen=True):
    """What a file imports, and what it is as a package's own file.

    ``taken``: every module, and every name that it takes from one (it may be one itself).
    ``face``: where the names come from that it passes on. ``acts``: whether it does more than to
    pass names on.
    """

    taken: tuple[Taken, ...]
    face: dict[str, Taken]
    acts: bool


@cache
def _of_package(file: Path) -> Imports:
    return _imports(file)


def _imports(file: Path) -> Imports:
    """As it stands in the file now, or as it is kept for a file of this content."""
    source = read_bytes(file)
    key = hashlib.sha256(_reader_digest() + source).hexdigest()
    if kept := KEPT.read(key):
        with suppress(msgspec.DecodeError):
            return msgspec.json.decode(kept, type=Imports)
    tree = _parsed(source, file)
    taken = tuple(dict.fromkeys(_taken(tree)))
    found = Imports(taken, _face(tree), not all(map(_is_face, tree.body)))
    KEPT.keep(key, msgspec.json.encode(found))
    return found


@cache
def _reader_digest() -> bytes:
    """What reads the files: this module, and Python's grammar."""
    return hashlib.sha256(read_bytes(Path(__file__)) + sys.version.encode()).digest()


def _face(tree: ast.Module) -> dict[str, Taken]:
    """The names that a package passes on: those that it imports, and those of its lazy tables.

    A table is a dictionary of constants at the package's outermost level: the module of each name,
    or the names of each module.
    """
    found: dict[str, Taken] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            for alias in node.names:
                found[alias.asname or alias.name] = (node.module, alias.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
            try:
                table = ast.literal_eval(node.value)
            except ValueError:
                continue
            for key, value in table.items():
                if isinstance(value, str):
                    found[str(key)] = (value, str(key))
                elif isinstance(value, list | tuple | set):
                    found.update({str(name): (str(key), str(name)) for name in value})
    return found


def _is_face(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name in ("__getattr__", "__dir__")
    if isinstance(node, ast.If):
        return _for_types(node)
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return node.value is None or not any(
            isinstance(part, ast.Call | ast.Lambda) for part in ast.walk(node.value)
        )
    # (What a package imports without taking a name from it, it imports for what that does.)
    return isinstance(node, ast.ImportFrom) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )


def _taken(node: ast.AST) -> Iterator[Taken]:
    """What a tree imports: every module, and every name that it takes from one (it may be one)."""
    if isinstance(node, ast.Import):
        yield from ((alias.name, None) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        if node.level == 0 and node.module:
            for alias in node.names:
                yield node.module, None if alias.name == "*" else alias.name
    elif isinstance(node, ast.If) and _for_types(node):
        for statement in node.orelse:
            yield from _taken(statement)
    else:
        for child in ast.iter_child_nodes(node):
            # Expressions, most of a file, import nothing.
            if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
                yield from _taken(child)


def _for_types(node: ast.If) -> bool:
    return ast.unparse(node.test).endswith("TYPE_CHECKING")


def _parsed(source: bytes, file: Path) -> ast.Module:
    try:
        return ast.parse(source, str(file))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"{printable(file)}: cannot be read as Python ({error}).") from error
