"""The command ``litnet``.

Exit codes: 0 done; 1 the answer is no (bad input, stale, failed), one sentence on stderr; 2 wrong
usage. With ``--json`` the sentence is on stdout, ``{"error": "..."}``. Whatever is slow to import
(NumPy, rich, and above all manim) is imported inside the command that needs it, so that ``litnet
--help`` answers at once.
"""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from litnet import __version__
from litnet.commands import (
    classes,
    clips,
    compare,
    doctor,
    lesson,
    lessons,
    looking,
    models,
    new,
    train,
)
from litnet.commands.clips import JSON

# Sums that are split among threads round differently, and matrices here are so small that threads
# wait more than they work. Has no effect once NumPy is loaded.
for _library in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

LONGEST_SENTENCE = 3000  # letters
LONGEST_WORD = 1000  # a path that can be opened, and a command that can be typed, stay whole


def one_line(sentence: object) -> str:
    """A sentence that repeats what somebody typed, or called a file: escaped, and cut."""
    from network.errors import printable

    # Long words first, so that what stands around them stays whole.
    short = re.sub(rf"\S{{{LONGEST_WORD},}}", lambda word: printable(word[0]), str(sentence))
    return printable(short, LONGEST_SENTENCE)


@contextmanager
def _usage_on_one_line(ctx: click.Context | None = None) -> Iterator[None]:
    """What click says of wrong usage, as all else that is refused."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise  # what it says is the help
    except click.UsageError as error:
        sentence = one_line(error.format_message())
        if ctx is not None and JSON in ctx.meta:
            _refuse(ctx, sentence, error.exit_code)
        raise click.UsageError(sentence, error.ctx) from error


def _refuse(ctx: click.Context, sentence: str, code: int) -> None:
    """End with one sentence on stderr; as JSON on stdout where the command was to print that."""
    if JSON in ctx.meta:
        click.echo(json.dumps({"error": sentence}))
    else:
        click.echo(f"litnet: {sentence}", err=True)
    ctx.exit(code)


@contextmanager
def _warnings_in_sentences() -> Iterator[None]:
    """What is worth knowing of a person's files is said as everything else is."""
    with warnings.catch_warnings():
        usual = warnings.showwarning

        def say(message: Any, category: type[Warning], *place: Any, **more: Any) -> None:
            if category is UserWarning:
                click.echo(f"litnet: {one_line(message)}", err=True)
            else:
                usual(message, category, *place, **more)

        warnings.showwarning = say
        yield


class LitnetGroup(click.Group):
    """A group of commands in which bad input ends in one sentence, not in a traceback."""

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        """Read the group's own arguments."""
        with _usage_on_one_line():
            return super().make_context(*args, **more)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an InputError becomes its message on stderr and exit code 1."""
        _have_a_home()
        if os.environ.get("NO_COLOR"):  # no-color.org: whatever it says, unless it is empty
            ctx.color = False
        try:
            with _usage_on_one_line(ctx), _warnings_in_sentences():
                return super().invoke(ctx)
        except ValueError as error:
            from network.errors import InputError

            if not isinstance(error, InputError):
                raise
            _refuse(ctx, one_line(error), 1)


def _have_a_home() -> None:
    """Give a home to somebody without one, such as a container's unknown user: manim asks for it.

    There is nothing in it. The processes that this one starts have the same.
    """
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = "/nonexistent"


@click.group(cls=LitnetGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="litnet")
def main() -> None:
    """Films of a small neural network that reads handwritten digits."""


for command in (
    clips.list_clips,
    clips.status,
    clips.check,
    clips.render,
    clips.watch,
    doctor.doctor,
    looking.preview,
    new.new,
    looking.still,
    compare.diff,
    lesson.lesson,
    classes.class_group,
    lessons.embed,
    train.train,
    models.predict,
    models.model,
    models.import_model,
):
    main.add_command(command)
