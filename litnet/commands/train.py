"""The command ``litnet train``."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from litnet.commands.models import description

if TYPE_CHECKING:
    from collections.abc import Iterator

    from network.training import Moment


class LayerSizes(click.ParamType[tuple[int, ...]]):
    """Sizes as "784-16-16-10": at least two positive whole numbers."""

    name = "sizes"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """The text as a tuple of ints; wrong usage otherwise."""
        if isinstance(value, tuple):
            return value
        parts = str(value).split("-")
        if len(parts) < 2 or not all(part.isdecimal() and int(part) > 0 for part in parts):
            self.fail(f"{value!r} is not like 784-16-16-10", param, ctx)
        return tuple(int(part) for part in parts)


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder with MNIST's IDX files, gzipped or not.",
)
@click.option(
    "--download",
    is_flag=True,
    help="Get MNIST from its public mirrors, once, instead of --data.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    default=Path("model.npz"),
    show_default=True,
    help="The model's file; its card is written beside it, as .md.",
)
@click.option("--layers", type=LayerSizes(), default="784-16-16-10", show_default=True)
@click.option(
    "--activation",
    default="sigmoid",
    show_default=True,
    help="One name for every layer, or one for each, with commas.",
)
@click.option("--epochs", type=click.IntRange(1), default=400, show_default=True)
@click.option("--batch-size", type=click.IntRange(1), default=128, show_default=True)
@click.option(
    "--learning-rate",
    type=click.FloatRange(0, min_open=True),
    default=0.003,
    show_default=True,
    help="The peak; it falls along a cosine to zero.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option(
    "--augment/--no-augment",
    default=True,
    show_default=True,
    help="Shift, turn, scale and slant the training images slightly, anew each epoch.",
)
@click.option(
    "--validation",
    type=click.IntRange(1),
    default=5000,
    show_default=True,
    help="How many digits to keep out of training.",
)
def train(
    data: Path | None,
    download: bool,
    output: Path,
    layers: tuple[int, ...],
    activation: str,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
    augment: bool,
    validation: int,
) -> None:
    """Train a network, and write it with its card.

    Without options (but --data or --download) this makes litnet's default model again, bit for bit
    on the same machine. The bundled digits are left out of training and validation.
    """
    if (data is None) != download:
        raise click.UsageError("exactly one of --data FOLDER and --download is needed")
    # Sums that are split among threads round differently, so that another number of threads
    # would give other weights; the matrices are too small to gain much from them anyway. Has no
    # effect once NumPy is loaded, hence before the imports.
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = "1"

    import numpy as np

    from network import InputError, save_network
    from network.augmentation import RandomAffine
    from network.digits import bundled_digits, leave_out, load_idx
    from network.mnist import download_mnist
    from network.model_card import write_card
    from network.training import train as train_network

    # Found out now rather than after the training.
    if output.suffix.lower() != ".npz":
        raise InputError(f"{output}: found the suffix {output.suffix!r}, expected .npz")
    if not output.absolute().parent.is_dir():
        raise InputError(f"{output}: found no folder {output.parent}, expected it to exist")

    names = [name.strip() for name in activation.split(",")]
    activations = names * (len(layers) - 1) if len(names) == 1 else names

    digits = bundled_digits()
    folder = download_mnist() if data is None else data
    images, labels = load_idx(folder)
    found = len(images)
    if images[0].shape == digits[0].image().shape:
        held_out = np.array([digit.image() for digit in digits])
        images, labels, removed = leave_out(images, labels, held_out)
    else:
        removed = 0
    if validation >= len(images):
        raise InputError(
            f"{folder}: found {found} images, {removed} of them bundled digits, "
            f"expected more than the {validation} for validation"
        )
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(images))
    held, rest = order[:validation], order[validation:]
    click.echo(
        f"{found:,} digits: {removed} bundled ones left out, {len(held):,} for validation, "
        f"{len(rest):,} for training"
    )

    augmentation = RandomAffine() if augment else None
    snapshots = train_network(
        images[rest],
        labels[rest],
        sizes=layers,
        activations=activations,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        rng=rng,
        validation=(images[held], labels[held]),
        augment=augmentation,
    )
    last = _follow(snapshots, epochs)
    network = last.mlp
    save_network(network, output)

    flags = ["--layers", "-".join(map(str, layers)), "--activation", activation]
    flags += ["--epochs", str(epochs), "--batch-size", str(batch_size)]
    flags += ["--learning-rate", str(learning_rate), "--seed", str(seed)]
    flags += ["--augment" if augment else "--no-augment", "--validation", str(validation)]
    shown = output.name if output.is_absolute() else output.as_posix()
    facts = {
        **description(network),
        "classes": [str(n) for n in range(layers[-1])],
        "validation": {
            "n": len(held),
            "accuracy": last.validation_accuracy,
            "loss": last.validation_loss,
        },
        "training": {
            "data": "MNIST training set",
            "n": len(rest),
            "removed": removed,
            "epochs": epochs,
            "batch_size": batch_size,
            "learning_rate": learning_rate,
            "seed": seed,
            "optimiser": "Adam, cosine decay",
            "augment": repr(augmentation) if augmentation else None,
            "loss": last.loss,
            "seconds": round(last.seconds),
            "numpy": np.__version__,
            # A card goes with its model to other machines: no absolute path.
            "command": " \\\n    ".join(
                [
                    f"litnet train {'--download' if data is None else '--data FOLDER'} "
                    f"--output {shlex.quote(shown)}",
                    shlex.join(flags[:8]),
                    shlex.join(flags[8:]),
                ]
            ),
        },
    }
    write_card(output.with_suffix(".md"), facts)
    click.echo(
        f"{output}: {last.validation_accuracy:.2%} of {len(held):,} validation digits, "
        f"after {last.seconds:.0f} s; digest {network.digest[:12]}"
    )


def _follow(snapshots: Iterator[Moment], epochs: int) -> Moment:
    """Go through the training with a progress bar; the last epoch."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    last: Moment | None = None
    numbers = TextColumn(
        "loss {task.fields[loss]:.4f}  validation {task.fields[accuracy]:.2%}",
    )
    columns = (TextColumn("epoch"), MofNCompleteColumn(), BarColumn(), numbers, Remaining())
    console = Console(stderr=True)
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=epochs, loss=float("nan"), accuracy=float("nan"))
        for last in snapshots:
            if last.epoch == 0:
                continue
            progress.update(
                bar,
                completed=last.epoch,
                loss=last.loss,
                accuracy=last.validation_accuracy,
            )
            # In a log the bar is not seen to move: ten lines instead.
            if not console.is_terminal and last.epoch % max(1, epochs // 10) == 0:
                click.echo(
                    f"epoch {last.epoch}/{epochs}: loss {last.loss:.4f}, "
                    f"validation {last.validation_accuracy:.2%}, {last.seconds:.0f} s",
                    err=True,
                )
    assert last is not None  # epochs is at least 1
    return last
