"""Commands about lessons: embed."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from litnet.commands import clips

if TYPE_CHECKING:
    from litnet.clips.manifest import Studio
    from litnet.lessons.clip import Clip
    from litnet.lessons.exporters.job import Content, Questions

# The names alone, so that `litnet --help` loads no exporter; a test compares them with the table.
FORMATS = (
    *("html", "iframe", "markdown", "mkdocs", "zensical"),
    *("sphinx", "quarto", "reveal", "jupyter", "scorm", "h5p"),
)


@click.command()
@click.argument("clip")
@click.option("--format", "-f", "format_", type=click.Choice(FORMATS), default="html")
@click.option("--language", help="Of the clip; the configured one, unless told.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write here, and the clip's files beside it (or where --copy or --base-url say).",
)
@click.option(
    "--copy",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Copy the clip's files (film, poster, captions, scripts) into this folder.",
)
@click.option(
    "--base-url",
    help="What addresses begin with, such as /media/; then files are only copied by --copy.",
)
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The page into which the text is pasted, where it is not --output.",
)
@click.option(
    "--directory-urls/--no-directory-urls",
    default=None,
    help="Whether a site shows page.md at page/; as mkdocs.yml or zensical.toml say, else yes.",
)
@click.option(
    "--quiz", type=click.Path(path_type=Path, dir_okay=False), help="A file of questions."
)
@click.option(
    "--h5p-template",
    "template",
    type=click.Path(path_type=Path),
    help="Your own exported .h5p, or a folder of H5P libraries (for --format h5p).",
)
@click.option("--strict", is_flag=True, help="Exit with 1 if the clip is stale, not only warn.")
def embed(
    clip: str,
    format_: str,
    language: str | None,
    output: Path | None,
    folder: Path | None,
    base_url: str | None,
    page: Path | None,
    directory_urls: bool | None,
    quiz: Path | None,
    template: Path | None,
    strict: bool,
) -> None:
    """Put a published clip into a lesson: print what is pasted, or write it with -o.

    \b
    html      a <video> for any page      sphinx   a MyST directive
    iframe    a frame around a page       quarto   a raw block
    markdown  the poster as a link        reveal   a slide, a fragment for each beat
    mkdocs    for a page of MkDocs        jupyter  a cell, or a notebook (-o FILE.ipynb)
    zensical  for a page of Zensical      scorm    a SCORM 1.2 package (needs -o)
    h5p       an H5P Interactive Video (needs -o and --h5p-template)
    """
    from litnet.lessons.clip import Clip
    from litnet.lessons.exporters import EXPORTERS
    from litnet.lessons.exporters.job import Job, as_address
    from litnet.lessons.exporters.job import page as whole_page
    from litnet.lessons.exporters.notebook import notebook

    exporter = EXPORTERS[format_]
    if exporter.package and output is None:
        raise click.UsageError(f"--format {format_} is a package: say with -o where it goes.")
    if quiz is not None and not exporter.quiz:
        raise click.UsageError(f"--format {format_} carries no quiz.")
    if template is not None and format_ != "h5p":
        raise click.UsageError(f"--format {format_} takes no --h5p-template.")
    studio = clips.the_studio()
    found = Clip(clip, language, studio=studio)
    _check_fresh(studio, found, strict=strict)
    questions = _questions(quiz, found) if quiz else []
    if folder is None and output is not None and base_url is None:
        folder = output.parent
    if base_url is not None:
        base = as_address(base_url if base_url.endswith("/") or not base_url else f"{base_url}/")
    else:
        base = _base(format_, output or page, folder, directory_urls)
    other = None
    if format_ == "zensical" and base_url is None:
        # Zensical corrects the addresses in raw HTML, but only those in src and href.
        other = _base("mkdocs", output or page, folder, directory_urls)
    job = Job(found, base, questions, other, template)
    export = exporter.write(job)
    text = export.text
    if format_ == "html" and output:
        text = whole_page(job)
    if format_ == "jupyter" and output and output.suffix == ".ipynb" and isinstance(text, str):
        text = notebook(text)
    files: dict[Path, Content] = {}
    if folder is not None:
        files = {folder / name: content for name, content in export.files.items()}
    if output is not None:
        files[output] = text if isinstance(text, bytes) else text.encode()
    _write(files)
    if output is None:
        click.echo(text, nl=False)
        if export.files and folder is None and base_url is None:
            click.echo("litnet: --copy FOLDER copies the files that this needs.", err=True)
    for said in export.said:
        click.echo(f"litnet: {said}", err=True)


def _check_fresh(studio: Studio, clip: Clip, *, strict: bool) -> None:
    """Say that a clip is stale: a warning, an InputError if ``strict``."""
    from litnet.lessons.clip import stale_clips
    from network.errors import InputError

    for one in stale_clips(studio, [clip]):
        said = f"{one.name} is {one.state}: {'; '.join(one.reasons)}"
        if strict:
            raise InputError(f"{said}; `litnet render {one.clip}` brings it up to date.")
        click.echo(f"litnet: warning: {said}", err=True)


def _questions(quiz: Path, clip: Clip) -> Questions:
    from litnet.lessons.quiz import read_quiz

    return read_quiz(quiz).for_clip(clip.story, clip.record, clip.language)


def _base(format_: str, page: Path | None, folder: Path | None, directory: bool | None) -> str:
    """The way from the page, where a reader sees it, to the folder of the files, as an address."""
    here = page.parent if page else Path()
    up = ""
    if format_ == "mkdocs" and (_directory_urls(here) if directory is None else directory):
        if page is None or page.stem not in ("index", "README"):
            up = "../"  # page.md is shown at page/
    elif format_ == "sphinx" and directory and (page is None or page.stem != "index"):
        up = "../"
    way = os.path.relpath(folder, here).replace(os.sep, "/") if folder is not None else "."
    return up if way == "." else f"{up}{quote(way)}/"


def _directory_urls(place: Path) -> bool:
    """What the site's own settings, in this folder or one above it, say; yes if they don't."""
    import re

    from network.errors import InputError
    from network.files import parsed_toml, read_text, real

    for folder in (real(place), *real(place).parents):
        with contextlib.suppress(InputError):
            text = read_text(folder / "mkdocs.yml")
            said = re.search(r"^use_directory_urls:\s*(\w+)", text, re.MULTILINE)
            return said is None or said[1].lower() not in ("false", "no", "off")
        with contextlib.suppress(InputError):
            project = parsed_toml(read_text(folder / "zensical.toml"), "").get("project")
            return not isinstance(project, dict) or bool(project.get("use_directory_urls", True))
    return True


def _write(files: dict[Path, Content]) -> None:
    """Write all of them, or none where one cannot be written."""
    from network.errors import InputError, printable
    from network.files import written_whole

    with contextlib.ExitStack() as stack:
        for path, content in files.items():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise InputError(
                    f"{printable(path.parent)}: cannot be made ({error.strerror or error})."
                ) from error
            part = stack.enter_context(written_whole(path))
            if isinstance(content, bytes):
                part.write_bytes(content)
            else:
                shutil.copyfile(content, part)
