"""Turns measurements into one Markdown table and one chart."""

from __future__ import annotations

from html import escape
from math import log10
from typing import TYPE_CHECKING

from benchmarks.machine import describe

if TYPE_CHECKING:
    from benchmarks.run import Row

TITLES = {
    "flow": "784 pixels flow into neurons",
    "propagation": "propagation, as in the film",
    "change": "propagation, all connections changing",
}
PAINTERS = {"stock": "stock Manim", "litnet": "litnet", "encoder": "the encoder alone"}
COLORS = {"stock": "#8A8F99", "litnet": "#E08A00", "encoder": "#3F7CFF"}

NOTES = """\
Each row was measured in one process: stock Manim, litnet and the encoder took turns, and the
figures are medians (in brackets: the smallest and the largest).

- *litnet*: from the call of `play` to the last packet encoded, caching off, with the encoder
  settings of `manim.cfg`; work that is done once, such as building a matrix, is in it.
- *Stock Manim*: the same positions, sizes and brightnesses, one `Square` a pixel, one `Circle` a
  neuron, one `Line` a connection, without litnet's halos. Because it is slow, only {stock} frames
  of a piece are drawn, spread over the whole motion, and timed from frame to frame, so that what
  it does once (copying thousands of mobjects) is left out, in its favour.
- *The encoder alone*: manim's own encoder with the same settings on litnet's own frames, waiting
  in memory.
- *Memory*: the peak of a process that did nothing but draw and encode the piece with litnet.

The cores are shared with other work, so the ratios mean more than the figures.
"""


def number(value: float | None) -> str:
    """A figure with about two digits that count."""
    if value is None:
        return "–"
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}" if value >= 2 else f"{value:.2f}"


def figure(row: Row, painter: str) -> str:
    """Median, smallest and largest frames a second."""
    value = row.found.median(painter)
    if value is None:
        return "–"
    low, high = row.found.spread(painter)
    return f"{number(value)} ({number(low)} to {number(high)})"


def ratio(row: Row, painter: str) -> str:
    """How many times as fast litnet is."""
    lit, other = row.found.median("litnet"), row.found.median(painter)
    return f"**{number(lit / other)}**" if lit and other else "–"


def report(rows: list[Row], *, quick: bool) -> str:
    """The whole report in Markdown."""
    lines = [
        "# Benchmarks",
        "",
        f"`make {'bench-quick' if quick else 'bench'}`, frames a second.",
        "",
        "| what | network | film | stock Manim | litnet | encoder alone | litnet / stock "
        "| litnet / encoder | s a second of film | memory |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        lit = row.found.median("litnet")
        memory = row.found.median("memory", "bytes")
        cells = [
            TITLES[row.case.piece],
            "-".join(map(str, row.case.sizes)),
            row.quality,
            *(figure(row, painter) for painter in PAINTERS),
            ratio(row, "stock"),
            ratio(row, "encoder"),
            number(row.case.rate / lit) if lit else "–",
            row.found.stopped or (f"{memory / 1e9:.2f} GB" if memory else "–"),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    stock = sorted({row.case.stock_frames for row in rows if row.case.stock_frames})
    lines += ["", NOTES.format(stock=f"{stock[0]} to {stock[-1]}" if stock else "no"), ""]
    lines += ["| machine | |", "|---|---|", *(f"| {a} | {b} |" for a, b in describe()), ""]
    return "\n".join(lines)


def chart(rows: list[Row]) -> str:
    """Frames a second of the three painters as bars, on a logarithmic scale."""
    shown = [row for row in rows if row.found.median("litnet")]
    left, width, bar, gap, top = 300, 420, 13, 16, 64
    low, high = 0.1, 1000.0
    decades = 4
    height = top + len(shown) * (3 * bar + gap) + 44

    def x(value: float) -> float:
        return left + width * log10(min(max(value, low), high) / low) / decades

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 80} {height}" '
        'font-family="sans-serif" font-size="12">',
        "<title>Frames a second: stock Manim, litnet, and the encoder alone</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        '<text x="16" y="24" font-size="15" font-weight="bold">Frames a second '
        "(logarithmic)</text>",
    ]
    for place, (painter, title) in enumerate(PAINTERS.items()):
        out.append(
            f'<rect x="{left + place * 140}" y="36" width="12" height="12" '
            f'fill="{COLORS[painter]}"/>'
            f'<text x="{left + place * 140 + 18}" y="46">{title}</text>'
        )
    for power in range(decades + 1):
        value = low * 10**power
        out.append(
            f'<line x1="{x(value):.1f}" y1="{top - 6}" x2="{x(value):.1f}" y2="{height - 32}" '
            'stroke="#d8dbe0"/>'
            f'<text x="{x(value):.1f}" y="{height - 16}" text-anchor="middle" '
            f'fill="#555b66">{value:g}</text>'
        )
    for place, row in enumerate(shown):
        y = top + place * (3 * bar + gap)
        network = "-".join(map(str, row.case.sizes))
        out.append(
            f'<text x="{left - 10}" y="{y + 14}" text-anchor="end">'
            f"{escape(TITLES[row.case.piece])}</text>"
            f'<text x="{left - 10}" y="{y + 31}" text-anchor="end" fill="#555b66">'
            f"{network}, {row.quality}</text>"
        )
        for below, painter in enumerate(PAINTERS):
            value = row.found.median(painter)
            if value is None:
                continue
            end = x(value)
            out.append(
                f'<rect x="{left}" y="{y + below * bar}" width="{end - left:.1f}" '
                f'height="{bar - 2}" fill="{COLORS[painter]}"/>'
                f'<text x="{end + 5:.1f}" y="{y + below * bar + 10}">{number(value)}</text>'
            )
    return "\n".join([*out, "</svg>", ""])
