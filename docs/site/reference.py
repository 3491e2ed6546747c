"""The pages of the reference, from the docstrings."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable
from pathlib import Path

import litnet
from litnet import animations, mobjects

# What litnet's public face has that is neither a mobject nor an animation, in the order in which a
# story needs it.
STORY = ("LitScene", "Digit", "Reading", "TrainingRun")
NUMBERS = ("Quantity", "Quantities", "illustrative", "illustrative_cells")
WORDS = ("in_line", "sentence", "shortened")


def drawn() -> tuple[list[str], list[str]]:
    """The names of all public mobjects and of all public animations, in order."""
    from manim import Animation, Mobject

    classes: dict[str, type] = {}
    for name in litnet.PUBLIC:
        found = getattr(litnet, name)
        if inspect.isclass(found):
            classes[name] = found
    for module in (mobjects, animations):
        for name in module.__all__:
            found = getattr(module, name)
            if inspect.isclass(found):
                classes.setdefault(name, found)
    shown = [
        sorted(n for n in classes if issubclass(classes[n], one)) for one in (Mobject, Animation)
    ]
    return shown[0], shown[1]


def home(name: str) -> str:
    """The module that a mobject or an animation is imported from."""
    if name in litnet.PUBLIC:
        return "litnet"
    return "litnet.mobjects" if name in mobjects.__all__ else "litnet.animations"


def source(name: str) -> Path:
    """The file of a mobject or an animation."""
    return Path(inspect.getfile(getattr(importlib.import_module(home(name)), name)))


def entry(module: str, name: str) -> str:
    """The directive that documents one name."""
    found = getattr(importlib.import_module(module), name)
    if isinstance(found, dict):
        names = ", ".join(f"``{one}``" for one in found)
        return f"```{{eval-rst}}\n.. py:data:: {module}.{name}\n\n   By name: {names}.\n```\n"
    kind, options = "autodata", ""
    if inspect.isclass(found):
        kind = "autoexception" if issubclass(found, Exception) else "autoclass"
        options = ":members:\n"
    elif inspect.isfunction(found):
        kind = "autofunction"
    elif inspect.ismodule(found):
        kind, options = "automodule", ":members:\n"
    return f"```{{eval-rst}}\n.. {kind}:: {module}.{name}\n{indented(options)}```\n"


def indented(options: str) -> str:
    """Options as they stand in a directive."""
    return "".join(f"   {line}\n" for line in options.splitlines())


def page(title: str, about: str, parts: Iterable[tuple[str, str, Iterable[str]]]) -> str:
    """A page of several parts, each with its title, the module and the names."""
    text = [f"# {title}\n\n{about}\n"]
    for heading, module, names in parts:
        text.append(f"\n## {heading}\n\n" + "\n".join(entry(module, name) for name in names))
    return "".join(text)


def commands() -> str:
    """The page of all commands, with what each says of itself."""
    import click

    from litnet.cli import main

    parts = [
        "# The command `litnet`\n\nWhat `--help` says. [The cheat sheet](/cheat-sheet.md) has the "
        "usual ones.\n"
    ]

    def tell(command: click.Command, name: str) -> None:
        if isinstance(command, click.Group):
            for word in command.list_commands(click.Context(command)):
                found = command.get_command(click.Context(command), word)
                if found is not None and not found.hidden:
                    tell(found, f"{name} {word}")
            return
        context = click.Context(command, info_name=name, terminal_width=80, max_content_width=80)
        parts.append(f"\n## `{name}`\n\n```text\n{command.get_help(context)}\n```\n")

    tell(main, "litnet")
    return "".join(parts)


def pages() -> dict[str, str]:
    """The pages by their names."""
    network = importlib.import_module("network")
    running = ("MLP", "Dense", "ForwardPass", "LayerActivations", "contributions")
    back = ("BackwardPass", "History", "Snapshot", "Step")
    files = ("load_network", "save_network", "load_history", "save_history", "from_sklearn")
    rest = [n for n in network.__all__ if n not in (*running, *back, *files)]
    return {
        "reference/commands.md": commands(),
        "reference/litnet.md": page(
            "`litnet`: what a story is made of",
            "`from litnet import LitScene, NeuronLayer, ...`: a name is loaded when it is used. "
            "[Mobjects and animations](/mobjects.md) have a page each. The code is in "
            "[`litnet/story`](../../litnet/story), [`litnet/record`](../../litnet/record) and "
            "[`litnet/style.py`](../../litnet/style.py).",
            (
                ("The scene, and what it films", "litnet", STORY),
                ("Numbers with their sources", "litnet", NUMBERS),
                ("Words and numbers in lines", "litnet", WORDS),
                ("Colours, sizes, and how a number becomes light", "litnet", ("style",)),
            ),
        ),
        "reference/network.md": page(
            "`network`: the mathematics",
            "NumPy alone; it knows neither manim nor litnet. Numbers are float64 unless it says "
            "otherwise, networks and what they computed cannot be changed. The code is "
            "in [`network`](../../network), best read from [`mlp.py`](../../network/mlp.py) on.",
            (
                ("A network, and what it computed", "network", running),
                ("Learning", "network", back),
                ("Files", "network", files),
                ("Functions and errors", "network", rest),
                (
                    "Digits",
                    "network.digits",
                    ("load_image", "bundled_digits", "training_digits", "hero_digit"),
                ),
                ("Training", "network.training", ("train",)),
            ),
        ),
        "reference/lessons.md": page(
            "`litnet.lessons`: clips in pages",
            "What stands in a notebook, or in a script that makes pages. Nothing of it imports "
            "manim.",
            (
                ("Clips", "litnet.lessons", ("Clip",)),
                ("Pages", "litnet.lessons.build", ("build", "Built")),
                ("The drawing network", "litnet.lessons.weights", ("write_weights",)),
            ),
        ),
    }
