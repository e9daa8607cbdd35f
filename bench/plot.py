"""The least processor time of each operation as a picture: two bars, with a hundred cases or people and with ten
thousand."""

from __future__ import annotations

from html import escape

#: What is no single operation, and would make all others look small.
WHOLE = ("journey", "registration", "export CSV", "export XLSX")
_LEFT, _ROW, _WIDTH, _BAR = 190, 26, 760, 9


def drawn(figures: list[dict]) -> str:
    """An SVG of the operations that were measured one at a time, but for those in ``WHOLE``."""
    single = [each for each in figures if each["at_a_time"] == 1 and each["operation"] not in WHOLE]
    names = list(dict.fromkeys(each["operation"] for each in single))
    sizes = sorted({each["size"] for each in single})
    most = max(each["least"] for each in single)
    scale = (_WIDTH - _LEFT - 60) / most
    height = 60 + _ROW * len(names)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="10" y="22" font-size="14">Least milliseconds of CPU for each operation, with {sizes[0]:,} and {sizes[-1]:,} cases or people</text>',
    ]
    for row, name in enumerate(names):
        top = 40 + row * _ROW
        parts.append(f'<text x="{_LEFT - 8}" y="{top + 13}" text-anchor="end">{escape(name)}</text>')
        for number, size in enumerate(sizes):
            cpu = next((e["least"] for e in single if (e["operation"], e["size"]) == (name, size)), 0.0)
            y, colour = top + number * (_BAR + 1), ("#7fa99b", "#12303b")[number % 2]
            parts.append(
                f'<rect x="{_LEFT}" y="{y}" width="{cpu * scale:.1f}" height="{_BAR}" fill="{colour}"/>'
            )
            parts.append(
                f'<text x="{_LEFT + cpu * scale + 4:.1f}" y="{y + 8}" font-size="9">{cpu:.1f}</text>'
            )
    return "\n".join([*parts, "</svg>", ""])
