"""The command that begins a project: new."""

from __future__ import annotations

import os
from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def new(folder: Path) -> None:
    """Begin a project of your own in FOLDER: a story, its words, and a lesson of one page.

    Afterwards: cd FOLDER && litnet render
    """
    from litnet.project import asset
    from network.errors import InputError, printable

    name = printable(folder)
    if os.path.lexists(folder) and not (folder.is_dir() and not any(folder.iterdir())):
        raise InputError(f"{name}: is there already, expected a new folder or an empty one.")
    template = asset("assets/template")
    try:
        for file in sorted(path for path in template.rglob("*") if path.is_file()):
            place = folder / file.relative_to(template)
            if place.name == "gitignore":
                place = place.with_name(".gitignore")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.read_bytes())
            click.echo(printable(place, 10_000))
    except OSError as error:
        raise InputError(f"{name}: cannot be written ({error.strerror}).") from error
    click.echo(f"Next: cd {name} && litnet render", err=True)
