"""The commands that make lessons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from litnet.commands.clips import as_json_option

if TYPE_CHECKING:
    from litnet.lessons.build import Built
    from litnet.lessons.statistics import Statistics

folder_argument = click.argument("folder", type=click.Path(path_type=Path))
output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The folder to write; renders/lessons/NAME unless told.",
)
strict_option = click.option("--strict", is_flag=True, help="A stale clip is an error.")


@click.group()
def lesson() -> None:
    """Make a lesson of text, clips, questions and the interactive mode."""


@lesson.command()
@folder_argument
@output_option
@strict_option
@as_json_option
def build(folder: Path, output: Path | None, strict: bool, as_json: bool) -> None:
    """Build the lesson in FOLDER as a static folder.

    It holds all that it needs: open index.html, or put it on any web server. What was built before
    stays if anything is wrong.
    """
    from litnet.lessons.build import build as build_lesson
    from network.errors import printable

    built = build_lesson(
        folder, output, strict=strict, on_step=lambda text: click.echo(text, err=True)
    )
    _warn(built)
    if as_json:
        facts = {
            "folder": str(built.folder),
            "statistics": [one.as_json() for one in built.statistics],
            "warnings": list(built.warnings),
        }
        click.echo(json.dumps(facts, indent=2))
        return
    for one in built.statistics:
        click.echo(_described(one))
    click.echo(printable(built.folder / "index.html", most=10_000))


@lesson.command()
@folder_argument
@output_option
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@strict_option
def serve(folder: Path, output: Path | None, port: int, strict: bool) -> None:
    """Preview the lesson in FOLDER, on this machine only.

    It is built again, and the page reloads, when the text or one of the clips changes. Port 0
    stands for any free one.
    """
    from litnet.clips.manifest import Studio
    from litnet.lessons.build import build as build_lesson
    from network.errors import InputError

    try:
        from litnet.lessons.serve import Server
    except ImportError as error:
        raise InputError(
            "`litnet lesson serve` needs tornado: pip install 'litnet[lessons]'"
        ) from error

    def make() -> Built:
        built = build_lesson(folder, output, strict=strict)
        _warn(built)
        return built

    def say(text: str) -> None:
        click.echo(text, err=True)

    Server(make, [folder, Studio().clips], say, port).run()


def _warn(built: Built) -> None:
    for warning in built.warnings:
        click.echo(f"litnet: warning: {warning}", err=True)


def _described(one: Statistics) -> str:
    level = "" if one.grade is None else f", reading level {one.grade:.1f}"
    return (
        f"{one.language}: {one.minutes:.1f} minutes: films {one.films:.1f} ({one.spoken} words a "
        f"minute), {one.words} words to read {one.reading:.1f}, {one.questions} questions "
        f"{one.answering:.1f}, trying out {one.trying_out:.1f}{level}"
    )
