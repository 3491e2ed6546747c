"""What cannot be filmed, said in one sentence before anything is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from manim import ManimColor, RendererType, config

from litnet.theme import DARK, PAPER, WORD, Theme, contrast, luminance
from network import InputError
from network.errors import printable
from network.history import History

SMALLEST, LARGEST = 64, 16_384  # pixels; the latter is the limit of H.264 as x264 has it
# Of networks that can be filmed.
MOST_LAYERS = 6  # of weights
MOST_NEURONS = 1024  # in a layer, or numbers in an input that is no picture


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """Turn what a user can mend into one sentence and exit code 1; the rest keeps its traceback."""
    try:
        yield
    except InputError as error:
        raise SystemExit(f"litnet: {error}") from error
    except OSError as error:
        raise SystemExit(f"litnet: the film could not be written: {error}") from error
    except RuntimeError as error:
        if "video segment" not in str(error):
            raise
        raise SystemExit(f"litnet: the film could not be encoded: {error}") from error


def refuse_opengl() -> None:
    """Say in one sentence that there is no light with the other renderer."""
    if config.renderer == RendererType.OPENGL:
        raise SystemExit(
            "litnet: --renderer opengl cannot draw litnet's light; "
            "leave the option out (the cairo renderer is the one that can)."
        )


def check_ground(color: Any, opacity: float, theme: Theme) -> None:
    """Refuse a ground on which the words and the light of a theme cannot be seen.

    Raises
    ------
    InputError
        It is too light for light that adds up, or too dark for ink.
    """
    ground = ManimColor(color).to_hex()
    light = luminance(ground) > luminance(theme.text)
    if opacity > 0 and (contrast(theme.quiet, ground) < WORD or light != theme.is_light):
        draws, wanted, other = (
            ("ink", "light", DARK) if theme.is_light else ("light", "dark", PAPER)
        )
        raise InputError(
            f"A film on {ground} cannot be made: litnet draws with {draws}, expected a {wanted} "
            "background_color (manim.cfg, or the file that -c names), or another theme, such as "
            f"{other.name}."
        )


def check_size(width: int, height: int) -> None:
    """Refuse a picture that the encoder would refuse, before anything is drawn.

    Raises
    ------
    InputError
        Width or height, in pixels, is odd (H.264 halves the resolution of colour, both ways), too
        small to show a picture of 28 x 28, or larger than H.264 knows.
    """
    even = (width + width % 2, height + height % 2)
    if even != (width, height):
        raise InputError(
            f"A film of {width} x {height} pixels cannot be encoded: expected an even width and "
            f"height, for example {even[0]} x {even[1]}."
        )
    if not (SMALLEST <= min(width, height) and max(width, height) <= LARGEST):
        raise InputError(
            f"A film of {width} x {height} pixels cannot be made: expected from {SMALLEST} to "
            f"{LARGEST} pixels each way."
        )


def check_run(story: str, file: Path, history: History) -> None:
    """Refuse a training run of which a story of learning cannot tell.

    Raises
    ------
    InputError
        Its network does not tell digits of 28 x 28 pixels apart, or is too large; its activations
        are not all sigmoids, or its loss is another one than the sum of squares; or there is no
        whole epoch.
    """
    name, mlp = printable(file), history.mlp
    if (mlp.sizes[0], mlp.sizes[-1]) != (784, 10):
        raise InputError(
            f"{name}: the network goes from {mlp.sizes[0]:,} inputs to {mlp.sizes[-1]:,} outputs, "
            f"but {story} shows one learn digits; expected 784 inputs and 10 outputs."
        )
    check_shape(file, mlp.sizes)
    others = {layer.activation for layer in mlp.layers} - {"sigmoid"}
    if others:
        raise InputError(
            f"{name}: found a network with {min(others)}, but {story} tells of activations between "
            "0 and 1; expected sigmoid in every layer."
        )
    if history.loss != "squares":
        raise InputError(
            f"{name}: found the loss {history.loss}, but {story} tells of squared errors; "
            "expected a run with --loss squares."
        )
    if history.epochs < 1:
        raise InputError(f"{name}: found a run of no epoch, but {story} shows at least one.")


def check_told(
    story: str, file: Path, history: History, *, snapshots: int = 2, steps: bool = False
) -> None:
    """Refuse a training run that keeps too little of itself for a story.

    Raises
    ------
    InputError
        It has fewer snapshots; or no single steps, and the story shows one.
    """
    if len(history.snapshots) < snapshots:
        found = "a single snapshot" if len(history.snapshots) == 1 else "two snapshots"
        raise InputError(
            f"{printable(file)}: found {found}, but {story} shows how a network changes; expected "
            f"{snapshots} or more."
        )
    if steps and not history.steps:
        raise InputError(
            f"{printable(file)}: found no single steps, but {story} shows one; litnet train "
            "--optimizer sgd --history keeps some."
        )


def check_hidden(story: str, file: Path, sizes: Sequence[int], most: int | None = None) -> None:
    """Refuse a network whose hidden neurons a story cannot show one by one.

    Raises
    ------
    InputError
        It has no hidden layer, or one of more than ``most`` neurons, where that is a number.
    """
    hidden = sizes[1:-1]
    if not hidden:
        raise InputError(
            f"{printable(file)}: found a network without a hidden layer, but {story} shows what "
            "one layer asks of another; expected one or more."
        )
    if most is not None and max(hidden) > most:
        raise InputError(
            f"{printable(file)}: found a hidden layer of {max(hidden):,} neurons, but {story} "
            f"shows each by itself; expected at most {most}."
        )


def check_shape(model: Path, sizes: Sequence[int]) -> None:
    """Refuse a network that cannot be filmed so that it is seen; ``sizes`` are those of its layers.

    Raises
    ------
    InputError
        It has too many layers of weights, or a layer of too few or too many neurons.
    """
    if len(sizes) - 1 > MOST_LAYERS:
        raise InputError(
            f"{model}: found {len(sizes) - 1} layers of weights, expected at most {MOST_LAYERS} "
            "in a network that is filmed."
        )
    for number, size in enumerate(sizes[1:], start=1):
        if not 2 <= size <= MOST_NEURONS:
            raise InputError(
                f"{model}: found {size:,} neurons in layer {number}, expected from 2 to "
                f"{MOST_NEURONS:,} in a network that is filmed."
            )
