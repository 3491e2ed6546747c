"""Commands for whoever writes a story: still, preview."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from litnet.commands.clips import the_studio
from litnet.commands.completion import clip_names, languages, themes
from litnet.commands.reading import captions_option, reading_options

Command = Callable[..., Any]
_VARIANT = (
    click.option("--digit", type=click.Path(path_type=Path), help="A picture of a digit."),
    click.option("--model", type=click.Path(path_type=Path), help="A network's file."),
    click.option("--history", type=click.Path(path_type=Path), help="A training run's file."),
    click.option("--language", shell_complete=languages, help="Of words and captions."),
    click.option("--theme", shell_complete=themes, help="The look: dark, paper, or one's own."),
    click.option(
        "--voice",
        is_flag=False,
        flag_value="piper",
        metavar="[FOLDER]",
        help="As spoken: with piper, or from a folder of recordings.",
    ),
    click.option(
        "--baseline",
        "--before",
        type=click.Path(path_type=Path),
        help="The network that is compared with.",
    ),
)


def variant_options(command: Command) -> Command:
    """The options that choose what is filmed, as ``render`` has them, one of each."""
    command = captions_option(reading_options(command))
    for option in reversed(_VARIANT):
        command = option(command)
    return command


@click.command()
@click.argument("story", shell_complete=clip_names)
@click.option("--beat", metavar="NAME", help="The last frame of a beat.")
@click.option("--at", type=float, metavar="SECONDS", help="The frame at a time.")
@click.option("--frame", type=click.IntRange(min=0), metavar="N", help="A frame, from 0.")
@click.option("--beats", is_flag=True, help="One picture of all beats, each with name and time.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="PNG")
@click.option("-q", "--quality", type=click.Choice(list("lmhpk")), default="h", show_default=True)
@variant_options
def still(
    story: str,
    beat: str | None,
    at: float | None,
    frame: int | None,
    beats: bool,
    output: Path | None,
    quality: str,
    **chosen: Any,
) -> None:
    """Draw one frame of STORY as its film has it, without making the film.

    STORY is one of `litnet list`, or a file of scenes: FILE.py, or FILE.py:NAME. Without a choice
    the last frame of its last beat is drawn.
    """
    from litnet.clips import still as stills
    from litnet.clips.farm.work import said
    from litnet.clips.settings import QUALITIES
    from network.errors import InputError, printable

    if sum((beat is not None, at is not None, frame is not None, beats)) > 1:
        raise click.UsageError("Only one of --beat, --at, --frame and --beats can be drawn.")
    studio = the_studio()
    if output is not None and output.suffix.lower() != ".png":
        raise InputError(f"{output}: a still is a PNG, expected a name that ends in .png.")
    task = stills.task_for(studio, stills.story_named(story, studio), QUALITIES[quality], **chosen)
    try:
        if beats:
            name, image = stills.sheet(task)
            which = "beats"
        else:
            name, number, image = stills.still(task, stills.Wish(beat, at, frame))
            which = f"{number:05}"
    except Exception as error:
        raise InputError(said(error, task.file)) from error
    except SystemExit as error:  # a scene's way of saying it in one sentence
        raise InputError(said(error, task.file)) from error
    file = output or studio.manifest.parent / "stills" / f"{name}-{which}.png"
    stills.write_png(image, file)
    click.echo(printable(file, 10_000))


@click.command()
@click.argument("story", shell_complete=clip_names)
@click.option("-q", "--quality", type=click.Choice(list("lmhpk")), default="h", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0, the default: any.")
@variant_options
def preview(story: str, quality: str, port: int, **chosen: Any) -> None:
    """Show STORY on a page of this machine while it is written, until Ctrl-C.

    The page shows the frame at its playhead again whenever a file is saved. STORY is one of
    `litnet list`, or a file of scenes: FILE.py, or FILE.py:NAME.
    """
    import os

    from litnet.clips import still as stills
    from litnet.clips.settings import QUALITIES
    from network.errors import InputError

    if not hasattr(os, "fork"):
        raise InputError(
            "`litnet preview` forks a process for each frame, which this system cannot; "
            "`litnet still` and `litnet watch` work here."
        )
    try:
        from litnet.clips.preview import Preview
    except ImportError as error:
        raise InputError("`litnet preview` needs tornado: pip install 'litnet[lessons]'") from error

    studio = the_studio()
    task = stills.task_for(studio, stills.story_named(story, studio), QUALITIES[quality], **chosen)
    Preview(task, studio.root, lambda text: click.echo(text, err=True), port).run()
