"""The command ``litnet train``."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.core import ParameterSource

from litnet.commands.curves import text_plot
from litnet.commands.models import description

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt

    from network.history import Recorder
    from network.training import Moment

LEARNING_RATES = {"adam": 0.003, "sgd": 0.1}  # without --learning-rate
QUICK = 2_200_000  # looks at digits, which take less than a minute on most machines


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
        if len(parts) < 2 or not all(
            part.isdecimal() and len(part) < 8 and int(part) > 0 for part in parts
        ):
            self.fail(f"{value!r} is not like 784-16-16-10", param, ctx)
        return tuple(int(part) for part in parts)


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder with MNIST's IDX files, gzipped or not; without it, the 4,800 digits that come "
    "with litnet.",
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
@click.option(
    "--history",
    "history_path",
    type=click.Path(path_type=Path),
    metavar="NAME.history.npz",
    help="Keep the run in this file: snapshots, curves and, of sgd, single steps. Learns from all "
    "digits, as they are.",
)
@click.option(
    "--brief",
    is_flag=True,
    help="With --history: keep only its curves, and the first and the last network.",
)
@click.option("--layers", type=LayerSizes(), default="784-16-16-10", show_default=True)
@click.option(
    "--activation",
    default="sigmoid",
    show_default=True,
    help="One name for every layer, or one for each, with commas.",
)
@click.option(
    "--loss",
    help="squares, half_squares, binary_cross_entropy (for sigmoid outputs) or cross_entropy (for "
    "softmax); without it, the one whose gradient is simplest for the last activation.",
)
@click.option(
    "--optimizer",
    type=click.Choice(list(LEARNING_RATES)),
    default="adam",
    show_default=True,
    help="The rate of adam falls along a cosine to zero; that of sgd stays.",
)
@click.option("--epochs", type=click.IntRange(1, 10**6), default=400, show_default=True)
@click.option(
    "--quick",
    is_flag=True,
    help="Fewer epochs instead of --epochs: a usable network in a minute.",
)
@click.option("--batch-size", type=click.IntRange(1, 10**6), default=128, show_default=True)
@click.option(
    "--learning-rate",
    type=click.FloatRange(0, min_open=True),
    help=f"The highest.  [default: {LEARNING_RATES['adam']} (adam), {LEARNING_RATES['sgd']} (sgd)]",
)
@click.option("--seed", type=click.IntRange(0, 2**62), default=0, show_default=True)
@click.option(
    "--augment/--no-augment",
    default=True,
    show_default=True,
    help="Shift, turn, scale and slant the training images slightly, anew each epoch.",
)
@click.option(
    "--validation",
    type=click.IntRange(0),
    default=5000,
    show_default=True,
    help="How many digits of --data to keep out of training; with 0, the bundled ones tell how "
    "well it reads.",
)
@click.option(
    "--shuffle-labels",
    "shuffle_seed",
    type=click.IntRange(0, 2**62),
    metavar="SEED",
    help="Give the training digits one another's labels, to see what can be learned from nothing.",
)
@click.pass_context
def train(
    ctx: click.Context,
    data: Path | None,
    download: bool,
    output: Path,
    history_path: Path | None,
    brief: bool,
    layers: tuple[int, ...],
    activation: str,
    loss: str | None,
    optimizer: str,
    epochs: int,
    quick: bool,
    batch_size: int,
    learning_rate: float | None,
    seed: int,
    augment: bool,
    validation: int,
    shuffle_seed: int | None,
) -> None:
    """Train a network, and write it with its card.

    With --data or --download, and no other options, this makes litnet's default model again, bit
    for bit on the same machine. The bundled digits are left out of training and validation. Ctrl-C
    keeps the best network so far.
    """
    if data is not None and download:
        raise click.UsageError("--data FOLDER and --download exclude each other")
    given = {
        name
        for name in ("epochs", "augment", "validation")
        if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT
    }
    if quick and "epochs" in given:
        raise click.UsageError("--quick and --epochs exclude each other")
    shipped = data is None and not download
    if brief and history_path is None:
        raise click.UsageError("--brief goes with --history")
    if history_path is not None:
        for name, wish in (("augment", augment), ("validation", validation)):
            if name in given and wish:
                raise click.UsageError(
                    f"--{name} and --history exclude each other: a history is of all digits of its "
                    "data, as they are"
                )
        augment = False
    if "validation" not in given and (shipped or history_path is not None):
        validation = 0
    # Sums that are split among threads round differently, so that another number of threads
    # would give other weights; the matrices are too small to gain much from them anyway. Has no
    # effect once NumPy is loaded, hence before the imports.
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = "1"

    import numpy as np

    from network import InputError, save_history, save_network
    from network.augmentation import RandomAffine
    from network.history import MAX_EPOCHS, Recorder, shuffled
    from network.losses import get_loss
    from network.mnist import download_mnist
    from network.model_card import write_card
    from network.parameters import count_parameters
    from network.training import train as train_network

    files = [output, output.with_suffix(".md")] if output.name else [output]
    _check_outputs(output, history_path, files)
    names = [name.strip() for name in activation.split(",")]
    activations = names * (len(layers) - 1) if len(names) == 1 else names
    chosen = get_loss(loss.replace("-", "_") if loss else None, activations[-1]).name
    rate = LEARNING_RATES[optimizer] if learning_rate is None else learning_rate

    folder = download_mnist() if download else data
    digits = _digits(folder, validation, seed)
    images, labels = digits.images, digits.labels
    _check_layers(layers, images, labels)
    if quick:
        epochs = max(1, min(epochs, QUICK // len(images)))
    click.echo(digits.sentence)
    if shuffle_seed is not None:
        labels = shuffled(labels, shuffle_seed)
        click.echo("their labels are shuffled: what it learns is not what they show")
    recorder = None
    if history_path is not None:
        if epochs > MAX_EPOCHS:
            raise InputError(f"epochs: found {epochs}, expected at most {MAX_EPOCHS} in a history")
        recorder = Recorder(
            images,
            labels,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=rate,
            loss=chosen,
            optimiser=optimizer,
            seed=seed,
            parameters=count_parameters(layers),
            shuffled_labels=shuffle_seed,
            unseen=digits.unseen,
            brief=brief,
        )

    augmentation = RandomAffine() if augment else None
    moments = train_network(
        images,
        labels,
        sizes=layers,
        activations=activations,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=rate,
        rng=digits.rng,
        loss=chosen,
        optimiser=optimizer,
        validation=digits.unseen,
        augment=augmentation,
        steps=recorder.wanted if recorder else (),
    )
    best, reason = _follow(moments, epochs, recorder)
    if best is None:
        raise InputError(f"{reason}; no epoch was whole, so that nothing was written")
    network = best.mlp
    save_network(network, output)
    if recorder is not None and history_path is not None:
        save_history(recorder.history(), history_path)

    flags = ["--layers", "-".join(map(str, layers)), "--activation", activation]
    if loss is not None:
        flags += ["--loss", chosen]
    if optimizer != "adam":
        flags += ["--optimizer", optimizer]
    lines = [flags, ["--epochs", str(epochs), "--batch-size", str(batch_size)]]
    lines += [["--learning-rate", str(rate), "--seed", str(seed)]]
    lines[-1] += ["--augment" if augment else "--no-augment"]
    lines[-1] += [] if shipped and not validation else ["--validation", str(validation)]
    if shuffle_seed is not None:
        lines[-1] += ["--shuffle-labels", str(shuffle_seed)]
    lines = [lines[0] + lines[1], lines[2]]
    first = ["litnet train"]
    if not shipped:
        first.append("--download" if download else "--data FOLDER")
    first.append(f"--output {shlex.quote(_shown(output))}")
    if history_path is not None:
        first.append(f"--history {shlex.quote(_shown(history_path))}")
        if brief:
            first.append("--brief")
    facts = {
        **description(network),
        "classes": [str(n) for n in range(layers[-1])],
        "validation": {
            "n": len(digits.unseen[1]) if digits.unseen else 0,
            "accuracy": best.validation_accuracy if digits.unseen else None,
            "loss": best.validation_loss if digits.unseen else None,
            "bundled": digits.unseen is not None and validation == 0,
        },
        "training": {
            "data": "the training digits of litnet" if shipped else "MNIST training set",
            "mnist": not shipped,
            "n": len(images),
            "removed": digits.removed,
            "epochs": epochs,
            "epoch": best.epoch,
            "batch_size": batch_size,
            "learning_rate": rate,
            "seed": seed,
            "optimiser": optimizer,
            "augment": repr(augmentation) if augmentation else None,
            "shuffled_labels": shuffle_seed,
            "loss_name": chosen,
            "loss": best.loss,
            "seconds": round(best.seconds),
            "numpy": np.__version__,
            "command": " \\\n    ".join([" ".join(first), *map(shlex.join, lines)]),
        },
    }
    write_card(output.with_suffix(".md"), facts)
    from network.errors import printable

    written = ", ".join(printable(file) for file in (output, history_path) if file is not None)
    if reason:
        raise InputError(f"{reason}; the best so far, after epoch {best.epoch}, is in {written}")
    read = ""
    if digits.unseen:
        what = "bundled" if validation == 0 else "validation"
        read = f"{best.validation_accuracy:.2%} of {len(digits.unseen[1]):,} {what} digits, "
    click.echo(f"{written}: {read}after {best.seconds:.0f} s; digest {network.digest[:12]}")


def _shown(path: Path) -> str:
    # A card goes with its model to other machines: no absolute path.
    return path.name if path.is_absolute() else path.as_posix()


def _check_outputs(output: Path, history: Path | None, files: list[Path]) -> None:
    """Raise InputError for what could not be written after the training: found out before it."""
    from network import InputError
    from network.errors import printable
    from network.history_file import SUFFIX, checked_name

    if output.suffix.lower() != ".npz":
        raise InputError(
            f"{printable(output)}: found the suffix {printable(repr(output.suffix), 40)}, "
            "expected .npz"
        )
    if output.name.endswith(SUFFIX):
        raise InputError(
            f"{printable(output)}: found the name of a history, expected that of a network; "
            "--history names the other"
        )
    for file in [*files, *([checked_name(history)] if history is not None else [])]:
        folder = file.absolute().parent
        if not os.path.isdir(folder):  # pathlib's raises for a name that is too long
            raise InputError(
                f"{printable(file)}: found no folder {printable(file.parent)}, expected it to exist"
            )
        if os.path.isdir(file):
            raise InputError(f"{printable(file)}: found a folder, expected a file or none")
        try:
            file.with_name(f".{file.name}.{os.getpid()}.tmp").lstat()  # is the name too long?
        except FileNotFoundError:
            pass
        except OSError as error:
            raise InputError(f"{printable(file)}: cannot be written ({error.strerror})") from error
        import tempfile  # here, as all that is slow to import

        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise InputError(
                f"{printable(file)}: cannot be written ({error.strerror}), "
                "expected a folder that can be"
            ) from error


class _Digits(NamedTuple):
    """What a run learns from, what it is measured by, and in words; ``rng`` drew the lots."""

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.generic]
    unseen: tuple[npt.NDArray[np.generic], npt.NDArray[np.generic]] | None
    removed: int
    rng: np.random.Generator
    sentence: str


def _digits(folder: Path | None, validation: int, seed: int) -> _Digits:
    """The digits in a folder, or litnet's own, split into training and validation."""
    import numpy as np

    from network import InputError
    from network.digits import bundled_digits, leave_out, load_idx, training_digits
    from network.errors import printable

    bundled = bundled_digits()
    pictures = np.array([digit.image() for digit in bundled])
    images, labels = training_digits() if folder is None else load_idx(folder)
    found, removed = len(images), 0
    unseen: tuple[npt.NDArray[np.generic], npt.NDArray[np.generic]] | None = None
    if images.shape[1:] == pictures.shape[1:]:
        if folder is not None:
            images, labels, removed = leave_out(images, labels, pictures)
        unseen = pictures, np.array([digit.label for digit in bundled])
    if validation >= len(images):
        raise InputError(
            f"{printable(folder or 'the digits of litnet')}: found {found} images, {removed} of "
            f"them bundled digits, expected more than the {validation} for validation"
        )
    rng = np.random.default_rng(seed)
    if validation:
        order = rng.permutation(len(images))
        held, rest = order[:validation], order[validation:]
        unseen = images[held], labels[held]
        images, labels = images[rest], labels[rest]
    parts = [f"{removed} bundled ones left out"] if folder is not None else []
    parts += [f"{validation:,} for validation"] if validation else []
    parts += [f"{len(images):,} for training"]
    where = "" if folder is not None else " that come with litnet (--data FOLDER names others)"
    sentence = f"{found:,} digits{where}: {', '.join(parts)}"
    if not validation and unseen is not None:
        sentence += f"; the {len(bundled)} bundled ones tell how well it reads"
    return _Digits(images, labels, unseen, removed, rng, sentence)


def _check_layers(
    layers: tuple[int, ...], images: npt.NDArray[np.uint8], labels: npt.NDArray[np.generic]
) -> None:
    from network import InputError
    from network.loaders.common import MAX_LAYERS, MAX_PARAMETERS
    from network.parameters import count_parameters

    rows, columns = images.shape[1:]
    if layers[0] != rows * columns:
        raise InputError(
            f"--layers: found {layers[0]} inputs, expected {rows * columns}, "
            f"one for each pixel of {rows} x {columns}"
        )
    classes = int(labels.max()) + 1
    if layers[-1] != classes:
        raise InputError(
            f"--layers: found {layers[-1]} outputs, expected {classes}, "
            f"one for each class: the labels go from {labels.min()} to {classes - 1}"
        )
    if count_parameters(layers) > MAX_PARAMETERS or len(layers) > MAX_LAYERS + 1:
        raise InputError(
            f"--layers: found {count_parameters(layers):,} parameters in {len(layers) - 1} layers, "
            f"expected at most {MAX_PARAMETERS:,} in {MAX_LAYERS}"
        )


def _follow(
    moments: Iterator[Moment], epochs: int, recorder: Recorder | None
) -> tuple[Moment | None, str]:
    """Go through the training, showing its curve: the last epoch, and "".

    If it was stopped or left the finite numbers: the best epoch (None if none was whole), and why.
    """
    from rich.console import Console, Group
    from rich.live import Live
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining
    from rich.text import Text

    from network.training import DivergedError

    last: Moment | None = None
    best: Moment | None = None
    losses: list[float] = []
    numbers = TextColumn("loss {task.fields[loss]:.4f}  {task.fields[read]}")
    columns = (TextColumn("epoch"), MofNCompleteColumn(), BarColumn(), numbers, Remaining())
    console = Console(stderr=True)
    progress = Progress(*columns, console=console)
    bar = progress.add_task("", total=epochs, loss=float("nan"), read="")
    reason = ""
    try:
        with Live(progress, console=console, refresh_per_second=4, transient=False) as live:
            for moment in moments:
                if recorder is not None:
                    recorder.add(moment)
                if not moment.ends_epoch or moment.epoch == 0:
                    continue
                last = moment
                if best is None or _merit(last) >= _merit(best):
                    best = last
                losses.append(last.loss)
                read = f"read rightly {last.validation_accuracy:.2%}" if last.is_validated else ""
                if last.epoch == 1:
                    console.print(
                        f"{epochs:,} epochs take about {_duration(epochs * last.seconds)}"
                    )
                progress.update(bar, completed=last.epoch, loss=last.loss, read=read)
                if console.is_terminal:
                    live.update(Group(Text(text_plot(losses)), progress))
                elif last.epoch % max(1, epochs // 10) == 0:
                    # In a log the curve is not seen to move: ten lines instead, with bars.
                    click.echo(
                        f"epoch {last.epoch:>{len(str(epochs))}}/{epochs}: loss {last.loss:.4f}"
                        f"{', ' if read else ''}{read}, {last.seconds:.0f} s  "
                        + "#"
                        * round(30 * last.loss / max(losses)),
                        err=True,
                    )
    except KeyboardInterrupt:
        reason = f"stopped after epoch {last.epoch if last else 0} of {epochs}"
    except DivergedError as error:
        reason = str(error)
    return (best if reason else last), reason


def _merit(moment: Moment) -> tuple[float, float]:
    """How good a network is: by what it reads rightly that it never saw, then by its loss."""
    if moment.is_validated:
        return moment.validation_accuracy, -moment.validation_loss
    return 0.0, -moment.loss


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"
