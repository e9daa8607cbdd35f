"""Plots as SVG for a page: drawn by pygal, coloured by the page's own style sheet, and read from the table beside them.

What pygal adds to make a drawing move is taken out (the portal's policy allows no style or script inside a page), so
its parts are told apart by their classes: ``color-0``, ``color-1`` … for the series, ``axis``, ``legend``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import count
from textwrap import wrap
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

#: Measures in units of the drawing, which is as wide as the page lets it.
WIDTH = 460
LINE, LINE_OF_TWO = 30, 38
FRAME = 70
UPRIGHT = 300
#: How large letters are, for the room that labels need.
SIGN = 13
#: Letters in a line of a label; beside lying bars a label takes two lines. What is longer still is cut; the table has
#: it whole.
LABEL = 24
MOST_STEPS = 5

_MOVING = re.compile(
    r"<(style|script|title|desc)\b[^>]*>.*?</\1>|<(?:style|script)\b[^>]*/>|<!--.*?-->|<\?xml.*?\?>",
    re.DOTALL,
)
_SIZES = re.compile(r' (?:style|id|onmouse\w+)="[^"]*"| xmlns:\w+="[^"]*"')
#: Signs that no drawing can hold: what people paste may bring them along.
_UNDRAWN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HEAD = re.compile(r"<svg\b[^>]*\bviewBox=\"([^\"]*)\"[^>]*>")

#: Signs without a meaning of their own, one for each label, until it is written; and where pygal puts them.
_STANDS_FOR = 0xF0000
_STANDING = re.compile(r'(<text\b[^>]*? x="([^"]*)"[^>]*>)([\U000F0000-\U000FFFFD])-*(?=</text>)')

Numbers = Sequence[float | None]


def bars(
    labels: Sequence[str],
    series: Mapping[str, Numbers],
    *,
    says: str,
    stacked: bool = False,
    highest: float | None = None,
) -> SafeString:
    """Lying bars, one line a label, from top to bottom. ``says`` tells in a sentence what the plot shows.

    ``highest`` fixes the end of the scale (4 for scores). Without labels there is nothing to draw: "".
    """
    if not labels:
        return SafeString("")
    import pygal  # noqa: PLC0415 (needed by few pages)

    kind = pygal.HorizontalStackedBar if stacked else pygal.HorizontalBar
    lines = len(labels) * (1 if stacked else max(1, len(series)))
    top = highest if highest is not None else _highest(series, stacked=stacked)
    written = [_in_two_lines(label) for label in reversed(labels)]
    line = LINE_OF_TWO if any(parts[1:] for parts in written) else LINE
    chart = kind(**_looks(series, height=FRAME + lines * line, top=top))
    # pygal writes a label in one line: it gets signs that stand for each, as many as the longest line is long.
    room = max(len(line) for parts in written for line in parts)
    chart.x_labels = [chr(_STANDS_FOR + number).ljust(room, "-") for number in range(len(written))]
    for name, numbers in series.items():
        chart.add(str(name), list(reversed(numbers)))
    return _drawn(chart, says, written)


def columns(labels: Sequence[str], series: Mapping[str, Numbers], *, says: str, every: int = 1) -> SafeString:
    """Upright bars, for what has an order such as days or scores; each ``every``-th label is written."""
    if not labels:
        return SafeString("")
    import pygal  # noqa: PLC0415 (needed by few pages)

    chart = pygal.Bar(
        **_looks(series, height=UPRIGHT, top=_highest(series, stacked=False)), show_minor_x_labels=every == 1
    )
    chart.x_labels = [_cut(label) for label in labels]
    if every > 1:
        chart.x_labels_major = chart.x_labels[::every]
    for name, numbers in series.items():
        chart.add(str(name), list(numbers))
    return _drawn(chart, says)


def _highest(series: Mapping[str, Numbers], *, stacked: bool) -> float:
    if stacked:
        return max((sum(n or 0 for n in line) for line in zip(*series.values(), strict=True)), default=0)
    return max((n for numbers in series.values() for n in numbers if n is not None), default=0)


def _looks(series: Mapping[str, Numbers], *, height: int, top: float) -> dict[str, Any]:
    from pygal.style import Style  # noqa: PLC0415 (needed by few pages)

    return {
        "width": WIDTH,
        "height": height,
        "css": [],
        "js": [],
        "show_legend": len(series) > 1,
        "legend_at_bottom": True,
        "print_values": False,
        "range": (0, top or 1),
        "y_labels": _marks(top or 1),
        "margin": 4,
        "margin_bottom": 26,
        "style": Style(label_font_size=SIGN, major_label_font_size=SIGN, legend_font_size=SIGN),
        "spacing": 4,
        "truncate_label": -1,
        "truncate_legend": -1,
        "formatter": _number,
        "value_formatter": _number,
    }


def _marks(top: float) -> list[int]:
    """The numbers along the scale: whole ones, five steps at the most."""
    steps = (digit * 10**zeros for zeros in count() for digit in (1, 2, 5))
    step = next(step for step in steps if top / step <= MOST_STEPS)
    return list(range(0, int(top) + 1, step))


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}"


def _cut(label: str) -> str:
    label = _UNDRAWN.sub("", label)
    return label if len(label) <= LABEL else label[: LABEL - 1].rstrip() + "…"


def _in_two_lines(label: str) -> list[str]:
    lines = wrap(_UNDRAWN.sub("", label), LABEL, break_on_hyphens=False) or [""]
    return [lines[0], *([_cut(" ".join(lines[1:]))] if lines[1:] else [])]


def _lines(lines: Sequence[str], x: str) -> str:
    if len(lines) == 1:
        return escape(lines[0])
    first, second = map(escape, lines)
    return f'<tspan x="{x}" dy="-.55em">{first} </tspan><tspan x="{x}" dy="1.15em">{second}</tspan>'


def _drawn(chart: Any, says: str, written: Sequence[Sequence[str]] = ()) -> SafeString:
    svg = _SIZES.sub("", _MOVING.sub("", chart.render(is_unicode=True)))
    svg = _STANDING.sub(lambda found: found[1] + _lines(written[ord(found[3]) - _STANDS_FOR], found[2]), svg)
    head = f'<svg class="chart" viewBox="\\1" role="img" aria-label="{escape(says)}">'
    return mark_safe(_HEAD.sub(lambda found: head.replace("\\1", found[1]), svg, count=1).strip())  # noqa: S308 -- pygal escapes labels
