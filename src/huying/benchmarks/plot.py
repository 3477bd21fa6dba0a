"""A small line plot as SVG, sizes on a logarithmic axis; readable on light and dark ground."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 120, 44, 48  # margins
STROKES = ("#2a78c8", "#d9822b", "#2f9e5b")  # contrast ≥ 3 on white and on near-black
NUMBERS = {3: "1千", 4: "1万", 5: "10万", 6: "100万", 7: "1000万", 8: "1亿"}  # by power of ten
STYLE = """
    text { font: 13px system-ui, "Noto Sans CJK SC", "PingFang SC", sans-serif; fill: #222 }
    .grid { stroke: #8884; stroke-width: 1 }
    @media (prefers-color-scheme: dark) { text { fill: #ddd } }
"""


@dataclass(frozen=True, slots=True)
class Curve:
    """One line: its label and points (size, value), sizes ascending."""

    label: str
    points: Sequence[tuple[float, float]]


def draw(title: str, below: str, curves: Sequence[Curve]) -> str:
    """Return the SVG. title names the figure and its unit, below what the horizontal axis counts."""
    sizes = [size for curve in curves for size, _ in curve.points]
    step = _step(max(value for curve in curves for _, value in curve.points))
    top = step * ceil(max(value for curve in curves for _, value in curve.points) / step)
    low, high = floor(log10(min(sizes))), ceil(log10(max(sizes)))
    across, up = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(size: float) -> float:
        return LEFT + across * (log10(size) - low) / max(high - low, 1)

    def y(value: float) -> float:
        return TOP + up * (1 - value / top)

    parts = [f'<text x="{LEFT}" y="22">{escape(title)}</text>']
    parts += [_level(y(step * nth), step * nth) for nth in range(round(top / step) + 1)]
    parts += [_size(x(10.0**power), power) for power in range(low, high + 1)]
    parts.append(
        f'<text x="{LEFT + across / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(below)}</text>'
    )
    for curve, stroke in zip(curves, STROKES, strict=False):
        parts += _line(curve.label, [(x(size), y(value)) for size, value in curve.points], stroke)
    return _document(title, parts)


def _step(highest: float) -> float:
    """Return a round distance between lines: 1, 2 or 5 times a power of ten, five lines at most."""
    rough = max(highest, 1e-9) / 5
    power = 10.0 ** floor(log10(rough))
    return power * next(each for each in (1, 2, 5, 10) if each * power >= rough)


def _level(y: float, value: float) -> str:
    return (
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
    )


def _size(x: float, power: int) -> str:
    name = NUMBERS.get(power, f"1e{power}")
    return f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{name}</text>'


def _line(label: str, points: Sequence[tuple[float, float]], stroke: str) -> list[str]:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{stroke}"/>' for x, y in points]
    end_x, end_y = points[-1]
    name = f'<text x="{end_x + 10:.1f}" y="{end_y + 4:.1f}">{escape(label)}</text>'
    return [f'<polyline points="{path}" fill="none" stroke="{stroke}" stroke-width="2.5"/>', *dots, name]


def _document(title: str, parts: Sequence[str]) -> str:
    inside = "\n  ".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"\n'
        f'     aria-label="{escape(title)}">\n  <style>{STYLE}  </style>\n  {inside}\n</svg>\n'
    )
