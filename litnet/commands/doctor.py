"""The command that looks whether everything is in order: doctor."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from litnet.commands.clips import as_json_option

MARKS = {"good": ("ok", "green"), "hint": ("note", "yellow"), "fault": ("FAULT", "red")}


@click.command()
@as_json_option
def doctor(as_json: bool) -> None:
    """Look whether everything that a film needs is in order here, and say what helps where not.

    Exits with 1 if there is a fault; notes are about what a film can be made without.
    """
    from litnet.clips.checkup import checkup
    from network.errors import printable

    found = []
    for one in checkup():
        found.append(one)
        if as_json:
            continue
        mark, color = MARKS[one.state]
        line = f"{one.about:<14}{one.found}" + (f": {one.help}" if one.help else "")
        click.echo(click.style(f"{mark:<7}", fg=color) + printable(line, 10_000))
    faults = sum(one.state == "fault" for one in found)
    if as_json:
        click.echo(json.dumps({"findings": [asdict(one) for one in found]}, indent=2))
    else:
        notes = sum(one.state == "hint" for one in found)
        click.echo(f"{faults or 'No'} fault{'s' * (faults != 1)}, {notes} notes.")
    if faults:
        raise click.exceptions.Exit(1)
