"""Commands about networks: predict, model, import."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from litnet.commands.clips import as_json_option
from litnet.commands.curves import describe_history
from litnet.commands.reading import reading_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from network import MLP


def configured_model() -> Path:
    """The network that the project sets; litnet's own where it sets none."""
    from litnet.project import current, real_path

    return real_path(current().setting("model"))


def description(network: MLP) -> dict[str, Any]:
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
    default=configured_model,
    help="The network's file; without it, the one that the project sets.",
)
@as_json_option
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
@reading_options
def predict(
    image: Path,
    model_path: Path,
    as_json: bool,
    show: Path | None,
    largest: bool,
    read_as: str | None,
) -> None:
    """Let a network read a digit: a picture of 28 x 28 pixels, a drawing, or a photo.

    A picture of just the size that the network reads, which looks like MNIST's, is taken as it is;
    any other is prepared as those were.
    """
    from math import isqrt

    from litnet.record import variant
    from network import InputError, load_network
    from network.contact_sheet import write_contact_sheet
    from network.digits import SIDE, read_image, unsure
    from network.errors import printable

    network = load_network(model_path)
    side = isqrt(network.sizes[0])
    side = side if side * side == network.sizes[0] else SIDE
    how = variant.read_also(variant.filmed().read_as, read_as)
    found = read_image(image, side, **variant.reading_options(how))
    done = found.preparation
    if done is not None and done.digits > 1 and not largest:
        raise InputError(f"{printable(image)}: found {done.digits} digits, expected one")
    forward_pass = network.forward(found.image.reshape(-1))
    doubt = unsure(forward_pass.activations[-1])
    for sentence in (*found.sentences, *([f"{found.name}: {doubt}"] if doubt else ())):
        click.echo(f"litnet: {sentence}", err=True)
    if show is not None:
        write_contact_sheet({"image": found.image} if done is None else done.steps, show)
    outputs = forward_pass.activations[-1].tolist()
    meant = _meant(image, model_path, network)
    if as_json:
        answer = {
            "image": str(image),
            "model": str(model_path),
            "model_digest": network.digest,
            "prediction": forward_pass.prediction,
            "confidence": forward_pass.confidence,
            "doubt": doubt or None,
            "outputs": outputs,
            "meant": meant,
            "read_as": {
                "ink": "dark" if found.dark else "light",
                "prepared": done is not None,
                "said": list(found.said),
            },
        }
        click.echo(json.dumps(answer, indent=2))
        return
    verdict = ""
    if meant is not None:
        right = forward_pass.prediction == meant
        verdict = ": right" if right else f": wrong: a {meant} was meant"
    click.echo(
        f"{forward_pass.prediction}, with an activation of {forward_pass.confidence:.3f}{verdict}"
    )
    for number, value in enumerate(outputs):
        bar = "#" * round(40 * value) if 0 <= value <= 1 else ""
        click.echo(f"{number:>3}  {value:.3f}  {bar}".rstrip())


def _meant(image: Path, model: Path, network: MLP) -> int | None:
    """What a picture is, if a list of a class says so and the network tells the digits apart."""
    from litnet.record.pupils import pupil_of
    from network.classes import class_names

    digits = tuple("0123456789")
    same = network.sizes[-1] == len(digits) and class_names(model, len(digits)) == digits
    return pupil_of(image).digit if same else None


def _mean_and_deviation(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> tuple[float, float] | None:
    if value is None:
        return None
    try:
        mean, deviation = (float(word) for word in value.split(","))
    except ValueError:
        mean, deviation = 0.0, 0.0
    if not (abs(mean) < 1e6 and 0 < deviation < 1e6):
        raise click.BadParameter(f"{value!r} is not like 0.1307,0.3081", ctx, param)
    return mean, deviation


def _taken_in(
    network: MLP, scale: float | None, normalize: tuple[float, float] | None
) -> tuple[MLP, str]:
    """The network for pixels x from 0 to 1, and the formula of x that it was trained on, or ""."""
    from network.mlp import rescaled

    factor, (mean, deviation) = scale or 1.0, normalize or (0.0, 1.0)
    shown = "x" if factor == 1 else f"{factor:g} x"
    if normalize:
        shown = f"({shown} - {mean:g}) / {deviation:g}"
    same = scale is None and normalize is None
    return rescaled(network, factor / deviation, -mean / deviation), "" if same else shown


def _as_good_as_guessing(network: MLP) -> str:
    """A word on a network that reads the bundled digits as chance would, with what to try."""
    found = description(network)["bundled"]
    if found is None or found["accuracy"] >= 0.35:
        return ""
    tries = {
        "--input-scale 255": (255.0, None),
        "--normalize 0.1307,0.3081": (None, (0.1307, 0.3081)),
        "--normalize 0.5,0.5": (None, (0.5, 0.5)),
    }
    right = {
        option: description(_taken_in(network, *said)[0])["bundled"]["right"]
        for option, said in tries.items()
    }
    best = max(right, key=lambda option: right[option])
    guess = f"it reads {found['right']} of {found['n']} bundled digits, about as chance would; "
    if right[best] > max(0.5 * found["n"], found["right"]):
        return f"{guess}with {best} it reads {right[best]}: it may have been trained on that scale"
    return (
        f"{guess}was it trained on another scale (--input-scale 255, --normalize MEAN,STD), on "
        "dark ink on light paper, or with other activations?"
    )


def what_the_file_does_not_say(command: Callable[..., None]) -> Callable[..., None]:
    """The options ``--activation`` and ``--transpose`` of commands that read any model."""
    for option in (
        click.option(
            "--normalize",
            metavar="MEAN,STD",
            callback=_mean_and_deviation,
            help="It was trained on (x - MEAN) / STD; MNIST's are 0.1307,0.3081.",
        ),
        click.option(
            "--input-scale",
            type=click.FloatRange(0, min_open=True),
            help="It was trained on pixels from 0 to this: 255, say.",
        ),
        click.option(
            "--transpose/--no-transpose",
            default=None,
            help="Whether matrices are stored as (n_in, n_out); without it, their shapes tell.",
        ),
    ):
        command = option(command)
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
def import_model(
    path: Path,
    output: Path,
    activation: str | None,
    transpose: bool | None,
    input_scale: float | None,
    normalize: tuple[float, float] | None,
) -> None:
    """Turn another library's MODEL into litnet's own format.

    Reads .safetensors, PyTorch state dicts (.pt, .pth), Keras (.keras, .h5) and .onnx. Nothing in
    a model file is ever executed.
    """
    from network import load_network, save_network
    from network.errors import printable

    network = load_network(path, transpose=transpose, activations=_names(activation))
    network, read_as = _taken_in(network, input_scale, normalize)
    save_network(network, output, read_as=read_as)
    names = ", ".join(layer.activation for layer in network.layers)
    sizes = "-".join(map(str, network.sizes))
    click.echo(f"{printable(output)}: {sizes}, {names}; digest {network.digest[:12]}")
    if read_as:
        click.echo(
            f"  trained on {read_as}, which its first layer takes in: a pixel x stays 0 to 1"
        )
    word = _as_good_as_guessing(network)
    if word:
        click.echo(f"litnet: {printable(path)}: {word}", err=True)


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default=configured_model)
@as_json_option
@click.option(
    "--plot", type=click.Path(path_type=Path), metavar="OUT.svg", help="Draw a history's curves."
)
@click.option(
    "--csv", type=click.Path(path_type=Path), metavar="OUT.csv", help="Write a history's curves."
)
@what_the_file_does_not_say
def model(
    path: Path,
    as_json: bool,
    plot: Path | None,
    csv: Path | None,
    activation: str | None,
    transpose: bool | None,
    input_scale: float | None,
    normalize: tuple[float, float] | None,
) -> None:
    """Describe a network: layers, parameters, digest, accuracy on the bundled digits.

    Or a training run, NAME.history.npz: how it was done, its snapshots, what became of it.
    """
    from network import InputError, load_network
    from network.activations import get_activation
    from network.checkpoint import how_it_reads
    from network.errors import printable

    if path.name.endswith(".history.npz"):
        for name, option in (("--activation", activation), ("--transpose", transpose)):
            if option is not None:
                raise InputError(f"{path}: found {name} given with a history, which says it itself")
        describe_history(path, as_json=as_json, plot=plot, csv=csv)
        return
    if plot is not None or csv is not None:
        raise InputError(f"{path}: found a network, expected NAME.history.npz for its curves")
    network = load_network(path, transpose=transpose, activations=_names(activation))
    network, read_as = _taken_in(network, input_scale, normalize)
    read_as = read_as or how_it_reads(path)
    facts = description(network)
    word = _as_good_as_guessing(network)
    if word:
        click.echo(f"litnet: {printable(path)}: {word}", err=True)
    if as_json:
        click.echo(json.dumps({"path": str(path), "input": read_as or None, **facts}, indent=2))
        return
    click.echo(printable(path))
    click.echo(f"  layers      {'-'.join(map(str, network.sizes))}")
    for number, layer in enumerate(network.layers, start=1):
        formula = get_activation(layer.activation).formula
        click.echo(f"    {number}: {layer.n_in} -> {layer.n_out}, {layer.activation}: {formula}")
    if read_as:
        click.echo(f"  input       trained on {read_as}, taken into layer 1")
    click.echo(f"  parameters  {network.parameters:,}")
    click.echo(f"  digest      {network.digest}")
    bundled = facts["bundled"]
    if bundled is None:
        click.echo("  bundled     not the size of the bundled digits")
    else:
        click.echo(f"  bundled     {bundled['right']} of {bundled['n']} read rightly")
        for wrong in bundled["misread"]:
            click.echo(f"    {wrong['file']} read as {wrong['prediction']}")
