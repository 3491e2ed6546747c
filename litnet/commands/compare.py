"""The command that says what a retrained network does differently, and films it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from litnet.commands import clips
from litnet.commands.clips import as_json_option
from litnet.commands.completion import languages
from litnet.commands.reading import reading_options

if TYPE_CHECKING:
    from litnet.clips.manifest import Studio
    from litnet.clips.render import Finished


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--film", is_flag=True, help="Film how both read one digit, side by side.")
@click.option(
    "--digit",
    type=click.Path(path_type=Path),
    help="The one to film; else the first that is read rightly now, and was not; or, if there is "
    "none, the first that was; or the configured one.",
)
@reading_options
@click.option("-q", "--quality", type=click.Choice(list("lmhpk")), help="Of the film, as manim's.")
@click.option("--language", shell_complete=languages, help="Of the film.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes that render side by side.")
@click.option("--scheduler", metavar="ADDRESS", help="Render on the workers of a Dask scheduler.")
@as_json_option
def diff(
    old: Path,
    new: Path,
    film: bool,
    digit: Path | None,
    read_as: str | None,
    quality: str | None,
    language: str | None,
    workers: int | None,
    scheduler: str | None,
    as_json: bool,
) -> None:
    """Say what NEW reads otherwise than OLD, on the bundled digits.

    With --film it is filmed, too: the clip BeforeAfter is published under a name that says what is
    compared, and litnet render keeps it up to date from then on.
    """
    import numpy as np

    from network import load_network
    from network.comparison import compare
    from network.digits import bundled_digits

    for option, given in (
        ("--digit", digit),
        (f"--{(read_as or '').split(' ')[0]}", read_as),
        ("--quality", quality),
        ("--language", language),
        ("--workers", workers),
        ("--scheduler", scheduler),
    ):
        if given is not None and not film:
            raise click.UsageError(f"{option} is about a film; say --film, too.")
    digits = bundled_digits()
    networks = load_network(old), load_network(new)
    images = np.array([digit.image().reshape(-1) for digit in digits])
    found = compare(networks[0], networks[1], images, [digit.label for digit in digits])
    flipped = [
        {
            "file": digits[reading.index].path.name,
            "label": reading.label,
            "old": {"answer": reading.old, "confidence": reading.old_confidence},
            "new": {"answer": reading.new, "confidence": reading.new_confidence},
            "change": reading.change,
        }
        for reading in found.flipped
    ]
    answer: dict[str, Any] = {}
    if as_json:
        models = [
            {"path": str(path), "digest": network.digest, "accuracy": accuracy, "confidence": sure}
            for path, network, accuracy, sure in zip(
                (old, new), networks, found.accuracies, found.confidences, strict=True
            )
        ]
        answer = {"digits": len(digits), "old": models[0], "new": models[1], "flipped": flipped}
    else:
        names = ("accuracy", "mean confidence")
        for name, (was, now) in zip(names, (found.accuracies, found.confidences), strict=True):
            click.echo(f"{name:<16} {was:8.3f} -> {now:.3f}  ({now - was:+.3f})")
        counts = {
            c: sum(r.change == c for r in found.flipped) for c in ("mended", "broken", "other")
        }
        click.echo(
            f"answers flipped  {len(flipped)} of {len(digits)}: {counts['mended']} mended, "
            f"{counts['broken']} broken, {counts['other']} wrong in another way"
        )
        files = [digits[reading.index].path.name for reading in found.flipped]
        width = max(map(len, files), default=0)
        for reading, file in zip(found.flipped, files, strict=True):
            click.echo(
                f"  {file:<{width}}  {reading.old} ({reading.old_confidence:.2f}) -> "
                f"{reading.new} ({reading.new_confidence:.2f})  {reading.change}"
            )
    if film:
        studio = clips.the_studio()
        # One whose answer changed for the better, else for the worse, else from wrong to wrong.
        first = next(
            (
                digits[reading.index].path
                for change in ("mended", "broken", "other")
                for reading in found.flipped
                if reading.change == change
            ),
            None,
        )
        done = _film(
            *(studio, old, new, digit, first, read_as, quality, language, workers, scheduler)
        )
        answer["film"] = clips.done_as_json(studio, done)
        if done.state == "failed":
            clips.say(f"{done.clip.name}: {done.error}")
        elif not as_json:
            click.echo(answer["film"]["file"])
    if as_json:
        click.echo(json.dumps(answer, indent=2))
    if film and done.state == "failed":
        raise click.exceptions.Exit(1)


def _film(
    studio: Studio,
    old: Path,
    new: Path,
    digit: Path | None,
    first: Path | None,
    read_as: str | None,
    quality: str | None,
    language: str | None,
    workers: int | None,
    scheduler: str | None,
) -> Finished:
    """Film OLD and NEW reading a digit: the one asked for, or else ``first``."""
    from litnet.clips.render import Request, bring_up_to_date
    from litnet.clips.settings import QUALITIES
    from litnet.clips.variants import find_digits
    from litnet.project import Project, real_path
    from litnet.record.variant import AUTO, filmed, read_also

    configured, chosen = studio.configured(), filmed(Project.at(studio.root))
    if digit is None and (first is None or chosen.digit != configured.digit):
        digit = real_path(str(chosen.digit), studio.root)
    picture = digit or first
    assert picture is not None, "the configured one, if none flipped"
    (one,) = find_digits([picture])[:1]
    (story,) = (story for story in studio.stories if story.baseline)
    request = Request(
        names=(story.scene,),
        models=(new,),
        baseline=old,
        digits=(one,),
        read_as=read_also(chosen.read_as, read_as) or AUTO,
        languages=(language or str(chosen.language),),
        theme=None if chosen.theme == configured.theme else chosen.theme,
        quality=QUALITIES[quality] if quality else None,
    )
    with clips.stoppable(), clips.listening() as listener:
        (done,) = bring_up_to_date(studio, request, listener, workers=workers, scheduler=scheduler)
    return done
