"""The card that lies beside a trained model: what it is, how it was made, how well it reads.

Markdown for people, with one fenced ``json`` block that holds the same facts for programs.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from network.errors import InputError

_BLOCK = re.compile(r"^```json\n(.*?)^```", re.DOTALL | re.MULTILINE)

_TEMPLATE = """# {name}

A fully connected network, {shape}, {activations}: {parameters:,} parameters.
It reads handwritten digits and was made to be looked at: small enough that every activation and
every weight can be on screen at once.

| | |
|---|---|
| Validation accuracy | **{validation_accuracy:.2%}** of {validation_n:,} digits |
| Bundled digits (`assets/digits`) | {bundled_right} of {bundled_n} read rightly |
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

- Hyperparameters, if they were tried out, were chosen by the validation digits; so the validation
  accuracy is slightly flattering. No test set was looked at, to choose or otherwise.
- The network always answers with one of its {n_out} classes, whatever it is shown, and its
  outputs are activations, not probabilities that can be relied on.
- It expects digits prepared as MNIST's were: centred, upright, bright on dark.
- Bundled digits that it misreads: {misread}.

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
    misread = ", ".join(f"`{m['file']}` (as {m['prediction']})" for m in bundled["misread"])
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
        bundled_right=bundled["right"],
        bundled_n=bundled["n"],
        removed=training["removed"],
        training_n=training["n"],
        loss_name=_LOSS_NAMES[activations[-1]],
        augment=f"Before each epoch the images were changed a little, less and less until the end: "
        f"`{training['augment']}`."
        if training["augment"]
        else "The images were used as they are.",
        epochs=training["epochs"],
        batch_size=training["batch_size"],
        learning_rate=training["learning_rate"],
        seed=training["seed"],
        command=training["command"],
        n_out=facts["sizes"][-1],
        misread=misread or "none",
        facts=json.dumps(facts, indent=2),
    )
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: cannot be written ({error.strerror})") from error


def read_card(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The facts in a card. Raises InputError if the file is missing or holds no JSON block."""
    file = Path(path)
    try:
        block = _BLOCK.search(file.read_text(encoding="utf-8"))
        facts = json.loads(block.group(1)) if block else None
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: cannot be read, expected a model card") from error
    if not isinstance(facts, dict):
        raise InputError(f"{file}: found no json block, expected a model card with one")
    return facts
