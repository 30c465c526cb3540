"""A plot of seconds by size, both on logarithmic scales, as SVG: the same figures give the same file."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 216, 48, 52
COLOURS = ("#0b5cad", "#b3541e", "#6b7280", "#2f7d4f")
MARGIN = 0.15  # decades left free beside the smallest and the largest
DASHES = ("none", "6 3", "2 3", "8 3 2 3")


def scaling_plot(title: str, lines: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Return the plot: one line a program, through (orders, seconds).

    Examples
    --------
    >>> "<polyline" in scaling_plot("Time", {"ours": [(1e4, 1.0), (1e5, 3.0)]})
    True
    """
    points = [point for line in lines.values() for point in line]
    widths = [log10(x) for x, _ in points]
    across = (min(widths) - MARGIN, max(widths) + MARGIN)
    up = _decades([y for _, y in points])

    def place(x: float, y: float) -> tuple[float, float]:
        wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return (
            LEFT + wide * (log10(x) - across[0]) / (across[1] - across[0]),
            TOP + high * (1 - (log10(y) - up[0]) / (up[1] - up[0])),
        )

    drawn = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'role="img" aria-label="{escape(title)}" font-family="sans-serif" font-size="12" fill="#1f2933">'
        ),
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="26" font-size="15" font-weight="bold">{escape(title)}</text>',
    ]
    for power in range(ceil(across[0]), floor(across[1]) + 1):
        x, bottom = place(10**power, 10 ** up[0])
        drawn.append(_line((x, TOP), (x, bottom)))
        drawn.append(f'<text x="{x:.1f}" y="{bottom + 18:.1f}" text-anchor="middle">{10**power:,}</text>')
    for power in range(up[0], up[1] + 1):
        left, y = place(10 ** across[0], 10**power)
        drawn.append(_line((left, y), (WIDTH - RIGHT, y)))
        label = f"{10**power:,}" if power >= 0 else f"{10.0**power:g}"
        drawn.append(f'<text x="{left - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    drawn.append(f'<text x="{middle:.1f}" y="{HEIGHT - 12}" text-anchor="middle">orders</text>')
    drawn.append(f'<text x="{LEFT - 40}" y="{TOP - 10}">seconds</text>')
    lowest = 0.0
    last_first = sorted(lines.items(), key=lambda line: -line[1][-1][1])
    names = list(lines)
    for name, line in last_first:
        number = names.index(name) % len(COLOURS)
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in line))
        stroke = f'stroke="{COLOURS[number]}" stroke-width="2" stroke-dasharray="{DASHES[number]}"'
        drawn.append(f'<polyline points="{path}" fill="none" {stroke}/>')
        drawn += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{COLOURS[number]}"/>'
            for x, y in (place(*point) for point in line)
        ]
        # names stand at the ends of their lines, and apart from one another
        lowest = max(lowest + 16, place(*line[-1])[1] + 4)
        drawn.append(
            f'<text x="{WIDTH - RIGHT + 10}" y="{lowest:.1f}" fill="{COLOURS[number]}">{escape(name)}</text>'
        )
    return "\n".join([*drawn, "</svg>"]) + "\n"


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = floor(log10(min(values)) + 1e-9), ceil(log10(max(values)) - 1e-9)
    return low, max(high, low + 1)


def _line(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#d8dde3"/>'
