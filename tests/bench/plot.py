"""Plots as SVG: bars to compare ways, lines to see how cost grows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH = 760
_STYLE = (
    "<style>text{font:13px"
    " system-ui,sans-serif;fill:#222}.t{font-weight:600;font-size:15px}.s{fill:#666;font-size:12px}"
    ".g{stroke:#ddd}.b{fill:#2f7d4f}.o{fill:#8a93a3}</style>"
)
_COLOURS = ("#2f7d4f", "#8a93a3", "#b5651d")


def bars(title: str, unit: str, values: Mapping[str, float], ours: Sequence[str]) -> str:
    """Bars on a logarithmic axis, one for each name; `ours` are in another colour."""
    left, right, row = 210, 90, 30
    low = 10 ** math.floor(math.log10(min(values.values())))
    high = 10 ** math.ceil(math.log10(max(values.values()) * 1.001))
    span = math.log10(high / low)

    def x(value: float) -> float:
        return left + (WIDTH - left - right) * math.log10(value / low) / span

    height = 74 + row * len(values)
    parts = [_head(height, title, f"{unit}; each line is ten times the one before")]
    step = low
    while step <= high * 1.001:
        parts.append(f'<line class="g" x1="{x(step):.0f}" x2="{x(step):.0f}" y1="50" y2="{height - 24}"/>')
        parts.append(f'<text class="s" text-anchor="middle" x="{x(step):.0f}" y="{height - 8}">{step:g}</text>')
        step *= 10
    for number, (name, value) in enumerate(values.items()):
        y = 54 + row * number
        kind = "b" if name in ours else "o"
        parts.append(f'<text text-anchor="end" x="{left - 10}" y="{y + 15}">{escape(name)}</text>')
        parts.append(f'<rect class="{kind}" x="{left}" y="{y}" width="{max(1.0, x(value) - left):.1f}" height="20"/>')
        parts.append(f'<text x="{x(value) + 6:.0f}" y="{y + 15}">{value:.3g}</text>')
    return "".join([*parts, "</svg>\n"])


def lines(title: str, across: str, up: str, series: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Lines through points, both axes linear and from zero."""
    left, right, top, bottom, height = 70, 30, 60, 60, 360
    most_x = max(x for points in series.values() for x, _y in points)
    most_y = max(y for points in series.values() for _x, y in points) * 1.05

    def place(point: tuple[float, float]) -> tuple[float, float]:
        return (
            left + (WIDTH - left - right) * point[0] / most_x,
            height - bottom - (height - top - bottom) * point[1] / most_y,
        )

    parts = [_head(height, title, up)]
    for part in range(5):
        x, _ = place((most_x * part / 4, 0))
        _, y = place((0, most_y * part / 4))
        parts.append(f'<line class="g" x1="{left}" x2="{WIDTH - right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="s" text-anchor="end" x="{left - 8}" y="{y + 4:.0f}">{most_y * part / 4:.3g}</text>')
        parts.append(
            f'<text class="s" text-anchor="middle" x="{x:.0f}" y="{height - 38}">{most_x * part / 4:,.0f}</text>'
        )
    parts.append(f'<text class="s" text-anchor="middle" x="{WIDTH / 2}" y="{height - 22}">{escape(across)}</text>')
    for number, (name, points) in enumerate(series.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        placed = [place(point) for point in sorted(points)]
        parts.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="2"'
            f' points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in placed)}"/>'
        )
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in placed]
        parts.append(f'<rect x="{left + 220 * number}" y="{height - 14}" width="12" height="3" fill="{colour}"/>')
        parts.append(f'<text class="s" x="{left + 18 + 220 * number}" y="{height - 8}">{escape(name)}</text>')
    return "".join([*parts, "</svg>\n"])


def _head(height: int, title: str, subtitle: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' aria-label="{escape(title)}">{_STYLE}'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/><text class="t" x="16" y="24">{escape(title)}</text>'
        f'<text class="s" x="16" y="42">{escape(subtitle)}</text>'
    )
