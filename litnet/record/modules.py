"""The modules that a story is drawn by, found by reading files, not by looking at what is loaded.

All imports are followed, wherever they stand in a file, except under ``if TYPE_CHECKING:`` and
except those in ``BOOKKEEPING``, with all that only they import: they name, check and publish films,
or read files, and draw nothing. A name that is taken from a package is followed to the module that
it comes from, through the package's own imports and through its table of lazy names; so another
name in the same package makes nothing stale.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from litnet.project import HOME, current_root
from network.errors import InputError, printable
from network.files import read_bytes

BOOKKEEPING = (
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
    for module, name in _taken(_parsed(file)):
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
        if package is not None and _acts(package):
            yield package
    if file.name != "__init__.py" or name is None or _acts(file):
        yield file
    if file.name == "__init__.py" and name is not None:
        inside = f"{module}.{name}"
        if inside_file := _file_of(inside, places):
            if not is_bookkeeping(inside) and inside_file != file:
                yield from _sources(inside, None, places, asked)
        elif origin := _face(file).get(name):
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


@cache
def _face(package: Path) -> dict[str, Taken]:
    """The names that a package passes on: those that it imports, and those of its lazy tables.

    A table is a dictionary of constants at the package's outermost level: the module of each name,
    or the names of each module.
    """
    found: dict[str, Taken] = {}
    for node in _parsed(package).body:
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


@cache
def _acts(package: Path) -> bool:
    """Whether a package's own file does more than to pass names on."""
    return not all(map(_is_face, _parsed(package).body))


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


def _parsed(file: Path) -> ast.Module:
    try:
        return ast.parse(read_bytes(file), str(file))
    except InputError:
        raise
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"{printable(file)}: cannot be read as Python ({error}).") from error
