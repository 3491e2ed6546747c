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

_TEMPLATE = """# {name}

A fully connected network, {shape}, {activations}: {parameters:,} parameters.
It reads handwritten digits and was made to be looked at: small enough that every activation and
every weight can be on screen at once.

| | |
|---|---|
| Validation accuracy | **{validation_accuracy:.2%}** of {validation_n:,} digits |
| Bundled digits (`assets/digits`) | {bundled} |
| Digest | `{digest}` |

## Data

MNIST's training set (LeCun, Cortes, Burges). The bundled digits were removed first
({removed:,} images), then {validation_n:,} were drawn by the seed for validation, which left
{training_n:,} for training.

## Training

Mini-batch gradient descent with backpropagation (`network/training.py`), Adam, the learning rate
falling along a cosine to zero; loss: {loss_name}.
{epochs} epochs, batches of {batch_size}, peak learning rate {learning_rate}, seed {seed}.
{augment}

The weights are those after the last epoch. To make the same file again, bit for bit on the same
machine (FOLDER holds MNIST's IDX files):

```sh
{command}
```

## What the numbers mean, and do not

- litnet's default settings were chosen among about a dozen by the accuracy on a validation split
  like this one (in those trials the bundled digits were still among the others), so that this
  number is slightly flattering. No test set was looked at.
- The network always answers with one of its {n_out} classes, whatever it is shown, and its
  outputs are activations, not probabilities that can be relied on.
- It expects digits prepared as MNIST's were: centred, upright, bright on dark.
{misread}
## For programs

```json
{facts}
```
"""

_LOSS_NAMES = {
    "sigmoid": "cross-entropy of each output on its own",
    "softmax": "cross-entropy",
    "identity": "half the squared error",
}


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
    text = _TEMPLATE.format(
        name=file.stem,
        shape="-".join(map(str, facts["sizes"])),
        activations=f"{activations[0]} in every layer"
        if len(set(activations)) == 1
        else ", ".join(activations),
        parameters=facts["parameters"],
        digest=facts["digest"],
        validation_accuracy=validation["accuracy"],
        validation_n=validation["n"],
        bundled=shown,
        removed=training["removed"],
        training_n=training["n"],
        loss_name=_LOSS_NAMES[activations[-1]],
        augment="Before each epoch the images were changed a little, and ever less as training "
        f"went on:\n`{training['augment']}`."
        if training["augment"]
        else "The images were used as they are.",
        epochs=training["epochs"],
        batch_size=training["batch_size"],
        learning_rate=training["learning_rate"],
        seed=training["seed"],
        command=training["command"],
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
