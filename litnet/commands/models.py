"""Commands about networks: train, predict, model, import."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from network import MLP
    from network.training import Epoch

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_MODEL = ROOT / "assets" / "models" / "vanilla.npz"


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
    from network.digits import bundled_digits, leave_out, load_idx
    from network.mnist import download_mnist
    from network.model_card import write_card
    from network.training import RandomAffine
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
        **_description(network),
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


def _follow(snapshots: Iterator[Epoch], epochs: int) -> Epoch:
    """Go through the training with a progress bar; the last epoch."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    last: Epoch | None = None
    numbers = TextColumn(
        "loss {task.fields[loss]:.4f}  validation {task.fields[accuracy]:.2%}",
    )
    columns = (TextColumn("epoch"), MofNCompleteColumn(), BarColumn(), numbers, Remaining())
    console = Console(stderr=True)
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=epochs, loss=float("nan"), accuracy=float("nan"))
        for last in snapshots:
            progress.update(
                bar,
                completed=last.index,
                loss=last.loss,
                accuracy=last.validation_accuracy,
            )
            # In a log the bar is not seen to move: ten lines instead.
            if not console.is_terminal and last.index % max(1, epochs // 10) == 0:
                click.echo(
                    f"epoch {last.index}/{epochs}: loss {last.loss:.4f}, "
                    f"validation {last.validation_accuracy:.2%}, {last.seconds:.0f} s",
                    err=True,
                )
    assert last is not None  # epochs is at least 1
    return last


def _description(network: MLP) -> dict[str, Any]:
    """What a network is, and how it reads the bundled digits, as JSON would have it.

    ``bundled`` is None for a network whose input or output is not theirs.
    """
    import numpy as np

    from network.digits import bundled_digits

    digits = bundled_digits()
    images = np.array([digit.image().reshape(-1) for digit in digits])
    bundled = None
    if network.sizes[0] == images.shape[1] and network.sizes[-1] == 10:
        answers = np.asarray(network.forward(images).prediction)
        misread = [
            {"file": digit.path.name, "label": digit.label, "prediction": int(answer)}
            for digit, answer in zip(digits, answers, strict=True)
            if answer != digit.label
        ]
        right = len(digits) - len(misread)
        bundled = {
            "n": len(digits),
            "right": right,
            "accuracy": right / len(digits),
            "misread": misread,
        }
    return {
        "sizes": list(network.sizes),
        "activations": [layer.activation for layer in network.layers],
        "parameters": network.parameters,
        "digest": network.digest,
        "bundled": bundled,
    }


@click.command()
@click.argument("image", type=click.Path(path_type=Path))
@click.option(
    "--model",
    "model_path",
    type=click.Path(path_type=Path),
    default=DEFAULT_MODEL,
    help="The network's file; without it, the default model.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--show",
    type=click.Path(path_type=Path),
    metavar="OUT.png",
    help="Write the steps from the picture to the network's input, side by side.",
)
@click.option(
    "--largest/--strict",
    default=True,
    show_default=True,
    help="Of several digits on a page, read the largest, or none.",
)
def predict(image: Path, model_path: Path, as_json: bool, show: Path | None, largest: bool) -> None:
    """Let a network read a digit: a picture of 28 x 28 pixels, a drawing, or a photo.

    A picture of just the size that the network reads is taken as it is; any other is prepared as
    MNIST's were.
    """
    from math import isqrt

    from network import InputError, load_network
    from network.contact_sheet import write_contact_sheet
    from network.digits import SIDE, read_image, several
    from network.errors import printable
    from network.preparation import Preparation

    network = load_network(model_path)
    side = isqrt(network.sizes[0])
    found = read_image(image, side if side * side == network.sizes[0] else SIDE)
    if isinstance(found, Preparation):
        if found.digits > 1 and not largest:
            raise InputError(f"{printable(image)}: found {found.digits} digits, expected one")
        if found.digits > 1:
            click.echo(f"litnet: {several(image, found)}", err=True)
        pixels, steps = found.image, found.steps
    else:
        pixels, steps = found, {"image": found}
    forward_pass = network.forward(pixels.reshape(-1))
    if show is not None:
        write_contact_sheet(steps, show)
    outputs = forward_pass.activations[-1].tolist()
    if as_json:
        answer = {
            "image": str(image),
            "model": str(model_path),
            "model_digest": network.digest,
            "prediction": forward_pass.prediction,
            "confidence": forward_pass.confidence,
            "outputs": outputs,
        }
        click.echo(json.dumps(answer, indent=2))
        return
    click.echo(f"{forward_pass.prediction}, with an activation of {forward_pass.confidence:.3f}")
    for number, value in enumerate(outputs):
        bar = "#" * round(40 * value) if 0 <= value <= 1 else ""
        click.echo(f"{number:>3}  {value:.3f}  {bar}".rstrip())


def what_the_file_does_not_say(command: Callable[..., None]) -> Callable[..., None]:
    """The options ``--activation`` and ``--transpose`` of commands that read any model."""
    command = click.option(
        "--transpose/--no-transpose",
        default=None,
        help="Whether matrices are stored as (n_in, n_out); without it, their shapes tell.",
    )(command)
    return click.option(
        "--activation",
        help="One name for every layer, or one for each, with commas; where the file has none.",
    )(command)


def _names(activation: str | None) -> list[str] | None:
    return None if activation is None else [name.strip() for name in activation.split(",")]


@click.command("import")
@click.argument("path", metavar="MODEL", type=click.Path(path_type=Path))
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), required=True, help="An .npz file."
)
@what_the_file_does_not_say
def import_model(path: Path, output: Path, activation: str | None, transpose: bool | None) -> None:
    """Turn another library's MODEL into litnet's own format.

    Reads .safetensors, PyTorch state dicts (.pt, .pth), Keras (.keras, .h5) and .onnx. Nothing in
    a model file is ever executed.
    """
    from network import load_network, save_network
    from network.errors import printable

    network = load_network(path, transpose=transpose, activations=_names(activation))
    save_network(network, output)
    names = ", ".join(layer.activation for layer in network.layers)
    sizes = "-".join(map(str, network.sizes))
    click.echo(f"{printable(output)}: {sizes}, {names}; digest {network.digest[:12]}")


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default=DEFAULT_MODEL)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@what_the_file_does_not_say
def model(path: Path, as_json: bool, activation: str | None, transpose: bool | None) -> None:
    """Describe a network: layers, parameters, digest, accuracy on the bundled digits."""
    from network import load_network
    from network.activations import get_activation
    from network.errors import printable

    network = load_network(path, transpose=transpose, activations=_names(activation))
    facts = _description(network)
    if as_json:
        click.echo(json.dumps({"path": str(path), **facts}, indent=2))
        return
    click.echo(printable(path))
    click.echo(f"  layers      {'-'.join(map(str, network.sizes))}")
    for number, layer in enumerate(network.layers, start=1):
        formula = get_activation(layer.activation).formula
        click.echo(f"    {number}: {layer.n_in} -> {layer.n_out}, {layer.activation}: {formula}")
    click.echo(f"  parameters  {network.parameters:,}")
    click.echo(f"  digest      {network.digest}")
    bundled = facts["bundled"]
    if bundled is None:
        click.echo("  bundled     not the size of the bundled digits")
    else:
        click.echo(f"  bundled     {bundled['right']} of {bundled['n']} read rightly")
        for wrong in bundled["misread"]:
            click.echo(f"    {wrong['file']} read as {wrong['prediction']}")
