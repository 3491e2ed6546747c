"""Turns measurements into one Markdown table and one chart."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import log10
from statistics import median

from benchmarks.machine import describe
from benchmarks.process import Found

TITLES = {
    "flow": "784 pixels flow into neurons",
    "propagation": "propagation, as in the film",
    "drift": "all connections change a little",
    "jump": "all connections change at random",
    "zoom": "the camera moves in on the network",
    "LayerIntro": "the whole of LayerIntro",
    "Backwards": "the whole of Backwards",
    "ItLearns": "the whole of ItLearns",
}
PAINTERS = {"stock": "stock Manim", "litnet": "litnet", "encoder": "the encoder alone"}
COLORS = {"stock": "#8A8F99", "litnet": "#E08A00", "encoder": "#3F7CFF"}

NOTES = """\
Each row was measured in one process: stock Manim, litnet and the encoder took turns, and the
figures are medians (in brackets: the smallest and the largest).

- *litnet*: from the call of `play` to the last packet encoded, caching off, with the encoder
  settings of `manim.cfg`; work that is done once, such as compiling a loop, is in it.
- *Stock Manim*: the same positions, sizes and brightnesses, one `Square` a pixel, one `Circle` a
  neuron, one `Line` a connection, without litnet's halos. Because it is slow, only three to
  six frames of a piece are drawn, spread over the whole motion, and timed from frame to frame, so
  that what it does once (copying thousands of mobjects) is left out, in its favour. Of the whole
  film it draws two frames a second, by its own rules of what moves; a frame of an animation
  counts as long as drawing it took, or encoding it, whichever is longer.
- *The encoder alone*: the same settings on litnet's own frames, waiting in memory, handed over as
  litnet hands them over (without manim's copy of each).
- *Core-ms*: milliseconds of computing a frame on all cores together. It feels other work on the
  machine less than the clock does.
- *Peak memory*: of a process that did nothing but draw and encode the piece with litnet.
- *The whole of* a story is a `manim render` in a process of its own, into an empty folder, from
  starting Python to its end; the encoder gets the frames decoded from the finished film.

The cores are shared with other work, so the ratios mean more than the figures.
"""


@dataclass(frozen=True)
class Row:
    """One measurement; the figures of ``found`` are seconds a frame."""

    piece: str
    sizes: tuple[int, ...]
    quality: str
    rate: int
    found: Found

    def median(self, painter: str) -> float:
        """Seconds a frame."""
        value = self.found.median(painter)
        assert value is not None
        return value


def number(value: float | None) -> str:
    """A figure with about two digits that count."""
    if value is None:
        return "–"
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}" if value >= 2 else f"{value:.2f}"


def rate(row: Row, painter: str) -> str:
    """Frames a second: median, smallest and largest."""
    seconds = row.found.figures(painter)
    if not seconds:
        return "–"
    middle = number(1 / row.median(painter))
    if len(seconds) == 1:
        return middle
    return f"{middle} ({number(1 / max(seconds))} to {number(1 / min(seconds))})"


def ratio(row: Row, painter: str) -> str:
    """How many times as fast litnet is."""
    lit, other = row.found.median("litnet"), row.found.median(painter)
    return f"**{number(other / lit)}**" if lit and other else "–"


def cores(row: Row) -> str:
    """Milliseconds of computing, on all cores together, that a frame costs."""
    costs = (row.found.median(painter, "cpu") for painter in ("litnet", "encoder"))
    return " / ".join(number(None if cost is None else cost * 1000) for cost in costs)


def table(name: str, found: Found) -> list[str]:
    """What a module of its own has reported: the medians of each kind's figures."""
    lines = ["", f"`python -m benchmarks.{name}`" + f" ({found.stopped})" * bool(found.stopped), ""]
    lines += ["| what | figure | median | smallest | largest | runs |", "|---|---|---|---|---|---|"]
    for kind, reports in found.reports.items():
        for figure in reports[0]:
            values = found.figures(kind, figure)
            shown = " | ".join(
                f"{value:.2f}" for value in (median(values), min(values), max(values))
            )
            lines.append(f"| {kind} | {figure} | {shown} | {len(values)} |")
    return lines


def report(rows: list[Row], others: dict[str, Found], *, command: str) -> str:
    """The whole report in Markdown."""
    lines = [
        "# Benchmarks",
        "",
        f"Made by `make {command}`. Columns without a unit are frames a second.",
        "",
        "| what | network | film | stock Manim | litnet | encoder alone | litnet / stock "
        "| litnet / encoder | core-ms a frame, litnet / encoder | s a second of film "
        "| peak memory | first frame after |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        lit = row.found.median("litnet")
        memory = row.found.median("memory", "bytes")
        first = row.found.median("first", "seconds")
        cells = [
            TITLES[row.piece],
            "-".join(map(str, row.sizes)),
            row.quality,
            *(rate(row, painter) for painter in PAINTERS),
            ratio(row, "stock"),
            ratio(row, "encoder"),
            cores(row),
            number(row.rate * lit) if lit else "–",
            row.found.stopped or (f"{memory / 1e9:.2f} GB" if memory else "–"),
            f"{first:.1f} s" if first else "–",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    for name, found in others.items():
        lines += table(name, found)
    lines += ["", NOTES, "| machine | |", "|---|---|"]
    return "\n".join([*lines, *(f"| {what} | {value} |" for what, value in describe()), ""])


def brief(rows: list[Row]) -> str:
    """The figures of each row in a few short lines, for a terminal too narrow for the table."""
    lines = []
    for row in rows:
        memory = row.found.median("memory", "bytes")
        lines += [
            f"{TITLES[row.piece]}, {'-'.join(map(str, row.sizes))}, {row.quality}",
            *(f"  {title}: {rate(row, painter)} frames/s" for painter, title in PAINTERS.items()),
            f"  litnet / stock {ratio(row, 'stock').strip('*')}, "
            f"litnet / encoder {ratio(row, 'encoder').strip('*')}",
            f"  core-ms a frame: {cores(row)}",
            f"  {row.found.stopped or (f'{memory / 1e9:.2f} GB' if memory else '–')}",
            "",
        ]
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
        network = "-".join(map(str, row.sizes))
        out.append(
            f'<text x="{left - 10}" y="{y + 14}" text-anchor="end">'
            f"{escape(TITLES[row.piece])}</text>"
            f'<text x="{left - 10}" y="{y + 31}" text-anchor="end" fill="#555b66">'
            f"{network}, {row.quality}</text>"
        )
        for below, painter in enumerate(PAINTERS):
            value = row.found.median(painter)
            if value is None:
                continue
            value = 1 / value
            end = x(value)
            out.append(
                f'<rect x="{left}" y="{y + below * bar}" width="{end - left:.1f}" '
                f'height="{bar - 2}" fill="{COLORS[painter]}"/>'
                f'<text x="{end + 5:.1f}" y="{y + below * bar + 10}">{number(value)}</text>'
            )
    return "\n".join([*out, "</svg>", ""])
