"""The stories of a user's project: those that its settings name, or else what its ``scenes`` hold.

They are found by reading, so that ``litnet list`` loads neither manim nor anybody's code.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from litnet.clips.catalogue import STORIES, Story
from litnet.narration import BASE
from litnet.project import Project, asset
from network.errors import InputError, printable
from network.files import read_text

FOLDER = "scenes"
ROLES = ("model", "digit", "language", "baseline", "history")
# What a story calls of `self`, or sets, if it films one of these.
READS = {"read", "read_another", "reading"}
SIGNS = {
    "model": READS | {"network", "network_reads"},
    "digit": READS | {"digit"},
    "baseline": {"baseline", "before"},
    "history": {"run"},
}


def stories_of(project: Project) -> tuple[Story, ...]:
    """The project's own stories, and litnet's after them unless it leaves them out.

    Raises
    ------
    InputError
        A file that is named is missing or holds no story, or two stories have one name.
    """
    own = _own(project)
    litnets = STORIES if project.litnet_stories else ()
    files: dict[str, Path] = {}
    for story in (*own, *litnets):
        if story.scene in files:
            raise InputError(
                f"{printable(files[story.scene])} and {printable(story.file)}: both have a story "
                f"{printable(story.scene)}, and clips are published by that name. Expected another "
                "name in one of them, or litnet-stories = false in [tool.litnet]."
            )
        files[story.scene] = story.file
    return (*own, *litnets)


def _own(project: Project) -> list[Story]:
    if project.stories is not None:
        return [s for name in project.stories for s in stories_named(project.root / name)]
    folder = project.root / FOLDER
    if not folder.is_dir() or folder.resolve() == asset(FOLDER):
        return []
    return [story for file in sorted(folder.glob("*.py")) for story in stories_in(file)]


def stories_named(given: str | Path) -> list[Story]:
    """The stories of ``FILE.py``, or the one of ``FILE.py:NAME``.

    Raises
    ------
    InputError
        There is no such file, it is not Python, or holds no such story.
    """
    text, _, scene = str(given).partition(".py:")
    file = Path(f"{text}.py") if scene else Path(text)
    if not file.is_file():
        raise InputError(f"{printable(file)}: no such file, expected one with a story in it.")
    found = stories_in(file.absolute(), strict=True)
    if not found:
        raise InputError(
            f"{printable(file)}: found no story, expected a class that comes from {BASE} and has "
            "a method construct."
        )
    if not scene:
        return found
    for story in found:
        if story.scene == scene:
            return [story]
    raise InputError(
        f"{printable(file)}: found no story {printable(scene)}, "
        f"expected one of: {', '.join(printable(story.scene) for story in found)}."
    )


def stories_in(file: Path, *, strict: bool = False) -> list[Story]:
    """The stories of a file in its order; none if it is not Python, unless ``strict``.

    Raises
    ------
    InputError
        The file cannot be read; or, where ``strict``, it is not Python.
    """
    known = next((story for story in STORIES if story.file == file.resolve()), None)
    if known is not None:
        return [story for story in STORIES if story.file == known.file]
    try:
        tree = ast.parse(read_text(file))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if not strict:
            return []
        raise InputError(f"{printable(file)}: is not Python ({printable(error)}).") from error
    return [_story(node, file) for node in _classes(tree)]


def _classes(tree: ast.Module) -> Iterator[ast.ClassDef]:
    """Classes that come from LitScene, by its name or through another one of the file."""
    known = {BASE}
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        bases = {base.attr if isinstance(base, ast.Attribute) else "" for base in node.bases}
        bases |= {base.id for base in node.bases if isinstance(base, ast.Name)}
        if bases & known:
            known.add(node.name)
            if any(isinstance(p, ast.FunctionDef) and p.name == "construct" for p in node.body):
                yield node


def _story(node: ast.ClassDef, file: Path) -> Story:
    declared = _declared(node, file)
    if declared is None:
        used = {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
        used |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        roles = {role: bool(used & signs) for role, signs in SIGNS.items()}
        roles["model"] &= not roles["history"]  # the network is the training run's
    else:
        roles = {role: role in declared for role in ROLES}
    return Story(node.name, file, film=None, film_from=None, film_until=None, **roles)


def _declared(node: ast.ClassDef, file: Path) -> set[str] | None:
    """What ``films = ("model", "digit")`` in a class says; None if it is not there."""
    for part in node.body:
        target = part.targets[0] if isinstance(part, ast.Assign) else None
        target = part.target if isinstance(part, ast.AnnAssign) else target
        if isinstance(target, ast.Name) and target.id == "films":
            assert isinstance(part, ast.Assign | ast.AnnAssign)
            try:
                named = ast.literal_eval(part.value) if part.value is not None else None
                if not isinstance(named, tuple | list | set) or not {*named} <= {*ROLES}:
                    raise ValueError
            except (ValueError, TypeError) as error:
                raise InputError(
                    f"{printable(file)}: films in {printable(node.name)} is none of what a story "
                    f"can film, expected names of: {', '.join(ROLES)}."
                ) from error
            return {*named}
    return None
