"""A training run in words, and its curves: on a terminal, as SVG, as CSV."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from network import History
    from network.arrays import Array


def describe_history(
    path: Path, *, as_json: bool = False, plot: Path | None = None, csv: Path | None = None
) -> None:
    """Say what a history holds; draw or write its curves. What ``litnet model`` does with one."""
    from network import InputError, load_history
    from network.digits import training_digits
    from network.errors import printable
    from network.files import written_whole
    from network.history import digits_digest, shuffled

    history = load_history(path)
    for file, suffix, made in ((plot, ".svg", svg), (csv, ".csv", table)):
        if file is None:
            continue
        if file.suffix.lower() != suffix:
            raise InputError(f"{file}: found the suffix {file.suffix!r}, expected {suffix}")
        with written_whole(file) as temporary:
            temporary.write_text(made(history), encoding="utf-8")
    images, labels = training_digits()
    if history.shuffled_labels is not None:
        labels = shuffled(labels, history.shuffled_labels).astype(labels.dtype)
    its_own = digits_digest(images, labels) == history.training_digest
    network = history.mlp
    facts = {
        "path": str(path),
        "sizes": list(network.sizes),
        "activations": [layer.activation for layer in network.layers],
        "loss": history.loss,
        "optimiser": history.optimiser,
        "learning_rate": history.learning_rate,
        "batch_size": history.batch_size,
        "seed": history.seed,
        "epochs": history.epochs,
        "training_digits": history.training_digits,
        "training_digest": history.training_digest,
        "shipped_digits": its_own,
        "shuffled_labels": history.shuffled_labels,
        "snapshots": [
            {"step": s.step, "epoch": s.epoch, "digest": s.mlp.digest} for s in history.snapshots
        ],
        "steps": [step.number for step in history.steps],
        "costs": history.costs.tolist(),
        "accuracies": history.accuracies.tolist(),
        "unseen_costs": history.unseen_costs.tolist(),
        "unseen_accuracies": history.unseen_accuracies.tolist(),
        "digest": history.digest,
    }
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    whose = "those of litnet" if its_own else "not those of litnet"
    if history.shuffled_labels is not None:
        whose += f", their labels shuffled by the seed {history.shuffled_labels}"
    click.echo(printable(path))
    click.echo(f"  network     {network!r}")
    click.echo(
        f"  training    {history.optimiser}, {history.loss}, learning rate "
        f"{history.learning_rate:g}, batches of {history.batch_size}, seed {history.seed}"
    )
    click.echo(f"  digits      {history.training_digits:,}, {whose}")
    click.echo(f"  snapshots   after step {', '.join(str(s.step) for s in history.snapshots)}")
    click.echo(f"  steps       {', '.join(str(s.number) for s in history.steps) or 'none'}")
    click.echo(f"  digest      {history.digest}")
    click.echo("  epoch    cost   read rightly    unseen: cost   read rightly")
    for epoch in sorted({s.epoch for s in history.snapshots}):
        line = f"  {epoch:>5}  {history.costs[epoch]:6.3f}   {history.accuracies[epoch]:12.2%}"
        if len(history.unseen_costs):
            line += f"    {history.unseen_costs[epoch]:12.3f}"
            line += f"   {history.unseen_accuracies[epoch]:12.2%}"
        click.echo(line)
    click.echo(text_plot(history.costs.tolist()))


# The dots of a braille letter, from its upper left, as bits of its code.
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


def text_plot(values: Sequence[float], width: int = 60, height: int = 6) -> str:
    """A curve from 0 to its largest value, in ``height`` lines of braille."""
    columns, rows = 2 * width, 4 * height
    most = max(values, default=0.0) or 1.0
    cells = [[0] * width for _ in range(height)]
    before: int | None = None
    for x in range(columns if values else 0):
        share, n = math.modf(x * (len(values) - 1) / (columns - 1))
        left, right = values[int(n)], values[min(int(n) + 1, len(values) - 1)]
        y = round((1 - (left + share * (right - left)) / most) * (rows - 1))
        # A column of dots from where the curve was, so that it does not fall apart where steep.
        start = y if before is None else before
        for dot in range(min(y, start + 1), 1 + max(y, start - 1)):
            cells[dot // 4][x // 2] |= _DOTS[dot % 4][x % 2]
        before = y
    lines = ["".join(chr(0x2800 + cell) for cell in row) for row in cells]
    labels = [f"{most:.2f}", *[""] * (height - 2), "0"]
    return "\n".join(f"{label:>6} {line}" for label, line in zip(labels, lines, strict=True))


def table(history: History) -> str:
    """The curves as CSV: a line for each epoch, 0 being the fresh network."""
    curves = {
        "cost": history.costs,
        "accuracy": history.accuracies,
        "unseen_cost": history.unseen_costs,
        "unseen_accuracy": history.unseen_accuracies,
    }
    curves = {name: curve for name, curve in curves.items() if len(curve)}
    lines = [",".join(["epoch", *curves])]
    for epoch, row in enumerate(zip(*(curve.tolist() for curve in curves.values()), strict=True)):
        lines.append(",".join([str(epoch), *map(repr, row)]))
    return "\n".join(lines) + "\n"


# --- SVG --------------------------------------------------------------------------------------

_WIDTH, _HEIGHT, _LEFT, _TOP = 420, 240, 56, 44
_COLORS = "#c2410c", "#1d4ed8"


def svg(history: History) -> str:
    """Two pictures side by side: the cost over epochs, and the part that is read rightly."""
    panels = [
        _panel(0, "Cost", (history.costs, history.unseen_costs)),
        _panel(1, "Read rightly, %", (100 * history.accuracies, 100 * history.unseen_accuracies)),
    ]
    total_width, total_height = 2 * (_LEFT + _WIDTH) + 24, _TOP + _HEIGHT + 64
    names = [f"the {history.training_digits:,} it learned from"]
    names += ["digits it never saw"] if len(history.unseen_costs) else []
    key = [
        f'<path d="M{_LEFT + 250 * n} {total_height - 12}h24" stroke="{color}" stroke-width="2"/>'
        f'<text x="{_LEFT + 250 * n + 32}" y="{total_height - 8}">{name}</text>'
        for n, (name, color) in enumerate(zip(names, _COLORS, strict=False))
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total_width} {total_height}" '
            f'width="{total_width}" height="{total_height}" font-family="sans-serif" '
            'font-size="12" fill="#222">',
            f"<title>{history.epochs} epochs of training</title>",
            f'<rect width="{total_width}" height="{total_height}" fill="#fff"/>',
            *panels,
            *key,
            "</svg>\n",
        ]
    )


def _panel(number: int, title: str, curves: Sequence[Array]) -> str:
    left = _LEFT + number * (_LEFT + _WIDTH + 12)
    step = _tick(max(float(max(curve)) for curve in curves if len(curve)))
    top_value = step * math.ceil(max(float(max(c)) for c in curves if len(c)) / step - 1e-9)
    epochs = max(1, len(curves[0]) - 1)

    def place(epoch: float, value: float) -> tuple[float, float]:
        return (
            left + _WIDTH * epoch / epochs,
            _TOP + _HEIGHT * (1 - value / top_value),
        )

    parts = [f'<text x="{left}" y="{_TOP - 16}" font-size="15">{title}</text>']
    for n in range(round(top_value / step) + 1):
        y = place(0, n * step)[1]
        parts.append(f'<path d="M{left} {y:.1f}h{_WIDTH}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{n * step:g}</text>')
    along = max(1, round(_tick(epochs)))
    for epoch in range(0, epochs + 1, along):
        x, y = place(epoch, 0)
        parts.append(f'<text x="{x:.1f}" y="{y + 16:.1f}" text-anchor="middle">{epoch}</text>')
    x, y = place(epochs / 2, 0)
    parts.append(f'<text x="{x:.1f}" y="{y + 32:.1f}" text-anchor="middle">epoch</text>')
    for curve, color in zip(curves, _COLORS, strict=True):
        points = " ".join("{:.1f},{:.1f}".format(*place(e, float(v))) for e, v in enumerate(curve))
        if points:
            parts.append(
                f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>'
            )
    return "\n".join(parts)


def _tick(most: float) -> float:
    """A round step, 1, 2 or 5 times a power of ten, of which about five reach up to ``most``."""
    raw = max(most, 1e-12) / 5
    power: float = 10.0 ** math.floor(math.log10(raw))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= raw * 0.999)
