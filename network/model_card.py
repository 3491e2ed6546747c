"""The card that lies beside a trained model: what it is, how it was made, how well it reads.

Markdown for people, with one fenced ``json`` block that holds the same facts for programs.
"""

from __future__ import annotations

import json
import os
import re
import textwrap
from pathlib import Path
from typing import Any

from network.errors import InputError
from network.losses import LOSSES

_TEMPLATE = """# {name}

A fully connected network, {shape}, {activations}: {parameters:,} parameters.
It reads handwritten digits and was made to be looked at: small enough that every activation and
every weight can be on screen at once.

| | |
|---|---|
{validated}| Bundled digits (`assets/digits`) | {bundled} |
| Digest | `{digest}` |

## Data

{data}

## Training

{method}
{epochs} epochs, batches of {batch_size}, {rate} {learning_rate}, seed {seed}.
{augment}

{weights}

## What the numbers mean, and do not
{flattering}
- The network always answers with one of its {n_out} classes, whatever it is shown, and its
  outputs are activations, not probabilities that can be relied on.
- It expects digits prepared as MNIST's were: centred, upright, bright on dark.
{misread}
## For programs

```json
{facts}
```
"""

_FLATTERING = """
- litnet's default settings were chosen among about a dozen by the accuracy on a validation split
  like this one (in those trials the bundled digits were still among the others), so that this
  number is slightly flattering. No test set was looked at."""

_SCHEDULES = {
    "sgd": ("with a constant learning rate", "learning rate"),
    "adam": ("Adam, the learning rate falling along a cosine to zero", "peak learning rate"),
}


def _split(validation: dict[str, Any]) -> bool:
    """Whether digits were kept out of training for validation."""
    return validation["n"] > 0 and not validation["bundled"]


def _data(validation: dict[str, Any], training: dict[str, Any]) -> str:
    source = "MNIST's training set (LeCun, Cortes, Burges)"
    if training["mnist"]:
        text = f"{source}. The bundled digits were removed first ({training['removed']:,} images), "
    else:
        text = "The digits that come with litnet (`network.digits.training_digits()`), a part of "
        text += f"{source}; none of the bundled ones is among them, "
    if _split(validation):
        text += f"then {validation['n']:,} were drawn by the seed for validation, which left "
        text += f"{training['n']:,} for training."
    else:
        text += f"and all {training['n']:,} that are left are for training."
    if training["shuffled_labels"] is not None:
        text += (
            " Their labels were shuffled among them, so that nothing true about digits could be "
            "learned."
        )
    return textwrap.fill(text, 100)


def _weights(training: dict[str, Any]) -> str:
    where = " (FOLDER holds MNIST's IDX files)" if training["mnist"] else ""
    if training["epoch"] < training["epochs"]:
        text = (
            f"It was stopped; the weights are those after epoch {training['epoch']}, the best "
            f"until then. The command of that run{where}:"
        )
    else:
        text = (
            "The weights are those after the last epoch. To make the same file again, bit for bit "
            f"on the same machine{where}:"
        )
    return f"{textwrap.fill(text, 100)}\n\n```sh\n{training['command']}\n```"


def write_card(path: str | os.PathLike[str], facts: dict[str, Any]) -> None:
    """Write the card of a model. ``facts`` is what ``litnet train`` collects; see there."""
    file = Path(path)
    activations = facts["activations"]
    bundled, validation, training = facts["bundled"], facts["validation"], facts["training"]
    shown, misread = "another shape than its input and output", ""
    if bundled is not None:
        shown = f"{bundled['right']} of {bundled['n']} read rightly"
        wrong = [f"`{m['file']}` as {m['prediction']}" for m in bundled["misread"]]
        lines = textwrap.wrap(
            f"- Bundled digits that it misreads: {', '.join(wrong) or 'none'}.",
            100,
            subsequent_indent="  ",
        )
        misread = "\n".join(lines) + "\n"
    schedule, rate = _SCHEDULES[training["optimiser"]]
    text = _TEMPLATE.format(
        name=file.stem,
        shape="-".join(map(str, facts["sizes"])),
        activations=f"{activations[0]} in every layer"
        if len(set(activations)) == 1
        else ", ".join(activations),
        parameters=facts["parameters"],
        digest=facts["digest"],
        validated=f"| Validation accuracy | **{validation['accuracy']:.2%}** of "
        f"{validation['n']:,} digits |\n"
        if _split(validation)
        else "",
        flattering=_FLATTERING if _split(validation) else "",
        bundled=shown,
        data=_data(validation, training),
        method=textwrap.fill(
            "Mini-batch gradient descent with backpropagation (`network/training.py`), "
            f"{schedule}; loss: {LOSSES[training['loss_name']].title}.",
            100,
        ),
        rate=rate,
        augment="Before each epoch the images were changed a little, and ever less as training "
        f"went on:\n`{training['augment']}`."
        if training["augment"]
        else "The images were used as they are.",
        epochs=training["epochs"],
        batch_size=training["batch_size"],
        learning_rate=training["learning_rate"],
        seed=training["seed"],
        weights=_weights(training),
        n_out=facts["sizes"][-1],
        misread=misread,
        facts=_compact(json.dumps(facts, indent=2)),
    )
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: cannot be written ({error.strerror})") from error


def _compact(text: str) -> str:
    """Indented JSON with its short innermost lists and objects on one line each."""

    def join(match: re.Match[str]) -> str:
        line = " ".join(match.group().split())
        return match.group() if len(line) > 90 else re.sub(r"(?<=[\[{]) | (?=[\]}])", "", line)

    # Strings in a card hold no brackets that span lines: JSON escapes a new line.
    return re.sub(r"(?<=[ \n])[\[{]\n[^\[\]{}]*\n *[\]}]", join, text)
