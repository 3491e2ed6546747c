"""The command that says what a retrained network does differently."""

from __future__ import annotations

import json
from pathlib import Path

import click

from litnet.commands.clips import as_json_option


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@as_json_option
def diff(old: Path, new: Path, as_json: bool) -> None:
    """Say what NEW reads otherwise than OLD, on the bundled digits.

    To film it: LITNET_BEFORE=OLD LITNET_MODEL=NEW manim render scenes/before_after.py, with
    LITNET_DIGIT for one of the digits that this command lists.
    """
    import numpy as np

    from network import load_network
    from network.comparison import compare
    from network.digits import bundled_digits

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
    if as_json:
        models = [
            {"path": str(path), "digest": network.digest, "accuracy": accuracy, "confidence": sure}
            for path, network, accuracy, sure in zip(
                (old, new), networks, found.accuracies, found.confidences, strict=True
            )
        ]
        answer = {"digits": len(digits), "old": models[0], "new": models[1], "flipped": flipped}
        click.echo(json.dumps(answer, indent=2))
        return
    names = ("accuracy", "mean confidence")
    for name, (before, after) in zip(names, (found.accuracies, found.confidences), strict=True):
        click.echo(f"{name:<16} {before:8.3f} -> {after:.3f}  ({after - before:+.3f})")
    counts = {c: sum(r.change == c for r in found.flipped) for c in ("mended", "broken", "other")}
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
