"""Commands about clips: list, status, check, render, watch."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from litnet.commands.completion import clip_names, languages, themes
from litnet.commands.reading import captions_option, reading_options

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from litnet.clips.manifest import Studio
    from litnet.clips.render import Finished, Listener
    from litnet.clips.survey import Standing
    from litnet.clips.watched import Watched


def the_studio() -> Studio:
    """The project's own stories and its own folder of clips."""
    from litnet.clips.manifest import Studio

    return Studio()


def say(text: object) -> None:
    """One line on stderr, whatever names from outside are in it."""
    click.echo(_line(f"litnet: {text}"), err=True)


def _line(text: object) -> str:
    from network.errors import printable  # with NumPy, which takes its time

    return printable(text, 10_000)


def _named(studio: Studio, names: Sequence[str]) -> tuple[Studio, tuple[str, ...]]:
    """The studio with what is named, and the names of that: those of stories, ``FILE.py`` for all
    stories of a file, or ``FILE.py:NAME``. What is none of these is wrong usage.

    Raises
    ------
    InputError
        A file is missing, holds no such story, or one whose name another file's has.
    """
    from litnet.clips.catalogue import meant
    from litnet.clips.project_stories import stories_named
    from network.errors import InputError

    found: list[str] = []
    for name in names:
        known = {story.scene: story for story in studio.in_order}
        if name in known:
            found.append(name)
        elif ".py" not in name:
            what = _line(repr(name))
            raise click.UsageError(f"No such clip: {what}{meant(name, [*known])}")
        else:
            for story in stories_named(name):
                other = known.get(story.scene, story)
                if not os.path.samefile(other.file, story.file):
                    raise InputError(
                        f"{name}: {story.scene} is also the name of a story in {other.file}, and "
                        "clips are published by that name; expected another one."
                    )
                if story.scene not in known:
                    studio = replace(studio, stories=(*studio.stories, story))
                found.append(story.scene)
    return studio, tuple(dict.fromkeys(found))


JSON = "litnet.json"  # in the meta of a context: what is refused is said in JSON, too


def _in_json(ctx: click.Context, _parameter: click.Parameter, chosen: bool) -> bool:
    if chosen:
        ctx.meta[JSON] = True
    return chosen


as_json_option = click.option(
    "--json", "as_json", is_flag=True, is_eager=True, callback=_in_json, help="Print JSON."
)
caching_option = click.option(
    "--disable_caching",
    "caching",
    flag_value=False,
    default=True,
    help="As manim's: draw everything, also what films before have shown.",
)


@click.command("list")
@as_json_option
def list_clips(as_json: bool) -> None:
    """List the stories that can be rendered, and what each one films."""
    from litnet.project import shown_path

    stories = the_studio().stories
    if as_json:
        facts = [
            {
                "clip": story.scene,
                "file": shown_path(story.file),
                "uses": [n for n in ("model", "digit", "language", "history") if getattr(story, n)],
            }
            for story in stories
        ]
        click.echo(json.dumps({"clips": facts}, indent=2))
        return
    width = max(len(story.scene) for story in stories)
    for story in stories:
        uses = [name for name in ("model", "digit", "language", "history") if getattr(story, name)]
        file = _line(shown_path(story.file))
        click.echo(f"{story.scene:<{width}}  {file}  ({', '.join(uses)})")


@click.command()
@as_json_option
def status(as_json: bool) -> None:
    """Say which clips are fresh, which are stale, and why."""
    from litnet.clips.survey import survey

    clips = survey(the_studio(), say=say)
    if as_json:
        click.echo(json.dumps({"clips": [clip.as_json() for clip in clips]}, indent=2))
        return
    _table(clips)


def _table(clips: Sequence[Standing]) -> None:
    rows: list[tuple[str, ...]] = [("clip", "variant", "state", "why")]
    for clip in clips:
        parts = clip.name.split("--")[1:]
        variant = ", ".join(parts) or "configured"
        if clip.entry is not None:
            variant += f" ({clip.entry.quality})"
        facts = (clip.clip, variant, clip.state, "; ".join(clip.remarks))
        rows.append(tuple(map(_line, facts)))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    colors = {"fresh": "green", "stale": "red", "missing": "yellow"}
    for number, row in enumerate(rows):
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
        if number:
            cells[2] = click.style(cells[2], fg=colors[row[2]])
        click.echo("  ".join([*cells, row[3]]).rstrip())
    fresh = sum(clip.state == "fresh" for clip in clips)
    click.echo(f"{fresh} of {len(clips)} fresh")


@click.command()
@as_json_option
def check(as_json: bool) -> None:
    """Exit with 1 if anything that is published is stale or damaged (for continuous integration).

    Reads every published file from beginning to end. What was never rendered is no fault.
    """
    from litnet.clips.survey import survey

    clips = survey(the_studio(), thorough=True, say=say)
    published = [clip for clip in clips if clip.is_published]
    wrong = [clip for clip in published if clip.state != "fresh"]
    if as_json:
        click.echo(json.dumps({"clips": [clip.as_json() for clip in published]}, indent=2))
    else:
        for clip in wrong:
            click.echo(_line(f"{clip.name}: {'; '.join(clip.reasons)}"))
        click.echo(f"{len(published) - len(wrong)} of {len(published)} published clips are fresh")
    if wrong:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("clips", nargs=-1, metavar="[CLIP]...", shell_complete=clip_names)
@click.option(
    "-q",
    "--quality",
    type=click.Choice(list("lmhpk")),
    help="As manim's. Without it a clip keeps its quality, and a new one gets h (1080p60).",
)
@click.option("--force", "-f", is_flag=True, help="Render what is fresh, too.")
@click.option(
    "--digit",
    "digits",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A picture, or a folder of pictures: a clip for each.",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A network's file; more than one may be given.",
)
@click.option(
    "--language",
    "languages",
    multiple=True,
    shell_complete=languages,
    help="More than one may be given.",
)
@click.option("--theme", shell_complete=themes, help="The look: dark, paper, or one's own.")
@click.option(
    "--voice",
    is_flag=False,
    flag_value="piper",
    metavar="[FOLDER]",
    help="Speak the narration: with piper, or from a folder of recordings.",
)
@click.option(
    "--baseline",
    "--before",
    type=click.Path(path_type=Path),
    help="The network that BeforeAfter compares with.",
)
@click.option(
    "--history",
    "histories",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A training run's file, for the stories of learning; more than one may be given.",
)
@click.option(
    "--film",
    is_flag=False,
    flag_value="structure",
    metavar="[FILM]",
    help="Join clips, in order, into one film with chapters: structure (the usual) or learning.",
)
@captions_option
@click.option("--workers", type=click.IntRange(min=1), help="Processes that render side by side.")
@click.option("--scheduler", metavar="ADDRESS", help="Render on the workers of a Dask scheduler.")
@click.option("--yes", is_flag=True, help="Of several digits, go on without asking.")
@reading_options
@caching_option
@as_json_option
def render(
    clips: tuple[str, ...],
    quality: str | None,
    force: bool,
    digits: tuple[Path, ...],
    models: tuple[Path, ...],
    languages: tuple[str, ...],
    theme: str | None,
    voice: str | None,
    baseline: Path | None,
    histories: tuple[Path, ...],
    film: str | None,
    captions: str | None,
    workers: int | None,
    scheduler: str | None,
    yes: bool,
    read_as: str | None,
    caching: bool,
    as_json: bool,
) -> None:
    """Bring clips up to date, all or the named ones: render and publish what is stale or missing.

    A CLIP is one of `litnet list`, or a file of stories: FILE.py, or FILE.py:NAME.
    Several digits, models and languages give every combination of them. Exits with 1 if a clip
    failed; the others are published all the same.
    """
    from litnet.clips.catalogue import FILMS
    from litnet.clips.film import bring_films_up_to_date, rejoin
    from litnet.clips.render import Request, bring_up_to_date
    from litnet.clips.settings import QUALITIES
    from litnet.clips.variants import find_digits
    from litnet.project import Project, real_path
    from litnet.record.current import check_history, check_model
    from litnet.record.variant import AUTO, BURNED, filmed, read_also
    from litnet.voice import real_voice

    studio = the_studio()
    if voice in {story.scene for story in studio.in_order} and not os.path.isdir(voice or ""):
        clips, voice = (str(voice), *clips), "piper"  # a clip's name after the option alone
    if film in {story.scene for story in studio.in_order}:
        clips, film = (str(film), *clips), "structure"  # a clip's name after the option alone
    studio, names = _named(studio, clips)
    if film and film not in FILMS:
        raise click.UsageError(f"No such film: {_line(repr(film))}. There are: {', '.join(FILMS)}.")
    if film and names:
        raise click.UsageError("--film joins all clips; leave out their names.")
    told = studio.told_in(film) if film else [s for s in studio.in_order if s.scene in names]
    learning = [story.scene for story in told if story.history]
    if models and learning:
        raise click.UsageError(
            f"{', '.join(learning)}: the network is that of a training run, so --model says "
            "nothing there; expected --history with a training run's file."
        )
    configured, chosen = studio.configured(), filmed(Project.at(studio.root))
    # The environment chooses as a flag does, and a flag overrides it.
    other = {
        name: real_path(value, studio.root)
        for name in ("model", "digit", "baseline", "history")
        if (value := getattr(chosen, name)) != getattr(configured, name)
    }
    models = models or tuple(other[name] for name in ("model",) if name in other)
    histories = histories or tuple(other[name] for name in ("history",) if name in other)
    digits = digits or tuple(other[name] for name in ("digit",) if name in other)
    read_as = read_also(chosen.read_as, read_as)
    other_way = read_as != configured.read_as
    if not captions and chosen.captions != configured.captions:
        captions = chosen.captions or BURNED
    if not languages and chosen.language != configured.language:
        languages = (str(chosen.language),)
    if theme is None and chosen.theme != configured.theme:
        theme = chosen.theme
    for path in models:  # said once, and before anything is rendered
        if path.suffix.lower() != ".npz" and os.path.isfile(path):
            check_model(path)
    for path in histories:
        check_history(path)
    if chosen.voice and not voice:
        voice = real_voice(chosen.voice, studio.root)
    baseline = baseline or other.get("baseline")
    if voice:
        _check_voice(voice, languages or (str(configured.language),))
    left_out: list[str] = []
    pictures = tuple(find_digits(digits, left_out))
    for sentence in left_out:
        click.echo(f"litnet: {sentence}", err=True)
    if pictures:
        model = models[0] if models else None
        _show_what_is_read(studio, pictures, model, read_as, ask=not yes)
    request = Request(
        names=names,
        models=models,
        digits=pictures,
        languages=languages,
        voice=voice,
        baseline=baseline,
        histories=histories,
        read_as=(read_as or AUTO) if other_way else None,
        captions=captions,
        theme=theme,
        quality=QUALITIES[quality] if quality else None,
        force=force,
        caching=caching,
    )
    with stoppable(), listening() as listener:
        bring = partial(bring_films_up_to_date, film=film) if film else bring_up_to_date
        done = bring(studio, request, listener, workers=workers, scheduler=scheduler)
        files = models or digits or baseline or histories
        words = languages or voice or theme or captions or other_way
        if not (film or names or files or words):
            done += rejoin(studio, listener, done)
    failed = [one for one in done if one.state == "failed"]
    rendered = [one for one in done if one.state == "rendered"]
    if as_json:
        click.echo(json.dumps({"clips": [done_as_json(studio, one) for one in done]}, indent=2))
    else:
        for one in rendered:
            click.echo(_line(studio.file(one.clip.name, "mp4")))
        if not rendered and not failed:
            click.echo(f"Nothing to do: {len(done)} of {len(done)} fresh.")
        for one in failed:
            say(f"{one.clip.name}: {one.error}")
    if failed:
        raise click.exceptions.Exit(1)


def _show_what_is_read(
    studio: Studio,
    pictures: Sequence[Path],
    model: Path | None,
    read_as: str | None,
    *,
    ask: bool,
) -> None:
    """Say what there is to say of how digits will be read; show it of several, and ask about them,
    where somebody can answer."""
    from litnet.clips.before import seen_of, sheet_of
    from litnet.project import real_path

    model = model or real_path(str(studio.configured().model), studio.root)
    seen, sentences = seen_of(pictures, model, read_as)
    for sentence in sentences:
        say(sentence)
    if len(pictures) == 1:
        return
    file = studio.manifest.parent / "digits.png"
    sheet_of(seen, file)
    say(f"{file} shows the {len(pictures)} digits as they will be read")
    if ask and sys.stdin.isatty() and sys.stderr.isatty():
        click.confirm("Film them?", default=True, abort=True, err=True)


def _check_voice(voice: str, languages: Sequence[str]) -> None:
    """Say before anything is rendered if nobody can speak these languages."""
    from litnet.record.variant import known_language
    from litnet.voice import open_voice

    for language in languages:
        open_voice(voice).require(known_language(language))


def done_as_json(studio: Studio, done: Finished) -> dict[str, Any]:
    return {
        "clip": done.clip.clip,
        "name": done.clip.name,
        "variant": done.clip.variant.as_json(),
        "state": done.state,
        "error": done.error,
        "file": str(studio.file(done.clip.name, "mp4")) if done.state != "failed" else None,
    }


@contextmanager
def stoppable() -> Iterator[None]:
    """A request to terminate stops as Ctrl-C does: children first, and nothing half-written.

    Ctrl-C is listened to even where a shell started the command in the background, deaf to it.
    """
    both = signal.SIGINT, signal.SIGTERM
    before = [signal.signal(number, signal.default_int_handler) for number in both]
    try:
        yield
    finally:
        for number, handler in zip(both, before, strict=True):
            signal.signal(number, handler)


# --- how it goes ---------------------------------------------------------------------------------
@contextmanager
def listening() -> Iterator[Listener]:
    """Bars on a terminal, lines elsewhere."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    console = Console(stderr=True)
    with Progress(*columns, console=console) as progress:
        yield Bars(progress)


class Lines:
    """One line when a clip begins, and one when it ends."""

    def __init__(self) -> None:
        self.begun: set[str] = set()
        self.count = 0
        self.total = 0

    def begin(self, clips: Sequence[Standing]) -> None:
        """These clips are going to be rendered, and why."""
        self.total += len(clips)
        for clip in clips:
            why = "; ".join(clip.reasons) or "to be made again"
            click.echo(_line(f"{clip.name}: {why}"), err=True)

    def progress(self, clip: Standing, frames_done: int, frames_total: int | None) -> None:
        """Said once."""
        if clip.name not in self.begun:
            self.begun.add(clip.name)
            click.echo(f"{clip.name}: rendering", err=True)

    def end(self, done: Finished) -> None:
        """Published, or failed."""
        self.count += 1
        what = "failed" if done.state == "failed" else "published"
        click.echo(f"{done.clip.name}: {what} ({self.count} of {self.total})", err=True)

    def say(self, text: str) -> None:
        """Passed on."""
        say(text)


class Bars:
    """A bar for each clip that is being rendered, in frames, and one for all clips."""

    def __init__(self, progress: Progress) -> None:
        self.bars = progress
        self.all: TaskID | None = None
        self.of_clip: dict[str, TaskID] = {}

    def begin(self, clips: Sequence[Standing]) -> None:
        """The bar for all; it grows if there are more than was thought."""
        if self.all is None:
            self.all = self.bars.add_task("all clips", total=0)
        total = self.bars.tasks[self.bars.task_ids.index(self.all)].total or 0
        self.bars.update(self.all, total=total + len(clips))

    def progress(self, clip: Standing, frames_done: int, frames_total: int | None) -> None:
        """A clip's own bar, from its first frame on."""
        if clip.name not in self.of_clip:
            self.of_clip[clip.name] = self.bars.add_task(clip.name, total=frames_total)
        if frames_total is not None:
            frames_total = max(frames_total, frames_done)
        self.bars.update(self.of_clip[clip.name], completed=frames_done, total=frames_total)

    def end(self, done: Finished) -> None:
        """A finished clip's bar makes room."""
        if bar := self.of_clip.pop(done.clip.name, None):
            self.bars.remove_task(bar)
        if self.all is not None:
            self.bars.advance(self.all)
        if done.state == "failed":
            self.bars.console.print(f"{done.clip.name}: failed", style="red", markup=False)

    def say(self, text: str) -> None:
        """Above the bars."""
        self.bars.console.print(_line(f"litnet: {text}"), markup=False)


# --- watching ------------------------------------------------------------------------------------
@click.command()
@click.argument("clips", nargs=-1, metavar="[CLIP]...", shell_complete=clip_names)
@click.option("--quality", "-q", type=click.Choice(list("lmhpk")), default="l", show_default=True)
@click.option("--workers", type=click.IntRange(min=1), help="Processes that render side by side.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0, the default: any.")
@caching_option
def watch(
    clips: tuple[str, ...], quality: str, workers: int | None, port: int, caching: bool
) -> None:
    """Render previews again whenever a saved file makes them stale, until Ctrl-C.

    Only what changed is drawn. Previews play on a page of this machine, whose address is printed,
    and appear in renders/previews; published clips stay as they are.
    """
    from litnet.clips.render import Request
    from litnet.clips.settings import QUALITIES
    from litnet.clips.watch import previews, watch_files

    studio, names = _named(previews(the_studio()), clips)
    request = Request(names=names, quality=QUALITIES[quality], caching=caching)
    click.echo(_line(f"Watching; previews appear in {studio.clips}. Ctrl-C ends it."), err=True)
    with stoppable(), _page(studio, port) as page:
        try:
            watch_files(
                studio,
                request,
                page.listener if page else Lines,
                workers=workers,
                on_done=page.tell_of if page else lambda done: None,
            )
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)


@contextmanager
def _page(studio: Studio, port: int) -> Iterator[Watched | None]:
    """The page on which previews play; None without tornado."""
    try:
        from litnet.clips.watched import Watched
    except ImportError:
        say("with tornado (pip install 'litnet[lessons]') previews would play on a page.")
        yield None
        return
    with Watched(studio.clips, Lines, port) as page:
        click.echo(f"They play at {page.address}", err=True)
        yield page
