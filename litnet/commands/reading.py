"""How pictures of digits are to be read, and where captions are: options of several commands."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

captions_option = click.option(
    "--captions",
    type=click.Choice(["burned", "track"]),
    help="Burned into the picture, or a track beside it, for players that show it there.",
)


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options ``--dark-ink``, ``--light-ink``, ``--prepare`` and ``--as-is``; the command is
    given ``read_as``, as :func:`litnet.record.variant.known_read_as` has it, None without any."""

    @wraps(command)
    def given(*args: Any, dark_ink: bool | None, prepared: bool | None, **more: Any) -> Any:
        from litnet.record.variant import INK, PREPARED

        kinds = ((INK, dark_ink), (PREPARED, prepared))
        words = [word for kind, said in kinds for word in kind if kind[word] is said]
        return command(*args, read_as=" ".join(words) or None, **more)

    ink = "Whether its ink is darker than its paper; without it, the strokes tell."
    prepared = "Of a picture of just the network's size; without it, whether it looks like MNIST's."
    for option in (
        click.option("--prepare/--as-is", "prepared", default=None, help=prepared),
        click.option("--dark-ink/--light-ink", default=None, help=ink),
    ):
        given = option(given)
    return given
