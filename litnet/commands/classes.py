"""Commands for a class that writes digits: class sheet, class read, class page."""

from __future__ import annotations

import json
from pathlib import Path

import click

from litnet.commands.clips import as_json_option, say, the_studio
from litnet.commands.models import configured_model
from litnet.commands.reading import reading_options

names_option = click.option(
    "--names",
    type=click.Path(path_type=Path),
    metavar="CSV",
    help="Names, one a line; or a CSV with the columns name and digit, which is asked for.",
)


@click.group("class")
def class_group() -> None:
    """Let a class write digits: a sheet to print, its photos, and the page of all answers.

    Nothing leaves this machine.
    """


@class_group.command("sheet")
@names_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("sheet.pdf"),
    show_default=True,
    metavar="PDF",
)
@click.option("--language", help="Of its words; without it, the project's.")
def sheet_command(names: Path | None, output: Path, language: str | None) -> None:
    """Write a sheet to print: a page of A4 with a box for each pupil, 30 on a page.

    Print it in its own size or smaller, let the class write, take photos of the whole pages, and
    hand these to `litnet class read`.
    """
    from litnet.lessons.pupils.sheet import BOXES, sheet
    from litnet.project import current
    from litnet.record.pupils import read_names
    from litnet.record.variant import known_language
    from network.errors import InputError, printable
    from network.files import written_whole

    if output.suffix.lower() != ".pdf":
        raise InputError(f"{printable(output)}: a sheet is a PDF, expected a name ending in .pdf")
    pupils = read_names(names) if names else ()
    chosen = known_language(language or current().setting("language"))
    about = f"{printable(names)}: " if names else ""
    data = sheet(pupils, chosen, lambda text: say(f"{about}{text}"))
    with written_whole(output) as temporary:
        temporary.write_bytes(data)
    pages = max(1, -(-len(pupils) // BOXES))
    click.echo(f"{printable(output)}: {pages} page{'s' * (pages > 1)}, {len(pupils)} names")


@class_group.command("read")
@click.argument("photos", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PHOTO")
@names_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Of the digits and their list; renders/class unless told.",
)
@as_json_option
def read_command(
    photos: tuple[Path, ...], names: Path | None, output: Path | None, as_json: bool
) -> None:
    """Cut the digits out of photos of a sheet, one or more, held in any way.

    Writes a PNG for each box with something in it, class.csv (file,name,digit), where names and
    digits can be corrected, and contact-sheet.png, to look at. NAMES are those of the sheet.
    """
    from litnet.clips.variants import find_digits
    from litnet.lessons.pupils.reading import read_photos
    from litnet.record.pupils import read_names
    from network.errors import printable

    folder = output or default_folder()
    left_out: list[str] = []
    files = find_digits(photos, left_out)
    for sentence in left_out:
        say(sentence)
    found = read_photos(files, folder, read_names(names) if names else (), say)
    if as_json:
        facts = {
            "list": str(found.table),
            "contact_sheet": str(found.contact_sheet),
            "digits": [
                {"file": pupil.file, "name": pupil.name, "digit": pupil.digit}
                for pupil in found.pupils
            ],
        }
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    click.echo(f"{len(found.pupils)} digits; look at {printable(found.contact_sheet, 10_000)}")
    click.echo(printable(found.table, 10_000))


@class_group.command("page")
@click.argument("digits", nargs=-1, type=click.Path(path_type=Path), metavar="[FOLDER|CSV]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Of the page; renders/class-page unless told.",
)
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    default=configured_model,
    help="The network's file; without it, the one that the project sets.",
)
@reading_options
@as_json_option
def page_command(
    digits: tuple[Path, ...],
    output: Path | None,
    model: Path,
    read_as: str | None,
    as_json: bool,
) -> None:
    """Build the page of a class: all digits, their answers, what was mixed up, the films.

    Of the digits in renders/class, or in the FOLDER or on the list (CSV) that is given. Open
    index.html in the folder that is written. Films are those that `litnet render --digit FOLDER`
    has published, with the digits read in the same way.
    """
    from litnet.clips.variants import find_digits
    from litnet.lessons.pupils.page import build
    from litnet.project import current
    from litnet.record.variant import filmed, read_also
    from network.errors import printable

    left_out: list[str] = []
    pictures = find_digits(digits or (default_folder(),), left_out)
    for sentence in left_out:
        say(sentence)
    target = (output or current().renders / "class-page").absolute()
    how = read_also(filmed().read_as, read_as)
    page = build(pictures, model, target, read_as=how, studio=the_studio(), say=say)
    if as_json:
        facts = {"folder": str(page.folder), "digits": page.digits, "known": page.known}
        click.echo(json.dumps({**facts, "right": page.right, "films": page.films}, indent=2))
        return
    click.echo(
        f"{page.digits} digits, {page.right} of {page.known} read rightly, {page.films} films"
    )
    click.echo(printable(page.folder / "index.html", 10_000))


def default_folder() -> Path:
    """Where the digits of a class are, unless told."""
    from litnet.project import current

    return current().renders / "class"
